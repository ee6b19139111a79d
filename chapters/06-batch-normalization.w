@i common.w

@** Batch normalization.
\label{ch:batch-normalization}
Initialization chooses the weights so that every layer \emph{starts} with inputs
of a healthy size (Chapter~\ref{ch:initialization}). SELU chooses the
activation so that they tend to \emph{return} to it
(Chapter~\ref{ch:elu-selu}). Both are arguments about averages, and training is
free to leave the conditions under which they hold. \citet{ioffe2015batch}
took the direct road: measure the mean and the variance of each unit's input
over the batch, in every step, and divide them out.

The idea fits in one line. Its consequences do not. The output for a sample now
depends on the other samples of its batch, so the backward pass couples
them, and at inference, where there may be no batch, something else must take
its place. This chapter makes the module |batchnorm|, derives its gradient,
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
$\gamma=\sqrt{\sigma^2+\varepsilon}$ and $\beta=\mu$ the layer does nothing at all. So
no function is lost. What changes is who is in charge of a unit's mean and
scale: two numbers of their own, and no longer all the weights below.

@ The interface has two floors. The lower one works on matrices and arrays of
the caller, one number a column. A tensor [batch, channels, length] can be
run through it as a matrix of $\mathit{batch}\cdot\mathit{length}$ rows and one
column a channel.

@(tangled/batchnorm.h@>=
#pragma once
#include "layer.h"
@#
void gp_batchnorm_train(const gp_matrix *x, const real *gamma,
                        const real *beta, double epsilon, gp_matrix *y,
                        real *mean, real *variance,
                        real *inverse_deviation);
    /* normalizes by the batch's own statistics and reports them: |variance|
       is $\sigma^2$, |inverse_deviation| is
       $1/\sqrt{\sigma^2+\varepsilon}$; at least two rows */
void gp_batchnorm_infer(const gp_matrix *x, const real *gamma,
                        const real *beta, const real *mean,
                        const real *variance, double epsilon, gp_matrix *y);
    /* normalizes by given statistics, each row by itself */

@ Each of the two has its own backward pass, because only in training do the
statistics depend on |x|. A |dx| of |NULL| is not computed.

@(tangled/batchnorm.h@>=
void gp_batchnorm_train_backward(const gp_matrix *x, const gp_matrix *dy,
                                 const real *gamma, const real *mean,
                                 const real *inverse_deviation,
                                 gp_matrix *dx, real *dgamma, real *dbeta);
void gp_batchnorm_infer_backward(const gp_matrix *x, const gp_matrix *dy,
                                 const real *gamma, const real *mean,
                                 const real *variance, double epsilon,
                                 gp_matrix *dx, real *dgamma, real *dbeta);
void gp_batchnorm_running(size_t n, real *running, const real *batch,
                          double update, double correction);
    /* $\mathit{running}\leftarrow(1-\mathit{update})\,\mathit{running}
       +\mathit{update}\cdot\mathit{correction}\cdot\mathit{batch}$ */

@ The upper floor is the layer. Its two running statistics are state, not
trained parameters: an optimizer never sees them, a checkpoint keeps them.

@(tangled/batchnorm.h@>=
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

@(tangled/batchnorm.h@>=
void gp_batchnorm_population_begin(gp_layer *layer);
    /* from now on every training pass adds its batch to an average with
       equal weights, which the running statistics are set to */
void gp_batchnorm_population_end(gp_layer *layer);
    /* the running statistics now are those of the population; back to
       |momentum| */
gp_status gp_batchnorm_fold(gp_layer *dense, const gp_layer *batchnorm,
                            gp_error *error);
gp_status gp_batchnorm_fold_before(const gp_layer *batchnorm,
                                   gp_layer *dense, gp_error *error);
    /* change kernel and bias of |dense| to do the work of a batch
       normalization behind it, or before it; |GP_BAD_INPUT| if |dense| has no
       bias or the layers do not fit */

@ The implementation follows the chapter's order.

@(tangled/batchnorm.c@>=
#include "batchnorm.h"
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
The columns are independent, and the rows lie in memory one after the
other. So the loops run over rows outside and columns inside, along memory, with one
accumulator a column. A strip of 64 columns is handled at a time: its
accumulators fit in the first-level cache, and strips can go to different
threads. A column is always summed by one thread from the first row to the last, so
the number of threads does not change a bit of the result.

@<Cut a matrix into strips of columns@>=
#define STRIP 64
@#
static gp_matrix strip(const gp_matrix *m, size_t first)
{
    const size_t rest = m->cols - first;

    return gp_matrix_view(m->at + first, m->rows, rest < STRIP ? rest : STRIP,
                          m->stride);
}

@ The variance asks for care. The formula $\Expect[x^2]-\Expect[x]^2$
needs one pass and is a classic trap: for a column with mean 180 and
deviation 3 it subtracts two numbers near 32,400 to find 9, and a |float| loses
four of its seven digits. \claim{one_pass_variance_loses_digits}

We take two passes. The mean is summed up as a distance from the first row, so
the sum has the size of the spread and not of the offset.

@<Compute the statistics of a strip@>=
static void column_means(const gp_matrix *x, real *mean)
{
    const real *first = x->at;
    real sum[STRIP] = {0};

    for (size_t i = 1; i < x->rows; i++) {
        const real *row = gp_row(x, i);

        GP_SIMD
        for (size_t j = 0; j < x->cols; j++)
            sum[j] += row[j] - first[j];
    }
    for (size_t j = 0; j < x->cols; j++)
        mean[j] = first[j] + sum[j] / (real)x->rows;
}

@ The second pass sums the squares of the distances from that mean. The mean was
rounded, so the distances themselves do not quite sum to zero; what they sum to
corrects the squares \citep{chan1983algorithms}.

@<Compute the statistics of a strip@>=
static void column_variances(const gp_matrix *x, const real *mean,
                             real *variance)
{
    const real m = (real)x->rows;
    real sum[STRIP] = {0}, rest[STRIP] = {0};

    for (size_t i = 0; i < x->rows; i++) {
        const real *row = gp_row(x, i);

        GP_SIMD
        for (size_t j = 0; j < x->cols; j++) {
            const real d = row[j] - mean[j];

            rest[j] += d;
            sum[j] += d * d;
        }
    }
    @<Divide the corrected sums of squares by |m|@>@;
}

@ @<Divide the corrected sums of squares by |m|@>=
for (size_t j = 0; j < x->cols; j++) {
    const real square = sum[j] - rest[j] * rest[j] / m;

    variance[j] = square > 0 ? square / m : square * 0;
}

@ The odd |square * 0| is zero for a negative rounding error, and NaN for a NaN:
a network that has diverged must not look healthy.

With the statistics known, the layer is one multiplication and one addition
an element. Training and inference share it.

@<Shift and scale a strip@>=
static void transform(const gp_matrix *x, const real *mean,
                      const real *scale, const real *beta, gp_matrix *y)
{
    for (size_t i = 0; i < x->rows; i++) {
        const real *restrict from = gp_row(x, i);
        real *restrict to = gp_row(y, i);

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
static inline real inverse_of(real variance, double epsilon)
{
    return 1 / sqrt(variance + (real)epsilon);
}

@ Equations \eqref{eq:bn-statistics} and \eqref{eq:bn-forward}, strip by strip:

@<Normalize a batch@>=
void gp_batchnorm_train(const gp_matrix *x, const real *gamma,
                        const real *beta, double epsilon, gp_matrix *y,
                        real *mean, real *variance, real *inverse_deviation)
{
    require_same(x, y);
    @<Require a batch of two or more@>@;
    GP_PARALLEL(x->rows * x->cols >= GP_WORTH_THREADS)
    for (size_t k = 0; k < x->cols; k += STRIP) {
        const gp_matrix from = strip(x, k);
        gp_matrix to = strip(y, k);
        real scale[STRIP];

        column_means(&from, mean + k);
        column_variances(&from, mean + k, variance + k);
        @<Compute the inverse deviations and |scale|@>@;
        transform(&from, mean + k, scale, beta + k, &to);
    }
}

@ @<Compute the inverse deviations and |scale|@>=
for (size_t j = 0; j < from.cols; j++) {
    inverse_deviation[k + j] = inverse_of(variance[k + j], epsilon);
    scale[j] = gamma[k + j] * inverse_deviation[k + j];
}

@ A batch of one cannot be trained on. Its mean is the sample itself, $\hat x$ is
0 whatever the sample was, and the layer's output is $\beta$: nothing of the
input gets through. No framework can give that a useful meaning, so
we stop and say why.

@<Require a batch of two or more@>=
GP_REQUIRE(x->rows > 1, "batch normalization cannot train on %zu sample: "
           ONE_SAMPLE, x->rows);

@ @<Cut a matrix into strips of columns@>=
#define ONE_SAMPLE \
    "a single value minus its own mean is 0, so nothing of the input would " \
    "be left; give it batches of 2 samples or more"

@ At inference the statistics come from outside, and each row stands for itself.

@<Normalize a batch@>=
void gp_batchnorm_infer(const gp_matrix *x, const real *gamma,
                        const real *beta, const real *mean,
                        const real *variance, double epsilon, gp_matrix *y)
{
    require_same(x, y);
    GP_PARALLEL(x->rows * x->cols >= GP_WORTH_THREADS)
    for (size_t k = 0; k < x->cols; k += STRIP) {
        const gp_matrix from = strip(x, k);
        gp_matrix to = strip(y, k);
        real scale[STRIP];

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
where $[i=k]$ is 1 if $i=k$ and 0 otherwise; the part with $\frac1m$ vanishes because the distances from the mean sum to
zero.

@ Now $\hat x_i$, by the product rule, with $\partial r/\partial\sigma^2=-\frac12r^3$:
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

The result has a picture. Up to the factor $\gamma r$, the gradient $g$ loses its component
along $(1,\dots,1)$ and its component along $\hat x$: the two
directions in which the input can move without any effect on the output,
adding a constant to the column and (for $\varepsilon=0$) stretching it. Nothing can
be learned there, and no gradient is wasted on it. In particular the gradients of a
column always sum to zero. \claim{gradient_has_no_constant_part}

@ The sums of \eqref{eq:bn-dgamma} first. Here $\hat x$ is recomputed from |x|, which
is cheaper than to keep it.

@<Sum up what $\gamma$ and $\beta$ receive@>=
static void column_sums(const gp_matrix *x, const gp_matrix *dy,
                        const real *mean, const real *inverse, real *dgamma,
                        real *dbeta)
{
    real gamma[STRIP] = {0}, beta[STRIP] = {0};

    for (size_t i = 0; i < x->rows; i++) {
        const real *row = gp_row(x, i), *g = gp_row(dy, i);

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
                      const real *mean, const real *a, const real *b,
                      const real *c, gp_matrix *dx)
{
    for (size_t i = 0; i < x->rows; i++) {
        const real *row = gp_row(x, i), *g = gp_row(dy, i);
        real *restrict d = gp_row(dx, i);

        GP_SIMD
        for (size_t j = 0; j < x->cols; j++)
            d[j] = a[j] * (g[j] - b[j] - (row[j] - mean[j]) * c[j]);
    }
}

@ @<Propagate a gradient back through the normalization@>=
void gp_batchnorm_train_backward(const gp_matrix *x, const gp_matrix *dy,
                                 const real *gamma, const real *mean,
                                 const real *inverse_deviation,
                                 gp_matrix *dx, real *dgamma, real *dbeta)
{
    const real share = 1 / (real)x->rows;

    require_same(x, dy);
    if (dx)
        require_same(x, dx);
    GP_PARALLEL(x->rows * x->cols >= GP_WORTH_THREADS)
    for (size_t k = 0; k < x->cols; k += STRIP) {
        const gp_matrix from = strip(x, k), back = strip(dy, k);
        const real *inverse = inverse_deviation + k;

        column_sums(&from, &back, mean + k, inverse, dgamma + k, dbeta + k);
        if (dx)
            @<Propagate the gradient through the batch statistics@>@;
    }
}

@ @<Propagate the gradient through the batch statistics@>=
{
    real a[STRIP], b[STRIP], c[STRIP];
    gp_matrix to = strip(dx, k);

    for (size_t j = 0; j < from.cols; j++) {
        a[j] = gamma[k + j] * inverse[j];
        b[j] = dbeta[k + j] * share;
        c[j] = dgamma[k + j] * share * inverse[j];
    }
    propagate(&from, &back, mean + k, a, b, c, &to);
}

@ With given statistics the layer is a constant factor and a constant term a
column, and the two extra terms of \eqref{eq:bn-dx} are absent: $b=c=0$. This pass
is for networks that are trained further with frozen statistics.

@<Propagate a gradient back through the normalization@>=
void gp_batchnorm_infer_backward(const gp_matrix *x, const gp_matrix *dy,
                                 const real *gamma, const real *mean,
                                 const real *variance, double epsilon,
                                 gp_matrix *dx, real *dgamma, real *dbeta)
{
    require_same(x, dy);
    if (dx)
        require_same(x, dx);
    GP_PARALLEL(x->rows * x->cols >= GP_WORTH_THREADS)
    for (size_t k = 0; k < x->cols; k += STRIP) {
        const gp_matrix from = strip(x, k), back = strip(dy, k);
        real inverse[STRIP];

        for (size_t j = 0; j < from.cols; j++)
            inverse[j] = inverse_of(variance[k + j], epsilon);
        column_sums(&from, &back, mean + k, inverse, dgamma + k, dbeta + k);
        if (dx)
            @<Propagate the gradient past the given statistics@>@;
    }
}

@ @<Propagate the gradient past the given statistics@>=
{
    const real none[STRIP] = {0};
    real a[STRIP];
    gp_matrix to = strip(dx, k);

    for (size_t j = 0; j < from.cols; j++)
        a[j] = gamma[k + j] * inverse[j];
    propagate(&from, &back, mean + k, a, none, none, &to);
}

@* Inference, three ways.
\label{sec:bn-inference}
A trained network must answer for one image at a time, and its answer should
not depend on which other images happen to be asked about. So at inference
$\mu$ and $\sigma^2$ are constants. Which constants? There are three
choices, and all three are in use.

\begin{enumerate}
\item \emph{Batch statistics}: keep normalizing each batch by itself. The
answer depends on the company, and for a single sample there is none.
\item \emph{Running averages}, gathered during training. This is what
Keras, PyTorch and every other framework do by default.
\item \emph{Population statistics}: after training, freeze the weights, run the
training set through once, and average. This is Algorithm 2 of
\citet{ioffe2015batch}.
\end{enumerate}

@ A running average forgets: each new value moves it by a small share of the
distance. That share is the source of the best-known trap of the subject. Keras
calls \emph{momentum} the weight of the old value,
\[
\mathit{running}\leftarrow\mathit{momentum}\cdot\mathit{running}
+(1-\mathit{momentum})\cdot\mathit{batch},\qquad\mathit{momentum}=0.99,
\]
PyTorch calls momentum the weight of the new one, with default 0.1. So Keras'
0.99 is PyTorch's 0.01, and whoever carries 0.1 from one to the other keeps
a tenth of the old value in place of nine tenths. This book speaks Keras'
language in the layer. The array function avoids the word: it takes the weight
of the new value and calls it |update|.

@<Move a running statistic@>=
void gp_batchnorm_running(size_t n, real *running, const real *batch,
                          double update, double correction)
{
    const real u = (real)update, c = (real)correction;

    GP_SIMD
    for (size_t j = 0; j < n; j++)
        running[j] += u * (c * batch[j] - running[j]);
}

@ The |correction| is the second point on which the frameworks differ. The
variance in \eqref{eq:bn-statistics} divides by $m$ and so underestimates the
variance of the distribution that the batch was drawn from, by the factor
$(m-1)/m$ on average. For normalizing the batch itself that is right: the batch is all there
is. For inference the unbiased value, divided by $m-1$, is the better
estimate. PyTorch stores it, with a correction of $m/(m-1)$; Keras
and ONNX store the biased one, with a correction of 1. For batches of 32 the two
differ by three per cent, for batches of 2 by a factor of two.

@ Population statistics are the same update with other weights. The
average over $k$ batches with equal weights is a running average whose |update| is
$1/k$ in the $k$-th step; for batches of unequal size, the share that
the new batch has of all rows seen so far. Algorithm 2 prescribes the
unbiased variance:
\begin{equation}\label{eq:bn-population}
\Expect[x]\leftarrow\Expect_B[\mu_B],\qquad
\Var[x]\leftarrow\frac m{m-1}\,\Expect_B[\sigma_B^2].
\end{equation}

@<Account for the statistics of the batch@>=
const double m = (double)x->rows;
double update = 1 - b->momentum;
@#
if (b->population) {
    b->seen += m;
    update = m / b->seen;
}
gp_batchnorm_running(x->cols, moving_mean(layer), mean, update, 1);
gp_batchnorm_running(x->cols, moving_variance(layer), variance, update,
                     b->unbiased || b->population ? m / (m - 1) : 1);

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

@ @<The batch normalization layer@>=
static real *gamma_of(const gp_layer *layer)
{
    return layer->parameter[GAMMA].value.at;
}
static real *beta_of(const gp_layer *layer)
{
    return layer->parameter[BETA].value.at;
}
static real *moving_mean(const gp_layer *layer)
{
    return layer->parameter[MOVING_MEAN].value.at;
}
static real *moving_variance(const gp_layer *layer)
{
    return layer->parameter[MOVING_VARIANCE].value.at;
}

@ Forward, the pass says which of the two functions is meant. The running
statistics move in training only.

@<The batch normalization layer@>=
static void forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                    const gp_pass *pass)
{
    batchnorm *b = (batchnorm *)layer;
    real *mean = gp_row(&b->batch, 0), *variance = gp_row(&b->batch, 1);

    b->training = pass->training;
    if (b->training) {
        gp_batchnorm_train(x, gamma_of(layer), beta_of(layer), b->epsilon, y,
                           mean, variance, gp_row(&b->batch, 2));
        @<Account for the statistics of the batch@>@;
    } else {
        gp_batchnorm_infer(x, gamma_of(layer), beta_of(layer),
                           moving_mean(layer), moving_variance(layer),
                           b->epsilon, y);
    }
}

@ @<The batch normalization layer@>=
static void backward(gp_layer *layer, const gp_matrix *x, const gp_matrix *y,
                     const gp_matrix *dy, gp_matrix *dx)
{
    const batchnorm *b = (const batchnorm *)layer;
    real *dgamma = layer->parameter[GAMMA].gradient.at;
    real *dbeta = layer->parameter[BETA].gradient.at;

    (void)y;
    if (b->training)
        gp_batchnorm_train_backward(x, dy, gamma_of(layer),
                                    gp_row(&b->batch, 0),
                                    gp_row(&b->batch, 2), dx, dgamma, dbeta);
    else
        gp_batchnorm_infer_backward(x, dy, gamma_of(layer),
                                    moving_mean(layer),
                                    moving_variance(layer), b->epsilon, dx,
                                    dgamma, dbeta);
}

@ @<The batch normalization layer@>=
static void free_batch(gp_layer *layer)
{
    gp_matrix_free(&((batchnorm *)layer)->batch);
}
@#
static const gp_layer_type type = {"batchnorm", forward, backward, NULL,
                                   free_batch};
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

@ @<Check the options of batch normalization@>=
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

@ @<Allocate the parameters and the room for statistics@>=
if (gp_layer_parameter(layer, "gamma", 1, width, true, error) ||
    gp_layer_parameter(layer, "beta", 1, width, true, error) ||
    gp_layer_parameter(layer, "moving_mean", 1, width, false, error) ||
    gp_layer_parameter(layer, "moving_variance", 1, width, false, error) ||
    gp_matrix_new(&((batchnorm *)layer)->batch, 3, width, error)) {
    gp_layer_free(layer);
    return NULL;
}

@ The remaining services are short. Asking about any layer is allowed, so a
network can ask all of its layers in one loop.

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

@ @<The batch normalization layer@>=
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

@* Folding.
\label{sec:bn-fold}
At inference the layer is $y=(x-\mu)\,s+\beta$ with the constant
$s=\gamma/\sqrt{\sigma^2+\varepsilon}$. If $x=uW+b$ comes from a dense layer,
\[
y_j=\sum_i u_i\,(W_{ij}s_j)+\bigl((b_j-\mu_j)s_j+\beta_j\bigr),
\]
which is a dense layer again. So the normalization costs nothing at inference:
scale the kernel's columns, correct the bias, drop the layer. The answers are the same
up to rounding. \claim{folding_changes_rounding_only}

@<Fold batch normalization into a dense layer@>=
gp_status gp_batchnorm_fold(gp_layer *dense, const gp_layer *batchnorm,
                            gp_error *error)
{
    gp_matrix *w = &dense->parameter[0].value;
    real *b = dense->parameter[1].value.at;

    if (check_pair(dense, batchnorm, dense->outputs, error) != GP_OK)
        return GP_BAD_INPUT;
    for (size_t j = 0; j < w->cols; j++) {
        const real s = scale_of(batchnorm, j);

        for (size_t i = 0; i < w->rows; i++)
            gp_row(w, i)[j] *= s;
        b[j] = (b[j] - moving_mean(batchnorm)[j]) * s +
               beta_of(batchnorm)[j];
    }
    return GP_OK;
}

@ A normalization \emph{before} a dense layer folds as well, with the roles of
rows and columns exchanged: row $i$ of the kernel takes the scale $s_i$, and
what the shift $t_i=\beta_i-\mu_is_i$ contributes goes through the old kernel into the bias.

@<Fold batch normalization into a dense layer@>=
gp_status gp_batchnorm_fold_before(const gp_layer *batchnorm,
                                   gp_layer *dense, gp_error *error)
{
    gp_matrix *w = &dense->parameter[0].value;
    real *b = dense->parameter[1].value.at;

    if (check_pair(dense, batchnorm, dense->inputs, error) != GP_OK)
        return GP_BAD_INPUT;
    for (size_t i = 0; i < w->rows; i++) {
        const real s = scale_of(batchnorm, i);
        const real t = beta_of(batchnorm)[i] - moving_mean(batchnorm)[i] * s;
        real *row = gp_row(w, i);

        for (size_t j = 0; j < w->cols; j++) {
            b[j] += t * row[j];
            row[j] *= s;
        }
    }
    return GP_OK;
}

@ @<The batch normalization layer@>=
static real scale_of(const gp_layer *layer, size_t j)
{
    return gamma_of(layer)[j] *
           inverse_of(moving_variance(layer)[j],
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

@* Index.
