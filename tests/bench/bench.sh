#!/bin/bash
# make bench: lab's own measurements; where python3-torch is installed, the same training steps there, as a ratio.
set -u
lab=$1
"$lab" bench
if ! /usr/bin/python3 -c 'import torch' 2>/dev/null; then
    echo "no PyTorch to compare with (Debian: python3-torch)"
    exit 0
fi
echo
printf '%-64s %5s %12s %12s %6s\n' 'training step, one thread' batch 'ours us' 'PyTorch us' ratio
while IFS=$'\t' read -r net batch theirs; do
    ours=$("$lab" bench --json --net "$net" | sed -n "s/.*\"batch\":$batch,\"microseconds\":\([0-9.]*\).*/\1/p")
    awk -v n="$net" -v b="$batch" -v o="$ours" -v t="$theirs" 'BEGIN { printf "%-64.64s %5d %12.1f %12.1f %6.2f\n", n, b, o, t, t / o }'
done < <(OMP_NUM_THREADS=1 /usr/bin/python3 tests/bench/bench_torch.py)
