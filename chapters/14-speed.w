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

@(tangled/experiments/speed.c@>=
#include "batchnorm.h"
#include "dense.h"
#include "elu.h"
#include "rectifier.h"
#include "sigmoid.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tgmath.h>
#include <time.h>
@#
typedef struct kernel kernel;
struct kernel {
    const char *name;
    double flops, bytes; /* of one call */
    gp_layer *layer; /* |NULL|: copy |x| to |y| */
    bool forward;
    gp_matrix x, y, dy, dx;
};
@<Make the kernels@>@;
@<Measure the kernels@>@;

@ All elementwise kernels run on 64 rows of 1024 elements. One such matrix
takes 256 KiB, so what is measured is the second-level cache, the place where
the activations of a mini-batch live in training.

@<Make the kernels@>=
enum { ROWS = 64, COLS = 1024, ELEMENTS = ROWS * COLS };
@#
static kernel make(const char *name, gp_layer *layer, bool forward,
                   size_t rows, size_t inputs, size_t outputs, double flops,
                   double bytes)
{
    kernel k = {name, flops, bytes, layer, forward, {0}, {0}, {0}, {0}};
    gp_random r = gp_random_new(1);

    gp_matrix_new(&k.x, rows, inputs, NULL);
    gp_matrix_new(&k.dx, rows, inputs, NULL);
    gp_matrix_new(&k.y, rows, outputs, NULL);
    gp_matrix_new(&k.dy, rows, outputs, NULL);
    gp_random_fill_normal(&r, &k.x, 0, 1);
    gp_random_fill_normal(&r, &k.dy, 0, 1);
    return k;
}

@ A forward pass reads |x| and writes |y|: 8 bytes an element. A backward pass
reads |dy| and |x| or |y|, and writes |dx|: 12.

@<Make the kernels@>=
static kernel elementwise(const char *name, const gp_activation_type *type,
                          bool forward, double flops)
{
    const gp_activation_arguments a = {1, 0};

    return make(name, gp_activation_new(type, COLS, a, NULL), forward, ROWS,
                COLS, COLS, flops * ELEMENTS,
                (forward ? 8 : 12) * (double)ELEMENTS);
}

@ A product of $[m,n]$ and $[n,k]$ does $2mnk$ operations and touches
$mn+nk+mk$ numbers, if the cache holds what it should. The intensity grows with
the batch $m$: each weight, once fetched, is used $m$ times. This is why
networks are trained in batches even where one sample would do.

@<Make the kernels@>=
static kernel product(const char *name, size_t m)
{
    const size_t n = 784, k = 300;

    return make(name, gp_dense_new(n, k, false, NULL), true, m, n, k,
                2 * (double)(m * n * k), 4 * (double)(m * n + n * k + m * k));
}

@ Batch normalization passes three times over |x| forward (mean, variance,
result) and twice over |x| and |dy| backward.

@<Make the kernels@>=
enum { EXP = 20, MOST = 16 };
@#
static size_t make_all(kernel *k)
{
    size_t n = 0;

    k[n++] = make("copy", NULL, true, ROWS, COLS, COLS, 0, 8 * ELEMENTS);
    k[n++] = elementwise("relu forward", &gp_relu, true, 1);
    k[n++] = elementwise("relu backward", &gp_relu, false, 1);
    k[n++] = elementwise("sigmoid forward", &gp_sigmoid, true, EXP + 2);
    k[n++] = elementwise("sigmoid backward", &gp_sigmoid, false, 3);
    k[n++] = elementwise("elu forward", &gp_elu, true, EXP + 2);
    k[n++] = elementwise("elu backward", &gp_elu, false, EXP + 2);
    k[n++] = make("batchnorm forward", gp_batchnorm_new(COLS, 0.99, 1e-3,
                  NULL), true, ROWS, COLS, COLS, 8. * ELEMENTS,
                  16. * ELEMENTS);
    k[n++] = make("batchnorm backward", gp_batchnorm_new(COLS, 0.99, 1e-3,
                  NULL), false, ROWS, COLS, COLS, 9. * ELEMENTS,
                  20. * ELEMENTS);
    k[n++] = product("dense, batch 1", 1);
    k[n++] = product("dense, batch 32", 32);
    k[n++] = product("dense, batch 128", 128);
    return n;
}

@ One call of a kernel is what training does.

@<Measure the kernels@>=
static void call(kernel *k)
{
    const gp_pass pass = {true, NULL};

    if (!k->layer)
        gp_matrix_copy(&k->y, &k->x);
    else if (k->forward)
        gp_layer_forward(k->layer, &k->x, &k->y, &pass);
    else
        gp_layer_backward(k->layer, &k->x, &k->y, &k->dy, &k->dx);
}

@ The time of a call is the least of many, since everything that disturbs a
measurement makes it longer.

@<Measure the kernels@>=
static double seconds(kernel *k)
{
    double best = HUGE_VAL;
    struct timespec from, to;

    for (int i = 0; i < 300; i++) {
        clock_gettime(CLOCK_MONOTONIC, &from);
        call(k);
        clock_gettime(CLOCK_MONOTONIC, &to);
        best = fmin(best, (double)(to.tv_sec - from.tv_sec) +
                              1e-9 * (double)(to.tv_nsec - from.tv_nsec));
    }
    return best;
}

@ The two limits of the machine are measured as well: |B| is what copying
reaches, and |P| what a product of two matrices of $1024\times1024$ reaches,
the best that the linear algebra library can do.

@<Measure the kernels@>=
static double peak(void)
{
    kernel k = make("peak", gp_dense_new(1024, 1024, false, NULL), true,
                    1024, 1024, 1024, 2 * pow(1024, 3), 1);
    const double p = k.flops / seconds(&k);

    gp_layer_free(k.layer);
    gp_matrix_free(&k.x);
    gp_matrix_free(&k.y);
    gp_matrix_free(&k.dx);
    gp_matrix_free(&k.dy);
    return p;
}

@ The backward passes need a forward pass before them. The table is written for
the page, and the share of the limit is left out unless the measurement was
asked for.

@(tangled/experiments/speed.c@>=
static void show(kernel *k, double p, double b, FILE *tsv)
{
    printf("%-20s %10.3f %8.3f %10.2f", k->name, k->flops / 1e6,
           k->bytes / 1e6, k->flops / k->bytes);
    if (p > 0) {
        const bool forward = k->forward;
        const double limit = fmax(k->flops / p, k->bytes / b);
        double t;

        k->forward = true;
        call(k);
        k->forward = forward;
        t = seconds(k);
        printf(" %9.1f %5.0f%%", t * 1e6, 100 * limit / t);
        fprintf(tsv, "%s\t%.1f\t%.1f\t%s\t%.0f %%\n", k->name, t * 1e6,
                limit * 1e6, k->flops / p > k->bytes / b ? "arithmetic"
                : "memory", 100 * limit / t);
    }
    printf("\n");
}

@ @(tangled/experiments/speed.c@>=
int main(void)
{
    const bool measure = getenv("GP_SPEED") != NULL;
    kernel k[MOST];
    const size_t n = make_all(k);
    const double p = measure ? peak() : 0;
    const double b = measure ? k[0].bytes / seconds(&k[0]) : 0;
    FILE *tsv = fopen("speed-measured.tsv", "w");

    if (!tsv)
        return 1;
    fprintf(tsv, "kernel\tmicroseconds\tat the limit\tlimited by\tshare\n");
    printf("%-20s %10s %8s %10s%s\n", "kernel", "Mflop", "MB", "flop/byte",
           measure ? "        us  limit" : "");
    for (size_t i = 0; i < n; i++)
        show(&k[i], p, b, tsv);
    if (!measure)
        fprintf(tsv, "not measured in this build\t\t\t\t\n");
    @<Report the limits of the machine@>@;
    return fclose(tsv);
}

@ @<Report the limits of the machine@>=
FILE *val = fopen("speed.val", "w");
if (!val)
    return 1;
fprintf(val, "dense-1\t%.2f\ndense-32\t%.1f\ndense-128\t%.1f\nrelu\t%.3f\n",
        k[n - 3].flops / k[n - 3].bytes, k[n - 2].flops / k[n - 2].bytes,
        k[n - 1].flops / k[n - 1].bytes, k[1].flops / k[1].bytes);
if (measure)
    fprintf(val, "machine\t%.0f GFLOP/s and %.0f GB/s\n", p / 1e9, b / 1e9);
else
    fprintf(val, "machine\tnot measured in this build\n");
fclose(val);

@ \cell{speed}

The intensities sort the kernels in three kinds. Those without an exponential
move more than they calculate and are limited by memory: \val{speed}{relu}
operations a byte for the rectifier. Those with one are near the border. The
dense layer is on either side, depending on the batch: \val{speed}{dense-1} for
one sample, \val{speed}{dense-32} for 32, \val{speed}{dense-128} for
128\claim{intensity_grows_with_the_batch}. With one sample the library can be
as clever as it likes; the weights have to be fetched, and that is that.

@* How close.
\label{sec:speed-measured}
The times were recorded by \texttt{make speed}, which writes them where the next build of the book finds them, so that two builds
of the book agree. The machine of the record does \val{speed}{machine}, measured by a large product and by a copy in the cache. On another machine the
times will differ; the column on the right should not differ by much, since both of its numbers move together.

\outtable{speed-measured}{Time of one call, the time that the nearer of the two
limits allows, and the share of that limit that is reached.}

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
