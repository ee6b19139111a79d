@i common.w

@** The gradient problem.
\label{ch:gradient-problem}
A deep network is a composition of many functions, and its gradient is a
product of as many derivatives. A product of many factors has a habit: unless
the factors are close to one, it goes to zero or to infinity. This chapter
makes both happen on purpose and measures them layer by layer.

@* The logistic function and tanh.
\label{sec:logistic}
For decades the natural choice for a unit was a smooth step. The logistic
function
\[ \sigma(z) = \frac{1}{1+e^{-z}} \]
goes from 0 to 1; the hyperbolic tangent,
$\tanh z = 2\sigma(2z)-1$, goes from $-1$ to 1 and is odd. Both are given to
the network as activation types in the sense of
Section~\ref{sec:activation}, and so is the identity, which stands where a
stack without any activation is wanted.

@(tangled/sigmoid.h@>=
#pragma once
#include "layer.h"

extern const gp_activation_type gp_sigmoid;  /* $1/(1+e^{-z})$ */
extern const gp_activation_type gp_tanh;     /* $\tanh z$ */
extern const gp_activation_type gp_identity; /* $z$ */

@ The loops are independent from element to element, so the compiler may do
eight or sixteen of them at once. For large negative $z$ the exponential
overflows to infinity, and $1/(1+\infty)=0$ is the right limit.

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

@ The derivative needs no second exponential:
\[ \sigma'(z) = \frac{e^{-z}}{(1+e^{-z})^2} = \sigma(z)\,(1-\sigma(z)). \]

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

@ Likewise $\tanh' z = 1-\tanh^2 z$.

@(tangled/sigmoid.c@>=
static void hyperbolic_tangent(size_t n, const real *restrict x,
                               real *restrict y, gp_activation_arguments a)
{
    (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        y[i] = tanh(x[i]);
}

@ @(tangled/sigmoid.c@>=
static void hyperbolic_tangent_slope(size_t n, const real *restrict x,
                                     const real *restrict y,
                                     const real *restrict dy,
                                     real *restrict dx,
                                     gp_activation_arguments a)
{
    (void)x, (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        dx[i] = dy[i] * (1 - y[i] * y[i]);
}

const gp_activation_type gp_tanh = {
    {"tanh", gp_activation_forward, gp_activation_backward, NULL, NULL},
    hyperbolic_tangent, hyperbolic_tangent_slope};

@ @(tangled/sigmoid.c@>=
static void identity(size_t n, const real *restrict x, real *restrict y,
                     gp_activation_arguments a)
{
    (void)a;
    for (size_t i = 0; i < n; i++)
        y[i] = x[i];
}

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

@* Diagnostics.
\label{sec:diagnose}
Whether a network can learn is visible before it has taken a step. The
questions are few. Do the activations keep a spread, or do all samples look
the same after some layers? Do units sit on the flat ends of their function?
Is a unit zero for every sample? And does the gradient arrive at the first
layers with a size that still compares to the one at the last?

What follows describes one matrix, a sample a row. The spread over the samples
is what carries information, so the deviation is taken over all elements
together with one mean.

@(tangled/diagnose.h@>=
#pragma once
#include "layer.h"
#include <stdio.h>

#define GP_BINS 20
typedef struct {
    double mean, deviation, minimum, maximum;
    size_t histogram[GP_BINS]; /* equal bins from minimum to maximum */
    bool finite;               /* no infinity and no NaN among the values */
} gp_statistics;
gp_statistics gp_describe(const gp_matrix *y);

@ A diagnosis of a layer. Slopes are local: the gradient below an elementwise
layer over the gradient above it, element by element.

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
const char *gp_verdict_word(gp_verdict verdict);
void gp_diagnose_print(FILE *file, size_t layers,
                       const gp_diagnosis diagnosis[]);

@ Two passes: the mean first, then the spread about it. One pass over sums of
squares would lose all digits where the mean is large and the spread small.

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

@ @(tangled/diagnose.c@>=
gp_statistics gp_describe(const gp_matrix *y)
{
    gp_statistics s = {0};
    extremes(y, &s);
    double width = s.maximum - s.minimum, sum = 0;
    for (size_t i = 0; s.finite && i < y->rows; i++)
        for (size_t j = 0; j < y->cols; j++) {
            double v = (double)gp_row(y, i)[j];
            double bin = width > 0 ? (v - s.minimum) / width * GP_BINS : 0;
            s.histogram[bin < GP_BINS ? (size_t)bin : GP_BINS - 1]++;
            sum += (v - s.mean) * (v - s.mean);
        }
    s.deviation = s.finite ? sqrt(sum / (double)(y->rows * y->cols)) : NAN;
    return s;
}

@ A gradient's size is its root mean square: the norm alone would grow with
the width of the layer and the size of the batch.

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

@ A unit is dead for this batch if its slope is zero for every sample: then
none of its weights gets a gradient. The steepest slope of the three bounded
functions is 1/4, 1 and 1/6; a tenth of it, or less, is called saturated.

@(tangled/diagnose.c@>=
static double steepest(const char *word)
{
    return strcmp(word, "sigmoid") == 0        ? 1 / 4.0
           : strcmp(word, "tanh") == 0         ? 1
           : strcmp(word, "hard_sigmoid") == 0 ? 1 / 6.0 : 0;
}

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

@ The layers without parameters work element by element, all but batch
normalization (which has parameters) and the dense layer.

@(tangled/diagnose.c@>=
static bool is_elementwise(const gp_layer *layer)
{
    return layer->parameters == 0 || strcmp(layer->type->name, "prelu") == 0;
}

static void compare_norms(const gp_layer *layer, double learning_rate,
                          gp_diagnosis *d)
{
    double g = 0, w = 0;
    if (strcmp(d->layer, "dense") != 0)
        return;
    g = sqrt(square_sum(&layer->parameter[0].gradient));
    w = sqrt(square_sum(&layer->parameter[0].value));
    d->gradient_to_weight = w > 0 ? g / w : 0;
    d->update_to_weight = learning_rate * d->gradient_to_weight;
}

@ The verdict compares with the output of the last hidden layer, whose
gradient has passed only the weights of the last. A gradient that has lost or won
a factor of 100, or a factor of two a dense layer on the way, is on its way to
zero or infinity; so are activations whose spread has gone below a
thousandth.

@(tangled/diagnose.c@>=
static gp_verdict judge(const gp_diagnosis *d, size_t dense_layers)
{
    double rate = dense_layers > 0
                      ? pow(d->relative, 1 / (double)dense_layers) : 1;
    if (!d->output.finite || !isfinite(d->gradient) || d->relative > 100
        || rate > 2 || d->output.deviation > 1000)
        return GP_EXPLODING;
    if (d->relative < 0.01 || rate < 0.5 || d->output.deviation < 1e-3)
        return GP_VANISHING;
    return d->dead > 0.5 ? GP_DYING
           : d->saturated > 0.5 ? GP_SATURATED : GP_HEALTHY;
}

@ @(tangled/diagnose.c@>=
void gp_diagnose(size_t layers, gp_layer *const layer[],
                 const gp_matrix *const output[],
                 const gp_matrix *const delta[], double learning_rate,
                 gp_diagnosis diagnosis[])
{
    size_t last = layers > 1 ? layers - 2 : 0, dense_layers = 0;
    double reference = root_mean_square(delta[last]);
    for (size_t l = layers; l-- > 0;) {
        gp_diagnosis *d = &diagnosis[l];
        *d = (gp_diagnosis){layer[l]->type->name};
        d->output = gp_describe(output[l]);
        d->gradient = root_mean_square(delta[l]);
        d->relative = l <= last ? d->gradient / reference : 1;
        if (is_elementwise(layer[l]) && l > 0)
            examine_slopes(delta[l - 1], delta[l], d);
        compare_norms(layer[l], learning_rate, d);
        dense_layers += l <= last && strcmp(d->layer, "dense") == 0;
        d->verdict = judge(d, dense_layers);
    }
}

@ The terminal table has a line a layer, from the input upward.

@(tangled/diagnose.c@>=
const char *gp_verdict_word(gp_verdict verdict)
{
    static const char *const words[] = {
        "healthy", "vanishing", "exploding", "saturated", "dying"};
    return words[verdict];
}

void gp_diagnose_print(FILE *file, size_t layers, const gp_diagnosis *d)
{
    fprintf(file, "%4s %-13s %9s %9s %6s %6s %9s %9s  %s\n", "", "layer",
            "mean", "deviation", "satur.", "dead", "gradient", "grad/wgt",
            "verdict");
    for (size_t l = 0; l < layers; l++, d++)
        fprintf(file, "%4zu %-13.13s %9.2e %9.2e %5.0f%% %5.0f%% %9.2e %9.2e"
                "  %s\n", l + 1, d->layer, d->output.mean,
                d->output.deviation, 100 * d->saturated, 100 * d->dead,
                d->gradient, d->gradient_to_weight,
                gp_verdict_word(d->verdict));
}

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
