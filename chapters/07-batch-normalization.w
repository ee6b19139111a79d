@i common.w

@** Batch normalization.
\label{ch:batch-normalization}
Initialization chooses the weights so that every layer \emph{starts} with
inputs of a healthy size (Chapter~\ref{ch:initialization}). SELU chooses the
activation so that they tend to \emph{return} to it
(Chapter~\ref{ch:elu-selu}). Both are arguments about averages, and training is
free to leave the conditions under which they hold. \citet{ioffe2015} took the
direct road: measure the mean and the variance of each unit's input over the
batch, in every step, and divide them out.

The idea fits in one line. Its consequences do not. The output for a sample now
depends on the other samples of its batch, so the backward pass couples them,
and at inference, where there may be no batch, something else must take its
place. This chapter makes the module |batchnorm|, derives its gradient,
compares three ways to run it at inference, and measures what it buys.

@* Normalizing a batch.
\label{sec:bn-forward}
Take one column of the batch: the values $x_1,\dots,x_m$ of one unit for $m$
samples. Batch normalization computes
\begin{align}
\mu&=\frac1m\sum_{i=1}^m x_i, &
\sigma^2&=\frac1m\sum_{i=1}^m(x_i-\mu)^2,\label{eq:bn-statistics}\\
\hat x_i&=\frac{x_i-\mu}{\sqrt{\sigma^2+\varepsilon}}, &
y_i&=\gamma\hat x_i+\beta.\label{eq:bn-forward}
\end{align}
The small $\varepsilon$ keeps the division away from zero. The trained numbers
$\gamma$ and $\beta$, one pair a column, give back what the division took: with
$\gamma=\sqrt{\sigma^2+\varepsilon}$ and $\beta=\mu$ the layer does nothing at
all. So no function is lost. What changes is who is in charge of a unit's mean
and scale: two numbers of their own, and no longer all the weights below.

A column of four samples makes it concrete. For $x=(1,3,5,7)$ the mean is
$\mu=4$, the distances from it are $-3,-1,1,3$, and
$\sigma^2=(9+1+1+9)/4=5$. So $\hat x\approx(-1.34,-0.45,0.45,1.34)$, leaving
$\varepsilon$ aside. Start from $x=(101,103,105,107)$, or from
$(10,30,50,70)$, and the same four numbers come out. Whatever the layers below
do to the offset and the scale of a unit, the layer above does not notice.

@ The interface has two floors. The lower one works on matrices and arrays of
the caller, one number a column. A tensor [batch, channels, length] can be run
through it as a matrix of $\mathit{batch}\cdot\mathit{length}$ rows and one
column a channel.

@(tangled/lib/batchnorm.h@>=
#pragma once
#include "layer.h"
@#
GP_BEGIN_DECLS@;
void gp_batchnorm_train(const gp_matrix *x, const gp_real *gamma,
                        const gp_real *beta, double epsilon, gp_matrix *y,
                        gp_real *mean, gp_real *variance,
                        gp_real *inverse_deviation);
    /* normalizes the columns of |x| by the batch's own statistics (Ioffe and
       Szegedy 2015, algorithm 1) and reports them. All arrays have an entry
       for each column: |variance| is $\sigma^2$, divided by the number of
       rows, and |inverse_deviation| $1/\sqrt{\sigma^2+\varepsilon}$. Two
       rows at least; |y| has the shape of |x| */
void gp_batchnorm_infer(const gp_matrix *x, const gp_real *gamma,
                        const gp_real *beta, const gp_real *mean,
                        const gp_real *variance, double epsilon, gp_matrix *y);
    /* normalizes by given statistics, so that no row depends on another */

@ Each of the two has its own backward pass, because only in training do the
statistics depend on |x|. A |dx| of |NULL| is not computed.

@(tangled/lib/batchnorm.h@>=
void gp_batchnorm_train_backward(const gp_matrix *x, const gp_matrix *dy,
                                 const gp_real *gamma, const gp_real *mean,
                                 const gp_real *inverse_deviation,
                                 gp_matrix *dx, gp_real *dgamma,
                                 gp_real *dbeta);
    /* |mean| and |inverse_deviation| as the forward pass reported them */
void gp_batchnorm_infer_backward(const gp_matrix *x, const gp_matrix *dy,
                                 const gp_real *gamma, const gp_real *mean,
                                 const gp_real *variance, double epsilon,
                                 gp_matrix *dx, gp_real *dgamma,
                                 gp_real *dbeta);
    /* both overwrite |dgamma| and |dbeta|, and |dx| unless it is |NULL| */
void gp_batchnorm_running(size_t n, gp_real *running, const gp_real *batch,
                          double update, double correction);
    /* $\mathit{running}\leftarrow(1-\mathit{update})\,\mathit{running}
       +\mathit{update}\cdot\mathit{correction}\cdot\mathit{batch}$, for
       |n| numbers */

@ The upper floor is the layer. Its two running statistics are state, not
trained parameters: an optimizer never sees them, a checkpoint keeps them.

@(tangled/lib/batchnorm.h@>=
gp_layer *gp_batchnorm_new(size_t width, double momentum, double epsilon,
                           gp_error *error);
    /* parameters ``gamma'' (ones), ``beta'' (zeros), trained, and
       ``moving\_mean'' (zeros), ``moving\_variance'' (ones), not trained;
       |momentum| is the weight of the old running value, as in Keras;
       |NULL| if |momentum| is outside $[0,1]$, |epsilon| not positive, or
       memory short */
bool gp_batchnorm_is(const gp_layer *layer);
    /* the following functions leave layers of other types alone */
void gp_batchnorm_set_unbiased(gp_layer *layer, bool unbiased);
    /* may the running variance divide by $m-1$ (PyTorch) or by $m$ (Keras,
       the default)? */
gp_status gp_batchnorm_check_batch(const gp_layer *layer, size_t rows,
                                   gp_error *error);
    /* |GP_BAD_INPUT|, with the reason, if |layer| cannot train on |rows| */

@ Two more services belong to it, and have sections of their own below: the
statistics of the whole training set, and the removal of the layer once
training is over.

@(tangled/lib/batchnorm.h@>=
void gp_batchnorm_population_begin(gp_layer *layer);
    /* from now on every training pass adds its batch to an average with
       equal weights, which the running statistics are set to */
void gp_batchnorm_population_end(gp_layer *layer);
    /* the running statistics now are those of the population; back to
       |momentum| */
gp_status gp_batchnorm_fold(gp_layer *dense, const gp_layer *norm,
                            gp_error *error);
gp_status gp_batchnorm_fold_before(const gp_layer *norm,
                                   gp_layer *dense, gp_error *error);
    /* change kernel and bias of |dense| to do the work of a batch
       normalization behind it, or before it; |GP_BAD_INPUT| if |dense| has no
       bias or the layers do not fit */
GP_END_DECLS@;

@ The implementation follows the chapter's order.

@(tangled/lib/batchnorm.c@>=
#include "batchnorm.h"
#include "private/vectormath.h"
#include <string.h>
@#
@<Cut a matrix into strips of columns@>@;
@<Compute the statistics of a strip@>@;
@<Shift and scale a strip@>@;
@<Normalize a batch@>@;
@<Sum up what $\gamma$ and $\beta$ receive@>@;
@<Propagate a gradient back through the normalization@>@;
@<Move a running statistic@>@;
@<The batch normalization layer@>@;
@<Fold batch normalization into a dense layer@>@;

@* Statistics that survive an offset.
\label{sec:bn-statistics}
The columns are independent, and the rows lie in memory one after the other. So
the loops run over rows outside and columns inside, along memory, with one
accumulator a column. A strip of 128 columns is handled at a time: its
accumulators fit in the first-level cache. The threads of a team share the
columns (Section~\ref{sec:team}). A column is always summed by one thread from the first row to the
last, so the number of threads does not change a bit of the result.

@<Cut a matrix into strips of columns@>=
#define STRIP 128
@#
static gp_matrix strip(const gp_matrix *m, size_t first, gp_part columns)
{
    const size_t rest = columns.first + columns.count - first;

    return gp_matrix_view(m->at + first, m->rows, rest < STRIP ? rest : STRIP,
                          m->stride);
}

@ The variance asks for care. The formula $\Expect[x^2]-\Expect[x]^2$ needs one
pass and is a classic trap: for a column with mean 180 and deviation 3 it
subtracts two numbers near 32,400 to find 9, and a |float| loses four of its
seven digits. \claim{one_pass_variance_loses_digits}

We take two passes. The mean is summed up as a distance from the first row, so
the sum has the size of the spread and not of the offset.

@<Compute the statistics of a strip@>=
static void column_means(const gp_matrix *x, gp_real *mean)
{
    const gp_real *first = x->at;
    gp_real sum[STRIP] = {0};

    for (size_t i = 1; i < x->rows; i++) {
        const gp_real *row = gp_row(x, i);

        GP_SIMD
        for (size_t j = 0; j < x->cols; j++)
            sum[j] += row[j] - first[j];
    }
    for (size_t j = 0; j < x->cols; j++)
        mean[j] = first[j] + sum[j] / (gp_real)x->rows;
}

@ The second pass sums the squares of the distances from that mean. The mean
was rounded, so the distances themselves do not quite sum to zero; what they
sum to corrects the squares \citep{chan1983algorithms}.

@<Compute the statistics of a strip@>=
static void column_variances(const gp_matrix *x, const gp_real *mean,
                             gp_real *variance)
{
    const gp_real m = (gp_real)x->rows;
    gp_real sum[STRIP] = {0}, rest[STRIP] = {0};

    for (size_t i = 0; i < x->rows; i++) {
        const gp_real *row = gp_row(x, i);

        GP_SIMD
        for (size_t j = 0; j < x->cols; j++) {
            const gp_real d = row[j] - mean[j];

            rest[j] += d;
            sum[j] += d * d;
        }
    }
    @<Divide the corrected sums of squares by |m|@>@;
}

@ Rounding may leave a column that hardly varies with a sum just below zero.

@<Divide the corrected sums of squares by |m|@>=
for (size_t j = 0; j < x->cols; j++) {
    const gp_real square = sum[j] - rest[j] * rest[j] / m;

    variance[j] = square > 0 ? square / m : square * 0;
}

@ The odd |square * 0| is zero for a negative rounding error, and NaN for a
NaN: a network that has diverged must not look healthy.

With the statistics known, the layer is one multiplication and one addition an
element. Training and inference share it.

@<Shift and scale a strip@>=
static void transform(const gp_matrix *x, const gp_real *mean,
                      const gp_real *scale, const gp_real *beta, gp_matrix *y)
{
    for (size_t i = 0; i < x->rows; i++) {
        const gp_real *restrict from = gp_row(x, i);
        gp_real *restrict to = gp_row(y, i);

        GP_SIMD
        for (size_t j = 0; j < x->cols; j++)
            to[j] = (from[j] - mean[j]) * scale[j] + beta[j];
    }
}

@ The subtraction comes first. Multiplying out, $x\cdot s+(\beta-\mu s)$, would
save it and bring the offset's rounding errors back.

@<Normalize a batch@>=
static void require_same(const gp_matrix *a, const gp_matrix *b)
{
    GP_REQUIRE(a->rows == b->rows && a->cols == b->cols,
               "batch normalization: one matrix is [%zu, %zu], the other "
               "[%zu, %zu]", a->rows, a->cols, b->rows, b->cols);
}
@#
static inline gp_real inverse_of(gp_real variance, double epsilon)
{
    return 1 / sqrt(variance + (gp_real)epsilon);
}

@ Equations \eqref{eq:bn-statistics} and \eqref{eq:bn-forward}, strip by strip:

@<Normalize a batch@>=
void gp_batchnorm_train(const gp_matrix *x, const gp_real *gamma,
                        const gp_real *beta, double epsilon, gp_matrix *y,
                        gp_real *mean, gp_real *variance,
                        gp_real *inverse_deviation)
{
    require_same(x, y);
    @<Require a batch of two or more@>@;
    const gp_part mine = gp_team_columns(x->cols);
    for (size_t k = mine.first; k < mine.first + mine.count; k += STRIP) {
        const gp_matrix from = strip(x, k, mine);
        gp_matrix to = strip(y, k, mine);
        gp_real scale[STRIP];

        column_means(&from, mean + k);
        column_variances(&from, mean + k, variance + k);
        @<Compute the inverse deviations and |scale|@>@;
        transform(&from, mean + k, scale, beta + k, &to);
    }
}

@ The backward pass will want $1/\sqrt{\sigma^2+\varepsilon}$ again, so it is
kept beside the variance.

@<Compute the inverse deviations and |scale|@>=
for (size_t j = 0; j < from.cols; j++) {
    inverse_deviation[k + j] = inverse_of(variance[k + j], epsilon);
    scale[j] = gamma[k + j] * inverse_deviation[k + j];
}

@ A batch of one cannot be trained on. Its mean is the sample itself, $\hat x$
is 0 whatever the sample was, and the layer's output is $\beta$: nothing of the
input gets through. No framework can give that a useful meaning, so we stop and
say why.

@<Require a batch of two or more@>=
GP_REQUIRE(x->rows > 1, "batch normalization cannot train on %zu sample: "
           ONE_SAMPLE, x->rows);

@ The reason is worded once, for the abort here and for the message of
|gp_batchnorm_check_batch|.

@<Cut a matrix into strips of columns@>=
#define ONE_SAMPLE \
    "a single value minus its own mean is 0, so nothing of the input would " \
    "be left; give it batches of 2 samples or more"

@ At inference the statistics come from outside, and each row stands for
itself.

@<Normalize a batch@>=
void gp_batchnorm_infer(const gp_matrix *x, const gp_real *gamma,
                        const gp_real *beta, const gp_real *mean,
                        const gp_real *variance, double epsilon, gp_matrix *y)
{
    const gp_part all = {0, x->cols};
    const gp_part rows = gp_team_part(x->rows);
    const gp_matrix in = gp_matrix_rows(x, rows.first, rows.count);
    const gp_matrix out = gp_matrix_rows(y, rows.first, rows.count);

    require_same(x, y);
    for (size_t k = 0; k < x->cols; k += STRIP) {
        const gp_matrix from = strip(&in, k, all);
        gp_matrix to = strip(&out, k, all);
        gp_real scale[STRIP];

        for (size_t j = 0; j < from.cols; j++)
            scale[j] = gamma[k + j] * inverse_of(variance[k + j], epsilon);
        transform(&from, mean + k, scale, beta + k, &to);
    }
}

@* The backward pass, derived.
\label{sec:bn-backward}
Write $g_i=\partial L/\partial y_i$ for the gradient that arrives, and
$r=1/\sqrt{\sigma^2+\varepsilon}$, so that $\hat x_i=(x_i-\mu)\,r$. The trained
numbers are the easy part: $y_i=\gamma\hat x_i+\beta$ gives
\begin{equation}\label{eq:bn-dgamma}
\frac{\partial L}{\partial\gamma}=\sum_i g_i\hat x_i,\qquad
\frac{\partial L}{\partial\beta}=\sum_i g_i .
\end{equation}
For the input, note that $x_k$ reaches \emph{every} $y_i$ of its column: once
directly if $i=k$, and always through $\mu$ and $\sigma^2$. First the
statistics themselves:
\[
\frac{\partial\mu}{\partial x_k}=\frac1m,\qquad
\frac{\partial\sigma^2}{\partial x_k}
=\frac2m\sum_i(x_i-\mu)\Bigl([i=k]-\frac1m\Bigr)=\frac2m(x_k-\mu),
\]
where $[i=k]$ is 1 if $i=k$ and 0 otherwise; the part with $\frac1m$ vanishes
because the distances from the mean sum to zero.

@ Now $\hat x_i$, by the product rule, with $\partial
r/\partial\sigma^2=-\frac12r^3$:
\begin{align*}
\frac{\partial\hat x_i}{\partial x_k}
&=r\Bigl([i=k]-\frac{\partial\mu}{\partial x_k}\Bigr)
+(x_i-\mu)\Bigl(-\frac{r^3}2\Bigr)\frac{\partial\sigma^2}{\partial x_k}\\
&=r\Bigl([i=k]-\frac1m-\frac1m\,\hat x_i\hat x_k\Bigr).
\end{align*}
Multiply by $\partial L/\partial\hat x_i=\gamma g_i$ and sum over all samples:
\begin{equation}\label{eq:bn-dx}
\frac{\partial L}{\partial x_k}
=\gamma r\Bigl(g_k-\frac1m\sum_i g_i-\hat x_k\,\frac1m\sum_i g_i\hat x_i\Bigr)
=\gamma r\Bigl(g_k-\frac1m\frac{\partial L}{\partial\beta}
-\frac{\hat x_k}m\frac{\partial L}{\partial\gamma}\Bigr).
\end{equation}
The two sums are those of \eqref{eq:bn-dgamma}, so they come for free.

The result has a picture. Up to the factor $\gamma r$, the gradient $g$ loses
its component along $(1,\dots,1)$ and its component along $\hat x$: the two
directions in which the input can move without any effect on the output, adding
a constant to the column and (for $\varepsilon=0$) stretching it. Nothing can
be learned there, and no gradient is wasted on it. In particular the gradients
of a column always sum to zero. \claim{gradient_has_no_constant_part}

@ The four samples of Section~\ref{sec:bn-forward} show the coupling in
numbers. Let only the first output matter to the loss: $g=(1,0,0,0)$, with
$\gamma=1$. Then $\frac1m\sum_i g_i=\frac14$, and
$\hat x_k\frac1m\sum_i g_i\hat x_i=\frac{(x_k-4)(-3)}{4\cdot5}$, which is
$0.45,0.15,-0.15,-0.45$ for the four samples. Equation \eqref{eq:bn-dx} gives,
with $r=1/\sqrt5$,
\[
\frac{\partial L}{\partial x}=\frac1{\sqrt5}\,(0.30,\,-0.40,\,-0.10,\,0.20).
\]
The loss asked one sample to move, and all four are told to. To raise
$\hat x_1$ it helps to raise $x_1$, but more to lower $x_2$: that lowers the
mean, too, and does not stretch the column. The four numbers sum to zero, and
so do their products with the distances $-3,-1,1,3$:
$-0.9+0.4-0.1+0.6=0$. These are the two lost directions. Anyone who writes the
backward pass without the two extra terms finds $(1,0,0,0)/\sqrt5$ here, a
gradient that descends on a different function.

@ In code, the sums of \eqref{eq:bn-dgamma} come first. Here $\hat x$ is recomputed from |x|,
which is cheaper than to keep it.

@<Sum up what $\gamma$ and $\beta$ receive@>=
static void column_sums(const gp_matrix *x, const gp_matrix *dy,
                        const gp_real *mean, const gp_real *inverse,
                        gp_real *dgamma,
                        gp_real *dbeta)
{
    gp_real gamma[STRIP] = {0}, beta[STRIP] = {0};

    for (size_t i = 0; i < x->rows; i++) {
        const gp_real *row = gp_row(x, i), *g = gp_row(dy, i);

        GP_SIMD
        for (size_t j = 0; j < x->cols; j++) {
            beta[j] += g[j];
            gamma[j] += g[j] * (row[j] - mean[j]);
        }
    }
    @<Store the two sums of the strip@>@;
}

@ The factor $r$ of $\hat x$ is the same in every row, so it waits outside the
loop.

@<Store the two sums of the strip@>=
for (size_t j = 0; j < x->cols; j++) {
    dgamma[j] = gamma[j] * inverse[j];
    dbeta[j] = beta[j];
}

@ Equation \eqref{eq:bn-dx}, again with everything that a row does not change
taken out of the loop: $a=\gamma r$, $b=\frac1m\,\partial L/\partial\beta$,
$c=\frac rm\,\partial L/\partial\gamma$.

@<Propagate a gradient back through the normalization@>=
static void propagate(const gp_matrix *x, const gp_matrix *dy,
                      const gp_real *mean, const gp_real *a, const gp_real *b,
                      const gp_real *c, gp_matrix *dx)
{
    for (size_t i = 0; i < x->rows; i++) {
        const gp_real *row = gp_row(x, i), *g = gp_row(dy, i);
        gp_real *restrict d = gp_row(dx, i);

        GP_SIMD
        for (size_t j = 0; j < x->cols; j++)
            d[j] = a[j] * (g[j] - b[j] - (row[j] - mean[j]) * c[j]);
    }
}

@ The whole backward pass of a strip: two sums, then the three constants of
each column, then \eqref{eq:bn-dx} row by row.

@<Propagate a gradient back through the normalization@>=
void gp_batchnorm_train_backward(const gp_matrix *x, const gp_matrix *dy,
                                 const gp_real *gamma, const gp_real *mean,
                                 const gp_real *inverse_deviation,
                                 gp_matrix *dx, gp_real *dgamma,
                                 gp_real *dbeta)
{
    const gp_real share = 1 / (gp_real)x->rows;

    require_same(x, dy);
    if (dx)
        require_same(x, dx);
    const gp_part mine = gp_team_columns(x->cols);
    for (size_t k = mine.first; k < mine.first + mine.count; k += STRIP) {
        const gp_matrix from = strip(x, k, mine), back = strip(dy, k, mine);
        const gp_real *inverse = inverse_deviation + k;

        column_sums(&from, &back, mean + k, inverse, dgamma + k, dbeta + k);
        if (dx)
            @<Propagate the gradient through the batch statistics@>@;
    }
}

@ The letters are those of the formula above.

@<Propagate the gradient through the batch statistics@>=
{
    gp_real a[STRIP], b[STRIP], c[STRIP];
    gp_matrix to = strip(dx, k, mine);

    for (size_t j = 0; j < from.cols; j++) {
        a[j] = gamma[k + j] * inverse[j];
        b[j] = dbeta[k + j] * share;
        c[j] = dgamma[k + j] * share * inverse[j];
    }
    propagate(&from, &back, mean + k, a, b, c, &to);
}

@ With given statistics the layer is a constant factor and a constant term a
column, and the two extra terms of \eqref{eq:bn-dx} are absent: $b=c=0$. This
pass is for networks that are trained further with frozen statistics.

@<Propagate a gradient back through the normalization@>=
void gp_batchnorm_infer_backward(const gp_matrix *x, const gp_matrix *dy,
                                 const gp_real *gamma, const gp_real *mean,
                                 const gp_real *variance, double epsilon,
                                 gp_matrix *dx, gp_real *dgamma,
                                 gp_real *dbeta)
{
    require_same(x, dy);
    if (dx)
        require_same(x, dx);
    const gp_part mine = gp_team_columns(x->cols);
    for (size_t k = mine.first; k < mine.first + mine.count; k += STRIP) {
        const gp_matrix from = strip(x, k, mine), back = strip(dy, k, mine);
        gp_real inverse[STRIP];

        for (size_t j = 0; j < from.cols; j++)
            inverse[j] = inverse_of(variance[k + j], epsilon);
        column_sums(&from, &back, mean + k, inverse, dgamma + k, dbeta + k);
        if (dx)
            @<Propagate the gradient past the given statistics@>@;
    }
}

@ One product an element is left. The loop of the training pass serves, with
zeros for $b$ and $c$.

@<Propagate the gradient past the given statistics@>=
{
    const gp_real none[STRIP] = {0};
    gp_real a[STRIP];
    gp_matrix to = strip(dx, k, mine);

    for (size_t j = 0; j < from.cols; j++)
        a[j] = gamma[k + j] * inverse[j];
    propagate(&from, &back, mean + k, a, none, none, &to);
}

@* Inference, three ways.
\label{sec:bn-inference}
A trained network must answer for one image at a time, and its answer should
not depend on which other images happen to be asked about. So at inference
$\mu$ and $\sigma^2$ are constants. Which constants? There are three choices,
and all three are in use.

\begin{enumerate}
\item \emph{Batch statistics}: keep normalizing each batch by itself. The
answer depends on the company, and for a single sample there is none.
\item \emph{Running averages}, gathered during training. This is what
Keras, PyTorch and every other framework do by default.
\item \emph{Population statistics}: after training, freeze the weights, run the
training set through once, and average. This is Algorithm 2 of
\citet{ioffe2015}.
\end{enumerate}

@ A running average forgets: each new value moves it by a small share of the
distance. That share is the source of the best-known trap of the subject. Keras
calls \emph{momentum} the weight of the old value,
\[
\mathit{running}\leftarrow\mathit{momentum}\cdot\mathit{running}
+(1-\mathit{momentum})\cdot\mathit{batch},
\]
with default 0.99. PyTorch calls momentum the weight of the new one, with
default 0.1. So Keras' 0.99 is PyTorch's 0.01, and whoever carries 0.1 from one
to the other keeps a tenth of the old value in place of nine tenths. This book
speaks Keras' language in the layer. The array function avoids the word: it
takes the weight of the new value and calls it |update|.

@<Move a running statistic@>=
void gp_batchnorm_running(size_t n, gp_real *running, const gp_real *batch,
                          double update, double correction)
{
    const gp_real u = (gp_real)update, c = (gp_real)correction;

    GP_SIMD
    for (size_t j = 0; j < n; j++)
        running[j] += u * (c * batch[j] - running[j]);
}

@ The |correction| is the second point on which the frameworks differ. The
variance in \eqref{eq:bn-statistics} divides by $m$ and so underestimates the
variance of the distribution that the batch was drawn from, by the factor
$(m-1)/m$ on average. For normalizing the batch itself that is right: the batch
is all there is. For inference the unbiased value, divided by $m-1$, is the
better estimate. PyTorch stores it, with a correction of $m/(m-1)$; Keras and
ONNX store the biased one, with a correction of 1. For batches of 32 the two
differ by three per cent, for batches of 2 by a factor of two.

@ Population statistics are the same update with other weights. The average
over $k$ batches with equal weights is a running average whose |update| is
$1/k$ in the $k$-th step; for batches of unequal size, the share that the new
batch has of all rows seen so far. Algorithm 2 prescribes the unbiased
variance:
\begin{equation}\label{eq:bn-population}
\Expect[x]\leftarrow\Expect_B[\mu_B],\qquad
\Var[x]\leftarrow\frac m{m-1}\,\Expect_B[\sigma_B^2].
\end{equation}

@<Account for the statistics of the batch@>=
{
    const double m = (double)x->rows;
    double update = 1 - b->momentum;

    if (b->population) {
        b->seen += m;
        update = m / b->seen;
    }
    gp_batchnorm_running(x->cols, of(layer, MOVING_MEAN), mean, update, 1);
    gp_batchnorm_running(x->cols, of(layer, MOVING_VARIANCE), variance, update,
                         b->unbiased || b->population ? m / (m - 1) : 1);
}

@* The layer.
\label{sec:bn-layer}
The layer keeps the options, and three rows of numbers about the last batch:
mean, variance, and inverse deviation.

@<The batch normalization layer@>=
typedef struct {
    gp_layer layer;
    double momentum, epsilon;
    bool unbiased; /* the running variance */
    bool training; /* the last forward pass */
    bool population; /* between begin and end */
    double seen; /* rows since begin */
    gp_matrix batch; /* [3, width] */
} batchnorm;
@#
enum { GAMMA, BETA, MOVING_MEAN, MOVING_VARIANCE };

@ The parameters are reached by their place in the layer.

@<The batch normalization layer@>=
static gp_real *of(const gp_layer *layer, int parameter)
{
    return layer->parameter[parameter].value.at;
}

@ Forward, the pass says which of the two functions is meant. In training, a
thread needs all rows of its columns, so it waits until the others have
theirs, and afterwards until the others are done. The running
statistics move in training only.

@<The batch normalization layer@>=
static void forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                    const gp_pass *pass)
{
    batchnorm *b = (batchnorm *)layer;
    gp_real *mean = gp_row(&b->batch, 0), *variance = gp_row(&b->batch, 1);

    if (pass->training) {
        gp_team_wait();
        gp_batchnorm_train(x, of(layer, GAMMA), of(layer, BETA), b->epsilon, y,
                           mean, variance, gp_row(&b->batch, 2));
        gp_team_wait();
        if (gp_team_first())
            @<Account for the statistics of the batch@>@;
    } else {
        gp_batchnorm_infer(x, of(layer, GAMMA), of(layer, BETA),
                           of(layer, MOVING_MEAN), of(layer, MOVING_VARIANCE),
                           b->epsilon, y);
    }
    if (gp_team_first())
        b->training = pass->training;
}

@ Backward, the pass is that of the last forward pass. The gradients of
$\gamma$ and $\beta$ are overwritten, as every layer does.

@<The batch normalization layer@>=
static void backward(gp_layer *layer, const gp_matrix *x, const gp_matrix *y,
                     const gp_matrix *dy, gp_matrix *dx)
{
    const batchnorm *b = (const batchnorm *)layer;
    gp_real *dgamma = layer->parameter[GAMMA].gradient.at;
    gp_real *dbeta = layer->parameter[BETA].gradient.at;

    (void)y;
    gp_team_wait();
    if (b->training)
        gp_batchnorm_train_backward(x, dy, of(layer, GAMMA),
                                    gp_row(&b->batch, 0),
                                    gp_row(&b->batch, 2), dx, dgamma, dbeta);
    else
        gp_batchnorm_infer_backward(x, dy, of(layer, GAMMA),
                                    of(layer, MOVING_MEAN),
                                    of(layer, MOVING_VARIANCE), b->epsilon, dx,
                                    dgamma, dbeta);
    gp_team_wait();
}

@ The layer reserves nothing for the batch: its workspace does not depend on
the number of rows. What its type says about it is explained where it belongs:
that a batch needs two rows in Section~\ref{sec:bn-statistics}, statistics and folding
below.

@<The batch normalization layer@>=
static void free_batch(gp_layer *layer)
{
    gp_matrix_free(&((batchnorm *)layer)->batch);
}
@#
static void arguments(const gp_layer *layer, double *value)
{
    const batchnorm *b = (const batchnorm *)layer;

    value[0] = b->momentum;
    value[1] = b->epsilon;
    value[2] = b->unbiased;
}
@#
@<Statistics and folding, for a layer of any type@>@;
static const gp_layer_type type = {
    "batchnorm", forward, backward, NULL, free_batch, @[.minimum_batch@]=2,
    @[.arguments@]=arguments, @[.shares@]=true,
    @[.statistics@]=statistics, @[.fold@]=fold};
@#
bool gp_batchnorm_is(const gp_layer *layer)
{
    return layer->type == &type;
}

@ The options may come from the command line, so a bad one is reported and not
fatal. The comparisons are written so that NaN fails them.

@<The batch normalization layer@>=
gp_layer *gp_batchnorm_new(size_t width, double momentum, double epsilon,
                           gp_error *error)
{
    gp_layer *layer;

    @<Check the options of batch normalization@>@;
    layer = gp_layer_new(&type, sizeof(batchnorm), width, width, error);
    if (!layer)
        return NULL;
    ((batchnorm *)layer)->momentum = momentum;
    ((batchnorm *)layer)->epsilon = epsilon;
    @<Allocate the parameters and the room for statistics@>@;
    gp_matrix_fill(&layer->parameter[GAMMA].value, 1);
    gp_matrix_fill(&layer->parameter[MOVING_VARIANCE].value, 1);
    return layer;
}

@ An $\varepsilon$ of zero would be allowed by the formula. It would also
divide by zero in the first column that is constant, the corner pixel of every
image.

@<Check the options of batch normalization@>=
if (!(momentum >= 0 && momentum <= 1)) {
    gp_fail(error, GP_BAD_INPUT, "batchnorm: the momentum is %g, expected is "
            "a number from 0 to 1 (the weight of the old value)", momentum);
    return NULL;
}
if (!(epsilon > 0 && epsilon < HUGE_VAL)) {
    gp_fail(error, GP_BAD_INPUT, "batchnorm: epsilon is %g, expected is a "
            "number above 0", epsilon);
    return NULL;
}

@ The order of the parameters is Keras', so that checkpoints can be compared.

@<Allocate the parameters and the room for statistics@>=
if (gp_layer_parameter(layer, "gamma", 1, width, true, error) ||
    gp_layer_parameter(layer, "beta", 1, width, true, error) ||
    gp_layer_parameter(layer, "moving_mean", 1, width, false, error) ||
    gp_layer_parameter(layer, "moving_variance", 1, width, false, error) ||
    gp_matrix_new(&((batchnorm *)layer)->batch, 3, width, error)) {
    gp_layer_free(layer);
    return NULL;
}

@ The remaining services are short. Asking about any layer is allowed, so a
network can ask all of its layers in one loop. This is how the laboratory
answers \texttt{lab train --batch 1} with a reason and exit code 2, and not
with an aborted program.

@<The batch normalization layer@>=
void gp_batchnorm_set_unbiased(gp_layer *layer, bool unbiased)
{
    if (gp_batchnorm_is(layer))
        ((batchnorm *)layer)->unbiased = unbiased;
}
@#
gp_status gp_batchnorm_check_batch(const gp_layer *layer, size_t rows,
                                   gp_error *error)
{
    if (!gp_batchnorm_is(layer) || rows > 1)
        return GP_OK;
    return gp_fail(error, GP_BAD_INPUT, "batch normalization cannot train on "
                   "a batch of %zu: " ONE_SAMPLE, rows);
}

@ Between begin and end the layer accounts for batches with equal weights, from
an empty count.

@<The batch normalization layer@>=
void gp_batchnorm_population_begin(gp_layer *layer)
{
    if (gp_batchnorm_is(layer)) {
        ((batchnorm *)layer)->population = true;
        ((batchnorm *)layer)->seen = 0;
    }
}
@#
void gp_batchnorm_population_end(gp_layer *layer)
{
    if (gp_batchnorm_is(layer))
        ((batchnorm *)layer)->population = false;
}

@ A training loop knows neither of these functions. It asks the type of each
layer.

@<Statistics and folding, for a layer of any type@>=
static void statistics(gp_layer *layer, bool gather)
{
    if (gather)
        gp_batchnorm_population_begin(layer);
    else
        gp_batchnorm_population_end(layer);
}
static gp_status fold(const gp_layer *layer, gp_layer *neighbour,
                      bool in_front, gp_error *error)
{
    return in_front ? gp_batchnorm_fold_before(layer, neighbour, error)
                    : gp_batchnorm_fold(neighbour, layer, error);
}

@* Folding.
\label{sec:bn-fold}
At inference the layer is $y=(x-\mu)\,s+\beta$ with the constant
$s=\gamma/\sqrt{\sigma^2+\varepsilon}$. If $x=uW+b$ comes from a dense layer,
\[
y_j=\sum_i u_i\,(W_{ij}s_j)+\bigl((b_j-\mu_j)s_j+\beta_j\bigr),
\]
which is a dense layer again. So the normalization costs nothing at inference:
scale the kernel's columns, correct the bias, drop the layer. In operations
little is saved, one multiplication and one addition an element beside the
hundreds of each that the product needs; in memory traffic it is a whole pass
over the activations, and in a program that runs the network it is a layer
less to implement and to get wrong. The answers are
the same up to rounding. \claim{folding_changes_rounding_only}

@<Fold batch normalization into a dense layer@>=
gp_status gp_batchnorm_fold(gp_layer *dense, const gp_layer *norm,
                            gp_error *error)
{
    if (check_pair(dense, norm, dense->outputs, error) != GP_OK)
        return GP_BAD_INPUT;
    gp_matrix *w = &dense->parameter[0].value;
    gp_real *b = dense->parameter[1].value.at;

    for (size_t j = 0; j < w->cols; j++) {
        const gp_real s = scale_of(norm, j);

        for (size_t i = 0; i < w->rows; i++)
            gp_row(w, i)[j] *= s;
        b[j] = (b[j] - of(norm, MOVING_MEAN)[j]) * s +
               of(norm, BETA)[j];
    }
    return GP_OK;
}

@ A normalization \emph{before} a dense layer folds as well, with the roles of
rows and columns exchanged: row $i$ of the kernel takes the scale $s_i$, and
what the shift $t_i=\beta_i-\mu_is_i$ contributes goes through the old kernel
into the bias.

@<Fold batch normalization into a dense layer@>=
gp_status gp_batchnorm_fold_before(const gp_layer *norm,
                                   gp_layer *dense, gp_error *error)
{
    if (check_pair(dense, norm, dense->inputs, error) != GP_OK)
        return GP_BAD_INPUT;
    gp_matrix *w = &dense->parameter[0].value;
    gp_real *b = dense->parameter[1].value.at;

    for (size_t i = 0; i < w->rows; i++) {
        const gp_real s = scale_of(norm, i);
        const gp_real t = of(norm, BETA)[i] - of(norm, MOVING_MEAN)[i] * s;
        gp_real *row = gp_row(w, i);

        for (size_t j = 0; j < w->cols; j++) {
            b[j] += t * row[j];
            row[j] *= s;
        }
    }
    return GP_OK;
}

@ The scale $s_j$ of one column, at inference:

@<The batch normalization layer@>=
static gp_real scale_of(const gp_layer *layer, size_t j)
{
    return of(layer, GAMMA)[j] *
           inverse_of(of(layer, MOVING_VARIANCE)[j],
                      ((const batchnorm *)layer)->epsilon);
}

@ Only neighbours may be folded. An activation between the two is in the way,
and that is the caller's to see: this function sees two layers only.

@<The batch normalization layer@>=
static gp_status check_pair(const gp_layer *dense, const gp_layer *layer,
                            size_t width, gp_error *error)
{
    if (!gp_batchnorm_is(layer) || strcmp(dense->type->name, "dense") != 0)
        return gp_fail(error, GP_BAD_INPUT, "folding needs a dense layer and "
                       "a batchnorm, found are %s and %s", dense->type->name,
                       layer->type->name);
    if (layer->outputs != width)
        return gp_fail(error, GP_BAD_INPUT, "a batchnorm of width %zu cannot "
                       "be folded into a dense layer whose side there is %zu "
                       "wide", layer->outputs, width);
    if (dense->parameters < 2)
        return gp_fail(error, GP_BAD_INPUT, "folding needs a dense layer "
                       "with a bias to take the shift");
    return GP_OK;
}

@* Old weight, new weight.
\label{sec:bn-running-demo}
Before any network, the running average alone. Each column below receives
batches of 32 from a normal distribution with mean 5 and variance 1; the
average starts at 0, as in a new layer. Three weights of the new value are
tried: Keras' 0.01, PyTorch's 0.1, and 0.9, which is what somebody gets who
types PyTorch's 0.1 where the weight of the old value is asked for.

@(tangled/experiments/bn-running.c@>=
#include "batchnorm.h"
#include "experiment.h"
enum { WIDTH = 64, BATCHES = 1000, LARGEST = 128 };
@#
@<Draw a batch and take its statistics@>@;
@<The spread of an average over the columns@>@;
@#
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "bn-running", .seed = 6,
        .setting = "Batches of normal numbers with mean 5 and variance 1; "
                   "running averages start at 0; mean and deviation over "
                   "64 columns.");
    gp_random r = gp_random_new(e->plan.seed);
    gp_real mean[WIDTH], variance[WIDTH];
    @<Follow the running means@>@;
    @<Compare the running variances@>@;
    return gp_experiment_end(e);
}

@ The layer's own functions do the work. With $\gamma=1$ and $\beta=0$ the
normalized output is of no interest here.

@<Draw a batch and take its statistics@>=
static void statistics(gp_random *r, size_t m, gp_real *mean,
                       gp_real *variance)
{
    static gp_real in[LARGEST * WIDTH], out[LARGEST * WIDTH];
    gp_real ones[WIDTH], zeros[WIDTH] = {0}, inverse[WIDTH];
    gp_matrix x = gp_matrix_view(in, m, WIDTH, WIDTH);
    gp_matrix y = gp_matrix_view(out, m, WIDTH, WIDTH);

    for (size_t j = 0; j < WIDTH; j++)
        ones[j] = 1;
    gp_random_fill_normal(r, &x, 5, 1);
    gp_batchnorm_train(&x, ones, zeros, 1e-3, &y, mean, variance, inverse);
}

@ Each column is an experiment of its own, and so they have a spread, as
networks from several seeds have.

@<The spread of an average over the columns@>=
static gp_spread over(const gp_real *column)
{
    gp_spread s = {0};

    for (size_t j = 0; j < WIDTH; j++)
        gp_spread_add(&s, (double)column[j]);
    return s;
}

@ All three averages see the same 1000 batches. A row for each power of ten.

@<Follow the running means@>=
gp_real slow[WIDTH] = {0}, fast[WIDTH] = {0}, swapped[WIDTH] = {0};
gp_table *t = gp_experiment_table(e, "",
    "running mean (deviation) with the weight w of the new value",
    "batches", "keras|w = 0.01|%.3f", "pytorch|w = 0.1|%.3f",
    "swapped|w = 0.9|%.3f");
for (int n = 1; n <= BATCHES; n++) {
    statistics(&r, 32, mean, variance);
    gp_batchnorm_running(WIDTH, slow, mean, 0.01, 1);
    gp_batchnorm_running(WIDTH, fast, mean, 0.1, 1);
    gp_batchnorm_running(WIDTH, swapped, mean, 0.9, 1);
    if (n == 1 || n == 10 || n == 100 || n == BATCHES)
        gp_table_row_of_spreads(t, gp_text("%d", n), over(slow), over(fast),
                                over(swapped));
}

@ The second table is about the correction: the average of the two estimates of
a variance that is 1. An average with equal weights is a running average with
the weight $1/n$.

@<Compare the running variances@>=
gp_table *v = gp_experiment_table(e, "variance",
    "running variance (deviation), averaged over 1000 batches of m",
    "m", "biased|divided by m|%.3f", "unbiased|divided by m-1|%.3f");
for (size_t m = 2; m <= LARGEST; m *= m < 8 ? 2 : 4) {
    gp_real by_m[WIDTH] = {0}, by_less[WIDTH] = {0};
    const double correction = (double)m / ((double)m - 1);

    for (int n = 1; n <= BATCHES; n++) {
        statistics(&r, m, mean, variance);
        gp_batchnorm_running(WIDTH, by_m, variance, 1. / n, 1);
        gp_batchnorm_running(WIDTH, by_less, variance, 1. / n, correction);
    }
    gp_table_row_of_spreads(v, gp_text("%zu", m), over(by_m), over(by_less));
}

@ \cell{bn-running}

A small weight forgets its wrong beginning slowly: after 100 batches, Keras'
default still carries $0.99^{100}\approx0.366$ of the initial 0, and
$5\cdot(1-0.366)=3.17$ is what the table shows. A large
weight is there at once and then trembles for ever. After 1000 batches its
columns scatter with a deviation of \val{bn-running}{swapped-1000-deviation}, against
\val{bn-running}{keras-1000-deviation} for the smallest weight: it has hardly averaged
at all\claim{large_weight_does_not_average}. How far a weight
averages can be worked out. If $v$ is the variance of the running mean and
$s^2$ that of a batch mean, one step makes $(1-w)^2v+w^2s^2$ of $v$. In the
long run the two are equal, so
\[
v=\frac{w^2}{1-(1-w)^2}\,s^2=\frac w{2-w}\,s^2 .
\]
Here $s=1/\sqrt{32}\approx0.177$, and the deviations should come to
$0.0125$, $0.041$ and $0.160$ for the three weights. The factor $w/(2-w)$ is that of
a plain average over $(2-w)/w$ batches: 199 of them for $w=0.01$, 19 for
$0.1$, and hardly more than one for $0.9$.

The second table is the case for the unbiased variance, at its clearest for
batches of 2: the mean of two samples lies in the middle between them, nearer
to both than the true mean is, and half of the variance goes missing.

@* Three ways, measured.
\label{sec:bn-three-ways}
From here on, networks are trained. The trainer is the one of
Section~\ref{sec:train}, with plain gradient descent, so that nothing but batch
normalization is on trial. What a training and a figure need besides it, the
module |experiment| of Section~\ref{sec:experiments} does.

How much do the three choices of Section~\ref{sec:bn-inference} differ? The
same network is trained three times from the same seed. Running averages do not
influence training, so the three have the same weights at every step. Two
differ in the momentum; the third lends itself to the other two choices, which
change the running averages that they find.

@(tangled/experiments/bn-inference.c@>=
#include "experiment.h"
enum { WAYS = 4, TIMES = 6 };
static const size_t when[TIMES] = {3, 10, 30, 100, 300, 1000};
typedef struct {
    gp_experiment *e;
    int net, time;
    gp_spread (*found)[WAYS];
} finding;
@#
@<Normalize by the statistics of each batch@>@;
@<Look at a network at certain steps@>@;
@#
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "bn-inference", .data = "fashion-mnist", .limit = 10000,
        .seeds = 3, .steps = 1000, .batch = 20, .learning_rate = 0.05,
        .setting = "Two hidden layers of 100 rectifiers, with batch "
                   "normalization before each.");
    gp_spread found[TIMES][WAYS] = {{{0}}};
    @<Train the three networks from every seed@>@;
    @<Make a table of what was found@>@;
    return gp_experiment_end(e);
}

@ The statistics of a batch serve at inference, too, where there are batches.
Their size is that of the training. A rest of the images is left out.

@<Normalize by the statistics of each batch@>=
static double by_batch(const gp_samples *s, size_t m, gp_network *net)
{
    size_t right = 0, n = 0;

    for (; n + m <= s->count; n += m) {
        const gp_matrix x = gp_matrix_rows(&s->x, n, m);

        right += gp_count_right(gp_network_forward(net, &x, true),
                                s->labels + n, NULL);
    }
    return 100 * (double)right / (double)n;
}

@ Algorithm 2 of the paper: the weights stand still, and a pass over the
training set, in batches of the size used in training, replaces the running
statistics. The third network is first run with batch statistics, which
disturbs its running ones, and then given those of the population.

@<Look at a network at certain steps@>=
static bool look(const gp_train_step *s, void *context)
{
    finding *f = context;
    const gp_dataset *d = &f->e->data;
    const size_t m = f->e->plan.batch;

    if (f->time == TIMES || s->done != when[f->time])
        return true;
    if (f->net == 3) {
        gp_spread_add(f->found[f->time], by_batch(&d->validation, m, s->net));
        gp_population_statistics(s->net, d, m, NULL);
    }
    gp_spread_add(&f->found[f->time++][f->net],
                  gp_experiment_accuracy(f->e, s->net));
    return true;
}

@ Varied are the momentum of the running averages and the seed.

@<Train the three networks from every seed@>=
for (size_t k = 0; k < 3 * e->plan.seeds; k++) {
    const uint64_t seed = e->plan.seed + k / 3;
    finding f = {e, 1 + (int)(k % 3), 0, found};
    gp_network *net = gp_experiment_network(e, gp_text(
        "2*(dense:100:he_normal:nobias batchnorm:%s relu) dense:10",
        f.net == 2 ? "0.9" : "0.99"), seed);

    gp_experiment_train(e, net, .seed = seed, .after_step = look,
                        .context = &f);
    gp_network_free(net);
}

@ A row for each time at which the networks were looked at.

@<Make a table of what was found@>=
gp_table *t = gp_experiment_table(e, "",
    "validation accuracy in per cent (deviation), by the statistics of",
    "step", "batch|batch|%.2f", "slow|running 0.99|%.2f",
    "fast|running 0.9|%.2f", "population|population|%.2f");
for (int k = 0; k < TIMES; k++)
    gp_table_spreads(t, gp_text("%zu", when[k]), WAYS, found[k]);

@ \cell{bn-inference}

The beginning shows the differences. After ten steps the slow average still
carries most of its initial 0 and 1 and reaches \val{bn-inference}{slow-10} per
cent; the population statistics of the same weights reach
\val{bn-inference}{population-10}\claim{slow_averages_lag_at_first}. After 1000
steps the three constant statistics agree to within one per
cent\claim{constant_statistics_agree_in_the_end}, which is why hardly anybody
makes the extra pass of Algorithm 2. The statistics of each batch of 20 are the
worst choice in the end, with
\val{bn-inference}{batch-1000}\claim{batch_statistics_are_noisy}: they are as
noisy as in training, and for a single image they do not exist. The laboratory
offers the two useful ways as \texttt{lab train --bn-statistics running} and
\texttt{population}.

@* What one unit sees.
\label{sec:bn-figure-one}
The first figure of \citet{ioffe2015} has become the emblem of the method. A
network with three hidden layers of 100 sigmoid units learns MNIST in 50,000
steps with batches of 60, once as it is and once with batch normalization
before each sigmoid. For one unit of the last hidden layer the figure follows
three percentiles (15, 50, 85) of its input over time. Without normalization
they wander and spread; with it they stand still.

The two halves of the figure ask for two experiments. Both are done on
Fashion-MNIST, which is harder. The paper gives neither the deviation of its
``small random Gaussian values'' for the weights nor its learning rate.

First the speed. The same two networks are trained for
\val{bn-rates}{steps} steps at rates over three powers of ten, since a network
is as fast as its best rate, and since the paper's main claim is not the
figure, but that normalization bears larger rates.

@(tangled/experiments/bn-rates.c@>=
#include "experiment.h"
static const double rate[] = {0.01, 0.03, 0.1, 0.3, 1, 3, 10};
static const char *const without = "3*(dense:100 sigmoid) dense:10";
static const char *const with =
    "3*(dense:100:zeros:nobias batchnorm:0.9 sigmoid) dense:10";
static double deviation = 0.1;
@#
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "bn-rates", .data = "fashion-mnist", .seeds = 3,
        .steps = 1000, .batch = 60,
        .setting = "Three hidden layers of 100 logistic units, weights of "
                   "deviation 0.1, plain gradient descent at several rates.");
    @<Train at every rate, with normalization and without@>@;
    return gp_experiment_end(e);
}

@ Both networks start with kernels from the same stream of random numbers.
Varied are the rate, the normalization and the seed; measured is the accuracy
on the validation images. The best mean of each column enters the comparison
with the paper.

@<Train at every rate, with normalization and without@>=
gp_spread best[2] = {{0}};
gp_table *t = gp_experiment_table(e, "",
    "validation accuracy in per cent (deviation)", "rate",
    "plain|without|%.2f", "bn|with|%.2f");
for (size_t k = 0; k < sizeof rate / sizeof *rate; k++) {
    const gp_spread a[2] = {
        gp_experiment_accuracies(e, without, .learning_rate = rate[k],
            .begin = gp_begin_normal, .context = &deviation),
        gp_experiment_accuracies(e, with, .learning_rate = rate[k],
            .begin = gp_begin_normal, .context = &deviation)};

    gp_table_spreads(t, gp_text("%g", rate[k]), 2, a);
    if (rate[k] == 0.1)
        gp_experiment_ahead(e, "Ioffe 2015 fig. 1a, accuracy after 1000 steps "
                            "at the rate 0.1", "ahead", &a[1], &a[0]);
    for (int i = 0; i < 2; i++)
        best[i] = a[i].mean > best[i].mean ? a[i] : best[i];
}
gp_experiment_ahead(e, "Ioffe 2015 fig. 1a, accuracy after 1000 steps, each "
                    "at its own best rate", "ahead", &best[1], &best[0]);

@ \cell{bn-rates}

At the rate 0.1 the network with normalization is right on
\val{bn-rates}{bn-0.1} per cent of the images after \val{bn-rates}{steps} steps,
and the one without on
\val{bn-rates}{plain-0.1}\claim{normalization_learns_faster}. But 0.1 is a
small rate for the network without. At its own best rate, ten times larger, it
reaches \val{bn-rates}{plain-1}, and the best of the other column is
\val{bn-rates}{bn-0.3}: the lead is gone\claim{the_lead_is_gone_at_the_best_rates}.

What is left is the range of the rates. With normalization the rates from 0.03
to 10 all end above 80 per cent, without it those from 0.3 to
3\claim{normalization_widens_the_range_of_rates}. That is worth much where a
good rate is not known beforehand, or where one rate must serve many layers.
Three hidden layers are few; in deeper networks no rate may be good for all
layers without normalization, as Chapter~\ref{ch:gradient-problem} has shown.

@ Then the units. The figure shows the first unit of the layer, chosen before
looking. One unit may be an accident, so all 100 are followed. A view of a
network is the three percentiles of the input of every unit of its last hidden
layer, over 600 validation images in training mode: what the units see in
training is in question. (The running statistics take in these batches too, and
have forgotten them by the next time.)

@(tangled/experiments/bn-percentiles.c@>=
#include "experiment.h"
#include <math.h>
enum { UNITS = 100, TURN = 5000 };
typedef struct {
    gp_experiment *e;
    gp_table *plot;
    double at[3][UNITS][3]; /* at the start, at step 5000, in the end */
} history;
@#
@<Look at the units of a network@>@;
@<How far the units moved between two views@>@;
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "bn-percentiles", .data = "fashion-mnist", .seeds = 3,
        .steps = 15000, .batch = 60, .learning_rate = 0.1,
        .setting = "Three hidden layers of 100 logistic units.");
    gp_spread moved[2][2] = {{{0}}};
    @<Train with normalization and without@>@;
    @<Compare how far the units moved@>@;
    return gp_experiment_end(e);
}

@ Most happens early, so the first 1000 steps are observed ten times as often
as the others. The input of the last hidden layer's sigmoids is the output of
the last layer but two.

@<Look at the units of a network@>=
static bool look(const gp_train_step *s, void *context)
{
    history *h = context;
    double(*p)[3] = h->at[s->done <= TURN ? 1 : 2];

    if (s->done % (s->done < 1000 ? 100 : 1000) != 0)
        return true;
    gp_unit_percentiles(h->e, s->net, gp_network_layers(s->net) - 3, p);
    if (h->plot != NULL)
        gp_series_point(h->plot, (double)s->done, p[0][0], p[0][1], p[0][2]);
    return true;
}

@ Two views are compared by one figure: how far a percentile moved, on the mean
over the three percentiles of all units, as a share of the distance between the
outer percentiles in the later view.

@<How far the units moved between two views@>=
static double between(double (*a)[3], double (*b)[3])
{
    double sum = 0;

    for (size_t u = 0; u < UNITS; u++)
        for (size_t k = 0; k < 3; k++)
            sum += fabs(b[u][k] - a[u][k]) / (b[u][2] - b[u][0]);
    return sum / (3 * UNITS);
}

@ Varied are the normalization and the seed. The first networks of both kinds
are drawn.

@<Train with normalization and without@>=
double deviation = 0.1;
gp_table *plot = gp_experiment_series(e, "unit", "step", "p15", "p50", "p85");
for (size_t k = 0; k < 2 * e->plan.seeds; k++) {
    const uint64_t seed = e->plan.seed + k / 2;
    history h = {e, k < 2 ? plot : NULL, {{{0}}}};
    gp_network *n = gp_experiment_network(e, gp_text(
        "3*(dense:100%s sigmoid) dense:10",
        k % 2 ? ":zeros:nobias batchnorm" : ""), seed);

    gp_begin_normal(n, seed, &deviation);
    gp_unit_percentiles(e, n, gp_network_layers(n) - 3, h.at[0]);
    gp_experiment_train(e, n, .seed = seed, .after_step = look, .context = &h);
    for (int i = 0; i < 2; i++)
        gp_spread_add(&moved[i][k % 2], between(h.at[i], h.at[i + 1]));
    gp_network_free(n);
    gp_series_gap(plot);
}

@ The training is looked at in two parts, up to step 5000 and from then on.
The paper's word for what normalization does to the units is ``stable''.

@<Compare how far the units moved@>=
gp_table *t = gp_experiment_table(e, "", "movement of a percentile", "part|",
    "plain|without|%.2f", "bn|with|%.2f");
for (size_t k = 0; k < 2; k++) {
    gp_table_spreads(t, k ? "late|later" : "early|to step 5000", 2, moved[k]);
    gp_experiment_ahead(e, k ? "Ioffe 2015 fig. 1b, 1c, later movement"
                             : "Ioffe 2015 fig. 1b, 1c, early movement",
                        "smaller with", &moved[k][0], &moved[k][1]);
}

@ \cell{bn-percentiles}

\plot{bn-percentiles}{The 15th, 50th and 85th percentile of one unit's input,
in the last of three hidden sigmoid layers, over \val{bn-percentiles}{steps}
steps on Fashion-MNIST; left without, right with batch normalization. The steps
are on a logarithmic scale.}

In the first 5000 steps a percentile of an unnormalized unit moves by
\val{bn-percentiles}{plain-early} of the distance between the outer ones, and
one of a normalized unit by
\val{bn-percentiles}{bn-early}\claim{normalized_inputs_are_steadier_early}.
That is the paper's picture. From then on both move little, by
\val{bn-percentiles}{plain-late} and \val{bn-percentiles}{bn-late} in
the remaining steps\claim{later_both_move_little}. So the normalized units are
the steadier ones throughout, and it is in the beginning that the difference is
large.

@* Any scale will do.
\label{sec:bn-scale}
Multiply all weights of a dense layer by a positive constant. What comes out is
multiplied by the same constant, mean and deviation too, and the normalization
divides it out again (but for $\varepsilon$). So a network that is normalized
before each activation computes the same function whatever the scale of its
weights, and the care of Chapter~\ref{ch:initialization} should become
unnecessary. The experiment is an exercise of Stanford's course CS231n, made
smaller: 20 standard deviations for the weights, from $10^{-4}$ to 1, evenly
spaced in the logarithm, and for each one a short training with and without
normalization.

@(tangled/experiments/bn-scale.c@>=
#include "experiment.h"
#include <math.h>
enum { SCALES = 20, NETS = 3 };
static const char *const net[NETS] = {
    "5*(dense:50 relu) dense:10",
    "5*(dense:50:zeros:nobias batchnorm:0.9 relu) dense:10",
    "5*(dense:50:zeros:nobias batchnorm:0.9:1e-12 relu) dense:10"};
static const char *const key[NETS] = {"plain", "bn", "small"};
@#
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "bn-scale", .data = "fashion-mnist", .limit = 4000,
        .seeds = 3, .steps = 400, .batch = 50, .learning_rate = 0.1,
        .setting = "Five hidden layers of 50 rectifiers, all weights from a "
                   "normal distribution of the deviation in the first "
                   "column.");
    @<Train from weights of every scale@>@;
    return gp_experiment_end(e);
}

@ Three networks start from the same weights at each of the 20 scales: one
without normalization, one with it, and one with a tiny $\varepsilon$, for a
reason that the result will show. A network has learned something here if it is
right on half of the validation images; guessing gives a tenth.

@<Train from weights of every scale@>=
size_t learned[NETS] = {0};
gp_table *t = gp_experiment_table(e, "", "validation accuracy in per cent",
    "deviation", "plain|without|%.2f", "bn|with|%.2f",
    "small|tiny epsilon|%.2f");
for (int k = 0; k < SCALES; k++) {
    double d = pow(10, -4 + 4 * (double)k / (SCALES - 1));
    gp_spread a[NETS];

    for (size_t i = 0; i < NETS; i++) {
        a[i] = gp_experiment_accuracies(e, net[i], .begin = gp_begin_normal,
                                        .context = &d);
        learned[i] += a[i].mean > 50;
    }
    gp_table_spreads(t, gp_text("%.3e", d), NETS, a);
}
for (size_t i = 0; i < NETS; i++)
    gp_experiment_value(e, key[i], "%.0f", (double)learned[i]);

@ \plot{bn-scale}{Validation accuracy after 400 steps against the standard
deviation of the initial weights, for five hidden layers of 50 rectifiers
without batch normalization, with it, and with an $\varepsilon$ of $10^{-12}$
in place of $10^{-3}$.}

Without normalization the network learns to be right on half of the images at
\val{bn-scale}{plain} of the 20 scales, those around He's. With it, at
\val{bn-scale}{bn}\claim{normalization_widens_the_range_of_scales}, and the two
ends where it does worse say more than the middle.

@ At the small end the culprit is $\varepsilon$. A sum of 784 inputs of size 1
with weights of deviation $10^{-4}$ has a variance near $784\cdot10^{-8}$, far
below $\varepsilon=10^{-3}$. The layer then divides by $\sqrt\varepsilon$,
which normalizes nothing, and the signal dies out as without it. With
$\varepsilon=10^{-12}$ the network learns at all \val{bn-scale}{small}
scales\claim{tiny_weights_need_a_tiny_epsilon}.

At the large end nothing breaks, and yet it learns more slowly. If the output
does not change when $W$ is multiplied by $c$, then the gradient with respect
to $W$ is divided by $c$\claim{weight_scale_divides_the_gradient}. The step is
smaller by the factor $c$, the weights are larger by $c$, and relative to them
the step has shrunk by $c^2$. Under batch normalization the scale of the
weights is a learning rate in disguise.


@* Before or after the activation.
\label{sec:bn-placement}
The paper puts the normalization between the dense layer and the activation.
The reason given is that the sum of many terms is closer to a normal
distribution than the output of a rectifier. Others put it after the
activation, and the question is not settled. \citet{geron2019} tries both on
Fashion-MNIST, with one more normalization in front in place of standardized
data, and reports 86.60 per cent of validation accuracy before and 87.50 per
cent after, in ten epochs of plain gradient descent with batches of 32 and
learning rate 0.001.

The book's reader standardizes its data. Here the images must be as they were,
with pixels from 0 to 1.

In Keras the second network is a list of layers:
\begin{quote}
\texttt{BatchNormalization(),}\\
\texttt{Dense(300, activation="relu"), BatchNormalization(),}\\
\texttt{Dense(100, activation="relu"), BatchNormalization(),}\\
\texttt{Dense(10)}
\end{quote}
Its C twin reads the same. Behind the word a momentum and an $\varepsilon$ may
be named; left out, they have Keras' defaults. The running statistics, two numbers for each of $784+300+100$ units, are not trainable.

@<Build the second network as Keras does@>=
gp_network *twin = gp_network_new(e->data.features, 1, NULL);
gp_add(twin, "batchnorm");
gp_dense(twin, .units = 300, .activation = "relu");
gp_add(twin, "batchnorm");
gp_dense(twin, .units = 100, .activation = "relu");
gp_add(twin, "batchnorm");
gp_dense(twin, .units = 10);
const size_t all = gp_network_count(twin, false);
const size_t trained = gp_network_count(twin, true);
gp_experiment_value(e, "parameters", "%.0f", (double)all);
gp_experiment_value(e, "untrained", "%.0f", (double)(all - trained));
gp_network_free(twin);

@ For the training both networks are written in the language of
Section~\ref{sec:words}.

@(tangled/experiments/bn-placement.c@>=
#include "experiment.h"
#include "keras.h"
#include <math.h>
static const char *const net[2] = {
    "batchnorm dense:300:glorot_uniform:nobias batchnorm relu "
    "dense:100:glorot_uniform:nobias batchnorm relu dense:10",
    "batchnorm dense:300 relu batchnorm dense:100 relu batchnorm dense:10"};
static const char *const place[2] = {"before", "after"};
static const double book[2] = {86.60, 87.50};
@#
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "bn-placement", .data = "fashion-mnist", .seeds = 3,
        .epochs = 10, .batch = 32, .learning_rate = 0.001,
        .setting = "Hidden layers of 300 and 100 rectifiers on pixels from "
                   "0 to 1, plain gradient descent.");
    @<Build the second network as Keras does@>@;
    gp_experiment_raw(e, 1 / 255.);
    @<Train with the normalization in both places@>@;
    return gp_experiment_end(e);
}

@ Within one per cent of the book counts as reproduced. The difference between
the two places is smaller than that, so their order has a row of its own.

@<Train with the normalization in both places@>=
gp_spread a[2];
gp_table *t = gp_experiment_table(e, "", "", "normalization",
                                  "accuracy|validation accuracy|%.2f");
for (size_t k = 0; k < 2; k++) {
    a[k] = gp_experiment_accuracies(e, net[k], 0);
    gp_table_row_of_spreads(t, place[k], a[k]);
    gp_experiment_compare(e,
        .experiment = gp_text("G\303\251ron 2019, normalization %s ReLU, "
                              "accuracy", place[k]),
        .paper = gp_text("%.2f", book[k]), .rule = "within 1.00",
        .ours = gp_text("%.2f", a[k].mean),
        .spread = gp_text("deviation %.2f", gp_spread_deviation(&a[k])),
        .verdict = gp_judge(fabs(a[k].mean - book[k]) <= 1, false));
}
gp_experiment_ahead(e,
                    "G\303\251ron 2019, normalization after ReLU and before",
                    "87.50 against 86.60", &a[1], &a[0]);

@ \cell{bn-placement}

After ten epochs we have \val{bn-placement}{accuracy-before} before and
\val{bn-placement}{accuracy-after} after the activation, means of
\val{bn-placement}{seeds} seeds. Both are within one per cent of the book's
figures\claim{geron_is_reproduced}, and in the same
order\claim{after_is_ahead_of_before}. The deviations between the seeds are
\val{bn-placement}{accuracy-before-deviation} and
\val{bn-placement}{accuracy-after-deviation}, so an order that rests on less
than one per cent is worth little beyond this network and these ten epochs. The counts agree
exactly: \val{bn-placement}{parameters} parameters,
\val{bn-placement}{untrained} of them not
trainable\claim{geron_parameter_counts}.


@* A bias without effect.
\label{sec:bn-bias}
A dense layer that stands right before a normalization adds its bias to a whole
column, and the normalization subtracts it again with the mean. The bias has no
effect on the loss in training, so its gradient is zero, but for
rounding\claim{bias_before_normalization_has_no_gradient}. Equation
\eqref{eq:bn-dx} says it too: the gradient of the bias is the sum of the
column's gradients, and that sum vanishes. What it could have done, $\beta$
does. Hence the word \texttt{nobias} in this chapter's networks.

The redundant bias does no harm to speak of, except in counts of parameters and
in optimizers that divide a gradient by its own size: Adam makes of the
rounding errors steps of full length. It is not quite harmless at inference
either. There the running mean stands in for the batch mean, and it needs time
to follow a bias that moves.

@* In place of standardizing.
\label{sec:bn-first}
Data is standardized so that every input has mean 0 and deviation 1 over the
training set. A batch normalization as first layer does nearly the same by
itself, with the statistics of each batch in place of the training set's. It is
an approximation: the same image is seen with slightly different numbers in
every batch\claim{first_layer_normalization_depends_on_the_batch}. The
experiment gives one network raw pixels (0 to 255), pixels from 0 to 1,
standardized pixels, and raw pixels with a normalization in front.

@(tangled/experiments/bn-first.c@>=
#include "experiment.h"
#define NET "dense:100:he_normal relu dense:100:he_normal relu dense:10"
@#
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "bn-first", .data = "fashion-mnist", .limit = 10000,
        .seeds = 3, .steps = 600, .batch = 32, .learning_rate = 0.05,
        .setting = "Two hidden layers of 100 rectifiers, plain gradient "
                   "descent, on the pixels in the first column.");
    @<Train on four kinds of input@>@;
    return gp_experiment_end(e);
}

@ The network is the same in all four runs but for what stands in front of it.
The data is changed in place from run to run: standardized, raw, and divided
by 255, as most tutorials do with images.

@<Train on four kinds of input@>=
gp_table *t = gp_experiment_table(e, "", "", "input",
                                  "accuracy|validation accuracy|%.2f");
gp_table_row_of_spreads(t, "standardized",
                        gp_experiment_accuracies(e, NET, 0));
gp_experiment_raw(e, 1);
gp_table_row_of_spreads(t, "raw|raw, 0 to 255",
                        gp_experiment_accuracies(e, NET, 0));
gp_table_row_of_spreads(t, "first|raw, batch normalization first",
                        gp_experiment_accuracies(e, "batchnorm:0.9 " NET, 0));
gp_experiment_raw(e, 1 / 255.);
gp_table_row_of_spreads(t, "unit|0 to 1",
                        gp_experiment_accuracies(e, NET, 0));

@ \cell{bn-first}

Raw pixels end in a guess, \val{bn-first}{accuracy-raw} per cent: sums of hundreds of
inputs of size 100 are far too large for this learning rate. With a
normalization in front the same pixels give \val{bn-first}{accuracy-first}, close to the
\val{bn-first}{accuracy-standardized} of standardized
data\claim{first_layer_replaces_standardizing}. Pixels from 0 to 1 train, but
have got only to \val{bn-first}{accuracy-unit}. As first layer the normalization also
learns a scale and a shift for every input, of which the dense layer behind it
has no need.


@* Small batches.
\label{sec:bn-small}
The statistics of a batch are estimates, and the smaller the batch, the worse
they are. For two samples, $\hat x$ is $+1$ and $-1$ (but for $\varepsilon$)
whatever they were: only which of the two was larger gets
through\claim{a_pair_keeps_only_the_order}. The experiment trains on the same
10,000 images with batches from 2 to 128, the learning rate in proportion to
the batch. The first network has no normalization. The others train alike and
differ in what they use afterwards: the running variance divided by $m$, the
one divided by $m-1$, and the statistics of the population. A row of the table is
the size of the batch; each figure in it is the mean over the seeds, with the
deviation between them in parentheses.

@(tangled/experiments/bn-batch.c@>=
#include "batchnorm.h"
#include "experiment.h"
static const char *const without = "2*(dense:100:he_normal relu) dense:10";
static const char *const bn =
    "2*(dense:100:he_normal:nobias batchnorm:0.9 relu) dense:10";
@#
@<Keep the unbiased variance@>@;
@#
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "bn-batch", .data = "fashion-mnist", .limit = 10000,
        .seeds = 3, .epochs = 1,
        .setting = "Two hidden layers of 100 rectifiers, one pass over the "
                   "images, batches of m at the learning rate 0.1 m/64.");
    @<Train with batches of every size@>@;
    return gp_experiment_end(e);
}

@ The layer has a switch for the variance that it keeps, which is thrown before
the first step. A layer of another kind takes no notice.

@<Keep the unbiased variance@>=
static void unbiased(gp_network *net, uint64_t seed, void *context)
{
    (void)seed, (void)context;
    for (size_t i = 0; i < gp_network_layers(net); i++)
        gp_batchnorm_set_unbiased(gp_network_layer(net, i), true);
}

@ Varied are the size of the batch, the normalization, and the seed. What is
measured is the accuracy on the validation images.

@<Train with batches of every size@>=
gp_table *t = gp_experiment_table(e, "", "validation accuracy, per cent",
    "m|batch", "plain|without|%.2f", "biased|by m|%.2f",
    "unbiased|by m-1|%.2f", "population|population|%.2f");
for (size_t m = 2; m <= 128; m *= 2) {
    const double rate = 0.1 * (double)m / 64;

    gp_table_row_of_spreads(t, gp_text("%zu", m),
        gp_experiment_accuracies(e, without, .batch = m,
                                 .learning_rate = rate),
        gp_experiment_accuracies(e, bn, .batch = m, .learning_rate = rate),
        gp_experiment_accuracies(e, bn, .batch = m, .learning_rate = rate,
                                 .begin = unbiased),
        gp_experiment_accuracies(e, bn, .batch = m, .learning_rate = rate,
                                 .population = true));
}

@ \outtable{bn-batch}{Validation accuracy, in per cent, after one pass over
10,000 images, by the size of the batch: without batch normalization, and with
it, where inference takes the running variance divided by $m$, the one divided
by $m-1$, or the population's statistics. Means of \val{bn-batch}{seeds} seeds,
and their deviation.}

With pairs the network reaches \val{bn-batch}{biased-2} per cent, against
\val{bn-batch}{plain-2} without any
normalization\claim{pairs_are_worse_than_nothing}. From batches of 16 on the
harm is gone: the difference is smaller than that between
seeds\claim{large_batches_do_no_harm}. The choice between $m$ and $m-1$
changes little even for pairs, where it is a factor of two in the variance, and
the statistics of the population, \val{bn-batch}{population-2} per cent, change
little\claim{better_statistics_do_not_help_pairs}: what spoils the training is
the noise in each batch, not the estimate that is used afterwards. Where memory allows only a few samples at a time, statistics
over the units of one sample, called layer normalization, are the usual way
out.

@* Folding a network.
\label{sec:bn-fold-demo}
Section~\ref{sec:bn-fold} folds one pair of layers. A network is folded pair by
pair: this one has a normalization in front of everything, which goes into the
dense layer behind it, and one behind each hidden dense layer, which goes into
the one before it.

@(tangled/experiments/bn-fold.c@>=
#include "batchnorm.h"
#include "experiment.h"
#include <math.h>
static const char *const full =
    "batchnorm:0.9 dense:300:he_normal:nobias batchnorm:0.9 relu "
    "dense:100:he_normal:nobias batchnorm:0.9 relu dense:10";
static const char *const plain = "dense:300 relu dense:100 relu dense:10";
@#
@<Fold three normalizations@>@;
@<The largest difference between the answers of two networks@>@;
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "bn-fold", .data = "fashion-mnist", .limit = 10000,
        .seed = 1, .steps = 300, .batch = 50, .learning_rate = 0.05,
        .setting = "Hidden layers of 300 and 100 rectifiers with three batch "
                   "normalizations, trained, then folded.");
    @<Train a network, fold it, and compare@>@;
    return gp_experiment_end(e);
}

@ The small network is written down without its normalizations, filled with the
large one's kernels and its last bias, and then takes the normalizations in: layers 0, 2 and 5 of
the full network. The first dense layer takes two of them, one from each side.

@<Fold three normalizations@>=
static gp_status fold(gp_network *from, gp_network *to, gp_error *error)
{
    const size_t dense[3] = {1, 4, 7}; /* in |from|; in |to| every second */
    gp_status s;

    for (size_t k = 0; k < 3; k++)
        for (size_t p = 0; p < (k == 2 ? 2 : 1); p++)
            gp_matrix_copy(&gp_network_layer(to, 2 * k)->parameter[p].value,
                &gp_network_layer(from, dense[k])->parameter[p].value);
    s = gp_batchnorm_fold_before(gp_network_layer(from, 0),
                                 gp_network_layer(to, 0), error);
    for (size_t k = 0; s == GP_OK && k < 2; k++)
        s = gp_batchnorm_fold(gp_network_layer(to, 2 * k),
                              gp_network_layer(from, 2 + 3 * k), error);
    return s;
}

@ The two networks answer for the same images. The difference is measured
against the largest logit.

@<The largest difference between the answers of two networks@>=
static double difference(gp_network *a, gp_network *b, const gp_matrix *x)
{
    const gp_matrix *y = gp_network_forward(a, x, false);
    const gp_matrix *z = gp_network_forward(b, x, false);
    double largest = 0, worst = 0;

    for (size_t i = 0; i < x->rows; i++)
        for (size_t j = 0; j < y->cols; j++) {
            const double p = (double)gp_row(y, i)[j];

            largest = fmax(largest, fabs(p));
            worst = fmax(worst, fabs(p - (double)gp_row(z, i)[j]));
        }
    return worst / largest;
}

@ An untrained network would be too easy: its $\beta$ are 0 and its $\gamma$ 1.
The difference goes into the record in units of $10^{-7}$, the last place of a
|float|.

@<Train a network, fold it, and compare@>=
gp_error error = {""};
gp_network *net[2] = {gp_experiment_network(e, full, e->plan.seed),
                      gp_experiment_network(e, plain, e->plan.seed)};
const gp_matrix x = gp_matrix_rows(&e->data.validation.x, 0, 500);
gp_experiment_train(e, net[0], .seed = e->plan.seed);
if (fold(net[0], net[1], &error) != GP_OK)
    gp_experiment_fail(e, "%s", error.message);
gp_table *t = gp_experiment_table(e, "", "", "network", "layers||%.0f",
    "parameters||%.0f", "accuracy|validation accuracy|%.2f");
for (int k = 0; k < 2; k++)
    gp_table_row(t, k ? "folded" : "trained|as trained",
                 (double)gp_network_layers(net[k]),
                 (double)gp_network_count(net[k], false),
                 gp_experiment_accuracy(e, net[k]));
gp_experiment_value(e, "difference", "%.1f",
                    1e7 * difference(net[0], net[1], &x));

@ \cell{bn-fold}

Three layers fewer, and the largest difference is $\val{bn-fold}{difference}\cdot10^{-7}$ of
the largest logit: the rounding of |float|, and no
more\claim{a_folded_network_answers_the_same}. The laboratory does this to a
saved network with \texttt{lab fold}.


@* Why does it work?
\label{sec:bn-why}
The paper's title gives a reason: ``reducing internal covariate shift''. As the
layers below learn, the distribution of a layer's inputs keeps changing, and
the layer must run after it; normalization holds the distribution still. It is
a plausible story, and Figure~\ref{fig:bn-percentiles} illustrates it.

\citet{santurkar2018} put it to the test. They normalized, and then ruined the
stability on purpose: noise behind each normalization, with a mean and a scale
that change at every step. If a stable distribution were the reason, training
should suffer. It did not. Their own explanation is that normalization makes
the loss smoother, so that its gradient can be trusted over longer steps;
others have pointed to the decoupling of the length of a weight vector from its
direction. The question is open.

@ Their test is a layer of a few lines. In each training step, unit $j$ gets a
scale $s_j$ between 0.5 and 1.5 and a shift $t_j$ between $-0.5$ and 0.5, drawn
anew. Around these, each sample gets a scale and a shift of its own, with a
deviation of a tenth. At inference the layer does nothing.

@(tangled/experiments/bn-noise.h@>=
#pragma once
#include "registry.h"
enum { WIDTH = 100, MOST = 500 }; /* units, samples of a step */
typedef struct {
    gp_layer layer;
    gp_real scale[MOST][WIDTH];
} noise;
@#
@<Run the noise forward and backward@>@;

@ What differs between two steps is what all samples of a step have in common.

@<Run the noise forward and backward@>=
static void noise_forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                          const gp_pass *pass)
{
    noise *n = (noise *)layer;
    gp_random *r = pass->random;

    GP_REQUIRE(x->rows <= MOST, "noise for %zu samples", x->rows);
    for (size_t j = 0; pass->training && j < WIDTH; j++) {
        const double s = 0.5 + gp_random_uniform(r);
        const double t = gp_random_uniform(r) - 0.5;

        @<Give each sample noise around |s| and |t|@>@;
    }
    if (!pass->training)
        gp_matrix_copy(y, x);
}

@ @<Give each sample noise around |s| and |t|@>=
for (size_t i = 0; i < x->rows; i++) {
    n->scale[i][j] = (gp_real)(s + 0.1 * gp_random_normal(r));
    gp_row(y, i)[j] = n->scale[i][j] * gp_row(x, i)[j] +
                      (gp_real)(t + 0.1 * gp_random_normal(r));
}

@ Backward, the scale of the forward pass. The shift has no derivative.

@<Run the noise forward and backward@>=
static void noise_backward(gp_layer *layer, const gp_matrix *x,
                           const gp_matrix *y, const gp_matrix *dy,
                           gp_matrix *dx)
{
    const noise *n = (const noise *)layer;

    (void)x, (void)y;
    for (size_t i = 0; dx && i < dx->rows; i++)
        for (size_t j = 0; j < WIDTH; j++)
            gp_row(dx, i)[j] = n->scale[i][j] * gp_row(dy, i)[j];
}

@ Registered, the layer has a word of its own, and a network with noise is
written like any other (Section~\ref{sec:registry}).

@<Run the noise forward and backward@>=
static const gp_layer_type noise_type = {"noise", noise_forward,
                                         noise_backward, NULL, NULL};
static gp_layer *make_noise(const gp_recipe *recipe, gp_error *error)
{
    return gp_layer_new(&noise_type, sizeof(noise), recipe->inputs,
                        recipe->inputs, error);
}
static const gp_word noise_word = {.word = "noise", .make = make_noise};

@ The network of Section~\ref{sec:bn-figure-one} in three forms: as it is, with
batch normalization, and with noise behind each normalization.

@(tangled/experiments/bn-noise.c@>=
#include "bn-noise.h"
#include "experiment.h"
static const char *const net[3] = {
    "3*(dense:100 sigmoid) dense:10",
    "3*(dense:100:zeros:nobias batchnorm:0.9 sigmoid) dense:10",
    "3*(dense:100:zeros:nobias batchnorm:0.9 noise sigmoid) dense:10"};
static const char *const row[3] = {"plain|without", "bn|batch normalization",
                                   "noise|and noise behind it"};
@#
@<Note how far the units moved@>@;
@#
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "bn-noise", .data = "fashion-mnist", .seeds = 3,
        .steps = 2000, .batch = 60, .learning_rate = 0.1,
        .setting = "Three hidden layers of 100 logistic units, weights of "
                   "deviation 0.1, plain gradient descent.");
    gp_layer_register(&noise_word, NULL);
    @<Train the three networks, and measure them@>@;
    return gp_experiment_end(e);
}

@ How unstable the distributions are is measured at the input of the last
hidden sigmoid: the average distance by which the batch mean of a unit moves
from a step to the next, over the second half of the training.

@<Note how far the units moved@>=
typedef struct {
    double deviation, mean[WIDTH];
    gp_spread shift;
} track;
@#
static bool look(const gp_train_step *s, void *context)
{
    track *t = context;
    const size_t input = gp_network_layers(s->net) - 3;
    const double d = gp_unit_shift(gp_network_output(s->net, input), t->mean);

    if (s->done > 1000)
        gp_spread_add(&t->shift, d);
    return true;
}

@ Varied are the kind of hidden layer and the seed. The track begins with the
deviation of the weights, where |gp_begin_normal| looks for it.

@<Train the three networks, and measure them@>=
gp_spread a[3];
gp_table *t = gp_experiment_table(e, "", "", "network",
    "shift|moved|%.3f", "accuracy|validation accuracy|%.2f");
for (int k = 0; k < 3; k++) {
    track now = {0.1, {0}, {0}};

    a[k] = gp_experiment_accuracies(e, net[k], .begin = gp_begin_normal,
                                    .after_step = look, .context = &now);
    gp_table_row_of_spreads(t, row[k], now.shift, a[k]);
}
@<Report the noise to the table of papers@>@;

@ \cell{bn-noise}

The first column of figures is the measure of instability. With noise the
units' means move by \val{bn-noise}{shift-noise} a step, more than twice as far
as in the network without normalization (\val{bn-noise}{shift-plain}). Still it
learns almost as well as the quiet one, \val{bn-noise}{accuracy-noise} per cent
against \val{bn-noise}{accuracy-bn}, and much better than the network without,
\val{bn-noise}{accuracy-plain}\claim{unstable_normalization_still_works}. Our
small version agrees with \citet{santurkar2018}: whatever batch normalization
does for training, a stable distribution of the inputs is not the whole of it.

@<Report the noise to the table of papers@>=
gp_experiment_compare(e, .experiment = "Santurkar 2018, accuracy with noise "
                                       "behind the normalization",
    .paper = "as good", .ours = gp_text("%.2f against %.2f", a[2].mean,
                                        a[1].mean),
    .spread = gp_text("deviations %.2f and %.2f", gp_spread_deviation(&a[2]),
                      gp_spread_deviation(&a[1])),
    .rule = "at most 1.00 less, and better than without",
    .verdict = gp_judge(a[2].mean > a[1].mean - 1 && a[2].mean > a[0].mean,
                        a[2].mean > a[0].mean));

@* Exercises.
\label{sec:exercises-06}
An answer goes into the section of its exercise: delete |gp_not_started()|
and write the function, then \texttt{make exercise N=...} tests it.

@ \begin{exercise}{07-fold}{25}{4}
\textbf{Fold it away.} At test time batch normalization is $y=\gamma(z-\mu)/\sqrt{v+\varepsilon}+\beta$, and $z=xW+b$ comes from a dense layer.
Change $W$ (row-major, |inputs| by |units|) and $b$ in place so that the dense layer alone gives $y$.
\end{exercise}

@(tangled/exercises/07-fold.c@>=
#include "exercise.h"
#include <math.h>
#include <stddef.h>

void fold(size_t inputs, size_t units, double *w, double *b,
          const double *gamma, const double *beta, const double *mean,
          const double *variance, double epsilon)
{
    gp_not_started();
}

@ \begin{exercise}{07-inverted-momentum}{10}{1}
\textbf{Momentum the wrong way round.} A running mean in Keras' convention keeps the share |momentum| of the old value, usually 0.99. The code below was ported
from a library with the other convention. What does a training run with momentum 0.99 look like with it, and why did nobody notice for
months? Repair it.
\end{exercise}

@(tangled/exercises/07-inverted-momentum.c@>=
#include "exercise.h"
#include <math.h>

double running_mean(double old, double batch, double momentum)
{
    gp_not_started();
    return (1 - momentum) * old + momentum * batch;
}

@ \begin{exercise}{07-population}{20}{3}
\textbf{Statistics of the population.} Algorithm 2 of the batch normalization paper replaces the running averages by statistics of the population: the mean of the
batch means, and $\frac{m}{m-1}$ times the mean of the (biased) batch variances, with $m$ the batch size. Write it for the given batches. Why is the
factor there, and what does it correct for $m=2$?
\end{exercise}

@(tangled/exercises/07-population.c@>=
#include "exercise.h"
#include <stddef.h>

void population(size_t batches, size_t m, const double *mean,
                const double *variance, double *population_mean,
                double *population_variance)
{
    gp_not_started();
}

@ \begin{exercise}{07-redundant-bias}{25}{3}
\textbf{Prove it: the bias is redundant.} A bias in front of a batch normalization does nothing: the mean takes it out again. Write the check of this claim. You
are given a loss as a function of the $n$ biases; return |true| only if it does not depend on any of them. A derivative of 0 at one
point is not enough: an even function has that as well.
\end{exercise}

@(tangled/exercises/07-redundant-bias.c@>=
#include "exercise.h"
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

bool is_redundant(double (*loss)(const double *bias), size_t n)
{
    gp_not_started();
}

@ \begin{exercise}{07-count-parameters}{10}{2}
\textbf{Predict: how many parameters.} G\'eron's network for Fashion-MNIST is a batch normalization on the 784 pixels, a dense layer of 300 units, a batch
normalization, 100 units, a batch normalization, and 10 units, every dense layer with its bias. How many parameters are not trained? How many are trained once the two
redundant biases are left out? Count by hand; the test asks the library.
\end{exercise}

@(tangled/exercises/07-count-parameters.c@>=
#include "exercise.h"
#include <stddef.h>

size_t not_trained(void)
{
    gp_not_started();
}

size_t trained_without_redundant_biases(void)
{
    gp_not_started();
}

@* Index.
