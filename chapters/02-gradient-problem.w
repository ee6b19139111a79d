@i common.w
@s gp_diagnosis int
@s specimen int
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

@(tangled/sigmoid.h@>=
#pragma once
#include "layer.h"

extern const gp_activation_type gp_sigmoid;  /* $1/(1+e^{-z})$ */
extern const gp_activation_type gp_tanh;     /* $\tanh z$ */
extern const gp_activation_type gp_identity; /* $z$ */

@ The loops are independent from element to element, so the compiler may do
eight or sixteen at once and call the vector versions of |exp| and |tanh|. They
stay within a few units in the last
place\claim{logistic_and_tanh_are_accurate}. For large negative $z$ the
exponential overflows to infinity, and $1/(1+\infty)=0$ is the right limit; no
case needs special treatment\claim{the_ends_are_exact}.

@(tangled/sigmoid.c@>=
#include "sigmoid.h"

static void sigmoid(size_t n, const real *restrict x, real *restrict y,
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

@(tangled/sigmoid.c@>=
static void sigmoid_slope(size_t n, const real *restrict x,
                          const real *restrict y, const real *restrict dy,
                          real *restrict dx, gp_activation_arguments a)
{
    (void)x, (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        dx[i] = dy[i] * y[i] * (1 - y[i]);
}

const gp_activation_type gp_sigmoid = {
    {"sigmoid", gp_activation_forward, gp_activation_backward, NULL, NULL},
    sigmoid, sigmoid_slope};

@ In the same way $\tanh' z = 1-\tanh^2 z$. By \eqref{eq:tanh} this is
$4\,\sigma'(2z)$: tanh is four times as steep and its middle half as wide.

@(tangled/sigmoid.c@>=
static void hyperbolic_tangent(size_t n, const real *restrict x,
                               real *restrict y, gp_activation_arguments a)
{
    (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        y[i] = tanh(x[i]);
}

@ The slope is again a function of the output alone.

@(tangled/sigmoid.c@>=
static void tangent_slope(size_t n, const real *restrict x,
                          const real *restrict y, const real *restrict dy,
                          real *restrict dx, gp_activation_arguments a)
{
    (void)x, (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        dx[i] = dy[i] * (1 - y[i] * y[i]);
}

const gp_activation_type gp_tanh = {
    {"tanh", gp_activation_forward, gp_activation_backward, NULL, NULL},
    hyperbolic_tangent, tangent_slope};

@ The identity passes everything, in both directions.

@(tangled/sigmoid.c@>=
static void identity(size_t n, const real *restrict x, real *restrict y,
                     gp_activation_arguments a)
{
    (void)a;
    for (size_t i = 0; i < n; i++)
        y[i] = x[i];
}

@ So its backward pass is its forward pass.

@(tangled/sigmoid.c@>=
static void identity_slope(size_t n, const real *restrict x,
                           const real *restrict y, const real *restrict dy,
                           real *restrict dx, gp_activation_arguments a)
{
    (void)x, (void)y;
    identity(n, dy, dx, a);
}

const gp_activation_type gp_identity = {
    {"identity", gp_activation_forward, gp_activation_backward, NULL, NULL},
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

@ The demonstration does not use the formula. It finds the borders by bisection
on the slope that the module's own backward pass returns.

@(tangled/demo-saturation.c@>=
#include "sigmoid.h"
#include <stdio.h>
@<Ask an activation for a value and a slope@>@;
@<Find where the slope has a given share of the steepest@>@;
int main(void)
{
    @<Write the curves@>@;
    @<Write where the middle ends and the flat begins@>@;
    @<Print the slope by three roads@>@;
    return 0;
}

@ An activation type has a loop for any number of elements. Here they are
called for one, with the upstream gradient 1.

@<Ask an activation for a value and a slope@>=
static const gp_activation_arguments none = {0, 0};
static double value(const gp_activation_type *f, double z)
{
    real x = (real)z, y;
    f->f(1, &x, &y, none);
    return (double)y;
}
static double slope(const gp_activation_type *f, double z)
{
    real x = (real)z, y = (real)value(f, z), one = 1, dx;
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

@ Columns: $z$, then value and slope of the logistic function and of tanh.

@<Write the curves@>=
FILE *tsv = fopen("saturation.tsv", "w");
GP_REQUIRE(tsv != NULL, "cannot write saturation.tsv");
fprintf(tsv, "z\tsigmoid\tsigmoid-slope\ttanh\ttanh-slope\n");
for (int i = -120; i <= 120; i++) {
    double z = i / 20.0;
    fprintf(tsv, "%g\t%g\t%g\t%g\t%g\n", z, value(&gp_sigmoid, z),
            slope(&gp_sigmoid, z), value(&gp_tanh, z), slope(&gp_tanh, z));
}
fclose(tsv);

@ The figures that the text cites.

@<Write where the middle ends and the flat begins@>=
FILE *val = fopen("saturation.val", "w");
GP_REQUIRE(val != NULL, "cannot write saturation.val");
fprintf(val, "sigmoid-linear\t%.2f\nsigmoid-saturated\t%.2f\n",
        border(&gp_sigmoid, 0.9), border(&gp_sigmoid, 0.1));
fprintf(val, "tanh-linear\t%.2f\ntanh-saturated\t%.2f\n",
        border(&gp_tanh, 0.9), border(&gp_tanh, 0.1));
fprintf(val, "flat\t%.2f\n", 24 * log(2.0));
fclose(val);

@ \cell{saturation}

Saturation has an arithmetical side as well. Formula~\eqref{eq:logistic-slope}
saves an exponential and pays with the digits of $1-y$. When $z$ is large and
positive, $y$ is a |float| close to 1, and the difference has only the bits
that are left. Beyond $z=24\ln2\approx\val{saturation}{flat}$ the value
rounds to 1, and the slope is exactly
0\claim{the_right_slope_is_zero_beyond_24_log_2}. On the left the same formula
keeps all its digits down to the smallest |float|s\claim{the_left_slope_is_accurate}.
The last column is $e^{-\abs z}/(1+e^{-\abs z})^2$ in double precision.
The loss is harmless here, since a slope of $10^{-8}$ teaches nothing
anyway. It is worth having seen, because the same cancellation will not be
harmless for the functions of Chapter~\ref{ch:elu-selu}.

@<Print the slope by three roads@>=
static const double points[] = {-20, -16, -8, -4, -2, 0, 2, 4, 8, 16, 20};
printf("    z |    value        slope |     exact slope\n");
for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
    double z = points[i], e = exp(-fabs(z));
    printf("%5g | %8.6f %12.5e | %15.5e\n", z, value(&gp_sigmoid, z),
           slope(&gp_sigmoid, z), e / ((1 + e) * (1 + e)));
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
at most $4^{-L}$ of a gradient: five layers \val{product}{five}, ten
\val{product}{ten}.

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

@(tangled/demo-product.c@>=
#include "dense.h"
#include "sigmoid.h"
#include <stdio.h>
enum { DEEPEST = 100 };
@<Send a gradient through a chain of units@>@;
int main(void)
{
    static const int depth[] = {1, 2, 3, 5, 10, 20, 50, 75, 100};
    printf("layers |  4^-layers | logistic, z=0 |   bias 0   | tanh, bias 0\n");
    for (size_t i = 0; i < sizeof depth / sizeof *depth; i++)
        printf("%6d | %10.3g | %13.3g | %10.3g | %12.3g\n", depth[i],
               pow(0.25, depth[i]),
               chain(&gp_sigmoid, (real)-0.5, (real)0.5, depth[i]),
               chain(&gp_sigmoid, 0, (real)0.5, depth[i]),
               chain(&gp_tanh, 0, 1, depth[i]));
    @<Write the figures of the product@>@;
    return 0;
}

@ The chain is built from one dense layer with one unit and one activation,
used over and over. The backward pass starts with gradient 1 at the end of the chain.

@<Send a gradient through a chain of units@>=
static double chain(const gp_activation_type *f, real bias, real x, int depth)
{
    gp_layer *dense = gp_dense_new(1, 1, true, NULL);
    gp_layer *unit = gp_activation_new(f, 1, @[(gp_activation_arguments){0, 0}@],
                                       NULL);
    real y[DEEPEST + 1] = {x}, z[DEEPEST + 1], delta = 1;
    gp_pass pass = {false, NULL};
    GP_REQUIRE(dense != NULL && unit != NULL, "no memory");
    dense->parameter[0].value.at[0] = 1;
    dense->parameter[1].value.at[0] = bias;
    @<Run up and down the chain@>@;
    gp_layer_free(dense);
    gp_layer_free(unit);
    return (double)delta;
}

@ Matrices of one element are views on the arrays.

@<Run up and down the chain@>=
for (int l = 1; l <= depth; l++) {
    gp_matrix in = gp_matrix_view(&y[l - 1], 1, 1, 1),
              mid = gp_matrix_view(&z[l], 1, 1, 1),
              out = gp_matrix_view(&y[l], 1, 1, 1);
    gp_layer_forward(dense, &in, &mid, &pass);
    gp_layer_forward(unit, &mid, &out, &pass);
}
for (int l = depth; l > 0; l--) {
    gp_matrix in = gp_matrix_view(&y[l - 1], 1, 1, 1),
              mid = gp_matrix_view(&z[l], 1, 1, 1),
              out = gp_matrix_view(&y[l], 1, 1, 1),
              d = gp_matrix_view(&delta, 1, 1, 1);
    real inner;
    gp_matrix dz = gp_matrix_view(&inner, 1, 1, 1);
    gp_layer_backward(unit, &mid, &out, &d, &dz);
    gp_layer_backward(dense, &in, &mid, &dz, &d);
}

@ Past 75 layers a |float| has no number that small, and the column ends in
zeros.

@<Write the figures of the product@>=
FILE *val = fopen("product.val", "w");
GP_REQUIRE(val != NULL, "cannot write product.val");
double five = chain(&gp_sigmoid, (real)-0.5, (real)0.5, 5);
double ten = chain(&gp_sigmoid, (real)-0.5, (real)0.5, 10);
fprintf(val, "five\t$%.1f\\cdot10^{-4}$\nten\t$%.1f\\cdot10^{-7}$\n",
        five * 1e4, ten * 1e7);
@<Write how wide the window of large weights is@>@;
fclose(val);

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
The window is empty for $\abs w<4$, widest at
$\abs w=\val{product}{best-weight}$, and even there it covers only
\val{product}{widest} of the interval $(0,1)$ in which the outputs of logistic
units lie\claim{the_window_is_never_half_the_range}; \citet{nielsen2015} makes
an exercise of it. The balance is a matter of every single unit and every single sample, and in
a deep stack some of them will always miss it.

@<Write how wide the window of large weights is@>=
double widest = 0, best = 4;
for (int i = 4000; i < 20000; i++) {
    double w = i / 1000.0, width = 4 / w * acosh(sqrt(w) / 2);
    if (width > widest)
        widest = width, best = w;
}
fprintf(val, "best-weight\t%.2f\nwidest\t$%.0f\\,\\%%$\n", best,
        100 * widest);

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

@(tangled/diagnose.h@>=
#pragma once
#include "layer.h"
#include <stdio.h>

#define GP_BINS 20
typedef struct {
    double mean, deviation, minimum, maximum; /* over all elements */
    double spread; /* of a unit over the samples; of one sample: |deviation| */
    size_t histogram[GP_BINS]; /* equal bins from minimum to maximum */
    bool finite; /* no infinity and no NaN among the values */
} gp_statistics;
gp_statistics gp_describe(const gp_matrix *y);

@ The second part gives a diagnosis of a layer. Whatever compares two sizes is
a ratio, so that it has a meaning without units. The ratios of weights
belong to dense layers, and are 0 elsewhere.

@(tangled/diagnose.h@>=
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

@ The arrays have one entry a layer, first to last, of one forward and
backward pass over a batch. The module stands below the network, so it is
given what it needs, and a reader with a network of another make can call it
as well.

@(tangled/diagnose.h@>=
void gp_diagnose(size_t layers, gp_layer *const layer[],
                 const gp_matrix *const output[],
                 const gp_matrix *const delta[], double learning_rate,
                 gp_diagnosis diagnosis[]);
    /* |delta[l]| is the gradient of the loss by |output[l]| */
const char *gp_verdict_word(gp_verdict verdict);
void gp_diagnose_print(FILE *file, size_t layers,
                       const gp_diagnosis diagnosis[]);

@ Means come first, then the spread about them. One pass over sums of
squares would lose all digits where the mean is large and the spread
small\claim{a_small_spread_on_a_large_mean_is_found}.

@(tangled/diagnose.c@>=
#include "diagnose.h"
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

@(tangled/diagnose.c@>=
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

@(tangled/diagnose.c@>=
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
the width of the layer and the size of the batch. The squares are summed in
double, because a gradient of $10^{20}$, which an exploding network reaches
easily, has a square that no |float| holds, and so has one of $10^{-30}$.

@(tangled/diagnose.c@>=
static double square_sum(const gp_matrix *m)
{
    double sum = 0;
    for (size_t i = 0; m->at != NULL && i < m->rows; i++)
        for (size_t j = 0; j < m->cols; j++)
            sum += (double)gp_row(m, i)[j] * (double)gp_row(m, i)[j];
    return sum;
}

static double root_mean_square(const gp_matrix *m)
{
    return sqrt(square_sum(m) / (double)(m->rows * m->cols));
}

@ The slope of an elementwise layer need not be known: it is the gradient below
the layer over the gradient above it, element by element. Whether it is flat
depends on the steepest that it could be, which for the three bounded functions
is $\frac14$, 1 and $\frac16$.

@(tangled/diagnose.c@>=
static double steepest(const char *word)
{
    return strcmp(word, "sigmoid") == 0        ? 1 / 4.0
           : strcmp(word, "tanh") == 0         ? 1
           : strcmp(word, "hard_sigmoid") == 0 ? 1 / 6.0 : 0;
}

@ For each unit we count over the samples. An unbounded function has steepest
slope 0 in the table above, so that none of its slopes counts as saturated.

@(tangled/diagnose.c@>=
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
the dense layer and batch normalization have parameters and do not.

@(tangled/diagnose.c@>=
static bool is_elementwise(const gp_layer *layer)
{
    return layer->parameters == 0 || strcmp(layer->type->name, "prelu") == 0;
}

@ The ratios of a dense layer are those of its kernel.

@(tangled/diagnose.c@>=
static void compare_norms(const gp_layer *layer, double learning_rate,
                          gp_diagnosis *d)
{
    if (strcmp(d->layer, "dense") != 0)
        return;
    double g = sqrt(square_sum(&layer->parameter[0].gradient));
    double w = sqrt(square_sum(&layer->parameter[0].value));
    d->gradient_to_weight = w > 0 ? g / w : 0;
    d->update_to_weight = learning_rate * d->gradient_to_weight;
}

@ The verdict is a matter of thresholds, and of taste. A gradient that has lost
or won a factor of 100 against the last hidden layer is on its way to zero or
infinity; so is a signal whose spread has gone below a thousandth or above a
thousand. Half of the units saturated, or dead, is worth a word. The
comparison with the last \emph{hidden} output leaves out the loss, whose
gradient has a size of its own.

@(tangled/diagnose.c@>=
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

@(tangled/diagnose.c@>=
void gp_diagnose(size_t layers, gp_layer *const layer[],
                 const gp_matrix *const output[],
                 const gp_matrix *const delta[], double learning_rate,
                 gp_diagnosis diagnosis[])
{
    size_t last = layers > 1 ? layers - 2 : 0;
    double reference = layers > 0 ? root_mean_square(delta[last]) : 1;
    for (size_t l = 0; l < layers; l++) {
        gp_diagnosis *d = &diagnosis[l];
        @<Diagnose layer |l|@>@;
    }
}

@ The slopes of an activation need the gradient below it, which is the one at
the output of the layer before. The output layer stands above the reference,
and is not compared with it.

@<Diagnose layer |l|@>=
*d = (gp_diagnosis){layer[l]->type->name};
d->output = gp_describe(output[l]);
d->gradient = root_mean_square(delta[l]);
d->relative = l > last ? 1 : reference > 0 ? d->gradient / reference : 0;
if (is_elementwise(layer[l]) && l > 0)
    examine_slopes(delta[l - 1], delta[l], d);
compare_norms(layer[l], learning_rate, d);
d->verdict = judge(d);

@ The terminal table has a line a layer, from the input upward. The column
``flat'' is the share of saturated slopes or of dead units, whichever is
larger: only bounded functions saturate, and of these hardly a unit ever dies.

@(tangled/diagnose.c@>=
const char *gp_verdict_word(gp_verdict verdict)
{
    static const char *const words[] = {
        "healthy", "vanishing", "exploding", "saturated", "dying"};
    return words[verdict];
}

@ Ratios of weights are shown for the layers that have weights.

@(tangled/diagnose.c@>=
void gp_diagnose_print(FILE *file, size_t layers, const gp_diagnosis *d)
{
    fprintf(file, "%3s %-11s %8s %7s %7s %4s %8s %7s %7s %s\n", "", "layer",
            "mean", "deviat.", "spread", "flat", "gradient", "grad/w",
            "upd/w", "verdict");
    for (size_t l = 0; l < layers; l++, d++) {
        fprintf(file, "%3zu %-11.11s %8.1e %7.1e %7.1e %3.0f%% %8.1e",
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
stacks of \val{on-purpose}{depth} layers, \val{on-purpose}{width} units wide, whose weights
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

The second column predicts the factor by which the gradient is multiplied in
a layer, from \eqref{eq:factor} with the mean of
$f'^2$ as found; the third is what was found, as a geometric
mean over the stack\claim{the_factor_of_a_layer_is_predicted}. Nothing about
the loss, the labels or the images enters the prediction.

@ The five stacks show five fates.
\begin{itemize}
\item The logistic stack with gain 1 loses nearly the full factor of four in
each layer, and \val{on-purpose}{sigmoid-lost} of its gradient reaches the
first\claim{logistic_stack_vanishes}.
\item Tanh with gain $1/\sqrt3$, which is what weights drawn from
$\UU(-1/\sqrt n,1/\sqrt n)$ have, vanishes too, at the rate of the gain
itself\claim{small_gain_vanishes_both_ways}. Its units work in the linear middle; nothing is saturated. It is not saturation that makes a
gradient vanish here, but a product of small numbers.
\item Tanh with gain 1 is the best of the five, and still slightly below 1.
\item Tanh with gain 2 has a spread near 1 in all its layers and looks lively from below.
But its gradient \emph{grows} on the way down, by
\val{on-purpose}{wild-gradient} over the stack, although \val{on-purpose}{wild-saturated} of
its units are saturated\claim{large_gain_explodes_behind_a_bounded_signal}: a few steep units with large weights outweigh the flat
ones. Such a network maps neighbouring inputs to unrelated outputs \citep{poole2016}.
\item Without an activation, gain $1.5$ explodes in both directions, by
the same factor a
layer\claim{linear_stack_explodes_both_ways}.
\end{itemize}

@ Five stacks, one loop. A specification is a word for a whole network, in the
language of Chapter~\ref{ch:laboratory}: |"20*(dense:100 tanh)"| says it all.

@(tangled/demo-on-purpose.c@>=
#include <stdlib.h>
@<Networks on the bench@>@;
enum { DEPTH = 20, WIDTH = 100, BATCH = 100, STACKS = 5 };
static const struct {
    const char *name, *key, *unit;
    double gain;
} stack[STACKS] = {
    {"logistic, gain 1", "sigmoid", "sigmoid", 1},
    {"tanh, gain 0.577", "small", "tanh", 0.57735026918962576},
    {"tanh, gain 1", "one", "tanh", 1},
    {"tanh, gain 2", "wild", "tanh", 2},
    {"none, gain 1.5", "linear", "", 1.5}};

@ What is kept of each stack: a line for each layer, of its activation if it
has one.

@(tangled/demo-on-purpose.c@>=
typedef struct {
    double spread[DEPTH], gradient[DEPTH], saturated, slope;
} layer_figures;
@<Look at one stack@>@;
@<Write the figures of all stacks@>@;
int main(void)
{
    gp_dataset data;
    layer_figures found[STACKS];
    open_images(&data);
    for (int k = 0; k < STACKS; k++)
        found[k] = look(&data, stack[k].unit, stack[k].gain);
    write_figures(found);
    gp_dataset_free(&data);
    return 0;
}

@ Several demonstrations of this chapter put a network on the bench: a network,
what |gp_diagnose| wants to know of it, and what it answered.

@<Networks on the bench@>=
#include "dataset.h"
#include "diagnose.h"
#include "network.h"
enum { MOST_LAYERS = 64 };
typedef struct {
    gp_network *net;
    size_t layers;
    gp_layer *layer[MOST_LAYERS];
    const gp_matrix *output[MOST_LAYERS], *delta[MOST_LAYERS];
    gp_diagnosis diagnosis[MOST_LAYERS];
} specimen;

@ A demonstration that cannot have what it needs stops, and says why.

@<Networks on the bench@>=
static void open_images(gp_dataset *data)
{
    gp_error error = {""};
    GP_REQUIRE(gp_dataset_open(data, "fashion-mnist", 1, &error) == GP_OK,
               "%s", error.message);
}

@ Weights are scaled in place.

@<Networks on the bench@>=
static void scale(gp_matrix *m, real factor)
{
    for (size_t i = 0; i < m->rows; i++)
        for (size_t j = 0; j < m->cols; j++)
            gp_row(m, i)[j] *= factor;
}

@ A network is built from its specification, and all its weights but those of
the last layer are multiplied by the gain.

@<Networks on the bench@>=
static void prepare(specimen *s, const char *specification, size_t inputs,
                    size_t batch, double gain, uint64_t seed)
{
    gp_error error = {""};
    s->net = gp_network_new(inputs, seed, &error);
    GP_REQUIRE(s->net != NULL
               && gp_network_parse(s->net, specification, &error) == GP_OK
               && gp_network_reserve(s->net, batch, &error) == GP_OK, "%s",
               error.message);
    s->layers = gp_network_layers(s->net);
    GP_REQUIRE(s->layers <= MOST_LAYERS, "%zu layers", s->layers);
    for (size_t l = 0; l < s->layers; l++) {
        s->layer[l] = gp_network_layer(s->net, l);
        if (s->layer[l]->parameters > 0 && l + 1 < s->layers)
            scale(&s->layer[l]->parameter[0].value, (real)gain);
    }
}

@ One pass up and down, and the diagnosis of every layer. The pass returns the
loss.

@<Networks on the bench@>=
static double examine(specimen *s, const gp_matrix *x, const uint8_t *labels,
                      double learning_rate)
{
    double loss = gp_network_gradients(s->net, x, labels);
    for (size_t l = 0; l < s->layers; l++) {
        s->output[l] = gp_network_output(s->net, l);
        s->delta[l] = gp_network_delta(s->net, l);
    }
    gp_diagnose(s->layers, s->layer, s->output, s->delta, learning_rate,
                s->diagnosis);
    return loss;
}

@ Now a stack. Without an activation a layer of the stack is one layer of the
network, otherwise two, of which the upper counts.

@<Look at one stack@>=
static layer_figures look(const gp_dataset *data, const char *unit,
                          double gain)
{
    char specification[100];
    size_t step = *unit ? 2 : 1;
    specimen *s = malloc(sizeof *s);
    layer_figures f = {{0}};
    GP_REQUIRE(s != NULL, "no memory");
    snprintf(specification, sizeof specification,
             "%d*(dense:%d:lecun_uniform %s) dense:10", DEPTH, WIDTH, unit);
    prepare(s, specification, data->features, BATCH, gain, 3);
    gp_matrix x = gp_matrix_rows(&data->train.x, 0, BATCH);
    examine(s, &x, data->train.labels, 0.01);
    @<Keep what was found in the stack@>@;
    gp_network_free(s->net);
    free(s);
    return f;
}

@ The mean square of the slopes is measured as the diagnosis does it, by the
gradients below and above the activation.

@<Keep what was found in the stack@>=
for (size_t k = 0; k < DEPTH; k++) {
    size_t l = step * (k + 1) - 1;
    f.spread[k] = s->diagnosis[l].output.spread;
    f.gradient[k] = s->diagnosis[l].gradient;
    f.saturated += s->diagnosis[l].saturated / DEPTH;
    if (k > 0)
        f.slope += step == 1 ? 1.0 / (DEPTH - 1)
                   : pow(s->diagnosis[l - 1].gradient / f.gradient[k], 2)
                     / (DEPTH - 1);
}

@ The factor of a layer is the geometric mean over the layers between the first
and the last.

@<Write the figures of all stacks@>=
static double factor_of(const double *gradient)
{
    return pow(gradient[0] / gradient[DEPTH - 1], 1.0 / (DEPTH - 1));
}
static void write_figures(const layer_figures *f)
{
    FILE *tsv = fopen("on-purpose.tsv", "w");
    FILE *val = fopen("on-purpose.val", "w");
    GP_REQUIRE(tsv != NULL && val != NULL, "cannot write on-purpose.tsv");
    @<Print the factors of the stacks@>@;
    @<Write a row of the plot for each layer@>@;
    @<Write what the text says of the stacks@>@;
    fclose(tsv);
    fclose(val);
}

@ The total is what is left at the first layer of the gradient at the last.

@<Print the factors of the stacks@>=
printf("%-18s %9s %9s %11s %13s\n", "", "predicted", "measured",
       "gradient", "spread");
printf("%-18s %9s %9s %11s %13s\n", "activation", "per layer", "per layer",
       "1st / last", "last / first");
for (int k = 0; k < STACKS; k++)
    printf("%-18s %9.3f %9.3f %11.2e %13.2e\n", stack[k].name,
           stack[k].gain * sqrt(f[k].slope), factor_of(f[k].gradient),
           f[k].gradient[0] / f[k].gradient[DEPTH - 1],
           f[k].spread[DEPTH - 1] / f[k].spread[0]);

@ Columns: the layer, then spread and relative gradient of each stack.

@<Write a row of the plot for each layer@>=
for (int l = 0; l < DEPTH; l++) {
    fprintf(tsv, "%d", l + 1);
    for (int k = 0; k < STACKS; k++)
        fprintf(tsv, "\t%g\t%g", f[k].spread[l],
                f[k].gradient[l] / f[k].gradient[DEPTH - 1]);
    fprintf(tsv, "\n");
}

@ Among these are plain numbers that the tests read, and the words of the
text.

@<Write what the text says of the stacks@>=
fprintf(val, "depth\t%d\nwidth\t%d\nbatch\t%d\n", DEPTH, WIDTH, BATCH);
for (int k = 0; k < STACKS; k++) {
    fprintf(val, "%s-predicted\t%.4f\n%s-measured\t%.4f\n", stack[k].key,
            stack[k].gain * sqrt(f[k].slope), stack[k].key,
            factor_of(f[k].gradient));
    fprintf(val, "%s-total\t%g\n%s-spread\t%g\n", stack[k].key,
            f[k].gradient[0] / f[k].gradient[DEPTH - 1], stack[k].key,
            f[k].spread[DEPTH - 1] / f[k].spread[0]);
}
double lost = f[0].gradient[0] / f[0].gradient[DEPTH - 1];
fprintf(val, "sigmoid-lost\t$%.0f\\cdot10^{%.0f}$\n",
        lost / pow(10, floor(log10(lost))), floor(log10(lost)));
fprintf(val, "wild-gradient\ta factor of %.0f\nwild-saturated\t$%.0f\\,\\%%$\n",
        f[3].gradient[0] / f[3].gradient[DEPTH - 1], 100 * f[3].saturated);

@* Clipping.
\label{sec:clipping}
An exploding gradient has a blunt remedy: cut it. By value, each component is
limited to $\pm c$, which bends the direction of the step; by norm, the whole
gradient is scaled so that its Euclidean length is at most $c$, which keeps the
direction \citep{pascanu2013difficulty}. Both work on all the parameters of a
network at once, given as an array of pointers.

@(tangled/diagnose.h@>=
/* The Euclidean norm of all gradients together; state is passed over. */
double gp_gradient_norm(size_t n, gp_parameter *const parameter[]);
/* Scales the gradients to norm at most |limit|; returns the norm before. */
double gp_clip_by_norm(size_t n, gp_parameter *const parameter[],
                       double limit);
/* Limits every component of every gradient to $\pm$|limit|. */
void gp_clip_by_value(size_t n, gp_parameter *const parameter[],
                      double limit);

@ The squares are summed in double: a gradient of $10^{20}$, which an
exploding network reaches easily, has a square that no float holds.

@(tangled/diagnose.c@>=
double gp_gradient_norm(size_t n, gp_parameter *const parameter[])
{
    double sum = 0;
    for (size_t k = 0; k < n; k++) {
        const gp_matrix *g = &parameter[k]->gradient;
        for (size_t i = 0; g->at != NULL && i < g->rows * g->stride; i++)
            sum += (double)g->at[i] * (double)g->at[i];
    }
    return sqrt(sum);
}

@ @(tangled/diagnose.c@>=
double gp_clip_by_norm(size_t n, gp_parameter *const parameter[],
                       double limit)
{
    double norm = gp_gradient_norm(n, parameter);
    real scale = (real)(limit / norm);
    for (size_t k = 0; norm > limit && k < n; k++) {
        const gp_matrix *g = &parameter[k]->gradient;
        for (size_t i = 0; g->at != NULL && i < g->rows * g->stride; i++)
            g->at[i] *= scale;
    }
    return norm;
}

@ @(tangled/diagnose.c@>=
void gp_clip_by_value(size_t n, gp_parameter *const parameter[],
                      double limit)
{
    const real most = (real)limit;
    for (size_t k = 0; k < n; k++) {
        const gp_matrix *g = &parameter[k]->gradient;
        for (size_t i = 0; g->at != NULL && i < g->rows * g->stride; i++)
            g->at[i] = fmax(-most, fmin(most, g->at[i]));
    }
}

@* Exercises.
Answers go into the sections below, and \texttt{make exercise} with the number
tests them.

@ \begin{exercise}{02-softsign}{10}{1}
\textbf{Softsign.} The function $s(z)=z/(1+\abs{z})$ has the shape of tanh, but
comes to its flat ends much more slowly. Write it and its derivative, both as
functions of $z$. Compare the derivatives of softsign and of tanh at $z=10$:
which of the two would you rather have in the middle of a deep network?
\end{exercise}
@(tangled/exercise-02-softsign.c@>=
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

@ \begin{exercise}{02-joint-clipping}{15}{2}
\textbf{Clipping by the joint norm.} A step is made of the gradients of many
arrays. Clipping each array to a norm by itself would shorten some and not
others, and turn the step into another direction. So the norm is taken over all
numbers of all arrays together; if it exceeds |limit|, every number is
multiplied by the same factor, so that the joint norm becomes |limit|. Shorter
gradients stay as they are. Return the norm before clipping. Array $k$ has
|length[k]| numbers at |g[k]|.
\end{exercise}
@(tangled/exercise-02-joint-clipping.c@>=
#include "exercise.h"
#include <math.h>
@#
double clip_jointly(size_t arrays, const size_t *length, double **g,
                    double limit)
{
    gp_not_started();
}

@ \begin{exercise}{02-sigmoid-depth}{20}{3}
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
@(tangled/exercise-02-sigmoid-depth.c@>=
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

@ \begin{exercise}{02-slope-check}{22}{3}
\textbf{A test for a slope.} Prove by test. The chapter rests on one claim: the
derivative of the logistic function is never above $\frac14$, and is $\frac14$
at zero alone. Write |is_logistic_slope|, which calls the function it is given
wherever you like and returns whether all of this holds: the value at 0 is
$\frac14$; the function is even; it is never negative, and not NaN as far out as
$\pm800$; and it falls with growing $\abs{z}$, strictly up to $\abs{z}=20$. Your
test must accept every correct program and find the fault in each wrong one.
Rounding is no fault.
\end{exercise}
@(tangled/exercise-02-slope-check.c@>=
#include "exercise.h"
#include <math.h>
@#
bool is_logistic_slope(double (*slope)(double z))
{
    gp_not_started();
}

@* Index.
