@i common.w

@** The ReLU family.
\label{ch:relu-family}
A sigmoid unit passes at most a quarter of a gradient on, and a saturated one passes next to nothing
(Chapter~\ref{ch:gradient-problem}). Initialization keeps units away from their flat ends at the start
(Chapter~\ref{ch:initialization}), but it promises nothing about where training takes them. This chapter
changes the function itself. The rectifier $f(z)=\max(0,z)$ has slope one wherever it is active, at
$z=1$ and at $z=1000$. It took over deep learning within two years of \citet{glorot2011deep} and
\citet{krizhevsky2012imagenet}, and it brought a failure of its own: a unit that is never active
learns nothing, for ever.

The chapter makes the module |relu|: the rectifier, its leaky relatives (fixed slope, random slope, learned
slope) and the smooth ones that came later. It then kills units on purpose, counts them, wakes them up, and
repeats in small what \citet{xu2015empirical} measured on convolutional networks.

@* One interface for the family.
\label{sec:relu-interface}
Nearly all of these functions work on one number at a time and learn nothing. For them Chapter~\ref{ch:groundwork}
has the type |gp_activation_type|: a row loop that is written once, and two kernels, one for $f$ and one for the product of $f'$ with
the gradient from above. Two members of the family hold more than a formula. PReLU trains its slope, and RReLU
draws one for each element; they are layers with state and get constructors of their own.

@(tangled/relu.h@>=
#pragma once
#include "layer.h"
@<Activations that are a formula only@>@;
@<Activations that keep something@>@;

@ Where a function has a parameter, it is |alpha| (and |beta|) of |gp_activation_arguments|. The derivative at a
kink is a choice, since the left and the right one differ. We take PyTorch's: 0 for the rectifier at 0, the slope of the
negative side for the leaky ones, 0 for the hard sigmoid at both of its corners.

@<Activations that are a formula only@>=
extern const gp_activation_type gp_relu; /* $\max(0,z)$ */
extern const gp_activation_type gp_leaky_relu; /* $z$, below 0 |alpha| times $z$ */
extern const gp_activation_type gp_gelu; /* $z\,\Phi(z)$ */
extern const gp_activation_type gp_gelu_tanh; /* $z\,\sigma(2u)$, see Section~\ref{sec:gelu} */
extern const gp_activation_type gp_swish; /* $z\,\sigma(z)$ */
extern const gp_activation_type gp_mish; /* $z\tanh(\log(1+e^z))$ */
extern const gp_activation_type gp_softplus; /* $\log(1+e^z)$ */
extern const gp_activation_type gp_hard_sigmoid; /* |alpha| $z$ + |beta|, cut at 0 and 1 */
extern const gp_activation_type gp_celu; /* |alpha| $(e^{z/\alpha}-1)$ below 0 */

@ The two constructors return |NULL| and fill |error| when memory is short.

@<Activations that keep something@>=
/* slope trained: one for all units if |shared|, else one for each; parameter |"slope"| */
gp_layer *gp_prelu_new(size_t width, bool shared, real initial,
                       gp_error *error);
/* slope drawn from $[$|lower|, |upper|$]$ for each element in training, their mean else */
gp_layer *gp_rrelu_new(size_t width, real lower, real upper,
                       gp_error *error);

@ The implementation follows the chapter's order: the formulas, then the two layers with state.

@(tangled/relu.c@>=
#include "relu.h"
#include <math.h>
@<Kernels of the rectifiers@>@;
@<Helpers of the smooth kernels@>@;
@<Kernels of the wider family@>@;
@<PReLU@>@;
@<RReLU@>@;

@* The rectifier.
\label{sec:relu}
The kernel is one comparison. It is written as ``0 if $x<0$, else $x$'' and not the other way round, so that a NaN
passes through: a network that has diverged should say so, and a rectifier that quietly turns NaN into 0 hides it.
Compilers make of this line one vector instruction, the maximum.

@<Kernels of the rectifiers@>=
static void relu(size_t n, const real *restrict x, real *restrict y,
                 gp_activation_arguments a)
{
    (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] < 0 ? 0 : x[i];
}

@ The gradient is let through or stopped. A selection, not a multiplication by 0 or 1: an infinite gradient behind an
inactive unit would otherwise become NaN.

@<Kernels of the rectifiers@>=
static void relu_slope(size_t n, const real *restrict x,
                       const real *restrict y, const real *restrict dy,
                       real *restrict dx, gp_activation_arguments a)
{
    (void)y, (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        dx[i] = x[i] > 0 ? dy[i] : 0;
}
const gp_activation_type gp_relu = {
    {"relu", gp_activation_forward, gp_activation_backward, NULL, NULL},
    relu, relu_slope};

@* The leaky rectifier.
\label{sec:leaky}
\begin{equation}\label{eq:leaky}
f(z)=\begin{cases} z & z>0\\ \alpha z & z\le 0\end{cases}\qquad
f'(z)=\begin{cases} 1 & z>0\\ \alpha & z\le 0\end{cases}
\end{equation}
For $\alpha\le 1$ this is $\max(\alpha z,z)$, the form in which it is often written; for $\alpha>1$ the maximum would pick the wrong branch,
so the kernel compares.

@<Kernels of the rectifiers@>=
static void leaky_relu(size_t n, const real *restrict x,
                       real *restrict y, gp_activation_arguments a)
{
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] > 0 ? x[i] : a.alpha * x[i];
}

@ At $z=0$ both kernels take the left branch.

@<Kernels of the rectifiers@>=
static void leaky_relu_slope(size_t n, const real *restrict x,
                             const real *restrict y,
                             const real *restrict dy,
                             real *restrict dx, gp_activation_arguments a)
{
    (void)y;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        dx[i] = x[i] > 0 ? dy[i] : a.alpha * dy[i];
}
const gp_activation_type gp_leaky_relu = {
    {"leaky_relu", gp_activation_forward, gp_activation_backward, NULL,
     NULL},
    leaky_relu, leaky_relu_slope};

@* RReLU, a slope drawn at random.
\label{sec:rrelu}
\citet{xu2015empirical} draw the negative slope anew for each element and each training step, uniformly between $\frac18$ and
$\frac13$, and use one fixed slope in the test. Here it is the mean $(\frac18+\frac13)/2=\frac{11}{48}$, as in PyTorch.

The layer remembers the slopes of the last training pass, because the backward pass must use the same ones.

@<RReLU@>=
typedef struct {
    gp_layer layer;
    real lower, upper;
    gp_matrix slope; /* one for each element of the largest batch */
    bool drawn; /* the last pass was a training pass */
} rrelu_layer;

@ The slopes take as much room as the layer's output.

@<RReLU@>=
static gp_status rrelu_reserve(gp_layer *layer, size_t batch,
                               gp_error *error)
{
    rrelu_layer *rrelu = (rrelu_layer *)layer;
    if (rrelu->slope.rows >= batch)
        return GP_OK;
    gp_matrix_free(&rrelu->slope);
    return gp_matrix_new(&rrelu->slope, batch, layer->outputs, error);
}
static void rrelu_free(gp_layer *layer)
{
    gp_matrix_free(&((rrelu_layer *)layer)->slope);
}

@ In a test the layer is a leaky rectifier, and calls that kernel. In training each row has its own slopes.

@<RReLU@>=
static void rrelu_forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                          const gp_pass *pass)
{
    rrelu_layer *rrelu = (rrelu_layer *)layer;
    gp_activation_arguments mean = {(rrelu->lower + rrelu->upper) / 2, 0};
    rrelu->drawn = pass->training;
    if (rrelu->drawn)
        @<Draw a slope for each element of this batch@>@;
    for (size_t i = 0; i < x->rows; i++)
        if (rrelu->drawn)
            sloped(x->cols, gp_row(x, i), gp_row(&rrelu->slope, i),
                   gp_row(y, i));
        else
            leaky_relu(x->cols, gp_row(x, i), gp_row(y, i), mean);
}

@ The generator belongs to the pass, so that a run can be repeated and a layer holds no hidden state.

@<Draw a slope for each element of this batch@>=
{
    GP_REQUIRE(pass->random != NULL && x->rows <= rrelu->slope.rows,
               "rrelu: training needs a generator and room for %zu rows,"
               " reserved are %zu", x->rows, rrelu->slope.rows);
    gp_matrix slope = gp_matrix_rows(&rrelu->slope, 0, x->rows);
    gp_random_fill_uniform(pass->random, &slope, rrelu->lower,
                           rrelu->upper);
}

@ Backward, the same distinction. Nothing is trained here, so without |dx| there is nothing to do.

@<RReLU@>=
static void rrelu_backward(gp_layer *layer, const gp_matrix *x,
                           const gp_matrix *y, const gp_matrix *dy,
                           gp_matrix *dx)
{
    const rrelu_layer *rrelu = (const rrelu_layer *)layer;
    gp_activation_arguments mean = {(rrelu->lower + rrelu->upper) / 2, 0};
    for (size_t i = 0; dx != NULL && i < x->rows; i++)
        if (rrelu->drawn)
            sloped_slope(x->cols, gp_row(x, i), gp_row(&rrelu->slope, i),
                         gp_row(dy, i), gp_row(dx, i));
        else
            leaky_relu_slope(x->cols, gp_row(x, i), gp_row(y, i),
                             gp_row(dy, i), gp_row(dx, i), mean);
}

@ The constructor only notes the interval.

@<RReLU@>=
static const gp_layer_type rrelu_type = {
    "rrelu", rrelu_forward, rrelu_backward, rrelu_reserve, rrelu_free};
gp_layer *gp_rrelu_new(size_t width, real lower, real upper,
                       gp_error *error)
{
    gp_layer *layer;

    if (!(lower <= upper && isfinite(lower) && isfinite(upper))) {
        gp_fail(error, GP_BAD_INPUT, "rrelu: [%g, %g] is not an interval",
                (double)lower, (double)upper);
        return NULL;
    }
    layer = gp_layer_new(&rrelu_type, sizeof(rrelu_layer), width, width,
                         error);
    if (layer) {
        rrelu_layer *rrelu = (rrelu_layer *)layer;
        rrelu->lower = lower;
        rrelu->upper = upper;
    }
    return layer;
}

@ A slope for each element: the two kernels that RReLU in training and PReLU with a slope for each unit share.

@<Kernels of the rectifiers@>=
static void sloped(size_t n, const real *restrict x,
                   const real *restrict slope, real *restrict y)
{
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] > 0 ? x[i] : slope[i] * x[i];
}
static void sloped_slope(size_t n, const real *restrict x,
                         const real *restrict slope,
                         const real *restrict dy, real *restrict dx)
{
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        dx[i] = x[i] > 0 ? dy[i] : slope[i] * dy[i];
}

@* PReLU, a slope that is learned.
\label{sec:prelu}
If nobody knows the right $\alpha$, gradient descent may look for it. \citet{he2015delving} make the slope a parameter, one for
all units of a layer or one for each channel (in a dense layer: for each unit). The gradient needs one line of calculus. From
\eqref{eq:leaky}, $\partial f/\partial\alpha=\min(z,0)$, and every element that used the slope contributes:
\begin{equation}\label{eq:prelu}
\frac{\partial L}{\partial\alpha_j}=\sum_i \frac{\partial L}{\partial y_{ij}}\min(z_{ij},0),\qquad
\frac{\partial L}{\partial\alpha}=\sum_j\frac{\partial L}{\partial\alpha_j}.
\end{equation}
Positive inputs do not appear: a unit that is always active learns nothing about its slope.

@<PReLU@>=
static void prelu_forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                          const gp_pass *pass)
{
    const gp_matrix *slope = &layer->parameter[0].value;
    gp_activation_arguments shared = {slope->at[0], 0};
    (void)pass;
    for (size_t i = 0; i < x->rows; i++)
        if (slope->cols == x->cols)
            sloped(x->cols, gp_row(x, i), slope->at, gp_row(y, i));
        else
            leaky_relu(x->cols, gp_row(x, i), gp_row(y, i), shared);
}

@ The shared slope is the sum of \eqref{eq:prelu} over everything. It is gathered a row at a time, in |real| within the row and
in |double| over the rows.

@<PReLU@>=
static double sum_below(size_t n, const real *restrict x,
                        const real *restrict dy)
{
    real sum = 0;
    GP_SIMD_REDUCE(+, sum)
    for (size_t i = 0; i < n; i++)
        sum += x[i] > 0 ? 0 : dy[i] * x[i];
    return sum;
}

@ A slope for each unit gathers its own column. The rows run in the outer loop, so that the inner one walks along memory.

@<PReLU@>=
static void gather_below(size_t n, const real *restrict x,
                         const real *restrict dy, real *restrict dslope)
{
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        dslope[i] += x[i] > 0 ? 0 : dy[i] * x[i];
}

@ The backward pass overwrites the gradient of the slope and, where it is wanted, makes |dx| like a leaky rectifier.

@<PReLU@>=
static void prelu_backward(gp_layer *layer, const gp_matrix *x,
                           const gp_matrix *y, const gp_matrix *dy,
                           gp_matrix *dx)
{
    const gp_matrix *slope = &layer->parameter[0].value;
    gp_matrix *dslope = &layer->parameter[0].gradient;
    double total = 0;
    gp_matrix_fill(dslope, 0);
    for (size_t i = 0; i < x->rows; i++)
        if (slope->cols == x->cols)
            gather_below(x->cols, gp_row(x, i), gp_row(dy, i), dslope->at);
        else
            total += sum_below(x->cols, gp_row(x, i), gp_row(dy, i));
    if (slope->cols != x->cols)
        dslope->at[0] = (real)total;
    @<Propagate through the learned slopes@>@;
}

@ @<Propagate through the learned slopes@>=
gp_activation_arguments shared = {slope->at[0], 0};
for (size_t i = 0; dx != NULL && i < x->rows; i++)
    if (slope->cols == x->cols)
        sloped_slope(x->cols, gp_row(x, i), slope->at, gp_row(dy, i),
                     gp_row(dx, i));
    else
        leaky_relu_slope(x->cols, gp_row(x, i), gp_row(y, i),
                         gp_row(dy, i), gp_row(dx, i), shared);

@ A layer of one unit is both shared and not; the two agree.

@<PReLU@>=
static const gp_layer_type prelu_type = {"prelu", prelu_forward,
                                         prelu_backward, NULL, NULL};
gp_layer *gp_prelu_new(size_t width, bool shared, real initial,
                       gp_error *error)
{
    gp_layer *layer = gp_layer_new(&prelu_type, sizeof(gp_layer), width,
                                   width, error);
    if (layer && gp_layer_parameter(layer, "slope", 1, shared ? 1 : width,
                                    true, error) != GP_OK) {
        gp_layer_free(layer);
        return NULL;
    }
    if (layer)
        gp_matrix_fill(&layer->parameter[0].value, initial);
    return layer;
}

@* The wider family.
\label{sec:wider}
The rectifier has a corner, and functions without one were soon tried. 

@<Helpers of the smooth kernels@>=
static inline real clamp(real z, real low, real high)
{
    const real above = z < low ? low : z;
    return above > high ? high : above;
}
static inline real logistic(real z)
{
    return 1 / (1 + exp(-z));
}

@ GELU.
\label{sec:gelu}

@<Kernels of the wider family@>=
static void gelu(size_t n, const real *restrict x, real *restrict y,
                 gp_activation_arguments a)
{
    const real minus_root_half = -sqrt((real)0.5);
    (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const real z = x[i] < -40 ? -40 : x[i];
        y[i] = z * (erfc(minus_root_half * z) / 2);
    }
}

@ Derivative.

@<Kernels of the wider family@>=
static void gelu_slope(size_t n, const real *restrict x,
                       const real *restrict y, const real *restrict dy,
                       real *restrict dx, gp_activation_arguments a)
{
    const real minus_root_half = -sqrt((real)0.5);
    const real density_0 = (real)0.39894228040143267794; /* $1/\sqrt{2\pi}$ */
    (void)y, (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const real z = clamp(x[i], -40, 40);
        const real area = erfc(minus_root_half * z) / 2;
        const real density = density_0 * exp(-z * z / 2);
        dx[i] = dy[i] * (area + z * density);
    }
}
const gp_activation_type gp_gelu = {
    {"gelu", gp_activation_forward, gp_activation_backward, NULL, NULL},
    gelu, gelu_slope};

@ The tanh form.

@<Kernels of the wider family@>=
static const double gelu_root = 1.5957691216057307117; /* $2\sqrt{2/\pi}$ */
static const double gelu_cube = 0.044715;
static void gelu_tanh(size_t n, const real *restrict x, real *restrict y,
                      gp_activation_arguments a)
{
    const real root = (real)gelu_root, cube = (real)gelu_cube;
    (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const real z = x[i] < -30 ? -30 : x[i];
        y[i] = z * logistic(root * (z + cube * z * z * z));
    }
}

@ Derivative.

@<Kernels of the wider family@>=
static void gelu_tanh_slope(size_t n, const real *restrict x,
                            const real *restrict y,
                            const real *restrict dy, real *restrict dx,
                            gp_activation_arguments a)
{
    const real root = (real)gelu_root, cube = (real)gelu_cube;
    (void)y, (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const real z = clamp(x[i], -30, 30);
        const real s = logistic(root * (z + cube * z * z * z));
        const real inner = root * (1 + 3 * cube * z * z);
        dx[i] = dy[i] * (s + z * s * (1 - s) * inner);
    }
}
const gp_activation_type gp_gelu_tanh = {
    {"gelu_tanh", gp_activation_forward, gp_activation_backward, NULL,
     NULL},
    gelu_tanh, gelu_tanh_slope};

@ Swish.

@<Kernels of the wider family@>=
static void swish(size_t n, const real *restrict x, real *restrict y,
                  gp_activation_arguments a)
{
    (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const real z = x[i] < -800 ? -800 : x[i];
        y[i] = z * logistic(z);
    }
}
static void swish_slope(size_t n, const real *restrict x,
                        const real *restrict y, const real *restrict dy,
                        real *restrict dx, gp_activation_arguments a)
{
    (void)y, (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const real z = clamp(x[i], -800, 800), s = logistic(z);
        dx[i] = dy[i] * (s + z * s * (1 - s));
    }
}
const gp_activation_type gp_swish = {
    {"swish", gp_activation_forward, gp_activation_backward, NULL, NULL},
    swish, swish_slope};

@ Mish.

@<Kernels of the wider family@>=
static void mish(size_t n, const real *restrict x, real *restrict y,
                 gp_activation_arguments a)
{
    (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const real z = x[i] < -800 ? -800 : x[i];
        const real e = exp(z > 25 ? 25 : z), m = e * (e + 2);
        y[i] = z * (m / (m + 2));
    }
}

@ Derivative.

@<Kernels of the wider family@>=
static void mish_slope(size_t n, const real *restrict x,
                       const real *restrict y, const real *restrict dy,
                       real *restrict dx, gp_activation_arguments a)
{
    (void)y, (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const real z = clamp(x[i], -800, 25), e = exp(z);
        const real m = e * (e + 2);
        const real rest = 4 * e * (1 + e) / (m + 2) / (m + 2);
        dx[i] = dy[i] * (m / (m + 2) + z * rest);
    }
}
const gp_activation_type gp_mish = {
    {"mish", gp_activation_forward, gp_activation_backward, NULL, NULL},
    mish, mish_slope};

@ Softplus.

@<Kernels of the wider family@>=
static void softplus(size_t n, const real *restrict x, real *restrict y,
                     gp_activation_arguments a)
{
    (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        y[i] = (x[i] < 0 ? 0 : x[i]) + log1p(exp(-fabs(x[i])));
}
static void softplus_slope(size_t n, const real *restrict x,
                           const real *restrict y, const real *restrict dy,
                           real *restrict dx, gp_activation_arguments a)
{
    (void)y, (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        dx[i] = dy[i] * logistic(x[i]);
}
const gp_activation_type gp_softplus = {
    {"softplus", gp_activation_forward, gp_activation_backward, NULL,
     NULL},
    softplus, softplus_slope};

@ Hard sigmoid.

@<Kernels of the wider family@>=
static void hard_sigmoid(size_t n, const real *restrict x,
                         real *restrict y, gp_activation_arguments a)
{
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        y[i] = clamp(a.alpha * x[i] + a.beta, 0, 1);
}
static void hard_sigmoid_slope(size_t n, const real *restrict x,
                               const real *restrict y,
                               const real *restrict dy, real *restrict dx,
                               gp_activation_arguments a)
{
    (void)y;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const real line = a.alpha * x[i] + a.beta;
        dx[i] = (line > 0) & (line < 1) ? a.alpha * dy[i] : 0;
    }
}
const gp_activation_type gp_hard_sigmoid = {
    {"hard_sigmoid", gp_activation_forward, gp_activation_backward, NULL,
     NULL},
    hard_sigmoid, hard_sigmoid_slope};

@ CELU.

@<Kernels of the wider family@>=
static void celu(size_t n, const real *restrict x, real *restrict y,
                 gp_activation_arguments a)
{
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const real below = x[i] > 0 ? 0 : x[i];
        const real curve = a.alpha * expm1(below / a.alpha);
        y[i] = x[i] > 0 ? x[i] : curve;
    }
}
static void celu_slope(size_t n, const real *restrict x,
                       const real *restrict y, const real *restrict dy,
                       real *restrict dx, gp_activation_arguments a)
{
    (void)y;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const real below = x[i] > 0 ? 0 : x[i];
        dx[i] = dy[i] * exp(below / a.alpha);
    }
}
const gp_activation_type gp_celu = {
    {"celu", gp_activation_forward, gp_activation_backward, NULL, NULL},
    celu, celu_slope};

@* Index.
