#!/bin/bash
# Sum the result files of the suites into the plain closing line. $1: make's exit status. A suite without a result, with one that
# cannot be read, or in which nothing was checked counts as failed.
set -u
status=$1; shift
passed=0 failed=0 skipped=0
for f in "$@"; do
    counts=$([ -f "$f" ] && sed -n 2p "$f" | grep -E '^[0-9]+ [0-9]+ [0-9]+$')
    read -r p n s <<<"${counts:-0 0 0}"
    if [ $((p + n + s)) -eq 0 ]; then
        echo "$(basename "$f" .result): $([ -f "$f" ] && echo 'checked nothing' || echo 'did not build')"
        n=1
    fi
    passed=$((passed + p)) failed=$((failed + n)) skipped=$((skipped + s))
done
[ "$status" -eq 0 ] && [ $# -gt 0 ] || [ $failed -gt 0 ] || failed=1
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
