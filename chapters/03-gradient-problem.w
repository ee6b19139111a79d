@i common.w
@s specimen int
@s descent int
@s range int
@s layer_figures int
@s tally int
@s thread int

@** The gradient problem.
\label{ch:gradient-problem}
A deep network is a composition of many functions, and its gradient is a
product of as many derivatives. A product of many factors has a habit: unless
the factors are close to one, it goes to zero or to infinity. If it goes to
zero, the first layers of the network learn nothing, and all that follows them
works on features that nobody has chosen. If it goes to infinity, one step of
training undoes everything.

The problem was found early \citep{hochreiter1991,bengio1994}, and it kept deep
networks from being trained for fifteen years. This chapter looks at it closely. It begins with the
two functions that made it famous, derives the product, makes it vanish and
explode on purpose, and watches layer by layer. The instruments made for that,
the module |diagnose|, serve in every later chapter. The measurements by
which \citet{glorot2010} explained the trouble come next, with our numbers
beside theirs; and at the end stands the first remedy, which
is blunt and helps against one half of the problem.

@* The logistic function and tanh.
\label{sec:logistic}
For decades the natural choice for a unit was a smooth step. The logistic
function
\begin{equation}
\label{eq:logistic}
\sigma(z) = \frac{1}{1+e^{-z}}
\end{equation}
goes from 0 to 1. Its value can be read as a probability, its slope exists
everywhere, and a unit made of it resembles a nerve cell that is silent below a
threshold and fires above it. The hyperbolic tangent is the same curve in other
units,
\begin{equation}
\label{eq:tanh}
\tanh z = \frac{e^z-e^{-z}}{e^z+e^{-z}} = 2\,\sigma(2z)-1,
\end{equation}
stretched to go from $-1$ to 1, and odd: a layer of such units has mean zero if
its inputs are symmetric about zero\claim{tanh_is_a_stretched_logistic}.

Both are given to the networks as activation types in the sense of
Section~\ref{sec:activation}, and so is the identity, which stands where a
stack without any activation is wanted.

@(tangled/lib/sigmoid.h@>=
#pragma once
#include "activation.h"
@#
GP_BEGIN_DECLS@;
extern const gp_activation_type gp_sigmoid;
    /* $1/(1+e^{-z})$, slope $y(1-y)\le1/4$ */
extern const gp_activation_type gp_tanh; /* $\tanh z$, slope $1-y^2\le1$ */
extern const gp_activation_type gp_identity; /* $z$, slope 1 */
    /* none has arguments; a NaN stays a NaN */
GP_END_DECLS@;

@ The loops are independent from element to element, so the compiler may do
eight or sixteen at once. |exp| and |tanh| are our own
(Section~\ref{sec:elementary}), and stay within two units in the last
place\claim{logistic_and_tanh_are_accurate}. For large negative $z$ the
exponential overflows to infinity, and $1/(1+\infty)=0$ is the right limit; no
case needs special treatment\claim{the_ends_are_exact}.

@(tangled/lib/sigmoid.c@>=
#include "sigmoid.h"
#include "private/vectormath.h"

static void sigmoid(size_t n, const gp_real *restrict x, gp_real *restrict y,
                    gp_activation_arguments a)
{
    (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        y[i] = 1 / (1 + exp(-x[i]));
}

@ The derivative needs no second exponential, since it can be written with the
value itself:
\begin{equation}
\label{eq:logistic-slope}
\sigma'(z) = \frac{e^{-z}}{(1+e^{-z})^2} = \sigma(z)\,\bigl(1-\sigma(z)\bigr).
\end{equation}
It is an even function. The backward pass is given the output $y$ of the
forward pass, and multiplies what comes from above by $y(1-y)$.

@(tangled/lib/sigmoid.c@>=
static void sigmoid_slope(size_t n, const gp_real *restrict x,
                          const gp_real *restrict y,
                          const gp_real *restrict dy,
                          gp_real *restrict dx, gp_activation_arguments a)
{
    (void)x, (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        dx[i] = dy[i] * y[i] * (1 - y[i]);
}

const gp_activation_type gp_sigmoid = {
    GP_ACTIVATION("sigmoid"),
    sigmoid, sigmoid_slope};

@ In the same way $\tanh' z = 1-\tanh^2 z$. By \eqref{eq:tanh} this is
$4\,\sigma'(2z)$: tanh is four times as steep and its middle half as wide.

@(tangled/lib/sigmoid.c@>=
static void hyperbolic_tangent(size_t n, const gp_real *restrict x,
                               gp_real *restrict y, gp_activation_arguments a)
{
    (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        y[i] = tanh(x[i]);
}

@ The slope is again a function of the output alone.

@(tangled/lib/sigmoid.c@>=
static void tangent_slope(size_t n, const gp_real *restrict x,
                          const gp_real *restrict y,
                          const gp_real *restrict dy,
                          gp_real *restrict dx, gp_activation_arguments a)
{
    (void)x, (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        dx[i] = dy[i] * (1 - y[i] * y[i]);
}

const gp_activation_type gp_tanh = {
    GP_ACTIVATION("tanh"),
    hyperbolic_tangent, tangent_slope};

@ The identity passes everything, in both directions.

@(tangled/lib/sigmoid.c@>=
static void identity(size_t n, const gp_real *restrict x, gp_real *restrict y,
                     gp_activation_arguments a)
{
    (void)a;
    for (size_t i = 0; i < n; i++)
        y[i] = x[i];
}

@ So its backward pass is its forward pass.

@(tangled/lib/sigmoid.c@>=
static void identity_slope(size_t n, const gp_real *restrict x,
                           const gp_real *restrict y,
                           const gp_real *restrict dy,
                           gp_real *restrict dx, gp_activation_arguments a)
{
    (void)x, (void)y;
    identity(n, dy, dx, a);
}

const gp_activation_type gp_identity = {
    GP_ACTIVATION("identity"),
    identity, identity_slope};

@* Saturation.
\label{sec:saturation}
Both curves have a middle and two ends (Figure~\ref{fig:saturation}). In the
middle they are nearly straight, and a network of such units is nearly a linear
one. Toward the ends they are nearly flat. A unit there answers the same
whatever its input, and because the slope is what a unit's gradient is
multiplied by, it has stopped to learn: it is \emph{saturated}.

\plot{saturation}{The logistic function and tanh, and their slopes. The shaded
strip is the linear middle of the logistic function; outside the dashed lines
it is saturated.}

The regions deserve numbers. Let us call a unit linear where its slope is at
least nine tenths of the steepest, and saturated where it is less than one
tenth. With $y(1-y)$ equal to $c/4$ we have $y=\frac12(1\pm\sqrt{1-c})$ and
\begin{equation}
\label{eq:regions}
\abs z = \ln\frac{1+\sqrt{1-c}}{1-\sqrt{1-c}},
\end{equation}
so the middle of the logistic function ends at \val{saturation}{sigmoid-linear}
and its saturation begins at \val{saturation}{sigmoid-saturated}; for tanh both
numbers are halved, \val{saturation}{tanh-linear} and
\val{saturation}{tanh-saturated}\claim{saturation_begins_where_the_formula_says}.
The steepest slope itself is $\frac14$ for the logistic function, at $z=0$, and
1 for tanh\claim{steepest_slopes}. Remember the $\frac14$.

@ The experiment does not use the formula. It finds the borders by bisection
on the slope that the module's own backward pass returns.

@(tangled/experiments/saturation.c@>=
#include "experiment.h"
#include "sigmoid.h"
#include <math.h>
@<Ask an activation for a value and a slope@>@;
@<Find where the slope has a given share of the steepest@>@;
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "saturation",
        .setting = "The logistic function and tanh, element by element, from "
                   "the layers' own forward and backward passes.");
    @<Record the curves@>@;
    @<Record where the middle ends and the flat begins@>@;
    @<Record the slope by three roads@>@;
    return gp_experiment_end(e);
}

@ An activation type has a loop for any number of elements. Here they are
called for one, with the upstream gradient 1.

@<Ask an activation for a value and a slope@>=
static const gp_activation_arguments none = {0, 0};
static double value(const gp_activation_type *f, double z)
{
    gp_real x = (gp_real)z, y;
    f->f(1, &x, &y, none);
    return (double)y;
}
static double slope(const gp_activation_type *f, double z)
{
    gp_real x = (gp_real)z, y = (gp_real)value(f, z), one = 1, dx;
    f->df(1, &x, &y, &one, &dx, none);
    return (double)dx;
}

@ To the right of 0 the slope falls, so the border lies between a point that
has more and a point that has less.

@<Find where the slope has a given share of the steepest@>=
static double border(const gp_activation_type *f, double share)
{
    double low = 0, high = 16;
    for (int i = 0; i < 40; i++) {
        double middle = (low + high) / 2;
        if (slope(f, middle) > share * slope(f, 0))
            low = middle;
        else
            high = middle;
    }
    return low;
}

@ A series is what a plot is drawn from: here value and slope of both
functions.

@<Record the curves@>=
gp_table *curves = gp_experiment_series(e, "curves", "z|z|%g",
    "sigmoid|logistic|%g", "sigmoid-slope|its slope|%g",
    "tanh|tanh|%g", "tanh-slope|its slope|%g");
for (int i = -120; i <= 120; i++)
    gp_series_point(curves, i / 20.0, value(&gp_sigmoid, i / 20.0),
                    slope(&gp_sigmoid, i / 20.0), value(&gp_tanh, i / 20.0),
                    slope(&gp_tanh, i / 20.0));

@ The figures that the text cites.

@<Record where the middle ends and the flat begins@>=
gp_experiment_value(e, "sigmoid-linear", "%.2f", border(&gp_sigmoid, 0.9));
gp_experiment_value(e, "sigmoid-saturated", "%.2f", border(&gp_sigmoid, 0.1));
gp_experiment_value(e, "tanh-linear", "%.2f", border(&gp_tanh, 0.9));
gp_experiment_value(e, "tanh-saturated", "%.2f", border(&gp_tanh, 0.1));
gp_experiment_value(e, "flat", "%.2f", 24 * log(2.0));

@ \cell{saturation}

Saturation has an arithmetical side as well. Formula~\eqref{eq:logistic-slope}
saves an exponential and pays with the digits of $1-y$. When $z$ is large and
positive, $y$ is a |float| close to 1, and the difference has only the bits
that are left. Beyond $z=24\ln2$, about \val{saturation}{flat}, the value
rounds to 1, and the slope is exactly
0\claim{the_right_slope_is_zero_beyond_24_log_2}. On the left the same formula
keeps all its digits down to the smallest |float|s\claim{the_left_slope_is_accurate}.
The last column is $e^{-\abs z}/(1+e^{-\abs z})^2$ in double precision.
The loss is harmless here, since a slope of $10^{-8}$ teaches nothing
anyway. It is worth having seen, because the same cancellation will not be
harmless for the functions of Chapter~\ref{ch:elu-selu}.

@<Record the slope by three roads@>=
static const double points[] = {-20, -16, -8, -4, -2, 0, 2, 4, 8, 16, 20};
gp_table *roads = gp_experiment_table(e, "slopes", "the logistic function",
    "z|z", "value|value|%.6f", "slope|slope|%.5e", "exact|exact slope|%.5e");
for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
    double z = points[i], x = exp(-fabs(z));
    gp_table_row(roads, gp_text("%g", z), value(&gp_sigmoid, z),
                 slope(&gp_sigmoid, z), x / ((1 + x) * (1 + x)));
}

@* The gradient is a product.
\label{sec:product}
Take a stack of $L$ dense layers, each followed by an activation, with the
samples as rows:
\[ z_l = y_{l-1}W_l + b_l,\qquad y_l = f(z_l),\qquad l=1,\dots,L. \]
Let $\delta_l=\partial E/\partial y_l$ be the gradient of the loss $E$ at the
output of layer $l$, a row as well. The two backward passes of
Chapter~\ref{ch:groundwork}, one after the other, give
\begin{equation}
\label{eq:one-back}
\delta_{l-1} = \delta_l\,D_l\,\transpose{W_l},\qquad D_l=\diag f'(z_l),
\end{equation}
and all the way down
\begin{equation}
\label{eq:product}
\delta_0 = \delta_L\;D_L\transpose{W_L}\;D_{L-1}\transpose{W_{L-1}}\cdots
D_1\transpose{W_1}.
\end{equation}
The matrix $D_l\transpose{W_l}$ is the transposed \emph{Jacobian} of layer $l$.
It appears because the layers are composed, and there is no way around it: every
path from a weight of the first layer to the loss crosses all layers above.

How long can $\delta_0$ be? With $\norm W$ for the largest singular value of a
matrix, each factor stretches a row by at most $\norm{W_l}\max f'$, so
\begin{equation}
\label{eq:bound}
\norm{\delta_0}\le\norm{\delta_L}\prod_{l=1}^{L}\norm{W_l}\,\max f'.
\end{equation}
For the logistic function $0<\sigma'\le\frac14$. Weights aside, $L$ layers pass
at most $4^{-L}$ of a gradient: five layers \val{product}{bound-5}, ten
\val{product}{bound-10}.

@ A chain of single units shows the bound at work, and shows that it can be
reached. With weight 1 and bias $-\frac12$ a unit whose input is
$\sigma(0)=\frac12$ has $z=0$, where the slope is steepest, and hands the same
$\frac12$ to the next. Each layer then multiplies the gradient by a quarter, to
the last bit, since these are powers of
two\claim{a_chain_passes_exactly_four_to_the_minus_depth}. With bias 0 the units
settle at $z=\sigma(z)$, a little off the steepest
point, and pass less\claim{a_chain_off_center_passes_less}.

Tanh has slope 1 at the origin, and a chain of it with weight 1 sounds safe. But the signal that
runs through it bends the slopes. It shrinks like $\sqrt{3/2l}$, which each
unit does to it by being slightly flatter than the diagonal, and the gradient
shrinks like $l^{-3/2}$: as a power of the depth, not
exponentially\claim{tanh_chain_decays_as_a_power}. The difference between the
two last columns is the difference between hard and hopeless.

\cell{product}

@(tangled/experiments/product.c@>=
#include "chain.h"
#include "dense.h"
#include "experiment.h"
#include "sigmoid.h"
#include <math.h>
@<Send a gradient through a chain of units@>@;
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "product",
        .setting = "A chain of single units with weight 1, and what is left "
                   "of a gradient of 1 at its lower end.");
    @<Record what chains of all depths leave@>@;
    @<Record how wide the window of large weights is@>@;
    @<Record the numbers of matrices of random weights@>@;
    return gp_experiment_end(e);
}

@ Each layer of the chain is a dense layer with one unit, and an activation.
Forward, the chain takes the one number |x|; backward, the gradient at its
upper end is 1.

@<Send a gradient through a chain of units@>=
static double through(const gp_activation_type *f, gp_real bias, gp_real x,
                      int depth)
{
    gp_chain *chain = gp_chain_new(1, NULL);
    gp_matrix in = gp_matrix_view(&x, 1, 1, 1);
    gp_real left = 0;
    gp_matrix dx = gp_matrix_view(&left, 1, 1, 1);
    for (int l = 0; l < depth; l++) {
        @<Add a unit with weight 1 to the |chain|@>@;
    }
    gp_chain_reserve(chain, 1, NULL);
    gp_chain_forward(chain, &in, @[&(gp_pass){0}@]);
    gp_chain_upstream(chain)->at[0] = 1;
    gp_chain_backward(chain, &in, &dx, NULL);
    gp_chain_free(chain);
    return (double)left;
}

@ The chain takes over the layers that it is given.

@<Add a unit with weight 1 to the |chain|@>=
gp_layer *dense = gp_dense_new(1, 1, true, NULL);
dense->parameter[0].value.at[0] = 1;
dense->parameter[1].value.at[0] = bias;
gp_chain_add(chain, dense, NULL);
gp_chain_add(chain, gp_activation_new(f, 1,
                                      @[(gp_activation_arguments){0, 0}@],
                                      NULL), NULL);

@ Past 75 layers a |float| has no number that small, and the column ends in
zeros.

@<Record what chains of all depths leave@>=
static const int depths[] = {1, 2, 3, 5, 10, 20, 50, 75, 100};
gp_table *t = gp_experiment_table(e, "", "what is left of a gradient of 1",
    "layers|layers", "bound|4^-layers|%.3g", "centred|logistic, z = 0|%.3g",
    "zero|logistic, bias 0|%.3g", "tanh|tanh, bias 0|%.3g");
for (size_t i = 0; i < sizeof depths / sizeof *depths; i++)
    gp_table_row(t, gp_text("%d", depths[i]), pow(0.25, depths[i]),
                 through(&gp_sigmoid, (gp_real)-0.5, (gp_real)0.5, depths[i]),
                 through(&gp_sigmoid, 0, (gp_real)0.5, depths[i]),
                 through(&gp_tanh, 0, 1, depths[i]));

@ One is tempted to answer the quarter with larger weights. A factor of 4 in
every weight would restore the balance at $z=0$. But a larger weight also
drives $z$ away from 0. For a unit with weight $w$ and input $a$ the factor is
$\abs w\,\sigma'(wa+b)$, and with $\sigma'(z)=1/(4\cosh^2\frac z2)$ it is at
least 1 only while
\[
\abs{wa+b}\le 2\operatorname{arcosh}\frac{\sqrt{\abs w}}2,
\]
which holds for inputs $a$ in a window of width
\begin{equation}
\label{eq:window}
\frac4{\abs w}\operatorname{arcosh}\frac{\sqrt{\abs w}}2.
\end{equation}
The window is empty for $\abs w<4$ and widest at a weight of
\val{product}{best-weight}; even there it covers only
\val{product}{widest}~per cent of the interval $(0,1)$ in which the outputs of logistic
units lie\claim{the_window_is_never_half_the_range}. \citet{nielsen2015} makes
an exercise of it. The balance is a matter of every single unit and every single sample, and in
a deep stack some of them will always miss it.

@<Record how wide the window of large weights is@>=
double widest = 0, best = 4;
for (int i = 4000; i < 20000; i++) {
    double w = i / 1000.0, width = 4 / w * acosh(sqrt(w) / 2);
    if (width > widest)
        widest = width, best = w;
}
gp_experiment_value(e, "best-weight", "%.2f", best);
gp_experiment_value(e, "widest", "%.0f", 100 * widest);

@ Section~\ref{sec:glorot-bengio} looks at matrices of random weights. The distribution of
their singular values has a known form, a quarter of a circle, and so has known
numbers.

@<Record the numbers of matrices of random weights@>=
const double pi = acos(-1.0), mean = 8 / (3 * pi), gain = 1 / sqrt(3.0);
gp_experiment_value(e, "gain-standard", "%.3f", gain);
gp_experiment_value(e, "quarter-circle", "%.3f", mean);
gp_experiment_value(e, "expected-standard", "%.2f", mean * gain);
gp_experiment_value(e, "squeezed", "%.0f",
                    100 * (sqrt(3.0) / 2 + pi / 3) / pi);

@ Layers of many units are kinder, because sums over many units even out. Let
the weights of a layer with $n$ units be independent with mean zero and
variance $\Var[w]$. Then each component of $\delta_{l-1}$ in
\eqref{eq:one-back} is a sum of $n$ uncorrelated terms, and the root mean square
of the gradient is multiplied by
\begin{equation}
\label{eq:factor}
g = \sqrt{n\,\Var[w]\;\Expect\bigl[f'(z)^2\bigr]}
\end{equation}
in every layer. Now it is $g^L$ that must not run away, and $g$ is something we
can choose: the variance of the weights is ours. Chapter~\ref{ch:initialization}
does that. Here we want to see what happens if nobody does, and for that we
need instruments.

@* Diagnostics.
\label{sec:diagnose}
Whether a network can learn is visible before it has taken a step. The
questions are few.
\begin{itemize}
\item \emph{Does the signal arrive?} If the output of a unit is the same for
every sample, the layers above cannot tell the samples apart. The
\emph{spread} of a layer is the standard deviation of a unit over the samples,
as a root mean square over the units. The deviation over all elements does
not answer the question: units may differ from each other by constants that
say nothing about the input.
\item \emph{Are units saturated, or dead?} A unit on the flat ends of its
function hardly passes a gradient. A unit whose slope is zero for every sample
passes none at all.
\item \emph{Does the gradient arrive?} Its root mean square at the output of
each layer, compared with that of the last hidden layer.
\item \emph{Do the weights move?} The norm of a weight matrix's gradient over
the norm of the weights, and the same times the learning rate: the share of
itself by which a plain gradient step changes the matrix. A useful step
changes the weights by about a thousandth; a millionth is standing still,
and a tenth is tearing down.
\end{itemize}

@ The first part of the module describes one matrix, with a sample a row. The
variance is the square of the deviation; we keep the deviation because it can
be compared with the values themselves.

@(tangled/lib/diagnose.h@>=
#pragma once
#include "chain.h"
#include <stdio.h>
@#
GP_BEGIN_DECLS@;
#define GP_BINS 20
typedef struct {
    double mean, deviation, minimum, maximum; /* over all elements; the
        deviation divides by their number */
    double spread; /* of a unit over the samples; of one sample: |deviation| */
    size_t histogram[GP_BINS]; /* equal bins from minimum to maximum */
    bool finite; /* no infinity and no NaN among the values */
} gp_statistics;
gp_statistics gp_describe(const gp_matrix *y);
    /* |y| is [samples, units] with one element or more; with an infinity or
       NaN in it, |finite| is |false| and the rest means nothing */

@ The second part gives a diagnosis of a layer. Whatever compares two sizes is
a ratio, so that it has a meaning without units. The ratios of weights
belong to dense layers, and are 0 elsewhere.

@(tangled/lib/diagnose.h@>=
typedef enum { GP_HEALTHY, GP_VANISHING, GP_EXPLODING, GP_SATURATED,
               GP_DYING } gp_verdict;
typedef struct {
    const char *layer;    /* its word */
    gp_statistics output; /* activations behind it */
    double gradient;   /* root mean square of the gradient by its output */
    double relative;   /* the same, over that of the last hidden output */
    double saturated;  /* share of slopes below a tenth of the steepest;
                          sigmoid, tanh and hard_sigmoid only */
    double dead;       /* share of units with slope 0 for all samples */
    double gradient_to_weight, update_to_weight; /* norms; 0: no weights */
    gp_verdict verdict;
} gp_diagnosis;

@ The module looks at a chain of layers after a forward and a backward pass
over a batch, and writes one entry per layer, from the first to the last.

@(tangled/lib/diagnose.h@>=
void gp_diagnose(const gp_chain *chain, double learning_rate,
                 gp_diagnosis diagnosis[]);
    /* |diagnosis| has room for |gp_chain_length(chain)| entries; the learning
       rate scales |update_to_weight|. A forward and a backward pass come
       before */
const char *gp_verdict_word(gp_verdict verdict); /* as in |"vanishing"| */
void gp_diagnose_print(FILE *file, size_t layers,
                       const gp_diagnosis diagnosis[]);
    /* a table of at most 79 columns, a line for each layer */
gp_status gp_singular_values(gp_matrix *a, double *values,
                             gp_error *error);
    /* of |a|, largest first, as many as its shorter side is long; |a| is
       overwritten. |GP_NO_MEMORY|, or |GP_FAILED| if LAPACK finds none */
double gp_mean_singular_value(const gp_chain *chain, size_t l); /* of the
    Jacobian of dense layer |l| and the activation behind it, for the first
    sample of the last pass; NaN if memory is short */
GP_END_DECLS@;

@ Means come first, then the spread about them. One pass over sums of
squares would lose all digits where the mean is large and the spread
small\claim{a_small_spread_on_a_large_mean_is_found}.

@(tangled/lib/diagnose.c@>=
#include "diagnose.h"
#include "private/vectormath.h"
#include <stdlib.h>
#include <string.h>

static void extremes(const gp_matrix *y, gp_statistics *s)
{
    s->minimum = INFINITY, s->maximum = -INFINITY, s->finite = true;
    for (size_t i = 0; i < y->rows; i++)
        for (size_t j = 0; j < y->cols; j++) {
            double v = (double)gp_row(y, i)[j];
            s->finite = s->finite && isfinite(v);
            s->minimum = fmin(s->minimum, v);
            s->maximum = fmax(s->maximum, v);
            s->mean += v / (double)(y->rows * y->cols);
        }
}

@ The spread takes a mean for each unit. A batch of one sample has no spread;
then the deviation must do.

@(tangled/lib/diagnose.c@>=
static double spread_over_samples(const gp_matrix *y)
{
    double sum = 0;
    for (size_t j = 0; j < y->cols; j++) {
        double mean = 0;
        for (size_t i = 0; i < y->rows; i++)
            mean += (double)gp_row(y, i)[j] / (double)y->rows;
        for (size_t i = 0; i < y->rows; i++)
            sum += ((double)gp_row(y, i)[j] - mean)
                   * ((double)gp_row(y, i)[j] - mean);
    }
    return sqrt(sum / (double)(y->rows * y->cols));
}

@ The histogram is filled in the pass that sums the squares. If all values are
equal they fall into the first bin.

@<Count |v| and add its square@>=
double v = (double)gp_row(y, i)[j];
double bin = width > 0 ? (v - s.minimum) / width * GP_BINS : 0;
s.histogram[bin < GP_BINS ? (size_t)bin : GP_BINS - 1]++;
sum += (v - s.mean) * (v - s.mean);

@ Values that are not finite have no deviation and no histogram, and the
description says so instead of crashing.

@(tangled/lib/diagnose.c@>=
gp_statistics gp_describe(const gp_matrix *y)
{
    gp_statistics s = {0};
    extremes(y, &s);
    double width = s.maximum - s.minimum, sum = 0;
    for (size_t i = 0; s.finite && i < y->rows; i++)
        for (size_t j = 0; j < y->cols; j++) {
            @<Count |v| and add its square@>@;
        }
    s.deviation = s.finite ? sqrt(sum / (double)(y->rows * y->cols)) : NAN;
    s.spread = s.finite && y->rows > 1 ? spread_over_samples(y) : s.deviation;
    return s;
}

@ A gradient's size is its root mean square: the norm alone would grow with
the width of the layer and the size of the batch. |gp_matrix_square_sum| sums the
squares in double precision, because a gradient of $10^{20}$, which an exploding
network reaches easily, has a square that no |float| holds, and so has one of
$10^{-30}$.

@(tangled/lib/diagnose.c@>=
static double root_mean_square(const gp_matrix *m)
{
    return sqrt(gp_matrix_square_sum(m) / (double)(m->rows * m->cols));
}

@ The slope of an elementwise layer need not be known: it is the gradient below
the layer over the gradient above it, element by element. Whether it is flat
depends on the steepest that it could be, which for the three bounded functions
is $\frac14$, 1 and $\frac16$.

@(tangled/lib/diagnose.c@>=
static double steepest(const char *word)
{
    return strcmp(word, "sigmoid") == 0        ? 1 / 4.0
           : strcmp(word, "tanh") == 0         ? 1
           : strcmp(word, "hard_sigmoid") == 0 ? 1 / 6.0 : 0;
}

@ For each unit we count over the samples. An unbounded function has steepest
slope 0 in the table above, so that none of its slopes counts as saturated.

@(tangled/lib/diagnose.c@>=
static void examine_slopes(const gp_matrix *below, const gp_matrix *above,
                           gp_diagnosis *d)
{
    double flat = steepest(d->layer) / 10;
    size_t saturated = 0, dead = 0;
    for (size_t j = 0; j < above->cols; j++) {
        @<Count the flat slopes of unit |j|@>@;
    }
    d->saturated = (double)saturated / (double)(above->rows * above->cols);
    d->dead = (double)dead / (double)above->cols;
}

@ Where no gradient arrives from above, nothing can be said of the slope; such
elements count neither way. A unit of which nothing can be said is not dead.

@<Count the flat slopes of unit |j|@>=
size_t known = 0, zero = 0;
for (size_t i = 0; i < above->rows; i++) {
    double dy = (double)gp_row(above, i)[j], dx = (double)gp_row(below, i)[j];
    if (dy == 0)
        continue;
    known++;
    zero += dx == 0;
    saturated += fabs(dx) < flat * fabs(dy);
}
dead += known > 0 && zero == known;

@ The layers without parameters work element by element, and so does PReLU;
the dense layer and batch normalization have parameters and do not. A layer
with a chain inside does not either.

@(tangled/lib/diagnose.c@>=
static bool is_elementwise(const gp_layer *layer)
{
    return gp_layer_inner(layer) == NULL
           && (layer->parameters == 0
               || strcmp(layer->type->name, "prelu") == 0);
}

@ The ratios of a dense layer are those of its kernel.

@(tangled/lib/diagnose.c@>=
static void compare_norms(const gp_layer *layer, double learning_rate,
                          gp_diagnosis *d)
{
    if (strcmp(d->layer, "dense") != 0)
        return;
    double g = sqrt(gp_matrix_square_sum(&layer->parameter[0].gradient));
    double w = sqrt(gp_matrix_square_sum(&layer->parameter[0].value));
    d->gradient_to_weight = w > 0 ? g / w : 0;
    d->update_to_weight = learning_rate * d->gradient_to_weight;
}

@ The verdict is a matter of thresholds, and of taste. A gradient that has lost
or won a factor of 100 against the last hidden layer is on its way to zero or
infinity; so is a signal whose spread has gone below a thousandth or above a
thousand. Half of the units saturated, or dead, is worth a word. The
comparison with the last \emph{hidden} output leaves out the loss, whose
gradient has a size of its own.

@(tangled/lib/diagnose.c@>=
static gp_verdict judge(const gp_diagnosis *d)
{
    if (!d->output.finite || !isfinite(d->gradient) || d->relative > 100
        || d->output.deviation > 1000)
        return GP_EXPLODING;
    if (!(d->relative >= 0.01) || d->output.spread < 1e-3)
        return GP_VANISHING;
    return d->dead > 0.5 ? GP_DYING
           : d->saturated > 0.5 ? GP_SATURATED : GP_HEALTHY;
}

@ All this for each layer. If no gradient arrives even at the last hidden
output, the relative sizes are 0.

@(tangled/lib/diagnose.c@>=
void gp_diagnose(const gp_chain *chain, double learning_rate,
                 gp_diagnosis diagnosis[])
{
    const size_t layers = gp_chain_length(chain);
    const size_t last = layers > 1 ? layers - 2 : 0;
    const double reference = layers == 0 ? 1
        : root_mean_square(gp_chain_output_gradient(chain, last));
    for (size_t l = 0; l < layers; l++) {
        const gp_layer *layer = gp_chain_layer(chain, l);
        const gp_matrix *delta = gp_chain_output_gradient(chain, l);
        gp_diagnosis *d = &diagnosis[l];
        @<Diagnose layer |l|@>@;
    }
}

@ The slopes of an activation need the gradient below it, which is the one at
the output of the layer before. The output layer stands above the reference,
and is not compared with it.

@<Diagnose layer |l|@>=
*d = (gp_diagnosis){layer->type->name};
d->output = gp_describe(gp_chain_output(chain, l));
d->gradient = root_mean_square(delta);
d->relative = l > last ? 1 : reference > 0 ? d->gradient / reference : 0;
if (is_elementwise(layer) && l > 0)
    examine_slopes(gp_chain_output_gradient(chain, l - 1), delta, d);
compare_norms(layer, learning_rate, d);
d->verdict = judge(d);

@ The terminal table has a line a layer, from the input upward. The column
``flat'' is the share of saturated slopes or of dead units, whichever is
larger: only bounded functions saturate, and of these hardly a unit ever dies.

@(tangled/lib/diagnose.c@>=
const char *gp_verdict_word(gp_verdict verdict)
{
    static const char *const words[] = {
        "healthy", "vanishing", "exploding", "saturated", "dying"};
    return words[verdict];
}

@ Ratios of weights are shown for the layers that have weights.

@(tangled/lib/diagnose.c@>=
void gp_diagnose_print(FILE *file, size_t layers, const gp_diagnosis *d)
{
    fprintf(file, "%3s %-10s %8s %7s %7s %4s %7s %7s %7s %s\n", "", "layer",
            "mean", "deviat.", "spread", "flat", "grad.", "grad/w",
            "upd/w", "verdict");
    for (size_t l = 0; l < layers; l++, d++) {
        fprintf(file, "%3zu %-10.10s %8.1e %7.1e %7.1e %3.0f%% %7.1e",
                l + 1, d->layer, d->output.mean, d->output.deviation,
                d->output.spread, 100 * fmax(d->saturated, d->dead),
                d->gradient);
        @<Print the ratios of the weights and the verdict@>@;
    }
}

@ Where there are no weights, blanks keep the columns.

@<Print the ratios of the weights and the verdict@>=
if (d->gradient_to_weight > 0)
    fprintf(file, " %7.1e %7.1e", d->gradient_to_weight,
            d->update_to_weight);
else
    fprintf(file, " %7s %7s", "", "");
fprintf(file, " %s\n", gp_verdict_word(d->verdict));

@ The laboratory's program \texttt{lab} (Chapter~\ref{ch:laboratory}) calls
these functions on any network that can be written in a line. Here are ten
layers of 100 logistic units on a batch of Fashion-MNIST, before any training:

\cell{probe-sigmoid}

Read the table from the bottom, as the gradient does. Layer by layer the
gradient loses a factor of four. Read it from the top, as the signal does, and
the spread loses about the same: the deviation looks healthy in every
layer, because the units differ from each other, but what the samples
have to do with it is gone after a few layers. The first layers get no gradient, the
last ones no signal, and the verdict is the same for both.

@* Vanishing and exploding on purpose.
\label{sec:on-purpose}
By \eqref{eq:factor} all depends on one number for each layer. We build five
stacks of twenty layers, 100 units wide, whose weights
differ in nothing but that number: $\sqrt{n\Var[w]}$, here called the
\emph{gain}. Weights are drawn from the uniform distribution with variance
$1/n$ and multiplied by the gain. A batch of \val{on-purpose}{batch}
standardized images of Fashion-MNIST goes up, and the gradient of the
cross-entropy comes down.

\plot{on-purpose}{The same depth, five gains. Above: the spread of the
activations over the samples. Below: the size of the gradient at each layer,
relative to the last. The network without activation has nothing to limit
it, in either direction.}

\cell{on-purpose}

One oddity of the figure is arithmetic. The spread of the logistic stack stops falling near
$10^{-8}$: the outputs are near $\frac12$, where neighbouring |float|s are $6\cdot10^{-8}$ apart,
and what is left is rounding, not signal.

The second column predicts the factor by which the gradient is multiplied in
a layer, from \eqref{eq:factor} with the mean of
$f'^2$ as it was found in the same pass; the third is the factor that was found, as a geometric
mean over the stack\claim{the_factor_of_a_layer_is_predicted}. So the table tests whether the
slopes and the weights alone explain the factor. Chapter~\ref{ch:initialization} predicts the
slopes too.

@ The five stacks show five fates.
\begin{itemize}
\item The logistic stack with gain 1 loses nearly the full factor of four in
each layer, and \val{on-purpose}{total-sigmoid} of its gradient reaches the
first\claim{logistic_stack_vanishes}.
\item Tanh with gain $1/\sqrt3$, which is what weights drawn from
$\UU(-1/\sqrt n,1/\sqrt n)$ have, vanishes too, at the rate of the gain
itself\claim{small_gain_vanishes_both_ways}. Its units work in the linear middle; nothing is saturated. It is not saturation that makes a
gradient vanish here, but a product of small numbers.
\item Tanh with gain 1 is the best of the five, and still slightly below 1.
\item Tanh with gain 2 has a spread near 1 in all its layers and looks lively from below.
But its gradient \emph{grows} on the way down, by
a factor of \val{on-purpose}{total-wild} over the stack, although a share of \val{on-purpose}{flat-wild} of
its units are saturated\claim{large_gain_explodes_behind_a_bounded_signal}: a few steep units with large weights outweigh the flat
ones. Such a network maps neighbouring inputs to unrelated outputs \citep{poole2016}.
\item Without an activation, gain $1.5$ explodes in both directions, by
the same factor a
layer\claim{linear_stack_explodes_both_ways}.
\end{itemize}

@ Five stacks, one loop. A specification is a word for a whole network, in the
language of Chapter~\ref{ch:networks}. The gain enters through the initializer: variance
scaling with the scale $g^2$ draws weights with variance $g^2/n$. Where no
activation is wanted stands the identity, so that all stacks have the same layers.

@(tangled/experiments/on-purpose.c@>=
#include "experiment.h"
#include <math.h>
enum { DEPTH = 20, STACKS = 5 };
static const struct {
    const char *label, *unit;
    double gain;
} stack[STACKS] = {{"sigmoid|logistic, gain 1", "sigmoid", 1},
                   {"small|tanh, gain 0.577", "tanh", 0.57735026918962576},
                   {"one|tanh, gain 1", "tanh", 1},
                   {"wild|tanh, gain 2", "tanh", 2},
                   {"linear|none, gain 1.5", "identity", 1.5}};
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "on-purpose", .data = "fashion-mnist", .seeds = 1, .seed = 3,
        .batch = 100,
        .setting = "Twenty layers of 100 units before training; varied are "
                   "the activation and the gain of the weights.");
    @<Begin the table and the curves of the stacks@>@;
    for (int k = 0; k < STACKS; k++) {
        @<Examine stack |k|@>@;
    }
    return gp_experiment_end(e);
}

@ The last column of the table is the share of saturated units.

@<Begin the table and the curves of the stacks@>=
gp_table *t = gp_experiment_table(e, "", "twenty layers, five gains",
    "stack|activation", "predicted|predicted|%.3f", "measured|measured|%.3f",
    "total|gradient 1st / last|%.2e", "spread|spread last / 1st|%.2e",
    "flat|flat|%.2f");
gp_table *curves = gp_experiment_series(e, "curves", "layer|layer|%g",
    "spread|spread|%g", "gradient|gradient by the last|%g");

@ One pass up and one down. The dense layers of the network have even numbers, the
activations odd ones, and |d[l]| is the diagnosis of layer |l|. The measured factor
of a layer is a geometric mean.

@<Examine stack |k|@>=
gp_diagnosis d[2 * DEPTH + 1];
const gp_diagnosis *first = &d[1], *last = &d[2 * DEPTH - 1];
double square = 0, flat = 0;
gp_network *net = gp_experiment_network(e, gp_text(
    "%d*(dense:100:variance_scaling:%.17g:fan_in:uniform %s) dense:10",
    DEPTH, stack[k].gain * stack[k].gain, stack[k].unit), e->plan.seed);
gp_experiment_diagnose(e, net, d);
@<Record the curve of stack |k|, and sum over its layers@>@;
const double total = first->gradient / last->gradient;
gp_table_row(t, stack[k].label, stack[k].gain * sqrt(square),
             pow(total, 1.0 / (DEPTH - 1)), total,
             last->output.spread / first->output.spread, flat);
gp_network_free(net);

@ The prediction needs the mean of $f'^2$ over the layers. It is measured by the
gradients below and above the activation. A gap after a curve separates it from
the next.

@<Record the curve of stack |k|, and sum over its layers@>=
for (int l = 1; l < 2 * DEPTH; l += 2) {
    gp_series_point(curves, (l + 1) / 2.0, d[l].output.spread,
                    d[l].gradient / last->gradient);
    flat += d[l].saturated / DEPTH;
    if (l > 1)
        square += pow(d[l - 1].gradient / d[l].gradient, 2) / (DEPTH - 1);
}
gp_series_gap(curves), gp_series_gap(curves);

@* What it does to training.
\label{sec:stall}
A small gradient is not yet a misfortune; one could take larger steps. What
makes it one is that the layers differ. The experiment trains logistic
stacks of 1, 3 and 5 hidden layers and one of 5 tanh layers on
\val{stall}{samples} images of Fashion-MNIST, with
plain gradient descent in batches of \val{stall}{batch} at a learning rate of
\val{stall}{rate}, all with Glorot's weights (Chapter~\ref{ch:initialization}).

\cell{stall}

\plot{stall}{Training loss of four networks that differ in depth and activation.
The dashed line is $\ln10$, the loss of guessing among ten classes.}

The first three lines differ in depth alone. One hidden layer learns from the first step; three
stay on a plateau first; five stay at $\ln10$ to the
end\claim{depth_stalls_logistic_networks}. The network of 5 layers could
represent all that the network of 1 layer does, and much more; it does not get
there. With tanh in the place of the logistic function the same depth trains
at once\claim{tanh_of_the_same_depth_trains}.

@ The second table shows why a larger learning rate is no way out: it
lists by how much of itself a step on the first batch of images would change each
weight matrix, before any training. In the
tanh stack the hidden matrices agree within a factor of 2.
In the logistic one the last hidden matrix moves by \val{stall}{logistic-5} of itself, and the
first one by \val{stall}{logistic-1}\claim{updates_differ_by_orders_in_logistic_stacks}. A learning rate that
would wake the first layer throws the last one about; the last line of the
first table tried one a hundred times larger, and ended at a loss of
\val{stall}{end-fast}\claim{a_hundredfold_rate_does_not_help}.

@(tangled/experiments/stall.c@>=
#include "experiment.h"
enum { WINDOW = 20, RUNS = 5, MATRICES = 6 };
static const struct {
    const char *label, *net;
    double times;
} run[RUNS] = {
    {"sigmoid-1|logistic, 1 hidden layer", "dense:100 sigmoid dense:10", 1},
    {"sigmoid-3|logistic, 3 hidden layers",
     "3*(dense:100 sigmoid) dense:10", 1},
    {"sigmoid-5|logistic, 5 hidden layers",
     "5*(dense:100 sigmoid) dense:10", 1},
    {"tanh-5|tanh, 5 hidden layers", "5*(dense:100 tanh) dense:10", 1},
    {"fast|logistic, 5, rate times 100",
     "5*(dense:100 sigmoid) dense:10", 100}};
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "stall", .data = "fashion-mnist", .limit = 10000, .seeds = 1,
        .seed = 4, .batch = 50, .epochs = 3, .learning_rate = 0.1,
        .setting = "Plain gradient descent from Glorot's start; varied are "
                   "the depth, the activation and once the learning rate.");
    gp_diagnosis d[RUNS][2 * MATRICES];
    @<Train the five stacks@>@;
    @<Record the first updates of two stacks@>@;
    return gp_experiment_end(e);
}

@ Each run begins with the same seed and sees the images in the same order. The
loss is averaged over a few steps.

@<Train the five stacks@>=
gp_table *t = gp_experiment_table(e, "", "training loss", "run|run",
    "begin|at the beginning|%.3f", "end|at the end|%.3f");
for (int k = 0; k < RUNS; k++) {
    gp_network *net = gp_experiment_network(e, run[k].net, e->plan.seed);
    gp_experiment_diagnose(e, net, d[k]);
    gp_outcome o = gp_experiment_train(e, net, .seed = e->plan.seed,
        .learning_rate = e->plan.learning_rate * run[k].times);
    const size_t n = gp_series_losses(gp_experiment_series(e,
        gp_text("curve-%d", k + 1), "step|step|%g", "loss|loss|%g"),
        o.steps, o.losses, WINDOW);
    gp_table_row(t, run[k].label, o.losses[0], o.losses[n > 0 ? n - 1 : 0]);
    gp_network_free(net);
}

@ The diagnosis of Section~\ref{sec:diagnose} compares gradient and weights. Every
second layer has a weight matrix. The output layer starts with its own scale, and
is left out of the comparison above.

@<Record the first updates of two stacks@>=
gp_table *u = gp_experiment_table(e, "updates",
    "the first update, as a share of the weights", "matrix|matrix",
    "logistic|logistic|%.1e", "tanh|tanh|%.1e");
for (int m = 0; m < MATRICES; m++)
    gp_table_row(u, gp_text("%d", m + 1), d[2][2 * m].update_to_weight,
                 d[3][2 * m].update_to_weight);

@* The measurements of Glorot and Bengio.
\label{sec:glorot-bengio}
Twenty years after the problem had been found, \citet{glorot2010} asked what
exactly goes on in a deep network at the start of training, and measured
it. Their network has five hidden layers of 1000 tanh units, zero biases and a
softmax on top; a batch holds ten samples. They compare what was then the usual
initialization, which they call \emph{standard},
\begin{equation}
\label{eq:standard}
w\sim\UU\Bigl(-\frac1{\sqrt n},\frac1{\sqrt n}\Bigr),
\end{equation}
where $n$ is the number of inputs of the layer, with one that they call
\emph{normalized},
\begin{equation}
\label{eq:normalized}
w\sim\UU\biggl(-\frac{\sqrt6}{\sqrt{n_l+n_{l+1}}},
\frac{\sqrt6}{\sqrt{n_l+n_{l+1}}}\biggr),
\end{equation}
with the widths of the layer on both sides; it now bears the name of the first author.
Three of their figures show histograms just after initialization: of
the activations (Figure 6), of the gradients on their way back (Figure 7), and
of the gradients of the weights (Figure 8). Beside these stand two numbers: the average
singular value of a layer's Jacobian is ``around 0.8'' with the normalized and
``drops down to 0.5'' with the standard initialization.

@ What should come out? The variance of \eqref{eq:standard} is $1/3n$, so the
gain is $1/\sqrt3$, about \val{product}{gain-standard}; that of
\eqref{eq:normalized} between equal widths is $1/n$, and the gain is 1. But the
average singular value is not the gain. The gain squared is the mean of the
\emph{squared} singular values, as the sum of the squares of all elements shows.
The singular values of a large square matrix with independent elements are
spread over $[0,2]$ gains by the quarter-circle law, whose density is
$\frac1\pi\sqrt{4-s^2}$, and its mean is
\begin{equation}
\label{eq:quarter-circle}
\int_0^2\frac s\pi\sqrt{4-s^2}\;ds=\frac8{3\pi}.
\end{equation}
For linear layers we must expect \val{product}{quarter-circle} with the normalized
initialization, \val{product}{expected-standard} with the standard one, and a little less for tanh\claim{mean_singular_value_is_eight_thirds_pi}.
The paper's 0.5 and 0.8 are no accidents of its data. Its remark that the average singular value is the
ratio of the spread between one layer and the next is
right only up to this factor: the spread shrinks to \val{product}{gain-standard} a layer
where the singular values average \val{product}{expected-standard}. So even where no variance is lost,
most directions in a layer's input are squeezed (of a square matrix with gain 1,
\val{product}{squeezed}~per cent of the singular values are below
1\claim{most_singular_values_are_below_one}), and in a product of such layers
the squeezing compounds.

@ One more prediction. The gradient of a weight is an input times a gradient
coming back, $\partial E/\partial W_l=\transpose{y_{l-1}}\,\partial E/\partial z_l$.
With gain $g$ the first factor shrinks as $g^{l}$ on the way up, and the second
as $g^{L-l}$ on the way down. Their product is $g^L$ for every layer: the
weight gradients are small, but equally small everywhere, while both
that they are made of vanish in opposite directions. Glorot and Bengio found this
``really surprising'' before they explained it.

\plot{glorot}{Standard initialization (left) and normalized (right), five hidden layers. From
above: activations, gradients on the way back, gradients of the weights, as
densities. Compare Figures 6, 7 and 8 of \citet{glorot2010}.}

\cell{glorot}

@ The paper's data, images of geometric shapes, are not at hand; we use
standardized images of Fashion-MNIST, and that matters for one number, the size
of the inputs, which sets the spread of the first layer. The deviations .16, .018,
.26 and .21 are readings of the paper's histograms; its text prints
none. A first layer at .16 with the gain $1/\sqrt3$ had inputs with a root mean
square of about $.16\sqrt3$, so each batch is scaled to that. This uses up one of
the four numbers; the other three are predicted.

The first network of each kind is the one in the figure. The verdicts are
computed: a row is ``reproduced'' if the mean over
\val{glorot}{seeds} networks is within the tolerance that stands in
the table of Appendix~\ref{ch:paper-against-ours}. Here
\val{glorot}{reproduced} of 5 rows are\claim{glorot_numbers_reproduced}. With the standard
initialization the deviation falls by the gain from layer to
layer\claim{standard_activations_shrink_by_the_gain}, the gradient coming back falls by the
same factor\claim{standard_gradients_shrink_by_the_gain}, and the weight gradients of the hidden layers
agree within a tenth\claim{weight_gradients_agree_between_layers}.

@(tangled/experiments/glorot.c@>=
#include "experiment.h"
#include <math.h>
enum { HIDDEN = 5 };
static const char *const name[2] = {"standard", "normalized"}, *const start[2]
    = {"variance_scaling:0.3333333333333333:fan_in:uniform", "glorot_uniform"};
static gp_spread found[2][3][HIDDEN], singular[2]; /* by initialization */
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "glorot",
        .data = "fashion-mnist", .seeds = 5, .batch = 10,
        .setting = "Five hidden layers of 1000 tanh units before training; "
                   "varied is the initialization.");
    @<Give the batch |x| the size of the paper's inputs@>@;
    for (int i = 0; i < 2; i++) {
        gp_table *s = gp_experiment_series(e, name[i], "x|x|%g", "y|y|%g");
        for (size_t k = 0; k < e->plan.seeds; k++) {
            @<Examine one of Glorot and Bengio's networks@>@;
        }
        @<Record the deviations of the layers@>@;
    }
    @<Judge the numbers of Glorot and Bengio@>@;
    return gp_experiment_end(e);
}

@ Singular values are LAPACK's work, which comes with OpenBLAS under Fortran's
conventions: all arguments are pointers. The job ``N'' asks for the values
without the vectors. LAPACK takes our rows for columns, and does not mind: the
transposed matrix has the same singular values.

@ Asked with a work size of $-1$, the routine computes nothing and says how much
room it wants.

@(tangled/lib/diagnose.c@>=
#ifdef GP_DOUBLE
#define GESDD dgesdd_
#else
#define GESDD sgesdd_
#endif
extern void GESDD(const char *job, const int *m, const int *n, gp_real *a,
                  const int *lda, gp_real *s, gp_real *u, const int *ldu,
                  gp_real *vt, const int *ldvt, gp_real *work,
                  const int *lwork, int *iwork, int *info);

@ Both calls have the same arguments but for the work.

@(tangled/lib/diagnose.c@>=
gp_status gp_singular_values(gp_matrix *a, double *values, gp_error *error)
{
    const int m = (int)a->cols, n = (int)a->rows, lda = (int)a->stride;
    const int one = 1, least = m < n ? m : n, ask = -1;
    int info = 0, lwork;
    gp_real none, wanted, *work = NULL;
    gp_real *s = malloc(sizeof *s * (size_t)(least + 1));
    int *iwork = malloc(sizeof *iwork * 8 * (size_t)(least + 1));
    GESDD("N", &m, &n, a->at, &lda, s, &none, &one, &none, &one, &wanted,
          &ask, iwork, &info);
    lwork = (int)wanted;
    if (info == 0 && s && iwork)
        work = malloc(sizeof *work * (size_t)(lwork + 1));
    @<Find the singular values with |work|@>@;
    free(s), free(iwork), free(work);
    return work == NULL ? gp_fail(error, GP_NO_MEMORY, "no memory for the "
                                  "singular values of [%d, %d]", n, m)
           : info != 0 ? gp_fail(error, GP_FAILED, "LAPACK's gesdd fails "
                                 "with %d", info) : GP_OK;
}

@ The values come in the type of the library and leave as |double|.

@<Find the singular values with |work|@>=
if (work != NULL)
    GESDD("N", &m, &n, a->at, &lda, s, &none, &one, &none, &one, work, &lwork,
          iwork, &info);
for (int i = 0; work != NULL && i < least; i++)
    values[i] = (double)s[i];

@ The Jacobian between the outputs of two layers, for one sample, is $W$ with
column $j$ multiplied by the slope of unit $j$. The slopes are what the activation's
backward pass makes of a gradient of ones.

@(tangled/lib/diagnose.c@>=
double gp_mean_singular_value(const gp_chain *chain, size_t l)
{
    const gp_matrix *w = &gp_chain_layer(chain, l)->parameter[0].value;
    const size_t least = w->rows < w->cols ? w->rows : w->cols;
    double mean = NAN, *s = malloc((least + 1) * sizeof *s);
    gp_matrix a = {0}, slope = {0}, ones = {0};
    if (s && gp_matrix_new(&a, w->rows, w->cols, NULL) == GP_OK &&
        gp_matrix_new(&slope, 1, w->cols, NULL) == GP_OK &&
        gp_matrix_new(&ones, 1, w->cols, NULL) == GP_OK) {
        @<Let |a| be the Jacobian of layers |l| and |l+1|@>@;
        mean = gp_singular_values(&a, s, NULL) == GP_OK ? 0 : NAN;
        for (size_t i = 0; i < least; i++)
            mean += s[i] / (double)least;
    }
    gp_matrix_free(&a), gp_matrix_free(&slope), gp_matrix_free(&ones);
    free(s);
    return mean;
}

@ The weights themselves stay as they are, since a network may go on after it was
looked at.

@<Let |a| be the Jacobian of layers |l| and |l+1|@>=
const gp_matrix z = gp_matrix_rows(gp_chain_output(chain, l), 0, 1);
const gp_matrix y = gp_matrix_rows(gp_chain_output(chain, l + 1), 0, 1);
gp_matrix_fill(&ones, 1);
gp_layer_backward(gp_chain_layer(chain, l + 1), &z, &y, &ones, &slope);
for (size_t i = 0; i < w->rows; i++)
    for (size_t j = 0; j < w->cols; j++)
        gp_row(&a, i)[j] = gp_at(w, i, j) * slope.at[j];

@ All networks see the same batch. Its root mean square becomes $.16\sqrt3$.

@<Give the batch |x| the size of the paper's inputs@>=
const gp_matrix x = gp_matrix_rows(&e->data.train.x, 0, e->plan.batch);
const double square = gp_matrix_square_sum(&x) / (double)(x.rows * x.cols);
for (size_t i = 0; i < x.rows; i++)
    for (size_t j = 0; j < x.cols; j++)
        gp_row(&x, i)[j] *= (gp_real)(0.16 * sqrt(3 / square));

@ Layer $2l$ of the network is the $l$-th dense layer, layer $2l+1$ its tanh. The
Jacobians are those from one hidden layer to the next, four of them.

@<Examine one of Glorot and Bengio's networks@>=
double mean = 0;
gp_network *net = gp_experiment_network(e, gp_text("%d*(dense:1000:%s tanh) "
    "dense:10:%s", HIDDEN, start[i], start[i]), e->plan.seed + k);
gp_network_gradients(net, &x, e->data.train.labels);
for (size_t l = 0; l < HIDDEN; l++) {
    @<Take the statistics of layer |l|@>@;
    if (l > 0)
        mean += gp_mean_singular_value(gp_network_chain(net), 2 * l) / 4;
}
gp_spread_add(&singular[i], mean);
gp_network_free(net);

@ The three statistics are of the activations, of the gradients on their way back,
and of the gradients of the weights.

@<Take the statistics of layer |l|@>=
const gp_matrix *const m[3] = {
    gp_network_output(net, 2 * l + 1), gp_network_output_gradient(net, 2 * l),
    &gp_network_layer(net, 2 * l)->parameter[0].gradient};
for (int q = 0; q < 3; q++) {
    const gp_statistics d = gp_describe(m[q]);
    gp_spread_add(&found[i][q][l], d.deviation);
    gp_series_density(s, m[q], d.minimum, d.maximum, GP_BINS);
}

@ Each initialization has a table of its own.

@<Record the deviations of the layers@>=
gp_table *t = gp_experiment_table(e, gp_text("%s-layers", name[i]), name[i],
    "layer|layer", gp_text("%s-y|activations|%%.4f", name[i]),
    gp_text("%s-back|gradients|%%.2e", name[i]),
    gp_text("%s-weight|weights' gradients|%%.2e", name[i]));
for (int l = 0; l < HIDDEN; l++)
    gp_table_row_of_spreads(t, gp_text("%d", l + 1), found[i][0][l],
                            found[i][1][l], found[i][2][l]);

@ A row is reproduced when the mean lies within the tolerance. The direction is
that the number lies nearer to the paper's than to the one that the paper gives
for the other initialization. ``Around 0.8'' is taken as within 0.05. A deviation
that somebody read
off a histogram cannot be better than fifteen per cent. The deviation of the
first layer with the standard initialization has no row: it was used to set the
size of the inputs.

@<Judge the numbers of Glorot and Bengio@>=
const int yes = gp_experiment_near(e, "Glorot and Bengio 2010, singular "
    "value of a Jacobian, standard", 0.5, 0.8, 0.05, &singular[0])
+ gp_experiment_near(e, "the same, normalized", 0.8, 0.5, 0.05, &singular[1])
+ gp_experiment_near(e, "the same, figure 6, deviation in layer 5, standard",
                     0.018, 0.21, 0.15 * 0.018, &found[0][0][4])
+ gp_experiment_near(e, "the same, deviation in layer 1, normalized", 0.26,
                     0.16, 0.15 * 0.26, &found[1][0][0])
+ gp_experiment_near(e, "the same, deviation in layer 5, normalized", 0.21,
                     0.018, 0.15 * 0.21, &found[1][0][4]);
gp_experiment_value(e, "reproduced", "%.0f", yes);

@* Clipping.
\label{sec:clipping}
An exploding gradient has a blunt remedy: cut it. By value, each component is
limited to $\pm c$. By norm, the whole gradient is scaled so that its Euclidean
length is at most $c$ \citep{pascanu2013difficulty}. Both bound the length of a step. They differ in its
direction, which scaling keeps and limiting bends: a gradient of $(100,1)$,
limited to $\pm1$, points
to $(1,1)$\claim{clipping_by_norm_keeps_the_direction}\claim{clipping_by_value_bends_the_direction}.

Both work on all the parameters of a network at once, given as an array of
pointers. The norm is one norm over all of them. Clipping each
matrix by itself would change the proportions between the layers, which belong to the direction.

@(tangled/lib/clip.h@>=
#pragma once
#include "layer.h"
@#
GP_BEGIN_DECLS@;
double gp_gradient_norm(size_t n, gp_parameter *const parameter[]);
    /* the Euclidean norm of the gradients of |n| parameters together, summed
       in |double|; parameters that are not trained are passed over */
double gp_clip_by_norm(size_t n, gp_parameter *const parameter[],
                       double limit);
    /* scales all gradients by one factor, so that their norm is at most
       |limit| (Pascanu et al.\ 2013, algorithm 1); returns the norm before.
       If that is not finite, nothing is changed */
void gp_clip_by_value(size_t n, gp_parameter *const parameter[],
                      double limit);
    /* limits every component to $\pm$|limit|; a NaN stays a NaN */
GP_END_DECLS@;

@ The sum goes over the gradients of all parameters; those without one have an empty matrix, whose sum is 0.

@(tangled/lib/clip.c@>=
#include "clip.h"
#include "private/vectormath.h"
@#
double gp_gradient_norm(size_t n, gp_parameter *const parameter[])
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += gp_matrix_square_sum(&parameter[k]->gradient);
    return sqrt(sum);
}

@ A norm that is not finite cannot be scaled back: infinity over infinity is
not a number, and it would spread to every weight. Then the gradients are left as they are, and
the caller, who gets the norm, can see that the step is
lost\claim{an_infinite_norm_is_reported_and_not_spread}.

@(tangled/lib/clip.c@>=
double gp_clip_by_norm(size_t n, gp_parameter *const parameter[],
                       double limit)
{
    double norm = gp_gradient_norm(n, parameter);
    if (!(norm > limit) || !isfinite(norm))
        return norm;
    for (size_t k = 0; k < n; k++) {
        const gp_matrix *g = &parameter[k]->gradient;
        for (size_t i = 0; g->at != NULL && i < g->rows; i++)
            for (size_t j = 0; j < g->cols; j++)
                gp_row(g, i)[j] = (gp_real)((double)gp_row(g, i)[j]
                                         * (limit / norm));
    }
    return norm;
}

@ Clipping by value makes an infinite component finite. It leaves a NaN alone,
so that the trouble stays visible: both comparisons with it are
false.

@(tangled/lib/clip.c@>=
void gp_clip_by_value(size_t n, gp_parameter *const parameter[],
                      double limit)
{
    const gp_real most = (gp_real)limit;
    for (size_t k = 0; k < n; k++) {
        const gp_matrix *g = &parameter[k]->gradient;
        for (size_t i = 0; g->at != NULL && i < g->rows; i++)
            for (size_t j = 0; j < g->cols; j++) {
                gp_real v = gp_row(g, i)[j];
                gp_row(g, i)[j] = v > most ? most : v < -most ? -most : v;
            }
    }
}

@* A cliff.
\label{sec:cliff}
Why should one be allowed to change a gradient? \citet{pascanu2013difficulty}
answer with a network of a single unit that feeds itself,
\[ x_t = w\,\sigma(x_{t-1})+b,\qquad x_0=\tfrac12, \]
for 50 steps, and the loss $(\sigma(x_{50})-0.7)^2$. It has two parameters, so the
loss is a landscape: gentle slopes, and through them a wall, where the
unit changes its mind about which of two states to settle in. At the
wall the gradient is of no use as a measure of how far to go. It
is large because the loss changes within a very short distance.

\plot{cliff}{Gradient descent on the landscape of one recurrent unit. Left: the
loss at each step. Right: the norm of the gradient before clipping.
Without clipping one step ends the descent.}

\cell{cliff}

From the weight 5 and the bias $-2.2$ plain descent comes down
the slope to the foot of the wall. At step \val{cliff}{at-plain} it touches the
wall, meets a gradient of norm \val{cliff}{worst-plain}, and is thrown about, to end at a weight of
\val{cliff}{w-plain} and a bias of \val{cliff}{b-plain}\claim{plain_descent_is_thrown_off_the_cliff}. There the unit is saturated, and its
gradient is \val{cliff}{norm-plain} from then on: an explosion that ends in vanishing. With the norm clipped to
0.1 the same descent meets gradients of up to
\val{cliff}{worst-clipped} and takes them as directions only. It does not settle, since
the valley it has found ends at the wall, and it is pushed back from there again and
again. But it stays: in \val{cliff}{below-clipped}~per cent of the second half of its steps
the loss is below 0.01, where plain descent is left with
\val{cliff}{loss-plain}\claim{clipped_descent_stays}.

@ The recurrent unit is the chain of Section~\ref{sec:product} with one pair of
parameters for all times. A parameter that is used 50 times gets the sum of the
gradients of its uses. Two descents go on side by side. Each remembers the largest
norm that it met, and when.

@(tangled/experiments/cliff.c@>=
#include "clip.h"
#include "experiment.h"
#include <math.h>
enum { TIMES = 50, STEPS = 1000 };
typedef struct {
    double limit;
    gp_real at[2]; /* weight and bias */
    double loss, norm, worst, thrown_at, below;
} descent;
@<The loss of a unit that feeds itself, and its gradient@>@;
@<Take one step, with the norm clipped@>@;
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "cliff",
        .setting = "One recurrent unit, 50 times, 1000 steps at the rate "
                   "0.1; varied is the clipping of the gradient's norm.");
    descent d[2] = {{INFINITY, {5, (gp_real)-2.2}}, {0.1, {5, (gp_real)-2.2}}};
    @<Descend twice and record the steps@>@;
    @<Record where the two have come@>@;
    return gp_experiment_end(e);
}

@ Everything is a single number here, so the two passes can be written down as they
stand in the formula, up first. With $s_t=\sigma(x_t)$, the derivative of the loss
enters at the last |s| and goes back through all times.

@<The loss of a unit that feeds itself, and its gradient@>=
static double loss(double w, double b, gp_real g[2])
{
    double x = 0.5, s[TIMES + 1], dw = 0, db = 0;
    for (int t = 0; t <= TIMES; t++, x = w * s[t - 1] + b)
        s[t] = 1 / (1 + exp(-x));
    double ds = 2 * (s[TIMES] - 0.7);
    for (int t = TIMES; t > 0; t--) {
        const double dx = ds * s[t] * (1 - s[t]);
        dw += dx * s[t - 1], db += dx;
        ds = dx * w;
    }
    g[0] = (gp_real)dw, g[1] = (gp_real)db;
    return pow(s[TIMES] - 0.7, 2);
}

@ The two parameters are handed to the clipping function of
Section~\ref{sec:clipping} as a layer would hand over its own. A limit of
infinity clips nothing.

@<Take one step, with the norm clipped@>=
static void step(descent *d, int i)
{
    gp_real g[2];
    gp_parameter p = {"unit", gp_matrix_view(d->at, 1, 2, 2),
                      gp_matrix_view(g, 1, 2, 2)}, *all = &p;
    d->loss = loss((double)d->at[0], (double)d->at[1], g);
    d->norm = gp_clip_by_norm(1, &all, d->limit);
    if (d->norm > d->worst)
        d->worst = d->norm, d->thrown_at = i;
    d->below += i >= STEPS / 2 && d->loss < 0.01;
    for (int k = 0; k < 2; k++)
        d->at[k] -= (gp_real)0.1 * g[k];
}

@ The plot shows all steps of both.

@<Descend twice and record the steps@>=
gp_table *s = gp_experiment_series(e, "curves", "step|step|%g",
    "plain|loss|%g", "plain-norm|norm|%g", "clipped|loss, clipped|%g",
    "clipped-norm|norm|%g");
for (int i = 0; i < STEPS; i++) {
    step(&d[0], i), step(&d[1], i);
    gp_series_point(s, i, d[0].loss, fmax(d[0].norm, 1e-12), d[1].loss,
                    d[1].norm);
}

@ The last column is a share of the second half of the steps.

@<Record where the two have come@>=
gp_table *t = gp_experiment_table(e, "", "after 1000 steps",
    "descent|descent", "worst|largest norm|%.0f", "at|at step|%.0f",
    "w|weight|%.1f", "b|bias|%.1f", "loss|loss|%.4f", "norm|norm|%.0e",
    "below|below 0.01, %|%.0f");
for (int k = 0; k < 2; k++)
    gp_table_row(t, k ? "clipped" : "plain", d[k].worst, d[k].thrown_at,
                 (double)d[k].at[0], (double)d[k].at[1], d[k].loss, d[k].norm,
                 200 * d[k].below / STEPS);

@* Clipping in a deep network.
\label{sec:clipping-works}
The same in earnest: ten linear layers with gain 1.5, the exploding stack of
Section~\ref{sec:on-purpose} cut to half its depth, trained on Fashion-MNIST
for one pass over \val{clipping}{samples} images without clipping, with the norm clipped to
\val{clipping}{norm}, and with the values clipped to \val{clipping}{value}.
A linear network is the honest case. Tanh would keep the
loss finite whatever the weights, and hide how far they have been thrown.

\cell{clipping}

\plot{clipping}{Training loss of a stack that explodes, with the gradient
clipped by norm and by value. Without clipping the loss leaves the figure after
the first step.}

Without clipping the first step, with a gradient of norm \val{clipping}{first-norm}, makes the loss
\val{clipping}{2-plain}, and after \val{clipping}{dead-at} steps it is not a
number\claim{unclipped_stack_is_lost_in_a_few_steps}. Clipped, the same network with the same learning
rate trains: by norm to a loss of \val{clipping}{end-norm}, by value to
\val{clipping}{end-value}\claim{clipped_stacks_train}. In the beginning every step is
clipped, \val{clipping}{norm-share}~per cent of all by the end, so that the length of the
steps is set by the limit and no longer by the gradient.

@ Two warnings. Clipping is a limit on damage. It does not make the layers agree with
each other; a network that needs it in every step has a bad start, and
Chapter~\ref{ch:initialization} gives it a better one. And it does nothing at all for a gradient that
vanishes: what is shorter than the limit passes unchanged. One could scale
\emph{up} what is short, but a gradient that has lost its way between layers
has lost more than its length. In the table of
Section~\ref{sec:diagnose} the signal had gone too.

@(tangled/experiments/clipping.c@>=
#include "clip.h"
#include "experiment.h"
#include <math.h>
enum { WINDOW = 20, FIRST = 5, PARAMETERS = 22 };
static const double by_norm = 5, by_value = 0.05;
@<Watch the norm of the gradient@>@;
@<Train the exploding stack@>@;
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "clipping", .data = "fashion-mnist", .limit = 30000,
        .seeds = 1, .seed = 3, .batch = 50, .epochs = 1, .learning_rate = 0.1,
        .setting = "Ten linear layers of 100 units with gain 1.5, plain "
                   "gradient descent; varied is how the gradient is clipped.");
    gp_table *t = gp_experiment_table(e, "", "training loss", "way|clipping",
        "1|step 1|%.3g", "2|2|%.3g", "3|3|%.3g", "4|4|%.3g", "5|5|%.3g",
        "end|last 20|%.3g");
    watch plain = train(e, t, "plain", gp_sgd(.clip_norm = GP_LEFT_OUT));
    watch norm = train(e, t, "norm", gp_sgd(.clip_norm = by_norm));
    train(e, t, "value", gp_sgd(.clip_value = by_value));
    @<Record what the text says of clipping@>@;
    return gp_experiment_end(e);
}

@ The gain enters by the scale of the variance, $1.5^2=2.25$. A run that has
lost its numbers is ended by the trainer. Its later losses are NaN. The plot shows
means of |WINDOW| steps.

@<Train the exploding stack@>=
static watch train(gp_experiment *e, gp_table *t, const char *way,
                   gp_optimizer_options optimizer)
{
    double x[FIRST + 1];
    watch w = {0};
    gp_network *net = gp_experiment_network(e,
        "10*(dense:100:variance_scaling:2.25:fan_in:uniform) dense:10",
        e->plan.seed);
    gp_outcome o = gp_experiment_train(e, net, .seed = e->plan.seed,
        .optimizer = optimizer, .after_step = watch_step, .context = &w);
    for (int i = 0; i < FIRST; i++)
        x[i] = o.losses[i];
    const size_t n = gp_series_losses(gp_experiment_series(e, way,
        "step|step|%g", "loss|loss|%g"), o.steps, o.losses, WINDOW);
    x[FIRST] = n > 0 ? o.losses[n - 1] : NAN;
    gp_table_numbers(t, way, FIRST + 1, x);
    gp_network_free(net);
    return w;
}

@ The optimizer clips the gradients in place, before the step. So a norm that
reaches the limit afterwards was clipped.

@<Watch the norm of the gradient@>=
typedef struct {
    double first, clipped, steps;
} watch;
static bool watch_step(const gp_train_step *s, void *context)
{
    watch *w = context;
    gp_parameter *p[PARAMETERS];
    for (size_t k = 0; k < PARAMETERS; k++)
        p[k] = gp_optimizer_parameter(s->optimizer, k);
    const double norm = gp_gradient_norm(PARAMETERS, p);
    w->first = s->done == 1 ? norm : w->first;
    w->clipped += norm > 0.999 * by_norm;
    w->steps = (double)s->done;
    return true;
}

@ The whole drama of the plain run takes a handful of steps.

@<Record what the text says of clipping@>=
gp_experiment_value(e, "norm", "%g", by_norm);
gp_experiment_value(e, "value", "%g", by_value);
gp_experiment_value(e, "first-norm", "%.0f", plain.first);
gp_experiment_value(e, "dead-at", "%.0f", plain.steps);
gp_experiment_value(e, "norm-share", "%.0f", 100 * norm.clipped / norm.steps);

@* What to take along.
\label{sec:gradient-summary}
\begin{itemize}
\item The gradient of a deep network is a product with a factor for each
layer. Its size is governed by one number, the factor
\eqref{eq:factor} to the power of the depth.
\item Logistic units pass a quarter at most. Tanh units pass everything near 0, and less
elsewhere.
\item Vanishing and exploding are one problem. Saturation is a second one,
and the two can occur together.
\item The signal vanishes as the gradient does. Look at the spread over the samples,
not at the deviation.
\item Clipping stops explosions and nothing else.
\end{itemize}
The factor depends on the variance of the weights, on the activation, and on what is
done to the signal between layers. The next four chapters turn these three
screws, one after the other.

@* Exercises.
Answers go into the sections below, and \texttt{make exercise} with the number
tests them.

@ \begin{exercise}{03-softsign}{10}{1}
\textbf{Softsign.} The function $s(z)=z/(1+\abs{z})$ has the shape of tanh, but
comes to its flat ends much more slowly. Write it and its derivative, both as
functions of $z$. Compare the derivatives of softsign and of tanh at $z=10$:
which of the two would you rather have in the middle of a deep network?
\end{exercise}
@(tangled/exercises/03-softsign.c@>=
#include "exercise.h"
#include <math.h>
@#
double softsign(double z)
{
    gp_not_started();
}
@#
double softsign_slope(double z)
{
    gp_not_started();
}

@ \begin{exercise}{03-joint-clipping}{15}{2}
\textbf{Clipping by the joint norm.} A step is made of the gradients of many
arrays. Clipping each array to a norm by itself would shorten some and not
others, and turn the step into another direction. So the norm is taken over all
numbers of all arrays together; if it exceeds |limit|, every number is
multiplied by the same factor, so that the joint norm becomes |limit|. Shorter
gradients stay as they are. Return the norm before clipping. Array $k$ has
|length[k]| numbers at |g[k]|.
\end{exercise}
@(tangled/exercises/03-joint-clipping.c@>=
#include "exercise.h"
#include <math.h>
@#
double clip_jointly(size_t arrays, const size_t *length, double **g,
                    double limit)
{
    gp_not_started();
}

@ \begin{exercise}{03-sigmoid-depth}{20}{3}
\textbf{How deep is too deep.} Predict, then measure. In the best case, with
all pre-activations zero and weights of 1, a gradient of 1 comes down through
$L$ layers of the logistic function. Return
\begin{itemize}
\item from |gradient_left| what is left of it;
\item from |silent_depth| the smallest $L$ at which a weight of 1, trained in
|float| with a learning rate of 1, is not changed by it any more: the
difference $1-g$ is rounded to 1;
\item from |zero_depth| the smallest $L$ at which the gradient itself, a
|float|, is zero.
\end{itemize}
Ties are rounded to the even neighbour, and |float| has denormal numbers. Guess
first which of the two depths will trouble a real network.
\end{exercise}
@(tangled/exercises/03-sigmoid-depth.c@>=
#include "exercise.h"
#include <math.h>
@#
double gradient_left(int layers)
{
    gp_not_started();
}
@#
int silent_depth(void)
{
    gp_not_started();
}
@#
int zero_depth(void)
{
    gp_not_started();
}

@ \begin{exercise}{03-slope-check}{22}{3}
\textbf{A test for a slope.} Prove by test. The chapter rests on one claim: the
derivative of the logistic function is never above $\frac14$, and is $\frac14$
at zero alone. Write |is_logistic_slope|, which calls the function it is given
wherever you like and returns whether all of this holds: the value at 0 is
$\frac14$; the function is even; it is never negative, and not NaN as far out as
$\pm800$; and it falls with growing $\abs{z}$, strictly up to $\abs{z}=20$. Your
test must accept every correct program and find the fault in each wrong one.
Rounding is no fault.
\end{exercise}
@(tangled/exercises/03-slope-check.c@>=
#include "exercise.h"
#include <math.h>
@#
bool is_logistic_slope(double (*slope)(double z))
{
    gp_not_started();
}

@* Index.
