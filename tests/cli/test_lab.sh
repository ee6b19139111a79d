#!/bin/bash
# The program lab from outside: exit codes, messages, JSON, checkpoints, samples. B is the build folder.
set -u
lab=${B:-build}/bin/lab
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
checks=0 failures=0

check() { # check NAME COMMAND...: the command must succeed
    checks=$((checks + 1))
    local name=$1
    shift
    if ! "$@" >"$folder/out" 2>&1; then
        failures=$((failures + 1))
        echo "test_lab.sh:F:$name: $*"
        sed 's/^/    /' "$folder/out" | head -n 5
    fi
}

says() { # says CODE WORDS COMMAND...: exits with the code and prints the words
    local code=$1 words=$2 status
    shift 2
    "$@" >"$folder/said" 2>&1 </dev/null
    status=$?
    [ $status -eq "$code" ] && grep -qF -- "$words" "$folder/said" && return 0
    echo "exit $status, expected $code; '$words' not in:"
    cat "$folder/said"
    return 1
}

small=(--net 'dense:8 relu dense:3' --data spirals)
check 'no command is bad usage' says 2 'usage: lab' "$lab"
check 'help is not' says 0 'lab train' "$lab" --help
check 'a mistyped command' says 2 "nearest is 'train'" "$lab" trian
check 'a mistyped option' says 2 "--epochs" "$lab" train --epoch 3
check 'an option of another command' says 2 'unknown option' "$lab" eval --epochs 3
check 'a missing value' says 2 'end of the line' "$lab" train --net
check 'no number' says 2 "found 'x'" "$lab" train "${small[@]}" --epochs x
check 'a negative number' says 2 'expected a number' "$lab" train "${small[@]}" --lr -1
check 'half an epoch' says 2 'whole number' "$lab" train "${small[@]}" --epochs 0.5
check 'a mistyped optimizer' says 2 "'adam'" "$lab" train "${small[@]}" --optimizer adm
check 'a mistyped layer' says 2 "'relu'" "$lab" train --net 'dense:8 rellu dense:3' --data spirals
check 'outputs that do not fit' says 2 'expected as many outputs' "$lab" train --net 'dense:8' --data spirals
check 'no such data' says 2 'no such data set' "$lab" train --net 'dense:3' --data nothing-here
check 'no such checkpoint' says 2 'expected a checkpoint' "$lab" eval --load "$folder/none"
check 'divergence is a failure' says 1 'diverged' "$lab" train "${small[@]}" --lr 1e20
check 'training says its end' says 0 'test accuracy' "$lab" train "${small[@]}" --save "$folder/a" --epochs 2 --seed 4
check 'the table of one run is that of the next' bash -c \
    "cmp <('$lab' train --net 'dense:8 relu dense:3' --data spirals) <('$lab' train --net 'dense:8 relu dense:3' --data spirals)"
check 'the checkpoint is evaluated' says 0 'true \ answer' "$lab" eval --load "$folder/a"
check 'JSON has the fields' bash -c "'$lab' train --net 'dense:8 relu dense:3' --data spirals --json | head -n 1 | grep -q \
    '^{\"event\":\"epoch\",\"epoch\":1,\"train_seconds\":.*\"samples_per_second\":.*\"train_loss\":.*\"val_loss\":.*\"val_accuracy\":.*}\$'"
check 'JSON ends with the end' bash -c "'$lab' train --net 'dense:8 relu dense:3' --data spirals --json | tail -n 1 | grep -q \
    '^{\"event\":\"end\",\"test_accuracy\":.*\"parameters\":51,\"trainable_parameters\":51}\$'"
# two epochs and then two more are four
check 'four epochs' says 0 'test accuracy' "$lab" train "${small[@]}" --epochs 4 --seed 4 --save "$folder/b" --log "$folder/log"
check 'two more epochs' says 0 'test accuracy' "$lab" train --data spirals --resume "$folder/a" --epochs 2 --save "$folder/c"
check 'the resumed checkpoint is the same, byte for byte' cmp "$folder/b" "$folder/c"
check 'the log has a line an epoch' bash -c "[ \$(wc -l <'$folder/log') -eq 5 ]"
# the same command goes on: epochs count from the first
check 'two epochs of four' says 0 'test accuracy' "$lab" train "${small[@]}" --epochs 2 --seed 4 --save "$folder/d"
check 'the same command, resumed' says 0 'to epoch 4' "$lab" train "${small[@]}" --epochs 4 --seed 4 --resume "$folder/d" --save "$folder/d"
check 'is the unbroken one' cmp "$folder/b" "$folder/d"
check 'another network is refused' says 2 "found 'dense:3'" "$lab" train --net dense:3 --data spirals --resume "$folder/d"
check 'other samples are refused' says 2 'limit' "$lab" train --data spirals --limit 100 --resume "$folder/d"
check 'a schedule' says 0 'test accuracy' "$lab" train "${small[@]}" --schedule 1cycle --lr 0.1
check 'a mistyped schedule' says 2 'exponential:FACTOR' "$lab" train "${small[@]}" --schedule 2cycle
check 'a folder that is not there' says 1 'could not be written' "$lab" train "${small[@]}" --save "$folder/none/x"
check 'a picture in a folder that is not there' says 1 'could not be drawn' "$lab" probe "${small[@]}" --plot "$folder/none/x.svg"
check 'help on one command' says 0 '--seeds' "$lab" help compare
check 'help on one option of it' says 0 '--shape' "$lab" sample --help
check 'seed 0 is a seed of its own' bash -c "! cmp -s <('$lab' sample --init he_normal --shape 9x9 --seed 0) \
    <('$lab' sample --init he_normal --shape 9x9 --seed 1)"
# folding
check 'a network with batch normalization' says 0 'test accuracy' "$lab" train --data spirals --save "$folder/n" \
    --net 'batchnorm dense:8:he_normal:nobias batchnorm relu dense:3' --bn-statistics population
check 'folds' says 0 '2 batch normalizations folded; 3 layers are left of 5' "$lab" fold --load "$folder/n" --save "$folder/f"
check 'and answers the same' bash -c "cmp <('$lab' eval --load '$folder/n' | tail -n +2) <('$lab' eval --load '$folder/f' | tail -n +2)"
check 'a batch of one' says 2 'batchnorm needs' "$lab" train --data spirals --batch 1 --net 'batchnorm dense:3'
# probing
check 'twenty sigmoid layers vanish' bash -c "[ \$('$lab' probe --net '20*(dense:100 sigmoid) dense:10' --data fashion-mnist --limit 200 \
    | grep -c vanishing) -ge 36 ] || { [ ! -d /usr/share/datasets/fashion-mnist ] && echo skip; }"
check 'twenty SELU layers are healthy' bash -c "! '$lab' probe --net '20*(dense:100:lecun_normal selu) dense:3' --data spirals \
    | grep -qE 'vanishing|exploding|dying'"
check 'a probe in JSON' bash -c "'$lab' probe --net 'dense:3' --data spirals --json | grep -q '\"verdict\":\"'"
# sampling
sample() { "$lab" sample --init "$1" --shape "$2" --seed "$3" --threads "$4"; }
check 'samples have their size' bash -c "[ \$('$lab' sample --init he_normal --shape 30x7 | wc -c) -eq 840 ]"
for init in glorot_uniform he_normal lecun_uniform orthogonal; do
    check "$init is the same for any number of threads" cmp <(sample $init 300x200 3 1) <(sample $init 300x200 3 2)
    check "$init differs for another seed" bash -c "! cmp -s <('$lab' sample --init $init --shape 30x20 --seed 1) \
        <('$lab' sample --init $init --shape 30x20 --seed 2)"
done
check 'the general form is the named one' cmp <("$lab" sample --init he_uniform --shape 20x30) \
    <("$lab" sample --init variance_scaling --scale 2 --mode fan_in --distribution uniform --shape 20x30)
check 'a mistyped initializer' says 2 "'he_normal'" "$lab" sample --init he_norml --shape 3x3
check 'an absurd shape' says 2 'INxOUT' "$lab" sample --init zeros --shape 99999999x99999999
check 'no shape' says 2 'INxOUT' "$lab" sample --init zeros --shape 3
# the rest
check 'the variance calculator' says 0 'predicted' "$lab" variance --activation tanh --init glorot_normal --depth 3
check 'a comparison' says 0 'dense:4 tanh dense:3' "$lab" compare --data spirals --net 'dense:4 relu dense:3' \
    --net 'dense:4 tanh dense:3' --seeds 2
echo "$((100 * (checks - failures) / checks))%: Checks: $checks, Failures: $failures, Errors: 0"
[ $failures -eq 0 ]
