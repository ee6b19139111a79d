#!/bin/bash
# One page of the web edition, or the EPUB, through pandoc and book/lua/web.lua; complaints say where.
#   page.sh OUT.html CHAPTER.w|PAGE.md          page.sh OUT.epub FILE...
set -u
out=$1
shift
work=$(dirname "$out")/.new-$(basename "$out")
mkdir -p "$(dirname "$out")"
options=(-f book/lua/web.lua --citeproc --bibliography=book/references.bib --mathml --wrap=preserve --fail-if-warnings)
case $out in
    *.html) options+=(-t html5 -s --template=book/web/template.html --toc --toc-depth=2 -M link-citations=true -M suppress-bibliography=false) ;;
    *.epub) options+=(-t epub3 --toc --toc-depth=2 --epub-chapter-level=1 --css=book/web/style.css --resource-path=build --metadata-file=book/web/epub.yaml) ;;
    *) echo "page.sh: expected OUT.html or OUT.epub, found '$out'" >&2; exit 2 ;;
esac
said=$(timeout 300 pandoc "${options[@]}" -o "$work" "$@" 2>&1)
status=$?
if [ $status -ne 0 ] || [ -n "$said" ]; then
    printf '%s\n' "$said" | sed 's/^\[WARNING\] //' | grep -v '^Failing because' | cut -c 1-400 >&2
    # pandoc knows no lines: find the formula that it could not set
    tex=$(printf '%s\n' "$said" | sed -n 's/.*Could not convert TeX math \(.*\)/\1/p' | sed 's/, rendering as TeX:*$//' | head -n 1 | cut -c 1-40)
    [ -z "$tex" ] || grep -nF -- "$tex" "$@" /dev/null | cut -c 1-160 >&2
    [ $status -ne 124 ] || echo "$out: pandoc was stopped after 300 seconds" >&2
    rm -f "$work"
    exit 1
fi
case $out in *.epub) texlua book/web/stamp.lua "$work" || exit 1 ;; esac
mv "$work" "$out"
