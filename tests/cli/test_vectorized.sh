#!/bin/bash
# The activations' loops call the vector versions of exp, tanh and their like: a slip in a macro once made every one of them six to
# forty times slower, and no result was wrong. Where there is no such library the check does not apply.
set -u
# Both builds are looked at, the machine's own and that of the experiments: with AVX-512 gcc can do what it does not do without.
checks=0 failures=0
if [ "$(uname -m)" != x86_64 ] || ! getconf GNU_LIBC_VERSION >/dev/null 2>&1; then
    echo "SKIP vector functions: glibc on x86-64 only"
    echo "100%: Checks: 1, Failures: 0, Errors: 0"
    exit 0
fi
while read -r module function; do
    for build in float v3; do
        checks=$((checks + 1))
        objdump -dr "${B:-build}/$build/lib/$module.o" | grep -qE "_ZGV[a-z]N[0-9]+v_$function" && continue
        failures=$((failures + 1))
        echo "test_vectorized.sh:F:$build/lib/$module.o calls no vector version of $function (compiled before the flags changed? rm -rf build/float build/v3)"
    done
done <<END
sigmoid expf
sigmoid tanhf
smooth expf
smooth log1pf
smooth erfcf
elu expf
elu expm1f
loss expf
END
echo "$((100 * (checks - failures) / checks))%: Checks: $checks, Failures: $failures, Errors: 0"
[ $failures -eq 0 ]
