#!/bin/bash
# The tools, by Debian's names. Sets: code (make test), book (make book besides), check (valgrind), all.
#   deps.sh SET            install by apt what is missing, and only that
#   deps.sh need SET       the same where nothing of the set is there yet; on a machine in use, say in one line what is missing
#   deps.sh missing SET    print what is missing
set -u
code="gcc libc6-dev pkg-config perl check libopenblas-openmp-dev zlib1g-dev libjansson-dev texlive-binaries dataset-fashion-mnist"
book="texlive-latex-base texlive-latex-recommended texlive-fonts-recommended gnuplot-nox pandoc poppler-utils"
how=install
case "${1:-all}" in need|missing) how=$1; shift ;; esac
# the second word: without this package, the machine has not been set up for the set
case "${1:-all}" in
    code) want=$code first=texlive-binaries command=ctangle ;;
    book) want="$code $book" first=texlive-latex-base command=pdflatex ;;
    check) want="$code valgrind" first=valgrind command=valgrind ;;
    all) want="$code $book valgrind" first= command=ctangle ;;
    *) echo "deps.sh: expected code, book, check or all, found '$1'" >&2; exit 2 ;;
esac
if ! command -v dpkg-query >/dev/null; then
    command -v "$command" >/dev/null && exit 0
    echo "deps: this is not Debian; have these installed (Debian's names): $want" >&2
    exit 1
fi
# shellcheck disable=SC2086
installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $want 2>/dev/null | sed -n 's/ installed$//p')
missing=
for p in $want; do
    case $'\n'$installed$'\n' in *$'\n'$p$'\n'*) ;; *) missing="$missing $p" ;; esac
done
[ -n "$missing" ] || exit 0
case $how in
    missing) echo "$missing"; exit 0 ;;
    need) case "$missing " in *" $first "*) ;; *) echo "missing:$missing; this installs them: make deps" >&2; exit 1 ;; esac ;;
esac
sudo=
if [ "$(id -u)" -ne 0 ]; then
    sudo=$(command -v sudo) || { echo "deps: root or sudo is needed to install:$missing" >&2; exit 1; }
fi
echo "deps: installing$missing" >&2
$sudo apt-get update -qq >/dev/null || exit 1
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
