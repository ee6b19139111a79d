#!/bin/bash
# The book with the solutions woven in, for instructors: the change files of all solutions are merged into a copy of the chapters,
# and the copy is set. Experiments are not repeated: their programs are the same.
set -u
copy=build/solutions
rm -rf $copy && mkdir -p $copy/changes
git ls-files | grep -v '^exercises/[^/]*/' | tar -cf - -T - | tar -xf - -C $copy || exit 1
exercises/tutor solutions-changes $copy/changes || exit 1
for change in $copy/changes/*.ch; do
    name=$(basename "$change" .ch)
    # CTIE says what it does on its standard output; only its verdict counts
    if ! (cd chapters && ctie -m "../$copy/chapters/$name.w" "$name.w" "../$change") >$copy/ctie.log 2>&1; then
        cat $copy/ctie.log >&2
        exit 1
    fi
done
mkdir -p $copy/build book/out
cp -rp build/outputs build/figures $copy/build/
make -s -C $copy book/out/gradient-problem.pdf || exit 1
cp $copy/book/out/gradient-problem.pdf book/out/solutions.pdf
echo "book/out/solutions.pdf: the book with $(cat $copy/changes/*.ch | grep -c '^@x') solutions"
