@i common.w

@** Training.
\label{ch:training}
A gradient says which way the loss falls. This chapter turns it into training:
the optimizers that make a step of it, the schedules that say how long a step
is, and the loop that goes through the data epoch by epoch.

@* The optimizers.
\label{sec:optimizer}
Gradient descent goes downhill with steps of $-\eta\,g$. Where the ground
slopes gently along a valley and steeply across it, the steps zigzag;
\emph{momentum} averages them, so that what changes sign cancels and what
persists adds up \citep{polyak1964}. \emph{Nesterov}'s form takes the
gradient's step on top of the momentum's step \citep{sutskever2013},
and \emph{Adam} divides each component by the running size of its own gradient
\citep{kingma2015}. The functions work on arrays of $n$ values: all of a
parameter's matrix is one array, since its padding holds zeros and each of the
rules leaves a zero with a zero gradient at zero.

@(tangled/lib/optimizer.h@>=
#pragma once
#include "network.h"
@#
GP_BEGIN_DECLS@;

/* $x \gets x - \eta g'$, here and below $g' = g + \mathit{decay}\cdot x$ */
void gp_sgd_update(size_t n, gp_real *x, const gp_real *g,
                   double learning_rate,
                   double weight_decay);

/* $v \gets \mu v + d g'$; $x \gets x - \eta v$, with Nesterov
   $x \gets x - \eta(g' + \mu v)$. $d$ is 1 in PyTorch and in Keras. */
void gp_momentum_update(size_t n, gp_real *x, const gp_real *g, gp_real *v,
                        double learning_rate, double momentum,
                        double dampening, bool nesterov,
                        double weight_decay);

@ Two forms of Adam are in use. The paper's and PyTorch's adds $\varepsilon$
to $\sqrt{v/(1-\beta_2^t)}$; Keras' and ONNX' adds it to $\sqrt v$, which makes
the same $\varepsilon$ weigh more in the first steps.

@(tangled/lib/optimizer.h@>=
typedef enum { GP_ADAM_EPSILON_CORRECTED, GP_ADAM_EPSILON_PLAIN }
    gp_adam_form;

/* $t$ counts from 1; with 0 there is no bias correction (ONNX) */
void gp_adam_update(size_t n, gp_real *x, const gp_real *g, gp_real *m,
                    gp_real *v,
                    uint64_t t, double learning_rate, double beta1,
                    double beta2, double epsilon, gp_adam_form form,
                    double weight_decay);

/* $h \gets h + g'^2$; $x \gets x - \eta g'/(\sqrt h+\varepsilon)$ */
void gp_adagrad_update(size_t n, gp_real *x, const gp_real *g, gp_real *h,
                       double learning_rate, double epsilon,
                       double weight_decay);

@ An optimizer holds its options and the averages of one network's
parameters. An option of zero stands for the usual value: momentum 0.9,
$\beta_1=0.9$, $\beta_2=0.999$, $\varepsilon=10^{-7}$; no decay, no clipping.

@(tangled/lib/optimizer.h@>=
typedef enum { GP_SGD, GP_MOMENTUM, GP_NESTEROV, GP_ADAM } gp_optimizer_kind;
typedef struct {
    gp_optimizer_kind kind;
    double learning_rate, momentum, beta1, beta2, epsilon;
    double weight_decay, clip_norm, clip_value;
    gp_adam_form adam_form;
} gp_optimizer_options;

@ The averages and the step count can be reached for checkpoints: average $k$
(0 or 1) of parameter $p$, counted over all parameters of the network.

@(tangled/lib/optimizer.h@>=
typedef struct gp_optimizer gp_optimizer;
gp_optimizer *gp_optimizer_new(gp_network *net, gp_optimizer_options options,
                               gp_error *error);
void gp_optimizer_step(gp_optimizer *optimizer);
void gp_optimizer_free(gp_optimizer *optimizer);
void gp_optimizer_set_learning_rate(gp_optimizer *optimizer, double rate);
void gp_optimizer_scale(gp_optimizer *optimizer, double factor);
    /* of the learning rate, for schedules; 1 until it is set */
size_t gp_optimizer_parameters(const gp_optimizer *optimizer);
gp_parameter *gp_optimizer_parameter(gp_optimizer *optimizer, size_t p);
gp_matrix *gp_optimizer_state(gp_optimizer *optimizer, size_t p, int k);
uint64_t *gp_optimizer_steps(gp_optimizer *optimizer);
gp_optimizer_options gp_optimizer_settings(const gp_optimizer *optimizer);
GP_END_DECLS@;

@ The first rule is the shortest. Numbers arrive as doubles and are rounded
once, outside the loop; inside it everything is |gp_real|, or the compiler would
widen every element.

@(tangled/lib/optimizer.c@>=
#include "optimizer.h"
#include "diagnose.h"
#include "private/vectormath.h"
#include <stdlib.h>

@ The numbers arrive as doubles and are rounded once, outside the loop; inside
it everything is a |gp_real|, or the compiler would widen every element.

@(tangled/lib/optimizer.c@>=
void gp_sgd_update(size_t n, gp_real *x, const gp_real *g,
                   double learning_rate,
                   double weight_decay)
{
    const gp_real eta = (gp_real)learning_rate, decay = (gp_real)weight_decay;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        x[i] -= eta * (g[i] + decay * x[i]);
}

@ Nesterov's form looks ahead. Instead of moving along $v$, it moves along what
$v$ will be after the same gradient once more.

@(tangled/lib/optimizer.c@>=
void gp_momentum_update(size_t n, gp_real *x, const gp_real *g, gp_real *v,
                        double learning_rate, double momentum,
                        double dampening, bool nesterov,
                        double weight_decay)
{
    const gp_real eta = (gp_real)learning_rate, mu = (gp_real)momentum;
    const gp_real d = (gp_real)dampening, decay = (gp_real)weight_decay;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        gp_real slope = g[i] + decay * x[i];
        v[i] = mu * v[i] + d * slope;
        x[i] -= eta * (nesterov ? slope + mu * v[i] : v[i]);
    }
}

@ The averages start at zero, so after $t$ steps they hold only the share
$1-\beta^t$ of a full average; dividing by it corrects the bias. The two
divisions are drawn out of the loop into the step's length and into
$\varepsilon$.

@(tangled/lib/optimizer.c@>=
void gp_adam_update(size_t n, gp_real *x, const gp_real *g, gp_real *m,
                    gp_real *v,
                    uint64_t t, double learning_rate, double beta1,
                    double beta2, double epsilon, gp_adam_form form,
                    double weight_decay)
{
    const gp_real b1 = (gp_real)beta1, b2 = (gp_real)beta2,
    decay = (gp_real)weight_decay;
    const double share1 = t ? 1 - pow(beta1, (double)t) : 1;
    const double root2 = t ? sqrt(1 - pow(beta2, (double)t)) : 1;
    const gp_real eta = (gp_real)(learning_rate * root2 / share1);
    const gp_real epsilon_here = (gp_real)(
        form == GP_ADAM_EPSILON_CORRECTED ? epsilon * root2 : epsilon);
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        @<Move parameter |i| by Adam's rule@>@;
    }
}

@ The rule as it stands in the header, letter by letter.

@<Move parameter |i| by Adam's rule@>=
const gp_real slope = g[i] + decay * x[i];
m[i] = b1 * m[i] + (1 - b1) * slope;
v[i] = b2 * v[i] + (1 - b2) * slope * slope;
x[i] -= eta * m[i] / (sqrt(v[i]) + epsilon_here);

@ Adagrad \citep{duchi2011adaptive} sums the squares instead of averaging them, so that its steps only
ever grow shorter. No experiment of the book needs it; it is here because it is
Adam's ancestor, and for the conformance vectors.

@(tangled/lib/optimizer.c@>=
void gp_adagrad_update(size_t n, gp_real *x, const gp_real *g, gp_real *h,
                       double learning_rate, double epsilon,
                       double weight_decay)
{
    const gp_real eta = (gp_real)learning_rate, decay = (gp_real)weight_decay;
    const gp_real tiny = (gp_real)epsilon;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const gp_real slope = g[i] + decay * x[i];
        h[i] += slope * slope;
        x[i] -= eta * slope / (sqrt(h[i]) + tiny);
    }
}

@ The optimizer keeps pointers to all trained parameters, and for each of them
the averages that its kind needs: none, one, or two.

@(tangled/lib/optimizer.c@>=
struct gp_optimizer {
    gp_optimizer_options options;
    double factor; /* of the learning rate */
    uint64_t steps;
    int averages;
    size_t parameters;
    gp_parameter **parameter;
    gp_matrix (*average)[2];
};

@ The parameters are collected in the order of the layers. The function is
called twice, once to count and once to fill. A parameter without a gradient,
such as a running mean, is not the optimizer's business.

@(tangled/lib/optimizer.c@>=
static size_t collect(gp_network *net, gp_parameter **into)
{
    size_t n = 0;
    for (size_t l = 0; l < gp_network_layers(net); l++) {
        gp_layer *layer = gp_network_layer(net, l);
        for (size_t p = 0; p < layer->parameters; p++)
            if (layer->parameter[p].gradient.at != NULL) {
                if (into != NULL)
                    into[n] = &layer->parameter[p];
                n++;
            }
    }
    return n;
}

@ Zero stands for the usual value. That excludes a momentum of exactly zero,
which is plain descent and has its own name.

@(tangled/lib/optimizer.c@>=
static double or_usual(double value, double usual)
{
    return value == 0 ? usual : value;
}
static gp_optimizer_options with_defaults(gp_optimizer_options o)
{
    o.learning_rate = or_usual(o.learning_rate, o.kind == GP_ADAM ? 1e-3
                                                                  : 1e-2);
    o.momentum = or_usual(o.momentum, 0.9);
    o.beta1 = or_usual(o.beta1, 0.9);
    o.beta2 = or_usual(o.beta2, 0.999);
    o.epsilon = or_usual(o.epsilon, 1e-7);
    return o;
}

@ Everything that a step needs is allocated here, and nothing in the step
itself.

@(tangled/lib/optimizer.c@>=
gp_optimizer *gp_optimizer_new(gp_network *net, gp_optimizer_options options,
                               gp_error *error)
{
    size_t n = collect(net, NULL);
    gp_optimizer *o = calloc(1, sizeof *o);
    bool ok = o != NULL;
    if (ok) {
        @<Set the optimizer's options@>@;
        o->parameter = calloc(n + 1, sizeof *o->parameter);
        o->average = calloc(n + 1, sizeof *o->average);
        ok = o->parameter != NULL && o->average != NULL;
        @<Allocate the averages@>@;
    }
    if (ok)
        return o;
    gp_fail(error, GP_NO_MEMORY, "no memory for an optimizer of %zu "
            "parameter matrices", n);
    gp_optimizer_free(o);
    return NULL;
}

@ Plain descent keeps nothing, momentum one average, Adam two.

@<Set the optimizer's options@>=
o->options = with_defaults(options);
o->factor = 1;
o->averages = options.kind == GP_SGD ? 0
              : options.kind == GP_ADAM ? 2 : 1;

@ The averages start at zero, as |gp_matrix_new| leaves them.

@<Allocate the averages@>=
if (ok)
    o->parameters = collect(net, o->parameter);
for (size_t p = 0; ok && p < n; p++)
    for (int k = 0; ok && k < o->averages; k++) {
        const gp_matrix *value = &o->parameter[p]->value;
        ok = gp_matrix_new(&o->average[p][k], value->rows, value->cols,
                           error) == GP_OK;
    }

@ An optimizer owns its averages; the parameters belong to their layers.

@(tangled/lib/optimizer.c@>=
void gp_optimizer_free(gp_optimizer *o)
{
    if (o == NULL)
        return;
    for (size_t p = 0; p < o->parameters; p++)
        for (int k = 0; k < o->averages; k++)
            gp_matrix_free(&o->average[p][k]);
    free(o->average);
    free(o->parameter);
    free(o);
}

@ A step clips, then moves every parameter by the rule of its kind.

@(tangled/lib/optimizer.c@>=
static void move(gp_optimizer *o, size_t p)
{
    const gp_optimizer_options *h = &o->options;
    gp_matrix *value = &o->parameter[p]->value, *average = o->average[p];
    const gp_real *g = o->parameter[p]->gradient.at;
    size_t n = value->rows * value->stride;
    double rate = o->factor * h->learning_rate;
    if (h->kind == GP_SGD)
        gp_sgd_update(n, value->at, g, rate, h->weight_decay);
    else if (h->kind == GP_ADAM)
        gp_adam_update(n, value->at, g, average[0].at, average[1].at,
                       o->steps, rate, h->beta1, h->beta2,
                       h->epsilon, h->adam_form, h->weight_decay);
    else
        gp_momentum_update(n, value->at, g, average[0].at, rate,
                           h->momentum, 1, h->kind == GP_NESTEROV,
                           h->weight_decay);
}

@ Clipping by value comes before clipping by norm: the norm then measures what
will be applied.

@(tangled/lib/optimizer.c@>=
void gp_optimizer_step(gp_optimizer *o)
{
    if (o->options.clip_value > 0)
        gp_clip_by_value(o->parameters, o->parameter, o->options.clip_value);
    if (o->options.clip_norm > 0)
        gp_clip_by_norm(o->parameters, o->parameter, o->options.clip_norm);
    o->steps++;
    for (size_t p = 0; p < o->parameters; p++)
        move(o, p);
}

@ The rest are ways in for the checkpoints and the schedules.

@(tangled/lib/optimizer.c@>=
void gp_optimizer_set_learning_rate(gp_optimizer *o, double rate)
{
    o->options.learning_rate = rate;
}
void gp_optimizer_scale(gp_optimizer *o, double factor)
{
    o->factor = factor;
}
size_t gp_optimizer_parameters(const gp_optimizer *o)
{
    return o->parameters;
}
gp_parameter *gp_optimizer_parameter(gp_optimizer *o, size_t p)
{
    return o->parameter[p];
}

@ An average that the kind of optimizer does not keep is |NULL|.

@(tangled/lib/optimizer.c@>=
gp_matrix *gp_optimizer_state(gp_optimizer *o, size_t p, int k)
{
    return k < o->averages ? &o->average[p][k] : NULL;
}
uint64_t *gp_optimizer_steps(gp_optimizer *o)
{
    return &o->steps;
}
gp_optimizer_options gp_optimizer_settings(const gp_optimizer *o)
{
    return o->options;
}

@* Training.
\label{sec:train}
An epoch visits every training sample once, in an order of its own, a batch at
a time. The order of epoch $e$ depends on the seed and on $e$ alone; that is
why a resumed training goes on with the same bits as one that never stopped.

@(tangled/lib/train.h@>=
#pragma once
#include "dataset.h"
#include "optimizer.h"
@#
GP_BEGIN_DECLS@;

typedef struct {
    size_t epoch, epochs;
    double train_seconds;      /* of the training steps alone */
    double samples_per_second;
    double train_loss;         /* mean over the epoch's batches as they came */
    double validation_loss, validation_accuracy;
} gp_epoch;
typedef struct {
    double loss, accuracy;
} gp_evaluation;

@ The learning rate may change on the way: by a factor an epoch, by a factor
every few epochs, or in one cycle \citep{smith2018}, which climbs from a tenth
of the rate to the whole by the middle and descends again, the last tenth of
the way to a hundredth of where it began. A schedule is written in words:
\texttt{exponential:0.9}, \texttt{step:10:0.5}, \texttt{1cycle}.

@(tangled/lib/train.h@>=
typedef enum { GP_CONSTANT, GP_EXPONENTIAL, GP_STEPWISE, GP_ONE_CYCLE }
    gp_schedule_kind;
typedef struct {
    gp_schedule_kind kind;
    double factor; /* an epoch, or every |epochs| epochs */
    size_t epochs;
} gp_schedule;
bool gp_schedule_parse(const char *words, gp_schedule *schedule);
double gp_schedule_factor(gp_schedule schedule, double epoch, double epochs);
    /* of the learning rate after |epoch| of |epochs| epochs */

@ An experiment wants to look into a training: at the gradients of each
hundredth step, at the units that died, at the loss. What it is shown is the
network as the step left it, with the gradients of this step still in it.

@(tangled/lib/train.h@>=
typedef struct {
    gp_network *net;
    size_t epoch; /* from 1, as in |gp_epoch| */
    size_t step, steps; /* from 1; of this epoch */
    size_t done; /* steps of this training, this one included */
    double loss; /* of the step's batch, before the update */
} gp_train_step;

@ A training's options. The callbacks hear of every step and every epoch; they
decide what is printed, so that the library prints nothing. |after_step| may
run the network forward on other samples, and it may end the training: with
|false| from it this step was the last one, and the training returns |GP_OK|
after the usual evaluation.

@(tangled/lib/train.h@>=
typedef struct {
    size_t batch, epochs;   /* 0: 32, and 1 */
    size_t first_epoch;     /* epochs done before, when resuming */
    uint64_t seed;
    bool population; /* batch normalization's statistics by a pass over the
                        training set, in place of running averages */
    gp_schedule schedule;
    void (*progress)(size_t epoch, size_t step, size_t steps, double loss,
                     void *context); /* or |NULL| */
    bool (*after_step)(const gp_train_step *, void *context); /* or |NULL| */
    void (*report)(const gp_epoch *, void *context);  /* or |NULL| */
    void *context;
} gp_train_options;

gp_status gp_train(gp_network *net, gp_optimizer *optimizer,
                   const gp_dataset *data, const gp_train_options *options,
                   gp_error *error);
    /* |GP_FAILED|: diverged; the message says at which step and layer */

@ The evaluation of one set of samples, and the pass that gathers population
statistics.

@(tangled/lib/train.h@>=
gp_status gp_evaluate(gp_network *net, const gp_samples *samples,
                      gp_evaluation *result,
                      size_t *confusion /* classes squared, or |NULL| */,
                      gp_error *error);
gp_status gp_population_statistics(gp_network *net, const gp_dataset *data,
                                   size_t batch, gp_error *error);
GP_END_DECLS@;

@ The clock is POSIX'; everything else is ours.

@(tangled/lib/train.c@>=
#define _POSIX_C_SOURCE 200809L
#include "train.h"
#include "batchnorm.h"
#include "loss.h"
#include "private/vectormath.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
enum { EVALUATION_BATCH = 500 };
#include <stdio.h>
@<Functions that schedule@>@;
@<Functions that evaluate@>@;
@<Functions that train@>@;

@ The one cycle is made of three straight lines.

@<Functions that schedule@>=
double gp_schedule_factor(gp_schedule s, double epoch, double epochs)
{
    double way = epoch / epochs;
    if (s.kind == GP_EXPONENTIAL)
        return pow(s.factor, floor(epoch));
    if (s.kind == GP_STEPWISE)
        return pow(s.factor, floor(epoch / (double)s.epochs));
    if (s.kind == GP_CONSTANT)
        return 1;
    if (way < 0.45)
        return 0.1 + 0.9 * way / 0.45;
    if (way < 0.9)
        return 1 - 0.9 * (way - 0.45) / 0.45;
    return 0.1 - 0.099 * (way - 0.9) / 0.1;
}

@ An empty string is the constant schedule. A factor above one would make the
rate grow without end and is taken for a slip.

@<Functions that schedule@>=
bool gp_schedule_parse(const char *words, gp_schedule *s)
{
    char rest;
    *s = @[(gp_schedule){GP_CONSTANT, 1, 1}@];
    if (*words == '\0' || strcmp(words, "constant") == 0)
        return true;
    if (strcmp(words, "1cycle") == 0)
        s->kind = GP_ONE_CYCLE;
    else if (sscanf(words, "exponential:%lf%c", &s->factor, &rest) == 1)
        s->kind = GP_EXPONENTIAL;
    else if (sscanf(words, "step:%zu:%lf%c", &s->epochs, &s->factor, &rest)
             == 2)
        s->kind = GP_STEPWISE;
    return s->kind != GP_CONSTANT && s->factor > 0 && s->factor <= 1
           && s->epochs > 0;
}

@ Evaluation takes large batches: nothing is learned, so their size is a matter
of speed alone.

@<Functions that evaluate@>=
static size_t largest(const gp_real *row, size_t n)
{
    size_t best = 0;
    for (size_t j = 1; j < n; j++)
        if (row[j] > row[best])
            best = j;
    return best;
}

@ The answer of a network is its largest logit. The softmax would not change
which one is largest.

@<Functions that evaluate@>=
static size_t count_right(const gp_matrix *logits, const gp_label *labels,
                          size_t *confusion)
{
    size_t right = 0;
    for (size_t i = 0; i < logits->rows; i++) {
        size_t answer = largest(gp_row(logits, i), logits->cols);
        const size_t label = (size_t)labels[i];
        right += answer == label;
        if (confusion != NULL)
            confusion[label * logits->cols + answer]++;
    }
    return right;
}

@ Batches are views of the samples' own matrix; nothing is gathered and nothing
copied. The loss is summed and divided once, so that a smaller last batch has
its due weight.

@<Functions that evaluate@>=
gp_status gp_evaluate(gp_network *net, const gp_samples *samples,
                      gp_evaluation *result, size_t *confusion,
                      gp_error *error)
{
    gp_label labels[EVALUATION_BATCH];
    gp_cross_entropy_options options = {@[.labels@] = labels,
                                        @[.reduction@] = GP_REDUCE_SUM};
    double loss = 0;
    size_t right = 0, n = samples->count;
    gp_status s = gp_network_reserve(net, EVALUATION_BATCH, error);
    for (size_t i = 0; s == GP_OK && i < n; i += EVALUATION_BATCH) {
        size_t rows = n - i < EVALUATION_BATCH ? n - i : EVALUATION_BATCH;
        @<Evaluate the |rows| samples from |i| on@>@;
    }
    if (n > 0)
        *result = @[(gp_evaluation){loss / (double)n,
                                    (double)right / (double)n}@];
    return s;
}

@ The forward pass is that of inference: no dropout, and batch normalization
with the statistics that it has kept.

@<Evaluate the |rows| samples from |i| on@>=
gp_matrix x = gp_matrix_rows(&samples->x, i, rows);
const gp_matrix *logits = gp_network_forward(net, &x, false);
for (size_t k = 0; k < rows; k++)
    labels[k] = samples->labels[i + k];
loss += gp_softmax_cross_entropy(logits, &options, NULL, NULL);
right += count_right(logits, samples->labels + i, confusion);

@ A training step is four calls. The batch is gathered into a matrix that was
allocated once, and so is everything else: a step allocates nothing
\claim{training_allocates_nothing}.

@<Functions that train@>=
typedef struct {
    gp_network *net;
    gp_optimizer *optimizer;
    const gp_samples *samples;
    const gp_train_options *options;
    size_t batch, epoch, steps, done;
    size_t all; /* steps in this call */
    bool ended; /* by |after_step| */
    size_t epochs; /* in all, those before a resume included */
    uint32_t *order;
    gp_label *labels;
    gp_matrix x;
} training;

@ The gather copies the rows of a batch side by side. Random rows are what
shuffling costs: the processor cannot guess the next one.

@<Functions that train@>=
static double step(training *t, size_t first, size_t rows)
{
    gp_matrix x = gp_matrix_rows(&t->x, 0, rows);
    const uint32_t *order = t->order + first;
    gp_matrix_gather(&x, &t->samples->x, rows, order);
    for (size_t i = 0; i < rows; i++)
        t->labels[i] = t->samples->labels[order[i]];
    double loss = gp_network_gradients(t->net, &x, t->labels);
    gp_optimizer_step(t->optimizer);
    return loss;
}

@ A weight that overflows becomes infinite, and a sum of infinities of both
signs is not a number. The loss tells the second; Chapter~\ref{ch:relu-family}
wrote its rectifier so that what is not a number passes. But $-\infty$ is
negative, and a rectifier makes a clean zero of it: a unit whose bias has run
off to $-\infty$ is dead, and the loss stays finite. So each step looks at the
outputs of the layers that have weights; beside the products that made them
the look costs next to nothing.\claim{divergence_is_seen_behind_relu}

A value times zero is zero, unless it is not finite.

@<Functions that train@>=
static bool all_finite(const gp_matrix *m)
{
    gp_real sum = 0;
    for (size_t i = 0; i < m->rows; i++) {
        const gp_real *x = gp_row(m, i);
        GP_SIMD_REDUCE(+, sum)
        for (size_t j = 0; j < m->cols; j++)
            sum += x[j] * 0;
    }
    return sum == 0;
}

@ A layer without weights cannot overflow on finite inputs, so only those with
weights are looked at.

@<Functions that train@>=
static size_t first_not_finite(gp_network *net)
{
    size_t l = 0, layers = gp_network_layers(net);
    while (l < layers && (gp_network_layer(net, l)->parameters == 0
                          || all_finite(gp_network_output(net, l))))
        l++;
    return l;
}

@ The message counts layers and steps from 1. Where the loss alone is not
finite, the last layer is to blame.

@<Functions that train@>=
static gp_status diverged(const training *t, size_t l, double loss,
                          gp_error *error)
{
    size_t last = gp_network_layers(t->net) - 1;
    l = l < last ? l : last;
    return gp_fail(error, GP_FAILED, "diverged at epoch %zu, step %zu: "
        "loss %g; first not finite: layer %zu (%s)", t->epoch,
        t->done + 1, fabs(loss), l + 1,
        gp_network_layer(t->net, l)->type->name);
}

@ The last batch of an epoch may be smaller. A single sample cannot be
normalized, so a remainder of one is left out where the network holds a batch
normalization.

@<Functions that train@>=
static bool cannot_train_on(gp_network *net, size_t rows)
{
    for (size_t l = 0; l < gp_network_layers(net); l++)
        if (gp_batchnorm_check_batch(gp_network_layer(net, l), rows, NULL)
            != GP_OK)
            return true;
    return false;
}

@ The clock that never goes backward.

@<Functions that train@>=
static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

@ The caller sees a finished step and says whether another one shall follow.

@<Functions that train@>=
static bool told_to_go_on(training *t, double loss)
{
    const gp_train_options *o = t->options;
    const gp_train_step s = {t->net, t->epoch, t->done, t->steps, ++t->all,
                             loss};
    return o->after_step == NULL || o->after_step(&s, o->context);
}

@ An epoch, with the schedule's factor before each step and a look at the
outputs after it. The factor is a function of the epochs that are done,
fractions included, so a resumed training finds its place in it.

@<Functions that train@>=
static gp_status run_epoch(training *t, double *mean_loss, gp_error *error)
{
    size_t n = t->samples->count;
    double sum = 0;
    t->done = 0;
    for (size_t i = 0; i < n; i += t->batch) {
        size_t rows = n - i < t->batch ? n - i : t->batch;
        if (rows < t->batch && cannot_train_on(t->net, rows))
            break;
        @<Set the learning rate of this step@>@;
        double loss = step(t, i, rows);
        size_t ruined = first_not_finite(t->net);
        if (!isfinite(loss) || ruined < gp_network_layers(t->net))
            return diverged(t, ruined, loss, error);
        sum += loss;
        t->done++;
        if (t->options->progress != NULL)
            t->options->progress(t->epoch, t->done, t->steps, loss,
                                 t->options->context);
        if (!told_to_go_on(t, loss)) {
            t->ended = true;
            break;
        }
    }
    *mean_loss = sum / (double)t->done;
    return GP_OK;
}

@ The time of a schedule is counted in epochs, with fractions.

@<Set the learning rate of this step@>=
double epochs_done = (double)(t->epoch - 1)
                     + (double)t->done / (double)t->steps;
gp_optimizer_scale(t->optimizer, gp_schedule_factor(
    t->options->schedule, epochs_done, (double)t->epochs));

@ The shuffle of an epoch starts from the samples in their own order, with a
stream that belongs to the epoch.

@<Functions that train@>=
static void shuffle(training *t)
{
    gp_random root = gp_random_new(t->options->seed);
    gp_random r = gp_random_split(&root, t->epoch);
    for (size_t i = 0; i < t->samples->count; i++)
        t->order[i] = (uint32_t)i;
    gp_random_shuffle(&r, t->samples->count, t->order);
}

@ The clock runs for shuffling and training; evaluation has its own time, which
nobody asked for.

@<Functions that train@>=
static gp_status one_epoch(training *t, const gp_dataset *data, gp_epoch *e,
                           gp_error *error)
{
    gp_evaluation v = {0};
    double began = seconds();
    shuffle(t);
    gp_status s = run_epoch(t, &e->train_loss, error);
    e->train_seconds = seconds() - began;
    e->samples_per_second = (double)t->samples->count / e->train_seconds;
    if (s == GP_OK && t->options->population)
        s = gp_population_statistics(t->net, data, t->batch, error);
    if (s == GP_OK)
        s = gp_evaluate(t->net, &data->validation, &v, NULL, error);
    e->validation_loss = v.loss;
    e->validation_accuracy = v.accuracy;
    return s;
}

@ A batch of one sample that a batch normalization would meet at the very first
step is an error, with that layer's own words; it would be met at every step.

@<Functions that train@>=
static gp_status prepare(training *t, gp_error *error)
{
    size_t n = t->samples->count, cols = t->samples->x.cols;
    size_t room = t->batch > EVALUATION_BATCH ? t->batch : EVALUATION_BATCH;
    if (cannot_train_on(t->net, t->batch < n ? t->batch : n))
        for (size_t l = 0; l < gp_network_layers(t->net); l++) {
            gp_status s = gp_batchnorm_check_batch(
                gp_network_layer(t->net, l), t->batch < n ? t->batch : n,
                error);
            if (s != GP_OK)
                return s;
        }
    t->order = malloc(n * sizeof *t->order);
    t->labels = malloc(t->batch * sizeof *t->labels);
    if (t->order == NULL || t->labels == NULL)
        return gp_fail(error, GP_NO_MEMORY, "no memory for %zu samples", n);
    gp_status s = gp_matrix_new(&t->x, t->batch, cols, error);
    return s == GP_OK ? gp_network_reserve(t->net, room, error) : s;
}

@ The outermost loop. Epochs are numbered from the very first, also in a resumed
training.

@<Functions that train@>=
gp_status gp_train(gp_network *net, gp_optimizer *optimizer,
                   const gp_dataset *data, const gp_train_options *options,
                   gp_error *error)
{
    training t = {@[.net@] = net, @[.optimizer@] = optimizer,
                  @[.samples@] = &data->train, @[.options@] = options,
                  @[.batch@] = options->batch ? options->batch : 32};
    size_t epochs = options->epochs ? options->epochs : 1;
    gp_status s = prepare(&t, error);
    t.steps = (t.samples->count + t.batch - 1) / t.batch;
    t.epochs = options->first_epoch + epochs;
    for (size_t k = 0; k < epochs && s == GP_OK && !t.ended; k++) {
        gp_epoch e = {@[.epoch@] = options->first_epoch + k + 1,
                      @[.epochs@] = options->first_epoch + epochs};
        t.epoch = e.epoch;
        s = one_epoch(&t, data, &e, error);
        if (s == GP_OK && options->report != NULL)
            options->report(&e, options->context);
    }
    gp_matrix_free(&t.x);
    free(t.order);
    free(t.labels);
    return s;
}

@ The statistics of the population: the training set once more, in training
mode and in order, with every batch normalization averaging over the batches
instead of forgetting the old ones.

@<Functions that train@>=
gp_status gp_population_statistics(gp_network *net, const gp_dataset *data,
                                   size_t batch, gp_error *error)
{
    size_t layers = gp_network_layers(net), n = data->train.count;
    gp_status s = gp_network_reserve(net, batch, error);
    for (size_t l = 0; l < layers; l++)
        gp_batchnorm_population_begin(gp_network_layer(net, l));
    for (size_t i = 0; s == GP_OK && i + batch <= n; i += batch) {
        gp_matrix x = gp_matrix_rows(&data->train.x, i, batch);
        gp_network_forward(net, &x, true);
    }
    for (size_t l = 0; l < layers; l++)
        gp_batchnorm_population_end(gp_network_layer(net, l));
    return s;
}

@* Spirals again.
\label{sec:spirals-trained}
The generated data set of Section~\ref{sec:spirals} is small enough to draw
everything that a network believes about it. This demonstration is also the
shortest complete program of the book: what a reader of the library would
write.

@(tangled/experiments/spirals.c@>=
#include "gradient.h"
#include <stdio.h>
#include <stdlib.h>
@<Stop if a call failed@>@;
@<Create a file@>@;
@<Train a network on the spirals@>@;
@<Write what a network answers on a grid@>@;
@<Main program of the spirals@>@;

@ A demonstration has nobody to hand an error to.

@<Stop if a call failed@>=
static void need(bool ok, const gp_error *error)
{
    if (ok)
        return;
    fprintf(stderr, "%s\n", error->message);
    exit(1);
}

@ What a demonstration writes goes into the current folder, where the press
looks for it.

@<Create a file@>=
static FILE *create(const char *name)
{
    FILE *file = fopen(name, "w");
    if (file == NULL)
        perror(name), exit(1);
    return file;
}

@ The same fifteen epochs for every network. The caller frees it.

@<Train a network on the spirals@>=
static gp_network *train(const gp_dataset *data, const char *text,
                         gp_evaluation *test)
{
    gp_error error = {""};
    gp_optimizer_options adam = {@[.kind@] = GP_ADAM,
                                 @[.learning_rate@] = 0.01};
    gp_train_options how = {@[.epochs@] = 15, @[.seed@] = 1};
    gp_network *net = gp_network_new(data->features, 1, &error);
    need(net && gp_network_parse(net, text, &error) == GP_OK, &error);
    gp_optimizer *o = gp_optimizer_new(net, adam, &error);
    need(o && gp_train(net, o, data, &how, &error) == GP_OK, &error);
    need(gp_evaluate(net, &data->test, test, NULL, &error) == GP_OK, &error);
    gp_optimizer_free(o);
    return net;
}

@ The grid covers the square from $-1.9$ to $1.9$ in standardized coordinates.
Its points go to a file with the class that the network gives them.

@<Write what a network answers on a grid@>=
enum { SIDE = 76 };
static void write_answers(gp_network *net, FILE *file)
{
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            gp_real at[2] = {(gp_real)(i - 37.5) / 20,
            (gp_real)(j - 37.5) / 20};
            gp_matrix x = gp_matrix_view(at, 1, 2, 2);
            const gp_real *y = gp_network_forward(net, &x, false)->at;
            int best = y[1] > y[0] ? 1 : 0;
            best = y[2] > y[best] ? 2 : best;
            fprintf(file, "%.3f\t%.3f\t%d\n", (double)at[0], (double)at[1],
                    best);
        }
}

@ Three networks of growing depth, with about as many units as the task needs.

@<Main program of the spirals@>=
static const char *const networks[] = {"dense:3", "dense:8 relu dense:3",
    "dense:32:he_normal relu dense:32:he_normal relu dense:3"};
static const char *const keys[] = {"linear", "small", "deep"};
int main(void)
{
    gp_dataset data;
    gp_error error = {""};
    FILE *val = create("spirals.val"), *grid = create("spirals.tsv");
    need(gp_dataset_open(&data, "spirals", 1, &error) == GP_OK, &error);
    printf("%-56s %10s  %s\n", "network", "parameters", "accuracy");
    for (int k = 0; k < 3; k++) {
        @<Train network |k| and report it@>@;
    }
    @<Write some training samples for the figure@>@;
    gp_dataset_free(&data);
    fclose(grid);
    return fclose(val);
}

@ A row for each network; the last one also draws the map.

@<Train network |k| and report it@>=
gp_evaluation test;
gp_network *net = train(&data, networks[k], &test);
printf("%-56s %10zu  %7.1f%%\n", networks[k], gp_network_count(net, false),
       100 * test.accuracy);
fprintf(val, "%s\t%.1f\n", keys[k], 100 * test.accuracy);
if (k == 2)
    write_answers(net, grid);
gp_network_free(net);

@ A few of the training samples suffice to show where the arms are.

@<Write some training samples for the figure@>=
FILE *points = create("spirals-points.tsv");
for (size_t i = 0; i < 450; i++) {
    const gp_real *x = gp_row(&data.train.x, i);
    fprintf(points, "%.4f\t%.4f\t%d\n", (double)x[0], (double)x[1],
            data.train.labels[i]);
}
fclose(points);

@ \cell{spirals}

Without a hidden layer the classes are three sectors of a plane, and the
accuracy of \val{spirals}{linear} per cent is what sectors can do. One hidden
layer of eight units bends the borders along the arms and reaches
\val{spirals}{small} per cent, two layers of 32 reach \val{spirals}{deep} per
cent (Figure~\ref{fig:spirals}).\claim{a_hidden_layer_solves_the_spirals}
The rest lies near the origin, where the three arms meet.

\plot{spirals}{What the network with two hidden layers answers at every point
of the plane (light), and 450 of the 3,000 samples that it learned from.
Outside the samples the arms go on as straight rays: a ReLU network is linear
far away from its data.}

@* A valley.
\label{sec:valley}
What momentum is good for shows on the simplest function that has a bad and a
good direction: the valley $f(x,y)=\tfrac12(x^2+\kappa y^2)$, here with
$\kappa=50$. A rate above $2/\kappa$ overshoots across the valley by more at
every step, so plain descent must take short steps, and with those it crawls
along the valley's floor. The best it can do is to shrink both components by the same factor
$(\kappa-1)/(\kappa+1)$ a step, at the rate $2/(\kappa+1)$. Momentum brings
the factor to $(\sqrt\kappa-1)/(\sqrt\kappa+1)$ \citep{polyak1964}: a square root of
the trouble. For $\kappa=50$ these are
\val{valley}{plain-factor} and \val{valley}{momentum-factor}.

@(tangled/experiments/valley.c@>=
#include "gradient.h"
#include <stdio.h>
#include <stdlib.h>
#include <tgmath.h>
@<Create a file@>@;
enum { METHODS = 4, DRAWN = 30, MOST = 2000 };
static const double kappa = 50;
@<Methods and their rates@>@;
@<Walk down the valley@>@;
@<Main program of the valley@>@;

@ Each method has the rate and the momentum that theory gives it for this
$\kappa$. Nesterov's are the ones that he proved his bound with, $1/\kappa$
and $(\sqrt\kappa-1)/(\sqrt\kappa+1)$ \citep{nesterov1983}; on a valley they
shrink the floor's component by $1-1/\sqrt\kappa$ a step. Adam has no theory to lean on; its rate was tried out.

@<Methods and their rates@>=
typedef struct {
    const char *title, *key;
    double rate, momentum, factor; /* what a step should leave */
} method;
static void set_methods(method m[METHODS])
{
    const double root = sqrt(kappa), ratio = (root - 1) / (root + 1);
    m[0] = @[(method){"plain descent", "plain", 2 / (kappa + 1), 0,
                    (kappa - 1) / (kappa + 1)}@];
    m[1] = @[(method){"momentum", "momentum",
                    4 / ((root + 1) * (root + 1)), ratio * ratio, ratio}@];
    m[2] = @[(method){"Nesterov", "nesterov", 1 / kappa, ratio,
                    1 - 1 / root}@];
    m[3] = @[(method){"Adam", "adam", 0.3, 0, 0}@];
}

@ The walk calls the very functions that train a network; they move arrays
of $n$ numbers, and here $n$ is 2. It ends a thousandth of the way from the minimum.

@<Walk down the valley@>=
static int walk(const method *m, int kind, FILE *tsv)
{
    gp_real x[2] = {10, 1}, g[2], v[2] = {0}, s[2] = {0};
    const double start = sqrt(101);
    for (int t = 1; t <= MOST; t++) {
        if (t <= DRAWN)
            fprintf(tsv, "%d\t%g\t%g\n", kind, (double)x[0], (double)x[1]);
        g[0] = x[0];
        g[1] = (gp_real)kappa * x[1];
        @<Move |x| by the rule of this kind@>@;
        if (sqrt((double)(x[0] * x[0] + x[1] * x[1])) < start / 1000)
            return t;
    }
    return MOST;
}

@ @<Move |x| by the rule of this kind@>=
if (kind == 0)
    gp_sgd_update(2, x, g, m->rate, 0);
else if (kind < 3)
    gp_momentum_update(2, x, g, v, m->rate, m->momentum, 1, kind == 2, 0);
else
    gp_adam_update(2, x, g, v, s, (uint64_t)t, m->rate, 0.9, 0.999, 1e-7,
                   GP_ADAM_EPSILON_PLAIN, 0);

@ Theory gives the number of steps as the logarithm of a thousand over that of
the factor.

@<Main program of the valley@>=
int main(void)
{
    method m[METHODS];
    FILE *val = create("valley.val"), *tsv = create("valley.tsv");
    set_methods(m);
    printf("%-14s %8s %9s %14s %8s\n", "", "rate", "momentum",
           "steps (theory)", "steps");
    for (int k = 0; k < METHODS; k++) {
        int steps = walk(&m[k], k, tsv);
        double theory = log(1000) / -log(m[k].factor);
        char text[16] = "-";
        if (theory > 0)
            snprintf(text, sizeof text, "%.0f", theory);
        printf("%-14s %8.4f %9.4f %14s %8d\n", m[k].title, m[k].rate,
               m[k].momentum, text, steps);
        fprintf(val, "%s\t%d\n%s-theory\t%s\n%s-factor\t%.3f\n", m[k].key,
                steps, m[k].key, text, m[k].key, m[k].factor);
        fprintf(tsv, "\n\n");
    }
    fclose(tsv);
    return fclose(val);
}

@ \cell{valley}

Plain descent needs \val{valley}{plain} steps, momentum \val{valley}{momentum},
Nesterov's form \val{valley}{nesterov}. The first is what theory says. The
other two need a few more: at these rates and momenta two modes of the motion
fall together, and then a power of the factor has the number of the step before
it.\claim{momentum_takes_the_root_of_the_trouble} Adam divides each component by its own size,
and so hardly sees a valley that runs along an axis.

\plot{valley}{The first thirty steps of each method down the valley, from the
right. Plain descent leaps from wall to wall. The lines of equal height are
ellipses, seven times as long as they are wide.}

@* The optimizers compared.
\label{sec:optimizers-compared}
The loss of a network is no valley with straight walls. Here the network stays
and the optimizer changes: two hidden layers of 100 ReLU units, 10,000 images, five
epochs, each optimizer with the learning rate that Keras gives it.

@(tangled/experiments/optimizers.c@>=
#include "gradient.h"
#include <stdio.h>
#include <stdlib.h>
@<Stop if a call failed@>@;
@<Create a file@>@;
enum { KINDS = 4, EVERY = 25, POINTS = 62, RATES = 3 };
static const char *const title[KINDS] = {"SGD", "momentum", "Nesterov",
                                         "Adam"};
static const char *const key[KINDS] = {"sgd", "momentum", "nesterov",
                                       "adam"};
@<Record the loss on the way@>@;
@<Train by one optimizer@>@;
@<Main program of the optimizers@>@;

@ The loss of a single batch jumps. The record is its mean over 25 steps.

@<Record the loss on the way@>=
typedef struct {
    double sum, loss[POINTS + 1];
    size_t steps;
} record;
static void listen(size_t epoch, size_t step, size_t steps, double loss,
                   void *context)
{
    record *r = context;
    (void)epoch, (void)step, (void)steps;
    r->sum += loss;
    if (++r->steps % EVERY == 0 && r->steps / EVERY <= POINTS) {
        r->loss[r->steps / EVERY - 1] = r->sum / EVERY;
        r->sum = 0;
    }
}

@ A run that diverges has an accuracy of zero here, and leaves its record as
far as it came.

@<Train by one optimizer@>=
static double train(const gp_dataset *data, gp_optimizer_options options,
                    record *r)
{
    gp_error error = {""};
    gp_train_options how = {@[.epochs@] = 5, @[.seed@] = 1,
                            @[.progress@] = listen, @[.context@] = r};
    gp_evaluation test = {0, 0};
    gp_network *net = gp_network_new(data->features, 1, &error);
    need(net && gp_network_parse(net, "2*(dense:100:he_normal relu) dense:10",
                                 &error) == GP_OK, &error);
    gp_optimizer *o = gp_optimizer_new(net, options, &error);
    need(o != NULL, &error);
    if (gp_train(net, o, data, &how, &error) == GP_OK)
        need(gp_evaluate(net, &data->test, &test, NULL, &error) == GP_OK,
             &error);
    gp_optimizer_free(o);
    gp_network_free(net);
    return 100 * test.accuracy;
}

@ Beside the usual rate, a tenth and ten times of it are tried: an optimizer's
rank means little where its rate was chosen badly.

@<Main program of the optimizers@>=
static const double share[RATES] = {0.1, 1, 10};
static record records[KINDS];
int main(void)
{
    gp_dataset data;
    gp_error error = {""};
    FILE *val = create("optimizers.val"), *tsv = create("optimizers.tsv");
    need(gp_dataset_open(&data, gp_dataset_default(), 1, &error) == GP_OK,
         &error);
    gp_dataset_limit(&data, 10000);
    printf("%-10s %14s %14s %14s\n", "", "a tenth", "usual rate", "ten times");
    for (int k = 0; k < KINDS; k++) {
        @<Train by optimizer |k| with three rates@>@;
    }
    @<Write the four records side by side@>@;
    gp_dataset_free(&data);
    fclose(tsv);
    return fclose(val);
}

@ A row of the table. The losses of the middle column, the usual rate, become
the figure.

@<Train by optimizer |k| with three rates@>=
printf("%-10s", title[k]);
for (int s = 0; s < RATES; s++) {
    record r = {0};
    gp_optimizer_options options = {@[.kind@] = (gp_optimizer_kind)k};
    options.learning_rate = share[s] * (k == GP_ADAM ? 0.001 : 0.01);
    double accuracy = train(&data, options, &r);
    printf(" %13.1f%%", accuracy);
    fprintf(val, "%s-%d\t%.1f\n", key[k], s, accuracy);
    if (s == 1)
        records[k] = r;
}
printf("\n");

@ gnuplot wants a column for each curve.

@<Write the four records side by side@>=
fprintf(tsv, "step");
for (int k = 0; k < KINDS; k++)
    fprintf(tsv, "\t%s", title[k]);
for (int p = 0; p < POINTS; p++) {
    fprintf(tsv, "\n%d", (p + 1) * EVERY);
    for (int k = 0; k < KINDS; k++)
        fprintf(tsv, "\t%.5f", records[k].loss[p]);
}
fprintf(tsv, "\n");

@ The table holds the accuracy on the test images.

\cell{optimizers}

Momentum with a tenth of the rate ends where plain descent ends with the whole
rate: \val{optimizers}{momentum-0} against \val{optimizers}{sgd-1} per
cent. With $\mu=0.9$ each gradient is taken again and again,
$1+0.9+0.81+\cdots=10$ times in all.\claim{momentum_multiplies_the_rate}
By the same sum, ten times the usual rate, which plain descent bears, is a
hundred times that rate under momentum, and both of its forms end at chance.
Adam, which divides each step by the gradient's own size, loses accuracy with
the largest rate but not its footing: \val{optimizers}{adam-2} per
cent.\claim{adam_bears_a_rate_ten_times_too_large} Where there is no time to
look for a rate, that is the reason to take it.

\plot{optimizers}{The training loss under four optimizers, each with Keras'
usual learning rate; a point is the mean of 25 steps. Momentum and
Nesterov's form lie on each other.}

@* Exercises.
One of these exercises is a repair: the program runs, reports good numbers, and
is wrong.

@ \begin{exercise}{11-nesterov}{15}{2}
\textbf{Nesterov's momentum.} Plain momentum moves along its velocity.
Nesterov's method looks where the velocity will have taken it, and corrects
itself from there. In the form that libraries use, one step is
\[ v\leftarrow\mu v+g,\qquad x\leftarrow x-\eta\,(g+\mu v), \]
with the \emph{new} velocity in the second formula. Write one step for $n$
parameters. Look at the first two steps from $v=0$: how much further than
gradient descent does each go?
\end{exercise}
@(tangled/exercises/11-nesterov.c@>=
#include "exercise.h"
@#
void nesterov(size_t n, double *x, const double *g, double *v,
              double rate, double momentum)
{
    gp_not_started();
}

@ \begin{exercise}{11-adam-correction}{12}{2}
\textbf{Adam in a hurry.} This Adam goes much too far in its first steps, then
settles down. Both averages start at zero and are too small at first. Repair
it. The argument |t| counts the steps from 1; |m| and |v| belong to the caller
and hold the averages as they are, uncorrected. How long is the first step of a
right Adam, whatever the gradient?
\end{exercise}
@(tangled/exercises/11-adam-correction.c@>=
#include "exercise.h"
#include <math.h>
@#
void my_adam(size_t n, double *x, const double *g, double *m, double *v,
             int t, double rate, double beta1, double beta2,
             double epsilon)
{
    gp_not_started();
    for (size_t i = 0; i < n; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
        x[i] -= rate * m[i] / (sqrt(v[i]) + epsilon);
    }
}

@ \begin{exercise}{11-warm-cosine}{15}{2}
\textbf{Warm up, cool down.} A schedule that is common for large networks
raises the learning rate from 0 in a straight line over the first |warm| steps,
then lets it fall along half a cosine, from 1 at step |warm| to |least| at step
|steps|. Return the factor by which the learning rate is multiplied at |step|.
Later steps stay at |least|. With |warm| zero the schedule begins at 1.
\end{exercise}
@(tangled/exercises/11-warm-cosine.c@>=
#include "exercise.h"
#include <math.h>
@#
double warm_cosine(double step, double steps, double warm, double least)
{
    gp_not_started();
}

@* Index.
