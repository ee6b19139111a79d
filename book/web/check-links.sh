#!/bin/bash
# Every link of the web edition leads somewhere: check-links.sh FOLDER. Pages, anchors and files are looked up; other sites are not visited.
set -u
cd "$1" || exit 1
bad=$(mktemp)
trap 'rm -f "$bad"' EXIT
# Anchors first, "page#id" a line and "page" itself; an id may stand once a page.
grep -oE '<[a-z0-9]+ [^>]*\bid="[^"]*"' ./*.html | sed -E 's|^\./([^:]*):.*[^a-z-]id="([^"]*)".*|\1#\2|' | sort >.anchors
uniq -d .anchors | sed 's/^/id twice: /' >>"$bad"
ls ./*.html | sed 's|^\./||' >>.anchors
find . -type f -not -name '.*' | sed 's|^\./||' >>.anchors
sort -u -o .anchors .anchors
grep -oE '(href|src)="[^"]*"' ./*.html | sed -E 's|^\./([^:]*):[a-z]*="([^"]*)"$|\1 \2|; s|&amp;|\&|g' | sort -u |
    awk '$2 ~ /^(https?|mailto|data):/ { next } $2 == "" { print $1 " (empty)"; next } { t = $2; if (t ~ /^#/) t = $1 t; sub(/#$/, "", t); print $1 " " t }' >.links
awk 'NR == FNR { have[$0] = 1; next } !($2 in have) { print $1 ": leads nowhere: " $2 }' .anchors .links >>"$bad"
rm -f .anchors .links
[ ! -s "$bad" ] && exit 0
head -n 50 "$bad" >&2
echo "check-links: $(wc -l <"$bad") bad links" >&2
exit 1
