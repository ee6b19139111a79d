#!/bin/bash
# Every suite under valgrind, which follows Check's forks: an error in a test makes its child exit with 9. A suite that checks nothing
# has failed. The programs are a portable build, because valgrind lacks the newest instructions.
set -u
passed=0 failed=0
[ $# -gt 0 ] || { echo 'no suites' && failed=1; }
for program in "$@"; do
    if out=$(CK_DEFAULT_TIMEOUT=300 OMP_NUM_THREADS=1 timeout 600 valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite \
        "$program" 2>&1) && grep -qE '^100%: Checks: [1-9][0-9]*, Failures: 0, Errors: 0$' <<<"$out"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s under valgrind:\n%s\n' "$(basename "$program")" "$out"
    fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
