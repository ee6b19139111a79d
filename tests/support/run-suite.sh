#!/bin/bash
# Run one Check suite, or keep its result when the program has not changed since it passed.
# result file: sum of the program, then "passed failed skipped", then (on failure) what it printed.
set -u
#   run-suite.sh PROGRAM RESULT [FILE...]: the files count as parts of the program
program=$1 result=$2
sum=$(cat "$program" "${@:3}" | sha256sum | cut -d' ' -f1)
if [ -f "$result" ] && [ "$(sed -n 1p "$result")" = "$sum" ] && sed -n 2p "$result" | grep -q '^[0-9]* 0 '; then
    touch "$result"
    exit 0
fi
out=$(timeout 300 "$program" 2>&1)
status=$?
line=$(printf '%s\n' "$out" | grep -E '^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+$' | tail -n 1)
if [ -n "$line" ]; then
    read -r checks failures errors < <(printf '%s\n' "$line" | sed -E 's/.*Checks: ([0-9]+), Failures: ([0-9]+), Errors: ([0-9]+)/\1 \2 \3/')
    failed=$((failures + errors)) passed=$((checks - failures - errors))
else
    failed=1 passed=0
fi
[ $status -ne 0 ] && [ $failed -eq 0 ] && failed=1
skipped=$(printf '%s\n' "$out" | grep -c '^SKIP ')
passed=$((passed - skipped))
{ echo "$sum"; echo "$passed $failed $skipped"; [ $failed -eq 0 ] || printf '%s\n' "$out"; } >"$result.tmp" && mv "$result.tmp" "$result"
printf '%s\n' "$out" | grep '^SKIP '
if [ $failed -ne 0 ]; then
    printf '%s: %s\n' "$(basename "$program")" "${line:-ended with status $status and without a closing line}"
    printf '%s\n' "$out" | grep -vE '^Running suite|^[0-9]+%: Checks' | grep -vE ':P:'
    # the result stays, so that the summary counts it, but it is older than its program
    touch -d '2000-01-01' "$result"
fi
exit 0
