@i common.w
@s lapack_factor int
@s lapack_form int
@s gp_normal_moments int
@s findings int
@s rung int

@** Initialization.
\label{ch:initialization}
Before the first step of training, a network is a random function, and the only
thing we may choose about it is which one. Chapter~\ref{ch:gradient-problem}
showed how much hangs on that choice: a signal that shrinks by a fixed factor
in every layer is gone after twenty of them, forwards and backwards, and no
optimizer brings it back quickly.

The remedy costs one line. A layer multiplies the variance of its signal by a
factor which can be computed from the number of inputs, the variance of the
weights and the activation function. Choose the variance of the weights so that
the factor is one. This chapter derives the factor in both directions, builds
the module |initialize| that draws weights by it, and a second module,
|variance|, a calculator which predicts what any choice does to any depth and
then measures whether the prediction holds. The formulas are short, and they
are easily got wrong: the notebook from which this book grew has one of them
wrong by $\sqrt3$, and we will see what that costs.

@* What a layer does to a variance.
\label{sec:variance-forward}
Take one unit of a dense layer, with inputs $x_1,\dots,x_{\fanin}$ and no bias,
$z=\sum_i w_ix_i$. Let the weights be independent of each other and of the
inputs, with mean zero and one variance $\Var[w]$ for all. Each product then
has mean zero, two different products are uncorrelated, and the variance of the
sum is the sum of the variances:
\begin{equation}
\label{eq:forward}
\Var[z] = \sum_{i=1}^{\fanin}\Expect[w_i^2]\,\Expect[x_i^2] = \fanin\,\Var[w]\,\Expect[x^2].
\end{equation}
On the right stands the mean \emph{square} of the inputs, not their variance.
The two agree only where the inputs have mean zero. For standardized data and
for tanh they do; for the logistic function and for rectifiers they do not, and
this is the point at which the derivations of \citet{glorot2010} and
\citet{he2015} part.

Suppose for now that the activation is the identity, or tanh in its linear
middle, so that $x$ in the next layer is $z$ in this one.
Equation~\eqref{eq:forward} then says that every layer multiplies the variance
by $\fanin\Var[w]$. Over $L$ layers that is a power $L$, and a power stays near
one only if its base is one:
\begin{equation}
\label{eq:forward-condition}
\fanin\,\Var[w] = 1.
\end{equation}

@* The way back.
\label{sec:variance-backward}
In the backward pass a dense layer uses the same weights, transposed. The
gradient at input $i$ gathers from all units. With $y=f(z)$ for the output of
the activation,
\[
\frac{\partial L}{\partial x_i}
 = \sum_{j=1}^{\fanout} w_{ij}\,f'(z_j)\,\frac{\partial L}{\partial y_j},
\] a sum of $\fanout$ terms where the forward pass had $\fanin$. Write $\delta$
for it; then
\begin{equation}
\label{eq:backward}
\Expect[\delta^2] = \fanout\,\Var[w]\;\Expect\bigl[f'(z)^2\bigr]\;\Expect\biggl[\Bigl(\frac{\partial L}{\partial y}\Bigr)^{2}\biggr].
\end{equation}
The factor $\Expect[f'(z)^2]$ is the activation's toll; it is one for the
identity. Two assumptions hide here, and the second is bold. Weights are taken
to be independent of the gradient that arrives, and the slope $f'(z)$ of a unit
to be independent of that gradient too, although the same random weights made
both. We will measure how well that holds
(Section~\ref{sec:predicted-measured}).

The identity now asks for
\begin{equation}
\label{eq:backward-condition}
\fanout\,\Var[w] = 1,
\end{equation}
which contradicts \eqref{eq:forward-condition} unless the layer is square.

@* Glorot's compromise.
\label{sec:glorot}
\citet{glorot2010} settle the conflict by the average of the two fans,
\begin{equation}
\label{eq:glorot}
\Var[w] = \frac{1}{n_{\mathrm{avg}}},\qquad n_{\mathrm{avg}}=\frac{\fanin+\fanout}{2}.
\end{equation}
The forward factor is then $2\fanin/(\fanin+\fanout)$ and the backward factor
$2\fanout/(\fanin+\fanout)$; neither is one in a layer that is not square, but
their sum is always two. For the network 784-300-100-10, which this book trains most often, the forward factors are $1.45$, $1.50$ and $1.82$, in all $3.9$; the backward factors
are $0.55$, $0.50$ and $0.18$, in all $0.05$. A gradient whose mean square is a twentieth at the bottom of what it is at the top is nothing to worry about. A factor of $0.55$ in each of thirty layers would be.

How bad is it to satisfy one side only? Less than the conflict suggests. Let
the widths be $n_0,n_1,\dots,n_L$ and use the forward condition in every layer,
$\Var[w_l]=1/n_{l-1}$. The backward factors telescope:
\begin{equation}
\label{eq:telescope}
\prod_{l=1}^{L}\frac{n_l}{n_{l-1}} = \frac{n_L}{n_0}.
\end{equation}
The total depends on the two ends alone and not on the depth. This is the
remark of \citet{he2015} that either condition is enough: what destroys deep
networks is a factor to the power of the depth, and there is none
here.\claim{fan_in_backward_telescopes} What must be right is the constant in
front of the fan.

@* LeCun and He.
\label{sec:lecun-he}
Long before, \citet{lecun1998} had used \eqref{eq:forward-condition} as it
stands, $\Var[w]=1/\fanin$, for a scaled tanh whose output variance is about
one when its input variance is. That choice now carries LeCun's name;
Chapter~\ref{ch:elu-selu} needs it for SELU.

A rectifier keeps the positive half. If $z$ is symmetric about zero then
$\Expect[f(z)^2]=\frac12\Var[z]$, because the half that is cut off contributed
half of the square; and $\Expect[f'(z)^2]=\frac12$, because half of the slopes
are zero. Both directions lose one half a layer, and both are repaired by one
factor of two \citep{he2015}:
\begin{equation}
\label{eq:he}
\tfrac12\,\fanin\,\Var[w]=1,\qquad \Var[w]=\frac{2}{\fanin}.
\end{equation}
A leaky rectifier with slope $a$ on the negative side passes $a^2$ of that
half, so that
\begin{equation}
\label{eq:he-leaky}
\tfrac12\,(1+a^2)\,\fanin\,\Var[w]=1,
\end{equation}
which joins He's rule at $a=0$ to LeCun's at
$a=1$.\claim{leaky_gain_joins_he_and_lecun} The mean of a rectifier's output is
not zero, which is why \eqref{eq:forward} had to be written with
$\Expect[x^2]$. With the variance in its place, one would get the wrong
constant: the variance of a rectified normal number is not $\frac12$ of what
went in but \val{scaling}{relu-variance}, since the mean takes the
rest.\claim{relu_keeps_half_the_square}

@* From a variance to a distribution.
\label{sec:scaling}
The conditions fix a variance. The shape of the distribution remains free, and
three are in use. For a wanted variance $s^2=\mathrm{scale}/\mathrm{fan}$:

\begin{itemize}
\item the normal distribution with standard deviation $s$;
\item the uniform distribution on $[-r,r]$, whose variance is
$\frac{1}{2r}\int_{-r}^{r}w^2\,dw=\frac{r^2}{3}$, so that
\begin{equation}
\label{eq:uniform}
r = \sqrt{3}\,s = \sqrt{\frac{3\,\mathrm{scale}}{\mathrm{fan}}};
\end{equation}
\item the normal distribution cut off at two standard deviations, which has no
tails, so that no weight starts far out. Cutting makes it narrower, and
Section~\ref{sec:truncated} computes by how much.
\end{itemize}

Every rule so far is one setting of three knobs, and this is how Keras offers
them: a \emph{scale}, a \emph{mode} that says which fan divides it, and a
\emph{distribution}.

@<Types of the initializers@>=
typedef enum { GP_FAN_IN, GP_FAN_OUT, GP_FAN_AVG } gp_mode;
    /* the inputs, the units, or the mean of both */
typedef enum {
    GP_TRUNCATED_NORMAL, /* cut at two standard deviations, rescaled */
    GP_UNTRUNCATED_NORMAL,
    GP_UNIFORM
} gp_distribution;
typedef struct {
    double scale; /* the variance is |scale| over the fan; positive */
    gp_mode mode;
    gp_distribution distribution;
} gp_variance_scaling;

@ The module's interface. A weight matrix is |[in, out]| as in the dense layer,
so that |fan_in| is the number of its rows. The generator |r| moves on by one
sample an element; element $(i,j)$ depends on the seed and its place alone,
whatever the number of threads.\claim{weights_do_not_depend_on_threads}

@(tangled/lib/initialize.h@>=
#pragma once
#include "matrix.h"
#include "random.h"
@#
GP_BEGIN_DECLS@;
@<Types of the initializers@>@;
@<Drawing weights@>@;
@<Looking up initializers by name@>@;
GP_END_DECLS@;

@ Two functions draw. The second can run out of memory, and says so.

@<Drawing weights@>=
void gp_initialize_variance_scaling(gp_matrix *w, gp_variance_scaling s,
                                    gp_random *r);
    /* fills the weights |w|, [inputs, units]; |r| moves on by one word for
       each; a fan of zero counts as one, as in Keras */
gp_status gp_initialize_orthogonal(gp_matrix *w, double gain,
                                   gp_random *r, gp_error *error);
    /* orthonormal rows or columns, whichever are fewer, times |gain|
       (Saxe et al.\ 2013); |GP_NO_MEMORY| */

@ Names are looked up at run time, since they come from a specification that
somebody typed. All of these answer |false| to an unknown name and touch
nothing.\claim{unknown_initializers_are_rejected}

@<Looking up initializers by name@>=
bool gp_initialize(gp_matrix *w, const char *name, gp_random *r);
    /* fills |w|, [inputs, units], by the initializer |name|; |false|: the
       name is unknown, or memory is short */
bool gp_initializer_scaling(const char *name, gp_variance_scaling *s);
    /* the three settings behind a name such as |"he_normal"|; |false|: the
       name is unknown or does not stand for variance scaling */
bool gp_initializer_variance(const char *name, size_t in, size_t out,
                             double *variance);
    /* the mean square of the weights that it draws for |in| inputs and |out|
       units; |false|: the name is unknown */
double gp_scaling_variance(gp_variance_scaling s, size_t in, size_t out);
    /* the same for given settings: |scale| over the fan */
const char *const *gp_initializer_names(void); /* ended by |NULL| */

@ The implementation, in the order of the chapter.

@(tangled/lib/initialize.c@>=
#include "initialize.h"
#include "private/vectormath.h"
#include <omp.h>
#include <stdlib.h>
#include <string.h>
@<The variance that a scaling asks for@>@;
@<Variance scaling@>@;
@<Orthogonal matrices@>@;
@<The table of names@>@;
@<Initialization by name@>@;

@ The target variance is a division. A fan of zero cannot come from a real
layer; it is read as one so that an empty matrix is not a special case for the
caller.

@<The variance that a scaling asks for@>=
double gp_scaling_variance(gp_variance_scaling s, size_t in, size_t out)
{
    double fan = s.mode == GP_FAN_IN    ? (double)in
                 : s.mode == GP_FAN_OUT ? (double)out
                                        : 0.5 * ((double)in + (double)out);
    GP_REQUIRE(s.scale > 0, "the scale must be positive, not %g", s.scale);
    return s.scale / (fan < 1 ? 1 : fan);
}

@ And here is the one function that draws all of them. The constant is the
subject of the next section.

@<Variance scaling@>=
#define TRUNCATED_DEVIATION 0.87962566103423978
void gp_initialize_variance_scaling(gp_matrix *w, gp_variance_scaling s,
                                    gp_random *r)
{
    double deviation = sqrt(gp_scaling_variance(s, w->rows, w->cols));
    if (s.distribution == GP_UNIFORM) {
        double limit = sqrt(3.0) * deviation;
        gp_random_fill_uniform(r, w, -limit, limit);
    } else if (s.distribution == GP_UNTRUNCATED_NORMAL)
        gp_random_fill_normal(r, w, 0, deviation);
    else
        gp_random_fill_truncated_normal(r, w, 0,
                                        deviation / TRUNCATED_DEVIATION);
}

@* The width of a truncated normal distribution.
\label{sec:truncated}
Keep only those samples of a standard normal distribution that fall within
$[-c,c]$. Their density is $\varphi(z)/p$ where $p=2\Phi(c)-1$ is the share
that is kept. Since $\varphi'(z)=-z\varphi(z)$, the second moment follows by
parts:
\begin{equation}
\label{eq:truncated}
\frac1p\int_{-c}^{c}z^2\varphi(z)\,dz
 = \frac1p\Bigl(\bigl[-z\varphi(z)\bigr]_{-c}^{c}+\int_{-c}^{c}\varphi(z)\,dz\Bigr)
 = 1-\frac{2c\,\varphi(c)}{p}.
\end{equation}
At $c=2$ this is \val{scaling}{truncated-variance}; its root,
\val{scaling}{truncated-deviation}, is the constant
|TRUNCATED_DEVIATION|.\claim{truncated_deviation_is_the_root} Whoever asks for
a standard deviation $s$ must therefore draw from a normal distribution of
standard deviation $s$ divided by that constant, and cut it at twice the larger
one.

Several libraries shipped without the division.\index{truncated normal
distribution} Their ``He'' networks were started with
\val{scaling}{truncated-loss} of the variance lost in each layer, the forward
signal of thirty layers with \val{scaling}{truncated-thirty} of what it should
have been.\claim{missing_truncation_loses_variance} It is easily missed, since
such networks still train. The appendix on shipped bugs comes back to it.

@* The names.
\label{sec:initializer-names}
The named initializers of Keras are six settings of the knobs and three that
are no variance scaling. The normal ones are truncated.

@<The table of names@>=
static const struct {
    const char *name;
    gp_variance_scaling scaling;
} scaled[] = {
    {"glorot_uniform", {1, GP_FAN_AVG, GP_UNIFORM}},@/
    {"glorot_normal", {1, GP_FAN_AVG, GP_TRUNCATED_NORMAL}},@/
    {"he_uniform", {2, GP_FAN_IN, GP_UNIFORM}},@/
    {"he_normal", {2, GP_FAN_IN, GP_TRUNCATED_NORMAL}},@/
    {"lecun_uniform", {1, GP_FAN_IN, GP_UNIFORM}},@/
    {"lecun_normal", {1, GP_FAN_IN, GP_TRUNCATED_NORMAL}},@/
};

@ Programs that list their choices want all of them, in a fixed order.

@<The table of names@>=
const char *const *gp_initializer_names(void)
{
    static const char *const names[] = {
        "glorot_uniform", "glorot_normal", "he_uniform",
        "he_normal",      "lecun_uniform", "lecun_normal",
        "zeros",          "ones",          "orthogonal", NULL};
    return names;
}

@ A search through six rows needs no better method than to compare one after
the other.

@<Initialization by name@>=
bool gp_initializer_scaling(const char *name, gp_variance_scaling *s)
{
    for (size_t i = 0; i < sizeof scaled / sizeof *scaled; i++)
        if (strcmp(name, scaled[i].name) == 0) {
            *s = scaled[i].scaling;
            return true;
        }
    return false;
}

@ Zeros are right for biases. For weights they are the one start that cannot
work: all units of a layer compute the same, receive the same gradient, and
stay the same for ever. Ones share the fault. They are here because Keras has
them, and because Section~\ref{sec:symmetry} shows the fault happening.

@<Initialization by name@>=
bool gp_initialize(gp_matrix *w, const char *name, gp_random *r)
{
    gp_variance_scaling s;
    if (gp_initializer_scaling(name, &s))
        gp_initialize_variance_scaling(w, s, r);
    else if (strcmp(name, "zeros") == 0)
        gp_matrix_fill(w, 0);
    else if (strcmp(name, "ones") == 0)
        gp_matrix_fill(w, 1);
    else if (strcmp(name, "orthogonal") == 0)
        return gp_initialize_orthogonal(w, 1, r, NULL) == GP_OK;
    else
        return false;
    return true;
}

@ For the calculator, the mean square of the weights. An orthogonal matrix of
$m$ rows and $n\le m$ columns holds $n$ columns of length one, so that its $mn$
elements have a mean square of $1/m$, one over the larger side.

@<Initialization by name@>=
bool gp_initializer_variance(const char *name, size_t in, size_t out,
                             double *variance)
{
    gp_variance_scaling s;
    if (gp_initializer_scaling(name, &s))
        *variance = gp_scaling_variance(s, in, out);
    else if (strcmp(name, "zeros") == 0 || strcmp(name, "ones") == 0)
        *variance = name[0] == 'o';
    else if (strcmp(name, "orthogonal") == 0)
        *variance = 1 / (double)(in > out ? in : out);
    else
        return false;
    return true;
}

@* What comes out.
\label{sec:scaling-demo}
A table of all names at once, for a layer of \val{scaling}{inputs} inputs and
\val{scaling}{units} units: the standard deviation that the rule asks for, the
one that comes out, and the extremes. The uniform ones end at $\sqrt3$ standard
deviations, the truncated ones at $2/\val{scaling}{truncated-deviation}$ of
them.

\cell{scaling}

Figure~\ref{fig:scaling} shows the three shapes at the same variance. For what
this chapter is about, the shape does not matter: \eqref{eq:forward} contains
the variance and nothing else.

\plot{scaling}{Histograms of \val{scaling}{samples} weights from each of the three
distributions, all scaled to a standard deviation of one.}

@(tangled/experiments/scaling.c@>=
#include "experiment.h"
#include <math.h>
@<Measure one initializer@>@;
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "scaling",
        .seeds = 1, .seed = 3,
        .setting = "The weights of one layer of 300 inputs and 400 units; "
                   "varied is the initializer.");
    gp_random r = gp_random_new(e->plan.seed);
    gp_matrix w;
    if (gp_matrix_new(&w, 300, 400, NULL) != GP_OK)
        gp_experiment_fail(e, "no memory for the weights");
    gp_table *t = gp_experiment_table(e, "", "deviation and extremes",
        "name|initializer", "wanted|wanted s|%.6f", "s|measured s|%.6f",
        "least|least / s|%.4f", "most|most / s|%.4f");
    for (const char *const *name = gp_initializer_names(); *name; name++)
        measure(t, *name, &w, &r);
    @<Record the histograms of the three distributions@>@;
    @<Record the numbers of this chapter's formulas@>@;
    gp_matrix_free(&w);
    return gp_experiment_end(e);
}

@ Here $s$ is the root of the mean square, since zeros and ones are no random
numbers. Zeros have none to divide by.

@<Measure one initializer@>=
static void measure(gp_table *t, const char *name, gp_matrix *w,
                    gp_random *r)
{
    double wanted;
    gp_initializer_variance(name, w->rows, w->cols, &wanted);
    gp_initialize(w, name, r);
    const gp_statistics is = gp_describe(w);
    const double s = wanted > 0 ? sqrt(wanted) : 1;
    gp_table_row(t, name, sqrt(wanted), hypot(is.mean, is.deviation),
                 is.minimum / s, is.maximum / s);
}

@ With a scale equal to the number of inputs the variance is one. The bins are
a tenth wide and reach from $-4$ to $4$. The truncated distribution comes first,
then the normal one and the uniform one.

@<Record the histograms of the three distributions@>=
gp_table *bins = gp_experiment_series(e, "bins", "x|x|%g", "density|y|%g");
for (int d = 0; d < 3; d++) {
    gp_initialize_variance_scaling(&w,
        @[(gp_variance_scaling){300, GP_FAN_IN, (gp_distribution)d}@], &r);
    gp_series_density(bins, &w, -4, 4, 80);
}

@ The numbers in the prose of this chapter are recorded too. The last one is the
variance of $\max(0,z)$ for a standard normal $z$.

@<Record the numbers of this chapter's formulas@>=
const double pi = acos(-1.0), p = erf(sqrt(2.0));
const double variance = 1 - 4 * exp(-2.0) / sqrt(2 * pi) / p;
gp_experiment_value(e, "inputs", "%.0f", (double)w.rows);
gp_experiment_value(e, "units", "%.0f", (double)w.cols);
gp_experiment_value(e, "samples", "%.0f", (double)(w.rows * w.cols));
gp_experiment_value(e, "truncated-variance", "%.5f", variance);
gp_experiment_value(e, "truncated-deviation", "%.7f", sqrt(variance));
gp_experiment_value(e, "truncated-loss", "%.1f", 100 * (1 - variance));
gp_experiment_value(e, "truncated-thirty", "%.5f", pow(variance, 30));
gp_experiment_value(e, "relu-variance", "%.4f", 0.5 - 1 / (2 * pi));
gp_experiment_value(e, "weight-loss", "%.1e", pow(2, -14.5));

@* The same in Keras.
\label{sec:keras-twins}
The notebook shows two calls. The first picks an initializer by its name, the
second sets the knobs:

\begin{quote}
\small
\texttt{Dense(10, activation="relu",}\\
\qquad\texttt{kernel\_initializer="he\_normal")}

\texttt{init = VarianceScaling(scale=2, mode="fan\_avg",}\\
\qquad\texttt{distribution="uniform")}\\
\texttt{Dense(10, activation="sigmoid", kernel\_initializer=init)}
\end{quote}

Their twins in C99, with the network of Chapter~\ref{ch:laboratory}, use
designated initializers as named arguments; what is not named keeps its
default. Both calls stand in the program below, which measures the weights that
they made.\claim{keras_twins_draw_what_keras_draws}

\cell{keras-twins}

@(tangled/experiments/keras-twins.c@>=
#include "experiment.h"
#include "keras.h"
#include <math.h>
@<Record how wide the weights of a layer are@>@;
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "keras-twins",
        .seeds = 1,
        .setting = "Two dense layers of ten units, of 5000 inputs and of ten, "
                   "added by calls with the names of Keras.");
    gp_network *net = gp_network_new(5000, e->plan.seed, NULL);
    @<Add the twins of the notebook's two layers@>@;
    gp_table *t = gp_experiment_table(e, "", "weights", "layer|layer",
        "square|mean square * fan|%.3f", "most|largest / sqrt(1/fan)|%.3f");
    record(t, "one|5000 x 10, fan_in", gp_network_layer(net, 0), 5000);
    record(t, "two|10 x 10, fan_avg", gp_network_layer(net, 2), 10);
    gp_network_free(net);
    return gp_experiment_end(e);
}

@ And these are the twins:

@<Add the twins of the notebook's two layers@>=
gp_dense(net, @[.units@] = 10, @[.activation@] = "relu",
         @[.kernel_initializer@] = "he_normal");
gp_variance_scaling init = {2, GP_FAN_AVG, GP_UNIFORM};
gp_dense(net, @[.units@] = 10, @[.activation@] = "sigmoid",
         @[.variance_scaling@] = &init);

@ The layer of ten inputs and ten units has only a hundred weights, so its mean
square differs from the rule's by some nine per cent, up or down; fifteen are
not rare.

@<Record how wide the weights of a layer are@>=
static void record(gp_table *t, const char *label, const gp_layer *layer,
                   double fan)
{
    const gp_matrix *w = &layer->parameter[0].value;
    double square = 0, most = 0;
    for (size_t i = 0; i < w->rows; i++)
        for (size_t j = 0; j < w->cols; j++) {
            const double x = fabs((double)gp_at(w, i, j));
            square += x * x / (double)(w->rows * w->cols);
            most = fmax(most, x);
        }
    gp_table_row(t, label, square * fan, most * sqrt(fan));
}

@* Orthogonal weights.
\label{sec:orthogonal}
The right variance keeps the length of a signal \emph{on average}. A matrix
with orthonormal columns or rows does better: a square one keeps the length of
every vector exactly, and the angle between any two. \citet{saxe2014} showed
that deep linear networks which start this way learn in a time that does not
grow with depth.

To draw one, fill a matrix with normal numbers and take the $Q$ of its
factorization $A=QR$. There is a trap. The factorization is unique only if the
signs of the diagonal of $R$ are fixed, and LAPACK's Householder reflections
fix them in their own way: without a correction, the upper left element of $Q$
comes out negative every time.\claim{orthogonal_signs_need_correction}
Multiplying each column of $Q$ by the sign of its $R_{jj}$ makes the result
uniform over all orthogonal matrices \citep{mezzadri2007}.

OpenBLAS brings LAPACK, so we need not write the factorization. It has
Fortran's interface: all arguments are pointers, the names begin with |s| or
|d| for the precision, and matrices are stored by columns.

@<Orthogonal matrices@>=
#ifdef GP_DOUBLE
#define LAPACK(name) d##name##_
#else
#define LAPACK(name) s##name##_
#endif
typedef void lapack_factor(const int *, const int *, gp_real *, const int *,
                           gp_real *, gp_real *, const int *, int *);
typedef void lapack_form(const int *, const int *, const int *, gp_real *,
                         const int *, const gp_real *, gp_real *, const int *,
                         int *);
extern lapack_factor LAPACK(geqrf), LAPACK(gelqf);
extern lapack_form LAPACK(orgqr), LAPACK(orglq);

@ Our rows are LAPACK's columns: what it sees is $\transpose{W}$. A tall $W=QR$
is therefore a wide $\transpose{W}=\transpose{R}\,\transpose{Q}$ to it, an $LQ$
factorization, and a wide $W$ is a tall one. Both work in place and never touch
the padding, since the stride is what LAPACK calls the leading dimension. The
signs are noted between the two calls, because forming $Q$ overwrites $R$.

@<Replace |w| by the $Q$ of its factorization@>=
int m = (int)w->cols, n = (int)w->rows, lda = (int)w->stride, info;
bool tall = w->rows > w->cols;
(tall ? LAPACK(gelqf) : LAPACK(geqrf))(&m, &n, w->at, &lda, tau, work,
                                       &lwork, &info);
for (int j = 0; j < k; j++)
    sign[j] = copysign((gp_real)gain,
                       w->at[(size_t)j * w->stride + (size_t)j]);
(tall ? LAPACK(orglq) : LAPACK(orgqr))(&m, &n, &k, w->at, &lda, tau, work,
                                       &lwork, &info);
for (size_t i = 0; i < w->rows; i++)
    for (size_t j = 0; j < w->cols; j++)
        gp_row(w, i)[j] *= sign[tall ? j : i];

@ A threaded factorization adds in another order than a serial one, and the
last bits would depend on the number of threads. One thread is enough here:
this runs once a layer.

@<Orthogonal matrices@>=
gp_status gp_initialize_orthogonal(gp_matrix *w, double gain,
                                   gp_random *r, gp_error *error)
{
    int k = (int)(w->rows < w->cols ? w->rows : w->cols), lwork = 64 * k;
    if (k == 0)
        return GP_OK;
    gp_real *tau = calloc((size_t)k * 66, sizeof(gp_real));
    if (tau == NULL)
        return gp_fail(error, GP_NO_MEMORY,
                       "no memory to make a matrix orthogonal");
    gp_real *sign = tau + k, *work = sign + k;
    int threads = omp_get_max_threads();
    gp_random_fill_normal(r, w, 0, 1);
    omp_set_num_threads(1);
    @<Replace |w| by the $Q$ of its factorization@>@;
    omp_set_num_threads(threads);
    free(tau);
    return GP_OK;
}

@* Lengths and angles.
\label{sec:orthogonal-demo}
What does an orthogonal start buy beyond the right variance? The experiment
sends random vectors through deep stacks of linear layers,
with normal weights of variance $1/\fanin$ and
with orthogonal ones, and looks at single vectors where the calculator only
sees means: the shortest and the longest of them, relative to their lengths at
the input, and the mean of $\abs{\cos}$ of the angle between two.

\cell{orthogonal}

Normal weights keep the mean square, as promised, and nothing else. Each layer
stretches some directions and shrinks others, and the vectors turn towards
those that were stretched most often: after the last layer the
mean of $\abs{\cos}$ is \val{orthogonal}{cosine-lecun_normal-100}, and the network can
hardly tell its inputs apart.\claim{normal_weights_align_vectors} Orthogonal
weights keep lengths and angles to
rounding.\claim{orthogonal_weights_keep_lengths} With an activation in between
the angles do change, but the lengths still scatter much less, as the rows of
tanh in Section~\ref{sec:predicted-measured} show.

@(tangled/experiments/orthogonal.c@>=
#include "experiment.h"
#include <math.h>
enum { VECTORS = 200, WIDTH = 100, DEPTH = 100 };
@<Record the geometry of a set of vectors@>@;
@<Send vectors through a linear stack@>@;
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "orthogonal",
        .seeds = 1, .seed = 5,
        .setting = "200 random vectors through 100 linear layers of 100 "
                   "units; varied is the initializer.");
    gp_table *t = gp_experiment_table(e, "", "lengths and angles",
        "stack|weights, layers", "short|shortest|%.4f", "long|longest|%.4f",
        "cosine|cosine|%.3f");
    linear_stack(e, t, "lecun_normal");
    linear_stack(e, t, "orthogonal");
    return gp_experiment_end(e);
}

@ All we need of a set of vectors are their inner products. These are one product
of matrices, $X\transpose X$. Lengths are compared with those at the input, whose
squares are kept in |first|; the cosine is averaged over all pairs.

@<Record the geometry of a set of vectors@>=
static void record(gp_table *t, const char *label, const gp_matrix *x,
                   gp_matrix *products, double first[VECTORS])
{
    double shortest = INFINITY, longest = 0, cosine = 0;
    gp_matrix_multiply(products, 0, 1, x, false, x, true);
    for (size_t i = 0; i < VECTORS; i++) {
        const double square = (double)gp_at(products, i, i);
        first[i] = first[i] > 0 ? first[i] : square;
        shortest = fmin(shortest, sqrt(square / first[i]));
        longest = fmax(longest, sqrt(square / first[i]));
        for (size_t j = 0; j < i; j++)
            cosine += fabs((double)gp_at(products, i, j))
                      / sqrt(square * (double)gp_at(products, j, j));
    }
    gp_table_row(t, label, shortest, longest,
                 cosine / (VECTORS * (VECTORS - 1) / 2.0));
}

@ Two matrices take turns as the input and the output of a layer, whose weights
are drawn into the same third one.

@<Send vectors through a linear stack@>=
static void linear_stack(gp_experiment *e, gp_table *t, const char *name)
{
    static gp_real room[4][VECTORS * VECTORS];
    gp_random r = gp_random_new(e->plan.seed);
    double first[VECTORS] = {0};
    gp_matrix w = gp_matrix_view(room[2], WIDTH, WIDTH, WIDTH), x[2];
    gp_matrix products = gp_matrix_view(room[3], VECTORS, VECTORS, VECTORS);
    for (int k = 0; k < 2; k++)
        x[k] = gp_matrix_view(room[k], VECTORS, WIDTH, WIDTH);
    gp_random_fill_normal(&r, &x[0], 0, 1);
    for (int l = 0; l <= DEPTH; l++) {
        if (l == 0 || l == 1 || l == 10 || l == 30 || l == DEPTH)
            record(t, gp_text("%s-%d", name, l), &x[l % 2], &products, first);
        gp_initialize(&w, name, &r);
        gp_matrix_multiply(&x[(l + 1) % 2], 0, 1, &x[l % 2], false, &w, false);
    }
}

@* The variance calculator.
\label{sec:calculator}
Equations~\eqref{eq:forward} and~\eqref{eq:backward} hold for every activation;
only two of their terms are integrals that depend on it. If a unit sums many
inputs then its $z$ is close to normal, and with $q=\Var[z]$
\begin{equation}
\label{eq:moments}
\Expect[f(z)^k] = \int f\bigl(\sqrt q\,t\bigr)^k\varphi(t)\,dt,\qquad
\Expect[f'(z)^2] = \int f'\bigl(\sqrt q\,t\bigr)^2\varphi(t)\,dt.
\end{equation}
Given these, a stack of any depth is a recurrence over two numbers a layer. The
module |variance| runs the recurrence, and beside it builds the stack and
measures. It answers the question that matters about an untrained network
before anyone has waited for a training run: activation, initializer and depth
in, the size of the signal and of the gradient at every layer out. The
laboratory offers it as \texttt{lab variance}.

@(tangled/lib/variance.h@>=
#pragma once
#include "initialize.h"
#include "activation.h"
@#
GP_BEGIN_DECLS@;
@<Types of the calculator@>@;
@<Functions of the calculator@>@;
GP_END_DECLS@;

@ A stack is what is asked about: |depth| times a dense layer without bias
followed by the activation. The weights are given by name, or by the three
knobs where |initializer| is |NULL|.

@<Types of the calculator@>=
typedef struct {
    const gp_activation_type *activation;
    gp_activation_arguments arguments;
    const char *initializer; /* a name, or |NULL| for |scaling| */
    gp_variance_scaling scaling;
    size_t depth;
    const size_t *width; /* |depth + 1| of them: the inputs, then each layer */
    size_t units; /* where |width| is |NULL|: the width of them all */
} gp_variance_stack;

@ The answer is one row a layer and one for the input, row 0, whose elements
are standard normal. Gradients are mean squares of $\partial L/\partial y$,
relative to a random gradient of mean square one at the output of the last
layer. Row 0 has no pre-activation; its |preactivation| and |slope| are NaN,
and so is every |slope| of a measurement.

@<Types of the calculator@>=
typedef struct {
    double preactivation; /* $\Expect[z^2]$ */
    double mean, variance; /* of the activations $y=f(z)$ */
    double slope; /* $\Expect[f'(z)^2]$ */
    double gradient; /* $\Expect[(\partial L/\partial y)^2]$ */
} gp_variance_row;

@ Both functions fill |depth + 1| rows. The measurement draws one network from
|r| and sends |samples| rows of normal numbers through it; whoever wants a
spread calls it with several generators.

@<Functions of the calculator@>=
gp_status gp_variance_predict(const gp_variance_stack *stack,
                              gp_variance_row row[], gp_error *error);
    /* a row for each of |depth| layers, by Gaussian integrals; |GP_BAD_INPUT|
       for an unknown initializer or a depth of 0 */
gp_status gp_variance_measure(const gp_variance_stack *stack,
                              size_t samples, gp_random *r,
                              gp_variance_row row[], gp_error *error);
    /* the same of one random network and |samples| normal inputs; also
       |GP_NO_MEMORY| */
/* the mean over |networks| networks, each with |samples| samples; |range|:
   the largest of the networks over the smallest, of $z$ at the top and of
   the gradient at the bottom */
gp_status gp_variance_average(const gp_variance_stack *stack,
                              size_t networks, size_t samples, uint64_t seed,
                              gp_variance_row mean[], double range[2],
                              gp_error *error);
/* the integrals above for a normal $z$ of mean square |q| */
typedef struct {
    double mean, square, slope;
} gp_normal_moments;
gp_normal_moments gp_activation_moments(const gp_activation_type *type,
                                 gp_activation_arguments a, double q);

@ The implementation begins with the integrals.

@(tangled/lib/variance.c@>=
#include "variance.h"
#include "dense.h"
#include "private/vectormath.h"
#include <stdlib.h>
#include <string.h>
@<Moments of an activation@>@;
@<The variance of the weights of a layer@>@;
@<Prediction@>@;
@<Measurement@>@;

@ The integrals are taken over $[-8,8]$ in many small cells, with Gauss's rule
of two points in each: both count half, at $\pm1/\sqrt3$ of half a cell from
its middle. On a smooth integrand the error falls with the fourth power of the
cell. A kink would spoil that, unless it lies on the border between two cells;
and the kinks of the rectifiers lie at zero, which is such a border because the
number of cells is even. The point where $f'$ jumps is never evaluated.
Gauss--Hermite quadrature, the usual advice for integrals against $\varphi$, is
much worse here: one polynomial over the whole line cannot follow a
kink.\claim{small_cells_beat_gauss_hermite_on_kinks}

The activation's own kernels are called, in |gp_real|, so that what is predicted
is the function that runs. The sums are in double.

@<Moments of an activation@>=
enum { CELLS = 1024, NODES = 2 * CELLS };
static double node(int i)
{
    const double reach = 8, cell = 2 * reach / CELLS;
    double side = i % 2 == 0 ? -0.5 : 0.5;
    return (i / 2 + 0.5 + side / sqrt(3.0)) * cell - reach;
}

@ One call of the activation's kernel does all nodes. Its derivative is asked
for by an upstream gradient of one.

@<Moments of an activation@>=
gp_normal_moments gp_activation_moments(const gp_activation_type *type,
                                 gp_activation_arguments a, double q)
{
    gp_real z[NODES], y[NODES], one[NODES], slope[NODES];
    gp_normal_moments m = {0, 0, 0};
    for (int i = 0; i < NODES; i++) {
        z[i] = (gp_real)(sqrt(q) * node(i));
        one[i] = 1;
    }
    type->f(NODES, z, y, a);
    type->df(NODES, z, y, one, slope, a);
    @<Sum the moments over the nodes@>@;
    return m;
}

@ A node's weight is half a cell, $8/\mathrm{CELLS}$, times the density.

@<Sum the moments over the nodes@>=
for (int i = 0; i < NODES; i++) {
    double t = node(i), density = exp(-0.5 * t * t) / sqrt(8 * atan(1.0));
    double weight = 8.0 / CELLS * density;
    m.mean += weight * (double)y[i];
    m.square += weight * (double)y[i] * (double)y[i];
    m.slope += weight * (double)slope[i] * (double)slope[i];
}

@ The variance of a layer's weights comes from the name or from the knobs. A
name that nobody knows is the only thing that can be wrong with a stack.

@<The variance of the weights of a layer@>=
static size_t width_of(const gp_variance_stack *s, size_t layer)
{
    return s->width != NULL ? s->width[layer] : s->units;
}
@#
static bool weight_variance(const gp_variance_stack *s, size_t layer,
                            double *variance)
{
    size_t in = width_of(s, layer - 1), out = width_of(s, layer);
    if (s->initializer != NULL)
        return gp_initializer_variance(s->initializer, in, out, variance);
    *variance = gp_scaling_variance(s->scaling, in, out);
    return true;
}
static gp_status unknown(const gp_variance_stack *s, gp_error *error)
{
    return gp_fail(error, GP_BAD_INPUT,
                   "unknown initializer \"%s\"", s->initializer);
}

@ The prediction goes up with~\eqref{eq:forward} and down
with~\eqref{eq:backward}. The mean square of the input is one.

@<Prediction@>=
gp_status gp_variance_predict(const gp_variance_stack *s,
                              gp_variance_row row[], gp_error *error)
{
    double v, square = 1;
    row[0] = (gp_variance_row){NAN, 0, 1, NAN, 1};
    for (size_t l = 1; l <= s->depth; l++) {
        if (!weight_variance(s, l, &v))
            return unknown(s, error);
        @<Predict the forward pass through layer |l|@>@;
    }
    for (size_t l = s->depth; l > 0 && weight_variance(s, l, &v); l--)
        row[l - 1].gradient = (double)width_of(s, l) * v * row[l].slope
                              * row[l].gradient;
    return GP_OK;
}

@ The way up: \eqref{eq:forward} gives the mean square of $z$, the integrals do
the rest. The gradient of the row is filled in on the way down.

@<Predict the forward pass through layer |l|@>=
double q = (double)width_of(s, l - 1) * v * square;
gp_normal_moments m = gp_activation_moments(s->activation, s->arguments, q);
row[l] = (gp_variance_row){q, m.mean, m.square - m.mean * m.mean,
                           m.slope, 1};
square = m.square;

@ For the measurement the stack is built from the layers of
Chapters~\ref{ch:groundwork} and~\ref{ch:gradient-problem}. A |rung| holds one
dense layer and its activation, what came out of both, and the gradients of
both.

@<Measurement@>=
typedef struct {
    gp_layer *dense, *activation;
    gp_matrix z, y; /* outputs of the two layers */
    gp_matrix dz, dy; /* gradients of the loss by |z| and |y| */
} rung;

@ Rung 0 is the input: it has a |y| and no layers. A failure half way leaves
null pointers behind, which the freeing functions accept.

@<Measurement@>=
static gp_status build(const gp_variance_stack *s, size_t samples,
                       size_t l, rung *g, gp_error *error)
{
    size_t width = width_of(s, l);
    gp_status status = gp_matrix_new(&g->y, samples, width, error);
    if (status == GP_OK)
        status = gp_matrix_new(&g->dy, samples, width, error);
    if (l == 0 || status != GP_OK)
        return status;
    if ((status = gp_matrix_new(&g->z, samples, width, error)) != GP_OK
        || (status = gp_matrix_new(&g->dz, samples, width, error)) != GP_OK)
        return status;
    g->dense = gp_dense_new(width_of(s, l - 1), width, false, error);
    g->activation = gp_activation_new(s->activation, width, s->arguments,
                                      error);
    return g->dense && g->activation ? GP_OK : GP_NO_MEMORY;
}

@ Layer $l$ draws from its own stream, so that adding a layer on top does not
change the ones below.

@<Measurement@>=
static gp_status draw(const gp_variance_stack *s, size_t l, rung *g,
                      const gp_random *r, gp_error *error)
{
    gp_random stream = gp_random_split(r, l);
    gp_matrix *w = &g->dense->parameter[0].value;
    if (s->initializer == NULL)
        gp_initialize_variance_scaling(w, s->scaling, &stream);
    else if (!gp_initialize(w, s->initializer, &stream))
        return unknown(s, error);
    return GP_OK;
}

@ The pass itself. The gradient at the top is drawn from a stream of its own
too.

@<Send samples up and gradients down@>=
gp_random input = gp_random_split(r, 0),
          top = gp_random_split(r, s->depth + 1);
gp_pass pass = {false, NULL};
gp_random_fill_normal(&input, &g[0].y, 0, 1);
for (size_t l = 1; l <= s->depth; l++) {
    gp_layer_forward(g[l].dense, &g[l - 1].y, &g[l].z, &pass);
    gp_layer_forward(g[l].activation, &g[l].z, &g[l].y, &pass);
}
gp_random_fill_normal(&top, &g[s->depth].dy, 0, 1);
for (size_t l = s->depth; l > 0; l--) {
    gp_layer_backward(g[l].activation, &g[l].z, &g[l].y, &g[l].dy, &g[l].dz);
    gp_layer_backward(g[l].dense, &g[l - 1].y, &g[l].z, &g[l].dz,
                      &g[l - 1].dy);
}

@ Mean and mean square are taken over all samples and units of a layer.

@<Measurement@>=
static double moment(const gp_matrix *m, bool squared)
{
    double sum = 0;
    for (size_t i = 0; i < m->rows; i++)
        for (size_t j = 0; j < m->cols; j++) {
            double x = (double)gp_row(m, i)[j];
            sum += squared ? x * x : x;
        }
    return sum / (double)(m->rows * m->cols);
}

@ A row of the answer, from what a rung holds after both passes.

@<Measurement@>=
static gp_variance_row summary(const rung *g, bool is_input)
{
    double mean = moment(&g->y, false);
    return (gp_variance_row){is_input ? NAN : moment(&g->z, true), mean,
                             moment(&g->y, true) - mean * mean, NAN,
                             moment(&g->dy, true)};
}

@ The measurement as a whole: build, draw, send, and summarize. Whatever went
wrong, the stack is taken down.

@<Measurement@>=
gp_status gp_variance_measure(const gp_variance_stack *s, size_t samples,
                              gp_random *r, gp_variance_row row[],
                              gp_error *error)
{
    rung *g = calloc(s->depth + 1, sizeof *g);
    gp_status status = g == NULL ? gp_fail(error, GP_NO_MEMORY,
                                           "no memory for %zu layers",
                                           s->depth)
                                 : GP_OK;
    for (size_t l = 0; l <= s->depth && status == GP_OK; l++)
        if ((status = build(s, samples, l, &g[l], error)) == GP_OK && l > 0)
            status = draw(s, l, &g[l], r, error);
    if (status == GP_OK) {
        @<Send samples up and gradients down@>@;
        for (size_t l = 0; l <= s->depth; l++)
            row[l] = summary(&g[l], l == 0);
    }
    @<Take the stack down@>@;
    return status;
}

@ All that a rung may hold is freed; what was never made is a null pointer.

@<Take the stack down@>=
for (size_t l = 0; g != NULL && l <= s->depth; l++) {
    gp_layer_free(g[l].dense);
    gp_layer_free(g[l].activation);
    gp_matrix_free(&g[l].z);
    gp_matrix_free(&g[l].y);
    gp_matrix_free(&g[l].dz);
    gp_matrix_free(&g[l].dy);
}
free(g);

@ One network is one sample, and the numbers at the far ends of a deep stack
scatter widely. |gp_variance_average| therefore measures several networks, whose seeds are the
children of one generator. It returns the mean of every layer, and for the two
far ends, $z$ at the top and the gradient at the bottom, the largest of the
networks over the smallest.

@<Measurement@>=
gp_status gp_variance_average(const gp_variance_stack *s, size_t networks,
                              size_t samples, uint64_t seed,
                              gp_variance_row mean[], double range[2],
                              gp_error *error)
{
    gp_random root = gp_random_new(seed);
    gp_variance_row *row = calloc(s->depth + 1, sizeof *row);
    double least[2] = {INFINITY, INFINITY}, most[2] = {0, 0};
    gp_status status = row ? GP_OK : gp_fail(error, GP_NO_MEMORY,
        "no memory for %zu layers", s->depth);
    memset(mean, 0, (s->depth + 1) * sizeof *mean);
    for (size_t k = 0; k < networks && status == GP_OK; k++) {
        gp_random r = gp_random_split(&root, k);
        status = gp_variance_measure(s, samples, &r, row, error);
        @<Take network |k| into the |mean| and the range@>@;
    }
    for (int i = 0; i < 2; i++)
        range[i] = most[i] / least[i];
    free(row);
    return status;
}

@ The range is kept for the ends only, the mean for every layer. A measurement that
failed is not taken in.

@<Take network |k| into the |mean| and the range@>=
const double end[2] = {row[s->depth].preactivation, row[0].gradient};
const double share = status == GP_OK ? 1 / (double)networks : 0;
for (int i = 0; i < 2; i++)
    least[i] = fmin(least[i], end[i]), most[i] = fmax(most[i], end[i]);
for (size_t l = 0; l <= s->depth; l++) {
    mean[l].preactivation += share * row[l].preactivation;
    mean[l].mean += share * row[l].mean;
    mean[l].variance += share * row[l].variance;
    mean[l].slope += share * row[l].slope;
    mean[l].gradient += share * row[l].gradient;
}

@* The square root of three.
\label{sec:root-three}
The notebook states Glorot's rule twice: as a normal distribution of variance
$1/n_{\mathrm{avg}}$, which is right, and as a uniform distribution between
$-r$ and $r$ with $r=\sqrt{1/n_{\mathrm{avg}}}$, which is not.\index{notebook,
errors of the} By~\eqref{eq:uniform} the right one is
\[ r=\sqrt{\frac{3}{n_{\mathrm{avg}}}}. \]
The notebook gives to the uniform distribution the \emph{bound} that belongs to
the normal distribution as \emph{standard deviation}. Its weights have one
third of the variance that the rule asks
for.\claim{notebook_r_has_a_third_of_the_variance}

The error is an instructive one, because of what it turns the rule into. In a
layer with $n$ inputs and $n$ units $n_{\mathrm{avg}}=n$, and $r=1/\sqrt n$:
the uniform distribution on $[-1/\sqrt n,1/\sqrt n]$ is, to the letter, the
``standard'' initialization whose failure Glorot and Bengio set out to explain,
the baseline of Chapter~\ref{ch:gradient-problem}. By one forgotten factor the
remedy becomes the disease.

\cell{root-three}

\plot{root-three}{The notebook's bound and the right one: mean square of the pre-activations going up and of the gradients coming down, in a stack of 20 tanh layers
of width 200. Lines are predictions, points are measured.}

With the notebook's bound the mean square of the gradient falls by a factor of
\val{root-three}{backward-factor} in every layer but the first few, where tanh
is not yet linear and takes a little more. After 20 layers
\val{root-three}{gm-notebook-0} of it is left, where the right bound leaves
\val{root-three}{gm-right-0}.\claim{notebook_r_vanishes} The right bound
does not keep the signal perfectly either: tanh bends, and takes a little at
each layer. That loss slows down as the signal shrinks, because a smaller
signal sees a straighter tanh; it is not a power of the depth.

@(tangled/experiments/root-three.c@>=
#include "experiment.h"
enum { DEPTH = 20 };
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "root-three",
        .seeds = 8, .batch = 64,
        .setting = "Twenty tanh layers of 200 units, weights uniform between "
                   "-r and r; varied is the bound r.");
    @<Ask about the notebook's bound and the right one@>@;
    @<Begin the tables of the two bounds@>@;
    for (int l = 0; l <= DEPTH; l++) {
        @<Record layer |l| with both bounds@>@;
    }
    gp_experiment_value(e, "backward-factor", "%.2f",
        p[0][DEPTH - 1].gradient / p[0][DEPTH - 2].gradient);
    return gp_experiment_end(e);
}

@ The notebook's bound is variance scaling with a scale of one third:
$\sqrt{3\cdot\frac13/n_{\mathrm{avg}}}$. Predicted rows are called |p| and measured
ones |m|; number 0 is the notebook's.

@<Ask about the notebook's bound and the right one@>=
gp_variance_row p[2][DEPTH + 1], m[2][DEPTH + 1];
double range[2];
for (int k = 0; k < 2; k++) {
    const gp_variance_stack s = {
        .scaling = {k ? 1 : 1.0 / 3, GP_FAN_AVG, GP_UNIFORM},
        .depth = DEPTH, .units = 200};
    gp_experiment_variance(e, "tanh", s, p[k], m[k], range);
}

@ The signal is of interest on its way up, the gradient on its way down.

@<Begin the tables of the two bounds@>=
gp_table *z = gp_experiment_table(e, "z", "mean square of z", "layer|layer",
    "z-notebook|sqrt(1/fan): predicted|%.2e", "zm-notebook|measured|%.2e",
    "z-right|sqrt(3/fan): predicted|%.2e", "zm-right|measured|%.2e");
gp_table *g = gp_experiment_table(e, "gradient", "mean square of the "
    "gradient", "layer|layer", "g-notebook|sqrt(1/fan): predicted|%.2e",
    "gm-notebook|measured|%.1e", "g-right|sqrt(3/fan): predicted|%.2e",
    "gm-right|measured|%.2f");
gp_table *curves = gp_experiment_series(e, "curves", "layer|layer|%g",
    "nz|z, notebook|%g", "nzm|measured|%g", "rz|z, right|%g",
    "rzm|measured|%g", "ng|gradient|%g", "ngm|measured|%g",
    "rg|gradient|%g", "rgm|measured|%g");

@ The plot has all layers, the tables every fifth. The input has no $z$. The
factor per layer, which the text cites, is taken near the top, where the signal has
become small.

@<Record layer |l| with both bounds@>=
const double x[9] = {l, p[0][l].preactivation, m[0][l].preactivation,
    p[1][l].preactivation, m[1][l].preactivation, p[0][l].gradient,
    m[0][l].gradient, p[1][l].gradient, m[1][l].gradient};
gp_table_numbers(curves, NULL, 9, x);
if (l % 5 == 0)
    gp_table_numbers(g, gp_text("%d", l), 4, x + 5);
if (l % 5 == 0 && l > 0)
    gp_table_numbers(z, gp_text("%d", l), 4, x + 1);

@* Predicted and measured.
\label{sec:predicted-measured}
Now the assumptions can be tested. Each row below is a stack of one activation,
128 wide, at two depths: the prediction, the mean over
\val{variance}{seeds} networks, and their range: the largest of them over
the smallest.

\cell{variance}

\plot{variance}{Mean square of the gradient on its way down 50 layers. Lines are predicted, points measured (mean of
\val{variance}{seeds} networks of width 128).}

@ What the table says, line by line:

\begin{itemize}
\item \emph{The prediction holds}, over more than sixty orders of magnitude and
in spite of its bold assumption about the gradients. Among the stacks of depth
10 it is at worst off by a factor of
\val{variance}{shallow-worst}.\claim{predictions_hold_for_shallow_stacks}
\item \emph{None of the usual initializers suits the logistic function.} Its slope is at most
$\frac14$, so that $\Expect[f'^2]\le\frac1{16}$, and for the weights of He it
is \val{variance}{sigmoid-slope}.\claim{sigmoid_slope_is_below_a_sixteenth} A
variance that holds the backward signal does exist: $n\Var[w]=\val{balance}{variance}$, which is
\val{balance}{he} times He's.\claim{logistic_balance_needs_fifty_times_he} With weights that
large, \val{balance}{flat}~per cent of the units are saturated\claim{most_units_are_flat_at_the_balance}, and nearly all of the gradient arrives
through the others. So the balance holds in the mean only, and rests on a minority of steep units.
With the usual weights, nothing seems wrong forwards:
the signal settles at a constant, most of which is the mean of $\frac12$ that
every unit has. Whoever watches activations only will not see the gradient die.
\item \emph{Tanh with Glorot's weights} loses slowly, as we have seen. With
He's weights, which are too large for it, saturation itself holds the forward
signal at \val{variance}{tanh-he-z}, and the gradient \emph{grows}, by
\val{variance}{tanh-he-growth} a layer.\claim{tanh_with_he_grows_backwards}
Networks on this side are called chaotic, and the border between the two
regimes the edge of chaos \citep{schoenholz2017}.
\item \emph{ReLU with Glorot's weights} halves both signals in each layer, and
with He's keeps both, in the mean. \emph{Leaky ReLU} with He's weights grows by
the $1+a^2$ which~\eqref{eq:he-leaky} would have divided
out.\claim{leaky_with_he_grows}
\item \emph{SELU with LeCun's weights} holds its forward signal at one, as it
was designed to; its gradient grows by \val{variance}{selu-growth} a layer, a
detail to which Chapter~\ref{ch:elu-selu}
returns.\claim{selu_gradient_grows_slowly}
\end{itemize}

@ The balance of the logistic function deserves a calculation. It holds when
$v\,\Expect[\sigma'(z)^2]=1$ for weights with $n\Var[w]=v$, where $z$ has the
mean square $q=v\,\Expect[\sigma(z)^2]$ to which the forward signal settles. The inner
loop finds $q$ by iteration, and the outer one $v$ by bisection.

@(tangled/experiments/balance.c@>=
#include "experiment.h"
#include "sigmoid.h"
#include "variance.h"
#include <math.h>
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "balance",
        .setting = "The variance of weights at which a layer of logistic "
                   "units keeps the mean square of a gradient.");
    const gp_activation_arguments none = {0, 0};
    double low = 1, high = 1000, q = 1;
    for (int i = 0; i < 50; i++) {
        const double v = sqrt(low * high);
        for (int k = 0; k < 60; k++)
            q = v * gp_activation_moments(&gp_sigmoid, none, q).square;
        if (v * gp_activation_moments(&gp_sigmoid, none, q).slope < 1)
            low = v;
        else
            high = v;
    }
    gp_experiment_value(e, "variance", "%.0f", low);
    gp_experiment_value(e, "he", "%.0f", low / 2);
    gp_experiment_value(e, "flat", "%.0f", 100 * erfc(3.64 / sqrt(2 * q)));
    return gp_experiment_end(e);
}

@ \label{sec:width-matters} One column deserves a second look. He's weights
hold the \emph{mean} of deep rectifier stacks, but the networks of depth
50 differ by a factor of \val{variance}{zr-relu-he-50}
between the least and the most. No initializer with independent weights avoids
this. For a given input the ratio of the squared lengths after and before one
layer of width $n$ is an average of $n$ independent terms $2\,f(g)^2$ with $g$
normal, whose mean is one and whose variance is
\begin{equation}
\label{eq:walk}
4\Bigl(\Expect\bigl[f(g)^4\bigr]-\Expect\bigl[f(g)^2\bigr]^2\Bigr)=4\Bigl(\frac32-\frac14\Bigr)=5.
\end{equation}
The logarithm of the squared length therefore takes a random walk with steps of
variance about $5/n$, and after $L$ layers it has wandered by $\sqrt{5L/n}$:
here \val{variance}{relu-he-deviation}, a factor of four. The walk also drifts, by $-5/2n$ in each layer, which is
what keeps the mean of the length itself at one; here the drift is $-\val{variance}{relu-he-drift}$.
So a typical network lies below the mean, and a few large ones make up for it. Two such factors up
and two down make a range of a few hundred, which is what we
see.\claim{relu_length_takes_a_random_walk} What counts is depth over width
\citep{hanin2018}. A wide network keeps close to its mean; a narrow and deep
one is a lottery ticket, whatever its initializer.

@ The program holds a list of stacks and asks about each, shallow and deep. It
finds the functions of later chapters by their words (Chapter~\ref{ch:networks}). The
linear stack is the leaky rectifier of slope 1.

@(tangled/experiments/variance.c@>=
#include "experiment.h"
#include <math.h>
enum { SHALLOW = 10, DEPTH = 50, STACKS = 11 };
static const struct {
    const char *key, *word, *initializer;
} stack[STACKS] = {
    {"linear", "leaky_relu:1", "lecun_normal"},@/
    {"sigmoid-glorot", "sigmoid", "glorot_uniform"},@/
    {"sigmoid-he", "sigmoid", "he_normal"},@/
    {"tanh-glorot", "tanh", "glorot_uniform"},@/
    {"tanh-orthogonal", "tanh", "orthogonal"},@/
    {"tanh-he", "tanh", "he_normal"},@/
    {"relu-glorot", "relu", "glorot_uniform"},@/
    {"relu-he", "relu", "he_normal"},@/
    {"leaky-he", "leaky_relu:0.3", "he_normal"},@/
    {"elu-he", "elu", "he_normal"},@/
    {"selu-lecun", "selu", "lecun_normal"}};
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "variance",
        .seeds = 12, .batch = 32,
        .setting = "Stacks of 128 units on random inputs, before training; "
                   "varied are activation, initializer and depth.");
    static gp_variance_row p[STACKS][DEPTH + 1], m[DEPTH + 1];
    double worst = 0, range[2];
    @<Ask about all stacks@>@;
    @<Record the numbers that the prose cites of the stacks@>@;
    return gp_experiment_end(e);
}

@ Here |p| is what was predicted and |m| what was measured. How far off are the
predictions? The logarithm of the quotient tells, which is the same for a half as
for a double. The |worst| is taken over the shallow stacks.

@<Ask about all stacks@>=
gp_table *t = gp_experiment_table(e, "", "mean squares", "stack|stack, depth",
    "z|z pred.|%.1e", "zm|is|%.1e", "zr|range|%.3g", "g|dx pred.|%.1e",
    "gm|is|%.1e", "gr|range|%.3g");
for (int i = 0; i < STACKS; i++) {
    for (size_t n = SHALLOW; n <= DEPTH; n += DEPTH - SHALLOW) {
        @<Ask about stack |i| with |n| layers@>@;
    }
    gp_table *curve = gp_experiment_series(e, stack[i].key, "layer|layer|%g",
        "predicted|predicted|%g", "measured|measured|%g");
    for (int l = 0; l <= DEPTH; l++)
        gp_series_point(curve, l, p[i][l].gradient, m[l].gradient);
}

@ The deep stack comes last, so that its answer is what remains for the plot.

@<Ask about stack |i| with |n| layers@>=
const gp_variance_stack s = {.initializer = stack[i].initializer,
                             .depth = n, .units = 128};
gp_experiment_variance(e, stack[i].word, s, p[i], m, range);
const double up = m[n].preactivation / p[i][n].preactivation;
const double down = m[0].gradient / p[i][0].gradient;
if (n == SHALLOW)
    worst = fmax(worst, fmax(fabs(log(up)), fabs(log(down))));
gp_table_row(t, gp_text("%s-%zu", stack[i].key, n), p[i][n].preactivation,
             m[n].preactivation, range[0], p[i][0].gradient, m[0].gradient,
             range[1]);

@ The growth of a gradient is taken near the top of the stack, where the signal has
settled.

@<Record the numbers that the prose cites of the stacks@>=
const gp_variance_row *const tanh_he = p[5], *const selu = p[10];
gp_experiment_value(e, "shallow-worst", "%.2f", exp(worst));
gp_experiment_value(e, "sigmoid-slope", "%.4f", p[2][DEPTH].slope);
gp_experiment_value(e, "relu-he-deviation", "%.1f", sqrt(5. * DEPTH / 128));
gp_experiment_value(e, "relu-he-drift", "%.1f", 2.5 * DEPTH / 128);
gp_experiment_value(e, "tanh-he-z", "%.2f", tanh_he[DEPTH].preactivation);
gp_experiment_value(e, "tanh-he-growth", "%.3f",
                    tanh_he[DEPTH - 2].gradient / tanh_he[DEPTH - 1].gradient);
gp_experiment_value(e, "selu-growth", "%.3f",
                    selu[DEPTH - 2].gradient / selu[DEPTH - 1].gradient);

@* The compromise, tried.
\label{sec:modes}
Which of the three fans should one divide by? In a stack of equal widths all
three agree. The test is a network that changes its width, and to make the
point we let every second layer be a bottleneck: widths 256 and 32 in turn, 20
linear layers, weights of
variance one over the fan.

\cell{modes}

By~\eqref{eq:telescope} the two pure modes keep one direction exactly and the
other up to the ratio of the ends, which is one here. The surprise is the
compromise. In a layer that narrows by $\rho$ the factor is $2\rho/(\rho+1)$,
in one that widens $2/(\rho+1)$, and their product $4\rho/(\rho+1)^2$ is less
than one in \emph{both} directions unless $\rho=1$. A factor per pair of
layers, to the power of the depth: exactly what an initializer is there to
prevent.\claim{fan_avg_decays_in_bottlenecks} The arithmetic mean is to blame.
With the geometric mean $\sqrt{\fanin\fanout}$ in its place both directions
would telescope, to the square root of the ratio of the ends. Real networks
change their width a few times and not in every layer, and so nobody suffers
from this; but the rule is no theorem, and for rectifiers |he_normal|, with the
fan of one side only, is the sounder choice.

@(tangled/experiments/modes.c@>=
#include "experiment.h"
enum { DEPTH = 20 };
int main(int argc, char **argv)
{
    static const char *const mode[] = {"fan_in", "fan_out", "fan_avg"};
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "modes",
        .seeds = 8, .batch = 64,
        .setting = "Twenty linear layers whose width alternates between 256 "
                   "and 32; varied is the fan of the variance.");
    gp_table *t = gp_experiment_table(e, "", "mean squares", "mode|fan",
        "z|last layer, predicted|%.2e", "zm|measured|%.2e",
        "g|gradient, input, predicted|%.2e", "gm|measured|%.2e");
    size_t width[DEPTH + 1];
    for (int l = 0; l <= DEPTH; l++)
        width[l] = l % 2 == 0 ? 256 : 32;
    for (int k = GP_FAN_IN; k <= GP_FAN_AVG; k++) {
        @<Ask about mode |k|@>@;
    }
    return gp_experiment_end(e);
}

@ The normal distribution serves for all three. Predicted rows are called |p|, and
measured ones |m|.

@<Ask about mode |k|@>=
gp_variance_row p[DEPTH + 1], m[DEPTH + 1];
const gp_variance_stack s = {
    .scaling = {1, (gp_mode)k, GP_UNTRUNCATED_NORMAL},
    .depth = DEPTH, .width = width};
double range[2];
gp_experiment_variance(e, "identity", s, p, m, range);
gp_table_row(t, mode[k], p[DEPTH].preactivation, m[DEPTH].preactivation,
             p[0].gradient, m[0].gradient);

@* Twenty-two layers and thirty.
\label{sec:depth}
A prediction about signals is not yet a statement about training.
\citet{he2015} made the test on ImageNet: two convolutional rectifier networks,
of 22 and of 30 layers, each started once with Glorot's weights and once with
He's. With 22 layers both converge, He's earlier (their Figure~2). With 30
layers He's converges and Glorot's stalls completely (their Figure~3).

Our analogue is smaller in every respect but the depth: dense layers of
64 rectifiers, \val{depth}{samples} images of Fashion-MNIST,
batches of \val{depth}{batch}, the paper's momentum of 0.9 but not its weight
decay, \val{depth}{epochs} epochs,
\val{depth}{seeds} seeds.

The learning rate is 0.005, half of the paper's: with the full 0.01 we saw a
network of 30 layers from He's own start diverge.

The calculator tells beforehand what Glorot's start means here. Signal and
gradient lose one half of their mean square in each layer, and the gradient of
a weight is the product of one with the other. Wherever in the stack of $L$
layers the weight sits, the signal has come up through the layers below and the
gradient down through the layers above; together they have lost $L-1$ halves,
and the weight's gradient is $2^{-(L-1)/2}$ of what He's start would give
it.\claim{weight_gradients_share_the_loss} With 30 layers that is a factor of
$2^{-14.5}$, or \val{scaling}{weight-loss}, the same in all of them. No layer stands out, and
nothing looks wrong.

\cell{depth}

\plot{depth-22}{Training loss with 22 layers, \val{depth}{seeds} seeds each. The dashed line is $\ln 10$, the loss of a network that knows nothing.}
\plot{depth-30}{Training loss with 30 layers.}

With 22 layers the paper's picture comes out: both starts
train, Glorot's after a delay.\claim{both_train_at_22} With 30 layers He's
start leaves the plateau within \val{depth}{left-he-30-most} steps, and Glorot's
sits on it: after 300 steps its loss is between
\val{depth}{early-glorot-30-least} and \val{depth}{early-glorot-30-most} for
all seeds, and $\ln 10$ is \val{first}{log-ten}.\claim{glorot_stalls_at_30} But
it does not stay there. Of \val{depth}{seeds} networks \val{depth}{left-glorot-30-count}
leave the plateau and learn within these epochs, the first at step
\val{depth}{left-glorot-30-least}.\claim{some_wake_up} So ``completely'' \emph{did not
reproduce}: in our small networks the wrong constant costs a plateau, whose
length grows with the depth and differs between seeds. A likely reason is that a
tiny gradient that always points the same way adds up, that larger weights pass
more gradient, and that so the growth feeds itself; we have not tested this. How the
paper's network would have fared had it been given longer, we cannot say.

@ Four figures describe a run: its loss at an early step; the step from which
its loss is below 2, well down from the $\ln 10$ where it starts; its loss at
the end; its accuracy. A run that stays on the plateau is lost to the second of
them. Losses are means over windows of 20 steps.

@(tangled/experiments/depth.c@>=
#include "experiment.h"
#include <math.h>
enum { WINDOW = 20, EARLY = 300, RUNS = 4 };
static const char *const start[2] = {"glorot_uniform", "he_normal"};
static const char *const label[RUNS] = {
    "glorot-22|22 layers, Glorot", "he-22|22 layers, He",
    "glorot-30|30 layers, Glorot", "he-30|30 layers, He"};
static gp_spread early[RUNS], left[RUNS], late[RUNS], right[RUNS];
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "depth",
        .data = "fashion-mnist", .limit = 10000, .seeds = 5, .batch = 100,
        .epochs = 15, .learning_rate = 0.005,
        .setting = "Stacks of 64 rectifiers trained with momentum 0.9; varied "
                   "are the depth and the initializer.");
    @<Train the networks of all depths and starts@>@;
    @<Judge the networks by the paper@>@;
    return gp_experiment_end(e);
}

@ The first two runs have 22 layers and the others 30, the last of them for the
classes.

@<Train the networks of all depths and starts@>=
gp_table *t = gp_experiment_table(e, "", "training loss, and the step from "
    "which it is below 2", "run|run", "early|loss, step 300|%.3f",
    "left|below 2 from step|%.0f", "late|loss, end|%.3f",
    "accuracy|accuracy|%.1f");
for (int k = 0; k < RUNS; k++) {
    gp_table *curve = gp_experiment_series(e, gp_text("curves-%d", k),
                                           "step|step|%g", "loss|loss|%g");
    for (size_t i = 0; i < e->plan.seeds; i++) {
        @<Train a network in run |k|@>@;
    }
    gp_table_row_of_spreads(t, label[k], early[k], left[k], late[k], right[k]);
}

@ The last layer is started like the others. The seed of the network is also the
seed of the order in which it sees the images.

@<Train a network in run |k|@>=
const char *init = start[k % 2];
gp_network *net = gp_experiment_network(e, gp_text("%d*(dense:64:%s relu) "
    "dense:10:%s", k < 2 ? 21 : 29, init, init), e->plan.seed + i);
gp_outcome o = gp_experiment_train(e, net, .seed = e->plan.seed + i,
                                   .optimizer = gp_momentum(.momentum = 0.9));
size_t n = gp_series_losses(curve, o.steps, o.losses, WINDOW), w = 0;
while (w < n && o.losses[w] >= 2)
    w++;
gp_spread_add(&early[k], n * WINDOW >= EARLY ? o.losses[EARLY / WINDOW - 1]
                                             : NAN);
gp_spread_add(&left[k], w < n ? (double)(w * WINDOW) : INFINITY);
gp_spread_add(&late[k], n > 0 ? o.losses[n - 1] : NAN);
gp_spread_add(&right[k], o.accuracy);
gp_network_free(net);

@ The paper says of 22 layers that both starts converge, He's earlier, and of 30
that Glorot's stalls completely while He's converges. The rules say the same of all
seeds: the ranges of the two starts do not overlap, and with 30 layers no
network of Glorot's leaves the plateau.

@<Judge the networks by the paper@>=
const size_t seeds = e->plan.seeds;
gp_experiment_compare(e, .experiment = "He 2015, figure 2, 22 layers",
    .paper = "both converge, He's start earlier",
    .ours = gp_text("below 2 from step %.0f (He), %.0f (Glorot)",
                    left[1].mean, left[0].mean),
    .spread = gp_text("%.0f to %.0f, %.0f to %.0f", left[1].least,
                      left[1].most, left[0].least, left[0].most),
    .rule = "all leave the plateau, the ranges do not overlap",
    .verdict = gp_judge(left[0].count == seeds && left[1].count == seeds
                        && left[1].most < left[0].least,
                        left[1].mean < left[0].mean));
gp_experiment_compare(e, .experiment = "He 2015, figure 3, 30 layers",
    .paper = "Glorot's start stalls completely, He's converges",
    .ours = gp_text("%zu of %zu leave the plateau (Glorot), %zu (He)",
                    left[2].count, seeds, left[3].count),
    .spread = gp_text("Glorot from step %.0f on", left[2].least),
    .rule = "none of Glorot's and all of He's leave it",
    .verdict = gp_judge(left[2].count == 0 && left[3].count == seeds, false));

@* The price of the square root.
\label{sec:root-three-training}
The same experiment settles the story of Section~\ref{sec:root-three}. A stack
of tanh layers is trained for \val{root-three-training}{epochs} epochs on \val{root-three-training}{samples} images, from
Glorot's uniform weights with the notebook's bound and with the right one.
Nothing else differs.

\cell{root-three-training}

With \val{root-three-training}{deep} layers and the notebook's bound the
network has learned nothing at all: its loss is $\ln 10$, for every seed. With
the right bound it learns.\claim{notebook_r_does_not_train} With
\val{root-three-training}{shallow} layers one hardly sees a
difference,\claim{shallow_networks_forgive} and that is why such an error can
stay in a text: whoever tries it on a small network finds it working.

@(tangled/experiments/root-three-training.c@>=
#include "experiment.h"
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "root-three-training", .data = "fashion-mnist",
        .limit = 10000, .seeds = 3, .batch = 100, .epochs = 3,
        .learning_rate = 0.01,
        .setting = "Stacks of 64 tanh units trained with momentum 0.9; varied "
                   "are the depth and the bound of the weights.");
    gp_table *t = gp_experiment_table(e, "", "last epoch", "run|layers, bound",
        "loss|training loss|%.3f", "accuracy|accuracy|%.1f");
    for (int depth = 4; depth <= 20; depth += 16)
        for (int right = 0; right < 2; right++) {
            gp_spread loss = {0}, accuracy = {0};
            @<Train the tanh stacks of one |depth| and one bound@>@;
            gp_table_row_of_spreads(t, gp_text("%s-%d|%d, sqrt(%d/fan)",
                right ? "right" : "notebook", depth, depth, right ? 3 : 1),
                loss, accuracy);
        }
    gp_experiment_value(e, "shallow", "%.0f", 4);
    gp_experiment_value(e, "deep", "%.0f", 20);
    return gp_experiment_end(e);
}

@ The bound enters as the scale of the variance, one third or one.

@<Train the tanh stacks of one |depth| and one bound@>=
const char *init = right ? "variance_scaling:1:fan_avg:uniform"
                         : "variance_scaling:0.3333333333:fan_avg:uniform";
for (size_t i = 0; i < e->plan.seeds; i++) {
    gp_network *net = gp_experiment_network(e, gp_text(
        "%d*(dense:64:%s tanh) dense:10:%s", depth - 1, init, init),
        e->plan.seed + i);
    gp_outcome o = gp_experiment_train(e, net, .seed = e->plan.seed + i,
        .optimizer = gp_momentum(.momentum = 0.9));
    gp_spread_add(&loss, o.loss);
    gp_spread_add(&accuracy, o.accuracy);
    gp_network_free(net);
}

@* Why not zeros?
\label{sec:symmetry}
One thing remains from Section~\ref{sec:initializer-names}. If all weights of a
layer begin equal, zero or not, then its units are copies of each other: they
compute the same, are sent the same gradient and make the same step. A layer of
a hundred units remains, for ever, a layer of one. Random weights are needed to
tell the units apart, and the whole question of their variance arises only
because they must be random.

The experiment trains a network of \val{symmetry}{units} tanh units for
\val{symmetry}{epochs} epochs and counts how many of its units are different in
the end.

\cell{symmetry}

From zeros nothing is learned but the last bias.\claim{zeros_learn_nothing}
From equal weights the network does learn what one unit can
do. Its units stay copies but for rounding: the last column shows how far apart the nearest two
are.\claim{equal_weights_stay_equal} Orthogonal weights and random ones do as
well as each other here; a network with one hidden layer is not deep enough to
need more care.

@(tangled/experiments/symmetry.c@>=
#include "experiment.h"
#include <math.h>
enum { UNITS = 32 };
@<Scale the kernels of a network@>@;
@<Count the units that differ@>@;
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "symmetry",
        .data = "fashion-mnist", .limit = 5000, .seeds = 1, .batch = 100,
        .epochs = 4, .learning_rate = 0.05,
        .setting = "One hidden layer of 32 tanh units, gradient descent; "
                   "varied is the initializer (ones are multiplied by 0.01).");
    static const char *const name[] = {"zeros", "ones", "glorot_uniform",
                                       "orthogonal"};
    gp_table *t = gp_experiment_table(e, "", "after training",
        "start|start", "loss|loss|%.3f", "accuracy|accuracy|%.1f",
        "different|different units|%.0f", "apart|least distance|%.1e");
    for (int k = 0; k < 4; k++) {
        @<Train from one start@>@;
    }
    gp_experiment_value(e, "units", "%.0f", UNITS);
    return gp_experiment_end(e);
}

@ Ones as such would saturate a tanh with 784 inputs.

@<Train from one start@>=
gp_network *net = gp_experiment_network(e, gp_text(
    "dense:%d:%s tanh dense:10:%s", UNITS, name[k], name[k]), e->plan.seed);
double apart = INFINITY;
gp_outcome o = gp_experiment_train(e, net, .seed = e->plan.seed,
                                   .begin = k == 1 ? scale : NULL);
int count = different(&gp_network_layer(net, 0)->parameter[0].value, &apart);
gp_table_row(t, name[k], o.loss, o.accuracy, count, apart);
gp_network_free(net);

@ The kernels are the parameters of layers 0 and 2; layer 1 is the activation.

@<Scale the kernels of a network@>=
static void scale(gp_network *net, uint64_t seed, void *context)
{
    (void)seed, (void)context;
    for (size_t l = 0; l <= 2; l += 2) {
        gp_matrix *w = &gp_network_layer(net, l)->parameter[0].value;
        for (size_t i = 0; i < w->rows; i++)
            for (size_t j = 0; j < w->cols; j++)
                gp_row(w, i)[j] *= (gp_real)0.01;
    }
}

@ The distance of two units is the sum of the differences of their weights,
relative to the size of the weights. Copies that are computed in exact arithmetic
have distance 0. In |float| the columns of one product may be summed in different
order, which depends on the processor, and copies differ in their last digits.
So two units count as different if their distance is above a hundredth.
|least| is the smallest distance of two units that were found.

@<Count the units that differ@>=
static int different(const gp_matrix *w, double *least)
{
    int count = 0;
    for (size_t j = 0; j < w->cols; j++) {
        bool is_new = true;
        for (size_t k = 0; k < j; k++) {
            double apart = 0, size = 1e-30;
            for (size_t i = 0; i < w->rows; i++) {
                apart += fabs((double)(gp_at(w, i, j) - gp_at(w, i, k)));
                size += fabs((double)gp_at(w, i, j));
            }
            is_new = is_new && apart > 0.01 * size;
            *least = fmin(*least, apart / size);
        }
        count += is_new;
    }
    return count;
}

@* What initialization can do, and what not.
\label{sec:initialization-summary}
The rules fit on a few lines. Rectifiers: He. Tanh: Glorot, or orthogonal.
SELU: LeCun. The logistic function: none of them will do, and in a deep
network one uses another function. What has to be right is the constant in
front of the fan; which fan it is matters less, and the shape of the
distribution not at all.

The rest of the book follows from what is missing. An initializer promises
something about the first step only. It cannot keep units away from their flat
ends once the weights move: so change the function
(Chapters~\ref{ch:relu-family} and~\ref{ch:elu-selu}). It holds variances in
the mean over networks, while the single network wanders: so let the function
pull the variance back by itself, as SELU does, or measure and correct it at
every step, as batch normalization does (Chapter~\ref{ch:batch-normalization}).

@* Exercises.
Answers go into the sections below, and \texttt{make exercise} with the number
tests them.

@ \begin{exercise}{04-leaky-gain}{10}{1}
\textbf{He's rule for a leaky rectifier.} He's rule has the factor 2 because
the rectifier throws half of the mean square away. A leaky one, with slope
$\alpha$ on the negative side, throws away less. Return the standard deviation
of the weights that keeps the mean square of the pre-activations the same from
layer to layer. Try your formula at $\alpha=0$ and at $\alpha=1$ before you run
it.
\end{exercise}
@(tangled/exercises/04-leaky-gain.c@>=
#include "exercise.h"
#include <math.h>
@#
double leaky_deviation(double alpha, size_t inputs)
{
    gp_not_started();
}

@ \begin{exercise}{04-uniform-bound}{12}{2}
\textbf{The notebook's $r$.} The function fills a kernel by Glorot's rule as
the notebook has it: uniform numbers between $-r$ and $r$
(Section~\ref{sec:root-three}). Repair it. The argument |normal| chooses
between the two distributions of the same rule, and one of the two is right
already.
\end{exercise}
@(tangled/exercises/04-uniform-bound.c@>=
#include "exercise.h"
#include "random.h"
#include <math.h>
@#
void glorot(gp_matrix *w, bool normal, gp_random *random)
{
    gp_not_started();
    double average = 0.5 * (w->rows + w->cols);
    double r = sqrt(1 / average);
    if (normal)
        gp_random_fill_normal(random, w, 0, r);
    else
        gp_random_fill_uniform(random, w, -r, r);
}

@ \begin{exercise}{04-truncated-factor}{20}{2}
\textbf{Cut somewhere else.} Section~\ref{sec:truncated} finds the standard
deviation of a standard normal distribution that is cut at $\pm2$. Return it
for a cut at $\pm c$, for every $c>0$. What must come out for a very large $c$?
And for a very small one, where the density within the cut is nearly constant?
\end{exercise}
@(tangled/exercises/04-truncated-factor.c@>=
#include "exercise.h"
#include <math.h>
@#
double truncated_deviation(double c)
{
    gp_not_started();
}

@ \begin{exercise}{04-lsuv}{25}{3}
\textbf{Layers that are measured.} No formula knows your data and your
activation as well as a measurement does. LSUV initialization starts a layer
somehow, lets it see one batch, and divides its weights by the standard
deviation of what came out, again and again, until that is 1 to within a
tolerance. With an activation inside the layer one division is not enough.

Write |output_variance|, over all entries of a matrix, and |lsuv|, which scales
the first parameter of a layer until the variance of $y$ on the batch |x|
differs from 1 by at most |tolerance|. Return how many times you scaled. After
|limit| scalings without success, or if the variance is zero, return $-1$. The
layer runs by |gp_layer_forward|; the pass is there already.
\end{exercise}
@(tangled/exercises/04-lsuv.c@>=
#include "exercise.h"
#include "layer.h"
#include <math.h>
@#
double output_variance(const gp_matrix *y)
{
    gp_not_started();
}
@#
int lsuv(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
         double tolerance, int limit)
{
    gp_matrix *w = &layer->parameter[0].value;
    gp_pass pass = {false, NULL};

    gp_not_started();
    (void)w;
    gp_layer_forward(layer, x, y, &pass);
}

@ \begin{exercise}{04-layers-left}{20}{2}
\textbf{He or Glorot, and a rectifier.} Predict, then measure. A stack of
|layers| dense layers with ReLU starts with zero biases. What is the mean
square of the pre-activations of the last layer, as a share of that of the
first? Answer for He's rule and Glorot's with layers of equal width, and for
Glorot's when each layer is twice as wide as the one below. The test asks real
networks, and then the variance calculator.
\end{exercise}
@(tangled/exercises/04-layers-left.c@>=
#include "exercise.h"
#include <math.h>
@#
double he_share(int layers)
{
    gp_not_started();
}
@#
double glorot_share(int layers)
{
    gp_not_started();
}
@#
double glorot_widening_share(int layers)
{
    gp_not_started();
}

@ \begin{exercise}{04-weight-standardization}{15}{2}
\textbf{Standardized weights.} Some networks without normalization layers
standardize their weights instead: each unit's own weights get the mean 0 and
the variance $g^2/\fanin$, with a gain $g$ that suits the activation. Do it in
place. The kernel has the shape [inputs, units], so a unit's weights are a
column. A unit whose weights are all equal gets zeros.
\end{exercise}
@(tangled/exercises/04-weight-standardization.c@>=
#include "exercise.h"
#include "matrix.h"
#include <math.h>
@#
void standardize_weights(gp_matrix *w, double gain)
{
    gp_not_started();
}

@* Index.
