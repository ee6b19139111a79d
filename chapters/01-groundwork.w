@i common.w

@** Groundwork.\label{ch:groundwork}
Every experiment of this book needs the same few tools: a rectangle of
numbers, a source of chance that gives the same chance tomorrow, a layer that
can run forward and backward, a loss to descend, and a way to find out whether
a gradient is right. This chapter makes them, in that order, and ends with a
small network trained by nothing but them.

@* The number type.\label{sec:real}
Networks are trained in single precision: a |float| takes half the memory of a
|double|, and a vector register holds twice as many. Gradients are
\emph{checked} in double precision, because the check subtracts nearly equal
numbers. So no module says which one it uses. It says |real|, and the compiler
is told which one that is: |float| unless the command line says
\texttt{-Dreal=double}. The library is built both ways from the same sources.

@(tangled/real.h@>=
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tgmath.h>
#undef I
#ifndef real
#define real float
#endif

@ The header \texttt{tgmath.h} makes |exp(x)| mean |expf(x)| when |x| is a
|float|. The price is the one-letter macro |I| for the imaginary unit, which
the line |#undef I| takes back.

A loop over the elements of a row is where the time goes, and it should use
vector instructions. The macro |GP_SIMD| before a loop promises the compiler
that the iterations are independent; |GP_SIMD_REDUCE| allows it to reorder one
sum or maximum as well. |GP_PARALLEL| shares a loop among threads when a
condition says that the work is worth it.

@(tangled/real.h@>=
#define GP_PRAGMA(text) _Pragma(#text)
#define GP_SIMD _Pragma("omp simd")
#define GP_SIMD_REDUCE(operation, variable) \
    GP_PRAGMA(omp simd reduction(operation:variable))
#define GP_PARALLEL(condition) \
    GP_PRAGMA(omp parallel for schedule(static) if (condition))
#define GP_WORTH_THREADS 32768 /* elements, for a loop without products */

@ A vectorized loop may still call |exp|. The C library has vector versions of
its mathematical functions, with errors below four units in the last place,
but its header offers them only to programs that ask for unsafe arithmetic in
general. We want these functions and nothing else of that bargain, so we
declare them ourselves.

@(tangled/real.h@>=
#if defined __x86_64__ && defined __GLIBC__ && defined __OPTIMIZE__ \
    && defined __GNUC__ && !defined __clang__
#define GP_VECTOR __attribute__((simd("notinbranch")))
GP_VECTOR float (expf)(float x);
GP_VECTOR double (exp)(double x);
GP_VECTOR float (logf)(float x);
GP_VECTOR double (log)(double x);
#endif
@#
#if defined GP_VECTOR && __GLIBC_PREREQ(2, 35)
GP_VECTOR float (tanhf)(float x);
GP_VECTOR double (tanh)(double x);
GP_VECTOR float (expm1f)(float x);
GP_VECTOR double (expm1)(double x);
GP_VECTOR float (log1pf)(float x);
GP_VECTOR double (log1p)(double x);
GP_VECTOR float (erff)(float x);
GP_VECTOR double (erf)(double x);
GP_VECTOR float (erfcf)(float x);
GP_VECTOR double (erfc)(double x);
#endif

@ Two kinds of trouble ask for two kinds of answer. A caller's mistake, such
as two matrices whose shapes do not fit, is a fault in the program: it must
stop at once, with the facts in the message. This is what
\citet{hanson1996c} calls a checked runtime error.

@(tangled/real.h@>=
_Noreturn void gp_stop(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
    /* prints the place and the message, and aborts */
#define GP_REQUIRE(condition, ...) \
    ((condition) ? (void)0 : gp_stop(__FILE__, __LINE__, __VA_ARGS__))

@ Data from outside (a file, an option, a word in a specification) is
different. It may be wrong without the program being wrong, so a function that
meets it returns a |gp_status| and leaves the explanation in a |gp_error|.
Memory that the machine does not have is treated like bad data.

@(tangled/real.h@>=
typedef enum { GP_OK, GP_BAD_INPUT, GP_NO_MEMORY, GP_FAILED } gp_status;
typedef struct {
    char message[1024];
} gp_error;
@#
gp_status gp_fail(gp_error *error, gp_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
    /* writes the message into |error|, which may be |NULL|; returns |status| */

@ @(tangled/real.c@>=
#include "real.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
@#
void gp_stop(const char *file, int line, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "%s:%d: ", file, line);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

@ @(tangled/real.c@>=
gp_status gp_fail(gp_error *error, gp_status status, const char *format, ...)
{
    va_list arguments;

    if (error) {
        va_start(arguments, format);
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
    }
    return status;
}

@* Matrices.\label{sec:matrix}
A batch of samples is a matrix with one sample a row; so are the weights of a
layer, with one input a row. We store matrices by rows. Each row begins on a
64-byte boundary, the size of a cache line and of the widest vector register,
so the distance between rows, the \emph{stride}, may exceed the number of
columns. The numbers between are padding, and padding is kept zero.

@(tangled/matrix.h@>=
#pragma once
#include "real.h"
@#
typedef struct {
    size_t rows, cols;
    size_t stride; /* from a row to the next, counted in |real|s */
    real *at; /* element $(i,j)$ is |at[i * stride + j]| */
} gp_matrix;
@#
gp_status gp_matrix_new(gp_matrix *m, size_t rows, size_t cols,
                        gp_error *error);
    /* allocates a matrix of zeros; may report |GP_NO_MEMORY| */
void gp_matrix_free(gp_matrix *m); /* releases it; |*m| becomes empty */

@ A \emph{view} is a matrix that looks at numbers which belong to another, or
to an array of the caller. It is never freed. The views of this book are runs
of whole rows: a mini-batch is one.

@(tangled/matrix.h@>=
static inline real *gp_row(const gp_matrix *m, size_t i)
{
    return m->at + i * m->stride;
}
@#
gp_matrix gp_matrix_view(real *at, size_t rows, size_t cols, size_t stride);
gp_matrix gp_matrix_rows(const gp_matrix *m, size_t first, size_t count);
    /* rows |first| to |first + count - 1| of |m|, which must exist */

@ The remaining operations fill, copy and multiply. The product is the one
that matters: nearly all the time of training goes into it.

@(tangled/matrix.h@>=
void gp_matrix_fill(gp_matrix *m, real value);
void gp_matrix_copy(gp_matrix *to, const gp_matrix *from); /* equal shapes */
void gp_matrix_gather(gp_matrix *to, const gp_matrix *from, size_t count,
                      const uint32_t *index);
    /* row |i| of |to| becomes row |index[i]| of |from|, for |i < count| */
void gp_matrix_multiply(gp_matrix *c, real beta, real alpha,
                        const gp_matrix *a, bool transpose_a,
                        const gp_matrix *b, bool transpose_b);
    /* $C\leftarrow\alpha\,\mathrm{op}(A)\,\mathrm{op}(B)+\beta C$, where
       $\mathrm{op}$ transposes or not; |c| must be neither |a| nor |b| */

@ A size computed from a file may be absurd, and |rows * stride| may wrap
around and turn an absurd size into a small one. The check comes before the
multiplication, and counts in bytes.

@(tangled/matrix.c@>=
#include "matrix.h"
#include <cblas.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
@#
gp_status gp_matrix_new(gp_matrix *m, size_t rows, size_t cols,
                        gp_error *error)
{
    const size_t line = 64 / sizeof(real);
    const size_t lines = cols / line + (cols % line != 0 || cols == 0);

    *m = gp_matrix_view(NULL, 0, 0, 0);
    if (rows > 0 && lines > PTRDIFF_MAX / 64 / rows)
        return gp_fail(error, GP_NO_MEMORY,
                       "a matrix of %zu rows and %zu columns exceeds memory",
                       rows, cols);
    @<Allocate the matrix and clear it@>@;
    return GP_OK;
}

@ @<Allocate the matrix and clear it@>=
size_t bytes = 64 * lines * (rows > 0 ? rows : 1);
real *at = aligned_alloc(64, bytes);
if (!at)
    return gp_fail(error, GP_NO_MEMORY,
                   "no memory for a matrix of %zu rows and %zu columns",
                   rows, cols);
memset(at, 0, bytes);
*m = gp_matrix_view(at, rows, cols, lines * line);

@ @(tangled/matrix.c@>=
void gp_matrix_free(gp_matrix *m)
{
    free(m->at);
    *m = gp_matrix_view(NULL, 0, 0, 0);
}

@ @(tangled/matrix.c@>=
gp_matrix gp_matrix_view(real *at, size_t rows, size_t cols, size_t stride)
{
    gp_matrix view;

    GP_REQUIRE(cols <= stride,
               "a row of %zu columns does not fit a stride of %zu", cols,
               stride);
    view.rows = rows;
    view.cols = cols;
    view.stride = stride;
    view.at = at;
    return view;
}

@ @(tangled/matrix.c@>=
gp_matrix gp_matrix_rows(const gp_matrix *m, size_t first, size_t count)
{
    GP_REQUIRE(first <= m->rows && count <= m->rows - first,
               "%zu rows from row %zu on are wanted of a matrix [%zu, %zu]",
               count, first, m->rows, m->cols);
    return gp_matrix_view(gp_row(m, first), count, m->cols, m->stride);
}

@ @(tangled/matrix.c@>=
void gp_matrix_fill(gp_matrix *m, real value)
{
    for (size_t i = 0; i < m->rows; i++) {
        real *row = gp_row(m, i);

        for (size_t j = 0; j < m->cols; j++)
            row[j] = value;
    }
}

@ @(tangled/matrix.c@>=
void gp_matrix_copy(gp_matrix *to, const gp_matrix *from)
{
    GP_REQUIRE(to->rows == from->rows && to->cols == from->cols,
               "a matrix [%zu, %zu] is to be copied to [%zu, %zu]",
               from->rows, from->cols, to->rows, to->cols);
    for (size_t i = 0; i < to->rows; i++)
        memcpy(gp_row(to, i), gp_row(from, i), to->cols * sizeof(real));
}

@ Training visits the samples in a new order every epoch. Instead of moving
the data, the order is kept as a list of indices, and each batch is gathered
by its share of the list.

@(tangled/matrix.c@>=
void gp_matrix_gather(gp_matrix *to, const gp_matrix *from, size_t count,
                      const uint32_t *index)
{
    GP_REQUIRE(count <= to->rows && to->cols == from->cols,
               "%zu rows of [%zu, %zu] are to be gathered in [%zu, %zu]",
               count, from->rows, from->cols, to->rows, to->cols);
    for (size_t i = 0; i < count; i++) {
        GP_REQUIRE(index[i] < from->rows, "row %u of [%zu, %zu] is wanted",
                   (unsigned)index[i], from->rows, from->cols);
        memcpy(gp_row(to, i), gp_row(from, index[i]),
               to->cols * sizeof(real));
    }
}

@ The product itself is left to the Basic Linear Algebra Subprograms: their
authors have spent decades on this one triple loop. Our part is to see that
the shapes fit, and that the numbers fit the library's |int|.

@(tangled/matrix.c@>=
void gp_matrix_multiply(gp_matrix *c, real beta, real alpha,
                        const gp_matrix *a, bool transpose_a,
                        const gp_matrix *b, bool transpose_b)
{
    const size_t rows = transpose_a ? a->cols : a->rows;
    const size_t inner = transpose_a ? a->rows : a->cols;
    const size_t inner_b = transpose_b ? b->cols : b->rows;
    const size_t cols = transpose_b ? b->rows : b->cols;

    @<Require that the shapes of the product fit@>@;
    gp_by_type(cblas_sgemm, cblas_dgemm)(
        CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
        transpose_b ? CblasTrans : CblasNoTrans, (int)rows, (int)cols,
        (int)inner, alpha, a->at, (int)a->stride, b->at, (int)b->stride,
        beta, c->at, (int)c->stride);
}

@ @<Require that the shapes of the product fit@>=
GP_REQUIRE(inner == inner_b && rows == c->rows && cols == c->cols,
           "the product of [%zu, %zu]%s and [%zu, %zu]%s is not [%zu, %zu]",
           a->rows, a->cols, transpose_a ? " transposed" : "", b->rows,
           b->cols, transpose_b ? " transposed" : "", c->rows, c->cols);
GP_REQUIRE(rows <= INT_MAX && inner <= INT_MAX && cols <= INT_MAX &&
               a->stride <= INT_MAX && b->stride <= INT_MAX &&
               c->stride <= INT_MAX,
           "a product of [%zu, %zu] and [%zu, %zu] is too large for BLAS",
           rows, inner, inner, cols);

@ The routine has one name for |float| and another for |double|. The type of
|real| chooses.

@(tangled/matrix.h@>=
#define gp_by_type(single, twofold) \
    _Generic((real)0, float: (single), double: (twofold))

@* Chance.\label{sec:random}
An experiment that cannot be repeated is an anecdote. The generator here is
\emph{counter-based} \citep{salmon2011parallel}: random word number $n$ is a
function of a key and of $n$ alone. There is no state to carry along from one word to the next, so any number of threads can share the filling of a matrix and the
bits come out the same.

@(tangled/random.h@>=
#pragma once
#include "matrix.h"
@#
typedef struct {
    uint32_t key[2];
    uint64_t stream;
    uint64_t position; /* counts 32-bit words */
} gp_random;
@#
gp_random gp_random_new(uint64_t seed);
gp_random gp_random_split(const gp_random *parent, uint64_t child);
    /* an independent stream for each |child| below $2^{63}$; it depends on
       the parent's key and stream, not on its position */

@ @(tangled/random.h@>=
void gp_philox(const uint32_t counter[4], const uint32_t key[2],
               uint32_t out[4]);
uint32_t gp_random_u32(gp_random *r); /* one word */
uint64_t gp_random_below(gp_random *r, uint64_t n);
    /* uniform on $0,\dots,n-1$, without bias; $n\ge1$ */
double gp_random_uniform(gp_random *r);
    /* $(u+\frac12)/2^{32}$ for one word $u$: never 0, never 1 */
double gp_random_normal(gp_random *r); /* mean 0, variance 1; one word */
double gp_normal_quantile(double p); /* $z$ with $\Phi(z)=p$ */
void gp_random_shuffle(gp_random *r, size_t n, uint32_t index[]);

@ Whole matrices are filled at once. Element $(i,j)$ is sample
$i\cdot\mathit{cols}+j$ of the generator, whatever the stride and however many
threads take part, and equals what the scalar function would have drawn.

@(tangled/random.h@>=
void gp_random_fill_uniform(gp_random *r, gp_matrix *m, double low,
                            double high);
    /* between |low| and |high|; rounding to |real| may reach either */
void gp_random_fill_normal(gp_random *r, gp_matrix *m, double mean,
                           double standard_deviation);
void gp_random_fill_truncated_normal(gp_random *r, gp_matrix *m, double mean,
                                     double standard_deviation);
    /* |mean + standard_deviation * z| with $z$ standard normal on the
       condition $\abs{z}\le2$: |standard_deviation| is that of the normal
       \emph{before} truncation; the samples' own is 0.8796 of it */

@ @(tangled/random.c@>=
#include "random.h"
#include <string.h>
@#
@<The Philox generator@>@;
@<The logarithm and the quantile of the normal distribution@>@;
@<Fill matrices with random numbers@>@;

@ One round multiplies two of the four words by fixed odd constants, and
mixes the high halves of the products with the other two words and the key.
Ten rounds pass every statistical test known.

@<The Philox generator@>=
typedef struct {
    uint32_t a, b, c, d;
} philox_block;
@#
static inline philox_block philox_round(philox_block x, uint32_t k0,
                                        uint32_t k1)
{
    const uint64_t p = (uint64_t)0xD2511F53 * x.a;
    const uint64_t q = (uint64_t)0xCD9E8D57 * x.c;
    philox_block y;

    y.a = (uint32_t)(q >> 32) ^ x.b ^ k0;
    y.b = (uint32_t)q;
    y.c = (uint32_t)(p >> 32) ^ x.d ^ k1;
    y.d = (uint32_t)p;
    return y;
}

@ The key changes from round to round by the golden ratio and by
$\sqrt3-1$, both as fractions of $2^{32}$.

@<The Philox generator@>=
static inline philox_block philox(philox_block x, uint32_t k0, uint32_t k1)
{
    for (uint32_t round = 0; round < 10; round++)
        x = philox_round(x, k0 + round * 0x9E3779B9,
                         k1 + round * 0xBB67AE85);
    return x;
}

@ @<The Philox generator@>=
void gp_philox(const uint32_t counter[4], const uint32_t key[2],
               uint32_t out[4])
{
    philox_block x;

    x.a = counter[0];
    x.b = counter[1];
    x.c = counter[2];
    x.d = counter[3];
    x = philox(x, key[0], key[1]);
    out[0] = x.a;
    out[1] = x.b;
    out[2] = x.c;
    out[3] = x.d;
}

@ The counter of a block holds the number of the block, then the stream.

@<The Philox generator@>=
static inline philox_block block_of(const gp_random *r, uint64_t number)
{
    philox_block x;

    x.a = (uint32_t)number;
    x.b = (uint32_t)(number >> 32);
    x.c = (uint32_t)r->stream;
    x.d = (uint32_t)(r->stream >> 32);
    return philox(x, r->key[0], r->key[1]);
}
@#
gp_random gp_random_new(uint64_t seed)
{
    gp_random r = {{(uint32_t)seed, (uint32_t)(seed >> 32)}, 0, 0};

    return r;
}

@ A position counts words, four to a block, so draws never use a block number
of $2^{62}$ or more. The blocks from $2^{63}$ on are free, and give birth to
children: the words of such a block become the child's key and stream.

@<The Philox generator@>=
gp_random gp_random_split(const gp_random *parent, uint64_t child)
{
    GP_REQUIRE(child >> 63 == 0, "child %llu is not below 2 to the 63",
               (unsigned long long)child);
    const philox_block x = block_of(parent, child | (uint64_t)1 << 63);
    gp_random r = {{x.a, x.b}, (uint64_t)x.d << 32 | x.c, 0};

    return r;
}

@ @<The Philox generator@>=
uint32_t gp_random_u32(gp_random *r)
{
    const philox_block x = block_of(r, r->position / 4);
    const uint32_t word[4] = {x.a, x.b, x.c, x.d};

    return word[r->position++ % 4];
}

@ The remainder of a random number modulo $n$ favours small results, unless
$n$ divides the number of values. We reject the first $2^{64}\bmod n$ values
to make it so; the unsigned |-n % n| computes that count.

@<The Philox generator@>=
uint64_t gp_random_below(gp_random *r, uint64_t n)
{
    uint64_t x;

    GP_REQUIRE(n > 0, "a random number below 0 is wanted");
    do {
        x = (uint64_t)gp_random_u32(r) << 32;
        x |= gp_random_u32(r);
    } while (x < -n % n);
    return x % n;
}

@ @<The Philox generator@>=
void gp_random_shuffle(gp_random *r, size_t n, uint32_t index[])
{
    for (size_t i = n; i > 1; i--) {
        const size_t j = (size_t)gp_random_below(r, i);
        const uint32_t held = index[i - 1];

        index[i - 1] = index[j];
        index[j] = held;
    }
}

@ @<The Philox generator@>=
static inline double unit(uint32_t word)
{
    return ((double)word + 0.5) * 0x1p-32;
}
@#
double gp_random_uniform(gp_random *r)
{
    return unit(gp_random_u32(r));
}

@ The normal distribution. \citet{wichura1988algorithm} approximates the
inverse of the distribution function by quotients of polynomials.

@<The logarithm and the quantile of the normal distribution@>=
static inline double polynomial(const double c[8], double x)
{
    return ((((((c[7] * x + c[6]) * x + c[5]) * x + c[4]) * x + c[3]) * x +
             c[2]) * x + c[1]) * x + c[0];
}

@ @<The logarithm and the quantile of the normal distribution@>=
static const double A[8] = {
    3.3871328727963666080e0, 1.3314166789178437745e2,
    1.9715909503065514427e3, 1.3731693765509461125e4,
    4.5921953931549871457e4, 6.7265770927008700853e4,
    3.3430575583588128105e4, 2.5090809287301226727e3};
static const double B[8] = {
    1, 4.2313330701600911252e1,
    6.8718700749205790830e2, 5.3941960214247511077e3,
    2.1213794301586595867e4, 3.9307895800092710610e4,
    2.8729085735721942674e4, 5.2264952788528545610e3};
static inline double central(double q)
{
    const double r = 0.180625 - q * q;

    return q * polynomial(A, r) / polynomial(B, r);
}

@ @<The logarithm and the quantile of the normal distribution@>=
static const double C[8] = {
    1.42343711074968357734e0, 4.63033784615654529590e0,
    5.76949722146069140550e0, 3.64784832476320460504e0,
    1.27045825245236838258e0, 2.41780725177450611770e-1,
    2.27238449892691845833e-2, 7.74545014278341407640e-4};
static const double D[8] = {
    1, 2.05319162663775882187e0,
    1.67638483018380384940e0, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2,
    5.47593808499534494600e-4, 1.05075007164441684324e-9};
static const double E[8] = {
    6.65790464350110377720e0, 5.46378491116411436990e0,
    1.78482653991729133580e0, 2.96560571828504891230e-1,
    2.65321895265761230930e-2, 1.24266094738807843860e-3,
    2.71155556874348757815e-5, 2.01033439929228813265e-7};
static const double F[8] = {
    1, 5.99832206555887937690e-1,
    1.36929880922735805310e-1, 1.48753612908506148525e-2,
    7.86869131145613259100e-4, 1.84631831751005468180e-5,
    1.42151175831644588870e-7, 2.04426310338993978564e-15};

@ The logarithm of the mathematical library may differ in its last bit from
one library to the next. This one uses only operations that IEEE arithmetic
rounds the same everywhere.

@<The logarithm and the quantile of the normal distribution@>=
static const double LN2 = 0.69314718055994530942;
static inline double logarithm(double x)
{
    uint64_t bits, power;
    double m, e;

    @<Split |x| into $m\cdot2^e$ with $m$ near 1@>@;
    const double s = (m - 1) / (m + 1), t = s * s;
    const double series = t * (1. / 3 + t * (1. / 5 + t * (1. / 7 +
        t * (1. / 9 + t * (1. / 11 + t * (1. / 13 + t * (1. / 15 +
        t * (1. / 17 + t * (1. / 19 + t * (1. / 21))))))))));

    return e * LN2 + (2 * s + 2 * s * series);
}

@ @<Split |x| into $m\cdot2^e$ with $m$ near 1@>=
memcpy(&bits, &x, sizeof x);
power = (bits + 0x3FF0000000000000 - 0x3FE6A09E667F3BCD) >> 52;
bits -= (power - 1023) << 52;
memcpy(&m, &bits, sizeof m);
power |= 0x4330000000000000;
memcpy(&e, &power, sizeof e);
e -= 0x1p52 + 1023;

@ @<The logarithm and the quantile of the normal distribution@>=
static inline double tail(double p)
{
    const double end = p < 0.5 ? p : 1 - p;
    const double r = sqrt(-logarithm(end)) - 1.6;

    return copysign(polynomial(C, r) / polynomial(D, r), p - 0.5);
}
@#
static double far_tail(double p)
{
    const double end = p < 0.5 ? p : 1 - p;
    const double r = sqrt(64 * LN2 - logarithm(end * 0x1p64)) - 5;

    return copysign(polynomial(E, r) / polynomial(F, r), p - 0.5);
}

@ @<The logarithm and the quantile of the normal distribution@>=
double gp_normal_quantile(double p)
{
    const double q = p - 0.5;

    if (fabs(q) <= 0.425)
        return central(q);
    if (!(p > 0 && p < 1))
        return p == 0 || p == 1 ? copysign(INFINITY, q) : NAN;
    return p > 1.4e-11 && 1 - p > 1.4e-11 ? tail(p) : far_tail(p);
}
@#
double gp_random_normal(gp_random *r)
{
    return gp_normal_quantile(gp_random_uniform(r));
}

@ Matrices are filled in pieces of |PIECE| samples: small enough for the
first-level cache, large enough to be worth a thread.

@<Fill matrices with random numbers@>=
enum { PIECE = 1024 };
static void uniforms(const gp_random *r, uint64_t first, size_t n, double u[])
{
    uint32_t word[PIECE + 8];
    const uint64_t block = first / 4;
    const size_t skip = first % 4, blocks = (skip + n + 3) / 4;

    GP_SIMD
    for (size_t b = 0; b < blocks; b++) {
        const philox_block x = block_of(r, block + b);

        word[4 * b] = x.a;
        word[4 * b + 1] = x.b;
        word[4 * b + 2] = x.c;
        word[4 * b + 3] = x.d;
    }
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        u[i] = unit(word[skip + i]);
}

@ The quantile has two branches, and vector code takes both for every
element. Only $15\,\%$ of the samples are in the tails, so these are first
collected, then computed together.

@<Fill matrices with random numbers@>=
static void quantiles(size_t n, double p[])
{
    double outer[PIECE];
    uint32_t place[PIECE];
    size_t tails = 0;

    @<Collect the samples in the tails@>@;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        p[i] = central(p[i] - 0.5);
    GP_SIMD
    for (size_t t = 0; t < tails; t++)
        outer[t] = tail(outer[t]);
    for (size_t t = 0; t < tails; t++)
        p[place[t]] = outer[t];
}

@ @<Collect the samples in the tails@>=
for (size_t i = 0; i < n; i++) {
    place[tails] = (uint32_t)i;
    outer[tails] = p[i];
    tails += fabs(p[i] - 0.5) > 0.425;
}

@ @<Fill matrices with random numbers@>=
typedef struct {
    double low, width; /* the share of the distribution drawn from */
    bool normal;
    double shift, scale;
} recipe;
@#
static void store(gp_matrix *m, size_t first, size_t n, const double z[],
                  const recipe *how)
{
    size_t i = first / m->cols, j = first % m->cols;

    while (n > 0) {
        const size_t run = m->cols - j < n ? m->cols - j : n;
        real *to = gp_row(m, i++) + j;

        GP_SIMD
        for (size_t k = 0; k < run; k++)
            to[k] = (real)(how->shift + how->scale * z[k]);
        z += run;
        n -= run;
        j = 0;
    }
}

@ @<Fill matrices with random numbers@>=
static void fill(gp_random *r, gp_matrix *m, recipe how)
{
    const size_t total = m->rows * m->cols;

    GP_PARALLEL(total >= 8 * PIECE)
    for (size_t first = 0; first < total; first += PIECE) {
        const size_t n = total - first < PIECE ? total - first : PIECE;
        double z[PIECE];

        uniforms(r, r->position + first, n, z);
        for (size_t i = 0; i < n; i++)
            z[i] = how.low + how.width * z[i];
        if (how.normal)
            quantiles(n, z);
        store(m, first, n, z, &how);
    }
    r->position += total;
}

@ @<Fill matrices with random numbers@>=
void gp_random_fill_uniform(gp_random *r, gp_matrix *m, double low,
                            double high)
{
    const recipe how = {0, 1, false, low, high - low};

    fill(r, m, how);
}
@#
void gp_random_fill_normal(gp_random *r, gp_matrix *m, double mean,
                           double standard_deviation)
{
    const recipe how = {0, 1, true, mean, standard_deviation};

    fill(r, m, how);
}

@ The distribution function of the normal distribution is
$\Phi(-2)=0.0227\ldots$ at the left cut. A uniform number between
$\Phi(-2)$ and $\Phi(2)$, put through the quantile, is a normal number
between $-2$ and 2.

@<Fill matrices with random numbers@>=
void gp_random_fill_truncated_normal(gp_random *r, gp_matrix *m, double mean,
                                     double standard_deviation)
{
    const double left = 0.022750131948179207;
    const recipe how = {left, 1 - 2 * left, true, mean, standard_deviation};

    fill(r, m, how);
}

@* Layers.\label{sec:layer}
A network is a row of layers. Whatever a layer computes, the program that
trains it needs few things from it: the result for a batch, the gradient
passed back through it, and the numbers to be trained.

@(tangled/layer.h@>=
#pragma once
#include "random.h"
@#
typedef struct {
    bool training; /* or inference */
    gp_random *random; /* for layers that draw; |NULL| if none does */
} gp_pass;
@#
typedef struct {
    const char *name;
    gp_matrix value, gradient; /* |gradient.at == NULL|: not trained */
} gp_parameter;
@#
#define GP_MAX_PARAMETERS 4
typedef struct gp_layer gp_layer;

@ @(tangled/layer.h@>=
typedef struct {
    const char *name; /* the word for it in a specification */
    void (*forward)(gp_layer *, const gp_matrix *x, gp_matrix *y,
                    const gp_pass *);
    void (*backward)(gp_layer *, const gp_matrix *x, const gp_matrix *y,
                     const gp_matrix *dy, gp_matrix *dx);
        /* after |forward| on the same |x| and |y|; overwrites the gradients
           of the parameters, and |dx| unless that is |NULL| */
    gp_status (*reserve)(gp_layer *, size_t batch, gp_error *);
        /* makes room for batches of at most |batch| rows; may be |NULL| */
    void (*free)(gp_layer *);
        /* frees what the layer holds beyond parameters; may be |NULL| */
} gp_layer_type;

@ @(tangled/layer.h@>=
struct gp_layer {
    const gp_layer_type *type;
    size_t inputs, outputs; /* columns of |x| and of |y| */
    size_t parameters;
    gp_parameter parameter[GP_MAX_PARAMETERS];
};
@#
gp_layer *gp_layer_new(const gp_layer_type *type, size_t size, size_t inputs,
                       size_t outputs, gp_error *error);
    /* |size| zeroed bytes that begin with a |gp_layer|, or |NULL| */
gp_status gp_layer_parameter(gp_layer *layer, const char *name, size_t rows,
                             size_t cols, bool trained, gp_error *error);
    /* appends one parameter, with zeros in it */
void gp_layer_free(gp_layer *layer); /* |NULL| is allowed */
size_t gp_layer_count(const gp_layer *layer, bool trainable_only);
    /* how many numbers its parameters hold */

@ @(tangled/layer.h@>=
void gp_layer_forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                      const gp_pass *pass);
void gp_layer_backward(gp_layer *layer, const gp_matrix *x,
                       const gp_matrix *y, const gp_matrix *dy,
                       gp_matrix *dx); /* both check the shapes */
gp_status gp_layer_reserve(gp_layer *layer, size_t batch, gp_error *error);

@ Most layers of this book apply one function to each element. They share the
loops over the rows, and bring only the function and its derivative.

@(tangled/layer.h@>=
typedef struct {
    real alpha, beta;
} gp_activation_arguments;
@#
typedef struct {
    gp_layer_type layer; /* with the two functions below */
    void (*f)(size_t n, const real *x, real *y, gp_activation_arguments a);
        /* $y=f(x)$ for |n| neighbours */
    void (*df)(size_t n, const real *x, const real *y, const real *dy,
               real *dx, gp_activation_arguments a); /* $dx=dy\,f'(x)$ */
} gp_activation_type;
@#
gp_layer *gp_activation_new(const gp_activation_type *type, size_t width,
                            gp_activation_arguments a, gp_error *error);
void gp_activation_forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                           const gp_pass *pass);
void gp_activation_backward(gp_layer *layer, const gp_matrix *x,
                            const gp_matrix *y, const gp_matrix *dy,
                            gp_matrix *dx);

@ @(tangled/layer.c@>=
#include "layer.h"
#include <stdlib.h>
@#
gp_layer *gp_layer_new(const gp_layer_type *type, size_t size, size_t inputs,
                       size_t outputs, gp_error *error)
{
    gp_layer *layer = calloc(1, size);

    if (!layer) {
        gp_fail(error, GP_NO_MEMORY, "no memory for a layer %s", type->name);
        return NULL;
    }
    layer->type = type;
    layer->inputs = inputs;
    layer->outputs = outputs;
    return layer;
}

@ @(tangled/layer.c@>=
gp_status gp_layer_parameter(gp_layer *layer, const char *name, size_t rows,
                             size_t cols, bool trained, gp_error *error)
{
    gp_parameter *p = &layer->parameter[layer->parameters];
    gp_status status;

    GP_REQUIRE(layer->parameters < GP_MAX_PARAMETERS,
               "layer %s has no room for parameter %s", layer->type->name,
               name);
    status = gp_matrix_new(&p->value, rows, cols, error);
    if (status == GP_OK && trained)
        status = gp_matrix_new(&p->gradient, rows, cols, error);
    if (status != GP_OK) {
        gp_matrix_free(&p->value);
        return status;
    }
    p->name = name;
    layer->parameters++;
    return GP_OK;
}

@ @(tangled/layer.c@>=
void gp_layer_free(gp_layer *layer)
{
    if (!layer)
        return;
    if (layer->type->free)
        layer->type->free(layer);
    for (size_t i = 0; i < layer->parameters; i++) {
        gp_matrix_free(&layer->parameter[i].value);
        gp_matrix_free(&layer->parameter[i].gradient);
    }
    free(layer);
}

@ @(tangled/layer.c@>=
size_t gp_layer_count(const gp_layer *layer, bool trainable_only)
{
    size_t count = 0;

    for (size_t i = 0; i < layer->parameters; i++) {
        const gp_parameter *p = &layer->parameter[i];

        if (p->gradient.at || !trainable_only)
            count += p->value.rows * p->value.cols;
    }
    return count;
}

@ @(tangled/layer.c@>=
void gp_layer_forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                      const gp_pass *pass)
{
    GP_REQUIRE(x->cols == layer->inputs && y->cols == layer->outputs &&
                   x->rows == y->rows,
               "layer %s of shape %zu to %zu cannot map [%zu, %zu] "
               "to [%zu, %zu]",
               layer->type->name, layer->inputs, layer->outputs, x->rows,
               x->cols, y->rows, y->cols);
    layer->type->forward(layer, x, y, pass);
}

@ @(tangled/layer.c@>=
void gp_layer_backward(gp_layer *layer, const gp_matrix *x,
                       const gp_matrix *y, const gp_matrix *dy, gp_matrix *dx)
{
    @<Require that the four shapes fit the layer@>@;
    layer->type->backward(layer, x, y, dy, dx);
}
@#
gp_status gp_layer_reserve(gp_layer *layer, size_t batch, gp_error *error)
{
    return layer->type->reserve ? layer->type->reserve(layer, batch, error)
                                : GP_OK;
}

@ @<Require that the four shapes fit the layer@>=
GP_REQUIRE(x->cols == layer->inputs && y->cols == layer->outputs &&
               x->rows == y->rows,
           "layer %s of shape %zu to %zu cannot have mapped [%zu, %zu] "
           "to [%zu, %zu]",
           layer->type->name, layer->inputs, layer->outputs, x->rows,
           x->cols, y->rows, y->cols);
GP_REQUIRE(dy->rows == y->rows && dy->cols == y->cols,
           "layer %s: dy is [%zu, %zu], y is [%zu, %zu]", layer->type->name,
           dy->rows, dy->cols, y->rows, y->cols);
GP_REQUIRE(!dx || (dx->rows == x->rows && dx->cols == x->cols),
           "layer %s: dx is [%zu, %zu], x is [%zu, %zu]", layer->type->name,
           dx->rows, dx->cols, x->rows, x->cols);

@ An activation layer is a layer with two arguments behind it.

@(tangled/layer.c@>=
typedef struct {
    gp_layer layer;
    gp_activation_arguments arguments;
} activation;
@#
gp_layer *gp_activation_new(const gp_activation_type *type, size_t width,
                            gp_activation_arguments a, gp_error *error)
{
    gp_layer *layer = gp_layer_new(&type->layer, sizeof(activation), width,
                                   width, error);

    if (layer)
        ((activation *)layer)->arguments = a;
    return layer;
}

@ @(tangled/layer.c@>=
void gp_activation_forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                           const gp_pass *pass)
{
    const gp_activation_type *type = (const gp_activation_type *)layer->type;
    const gp_activation_arguments a = ((activation *)layer)->arguments;

    (void)pass;
    GP_PARALLEL(x->rows * x->cols >= GP_WORTH_THREADS)
    for (size_t i = 0; i < x->rows; i++)
        type->f(x->cols, gp_row(x, i), gp_row(y, i), a);
}

@ @(tangled/layer.c@>=
void gp_activation_backward(gp_layer *layer, const gp_matrix *x,
                            const gp_matrix *y, const gp_matrix *dy,
                            gp_matrix *dx)
{
    const gp_activation_type *type = (const gp_activation_type *)layer->type;
    const gp_activation_arguments a = ((activation *)layer)->arguments;

    if (!dx)
        return;
    GP_PARALLEL(x->rows * x->cols >= GP_WORTH_THREADS)
    for (size_t i = 0; i < x->rows; i++)
        type->df(x->cols, gp_row(x, i), gp_row(y, i), gp_row(dy, i),
                 gp_row(dx, i), a);
}

@* The dense layer.\label{sec:dense}
Each of its units sums all inputs, each input with its own weight, and adds a
bias: $Y=XW+b$.

@(tangled/dense.h@>=
#pragma once
#include "layer.h"
@#
gp_layer *gp_dense_new(size_t inputs, size_t units, bool bias,
                       gp_error *error);
    /* parameters ``kernel'' [inputs, units] and, if wanted, ``bias''
       [1, units], both zero; |NULL| if there is no memory */

@ @(tangled/dense.c@>=
#include "dense.h"
#include <string.h>
@#
@<Run the dense layer forward@>@;
@<Run the dense layer backward@>@;
@#
static const gp_layer_type dense = {"dense", forward, backward, NULL, NULL};
@#
gp_layer *gp_dense_new(size_t inputs, size_t units, bool bias,
                       gp_error *error)
{
    gp_layer *layer =
        gp_layer_new(&dense, sizeof(gp_layer), inputs, units, error);

    if (layer &&
        (gp_layer_parameter(layer, "kernel", inputs, units, true, error) ||
         (bias &&
          gp_layer_parameter(layer, "bias", 1, units, true, error)))) {
        gp_layer_free(layer);
        return NULL;
    }
    return layer;
}

@ @<Run the dense layer forward@>=
static void forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                    const gp_pass *pass)
{
    const gp_matrix *w = &layer->parameter[0].value;
    const bool bias = layer->parameters > 1;

    (void)pass;
    if (bias)
        @<Copy the bias into every row of |y|@>@;
    gp_matrix_multiply(y, bias, 1, x, false, w, false);
}

@ @<Copy the bias into every row of |y|@>=
for (size_t i = 0; i < y->rows; i++)
    memcpy(gp_row(y, i), layer->parameter[1].value.at,
           y->cols * sizeof(real));

@ @<Run the dense layer backward@>=
static void backward(gp_layer *layer, const gp_matrix *x, const gp_matrix *y,
                     const gp_matrix *dy, gp_matrix *dx)
{
    const gp_matrix *w = &layer->parameter[0].value;
    gp_matrix *dw = &layer->parameter[0].gradient;

    (void)y;
    gp_matrix_multiply(dw, 0, 1, x, true, dy, false);
    if (layer->parameters > 1)
        @<Sum the columns of |dy| into the gradient of the bias@>@;
    if (dx)
        gp_matrix_multiply(dx, 0, 1, dy, false, w, true);
}

@ @<Sum the columns of |dy| into the gradient of the bias@>=
{
    gp_matrix *db = &layer->parameter[1].gradient;
    real *restrict sum = db->at;

    gp_matrix_fill(db, 0);
    for (size_t i = 0; i < dy->rows; i++) {
        const real *row = gp_row(dy, i);

        GP_SIMD
        for (size_t j = 0; j < dy->cols; j++)
            sum[j] += row[j];
    }
}

@* Losses.\label{sec:loss}
A classifier ends in one number a class, the \emph{logits}. The softmax makes
probabilities of them.

@(tangled/loss.h@>=
#pragma once
#include "matrix.h"
@#
void gp_softmax(const gp_matrix *x, gp_matrix *y);
void gp_log_softmax(const gp_matrix *x, gp_matrix *y);
    /* row by row; |y| may be |x| */
void gp_softmax_backward(const gp_matrix *y, const gp_matrix *dy,
                         gp_matrix *dx);
void gp_log_softmax_backward(const gp_matrix *y, const gp_matrix *dy,
                             gp_matrix *dx);
    /* |y| is the result of the forward function; |dx| is neither argument */

@ @(tangled/loss.h@>=
typedef enum { GP_REDUCE_MEAN, GP_REDUCE_SUM, GP_REDUCE_NONE } gp_reduction;
typedef struct {
    const int64_t *labels; /* the class of each row */
    const gp_matrix *targets; /* or, if |labels| is |NULL|, probabilities */
    const real *weights; /* one a class; |NULL|: all are 1 */
    bool ignore; /* rows with the label |ignore_index| do not count */
    int64_t ignore_index;
    real label_smoothing; /* $e$: targets are $(1-e)t+e/\textit{classes}$ */
    gp_reduction reduction;
} gp_cross_entropy_options;
@#
double gp_softmax_cross_entropy(const gp_matrix *logits,
                                const gp_cross_entropy_options *o,
                                real *each, gp_matrix *dlogits);
double gp_nll(const gp_matrix *log_probabilities,
              const gp_cross_entropy_options *o, real *each,
              gp_matrix *dlog);
    /* the reduced loss, with |GP_REDUCE_NONE| the sum; the losses of the
       rows in |each| and the gradient, unless |NULL|. The mean divides by
       the weights of the labels that count, or by the rows if there are
       targets; over nothing it is NaN */
double gp_mean_squared_error(const gp_matrix *y, const gp_matrix *target,
                             gp_matrix *dy);
    /* the mean over all elements; |dy| may be |NULL| */

@ @(tangled/loss.c@>=
#include "loss.h"
#include <string.h>
@#
@<The pieces of a row's softmax@>@;
@<The softmax and its logarithm@>@;
@<The target of a class@>@;
@<The loss of a batch@>@;
@<The mean squared error@>@;

@ @<The pieces of a row's softmax@>=
static real maximum(size_t n, const real *x)
{
    real m = -(real)INFINITY;

    GP_SIMD_REDUCE(max, m)
    for (size_t j = 0; j < n; j++)
        m = x[j] > m ? x[j] : m;
    return m;
}
@#
static real exponentials(size_t n, const real *x, real m, real *e)
{
    real sum = 0;

    GP_SIMD_REDUCE(+, sum)
    for (size_t j = 0; j < n; j++) {
        e[j] = exp(x[j] - m);
        sum += e[j];
    }
    return sum;
}

@ @<The pieces of a row's softmax@>=
static real sum_of_exponentials(size_t n, const real *x, real m)
{
    real sum = 0;

    GP_SIMD_REDUCE(+, sum)
    for (size_t j = 0; j < n; j++)
        sum += exp(x[j] - m);
    return sum;
}
@#
static void require_same(const gp_matrix *a, const gp_matrix *b)
{
    GP_REQUIRE(a->rows == b->rows && a->cols == b->cols,
               "a matrix [%zu, %zu] is given with one of [%zu, %zu]",
               a->rows, a->cols, b->rows, b->cols);
}

@ @<The softmax and its logarithm@>=
void gp_softmax(const gp_matrix *x, gp_matrix *y)
{
    require_same(x, y);
    for (size_t i = 0; i < x->rows; i++) {
        const real *z = gp_row(x, i);
        real *p = gp_row(y, i);
        const real s = exponentials(x->cols, z, maximum(x->cols, z), p);

        GP_SIMD
        for (size_t j = 0; j < x->cols; j++)
            p[j] /= s;
    }
}

@ @<The softmax and its logarithm@>=
void gp_log_softmax(const gp_matrix *x, gp_matrix *y)
{
    require_same(x, y);
    for (size_t i = 0; i < x->rows; i++) {
        const real *z = gp_row(x, i);
        real *l = gp_row(y, i);
        const real m = maximum(x->cols, z);
        const real log_s = log(sum_of_exponentials(x->cols, z, m));

        GP_SIMD
        for (size_t j = 0; j < x->cols; j++)
            l[j] = z[j] - m - log_s;
    }
}

@ @<The softmax and its logarithm@>=
void gp_softmax_backward(const gp_matrix *y, const gp_matrix *dy,
                         gp_matrix *dx)
{
    require_same(y, dy);
    require_same(y, dx);
    for (size_t i = 0; i < y->rows; i++) {
        const real *p = gp_row(y, i), *g = gp_row(dy, i);
        real *d = gp_row(dx, i), dot = 0;

        GP_SIMD_REDUCE(+, dot)
        for (size_t j = 0; j < y->cols; j++)
            dot += g[j] * p[j];
        GP_SIMD
        for (size_t j = 0; j < y->cols; j++)
            d[j] = p[j] * (g[j] - dot);
    }
}

@ @<The softmax and its logarithm@>=
void gp_log_softmax_backward(const gp_matrix *y, const gp_matrix *dy,
                             gp_matrix *dx)
{
    require_same(y, dy);
    require_same(y, dx);
    for (size_t i = 0; i < y->rows; i++) {
        const real *l = gp_row(y, i), *g = gp_row(dy, i);
        real *d = gp_row(dx, i), sum = 0;

        GP_SIMD_REDUCE(+, sum)
        for (size_t j = 0; j < y->cols; j++)
            sum += g[j];
        GP_SIMD
        for (size_t j = 0; j < y->cols; j++)
            d[j] = g[j] - exp(l[j]) * sum;
    }
}

@ @<The target of a class@>=
static inline real goal(const gp_cross_entropy_options *o, size_t i, size_t j,
                        size_t classes)
{
    const real e = o->label_smoothing;
    real t = o->labels ? (real)(o->labels[i] == (int64_t)j)
                       : gp_row(o->targets, i)[j];

    t = (1 - e) * t + e / (real)classes;
    return o->weights ? o->weights[j] * t : t;
}
@#
static inline bool ignored(const gp_cross_entropy_options *o, size_t i)
{
    return o->labels && o->ignore && o->labels[i] == o->ignore_index;
}

@ @<The target of a class@>=
static double divisor(const gp_cross_entropy_options *o, size_t rows,
                      size_t classes)
{
    double sum = 0;

    for (size_t i = 0; o->labels && i < rows; i++) {
        if (ignored(o, i))
            continue;
        GP_REQUIRE(o->labels[i] >= 0 && (uint64_t)o->labels[i] < classes,
                   "row %zu has label %lld of %zu classes", i,
                   (long long)o->labels[i], classes);
        sum += o->weights ? (double)o->weights[o->labels[i]] : 1;
    }
    if (o->reduction != GP_REDUCE_MEAN)
        return 1;
    return o->labels ? sum : (double)rows;
}

@ @<The target of a class@>=
static void require_targets(const gp_matrix *x,
                            const gp_cross_entropy_options *o,
                            const gp_matrix *dx)
{
    GP_REQUIRE(!o->labels != !o->targets,
               "a loss needs labels or targets, and not both");
    if (o->targets)
        require_same(x, o->targets);
    if (dx)
        require_same(x, dx);
}

@ @<The loss of a batch@>=
double gp_softmax_cross_entropy(const gp_matrix *logits,
                                const gp_cross_entropy_options *o,
                                real *each, gp_matrix *dlogits)
{
    const size_t classes = logits->cols;
    double sum = 0, share;

    require_targets(logits, o, dlogits);
    share = 1 / divisor(o, logits->rows, classes);
    for (size_t i = 0; i < logits->rows; i++) {
        const real *z = gp_row(logits, i);
        real *d = dlogits ? gp_row(dlogits, i) : NULL;
        real loss = 0;

        if (!ignored(o, i))
            @<Compute the loss of row |i|, and its gradient@>@;
        else if (d)
            memset(d, 0, classes * sizeof(real));
        if (each)
            each[i] = loss;
        sum += (double)loss;
    }
    return sum * share;
}

@ @<Compute the loss of row |i|, and its gradient@>=
{
    const real m = maximum(classes, z);
    const real s = d ? exponentials(classes, z, m, d)
                     : sum_of_exponentials(classes, z, m);
    const real log_s = log(s);
    real total = 0;

    for (size_t j = 0; j < classes; j++) {
        const real g = goal(o, i, j, classes);

        total += g;
        if (g != 0)
            loss += g * (log_s - (z[j] - m));
    }
    for (size_t j = 0; d && j < classes; j++)
        d[j] = (real)share * (d[j] * (total / s) - goal(o, i, j, classes));
}

@ @<The loss of a batch@>=
double gp_nll(const gp_matrix *log_probabilities,
              const gp_cross_entropy_options *o, real *each, gp_matrix *dlog)
{
    const size_t classes = log_probabilities->cols;
    double sum = 0, share;

    require_targets(log_probabilities, o, dlog);
    share = 1 / divisor(o, log_probabilities->rows, classes);
    for (size_t i = 0; i < log_probabilities->rows; i++) {
        const real *l = gp_row(log_probabilities, i);
        real loss = 0;

        for (size_t j = 0; j < classes; j++) {
            const real g = ignored(o, i) ? 0 : goal(o, i, j, classes);

            if (g != 0)
                loss -= g * l[j];
            if (dlog)
                gp_row(dlog, i)[j] = g != 0 ? -(real)share * g : 0;
        }
        if (each)
            each[i] = loss;
        sum += (double)loss;
    }
    return sum * share;
}

@ @<The mean squared error@>=
double gp_mean_squared_error(const gp_matrix *y, const gp_matrix *target,
                             gp_matrix *dy)
{
    const double share = 1 / ((double)y->rows * (double)y->cols);
    double sum = 0;

    require_same(y, target);
    if (dy)
        require_same(y, dy);
    for (size_t i = 0; i < y->rows; i++) {
        const real *a = gp_row(y, i), *t = gp_row(target, i);
        real row = 0;

        GP_SIMD_REDUCE(+, row)
        for (size_t j = 0; j < y->cols; j++)
            row += (a[j] - t[j]) * (a[j] - t[j]);
        sum += (double)row;
        for (size_t j = 0; dy && j < y->cols; j++)
            gp_row(dy, i)[j] = (real)(2 * share) * (a[j] - t[j]);
    }
    return sum * share;
}

@* The gradient checker.\label{sec:gradcheck}
A wrong gradient is a quiet error: training still descends, only worse. The
remedy is to compute every derivative a second time, from its definition.

@(tangled/gradcheck.h@>=
#pragma once
#include "layer.h"
@#
typedef struct {
    double worst; /* the largest relative error */
    const char *where; /* ``input'' or the name of the parameter */
    size_t row, col;
    double analytic, numeric; /* the two derivatives there */
    size_t checked, kinks; /* elements compared, and passed over */
} gp_gradcheck_report;
@#
gp_gradcheck_report gp_gradcheck_layer(gp_layer *layer, gp_matrix *x,
                                       const gp_pass *pass, gp_random *r);
    /* draws an upstream gradient from |r|; checks |dx| and the gradient of
       every trained parameter; leaves |x| and the parameters as they were */
gp_gradcheck_report gp_gradcheck_function(double (*f)(void *), void *context,
                                          gp_matrix *x, const gp_matrix *dx);
    /* is |dx| the gradient of |f(context)|, which depends on |x|? */

@ @(tangled/gradcheck.c@>=
#include "gradcheck.h"
#include <stdlib.h>
@#
typedef struct {
    double (*difference)(void *context, real *at, real h);
        /* $f(x+h)-f(x)$, where $x$ is |*at| */
    void *context;
} probe;
@#
@<Compare one derivative@>@;
@<Compare a matrix of derivatives@>@;
@<Check a function@>@;
@<Check a layer@>@;

@ @<Compare one derivative@>=
typedef struct {
    double slope, gap; /* central difference; right minus left slope */
} difference;
@#
static difference differentiate(const probe *p, real *at, double h)
{
    const double right = p->difference(p->context, at, (real)h) / h;
    const double left = p->difference(p->context, at, (real)-h) / -h;
    const difference d = {(right + left) / 2, right - left};

    return d;
}

@ @<Compare one derivative@>=
static bool kink(difference wide, difference narrow)
{
    const double scale = fmax(1, fabs(narrow.slope) + fabs(narrow.gap));

    return fabs(wide.slope - narrow.slope) > 1e-5 * scale ||
           (fabs(wide.gap) > 1e-6 * scale &&
            fabs(narrow.gap) > 0.75 * fabs(wide.gap));
}

@ @<Compare one derivative@>=
static void compare(gp_gradcheck_report *report, const probe *p,
                    const char *where, gp_matrix *x, const gp_matrix *dx,
                    size_t i, size_t j)
{
    real *at = gp_row(x, i) + j;
    const double h = 2e-4 * fmax(1, fabs((double)*at));
    const difference wide = differentiate(p, at, h);
    const difference narrow = differentiate(p, at, h / 2);
    const double a = (double)gp_row(dx, i)[j];
    const double n = (4 * narrow.slope - wide.slope) / 3;
    const double size = fmax(fmax(fabs(a), fabs(n)), 1e-3);
    double error = fabs(a - n) / size;

    if (kink(wide, narrow)) {
        report->kinks++;
        return;
    }
    report->checked++;
    if (isnan(a) || isnan(n))
        error = INFINITY;
    if (error > report->worst)
        @<Note the worst error so far@>@;
}

@ @<Note the worst error so far@>=
{
    report->worst = error;
    report->where = where;
    report->row = i;
    report->col = j;
    report->analytic = a;
    report->numeric = n;
}

@ @<Compare a matrix of derivatives@>=
static void compare_all(gp_gradcheck_report *report, const probe *p,
                        const char *where, gp_matrix *x, const gp_matrix *dx)
{
    GP_REQUIRE(x->rows == dx->rows && x->cols == dx->cols,
               "a gradient [%zu, %zu] is given for [%zu, %zu]", dx->rows,
               dx->cols, x->rows, x->cols);
    for (size_t i = 0; i < x->rows; i++)
        for (size_t j = 0; j < x->cols; j++)
            compare(report, p, where, x, dx, i, j);
}
@#
static const gp_gradcheck_report nothing_yet = {0, "nowhere", 0, 0, 0, 0, 0,
                                                0};

@ @<Check a function@>=
typedef struct {
    double (*f)(void *);
    void *context;
    double at_x;
} function;
@#
static double function_difference(void *context, real *at, real h)
{
    const function *f = context;
    const real x = *at;
    double y;

    *at = x + h;
    y = f->f(f->context);
    *at = x;
    return y - f->at_x;
}

@ @<Check a function@>=
gp_gradcheck_report gp_gradcheck_function(double (*f)(void *), void *context,
                                          gp_matrix *x, const gp_matrix *dx)
{
    function held = {f, context, f(context)};
    const probe p = {function_difference, &held};
    gp_gradcheck_report report = nothing_yet;

    compare_all(&report, &p, "input", x, dx);
    return report;
}

@ @<Check a layer@>=
typedef struct {
    gp_layer *layer;
    const gp_matrix *x;
    const gp_pass *pass;
    gp_matrix y, moved, dy, dx;
} bench;
@#
static void forward(const bench *b, gp_matrix *y)
{
    gp_random same;
    gp_pass pass = *b->pass;

    if (pass.random) {
        same = *pass.random;
        pass.random = &same;
    }
    gp_layer_forward(b->layer, b->x, y, &pass);
}

@ @<Check a layer@>=
static double layer_difference(void *context, real *at, real h)
{
    bench *b = context;
    const real x = *at;
    double sum = 0;

    *at = x + h;
    forward(b, &b->moved);
    *at = x;
    for (size_t i = 0; i < b->y.rows; i++)
        for (size_t j = 0; j < b->y.cols; j++)
            sum += (double)gp_row(&b->dy, i)[j] *
                   ((double)gp_row(&b->moved, i)[j] -
                    (double)gp_row(&b->y, i)[j]);
    return sum;
}

@ @<Check a layer@>=
gp_gradcheck_report gp_gradcheck_layer(gp_layer *layer, gp_matrix *x,
                                       const gp_pass *pass, gp_random *r)
{
    bench b;
    const probe p = {layer_difference, &b};
    gp_gradcheck_report report = nothing_yet;

    b.layer = layer;
    b.x = x;
    b.pass = pass;
    @<Allocate the matrices of the bench@>@;
    @<Draw an upstream gradient@>@;
    forward(&b, &b.y);
    gp_layer_backward(layer, x, &b.y, &b.dy, &b.dx);
    compare_all(&report, &p, "input", x, &b.dx);
    for (size_t k = 0; k < layer->parameters; k++) {
        gp_parameter *q = &layer->parameter[k];

        if (q->gradient.at)
            compare_all(&report, &p, q->name, &q->value, &q->gradient);
    }
    forward(&b, &b.y);
    @<Free the matrices of the bench@>@;
    return report;
}

@ @<Allocate the matrices of the bench@>=
gp_error error;
GP_REQUIRE(gp_layer_reserve(layer, x->rows, &error) == GP_OK &&
           gp_matrix_new(&b.y, x->rows, layer->outputs, &error) == GP_OK &&
           gp_matrix_new(&b.moved, x->rows, layer->outputs, &error) == GP_OK &&
           gp_matrix_new(&b.dy, x->rows, layer->outputs, &error) == GP_OK &&
           gp_matrix_new(&b.dx, x->rows, x->cols, &error) == GP_OK,
           "%s", error.message);

@ @<Free the matrices of the bench@>=
gp_matrix_free(&b.y);
gp_matrix_free(&b.moved);
gp_matrix_free(&b.dy);
gp_matrix_free(&b.dx);

@ @<Draw an upstream gradient@>=
gp_random_fill_uniform(r, &b.dy, 0.5, 1.5);
for (size_t i = 0; i < b.dy.rows; i++)
    for (size_t j = 0; j < b.dy.cols; j++)
        if (gp_random_below(r, 2))
            gp_row(&b.dy, i)[j] = -gp_row(&b.dy, i)[j];

@* Index.
