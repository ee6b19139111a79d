#!/bin/bash
# Do the runners of the tests themselves notice? test_lab.sh and test_vectors.sh against programs that crash, that say nothing, or that
# say the right thing with the wrong exit code; run-suite.sh, summary.sh and valgrind.sh against suites that crash or check nothing.
set -u
B=${B:-build}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
checks=0 failures=0
check() { # check NAME EXPECTED FOUND
    checks=$((checks + 1))
    [ "$2" = "$3" ] && return
    failures=$((failures + 1))
    printf 'test_checks.sh:F:%s: expected "%s", found "%s"\n' "$1" "$2" "$3"
}
program() { # program FILE: a script from standard input
    mkdir -p "${1%/*}"
    { echo '#!/bin/bash' && cat; } >"$1" && chmod +x "$1"
}

# ---------------------------------------------------------------- no check passes with a program that does not work
here=$PWD
none_passes() { # none_passes SCRIPT FAKE: how many of its checks passed
    local all='' failed=''
    read -r all failed < <(B="$folder/$2" "tests/cli/$1.sh" 2>/dev/null | sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: 0$/\1 \2/p')
    check "$1.sh with a program that is $2" "${all:-some} of ${all:-some} fail" "${failed:-none} of ${all:-none} fail"
}
for name in lab vectors; do
    program "$folder/crash/bin/$name" <<<'kill -SEGV $$'
    program "$folder/139/bin/$name" <<<'exit 139'
    program "$folder/silent/bin/$name" <<<'exit 0'
    program "$folder/dumb/bin/$name" <<<"exec '$here/$B/bin/$name' \"\$@\" >/dev/null 2>&1"
    program "$folder/wrong-code/bin/$name" <<<"'$here/$B/bin/$name' \"\$@\"; exit \$((\$? ? 0 : 1))"
    for fake in crash 139 silent dumb wrong-code; do
        none_passes "test_$name" "$fake"
    done
done
for fake in crash silent; do none_passes test_lab_options "$fake"; done

# ---------------------------------------------------------------- a suite that crashes or checks nothing has not passed
runs() { # runs NAME 'PASSED FAILED SKIPPED' SUITE
    rm -f "$folder/result"
    program "$folder/suite" <<<"$3"
    tests/support/run-suite.sh "$folder/suite" "$folder/result" >/dev/null 2>&1
    check "run-suite.sh: $1" "$2" "$(sed -n 2p "$folder/result" 2>/dev/null)"
}
runs 'a suite that passes' '3 0 0' "echo '100%: Checks: 3, Failures: 0, Errors: 0'"
runs 'one with failures and errors' '1 2 0' "echo '33%: Checks: 3, Failures: 1, Errors: 1'; exit 1"
runs 'one that skips a check' '2 0 1' "echo 'SKIP x'; echo '100%: Checks: 3, Failures: 0, Errors: 0'"
runs 'one that says nothing' '0 1 0' 'exit 0'
runs 'one without a check' '0 1 0' "echo '100%: Checks: 0, Failures: 0, Errors: 0'"
runs 'one that crashes' '0 1 0' 'kill -SEGV $$'
runs 'one that crashes behind its closing line' '3 1 0' "echo '100%: Checks: 3, Failures: 0, Errors: 0'; kill -SEGV \$\$"
runs 'one that fails and says it passed' '3 1 0' "echo '100%: Checks: 3, Failures: 0, Errors: 0'; exit 1"
runs 'one that closes twice' '4 1 0' "echo '66%: Checks: 3, Failures: 1, Errors: 0'; echo '100%: Checks: 2, Failures: 0, Errors: 0'"
runs 'one that skips more than it checks' '0 1 0' "echo 'SKIP x'; echo 'SKIP y'; echo '100%: Checks: 1, Failures: 0, Errors: 0'"
# a result is kept while the program is the same, unless it failed
program "$folder/suite" <<<"echo x >>'$folder/count'; echo '100%: Checks: 3, Failures: 0, Errors: 0'"
rm -f "$folder/result"
for i in 1 2; do tests/support/run-suite.sh "$folder/suite" "$folder/result"; done
check 'a result is kept' 1 "$(wc -l <"$folder/count")"
: >"$folder/result"
tests/support/run-suite.sh "$folder/suite" "$folder/result"
check 'an empty result is not' 2 "$(wc -l <"$folder/count")"

sums() { # sums NAME STATUS LINE MAKE-STATUS RESULT...
    local name=$1 status=$2 line=$3 out
    shift 3
    out=$(tests/support/summary.sh "$@" 2>&1)
    check "summary.sh: $name" "$status $line" "$? $(tail -n 1 <<<"$out")"
}
printf 'sum\n3 0 1\n' >"$folder/good"
printf 'sum\n2 1 0\nwhy\n' >"$folder/bad"
printf 'sum\n' >"$folder/half"
printf 'sum\nx y z\n' >"$folder/words"
printf 'sum\n0 0 0\n' >"$folder/zero"
: >"$folder/empty"
sums 'good results' 0 '6 passed, 0 failed, 2 skipped' 0 "$folder/good" "$folder/good"
sums 'a failure' 1 '5 passed, 1 failed, 1 skipped' 0 "$folder/good" "$folder/bad"
sums 'no result' 1 '3 passed, 1 failed, 1 skipped' 0 "$folder/good" "$folder/none"
sums 'an empty result' 1 '3 passed, 1 failed, 1 skipped' 0 "$folder/good" "$folder/empty"
sums 'half a result' 1 '3 passed, 1 failed, 1 skipped' 0 "$folder/good" "$folder/half"
sums 'words for numbers' 1 '3 passed, 1 failed, 1 skipped' 0 "$folder/good" "$folder/words"
sums 'nothing was checked' 1 '3 passed, 1 failed, 1 skipped' 0 "$folder/good" "$folder/zero"
sums 'make failed' 1 '3 passed, 1 failed, 1 skipped' 2 "$folder/good"
sums 'no suites' 1 '0 passed, 1 failed, 0 skipped' 0

# valgrind itself is replaced by a program that runs the suite
program "$folder/path/valgrind" <<<'while [[ $1 == -* ]]; do shift; done; exec "$@"'
grinds() { # grinds NAME STATUS LINE SUITE
    local out
    program "$folder/suite" <<<"$4"
    out=$(PATH=$folder/path:$PATH tests/support/valgrind.sh "$folder/suite" 2>&1)
    check "valgrind.sh: $1" "$2 $3" "$? $(tail -n 1 <<<"$out")"
}
grinds 'a suite that passes' 0 '1 passed, 0 failed, 0 skipped' "echo '100%: Checks: 3, Failures: 0, Errors: 0'"
grinds 'one that fails' 1 '0 passed, 1 failed, 0 skipped' "echo '66%: Checks: 3, Failures: 1, Errors: 0'; exit 1"
grinds 'one that says nothing' 1 '0 passed, 1 failed, 0 skipped' 'exit 0'
grinds 'one without a check' 1 '0 passed, 1 failed, 0 skipped' "echo '100%: Checks: 0, Failures: 0, Errors: 0'"
out=$(tests/support/valgrind.sh 2>&1)
check 'valgrind.sh: no suites' '1 0 passed, 1 failed, 0 skipped' "$? $(tail -n 1 <<<"$out")"
echo "$((100 * (checks - failures) / checks))%: Checks: $checks, Failures: $failures, Errors: 0"
[ $failures -eq 0 ]
