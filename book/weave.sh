#!/bin/bash
# Weave one chapter: CWEAVE, then press.lua. weave.sh NAME. Quiet unless CWEAVE has something to say.
set -u
name=$1 dir=build/press/woven
mkdir -p $dir/raw
texlua book/press.lua source "$name" "$dir/raw/$name.w" || exit 1
out=$(CWEBINPUTS=.:chapters cweave -bhp "$dir/raw/$name.w" - "$dir/raw/$name.tex" 2>&1)
status=$?
[ -z "$out" ] || printf '%s\n' "$out" >&2
[ $status -lt 10 ] || exit 1
for x in idx scn; do cmp -s "$dir/raw/$name.$x" "$dir/$name.$x" || cp "$dir/raw/$name.$x" "$dir/$name.$x"; done
texlua book/press.lua weave "$name" "$dir/raw/$name.tex" "$dir/$name.tex"
