#!/bin/bash
# Sum the result files of the suites into the plain closing line. $1: make's exit status; a suite without a result counts as failed.
set -u
status=$1; shift
passed=0 failed=0 skipped=0
for f in "$@"; do
    if [ -f "$f" ]; then
        read -r p n s < <(sed -n 2p "$f")
        passed=$((passed + p)) failed=$((failed + n)) skipped=$((skipped + s))
    else
        echo "$(basename "$f" .result): did not build"
        failed=$((failed + 1))
    fi
done
[ "$status" -eq 0 ] || [ $failed -gt 0 ] || failed=1
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
