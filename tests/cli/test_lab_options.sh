#!/bin/bash
# What lab does with options: zero is a value, nonsense is refused, a training can be interrupted, resumed and kept, settings compared.
# B is the build folder, LAB another program to test. Every check states the exit code and words that are printed.
set -u
lab=${LAB:-${B:-build}/bin/lab}
case $lab in /*) ;; *) lab=$PWD/$lab ;; esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
checks=0 failures=0 sound=

wrong() { # wrong NAME WHY: what was printed last is shown
    failures=$((failures + 1))
    sound=
    echo "test_lab_options.sh:F:$1: $2"
    cat out err 2>/dev/null | head -n 6 | cut -c1-200 | sed 's/^/    /'
}
# run NAME CODE WORDS ARGUMENT...: lab exits with the code and prints the words; "- WORDS" instead: it does not print them
run() {
    local name=$1 code=$2 words=$3 status absent=
    shift 3
    [ "$words" = - ] && absent=1 words=$1 && shift
    checks=$((checks + 1))
    sound=1
    timeout 120 "$lab" "$@" >out 2>err </dev/null
    status=$?
    if [ $status -ne "$code" ]; then
        wrong "$name" "exit $status, expected $code: lab $*"
    elif [ ! -s out ] && [ ! -s err ]; then
        wrong "$name" "nothing was printed: lab $*"
    elif cat out err | grep -qF -- "$words"; then
        [ -z "$absent" ] || wrong "$name" "'$words' was printed: lab $*"
    else
        [ -n "$absent" ] || wrong "$name" "'$words' was not printed: lab $*"
    fi
}
holds() { # holds NAME COMMAND...: of a run that has passed; nothing holds of one that has not
    local name=$1
    shift
    checks=$((checks + 1))
    if [ -z "$sound" ]; then
        wrong "$name" 'the run before it has failed'
    else
        "$@" >said 2>&1 || wrong "$name" "$*: $(head -n 1 said)"
    fi
}
valid_json() { # every line of out is an object; at least one is there
    [ -s out ] && ! grep -qvE '^\{"event":"[a-z]+".*\}$' out
}
net='dense:8 relu dense:3'
small=(--data spirals --net "$net")

# ---------------------------------------------------------------- zero is a value
run 'a learning rate of 0 moves nothing' 0 'test accuracy' train "${small[@]}" --lr 0 --epochs 2 --seed 2
holds 'both epochs have the same validation loss' bash -c "[ \$(awk 'NR > 1 && NF == 4 { print \$3 }' out | sort -u | wc -l) = 1 ]"
run 'momentum 0' 0 'test accuracy' train "${small[@]}" --optimizer momentum --momentum 0 --epochs 2
cp out zero
run 'is plain descent' 0 'test accuracy' train "${small[@]}" --epochs 2
holds 'to the last digit' cmp out zero
run 'and not the default' 0 'test accuracy' train "${small[@]}" --optimizer momentum --epochs 2
holds 'which differs' bash -c '! cmp -s out zero'

# ---------------------------------------------------------------- what makes no sense is refused
run 'momentum without an optimizer that has it' 2 '--momentum' train "${small[@]}" --optimizer sgd --momentum .5
run 'momentum for Adam' 2 '--momentum' compare "${small[@]}" --optimizer adam --momentum .5
run 'a momentum above 1' 2 'from 0 to 1' train "${small[@]}" --optimizer momentum --momentum 2
run 'a negative rate' 2 '0 or more' train "${small[@]}" --lr -0.1
run 'clipping at zero' 2 'above 0' train "${small[@]}" --clip-norm 0
run 'a picture that is not SVG' 2 '.svg' probe "${small[@]}" --plot p.png
holds 'and no file is made' test ! -e p.png
run 'a probe of more samples than there are' 2 '3000 training samples' probe "${small[@]}" --batch 100000
run 'a number that is none' 2 "'abc'" variance --activation leaky_relu:abc
run 'an activation that is no function of one number' 2 'one number' variance --activation prelu
run 'a layer that is no activation' 2 'one number' variance --activation dense:3
run 'a schedule of -1 epochs' 2 'step:-1:0.5' train "${small[@]}" --schedule step:-1:0.5
run 'an option given twice' 2 'given twice' train "${small[@]}" --lr 1 --lr 2
run 'a beginning of an option' 2 "unknown option '--epo'" train "${small[@]}" --epo 3
run 'a flag with a value' 2 'no value' train "${small[@]}" --json=yes
run 'an empty value' 2 'found nothing' train --data '' --net dense:3
run 'a word that is no option' 2 "expected an option, found 'dense:3'" train dense:3
run 'scale for a named initializer' 2 'variance_scaling' sample --init he_normal --shape 3x3 --scale 2
run 'one file for log and checkpoint' 2 'two files' train "${small[@]}" --log x --save x
run 'a network and a checkpoint' 2 '--net or --load' probe "${small[@]}" --load x
run 'a single sample for batch normalization' 2 'needs 2 samples' probe --data spirals --net 'batchnorm dense:3' --limit 1

# ---------------------------------------------------------------- help
run 'the version' 0 'lab 2.' --version
run 'short help' 0 'lab train' -h
run 'short help of a command' 0 '--tune' compare -h
run 'an example in the help' 0 'Example' train --help
run 'no help for another command' 0 - '--shape' train --help
run 'a near word is suggested' 2 "nearest is 'probe'" prob
run 'a word that is near to none gets no suggestion' 2 - 'nearest' zzzzzzzz
run 'nor does an option' 2 - 'nearest' train --zzzzzzzz
run 'nor an activation' 2 - 'nearest' variance --activation zzzzzzzz
run 'the manual page' 0 '.SH EXIT STATUS' help --man
holds 'has every option of every command' bash -c "
    for c in train probe eval compare variance fold sample bench; do '$lab' help \$c; done | grep -oE '^  --[a-z-]+' | tr -d ' ' | sort -u >options
    [ \$(wc -l <options) -gt 30 ] && sed 's/[\\\\]//g' out >page && while read -r o; do grep -qF -- \"\$o\" page || { echo \"no \$o\"; exit 1; }; done <options"

# ---------------------------------------------------------------- a training that diverges
run 'divergence in the last update of an epoch' 1 'diverged' train --data spirals --net 'dense:4 relu dense:3' --batch 3000 --lr 1e300 --save n
holds 'saves nothing' test ! -e n
run 'a good checkpoint' 0 'test accuracy' train "${small[@]}" --save good
cp good copy
run 'that a diverged training must not replace' 1 'diverged' train "${small[@]}" --lr 1e20 --save good
holds 'stays' cmp good copy
run 'in JSON it is an object' 1 '"event":"error"' train "${small[@]}" --lr 1e20 --json
holds 'and only objects are printed' valid_json
run 'a comparison counts it' 0 '"runs":0,"diverged":2' compare "${small[@]}" --lr 1e20 --seeds 2 --json
holds 'with null for what it does not know' grep -q '"mean_test_accuracy":null,"deviation":null' out
header='{"__metadata__":{"format":"gradient-problem 2","specification":"dense:3:nobias","inputs":"2","data":"spirals"},"0.dense.kernel":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}'
{ printf "\\x$(printf %x ${#header})\\0\\0\\0\\0\\0\\0\\0%s" "$header" && for i in 1 2 3 4 5 6; do printf '\0\0\xc0\x7f'; done; } >nan
holds 'a network of no numbers' bash -c "[ \$(wc -c <nan) -eq $((${#header} + 32)) ]"
run 'is not evaluated' 1 'finite' eval --load nan
run 'not in JSON either' 1 '"event":"error"' eval --load nan --json

# ---------------------------------------------------------------- resuming
run 'three epochs' 0 'test accuracy' train "${small[@]}" --epochs 3 --lr 0.1 --save three --log log
cp three before
run 'the same command once more' 0 'finished: it has 3 epochs of 3' train "${small[@]}" --epochs 3 --lr 0.1 --save three --log log --resume three
holds 'trains nothing' cmp three before
holds 'and logs nothing' bash -c '[ $(wc -l <log) -eq 4 ]'
run 'another rate is used and told' 0 '--lr is 0.05 from here on, it was 0.1' train --resume three --epochs 4 --lr 0.05 --save four
run 'the same rate is not worth a word' 0 - 'from here on' train --resume three --epochs 4 --lr 0.1 --save other
holds 'the rate had an effect' bash -c '! cmp -s four other'
run 'another batch is used and told' 0 '--batch is 16' train --resume three --epochs 4 --batch 16
run 'another schedule is used and told' 0 '--schedule is 1cycle' train --resume three --epochs 4 --schedule 1cycle
run 'another optimizer is refused' 2 '--optimizer' train --resume three --epochs 4 --optimizer adam
run 'another seed is refused' 2 '--seed' train --resume three --epochs 4 --seed 5
run 'weight decay is refused' 2 '--weight-decay' train --resume three --epochs 4 --weight-decay 0.1
run 'clipping is refused' 2 'without it' train --resume three --epochs 4 --clip-norm 1
run 'a network of blocks' 0 'test accuracy' train --data spirals --epochs 1 --save blocks --net '2*(dense:8 relu residual:0.5(layernorm dense:8)) dense:3'
run 'goes on, written as it was' 0 'going on after epoch 1, to epoch 2' train --epochs 2 --resume blocks --save blocks --net '2*(dense:8 relu residual:0.5(layernorm dense:8)) dense:3'
run 'or otherwise' 0 'going on after epoch 2, to epoch 3' train --epochs 3 --resume blocks \
    --net 'dense:8:glorot_uniform relu residual:0.50(layernorm dense:8) dense:8 relu residual:0.5(layernorm dense:8) dense:3'
run 'but not another one' 2 'expected none' train --epochs 3 --resume blocks --net '2*(dense:8 relu residual:0.4(layernorm dense:8)) dense:3'
run 'without --epochs it goes to the end that was asked for' 0 'finished: it has 3 epochs of 3' train --resume three

# ---------------------------------------------------------------- early stopping, the best epoch, probes on the way
run 'training stops without progress' 0 'no lower validation loss for 2 epochs' train "${small[@]}" --epochs 40 --optimizer adam --lr .3 --stop-after 2
run 'and saves its end' 0 'no lower validation loss' train "${small[@]}" --epochs 40 --optimizer adam --lr .3 --stop-after 2 --save early
cp early before
run 'so that the same command trains nothing more' 0 'is finished' train "${small[@]}" --epochs 40 --optimizer adam --lr .3 --stop-after 2 --save early --resume early
holds 'the file stays' cmp early before
run 'but more epochs do' 0 'going on after' train "${small[@]}" --epochs 41 --optimizer adam --lr .3 --resume early
run 'the best epoch is kept' 0 'test accuracy' train "${small[@]}" --epochs 12 --optimizer adam --lr .3 --keep-best --save best
accuracy=$(grep -o 'test accuracy [0-9.]*%, test loss [0-9.]*' out)
run 'the best is not forgotten when it goes on' 0 'test accuracy' train --resume best --epochs 14 --lr 1e-9 --keep-best --save best2
run 'the same command trains nothing more' 0 'is finished' train "${small[@]}" --epochs 12 --optimizer adam --lr .3 --keep-best --save best --resume best
run 'in the file, too' 0 "${accuracy:-no accuracy}" eval --load best
run 'a probe on the way' 0 'epoch 1, step 40' train "${small[@]}" --probe-every 40
run 'in JSON' 0 '"epoch":1,"step":80}' train "${small[@]}" --probe-every 40 --json
holds 'a line for each layer and event' bash -c '[ $(grep -c "\"event\":\"layer\"" out) -eq 6 ] && [ $(grep -c "\"event\":\"epoch\"" out) -eq 1 ]'
run 'a checkpoint is probed' 0 'healthy' probe --load three
run 'with its data' 0 '"verdict"' probe --load three --json

# ---------------------------------------------------------------- comparing settings
run 'an option is varied' 0 'lr=0.1' compare "${small[@]}" --seeds 2 --vary lr=0.01,0.1
holds 'a row for each value' bash -c '[ $(grep -c "lr=0" out) -eq 2 ]'
run 'a grid of a name in the network and an option' 0 'depth=3 act=tanh momentum=0' compare --data spirals --seeds 1 --optimizer momentum \
    --net '{depth}*(dense:8 {act}) dense:3' --vary depth=1,3 --vary act=relu,tanh --vary momentum=0,0.9
holds 'has all rows' bash -c '[ $(grep -c "depth=" out) -eq 8 ]'
run 'the networks themselves' 0 'net=dense:3' compare --data spirals --seeds 1 --vary 'net=dense:3,dense:4 relu dense:3'
run 'a row is what the command without --vary gives' 0 '%' compare --data spirals --seeds 2 --lr 0.1 --net 'dense:8 relu dense:3'
row=$(grep -o '^ *[0-9.]*% +- *[0-9.]*  *[0-9.]*' out)
run 'the same numbers' 0 "${row:-no row}" compare --data spirals --seeds 2 --net 'dense:8 {x} dense:3' --vary x=relu --vary lr=0.1
run 'the best rate is chosen' 0 'lr=0.3' compare "${small[@]}" --seeds 2 --epochs 3 --tune lr=0,0.3,1e20
holds 'in one row' bash -c '[ $(grep -c "lr=" out) -eq 1 ]'
run 'in JSON' 0 '"varied":{"limit":"100","lr":"0.3"}' compare "${small[@]}" --seeds 1 --vary limit=100 --tune lr=0,0.3 --json
holds 'whole objects' valid_json
run 'a value that is refused is found first' 2 "found 'x'" compare "${small[@]}" --vary lr=0.1,x
holds 'before any row' bash -c '! grep -q % out'
run 'a schedule that is refused' 2 '2cycle' compare "${small[@]}" --vary schedule=1cycle,2cycle
run 'an option that is none' 2 "unknown option '--lrr'" compare "${small[@]}" --vary lrr=1,2
run 'an option that cannot be varied' 2 'cannot be varied' compare "${small[@]}" --vary seeds=1,2
run 'a mistyped network is found before the first row' 2 'denze' compare "${small[@]}" --net 'denze:3'
holds 'nothing was trained' bash -c '! grep -q % out'
run 'an option that is given and varied' 2 'expected no --lr beside it' compare "${small[@]}" --lr 1 --vary lr=1,2
run 'an option that is varied and tuned' 2 'there twice' compare "${small[@]}" --vary lr=1,2 --tune lr=3
run 'no values' 2 'OPTION=A,B,C' compare "${small[@]}" --vary lr
run 'a missing value' 2 'missing' compare "${small[@]}" --vary lr=1,,2
run 'net twice' 2 'no --net' compare "${small[@]}" --vary net=dense:3
run 'too large a grid' 2 '1000 settings' compare "${small[@]}" --vary lr=1,2,3,4,5,6,7,8,9,10,11 --vary batch=1,2,3,4,5,6,7,8,9,10 --vary seed=1,2,3,4,5,6,7,8,9,10

# ---------------------------------------------------------------- pictures and folding
if command -v gnuplot >/dev/null; then
    run 'a probe is drawn' 0 'healthy' probe "${small[@]}" --plot "it's.svg"
    holds 'as SVG' grep -q '<svg' "it's.svg"
    run 'and a comparison' 0 '%' compare "${small[@]}" --vary lr=0,1e20 --seeds 1 --plot c.svg
    holds 'as SVG, too' grep -q '<svg' c.svg
fi
run 'a network with normalizations in many places' 0 'test accuracy' train --data spirals --epochs 2 --save normal \
    --net 'batchnorm dense:8:nobias batchnorm relu residual(dense:8 batchnorm relu) batchnorm relu dense:4 batchnorm dense:3'
run 'folds what can be folded' 0 '3 batch normalizations folded; 7 layers are left of 10' fold --load normal --save folded
run 'before' 0 'test accuracy' eval --load normal
grep -v accuracy out >before
run 'after' 0 'test accuracy' eval --load folded
holds 'the answers are the same' bash -c 'cmp -s before <(grep -v accuracy out)'

# ---------------------------------------------------------------- where the output goes
run 'an impossible checkpoint is found before training' 1 'could not be written' train "${small[@]}" --save /no/such/folder/x
holds 'before the first epoch' bash -c '! grep -q "^ *1 " out'
checks=$((checks + 1)) # files may not grow: every save fails, is told, and is tried again
cp good old
(
    trap '' XFSZ
    ulimit -f 0
    { "$lab" train "${small[@]}" --epochs 3 --save old; echo "exit $?"; } 2>&1 </dev/null | cat
) | cat >said
mv said out && : >err
{ grep -q '^exit 1$' out && grep -q '^test accuracy' out && [ "$(grep -c 'old: could not be written: File too large' out)" -eq 3 ]; } || wrong 'a failed save' "$(tail -n 1 out)"
holds 'leaves the old checkpoint' cmp good old
holds 'and nothing else' bash -c '! ls -A | grep -q "^.gradient"'
run 'a device is no checkpoint' 1 'found a device' train "${small[@]}" --save /dev/null
run 'an impossible log' 1 'could not be written' train "${small[@]}" --log /no/such/folder/x
run 'a log on a full disk' 1 'No space left' train "${small[@]}" --log /dev/full
full() { # full NAME ARGUMENT...: the standard output is full
    local name=$1
    shift
    checks=$((checks + 1))
    "$lab" "$@" >/dev/full 2>err </dev/null
    local status=$?
    : >out
    { [ $status -eq 1 ] && grep -q 'lab: .*output' err; } || wrong "$name" "exit $status: lab $* >/dev/full"
}
full 'a table on a full disk' train "${small[@]}"
full 'JSON on a full disk' probe "${small[@]}" --json
full 'weights on a full disk' sample --init zeros --shape 100x100
full 'help on a full disk' help
checks=$((checks + 1))
"$lab" train "${small[@]}" --json --log closed >&- 2>err
status=$?
{ [ $status -eq 1 ] && [ "$(wc -l <closed)" -eq 2 ] && ! grep -q event closed; } || wrong 'a closed output' "exit $status; the log: $(head -c 100 closed)"
long=$folder/$(printf 'a%.0s' {1..200})/$(printf 'b%.0s' {1..100})
mkdir -p "$long" && if [ -d /usr/share/datasets/fashion-mnist ]; then
    for f in /usr/share/datasets/fashion-mnist/*ubyte*; do ln -s "$f" "$long"; done
    run 'data in a folder with a long name' 0 'test accuracy' train --data "$long" --limit 200 --net dense:10 --save long
    run 'which the checkpoint knows' 0 'test accuracy' eval --load long
fi

# ---------------------------------------------------------------- interrupts
interrupt() { # interrupt SIGNAL ARGUMENT...: waits for a line of output, then sends the signal
    local signal=$1 n=0
    shift
    : >out # the background process may be slow to do it
    "$lab" "$@" >out 2>err </dev/null &
    local process=$!
    while kill -0 $process 2>/dev/null && [ "$(wc -l <out)" -lt 4 ] && [ $n -lt 1500 ]; do sleep 0.02 && n=$((n + 1)); done
    kill "-$signal" $process
    wait $process
}
for signal in INT TERM; do
    checks=$((checks + 1))
    rm -f stopped log
    interrupt $signal train "${small[@]}" --epochs 1000000 --save stopped --log log
    status=$?
    sound=1
    { [ $status -eq 130 ] && grep -q 'interrupted after epoch' err; } || wrong "SIG$signal" "exit $status"
    epoch=$(grep -oE 'after epoch [0-9]+' err | grep -oE '[0-9]+')
    holds 'every epoch is in the log' bash -c "[ \$(wc -l <log) -eq $((${epoch:-0} + 1)) ]"
    holds 'and in the table' bash -c "tail -n 1 out | grep -q '^ *${epoch:-none} '"
    run 'the checkpoint goes on' 0 "going on after epoch ${epoch:-none}, to epoch $((${epoch:-0} + 1))" train --resume stopped --epochs $((${epoch:-0} + 1)) --save stopped
    run 'the unbroken training' 0 'test accuracy' train "${small[@]}" --epochs $((${epoch:-0} + 1)) --save unbroken
    holds 'is the same' bash -c "cmp -s <('$lab' eval --load stopped) <('$lab' eval --load unbroken)"
done
checks=$((checks + 1))
"$lab" compare "${small[@]}" --epochs 1000000 >out 2>err </dev/null &
process=$!
sleep 0.5
kill -INT $process
wait $process
status=$?
{ [ $status -eq 130 ] && [ -s out ]; } || wrong 'an interrupted comparison' "exit $status"

echo "$((100 * (checks - failures) / checks))%: Checks: $checks, Failures: $failures, Errors: 0"
[ $failures -eq 0 ]
