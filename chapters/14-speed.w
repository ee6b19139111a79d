@i common.w

@s vec int
@s UNROLL else
@s INLINE static
@s line int
@s strip int
@s team int
@s atomic_size_t int

@** Speed.
\label{ch:speed}
A student who waits learns less, so the kernels of this book should be fast.
How fast is fast enough? There is a natural end: a kernel cannot move its data
faster than the memory allows, nor calculate faster than the arithmetic units
allow. This chapter works out which of the two limits each kernel meets first,
and how close the code on the page comes to it.

The first part is arithmetic and is the same on every machine. The second part
is a measurement. Timings differ from run to run, and the pages of this book
are to come out the same byte for byte whenever they are built. So timings are
not taken while the book is built. They are taken by \texttt{make speed}, which
records what it saw, and the table shows that record, with the machine it was
made on. On any machine, \texttt{lab bench} prints the figures of the moment.

Two sections then show what the speed of training rests on: a matrix product that keeps
the arithmetic units busy (Section~\ref{sec:fast-product}), and a team of threads that
share a training step and meet seldom (Section~\ref{sec:team}).

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
some ten times slower. Our own functions (Section~\ref{sec:elementary}) have no branches, so that the compiler can make
vector loops of the kernels that use them. A test asserts that it did.
\item \emph{Batch normalization} stays some way below its limit. It reads its input three times forward, and
waits in each pass for sums that depend on the row before; a strip of 128 columns was the best of four widths tried. Merging the
passes would save memory traffic and lose digits (Section~\ref{sec:bn-statistics}).
\item \emph{The dense layer} is the product of Section~\ref{sec:fast-product}. It comes close to the peak even with batches of 32.
\end{itemize}
The measure of all this is the share of time. In a training step of
Chapter~\ref{ch:laboratory}'s networks the products take nearly all of it, and
a kernel that is twice as fast as before saves a few per cent. This is why the
kernels of this book were allowed to stay readable.

@* A product near the machine's limit.
\label{sec:fast-product}
Three products take nearly all the time of a training step:
$Y=XW$ forward, $\mathrm{d}X=\mathrm{d}Y\,\transpose W$ and
$\mathrm{d}W=\transpose X\mathrm{d}Y$ backward. A core can do two vector
operations of the kind $c\leftarrow c+ab$ in each cycle. The plain triple loop
of Section~\ref{sec:matrix} does not come near that, because for every such
operation it loads two numbers and stores one. The arithmetic is there; the
numbers do not arrive.

What helps is to use a number several times once it is in a register. Take a
\emph{tile} of $C$, some rows high and |COLS| columns wide, and keep it in
registers. For each $k$, load |COLS| numbers of row $k$ of $B$, and one number of
each row of $A$, which is multiplied with all of them. A tile of $6\times16$
needs 8 loads for 96 multiplications and no store. A register file of 16
vectors of eight holds the tile in 12, and leaves enough for the rest. This is
the kernel inside of every fast product \citep{goto2008}.

@(tangled/lib/private/product.h@>=
#pragma once
#include "real.h"
@#
typedef struct {
    const gp_real *at;
    size_t down, right; /* distances of neighbours, in numbers */
} gp_operand; /* element $(i,k)$ is |at[i*down + k*right]| */
void gp_product(size_t rows, size_t cols, size_t inner, gp_real alpha,
                gp_operand a, gp_operand b, gp_real beta, gp_real *c,
                size_t stride);
    /* $C\leftarrow\beta C+\alpha AB$ by one thread; with |beta| 0 the old
       $C$ does not matter */

@ The two distances of an operand say whether it is read along its rows or
along its columns, so one kernel serves all three products.

GCC and Clang have vector types: |vec| is as many numbers as fit in one
register, and arithmetic works on all of them. How long a register is depends on
the machine. The width |COLS| of a tile is the same everywhere, two registers or
one or four.

@(tangled/lib/product.c@>=
#include "private/product.h"
#include <string.h>
#if defined __AVX512F__
enum { BYTES = 64, HIGH = 6 };
#elif defined __AVX__
enum { BYTES = 32, HIGH = 6 };
#else
enum { BYTES = 16, HIGH = 3 };
#endif
enum { LANES = BYTES / sizeof(gp_real), COLS = 64 / sizeof(gp_real),
       ACROSS = COLS / LANES, DEEP = 200 };
typedef gp_real vec __attribute__((vector_size(BYTES), may_alias,
                                   aligned(sizeof(gp_real))));
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")

@ A column of tiles is as high as $C$ and shares a strip of $B$.

@(tangled/lib/product.c@>=
typedef struct {
    size_t rows, cols, inner; /* of this strip */
    gp_operand a;
    const gp_real *b;
    size_t b_down;
    gp_real beta, *c;
    size_t stride;
} strip;

@ The elementary step is $c\leftarrow c+ab$ with one rounding at the end, which
processors since 2013 do in one instruction. The function |fma| means just that,
on every machine; but where the instruction is missing it is a long calculation
with integers, and there we round twice.

@(tangled/lib/product.c@>=
#if defined __FMA__ && defined GP_DOUBLE
#define MULTIPLY_ADD(a, b, c) __builtin_fma(a, b, c)
#elif defined __FMA__
#define MULTIPLY_ADD(a, b, c) __builtin_fmaf(a, b, c)
#else
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif
@#
INLINE vec multiply_add(gp_real a, vec b, vec c)
{
    UNROLL
    for (int l = 0; l < LANES; l++)
        c[l] = MULTIPLY_ADD(a, b[l], c[l]);
    return c;
}

@ Here is the tile. The three loops over its rows and vectors are unrolled, so
that |sum| lives in registers. The numbers of one element are added one after the
other, $k=0,1,2,\dots$, whatever the tile and the register are. So every element
of $C$ comes out with the same bits on every machine that has the
instruction\claim{product_is_the_plain_loop}.

@(tangled/lib/product.c@>=
INLINE void tile(int high, const strip *s, gp_operand a, gp_real *c,
                 size_t stride)
{
    const gp_real *b = s->b;
    vec sum[HIGH][ACROSS];

    @<Begin the sums of the tile@>@;
    for (size_t k = 0; k < s->inner; k++, b += s->b_down)
        @<Add the products for one |k|@>@;
    UNROLL
    for (int i = 0; i < high; i++)
        for (int v = 0; v < ACROSS; v++)
            *(vec *)(c + (size_t)i * stride + v * LANES) = sum[i][v];
}

@ The number of $A$ is loaded once and multiplied with all vectors of its row.

@<Add the products for one |k|@>=
{
    UNROLL
    for (int i = 0; i < high; i++)
        for (int v = 0; v < ACROSS; v++)
            sum[i][v] = multiply_add(a.at[(size_t)i * a.down + k * a.right],
                                     *(const vec *)(b + v * LANES), sum[i][v]);
}

@ A tile begins with $\beta C$, and with zeros if $\beta=0$: then $C$ may hold anything.

@<Begin the sums of the tile@>=
UNROLL
for (int i = 0; i < high; i++)
    for (int v = 0; v < ACROSS; v++) {
        sum[i][v] = (vec){0};
        if (s->beta != 0)
            sum[i][v] = s->beta * *(vec *)(c + (size_t)i * stride + v * LANES);
    }

@ The height of a tile must be known to the compiler, or nothing could be
unrolled. So there is a call for each.

@(tangled/lib/product.c@>=
static void any_tile(size_t high, const strip *s, gp_operand a, gp_real *c,
                     size_t stride)
{
    switch (high) {
    case 1: tile(1, s, a, c, stride); break;
    case 2: tile(2, s, a, c, stride); break;
    case 3: tile(3, s, a, c, stride); break;
#if defined __AVX__
    case 4: tile(4, s, a, c, stride); break;
    case 5: tile(5, s, a, c, stride); break;
    case 6: tile(6, s, a, c, stride); break;
#endif
    }
}

@ A column of tiles uses the same strip of $B$, |COLS| wide, over and over. It
should be in the first-level cache by then, so that |inner| is taken in pieces of |DEEP|: a
strip of 200 rows has 12.5 KB. If $B$ is read along its columns, or its last strip is
not full, the strip is copied first, so that its rows lie side by side. If there are many
rows, this is done in any case: each number that is copied once is then used many
times, and neighbours in the copy share memory pages.

@(tangled/lib/product.c@>=
@<Copy a strip of |b|@>@;

@ Rows that are left over at the bottom would make a tile of one or two rows,
which is slow: it loads almost as much as a full one. The last two tiles are
made equally high instead.

@(tangled/lib/product.c@>=
static void column_of_tiles(const strip *s)
{
    for (size_t i = 0, high; i < s->rows; i += high) {
        const size_t left = s->rows - i;
        const gp_operand a = {s->a.at + i * s->a.down, s->a.down,
                              s->a.right};

        high = left <= HIGH ? left : left < 2 * HIGH ? (left + 1) / 2 : HIGH;
        @<Compute the tile of |high| rows from row |i| on@>@;
    }
}

@ At the right edge of $C$ a tile may be wider than what is left there. What
lies beyond is not ours, so the tile is made in |edge| and copied.

@<Compute the tile of |high| rows from row |i| on@>=
gp_real *c = s->c + i * s->stride;
if (s->cols == COLS)
    any_tile(high, s, a, c, s->stride);
else {
    gp_real edge[HIGH * COLS];

    if (s->beta != 0)
        copy_rows(high, s->cols, c, s->stride, edge, COLS);
    any_tile(high, s, a, edge, COLS);
    copy_rows(high, s->cols, edge, COLS, c, s->stride);
}

@ The product goes through $B$ strip by strip, and in each strip through the
pieces of |inner|. Only the first piece sees the caller's $\beta$.

@(tangled/lib/product.c@>=
void gp_product(size_t rows, size_t cols, size_t inner, gp_real alpha,
                gp_operand a, gp_operand b, gp_real beta, gp_real *c,
                size_t stride)
{
    gp_real copy[DEEP * COLS] __attribute__((aligned(64)));
    const size_t pieces = inner / DEEP + 1, deep = inner / pieces + 1;

    for (size_t j = 0; j < cols; j += COLS)
        for (size_t k = 0; k < inner || k == 0; k += deep) {
            strip s = {rows, cols - j < COLS ? cols - j : COLS,
                       inner - k < deep ? inner - k : deep,
                       {a.at + k * a.right, a.down, a.right},
                       b.at + k * b.down + j * b.right, b.down,
                       k == 0 ? beta : 1, c + j, stride};
            @<Copy the strip, if it has to be@>@;
            column_of_tiles(&s);
        }
}

@ A stride of a power of two puts all rows of a strip into the same few lines of
the cache, where they push each other out. (|gp_matrix_new| avoids such strides.)

@<Copy the strip, if it has to be@>=
if (b.right != 1 || s.cols < COLS || alpha != 1 || rows > 64
    || b.down % (1024 / sizeof(gp_real)) == 0) {
    copy_strip(s.inner, s.cols, alpha, (gp_operand){s.b, b.down, b.right},
               copy);
    s.b = copy;
    s.b_down = COLS;
}

@ A strip of a transposed matrix is read along the columns. Number by number
that would take long beside the few products that a small batch makes of each number, so
squares of |SIDE| times |SIDE| are transposed in registers. One round
interleaves the vectors of the upper half with those of the lower half, as a
card player does with two halves of a pack; after three rounds with eight
vectors, rows have become columns.

@<Copy a strip of |b|@>=
enum { SIDE = 32 / sizeof(gp_real) };
typedef gp_real line __attribute__((vector_size(32), may_alias,
                                    aligned(sizeof(gp_real))));
#ifdef GP_DOUBLE
#define ROUNDS 2
#define LOWER(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define UPPER(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#else
#define ROUNDS 3
#define LOWER(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define UPPER(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#endif

@ The vectors are loaded from neighbouring rows of the matrix, go through the
rounds, and are stored as neighbouring rows of the copy.

@<Copy a strip of |b|@>=
INLINE void interleave(line r[SIDE])
{
    line from[SIDE];

    UNROLL
    for (int i = 0; i < SIDE; i++)
        from[i] = r[i];
    UNROLL
    for (int i = 0; i < SIDE / 2; i++) {
        r[2 * i] = LOWER(from[i], from[i + SIDE / 2]);
        r[2 * i + 1] = UPPER(from[i], from[i + SIDE / 2]);
    }
}
@#
INLINE void transpose(const gp_real *from, size_t stride, gp_real *to)
{
    line r[SIDE];

    UNROLL
    for (int i = 0; i < SIDE; i++)
        r[i] = *(const line *)(from + (size_t)i * stride);
    for (int round = 0; round < ROUNDS; round++)
        interleave(r);
    UNROLL
    for (int i = 0; i < SIDE; i++)
        *(line *)(to + i * COLS) = r[i];
}

@ Whole squares are transposed, and the numbers at the edges are copied one by
one. A strip that is read along its rows is copied a vector at a time.

@<Copy a strip of |b|@>=
static void copy_rows(size_t rows, size_t cols, const gp_real *from,
                      size_t stride, gp_real *to, size_t to_stride)
{
    for (size_t i = 0; i < rows; i++, from += stride, to += to_stride) {
        size_t j = 0;

        for (; j + SIDE <= cols; j += SIDE)
            *(line *)(to + j) = *(const line *)(from + j);
        for (; j < cols; j++)
            to[j] = from[j];
    }
}
@#
static void copy_columns(size_t inner, size_t cols, const gp_real *from,
                         size_t right, gp_real *to)
{
    const size_t deep = inner / SIDE * SIDE, wide = cols / SIDE * SIDE;

    for (size_t j = 0; j < wide; j += SIDE)
        for (size_t k = 0; k < deep; k += SIDE)
            transpose(from + k + j * right, right, to + k * COLS + j);
    for (size_t k = 0; k < inner; k++)
        for (size_t j = k < deep ? wide : 0; j < cols; j++)
            to[k * COLS + j] = from[k + j * right];
}
@#
static void copy_strip(size_t inner, size_t cols, gp_real alpha, gp_operand b,
                       gp_real *to)
{
    if (cols < COLS)
        memset(to, 0, inner * COLS * sizeof *to);
    if (b.right == 1)
        copy_rows(inner, cols, b.at, b.down, to, COLS);
    else
        copy_columns(inner, cols, b.at, b.right, to);
    for (size_t i = 0; alpha != 1 && i < inner * COLS; i++)
        to[i] *= alpha;
}

@* A team of threads.
\label{sec:team}
A machine has several cores, and a training step should use them all. Where is
the work that can be shared? Most layers treat each sample by itself: row $i$
of the output depends on row $i$ of the input and on nothing else. So each
thread can take some rows of the batch and carry them through the layers by
itself, forward to the loss and backward again. It meets the others only where
rows come together: in the gradient of a weight, which is a sum over all
samples, and in batch normalization.

The usual way is to share one loop after the other, and to bring all threads
together at the end of each. A step of a network of twenty layers has a
hundred loops, and each meeting costs time: the slowest thread decides, and
waking a sleeping one takes some microseconds, in which a core could do some
hundred thousand multiplications. Here the threads stay together as a \emph{team} for
the whole step. All of them run the same functions with the same arguments,
and where a function loops over rows, each thread does its own part.

@(tangled/lib/team.h@>=
#pragma once
#include "real.h"
@#
GP_BEGIN_DECLS@;
typedef struct {
    size_t first, count;
} gp_part; /* of |n| things: |first|, |first+1|, \dots */
@#
void gp_team_run(double work, void (*job)(void *), void *data);
    /* all threads of a team call |job(data)|; |work| in multiplications says
       how many threads are worth it. Inside of a team it is a plain call */
gp_part gp_team_part(size_t n); /* the caller's part of |n| things */
gp_part gp_team_columns(size_t n); /* of |n| columns, in whole cache lines */
typedef struct {
    gp_part rows, cols;
} gp_block;
gp_block gp_team_block(size_t rows, size_t cols);
    /* the caller's part of a parameter and of its gradient */

@ Outside of a team all of this is harmless: the part of a lone thread is
everything, and it waits for nobody. So the layers can be called one by one, as
the tests do and the examples of Chapter~\ref{ch:groundwork}, and they do the
whole work then.

@(tangled/lib/team.h@>=
void gp_team_wait(void); /* until every thread of the team is here */
bool gp_team_first(void); /* whether the caller is the first of its team */
size_t gp_team_size(void); /* threads of the caller's team; 1 without one */
void gp_team_alone(void (*job)(void *), void *data);
    /* the first thread does the whole job, and the others wait for it */
GP_END_DECLS@;

@ A thread knows its team by a variable of its own. What the threads of a team
share is how many they are, and what they need to wait for each other.

@(tangled/lib/team.c@>=
#include "team.h"
#include <stdatomic.h>
#ifdef _OPENMP
#include <omp.h>
#endif
#include <sched.h>
@#
typedef struct {
    size_t threads;
    atomic_size_t arrived, round;
} team;
static _Thread_local struct {
    team *of; /* |NULL|: alone */
    size_t thread;
} me;

@ The parts are as equal as whole numbers can be. Which thread does a row
changes nothing in the result: the rows are independent, and a sum over rows is
done by one thread, in the order of the rows. This is why a network learns the
same weights, to the last bit, with one thread and with
many\claim{threads_change_no_bit}.

@(tangled/lib/team.c@>=
size_t gp_team_size(void)
{
    return me.of ? me.of->threads : 1;
}
@#
bool gp_team_first(void)
{
    return me.thread == 0;
}
@#
gp_part gp_team_part(size_t n)
{
    const size_t threads = gp_team_size(), first = n * me.thread / threads;

    return (gp_part){first, n * (me.thread + 1) / threads - first};
}
@#
gp_part gp_team_columns(size_t n)
{
    enum { LINE = 64 / sizeof(gp_real) };
    const gp_part lines = gp_team_part((n + LINE - 1) / LINE);
    const size_t first = lines.first * LINE;
    const size_t end = first + lines.count * LINE;

    return (gp_part){first, (end < n ? end : n) - first};
}

@ Each weight belongs to one thread, which sums its gradient and moves it. A
weight that one core has changed is not in the cache of the others, and to
fetch it from there takes longer than to use it. In a wide matrix the owner has
columns: then it can also run the layer forward for its own units alone
(Section~\ref{sec:dense}), and the weights never leave its cache. Columns go in
lines of the cache, and a matrix that has few of them is divided by rows, which
come out more equal.

@(tangled/lib/team.c@>=
gp_block gp_team_block(size_t rows, size_t cols)
{
    const gp_block all = {{0, rows}, {0, cols}};

    if (cols >= 512 / sizeof(gp_real) * gp_team_size())
        return (gp_block){all.rows, gp_team_columns(cols)};
    return (gp_block){gp_team_part(rows), all.cols};
}

@ A team is as large as the work deserves. Below some |WORTH| of
multiplications for each thread, the time to bring it to work exceeds what it
saves. The number of threads that OpenMP would use is the upper limit, so
\texttt{OMP\_NUM\_THREADS} and \texttt{-{}-threads} keep their meaning.

@(tangled/lib/team.c@>=
static size_t size_for(double work)
{
    enum { WORTH = 100000 }; /* some microseconds */
    size_t most = 1;

#ifdef _OPENMP
    most = (size_t)omp_get_max_threads();
#endif
    return work < 2. * WORTH ? 1
         : work / WORTH < (double)most ? (size_t)(work / WORTH) : most;
}

@ Who is in a team already stays in it. A function that would share its work
when called alone thus does its part when a larger job calls it.

@(tangled/lib/team.c@>=
void gp_team_run(double work, void (*job)(void *), void *data)
{
    team all = {me.of ? 1 : size_for(work), 0, 0};

    if (all.threads == 1) {
        job(data);
        return;
    }
    @<Let the threads of the team |all| do the job@>@;
}

@ OpenMP may give fewer threads than were asked for, for example inside of a
parallel program of the caller. So the team is counted when it is there.

@<Let the threads of the team |all| do the job@>=
#ifdef _OPENMP
#pragma omp parallel num_threads((int)all.threads)
{
    #pragma omp single
    all.threads = (size_t)omp_get_num_threads();
    me.of = &all;
    me.thread = (size_t)omp_get_thread_num();
    job(data);
    me.of = NULL;
    me.thread = 0;
}
#endif

@ A meeting ends when the last thread has come. It sets the counter back and
begins a new round, which the others are watching. They watch without sleeping,
because the last one will be there within microseconds. If it is not, perhaps
since there are fewer cores than threads, the core is offered to somebody else.

@(tangled/lib/team.c@>=
void gp_team_wait(void)
{
    team *t = me.of;

    if (!t || t->threads == 1)
        return;
    const size_t round = atomic_load(&t->round);
    if (atomic_fetch_add(&t->arrived, 1) + 1 == t->threads) {
        atomic_store(&t->arrived, 0);
        atomic_store(&t->round, round + 1);
    } else
        for (size_t turns = 1; atomic_load(&t->round) == round; turns++)
            if (turns % 32768 == 0)
                sched_yield();
}

@ A layer that knows nothing of teams, such as one of your own, is run by the
first thread, which leaves the team for that time so that everything the layer
calls is done in full.

@(tangled/lib/team.c@>=
void gp_team_alone(void (*job)(void *), void *data)
{
    team *t = me.of;

    gp_team_wait();
    if (gp_team_first()) {
        me.of = NULL;
        job(data);
        me.of = t;
    }
    gp_team_wait();
}

@* Index.
