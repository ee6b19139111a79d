#!/bin/bash
# Search TeX's log for what a reader would stumble over. check-log.sh FILE.log...
# Fails on errors, undefined references and citations, labels defined twice, missing characters, and boxes more than 2 pt too wide.
set -u
status=0
for log in "$@"; do
    [ -f "$log" ] || { echo "$log: no such log" >&2; exit 1; }
    LC_ALL=C awk -v log_name="$log" '
        # which woven file, and how many pages are out
        { line = $0
          while (match(line, /\([^() ]*(woven\/[^() ]*|\/index[^() ]*|\/names[^() ]*|preface|front)\.tex|\[[0-9]+/)) {
              token = substr(line, RSTART, RLENGTH)
              if (token ~ /^\[/) page = substr(token, 2) + 0; else { file = token; sub(/.*[(\/]/, "", file) }
              line = substr(line, RSTART + RLENGTH)
          } }
        function where(n,   f, l, k, section) {
            f = "build/press/woven/" file; section = ""
            if (n != "") while ((getline l < f) > 0 && ++k <= n + 0)
                if (match(l, /^\\gp(chapter|plainsection|codesection|baresection)\{[0-9]+/)) { section = l; sub(/^[^{]*\{/, "", section); sub(/\}.*/, "", section) }
                else if (match(l, /^\\gpsection\{[0-9]+\}\{[0-9]+/)) { section = l; sub(/^[^{]*\{[0-9]+\}\{/, "", section); sub(/\}.*/, "", section) }
            close(f)
            return (file == "" ? log_name : file) (section == "" ? "" : ", section " section) ", page " (page + 1) ": "
        }
        function complain(text, n) { print where(n) text; bad = 1 }
        /^!/ { complain($0, "") }
        /Overfull \\[hv]box \([0-9.]+pt too/ {
            width = $0; sub(/.*box \(/, "", width)
            if (width + 0 > 2 && !(/vbox/ && file ~ /^index/)) {   # (balanced columns of an index, which nobody sees)
                n = ""; if (match($0, /at lines? [0-9]+/)) { n = substr($0, RSTART, RLENGTH); sub(/[^0-9]*/, "", n) }
                what = $0; getline rest; gsub(/\\T1\/[^ ]* |\\OM[LS]\/[^ ]* |\\OT1\/[^ ]* |\[\]/, "", rest)
                complain(what "\n    " substr(rest, 1, 110), n)
            } }
        /^LaTeX Warning: (Reference|Citation|Label)/ || /^Package natbib Warning: Citation/ {
            n = $0; if (!sub(/.*input line /, "", n)) n = ""; sub(/\.$/, "", n); complain($0, n) }
        /^Missing character/ { complain($0, "") }
        END { exit bad }' "$log" >&2 || status=1
done
exit $status
