#!/bin/bash
# Run one demonstration (build/experiments/NAME) or one notebook cell (book/cells/NAME.sh) and keep what it printed and wrote in
# build/outputs: NAME.txt, NAME.cmd, NAME.time and the files it wrote itself. It does not run again while the program means the same.
#   run-output.sh NAME
# A cell that is meant to fail says so in a line `# exit: N'; then what it said on stderr is kept too.
set -u
name=$1 out=build/outputs root=$PWD
program=build/experiments/$name cell=book/cells/$name.sh
[ -z "${GP_SPEED:-}" ] || program=build/timed/$name
expected=0
if [ -x "$program" ]; then
    cell=
    command=("$root/$program")
    shown="build/experiments/$name"
elif [ -f "$cell" ]; then
    program=build/experiments/lab
    command=(bash -e "$root/$cell")
    shown=$(grep -v '^#' "$cell")
    expected=$(sed -n 's/^# exit: *\([0-9]*\).*/\1/p' "$cell")
    : "${expected:=0}"
else
    echo "outputs: there is neither $program nor $cell" >&2
    exit 1
fi
mkdir -p $out

# The numbers are the same on every machine with AVX2: one set of OpenBLAS's kernels, one thread. A clock is read with the machine's own.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
if [ -z "${GP_SPEED:-}" ] && grep -qm1 -w avx2 /proc/cpuinfo; then export OPENBLAS_CORETYPE=Haswell; fi

# What a clock says is not the same twice, and a book is: a demonstration that measures time is run by `make speed' alone, which keeps
# its results in book/measured. They stand in the book as long as the demonstration's own text is the one that was run.
measured=book/measured/$name
source_sum() { sed '/^#line/d' "tangled/experiments/$name.c" | sha256sum; }
if [ -z "${GP_SPEED:-}" ] && [ -f "$measured/source" ] && [ "$(source_sum)" = "$(cat "$measured/source")" ]; then
    for f in "$measured/$name"*; do
        cmp -s "$f" "$out/$(basename "$f")" || cp "$f" "$out/"
    done
    printf '%s\n' "$shown" | cmp -s - "$out/$name.cmd" || printf '%s\n' "$shown" >"$out/$name.cmd"
    rm -f "$out/.$name.sum"
    exit 0
fi

# What a program means: its modules after the preprocessor, without line numbers (GP_REQUIRE prints them), and the compiler with its
# options. So neither an edit of prose nor one of a module that this program does not link makes an experiment run again.
meaning() {
    local f
    echo "$shown $expected"
    ${CC:-gcc} -dumpfullversion -dumpmachine
    echo "${CFLAGS:-} ${FLAGS:-} ${OPENBLAS_CORETYPE:-}" | sed 's/ -g / /'
    for f in $(readelf -sW "$program" | awk '$4 == "FILE" { print "tangled/lib/" $NF; print "tangled/lab/" $NF; print "tangled/experiments/" $NF }' | sort -u); do
        [ -f "$f" ] || continue
        # shellcheck disable=SC2086
        ${CC:-gcc} -E -P ${CFLAGS:-} ${FLAGS:-} ${CPPFLAGS:-} -w -D__LINE__=0 "$f" 2>/dev/null || sed '/^ *# *line/d' "$f"
    done
}
sum=$out/.$name.sum                 # two lines: of the bytes, of the meaning
bytes=$( (cat "$program"; echo "$shown") | sha256sum)
if [ -f "$out/$name.txt" ] && [ -f "$out/$name.cmd" ]; then
    [ "$bytes" = "$(sed -n 1p "$sum" 2>/dev/null)" ] && exit 0
    means=$(meaning | sha256sum)
    if [ "$means" = "$(sed -n 2p "$sum" 2>/dev/null)" ]; then
        printf '%s\n%s\n' "$bytes" "$means" >"$sum"
        exit 0
    fi
fi
: "${means:=$(meaning | sha256sum)}"

work=$out/.run-$name
rm -rf "$work" && mkdir -p "$work"
last=$(cat "$out/$name.time" 2>/dev/null)
echo "output: $name${last:+ (last time $last s)}" >&2
start=$(date +%s.%N)
(cd "$work" && PATH="$root/build/experiments:$PATH" timeout 900 "${command[@]}" </dev/null >"$name.txt" 2>.errors)
status=$?
end=$(date +%s.%N)
if [ $status -ne "$expected" ]; then
    echo "output: $name ended with status $status, $expected was expected" >&2
    tail -n 20 "$work/.errors" >&2
    exit 1
fi
[ "$expected" -eq 0 ] || cat "$work/.errors" >>"$work/$name.txt"
rm -f "$work/.errors"
if [ -f "$work/$name.json" ] && [ -z "$cell" ]; then     # a record: the values, tables and series in it
    texlua book/lua/results.lua record "$name" "$work" || exit 1
fi
printf '%s\n' "$shown" >"$work/$name.cmd"
for f in "$work"/*; do              # a file that came out the same keeps its time stamp
    cmp -s "$f" "$out/$(basename "$f")" || mv "$f" "$out/"
done
rm -rf "$work"
if [ -n "${GP_SPEED:-}" ]; then
    rm -rf "$measured" && mkdir -p "$measured"
    cp "$out/$name".[tv]* "$out/$name"-*.tsv "$measured/" 2>/dev/null
    rm -f "$measured"/*.time
    source_sum >"$measured/source"
fi
awk -v a="$start" -v b="$end" 'BEGIN { printf "%.1f\n", b - a }' >"$out/$name.time"
printf '%s\n%s\n' "$bytes" "$means" >"$sum"
