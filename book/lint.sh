#!/bin/bash
# What a reader or a compiler would not notice: the length of sections, claims without a test and tests without a claim, results that
# nothing makes, characters and paths that do not belong. One line a chapter, a line a complaint, and the plain line at the end.
set -u
shopt -s nullglob
passed=0 failed=0
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# check WHAT FILE: the complaints in FILE, or none
check() {
    if [ -s "$2" ]; then
        failed=$((failed + 1))
        echo "lint: $1:"
        sed 's/^/    /' "$2" | head -n 40
    else
        passed=$((passed + 1))
    fi
}

texlua book/cweb.lua lint >"$work/all" 2>"$work/complaints" || [ -s "$work/complaints" ] || echo "book/cweb.lua failed" >"$work/complaints"
check "labels, names and sections" "$work/complaints"

# how long the sections are
sort -t "$(printf '\t')" -k2,2 -k5,5n "$work/all" | awk -F'\t' '
    function done() {
        if (chapter == "") return
        if (n == 0) { printf "%-24s %4d sections, prose alone\n", chapter, sections; return }
        printf "%-24s %4d sections, %4d with C: median %d lines, 90th percentile %d, longest %d; prose/code %.2f\n", chapter, sections, n,
            length_of[int((n + 1) / 2)], length_of[int(.9 * n + .999)], length_of[n], prose / code
    }
    $1 != "section" { next }
    $2 != chapter { done(); chapter = $2; n = sections = prose = code = 0 }
    { sections++; prose += $6; code += $5; if ($5 > 0) length_of[++n] = $5 }
    END { done() }'
awk -F'\t' '$1 == "section" && $5 > 40 { print "chapters/" $2 ".w:" $3 ": section " $4 " has " $5 " lines of C" }' "$work/all" >"$work/c"
check "sections over 40 lines of C" "$work/c"

# claims and tests name each other
awk -F'\t' '$1 == "claim" { print $3 }' "$work/all" | sort -u >"$work/claims"
sed -n 's/^START_TEST(claim_\([a-z0-9_]*\)).*/\1/p' tests/*/*.c | sort >"$work/tests"
sort -u -o "$work/tests-once" "$work/tests"
awk -F'\t' 'NR == FNR { have[$1] = 1; next } $1 == "claim" && !($3 in have) { print "chapters/" $2 ".w:" $4 ": \\claim{" $3 "} has no test claim_" $3 }' \
    "$work/tests-once" "$work/all" >"$work/c"
check "claims without a test" "$work/c"
comm -13 "$work/claims" "$work/tests-once" | sed 's/^/claim_/' >"$work/c"
check "tests of claims that no chapter makes" "$work/c"
uniq -d "$work/tests" | sed 's/^/claim_/' >"$work/c"
check "tests of the same name" "$work/c"
grep -hoE 'START_TEST\(claim_[a-z0-9_]+\)' tests/*/*.c | sed 's/START_TEST(//; s/)//' | sort -u | while read -r t; do
    grep -qE "(add_test|tcase_add[a-z_]*)\([^;]*\b$t\b|^[^S]*\b$t\b *[,)]" tests/*/*.c || echo "$t is in no suite"
done >"$work/c"
check "tests that never run" "$work/c"

# what a chapter shows is made by something
sed -n 's/^.*@(tangled\/experiments\/\([^@]*\)\.c@>.*/\1/p' chapters/*.w | sort -u >"$work/made"
for f in book/cells/*.sh; do basename "$f" .sh; done >>"$work/made"
for f in chapters/*.w; do                # files that a program names
    grep -ohE '"[a-z0-9-]+\.(tsv|val|txt)"' "$f" | tr -d '"'
done | sort -u >"$work/named"
made_by() { local n=$1; while [ -n "$n" ]; do grep -qx -- "$n" "$work/made" && return 0; case $n in *[-_]*) n=${n%[-_]*} ;; *) n= ;; esac; done; return 1; }
awk -F'\t' '$1 ~ /^(cell|plot|outtable|val)$/ { print $1, $2, $3, $4 }' "$work/all" | sort -u | while read -r kind chapter name key; do
    case $kind in
        plot) [ -f "book/plots/$name.gp" ] || echo "$chapter: \\plot{$name}: there is no book/plots/$name.gp" ;;
        cell) grep -qx -- "$name" "$work/made" || echo "$chapter: \\cell{$name}: no demonstration and no book/cells/$name.sh" ;;
        outtable) made_by "$name" || [ "$chapter" = 17-paper-against-ours ] || grep -qx -- "$name.tsv" "$work/named" || echo "$chapter: \\outtable{$name}: nothing makes it" ;;
        val)
            f=build/outputs/$name.val
            if [ -f "$f" ]; then
                grep -q "^$key	" "$f" || echo "$chapter: \\val{$name}{$key}: $f has no such key"
            else
                made_by "$name" || grep -qx -- "$name.val" "$work/named" || [ "$chapter" = 17-paper-against-ours ] || echo "$chapter: \\val{$name}{$key}: nothing makes $name.val"
            fi ;;
    esac
done >"$work/c"
check "results that nothing makes" "$work/c"

# exercises and their rooms
awk -F'\t' '$1 == "exercise" { print $3 }' "$work/all" | sort >"$work/exercises"
for d in exercises/*/; do basename "$d"; done | sort >"$work/rooms"
{ comm -23 "$work/exercises" "$work/rooms" | sed 's|.*|\\begin{exercise}{&}: there is no exercises/&|'
  comm -13 "$work/exercises" "$work/rooms" | sed 's|.*|exercises/&: no chapter asks it|'; } >"$work/c"
check "exercises" "$work/c"

# characters and paths
grep -nP '[^\x00-\x7F]' chapters/*.w | cut -c 1-120 >"$work/c"
check "chapters are ASCII" "$work/c"
awk -F'\t' '$1 == "long" { print "chapters/" $2 ".w:" $3 ": " $4 " characters" }' "$work/all" >"$work/c"
check "lines of C over 79 characters" "$work/c"
grep -rnIE '(^|[^A-Za-z0-9_./$-])/(work|root|home)/' --include='*' chapters tests exercises book/*.* book/web book/plots book/cells Makefile README.md .ci 2>/dev/null |
    grep -v '^book/lint.sh:' | cut -c 1-120 >"$work/c"
check "paths of a machine" "$work/c"

echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
