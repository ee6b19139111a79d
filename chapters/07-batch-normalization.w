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
    /* normalizes by the batch's own statistics and reports them: |variance|
       is $\sigma^2$, |inverse_deviation| is
       $1/\sqrt{\sigma^2+\varepsilon}$; at least two rows */
void gp_batchnorm_infer(const gp_matrix *x, const gp_real *gamma,
                        const gp_real *beta, const gp_real *mean,
                        const gp_real *variance, double epsilon, gp_matrix *y);
    /* normalizes by given statistics, each row by itself */

@ Each of the two has its own backward pass, because only in training do the
statistics depend on |x|. A |dx| of |NULL| is not computed.

@(tangled/lib/batchnorm.h@>=
void gp_batchnorm_train_backward(const gp_matrix *x, const gp_matrix *dy,
                                 const gp_real *gamma, const gp_real *mean,
                                 const gp_real *inverse_deviation,
                                 gp_matrix *dx, gp_real *dgamma,
                                 gp_real *dbeta);
void gp_batchnorm_infer_backward(const gp_matrix *x, const gp_matrix *dy,
                                 const gp_real *gamma, const gp_real *mean,
                                 const gp_real *variance, double epsilon,
                                 gp_matrix *dx, gp_real *dgamma,
                                 gp_real *dbeta);
void gp_batchnorm_running(size_t n, gp_real *running, const gp_real *batch,
                          double update, double correction);
    /* $\mathit{running}\leftarrow(1-\mathit{update})\,\mathit{running}
       +\mathit{update}\cdot\mathit{correction}\cdot\mathit{batch}$ */

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
accumulators fit in the first-level cache, and strips can go to different
threads. A column is always summed by one thread from the first row to the
last, so the number of threads does not change a bit of the result.

@<Cut a matrix into strips of columns@>=
#define STRIP 128
@#
static gp_matrix strip(const gp_matrix *m, size_t first)
{
    const size_t rest = m->cols - first;

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
    GP_PARALLEL(x->rows * x->cols >= GP_WORTH_THREADS)
    for (size_t k = 0; k < x->cols; k += STRIP) {
        const gp_matrix from = strip(x, k);
        gp_matrix to = strip(y, k);
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
    require_same(x, y);
    GP_PARALLEL(x->rows * x->cols >= GP_WORTH_THREADS)
    for (size_t k = 0; k < x->cols; k += STRIP) {
        const gp_matrix from = strip(x, k);
        gp_matrix to = strip(y, k);
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
    GP_PARALLEL(x->rows * x->cols >= GP_WORTH_THREADS)
    for (size_t k = 0; k < x->cols; k += STRIP) {
        const gp_matrix from = strip(x, k), back = strip(dy, k);
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
    gp_matrix to = strip(dx, k);

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
    GP_PARALLEL(x->rows * x->cols >= GP_WORTH_THREADS)
    for (size_t k = 0; k < x->cols; k += STRIP) {
        const gp_matrix from = strip(x, k), back = strip(dy, k);
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
    gp_matrix to = strip(dx, k);

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
const double m = (double)x->rows;
double update = 1 - b->momentum;
@#
if (b->population) {
    b->seen += m;
    update = m / b->seen;
}
gp_batchnorm_running(x->cols, of(layer, MOVING_MEAN), mean, update, 1);
gp_batchnorm_running(x->cols, of(layer, MOVING_VARIANCE), variance, update,
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

@ The parameters are reached by their place in the layer.

@<The batch normalization layer@>=
static gp_real *of(const gp_layer *layer, int parameter)
{
    return layer->parameter[parameter].value.at;
}

@ Forward, the pass says which of the two functions is meant. The running
statistics move in training only.

@<The batch normalization layer@>=
static void forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                    const gp_pass *pass)
{
    batchnorm *b = (batchnorm *)layer;
    gp_real *mean = gp_row(&b->batch, 0), *variance = gp_row(&b->batch, 1);

    b->training = pass->training;
    if (b->training) {
        gp_batchnorm_train(x, of(layer, GAMMA), of(layer, BETA), b->epsilon, y,
                           mean, variance, gp_row(&b->batch, 2));
        @<Account for the statistics of the batch@>@;
    } else {
        gp_batchnorm_infer(x, of(layer, GAMMA), of(layer, BETA),
                           of(layer, MOVING_MEAN), of(layer, MOVING_VARIANCE),
                           b->epsilon, y);
    }
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
    if (b->training)
        gp_batchnorm_train_backward(x, dy, of(layer, GAMMA),
                                    gp_row(&b->batch, 0),
                                    gp_row(&b->batch, 2), dx, dgamma, dbeta);
    else
        gp_batchnorm_infer_backward(x, dy, of(layer, GAMMA),
                                    of(layer, MOVING_MEAN),
                                    of(layer, MOVING_VARIANCE), b->epsilon, dx,
                                    dgamma, dbeta);
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
    @[.arguments@]=arguments, @[.statistics@]=statistics, @[.fold@]=fold};
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
    gp_matrix *w = &dense->parameter[0].value;
    gp_real *b = dense->parameter[1].value.at;

    if (check_pair(dense, norm, dense->outputs, error) != GP_OK)
        return GP_BAD_INPUT;
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
    gp_matrix *w = &dense->parameter[0].value;
    gp_real *b = dense->parameter[1].value.at;

    if (check_pair(dense, norm, dense->inputs, error) != GP_OK)
        return GP_BAD_INPUT;
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
#include <stdio.h>
#include <tgmath.h>
@#
enum { WIDTH = 64, WEIGHTS = 3, BATCHES = 1000 };
static const double weight[WEIGHTS] = {0.01, 0.1, 0.9};
@#
@<Draw a batch and take its statistics@>@;
@<The spread of an average over the columns@>@;
@<Follow the running means@>@;
@<Compare the running variances@>@;

@ The layer's own functions do the work. With $\gamma=1$ and $\beta=0$ the
normalized output is of no interest here.

@<Draw a batch and take its statistics@>=
static void statistics(gp_random *r, size_t batch, gp_real *mean,
                       gp_real *variance)
{
    gp_real ones[WIDTH], zeros[WIDTH] = {0}, inverse[WIDTH];
    gp_matrix x, y;

    for (size_t j = 0; j < WIDTH; j++)
        ones[j] = 1;
    gp_matrix_new(&x, batch, WIDTH, NULL);
    gp_matrix_new(&y, batch, WIDTH, NULL);
    gp_random_fill_normal(r, &x, 5, 1);
    gp_batchnorm_train(&x, ones, zeros, 1e-3, &y, mean, variance, inverse);
    gp_matrix_free(&x);
    gp_matrix_free(&y);
}

@ Each column is an experiment of its own. Their average and their deviation
are printed.

@<The spread of an average over the columns@>=
static double average(const gp_real *x)
{
    double sum = 0;

    for (size_t j = 0; j < WIDTH; j++)
        sum += (double)x[j];
    return sum / WIDTH;
}

@ The deviation divides by one less than the number of columns, for the reason
of Section~\ref{sec:bn-inference}.

@<The spread of an average over the columns@>=
static double deviation(const gp_real *x)
{
    const double mean = average(x);
    double sum = 0;

    for (size_t j = 0; j < WIDTH; j++)
        sum += ((double)x[j] - mean) * ((double)x[j] - mean);
    return sqrt(sum / (WIDTH - 1));
}

@ All three averages see the same 1000 batches.

@<Follow the running means@>=
static void follow_means(gp_random *r, FILE *val)
{
    static gp_real running[WEIGHTS][WIDTH];
    gp_real mean[WIDTH], variance[WIDTH];

    printf("running mean (deviation) with weight w of the new value\n");
    printf("batches       w = 0.01         w = 0.1         w = 0.9\n");
    for (int n = 1; n <= BATCHES; n++) {
        statistics(r, 32, mean, variance);
        for (size_t k = 0; k < WEIGHTS; k++)
            gp_batchnorm_running(WIDTH, running[k], mean, weight[k], 1);
        if (n == 1 || n == 10 || n == 100 || n == BATCHES)
            @<Print the three running means@>@;
    }
    for (size_t k = 0; k < WEIGHTS; k++)
        fprintf(val, "deviation-%zu\t%.3f\n", k, deviation(running[k]));
}

@ One line for each power of ten.

@<Print the three running means@>=
{
    printf("%7d", n);
    for (size_t k = 0; k < WEIGHTS; k++)
        printf("   %5.3f (%5.3f)", average(running[k]),
               deviation(running[k]));
    printf("\n");
}

@ The second table is about the correction: the average of the two estimates of
a variance that is 1.

@<Compare the running variances@>=
static void compare_variances(gp_random *r)
{
    static const size_t size[] = {2, 4, 8, 32, 128};

    printf("\nrunning variance, averaged over 1000 batches\n");
    printf("batch size   divided by m   divided by m-1\n");
    for (size_t s = 0; s < sizeof size / sizeof *size; s++) {
        const double m = (double)size[s];
        gp_real biased[WIDTH] = {0}, unbiased[WIDTH] = {0};
        gp_real mean[WIDTH], variance[WIDTH];

        @<Average the two estimates over all batches@>@;
        printf("%10zu   %12.3f   %14.3f\n", size[s], average(biased),
               average(unbiased));
    }
}

@ An average with equal weights is a running average with the weight $1/n$.

@<Average the two estimates over all batches@>=
for (int n = 1; n <= BATCHES; n++) {
    statistics(r, size[s], mean, variance);
    gp_batchnorm_running(WIDTH, biased, variance, 1. / n, 1);
    gp_batchnorm_running(WIDTH, unbiased, variance, 1. / n, m / (m - 1));
}

@ The deviations after the last batch are kept for the text below.

@(tangled/experiments/bn-running.c@>=
int main(void)
{
    gp_random r = gp_random_new(6);
    FILE *val = fopen("bn-running.val", "w");

    if (!val)
        return 1;
    follow_means(&r, val);
    compare_variances(&r);
    return fclose(val);
}

@ \cell{bn-running}

A small weight forgets its wrong beginning slowly: after 100 batches, Keras'
default still carries $0.99^{100}\approx0.366$ of the initial 0, and
$5\cdot(1-0.366)=3.17$ is what the table shows. A large
weight is there at once and then trembles for ever. After 1000 batches its
columns scatter with a deviation of \val{bn-running}{deviation-2}, against
\val{bn-running}{deviation-0} for the smallest weight: it has hardly averaged
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

@* A small trainer.
\label{sec:bn-trainer}
The rest of the chapter is experiments. They need a data set and a network,
which Chapter~\ref{ch:laboratory} makes, and a training loop. The one below is
the plainest there is, gradient descent without momentum, so that nothing but
batch normalization is on trial. It is written once and goes into every
program.

@<A small trainer@>=
#include "batchnorm.h"
#include "dataset.h"
#include "keras.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tgmath.h>
@#
static void need(bool good, const gp_error *error)
{
    if (!good) {
        fprintf(stderr, "%s\n", error->message);
        exit(1);
    }
}

@ Networks are written in the specification language of
Section~\ref{sec:words}: words for layers, from left to right.

@<A small trainer@>=
static gp_network *network_of(const char *specification, size_t inputs,
                              uint64_t seed)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(inputs, seed, &error);

    need(net && gp_network_parse(net, specification, &error) == GP_OK,
         &error);
    return net;
}

@ A trainer owns a network, an order of the samples, and room for a batch.

@<A small trainer@>=
typedef struct {
    gp_network *net;
    const gp_samples *samples;
    gp_random random; /* shuffles */
    gp_matrix x; /* the batch */
    gp_label *labels;
    uint32_t *order;
    size_t next; /* in |order| */
} trainer;

@ The network becomes the trainer's own. Its batch is reserved once, and no
step allocates anything.

@<A small trainer@>=
static trainer trainer_new(gp_network *net, const gp_samples *samples,
                           size_t batch, uint64_t seed)
{
    gp_error error = {""};
    trainer t;

    need(gp_network_reserve(net, batch, &error) == GP_OK &&
         gp_matrix_new(&t.x, batch, samples->x.cols, &error) == GP_OK,
         &error);
    t.net = net;
    t.samples = samples;
    t.random = gp_random_new(seed);
    @<Make the order of the samples@>@;
    return t;
}

@ The order starts out as it is in the file; |next| at its end makes the first
step shuffle it.

@<Make the order of the samples@>=
t.labels = malloc(batch * sizeof *t.labels);
t.order = malloc(samples->count * sizeof *t.order);
if (!t.labels || !t.order)
    abort();
for (size_t i = 0; i < samples->count; i++)
    t.order[i] = (uint32_t)i;
t.next = samples->count;

@ What the trainer took, it frees.

@<A small trainer@>=
static void trainer_free(trainer *t)
{
    gp_network_free(t->net);
    gp_matrix_free(&t->x);
    free(t->labels);
    free(t->order);
}

@ A step of gradient descent subtracts from every trained parameter a multiple
of its gradient. State has no gradient and is passed over.

@<A small trainer@>=
static void descend(gp_parameter *p, gp_real rate)
{
    for (size_t i = 0; p->gradient.at && i < p->value.rows; i++) {
        gp_real *x = gp_row(&p->value, i);
        const gp_real *g = gp_row(&p->gradient, i);

        for (size_t j = 0; j < p->value.cols; j++)
            x[j] -= rate * g[j];
    }
}
@#
static void descend_all(gp_network *net, gp_real rate)
{
    for (size_t i = 0; i < gp_network_layers(net); i++) {
        gp_layer *layer = gp_network_layer(net, i);

        for (size_t k = 0; k < layer->parameters; k++)
            descend(&layer->parameter[k], rate);
    }
}

@ The samples come in a new order every epoch. What is left over at the end of
an epoch, less than a batch, sits it out.

@<A small trainer@>=
static double trainer_step(trainer *t, double rate)
{
    const size_t batch = t->x.rows;
    double loss;

    if (t->next + batch > t->samples->count) {
        gp_random_shuffle(&t->random, t->samples->count, t->order);
        t->next = 0;
    }
    gp_matrix_gather(&t->x, &t->samples->x, batch, t->order + t->next);
    for (size_t i = 0; i < batch; i++)
        t->labels[i] = t->samples->labels[t->order[t->next + i]];
    t->next += batch;
    loss = gp_network_gradients(t->net, &t->x, t->labels);
    descend_all(t->net, (gp_real)rate);
    return loss;
}

@ Accuracy is the share of samples whose largest logit is that of their label,
in per cent. The last argument tells how to normalize, by the running
statistics or by those of each batch.

@<A small trainer@>=
static size_t largest(const gp_real *x, size_t n)
{
    size_t best = 0;

    for (size_t j = 1; j < n; j++)
        best = x[j] > x[best] ? j : best;
    return best;
}

@ Batches of the reserved size go through the network; a rest is left out.

@<A small trainer@>=
static double accuracy(gp_network *net, const gp_samples *s, size_t batch,
                       bool by_batch)
{
    size_t right = 0;

    for (size_t i = 0; i + batch <= s->count; i += batch) {
        const gp_matrix x = gp_matrix_rows(&s->x, i, batch);
        const gp_matrix *y = gp_network_forward(net, &x, by_batch);

        for (size_t r = 0; r < batch; r++)
            right += largest(gp_row(y, r), y->cols) ==
                     (size_t)s->labels[i + r];
    }
    return 100 * (double)right / (double)(s->count / batch * batch);
}

@ A result that is to appear in the tables of
Appendix~\ref{ch:paper-against-ours} is one row of six fields, the last of them
a verdict.

@<Report to the tables of papers@>=
static void report(FILE *paper, const char *what, const char *theirs,
                   const char *ours, const char *spread,
                   const char *tolerance, bool reproduced)
{
    fprintf(paper, "%s\t%s\t%s\t%s\t%s\t%s\n", what, theirs, ours, spread,
            tolerance, reproduced ? "reproduced" : "did not reproduce");
}

@ Where two runs are compared, both figures stand in the row.

@<Compare two figures@>=
static const char *versus(char text[40], double with, double without)
{
    snprintf(text, 40, "%.2f against %.2f", with, without);
    return text;
}

@ All programs use Fashion-MNIST \citep{xiao2017}, some of them only a part of
it.

@<A small trainer@>=
static void open_data(gp_dataset *data, size_t limit)
{
    gp_error error = {""};

    need(gp_dataset_open(data, "fashion-mnist", 1, &error) == GP_OK, &error);
    if (limit > 0)
        gp_dataset_limit(data, limit);
}
@#
static FILE *create(const char *name)
{
    FILE *f = fopen(name, "w");

    if (!f) {
        perror(name);
        exit(1);
    }
    return f;
}

@* Three ways, measured.
\label{sec:bn-three-ways}
How much do the three choices of Section~\ref{sec:bn-inference} differ? The
same network is trained three times from the same seed. Running averages do not
influence training, so the three have the same weights at every step. Two
differ in the momentum; the third lends itself to the other two choices.

@(tangled/experiments/bn-inference.c@>=
@<A small trainer@>@;
@#
#define NET(bn) "dense:100:he_normal:nobias " bn " relu " \
                "dense:100:he_normal:nobias " bn " relu dense:10"
enum { BATCH = 20, STEPS = 1000 };
@#
@<Set the population statistics@>@;

@ Algorithm 2 of the paper: the weights stand still, and a pass over the
training set, in batches of the size used in training, replaces the running
statistics. The pass runs in training mode, since that is the mode in which
batches have statistics.

@<Set the population statistics@>=
static void set_population(gp_network *net, const gp_samples *s)
{
    for (size_t i = 0; i < gp_network_layers(net); i++)
        gp_batchnorm_population_begin(gp_network_layer(net, i));
    accuracy(net, s, BATCH, true);
    for (size_t i = 0; i < gp_network_layers(net); i++)
        gp_batchnorm_population_end(gp_network_layer(net, i));
}

@ The third network is first run with batch statistics, which disturbs its
running ones, and then given those of the population, which replaces them.

@(tangled/experiments/bn-inference.c@>=
static void compare(trainer *t, const gp_samples *test, int step, FILE *val)
{
    const double slow = accuracy(t[0].net, test, BATCH, false);
    const double fast = accuracy(t[1].net, test, BATCH, false);
    const double batch = accuracy(t[2].net, test, BATCH, true);
    double population;

    set_population(t[2].net, t[2].samples);
    population = accuracy(t[2].net, test, BATCH, false);
    printf("%6d  %8.2f  %12.2f  %11.2f  %10.2f\n", step, batch, slow, fast,
           population);
    fprintf(val, "batch-%d\t%.2f\nslow-%d\t%.2f\nfast-%d\t%.2f\n"
            "population-%d\t%.2f\n", step, batch, step, slow, step, fast,
            step, population);
}

@ The three learn side by side.

@<Train the three networks, and compare them now and then@>=
printf("validation accuracy in per cent, with the statistics of\n");
printf("  step     batch  running 0.99  running 0.9  population\n");
for (int s = 1; s <= STEPS; s++) {
    for (size_t k = 0; k < 3; k++)
        trainer_step(&t[k], 0.05);
    if (s == 3 || s == 10 || s == 30 || s == 100 || s == 300 || s == STEPS)
        compare(t, &data.validation, s, val);
}

@ A part of the data, 10,000 images, is enough to see the difference.

@(tangled/experiments/bn-inference.c@>=
int main(void)
{
    const char *net[3] = {NET("batchnorm:0.99"), NET("batchnorm:0.9"),
                          NET("batchnorm")};
    FILE *val = create("bn-inference.val");
    gp_dataset data;
    trainer t[3];

    open_data(&data, 10000);
    for (size_t k = 0; k < 3; k++)
        t[k] = trainer_new(network_of(net[k], data.features, 1),
                           &data.train, BATCH, 1);
    @<Train the three networks, and compare them now and then@>@;
    for (size_t k = 0; k < 3; k++)
        trainer_free(&t[k]);
    gp_dataset_free(&data);
    return fclose(val);
}

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

We repeat it on Fashion-MNIST, which is harder, with all 50,000 steps. The
paper gives neither the deviation of its ``small random Gaussian values'' for
the weights nor its learning rate; both are 0.1 here.

@(tangled/experiments/bn-percentiles.c@>=
@<A small trainer@>@;
@<Report to the tables of papers@>@;
@<Compare two figures@>@;
@<Draw the kernels from a normal distribution@>@;
@#
enum { BATCH = 60, STEPS = 50000, TURN = 5000 };
enum { UNITS = 100, SEEN = 600 };
static const char *const name[2] = {"without", "with"};
static const char *const net[2] = {
    "3*(dense:100 sigmoid) dense:10",
    "3*(dense:100:zeros:nobias batchnorm sigmoid) dense:10"};
static const size_t input_of_sigmoid[2] = {4, 7}; /* the layer before it */
@#
@<The percentiles of one unit@>@;

@ Every dense layer gets new weights from the same stream of random numbers, so
the networks with and without normalization start alike.

@<Draw the kernels from a normal distribution@>=
static void draw_kernels(gp_network *net, double deviation, uint64_t seed)
{
    gp_random r = gp_random_new(seed);

    for (size_t i = 0; i < gp_network_layers(net); i++) {
        gp_layer *layer = gp_network_layer(net, i);

        if (strcmp(layer->type->name, "dense") == 0)
            gp_random_fill_normal(&r, &layer->parameter[0].value, 0,
                                  deviation);
    }
}

@ The figure shows the first unit of the layer, chosen before looking. One unit
may be an accident, so all 100 are followed. Their inputs are collected over
the first 600 validation images in ten batches, in training mode: what the
units see in training is in question. (The running statistics take in these
batches too, and have forgotten them by the next time.)

@<The percentiles of one unit@>=
static gp_real seen[UNITS][SEEN];
@#
static void collect(gp_network *net, size_t layer, const gp_samples *s)
{
    for (size_t i = 0; i < SEEN; i += BATCH) {
        const gp_matrix x = gp_matrix_rows(&s->x, i, BATCH);

        gp_network_forward(net, &x, true);
        for (size_t r = 0; r < BATCH; r++)
            for (size_t u = 0; u < UNITS; u++)
                seen[u][i + r] =
                    gp_row(gp_network_output(net, layer), r)[u];
    }
}

@ A percentile is read off the sorted values.

@<The percentiles of one unit@>=
static int ascending(const void *a, const void *b)
{
    const gp_real x = *(const gp_real *)a, y = *(const gp_real *)b;

    return (x > y) - (x < y);
}
@#
static void percentiles(size_t unit, double p[3])
{
    gp_real *z = seen[unit];

    qsort(z, SEEN, sizeof *z, ascending);
    p[0] = (double)z[SEEN * 15 / 100];
    p[1] = (double)z[SEEN / 2];
    p[2] = (double)z[SEEN * 85 / 100];
}

@ A snapshot holds the accuracy and the percentiles of every unit.

@(tangled/experiments/bn-percentiles.c@>=
typedef struct {
    double accuracy, p[UNITS][3];
} snapshot;
@#
static void take(snapshot *shot, trainer *t, size_t layer,
                 const gp_samples *s)
{
    shot->accuracy = accuracy(t->net, s, BATCH, false);
    collect(t->net, layer, s);
    for (size_t u = 0; u < UNITS; u++)
        percentiles(u, shot->p[u]);
}

@ Most happens early, so the first 1000 steps are observed ten times as often
as the others.

@(tangled/experiments/bn-percentiles.c@>=
static bool observed(int step)
{
    return step % (step < 1000 ? 100 : 1000) == 0;
}

@ Two snapshots are compared by two figures, averaged over the units: the
factor by which the distance between the outer percentiles grew (its geometric
mean), and how far the median went, as a share of that distance in the end.

@(tangled/experiments/bn-percentiles.c@>=
typedef struct {
    double growth, shift;
} change;
@#
static change between(const snapshot *a, const snapshot *b)
{
    change c = {0, 0};

    for (size_t u = 0; u < UNITS; u++) {
        const double before = a->p[u][2] - a->p[u][0];
        const double after = b->p[u][2] - b->p[u][0];

        c.growth += log(after / before) / UNITS;
        c.shift += fabs(b->p[u][1] - a->p[u][1]) / after / UNITS;
    }
    c.growth = exp(c.growth);
    return c;
}

@ The table for the figure has the first unit in it, and a few of its rows are
printed.

@(tangled/experiments/bn-percentiles.c@>=
static void write_row(FILE *tsv, int step, const snapshot shot[2])
{
    fprintf(tsv, "%d", step);
    for (int k = 0; k < 2; k++) {
        const double *p = shot[k].p[0];

        fprintf(tsv, "\t%.2f\t%.4f\t%.4f\t%.4f", shot[k].accuracy, p[0],
                p[1], p[2]);
        if (step == 1000 || step == 2000 || step == TURN || step == 20000 ||
            step == STEPS)
            printf("%s%6d%9.2f [%5.2f %5.2f %5.2f]%s", k ? "   " : "", step,
                   shot[k].accuracy, p[0], p[1], p[2], k ? "\n" : "");
    }
    fprintf(tsv, "\n");
}

@ Three snapshots of each network are kept: the first, the one at step 5000,
and the latest.

@(tangled/experiments/bn-percentiles.c@>=
int main(void)
{
    static snapshot first[2], turn[2], shot[2];
    FILE *tsv = create("bn-percentiles.tsv");
    FILE *val = create("bn-percentiles.val");
    double early[2];
    gp_dataset data;
    trainer t[2];

    open_data(&data, 0);
    for (size_t k = 0; k < 2; k++) {
        t[k] = trainer_new(network_of(net[k], data.features, 1),
                           &data.train, BATCH, 1);
        draw_kernels(t[k].net, 0.1, 2);
    }
    @<Write the headings of both tables@>@;
    @<Train both networks and observe them@>@;
    @<Write what the two curves come to@>@;
    return fclose(tsv);
}

@ The columns of the two networks stand side by side.

@<Write the headings of both tables@>=
printf("  step  without   [ 15    50    85 ]     step     with   "
       "[ 15    50    85 ]\n");
fprintf(tsv, "step\tplain\tp15\tp50\tp85\tbn\tb15\tb50\tb85\n");

@ Both networks see the same batches in the same order.

@<Train both networks and observe them@>=
for (int s = 0; s <= STEPS; s++) {
    for (size_t k = 0; k < 2; k++) {
        if (s > 0)
            trainer_step(&t[k], 0.1);
        if (observed(s))
            take(&shot[k], &t[k], input_of_sigmoid[k], &data.validation);
        if (s == 0)
            first[k] = shot[k];
        if (s == TURN)
            turn[k] = shot[k];
    }
    @<Write a row when the units were observed@>@;
}

@ The accuracies after 1000 steps are wanted in the text.

@<Write a row when the units were observed@>=
if (observed(s))
    write_row(tsv, s, shot);
for (int k = 0; k < 2 && s == 1000; k++) {
    early[k] = shot[k].accuracy;
    fprintf(val, "early-%s\t%.2f\n", name[k], early[k]);
}

@ The training is looked at in two parts, up to step 5000 and from then on.

@<Write what the two curves come to@>=
FILE *paper = create("bn-percentiles.paper");
double shift[2], growth[2];
printf("\nall 100 units         growth of 15-85   shift of the median\n");
for (int k = 0; k < 2; k++) {
    const change begin = between(&first[k], &turn[k]);
    const change late = between(&turn[k], &shot[k]);

    @<Print the early change and the late one@>@;
    shift[k] = begin.shift;
    growth[k] = late.growth;
    @<Write the figures of this network@>@;
    trainer_free(&t[k]);
}
@<Report the figure to the table of papers@>@;
fclose(paper);
fclose(val);
gp_dataset_free(&data);

@ A line for each part:

@<Print the early change and the late one@>=
printf("%-8s to step %5d %14.2f %21.2f\n", name[k], TURN, begin.growth,
       begin.shift);
printf("%-8s from then on  %14.2f %21.2f\n", name[k], late.growth,
       late.shift);

@ The same figures go into the text below.

@<Write the figures of this network@>=
fprintf(val, "growth-early-%s\t%.2f\nshift-early-%s\t%.2f\n", name[k],
        begin.growth, name[k], begin.shift);
fprintf(val, "growth-late-%s\t%.2f\nshift-late-%s\t%.2f\n", name[k],
        late.growth, name[k], late.shift);
fprintf(val, "accuracy-%s\t%.2f\n", name[k], shot[k].accuracy);

@ \cell{bn-percentiles}

\plot{bn-percentiles}{The 15th, 50th and 85th percentile of one unit's input,
in the last of three hidden sigmoid layers, over 50,000 steps on Fashion-MNIST;
left without, right with batch normalization. The steps are on a logarithmic
scale.}

Three things can be read off. Normalization is faster: after 1000 steps it
stands at \val{bn-percentiles}{early-with} per cent against
\val{bn-percentiles}{early-without}\claim{normalization_learns_faster}. It is
still ahead at the end, with \val{bn-percentiles}{accuracy-with} against
\val{bn-percentiles}{accuracy-without}\claim{normalization_is_ahead_in_the_end},
but not all the way, as the rows in between show. And its inputs are steadier,
which needs a closer look.

@ In the first 5000 steps the unnormalized units change beyond recognition. The
distance between their outer percentiles grows by a factor of
\val{bn-percentiles}{growth-early-without}, that of the normalized ones by
\val{bn-percentiles}{growth-early-with}; their medians move by
\val{bn-percentiles}{shift-early-without} of that distance, those of the
normalized ones by
\val{bn-percentiles}{shift-early-with}\claim{normalized_inputs_are_steadier_early}.
That is the paper's picture. In the other 45,000 steps the difference is small.
Both spread, by factors of \val{bn-percentiles}{growth-late-without} and
\val{bn-percentiles}{growth-late-with}\claim{later_both_spread_alike}: the
trained $\gamma$ is free to grow, and it pushes normalized units towards their
flat ends like any others. So the figure reproduces for the beginning of the
training and not for all of it.

@<Report the figure to the table of papers@>=
char text[40];
report(paper, "Ioffe 2015 fig. 1a, accuracy at step 1,000", "ahead",
       versus(text, early[1], early[0]), "one seed", "ahead",
       early[1] > early[0]);
report(paper, "Ioffe 2015 fig. 1a, accuracy at step 50,000", "ahead",
       versus(text, shot[1].accuracy, shot[0].accuracy), "one seed",
       "ahead", shot[1].accuracy > shot[0].accuracy);
report(paper, "Ioffe 2015 fig. 1b, 1c, early shift of the median",
       "steadier", versus(text, shift[1], shift[0]), "100 units",
       "below half", shift[1] < shift[0] / 2);
report(paper, "Ioffe 2015 fig. 1b, 1c, later growth of the spread",
       "steadier", versus(text, growth[1], growth[0]), "100 units",
       "a tenth less", growth[1] < 0.9 * growth[0]);

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
@<A small trainer@>@;
@<Draw the kernels from a normal distribution@>@;
@#
enum { SCALES = 20, BATCH = 50, STEPS = 400 };
@#
static double learn(const char *net, const gp_dataset *data,
                    double deviation)
{
    trainer t = trainer_new(network_of(net, data->features, 1),
                            &data->train, BATCH, 1);
    double result;

    draw_kernels(t.net, deviation, 2);
    for (int s = 0; s < STEPS; s++)
        trainer_step(&t, 0.1);
    result = accuracy(t.net, &data->validation, BATCH, false);
    trainer_free(&t);
    return result;
}

@ Five hidden layers of 50 rectifiers, in three versions. The third has a tiny
$\varepsilon$, for a reason that the result will show.

@(tangled/experiments/bn-scale.c@>=
static const char *const hidden[3] = {
    "5*(dense:50 relu) dense:10",
    "5*(dense:50:zeros:nobias batchnorm:0.9 relu) dense:10",
    "5*(dense:50:zeros:nobias batchnorm:0.9:1e-12 relu) dense:10"};

@ At each of the 20 scales the three start from the same weights.

@(tangled/experiments/bn-scale.c@>=
int main(void)
{
    FILE *tsv = create("bn-scale.tsv"), *val = create("bn-scale.val");
    int learned[3] = {0};
    gp_dataset data;

    open_data(&data, 4000);
    printf("deviation     plain      with small eps\n");
    fprintf(tsv, "deviation\tplain\tbn\tsmall\n");
    for (int k = 0; k < SCALES; k++) {
        const double d = pow(10, -4 + 4 * (double)k / (SCALES - 1));
        const double plain = learn(hidden[0], &data, d);
        const double bn = learn(hidden[1], &data, d);
        const double small = learn(hidden[2], &data, d);

        @<Note what this scale led to@>@;
    }
    fprintf(val, "plain\t%d\nbn\t%d\nsmall\t%d\n", learned[0],
            learned[1], learned[2]);
    gp_dataset_free(&data);
    fclose(tsv);
    return fclose(val);
}

@ A network has learned something here if it is right on half of the validation
images; guessing gives a tenth.

@<Note what this scale led to@>=
printf("%9.1e %9.2f %9.2f %9.2f\n", d, plain, bn, small);
fprintf(tsv, "%.6e\t%.2f\t%.2f\t%.2f\n", d, plain, bn, small);
learned[0] += plain > 50;
learned[1] += bn > 50;
learned[2] += small > 50;

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

@(tangled/experiments/bn-placement.c@>=
@<A small trainer@>@;
@<Report to the tables of papers@>@;
@<Undo the standardization@>@;
@#
enum { BATCH = 32, EPOCHS = 10, SEEDS = 2 };
static const char *const net[2] = {
    "batchnorm dense:300:glorot_uniform:nobias batchnorm relu "
    "dense:100:glorot_uniform:nobias batchnorm relu dense:10",
    "batchnorm dense:300 relu batchnorm dense:100 relu batchnorm dense:10"};
static const char *const name[2] = {"before", "after"};
static const double book[2] = {86.60, 87.50};

@ The reader keeps the mean and the deviation that it divided by, of the raw
pixels from 0 to 255.

@<Undo the standardization@>=
static void undo(const gp_dataset *data, gp_samples *s, double share)
{
    for (size_t i = 0; i < s->x.rows; i++) {
        gp_real *x = gp_row(&s->x, i);

        for (size_t j = 0; j < s->x.cols; j++)
            x[j] = (gp_real)share * (x[j] * data->deviation.at[j] +
                                  data->mean.at[j]);
    }
}

@ The accuracy is noted after each epoch; the last one counts.

@(tangled/experiments/bn-placement.c@>=
static double train(const gp_dataset *data, int place, uint64_t seed,
                    FILE *tsv)
{
    trainer t = trainer_new(network_of(net[place], data->features, seed),
                            &data->train, BATCH, seed);
    const size_t steps = data->train.count / BATCH;
    double result = 0;

    for (int e = 1; e <= EPOCHS; e++) {
        for (size_t s = 0; s < steps; s++)
            trainer_step(&t, 1e-3);
        result = accuracy(t.net, &data->validation, 25, false);
        fprintf(tsv, "%s\t%d\t%d\t%.2f\n", name[place], (int)seed, e,
                result);
    }
    trainer_free(&t);
    return result;
}

@ In Keras the second network is a list of layers:
\begin{quote}
\texttt{BatchNormalization(),}\\
\texttt{Dense(300, activation="relu"), BatchNormalization(),}\\
\texttt{Dense(100, activation="relu"), BatchNormalization(),}\\
\texttt{Dense(10)}
\end{quote}
Its C twin reads the same. Behind the word a momentum and an $\varepsilon$ may
be named; left out, they have Keras' defaults.

@(tangled/experiments/bn-placement.c@>=
static gp_network *keras_twin(size_t inputs)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(inputs, 1, &error);

    need(net != NULL, &error);
    gp_add(net, "batchnorm");
    gp_dense(net, @[.units@] = 300, @[.activation@] = "relu");
    gp_add(net, "batchnorm");
    gp_dense(net, @[.units@] = 100, @[.activation@] = "relu");
    gp_add(net, "batchnorm");
    gp_dense(net, @[.units@] = 10);
    need(gp_network_error(net) == NULL, gp_network_error(net));
    return net;
}

@ It is used here to count parameters. The running statistics, two numbers for
each of $784+300+100$ units, are not trainable.

@<Count the parameters of the second network@>=
gp_network *n = keras_twin(data.features);
const size_t all = gp_network_count(n, false);
const size_t trained = gp_network_count(n, true);
fprintf(val, "parameters\t%zu\nuntrained\t%zu\n", all, all - trained);
printf("normalization after: %zu parameters, %zu of them not trainable\n",
       all, all - trained);
gp_network_free(n);

@ Standardization is undone in training and validation images alike.

@(tangled/experiments/bn-placement.c@>=
int main(void)
{
    FILE *tsv = create("bn-placement.tsv"), *val = create("bn-placement.val");
    FILE *paper = create("bn-placement.paper");
    gp_dataset data;

    open_data(&data, 0);
    undo(&data, &data.train, 1 / 255.);
    undo(&data, &data.validation, 1 / 255.);
    fprintf(tsv, "place\tseed\tepoch\taccuracy\n");
    @<Count the parameters of the second network@>@;
    for (int place = 0; place < 2; place++)
        @<Train with the normalization in this place@>@;
    gp_dataset_free(&data);
    fclose(tsv);
    fclose(paper);
    return fclose(val);
}

@ Two seeds for each place tell how much of a difference is chance.

@<Train with the normalization in this place@>=
{
    double a[SEEDS], mean = 0, spread;

    for (int s = 0; s < SEEDS; s++) {
        a[s] = train(&data, place, (uint64_t)s + 1, tsv);
        mean += a[s] / SEEDS;
    }
    spread = fabs(a[0] - a[1]);
    printf("%-7s %.2f per cent (%d seeds, %.2f apart); the book %.2f\n",
           name[place], mean, SEEDS, spread, book[place]);
    fprintf(val, "%s\t%.2f\n%s-spread\t%.2f\n", name[place], mean,
            name[place], spread);
    @<Report it to the table of papers@>@;
}

@ Within one per cent of the book counts as reproduced.

@<Report it to the table of papers@>=
char what[80], theirs[40], ours[40], apart[40];
snprintf(what, sizeof what,
         "G\303\251ron 2019, normalization %s ReLU, accuracy", name[place]);
snprintf(theirs, sizeof theirs, "%.2f", book[place]);
snprintf(ours, sizeof ours, "%.2f", mean);
snprintf(apart, sizeof apart, "%.2f", spread);
report(paper, what, theirs, ours, apart, "1.00",
       fabs(mean - book[place]) <= 1);

@ \cell{bn-placement}

After ten epochs we have \val{bn-placement}{before} before and
\val{bn-placement}{after} after the activation, means of two seeds. Both are
within one per cent of the book's figures\claim{geron_is_reproduced}, and in
the same order\claim{after_is_ahead_of_before}. The seeds alone move the
results by \val{bn-placement}{before-spread} and
\val{bn-placement}{after-spread}, so an order that rests on less than one per
cent is worth little beyond this network and these ten epochs. The counts agree
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
@<A small trainer@>@;
@<Undo the standardization@>@;
@#
enum { BATCH = 32, STEPS = 600 };

@ The network is the same in all four runs but for what stands in front of it.

@(tangled/experiments/bn-first.c@>=
static void learn(const char *what, const char *key, const char *first,
                  const gp_dataset *data, FILE *val)
{
    char net[200];
    trainer t;
    double a;

    snprintf(net, sizeof net, "%s dense:100:he_normal relu "
             "dense:100:he_normal relu dense:10", first);
    t = trainer_new(network_of(net, data->features, 1), &data->train, BATCH,
                    1);
    for (int s = 0; s < STEPS; s++)
        trainer_step(&t, 0.05);
    a = accuracy(t.net, &data->validation, 25, false);
    printf("%-32s %6.2f\n", what, a);
    fprintf(val, "%s\t%.2f\n", key, a);
    trainer_free(&t);
}

@ The data is changed in place from run to run: standardized, raw, and divided
by 255.

@(tangled/experiments/bn-first.c@>=
int main(void)
{
    FILE *val = create("bn-first.val");
    gp_dataset data;

    open_data(&data, 10000);
    printf("validation accuracy after %d steps, per cent\n", STEPS);
    learn("standardized", "standardized", "", &data, val);
    undo(&data, &data.train, 1);
    undo(&data, &data.validation, 1);
    learn("raw, 0 to 255", "raw", "", &data, val);
    learn("raw, batch normalization first", "first", "batchnorm:0.9", &data,
          val);
    @<Divide the raw pixels by 255@>@;
    learn("0 to 1", "unit", "", &data, val);
    gp_dataset_free(&data);
    return fclose(val);
}

@ A plain division, which is what most tutorials do to images.

@<Divide the raw pixels by 255@>=
gp_samples *part[2] = {&data.train, &data.validation};
for (size_t k = 0; k < 2; k++)
    for (size_t i = 0; i < part[k]->x.rows; i++)
        for (size_t j = 0; j < data.features; j++)
            gp_row(&part[k]->x, i)[j] /= 255;

@ \cell{bn-first}

Raw pixels end in a guess, \val{bn-first}{raw} per cent: sums of hundreds of
inputs of size 100 are far too large for this learning rate. With a
normalization in front the same pixels give \val{bn-first}{first}, close to the
\val{bn-first}{standardized} of standardized
data\claim{first_layer_replaces_standardizing}. Pixels from 0 to 1 train, but
have got only to \val{bn-first}{unit}. As first layer the normalization also
learns a scale and a shift for every input, of which the dense layer behind it
has no need.


@* Small batches.
\label{sec:bn-small}
The statistics of a batch are estimates, and the smaller the batch, the worse
they are. For two samples, $\hat x$ is $+1$ and $-1$ (but for $\varepsilon$)
whatever they were: only which of the two was larger gets
through\claim{a_pair_keeps_only_the_order}. The experiment trains on the same
10,000 images with batches from 2 to 128, the learning rate in proportion to
the batch. Three networks take part: one without normalization, one that keeps
the biased variance, and one that keeps the unbiased one. A row of the table is
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
    "m|batch", "plain|without|%.2f", "biased|divided by m|%.2f",
    "unbiased|divided by m-1|%.2f");
for (size_t m = 2; m <= 128; m *= 2) {
    const double rate = 0.1 * (double)m / 64;

    gp_table_row_of_spreads(t, gp_text("%zu", m),
        gp_experiment_accuracies(e, without, .batch = m,
                                 .learning_rate = rate),
        gp_experiment_accuracies(e, bn, .batch = m, .learning_rate = rate),
        gp_experiment_accuracies(e, bn, .batch = m, .learning_rate = rate,
                                 .begin = unbiased));
}

@ \outtable{bn-batch}{Validation accuracy, in per cent, after one pass over
10,000 images, by the size of the batch: without batch normalization, and with
it, the running variance divided by $m$ or by $m-1$. Means of
\val{bn-batch}{seeds} seeds, and their deviation.}

With pairs the network reaches \val{bn-batch}{biased-2} per cent, against
\val{bn-batch}{plain-2} without any
normalization\claim{pairs_are_worse_than_nothing}. From batches of 16 on the
harm is gone: the difference is smaller than that between
seeds\claim{large_batches_do_no_harm}. The choice between $m$ and $m-1$
changes little even for pairs, where it is a factor of two in the variance:
what spoils the training is the noise in each batch, not the estimate that is
used afterwards. Where memory allows only a few samples at a time, statistics
over the units of one sample, called layer normalization, are the usual way
out.

@* Folding a network.
\label{sec:bn-fold-demo}
Section~\ref{sec:bn-fold} folds one pair of layers. A network is folded pair by
pair: this one has a normalization in front of everything, which goes into the
dense layer behind it, and one behind each hidden dense layer, which goes into
the one before it.

@(tangled/experiments/bn-fold.c@>=
@<A small trainer@>@;
@#
static const char *const full =
    "batchnorm:0.9 dense:300:he_normal:nobias batchnorm:0.9 relu "
    "dense:100:he_normal:nobias batchnorm:0.9 relu dense:10";
static const char *const plain = "dense:300 relu dense:100 relu dense:10";
enum { BATCH = 50, STEPS = 300 };

@ The kernels are copied, the biases of the hidden layers begin at zero, and
the normalizations are worked in: layers 0, 2 and 5 of the full network.

@(tangled/experiments/bn-fold.c@>=
static void copy_kernel(gp_network *to, size_t i, gp_network *from, size_t k)
{
    gp_matrix_copy(&gp_network_layer(to, i)->parameter[0].value,
                   &gp_network_layer(from, k)->parameter[0].value);
}

@ The small network is written down without its normalizations, filled with the
large one's numbers, and then takes the normalizations in.

@(tangled/experiments/bn-fold.c@>=
static gp_network *folded(gp_network *from, size_t inputs)
{
    gp_network *net = network_of(plain, inputs, 1);
    gp_layer *first = gp_network_layer(net, 0);
    gp_error error = {""};

    copy_kernel(net, 0, from, 1);
    copy_kernel(net, 2, from, 4);
    copy_kernel(net, 4, from, 7);
    gp_matrix_copy(&gp_network_layer(net, 4)->parameter[1].value,
                   &gp_network_layer(from, 7)->parameter[1].value);
    @<Fold the three normalizations@>@;
    need(gp_network_reserve(net, BATCH, &error) == GP_OK, &error);
    return net;
}

@ The first dense layer takes two of them, one from each side.

@<Fold the three normalizations@>=
need(gp_batchnorm_fold_before(gp_network_layer(from, 0), first, &error) ==
         GP_OK &&
     gp_batchnorm_fold(first, gp_network_layer(from, 2), &error) == GP_OK &&
     gp_batchnorm_fold(gp_network_layer(net, 2), gp_network_layer(from, 5),
                       &error) == GP_OK,
     &error);

@ The two networks answer for the same images. The difference is measured
against the largest logit.

@(tangled/experiments/bn-fold.c@>=
static double difference(gp_network *a, gp_network *b, const gp_samples *s)
{
    double largest_logit = 0, worst = 0;

    for (size_t i = 0; i + BATCH <= s->count; i += BATCH) {
        const gp_matrix x = gp_matrix_rows(&s->x, i, BATCH);
        const gp_matrix *y = gp_network_forward(a, &x, false);
        const gp_matrix *z = gp_network_forward(b, &x, false);

        for (size_t r = 0; r < BATCH; r++)
            for (size_t j = 0; j < y->cols; j++) {
                const double p = (double)gp_row(y, r)[j];
                const double q = (double)gp_row(z, r)[j];

                largest_logit = fmax(largest_logit, fabs(p));
                worst = fmax(worst, fabs(p - q));
            }
    }
    return worst / largest_logit;
}

@ An untrained network would be too easy: its $\beta$ are 0 and its $\gamma$ 1.

@<Train the full network@>=
t = trainer_new(network_of(full, data.features, 1), &data.train, BATCH, 1);
for (int s = 0; s < STEPS; s++)
    trainer_step(&t, 0.05);

@ The difference goes into the text in units of $10^{-7}$, the last place of a
|float|.

@(tangled/experiments/bn-fold.c@>=
int main(void)
{
    FILE *val = create("bn-fold.val");
    gp_network *small;
    gp_dataset data;
    trainer t;
    double d;

    open_data(&data, 10000);
    @<Train the full network@>@;
    small = folded(t.net, data.features);
    d = difference(t.net, small, &data.validation);
    @<Print both networks@>@;
    fprintf(val, "difference\t$%.1f\\cdot10^{-7}$\nshare\t%.9f\n", d * 1e7,
            d);
    gp_network_free(small);
    trainer_free(&t);
    gp_dataset_free(&data);
    return fclose(val);
}

@ Layers, parameters and accuracy before and after.

@<Print both networks@>=
printf("           layers  parameters  accuracy\n");
printf("as trained %6zu %11zu %9.2f\n", gp_network_layers(t.net),
       gp_network_count(t.net, false),
       accuracy(t.net, &data.validation, BATCH, false));
printf("folded     %6zu %11zu %9.2f\n", gp_network_layers(small),
       gp_network_count(small, false),
       accuracy(small, &data.validation, BATCH, false));
printf("largest difference of a logit, relative to the largest: %.1e\n", d);

@ \cell{bn-fold}

Three layers fewer, and the largest difference is \val{bn-fold}{difference} of
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

@ Their test is a layer of a few lines. In each training step, unit $j$ is
given a scale $s_j$ between 0.5 and 1.5 and a shift $t_j$ between $-0.5$ and
0.5, drawn anew.

@(tangled/experiments/bn-noise.c@>=
@<A small trainer@>@;
@<Report to the tables of papers@>@;
@<Compare two figures@>@;
@<Draw the kernels from a normal distribution@>@;
@#
enum { WIDTH = 100, BATCH = 60, STEPS = 2000 };
typedef struct {
    gp_layer layer;
    gp_real scale[WIDTH], shift[WIDTH];
} noise;
@#
@<Run the noise forward and backward@>@;

@ At inference the noise is still: scale 1, shift 0.

@<Run the noise forward and backward@>=
static void noise_forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                          const gp_pass *pass)
{
    noise *n = (noise *)layer;

    for (size_t j = 0; j < WIDTH; j++) {
        const double u = pass->training ? gp_random_uniform(pass->random)
                                        : 0.5;
        const double v = pass->training ? gp_random_uniform(pass->random)
                                        : 0.5;

        n->scale[j] = (gp_real)(0.5 + u);
        n->shift[j] = (gp_real)(v - 0.5);
    }
    for (size_t i = 0; i < x->rows; i++)
        for (size_t j = 0; j < WIDTH; j++)
            gp_row(y, i)[j] = n->scale[j] * gp_row(x, i)[j] + n->shift[j];
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
            gp_row(dx, i)[j] = n->scale[j] * gp_row(dy, i)[j];
}
@#
static const gp_layer_type noise_type = {"noise", noise_forward,
                                         noise_backward, NULL, NULL};

@ The network of Section~\ref{sec:bn-figure-one} in three forms: as it is, with
batch normalization, and with noise behind each normalization.

@(tangled/experiments/bn-noise.c@>=
static gp_network *build(const char *hidden, bool noisy, size_t inputs)
{
    gp_network *net = network_of(hidden, inputs, 1);
    gp_error error = {""};

    for (int k = 0; k < 3; k++) {
        need(k == 0 || gp_network_parse(net, hidden, &error) == GP_OK,
             &error);
        if (noisy)
            need(gp_network_add(net, gp_layer_new(&noise_type, sizeof(noise),
                                                  WIDTH, WIDTH, &error),
                                &error) == GP_OK, &error);
        need(gp_network_parse(net, "sigmoid", &error) == GP_OK, &error);
    }
    need(gp_network_parse(net, "dense:10", &error) == GP_OK, &error);
    draw_kernels(net, 0.1, 2);
    return net;
}

@ How unstable the distributions are is measured at the input of the last
hidden sigmoid: the average distance by which the batch mean of a unit moves
from a step to the next.

@(tangled/experiments/bn-noise.c@>=
static double moved(const gp_matrix *z, double mean[WIDTH])
{
    double sum = 0;

    for (size_t j = 0; j < WIDTH; j++) {
        double now = 0;

        for (size_t i = 0; i < z->rows; i++)
            now += (double)gp_row(z, i)[j] / (double)z->rows;
        sum += fabs(now - mean[j]) / WIDTH;
        mean[j] = now;
    }
    return sum;
}

@ Loss and instability are averaged over the second half of the training.

@(tangled/experiments/bn-noise.c@>=
static double run(const char *name, const char *key, gp_network *net,
                  const gp_dataset *data, FILE *val)
{
    trainer t = trainer_new(net, &data->train, BATCH, 1);
    const size_t input = gp_network_layers(net) - 3; /* of the sigmoid */
    double mean[WIDTH], loss = 0, shift = 0;

    for (int s = 0; s < STEPS; s++) {
        const double l = trainer_step(&t, 0.1);
        const double d = moved(gp_network_output(net, input), mean);

        if (s >= STEPS / 2) {
            loss += l / (STEPS - STEPS / 2);
            shift += d / (STEPS - STEPS / 2);
        }
    }
    @<Print how stable it was and how well it learned@>@;
    trainer_free(&t);
    return a;
}

@ A row of the table, and the same numbers for the text.

@<Print how stable it was and how well it learned@>=
const double a = accuracy(net, &data->validation, 25, false);
printf("%-24s %10.3f %10.3f %10.2f\n", name, shift, loss, a);
fprintf(val, "shift-%s\t%.3f\nloss-%s\t%.3f\naccuracy-%s\t%.2f\n", key,
        shift, key, loss, key, a);

@ The three networks in turn, all from the same weights.

@(tangled/experiments/bn-noise.c@>=
int main(void)
{
    FILE *val = create("bn-noise.val"), *paper = create("bn-noise.paper");
    const char *bn = "dense:100:zeros:nobias batchnorm:0.9";
    gp_dataset data;
    double a[3];

    open_data(&data, 0);
    printf("%-24s %10s %10s %10s\n", "", "moved", "loss", "accuracy");
    a[0] = run("without", "plain", build("dense:100", false, data.features),
               &data, val);
    a[1] = run("batch normalization", "bn", build(bn, false, data.features),
               &data, val);
    a[2] = run("and noise behind it", "noise", build(bn, true, data.features),
               &data, val);
    @<Report the noise to the table of papers@>@;
    gp_dataset_free(&data);
    fclose(paper);
    return fclose(val);
}

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
char text[40];
report(paper, "Santurkar 2018, accuracy with noise behind the "
       "normalization", "as good", versus(text, a[2], a[1]), "one seed",
       "1.00", a[2] > a[1] - 1);

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
