#!/bin/bash
# The copy for students builds, tests and weaves, and nothing in it gives an answer away.
set -u
unset MAKEFLAGS MAKELEVEL
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
copy=$folder/course passed=0 failed=0

check() {
    local what=$1
    shift
    if "$@" >"$folder/log" 2>&1 </dev/null; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "student copy: $what: failed" >&2
        tail -n 40 "$folder/log" >&2
    fi
}
nothing_given_away() { ! find "$copy/exercises" -name 'solution*.ch' -o -name 'wrong-*' -o -name 'graded.c' | grep .; }
same_count() { [ "$(make -s -C "$copy" exercises | grep -c 'not started')" = "$(find exercises -name solution.ch | wc -l)" ]; }

check "make student" make -s student DIR="$copy"
check "no solution, no wrong answer, no graded test in it" nothing_given_away
check "make test" make -s -C "$copy" test
check "every exercise is there, not started" same_count
# its experiments are the same programs, so their results are ours
mkdir -p "$copy/build" && cp -a build/outputs build/figures "$copy/build/"
check "make pdf" make -s -C "$copy" pdf
check "the book is woven" test -s "$copy/book/out/gradient-problem.pdf"
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
