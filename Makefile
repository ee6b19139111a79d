# The Gradient Problem: one road from chapters/*.w to a library, its tests and the book.
#
#   chapters/*.w --ctangle--> tangled/*.c --cc--> build/lib, build/bin --run--> build/outputs --gnuplot--> figures
#   chapters/*.w --cweave-->  LaTeX --> PDF        chapters/*.w --pandoc--> web, EPUB

SHELL  := /bin/bash
B      := build
CC     := gcc
PREFIX ?= /usr/local
export SOURCE_DATE_EPOCH ?= 1790000000
export LC_ALL := C.UTF-8
export OMP_NUM_THREADS ?= 1

# ---------------------------------------------------------------- options
ifdef PORTABLE
ARCH :=
else
ARCH := -march=native
endif
ifdef SANITIZE
OPT := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
else
OPT := -O3 $(ARCH)
endif
WARN   := -Wall -Wextra -Wconversion -Werror
CFLAGS := -std=c11 -D_POSIX_C_SOURCE=200809L $(OPT) -g -fPIC -fopenmp -fno-math-errno $(WARN)
CPPFLAGS = -Itangled -Itests $(shell pkg-config --cflags openblas jansson check 2>/dev/null)
LDLIBS = $(shell pkg-config --libs openblas jansson 2>/dev/null) -lz -lm
TESTLIBS = $(shell pkg-config --libs check 2>/dev/null)

# ---------------------------------------------------------------- what the chapters hold
CHAPTERS := $(filter-out chapters/common.w,$(sort $(wildcard chapters/*.w)))
FILES    := $(shell sed -n 's/^.*@.\(tangled\/[^@]*\)@>=.*/\1/p' $(CHAPTERS) | sort -u)
UNITS    := $(patsubst tangled/%.c,%,$(filter %.c,$(FILES)))
DEMOS    := $(filter demo-%,$(UNITS))
PROGRAMS := $(filter lab,$(UNITS)) $(DEMOS)
MODULES  := $(filter-out $(PROGRAMS),$(UNITS))
STAMPS   := $(CHAPTERS:chapters/%.w=$B/tangle/%.stamp)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: help deps tangle lib programs test claims check book pdf web epub figures bench vectors exercises install clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t14

# ---------------------------------------------------------------- tools
deps: ## install by apt what is missing, and only that
	@book/deps.sh all
$B/deps-%:
	@book/deps.sh $* && mkdir -p $B && touch $@

# ---------------------------------------------------------------- tangle
tangle: $(STAMPS) ## chapters/*.w -> tangled/*.c, *.h

# +c leaves an unchanged file and its time stamp alone, so an edit recompiles only what it touched.
$B/tangle/%.stamp: chapters/%.w chapters/common.w | $B/deps-code
	@mkdir -p $(@D) tangled
	@CWEBINPUTS=.:chapters book/tangle.sh $<
	@touch $@

define FILES_OF
$(shell sed -n 's/^.*@.\(tangled\/[^@]*\)@>=.*/\1/p' $(1) | sort -u): $(1:chapters/%.w=$B/tangle/%.stamp) ; @:
endef
$(foreach c,$(CHAPTERS),$(eval $(call FILES_OF,$c)))

# ---------------------------------------------------------------- compile
# random: the same bits on every machine, so no multiply-add is contracted there.
EXACT := random
$(foreach m,$(EXACT),$(eval $B/float/$m.o $B/double/$m.o: CFLAGS += -ffp-contract=off))

$B/float/%.o: tangled/%.c | $(STAMPS) $B/deps-code
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<
$B/double/%.o: tangled/%.c | $(STAMPS) $B/deps-code
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(CPPFLAGS) -Dreal=double -MMD -MP -c -o $@ $<

$B/lib/libgradient.a: $(MODULES:%=$B/float/%.o)
	@mkdir -p $(@D) && rm -f $@ && ar rcsD $@ $^
$B/lib/libgradient-double.a: $(MODULES:%=$B/double/%.o)
	@mkdir -p $(@D) && rm -f $@ && ar rcsD $@ $^
$B/bin/%: $B/float/%.o $B/lib/libgradient.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

lib: $B/lib/libgradient.a $B/lib/libgradient-double.a ## the library, float and double
programs: $(PROGRAMS:%=$B/bin/%) ## lab and the demonstrations

# ---------------------------------------------------------------- test
SUITES := $(basename $(notdir $(wildcard tests/test_*.c tests/double_*.c tests/claims_*.c)))
SUITE_RESULTS := $(SUITES:%=$B/results/%.result)
RESULT_SUITES := $(basename $(notdir $(wildcard tests/results_*.c)))

$B/tests/double_%.o: tests/double_%.c | $(STAMPS) $B/deps-code
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(CPPFLAGS) -Dreal=double -MMD -MP -c -o $@ $<
$B/tests/%.o: tests/%.c | $(STAMPS) $B/deps-code
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<
$B/tests/double_%: $B/tests/double_%.o $B/lib/libgradient-double.a
	@$(CC) $(CFLAGS) -o $@ $^ $(TESTLIBS) $(LDLIBS)
$B/tests/%: $B/tests/%.o $B/lib/libgradient.a
	@$(CC) $(CFLAGS) -o $@ $^ $(TESTLIBS) $(LDLIBS)

# A suite whose program came out the same, byte for byte, keeps its result and does not run again.
$B/results/%.result: $B/tests/% tests/run-suite.sh
	@mkdir -p $(@D)
	@tests/run-suite.sh $< $@

test: $B/deps-code ## run every suite; the last line counts them
	@$(MAKE) --no-print-directory -k -j2 -s $(SUITE_RESULTS) $(PROGRAMS:%=$B/bin/%); s=$$?; tests/summary.sh $$s $(SUITE_RESULTS)

-include $(wildcard $B/float/*.d $B/double/*.d $B/tests/*.d)

clean: ## remove everything that was made
	rm -rf build book/out $(FILES)
