#!/bin/bash
# make bench: what lab bench measures. make bench PEERS=1: whole epochs as well, ours and PyTorch's in turn.
set -u
lab=$1
unset OMP_NUM_THREADS
if [ -z "${PEERS:-}" ]; then
    exec "$lab" bench
fi
if ! /usr/bin/python3 -c 'import torch, numpy' 2>/dev/null; then
    echo "no PyTorch to compare with (Debian: python3-torch)"
    exit 0
fi
exec /usr/bin/python3 tests/bench/peers.py "$lab" ${ROUNDS:-}
