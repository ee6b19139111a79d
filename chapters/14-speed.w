@i common.w

@** Speed.
\label{ch:speed}
A student who waits learns less, so the kernels of this book should be fast.
How fast is fast enough? There is a natural end: a kernel cannot move its data
faster than the memory allows, nor calculate faster than the arithmetic units
allow. This appendix works out which of the two limits each kernel meets first,
and how close the code on the page comes to it.

The first part is arithmetic and is the same on every machine. The second part
is a measurement. Timings differ from run to run, and the pages of this book
are to come out the same byte for byte whenever they are built. So timings are
not taken while the book is built. They are taken by \texttt{make speed}, which
records what it saw, and the table shows that record, with the machine it was
made on. On any machine, \texttt{lab bench} prints the figures of the moment.

@* Two limits.
\label{sec:roofline}
Let a kernel do $F$ floating-point operations and move $M$ bytes. On a machine
that can do $P$ operations and move $B$ bytes a second it needs at least
\[
t\ge\max\Bigl(\frac FP,\frac MB\Bigr).
\]
Which term wins depends on the \emph{intensity} $F/M$, in operations a byte,
against the ratio $P/B$ of the machine \citep{williams2009}. Present processors
have a $P/B$ of 5 to 20 with data in the second-level cache and more without. A
rectifier has an intensity of an eighth. It will never be limited by
arithmetic, whatever its code does.

@ A kernel here is described by its work on one batch. The elementwise ones are
counted for each element: what is read, what is written, and the operations
that one would count with paper and pencil. An exponential counts as 20
operations, about what the vector version takes.

All elementwise kernels run on 64 rows of 1024 elements. One such matrix
takes 256 KiB, so what is measured is the second-level cache, the place where
the activations of a mini-batch live in training.

@(tangled/experiments/speed.c@>=
#include "experiment.h"
#include <math.h>
#include <stdlib.h>
enum { ROWS = 64, COLS = 1024, N = ROWS * COLS, EXP = 20 };
@#
@<The kernels and their work@>@;
@#
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "speed",
        .setting = "Operations and bytes of one call of each kernel.");
    @<Tell the work of each kernel@>@;
    @<Tell the time of each kernel@>@;
    return gp_experiment_end(e);
}

@ A forward pass reads |x| and writes |y|: 8 bytes an element. A backward pass
reads |dy| and |x| or |y|, and writes |dx|: 12. Batch normalization passes three
times over |x| forward (mean, variance, result) and twice over |x| and |dy|
backward.

A product of $[m,n]$ and $[n,k]$ does $2mnk$ operations and touches
$mn+nk+mk$ numbers, if the cache holds what it should. The intensity grows with
the batch $m$: each weight, once fetched, is used $m$ times. This is why
networks are trained in batches even where one sample would do.

@<The kernels and their work@>=
static const struct {
    const char *label, *word;
    bool backward;
    double flops, bytes; /* for an element; of a product, |flops| is $m$ */
} kernel[] = {
    {"relu|relu forward", "relu", false, 1, 8},
    {"relu-back|relu backward", "relu", true, 1, 12},
    {"sigmoid|sigmoid forward", "sigmoid", false, EXP + 2, 8},
    {"sigmoid-back|sigmoid backward", "sigmoid", true, 3, 12},
    {"elu|elu forward", "elu", false, EXP + 2, 8},
    {"elu-back|elu backward", "elu", true, EXP + 2, 12},
    {"batchnorm|batchnorm forward", "batchnorm", false, 8, 16},
    {"batchnorm-back|batchnorm backward", "batchnorm", true, 9, 20},
    {"dense-1|dense, batch 1", "dense:300:nobias", false, 1, 0},
    {"dense-32|dense, batch 32", "dense:300:nobias", false, 32, 0},
    {"dense-128|dense, batch 128", "dense:300:nobias", false, 128, 0}};
enum { KERNELS = sizeof kernel / sizeof *kernel, IN = 784, OUT = 300 };
@#
static double flops(size_t k)
{
    const double m = kernel[k].flops;

    return kernel[k].bytes > 0 ? m * N : 2 * m * IN * OUT;
}
static double bytes(size_t k)
{
    const double m = kernel[k].flops, b = kernel[k].bytes;

    return b > 0 ? b * N : 4 * (m * IN + IN * OUT + m * OUT);
}

@ The first table is arithmetic.

@<Tell the work of each kernel@>=
gp_table *t = gp_experiment_table(e, "", "", "kernel", "mflop|Mflop|%.3f",
    "mb|MB|%.3f", "intensity|flop/byte|%.3f");
for (size_t k = 0; k < KERNELS; k++)
    gp_table_row(t, kernel[k].label, flops(k) / 1e6, bytes(k) / 1e6,
                 flops(k) / bytes(k));

@ The two limits of the machine are measured as well: |b| is what copying
reaches (a leaky rectifier with the slope 1 does nothing else), and |p| what a product of two matrices of $1024\times1024$ reaches,
the best that the linear algebra library can do. The second table is a
measurement, and is left out unless one was asked for.

@<Tell the time of each kernel@>=
const bool measure = getenv("GP_SPEED") != NULL;
const double p = 2 * pow(1024, 3) / (measure
    ? gp_word_seconds("dense:1024:nobias", 1024, 1024, false) : NAN);
const double b = 8. * N / (measure
    ? gp_word_seconds("leaky_relu:1", COLS, ROWS, false) : NAN);
gp_table *s = gp_experiment_table(e, "measured", "", "kernel",
    "time|microseconds|%.1f", "by-flops|limit by arithmetic|%.1f",
    "by-bytes|by memory|%.1f", "share|share of the limit, per cent|%.0f");
for (size_t k = 0; measure && k < KERNELS; k++) {
    const double time = kernel[k].bytes > 0
        ? gp_word_seconds(kernel[k].word, COLS, ROWS, kernel[k].backward)
        : gp_word_seconds(kernel[k].word, IN, (size_t)kernel[k].flops, false);
    const double x = flops(k) / p, y = bytes(k) / b;

    gp_table_row(s, kernel[k].label, time * 1e6, x * 1e6, y * 1e6,
                 100 * fmax(x, y) / time);
}
gp_experiment_word(e, "machine", isnan(p) ? "not measured in this build"
    : gp_text("%.0f GFLOP/s and %.0f GB/s", p / 1e9, b / 1e9));

@ \cell{speed}

The intensities sort the kernels in three kinds. Those without an exponential
move more than they calculate and are limited by memory: \val{speed}{intensity-relu}
operations a byte for the rectifier. Those with one are near the border. The
dense layer is on either side, depending on the batch: \val{speed}{intensity-dense-1} for
one sample, \val{speed}{intensity-dense-32} for 32, \val{speed}{intensity-dense-128} for
128\claim{intensity_grows_with_the_batch}. With one sample the library can be
as clever as it likes; the weights have to be fetched, and that is that.

@* How close.
\label{sec:speed-measured}
The times were recorded by \texttt{make speed}, which writes them where the next build of the book finds them, so that two builds
of the book agree. The machine of the record does \val{speed}{machine}, measured by a large product and by a copy in the cache. On another machine the
times will differ; the column on the right should not differ by much, since both of its numbers move together.

\outtable{speed-measured}{Time of one call, the times that the two
limits allow, and the share of the nearer one that is reached.}

What to expect, and why:
\begin{itemize}
\item \emph{Rectifiers} reach the speed of copying. The loop is one load, one
maximum, one store, and |GP_SIMD| lets the compiler do eight or sixteen elements at
once. Nothing is left to gain but to not do it as a pass of its own.
\item \emph{Sigmoid and ELU} are limited by the exponential. With the C library's scalar |exp| they would be
some ten times slower; the vector versions declared in Section~\ref{sec:real} are what makes them bearable. A test
asserts that the compiled loops call them.
\item \emph{Batch normalization} stays some way below its limit. It reads its input three times forward, and
waits in each pass for sums that depend on the row before; a strip of 128 columns was the best of four widths tried. Merging the
passes would save memory traffic and lose digits (Section~\ref{sec:bn-statistics}).
\item \emph{The dense layer} is OpenBLAS. With batches of 32 it stays below its peak, since 32 rows are few to share the cost of
rearranging the weights; with 128 it comes close.
\end{itemize}
The measure of all this is the share of time. In a training step of
Chapter~\ref{ch:laboratory}'s networks the products take nearly all of it, and
a kernel that is twice as fast as before saves a few per cent. This is why the
kernels of this book were allowed to stay readable.

@* Index.
