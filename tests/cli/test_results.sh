#!/bin/bash
# What the press makes of a record: values, tables, spreads, series and rows of paper against ours; what is no record is refused.
set -u
folder=$(mktemp -d "${TMPDIR:-/tmp}/gp-results-XXXXXX")
trap 'rm -rf "$folder"' EXIT
checks=0 failures=0
check() { # NAME COMMAND...
    checks=$((checks + 1))
    if ! "${@:2}"; then
        failures=$((failures + 1))
        echo "test_results.sh:F:$1"
    fi
}
record() { texlua book/lua/results.lua record "$1" "$folder" 2>"$folder/said"; }
refuses() { # NAME WORDS: a record that is wrong
    record "$1" && return 1
    grep -q -- "$2" "$folder/said"
}
has() { grep -qP -- "$2" "$folder/$1"; }
if ! command -v texlua >/dev/null; then
    echo "SKIP records: texlua is not installed"
    echo "100%: Checks: 1, Failures: 0, Errors: 0"
    exit 0
fi
cat >"$folder/x.json" <<'END'
{"experiment":"x","setting":"One thing is varied.","settings":{"data":"spirals","samples":2700,"seeds":3,"rate":0.10000000000000001}}
{"value":"one-third","text":"0.333","number":0.33333333333333331}
{"table":"","title":"a \"title\"","columns":[["net","network","%.6g"],["plain","without","%.1f"],["steps","steps","%.0f"]],"rows":[[["a","a\u00e9 net"],{"text":"81.5 (0.3), 1 lost","number":81.5,"deviation":0.3,"least":81,"most":82,"count":2,"lost":1},{"text":"NaN","number":null,"deviation":null,"least":null,"most":null,"count":0,"lost":3}]]}
{"table":"second","title":"","columns":[["m","m","%.6g"],["x","x","%.1f"]],"rows":[[["1","1"],{"text":"2.5","number":2.5}]]}
{"series":"curve","columns":[["step","step","%.0f"],["loss","loss","%.6g"]],"rows":[["1","2.5"],[],["2","NaN"]]}
{"compared":"Somebody 1999","paper":"1.0","ours":"0.9","spread":"3 seeds","rule":"within 0.2","verdict":"reproduced in direction"}
END
check 'a record is read' record x
check 'a setting is a value' has x.val '^seeds\t3$'
check 'a rate is written as it was meant' has x.val '^rate\t0.1$'
check 'the sentence is a value' has x.val '^setting\tOne thing is varied\.$'
check 'a value' has x.val '^one-third\t0.333$'
check 'a cell is a value, its mean alone' has x.val '^plain-a\t81\.5$'
check 'its deviation is one, too' has x.val '^plain-a-deviation\t0\.3$'
check 'the cell of the second table' has x.val '^x-1\t2\.5$'
check 'the table has titles' has x.tsv '^network\twithout\tsteps$'
check 'the table has texts' has x.tsv '^aé net\t81\.5 \(0\.3\), 1 lost\tNaN$'
check 'the spread has names' has x-spread.tsv '^net\tplain\tplain-deviation\tplain-least\tplain-most\tplain-count\tplain-lost\tsteps'
check 'the spread has numbers' has x-spread.tsv '^a\t81\.5\t0\.3\t81\t82\t2\t1\tnan\tnan\tnan\tnan\t0\t3$'
check 'a series' has x-curve.tsv '^1\t2\.5$'
check 'what is no number is nan to gnuplot' has x-curve.tsv '^2\tnan$'
check 'a gap is a blank line' test "$(sed -n 3p "$folder/x-curve.tsv")" = ''
check 'a comparison' has x.paper '^Somebody 1999\t1\.0\t0\.9\t3 seeds\twithin 0\.2\treproduced in direction$'
head -n 1 "$folder/x.json" >"$folder/twice.json"
echo '{"value":"seeds","text":"4"}' >>"$folder/twice.json"
check 'two values of one name are refused' refuses twice 'two values seeds'
head -n 1 "$folder/x.json" >"$folder/files.json"
for k in 1 2; do echo '{"series":"a","columns":[["x","x","%g"]],"rows":[]}' >>"$folder/files.json"; done
check 'two tables of one name are refused' refuses files "two tables or series 'a'"
head -n 1 "$folder/x.json" | cut -c 1-60 >"$folder/half.json"
check 'half a record is refused' refuses half 'results.lua'
echo '{"value":"a","text":"b"}' >"$folder/headless.json"
check 'a record without settings is refused' refuses headless 'is no record'
check 'a record that is not there is refused' refuses nowhere 'cannot read'
echo "$((100 * (checks - failures) / checks))%: Checks: $checks, Failures: $failures, Errors: 0"
[ $failures -eq 0 ]
