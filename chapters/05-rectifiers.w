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
    {"relu", gp_activation_forward, gp_activation_backward, NULL, NULL},
    relu, relu_slope};


@ What the rectifier buys can be read off one column of numbers: the slope far out on the right, where a
sigmoid has none left. The same demonstration writes the curves of the whole family for the figures.

@(tangled/experiments/slopes.c@>=
#include "elu.h"
#include "rectifier.h"
#include "sigmoid.h"
#include "smooth.h"
#include <stdio.h>
#include <tgmath.h>
@<A list of functions with their names@>@;
@<The slope of an activation at one point@>@;
int main(void)
{
    FILE *values = fopen("slopes.val", "w");

    if (!values)
        return 1;
    @<Print slopes far to the right, and their twentieth powers@>@;
    @<Write the curves of the family@>@;
    return fclose(values) != 0;
}

@ A function is a type, its arguments and a name for the table.

@<A list of functions with their names@>=
typedef struct {
    const char *name;
    const gp_activation_type *type;
    gp_activation_arguments a;
} function;
@#
static const function functions[] = {
    {"sigmoid", &gp_sigmoid, {0, 0}},
    {"tanh", &gp_tanh, {0, 0}},
    {"relu", &gp_relu, {0, 0}},
    {"leaky relu", &gp_leaky_relu, {(gp_real)0.2, 0}},
    {"softplus", &gp_softplus, {0, 0}},
    {"gelu", &gp_gelu, {0, 0}},
    {"swish", &gp_swish, {0, 0}},
    {"mish", &gp_mish, {0, 0}},
    {"celu", &gp_celu, {(gp_real)0.5, 0}},
    {"hard sigmoid", &gp_hard_sigmoid, {1 / (gp_real)6, (gp_real)0.5}}};
enum { FUNCTIONS = sizeof functions / sizeof functions[0] };

@ The slope is what the backward kernel makes of an upstream gradient of 1.

@<The slope of an activation at one point@>=
static double slope(const function *f, gp_real z, double *value)
{
    const gp_real one = 1;
    gp_real y, dx;

    f->type->f(1, &z, &y, f->a);
    f->type->df(1, &z, &y, &one, &dx, f->a);
    *value = (double)y;
    return (double)dx;
}

@ Twenty layers multiply twenty slopes. The last column is what a path through twenty units at $z=2$ leaves of a
gradient, weights aside.

@<Print slopes far to the right, and their twentieth powers@>=
static const double at[] = {0.5, 1, 2, 5, 10, 20};
printf("slope at z =");
for (size_t k = 0; k < 6; k++)
    printf("%9g", at[k]);
printf("   20 at z=2\n");
for (size_t i = 0; i < 4; i++) {
    double y, two = 0;
    printf("%-12s", functions[i].name);
    for (size_t k = 0; k < 6; k++) {
        const double s = slope(&functions[i], (gp_real)at[k], &y);
        two = at[k] == 2 ? s : two;
        printf("%9.2g", s);
    }
    printf("%12.2g\n", pow(two, 20));
    @<Note the slope at 10 and the path of twenty units@>@;
}

@ Three of these numbers are quoted in the text, so they go into a file of named values.

@<Note the slope at 10 and the path of twenty units@>=
if (i < 3) {
    fprintf(values, "%s-at-ten\t%.2g\n", functions[i].name,
            slope(&functions[i], 10, &y));
    fprintf(values, "%s-path\t%.2g\n", functions[i].name, pow(two, 20));
}

@ Two tables of curves, one of values and one of slopes.

@<Write the curves of the family@>=
FILE *curve = fopen("slopes.tsv", "w");
if (!curve)
    return 1;
for (int k = -100; k <= 80; k++) {
    fprintf(curve, "%g", k / 20.0);
    for (size_t i = 0; i < FUNCTIONS; i++) {
        double y, s = slope(&functions[i], (gp_real)(k / 20.0), &y);
        fprintf(curve, "\t%.6g\t%.6g", y, s);
    }
    fprintf(curve, "\n");
}
fclose(curve);

@ \cell{slopes}

At $z=10$ the logistic function passes \val{slopes}{sigmoid-at-ten} of a gradient; the rectifier passes all of it. \claim{relu_does_not_saturate}
A path of twenty units that all sit at $z=2$ leaves \val{slopes}{sigmoid-path} under sigmoids and
\val{slopes}{relu-path} under rectifiers.

\plot{slopes}{Five of the family, and the slope of each. The rectifier's slope is 0 or 1; the leaky one (here $\alpha=0.2$)
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

@* A training run.
\label{sec:training-run}
The experiments of this chapter train some two hundred small networks. They share a few functions: a |run| is a network, the samples that it is
trained on, and the order in which it sees them. Network, optimizer and data come from
Chapter~\ref{ch:laboratory}, which a reader may take on trust here.

@<A training run@>=
enum { BATCH = 32, PROBE = 2000 };
typedef struct {
    gp_network *net;
    gp_optimizer *optimizer;
    gp_matrix samples; /* a view of those to train on */
    const gp_label *label;
    uint32_t *order;
    gp_matrix x; /* the batch */
    gp_random chance;
} run;

@ A demonstration that meets an error says so and stops.

@<A training run@>=
static void must(gp_status status, const gp_error *error)
{
    if (status != GP_OK) {
        fprintf(stderr, "%s\n", error->message);
        exit(1);
    }
}

@ Whatever goes wrong at the beginning is a matter of memory or of a misspelled network.

@<A training run@>=
static run begin(const char *net, const gp_samples *from, size_t count,
                 uint64_t seed)
{
    gp_error error;
    run r;

    r.net = gp_network_new(from->x.cols, seed, &error);
    must(r.net ? GP_OK : GP_NO_MEMORY, &error);
    must(gp_network_parse(r.net, net, &error), &error);
    must(gp_network_reserve(r.net, PROBE, &error), &error);
    must(gp_matrix_new(&r.x, BATCH, from->x.cols, &error), &error);
    @<Prepare the samples and the order of this run@>@;
    return r;
}

@ The samples are a view of the first rows of the set. Batches are drawn with a generator of their own, so that two networks with the same seed see the same batches.

@<Prepare the samples and the order of this run@>=
r.optimizer = NULL;
r.samples = gp_matrix_rows(&from->x, 0, count);
r.label = from->labels;
r.chance = gp_random_new(seed + 1000);
r.order = malloc(count * sizeof r.order[0]);
if (!r.order)
    exit(1);
for (size_t i = 0; i < count; i++)
    r.order[i] = (uint32_t)i;

@ The learning rate can be set again in the middle of a run.

@<A training run@>=
static void set_rate(run *r, double learning_rate, double clip)
{
    gp_optimizer_options sgd = gp_sgd(@[.learning_rate@] = learning_rate);
    gp_error error;

    if (clip > 0)
        sgd.clip_norm = clip;
    gp_optimizer_free(r->optimizer);
    r->optimizer = gp_optimizer_new(r->net, sgd, &error);
    must(r->optimizer ? GP_OK : GP_NO_MEMORY, &error);
}
@#
static void end(run *r)
{
    gp_optimizer_free(r->optimizer);
    gp_network_free(r->net);
    gp_matrix_free(&r->x);
    free(r->order);
}

@ An epoch shuffles the samples and takes one step for each full batch. It returns the mean loss.

@<A training run@>=
static double epoch(run *r)
{
    const size_t batches = r->samples.rows / BATCH;
    gp_label labels[BATCH];
    double loss = 0;

    gp_random_shuffle(&r->chance, r->samples.rows, r->order);
    for (size_t b = 0; b < batches; b++) {
        const uint32_t *index = r->order + b * BATCH;

        gp_matrix_gather(&r->x, &r->samples, BATCH, index);
        for (size_t i = 0; i < BATCH; i++)
            labels[i] = r->label[index[i]];
        loss += gp_network_gradients(r->net, &r->x, labels);
        gp_optimizer_step(r->optimizer, NULL);
    }
    return loss / (double)batches;
}

@ The share of samples whose largest logit is the right one. A network that has diverged has NaN for logits and scores like a guess.

@<A training run@>=
static size_t largest(const gp_real *z, size_t n)
{
    size_t best = 0;

    for (size_t j = 1; j < n; j++)
        if (z[j] > z[best])
            best = j;
    return best;
}

@ The batch for this measurement is as large as the network has room for.

@<A training run@>=
static double accuracy(gp_network *net, const gp_matrix *x,
                       const gp_label *labels)
{
    size_t right = 0;

    for (size_t i = 0; i < x->rows; i += PROBE) {
        const size_t n = x->rows - i < PROBE ? x->rows - i : PROBE;
        const gp_matrix part = gp_matrix_rows(x, i, n);
        const gp_matrix *z = gp_network_forward(net, &part, false);

        for (size_t k = 0; k < n; k++)
            right += largest(gp_row(z, k), z->cols) == (size_t)labels[i + k];
    }
    return 100 * (double)right / (double)x->rows;
}

@* Deaths, counted.
\label{sec:counted}
The network has two hidden layers of 100 units and sees the first 5000 images of Fashion-MNIST, with He's initialization and plain stochastic
gradient descent: nothing exotic but the learning rate. A unit counts as dead when its pre-activation $z$ is not positive for any of 2000 training
samples. The pre-activations are the outputs of the dense layer below, and that is where the function looks, so that
the same count works for leaky units. Their ``dead'' means: on the left side for every sample.

@<Count dead units@>=
static size_t count_dead(run *r, size_t dense, double active[])
{
    const gp_matrix probe = gp_matrix_rows(&r->samples, 0, PROBE);
    const gp_matrix *z;
    size_t dead = 0;

    gp_network_forward(r->net, &probe, false);
    z = gp_network_output(r->net, dense);
    for (size_t j = 0; j < z->cols; j++) {
        size_t positive = 0;
        for (size_t i = 0; i < z->rows; i++)
            positive += gp_row(z, i)[j] > 0;
        active[j] = (double)positive / (double)z->rows;
        dead += positive == 0;
    }
    return dead;
}

@ @(tangled/experiments/dying.c@>=
#include "dataset.h"
#include "network.h"
#include "optimizer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tgmath.h>
@<A training run@>@;
@<Count dead units@>@;
@<The two networks of this experiment@>@;
@<Train with one rate from several seeds@>@;
int main(void)
{
    gp_dataset data;
    gp_error error;
    FILE *values = fopen("dying.val", "w");

    if (!values)
        return 1;
    must(gp_dataset_open(&data, gp_dataset_default(), 1, &error), &error);
    @<Compare learning rates@>@;
    gp_dataset_free(&data);
    return fclose(values) != 0;
}

@ The second dense layer is layer 2 of the network, counted from 0.

@<The two networks of this experiment@>=
enum { UNITS = 100, SECOND = 2, TRAINED = 5000, EPOCHS = 8, SEEDS = 6 };
static const char relu_net[] = "2*(dense:100:he_normal relu) dense:10";
static const char leaky_net[] =
    "2*(dense:100:he_normal leaky_relu:0.1) dense:10";

@ For each rate, six runs. Those that end in NaN are counted apart: their units are not dead, their numbers are gone.

@<Train with one rate from several seeds@>=
typedef struct {
    double dead, accuracy; /* means over the runs that did not diverge */
    size_t worst, diverged;
} outcome;
@#
static outcome try_rate(const char *net, const gp_dataset *data, double rate)
{
    outcome o = {0, 0, 0, 0};
    double active[UNITS], left;

    for (size_t seed = 1; seed <= SEEDS; seed++)
        @<Train from |seed| and add the result to |o|@>@;
    left = SEEDS - (double)o.diverged;
    o.dead /= left;
    o.accuracy /= left;
    return o;
}

@ A run ends early when its loss is no longer a number.

@<Train from |seed| and add the result to |o|@>=
{
    run r = begin(net, &data->train, TRAINED, seed);
    double loss = 0;

    set_rate(&r, rate, 0);
    for (int e = 0; e < EPOCHS && isfinite(loss); e++)
        loss = epoch(&r);
    if (isfinite(loss)) {
        const size_t dead = count_dead(&r, SECOND, active);

        o.dead += (double)dead;
        o.accuracy +=
            accuracy(r.net, &data->validation.x, data->validation.labels);
        o.worst = dead > o.worst ? dead : o.worst;
    } else
        o.diverged++;
    end(&r);
}

@ The table has a row for each learning rate and a half for each network.

@<Compare learning rates@>=
static const double rates[] = {0.05, 0.1, 0.2, 0.3};
outcome relu, leaky = {0};
printf("second layer, 100 units, after %d epochs; %d seeds\n\n", EPOCHS,
       SEEDS);
printf("        relu                             leaky relu 0.1\n");
printf("rate    dead  most  accuracy  diverged   dead  most  accuracy"
       "  diverged\n");
for (size_t k = 0; k < 4; k++)
    @<Print the row of one learning rate@>@;
fprintf(values, "leaky-mean-dead\t%.1f\n", leaky.dead);

@ The first row is the gentle one, against which the others are read.

@<Print the row of one learning rate@>=
{
    relu = try_rate(relu_net, &data, rates[k]);
    leaky = try_rate(leaky_net, &data, rates[k]);
    printf("%-6g %5.1f %5zu %8.1f%% %6zu     %5.1f %5zu %8.1f%% %6zu\n",
           rates[k], relu.dead, relu.worst, relu.accuracy, relu.diverged,
           leaky.dead, leaky.worst, leaky.accuracy, leaky.diverged);
    if (k == 0)
        fprintf(values, "gentle-dead\t%.1f\ngentle-accuracy\t%.1f\n",
                relu.dead, relu.accuracy);
}

@ \cell{dying}

At the gentle rate of 0.05, \val{dying}{gentle-dead} units of 100 are dead on average and the network is right on \val{dying}{gentle-accuracy}\,\% of the
validation images. At larger rates units die, in some runs nearly all of them; a little further on the network diverges
altogether. The leaky network is no less prone to divergence: a slope on the left does not make a learning rate reasonable. But
hardly any of its units stay on the left side for good. \claim{large_rates_kill}

@* Deaths, mapped.
\label{sec:mapped}
Now we follow the six runs at the largest rate. After each epoch we note, for every unit of the second layer, the share of samples that activate
it. Then we lower the learning rate to 0.05, which was harmless from the start, clip gradients to norm 10 against
whatever the violent first half has left behind (Section~\ref{sec:clipping}), and go on twice from the same weights: once as before, and once with
the leaky rectifier in place of the other. Both see the same samples in the same order.

@<Follow a run, and try to wake its units@>=
typedef struct {
    double active[UNITS][2 * EPOCHS + 1];
    size_t dead; /* at the end of the first half, then at the end */
    size_t left;
    double accuracy, regained;
} life;
@#
static void watch(run *r, const gp_dataset *data, life *l, int from, int to)
{
    for (int e = from; e <= to; e++) {
        double active[UNITS];

        if (e > 0)
            epoch(r);
        l->left = count_dead(r, SECOND, active);
        for (size_t j = 0; j < UNITS; j++)
            l->active[j][e] = active[j];
    }
    l->regained =
        accuracy(r->net, &data->validation.x, data->validation.labels);
}

@ @(tangled/experiments/waking.c@>=
#include "dataset.h"
#include "network.h"
#include "optimizer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
@<A training run@>@;
@<Count dead units@>@;
@<The two networks of this experiment@>@;
@<Follow a run, and try to wake its units@>@;
@<Write a map, the busiest unit last@>@;
int main(void)
{
    const double rate = 0.3;
    gp_dataset data;
    gp_error error;
    FILE *values = fopen("waking.val", "w");

    if (!values)
        return 1;
    must(gp_dataset_open(&data, gp_dataset_default(), 1, &error), &error);
    @<Follow the runs at the largest rate@>@;
    gp_dataset_free(&data);
    return fclose(values) != 0;
}

@ The two networks have the same dense layers in the same places; the weights are copied layer by layer.

@<Follow a run, and try to wake its units@>=
static void copy_run(run *to, const run *from)
{
    for (size_t l = 0; l < gp_network_layers(from->net); l++) {
        gp_layer *a = gp_network_layer(from->net, l);
        gp_layer *b = gp_network_layer(to->net, l);

        for (size_t k = 0; k < a->parameters; k++)
            gp_matrix_copy(&b->parameter[k].value, &a->parameter[k].value);
    }
    to->chance = from->chance;
    memcpy(to->order, from->order, TRAINED * sizeof to->order[0]);
}

@ The rectifiers train first. Then one copy of the network goes on as it is and another with the leaky unit.

@<Follow a run, and try to wake its units@>=
static void follow(const gp_dataset *data, size_t seed, double rate,
                   life *relu, life *leaky)
{
    run dying = begin(relu_net, &data->train, TRAINED, seed);
    run woken = begin(leaky_net, &data->train, TRAINED, seed);

    set_rate(&dying, rate, 0);
    watch(&dying, data, relu, 0, EPOCHS);
    relu->dead = relu->left;
    relu->accuracy = relu->regained;
    *leaky = *relu;
    copy_run(&woken, &dying);
    set_rate(&dying, 0.05, 10);
    set_rate(&woken, 0.05, 10);
    watch(&dying, data, relu, EPOCHS + 1, 2 * EPOCHS);
    watch(&woken, data, leaky, EPOCHS + 1, 2 * EPOCHS);
    end(&dying);
    end(&woken);
}

@ A row for each seed. The run with the most deaths is remembered for the figure.

@<Follow the runs at the largest rate@>=
static life relu_life[SEEDS], leaky_life[SEEDS];
size_t most = 0;
printf("rate %g, then %d epochs at rate 0.05 with relu or leaky relu\n\n",
       rate, EPOCHS);
printf("        after the first %d     went on: relu       leaky relu\n",
       EPOCHS);
printf("seed    dead   accuracy       dead  accuracy      dead  accuracy\n");
for (size_t s = 0; s < SEEDS; s++) {
    life *r = &relu_life[s], *l = &leaky_life[s];

    follow(&data, s + 1, rate, r, l);
    printf("%4zu  %6zu  %8.1f%%  %9zu %8.1f%%  %8zu %8.1f%%\n", s + 1,
           r->dead, r->accuracy, r->left, r->regained, l->left,
           l->regained);
    if (r->dead > relu_life[most].dead)
        most = s;
}
@<Write what became of the run with the most deaths@>@;

@ The maps list the units in the order of their activity during the first half, so that both show the same unit in the same line.

@<Write a map, the busiest unit last@>=
static double busy(const double *row)
{
    double sum = 0;

    for (int e = 0; e <= EPOCHS; e++)
        sum += row[e];
    return sum + 1000 * row[EPOCHS];
}
@#
static int by_busy(const void *a, const void *b)
{
    const double x = busy(a), y = busy(b);

    return (x > y) - (x < y);
}

@ The file has three columns: epoch, unit, share of samples.

@<Write a map, the busiest unit last@>=
static void write_map(life *l, const char *file)
{
    FILE *f = fopen(file, "w");

    if (!f)
        exit(1);
    qsort(l->active, UNITS, sizeof l->active[0], by_busy);
    for (int e = 0; e <= 2 * EPOCHS; e++)
        for (int j = 0; j < UNITS; j++)
            fprintf(f, "%d\t%d\t%.4f\n", e, j, l->active[j][e]);
    fclose(f);
}

@ The figures for the text: of the run on the map first, then of all runs together.

@<Write what became of the run with the most deaths@>=
write_map(&relu_life[most], "waking-relu.tsv");
write_map(&leaky_life[most], "waking-leaky.tsv");
fprintf(values, "rate\t%g\nepochs\t%d\nkilled\t%zu\n", rate, EPOCHS,
        relu_life[most].dead);
fprintf(values, "killed-accuracy\t%.1f\n", relu_life[most].accuracy);
fprintf(values, "relu-dead\t%zu\nleaky-dead\t%zu\n", relu_life[most].left,
        leaky_life[most].left);
@<Write the sums over the seeds@>@;

@ How many died, and how many of those came back, over all six runs.

@<Write the sums over the seeds@>=
size_t dead = 0, dead_relu = 0, dead_leaky = 0;
for (size_t s = 0; s < SEEDS; s++) {
    dead += relu_life[s].dead;
    dead_relu += relu_life[s].left;
    dead_leaky += leaky_life[s].left;
}
fprintf(values, "dead-of-all\t%zu\nstill-dead\t%zu\nstill-dead-leaky\t%zu\n",
        dead, dead_relu, dead_leaky);
fprintf(values, "units-of-all\t%d\n", SEEDS * UNITS);

@ \cell{waking}

\plot{waking}{The life of a hundred units, in the run with the most deaths. Each line is a unit, each column an epoch; the shade is the
share of samples for which the unit is active, and orange means none. At the white line the learning rate falls from \val{waking}{rate} to 0.05. Left: the network stays
with rectifiers. Right: the same network with leaky units from the line on.}

Of the \val{waking}{units-of-all} units of the six runs \val{waking}{dead-of-all} are dead after \val{waking}{epochs} epochs. Under
rectifiers \val{waking}{still-dead} are dead \val{waking}{epochs} epochs later: a reasonable learning rate comes too late for them. Under leaky units
\val{waking}{still-dead-leaky} are left on the wrong side. \claim{leaky_units_wake} The weights were the same, and so
were the samples; the difference is the one tenth of a gradient that reached them. Figure~\ref{fig:waking} shows the run with the most deaths, \val{waking}{killed} of 100.

Waking up is not the same as being well. Where nearly the whole layer had died, the survivors of the explosion have weights so large
that the accuracy is slow to come back, leaky or not. The table says so, line by line. Prevention is cheaper than cure.

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
    {"leaky_relu", gp_activation_forward, gp_activation_backward, NULL,
     NULL},
    leaky_relu, leaky_relu_slope};


@ Three values of $\alpha$ are in use and none is privileged: \citet{maas2013} took 0.01, Keras' layer defaults to 0.3, and
\citet{geron2019} writes $0.2$. In Keras the activation is a layer of its own, and so it is here:

\begin{quote}\texttt{Sequential([Dense(10, kernel\_initializer="he\_normal"), LeakyReLU(alpha=0.2)])}\end{quote}

\noindent becomes |gp_dense(net, .units = 10, .kernel_initializer = "he_normal")| followed by |gp_add_leaky_relu(net, .alpha = 0.2)|
(Section~\ref{sec:keras}).
With a slope on the left a unit keeps more than half of the variance, and He's factor 2 becomes $2/(1+\alpha^2)$; Section~\ref{sec:lecun-he} derives it.
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
    @[.arguments@]=rrelu_arguments};
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
    (void)pass;
    for (size_t i = 0; i < x->rows; i++)
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
    gp_real sum = 0;
    GP_SIMD_REDUCE(+, sum)
    for (size_t i = 0; i < n; i++)
        sum += x[i] > 0 ? 0 : dy[i] * x[i];
    return sum;
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
    double total = 0;
    gp_matrix_fill(dslope, 0);
    for (size_t i = 0; i < x->rows; i++)
        if (slope->cols == x->cols)
            gather_below(x->cols, gp_row(x, i), gp_row(dy, i), dslope->at);
        else
            total += sum_below(x->cols, gp_row(x, i), gp_row(dy, i));
    if (slope->cols != x->cols)
        dslope->at[0] = (gp_real)total;
    @<Propagate through the learned slopes@>@;
}

@ The gradient of the input is that of a leaky rectifier, shared or not.

@<Propagate through the learned slopes@>=
gp_activation_arguments shared = {slope->at[0], 0};
for (size_t i = 0; dx != NULL && i < x->rows; i++)
    if (slope->cols == x->cols)
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
                                         @[.arguments@]=prelu_arguments};
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
#include "dataset.h"
#include "network.h"
#include "optimizer.h"
#include <stdio.h>
#include <stdlib.h>
#include <tgmath.h>
@<A training run@>@;
@<The mean and the spread of a few numbers@>@;
enum { SEEDS = 5, STEPS = 1600 };
@<Train one rival on a small set@>@;
int main(void)
{
    gp_dataset data;
    gp_error error;
    FILE *values = fopen("prelu.val", "w");

    if (!values)
        return 1;
    must(gp_dataset_open(&data, gp_dataset_default(), 1, &error), &error);
    @<Train the rivals on sets of different sizes@>@;
    @<Print the slopes that were learned@>@;
    gp_dataset_free(&data);
    return fclose(values) != 0;
}

@ Each number of this chapter that comes from several seeds is a mean with its standard deviation over the seeds.

@<The mean and the spread of a few numbers@>=
typedef struct {
    double mean, deviation;
} spread;
@#
static spread summarize(const double *x, size_t n)
{
    spread s = {0, 0};

    for (size_t i = 0; i < n; i++)
        s.mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        s.deviation += pow(x[i] - s.mean, 2) / (double)(n - 1);
    s.deviation = sqrt(s.deviation);
    return s;
}

@ Every run takes the same number of steps, so that a smaller set is seen more often. Training loss and test error tell apart two
things: how well the network fits, and how well it generalizes. Overfitting would be a lower loss with a higher error.

@<Train one rival on a small set@>=
typedef struct {
    spread loss, error;
} result;
@#
static result rival(const char *net, const gp_dataset *data, size_t count)
{
    double loss[SEEDS], error[SEEDS];
    result found;

    for (size_t s = 0; s < SEEDS; s++) {
        run r = begin(net, &data->train, count, s + 1);
        set_rate(&r, 0.05, 0);
        for (size_t step = 0; step < STEPS; step += count / BATCH)
            loss[s] = epoch(&r);
        error[s] =
            100 - accuracy(r.net, &data->test.x, data->test.labels);
        end(&r);
    }
    found.loss = summarize(loss, SEEDS);
    found.error = summarize(error, SEEDS);
    return found;
}

@ Three rivals on three sizes of training set.

@<Train the rivals on sets of different sizes@>=
static const char *const rivals[][2] = {
    {"relu", "3*(dense:100:he_normal relu) dense:10"},
    {"leaky", "3*(dense:100:he_normal leaky_relu:0.25) dense:10"},
    {"prelu", "3*(dense:100:he_normal prelu:0.25) dense:10"}};
static const size_t sizes[] = {250, 1000, 5000};
printf("samples   unit     training loss      test error, percent\n");
for (size_t k = 0; k < 3; k++)
    for (size_t i = 0; i < 3; i++) {
        const result r = rival(rivals[i][1], &data, sizes[k]);
        printf("%7zu   %-6s %8.4f +- %.4f    %6.2f +- %.2f\n", sizes[k],
               rivals[i][0], r.loss.mean, r.loss.deviation, r.error.mean,
               r.error.deviation);
        fprintf(values, "%s-%zu-loss\t%.4f\n%s-%zu-error\t%.2f\n"
                "%s-%zu-spread\t%.2f\n", rivals[i][0], sizes[k],
                r.loss.mean, rivals[i][0], sizes[k], r.error.mean,
                rivals[i][0], sizes[k], r.error.deviation);
    }

@ The last run is repeated to look at its slopes: their mean, least and largest, layer by layer.

@<Print the slopes that were learned@>=
run r = begin(rivals[2][1], &data.train, 5000, 1);
set_rate(&r, 0.05, 0);
for (size_t step = 0; step < STEPS; step += 5000 / BATCH)
    epoch(&r);
printf("\nslopes after training on 5000 samples, from 0.25\n");
for (size_t l = 1; l < 6; l += 2) {
    const gp_parameter *p = &gp_network_layer(r.net, l)->parameter[0];
    double mean = 0, low = INFINITY, high = -INFINITY;
    for (size_t j = 0; j < p->value.cols; j++) {
        mean += (double)p->value.at[j] / (double)p->value.cols;
        low = fmin(low, (double)p->value.at[j]);
        high = fmax(high, (double)p->value.at[j]);
    }
    printf("layer %zu: mean %.3f, from %.3f to %.3f\n", (l + 1) / 2, mean,
           low, high);
    fprintf(values, "slope-%zu\t%.3f\n", (l + 1) / 2, mean);
}
end(&r);

@ \cell{prelu}

The slopes move, but not far: from 0.25 to a mean of \val{prelu}{slope-1} in the first layer and \val{prelu}{slope-3} in the third, each
unit its own way. \claim{slopes_are_learned} In the convolutional network of \citet{he2015} the deeper layers ended with smaller slopes than the first; here the layers hardly differ.

And the overfitting? On 250 images the test error is \val{prelu}{prelu-250-error}\,\% with learned slopes and
\val{prelu}{leaky-250-error}\,\% with fixed ones, with a spread of \val{prelu}{prelu-250-spread} over the seeds; on 5000 it is \val{prelu}{prelu-5000-error}\,\% and
\val{prelu}{leaky-5000-error}\,\%. All networks fit 250 images perfectly, so there is nothing left in which the slopes could help them to overfit. The danger
of PReLU on small data \emph{did not reproduce} here. \claim{prelu_does_not_overfit_here} Two hundred slopes among ninety thousand weights are too few to
matter in this network; the warning comes from a contest in which the winner's margin was smaller than our spread.

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
#include "dataset.h"
#include "network.h"
#include "optimizer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tgmath.h>
@<A training run@>@;
@<The mean and the spread of a few numbers@>@;
@<The five rectifiers and their errors in the paper@>@;
int main(void)
{
    gp_dataset data;
    gp_error error;
    static double train[FIVE][SEEDS], test[FIVE][SEEDS];

    must(gp_dataset_open(&data, gp_dataset_default(), 1, &error), &error);
    for (size_t k = 0; k < FIVE; k++)
        for (size_t s = 0; s < SEEDS; s++)
            @<Train rectifier |k| from seed |s|@>@;
    @<Print Xu's table beside ours@>@;
    @<Write the verdict for the appendix@>@;
    gp_dataset_free(&data);
    return 0;
}

@ The paper's figures are those of its table for CIFAR-10.

@<The five rectifiers and their errors in the paper@>=
enum { FIVE = 5, SEEDS = 5, EPOCHS = 20, SAMPLES = 5000 };
static const struct {
    const char *name, *key, *layer;
    double train, test; /* CIFAR-10, percent */
} five[FIVE] = {{"relu", "relu", "relu", 0.318, 12.45},
                {"leaky 1/100", "leaky", "leaky_relu:0.01", 0.31, 12.66},
                {"leaky 1/5.5", "very-leaky", "leaky_relu:0.1818", 0.362,
                 11.20},
                {"prelu", "prelu", "prelu:0.25", 0.178, 11.79},
                {"rrelu", "rrelu", "rrelu", 0.550, 11.19}};

@ The error on the training set is measured after training, without RReLU's noise.

@<Train rectifier |k| from seed |s|@>=
{
    char net[80];
    run r;

    snprintf(net, sizeof net, "3*(dense:100:he_normal %s) dense:10",
             five[k].layer);
    r = begin(net, &data.train, SAMPLES, s + 1);
    set_rate(&r, 0.05, 0);
    for (int e = 0; e < EPOCHS; e++)
        epoch(&r);
    train[k][s] = 100 - accuracy(r.net, &r.samples, r.label);
    test[k][s] = 100 - accuracy(r.net, &data.test.x, data.test.labels);
    end(&r);
}

@ Beside each mean stands the standard deviation over the seeds.

@<Print Xu's table beside ours@>=
FILE *values = fopen("xu.val", "w");
size_t best = 0, least = 0, most = 0;
spread of[FIVE], fit[FIVE];
if (!values)
    return 1;
printf("              Xu, CIFAR-10       ours, %d images, %d seeds\n",
       SAMPLES, SEEDS);
printf("              train   test       train           test\n");
for (size_t k = 0; k < FIVE; k++) {
    fit[k] = summarize(train[k], SEEDS);
    of[k] = summarize(test[k], SEEDS);
    printf("%-12s %6.2f %6.2f    %6.2f +- %.2f  %6.2f +- %.2f\n",
           five[k].name, five[k].train, five[k].test, fit[k].mean,
           fit[k].deviation, of[k].mean, of[k].deviation);
    best = of[k].mean < of[best].mean ? k : best;
    least = fit[k].mean < fit[least].mean ? k : least;
    most = fit[k].mean > fit[most].mean ? k : most;
    fprintf(values, "%s-train\t%.2f\n%s-test\t%.2f\n%s-spread\t%.2f\n",
            five[k].key, fit[k].mean, five[k].key, of[k].mean, five[k].key,
            of[k].deviation);
}
@<Note who is best@>@;

@ \cell{xu}

Of the four statements \val{xu}{holding} hold here, and the table shows why this is not a refutation either: the spread over the seeds is of the size of the
differences between the rectifiers. \claim{the_rectifier_matters_less_than_the_seed} All five networks fit the training set almost perfectly, and the
errors in the test lie close together. The rectifier leads the leaky unit with slope 1/5.5 by
\val{xu}{gap} points. Five thousand images, a shallow dense network and five seeds do not resolve the order that a deep convolutional network showed on CIFAR-10. \emph{Did not
reproduce} is the entry in the appendix. RReLU fits the training set worst, as in the paper: noise in the slopes regularizes.

@ Four statements of the paper are checked against our means, and the verdict is computed, not typed.

@<Note who is best@>=
const bool held[] = {least == 3, most == 4, best == 4,
                     of[2].mean < of[0].mean};
static const char *const said[] = {
    "PReLU fits the training set best", "RReLU fits it worst",
    "RReLU has the lowest test error", "leaky 1/5.5 beats ReLU"};
int holding = 0;
printf("\n");
for (size_t k = 0; k < 4; k++) {
    printf("%-34s %s\n", said[k], held[k] ? "yes" : "no");
    holding += held[k];
}
fprintf(values, "best\t%s\nworst-fit\t%s\nbest-fit\t%s\nholding\t%d\n",
        five[best].name, five[most].name, five[least].name, holding);
fprintf(values, "gap\t%.2f\n", of[0].mean - of[2].mean);
fclose(values);

@ A row for the appendix that lists every experiment taken from a paper.

@<Write the verdict for the appendix@>=
FILE *paper = fopen("xu.paper", "w");
if (!paper)
    return 1;
fprintf(paper, "Xu et al. 2015, table 3 as a dense net: four orderings\t"
        "4 of 4\t%d of 4\tsee text\tall four\t%s\n", holding,
        holding == 4 ? "reproduced" : "did not reproduce in full");
fclose(paper);

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

@<Kernels of the smooth functions@>=
static void gelu(size_t n, const gp_real *restrict x, gp_real *restrict y,
                 gp_activation_arguments a)
{
    const gp_real minus_root_half = -sqrt((gp_real)0.5);

    (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const gp_real z = x[i] < -40 ? -40 : x[i];
        y[i] = z * (erfc(minus_root_half * z) / 2);
    }
}

@ The derivative adds $z$ times the density $\varphi(z)=e^{-z^2/2}/\sqrt{2\pi}$.

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
        const gp_real area = erfc(minus_root_half * z) / 2;
        const gp_real density = density_0 * exp(-z * z / 2);
        dx[i] = dy[i] * (area + z * density);
    }
}
const gp_activation_type gp_gelu = {
    {"gelu", gp_activation_forward, gp_activation_backward, NULL, NULL},
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
    {"gelu_tanh", gp_activation_forward, gp_activation_backward, NULL,
     NULL},
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
    {"swish", gp_activation_forward, gp_activation_backward, NULL, NULL},
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
    {"mish", gp_activation_forward, gp_activation_backward, NULL, NULL},
    mish, mish_slope};

@ Softplus, as $\max(z,0)+\log(1+e^{-\abs{z}})$: the exponential never overflows and the logarithm keeps the digits of a small argument.

@<Kernels of the smooth functions@>=
static void softplus(size_t n, const gp_real *restrict x, gp_real *restrict y,
                     gp_activation_arguments a)
{
    (void)a;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        y[i] = (x[i] < 0 ? 0 : x[i]) + log1p(exp(-fabs(x[i])));
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
    {"softplus", gp_activation_forward, gp_activation_backward, NULL,
     NULL},
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
    {"hard_sigmoid", gp_activation_forward, gp_activation_backward, NULL,
     NULL},
    hard_sigmoid, hard_sigmoid_slope};

@ How deep are the dips, and how steep are the slopes? The demonstration walks along the axis in steps of a thousandth.

@(tangled/experiments/wider.c@>=
#include "elu.h"
#include "rectifier.h"
#include "sigmoid.h"
#include "smooth.h"
#include <stdio.h>
#include <tgmath.h>
@<A list of functions with their names@>@;
@<The slope of an activation at one point@>@;
int main(void)
{
    FILE *values = fopen("wider.val", "w");

    if (!values)
        return 1;
    printf("              least value   at z    slope at 0   greatest slope"
           "\n");
    for (size_t i = 4; i < 8; i++)
        @<Print what is special about function |i|@>@;
    return fclose(values) != 0;
}

@ The least value and where it is taken, the slope at the origin, and the steepest slope.

@<Print what is special about function |i|@>=
{
    double y, least = INFINITY, at = 0, steepest = 0;

    for (int k = -8000; k <= 8000; k++) {
        const gp_real z = (gp_real)(k / 1000.0);
        const double s = slope(&functions[i], z, &y);
        if (y < least)
            least = y, at = (double)z;
        steepest = fmax(steepest, s);
    }
    printf("%-12s  %11.4f  %6.2f  %12.3f  %15.3f\n", functions[i].name,
           least, at, slope(&functions[i], 0, &y), steepest);
    fprintf(values, "%s-least\t%.3f\n%s-at\t%.2f\n%s-steepest\t%.3f\n",
            functions[i].name, least, functions[i].name, at,
            functions[i].name, steepest);
}

@ \cell{wider}

Swish dips to \val{wider}{swish-least} near $z=\val{wider}{swish-at}$, Mish to \val{wider}{mish-least}, GELU to
\val{wider}{gelu-least}. \claim{the_dips_are_where_the_book_says} The three have slopes above 1 in a band of positive inputs. A unit can still fall asleep: far to
the left their slope vanishes like the logistic function's. Softplus has no zero gradient anywhere,
but its slope at the origin is one half, and a deep stack of softplus units shrinks gradients as a sigmoid does, only more slowly.

@* What to take along.
\label{sec:relu-summary}
The rectifier's whole advantage is a slope that is exactly 1 over half of the line; its whole danger is a slope that is exactly 0 over the other half. A dead
unit is a unit that is inactive for every sample. It has no gradient and does not come back by itself. Deaths are made by steps that are too large, in our experiments at learning
rates not far below those at which training diverges altogether; a network that trains at a reasonable rate has few of them.

A slope on the left of one tenth brings nearly all of them back, and costs nothing. Beyond that, the members of the family differ by less than the seeds on the
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
