@i common.w

@** Describing and keeping networks.
\label{ch:networks}
A network is described in one line of text, built layer by layer in C, and kept
in a file. This chapter makes all three.

@* The network.
\label{sec:network}
A sequential network is a chain of layers. It owns the layers, one matrix of
activations and one of gradients for each, and the random generator that its
dropout draws from. Everything is allocated when the largest batch is known;
after that, a training step allocates nothing.

@(tangled/lib/network.h@>=
#pragma once
#include "initialize.h"
#include "layer.h"
@#
GP_BEGIN_DECLS@;
typedef struct gp_network gp_network;
gp_network *gp_network_new(size_t inputs, uint64_t seed, gp_error *error);
void gp_network_free(gp_network *net);
gp_status gp_network_add(gp_network *net, gp_layer *layer, gp_error *error);
    /* takes |layer| over, also on failure; its weights stay as they are */
gp_status gp_network_parse(gp_network *net, const char *specification,
                           gp_error *error); /* all of it, or nothing */
void gp_network_limit(gp_network *net, size_t most); /* parameters that it may
    come to have; at first 268,435,456 */

@ Running it forward and backward. |x| must stay where it is from a forward
pass to the backward pass that follows, for the first layer reads it again.

@(tangled/lib/network.h@>=
gp_status gp_network_reserve(gp_network *net, size_t batch, gp_error *error);
const gp_matrix *gp_network_forward(gp_network *net, const gp_matrix *x,
                                    bool training); /* the logits */
void gp_network_backward(gp_network *net, const gp_matrix *dlogits);
double gp_network_gradients(gp_network *net, const gp_matrix *x,
                            const gp_label *labels); /* forward, mean softmax
    cross-entropy, backward; returns the loss */

@ Looking inside. Every diagnostic of this book reads a network through these.

@(tangled/lib/network.h@>=
size_t gp_network_inputs(const gp_network *net);
size_t gp_network_outputs(const gp_network *net);
size_t gp_network_layers(const gp_network *net);
gp_layer *gp_network_layer(const gp_network *net, size_t i);
const gp_matrix *gp_network_output(const gp_network *net, size_t i);
    /* of layer |i| in the last forward pass */
const gp_matrix *gp_network_output_gradient(const gp_network *net, size_t i);
    /* the loss's gradient by that output, in the last backward pass */
size_t gp_network_count(const gp_network *net, bool trainable_only);
const char *gp_network_specification(const gp_network *net);
const char *gp_network_word(const gp_network *net, size_t i);
uint64_t gp_network_seed(const gp_network *net);
gp_random *gp_network_random(gp_network *net); /* what dropout draws from */

@*1 Keras' calls in C.
\label{sec:keras}
C99's designated initializers let a function be called with named arguments,
in any order, with defaults for those left out. Keras' line

\begin{quote}\texttt{Dense(10, activation="relu",
kernel\_initializer="he\_normal")}\end{quote}

becomes |gp_dense(net, .units = 10, .activation = "relu",
.kernel_initializer = "he_normal")|. A macro wraps the arguments into a
compound literal of the structure below. Whatever is left out is zero, and
zero stands for Keras' default.

@(tangled/lib/network.h@>=
typedef struct {
    size_t units;
    const char *activation; /* none */
    const char *kernel_initializer; /* |"glorot_uniform"| */
    const gp_variance_scaling *variance_scaling; /* instead of a name */
    bool no_bias;
    gp_activation_arguments arguments; /* of the activation: its default */
} gp_dense_options;
gp_status gp_dense_with(gp_network *net, gp_dense_options options);
#define gp_dense(net, ...) \
    gp_dense_with((net), (gp_dense_options){__VA_ARGS__})

@ Every other layer is added by its word of the specification grammar below,
with its arguments by name. |gp_add(net, "leaky_relu", .alpha = 0.2)| would
do; the macros read better.

@(tangled/lib/network.h@>=
typedef struct {
    double alpha; /* |leaky_relu|, |elu|, |celu|; a |prelu|'s first slope */
    double rate; /* |dropout|, |alpha_dropout| */
    double momentum, epsilon; /* |batchnorm| */
    double lower, upper; /* |rrelu| */
} gp_add_options;
gp_status gp_add_with(gp_network *net, const char *word,
                      gp_add_options options);
#define gp_add(net, word, ...) \
    gp_add_with((net), (word), (gp_add_options){__VA_ARGS__})

@ The macros of the layers that a Keras user looks for by name. An activation
takes no arguments, so its 0 stands for ``none given''.

@(tangled/lib/network.h@>=
#define gp_add_activation(net, word) gp_add(net, word, 0)
#define gp_add_leaky_relu(net, ...) gp_add(net, "leaky_relu", __VA_ARGS__)
#define gp_add_prelu(net, ...) gp_add(net, "prelu", __VA_ARGS__)
#define gp_add_rrelu(net, ...) gp_add(net, "rrelu", __VA_ARGS__)
#define gp_add_elu(net, ...) gp_add(net, "elu", __VA_ARGS__)
#define gp_add_dropout(net, ...) gp_add(net, "dropout", __VA_ARGS__)
#define gp_add_alpha_dropout(net, ...) \
    gp_add(net, "alpha_dropout", __VA_ARGS__)
#define gp_add_batchnorm(net, ...) gp_add(net, "batchnorm", __VA_ARGS__)

@ A program that builds a network in ten lines does not want ten checks. The
network remembers its first error; each later call returns that status and
does nothing, and |gp_network_error| tells what it was, or |NULL|.

@(tangled/lib/network.h@>=
const gp_error *gp_network_error(const gp_network *net);
const char *const *gp_network_words(void); /* all words, then |NULL| */
const char *gp_nearest_word(const char *word, const char *const *words);
    /* the one of |words| that differs least from |word| */
GP_END_DECLS@;

@ The module knows every layer of the book, and it is the only one that does.
What stands behind it in the chapter asks a layer for its type and never for
its inside.

@(tangled/lib/network.c@>=
#include "network.h"
@<Headers of the layers@>@;
#include "loss.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
@<Constants of the network@>@;
@<Types of the network@>@;
@<Functions that keep the chain@>@;
@<Functions that run the chain@>@;
@<Functions that add layers@>@;
@<Functions that read a specification@>@;

@*1 The chain.
A link holds a layer with its output and the gradient by it. |output| and
|delta| have as many rows as the largest batch; |y| and |dy| are views of the
rows in use.

@<Types of the network@>=
typedef struct {
    gp_layer *layer;
    gp_matrix output, delta; /* the workspace */
    gp_matrix y, dy; /* its first rows, as many as the batch at hand */
    char word[96];   /* how the specification calls the layer */
} link;
struct gp_network {
    size_t inputs, count, room, batch;
    link *links;
    gp_matrix x; /* a view of the last input */
    gp_label *labels; /* |batch| of them, for the loss */
    @<Other parts of a network@>@;
};

@ The seed is kept, since a checkpoint must name it. Layer $i$ draws its
weights from stream $i$ of the seed, so that layer 3 has the same weights
whether layer 2 has a hundred units or none. Dropout has a stream beyond all
layers.

@<Other parts of a network@>=
uint64_t seed;
size_t most; /* parameters that it may come to have */
gp_random root, random;
gp_status status; /* of the first call that failed */
gp_error error;
char *specification; /* the layers in words */

@ Bounds on what a specification may ask for. They are far beyond what the book
needs, and near enough to stop a slip of the finger before it fills the
memory.

@<Constants of the network@>=
enum {
    MOST_LAYERS = 10000,
    MOST_UNITS = 1 << 20,
    MOST_WEIGHTS = 1 << 28, /* of all layers together */
    MOST_NESTING = 16
};
static const uint64_t dropout_stream = UINT64_MAX >> 1;

@ A new network has no layers; its output is its input. The specification starts
as the empty string, so that appending to it needs no special case.

@<Functions that keep the chain@>=
gp_network *gp_network_new(size_t inputs, uint64_t seed, gp_error *error)
{
    GP_REQUIRE(inputs > 0, "a network needs inputs");
    gp_network *net = calloc(1, sizeof *net);
    if (net != NULL)
        net->specification = calloc(1, 1);
    if (net == NULL || net->specification == NULL) {
        free(net);
        gp_fail(error, GP_NO_MEMORY, "no memory for a network");
        return NULL;
    }
    net->inputs = inputs;
    net->seed = seed;
    net->most = MOST_WEIGHTS;
    net->root = gp_random_new(seed);
    net->random = gp_random_split(&net->root, dropout_stream);
    return net;
}

@ Taking layers off the end serves two masters: freeing, and going back to
where a specification began when its last word turns out wrong.

@<Functions that keep the chain@>=
static void release(gp_network *net)
{
    for (size_t i = 0; i < net->count; i++) {
        gp_matrix_free(&net->links[i].output);
        gp_matrix_free(&net->links[i].delta);
    }
    free(net->labels);
    net->labels = NULL;
    net->batch = 0;
}
static void shorten(gp_network *net, size_t count)
{
    release(net);
    while (net->count > count)
        gp_layer_free(net->links[--net->count].layer);
}

@ Freeing takes all layers off the end.

@<Functions that keep the chain@>=
void gp_network_free(gp_network *net)
{
    if (net == NULL)
        return;
    shorten(net, 0);
    free(net->links);
    free(net->specification);
    free(net);
}

@ A new link must fit the one before it, and there must be room for it in the
array, which doubles.

@<Functions that keep the chain@>=
static gp_status append(gp_network *net, gp_layer *layer, gp_error *error)
{
    if (layer->inputs != gp_network_outputs(net))
        return gp_fail(error, GP_BAD_INPUT,
            "layer %zu (%s): expected %zu inputs, found %zu", net->count + 1,
            layer->type->name, gp_network_outputs(net), layer->inputs);
    if (net->count == net->room) {
        size_t room = net->room == 0 ? 16 : 2 * net->room;
        link *links = realloc(net->links, room * sizeof *links);
        if (links == NULL)
            return gp_fail(error, GP_NO_MEMORY, "no memory for a layer");
        net->links = links;
        net->room = room;
    }
    if (net->batch > 0)
        release(net);
    link *l = &net->links[net->count++];
    *l = @[(link){@[.layer@] = layer}@];
    snprintf(l->word, sizeof l->word, "%s", layer->type->name);
    return GP_OK;
}

@ The specification grows by a word with each layer.

@<Functions that keep the chain@>=
static gp_status record(gp_network *net, const char *words, gp_error *error)
{
    size_t old = strlen(net->specification), more = strlen(words);
    char *text = realloc(net->specification, old + more + 2);
    if (text == NULL)
        return gp_fail(error, GP_NO_MEMORY, "no memory for a specification");
    if (old > 0)
        text[old++] = ' ';
    memcpy(text + old, words, more + 1);
    net->specification = text;
    return GP_OK;
}

@ The caller has handed the layer over, so a failure must free it, or nobody
would.

@<Functions that keep the chain@>=
gp_status gp_network_add(gp_network *net, gp_layer *layer, gp_error *error)
{
    gp_status status = append(net, layer, error);
    if (status == GP_OK) {
        status = record(net, layer->type->name, error);
        if (status != GP_OK)
            net->count--;
    }
    if (status != GP_OK)
        gp_layer_free(layer);
    return status;
}

@ The rest of the chain's functions answer questions.

@<Functions that keep the chain@>=
size_t gp_network_inputs(const gp_network *net)
{
    return net->inputs;
}
size_t gp_network_outputs(const gp_network *net)
{
    return net->count == 0 ? net->inputs
                           : net->links[net->count - 1].layer->outputs;
}
size_t gp_network_layers(const gp_network *net)
{
    return net->count;
}

@ A number beyond the last layer is a mistake in the caller's program, not in
its data. It stops the program with both numbers in the message.

@<Functions that keep the chain@>=
static link *link_at(const gp_network *net, size_t i)
{
    GP_REQUIRE(i < net->count, "layer %zu of a network of %zu", i,
               net->count);
    return &net->links[i];
}

@ The three views of a layer: itself, its output, and the gradient by that
output.

@<Functions that keep the chain@>=
gp_layer *gp_network_layer(const gp_network *net, size_t i)
{
    return link_at(net, i)->layer;
}
const gp_matrix *gp_network_output(const gp_network *net, size_t i)
{
    return &link_at(net, i)->y;
}
const gp_matrix *gp_network_output_gradient(const gp_network *net, size_t i)
{
    return &link_at(net, i)->dy;
}

@ Counts add up over the layers.

@<Functions that keep the chain@>=
size_t gp_network_count(const gp_network *net, bool trainable_only)
{
    size_t sum = 0;
    for (size_t i = 0; i < net->count; i++)
        sum += gp_layer_count(net->links[i].layer, trainable_only);
    return sum;
}
const char *gp_network_word(const gp_network *net, size_t i)
{
    return link_at(net, i)->word;
}

@ The specification, the seed, and the generator that dropout draws from, which
a checkpoint reads and sets.

@<Functions that keep the chain@>=
const char *gp_network_specification(const gp_network *net)
{
    return net->specification;
}
void gp_network_limit(gp_network *net, size_t most)
{
    net->most = most < MOST_WEIGHTS ? most : MOST_WEIGHTS;
}
uint64_t gp_network_seed(const gp_network *net)
{
    return net->seed;
}
gp_random *gp_network_random(gp_network *net)
{
    return &net->random;
}
const gp_error *gp_network_error(const gp_network *net)
{
    return net->status == GP_OK ? NULL : &net->error;
}

@*1 Forward and backward.
\label{sec:network-passes}
|gp_network_reserve| is the one place that allocates. It sizes every output
and every gradient for the largest batch; a smaller batch uses the first rows.

@<Functions that run the chain@>=
static gp_status reserve_link(link *l, size_t batch, gp_error *error)
{
    size_t width = l->layer->outputs;
    gp_status s = gp_matrix_new(&l->output, batch, width, error);
    if (s == GP_OK)
        s = gp_matrix_new(&l->delta, batch, width, error);
    if (s == GP_OK)
        s = gp_layer_reserve(l->layer, batch, error);
    return s;
}

@ A network that failed while it was built is not reserved, and says again why.
One that has room enough already keeps it.

@<Functions that run the chain@>=
gp_status gp_network_reserve(gp_network *net, size_t batch, gp_error *error)
{
    if (net->status != GP_OK)
        return gp_fail(error, net->status, "%s", net->error.message);
    if (batch <= net->batch)
        return GP_OK;
    release(net);
    net->labels = calloc(batch, sizeof *net->labels);
    gp_status s = net->labels != NULL ? GP_OK
        : gp_fail(error, GP_NO_MEMORY, "no memory for %zu labels", batch);
    for (size_t i = 0; i < net->count && s == GP_OK; i++)
        s = reserve_link(&net->links[i], batch, error);
    if (s == GP_OK)
        net->batch = batch;
    else
        release(net);
    return s;
}

@ The forward pass hands each layer the output of the one before it.

@<Functions that run the chain@>=
const gp_matrix *gp_network_forward(gp_network *net, const gp_matrix *x,
                                    bool training)
{
    GP_REQUIRE(net->count > 0, "a network without layers");
    GP_REQUIRE(x->rows <= net->batch && x->cols == net->inputs,
        "an input of %zu x %zu for a network of %zu inputs, reserved for "
        "%zu rows", x->rows, x->cols, net->inputs, net->batch);
    gp_pass pass = {training, &net->random};
    net->x = *x;
    for (size_t i = 0; i < net->count; i++) {
        link *l = &net->links[i];
        l->y = gp_matrix_rows(&l->output, 0, x->rows);
        l->dy = gp_matrix_rows(&l->delta, 0, x->rows);
        gp_layer_forward(l->layer, i == 0 ? x : &l[-1].y, &l->y, &pass);
    }
    return &net->links[net->count - 1].y;
}

@ The backward pass goes the other way, from the gradient by the logits, which
stands in the last |dy| already. The first layer is not asked for the gradient
by the data: nobody reads it, and it is the largest product of all.

@<Functions that run the chain@>=
static void propagate(gp_network *net)
{
    for (size_t i = net->count; i-- > 0;) {
        link *l = &net->links[i];
        gp_layer_backward(l->layer, i == 0 ? &net->x : &l[-1].y, &l->y,
                          &l->dy, i == 0 ? NULL : &l[-1].dy);
    }
}

@ There are two ways in. An experiment with a loss of its own calls
|gp_network_backward| with its gradient; training calls
|gp_network_gradients|, in which the loss writes the gradient where it is
needed and nothing is copied.

@<Functions that run the chain@>=
void gp_network_backward(gp_network *net, const gp_matrix *dlogits)
{
    GP_REQUIRE(net->count > 0 && net->x.at != NULL,
               "a backward pass without a forward pass before it");
    gp_matrix_copy(&net->links[net->count - 1].dy, dlogits);
    propagate(net);
}
double gp_network_gradients(gp_network *net, const gp_matrix *x,
                            const gp_label *labels)
{
    const gp_matrix *logits = gp_network_forward(net, x, true);
    gp_cross_entropy_options options = {@[.labels@] = net->labels};
    for (size_t i = 0; i < x->rows; i++)
        net->labels[i] = labels[i];
    double loss = gp_softmax_cross_entropy(logits, &options, NULL,
        &net->links[net->count - 1].dy);
    propagate(net);
    return loss;
}

@*1 Words.
\label{sec:words}
The specification grammar is a table. A row has the word, how it is written,
and either an activation type or a function that makes the layer from numeric
arguments, with the default and the bounds of each argument. A layer that a
reader adds to the book becomes a word by one line here.

@<Types of the network@>=
typedef struct {
    const char *name;
    double otherwise, low, high; /* its default; its closed bounds */
} argument;
typedef struct {
    const char *name, *usage;
    const gp_activation_type *type;
    gp_layer *(*make)(size_t width, const double value[2], gp_error *error);
    size_t needed; /* arguments that must be given */
    argument argument[2];
} word;

@ The first row is the dense layer, which is parsed by a function of its own.

@<Functions that add layers@>=
@<Functions that make layers from numbers@>@;
static const word words[] = {
    {"dense", "dense:UNITS[:INITIALIZER][:nobias]"},
    @<Words of Chapter 2@>@;
    @<Words of Chapter 4@>@;
    @<Words of Chapter 5@>@;
    @<Words of Chapter 6@>@;
};
enum { WORDS = sizeof words / sizeof words[0] };

@ A new module with a layer is named here, and its words below.

@<Headers of the layers@>=
#include "batchnorm.h"
#include "dense.h"
#include "dropout.h"
#include "elu.h"
#include "rectifier.h"
#include "sigmoid.h"
#include "smooth.h"

@ Two words without arguments.

@<Words of Chapter 2@>=
{"sigmoid", "sigmoid", &gp_sigmoid},
{"tanh", "tanh", &gp_tanh},

@ The bounds of an argument are closed, so ``greater than zero'' is written as
a smallest number that makes sense.

@<Words of Chapter 4@>=
{"relu", "relu", &gp_relu},
{"leaky_relu", "leaky_relu[:ALPHA]", &gp_leaky_relu, NULL, 0,
 {{"ALPHA", 0.01, 0, 1}}},
{"prelu", "prelu[:ALPHA]", NULL, make_prelu, 0, {{"ALPHA", 0.25, -1, 1}}},
{"rrelu", "rrelu[:LOWER:UPPER]", NULL, make_rrelu, 0,
 {{"LOWER", 1 / 8.0, 0, 1}, {"UPPER", 1 / 3.0, 0, 1}}},
{"gelu", "gelu", &gp_gelu},
{"gelu_tanh", "gelu_tanh", &gp_gelu_tanh},
{"swish", "swish", &gp_swish},
{"mish", "mish", &gp_mish},
{"softplus", "softplus", &gp_softplus},
{"hard_sigmoid", "hard_sigmoid", &gp_hard_sigmoid, NULL, 0,
 {{"ALPHA", 1 / 6.0, 0, 1}, {"BETA", 0.5, 0, 1}}},
{"celu", "celu[:ALPHA]", &gp_celu, NULL, 0, {{"ALPHA", 1, 1e-3, 100}}},

@ A dropout without a rate would be a guess at what the reader meant, so the
rate is needed.

@<Words of Chapter 5@>=
{"elu", "elu[:ALPHA]", &gp_elu, NULL, 0, {{"ALPHA", 1, 0, 100}}},
{"selu", "selu", &gp_selu},
{"dropout", "dropout:RATE", NULL, make_dropout, 1, {{"RATE", 0, 0, 0.99}}},
{"alpha_dropout", "alpha_dropout:RATE", NULL, make_alpha_dropout, 1,
 {{"RATE", 0, 0, 0.99}}},

@ Momentum and $\varepsilon$ have Keras' meaning and Keras' defaults: 0.99
weighs the old average.

@<Words of Chapter 6@>=
{"batchnorm", "batchnorm[:MOMENTUM[:EPSILON]]", NULL, make_batchnorm, 0,
 {{"MOMENTUM", 0.99, 0, 1}, {"EPSILON", 1e-3, 1e-12, 1}}},

@ PReLU's slopes are one a unit, and start at the value that its authors chose.

@<Functions that make layers from numbers@>=
static gp_layer *make_prelu(size_t width, const double a[2], gp_error *e)
{
    return gp_prelu_new(width, false, (gp_real)a[0], e);
}
static gp_layer *make_rrelu(size_t width, const double a[2], gp_error *e)
{
    return gp_rrelu_new(width, (gp_real)a[0], (gp_real)a[1], e);
}

@ Dropout takes one number, batch normalization two; |value| has room for both.

@<Functions that make layers from numbers@>=
static gp_layer *make_dropout(size_t width, const double a[2], gp_error *e)
{
    return gp_dropout_new(width, (gp_real)a[0], e);
}
static gp_layer *make_alpha_dropout(size_t width, const double a[2],
                                    gp_error *e)
{
    return gp_alpha_dropout_new(width, (gp_real)a[0], e);
}
static gp_layer *make_batchnorm(size_t width, const double a[2],
                                gp_error *e)
{
    return gp_batchnorm_new(width, a[0], a[1], e);
}

@ Some twenty words are searched from the first to the last. A network is parsed
once.

@<Functions that add layers@>=
static const word *find_word(const char *name)
{
    for (size_t i = 0; i < WORDS; i++)
        if (strcmp(words[i].name, name) == 0)
            return &words[i];
    return NULL;
}
const char *const *gp_network_words(void)
{
    static const char *names[WORDS + 1];
    for (size_t i = 0; i < WORDS; i++)
        names[i] = words[i].name;
    return names;
}

@ A mistyped word deserves a guess at what was meant. The distance between two
words is the number of letters to insert, delete, change, or swap with a
neighbour until they are equal \citep{damerau1964}. The table below is filled
row by row; |d[i][j]| is the distance between the first |i| letters of one
word and the first |j| of the other.

@<Functions that add layers@>=
static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}
static size_t distance(const char *a, const char *b)
{
    enum { MOST = 32 };
    size_t d[MOST + 1][MOST + 1], m = least(strlen(a), MOST),
        n = least(strlen(b), MOST);
    for (size_t i = 0; i <= m; i++)
        for (size_t j = 0; j <= n; j++) {
            @<Set |d[i][j]| from its neighbours@>@;
        }
    return d[m][n];
}

@ From or to the empty word it is the length of the other. Else the last letter
was deleted, inserted, kept or changed, or the last two were swapped; the
cheapest counts.

@<Set |d[i][j]| from its neighbours@>=
if (i == 0 || j == 0) {
    d[i][j] = i + j;
    continue;
}
d[i][j] = least(d[i - 1][j], d[i][j - 1]) + 1;
d[i][j] = least(d[i][j], d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
    d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);

@ Among equals the first of the list wins, so the order of the table is the
order of likelihood.

@<Functions that add layers@>=
const char *gp_nearest_word(const char *text, const char *const *list)
{
    const char *nearest = list[0];
    for (size_t i = 1; nearest != NULL && list[i] != NULL; i++)
        if (distance(text, list[i]) < distance(text, nearest))
            nearest = list[i];
    return nearest;
}

@ Adding a word that has been found and whose arguments have been read. An
activation needs no parameter of its own; the others make themselves.

@<Functions that add layers@>=
static gp_status add_word(gp_network *net, const word *w,
                          const double value[2], gp_error *error)
{
    size_t width = gp_network_outputs(net);
    gp_activation_arguments a = {(gp_real)value[0], (gp_real)value[1]};
    if (w->make == make_rrelu && value[0] > value[1])
        return gp_fail(error, GP_BAD_INPUT, "expected LOWER of at most UPPER, "
                       "found %g and %g", value[0], value[1]);
    gp_layer *layer = w->type != NULL
                          ? gp_activation_new(w->type, width, a, error)
                          : w->make(width, value, error);
    if (layer == NULL)
        return GP_NO_MEMORY;
    gp_status status = append(net, layer, error);
    if (status != GP_OK)
        gp_layer_free(layer);
    return status;
}

@ A dense layer draws its weights from the stream of its place. An unknown
initializer is an error that names the nearest known one.

@<Functions that add layers@>=
static gp_status initialize(gp_network *net, gp_matrix *w,
                            const gp_dense_options *o, gp_error *error)
{
    gp_random r = gp_random_split(&net->root, net->count);
    const char *name = o->kernel_initializer;
    if (o->variance_scaling != NULL) {
        gp_initialize_variance_scaling(w, *o->variance_scaling, &r);
        return GP_OK;
    }
    if (name == NULL)
        name = "glorot_uniform";
    if (gp_initialize(w, name, &r))
        return GP_OK;
    return gp_fail(error, GP_BAD_INPUT,
        "unknown initializer '%s'; the nearest is '%s'", name,
        gp_nearest_word(name, gp_initializer_names()));
}

@ The bound on all weights together stops a specification such as
\texttt{100*(dense:100000)} before it asks for four terabytes.

@<Functions that add layers@>=
static gp_status add_dense(gp_network *net, const gp_dense_options *o,
                           gp_error *error)
{
    size_t inputs = gp_network_outputs(net);
    if (o->units < 1 || o->units > MOST_UNITS)
        return gp_fail(error, GP_BAD_INPUT,
            "expected UNITS from 1 to %d, found %zu", MOST_UNITS, o->units);
    size_t have = gp_network_count(net, false);
    if (have > net->most || inputs > (net->most - have) / o->units)
        return gp_fail(error, GP_BAD_INPUT,
            "expected at most %zu parameters in all", net->most);
    gp_layer *layer = gp_dense_new(inputs, o->units, !o->no_bias, error);
    if (layer == NULL)
        return GP_NO_MEMORY;
    gp_status s = initialize(net, &layer->parameter[0].value, o, error);
    if (s == GP_OK)
        s = append(net, layer, error);
    if (s != GP_OK)
        gp_layer_free(layer);
    return s;
}

@ Keras' |Dense| with an activation is two layers here. The activation's
arguments are the word's defaults unless some are given.

@<Functions that add layers@>=
static gp_status add_activation(gp_network *net, const gp_dense_options *o,
                                gp_error *error)
{
    const word *w = find_word(o->activation);
    if (w == NULL)
        return gp_fail(error, GP_BAD_INPUT,
            "unknown activation '%s'; the nearest word is '%s'",
            o->activation,
            gp_nearest_word(o->activation, gp_network_words()));
    double value[2] = {(double)o->arguments.alpha,
                       (double)o->arguments.beta};
    if (w->type == NULL && w->make == NULL)
        return gp_fail(error, GP_BAD_INPUT, "'%s' is no activation",
                       w->name);
    if (value[0] == 0 && value[1] == 0)
        for (int k = 0; k < 2; k++)
            value[k] = w->argument[k].otherwise;
    return add_word(net, w, value, error);
}

@ Dense layer, activation and their words in the specification are added
together or not at all.

@<Functions that add layers@>=
gp_status gp_dense_with(gp_network *net, gp_dense_options o)
{
    if (net->status != GP_OK)
        return net->status;
    size_t before = net->count;
    char text[256];
    net->status = add_dense(net, &o, &net->error);
    if (net->status == GP_OK && o.activation != NULL)
        net->status = add_activation(net, &o, &net->error);
    @<Write the dense layer as a word into |text|@>@;
    if (net->status == GP_OK)
        net->status = record(net, text, &net->error);
    if (net->status != GP_OK)
        shorten(net, before);
    else
        snprintf(net->links[before].word, sizeof net->links[before].word,
                 "%.*s", (int)strcspn(text, " "), text);
    return net->status;
}

@ Variance scaling has no word. A network that was built with it and is read
back from a checkpoint gets its weights from there, so the word is not missed.

@<Write the dense layer as a word into |text|@>=
bool named = o.variance_scaling == NULL && o.kernel_initializer != NULL;
const word *w = o.activation != NULL ? find_word(o.activation) : NULL;
int length = snprintf(text, sizeof text, "dense:%zu%s%.64s%s", o.units,
    named ? ":" : "", named ? o.kernel_initializer : "",
    o.no_bias ? ":nobias" : "");
if (w != NULL)
    length += snprintf(text + length, sizeof text - (size_t)length, " %s",
                       w->name);
if (w != NULL && w->argument[0].name != NULL && o.arguments.alpha != 0)
    snprintf(text + length, sizeof text - (size_t)length, ":%.9g",
             (double)o.arguments.alpha);

@ |gp_add| turns named arguments into a word of the grammar and has it parsed,
so that there is one way in and one set of bounds. An option of |0| is left to
the word's default.

@<Functions that read a specification@>=
gp_status gp_add_with(gp_network *net, const char *name, gp_add_options o)
{
    if (net->status != GP_OK)
        return net->status;
    const struct {
        const char *name;
        double value;
    } given[] = {{"ALPHA", o.alpha}, {"RATE", o.rate},
                 {"MOMENTUM", o.momentum}, {"EPSILON", o.epsilon},
                 {"LOWER", o.lower}, {"UPPER", o.upper}};
    const word *w = find_word(name);
    char text[256];
    int length = snprintf(text, sizeof text, "%.64s", name);
    for (size_t k = 0; w != NULL && k < 2; k++) {
        @<Append argument |k| of |w| to |text|@>@;
    }
    net->status = gp_network_parse(net, text, &net->error);
    return net->status;
}

@ Seventeen digits lose no bit of a double on the way through text.

@<Append argument |k| of |w| to |text|@>=
const argument *a = &w->argument[k];
double value = a->otherwise;
for (size_t j = 0; j < sizeof given / sizeof given[0]; j++)
    if (a->name != NULL && strcmp(a->name, given[j].name) == 0
        && given[j].value != 0)
        value = given[j].value;
if (a->name != NULL)
    length += snprintf(text + length, sizeof text - (size_t)length,
                       ":%.17g", value);

@*1 The specification grammar.
\label{sec:specification}
A network is a line of text:

\begin{quote}\texttt{20*(dense:100:lecun\_normal selu) dense:10}\end{quote}

Layers stand apart by blanks, arguments behind colons, and a group in
parentheses with a number and a star before it is repeated. Groups nest. The
parser is a recursive descent over one pointer into the text: |at| is where it
is, |text| where it began, so that every error can say the position.

@<Types of the network@>=
typedef struct {
    gp_network *net;
    const char *text, *at;
    gp_error *error;
} parser;

@ Positions count from 1, as editors count columns.

@<Functions that read a specification@>=
static gp_status wrong(const parser *p, const char *where,
                       const char *format, const char *found)
{
    char message[512];
    snprintf(message, sizeof message, format, found);
    return gp_fail(p->error, GP_BAD_INPUT, "position %td: %s",
                   where - p->text + 1, message);
}
static void skip_blanks(parser *p)
{
    while (isspace((unsigned char)*p->at))
        p->at++;
}

@ A token runs to the next blank or parenthesis. Its parts between colons are
cut out in place of a copy: at most a word and four arguments, each of at most
63 letters.

@<Types of the network@>=
enum { MOST_PARTS = 5, PART = 64 };
typedef struct {
    char part[MOST_PARTS][PART];
    const char *where[MOST_PARTS];
    size_t parts;
} token;

@ The first part is the word, the others are its arguments. A part that is too
long for the table is no word that we know.

@<Functions that read a specification@>=
static gp_status read_token(parser *p, token *t)
{
    t->parts = 0;
    do {
        size_t length = strcspn(p->at, ":() \t\n\r\f\v");
        if (t->parts == MOST_PARTS)
            return wrong(p, p->at, "too many arguments for '%s'",
                         t->part[0]);
        if (length >= PART)
            return wrong(p, p->at, "a word too long%s", "");
        t->where[t->parts] = p->at;
        memcpy(t->part[t->parts], p->at, length);
        t->part[t->parts++][length] = '\0';
        p->at += length;
    } while (*p->at == ':' && *p->at++ != '\0');
    return GP_OK;
}

@ A number must be all of its part, finite, and within the argument's bounds.

@<Functions that read a specification@>=
static gp_status read_argument(const parser *p, const token *t, size_t i,
                               const argument *a, double *value)
{
    char *end, expected[160];
    *value = strtod(t->part[i], &end);
    if (end != t->part[i] && *end == '\0' && *value >= a->low
        && *value <= a->high)
        return GP_OK;
    snprintf(expected, sizeof expected,
             "%s: expected %s from %g to %g, found '%%s'", t->part[0],
             a->name, a->low, a->high);
    return wrong(p, t->where[i], expected, t->part[i]);
}

@ A layer may refuse its arguments for reasons of its own, such as a lower
slope above the upper one. Its message, which knows nothing of any text, gets
the position in front.

@<Functions that read a specification@>=
static gp_status add_at(const parser *p, const token *t, const word *w,
                        const double value[2])
{
    gp_error inner = {""};
    gp_status s = add_word(p->net, w, value, &inner);
    if (s == GP_OK)
        return s;
    return gp_fail(p->error, s, "position %td: %s: %s",
                   t->where[0] - p->text + 1, w->name, inner.message);
}

@ The number of arguments is checked against the table first, then each against
its bounds; an argument that is not there has its default.

@<Functions that read a specification@>=
static gp_status parse_word(parser *p, const token *t, const word *w)
{
    double value[2];
    char expected[160];
    size_t known = (w->argument[0].name != NULL)
                   + (size_t)(w->argument[1].name != NULL);
    if (t->parts - 1 < w->needed || t->parts - 1 > known) {
        snprintf(expected, sizeof expected, "expected %s, found '%%s'",
                 w->usage);
        return wrong(p, t->where[0], expected, t->part[0]);
    }
    for (size_t k = 0; k < 2; k++) {
        value[k] = w->argument[k].otherwise;
        if (k + 1 < t->parts) {
            gp_status s = read_argument(p, t, k + 1, &w->argument[k],
                                        &value[k]);
            if (s != GP_OK)
                return s;
        }
    }
    return add_at(p, t, w, value);
}

@ The dense layer has arguments that are words. The last may be
\texttt{nobias}, the one before it an initializer.

@<Functions that read a specification@>=
static gp_status parse_dense(parser *p, const token *t, const word *w)
{
    static const argument units = {"UNITS", 0, 1, MOST_UNITS};
    gp_dense_options o = {0};
    gp_error inner = {""};
    double value;
    if (t->parts < 2 || t->parts > 4)
        return wrong(p, t->where[0],
            "expected dense:UNITS[:INITIALIZER][:nobias], found '%s'",
            t->part[0]);
    gp_status s = read_argument(p, t, 1, &units, &value);
    if (s != GP_OK)
        return s;
    o.units = (size_t)value;
    @<Read the words behind UNITS@>@;
    s = add_dense(p->net, &o, &inner);
    return s == GP_OK ? s
                      : gp_fail(p->error, s, "position %td: %s: %s",
                                t->where[t->parts > 2 ? 2 : 0] - p->text + 1,
                                w->name, inner.message);
}

@ The words may be missing one by one from the end: \texttt{dense:300:nobias}
has no initializer, and the default is taken.

@<Read the words behind UNITS@>=
if (value != (double)o.units)
    return wrong(p, t->where[1],
                 "dense: expected UNITS a whole number, found '%s'",
                 t->part[1]);
o.no_bias = t->parts > 2 && strcmp(t->part[t->parts - 1], "nobias") == 0;
if (t->parts - o.no_bias > 3)
    return wrong(p, t->where[3], "dense: expected nobias, found '%s'",
                 t->part[3]);
if (t->parts - o.no_bias == 3)
    o.kernel_initializer = t->part[2];

@ An unknown word is named with its position and the nearest known word.
|softmax| gets an answer of its own, since a reader of Keras will try it.

@<Functions that read a specification@>=
static gp_status parse_layer(parser *p)
{
    token t;
    gp_status s = read_token(p, &t);
    if (s != GP_OK)
        return s;
    const word *w = find_word(t.part[0]);
    if (w != NULL) {
        s = w == words ? parse_dense(p, &t, w) : parse_word(p, &t, w);
        @<Note the word of the layer that was added@>@;
        return s;
    }
    if (strcmp(t.part[0], "softmax") == 0)
        return wrong(p, t.where[0], "'%s' belongs to the loss: the last "
                     "layer gives logits", t.part[0]);
    char format[160];
    snprintf(format, sizeof format,
             "unknown layer '%%s'; the nearest known word is '%s'",
             gp_nearest_word(t.part[0], gp_network_words()));
    return wrong(p, t.where[0], format, t.part[0]);
}

@ The word is kept as it was typed, arguments and all, for those who take a
network apart again and build another from its words, as folding does.

@<Note the word of the layer that was added@>=
if (s == GP_OK) {
    link *l = &p->net->links[p->net->count - 1];
    snprintf(l->word, sizeof l->word, "%.*s", (int)(p->at - t.where[0]),
             t.where[0]);
}

@ A group is parsed as often as it is repeated: the pointer jumps back to
behind the parenthesis. The bound on the number of layers ends a
specification such as \texttt{9999*(9999*(relu))} early, and an empty group,
which would never meet that bound, is an error.

@<Functions that read a specification@>=
static gp_status parse_items(parser *p, size_t nesting);
static gp_status parse_group(parser *p, size_t nesting)
{
    const char *start = p->at;
    char *end;
    unsigned long times = strtoul(p->at, &end, 10);
    if (end[0] != '*' || end[1] != '(')
        return wrong(p, start, "expected N*( or a layer, found '%s'", start);
    if (times < 1 || times > MOST_LAYERS || nesting == MOST_NESTING)
        return wrong(p, start, "expected a number of repetitions from 1 to "
                     "10000, nested at most 16 deep, found '%s'", start);
    gp_status s = GP_OK;
    for (unsigned long i = 0; i < times && s == GP_OK; i++) {
        p->at = end + 2;
        s = parse_items(p, nesting + 1);
        @<Expect the group's closing parenthesis@>@;
    }
    return s;
}

@ Behind the last repetition the pointer stands behind the parenthesis.

@<Expect the group's closing parenthesis@>=
if (s == GP_OK && *p->at != ')')
    return wrong(p, start, "a group without its ')': '%s'", start);
p->at += s == GP_OK;

@ A list of items ends at the end of the text or at a parenthesis that closes a
group; the caller knows which of the two is right.

@<Functions that read a specification@>=
static gp_status parse_items(parser *p, size_t nesting)
{
    gp_status s = GP_OK;
    skip_blanks(p);
    const char *start = p->at;
    while (s == GP_OK && *p->at != '\0' && *p->at != ')') {
        if (p->net->count >= MOST_LAYERS)
            return wrong(p, p->at, "more than 10000 layers%s", "");
        s = isdigit((unsigned char)*p->at) ? parse_group(p, nesting)
                                           : parse_layer(p);
        skip_blanks(p);
    }
    if (s == GP_OK && p->at == start)
        return wrong(p, start, "expected a layer, found %s",
                     *start == '\0' ? "nothing" : "')'");
    return s;
}

@ All of the text must be used up, and a network is left as it was if any of
it is wrong.

@<Functions that read a specification@>=
gp_status gp_network_parse(gp_network *net, const char *text,
                           gp_error *error)
{
    size_t before = net->count;
    parser p = {net, text, text, error};
    gp_status s = parse_items(&p, 0);
    if (s == GP_OK && *p.at != '\0')
        s = wrong(&p, p.at, "a ')' without its group: '%s'", p.at);
    if (s == GP_OK)
        s = record(net, text, error);
    if (s != GP_OK)
        shorten(net, before);
    return s;
}


@* Checkpoints.
\label{sec:checkpoint}
A training that is worth running is worth keeping. The file format is
\emph{safetensors}, which Python's library of that name reads: eight bytes with
the length of a header, lowest first; the header, in JSON; then the numbers.
The header gives each tensor a type, a shape and a range of bytes, and under
\texttt{\_\_metadata\_\_} a table of strings.

A checkpoint must serve two readers. One wants answers from the network, and
needs the specification, the weights, the statistics of the normalizations, and
the mean and deviation by which the inputs were standardized: without these two
a raw image cannot be fed to the network. The other wants to go on with the
training, and needs the optimizer with its step count, the epoch, the seed,
and the place that the dropout stream had reached. What the second needs may be
missing.

@(tangled/lib/checkpoint.h@>=
#pragma once
#include "dataset.h"
#include "optimizer.h"
@#
GP_BEGIN_DECLS@;

typedef struct {
    uint64_t epoch; /* epochs that are done */
    uint64_t seed;  /* of the training: its shuffling */
    uint64_t epochs; /* that were asked for, in all; 0 is ``unknown'' */
    uint64_t batch, samples; /* of the training set; 0 is ``unknown'' */
    char data[4096];   /* the data set's name */
    char schedule[64]; /* of the learning rate, in words */
    gp_matrix mean, deviation; /* of the raw inputs, 1 by inputs, or empty */
    size_t classes;
    char **class_names; /* |classes| of them, or |NULL| */
} gp_checkpoint_metadata;

@ |gp_checkpoint_describe| copies into the metadata what the data set knows. The
copies belong to the metadata, and so does everything that
|gp_checkpoint_load| puts there; |gp_checkpoint_metadata_free| returns both.

@(tangled/lib/checkpoint.h@>=
gp_status gp_checkpoint_describe(gp_checkpoint_metadata *metadata,
                                 const gp_dataset *data, gp_error *error);
void gp_checkpoint_metadata_free(gp_checkpoint_metadata *metadata);

@ Saving replaces the file under |path| as a whole or not at all. Without an
optimizer the file serves inference only.

@(tangled/lib/checkpoint.h@>=
gp_status gp_checkpoint_save(const char *path, gp_network *net,
                             gp_optimizer *optimizer, /* or |NULL| */
                             const gp_checkpoint_metadata *metadata,
                                 /* or |NULL| */
                             gp_error *error);
gp_status gp_checkpoint_writable(const char *path, gp_error *error);
    /* whether |gp_checkpoint_save| could write there now */

@ Loading returns |NULL| and a message, or a network. Who does not want the
metadata or the optimizer hands over |NULL|. |*metadata| is overwritten, and
|*optimizer| is set to |NULL| where the file has none.

@(tangled/lib/checkpoint.h@>=
gp_network *gp_checkpoint_load(const char *path,
                               gp_checkpoint_metadata *metadata,
                               gp_optimizer **optimizer, gp_error *error);
GP_END_DECLS@;

@ Jansson reads and writes the JSON; the system's headers give a file its
access rights and bring it to the disk.

@(tangled/lib/checkpoint.c@>=
#define _XOPEN_SOURCE 700
#include "checkpoint.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
@<Types of a checkpoint@>@;
@<Functions that describe a training@>@;
@<Functions that name tensors@>@;
@<Functions that make a header@>@;
@<Functions that write a file safely@>@;
@<Functions that write a checkpoint@>@;
@<Functions that look at the header@>@;
@<Functions that read a checkpoint@>@;

@*1 What is kept.
\label{sec:checkpoint-content}
Freeing metadata leaves them empty, so that they may be freed twice or filled
again.

@<Functions that describe a training@>=
void gp_checkpoint_metadata_free(gp_checkpoint_metadata *m)
{
    for (size_t i = 0; m->class_names != NULL && i < m->classes; i++)
        free(m->class_names[i]);
    free(m->class_names);
    gp_matrix_free(&m->mean);
    gp_matrix_free(&m->deviation);
    *m = @[(gp_checkpoint_metadata){0}@];
}

@ The data set may be freed long before the metadata are, so the rows are copied
and not pointed at.

@<Functions that describe a training@>=
static gp_status copy_row(const gp_matrix *from, gp_matrix *to,
                          gp_error *error)
{
    gp_matrix_free(to);
    gp_status s = gp_matrix_new(to, from->rows, from->cols, error);
    if (s == GP_OK)
        gp_matrix_copy(to, from);
    return s;
}

@ The names of the classes are copied one by one. What has been copied so far is
counted, so that it can be freed again.

@<Functions that describe a training@>=
static gp_status copy_class_names(gp_checkpoint_metadata *m,
                                  const gp_dataset *data, gp_error *error)
{
    if (data->class_names == NULL || m->class_names != NULL)
        return GP_OK;
    m->class_names = calloc(data->classes, sizeof *m->class_names);
    for (m->classes = 0; m->class_names && m->classes < data->classes;) {
        char *name = strdup(data->class_names[m->classes]);
        if (name == NULL)
            break;
        m->class_names[m->classes++] = name;
    }
    return m->classes == data->classes ? GP_OK
        : gp_fail(error, GP_NO_MEMORY, "no memory for the names of %zu "
                  "classes", data->classes);
}

@ A name must be UTF-8, for JSON knows nothing else. It is tested here, before
the training, and not at the first save.

@<Functions that describe a training@>=
gp_status gp_checkpoint_describe(gp_checkpoint_metadata *m,
                                 const gp_dataset *data, gp_error *error)
{
    if (m->data[0] == '\0')
        snprintf(m->data, sizeof m->data, "%s", data->name);
    json_t *name = json_string(m->data);
    if (name == NULL)
        return gp_fail(error, GP_BAD_INPUT, "the data set's name: expected "
                       "UTF-8, found '%s'", m->data);
    json_decref(name);
    m->samples = data->train.count;
    gp_status s = copy_row(&data->mean, &m->mean, error);
    if (s == GP_OK)
        s = copy_row(&data->deviation, &m->deviation, error);
    return s == GP_OK ? copy_class_names(m, data, error) : s;
}

@ A tensor of the file is a name and a matrix. The matrices belong to the
network, the optimizer or the metadata; so one list serves for writing and for
reading.

@<Types of a checkpoint@>=
typedef struct {
    char name[192];
    gp_matrix *matrix;
} tensor;
typedef struct {
    size_t count;
    tensor *at;
    bool too_long; /* a name did not fit */
} tensor_list;

@ An upper bound of how many tensors there will be: every parameter, two
states of the optimizer for every trained one, and the two rows of the input's
statistics.

@<Functions that name tensors@>=
static size_t count_tensors(gp_network *net, gp_optimizer *optimizer)
{
    size_t n = optimizer ? 2 * gp_optimizer_parameters(optimizer) : 0;
    for (size_t l = 0; l < gp_network_layers(net); l++)
        n += gp_network_layer(net, l)->parameters;
    return n + 2;
}

@ A name that is cut off might equal another one. It is noted, and refused by
whoever asked for the list.

@<Functions that name tensors@>=
static void append(tensor_list *list, gp_matrix *matrix, const char *format,
                   ...)
{
    tensor *t = &list->at[list->count++];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(t->name, sizeof t->name, format, arguments);
    va_end(arguments);
    list->too_long |= length < 0 || (size_t)length >= sizeof t->name;
    t->matrix = matrix;
}

@ Parameters are called as in Keras, with the number of their layer in front:
\texttt{0.dense.kernel}.

@<Functions that name tensors@>=
static gp_status list_tensors(gp_network *net, gp_optimizer *optimizer,
                              gp_checkpoint_metadata *m, tensor_list *list,
                              gp_error *error)
{
    size_t most = count_tensors(net, optimizer);
    *list = @[(tensor_list){0, calloc(most, sizeof *list->at), false}@];
    if (list->at == NULL)
        return gp_fail(error, GP_NO_MEMORY, "no memory for %zu tensors",
                       most);
    for (size_t l = 0; l < gp_network_layers(net); l++) {
        gp_layer *layer = gp_network_layer(net, l);
        for (size_t p = 0; p < layer->parameters; p++)
            append(list, &layer->parameter[p].value, "%zu.%s.%s", l,
                   layer->type->name, layer->parameter[p].name);
    }
    @<List the optimizer's state and the input's statistics@>@;
    return list->too_long ? gp_fail(error, GP_BAD_INPUT, "the name of a "
                                    "layer or parameter is too long")
                          : GP_OK;
}

@ Plain descent keeps no state, momentum one matrix for each parameter, Adam
two.

@<List the optimizer's state and the input's statistics@>=
size_t trained = optimizer ? gp_optimizer_parameters(optimizer) : 0;
for (int k = 0; k < 2; k++)
    for (size_t p = 0; p < trained; p++)
        if (gp_optimizer_state(optimizer, p, k) != NULL)
            append(list, gp_optimizer_state(optimizer, p, k),
                   "optimizer.%d.%zu", k, p);
if (m->mean.at != NULL && m->deviation.at != NULL) {
    append(list, &m->mean, "input.mean");
    append(list, &m->deviation, "input.deviation");
}

@*1 The header.
\label{sec:checkpoint-header}
An earlier version of this module did not look at what Jansson's functions
returned. When memory ran out in one of them the header came out incomplete,
the file was written all the same, and it replaced a good checkpoint by one
that could not be read. So everything is put into the header by one function,
which remembers a failure: Jansson's setter fails for a value that could not be
made, for an object that does not exist, and for want of memory.

@<Functions that make a header@>=
typedef struct {
    json_t *tensors, *meta;
    bool complete; /* no call has failed */
} header;
static void put(header *h, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        h->complete = false;
}

@ The format allows only strings in the metadata, so numbers are written as
text. Jansson does that too: it loses no bit of a double with 17 digits, and
writes a point even where the locale would have a comma.

@<Functions that make a header@>=
static void put_text(header *h, const char *key, const char *text)
{
    put(h, h->meta, key, json_string(text));
}
static void put_as_text(header *h, const char *key, json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT
                                       | JSON_REAL_PRECISION(17));
    put(h, h->meta, key, text ? json_string(text) : NULL);
    free(text);
    json_decref(value);
}

@ An unsigned number may be larger than Jansson's largest integer; a seed uses
all 64 bits.

@<Functions that make a header@>=
static void put_integer(header *h, const char *key, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, value);
    put_text(h, key, text);
}

@ The options of an optimizer are a table, so that writing and reading cannot
disagree.

@<Types of a checkpoint@>=
static const struct {
    const char *key;
    size_t offset;
} option_fields[] = {
    {"learning_rate", offsetof(gp_optimizer_options, learning_rate)},
    {"momentum", offsetof(gp_optimizer_options, momentum)},
    {"beta1", offsetof(gp_optimizer_options, beta1)},
    {"beta2", offsetof(gp_optimizer_options, beta2)},
    {"epsilon", offsetof(gp_optimizer_options, epsilon)},
    {"weight_decay", offsetof(gp_optimizer_options, weight_decay)},
    {"clip_norm", offsetof(gp_optimizer_options, clip_norm)},
    {"clip_value", offsetof(gp_optimizer_options, clip_value)},
};
enum { OPTION_FIELDS = sizeof option_fields / sizeof option_fields[0] };

@ The kind is written as its number. The step count is there because Adam's bias
correction depends on it. What the kind does not have is left out, and so is a
limit of infinity, which clips nothing and which JSON has no number for.

@<Functions that make a header@>=
static void put_optimizer(header *h, gp_optimizer *optimizer)
{
    gp_optimizer_options o = gp_optimizer_settings(optimizer);
    put_integer(h, "optimizer", o.kind);
    put_integer(h, "adam_form", o.adam_form);
    put_integer(h, "steps", gp_optimizer_steps(optimizer));
    for (size_t i = 0; i < OPTION_FIELDS; i++) {
        double x = *(double *)((char *)&o + option_fields[i].offset);
        if (x != GP_LEFT_OUT && isfinite(x))
            put_as_text(h, option_fields[i].key, json_real(x));
    }
}

@ First what every reader needs, then what only a training needs. Version 2 of
the format added the statistics of the input and the names of the classes.

@<Functions that make a header@>=
static void put_network(header *h, gp_network *net)
{
    put_text(h, "format", "gradient-problem 2");
    put_text(h, "specification", gp_network_specification(net));
    put_integer(h, "inputs", gp_network_inputs(net));
    put_integer(h, "network_seed", gp_network_seed(net));
    put_integer(h, "random_position", gp_network_random(net)->position);
}

@ A training that is not known is not described: a reader can tell ``epoch 0''
from ``no epoch was given''.

@<Functions that make a header@>=
static void put_metadata(header *h, const gp_checkpoint_metadata *m)
{
    put_integer(h, "seed", m->seed);
    put_integer(h, "batch", m->batch);
    put_integer(h, "samples", m->samples);
    put_integer(h, "epoch", m->epoch);
    put_integer(h, "epochs", m->epochs);
    put_text(h, "data", m->data);
    put_text(h, "schedule", m->schedule);
    if (m->class_names == NULL)
        return;
    json_t *names = json_array();
    for (size_t i = 0; i < m->classes; i++)
        h->complete &= json_array_append_new(names,
                           json_string(m->class_names[i])) == 0;
    put_as_text(h, "class_names", names);
}

@ The type of a number is the library's |gp_real|: \texttt{F32}, or \texttt{F64}
where the modules are compiled with double.

@<Functions that make a header@>=
#define NUMBER (sizeof(gp_real) == 4 ? "F32" : "F64")
static void put_tensors(header *h, const tensor_list *list)
{
    json_int_t at = 0;
    for (size_t i = 0; i < list->count; i++) {
        const gp_matrix *m = list->at[i].matrix;
        json_int_t size = (json_int_t)(m->rows * m->cols * sizeof(gp_real));
        put(h, h->tensors, list->at[i].name,
            json_pack("{s:s, s:[I,I], s:[I,I]}", "dtype", NUMBER, "shape",
                      (json_int_t)m->rows, (json_int_t)m->cols,
                      "data_offsets", at, at + size));
        at += size;
    }
}

@ Jansson's own writer overlooks one failure: where there is no memory for the
key of an entry, the key is left out. So the text is read back and compared
with what it should say.

@<Functions that make a header@>=
static char *text_of(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_t *back = text ? json_loads(text, 0, NULL) : NULL;
    if (!json_equal(object, back)) {
        free(text);
        text = NULL;
    }
    json_decref(back);
    return text;
}

@ The whole header as text, or |NULL| if anything was missing. Two tensors of
one name would be one entry, so their number is compared.

@<Functions that make a header@>=
static char *make_header(gp_network *net, gp_optimizer *optimizer,
                         const gp_checkpoint_metadata *m,
                         const tensor_list *list)
{
    header h = {json_object(), json_object(), true};
    put_network(&h, net);
    if (optimizer != NULL)
        put_optimizer(&h, optimizer);
    if (m != NULL)
        put_metadata(&h, m);
    put(&h, h.tensors, "__metadata__", json_incref(h.meta));
    put_tensors(&h, list);
    h.complete &= json_object_size(h.tensors) == list->count + 1;
    char *text = h.complete ? text_of(h.tensors) : NULL;
    json_decref(h.meta);
    json_decref(h.tensors);
    return text;
}

@*1 Replacing a file safely.
\label{sec:checkpoint-safe}
A crash in the middle of writing must leave the old checkpoint as it was. So
the numbers go to a new file in the same folder, which is brought to the disk
and then renamed: within one file system a rename happens as a whole or not at
all.

@<Types of a checkpoint@>=
typedef struct {
    char *path; /* of the checkpoint itself, symbolic links followed */
    char *folder, *temporary;
    FILE *file; /* |temporary|, open for writing */
} output;

@ If the name under |path| is a symbolic link, the checkpoint is the file that
the link points to, and the link stays. A link to nowhere is an error: a new
file would have to be made wherever the link says.

@<Functions that write a file safely@>=
static char *follow(const char *path)
{
    struct stat s;
    char *real = realpath(path, NULL);
    if (real != NULL || errno != ENOENT)
        return real;
    if (lstat(path, &s) == 0) {
        errno = ENOENT;
        return NULL;
    }
    return strdup(path);
}

@ Under a predictable name somebody else may have put a symbolic link, and we
would overwrite the file that it points to. The new name therefore has 64
random bits, and the flags demand that no file and no link of that name exists.

@<Functions that write a file safely@>=
static bool name_temporary(output *o)
{
    uint64_t random;
    const char *slash = strrchr(o->path, '/');
    size_t length = slash ? (size_t)(slash - o->path) + 1 : 0;
    o->folder = length > 0 ? strndup(o->path, length) : strdup("./");
    o->temporary = malloc(length + 40);
    if (o->folder == NULL || o->temporary == NULL
        || getentropy(&random, sizeof random) != 0)
        return false;
    sprintf(o->temporary, "%.*s.gradient-%016" PRIx64, (int)length, o->path,
            random);
    return true;
}

@ What exists already must be a file: a device or a pipe that is replaced by a
file is lost to all other programs. It must also be writable, although a rename
would not ask: who took away the right to write meant it. A new file gets the
rights that the process gives to all its files, an old one keeps its own.

@<Functions that write a file safely@>=
static bool open_temporary(output *o)
{
    struct stat s;
    bool exists = stat(o->path, &s) == 0;
    if (exists && !S_ISREG(s.st_mode))
        errno = S_ISDIR(s.st_mode) ? EISDIR : ENOTSUP;
    if ((exists && (!S_ISREG(s.st_mode) || access(o->path, W_OK) != 0))
        || !name_temporary(o))
        return false;
    int descriptor = open(o->temporary, O_WRONLY | O_CREAT | O_EXCL
                          | O_NOFOLLOW | O_CLOEXEC, exists ? 0600 : 0666);
    if (descriptor < 0)
        return false;
    if (!exists || fchmod(descriptor, s.st_mode & 0777) == 0)
        o->file = fdopen(descriptor, "wb");
    @<Give up the temporary file if it cannot be used@>@;
    return o->file != NULL;
}

@ From here on there is a file that must not stay behind. The reason of the
failure is kept, since closing may set another one.

@<Give up the temporary file if it cannot be used@>=
if (o->file == NULL) {
    int reason = errno;
    close(descriptor);
    unlink(o->temporary);
    errno = reason;
}

@ The file is complete when its bytes are on the disk, and safe when the
folder's entry is there too. Some file systems have no |fsync| for a folder and
say so by |EINVAL|; that is not our failure.

@<Functions that write a file safely@>=
static bool sync_folder(const char *folder)
{
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return errno == EACCES; /* may be written to, and not be read */
    bool ok = fsync(descriptor) == 0 || errno == EINVAL;
    int reason = errno;
    close(descriptor);
    errno = reason;
    return ok;
}

@ |errno| of the first failure is the one that is told. Without |keep| the
temporary file is taken away again and the old file stays.

@<Functions that write a file safely@>=
static bool close_output(output *o, bool keep)
{
    bool ok = keep && fflush(o->file) == 0 && fsync(fileno(o->file)) == 0;
    int reason = errno;
    if (fclose(o->file) != 0 && ok)
        ok = false, reason = errno;
    if (ok && rename(o->temporary, o->path) != 0)
        ok = false, reason = errno;
    if (!ok)
        unlink(o->temporary);
    errno = reason;
    return ok && sync_folder(o->folder);
}

@ Opening and closing report in the same words.

@<Functions that write a file safely@>=
static gp_status cannot_write(const char *path, gp_error *error)
{
    const char *why = errno == ENOTSUP ? "expected a file, found a device, "
                      "a pipe or a socket" : strerror(errno);
    return gp_fail(error, GP_FAILED, "%s: could not be written: %s", path,
                   why);
}
static gp_status open_output(const char *path, output *o, gp_error *error)
{
    *o = @[(output){@[.path@] = follow(path)}@];
    if (o->path != NULL && open_temporary(o))
        return GP_OK;
    return cannot_write(path, error);
}
static void free_output(output *o)
{
    free(o->path);
    free(o->folder);
    free(o->temporary);
}

@ Whether a file can be written is found out by beginning to write it. A program
asks this before a long training, and not after its first epoch.

@<Functions that write a checkpoint@>=
gp_status gp_checkpoint_writable(const char *path, gp_error *error)
{
    output o;
    gp_status s = open_output(path, &o, error);
    if (s == GP_OK)
        close_output(&o, false);
    free_output(&o);
    return s;
}

@*1 Writing.
\label{sec:checkpoint-write}
The numbers are written lowest byte first, as the format demands, whatever the
order of the machine. A compiler for a machine of that order turns the loop
into a copy.

@<Types of a checkpoint@>=
#ifdef GP_DOUBLE
typedef uint64_t number_bits;
#else
typedef uint32_t number_bits;
#endif

@ A row is written without its padding.

@<Functions that write a checkpoint@>=
static bool write_number(FILE *file, gp_real x)
{
    number_bits bits;
    unsigned char bytes[sizeof bits];
    memcpy(&bits, &x, sizeof bits);
    for (size_t i = 0; i < sizeof bits; i++)
        bytes[i] = (unsigned char)(bits >> 8 * i);
    return fwrite(bytes, 1, sizeof bytes, file) == sizeof bytes;
}
static bool write_matrix(FILE *file, const gp_matrix *m)
{
    for (size_t i = 0; i < m->rows; i++)
        for (size_t j = 0; j < m->cols; j++)
            if (!write_number(file, gp_row(m, i)[j]))
                return false;
    return true;
}

@ The header is padded with blanks to a multiple of eight bytes, so that the
numbers are aligned for a reader that maps the file into memory.

@<Functions that write a checkpoint@>=
static bool write_all(FILE *file, const char *header,
                      const tensor_list *list)
{
    size_t length = strlen(header), padded = (length + 7) / 8 * 8;
    unsigned char size[8];
    for (int i = 0; i < 8; i++)
        size[i] = (unsigned char)((uint64_t)padded >> 8 * i);
    bool ok = fwrite(size, 1, 8, file) == 8
              && fprintf(file, "%-*s", (int)padded, header) == (int)padded;
    for (size_t k = 0; ok && k < list->count; k++)
        ok = write_matrix(file, list->at[k].matrix);
    return ok;
}

@ A network whose weights are no numbers any more is good for nothing, and the
file under the name may be good for much. So it is not saved.

@<Functions that write a checkpoint@>=
static gp_status require_finite(const tensor_list *list, gp_error *error)
{
    for (size_t k = 0; k < list->count; k++) {
        const gp_matrix *m = list->at[k].matrix;
        for (size_t i = 0; i < m->rows; i++)
            for (size_t j = 0; j < m->cols; j++)
                if (!isfinite(gp_row(m, i)[j]))
                    return gp_fail(error, GP_FAILED, "%s: not saved: "
                        "expected finite numbers, found %g",
                        list->at[k].name, (double)gp_row(m, i)[j]);
    }
    return GP_OK;
}

@ A layer that the grammar does not know could be written, but never read again.
It is refused while its weights still exist. |gp_layer_register| makes its word
known.

@<Functions that write a checkpoint@>=
static gp_status require_words(gp_network *net, gp_error *error)
{
    for (size_t l = 0; l < gp_network_layers(net); l++) {
        const char *word = gp_network_word(net, l);
        size_t length = strcspn(word, ":( ");
        const char *const *w = gp_network_words();
        while (*w != NULL && (strncmp(*w, word, length) != 0
                              || (*w)[length] != '\0'))
            w++;
        if (*w == NULL)
            return gp_fail(error, GP_BAD_INPUT, "layer %zu: '%s' is not "
                "registered: no file could be read back into it", l + 1,
                word);
    }
    return GP_OK;
}

@ Everything is checked before the disk is touched.

@<Functions that write a checkpoint@>=
static gp_status write_file(const char *path, const char *header,
                            const tensor_list *list, gp_error *error)
{
    output o;
    if (header == NULL)
        return gp_fail(error, GP_NO_MEMORY, "%s: no memory for its header, "
                       "or a name that is not UTF-8", path);
    gp_status s = open_output(path, &o, error);
    if (s == GP_OK) {
        bool written = write_all(o.file, header, list);
        if (!close_output(&o, written))
            s = cannot_write(path, error);
    }
    free_output(&o);
    return s;
}

@ Without metadata the list of tensors needs an empty one, for it looks there
for the input's statistics. The list is only read here, so taking away |const|
does no harm.

@<Functions that write a checkpoint@>=
gp_status gp_checkpoint_save(const char *path, gp_network *net,
                             gp_optimizer *optimizer,
                             const gp_checkpoint_metadata *metadata,
                             gp_error *error)
{
    tensor_list list = {0};
    gp_checkpoint_metadata m = metadata ? *metadata
                                        : @[(gp_checkpoint_metadata){0}@];
    gp_status s = require_words(net, error);
    if (s == GP_OK)
        s = list_tensors(net, optimizer, &m, &list, error);
    if (s == GP_OK)
        s = require_finite(&list, error);
    if (s == GP_OK) {
        char *header = make_header(net, optimizer, metadata, &list);
        s = write_file(path, header, &list, error);
        free(header);
    }
    free(list.at);
    return s;
}

@*1 Reading what may not be ours.
\label{sec:checkpoint-read}
A file that is read back may be cut off, or may never have been a checkpoint.
Everything in it is compared with the length of the file before any memory is
asked for.

@<Types of a checkpoint@>=
typedef struct {
    const char *path;
    FILE *file;
    uint64_t start, size; /* where the numbers begin, and how many bytes */
    json_t *header, *meta;
    gp_error *error;
} checkpoint;

@ A complaint names the file, the place, and what was expected there.

@<Functions that look at the header@>=
static gp_status bad(const checkpoint *c, const char *where,
                     const char *expected)
{
    return gp_fail(c->error, GP_BAD_INPUT, "%s: %s: expected %s", c->path,
                   where, expected);
}

@ The first eight bytes are a length that anybody may have written there. The
format's own limit of 100 megabytes keeps a huge file without contents from
filling the memory with its header.

@<Functions that read a checkpoint@>=
static gp_status read_length(checkpoint *c, uint64_t *length)
{
    unsigned char bytes[8];
    struct stat s;
    if (fstat(fileno(c->file), &s) != 0 || !S_ISREG(s.st_mode))
        return bad(c, "its type", "a file");
    if (s.st_size < 8 || fread(bytes, 1, 8, c->file) != 8)
        return bad(c, "byte 0", "the eight bytes of a safetensors length");
    *length = 0;
    for (int i = 0; i < 8; i++)
        *length |= (uint64_t)bytes[i] << 8 * i;
    if (*length > (uint64_t)s.st_size - 8 || *length > 100000000)
        return gp_fail(c->error, GP_BAD_INPUT, "%s: byte 0: expected a "
            "header of at most 100000000 bytes within the file's %jd, found "
            "%" PRIu64, c->path, (intmax_t)s.st_size, *length);
    c->start = 8 + *length;
    c->size = (uint64_t)s.st_size - c->start;
    return GP_OK;
}

@ Jansson says at which byte it stumbled. Two entries of one name are refused,
since readers would disagree about which of them counts.

@<Functions that read a checkpoint@>=
static gp_status read_json(checkpoint *c, uint64_t length)
{
    json_error_t e = {@[.position@] = 0};
    char *text = malloc((size_t)length + 1);
    if (text == NULL)
        return gp_fail(c->error, GP_NO_MEMORY, "%s: no memory for a header "
                       "of %" PRIu64 " bytes", c->path, length);
    if (fread(text, 1, (size_t)length, c->file) == length)
        c->header = json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES,
                               &e);
    free(text);
    if (!json_is_object(c->header))
        return gp_fail(c->error, GP_BAD_INPUT, "%s: byte %d: expected a JSON "
                       "header, found an error: %s", c->path,
                       8 + e.position, e.text);
    return GP_OK;
}

@ A file of safetensors that another program wrote has no specification in its
metadata. It is refused here. Version 1 lacked only what may be missing.

@<Functions that read a checkpoint@>=
static gp_status read_header(checkpoint *c)
{
    uint64_t length = 0;
    gp_status s = read_length(c, &length);
    if (s == GP_OK)
        s = read_json(c, length);
    if (s != GP_OK)
        return s;
    c->meta = json_object_get(c->header, "__metadata__");
    const char *format =
        json_string_value(json_object_get(c->meta, "format"));
    if (format == NULL || (strcmp(format, "gradient-problem 1") != 0
                           && strcmp(format, "gradient-problem 2") != 0))
        return bad(c, "__metadata__", "format \"gradient-problem 2\" or 1");
    return check_layout(c);
}

@*1 The layout of the numbers.
\label{sec:checkpoint-layout}
Every byte behind the header must belong to exactly one tensor. Where two
tensors overlap, a number of the one is a number of the other; where there are
holes, something may be hidden in them. The format forbids both, and so do we,
for the tensors that nobody asks for as well.

@<Types of a checkpoint@>=
typedef struct {
    const char *name;
    uint64_t from, to; /* bytes, counted from |start| */
} extent;

@ The types of the format, with their sizes.

@<Functions that look at the header@>=
static size_t size_of_type(const char *type)
{
    static const struct {
        const char *name;
        size_t size;
    } types[] = {{"F32", 4}, {"F64", 8}, {"F16", 2}, {"BF16", 2},
                 {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"I8", 1}, {"U8", 1},
                 {"BOOL", 1}, {"I16", 2}, {"U16", 2}, {"I32", 4},
                 {"U32", 4}, {"I64", 8}, {"U64", 8}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(type, types[i].name) == 0)
            return types[i].size;
    return 0;
}

@ The product of a lying shape might wrap around and look small, so it is
compared by division. |UINT64_MAX| stands for a shape that is none.

@<Functions that look at the header@>=
static uint64_t elements(const json_t *shape)
{
    uint64_t n = 1;
    for (size_t i = 0; i < json_array_size(shape); i++) {
        const json_t *side = json_array_get(shape, i);
        json_int_t length = json_integer_value(side);
        if (!json_is_integer(side) || length < 0
            || (length > 0 && n > (UINT64_MAX >> 8) / (uint64_t)length))
            return UINT64_MAX;
        n *= (uint64_t)length;
    }
    return json_is_array(shape) ? n : UINT64_MAX;
}

@ One entry of the header: its parts, its type, and whether type, shape and
bytes agree.

@<Functions that look at the header@>=
static gp_status read_extent(const checkpoint *c, const char *name,
                             json_t *entry, extent *e)
{
    const char *type = "";
    const json_t *shape = NULL;
    json_int_t from, to;
    if (json_unpack(entry, "{s:s, s:o, s:[I,I!]}", "dtype", &type, "shape",
                    &shape, "data_offsets", &from, &to) != 0)
        return bad(c, name, "a tensor with dtype, shape and data_offsets");
    size_t size = size_of_type(type);
    uint64_t n = elements(shape);
    if (size == 0 || n == UINT64_MAX)
        return bad(c, name, "a known dtype, and a shape of whole numbers");
    if (from < 0 || to < from || (uint64_t)to > c->size
        || (uint64_t)(to - from) != n * size)
        @<Complain of the bytes@>@;
    *e = @[(extent){name, (uint64_t)from, (uint64_t)to}@];
    return GP_OK;
}

@ With all numbers, for whoever has to find out what went wrong.

@<Complain of the bytes@>=
return gp_fail(c->error, GP_BAD_INPUT, "%s: %s: expected %" PRIu64
    " bytes within the %" PRIu64 " of the file, found offsets %" PRId64
    " to %" PRId64, c->path, name, n * size, c->size, (int64_t)from,
    (int64_t)to);

@ Sorted by their first byte, each tensor must begin where the one before it
ended, and the last must end with the file. An empty tensor may stand between
two others; the order of the last bytes puts it before its neighbour.

@<Functions that look at the header@>=
static int by_place(const void *a, const void *b)
{
    const extent *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return x->to < y->to ? -1 : x->to > y->to;
}
static gp_status check_order(const checkpoint *c, size_t count, extent *e)
{
    uint64_t end = 0;
    qsort(e, count, sizeof *e, by_place);
    for (size_t i = 0; i < count; end = e[i++].to)
        if (e[i].from != end)
            return gp_fail(c->error, GP_BAD_INPUT, "%s: %s: expected to "
                "begin at byte %" PRIu64 ", where the tensor before it ends, "
                "found %" PRIu64, c->path, e[i].name, end, e[i].from);
    return end == c->size ? GP_OK
        : bad(c, "its end", "no bytes that belong to no tensor");
}

@ All entries but the metadata.

@<Functions that look at the header@>=
static gp_status check_layout(const checkpoint *c)
{
    gp_status s = GP_OK;
    size_t count = 0;
    extent *e = calloc(json_object_size(c->header) + 1, sizeof *e);
    if (e == NULL)
        return gp_fail(c->error, GP_NO_MEMORY, "%s: no memory", c->path);
    void *i = json_object_iter(c->header);
    for (; i != NULL && s == GP_OK; i = json_object_iter_next(c->header, i)) {
        const char *name = json_object_iter_key(i);
        if (strcmp(name, "__metadata__") != 0)
            s = read_extent(c, name, json_object_iter_value(i),
                            &e[count++]);
    }
    if (s == GP_OK)
        s = check_order(c, count, e);
    free(e);
    return s;
}

@ A tensor that is needed must have our type and the matrix's shape. A bias may
be written as a matrix of one row, as we do, or as a vector, as most other
programs do.

@<Functions that read a checkpoint@>=
static bool fits(const json_t *shape, const gp_matrix *m)
{
    size_t n = json_array_size(shape);
    json_int_t last = json_integer_value(json_array_get(shape, n - 1));
    json_int_t rows = n == 2 ? json_integer_value(json_array_get(shape, 0))
                             : 1;
    return (n == 1 || n == 2) && rows == (json_int_t)m->rows
           && last == (json_int_t)m->cols;
}

@ The layout was checked when the header was read, so type and shape are what
is left to ask.

@<Functions that read a checkpoint@>=
static gp_status read_tensor(const checkpoint *c, const tensor *t)
{
    const char *type = "";
    const json_t *shape = NULL;
    extent e;
    json_t *entry = json_object_get(c->header, t->name);
    if (entry == NULL)
        return bad(c, t->name, "this tensor, found none of this name");
    gp_status s = read_extent(c, t->name, entry, &e);
    if (s != GP_OK)
        return s;
    json_unpack(entry, "{s:s, s:o}", "dtype", &type, "shape", &shape);
    if (strcmp(type, NUMBER) != 0 || !fits(shape, t->matrix))
        return gp_fail(c->error, GP_BAD_INPUT, "%s: %s: expected %s of %zu x "
            "%zu, found %s of another type or shape", c->path, t->name,
            NUMBER, t->matrix->rows, t->matrix->cols, type);
    if (fseeko(c->file, (off_t)(c->start + e.from), SEEK_SET) != 0)
        return bad(c, t->name, "a file that can be read from any place");
    return read_matrix(c, t);
}

@ Lowest byte first, as they were written.

@<Functions that look at the header@>=
static gp_status read_matrix(const checkpoint *c, const tensor *t)
{
    unsigned char bytes[sizeof(number_bits)];
    for (size_t i = 0; i < t->matrix->rows; i++)
        for (size_t j = 0; j < t->matrix->cols; j++) {
            number_bits bits = 0;
            if (fread(bytes, 1, sizeof bytes, c->file) != sizeof bytes)
                return bad(c, t->name, "more bytes than the file has");
            for (size_t k = 0; k < sizeof bytes; k++)
                bits |= (number_bits)bytes[k] << 8 * k;
            memcpy(&gp_row(t->matrix, i)[j], &bits, sizeof bits);
        }
    return GP_OK;
}

@*1 The metadata.
\label{sec:checkpoint-metadata}
Numbers come as strings and must be numbers to the last letter. A key that is
not there leaves the value as it was, so the caller sets what is to hold then.

@<Functions that look at the header@>=
static gp_status get_number(const checkpoint *c, const char *key,
                            double *value)
{
    json_t *entry = json_object_get(c->meta, key);
    if (entry == NULL)
        return GP_OK;
    const char *text = json_string_value(entry);
    json_t *number = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    bool good = json_is_number(number);
    if (good)
        *value = json_number_value(number);
    json_decref(number);
    return good ? GP_OK : bad(c, key, "a number in the metadata");
}

@ A whole number must begin with a digit, for |strtoull| would take a minus sign
and wrap around.

@<Functions that look at the header@>=
static gp_status get_integer(const checkpoint *c, const char *key,
                             uint64_t *value)
{
    json_t *entry = json_object_get(c->meta, key);
    if (entry == NULL)
        return GP_OK;
    const char *text = json_string_value(entry);
    char *end = NULL;
    errno = 0;
    if (text != NULL && *text >= '0' && *text <= '9')
        *value = strtoull(text, &end, 10);
    return end != NULL && *end == '\0' && errno == 0
               ? GP_OK : bad(c, key, "a whole number in the metadata");
}

@ A text that does not fit would be another one if it were cut off.

@<Functions that look at the header@>=
static gp_status get_text(const checkpoint *c, const char *key, char *text,
                          size_t room)
{
    json_t *entry = json_object_get(c->meta, key);
    const char *value = json_string_value(entry);
    if (entry == NULL)
        return GP_OK;
    if (value == NULL || strlen(value) >= room)
        return bad(c, key, "a string, and not a very long one");
    strcpy(text, value);
    return GP_OK;
}

@ The names of the classes are an array in JSON, written as one string. They
are found out before they are kept.

@<Functions that look at the header@>=
static gp_status get_class_names(const checkpoint *c,
                                 gp_checkpoint_metadata *m)
{
    json_t *entry = json_object_get(c->meta, "class_names");
    if (entry == NULL)
        return GP_OK;
    const char *text = json_string_value(entry);
    json_t *names = text ? json_loads(text, 0, NULL) : NULL;
    size_t n = json_array_size(names), known = 0;
    m->class_names = n > 0 ? calloc(n, sizeof *m->class_names) : NULL;
    m->classes = m->class_names ? n : 0;
    for (size_t i = 0; i < m->classes; i++) {
        const char *name = json_string_value(json_array_get(names, i));
        m->class_names[i] = name ? strdup(name) : NULL;
        known += m->class_names[i] != NULL;
    }
    json_decref(names);
    return known == n && n > 0 ? GP_OK
        : bad(c, "class_names", "an array of names");
}

@ All of it is optional.

@<Functions that read a checkpoint@>=
static gp_status read_metadata(const checkpoint *c,
                               gp_checkpoint_metadata *m)
{
    gp_status s = get_integer(c, "seed", &m->seed);
    if (s == GP_OK)
        s = get_integer(c, "samples", &m->samples);
    if (s == GP_OK)
        s = get_integer(c, "batch", &m->batch);
    if (s == GP_OK)
        s = get_integer(c, "epoch", &m->epoch);
    if (s == GP_OK)
        s = get_integer(c, "epochs", &m->epochs);
    if (s == GP_OK)
        s = get_text(c, "data", m->data, sizeof m->data);
    if (s == GP_OK)
        s = get_text(c, "schedule", m->schedule, sizeof m->schedule);
    return s == GP_OK ? get_class_names(c, m) : s;
}

@ The statistics of the input are there both or not at all.

@<Functions that read a checkpoint@>=
static gp_status make_statistics(const checkpoint *c, size_t inputs,
                                 gp_checkpoint_metadata *m)
{
    bool mean = json_object_get(c->header, "input.mean") != NULL;
    bool deviation = json_object_get(c->header, "input.deviation") != NULL;
    if (mean != deviation)
        return bad(c, "input.mean", "input.deviation beside it");
    if (!mean)
        return GP_OK;
    gp_status s = gp_matrix_new(&m->mean, 1, inputs, c->error);
    return s == GP_OK ? gp_matrix_new(&m->deviation, 1, inputs, c->error)
                      : s;
}

@*1 Network and optimizer.
\label{sec:checkpoint-network}
The network is made from its specification and seed, then all its numbers
are overwritten. A specification is a header that may lie, too: a file of a
hundred bytes can ask for a gigabyte of weights. But the file must hold every
parameter, so the network may not have more of them than the file has room for.

@<Functions that read a checkpoint@>=
static gp_status read_network(const checkpoint *c, gp_network **net)
{
    uint64_t inputs = 0, seed = 1, position = 0;
    const char *text =
        json_string_value(json_object_get(c->meta, "specification"));
    if (text == NULL)
        return bad(c, "specification", "a string in the metadata");
    @<Read what a network begins with@>@;
    *net = gp_network_new((size_t)inputs, seed, c->error);
    if (*net == NULL)
        return GP_NO_MEMORY;
    gp_network_limit(*net, (size_t)(c->size / sizeof(gp_real)));
    gp_network_random(*net)->position = position;
    gp_error inner = {""};
    s = gp_network_parse(*net, text, &inner);
    return s == GP_OK ? s : gp_fail(c->error, s, "%s: specification: %s",
                                    c->path, inner.message);
}

@ A network of no inputs would be a caller's mistake and stop the program; here
it is a file's.

@<Read what a network begins with@>=
gp_status s = get_integer(c, "inputs", &inputs);
if (s == GP_OK)
    s = get_integer(c, "network_seed", &seed);
if (s == GP_OK)
    s = get_integer(c, "random_position", &position);
if (s == GP_OK && (inputs < 1 || inputs > 1 << 28))
    s = bad(c, "inputs", "a number from 1 to 268435456");
if (s != GP_OK)
    return s;

@ A file without an optimizer is good for evaluation; the caller finds |NULL|
and decides.

@<Functions that read a checkpoint@>=
static gp_status read_optimizer(const checkpoint *c, gp_network *net,
                                gp_optimizer **optimizer)
{
    gp_optimizer_options o = gp_optimizer_defaults(GP_SGD);
    uint64_t kind = 0, form = 0, steps = 0;
    if (json_object_get(c->meta, "optimizer") == NULL)
        return GP_OK;
    @<Read the options of the optimizer@>@;
    if (kind > GP_ADAM || form > GP_ADAM_EPSILON_PLAIN)
        return bad(c, "optimizer", "a kind from 0 to 3, and a form 0 or 1");
    o.kind = (gp_optimizer_kind)kind;
    o.adam_form = (gp_adam_form)form;
    *optimizer = gp_optimizer_new(net, o, c->error);
    if (*optimizer == NULL)
        return GP_NO_MEMORY;
    gp_optimizer_set_steps(*optimizer, steps);
    return GP_OK;
}

@ The table of the fields, now in the other direction.

@<Read the options of the optimizer@>=
gp_status s = get_integer(c, "optimizer", &kind);
if (s == GP_OK)
    s = get_integer(c, "adam_form", &form);
if (s == GP_OK)
    s = get_integer(c, "steps", &steps);
for (size_t i = 0; s == GP_OK && i < OPTION_FIELDS; i++)
    if (json_object_get(c->meta, option_fields[i].key) != NULL)
        s = get_number(c, option_fields[i].key,
                       (double *)((char *)&o + option_fields[i].offset));
if (s != GP_OK)
    return s;

@ In order: the header, the metadata, the network that the specification
describes, the optimizer for that network. Then every tensor that these need
must be in the file. Others may be; they are not looked at.

@<Functions that read a checkpoint@>=
static gp_status read_all(checkpoint *c, gp_checkpoint_metadata *m,
                          gp_network **net, gp_optimizer **optimizer)
{
    tensor_list list = {0};
    gp_status s = read_header(c);
    if (s == GP_OK)
        s = read_metadata(c, m);
    if (s == GP_OK)
        s = read_network(c, net);
    if (s == GP_OK)
        s = make_statistics(c, gp_network_inputs(*net), m);
    if (s == GP_OK && optimizer != NULL)
        s = read_optimizer(c, *net, optimizer);
    if (s == GP_OK)
        s = list_tensors(*net, optimizer ? *optimizer : NULL, m, &list,
                         c->error);
    for (size_t i = 0; i < list.count && s == GP_OK; i++)
        s = read_tensor(c, &list.at[i]);
    free(list.at);
    return s;
}

@ Loading gives all or nothing: a network half read is freed again, and the
metadata are handed over only when everything is right. The optimizer goes
first, since it points into the network.

@<Functions that read a checkpoint@>=
static gp_network *hand_over(gp_status s, gp_network *net,
                             gp_optimizer **optimizer,
                             gp_checkpoint_metadata *m,
                             gp_checkpoint_metadata *wanted)
{
    if (s != GP_OK && optimizer != NULL) {
        gp_optimizer_free(*optimizer);
        *optimizer = NULL;
    }
    if (s != GP_OK) {
        gp_network_free(net);
        net = NULL;
    }
    if (s == GP_OK && wanted != NULL)
        *wanted = *m;
    else
        gp_checkpoint_metadata_free(m);
    return net;
}

@ A pipe would make |fopen| wait for somebody to write into it; opened without
waiting it is a file of the wrong type.

@<Functions that read a checkpoint@>=
gp_network *gp_checkpoint_load(const char *path,
                               gp_checkpoint_metadata *metadata,
                               gp_optimizer **optimizer, gp_error *error)
{
    gp_network *net = NULL;
    gp_checkpoint_metadata m = {0};
    int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    checkpoint c = {@[.path@] = path, @[.error@] = error,
        @[.file@] = descriptor >= 0 ? fdopen(descriptor, "rb") : NULL};
    if (metadata != NULL)
        *metadata = m;
    if (optimizer != NULL)
        *optimizer = NULL;
    gp_status s = c.file != NULL ? read_all(&c, &m, &net, optimizer)
        : gp_fail(error, GP_BAD_INPUT, "%s: expected a checkpoint: %s",
                  path, strerror(errno));
    if (c.file != NULL)
        fclose(c.file);
    json_decref(c.header);
    return hand_over(s, net, optimizer, &m, metadata);
}

@* Index.
