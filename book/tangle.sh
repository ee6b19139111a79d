#!/bin/bash
# Tangle one chapter; quiet unless CTANGLE has something to say. There is no unnamed program, so its file is a stray in build/tangle
# (named /dev/null, CTANGLE writes none of the others either).
set -u
mkdir -p build/tangle tangled/lib/private tangled/lab tangled/experiments tangled/exercises
out=$(CWEBINPUTS=.:chapters ctangle -bhp +c "$1" "${2:--}" "build/tangle/$(basename "$1" .w)-unnamed.c" 2>&1)
status=$?
if [ $status -ne 0 ] || [ -n "$out" ]; then
    printf '%s\n' "$out" >&2
fi
[ $status -eq 0 ]
