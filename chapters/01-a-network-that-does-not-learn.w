@i common.w

@** A network that does not learn.
\label{ch:does-not-learn}
This chapter shows a failure. It builds two networks that differ in one number,
the number of layers. The shallow one learns to tell ten kinds of clothes apart
within a minute. The deep one learns nothing at all, although every part of it
works as it should. Then we look inside, layer by layer, and find the place
where the training signal is lost. Finally we change a single word, and the deep
network learns.

You need not know how the programs work yet. We treat them as a black box,
called |lab|, and give it one line of text at a time. The other chapters open
the box.

@* The task.
\label{sec:first-task}
The data set is called Fashion-MNIST \citep{xiao2017}. It has 70,000 grey
images of 28 by 28 pixels. Each shows a piece of clothing from one of ten
classes: T-shirt, trousers, pullover, dress, coat, sandal, shirt, sneaker, bag,
ankle boot. The task is to name the class from the 784 pixels. We hold back
10,000 images for the final test and 5,000 to watch the progress, and train on
the other 55,000. Someone who guesses is right once in ten times.

@ The networks of this book are rows of \emph{layers}. A layer takes numbers
and puts out numbers, and the next layer takes those. A \emph{dense} layer with
100 units computes 100 weighted sums of its inputs; the weights are what
training changes. An \emph{activation} such as the logistic function, also
called the sigmoid, is applied to every sum. The last layer has one unit for
each class, and the class with the largest sum is the network's answer.

We write a network as one line of text. The line

\begin{center}
\texttt{dense:100 sigmoid dense:10}
\end{center}
says: 100 weighted sums, the sigmoid of each, then ten sums, one for each
class. \texttt{20*(dense:100 sigmoid) dense:10} repeats the part in brackets
twenty times.

@* Two layers learn.
\label{sec:first-shallow}
Training shows images to the network, a few at a time. For each small batch it
computes how wrong the answers are, a number called the \emph{loss}, and in
which direction each weight should move to make the loss smaller, the
\emph{gradient}. Then it moves every weight a little in that direction. One pass
through all training images is an \emph{epoch}.

Here are three epochs. A row shows the mean loss over the epoch, then the loss
and the accuracy on the 5,000 images that we hold back to watch.

\cell{first-shallow}

The loss falls from row to row and the accuracy climbs. After three epochs the
network names more than three images out of four
correctly\claim{two_sigmoid_layers_learn}. Training works, and more epochs
would improve the result.

@* Twenty-one layers do not.
\label{sec:first-deep}
Now the same with twenty hidden layers in place of one. Nothing else changes:
the same data, the same seed, the same step size. The network has more weights
than before, so whatever the small network can express, this one can express
as well.

\cell{first-deep}

The loss stays at 2.30, and the accuracy stays near
\val{first}{guess}~per~cent, which is what guessing
gives\claim{twenty_sigmoid_layers_do_not_learn}. The number 2.30 is no
accident either: a network that gives each of ten classes the probability
$1/10$ has a loss of $\ln 10$, about \val{first}{log-ten}. So after three epochs
this network still knows nothing but that there are ten classes.

@ What could be wrong? The program could have an error; but the same program
trained the shallow network. The step size could be too small; but with steps a
hundred times as large the result is the
same\claim{a_larger_step_does_not_help_either}:

\cell{first-fast}

The network
could be too weak for the task; but a few changes to its \emph{first} weights
will make it work, as we shall see. Three epochs could be too few. People who
met this failure before 2006 often waited for days, and concluded that deep
networks cannot be trained.

To find out, we need to see what happens inside the network.

@* Looking inside.
\label{sec:first-probe}
Training moves each weight along the gradient. So the first question is what
the gradient looks like at each layer. The command |lab probe| sends one batch
of images through the untrained network, computes the gradient, and prints a
row per layer. Here is every fifth of the dense layers:

\cell{first-probe}

The column \texttt{grad.} shows the typical size of the derivative of the loss
with respect to one output of the layer. Read it from the bottom up, because
that is the direction in which gradients are computed. At the last layer,
number 41, it is a few thousandths. Five dense layers further down it is smaller by
a factor of about a thousand, and it shrinks like this all the way. At the
first layer some $10^{-16}$ remain.

@ Figure~\ref{fig:first} shows all layers. The vertical axis is
logarithmic, so a straight line means that each layer multiplies the gradient
by the same factor. That factor is
\val{first}{factor}\claim{sigmoid_gradient_shrinks_by_a_constant_factor}:
each layer passes less than a quarter of the signal on to the layer below it.
Twenty times in a row, this makes
\val{first}{ratio}\claim{the_first_layer_gets_next_to_nothing}.

\plot{first}{The size of the gradient at each dense layer before training, for
twenty hidden layers of 100 units. With sigmoid units it falls by a factor
of about four per layer on its way down. With tanh units the
whole stack takes less than a factor of ten.}

This explains the failure. The first layers do not learn because nothing
tells them what to do: their weights move by less than the rounding error of a
|float|. The last layers receive a signal, but what they see of the image has
passed through nineteen layers of random weights that never change. This is the
\emph{vanishing gradient problem}. The factor could also be larger than one;
then the gradient grows from layer to layer, and the first steps destroy
the weights. That is the \emph{exploding gradient problem}.

@* One word.
\label{sec:first-word}
The upper curve of Figure~\ref{fig:first} belongs to a network in which
one word is different: \texttt{tanh} stands where \texttt{sigmoid} stood. The
hyperbolic tangent has the same S-shape as the sigmoid. Yet the gradient at the
first layer is \val{first}{tanh-ratio} times as large as at the last hidden
one\claim{tanh_gradient_keeps_its_size}: a loss, but not one that stops the
training.

\cell{first-word}

After one epoch it already names more than three images out of four
correctly\claim{one_word_makes_it_learn}.

@* The question of this book.
\label{sec:first-question}
One word decides whether a network of twenty layers learns or not. Why this
word? Where does the factor of one quarter come from, and why does tanh not
have it? Is tanh the best choice, and would it still work with a hundred layers?
What else could one change: the first weights, the scale of
the layers' outputs, the way in which layers are connected? Each of these changes has
been tried, and each has helped. The book builds them one after another, derives what they
should do to the gradient, and measures whether they do it.

\begin{itemize}
\item Part I is about the problem. Chapter~\ref{ch:groundwork} builds layers
and their gradients, and Chapter~\ref{ch:gradient-problem} explains the factor
per layer and measures it.
\item Part II is about what fixes it: the first weights
(Chapter~\ref{ch:initialization}), activations that do not saturate
(Chapters~\ref{ch:relu-family} and~\ref{ch:elu-selu}), normalization of the
signal while the network trains (Chapter~\ref{ch:batch-normalization}), and
connections that let the gradient pass unchanged (Chapter~\ref{ch:residual}).
\item Part III is the laboratory: random numbers, data, optimizers, the format
of a network, and the program |lab| itself. It is for readers who want to see
every line.
\end{itemize}

@* How to read a section.
\label{sec:how-to-read}
Like every other chapter, this one is a sequence of numbered sections. A section is one thought: some prose,
and then, most of the time, a few lines of C. The number stands in the margin.

A piece of program has a name in angle brackets, and the name says what the piece does. Where
the name is followed by $\equiv$, the piece is defined. Where it stands among other
code, it is used, and the compiler sees the definition in its place. A
definition with $\mathrel{+}\equiv$ adds lines to an earlier one. A name in
typewriter type, such as \texttt{tangled/lib/matrix.c}, begins a file for the
compiler.

Between the sections stand cells like those above: a command, and what it
printed when the book was built. No number in this book is typed by hand where
a program could compute it. A tick in the margin marks a claim that has a
test; if a change makes the claim false, the test fails.

@* How to run what you read.
\label{sec:how-to-run}
Everything above can be repeated. After \texttt{make programs}, the command

\begin{center}
\texttt{build/bin/lab probe -{}-net "20*(dense:100 tanh) dense:10"}
\end{center}
prints the rows behind the second curve of the figure. Change the word, the
width or the number of layers, and look again; a probe takes less than a
second. \texttt{lab help} lists the commands. To change the book itself, edit a
chapter and run \texttt{make test}. Only what you touched is compiled.

@* The calls that Parts I and II use.
\label{sec:calls}
The chapters of the first two parts are about gradients, not about files or
random numbers. They use a handful of calls whose programs stand
in Part III, and no others\claim{parts_one_and_two_use_listed_headers}. These
are the headers that declare them:

@(tangled/experiments/first.c@>=
#include "frame.h" /* errors and requirements, and */
#include "random.h" /* random numbers: Chapter \ref{ch:numbers} */
#include "team.h" /* threads that share work: Chapter \ref{ch:speed} */
#include "dataset.h" /* images and labels: Chapter \ref{ch:data} */
#include "optimizer.h" /* steps of descent, and */
#include "train.h" /* the loop around them: Chapter \ref{ch:training} */
#include "network.h" /* networks from text, and */
#include "registry.h" /* words of layers, and */
#include "keras.h" /* calls that add them: Chapter \ref{ch:networks} */
#include "experiment.h" /* what follows: Chapter \ref{ch:laboratory} */
#include "diagnose.h"
#include <math.h>

@ An \emph{experiment} is a program that makes one figure or table of the book.
It says in one sentence what is varied and what is held, opens the data, builds
networks from their one-line descriptions, measures, and records what it found.
Options, files, tables and random seeds are the business of the module
|experiment|. Here is the whole program behind Figure~\ref{fig:first}.

@(tangled/experiments/first.c@>=
enum { LAYERS = 41 };
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv, .name = "first",
        .data = "fashion-mnist", .seeds = 1, .batch = 100,
        .setting = "Twenty hidden layers of 100 units before training; "
                   "varied is the activation.");
    static const char *const word[2] = {"sigmoid", "tanh"};
    gp_diagnosis d[2][LAYERS];
    for (int k = 0; k < 2; k++) {
        @<Diagnose the network whose activation is |word[k]|@>@;
    }
    @<Record the gradient by layer@>@;
    return gp_experiment_end(e);
}

@ The network is made, and given room for a batch. |gp_network_gradients| sends
the images through it and the gradient of the loss back down.
|gp_diagnose|, which Chapter~\ref{ch:gradient-problem} explains, looks at what
has arrived at each layer.

@<Diagnose the network whose activation is |word[k]|@>=
const gp_matrix x = gp_matrix_rows(&e->data.train.x, 0, e->plan.batch);
gp_network *net = gp_experiment_network(e,
    gp_text("20*(dense:100 %s) dense:10", word[k]), e->plan.seed);
gp_network_reserve(net, x.rows, NULL);
gp_network_gradients(net, &x, e->data.train.labels);
gp_diagnose(gp_network_chain(net), 0.01, d[k]);
gp_network_free(net);

@ What is recorded becomes the figure and the numbers of the text. Every other
layer is a dense one; the last of them has a gradient of its own kind, that of
the loss, and is left out of the factor.

@<Record the gradient by layer@>=
gp_table *curve = gp_experiment_series(e, "gradients", "layer|layer|%g",
    "sigmoid|sigmoid|%g", "tanh|tanh|%g");
for (size_t l = 0; l < LAYERS; l += 2)
    gp_series_point(curve, (double)(l / 2 + 1), d[0][l].gradient,
                    d[1][l].gradient);
@<Record the numbers of the text@>@;

@ The factor for a layer is the nineteenth root of the ratio between the first
and the last of twenty.

@<Record the numbers of the text@>=
const double ratio = d[0][0].gradient / d[0][38].gradient;
gp_experiment_value(e, "ratio", "%.0e", ratio);
gp_experiment_value(e, "factor", "%.2f", pow(ratio, 1 / 19.));
gp_experiment_value(e, "tanh-ratio", "%.2f",
                    d[1][0].gradient / d[1][38].gradient);
gp_experiment_value(e, "guess", "%.0f", 100 / 10.);
gp_experiment_value(e, "log-ten", "%.3f", log(10.));

@* Index.
