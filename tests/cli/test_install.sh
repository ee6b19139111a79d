#!/bin/bash
# The library as a stranger gets it: make install into an empty place, then the example of twenty lines, compiled by pkg-config alone.
set -u
B=${B:-build}
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT
prefix=/opt/gradient root=$place$prefix
checks=0 failures=0
check() { # check NAME COMMAND...: the command must succeed
    local name=$1
    shift
    checks=$((checks + 1))
    if ! out=$("$@" 2>&1); then
        failures=$((failures + 1))
        printf 'test_install.sh:F:%s: %s\n%s\n' "$name" "$*" "$out"
    fi
}
library=gradient
pc() { PKG_CONFIG_PATH=$root/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$place pkg-config "$@" $library; }
only_ours() { # every symbol that the libraries export begins with gp_
    ! nm -D --defined-only "$root"/lib/libgradient*.so | awk 'NF == 3 { print $3 }' | grep -v '^gp_'
}
compile() { # compile OUT PKG-CONFIG-OPTIONS...
    local out=$1
    shift
    # shellcheck disable=SC2046
    gcc -std=c11 -Wall -Wextra -Werror -o "$place/$out" tests/cli/install/example.c $(pc "$@")
}
learns() { # it prints an accuracy above 90 %
    "$@" | tee "$place/said" | awk '/^test accuracy/ { ok = $3 + 0 > 90 } END { exit !ok }' || { cat "$place/said"; return 1; }
}
same_bytes() { cmp "$place/first" "$place/second"; }
no_machine_path() { ! grep -l "$PWD" "$root"/include/gradient/*.h "$root"/lib/pkgconfig/*.pc; }

check installs env -u MAKEFLAGS -u MFLAGS make -s B="$B" install PREFIX=$prefix DESTDIR="$place"
check header_is_there test -f "$root/include/gradient/gradient.h"
check man_page_is_there grep -q '^\.TH "*lab"* *"*1' "$root/share/man/man1/lab.1"
check program_runs "$root/bin/lab" help
same_program() { # what is installed is what was compiled, but for comments
    local h
    for h in "$root"/include/gradient/*.h; do
        cmp <(gcc -fpreprocessed -dD -E -P "$h" | tr -d ' \n') <(sed '/^#line/d' "tangled/lib/${h##*/}" | gcc -fpreprocessed -dD -E -P - | tr -d ' \n') || { echo "$h"; return 1; }
    done
}
manual() { # a page for each header, which man takes without complaint
    local h
    for h in "$root"/include/gradient/*.h; do test -s "$root/share/man/man3/gradient-${h##*/}.3" || return 1; done
}
check headers_are_what_was_compiled same_program
check headers_keep_their_comments grep -q '/\* .*row' "$root/include/gradient/matrix.h"
check headers_speak_plain_text bash -c "! grep -nE '\\\\[a-z]+\\{|[|][a-z]+_[a-z_]+[|]' '$root'/include/gradient/*.h"
check manual_has_a_page_for_each_header manual
check pkg_config_knows_it pc --exists
version() { # the header's number
    sed -nE 's/^#define GP_VERSION_(MAJOR|MINOR|PATCH) +([0-9]+)$/\2/p' "$root"/include/gradient/*.h | paste -sd.
}
check version_is_the_headers test "$(pc --modversion)" = "$(version)"
check exports_only_gp_names only_ours
check no_path_of_the_building_machine no_machine_path
check example_compiles_with_the_shared_library compile shared --cflags --libs
check example_learns_with_the_shared_library env LD_LIBRARY_PATH="$root/lib" bash -c "'$place/shared' >'$place/first'; cat '$place/first' | grep -q accuracy"
rm -f "$root"/lib/libgradient.so*   # leaves the archive
check example_compiles_with_the_static_library compile static --static --cflags --libs
check example_learns_with_the_static_library learns "$place/static"
"$place/static" >"$place/second" 2>&1
check both_print_the_same same_bytes
library=gradient-double
check pkg_config_knows_the_double_library pc --exists
check example_compiles_with_the_double_library compile double --cflags --libs
check example_learns_with_the_double_library env LD_LIBRARY_PATH="$root/lib" bash -c "'$place/double' | grep -q accuracy"
check uninstalls env -u MAKEFLAGS -u MFLAGS make -s B="$B" uninstall PREFIX=$prefix DESTDIR="$place"
check nothing_is_left test -z "$(find "$place/opt" -type f 2>/dev/null)"
printf '%d%%: Checks: %d, Failures: %d, Errors: 0\n' $((100 * (checks - failures) / checks)) $checks $failures
[ $failures -eq 0 ]
