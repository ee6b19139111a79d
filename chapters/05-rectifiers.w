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

The chapter makes two modules: \texttt{rectifier}, with the rectifier and its leaky relatives (fixed slope, random slope, learned
slope), and \texttt{smooth}, with the functions without a corner that came later. It then kills units on purpose, counts them, wakes them up, and
repeats in small what \citet{xu2015empirical} measured on convolutional networks.

@* One interface for the family.
\label{sec:relu-interface}
Nearly all of these functions work on one number at a time and learn nothing. For them Chapter~\ref{ch:groundwork}
has the type |gp_activation_type|: a row loop that is written once, and two kernels, one for $f$ and one for the product of $f'$ with
the gradient from above. Two members of the family hold more than a formula. PReLU trains its slope, and RReLU
draws one for each element; they are layers with state and get constructors of their own.

@(tangled/lib/rectifier.h@>=
#pragma once
#include "activation.h"
@#
GP_BEGIN_DECLS@;
@<Activations that are a formula only@>@;
@<Activations that keep something@>@;
GP_END_DECLS@;

@ Where a function has a parameter, it is |alpha| (and |beta|) of |gp_activation_arguments|. The derivative at a
kink is a choice, since the left and the right one differ. We take PyTorch's: 0 for the rectifier at 0, the slope of the
negative side for the leaky ones, 0 for the hard sigmoid at both of its corners.

@<Activations that are a formula only@>=
extern const gp_activation_type gp_relu; /* $\max(0,z)$; slope 0 at 0 */
extern const gp_activation_type gp_leaky_relu;
    /* $z$, below 0 |alpha| $z$; slope |alpha| at 0 */

@ The two constructors return |NULL| and fill |error| when memory is short.

@<Activations that keep something@>=
gp_layer *gp_prelu_new(size_t width, bool shared, gp_real initial,
                       gp_error *error);
    /* a trained slope below 0 (He et al.\ 2015): parameter ``slope'', [1, 1]
       if |shared|, else [1, width], all |initial| at first */
gp_layer *gp_rrelu_new(size_t width, gp_real lower, gp_real upper,
                       gp_error *error);
    /* the slope below 0 is drawn from $[$|lower|, |upper|$]$ for each element
       in training and is their mean else (Xu et al.\ 2015); also |NULL| if
       the interval is empty or not finite */

@ The implementation follows the chapter's order: the formulas, then the two layers with state.

@(tangled/lib/rectifier.c@>=
#include "rectifier.h"
#include "private/vectormath.h"
#include <string.h>
@<Kernels of the rectifiers@>@;
@<PReLU@>@;
@<RReLU@>@;

@* The rectifier.
\label{sec:relu}
The kernel is one comparison. It is written as ``0 if $x<0$, else $x$'' and not the other way round, so that a NaN
passes through: a network that has diverged should say so, and a rectifier that quietly turns NaN into 0 hides it.
Compilers make of this line one vector instruction, the maximum.

@<Kernels of the rectifiers@>=
static void relu(size_t n, const gp_real *restrict x, gp_real *restrict y,
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
static void relu_slope(size_t n, const gp_real *restrict x,
                       const gp_real *restrict y, const gp_real *restrict dy,
                       gp_real *restrict dx, gp_activation_arguments a)
{
    (void)y, (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        dx[i] = x[i] > 0 ? dy[i] : 0;
}
const gp_activation_type gp_relu = {
    GP_ACTIVATION("relu"),
    relu, relu_slope};


@ What the rectifier buys can be read off one column of numbers: the slope far out on the right, where a
sigmoid has none left. The same demonstration writes the curves of the whole family for the figures.

@(tangled/experiments/slopes.c@>=
#include "experiment.h"
#include <math.h>
#include <string.h>
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "slopes",
        .setting = "Activations element by element, from the layers' own "
                   "forward and backward kernels.");
    @<Record slopes far to the right, and their twentieth powers@>@;
    @<Record the curves of the family@>@;
    return gp_experiment_end(e);
}

@ Twenty layers multiply twenty slopes. The last column is what a path through twenty units at $z=2$ leaves of a
gradient, weights aside.

@<Record slopes far to the right, and their twentieth powers@>=
static const char *const far[] = {"sigmoid", "tanh", "relu", "leaky_relu"};
static const double at[] = {0.5, 1, 2, 5, 10, 20};
gp_table *t = gp_experiment_table(e, "", "slope at z", "f|function",
    "half|0.5|%.2g", "one|1|%.2g", "two|2|%.2g", "five|5|%.2g",
    "ten|10|%.2g", "twenty|20|%.2g", "path|20 units at z = 2|%.2g");
for (int i = 0; i < 4; i++) {
    double slope[7];
    for (int k = 0; k < 6; k++)
        slope[k] = gp_function_at(far[i], at[k]).slope;
    slope[6] = pow(slope[2], 20);
    gp_table_numbers(t, far[i], 7, slope);
}

@ For the plot, value and slope of five functions. A series has the name of its function, without
the argument.

@<Record the curves of the family@>=
static const char *const shown[] = {"relu", "leaky_relu:0.3", "softplus",
                                    "gelu", "mish"};
for (int i = 0; i < 5; i++) {
    gp_table *s = gp_experiment_series(e, gp_text("%.*s",
        (int)strcspn(shown[i], ":"), shown[i]), "z", "f", "slope");
    for (double z = -5; z <= 4; z += 0.0625) {
        const gp_point p = gp_function_at(shown[i], z);
        gp_series_point(s, z, p.value, p.slope);
    }
}

@ \cell{slopes}

At $z=10$ the logistic function passes \val{slopes}{ten-sigmoid} of a gradient; the rectifier passes all of it. \claim{relu_does_not_saturate}
A path of twenty units that all sit at $z=2$ leaves \val{slopes}{path-sigmoid} under sigmoids and
\val{slopes}{path-relu} under rectifiers.

\plot{slopes}{Five of the family, and the slope of each. The rectifier's slope is 0 or 1; the leaky one (here $\alpha=0.3$)
never stops a gradient; the smooth ones cross from 0 to 1 and, GELU and Mish, a little beyond.}

@ Three more properties come with it. It is cheap: a comparison, no exponential (Section~\ref{sec:cost} measures what that
saves). It makes activations sparse: of a standard normal input, half the outputs are exactly 0. And it shifts the mean:
the average output is $\int_0^\infty z\varphi(z)\,dz=\varphi(0)=1/\sqrt{2\pi}\approx0.4$, not 0, so the next layer sees inputs that are all of one sign.
\claim{relu_halves_and_shifts} The mean square of the output is $\frac12$, and the square of its mean is $1/(2\pi)\approx0.16$: nearly a third of what He's initialization keeps constant is not variance but a constant
offset, the same for every sample. The factor 2 in He's initialization (Section~\ref{sec:lecun-he}) pays for the missing half;
Chapter~\ref{ch:elu-selu} is about the shifted mean. What follows here is about the zeros.

@* The unit that dies.
\label{sec:dying}
A rectifier passes no gradient where it is inactive. For one sample that is harmless, since others will activate the unit. But
suppose that for \emph{every} sample $x$ of the training set
\begin{equation}\label{eq:dead}
\transpose{w}x+b<0 .
\end{equation}
Then $f'=0$ for every sample, the gradients $\partial L/\partial w=\sum\delta f'x$ and $\partial L/\partial b=\sum\delta f'$ are sums of
zeros, and gradient descent leaves $w$ and $b$ exactly where they are. \claim{a_dead_unit_has_no_gradient} The unit is \emph{dead}. Only a change in the layers
below, which move its inputs $x$, can bring it back; in the first layer nothing can.

The condition is about all samples and about $b$, and it is often misquoted as ``the sum of the weights is negative''. That
sum says nothing: a unit with $w=(1,-3)$ is alive as long as some sample has $x_1>3x_2$, and one with $w=(1,1)$ and $b=-10$ is dead on
data from the unit square. \claim{a_negative_sum_is_not_death}

What pushes a unit past \eqref{eq:dead}? One large step is enough. Take a unit with one input $x$ between 0 and 1, with $w=1$ and $b=0.5$: it is active for every $x$. The sample $x=1$ comes with a gradient
$\partial L/\partial z=4$, that is, with the wish for a smaller output. At a learning rate of $0.1$ the step subtracts $0.4$ from $w$ and from $b$, and the unit lives on with
$z=0.6x+0.1$. At a learning rate of $0.5$ it subtracts 2, and $z=-x-1.5$ is negative for every $x$ there is. The wish was granted, with something to spare, for all samples at once.

If a gradient step throws $b$ far below zero, or turns $w$
away from all the data, there is no gradient that could bring it back: the step is a one-way door. So we expect deaths to depend
on the learning rate. To see it we have to train.

@* Deaths, counted.
\label{sec:counted}
A unit that dies would be a curiosity if it needed bad luck. The experiment shows what it needs. The network has two hidden layers of 100 units and
trains on 5000 images of Fashion-MNIST, with He's initialization and plain stochastic
gradient descent. Varied are the learning rate, the function (the rectifier, or a leaky one with slope 0.1), and the seed.
After training we count the dead units of the second layer.

A unit counts as dead when its pre-activation $z$ is not positive for any of the
training samples. The pre-activations are the outputs of the dense layer below, and that is where the function looks, so that
the same count works for leaky units. Their ``dead'' means: on the left side for every sample.

@(tangled/experiments/dying.c@>=
#include "experiment.h"
#include <math.h>
@<Count dead units@>@;
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "dying",
        .data = "fashion-mnist", .limit = 5000, .seeds = 6, .batch = 32,
        .epochs = 8,
        .setting = "Two hidden layers of 100 units trained by plain gradient "
                   "descent; varied are the learning rate and the function.");
    static const char *const unit[2] = {"relu", "leaky_relu:0.1"};
    for (int k = 0; k < 2; k++) {
        @<Compare the learning rates@>@;
    }
    return gp_experiment_end(e);
}

@ The whole training set goes through the network at once. Layer 2 is the second
dense layer, counted from 0.

@<Count dead units@>=
static double count_dead(gp_experiment *e, gp_network *net)
{
    double active[100];
    gp_experiment_forward(e, net, &e->data.train.x, false);
    return (double)gp_unit_activity(gp_network_output(net, 2), active);
}

@ Each function has a table, with a row for each learning rate. Runs that end in NaN are counted apart: their units
are not dead, their numbers are gone. A rate at which all runs diverge has no counts.

@<Compare the learning rates@>=
static const double rates[] = {0.05, 0.1, 0.2, 0.3, 0.4};
const char *key = k == 0 ? "relu" : "leaky";
gp_table *t = gp_experiment_table(e, key, unit[k], "rate|rate",
    gp_text("%s-dead|dead of 100|%%.1f", key),
    gp_text("%s-most|most|%%.0f", key),
    gp_text("%s-accuracy|accuracy|%%.1f", key),
    gp_text("%s-diverged|diverged|%%.0f", key));
for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
    const gp_findings f = gp_experiment_repeat(e,
        gp_text("2*(dense:100:he_normal %s) dense:10", unit[k]),
        .learning_rate = rates[r], .measure = {count_dead});
    const gp_spread dead = f.measured[0];
    const double none = dead.count > 0 ? 0 : NAN;
    gp_table_row(t, gp_text("%g", rates[r]), none + dead.mean,
                 none + dead.most, none + f.accuracy.mean, (double)dead.lost);
}

@ \cell{dying}

At the gentle rate of 0.05, \val{dying}{relu-dead-0.05} units of 100 are dead on average and the network is right on \val{dying}{relu-accuracy-0.05}\,\% of the
validation images. At a rate of 0.3 \val{dying}{relu-dead-0.3} are dead, and at 0.4 \val{dying}{relu-dead-0.4} on average over the runs that
did not diverge, in one run \val{dying}{relu-most-0.4}. The
leaky network has at most a unit or two on the left side for good, at any rate at which it trains.\claim{large_rates_kill} But it is no safer against
divergence: at 0.3 \val{dying}{leaky-diverged-0.3} of its six runs diverge, at 0.4 \val{dying}{leaky-diverged-0.4}. A slope on the left does not make a learning rate reasonable.

@* Deaths, mapped.
\label{sec:mapped}
Can a dead unit come back? We follow six runs at the rate 0.35. After each epoch we note, for every unit of the second layer, the share of samples that activate
it. Then we lower the learning rate to 0.05, which was harmless from the start, clip gradients to norm 10 against
whatever the violent first half has left behind (Section~\ref{sec:clipping}), and go on twice from the same weights: once as before, and once with
the leaky rectifier in place of the other. Both see the same samples in the same order.

@(tangled/experiments/waking.c@>=
#include "experiment.h"
#include <stdlib.h>
#include <string.h>
enum { SECOND = 2, UNITS = 100, EPOCHS = 8, TURN = EPOCHS + 1 };
typedef struct {
    double active[UNITS][2 * EPOCHS + 1]; /* share of samples, by epoch */
    int epoch;
    double dead, accuracy;
    gp_experiment *e;
} life;
@<Look at all units of the second layer@>@;
@<Train for one half of a life@>@;
@<Record a map, the busiest unit last@>@;
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "waking",
        .data = "fashion-mnist", .limit = 5000, .seeds = 6, .batch = 32,
        .epochs = EPOCHS,
        .setting = "Eight epochs at the rate 0.35, then eight at 0.05; varied "
                   "is the function in the second half.");
    static life relu, leaky, worst[2];
    double total[3] = {0, 0, 0}, most = -1;
    @<Follow the runs at the largest rate@>@;
    record_map(e, "relu", &worst[0]), record_map(e, "leaky", &worst[1]);
    return gp_experiment_end(e);
}

@ The look after an epoch goes through the whole training set. A network that has
diverged has no positive pre-activations, and is not counted: such a run
has no row.

@<Look at all units of the second layer@>=
static void look(gp_network *net, life *l)
{
    double active[UNITS];
    gp_experiment_forward(l->e, net, &l->e->data.train.x, false);
    l->dead = (double)gp_unit_activity(gp_network_output(net, SECOND), active);
    for (size_t j = 0; j < UNITS; j++)
        l->active[j][l->epoch] = active[j];
    l->epoch++;
}
static bool look_after_epoch(const gp_train_step *s, void *context)
{
    if (s->step + 1 == s->steps)
        look(s->net, context);
    return true;
}

@ A half of a life is a training. Returned is whether it came to its end.

@<Train for one half of a life@>=
static bool live(gp_network *net, life *l, double rate, double clip,
                 uint64_t seed)
{
    gp_outcome o = gp_experiment_train(l->e, net, .seed = seed,
        .learning_rate = rate, .optimizer = gp_sgd(.clip_norm = clip),
        .after_step = look_after_epoch, .context = l);
    return l->accuracy = o.accuracy, !o.diverged;
}

@ The two networks have the same dense layers in the same places; the weights are copied parameter by parameter.

@<Train for one half of a life@>=
static void copy_weights(gp_network *to, const gp_network *from)
{
    gp_walk a = gp_chain_walk(gp_network_chain(from));
    gp_walk b = gp_chain_walk(gp_network_chain(to));
    while (gp_walk_parameter(&a) && gp_walk_parameter(&b))
        gp_matrix_copy(&b.parameter->value, &a.parameter->value);
}

@ The rectifiers train first. Then one copy of the network goes on as it is and another with the leaky unit.

@<Follow the runs at the largest rate@>=
gp_table *t = gp_experiment_table(e, "", "dead units of 100, and accuracy",
    "seed|seed", "dead|after 8|%.0f", "a|accuracy|%.1f", "relu|then relu|%.0f",
    "ra|accuracy|%.1f", "leaky|then leaky|%.0f", "la|accuracy|%.1f");
for (size_t seed = e->plan.seed; seed < e->plan.seed + e->plan.seeds; seed++) {
    gp_network *dying = gp_experiment_network(e,
        "2*(dense:100:he_normal relu) dense:10", seed);
    gp_network *woken = gp_experiment_network(e,
        "2*(dense:100:he_normal leaky_relu:0.1) dense:10", seed);
    memset(&relu, 0, sizeof relu), relu.e = e;
    look(dying, &relu);
    if (live(dying, &relu, 0.35, GP_LEFT_OUT, seed)) {
        @<Go on with both functions@>@;
    }
    gp_network_free(dying), gp_network_free(woken);
}
@<Record the sums over the seeds@>@;

@ The run with the most deaths is remembered for the figure.

@<Go on with both functions@>=
const double dead = relu.dead, accuracy = relu.accuracy;
leaky = relu;
copy_weights(woken, dying);
live(dying, &relu, 0.05, 10, seed + 100);
live(woken, &leaky, 0.05, 10, seed + 100);
gp_table_row(t, gp_text("%zu", seed), dead, accuracy, relu.dead,
             relu.accuracy, leaky.dead, leaky.accuracy);
total[0] += dead, total[1] += relu.dead, total[2] += leaky.dead;
if (dead > most)
    most = dead, worst[0] = relu, worst[1] = leaky;

@ The maps list the units in the order of their activity at the end of the first half, so that both show the same unit in the same line.

@<Record a map, the busiest unit last@>=
static int by_busy(const void *a, const void *b)
{
    const double *x = a, *y = b, more = x[EPOCHS] - y[EPOCHS];
    return (more > 0) - (more < 0);
}
static void record_map(gp_experiment *e, const char *name, life *l)
{
    gp_table *s = gp_experiment_series(e, name, "epoch|epoch|%g",
                                       "unit|unit|%g", "share|share|%.4f");
    qsort(l->active, UNITS, sizeof l->active[0], by_busy);
    for (int k = 0; k <= 2 * EPOCHS; k++)
        for (int j = 0; j < UNITS; j++)
            gp_series_point(s, (double)k, (double)j, l->active[j][k]);
}

@ How many died, and how many of those were still dead at the end, over all runs.

@<Record the sums over the seeds@>=
gp_experiment_value(e, "killed", "%.0f", most);
gp_experiment_value(e, "dead-of-all", "%.0f", total[0]);
gp_experiment_value(e, "still-dead", "%.0f", total[1]);
gp_experiment_value(e, "still-dead-leaky", "%.0f", total[2]);
gp_experiment_value(e, "units-of-all", "%.0f",
                    (double)(UNITS * e->plan.seeds));

@ \cell{waking}

\plot{waking}{The life of a hundred units, in the run with the most deaths. Each line is a unit, each column an epoch; the shade is the
share of samples for which the unit is active, and orange means none. At the white line the learning rate falls from 0.35 to 0.05. Left: the network stays
with rectifiers. Right: the same network with leaky units from the line on.}

Of the \val{waking}{units-of-all} units of the six networks \val{waking}{dead-of-all} are dead after \val{waking}{epochs} epochs. Under
rectifiers \val{waking}{still-dead} are dead \val{waking}{epochs} epochs later: a reasonable learning rate comes too late for most of them. Under leaky units
\val{waking}{still-dead-leaky} are left on the wrong side. \claim{leaky_units_wake} The weights were the same, and so
were the samples; the difference is the one tenth of a gradient that reached them. Figure~\ref{fig:waking} shows the run with the most deaths, \val{waking}{killed} of 100.

Waking up is not the same as being well. Where nearly the whole layer has died, the survivors of the explosion have weights so large
that the accuracy is slow to come back, leaky or not. The table shows it line by line. Prevention is cheaper than cure.

This is how to notice the trouble in practice. A loss that sits at $\log 10\approx2.30$, the loss of a network that gives each of ten classes the
same probability, while the gradients below some layer are exactly zero, means that this layer has died. \claim{a_dead_layer_stops_the_loss} The remedies are, in the order in which to try them: a smaller
learning rate; a leaky unit; an activation from Chapter~\ref{ch:elu-selu}; and normalization, Chapter~\ref{ch:batch-normalization}.

@* The leaky rectifier.
\label{sec:leaky}
\begin{equation}\label{eq:leaky}
f(z)=\begin{cases} z & z>0\\ \alpha z & z\le 0\end{cases}\qquad
f'(z)=\begin{cases} 1 & z>0\\ \alpha & z\le 0\end{cases}
\end{equation}
For $\alpha\le 1$ this is $\max(\alpha z,z)$, the form in which it is often written; for $\alpha>1$ the maximum would pick the wrong branch,
so the kernel compares.

The number to keep in mind is not $\alpha$ but its powers. A path through $k$ units on their left side passes $\alpha^k$ of a gradient: with $\alpha=0.01$ two such units leave a ten-thousandth, with $\alpha=0.2$ they leave $0.04$. A
unit with a tiny slope is alive in principle. But it moves $1/\alpha$ times as slowly as it would on the other side, and a hundred epochs in place of one are, for the patience of most people, death.

@<Kernels of the rectifiers@>=
static void leaky_relu(size_t n, const gp_real *restrict x,
                       gp_real *restrict y, gp_activation_arguments a)
{
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] > 0 ? x[i] : a.alpha * x[i];
}

@ At $z=0$ both kernels take the left branch.

@<Kernels of the rectifiers@>=
static void leaky_relu_slope(size_t n, const gp_real *restrict x,
                             const gp_real *restrict y,
                             const gp_real *restrict dy,
                             gp_real *restrict dx, gp_activation_arguments a)
{
    (void)y;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        dx[i] = x[i] > 0 ? dy[i] : a.alpha * dy[i];
}
const gp_activation_type gp_leaky_relu = {
    GP_ACTIVATION("leaky_relu"),
    leaky_relu, leaky_relu_slope};


@ Three values of $\alpha$ are in use and none is privileged: \citet{maas2013} took 0.01, Keras' layer defaults to 0.3, and
\citet{geron2019} writes $0.2$. In Keras the activation is a layer of its own, and so it is here:

\begin{quote}\texttt{Sequential([Dense(10, kernel\_initializer="he\_normal"), LeakyReLU(alpha=0.2)])}\end{quote}

\noindent becomes |gp_dense(net, .units = 10, .kernel_initializer = "he_normal")| followed by |gp_add_leaky_relu(net, .alpha = 0.2)|
(Section~\ref{sec:keras}).
With a slope on the left a unit keeps more than half of the mean square, and He's factor 2 becomes $2/(1+\alpha^2)$; Section~\ref{sec:lecun-he} derives it.
@* RReLU, a slope drawn at random.
\label{sec:rrelu}
Dropout multiplies activations by random zeros and ones, and networks generalize better for it. RReLU puts the noise into the slope: the negative side is drawn anew for each element and each training step, and in the test one fixed slope is used. \citet{xu2015empirical}
divide by a number drawn uniformly between 3 and 8, and in the test by its mean, $5.5$. PyTorch, and this book with it, draws the slope itself, uniformly between $\frac18$ and
$\frac13$, and takes its mean $(\frac18+\frac13)/2=\frac{11}{48}$ in the test. The two are not the same: the mean of one over the divisor is $\frac15\log\frac83\approx0.196$, against $0.229$.

The layer remembers the slopes of the last training pass, because the backward pass must use the same ones.

@<RReLU@>=
typedef struct {
    gp_layer layer;
    gp_real lower, upper;
    gp_matrix slope; /* one for each element of the largest batch */
    bool drawn; /* the last pass was a training pass */
} rrelu_layer;

@ The slopes take as much room as the layer's output. A network asks for it once, for its largest batch, so that training allocates nothing.

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
    const gp_part rows = gp_team_part(x->rows);
    if (gp_team_first())
        rrelu->drawn = pass->training;
    if (pass->training)
        @<Draw a slope for each element of this batch@>@;
    for (size_t i = rows.first; i < rows.first + rows.count; i++)
        if (pass->training)
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
    gp_matrix slope = gp_matrix_rows(&rrelu->slope, rows.first, rows.count);
    gp_random r = gp_pass_random(pass, rows.first * x->cols);
    gp_random_fill_uniform(&r, &slope, rrelu->lower, rrelu->upper);
    gp_pass_advance(pass, x->rows * x->cols);
}

@ Backward, the same distinction. Nothing is trained here, so without |dx| there is nothing to do.

@<RReLU@>=
static void rrelu_backward(gp_layer *layer, const gp_matrix *x,
                           const gp_matrix *y, const gp_matrix *dy,
                           gp_matrix *dx)
{
    const rrelu_layer *rrelu = (const rrelu_layer *)layer;
    gp_activation_arguments mean = {(rrelu->lower + rrelu->upper) / 2, 0};
    const gp_part rows = gp_team_part(x->rows);
    for (size_t i = rows.first; dx && i < rows.first + rows.count; i++)
        if (rrelu->drawn)
            sloped_slope(x->cols, gp_row(x, i), gp_row(&rrelu->slope, i),
                         gp_row(dy, i), gp_row(dx, i));
        else
            leaky_relu_slope(x->cols, gp_row(x, i), gp_row(y, i),
                             gp_row(dy, i), gp_row(dx, i), mean);
}

@ The constructor only notes the interval, and gives it back to whoever wants
to write the layer down.

@<RReLU@>=
static void rrelu_arguments(const gp_layer *layer, double *value)
{
    value[0] = (double)((const rrelu_layer *)layer)->lower;
    value[1] = (double)((const rrelu_layer *)layer)->upper;
}
static const gp_layer_type rrelu_type = {
    "rrelu", rrelu_forward, rrelu_backward, rrelu_reserve, rrelu_free,
    @[.arguments@]=rrelu_arguments, @[.shares@]=true};
gp_layer *gp_rrelu_new(size_t width, gp_real lower, gp_real upper,
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
static void sloped(size_t n, const gp_real *restrict x,
                   const gp_real *restrict slope, gp_real *restrict y)
{
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] > 0 ? x[i] : slope[i] * x[i];
}

@ Backward the slope takes the place of the input's sign: what went in with a slope comes back with it.

@<Kernels of the rectifiers@>=
static void sloped_slope(size_t n, const gp_real *restrict x,
                         const gp_real *restrict slope,
                         const gp_real *restrict dy, gp_real *restrict dx)
{
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        dx[i] = x[i] > 0 ? dy[i] : slope[i] * dy[i];
}

@* PReLU, a slope that is learned.
\label{sec:prelu}
If nobody knows the right $\alpha$, gradient descent may look for it. \citet{he2015} make the slope a parameter, one for
all units of a layer or one for each channel (in a dense layer: for each unit). The gradient needs one line of calculus. From
\eqref{eq:leaky}, $\partial f/\partial\alpha=\min(z,0)$, and every element that used the slope contributes:
\begin{equation}\label{eq:prelu}
\frac{\partial L}{\partial\alpha_j}=\sum_i \frac{\partial L}{\partial y_{ij}}\min(z_{ij},0),\qquad
\frac{\partial L}{\partial\alpha}=\sum_j\frac{\partial L}{\partial\alpha_j}.
\end{equation}
Positive inputs do not appear: a unit that is always active learns nothing about its slope. For a unit that saw $z=(2,-1,-3)$ and gets $(1,1,-2)$ from above, the gradient of the slope is
$1\cdot(-1)+(-2)(-3)=5$: a smaller slope would lift the outputs at $-1$ and $-3$ toward 0, and the loss wants the second of them raised far more than it minds the first.

Weight decay does not belong on a slope. It would pull $\alpha$ toward 0, that is, toward the plain rectifier, which is not a simpler function but the problem to be solved; \citet{he2015} leave it out for this reason.

@<PReLU@>=
static void prelu_forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                          const gp_pass *pass)
{
    const gp_matrix *slope = &layer->parameter[0].value;
    gp_activation_arguments shared = {slope->at[0], 0};
    const gp_part rows = gp_team_part(x->rows);
    (void)pass;
    for (size_t i = rows.first; i < rows.first + rows.count; i++)
        if (slope->cols == x->cols)
            sloped(x->cols, gp_row(x, i), slope->at, gp_row(y, i));
        else
            leaky_relu(x->cols, gp_row(x, i), gp_row(y, i), shared);
}

@ The shared slope is the sum of \eqref{eq:prelu} over everything. It is gathered a row at a time, in |gp_real| within the row and
in |double| over the rows.

@<PReLU@>=
static double sum_below(size_t n, const gp_real *restrict x,
                        const gp_real *restrict dy)
{
    gp_real sum;
    GP_SUM(sum, i, n, x[i] > 0 ? 0 : dy[i] * x[i]);
    return (double)sum;
}

@ A slope for each unit gathers its own column. The rows run in the outer loop, so that the inner one walks along memory.

@<PReLU@>=
static void gather_below(size_t n, const gp_real *restrict x,
                         const gp_real *restrict dy, gp_real *restrict dslope)
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
    const bool each = slope->cols == x->cols; /* unit has its own slope */
    gp_team_wait();
    if (each)
        @<Gather the gradients of the thread's own slopes@>@;
    else if (gp_team_first())
        @<Gather the gradient of the shared slope@>@;
    @<Propagate through the learned slopes@>@;
}

@ The threads of a team share the units where each unit has a slope, and leave a
shared slope to the first of them.

@<Gather the gradients of the thread's own slopes@>=
{
    const gp_part mine = gp_team_columns(x->cols);
    memset(dslope->at + mine.first, 0, mine.count * sizeof(gp_real));
    for (size_t i = 0; i < x->rows; i++)
        gather_below(mine.count, gp_row(x, i) + mine.first,
                     gp_row(dy, i) + mine.first, dslope->at + mine.first);
}

@ Over the rows the sum is taken in |double|.

@<Gather the gradient of the shared slope@>=
{
    double total = 0;
    for (size_t i = 0; i < x->rows; i++)
        total += sum_below(x->cols, gp_row(x, i), gp_row(dy, i));
    dslope->at[0] = (gp_real)total;
}

@ The gradient of the input is that of a leaky rectifier, shared or not.

@<Propagate through the learned slopes@>=
gp_activation_arguments shared = {slope->at[0], 0};
const gp_part rows = gp_team_part(x->rows);
for (size_t i = rows.first; dx != NULL && i < rows.first + rows.count; i++)
    if (each)
        sloped_slope(x->cols, gp_row(x, i), slope->at, gp_row(dy, i),
                     gp_row(dx, i));
    else
        leaky_relu_slope(x->cols, gp_row(x, i), gp_row(y, i),
                         gp_row(dy, i), gp_row(dx, i), shared);

@ Training changes the slopes, so where they began is kept by itself. A layer of
one unit is both shared and not; the two agree.

@<PReLU@>=
typedef struct {
    gp_layer layer;
    gp_real initial;
} prelu_layer;
static void prelu_arguments(const gp_layer *layer, double *value)
{
    value[0] = (double)((const prelu_layer *)layer)->initial;
    value[1] = layer->parameter[0].value.cols < layer->outputs;
}

@ The constructor.

@<PReLU@>=
static const gp_layer_type prelu_type = {"prelu", prelu_forward,
                                         prelu_backward, NULL, NULL,
                                         @[.arguments@]=prelu_arguments,
                                         @[.shares@]=true};
gp_layer *gp_prelu_new(size_t width, bool shared, gp_real initial,
                       gp_error *error)
{
    gp_layer *layer = gp_layer_new(&prelu_type, sizeof(prelu_layer), width,
                                   width, error);
    if (layer && gp_layer_parameter(layer, "slope", 1, shared ? 1 : width,
                                    true, error) != GP_OK) {
        gp_layer_free(layer);
        return NULL;
    }
    if (layer) {
        gp_matrix_fill(&layer->parameter[0].value, initial);
        ((prelu_layer *)layer)->initial = initial;
    }
    return layer;
}


@* What the slopes become.
\label{sec:slopes-learned}
PReLU has few parameters, one a unit against hundreds of weights, and yet \citet{xu2015empirical} warn that it overfits on small data.
We try both, on the same network of three hidden layers: first how far the slopes move from their initial 0.25, and then what they do when data is
scarce. The rivals are the rectifier and a leaky unit whose slope stays at the 0.25 from which PReLU starts, so that
the last two differ in nothing but the learning of the slope.

@(tangled/experiments/prelu.c@>=
#include "experiment.h"
@<Record the slopes of a network@>@;
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "prelu",
        .data = "fashion-mnist", .limit = 5000, .seeds = 5, .batch = 32,
        .steps = 1600, .learning_rate = 0.05,
        .setting = "Three hidden layers of 100 units, plain gradient descent; "
                   "varied are the function and the number of images.");
    static const size_t counts[3] = {5000, 1000, 250};
    record_slopes(e);
    for (int i = 0; i < 3; i++) {
        @<Train the rivals on so many images@>@;
    }
    return gp_experiment_end(e);
}

@ Every run takes the same number of steps, so that a smaller set is seen more often. Training loss and test error tell apart two
things: how well the network fits, and how well it generalizes. Overfitting would be a lower loss with a higher error. The
largest set comes first, and is cut down.

@<Train the rivals on so many images@>=
static const char *const rival[3][2] = {{"relu|relu", "relu"},
    {"leaky|leaky, 0.25", "leaky_relu:0.25"},
    {"prelu|prelu, from 0.25", "prelu:0.25"}};
gp_table *t = gp_experiment_table(e, gp_text("%zu", counts[i]),
    gp_text("%zu images", counts[i]), "unit|unit",
    gp_text("loss-%zu|training loss|%%.4f", counts[i]),
    gp_text("error-%zu|test error, per cent|%%.2f", counts[i]));
gp_dataset_limit(&e->data, counts[i]);
for (int k = 0; k < 3; k++) {
    const gp_findings f = gp_experiment_repeat(e,
        gp_text("3*(dense:100:he_normal %s) dense:10", rival[k][1]),
        .measure = {gp_test_error});
    gp_table_row_of_spreads(t, rival[k][0], f.loss, f.measured[0]);
}

@ The slopes are those that the network of the first seed learns on the largest set. Layers 1, 3 and 5 are the activations.
Of their slopes: the mean, the least and the largest.

@<Record the slopes of a network@>=
static void record_slopes(gp_experiment *e)
{
    gp_network *net = gp_experiment_network(e,
        "3*(dense:100:he_normal prelu:0.25) dense:10", e->plan.seed);
    gp_table *t = gp_experiment_table(e, "slopes", "slopes after training on "
        "5000 images, from 0.25", "layer|layer", "slope|mean|%.3f",
        "low|least|%.3f", "high|largest|%.3f");
    gp_experiment_train(e, net, .seed = e->plan.seed);
    for (size_t l = 1; l < 6; l += 2) {
        const gp_matrix *a = &gp_network_layer(net, l)->parameter[0].value;
        const gp_spread s = gp_spread_over(a->cols, a->at);
        gp_table_row(t, gp_text("%zu", (l + 1) / 2), s.mean, s.least, s.most);
    }
    gp_network_free(net);
}

@ \cell{prelu}

The slopes move, but not far: from 0.25 to a mean of \val{prelu}{slope-1} in the first layer and \val{prelu}{slope-3} in the third, each
unit its own way. \claim{slopes_are_learned} In the convolutional network of \citet{he2015} the deeper layers ended with smaller slopes than the first; here the layers hardly differ.

And the overfitting? On 250 images the test error is \val{prelu}{error-250-prelu}\,\% with learned slopes and
\val{prelu}{error-250-leaky}\,\% with fixed ones, with a deviation of \val{prelu}{error-250-prelu-deviation} over the seeds; on 5000 it is \val{prelu}{error-5000-prelu}\,\% and
\val{prelu}{error-5000-leaky}\,\%. All networks fit 250 images almost perfectly, so there is nothing left in which the slopes could help them to overfit. The danger
of PReLU on small data \emph{did not reproduce} here. \claim{prelu_does_not_overfit_here} Each unit has one slope and a weight for every input, so the slopes are few beside the weights.

@* Xu's comparison, in small.
\label{sec:xu}
\citet{xu2015empirical} trained one convolutional network with five rectifiers. On CIFAR-10 they report test errors of 12.45\,\%
(ReLU), 12.66\,\% (leaky with slope $1/100$), 11.20\,\% (leaky with slope $1/5.5$), 11.79\,\% (PReLU) and 11.19\,\% (RReLU). Their conclusions: the
rectifier is the worst but for a very small slope, a large slope helps, PReLU has the lowest training error and does not profit from it, RReLU has
the highest and generalizes best.

Here the network is dense, three hidden layers of 100 units, and the data are 5000 images of Fashion-MNIST. So the sizes of
the errors cannot be compared; their order can. Xu's $a$ divides where our $\alpha$ multiplies, and RReLU's slope in
the test is $1/5.5\approx0.18$ there and the mean slope $11/48\approx0.23$ here. \claim{rrelu_tests_with_the_mean}

@(tangled/experiments/xu.c@>=
#include "experiment.h"
static const char *const five[5][2] = {{"relu|relu", "relu"},
    {"leaky|leaky 1/100", "leaky_relu:0.01"},
    {"very-leaky|leaky 1/5.5", "leaky_relu:0.1818"},
    {"prelu|prelu", "prelu:0.25"}, {"rrelu|rrelu", "rrelu"}};
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "xu",
        .data = "fashion-mnist", .limit = 5000, .seeds = 5, .batch = 32,
        .epochs = 20, .learning_rate = 0.05,
        .setting = "Three hidden layers of 100 units, plain gradient descent; "
                   "varied is the rectifier.");
    gp_table *t = gp_experiment_table(e, "", "errors in per cent",
        "unit|unit", "train|training set|%.2f", "test|test set|%.2f");
    gp_spread error[5][2]; /* on the training set, on the test set */
    @<Train with every rectifier@>@;
    @<Check the statements of the paper@>@;
    return gp_experiment_end(e);
}

@ The error on the training set is measured after training, without RReLU's noise. Noted are the lowest and the
highest error on the training set and the lowest on the test set.

@<Train with every rectifier@>=
int least = 0, most = 0, best = 0;
for (int k = 0; k < 5; k++) {
    const gp_findings f = gp_experiment_repeat(e,
        gp_text("3*(dense:100:he_normal %s) dense:10", five[k][1]),
        .measure = {gp_train_error, gp_test_error});
    gp_table_spreads(t, five[k][0], 2, f.measured);
    error[k][0] = f.measured[0], error[k][1] = f.measured[1];
    least = error[k][0].mean < error[least][0].mean ? k : least;
    most = error[k][0].mean > error[most][0].mean ? k : most;
    best = error[k][1].mean < error[best][1].mean ? k : best;
}

@ \cell{xu}

Of the four statements of the paper \val{xu}{holding} hold here. All five networks fit the training set almost perfectly, and the
errors in the test lie close together: the spread over the seeds is of the size of the
differences between the rectifiers. \claim{the_rectifier_matters_less_than_the_seed} The rectifier's error differs from that of the leaky unit with slope 1/5.5 by
\val{xu}{gap} points, and RReLU, the best of the paper, has an error of \val{xu}{test-rrelu} against \val{xu}{test-relu} for the rectifier. Five thousand images, a shallow dense network and five seeds do not resolve the order that a deep convolutional network showed on CIFAR-10.

@ The four statements are checked against our means, and the verdict is computed: it reproduces if all four hold, and in direction if the
two about the test error do.

@<Check the statements of the paper@>=
const double gap = error[0][1].mean - error[2][1].mean;
const int holding = (least == 3) + (most == 4) + (best == 4) + (gap > 0);
gp_experiment_value(e, "holding", "%.0f", holding);
gp_experiment_value(e, "gap", "%.2f", gap);
gp_experiment_compare(e, .experiment = "Xu 2015, CIFAR-10, as a dense net",
    .paper = "PReLU fits best, RReLU worst and has the lowest test error, "
             "leaky 1/5.5 beats ReLU",
    .ours = gp_text("%d of 4 hold", holding),
    .spread = gp_text("deviation %.2f of the test error",
                      gp_spread_deviation(&error[0][1])),
    .rule = "all four; in direction: the two about the test error",
    .verdict = gp_judge(holding == 4, best == 4 && gap > 0));

@* The wider family.
\label{sec:wider}
The rectifier has a corner, and functions without one were tried before and after it. Softplus, $\log(1+e^z)$ \citep{dugas2001}, is the rectifier's
smooth envelope. GELU weighs its input with the normal distribution function \citep{hendrycks2016}, Swish with the logistic function
\citep{ramachandran2017}, and Mish \citep{misra2019} with the hyperbolic tangent of softplus. These three are not monotonic: left of 0 they dip below zero and
come back. The hard sigmoid goes the other way and makes a sigmoid from three straight pieces. CELU, a relative of ELU, follows in
Section~\ref{sec:celu}.

\begin{center}
\begin{tabular}{lll}
\toprule
& $f(z)$ & $f'(z)$\\
\midrule
GELU & $z\,\Phi(z)$ & $\Phi(z)+z\varphi(z)$\\
Swish & $z\,\sigma(z)$ & $\sigma(z)+z\,\sigma(z)(1-\sigma(z))$\\
Mish & $z\tanh(\log(1+e^z))$ & $\tanh(\cdot)+z\,\sigma(z)(1-\tanh^2(\cdot))$\\
Softplus & $\log(1+e^z)$ & $\sigma(z)$\\
Hard sigmoid & $\max(0,\min(1,\alpha z+\beta))$ & $\alpha$ between the corners\\
\bottomrule
\end{tabular}
\end{center}

@(tangled/lib/smooth.h@>=
#pragma once
#include "activation.h"
@#
GP_BEGIN_DECLS@;
extern const gp_activation_type gp_gelu;
    /* $z\,\Phi(z)$ (Hendrycks and Gimpel 2016) */
extern const gp_activation_type gp_gelu_tanh;
    /* $\frac12z(1+\tanh(\sqrt{2/\pi}(z+0.044715z^3)))$, close to it */
extern const gp_activation_type gp_swish; /* $z/(1+e^{-z})$, or SiLU */
extern const gp_activation_type gp_mish;
    /* $z\tanh(\log(1+e^z))$ (Misra 2019) */
extern const gp_activation_type gp_softplus; /* $\log(1+e^z)$ */
extern const gp_activation_type gp_hard_sigmoid;
    /* |alpha| $z$ + |beta|, cut at 0 and 1; slope 0 at both corners */
GP_END_DECLS@;

@ The formulas as they stand lose all digits far out, or become $\infty\cdot0$. The kernels below are the same functions, arranged so that this does not happen.
Two helpers serve them all. |clamp| cuts off the range in which nothing changes any more, and lets NaN through.

@(tangled/lib/smooth.c@>=
#include "smooth.h"
#include "private/vectormath.h"
@<Helpers of the smooth kernels@>@;
@<Kernels of the smooth functions@>@;

@ The logistic function is written in its shortest form, since none of the kernels needs its digits where it is nearly 1.

@<Helpers of the smooth kernels@>=
static inline gp_real clamp(gp_real z, gp_real low, gp_real high)
{
    const gp_real above = z < low ? low : z;

    return above > high ? high : above;
}
@#
static inline gp_real logistic(gp_real z)
{
    return 1 / (1 + exp(-z));
}

@ GELU.\label{sec:gelu}
With $\Phi(z)=\frac12(1+\operatorname{erf}(z/\sqrt2))$ the sum cancels for $z\ll0$; $\frac12\operatorname{erfc}(-z/\sqrt2)$ does not. Below
$-40$ the product is $-0$ in any precision, and the cut saves us $-\infty\cdot0$.

Far out on the left the function falls like $e^{-z^2/2}$. There a rounded $z/\sqrt2$ in place of the exact one changes the result by many units in the last place.
So the exponential is computed from $z$ itself, and |erfc_by| takes it as its second argument (Section~\ref{sec:elementary}).

@<Kernels of the smooth functions@>=
static void gelu(size_t n, const gp_real *restrict x, gp_real *restrict y,
                 gp_activation_arguments a)
{
    const gp_real minus_root_half = -sqrt((gp_real)0.5);

    (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const gp_real z = x[i] < -40 ? -40 : x[i];
        y[i] = z * (erfc_by(minus_root_half * z, bell(z)) / 2);
    }
}

@ The derivative adds $z$ times the density $\varphi(z)=e^{-z^2/2}/\sqrt{2\pi}$. The exponential in it is the same.

@<Kernels of the smooth functions@>=
static void gelu_slope(size_t n, const gp_real *restrict x,
                       const gp_real *restrict y, const gp_real *restrict dy,
                       gp_real *restrict dx, gp_activation_arguments a)
{
    const gp_real minus_root_half = -sqrt((gp_real)0.5);
    const gp_real density_0 = (gp_real)0.39894228040143267794;

    (void)y, (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const gp_real z = clamp(x[i], -40, 40);
        const gp_real b = bell(z);
        const gp_real area = erfc_by(minus_root_half * z, b) / 2;
        dx[i] = dy[i] * (area + z * (density_0 * b));
    }
}
const gp_activation_type gp_gelu = {
    GP_ACTIVATION("gelu"),
    gelu, gelu_slope};

@ When the error function was slow, $\Phi$ was replaced by $\frac12(1+\tanh u)$ with $u=\sqrt{2/\pi}\,(z+0.044715z^3)$. Networks trained with that form
are still around, so it has a kernel of its own. Since $\frac12(1+\tanh u)=\sigma(2u)$, one exponential does it. The two forms differ by less
than $5\cdot10^{-4}$. \claim{gelu_forms_agree}

@<Kernels of the smooth functions@>=
static const double gelu_root = 1.5957691216057307117; /* $2\sqrt{2/\pi}$ */
static const double gelu_cube = 0.044715;
@#
static void gelu_tanh(size_t n, const gp_real *restrict x, gp_real *restrict y,
                      gp_activation_arguments a)
{
    const gp_real root = (gp_real)gelu_root, cube = (gp_real)gelu_cube;

    (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const gp_real z = x[i] < -30 ? -30 : x[i];
        y[i] = z * logistic(root * (z + cube * z * z * z));
    }
}

@ By the chain rule, with $s=\sigma(2u)$: $f'=s+z\,s(1-s)\cdot2u'$.

@<Kernels of the smooth functions@>=
static void gelu_tanh_slope(size_t n, const gp_real *restrict x,
                            const gp_real *restrict y,
                            const gp_real *restrict dy, gp_real *restrict dx,
                            gp_activation_arguments a)
{
    const gp_real root = (gp_real)gelu_root, cube = (gp_real)gelu_cube;

    (void)y, (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const gp_real z = clamp(x[i], -30, 30);
        const gp_real s = logistic(root * (z + cube * z * z * z));
        const gp_real inner = root * (1 + 3 * cube * z * z);
        dx[i] = dy[i] * (s + z * s * (1 - s) * inner);
    }
}
const gp_activation_type gp_gelu_tanh = {
    GP_ACTIVATION("gelu_tanh"),
    gelu_tanh, gelu_tanh_slope};

@ Swish is $z\sigma(z)$. PyTorch calls it SiLU, and its paper allows a factor $\beta$ inside $\sigma$, which
may be trained; here $\beta=1$.

@<Kernels of the smooth functions@>=
static void swish(size_t n, const gp_real *restrict x, gp_real *restrict y,
                  gp_activation_arguments a)
{
    (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const gp_real z = x[i] < -800 ? -800 : x[i];
        y[i] = z * logistic(z);
    }
}

@ The derivative is $\sigma+z\sigma(1-\sigma)$, term by term.

@<Kernels of the smooth functions@>=
static void swish_slope(size_t n, const gp_real *restrict x,
                        const gp_real *restrict y, const gp_real *restrict dy,
                        gp_real *restrict dx, gp_activation_arguments a)
{
    (void)y, (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const gp_real z = clamp(x[i], -800, 800), s = logistic(z);
        dx[i] = dy[i] * (s + z * s * (1 - s));
    }
}
const gp_activation_type gp_swish = {
    GP_ACTIVATION("swish"),
    swish, swish_slope};

@ Mish looks as if it needed an exponential, a logarithm and a hyperbolic tangent. One exponential is enough: with $e=e^z$ and $m=e(e+2)$,
\[
\tanh(\log(1+e))=\frac{(1+e)^2-1}{(1+e)^2+1}=\frac{m}{m+2},
\]
and no digits are lost on the left. Above 25 the quotient is 1.

@<Kernels of the smooth functions@>=
static void mish(size_t n, const gp_real *restrict x, gp_real *restrict y,
                 gp_activation_arguments a)
{
    (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const gp_real z = x[i] < -800 ? -800 : x[i];
        const gp_real e = exp(z > 25 ? 25 : z), m = e * (e + 2);
        y[i] = z * (m / (m + 2));
    }
}

@ In the same letters $\sigma(z)(1-\tanh^2)=4e(1+e)/(m+2)^2$. The division is done twice because $(m+2)^2$ overflows.

@<Kernels of the smooth functions@>=
static void mish_slope(size_t n, const gp_real *restrict x,
                       const gp_real *restrict y, const gp_real *restrict dy,
                       gp_real *restrict dx, gp_activation_arguments a)
{
    (void)y, (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const gp_real z = clamp(x[i], -800, 25), e = exp(z);
        const gp_real m = e * (e + 2);
        const gp_real rest = 4 * e * (1 + e) / (m + 2) / (m + 2);
        dx[i] = dy[i] * (m / (m + 2) + z * rest);
    }
}
const gp_activation_type gp_mish = {
    GP_ACTIVATION("mish"),
    mish, mish_slope};

@ Softplus, as $\max(z,0)+\log(1+e^{-\abs{z}})$: the exponential never overflows and the logarithm keeps the digits of a small argument.

The two functions stand in loops of their own, and |y| holds the exponentials in between. Each step of a formula waits for the one before, so a
processor needs several vectors in work at the same time to be busy. A long formula leaves it room for two or three only. In two loops with shorter
formulas more of them fit, and the kernel is faster, with the same bits.

@<Kernels of the smooth functions@>=
static void softplus(size_t n, const gp_real *restrict x, gp_real *restrict y,
                     gp_activation_arguments a)
{
    (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        y[i] = exp(-fabs(x[i]));
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        y[i] = (x[i] < 0 ? 0 : x[i]) + log1p(y[i]);
}

@ Its slope is the logistic function. So softplus is what one gets by integrating a sigmoid, and its slope saturates like one: at 0 on the left, at 1 on the right.

@<Kernels of the smooth functions@>=
static void softplus_slope(size_t n, const gp_real *restrict x,
                           const gp_real *restrict y,
                           const gp_real *restrict dy,
                           gp_real *restrict dx, gp_activation_arguments a)
{
    (void)y, (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        dx[i] = dy[i] * logistic(x[i]);
}
const gp_activation_type gp_softplus = {
    GP_ACTIVATION("softplus"),
    softplus, softplus_slope};

@ The hard sigmoid. Libraries disagree about it: the slope is $1/5$ in Keras 2 and ONNX, $1/6$ in PyTorch and Keras 3. So it is an argument.

@<Kernels of the smooth functions@>=
static void hard_sigmoid(size_t n, const gp_real *restrict x,
                         gp_real *restrict y, gp_activation_arguments a)
{
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        y[i] = clamp(a.alpha * x[i] + a.beta, 0, 1);
}

@ Between the corners the slope is $\alpha$, outside it is 0, and at the corners we choose 0. A unit out there is as dead as a rectifier on its left.

@<Kernels of the smooth functions@>=
static void hard_sigmoid_slope(size_t n, const gp_real *restrict x,
                               const gp_real *restrict y,
                               const gp_real *restrict dy,
                               gp_real *restrict dx,
                               gp_activation_arguments a)
{
    (void)y;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const gp_real line = a.alpha * x[i] + a.beta;
        dx[i] = (line > 0) & (line < 1) ? a.alpha * dy[i] : 0;
    }
}
const gp_activation_type gp_hard_sigmoid = {
    GP_ACTIVATION("hard_sigmoid"),
    hard_sigmoid, hard_sigmoid_slope};

@ How deep are the dips, and how steep are the slopes? The experiment walks along the axis in steps of a thousandth.

@(tangled/experiments/wider.c@>=
#include "experiment.h"
#include <math.h>
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "wider",
        .setting = "Four smooth functions between -8 and 8, in steps of a "
                   "thousandth.");
    static const char *const word[] = {"softplus", "gelu", "swish", "mish"};
    gp_table *t = gp_experiment_table(e, "", "", "f|function",
        "least|least value|%.3f", "at|at z|%.2f", "zero|slope at 0|%.3f",
        "steepest|greatest slope|%.3f", "above|slope above 1 from z|%.2f");
    for (int i = 0; i < 4; i++) {
        double least = INFINITY, at = 0, steepest = 0, above = NAN;
        @<Walk along the axis@>@;
        gp_table_row(t, word[i], least, at, gp_function_at(word[i], 0).slope,
                     steepest, above);
    }
    return gp_experiment_end(e);
}

@ The least value and where it is taken, the steepest slope, and the first point
from which on the slope is clearly above 1.

@<Walk along the axis@>=
for (int k = -8000; k <= 8000; k++) {
    const double z = k / 1000.0;
    const gp_point p = gp_function_at(word[i], z);
    if (p.value < least)
        least = p.value, at = z;
    steepest = fmax(steepest, p.slope);
    if (p.slope > 1 + 1e-6 && isnan(above))
        above = z;
}

@ \cell{wider}

Swish dips to \val{wider}{least-swish} near $z=\val{wider}{at-swish}$, Mish to \val{wider}{least-mish}, GELU to
\val{wider}{least-gelu}. \claim{the_dips_are_where_the_book_says} The three have slopes above 1 from some positive input on, GELU from \val{wider}{above-gelu}; the slope then falls back towards 1. A unit can still fall asleep: far to
the left the slopes vanish, GELU's much faster than the others. Softplus has no zero gradient anywhere,
but its slope at the origin is one half, and a deep stack of softplus units shrinks gradients as a sigmoid does, only more slowly.

@* What to take along.
\label{sec:relu-summary}
The rectifier's whole advantage is a slope that is exactly 1 over half of the line; its whole danger is a slope that is exactly 0 over the other half. A dead
unit is a unit that is inactive for every sample. It has no gradient, and most of those in our experiment did not come back by themselves. Deaths are made by steps that are too large, in our experiments at learning
rates not far below those at which training diverges altogether; a network that trains at a reasonable rate has few of them.

A slope on the left of one tenth brings most of them back. Beyond that, the members of the family differ by less than the seeds on the
problems of this chapter, whatever the order on larger ones. So the advice is modest: start with the rectifier and He's initialization; count dead
units when the loss stands still; change to a leaky unit when there are many. \texttt{lab probe} (Section~\ref{sec:lab}) counts them for any network.

@* Exercises.
\label{sec:exercises-04}
An answer goes into the section of its exercise: delete |gp_not_started()|
and write the function, then \texttt{make exercise N=...} tests it.

@ \begin{exercise}{05-squareplus}{10}{2}
\textbf{Squareplus.} A smooth rectifier without an exponential is
$f(z)=\frac12\bigl(z+\sqrt{z^2+b}\bigr)$ with $b>0$. Write it and its derivative by $z$. Then look at
$f(z)-\max(z,0)$ for $b=4$: where is it largest, and how large?
\end{exercise}

@(tangled/exercises/05-squareplus.c@>=
#include "exercise.h"
#include <math.h>

double squareplus(double z, double b)
{
    gp_not_started();
}

double squareplus_slope(double z, double b)
{
    gp_not_started();
}

@ \begin{exercise}{05-swish-beta}{20}{3}
\textbf{Swish with a trained slope.} Swish is $f(z)=z\,\sigma(\beta z)$. With $\beta$ trained, the backward pass needs two derivatives:
by $z$ for the layer below, and by $\beta$ for the optimizer. Derive both and write the three functions. For which $\beta$ is
Swish a rectifier, and for which a line?
\end{exercise}

@(tangled/exercises/05-swish-beta.c@>=
#include "exercise.h"
#include <math.h>

double swish(double z, double beta)
{
    gp_not_started();
}

double swish_by_z(double z, double beta)
{
    gp_not_started();
}

double swish_by_beta(double z, double beta)
{
    gp_not_started();
}

@ \begin{exercise}{05-dead-units}{15}{3}
\textbf{Count the dead.} A rectifier is dead if its preactivation is not positive for \emph{any} sample. Given the
preactivations of a layer, |z[i * units + j]| for sample $i$ and unit $j$, count the dead units. The notebook says that a unit dies when the
weighted sum of its inputs is negative: negative for one sample? in sum? Your function must not be deceived by either.
\end{exercise}

@(tangled/exercises/05-dead-units.c@>=
#include "exercise.h"
#include <stddef.h>

size_t dead_units(size_t samples, size_t units, const double *z)
{
    gp_not_started();
}

@ \begin{exercise}{05-prelu-gradient}{20}{3}
\textbf{The gradient of a shared slope.} A PReLU layer may share one slope $a$ among all its units: $y=z$ for $z>0$, else $y=az$. Given the
$n$ preactivations of a whole batch and the gradients $\partial L/\partial y$, compute $\partial L/\partial a$. The loss is already a mean over the
batch; think about whether anything has to be divided once more.
\end{exercise}

@(tangled/exercises/05-prelu-gradient.c@>=
#include "exercise.h"
#include <stddef.h>

double shared_slope_gradient(size_t n, const double *z, const double *dy)
{
    gp_not_started();
}

@ \begin{exercise}{05-rrelu-inference}{15}{2}
\textbf{A rectifier that will not come to rest.} RReLU draws the slope of negative inputs from $U(l,u)$ in training; at test time the slope is the mean,
$(l+u)/2$. The function below was shipped: it draws at test time as well, so that the same image gets another answer every time. Repair it. The
draw |r|, from $(0,1)$, is given to the function; in training the slope is $l+(u-l)\,r$.
\end{exercise}

@(tangled/exercises/05-rrelu-inference.c@>=
#include "exercise.h"
#include <stdbool.h>

double rrelu(double z, double lower, double upper, double r, bool training)
{
    gp_not_started();
    return z > 0 ? z : (lower + (upper - lower) * r) * z;
}

@* Index.
