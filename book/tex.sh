#!/bin/bash
# Set a document with pdfLaTeX and BibTeX, in as many passes as it needs and no more.
#   tex.sh DIR JOB FILE [DEFINITIONS]      DIR/JOB.pdf from book/FILE.tex; PASSES=1 stops after the first
set -u
dir=$1 job=$2 file=$3 definitions=${4:-}
mkdir -p "$dir"
export TEXINPUTS=".:book:build/press:build/press/woven:build/figures:build:" BIBINPUTS=book: FORCE_SOURCE_DATE=1
export max_print_line=1000 TZ=UTC

state() { (cd "$dir" && cat "$job.aux" "$job.toc" "$job.out" "$job.bbl" $(sed -n 's/^\\@input{\(.*\)}$/\1/p' "$job.aux" 2>/dev/null) 2>/dev/null) | sha256sum; }
cited() { { (cd "$dir" && grep -hE '^\\(citation|bibdata|bibstyle)' "$job.aux" $(sed -n 's/^\\@input{\(.*\)}$/\1/p' "$job.aux") 2>/dev/null | sort -u); cat book/references.bib; } 2>/dev/null | sha256sum; }
pass() {
    timeout 180 pdflatex -interaction=nonstopmode -halt-on-error -file-line-error -output-directory="$dir" \
        -jobname="$job" "$definitions\\input{$file}" >"$dir/$job.tty" 2>&1 </dev/null && return
    status=$?
    [ $status -eq 124 ] && echo "$job: TeX was stopped after 180 seconds" >&2
    { grep -aE '^[^ ]*:[0-9]+: |^!' -A 6 "$dir/$job.tty" || tail -n 15 "$dir/$job.tty"; } | head -n 20 >&2
    rm -f "$dir/$job.pdf"
    exit 1
}

for n in 1 2 3 4 5; do
    before=$(state)
    pass
    now=$(cited)
    if grep -q '^\\bibdata' "$dir/$job.aux" && [ "$now" != "$(cat "$dir/$job.cited" 2>/dev/null)" ]; then
        (cd "$dir" && BIBINPUTS="$OLDPWD/book:" bibtex -terse "$job") >"$dir/$job.blg.tty" 2>&1 || { cat "$dir/$job.blg.tty" >&2; }
        echo "$now" >"$dir/$job.cited"
    fi
    [ "${PASSES:-5}" = 1 ] || [ "$before" = "$(state)" ] && exit 0
done
echo "$job: the references did not settle in 5 passes" >&2
