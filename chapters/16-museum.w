@i common.w

@** A museum of shipped bugs.
\label{ch:museum}
The functions of this book are short, and every one of them has been shipped
wrong. The exhibits below come from libraries that are used by many people,
were written by able authors, and passed their tests. Most of them share one
property: nothing crashes. A network with the bug still learns, only worse, or
only at some batch sizes, or only until an input is large enough.

Each exhibit has the bug in a few lines of C, a report of it in the wild, and
the check that catches it. The check is the point. It takes the function under
test as an argument, it passes the book's own function, and the test of the
exhibit asserts that it turns the shipped one away.

@ The bugs live in a header, so that the experiment and the tests show the
same code. No module of the library includes it.

@(tangled/experiments/museum.h@>=
#pragma once
#include "elu.h"
#include "loss.h"
#include "batchnorm.h"
#include <tgmath.h>
@<Exhibit 1@>@;
@<Exhibit 2@>@;
@<Exhibit 3@>@;
@<Exhibit 4@>@;
@<Exhibit 5@>@;
@<Exhibit 6@>@;
@<Exhibit 7@>@;

@* The narrow normal.
\label{sec:museum-narrow}
An initializer is asked for weights of variance $v$ from a normal distribution
that is cut at two standard deviations. It passes $\sqrt v$ to the generator of
truncated normal numbers. But the generator's standard deviation is that of the
distribution \emph{before} the cut, and the tails that the cut removes held
more than a fifth of the variance. The weights come out with
$0.7735\,v$\claim{museum_narrow_normal}.

@<Exhibit 1@>=
static inline void museum_truncated(gp_matrix *w, double variance,
                                    gp_random *r)
{
    gp_random_fill_truncated_normal(r, w, 0, sqrt(variance));
}

@ It was reported of Keras in 2017 (\ghissue{keras-team/keras}{8048}), and of
TensorFlow half a year later (\ghissue{tensorflow/tensorflow}{18706}). The mend
was one division. When it was proposed, a maintainer objected that it changes
the initial weights of existing models, which is true of any mend of this kind
(\ghpull{keras-team/keras}{9963}). In 2025 the same bug was reported in
TensorFlow's JavaScript twin (\ghissue{tensorflow/tfjs}{8594}), with the
variance printed to seven digits.

One layer with three quarters of its variance is no disaster. Twenty in a row
shrink the signal by $0.7735^{20}$, to less than a hundredth. The check draws
100,000 weights and compares their variance with the one that was asked for.

@* Momentum upside down.
\label{sec:museum-momentum}
Section~\ref{sec:bn-inference} tells the two conventions. The bug is to take a
number from one and use it in the other.

@<Exhibit 2@>=
static inline void museum_running(size_t n, gp_real *running,
                                  const gp_real *batch, double momentum)
{
    for (size_t j = 0; j < n; j++)
        running[j] += (gp_real)momentum * (batch[j] - running[j]);
}

@ Here the momentum is Keras', the weight of the old value, and the code treats
it as PyTorch's. With 0.99 the ``average'' is the last batch, near
enough\claim{museum_momentum}. Training does not notice, since it does not use
the running statistics, so the training loss looks perfect; only the validation
trembles.

A port of DeepLab to PyTorch typed 0.999
(\ghissue{kazuto1011/deeplab-pytorch}{79}); OneFlow's own definition
contradicted the library that it called (\ghpull{Oneflow-Inc/oneflow}{6055});
Ludwig shipped a default of 0.95 that should have been 0.05
(\ghpull{ludwig-ai/ludwig}{2100}). The check feeds one batch to an average that
starts at 0 and looks at what share of it arrives.

@* The variance that is too small.
\label{sec:museum-biased}
At inference the running variance stands for the variance of the data. The
variance of a batch, divided by $m$, underestimates that by $(m-1)/m$.
Algorithm 2 of \citet{ioffe2015} has the correction, and code that follows the
rest of the paper may lack it.

@<Exhibit 3@>=
static inline void museum_variance(size_t n, gp_real *running,
                                   const gp_real *batch, double update,
                                   size_t m)
{
    (void)m;
    gp_batchnorm_running(n, running, batch, update, 1);
}

@ For pairs the factor is two\claim{museum_biased_variance}. Whether this is a
bug or a convention depends on whom one asks: ONNX \emph{defines} the running
variance this way, and so does this book's layer unless told otherwise
(Section~\ref{sec:bn-layer}). It certainly is a bug when one library has both,
as TensorFlow had: its fused kernel corrected and its plain one did not
(\ghissue{tensorflow/tensorflow}{55545}). A library that promises PyTorch's
behaviour and forgets the factor has it too
(\ghissue{tenstorrent/tt-metal}{55438}, 2026). A report on Keras of 2018 gives
the size of the effect, 0.47 in place of 1 for pairs
(\ghpull{keras-team/keras}{9028}). The check averages 500 batches of two
samples.

@* The sum and the mean.
\label{sec:museum-sum}
The loss of a batch is the mean of its samples' losses, and learning rates are
chosen for that. Code that sums instead multiplies every gradient by the batch
size, and a learning rate that was right for the mean is then 32 times too
large. The quieter form of the bug divides, but by the wrong number. When a
batch is cut into pieces to save memory, each piece's mean is taken and the
means are averaged:

@<Exhibit 4@>=
static inline double museum_pieces(size_t pieces, const double sum[],
                                   const double count[])
{
    double mean = 0;

    for (size_t k = 0; k < pieces; k++)
        mean += sum[k] / count[k] / (double)pieces;
    return mean;
}

@ The pieces are not of equal size when some labels are to be ignored, and then
samples in small pieces weigh more\claim{museum_sum_and_mean}. In October 2024
it was found in the most widely used programs that train language models
(\ghpull{huggingface/transformers}{34191}). One of the pull requests that
mended it is ``in honor of the day'' on which the field discovered that
$x_1/n_1+x_2/n_2$ is not $(x_1+x_2)/(n_1+n_2)$
(\ghpull{meta-pytorch/torchtune}{1875}). The loud form is easier to notice: in
one report the first loss of the same training was 6.4 with two pieces and 138
with 32 (\ghissue{hiyouga/LlamaFactory}{7443}).

The check for both forms is one sentence: the loss of a batch must not change
when the batch is cut differently. The loud form does not divide at all.

@<Exhibit 4@>=
static inline double museum_sum(size_t pieces, const double sum[],
                                const double count[])
{
    double total = 0;

    (void)count;
    for (size_t k = 0; k < pieces; k++)
        total += sum[k];
    return total;
}

@ The right way needs all of the counts before it divides.

@<Exhibit 4@>=
static inline double museum_mean(size_t pieces, const double sum[],
                                 const double count[])
{
    double total = 0, samples = 0;

    for (size_t k = 0; k < pieces; k++) {
        total += sum[k];
        samples += count[k];
    }
    return total / samples;
}

@* The gradient that vanished.
\label{sec:museum-elu}
For $z<0$ ELU is $f(z)=\alpha(e^z-1)$, and its derivative $\alpha e^z$ equals
$f(z)+\alpha$. The output is at hand in the backward pass, so one addition
replaces an exponential. In exact arithmetic.

@<Exhibit 5@>=
static inline void museum_elu_slope(size_t n, const gp_real *x,
                                    const gp_real *y,
                                    const gp_real *dy, gp_real *dx,
                                    gp_activation_arguments a)
{
    for (size_t i = 0; i < n; i++)
        dx[i] = x[i] > 0 ? dy[i] : dy[i] * (y[i] + a.alpha);
}

@ In floating point $f(z)$ is rounded to a multiple of the last place of
$\alpha$, and below $z\approx-17$ it \emph{is} $-\alpha$. The sum is
zero\claim{museum_elu_gradient}, for a function that is recommended because its
gradient never is. It was reported of TensorFlow
(\ghissue{tensorflow/tensorflow}{124833}) and of JAX, by way of the derivative
of |expm1|, in the same month of 2026 (\ghissue{jax-ml/jax}{39795}). Between
there and zero the digits go one after the other. The check compares with
$\alpha e^z$ at $z=-20$ to a relative error of $10^{-5}$.

@* The negative variance.
\label{sec:museum-negative}
The variance as $\Expect[x^2]-\Expect[x]^2$: one pass, two sums, and a
subtraction of nearly equal numbers.

@<Exhibit 6@>=
static inline gp_real museum_one_pass(size_t n, const gp_real *x)
{
    gp_real sum = 0, square = 0;

    for (size_t i = 0; i < n; i++) {
        sum += x[i];
        square += x[i] * x[i];
    }
    sum /= (gp_real)n;
    return square / (gp_real)n - sum * sum;
}

@ When the mean is large against the deviation, the rounding errors exceed the
result, which may then be negative, and its square root not a
number\claim{museum_negative_variance}. It was reported of TensorFlow in 2016
(\ghissue{tensorflow/tensorflow}{3290}), of Flax in 2021
(\ghissue{google/flax}{1491}), and of a new library in 2026, in half precision,
with a mean of 5 and a deviation of 0.1
(\ghissue{tenstorrent/tt-metal}{45968}). Raising the result to zero, a common
patch, turns the NaN into a division by $\sqrt\varepsilon$, which is worse: it
can no longer be seen. The check shifts a column by 1000 and demands the same
variance.

@* Zero times infinity.
\label{sec:museum-mask}
Vector code has no branches, so a function with two cases is often computed as
a sum: both cases, each multiplied by 0 or 1.

@<Exhibit 7@>=
static inline void museum_mask_slope(size_t n, const gp_real *x,
                                     const gp_real *y,
                                     const gp_real *dy, gp_real *dx,
                                     gp_activation_arguments a)
{
    (void)y;
    for (size_t i = 0; i < n; i++) {
        const gp_real positive = (gp_real)(x[i] > 0);

        dx[i] = dy[i] * (positive + (1 - positive) * a.alpha * exp(x[i]));
    }
}

@ Where the first case holds, the second is computed all the same. For $z=100$
a |float| makes $e^z$ infinite, and zero times infinity is not a
number\claim{museum_zero_times_infinity}. This is the derivative of ELU as
candle had it (\ghpull{huggingface/candle}{2328}, 2024). The mend is to keep
the unused case harmless, $e^{\min(z,0)}$, which is what Section~\ref{sec:elu}
does, or to select in place of multiplying. The check asks for the slope at
100.

@* All of them.
\label{sec:museum-all}
The experiment runs every exhibit beside the book's function, on an input on
which the two differ.

@(tangled/experiments/museum.c@>=
#include "experiment.h"
#include "initialize.h"
#include "museum.h"
@#
@<The mean square of a matrix@>@;
@<The slope of a function at one point@>@;
@#
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "museum",
        .seed = 1, .setting = "Each exhibit beside the book's function.");
    gp_table *t = gp_experiment_table(e, "", "", "exhibit", "shipped||%.4g",
                                      "right||%.4g");
    gp_random r = gp_random_new(e->plan.seed);
    @<Show the exhibits about weights and running statistics@>@;
    @<Show the exhibits about losses and slopes@>@;
    @<Show the exhibits about cancellation and overflow@>@;
    return gp_experiment_end(e);
}

@ The mean of the weights is 0, so the mean of their squares is the variance.

@<The mean square of a matrix@>=
static double mean_square(const gp_matrix *w)
{
    double sum = 0;

    for (size_t i = 0; i < w->rows; i++)
        for (size_t j = 0; j < w->cols; j++)
            sum += (double)(gp_at(w, i, j) * gp_at(w, i, j));
    return sum / (double)(w->rows * w->cols);
}

@ One batch, one number: what a mean of 1 and a biased variance of $\frac12$
become, in averages that start at 0.

@<Show the exhibits about weights and running statistics@>=
const gp_variance_scaling scaling = {400, GP_FAN_IN, GP_TRUNCATED_NORMAL};
const gp_real one[1] = {1}, none[1] = {0}, half[1] = {(gp_real)0.5};
gp_real a[1] = {0}, b[1] = {0}, c[1] = {0}, d[1] = {0};
static gp_real weights[400 * 250];
gp_matrix w = gp_matrix_view(weights, 400, 250, 250);
museum_truncated(&w, 1, &r);
const double narrow = mean_square(&w);
gp_initialize_variance_scaling(&w, scaling, &r);
gp_table_row(t, "1|1 variance of weights", narrow, mean_square(&w));
museum_running(1, a, one, 0.99);
gp_batchnorm_running(1, b, one, 1 - 0.99, 1);
gp_table_row(t, "2|2 share of one batch at momentum 0.99", a[0], b[0]);
museum_variance(1, c, half, 1, 2);
gp_batchnorm_running(1, d, half, 1, 2);
gp_table_row(t, "3|3 variance 1, estimated from pairs", c[0], d[0]);

@ An activation is run forward before its slope is taken, since the shipped
slope reads the output.

@<The slope of a function at one point@>=
typedef void slope(size_t, const gp_real *, const gp_real *, const gp_real *,
                   gp_real *, gp_activation_arguments);
static double slope_at(gp_real x, slope *df)
{
    const gp_real one = 1;
    gp_real y, dx;

    gp_elu.f(1, &x, &y, @[(gp_activation_arguments){1, 0}@]);
    df(1, &x, &y, &one, &dx, @[(gp_activation_arguments){1, 0}@]);
    return (double)dx;
}

@ Ten losses, one of them in a piece of its own. The book's own slope is the
type's |df|.

@<Show the exhibits about losses and slopes@>=
const double sum[2] = {3, 10}, count[2] = {1, 9};
gp_table_row(t, "4|4 mean of 10 losses in two pieces",
             museum_pieces(2, sum, count), museum_mean(2, sum, count));
gp_table_row(t, "5|5 slope of ELU at -20", slope_at(-20, museum_elu_slope),
             slope_at(-20, gp_elu.df));

@ For the sixth, two hundred numbers near 1000 with a deviation of 0.01.

@<Show the exhibits about cancellation and overflow@>=
gp_real x[200], y[200], mean[1], variance[1], inverse[1];
const gp_matrix column = gp_matrix_view(x, 200, 1, 1);
gp_matrix out = gp_matrix_view(y, 200, 1, 1);
for (size_t i = 0; i < 200; i++)
    x[i] = (gp_real)(1000 + 0.01 * gp_random_normal(&r));
gp_batchnorm_train(&column, one, none, 1e-3, &out, mean, variance, inverse);
gp_table_row(t, "6|6 variance 0.0001 around 1000", museum_one_pass(200, x),
             variance[0]);
gp_table_row(t, "7|7 slope of ELU at 100", slope_at(100, museum_mask_slope),
             slope_at(100, gp_elu.df));

@ \cell{museum}

Most of these show only in a regime that tests seldom visit: batches of two,
large offsets, inputs far from zero, pieces of unequal size. And several came
back, in another library, years after they had been mended in the first. A test
that is written down can travel with the formula; that is what the next person
needs.

@* Index.
