# The Gradient Problem: one road from chapters/*.w to a library, its tests and the book.
#
#   chapters/*.w --ctangle--> tangled/*/*.c --cc--> build/lib, build/bin, build/experiments --run--> build/outputs --gnuplot--> figures
#   chapters/*.w --reader---> build/facts.json, build/facts.mk: what the chapters hold, for make, tutor, lint and indexes
#   chapters/*.w --cweave-->  LaTeX --> PDF        chapters/*.w --pandoc--> web, EPUB
#
# The exercises are in exercises/exercises.mk, pages and figures in book/book.mk. V=1 shows the commands.

SHELL  := /bin/bash
B      := build
CC     := gcc
PREFIX ?= /usr/local
Q      := $(if $(V),,@)
S      := $(if $(V),,-s)
export SOURCE_DATE_EPOCH ?= 1790000000
export LC_ALL := C.UTF-8
export OMP_NUM_THREADS ?= 1
MAKEFLAGS += --no-print-directory
ifeq (0,$(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)))
MAKEFLAGS += -j$(shell nproc)
endif
.DELETE_ON_ERROR:
.SECONDARY:

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' Makefile exercises/exercises.mk book/book.mk | sed -E 's/:.*## /\t/' | expand -t16
clean: ## remove everything that was made
	$Qrm -rf build book/out tangled/*/
deps: ## install by apt what is missing, and only that
	@book/deps.sh all
deps-%:
	@book/deps.sh need $*

# ---------------------------------------------------------------- what the chapters hold
CHAPTERS := $(wildcard chapters/[0-9]*.w)
ifneq (,$(filter-out help clean deps deps-% uninstall,$(or $(MAKECMDGOALS),help)))
MISSING := $(shell book/deps.sh missing code)
include $B/facts.mk
endif
# A machine that lacks the tools gets them first; then make begins again.
$B/facts.map: $B/facts.stamp ; @:
$B/facts.mk: $B/facts.stamp
	@$(if $(MISSING),touch $@)
$B/facts.stamp: $(CHAPTERS) chapters chapters/parts $(wildcard book/lua/*.lua book/plots/*.gp book/cells/*.sh) $(if $(MISSING),deps-code)
	$Qmkdir -p $B && texlua book/lua/facts.lua write $B && touch $@

# ---------------------------------------------------------------- options
ARCH   := $(if $(PORTABLE),,-march=native)
# The book's numbers are the same on every machine with AVX2: experiments are compiled for it and not for the machine at hand.
V3     := $(if $(PORTABLE),,$(if $(shell grep -m1 -w avx2 /proc/cpuinfo),-march=x86-64-v3))
OPT    := $(if $(SANITIZE),-O1 -fno-omit-frame-pointer -fsanitize=address -fsanitize=undefined -fno-sanitize-recover=all,-O3)
WARN   := -Wall -Wextra -Wconversion -Wno-missing-field-initializers -Werror
LIBS   := openblas jansson zlib
# Where a multiplication and an addition become one operation with one rounding, bits depend on the machine: -ffp-contract=off.
# A function with two branches becomes a vector loop only where both may be calculated; with trapping math, gcc does that for AVX-512 alone.
CFLAGS := -std=c11 -D_POSIX_C_SOURCE=200809L $(OPT) -g -fPIC -fopenmp -fno-math-errno -fno-trapping-math -ffp-contract=off $(WARN)
CPPFLAGS := $(if $(VALGRIND),-DGP_UNDER_VALGRIND) -Itangled/lib -Itangled/experiments -Itests/support $(shell pkg-config --cflags $(LIBS) check 2>/dev/null)
LDLIBS   := $(shell pkg-config --libs $(LIBS) 2>/dev/null) -lm
TESTLIBS := $(shell pkg-config --libs check 2>/dev/null)
FLAGS_float := $(if $(SANITIZE),,$(ARCH))
FLAGS_double := $(FLAGS_float) -DGP_DOUBLE
FLAGS_v3 := $(if $(SANITIZE),,$(V3))
# Other flags than last time: everything is compiled again.
$(shell mkdir -p $B; f='$(CC) $(CFLAGS) $(FLAGS_float) $(FLAGS_v3)'; [ -e $B/flags ] || { echo "$$f" >$B/flags; touch -d @0 $B/flags; }; \
  [ "$$f" = "$$(cat $B/flags)" ] || echo "$$f" >$B/flags)
# What no public header declares stays inside the library.
$(foreach k,float double v3,$(eval $B/$k/lib/%.o: CFLAGS += -fvisibility=hidden))

# ---------------------------------------------------------------- tangle
STAMPS := $(TANGLED:%=$B/tangle/%.stamp)
tangle: $(STAMPS) ## chapters/*.w -> tangled/*/*.c, *.h
# +c leaves an unchanged file and its time stamp alone, so an edit recompiles only what it touched.
$B/tangle/%.stamp: chapters/%.w chapters/common.w book/tangle.sh | deps-code
	$Qbook/tangle.sh $< && mkdir -p $(@D) && touch $@

# ---------------------------------------------------------------- compile
define OBJECTS
$B/$1/%.o: tangled/%.c $B/flags | $(STAMPS)
	@mkdir -p $$(@D)
	$Q$$(CC) $$(CFLAGS) $$(FLAGS_$1) $$(CPPFLAGS) -MMD -MP -c -o $$@ $$<
$2: $(LIBRARY:tangled/%.c=$B/$1/%.o)
	$Qmkdir -p $$(@D) && rm -f $$@ && ar rcsD $$@ $$^
endef
A := $B/lib/libgradient.a
AA := $B/lib/libgradient-double.a
$(eval $(call OBJECTS,float,$A))
$(eval $(call OBJECTS,double,$(AA)))
$(eval $(call OBJECTS,v3,$B/v3/libgradient.a))
LINK = $Qmkdir -p $(@D) && $(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

# The shared libraries carry the same objects; their name has the number that changes when old programs would no longer run with them.
VERSION := 2.0.0
MAJOR   := 2
SO := $B/lib/libgradient.so.$(MAJOR) $B/lib/libgradient-double.so.$(MAJOR)
$B/lib/libgradient.so.$(MAJOR): $(LIBRARY:tangled/%.c=$B/float/%.o)
	$(LINK) -shared -Wl,-soname,$(@F) -Wl,--no-undefined
$B/lib/libgradient-double.so.$(MAJOR): $(LIBRARY:tangled/%.c=$B/double/%.o)
	$(LINK) -shared -Wl,-soname,$(@F) -Wl,--no-undefined

$B/bin/lab: $(LAB:tangled/%.c=$B/float/%.o) $A
	$(LINK)
$B/experiments/lab: $(LAB:tangled/%.c=$B/v3/%.o) $B/v3/libgradient.a
	$(LINK)
$B/experiments/%: $B/v3/experiments/%.o $B/v3/libgradient.a
	$(LINK)
# what measures time is compiled for the machine at hand
$B/timed/%: $B/float/experiments/%.o $A
	$(LINK)
PROGRAMS := $B/bin/lab $B/experiments/lab $(EXPERIMENTS:%=$B/experiments/%)
lib: $A $(AA) ## the library, float and double
programs: $(PROGRAMS) ## lab and the experiments

# ---------------------------------------------------------------- test
SUITES  := $(patsubst tests/%.c,%,$(wildcard tests/unit/*.c tests/double/*.c tests/claims/*.c))
# A suite may be a script that ends with Check's closing line; the sanitizers have nothing to say of those.
SCRIPTS := $(if $(SANITIZE),,$(patsubst tests/%.sh,%,$(wildcard tests/cli/*.sh)))
RESULTS := $(patsubst %,$B/results/%.result,$(SUITES) $(SCRIPTS))
BOOK_RESULTS := $(patsubst tests/%.c,$B/results/%.result,$(wildcard tests/experiments/*.c))

$B/tests/double/%.o: FLAGS_float += -DGP_DOUBLE
$B/tests/%.o: tests/%.c $B/flags | $(STAMPS)
	@mkdir -p $(@D)
	$Q$(CC) $(CFLAGS) $(FLAGS_float) $(CPPFLAGS) -MMD -MP -c -o $@ $<
$B/tests/double/%: $B/tests/double/%.o $(AA)
	$(LINK) $(TESTLIBS)
$B/tests/%: $B/tests/%.o $A
	$(LINK) $(TESTLIBS)
# A suite whose program came out the same, byte for byte, keeps its result and does not run again.
RUN = $Qmkdir -p $(@D) && B=$B tests/support/run-suite.sh $< $@
$B/results/%.result: $B/tests/% tests/support/run-suite.sh
	$(RUN)
$(SCRIPTS:%=$B/results/%.result): $B/results/%.result: tests/%.sh tests/support/run-suite.sh $A $(AA) $(SO) $B/bin/lab $B/bin/vectors \
  $(wildcard tests/cli/*.sh tests/support/*.sh tests/cli/*/* tests/vectors/cases/* book/lua/*.lua)
	$(RUN) $(filter-out $< tests/support/run-suite.sh,$^)
# These suites read what the experiments wrote.
$B/results/cli/test_vectorized.result: $B/v3/libgradient.a
$(BOOK_RESULTS): $B/results/%.result: $B/tests/% $(EXPERIMENTS:%=$B/outputs/%.txt) tests/support/run-suite.sh
	$(RUN) $$(find $B/outputs -name '*.txt' -o -name '*.val' -o -name '*.tsv' | sort)
SUM = s=$$?; tests/support/summary.sh $$s
test: | deps-code ## run every suite; the last line counts them
	$Q$(MAKE) $S -k $(RESULTS) $(PROGRAMS); $(SUM) $(RESULTS)
claims: | deps-book ## the experiments behind the figures, checked against what the book says of them
	$Q$(MAKE) $S -k $(BOOK_RESULTS); $(SUM) $(BOOK_RESULTS)

$B/bin/vectors: $(patsubst %.c,$B/%.o,$(wildcard tests/vectors/*.c)) $A
	$(LINK)
vectors: $B/bin/vectors ## conformance vectors: make vectors DIR=folder
	@$B/bin/vectors $(or $(DIR),../shared/vectors)
mutants: $(SUITES:%=$B/tests/%) lib $B/bin/lab $B/bin/vectors ## do the tests notice a mistake? N=200 SEED=1 TIME=60 ONLY=module,...
	@B=$B N=$(N) SEED=$(SEED) TIME=$(TIME) ONLY=$(ONLY) tests/support/mutants.pl $(SUITES) -- $(SCRIPTS)
check: ## every suite under AddressSanitizer and UndefinedBehaviorSanitizer, then under valgrind
	$Q$(MAKE) sanitize
	$Q$(MAKE) valgrind
sanitize: | deps-check
	$Q$(MAKE) B=build/sanitize SANITIZE=1 test
valgrind: | deps-check
	$Q$(MAKE) B=build/portable PORTABLE=1 VALGRIND=1 $(SUITES:%=build/portable/tests/%)
	$Qtests/support/valgrind.sh $(SUITES:%=build/portable/tests/%)
bench: $B/bin/lab ## time kernels and training steps; PEERS=1: epochs against PyTorch, where python3-torch is installed
	@PEERS=$(PEERS) tests/bench/bench.sh $B/bin/lab

# ---------------------------------------------------------------- install
AT := $(DESTDIR)$(PREFIX)
$B/man/lab.1: $B/bin/lab
	$Qmkdir -p $(@D) && $< help --man >$@
# Headers with their comments, which CTANGLE drops, and a page of the manual for each.
$B/include/stamp: $(STAMPS) $(wildcard book/lua/*.lua)
	$Qrm -rf $(@D) && texlua book/lua/headers.lua $(@D) && touch $@
install: $A $(AA) $(SO) $B/bin/lab $B/man/lab.1 $B/include/stamp ## library, headers, pkg-config files, lab and man pages: PREFIX=/usr/local DESTDIR=
	$Qbook/install.sh $B '$(AT)' '$(PREFIX)' $(VERSION) $(MAJOR)
uninstall: ## remove what install put there
	$Qbook/install.sh --remove '$(AT)'

.PHONY: help clean deps tangle lib programs test claims vectors mutants check sanitize valgrind bench install uninstall
include exercises/exercises.mk book/book.mk
-include $(wildcard $B/float/*/*.d $B/double/*/*.d $B/v3/*/*.d $B/tests/*/*.d)
