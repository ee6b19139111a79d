@i common.w
@s gp_diagnosis int
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
#include "layer.h"
@#
GP_BEGIN_DECLS@;

extern const gp_activation_type gp_sigmoid;  /* $1/(1+e^{-z})$ */
extern const gp_activation_type gp_tanh;     /* $\tanh z$ */
extern const gp_activation_type gp_identity; /* $z$ */
GP_END_DECLS@;

@ The loops are independent from element to element, so the compiler may do
eight or sixteen at once and call the vector versions of |exp| and |tanh|. They
stay within a few units in the last
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
    {"sigmoid", gp_activation_forward, gp_activation_backward, NULL, NULL},
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
    {"tanh", gp_activation_forward, gp_activation_backward, NULL, NULL},
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

@(tangled/experiments/saturation.c@>=
#include "sigmoid.h"
#include <stdio.h>
#include <tgmath.h>
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
that are left. Beyond $z=24\ln2$, about \val{saturation}{flat}, the value
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

@(tangled/experiments/product.c@>=
#include "dense.h"
#include "sigmoid.h"
#include <stdio.h>
#include <tgmath.h>
enum { DEEPEST = 100 };
@<Send a gradient through a chain of units@>@;
int main(void)
{
    static const int depth[] = {1, 2, 3, 5, 10, 20, 50, 75, 100};
    puts("layers |  4^-layers | logistic, z=0 |   bias 0   | tanh, bias 0");
    for (size_t i = 0; i < sizeof depth / sizeof *depth; i++)
        printf("%6d | %10.3g | %13.3g | %10.3g | %12.3g\n", depth[i],
               pow(0.25, depth[i]),
               chain(&gp_sigmoid, (gp_real)-0.5, (gp_real)0.5, depth[i]),
               chain(&gp_sigmoid, 0, (gp_real)0.5, depth[i]),
               chain(&gp_tanh, 0, 1, depth[i]));
    @<Write the figures of the product@>@;
    return 0;
}

@ The chain is built from one dense layer with one unit and one activation,
used over and over. The backward pass starts with gradient 1 at the end of the chain.

@<Send a gradient through a chain of units@>=
static double chain(const gp_activation_type *f, gp_real bias, gp_real x,
                    int depth)
{
    gp_layer *dense = gp_dense_new(1, 1, true, NULL);
    gp_layer *unit = gp_activation_new(f, 1,
                                       @[(gp_activation_arguments){0, 0}@],
                                       NULL);
    gp_real y[DEEPEST + 1] = {x}, z[DEEPEST + 1], delta = 1;
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
    gp_real inner;
    gp_matrix dz = gp_matrix_view(&inner, 1, 1, 1);
    gp_layer_backward(unit, &mid, &out, &d, &dz);
    gp_layer_backward(dense, &in, &mid, &dz, &d);
}

@ Past 75 layers a |float| has no number that small, and the column ends in
zeros.

@<Write the figures of the product@>=
FILE *val = fopen("product.val", "w");
GP_REQUIRE(val != NULL, "cannot write product.val");
double five = chain(&gp_sigmoid, (gp_real)-0.5, (gp_real)0.5, 5);
double ten = chain(&gp_sigmoid, (gp_real)-0.5, (gp_real)0.5, 10);
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
The window is empty for $\abs w<4$ and widest at a weight of
\val{product}{best-weight}; even there it covers only
\val{product}{widest} of the interval $(0,1)$ in which the outputs of logistic
units lie\claim{the_window_is_never_half_the_range}. \citet{nielsen2015} makes
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

@(tangled/lib/diagnose.h@>=
#pragma once
#include "layer.h"
#include <stdio.h>
@#
GP_BEGIN_DECLS@;

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

@ The arrays have one entry a layer, first to last, of one forward and
backward pass over a batch. The module stands below the network, so it is
given what it needs, and a reader with a network of another make can call it
as well.

@(tangled/lib/diagnose.h@>=
void gp_diagnose(size_t layers, gp_layer *const layer[],
                 const gp_matrix *const output[],
                 const gp_matrix *const delta[], double learning_rate,
                 gp_diagnosis diagnosis[]);
    /* |delta[l]| is the gradient of the loss by |output[l]| */
const char *gp_verdict_word(gp_verdict verdict);
void gp_diagnose_print(FILE *file, size_t layers,
                       const gp_diagnosis diagnosis[]);
GP_END_DECLS@;

@ Means come first, then the spread about them. One pass over sums of
squares would lose all digits where the mean is large and the spread
small\claim{a_small_spread_on_a_large_mean_is_found}.

@(tangled/lib/diagnose.c@>=
#include "diagnose.h"
#include "private/vectormath.h"
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
the dense layer and batch normalization have parameters and do not.

@(tangled/lib/diagnose.c@>=
static bool is_elementwise(const gp_layer *layer)
{
    return layer->parameters == 0 || strcmp(layer->type->name, "prelu") == 0;
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

One oddity of the figure is arithmetic. The spread of the logistic stack stops falling near
$10^{-8}$: the outputs are near $\frac12$, where neighbouring |float|s are $6\cdot10^{-8}$ apart,
and what is left is rounding, not signal.

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

@(tangled/experiments/on-purpose.c@>=
#include <stdlib.h>
#include <tgmath.h>
@<Networks on the bench@>@;
@<Examine what is on the bench@>@;
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

@(tangled/experiments/on-purpose.c@>=
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
static void scale(gp_matrix *m, gp_real factor)
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
            scale(&s->layer[l]->parameter[0].value, (gp_real)gain);
    }
}

@ One pass up and down, and the diagnosis of every layer. The pass returns the
loss.

@<Examine what is on the bench@>=
static double examine(specimen *s, const gp_matrix *x, const gp_label *labels,
                      double learning_rate)
{
    double loss = gp_network_gradients(s->net, x, labels);
    for (size_t l = 0; l < s->layers; l++) {
        s->output[l] = gp_network_output(s->net, l);
        s->delta[l] = gp_network_output_gradient(s->net, l);
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
fprintf(val,
        "wild-gradient\ta factor of %.0f\nwild-saturated\t$%.0f\\,\\%%$\n",
        f[3].gradient[0] / f[3].gradient[DEPTH - 1], 100 * f[3].saturated);

@* What it does to training.
\label{sec:stall}
A small gradient is not yet a misfortune; one could take larger steps. What
makes it one is that the layers differ. The demonstration trains logistic
stacks of 1, 3 and 5 hidden layers and one of 5 tanh layers on
\val{stall}{images} images of Fashion-MNIST, \val{stall}{steps} steps of plain
gradient descent with batches of \val{stall}{batch}, learning rate
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

@ The table below the losses shows why a larger learning rate is no way out: it
lists by how much of itself the first step changes each weight matrix. In the
tanh stack the hidden matrices agree within a factor of \val{stall}{tanh-range}.
In the logistic one the first hidden matrix moves \val{stall}{sigmoid-range} times slower
than the last\claim{updates_differ_by_orders_in_logistic_stacks}. A learning rate that
would wake the first layer throws the last one about; the last line of the
first table tried one a hundred times larger, and ended at a loss of
\val{stall}{fast-loss}\claim{a_hundredfold_rate_does_not_help}.

@(tangled/experiments/stall.c@>=
#include <stdlib.h>
#include <tgmath.h>
@<Networks on the bench@>@;
@<Examine what is on the bench@>@;
#include "optimizer.h"
enum { STEPS = 600, BATCH = 50, IMAGES = 10000, EVERY = 20, RUNS = 5 };
static const double rate = 0.1;
static const struct {
    const char *name, *key, *specification;
    double times;
} run[RUNS] = {
    {"logistic, 1 hidden layer", "sigmoid-1", "dense:100 sigmoid dense:10", 1},
    {"logistic, 3 hidden layers", "sigmoid-3",
     "3*(dense:100 sigmoid) dense:10", 1},
    {"logistic, 5 hidden layers", "sigmoid-5",
     "5*(dense:100 sigmoid) dense:10", 1},
    {"tanh, 5 hidden layers", "tanh-5", "5*(dense:100 tanh) dense:10", 1},
    {"logistic, 5, rate times 100", "fast",
     "5*(dense:100 sigmoid) dense:10", 100}};

@ Of each run we keep the loss, averaged over a few steps, and the share of
itself by which each weight matrix moves in the first step.

@(tangled/experiments/stall.c@>=
typedef struct {
    double loss[STEPS / EVERY], update[MOST_LAYERS];
    size_t matrices;
} tally;
@<Train one of the stacks@>@;
@<Write the losses@>@;
@<Print the losses and the first updates@>@;
int main(void)
{
    gp_dataset data;
    tally found[RUNS];
    open_images(&data);
    for (int k = 0; k < RUNS; k++)
        found[k] = train(&data, run[k].specification, rate * run[k].times);
    write_losses(found);
    print_losses(found);
    gp_dataset_free(&data);
    return 0;
}

@ Training as in Section~\ref{sec:descent}: a batch up, its gradient down, a
step. The images are shuffled already, so the batches are taken in order.

@<Train one of the stacks@>=
static tally train(const gp_dataset *data, const char *specification,
                   double learning_rate)
{
    specimen *s = malloc(sizeof *s);
    tally t = {{0}};
    gp_optimizer_options how = gp_sgd(@[.learning_rate@] = learning_rate);
    GP_REQUIRE(s != NULL, "no memory");
    prepare(s, specification, data->features, BATCH, 1, 4);
    gp_optimizer *o = gp_optimizer_new(s->net, how, NULL);
    GP_REQUIRE(o != NULL, "no memory");
    for (size_t i = 0; i < STEPS; i++) {
        @<Take step |i| of the training@>@;
    }
    gp_optimizer_free(o);
    gp_network_free(s->net);
    free(s);
    return t;
}

@ The first step is examined closely.

@<Take step |i| of the training@>=
size_t first = i * BATCH % IMAGES;
gp_matrix x = gp_matrix_rows(&data->train.x, first, BATCH);
const gp_label *labels = data->train.labels + first;
double loss = i > 0 ? gp_network_gradients(s->net, &x, labels)
                    : examine(s, &x, labels, learning_rate);
for (size_t l = 0; i == 0 && l < s->layers; l++)
    if (s->diagnosis[l].update_to_weight > 0)
        t.update[t.matrices++] = s->diagnosis[l].update_to_weight;
t.loss[i / EVERY] += loss / EVERY;
gp_optimizer_step(o, NULL);

@ A row of the plot has the losses of all runs around a step.

@<Write the losses@>=
static void write_losses(const tally *t)
{
    FILE *tsv = fopen("stall.tsv", "w");
    GP_REQUIRE(tsv != NULL, "cannot write stall.tsv");
    for (int i = 0; i < STEPS / EVERY; i++) {
        fprintf(tsv, "%d", i * EVERY + EVERY / 2);
        for (int k = 0; k < RUNS; k++)
            fprintf(tsv, "\t%g", t[k].loss[i]);
        fprintf(tsv, "\n");
    }
    fclose(tsv);
}

@ The losses at the end are means of the last steps.

@<Print the losses and the first updates@>=
static void print_losses(const tally *t)
{
    const int last = STEPS / EVERY - 1;
    FILE *val = fopen("stall.val", "w");
    GP_REQUIRE(val != NULL, "cannot write stall.val");
    printf("%-28s %14s %14s\n", "", "loss, begin", "loss, end");
    for (int k = 0; k < RUNS; k++) {
        printf("%-28s %14.3f %14.3f\n", run[k].name, t[k].loss[0],
               t[k].loss[last]);
        fprintf(val, "%s-loss\t%.3f\n", run[k].key, t[k].loss[last]);
    }
    @<Print the first updates of two stacks@>@;
    fclose(val);
}

@ Run 2 is the logistic stack, run 3 the tanh stack. The output layer starts
with its own scale, and is left out of the comparison.

@<Print the first updates of two stacks@>=
const double *a = t[2].update, *b = t[3].update;
double most = 0, least = INFINITY;
printf("\n%-28s %14s %14s\n", "first update / weight", "logistic", "tanh");
for (size_t m = 0; m < t[2].matrices; m++) {
    printf("matrix %-21zu %14.1e %14.1e\n", m + 1, a[m], b[m]);
    if (m + 1 < t[2].matrices)
        most = fmax(most, b[m]), least = fmin(least, b[m]);
}
fprintf(val, "steps\t%d\nbatch\t%d\nimages\t%d\nrate\t%g\n", STEPS, BATCH,
        IMAGES, rate);
fprintf(val, "tanh-range\t%.1f\nsigmoid-range\t%.0f\n", most / least,
        a[t[2].matrices - 2] / a[0]);

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
gain is $1/\sqrt3$, about \val{glorot}{gain-standard}; that of
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
For linear layers we must expect \val{glorot}{quarter-circle} with the normalized
initialization, \val{glorot}{expected-standard} with the standard one, and a little less for tanh\claim{mean_singular_value_is_eight_thirds_pi}.
The paper's 0.5 and 0.8 are no accidents of its data. Its remark that the average singular value is the
ratio of the spread between one layer and the next is
right only up to this factor: the spread shrinks to \val{glorot}{gain-standard} a layer
where the singular values average \val{glorot}{expected-standard}. So even where no variance is lost,
half of the directions in a layer's input are squeezed, and in a product of such layers
the squeezed directions add up.

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
.26 and .21 in the table are readings of the paper's histograms; its text prints
none. A first layer at .16 with the gain $1/\sqrt3$ had inputs with a root mean
square of about $.16\sqrt3$, so each batch is scaled to that. One number of
the four is thereby given away, and three are left to be predicted.

The verdicts are computed: a row is ``reproduced'' if the mean over
\val{glorot}{seeds} networks is within the tolerance that stands in
the table of Appendix~\ref{ch:paper-against-ours}. Here
\val{glorot}{count-reproduced} of \val{glorot}{count} rows are\claim{glorot_numbers_reproduced}. With the standard
initialization the deviation falls by the gain from layer to
layer\claim{standard_activations_shrink_by_the_gain}, the gradient coming back falls by the
same factor\claim{standard_gradients_shrink_by_the_gain}, and the weight gradients of the hidden layers
agree within a factor of \val{glorot}{weight-range}\claim{weight_gradients_agree_between_layers}.

@(tangled/experiments/glorot.c@>=
#include <stdlib.h>
#include <tgmath.h>
@<Networks on the bench@>@;
@<Examine what is on the bench@>@;
enum { HIDDEN = 5, WIDTH = 1000, BATCH = 10, SEEDS = 5, PROBES = 2 };
typedef struct {
    gp_statistics y[HIDDEN], back[HIDDEN], weight[HIDDEN];
    double singular;
} thread;
@<Singular values of a layer@>@;
@<Examine one of Glorot and Bengio's networks@>@;
@<Write the densities@>@;
@<Judge the numbers of Glorot and Bengio@>@;
@<Print what was measured@>@;
int main(void)
{
    static thread standard[SEEDS], normalized[SEEDS];
    gp_dataset data;
    open_images(&data);
    for (uint64_t k = 0; k < SEEDS; k++) {
        standard[k] = measure(&data, "lecun_uniform", 1 / sqrt(3.0), k);
        normalized[k] = measure(&data, "glorot_uniform", 1, k);
    }
    gp_dataset_free(&data);
    print_figures(standard, normalized);
    write_densities(standard, normalized);
    judge_figures(standard, normalized);
    return 0;
}

@ Singular values are LAPACK's work, which comes with OpenBLAS under Fortran's
conventions: all arguments are pointers. The job ``N'' asks for the values
without the vectors.

@<Singular values of a layer@>=
extern void sgesdd_(const char *job, const int *m, const int *n, float *a,
                    const int *lda, float *s, float *u, const int *ldu,
                    float *vt, const int *ldvt, float *work,
                    const int *lwork, int *iwork, int *info);
static double mean_singular_value(gp_matrix *a)
{
    int m = (int)a->cols, n = (int)a->rows, lda = (int)a->stride, one = 1;
    int lwork = 80 * WIDTH, info;
    static int iwork[8 * WIDTH];
    static float s[WIDTH], work[80 * WIDTH], none;
    double sum = 0;
    sgesdd_("N", &m, &n, a->at, &lda, s, &none, &one, &none, &one, work,
            &lwork, iwork, &info);
    GP_REQUIRE(info == 0, "sgesdd: %d", info);
    for (int i = 0; i < WIDTH; i++)
        sum += (double)s[i] / WIDTH;
    return sum;
}

@ The Jacobian between the outputs of two layers, for one sample, is $W$ with
column $j$ multiplied by the slope of unit $j$, which for tanh is $1-y_j^2$.
LAPACK takes our rows for columns, and does not mind: the transposed matrix has
the same singular values.

@<Singular values of a layer@>=
static double jacobian(const gp_matrix *w, const gp_real *y,
                       gp_matrix *scratch)
{
    for (size_t i = 0; i < w->rows; i++)
        for (size_t j = 0; j < w->cols; j++)
            gp_row(scratch, i)[j] = gp_row(w, i)[j] * (1 - y[j] * y[j]);
    return mean_singular_value(scratch);
}

@ Each seed gets a network and a batch of its own. The weights of the last layer are
drawn by the same rule as the others.

@<Examine one of Glorot and Bengio's networks@>=
static thread measure(const gp_dataset *data, const char *initializer,
                      double gain, uint64_t seed)
{
    char specification[200];
    specimen *s = malloc(sizeof *s);
    thread t;
    GP_REQUIRE(s != NULL, "no memory");
    snprintf(specification, sizeof specification,
             "%d*(dense:%d:%s tanh) dense:10:%s", HIDDEN, WIDTH, initializer,
             initializer);
    prepare(s, specification, data->features, BATCH, gain, seed + 1);
    scale(&s->layer[s->layers - 1]->parameter[0].value, (gp_real)gain);
    @<Send a batch of the right size up and down@>@;
    @<Take the statistics of the hidden layers@>@;
    gp_network_free(s->net);
    free(s);
    return t;
}

@ The batch is copied, then scaled.

@<Send a batch of the right size up and down@>=
gp_matrix from = gp_matrix_rows(&data->train.x, seed * BATCH, BATCH), x;
GP_REQUIRE(gp_matrix_new(&x, BATCH, data->features, NULL) == GP_OK,
           "no memory");
gp_matrix_copy(&x, &from);
gp_statistics of_x = gp_describe(&x);
double size = sqrt(of_x.mean * of_x.mean + of_x.deviation * of_x.deviation);
scale(&x, (gp_real)(0.16 * sqrt(3.0) / size));
examine(s, &x, data->train.labels + seed * BATCH, 0.01);
gp_matrix_free(&x);

@ Layer $2l$ of the network is the $l$-th dense layer, layer $2l+1$ its tanh.
The Jacobians are those from one hidden layer to the next, four of them, and
averaged over |PROBES| samples of the batch.

@<Take the statistics of the hidden layers@>=
gp_matrix scratch;
GP_REQUIRE(gp_matrix_new(&scratch, WIDTH, WIDTH, NULL) == GP_OK, "no memory");
t.singular = 0;
for (size_t l = 0; l < HIDDEN; l++) {
    gp_parameter *kernel = &s->layer[2 * l]->parameter[0];
    t.y[l] = s->diagnosis[2 * l + 1].output;
    t.back[l] = gp_describe(s->delta[2 * l]);
    t.weight[l] = gp_describe(&kernel->gradient);
    for (size_t i = 0; l > 0 && i < PROBES; i++)
        t.singular += jacobian(&kernel->value,
                               gp_row(s->output[2 * l + 1], i), &scratch)
                      / (PROBES * (HIDDEN - 1));
}
gp_matrix_free(&scratch);

@ The histograms of the first seed become densities: a count over the number of
values and the width of a bin. There are 30 blocks of rows, for two initializations
with three quantities and five layers; gnuplot finds them by their index.

@<Write the densities@>=
static void write_density(FILE *f, const gp_statistics *s)
{
    double width = (s->maximum - s->minimum) / GP_BINS, total = 0;
    for (int b = 0; b < GP_BINS; b++)
        total += (double)s->histogram[b];
    for (int b = 0; b < GP_BINS; b++)
        fprintf(f, "%g\t%g\n", s->minimum + (b + 0.5) * width,
                (double)s->histogram[b] / (total * width));
    fprintf(f, "\n\n");
}

@ Blocks 0 to 4 are the activations of the standard initialization, then
gradients, then weight gradients; from 15 on the normalized one.

@<Write the densities@>=
static void write_densities(const thread *standard, const thread *normalized)
{
    FILE *f = fopen("glorot.tsv", "w");
    GP_REQUIRE(f != NULL, "cannot write glorot.tsv");
    for (int k = 0; k < 2; k++) {
        const thread *t = k == 0 ? standard : normalized;
        for (int l = 0; l < HIDDEN; l++)
            write_density(f, &t->y[l]);
        for (int l = 0; l < HIDDEN; l++)
            write_density(f, &t->back[l]);
        for (int l = 0; l < HIDDEN; l++)
            write_density(f, &t->weight[l]);
    }
    fclose(f);
}

@ A number is a mean over the seeds, with its range.

@<Judge the numbers of Glorot and Bengio@>=
typedef struct {
    double mean, least, most;
} range;
static range over_seeds(const thread *t, double (*of)(const thread *))
{
    range r = {0, INFINITY, -INFINITY};
    for (int k = 0; k < SEEDS; k++) {
        double v = of(&t[k]);
        r.mean += v / SEEDS;
        r.least = fmin(r.least, v);
        r.most = fmax(r.most, v);
    }
    return r;
}

@ These are the numbers, and some that the tests ask for: the factor from layer
to layer of the signal and of the gradient, and how far the weight gradients lie apart.

@<Judge the numbers of Glorot and Bengio@>=
static double singular(const thread *t) { return t->singular; }
static double bottom(const thread *t) { return t->y[0].deviation; }
static double top(const thread *t) { return t->y[HIDDEN - 1].deviation; }
static double up(const thread *t)
{
    return pow(top(t) / bottom(t), 1.0 / (HIDDEN - 1));
}
static double down(const thread *t)
{
    return pow(t->back[0].deviation / t->back[HIDDEN - 1].deviation,
               1.0 / (HIDDEN - 1));
}
static double apart(const thread *t)
{
    double least = INFINITY, most = 0;
    for (int l = 0; l < HIDDEN; l++) {
        least = fmin(least, t->weight[l].deviation);
        most = fmax(most, t->weight[l].deviation);
    }
    return most / least;
}

@ Each row names what was compared, and the verdict follows from the
tolerance alone.

@<Judge the numbers of Glorot and Bengio@>=
static int report(FILE *paper, const char *what, double theirs,
                  double tolerance, range ours)
{
    bool reproduced = fabs(ours.mean - theirs) <= tolerance;
    const char *verdict = reproduced ? "reproduced" : "did not reproduce";
    fprintf(paper, "%s\t%.3g\t%.3f\t%.3f to %.3f\twithin %.3g\t%s\n", what,
            theirs, ours.mean, ours.least, ours.most, tolerance, verdict);
    printf("%-42s %5.3g %7.3f %7.3f to %.3f\n%42s %s\n", what, theirs,
           ours.mean, ours.least, ours.most, "", verdict);
    return reproduced;
}

@ ``Around 0.8'' is taken as within 0.05. A deviation that somebody read
off a histogram cannot be better than fifteen per cent.

@<Judge the numbers of Glorot and Bengio@>=
static void judge_figures(const thread *a, const thread *b)
{
    FILE *paper = fopen("glorot.paper", "w"), *val = fopen("glorot.val", "w");
    GP_REQUIRE(paper != NULL && val != NULL, "cannot write glorot.val");
    int yes = 0;
    printf("\n%-42s %5s %7s %s\n", "", "paper", "ours", "over seeds");
    yes += report(paper, "singular value of a Jacobian, standard", 0.5, 0.05,
                  over_seeds(a, singular));
    yes += report(paper, "singular value of a Jacobian, normalized", 0.8, 0.05,
                  over_seeds(b, singular));
    @<Judge the deviations of the activations@>@;
    @<Write what the text says of the five layers@>@;
    fclose(paper);
    fclose(val);
}

@ The first of these was used to set the size of the inputs.

@<Judge the deviations of the activations@>=
yes += report(paper, "deviation in layer 1, standard", 0.16, 0.15 * 0.16,
              over_seeds(a, bottom));
yes += report(paper, "deviation in layer 5, standard", 0.018, 0.15 * 0.018,
              over_seeds(a, top));
yes += report(paper, "deviation in layer 1, normalized", 0.26, 0.15 * 0.26,
              over_seeds(b, bottom));
yes += report(paper, "deviation in layer 5, normalized", 0.21, 0.15 * 0.21,
              over_seeds(b, top));

@ The rest are figures for the text.

@<Write what the text says of the five layers@>=
double pi = 4 * atan(1.0);
fprintf(val, "seeds\t%d\ncount\t6\ncount-reproduced\t%d\n", SEEDS, yes);
fprintf(val, "gain-standard\t%.3f\nquarter-circle\t%.3f\n", 1 / sqrt(3.0),
        8 / (3 * pi));
fprintf(val, "expected-standard\t%.2f\n", 8 / (3 * pi) / sqrt(3.0));
fprintf(val, "standard-up\t%.4f\nstandard-down\t%.4f\n",
        over_seeds(a, up).mean, over_seeds(a, down).mean);
fprintf(val, "normalized-up\t%.4f\nnormalized-down\t%.4f\n",
        over_seeds(b, up).mean, over_seeds(b, down).mean);
fprintf(val, "weight-range\t%.2f\n", over_seeds(a, apart).most);

@ The deviations of all layers, for the first seed.

@<Print what was measured@>=
static void print_figures(const thread *a, const thread *b)
{
    printf("%5s | %-29s | %s\n", "", "standard", "normalized");
    printf("%5s | %9s %9s %9s | %9s %9s %9s\n", "layer", "activ.",
           "gradient", "weights'", "activ.", "gradient", "weights'");
    for (int l = 0; l < HIDDEN; l++)
        printf("%5d | %9.4f %9.2e %9.2e | %9.4f %9.2e %9.2e\n", l + 1,
               a->y[l].deviation, a->back[l].deviation,
               a->weight[l].deviation, b->y[l].deviation,
               b->back[l].deviation, b->weight[l].deviation);
}

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
/* The Euclidean norm of all gradients together; state is passed over. */
double gp_gradient_norm(size_t n, gp_parameter *const parameter[]);
/* Scales the gradients to norm at most |limit|; returns the norm before. */
double gp_clip_by_norm(size_t n, gp_parameter *const parameter[],
                       double limit);
/* Limits every component of every gradient to $\pm$|limit|. */
void gp_clip_by_value(size_t n, gp_parameter *const parameter[],
                      double limit);
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

From the weight \val{cliff}{start-w} and the bias \val{cliff}{start-b} plain descent comes down
the slope to the foot of the wall. At step \val{cliff}{thrown-at} it touches the
wall, meets a gradient of norm \val{cliff}{plain-worst}, and is thrown about, to end at a weight of
\val{cliff}{plain-w} and a bias of \val{cliff}{plain-b}\claim{plain_descent_is_thrown_off_the_cliff}. There the unit is saturated, and its
gradient is \val{cliff}{plain-last} from then on: an explosion that ends in vanishing. With the norm clipped to
\val{cliff}{limit} the same descent meets gradients of up to
\val{cliff}{clipped-worst} and takes them as directions only. It does not settle, since
the valley it has found ends at the wall, and it is pushed back from there again and
again. But it stays: in \val{cliff}{clipped-share} of the second half of its steps
the loss is below 0.01, where plain descent is left with
\val{cliff}{plain-loss}\claim{clipped_descent_stays}.

@ The recurrent unit is the chain of Section~\ref{sec:product} with one pair of
parameters for all layers. The backward pass of the dense layer overwrites its
gradients, so they are summed here: a parameter that is used 50 times gets the
sum of the gradients of its uses.

@(tangled/experiments/cliff.c@>=
#include "clip.h"
#include "dense.h"
#include "sigmoid.h"
#include <stdio.h>
#include <tgmath.h>
enum { TIMES = 50, STEPS = 1000 };
static const gp_real start_w = 5, start_b = (gp_real)-2.2, rate = (gp_real)0.1;
static const double limit = 0.1;
typedef struct {
    double loss[STEPS], norm[STEPS], w, b;
} descent;
@<The loss of a unit that feeds itself, and its gradient@>@;
@<Descend with or without clipping@>@;
@<Write the two descents@>@;
int main(void)
{
    static descent plain, clipped;
    descend(INFINITY, &plain);
    descend(limit, &clipped);
    write_descents(&plain, &clipped);
    return 0;
}

@ Up the chain: $s_t=\sigma(x_t)$, and $x_{t+1}$ from it. The loss reads the last |s|.

@<The loss of a unit that feeds itself, and its gradient@>=
static gp_matrix one(gp_real *at)
{
    return gp_matrix_view(at, 1, 1, 1);
}
static double loss_and_gradient(gp_layer *dense, gp_layer *unit)
{
    gp_real x[TIMES + 1] = {(gp_real)0.5}, s[TIMES + 1], dw = 0, db = 0;
    gp_pass pass = {true, NULL};
    for (int t = 0; t <= TIMES; t++) {
        gp_matrix in = one(&x[t]), out = one(&s[t]);
        gp_layer_forward(unit, &in, &out, &pass);
        if (t == TIMES)
            break;
        gp_matrix next = one(&x[t + 1]);
        gp_layer_forward(dense, &out, &next, &pass);
    }
    @<Go back through the times and sum the gradients@>@;
    return pow((double)s[TIMES] - 0.7, 2);
}

@ Down again: the derivative of the loss enters at the last |s|, and every use
of the dense layer adds its part.

@<Go back through the times and sum the gradients@>=
gp_real ds = 2 * (s[TIMES] - (gp_real)0.7), dx;
for (int t = TIMES; t >= 0; t--) {
    gp_matrix in = one(&x[t]), out = one(&s[t]), d = one(&ds), e = one(&dx);
    gp_layer_backward(unit, &in, &out, &d, &e);
    if (t == 0)
        break;
    gp_matrix before = one(&s[t - 1]);
    gp_layer_backward(dense, &before, &in, &e, &d);
    dw += dense->parameter[0].gradient.at[0];
    db += dense->parameter[1].gradient.at[0];
}
dense->parameter[0].gradient.at[0] = dw;
dense->parameter[1].gradient.at[0] = db;

@ A limit of infinity clips nothing.

@<Descend with or without clipping@>=
static void descend(double most, descent *d)
{
    gp_layer *dense = gp_dense_new(1, 1, true, NULL);
    gp_layer *unit = gp_activation_new(&gp_sigmoid, 1,
                                       @[(gp_activation_arguments){0, 0}@],
                                       NULL);
    GP_REQUIRE(dense != NULL && unit != NULL, "no memory");
    gp_parameter *p[2] = {&dense->parameter[0], &dense->parameter[1]};
    p[0]->value.at[0] = start_w;
    p[1]->value.at[0] = start_b;
    for (int i = 0; i < STEPS; i++) {
        d->loss[i] = loss_and_gradient(dense, unit);
        d->norm[i] = gp_clip_by_norm(2, p, most);
        for (int k = 0; k < 2; k++)
            p[k]->value.at[0] -= rate * p[k]->gradient.at[0];
    }
    d->w = (double)p[0]->value.at[0], d->b = (double)p[1]->value.at[0];
    gp_layer_free(dense);
    gp_layer_free(unit);
}

@ The table shows a few steps of both.

@<Write the two descents@>=
@<Tell where the largest gradient was met@>@;
static void write_descents(const descent *plain, const descent *clipped)
{
    FILE *tsv = fopen("cliff.tsv", "w"), *val = fopen("cliff.val", "w");
    GP_REQUIRE(tsv != NULL && val != NULL, "cannot write cliff.tsv");
    printf("      |       plain            |       clipped\n");
    printf(" step |     loss        norm   |     loss        norm\n");
    for (int i = 0; i < STEPS; i++) {
        fprintf(tsv, "%d\t%g\t%g\t%g\t%g\n", i, plain->loss[i],
                fmax(plain->norm[i], 1e-12), clipped->loss[i],
                clipped->norm[i]);
        if (i % 100 == 0 || i == STEPS - 1)
            printf("%5d | %10.3g %10.3g  | %10.3g %10.3g\n", i,
                   plain->loss[i], plain->norm[i], clipped->loss[i],
                   clipped->norm[i]);
    }
    @<Write what the text says of the cliff@>@;
    fclose(tsv);
    fclose(val);
}

@ The step that met the largest gradient.

@<Tell where the largest gradient was met@>=
static int worst(const descent *d)
{
    int at = 0;
    for (int i = 1; i < STEPS; i++)
        if (d->norm[i] > d->norm[at])
            at = i;
    return at;
}

@ And the figures.

@<Write what the text says of the cliff@>=
int p = worst(plain), c = worst(clipped);
fprintf(val, "start-w\t%g\nstart-b\t$%.1f$\nlimit\t%g\nthrown-at\t%d\n",
        (double)start_w, (double)start_b, limit, p);
fprintf(val, "plain-worst\t%.0f\nplain-w\t$%.1f$\nplain-b\t$%.1f$\n",
        plain->norm[p], plain->w, plain->b);
fprintf(val, "plain-loss\t%.4f\nplain-last\t%.0e\n", plain->loss[STEPS - 1],
        plain->norm[STEPS - 1]);
int below = 0;
for (int i = STEPS / 2; i < STEPS; i++)
    below += clipped->loss[i] < 0.01;
fprintf(val, "clipped-worst\t%.0f\nclipped-share\t$%.0f\\,\\%%$\n",
        clipped->norm[c], 200.0 * below / STEPS);

@* Clipping in a deep network.
\label{sec:clipping-works}
The same in earnest: \val{clipping}{depth} linear layers with gain 1.5, the exploding stack of
Section~\ref{sec:on-purpose} cut to half its depth, trained on Fashion-MNIST
for \val{clipping}{steps} steps without clipping, with the norm clipped to
\val{clipping}{norm}, and with the values clipped to \val{clipping}{value}.
A linear network is the honest case. Tanh would keep the
loss finite whatever the weights, and hide how far they have been thrown.

\cell{clipping}

\plot{clipping}{Training loss of a stack that explodes, with the gradient
clipped by norm and by value. Without clipping the loss leaves the figure after
the first step.}

Without clipping the first step, with a gradient of norm \val{clipping}{first-norm}, makes the loss
\val{clipping}{second-loss}, and after \val{clipping}{dead-at} steps it is not a
number\claim{unclipped_stack_is_lost_in_a_few_steps}. Clipped, the same network with the same learning
rate trains: by norm to a loss of \val{clipping}{norm-loss}, by value to
\val{clipping}{value-loss}\claim{clipped_stacks_train}. In the beginning every step is
clipped, \val{clipping}{norm-share} of all by the end, so that the length of the
steps is set by the limit and no longer by the gradient.

@ Two warnings. Clipping is a limit on damage. It does not make the layers agree with
each other; a network that needs it in every step has a bad start, and
Chapter~\ref{ch:initialization} gives it a better one. And it does nothing at all for a gradient that
vanishes: what is shorter than the limit passes unchanged. One could scale
\emph{up} what is short, but a gradient that has lost its way between layers
has lost more than its length. In the table of
Section~\ref{sec:diagnose} the signal had gone too.

@(tangled/experiments/clipping.c@>=
#include <stdlib.h>
#include <tgmath.h>
@<Networks on the bench@>@;
#include "clip.h"
#include "optimizer.h"
enum { DEPTH = 10, STEPS = 600, BATCH = 50, EVERY = 20, WAYS = 3 };
static const double rate = 0.1, by_norm = 5, by_value = 0.05;
typedef struct {
    double loss[STEPS], norm[STEPS];
} tally;
@<Train the exploding stack@>@;
@<Report how the three ways ended@>@;
int main(void)
{
    gp_dataset data;
    static tally t[WAYS];
    open_images(&data);
    train(&data, INFINITY, INFINITY, &t[0]);
    train(&data, by_norm, INFINITY, &t[1]);
    train(&data, INFINITY, by_value, &t[2]);
    report(t);
    gp_dataset_free(&data);
    return 0;
}

@ The optimizer of Chapter~\ref{ch:laboratory} calls the clipping functions
before each step, if it is given a limit. The norm that we note is the one
before.

@<Train the exploding stack@>=
static void train(const gp_dataset *data, double clip_norm,
                  double clip_value, tally *t)
{
    specimen *s = malloc(sizeof *s);
    gp_optimizer_options how = gp_sgd(@[.learning_rate@] = rate,
        @[.clip_norm@] = clip_norm, @[.clip_value@] = clip_value);
    GP_REQUIRE(s != NULL, "no memory");
    prepare(s, "10*(dense:100:lecun_uniform) dense:10", data->features,
            BATCH, 1.5, 3);
    gp_optimizer *o = gp_optimizer_new(s->net, how, NULL);
    GP_REQUIRE(o != NULL, "no memory");
    for (size_t i = 0; i < STEPS; i++) {
        @<Take step |i| on the exploding stack@>@;
    }
    gp_optimizer_free(o);
    gp_network_free(s->net);
    free(s);
}

@ A run that has lost its numbers is not continued.

@<Take step |i| on the exploding stack@>=
gp_matrix x = gp_matrix_rows(&data->train.x, i * BATCH, BATCH);
gp_parameter *p[2 * MOST_LAYERS];
size_t n = gp_optimizer_parameters(o);
t->loss[i] = NAN;
if (i == 0 || !isnan(t->loss[i - 1]))
    t->loss[i] = gp_network_gradients(s->net, &x,
                                      data->train.labels + i * BATCH);
for (size_t k = 0; k < n; k++)
    p[k] = gp_optimizer_parameter(o, k);
t->norm[i] = gp_gradient_norm(n, p);
if (!isnan(t->loss[i]))
    gp_optimizer_step(o, NULL);

@ Losses of single batches jump about, and the plot and the table show means of
|EVERY| steps.

@<Report how the three ways ended@>=
static double mean_loss(const tally *t, int first, int count)
{
    double sum = 0;
    for (int i = first; i < first + count; i++)
        sum += t->loss[i] / count;
    return sum;
}

@ A loss that is not a number is printed as such.

@<Report how the three ways ended@>=
static void report(const tally *t)
{
    FILE *tsv = fopen("clipping.tsv", "w"), *val = fopen("clipping.val", "w");
    GP_REQUIRE(tsv != NULL && val != NULL, "cannot write clipping.tsv");
    @<Print the first steps one by one@>@;
    for (int i = 0; i < STEPS; i += EVERY) {
        fprintf(tsv, "%d\t%g\t%g\n", i + EVERY / 2,
                mean_loss(&t[1], i, EVERY), mean_loss(&t[2], i, EVERY));
        if (i % 100 == 0 || i + EVERY >= STEPS)
            printf("%4d to %-4d %12.3g %14.3g %14.3g\n", i, i + EVERY - 1,
                   fabs(mean_loss(&t[0], i, EVERY)),
                   mean_loss(&t[1], i, EVERY), mean_loss(&t[2], i, EVERY));
    }
    @<Write what the text says of clipping@>@;
    fclose(tsv);
    fclose(val);
}

@ The whole drama of the plain run takes a handful of steps.

@<Print the first steps one by one@>=
printf("%-12s %12s %14s %14s\n", "loss, step", "plain", "norm", "value");
for (int i = 0; i < 5; i++)
    printf("%-12d %12.3g %14.3g %14.3g\n", i, fabs(t[0].loss[i]),
           t[1].loss[i], t[2].loss[i]);

@ The share of the steps of which the limit cut something is counted on the run
that clips by norm.

@<Write what the text says of clipping@>=
int dead = 0, clipped = 0;
for (int i = 0; i < STEPS; i++)
    clipped += t[1].norm[i] > by_norm;
while (dead < STEPS && isfinite(t[0].loss[dead]))
    dead++;
fprintf(val, "depth\t%d\nsteps\t%d\nnorm\t%g\nvalue\t%g\n", DEPTH, STEPS,
        by_norm, by_value);
fprintf(val, "first-norm\t%.0f\nsecond-loss\t$%.0f\\cdot10^{%.0f}$\n",
        t[0].norm[0], t[0].loss[1] / pow(10, floor(log10(t[0].loss[1]))),
        floor(log10(t[0].loss[1])));
fprintf(val, "dead-at\t%d\nnorm-share\t$%.0f\\,\\%%$\n", dead,
        100.0 * clipped / STEPS);
fprintf(val, "norm-loss\t%.2f\nvalue-loss\t%.2f\n",
        mean_loss(&t[1], STEPS - EVERY, EVERY),
        mean_loss(&t[2], STEPS - EVERY, EVERY));

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
