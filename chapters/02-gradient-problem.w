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

@* Index.
