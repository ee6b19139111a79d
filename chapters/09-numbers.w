@i common.w

@** Numbers.
\label{ch:numbers}
The chapters before this one draw random weights, shuffle samples, multiply
matrices and run loops over their rows, and say only which calls do it. This
chapter shows how these calls work. It begins with random numbers: a generator that gives the
same bits on every machine, the quantiles that turn uniform numbers into
normal ones, and loops that fill a matrix fast. Then comes what Chapter~\ref{ch:groundwork} left out: what
stands around every header, how errors are reported, how a matrix and a layer
lie in memory, and the program of the gradient checker. The last section is about vector instructions, to which most loops of
the library owe their speed.

@* Chance.\label{sec:random}
An experiment that cannot be repeated proves nothing. We want the same random
numbers on every machine, for any number of threads, and we want to be able to
give each layer of a network its own, so that adding a layer does not change
the weights of the others.

An ordinary generator keeps a state and steps it from one number to the next;
the thousandth number is found by way of the first 999. A
\emph{counter-based} generator \citep{salmon2011parallel} has no such chain:
word number $n$ of stream $s$ under key $k$ is a function of $(n,s,k)$ and
nothing else. Any thread can compute any part of the sequence. A generator of
this kind is a cipher in miniature: what makes the words look random is that
the function scrambles its argument well, as a cipher scrambles the number of
a block.

@(tangled/lib/random.h@>=
#pragma once
#include "matrix.h"
@#
GP_BEGIN_DECLS@;
typedef struct {
    uint32_t key[2]; /* the seed */
    uint64_t stream;
    uint64_t position; /* counts 32-bit words */
} gp_random; /* may be copied: the copy gives the same numbers */
@#
gp_random gp_random_new(uint64_t seed); /* at the beginning of stream 0 */
gp_random gp_random_split(const gp_random *parent, uint64_t child);
    /* an independent stream for each |child| below $2^{63}$; it depends on
       the parent's key and stream, not on its position */

@ The function at the bottom is |gp_philox|. The others draw from a stream and
advance its position. Each of them but |gp_random_below| takes exactly one
word, whatever the word is: a sample's number is its word's number. So it is
always known where in a stream a program stands, and a checkpoint of the
generator is five integers.

@(tangled/lib/random.h@>=
void gp_philox(const uint32_t counter[4], const uint32_t key[2],
               uint32_t out[4]);
    /* Philox 4x32 with ten rounds (Salmon et al.\ 2011) */
uint32_t gp_random_u32(gp_random *r); /* the next word */
double gp_random_uniform(gp_random *r);
    /* $(u+\frac12)/2^{32}$ for one word $u$: never 0, never 1 */
double gp_random_normal(gp_random *r); /* mean 0, variance 1 */
double gp_normal_quantile(double p);
    /* $z$ with $\Phi(z)=p$, to 16 digits (Wichura 1988); infinite at 0 and
       1, NaN outside */
uint64_t gp_random_below(gp_random *r, uint64_t n);
    /* uniform on $0,\dots,n-1$, without bias; $n\ge1$ */
void gp_random_shuffle(gp_random *r, size_t n, uint32_t index[]);
    /* all $n!$ orders are equally likely */

@ Whole matrices are filled at once. Element $(i,j)$ is sample
$i\cdot\mathit{cols}+j$, whatever the stride and however many threads take
part, and equals what the scalar function would have
drawn\claim{fills_equal_scalar_draws}\claim{threads_do_not_change_bits}.

The comment on the truncated normal is longer than the others on purpose:
whether its second argument means the deviation before or after truncation is
a question that several libraries answered differently in different versions.

@(tangled/lib/random.h@>=
void gp_random_fill_uniform(gp_random *r, gp_matrix *m, double low,
                            double high);
    /* between |low| and |high|; rounding to |gp_real| may reach either */
void gp_random_fill_normal(gp_random *r, gp_matrix *m, double mean,
                           double standard_deviation);
    /* by inversion: one word for each element */
void gp_random_fill_truncated_normal(gp_random *r, gp_matrix *m, double mean,
                                     double standard_deviation);
    /* |mean + standard_deviation * z|, where $z$ is standard normal on the
       condition $\abs{z}\le2$: |standard_deviation| is that of the normal
       \emph{before} truncation. The samples deviate less */
GP_END_DECLS@;

@ The module has three parts, and the rest of this section goes through them.

@(tangled/lib/random.c@>=
#include "random.h"
#include "private/vectormath.h"
#include <string.h>
@#
@<Compute blocks of random words@>@;
@<Draw words and integers@>@;
@<Compute the quantile of the normal distribution@>@;
@<Fill matrices with random numbers@>@;

@ Philox turns a counter of four words into a block of four random words, by
ten rounds of the same scrambling. One round multiplies two of the words by
fixed odd constants. The low half of a product is a reversible function of the
word, and replaces another word; the high half, which depends on every bit of
the word, is mixed by exclusive or into a third word together with a piece of
the key.

@<Compute blocks of random words@>=
typedef struct {
    uint32_t a, b, c, d;
} block;
@#
static inline block philox_round(block x, uint32_t k0, uint32_t k1)
{
    const uint64_t p = (uint64_t)0xD2511F53 * x.a;
    const uint64_t q = (uint64_t)0xCD9E8D57 * x.c;
    const block y = {(uint32_t)(q >> 32) ^ x.b ^ k0, (uint32_t)q,
                     (uint32_t)(p >> 32) ^ x.d ^ k1, (uint32_t)p};

    return y;
}

@ Between rounds the two key words grow by the golden ratio and by $\sqrt3$,
less 1, as fractions of $2^{32}$; any constants without structure would do.
Every step can be undone, so under a fixed key different counters give
different blocks: within a stream no block of four words ever comes twice.
Salmon and his coauthors found that seven rounds pass the hardest published
batteries of statistical tests, and recommend ten.

@<Compute blocks of random words@>=
static inline block philox(block x, const uint32_t key[2])
{
    for (uint32_t round = 0; round < 10; round++)
        x = philox_round(x, key[0] + round * 0x9E3779B9,
                         key[1] + round * 0xBB67AE85);
    return x;
}

@ The public face of the function uses arrays, as the published test vectors
do, and the tests compare it with
them\claim{philox_agrees_with_published_answers}. A generator is easily made
almost right. With one constant mistyped the output still looks random and
passes simple tests, so nothing short of known answers will do.

@<Compute blocks of random words@>=
void gp_philox(const uint32_t counter[4], const uint32_t key[2],
               uint32_t out[4])
{
    const block x = {counter[0], counter[1], counter[2], counter[3]};
    const block y = philox(x, key);

    out[0] = y.a;
    out[1] = y.b;
    out[2] = y.c;
    out[3] = y.d;
}

@ In our streams the first half of the counter numbers the blocks and the
second half holds the stream. The seed is the key. Seeds that differ in a
single bit, such as 1, 2 and 3, give unrelated sequences, because ten rounds
spread every bit of the key over all words; an ordinary generator would have
to be warmed up first.

@<Compute blocks of random words@>=
static inline block block_of(const gp_random *r, uint64_t number)
{
    const block x = {(uint32_t)number, (uint32_t)(number >> 32),
                     (uint32_t)r->stream, (uint32_t)(r->stream >> 32)};

    return philox(x, r->key);
}
@#
gp_random gp_random_new(uint64_t seed)
{
    const gp_random r = {{(uint32_t)seed, (uint32_t)(seed >> 32)}, 0, 0};

    return r;
}

@ A position counts words, four to a block, so draws use block numbers below
$2^{62}$ only. The blocks from $2^{63}$ on are never drawn from, and we let
them give birth to children: the four words of such a block become the child's
key and stream. A child is thus as unpredictable from its parent as the
parent's words are from each other. Two children of one parent never have the
same key and stream, since blocks never repeat. For children of different
parents 128 bits make a coincidence unlikely enough: among $n$ streams the
probability of one is about $n^2/2^{129}$.

The position of the parent plays no part. A network can give layer $i$ child
$i$ of its own generator, and the initial weights of a layer depend on the
seed and the layer's number, not on what was drawn before.

@<Compute blocks of random words@>=
gp_random gp_random_split(const gp_random *parent, uint64_t child)
{
    GP_REQUIRE(child >> 63 == 0, "child %llu is not below 2 to the 63",
               (unsigned long long)child);
    const block x = block_of(parent, child | (uint64_t)1 << 63);
    const gp_random r = {{x.a, x.b}, (uint64_t)x.d << 32 | x.c, 0};

    return r;
}

@ A single word costs a whole block here, of which three quarters are thrown
away. Keeping the block would need a place for it and a rule when it is stale;
code that wants many words fills a matrix, where nothing is wasted.

@<Draw words and integers@>=
uint32_t gp_random_u32(gp_random *r)
{
    const block x = block_of(r, r->position / 4);
    const uint32_t word[4] = {x.a, x.b, x.c, x.d};

    return word[r->position++ % 4];
}

@ The remainder of a random number modulo $n$ favours small results a little,
unless $n$ divides the number of possible values. Rejecting the first
$2^{64}\bmod n$ values leaves a multiple of $n$. In unsigned arithmetic |-n|
is $2^{64}-n$, so |-n % n| is that remainder.

@<Draw words and integers@>=
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

@ The shuffle that makes all $n!$ orders equally likely is due to Fisher and
Yates: the last place gets any of the $n$ elements, the place before it any of
the remaining ones, and so on. Exchanging each place with one drawn from
\emph{all} places looks just as good, but it has $n^n$ equally likely
courses. For $n\ge3$ their number is not a multiple of $n!$, so some orders
come out more often.

@<Draw words and integers@>=
void gp_random_shuffle(gp_random *r, size_t n, uint32_t index[])
{
    for (size_t i = n; i > 1; i--) {
        const size_t j = (size_t)gp_random_below(r, i);
        const uint32_t held = index[i - 1];

        index[i - 1] = index[j];
        index[j] = held;
    }
}

@ A uniform number stands in the middle of one of $2^{32}$ equal intervals, so
neither 0 nor 1 can occur, and a logarithm of it is always finite. Many
libraries divide the word by $2^{32}$ and get a 0 once in four thousand million
draws, which is often enough to stop a long computation and too seldom to be
found by testing.

Are 32 bits enough? A |float| near 1 has a spacing of $2^{-23}$, and the
uniform numbers are spaced more closely than that. Only near 0 is a |float| finer
than they are, and no initializer or dropout mask needs to know a number near
0 to seven digits.

@<Draw words and integers@>=
static inline double unit(uint32_t word)
{
    return ((double)word + 0.5) * 0x1p-32;
}
@#
double gp_random_uniform(gp_random *r)
{
    return unit(gp_random_u32(r));
}

@*1 Normal numbers.\label{sec:normal}
How does one make a normal number of a uniform one? The method of Box and
Muller needs a logarithm, a sine and a cosine, whose last bits depend on the
mathematical library. Faster methods, such as the ziggurat, reject some words
and so take a varying number of them; then sample number $n$ no longer belongs
to word number $n$. We invert the distribution function instead: if $u$ is
uniform then $\Phi^{-1}(u)$ is normal. It takes one word, always.

\citet{wichura1988algorithm} approximates $\Phi^{-1}$ by quotients of
polynomials of degree 7, with a relative error of about $10^{-16}$. Three
quotients cover three ranges: the middle, the tails, and the far tails, which
a uniform number of 32 bits cannot reach but the caller of
|gp_normal_quantile| can.

@<Compute the quantile of the normal distribution@>=
static inline double polynomial(const double c[8], double x)
{
    return ((((((c[7] * x + c[6]) * x + c[5]) * x + c[4]) * x + c[3]) * x +
             c[2]) * x + c[1]) * x + c[0];
}
@#
@<The coefficients of Wichura's three quotients@>@;

@ The middle range is $\abs{p-\frac12}\le0.425$. There the quantile is an odd
function of $q=p-\frac12$, which the factor |q| takes care of; the polynomials
see only $q^2$.

@<Compute the quantile of the normal distribution@>=
static inline double middle(double p)
{
    const double q = p - 0.5;
    const double r = 0.180625 - q * q;

    return q * polynomial(A, r) / polynomial(B, r);
}

@ The coefficients are from the paper, with all their digits. Each polynomial
is written from the constant term upward; the constant terms of the
denominators are 1. A digit mistyped in the fifteenth place would hardly be
seen in a histogram, but the test against the error function would see it.

@<The coefficients of Wichura's three quotients@>=
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

@ In a tail the density is about $\exp(-z^2/2)$, and the quantile about
$\sqrt{-2\ln p}$. So the tail's quotients are functions of $\sqrt{-\ln p}$,
where $p$ is the distance from the nearer end, and the near tail is where that
is at most 5.

@<Compute the quantile of the normal distribution@>=
@<The natural logarithm, with the same bits everywhere@>@;
static inline double near_tail(double p)
{
    const double end = p < 0.5 ? p : 1 - p;
    const double r = sqrt(-logarithm(end)) - 1.6;

    return copysign(polynomial(C, r) / polynomial(D, r), p - 0.5);
}

@ The constants subtracted in the code, 1.6 here and 5 in the far tail, put
the origin of each polynomial near the place where its range begins. There the
powers of the argument are small, and so are the rounding errors that they
pass on.

@<The coefficients of Wichura's three quotients@>=
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

@ In the far tail $p$ may be as small as the smallest |double|, whose exponent
field is zero. Multiplying by $2^{64}$ lifts such numbers back among the
ordinary ones.

@<Compute the quantile of the normal distribution@>=
static double far_tail(double p)
{
    const double end = p < 0.5 ? p : 1 - p;
    const double r = sqrt(64 * LN2 - logarithm(end * 0x1p64)) - 5;

    return copysign(polynomial(E, r) / polynomial(F, r), p - 0.5);
}

@ The last quotient reaches to the smallest |double|, whose quantile lies
beyond 38 standard deviations.

@<The coefficients of Wichura's three quotients@>=
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

@ IEEE arithmetic prescribes the result of $+$, $-$, $\times$, $/$ and the
square root to the last bit, and of nothing else. A logarithm from the library
would therefore be the one weak link, and we make our own. Writing $x=m2^e$
with $m$ between $\sqrt{1/2}$ and $\sqrt2$, and $s=(m-1)/(m+1)$, we have
\[
\ln x=e\ln2+2\,\mathrm{artanh}\,s
     =e\ln2+2s\Bigl(1+\frac{s^2}{3}+\frac{s^4}{5}+\cdots\Bigr),
\]
where $s^2<0.0295$. The first term left out below, $s^{22}/23$, is less than
$2^{-60}$.

@<The natural logarithm, with the same bits everywhere@>=
static const double LN2 = 0.69314718055994530942;
static inline double logarithm(double x)
{
    double m, e;

    @<Split |x| into $m\cdot2^e$ with $m$ near 1@>@;
    const double s = (m - 1) / (m + 1), t = s * s;
    const double series = t * (1. / 3 + t * (1. / 5 + t * (1. / 7 +
        t * (1. / 9 + t * (1. / 11 + t * (1. / 13 + t * (1. / 15 +
        t * (1. / 17 + t * (1. / 19 + t * (1. / 21))))))))));

    return e * LN2 + (2 * s + 2 * s * series);
}

@ The function |frexp| would split |x|, but no compiler vectorizes it. The
bits of a positive |double| are its exponent, plus 1023, and then 52 bits of
fraction. Subtracting the pattern of $\sqrt{1/2}$ and adding that of 1 makes
the exponent field change just where $m$ should start anew. The last three
lines turn the integer |power| into a |double| by planting it in the fraction
of $2^{52}$, whose last place counts ones.

@<Split |x| into $m\cdot2^e$ with $m$ near 1@>=
uint64_t bits, power;

memcpy(&bits, &x, sizeof x);
power = (bits + 0x3FF0000000000000 - 0x3FE6A09E667F3BCD) >> 52;
bits -= (power - 1023) << 52;
memcpy(&m, &bits, sizeof m);
power |= 0x4330000000000000;
memcpy(&e, &power, sizeof e);
e -= 0x1p52 + 1023;

@ Now the quantile can choose its range. The boundary of the far tail is
$e^{-25}$; a little beyond it either quotient serves. Outside the open
interval $(0,1)$ the quantile is infinite at the ends and NaN elsewhere.

@<Compute the quantile of the normal distribution@>=
double gp_normal_quantile(double p)
{
    if (fabs(p - 0.5) <= 0.425)
        return middle(p);
    if (!(p > 0 && p < 1))
        return p == 0 || p == 1 ? copysign(INFINITY, p - 0.5) : NAN;
    return p > 1.4e-11 && 1 - p > 1.4e-11 ? near_tail(p) : far_tail(p);
}

@ All this holds only if the compiler leaves the arithmetic alone. Many
processors can multiply and add with a single rounding, and a compiler that
uses this changes last bits. The library is compiled with
\texttt{-ffp-contract=off}, which forbids it. A test compares normal numbers
with bits that were written down
once\claim{normals_have_known_bits}, and the quantile with the error function
of the library\claim{quantile_inverts_the_error_function}.

@<Compute the quantile of the normal distribution@>=
double gp_random_normal(gp_random *r)
{
    return gp_normal_quantile(gp_random_uniform(r));
}

@*1 Filling matrices.\label{sec:fill}
Initializing a large network draws millions of numbers, and vector
instructions make that several times faster, provided the loops are simple. We
work in pieces of 1024 samples, small enough for the fastest cache and large
enough to be worth handing to a thread. The first loop makes the words of a
piece, four at a time; a piece may start in the middle of a block.

@<Fill matrices with random numbers@>=
enum { PIECE = 1024 };
static void uniforms(const gp_random *r, uint64_t first, size_t n, double u[])
{
    uint32_t word[PIECE + 8];
    const size_t skip = first % 4, blocks = (skip + n + 3) / 4;

    GP_SIMD
    for (size_t b = 0; b < blocks; b++)
        @<Put block |b| of the piece in its four words@>@;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        u[i] = unit(word[skip + i]);
}

@ This is the same |philox| as above: the compiler runs it for eight or
sixteen blocks side by side.

@<Put block |b| of the piece in its four words@>=
{
    const block x = block_of(r, first / 4 + b);

    word[4 * b] = x.a;
    word[4 * b + 1] = x.b;
    word[4 * b + 2] = x.c;
    word[4 * b + 3] = x.d;
}

@ Vector code cannot branch for one element and not for its neighbour, so the
quantile is computed in two sweeps. The first takes every sample for a middle
one. The tails hold only $15\,\%$ of the samples; they are collected
beforehand, computed side by side in the second sweep, and put back.

@<Fill matrices with random numbers@>=
static void quantiles(size_t n, double p[])
{
    double outer[PIECE];
    uint32_t place[PIECE];
    size_t tails = 0;

    @<Collect the samples in the tails@>@;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        p[i] = middle(p[i]);
    GP_SIMD
    for (size_t t = 0; t < tails; t++)
        outer[t] = near_tail(outer[t]);
    for (size_t t = 0; t < tails; t++)
        p[place[t]] = outer[t];
}

@ Which samples are in the tails is unpredictable, so an |if| here would be
guessed wrong by the processor again and again. Instead every sample is
written to the end of the list, and the list grows only if it belongs there.

@<Collect the samples in the tails@>=
for (size_t i = 0; i < n; i++) {
    place[tails] = (uint32_t)i;
    outer[tails] = p[i];
    tails += fabs(p[i] - 0.5) > 0.425;
}

@ The three public functions differ in which part of the unit interval they
draw from, in whether the quantile is applied, and in shift and scale. A
recipe of these five values is all that has to be handed down, and the loop
over the pieces is written once. The threads get whole pieces. Which thread
fills which piece does not matter, because a piece knows its own number.

@<Fill matrices with random numbers@>=
typedef struct {
    double low, width; /* the part of the unit interval */
    bool normal;
    double shift, scale;
} recipe;
@#
@<Write a piece into the matrix@>@;
static void fill(gp_random *r, gp_matrix *m, recipe how)
{
    const size_t total = m->rows * m->cols;

    GP_PARALLEL(total >= 8 * PIECE)
    for (size_t first = 0; first < total; first += PIECE)
        @<Fill the piece that begins at sample |first|@>@;
    r->position += total;
}

@ The position moves only after the loop: within it the generator is read by
all threads and written by none. A piece lives on the stack of the thread that
fills it, so filling allocates nothing.

@<Fill the piece that begins at sample |first|@>=
{
    const size_t n = total - first < PIECE ? total - first : PIECE;
    double z[PIECE];

    uniforms(r, r->position + first, n, z);
    for (size_t i = 0; i < n; i++)
        z[i] = how.low + how.width * z[i];
    if (how.normal)
        quantiles(n, z);
    store(m, first, n, z, &how);
}

@ A piece is a run of consecutive samples, and the samples of a matrix run
through its rows one after the other, passing over the padding. So a piece may
begin and end within a row, and may span many rows, or none completely. It is
written run by run, a run ending with its row or with the piece.

@<Write a piece into the matrix@>=
static void store(gp_matrix *m, size_t first, size_t n, const double z[],
                  const recipe *how)
{
    size_t i = first / m->cols, j = first % m->cols;

    while (n > 0) {
        const size_t run = m->cols - j < n ? m->cols - j : n;
        gp_real *to = gp_row(m, i++) + j;

        GP_SIMD
        for (size_t k = 0; k < run; k++)
            to[k] = (gp_real)(how->shift + how->scale * z[k]);
        z += run;
        n -= run;
        j = 0;
    }
}

@ The uniform and the normal distribution use the whole unit interval. For the
uniform one the sample itself is scaled, from 0 to |low| and from 1 to |high|.
For the normal one it first goes through the quantile.

@<Fill matrices with random numbers@>=
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

@ A normal number on the condition that it lies in $[-2,2]$ is the quantile of
a uniform number in $[\Phi(-2),\Phi(2)]$. No sample is rejected, so again each
takes one word. The condition reduces the variance, by a factor that follows
from integrating $z^2\varphi(z)$ by parts:
\[
\Var(z)=1-\frac{4\varphi(2)}{1-2\Phi(-2)},\qquad
\varphi(z)=\frac{e^{-z^2/2}}{\sqrt{2\pi}}.
\]
Its square root is \val{scaling}{truncated-deviation}; a million samples of the
function below have standard deviation
\val{random}{truncated-measured}\claim{truncated_normal_deviates_less}.
Chapter~\ref{ch:initialization} divides by this number.

@<Fill matrices with random numbers@>=
void gp_random_fill_truncated_normal(gp_random *r, gp_matrix *m, double mean,
                                     double standard_deviation)
{
    const double left = 0.022750131948179207; /* $\Phi(-2)$ */
    const recipe how = {left, 1 - 2 * left, true, mean, standard_deviation};

    fill(r, m, how);
}

@ What does all this care buy? The initial weights of every network in this
book are the same, to the last bit, on every machine and for any number of
threads; so are the order of the samples and the masks of dropout. Training is
another matter. A product of matrices adds its terms in an order that depends
on the processor and on the number of threads, sums in another order are
rounded differently, and a difference in the last bit of a weight grows from
step to step until two runs share nothing but their statistics.

So a run can be repeated exactly on the same machine with the same number of
threads. On another machine it starts from the same place and ends near the
same accuracy. Where the text compares two methods it gives several seeds,
because a difference smaller than that between two seeds is not a difference.

@*1 A look at the generator.
The program below draws the first words of seed 1, and shows each as a word, as a
uniform and as a normal number. The three columns on the left are the same
eight draws: a word above \texttt{80000000} is a uniform number above one half
and a positive normal number. The last two columns are the first uniform numbers of two of its children. They
have nothing in common with their parent or with each other.

@(tangled/experiments/random.c@>=
#include "experiment.h"
enum { SIDE = 1000 };
@<Show the first draws@>@;
@#
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "random",
        .setting = "A million normal numbers of one seed, in 80 bins.",
        .seeds = 1);
    gp_matrix z;

    if (gp_matrix_new(&z, SIDE, SIDE, NULL) != GP_OK)
        gp_experiment_fail(e, "no memory for a million numbers");
    show_draws(e);
    @<Count normal numbers in bins, and measure truncated ones@>@;
    gp_matrix_free(&z);
    return gp_experiment_end(e);
}

@ Each column draws from a copy of one generator, so that all begin at the same
word. A child is split off by its number.

@<Show the first draws@>=
static void show_draws(gp_experiment *e)
{
    gp_random word = gp_random_new(e->plan.seed), same = word, again = word;
    gp_random left = gp_random_split(&word, 0);
    gp_random right = gp_random_split(&word, 1);
    gp_table *t = gp_experiment_table(e, "draws", "", "word|word",
        "uniform|uniform|%.6f", "normal|normal|%.6f",
        "left|child 0|%.6f", "right|child 1|%.6f");

    for (int i = 0; i < 8; i++)
        gp_table_row(t, gp_text("%08x", gp_random_u32(&word)),
            gp_random_uniform(&same), gp_random_normal(&again),
            gp_random_uniform(&left), gp_random_uniform(&right));
}

@ \cell{random}

Figure~\ref{fig:random} counts a million normal numbers in 80 bins between
$-4$ and 4 and compares the counts with the density. The largest
number that 32 bits can give is
\val{random}{largest}\claim{normals_end_at_the_32_bit_quantile}: a true normal
number is beyond it, on one side or the other, once in $2^{32}$ draws.

\plot{random}{A million normal numbers of seed 1, counted in bins, and the
density $\varphi$ of the normal distribution. The counts follow the density.}

@ Numbers beyond 4 on either side, some sixty in a million, are in no bin. The
truncated samples begin at the same word, and their standard deviation stands
beside the value that the formula of Section~\ref{sec:fill} gives.

@<Count normal numbers in bins, and measure truncated ones@>=
gp_random r = gp_random_new(e->plan.seed), same = r;
gp_table *t = gp_experiment_series(e, "", "z|z|%g", "measured|measured|%g");
gp_random_fill_normal(&r, &z, 0, 1);
gp_series_density(t, &z, -4, 4, 80);
gp_random_fill_truncated_normal(&same, &z, 0, 1);
gp_experiment_value(e, "largest", "%.4f", gp_normal_quantile(1 - 0x1p-33));
gp_experiment_value(e, "truncated-measured", "%.4f",
                    gp_describe(&z).deviation);

@* The frame of a header.\label{sec:frame}
All headers of the library open with |GP_BEGIN_DECLS| and close with
|GP_END_DECLS|. For C++ the two say that the functions between them are
functions of~C. They also mark these functions as the public ones: the library
is compiled with \texttt{-fvisibility=hidden}, and a function that no header
declares cannot be called from outside.

@(tangled/lib/frame.h@>=
#pragma once
#ifdef __cplusplus
#define GP_EXTERN_C extern "C" {
#define GP_EXTERN_C_END }
#else
#define GP_EXTERN_C
#define GP_EXTERN_C_END
#endif
@<What GNU compilers are told@>@;

@ Clang understands the attributes of the GNU compilers. Other compilers do without
them: the program is the same, but they cannot warn that a message does not fit
its arguments, and every function of the library can be called from outside.

@<What GNU compilers are told@>=
#ifdef __GNUC__
#define GP_BEGIN_DECLS _Pragma("GCC visibility push(default)") GP_EXTERN_C
#define GP_END_DECLS GP_EXTERN_C_END _Pragma("GCC visibility pop")
#define GP_NORETURN __attribute__((noreturn))
#define GP_FORMAT(text, first) __attribute__((format(printf, text, first)))
#define GP_KEEP __attribute__((used))
#else
#define GP_BEGIN_DECLS GP_EXTERN_C
#define GP_END_DECLS GP_EXTERN_C_END
#define GP_NORETURN
#define GP_FORMAT(text, first)
#define GP_KEEP
#endif

@ Two libraries from the same sources invite a mistake. A program compiled for
|double| and linked with the library for |float| would hand over numbers that
the other side misreads, and compute garbage without a word. So each library
defines one symbol that the other does not have, and every file that includes
a header of the library refers to it. Linking such a program fails, and the name of the
missing symbol says why.

@(tangled/lib/frame.h@>=
#ifdef GP_DOUBLE
#define GP_NEEDS gp_this_program_needs_libgradient_double
#else
#define GP_NEEDS gp_this_program_needs_libgradient_float
#endif
@#
GP_BEGIN_DECLS@;
extern const char GP_NEEDS;
static const char *const gp_needs GP_KEEP = &GP_NEEDS;

@ The version in the macros is that of the header. The function returns the version of the
library that the program runs with; the two differ when a shared library has
been replaced. The first number changes when programs must be compiled again.

@(tangled/lib/frame.h@>=
#define GP_VERSION_MAJOR 2
#define GP_VERSION_MINOR 0
#define GP_VERSION_PATCH 0
const char *gp_version(void); /* of the library, as in |"2.0.0"| */
GP_END_DECLS@;

@ The version is put together from the macros. The symbol's value does not matter.

@(tangled/lib/frame.c@>=
#include "frame.h"
@#
#define TEXT(x) #x
#define DOTTED(a, b, c) TEXT(a) "." TEXT(b) "." TEXT(c)
const char GP_NEEDS = 0;
@#
const char *gp_version(void)
{
    return DOTTED(GP_VERSION_MAJOR, GP_VERSION_MINOR, GP_VERSION_PATCH);
}

@* Errors.
Section~\ref{sec:real} explains which trouble stops the program and which is reported.
Returning the status from |gp_fail| lets a function report and leave in one
statement. A message that is too long is cut, never written beyond its end.

@(tangled/lib/real.c@>=
#include "real.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
@#
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

@ A checked runtime error says in which function the broken requirement stands,
and in which file and line. Since these programs are tangled from the book,
that is a line of the chapter you are reading.

@(tangled/lib/real.c@>=
void gp_stop(const char *file, int line, const char *function,
             const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "%s:%d: %s: ", file, line, function);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

@* Matrices in memory.\label{sec:matrix-memory}
A size may come from a file, and an absurd size must not wrap around and
become a small one: then the allocation would succeed, and the first write
would land in somebody else's memory. So the number of bytes is compared with
the limit by division before it is computed. We count cache lines, of which
even an empty row gets one.

@(tangled/lib/matrix.c@>=
#include "matrix.h"
#include "private/product.h"
#include "private/vectormath.h"
#include <stdlib.h>
#include <string.h>
@#
gp_status gp_matrix_new(gp_matrix *m, size_t rows, size_t cols,
                        gp_error *error)
{
    const size_t line = 64 / sizeof(gp_real);
    size_t lines = cols / line + (cols % line != 0 || cols == 0);

    @<Avoid a distance of rows that the cache dislikes@>@;
    *m = gp_matrix_view(NULL, 0, 0, 0);
    @<Refuse a matrix whose bytes cannot be counted@>@;
    @<Allocate the matrix and clear it@>@;
    return GP_OK;
}

@ Numbers whose addresses differ by a multiple of 1024 bytes compete for the
same few lines of the cache. Rows at such a distance would make every walk down a
column slow; a matrix of 1024 columns gets one line more for each row.

@<Avoid a distance of rows that the cache dislikes@>=
if (lines % 16 == 0 && rows > 1)
    lines++;

@ The limit is |PTRDIFF_MAX|, not |SIZE_MAX|: pointers into the matrix will be
subtracted from each other.

@<Refuse a matrix whose bytes cannot be counted@>=
if (rows > 0 && lines > PTRDIFF_MAX / 64 / rows)
    return gp_fail(error, GP_NO_MEMORY,
                   "a matrix of %zu rows and %zu columns exceeds memory",
                   rows, cols);

@ What remains can still be more than the machine has, and says so in the same
way.

@<Allocate the matrix and clear it@>=
const size_t bytes = 64 * lines * (rows > 0 ? rows : 1);
gp_real *at = aligned_alloc(64, bytes);
if (!at)
    return gp_fail(error, GP_NO_MEMORY,
                   "no memory for a matrix of %zu rows and %zu columns",
                   rows, cols);
memset(at, 0, bytes);
*m = gp_matrix_view(at, rows, cols, lines * line);

@ Freeing leaves an empty matrix behind, so that freeing twice does no harm.

@(tangled/lib/matrix.c@>=
void gp_matrix_free(gp_matrix *m)
{
    free(m->at);
    *m = gp_matrix_view(NULL, 0, 0, 0);
}

@ The function that makes a view is the only place where the four fields are
set. Overlapping rows would be a mistake of the caller.

@(tangled/lib/matrix.c@>=
gp_matrix gp_matrix_view(gp_real *at, size_t rows, size_t cols, size_t stride)
{
    gp_matrix view;

    GP_REQUIRE(cols <= stride, "%zu columns do not fit a stride of %zu",
               cols, stride);
    view.rows = rows;
    view.cols = cols;
    view.stride = stride;
    view.at = at;
    return view;
}

@ A run of rows keeps the stride and moves the start. The test is written so
that |first + count| cannot overflow.

@(tangled/lib/matrix.c@>=
gp_matrix gp_matrix_rows(const gp_matrix *m, size_t first, size_t count)
{
    GP_REQUIRE(first <= m->rows && count <= m->rows - first,
               "%zu rows from row %zu on are wanted of a matrix [%zu, %zu]",
               count, first, m->rows, m->cols);
    return gp_matrix_view(gp_row(m, first), count, m->cols, m->stride);
}

@ Filling and copying go row by row, because two matrices of one shape may
have different strides, and because the padding is not theirs to touch.

@(tangled/lib/matrix.c@>=
void gp_matrix_fill(gp_matrix *m, gp_real value)
{
    for (size_t i = 0; i < m->rows; i++)
        for (size_t j = 0; j < m->cols; j++)
            gp_row(m, i)[j] = value;
}
@#
void gp_matrix_copy(gp_matrix *to, const gp_matrix *from)
{
    GP_REQUIRE(to->rows == from->rows && to->cols == from->cols,
               "a matrix [%zu, %zu] is to be copied to [%zu, %zu]",
               from->rows, from->cols, to->rows, to->cols);
    for (size_t i = 0; i < to->rows; i++)
        memcpy(gp_row(to, i), gp_row(from, i), to->cols * sizeof(gp_real));
}

@ Training visits the samples in a new order every epoch. The data stay where
they are; the order is a list of row numbers, and each batch gathers the rows
that its part of the list names.

@(tangled/lib/matrix.c@>=
void gp_matrix_gather(gp_matrix *to, const gp_matrix *from, size_t count,
                      const uint32_t *index)
{
    GP_REQUIRE(count <= to->rows && to->cols == from->cols,
               "%zu rows of [%zu, %zu] are to be gathered in [%zu, %zu]",
               count, from->rows, from->cols, to->rows, to->cols);
    const gp_part mine = gp_team_part(count);
    for (size_t i = mine.first; i < mine.first + mine.count; i++) {
        GP_REQUIRE(index[i] < from->rows, "row %u of [%zu, %zu] is wanted",
                   (unsigned)index[i], from->rows, from->cols);
        memcpy(gp_row(to, i), gp_row(from, index[i]),
               to->cols * sizeof(gp_real));
    }
}

@ The sum of the squares is the length of a matrix, squared, when its rows are
laid end to end. Chapter~\ref{ch:gradient-problem} measures gradients with it. A
gradient of $10^{20}$ has a square beyond the range of a |float|, so the sum is
taken in double precision.

@(tangled/lib/matrix.c@>=
double gp_matrix_square_sum(const gp_matrix *m)
{
    double sum = 0;

    for (size_t i = 0; m->at && i < m->rows; i++)
        for (size_t j = 0; j < m->cols; j++)
            sum += (double)gp_at(m, i, j) * (double)gp_at(m, i, j);
    return sum;
}

@ The product itself is the subject of Section~\ref{sec:fast-product}. What is left here is to
find out what the shapes of the two factors are after they have been transposed, and
which thread does what: each computes some rows of $C$.

@(tangled/lib/matrix.c@>=
static gp_operand operand(const gp_matrix *m, bool transposed, size_t first)
{
    const gp_operand o = {m->at, transposed ? 1 : m->stride,
                          transposed ? m->stride : 1};

    return (gp_operand){o.at + first * o.down, o.down, o.right};
}

@ A transposed matrix is not moved. It is read in the other direction: what was
the distance of two rows becomes the distance of two columns. This costs no time
here; the kernel copies what it reads often, and turns it while copying. The
part may begin anywhere: the first row of $A$ and the first column of $B$ move
with it, and the sums run over all of |inner|.

@(tangled/lib/matrix.c@>=
void gp_matrix_multiply_part(gp_matrix *c, gp_block part, gp_real beta,
                             gp_real alpha, const gp_matrix *a,
                             bool transpose_a, const gp_matrix *b,
                             bool transpose_b)
{
    const size_t rows = transpose_a ? a->cols : a->rows;
    const size_t inner = transpose_a ? a->rows : a->cols;
    const size_t inner_b = transpose_b ? b->cols : b->rows;
    const size_t cols = transpose_b ? b->rows : b->cols;
    gp_operand right = operand(b, transpose_b, 0);

    @<Require that the shapes of the product fit@>@;
    right.at += part.cols.first * right.right;
    gp_product(part.rows.count, part.cols.count, inner, alpha,
               operand(a, transpose_a, part.rows.first), right, beta,
               gp_row(c, part.rows.first) + part.cols.first, c->stride);
}

@ The whole product is shared by rows: each thread computes those that are its
part. In a program that has no team at work, a large product makes one for
itself.

@(tangled/lib/matrix.c@>=
typedef struct {
    gp_matrix *c;
    gp_real beta, alpha;
    const gp_matrix *a, *b;
    bool transpose_a, transpose_b;
} product;
@#
static void multiply_rows(void *data)
{
    const product *p = data;
    const gp_block mine = {gp_team_part(p->c->rows), {0, p->c->cols}};

    gp_matrix_multiply_part(p->c, mine, p->beta, p->alpha, p->a,
                            p->transpose_a, p->b, p->transpose_b);
}
@#
void gp_matrix_multiply(gp_matrix *c, gp_real beta, gp_real alpha,
                        const gp_matrix *a, bool transpose_a,
                        const gp_matrix *b, bool transpose_b)
{
    product p = {c, beta, alpha, a, b, transpose_a, transpose_b};
    const size_t inner = transpose_a ? a->rows : a->cols;

    gp_team_run((double)c->rows * (double)inner * (double)c->cols,
                multiply_rows, &p);
}

@ A message about shapes is useful only if it holds all of
them\claim{misfit_names_both_shapes}: whoever reads it has to find out which of
three matrices is the wrong one, and whether a transposition was forgotten.

@<Require that the shapes of the product fit@>=
GP_REQUIRE(inner == inner_b && rows == c->rows && cols == c->cols,
           "the product of [%zu, %zu]%s and [%zu, %zu]%s is not [%zu, %zu]",
           a->rows, a->cols, transpose_a ? " transposed" : "", b->rows,
           b->cols, transpose_b ? " transposed" : "", c->rows, c->cols);

@* Layers in memory.\label{sec:layer-memory}
A layer with data of its own puts a |gp_layer| first in a larger structure
and passes the size of the whole. C guarantees that a pointer to a structure
may be converted to a pointer to its first member and back. That is as much
inheritance as we need. The memory is zeroed, so a layer begins without
parameters and with null pointers, and can be freed at any stage of its
making.

@(tangled/lib/layer.c@>=
#include "layer.h"
#include <stdlib.h>
#include <string.h>
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

@ The list of parameters grows one by one, while the layer is being made. Its
place in memory may change then and never again, so whoever keeps a pointer to
a parameter of a finished layer may do so.

@(tangled/lib/layer.c@>=
static gp_parameter *next_parameter(gp_layer *layer, gp_error *error)
{
    const size_t count = layer->parameters;
    gp_parameter *more =
        realloc(layer->parameter, (count + 1) * sizeof *more);

    if (!more) {
        gp_fail(error, GP_NO_MEMORY, "no memory for a parameter of a layer %s",
                layer->type->name);
        return NULL;
    }
    memset(&more[count], 0, sizeof *more);
    layer->parameter = more;
    return &more[count];
}

@ A parameter counts only when both its matrices exist. Until then the layer
is as it was, and may be freed. The function is called while a layer is being
made, so running out of memory is reported.

@(tangled/lib/layer.c@>=
gp_status gp_layer_parameter(gp_layer *layer, const char *name, size_t rows,
                             size_t cols, bool trained, gp_error *error)
{
    gp_parameter *p = next_parameter(layer, error);
    gp_status status = p ? GP_OK : GP_NO_MEMORY;

    if (status == GP_OK)
        status = gp_matrix_new(&p->value, rows, cols, error);
    if (status == GP_OK && trained)
        status = gp_matrix_new(&p->gradient, rows, cols, error);
    if (status == GP_OK) {
        p->name = name;
        layer->parameters++;
    } else if (p)
        gp_matrix_free(&p->value);
    return status;
}

@ What the type allocated is freed first, while the parameters still exist.
Freeing the null pointer is allowed, as it is for |free| itself: then a
function that failed halfway can free everything it may or may not have made,
without asking.

@(tangled/lib/layer.c@>=
void gp_layer_free(gp_layer *layer)
{
    if (!layer)
        return;
    if (layer->type->free)
        layer->type->free(layer);
    for (size_t k = 0; k < layer->parameters; k++) {
        gp_matrix_free(&layer->parameter[k].value);
        gp_matrix_free(&layer->parameter[k].gradient);
    }
    free(layer->parameter);
    free(layer);
}

@ When libraries report ``trainable'' and ``non-trainable'' parameters, they
count like this. It is a useful check that two networks meant to be the same
are the same: a forgotten bias or a layer with the wrong width shows at once.

@(tangled/lib/layer.c@>=
size_t gp_layer_count(const gp_layer *layer, bool trainable_only)
{
    size_t count = 0;

    for (size_t k = 0; k < layer->parameters; k++) {
        const gp_parameter *p = &layer->parameter[k];

        if (p->gradient.at || !trainable_only)
            count += p->value.rows * p->value.cols;
    }
    return count;
}

@ How much work is a row? Each weight is multiplied once. An output that comes
without weights, from an exponential perhaps, counts as sixteen multiplications;
nothing depends on that but the number of threads.

@(tangled/lib/layer.c@>=
double gp_layer_work(const gp_layer *layer)
{
    return (double)(gp_layer_count(layer, true) + 16 * layer->outputs);
}

@ The functions that callers use check the shapes before they hand the
matrices to the type. So no layer of the book needs to check them again, and
none can forget to. A few comparisons of integers cost nothing beside even the
smallest layer.

@(tangled/lib/layer.c@>=
static void require_shapes(const gp_layer *layer, const gp_matrix *x,
                           const gp_matrix *y)
{
    GP_REQUIRE(x->cols == layer->inputs && y->cols == layer->outputs &&
                   x->rows == y->rows,
               "layer %s of shape %zu to %zu cannot map [%zu, %zu] "
               "to [%zu, %zu]",
               layer->type->name, layer->inputs, layer->outputs, x->rows,
               x->cols, y->rows, y->cols);
}

@ What a layer has to do is done by a team of threads, if its type says that it
shares, and by one thread otherwise. A layer that you write need not know about
threads: it is called once with the whole batch, while the others wait.

@(tangled/lib/layer.c@>=
typedef struct {
    gp_layer *layer;
    const gp_matrix *x, *dy;
    gp_matrix *y, *dx;
    const gp_pass *pass;
} layer_call;
@#
static void run(void (*pass)(void *), layer_call *c)
{
    if (c->layer->type->shares)
        gp_team_run((double)c->x->rows * gp_layer_work(c->layer), pass, c);
    else
        gp_team_alone(pass, c);
}

@ Both functions put their arguments into such a call and have it run. The shapes
are looked at before, by the thread of the caller.

@(tangled/lib/layer.c@>=
static void forward(void *data)
{
    const layer_call *c = data;

    c->layer->type->forward(c->layer, c->x, c->y, c->pass);
}
@#
void gp_layer_forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                      const gp_pass *pass)
{
    layer_call c = {layer, x, NULL, y, NULL, pass};

    require_shapes(layer, x, y);
    run(forward, &c);
}

@ A layer that draws takes a word for each element of the batch, in the order of
the rows. A thread can begin at its own first row, because a generator of this
book can be put at any position. So an element gets the same number whoever
draws it. When all threads have what they need, one of them moves the
generator that they share.

@(tangled/lib/layer.c@>=
gp_random gp_pass_random(const gp_pass *pass, size_t words)
{
    gp_random r = *pass->random;

    r.position += words;
    return r;
}
@#
void gp_pass_advance(const gp_pass *pass, size_t words)
{
    gp_team_wait();
    if (gp_team_first())
        pass->random->position += words;
    gp_team_wait();
}

@ The gradients must have the shapes of what they are the gradients of. Most
mistakes in a backward pass that somebody writes by hand are caught here
already, a transposed matrix for one, unless the matrix is square. That is a
reason never to test with square matrices only.

@(tangled/lib/layer.c@>=
static void backward(void *data)
{
    const layer_call *c = data;

    c->layer->type->backward(c->layer, c->x, c->y, c->dy, c->dx);
}
@#
void gp_layer_backward(gp_layer *layer, const gp_matrix *x,
                       const gp_matrix *y, const gp_matrix *dy, gp_matrix *dx)
{
    gp_matrix out = *y;
    layer_call c = {layer, x, dy, &out, dx, NULL};

    require_shapes(layer, x, y);
    @<Require that the gradients have the shapes of |y| and |x|@>@;
    run(backward, &c);
}
@#
gp_status gp_layer_reserve(gp_layer *layer, size_t batch, gp_error *error)
{
    return layer->type->reserve ? layer->type->reserve(layer, batch, error)
                                : GP_OK;
}

@ The messages name the layer, so that a mistake in a network of fifty layers
can be found.

@<Require that the gradients have the shapes of |y| and |x|@>=
GP_REQUIRE(dy->rows == y->rows && dy->cols == y->cols,
           "layer %s: dy is [%zu, %zu], y is [%zu, %zu]", layer->type->name,
           dy->rows, dy->cols, y->rows, y->cols);
GP_REQUIRE(!dx || (dx->rows == x->rows && dx->cols == x->cols),
           "layer %s: dx is [%zu, %zu], x is [%zu, %zu]", layer->type->name,
           dx->rows, dx->cols, x->rows, x->cols);

@* The gradient checker.\label{sec:checker}
Section~\ref{sec:gradcheck} explains what the checker does: it takes central
quotients with two steps, combines them by extrapolation, and passes over
elements near a corner. The two quotients decide what is a corner. The first
condition below sees a corner at a distance between 0 and $h$, the second
one that lies at $x$ itself.

@<Recognize a kink@>=
typedef struct {
    double slope, gap; /* central quotient; right minus left slope */
    double noise; /* what rounding may have done to them */
} quotient;
@#
static bool kink(quotient wide, quotient narrow, double steepest)
{
    const double scale =
        fmax(steepest, fabs(narrow.slope) + fabs(narrow.gap));
    const double noise = wide.noise + narrow.noise;

    return fabs(wide.slope - narrow.slope) > JUMP * scale + noise ||
           (fabs(wide.gap) > GAP * scale + 2 * noise &&
            fabs(narrow.gap) > 0.75 * fabs(wide.gap));
}

@ The bounds stand in a small table, because they belong to the step, and the
step belongs to the number type. They leave room for the curvature of smooth
functions. The error of rounding a value $f$ is taken as $4\varepsilon\abs{f}$:
a value is the result of several operations, not of one.

@<The constants of the checker@>=
#ifdef GP_DOUBLE
#define STEP (-12) /* the step is two to this power, times $\abs{x}$ */
#define TOLERANCE 1e-7
#define FLOOR 1e-3 /* smaller derivatives are measured against this */
#define JUMP 1e-5
#define GAP 1e-6
#define ROUNDING 0x4p-53
#else
#define STEP (-7)
#define TOLERANCE 3e-2
#define FLOOR 0
#define JUMP 1e-2
#define GAP 1e-2
#define ROUNDING 0x4p-24
#endif

@ The checker of a layer and that of a function share everything except how
$f(x+h)-f(x)$ is found. It is the difference that is asked for, not the value,
because a layer can find it with less rounding, as will be seen.

@(tangled/lib/gradcheck.c@>=
#include "gradcheck.h"
#include "walk.h"
#include "private/vectormath.h"
#include <stdio.h>
@#
@<The constants of the checker@>@;
typedef struct {
    double (*difference)(void *context, gp_real *at, gp_real h,
                         double *size);
        /* $f(x+h)-f(x)$, where $x$ is |*at|; |*size| is the size of the
           numbers that were subtracted */
    void *context;
} probe;
@#
@<Recognize a kink@>@;
@<Compare one derivative@>@;
@<Compare a matrix of derivatives@>@;
@<Say how the check ended@>@;
@<Check a function@>@;
@<Check a layer@>@;

@ Both slopes come from the same three values of the function. The mean of the
two is the central quotient.

@<Compare one derivative@>=
static quotient differentiate(const probe *p, gp_real *at, double h)
{
    double up, down;
    const double right = p->difference(p->context, at, (gp_real)h, &up) / h;
    const double left = p->difference(p->context, at, (gp_real)-h, &down) / -h;
    const quotient q = {(right + left) / 2, right - left,
                        ROUNDING * fmax(up, down) / h};

    return q;
}

@ The step is $2^{-12}$ in double precision and $2^{-7}$ in single precision,
times the magnitude of $x$ if that is above 1. Being a power of two, it is
added to $x$ with little or no rounding. Both are near the best step for the
extrapolation, and small enough that few elements have a corner within it.

@<Compare one derivative@>=
static double step_at(gp_real x)
{
    return scalbn(1., ilogb(fmax(1, fabs((double)x))) + STEP);
}

@ This is the heart of the checker, for one element: two quotients with the steps
$h$ and $h/2$, their extrapolation |n|, and the analytic derivative |a|. The extrapolation
combines the two quotients, and their noise in the same proportion.

@<Compare one derivative@>=
static void compare(gp_gradcheck_report *report, const probe *p,
                    gp_matrix *x, const gp_matrix *dx, size_t i, size_t j,
                    double steepest)
{
    gp_real *at = gp_row(x, i) + j;
    const double h = step_at(*at), a = (double)gp_at(dx, i, j);
    const quotient wide = differentiate(p, at, h);
    const quotient narrow = differentiate(p, at, h / 2);
    const double n = (4 * narrow.slope - wide.slope) / 3;
    const double noise = (4 * narrow.noise + wide.noise) / 3;

    if (kink(wide, narrow, steepest))
        report->kinks++;
    else
        @<Count the comparison of |a| with |n|, and note the worst@>@;
}

@ An error is taken relative to the larger of the two derivatives. Small
derivatives are measured against a floor instead, because the rounding errors of
the sum they come from do not shrink with them: with this floor the noise
cannot exceed half of the tolerance. What is so small that even a wrong factor of
two would stay within the tolerance is counted as faint. Two zeros agree, and are
counted as still.

Every comparison with a NaN is false, so a NaN could never become the worst
error, and the most broken of all gradients would pass. It is made an infinite
error instead, and so is an infinite derivative. The report keeps both
derivatives of the worst element: from
their quotient one can often guess the mistake. A quotient of $-1$ is a sign, 2
is a square differentiated without its factor, and the size of the batch is a
mean taken twice or not at all.

@<Count the comparison of |a| with |n|, and note the worst@>=
{
    const double floor = fmax(FLOOR, 2 * noise / TOLERANCE);
    const double larger = fmax(fabs(a), fabs(n));
    const double error = !isfinite(a - n) ? INFINITY :
        a == n ? 0 : fabs(a - n) / fmax(larger, floor);

    report->checked++;
    report->still += larger == 0;
    report->faint += larger > 0 && larger <= 4 * TOLERANCE * floor;
    if (error > report->worst)
        @<Note the worst error@>@;
}

@ The name of the matrix is in the report already.

@<Note the worst error@>=
{
    report->worst = error;
    report->row = i;
    report->col = j;
    report->analytic = a;
    report->numeric = n;
}

@ Every element is checked, none is sampled: a gradient is often right except
in the last row, or for the first unit. Matrices of a few dozen elements show
all mistakes that larger ones would. What a jump of the slope is compared with
is the steepest slope of the matrix, found by differences in a first walk
through the elements.

@<Compare a matrix of derivatives@>=
static void compare_all(gp_gradcheck_report *report, const probe *p,
                        const char *where, gp_matrix *x, const gp_matrix *dx)
{
    const double worst = report->worst;
    double steepest = 0;

    GP_REQUIRE(x->rows == dx->rows && x->cols == dx->cols,
               "a gradient [%zu, %zu] is given for [%zu, %zu]", dx->rows,
               dx->cols, x->rows, x->cols);
    for (size_t i = 0; i < x->rows; i++)
        for (size_t j = 0; j < x->cols; j++)
            @<Let |steepest| grow to the slope at element $(i,j)$@>@;
    for (size_t i = 0; i < x->rows; i++)
        for (size_t j = 0; j < x->cols; j++)
            compare(report, p, x, dx, i, j, steepest);
    if (report->worst > worst)
        report->where = where;
}

@ A slope that is not a number is left to the second walk.

@<Let |steepest| grow to the slope at element $(i,j)$@>=
{
    gp_real *at = gp_row(x, i) + j;

    steepest = fmax(steepest,
                    fabs(differentiate(p, at, step_at(*at)).slope));
}

@ A report begins with nothing found and ends with a verdict. Half of the
elements must have been compared well, and at least one must have moved.

@<Say how the check ended@>=
static const gp_gradcheck_report nothing_yet = {@[.where@]="nowhere",
                                                @[.tolerance@]=TOLERANCE};
@#
static gp_gradcheck_report conclude(gp_gradcheck_report report)
{
    const size_t all = report.checked + report.kinks;
    const size_t good = report.checked - report.faint;

    report.ok = report.worst <= TOLERANCE && 2 * good >= all &&
                good > report.still;
    if (!(report.worst <= TOLERANCE))
        @<Say which derivative is wrong@>@;
    else if (!report.ok)
        @<Say that too few could be compared@>@;
    return report;
}

@ A mistake takes precedence over a check that saw little.

@<Say which derivative is wrong@>=
snprintf(report.message, sizeof report.message,
         "%s[%zu, %zu]: the gradient is %g, the difference quotient %g",
         report.where, report.row, report.col, report.analytic,
         report.numeric);

@ In single precision the remedy is to use the double library.

@<Say that too few could be compared@>=
snprintf(report.message, sizeof report.message,
         "only %zu of %zu derivatives could be compared: %zu are at corners, "
         "%zu are 0, %zu are too small for a %s", good - report.still, all,
         report.kinks, report.still, report.faint,
         sizeof(gp_real) > 4 ? "double" : "float; compile for double");

@ A function is asked for its value at the moved $x$, and $x$ is put back. To
put it back by subtracting $h$ would be a mistake: $(x+h)-h$ is not always
$x$, and after a thousand elements the point would have drifted. The old value
is kept and restored.

@<Check a function@>=
typedef struct {
    double (*f)(void *);
    void *context;
    double at_x;
} function;
@#
static double function_difference(void *context, gp_real *at, gp_real h,
                                  double *size)
{
    const function *f = context;
    const gp_real x = *at;
    double y;

    *at = x + h;
    y = f->f(f->context);
    *at = x;
    *size = fmax(fabs(y), fabs(f->at_x));
    return y - f->at_x;
}

@ This is the checker for losses, and for whole networks: there the function
runs everything from the input to the loss.

@<Check a function@>=
gp_gradcheck_report gp_gradcheck_function(double (*f)(void *), void *context,
                                          gp_matrix *x, const gp_matrix *dx)
{
    function held = {f, context, f(context)};
    const probe p = {function_difference, &held};
    gp_gradcheck_report report = nothing_yet;

    compare_all(&report, &p, "input", x, dx);
    return conclude(report);
}

@*1 Checking a layer.
For a layer the function is $f=\sum u_{ij}y_{ij}$, with an upstream gradient
$U$ drawn at random.

Some layers draw random numbers in their forward pass. The function must be
the same at every step, so each pass gets a fresh copy of the generator, and
the same draws.

@<Check a layer@>=
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

@ The difference of the sums is taken as the sum of the differences. Outputs
that do not depend on the moved element then contribute exactly 0, and no
rounding error.

@<Check a layer@>=
static double layer_difference(void *context, gp_real *at, gp_real h,
                               double *size)
{
    bench *b = context;
    const gp_real x = *at;
    double sum = 0;

    *at = x + h;
    forward(b, &b->moved);
    *at = x;
    *size = 0;
    for (size_t i = 0; i < b->y.rows; i++)
        for (size_t j = 0; j < b->y.cols; j++)
            @<Add what output $(i,j)$ contributes to the difference@>@;
    return sum;
}

@ The size of the subtracted numbers is summed in the same way.

@<Add what output $(i,j)$ contributes to the difference@>=
{
    const double u = (double)gp_at(&b->dy, i, j);
    const double before = (double)gp_at(&b->y, i, j);
    const double after = (double)gp_at(&b->moved, i, j);

    sum += u * (after - before);
    if (after != before)
        *size += fabs(u) * fmax(fabs(after), fabs(before));
}

@ One backward pass gives all the gradients. They stay where the layer keeps
them while the elements are moved one by one, since a forward pass does not
touch them. A last forward pass leaves the layer in the state that belongs to
$x$.

@<Check a layer@>=
gp_gradcheck_report gp_gradcheck_layer(gp_layer *layer, gp_matrix *x,
                                       const gp_pass *pass, gp_random *r)
{
    bench b = {@[.layer@]=layer, @[.x@]=x, @[.pass@]=pass};
    const probe p = {layer_difference, &b};
    gp_gradcheck_report report = nothing_yet;

    @<Allocate the matrices of the bench, or say that it failed@>@;
    @<Draw an upstream gradient@>@;
    forward(&b, &b.y);
    gp_layer_backward(layer, x, &b.y, &b.dy, &b.dx);
    compare_all(&report, &p, "input", x, &b.dx);
    @<Compare the gradients of the trained parameters@>@;
    forward(&b, &b.y);
    @<Free the matrices of the bench@>@;
    return conclude(report);
}

@ The report keeps the worst error of all, with the name of the matrix in which
it was found. The parameters of layers inside the layer are checked like its
own.

@<Compare the gradients of the trained parameters@>=
for (gp_walk w = gp_layer_walk(layer); gp_walk_parameter(&w);) {
    gp_parameter *q = w.parameter;

    if (q->gradient.at)
        compare_all(&report, &p, q->name, &q->value, &q->gradient);
}

@ The upstream gradient stays away from 0, where it would hide an error.

@<Draw an upstream gradient@>=
gp_random_fill_uniform(r, &b.dy, 0.5, 1.5);
for (size_t i = 0; i < b.dy.rows; i++)
    for (size_t j = 0; j < b.dy.cols; j++)
        if (gp_random_below(r, 2))
            gp_row(&b.dy, i)[j] = -gp_row(&b.dy, i)[j];

@ A check that has no memory has found nothing out, and its error counts as
infinite. The matrices that were not made are empty, and may be freed.

@<Allocate the matrices of the bench, or say that it failed@>=
gp_error e;
if (gp_layer_reserve(layer, x->rows, &e) != GP_OK ||
    gp_matrix_new(&b.y, x->rows, layer->outputs, &e) != GP_OK ||
    gp_matrix_new(&b.moved, x->rows, layer->outputs, &e) != GP_OK ||
    gp_matrix_new(&b.dy, x->rows, layer->outputs, &e) != GP_OK ||
    gp_matrix_new(&b.dx, x->rows, x->cols, &e) != GP_OK) {
    @<Free the matrices of the bench@>@;
    report.worst = INFINITY;
    snprintf(report.message, sizeof report.message, "%.199s", e.message);
    return report;
}

@ The layer is the caller's and stays.

@<Free the matrices of the bench@>=
gp_matrix_free(&b.y);
gp_matrix_free(&b.moved);
gp_matrix_free(&b.dy);
gp_matrix_free(&b.dx);

@* Vector instructions.\label{sec:vectormath}
Most time outside matrix products goes into loops over the elements of a row,
and these should use vector instructions. Take a |float| and a processor with registers of 512 bits: one instruction then
does the work of sixteen iterations. The compiler finds out by itself which
loops allow this, if it can prove that no iteration needs the result of another; where it
cannot, it has to be told. The private header of this section
says how. Three things come from it: macros that tell the compiler about a
loop, sums that are the same on every machine, and our own exponential, logarithm and
their relatives. It is not installed, because a program that uses the library
needs none of them.

The header \texttt{tgmath.h} makes |sqrt(x)| mean |sqrtf(x)| when |x| is a
|float|, so formulas need not know the type. It also brings a one-letter macro
|I| for the imaginary unit, which we take back.

@(tangled/lib/private/vectormath.h@>=
#pragma once
#include "real.h"
#include <string.h>
#include <tgmath.h>
#undef I

@ The macro |GP_SIMD| before a loop promises the compiler that the iterations
do not depend on each other. |GP_SIMD_REDUCE| says that they meet in one number, such as a maximum,
whose value does not depend on the order. |GP_PARALLEL| shares a loop among
threads if a condition says that the work is worth waking them.

@(tangled/lib/private/vectormath.h@>=
#define GP_PRAGMA(...) _Pragma(#__VA_ARGS__)
#define GP_SIMD _Pragma("omp simd")
#define GP_SIMD_REDUCE(operation, ...) \
    GP_PRAGMA(omp simd reduction(operation:__VA_ARGS__))
#define GP_PARALLEL(condition) \
    GP_PRAGMA(omp parallel for schedule(static) if (condition))

@*1 Sums.\label{sec:lanes}
A sum in floating point depends on the order of its terms. With |omp simd
reduction(+)| the compiler keeps as many partial sums as a vector register has
places, and another processor, with other registers, gets other last bits. We
fix the number of partial sums at sixteen. Sum $l$ takes the terms $l$, $l+16$,
$l+32$ and so on, and at the end the sixteen are added in pairs. For a |float|
this is one register of 512 bits, two of 256 or four of 128, and always the
same sum\claim{sums_have_known_bits}. Sixteen partial sums are also more precise
than one: each of them is smaller, and so are the errors of rounding.

@(tangled/lib/private/vectormath.h@>=
enum { GP_LANES = 16 };
static inline gp_real gp_sum_of_lanes(gp_real lane[GP_LANES])
{
    for (size_t half = GP_LANES / 2; half > 0; half /= 2)
        for (size_t l = 0; l < half; l++)
            lane[l] += lane[l + half];
    return lane[0];
}

@ |GP_SUM(s, j, n, x[j])| sets |s| to the sum of |x[j]| over all |j| below |n|; any expression in |j| may stand in the last place. The last terms, fewer than sixteen, go to the first partial sums.

@(tangled/lib/private/vectormath.h@>=
#define GP_ADD_TO_LANES(count, j, term) \
    GP_SIMD \
    for (size_t l_ = 0; l_ < (count); l_++) { \
        const size_t j = at_ + l_; \
        lane_[l_] += (term); \
    }
#define GP_SUM(sum, j, n, term) do { \
    gp_real lane_[GP_LANES] = {0}; \
    size_t at_ = 0; \
    for (; (n) - at_ >= GP_LANES; at_ += GP_LANES) \
        GP_ADD_TO_LANES(GP_LANES, j, term) \
    GP_ADD_TO_LANES((n) - at_, j, term) \
    (sum) = gp_sum_of_lanes(lane_); \
} while (0)

@*1 Elementary functions.\label{sec:elementary}
A loop that calls |exp| of the C library has two troubles. The call itself:
the function takes one number at a time, and inside it branches on special
cases, so the loop cannot be vectorized. And the last bit: the C
standard does not prescribe it, each library and each version rounds some results
differently, and a network trained with one |exp| is after some epochs another
network than with a different one. Some libraries have vector versions of
their functions, but those choose their own method for each kind of processor.

So we write our own. They consist of nothing but additions,
multiplications, divisions, comparisons that choose, and shifts of
integers. IEEE arithmetic prescribes the result of each of these to the last
bit. Hence a function made of them has the same bits on every processor, with
every compiler and in registers of any width, as long as the compiler does not contract a
multiplication and an addition into one operation with a single rounding. The makefile
forbids that with \texttt{-ffp-contract=off}. A test condenses the bits of many results into one number and compares it with
a number that was written down once\claim{elementary_functions_have_known_bits}.

The error is given in units in the last place (ulp), the distance between two
neighbouring numbers at the true result. A correctly rounded result has an error
of at most one half. The tests compare with the C library in the next wider
type, for |float| over all exponents\claim{elementary_errors_are_as_stated}.

@(tangled/lib/private/vectormath.h@>=
/* Largest errors in ulp, for |float| and |double|: |exp| 1.1 and 1.1,
   |expm1| 1.8 and 2.3, |log| 0.9 and 0.9, |log1p| 1.5 and 1.5,
   |tanh| 1.4 and 1.5, |erfc| 5.0 and 5.0, |bell| 1.3 and 1.3. NaN gives NaN,
   a result beyond the largest number is infinite, one below $2^{-126}$
   (|float|) or $2^{-1022}$ (|double|) loses digits gradually, and 0 keeps
   its sign where the function goes through 0. |log| and |log1p| are
   $-\infty$ at their left end, and NaN to the left of it. */
@<Coefficients of the polynomials@>@;
@<The functions for |float| and for |double|@>@;

@ The functions for |float| and for |double| are the same lines. They differ in
the length of the polynomials and in some constants. The lines stand in a file of their own that is
read twice; |REAL| is the type, |BITS| an unsigned integer of the
same size, and |F(exp)| is |exp_float| or |exp_double|.

@<The functions for |float| and for |double|@>=
#define REAL float
#define BITS uint32_t
#define F(name) name##_float
#include "elementary.h"
#undef REAL
#undef BITS
#undef F
#define REAL double
#define BITS uint64_t
#define F(name) name##_double
#include "elementary.h"

@ A formula writes |exp(x)|, and the type of |x| chooses the function. The C library's
functions can still be called, as |(exp)(x)|.

@(tangled/lib/private/vectormath.h@>=
#undef exp
#undef expm1
#undef log
#undef log1p
#undef tanh
#undef erfc
#define GP_BY_TYPE(name, x) \
    _Generic((x), float: name##_float, default: name##_double)(x)

@ What is not a |float| is taken as a |double|.

@(tangled/lib/private/vectormath.h@>=
#define exp(x) GP_BY_TYPE(exp, x)
#define expm1(x) GP_BY_TYPE(expm1, x)
#define log(x) GP_BY_TYPE(log, x)
#define log1p(x) GP_BY_TYPE(log1p, x)
#define tanh(x) GP_BY_TYPE(tanh, x)
#define erfc(x) GP_BY_TYPE(erfc, x)
#define erfc_by(x, b) \
    _Generic((x), float: erfc_by_float, default: erfc_by_double)(x, b)
#define bell(x) GP_BY_TYPE(bell, x) /* $e^{-x^2/2}$ */

@ All functions follow one plan. They \emph{reduce} the argument to a small interval,
by an identity that costs little. There they evaluate a \emph{polynomial}. Then
they undo the reduction. Both branches of a choice are computed, and the
comparison only selects between the results: that is the price of a loop without jumps.

The reductions need the powers of 2, and these lie open in the bits of a
number. A |float| is $(1+m/2^{23})\,2^{e-127}$, where $m$ is the integer in the
lowest 23 bits and $e$ the one in the eight bits above them; a |double| has 52 bits and
11, and 1023 in place of 127. Copying the bytes of a number into an
integer shows them. The compiler makes no instruction of that.

@(tangled/lib/private/elementary.h@>=
static inline BITS F(bits)(REAL x)
{
    BITS b;

    memcpy(&b, &x, sizeof b);
    return b;
}
@#
@<The number that has given bits@>@;
@<Tools of the elementary functions@>@;
@<The elementary functions@>@;

@ And back.

@<The number that has given bits@>=
static inline REAL F(number)(BITS b)
{
    REAL x;

    memcpy(&x, &b, sizeof x);
    return x;
}

@ The constants of the two formats. |LN2_HIGH| is $\ln2$ cut to its
first 16 or 42 bits, and |LN2_LOW| the rest, for a reason that comes below.

@<Coefficients of the polynomials@>=
enum { FRACTION_float = 23, BIAS_float = 127, HALF_BITS_float = 0xFFF };
static const float MAGIC_float = 0x1.8p23, LOG2E_float = 1.442695041f;
static const float LN2_HIGH_float = 0.693145751953125f;
static const float LN2_LOW_float = 1.428606765e-6f;
@#
enum { FRACTION_double = 52, BIAS_double = 1023,
       HALF_BITS_double = 0x7FFFFFF };
static const double MAGIC_double = 0x1.8p52;
static const double LOG2E_double = 1.44269504088896340736;
static const double LN2_HIGH_double = 0.69314718055989033019;
static const double LN2_LOW_double = 5.4979230187083711552e-14;

@ To round to an integer we add a number so large that its last place counts
ones, $1.5\cdot2^{23}$ for a |float|, and subtract it again. The addition
rounds, because it must.

The same trick turns an integer $n$ into $2^n$. After the addition of
$1.5\cdot2^{23}+127$ the lowest bits of the sum \emph{are} the integer $n+127$, and a
shift moves them into the place of the exponent.

@<Tools of the elementary functions@>=
static inline REAL F(whole)(REAL x)
{
    return (x + F(MAGIC)) - F(MAGIC);
}
@#
static inline REAL F(two_to)(REAL n)
{
    return F(number)(F(bits)(n + (F(MAGIC) + F(BIAS))) << F(FRACTION));
}

@ A polynomial is evaluated from its highest coefficient downward. The number of coefficients is known
when the program is compiled, so the loop disappears; but the compiler of the
GNU project unrolls no more than sixteen rounds, and no polynomial here is longer.

Where do the coefficients come from? Not from Taylor's series, which wastes its precision on the
middle of the interval. The polynomial with the smallest largest error has an error that
reaches this largest size again and again with alternating sign, once more than it has
coefficients plus one; the algorithm of Remez finds it by
moving the points of the extremes. We ran it with fifty digits and rounded the
coefficients to the type. The largest error of each polynomial is below a quarter ulp.

@<Tools of the elementary functions@>=
static inline REAL F(horner)(int degree, const REAL c[], REAL x)
{
    REAL y = c[degree];

    for (int k = degree - 1; k >= 0; k--)
        y = y * x + c[k];
    return y;
}
#ifndef POLYNOMIAL
#define POLYNOMIAL(c, x) F(horner)(sizeof c / sizeof *c - 1, c, x)
#endif

@ Arguments beyond some limit give no new results, and the limits keep the
integers in the code below in their places. A NaN passes both comparisons
unchanged.

@<Tools of the elementary functions@>=
static inline REAL F(between)(REAL low, REAL x, REAL high)
{
    const REAL above = x < low ? low : x;

    return above > high ? high : above;
}

@ \emph{The exponential.} With $n$ the integer next to $x/\ln2$ and $r=x-n\ln2$ we have
$e^x=2^ne^r$ and $\abs{r}\le\frac12\ln2<0.35$.

The subtraction is where the precision could be lost. $n\ln2$ is nearly $x$, so the
difference is small, and an error in the product that is harmless beside $x$ is
large beside $r$. The remedy is due to Cody and Waite. $n$ has at most eight bits (eleven for a |double|), and
the first part of $\ln2$ has so few that the product with $n$ is exact. The
difference of $x$ and this product is exact as well, because the two are close.
The second part of $\ln2$ brings in only a small correction.

@<Tools of the elementary functions@>=
static inline REAL F(rest)(REAL x, REAL n)
{
    return (x - n * F(LN2_HIGH)) - n * F(LN2_LOW);
}
@#
static inline REAL F(curve)(REAL r) /* $e^r-1$ */
{
    return r + r * r * POLYNOMIAL(F(E), r);
}

@ The polynomial is $(e^r-1-r)/r^2\approx\frac12+\frac r6+\cdots$. With $1+r$ in front, its own errors of
rounding come in only after the factor $r^2$, and the last addition
alone makes half an ulp.

@<Coefficients of the polynomials@>=
static const float E_float[] = {
    0.5f, 0.1666654348f, 0.04166628048f, 0.008366583847f,
    0.001394645311f};
static const double E_double[] = {
    0.500000000000000555, 0.166666666666666852, 0.0416666666665736207,
    0.00833333333331456177, 0.0013888888932379927,
    0.000198412699030883007, 0.0000248015044444486607,
    2.75572279069339051e-6, 2.76263271510531342e-7,
    2.51144869439623604e-8};

@ Multiplying by $2^n$ is an addition to the exponent, unless the result is too large
or too small for the type. Two factors, $2^{\lfloor n/2\rfloor}$ and
$2^{\lceil n/2\rceil}$, take care of both: each is an ordinary number, the first product is exact, and the
second overflows to infinity or is rounded to few digits, as IEEE arithmetic prescribes. The shift drops
all bits of |b| but the lowest ones, which hold $n+2\cdot127$.

@<Tools of the elementary functions@>=
static inline REAL F(scaled)(REAL y, REAL n) /* $y\,2^n$ */
{
    const BITS b = F(bits)(n + (F(MAGIC) + 2 * F(BIAS)));

    return y * F(number)((b / 2) << F(FRACTION)) *
           F(number)((b - b / 2) << F(FRACTION));
}

@ Beyond the limits the result is 0 or infinite.

@<The elementary functions@>=
static inline REAL F(exp)(REAL x)
{
    const REAL z = F(between)(F(EXP_LEAST), x, F(EXP_MOST));
    const REAL n = F(whole)(z * F(LOG2E));

    return F(scaled)(1 + F(curve)(F(rest)(z, n)), n);
}

@ These are the limits, together with those of the functions that follow.

@<Coefficients of the polynomials@>=
static const float EXP_LEAST_float = -104, EXP_MOST_float = 89;
static const float EXPM1_LEAST_float = -20, TINY_float = 0x1p-24;
static const float TANH_END_float = 10, BELL_END_float = 14.5f;
static const float ERFC_END_float = 10.1f;
@#
static const double EXP_LEAST_double = -746, EXP_MOST_double = 710;
static const double EXPM1_LEAST_double = -40, TINY_double = 0x1p-53;
static const double TANH_END_double = 20, BELL_END_double = 38.7;
static const double ERFC_END_double = 27.3;

@ \emph{The exponential less one.} $e^x-1=2^n(e^r-1)+(2^n-1)$. For $n=0$ this is the curve itself,
so a small $x$ loses nothing. For other $n$ the
bracket on the right is exact, or it is rounded, and |lost| is what the rounding
took from it. ELU depends on this, where $e^x$ is about one half of the last place of
1. Everything is halved and then doubled, since $2^{128}$ is not a |float|. A number that is
so small that $e^x-1$ is rounded to $x$ is returned as it is; among these are both zeros, and the
numbers whose halves would lose a digit.

@<The elementary functions@>=
static inline REAL F(expm1)(REAL x)
{
    const REAL z = F(between)(F(EXPM1_LEAST), x, F(EXP_MOST));
    const REAL n = F(whole)(z * F(LOG2E));
    const REAL a = F(two_to)(n - 1), b = a - (REAL)0.5;
    const REAL lost = a - (b + (REAL)0.5);
    const REAL y = 2 * ((a * F(curve)(F(rest)(z, n)) + lost) + b);

    return fabs(x) < F(TINY) ? x : y;
}

@ \emph{The hyperbolic tangent} is $1-2/(e^{2\abs{x}}+1)$ with the sign of $x$. Near 0
this cancels, and there an odd polynomial takes its place. At
$\abs{x}=\frac58$, where the two meet, tanh is just above one half, and what is
subtracted from 1 is smaller than the result: its errors shrink.

@<The elementary functions@>=
static inline REAL F(tanh)(REAL x)
{
    const REAL a = F(between)(0, fabs(x), F(TANH_END)), t = a * a;
    const REAL n = F(whole)(2 * a * F(LOG2E));
    const REAL e = (1 + F(curve)(F(rest)(2 * a, n))) * F(two_to)(n);
    const REAL near = a + a * (t * POLYNOMIAL(F(T), t));
    const REAL far = 1 - 2 / (e + 1);

    return copysign(a < (REAL)0.625 ? near : far, x);
}

@ The polynomial in $t=x^2$ is $(\tanh x/x-1)/t=-\frac13+\frac2{15}t-\cdots$.

@<Coefficients of the polynomials@>=
static const float T_float[] = {
    -0.3333328068f, 0.1333138347f, -0.05373399705f, 0.02061811835f,
    -0.005679300986f};
static const double T_double[] = {
    -0.333333333333327986, 0.133333333332542353, -0.0539682539275416068,
    0.0218694874894760395, -0.00886321985527794426,
    0.00359197983976970942, -0.00145491062755751942,
    0.000586157609756093618, -0.000228241247043113572,
    0.0000767754540627956189, -0.0000158914135895580999};

@ \emph{The logarithm.} Writing $x=m2^e$ with $m$ between $\sqrt{1/2}$ and $\sqrt2$, we have $\ln
x=e\ln2+\ln m$. The exponent field gives $e$. Subtracting the pattern of $\sqrt{1/2}$ and adding that of 1
makes the field change just where $m$ should start anew. The integer becomes a
number again when it is planted in the fraction of $2^{23}$ ($2^{52}$), whose last place
counts ones.

@<Tools of the elementary functions@>=
static inline REAL F(exponent)(REAL x)
{
    const REAL ones = F(MAGIC) / (REAL)1.5;
    const BITS half = F(bits)((REAL)0.70710678118654752);
    const BITS b = F(bits)(x) + F(bits)(1) - half;

    return F(number)(b >> F(FRACTION) | F(bits)(ones)) - (ones + F(BIAS));
}

@ With $f=m-1$ and $s=f/(2+f)$ we have $m=(1+s)/(1-s)$ and
\[
\ln(1+f)=2\,\mathrm{artanh}\,s=2s+s\,R(s^2),\qquad
R(t)=\tfrac23t+\tfrac25t^2+\tfrac27t^3+\cdots,
\]
where $t=s^2<0.0295$, so that few terms are enough. The division makes an
error in $s$, and $2s$ would pass it on. But $2s=f-sf$, and
$sf=\frac12f^2-s\cdot\frac12f^2$, so
\[
\ln(1+f)=f-\bigl(\tfrac12f^2-s\,(\tfrac12f^2+R)\bigr).
\]
Now $f$, which is exact, is the main part, and $s$ comes with a small factor. This
arrangement is that of Sun's library of 1993, as is the order in which $e\ln2$ is
added in two parts.

@<Tools of the elementary functions@>=
static inline REAL F(log_of)(REAL e, REAL f) /* $e\ln2+\ln(1+f)$ */
{
    const REAL s = f / (2 + f), t = s * s, h = f * f / 2;
    const REAL r = t * POLYNOMIAL(F(L), t);

    return e * F(LN2_HIGH) -
           ((h - (s * (h + r) + e * F(LN2_LOW))) - f);
}

@ The polynomial is $R(t)/t$.

@<Coefficients of the polynomials@>=
static const float L_float[] = {
    0.6666666269f, 0.4000033438f, 0.2853730023f, 0.2358229905f};
static const double L_double[] = {
    0.666666666666673402, 0.399999999994143041, 0.285714287424780056,
    0.222221985632011149, 0.181835648793779503, 0.153140355599742678,
    0.147961077521707812};

@ The ends are chosen last. |u| is the number whose logarithm is wanted, |x|
the argument, which is also the result if it is infinite or NaN.

@<Tools of the elementary functions@>=
static inline REAL F(ends)(REAL x, REAL u, REAL y)
{
    const REAL right = u < (REAL)INFINITY ? y : x;
    const REAL left = u < 0 ? (REAL)NAN : x;

    return u > 0 ? right : u == 0 ? -(REAL)INFINITY : left;
}

@ Numbers below the smallest exponent have fewer digits and an exponent field of 0. Multiplied by $2^{24}$ or $2^{53}$ they are like the others.

@<The elementary functions@>=
static inline REAL F(log)(REAL x)
{
    const bool small = x < F(number)((BITS)1 << F(FRACTION));
    const REAL u = small ? x / F(TINY) : x, all = F(exponent)(u);
    const REAL e = small ? all - (F(FRACTION) + 1) : all;
    const BITS m = F(bits)(u) - (F(bits)(all + F(MAGIC)) << F(FRACTION));

    return F(ends)(x, x, F(log_of)(e, F(number)(m) - 1));
}

@ For $\ln(1+x)$ the sum $u=1+x$ is rounded, and a small $x$ would leave little of
itself. We take only the exponent $e$ from $u$. Then
$f=2^{-e}(1+x)-1=2^{-e}x+(2^{-e}-1)$ is rounded but once, and for $e=0$ it is $x$ itself. The factor 4
keeps $2^{2-e}$ in the range, since $e$ may be 128.

@<The elementary functions@>=
static inline REAL F(log1p)(REAL x)
{
    const REAL u = 1 + x, e = F(exponent)(u), s = F(two_to)(2 - e);
    const REAL y = F(log_of)(e, (s * x + (s - 4)) / 4);

    return F(ends)(x, u, x == 0 ? x : y);
}

@ \emph{The error function} is needed by GELU, in the form
$\mathrm{erfc}\,x=\frac2{\sqrt\pi}\int_x^\infty e^{-t^2}\,dt$. On the right it falls like
$e^{-x^2}$, over more than thirty powers of ten before a |float| ends. A polynomial cannot do that; but $e^{x^2}\mathrm{erfc}\,x$ is
a tame function that falls like $1/x$. Multiplied by $1+2x$ it stays between 1 and 1.3, and as a function of
\[
t=\frac{x-c}{x+c},\qquad x\ge0,
\]
which lies between $-1$ and 1, a polynomial follows it for all $x$. The even and the odd
powers are evaluated separately, which makes two short polynomials of a long one.

@<Tools of the elementary functions@>=
static inline REAL F(tail)(REAL x) /* $e^{x^2}\mathrm{erfc}\,x$ */
{
    const REAL t = (x - F(CENTRE)) / (x + F(CENTRE)), u = t * t;
    const REAL even = POLYNOMIAL(F(C), u), odd = POLYNOMIAL(F(S), u);

    return (even + t * odd) / (1 + 2 * x);
}

@ The centre $c$ is free. These values need the fewest coefficients.

@<Coefficients of the polynomials@>=
static const float CENTRE_float = 2.5f;
static const float C_float[] = {
    1.264838219f, -0.09902409464f, -0.1029749662f, 0.0009850314818f,
    0.0003381880524f, 7.404160715e-5f};
static const float S_float[] = {
    -0.1223566979f, 0.1576279253f, 0.03277574852f, -0.004412187729f,
    0.0006015908439f};
static const double CENTRE_double = 4;

@ For a |double| it takes 23.

@<Coefficients of the polynomials@>=
static const double C_double[] = {
    1.23299511862555256, 0.0153796521026200346, -0.101039066036317224,
    -0.066330365812188527, -0.0161977340529084746,
    -0.000757773374053529467, 0.00015062234341387833,
    -0.0000112249583068023844, 3.01478027784538446e-7,
    6.27361482140543389e-8, -7.82056789877888182e-9,
    -1.77607339352283635e-9};
static const double S_double[] = {
    -0.139621116840562859, 0.0680970542547345431, 0.0937328349968849367,
    0.0371675155610791119, 0.00503196976824095768,
    -0.000199255572784571769, -0.0000244029541775695179,
    5.71744546184138424e-6, -8.34617578050411848e-7,
    1.14986073181964721e-7, -1.35720249633247063e-8};

@ The factor $e^{-x^2}$ is more delicate than it looks. For $x=9$ the square is
81, its error of rounding as much as $2^{-18}$, and the exponential turns that into a
\emph{relative} error of $2^{-18}$: sixty ulp. So $x$ is split into a
head of half as many bits, whose square is exact, and the rest:
$x^2=h^2+(x-h)(x+h)$. The second term is small and joins $r$ after the reduction.

@<Tools of the elementary functions@>=
static inline REAL F(exp_square)(REAL c, REAL x) /* $e^{-cx^2}$ */
{
    const REAL n = F(whole)(-c * x * x * F(LOG2E));
    const REAL h = F(number)(F(bits)(x) & ~(BITS)F(HALF_BITS));
    const REAL r = F(rest)(-c * h * h, n) - c * ((x - h) * (x + h));

    return F(scaled)(1 + F(curve)(r), n);
}

@ With $c=\frac12$ this is the bell curve of the normal distribution.

@<The elementary functions@>=
static inline REAL F(bell)(REAL x) /* $e^{-x^2/2}$ */
{
    return F(exp_square)((REAL)0.5,
                         F(between)(0, fabs(x), F(BELL_END)));
}

@ GELU needs $\mathrm{erfc}(-z/\sqrt2)$ and, for its slope, $e^{-z^2/2}$, which is the same
exponential. So a caller may bring it along. Left of 0,
$\mathrm{erfc}\,x=2-\mathrm{erfc}(-x)$. Near 0 the function is close to 1, the product of
three rounded factors would be off by several ulp, and $1-\mathrm{erf}\,x$ with a short polynomial is
better.

@<The elementary functions@>=
static inline REAL F(erfc_by)(REAL x, REAL bell) /* |bell| is $e^{-x^2}$ */
{
    const REAL a = F(between)(0, fabs(x), F(ERFC_END));
    const REAL tail = F(tail)(a) * bell;
    const REAL near = 1 - x * POLYNOMIAL(F(Z), x * x);

    return a < (REAL)0.5 ? near : x < 0 ? 2 - tail : tail;
}
static inline REAL F(erfc)(REAL x)
{
    const REAL a = F(between)(0, fabs(x), F(ERFC_END));

    return F(erfc_by)(x, F(exp_square)(1, a));
}

@ The last polynomial is $\mathrm{erf}\,x/x$ in $x^2$, up to $\frac14$.

@<Coefficients of the polynomials@>=
static const float Z_float[] = {
    1.128379107f, -0.3761260808f, 0.1128283814f, -0.02675813437f,
    0.00471988041f};
static const double Z_double[] = {
    1.12837916709551256, -0.376126389031834762, 0.112837916709255401,
    -0.026866170632946898, 0.00522397737393699713,
    -0.000854829783085871847, 0.000120533387288369214,
    -0.0000148459369047274663, 1.47267311933215222e-6};

@* Index.
