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

@* Clipping.
\label{sec:clipping}
An exploding gradient has a blunt remedy: cut it. By value, each component is
limited to $\pm c$, which bends the direction of the step; by norm, the whole
gradient is scaled so that its Euclidean length is at most $c$, which keeps the
direction \citep{pascanu2013difficulty}. Both work on all the parameters of a
network at once, given as an array of pointers.

@(tangled/diagnose.h@>=
#pragma once
#include "layer.h"

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
#include "diagnose.h"

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

@* Index.
