#!/bin/bash
# The program lab from outside: exit codes, messages, JSON, checkpoints, samples. B is the build folder, LAB another program to test.
#
# A check states the exit code AND what is printed, so that a program that crashes, or exits rightly and says nothing, passes none
# (tests/cli/test_checks.sh runs this file against such programs).
set -u
lab=${LAB:-${B:-build}/bin/lab}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
checks=0 failures=0 skips=0

# check NAME CODE CONDITION... -- ARGUMENT...: lab with the arguments exits with the code, and
#   out=WORDS  err=WORDS   standard output, standard error hold the words      not=WORDS  none of the two does
#   first~RE  last~RE  all~RE  a line of standard output, the first, the last, everyone, fits the extended regular expression
#   some~RE=N  many~RE=N   exactly, at least N lines fit it         lines=N  bytes=N   standard output has so many
#   keep=F     standard output is kept in $folder/F     same=F  differs=F   it is (not) what was kept there
#   files=F,G  the two files in $folder are there, not empty and equal
# At least one condition must be about what is printed.
check() {
    local name=$1 code=$2 status wrong='' printed='' c value first
    shift 2
    local conditions=()
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        conditions+=("$1")
        shift
    done
    shift
    checks=$((checks + 1))
    timeout 120 "$lab" "$@" >"$folder/out" 2>"$folder/err" </dev/null
    status=$?
    [ $status -eq "$code" ] || wrong="exit $status, expected $code"
    for c in "${conditions[@]}"; do
        value=${c#*[=\~]}
        case $c in
        out=*) printed=1 && grep -qF -- "$value" "$folder/out" || wrong+="; '$value' is not printed" ;;
        err=*) printed=1 && grep -qF -- "$value" "$folder/err" || wrong+="; no message '$value'" ;;
        not=*) ! cat "$folder/out" "$folder/err" | grep -qF -- "$value" || wrong+="; '$value' is printed" ;;
        first~*) printed=1 && head -n 1 "$folder/out" | grep -qE -- "$value" || wrong+="; the first line is not $value" ;;
        last~*) printed=1 && tail -n 1 "$folder/out" | grep -qE -- "$value" || wrong+="; the last line is not $value" ;;
        all~*) printed=1 && [ -s "$folder/out" ] && ! grep -qvE -- "$value" "$folder/out" || wrong+="; a line is not $value" ;;
        some~*=*) printed=1 && [ "$(grep -cE -- "${value%=*}" "$folder/out")" -eq "${value##*=}" ] || wrong+="; not ${value##*=} lines ${value%=*}" ;;
        many~*=*) printed=1 && [ "$(grep -cE -- "${value%=*}" "$folder/out")" -ge "${value##*=}" ] || wrong+="; less than ${value##*=} lines ${value%=*}" ;;
        lines=*) printed=1 && [ "$(wc -l <"$folder/out")" -eq "$value" ] || wrong+="; not $value lines" ;;
        bytes=*) printed=1 && [ "$(wc -c <"$folder/out")" -eq "$value" ] || wrong+="; not $value bytes" ;;
        keep=*) cp "$folder/out" "$folder/$value" ;;
        same=*) printed=1 && [ -s "$folder/out" ] && cmp -s "$folder/out" "$folder/$value" || wrong+="; not what is in $value" ;;
        differs=*) printed=1 && [ -s "$folder/$value" ] && ! cmp -s "$folder/out" "$folder/$value" || wrong+="; what is in $value" ;;
        files=*) first=$folder/${value%,*} && [ -s "$first" ] && cmp -s "$first" "$folder/${value#*,}" || wrong+="; $value differ" ;;
        *) wrong+="; unknown condition $c" ;;
        esac
    done
    [ -n "$printed" ] || wrong+='; the check says nothing of what is printed'
    [ -z "$wrong" ] && return
    failures=$((failures + 1))
    echo "test_lab.sh:F:$name: lab $*: ${wrong#; }"
    cat "$folder/out" "$folder/err" | head -n 5 | cut -c1-200 | tr -d '\0' | sed 's/^/    /'
}
skip() { # a check that cannot be made here
    checks=$((checks + 1)) skips=$((skips + 1))
    echo "SKIP test_lab.sh: $1"
}

net='dense:8 relu dense:3'
small=(--net "$net" --data spirals)
ends='last~^test accuracy [0-9.]+%, test loss [0-9.]+; 51 parameters, 51 of them trainable$'

# ---------------------------------------------------------------- the command line
check 'no command is bad usage' 2 'err=usage: lab COMMAND' --
check 'help is not' 0 'out=lab train: train a network' 'out=lab sample:' -- --help
check 'help on one command' 0 'out=--seeds' 'not=--shape' -- help compare
check 'help on one option of it' 0 'out=--shape' 'not=--seeds' -- sample --help
check 'a mistyped command' 2 "err=unknown command 'trian'" "err=nearest is 'train'" -- trian
check 'a mistyped option' 2 "err='--epoch'" 'err=--epochs' -- train --epoch 3
check 'an option of another command' 2 "err=unknown option '--epochs'" -- eval --epochs 3
check 'a missing value' 2 'err=--net' 'err=end of the line' -- train --net
check 'no number' 2 'err=--epochs' "err=found 'x'" -- train "${small[@]}" --epochs x
check 'a negative number' 2 'err=--lr' 'err=expected a number' -- train "${small[@]}" --lr -1
check 'half an epoch' 2 'err=--epochs' 'err=whole number' -- train "${small[@]}" --epochs 0.5
check 'a mistyped optimizer' 2 "err=adm" "err='adam'" -- train "${small[@]}" --optimizer adm
check 'a mistyped layer' 2 "err=rellu" "err='relu'" -- train --net 'dense:8 rellu dense:3' --data spirals
check 'outputs that do not fit' 2 'err=expected as many outputs' -- train --net 'dense:8' --data spirals
check 'no such data' 2 'err=nothing-here' -- train --net 'dense:3' --data nothing-here
check 'no such checkpoint' 2 'err=expected a checkpoint' "err=$folder/none" -- eval --load "$folder/none"
check 'a mistyped schedule' 2 'err=2cycle' 'err=exponential:FACTOR' -- train "${small[@]}" --schedule 2cycle
check 'a folder that is not there' 1 "err=$folder/none/x" -- train "${small[@]}" --save "$folder/none/x"

# ---------------------------------------------------------------- train, eval, resume
check 'divergence is a failure' 1 'err=diverged' -- train "${small[@]}" --lr 1e20
check 'training prints a table' 0 "$ends" 'first~^epoch  train loss    val loss  val accuracy$' 'some~^ +[0-9]+ +[0-9.]+ +[0-9.]+ +[0-9.]+%$=2' lines=4 \
    keep=table -- train "${small[@]}" --save "$folder/a" --epochs 2 --seed 4
check 'the table of one run is that of the next' 0 "$ends" same=table -- train "${small[@]}" --epochs 2 --seed 4
check 'the table of another seed is not' 0 "$ends" differs=table -- train "${small[@]}" --epochs 2 --seed 5
check 'the checkpoint is evaluated' 0 'out=true \ answer' 'some~^test accuracy=1' keep=answer -- eval --load "$folder/a"
check 'the accuracy of eval is that of training' 0 "out=$(grep -o 'test accuracy [0-9.]*%' "$folder/table" 2>/dev/null || echo none)" -- eval --load "$folder/a"
number='-?[0-9.e+-]+'
check 'JSON has the fields' 0 \
    "first~^\{\"event\":\"epoch\",\"epoch\":1,\"train_seconds\":$number,\"samples_per_second\":$number,\"train_loss\":$number,\"val_loss\":$number,\"val_accuracy\":$number" \
    "last~^\{\"event\":\"end\",\"test_accuracy\":$number,\"test_loss\":$number,\"parameters\":51,\"trainable_parameters\":51" lines=3 -- train "${small[@]}" --epochs 2 --json
# two epochs and then two more are four
check 'four epochs' 0 "$ends" lines=6 -- train "${small[@]}" --epochs 4 --seed 4 --save "$folder/b" --log "$folder/log"
check 'two more epochs: the checkpoint is the same, byte for byte' 0 "$ends" 'some~^ +[0-9]+ +[0-9.]+ +[0-9.]+ +[0-9.]+%$=2' files=b,c -- \
    train --data spirals --resume "$folder/a" --epochs 4 --save "$folder/c"
# the same command goes on: epochs count from the first
check 'two epochs of four' 0 "$ends" -- train "${small[@]}" --epochs 2 --seed 4 --save "$folder/d"
check 'the same command, resumed, is the unbroken one' 0 'err=going on after epoch 2, to epoch 4' "$ends" files=b,d -- \
    train "${small[@]}" --epochs 4 --seed 4 --resume "$folder/d" --save "$folder/d"
check 'another network is refused' 2 "err=found 'dense:3'" -- train --net dense:3 --data spirals --resume "$folder/d"
check 'other samples are refused' 2 'err=limit' -- train --data spirals --limit 100 --resume "$folder/d"
check 'a schedule' 0 "$ends" differs=table -- train "${small[@]}" --schedule 1cycle --lr 0.1 --epochs 2 --seed 4
check 'a batch of one' 2 'err=batchnorm needs' -- train --data spirals --batch 1 --net 'batchnorm dense:3'
logged() { # the log has a header and a line an epoch with the numbers that were printed
    check 'the log has a line an epoch' 0 "out=$1" -- eval --load "$folder/b"
}
if [ "$(wc -l <"$folder/log" 2>/dev/null)" = 5 ]; then logged 'test accuracy'; else logged 'a log of five lines, which is not there'; fi

# ---------------------------------------------------------------- folding
check 'a network with batch normalization' 0 'last~^test accuracy' -- train --data spirals --save "$folder/n" \
    --net 'batchnorm dense:8:he_normal:nobias batchnorm relu dense:3' --bn-statistics population
check 'folds' 0 'out=2 batch normalizations folded; 3 layers are left of 5' -- fold --load "$folder/n" --save "$folder/f"
check 'answers before' 0 'some~^test accuracy=1' keep=before -- eval --load "$folder/n"
tail -n +2 "$folder/before" >"$folder/body" 2>/dev/null
check 'answers the same after' 0 'some~^test accuracy=1' "out=$(sed -n 2p "$folder/before")" "out=$(tail -n 1 "$folder/body")" \
    lines="$(wc -l <"$folder/before")" -- eval --load "$folder/f"

# ---------------------------------------------------------------- probing
if [ -d /usr/share/datasets/fashion-mnist ]; then
    check 'twenty sigmoid layers vanish' 0 'many~vanishing$=36' -- probe --net '20*(dense:100 sigmoid) dense:10' --data fashion-mnist --limit 200
else
    skip 'fashion-mnist is not installed'
fi
check 'twenty SELU layers are healthy' 0 'some~selu=20' not=vanishing not=exploding not=dying -- \
    probe --net '20*(dense:100:lecun_normal selu) dense:3' --data spirals
check 'a probe in JSON' 0 'first~"verdict":"[a-z]+' -- probe --net 'dense:3' --data spirals --json
check 'a picture in a folder that is not there' 1 "err=$folder/none/x.svg" -- probe "${small[@]}" --plot "$folder/none/x.svg"

# ---------------------------------------------------------------- speed
check 'limits first, then three sizes of batch' 0 lines=4 'first~^[{]"event":"limits","threads":1,"gflop_per_second":[1-9]' \
    'some~"event":"step".*"share_of_limit":0[.][0-9]+=3' -- bench --net dense:10 --threads 1 --json
check 'a table for people' 0 'first~^limits with 1 thread: [1-9]' 'some~ us .* samples/s .* GFLOP/s .* batch=3' -- \
    bench --net dense:10 --threads 1
check 'both numbers of threads without an option' 0 'many~^limits with=1' 'many~ batch  32  dense:10=1' -- bench --net dense:10
check 'a network of another width' 2 err=10 -- bench --net dense:1 --threads 1

# ---------------------------------------------------------------- sampling
check 'samples have their size' 0 bytes=840 -- sample --init he_normal --shape 30x7
for init in glorot_uniform he_normal lecun_uniform orthogonal; do
    check "$init, one thread" 0 bytes=240000 keep=one -- sample --init $init --shape 300x200 --seed 3 --threads 1
    check "$init is the same for two threads" 0 same=one bytes=240000 -- sample --init $init --shape 300x200 --seed 3 --threads 2
    check "$init differs for another seed" 0 differs=one bytes=240000 -- sample --init $init --shape 300x200 --seed 2
done
check 'seed 0' 0 bytes=324 keep=zero -- sample --init he_normal --shape 9x9 --seed 0
check 'seed 0 is a seed of its own' 0 bytes=324 differs=zero -- sample --init he_normal --shape 9x9 --seed 1
check 'the named form' 0 bytes=2400 keep=named -- sample --init he_uniform --shape 20x30
check 'the general form is the named one' 0 same=named bytes=2400 -- \
    sample --init variance_scaling --scale 2 --mode fan_in --distribution uniform --shape 20x30
check 'a mistyped initializer' 2 "err=he_norml" "err='he_normal'" -- sample --init he_norml --shape 3x3
check 'an absurd shape' 2 'err=INxOUT' -- sample --init zeros --shape 99999999x99999999
check 'no shape' 2 'err=INxOUT' -- sample --init zeros --shape 3

# ---------------------------------------------------------------- the rest
check 'the variance calculator' 0 out=predicted out=measured -- variance --activation tanh --init glorot_normal --depth 3
check 'a comparison' 0 'out=dense:4 tanh dense:3' 'out=dense:4 relu dense:3' -- compare --data spirals --net 'dense:4 relu dense:3' \
    --net 'dense:4 tanh dense:3' --seeds 2
echo "$((100 * (checks - failures) / checks))%: Checks: $checks, Failures: $failures, Errors: 0"
[ $failures -eq 0 ]
