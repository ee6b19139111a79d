@i common.w

@** Layers and gradients.\label{ch:groundwork}
The first chapter ended with a question: why do twenty layers learn nothing,
and why does one changed word help? To answer it we must be able to look inside
a network. This chapter builds the machinery for that, and as little of
it as possible.

A network is a chain of layers. Each layer computes something from its input,
and in training each is told by how much the loss would change if its output
changed a little: the gradient. The layer computes from that the gradient of
its own input and passes it down to the layer below. The chapter builds these
pieces in order: the numbers and matrices that everything is computed with; a
layer with its two directions; the dense layer; the loss at the top, where the
gradient begins; and the chain, which runs the layers up and down. It ends by
training a classifier with nothing else, and by showing what such a classifier
cannot learn.

Libraries of this kind usually record operations on a tape and differentiate
them later. We write each derivative by hand, because the derivatives are what
this book is about. A mistake in one of them would spoil every conclusion
drawn from it. So the chapter also builds a gradient checker, which compares
each derivative with its definition, and every layer of the book goes through it.

@ Each tool is a \emph{module}, a header file and a source file that are put
together from the sections of a chapter:
\begin{center}
\begin{tabular}{lll}
\toprule
module & provides & section\\
\midrule
\texttt{real} & the number type, errors & \ref{sec:real}\\
\texttt{matrix} & matrices, views, products & \ref{sec:matrix}\\
\texttt{layer} & what a layer is & \ref{sec:layer}\\
\texttt{activation} & layers that work element by element & \ref{sec:activation}\\
\texttt{dense} & the dense layer & \ref{sec:dense}\\
\texttt{loss} & softmax, cross-entropy, squared error & \ref{sec:loss}\\
\texttt{chain} & layers in a row, forward and backward & \ref{sec:chain}\\
\texttt{gradcheck} & the gradient checker & \ref{sec:gradcheck}\\
\bottomrule
\end{tabular}
\end{center}
A header comes before its source and says everything that a caller must know.
If you are in a hurry, read the headers and the formulas, and trust the tests
for the rest.

What can be used without being understood waits until Chapter~\ref{ch:numbers}.
There you find how matrices are stored, how loops are vectorized, and where random numbers
come from. Here three calls for random numbers suffice. |gp_random_new(seed)| makes a generator,
which gives the same numbers for the same seed on every machine. |gp_random_fill_normal(&r, &m, 0, 1)| fills a
matrix with normally distributed numbers of mean 0 and standard deviation 1, and
|gp_random_fill_uniform(&r, &m, -1, 1)| with numbers between $-1$ and 1.

@* The number type.\label{sec:real}
Networks are trained in single precision: a |float| takes half the memory of a
|double|, and a vector register holds twice as many. Gradients are
\emph{checked} in double precision, because a check subtracts nearly equal
numbers, and Section~\ref{sec:precision} shows that single precision leaves
too little of the difference. So no module says which of the two it uses. It
says |gp_real|, and the command line of the compiler decides: |float| unless it
holds \texttt{-DGP\_DOUBLE}. The library is built both ways from the same
sources.

@(tangled/lib/real.h@>=
#pragma once
#include "frame.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
@#
GP_BEGIN_DECLS@;
#ifdef GP_DOUBLE
typedef double gp_real;
#else
typedef float gp_real;
#endif
typedef int32_t gp_label; /* the class of a sample, counted from 0 */

@ A label has a sign, because files of data often mark a sample without a class
by $-1$. What |GP_BEGIN_DECLS| means, and why a program for |double| does not link with the
library for |float|, is explained in Section~\ref{sec:frame}. None of that is needed
to read on.

@ It is worth knowing what such numbers can hold, because half of this book is
about numbers that become too large, too small, or too nearly equal. A |float|
has 24 significant bits and a |double| has 53. The result of every operation
is the representable number next to the true one, so for any of the operations
$+$, $-$, $\times$ and $/$, written $\circ$,
\begin{equation}
\mathrm{fl}(a\circ b)=(a\circ b)(1+\delta),\qquad\abs{\delta}\le\varepsilon,
\label{eq:rounding}
\end{equation}
with $\varepsilon=2^{-24}$ for a |float| and $2^{-53}$ for a |double|.

Products and quotients of rounded numbers are harmless: their relative errors
add up, and $2^{-24}$ is little. Differences are not harmless. When $a$ and $b$
are nearly equal their leading digits cancel, and the rounding errors that $a$
and $b$ brought along, small beside $a$, may be large beside $a-b$. This is why
gradients are checked in double precision, and it is how a gradient of ELU
that is never zero comes to be computed as zero
(Chapter~\ref{ch:elu-selu}).

@ The other limit is the range. The largest |float| is just below $2^{128}$,
so $e^x$ overflows to infinity as soon as $x$ passes $128\ln2$, which is less
than 89\claim{exp_overflows_at_128_log_2}. Logits of that size are not rare in
a network that diverges; Section~\ref{sec:loss} makes sure that the loss
survives them. Downward, numbers keep all their bits to $2^{-126}$, lose them
one by one below that, and end at $2^{-149}$. A gradient that shrinks by a
factor of four from layer to layer, as the logistic function makes it do at
best, falls through that floor after 75
layers\claim{quartered_gradients_vanish_after_75_layers}. But it has become
useless long before: to change a weight near 1 at all, an update must be larger than
$2^{-25}$.

@ Formulas need not know the type either: in this library |exp(x)| is a
function for |float| when |x| is a |float|. Before many loops stands the macro |GP_SIMD|. It
promises the compiler that the iterations do not depend on each other, so that
vector instructions can do eight or sixteen of them at once; the result is the same.
Section~\ref{sec:vectormath} shows how these macros work.

@ Two kinds of trouble ask for two kinds of answer. If a caller multiplies
matrices whose shapes do not fit, the \emph{program} is wrong, and going on
would only move the failure to a place where it is harder to understand. Such
a mistake is what \citet{hanson1996c} calls a checked runtime error: the
program stops at once, and the message holds the facts.

@(tangled/lib/real.h@>=
GP_NORETURN void gp_stop(const char *file, int line, const char *function,
                         const char *format, ...) GP_FORMAT(4, 5);
    /* prints the place and the message, and aborts */
#define GP_REQUIRE(condition, ...) \
    ((condition) ? (void)0 \
                 : gp_stop(__FILE__, __LINE__, __func__, __VA_ARGS__))

@ Data from outside is different. A file may be cut short and an option may be
misspelled although the program is right, so a function that meets such data
returns a |gp_status| and leaves the explanation in a |gp_error|: where it
was, what was expected, what was found. Memory that the machine does not have
is treated like bad data, because the size often came from there.

@(tangled/lib/real.h@>=
typedef enum { GP_OK, GP_BAD_INPUT, GP_NO_MEMORY, GP_FAILED } gp_status;
typedef struct {
    char message[1024];
} gp_error;
@#
gp_status gp_fail(gp_error *error, gp_status status, const char *format, ...)
    GP_FORMAT(3, 4);
    /* writes the message into |error|, which may be |NULL|; returns
       |status| */
GP_END_DECLS@;

@* Matrices.\label{sec:matrix}
A batch of samples is a matrix with one sample in each row. The weights of a
layer are a matrix with a row for each input and a column for each unit, and
their gradient is a matrix of the same shape. We store matrices by rows. Each row begins on a
64-byte boundary, which is the size of a cache line and of the widest vector
register, so the distance from row to row, the \emph{stride}, may exceed the
number of columns. The numbers between are padding. They are zero when a
matrix is made, and no function of this library writes
there\claim{padding_stays_zero}.

In single precision a line of 64 bytes holds 16 numbers. A row of 100 columns
takes 112 places, one of 784 columns, an image of the data set used later,
takes 784, and one of 10 columns, the classes,
16\claim{strides_are_whole_lines}. Only very narrow matrices waste much, and
those are small.

Tensors of three or more dimensions are left out on purpose. The networks of
this book are dense; their data are samples by features, and a second index is
all they need.

@(tangled/lib/matrix.h@>=
#pragma once
#include "team.h"
@#
GP_BEGIN_DECLS@;
typedef struct {
    size_t rows, cols;
    size_t stride; /* from a row to the next, counted in |gp_real|s; it is
        |cols| or more: do not walk through |at| as if rows touched */
    gp_real *at; /* element $(i,j)$ is |at[i * stride + j]| */
} gp_matrix;
@#
gp_status gp_matrix_new(gp_matrix *m, size_t rows, size_t cols,
                        gp_error *error);
    /* allocates a matrix of zeros; may report |GP_NO_MEMORY| */
void gp_matrix_free(gp_matrix *m); /* releases it; |*m| becomes empty */

@ A \emph{view} is a matrix that looks at numbers which belong to another
matrix or to an array of the caller. Making one copies nothing, and a view is
never freed. The most common view is a run of whole rows, such as a mini-batch
of a data set.

@(tangled/lib/matrix.h@>=
static inline gp_real *gp_row(const gp_matrix *m, size_t i)
{
    return m->at + i * m->stride; /* row |i|: |cols| numbers, side by side */
}
static inline gp_real gp_at(const gp_matrix *m, size_t i, size_t j)
{
    return m->at[i * m->stride + j]; /* reads $m_{ij}$ */
}
@#
gp_matrix gp_matrix_view(gp_real *at, size_t rows, size_t cols, size_t stride);
    /* |stride| is at least |cols|; it is |cols| if |at| has no padding */
gp_matrix gp_matrix_rows(const gp_matrix *m, size_t first, size_t count);
    /* rows |first| to |first + count - 1| of |m|, which must exist */

@ Here |const gp_matrix *| promises to leave the shape alone, while the
numbers behind |at| may change; C has no handier way to pass views by value.
The remaining operations fill, copy, gather and multiply.

@(tangled/lib/matrix.h@>=
void gp_matrix_fill(gp_matrix *m, gp_real value); /* all its elements */
void gp_matrix_copy(gp_matrix *to, const gp_matrix *from);
    /* the shapes must be equal, the strides need not be */
void gp_matrix_gather(gp_matrix *to, const gp_matrix *from, size_t count,
                      const uint32_t *index);
    /* row |i| of |to| becomes row |index[i]| of |from|, for |i < count| */
double gp_matrix_square_sum(const gp_matrix *m);
    /* of all elements, in |double|; 0 if |m| is empty */
void gp_matrix_multiply(gp_matrix *c, gp_real beta, gp_real alpha,
                        const gp_matrix *a, bool transpose_a,
                        const gp_matrix *b, bool transpose_b);
    /* $C\leftarrow\alpha\,\mathrm{op}(A)\,\mathrm{op}(B)+\beta C$, where
       $\mathrm{op}$ transposes or not; |c| is neither |a| nor |b| */
void gp_matrix_multiply_part(gp_matrix *c, gp_block part, gp_real beta,
                             gp_real alpha, const gp_matrix *a,
                             bool transpose_a, const gp_matrix *b,
                             bool transpose_b);
    /* of |c| only a part, by one thread (Section~\ref{sec:team}) */
GP_END_DECLS@;

@ The product of an $m\times k$ by a $k\times n$ matrix takes $mkn$
multiplications and as many additions, on only $mk+kn+mn$ numbers. Each number
is used many times, so a good program can keep the arithmetic units busy while
a bad one waits for memory. Three nested loops are a bad one: they fetch each
number of $B$ again for every row of $A$. A good one cuts the matrices into
blocks that fit the caches, copies them into the order in which they will be
read, and keeps a small tile of $C$ in registers. Section~\ref{sec:fast-product} builds
such a product and explains it. Its sums are taken in the order in which the three loops take
them, so it gives the same numbers, many times as fast.

The same count shows why the other loops of this book cannot be as fast. An
activation function does a few operations for each number that it reads and
writes, so it runs at the speed of the memory. A training step is quick when
most of its time is spent in products.

@* Layers.\label{sec:layer}
A network is a row of layers, and the output of one is the input of the next.
Whatever a layer computes, the program that trains it needs three things: the result for
a batch, the gradient passed back, and the numbers to be trained with their
gradients.

Let $L$ be the loss, a single number that depends on everything. For any
matrix $Z$ on the way we write $\mathrm{d}Z$ for the matrix of the derivatives
$\partial L/\partial z_{ij}$. It has the shape of $Z$, and in programs it is
|dz|. Training a layer $Y=f(X;W)$ takes two steps. \emph{Forward}, $Y$ is
computed from $X$. \emph{Backward}, $\mathrm{d}Y$ is given by the layer above,
and the chain rule turns it into $\mathrm{d}X$ for the layer below and
$\mathrm{d}W$ for ourselves:
\[
\mathrm{d}x_{kl}=\sum_{i,j}\mathrm{d}y_{ij}\,
\frac{\partial y_{ij}}{\partial x_{kl}},\qquad
\mathrm{d}w_{kl}=\sum_{i,j}\mathrm{d}y_{ij}\,
\frac{\partial y_{ij}}{\partial w_{kl}}.
\]
Nothing else is needed. That a deep network multiplies many such steps, and
what becomes of the product, is the subject of
Chapter~\ref{ch:gradient-problem}.

The derivatives $\partial y_{ij}/\partial x_{kl}$ form a huge matrix, the
Jacobian. For a batch of 100 samples through a layer of 1000 units it has
$10^{10}$ entries, most of them zero. The backward pass never makes it: it
computes the product of a given $\mathrm{d}Y$ with the Jacobian, which is
usually no more work than the forward pass. One backward pass through all
layers gives the derivatives of the loss by every parameter, where differences
would need a forward pass for each parameter.

This is backpropagation \citep{rumelhart1986}. It is the chain rule, and the
only art in it is the order of the multiplications. The gradient of a single
number is a row as long as the layer is wide. If we begin at the loss and go
down, each step multiplies such a row by a Jacobian and gives a row again. If
we began at the input and went up, each step would multiply two Jacobians, and give
a matrix.

@(tangled/lib/layer.h@>=
#pragma once
#include "random.h"
@#
GP_BEGIN_DECLS@;
typedef struct {
    bool training; /* or inference */
    gp_random *random; /* for layers that draw; |NULL| if none does */
} gp_pass; /* how a forward pass is meant */
@#
typedef struct {
    const char *name;
    gp_matrix value, gradient; /* |gradient.at == NULL|: not trained */
} gp_parameter;

@ A parameter that is not trained is a number the layer keeps for itself, such
as the running mean of a normalization; it is stored with the others so that
saving a network saves it too. The pass says whether the network is being
trained, because some layers behave differently then: dropout drops units, and
batch normalization uses the statistics of the batch.

The types of layers differ in four functions. This is the usual table of
functions; each layer points to the table of its type.

@(tangled/lib/layer.h@>=
typedef struct gp_layer gp_layer;
typedef struct gp_chain gp_chain; /* Section~\ref{sec:chain} */
typedef struct {
    const char *name; /* the word for it in a specification */
    void (*forward)(gp_layer *, const gp_matrix *x, gp_matrix *y,
                    const gp_pass *);
    void (*backward)(gp_layer *, const gp_matrix *x, const gp_matrix *y,
                     const gp_matrix *dy, gp_matrix *dx);
        /* after |forward| on the same |x| and |y|; overwrites the gradients
           of the parameters, and |dx| unless that is |NULL| */
    gp_status (*reserve)(gp_layer *, size_t batch, gp_error *);
        /* makes room for batches of at most |batch| rows; may be |NULL| */
    void (*free)(gp_layer *);
        /* frees what the layer holds beyond parameters; may be |NULL| */
    @<What a type says about its layers@>@;
} gp_layer_type;

@ Training, folding and saving treat all layers alike. They must not ask for a
layer by its name, or a layer that you add would be forgotten in one of them.
So the type says what they need to know. Most layers have nothing to say, and
leave these fields out of their table, which makes them zero.

@<What a type says about its layers@>=
size_t minimum_batch; /* rows that a training pass needs; 0: any number */
gp_chain *(*inner)(gp_layer *); /* the layers inside a composite layer */
void (*arguments)(const gp_layer *, double *value);
    /* the numbers it was made with, in the order of its specification */
bool shares; /* a team of threads may call the two functions together, and
    each thread does its own rows */
void (*statistics)(gp_layer *, bool gather);
    /* begins or ends gathering statistics of the whole training set */
gp_status (*fold)(const gp_layer *, gp_layer *neighbour, bool in_front,
                  gp_error *);
    /* puts what the layer does at inference into the dense layer that it
       stands behind or, if |in_front|, that stands behind it */

@ The field |shares| is for speed. Threads can share the work on a batch if each
takes some of its rows; Section~\ref{sec:team} shows how, with functions whose
names begin with |gp_team|. In a program without threads, or in a layer that
says nothing, they change nothing: the part of a single thread is all rows.

@ Two conventions are hidden in these comments. Gradients are overwritten, not
added to: a caller who wants sums over batches adds them. Libraries that add
need a call to clear the gradients, and forgetting that call is a classic
mistake. And the first layer of a network is told by a null |dx| that nobody
wants the gradient of the data, which saves it a product as large as its
forward pass.

A layer has as many parameters as it asks for: an activation none, a dense
layer two, batch normalization four.

@(tangled/lib/layer.h@>=
struct gp_layer {
    const gp_layer_type *type;
    size_t inputs, outputs; /* columns of |x| and of |y| */
    size_t parameters;
    gp_parameter *parameter;
    char initializer[96]; /* how its weights were drawn, in words */
};
@#
gp_layer *gp_layer_new(const gp_layer_type *type, size_t size, size_t inputs,
                       size_t outputs, gp_error *error);
    /* |size| zeroed bytes that begin with a |gp_layer|; |NULL| if there is
       no memory */
gp_status gp_layer_parameter(gp_layer *layer, const char *name, size_t rows,
                             size_t cols, bool trained, gp_error *error);
    /* appends one parameter [rows, cols], with zeros in it; |name| is kept,
       not copied; may report |GP_NO_MEMORY| */
void gp_layer_free(gp_layer *layer); /* |NULL| is allowed */

@ The matrices |x| and |y| belong to the caller, who also keeps them between
the two passes. A layer therefore stores no activations; a network can lay
them out once, and a training step allocates
nothing\claim{a_step_allocates_nothing}.

@(tangled/lib/layer.h@>=
void gp_layer_forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                      const gp_pass *pass);
    /* |x| is [batch, inputs], |y| [batch, outputs] */
void gp_layer_backward(gp_layer *layer, const gp_matrix *x,
                       const gp_matrix *y, const gp_matrix *dy,
                       gp_matrix *dx);
    /* |dy| has the shape of |y|; |dx|, of the shape of |x|, may be |NULL|.
       Both functions stop the program if the shapes do not fit */
gp_random gp_pass_random(const gp_pass *pass, size_t words);
void gp_pass_advance(const gp_pass *pass, size_t words);
    /* for layers that draw: the generator |words| words on, for the caller's
       rows; and, when all threads have drawn theirs, the end of the batch */
gp_status gp_layer_reserve(gp_layer *layer, size_t batch, gp_error *error);
    /* before the first pass with |batch| rows; |GP_NO_MEMORY| */
size_t gp_layer_count(const gp_layer *layer, bool trainable_only);
    /* how many numbers its parameters hold */
double gp_layer_work(const gp_layer *layer);
    /* multiplications for a row, about, without those of layers inside */
GP_END_DECLS@;

@ The letters have the same meaning in all chapters:
\begin{center}
\begin{tabular}{ll}
\toprule
$X,\;x_{ik}$ & the input of a layer: sample $i$, feature $k$\\
$W,\;b$ & weights [inputs, units], bias [1, units]\\
$Y,\;y_{ij}$ & the output of a layer: sample $i$, unit $j$\\
$z$ & what goes into an activation function; logits\\
$\mathrm{d}Z$ & $\partial L/\partial Z$, with the shape of $Z$\\
$\fanin,\;\fanout$ & inputs and units of a layer\\
$L$ & the loss of a batch\\
$\eta$ & the learning rate\\
$\varphi,\;\Phi$ & density and distribution function of the normal
distribution\\
\bottomrule
\end{tabular}
\end{center}

@*1 Layers that work element by element.\label{sec:activation}
Most layers of this book apply one function to every element, $y=f(x)$, and
their backward pass is $\mathrm{d}x=\mathrm{d}y\,f'(x)$. They should not have
to repeat the loop over the rows. Such a type brings only |f| and |df|, for a
run of neighbouring elements, with up to two arguments that the layer was made
with.

@(tangled/lib/activation.h@>=
#pragma once
#include "layer.h"
@#
GP_BEGIN_DECLS@;
typedef struct {
    gp_real alpha, beta;
} gp_activation_arguments;
@#
typedef struct {
    gp_layer_type layer; /* with the two functions below */
    void (*f)(size_t n, const gp_real *x, gp_real *y,
              gp_activation_arguments a);
        /* $y=f(x)$ for |n| neighbours */
    void (*df)(size_t n, const gp_real *x, const gp_real *y, const gp_real *dy,
               gp_real *dx, gp_activation_arguments a);
        /* $\mathrm{d}x=\mathrm{d}y\,f'(x)$; may use |y| instead of |x| */
} gp_activation_type;

@ What all these types have in common is said once.

@(tangled/lib/activation.h@>=
#define GP_ACTIVATION(word) \
    {.name = (word), .forward = gp_activation_forward, \
     .backward = gp_activation_backward, .shares = true}

@ Offering |y| to the derivative matters: the derivative of the exponential
function, for one, is its value, and reading that is cheaper than computing it
again.

@(tangled/lib/activation.h@>=
gp_layer *gp_activation_new(const gp_activation_type *type, size_t width,
                            gp_activation_arguments a, gp_error *error);
    /* |width| inputs and outputs; |NULL| if there is no memory */
void gp_activation_forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                           const gp_pass *pass);
void gp_activation_backward(gp_layer *layer, const gp_matrix *x,
                            const gp_matrix *y, const gp_matrix *dy,
                            gp_matrix *dx);
    /* these two are for the tables of activation types only */
gp_activation_arguments gp_activation_of(const gp_layer *layer);
    /* what it was made with */
GP_END_DECLS@;

@ A layer with data of its own puts a |gp_layer| first in a larger structure. C
guarantees that a pointer to a structure may be converted to a pointer to its
first member and back. That is as much inheritance as we need. What the
arguments mean is the type's affair: the slope of a leaky rectifier, for
example, or the value that an exponential unit tends to.

@(tangled/lib/activation.c@>=
#include "activation.h"
#include "private/vectormath.h"
@#
typedef struct {
    gp_layer layer;
    gp_activation_arguments arguments;
} activation;
@#
gp_layer *gp_activation_new(const gp_activation_type *type, size_t width,
                            gp_activation_arguments a, gp_error *error)
{
    gp_layer *layer = gp_layer_new(&type->layer, sizeof(activation), width,
                                   width, error);

    if (layer)
        ((activation *)layer)->arguments = a;
    return layer;
}

@ Programs that write a network down ask for the arguments again.

@(tangled/lib/activation.c@>=
gp_activation_arguments gp_activation_of(const gp_layer *layer)
{
    return ((const activation *)layer)->arguments;
}

@ Rows are independent, so the threads of a team share them. The function is
called once for each row and not once for the whole matrix because of the
padding: applied to zeros, a function need not give zero.

@(tangled/lib/activation.c@>=
void gp_activation_forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                           const gp_pass *pass)
{
    const gp_activation_type *type = (const gp_activation_type *)layer->type;
    const gp_activation_arguments a = ((activation *)layer)->arguments;
    const gp_part rows = gp_team_part(x->rows);

    (void)pass;
    for (size_t i = rows.first; i < rows.first + rows.count; i++)
        type->f(x->cols, gp_row(x, i), gp_row(y, i), a);
}

@ The cast of |layer->type| is the same conversion as above, from the first
member back to the whole. It is safe as long as only activation types name
these two functions in their tables. If the layer is the first of a network
and nobody wants its |dx|, there is nothing to do at all, since it has no
parameters.

@(tangled/lib/activation.c@>=
void gp_activation_backward(gp_layer *layer, const gp_matrix *x,
                            const gp_matrix *y, const gp_matrix *dy,
                            gp_matrix *dx)
{
    const gp_activation_type *type = (const gp_activation_type *)layer->type;
    const gp_activation_arguments a = ((activation *)layer)->arguments;
    const gp_part rows = gp_team_part(x->rows);

    if (!dx)
        return;
    for (size_t i = rows.first; i < rows.first + rows.count; i++)
        type->df(x->cols, gp_row(x, i), gp_row(y, i), gp_row(dy, i),
                 gp_row(dx, i), a);
}

@* The dense layer.\label{sec:dense}
Each unit of a dense layer sums all inputs, each multiplied by a weight of its
own, and adds a bias. For a whole batch that is
\begin{equation}
Y=XW+\mathbf{1}b,\qquad\text{that is,}\qquad
y_{ij}=\sum_k x_{ik}w_{kj}+b_j,
\label{eq:dense}
\end{equation}
with $W$ of shape [inputs, units], the bias $b$ a row, and $\mathbf{1}$ a
column of ones that repeats it for every sample. Samples are rows, so the
weights stand on the right; in books that write samples as columns they stand
on the left, and some libraries store $W$ transposed. The choice matters only
when weights are exchanged, and then it matters much, since a square matrix
gives no sign that it is the wrong way round.

@(tangled/lib/dense.h@>=
#pragma once
#include "layer.h"
@#
GP_BEGIN_DECLS@;
gp_layer *gp_dense_new(size_t inputs, size_t units, bool bias,
                       gp_error *error);
    /* parameters ``kernel'' [inputs, units] and, if wanted, ``bias''
       [1, units], both zero; |NULL| if there is no memory */
GP_END_DECLS@;

@ The bias is copied into every row of $Y$, and the product is added to it.
The product does that addition without extra cost, while adding the bias afterwards
would read and write all of $Y$ once more. Without a bias the factor $\beta$
of the old $Y$ is 0, and the old contents do not matter. The variable |bias|
serves as that factor, since in C true is 1 and false is 0.

@<Run the dense layer forward@>=
static void forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                    const gp_pass *pass)
{
    const gp_matrix *w = &layer->parameter[0].value;
    const bool bias = layer->parameters > 1;
    gp_block mine = {gp_team_part(y->rows), {0, y->cols}};

    (void)pass;
    @<Let the threads share the units, if that is better@>@;
    for (size_t i = 0; bias && i < mine.rows.count; i++)
        memcpy(gp_row(y, mine.rows.first + i) + mine.cols.first,
               layer->parameter[1].value.at + mine.cols.first,
               mine.cols.count * sizeof(gp_real));
    gp_matrix_multiply_part(y, mine, bias, 1, x, false, w, false);
    if (units)
        gp_team_wait();
}

@ Threads share the rows of the batch. If the batch is small and the matrix of
weights large, it is better to share the units: a thread then needs no
weights but those that it moved itself, and what has to go from core to core are
$X$ and $Y$. It waits for $X$ before, and for $Y$ after the product.

@<Let the threads share the units, if that is better@>=
const gp_block owned = gp_team_block(w->rows, w->cols);
const bool units = owned.rows.count == w->rows && gp_team_size() > 1
                   && 2 * x->rows * (w->rows + w->cols) < w->rows * w->cols;
if (units) {
    mine = (gp_block){{0, y->rows}, owned.cols};
    gp_team_wait();
}

@ For the way back we differentiate \eqref{eq:dense}. The weight $w_{kj}$
occurs in $y_{ij}$ for every sample $i$, with the factor $x_{ik}$; the input
$x_{ik}$ occurs in $y_{ij}$ for every unit $j$, with the factor $w_{kj}$; and
$b_j$ occurs in $y_{ij}$ for every $i$ with the factor 1. So
\[
\mathrm{d}w_{kj}=\sum_i x_{ik}\,\mathrm{d}y_{ij},\qquad
\mathrm{d}x_{ik}=\sum_j \mathrm{d}y_{ij}\,w_{kj},\qquad
\mathrm{d}b_j=\sum_i \mathrm{d}y_{ij},
\]
or, as matrices,
\begin{equation}
\mathrm{d}W=\transpose{X}\mathrm{d}Y,\qquad
\mathrm{d}X=\mathrm{d}Y\,\transpose{W},\qquad
\mathrm{d}b=\transpose{\mathbf{1}}\mathrm{d}Y.
\label{eq:dense-backward}
\end{equation}
The shapes leave no choice: with these factors, it is the only way to write
products that fit. That is a good way to remember the formulas.

Two things can be read off. First, each of the two products costs as much as
the forward pass, so a training step takes about three times the time of
inference. Second, $\mathrm{d}W=\sum_i\transpose{x_i}\mathrm{d}y_i$ is a sum
of products of a column and a row, one for each sample: a batch of ten changes
a million weights by a matrix of rank at most ten. And if some $x_{ik}$ are zero, so
are their contributions: the weights of an input that is zero for all samples of a
batch do not change. This happens to the weights behind the dead units of
Chapter~\ref{ch:relu-family}.

A thread has $\mathrm{d}Y$ for its own rows of the batch, and the sums need all rows.
So it waits here until the others are as far.

@<Run the dense layer backward@>=
static void backward(gp_layer *layer, const gp_matrix *x, const gp_matrix *y,
                     const gp_matrix *dy, gp_matrix *dx)
{
    const gp_matrix *w = &layer->parameter[0].value;
    gp_matrix *dw = &layer->parameter[0].gradient;

    (void)y;
    gp_team_wait();
    gp_matrix_multiply_part(dw, gp_team_block(dw->rows, dw->cols), 0, 1, x,
                            true, dy, false);
    if (layer->parameters > 1)
        @<Sum the columns of |dy| into the gradient of the bias@>@;
    if (dx)
        gp_matrix_multiply(dx, 0, 1, dy, false, w, true);
}

@ The sums run down the columns, but memory runs along the rows, so the rows
are added one after the other. The loop inside then reads and writes
neighbours, which can be done sixteen at a time, and the row of sums stays in
the cache. Summing one column after the other would fetch a line of the cache
for each number.

@<Sum the columns of |dy| into the gradient of the bias@>=
{
    const gp_part mine = gp_team_columns(dy->cols);
    gp_real *db = layer->parameter[1].gradient.at + mine.first;

    memset(db, 0, mine.count * sizeof *db);
    for (size_t i = 0; i < dy->rows; i++) {
        const gp_real *row = gp_row(dy, i) + mine.first;

        GP_SIMD
        for (size_t j = 0; j < mine.count; j++)
            db[j] += row[j];
    }
}

@ A layer is made with zeros in it. Which numbers to begin with is a question
that fills Chapter~\ref{ch:initialization}. Zeros are the wrong answer for
every layer but the last. If all weights were zero, the units of a hidden layer
would compute the same function. Their gradients would then be equal, too, and
after the step they would still be equal. A layer of a thousand units
would compute no more than a layer of one.

@(tangled/lib/dense.c@>=
#include "dense.h"
#include "private/vectormath.h"
#include <string.h>
@#
@<Run the dense layer forward@>@;
@<Run the dense layer backward@>@;
@<What a dense layer was made with@>@;
static const gp_layer_type dense = {"dense", forward, backward, NULL, NULL,
                                    @[.arguments@]=arguments,
                                    @[.shares@]=true};
@#
gp_layer *gp_dense_new(size_t inputs, size_t units, bool bias,
                       gp_error *error)
{
    gp_layer *layer =
        gp_layer_new(&dense, sizeof(gp_layer), inputs, units, error);

    @<Give the layer its kernel and its bias@>@;
    return layer;
}

@ The specification of a dense layer, \texttt{dense:100:he\_normal:nobias},
has three places: units, initializer, and whether there is no bias. The place
in the middle is a word, which the layer keeps as text.

@<What a dense layer was made with@>=
static void arguments(const gp_layer *layer, double *value)
{
    value[0] = (double)layer->outputs;
    value[2] = layer->parameters < 2;
}

@ A layer without its bias is for those followed by a normalization, which
subtracts any bias again (Chapter~\ref{ch:batch-normalization}).

@<Give the layer its kernel and its bias@>=
if (layer &&
    (gp_layer_parameter(layer, "kernel", inputs, units, true, error) ||
     (bias && gp_layer_parameter(layer, "bias", 1, units, true, error)))) {
    gp_layer_free(layer);
    return NULL;
}

@*1 A dense layer by hand.
Two samples with three features pass through a layer of two units. The numbers
are small enough to follow with a pencil. Do it once: trace one entry of each
gradient back to the numbers that it is made of, and you will not confuse the
two products of \eqref{eq:dense-backward} again.

@(tangled/experiments/dense.c@>=
#include "dense.h"
#include "experiment.h"
#include <math.h>
static void show(gp_table *t, const char *name, const gp_matrix *m)
{
    for (size_t i = 0; i < m->rows; i++)
        gp_table_row(t, gp_text("%s-%zu|%s", name, i, i == 0 ? name : " "),
                     (double)gp_at(m, i, 0), (double)gp_at(m, i, 1),
                     m->cols > 2 ? (double)gp_at(m, i, 2) : (double)NAN);
}
@<Run a dense layer by hand@>@;

@ The arrays below are laid out without padding; views make matrices of them.
A view may have any stride that is at least its number of columns, so data in
the memory of another program can be used where they are.

@<Run a dense layer by hand@>=
int main(int argc, char **argv)
{
    static gp_real w[] = {1, 2, 3, 4, 5, 6}, b[] = {10, 20};
    static gp_real features[] = {1, 0, -1, 2, 1, 0};
    static gp_real upstream[] = {1, -1, 2, 3}, result[4], passed[6];
    const gp_matrix kernel = gp_matrix_view(w, 3, 2, 2);
    const gp_matrix bias = gp_matrix_view(b, 1, 2, 2);
    const gp_matrix x = gp_matrix_view(features, 2, 3, 3);
    const gp_matrix dy = gp_matrix_view(upstream, 2, 2, 2);
    gp_matrix y = gp_matrix_view(result, 2, 2, 2);
    gp_matrix dx = gp_matrix_view(passed, 2, 3, 3);

    @<Run the layer and show every matrix@>@;
}

@ The parameters are copied into the layer, and the two passes are called. Then
all matrices go into one table, a row of it for each of their rows.

@<Run the layer and show every matrix@>=
gp_layer *layer = gp_dense_new(3, 2, true, NULL);
gp_experiment *e = gp_experiment_begin(argc, argv, .name = "dense",
    .setting = "Two samples of three features in a layer of two units.");
gp_table *t = gp_experiment_table(e, "", "", "matrix| ", "c0| |%g",
                                  "c1| |%g", "c2| |%g");
const gp_pass pass = {true, NULL};

gp_matrix_copy(&layer->parameter[0].value, &kernel);
gp_matrix_copy(&layer->parameter[1].value, &bias);
gp_layer_forward(layer, &x, &y, &pass);
gp_layer_backward(layer, &x, &y, &dy, &dx);
@<Show all matrices and end@>@;

@ \cell{dense}

The upstream gradient is invented. To check an entry, take the first output of
sample 1: $1\cdot1+0\cdot3-1\cdot5+10=6$. Then the first entry of
$\mathrm{d}W$: sample 1 has input 1 and upstream 1, sample 2 has input 2 and
upstream 2, which makes $1\cdot1+2\cdot2=5$. In $\mathrm{d}X$ the first row is
$1\cdot(1,3,5)-1\cdot(2,4,6)=(-1,-1,-1)$, the difference of the two columns of
$W$\claim{dense_by_hand}.

@<Show all matrices and end@>=
show(t, "X", &x);
show(t, "W", &kernel);
show(t, "b", &bias);
show(t, "Y", &y);
show(t, "dY", &dy);
show(t, "dW", &layer->parameter[0].gradient);
show(t, "db", &layer->parameter[1].gradient);
show(t, "dX", &dx);
gp_layer_free(layer);
return gp_experiment_end(e);

@* Losses.\label{sec:loss}
The last layer of a classifier puts out one number for each class, the
\emph{logits} of a sample. They may be any numbers; the softmax makes
probabilities of them,
\begin{equation}
p_j=\frac{e^{z_j}}{\sum_k e^{z_k}}.
\label{eq:softmax}
\end{equation}
The loss of a sample whose class is $l$ is $-\ln p_l$: nothing if the
classifier was certain and right, and without bound if it was certain and
wrong. To minimize the sum of these losses is to maximize the product of the
probabilities $p_l$, that is, the probability which the classifier gives to
the labels as they are. Statistics calls this the principle of maximum
likelihood.

When all logits are equal, the loss of each sample is the logarithm of the
number of classes, whatever the labels\claim{ignorance_costs_log_classes}. An
untrained network should start near that figure. If it does not, look for the
reason before you train it.

@(tangled/lib/loss.h@>=
#pragma once
#include "matrix.h"
@#
GP_BEGIN_DECLS@;
void gp_softmax(const gp_matrix *x, gp_matrix *y);
void gp_log_softmax(const gp_matrix *x, gp_matrix *y);
    /* row by row, of one shape; |y| may be |x|. No finite logits overflow */
void gp_softmax_backward(const gp_matrix *y, const gp_matrix *dy,
                         gp_matrix *dx);
void gp_log_softmax_backward(const gp_matrix *y, const gp_matrix *dy,
                             gp_matrix *dx);
    /* |y| is the result of the forward function; |dx| is neither argument */

@ Practice has added options. A target may be a distribution $t$ over the
classes instead of one label; then the loss is the cross-entropy
$-\sum_jt_j\ln p_j$, of which $-\ln p_l$ is the case of a one-hot~$t$. Classes
may have weights, so that rare ones count more. And a label may say that its
sample is to be ignored, as the padding of a sentence is.

Label smoothing \citep{szegedy2016} moves a share $e$ of the target to all
classes evenly. A one-hot target is never reached: the loss still falls when a
logit that leads by ten leads by twenty. Where all samples can be classified
correctly, the weights therefore grow without end. With
$C$ classes and smoothing the least loss is reached where the right
probability is $1-e+e/C$ and the others are $e/C$, and that is a finite lead of
$\ln\bigl(1+C(1-e)/e\bigr)$\claim{smoothing_wants_a_finite_lead}.

@(tangled/lib/loss.h@>=
typedef enum { GP_REDUCE_MEAN, GP_REDUCE_SUM, GP_REDUCE_NONE } gp_reduction;
typedef struct {
    const gp_label *labels; /* the class of each row, from 0 on */
    const gp_matrix *targets; /* or, if |labels| is |NULL|, distributions:
        [batch, classes] */
    const gp_real *weights; /* one for each class; |NULL|: all are 1 */
    bool ignore; /* rows with the label |ignore_index| do not count */
    gp_label ignore_index;
    gp_real label_smoothing; /* the share $e$ */
    gp_reduction reduction;
} gp_cross_entropy_options;

@ A structure whose other fields are zero asks for the mean over the batch.
What the mean divides by is a convention: by the weights of the labels that
count, or by the number of rows if there are targets. We follow
\citet{paszke2019}.

Mean or sum is more than taste. The gradient of the sum over a batch of 100 is
a hundred times that of the mean, and a learning rate that suits the one is
wrong for the other by that factor. The mean does not grow with the batch, so
the learning rate may stay when the batch changes, and the last batch of an
epoch may be shorter. Only the noise depends on the size: the gradient of a
small batch differs more from that of the whole data set.

@(tangled/lib/loss.h@>=
double gp_softmax_cross_entropy(const gp_matrix *logits,
                                const gp_cross_entropy_options *o,
                                gp_real *each, gp_matrix *dlogits);
double gp_nll(const gp_matrix *log_probabilities,
              const gp_cross_entropy_options *o, gp_real *each,
              gp_matrix *dlog);
    /* the mean, or the sum with |GP_REDUCE_SUM| and |GP_REDUCE_NONE|; the
       losses of the rows in |each| and the gradient, unless |NULL|. The
       gradient must not lie where the argument lies. The mean over no row at
       all is NaN */
double gp_mean_squared_error(const gp_matrix *y, const gp_matrix *target,
                             gp_matrix *dy);
    /* the mean over all elements; |dy| may be |NULL| */
GP_END_DECLS@;

@ The module goes from a row to a batch. Rows are short in this book, ten
numbers for ten classes, and a batch has a few hundred of them, so these loops
take a small part of a training step; they are kept simple.

@(tangled/lib/loss.c@>=
#include "loss.h"
#include "private/vectormath.h"
#include <string.h>
@#
@<The pieces of a row's softmax@>@;
@<The softmax and its logarithm@>@;
@<Softmax, backward@>@;
@<What the targets of a row are@>@;
@<The loss of a row@>@;
@<The loss of a batch@>@;
@<The mean squared error@>@;

@ Formula \eqref{eq:softmax} fails as a program. In single precision $e^{89}$
is already infinite, and infinity divided by infinity is NaN. But adding a
constant to all logits multiplies numerator and denominator by the same
factor, so we may subtract the largest logit first. Then every exponent is at
most 0, one of them is exactly 0, and the sum lies between 1 and the number of
classes. A term may underflow to 0, but then it was too small to count
beside the 1.

@<The pieces of a row's softmax@>=
static gp_real maximum(size_t n, const gp_real *x)
{
    gp_real m = -(gp_real)INFINITY;

    GP_SIMD_REDUCE(max, m)
    for (size_t j = 0; j < n; j++)
        m = x[j] > m ? x[j] : m;
    return m;
}

@ The exponentials are kept, since the probabilities and the gradient are made of
them. |GP_SUM| sets its first argument to the sum of the last one over all |j|
below |n|, and adds in an order that is the same on every machine
(Section~\ref{sec:lanes}).

@<The pieces of a row's softmax@>=
static gp_real exponentials(size_t n, const gp_real *x, gp_real m, gp_real *e)
{
    gp_real sum;

    GP_SIMD
    for (size_t j = 0; j < n; j++)
        e[j] = exp(x[j] - m);
    GP_SUM(sum, j, n, e[j]);
    return sum;
}

@ Where nobody wants the gradient, the exponentials have no place to go, and
only their sum is taken. All functions of the module check that the matrices
they are given together have one shape.

@<The pieces of a row's softmax@>=
static gp_real sum_of_exponentials(size_t n, const gp_real *x, gp_real m)
{
    gp_real sum;

    GP_SUM(sum, j, n, exp(x[j] - m));
    return sum;
}
@#
static void require_same(const gp_matrix *a, const gp_matrix *b)
{
    GP_REQUIRE(a->rows == b->rows && a->cols == b->cols,
               "a matrix [%zu, %zu] is given with one of [%zu, %zu]",
               a->rows, a->cols, b->rows, b->cols);
}

@ A logit of $-\infty$ is allowed and gets probability 0; this is how a class
is ruled out. A logit of $+\infty$ makes the row NaN, and so it should:
somewhere before, a number has overflowed, and a probability of 1 would hide
that. A row of $-\infty$ throughout has ruled out everything, and is NaN as
well.

@<The softmax and its logarithm@>=
void gp_softmax(const gp_matrix *x, gp_matrix *y)
{
    require_same(x, y);
    for (size_t i = 0; i < x->rows; i++) {
        const gp_real *z = gp_row(x, i);
        gp_real *p = gp_row(y, i);
        const gp_real s = exponentials(x->cols, z, maximum(x->cols, z), p);

        GP_SIMD
        for (size_t j = 0; j < x->cols; j++)
            p[j] /= s;
    }
}

@ The logarithm of \eqref{eq:softmax} is not computed from the probability: a
class may be so improbable that its probability is rounded to 0 while its
logarithm is an ordinary number. With $m$ the largest logit and $s$ the sum of
the exponentials above, $\ln p_j=(z_j-m)-\ln
s$\claim{log_softmax_outlives_softmax}.

@<The softmax and its logarithm@>=
void gp_log_softmax(const gp_matrix *x, gp_matrix *y)
{
    require_same(x, y);
    for (size_t i = 0; i < x->rows; i++) {
        const gp_real *z = gp_row(x, i);
        gp_real *l = gp_row(y, i);
        const gp_real m = maximum(x->cols, z);
        const gp_real log_s = log(sum_of_exponentials(x->cols, z, m));

        GP_SIMD
        for (size_t j = 0; j < x->cols; j++)
            l[j] = (z[j] - m) - log_s;
    }
}

@ The table sets \eqref{eq:softmax}, computed as it is written, beside the
function above, for the logits $c$, $c+1$ and $c+2$. The true probabilities do
not depend on $c$.

\cell{softmax}

The formula as written fails from $c={}$\val{softmax}{fails-above} on upward, and
downward from $c={}$\val{softmax}{fails-below} on, where all three exponentials have
become 0\claim{naive_softmax_fails_where_the_stable_one_holds}. Shortly before
that it does worse and gives wrong probabilities: numbers so near the smallest
|float| have few digits left.

@(tangled/experiments/softmax.c@>=
#include "experiment.h"
#include "loss.h"
#include <tgmath.h>
static bool as_written(gp_real c, gp_real p[3])
{
    gp_real sum = 0;

    for (int j = 0; j < 3; j++)
        sum += p[j] = exp(c + (gp_real)j);
    for (int j = 0; j < 3; j++)
        p[j] /= sum;
    return isfinite(p[0] + p[1] + p[2]);
}
@<Show the softmax in both forms@>@;

@ The two limits are found by trying, from 0 outward. They are figures of a
|float|, not of a formula, and the text quotes what was found.

@<Show the softmax in both forms@>=
int main(int argc, char **argv)
{
    static const gp_real shift[] = {0, 50, 87, 1000, -50, -103, -1000};
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "softmax",
        .setting = "Softmax of c, c + 1, c + 2, as written and with the "
                   "largest logit subtracted.");
    gp_table *t = gp_experiment_table(e, "", "", "c|c",
        "w0|as written: p0|%.4f", "w1|p1|%.4f", "w2|p2|%.4f",
        "s0|stable: p0|%.4f", "s1|p1|%.4f", "s2|p2|%.4f");
    gp_real above = 0, below = 0, p[3];

    for (size_t k = 0; k < sizeof shift / sizeof *shift; k++)
        @<Add the row of shift |k|@>@;
    @<Find where the formula as written fails@>@;
    return gp_experiment_end(e);
}

@ The limits are whole numbers.

@<Find where the formula as written fails@>=
while (as_written(above, p))
    above++;
while (as_written(below, p))
    below--;
gp_experiment_value(e, "fails-above", "%.0f", (double)above);
gp_experiment_value(e, "fails-below", "%.0f", (double)below);

@ What is not a number is shown as a dash.

@<Add the row of shift |k|@>=
{
    gp_real z[3] = {shift[k], shift[k] + 1, shift[k] + 2};
    gp_matrix x = gp_matrix_view(z, 1, 3, 3);

    as_written(shift[k], p);
    gp_softmax(&x, &x);
    gp_table_row(t, gp_text("%g", (double)shift[k]), (double)p[0],
                 (double)p[1], (double)p[2], (double)z[0], (double)z[1],
                 (double)z[2]);
}

@ For the way back we need the derivatives of \eqref{eq:softmax}. Raising
$z_k$ raises $p_k$ and, through the sum, lowers all:
$\partial p_j/\partial z_k=p_j(\delta_{jk}-p_k)$, where $\delta_{jk}$ is 1 if
$j=k$ and 0 otherwise. Therefore
$\mathrm{d}z_k=p_k\bigl(\mathrm{d}p_k-\sum_j\mathrm{d}p_j\,p_j\bigr)$. The
sum is the mean of the upstream gradient under the probabilities $p$; only
what exceeds this mean gets through. If the upstream gradient is the same for
all classes nothing does, since the probabilities cannot all rise together.

@<Softmax, backward@>=
void gp_softmax_backward(const gp_matrix *y, const gp_matrix *dy,
                         gp_matrix *dx)
{
    require_same(y, dy);
    require_same(y, dx);
    for (size_t i = 0; i < y->rows; i++) {
        const gp_real *p = gp_row(y, i), *g = gp_row(dy, i);
        gp_real *d = gp_row(dx, i), dot;

        GP_SUM(dot, j, y->cols, g[j] * p[j]);
        GP_SIMD
        for (size_t j = 0; j < y->cols; j++)
            d[j] = p[j] * (g[j] - dot);
    }
}

@ For the logarithm, $\partial\ln p_j/\partial z_k=\delta_{jk}-p_k$, and so
$\mathrm{d}z_k=g_k-p_k\sum_jg_j$ if $g$ is the upstream gradient. The
derivative of the softmax has the factor $p_k$ in front, and is nearly zero
where the probability is; here the factor is gone. This difference decides
which of the two one can train through.

@<Softmax, backward@>=
void gp_log_softmax_backward(const gp_matrix *y, const gp_matrix *dy,
                             gp_matrix *dx)
{
    require_same(y, dy);
    require_same(y, dx);
    for (size_t i = 0; i < y->rows; i++) {
        const gp_real *l = gp_row(y, i), *g = gp_row(dy, i);
        gp_real *d = gp_row(dx, i), sum;

        GP_SUM(sum, j, y->cols, g[j]);
        GP_SIMD
        for (size_t j = 0; j < y->cols; j++)
            d[j] = g[j] - exp(l[j]) * sum;
    }
}

@ With two classes the softmax is the logistic function. Dividing by $e^{z_1}$
gives $p_1=1/(1+e^{-(z_1-z_0)})$: the logistic function of the difference of
the logits\claim{two_classes_make_a_logistic}. The softmax is its
generalization to more classes. It has one logit more than it needs, since
adding a constant to all logits changes nothing. One could fix one logit at 0,
but the symmetric form is easier to write, and the superfluous direction does
no harm: the gradient has no component along it, since it sums to zero.

@*1 The cross-entropy.\label{sec:cross-entropy}
With every option, the target of class $j$ becomes a number
$g_j=w_j\bigl((1-e)\,t_j+e/C\bigr)$, where $w$ are the weights, $C$ the number
of classes, and $t$ is given or one-hot. The loss of a row is then
$-\sum_jg_j\ln p_j$.

@<What the targets of a row are@>=
static inline gp_real goal(const gp_cross_entropy_options *o, size_t i,
                           size_t j,
                        size_t classes)
{
    const gp_real e = o->label_smoothing;
    const gp_real t = o->labels ? (gp_real)(o->labels[i] == (gp_label)j)
                             : gp_row(o->targets, i)[j];
    const gp_real w = o->weights ? o->weights[j] : 1;

    return w * ((1 - e) * t + e / (gp_real)classes);
}

@ In the common case, labels without smoothing, all goals but one are 0, and
the loops need not look at them. With a thousand classes that saves nearly all
of the work that is not the softmax itself. An ignored row has no goals at
all, and its label need not name a class.

@<What the targets of a row are@>=
typedef struct {
    size_t first, last; /* goals outside |first <= j < last| are 0 */
} span;
@#
static inline bool ignored(const gp_cross_entropy_options *o, size_t i)
{
    return o->labels && o->ignore && o->labels[i] == o->ignore_index;
}
@#
static inline span targeted(const gp_cross_entropy_options *o, size_t i,
                            size_t classes)
{
    const bool one_hot = o->labels && !(o->label_smoothing > 0);
    const size_t l = one_hot ? (size_t)o->labels[i] : 0;
    const span all = {l, one_hot ? l + 1 : classes};

    return all;
}

@ A label that names no class is the caller's mistake; data sets are checked
when they are read. The divisor of the mean is found on the way. With weights
it is the sum of the weights of the labels, so that the loss is a weighted
mean and does not change when all weights are doubled.

@<What the targets of a row are@>=
static double divisor(const gp_cross_entropy_options *o, size_t rows,
                      size_t classes)
{
    double sum = 0;

    for (size_t i = 0; o->labels && i < rows; i++) {
        if (ignored(o, i))
            continue;
        GP_REQUIRE(o->labels[i] >= 0 && (size_t)o->labels[i] < classes,
                   "row %zu has label %ld of %zu classes", i,
                   (long)o->labels[i], classes);
        sum += o->weights ? (double)o->weights[o->labels[i]] : 1;
    }
    if (o->reduction != GP_REDUCE_MEAN)
        return 1;
    return o->labels ? sum : (double)rows;
}

@ The derivative of a row's loss with respect to its logits is simpler than its
two parts. From $\partial\ln p_j/\partial
z_k=\delta_{jk}-p_k$ follows
\begin{equation}
\mathrm{d}z_k=-\sum_jg_j(\delta_{jk}-p_k)=p_k\sum_jg_j-g_k,
\label{eq:cross-entropy-gradient}
\end{equation}
which for a plain label is $p_k-t_k$: probability minus target. It lies
between $-1$ and 1, it sums to 0 over the
classes\claim{logit_gradients_sum_to_zero}, and it does not vanish when the
network is certain and wrong. The squared error of a saturated output does
vanish there; this is why classifiers are trained with the cross-entropy.

Another way to see it: the cross-entropy is the entropy of the target plus a
distance, the Kullback--Leibler divergence from target to prediction. The
entropy of the target does not depend on the network. So the gradient is zero exactly where
the prediction equals the target, and the loss there is not zero unless the
target is certain.

A label is certain, and its entropy is 0. But samples that look the same may have
different labels. Averaged over such samples the target is the share of each
class among them, and the entropy of these shares is a loss that no network
can avoid. A training loss that settles at 0.3 may be as good as it can be;
Section~\ref{sec:descent} has an example.

Doing softmax and loss in one function saves the division $g_j/p_j$ that the
separate gradients would need, and with it the case $p_j=0$.

@<The loss of a row@>=
static gp_real cross_entropy_of_row(const gp_cross_entropy_options *o,
                                    size_t i,
                                 size_t n, const gp_real *z, gp_real share,
                                 gp_real *d)
{
    const span t = targeted(o, i, n);
    const gp_real m = maximum(n, z);
    const gp_real s =
        d ? exponentials(n, z, m, d) : sum_of_exponentials(n, z, m);
    const gp_real log_s = log(s);
    gp_real total = 0, loss = 0;

    @<Sum the goals and the loss of the row@>@;
    if (d)
        @<Turn the exponentials in |d| into the gradient@>@;
    return loss;
}

@ A goal of 0 contributes 0, even where the logarithm is $-\infty$.

@<Sum the goals and the loss of the row@>=
for (size_t j = t.first; j < t.last; j++) {
    const gp_real g = goal(o, i, j, n);

    total += g;
    if (g != 0)
        loss += g * (log_s - (z[j] - m));
}

@ The factor |share| is what the loss of the batch is divided by, or rather
its reciprocal.

@<Turn the exponentials in |d| into the gradient@>=
{
    GP_SIMD
    for (size_t j = 0; j < n; j++)
        d[j] *= share * total / s;
    for (size_t j = t.first; j < t.last; j++)
        d[j] -= share * goal(o, i, j, n);
}

@ The negative log-likelihood is the same loss for somebody who has the
logarithms already. Its gradient is zero except where the goals are, and
followed by the backward pass of the logarithm of the softmax it gives
\eqref{eq:cross-entropy-gradient} again, by a longer way; a test compares the
two ways with all combinations of the
options\claim{two_ways_to_the_cross_entropy_agree}.

@<The loss of a row@>=
static gp_real nll_of_row(const gp_cross_entropy_options *o, size_t i,
                          size_t n,
                       const gp_real *l, gp_real share, gp_real *d)
{
    const span t = targeted(o, i, n);
    gp_real loss = 0;

    if (d)
        memset(d, 0, n * sizeof(gp_real));
    for (size_t j = t.first; j < t.last; j++) {
        const gp_real g = goal(o, i, j, n);

        if (g != 0)
            loss -= g * l[j];
        if (d)
            d[j] = -share * g;
    }
    return loss;
}

@ Both losses go through the rows in the same way. The sum is taken in double
precision: it may run over a whole data set, and a |float| that has reached
$2^{24}$ no longer notices when 1 is added to it. The losses of single rows
are kept in |each|, if the caller wants them, before any mean is taken.

@<The loss of a batch@>=
typedef gp_real row_loss(const gp_cross_entropy_options *o, size_t i, size_t n,
                      const gp_real *x, gp_real share, gp_real *d);
@#
static double reduce(row_loss *loss_of, const gp_matrix *x,
                     const gp_cross_entropy_options *o, gp_real *each,
                     gp_matrix *dx)
{
    const gp_part rows = gp_team_part(x->rows);
    double sum = 0, share;

    @<Require targets of the right shape@>@;
    share = 1 / divisor(o, x->rows, x->cols);
    for (size_t i = rows.first; i < rows.first + rows.count; i++)
        @<Add the loss of row |i| to |sum|@>@;
    if (gp_team_size() > 1)
        @<Sum up what all threads have found@>@;
    return sum * share;
}

@ The rows of the others are in |each|, when the others are done. Every thread
takes the whole sum in the order of the rows, so that it is the same number for
all, and the same as a single thread would find.

@<Sum up what all threads have found@>=
{
    GP_REQUIRE(each, "threads that share a loss need room for each row's");
    gp_team_wait();
    sum = 0;
    for (size_t i = 0; i < x->rows; i++)
        sum += (double)each[i];
}

@ Where nobody wants the gradient, |d| is the null pointer.

@<Add the loss of row |i| to |sum|@>=
{
    gp_real loss = 0, *d = dx ? gp_row(dx, i) : NULL;

    @<Compute |loss| and |d|, unless row |i| is ignored@>@;
    if (each)
        each[i] = loss;
    sum += (double)loss;
}

@ An ignored row must still get its gradient, which is 0: whatever was in
memory before would be taken for it.

@<Compute |loss| and |d|, unless row |i| is ignored@>=
if (!ignored(o, i))
    loss = loss_of(o, i, x->cols, gp_row(x, i), (gp_real)share, d);
else if (d)
    memset(d, 0, x->cols * sizeof(gp_real));

@ In C a negated pointer is 1 or 0, so the first condition says that exactly
one of the two is given.

@<Require targets of the right shape@>=
GP_REQUIRE(!o->labels != !o->targets,
           "a loss needs labels or targets, and not both");
if (o->targets)
    require_same(x, o->targets);
if (dx)
    require_same(x, dx);

@ With |GP_REDUCE_NONE| the caller wants the losses one by one, in |each|, and
the gradient is that of each row by itself. This is the gradient of the sum,
because no row depends on another's logits.

@<The loss of a batch@>=
double gp_softmax_cross_entropy(const gp_matrix *logits,
                                const gp_cross_entropy_options *o,
                                gp_real *each, gp_matrix *dlogits)
{
    return reduce(cross_entropy_of_row, logits, o, each, dlogits);
}
@#
double gp_nll(const gp_matrix *log_probabilities,
              const gp_cross_entropy_options *o, gp_real *each,
              gp_matrix *dlog)
{
    return reduce(nll_of_row, log_probabilities, o, each, dlog);
}

@ Where the target is a number and not a class, the loss is the mean squared
error, $\frac1N\sum(y_{ij}-t_{ij})^2$ over all $N$ elements of the batch, and
its gradient is $\frac2N(y_{ij}-t_{ij})$. It, too, is a negative
log-likelihood: that of normally distributed errors. Whether the mean runs
over the elements or over the samples differs between libraries by a factor
equal to the number of outputs, which then hides in the learning rate. Ours
runs over the elements.

@<The mean squared error@>=
double gp_mean_squared_error(const gp_matrix *y, const gp_matrix *target,
                             gp_matrix *dy)
{
    const double share = 1 / ((double)y->rows * (double)y->cols);
    double sum = 0;

    require_same(y, target);
    if (dy)
        require_same(y, dy);
    for (size_t i = 0; i < y->rows; i++)
        @<Add the squares of row |i|, and write its gradient@>@;
    return sum * share;
}

@ A row is summed in the precision of its elements, the rows in double
precision. The gradient is written in the same visit, while the row is in the
cache.

@<Add the squares of row |i|, and write its gradient@>=
{
    const gp_real *a = gp_row(y, i), *t = gp_row(target, i);
    gp_real row;

    GP_SUM(row, j, y->cols, (a[j] - t[j]) * (a[j] - t[j]));
    sum += (double)row;
    for (size_t j = 0; dy && j < y->cols; j++)
        gp_row(dy, i)[j] = (gp_real)(2 * share) * (a[j] - t[j]);
}

@* The chain.\label{sec:chain}
A single layer cannot do much. We put layers in a row, each working on the
output of the one before, and call the row a \emph{chain}. If $f_l$ is layer $l$
and $h_l$ what it puts out, the data $h_0=X$ go through
\[
h_0\xrightarrow{\;f_1\;}h_1\xrightarrow{\;f_2\;}h_2
\xrightarrow{\;f_3\;}\cdots\xrightarrow{\;f_n\;}h_n
\xrightarrow{\;\text{loss}\;}L.
\]
How does the loss depend on a weight of the first layer? That weight changes
$h_1$, which changes $h_2$, and so on to $L$. The chain rule multiplies the
derivatives along this way. It can be multiplied out from either end, and
everything depends on the choice. From the left, the derivative of a whole
matrix $h_1$ by a whole matrix of weights would have to be carried along. From
the right, what is carried is $\mathrm{d}h_l$, the derivative of one number $L$
by the matrix $h_l$, which is no larger than $h_l$ itself:
\[
\mathrm{d}h_0\xleftarrow{\;\;}\mathrm{d}h_1\xleftarrow{\;\;}\mathrm{d}h_2
\xleftarrow{\;\;}\cdots\xleftarrow{\;\;}\mathrm{d}h_n
\xleftarrow{\;\text{loss}\;}1.
\]
Each arrow of the second row is the backward function of one layer, and it needs
no other layer. It is given $\mathrm{d}h_l$, computes the gradients of its own
weights, and passes $\mathrm{d}h_{l-1}$ on. All of backpropagation through a
chain is the loop in Section~\ref{sec:chain-passes}, a dozen lines. What happens
to the sizes of $\mathrm{d}h_n,\mathrm{d}h_{n-1},\dots$ on the way is the
subject of the next chapter.

@ The arrows of the second row use the first row again: a dense layer needs its
input for $\mathrm{d}W$, a logistic function its output for the slope. So all
$h_l$ must be kept from the forward pass to the backward pass. This is why
training needs so much more memory than inference, and why it grows with the
depth of the network and with the size of the batch.

The chain keeps them. It owns its layers, one matrix of outputs and one of
gradients for each, and nothing else. What a network needs beyond that, its
random numbers and its description in words, is added in
Chapter~\ref{ch:networks}.
@(tangled/lib/chain.h@>=
#pragma once
#include "layer.h"
@#
GP_BEGIN_DECLS@;
enum { GP_MAX_NESTING = 16 }; /* of chains inside layers */
gp_chain *gp_chain_new(size_t inputs, gp_error *error);
void gp_chain_free(gp_chain *chain); /* |NULL| is allowed */
gp_status gp_chain_add(gp_chain *chain, gp_layer *layer, gp_error *error);
    /* at the end; takes |layer| over, and frees it if that fails */
gp_status gp_chain_append(gp_chain *chain, gp_chain *more, gp_error *error);
    /* moves the layers of |more| to the end of |chain|, or none of them */

@ A chain can be asked for its layers, and for the numbers that it takes and gives.

@(tangled/lib/chain.h@>=
gp_layer *gp_chain_layer(const gp_chain *chain, size_t i);
size_t gp_chain_length(const gp_chain *chain); /* in layers */
size_t gp_chain_inputs(const gp_chain *chain);
size_t gp_chain_outputs(const gp_chain *chain);

@ |gp_chain_reserve| makes room for the largest batch. It is the only one of
these functions that allocates memory; a training step allocates nothing. The
input |x| is given to both passes, so that the chain keeps no pointer to memory
that belongs to its caller.

The gradient of the loss by the last output is what a backward pass begins
with. The caller writes it into the matrix that |gp_chain_upstream| returns.

@(tangled/lib/chain.h@>=
gp_status gp_chain_reserve(gp_chain *chain, size_t batch, gp_error *error);
const gp_matrix *gp_chain_forward(gp_chain *chain, const gp_matrix *x,
                                  const gp_pass *pass); /* the last output */
gp_matrix *gp_chain_upstream(gp_chain *chain);
    /* $\mathrm{d}Y$ of the last layer, to be written before the backward
       pass; |NULL| if there was no forward pass */
gp_status gp_chain_backward(gp_chain *chain, const gp_matrix *x,
                            gp_matrix *dx, gp_error *error);
    /* after |gp_chain_forward| on the same |x|; |dx| may be |NULL| */

@ For classification with labels, one function does all of it: forward, loss,
backward. It returns the loss and leaves the gradients in the layers.

@(tangled/lib/chain.h@>=
double gp_chain_gradients(gp_chain *chain, const gp_matrix *x,
                          const gp_label *labels, const gp_pass *pass);
    /* both passes, with the mean softmax cross-entropy between them, which
       is returned */

@ What the layers put out in the last forward pass, and the gradients by it in
the last backward pass, can be looked at. Most measurements of this book do
nothing else.

@(tangled/lib/chain.h@>=
const gp_matrix *gp_chain_output(const gp_chain *chain, size_t i);
const gp_matrix *gp_chain_output_gradient(const gp_chain *chain, size_t i);
    /* of layer |i|; matrices without rows if there was no pass yet, or if
       its room was given up by |gp_chain_reserve| or |gp_chain_add| since */
gp_chain *gp_layer_inner(const gp_layer *layer);
    /* the chain inside a composite layer; |NULL| for all others */
GP_END_DECLS@;

@ Inside, each layer is joined to its two matrices. These have as many rows as the
largest batch. A smaller batch uses the first rows, and |y| and |dy| are views
of those. In the letters of the formulas above, |y| of joint $l$ is $h_l$ and
|dy| is $\mathrm{d}h_l$.
@(tangled/lib/chain.c@>=
#include "chain.h"
#include "loss.h"
#include <stdio.h>
#include <stdlib.h>
@#
typedef struct {
    gp_layer *layer;
    gp_matrix output, gradient; /* room for the largest batch */
    gp_matrix y, dy; /* the rows of the batch at hand */
} chain_joint;

@ The chain itself is a row of these, with a few counts.

@(tangled/lib/chain.c@>=
struct gp_chain {
    size_t inputs, count, room;
    size_t batch, rows; /* reserved, and of the last forward pass */
    size_t depth; /* of chains inside chains, itself included */
    chain_joint **joint;
    gp_matrix losses; /* of the rows of a batch */
    double work; /* multiplications for a row, about */
};

@*1 Forward and backward.\label{sec:chain-passes}
Forward, the output of one layer is the input of the next. This is the first row
of arrows: |from| walks along $h_0,h_1,\dots$, and what it points to in the end
is the output of the last layer.
@<Run a chain@>=
@<What a pass is told@>@;
static void forward(void *data)
{
    const chain_run *r = data;
    const gp_matrix *from = r->x;

    if (r->chain->rows != r->x->rows)
        gp_team_alone(set_rows, data);
    for (size_t i = 0; i < r->chain->count; i++) {
        chain_joint *j = r->chain->joint[i];

        gp_layer_forward(j->layer, from, &j->y, r->pass);
        from = &j->y;
    }
}

@ What a pass needs to know is handed over in a structure, since a team of threads takes
functions with one argument. When the number of rows is new, one thread sets the views to
it, and |rows| remembers that there was a forward pass.

@<What a pass is told@>=
typedef struct {
    gp_chain *chain;
    const gp_matrix *x;
    const gp_pass *pass;
    const gp_label *labels;
    gp_matrix *dx;
    double loss;
} chain_run;
@#
static void set_rows(void *data)
{
    const chain_run *r = data;

    for (size_t i = 0; i < r->chain->count; i++) {
        chain_joint *j = r->chain->joint[i];

        j->y = gp_matrix_rows(&j->output, 0, r->x->rows);
        j->dy = gp_matrix_rows(&j->gradient, 0, r->x->rows);
    }
    r->chain->rows = r->x->rows;
}

@ A team of threads runs the chain together: each takes its rows through all
layers. How much work it is decides how many come. It is the work of all layers,
those inside of other layers included.

@<Run a chain@>=
static double work(const gp_chain *chain)
{
    double sum = 0;

    for (size_t i = 0; chain && i < chain->count; i++) {
        const gp_layer *layer = chain->joint[i]->layer;

        sum += gp_layer_work(layer) + work(gp_layer_inner(layer));
    }
    return sum;
}

@ So the public function fills in the structure and calls a team.

@<Run a chain@>=
const gp_matrix *gp_chain_forward(gp_chain *chain, const gp_matrix *x,
                                  const gp_pass *pass)
{
    chain_run r = {chain, x, pass, NULL, NULL, 0};

    @<Require that |x| fits the chain@>@;
    gp_team_run((double)x->rows * chain->work, forward, &r);
    return &chain->joint[chain->count - 1]->y;
}

@ Programs that get their data from outside check it when they read it. Here a
misfit is a mistake in the program, which stops and says both shapes.
@<Require that |x| fits the chain@>=
GP_REQUIRE(chain->count > 0, "a chain without layers cannot be run");
GP_REQUIRE(x->rows <= chain->batch && x->cols == chain->inputs,
           "an input of %zu x %zu for layers of %zu inputs, with room "
           "reserved for %zu rows", x->rows, x->cols, chain->inputs,
           chain->batch);

@ Backward, the loop runs from the last layer to the first. Layer $l$ is given
its input $h_{l-1}$, its output $h_l$ and the gradient $\mathrm{d}h_l$, and writes
$\mathrm{d}h_{l-1}$ into the place from which the layer before will read it. The
first layer has no layer before it: its input is the data, and the gradient by
the data goes into |dx|, if the caller wants it.
@<Run a chain@>=
static void propagate(void *data)
{
    const chain_run *r = data;

    for (size_t i = r->chain->count; i-- > 0;) {
        chain_joint *j = r->chain->joint[i];
        chain_joint *before = i > 0 ? r->chain->joint[i - 1] : NULL;

        gp_layer_backward(j->layer, before ? &before->y : r->x, &j->y, &j->dy,
                          before ? &before->dy : r->dx);
    }
}

@ Who calls it first has to say where the backward pass begins, and must have run
the chain forward. If room was reserved or a layer was added since, the outputs
are gone, and going backward is an error. Nothing is broken then: after another
forward pass the caller may go on.
@<Run a chain@>=
gp_matrix *gp_chain_upstream(gp_chain *chain)
{
    return chain->rows > 0 ? &chain->joint[chain->count - 1]->dy : NULL;
}

@ The number of rows must be that of the forward pass, too. A team of threads
goes back together, as it went forward; it does about twice the work.

@<Run a chain@>=
gp_status gp_chain_backward(gp_chain *chain, const gp_matrix *x,
                            gp_matrix *dx, gp_error *error)
{
    if (chain->rows == 0 || x->rows != chain->rows)
        return gp_fail(error, GP_BAD_INPUT, "a backward pass for %zu rows, "
                       "but %zu rows are left of the last forward pass",
                       x->rows, chain->rows);
    chain_run r = {chain, x, NULL, NULL, dx, 0};
    gp_team_run(2 * (double)x->rows * chain->work, propagate, &r);
    return GP_OK;
}

@ For training, the loss stands between the two passes and writes its gradient
where the backward pass begins. These five lines are what every optimizer of the
book calls. The gradient by the data is not wanted: we do not train the data. It
would cost a product as large as the first layer's forward pass, often the
largest of all.
@<Run a chain@>=
static void find_gradients(void *data)
{
    chain_run *r = data;
    const gp_cross_entropy_options o = {@[.labels@]=r->labels};

    forward(data);
    chain_joint *last = r->chain->joint[r->chain->count - 1];
    const double loss = gp_softmax_cross_entropy(
        &last->y, &o, r->chain->losses.at, &last->dy);
    if (gp_team_first())
        r->loss = loss;
    propagate(data);
}

@ The caller gets the loss. In a program that runs teams of its own, the first
thread gets it.

@<Run a chain@>=
double gp_chain_gradients(gp_chain *chain, const gp_matrix *x,
                          const gp_label *labels, const gp_pass *pass)
{
    chain_run r = {chain, x, pass, labels, NULL, 0};

    @<Require that |x| fits the chain@>@;
    gp_team_run(3 * (double)x->rows * chain->work, find_gradients, &r);
    return r.loss;
}

@ Before any of this, there must be room. Reserving is the one place that
allocates. Each layer gets its two matrices, and a chance to make room of its
own, as dropout does for the random numbers that it must remember.

@<Run a chain@>=
static gp_status reserve_joint(chain_joint *j, size_t batch, gp_error *error)
{
    const size_t width = j->layer->outputs;
    gp_status status = gp_matrix_new(&j->output, batch, width, error);

    if (status == GP_OK)
        status = gp_matrix_new(&j->gradient, batch, width, error);
    if (status == GP_OK)
        status = gp_layer_reserve(j->layer, batch, error);
    return status;
}

@ If there is room enough already, everything stays as it is, and a program may
reserve as often as it likes. If the memory runs out halfway, all the room is
given up: a chain is either ready for the whole batch or not at all. A state in
between would have to be understood by every function that runs the chain.
@<Run a chain@>=
gp_status gp_chain_reserve(gp_chain *chain, size_t batch, gp_error *error)
{
    gp_status status = GP_OK;

    if (batch <= chain->batch)
        return GP_OK;
    release(chain);
    for (size_t i = 0; i < chain->count && status == GP_OK; i++)
        status = reserve_joint(chain->joint[i], batch, error);
    if (status == GP_OK)
        status = gp_matrix_new(&chain->losses, 1, batch, error);
    chain->work = work(chain);
    if (status == GP_OK)
        chain->batch = batch;
    else
        release(chain);
    return status;
}

@*1 Making a chain.\label{sec:make-chain}
The rest of the module is housekeeping, and may be skipped at the first reading.
It makes chains, adds layers to them, and sees to it that nobody uses memory
that has been given back.
@(tangled/lib/chain.c@>=
gp_chain *gp_chain_new(size_t inputs, gp_error *error)
{
    gp_chain *chain = calloc(1, sizeof *chain);

    GP_REQUIRE(inputs > 0, "a chain of layers needs inputs");
    if (!chain) {
        gp_fail(error, GP_NO_MEMORY, "no memory for a chain of layers");
        return NULL;
    }
    chain->inputs = inputs;
    chain->depth = 1;
    return chain;
}

@ The other parts, in an order in which each uses only what stands before it.

@(tangled/lib/chain.c@>=
@<Release the room for a batch@>@;
@<Free a chain@>@;
@<Make room for more layers@>@;
@<Add a layer@>@;
@<Append a chain@>@;
@<Look at a chain@>@;
@<Run a chain@>@;

@ What happens to the views when the room for the batch is given up? A view that
still pointed there would be read by the next backward pass. An earlier version
of this program did that: forward, reserve for a larger batch, backward, and the
gradients were computed from memory that belonged to somebody else by then.
Nobody notices such a mistake until the numbers are wrong or the program stops.
So the views are emptied at the same time, and |rows == 0| remembers that there
is no forward pass to go back from.
@<Release the room for a batch@>=
static void release(gp_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++) {
        chain_joint *j = chain->joint[i];
        const gp_matrix none = {0, j->layer->outputs, 0, NULL};

        gp_matrix_free(&j->output);
        gp_matrix_free(&j->gradient);
        j->y = j->dy = none;
    }
    gp_matrix_free(&chain->losses);
    chain->batch = chain->rows = 0;
}

@ Freeing visits every layer. Each joint is allocated by itself, although one
array of joints would be simpler. An array moves when it grows; the joints must
stay where they are, because |gp_chain_output| hands out pointers to the matrices
inside them. Only the array of pointers to them moves.
@<Free a chain@>=
void gp_chain_free(gp_chain *chain)
{
    if (!chain)
        return;
    release(chain);
    for (size_t i = 0; i < chain->count; i++) {
        gp_layer_free(chain->joint[i]->layer);
        free(chain->joint[i]);
    }
    free(chain->joint);
    free(chain);
}

@ This array doubles when it is full. A layer is then added in constant time on
average: the copying of $n$ pointers is paid for by the $n$ layers that were
added before it. With one place more each time, $n$ layers would cost
$1+2+\cdots+n$ copies.
@<Make room for more layers@>=
static gp_status make_room(gp_chain *chain, size_t more, gp_error *error)
{
    size_t room = chain->room ? chain->room : 16;
    chain_joint **larger;

    while (room < chain->count + more)
        room *= 2;
    if (room == chain->room)
        return GP_OK;
    larger = realloc(chain->joint, room * sizeof(chain_joint *));
    if (!larger)
        return gp_fail(error, GP_NO_MEMORY, "no memory for %zu layers", room);
    chain->joint = larger;
    chain->room = room;
    return GP_OK;
}

@ A layer must take as many inputs as the layer before it puts out. With the
layer comes a joint without any room, and if the others have some, it is given
up: the chain is no longer ready for a batch, and the next |gp_chain_reserve|
makes it so again.
@<Add a layer@>=
@<How deep is the chain inside a layer?@>@;
static gp_status add(gp_chain *chain, gp_layer *layer, gp_error *error)
{
    chain_joint *j = NULL;

    @<Fail unless |layer| fits at the end of |chain|@>@;
    if (make_room(chain, 1, error) || !(j = calloc(1, sizeof *j)))
        return gp_fail(error, GP_NO_MEMORY, "no memory for layer %zu",
                       chain->count + 1);
    j->layer = layer;
    j->y = j->dy = @[(gp_matrix){0, layer->outputs, 0, NULL}@];
    chain->joint[chain->count++] = j;
    if (chain->depth < 1 + inside)
        chain->depth = 1 + inside;
    if (chain->batch > 0)
        release(chain);
    return GP_OK;
}

@ The caller has handed the layer over and will not look at it again. If it
cannot be added, it must be freed here. With the opposite rule every caller
would have to remember to free it, in a line that is hardly ever run.
@<Add a layer@>=
gp_status gp_chain_add(gp_chain *chain, gp_layer *layer, gp_error *error)
{
    gp_status status = add(chain, layer, error);

    if (status)
        gp_layer_free(layer);
    return status;
}

@ Layers may have a chain inside, and the layers in there may have one, too.
Such nesting is limited. Whoever walks through all layers can then keep the way
in an array of fixed size.

@<Fail unless |layer| fits at the end of |chain|@>=
const size_t inside = depth_inside(layer);

if (layer->inputs != gp_chain_outputs(chain))
    return gp_fail(error, GP_BAD_INPUT,
                   "layer %zu (%s): expected %zu inputs, found %zu",
                   chain->count + 1, layer->type->name,
                   gp_chain_outputs(chain), layer->inputs);
if (inside >= GP_MAX_NESTING)
    return gp_fail(error, GP_BAD_INPUT,
                   "layer %zu (%s): expected layers nested at most %d deep",
                   chain->count + 1, layer->type->name, GP_MAX_NESTING);

@ Most layers have no |inner| function in their type, and no layers inside. That
is one question for all who want to know.
@<How deep is the chain inside a layer?@>=
gp_chain *gp_layer_inner(const gp_layer *layer)
{
    return layer->type->inner ? layer->type->inner((gp_layer *)layer) : NULL;
}
static size_t depth_inside(const gp_layer *layer)
{
    const gp_chain *inner = gp_layer_inner(layer);

    return inner ? inner->depth : 0;
}

@ A description in words is read completely before any of it becomes part of a
network, so that a mistake in the last word leaves the network as it was. The
layers that were read wait in a chain of their own, and are moved when all is
well.

@<Append a chain@>=
gp_status gp_chain_append(gp_chain *chain, gp_chain *more, gp_error *error)
{
    if (more->inputs != gp_chain_outputs(chain))
        return gp_fail(error, GP_BAD_INPUT,
                       "expected layers for %zu inputs, found %zu",
                       gp_chain_outputs(chain), more->inputs);
    if (make_room(chain, more->count, error))
        return GP_NO_MEMORY;
    release(more);
    for (size_t i = 0; i < more->count; i++)
        chain->joint[chain->count++] = more->joint[i];
    if (chain->depth < more->depth)
        chain->depth = more->depth;
    more->count = 0;
    release(chain);
    return GP_OK;
}

@ The first questions that one asks of a chain: how many layers, how many numbers
in, how many out. A chain without layers puts out what it is given, so it has as
many outputs as inputs.
@<Look at a chain@>=
size_t gp_chain_length(const gp_chain *chain)
{
    return chain->count;
}
size_t gp_chain_inputs(const gp_chain *chain)
{
    return chain->inputs;
}
size_t gp_chain_outputs(const gp_chain *chain)
{
    return chain->count ? chain->joint[chain->count - 1]->layer->outputs
                        : chain->inputs;
}

@ Layers and matrices are asked for by number. A number beyond the last layer is a
mistake in the program that calls, not in its data, and stops the program with
both numbers.
@<Look at a chain@>=
static chain_joint *joint_at(const gp_chain *chain, size_t i)
{
    GP_REQUIRE(i < chain->count, "layer %zu of a chain of %zu", i,
               chain->count);
    return chain->joint[i];
}

@ What is handed out belongs to the chain. The matrices are those of the last pass,
and must not be changed or kept beyond the next one.

@<Look at a chain@>=
gp_layer *gp_chain_layer(const gp_chain *chain, size_t i)
{
    return joint_at(chain, i)->layer;
}
const gp_matrix *gp_chain_output(const gp_chain *chain, size_t i)
{
    return &joint_at(chain, i)->y;
}
const gp_matrix *gp_chain_output_gradient(const gp_chain *chain, size_t i)
{
    return &joint_at(chain, i)->dy;
}

@ To visit all the parameters of a chain, those inside composite layers
included, one writes
\begin{quote}
|for (gp_walk w = gp_chain_walk(chain); gp_walk_parameter(&w);)|\\
\hspace*{2em}\dots{} use |w.parameter| and |w.layer| \dots
\end{quote}
Optimizers, checkpoints and the gradient checker do it in this way, and so does the
descent at the end of this chapter. How the walk finds its way stands in
Section~\ref{sec:walk}.

@ Such code is easily right on the usual way and wrong beside it. The tests run
chains with every mistake that the sections above speak of: reserving between the passes, adding a layer that does not fit, and going
backward without having gone forward\claim{no_view_outlives_its_room}. They count the parameters of layers
inside layers\claim{a_walk_visits_layers_inside_layers}.

@* The gradient checker.\label{sec:gradcheck}
A wrong gradient is a quiet error. Training still goes downhill, only less
steeply or a little to the side; the accuracy is lower than it might be, and
nobody knows what it might be. The remedy is old and simple: compute the
derivative once more, from its definition, and compare. Every layer of this
book goes through the functions of this section.

@(tangled/lib/gradcheck.h@>=
#pragma once
#include "layer.h"
@#
GP_BEGIN_DECLS@;
typedef struct {
    bool ok; /* enough derivatives were compared, and all of them agree */
    char message[200]; /* if not |ok|: why */
    double worst, tolerance; /* the largest relative error; the allowed one */
    const char *where; /* ``input'' or the name of the parameter */
    size_t row, col;
    double analytic, numeric; /* the two derivatives there */
    size_t checked, kinks; /* elements compared, and passed over */
    size_t faint; /* of those compared: too small for this number type */
    size_t still; /* of those compared: both derivatives are exactly 0 */
} gp_gradcheck_report;

@ The field |ok| is the answer, and the others explain it. A check can fail to
be one: when nearly all elements lie at corners of the function, or when their
derivatives are smaller than the rounding errors of the differences, or when the function
does not move at all, no error is found because hardly anything was compared. Then |ok| is |false| as well, and
|message| says what hid the derivatives. The tolerance is $10^{-7}$ in double
precision and $0.03$ in single precision, for reasons that the next section explains:
a |float| can find a wrong factor or a wrong sign, and only a |double| can find a
mistake in the sixth digit.

@(tangled/lib/gradcheck.h@>=
gp_gradcheck_report gp_gradcheck_layer(gp_layer *layer, gp_matrix *x,
                                       const gp_pass *pass, gp_random *r);
    /* draws an upstream gradient from |r|; checks |dx| and the gradient of
       every trained parameter, those of inner layers too; leaves |x| and the
       parameters as they were */
gp_gradcheck_report gp_gradcheck_function(double (*f)(void *), void *context,
                                          gp_matrix *x, const gp_matrix *dx);
    /* is |dx| the gradient of |f(context)|, which depends on |x|? */
GP_END_DECLS@;

@*1 The precision of a difference.\label{sec:precision}
The definition wants a limit, and a computer takes a small step $h$ instead.
By Taylor's theorem the one-sided quotient $(f(x+h)-f(x))/h$ misses $f'(x)$ by
about $\frac h2f''(x)$. In the central one the second derivative cancels:
\begin{equation}
\frac{f(x+h)-f(x-h)}{2h}=f'(x)+\frac{h^2}6f'''(x)+O(h^4).
\label{eq:central}
\end{equation}
So halving $h$ divides this error by four, and small steps look good. But the
two values of $f$ are rounded, each to within about $\varepsilon\abs{f}$, and
the subtraction keeps the rounding errors while it removes nearly everything
else. They are then divided by $h$. The total is about
$\varepsilon/h+h^2$, times factors near 1, and is least where the two parts
are about equal: $h\approx\varepsilon^{1/3}$, with an error of about
$\varepsilon^{2/3}$. That is
\val{gradcheck}{float-expected} in single precision, where
$\varepsilon=2^{-24}$, and \val{gradcheck}{double-expected} in double
precision. Single precision has about seven digits, double precision sixteen;
a derivative by differences gets two thirds of them.

In the |float| version below the step is what is left of $h$ after $1+h$ and
$1-h$ have been rounded. To divide by the step that was asked for instead
would add an error of its own.

@(tangled/experiments/gradcheck.c@>=
#include "experiment.h"
#include <math.h>
static double error_of(double slope)
{
    return fabs(slope / cos(1.) - 1);
}
static double float_central(double h)
{
    const float up = (float)(1 + h), down = (float)(1 - h);

    return error_of((double)(sinf(up) - sinf(down)) / (double)(up - down));
}
static double central(double h)
{
    return (sin(1 + h) - sin(1 - h)) / (2 * h);
}
@<Measure the errors of all methods and steps@>@;

@ The experiment differentiates the sine at 1, whose derivative we know. A
fourth method combines two central quotients. By \eqref{eq:central} the quotient for
step $h/2$ has a quarter of the error of that for $h$, so four times the one
minus the other is three times the derivative, and the term in $h^2$ is gone.
This is Richardson's extrapolation.

@<Measure the errors of all methods and steps@>=
static void errors(double h, double error[4])
{
    error[0] = float_central(h);
    error[1] = error_of((sin(1 + h) - sin(1.)) / h);
    error[2] = error_of(central(h));
    error[3] = error_of((4 * central(h / 2) - central(h)) / 3);
}

@ \cell{gradcheck}

Figure~\ref{fig:gradcheck} shows the same for many more steps. On the right of
each curve lies the error of the formula, which falls with the power of $h$
that the theory says; on the left the rounding error, which grows like $1/h$
and looks like noise. Single precision never gets below
\val{gradcheck}{float-best}\claim{float_differences_stay_coarse}, even at the
step that happens to suit this function best. A check in single precision
could not tell a wrong factor of 1.000001 from rounding. In
double precision the central quotient reaches
\val{gradcheck}{double-best} and extrapolation
\val{gradcheck}{extrapolated-best}, the latter at a far larger
step\claim{extrapolation_beats_the_central_difference}.

\plot{gradcheck}{Relative error of difference quotients for the sine at 1
against the step $h$: the formula's error falls with $h$, the rounding error
grows.}

@<Measure the errors of all methods and steps@>=
int main(int argc, char **argv)
{
    static const char *const best_of[4] = {"float-best", "one-sided-best",
                                           "double-best",
                                           "extrapolated-best"};
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "gradcheck",
        .setting = "Relative error of four difference quotients for the "
                   "sine at 1; varied is the step h.");
    double best[4] = {1, 1, 1, 1};

    @<Go through the steps@>@;
    for (int k = 0; k < 4; k++)
        gp_experiment_value(e, best_of[k], "%.1e", best[k]);
    gp_experiment_value(e, "float-expected", "%.1e", pow(2, -24 * 2 / 3.));
    gp_experiment_value(e, "double-expected", "%.1e", pow(2, -53 * 2 / 3.));
    return gp_experiment_end(e);
}

@ In single precision a step below $2^{-24}$ changes nothing at 1, and the
quotient is $0/0$; such places are left empty. Now and then two rounding
errors cancel, and a quotient is better than its method. Therefore the best
error of a method is read off an envelope, which an error pushes up at once
and which falls by no more than half from one step to the next; there are four
steps to an octave.

@<Go through the steps@>=
gp_table *all = gp_experiment_series(e, "", "h|h|%g", "float|float|%g",
    "one-sided|one-sided|%g", "central|central|%g",
    "extrapolated|extrapolated|%g");
gp_table *some = gp_experiment_table(e, "steps", "", "h|h",
    "f|float|%.1e", "o|one-sided|%.1e", "c|central|%.1e",
    "x|extrapolated|%.1e");
double recent[4] = {1, 1, 1, 1};
for (int step = 4; step <= 160; step++) {
    const double h = pow(2, -step / 4.);
    double x[4];

    errors(h, x);
    gp_series_point(all, h, x[0], x[1], x[2], x[3]);
    if (step % 16 == 0)
        gp_table_row(some, gp_text("2^-%d", step / 4), x[0], x[1], x[2], x[3]);
    for (int k = 0; k < 4; k++)
        if (!isnan(x[k]))
            best[k] = fmin(best[k], recent[k] = fmax(x[k], recent[k] / 2));
}

@*1 Kinks.\label{sec:kinks}
The functions of Chapter~\ref{ch:relu-family} have corners. If one lies within
a step of $x$, the difference quotient averages the slopes of both sides and
agrees with neither; a correct gradient would be called wrong. Such elements
must be passed over. Which ones they are must be seen from the function alone:
using the gradient under test to decide it would be circular.

We have two central quotients for the extrapolation anyway, for $h$ and for
$h/2$. For a smooth function they nearly agree. A corner at a distance between
$0$ and $h$ is weighed differently by the two, so they differ. A corner
exactly at $x$ escapes this test, because both quotients then give the mean of
the two slopes. But there the slope to the right and the slope to the left
differ, and the difference does not shrink when $h$ is halved, as it would for
a smooth function: there it is about $hf''(x)$.

In formulas, let the slope jump by $J$ at the distance $d$ from $x$, with
$0\le d<h/2$. The central quotient for $h$ is too large by $J(h-d)/(2h)$ and
that for $h/2$ by $J(h-2d)/(2h)$, so they differ by $Jd/(2h)$. This is seen
unless $d$ is next to nothing. But then the gap between the slopes is
$J(h-d)/h$ for the step $h$ and $J(h-2d)/h$ for $h/2$, both nearly $J$, and
that is seen.

Rounding errors make the quotients differ, too. They must not be taken for a
corner, or else in single precision every element would be passed over and no
mistake found. So each quotient carries a bound on its own rounding error, its
\emph{noise}, and only what exceeds the noise counts.

The program of the checker applies these rules to every element of the input
and of the parameters. It stands in Section~\ref{sec:checker}, with the bounds
that it uses. One more idea belongs here. A layer has many outputs, and a
derivative needs one number. So the checker draws an upstream gradient $U$ at
random and takes $f=\sum u_{ij}y_{ij}$. If the backward pass is given $U$ as
$\mathrm{d}Y$, then the $\mathrm{d}X$ that it returns should be the gradient of
$f$. A random $U$ matters: if all $u_{ij}$ were 1, a layer that mixes up its
outputs could pass.

@ A word on habits, since most readers will check gradients of their own some
day. Check with a batch of several samples, so that sums over the batch are
tested; with unequal numbers of inputs, units and samples, so that no
transposition goes unseen; and away from the starting point, because at zero
weights many terms vanish and a mistake in them vanishes too. Turn off what
is random, or repeat it, as we do. Check each layer by itself first: an error
in a network of ten layers says only that there is one.

@ Who checks the checker? Its tests give it layers with known mistakes: a sign
slip in some elements, a factor of $1.000001$, a gradient that forgets the
last sample of the batch, a NaN. It must find each of
them\claim{planted_mistakes_are_found}. They also give it corners at a dozen
distances, of which it must pass over those within its step and no
others\claim{kinks_are_passed_over_and_nothing_else}. The dense layer and all
losses of this chapter agree with their numeric gradients to
$10^{-7}$\claim{dense_passes_the_check}\claim{losses_pass_the_check}.

One kind of mistake the checker cannot find. It compares a backward pass with a
forward pass. If the forward pass computes the wrong function, and the backward
pass is the derivative of that function, it reports no error. A forward pass is tested by
known answers: examples by hand as above, and results published by others.

@* Descent.\label{sec:descent}
The gradient points uphill, so we step against it: $W\leftarrow
W-\eta\,\mathrm{d}W$ with a small positive \emph{learning rate} $\eta$. This is
gradient descent, and with it the tools of this chapter make a classifier.

How small is small? Consider a loss of one weight, $L=\frac12\lambda w^2$, with
curvature $\lambda$ and its minimum at 0. A step makes
$w\leftarrow(1-\eta\lambda)w$. If $\eta\lambda<1$ the weight creeps toward the
minimum; between 1 and 2 it jumps across and comes nearer from the other side;
above 2 each jump ends farther away than it began, and the loss
explodes\claim{descent_diverges_beyond_twice_the_inverse_curvature}. A loss of
many weights has many curvatures. The steepest sets the limit for $\eta$, and
the flattest then decides how long training takes. Much of what the later
chapters do can be read as bringing these two together.

The first task has a known answer. Two classes of points in the plane are
normally distributed with variance 1 around $(-1,0)$ and $(1,0)$. Nobody can
separate them completely; the best possible rule guesses by the side of the
vertical axis, and is right with probability $\Phi(1)$. The quotient of the
two densities at a point $(x_1,x_2)$ is
\[
\frac{\exp\bigl(-\frac12(x_1-1)^2\bigr)}{\exp\bigl(-\frac12(x_1+1)^2\bigr)}
=e^{2x_1},
\]
so the true probabilities of the classes are exactly of the form of a dense
layer with a softmax, with logits that differ by $2x_1$. We know what the
layer should learn: the difference of its two columns of weights should be
$(2,0)$. The second task looks as easy to the eye: the points of one class lie
around the origin, and those of the other on a ring around them.

@(tangled/experiments/descent.c@>=
#include "experiment.h"
#include <tgmath.h>
enum { SAMPLES = 2000 };
typedef struct {
    gp_network *net;
    gp_matrix x;
    gp_label labels[SAMPLES];
} task;
@#
@<Draw the points of a task@>@;
@<Take one step of descent@>@;
@<Count the right answers@>@;
@<Train on both tasks and record the losses@>@;

@ Half of the samples belong to each class. A point of the ring is a normal
point, divided by its distance from the origin, moved outward to distance 3 and
shaken a little. The direction of a normal point is uniform, since its density
depends on the distance alone; no sine or cosine is needed.

@<Draw the points of a task@>=
static void draw(gp_random *r, bool ring, task *t)
{
    gp_random_fill_normal(r, &t->x, 0, ring ? 0.5 : 1);
    for (size_t i = 0; i < SAMPLES; i++) {
        gp_real *p = gp_row(&t->x, i);
        const gp_real out = 3 / sqrt(p[0] * p[0] + p[1] * p[1]);

        t->labels[i] = i % 2;
        p[0] += ring ? 0 : i % 2 ? 1 : -1;
        for (size_t j = 0; ring && i % 2 && j < 2; j++)
            p[j] = p[j] * out + (gp_real)(gp_random_normal(r) / 4);
    }
}

@ One training step: forward, loss, backward, descend. The first three are in
|gp_network_gradients|. The layer has two inputs and two units, one for each
class, and starts at zero. That is allowed for a last layer, since the loss
treats its units differently from the first step on. All training in this book is this function
with more layers and a better way to descend.

@<Take one step of descent@>=
static double step(task *t, double rate)
{
    const double loss = gp_network_gradients(t->net, &t->x, t->labels);
    gp_walk w = gp_chain_walk(gp_network_chain(t->net));

    while (gp_walk_parameter(&w))
        @<Descend along the gradient of one parameter@>@;
    return loss;
}

@ The gradient of a parameter has the shape of its value.

@<Descend along the gradient of one parameter@>=
for (size_t i = 0; i < w.parameter->value.rows; i++)
    for (size_t j = 0; j < w.parameter->value.cols; j++)
        gp_row(&w.parameter->value, i)[j] -=
            (gp_real)rate * gp_at(&w.parameter->gradient, i, j);

@ Training samples flatter a classifier, so it is judged by fresh samples of the
same kind. With two classes the prediction is the class of the larger logit;
the softmax is not needed for that, since it does not change which is larger.

@<Count the right answers@>=
static double accuracy(const task *t)
{
    const gp_matrix *y = gp_network_forward(t->net, &t->x, false);

    return 100. * (double)gp_count_right(y, t->labels, NULL) / SAMPLES;
}

@ The learning rate is 0.25, well within the limit for this loss. Every step
sees all the samples, so there is no chance in the descent itself. Mini-batches,
which see a few samples at a time, and optimizers that choose their steps with more care
wait until Chapter~\ref{ch:training}.

@<Train on both tasks and record the losses@>=
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "descent",
        .setting = "One dense layer, gradient descent at the rate 0.25 on "
                   "2000 points of each task, all in every step.",
        .seeds = 1, .steps = 60);
    static task tasks[2];
    gp_random r = gp_random_new(e->plan.seed), same = r;
    gp_random *random[2] = {&r, &same};

    for (int k = 0; k < 2; k++)
        @<Prepare task |k|@>@;
    @<Let both descend@>@;
    @<Judge them by fresh points@>@;
    return gp_experiment_end(e);
}

@ Both layers begin at the same place, and the points come from the same seed.

@<Prepare task |k|@>=
{
    tasks[k].net = gp_network_new(2, 1, NULL);
    gp_network_parse(tasks[k].net, "dense:2:zeros", NULL);
    gp_network_reserve(tasks[k].net, SAMPLES, NULL);
    gp_matrix_new(&tasks[k].x, SAMPLES, 2, NULL);
    draw(random[k], k == 1, &tasks[k]);
}

@ One row for each step.

@<Let both descend@>=
gp_table *t = gp_experiment_series(e, "", "step|step|%g",
    "clouds|clouds|%f", "ring|ring|%f");
double loss[2];
for (size_t s = 0; s <= e->plan.steps; s++) {
    for (int k = 0; k < 2; k++)
        loss[k] = step(&tasks[k], 0.25);
    gp_series_point(t, (double)s, loss[0], loss[1]);
}

@ Each is judged by its accuracy on fresh points.

@<Judge them by fresh points@>=
static const char *const name[2] = {"clouds", "ring"};
for (int k = 0; k < 2; k++) {
    draw(random[k], k == 1, &tasks[k]);
    gp_experiment_value(e, name[k], "%.1f", accuracy(&tasks[k]));
    gp_experiment_value(e, gp_text("%s-loss", name[k]), "%.4f", loss[k]);
}
@<Compare the weights with those of the true probabilities@>@;

@ How far the weights have come is the difference of the two columns. Then the
weights of the true probabilities take their place: nobody can do better on
these points, and a step at the rate 0 tells their loss.

@<Compare the weights with those of the true probabilities@>=
const gp_parameter *p = gp_network_layer(tasks[0].net, 0)->parameter;
for (size_t j = 0; j < 2; j++) {
    gp_real *w = gp_row(&p[0].value, j);

    gp_experiment_value(e, gp_text("clouds-weight-%zu", j), "%.2f",
                        (double)(w[1] - w[0]));
    w[0] = -(w[1] = j == 0 ? 1 : 0);
    p[1].value.at[j] = 0;
}
gp_experiment_value(e, "best", "%.1f", accuracy(&tasks[0]));
gp_experiment_value(e, "least-loss", "%.4f", step(&tasks[0], 0));

@ \cell{descent}

The loss of both begins at $\ln2$, as it must with two classes and all logits
0. On the clouds it falls (Figure~\ref{fig:descent}) to
\val{descent}{clouds-loss} after \val{descent}{steps} steps. On fresh points, the true
probabilities have a loss of \val{descent}{least-loss}, and no classifier can expect less. The layer is right on
\val{descent}{clouds}~per cent of these points, the best possible rule on
\val{descent}{best}~per cent\claim{clouds_are_learned_as_well_as_possible}. The
difference of its weights has become \val{descent}{clouds-weight-0} in the first
coordinate and \val{descent}{clouds-weight-1} in the second, where the theory wants 2
and 0\claim{cloud_weights_are_the_log_odds}. On the rings
the loss stays where it was. The layer is right on \val{descent}{ring}~per cent of the
points, which is what guessing gives\claim{rings_are_not_learned}.

\plot{descent}{Gradient descent with one dense layer: the loss of two clouds
falls, the loss of a ring around a cloud does not.}

@ The reason is not the descent. A dense layer with two units compares two
linear functions, so it can only draw a straight line, and no line separates a
ring from its middle. The best line is right on about two thirds of the
points, because it cuts off a part of the ring. The layer does not even find
that one. Many points of the ring lie far on the wrong side of this line, and the cross-entropy
counts how far. It is larger for this line, however steep the probabilities
change there, than for equal probabilities
everywhere\claim{a_line_could_cut_off_a_part_of_the_ring}. So the failure has
two reasons, the straight line and the loss.

More layers of this kind do not help. Two dense layers in a row give
\[
(XW_1+\mathbf{1}b_1)W_2+\mathbf{1}b_2
=X(W_1W_2)+\mathbf{1}(b_1W_2+b_2),
\]
which is a dense layer again\claim{two_dense_layers_are_one}. A hundred dense
layers in a row are an elaborate way to write one. Depth begins to
matter only when something that is not linear stands between the layers. For
a long time the natural choice was a smooth step, the logistic function. What
it does to the gradients on their way through many layers is the gradient
problem, and the next chapter.

@* Exercises.
Answers are written into this chapter: delete the call of |gp_not_started| in
an exercise's section, write the function, and run \texttt{make exercise} with
the number. The preface explains the scale of difficulty.

@ \begin{exercise}{02-huber}{10}{1}
\textbf{Huber's loss.} A squared error lets one wild measurement outweigh all
others, since its gradient grows with the error. Huber's loss is quadratic only
near zero. With $e_i=y_i-t_i$ it is the mean over $i$ of
\[ \rho(e)=\begin{cases}\frac12e^2 & \text{if } \abs{e}\le\delta,\\
   \delta\,(\abs{e}-\frac12\delta) & \text{otherwise.}\end{cases} \]
Return the mean and write its gradient with respect to $y$ to |dy|. What is
the largest influence that one of $n$ measurements can have on the gradient?
\end{exercise}
@(tangled/exercises/02-huber.c@>=
#include "exercise.h"
@#
double huber(size_t n, const double *y, const double *target,
             double delta, double *dy)
{
    gp_not_started();
}

@ \begin{exercise}{02-softmax-overflow}{12}{2}
\textbf{A softmax that overflows.} This softmax passed its tests, which had
inputs between $-3$ and 3. In training it returned NaN one night, after the
logits had grown. Repair it. All inputs are finite, and may lie anywhere
between $-10^{300}$ and $10^{300}$.
\end{exercise}
@(tangled/exercises/02-softmax-overflow.c@>=
#include "exercise.h"
#include <math.h>
@#
void my_softmax(size_t n, const double *x, double *y)
{
    double sum = 0;

    gp_not_started();
    for (size_t i = 0; i < n; i++)
        sum += y[i] = exp(x[i]);
    for (size_t i = 0; i < n; i++)
        y[i] /= sum;
}

@ \begin{exercise}{02-best-step}{20}{2}
\textbf{The best step.} Predict, then measure. Section~\ref{sec:precision}
weighs two errors of a central difference against each other. Let |best_step|
return the step for a number type whose rounding error is |epsilon|, and
|power_of_error| the $p$ for which the error at the best step is about
$\varepsilon^p$. The test differentiates the sine in |float| and in |double|
with your step, and with all others.
\end{exercise}
@(tangled/exercises/02-best-step.c@>=
#include "exercise.h"
#include <math.h>
@#
double best_step(double epsilon)
{
    gp_not_started();
}
@#
double power_of_error(void)
{
    gp_not_started();
}

@ \begin{exercise}{02-softmax-check}{25}{3}
\textbf{Testing a softmax.} Prove by test: this time you write the test, and we
write the programs. Let |is_softmax| call the function it is given with inputs
of your choice and return whether it is a correct softmax: the outputs are
positive or zero, they sum to 1, the ratio $y_i/y_j$ is $e^{x_i-x_j}$, and
adding 1000 to all inputs, or $-1000$, changes nothing but the last digits. Your
test must accept different correct programs, and find the fault in each wrong
one.
\end{exercise}
@(tangled/exercises/02-softmax-check.c@>=
#include "exercise.h"
#include <math.h>
@#
bool is_softmax(void (*softmax)(size_t n, const double *x, double *y))
{
    gp_not_started();
}

@* Index.
