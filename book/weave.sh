#!/bin/bash
# Weave one chapter: CWEAVE between two passes of book/lua/weave.lua. weave.sh NAME. Quiet unless CWEAVE has something to say.
set -u
name=$1 dir=build/press/woven
mkdir -p $dir/raw
texlua book/lua/weave.lua source "$name" "$dir/raw/$name.w" "$dir/raw/$name-lint.w" || exit 1
out=$(CWEBINPUTS=.:chapters cweave -bhp "$dir/raw/$name.w" - "$dir/raw/$name.tex" 2>&1)
status=$?
[ -z "$out" ] || printf '%s\n' "$out" >&2
[ $status -lt 10 ] || exit 1
# CWEAVE says of which sections it cannot make sense; they are set badly.
CWEBINPUTS=.:chapters cweave -bhp "$dir/raw/$name-lint.w" - "$dir/raw/$name-lint.tex" 2>&1 | sed -n 's/^Irreducible scrap sequence in section /section /p' |
    sed 's/(Did you see.*//' | grep -vE ': (@d )?[a-z_]*( ,)?$' | sed "s|^|chapters/$name.w: will be set badly: |" >&2
for x in idx scn; do cmp -s "$dir/raw/$name.$x" "$dir/$name.$x" || cp "$dir/raw/$name.$x" "$dir/$name.$x"; done
texlua book/lua/weave.lua weave "$name" "$dir/raw/$name.tex" "$dir/$name.tex"
