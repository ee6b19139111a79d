#!/bin/bash
# Tangle one chapter; quiet unless CTANGLE has something to say. There is no unnamed program, so its file goes to /dev/null.
set -u
out=$(ctangle -bhp +c "$1" "${2:--}" /dev/null 2>&1)
status=$?
if [ $status -ne 0 ] || [ -n "$out" ]; then
    printf '%s\n' "$out" >&2
fi
[ $status -eq 0 ]
