# Run the programs, draw what they wrote, set the pages. Every step keeps a file that came out the same, so nothing follows from it.
P     := $B/press
STYLE := book/gradient.sty book/macros.tex book/tex.sh
LUA   := texlua book/lua
# DRAFT=1: no experiment runs and no figure is drawn; what is missing is set in red instead of stopping the press
ifdef DRAFT
$(foreach n,$(NAMES),$(eval RESULTS_$n :=)$(eval FIGURES_$n :=))
endif
DRAFTED  := $(if $(DRAFT),\def\gpdraft{})
TOLERANT := $(if $(DRAFT), || true)
PDFS     := $(NAMES:%=book/out/chapters/%.pdf)
export GP_DRAFT := $(DRAFT)
export CC CFLAGS CPPFLAGS

pdf: $P/links.pdf ## the book and every chapter as PDF
web: $P/links.web ## the web edition: book/out/web/index.html
epub: book/out/gradient-problem.epub ## the e-book
book: pdf web epub ## every edition
chapter: $(RESULTS_$C) $(FIGURES_$C) | deps-book ## one chapter's pages, fast: make chapter C=04-initialization [DRAFT=1]
	@book/chapter.sh $C $(if $(DRAFT),draft)
lint: $B/facts.stamp ## sections, lines, claims and results of the chapters
	@$(LUA)/lint.lua

# ---------------------------------------------------------------- outputs
outputs: $(OUTPUTS:%=$B/outputs/%.txt) ## run the experiments and notebook cells that changed
$B/outputs/.%.ran: $B/experiments/% book/run-output.sh
	$QFLAGS='$(FLAGS_v3)' book/run-output.sh $* && touch $@
$B/outputs/.%.ran: book/cells/%.sh $B/experiments/lab book/run-output.sh
	$QFLAGS='$(FLAGS_v3)' book/run-output.sh $* && touch $@
$B/outputs/%.txt: $B/outputs/.%.ran ; @:
# What measures time runs here alone; its results are kept in book/measured.
TIMED := $(notdir $(wildcard book/measured/*))
speed: $(TIMED:%=$B/timed/%) ## time the kernels again (kept in book/measured)
	@rm -f $(TIMED:%=$B/outputs/.%.sum)
	@for t in $(TIMED); do GP_SPEED=1 FLAGS='$(FLAGS_float)' book/run-output.sh $$t && touch $B/outputs/.$$t.ran && cat $B/outputs/$$t.txt || exit 1; done
# the rows that the experiments report about figures from papers, collected for the appendix
$(PAPERS) &: $(OUTPUTS:%=$B/outputs/%.txt) book/lua/results.lua
	$Q$(LUA)/results.lua papers && touch $(PAPERS)

# ---------------------------------------------------------------- figures
figures: $(FIGURES:%=$B/figures/%.pdf) ## draw the figures whose data or script changed
$B/figures/.%.pdf.drawn: book/plots/%.gp book/plots/style.gp book/plot.sh | deps-book
	$Qbook/plot.sh $* pdf && touch $@
$B/figures/.%.svg.drawn: book/plots/%.gp book/plots/style.gp book/plot.sh | deps-book
	$Qbook/plot.sh $* svg && touch $@
$B/figures/%.pdf: $B/figures/.%.pdf.drawn ; @:
$B/figures/%.svg: $B/figures/.%.svg.drawn ; @:

# ---------------------------------------------------------------- PDF
$P/woven/%.tex: chapters/%.w chapters/common.w chapters/parts book/weave.sh $(addprefix book/lua/,weave.lua cweave.lua cweb.lua) | deps-book
	$Qbook/weave.sh $* && touch $@
$P/results/%.tex: chapters/%.w book/lua/latex.lua | deps-book
	$Qmkdir -p $(@D) && $(LUA)/latex.lua results $* $@ && touch $@
$P/index-%.tex $P/names-%.tex: $P/woven/%.tex book/lua/index.lua
	$Q$(LUA)/index.lua index $P/index-$*.tex $* && $(LUA)/index.lua names $P/names-$*.tex $* && touch $P/index-$*.tex $P/names-$*.tex
$P/index.tex: $(NAMES:%=$P/woven/%.tex) book/lua/index.lua
	$Q$(LUA)/index.lua index $@ $(NAMES) && touch $@
$P/names.tex: $(NAMES:%=$P/woven/%.tex) book/lua/index.lua
	$Q$(LUA)/index.lua names $@ $(NAMES) && touch $@
$P/chapters.tex: $B/facts.map book/lua/latex.lua
	$Qmkdir -p $(@D) && $(LUA)/latex.lua chapters $@ && touch $@
$P/preface.tex: chapters/00-preface.md book/preface.lua | deps-book
	$Qmkdir -p $(@D) && pandoc -f markdown -t latex --top-level-division=chapter --wrap=preserve -L book/preface.lua -o $@ $<
# A chapter alone: a first pass finds its labels, and the rest knows those of all the others.
define PAGES_OF
$P/chapter/$1.first: $P/woven/$1.tex $P/results/$1.tex $(FIGURES_$1) $P/index-$1.tex $P/names-$1.tex book/chapter.tex $(STYLE) book/references.bib
	$QPASSES=1 book/tex.sh $P/chapter $1 chapter '\def\gpthis{$1}$(DRAFTED)' && touch $$@
$P/results/$1.tex: $(RESULTS_$1)
endef
$(foreach n,$(NAMES),$(eval $(call PAGES_OF,$n)))
$P/elsewhere.tex: $(NAMES:%=$P/chapter/%.first)
	$Q$(LUA)/latex.lua labels $@ && touch $@
book/out/chapters/%.pdf: $P/chapter/%.first $P/elsewhere.tex book/check-log.sh
	$Qmkdir -p $(@D) && book/tex.sh $P/chapter $* chapter '\def\gpthis{$*}$(DRAFTED)' && book/check-log.sh $P/chapter/$*.log$(TOLERANT) && cp $P/chapter/$*.pdf $@
book/out/gradient-problem.pdf: $(foreach n,$(NAMES),$P/woven/$n.tex $P/results/$n.tex $(FIGURES_$n)) $P/index.tex $P/names.tex $P/chapters.tex \
  $P/preface.tex book/book.tex book/front.tex $(STYLE) book/references.bib book/check-log.sh
	$Qmkdir -p $(@D) && book/tex.sh $P/book gradient-problem book '$(DRAFTED)' && book/check-log.sh $P/book/gradient-problem.log$(TOLERANT) && cp $P/book/gradient-problem.pdf $@
$P/links.pdf: book/out/gradient-problem.pdf $(PDFS)
	@touch $@

# ---------------------------------------------------------------- web and EPUB
# pandoc reads the chapters itself. The map is what a page knows of the others; while it stays the same, an edit makes one page.
WEB   := book/out/web
PAGES := $(NAMES) 00-preface index names identifiers
SITE  := $(wildcard book/lua/*.lua book/lua/web/*.lua book/web/*) book/macros.tex book/references.bib
$(WEB)/style.css: book/web/style.css
	$Qmkdir -p $(@D) && cp $< $@
$(WEB)/figures/%.svg: $B/figures/%.svg
	$Qmkdir -p $(@D) && cp $< $@
define PAGE_OF
$(WEB)/$1.html: chapters/$1.w chapters/common.w $B/facts.map $(SITE) $(RESULTS_$1) $(FIGURES_$1:.pdf=.svg) $(FIGURES_$1:$B/figures/%.pdf=$(WEB)/figures/%.svg) | deps-book
	$Qbook/web/page.sh $$@ chapters/$1.w
endef
$(foreach n,$(NAMES),$(eval $(call PAGE_OF,$n)))
$(WEB)/00-preface.html: chapters/00-preface.md $B/facts.map $(SITE) | deps-book
	$Qbook/web/page.sh $@ $<
$(WEB)/index.html $(WEB)/names.html $(WEB)/identifiers.html: $(WEB)/%.html: book/web/%.md $(CHAPTERS) $B/facts.map $(SITE) | deps-book
	$Qbook/web/page.sh $@ $<
$P/links.web: $(PAGES:%=$(WEB)/%.html) $(WEB)/style.css book/web/check-links.sh
	$Qbook/web/check-links.sh $(WEB) && touch $@
book/out/gradient-problem.epub: chapters/00-preface.md $(CHAPTERS) chapters/common.w $B/facts.map $(SITE) $(foreach n,$(NAMES),$(RESULTS_$n) $(FIGURES_$n:.pdf=.svg)) | deps-book
	$Qbook/web/page.sh $@ $< $(CHAPTERS) $(addprefix book/web/,bibliography.md names.md identifiers.md)

.PHONY: pdf web epub book chapter lint outputs speed figures
