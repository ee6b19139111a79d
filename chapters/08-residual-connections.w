@i common.w

@** Residual connections and layer normalization.
\label{ch:residual}
Three chapters have fixed the numbers in a product: initialization chose the
weights so that each layer's Jacobian has about unit size
(Chapter~\ref{ch:initialization}), SELU chose the activation so that sizes
return to one (Chapter~\ref{ch:elu-selu}), and batch normalization divides the
size out in every step (Chapter~\ref{ch:batch-normalization}). It remains a
product. Every factor is a random matrix that keeps some directions and
squeezes others, and after fifty of them little is left of most directions.

This chapter changes the \emph{form}. A block that computes $x+f(x)$ in place
of $f(x)$ has the Jacobian $I+F$ in place of $F$. The product over many blocks
then contains the identity, whatever the weights are, and a gradient from the
loss reaches the first block undiminished. \citet{he2016} trained networks of
more than a hundred layers this way, and most deep networks built since have such
connections.

The new form has a price. What is added accumulates: the variance of the signal
doubles from block to block. Most of this chapter is about ways to pay. One of
them, the one that every transformer uses, is a normalization that needs no
batch, and we begin with it, because it can be built with what we have.

@* Normalizing a sample.
\label{sec:layer-normalization}
Batch normalization looks down a column: the values of \emph{one unit} for all
samples of the batch. So a sample's output depends on its company, a batch of
one cannot be trained on, and at inference something else must stand in for the
batch. \citet{ba2016} transpose the idea. Layer normalization looks along a
row: the values of \emph{all units} for one sample. With $n$ units,
\begin{align}
\mu&=\frac1n\sum_{j=1}^n x_j, &
\sigma^2&=\frac1n\sum_{j=1}^n(x_j-\mu)^2,\label{eq:ln-statistics}\\
\hat x_j&=\frac{x_j-\mu}{\sqrt{\sigma^2+\varepsilon}}, &
y_j&=\gamma_j\hat x_j+\beta_j.\label{eq:ln-forward}
\end{align}
The letters mean what they meant in Chapter~\ref{ch:batch-normalization}, and
$\gamma$ and $\beta$ are still one pair for each column. Only the direction of
the average has changed. Now each sample is normalized by itself. A batch of
one is as good as any other, training and inference compute the same function,
and there are no running averages to keep, to lag behind or to
forget.\claim{layer_normalization_ignores_the_batch}

The row $(1,3,5,7)$ has $\mu=4$ and $\sigma^2=5$ and becomes, up to
$\varepsilon$, $(-1.34,-0.45,0.45,1.34)$: the numbers of
Section~\ref{sec:bn-forward}, this time along a row.

@ What is lost? Batch normalization takes away an offset and a scale of each
unit separately, and with them whatever the layers below did to that unit.
Layer normalization takes away one offset and one scale of the whole sample.
Two units of very different sizes keep their ratio. What it does guarantee is
the length of a sample: $\hat x$ has mean square one, up to $\varepsilon$,
however long $x$ was. If $x$ is multiplied by 1000, or 1000 is added to all its
components, then $y$ changes by $\varepsilon$ and by rounding errors
only.\claim{layer_normalization_ignores_scale_and_offset} That guarantee is
all that a residual block will need.

\citet{zhang2019rms} asked whether the subtraction of the mean is needed, and
left it out. RMS normalization divides by the root of the mean square:
\begin{equation}\label{eq:rms-forward}
r^2=\frac1n\sum_{j=1}^n x_j^2,\qquad
\hat x_j=\frac{x_j}{\sqrt{r^2+\varepsilon}},\qquad
y_j=\gamma_j\hat x_j .
\end{equation}
There is no $\beta$ either. The row $(1,3,5,7)$ has $r^2=21$ and becomes
$(0.22,0.65,1.09,1.53)$. The authors report results comparable to layer
normalization in 7 to 64 per cent less time, depending on the model. Many large
language models normalize in this way.

@ The two differ in one point: which mean is subtracted, the row's or none. So
they share their code. The structure below holds what both passes need. The
columns' numbers belong to the caller; the rows' numbers are written by the
forward pass and read again by the backward pass.

@(tangled/lib/layernorm.h@>=
#pragma once
#include "layer.h"
@#
GP_BEGIN_DECLS@;
typedef struct {
    bool centered; /* layer normalization; else RMS normalization */
    double epsilon; /* $\varepsilon$, above 0 */
    const gp_real *gamma, *beta; /* for each column; |beta| may be |NULL| */
    gp_real *dgamma, *dbeta; /* for each column; |NULL|: not wanted */
    gp_real *mean, *inverse; /* for each row: $\mu$ (RMS: 0) and
        $1/\sqrt{\sigma^2+\varepsilon}$ */
} gp_row_norm;

@ A tensor that is normalized over several axes at once is a matrix too: the
axes before are its rows, the normalized ones its columns. The conformance
vectors of ONNX, which allow any axis, are run in this way.

@(tangled/lib/layernorm.h@>=
void gp_row_norm_forward(const gp_row_norm *norm, const gp_matrix *x,
                         gp_matrix *y);
    /* normalizes each row; writes |mean| and |inverse| */
void gp_row_norm_backward(const gp_row_norm *norm, const gp_matrix *x,
                          const gp_matrix *dy, gp_matrix *dx);
    /* reads |mean| and |inverse|; a |dx| of |NULL| is not computed */

@ The layers. Which $\varepsilon$ is usual depends on whom one asks. For layer
normalization Keras has $10^{-3}$, PyTorch and ONNX have $10^{-5}$; for RMS
normalization Keras has $10^{-6}$, and PyTorch takes the distance from 1 to the
next number of the type, $1.2\cdot10^{-7}$ for a |float|. It matters only where
a row hardly varies. Our default is $10^{-5}$ for both. The parameters bear the
names that batch normalization gives its own.

@(tangled/lib/layernorm.h@>=
#define GP_LAYERNORM_EPSILON 1e-5
#define GP_RMSNORM_EPSILON 1e-5
@#
gp_layer *gp_layernorm_new(size_t width, double epsilon, gp_error *error);
    /* parameters ``gamma'' (ones) and ``beta'' (zeros) */
gp_layer *gp_rmsnorm_new(size_t width, double epsilon, gp_error *error);
    /* parameter ``gamma'' (ones); both: |NULL| if |epsilon| is not positive
       or memory is short */
double gp_layernorm_epsilon(const gp_layer *layer); /* of either; else 0 */
GP_END_DECLS@;

@ The implementation follows: the statistics of a row, the forward pass, the
backward pass in two directions, and the layer around them.

@(tangled/lib/layernorm.c@>=
#include "layernorm.h"
#include "private/vectormath.h"
#include <string.h>
@#
@<The statistics of a row@>@;
@<Normalize the rows@>@;
@<Send a gradient back along a row@>@;
@<Sum up what a strip of $\gamma$ and $\beta$ receives@>@;
@<Send a gradient back through all rows@>@;
@<The normalizing layers@>@;

@* Statistics of a row.
\label{sec:ln-statistics}
A row lies in memory one number after the other, and a row of some thousand
numbers fits into the first-level cache. Reading it twice is therefore cheap:
the second time, it is still there. We use this freedom for precision, as in
Section~\ref{sec:bn-statistics}: two passes, first the mean, then the distances
from it. The formula $\Expect[x^2]-\mu^2$ would need one, and lose the variance
to rounding as soon as the offset is large beside the
spread.\claim{a_row_with_an_offset_keeps_its_variance}

The mean is summed up as a distance from the first number, so that the sum has
the size of the spread.

@<The statistics of a row@>=
static gp_real mean_of(size_t n, const gp_real *x)
{
    const gp_real first = x[0];
    gp_real sum;

    GP_SUM(sum, j, n, x[j] - first);
    return first + sum / (gp_real)n;
}

@ The computed mean is rounded, so the distances from it do not sum to zero,
and what they sum to corrects the variance \citep{chan1983algorithms}. A
rounding error may leave a constant row just below zero. The odd |sum * 0|
makes that a zero and leaves a NaN a NaN.

@<The statistics of a row@>=
static gp_real variance_about(gp_real mean, size_t n, const gp_real *x)
{
    gp_real sum, rest;

    GP_SUM(rest, j, n, x[j] - mean);
    GP_SUM(sum, j, n, (x[j] - mean) * (x[j] - mean));
    sum -= rest * rest / (gp_real)n;
    return sum > 0 ? sum / (gp_real)n : sum * 0;
}

@ RMS normalization needs the mean square about zero, where there is nothing to
correct. It is the one pass that makes this normalization the cheaper one.

@<The statistics of a row@>=
static gp_real mean_square(size_t n, const gp_real *x)
{
    gp_real sum;

    GP_SUM(sum, j, n, x[j] * x[j]);
    return sum / (gp_real)n;
}

@ Adding $\beta$ is a loop of its own, since one of the two normalizations has
none. The row is still in the cache.

@<Normalize the rows@>=
static void add_row(size_t n, const gp_real *restrict from,
                    gp_real *restrict to)
{
    GP_SIMD
    for (size_t j = 0; j < n; j++)
        to[j] += from[j];
}

@ The forward pass of one row is equation \eqref{eq:ln-forward}, or
\eqref{eq:rms-forward} with a |mean| of zero. As for a batch, the subtraction
comes first: multiplied out, $xs-\mu s$ would bring the offset's rounding
errors back.

@<Normalize the rows@>=
static void normalize_row(const gp_row_norm *norm, const gp_matrix *x,
                          size_t i, gp_matrix *y)
{
    const gp_real *from = gp_row(x, i), *gamma = norm->gamma;
    const gp_real mean = norm->mean[i], inverse = norm->inverse[i];
    gp_real *restrict to = gp_row(y, i);

    GP_SIMD
    for (size_t j = 0; j < x->cols; j++)
        to[j] = (from[j] - mean) * inverse * gamma[j];
    if (norm->beta)
        add_row(x->cols, norm->beta, to);
}

@ The numbers of the row are found first. Each row is one thread's work from
its first number to its last, so the results do not depend on how many threads
there are.

@<Normalize the rows@>=
void gp_row_norm_forward(const gp_row_norm *norm, const gp_matrix *x,
                         gp_matrix *y)
{
    const size_t n = x->cols;
    const gp_part rows = gp_team_part(x->rows);

    for (size_t i = rows.first; i < rows.first + rows.count; i++) {
        const gp_real *row = gp_row(x, i);
        const gp_real mean = norm->centered ? mean_of(n, row) : 0;
        @<Let |variance| be that of the row, or its mean square@>@;
        norm->mean[i] = mean;
        norm->inverse[i] = 1 / sqrt(variance + (gp_real)norm->epsilon);
        normalize_row(norm, x, i, y);
    }
}

@ Layer normalization measures about the mean, RMS normalization about zero.

@<Let |variance| be that of the row, or its mean square@>=
const gp_real variance = norm->centered ? variance_about(mean, n, row)
                                        : mean_square(n, row);

@* The backward pass of a row.
\label{sec:ln-backward}
The loss sees a row of the input only through the same row of the output, so
one row is all we have to look at. Write $\mathrm d\hat
x_j=\gamma_j\,\mathrm dy_j$ for the gradient that arrives at $\hat x_j$, and
$s=1/\sqrt{\sigma^2+\varepsilon}$. The derivation of
Section~\ref{sec:bn-backward} asked how $\hat x$ depends on $x$, through the
mean and through the variance. It never used that the numbers came from a
column. So it holds along the row:
\begin{equation}\label{eq:ln-jacobian}
\frac{\partial\hat x_j}{\partial x_k}
=s\Bigl([j=k]-\frac1n-\frac1n\,\hat x_j\hat x_k\Bigr).
\end{equation}
Multiply by $\mathrm d\hat x_j$, sum over $j$, and two averages appear:
\begin{equation}\label{eq:ln-dx}
\mathrm dx_k=s\Bigl(\mathrm d\hat x_k
-\underbrace{\frac1n\sum_j\mathrm d\hat x_j}_{\text{mean of }\mathrm d\hat x}
-\hat x_k\,\underbrace{\frac1n\sum_j\mathrm d\hat x_j\,\hat x_j}_{\text{mean of
}\mathrm d\hat x\,\hat x}\Bigr).
\end{equation}
There is one difference to batch normalization. There $\gamma$ was the same
number for the whole column and could be taken out of the bracket. Here it
differs from term to term of the sum, so it has to be multiplied in
\emph{before} the averages are taken. Whoever copies the batch's formula and
multiplies by $\gamma$ at the end has a wrong gradient that no test with
$\gamma=1$ finds.\claim{gamma_belongs_inside_the_means}

@ The first subtraction in \eqref{eq:ln-dx} takes away the component of the
gradient along $(1,\dots,1)$, the second the component along $\hat x$. These
are the two directions in which $x$ can move without moving $\hat x$: adding a
constant to the row, and stretching it about its mean.\footnote{For
$\varepsilon=0$. With a positive $\varepsilon$ a little of the second is left.}
So the gradient that leaves is orthogonal to
both,\claim{row_gradient_is_orthogonal} and it is never longer than
$s\,\norm{\mathrm d\hat x}$.

The factor $s$ deserves attention. The longer the row that came in, the smaller
the gradient that goes back: if $x$ is multiplied by $c$, then $\mathrm dx$ is
divided by $c$.\claim{row_gradient_is_inversely_proportional} This is how a
layer behind a normalization defends itself against weights that grow: its
output stays, and the gradient by the weights shrinks.

For RMS normalization $\mu$ is not there to depend on $x$, and the term that
came from it, $\frac1n$ in \eqref{eq:ln-jacobian}, is absent:
\begin{equation}\label{eq:rms-dx}
\mathrm dx_k=s\Bigl(\mathrm d\hat x_k
-\hat x_k\,\frac1n\sum_j\mathrm d\hat x_j\,\hat x_j\Bigr).
\end{equation}
One projection is left, off $\hat x$.

@ In code: two loops over the row, the first for the two means, the second for
\eqref{eq:ln-dx}. The normalized $\hat x$ is computed again from $x$. It costs
two operations, and keeping it would cost a matrix.

@<Send a gradient back along a row@>=
static void propagate_row(const gp_row_norm *norm, const gp_matrix *x,
                          const gp_matrix *dy, size_t i, gp_matrix *dx)
{
    const size_t n = x->cols;
    const gp_real *row = gp_row(x, i), *g = gp_row(dy, i);
    const gp_real mean = norm->mean[i], inverse = norm->inverse[i];
    const gp_real *gamma = norm->gamma;
    gp_real *restrict to = gp_row(dx, i);
    gp_real mean_dxhat, mean_dxhat_xhat;

    @<Average |dxhat| and |dxhat * xhat| over the row@>@;
    @<Subtract what the statistics take back@>@;
}

@ The names are those of the braces in \eqref{eq:ln-dx}.

@<Average |dxhat| and |dxhat * xhat| over the row@>=
GP_SUM(mean_dxhat, j, n, g[j] * gamma[j]);
GP_SUM(mean_dxhat_xhat, j, n,
       (g[j] * gamma[j]) * ((row[j] - mean) * inverse));
mean_dxhat = norm->centered ? mean_dxhat / (gp_real)n : 0;
mean_dxhat_xhat /= (gp_real)n;

@ The second loop finds the row and the gradient in the cache, where the first
one has left them.

@<Subtract what the statistics take back@>=
GP_SIMD
for (size_t j = 0; j < n; j++) {
    const gp_real dxhat = g[j] * gamma[j];
    const gp_real xhat = (row[j] - mean) * inverse;

    to[j] = inverse * (dxhat - mean_dxhat - xhat * mean_dxhat_xhat);
}

@ The parameters' gradients go down the columns, for a $\gamma_j$ acts on unit
$j$ of every sample:
\begin{equation}\label{eq:ln-dgamma}
\frac{\partial L}{\partial\gamma_j}=\sum_i\mathrm dy_{ij}\,\hat x_{ij},\qquad
\frac{\partial L}{\partial\beta_j}=\sum_i\mathrm dy_{ij}.
\end{equation}
Here the rows lie outside and the columns inside, as always, with one
accumulator for each column. A strip of columns at a time is summed up by one
thread, from the first row to the last; so the sums do not depend on the number
of threads either.

@<Sum up what a strip of $\gamma$ and $\beta$ receives@>=
#define STRIP 128
@#
static void sum_strip(const gp_row_norm *norm, const gp_matrix *x,
                      const gp_matrix *dy, size_t first, size_t rest)
{
    const size_t n = rest < STRIP ? rest : STRIP;
    gp_real dgamma[STRIP] = {0}, dbeta[STRIP] = {0};

    for (size_t i = 0; i < x->rows; i++)
        @<Add row |i| to the sums of the strip@>@;
    if (norm->dgamma)
        memcpy(norm->dgamma + first, dgamma, n * sizeof *dgamma);
    if (norm->dbeta)
        memcpy(norm->dbeta + first, dbeta, n * sizeof *dbeta);
}

@ Each row brings its own mean and its own scale.

@<Add row |i| to the sums of the strip@>=
{
    const gp_real *row = gp_row(x, i) + first, *g = gp_row(dy, i) + first;
    const gp_real mean = norm->mean[i], inverse = norm->inverse[i];

    GP_SIMD
    for (size_t j = 0; j < n; j++) {
        dgamma[j] += g[j] * ((row[j] - mean) * inverse);
        dbeta[j] += g[j];
    }
}

@ The whole backward pass goes down the columns of the matrix and then along its
rows, and the threads of a team share first the ones and then the others. The
columns come first, so that a single thread may be given |dy| itself for |dx|.

@<Send a gradient back through all rows@>=
void gp_row_norm_backward(const gp_row_norm *norm, const gp_matrix *x,
                          const gp_matrix *dy, gp_matrix *dx)
{
    const gp_part columns = gp_team_columns(x->cols);
    const gp_part rows = gp_team_part(x->rows);

    for (size_t k = 0; k < columns.count; k += STRIP)
        sum_strip(norm, x, dy, columns.first + k, columns.count - k);
    for (size_t i = rows.first; dx && i < rows.first + rows.count; i++)
        propagate_row(norm, x, dy, i, dx);
}

@* The normalizing layers.
\label{sec:ln-layer}
The layer adds to its parameters the two numbers of each row of the batch. They
are made when the network is reserved.

@<The normalizing layers@>=
typedef struct {
    gp_layer layer;
    bool centered;
    double epsilon;
    gp_matrix rows; /* [2, batch]: |mean| and |inverse| */
} normalizer;
@#
enum { GAMMA, BETA };

@ Reserving for a larger batch must not lose what the last forward pass has
found, or a backward pass that comes after it would read zeros. So the old
numbers move into the new room.

@<The normalizing layers@>=
static gp_status reserve(gp_layer *layer, size_t batch, gp_error *error)
{
    normalizer *l = (normalizer *)layer;
    gp_matrix more;

    if (batch <= l->rows.cols)
        return GP_OK;
    if (gp_matrix_new(&more, 2, batch, error))
        return GP_NO_MEMORY;
    if (l->rows.at)
        @<Move the numbers of the last batch to |more|@>@;
    gp_matrix_free(&l->rows);
    l->rows = more;
    return GP_OK;
}

@ A view of the first columns has the old shape and the new place.

@<Move the numbers of the last batch to |more|@>=
{
    gp_matrix first = gp_matrix_view(more.at, 2, l->rows.cols, more.stride);

    gp_matrix_copy(&first, &l->rows);
}

@ The functions of the lower floor want their numbers in one structure. The
layer puts it together for each pass.

@<The normalizing layers@>=
static gp_row_norm norm_of(const gp_layer *layer)
{
    const normalizer *l = (const normalizer *)layer;
    const gp_parameter *p = layer->parameter;
    gp_row_norm norm = {l->centered, l->epsilon, p[GAMMA].value.at, NULL,
                        p[GAMMA].gradient.at, NULL,
                        gp_row(&l->rows, 0), gp_row(&l->rows, 1)};

    if (l->centered) {
        norm.beta = p[BETA].value.at;
        norm.dbeta = p[BETA].gradient.at;
    }
    return norm;
}

@ Training or not makes no difference, so |pass| is not looked at.

@<The normalizing layers@>=
static void forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                    const gp_pass *pass)
{
    const gp_row_norm norm = norm_of(layer);
    const size_t room = ((normalizer *)layer)->rows.cols;

    (void)pass;
    GP_REQUIRE(x->rows <= room, "%s: reserved for %zu rows, given %zu",
               layer->type->name, room, x->rows);
    gp_row_norm_forward(&norm, x, y);
}

@ Backward, the structure is put together in the same way; |mean| and |inverse|
in it are those that the forward pass has found. The output is not needed on the
way back.

@<The normalizing layers@>=
static void backward(gp_layer *layer, const gp_matrix *x, const gp_matrix *y,
                     const gp_matrix *dy, gp_matrix *dx)
{
    const gp_row_norm norm = norm_of(layer);

    (void)y;
    gp_team_wait();
    gp_row_norm_backward(&norm, x, dy, dx);
}

@ What was reserved is freed with the layer.

@<The normalizing layers@>=
static void free_rows(gp_layer *layer)
{
    gp_matrix_free(&((normalizer *)layer)->rows);
}

@ Two types with the same functions: what differs is the name in a
specification, and the flag. The one argument that a specification may give is
$\varepsilon$.

@<The normalizing layers@>=
static void arguments(const gp_layer *layer, double *value)
{
    value[0] = ((const normalizer *)layer)->epsilon;
}
static const gp_layer_type layernorm = {
    "layernorm", forward, backward, reserve, free_rows,
    @[.arguments@] = arguments, @[.shares@]=true};
static const gp_layer_type rmsnorm = {
    "rmsnorm", forward, backward, reserve, free_rows,
    @[.arguments@] = arguments, @[.shares@]=true};

@ The $\varepsilon$ may come from a command line, so a bad one is reported. The
comparison is written so that NaN fails it. Zero is refused as well: it would
divide by zero in the first row that is constant, and a rectifier makes such
rows as soon as all units of a sample are off.

@<The normalizing layers@>=
static gp_layer *new_normalizer(const gp_layer_type *type, size_t width,
                                double epsilon, gp_error *error)
{
    gp_layer *layer;

    if (!(epsilon > 0 && epsilon < HUGE_VAL)) {
        gp_fail(error, GP_BAD_INPUT, "%s: epsilon is %g, expected is a number "
                "above 0", type->name, epsilon);
        return NULL;
    }
    layer = gp_layer_new(type, sizeof(normalizer), width, width, error);
    if (!layer)
        return NULL;
    ((normalizer *)layer)->centered = type == &layernorm;
    ((normalizer *)layer)->epsilon = epsilon;
    @<Give the normalizer its parameters@>@;
    return layer;
}

@ A new layer has $\gamma=1$ and, if it has one, $\beta=0$.

@<Give the normalizer its parameters@>=
if (gp_layer_parameter(layer, "gamma", 1, width, true, error) ||
    (type == &layernorm &&
     gp_layer_parameter(layer, "beta", 1, width, true, error))) {
    gp_layer_free(layer);
    return NULL;
}
gp_matrix_fill(&layer->parameter[GAMMA].value, 1);

@ The constructors differ in the type that they hand on.

@<The normalizing layers@>=
gp_layer *gp_layernorm_new(size_t width, double epsilon, gp_error *error)
{
    return new_normalizer(&layernorm, width, epsilon, error);
}
@#
gp_layer *gp_rmsnorm_new(size_t width, double epsilon, gp_error *error)
{
    return new_normalizer(&rmsnorm, width, epsilon, error);
}

@ A program that holds some layer and wants to know its $\varepsilon$ may ask. A
layer of another type answers 0, which no normalization has.

@<The normalizing layers@>=
double gp_layernorm_epsilon(const gp_layer *layer)
{
    if (layer->type != &layernorm && layer->type != &rmsnorm)
        return 0;
    return ((const normalizer *)layer)->epsilon;
}

@* The identity in the product.
\label{sec:identity-path}
A plain stack computes $h_l=f_l(h_{l-1})$, and the gradient that arrives at its
bottom has gone through the product of all Jacobians
(Chapter~\ref{ch:gradient-problem}):
\[
\frac{\partial L}{\partial h_0}
=\frac{\partial L}{\partial h_L}\,F_L\,F_{L-1}\cdots F_1,
\qquad F_l=\frac{\partial f_l}{\partial h_{l-1}} .
\]
There is one way from the top to the bottom, and it leads through every factor.
If each of them keeps half of what it is given, then $2^{-L}$ of the gradient
comes through.

A \emph{residual block} adds its input to what its layers compute:
\begin{equation}\label{eq:residual}
h_l=h_{l-1}+s\,f_l(h_{l-1}).
\end{equation}
The layers $f_l$ are called the \emph{branch}, the addition the \emph{skip} or
the \emph{path}. The factor $s$ is usually 1; we shall need it soon. The name
comes from the other side of the equation: what the branch has to learn is not
$h_l$ but the difference $h_l-h_{l-1}$, the residue. If the best thing that a
layer can do is nothing, then a plain layer has to learn the identity matrix,
and a residual block has to learn zero.

@ Now the factor of one block is $I+sF_l$. Multiply two of them out:
\[
(I+sF_2)(I+sF_1)=I+s\,(F_1+F_2)+s^2F_2F_1 .
\]
For $L$ blocks the product has $2^L$ terms, one for each way of taking the
path or the branch at each block. One term is the identity: the gradient at the
top arrives at the bottom as it is. $L$ terms go through one branch only, and
they are how the loss speaks to each block as if the others were not there.
The terms that vanish or explode with depth are still in the sum. But they are
added to terms that do neither.

Why does that matter, if initialization can already hold the \emph{size} of the
product? Because size is not all. A product of fifty random matrices whose
average factor is one still squeezes most directions to nothing
(Section~\ref{sec:orthogonal} saw it), and an initialization is a promise about
the first step only. The identity needs no promise: whatever training does to
the weights, the path is not made of weights.

\citet{he2016} had a reason of another kind. With good initialization and batch
normalization their plain convolutional networks of 56 layers had a higher
\emph{training} error than those of 20, although nothing had vanished: the
authors checked that the gradients had healthy sizes. The 36 further layers
could have been the identity, and descent did not find that. With residual
blocks the deeper network was the better one.

@* The price: what is added accumulates.
\label{sec:residual-variance}
Start a branch with the weights of Chapter~\ref{ch:initialization}, so that its
output has the mean square of its input, and with the last layer's weights
independent of everything before and of mean zero. Then the two summands of
\eqref{eq:residual} are uncorrelated, and mean squares add:
\begin{equation}\label{eq:residual-forward}
\Expect h_l^2=\Expect h_{l-1}^2+s^2\,\Expect f_l(h_{l-1})^2
=(1+s^2)\,\Expect h_{l-1}^2 .
\end{equation}
With $s=1$ the mean square \emph{doubles} from block to block. The same holds
backward, where the gradient is $(I+sF_l)$ transposed, applied to the one
above:
\begin{equation}\label{eq:residual-backward}
\Expect\,\mathrm dh_{l-1}^2=(1+s^2)\,\Expect\,\mathrm dh_l^2 .
\end{equation}
After 50 blocks the signal has grown by $2^{50}\approx10^{15}$, and the gradient
once more on its way back. The vanishing gradient has been cured with an
exploding one. There are four common ways to pay.

\begin{enumerate}
\item \emph{Scale the branch.} With $s=1/\sqrt L$ the factor over all blocks is
$(1+\frac1L)^L$, which is below $e=2.72$ for any depth. The weights of GPT-2's
residual layers are scaled down at initialization in this way
\citep{radford2019}.
\item \emph{Begin with zero.} If the last layer of every branch starts with zero
weights, all branches are silent, and the whole stack is the identity. This is
the first rule of Fixup \citep{zhang2019fixup}, with which the authors trained
networks of 10,000 layers without any normalization. (Two more rules scale the
other layers of the branch and add single trained numbers.)
\item \emph{Train the scale.} SkipInit \citep{de2020} multiplies each branch by
one trained number that starts at zero, or at a value not above $1/\sqrt L$.
\item \emph{Normalize in the branch.} If the branch begins with a normalization,
its output has the same size however long $h$ is, say mean square one. Then
\eqref{eq:residual-forward} becomes $\Expect h_l^2=\Expect h_{l-1}^2+1$: the
mean square no longer doubles, it \emph{counts the blocks}.
\end{enumerate}

@ The fourth way deserves the backward calculation, too. The normalization
divides by the length of what comes in, and by Section~\ref{sec:ln-backward} so
does its gradient: a branch at block $l$, where $h$ has mean square about $l$,
has a Jacobian of mean square $1/l$ in place of 1. The factor
of one block is $1+1/l$, and the product telescopes:
\begin{equation}\label{eq:prenorm-backward}
\prod_{k=l+1}^{L}\Bigl(1+\frac1k\Bigr)=\frac{L+1}{l+1}.
\end{equation}
Exponential growth has become a fraction. Without being told how deep the
network is, the normalized branches shrink as $1/\sqrt l$, relative to the
path that they are added to. \citet{de2020} show this for batch normalization,
and conclude that its main service to deep residual networks is just that: it
holds the branches down, by a factor of the order of $\sqrt L$, so that each
block starts close to the identity.

@* A layer with layers inside.
\label{sec:residual-layer}
A residual connection is a layer that contains layers. Its branch is a
|gp_chain| (Section~\ref{sec:chain}), the same row of layers that a network
consists of. In a specification one writes

\begin{quote}
\texttt{dense:64 20*(residual:0.2(layernorm dense:64:he\_normal relu
dense:64)) dense:10}
\end{quote}

\noindent for twenty blocks with $s=0.2$. The scale may be left out, and is 1
then. With \texttt{residual:0:1(\dots)} it begins at 0 and is trained.

@(tangled/lib/residual.h@>=
#pragma once
#include "chain.h"
GP_BEGIN_DECLS@;
@#
gp_layer *gp_residual_new(gp_chain *branch, double scale, bool trained,
                          gp_error *error);
    /* $y=x+\mathit{scale}\cdot f(x)$, where $f$ is the |branch|, which is
       taken over, also on failure; |NULL| if the branch has no layers, or not
       as many outputs as inputs, or |scale| is not finite, or memory is short.
       If it is |trained|, ``scale'' is a parameter */
bool gp_residual_is(const gp_layer *layer);
double gp_residual_scale(const gp_layer *layer); /* of a residual layer */
@#
GP_END_DECLS@;

@ The implementation.

@(tangled/lib/residual.c@>=
#include "residual.h"
#include "private/vectormath.h"
@#
@<The residual layer@>@;
@<Add two matrices@>@;
@<Forward through branch and path@>@;
@<Backward through branch and path@>@;
@<Make a residual layer@>@;

@ A scale that is trained is a parameter, which optimizers and checkpoints
find. One that is not is a number in the layer. |scale| points at whichever it
is.

@<The residual layer@>=
typedef struct {
    gp_layer layer;
    gp_chain *branch;
    gp_real fixed, *scale;
} residual;

@ All that the layer adds to its branch is one sum, element by element:
$A+sB$. It serves both passes, forward with the scale and backward with $s=1$.
The sum may be written over one of the summands, since each element is read
before its place is written.

@<Add two matrices@>=
static void add(const gp_matrix *a, gp_real s, const gp_matrix *b,
                gp_matrix *sum)
{
    const gp_part rows = gp_team_part(sum->rows);

    for (size_t i = rows.first; i < rows.first + rows.count; i++) {
        const gp_real *p = gp_row(a, i), *q = gp_row(b, i);
        gp_real *to = gp_row(sum, i);

        GP_SIMD
        for (size_t j = 0; j < sum->cols; j++)
            to[j] = p[j] + s * q[j];
    }
}

@ Forward is equation \eqref{eq:residual}: $y=x+s\,f(x)$.

@<Forward through branch and path@>=
static void forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                    const gp_pass *pass)
{
    const residual *r = (const residual *)layer;

    add(x, *r->scale, gp_chain_forward(r->branch, x, pass), y);
}

@ Backward, $\mathrm dy$ goes both ways: $\mathrm dx=\mathrm
dy+\transpose F(s\,\mathrm dy)$. The branch is given $s\,\mathrm dy$ and
writes $\transpose F(s\,\mathrm dy)$ to |dx|, to which $\mathrm dy$ is then
added. If nobody wants |dx|, the parameters of the branch still want their
gradients.

@<Backward through branch and path@>=
@<Multiply a matrix by a number@>@;
@<The gradient of the scale@>@;
static void backward(gp_layer *layer, const gp_matrix *x, const gp_matrix *y,
                     const gp_matrix *dy, gp_matrix *dx)
{
    const residual *r = (const residual *)layer;
    gp_matrix *df = gp_chain_upstream(r->branch);

    (void)y;
    @<Require that the branch remembers its forward pass@>@;
    if (layer->parameters > 0) {
        gp_team_wait();
        if (gp_team_first())
            *layer->parameter[0].gradient.at = scale_gradient(r, dy);
    }
    multiply(*r->scale, dy, df);
    gp_chain_backward(r->branch, x, dx, NULL);
    if (dx)
        add(dx, 1, dy, dx);
}

@ A network that is reserved for larger batches gives up the outputs of all
layers, those of the branch included, and refuses a backward pass before the
next forward pass. So this layer is asked to go backward without them only if a
program calls it by hand, and wrongly.

@<Require that the branch remembers its forward pass@>=
GP_REQUIRE(df && df->rows == dy->rows, "residual: a backward pass for %zu "
           "rows without a forward pass before it", dy->rows);

@ The branch's gradient is $s\,\mathrm dy$ at its end. With $s=0$ it receives
nothing at all: no parameter of the branch has a gradient, and the branch stays
what it is for ever. A fixed scale of 0 is therefore of no use, except in a
test.

@<Multiply a matrix by a number@>=
static void multiply(gp_real s, const gp_matrix *from, gp_matrix *product)
{
    const gp_part rows = gp_team_part(from->rows);

    for (size_t i = rows.first; i < rows.first + rows.count; i++) {
        const gp_real *p = gp_row(from, i);
        gp_real *restrict to = gp_row(product, i);

        GP_SIMD
        for (size_t j = 0; j < from->cols; j++)
            to[j] = s * p[j];
    }
}

@ A trained scale gets out of zero. Its own gradient is
$\partial L/\partial s=\sum_{ij}\mathrm dy_{ij}\,f_{ij}$, which does not contain
$s$. The branch's output is still where the forward pass has left it. The sum
has as many terms as the batch has numbers, and is kept in a |double|.

@<The gradient of the scale@>=
static gp_real scale_gradient(const residual *r, const gp_matrix *dy)
{
    const gp_matrix *f =
        gp_chain_output(r->branch, gp_chain_length(r->branch) - 1);
    double sum = 0;

    for (size_t i = 0; i < dy->rows; i++)
        for (size_t j = 0; j < dy->cols; j++)
            sum += (double)gp_row(dy, i)[j] * (double)gp_row(f, i)[j];
    return (gp_real)sum;
}

@ What a residual layer reserves and frees is its branch's.

@<Make a residual layer@>=
static gp_status reserve(gp_layer *layer, size_t batch, gp_error *error)
{
    return gp_chain_reserve(((residual *)layer)->branch, batch, error);
}
static void free_branch(gp_layer *layer)
{
    gp_chain_free(((residual *)layer)->branch);
}

@ Optimizers, checkpoints and gradient checks walk through all layers of a
network (Section~\ref{sec:walk}). They find those of the branch through |inner|.

@<Make a residual layer@>=
static gp_chain *inner(gp_layer *layer)
{
    return ((residual *)layer)->branch;
}
@<The arguments of a residual layer@>@;
static const gp_layer_type type = {
    "residual", forward, backward, reserve, free_branch,
    @[.inner@] = inner, @[.arguments@] = arguments, @[.shares@] = true};

@ A specification is written from the numbers that the layer was made with.

@<The arguments of a residual layer@>=
static void arguments(const gp_layer *layer, double *value)
{
    value[0] = (double)*((const residual *)layer)->scale;
    value[1] = layer->parameters > 0; /* is the scale trained? */
}

@ The caller hands the branch over, so every way out of the constructor frees
it or keeps it.

@<Make a residual layer@>=
static bool fits(const gp_chain *branch, double scale, gp_error *error)
{
    const size_t in = gp_chain_inputs(branch), out = gp_chain_outputs(branch);

    if (gp_chain_length(branch) == 0)
        gp_fail(error, GP_BAD_INPUT, "residual: expected layers in the branch,"
                " found none");
    else if (in != out)
        gp_fail(error, GP_BAD_INPUT, "residual: the branch has %zu inputs and "
                "%zu outputs, expected are equal numbers", in, out);
    else if (!(fabs(scale) < HUGE_VAL))
        gp_fail(error, GP_BAD_INPUT, "residual: the scale is %g, expected is "
                "a finite number", scale);
    else
        return true;
    return false;
}

@ A branch that fits makes a layer as wide as itself. The scale is written where
|scale| points at the end, be it the layer's own number or the parameter, which
is zero until then.

@<Make a residual layer@>=
gp_layer *gp_residual_new(gp_chain *branch, double scale, bool trained,
                          gp_error *error)
{
    const size_t width = gp_chain_inputs(branch);
    gp_layer *layer = NULL;
    residual *r;

    if (fits(branch, scale, error))
        layer = gp_layer_new(&type, sizeof *r, width, width, error);
    if (!layer) {
        gp_chain_free(branch);
        return NULL;
    }
    r = (residual *)layer;
    r->branch = branch;
    @<Let |r->scale| point at the number or at the parameter@>@;
    *r->scale = (gp_real)scale;
    return layer;
}

@ From here on, freeing the layer frees the branch.

@<Let |r->scale| point at the number or at the parameter@>=
r->scale = &r->fixed;
if (trained) {
    if (gp_layer_parameter(layer, "scale", 1, 1, true, error)) {
        gp_layer_free(layer);
        return NULL;
    }
    r->scale = layer->parameter[0].value.at;
}

@ Two questions, for those who describe networks.

@<Make a residual layer@>=
bool gp_residual_is(const gp_layer *layer)
{
    return layer->type == &type;
}
double gp_residual_scale(const gp_layer *layer)
{
    GP_REQUIRE(gp_residual_is(layer), "%s is no residual layer",
               layer->type->name);
    return (double)*((const residual *)layer)->scale;
}

@* Counting what comes through.
\label{sec:residual-growth}
Now we look at untrained stacks of 50 blocks. Each block, or the branch of each
block, is two dense layers of 100 units with a rectifier between them, with He's
weights in the first and LeCun's in the second, so that it keeps the mean square
of its input. What is varied is what stands around the two layers.

@(tangled/experiments/residual-growth.c@>=
#include "experiment.h"
#include <math.h>
@#
enum { WIDTH = 100, BLOCKS = 50, BATCH = 100 };
#define BRANCH "dense:100:he_normal relu dense:100:lecun_normal"
static const char *const stack[][2] = {
    {"plain|no path", BRANCH},
    {"residual", "residual(" BRANCH ")"},
    {"scaled|s = 1/sqrt(50)", "residual:0.141421(" BRANCH ")"},
    {"zero|last layer 0", "residual(dense:100 relu dense:100:zeros)"},
    {"pre|pre-norm", "residual(layernorm " BRANCH ")"},
    {"post|post-norm", "residual(" BRANCH ") layernorm"}};
@#
@<Send images up and a random gradient down@>@;
@<Measure all six stacks@>@;

@ The stack stands on a normalized layer, so that the signal starts with a
variance of 1. Ten thousand random numbers of variance 1 stand for the gradient
of a loss. Measured is the variance of both at every block; the means over
several networks are formed as they come in.

@<Send images up and a random gradient down@>=
static void measure(gp_experiment *e, const char *block, uint64_t seed,
                    double way[BLOCKS + 1][2])
{
    const gp_matrix x = gp_matrix_rows(&e->data.train.x, 0, BATCH);
    gp_network *net = gp_experiment_stack(
        e, gp_text("dense:100 layernorm %d*(%s)", BLOCKS, block), &x, seed);
    const double share = 1 / (double)e->plan.seeds;
    gp_random r = gp_random_new(seed);
    gp_real gradient[BATCH * WIDTH];
    gp_matrix dy = gp_matrix_view(gradient, BATCH, WIDTH, WIDTH);

    gp_random_fill_normal(&r, &dy, 0, 1);
    gp_network_backward(net, &x, &dy, NULL);
    for (size_t l = 0; l <= BLOCKS; l++) {
        const size_t i = 1 + l * (gp_network_layers(net) - 2) / BLOCKS;
        const gp_statistics up = gp_describe(gp_network_output(net, i)),
            down = gp_describe(gp_network_output_gradient(net, i));

        way[l][0] += share * pow(up.deviation, 2);
        way[l][1] += share * pow(down.deviation, 2);
    }
    gp_network_free(net);
}

@ The table keeps what has come out at the far ends, and the factor of one block
that would make it in 50 blocks.

@<Measure all six stacks@>=
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "residual-growth", .data = "fashion-mnist", .limit = BATCH,
        .seeds = 5,
        .setting = "Before training: 50 blocks of two layers of 100 units, "
                   "100 images from below, a random gradient from above.");
    gp_table *t = gp_experiment_table(e, "", "variance at the far end",
        "stack|", "signal|signal|%.3g", "up|per block|%.3f",
        "gradient|gradient|%.3g", "down|per block|%.3f");

    for (size_t k = 0; k < sizeof stack / sizeof *stack; k++)
        @<Measure stack |k|@>@;
    return gp_experiment_end(e);
}

@ A series for each stack keeps the way, for the plot: the mean variance of the signal and of the
gradient at every block, from the input of the first block to the output of the last.

@<Measure stack |k|@>=
{
    double way[BLOCKS + 1][2] = {{0}};
    gp_table *s = gp_experiment_series(e, gp_text("%zu", k), "block",
                                       "signal", "gradient");

    for (size_t seed = 0; seed < e->plan.seeds; seed++)
        measure(e, stack[k][1], e->plan.seed + seed, way);
    for (size_t l = 0; l <= BLOCKS; l++)
        gp_series_point(s, (double)l, way[l][0], way[l][1]);
    gp_table_row(t, stack[k][0], way[BLOCKS][0],
                 pow(way[BLOCKS][0], 1. / BLOCKS), way[0][1],
                 pow(way[0][1], 1. / BLOCKS));
}

@ \cell{residual-growth}

\plot{residual-growth}{Mean square of the signal on its way up 50 blocks, and of
the gradient on its way down, before training. Without a scale a residual stack
doubles both in each block; with normalization in the branch the signal counts
the blocks. The other four (no path, scaled, silent, post-norm) stay within a
factor of ten.}

The calculations hold. Without a scale, each block multiplies the variance of the
signal by \val{residual-growth}{up-residual} and that of the gradient by
\val{residual-growth}{down-residual}, where \eqref{eq:residual-forward} and
\eqref{eq:residual-backward} predict 2, and 50 blocks
$2^{50}=1.1\cdot10^{15}$.\claim{residual_stacks_double} With
$s=1/\sqrt{50}$ both grow to \val{residual-growth}{signal-scaled} and
\val{residual-growth}{gradient-scaled}, near the predicted
$(1+\frac1{50})^{50}=2.69$.\claim{scaled_stacks_follow_the_formula} With zeros in
the last layers nothing happens to either.\claim{silent_branches_do_nothing} And
with normalized branches the signal has a mean square of
\val{residual-growth}{signal-pre} behind block 50, for which we predicted
$1+50$, and the gradient grows by the factor \val{residual-growth}{gradient-pre}
on the whole way down.\claim{prenorm_counts_the_blocks}

What does it cost to leave the four remedies out? The numbers of a |float| end
just below $2^{128}$. A signal that doubles its mean square from block to block,
and so grows by $\sqrt2$, leaves that range after 256 blocks. Its square, which a
normalization computes, leaves it after
128.\claim{doubling_leaves_the_range_of_a_float} Trouble begins long before. At
the top of 50 unscaled blocks the numbers are of the size $10^7$. A softmax of
such logits is certain of one class for no reason, and its gradient grows by the
same factor once more on the way down.

@* In front or behind.
\label{sec:pre-post}
The first transformers normalized \emph{behind} the addition,
$h_l=\mathrm{norm}(h_{l-1}+f_l(h_{l-1}))$. That is called \emph{post-norm}. To
normalize in front of the branch, $h_l=h_{l-1}+f_l(\mathrm{norm}(h_{l-1}))$, is
called \emph{pre-norm}. It looks like a matter of taste. In the table above,
post-norm even seems to be the better choice, because it holds the signal at
one.

Look at the path, in Figure~\ref{fig:residual-blocks}. In a pre-norm stack nothing stands on it. In a post-norm stack
every block's normalization does, and it divides. The path and the branch both
have mean square one, so their sum has two, and the normalization divides by
$\sqrt2$, the path as well as the branch.\claim{postnorm_divides_the_path} The
identity term of the product, which was the reason for the whole construction,
is multiplied by $2^{-L/2}$: after 50 blocks, $3\cdot10^{-8}$ is left of it. The
gradient as a whole need not vanish. What the path has lost, terms through the
branches have gained, and in the table it comes out with
\val{residual-growth}{gradient-post}. But these are the terms of a plain stack:
products of many random matrices. So a post-norm stack has the forward pass of a
residual network and the backward pass of a plain one.

\plot{residual-blocks}{Three blocks. On the way from the bottom to the top, the
path (left of each branch) meets nothing but sums in the residual and the pre-norm
block. In the post-norm block every normalization stands on it.}

@ \citet{xiong2020} studied the two orders in transformers. With post-norm the
expected gradients near the output are large at initialization, and training
needs a stage of small learning rates at its beginning, the warm-up. With
pre-norm they are well behaved, and the stage can be left out. In GPT-2 the
normalization had moved to the front of each sub-block, with one more behind the
last block \citep{radford2019}. That last one is needed: a pre-norm stack hands
on a signal whose mean square counts its blocks.

@* Two layers, two hundred layers.
\label{sec:residual-depth}
All of this was measured before training. Does depth still hurt when the stacks are
trained? The following program trains four kinds of networks at four depths for
a short while, 120 steps, on 10,000 images. The kinds are the plain stack, the
residual one with $s=1/\sqrt L$, and the two orders of normalization, all with
the same dense layers, 32 units wide.

One learning rate for all would decide the contest before it begins. So every
kind at every depth is trained at three rates, 0.01, 0.03 and 0.1, with three
seeds each, and its best rate counts.

@(tangled/experiments/residual-depth.c@>=
#include "experiment.h"
#include <math.h>
@#
#define BRANCH "dense:32:he_normal relu dense:32:lecun_normal"
static const char *network(char *text, size_t kind, size_t blocks)
{
    const char *const block[] = {
        BRANCH " relu", gp_text("residual:%g(" BRANCH ")",
                                1 / sqrt((double)blocks)),
        "residual(layernorm " BRANCH ")", "residual(" BRANCH ") layernorm"};

    return gp_format(text, 200, "dense:32:lecun_normal %zu*(%s)%s dense:10",
                     blocks, block[kind], kind == 2 ? " layernorm" : "");
}
@#
@<Train at several rates and keep the best@>@;
@<Train all four kinds at four depths@>@;

@ An accuracy is that of the whole validation set, averaged over the seeds. A
rate at which one of the seeds diverges is out, so that luck with the two others
does not count.

@<Train at several rates and keep the best@>=
static gp_spread best(gp_experiment *e, const char *net)
{
    const double rate[] = {0.01, 0.03, 0.1};
    gp_spread found = {0};

    for (size_t k = 0; k < 3; k++) {
        const gp_spread s =
            gp_experiment_accuracies(e, net, .learning_rate = rate[k]);

        if (s.lost == 0 && (found.count == 0 || s.mean > found.mean))
            found = s;
    }
    return found;
}

@ The number of layers in the table is that of the blocks, two in each.

@<Train all four kinds at four depths@>=
int main(int argc, char **argv)
{
    const size_t depth[] = {1, 5, 25, 100};
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "residual-depth", .data = "fashion-mnist", .limit = 10000,
        .seeds = 3, .steps = 120, .batch = 50, .epochs = 1,
        .setting = "Dense layers of 32 units, two in each block, 120 steps "
                   "with batches of 50, each kind and depth at the best of "
                   "the rates 0.01, 0.03 and 0.1.");
    gp_table *t = gp_experiment_table(e, "",
        "validation accuracy, per cent", "layers|layers",
        "plain|plain|%.1f", "scaled|s = 1/sqrt(L)|%.1f",
        "pre|pre-norm|%.1f", "post|post-norm|%.1f");

    gp_spread s[4][4];

    for (size_t d = 0; d < 4; d++)
        @<Train all four kinds with |depth[d]| blocks@>@;
    @<Compare with the paper@>@;
    return gp_experiment_end(e);
}

@ The four kinds become one row of the table.

@<Train all four kinds with |depth[d]| blocks@>=
{
    char text[200];

    for (size_t kind = 0; kind < 4; kind++)
        s[d][kind] = best(e, network(text, kind, depth[d]));
    gp_table_row_of_spreads(t, gp_text("%zu", 2 * depth[d]), s[d][0], s[d][1],
                            s[d][2], s[d][3]);
}

@ \citet{he2016} found that depth hurts a plain network and does not hurt a
residual one. The rule for our networks, written down before the run: from 10
layers to 50 the plain accuracy falls by more than five points, and the scaled
residual one by two at most. The paper's networks are convolutional and their
plain ones have batch normalization, which ours have not. So the verdict is ``in
direction'' at best.

@<Compare with the paper@>=
const double plain = s[1][0].mean - s[2][0].mean;
const double scaled = s[1][1].mean - s[2][1].mean;
gp_experiment_compare(e,
    .experiment = "He 2016, more depth: loss of plain and residual nets",
    .paper = "plain loses, residual does not",
    .ours = gp_text("%.1f and %.1f points", plain, scaled),
    .spread = gp_text("%.1f", gp_spread_deviation(&s[1][0])),
    .rule = "more than 5; at most 2",
    .verdict = gp_judge(false, plain > 5 && scaled <= 2));

@ \cell{residual-depth}

\plot{residual-depth}{Accuracy after 120 steps against depth. The residual
stacks with a scaled branch or a normalization in it do not notice the depth; the
plain stack and post-norm do.}

Two layers learn equally well in any form. From there on the kinds part. The
plain stack has fallen to \val{residual-depth}{plain-50} per cent with 50 layers
and guesses, although its weights are He's and its signals have the right size
on average.\claim{plain_stacks_stop_learning} The scaled residual stack reaches
\val{residual-depth}{scaled-200} per cent with 200 layers, against
\val{residual-depth}{scaled-2} with two, and pre-norm \val{residual-depth}{pre-200}
against \val{residual-depth}{pre-2}.\claim{residual_stacks_do_not_notice_depth}
Post-norm keeps up to 10 layers, is behind with 50, and guesses with
200.\claim{postnorm_fails_at_depth} Its signal has mean square one everywhere. It
is the path that it lacks.

Note what is \emph{not} in these numbers: that depth helps. The images can be
sorted at this level by two layers, and 200 are no better. The point is that
they are no worse.

@* Gradients like noise.
\label{sec:shattered}
Why does the plain stack not learn, if its signal and its gradient have the
right size? \citet{balduzzi2017} looked at the gradient not at one input but as a
function of the input, and found that it resembles noise. The correlation
between the gradients at two inputs decays exponentially with the depth of a
plain network, and only sublinearly with skip connections; they call the former
gradients \emph{shattered}. Such a gradient points downhill, and a step in its
direction arrives at a place where the gradient has nothing to do with it.

The rates can be derived, for two inputs so far apart that a unit's being on for
one says nothing about the other. Backward through a layer with He's weights, the
gradient's components are multiplied by weights of variance $2/n$ and kept where
the unit is on. At one input that is the case for half of the units, so the
variance is multiplied by $2\cdot\frac12=1$. Both inputs have the unit on in a
quarter of the cases, so the \emph{covariance} of the two gradients is multiplied
by $2\cdot\frac14=\frac12$.\claim{correlation_halves_in_a_plain_layer} The
correlation halves from layer to layer: after 20 layers a millionth is left.

@ In a residual block both gradients also go down the path, undisturbed. Variance
and covariance are multiplied by $1+s^2$ and $1+\frac12s^2$. With $s=1$ the
correlation falls by $\frac34$ in each block, still exponentially. With a
normalized branch, which has $s^2=1/l$ in effect, the factor is
\[
\frac{1+\frac1{2l}}{1+\frac1l}\approx1-\frac1{2l},
\qquad\text{and}\qquad
\prod_{l=1}^L\Bigl(1-\frac1{2l}\Bigr)\propto\frac1{\sqrt L};
\]
with $s^2=1/L$ it is about $1-\frac1{2L}$, and the product about
$e^{-1/2}=0.61$, at any depth. This is the second service of the branch's scale:
it holds not only the size of the gradient, but its meaning.

To measure it we need inputs that can be moved a little. The following networks
have a single one.

@(tangled/experiments/shattered.c@>=
#include "experiment.h"
enum { POINTS = 256, LAG = 4, KINDS = 4 };
#define BRANCH "dense:100:he_normal relu dense:100:lecun_normal"
static const char *const layers[KINDS] = {
    "(dense:100:he_normal relu)", "(dense:100:he_normal batchnorm relu)",
    "(residual:0.125(" BRANCH "))",
    "(residual(layernorm " BRANCH ")) layernorm"};
@<How alike are a network's gradients at neighbours?@>@;
@<Compare four kinds of networks at all depths@>@;

@ The network's input is one number $x$, which goes from $-2$ to 2. The first
layer's biases are spread over the same range, so that its units have their
corners at different places of the line. The gradient of the output by itself is
1. Below the first layer stands a layer that does nothing; the gradient by its output is the
gradient by $x$.

@<How alike are a network's gradients at neighbours?@>=
static double likeness(gp_experiment *e, const char *text, uint64_t seed,
                       gp_real *g)
{
    gp_real point[POINTS], one[POINTS];
    const gp_matrix x = gp_matrix_view(point, POINTS, 1, 1);
    const gp_matrix dy = gp_matrix_view(one, POINTS, 1, 1);
    gp_random r = gp_random_new(seed);

    for (size_t i = 0; i < POINTS; i++)
        point[i] = (gp_real)(4. * (double)i / (POINTS - 1) - 2), one[i] = 1;
    @<Pass |x| forward and |dy| backward, and keep the gradient in |g|@>@;
    @<Return the correlation of neighbours in |g|@>@;
}

@ The biases are drawn when the network exists, so the samples pass once more.

@<Pass |x| forward and |dy| backward, and keep the gradient in |g|@>=
gp_network *net = gp_experiment_stack(e, text, &x, seed);
gp_random_fill_uniform(&r, &gp_network_layer(net, 1)->parameter[1].value, -2,
                       2);
gp_network_forward(net, &x, true);
gp_network_backward(net, &x, &dy, NULL);
for (size_t i = 0; i < POINTS; i++)
    g[i] = gp_at(gp_network_output_gradient(net, 0), i, 0);
gp_network_free(net);

@ The measure is the correlation of the gradients at two points that are four
steps apart, a sixtieth of the line. For a smooth curve it is near 1, for noise
near 0. The sum of squared distances from the mean is taken over all points.

@<Return the correlation of neighbours in |g|@>=
const gp_spread all = gp_spread_over(POINTS, g);
double product = 0;
for (size_t i = 0; i + LAG < POINTS; i++)
    product += ((double)g[i] - all.mean) * ((double)g[i + LAG] - all.mean);
return product / all.squares;

@ What is varied is the kind of the network and its depth, from 2 layers to 128.
A plain network has its layers one by one, a residual one in pairs.

@<Compare four kinds of networks at all depths@>=
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "shattered",
        .seeds = 10,
        .setting = "Before training: gradients by the one input, at 256 "
                   "points of a line, in layers of 100 units.");
    gp_table *t = gp_experiment_table(e, "", "correlation of neighbours",
        "layers", "plain||%.2f", "batchnorm||%.2f", "scaled|s = 1/8|%.2f",
        "pre|pre-norm|%.2f");

    for (size_t depth = 2; depth <= 128; depth *= 2) {
        gp_spread s[KINDS] = {{0}};

        for (size_t k = 0; k < KINDS; k++)
            @<Draw ten networks of kind |k|@>@;
        gp_table_spreads(t, gp_text("%zu", depth), KINDS, s);
    }
    return gp_experiment_end(e);
}

@ The curve of the last network of each kind is kept for the plot, at one
depth, as a series named by the number of the kind.

@<Draw ten networks of kind |k|@>=
{
    gp_real g[POINTS];

    for (size_t i = 0; i < e->plan.seeds; i++)
        gp_spread_add(&s[k], likeness(e,
            gp_text("identity dense:100 relu %zu*%s dense:1",
                    depth / (k / 2 + 1), layers[k]), e->plan.seed + i, g));
    if (depth == 32) {
        gp_table *curve = gp_experiment_series(e, gp_text("%zu", k), "g");

        for (size_t i = 0; i < POINTS; i++)
            gp_series_point(curve, (double)g[i]);
    }
}

@ \cell{shattered}

\plot{shattered}{The gradient of an untrained network with 32 hidden layers by
its one input, along a line of inputs, each curve divided by its largest value.
With batch normalization the plain stack's gradient is noise; the residual ones
are curves.}

The plain stack loses the likeness of its gradients slowly at first: at 8 layers
the correlation is \val{shattered}{plain-8}, at 128 layers
\val{shattered}{plain-128}.\claim{plain_gradients_shatter} Slowly, because a plain
stack of rectifiers has another illness, which hides this one: it turns all
inputs into nearly the same direction (Section~\ref{sec:orthogonal-demo}), and for
inputs that are alike the units that are on are the same. Batch normalization
cures that illness. It pulls the points of the line apart again in each layer, and
from 8 layers on their gradients have nothing in common,
\val{shattered}{batchnorm-8}.\claim{batch_normalized_gradients_shatter_at_once}
The two residual stacks keep \val{shattered}{scaled-128} and
\val{shattered}{pre-128} at 128
layers.\claim{residual_gradients_do_not_shatter} That is the order of the paper,
exponential against hardly at all.

@* Where the book meets.
\label{sec:transformer-block}
A transformer is a residual stack. Every second of its blocks is \emph{attention},
which lets the positions of a text look at each other and is no subject of this
book. The blocks between are dense layers, the same for every position, and we
have all of their parts: a normalization of each sample in front
(Section~\ref{sec:layer-normalization}); a dense layer to four times the width,
with one of the variance-preserving initializers
(Chapter~\ref{ch:initialization}); GELU (Chapter~\ref{ch:relu-family}); a dense
layer back to the width; and the addition. In our grammar:

\begin{quote}
\texttt{residual(layernorm dense:256:he\_normal gelu dense:64)}
\end{quote}

The next cell compares stacks of eight such blocks, 32 units wide, after one pass
over 5000 images with Adam: without the path; with the path; with layer
normalization behind the sum and in front of the branch; and with RMS
normalization in front. The validation samples choose each one's learning rate.

\cell{transformer-block}

The path alone does not help here. It adds up eight branches without a scale, and
the stack is where the plain one is. The normalization in the branch makes the
difference, more than ten percentage points. RMS normalization is as good as layer
normalization, and post-norm, with eight blocks, is not far
behind.\claim{the_transformer_block_needs_its_normalization} What we have seen in
deeper stacks says why nobody builds a hundred of those.

@ The form of such networks and their first weights come from this chapter's
arithmetic. In GPT-2 the weights of the residual layers are multiplied by
$1/\sqrt N$, where $N$ is the number of residual layers: way 1 of
Section~\ref{sec:residual-variance}, on top of way 4.

Which of the book's cures is needed, then? The residual form with a scaled or
normalized branch does not replace an initializer; each branch is a short plain
stack, and \eqref{eq:residual-forward} has assumed that it keeps the size of what
it is given. What the form does is to make the depth of a network a sum in place
of a product. Errors in the branches add up, where they multiplied before.

@* Exercises.
\label{sec:exercises-08}
An answer goes into the section of its exercise: delete |gp_not_started()|
and write the function, then \texttt{make exercise N=...} tests it.

@ \begin{exercise}{08-variance-after-blocks}{15}{3}
\textbf{The variance after $L$ blocks.} A stack of $L$ blocks computes
$h\leftarrow h+s\,f(h)$. Before training, the branch is uncorrelated with the
path and its output has $a$ times the mean square of its input. Return the mean
square after $L$ blocks if it was $q$ before the first. Then turn it round:
return the scale with which $L$ blocks make $g$ times as much of it, $g>1$.
With normalized branches the output of a branch has mean square $a$ itself,
whatever $h$ is; the last two functions ask the same for such a stack.
\end{exercise}

@(tangled/exercises/08-variance-after-blocks.c@>=
#include "exercise.h"
#include <math.h>
#include <stddef.h>

double plain_after(size_t blocks, double s, double a, double q)
{
    gp_not_started();
}

double plain_scale(size_t blocks, double a, double g)
{
    gp_not_started();
}

double normalized_after(size_t blocks, double s, double a, double q)
{
    gp_not_started();
}

double normalized_scale(size_t blocks, double a, double q, double g)
{
    gp_not_started();
}

@ \begin{exercise}{08-identity-path}{20}{3}
\textbf{What is left of the identity.} A post-norm block computes
$\mathrm{norm}(\alpha h+f(h))$, where $h$ and $f(h)$ are uncorrelated and have
mean squares 1 and $b$, and the normalization divides by the root of the mean
square of the sum. (Leave its two projections aside: in a wide layer they
remove little.) Some of the gradient at the top goes through no branch at all.
By which factor has this part been multiplied when it arrives at the bottom of
$L$ such blocks? And which $\alpha$ lets the share $p$ of it through? Give the
answer for pre-norm blocks, $h+f(\mathrm{norm}(h))$, too.
\end{exercise}

@(tangled/exercises/08-identity-path.c@>=
#include "exercise.h"
#include <math.h>
#include <stddef.h>

double post_norm_share(size_t blocks, double alpha, double b)
{
    gp_not_started();
}

double alpha_for_share(size_t blocks, double b, double p)
{
    gp_not_started();
}

double pre_norm_share(size_t blocks, double b)
{
    gp_not_started();
}

@ \begin{exercise}{08-group-norm}{30}{5}
\textbf{Group normalization.} Between one row and one number there is room.
Group normalization cuts a row of $n$ features into $k$ groups of neighbours,
$n/k$ each, and normalizes each group by itself (with the biased variance). Then
feature $j$ has its own $\gamma_j$. Write both passes for one row; |dgamma| is
that of this row alone. With $k=1$ you have layer normalization. What is left
of a row with $k=n$?
\end{exercise}

@(tangled/exercises/08-group-norm.c@>=
#include "exercise.h"
#include <math.h>
#include <stddef.h>

void group_norm(size_t n, size_t k, const double *x, const double *gamma,
                double epsilon, double *y)
{
    gp_not_started();
}

void group_norm_backward(size_t n, size_t k, const double *x,
                         const double *gamma, double epsilon,
                         const double *dy, double *dx, double *dgamma)
{
    gp_not_started();
}

@ \begin{exercise}{08-gradient-test}{30}{4}
\textbf{Prove by test: a backward pass.} You write the test, and we write the
programs. Each is a backward pass of layer normalization for one row with
$\varepsilon=10^{-6}$. Return whether it is a correct one. Some of ours are
wrong in places where a hasty test does not look. You may compute what you
need from the formulas of this chapter, or by differences.
\end{exercise}

@(tangled/exercises/08-gradient-test.c@>=
#include "exercise.h"
#include <math.h>
#include <stddef.h>

typedef void (*row_backward)(size_t n, const double *x, const double *gamma,
                             const double *dy, double *dx);

bool is_backward(row_backward backward)
{
    gp_not_started();
}

@* Index.
