@i common.w
@s training int

@** Training.
\label{ch:training}
A gradient says in which direction the loss falls, and nothing about how far to
go. This chapter turns gradients into training. It has two modules. The
\emph{optimizer} makes a step of a gradient; the \emph{trainer} goes through
the data, batch by batch and epoch by epoch, and is the only training loop of
this book: the program \texttt{lab} and all experiments call it. Where an
experiment wants to look into a training, or to interfere with it, it hands the
trainer a function to call on the way.

Neither module computes much. The optimizer's rules are loops of three lines,
and the trainer calls what other chapters have built. What they are full of
instead is care. A training runs for hours while nobody looks, it is given
numbers by people in a hurry, and a mistake in it is hard to see, since a network that is
trained wrongly still learns a little. So each section that does something is
followed by one that asks what could be wrong with what it was given.

@* Options with names.
\label{sec:options}
An optimizer has up to nine numbers that one may want to set, and nobody sets
all nine. In Python one writes \texttt{Adam(learning\_rate=0.01)} and leaves
the others out. C can do nearly the same: the initializer of a structure names
its members, and sets those that it does not name to zero. But zero is a
poor mark for ``left out''. A momentum of zero is a sensible wish, and a
library that silently takes 0.9 instead trains something else than it was told.

So the mark is another number, which nobody wishes for: the least that a
|double| can hold. The macro below puts it into all members first and lets the caller's initializers
override it. C takes the last of several initializers of a member. Both GCC and
Clang can warn about that, because it is often a slip; here it is the purpose,
and the warning is put off for the one declaration.

@(tangled/lib/options.h@>=
#pragma once
#include "real.h"
#include <float.h>
@#
GP_BEGIN_DECLS@;
#define GP_LEFT_OUT (-DBL_MAX) /* a number that was not given */
#define GP_COUNT_LEFT_OUT SIZE_MAX /* a count that was not given */

@ The macro needs a block, in which the warning can be put off and on again.
A block that has a value is an extension of GNU C that Clang has, too. Other
compilers take the plain compound literal.

@(tangled/lib/options.h@>=
#ifdef __GNUC__
#ifdef __clang__
#define GP_OVERRIDING "clang diagnostic ignored \"-Winitializer-overrides\""
#else
#define GP_OVERRIDING "GCC diagnostic ignored \"-Woverride-init\""
#endif
#define GP_OPTIONS(type, left_out, ...) __extension__({ \
    _Pragma("GCC diagnostic push") _Pragma(GP_OVERRIDING) \
    type given_ = {left_out, __VA_ARGS__}; \
    _Pragma("GCC diagnostic pop") given_; })
#else
#define GP_OPTIONS(type, left_out, ...) ((type){left_out, __VA_ARGS__})
#endif
GP_END_DECLS@;

@ A structure that was initialized without the macro holds zeros where nothing
was given, and the library cannot tell them from zeros that were meant. It
need not guess: every such structure has at least one member for which zero
makes no sense, and is refused because of it. C++ has no
overriding initializers; there a function returns the structure with
everything left out, and one assigns what one wants.

@* The optimizers.
\label{sec:optimizer}
Gradient descent goes downhill with steps of $-\eta\,g$. Where the ground
slopes gently along a valley and steeply across it, the steps zigzag.
\emph{Momentum} averages the steps, so that what changes sign cancels and what
persists adds up \citep{polyak1964}. Take $\mu=0.9$. If the gradient is 1 three
times, the velocity grows: 1, then $0.9+1=1.9$, then $0.9\cdot1.9+1=2.71$. If it is
1, $-1$ and 1, the velocity is 1, then $-0.1$, then $0.91$: across the valley
nearly nothing happens at every second step. \emph{Nesterov}'s form takes the
gradient's step on top of the momentum's step \citep{sutskever2013}.

\emph{Adam} has another idea \citep{kingma2015}. It divides each component by
the running size of its own gradient, so that a weight whose gradients are all
near $10^{-4}$ moves as fast as one whose gradients are near 1. In a deep
network that is no luxury: Chapter~\ref{ch:gradient-problem} measured layers
whose gradients differ by such factors.

Each rule is a function on arrays of $n$ numbers, without networks or
options: what an experiment on two numbers can call as well as a network with a
million weights. All of a parameter's matrix is one array, since its padding
holds zeros, and each of the rules leaves a zero with a zero gradient at zero.

@(tangled/lib/optimizer.h@>=
#pragma once
#include "network.h"
#include "options.h"
@#
GP_BEGIN_DECLS@;

/* $x \gets x - \eta g'$, here and below $g' = g + \mathit{decay}\cdot x$ */
void gp_sgd_update(size_t n, gp_real *x, const gp_real *g,
                   double learning_rate, double weight_decay);

/* $v \gets \mu v + d g'$; $x \gets x - \eta v$, with Nesterov
   $x \gets x - \eta(g' + \mu v)$. $d$ is 1 in PyTorch and in Keras. */
void gp_momentum_update(size_t n, gp_real *x, const gp_real *g, gp_real *v,
                        double learning_rate, double momentum,
                        double dampening, bool nesterov,
                        double weight_decay);

@ Two forms of Adam are in use. The paper's and PyTorch's adds $\varepsilon$
to $\sqrt{v/(1-\beta_2^t)}$; Keras' and ONNX' adds it to $\sqrt v$, which makes
the same $\varepsilon$ weigh more in the first steps. At the first step
$\sqrt{1-\beta_2}$ is 0.032 for $\beta_2=0.999$, so there Keras' $\varepsilon$
weighs 32 times as much as PyTorch's. It matters only where gradients are about
as small as $\varepsilon$. A program that wants another framework's numbers to
the last digit needs the right one, and the conformance vectors of this book
have cases of both.

@(tangled/lib/optimizer.h@>=
typedef enum { GP_ADAM_EPSILON_CORRECTED, GP_ADAM_EPSILON_PLAIN }
    gp_adam_form;

/* $t$ counts from 1; with 0 there is no bias correction (ONNX) */
void gp_adam_update(size_t n, gp_real *x, const gp_real *g, gp_real *m,
                    gp_real *v, uint64_t t, double learning_rate,
                    double beta1, double beta2, double epsilon,
                    gp_adam_form form, double weight_decay);

/* $h \gets h + g'^2$; $x \gets x - \eta g'/(\sqrt h+\varepsilon)$ */
void gp_adagrad_update(size_t n, gp_real *x, const gp_real *g, gp_real *h,
                       double learning_rate, double epsilon,
                       double weight_decay);

@ The options of an optimizer, each with its bounds and with what it is where it was left out.
Options that the kind of optimizer does not have must be left out: a momentum
for plain descent is a mistake, and a learning rate below zero is one too.

Weight decay adds $\mathit{decay}\cdot x$ to the gradient of each weight $x$,
as if the loss had a term $\frac12\mathit{decay}\,x^2$: a weight that the data
do not hold in place shrinks towards zero. Clipping limits the gradient before the step
(Section~\ref{sec:clipping}).

@(tangled/lib/optimizer.h@>=
typedef enum { GP_SGD, GP_MOMENTUM, GP_NESTEROV, GP_ADAM } gp_optimizer_kind;
typedef struct {
    gp_optimizer_kind kind;
    double learning_rate; /* from 0 on; 0.01, and 0.001 for Adam */
    double momentum; /* |GP_MOMENTUM|, |GP_NESTEROV|: from 0 to below 1; 0.9 */
    double beta1, beta2; /* |GP_ADAM|: from 0 to below 1; 0.9 and 0.999 */
    double epsilon; /* |GP_ADAM|: above 0; 1e-7 */
    double weight_decay; /* from 0 on; 0 */
    double clip_norm, clip_value; /* above 0; infinity, which is no clipping */
    gp_adam_form adam_form;
} gp_optimizer_options;

@ The macros of this section make Keras' line \texttt{Adam(learning\_rate=0.01)}
the C expression |gp_adam(.learning_rate = 0.01)|, a structure that can be
handed to a function or kept in a variable. Where the kind is itself a variable,
as in a program with an option for it, |gp_optimizer_options_with| takes it as
its member |kind|, and |gp_optimizer_defaults| returns the structure for it with
everything left out.

@(tangled/lib/optimizer.h@>=
#define GP_OPTIMIZER_LEFT_OUT \
    .learning_rate = GP_LEFT_OUT, .momentum = GP_LEFT_OUT, \
    .beta1 = GP_LEFT_OUT, .beta2 = GP_LEFT_OUT, .epsilon = GP_LEFT_OUT, \
    .weight_decay = GP_LEFT_OUT, .clip_norm = GP_LEFT_OUT, \
    .clip_value = GP_LEFT_OUT
#define gp_optimizer_options_with(...) \
    GP_OPTIONS(gp_optimizer_options, GP_OPTIMIZER_LEFT_OUT, __VA_ARGS__)
#define gp_sgd(...) gp_optimizer_options_with(.kind = GP_SGD, __VA_ARGS__)
#define gp_momentum(...) \
    gp_optimizer_options_with(.kind = GP_MOMENTUM, __VA_ARGS__)
#define gp_nesterov(...) \
    gp_optimizer_options_with(.kind = GP_NESTEROV, __VA_ARGS__)
#define gp_adam(...) gp_optimizer_options_with(.kind = GP_ADAM, __VA_ARGS__)
gp_optimizer_options gp_optimizer_defaults(gp_optimizer_kind kind);
    /* all left out */
const char *gp_optimizer_word(gp_optimizer_kind kind); /* as in |"adam"| */

@ An optimizer belongs to one network, whose parameters it moves. It is made
after the network's last layer: a layer that came later would never be
trained. Nothing would look wrong then. The loss would fall, because the other
layers learn, and the result would be a little worse than it should be. So a
step of an optimizer that is too old is an error and moves nothing.

@(tangled/lib/optimizer.h@>=
typedef struct gp_optimizer gp_optimizer;
gp_optimizer *gp_optimizer_new(gp_network *net, gp_optimizer_options options,
                               gp_error *error);
    /* |NULL|: the options make no sense, the network has no layers or failed
       while it was built, or there is no memory. The network must live as
       long as the optimizer. */
gp_status gp_optimizer_step(gp_optimizer *optimizer, gp_error *error);
    /* moves all parameters by their gradients; |GP_BAD_INPUT|: the network
       got layers since the optimizer was made */
bool gp_optimizer_fits(const gp_optimizer *optimizer, const gp_network *net);
    /* was it made for |net| as it is now? |NULL| was not */
void gp_optimizer_free(gp_optimizer *optimizer); /* |NULL| is allowed */

@ Schedules change the learning rate on the way. The settings keep the rate that the
optimizer was made with, so that a schedule can be computed from it.

@(tangled/lib/optimizer.h@>=
gp_optimizer_options gp_optimizer_settings(const gp_optimizer *optimizer);
    /* complete: what was left out has its default, and what its kind does not
       have is |GP_LEFT_OUT| */
double gp_optimizer_rate(const gp_optimizer *optimizer);
void gp_optimizer_set_rate(gp_optimizer *optimizer, double rate);
    /* of the steps from here on */

@ A checkpoint keeps what an optimizer remembers, so that training can go on as
if it had never stopped: the number of steps, and for parameter $p$, counted
over all parameters of the network, the state $k$, which is 0 or 1. Without the states Adam would
begin again with averages of zero, and the first steps after a break would be too long
or too short; the step count is needed as well, since the correction of
the averages depends on it.

@(tangled/lib/optimizer.h@>=
size_t gp_optimizer_parameters(const gp_optimizer *optimizer);
gp_parameter *gp_optimizer_parameter(const gp_optimizer *optimizer, size_t p);
gp_matrix *gp_optimizer_state(const gp_optimizer *optimizer, size_t p, int k);
    /* momentum: |k| 0, the velocity; Adam: 0, the mean of the gradient, and
       1, that of its square; |NULL| where the kind keeps none */
uint64_t gp_optimizer_steps(const gp_optimizer *optimizer);
void gp_optimizer_set_steps(gp_optimizer *optimizer, uint64_t steps);
GP_END_DECLS@;

@*1 The rules.
\label{sec:update-rules}
The first rule is the shortest: each weight goes down along its own gradient.
It shows how all four are written. The options arrive as doubles, because
that is what a program has in its hands, and are rounded once, outside the
loop. Inside the loop everything is a |gp_real|; a single |double| in the
formula would make the compiler widen every element, and halve the number of
elements that a vector instruction works on.

@(tangled/lib/optimizer.c@>=
#include "optimizer.h"
#include "chain.h"
#include "clip.h"
#include "private/vectormath.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void gp_sgd_update(size_t n, gp_real *x, const gp_real *g,
                   double learning_rate, double weight_decay)
{
    const gp_real eta = (gp_real)learning_rate, decay = (gp_real)weight_decay;
    GP_SIMD
    for (size_t i = 0; i < n; i++)
        x[i] -= eta * (g[i] + decay * x[i]);
}

@ Momentum keeps a velocity $v$, to which each gradient is added while the old
ones fade by $\mu$ a step. A gradient that stays the same is thus counted
$1+\mu+\mu^2+\cdots=1/(1-\mu)$ times in the end, ten times for $\mu=0.9$.
Nesterov's form looks ahead: instead of moving along
$v$, it moves along what $v$ will be after the same gradient once more.
Dampening weighs the gradient on its way into the velocity; ONNX has it as an
attribute, and everybody else as 1.

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

@ Adam keeps two running averages, $m$ of the gradient and $v$ of its square,
and the step is $\eta\,m/\sqrt v$: as long as the gradient keeps its sign the
step is about $\eta$, however large or small the gradient is. Where the
gradient changes its sign all the time, $m$ is small beside $\sqrt v$, and the
steps become short by themselves.

The averages start at zero, so after $t$ steps they hold only the share
$1-\beta^t$ of a full average. After the first step $m$ is a tenth of the
gradient and $v$ a thousandth of its square, and $m/\sqrt v$ would be
$0.1/\sqrt{0.001}=3.2$ where it should be 1. Dividing each average by its
share corrects this. The two divisions are the same
for all parameters, and are drawn out of the loop into the step's length and
into $\varepsilon$.

@(tangled/lib/optimizer.c@>=
void gp_adam_update(size_t n, gp_real *x, const gp_real *g, gp_real *m,
                    gp_real *v, uint64_t t, double learning_rate,
                    double beta1, double beta2, double epsilon,
                    gp_adam_form form, double weight_decay)
{
    const gp_real b1 = (gp_real)beta1, b2 = (gp_real)beta2;
    const gp_real decay = (gp_real)weight_decay;
    @<Draw Adam's corrections into |eta| and |tiny|@>@;
    GP_SIMD
    for (size_t i = 0; i < n; i++) {
        const gp_real slope = g[i] + decay * x[i];
        m[i] = b1 * m[i] + (1 - b1) * slope;
        v[i] = b2 * v[i] + (1 - b2) * slope * slope;
        x[i] -= eta * m[i] / (sqrt(v[i]) + tiny);
    }
}

@ With $s_1=1-\beta_1^t$ and $s_2=1-\beta_2^t$ the corrected step is
\[
\eta\,\frac{m/s_1}{\sqrt{v/s_2}+\varepsilon}
=\frac{\eta\sqrt{s_2}}{s_1}\cdot\frac{m}{\sqrt v+\varepsilon\sqrt{s_2}}.
\]
The other form has the plain $\varepsilon$ in the last denominator. With $t=0$
there is no correction at all; that is how the ONNX operator can be told to
leave it out.

@<Draw Adam's corrections into |eta| and |tiny|@>=
const double s1 = t ? 1 - pow(beta1, (double)t) : 1;
const double root2 = t ? sqrt(1 - pow(beta2, (double)t)) : 1;
const gp_real eta = (gp_real)(learning_rate * root2 / s1);
const gp_real tiny = (gp_real)(
    form == GP_ADAM_EPSILON_CORRECTED ? epsilon * root2 : epsilon);

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

@*1 Options that make no sense.
\label{sec:optimizer-options}
A learning rate of $-0.01$ climbs, a $\beta$ of 1 divides zero by zero, and a
momentum given to plain descent would be ignored. A program that goes on with such
numbers wastes an afternoon, so they are refused before the first step, with a
message that says what was expected and what was found.

What may be expected stands in a table. A row says which kinds of optimizer have the
option, its default and its bounds, and whether a bound itself is allowed:
$\varepsilon$ may be near zero but not zero, a learning rate may be zero but not
infinite. The kinds are bits of one number, so that a row can name several.

@(tangled/lib/optimizer.c@>=
typedef struct {
    const char *name;
    size_t offset; /* in |gp_optimizer_options| */
    unsigned kinds; /* bit |k|: kind |k| has it */
    double usual, least, most; /* bounds of which each may be excluded */
    bool above_least, below_most;
} option_rule;
enum { ADAPTIVE = 1 << GP_ADAM, MOVING = 1 << GP_MOMENTUM | 1 << GP_NESTEROV,
       ALL = 1 << GP_SGD | MOVING | ADAPTIVE };
#define OPTION(name) #name, offsetof(gp_optimizer_options, name)
static const option_rule option_rules[] = {
    @<Rules for the options of an optimizer@>@;
};
enum { RULES = sizeof option_rules / sizeof *option_rules };

@ The rows follow. The usual learning rate depends on the kind: the table has
that of the others, and Adam's is a tenth of it. A clipping limit of infinity
clips nothing, which is why infinity is the default of both limits and is
allowed.

@<Rules for the options of an optimizer@>=
{OPTION(learning_rate), ALL, 0.01, 0, HUGE_VAL, false, true},
{OPTION(momentum), MOVING, 0.9, 0, 1, false, true},
{OPTION(beta1), ADAPTIVE, 0.9, 0, 1, false, true},
{OPTION(beta2), ADAPTIVE, 0.999, 0, 1, false, true},
{OPTION(epsilon), ADAPTIVE, 1e-7, 0, HUGE_VAL, true, true},
{OPTION(weight_decay), ALL, 0, 0, HUGE_VAL, false, true},
{OPTION(clip_norm), ALL, HUGE_VAL, 0, HUGE_VAL, true, false},
{OPTION(clip_value), ALL, HUGE_VAL, 0, HUGE_VAL, true, false}

@ The messages name a kind by the word that the program \texttt{lab} takes for
it. A kind that is no member of the enumeration can only be a mistake in the
program that calls, so the function that translates it stops the program;
|gp_optimizer_new| has then refused it already.

@(tangled/lib/optimizer.c@>=
const char *gp_optimizer_word(gp_optimizer_kind kind)
{
    static const char *const words[] = {"sgd", "momentum", "nesterov",
                                        "adam"};
    GP_REQUIRE((unsigned)kind <= GP_ADAM, "optimizer kind %d", (int)kind);
    return words[kind];
}
gp_optimizer_options gp_optimizer_defaults(gp_optimizer_kind kind)
{
    return gp_optimizer_options_with(@[.kind@] = kind);
}

@ One option is held against its rule. There are three cases: an option that this
kind does not have, one that was left out and gets its default, and one that
was given. The comparisons are written so that NaN, which compares as false
with everything, fails them: ``not at least zero'' catches it, ``below zero''
would not.

@(tangled/lib/optimizer.c@>=
static gp_status check_option(const option_rule *r, gp_optimizer_kind kind,
                              double *value, gp_error *error)
{
    double x = *value;
    if (!(r->kinds & 1u << kind)) {
        @<Refuse a value for an option that the kind does not have@>@;
        return GP_OK;
    }
    if (x == GP_LEFT_OUT)
        x = *value = kind == GP_ADAM && r->usual == 0.01 ? 1e-3 : r->usual;
    if ((r->above_least ? x > r->least : x >= r->least)
        && (r->below_most ? x < r->most : x <= r->most))
        return GP_OK;
    @<Say which values the option |r| may have@>@;
}

@ The zero of a momentum that plain descent does not have means the same as
plain descent, and is let pass. The value in the settings becomes ``left out''.

@<Refuse a value for an option that the kind does not have@>=
if (x != GP_LEFT_OUT && x != 0)
    return gp_fail(error, GP_BAD_INPUT, "%s: %s: expected none, since %s "
        "has no such option, found %g", gp_optimizer_word(kind), r->name,
        gp_optimizer_word(kind), x);
*value = GP_LEFT_OUT;

@ A structure that was not made by |gp_optimizer_options_with| holds zeros
where nothing was given, and is met here: clipping to zero is refused. The hint
tells such a caller what to change.

@<Say which values the option |r| may have@>=
char most[32] = "";
if (r->most < HUGE_VAL)
    snprintf(most, sizeof most, " and below %g", r->most);
return gp_fail(error, GP_BAD_INPUT, "%s: %s: expected a number %s %g%s, "
    "found %g%s", gp_optimizer_word(kind), r->name,
    r->above_least ? "above" : "of at least", r->least, most, x,
    r->above_least && x == 0 ? " (gp_optimizer_options_with gives what is "
    "left out its default)" : "");

@ All options are checked before anything is allocated, in the order of the
table. The first that makes no sense is reported, and the caller can mend one
thing at a time. The kind comes before them, since the rules depend on it.

@(tangled/lib/optimizer.c@>=
static gp_status check_options(gp_optimizer_options *o, gp_error *error)
{
    gp_status s = GP_OK;
    if ((unsigned)o->kind > GP_ADAM)
        return gp_fail(error, GP_BAD_INPUT, "optimizer: expected a kind from "
                       "0 to %d, found %d", GP_ADAM, (int)o->kind);
    for (size_t i = 0; i < RULES && s == GP_OK; i++)
        s = check_option(&option_rules[i], o->kind,
            (double *)((char *)o + option_rules[i].offset), error);
    return s;
}

@*1 Making an optimizer.
The optimizer keeps pointers to all trained parameters, and for each of them
the state that its kind needs: nothing for plain descent, a velocity for
momentum, two averages for Adam.

@(tangled/lib/optimizer.c@>=
struct gp_optimizer {
    gp_optimizer_options options;
    double rate; /* of the next step */
    uint64_t steps;
    const gp_network *net;
    size_t layers; /* of the network, when the optimizer was made */
    int states; /* of each parameter */
    size_t parameters;
    gp_parameter **parameter;
    gp_matrix (*state)[2];
    double numbers; /* in all parameters */
};

@ The parameters are collected in the order of the layers, those of layers
inside a layer included (Section~\ref{sec:walk}). The function is called twice,
once to count and once to fill. A parameter without a gradient,
such as a running mean, is not the optimizer's business: the layer that
keeps it changes it in its own forward pass.

@(tangled/lib/optimizer.c@>=
static size_t collect(const gp_network *net, gp_parameter **into)
{
    size_t n = 0;
    gp_walk w = gp_chain_walk(gp_network_chain(net));
    while (gp_walk_parameter(&w))
        if (w.parameter->gradient.at != NULL) {
            if (into != NULL)
                into[n] = w.parameter;
            n++;
        }
    return n;
}

@ A program may build a network in ten lines without looking at the results, and
ask once at the end whether all went well (Section~\ref{sec:keras}). A network
that failed on the way has fewer layers than its builder
believes. It remembers the first failure, and here is the last place to say it
before an optimizer is made for half a network.

@(tangled/lib/optimizer.c@>=
static gp_status check_network(const gp_network *net, gp_error *error)
{
    const gp_error *failed = gp_network_error(net);
    if (failed != NULL)
        return gp_fail(error, GP_BAD_INPUT, "%s", failed->message);
    if (gp_network_layers(net) == 0)
        return gp_fail(error, GP_BAD_INPUT, "optimizer: expected a network "
            "with all its layers, found one without layers");
    return GP_OK;
}

@ Everything that a step needs is allocated when the optimizer is made, and
nothing in the step itself. A state has the shape of its parameter, padding
included, so that the rules may run over both as arrays of the same length.

@(tangled/lib/optimizer.c@>=
static gp_status fill(gp_optimizer *o, gp_network *net, gp_error *error)
{
    size_t n = collect(net, NULL);
    o->parameter = calloc(n + 1, sizeof *o->parameter);
    o->state = calloc(n + 1, sizeof *o->state);
    if (o->parameter == NULL || o->state == NULL)
        return gp_fail(error, GP_NO_MEMORY, "no memory for an optimizer of "
                       "%zu parameter matrices", n);
    o->parameters = collect(net, o->parameter);
    o->numbers = (double)gp_network_count(net, true);
    gp_status s = GP_OK;
    for (size_t p = 0; p < n; p++)
        for (int k = 0; s == GP_OK && k < o->states; k++) {
            const gp_matrix *value = &o->parameter[p]->value;
            s = gp_matrix_new(&o->state[p][k], value->rows, value->cols,
                              error);
        }
    return s;
}

@ The order matters when something fails in the middle. The optimizer begins as
zeros from |calloc|, and each part is entered as soon as it exists; so
|gp_optimizer_free| can return whatever there is, and one call serves all
failures. A matrix from |gp_matrix_new| holds zeros, which is where all
averages start.

@(tangled/lib/optimizer.c@>=
gp_optimizer *gp_optimizer_new(gp_network *net, gp_optimizer_options options,
                               gp_error *error)
{
    if (check_options(&options, error) != GP_OK
        || check_network(net, error) != GP_OK)
        return NULL;
    gp_optimizer *o = calloc(1, sizeof *o);
    if (o == NULL) {
        gp_fail(error, GP_NO_MEMORY, "no memory for an optimizer");
        return NULL;
    }
    @<Set what the optimizer |o| knows of its options and its network@>@;
    if (fill(o, net, error) == GP_OK)
        return o;
    gp_optimizer_free(o);
    return NULL;
}

@ The number of layers is remembered, for the step to compare.

@<Set what the optimizer |o| knows of its options and its network@>=
o->options = options;
o->rate = options.learning_rate;
o->states = options.kind == GP_SGD ? 0 : options.kind == GP_ADAM ? 2 : 1;
o->net = net;
o->layers = gp_network_layers(net);

@ An optimizer owns its states and its list of parameters. The parameters
themselves belong to their layers, and are left alone. The null pointer is
allowed, as with |free|, so that a caller need not ask whether the optimizer was
ever made.

@(tangled/lib/optimizer.c@>=
void gp_optimizer_free(gp_optimizer *o)
{
    if (o == NULL)
        return;
    for (size_t p = 0; p < o->parameters; p++)
        for (int k = 0; k < o->states; k++)
            gp_matrix_free(&o->state[p][k]);
    free(o->state);
    free(o->parameter);
    free(o);
}

@*1 A step.
Each parameter is moved by the rule of the optimizer's kind. This is the place
where the options meet the rules: a matrix is handed over as one array of
|rows * stride| numbers, and the number of steps goes to Adam alone, which
needs it for the correction.

@(tangled/lib/optimizer.c@>=
static void move(gp_optimizer *o, size_t p, size_t first, size_t n)
{
    const gp_optimizer_options *h = &o->options;
    gp_real *x = o->parameter[p]->value.at + first, *s[2] = {NULL, NULL};
    const gp_real *g = o->parameter[p]->gradient.at + first;
    for (int k = 0; k < o->states; k++)
        s[k] = o->state[p][k].at + first;
    if (h->kind == GP_SGD)
        gp_sgd_update(n, x, g, o->rate, h->weight_decay);
    else if (h->kind == GP_ADAM)
        gp_adam_update(n, x, g, s[0], s[1], o->steps, o->rate, h->beta1,
                       h->beta2, h->epsilon, h->adam_form, h->weight_decay);
    else
        gp_momentum_update(n, x, g, s[0], o->rate, h->momentum, 1,
                           h->kind == GP_NESTEROV, h->weight_decay);
}

@ A thread moves its own block of each matrix. Whole rows are moved in one piece.

@(tangled/lib/optimizer.c@>=
static void move_together(void *data)
{
    gp_optimizer *o = data;
    for (size_t p = 0; p < o->parameters; p++) {
        const gp_matrix *m = &o->parameter[p]->value;
        const gp_block b = gp_team_block(m->rows, m->cols);
        const size_t first = b.rows.first * m->stride;
        if (b.cols.count == m->cols)
            move(o, p, first, b.rows.count * m->stride);
        else
            for (size_t i = 0; i < m->rows; i++)
                move(o, p, i * m->stride + b.cols.first, b.cols.count);
    }
}

@ A step clips, then moves every parameter. Clipping by value comes before
clipping by norm: the norm then measures what will be applied. Both look at
the gradients of all parameters together, because a norm that was taken layer
by layer would change the direction of the step and not only its length
(Section~\ref{sec:clipping}).

@(tangled/lib/optimizer.c@>=
static void clip_and_count(void *data)
{
    gp_optimizer *o = data;
    if (o->options.clip_value < HUGE_VAL)
        gp_clip_by_value(o->parameters, o->parameter, o->options.clip_value);
    if (o->options.clip_norm < HUGE_VAL)
        gp_clip_by_norm(o->parameters, o->parameter, o->options.clip_norm);
    o->steps++;
}
@#
gp_status gp_optimizer_step(gp_optimizer *o, gp_error *error)
{
    @<Refuse a step of an optimizer that is older than the last layer@>@;
    gp_team_alone(clip_and_count, o);
    gp_team_run(4 * o->numbers, move_together, o);
    return GP_OK;
}

@ Networks only grow: a layer is added at the end or not at all. So a comparison
of two numbers finds every late layer, and no list of layers needs to be kept.

@<Refuse a step of an optimizer that is older than the last layer@>=
size_t layers = gp_network_layers(o->net);
if (layers != o->layers)
    return gp_fail(error, GP_BAD_INPUT, "the optimizer was made when the "
        "network had %zu layers, and now it has %zu: expected an optimizer "
        "that was made after the last layer", o->layers, layers);

@ The trainer asks before it begins.

@(tangled/lib/optimizer.c@>=
bool gp_optimizer_fits(const gp_optimizer *o, const gp_network *net)
{
    return o != NULL && o->net == net && gp_network_layers(net) == o->layers;
}

@ The rest are ways in for the schedules and the checkpoints. A parameter is
named by its number, counted from 0. A number beyond the last one is a mistake
in the calling program, and stops it with both numbers in the message.

@(tangled/lib/optimizer.c@>=
double gp_optimizer_rate(const gp_optimizer *o)
{
    return o->rate;
}
void gp_optimizer_set_rate(gp_optimizer *o, double rate)
{
    o->rate = rate;
}
size_t gp_optimizer_parameters(const gp_optimizer *o)
{
    return o->parameters;
}
gp_parameter *gp_optimizer_parameter(const gp_optimizer *o, size_t p)
{
    GP_REQUIRE(p < o->parameters, "parameter %zu of %zu", p, o->parameters);
    return o->parameter[p];
}

@ A state that the kind of optimizer does not keep is |NULL|. The step count is
handed over by value and set by a function, not by a pointer into the
optimizer: a pointer would show the world that the count is kept in 64 bits at
a certain place, and nothing about it could change later.

@(tangled/lib/optimizer.c@>=
gp_matrix *gp_optimizer_state(const gp_optimizer *o, size_t p, int k)
{
    GP_REQUIRE(p < o->parameters, "parameter %zu of %zu", p, o->parameters);
    return k < o->states ? &o->state[p][k] : NULL;
}
uint64_t gp_optimizer_steps(const gp_optimizer *o)
{
    return o->steps;
}
void gp_optimizer_set_steps(gp_optimizer *o, uint64_t steps)
{
    o->steps = steps;
}
gp_optimizer_options gp_optimizer_settings(const gp_optimizer *o)
{
    return o->options;
}

@* The trainer.
\label{sec:train}
A step of an optimizer needs a gradient, and a gradient needs samples. To take
all 55,000 images for one step would be exact and slow, and a few dozen images
tell nearly the same about the direction. So training takes a small \emph{batch} at a time. An \emph{epoch} visits every training sample once, in an order of its own. The order of epoch $e$ depends on the seed and on $e$ alone; that is
why a resumed training goes on with the same bits as one that never stopped.

There is one training loop in this book. What differs between one training and
the next are numbers, which are its options, and things to do on the way: print
a line, write a checkpoint, measure a gradient, change it, stop. For those the
caller hands over functions.

@(tangled/lib/train.h@>=
#pragma once
#include "dataset.h"
#include "optimizer.h"
@#
GP_BEGIN_DECLS@;

@ The learning rate may change on the way. A large rate gets far in the
beginning, and later its steps are too long to settle: the gradient of a batch is
not that of all samples, and what it is off by is multiplied by the rate. So
most schedules let the rate fall, by a factor an epoch or by a factor
every few epochs. The one cycle \citep{smith2018} climbs from a tenth
of the rate to the whole by the middle and descends again, the last tenth of
the way to a hundredth of where it began. A schedule is written in words:
\texttt{exponential:0.9}, \texttt{step:10:0.5}, \texttt{1cycle}.

@(tangled/lib/train.h@>=
typedef enum { GP_CONSTANT, GP_EXPONENTIAL, GP_STEPWISE, GP_ONE_CYCLE }
    gp_schedule_kind;
typedef struct {
    gp_schedule_kind kind;
    double factor; /* an epoch, or every |epochs| epochs; in (0, 1] */
    size_t epochs; /* from 1 on */
} gp_schedule;
gp_status gp_schedule_parse(const char *words, gp_schedule *schedule,
                            gp_error *error); /* the empty string: constant */
double gp_schedule_factor(gp_schedule schedule, double epoch, double epochs);
    /* of the learning rate after |epoch| of |epochs| epochs */

@ An experiment wants to look into a training: at the gradients of each
hundredth step, at the units that died, at the loss. What it is shown is the
network with the gradients of this step in it, once before the optimizer moves
the weights, and once after. Steps are counted twice, within the epoch and in
all, since a progress line wants the first and an experiment of 300 steps
the second.

@(tangled/lib/train.h@>=
typedef struct {
    gp_network *net;
    size_t epoch; /* from 1, as in |gp_epoch| */
    size_t step, steps; /* from 1; of this epoch */
    size_t done; /* steps of this training, this one included */
    double loss; /* of the step's batch, before the update */
    gp_optimizer *optimizer;
    const gp_matrix *x; /* the batch */
    const gp_label *labels;
} gp_train_step;

@ An epoch ends with an evaluation on the validation samples, and the caller is
told both. The two losses are not measured alike. The training loss is the mean
of what the batches had \emph{when they came}, from the first step of the epoch to the
last, with dropout at work; the validation loss is that of the network as it stands
after the epoch. So the second may well be the lower one.

@(tangled/lib/train.h@>=
typedef struct {
    size_t epoch, epochs; /* from 1; in all, those before a resume included */
    double train_seconds; /* of the training steps alone */
    double samples_per_second;
    double train_loss; /* mean over the epoch's batches as they came */
    double validation_loss, validation_accuracy; /* NaN without samples */
    bool best; /* |validation_loss| is the lowest so far */
} gp_epoch;

@ The options begin with how much is trained and in which order: the size of
a batch, the number of epochs, and the seed of the shuffling. The number of epochs says what
is to be done now. Epochs that were done before a break are counted separately, since the schedule
and the shuffling depend on the number of the epoch.

@(tangled/lib/train.h@>=
typedef struct {
    size_t batch; /* from 1 to the number of samples; 32, or all if fewer */
    size_t epochs; /* to run now; 1 */
    size_t first_epoch; /* epochs done before, when resuming */
    uint64_t seed;
    bool population; /* batch normalization's statistics by a pass over the
                        training set, in place of running averages */
    gp_schedule schedule;
    @<What a training calls on its way@>@;
    @<What a training does about its best epoch@>@;
} gp_train_options;

@ Each of the functions may be |NULL|, and each gets |context|, a
pointer of the caller's own, in which it can keep what it sees.
|before_update| may change the gradients that it finds in the network.
|after_step| may run the network forward on other samples. With |false| a
function ends the training, which then returns |GP_OK| after the usual
evaluation; the caller, whose function it was, knows why. A learning rate that no
schedule describes is a function, too.

@<What a training calls on its way@>=
bool (*before_update)(const gp_train_step *, void *context);
    /* |false|: without this update */
bool (*after_step)(const gp_train_step *, void *context);
bool (*after_epoch)(const gp_epoch *, void *context);
double (*learning_rate)(double epoch, double epochs, double rate,
                        void *context);
    /* instead of a schedule: from the optimizer's |rate| that of a step,
       after |epoch| epochs of |epochs| */
void *context;

@ A network is at its best some time before training ends
(Section~\ref{sec:best-epoch}), and these three act on that. Of a resumed
training only its caller can know how good it was before the break.

@<What a training does about its best epoch@>=
size_t stop_after; /* from 1: epochs in a row without a lower validation
                      loss; never */
bool keep_best; /* in the end the network has its values after the epoch with
                   the lowest validation loss */
double best_loss; /* the lowest before, when resuming */

@ As with the optimizer, a macro puts in what was left out
(Section~\ref{sec:options}). A structure made without it has zero for
|batch| or for |stop_after|, and is refused because of it. |epochs| and
|best_loss| have plain defaults: zero epochs are allowed, and train nothing.

@(tangled/lib/train.h@>=
#define GP_TRAIN_LEFT_OUT \
    .batch = GP_COUNT_LEFT_OUT, .epochs = 1, \
    .stop_after = GP_COUNT_LEFT_OUT, .best_loss = DBL_MAX
#define gp_train_options_with(...) \
    GP_OPTIONS(gp_train_options, GP_TRAIN_LEFT_OUT, __VA_ARGS__)
gp_train_options gp_train_defaults(void); /* all left out */

@ Training can fail for two reasons. What the caller's data or options can cause is
|GP_BAD_INPUT|: samples of another width than the network's, a label
without an output, no samples, a batch that cannot be. All of that is found
before the first step. A training that diverged is
|GP_FAILED|, and the message says at which step and in which layer. With
|GP_OK| all values of the network are finite numbers.

@(tangled/lib/train.h@>=
gp_status gp_train(gp_network *net, gp_optimizer *optimizer,
                   const gp_dataset *data, const gp_train_options *options,
                   gp_error *error);
    /* |options| may be |NULL|: all left out */

@ The evaluation of one set of samples goes through it in the order in which it
lies. Beside loss and accuracy it can fill a \emph{confusion matrix}, which
counts for each class what its samples were called. It shows whether shirts are
taken for coats or for boots, which an accuracy alone does not. The pass that gathers population statistics belongs here too:
it changes nothing but the statistics.

@(tangled/lib/train.h@>=
typedef struct {
    double loss, accuracy; /* mean cross-entropy; share of right answers */
} gp_evaluation;
gp_status gp_evaluate(gp_network *net, const gp_samples *samples,
                      gp_evaluation *result, size_t *confusion,
                      gp_error *error);
    /* |confusion|: |NULL|, or |outputs| rows of |outputs| counts, samples of
       class $i$ that were called $j$; |GP_FAILED|: the network's output is
       not finite */
size_t gp_count_right(const gp_matrix *logits, const gp_label *labels,
                      size_t *confusion);
    /* adds to |confusion|, where it is not |NULL| */
gp_status gp_population_statistics(gp_network *net, const gp_dataset *data,
                                   size_t batch, gp_error *error);
    /* over the whole batches of the training set */
GP_END_DECLS@;

@*1 Schedules.
\label{sec:schedules}
A schedule multiplies the optimizer's learning rate by a factor that depends on
how far training has come, counted in epochs with fractions. The two that fall
by steps are powers of their factor; the exponent is the number of whole epochs, or of
whole groups of epochs, that are done. With \texttt{step:10:0.5} the factor is 1
up to the tenth epoch, one half up to the twentieth, one quarter after it.

@(tangled/lib/train.c@>=
#define _POSIX_C_SOURCE 200809L
#include "train.h"
#include "chain.h"
#include "loss.h"
#include "private/vectormath.h"
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
@<Factor of the one cycle@>@;

double gp_schedule_factor(gp_schedule s, double epoch, double epochs)
{
    if (s.kind == GP_EXPONENTIAL)
        return pow(s.factor, floor(epoch));
    if (s.kind == GP_STEPWISE)
        return pow(s.factor, floor(epoch / (double)s.epochs));
    return s.kind == GP_ONE_CYCLE ? one_cycle(epoch / epochs) : 1;
}

@ The one cycle is made of three straight lines, over the share of the way that
is done: up to the whole rate at 0.45, down again at 0.9, and then nearly to
nothing. The thought behind the climb is that a network with fresh weights does
not bear the full rate yet; the thought behind the end is that it should come to
rest.

@<Factor of the one cycle@>=
static double one_cycle(double way)
{
    if (way < 0.45)
        return 0.1 + 0.9 * way / 0.45;
    if (way < 0.9)
        return 1 - 0.9 * (way - 0.45) / 0.45;
    return 0.1 - 0.099 * (way - 0.9) / 0.1;
}

@ A schedule may come from a program as well as from words, so it is checked in
one place for both. A factor above one would make the rate grow without end and
is taken for a slip. A factor of zero would end the training without saying so, and
zero epochs would be divided by.

@(tangled/lib/train.c@>=
static bool schedule_makes_sense(const gp_schedule *s)
{
    if (s->kind == GP_CONSTANT || s->kind == GP_ONE_CYCLE)
        return true;
    bool falls = s->factor > 0 && s->factor <= 1;
    return s->kind == GP_EXPONENTIAL ? falls
         : s->kind == GP_STEPWISE && falls && s->epochs > 0;
}

@ The numbers are read without |sscanf|, which reads \texttt{-1} into an unsigned
number without complaint: \texttt{step:-1:0.5} was once a step every
18,446,744,073,709,551,615 epochs. A number must begin with a digit, or with a
point, and nothing may stand behind it. Nine digits are enough for epochs.

@(tangled/lib/train.c@>=
static bool read_factor(const char *text, double *factor)
{
    char *end;
    *factor = strtod(text, &end);
    return strchr("0123456789.", *text) != NULL && end != text
           && *end == '\0';
}
static bool read_stepwise(const char *text, gp_schedule *s)
{
    char *end;
    s->kind = GP_STEPWISE;
    s->epochs = (size_t)strtoull(text, &end, 10);
    return strchr("0123456789", *text) != NULL && end - text < 10
           && *end == ':' && read_factor(end + 1, &s->factor);
}

@ The first word decides what follows. An empty string is the constant schedule,
so that a program can hand on what it was given without asking whether there
was anything. What the parser fills in is not trusted before
|schedule_makes_sense| has seen it.

@(tangled/lib/train.c@>=
static bool read_schedule(const char *words, gp_schedule *s)
{
    *s = @[(gp_schedule){GP_CONSTANT, 1, 1}@];
    if (*words == '\0' || strcmp(words, "constant") == 0)
        return true;
    if (strncmp(words, "step:", 5) == 0)
        return read_stepwise(words + 5, s) && schedule_makes_sense(s);
    s->kind = GP_ONE_CYCLE;
    if (strcmp(words, "1cycle") == 0)
        return true;
    s->kind = GP_EXPONENTIAL;
    return strncmp(words, "exponential:", 12) == 0
           && read_factor(words + 12, &s->factor) && schedule_makes_sense(s);
}

@ |strtod| expects a decimal comma where the user's language has one, but a
schedule is part of a command and of a checkpoint, and must mean the same
everywhere. So the words are read in the locale~\texttt{C}.

@(tangled/lib/train.c@>=
gp_status gp_schedule_parse(const char *words, gp_schedule *schedule,
                            gp_error *error)
{
    locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    locale_t users = uselocale(plain);
    bool ok = read_schedule(words, schedule);
    uselocale(users);
    if (plain != (locale_t)0)
        freelocale(plain);
    return ok ? GP_OK : gp_fail(error, GP_BAD_INPUT, "schedule: expected "
        "constant, 1cycle, exponential:FACTOR or step:EPOCHS:FACTOR, with "
        "FACTOR above 0 and at most 1, and EPOCHS from 1 on, found '%s'",
        words);
}

@*1 Evaluation.
\label{sec:evaluation}
The answer of a network is its largest output. The softmax would not change
which one is largest, so it is not computed for this. Where two outputs are
equal, the first one counts, which makes the answer the same on every run.

@(tangled/lib/train.c@>=
static size_t largest(const gp_real *row, size_t n)
{
    size_t best = 0;
    for (size_t j = 1; j < n; j++)
        if (row[j] > row[best])
            best = j;
    return best;
}

@ The right answers are counted in whole numbers. A confusion matrix is filled
in the same pass, row by true class and column by answer; it is added to, since
an evaluation comes in several batches.

@(tangled/lib/train.c@>=
size_t gp_count_right(const gp_matrix *logits, const gp_label *labels,
                      size_t *confusion)
{
    size_t right = 0;
    for (size_t i = 0; i < logits->rows; i++) {
        size_t answer = largest(gp_row(logits, i), logits->cols);
        size_t label = (size_t)labels[i];
        right += answer == label;
        if (confusion != NULL)
            confusion[label * logits->cols + answer]++;
    }
    return right;
}

@ The next functions look at what they are given. A network that failed while it
was built says why. One without layers cannot be run: there would be no output
whose largest could be taken.

@(tangled/lib/train.c@>=
static gp_status check_network(const gp_network *net, gp_error *error)
{
    const gp_error *failed = gp_network_error(net);
    if (failed != NULL)
        return gp_fail(error, GP_BAD_INPUT, "%s", failed->message);
    if (gp_network_layers(net) == 0)
        return gp_fail(error, GP_BAD_INPUT, "expected a network with layers, "
                       "found none");
    return GP_OK;
}

@ Samples come from outside. They must be as wide as the network's input, and
each label must be one of its outputs. A label beyond the outputs would make
the loss read behind the end of a row, and a set that claims more samples than
its matrix has rows would do so, too.

@(tangled/lib/train.c@>=
static gp_status check_samples(const gp_network *net, const gp_samples *s,
                               const char *which, gp_error *error)
{
    size_t outputs = gp_network_outputs(net);
    if (s->x.cols != gp_network_inputs(net))
        return gp_fail(error, GP_BAD_INPUT, "%s: expected samples of %zu "
            "features, as many as the network's inputs, found %zu", which,
            gp_network_inputs(net), s->x.cols);
    if (s->count > s->x.rows)
        return gp_fail(error, GP_BAD_INPUT, "%s: expected %zu samples, found "
                       "a matrix of %zu rows", which, s->count, s->x.rows);
    for (size_t i = 0; i < s->count; i++)
        if (s->labels[i] < 0 || (size_t)s->labels[i] >= outputs)
            return gp_fail(error, GP_BAD_INPUT, "%s: sample %zu: expected a "
                "label from 0 to below %zu, the number of outputs, found %ld",
                which, i + 1, outputs, (long)s->labels[i]);
    return GP_OK;
}

@ Whether a matrix holds nothing but finite numbers can be seen from one sum: a
value times zero is zero, unless the value is infinite or not a number. Then
the product is not a number, and neither is any sum with it. The loop has no
branch in it, so the compiler can make vector instructions of it.

@(tangled/lib/train.c@>=
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

@ A network that has diverged still has a largest output in every row, and so
an accuracy; with outputs that are not numbers it is the share of the first class,
since no comparison with them is true. To report it would be wrong: the network
computes nothing any more. Outputs that are not finite are an error, and the
message says among which samples they were met.

@(tangled/lib/train.c@>=
static gp_status evaluate_batch(gp_network *net, const gp_samples *samples,
                                size_t first, size_t rows,
                                gp_evaluation *sums, size_t *confusion,
                                gp_error *error)
{
    const gp_matrix x = gp_matrix_rows(&samples->x, first, rows);
    const gp_label *labels = samples->labels + first;
    const gp_matrix *logits = gp_network_forward(net, &x, false);
    const gp_cross_entropy_options options = {
        @[.labels@] = labels, @[.reduction@] = GP_REDUCE_SUM};
    if (!all_finite(logits))
        return gp_fail(error, GP_FAILED, "the network's outputs for samples "
            "%zu to %zu are not finite numbers", first + 1, first + rows);
    sums->loss += gp_softmax_cross_entropy(logits, &options, NULL, NULL);
    sums->accuracy += (double)gp_count_right(logits, labels, confusion);
    return GP_OK;
}

@ Nothing is learned in an evaluation, so the size of its batches is a matter of
speed alone. Batches are views of the samples' own matrix; nothing is copied. The losses
are summed and divided once, so that a smaller last batch has its due weight:
a mean of the batches' means would count each of its samples too much.
The forward pass is that of inference: no dropout, and batch normalization with
the statistics that it has kept.

@(tangled/lib/train.c@>=
enum { EVALUATION_BATCH = 500 };
gp_status gp_evaluate(gp_network *net, const gp_samples *samples,
                      gp_evaluation *result, size_t *confusion,
                      gp_error *error)
{
    gp_evaluation sums = {0, 0};
    size_t n = samples->count, outputs = gp_network_outputs(net);
    @<Check the network and its samples before an evaluation@>@;
    if (confusion != NULL)
        memset(confusion, 0, outputs * outputs * sizeof *confusion);
    for (size_t i = 0; s == GP_OK && i < n; i += EVALUATION_BATCH) {
        size_t rows = n - i < EVALUATION_BATCH ? n - i : EVALUATION_BATCH;
        s = evaluate_batch(net, samples, i, rows, &sums, confusion, error);
    }
    if (s == GP_OK)
        *result = @[(gp_evaluation){sums.loss / (double)n,
                                    sums.accuracy / (double)n}@];
    return s;
}

@ What cannot be evaluated is found before the first batch: a network that
failed, samples that do not fit, and no samples at all, over which a mean is
not a number. Only then is room made for the batches. A result that was handed in stays
as it was if anything fails.

@<Check the network and its samples before an evaluation@>=
gp_status s = check_network(net, error);
if (s == GP_OK)
    s = check_samples(net, samples, "evaluation", error);
if (s == GP_OK && n == 0)
    s = gp_fail(error, GP_BAD_INPUT, "evaluation: expected samples, found "
                "none");
if (s == GP_OK)
    s = gp_network_reserve(net, EVALUATION_BATCH, error);

@*1 A step.
\label{sec:training-step}
What a training knows while it runs: what it was given, how far it has come,
and the room for a batch. The structure is private to the module and lives as
long as one call of |gp_train|. Everything is allocated before the first step; a step
allocates nothing\claim{training_allocates_nothing}. A program that allocates in its innermost loop is slower, and it can
run out of memory in its last hour instead of in its first second.

@(tangled/lib/train.c@>=
typedef struct {
    gp_network *net;
    gp_optimizer *optimizer;
    const gp_dataset *data;
    gp_train_options options; /* complete */
    double rate; /* the optimizer's, before any schedule */
    size_t least; /* samples that a batch must have */
    size_t epoch, epochs; /* as in |gp_epoch| */
    size_t step, steps; /* of this epoch */
    size_t done; /* steps of all epochs in this call */
    double loss, sum; /* of this step, and of all steps of the epoch */
    bool ended; /* by one of the caller's functions */
    bool going; /* another step, or the rest of this one */
    gp_status status; /* of the steps */
    gp_error *error;
    @<Room of a training@>@;
} training;

@ The gather copies the rows of a batch side by side, for the matrix product
wants its operand in one piece. Random rows are what shuffling costs: the processor cannot guess the next one.
The labels go the same way, in the same order.

@(tangled/lib/train.c@>=
static void gather(training *t)
{
    const gp_samples *s = &t->data->train;
    const uint32_t *order = t->order + t->seen;
    const gp_part mine = gp_team_part(t->batch.rows);
    gp_matrix_gather(&t->batch, &s->x, t->batch.rows, order);
    for (size_t i = mine.first; i < mine.first + mine.count; i++)
        t->labels[i] = s->labels[order[i]];
}

@ The order of the samples is a list of row numbers, and only the list is
shuffled; the samples stay where they are. The batch has as many rows as the
largest one needs.

@<Room of a training@>=
uint32_t *order;
gp_label *labels;
gp_matrix x, batch; /* |batch|: the rows of |x| that the step at hand uses */
size_t seen; /* samples of this epoch */

@ The learning rate of a step depends on the epochs that are done, fractions included, so a
resumed training finds its place in the schedule. The first step of an epoch is
at a whole number, since nothing of the epoch is done yet. A caller's own
function may return anything, and is not trusted: a rate below zero would climb,
and one that is not a number would destroy every weight in a single step.

@(tangled/lib/train.c@>=
static gp_status set_rate(training *t, gp_error *error)
{
    const gp_train_options *o = &t->options;
    double epochs = (double)t->epochs;
    double now = (double)(t->epoch - 1)
                 + (double)(t->step - 1) / (double)t->steps;
    double rate = o->learning_rate == NULL
        ? gp_schedule_factor(o->schedule, now, epochs) * t->rate
        : o->learning_rate(now, epochs, t->rate, o->context);
    if (!(rate >= 0 && rate < HUGE_VAL))
        return gp_fail(error, GP_BAD_INPUT, "epoch %zu, step %zu: expected "
            "a learning rate of at least 0, found %g", t->epoch, t->step,
            rate);
    gp_optimizer_set_rate(t->optimizer, rate);
    return GP_OK;
}

@ The caller's two functions see the same facts. They are put together here,
where a function that was left out means: go on.

@(tangled/lib/train.c@>=
static bool may_go_on(const training *t,
                      bool (*ask)(const gp_train_step *, void *))
{
    const gp_train_step s = {t->net, t->epoch, t->step, t->steps, t->done,
                             t->loss, t->optimizer, &t->batch, t->labels};
    return ask == NULL || ask(&s, t->options.context);
}

@ A weight that overflows becomes infinite, and a sum of infinities of both
signs is not a number. The loss shows the second; Chapter~\ref{ch:relu-family}
wrote its rectifier so that what is not a number passes. But $-\infty$ is
negative, and a rectifier makes a clean zero of it: a unit whose bias has run
off to $-\infty$ is dead, and the loss stays finite. So each step looks at the
outputs of the layers that have weights; beside the products that made them
the look costs next to nothing\claim{divergence_is_seen_behind_relu}. A layer
without weights cannot overflow on finite inputs.

@(tangled/lib/train.c@>=
static size_t first_not_finite(const gp_network *net)
{
    size_t l = 0, layers = gp_network_layers(net);
    while (l < layers && (gp_network_layer(net, l)->parameters == 0
                          || all_finite(gp_network_output(net, l))))
        l++;
    return l;
}

@ The message counts layers and steps from 1, as people do, and names the first
layer whose values are not finite. What comes behind that layer is spoiled too,
but the cause is there. Where the loss alone is not finite, the last layer is
named.

@(tangled/lib/train.c@>=
static gp_status diverged(const training *t, size_t l, const char *when,
                          gp_error *error)
{
    size_t last = gp_network_layers(t->net) - 1;
    l = l < last ? l : last;
    return gp_fail(error, GP_FAILED, "diverged at epoch %zu, step %zu%s: "
        "loss %g; first not finite: layer %zu (%s)", t->epoch, t->step, when,
        fabs(t->loss), l + 1, gp_network_layer(t->net, l)->type->name);
}

@ A training step, then: rate, gradients, a look at them, the update. Gradients of a network
that has diverged are not applied, so the weights stay as the
message finds them. The first of the caller's functions may end the training
before the update, the second one after it; either way nothing else of the step is left
to be done.

The threads of a team make all steps of an epoch together
(Section~\ref{sec:team}). What is there to be done once in a step, and not for each
row, is in two functions that one of them calls while the others wait. The
first begins a step, or finds that the last one was done.

@(tangled/lib/train.c@>=
static void begin_step(void *data)
{
    training *t = data;
    size_t left = t->data->train.count - t->seen, batch = t->options.batch;
    if (t->step > 0 && t->status == GP_OK)
        t->ended = !may_go_on(t, t->options.after_step);
    t->going = !t->ended && t->status == GP_OK && t->step < t->steps;
    if (t->going)
        @<Find rows and rate of the next step@>@;
}

@ The last batch may be a smaller one. The rate can be one that the caller's
function has made up, and then the step is refused.

@<Find rows and rate of the next step@>=
{
    t->step++;
    t->batch = gp_matrix_rows(&t->x, 0, left < batch ? left : batch);
    t->status = set_rate(t, t->error);
    t->going = t->status == GP_OK;
}

@ The second looks at the loss and at the outputs of the layers, and lets the
caller look at the gradients.

@(tangled/lib/train.c@>=
static void judge_gradients(void *data)
{
    training *t = data;
    size_t l = first_not_finite(t->net);
    t->done++;
    t->sum += t->loss;
    t->seen += t->batch.rows;
    if (!isfinite(t->loss) || l < gp_network_layers(t->net))
        t->status = diverged(t, l, "", t->error);
    else
        t->ended = !may_go_on(t, t->options.before_update);
    t->going = t->status == GP_OK && !t->ended;
}

@ Before, between and after the two, each thread works on its own rows of the
batch and of the weights.

@(tangled/lib/train.c@>=
static void step_together(void *data)
{
    training *t = data;
    for (gp_team_alone(begin_step, t); t->going;
         gp_team_alone(begin_step, t)) {
        gather(t);
        double loss = gp_network_gradients(t->net, &t->batch, t->labels);
        if (gp_team_first())
            t->loss = loss;
        gp_team_alone(judge_gradients, t);
        if (!t->going)
            return;
        gp_status s = gp_optimizer_step(t->optimizer, t->error);
        if (gp_team_first())
            t->status = s;
    }
}

@*1 An epoch.
\label{sec:training-epoch}
If the samples came in the same order in every epoch, their order would be
learned with them. A file that is sorted by class is the worst case: the network
would see a thousand shirts, and forget the trousers. The shuffle of an epoch
starts from the samples in their own order, with a stream of random numbers
that belongs to the epoch. Starting from the order of the last epoch would mix
as well, and a resumed training would have to repeat all shuffles before
it.

@(tangled/lib/train.c@>=
static void shuffle(training *t)
{
    gp_random root = gp_random_new(t->options.seed);
    gp_random r = gp_random_split(&root, t->epoch);
    for (size_t i = 0; i < t->data->train.count; i++)
        t->order[i] = (uint32_t)i;
    gp_random_shuffle(&r, t->data->train.count, t->order);
}

@ The last batch of an epoch may be smaller than the others. Some layers cannot train on
every batch: a single sample minus its own mean is zero, so batch normalization
needs two. A remainder that is too small for the network is left out; in the
next epoch others will be the ones left out. The mean loss is taken over steps, as
they came.

@(tangled/lib/train.c@>=
static gp_status run_steps(training *t, gp_epoch *e, gp_error *error)
{
    double numbers = (double)gp_network_count(t->net, true);
    t->step = t->seen = 0;
    t->sum = 0;
    t->error = error;
    gp_team_run(3 * numbers * (double)t->options.batch, step_together, t);
    e->train_loss = t->sum / (double)t->step;
    return t->status;
}

@ Each step looks at what the network computed \emph{before} its update, so the
update of one step is judged by the next. The last update has no next. A
training that reported success without a look at it would hand over
weights that are not numbers, and a checkpoint would be overwritten
with them\claim{the_last_update_is_checked}. An earlier state of this program did that: with a
rate of $10^{300}$ and one step, it ended with exit code~0 and a file full of
NaN. So after the last step the values themselves are looked at, the running
statistics of batch normalization included.

@(tangled/lib/train.c@>=
static gp_status check_values(const training *t, gp_error *error)
{
    for (size_t l = 0; l < gp_network_layers(t->net); l++) {
        gp_walk w = gp_layer_walk(gp_network_layer(t->net, l));
        while (gp_walk_parameter(&w))
            if (!all_finite(&w.parameter->value))
                return diverged(t, l, ", in its update", error);
    }
    return GP_OK;
}

@ The clock is the one that never goes backward; the clock on the wall may be set in the
middle of an epoch. It runs for shuffling and training only. Evaluation has its own
time, which nobody asked for. Samples are counted as far as the epoch came.

@(tangled/lib/train.c@>=
static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
static gp_status run_timed(training *t, gp_epoch *e, gp_error *error)
{
    size_t n = t->data->train.count;
    double began = seconds();
    shuffle(t);
    gp_status s = run_steps(t, e, error);
    size_t seen = t->step * t->options.batch;
    e->train_seconds = seconds() - began;
    e->samples_per_second = (double)(seen < n ? seen : n) / e->train_seconds;
    return s;
}

@ Finite weights can still be so large that an output overflows on other samples
than the last batch. The evaluation finds that, and the message gets the epoch in
front. A data set of one's own may have no validation samples; then both
figures are not numbers, and nobody can mistake them for results.

@(tangled/lib/train.c@>=
static gp_status validate(training *t, gp_epoch *e, gp_error *error)
{
    gp_evaluation v = {NAN, NAN};
    gp_error inner = {""};
    gp_status s = GP_OK;
    if (t->data->validation.count > 0)
        s = gp_evaluate(t->net, &t->data->validation, &v, NULL, &inner);
    e->validation_loss = v.loss;
    e->validation_accuracy = v.accuracy;
    return s == GP_OK ? s : gp_fail(error, s, "diverged at epoch %zu, step "
        "%zu, in its update: %s", t->epoch, t->step, inner.message);
}

@ An epoch has four parts: the steps, the look at the last update, the
statistics of the population where they are wanted, and the validation. The
statistics come before the validation, which uses them.

@(tangled/lib/train.c@>=
static gp_status run_epoch(training *t, gp_epoch *e, gp_error *error)
{
    gp_status s = run_timed(t, e, error);
    if (s == GP_OK)
        s = check_values(t, error);
    if (s == GP_OK && t->options.population)
        s = gp_population_statistics(t->net, t->data, t->options.batch,
                                     error);
    return s == GP_OK ? validate(t, e, error) : s;
}

@*1 The best epoch.
\label{sec:best-epoch}
The training loss falls as long as one trains. The validation loss falls too at
first; when the network has begun to learn its training samples
by heart it rises again, and the network after the last epoch is not the best
one that there was. Two options act on it. |stop_after| ends a training that has
not improved for a number of epochs, and |keep_best| brings back the network
as it was after its best epoch. For the second, a copy of all values is kept,
the running statistics included: the weights of one epoch with the
statistics of another would be a network that never existed.

@<Room of a training@>=
size_t values; /* in |best| */
gp_matrix *best; /* copies of all values, layer by layer */
double best_loss;
size_t since_best; /* epochs */

@ One function copies in both directions, so that the two cannot disagree about
the order. It walks through all parameters, and the copies lie in the order of
the walk.

@(tangled/lib/train.c@>=
static void copy_values(training *t, bool back)
{
    gp_walk w = gp_chain_walk(gp_network_chain(t->net));
    for (gp_matrix *kept = t->best; gp_walk_parameter(&w); kept++) {
        gp_matrix *value = &w.parameter->value;
        gp_matrix_copy(back ? value : kept, back ? kept : value);
    }
}

@ The copies are allocated before the first step, one for each value, by two walks:
the first one counts. A copy has the shape of the original.

@(tangled/lib/train.c@>=
static gp_status reserve_best(training *t, gp_error *error)
{
    gp_status s = GP_OK;
    const gp_walk all = gp_chain_walk(gp_network_chain(t->net));
    gp_walk w = all;
    while (gp_walk_parameter(&w))
        t->values++;
    t->best = calloc(t->values + 1, sizeof *t->best);
    if (t->best == NULL)
        return gp_fail(error, GP_NO_MEMORY, "no memory to keep the best of "
                       "%zu values", t->values);
    w = all;
    for (gp_matrix *m = t->best; s == GP_OK && gp_walk_parameter(&w); m++)
        s = gp_matrix_new(m, w.parameter->value.rows,
                          w.parameter->value.cols, error);
    return s;
}

@ After each epoch the trainer decides whether it was the best, and whether it was
the last. ``Best'' means lower than all before it: an epoch that is only
as good gives no reason to copy anything. A loss that is not a number, where there are no
validation samples, is never lower. The caller hears of the epoch after the
decision, with |best| set, and can save what is worth saving.

@(tangled/lib/train.c@>=
static void judge_epoch(training *t, gp_epoch *e)
{
    e->best = e->validation_loss < t->best_loss;
    if (e->best) {
        t->best_loss = e->validation_loss;
        t->since_best = 0;
        if (t->best != NULL)
            copy_values(t, false);
    } else if (++t->since_best >= t->options.stop_after)
        t->ended = true;
    if (t->options.after_epoch != NULL
        && !t->options.after_epoch(e, t->options.context))
        t->ended = true;
}

@*1 The whole training.
Before the first step everything is checked that can be checked: then a training of
an hour does not end in its last minute with a message that it could have given
in the first second. The batch comes first. Left out, it is 32, or all samples where there are
fewer; a batch that was given must be possible. To make it smaller in silence
would train something else than was asked for.

@(tangled/lib/train.c@>=
static gp_status check_batch(training *t, gp_error *error)
{
    size_t n = t->data->train.count, *batch = &t->options.batch;
    if (n == 0)
        return gp_fail(error, GP_BAD_INPUT, "training: expected samples, "
                       "found none");
    if (*batch == GP_COUNT_LEFT_OUT)
        *batch = n < 32 ? n : 32;
    if (*batch < 1 || *batch > n)
        return gp_fail(error, GP_BAD_INPUT, "training: expected a batch of "
            "1 to %zu samples, as many as there are, found %zu", n, *batch);
    @<Find out how many samples the layers need in a batch@>@;
    return GP_OK;
}

@ The type of a layer says how many samples it needs in a batch, and the network
needs as many as its most demanding layer. The trainer knows no layer by name:
a layer of your own that needs four samples says so in its type and is
treated right. A batch that is too small would be met at every step, so it is an
error at once.

@<Find out how many samples the layers need in a batch@>=
const gp_layer *demanding = NULL;
gp_walk w = gp_chain_walk(gp_network_chain(t->net));
t->least = 1;
while (gp_walk_layer(&w))
    if (w.layer->type->minimum_batch > t->least) {
        demanding = w.layer;
        t->least = w.layer->type->minimum_batch;
    }
if (*batch < t->least)
    return gp_fail(error, GP_BAD_INPUT, "training: expected a batch of at "
        "least %zu samples, which %s needs, found %zu", t->least,
        demanding->type->name, *batch);

@ The options that speak about the best epoch need a validation set to find it.
And |stop_after| must be given by the macro or by hand: zero epochs without an
improvement are over before the first one.

@(tangled/lib/train.c@>=
static gp_status check_train_options(const training *t, gp_error *error)
{
    const gp_train_options *o = &t->options;
    bool judged = o->keep_best || o->stop_after != GP_COUNT_LEFT_OUT;
    if (o->stop_after == 0)
        return gp_fail(error, GP_BAD_INPUT, "training: stop_after: expected "
            "1 epoch or more, found 0 (gp_train_options_with gives what is "
            "left out its default)");
    if (judged && t->data->validation.count == 0)
        return gp_fail(error, GP_BAD_INPUT, "training: stop_after and "
            "keep_best: expected validation samples, found none");
    @<Refuse a schedule that makes no sense@>@;
    return GP_OK;
}

@ The same check that the parser makes guards a schedule that a program put
together. Two ways to set the learning rate are one too many: one of them
would be ignored.

@<Refuse a schedule that makes no sense@>=
if (!schedule_makes_sense(&o->schedule))
    return gp_fail(error, GP_BAD_INPUT, "training: schedule: expected a "
        "factor above 0 and at most 1, and 1 epoch or more, found %g and %zu",
        o->schedule.factor, o->schedule.epochs);
if (o->learning_rate != NULL && o->schedule.kind != GP_CONSTANT)
    return gp_fail(error, GP_BAD_INPUT, "training: expected a schedule or a "
        "learning-rate function, found both");

@ The optimizer must belong to this network as it is now. An optimizer that is
|NULL|, because it could not be made and nobody looked, is refused by the same
line. The other checks have been seen above; the first that fails is the one
that is told.

@(tangled/lib/train.c@>=
static gp_status check_training(training *t, gp_error *error)
{
    gp_status s = check_network(t->net, error);
    if (s == GP_OK && !gp_optimizer_fits(t->optimizer, t->net))
        s = gp_fail(error, GP_BAD_INPUT, "training: expected an optimizer "
            "that was made for this network, after its last layer");
    if (s == GP_OK)
        s = check_samples(t->net, &t->data->train, "training samples",
                          error);
    if (s == GP_OK)
        s = check_samples(t->net, &t->data->validation, "validation samples",
                          error);
    if (s == GP_OK)
        s = check_train_options(t, error);
    return s == GP_OK ? check_batch(t, error) : s;
}

@ The room is allocated at once, and the network's own with it: for the
batch or for an evaluation, whichever is larger, so that the network is not
made ready anew in every epoch. Whatever of this exists when something fails is
freed by |release|.

@(tangled/lib/train.c@>=
static gp_status reserve(training *t, gp_error *error)
{
    size_t n = t->data->train.count, batch = t->options.batch;
    size_t room = batch > EVALUATION_BATCH ? batch : EVALUATION_BATCH;
    t->order = malloc(n * sizeof *t->order);
    t->labels = malloc(batch * sizeof *t->labels);
    if (t->order == NULL || t->labels == NULL)
        return gp_fail(error, GP_NO_MEMORY, "no memory for %zu samples", n);
    gp_status s = gp_matrix_new(&t->x, batch, t->data->train.x.cols, error);
    if (s == GP_OK && t->options.keep_best)
        s = reserve_best(t, error);
    return s == GP_OK ? gp_network_reserve(t->net, room, error) : s;
}

@ The epochs, one after the other. They are numbered from the very first, also in a resumed training. A
remainder of the samples counts as a step if the network can train on it; with
23 samples and batches of 11 the remainder is one sample, and an epoch has
three steps, or two with a batch normalization.

@(tangled/lib/train.c@>=
static gp_status run_epochs(training *t, gp_error *error)
{
    size_t n = t->data->train.count, batch = t->options.batch;
    gp_status s = GP_OK;
    t->steps = n / batch + (n % batch >= t->least);
    for (size_t k = 0; k < t->options.epochs && s == GP_OK && !t->ended;
         k++) {
        t->epoch = t->options.first_epoch + k + 1;
        gp_epoch e = {@[.epoch@] = t->epoch, @[.epochs@] = t->epochs};
        s = run_epoch(t, &e, error);
        if (s == GP_OK)
            judge_epoch(t, &e);
    }
    return s;
}

@ What was allocated is freed, whether the training succeeded or not. The
structure began as zeros, so what was never allocated is a null pointer here, and
freeing that does nothing.

@(tangled/lib/train.c@>=
static void release(training *t)
{
    gp_matrix_free(&t->x);
    free(t->order);
    free(t->labels);
    for (size_t k = 0; t->best != NULL && k < t->values; k++)
        gp_matrix_free(&t->best[k]);
    free(t->best);
}

@ The options with everything left out, for programs in C++ and for callers
that want no options at all.

@(tangled/lib/train.c@>=
gp_train_options gp_train_defaults(void)
{
    return gp_train_options_with(@[.seed@] = 0);
}

@ And the function that all of this is for. It fills in what it was given, checks
it, makes room, trains, and cleans up. The copy of the options lets the checks put in
what was left out, without a change of the caller's structure.

@(tangled/lib/train.c@>=
gp_status gp_train(gp_network *net, gp_optimizer *optimizer,
                   const gp_dataset *data, const gp_train_options *options,
                   gp_error *error)
{
    training t = {@[.net@] = net, @[.optimizer@] = optimizer,
                  @[.data@] = data};
    t.options = options ? *options : gp_train_defaults();
    t.epochs = t.options.first_epoch + t.options.epochs;
    t.best_loss = t.options.best_loss;
    gp_status s = check_training(&t, error);
    if (s == GP_OK)
        s = reserve(&t, error);
    if (s == GP_OK) {
        @<Train, and leave network and optimizer as they shall be@>@;
    }
    release(&t);
    return s;
}

@ A training that diverged after a good epoch still leaves its best network,
where that was wanted; its status is the failure's all the same. The optimizer
gets its own rate back, as if there had been no schedule, for the next training
may have another one.

@<Train, and leave network and optimizer as they shall be@>=
t.rate = gp_optimizer_settings(optimizer).learning_rate;
s = run_epochs(&t, error);
gp_optimizer_set_rate(optimizer, t.rate);
if (t.options.keep_best && t.best_loss < t.options.best_loss)
    copy_values(&t, true);

@*1 Population statistics.
\label{sec:population}
Batch normalization keeps running averages of the means and variances that it
meets in training, and they lag behind the weights. The alternative is one more
pass over the training set when the weights have come to rest: in
training mode and in order, with every batch normalization averaging over the
batches with equal weights instead of forgetting the old ones. What is
checked before is the same as before a training, since such a pass is half of one.

@(tangled/lib/train.c@>=
static gp_status check_population(gp_network *net, const gp_dataset *data,
                                  size_t batch, gp_error *error)
{
    training t = {@[.net@] = net, @[.data@] = data,
                  @[.options@] = {@[.batch@] = batch}};
    gp_status s = check_network(net, error);
    if (s == GP_OK)
        s = check_samples(net, &data->train, "training samples", error);
    if (s == GP_OK)
        s = check_batch(&t, error);
    return s == GP_OK ? gp_network_reserve(net, batch, error) : s;
}

@ Layers that keep statistics are told when the pass begins and when it ends. The
type of a layer has a function for it, or none (Section~\ref{sec:walk} reaches
the ones inside other layers).

@(tangled/lib/train.c@>=
static void gather_statistics(gp_network *net, bool gather)
{
    gp_walk w = gp_chain_walk(gp_network_chain(net));
    while (gp_walk_layer(&w))
        if (w.layer->type->statistics != NULL)
            w.layer->type->statistics(w.layer, gather);
}

@ Equal weights are right for batches of equal size only, so a remainder is left
out. The pass is forward only: no gradient is computed and no weight moves.
The random numbers that dropout draws on the way are drawn from the network's own
stream, so this pass, too, is the same on every run.

@(tangled/lib/train.c@>=
gp_status gp_population_statistics(gp_network *net, const gp_dataset *data,
                                   size_t batch, gp_error *error)
{
    size_t n = data->train.count;
    gp_status s = check_population(net, data, batch, error);
    if (s != GP_OK)
        return s;
    gather_statistics(net, true);
    for (size_t i = 0; i + batch <= n; i += batch) {
        gp_matrix x = gp_matrix_rows(&data->train.x, i, batch);
        gp_network_forward(net, &x, true);
    }
    gather_statistics(net, false);
    return GP_OK;
}

@* Spirals again.
\label{sec:spirals-trained}
The generated data set of Section~\ref{sec:spirals} has two numbers to a sample, so everything
that a network believes about it can be drawn. It shows in one picture what hidden
layers are for. Three networks of growing depth learn it, with about as many
units as the task needs. What is measured is their accuracy; the map of the
last network is drawn.

@(tangled/experiments/spirals.c@>=
#include "experiment.h"
static const char *const key[] = {"linear", "small", "deep"};
static const char *const network[] = {"dense:3", "dense:8 relu dense:3",
                                      "2*(dense:32:he_normal relu) dense:3"};
@#
@<Draw what a network answers everywhere@>@;
@#
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "spirals",
        .data = "spirals", .seeds = 3, .epochs = 15, .learning_rate = 0.01,
        .setting = "Three networks learn the spirals with Adam.");
    gp_table *t = gp_experiment_table(e, "", "validation accuracy, per cent",
                                      "net|network", "right|accuracy|%.1f");
    for (int k = 0; k < 3; k++)
        gp_table_row_of_spreads(t, gp_text("%s|%s", key[k], network[k]),
            gp_experiment_accuracies(e, network[k],
                                     .optimizer = gp_adam()));
    draw(e);
    return gp_experiment_end(e);
}

@ The map is a grid over the square from $-1.9$ to $1.9$ in standardized
coordinates, one point at a time. A few of the training samples suffice to show
where the arms are.

@<Draw what a network answers everywhere@>=
static void draw(gp_experiment *e)
{
    gp_network *net = gp_experiment_network(e, network[2], 1);
    gp_table *map = gp_experiment_series(e, "map", "x|x|%.3f", "y|y|%.3f",
                                         "class|class|%.0f");
    gp_table *points = gp_experiment_series(e, "points", "x|x|%.4f",
                                            "y|y|%.4f", "class|class|%.0f");
    gp_experiment_train(e, net, .seed = 1, .optimizer = gp_adam());
    @<Ask the network at every point of the grid@>@;
    for (size_t i = 0; i < 450 && i < e->data.train.count; i++) {
        const gp_real *x = gp_row(&e->data.train.x, i);
        gp_series_point(points, (double)x[0], (double)x[1],
                        (double)e->data.train.labels[i]);
    }
    gp_network_free(net);
}

@ The class with the largest output is the answer.

@<Ask the network at every point of the grid@>=
for (int i = 0; i < 50 * 50; i++) {
    gp_real at[2] = {(gp_real)(i / 50 - 24.5) / 13,
                     (gp_real)(i % 50 - 24.5) / 13};
    const gp_matrix x = gp_matrix_view(at, 1, 2, 2);
    const gp_real *y = gp_network_forward(net, &x, false)->at;
    int best = y[1] > y[0] ? 1 : 0;
    gp_series_point(map, (double)at[0], (double)at[1],
                    y[2] > y[best] ? 2 : best);
}

@ \cell{spirals}

Without a hidden layer the classes are three sectors of a plane, and the
accuracy of \val{spirals}{right-linear} per cent is what sectors can do. One hidden
layer of eight units bends the borders along the arms and reaches
\val{spirals}{right-small} per cent. Two layers of 32 do not do better, with \val{spirals}{right-deep} per
cent (Figure~\ref{fig:spirals}): the task is small.\claim{a_hidden_layer_solves_the_spirals}
The rest lies near the origin, where the three arms meet.

\plot{spirals}{What the network with two hidden layers answers at every point
of the plane (light), and 450 of the 3,000 samples that it learned from, each
class with a shape of its own.
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
the factor to $(\sqrt\kappa-1)/(\sqrt\kappa+1)$ \citep{polyak1964}: $\kappa$ is replaced
by its square root. For $\kappa=50$ the two factors are
\val{valley}{factor-plain} and \val{valley}{factor-momentum}.

@(tangled/experiments/valley.c@>=
#include "experiment.h"
#include <tgmath.h>
enum { METHODS = 4, DRAWN = 30, MOST = 2000 };
static const double kappa = 50;
typedef struct {
    const char *name; /* key and title */
    double rate, momentum, factor; /* what a step should leave */
} method;
@#
@<Walk down the valley@>@;
@#
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "valley",
        .setting = "Four methods walk from (10, 1) to a thousandth of the "
                   "distance from the minimum of a valley.");
    @<Methods and their rates@>@;
    @<Let each method walk, and compare with the theory@>@;
    return gp_experiment_end(e);
}

@ Each method has the rate and the momentum that theory gives it for this
$\kappa$. Nesterov's are the ones that he proved his bound with, $1/\kappa$
and $(\sqrt\kappa-1)/(\sqrt\kappa+1)$ \citep{nesterov1983}; on a valley they
shrink the floor's component by $1-1/\sqrt\kappa$ a step. There is no such theory for Adam; its rate was tried out.

@<Methods and their rates@>=
const double root = sqrt(kappa), ratio = (root - 1) / (root + 1);
const method methods[METHODS] = {
    {"plain|plain descent", 2 / (kappa + 1), 0, (kappa - 1) / (kappa + 1)},
    {"momentum", 4 / ((root + 1) * (root + 1)), ratio * ratio, ratio},
    {"nesterov|Nesterov", 1 / kappa, ratio, 1 - 1 / root},
    {"adam|Adam", 0.3, 0, NAN}};

@ The walk calls the very functions that train a network; they move arrays
of $n$ numbers, and here $n$ is 2. The gradient of the valley is $(x,\kappa y)$.

@<Walk down the valley@>=
static int walk(const method *m, int kind, gp_table *path)
{
    gp_real x[2] = {10, 1}, v[2] = {0}, s[2] = {0};
    for (int t = 1; t <= MOST; t++) {
        const gp_real g[2] = {x[0], (gp_real)kappa * x[1]};
        if (t <= DRAWN)
            gp_series_point(path, kind, (double)x[0], (double)x[1]);
        if (kind == 0)
            gp_sgd_update(2, x, g, m->rate, 0);
        else if (kind < 3)
            gp_momentum_update(2, x, g, v, m->rate, m->momentum, 1,
                               kind == 2, 0);
        else
            gp_adam_update(2, x, g, v, s, (uint64_t)t, m->rate, 0.9, 0.999,
                           1e-7, GP_ADAM_EPSILON_PLAIN, 0);
        if (hypot((double)x[0], (double)x[1]) < sqrt(101) / 1000)
            return t;
    }
    return MOST;
}

@ If a step leaves the factor $q$, then $q^t=1/1000$ after $t=\log1000/(-\log q)$ steps.

@<Let each method walk, and compare with the theory@>=
gp_table *t = gp_experiment_table(e, "", "steps to a thousandth",
    "method|method", "rate|rate|%.4f", "mu|momentum|%.4f",
    "factor|factor|%.3f", "theory|in theory|%.0f", "steps|steps|%.0f");
gp_table *path = gp_experiment_series(e, "path", "method|method|%.0f",
                                      "x|x|%.4g", "y|y|%.4g");
for (int k = 0; k < METHODS; k++) {
    const method *m = &methods[k];
    gp_table_row(t, m->name, m->rate, m->momentum, m->factor,
                 -log(1000) / log(m->factor), walk(m, k, path));
}

@ \cell{valley}

Plain descent needs \val{valley}{steps-plain} steps, momentum \val{valley}{steps-momentum},
Nesterov's form \val{valley}{steps-nesterov}. The first is what theory says. The
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
and the optimizer changes. An optimizer's rank means little where its rate was
chosen badly, so each is tried with the learning rate that Keras gives it, with
a tenth of it and with ten times as much.

@(tangled/experiments/optimizers.c@>=
#include "experiment.h"
enum { KINDS = 4, RATES = 3, EVERY = 25 };
static const char *const name[KINDS] = {"sgd|SGD", "momentum",
                                        "nesterov|Nesterov", "adam|Adam"};
@#
@<Record the loss on the way@>@;
@<Train with one optimizer at three rates@>@;
@#
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "optimizers",
        .data = "fashion-mnist", .limit = 10000, .seeds = 3, .epochs = 5,
        .setting = "Two hidden layers of 100 rectifiers; each optimizer at "
                   "Keras' rate, at a tenth and at ten times of it.");
    gp_table *t = gp_experiment_table(e, "", "validation accuracy, per cent",
        "kind|optimizer", "tenth|a tenth|%.1f", "usual|usual rate|%.1f",
        "ten|ten times|%.1f");
    for (int k = 0; k < KINDS; k++)
        compare(e, (gp_optimizer_kind)k, t);
    return gp_experiment_end(e);
}

@ A run that diverges counts as lost: it has no accuracy, and the table says
how many were lost.

@<Train with one optimizer at three rates@>=
static void compare(gp_experiment *e, gp_optimizer_kind kind, gp_table *t)
{
    static const double times[RATES] = {0.1, 1, 10};
    const gp_optimizer_options optimizer = gp_optimizer_defaults(kind);
    gp_spread found[RATES] = {{0}};
    for (int r = 0; r < RATES; r++) {
        curve c = {0};
        if (r == 1)
            c.series = gp_experiment_series(e, gp_optimizer_word(kind),
                "step|step|%.0f", "loss|loss|%.5f");
        found[r] = gp_experiment_accuracies(e,
            "2*(dense:100:he_normal relu) dense:10", .optimizer = optimizer,
            .learning_rate = times[r] * (kind == GP_ADAM ? 0.001 : 0.01),
            .after_step = record, .context = &c);
    }
    gp_table_spreads(t, name[kind], RATES, found);
}

@ The loss of a single batch jumps, so the record is its mean over 25 steps. It
is kept at the usual rate only, and of the first seed only: a curve that was
drawn to the end is left alone.

@<Record the loss on the way@>=
typedef struct {
    gp_table *series; /* or |NULL| */
    double sum;
    size_t last; /* step that was recorded */
} curve;
static bool record(const gp_train_step *s, void *context)
{
    curve *c = context;
    if (c->series == NULL || s->done <= c->last)
        return true;
    c->sum += s->loss;
    if (s->done % EVERY == 0) {
        gp_series_point(c->series, (double)s->done, c->sum / EVERY);
        c->sum = 0;
        c->last = s->done;
    }
    return true;
}

@ \cell{optimizers}

Momentum with a tenth of the rate ends where plain descent ends with the whole
rate: \val{optimizers}{tenth-momentum} against \val{optimizers}{usual-sgd} per
cent. With $\mu=0.9$ each gradient is taken again and again,
$1+0.9+0.81+\cdots=10$ times in all.\claim{momentum_multiplies_the_rate}
By the same sum, ten times the usual rate, which plain descent bears, is a
hundred times that rate under momentum, and both of its forms end at chance.
Adam, which divides each step by the gradient's own size, loses accuracy with
the largest rate and still learns: \val{optimizers}{ten-adam} per
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
and hold the averages as they are, uncorrected. $\varepsilon$ may stand beside the
corrected root or beside the uncorrected one, as the paper's efficient order of
the computation has it. How long is the first step of a
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
