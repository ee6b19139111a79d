#!/bin/bash
# The runner of the conformance vectors: what is wrong with a case it says with file and line, and it neither crashes nor passes it
# over. Then the cases of our own, which hold variants that the vectors beside the repository lack. B is the build folder.
set -u
vectors=${B:-build}/bin/vectors
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
checks=0 failures=0

# verdict NAME STATUS LAST-LINE MESSAGE FOLDER: the runner ends with the status and the last line, and says the message
verdict() {
    local status out
    checks=$((checks + 1))
    out=$(timeout 60 "$vectors" "$5" 2>&1)
    status=$?
    if [ $status -ne "$2" ] || [ "$(tail -n 1 <<<"$out")" != "$3" ] || ! grep -qF -- "$4" <<<"$out"; then
        failures=$((failures + 1))
        printf 'test_vectors.sh:F:%s: exit %d and\n%s\nexpected are exit %d, "%s" and "%s"\n' "$1" $status "$(tail -n 8 <<<"$out")" \
            "$2" "$3" "$4"
    fi
}
# A case that passes, Selu with constants of its own, spoilt by a sed script; its lines are numbered in what follows.
spoilt() {
    rm -rf "$folder/case" && mkdir "$folder/case"
    sed -e "$1" >"$folder/case/selu.vec" <<'END'
vec 1
name selu
op Selu
tol 1e-05 1e-06
attr alpha 2.0
attr gamma 3.0
input X f32 3
-0x1p+0 0 2
output Y f32 3
-3.7927235 0 6
end
END
}
bad() { # bad NAME LINE MESSAGE SED
    spoilt "$4"
    verdict "$1" 1 '0 passed, 1 failed, 0 skipped' "$folder/case/selu.vec:$2: $3" "$folder/case"
}
wrong() { # wrong NAME MESSAGE SED: the case is sound, and the result another
    spoilt "$3"
    verdict "$1" 1 '0 passed, 1 failed, 0 skipped' "$2" "$folder/case"
}

spoilt ''
verdict 'the case passes' 0 '1 passed, 0 failed, 0 skipped' '' "$folder/case"
wrong 'gamma counts' 'selu: Selu: Y: index 0: got -2.52848' 's/gamma 3.0/gamma 2/'
wrong 'alpha counts' 'selu: Selu: Y: index 0: got -2.84454' 's/alpha 2.0/alpha 1.5/'
wrong 'a default counts' 'selu: Selu: Y: index 0: got -2.52848' 's/attr gamma 3.0/default gamma 2/'
wrong 'a value counts' 'selu: Selu: Y: index 2: got 6, want 7' 's/ 0 6$/ 0 7/'
wrong 'nan is no number' 'selu: Selu: Y: index 2: got 6, want nan' 's/ 0 6$/ 0 nan/'
# what a case must have
bad 'no expected tensor' 9 'expected an output before the end, found none' '9,10d'
bad 'no input' 9 'expected at least 1 inputs, found 0' '7,8d'
bad 'no name' 10 "expected a line 'name' before the end, found none" '2d'
bad 'no op' 10 "expected a line 'op' before the end, found none" '3d'
bad 'no tolerance' 10 "expected a line 'tol' before the end, found none" '4d'
bad 'no end' 10 "expected 'end', found the end of the file" '11d'
bad 'no first line' 1 "expected 'vec 1' as the first line, found 'name selu'" '1d'
bad 'nothing' 0 "expected 'vec 1' as the first line, found 'the end of the file'" 'd'
# what no case may have
bad 'an attribute that is not used' 7 "expected an attribute that Selu uses here, found 'beta 1'" '6a attr beta 1'
bad 'a default that is not used' 7 "expected an attribute that Selu uses here, found 'axis 1'" '6a default axis 1'
bad 'an input that is not used' 9 "expected an input that Selu uses here, found 'slope'" '8a input slope f32 1\n0'
bad 'an output that is not computed' 11 "expected an output that Selu computes here, found 'Z' (0 of 1 values compared)" '10a output Z f32 1\n0'
bad 'an attribute twice' 7 "expected an attribute that has no value yet, found 'alpha'" '6a attr alpha 2.0'
bad 'an attribute and its default' 7 "expected an attribute that has no value yet, found 'alpha'" '6a default alpha 2.0'
bad 'an input twice' 9 "expected an input of another name, found 'X'" '8a input X f32 1\n0'
bad 'a name twice' 3 "expected this line only once, found 'name'" '2a name selu'
bad 'a tolerance twice' 5 "expected name, op, tol (each once), attr, default, input, output or end, found 'tol 1 1'" '4a tol 1 1'
bad 'an unknown line' 5 "expected name, op, tol (each once), attr, default, input, output or end, found 'shape 3'" '4a shape 3'
bad 'something behind the end' 12 "expected nothing behind 'end', found 'end'" '$a end'
# words and numbers
bad 'two spaces' 7 "expected words parted by single spaces, found 'two spaces, or one at the line" 's/input X/input  X/'
bad 'a space at the end' 6 "expected words parted by single spaces, found 'two spaces, or one at the line" 's/gamma 3.0/gamma 3.0 /'
bad 'no value' 5 "expected a key and a value, found 'the end of the line'" 's/alpha 2.0/alpha/'
bad 'a value too many' 5 "expected a key and a value, found '3'" 's/alpha 2.0/alpha 2.0 3/'
bad 'no number' 5 "expected a number for alpha, found 'two'" 's/alpha 2.0/alpha two/'
bad 'half a number' 5 "expected a number for alpha, found '2.0x'" 's/alpha 2.0/alpha 2.0x/'
bad 'an endless number' 5 "expected a number for alpha, found '1e99'" 's/alpha 2.0/alpha 1e99/'
bad 'one tolerance' 4 "expected a relative and an absolute tolerance, found 'the end of the line'" 's/ 1e-06//'
bad 'a tolerance below 0' 4 "expected an absolute tolerance, finite and not negative, found '-1'" 's/1e-06/-1/'
bad 'a tolerance that is none' 4 "expected a relative tolerance from 0 to 1, found 'nan'" 's/1e-05/nan/'
bad 'an infinite tolerance' 4 "expected an absolute tolerance, finite and not negative, found 'inf'" 's/1e-06/inf/'
bad 'a word among the values' 8 "expected a number, found 'zero'" 's/ 0 2$/ zero 2/'
bad 'a value that is too large' 10 "expected a number, found '1e999'" 's/ 0 6$/ 0 1e999/'
bad 'a value that is no float' 8 "expected a float, which f32 promises, found '0x1.00000000001p+0'" 's/-0x1p+0/0x1.00000000001p+0/'
bad 'half an integer' 8 "expected an integer, found '-0x1p+0'" 's/X f32/X i64/'
bad 'integers for a tensor of numbers' 7 'expected floating-point values for X, found integers' 's/X f32/X i64/; s/-0x1p+0/-1/'
bad 'a type that is none' 7 "expected the type f32, f64 or i64, found 'f16'" 's/X f32/X f16/'
bad 'no type' 7 "expected a name, a type and dimensions, found 'X'" 's/X f32 3/X/'
# counts
bad 'a value too few' 9 "expected 3 values of X, found 'output Y f32 3' after 2" 's/^-0x1p+0 0 2/-0x1p+0 0/'
bad 'a value more than there are' 8 'expected 3 values of X, found more' 's/^-0x1p+0 0 2/-0x1p+0 0 2 2/'
bad 'values on another line' 9 "expected name, op, tol (each once), attr, default, input, output or end, found '7'" '8a 7'
bad 'values end with the file' 10 'expected 3 values of Y, found the end of the file after 1' '10s/ .*//; 11d'
bad 'a dimension of 0' 7 "expected dimensions of at least 1 and at most 4194304 values, found '0'" 's/X f32 3/X f32 0/'
bad 'a dimension below 0' 7 "expected dimensions of at least 1 and at most 4194304 values, found '-3'" 's/X f32 3/X f32 -3/'
bad 'a dimension that is too large' 7 "expected dimensions of at least 1 and at most 4194304 values, found '99999999999'" 's/X f32 3/X f32 99999999999/'
bad 'a product that is too large' 7 "expected dimensions of at least 1 and at most 4194304 values, found '4096'" 's/X f32 3/X f32 4096 4096/'
bad 'more values than the file has room for' 7 'expected 1000000 values of X, found only 46 more characters' 's/X f32 3/X f32 1000 1000/'
bad 'nine dimensions' 7 "expected at most eight dimensions, found '3'" 's/X f32 3/X f32 1 1 1 1 1 1 1 1 3/'
bad 'another shape' 9 'expected Y to be [3], found [1, 3]' 's/Y f32 3/Y f32 1 3/'

# cases of other operators: $1 is the name of a case of our own, spoilt by a sed script
own() { # own NAME CASE MESSAGE SED
    rm -rf "$folder/case" && mkdir "$folder/case"
    sed -e "$4" "tests/vectors/cases/$2.vec" >"$folder/case/$2.vec"
    verdict "$1" 1 '0 passed, 1 failed, 0 skipped' "$3" "$folder/case"
}
own 'an axis that is not there' softmax_axis_1 "$folder/case/softmax_axis_1.vec:7: expected X to have an axis 4, found 4 dimensions" 's/axis 1/axis 4/'
own 'the axis counts' softmax_axis_1 'Softmax: Y: index 0' 's/axis 1/axis 2/'
own 'a matrix that is none' gemm_row 'gemm_row.vec:10: expected a to have 2 to 2 dimensions, found 1' 's/input a f32 2 4/input a f32 8/'
own 'a matrix that does not fit' gemm_row 'gemm_row.vec:12: expected b to be [4, 2], found [3, 2]' 's/transB 1/transB 0/; s/transA 1/transA 0/'
own 'a label that is no class' sce_none_smooth 'expected labels from 0 to 3, found 4' '/^input labels/{n;s/^[0-9]*/4/}'
own 'a label below 0' sce_none_smooth 'expected labels from 0 to 3, found -1' '/^input labels/{n;s/^[0-9]*/-1/}'
own 'a reduction that is none' nll_3d_none_weight 'expected for reduction one of mean, sum, none, found' 's/reduction none/reduction all/'
own 'the reduction counts' nll_2d_sum_weight_high_ii 'NegativeLogLikelihoodLoss: z: index 0' 's/reduction sum/reduction mean/'
own 'label smoothing counts' sce_none_smooth 'SoftmaxCrossEntropyLoss: loss: index 0' '/label_smoothing/d'
own 'nesterov counts' nesterov_decay 'Momentum: X_steps: index' 's/nesterov 1/nesterov 0/'
own 'weight decay after the step counts' adam_two_post 'Adam: X1_new: index' 's/post 0.2/post 0.1/'
own 'T counts' adam_t_0 'Adam: X_new: index' '/^input T/{n;s/0/3/}'
own 'a variable without state' adagrad_two 'expected the inputs R, T and 3 for each variable, found 7 inputs' '/^input V2/,/^output/{/^output/!d;}'
own 'training counts' bn_torch_train_4d 'BatchNormalization: Y: index' 's/training 1/training 0/; /^output batch/,/^end/{/^end/!d}'
own 'a million steps' net_leaky 'expected loss to be [99999], found [3]' 's/steps 3/steps 99999/'
own 'momentum without momentum' net_leaky "found 'momentum 0.9'" 's/^attr lr.*/&\nattr momentum 0.9/'
own 'an activation that is none' net_leaky "expected a known activation, found 'Leaky'" 's/activation LeakyRelu/activation Leaky/'
own 'slopes out of range' rrelu_train 'expected slopes from 0.3 to 0.31 where X is negative' 's/upper 0.4/upper 0.31/'

# folders and files
mkdir "$folder/none"
verdict 'an empty folder' 2 "$folder/none: expected .vec files, found none" '' "$folder/none"
verdict 'no folder' 2 "$folder/nowhere: No such file or directory" '' "$folder/nowhere"
mkdir "$folder/strange" && mkfifo "$folder/strange/pipe.vec" && ln -s /dev/zero "$folder/strange/zero.vec" && ln -s . "$folder/strange/loop" &&
    head -c 3000 /dev/urandom >"$folder/strange/noise.vec" && printf 'vec 1\nname a\0b\n' >"$folder/strange/byte.vec"
verdict 'no regular files' 1 '0 passed, 4 failed, 0 skipped' 'pipe.vec:0: expected a file of at most 67108864 bytes, found no file' "$folder/strange"
verdict 'a byte 0' 1 '0 passed, 4 failed, 0 skipped' "byte.vec:2: expected text, found 'a byte 0'" "$folder/strange"
spoilt 's/op Selu/op Sulu/'
verdict 'an unknown operator is skipped' 0 '0 passed, 0 failed, 1 skipped' 'selu: Sulu: unknown op, skipped' "$folder/case"

count=$(find tests/vectors/cases -name '*.vec' | wc -l)
verdict 'the cases of our own' 0 "$count passed, 0 failed, 0 skipped" '' tests/vectors/cases
echo "$((100 * (checks - failures) / checks))%: Checks: $checks, Failures: $failures, Errors: 0"
[ $failures -eq 0 ]
