@i common.w

@** ELU and SELU.
\label{ch:elu-selu}

@* The exponential linear unit.
\label{sec:elu}

@(tangled/elu.h@>=
#pragma once
#include "layer.h"
@#
extern const gp_activation_type gp_elu; /* |alpha| $(e^z-1)$ below 0 */
extern const gp_activation_type gp_selu; /* $\lambda$ ELU, with $\alpha$ below */
@<SELU's constants and the map that they come from@>@;

@ @(tangled/elu.c@>=
#include "elu.h"
#include <math.h>
@<Kernels of ELU@>@;
@<Kernels of SELU@>@;
@<The normal integrals@>@;
@<The moments of SELU@>@;
@<Solve for SELU's constants@>@;

@ ELU.

@<Kernels of ELU@>=
static void elu(size_t n, const real *restrict x, real *restrict y,
                gp_activation_arguments a)
{
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const real curve = a.alpha * expm1(x[i] > 0 ? 0 : x[i]);
        y[i] = x[i] > 0 ? x[i] : curve;
    }
}

@ Derivative.

@<Kernels of ELU@>=
static void elu_slope(size_t n, const real *restrict x,
                      const real *restrict y, const real *restrict dy,
                      real *restrict dx, gp_activation_arguments a)
{
    (void)y;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const real slope = a.alpha * exp(x[i] > 0 ? 0 : x[i]);
        dx[i] = x[i] > 0 ? dy[i] : dy[i] * slope;
    }
}
const gp_activation_type gp_elu = {
    {"elu", gp_activation_forward, gp_activation_backward, NULL, NULL},
    elu, elu_slope};

@* SELU.
\label{sec:selu}

@<SELU's constants and the map that they come from@>=
#define GP_SELU_ALPHA 1.6732632423543772848
#define GP_SELU_SCALE 1.0507009873554804934
@#
typedef struct {
    double mean, variance;
} gp_moments;
@#
gp_moments gp_selu_moments(gp_moments z, double alpha, double scale);
    /* of SELU($z$), where $z$ is normal with the moments given */
gp_status gp_selu_solve(gp_moments goal, double *alpha, double *scale);
    /* such that $z\sim\NN(0,|goal.variance|)$ comes out with the moments
       |goal|; |GP_FAILED| where Newton's method finds nothing */

@ @<Kernels of SELU@>=
static void selu(size_t n, const real *restrict x, real *restrict y,
                 gp_activation_arguments a)
{
    const real scale = (real)GP_SELU_SCALE;
    const real below = (real)(GP_SELU_SCALE * GP_SELU_ALPHA);
    (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const real curve = below * expm1(x[i] > 0 ? 0 : x[i]);
        y[i] = x[i] > 0 ? scale * x[i] : curve;
    }
}

@ @<Kernels of SELU@>=
static void selu_slope(size_t n, const real *restrict x,
                       const real *restrict y, const real *restrict dy,
                       real *restrict dx, gp_activation_arguments a)
{
    const real scale = (real)GP_SELU_SCALE;
    const real below = (real)(GP_SELU_SCALE * GP_SELU_ALPHA);
    (void)y, (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const real slope = below * exp(x[i] > 0 ? 0 : x[i]);
        dx[i] = dy[i] * (x[i] > 0 ? scale : slope);
    }
}
const gp_activation_type gp_selu = {
    {"selu", gp_activation_forward, gp_activation_backward, NULL, NULL},
    selu, selu_slope};

@ @<The normal integrals@>=
static double density(double t)
{
    return exp(-t * t / 2) / sqrt(2 * 3.14159265358979323846);
}
static double mills(double t)
{
    const double u = 1 / (t * t);

    if (t > 36)
        return (1 - u * (1 - 3 * u * (1 - 5 * u * (1 - 7 * u)))) / t;
    return erfc(t / sqrt(2.0)) / 2 / density(t);
}
@#
static double tilted(double k, gp_moments z)
{
    const double s = sqrt(z.variance), t = z.mean / s + k * s;

    if (t > 0)
        return density(z.mean / s) * mills(t);
    return exp(k * z.mean + k * k * z.variance / 2) * erfc(t / sqrt(2.0)) / 2;
}

@ @<The normal integrals@>=
typedef struct {
    double above, above_2, below, below_2;
} halves;
@#
static halves integrate(gp_moments z)
{
    const double s = sqrt(z.variance), t = z.mean / s, d = density(t);
    const double p = erfc(-t / sqrt(2.0)) / 2; /* $P(z>0)$ */
    const double e1 = tilted(1, z), e2 = tilted(2, z);
    halves h;

    h.above = z.mean * p + s * d;
    h.above_2 = (z.mean * z.mean + z.variance) * p + z.mean * s * d;
    h.below = e1 - (1 - p);
    h.below_2 = e2 - 2 * e1 + (1 - p);
    return h;
}

@ @<The moments of SELU@>=
gp_moments gp_selu_moments(gp_moments z, double alpha, double scale)
{
    const halves h = integrate(z);
    const double mean = scale * (h.above + alpha * h.below);
    const double square =
        scale * scale * (h.above_2 + alpha * alpha * h.below_2);
    gp_moments y;

    y.mean = mean;
    y.variance = square - mean * mean;
    return y;
}

@ @<Solve for SELU's constants@>=
gp_status gp_selu_solve(gp_moments goal, double *alpha, double *scale)
{
    const gp_moments z = {0, goal.variance};
    const double square = goal.variance + goal.mean * goal.mean;
    const halves h = integrate(z);
    double a = 1, l = 1;

    for (int step = 0; step < 100; step++)
        @<Take a Newton step; return when it no longer moves@>@;
    return GP_FAILED;
}

@ @<Take a Newton step; return when it no longer moves@>=
{
    const double f = l * (h.above + a * h.below) - goal.mean;
    const double g = l * l * (h.above_2 + a * a * h.below_2) - square;
    const double f_a = l * h.below, f_l = h.above + a * h.below;
    const double g_a = 2 * l * l * a * h.below_2;
    const double g_l = 2 * l * (h.above_2 + a * a * h.below_2);
    const double d = f_a * g_l - f_l * g_a;
    const double da = (f * g_l - g * f_l) / d;
    const double dl = (f_a * g - g_a * f) / d;

    a -= da;
    l -= dl;
    if (fabs(da) + fabs(dl) < 1e-15) {
        *alpha = a;
        *scale = l;
        return GP_OK;
    }
}

@* Dropout that keeps the moments.
\label{sec:dropout}

@(tangled/dropout.h@>=
#pragma once
#include "layer.h"
@#
/* a share |rate| of the inputs becomes 0, the rest grows by $1/(1-|rate|)$ */
gp_layer *gp_dropout_new(size_t width, real rate, gp_error *error);
/* the same for SELU: mean 0 and variance 1 stay what they are */
gp_layer *gp_alpha_dropout_new(size_t width, real rate, gp_error *error);
/* both: outside training nothing happens; |NULL| if |rate| is not in $[0,1)$
   or memory is short */

@ @(tangled/dropout.c@>=
#include "dropout.h"
#include "elu.h"
#include <string.h>
@<The dropout layer@>@;

@ @<The dropout layer@>=
typedef struct {
    gp_layer layer;
    real rate;
    real slope, offset; /* what is kept becomes |slope * x + offset| */
    real dropped; /* what is dropped becomes this */
    gp_matrix draw; /* uniform numbers; below |rate| means dropped */
    bool drawn; /* the last pass was a training pass */
} dropout_layer;

@ @<The dropout layer@>=
static gp_status dropout_reserve(gp_layer *layer, size_t batch,
                                 gp_error *error)
{
    dropout_layer *dropout = (dropout_layer *)layer;

    if (dropout->draw.rows >= batch)
        return GP_OK;
    gp_matrix_free(&dropout->draw);
    return gp_matrix_new(&dropout->draw, batch, layer->outputs, error);
}
@#
static void dropout_free(gp_layer *layer)
{
    gp_matrix_free(&((dropout_layer *)layer)->draw);
}

@ @<The dropout layer@>=
static void drop(size_t n, const real *restrict x,
                 const real *restrict draw, real *restrict y,
                 const dropout_layer *d)
{
    const real rate = d->rate, slope = d->slope, offset = d->offset;
    const real dropped = d->dropped;

    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const real kept = slope * x[i] + offset;
        y[i] = draw[i] < rate ? dropped : kept;
    }
}

@ @<The dropout layer@>=
static void dropout_forward(gp_layer *layer, const gp_matrix *x,
                            gp_matrix *y, const gp_pass *pass)
{
    dropout_layer *d = (dropout_layer *)layer;

    d->drawn = pass->training;
    if (!d->drawn) {
        gp_matrix_copy(y, x);
        return;
    }
    @<Draw a number for each element of this batch@>@;
    for (size_t i = 0; i < x->rows; i++)
        drop(x->cols, gp_row(x, i), gp_row(&d->draw, i), gp_row(y, i), d);
}

@ @<Draw a number for each element of this batch@>=
GP_REQUIRE(pass->random && x->rows <= d->draw.rows,
           "%s: training needs a generator, and room for %zu rows; there is"
           " room for %zu", layer->type->name, x->rows, d->draw.rows);
gp_matrix draw = gp_matrix_rows(&d->draw, 0, x->rows);
gp_random_fill_uniform(pass->random, &draw, 0, 1);

@ @<The dropout layer@>=
static void dropout_backward(gp_layer *layer, const gp_matrix *x,
                             const gp_matrix *y, const gp_matrix *dy,
                             gp_matrix *dx)
{
    const dropout_layer *d = (const dropout_layer *)layer;

    (void)x, (void)y;
    for (size_t i = 0; dx && i < dy->rows; i++) {
        const real *from = gp_row(dy, i), *draw = gp_row(&d->draw, i);
        real *to = gp_row(dx, i);

        if (d->drawn)
            @<Let the gradient through where nothing was dropped@>@;
        else
            memcpy(to, from, dy->cols * sizeof(real));
    }
}

@ @<Let the gradient through where nothing was dropped@>=
GP_SIMD
for (size_t j = 0; j < dy->cols; j++)
    to[j] = draw[j] < d->rate ? 0 : d->slope * from[j];

@ @<The dropout layer@>=
static gp_layer *new_dropout(const gp_layer_type *type, size_t width,
                             real rate, gp_error *error)
{
    gp_layer *layer;

    if (!(rate >= 0 && rate < 1)) {
        gp_fail(error, GP_BAD_INPUT, "%s: the rate must be at least 0 and"
                " below 1, it is %g", type->name, (double)rate);
        return NULL;
    }
    layer = gp_layer_new(type, sizeof(dropout_layer), width, width, error);
    if (layer)
        ((dropout_layer *)layer)->rate = rate;
    return layer;
}

@ @<The dropout layer@>=
static const gp_layer_type dropout_type = {
    "dropout", dropout_forward, dropout_backward, dropout_reserve,
    dropout_free};
@#
gp_layer *gp_dropout_new(size_t width, real rate, gp_error *error)
{
    gp_layer *layer = new_dropout(&dropout_type, width, rate, error);

    if (layer)
        ((dropout_layer *)layer)->slope = 1 / (1 - rate);
    return layer;
}

@ Alpha dropout.

@<The dropout layer@>=
static const gp_layer_type alpha_dropout_type = {
    "alpha_dropout", dropout_forward, dropout_backward, dropout_reserve,
    dropout_free};
@#
gp_layer *gp_alpha_dropout_new(size_t width, real rate, gp_error *error)
{
    const real low = (real)(-GP_SELU_SCALE * GP_SELU_ALPHA), q = 1 - rate;
    gp_layer *layer = new_dropout(&alpha_dropout_type, width, rate, error);

    if (layer) {
        dropout_layer *d = (dropout_layer *)layer;

        d->slope = 1 / sqrt(q + low * low * q * rate);
        d->offset = -d->slope * rate * low;
        d->dropped = d->slope * low + d->offset;
    }
    return layer;
}

@* Index.
