#!/bin/bash
# Draw one figure. plot.sh NAME pdf|svg -> build/figures/NAME.tex and NAME.pdf for LaTeX (text in the book's own fonts), or NAME.svg for the web.
# It is drawn again only when its script, the style or its data changed.
# A script may begin with a line `# size: WIDTH HEIGHT' in millimetres (122 74 when there is none).
set -u
name=$1 kind=$2 out=build/figures
script=book/plots/$name.gp
target=$out/$name.$kind
mkdir -p $out
[ -f "$script" ] || { echo "plot.sh: there is no $script" >&2; exit 1; }
# the data: names that end in .tsv; a %d in one stands for the numbers of a row of files
data=
for d in $(grep -oE '[A-Za-z0-9_%-]+\.tsv' "$script" | sort -u); do
    case $d in *%d*) found=$(cd build/outputs 2>/dev/null && ls ${d//%d/[0-9]*} 2>/dev/null); data="$data ${found:-$d}" ;; *) data="$data $d" ;; esac
done
for d in $data; do
    [ -f "build/outputs/$d" ] || { echo "$script: build/outputs/$d is missing; does its demonstration write it?" >&2; exit 1; }
done
read -r width height < <(sed -n 's/^# size: *\([0-9.]*\) *\([0-9.]*\).*/\1 \2/p' "$script" | head -n 1)
: "${width:=122}" "${height:=74}"
sum=$( (cat "$script" book/plots/style.gp book/plot.sh; for d in $data; do cat "build/outputs/$d"; done) | sha256sum)
if [ -f "$target" ] && [ "$sum" = "$(cat "$target.sum" 2>/dev/null)" ]; then exit 0; fi

cm() { awk -v x="$1" 'BEGIN { printf "%.2f", x / 10 }'; }
px() { awk -v x="$1" 'BEGIN { printf "%d", x * 5.2 }'; }
work=$out/.$name.$kind
rm -rf "$work" && mkdir -p "$work"
case $kind in
    pdf) terminal="cairolatex pdf input color colortext transparent lw 1.7 rounded font ',9' size $(cm "$width")cm,$(cm "$height")cm"; file=$name.tex ;;
    svg) terminal="svg size $(px "$width"),$(px "$height") dynamic rounded font 'Palatino Linotype,Palatino,Book Antiqua,serif,14' lw 1 background rgb 'white' name '${name//-/_}'"; file=$name.svg ;;
    *) echo "plot.sh: expected pdf or svg, found '$kind'" >&2; exit 2 ;;
esac
here=$PWD
if ! said=$(cd "$work" && timeout 60 gnuplot -e "OUT='$here/build/outputs'; FORMAT='$kind'" -e "set terminal $terminal; set output '$file'; set loadpath '$here/book/plots'" \
        "$here/book/plots/style.gp" "$here/$script" 2>&1) || printf '%s' "$said" | grep -qi 'warning'; then
    printf '%s\n' "$said" | sed "s|$here/||g" >&2
    printf '%s' "$said" | grep -qi 'warning' && [ -s "$work/$file" ] || { rm -rf "$work"; exit 1; }
fi
texlua book/lua/latex.lua figure "$work/$file" || exit 1
[ "$kind" = pdf ] && mv "$work/$name.tex" "$out/$name.tex"
mv "$work/$name.$kind" "$target" && rm -rf "$work"
printf '%s\n' "$sum" >"$target.sum"
