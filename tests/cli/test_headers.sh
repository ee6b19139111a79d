#!/bin/bash
# The public headers in a stranger's program: every standard and compiler accepts them without a warning, they bring no name that does not
# begin with gp_ or GP_, and they call themselves C where C++ reads them.
set -u
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT
checks=0 failures=0
check() { # check NAME COMMAND...: the command must succeed
    local name=$1
    shift
    checks=$((checks + 1))
    if ! out=$("$@" 2>&1); then
        failures=$((failures + 1))
        printf 'test_headers.sh:F:%s: %s\n%s\n' "$name" "$*" "$out"
    fi
}
headers=$(ls tangled/lib/*.h)

# One file for each header alone, in both types of numbers.
for h in $headers; do echo "#include \"${h##*/}\"" >"$place/$(basename "$h" .h).c"; done
parse() { # parse COMPILER STANDARD LANGUAGE: every header by itself
    local f type
    for type in '' -DGP_DOUBLE; do
        for f in "$place"/*.c; do
            "$1" -std="$2" -x "$3" $type -pedantic -Wall -Wextra -Wundef -Werror -Itangled/lib -fsyntax-only "$f" || return 1
        done
    done
}
for compiler in gcc clang; do
    if ! command -v $compiler >/dev/null; then
        echo "SKIP headers with $compiler, which is not installed"
        continue
    fi
    check "headers_parse_as_c11 ($compiler)" parse $compiler c11 c
    check "headers_parse_as_c99 ($compiler)" parse $compiler c99 c
    case $compiler in gcc) cpp=g++ ;; *) cpp=clang++ ;; esac
    check "headers_parse_as_cpp17 ($cpp)" parse $cpp c++17 c++
done

framed() { # framed HEADER: after its first declaration come no more includes, and the frame holds all of it
    awk '/^#line/ || /^ *\/\*.*\*\/ *$/ || /^ *$/ { next }
        /^ *GP_BEGIN_DECLS/ { open++; next }
        /^ *GP_END_DECLS/ { closed++; next }
        /^ *#/ { next }
        open == closed { print FILENAME ":" FNR ": outside GP_BEGIN_DECLS and GP_END_DECLS: " $0; bad = 1; exit }
        END { if (open != closed || open > 1) bad = 1; exit bad }' "$1"
}
for h in $headers; do check "begins_and_ends_its_declarations ($h)" framed "$h"; done

# The macros that our headers add to those of the standard headers which they include.
printf '#include <%s>\n' $(sed -n 's/^#include <\(.*\)>.*/\1/p' $headers | sort -u) >"$place/standard.h"
printf '#include "%s"\n' $(for h in $headers; do basename "$h"; done) >"$place/all.h"
macros() { gcc -std=c11 -D_POSIX_C_SOURCE=200809L -Itangled/lib -dM -E -x c "$place/$1.h" | awk '{ sub(/\(.*/, "", $2); print $2 }' | sort -u; }
only_our_macros() { ! comm -13 <(macros standard) <(macros all) | grep -vE '^(GP_|gp_)'; }
check every_macro_begins_with_GP only_our_macros
no_mathematics() { ! grep -lE '<(tgmath|math|complex)\.h>' $headers; }
check no_header_includes_the_mathematics no_mathematics

# Names that a user may want.
cat >"$place/user.c" <<'END'
#include "gradient.h"
#include <complex.h>
#include <math.h>
typedef struct { float real, imag; } pair;
static float exp2f_of(float x) { return expf(x); }
int main(void)
{
    pair p = {1, 2};
    double complex z = p.real + p.imag * I;
    double real = creal(z), one = exp(0.0);
    (void)exp2f_of;
    return real == one && gp_version()[0] == '0' + GP_VERSION_MAJOR ? 0 : 1;
}
END
cat >"$place/user.cpp" <<'END'
#include "gradient.h"
int main()
{
    gp_matrix m;
    gp_error error;
    if (gp_matrix_new(&m, 2, 3, &error) != GP_OK)
        return 1;
    gp_layer *layer = gp_dense_new(3, 2, true, &error);
    GP_REQUIRE(layer != nullptr, "%s", error.message);
    gp_layer_free(layer);
    gp_matrix_free(&m);
    return 0;
}
END
libraries=$(pkg-config --libs openblas jansson)
runs() { # runs COMPILER STANDARD FILE
    # shellcheck disable=SC2086
    "$1" -std="$2" -Wall -Wextra -Werror -pedantic -Itangled/lib -o "$place/user" "$3" "${B:-build}/lib/libgradient.a" $libraries -lz -lm -fopenmp &&
        "$place/user"
}
# Calls with options by name, which override what is left out, without a warning; in C++ field by field.
cat >"$place/keras.c" <<'END'
#include "gradient.h"
int main(void)
{
    gp_network *net = gp_network_new(4, 1, NULL);
    gp_dense(net, .units = 3, .activation = "relu", .use_bias = false);
    gp_add(net, "batchnorm");
    gp_add_leaky_relu(net, .alpha = 0);
    if (gp_add(net, "relu", .rate = 0.5) == GP_OK || !gp_network_error(net))
        return 1;
    gp_network_free(net);
    return 0;
}
END
cat >"$place/keras.cpp" <<'END'
#include "gradient.h"
int main()
{
    gp_network *net = gp_network_new(4, 1, nullptr);
    gp_dense_options dense = gp_dense_defaults();
    dense.units = 3;
    gp_add_options norm = gp_add_defaults();
    norm.word = "batchnorm";
    norm.momentum = 0;
    gp_status s = gp_dense_with(net, dense);
    if (s == GP_OK)
        s = gp_add_with(net, norm);
    gp_network_free(net);
    return s;
}
END
check options_by_name_in_c11 runs gcc c11 "$place/keras.c"
check options_by_name_in_c99 runs gcc c99 "$place/keras.c"
check options_field_by_field_in_cpp runs g++ c++17 "$place/keras.cpp"
check user_keeps_real_and_I runs gcc c11 "$place/user.c"
check cpp_program_links_and_runs runs g++ c++17 "$place/user.cpp"

# A program for the other type of numbers does not link, and the missing name tells why.
cat >"$place/needs.c" <<'END'
#include "loss.h"
int main(void)
{
    gp_real z[2] = {0, 0};
    gp_matrix x = gp_matrix_view(z, 1, 2, 2);
    gp_softmax(&x, &x);
    return z[0] == 0.5 ? 0 : 1;
}
END
link() { # link TYPE LIBRARY
    # shellcheck disable=SC2086
    gcc -std=c11 $1 -Itangled/lib -o "$place/needs" "$place/needs.c" "${B:-build}/lib/$2" $libraries -lz -lm -fopenmp
}
refused() { # refused TYPE LIBRARY MISSING
    link "$1" "$2" >"$place/said" 2>&1 && return 1
    grep -q "undefined reference to .gp_this_program_needs_$3'" "$place/said" || { cat "$place/said"; return 1; }
}
fits() { link "$@" && "$place/needs"; }
check float_program_runs_with_the_float_library fits "" libgradient.a
check double_program_runs_with_the_double_library fits -DGP_DOUBLE libgradient-double.a
check double_program_is_refused_by_the_float_library refused -DGP_DOUBLE libgradient.a libgradient_double
check float_program_is_refused_by_the_double_library refused "" libgradient-double.a libgradient_float
check double_program_is_refused_by_the_shared_library refused -DGP_DOUBLE libgradient.so.2 libgradient_double
printf '%d%%: Checks: %d, Failures: %d, Errors: 0\n' $((100 * (checks - failures) / checks)) $checks $failures
[ $failures -eq 0 ]
