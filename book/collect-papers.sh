#!/bin/bash
# What the demonstrations reported about figures from papers (build/outputs/*.paper: experiment, paper, ours, spread, tolerance, verdict; tab separated)
# -> build/outputs/paper-against-ours-N.tsv for each chapter N, and paper-against-ours.val with the counts.
set -u
out=build/outputs
total=0 yes=0 no=0
for chapter in chapters/*.w; do
    n=$(basename "$chapter" | sed 's/^0*//; s/-.*//')
    table=$out/paper-against-ours-$n.tsv
    printf 'experiment\tpaper\tours\tspread\ttolerance\tverdict\n' >"$table.tmp"
    for demo in $(grep -oE '@\(tangled/experiments/[a-z0-9-]+\.c@>=' "$chapter" | sed 's/.*experiments.//; s/\.c@>=//' | awk '!seen[$0]++'); do
        [ -f "$out/$demo.paper" ] || continue
        while IFS= read -r row; do
            fields=$(awk -F'\t' '{ print NF }' <<<"$row")
            if [ "$fields" -ne 6 ]; then
                echo "$out/$demo.paper: expected 6 fields, found $fields: $row" >&2
                exit 1
            fi
            printf '%s\n' "$row" >>"$table.tmp"
            total=$((total + 1))
            case ${row##*$'\t'} in
                reproduced) yes=$((yes + 1)) ;;
                'did not reproduce') no=$((no + 1)) ;;
            esac
        done <"$out/$demo.paper"
    done
    [ "$(wc -l <"$table.tmp")" -gt 1 ] || printf 'none in this chapter\t\t\t\t\t\n' >>"$table.tmp"
    cmp -s "$table.tmp" "$table" && rm "$table.tmp" || mv "$table.tmp" "$table"
done
printf 'total\t%d\nreproduced\t%d\nnot\t%d\nin-part\t%d\n' $total $yes $no $((total - yes - no)) >$out/paper-against-ours.val
