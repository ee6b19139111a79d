#!/usr/bin/perl
# make mutants [N=200] [SEED=1] [TIME=60] [ONLY=module,...] [JOBS=2] [LEAST=90]
#
# Do the tests notice a mistake? N times one line of tangled/lib/*.c is changed (an operator, a constant, a condition, a statement or
# an error's return taken out), the module compiled, the suites that link it linked again and run, its own first. A suite that fails,
# crashes or hangs has killed the mutant; one that no suite minds has survived, and a test is missing, or the change means nothing.
# Changes that are argued to mean nothing stand in mutants.equivalent beside this file. A change that the compiler refuses, or from
# which it makes the same machine code, is no mutant. The report is build/mutants/report.
#
# All commands (compilers, flags, libraries) come from `make -n`, so nothing here knows them. Usage: mutants.pl SUITE... -- SCRIPT...
use strict;
use warnings;
use POSIX ':sys_wait_h';

my $B = $ENV{B} || 'build';
my $n = $ENV{N} || 200;
my $seed = defined $ENV{SEED} && $ENV{SEED} ne '' ? $ENV{SEED} : 1;
my $time = $ENV{TIME} || 60;
my $jobs = $ENV{JOBS} || 2;
my $least = defined $ENV{LEAST} && $ENV{LEAST} ne '' ? $ENV{LEAST} : 90;
my %only = map { $_ => 1 } split /,/, $ENV{ONLY} || '';
my (@suites, @scripts);
{
    my $to = \@suites;
    for (@ARGV) { if ($_ eq '--') { $to = \@scripts } else { push @$to, $_ } }
}
my $place = "$B/mutants";
my $started = time;
delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES)};
$ENV{CK_VERBOSITY} = 'normal';

sub slurp { my ($f) = @_; open my $h, '<', $f or return ''; local $/; my $t = <$h>; close $h; defined $t ? $t : '' }
sub spew { my ($f, $t) = @_; open my $h, '>', $f or die "mutants: $f: $!\n"; print $h $t; close $h or die "mutants: $f: $!\n" }
sub quiet { my ($command) = @_; system('/bin/bash', '-c', "$command >/dev/null 2>&1") }

# ------------------------------------------------------------------------------------------------ commands
# The commands that make would run if these files were new; each is one line.
sub commands_of {
    my ($new, @targets) = @_;
    my $w = join ' ', map { "-W $_" } @$new;
    my $out = `make -n --no-print-directory B=$B $w @targets 2>/dev/null`;
    $out =~ s/\\\n\s*/ /g;
    return split /\n/, $out;
}

my @modules = sort map { m{tangled/lib/(\w+)\.c$} ? $1 : () } glob 'tangled/lib/*.c';
@modules = grep { $only{$_} } @modules if %only;
die "mutants: no such module\n" unless @modules;
my (%compile, %link, %links_with, %own);

for my $kind (qw(float double)) {
    for my $command (commands_of([map { "tangled/lib/$_.c" } @modules], map { "$B/$kind/lib/$_.o" } @modules)) {
        next unless $command =~ m{ -o \Q$B/$kind\E/lib/(\w+)\.o tangled/lib/\1\.c};
        my ($module, $c) = ($1, $command);
        $c =~ s/ -M(?:MD|P|F \S+)\b//g;
        $c =~ s/ -W\S*|( -g)\b//g;
        $c =~ s{ -o \S+ tangled/lib/\w+\.c}{ -w -g0 -o OUT SOURCE};
        $compile{$kind}{$module} = $c;
    }
}
for my $command (commands_of(["$B/lib/libgradient.a", "$B/lib/libgradient-double.a"], map({ "$B/tests/$_" } @suites), "$B/bin/lab", "$B/bin/vectors")) {
    next unless $command =~ m{ -o (\Q$B\E/\S+) .*\blibgradient(-double)?\.a};
    my ($out, $kind, $c) = ($1, $2 ? 'double' : 'float', $command);
    next if $out =~ /\.so/;
    $c =~ s{ -o \S+ }{ -o OUT };
    $c =~ s{ (\S*libgradient(?:-double)?\.a)}{ MUTANT $1};
    $link{$out} = { command => $c, kind => $kind };
}
for my $suite (@suites) {
    my $out = "$B/tests/$suite";
    warn "mutants: make does not say how $out is linked\n" unless $link{$out};
}

# What is linked and included is kept as it is now: the tree may be built again meanwhile. Make and the compiler replace a file and do
# not write into it, so hard links keep it; the sources are copied.
mkdir $place;
quiet("rm -rf $place/base && mkdir $place/base && cp -al $B/lib $B/bin $B/tests $B/float $place/base/ && cp -r tangled $place/base/") == 0
    or die "mutants: nothing is built yet\n";
sub kept {
    my ($c) = @_;
    $c =~ s{(?<=[ =])\Q$B\E/(?=lib/|bin/|tests/|float/)}{$place/base/}g;
    $c =~ s{-Itangled/}{-I$place/base/tangled/}g;
    return $c;
}
for my $by_module (values %compile) { $_ = kept($_) for values %$by_module }
$_->{command} = kept($_->{command}) for values %link;

# Which modules a program takes out of the library: the linker's map says it.
sub linked_modules {
    my ($out) = @_;
    my $c = $link{$out}{command};
    $c =~ s/ OUT / $place\/map.out -Wl,-Map=$place\/map /;
    $c =~ s/ MUTANT / /;
    quiet($c);
    my $map = slurp("$place/map");
    unlink "$place/map", "$place/map.out";
    my %m;
    $m{$1} = 1 while $map =~ /libgradient(?:-double)?\.a\((\w+)\.o\)/g;
    return \%m;
}

# ------------------------------------------------------------------------------------------------ running
# 0: passed. Check's closing line must be there with at least one check.
sub run_limited {
    my ($command, $seconds, $env) = @_;
    my $out = `ulimit -v 8000000; ulimit -c 0; $env timeout -k 1 $seconds $command 2>&1 </dev/null`;
    my $status = $?;
    return 'hangs' if ($status >> 8) == 124 || ($status >> 8) == 137;
    return 'crashes' if $status & 127 || ($status >> 8) > 128;
    return 'fails' if $status;
    return 'says nothing' unless $out =~ /^100%: Checks: [1-9]\d*, Failures: 0, Errors: 0$/m;
    return '';
}

for my $slot (1 .. $jobs) { mkdir "$place/$slot"; mkdir "$place/$slot/bin" }
my %seconds;
my @runs; # programs in the order in which they are run: [name, out or script, modules]
for my $suite (@suites) {
    my $out = "$B/tests/$suite";
    next unless $link{$out};
    push @runs, { name => $suite, out => $out, modules => linked_modules($out) };
}
my %in_lab = map { $_ => linked_modules("$B/bin/$_") } grep { $link{"$B/bin/$_"} } qw(lab vectors);
for my $script (@scripts) {
    my $text = slurp("tests/$script.sh");
    next if $text =~ /\bmake -s\b/; # would build the library itself
    my @needs = grep { $text =~ m{bin/$_\b} && $in_lab{$_} } qw(lab vectors);
    next unless @needs;
    my %m = map { %{ $in_lab{$_} } } @needs;
    push @runs, { name => $script, script => "tests/$script.sh", needs => \@needs, modules => \%m };
}
# a suite that fails without any mutant can say nothing
my @sound;
for my $run (@runs) {
    my $slot = "$place/1";
    my $began = times_now();
    my $verdict;
    if ($run->{script}) {
        quiet("cp $place/base/bin/$_ $slot/bin/$_") for @{ $run->{needs} };
        $verdict = run_limited($run->{script}, 120, "B=$slot");
    } else {
        (my $program = $run->{out}) =~ s{^\Q$B\E/}{$place/base/};
        $verdict = run_limited($program, 120, '');
    }
    $run->{seconds} = times_now() - $began;
    if ($verdict) { warn "mutants: $run->{name} $verdict without any mutant and is left out\n" }
    else { push @sound, $run }
}
sub times_now { my ($s) = `date +%s.%N`; return $s + 0 }
die "mutants: no suite passes\n" unless @sound;

# the machine code of every module as it is
for my $kind (keys %compile) {
    for my $module (@modules) {
        compiled($kind, $module, "$place/base/tangled/lib/$module.c", "$place/$module-$kind.o") or die "mutants: $module does not compile\n";
    }
}
sub compiled {
    my ($kind, $module, $source, $out) = @_;
    my $c = $compile{$kind}{$module};
    return 0 unless $c;
    $c =~ s/ OUT SOURCE/ $out $source/;
    return quiet($c) == 0;
}

# ------------------------------------------------------------------------------------------------ changes
# All changes of one line, as [what, new line].
sub changes {
    my ($line) = @_;
    my @c;
    my $mask = $line;
    $mask =~ s/("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/'"' x length $1/ge;
    my $swap = sub {
        my ($regex, $what, $by) = @_;
        while ($mask =~ /$regex/g) {
            my ($from, $length) = ($-[1], $+[1] - $-[1]);
            my $new = $line;
            substr $new, $from, $length, ref $by ? $by->(substr $line, $from, $length) : $by;
            push @c, [$what, $new];
        }
    };
    # comparisons
    $swap->(qr/(?<![-<>])(<)(?![<=])(?!\w+\.h>)/, '< is <=', '<=');
    $swap->(qr/(?<![<])(<=)/, '<= is <', '<');
    $swap->(qr/(?<![->])(>)(?![>=])/, '> is >=', '>=');
    $swap->(qr/(?<![>])(>=)/, '>= is >', '>');
    $swap->(qr/(==)/, '== is !=', '!=');
    $swap->(qr/(!=)/, '!= is ==', '==');
    $swap->(qr/(&&)/, '&& is ||', '||');
    $swap->(qr/(\|\|)/, '|| is &&', '&&');
    # arithmetic; a star behind a type is a pointer
    $swap->(qr/(?<=[\w)\]])(\+)(?![+=])/, '+ is -', '-');
    $swap->(qr/(?<=[\w)\]])(?<!\de)(-)(?![->=])/, '- is +', '+');
    $swap->(qr/(?:(?<=[)\]])|(?<=\w))(?<!gp_real)(?<!_matrix)(?<!double)(?<!char)(?<!void)(?<!_layer)(?<!_error)(?<!_network)(?<!const)(?<!size_t)(\*)(?=[\w(])/, '* is /', '/');
    $swap->(qr/(\/)(?![*\/=])/, '/ is *', '*');
    $swap->(qr/(\+=)/, '+= is -=', '-=');
    $swap->(qr/(-=)/, '-= is +=', '+=');
    $swap->(qr/(\*=)/, '*= is /=', '/=');
    $swap->(qr/(\/=)/, '/= is *=', '*=');
    # constants
    $swap->(qr/(?<![\w.\])])(0)(?![\w.])/, '0 is 1', '1');
    $swap->(qr/(?<![\w.])(1)(?![\w.])/, '1 is 0', '0');
    $swap->(qr/(?<![\w.])([2-9]|[1-9]\d+)(?![\w.])/, 'one more', sub { $_[0] + 1 });
    $swap->(qr/(?<![\w.])(\d+\.\d*(?:e-?\d+)?|\d+e-?\d+)(?![\w.])/, 'twice as much', sub { "($_[0]*2)" });
    $swap->(qr/\b(true)\b/, 'true is false', 'false');
    $swap->(qr/\b(false)\b/, 'false is true', 'true');
    # conditions
    if ($mask =~ /^(\s*(?:else )?(?:if|while)\()(.*)\)(\{?)$/) {
        my ($head, $tail) = ($1, $3);
        my $inner = substr $line, length $head, length($line) - length($head) - 1 - length $tail;
        my $depth = 0;
        my $balanced = 1;
        for my $char (split //, substr $mask, length $head, length $inner) {
            $depth += $char eq '(' ? 1 : $char eq ')' ? -1 : 0;
            $balanced = 0 if $depth < 0;
        }
        push @c, ['condition negated', "$head!($inner))$tail"] if $balanced && $depth == 0 && $head !~ /while/;
        push @c, ['condition is false', "${head}false)$tail"] if $balanced && $depth == 0;
        push @c, ['condition is true', "${head}true)$tail"] if $balanced && $depth == 0 && $head !~ /while/;
    }
    $swap->(qr/(!)(?=[\w(])/, 'not is gone', '');
    # statements
    if ($mask =~ /^\s*(?:\w[\w\->.\[\]+*]*\s*(?:[-+*\/|]?=[^=]|\+\+|--|\()|\+\+|--|\*\w|\(\*).*;$/ && $mask !~ /^\s*(?:return|else|for|if|while|typedef|static|extern|switch|case)\b/
        && $mask !~ /^\s*(?:const |gp_\w+ ?\*?\w+ ?[=;,]|(?:size_t|double|float|int|bool|char|gp_\w+|uint\w+|int\w+)[ *])/) {
        push @c, ['statement is gone', ';'];
    }
    push @c, ['return is gone', ';'] if $mask =~ /^\s*return\b.*;$/;
    push @c, ['error is not returned', "(void)$1"] if $line =~ /^\s*return (gp_fail\(.*)$/ && $mask !~ /;$/;
    push @c, ['OK is an error', 'return GP_BAD_INPUT;'] if $mask =~ /^\s*return GP_OK;$/;
    push @c, ['jump is gone', ';'] if $mask =~ /^\s*(?:break|continue);$/;
    return grep { $_->[1] ne $line } @c;
}

my @sites; # [module, index of line, chapter:line, [changes]]
my %text;
for my $module (@modules) {
    my @lines = split /\n/, slurp("$place/base/tangled/lib/$module.c"), -1;
    $text{$module} = \@lines;
    my ($file, $number, $comment) = ("tangled/lib/$module.c", 0, 0);
    for my $i (0 .. $#lines) {
        my $line = $lines[$i];
        $number++;
        if ($line =~ /^#line (\d+) "([^"]*)"/) { ($number, $file) = ($1 - 1, $2); next }
        next if $line =~ m{^\s*(?:#|/\*|GP_SIMD|_Static_assert|$)} || $line =~ /^[\s{}]*$/ || $line =~ /\\$/;
        next if $line =~ /^\s*(?:static )?(?:const )?char \**\w+\[[^=]*;$/; # a buffer's size
        my @c = changes($line);
        # a function that ends without its return has no meaning at all, so nothing can be said of it
        @c = grep { $_->[0] ne 'return is gone' } @c
            if ($lines[$i + 1] || '') =~ /^\s*\}/ && ($i == 0 || $lines[$i - 1] !~ /^\s*(?:if|else|for|while)\b/);
        push @sites, [$module, $i, "$file:$number", \@c] if @c;
    }
}
# Perl's own generator has been the same since 5.20: the sample follows from the seed. Every line is taken once before any twice.
srand $seed;
for my $i (reverse 1 .. $#sites) { my $k = int rand($i + 1); @sites[$i, $k] = @sites[$k, $i] }
my @order;
for my $round (0 .. 5) {
    for my $site (@sites) {
        my $c = $site->[3];
        push @order, [@$site[0, 1, 2], @{ splice @$c, int rand @$c, 1 }] if @$c;
    }
}

# MODULE: OLD => NEW # reason, with the lines as in tangled/lib; spaces do not count
my %equivalent;
(my $here = $0) =~ s{[^/]*$}{};
for (split /\n/, slurp("${here}mutants.equivalent")) {
    next if /^\s*(?:#|$)/;
    if (/^(\w+): (.*?) => (.*?)\s+# (.+)$/) { $equivalent{key($1, $2, $3)} = $4 }
    else { warn "mutants: mutants.equivalent: expected MODULE: OLD => NEW # reason, found '$_'\n" }
}
sub key { my $k = join "\0", @_; $k =~ s/\s+//g; return $k }

# ------------------------------------------------------------------------------------------------ one mutant
# unit/test_NAME and double/double_NAME of the module first, then the quick ones
sub order_for {
    my ($module) = @_;
    return sort { ($b->{name} =~ /_$module(?:_|$)/) <=> ($a->{name} =~ /_$module(?:_|$)/) || $a->{seconds} <=> $b->{seconds} }
        grep { $_->{modules}{$module} } @sound;
}

sub judge {
    my ($slot, $module, $index, $new) = @_;
    my @lines = @{ $text{$module} };
    $lines[$index] = $new;
    my $source = "$slot/$module.c";
    spew($source, join "\n", @lines);
    # float first; double only when it is needed, since most mutants do not live that long
    my %object = map { $_ => "$slot/$module-$_.o" } keys %compile;
    my %made;
    my $make = sub { my ($kind) = @_; $made{$kind}++ || compiled($kind, $module, $source, $object{$kind}) };
    my $differs = 0;
    for my $kind (sort { $b cmp $a } keys %compile) {
        return 'refused' unless $make->($kind);
        $differs = quiet("cmp -s $object{$kind} $place/$module-$kind.o");
        last if $differs;
    }
    return 'same' unless $differs;
    my %built;
    for my $run (order_for($module)) {
        # a suite hangs if it takes many times as long as it does without a mutant
        my $limit = 4 + int(15 * $run->{seconds});
        $limit = $time if $time < $limit;
        $limit = 4 + int(4 * $run->{seconds}) if $limit < 4 * $run->{seconds};
        my $verdict;
        if ($run->{script}) {
            for my $program (@{ $run->{needs} }) {
                next if $built{$program}++;
                return "killed: $program does not link" unless linked("$B/bin/$program", "$slot/bin/$program", \%object);
            }
            $verdict = run_limited($run->{script}, $limit, "B=$slot");
        } else {
            my $kind = $link{$run->{out}}{kind};
            next unless $compile{$kind}{$module} && $make->($kind);
            return "killed: $run->{name} does not link" unless linked($run->{out}, "$slot/suite", \%object);
            $verdict = run_limited("$slot/suite", $limit, '');
        }
        return "killed: $run->{name} $verdict" if $verdict;
    }
    return 'survived';
}
sub linked {
    my ($out, $to, $object) = @_;
    my $c = $link{$out}{command};
    $c =~ s/ OUT / $to /;
    $c =~ s/ MUTANT / $object->{$link{$out}{kind}} /;
    return quiet($c) == 0;
}

# ------------------------------------------------------------------------------------------------ the run
my (%slot_of, %mutant_of, @results, %count);
$SIG{INT} = $SIG{TERM} = sub { $n = 0 }; # no more mutants; the report is of those that were tried
my @free = map { "$place/$_" } 1 .. $jobs;
my $next = 0;
$count{$_} = 0 for qw(killed survived argued same refused);
$| = 1;
open my $report, '>', "$place/report" or die "mutants: $place/report: $!\n";

sub note {
    my ($mutant, $verdict) = @_;
    my ($module, $index, $at, $what, $new) = @$mutant;
    (my $kind = $verdict) =~ s/:.*//;
    $count{$kind}++;
    return if $kind eq 'same' || $kind eq 'refused';
    my $old = $text{$module}[$index];
    my $entry = "$verdict\n    $at ($module, $what)\n    - $old\n    + $new\n";
    push @results, [$module, $kind];
    print $report $entry;
    print $kind eq 'killed' ? "$verdict: $at: $what\n" : $entry;
}

while (1) {
    while (@free && $next < @order && $count{killed} + $count{survived} + keys(%slot_of) < $n) {
        my $mutant = $order[$next++];
        my $reason = $equivalent{key($mutant->[0], $text{ $mutant->[0] }[$mutant->[1]], $mutant->[4])};
        if ($reason) { note($mutant, "argued: $reason"); next }
        my $slot = shift @free;
        my $pid = fork;
        die "mutants: fork: $!\n" unless defined $pid;
        if ($pid == 0) {
            open STDERR, '>', "$slot/errors";
            spew("$slot/verdict", judge($slot, @$mutant[0, 1, 4]));
            POSIX::_exit(0);
        }
        $slot_of{$pid} = $slot;
        $mutant_of{$pid} = $mutant;
    }
    last unless %slot_of;
    my $pid = wait;
    next unless $pid > 0 && $slot_of{$pid};
    my $slot = delete $slot_of{$pid};
    push @free, $slot;
    my $verdict = slurp("$slot/verdict") || 'refused';
    unlink "$slot/verdict";
    note(delete $mutant_of{$pid}, $verdict);
}

my (%killed, %all);
for (@results) { $all{ $_->[0] }++ if $_->[1] ne 'argued'; $killed{ $_->[0] }++ if $_->[1] eq 'killed' }
my $summary = '';
for my $module (sort keys %all) {
    $summary .= sprintf "%-14s %3d of %3d killed\n", $module, $killed{$module} || 0, $all{$module} if $all{$module};
}
my $tried = $count{killed} + $count{survived};
my $percent = $tried ? 100 * $count{killed} / $tried : 0;
$summary .= sprintf "seed %s: %d of %d mutants killed, %.1f %%; %d equivalent by argument, %d by their machine code, %d refused by the compiler; %d s\n",
    $seed, $count{killed}, $tried, $percent, $count{argued}, $count{same}, $count{refused}, time - $started;
$summary .= "$count{killed} passed, $count{survived} failed, $count{argued} skipped\n";
print $report $summary;
close $report;
print $summary;
exit($tried && $percent >= $least ? 0 : 1);
