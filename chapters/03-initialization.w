@i common.w
@s gp_variance_stack int
@s gp_variance_row int
@s lapack_factor int
@s lapack_form int

@** Initialization.
\label{ch:initialization}
Before the first step of training, a network is a random function, and the only thing we may choose about it is
which one. Chapter~\ref{ch:gradient-problem} showed how much hangs on that choice: a signal that shrinks by a fixed factor in every
layer is gone after twenty of them, forwards and backwards, and no optimizer brings it back quickly.

The remedy costs one line. A layer multiplies the variance of its signal by a factor which can be
computed from the number of inputs, the variance of the weights and the activation function. Choose the variance of the
weights so that the factor is one. This chapter derives the factor in both directions, builds the module |initialize| that
draws weights by it, and a second module, |variance|, a calculator which predicts what any choice does to any depth and then
measures whether the prediction holds. The formulas are short, and they are easily got wrong: the notebook from which
this book grew has one of them wrong by $\sqrt3$, and we will see what that costs.

@* What a layer does to a variance.
\label{sec:variance-forward}
Take one unit of a dense layer, with inputs $x_1,\dots,x_{\fanin}$ and no bias, $z=\sum_i w_ix_i$. Let the weights be
independent of each other and of the inputs, with mean zero and one variance $\Var[w]$ for all. Each product then has mean
zero, two different products are uncorrelated, and the variance of the sum is the sum of the variances:
\begin{equation}
\label{eq:forward}
\Var[z] = \sum_{i=1}^{\fanin}\Expect[w_i^2]\,\Expect[x_i^2] = \fanin\,\Var[w]\,\Expect[x^2].
\end{equation}
On the right stands the mean \emph{square} of the inputs, not their variance. The two agree only where the inputs
have mean zero. For standardized data and for tanh they do; for the logistic function and for rectifiers they do not, and this
is the point at which the derivations of \citet{glorot2010} and \citet{he2015} part.

Suppose for now that the activation is the identity, or tanh in its linear middle, so that $x$ in the next layer is $z$ in
this one. Equation~\eqref{eq:forward} then says that every layer multiplies the variance by $\fanin\Var[w]$. Over $L$
layers that is a power $L$, and a power stays near one only if its base is one:
\begin{equation}
\label{eq:forward-condition}
\fanin\,\Var[w] = 1.
\end{equation}

@* The way back.
\label{sec:variance-backward}
In the backward pass a dense layer uses the same weights, transposed. The gradient at input $i$ gathers from all units, $\delta_i=\sum_j w_{ij}\,\partial
L/\partial z_j$, a sum of $\fanout$ terms where the forward pass had $\fanin$:
\begin{equation}
\label{eq:backward}
\Expect[\delta^2] = \fanout\,\Var[w]\;\Expect\bigl[f'(z)^2\bigr]\;\Expect\biggl[\Bigl(\frac{\partial L}{\partial y}\Bigr)^{2}\biggr].
\end{equation}
The factor $\Expect[f'(z)^2]$ is the activation's toll; it is one for the identity. Two assumptions hide here, and the second is
bold. Weights are taken to be independent of the gradient that arrives, and the slope $f'(z)$ of a unit to be independent
of that gradient too, although the same random weights made both. We will measure how well that holds
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
\Var[w] = \frac{1}{\fan_{\mathrm{avg}}},\qquad \fan_{\mathrm{avg}}=\frac{\fanin+\fanout}{2}.
\end{equation}
The forward factor is then $2\fanin/(\fanin+\fanout)$ and the backward factor $2\fanout/(\fanin+\fanout)$; neither is one in a layer that
is not square, but their sum is always two.

How bad is it to satisfy one side only? Less than the conflict suggests. Let the widths be $n_0,n_1,\dots,n_L$ and use the forward
condition in every layer, $\Var[w_l]=1/n_{l-1}$. The backward factors telescope:
\begin{equation}
\label{eq:telescope}
\prod_{l=1}^{L}\frac{n_l}{n_{l-1}} = \frac{n_L}{n_0}.
\end{equation}
The total depends on the two ends alone and not on the depth. This is the remark of \citet{he2015} that either
condition is enough: what destroys deep networks is a factor to the power of the depth, and there is none
here.\claim{fan_in_backward_telescopes} What must be right is the constant in front of the fan.

@* LeCun and He.
\label{sec:lecun-he}
Long before, \citet{lecun1998} had used \eqref{eq:forward-condition} as it stands, $\Var[w]=1/\fanin$, for a scaled tanh whose
output variance is about one when its input variance is. That choice now carries LeCun's name; Chapter~\ref{ch:elu-selu} needs it
for SELU.

A rectifier keeps the positive half. If $z$ is symmetric about zero then $\Expect[f(z)^2]=\frac12\Var[z]$, because the half that
is cut off contributed half of the square; and $\Expect[f'(z)^2]=\frac12$, because half of the slopes are zero. Both directions lose
one half a layer, and both are repaired by one factor of two \citep{he2015}:
\begin{equation}
\label{eq:he}
\tfrac12\,\fanin\,\Var[w]=1,\qquad \Var[w]=\frac{2}{\fanin}.
\end{equation}
A leaky rectifier with slope $a$ on the negative side passes $a^2$ of that half, so that
\begin{equation}
\label{eq:he-leaky}
\tfrac12\,(1+a^2)\,\fanin\,\Var[w]=1,
\end{equation}
which joins He's rule at $a=0$ to LeCun's at $a=1$.\claim{leaky_gain_joins_he_and_lecun} The mean of a rectifier's output is
not zero, which is why \eqref{eq:forward} had to be written with $\Expect[x^2]$. With the variance in its place, one
would get the wrong constant: the variance of a rectified normal number is not $\frac12$ of what went
in but \val{scaling}{relu-variance}, since the mean takes the rest.\claim{relu_keeps_half_the_square}

@* From a variance to a distribution.
\label{sec:scaling}
The conditions fix a variance. The shape of the distribution remains free, and three are in use. For a wanted variance
$s^2=\mathrm{scale}/\mathrm{fan}$:

\begin{itemize}
\item the normal distribution with standard deviation $s$;
\item the uniform distribution on $[-r,r]$, whose variance is $\frac{1}{2r}\int_{-r}^{r}w^2\,dw=\frac{r^2}{3}$, so that
\begin{equation}
\label{eq:uniform}
r = \sqrt{3}\,s = \sqrt{\frac{3\,\mathrm{scale}}{\mathrm{fan}}};
\end{equation}
\item the normal distribution cut off at two standard deviations, which has no tails, so that no weight starts far out. Cutting makes it narrower, and
Section~\ref{sec:truncated} computes by how much.
\end{itemize}

Every rule so far is one setting of three knobs, and this is how Keras offers them: a \emph{scale}, a \emph{mode} that says which fan
divides it, and a \emph{distribution}.

@<Types of the initializers@>=
typedef enum { GP_FAN_IN, GP_FAN_OUT, GP_FAN_AVG } gp_mode;
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

@ The module's interface. A weight matrix is |[in, out]| as in the dense layer, so that |fan_in| is the number of its rows.
The generator |r| moves on by one sample an element; element $(i,j)$ depends on the seed and its place alone, whatever the number of
threads.\claim{weights_do_not_depend_on_threads}

@(tangled/initialize.h@>=
#ifndef GP_INITIALIZE_H
#define GP_INITIALIZE_H
#include "matrix.h"
#include "random.h"
@<Types of the initializers@>@;
@<Drawing weights@>@;
@<Looking up initializers by name@>@;
#endif

@ @<Drawing weights@>=
/* fills |w| by variance scaling; a fan of zero counts as one, as in Keras */
void gp_initialize_variance_scaling(gp_matrix *w, gp_variance_scaling s,
                                    gp_random *r);
/* orthonormal rows or columns, whichever are fewer, times |gain| */
gp_status gp_initialize_orthogonal(gp_matrix *w, double gain,
                                   gp_random *r, gp_error *error);

@ Names are looked up at run time, since they come from a specification that somebody typed. All of these answer |false|
to an unknown name and touch nothing.\claim{unknown_initializers_are_rejected}

@<Looking up initializers by name@>=
/* fills |w| by the initializer |name|; |false|: unknown, or no memory */
bool gp_initialize(gp_matrix *w, const char *name, gp_random *r);
/* the knobs behind a name such as |"he_normal"|; |false|: it has none */
bool gp_initializer_scaling(const char *name, gp_variance_scaling *s);
/* the mean square of the weights it draws for a layer |in| by |out| */
bool gp_initializer_variance(const char *name, size_t in, size_t out,
                             double *variance);
double gp_scaling_variance(gp_variance_scaling s, size_t in, size_t out);
/* all names, ended by |NULL| */
const char *const *gp_initializer_names(void);

@ @(tangled/initialize.c@>=
#include "initialize.h"
#include <omp.h>
#include <stdlib.h>
#include <string.h>
@<The variance that a scaling asks for@>@;
@<Variance scaling@>@;
@<Orthogonal matrices@>@;
@<The table of names@>@;
@<Initialization by name@>@;

@ The target variance is a division. A fan of zero cannot come from a real layer; it is read as one so that an empty matrix is not a special case for the
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

@ And here is the one function that draws all of them. The constant is the subject of the next section.

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
Keep only those samples of a standard normal distribution that fall within $[-c,c]$. Their density is $\varphi(z)/p$ where
$p=2\Phi(c)-1$ is the share that is kept. Since $\varphi'(z)=-z\varphi(z)$, the second moment follows by parts:
\begin{equation}
\label{eq:truncated}
\frac1p\int_{-c}^{c}z^2\varphi(z)\,dz
 = \frac1p\Bigl(\bigl[-z\varphi(z)\bigr]_{-c}^{c}+\int_{-c}^{c}\varphi(z)\,dz\Bigr)
 = 1-\frac{2c\,\varphi(c)}{p}.
\end{equation}
At $c=2$ this is \val{scaling}{truncated-variance}; its root, \val{scaling}{truncated-deviation}, is the constant
|TRUNCATED_DEVIATION|.\claim{truncated_deviation_is_the_root} Whoever asks for a standard deviation $s$ must therefore draw from a normal distribution of
standard deviation $s$ divided by that constant, and cut it at twice the larger one.

Several libraries shipped without the division.\index{truncated normal distribution} Their ``He'' networks were started with
\val{scaling}{truncated-loss} of the variance lost in each layer, the forward signal of thirty layers with
\val{scaling}{truncated-thirty} of what it should have been.\claim{missing_truncation_loses_variance} Nobody noticed for years, since everything still trained,
a little worse. The appendix on shipped bugs comes back to it.

@* The names.
\label{sec:initializer-names}
The named initializers of Keras are six settings of the knobs and three that are no variance scaling. The normal ones are truncated.

@<The table of names@>=
static const struct {
    const char *name;
    gp_variance_scaling scaling;
} scaled[] = {
    {"glorot_uniform", {1, GP_FAN_AVG, GP_UNIFORM}},
    {"glorot_normal", {1, GP_FAN_AVG, GP_TRUNCATED_NORMAL}},
    {"he_uniform", {2, GP_FAN_IN, GP_UNIFORM}},
    {"he_normal", {2, GP_FAN_IN, GP_TRUNCATED_NORMAL}},
    {"lecun_uniform", {1, GP_FAN_IN, GP_UNIFORM}},
    {"lecun_normal", {1, GP_FAN_IN, GP_TRUNCATED_NORMAL}},
};

@ @<The table of names@>=
const char *const *gp_initializer_names(void)
{
    static const char *const names[] = {
        "glorot_uniform", "glorot_normal", "he_uniform",
        "he_normal",      "lecun_uniform", "lecun_normal",
        "zeros",          "ones",          "orthogonal", NULL};
    return names;
}

@ @<Initialization by name@>=
bool gp_initializer_scaling(const char *name, gp_variance_scaling *s)
{
    for (size_t i = 0; i < sizeof scaled / sizeof *scaled; i++)
        if (strcmp(name, scaled[i].name) == 0) {
            *s = scaled[i].scaling;
            return true;
        }
    return false;
}

@ Zeros are right for biases. For weights they are the one start that cannot work: all units of a layer compute the same,
receive the same gradient, and stay the same for ever. Ones share the fault. They are here because Keras has
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

@ For the calculator, the mean square of the weights. An orthogonal matrix of $m$ rows and $n\le m$ columns holds $n$ columns of
length one, so that its $mn$ elements have a mean square of $1/m$, one over the larger side.

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

@* Orthogonal weights.
\label{sec:orthogonal}
The right variance keeps the length of a signal \emph{on average}. A matrix with orthonormal columns or rows does better: a square one keeps
the length of every vector exactly, and the angle between any two. \citet{saxe2014} showed that deep linear networks which start this way
learn in a time that does not grow with depth.

To draw one, fill a matrix with normal numbers and take the $Q$ of its factorization $A=QR$. There is a trap. The factorization is
unique only if the signs of the diagonal of $R$ are fixed, and LAPACK's Householder reflections fix them in their own way: without a
correction, the upper left element of $Q$ comes out negative every time.\claim{orthogonal_signs_need_correction} Multiplying each column of $Q$ by
the sign of its $R_{jj}$ makes the result uniform over all orthogonal matrices \citep{mezzadri2007}.

OpenBLAS brings LAPACK, so we need not write the factorization. It has Fortran's interface: all arguments are pointers, the
names begin with |s| or |d| for the precision, and matrices are stored by columns.

@<Orthogonal matrices@>=
#define LAPACK_float(name) s##name##_
#define LAPACK_double(name) d##name##_
#define LAPACK_of(type, name) LAPACK_##type(name)
#define LAPACK_for(type, name) LAPACK_of(type, name)
#define LAPACK(name) LAPACK_for(real, name)
typedef void lapack_factor(const int *, const int *, real *, const int *,
                           real *, real *, const int *, int *);
typedef void lapack_form(const int *, const int *, const int *, real *,
                         const int *, const real *, real *, const int *,
                         int *);
extern lapack_factor LAPACK(geqrf), LAPACK(gelqf);
extern lapack_form LAPACK(orgqr), LAPACK(orglq);

@ Our rows are LAPACK's columns: what it sees is $\transpose{W}$. A tall $W=QR$ is therefore a wide $\transpose{W}=\transpose{R}\,\transpose{Q}$ to it, an $LQ$
factorization, and a wide $W$ is a tall one. Both work in place and never touch the padding, since the stride is what LAPACK calls the leading dimension. The signs
are noted between the two calls, because forming $Q$ overwrites $R$.

@<Replace |w| by the $Q$ of its factorization@>=
int m = (int)w->cols, n = (int)w->rows, lda = (int)w->stride, info;
bool tall = w->rows > w->cols;
(tall ? LAPACK(gelqf) : LAPACK(geqrf))(&m, &n, w->at, &lda, tau, work,
                                       &lwork, &info);
for (int j = 0; j < k; j++)
    sign[j] = copysign((real)gain, w->at[(size_t)j * w->stride + (size_t)j]);
(tall ? LAPACK(orglq) : LAPACK(orgqr))(&m, &n, &k, w->at, &lda, tau, work,
                                       &lwork, &info);
for (size_t i = 0; i < w->rows; i++)
    for (size_t j = 0; j < w->cols; j++)
        gp_row(w, i)[j] *= sign[tall ? j : i];

@ A threaded factorization adds in another order than a serial one, and the last bits would depend on the number of threads. One thread
is enough here: this runs once a layer.

@<Orthogonal matrices@>=
gp_status gp_initialize_orthogonal(gp_matrix *w, double gain,
                                   gp_random *r, gp_error *error)
{
    int k = (int)(w->rows < w->cols ? w->rows : w->cols), lwork = 64 * k;
    if (k == 0)
        return GP_OK;
    real *tau = calloc((size_t)k * 66, sizeof(real));
    if (tau == NULL)
        return gp_fail(error, GP_NO_MEMORY,
                       "no memory to make a matrix orthogonal");
    real *sign = tau + k, *work = sign + k;
    int threads = omp_get_max_threads();
    gp_random_fill_normal(r, w, 0, 1);
    omp_set_num_threads(1);
    @<Replace |w| by the $Q$ of its factorization@>@;
    omp_set_num_threads(threads);
    free(tau);
    return GP_OK;
}

@* The variance calculator.
\label{sec:calculator}
Equations~\eqref{eq:forward} and~\eqref{eq:backward} hold for every activation; only two of their terms are integrals that
depend on it. If a unit sums many inputs then its $z$ is close to normal, and with $q=\Var[z]$
\begin{equation}
\label{eq:moments}
\Expect[f(z)^k] = \int f\bigl(\sqrt q\,t\bigr)^k\varphi(t)\,dt,\qquad
\Expect[f'(z)^2] = \int f'\bigl(\sqrt q\,t\bigr)^2\varphi(t)\,dt.
\end{equation}
Given these, a stack of any depth is a recurrence over two numbers a layer. The module |variance| runs the recurrence, and beside it builds
the stack and measures. It answers the question that matters about an untrained network before anyone has waited for a training
run: activation, initializer and depth in, the size of the signal and of the gradient at every layer out. The laboratory
offers it as \texttt{lab variance}.

@(tangled/variance.h@>=
#ifndef GP_VARIANCE_H
#define GP_VARIANCE_H
#include "initialize.h"
#include "layer.h"
@<Types of the calculator@>@;
@<Functions of the calculator@>@;
#endif

@ A stack is what is asked about: |depth| times a dense layer without bias followed by the activation. The weights are given by name, or by
the three knobs where |initializer| is |NULL|.

@<Types of the calculator@>=
typedef struct {
    const gp_activation_type *activation;
    gp_activation_arguments arguments;
    const char *initializer; /* a name, or |NULL| for |scaling| */
    gp_variance_scaling scaling;
    size_t depth;
    const size_t *width; /* |depth + 1| of them: the inputs, then each layer */
} gp_variance_stack;

@ The answer is one row a layer and one for the input, row 0, whose elements are standard normal. Gradients are mean squares of $\partial L/\partial y$, relative to a random
gradient of mean square one at the output of the last layer. Row 0 has no pre-activation; its |preactivation| and |slope| are
NaN, and so is every |slope| of a measurement.

@<Types of the calculator@>=
typedef struct {
    double preactivation; /* $\Expect[z^2]$ */
    double mean, variance; /* of the activations $y=f(z)$ */
    double slope; /* $\Expect[f'(z)^2]$ */
    double gradient; /* $\Expect[(\partial L/\partial y)^2]$ */
} gp_variance_row;

@ Both functions fill |depth + 1| rows. The measurement draws one network from |r| and sends |samples| rows of
normal numbers through it; whoever wants a spread calls it with several generators.

@<Functions of the calculator@>=
gp_status gp_variance_predict(const gp_variance_stack *stack,
                              gp_variance_row row[], gp_error *error);
gp_status gp_variance_measure(const gp_variance_stack *stack,
                              size_t samples, gp_random *r,
                              gp_variance_row row[], gp_error *error);
/* the integrals above for a normal $z$ of mean square |q| */
typedef struct {
    double mean, square, slope;
} gp_moments;
gp_moments gp_activation_moments(const gp_activation_type *type,
                                 gp_activation_arguments a, double q);

@ @(tangled/variance.c@>=
#include "variance.h"
#include "dense.h"
#include <stdlib.h>
@<Moments of an activation@>@;
@<The variance of the weights of a layer@>@;
@<Prediction@>@;
@<Measurement@>@;

@ The integrals are taken over $[-8,8]$ in many small cells, with Gauss's rule of two points in each: both count half, at $\pm1/\sqrt3$ of half a cell from
its middle. On a smooth integrand the error falls with the fourth power of the cell. A kink would spoil that, unless it lies on the border
between two cells; and the kinks of the rectifiers lie at zero, which is such a border because the number of cells is even. The point where $f'$ jumps is
never evaluated. Gauss--Hermite quadrature, the usual advice for integrals against $\varphi$, is much worse here: one polynomial over the
whole line cannot follow a kink.\claim{small_cells_beat_gauss_hermite_on_kinks}

The activation's own kernels are called, in |real|, so that what is predicted is the function that runs. The sums are in double.

@<Moments of an activation@>=
enum { CELLS = 1024, NODES = 2 * CELLS };
static double node(int i)
{
    const double reach = 8, cell = 2 * reach / CELLS;
    double side = i % 2 == 0 ? -0.5 : 0.5;
    return (i / 2 + 0.5 + side / sqrt(3.0)) * cell - reach;
}

@ @<Moments of an activation@>=
gp_moments gp_activation_moments(const gp_activation_type *type,
                                 gp_activation_arguments a, double q)
{
    real z[NODES], y[NODES], one[NODES], slope[NODES];
    gp_moments m = {0, 0, 0};
    for (int i = 0; i < NODES; i++) {
        z[i] = (real)(sqrt(q) * node(i));
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

@ @<The variance of the weights of a layer@>=
static bool weight_variance(const gp_variance_stack *s, size_t layer,
                            double *variance)
{
    size_t in = s->width[layer - 1], out = s->width[layer];
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

@ The prediction goes up with~\eqref{eq:forward} and down with~\eqref{eq:backward}. The mean square of the input is one.

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
        row[l - 1].gradient = (double)s->width[l] * v * row[l].slope
                              * row[l].gradient;
    return GP_OK;
}

@ @<Predict the forward pass through layer |l|@>=
double q = (double)s->width[l - 1] * v * square;
gp_moments m = gp_activation_moments(s->activation, s->arguments, q);
row[l] = (gp_variance_row){q, m.mean, m.square - m.mean * m.mean,
                           m.slope, 1};
square = m.square;

@ For the measurement the stack is built from the layers of Chapters~\ref{ch:groundwork} and~\ref{ch:gradient-problem}. A |rung| holds
one dense layer and its activation, what came out of both, and the gradients of both.

@<Measurement@>=
typedef struct {
    gp_layer *dense, *activation;
    gp_matrix z, y; /* outputs of the two layers */
    gp_matrix dz, dy; /* gradients of the loss by |z| and |y| */
} rung;

@ Rung 0 is the input: it has a |y| and no layers. A failure half way leaves null pointers behind, which the freeing functions accept.

@<Measurement@>=
static gp_status build(const gp_variance_stack *s, size_t samples,
                       size_t l, rung *g, gp_error *error)
{
    size_t width = s->width[l];
    gp_status status = gp_matrix_new(&g->y, samples, width, error);
    if (status == GP_OK)
        status = gp_matrix_new(&g->dy, samples, width, error);
    if (l == 0 || status != GP_OK)
        return status;
    if ((status = gp_matrix_new(&g->z, samples, width, error)) != GP_OK
        || (status = gp_matrix_new(&g->dz, samples, width, error)) != GP_OK)
        return status;
    g->dense = gp_dense_new(s->width[l - 1], width, false, error);
    g->activation = gp_activation_new(s->activation, width, s->arguments,
                                      error);
    return g->dense && g->activation ? GP_OK : GP_NO_MEMORY;
}

@ Layer $l$ draws from its own stream, so that adding a layer on top does not change the ones below.

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

@ The pass itself. The gradient at the top is drawn from a stream of its own too.

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

@ @<Measurement@>=
static gp_variance_row summary(const rung *g, bool is_input)
{
    double mean = moment(&g->y, false);
    return (gp_variance_row){is_input ? NAN : moment(&g->z, true), mean,
                             moment(&g->y, true) - mean * mean, NAN,
                             moment(&g->dy, true)};
}

@ @<Measurement@>=
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

@ @<Take the stack down@>=
for (size_t l = 0; g != NULL && l <= s->depth; l++) {
    gp_layer_free(g[l].dense);
    gp_layer_free(g[l].activation);
    gp_matrix_free(&g[l].z);
    gp_matrix_free(&g[l].y);
    gp_matrix_free(&g[l].dz);
    gp_matrix_free(&g[l].dy);
}
free(g);

@* Index.
