@i common.w

@** Describing and keeping networks.
\label{ch:networks}
Every experiment of this book begins with a network, and nobody wants to build
one from twenty calls that allocate and connect layers. There are two shorter
ways. In C a network is built with calls that read like Keras'. On the command
line, and in a file, it is one line of text.

Both need the same knowledge: which layers there are, by what words they are
called, and which numbers each of them takes. If this knowledge stood in four
places, in the parser, in the calls, in the program that writes files and in
the manual, a new layer would be forgotten in one of them. That happened in an
earlier version of this very program: it saved a network with an unusual slope
and could not read the file again. So the chapter puts the knowledge into one
table, and everything else goes through the table.

The order of the sections is from the outside in: first the network itself;
then the table, and how numbers become text; then the grammar of the line of
text; then Keras' calls; at the end the file.
@* The network.
\label{sec:network}
The chain of Section~\ref{sec:chain} computes outputs and gradients. A network
is a chain with what an experiment needs beside that: a seed, from which all
its weights are drawn; a random generator, from which dropout draws; and the
text that describes it.

There are two ways to add layers. |gp_network_parse| reads them from text and
draws their weights. |gp_network_add| takes a layer that the program has made
itself, with whatever weights it has. Either the whole text is added or, if
there is any mistake in it, nothing.
@(tangled/lib/network.h@>=
#pragma once
#include "walk.h"
#include <stdio.h>
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
    come to have by |gp_network_parse|; at first 268,435,456 */

@ Then the network is run. First room is reserved for the largest batch that
will come. A forward pass gives the logits. For a loss of one's own, the
gradient by the logits goes into |gp_network_backward|; for the usual one,
|gp_network_gradients| does both passes and returns the loss.

As in a chain, |x| is given again for the backward pass. That pass is an error,
and not a crash, if room was reserved or a layer added since the forward pass,
for then the outputs that it needs are gone.
@(tangled/lib/network.h@>=
gp_status gp_network_reserve(gp_network *net, size_t batch, gp_error *error);
const gp_matrix *gp_network_forward(gp_network *net, const gp_matrix *x,
                                    bool training); /* the logits */
gp_status gp_network_backward(gp_network *net, const gp_matrix *x,
                              const gp_matrix *dlogits, gp_error *error);
double gp_network_gradients(gp_network *net, const gp_matrix *x,
                            const gp_label *labels); /* forward, mean softmax
    cross-entropy, backward; returns the loss */

@ A network that has been trained is asked for answers. The class that it holds for
the most likely one, and the probabilities of all, come from one call, for as
many samples as there are. Either may be |NULL| if it is not wanted. Data of
another width are an error with both numbers in its message, for data come from
outside. Whether the data were standardized as those of the training were, the
network cannot see; a checkpoint keeps what is needed for it.

@(tangled/lib/network.h@>=
gp_status gp_predict(gp_network *net, const gp_matrix *x,
                     gp_matrix *probabilities, gp_label *classes,
                     gp_error *error);
    /* |probabilities|: [rows of |x|, outputs]; |classes|: one for each row */

@ The rest of the interface looks inside. The diagnostics of this book need no
access to the structure itself; they read a network through these functions.
The accessors that return a matrix give a view of the last pass, which must not
be changed. Whoever wants to visit all parameters, those of layers inside
layers included, walks through |gp_network_chain| (Section~\ref{sec:walk}).
@(tangled/lib/network.h@>=
size_t gp_network_inputs(const gp_network *net);
size_t gp_network_outputs(const gp_network *net);
size_t gp_network_layers(const gp_network *net);
gp_layer *gp_network_layer(const gp_network *net, size_t i);
const gp_chain *gp_network_chain(const gp_network *net);
const gp_matrix *gp_network_output(const gp_network *net, size_t i);
    /* of layer |i| in the last forward pass */
const gp_matrix *gp_network_output_gradient(const gp_network *net, size_t i);
    /* the loss's gradient by that output, in the last backward pass */

@ Three accessors describe the network as a whole: how many numbers its
parameters hold, the text by which it was made, and a table for the eye.

@(tangled/lib/network.h@>=
size_t gp_network_count(const gp_network *net, bool trainable_only);
const char *gp_network_specification(const gp_network *net);
    /* as the layers were added; |gp_chain_specification| writes it anew */
void gp_network_summary(const gp_network *net, FILE *file);
    /* a table of layers, shapes and parameters */

@ A training that is interrupted and goes on must draw the same random numbers
as one that was not. So a checkpoint has to store how far the generator for
dropout has been read, and set it again.
A program that builds a network in ten lines does not want ten checks. The
network remembers the first of its errors; each later call that would add to it
returns that status and does nothing.

@(tangled/lib/network.h@>=
uint64_t gp_network_seed(const gp_network *net);
uint64_t gp_network_random_position(const gp_network *net);
void gp_network_set_random_position(gp_network *net, uint64_t position);
const gp_error *gp_network_error(const gp_network *net); /* or |NULL| */
gp_status gp_network_remember(gp_network *net, gp_status status,
                              const gp_error *error);
    /* keeps what went wrong, for |gp_network_error| */
GP_END_DECLS@;

@ Where do the weights come from? If all layers drew from one generator, one
after the other, a change in layer 2 would move all later draws, and the
comparison of two networks would compare different weights in all layers that
they have in common. So layer $i$ draws from stream $i$ of the seed. Layer 3
has the same weights whether layer 2 has a hundred units or is a dropout
without any. Dropout itself draws from a stream beyond those of all layers.
@(tangled/lib/network.c@>=
#include "network.h"
#include "loss.h"
#include "specification.h"
#include <stdlib.h>
#include <string.h>
@#
struct gp_network {
    gp_chain *chain;
    uint64_t seed;
    gp_random root, random; /* for weights, and for dropout */
    gp_limits left; /* what may still be added */
    gp_status status; /* of the first call that failed */
    gp_error error;
    char *text; /* the specification, |length| bytes long */
    size_t length, room;
};
static const uint64_t dropout_stream = UINT64_MAX >> 1;

@ A new network has no layers; its output is its input. The specification starts
as the empty string, so that appending to it needs no special case. The three
pieces of memory are asked for first. If one is missing the others are given
back, and |free| allows the null pointer, so nobody needs to know which.
@(tangled/lib/network.c@>=
gp_network *gp_network_new(size_t inputs, uint64_t seed, gp_error *error)
{
    gp_network *net = calloc(1, sizeof *net);
    char *text = calloc(1, 1);
    gp_chain *chain = net && text ? gp_chain_new(inputs, error) : NULL;
    if (chain == NULL) {
        free(net);
        free(text);
        gp_fail(error, GP_NO_MEMORY, "no memory for a network");
        return NULL;
    }
    *net = @[(gp_network){@[.chain@] = chain, @[.seed@] = seed,
        @[.text@] = text, @[.room@] = 1, @[.left@] = gp_limits_usual()}@];
    net->root = gp_random_new(seed);
    net->random = gp_random_split(&net->root, dropout_stream);
    return net;
}

@ Freeing goes the other way. The chain frees its layers, and these their
parameters.
@(tangled/lib/network.c@>=
void gp_network_free(gp_network *net)
{
    if (net == NULL)
        return;
    gp_chain_free(net->chain);
    free(net->text);
    free(net);
}

@ The specification grows by a few words with each layer. What if the layers have
been added, and then there is no memory for the words? The network would no
longer agree with its own description. So room for the words is made first.
When the layers have been added, there is nothing left that could fail. The
room doubles each time, so that a thousand layers do not copy the text a
thousand times.
@(tangled/lib/network.c@>=
static gp_status make_room(gp_network *net, size_t more, gp_error *error)
{
    size_t needed = net->length + more + 2, room = net->room;
    while (room < needed)
        room *= 2;
    char *text = room > net->room ? realloc(net->text, room) : net->text;
    if (text == NULL)
        return gp_fail(error, GP_NO_MEMORY, "no memory for a specification "
                       "of %zu bytes", needed);
    net->text = text;
    net->room = room;
    return GP_OK;
}

@ Recording copies the words behind those that are there, with a blank between
them.

@(tangled/lib/network.c@>=
static void record(gp_network *net, const char *words)
{
    size_t n = strlen(words);
    if (net->length > 0)
        net->text[net->length++] = ' ';
    memcpy(net->text + net->length, words, n + 1);
    net->length += n;
}

@ The text is read by the functions of Section~\ref{sec:specification}, which
leave the chain as it was when anything is wrong. |net->left| says how much may
still be added, and they keep the account.
@(tangled/lib/network.c@>=
gp_status gp_network_parse(gp_network *net, const char *text,
                           gp_error *error)
{
    gp_status s = make_room(net, strlen(text), error);
    if (s == GP_OK)
        s = gp_specification_read(net->chain, text, &net->root, &net->left,
                                  error);
    if (s == GP_OK)
        record(net, text);
    return s;
}

@ A layer that a program made itself has to be described, too. The registry has
words for it if it knows the layer's type, and if the numbers that it was made
with lie in their ranges. A type that is not registered has no words. It may be
used all the same, as an experiment with noise in Chapter
\ref{ch:batch-normalization} does; its name then stands in the specification
for the reader, and saving such a network is an error. The layer is the
network's from the first line on, so whatever fails has to free it.
@(tangled/lib/network.c@>=
gp_status gp_network_add(gp_network *net, gp_layer *layer, gp_error *error)
{
    const char *name = layer->type->name;
    bool writable = gp_layer_writable(layer, NULL) == GP_OK;
    char *words = writable ? gp_layer_specification(layer, error) : NULL;
    gp_status s = writable && words == NULL ? GP_NO_MEMORY
        : make_room(net, strlen(words ? words : name), error);
    if (s == GP_OK)
        s = gp_chain_add(net->chain, layer, error);
    else
        gp_layer_free(layer);
    if (s == GP_OK)
        record(net, words ? words : name);
    free(words);
    return s;
}

@ A file that somebody sent may describe any network. If the file has a hundred
numbers in it, the network cannot have a thousand parameters, and to allocate
them before finding out would be careless. The limit is set before the text is
read.
@(tangled/lib/network.c@>=
void gp_network_limit(gp_network *net, size_t most)
{
    size_t have = gp_network_count(net, false);
    net->left.parameters = most > have ? most - have : 0;
}

@*1 Running a network.
\label{sec:network-passes}
The passes are the chain's. The network adds its generator, and one check: a
network that failed while it was built is not reserved, and says again why. A
program that ignored all errors until then learns of the first one here, before
it has trained anything.
@(tangled/lib/network.c@>=
gp_status gp_network_reserve(gp_network *net, size_t batch, gp_error *error)
{
    if (net->status != GP_OK)
        return gp_fail(error, net->status, "%s", net->error.message);
    return gp_chain_reserve(net->chain, batch, error);
}
const gp_matrix *gp_network_forward(gp_network *net, const gp_matrix *x,
                                    bool training)
{
    gp_pass pass = {training, &net->random};
    return gp_chain_forward(net->chain, x, &pass);
}

@ Training asks for the gradients by the labels. The loss is the mean softmax
cross-entropy of Section~\ref{sec:cross-entropy}, in which the softmax is
already contained; that is why no network of this book ends in one.

@(tangled/lib/network.c@>=
double gp_network_gradients(gp_network *net, const gp_matrix *x,
                            const gp_label *labels)
{
    gp_pass pass = {true, &net->random};
    return gp_chain_gradients(net->chain, x, labels, &pass);
}

@ An experiment with a loss of its own calls |gp_network_backward| with the
gradient of that loss by the logits. The gradient comes from outside, so its
shape is compared with that of the logits, and a misfit is reported. Whether
there was a forward pass at all, the chain knows.
@(tangled/lib/network.c@>=
gp_status gp_network_backward(gp_network *net, const gp_matrix *x,
                              const gp_matrix *dlogits, gp_error *error)
{
    gp_matrix *upstream = gp_chain_upstream(net->chain);
    if (upstream != NULL && (upstream->rows != dlogits->rows
                             || upstream->cols != dlogits->cols))
        return gp_fail(error, GP_BAD_INPUT, "expected a gradient of %zu x "
            "%zu, found %zu x %zu", upstream->rows, upstream->cols,
            dlogits->rows, dlogits->cols);
    if (upstream != NULL)
        gp_matrix_copy(upstream, dlogits);
    return gp_chain_backward(net->chain, x, NULL, error);
}

@*1 Predicting.
\label{sec:predict}
What comes from outside is checked first: are there layers, does the width of the
data fit, is there room for the answers?

@(tangled/lib/network.c@>=
static gp_status can_predict(const gp_network *net, const gp_matrix *x,
                             const gp_matrix *p, gp_error *error)
{
    if (gp_network_layers(net) == 0)
        return gp_fail(error, GP_BAD_INPUT, "a network without layers");
    if (x->cols != gp_network_inputs(net))
        return gp_fail(error, GP_BAD_INPUT, "expected samples of %zu numbers,"
                       " found %zu", gp_network_inputs(net), x->cols);
    if (p != NULL && (p->rows != x->rows
                      || p->cols != gp_network_outputs(net)))
        return gp_fail(error, GP_BAD_INPUT, "expected room for probabilities "
                       "of %zu x %zu, found %zu x %zu", x->rows,
                       gp_network_outputs(net), p->rows, p->cols);
    return GP_OK;
}

@ The class is the place of the largest logit. The softmax would not change which
one is largest.

@(tangled/lib/network.c@>=
static void choose(const gp_matrix *logits, gp_label *classes)
{
    for (size_t i = 0; i < logits->rows; i++) {
        const gp_real *z = gp_row(logits, i);
        size_t best = 0;
        for (size_t j = 1; j < logits->cols; j++)
            if (z[j] > z[best])
                best = j;
        classes[i] = (gp_label)best;
    }
}

@ A million samples need not be in the network at the same time. They go through
in batches, which are views of the caller's matrices, so that nothing is copied.
The pass is one of inference: no dropout, and running statistics.

@(tangled/lib/network.c@>=
gp_status gp_predict(gp_network *net, const gp_matrix *x,
                     gp_matrix *probabilities, gp_label *classes,
                     gp_error *error)
{
    const size_t most = x->rows < 500 ? x->rows : 500;
    gp_status s = can_predict(net, x, probabilities, error);
    if (s == GP_OK)
        s = gp_network_reserve(net, most, error);
    for (size_t i = 0; s == GP_OK && i < x->rows; i += most) {
        const size_t rows = x->rows - i < most ? x->rows - i : most;
        const gp_matrix part = gp_matrix_rows(x, i, rows);
        const gp_matrix *logits = gp_network_forward(net, &part, false);
        @<Answer for the |rows| samples from |i| on@>@;
    }
    return s;
}

@ The answers go to the places that belong to these samples.

@<Answer for the |rows| samples from |i| on@>=
if (probabilities != NULL) {
    gp_matrix p = gp_matrix_rows(probabilities, i, rows);
    gp_softmax(logits, &p);
}
if (classes != NULL)
    choose(logits, classes + i);

@*1 Looking at a network.
The questions about layers are passed on to the chain. These functions seem to
do nothing. They are there because a user of the library should not have to
know that a network contains a chain, and because the structure can then change
without breaking programs that were compiled before.
@(tangled/lib/network.c@>=
size_t gp_network_inputs(const gp_network *net)
{
    return gp_chain_inputs(net->chain);
}
size_t gp_network_outputs(const gp_network *net)
{
    return gp_chain_outputs(net->chain);
}
size_t gp_network_layers(const gp_network *net)
{
    return gp_chain_length(net->chain);
}
gp_layer *gp_network_layer(const gp_network *net, size_t i)
{
    return gp_chain_layer(net->chain, i);
}

@ The same holds for the questions about the last pass. The matrices belong to
the chain. If its room is given up they lose their rows, and a program that
still looks at them finds nothing where it would have found freed memory.
@(tangled/lib/network.c@>=
const gp_chain *gp_network_chain(const gp_network *net)
{
    return net->chain;
}
const gp_matrix *gp_network_output(const gp_network *net, size_t i)
{
    return gp_chain_output(net->chain, i);
}
const gp_matrix *gp_network_output_gradient(const gp_network *net, size_t i)
{
    return gp_chain_output_gradient(net->chain, i);
}

@ Counts go through all layers, those inside others included.

@(tangled/lib/network.c@>=
size_t gp_network_count(const gp_network *net, bool trainable_only)
{
    return gp_chain_count(net->chain, trainable_only);
}

@ The rest the network knows itself. Of the random generator only the position is
shown: which numbers it will draw follows from the seed and from that.
@(tangled/lib/network.c@>=
const char *gp_network_specification(const gp_network *net)
{
    return net->text;
}
uint64_t gp_network_seed(const gp_network *net)
{
    return net->seed;
}
uint64_t gp_network_random_position(const gp_network *net)
{
    return net->random.position;
}
void gp_network_set_random_position(gp_network *net, uint64_t position)
{
    net->random.position = position;
}

@ A program that builds a network by ten calls wants to check once, at the end.
The first error stays and is the one that is shown; the later ones follow from
it more often than not. The function returns the status that the network has
now, so that a call can end with it.
@(tangled/lib/network.c@>=
const gp_error *gp_network_error(const gp_network *net)
{
    return net->status == GP_OK ? NULL : &net->error;
}
gp_status gp_network_remember(gp_network *net, gp_status status,
                              const gp_error *error)
{
    if (net->status == GP_OK && status != GP_OK) {
        net->status = status;
        net->error = *error;
    }
    return net->status;
}

@ A table for the eye, as Keras' |summary| prints it: each layer in words, how
many numbers leave it for each sample, and its parameters. Such a table finds
the two mistakes that are made most often, a layer that was forgotten and a
layer of the wrong width, before the first hour of training. Layers inside a
layer stand below it, a little to the right.
@(tangled/lib/network.c@>=
void gp_network_summary(const gp_network *net, FILE *file)
{
    fprintf(file, "%-44s %9s %12s\n", "layer", "outputs", "parameters");
    fprintf(file, "%-44s %9zu\n", "(input)", gp_network_inputs(net));
    for (gp_walk w = gp_chain_walk(net->chain); gp_walk_layer(&w);)
        @<Print the row of |w.layer|@>@;
    size_t all = gp_network_count(net, false);
    size_t trained = gp_network_count(net, true);
    fprintf(file, "%zu parameters, %zu trained and %zu not\n", all, trained,
            all - trained);
}

@ Of a layer with others inside only its name is printed, since the others follow
in rows of their own. A layer that the registry does not know has its type's
name, too.
@<Print the row of |w.layer|@>=
{
    char *words = gp_layer_inner(w.layer)
                      ? NULL : gp_layer_specification(w.layer, NULL);
    int indent = 2 * ((int)w.depth - 1);
    fprintf(file, "%*s%-*.*s %9zu %12zu\n", indent, "", 44 - indent,
            44 - indent, words ? words : w.layer->type->name,
            w.layer->outputs, gp_layer_count(w.layer, false));
    free(words);
}

@* Numbers as text.
\label{sec:decimal}
A specification contains numbers, and will be read on other machines. C's
|strtod| and |printf| follow the language settings of the process: where they
say that decimals have a comma, \texttt{leaky\_relu:0.2} is no number, and the
same slope is written as \texttt{0,2}. A program that sets no locale never
notices. A library must, for it cannot know what the program around it does.

@(tangled/lib/decimal.h@>=
#pragma once
#include "real.h"
@#
GP_BEGIN_DECLS@;
enum { GP_DECIMAL = 32 }; /* room for any number as text */
bool gp_decimal_read(const char *text, double *value);
    /* is all of |text| a number, with a point whatever the locale? */
void gp_decimal_write(char text[GP_DECIMAL], double value, bool single);
    /* the shortest text that is read as the same number: as the same
       |gp_real| if |single|, or else as the same |double| */
GP_END_DECLS@;

@ C has no function that reads or writes a number and ignores the locale. But what
the locale wants can be asked:
|localeconv| tells its decimal point, which need not be a single character.
Before |strtod| sees the text, the point in it is replaced by that.

The other characters are checked first. That excludes commas, and also what
|strtod| would accept beyond our grammar: blanks, |inf|, |nan|, and hexadecimal
numbers. An infinite number such as 1e999, minus itself, is not zero, which is
the last condition.
@(tangled/lib/decimal.c@>=
#include "decimal.h"
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
@#
bool gp_decimal_read(const char *text, double *value)
{
    char local[2 * GP_DECIMAL], *end;
    size_t length = strlen(text), point = strcspn(text, ".");
    if (length == 0 || length > GP_DECIMAL
        || strspn(text, "0123456789.eE+-") < length)
        return false;
    snprintf(local, sizeof local, "%.*s%s%s", (int)point, text,
             point < length ? localeconv()->decimal_point : "",
             point < length ? text + point + 1 : "");
    *value = strtod(local, &end);
    return *end == '\0' && *value - *value == 0;
}

@ In the other direction the locale's point is taken out again. And while we are
at it, an exponent loses its plus sign and its zeros: C writes \texttt{1e-05}
for what everybody else writes as \texttt{1e-5}. The text in |local| is cut in
three: digits before the point, digits behind it, exponent.
@(tangled/lib/decimal.c@>=
static void print(char text[GP_DECIMAL], double value, int digits)
{
    const char *point = localeconv()->decimal_point;
    char local[2 * GP_DECIMAL];
    snprintf(local, sizeof local, "%.*g", digits, value);
    @<Cut |local| at its point and at its exponent@>@;
    int used = snprintf(text, GP_DECIMAL, "%.*s%s%.24s",
                        at ? (int)(at - local) : 24, local, at ? "." : "",
                        at ? at + strlen(point) : "");
    if (e)
        snprintf(text + used, (size_t)(GP_DECIMAL - used), "e%ld", exponent);
}

@ The exponent is read as a number, which drops its plus sign and zeros, and cut
off. A text without a point or without an exponent has a null pointer there.

@<Cut |local| at its point and at its exponent@>=
char *at = strstr(local, point), *e = strchr(local, 'e');
long exponent = e ? strtol(e + 1, NULL, 10) : 0;
if (e)
    *e = '\0';

@ How many digits are enough? Seventeen identify every |double|, but 0.2 with
seventeen digits is 0.20000000000000001, and a slope of 0.2 that is kept as a
|float| would come out as 0.200000003. Nobody typed that. The shortest text is
found by trying: one digit, two digits, until the text is read as the number
that it came from. Clever algorithms do this without trying, but a network has
few numbers. By the same rule a hundred units would be written as 1e2, so whole
numbers are written in full.
@(tangled/lib/decimal.c@>=
void gp_decimal_write(char text[GP_DECIMAL], double value, bool single)
{
    bool same = value == floor(value) && fabs(value) < 1e15;
    if (same)
        snprintf(text, GP_DECIMAL, "%.0f", value == 0 ? 0 : value);
    for (int digits = 1; digits <= 17 && !same; digits++) {
        double back = 0;
        print(text, value, digits);
        same = gp_decimal_read(text, &back)
               && (single ? (gp_real)back == (gp_real)value : back == value);
    }
}

@* The registry.
\label{sec:registry}
The registry is a table with one row for each word. A row says how the layer is
made, how its arguments are called, in which range they must lie and which
values they have if they are left out. An activation of your own needs its two
functions (Section~\ref{sec:activation}) and one row here. It is then a word of
the grammar, can be saved and loaded, is timed by \texttt{lab bench}, and is
tried by all tests that go through the table.

Six kinds of arguments occur. The first two are numbers. They differ in how
exactly the layer keeps them, which matters when they are written: a slope that
is kept as a |float| has its shortest text as a |float|.
@(tangled/lib/registry.h@>=
#pragma once
#include "activation.h"
#include "chain.h"
#include "decimal.h"
#include "initialize.h"
@#
GP_BEGIN_DECLS@;
typedef enum {
    GP_NUMBER, /* kept as a |gp_real| */
    GP_PRECISE, /* kept as a |double| */
    GP_UNITS, /* a whole number: how many outputs */
    GP_CHOICE, /* one of a few words */
    GP_INITIALIZER, /* of the weights: a word of a table of its own */
    GP_FLAG /* a word, which is there or not */
} gp_argument_kind;

@ An argument has a range. ``A number'' would be too generous: \texttt{dropout:7}
and \texttt{leaky\_relu:-3} are numbers, and mistakes. The default is what an
argument has when it is left out. Where there is no sensible one it is NaN, and
the argument must be given.

@(tangled/lib/registry.h@>=
typedef struct {
    const char *name; /* in capitals, but that of a flag is the word itself */
    gp_argument_kind kind;
    double otherwise; /* its default; NaN: it must be given */
    double low, high; /* the range, ends included */
    const char *const *choices; /* of a |GP_CHOICE|; the value is a place */
} gp_argument;

@ With the values of all arguments a layer can be made. They are collected in a
\emph{recipe}, together with the number of inputs, which comes from the layer
before. A composite layer also gets the chain that stood in parentheses behind
its word. The initializer, if the row has one, will fill the first parameter of
the new layer. Initializers have arguments like layers, so their table looks the
same: a word, a function, a list of arguments.
@(tangled/lib/registry.h@>=
enum { GP_MAX_ARGUMENTS = 4 };
typedef struct {
    const char *word;
    bool (*fill)(gp_matrix *w, const double *value, gp_random *r);
    gp_argument argument[GP_MAX_ARGUMENTS]; /* ends with a |NULL| name */
} gp_initializer;
typedef struct {
    size_t inputs;
    double value[GP_MAX_ARGUMENTS]; /* choices as places, flags as 0 or 1 */
    const gp_initializer *initializer;
    double drawn[GP_MAX_ARGUMENTS]; /* the initializer's own arguments */
    gp_chain *inside; /* taken over, also on failure */
} gp_recipe;

@ And here is the row of a layer. It has either an activation, and then |alpha|
and |beta| are its arguments, or a function that makes the layer from a recipe.
|per_input| is used before the layer is made. To refuse a layer that is too
large after its memory has been asked for would be too late.
@(tangled/lib/registry.h@>=
typedef struct {
    const char *word;
    const gp_activation_type *activation; /* alpha and beta: its arguments */
    gp_layer *(*make)(const gp_recipe *recipe, gp_error *error);
    size_t per_input; /* parameters that it has for each input */
    bool composite; /* with layers in parentheses behind the word */
    gp_argument argument[GP_MAX_ARGUMENTS]; /* ends with a |NULL| name */
} gp_word;

@ Rows are found by their number, by their word, or from a layer. Whoever lists
all words, for a help text or for a test, counts |i| up from 0.

@(tangled/lib/registry.h@>=
const gp_word *gp_word_at(size_t i); /* |NULL| behind the last */
const gp_word *gp_word_find(const char *word); /* |NULL|: unknown */
const gp_word *gp_word_of(const gp_layer *layer); /* |NULL|: none */
const gp_initializer *gp_initializer_at(size_t i);
const gp_initializer *gp_initializer_find(const char *word);

@ A layer of your own joins the table by |gp_layer_register|, at the start of
the program. The row must live as long as the program does, and its layer type
must have the row's word as its name.

@(tangled/lib/registry.h@>=
gp_status gp_layer_register(const gp_word *row, gp_error *error);
gp_layer *gp_word_make(const gp_word *row, const gp_recipe *recipe,
                       gp_random *r, gp_error *error); /* with its weights */

@ The other way, from a layer to the arguments it was made with, is needed for
writing. The rest serves messages and manuals.

@(tangled/lib/registry.h@>=
gp_status gp_word_arguments(const gp_word *row, const gp_layer *layer,
                            double value[GP_MAX_ARGUMENTS], gp_error *error);
    /* what |layer| was made with; |GP_BAD_INPUT| if it is out of range */
gp_status gp_argument_check(const gp_argument *a, const char *word,
                            double value, gp_error *error);
void gp_argument_write(const gp_argument *a, double value,
                       char text[GP_DECIMAL]);
void gp_word_usage(const char *word, const gp_argument *arguments,
                   bool composite, char *text, size_t size);
    /* such as \texttt{leaky\_relu[:ALPHA]} */

@ Somebody who mistypes a word is told the nearest one. The first function takes
any list, and serves the commands and options of \texttt{lab} as well.
@(tangled/lib/registry.h@>=
const char *gp_nearest_word(const char *text, const char *const *words);
    /* of the |NULL|-terminated list, that which differs least; |NULL| if
       even that is too different to be meant */
const char *gp_nearest_layer(const char *text);
const char *gp_nearest_initializer(const char *text);
GP_END_DECLS@;

@ The module knows every layer of the book, and it is the only one that does.
What stands behind it in the chapter asks the table. Its parts come in the order
in which a word becomes a layer: find the row, check the arguments, make the
layer, draw its weights.
@(tangled/lib/registry.c@>=
#include "registry.h"
@<Headers of the layers@>@;
#include <ctype.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
@#
@<Functions that make layers from a recipe@>@;
@<The table of layers@>@;
@<Functions that fill weights@>@;
@<The table of initializers@>@;
@<Find a row@>@;
@<Register a row@>@;
@<Check and write arguments@>@;
@<Make a layer from its row@>@;
@<Find the nearest word@>@;

@ A new module with a layer is named here, and its words below. These two places
are all that has to be changed for it.
@<Headers of the layers@>=
#include "batchnorm.h"
#include "dense.h"
#include "dropout.h"
#include "elu.h"
#include "layernorm.h"
#include "rectifier.h"
#include "residual.h"
#include "sigmoid.h"
#include "smooth.h"

@*1 The table of layers.
\label{sec:table-of-layers}
The dense layer comes first, because it is the only one without which no
network can be written. It has three arguments: the number of units, which must
be given; an initializer; and a flag, for a layer without a bias. The default of
an initializer is its place in the table of initializers, and 0 is
\texttt{glorot\_uniform}, Keras' choice.
@<The table of layers@>=
enum { MOST_UNITS = 1 << 20 };
#define MUST NAN /* a default for what must be given */
static const gp_word built_in[] = {
    {"dense", NULL, make_dense, 0, false,
     {{"UNITS", GP_UNITS, MUST, 1, MOST_UNITS, NULL},
      {"INITIALIZER", GP_INITIALIZER, 0, 0, 0, NULL},
      {"nobias", GP_FLAG, 0, 0, 1, NULL}}},
    @<Words of the activations@>@;
    @<Words of the rectifiers@>@;
    @<Words of the exponential family@>@;
    @<Words of the normalizations@>@;
};

@ For most activations the row is short: the word and the activation. C fills the
rest of the row with zeros, which means no arguments. The hard sigmoid is the
exception, since libraries disagree about its slope.
@<Words of the activations@>=
{"sigmoid", &gp_sigmoid}, {"tanh", &gp_tanh}, {"relu", &gp_relu},
{"identity", &gp_identity},
{"gelu", &gp_gelu}, {"gelu_tanh", &gp_gelu_tanh}, {"swish", &gp_swish},
{"mish", &gp_mish}, {"softplus", &gp_softplus},
{"hard_sigmoid", &gp_hard_sigmoid, NULL, 0, false,
 {{"ALPHA", GP_NUMBER, 1 / 6.0, 0, 1, NULL},
  {"BETA", GP_NUMBER, 0.5, 0, 1, NULL}}},

@ The ranges keep out what cannot be meant. They are wide, since a slope of 5 is
odd but an experiment that somebody may want. PReLU's slope is where training
begins; one slope for all units in place of one for each is a flag. That the
lower slope of RReLU is not above its upper one cannot be said in a table, and
its constructor checks it.
@<Words of the rectifiers@>=
{"leaky_relu", &gp_leaky_relu, NULL, 0, false,
 {{"ALPHA", GP_NUMBER, 0.01, 0, 100, NULL}}},
{"prelu", NULL, make_prelu, 0, false,
 {{"ALPHA", GP_NUMBER, 0.25, -100, 100, NULL},
  {"shared", GP_FLAG, 0, 0, 1, NULL}}},
{"rrelu", NULL, make_rrelu, 0, false,
 {{"LOWER", GP_NUMBER, 1 / 8.0, 0, 100, NULL},
  {"UPPER", GP_NUMBER, 1 / 3.0, 0, 100, NULL}}},

@ A range includes its ends, so ``greater than zero'' is written as a smallest
number that makes sense. The two constants of SELU are arguments for those who
want to see what other constants do. A dropout without a rate would be a guess
at what the reader meant, so the rate must be given. Zero is allowed as a rate,
and is a layer that does nothing; one is not, since nothing would be left.
@<Words of the exponential family@>=
{"elu", &gp_elu, NULL, 0, false, {{"ALPHA", GP_NUMBER, 1, 0, 100, NULL}}},
{"celu", &gp_celu, NULL, 0, false,
 {{"ALPHA", GP_NUMBER, 1, 1e-3, 100, NULL}}},
{"selu", &gp_selu, NULL, 0, false,
 {{"ALPHA", GP_NUMBER, GP_SELU_ALPHA, 0, 100, NULL},
  {"SCALE", GP_NUMBER, GP_SELU_SCALE, 1e-3, 100, NULL}}},
{"dropout", NULL, make_dropout, 0, false,
 {{"RATE", GP_NUMBER, MUST, 0, 0.99, NULL}}},
{"alpha_dropout", NULL, make_alpha_dropout, 0, false,
 {{"RATE", GP_NUMBER, MUST, 0, 0.99, NULL}}},

@ The normalizations keep their numbers as |double|, because a momentum of 0.99
is used as $1-0.99$, which would lose digits. Momentum and $\varepsilon$ of batch
normalization have Keras' meaning and Keras' defaults: 0.99 weighs the old
average. A residual connection has layers inside; they stand in parentheses
behind its arguments. Its scale can be a parameter that is trained.
@<Words of the normalizations@>=
{"batchnorm", NULL, make_batchnorm, 4, false,
 {{"MOMENTUM", GP_PRECISE, 0.99, 0, 1, NULL},
  {"EPSILON", GP_PRECISE, 1e-3, 1e-12, 1, NULL},
  {"unbiased", GP_FLAG, 0, 0, 1, NULL}}},
{"layernorm", NULL, make_layernorm, 2, false,
 {{"EPSILON", GP_PRECISE, GP_LAYERNORM_EPSILON, 1e-12, 1, NULL}}},
{"rmsnorm", NULL, make_rmsnorm, 1, false,
 {{"EPSILON", GP_PRECISE, GP_RMSNORM_EPSILON, 1e-12, 1, NULL}}},
{"residual", NULL, make_residual, 0, true,
 {{"SCALE", GP_NUMBER, 1, -100, 100, NULL},
  {"trained", GP_FLAG, 0, 0, 1, NULL}}},

@ The functions that make layers pass the values on to the constructors of the
chapters. The values stand in the order of the row: |value[0]| of a dense layer
is its units, |value[1]| would be its initializer, |value[2]| the flag.
@<Functions that make layers from a recipe@>=
static gp_layer *make_dense(const gp_recipe *r, gp_error *e)
{
    return gp_dense_new(r->inputs, (size_t)r->value[0], r->value[2] == 0, e);
}
static gp_layer *make_prelu(const gp_recipe *r, gp_error *e)
{
    return gp_prelu_new(r->inputs, r->value[1] != 0, (gp_real)r->value[0], e);
}
static gp_layer *make_rrelu(const gp_recipe *r, gp_error *e)
{
    return gp_rrelu_new(r->inputs, (gp_real)r->value[0],
                        (gp_real)r->value[1], e);
}

@ The two kinds of dropout have one argument each, the rate.
@<Functions that make layers from a recipe@>=
static gp_layer *make_dropout(const gp_recipe *r, gp_error *e)
{
    return gp_dropout_new(r->inputs, (gp_real)r->value[0], e);
}
static gp_layer *make_alpha_dropout(const gp_recipe *r, gp_error *e)
{
    return gp_alpha_dropout_new(r->inputs, (gp_real)r->value[0], e);
}

@ Whether batch normalization keeps the unbiased variance, as PyTorch does, is
not an argument of its constructor but set afterwards. In the specification it
is a flag like any other. A layer of which a checkpoint would forget this
property would go on with other statistics after it is read.
@<Functions that make layers from a recipe@>=
static gp_layer *make_batchnorm(const gp_recipe *r, gp_error *e)
{
    gp_layer *layer = gp_batchnorm_new(r->inputs, r->value[0], r->value[1],
                                       e);
    if (layer != NULL)
        gp_batchnorm_set_unbiased(layer, r->value[2] != 0);
    return layer;
}

@ The layers of Chapter~\ref{ch:residual}. The branch of a residual
connection is the chain in parentheses. The constructor takes it over, whether
it succeeds or not.
@<Functions that make layers from a recipe@>=
static gp_layer *make_layernorm(const gp_recipe *r, gp_error *e)
{
    return gp_layernorm_new(r->inputs, r->value[0], e);
}
static gp_layer *make_rmsnorm(const gp_recipe *r, gp_error *e)
{
    return gp_rmsnorm_new(r->inputs, r->value[0], e);
}
static gp_layer *make_residual(const gp_recipe *r, gp_error *e)
{
    return gp_residual_new(r->inside, r->value[0], r->value[1] != 0, e);
}

@*1 The table of initializers.
The names of Chapter~\ref{ch:initialization} take no arguments, except that an
orthogonal matrix may have a gain. Behind them stand those that need some. What
Keras writes as \texttt{VarianceScaling(2, "fan\_avg", "uniform")} is
\texttt{variance\_scaling:2:fan\_avg:uniform} here, a word that can be written
into a file like any other. Two of its arguments are choices. Their words have
the order of the enumerations whose values they stand for, so that a place in
the list can be used as a value.
@<The table of initializers@>=
static const char *const modes[] = {"fan_in", "fan_out", "fan_avg", NULL};
static const char *const distributions[] = {
    "truncated_normal", "untruncated_normal", "uniform", NULL};
static const gp_initializer initializers[] = {
    {"glorot_uniform"}, {"glorot_normal"}, {"he_uniform"}, {"he_normal"},
    {"lecun_uniform"}, {"lecun_normal"}, {"zeros"}, {"ones"},
    {"orthogonal", fill_orthogonal,
     {{"GAIN", GP_NUMBER, 1, 1e-6, 1e6, NULL}}},
    {"constant", fill_constant,
     {{"VALUE", GP_NUMBER, MUST, -1e6, 1e6, NULL}}},
    {"variance_scaling", fill_scaled,
     {{"SCALE", GP_PRECISE, MUST, 1e-12, 1e6, NULL},
      {"MODE", GP_CHOICE, MUST, 0, 2, modes},
      {"DISTRIBUTION", GP_CHOICE, MUST, 0, 2, distributions}}},
};

@ A row without a function stands for a name that |gp_initialize| knows. The
others have functions that take the matrix and their arguments.
@<Functions that fill weights@>=
static bool fill_orthogonal(gp_matrix *w, const double *value, gp_random *r)
{
    return gp_initialize_orthogonal(w, value[0], r, NULL) == GP_OK;
}
static bool fill_constant(gp_matrix *w, const double *value, gp_random *r)
{
    (void)r;
    gp_matrix_fill(w, (gp_real)value[0]);
    return true;
}

@ Variance scaling has been written already; only the numbers have to become a
structure.

@<Functions that fill weights@>=
static bool fill_scaled(gp_matrix *w, const double *value, gp_random *r)
{
    gp_variance_scaling s = {value[0], (gp_mode)value[1],
                             (gp_distribution)value[2]};
    gp_initialize_variance_scaling(w, s, r);
    return true;
}

@*1 Finding and registering.
Behind the built-in rows come those that the program has registered. They are
the only state of the library that does not belong to any object, and we would
rather have none. But a word in a file has to find its layer, and there is
nothing but the word to find it by. Passing a table of layers to every function
that may read a file would burden all programs for the sake of a few.

The places are filled by one atomic exchange each, so that two threads can
register at the same time. They are never emptied.
@<Find a row@>=
enum { BUILT_IN = sizeof built_in / sizeof *built_in, MOST_REGISTERED = 64 };
static _Atomic(const gp_word *) registered[MOST_REGISTERED];
const gp_word *gp_word_at(size_t i)
{
    if (i < BUILT_IN)
        return &built_in[i];
    return i < BUILT_IN + MOST_REGISTERED
               ? atomic_load(&registered[i - BUILT_IN]) : NULL;
}

@ Some twenty rows are searched from the first to the last. A network is read
once, so nothing faster is needed.

@<Find a row@>=
const gp_word *gp_word_find(const char *word)
{
    const gp_word *row;
    for (size_t i = 0; (row = gp_word_at(i)) != NULL; i++)
        if (strcmp(row->word, word) == 0)
            return row;
    return NULL;
}

@ From a layer to its row: the name of its type is the word. For activations
the types themselves are compared, too. Somebody may call a function of his own
\texttt{relu} without registering it. It must not be taken for ours and saved
under a word that means something else.
@<Find a row@>=
const gp_word *gp_word_of(const gp_layer *layer)
{
    const gp_word *row = gp_word_find(layer->type->name);
    if (row != NULL && row->activation != NULL
        && &row->activation->layer != layer->type)
        return NULL;
    return row;
}

@ The table of initializers is searched in the same way. It cannot be added to.

@<Find a row@>=
const gp_initializer *gp_initializer_at(size_t i)
{
    return i < sizeof initializers / sizeof *initializers ? &initializers[i]
                                                          : NULL;
}
const gp_initializer *gp_initializer_find(const char *word)
{
    size_t i = 0;
    while (gp_initializer_at(i) && strcmp(initializers[i].word, word) != 0)
        i++;
    return gp_initializer_at(i);
}

@ Registering a row takes the first free place. The exchange succeeds in one
thread only; another that tries the same place at the same time goes on to the
next.
@<Register a row@>=
gp_status gp_layer_register(const gp_word *row, gp_error *error)
{
    @<Fail unless the row can be registered@>@;
    for (size_t i = 0; i < MOST_REGISTERED; i++) {
        const gp_word *none = NULL;
        if (atomic_compare_exchange_strong(&registered[i], &none, row))
            return GP_OK;
    }
    return gp_fail(error, GP_FAILED, "more than %d layers registered",
                   MOST_REGISTERED);
}

@ A word of your own must be one that the grammar can read: letters, digits and
underscores, beginning with a letter, and new. To register the same row again is
no mistake, since two parts of a program may both need it.
@<Fail unless the row can be registered@>=
const char *w = row->word ? row->word : "";
size_t n = 0;
while (isalnum((unsigned char)w[n]) || w[n] == '_')
    n++;
if (!isalpha((unsigned char)w[0]) || w[n] != '\0' || n >= 32)
    return gp_fail(error, GP_BAD_INPUT, "expected a word of at most 31 "
                   "letters, digits and underscores, found '%.40s'", w);
if (gp_word_find(w) == row)
    return GP_OK;
if (gp_word_find(w) != NULL || strcmp(w, "softmax") == 0)
    return gp_fail(error, GP_BAD_INPUT, "the word '%s' is taken", w);
if ((row->activation == NULL) == (row->make == NULL))
    return gp_fail(error, GP_BAD_INPUT, "%s: expected either an activation "
                   "or a function that makes the layer", w);

@*1 Arguments.
A number must lie in the range of its argument. The message names the layer, the
argument, the range and what was found instead, since a message such as ``bad
argument'' only says that the search may begin.
@<Check and write arguments@>=
static void expected(const gp_argument *a, char *text, size_t size)
{
    char low[GP_DECIMAL], high[GP_DECIMAL];
    gp_decimal_write(low, a->low, false);
    gp_decimal_write(high, a->high, false);
    snprintf(text, size, "%s%s from %s to %s", a->name,
             a->kind == GP_UNITS ? " a whole number" : "", low, high);
}

@ The comparison is written so that NaN fails it: nothing is greater or less than
NaN, so it is in no range.

@<Check and write arguments@>=
gp_status gp_argument_check(const gp_argument *a, const char *word,
                            double value, gp_error *error)
{
    char range[128], found[GP_DECIMAL];
    if (value >= a->low && value <= a->high
        && (a->kind != GP_UNITS || value == floor(value)))
        return GP_OK;
    expected(a, range, sizeof range);
    gp_decimal_write(found, value, a->kind == GP_NUMBER);
    return gp_fail(error, GP_BAD_INPUT, "%s: expected %s, found %s", word,
                   range, found);
}

@ A value as text is what the parser will read back: a number, one of the
choices, or the flag's own word. A flag that is not set has no text, and neither
does the value of an initializer, whose words the layer keeps itself.
@<Check and write arguments@>=
void gp_argument_write(const gp_argument *a, double value,
                       char text[GP_DECIMAL])
{
    if (a->kind == GP_CHOICE)
        snprintf(text, GP_DECIMAL, "%s", a->choices[(size_t)value]);
    else if (a->kind == GP_FLAG)
        snprintf(text, GP_DECIMAL, "%s", value != 0 ? a->name : "");
    else
        gp_decimal_write(text, value, a->kind == GP_NUMBER);
}

@ The usage of a word, for messages and manual pages, such as
\texttt{batchnorm[:MOMENTUM[:EPSILON]][:unbiased]}. Arguments that may be left
out stand in brackets. Those of numbers nest, since the second cannot be given
without the first. Flags stand in brackets of their own, since each of them may
be there without the others. |open| counts the brackets that are still open.
@<Check and write arguments@>=
void gp_word_usage(const char *word, const gp_argument *arguments,
                   bool composite, char *text, size_t size)
{
    int open = 0;
    size_t n = (size_t)snprintf(text, size, "%s", word);
    for (size_t k = 0; k < GP_MAX_ARGUMENTS && arguments[k].name; k++) {
        const gp_argument *a = &arguments[k];
        const bool flag = a->kind == GP_FLAG;
        @<Close brackets in front of a flag@>@;
        @<Put argument |a| into the usage@>@;
    }
    for (; open > 0 && n < size; open--)
        n += (size_t)snprintf(text + n, size - n, "]");
    if (composite && n < size)
        snprintf(text + n, size - n, "( ... )");
}

@ The bracket of a flag is closed at once, that of a number stays open.

@<Put argument |a| into the usage@>=
const bool optional = !isnan(a->otherwise);
if (n < size)
    n += (size_t)snprintf(text + n, size - n, "%s:%s%s", optional ? "[" : "",
                          a->name, flag ? "]" : "");
open += optional && !flag;

@ A flag does not stand inside the brackets of the numbers before it, so these
are closed first.
@<Close brackets in front of a flag@>=
for (; flag && open > 0 && n < size; open--)
    n += (size_t)snprintf(text + n, size - n, "]");

@ What a layer was made with, asked of the layer. The answer is checked against
the ranges, for a program may have made the layer without asking the table. A
file with a slope that cannot be read back must not be written. What is checked
is the number as it will be read: the largest rate is 0.99, and 0.99 as a
|float| is a little more than that, but its text is 0.99.
@<Check and write arguments@>=
gp_status gp_word_arguments(const gp_word *row, const gp_layer *layer,
                            double value[GP_MAX_ARGUMENTS], gp_error *error)
{
    gp_status s = GP_OK;
    @<Ask |layer| for its arguments@>@;
    for (size_t k = 0; s == GP_OK && k < GP_MAX_ARGUMENTS
                       && row->argument[k].name; k++) {
        const gp_argument *a = &row->argument[k];
        double back = value[k];
        if (a->kind == GP_NUMBER)
            @<Let |back| be the number as it will be read@>@;
        if (a->kind != GP_INITIALIZER)
            s = gp_argument_check(a, row->word, back, error);
    }
    return s;
}

@ That number is found by writing it and reading it, as file and parser will do.

@<Let |back| be the number as it will be read@>=
{
    char text[GP_DECIMAL];
    gp_decimal_write(text, value[k], true);
    gp_decimal_read(text, &back);
}

@ An activation layer keeps two numbers. Other types have a function that tells
theirs. The SELU of the paper can be made by zeros in place of its constants;
written are the constants.
@<Ask |layer| for its arguments@>=
for (size_t k = 0; k < GP_MAX_ARGUMENTS; k++)
    value[k] = 0;
if (row->activation != NULL) {
    gp_activation_arguments a = gp_activation_of(layer);
    bool usual = row->activation == &gp_selu && a.beta == 0;
    value[0] = usual ? GP_SELU_ALPHA : (double)a.alpha;
    value[1] = usual ? GP_SELU_SCALE : (double)a.beta;
} else if (layer->type->arguments != NULL)
    layer->type->arguments(layer, value);
else if (row->argument[0].name != NULL)
    return gp_fail(error, GP_BAD_INPUT, "%s: the type has no arguments()",
                   row->word);

@*1 From a row to a layer.
A row makes a layer by its activation or by its function. The name of the new
layer's type must be the row's word. Otherwise the layer would be written under
another word than the one it was made by, and the mistake would be noticed when
the file is read, which may be weeks later.
@<Make a layer from its row@>=
@<Draw the weights of a layer@>@;
static gp_layer *from_row(const gp_word *row, const gp_recipe *recipe,
                          gp_error *error)
{
    const double *v = recipe->value;
    gp_activation_arguments a = {(gp_real)v[0], (gp_real)v[1]};
    gp_layer *layer = row->activation
        ? gp_activation_new(row->activation, recipe->inputs, a, error)
        : row->make(recipe, error);
    if (layer == NULL || strcmp(layer->type->name, row->word) == 0)
        return layer;
    gp_fail(error, GP_BAD_INPUT, "the row '%s' makes a layer '%s'",
            row->word, layer->type->name);
    gp_layer_free(layer);
    return NULL;
}

@ All arguments are checked, though the parser has checked them: a program may
make a recipe without the parser.

@<Make a layer from its row@>=
static gp_status check_recipe(const gp_word *row, const gp_recipe *recipe,
                              gp_error *error)
{
    gp_status s = GP_OK;
    for (size_t k = 0; s == GP_OK && k < GP_MAX_ARGUMENTS
                       && row->argument[k].name; k++)
        if (row->argument[k].kind != GP_INITIALIZER)
            s = gp_argument_check(&row->argument[k], row->word,
                                  recipe->value[k], error);
    return s;
}

@ Now the layer can be made and its weights drawn. The chain inside belongs to
this function from the beginning, and must be freed even where no layer is made
that would free it.
@<Make a layer from its row@>=
gp_layer *gp_word_make(const gp_word *row, const gp_recipe *recipe,
                       gp_random *r, gp_error *error)
{
    if (check_recipe(row, recipe, error) != GP_OK) {
        gp_chain_free(recipe->inside);
        return NULL;
    }
    gp_layer *layer = from_row(row, recipe, error);
    if (layer != NULL && recipe->initializer != NULL
        && draw(layer, recipe, r, error) != GP_OK) {
        gp_layer_free(layer);
        return NULL;
    }
    return layer;
}

@ Weights once drawn do not show how they were drawn, so the layer keeps its
initializer in words, with the arguments behind it. Then the matrix is filled,
by the row's function or by its name.
@<Draw the weights of a layer@>=
static gp_status draw(gp_layer *layer, const gp_recipe *recipe, gp_random *r,
                      gp_error *error)
{
    const gp_initializer *how = recipe->initializer;
    gp_matrix *w = &layer->parameter[0].value;
    @<Write the initializer and its arguments into the layer@>@;
    if (how->fill ? how->fill(w, recipe->drawn, r)
                  : gp_initialize(w, how->word, r))
        return GP_OK;
    return gp_fail(error, GP_NO_MEMORY, "no memory for the initializer %s",
                   how->word);
}

@ The longest of these words has three arguments, and room enough.

@<Write the initializer and its arguments into the layer@>=
char *words = layer->initializer, text[GP_DECIMAL];
const size_t size = sizeof layer->initializer;
size_t n = (size_t)snprintf(words, size, "%s", how->word);
for (size_t k = 0; k < GP_MAX_ARGUMENTS && how->argument[k].name; k++) {
    gp_argument_write(&how->argument[k], recipe->drawn[k], text);
    n += (size_t)snprintf(words + n, size - n, ":%s", text);
}

@*1 The nearest word.
\label{sec:words}
A mistyped word deserves a guess at what was meant. The distance between two
words is the number of letters to insert, delete, change, or swap with a
neighbour until they are equal \citep{damerau1964}. The table below is filled
row by row; |d[i][j]| is the distance between the first |i| letters of one
word and the first |j| of the other.

@<Find the nearest word@>=
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

@ A guess must be near enough to be meant. Of a word of $n$ letters about a third may be wrong;
beyond that, the nearest word of the list is near by accident, and a wrong
guess is worse than none. Among equals the first wins.

@<Find the nearest word@>=
static void consider(const char *text, const char *word, const char **nearest,
                     size_t *smallest)
{
    size_t n = strlen(text), d = distance(text, word);
    if (d <= (n + 2) / 3 && d < n && d < *smallest) {
        *nearest = word;
        *smallest = d;
    }
}

@ So the answer may be that no word is near. The callers then say nothing.

@<Find the nearest word@>=
const char *gp_nearest_word(const char *text, const char *const *words)
{
    const char *nearest = NULL;
    size_t smallest = SIZE_MAX;
    for (; *words != NULL; words++)
        consider(text, *words, &nearest, &smallest);
    return nearest;
}

@ The two tables are searched in the same way. That of the layers contains the
words that the program has registered, so these are suggested, too.
@<Find the nearest word@>=
const char *gp_nearest_layer(const char *text)
{
    const char *nearest = NULL;
    size_t smallest = SIZE_MAX;
    for (size_t i = 0; gp_word_at(i) != NULL; i++)
        consider(text, gp_word_at(i)->word, &nearest, &smallest);
    return nearest;
}
const char *gp_nearest_initializer(const char *text)
{
    const char *nearest = NULL;
    size_t smallest = SIZE_MAX;
    for (size_t i = 0; gp_initializer_at(i) != NULL; i++)
        consider(text, gp_initializer_at(i)->word, &nearest, &smallest);
    return nearest;
}

@* The specification grammar.
\label{sec:specification}
A network is a line of text:

\begin{quote}\texttt{dense:64 20*(residual:0.2(layernorm dense:64:he\_normal
relu)) dense:10}\end{quote}

Layers stand apart by blanks, arguments behind colons. A group in parentheses
with a number and a star before it is repeated. Some words have layers inside,
in parentheses of their own. Groups and layers nest.

The text may come from a file that somebody sent. A hundred letters can ask for
ten thousand layers of a million units. So whoever reads one says how much may
be added. The widths of all layers are limited, too. A layer without parameters
also needs room for its outputs, one row for each sample of a batch.

@(tangled/lib/specification.h@>=
#pragma once
#include "registry.h"
@#
GP_BEGIN_DECLS@;
typedef struct {
    size_t layers, parameters; /* counted through all nesting */
    size_t widths; /* the outputs of all layers, added up */
} gp_limits;
gp_limits gp_limits_usual(void);
gp_status gp_specification_read(gp_chain *chain, const char *text,
                                const gp_random *root, gp_limits *limits,
                                gp_error *error);
    /* adds the layers of |text|, and takes them off the |limits|; a mistake
       leaves |chain| and |limits| as they were. Layer $i$ of the chain draws
       its weights from stream $i$ of |root| */

@ The way back, from layers to text. Not every layer can go it: one that a program
made itself may have no word, or an argument that the grammar would refuse.

@(tangled/lib/specification.h@>=
char *gp_layer_specification(const gp_layer *layer, gp_error *error);
char *gp_chain_specification(const gp_chain *chain, gp_error *error);
    /* in words, with every argument; to be freed; |NULL|: no memory, or not
       writable */
gp_status gp_layer_writable(const gp_layer *layer, gp_error *error);
    /* has it a row in the registry, and arguments in their ranges? */
GP_END_DECLS@;

@ The bounds of a network that nobody has limited are far beyond what the book
needs, and near enough to stop a slip of the finger before it fills the memory:
ten thousand layers, 268 million parameters, and 17 million outputs for each
sample.
@(tangled/lib/specification.c@>=
#include "specification.h"
#include "walk.h"
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
@#
enum { MOST_LAYERS = 10000, MOST_TEXT = 1 << 20 };
gp_limits gp_limits_usual(void)
{
    return @[(gp_limits){MOST_LAYERS, 1 << 28, 1 << 24}@];
}

@ The module has two halves. The first reads text and makes layers; the second
takes layers and writes text.

@(tangled/lib/specification.c@>=
@<Types of the parser@>@;
@<Report a mistake in the text@>@;
@<Cut a token into its parts@>@;
@<Read arguments@>@;
@<Add the layer of a token@>@;
@<Read groups and layers@>@;
@<Write layers in words@>@;

@ The grammar is small enough for a simple kind of parser, a recursive descent
over one pointer into the text: a function for each kind of thing that can stand
there, which calls the functions for its parts. |at| is where the pointer is,
|text| where it began, so that every error can say the position. The second
structure says where the layers go that are being read. For the layers inside a
layer it is a chain of their own.
@<Types of the parser@>=
typedef struct {
    const char *text, *at;
    gp_limits most, left; /* what might be added, and still may */
    gp_error *error;
} parser;
typedef struct {
    gp_chain *chain; /* to which the next layers go */
    gp_random root; /* of their weights */
    size_t first; /* the stream of the first of them */
    size_t nesting;
} place;

@ Every mistake is reported by one function. It takes a format, as |printf| does,
and a place in the text. Positions count from 1, as editors count columns. The
attribute lets the compiler check the arguments against the format.

@<Report a mistake in the text@>=
static gp_status wrong(const parser *p, const char *where,
                       const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static gp_status wrong(const parser *p, const char *where,
                       const char *format, ...)
{    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return gp_fail(p->error, GP_BAD_INPUT, "position %td: %s",
                   where - p->text + 1, message);
}

@ Between layers any number of blanks may stand, and line ends as well, so that
the description of a large network can be laid out in a file.

@<Report a mistake in the text@>=
static void skip_blanks(parser *p)
{
    while (isspace((unsigned char)*p->at))
        p->at++;
}

@ A token runs to the next blank or parenthesis. Its parts between colons are
copied out, for the functions that compare words want them to end: at most a word
and seven arguments, each of at most 63 letters. Where each of them stood in the
text is kept for the messages.
@<Types of the parser@>=
enum { MOST_PARTS = 8, PART = 64 };
typedef struct {
    char part[MOST_PARTS][PART];
    const char *where[MOST_PARTS];
    size_t parts;
} token;

@ The first part is the word, the others are its arguments. A part that is too
long for its place is no word that we know, and no number that anybody needs. It
is refused before it is copied.
@<Cut a token into its parts@>=
static gp_status read_token(parser *p, token *t)
{
    t->parts = 0;
    do {
        size_t length = strcspn(p->at, ":() \t\n\r\f\v");
        if (t->parts == MOST_PARTS)
            return wrong(p, p->at, "too many arguments for '%s'",
                         t->part[0]);
        if (length >= PART)
            return wrong(p, p->at, "a word too long");
        t->where[t->parts] = p->at;
        memcpy(t->part[t->parts], p->at, length);
        t->part[t->parts++][length] = '\0';
        p->at += length;
    } while (*p->at == ':' && *p->at++ != '\0');
    return GP_OK;
}

@*1 Arguments.
The arguments of a row and the parts of the token are gone through together, and
each part is read as the argument whose turn it is. There is one difficulty: a
part may belong to a later argument. In \texttt{dense:300:nobias} the initializer
is left out, and what stands in its place is a flag. So a part belongs to a flag
if it is the flag's word, and to any other argument if it is no flag's word.
@<Read arguments@>=
static bool belongs(const gp_argument *all, const gp_argument *a,
                    const char *part)
{
    if (a->kind == GP_FLAG)
        return strcmp(part, a->name) == 0;
    for (size_t k = 0; k < GP_MAX_ARGUMENTS && all[k].name; k++)
        if (all[k].kind == GP_FLAG && strcmp(part, all[k].name) == 0)
            return false;
    return true;
}

@ Several functions work on the arguments of one token, and share what they know:
how far they have been read, whose arguments they are at the moment, and the
recipe into which they are read.
@<Types of the parser@>=
typedef struct {
    const parser *p;
    const token *t;
    size_t next; /* the part to be read */
    const char *owner; /* a layer or an initializer */
    const gp_word *row;
    gp_recipe *recipe; /* what they are read into */
} reading;

@ A number must be all of its part and lie in its range. What is no number at all
becomes NaN, which lies in no range, so that one test and one message serve both
mistakes. The message of the check ends with the number that it found; here the
text is shown as it was typed.

@<Read arguments@>=
static gp_status read_number(reading *r, const gp_argument *a, double *value)
{
    const char *part = r->t->part[r->next], *where = r->t->where[r->next];
    gp_error inner;
    if (!gp_decimal_read(part, value))
        *value = NAN;
    if (gp_argument_check(a, r->owner, *value, &inner) == GP_OK)
        return GP_OK;
    char *found = strstr(inner.message, ", found ");
    if (found != NULL)
        *found = '\0';
    return wrong(r->p, where, "%s, found '%s'", inner.message, part);
}

@ A choice is looked up among its words. On the way past the wrong ones they are
collected, for the message lists what might have stood there.

@<Read arguments@>=
static gp_status read_choice(reading *r, const gp_argument *a, double *value)
{
    const char *part = r->t->part[r->next], *where = r->t->where[r->next];
    char list[128] = "";
    for (size_t k = 0; a->choices[k] != NULL; k++) {
        size_t n = strlen(list);
        *value = (double)k;
        if (strcmp(part, a->choices[k]) == 0)
            return GP_OK;
        snprintf(list + n, sizeof list - n, "%s%s", k ? ", " : "",
                 a->choices[k]);
    }
    return wrong(r->p, where, "%s: expected %s one of %s, found '%s'",
                 r->owner, a->name, list, part);
}

@ One value of any kind. A flag has nothing but its word, and being there it is
1.

@<Read arguments@>=
static gp_status read_initializer(reading *r);
static gp_status read_value(reading *r, const gp_argument *a, double *value)
{
    gp_status s = GP_OK;
    if (a->kind == GP_INITIALIZER)
        return read_initializer(r);
    if (a->kind == GP_FLAG)
        *value = 1;
    else
        s = a->kind == GP_CHOICE ? read_choice(r, a, value)
                                 : read_number(r, a, value);
    r->next++;
    return s;
}

@ An argument that is not there has its default, unless it must be given. The
default of an initializer is a place in the table of initializers.

@<Read arguments@>=
static gp_status leave_out(reading *r, const gp_argument *a)
{
    if (isnan(a->otherwise))
        return wrong(r->p, r->t->where[0], "%s: expected %s", r->owner,
                     a->name);
    if (a->kind == GP_INITIALIZER)
        r->recipe->initializer = gp_initializer_at((size_t)a->otherwise);
    return GP_OK;
}
@ With these, a list of arguments is read by a loop. The same loop reads the
arguments of the layer and those of its initializer.

@<Read arguments@>=
static gp_status read_list(reading *r, const gp_argument *all, double *value)
{
    gp_status s = GP_OK;
    for (size_t k = 0; s == GP_OK && k < GP_MAX_ARGUMENTS && all[k].name;
         k++) {
        const gp_argument *a = &all[k];
        const char *part = r->next < r->t->parts ? r->t->part[r->next] : NULL;
        value[k] = a->otherwise;
        s = part && belongs(r->row->argument, a, part)
                ? read_value(r, a, &value[k]) : leave_out(r, a);
    }
    return s;
}
@ An initializer is a word with arguments, too, and they follow it. They are read
before the next argument of the layer: in
\texttt{dense:9:orthogonal:2:nobias} the 2 belongs to the orthogonal matrix.
While they are read, the initializer is the owner that messages name.
@<Read arguments@>=
static gp_status read_initializer(reading *r)
{
    const char *word = r->t->part[r->next], *where = r->t->where[r->next];
    const gp_initializer *how = gp_initializer_find(word);
    if (how == NULL) {
        const char *nearest = gp_nearest_initializer(word);
        return wrong(r->p, where, "%s: unknown initializer '%s'%s%s%s",
                     r->owner, word, nearest ? "; the nearest is '" : "",
                     nearest ? nearest : "", nearest ? "'" : "");
    }
    r->next++;
    r->owner = word;
    r->recipe->initializer = how;
    gp_status s = read_list(r, how->argument, r->recipe->drawn);
    r->owner = r->row->word;
    return s;
}

@ What the list of the row leaves over is one argument too many. This, and a
first argument that is missing, are answered with the usage of the word. Whoever
types \texttt{dropout} without a rate probably does not know what it takes.
@<Read arguments@>=
static gp_status read_arguments(const parser *p, const token *t,
                                const gp_word *row, gp_recipe *recipe)
{
    char usage[160];
    reading r = {p, t, 1, row->word, row, recipe};
    gp_word_usage(row->word, row->argument, row->composite, usage,
                  sizeof usage);
    if (t->parts == 1 && row->argument[0].name
        && isnan(row->argument[0].otherwise))
        return wrong(p, t->where[0], "expected %s, found '%s'", usage,
                     row->word);
    gp_status s = read_list(&r, row->argument, recipe->value);
    if (s == GP_OK && r.next < t->parts)
        return wrong(p, t->where[r.next], "expected %s, found ':%s'", usage,
                     t->part[r.next]);
    return s;
}

@*1 Layers.
A limit is only worth something if it counts everything. An earlier version
counted the weights of dense layers, and twenty batch normalizations on an input
of a million numbers passed it with 84 million parameters. Each of these
functions takes a number off what is left.
@<Add the layer of a token@>=
static gp_status take(const parser *p, const char *where, size_t *left,
                      size_t n, size_t most, const char *what)
{
    if (n > *left)
        return wrong(p, where, "expected at most %zu %s", most, what);
    *left -= n;
    return GP_OK;
}

@ Before a layer is made, what it needs at least is compared with what is left: its
outputs, and its parameters. A layer with units has a row of weights for each
input. Their number could overflow, so it is compared by a division.

@<Add the layer of a token@>=
static gp_status afford(parser *p, const char *where, const gp_word *row,
                        const gp_recipe *r)
{
    size_t width = r->inputs, least = row->per_input * r->inputs;
    size_t most = p->left.parameters;
    for (size_t k = 0; k < GP_MAX_ARGUMENTS && row->argument[k].name; k++)
        if (row->argument[k].kind == GP_UNITS) {
            width = (size_t)r->value[k];
            least = r->inputs <= most / width ? r->inputs * width : SIZE_MAX;
        }
    gp_status s = take(p, where, &most, least, p->most.parameters,
                       "parameters");
    return s == GP_OK ? take(p, where, &p->left.widths, width,
                             p->most.widths, "outputs of layers") : s;
}

@ The exact number of parameters is taken off when the layer is there. For layers
inside another this has happened already, when they were made, so only the
layer's own are counted.
@<Add the layer of a token@>=
static gp_status add_layer(parser *p, place *in, const char *where,
                           const gp_word *row, const gp_recipe *recipe,
                           gp_random r)
{
    gp_error inner = {"no memory"};
    gp_layer *layer = gp_word_make(row, recipe, &r, &inner);
    if (layer == NULL)
        return wrong(p, where, "%s", inner.message);
    gp_status s = take(p, where, &p->left.parameters,
                       gp_layer_count(layer, false), p->most.parameters,
                       "parameters");
    if (s != GP_OK) {
        gp_layer_free(layer);
        return s;
    }
    s = gp_chain_add(in->chain, layer, &inner);
    return s == GP_OK ? s : wrong(p, where, "%s", inner.message);
}

@ A token becomes a layer in four steps: its arguments are read, its size is
checked, the layers inside are read if it has any, and it is made. Its weights
come from the stream of its place in the chain (Section~\ref{sec:network}).
@<Add the layer of a token@>=
static gp_status read_inside(parser *p, const place *in, gp_recipe *recipe,
                             const token *t, gp_random r);
static gp_status add_token(parser *p, place *in, const token *t,
                           const gp_word *row)
{
    gp_recipe recipe = {@[.inputs@] = gp_chain_outputs(in->chain)};
    gp_random r = gp_random_split(&in->root,
                                  in->first + gp_chain_length(in->chain));
    gp_status s = read_arguments(p, t, row, &recipe);
    if (s == GP_OK)
        s = take(p, t->where[0], &p->left.layers, 1, p->most.layers,
                 "layers");
    if (s == GP_OK)
        s = afford(p, t->where[0], row, &recipe);
    if (s == GP_OK && row->composite)
        s = read_inside(p, in, &recipe, t, r);
    return s == GP_OK ? add_layer(p, in, t->where[0], row, &recipe, r) : s;
}

@*1 Groups and nesting.
What remains is the structure. A list of items is a row of layers and groups. It
ends at the end of the text or at a parenthesis; the caller knows which of the
two is right. An empty list is an error. It would be of no use, and an empty
group could be repeated without ever meeting a limit.
@<Read groups and layers@>=
@<Read one layer@>@;
static gp_status read_group(parser *p, place *in);
static gp_status read_items(parser *p, place *in)
{
    gp_status s = GP_OK;
    skip_blanks(p);
    const char *start = p->at;
    while (s == GP_OK && *p->at != '\0' && *p->at != ')') {
        s = isdigit((unsigned char)*p->at) ? read_group(p, in)
                                           : read_layer(p, in);
        skip_blanks(p);
    }
    if (s == GP_OK && p->at == start)
        return wrong(p, start, "expected a layer, found %s",
                     *start == '\0' ? "nothing" : "')'");
    return s;
}

@ A group begins with the number of its repetitions, a star and a parenthesis. The
number may be missing where somebody writes \texttt{3 relu} for
\texttt{3*(relu)}, and absurd where a file was made to do harm.
@<Read groups and layers@>=
static gp_status read_times(parser *p, const place *in, unsigned long *times)
{
    const char *start = p->at;
    char *end;
    *times = strtoul(start, &end, 10);
    if (end[0] != '*' || end[1] != '(')
        return wrong(p, start, "expected N*( or a layer, found '%.60s'",
                     start);
    if (*times < 1 || *times > MOST_LAYERS || in->nesting == GP_MAX_NESTING)
        return wrong(p, start, "expected a number of repetitions from 1 to "
                     "%d, nested at most %d deep, found '%.60s'",
                     MOST_LAYERS, GP_MAX_NESTING, start);
    p->at = end + 2;
    return GP_OK;
}

@ It is read as often as it is repeated: the pointer jumps back to behind the
parenthesis. That is slower than copying layers would be, but each repetition
needs weights of its own, and reading makes them. The limits end a specification
such as \texttt{9999*(9999*(relu))} early.

@<Read groups and layers@>=
static gp_status read_group(parser *p, place *in)
{
    const char *start = p->at;
    unsigned long times;
    gp_status s = read_times(p, in, &times);
    const char *inside = p->at;
    in->nesting++;
    for (unsigned long i = 0; s == GP_OK && i < times; i++) {
        p->at = inside;
        s = read_items(p, in);
        @<Expect the closing parenthesis of what began at |start|@>@;
    }
    in->nesting--;
    return s;
}

@ Behind each repetition the parenthesis must stand. A mistake here is reported at
the start of the group, since where its end should have been, nobody can know.

@<Expect the closing parenthesis of what began at |start|@>=
if (s == GP_OK && *p->at != ')')
    s = wrong(p, start, "a group without its ')': '%.60s'", start);
p->at += s == GP_OK;
@ The layers inside a layer stand in parentheses of their own, behind its
arguments. Unlike a group they are read once. Each level of nesting is a call of
these functions in the memory of the stack, so the depth has a limit.
@<Read groups and layers@>=
static gp_status read_parentheses(parser *p, place *inside, const token *t)
{
    const char *start = t->where[0];
    skip_blanks(p);
    if (*p->at != '(' || inside->nesting > GP_MAX_NESTING)
        return wrong(p, start, "expected layers in parentheses behind %s, "
                     "nested at most %d deep", t->part[0], GP_MAX_NESTING);
    p->at++;
    gp_status s = read_items(p, inside);
    if (s == GP_OK && *p->at != ')')
        s = wrong(p, start, "'%s' without its ')'", t->part[0]);
    p->at += s == GP_OK;
    return s;
}

@ They go to a chain of their own, which becomes a part of the recipe. Their
weights come from streams of the outer layer's stream. So these, too, depend on
the place of the layer only, and not on what stands around it.

@<Read groups and layers@>=
static gp_status read_inside(parser *p, const place *in, gp_recipe *recipe,
                             const token *t, gp_random r)
{
    place inside = {gp_chain_new(recipe->inputs, p->error), r, 0,
                    in->nesting + 1};
    if (inside.chain == NULL)
        return GP_NO_MEMORY;
    gp_status s = read_parentheses(p, &inside, t);
    recipe->inside = inside.chain;
    if (s != GP_OK)
        gp_chain_free(inside.chain);
    return s;
}
@ An unknown word is named with its position and the nearest known word, if any
is near. |softmax| gets an answer of its own. A reader of Keras will try it, and
here it belongs to the loss.

@<Read one layer@>=
static gp_status unknown(const parser *p, const token *t)
{
    const char *word = t->part[0], *nearest = gp_nearest_layer(word);
    if (strcmp(word, "softmax") == 0)
        return wrong(p, t->where[0], "'softmax' belongs to the loss: the last "
                     "layer gives logits");
    return wrong(p, t->where[0], "unknown layer '%s'%s%s%s", word,
                 nearest ? "; the nearest known word is '" : "",
                 nearest ? nearest : "", nearest ? "'" : "");
}

@ A layer is a token whose word is in the table. Parentheses behind a word that
has no layers inside are a mistake of their own: perhaps somebody wanted to
apply the layer to something, as one applies a function.

@<Read one layer@>=
static gp_status read_layer(parser *p, place *in){
    token t;
    gp_status s = read_token(p, &t);
    if (s != GP_OK)
        return s;
    const gp_word *row = gp_word_find(t.part[0]);
    if (row != NULL && *p->at == '(' && !row->composite)
        return wrong(p, p->at, "'%s' has no layers inside", t.part[0]);
    return row != NULL ? add_token(p, in, &t, row) : unknown(p, &t);
}
@ The text as a whole is a list of items, all of it.

@<Read groups and layers@>=
static gp_status read_text(parser *p, place *in)
{
    gp_status s = strlen(p->text) <= MOST_TEXT ? read_items(p, in)
        : wrong(p, p->text, "more than %d letters", MOST_TEXT);
    if (s == GP_OK && *p->at != '\0')
        s = wrong(p, p->at, "a ')' without its group: '%.60s'", p->at);
    return s;
}

@ The layers wait in a chain of their own until all of the text has been read,
and then are moved to the end of the caller's. If anything is wrong, the chain
in which they wait is freed with them, and the caller's was never touched.

@<Read groups and layers@>=gp_status gp_specification_read(gp_chain *chain, const char *text,
                                const gp_random *root, gp_limits *limits,
                                gp_error *error)
{
    parser p = {text, text, *limits, *limits, error};
    place in = {gp_chain_new(gp_chain_outputs(chain), error), *root,
                gp_chain_length(chain), 0};
    if (in.chain == NULL)
        return GP_NO_MEMORY;
    gp_status s = read_text(&p, &in);
    if (s == GP_OK)
        s = gp_chain_append(chain, in.chain, error);
    if (s == GP_OK)
        *limits = p.left;
    gp_chain_free(in.chain);
    return s;
}

@*1 Writing.
\label{sec:write}
The way back, from layers to text, is needed when a network is saved, and
whenever a layer was made by a program. The text grows while it is written. If
the memory for it runs out, the script remembers that by a null pointer, and
says so at the end. The functions that write can then go on without asking.
@<Write layers in words@>=
typedef struct {
    char *at; /* |NULL|: no memory */
    size_t length, room;
} script;
static void put(script *s, const char *words)
{
    size_t n = strlen(words);
    while (s->at != NULL && s->length + n + 1 > s->room) {
        char *larger = realloc(s->at, 2 * s->room);
        if (larger == NULL)
            free(s->at);
        s->at = larger;
        s->room *= 2;
    }
    if (s->at != NULL)
        memcpy(s->at + s->length, words, n + 1);
    s->length += n;
}

@ Not every layer can be written. Each needs a row in the registry, and arguments
that could be read back, and so do those inside it. All of this is checked
before anything is written. A file that is found unreadable when it is needed is
worse than an error when it is saved.
@<Write layers in words@>=
gp_status gp_layer_writable(const gp_layer *layer, gp_error *error)
{
    double value[GP_MAX_ARGUMENTS];
    gp_status s = GP_OK;
    gp_walk w = gp_layer_walk((gp_layer *)layer);
    while (s == GP_OK && gp_walk_layer(&w)) {
        const gp_word *row = gp_word_of(w.layer);
        s = row ? gp_word_arguments(row, w.layer, value, error)
            : gp_fail(error, GP_BAD_INPUT, "a layer '%s' has no word in the "
                      "registry: see gp_layer_register",
                      w.layer->type->name);
    }
    return s;
}

@ Every argument is written, those that equal their default as well. A later
version may have other defaults, and the file must still describe the same
layer.

@<Write layers in words@>=
static void put_layers(script *s, const gp_chain *chain);
static void put_layer(script *s, const gp_layer *layer)
{
    const gp_word *row = gp_word_of(layer);
    double value[GP_MAX_ARGUMENTS];
    gp_word_arguments(row, layer, value, NULL);
    put(s, row->word);
    for (size_t k = 0; k < GP_MAX_ARGUMENTS && row->argument[k].name; k++)
        @<Put argument |k| of the layer@>@;
    if (row->composite) {
        put(s, "(");
        put_layers(s, gp_layer_inner(layer));
        put(s, ")");
    }
}

@ A flag that is not set, and an initializer that is not known because a program
filled the weights itself, are left out.

@<Put argument |k| of the layer@>=
{
    char text[GP_DECIMAL];
    const char *words = text;
    if (row->argument[k].kind == GP_INITIALIZER)
        words = layer->initializer;
    else
        gp_argument_write(&row->argument[k], value[k], text);
    put(s, *words ? ":" : "");
    put(s, words);
}

@ A chain is its layers with blanks between them. The two functions call each
other as deep as the layers are nested.
@<Write layers in words@>=
static void put_layers(script *s, const gp_chain *chain)
{
    for (size_t i = 0; i < gp_chain_length(chain); i++) {
        put(s, i > 0 ? " " : "");
        put_layer(s, gp_chain_layer(chain, i));
    }
}

@ At the end it is seen whether the memory was enough.

@<Write layers in words@>=
static char *finish(const script *s, gp_error *error)
{
    if (s->at == NULL)
        gp_fail(error, GP_NO_MEMORY, "no memory for a specification");
    return s->at;
}

@ The functions for others: one layer, or all of a chain. The text is the
caller's, who frees it.
@<Write layers in words@>=
char *gp_layer_specification(const gp_layer *layer, gp_error *error)
{
    if (gp_layer_writable(layer, error) != GP_OK)
        return NULL;
    script s = {calloc(1, 64), 0, 64};
    put_layer(&s, layer);
    return finish(&s, error);
}

@ A chain can be written if all of its layers can. Groups are not found again: a
network that was described as twenty times the same is written out.

@<Write layers in words@>=
char *gp_chain_specification(const gp_chain *chain, gp_error *error)
{
    for (size_t i = 0; i < gp_chain_length(chain); i++)
        if (gp_layer_writable(gp_chain_layer(chain, i), error) != GP_OK)
            return NULL;
    script s = {calloc(1, 256), 0, 256};
    put_layers(&s, chain);
    return finish(&s, error);
}

@ What is written must be read back as the same layer. The tests do not do this
for chosen examples. They go through the registry, make each layer with random
arguments, write it, read it, write it again, and let both layers
compute\claim{every_word_is_written_and_read_back}. They do so under a locale
with decimal commas, too\claim{numbers_have_a_point_in_every_locale}. A row that
somebody adds is tried with the rest.

@* Keras' calls in C.
\label{sec:keras}
C99's designated initializers let a function be called with named arguments,
in any order, with defaults for those left out. Keras' line

\begin{quote}\texttt{Dense(10, activation="relu",
kernel\_initializer="he\_normal")}\end{quote}

becomes |gp_dense(net, .units = 10, .activation = "relu",
.kernel_initializer = "he_normal")|. A macro wraps the arguments into a
compound literal of the structure below, with what is left out in front of
them (Section~\ref{sec:options}). So an argument that is given as 0 is 0, and
not its default. The call stands inside the macro. A pointer to something that
the caller writes down on the spot, as |&(gp_variance_scaling){2, GP_FAN_AVG,
GP_UNIFORM}|, is then still valid when the function reads it.

@(tangled/lib/keras.h@>=
#pragma once
#include "network.h"
#include "initialize.h"
#include "options.h"
@#
GP_BEGIN_DECLS@;
typedef struct {
    size_t units;
    const char *activation; /* none, or a word such as |"leaky_relu:0.2"| */
    const char *kernel_initializer; /* |"glorot_uniform"| */
    const gp_variance_scaling *variance_scaling; /* instead of a name */
    bool use_bias; /* |true| */
} gp_dense_options;
gp_status gp_dense_with(gp_network *net, gp_dense_options options);

@ The initializer that overrides another is what |-Woverride-init| warns of, which
is usually right. Here it is the point, so the warning is turned off, within the
macro and nowhere else. This needs two extensions that gcc and clang have: a
block with a value, and |_Pragma| inside it.

@(tangled/lib/keras.h@>=
#ifdef __GNUC__
#define GP_CALL(function, net, type, ...) __extension__({ \
    _Pragma("GCC diagnostic push") _Pragma(GP_OVERRIDING) \
    gp_status status_ = function((net), (type){__VA_ARGS__}); \
    _Pragma("GCC diagnostic pop") status_; })
#else
#define GP_CALL(function, net, type, ...) \
    function((net), (type){__VA_ARGS__})
#endif
#define gp_dense(net, ...) GP_CALL(gp_dense_with, net, gp_dense_options, \
                                   .use_bias = true, __VA_ARGS__)

@ Every other layer is added by its word of the specification grammar, with its
arguments by name: |gp_add(net, "leaky_relu", .alpha = 0.2)|. An argument that
the word does not have is an error. The word itself is the first field, which
is why a call without any arguments needs no comma behind the word.

@(tangled/lib/keras.h@>=
typedef struct {
    const char *word;
    double alpha, beta; /* slopes and shapes of activations */
    double scale; /* |selu| */
    double rate; /* |dropout|, |alpha_dropout| */
    double momentum, epsilon; /* |batchnorm|, and the other normalizations */
    double lower, upper; /* |rrelu| */
    bool shared; /* |prelu|: one slope for all units */
    bool unbiased; /* |batchnorm|: the running variance */
} gp_add_options;
gp_status gp_add_with(gp_network *net, gp_add_options options);
#define GP_ADD_LEFT_OUT \
    .alpha = GP_LEFT_OUT, .beta = GP_LEFT_OUT, .scale = GP_LEFT_OUT, \
    .rate = GP_LEFT_OUT, .momentum = GP_LEFT_OUT, .epsilon = GP_LEFT_OUT, \
    .lower = GP_LEFT_OUT, .upper = GP_LEFT_OUT
#define gp_add(net, ...) \
    GP_CALL(gp_add_with, net, gp_add_options, GP_ADD_LEFT_OUT, \
            .word = __VA_ARGS__)

@ The layers that a Keras user looks for by name. They need at least one argument
behind the network; without arguments |gp_add(net, "batchnorm")| is the call.
@(tangled/lib/keras.h@>=
#define gp_add_leaky_relu(net, ...) gp_add(net, "leaky_relu", __VA_ARGS__)
#define gp_add_prelu(net, ...) gp_add(net, "prelu", __VA_ARGS__)
#define gp_add_rrelu(net, ...) gp_add(net, "rrelu", __VA_ARGS__)
#define gp_add_elu(net, ...) gp_add(net, "elu", __VA_ARGS__)
#define gp_add_dropout(net, ...) gp_add(net, "dropout", __VA_ARGS__)
#define gp_add_alpha_dropout(net, ...) \
    gp_add(net, "alpha_dropout", __VA_ARGS__)
#define gp_add_batchnorm(net, ...) gp_add(net, "batchnorm", __VA_ARGS__)

@ C++ has no initializers that override others, and no macro can help. There, a
structure with everything left out is filled field by field and given to
|gp_dense_with| or |gp_add_with|.
@(tangled/lib/keras.h@>=
gp_dense_options gp_dense_defaults(void);
gp_add_options gp_add_defaults(void);
GP_END_DECLS@;

@ Both calls write a text of the grammar and have it parsed. That seems a detour,
but it makes sure that there is one way in, with one set of bounds and messages,
and that whatever can be built can be written down.
@(tangled/lib/keras.c@>=
#include "keras.h"
#include "registry.h"
#include <stdio.h>
#include <string.h>
@#
@<The defaults as functions@>@;
@<Add a dense layer@>@;
@<Add a layer by its word@>@;

@ The structures for C++ are made by the same macros, so that the defaults cannot
differ between the two languages.
@<The defaults as functions@>=
gp_dense_options gp_dense_defaults(void)
{
    return GP_OPTIONS(gp_dense_options, @[.use_bias@] = true,
                      @[.units@] = 0);
}
gp_add_options gp_add_defaults(void)
{
    return GP_OPTIONS(gp_add_options, GP_ADD_LEFT_OUT, @[.word@] = NULL);
}

@ An initializer is given by its name or by the three knobs of variance scaling.
Both at once make no sense. The activation must be one word, and one of an
activation: with a layer that has weights, the call would add something else
than it says.

@<Add a dense layer@>=
static bool is_word(const char *text) /* |NULL| is none, and allowed */
{
    return text == NULL || (*text != '\0'
                            && strpbrk(text, " \t\n\r\f\v()") == NULL);
}

@ That initializer and activation are one word each is checked here. A blank in
them would add more layers than the call says.

@<Add a dense layer@>=
static gp_status check_dense(const gp_dense_options *o, gp_error *error)
{
    if (o->kernel_initializer != NULL && o->variance_scaling != NULL)
        return gp_fail(error, GP_BAD_INPUT, "dense: two initializers: '%s', "
                       "and a variance scaling", o->kernel_initializer);
    if (!is_word(o->kernel_initializer))
        return gp_fail(error, GP_BAD_INPUT, "dense: unknown initializer '%s'",
                       o->kernel_initializer);
    if (!is_word(o->activation))
        return gp_fail(error, GP_BAD_INPUT, "dense: expected one activation, "
                       "found '%s'", o->activation);
    @<Fail unless the word is that of an activation@>@;
    return GP_OK;
}

@ Activations are the rows with an activation, and the two rectifiers that keep
something of their own. A word that is not in the table is left to the parser,
which will suggest another.

@<Fail unless the word is that of an activation@>=
char word[64] = "";
if (o->activation != NULL)
    snprintf(word, sizeof word, "%.*s", (int)strcspn(o->activation, ":"),
             o->activation);
const gp_word *row = gp_word_find(word);
if (row != NULL && row->activation == NULL
    && strcmp(word, "prelu") != 0 && strcmp(word, "rrelu") != 0)
    return gp_fail(error, GP_BAD_INPUT, "'%s' is no activation", word);

@ Variance scaling has three arguments in the grammar. The words for its modes
and distributions stand in the table of initializers, at the places that the
enumerations count. A value that is none of them becomes a question mark, which
the parser will refuse with a list of the choices.
@<Add a dense layer@>=
static void write_initializer(const gp_dense_options *o, char *text,
                              size_t size)
{
    const gp_variance_scaling *v = o->variance_scaling;
    const gp_argument *a = gp_initializer_find("variance_scaling")->argument;
    char scale[GP_DECIMAL];
    if (v == NULL) {
        snprintf(text, size, "%s%s", o->kernel_initializer ? ":" : "",
                 o->kernel_initializer ? o->kernel_initializer : "");
        return;
    }
    gp_decimal_write(scale, v->scale, false);
    snprintf(text, size, ":variance_scaling:%s:%s:%s", scale,
             v->mode <= GP_FAN_AVG ? a[1].choices[v->mode] : "?",
             v->distribution <= GP_UNIFORM ? a[2].choices[v->distribution]
                                           : "?");
}

@ Then the text is put together. Layer and activation are parsed as one text, so
they are added together or not at all. What went wrong, if anything, is
remembered by the network.
@<Add a dense layer@>=
gp_status gp_dense_with(gp_network *net, gp_dense_options o)
{
    gp_error error = {""};
    char initializer[160], text[400];
    if (gp_network_error(net) != NULL)
        return gp_network_remember(net, GP_OK, NULL);
    gp_status s = check_dense(&o, &error);
    if (s == GP_OK) {
        write_initializer(&o, initializer, sizeof initializer);
        int n = snprintf(text, sizeof text, "dense:%zu%s%s%s%s", o.units,
                         initializer, o.use_bias ? "" : ":nobias",
                         o.activation ? " " : "",
                         o.activation ? o.activation : "");
        s = n < (int)sizeof text ? gp_network_parse(net, text, &error)
            : gp_fail(&error, GP_BAD_INPUT, "dense: words too long");
    }
    return gp_network_remember(net, s, &error);
}

@ The other call does not know which options belong to which word. It gives them
the names that the registry uses, and looks up for each argument of the row
whether there is an option of that name. An option that was taken is crossed
out.
@<Add a layer by its word@>=
typedef struct {
    const char *name;
    double value;
} named;
static double take(named *given, size_t n, const gp_argument *a)
{
    for (size_t k = 0; k < n; k++)
        if (strcmp(given[k].name, a->name) == 0) {
            double value = given[k].value;
            given[k].value = GP_LEFT_OUT;
            return value;
        }
    return GP_LEFT_OUT;
}

@ The word and its arguments are written in the order of the row. An argument
that is left out is written with its default, in case one behind it was given.
What has not been crossed out in the end belongs to another word, and is an
error: a rate for a rectifier is more likely a slip than a joke.
@<Add a layer by its word@>=
static gp_status write_word(const gp_word *row, named *given, size_t n,
                            char *text, size_t size, gp_error *error)
{
    size_t length = (size_t)snprintf(text, size, "%s", row->word);
    for (size_t k = 0; k < GP_MAX_ARGUMENTS && row->argument[k].name; k++) {
        const gp_argument *a = &row->argument[k];
        double value = take(given, n, a);
        if (value == GP_LEFT_OUT)
            value = a->otherwise;
        @<Put |value| behind the word@>@;
    }
    for (size_t k = 0; k < n; k++)
        if (given[k].value != GP_LEFT_OUT)
            return gp_fail(error, GP_BAD_INPUT, "%s has no argument %s",
                           row->word, given[k].name);
    return GP_OK;
}

@ NaN is the default of an argument that must be given. It is also what a program
may give by mistake, and equal to nothing, not even to itself.

@<Put |value| behind the word@>=
char number[GP_DECIMAL];
if (value != value)
    return gp_fail(error, GP_BAD_INPUT, "%s: expected %s", row->word,
                   a->name);
gp_argument_write(a, value, number);
length += (size_t)snprintf(text + length, size - length, "%s%s",
                           *number ? ":" : "", number);

@ Now the call itself. A word that is not in the table is left to the parser,
which knows what to say about it. So is \texttt{dense}, which has a call of its
own and arguments that this one does not know.
@<Add a layer by its word@>=
gp_status gp_add_with(gp_network *net, gp_add_options o)
{
    @<Give the options their names@>@;
    gp_error error = {""};
    char text[256];
    if (gp_network_error(net) != NULL)
        return gp_network_remember(net, GP_OK, NULL);
    const gp_word *row = o.word ? gp_word_find(o.word) : NULL;
    gp_status s = GP_OK;
    snprintf(text, sizeof text, "%.200s", o.word ? o.word : "");
    if (row != NULL && strcmp(row->word, "dense") != 0)
        s = write_word(row, given, sizeof given / sizeof *given, text,
                       sizeof text, &error);
    if (s == GP_OK)
        s = gp_network_parse(net, text, &error);
    return gp_network_remember(net, s, &error);
}

@ A flag that is not set counts as left out, so that it is no error for a word
without that flag.

@<Give the options their names@>=
const double no = GP_LEFT_OUT;
named given[] = {{"ALPHA", o.alpha}, {"BETA", o.beta}, {"SCALE", o.scale},
    {"RATE", o.rate}, {"MOMENTUM", o.momentum}, {"EPSILON", o.epsilon},
    {"LOWER", o.lower}, {"UPPER", o.upper},
    {"shared", o.shared ? 1 : no}, {"unbiased", o.unbiased ? 1 : no}};

@* Walking through a network.\label{sec:walk}
Optimizers, checkpoints and gradient checks go through all parameters of a
network. Two nested loops would do, over the layers and over the parameters of
each, if there were no layers with a chain inside, such as the residual
connections of Chapter~\ref{ch:residual}. A loop that forgets those
trains half of a network, and the loss still falls. A checkpoint that forgets
them saves half of it. So there is one way to walk, and all use it:
\begin{quote}
|for (gp_walk w = gp_chain_walk(chain); gp_walk_parameter(&w);)|\\
\hspace*{2em}\dots{} use |w.parameter| and |w.layer| \dots
\end{quote}

@(tangled/lib/walk.h@>=
#pragma once
#include "chain.h"
@#
GP_BEGIN_DECLS@;
typedef struct {
    gp_layer *layer; /* where the walk has come to */
    gp_parameter *parameter; /* of this layer, or |NULL| */
    gp_layer *start; /* the rest is for the functions below */
    size_t next, depth, at[GP_MAX_NESTING];
    const gp_chain *chain[GP_MAX_NESTING];
} gp_walk;

@ A walk goes through the layers in order, and into a composite layer right
after visiting it. It can begin at a chain or at a single layer. It can stop at
every parameter or at every layer. Each place has a name, which checkpoints and
error messages use: \texttt{0.dense.kernel} is the kernel of the first layer,
\texttt{3.residual.0.dense.kernel} that of the first layer inside the fourth.

@(tangled/lib/walk.h@>=
gp_walk gp_chain_walk(const gp_chain *chain);
gp_walk gp_layer_walk(gp_layer *layer); /* |layer| and what is inside */

@ The two functions that take a step return whether there was another place.

@(tangled/lib/walk.h@>=
bool gp_walk_layer(gp_walk *w); /* to the next layer; |false| at the end */
bool gp_walk_parameter(gp_walk *w); /* to the next parameter */
void gp_walk_name(const gp_walk *w, char *text, size_t size);
    /* of the place it has come to */
size_t gp_walk_count(gp_walk w, bool trainable_only);
    /* how many numbers all parameters from here on hold */
size_t gp_chain_count(const gp_chain *chain, bool trainable_only);
GP_END_DECLS@;

@ The walk keeps the chains that it is inside of, the outermost first, and how
far it has come in each. Entering a layer's inside adds a chain at the end;
leaving it means to forget the last. This does by hand what recursion would do,
so that the loop stays with the caller, who can use |break| and local variables.
@(tangled/lib/walk.c@>=
#include "walk.h"
#include <stdio.h>
@#
gp_walk gp_chain_walk(const gp_chain *chain)
{
    return @[(gp_walk){@[.depth@]=1, @[.chain@]={chain}}@];
}
gp_walk gp_layer_walk(gp_layer *layer)
{
    return @[(gp_walk){@[.start@]=layer}@];
}
static void enter(gp_walk *w, const gp_chain *inner)
{
    GP_REQUIRE(w->depth < GP_MAX_NESTING, "layers nested %zu deep",
               w->depth + 1);
    w->at[w->depth] = 0;
    w->chain[w->depth++] = inner;
}

@ One step. If the last layer has something inside, that comes next. Otherwise
the walk leaves all chains whose end it has reached, and takes the next layer
of the first that has one.

@(tangled/lib/walk.c@>=
bool gp_walk_layer(gp_walk *w)
{
    const gp_chain *inner = w->layer ? gp_layer_inner(w->layer) : NULL;

    if (inner)
        enter(w, inner);
    while (w->depth > 0 && w->at[w->depth - 1] ==
                               gp_chain_length(w->chain[w->depth - 1]))
        w->depth--;
    @<Let |w->layer| be the next layer, if there is one@>@;
    w->parameter = NULL;
    w->next = 0;
    return w->layer;
}

@ A walk that begins at a single layer has it as |start| and no chain yet. When no
chain is left, the walk is at its end.

@<Let |w->layer| be the next layer, if there is one@>=
if (w->start)
    w->layer = w->start;
else if (w->depth == 0)
    w->layer = NULL;
else
    w->layer = gp_chain_layer(w->chain[w->depth - 1],
                              w->at[w->depth - 1]++);
w->start = NULL;

@ Stopping at every parameter is a second loop around the first. The parameters of
a layer are visited in the order in which the layer lists them. When they are
used up, or the layer has none, the walk goes on to the next layer.
@(tangled/lib/walk.c@>=
bool gp_walk_parameter(gp_walk *w)
{
    while (!w->layer || w->next == w->layer->parameters)
        if (!gp_walk_layer(w))
            return false;
    w->parameter = &w->layer->parameter[w->next++];
    return true;
}

@ Counting is the first use of the walk. It is given a copy, so the caller's own
walk stays where it is.

@(tangled/lib/walk.c@>=
size_t gp_walk_count(gp_walk w, bool trainable_only)
{
    size_t count = 0;

    while (gp_walk_layer(&w))
        count += gp_layer_count(w.layer, trainable_only);
    return count;
}
size_t gp_chain_count(const gp_chain *chain, bool trainable_only)
{
    return gp_walk_count(gp_chain_walk(chain), trainable_only);
}

@ The name of a place is put together from the outermost chain inward: the number
of the layer and its type at each level, and the parameter at the end. A name
that does not fit is cut off, as |snprintf| does.
@(tangled/lib/walk.c@>=
void gp_walk_name(const gp_walk *w, char *text, size_t size)
{
    size_t used = 0;

    for (size_t d = 0; d < w->depth; d++) {
        const size_t i = w->at[d] - 1;
        const int n = snprintf(text + used, size - used, "%s%zu.%s",
                               d ? "." : "", i,
                               gp_chain_layer(w->chain[d], i)->type->name);

        used = used + (size_t)n < size ? used + (size_t)n : size - 1;
    }
    if (w->parameter)
        snprintf(text + used, size - used, "%s%s", used ? "." : "",
                 w->parameter->name);
}

@* Checkpoints.
\label{sec:checkpoint}
A training that is worth running is worth keeping. The file format is
\emph{safetensors}, which Python's library of that name reads: eight bytes with
the length of a header, lowest first; the header, in JSON; then the numbers.
The header gives each tensor a type, a shape and a range of bytes, and under
\texttt{\_\_metadata\_\_} a table of strings. A network of one dense layer, for
example, with one input and two units, has a header that begins like this, broken
into lines here:
\begin{quote}
\texttt{\{"\_\_metadata\_\_":\{"format":"gradient-problem 2",}\\
\texttt{"specification":"dense:2:glorot\_uniform","inputs":"1", \ldots\},}\\
\texttt{"0.dense.kernel":\{"dtype":"F32","shape":[1,2],}\\
\texttt{"data\_offsets":[0,8]\},}\\
\texttt{"0.dense.bias":\{"dtype":"F32","shape":[1,2],}\\
\texttt{"data\_offsets":[8,16]\}\}}
\end{quote}
Sixteen bytes follow, the four numbers. Every program that reads safetensors can take
the weights out of such a file; ours can make the network again.

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
    uint64_t finished; /* 1: the training came to its end before them */
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
optimizer the file serves inference only, and without metadata it holds the
network and nothing else. A program that is about to train for hours can ask
beforehand whether the place can be written to; the answer is a message with the
reason, in the words in which a failed save would tell it.

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

@ Jansson, a C library, reads and writes the JSON. The system's headers are needed
for what the C library's streams do not know: the access rights of a file, random
bits for a name that nobody can guess, and bringing the bytes to the disk. The
functions follow in the order in which a save and then a load need them.

@(tangled/lib/checkpoint.c@>=
#define _XOPEN_SOURCE 700
#include "checkpoint.h"
#include "specification.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
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
Metadata own the names of the classes and two rows of numbers. Freeing returns
these, and leaves the structure empty, so that it may be freed twice or filled
again: a program with several ways out of a function can free in each of them.

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

@ The rows are copied from the data set and not pointed at. Pointing would be
shorter, and would work until somebody frees the data before the last save; the
mistake would then sit in another function than the crash.

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

@ The names of the classes are copied one by one. |classes| counts what has been
copied so far. When memory runs out in the middle, the caller frees the metadata
as always, and the count says how many names there are to free.

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

@ The name of the data set is what the caller has put there, or else the name that
the data set itself knows. A name must be UTF-8, for JSON knows nothing else; a
folder's name on a Unix system may consist of any bytes. It is tested here, where a
training begins, and not at the first save, where an epoch would be lost.

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
statistics. A walk through the chain (Section~\ref{sec:walk}) finds the layers
inside a residual block, too.

@<Functions that name tensors@>=
static size_t count_tensors(const gp_network *net,
                            const gp_optimizer *optimizer)
{
    size_t n = optimizer ? 2 * gp_optimizer_parameters(optimizer) : 0;
    gp_walk w = gp_chain_walk(gp_network_chain(net));
    while (gp_walk_parameter(&w))
        n++;
    return n + 2;
}

@ A place in the list is filled in two steps: here the matrix, and by the caller the
name, which is made in different ways. A name that was cut off might equal another
one, and the two tensors would be one in the file. So a full length is noted, and
refused by whoever asked for the list.

@<Functions that name tensors@>=
static tensor *append(tensor_list *list, gp_matrix *matrix)
{
    tensor *t = &list->at[list->count++];
    t->matrix = matrix;
    return t;
}
static void note_length(tensor_list *list, const tensor *t)
{
    list->too_long |= strlen(t->name) + 1 >= sizeof t->name;
}

@ Parameters are called as in Keras, with the number of their layer in front:
\texttt{0.dense.kernel}, and inside a residual block
\texttt{3.residual.0.dense.kernel}. Numbers are in front because types repeat; the
type stands behind them because a person who lists the file's contents in Python
wants to see what the tensor is. The walk visits the parameters in the order of the
layers, and the numbers follow in that order in the file.

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
    gp_walk w = gp_chain_walk(gp_network_chain(net));
    while (gp_walk_parameter(&w)) {
        tensor *t = append(list, &w.parameter->value);
        gp_walk_name(&w, t->name, sizeof t->name);
        note_length(list, t);
    }
    @<List the optimizer's state and the input's statistics@>@;
    return list->too_long ? gp_fail(error, GP_BAD_INPUT, "the name of a "
                                    "layer or parameter is too long")
                          : GP_OK;
}

@ Plain descent keeps no state, momentum one matrix for each trained parameter, Adam
two. The optimizer says so by |NULL|, so nothing here depends on its kind; an
optimizer that comes later is saved without a change, if two are enough for it.

@<List the optimizer's state and the input's statistics@>=
size_t trained = optimizer ? gp_optimizer_parameters(optimizer) : 0;
for (int k = 0; k < 2; k++)
    for (size_t p = 0; p < trained; p++)
        if (gp_optimizer_state(optimizer, p, k) != NULL)
            sprintf(append(list, gp_optimizer_state(optimizer, p, k))->name,
                    "optimizer.%d.%zu", k, p);
if (m->mean.at != NULL && m->deviation.at != NULL) {
    strcpy(append(list, &m->mean)->name, "input.mean");
    strcpy(append(list, &m->deviation)->name, "input.deviation");
}

@*1 The header.
\label{sec:checkpoint-header}
An earlier version of this module did not look at what Jansson's functions
returned. When memory ran out in one of them the header came out incomplete,
the file was written all the same, and it replaced a good checkpoint by one
that could not be read. So everything is put into the header by one function,
which remembers a failure: Jansson's setter fails for a value that could not be
made, for an object that does not exist, and for want of memory. With any one
allocation of a save forced to fail, the old checkpoint is there afterwards and can
be read.\claim{a_failed_allocation_leaves_the_old_checkpoint}

@<Functions that make a header@>=
typedef struct {
    json_t *tensors, *meta;
    bool complete; /* no call has failed */
} head;
static void put(head *h, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        h->complete = false;
}

@ The format allows only strings in the metadata, so numbers are written as
text. Jansson does that too: it loses no bit of a double with 17 digits, and
writes a point even where the locale would have a comma.

@<Functions that make a header@>=
static void put_text(head *h, const char *key, const char *text)
{
    put(h, h->meta, key, json_string(text));
}
static void put_as_text(head *h, const char *key, json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT
                                       | JSON_REAL_PRECISION(17));
    put(h, h->meta, key, text ? json_string(text) : NULL);
    free(text);
    json_decref(value);
}

@ A seed uses all 64 bits, and may be larger than Jansson's largest integer, which
has a sign. Whole numbers are therefore written by the C library and not by way of a
JSON number.

@<Functions that make a header@>=
static void put_integer(head *h, const char *key, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, value);
    put_text(h, key, text);
}

@ The options of an optimizer are a table of keys and places in the structure. Writing
and reading go through the same rows, so they cannot disagree about a name, and an
option that is added later needs one line.

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
static void put_optimizer(head *h, gp_optimizer *optimizer)
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

@ First what every reader needs, then what only a training needs. The
specification is written anew from the layers, so it has every argument that a
layer was made with, however it came into the network. Version 2 of the format
added the statistics of the input and the names of the classes.

@<Functions that make a header@>=
static void put_network(head *h, const gp_network *net)
{
    char *words = gp_chain_specification(gp_network_chain(net), NULL);
    put_text(h, "format", "gradient-problem 2");
    put(h, h->meta, "specification", words ? json_string(words) : NULL);
    put_integer(h, "inputs", gp_network_inputs(net));
    put_integer(h, "network_seed", gp_network_seed(net));
    put_integer(h, "random_position", gp_network_random_position(net));
    free(words);
}

@ These are the facts about the training, for the program that goes on with it. They
are left out as a whole where the caller gave no metadata: a reader can then tell
``epoch 0'' from ``no epoch was given''. The names of the classes become an array in
JSON, written as one string, since a name may hold any letter that one might want to
separate names with.

@<Functions that make a header@>=
static void put_metadata(head *h, const gp_checkpoint_metadata *m)
{
    put_integer(h, "seed", m->seed);
    put_integer(h, "batch", m->batch);
    put_integer(h, "samples", m->samples);
    put_integer(h, "epoch", m->epoch);
    put_integer(h, "epochs", m->epochs);
    put_integer(h, "finished", m->finished);
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

@ Each tensor becomes an entry with its type, its shape, and the bytes that belong to
it, counted from the end of the header. The type of a number is the library's
|gp_real|: \texttt{F32}, or \texttt{F64} where the modules are compiled with double.
The first tensor begins at 0, and each next one where the one before it ends.

@<Functions that make a header@>=
#define NUMBER (sizeof(gp_real) == 4 ? "F32" : "F64")
static void put_tensors(head *h, const tensor_list *list)
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

@ All parts together make the header, as text, or |NULL| if anything was missing. Two
tensors of one name would have become one entry in the object, without an error from
anybody; so the entries are counted and compared with the list. The metadata stand
first in the file, where a person who opens it in an editor sees them.

@<Functions that make a header@>=
static char *make_header(gp_network *net, gp_optimizer *optimizer,
                         const gp_checkpoint_metadata *m,
                         const tensor_list *list)
{
    head h = {json_object(), json_object(), true};
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
the link points to, and the link
stays.\claim{a_link_stays_and_its_file_is_replaced} A link to nowhere is an error: a new
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

@ A full disk may show itself when the buffer is flushed, when the bytes go to the
disk, or when the file is closed; a network drive reports as late as it can. Each
of the three is looked at, and only then the new file gets the old one's name. The
|errno| of the first failure is the one that is told. Without |keep|, or after any
failure, the temporary file is taken away again and the old file stays.

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

@ A failure to open and a failure to close are the same to the user: the checkpoint
was not written, and here is why. |ENOTSUP|, which we chose ourselves for what is
no file, gets better words than the system's.

@<Functions that write a file safely@>=
static gp_status cannot_write(const char *path, gp_error *error)
{
    const char *why = errno == ENOTSUP ? "expected a file, found a device, "
                      "a pipe or a socket" : strerror(errno);
    return gp_fail(error, GP_FAILED, "%s: could not be written: %s", path,
                   why);
}

@ Opening follows the links and makes the temporary file. What was allocated on the
way is freed by the caller in either case, so that success and failure have one
way out.

@<Functions that write a file safely@>=
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

@ The bits of a number are looked at as a whole number of the same size. Shifting
by eight takes out one byte after the other, the lowest first.

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

@ The rows of a matrix begin at aligned addresses in memory, with padding behind
them. In the file they follow each other without a gap, as every other program
expects it.

@<Functions that write a checkpoint@>=
static bool write_matrix(FILE *file, const gp_matrix *m)
{
    for (size_t i = 0; i < m->rows; i++)
        for (size_t j = 0; j < m->cols; j++)
            if (!write_number(file, gp_row(m, i)[j]))
                return false;
    return true;
}

@ The file in one piece: length, header, numbers. The header is padded with blanks,
which mean nothing in JSON, to a multiple of eight bytes. So the numbers begin at an
address that a processor can load them from, for a reader that maps the file into
memory in place of reading it, as Python's library does.

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

@ A network whose weights are no numbers any more is good for nothing, and the file
under the name may be good for much. The trainer stops when a value overflows, so
this should never happen; but a checkpoint is the last place where the mistake of a
program can still be stopped from destroying the work of a night. The look costs a
small part of what writing costs.

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
    gp_error why;
    for (size_t l = 0; l < gp_network_layers(net); l++)
        if (gp_layer_writable(gp_network_layer(net, l), &why) != GP_OK)
            return gp_fail(error, GP_BAD_INPUT, "layer %zu: no file could be "
                           "read back into it: %s", l + 1, why.message);
    return GP_OK;
}

@ The header exists before the disk is touched, so the most likely failure, memory,
costs nothing. What the disk says is checked as well. Whatever happens, the temporary
file is either renamed or taken away.

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

@ Saving is a row of steps, each of which may refuse. The checks come first: that
every layer can be read back, and that all values are numbers. Without metadata the
list of tensors needs an empty structure, for it looks there for the input's
statistics. The copy shares its matrices with the caller's, and they are only read.

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

@ A complaint names the file, the place, and what was expected there. The place is a
key of the header or a byte; with it, a person with a text editor can look at what
the program saw.

@<Functions that look at the header@>=
static gp_status bad(const checkpoint *c, const char *where,
                     const char *expected)
{
    return gp_fail(c->error, GP_BAD_INPUT, "%s: %s: expected %s", c->path,
                   where, expected);
}

@ The first eight bytes are a length that anybody may have written there. It must lie
within the file, whose size the system knows. That alone is not enough: a file can
be a terabyte long and take no room on the disk, since Unix does not store what was
never written. The format's own limit of 100 megabytes keeps such a file from
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

@ The text is read as a whole and handed to Jansson, which says at which byte it
stumbled if it is no JSON. Two entries of one name are refused: one reader would take
the first and another the last, and a file that means two things is a way to show
different networks to the program that checks it and to the one that uses it.

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

@ A file of safetensors that another program wrote has weights, but no specification
in its metadata, so nobody knows what network they belong to. It is refused here, by
the name of the format. Version 1 of that format lacked only what may be missing
today, so it is read without further ado. Then the layout of the whole file is
checked, before anything is made from it.

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
Every byte behind the header must belong to exactly one
tensor.\claim{every_byte_belongs_to_one_tensor} Where two
tensors overlap, a number of the one is a number of the other; where there are
holes, something may be hidden in them. The format forbids both, and so do we,
for the tensors that nobody asks for as well.

@<Types of a checkpoint@>=
typedef struct {
    const char *name;
    uint64_t from, to; /* bytes, counted from |start| */
} extent;

@ The types of the format, with the size of a number of each. A checkpoint of ours
uses the first or the second; the others may stand in tensors that somebody else
added.

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

@ The number of elements is the product of the sides. The product of a lying shape
might wrap around and look small, so each factor is tested by division before it is
multiplied; the bound leaves room for the size of an element. |UINT64_MAX| stands
for a shape that is none. The empty list is a shape, that of a single number.

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

@ One entry of the header has three parts, and says one thing twice: the type and the
shape give a number of bytes, and so do the two offsets. A file in which the two
differ was damaged or made up. The exclamation mark in the pattern makes Jansson
refuse a list with a third number.

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

@ With the tensors in this order one pass is enough: |end| is where the next one has to
begin. It moves from the first byte to the last, and a gap or an overlap is a
tensor that begins elsewhere.

@<Functions that look at the header@>=
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

@ The entries are taken from the header one by one, except the metadata, which are no
tensor. The names stay in the header's memory, and are used in messages only.

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

@ The network that the specification describes says which tensors must be there, and
of which type and shape. Whether the bytes lie within the file was checked when the
header was read; asking again for their place costs nothing. A number of another
type is not converted: a float read as a double would hide that the network is not
the one that was trained.

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

@ Reading is the mirror image of writing: each byte is shifted to its place, the
first one to the lowest. A file that ends too early was found out when its layout
was checked, unless it is being changed while we read it.

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

@ A whole number must begin with a digit, for |strtoull| would accept a minus sign and
turn $-1$ into $2^{64}-1$. It also says by |errno| when a number is too large, and by
|end| where it stopped; a number with a letter behind it is none.

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

@ A text is copied into an array of the metadata. One that does not fit would be
another one if it were cut off: the name of other data, or a schedule with another
factor. So it is refused.

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

@ The names of the classes are an array in JSON, written as one string, so the string
is parsed once more. Each element must be a text. Those that are not are counted as
missing, and a file with a missing name is refused as a whole; the names that were
copied are freed with the metadata.

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

@ All of the metadata are optional, since a network answers without them. What is
there must be right: a seed that cannot be read is a damaged file, not a file
without a seed.

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
        s = get_integer(c, "finished", &m->finished);
    if (s == GP_OK)
        s = get_text(c, "data", m->data, sizeof m->data);
    if (s == GP_OK)
        s = get_text(c, "schedule", m->schedule, sizeof m->schedule);
    return s == GP_OK ? get_class_names(c, m) : s;
}

@ The statistics of the input are there both or not at all: a mean without a
deviation standardizes nothing. Room for them is made here; the numbers come
with those of the other tensors.

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
parameter, so the network may not have more of them than the file has room for,
whatever its layers are called.\claim{a_small_file_cannot_ask_for_a_large_network}

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
    gp_network_set_random_position(*net, position);
    gp_error inner = {""};
    s = gp_network_parse(*net, text, &inner);
    return s == GP_OK ? s : gp_fail(c->error, s, "%s: specification: %s",
                                    c->path, inner.message);
}

@ |gp_network_new| stops the program when it is asked for a network without inputs,
for that is a mistake in a program. Here it would be a mistake in a file, and a file
must not be able to stop a program. So the number is tested first, against a bound
above as well.

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

@ Version 1 wrote every option, whatever the kind of the optimizer, and a zero for a
limit that clips nothing. An optimizer of today refuses a momentum that it does
not have, so what does not belong to the kind is left
out.\claim{a_training_of_version_1_goes_on}

@<Functions that read a checkpoint@>=
static void leave_out(gp_optimizer_options *o)
{
    if (o->kind != GP_MOMENTUM && o->kind != GP_NESTEROV)
        o->momentum = GP_LEFT_OUT;
    if (o->kind != GP_ADAM)
        o->beta1 = o->beta2 = o->epsilon = GP_LEFT_OUT;
    if (o->clip_norm == 0)
        o->clip_norm = GP_LEFT_OUT;
    if (o->clip_value == 0)
        o->clip_value = GP_LEFT_OUT;
}

@ A file without an optimizer is good for evaluation. That is no error here: the
caller, who asked for one, finds |NULL| and decides. The options begin as ``left
out'', and those that the file names are filled in. What makes no sense together is
refused by the optimizer itself, with its own message.

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
    leave_out(&o);
    *optimizer = gp_optimizer_new(net, o, c->error);
    if (*optimizer == NULL)
        return GP_NO_MEMORY;
    gp_optimizer_set_steps(*optimizer, steps);
    return GP_OK;
}

@ The table of the fields serves in the other direction now. It is the same table
that wrote them, so a field cannot be written under one name and looked for under
another.

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

@ Reading goes in the order in which one thing needs another: the header; the metadata;
the network that the specification describes; the statistics, which are as wide as
its input; the optimizer for that network. Then the list of tensors is made from
these, by the function that made it for writing, and every tensor on it must be in
the file. Others may be there, which somebody else has added; they are not looked at.

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

@ Loading gives all or nothing. A network that was half read when an error was found
is freed again, and the metadata are handed over only when everything is right; a
caller never has to ask how far the function came. The optimizer is freed first,
since it points into the network.

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

@ The last function opens the file, reads, and closes it again. A pipe under that name
would make |fopen| wait until somebody writes into it, perhaps for ever. Opened
without waiting it is a file of the wrong type, which is noticed at once. What the
caller wants to know is emptied first, so that it is in a known state after a
failure.

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
    else if (descriptor >= 0)
        close(descriptor);
    json_decref(c.header);
    return hand_over(s, net, optimizer, &m, metadata);
}

@* Index.
