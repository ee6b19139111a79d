@i common.w

@** ELU and SELU.
\label{ch:elu-selu}
A leaky rectifier cures the dead unit and leaves two flaws. Its outputs still have a positive mean, so that every layer
shifts the next; and on the left it goes on for ever, so that one very negative input is as loud as a very positive one. The exponential linear unit
\citep{clevert2016} bends the left side down to a floor. A year later the same group turned it into a function that keeps
mean and variance by itself, through any number of layers, on conditions \citep{klambauer2017}. The first half of the chapter
builds ELU and looks at what it costs and what it claims. The second half solves for SELU's two constants, and then breaks its conditions one at a time.

@* The exponential linear unit.
\label{sec:elu}
\begin{equation}\label{eq:elu}
f(z)=\begin{cases} z & z>0\\ \alpha(e^z-1) & z\le 0\end{cases}\qquad
f'(z)=\begin{cases} 1 & z>0\\ \alpha e^z & z\le 0\end{cases}
\end{equation}
From the right the slope at 0 is 1, from the left it is $\alpha$. So the function is smooth for $\alpha=1$, the default, and has a corner for any other
$\alpha$. \claim{elu_is_smooth_for_alpha_one_only} Far to the left it saturates at $-\alpha$: a strongly negative input is not loud, it is just ``absent''.

The difference from the leaky rectifier is one of noise. A leaky unit with slope $0.01$ turns the inputs $-10$ and $-20$ into $-0.1$ and $-0.2$: it
reports how far below the threshold its input lies, although a unit that looks for a feature has little to say about \emph{how} absent the feature is. An
ELU with $\alpha=1$ turns both into $-1$, to within $5\cdot10^{-5}$. The state ``off'' has one value, small changes of the inputs do not disturb it, and the layers
above see a constant. \citet{clevert2016} call this a noise-robust deactivation state. Its price is the old one of saturation: where the curve is flat, the
gradient is small. But it is flat on one side only, and on the other the slope is 1 throughout. This is why a stack of ELUs does not choke as the stack of sigmoids in
Chapter~\ref{ch:gradient-problem} does.

The header declares both activations of this chapter, and the mathematics behind the second.

@(tangled/lib/elu.h@>=
#pragma once
#include "activation.h"
@#
GP_BEGIN_DECLS@;
extern const gp_activation_type gp_elu;
    /* $z$, below 0 |alpha| $(e^z-1)$ (Clevert et al.\ 2016) */
extern const gp_activation_type gp_celu;
    /* $z$, below 0 |alpha| $(e^{z/\alpha}-1)$ (Barron 2017) */
extern const gp_activation_type gp_selu;
    /* |beta| times ELU with |alpha| (Klambauer et al.\ 2017): arguments
       |GP_SELU_ALPHA| and |GP_SELU_SCALE| */
@<SELU's constants and the map that they come from@>@;
GP_END_DECLS@;

@ @(tangled/lib/elu.c@>=
#include "elu.h"
#include "private/vectormath.h"
@<Kernels of ELU@>@;
@<Kernels of SELU@>@;
@<The normal integrals@>@;
@<The moments of SELU@>@;
@<Solve for SELU's constants@>@;

@ The exponential is computed for every element, also for the positive ones, which do not use it; that is the price of a loop
without branches. |expm1| is $e^z-1$ with all its digits also where $z$ is tiny and $e^z$ rounds to 1.

Two details of this line are easily lost in a rewrite. The cut at 0 stands inside the exponential as well as outside: without the inner one, a large positive $z$ would overflow to infinity
in the half that is thrown away, and it comes back as a NaN as soon as somebody turns the choice into a multiplication by a mask, $0\cdot\infty$. And |expm1| is not a luxury:
for $z=-10^{-8}$ the |float| nearest to $e^z$ is 1, so that $e^z-1$ is computed as 0, where the right answer is $-10^{-8}$. A function that should pass small inputs unchanged
would swallow them.

@<Kernels of ELU@>=
static void elu(size_t n, const gp_real *restrict x, gp_real *restrict y,
                gp_activation_arguments a)
{
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const gp_real curve = a.alpha * expm1(x[i] > 0 ? 0 : x[i]);
        y[i] = x[i] > 0 ? x[i] : curve;
    }
}

@ The derivative on the left is $\alpha e^z$. It is often computed as $f(z)+\alpha$, which is the same number in $\mathbb{R}$ and
saves an exponential. The next section shows why this kernel does not.

@<Kernels of ELU@>=
static void elu_slope(size_t n, const gp_real *restrict x,
                      const gp_real *restrict y, const gp_real *restrict dy,
                      gp_real *restrict dx, gp_activation_arguments a)
{
    (void)y;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const gp_real slope = a.alpha * exp(x[i] > 0 ? 0 : x[i]);
        dx[i] = x[i] > 0 ? dy[i] : dy[i] * slope;
    }
}
const gp_activation_type gp_elu = {
    GP_ACTIVATION("elu"),
    elu, elu_slope};

@ CELU.\label{sec:celu}
CELU \citep{barron2017} is ELU with a second $\alpha$: below 0 it is $\alpha(e^{z/\alpha}-1)$. Dividing by $\alpha$ inside the exponential makes the
left slope at 0 equal to 1 for every $\alpha$, which ELU has for $\alpha=1$ only. \claim{celu_is_smooth_for_every_alpha}

@<Kernels of ELU@>=
static void celu(size_t n, const gp_real *restrict x, gp_real *restrict y,
                 gp_activation_arguments a)
{
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const gp_real below = x[i] > 0 ? 0 : x[i];
        const gp_real curve = a.alpha * expm1(below / a.alpha);
        y[i] = x[i] > 0 ? x[i] : curve;
    }
}

@ On the right |below| is 0 and the exponential is 1, so one formula serves both sides; and for $z\to0$ from the left it tends to 1, whatever $\alpha$ is.

@<Kernels of ELU@>=
static void celu_slope(size_t n, const gp_real *restrict x,
                       const gp_real *restrict y, const gp_real *restrict dy,
                       gp_real *restrict dx, gp_activation_arguments a)
{
    (void)y;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const gp_real below = x[i] > 0 ? 0 : x[i];
        dx[i] = dy[i] * exp(below / a.alpha);
    }
}
const gp_activation_type gp_celu = {
    GP_ACTIVATION("celu"),
    celu, celu_slope};

@* A gradient that is never zero.
\label{sec:elu-gradient}
``ELU has a nonzero gradient for $z<0$, which avoids the problem of dying units'', says the notebook. In $\mathbb{R}$ that is true: $\alpha e^z>0$. In
single precision it depends on the formula. A |float| just above $-1$ is $-1+2^{-24}$; as soon as $e^z<2^{-25}$, the nearest |float| to $e^z-1$ is $-1$ itself, and
$f+\alpha$ is exactly 0 from there on. The border is at $z=\log 2^{-25}=-25\log2\approx-17.33$. The other formula, $\alpha e^z$, keeps going
until |float| itself ends.

@(tangled/experiments/elu-gradient.c@>=
#include "elu.h"
#include "experiment.h"
#include <math.h>
@<Both derivatives of ELU in |float|@>@;
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "elu-gradient",
        .setting = "The slope of ELU with alpha = 1 for negative inputs, by "
                   "two formulas in single precision and in double.");
    static const float at[] = {-1, -10, -16, -17, -17.5f, -20, -50, -87};
    gp_table *t = gp_experiment_table(e, "", "slope of ELU", "z|z",
        "sum|f + alpha|%.6g", "exp|alpha exp(z)|%.6g",
        "double|in double|%.6g");
    for (size_t k = 0; k < sizeof at / sizeof *at; k++)
        gp_table_row(t, gp_text("%g", (double)at[k]), (double)by_sum(at[k]),
                     (double)by_kernel(at[k]), exp((double)at[k]));
    @<Record where the sum becomes zero@>@;
    return gp_experiment_end(e);
}

@ One function uses the forward kernel and adds 1, the other asks the backward kernel.

@<Both derivatives of ELU in |float|@>=
static const gp_activation_arguments alpha_one = {1, 0};
@#
static float by_sum(float z)
{
    float y;

    gp_elu.f(1, &z, &y, alpha_one);
    return y + 1;
}
@#
static float by_kernel(float z)
{
    const float dy = 1;
    float y = 0, dx;

    gp_elu.df(1, &z, &y, &dy, &dx, alpha_one);
    return dx;
}

@ The border, by walking from one |float| to the next.

@<Record where the sum becomes zero@>=
float z = -17;
while (by_sum(z) > 0)
    z = nextafterf(z, -100);
gp_experiment_value(e, "border", "%.4f", (double)z);
gp_experiment_value(e, "left", "%.3g", (double)by_kernel(z));

@ \cell{elu-gradient}

At $-10$ the two columns agree to three digits. At $-16$ the sum is $2\cdot2^{-24}$, at $-17$ it is $2^{-24}$, and after that nothing is left: it can only be a multiple of the spacing of the
numbers next to $-1$. So digits were lost long before all of them were. This is the usual course of a cancellation, and a test that looks at $z=-1$ alone never sees it.

The sum is exactly zero from $z=\val{elu-gradient}{border}$ on. \claim{elu_gradient_as_a_sum_is_zero} A unit pushed there by one bad step is as dead as a rectifier, with
ELU's name on it. With the kernel above it still receives a gradient, a tiny one. How likely is such a $z$? With pre-activations of variance 1 it does not occur. But the units that this
section is about are those that a step of training threw far out, and for them the question is whether anything at all pulls them back. \claim{elu_gradient_by_exp_is_not}
Libraries have shipped both formulas.

@* What an exponential costs.
\label{sec:cost}
``The main drawback of ELU is that it is slower to compute.'' That sentence is about the cost of a pass, not about learning: it is often offset by faster
convergence in training, and remains in inference. How much is it? The
experiment times the layers on 8192 numbers, which stay in the second-level cache, and takes the best of many repetitions. A clock never says the same thing twice, and a book that is built twice should: the figures
below were recorded once, by \texttt{make speed}, and stay as they are until somebody runs it again or changes this experiment. Run it on your own machine and the book
shows your figures.

@(tangled/experiments/cost.c@>=
#include "experiment.h"
static const char *const word[] = {"relu", "leaky_relu:0.2", "elu", "selu",
    "sigmoid", "tanh", "swish", "mish", "gelu", "softplus"};
enum { TIMED = sizeof word / sizeof *word, MANY = 8192 };
@#
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "cost",
        .setting = "The least time of 300 passes, one thread.");
    @<Time every function alone@>@;
    @<Time four of them in a network@>@;
    return gp_experiment_end(e);
}

@ Forward and backward are timed separately.

@<Time every function alone@>=
const double relu = gp_word_seconds("relu", MANY, 1, false);
gp_table *t = gp_experiment_table(e, "", "nanoseconds for each number",
    "function", "forward||%.3f", "backward||%.3f",
    "ratio|forward, relu = 1|%.1f");
for (size_t k = 0; k < TIMED; k++) {
    const double f = gp_word_seconds(word[k], MANY, 1, false);
    const double b = gp_word_seconds(word[k], MANY, 1, true);

    gp_table_row(t, word[k], f * 1e9 / MANY, b * 1e9 / MANY, f / relu);
}
gp_experiment_value(e, "elu-over-relu", "%.0f",
                    gp_word_seconds("elu", MANY, 1, false) / relu);

@ And in a network? The activation is computed once for each unit, the dense
layer multiplies once for each weight. The second table is about the inference
of a 784-300-100 network on a batch of 100.

@<Time four of them in a network@>=
const double dense = gp_word_seconds("dense:300", 784, 100, false)
                     + gp_word_seconds("dense:100", 300, 100, false);
gp_table *n = gp_experiment_table(e, "network",
    "inference of 784-300-100, 100 samples", "function",
    "time|microseconds|%.1f", "share|of it the activation, per cent|%.1f");
for (size_t k = 0; k < 4; k++) {
    const double act = gp_word_seconds(word[k], 300, 100, false)
                       + gp_word_seconds(word[k], 100, 100, false);

    gp_table_row(n, word[k], (dense + act) * 1e6, 100 * act / (dense + act));
}

@ \cell{cost}

The rectifier's time is that of reading and writing; nothing can be faster. The functions of one exponential, ELU, SELU, sigmoid and tanh, stand close together at some distance above it, since the
exponential outweighs whatever else they do. Backward, sigmoid and tanh are nearly as cheap as the rectifier: their derivative is a polynomial of the output, $y(1-y)$ and $1-y^2$, and needs no
exponential at all. ELU could have this for negative $z$, with $f+\alpha$, and we have just seen what it would cost in another currency.

An ELU costs about \val{cost}{elu-over-relu} times as much as a rectifier, element by element. In the network it takes
\val{cost}{share-elu}\,\% of the time of an inference, against \val{cost}{share-relu}\,\% for the rectifier: the products dominate. \claim{elu_costs_more_than_relu} The sentence is true of
the function and nearly irrelevant for a dense network. It was written when an exponential meant a call of the scalar library function for each element.

@* Closer to zero.
\label{sec:elu-median}
The claim of \citet{clevert2016} is that ELUs push the mean activation toward 0, which brings the gradient closer to the natural gradient, and that this speeds learning.

Why should a mean matter? If the inputs of a layer have mean $m$, unit $j$ receives $m\sum_i w_{ij}$ from them whatever the sample is: a bias that nobody chose, and that moves when the layer
below learns. And in the gradient, $\partial L/\partial w_{ij}=\delta_j x_i$; where all $x_i$ are positive, one sample moves all weights of a unit in the same direction, all up or all down. To turn the weight
vector, some up and others down, takes several samples whose effects cancel, and the path zigzags. Inputs on both sides of 0 do not have this handicap.

Their figure 2 shows, for a network of eight hidden layers of 128 units on MNIST, the median over the units of each unit's mean activation, during
training: near 0 for ELU, well above for ReLU and leaky ReLU. We repeat it on 5000 images of Fashion-MNIST for ten epochs
instead of 300, with their batch of 64 and learning rate of 0.01.

@(tangled/experiments/elu-median.c@>=
#include "experiment.h"
#include <math.h>
enum { BLOCKS = 8, WIDTH = 128, EPOCHS = 10 };
@<Watch the mean activations of a network@>@;
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "elu-median",
        .data = "fashion-mnist", .limit = 5000, .seeds = 1, .seed = 2,
        .batch = 64, .epochs = EPOCHS, .learning_rate = 0.01,
        .setting = "Eight hidden layers of 128 units, plain gradient descent; "
                   "varied is the function.");
    watch w[3];
    for (int k = 0; k < 3; k++) {
        @<Train network |k| and note its medians@>@;
    }
    @<Record the medians@>@;
    @<Judge the medians by the paper@>@;
    return gp_experiment_end(e);
}

@ The unit's mean is taken over the first 1000 training images, the median over all 1024 units of the eight layers. Layer $2l+1$ of the network
is the activation of block $l$. After the last step of an epoch the trainer's callback looks.

@<Watch the mean activations of a network@>=
typedef struct {
    gp_experiment *e;
    double median[EPOCHS + 1]; /* before training, and after each epoch */
} watch;
static double median_activation(gp_experiment *e, gp_network *net)
{
    const gp_matrix probe = gp_matrix_rows(&e->data.train.x, 0, 1000);
    double mean[BLOCKS * WIDTH] = {0};
    gp_experiment_forward(e, net, &probe, false);
    for (size_t b = 0; b < BLOCKS; b++)
        gp_unit_shift(gp_network_output(net, 2 * b + 1), mean + b * WIDTH);
    return gp_quantile(BLOCKS * WIDTH, mean, 0.5);
}
static bool watch_step(const gp_train_step *s, void *context)
{
    watch *w = context;
    if (s->step + 1 == s->steps && s->epoch <= EPOCHS)
        w->median[s->epoch] = median_activation(w->e, s->net);
    return true;
}

@ The same seed gives all three networks the same weights; He's initialization is the paper's choice for all of them.

@<Train network |k| and note its medians@>=
static const char *const word[] = {"relu", "leaky_relu:0.1", "elu"};
static const char *const key[] = {"relu-loss", "leaky-loss", "elu-loss"};
gp_network *net = gp_experiment_network(e, gp_text(
    "8*(dense:128:he_normal %s) dense:10", word[k]), e->plan.seed);
w[k].e = e, w[k].median[0] = median_activation(e, net);
gp_experiment_value(e, key[k], "%.3f", gp_experiment_train(e, net,
    .seed = e->plan.seed, .after_step = watch_step, .context = &w[k]).loss);
gp_network_free(net);

@ Epoch 0 is the network before training.

@<Record the medians@>=
bool lowest = true;
gp_table *t = gp_experiment_table(e, "", "median of the mean activations",
    "epoch|epoch", "relu|relu|%.3f", "leaky|leaky relu|%.3f", "elu|elu|%.3f");
for (size_t i = 0; i <= e->plan.epochs && i <= EPOCHS; i++) {
    const double relu = w[0].median[i], leaky = w[1].median[i];
    gp_table_row(t, gp_text("%zu", i), relu, leaky, w[2].median[i]);
    lowest = lowest && w[2].median[i] < fmin(relu, leaky);
}

@ ``Near 0'' is taken as below a tenth. The direction is that ELU's median is the lowest in every epoch.

@<Judge the medians by the paper@>=
const double elu = w[2].median[EPOCHS], relu = w[0].median[EPOCHS];
gp_experiment_compare(e, .experiment = "Clevert 2016, figure 2, medians",
    .paper = "near 0 with ELU, well above with ReLU",
    .ours = gp_text("%.3f against %.3f", elu, relu),
    .spread = "one seed, ten epochs",
    .rule = "ELU's below 0.1; in direction: the lowest in every epoch",
    .verdict = gp_judge(lowest && fabs(elu) < 0.1, lowest));

@ \cell{elu-median}

Row 0 is the untrained network, and the order is already that of the left sides. A rectifier makes nothing of the negative half, the leaky unit a tenth, ELU keeps most of what is small. Training raises all three
medians, the rectifier's most.

\plot{elu-median}{The median over 1024 units of each unit's mean activation, during training: figure 2 of \citet{clevert2016}, smaller.}

After ten epochs the median is \val{elu-median}{elu-10} for ELU, \val{elu-median}{relu-10} for ReLU and \val{elu-median}{leaky-10} for the leaky
unit: ELU's is the lowest, as in the paper, but it is not near 0. \claim{elu_is_closer_to_zero} The training losses are \val{elu-median}{elu-loss}, \val{elu-median}{relu-loss} and
\val{elu-median}{leaky-loss}, and ELU's is the lowest here too. \claim{elu_learns_faster_here}

@* A function that normalizes itself.
\label{sec:selu}
Batch normalization (Chapter~\ref{ch:batch-normalization}) measures mean and variance and corrects them. \citet{klambauer2017} asked whether the activation could see to it
that there is nothing to correct. Let a layer's inputs have mean $\mu$ and variance $\nu$, and let a unit's weights have $\sum_i w_i=\omega$ and $\sum_i w_i^2=\tau$. Then its
pre-activation has mean $\mu\omega$ and variance $\nu\tau$ and, as a sum of many terms, is nearly normal. So one layer maps the pair $(\mu,\nu)$ to
\begin{equation}\label{eq:selu-map}
\tilde\mu=\Expect f(z),\qquad \tilde\nu=\Expect f(z)^2-\tilde\mu^2,\qquad z\sim\NN(\mu\omega,\nu\tau).
\end{equation}
In words: all that matters about the weights is their sum and their sum of squares, and all that matters about the inputs is their mean and their variance. The central limit theorem does this, and it
asks for its price: many inputs to each unit, none of which dominates, and not too dependent on each other. If it holds, a network of any depth is an iterated map of the plane, and the question whether signals vanish or explode is
the question where its orbits go.

LeCun's initialization makes $\omega=0$ and $\tau=1$, on average over the units. We want $(0,1)$ to map to itself. That is two equations, so the function
needs two constants: ELU's $\alpha$, and a factor $\lambda$ in front of it all,
\[
f(z)=\lambda\begin{cases} z & z>0\\ \alpha(e^z-1) & z\le 0.\end{cases}
\]
A slope $\lambda>1$ on the right raises the variance where it is too small; the floor on the left lowers it where it is too large.

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
    /* such that a normal $z$ with mean 0 and the goal's variance comes out
       with the moments |goal|; |GP_FAILED| where there is no solution */

@ The expectations split at 0 into four integrals. The two on the right are moments of a normal variable cut at 0:
\[
\begin{aligned}
P&=\Expect[z;z>0]=\mu\,\Phi(t)+s\,\varphi(t),\\
R&=\Expect[z^2;z>0]=(\mu^2+s^2)\,\Phi(t)+\mu s\,\varphi(t),
\end{aligned}
\]
where now $\mu$ and $s^2$ are mean and variance of $z$, and $t=\mu/s$. On the left stand exponentials, and completing the square gives
\[
E_k=\Expect[e^{kz};z<0]=e^{k\mu+k^2s^2/2}\,\Phi(-t-ks).
\]
With $Q=\Expect[e^z-1;z<0]=E_1-\Phi(-t)$ and $S=\Expect[(e^z-1)^2;z<0]=E_2-2E_1+\Phi(-t)$ we have
\begin{equation}\label{eq:selu-moments}
\Expect f=\lambda(P+\alpha Q),\qquad \Expect f^2=\lambda^2(R+\alpha^2S).
\end{equation}
For a large variance $E_k$ is a huge number times a tiny one. There $e^{k\mu+k^2s^2/2}$ times the density at $t+ks$ is the density at $t$, and what remains is
Mills' ratio $(1-\Phi)/\varphi$, which is tame.

@<The normal integrals@>=
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

@ The four integrals are those of the formulas, in the same order.

@<The normal integrals@>=
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

@ The moments are \eqref{eq:selu-moments}, letter by letter.

@<The moments of SELU@>=
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

@ Newton's method solves $\Expect f=\mu$ and $\Expect f^2=\nu+\mu^2$ for $\alpha$ and $\lambda$. The integrals do not depend on the unknowns, and the
derivatives can be read off \eqref{eq:selu-moments}. From the start $\alpha=\lambda=1$ a handful of steps is enough, since each doubles the number of right digits; the limit of a hundred
is there for goals without a solution, where the iteration would wander about for ever.

@<Solve for SELU's constants@>=
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

@ The two-by-two system is solved by Cramer's rule.

@<Take a Newton step; return when it no longer moves@>=
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

@ The demonstration solves for the goal $(0,1)$, then for its surroundings.

@(tangled/experiments/selu-solve.c@>=
#include "elu.h"
#include "experiment.h"
#include <math.h>
@<The map of SELU for centred weights@>@;
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "selu-solve",
        .setting = "The moments of SELU's outputs under normal inputs of mean "
                   "0, from the closed formulas.");
    double alpha, scale;
    if (gp_selu_solve(@[(gp_moments){0, 1}@], &alpha, &scale) != GP_OK)
        gp_experiment_fail(e, "no constants for mean 0 and variance 1");
    gp_experiment_value(e, "alpha", "%.15f", alpha);
    gp_experiment_value(e, "lambda", "%.15f", scale);
    @<Record the derivative of the map at the fixed point@>@;
    @<Iterate the map from far away@>@;
    @<Record the variance map@>@;
    return gp_experiment_end(e);
}

@ \cell{selu-solve}

These are the constants of \citet{klambauer2017}. \claim{selu_constants_solve_the_equations} In the sixteenth digit the first one differs from the value in the header, by a few units of rounding: the
integrals are differences of numbers of the size of 1, and cannot be better than that. The header has the digits of the paper.

@ Is the fixed point stable? The derivative of the map at $(0,1)$ decides. With $\omega=0$ the mean of the inputs drops out, so only the column
$(\partial\tilde\mu/\partial\nu,\partial\tilde\nu/\partial\nu)$ is not zero, and the norm of the Jacobian is the length of that column.

@<Record the derivative of the map at the fixed point@>=
const double h = 1e-5;
const gp_moments up = selu(1 + h), down = selu(1 - h);
const double by_mean = (up.mean - down.mean) / (2 * h);
const double by_variance = (up.variance - down.variance) / (2 * h);
gp_experiment_value(e, "mean-by-variance", "%.4f", by_mean);
gp_experiment_value(e, "variance-by-variance", "%.4f", by_variance);
gp_experiment_value(e, "jacobian", "%.4f", hypot(by_mean, by_variance));

@ The map for $\omega=0$: the mean of the inputs does not matter.

@<The map of SELU for centred weights@>=
static gp_moments selu(double variance)
{
    const gp_moments z = {0, variance};

    return gp_selu_moments(z, GP_SELU_ALPHA, GP_SELU_SCALE);
}

@ Its norm is \val{selu-solve}{jacobian}, smaller than 1: the fixed point attracts. \claim{selu_fixed_point_attracts} How far does the attraction reach? We iterate the
map from small and from large variances.

@<Iterate the map from far away@>=
double v[4] = {0.01, 0.1, 4, 100};
gp_table *path = gp_experiment_series(e, "path", "layer|layer|%g", "a|a|%g",
                                      "b|b|%g", "c|c|%g", "d|d|%g");
gp_table *t = gp_experiment_table(e, "", "variance, layer by layer",
    "layer|layer", "a|from 0.01|%.4f", "b|from 0.1|%.4f", "c|from 4|%.4f",
    "d|from 100|%.4f");
for (int layer = 0; layer <= 20; layer++) {
    gp_series_point(path, (double)layer, v[0], v[1], v[2], v[3]);
    if (layer <= 2 || layer % 5 == 0)
        gp_table_row(t, gp_text("%d", layer), v[0], v[1], v[2], v[3]);
    for (int k = 0; k < 4; k++)
        v[k] = selu(v[k]).variance;
}

@ The map itself, for three sums of squares $\tau$: LeCun's 1, He's 2, and the notebook's $\frac13$
(its $r$ is the bound of a uniform distribution and forgets the $\sqrt3$, Section~\ref{sec:root-three}).

@<Record the variance map@>=
gp_moments he = {0, 1};
gp_table *map = gp_experiment_series(e, "map", "v|v|%g", "lecun|LeCun|%g",
                                     "he|He|%g", "notebook|notebook|%g");
for (int k = 1; k <= 120; k++)
    gp_series_point(map, 0.025 * k, selu(0.025 * k).variance,
                    selu(0.05 * k).variance, selu(0.025 * k / 3).variance);
for (int layer = 0; layer < 1000; layer++)
    he = selu(2 * he.variance);
gp_experiment_value(e, "he-mean", "%.2f", he.mean);
gp_experiment_value(e, "he-variance", "%.2f", he.variance);

@ The table says how fast it goes. Near the fixed point each layer multiplies the distance by the derivative, a little less than $0.8$; ten layers multiply it by about a twelfth ($0.78^{10}\approx0.083$), which can be checked between the
rows 10 and 20. Far away it is quicker from above than from below: a variance of 100 is more than halved by the first layer, a variance of $0.01$ not even doubled. The floor at
$-\lambda\alpha$ cuts large signals; small ones see only the two slopes at 0, $\lambda$ and $\lambda\alpha$, and grow by
$\lambda^2(1+\alpha^2)/2\approx2.1$ in mean square, less what their mean takes away.

\plot{selu-map}{Left: the variance map of SELU. With LeCun's weights it crosses the diagonal at 1, with a slope below 1; with He's weights it runs above the diagonal there, and
with $\tau=\frac13$, the notebook's weights, below it. Right: four variances on their way to 1.}

@* The kernels of SELU.
\label{sec:selu-kernels}
SELU is ELU with its two constants multiplied in. Keras' \texttt{Dense(10, activation="selu", kernel\_initializer="lecun\_normal")} is
|gp_dense(net, .units = 10, .activation = "selu", .kernel_initializer = "lecun_normal")|.

Other constants than the paper's can be given as the activation's arguments, |alpha| for $\alpha$ and |beta| for $\lambda$. A $\lambda$ of 0, which would make
the function zero everywhere, stands for the paper's two.

@<Kernels of SELU@>=
static gp_activation_arguments selu_constants(gp_activation_arguments a)
{
    const gp_activation_arguments usual = {(gp_real)GP_SELU_ALPHA,
                                           (gp_real)GP_SELU_SCALE};

    return a.beta == 0 ? usual : a;
}
static gp_real selu_below(gp_activation_arguments a)
{
    const bool usual = a.beta == 0 || (a.alpha == (gp_real)GP_SELU_ALPHA &&
                                       a.beta == (gp_real)GP_SELU_SCALE);

    return (gp_real)(usual ? GP_SELU_SCALE * GP_SELU_ALPHA
                           : (double)a.beta * (double)a.alpha);
}

@ The line on the right, and the exponential below it.

@<Kernels of SELU@>=
static void selu(size_t n, const gp_real *restrict x, gp_real *restrict y,
                 gp_activation_arguments a)
{
    const gp_real scale = selu_constants(a).beta, below = selu_below(a);
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const gp_real curve = below * expm1(x[i] > 0 ? 0 : x[i]);
        y[i] = x[i] > 0 ? scale * x[i] : curve;
    }
}

@ The derivative is $\lambda$ on the right and $\lambda\alpha e^z$ on the left.

@<Kernels of SELU@>=
static void selu_slope(size_t n, const gp_real *restrict x,
                       const gp_real *restrict y, const gp_real *restrict dy,
                       gp_real *restrict dx, gp_activation_arguments a)
{
    const gp_real scale = selu_constants(a).beta, below = selu_below(a);
    (void)y;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const gp_real slope = below * exp(x[i] > 0 ? 0 : x[i]);
        dx[i] = dy[i] * (x[i] > 0 ? scale : slope);
    }
}
const gp_activation_type gp_selu = {
    GP_ACTIVATION("selu"),
    selu, selu_slope};

@* The conditions, broken one at a time.
\label{sec:selu-conditions}
The mathematics above assumed: inputs with mean 0 and variance 1; LeCun's weights; a plain stack, in which each layer sees only the one below; pre-activations that are
nearly normal, which takes many inputs a unit; and nothing in between that changes the moments. The notebook
lists the conditions. We break them.

The experiment sends 256 samples through stacks of a hundred layers of 256 units and records mean and variance of all activations in each layer. There is
no training: the question is what the forward pass does at the start.

@(tangled/experiments/selu-conditions.c@>=
#include "elu.h"
#include "experiment.h"
#include <math.h>
#define LECUN "dense:256:lecun_normal:nobias selu"
#define HE "dense:256:he_normal:nobias selu"
enum { BATCH = 256, DEPTH = 100 };
@<The conditions, and how each of them is broken@>@;
@<Subtract from each unit's weights their mean@>@;
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "selu-conditions",
        .setting = "A hundred untrained layers of 256 SELU units.");
    @<Break the conditions one at a time@>@;
    return gp_experiment_end(e);
}

@ A condition is a piece of specification that is repeated for all layers. Three conditions break something
else: the mean of the inputs, their deviation, and the sum of each unit's weights.

@<The conditions, and how each of them is broken@>=
enum { SHIFTED = 1, WIDE = 2, CENTRED = 4, CONDITIONS = 9 };
static const char *const condition[CONDITIONS][2] = {
    {"kept|all kept", LECUN},@/
    {"shifted|inputs of mean 2", LECUN},@/
    {"wide|inputs of deviation 10", LECUN},@/
    {"he|He's weights", HE},@/
    {"centred|He's, each unit's sum 0", HE},@/
    {"notebook|the notebook's r",
     "dense:256:variance_scaling:0.3333333333:fan_in:uniform:nobias selu"},@/
    {"dropout|dropout 0.1", LECUN " dropout:0.1"},@/
    {"alpha|alpha dropout 0.1", LECUN " alpha_dropout:0.1"},@/
    {"skip|skip connections", "residual(" LECUN ")"}};

@ One condition asks for He's weights from which each unit's
mean is subtracted, so that $\omega=0$ holds for every unit and not only on average.

@<Subtract from each unit's weights their mean@>=
static void centre(gp_network *net)
{
    for (gp_walk w = gp_chain_walk(gp_network_chain(net));
         gp_walk_parameter(&w);)
        for (size_t j = 0; j < w.parameter->value.cols; j++) {
            double sum = 0;
            for (size_t i = 0; i < w.parameter->value.rows; i++)
                sum += (double)gp_at(&w.parameter->value, i, j);
            for (size_t i = 0; i < w.parameter->value.rows; i++)
                gp_row(&w.parameter->value, i)[j] -= (gp_real)sum / BATCH;
        }
}

@ A batch of normal numbers goes up through the stack, with everything that is random in
training. The table has a row for each condition, and the figure a curve of the variance, layer by layer.

@<Break the conditions one at a time@>=
gp_table *t = gp_experiment_table(e, "", "after 1, 10 and 100 layers",
    "condition|condition", "m1|mean 1|%.2f", "m10|10|%.2f", "mean|100|%.3g",
    "v1|variance 1|%.3g", "v10|10|%.3g", "variance|100|%.3g");
for (int k = 0; k < CONDITIONS; k++) {
    static gp_real in[BATCH * 256];
    gp_matrix x = gp_matrix_view(in, BATCH, 256, 256);
    gp_random r = gp_random_new(1);
    gp_random_fill_normal(&r, &x, k == SHIFTED ? 2 : 0, k == WIDE ? 10 : 1);
    gp_network *net = gp_experiment_stack(e,
        gp_text("%d*(%s)", DEPTH, condition[k][1]), &x, 1);
    if (k == CENTRED)
        centre(net), gp_network_forward(net, &x, true);
    @<Record mean and variance of every layer@>@;
    gp_network_free(net);
}

@ A block may be several layers; counted is the output of its last one.

@<Record mean and variance of every layer@>=
gp_table *s = gp_experiment_series(e, gp_text("curve-%d", k), "layer", "v");
double m[DEPTH + 1], v[DEPTH + 1];
for (size_t l = 0; l <= DEPTH; l++) {
    const size_t last = l * gp_network_layers(net) / DEPTH - 1;
    const gp_statistics y = gp_describe(l ? gp_network_output(net, last) : &x);
    m[l] = y.mean, v[l] = pow(y.deviation, 2);
    gp_series_point(s, (double)l, v[l]);
}
gp_table_row(t, condition[k][0], m[1], m[10], m[100], v[1], v[10], v[100]);

@ \cell{selu-conditions}

\plot{selu-conditions}{The variance of the activations, layer by layer. In each curve but that of ``all kept'' one condition is broken.}

@ One line at a time.

\begin{itemize}
\item \emph{All kept}: after a hundred layers the mean is \val{selu-conditions}{mean-kept} and the variance \val{selu-conditions}{variance-kept}.
\claim{selu_keeps_mean_and_variance}
\item \emph{Inputs not standardized} heal. Whether the mean is 2 or the deviation 10, after a hundred layers the variance is
\val{selu-conditions}{variance-shifted} and \val{selu-conditions}{variance-wide}. \claim{wrong_inputs_heal} That is the attraction at work. It
takes some ten layers, though, and a network of five does not have them.
\item \emph{He's weights} have $\tau=2$. The map \eqref{eq:selu-map} with $\omega=0$ has its fixed point at mean \val{selu-solve}{he-mean} and variance
\val{selu-solve}{he-variance}, and one could expect to land there. The measured variance is \val{selu-conditions}{variance-he}, and it
grows on. The reason: $\omega=0$ holds on average over the units, but each unit's sum is random, so the positive mean of the inputs feeds the
pre-activations, $\Expect z^2=\tau(\nu+\mu^2)$. Far out SELU is $\lambda\max(0,z)$, and the mean square grows by $\lambda^2\tau/2=\lambda^2\approx1.10$ with every layer. \claim{he_weights_grow_without_end} If each unit's weights are
made to sum to 0, the fixed point appears: mean \val{selu-conditions}{mean-centred}, variance \val{selu-conditions}{variance-centred}. \claim{centred_he_weights_find_the_fixed_point}
\item \emph{The notebook's $r$} gives $\tau=\frac13$. Near zero SELU's slope is about $\lambda\sqrt{(1+\alpha^2)/2}\approx1.45$ on average over the two
sides, $\frac13\cdot1.45^2<1$, and the variance goes to \val{selu-conditions}{variance-notebook}. \claim{notebook_weights_vanish}
\item \emph{Dropout} of a tenth settles at a variance of \val{selu-conditions}{variance-dropout}, \emph{alpha dropout} at
\val{selu-conditions}{variance-alpha}. \claim{alpha_dropout_holds_where_dropout_does_not}
\item \emph{Skip connections} add what the layer was given to what it made; the variances add up too, \val{selu-conditions}{variance-skip} after a
hundred layers. \claim{skip_connections_explode}
\end{itemize}

@ Two limits are left, width and depth. Narrow layers break the assumption of normality and, worse, the one that sums over units are close to their
averages. And are a hundred layers enough to be sure? The calculator of Section~\ref{sec:calculator} measures stacks without a network: forty narrow
ones of fifty layers for each width, and one of a thousand layers of 256 units.

@(tangled/experiments/selu-limits.c@>=
#include "elu.h"
#include "experiment.h"
enum { NARROW = 50, DEEP = 1000 };
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "selu-limits", .seeds = 40, .batch = 64,
        .setting = "SELU with LeCun's weights and normal inputs, untrained.");
    gp_variance_stack stack = {.activation = &gp_selu,
                               .initializer = "lecun_normal"};
    static gp_variance_row row[DEEP + 1];
    gp_random root = gp_random_new(e->plan.seed);
    @<Look at the spread of narrow stacks@>@;
    @<Look at a thousand layers@>@;
    return gp_experiment_end(e);
}

@ We look at the least and the greatest variance among the narrow networks.

@<Look at the spread of narrow stacks@>=
gp_table *t = gp_experiment_table(e, "", "variance after 50 layers",
    "width|width", "least|least|%.3g", "average|mean|%.3g",
    "greatest|greatest|%.3g");
stack.depth = NARROW;
for (stack.units = 4; stack.units <= 256; stack.units *= 4) {
    gp_spread s = {0};
    for (size_t k = 0; k < e->plan.seeds; k++) {
        gp_random r = gp_random_split(&root, k);
        gp_variance_measure(&stack, e->plan.batch, &r, row, NULL);
        gp_spread_add(&s, row[NARROW].variance);
    }
    gp_table_row(t, gp_text("%zu", stack.units), s.least, s.mean, s.most);
}

@ In the deep network we look at the variances on the way.

@<Look at a thousand layers@>=
gp_spread way = {0};
stack.depth = DEEP, stack.units = 256;
gp_variance_measure(&stack, e->plan.batch, &root, row, NULL);
for (size_t l = 1; l <= DEEP; l++)
    gp_spread_add(&way, row[l].variance);
gp_experiment_value(e, "variance", "%.3f", row[DEEP].variance);
gp_experiment_value(e, "lowest", "%.2f", way.least);
gp_experiment_value(e, "highest", "%.2f", way.most);

@ \cell{selu-limits}

\emph{Narrow layers} keep the moments only on average over many networks. At a width of 4 single networks lie between \val{selu-limits}{least-4}
and \val{selu-limits}{greatest-4}; at 256 between \val{selu-limits}{least-256} and \val{selu-limits}{greatest-256}. \claim{narrow_layers_scatter}
After a thousand layers the variance is \val{selu-limits}{variance}, and on the way it was never below
\val{selu-limits}{lowest} nor above \val{selu-limits}{highest}. \claim{a_thousand_layers_keep_their_variance}

@* Dropout that keeps the moments.
\label{sec:dropout}
Dropout \citep{srivastava2014} sets a random share $p$ of a layer's outputs to zero in training, and multiplies the rest by $1/(1-p)$ so that the mean stays what it was. The
variance does not: inputs of mean 0 and variance 1 leave with variance $1/(1-p)$. \claim{alpha_dropout_keeps_the_moments} For a self-normalizing network
\citet{klambauer2017} drop to the floor of SELU instead, $\alpha'=-\lambda\alpha$, and then shift and scale everything to restore mean and variance: with $q=1-p$,
\begin{equation}\label{eq:alpha-dropout}
y=a\,(x\,d+\alpha'(1-d))+b,\qquad a=\frac{1}{\sqrt{q+\alpha'^2q(1-q)}},\qquad b=-a\,(1-q)\,\alpha',
\end{equation}
where $d$ is 1 with probability $q$, else 0. Zero is nothing special for SELU; its floor is what an ``absent'' unit says.

Both layers are one: what is kept goes through a straight line, what is dropped becomes a constant. Outside training they do nothing.

@(tangled/lib/dropout.h@>=
#pragma once
#include "layer.h"
@#
GP_BEGIN_DECLS@;
gp_layer *gp_dropout_new(size_t width, gp_real rate, gp_error *error);
    /* in training, a share |rate| of the elements becomes 0, and the rest is
       divided by 1 - |rate| */
gp_layer *gp_alpha_dropout_new(size_t width, gp_real rate, gp_error *error);
    /* the same for SELU: mean 0 and variance 1 stay what they are (Klambauer
       et al.\ 2017). Both draw from |pass->random|, leave inference alone,
       and are |NULL| if |rate| is not in $[0,1)$ or memory is short */
GP_END_DECLS@;

@ @(tangled/lib/dropout.c@>=
#include "dropout.h"
#include "elu.h"
#include "private/vectormath.h"
#include <string.h>
@<The dropout layer@>@;

@ What is dropped and what is kept is decided by three numbers that the constructor computes.

@<The dropout layer@>=
typedef struct {
    gp_layer layer;
    gp_real rate;
    gp_real slope, offset; /* what is kept becomes |slope * x + offset| */
    gp_real dropped; /* what is dropped becomes this */
    gp_matrix draw; /* uniform numbers; below |rate| means dropped */
    bool drawn; /* the last pass was a training pass */
} dropout_layer;

@ The room for the draws is reserved with the network's.

@<The dropout layer@>=
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

@ A number below the rate means that the element is dropped.

@<The dropout layer@>=
static void drop(size_t n, const gp_real *restrict x,
                 const gp_real *restrict draw, gp_real *restrict y,
                 const dropout_layer *d)
{
    const gp_real rate = d->rate, slope = d->slope, offset = d->offset;
    const gp_real dropped = d->dropped;

    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const gp_real kept = slope * x[i] + offset;
        y[i] = draw[i] < rate ? dropped : kept;
    }
}

@ Outside training the layer copies.

@<The dropout layer@>=
static void dropout_forward(gp_layer *layer, const gp_matrix *x,
                            gp_matrix *y, const gp_pass *pass)
{
    dropout_layer *d = (dropout_layer *)layer;
    const gp_part rows = gp_team_part(x->rows);

    if (gp_team_first())
        d->drawn = pass->training;
    if (pass->training)
        @<Draw a number for each element of this batch@>@;
    for (size_t i = rows.first; i < rows.first + rows.count; i++)
        if (pass->training)
            drop(x->cols, gp_row(x, i), gp_row(&d->draw, i), gp_row(y, i), d);
        else
            memcpy(gp_row(y, i), gp_row(x, i), x->cols * sizeof(gp_real));
}

@ The draws are uniform on $(0,1)$ and kept for the backward pass.

@<Draw a number for each element of this batch@>=
{
    GP_REQUIRE(pass->random && x->rows <= d->draw.rows,
               "%s: training needs a generator, and room for %zu rows; there "
               "is room for %zu", layer->type->name, x->rows, d->draw.rows);
    gp_matrix draw = gp_matrix_rows(&d->draw, rows.first, rows.count);
    gp_random r = gp_pass_random(pass, rows.first * x->cols);
    gp_random_fill_uniform(&r, &draw, 0, 1);
    gp_pass_advance(pass, x->rows * x->cols);
}

@ Backward, the straight line has its slope, and the constant has none.

@<The dropout layer@>=
static void dropout_backward(gp_layer *layer, const gp_matrix *x,
                             const gp_matrix *y, const gp_matrix *dy,
                             gp_matrix *dx)
{
    const dropout_layer *d = (const dropout_layer *)layer;
    const gp_part rows = gp_team_part(dy->rows);

    (void)x, (void)y;
    for (size_t i = rows.first; dx && i < rows.first + rows.count; i++) {
        const gp_real *from = gp_row(dy, i), *draw = gp_row(&d->draw, i);
        gp_real *to = gp_row(dx, i);

        if (d->drawn)
            @<Let the gradient through where nothing was dropped@>@;
        else
            memcpy(to, from, dy->cols * sizeof(gp_real));
    }
}

@ The gradient of a dropped element is 0, since its output does not depend on its input.

@<Let the gradient through where nothing was dropped@>=
GP_SIMD
for (size_t j = 0; j < dy->cols; j++)
    to[j] = draw[j] < d->rate ? 0 : d->slope * from[j];

@ A rate comes from outside, from a specification for one, so a bad one is an error and not a fault in the program.

@<The dropout layer@>=
static gp_layer *new_dropout(const gp_layer_type *type, size_t width,
                             gp_real rate, gp_error *error)
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

@ For plain dropout the line goes through the origin, and so does the constant.

@<The dropout layer@>=
static void dropout_arguments(const gp_layer *layer, double *value)
{
    value[0] = (double)((const dropout_layer *)layer)->rate;
}
static const gp_layer_type dropout_type = {
    "dropout", dropout_forward, dropout_backward, dropout_reserve,
    dropout_free, @[.arguments@]=dropout_arguments, @[.shares@]=true};
@#
gp_layer *gp_dropout_new(size_t width, gp_real rate, gp_error *error)
{
    gp_layer *layer = new_dropout(&dropout_type, width, rate, error);

    if (layer)
        ((dropout_layer *)layer)->slope = 1 / (1 - rate);
    return layer;
}

@ Alpha dropout, with the letters of \eqref{eq:alpha-dropout}: |slope| is $a$, |offset| is $b$, |low| is $\alpha'$.

@<The dropout layer@>=
static const gp_layer_type alpha_dropout_type = {
    "alpha_dropout", dropout_forward, dropout_backward, dropout_reserve,
    dropout_free, @[.arguments@]=dropout_arguments, @[.shares@]=true};
@#
gp_layer *gp_alpha_dropout_new(size_t width, gp_real rate, gp_error *error)
{
    const gp_real low = (gp_real)(-GP_SELU_SCALE * GP_SELU_ALPHA),
    q = 1 - rate;
    gp_layer *layer = new_dropout(&alpha_dropout_type, width, rate, error);

    if (layer) {
        dropout_layer *d = (dropout_layer *)layer;

        d->slope = 1 / sqrt(q + low * low * q * rate);
        d->offset = -d->slope * rate * low;
        d->dropped = d->slope * low + d->offset;
    }
    return layer;
}

@* Against batch normalization.
\label{sec:snn}
Figure 1 of \citet{klambauer2017} shows the training loss of self-normalizing networks and of networks of rectifiers with batch normalization, for 8, 16 and 32
layers: the self-normalizing ones learn faster, with less noise. Here: 128 units a layer, \val{snn}{samples} images of Fashion-MNIST, batches of \val{snn}{batch}, \val{snn}{epochs} epochs,
\val{snn}{seeds} seeds. A learning rate that suits one kind of network need not suit the other, so each is given four rates and judged by its best.

@(tangled/experiments/snn.c@>=
#include "experiment.h"
#include <math.h>
enum { EPOCHS = 8 };
@<Train with every rate and keep the best@>@;
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "snn",
        .data = "fashion-mnist", .limit = 5000, .seeds = 2, .batch = 128,
        .epochs = EPOCHS,
        .setting = "Hidden layers of 128 units, plain gradient descent at "
                   "the best of four rates.");
    gp_table *t = gp_experiment_table(e, "", "training loss, last epoch",
        "layers|layers", "selu|SELU|%.3f", "selu-rate|rate|%g",
        "norm|ReLU + norm.|%.3f", "norm-rate|rate|%g");
    int wins = 0;
    for (int depth = 8; depth <= 32; depth *= 2) {
        @<Compare both kinds at this |depth|@>@;
    }
    @<Judge the losses by the paper@>@;
    return gp_experiment_end(e);
}

@ The curve is the mean over the seeds, formed as the steps come in. The best rate is that of the lowest loss in the last
epoch, if no seed diverges at it.

@<Train with every rate and keep the best@>=
typedef struct {
    gp_spread loss;
    double rate, curve[EPOCHS + 1], share; /* of one seed in the mean */
} learning;
static bool keep(const gp_train_step *s, void *context)
{
    learning *l = context;
    l->curve[s->epoch] += l->share * s->loss / (double)s->steps;
    return true;
}
static learning best_of(gp_experiment *e, const char *net)
{
    static const double rates[] = {0.01, 0.03, 0.06, 0.1};
    learning best = {.loss = {.mean = INFINITY}};
    for (int r = 0; r < 4; r++) {
        learning l = {.rate = rates[r], .share = 1 / (double)e->plan.seeds};
        l.loss = gp_experiment_repeat(e, net, .learning_rate = rates[r],
            .epochs = EPOCHS, .after_step = keep, .context = &l).loss;
        if (l.loss.lost == 0 && l.loss.mean < best.loss.mean)
            best = l;
    }
    return best;
}

@ Eight layers, sixteen, thirty-two. The normalized layers have no bias, which would be redundant (Chapter~\ref{ch:batch-normalization}).
A win is a lower training loss at the end.

@<Compare both kinds at this |depth|@>=
const learning a = best_of(e, gp_text(
    "%d*(dense:128:lecun_normal selu) dense:10", depth));
const learning b = best_of(e, gp_text(
    "%d*(dense:128:he_normal:nobias batchnorm relu) dense:10", depth));
gp_table *s = gp_experiment_series(e, gp_text("curves-%d", depth),
    "epoch|epoch|%g", "selu|SELU|%g", "norm|normalized|%g");
for (int i = 1; i <= EPOCHS; i++)
    gp_series_point(s, (double)i, a.curve[i], b.curve[i]);
gp_table_row(t, gp_text("%d", depth), a.loss.mean, a.rate, b.loss.mean,
             b.rate);
wins += a.loss.mean < b.loss.mean;

@ The paper's claim is tested at all three depths, in direction at most of them.

@<Judge the losses by the paper@>=
gp_experiment_value(e, "wins", "%.0f", wins);
gp_experiment_compare(e, .experiment = "Klambauer 2017, figure 1, training "
                                       "loss of SELU and normalized ReLU",
    .paper = "SELU lower at 8, 16 and 32 layers",
    .ours = gp_text("lower at %d of 3 depths", wins),
    .spread = gp_text("%zu seeds, best of four rates each", e->plan.seeds),
    .rule = "lower at all three; in direction: at two",
    .verdict = gp_judge(wins == 3, wins == 2));

@ \cell{snn}

\plot{snn}{Training loss of self-normalizing networks (solid) and of rectifiers with batch normalization (dashed), for three depths, each with its best rate.}

After eight epochs the self-normalizing network has the lower training loss at \val{snn}{wins} of the three depths: at 32 layers \val{snn}{selu-32}
against \val{snn}{norm-32}. \claim{snn_against_batch_normalization} Eight epochs of 5000 images are some 300 steps, so what is measured is the beginning of training. Chapter~\ref{ch:batch-normalization} gives normalization its
chance.

@* A hundred layers.
\label{sec:hundred}
\citet{geron2019} closes his exercise on self-normalization with a network for Fashion-MNIST of one layer of 300 units and 99 of 100: SELU with LeCun's initialization
reaches 82.18\,\% on the validation images after five epochs, ReLU with He's 73.80\,\%. We run the same: 55,000 standardized images, batches of 32, plain
gradient descent at 0.001, five epochs. Depth makes this a sharp test. A factor of $0.95$ a layer leaves $0.95^{100}\approx0.006$ of a signal at the end, a factor of $1.05$ makes $131$ of 1. What
keeps a signal ``roughly'' is not good enough here.

@(tangled/experiments/hundred.c@>=
#include "experiment.h"
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "hundred",
        .data = "fashion-mnist", .seeds = 1, .batch = 32, .epochs = 5,
        .learning_rate = 0.001,
        .setting = "One layer of 300 units and 99 of 100, plain gradient "
                   "descent; varied is the function, with its initializer.");
    gp_table *t = gp_experiment_table(e, "", "validation accuracy, per cent",
        "net|network", "accuracy|ours|%.2f", "geron|G\303\251ron|%.2f");
    const gp_spread selu = gp_experiment_accuracies(e,
        "dense:300:lecun_normal selu 99*(dense:100:lecun_normal selu) "
        "dense:10", 0);
    const gp_spread relu = gp_experiment_accuracies(e,
        "dense:300:he_normal relu 99*(dense:100:he_normal relu) dense:10", 0);
    gp_table_row(t, "selu|SELU, LeCun", selu.mean, 82.18);
    gp_table_row(t, "relu|ReLU, He", relu.mean, 73.80);
    gp_experiment_value(e, "lead", "%.1f", selu.mean - relu.mean);
    @<Judge the hundred layers by the book@>@;
    return gp_experiment_end(e);
}

@ He reports one run of each. The rule asks for the order and for accuracies within five points of his; the order alone is the direction.

@<Judge the hundred layers by the book@>=
const double off[2] = {selu.mean - 82.18, relu.mean - 73.80};
gp_experiment_compare(e,
    .experiment = "G\303\251ron 2019, 100 layers on Fashion-MNIST",
    .paper = "SELU 82.18, ReLU 73.80",
    .ours = gp_text("%.2f, %.2f", selu.mean, relu.mean),
    .spread = gp_text("%zu seed(s)", e->plan.seeds),
    .rule = "SELU leads, both within 5 points",
    .verdict = gp_judge(selu.mean > relu.mean && off[0] < 5 && off[0] > -5
                        && off[1] < 5 && off[1] > -5,
                        selu.mean > relu.mean));

@ \cell{hundred}

After \val{hundred}{epochs} epochs the self-normalizing network is right on \val{hundred}{accuracy-selu}\,\% of the validation images, the network of rectifiers on
\val{hundred}{accuracy-relu}\,\%: a lead of \val{hundred}{lead} points, without any normalization layer. \claim{hundred_layers_of_selu_learn} How near each comes to the published figure, the table shows. A
single run, his or ours, depends on its seed.

@* What to take along.
\label{sec:elu-summary}
ELU is a better-behaved rectifier at the price of an exponential that a dense network hardly notices; compute its gradient from $z$, not from $f$. SELU
with LeCun's weights carries a plain stack through any depth without normalization layers. Its conditions are real but not equally strict: a wrong scale of the
inputs heals within a few layers, while wrong weights, plain dropout and skip connections do not heal, because they act anew in every layer.

@* Exercises.
\label{sec:exercises-05}
An answer goes into the section of its exercise: delete |gp_not_started()|
and write the function, then \texttt{make exercise N=...} tests it.

@ \begin{exercise}{06-elu-gradient}{15}{2}
\textbf{A gradient that is exactly zero.} The book says that the derivative of ELU is $f(z)+\alpha$ for negative $z$, and so it is, in $\mathbb R$. The
function below computes it so in |float|. Find the largest $z$ for which it returns 0, explain it, and repair the function.
\end{exercise}

@(tangled/exercises/06-elu-gradient.c@>=
#include "exercise.h"
#include <math.h>

float elu_slope(float z, float alpha)
{
    gp_not_started();
    float f = z > 0 ? z : alpha * expm1f(z);
    return z > 0 ? 1 : f + alpha;
}

@ \begin{exercise}{06-selu-constants}{30}{5}
\textbf{SELU for another variance.} SELU's constants make mean 0 and variance 1 a fixed point. Let the inputs have variance $\nu$ instead, $z\sim
N(0,\nu)$, and ask for mean 0 and variance $\nu$ behind $f(z)=\lambda z$ for $z>0$, $\lambda\alpha(e^z-1)$ else. Show that the condition on the mean
fixes $\alpha$ alone, and write both constants in closed form. You need $\int_{-\infty}^0 e^{kz}\,\phi_\nu(z)\,dz=e^{k^2\nu/2}\,\Phi(-k\sqrt\nu)$, with
$\phi_\nu$ the density of $N(0,\nu)$.
\end{exercise}

@(tangled/exercises/06-selu-constants.c@>=
#include "exercise.h"
#include <math.h>

double selu_alpha(double nu)
{
    gp_not_started();
}

double selu_lambda(double nu)
{
    gp_not_started();
}

@ \begin{exercise}{06-alpha-dropout}{25}{4}
\textbf{Alpha dropout's affine step.} Alpha dropout sets a unit to $\alpha'=-\lambda\alpha$, the value at which SELU saturates, with probability $1-q$, and then
applies $ax+b$ so that mean 0 and variance 1 come back. Compute the mean and the variance of a unit after dropping, given that it had
mean 0 and variance 1, and from them $a$ and $b$.
\end{exercise}

@(tangled/exercises/06-alpha-dropout.c@>=
#include "exercise.h"
#include <math.h>

double alpha_dropout_a(double q, double saturated)
{
    gp_not_started();
}

double alpha_dropout_b(double q, double saturated)
{
    gp_not_started();
}

@ \begin{exercise}{06-celu}{15}{2}
\textbf{CELU, and the kink that ELU has.} For $\alpha\ne1$ ELU has a kink at 0: slope 1 on the right, $\alpha$ on the left. CELU divides inside the exponential,
$f(z)=\max(z,0)+\min\bigl(0,\alpha(e^{z/\alpha}-1)\bigr)$. Write value and slope; the slope must be continuous for every $\alpha$, and the
value accurate for tiny $z$ as well.
\end{exercise}

@(tangled/exercises/06-celu.c@>=
#include "exercise.h"
#include <math.h>

double celu(double z, double alpha)
{
    gp_not_started();
}

double celu_slope(double z, double alpha)
{
    gp_not_started();
}

@ \begin{exercise}{06-selu-with-he}{20}{2}
\textbf{Predict: SELU with He.} Stack 50 SELU layers and initialize with He instead of LeCun, so that each preactivation has mean 0 and \emph{twice} the
second moment of the activations before it. Before you run anything: does the variance of the activations die out, explode, or settle? Write down where;
then iterate |gp_selu_moments| and correct yourself. The function returns the variance of the activations after 50 layers, to ten per cent.
\end{exercise}

@(tangled/exercises/06-selu-with-he.c@>=
#include "exercise.h"
#include <math.h>

double variance_after_fifty(void)
{
    gp_not_started();
}

@* Index.
