#!/bin/bash
# Run one Check suite, or keep its result when the program has not changed since it passed.
# result file: sum of the program, then "passed failed skipped", then (on failure) what it printed.
# A suite passes if it exits with 0 and its closing lines count at least one check, none of them failed: one that crashes, hangs,
# says nothing or checks nothing counts as failed.
set -u
#   run-suite.sh PROGRAM RESULT [FILE...]: the files count as parts of the program
program=$1 result=$2
sum=$(cat "$program" "${@:3}" | sha256sum | cut -d' ' -f1)
if [ -f "$result" ] && [ "$(sed -n 1p "$result")" = "$sum" ] && sed -n 2p "$result" | grep -qE '^[0-9]+ 0 [0-9]+$'; then
    touch "$result"
    exit 0
fi
out=$(timeout 300 "$program" 2>&1)
status=$?
passed=0 failed=0 checks=0
skipped=$(grep -c '^SKIP ' <<<"$out")
while read -r c f e; do
    checks=$((checks + c)) failed=$((failed + f + e))
done < <(sed -nE 's/^[0-9]+%: Checks: ([0-9]+), Failures: ([0-9]+), Errors: ([0-9]+)$/\1 \2 \3/p' <<<"$out")
passed=$((checks - failed - skipped))
line="$checks checks, $failed failed"
if [ $failed -eq 0 ] && { [ $status -ne 0 ] || [ "$checks" -eq 0 ] || [ $passed -lt 0 ]; }; then
    failed=1
    line="ended with status $status after $checks checks and $skipped skipped"
    [ $passed -lt 0 ] && passed=0 skipped=0
fi
{ echo "$sum"; echo "$passed $failed $skipped"; [ $failed -eq 0 ] || printf '%s\n' "$out"; } >"$result.tmp" && mv "$result.tmp" "$result"
printf '%s\n' "$out" | grep '^SKIP '
if [ $failed -ne 0 ]; then
    printf '%s: %s\n' "$(basename "$program")" "$line"
    printf '%s\n' "$out" | grep -vE '^Running suite|^[0-9]+%: Checks' | grep -vE ':P:'
    # the result stays, so that the summary counts it, but it is older than its program
    touch -d '2000-01-01' "$result"
fi
exit 0
