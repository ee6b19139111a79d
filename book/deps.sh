#!/bin/bash
# Install by apt what is missing, and only that. `code`: what `make test` needs; `book`: what `make book` needs besides; `all`: both.
set -u
code="gcc libc6-dev pkg-config check libopenblas-openmp-dev zlib1g-dev libjansson-dev texlive-binaries dataset-fashion-mnist"
book="texlive-latex-base texlive-latex-recommended texlive-fonts-recommended gnuplot-nox pandoc poppler-utils"
check="valgrind"
case "${1:-all}" in
    code) want=$code ;;
    book) want="$code $book" ;;
    check) want="$code $check" ;;
    install) want="$code pandoc" ;;
    all) want="$code $book $check" ;;
    *) echo "deps.sh: expected code, book, check, install or all, found '$1'" >&2; exit 2 ;;
esac
if ! command -v dpkg-query >/dev/null; then
    echo "deps: this is not Debian; have these installed (Debian's names): $want" >&2
    exit 0
fi
missing=
for p in $want; do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
sudo=
if [ "$(id -u)" -ne 0 ]; then
    sudo=$(command -v sudo) || { echo "deps: root or sudo is needed to install:$missing" >&2; exit 1; }
fi
echo "deps: installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq >/dev/null || exit 1
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
