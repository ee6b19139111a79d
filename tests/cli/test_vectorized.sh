#!/bin/bash
# The loops of the activations and of the loss are vector loops, call no function of the C library, and multiply and add in two steps:
# a slip in a macro once made every one of them six to forty times slower, and no result was wrong.
set -u
# Both builds are looked at, the machine's own and that of the experiments: with AVX-512 gcc can do what it does not do without.
checks=0 failures=0
if [ "$(uname -m)" != x86_64 ]; then
    echo "SKIP vector functions: x86-64 only"
    echo "100%: Checks: 1, Failures: 0, Errors: 0"
    exit 0
fi
wrong() {
    failures=$((failures + 1))
    echo "test_vectorized.sh:F:$1 (compiled before the flags changed? rm -rf build/float build/v3)"
}
# packed FUNCTION: how many multiplications of whole vectors it holds; those of the file, for `all'
packed() { objdump -d --no-show-raw-insn "$file" | awk -v f="<$1>:" '$2 == f || f == "<all>:" { on = 1 } /^$/ { on = 0 } on && /\tv?mulps/' | wc -l; }
for build in float v3; do
    while read -r module least functions; do
        file=${B:-build}/$build/lib/$module.o
        checks=$((checks + 2))
        nm -u "$file" | grep -qE ' (exp|expm1|log|log1p|tanh|erf|erfc)f?$|_ZGV' && wrong "$file calls the C library's $(nm -u "$file" | grep -E ' (exp|log|tanh|erf)')"
        objdump -d "$file" | grep -qE 'vfn?m(add|sub)' && wrong "$file has an instruction with one rounding for two operations"
        for f in $functions; do
            checks=$((checks + 1))
            [ "$(packed "$f")" -ge "$least" ] || wrong "$file: $f has $(packed "$f") multiplications of vectors"
        done
    done <<END
sigmoid 8 sigmoid hyperbolic_tangent
smooth 8 gelu gelu_slope gelu_tanh gelu_tanh_slope swish swish_slope mish mish_slope softplus softplus_slope
elu 8 elu elu_slope celu celu_slope selu selu_slope
loss 8 all
layernorm 0
random 0
END
done
echo "$((100 * (checks - failures) / checks))%: Checks: $checks, Failures: $failures, Errors: 0"
[ $failures -eq 0 ]
