#!/bin/bash
# The reader of the chapters on small ones: sections with their numbers and lines, files, exercises, what a malformed chapter is told,
# CWEAVE's source, and headers with their comments.
set -u
lua=$PWD/book/lua
place=$(mktemp -d) && trap 'rm -rf "$place"' EXIT
checks=0 failures=0
is() { # is NAME EXPECTED FOUND
    checks=$((checks + 1))
    [ "$2" = "$3" ] && return
    failures=$((failures + 1))
    printf 'test_press.sh:F:%s: expected "%s", found "%s"\n' "$1" "$2" "$3"
}
mkdir -p "$place/chapters" "$place/build" "$place/book/plots" "$place/book/cells"
cd "$place" || exit 1
touch chapters/common.w
printf '1 First part\n2 Second part\n3 Appendices\n' >chapters/parts
cat >chapters/01-one.w <<'W'
@i common.w

@** One and only.
\label{ch:one}
A chapter |with(code)|; an address a@@b is no section.

@ The answer\claim{the_answer_is_right}, as in \val{run}{key}.

@(tangled/lib/answer.h@>=
#pragma once
/* the answer, $x \le 42$; see Section~\ref{sec:two} */
int answer(void);
@<More declarations@>@;

@* Two kinds of thing? \label{sec:two}
Text.

@d LIMIT 3

@<More declarations@>=
extern int other; /* |other| */
@#
const char *const s = "@@ @@<not a name@@>";

@
@(tangled/experiments/run.c@>=
int main(void) { return 0; }

@* Index.
W
cat >chapters/02-two.w <<'W'
@i common.w

@** Two.
See \ref{sec:two}. \plot{run}{A figure.}

@ \begin{exercise}{02-first}{12}{3}
\textbf{A first one.} Do it.
\end{exercise}

@(tangled/exercises/02-first.c@>=
int first(void)
{
    gp_not_started();
}

@ After it.

@(tangled/lib/private/secret.h@>=
int secret;

@* Index.
W
cat >chapters/03-three.w <<'W'
@** Appendix.
Words.
@* Index.
W
touch book/plots/run.gp
texlua "$lua/facts.lua" write build >said 2>&1
is "a good book is read without a word" "0 " "$? $(cat said)"
fact() { perl -MJSON::PP -e 'local $/; my $f = JSON::PP->new->decode(<STDIN>); print eval $ARGV[0]' "$1" <build/facts.json; }
is "numbers of chapters, appendices with letters" "1 2 A" "$(fact 'join " ", map { $_->{number} } @{$f->{chapters}}')"
is "parts" "I II" "$(fact 'join " ", map { $_->{number} } @{$f->{parts}}')"
is "sections with their lines" "1.1:3 1.2:7 1.3:15 1.4:25 2.1:3 2.2:6 2.3:16 A.1:1" "$(fact 'join " ", map { "$_->{id}:$_->{line}" } @{$f->{sections}}')"
is "titles end at a full stop or a question" "One and only|Two kinds of thing?|Two|Appendix" "$(fact 'join "|", map { $_->{title} // () } @{$f->{sections}}')"
is "lines of C" "0 4 3 1 0 4 1 0" "$(fact 'join " ", map { $_->{c} } @{$f->{sections}}')"
is "kinds of files" "exercise experiment header private" "$(fact 'join " ", map { $_->{kind} } sort { $a->{path} cmp $b->{path} } @{$f->{files}}')"
is "a claim and its place" "the_answer_is_right 01-one 1.2 7" "$(fact 'join " ", map { ($_->{name}, $_->{chapter}, $_->{section}, $_->{line}) } @{$f->{claims}}')"
is "a value and its key" "run key" "$(fact 'join " ", map { $_->{kind} eq "val" ? ($_->{name}, $_->{key}) : () } @{$f->{results}}')"
is "an exercise" "2.1 A first one 12 3 2.2 6" "$(fact 'join " ", map { @$_{qw(number title difficulty points section line)} } @{$f->{exercises}}')"
is "its stub" "10 15" "$(fact 'join " ", map { @{$_->{stub}}{qw(line last)} } @{$f->{exercises}}')"
is "the same from one file" "10	15" "$(texlua "$lua/facts.lua" stub chapters/02-two.w 02-first)"
is "a section that two files of names reach" "tangled/lib/answer.h" "$(fact 'join " ", map { $_->{id} eq "1.3" ? @{$_->{files}} : () } @{$f->{sections}}')"
is "make knows the experiments" "EXPERIMENTS := run" "$(grep '^EXPERIMENTS' build/facts.mk)"
is "make knows what a file is made from" "tangled/lib/answer.h tangled/experiments/run.c: build/tangle/01-one.stamp ; @:" "$(grep '^tangled.*01-one' build/facts.mk)"
is "make knows what a chapter shows" "build/figures/run.pdf build/outputs/run.txt" "$(sed -n 's/^FIGURES_02-two := //p; s/^RESULTS_01-one := //p' build/facts.mk | sort | xargs)"
touch -d 2001-01-01 build/facts.mk
texlua "$lua/facts.lua" write build
is "unchanged facts keep their time" 2001 "$(date -r build/facts.mk +%Y)"

texlua "$lua/headers.lua" include
is "a header keeps its comments, in plain text" '/* the answer, x <= 42; see Section 1.3 */' "$(sed -n 3p include/answer.h)"
is "names in it are expanded" 'extern int other; /* other */' "$(sed -n 5p include/answer.h)"
is "a doubled @ is one" 'const char *const s = "@ @<not a name@>";' "$(sed -n 7p include/answer.h)"
is "a private header stays at home" "answer.h gradient-answer.h.3" "$(ls include | xargs)"

tells() { # tells NAME 'LINE: WORDS' TEXT: what a malformed chapter is told
    printf '%s\n' "$3" >chapters/01-one.w
    is "$1" "chapters/01-one.w:$2" "$(texlua "$lua/facts.lua" json chapters 2>&1 >/dev/null | grep -v ch:one | head -n 1)"
}
tells "a title without an end" "1: a title ends with a full stop; none was found" $'@** Title\n\n@* Index.'
tells "a name that does not close" '3: @<A name does not close: there is no @> behind it' $'@** T.\n@ Text.\n@<A name\nint a;\n@* Index.'
tells "a name that is not defined" '4: @<Nothing@> is used and never defined' $'@** T.\n@ Text.\n@(tangled/lib/a.c@>=\n@<Nothing@>@;\n@* Index.'
tells "a name that is not used" '2: @<Nothing@> is never used' $'@** T.\n@ Text.\n@<Nothing@>=\nint a;\n@* Index.'
tells "a program without a name" '3: unnamed program text: every piece has a name here' $'@** T.\n@ Text.\n@c int a;\n@* Index.'
tells "no closing section" "2: the last section is not \`@* Index.'" $'@** T.\n@ Text.'
tells "a file in no folder of ours" '3: elsewhere/a.c: a file is tangled/lib|lab|experiments|exercises/NAME.c or .h' $'@** T.\n@ Text.\n@(elsewhere/a.c@>=\nint a;\n@* Index.'
tells "a command without its argument" '2: \val wants 2 arguments in braces' $'@** T.\n@ \\val{a}\n@* Index.'
tells "a bar that does not close" '2: a bar that begins code and does not close' $'@** T.\n@ |a\n@* Index.'
tells "a label twice" '3: \label{a} is defined twice; also in chapters/01-one.w' $'@** T.\n@ \\label{a}\n@ \\label{a}\n@* Index.'

printf '%s\n' '@** T.' '@ Call |f(.a = 1)|.' '@(tangled/lib/a.c@>=' '#define A 1 /* one */' 'int a[] = {' '    {.b = 2},' '};' '@* Index.' >chapters/01-one.w
texlua "$lua/weave.lua" source 01-one woven.w lint.w
is "CWEAVE gets directives as they were typed" '@=#define A 1@>@!@:A}{\cwcapital{A}@>@;/* one */' "$(sed -n 4p woven.w)"
is "and designated initializers as expressions" '    {@[.b@] = 2},@/|@ Call |f(@[.a@] = 1)|.' "$(sed -n 6p woven.w)|$(sed -n 2p woven.w)"
is "and the question what it cannot set" '@1' "$(sed -n 2p lint.w)"
# deps.sh, where dpkg-query says that only the packages in $have are there
mkdir -p path
printf '#!/bin/bash\nfor p in "${@:4}"; do [[ " $have " == *" $p "* ]] && echo "$p installed"; done\n' >path/dpkg-query
printf '#!/bin/bash\necho "$*" >>"$calls"\n' >path/apt-get
printf '#!/bin/bash\nexec "$@"\n' >path/sudo
chmod +x path/*
export calls=$place/calls
need() { rm -f "$calls"; have=$1 PATH=$place/path:$PATH "$lua/../deps.sh" need code >said 2>&1; echo "$?:$(grep -c 'install -y' "$calls" 2>/dev/null)"; }
all="gcc libc6-dev pkg-config perl check libopenblas-openmp-dev zlib1g-dev libjansson-dev texlive-binaries dataset-fashion-mnist"
is "nothing is installed where nothing is missing" "0:" "$(need "$all")"
is "a new machine gets what is missing" "0:1" "$(need "gcc libc6-dev")"
is "and only that" "deps: installing pkg-config perl check libopenblas-openmp-dev zlib1g-dev libjansson-dev texlive-binaries dataset-fashion-mnist" "$(cat said)"
is "a machine in use is told what is missing" "1:" "$(need "${all/ check/}")"
is "and how to install it" "missing: check; this installs them: make deps" "$(cat said)"
printf '%d%%: Checks: %d, Failures: %d, Errors: 0\n' $((100 * (checks - failures) / checks)) $checks $failures
[ $failures -eq 0 ]
