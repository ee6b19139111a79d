#!/bin/bash
# One chapter's pages, fast, for its author: chapter.sh NAME [draft] -> build/press/draft/NAME.pdf
# With `draft', results that are missing are set in red instead of stopping the press.
set -u
name=$1 definitions="\\def\\gpthis{$1}"
[ "${2:-}" = draft ] && definitions="$definitions\\def\\gpdraft{}"
mkdir -p build/press/results build/press/draft build/figures build/outputs
book/weave.sh "$name" || exit 1
texlua book/lua/latex.lua results "$name" "build/press/results/$name.tex" || exit 1
texlua book/lua/index.lua index "build/press/index-$name.tex" "$name" && texlua book/lua/index.lua names "build/press/names-$name.tex" "$name" || exit 1
for f in $(sed -n "s/^FIGURES_$name := //p" build/facts.mk); do
    f=$(basename "$f" .pdf) && { book/plot.sh "$f" pdf || [ "${2:-}" = draft ] || exit 1; }
done
[ -f build/press/elsewhere.tex ] || texlua book/lua/latex.lua labels build/press/elsewhere.tex || exit 1
book/tex.sh build/press/draft "$name" chapter "$definitions" || exit 1
book/check-log.sh "build/press/draft/$name.log"
echo "build/press/draft/$name.pdf"
