#!/bin/bash
# What `make install' puts where, and what `make uninstall' takes away.
#   install.sh BUILD PLACE PREFIX VERSION MAJOR       PLACE is DESTDIR with PREFIX
#   install.sh --remove PLACE
set -eu
libraries="gradient gradient-double"
if [ "$1" = --remove ]; then
    at=$2
    for l in $libraries; do rm -f "$at/lib/lib$l.a" "$at/lib/lib$l".so* "$at/lib/pkgconfig/$l.pc"; done
    for h in "$at"/include/gradient/*.h; do rm -f "$at/share/man/man3/gradient-$(basename "$h").3"; done
    rm -rf "$at/include/gradient"
    rm -f "$at/bin/lab" "$at/share/man/man1/lab.1"
    exit 0
fi
build=$1 at=$2 prefix=$3 version=$4 major=$5
install -d "$at/lib/pkgconfig" "$at/include/gradient" "$at/bin" "$at/share/man/man1" "$at/share/man/man3"
for l in $libraries; do
    install -m 644 "$build/lib/lib$l.a" "$at/lib"
    install -m 755 "$build/lib/lib$l.so.$major" "$at/lib/lib$l.so.$version"
    ln -sf "lib$l.so.$version" "$at/lib/lib$l.so.$major"
    ln -sf "lib$l.so.$major" "$at/lib/lib$l.so"
    define=
    [ "$l" = gradient ] || define=' -DGP_DOUBLE'
    sed "s|@PREFIX@|$prefix|; s|@VERSION@|$version|; s|@NAME@|$l|; s|@DEFINE@|$define|" book/gradient.pc.in >"$at/lib/pkgconfig/$l.pc"
done
install -m 644 "$build"/include/*.h "$at/include/gradient"
install -m 644 "$build"/include/*.3 "$at/share/man/man3"
install -m 755 "$build/bin/lab" "$at/bin"
install -m 644 "$build/man/lab.1" "$at/share/man/man1"
