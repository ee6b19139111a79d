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
WARN   := -Wall -Wextra -Wconversion -Wno-missing-field-initializers -Werror
CFLAGS := -std=c11 -D_POSIX_C_SOURCE=200809L $(OPT) -g -fPIC -fopenmp -fno-math-errno $(WARN)
CPPFLAGS = -Itangled/lib -Itangled/experiments -Itests/support $(shell pkg-config --cflags openblas jansson check 2>/dev/null)
LDLIBS = $(shell pkg-config --libs openblas jansson 2>/dev/null) -lz -lm
TESTLIBS = $(shell pkg-config --libs check 2>/dev/null)

# ---------------------------------------------------------------- what the chapters hold
CHAPTERS := $(filter-out chapters/common.w,$(sort $(wildcard chapters/*.w)))
FILES    := $(shell sed -n 's/^.*@.\(tangled\/[^@]*\)@>=.*/\1/p' $(CHAPTERS) | sort -u)
# A folder says what its files are: the library, the program lab, an experiment each, the stubs of the exercises (built by their tests).
MODULES  := $(patsubst tangled/%.c,%,$(filter tangled/lib/%.c,$(FILES)))
LAB      := $(patsubst tangled/%.c,%,$(filter tangled/lab/%.c,$(FILES)))
DEMOS    := $(patsubst tangled/experiments/%.c,%,$(filter tangled/experiments/%.c,$(FILES)))
PROGRAMS := $B/bin/lab $(DEMOS:%=$B/experiments/%)
STAMPS   := $(CHAPTERS:chapters/%.w=$B/tangle/%.stamp)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: outputs speed chapter press-pdf press-web press-epub lint help deps tangle lib programs test claims check book pdf web epub figures bench vectors mutants install uninstall clean
.PHONY: exercises exercise watch hint solution reset grade prove student solutions-book prove-student

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:.*## /\t/' | expand -t14

# ---------------------------------------------------------------- tools
deps: ## install by apt what is missing, and only that
	@book/deps.sh all
$B/deps-%:
	@book/deps.sh $* && mkdir -p $B && touch $@

# ---------------------------------------------------------------- tangle
tangle: $(STAMPS) ## chapters/*.w -> tangled/*.c, *.h

# +c leaves an unchanged file and its time stamp alone, so an edit recompiles only what it touched.
$B/tangle/%.stamp: chapters/%.w chapters/common.w | $B/deps-code
	@mkdir -p $(@D) tangled/lib/private tangled/lab tangled/experiments tangled/exercises
	@CWEBINPUTS=.:chapters book/tangle.sh $<
	@touch $@

define FILES_OF
$(shell sed -n 's/^.*@.\(tangled\/[^@]*\)@>=.*/\1/p' $(1) | sort -u): $(1:chapters/%.w=$B/tangle/%.stamp) ; @:
endef
$(foreach c,$(CHAPTERS),$(eval $(call FILES_OF,$c)))

# ---------------------------------------------------------------- compile
# random: the same bits on every machine, so no multiply-add is contracted there.
EXACT := lib/random
$(foreach m,$(EXACT),$(eval $B/float/$m.o $B/double/$m.o: CFLAGS += -ffp-contract=off))

# What no public header declares stays inside the library.
$B/float/lib/%.o $B/double/lib/%.o: CFLAGS += -fvisibility=hidden

$B/float/%.o: tangled/%.c | $(STAMPS) $B/deps-code
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<
$B/double/%.o: tangled/%.c | $(STAMPS) $B/deps-code
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(CPPFLAGS) -DGP_DOUBLE -MMD -MP -c -o $@ $<

$B/lib/libgradient.a: $(MODULES:%=$B/float/%.o)
	@mkdir -p $(@D) && rm -f $@ && ar rcsD $@ $^
$B/lib/libgradient-double.a: $(MODULES:%=$B/double/%.o)
	@mkdir -p $(@D) && rm -f $@ && ar rcsD $@ $^
$B/bin/lab: $(LAB:%=$B/float/%.o) $B/lib/libgradient.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)
$B/experiments/%: $B/float/experiments/%.o $B/lib/libgradient.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

# The shared library carries the same objects; its name has the number that changes when old programs would no longer run with it.
VERSION := 2.0.0
MAJOR   := 2
$B/lib/libgradient.so.$(MAJOR): $(MODULES:%=$B/float/%.o)
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -shared -Wl,-soname,$(@F) -Wl,--no-undefined -o $@ $^ $(LDLIBS)

lib: $B/lib/libgradient.a $B/lib/libgradient-double.a ## the library, float and double
programs: $(PROGRAMS) ## lab and the demonstrations

# ---------------------------------------------------------------- test
SUITES := $(patsubst tests/%.c,%,$(wildcard tests/unit/*.c tests/double/*.c tests/claims/*.c))
# A suite may be a script that ends with Check's closing line; the sanitizers have nothing to say of those.
SCRIPTS := $(if $(SANITIZE),,$(patsubst tests/%.sh,%,$(wildcard tests/cli/*.sh)))
SUITE_RESULTS := $(SUITES:%=$B/results/%.result) $(SCRIPTS:%=$B/results/%.result)
RESULT_SUITES := $(patsubst tests/%.c,%,$(wildcard tests/experiments/*.c))

$B/tests/double/%.o: tests/double/%.c | $(STAMPS) $B/deps-code
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(CPPFLAGS) -DGP_DOUBLE -MMD -MP -c -o $@ $<
$B/tests/%.o: tests/%.c | $(STAMPS) $B/deps-code
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<
$B/tests/double/%: $B/tests/double/%.o $B/lib/libgradient-double.a
	@$(CC) $(CFLAGS) -o $@ $^ $(TESTLIBS) $(LDLIBS)
$B/tests/%: $B/tests/%.o $B/lib/libgradient.a
	@$(CC) $(CFLAGS) -o $@ $^ $(TESTLIBS) $(LDLIBS)

# A suite whose program came out the same, byte for byte, keeps its result and does not run again.
$B/results/%.result: $B/tests/% tests/support/run-suite.sh
	@mkdir -p $(@D)
	@tests/support/run-suite.sh $< $@

define RUN_SCRIPT
$B/results/$1.result: tests/$1.sh tests/support/run-suite.sh $B/lib/libgradient.a $B/lib/libgradient-double.a $B/lib/libgradient.so.$(MAJOR) $B/bin/lab $B/bin/vectors \
  $(wildcard tests/cli/*.sh tests/support/*.sh tests/cli/install/* tests/vectors/cases/*.vec)
	@mkdir -p $$(@D)
	@B=$B tests/support/run-suite.sh $$< $$@ $$(filter-out $$< tests/support/run-suite.sh,$$^)
endef
$(foreach s,$(SCRIPTS),$(eval $(call RUN_SCRIPT,$s)))

test: $B/deps-code ## run every suite; the last line counts them
	@$(MAKE) --no-print-directory -k -j2 -s $(SUITE_RESULTS) $(PROGRAMS); s=$$?; tests/support/summary.sh $$s $(SUITE_RESULTS)

claims: $B/deps-book ## the experiments behind the figures, checked against what the book says of them
	@$(MAKE) --no-print-directory -k -j2 -s $(RESULT_SUITES:%=$B/results/%.result); s=$$?; tests/support/summary.sh $$s $(RESULT_SUITES:%=$B/results/%.result)

# These suites read what the demonstrations wrote.
$(RESULT_SUITES:%=$B/results/%.result): $B/results/experiments/%.result: $B/tests/experiments/% $(DEMOS:%=$B/outputs/%.txt) tests/support/run-suite.sh
	@mkdir -p $(@D)
	@tests/support/run-suite.sh $< $@ $$(find $B/outputs -name '*.txt' -o -name '*.val' -o -name '*.tsv' | sort)

VECTOR_SOURCES := $(wildcard tests/vectors/*.c)
$B/tests/vectors/%.o: tests/vectors/%.c | $(STAMPS) $B/deps-code
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<
$B/bin/vectors: $(VECTOR_SOURCES:%.c=$B/%.o) $B/lib/libgradient.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

vectors: $B/bin/vectors ## conformance vectors: make vectors DIR=folder
	@$B/bin/vectors $(or $(DIR),../shared/vectors)

mutants: $(SUITES:%=$B/tests/%) lib $B/bin/lab $B/bin/vectors ## do the tests notice a mistake? N=200 SEED=1 TIME=60 ONLY=module,...
	@B=$B N=$(N) SEED=$(SEED) TIME=$(TIME) ONLY=$(ONLY) tests/support/mutants.pl $(SUITES) -- $(SCRIPTS)

check: ## every suite under AddressSanitizer and UndefinedBehaviorSanitizer, then under valgrind
	@$(MAKE) --no-print-directory sanitize
	@$(MAKE) --no-print-directory valgrind
sanitize: $B/deps-check
	@$(MAKE) --no-print-directory B=build/sanitize SANITIZE=1 test
valgrind: $B/deps-check
	@$(MAKE) --no-print-directory -j2 -s B=build/portable PORTABLE=1 $(SUITES:%=build/portable/tests/%)
	@tests/support/valgrind.sh $(SUITES:%=build/portable/tests/%)

# ---------------------------------------------------------------- exercises
TUTOR = exercises/tutor
exercises: ## the exercises with state and points
	@$(TUTOR) list
# An answer that does not pass yet is no error of make's; `exercises/tutor run` tells by its status.
exercise: lib ## one exercise: make exercise N=4.3
	@$(TUTOR) run $(N) || [ $$? -eq 1 ]
watch: lib ## run an exercise at every save until it passes: make watch [N=4.3]
	@$(TUTOR) watch $(N)
hint: ## one more hint: make hint N=4.3
	@$(TUTOR) hint $(N)
solution: ## the solution, once passed: make solution N=4.3 [FORCE=1]
	@$(TUTOR) solution $(N) $(FORCE)
reset: ## put the untouched stub back: make reset N=4.3
	@$(TUTOR) reset $(N)
grade: lib ## grade every exercise; reports in build/grade
	@$(TUTOR) grade
prove: lib ## stubs are not started, solutions pass, wrong answers fail
	@$(TUTOR) prove
solutions-book: pdf ## the book with all solutions woven in: book/out/solutions.pdf
	@exercises/solutions-book.sh
student: ## a copy of the tree to hand out: make student [DIR=folder]
	@$(TUTOR) student $(DIR)
prove-student: pdf ## CI's proof that the students' copy builds, tests and weaves
	@exercises/prove-student.sh

-include $(wildcard $B/float/*/*.d $B/double/*/*.d $B/tests/*/*.d)

# ---------------------------------------------------------------- outputs, figures, pages
# Run the programs, draw what they wrote, set the pages. Every step keeps a file that came out the same, so nothing follows from it.
P      := $B/press
NAMES  := $(CHAPTERS:chapters/%.w=%)
STYLE  := book/gradient.sty book/macros.tex book/tex.sh
# DRAFT=1: what is missing is set in red instead of stopping the press
DRAFTED  := $(if $(DRAFT),\def\gpdraft{})
TOLERANT := $(if $(DRAFT), || true)
PDFS   := $(NAMES:%=book/out/chapters/%.pdf)
export CFLAGS CPPFLAGS CC

ifneq (,$(filter outputs figures chapter book pdf solutions-book prove-student web epub lint claims check press-% build/% book/%,$(MAKECMDGOALS)))
include $P/uses.mk
endif
# which results and figures a chapter shows
$P/uses.mk: $(CHAPTERS) $(wildcard book/plots/*.gp book/cells/*.sh) book/press.lua | $B/deps-book
	@mkdir -p $P/results $P/chapter book/out/chapters && texlua book/press.lua uses >$@.tmp && mv $@.tmp $@

outputs: $(OUTPUTS:%=$B/outputs/%.txt) ## run the demonstrations and notebook cells that changed
$B/outputs/.%.ran: $B/experiments/% book/run-output.sh
	@book/run-output.sh $* && touch $@
$B/outputs/.%.ran: book/cells/%.sh $B/bin/lab book/run-output.sh
	@book/run-output.sh $* && touch $@
$B/outputs/%.txt: $B/outputs/.%.ran ; @:

speed: $B/experiments/speed $B/experiments/cost ## time the kernels again for chapter 5 and appendix D (kept in book/measured)
	@rm -f $B/outputs/.speed.sum $B/outputs/.cost.sum
	@GP_SPEED=1 book/run-output.sh cost && GP_SPEED=1 book/run-output.sh speed
	@touch $B/outputs/.speed.ran $B/outputs/.cost.ran && cat $B/outputs/cost.txt $B/outputs/speed.txt
# the rows that the demonstrations report about figures from papers, collected for appendix C
PAPERS := $(foreach n,$(shell seq 2 14),$B/outputs/paper-against-ours-$n.tsv)
$(PAPERS) &: $(OUTPUTS:%=$B/outputs/%.txt) book/lua/results.lua
	@texlua book/lua/results.lua papers && touch $(PAPERS)
$P/results/17-paper-against-ours.tex: $(PAPERS)

figures: $(FIGURES:%=$B/figures/%.pdf) ## draw the figures whose data or script changed
$B/figures/.%.pdf.drawn: book/plots/%.gp book/plots/style.gp book/plot.sh | $B/deps-book
	@book/plot.sh $* pdf && touch $@
$B/figures/.%.svg.drawn: book/plots/%.gp book/plots/style.gp book/plot.sh | $B/deps-book
	@book/plot.sh $* svg && touch $@
$B/figures/%.pdf: $B/figures/.%.pdf.drawn ; @:
$B/figures/%.svg: $B/figures/.%.svg.drawn ; @:

$P/numbers: $(CHAPTERS) book/press.lua
	@mkdir -p $P && texlua book/press.lua list chapters >$@.tmp; cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@
$P/woven/%.tex: chapters/%.w chapters/common.w book/weave.sh book/press.lua $P/numbers | $B/deps-book
	@book/weave.sh $* && touch $@
$P/results/%.tex: book/press.lua $P/uses.mk
	@texlua book/press.lua results $* $@ && touch $@
$P/index-%.tex: $P/woven/%.tex
	@texlua book/press.lua index $@ $* && touch $@
$P/names-%.tex: $P/woven/%.tex
	@texlua book/press.lua names $@ $* && touch $@
$P/index.tex: $(NAMES:%=$P/woven/%.tex)
	@texlua book/press.lua index $@ $(NAMES) && touch $@
$P/names.tex: $(NAMES:%=$P/woven/%.tex)
	@texlua book/press.lua names $@ $(NAMES) && touch $@
$P/chapters.tex: $P/numbers
	@texlua book/press.lua list book >$@
$P/preface.tex: chapters/00-preface.md book/preface.lua
	@pandoc -f markdown -t latex --top-level-division=chapter --wrap=preserve -L book/preface.lua -o $@ $<

# A chapter alone: a first pass finds its labels, and the rest knows those of all the others.
define PAGES_OF
$P/chapter/$1.first: $P/woven/$1.tex $P/results/$1.tex $(FIGURES_$1) $P/index-$1.tex $P/names-$1.tex book/chapter.tex $(STYLE) book/references.bib
	@PASSES=1 book/tex.sh $P/chapter $1 chapter '\def\gpthis{$1}$(DRAFTED)' && touch $$@
$P/results/$1.tex: $(RESULTS_$1)
endef
$(foreach n,$(NAMES),$(eval $(call PAGES_OF,$n)))
$P/elsewhere.tex: $(NAMES:%=$P/chapter/%.first)
	@texlua book/press.lua labels $@ && touch $@.seen
book/out/chapters/%.pdf: $P/chapter/%.first $P/elsewhere.tex book/check-log.sh
	@book/tex.sh $P/chapter $* chapter '\def\gpthis{$*}$(DRAFTED)' && book/check-log.sh $P/chapter/$*.log$(TOLERANT) && cp $P/chapter/$*.pdf $@
book/out/gradient-problem.pdf: $(foreach n,$(NAMES),$P/woven/$n.tex $P/results/$n.tex $(FIGURES_$n)) $P/index.tex $P/names.tex $P/chapters.tex \
  $P/preface.tex book/book.tex book/front.tex $(STYLE) book/references.bib book/check-log.sh
	@book/tex.sh $P/book gradient-problem book '$(DRAFTED)' && book/check-log.sh $P/book/gradient-problem.log$(TOLERANT) && cp $P/book/gradient-problem.pdf $@

press-pdf: book/out/gradient-problem.pdf $(PDFS)
pdf: $B/deps-book ## the book and every chapter as PDF
	@$(MAKE) --no-print-directory -s -j2 press-pdf
book: $B/deps-book ## every edition
	@$(MAKE) --no-print-directory -s -j2 press-pdf press-web press-epub
chapter: $(if $(DRAFT),,$(RESULTS_$C) $(FIGURES_$C)) | $B/deps-book ## one chapter's pages, fast: make chapter C=03-initialization [DRAFT=1]
	@book/chapter.sh $C $(if $(DRAFT),draft)

# ---------------------------------------------------------------- web and EPUB
# pandoc reads the chapters itself (book/cweb.lua). The map is what a page knows of the others; while it stays the same, an edit makes one page.
WEB   := book/out/web
export GP_DRAFT := $(DRAFT)
PAGES := $(NAMES) 00-preface index names identifiers
SITE  := book/cweb.lua book/macros.tex book/references.bib $(wildcard book/web/*)
$P/map: $(CHAPTERS) chapters/common.w book/cweb.lua | $B/deps-book
	@mkdir -p $P && texlua book/cweb.lua map >$@.tmp && { cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@; }
$(WEB)/style.css: book/web/style.css
	@mkdir -p $(@D) && cp $< $@
$(WEB)/figures/%.svg: $B/figures/%.svg
	@mkdir -p $(@D) && cp $< $@
define PAGE_OF
$(WEB)/$1.html: chapters/$1.w chapters/common.w $P/map $(SITE) $(RESULTS_$1) $(FIGURES_$1:.pdf=.svg) $(FIGURES_$1:$B/figures/%.pdf=$(WEB)/figures/%.svg)
	@book/web/page.sh $$@ chapters/$1.w
endef
$(foreach n,$(NAMES),$(eval $(call PAGE_OF,$n)))
$(WEB)/17-paper-against-ours.html book/out/gradient-problem.epub: $(PAPERS)
$(WEB)/00-preface.html: chapters/00-preface.md $P/map $(SITE)
	@book/web/page.sh $@ $<
$(WEB)/index.html $(WEB)/names.html $(WEB)/identifiers.html: $(WEB)/%.html: book/web/%.md $(CHAPTERS) $P/map $(SITE)
	@book/web/page.sh $@ $<
$P/links: $(PAGES:%=$(WEB)/%.html) $(WEB)/style.css book/web/check-links.sh
	@book/web/check-links.sh $(WEB) && touch $@
book/out/gradient-problem.epub: chapters/00-preface.md $(CHAPTERS) chapters/common.w $P/map $(SITE) $(foreach n,$(NAMES),$(RESULTS_$n) $(FIGURES_$n:.pdf=.svg))
	@book/web/page.sh $@ $< $(CHAPTERS) $(addprefix book/web/,bibliography.md names.md identifiers.md)
press-web: $P/links
press-epub: book/out/gradient-problem.epub
web: $B/deps-book ## the web edition: book/out/web/index.html
	@$(MAKE) --no-print-directory -s -j2 press-web
epub: $B/deps-book ## the e-book
	@$(MAKE) --no-print-directory -s -j2 press-epub
lint: $B/deps-book ## sections, lines, claims and results of the chapters
	@book/lint.sh

bench: $B/bin/lab ## time kernels and training steps; against PyTorch where python3-torch is installed
	@tests/bench/bench.sh $B/bin/lab

# ---------------------------------------------------------------- install
# Headers lose their #line, which would point into chapters that are not installed.
AT := $(DESTDIR)$(PREFIX)
# experiment.h is for the book's own programs: it ends them when something fails.
HEADERS = $(filter-out tangled/lib/private/% tangled/lib/experiment.h,$(filter tangled/lib/%.h,$(FILES)))
$B/lab.1: book/lab.1.md | $B/deps-install
	@mkdir -p $(@D) && pandoc -s -f markdown-smart -t man -o $@ $<
install: $B/lib/libgradient.a $B/lib/libgradient.so.$(MAJOR) $B/bin/lab $B/lab.1 book/gradient.pc.in ## library, headers, pkg-config file, lab and its man page: PREFIX=/usr/local DESTDIR=
	@install -d $(AT)/lib/pkgconfig $(AT)/include/gradient $(AT)/bin $(AT)/share/man/man1
	@install -m 644 $B/lib/libgradient.a $(AT)/lib
	@install -m 755 $B/lib/libgradient.so.$(MAJOR) $(AT)/lib/libgradient.so.$(VERSION)
	@ln -sf libgradient.so.$(VERSION) $(AT)/lib/libgradient.so.$(MAJOR) && ln -sf libgradient.so.$(MAJOR) $(AT)/lib/libgradient.so
	@for h in $(HEADERS); do sed '/^#line/d' $$h >$(AT)/include/gradient/$${h##*/} || exit 1; done
	@sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' book/gradient.pc.in >$(AT)/lib/pkgconfig/gradient.pc
	@install -m 755 $B/bin/lab $(AT)/bin
	@install -m 644 $B/lab.1 $(AT)/share/man/man1
uninstall: ## remove what install put there
	@rm -f $(AT)/lib/libgradient.a $(AT)/lib/libgradient.so* $(AT)/lib/pkgconfig/gradient.pc $(AT)/bin/lab $(AT)/share/man/man1/lab.1
	@rm -rf $(AT)/include/gradient

clean: ## remove everything that was made
	rm -rf build book/out $(FILES)
