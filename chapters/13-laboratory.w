@i common.w

@** The laboratory.
\label{ch:laboratory}
The modules of this book meet in one program, |lab|, which trains, probes and
compares networks from the command line. Parts I and II have used it: the
commands under many of their figures are commands of |lab|. This chapter first
shows it at work, in a session that you can type yourself. Then it builds what
stands behind the book's figures, the experiments' module and the program, and
it ends with the table that the whole book was written for: which activation,
initializer and normalization for which depth.

@* A first session.
\label{sec:session}
Chapter~\ref{ch:gradient-problem} showed what twenty sigmoid layers do to a
gradient. The question whether a network suffers from it can be put without
writing a line of C, and before a single step of training. The command names the
network and the data, and prints a line for each layer:

\cell{lab-probe}

Only the last layer is well. The remedy of Chapter~\ref{ch:elu-selu} needs three
words of the specification. Counted by verdict, the layers are now:

\cell{lab-probe-selu}

@ Training is one more line. With two hidden layers even sigmoid units learn,
slowly. The learning rate is Keras' default for plain gradient descent, 0.01,
and a row is an epoch, 55,000 images.

\cell{lab-train}

The losses fall and the accuracy climbs at every epoch; nothing is wrong but
the pace.

@ A training that takes a night should survive a power cut. With
\texttt{-{}-save} the network is written to a file after every epoch. The same
command with \texttt{-{}-resume} goes on where the file stands, and its numbers
are those of a training that was never
interrupted.\claim{a_resumed_training_is_the_unbroken_one} The second command asks for
three epochs in all, and two are done:

\cell{lab-keep}

If you press control-C, the program finishes its step, closes its files and says
how to go on. The file holds more than weights: the mean and deviation of the
pixels are in it, too, so a network that is read back can be shown a raw image.
Section~\ref{sec:checkpoint} describes the format, which Python can read as well.

@ Mistakes are answered in a sentence. A word that the grammar does not know is
named with its place in the text and the word that was probably meant:

\cell{lab-mistyped}

A learning rate that is too large ruins the weights within a few steps. The
program says where it happened and ends with exit code 1, so that a script
that tries many settings can go on.

\cell{lab-diverges}

@* Several networks, several seeds.
\label{sec:compare}
One run proves little. Change the seed, and the accuracy moves by as much as
many a published improvement. |compare| trains every network with several
seeds and prints the mean with the standard deviation beside it; a difference
that is smaller than the deviations is no difference.

\cell{lab-compare}

@ Most questions of this book have the form ``what changes if this one thing is
changed?'' The thing may be an option, such as the learning rate, or a part of
the network. A name in braces marks the place, and \texttt{-{}-vary} lists what
shall stand there; two of them make a grid. To be fair, each row may choose its
learning rate: \texttt{-{}-tune} lists the rates, and the validation images
choose. Chapter~\ref{ch:initialization} in one command:

\cell{lab-vary}

With two hidden layers the initializers are alike, and with twenty Glorot's
leaves rectifiers far behind He's.\claim{twenty_layers_of_rectifiers_need_he}

@* Experiments.
\label{sec:experiments}
A figure of this book that no command of |lab| can make comes from a program of
its own. All those programs need the same things around the few lines that
matter: options, data, a training, the spread over seeds, tables, a verdict.
When every program brings its own, half of a chapter is about files and formats
and no two programs treat a seed alike. The module |experiment| does these
things once. What is left in a program is what is varied, what is held, and
what is measured.

An experiment begins with a plan. Its |setting| is one complete sentence that
a reader of the figure can understand without the program. The numbers are
defaults, which the command line may change. A number that the plan leaves at
zero has no meaning in this experiment, and its option is refused.

@(tangled/lib/experiment.h@>=
#pragma once
#include "diagnose.h"
#include "train.h"
#include "variance.h"
GP_BEGIN_DECLS@;
typedef struct {
    const char *name; /* of the program; the record is NAME.json */
    const char *setting; /* a sentence: what is varied, what is held */
    const char *data; /* a data set, opened at once; |NULL|: none */
    size_t limit; /* training samples at most; 0: all */
    size_t seeds; /* networks for each setting */
    size_t seed; /* of the first of them: 1, where there are |seeds| */
    size_t batch, epochs, steps; /* of a training; |steps| ends it */
    double learning_rate;
    size_t threads; /* 1 */
} gp_experiment_plan;

@ An experiment that is going on has its plan, as the options changed it, and
its data. The record is a list of jansson's, which the header does not
otherwise need.

The module is for programs, and it talks to the person who started one: a
mistyped option ends the program with status 2, and whatever fails ends it with
status 1, each with one sentence. So a program of forty lines need not check
anything.

@(tangled/lib/experiment.h@>=
typedef struct {
    gp_experiment_plan plan;
    gp_dataset data;
    char *file; /* where the record goes */
    struct json_t *record;
    double *losses; /* of the last training, step by step */
} gp_experiment;

gp_experiment *gp_experiment_begin_with(int argc, char **argv,
                                        gp_experiment_plan plan);
#define gp_experiment_begin(argc, argv, ...) \
    gp_experiment_begin_with((argc), (argv), (gp_experiment_plan){__VA_ARGS__})
int gp_experiment_end(gp_experiment *e); /* prints, writes, frees; returns
    what |main| shall return */
GP_NORETURN void gp_experiment_fail(const gp_experiment *e,
                                    const char *format, ...) GP_FORMAT(2, 3);

@ There is one trainer in this book, |gp_train| of Section~\ref{sec:train}. A
trial says how it is to be called. What is left out is as planned. The
callbacks are |gp_train|'s own; |begin| sees the network before its first step.

@(tangled/lib/experiment.h@>=
typedef struct {
    uint64_t seed; /* of the order of the samples */
    gp_optimizer_options optimizer; /* as in |gp_adam()|; its rate is the
                                       one below */
    double learning_rate; /* 0: as planned; and so are the next three */
    size_t batch, epochs, steps;
    gp_schedule schedule;
    bool population;
    void (*begin)(gp_network *net, uint64_t seed, void *context);
    bool (*before_update)(const gp_train_step *, void *context);
    bool (*after_step)(const gp_train_step *, void *context);
    bool (*after_epoch)(const gp_epoch *, void *context);
    void *context;
    double (*measure[2])(gp_experiment *e, gp_network *net); /* of a trained
        network, where trainings are repeated */
} gp_trial;

@ What came out of a training. Accuracies are in per cent. Where the training
diverged there is no accuracy and no loss: both are NaN.

@(tangled/lib/experiment.h@>=
typedef struct {
    bool diverged;
    size_t steps;
    double loss; /* mean over the last epoch's steps */
    double accuracy, validation_loss; /* on the validation set */
    double *losses; /* of all steps, NaN for those that were not made; kept
                       until the next training */
} gp_outcome;
gp_network *gp_experiment_network(gp_experiment *e, const char *specification,
                                  uint64_t seed);
gp_outcome gp_experiment_train_with(gp_experiment *e, gp_network *net,
                                    gp_trial trial);
#define gp_experiment_train(e, net, ...) \
    gp_experiment_train_with((e), (net), \
        GP_OPTIONS(gp_trial, GP_TRIAL_LEFT_OUT, __VA_ARGS__))
#define GP_TRIAL_LEFT_OUT .optimizer = {GP_OPTIMIZER_LEFT_OUT}
double gp_experiment_accuracy(gp_experiment *e, gp_network *net);
void gp_experiment_raw(gp_experiment *e, double scale); /* undoes the
    standardization of all samples, and multiplies by |scale| */
void gp_begin_normal(gp_network *net, uint64_t seed, void *deviation);
    /* all kernels anew, from a normal distribution with this |double| */
double gp_quantile(size_t n, double *x, double share); /* sorts |x| */
void gp_unit_percentiles(gp_experiment *e, gp_network *net, size_t layer,
                         double (*p)[3]); /* the 15th, 50th and 85th of each
    unit's output, over 600 validation samples in training mode */
double gp_word_seconds(const char *word, size_t inputs, size_t rows,
                       bool backward); /* the least time, out of 300, of a
    pass of |rows| normal samples through the layer of this word */
double gp_unit_shift(const gp_matrix *z, double *mean); /* how far the units'
    means over the rows are from |mean|, which takes the new ones */

@ One network is an accident. A spread takes in the results of several seeds;
those that are no numbers are counted as lost.

@(tangled/lib/experiment.h@>=
typedef struct {
    size_t count, lost;
    double mean, squares; /* squared distances from the mean, summed */
    double least, most;
} gp_spread;
void gp_spread_add(gp_spread *s, double x);
double gp_spread_deviation(const gp_spread *s); /* divided by |count-1| */

@ Most experiments train one network from every seed. What was found is a spread
of each quantity. Trainings that diverge are counted in it as lost, and are not
measured.

@(tangled/lib/experiment.h@>=
typedef struct {
    gp_spread accuracy, loss; /* as in |gp_outcome| */
    gp_spread measured[2]; /* what the trial's |measure| returned */
    double rate; /* at which the networks learned */
} gp_findings;
gp_findings gp_experiment_repeat_with(gp_experiment *e,
                                      const char *specification,
                                      gp_trial trial);
gp_findings gp_experiment_tune_with(gp_experiment *e,
                                    const char *specification,
                                    const double *rates, gp_trial trial); /*
    the same with the best of the rates, of which the last one is 0 */
double gp_train_error(gp_experiment *e, gp_network *net); /* per cent */
double gp_test_error(gp_experiment *e, gp_network *net);

@ Programs write the specification, and then those fields of the trial that differ from the
plan. Accuracies alone are the commonest case, and have a call of their own.

@(tangled/lib/experiment.h@>=
#define gp_experiment_trial(...) \
    GP_OPTIONS(gp_trial, GP_TRIAL_LEFT_OUT, __VA_ARGS__)
#define gp_experiment_repeat(e, specification, ...) \
    gp_experiment_repeat_with((e), (specification), \
                              gp_experiment_trial(__VA_ARGS__))
#define gp_experiment_tune(e, specification, rates, ...) \
    gp_experiment_tune_with((e), (specification), (rates), \
                            gp_experiment_trial(__VA_ARGS__))
gp_spread gp_experiment_accuracies_with(gp_experiment *e,
                                        const char *specification,
                                        gp_trial trial);
#define gp_experiment_accuracies(e, specification, ...) \
    gp_experiment_accuracies_with((e), (specification), \
                                  gp_experiment_trial(__VA_ARGS__))

@ What is found goes into the record: single values, tables, and series that a
plot is drawn from. A column is described by a text of three parts, its key,
its title and the format of its numbers, as in
\texttt{"plain\textbar without\textbar\%.2f"}.
The first column holds the labels of the rows; a label may have a key of its
own, as in \texttt{"relu-5\textbar ReLU, 5 layers"}. The prose quotes the cell of a
table by the two keys, the column's first: \texttt{plain-relu-5}. A series has
no labels, and all its columns are numbers.

@(tangled/lib/experiment.h@>=
typedef struct json_t gp_table; /* a part of the record */
gp_table *gp_experiment_table_of(gp_experiment *e, const char *name,
                                 const char *title,
                                 const char *const *columns);
gp_table *gp_experiment_series_of(gp_experiment *e, const char *name,
                                  const char *const *columns);
#define gp_experiment_table(e, name, title, ...) \
    gp_experiment_table_of((e), (name), (title), \
                           (const char *const[]){__VA_ARGS__, NULL})
#define gp_experiment_series(e, name, ...) \
    gp_experiment_series_of((e), (name), \
                            (const char *const[]){__VA_ARGS__, NULL})

@ A row has a number for each column behind the first, or a spread for each.
The macros count their arguments. |gp_text| makes a label from numbers; it is
gone at the end of the block in which it was made.

@(tangled/lib/experiment.h@>=
void gp_table_numbers(gp_table *t, const char *label, size_t n,
                      const double *x);
void gp_table_spreads(gp_table *t, const char *label, size_t n,
                      const gp_spread *s);
#define gp_table_row(t, label, ...) \
    gp_table_numbers((t), (label), \
                     sizeof((double[]){__VA_ARGS__}) / sizeof(double), \
                     (double[]){__VA_ARGS__})
#define gp_table_row_of_spreads(t, label, ...) \
    gp_table_spreads((t), (label), \
                     sizeof((gp_spread[]){__VA_ARGS__}) / sizeof(gp_spread), \
                     (gp_spread[]){__VA_ARGS__})
#define gp_series_point(t, ...) gp_table_row((t), NULL, __VA_ARGS__)
void gp_series_gap(gp_table *t); /* a blank line: gnuplot's next curve */
char *gp_format(char *to, size_t size, const char *format, ...)
    GP_FORMAT(3, 4);
#define gp_text(...) gp_format((char[160]){0}, 160, __VA_ARGS__)

@ Three measurements are made in several chapters: the diagnosis of a network
on the first batch, the variances in a stack as predicted and as found, and the
density of the numbers in a matrix. And nearly every plot of a training shows
means over a few steps, since the losses of single batches jump about.

@(tangled/lib/experiment.h@>=
void gp_experiment_diagnose(gp_experiment *e, gp_network *net,
                            gp_diagnosis diagnosis[]); /* on the first
    |batch| training samples, for the planned learning rate */
void gp_experiment_variance(gp_experiment *e, const char *activation,
                            gp_variance_stack s, gp_variance_row predicted[],
                            gp_variance_row measured[], double range[2]); /*
    for an activation's word; |seeds| networks, |batch| samples each */
void gp_series_density(gp_table *series, const gp_matrix *m, double low,
                       double high, size_t bins); /* a curve of points
    $(x,\hbox{density})$, one for each bin between |low| and |high| */
size_t gp_series_losses(gp_table *series, size_t steps, double *losses,
                        size_t window); /* a curve of points $(\hbox{step},
    \hbox{mean loss})$, one for each whole window; returns how many, and
    leaves the means in |losses| */

@ And some experiments do not train at all, or look into a network between two
trainings: samples go through it, and then its layers' outputs are read.

@(tangled/lib/experiment.h@>=
const gp_matrix *gp_experiment_forward(gp_experiment *e, gp_network *net,
                                       const gp_matrix *x, bool training); /*
    of any number of rows; ends the program where memory is short */
gp_network *gp_experiment_stack(gp_experiment *e, const char *specification,
                                const gp_matrix *x, uint64_t seed); /* for
    |x|'s columns; |x| has gone through it as in training */
size_t gp_unit_activity(const gp_matrix *z, double *active); /* for each
    column the share of its numbers above 0; returns how many have none */
gp_spread gp_spread_over(size_t n, const gp_real *x);
typedef struct {
    double value, slope;
} gp_point;
gp_point gp_function_at(const char *word, double z); /* an activation, as
    \.{"leaky\_relu:0.1"}, at one point */

@ Values stand alone: a figure that the prose quotes.

@(tangled/lib/experiment.h@>=
void gp_experiment_value(gp_experiment *e, const char *key,
                         const char *format, double x);
void gp_experiment_word(gp_experiment *e, const char *key, const char *text);

@ Where an experiment repeats one of a paper, the paper's statement and ours
become a row of Appendix~\ref{ch:paper-against-ours}. The rule is written down
beside the experiment, in words and in C, before the numbers are known; it
decides between four verdicts. |gp_judge| takes the two conditions that it
needs: whether the paper's claim holds here, and whether at least its direction
does.

@(tangled/lib/experiment.h@>=
typedef enum { GP_REPRODUCED, GP_IN_DIRECTION, GP_NOT_REPRODUCED,
               GP_NOT_TESTABLE } gp_reproduction;
typedef struct {
    const char *experiment; /* paper, figure, quantity */
    const char *paper, *ours; /* what it says, what came out */
    const char *spread; /* over seeds, or what else was varied */
    const char *rule; /* in words */
    gp_reproduction verdict;
} gp_comparison;
gp_reproduction gp_judge(bool holds, bool direction);
void gp_experiment_compare_with(gp_experiment *e, gp_comparison c);
#define gp_experiment_compare(e, ...) \
    gp_experiment_compare_with((e), (gp_comparison){__VA_ARGS__})
void gp_experiment_ahead(gp_experiment *e, const char *experiment,
                         const char *paper, const gp_spread *more,
                         const gp_spread *less); /* the rule: |more| is the
    larger one, by more than the larger of the two deviations */
bool gp_experiment_near(gp_experiment *e, const char *experiment,
                        double paper, double other, double tolerance,
                        const gp_spread *ours); /* the rule: our mean is
    within the tolerance of the paper's number; in direction: nearer to it
    than to the |other|; returns whether it is reproduced */
GP_END_DECLS@;

@ The module in its parts.

@(tangled/lib/experiment.c@>=
#define _POSIX_C_SOURCE 200809L
#include "experiment.h"
#include "registry.h"
#include <jansson.h>
#include <cblas.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <omp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
@<Functions that give up@>@;
@<Options of an experiment@>@;
@<Functions that read an experiment's options@>@;
@<Functions that keep something@>@;
@<Functions that begin an experiment@>@;
@<Functions that train for an experiment@>@;
@<Functions that record@>@;
@<Functions that print the record@>@;
@<Functions that write the record@>@;
@<Functions that end an experiment@>@;

@ Both ways out begin with the name of the program.

@<Functions that give up@>=
static _Noreturn void leave(const gp_experiment *e, int status,
                            const char *format, va_list rest)
{
    fprintf(stderr, "%s: ", e->plan.name);
    vfprintf(stderr, format, rest);
    fputc('\n', stderr);
    exit(status);
}
@#
void gp_experiment_fail(const gp_experiment *e, const char *format, ...)
{
    va_list rest;

    va_start(rest, format);
    leave(e, 1, format, rest);
}

@ Status 2 says that the fault is in the call, and where to read about it.

@<Functions that give up@>=
GP_NORETURN static void usage(const gp_experiment *e, const char *format,
                              ...) GP_FORMAT(2, 3);
static void usage(const gp_experiment *e, const char *format, ...)
{
    char text[512];
    va_list rest;

    va_start(rest, format);
    snprintf(text, sizeof text, "%s (--help lists the options)", format);
    leave(e, 2, text, rest);
}

@*1 Options, once for all.
\label{sec:experiment-options}
Every experiment takes the same options, from one table. The offset is the
number's place in the plan.

@<Options of an experiment@>=
typedef enum { COUNT, DATA, RECORD, HELP } option_kind;
static const struct {
    const char *name;
    option_kind kind;
    size_t offset;
    const char *help;
} option_table[] = {
    {"seeds", COUNT, offsetof(gp_experiment_plan, seeds),
     "N    networks for each setting"},
    {"seed", COUNT, offsetof(gp_experiment_plan, seed),
     "N     seed of the first"},
    {"epochs", COUNT, offsetof(gp_experiment_plan, epochs),
     "N   epochs of a training"},
    {"steps", COUNT, offsetof(gp_experiment_plan, steps),
     "N    steps of a training"},
    {"batch", COUNT, offsetof(gp_experiment_plan, batch),
     "N    samples of a step"},
    @<More options of an experiment@>@;
};
enum { OPTIONS = sizeof option_table / sizeof option_table[0] };

@ @<More options of an experiment@>=
{"limit", COUNT, offsetof(gp_experiment_plan, limit),
 "N    training samples at most"},
{"threads", COUNT, offsetof(gp_experiment_plan, threads),
 "N  threads of a team"},
{"data", DATA, 0, "NAME  data set or folder"},
{"record", RECORD, 0, "FILE where the record goes"},
{"help", HELP, 0, "       this text"},

@ The numbers of a plan are found by their offsets.

@<Functions that read an experiment's options@>=
static size_t *place(gp_experiment *e, size_t i)
{
    return (size_t *)((char *)&e->plan + option_table[i].offset);
}

@ An option that changes nothing would make its user believe in a result that
was computed without it. A limit needs data; the others need a number to
replace.

@<Functions that read an experiment's options@>=
static bool has_meaning(gp_experiment *e, size_t i)
{
    const char *name = option_table[i].name;

    if (strcmp(name, "limit") == 0 || option_table[i].kind == DATA)
        return e->plan.data != NULL;
    return option_table[i].kind != COUNT || *place(e, i) > 0;
}

@ A count is a whole number of 1 or more, written in digits.

@<Functions that read an experiment's options@>=
static void set_count(gp_experiment *e, size_t i, const char *text)
{
    const char *name = option_table[i].name;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, NULL, 10);
    if (*text == '\0' || text[strspn(text, "0123456789")] != '\0' ||
        errno != 0 || value < 1 || value > 1000000000)
        usage(e, "--%s: expected a whole number from 1 to 1000000000, found "
              "'%s'", name, text);
    *place(e, i) = (size_t)value;
}

@ Help shows the sentence of the experiment, then each option that has a
meaning in it.

@<Functions that read an experiment's options@>=
static _Noreturn void help(gp_experiment *e)
{
    printf("%s: %s\n\n", e->plan.name, e->plan.setting);
    for (size_t i = 0; i < OPTIONS; i++) {
        if (!has_meaning(e, i))
            continue;
        printf("  --%s %s", option_table[i].name, option_table[i].help);
        if (option_table[i].kind == COUNT && *place(e, i) > 0)
            printf(" (%zu)", *place(e, i));
        printf("\n");
    }
    exit(fflush(stdout) == 0 ? 0 : 1);
}

@ One option, found by |getopt_long| at place |i| of the table.

@<Functions that read an experiment's options@>=
static void take_option(gp_experiment *e, size_t i)
{
    if (!has_meaning(e, i))
        usage(e, "--%s has no meaning in this experiment",
              option_table[i].name);
    switch (option_table[i].kind) {
    case COUNT: set_count(e, i, optarg); break;
    case DATA: e->plan.data = optarg; break;
    case RECORD: free(e->file); e->file = strdup(optarg); break;
    case HELP: help(e);
    }
}

@ |getopt_long| keeps its place in a global variable. Zero makes it begin anew,
which the tests need, since they parse many command lines.

@<Functions that read an experiment's options@>=
static void parse(gp_experiment *e, int argc, char **argv)
{
    struct option table[OPTIONS + 1] = {{0}};
    int c;

    for (size_t i = 0; i < OPTIONS; i++) {
        table[i].name = option_table[i].name;
        table[i].has_arg = option_table[i].kind == HELP ? no_argument
                                                        : required_argument;
        table[i].val = (int)i;
    }
    optind = opterr = 0;
    while ((c = getopt_long(argc, argv, ":", table, NULL)) != -1)
        @<Take the option |c| or complain@>@;
    if (optind < argc)
        usage(e, "unexpected argument '%s'", argv[optind]);
}

@ The colon that |getopt_long| was given makes it tell a missing value from an
unknown option.

@<Take the option |c| or complain@>=
{
    if (c == ':')
        usage(e, "%s needs a value", argv[optind - 1]);
    if (c == '?')
        usage(e, "unknown option '%s'", argv[optind - 1]);
    take_option(e, (size_t)c);
}

@ The beginning puts the plan, the options and the data together. Data that is
made and not read always has the seed 1: the seeds of a plan belong to the
networks.

@<Functions that begin an experiment@>=
gp_experiment *gp_experiment_begin_with(int argc, char **argv,
                                        gp_experiment_plan plan)
{
    gp_experiment *e = calloc(1, sizeof *e);

    GP_REQUIRE(e != NULL, "no memory for an experiment");
    GP_REQUIRE(plan.name && plan.setting, "a plan needs name and setting");
    e->plan = plan;
    e->plan.seed = plan.seed > 0 || plan.seeds == 0 ? plan.seed : 1;
    e->plan.threads = plan.threads > 0 ? plan.threads : 1;
    @<Name the file of the record@>@;
    parse(e, argc, argv);
    @<Open the data and set the threads@>@;
    record_settings(e);
    return e;
}

@ Without an option the record goes into the current folder.

@<Name the file of the record@>=
e->file = malloc(strlen(plan.name) + sizeof ".json");
e->record = json_array();
if (e->file == NULL || e->record == NULL)
    gp_experiment_fail(e, "no memory");
strcat(strcpy(e->file, plan.name), ".json");

@ Threads change no result but those of LAPACK, which the orthogonal initializer
uses, so that LAPACK gets one.

@<Open the data and set the threads@>=
openblas_set_num_threads(1);
omp_set_num_threads((int)e->plan.threads);
gp_error error = {""};
if (e->plan.data != NULL &&
    gp_dataset_open(&e->data, e->plan.data, 1, &error) != GP_OK)
    gp_experiment_fail(e, "%s", error.message);
if (e->plan.data != NULL && e->plan.limit > 0)
    gp_dataset_limit(&e->data, e->plan.limit);

@ The first line of the record holds the sentence and the numbers that the
options can change. jansson's functions return nothing when memory is short;
|keep| looks at that for all of them.

@<Functions that keep something@>=
static void keep(gp_experiment *e, json_t *item)
{
    if (item == NULL || json_array_append_new(e->record, item) != 0)
        gp_experiment_fail(e, "the record cannot be kept: no memory, or a "
                           "text that is not UTF-8");
}

@ A number that the plan left at zero is not mentioned.

@<Functions that keep something@>=
static void record_settings(gp_experiment *e)
{
    json_t *s = json_object();
    const gp_experiment_plan *p = &e->plan;
    const size_t n[] = {p->data ? e->data.train.count : 0, p->seeds, p->seed,
                        p->epochs, p->steps, p->batch};
    static const char *const key[] = {"samples", "seeds", "seed", "epochs",
                                      "steps", "batch"};
    int bad = p->data && json_object_set_new(s, "data", json_string(p->data));

    for (size_t k = 0; k < 6; k++)
        bad |= n[k] > 0 && json_object_set_new(s, key[k],
                                               json_integer((json_int_t)n[k]));
    bad |= p->learning_rate > 0 &&
           json_object_set_new(s, "rate", json_real(p->learning_rate));
    if (bad)
        gp_experiment_fail(e, "no memory for the settings");
    keep(e, json_pack("{ss,ss,so}", "experiment", p->name, "setting",
                      p->setting, "settings", s));
}

@*1 A training.
\label{sec:experiment-training}
A network for the experiment's data, from a specification. It can run forward
at once, with batches of up to 500 samples.

@<Functions that train for an experiment@>=
enum { EVALUATED = 500 };
@#
gp_network *gp_experiment_network(gp_experiment *e, const char *specification,
                                  uint64_t seed)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(e->data.features, seed, &error);

    if (net == NULL ||
        gp_network_parse(net, specification, &error) != GP_OK ||
        gp_network_reserve(net, EVALUATED, &error) != GP_OK)
        gp_experiment_fail(e, "%s", error.message);
    return net;
}

@ |gp_train| knows epochs. A training that is measured in steps gets more
epochs than it needs and is ended by the callback, which then passes the step
on to the experiment's own.

@<Functions that train for an experiment@>=
typedef struct {
    const gp_trial *trial;
    gp_outcome outcome;
} training;
@#
static bool after_step(const gp_train_step *s, void *context)
{
    training *t = context;
    bool go_on = t->trial->steps == 0 || s->done < t->trial->steps;

    t->outcome.steps = s->done;
    t->outcome.losses[s->done - 1] = s->loss;
    if (t->trial->after_step != NULL)
        go_on = t->trial->after_step(s, t->trial->context) && go_on;
    return go_on;
}

@ The report of each epoch overwrites the one before; the last one stays.
The other callbacks are passed through.

@<Functions that train for an experiment@>=
static bool after_epoch(const gp_epoch *epoch, void *context)
{
    training *t = context;

    t->outcome.loss = epoch->train_loss;
    t->outcome.accuracy = 100 * epoch->validation_accuracy;
    t->outcome.validation_loss = epoch->validation_loss;
    return t->trial->after_epoch == NULL ||
           t->trial->after_epoch(epoch, t->trial->context);
}
@#
static bool before_update(const gp_train_step *s, void *context)
{
    const gp_trial *trial = ((training *)context)->trial;

    return trial->before_update == NULL ||
           trial->before_update(s, trial->context);
}

@ A trial is completed by the plan. Where steps are counted, an epoch has at
least as many of them as there are whole batches.

@<Functions that train for an experiment@>=
static gp_trial completed(const gp_experiment *e, gp_trial t)
{
    const gp_experiment_plan *p = &e->plan;
    size_t whole;

    t.batch = t.batch ? t.batch : p->batch ? p->batch : 32;
    t.steps = t.steps || t.epochs ? t.steps : p->steps;
    t.epochs = t.epochs ? t.epochs : t.steps ? 0 : p->epochs;
    whole = e->data.train.count / t.batch;
    if (t.epochs == 0)
        t.epochs = t.steps / (whole ? whole : 1) + 1;
    t.optimizer.learning_rate =
        t.learning_rate > 0 ? t.learning_rate
        : p->learning_rate > 0 ? p->learning_rate : GP_LEFT_OUT;
    return t;
}

@ The loss of each step is kept, since a program may want to draw its curve. The
last batch of an epoch may be a short one, which counts as a step, so that the
room is for one more than the whole batches of an epoch. A training that
diverges leaves NaN behind its last step.

@<Functions that train for an experiment@>=
static double *room_for_losses(gp_experiment *e, const gp_trial *t)
{
    const size_t steps = t->epochs * (e->data.train.count / t->batch + 1);

    free(e->losses);
    e->losses = malloc((steps + 1) * sizeof *e->losses);
    if (e->losses == NULL)
        gp_experiment_fail(e, "no memory for %zu losses", steps);
    for (size_t i = 0; i < steps; i++)
        e->losses[i] = NAN;
    return e->losses;
}

@ The one trainer is called here and nowhere else in the experiments. A
training that diverges is a result; any other failure ends the program.

@<Functions that train for an experiment@>=
gp_outcome gp_experiment_train_with(gp_experiment *e, gp_network *net,
                                    gp_trial trial)
{
    const gp_trial t = completed(e, trial);
    training now = {&t, {.losses = room_for_losses(e, &t)}};
    gp_train_options how = gp_train_options_with(
        .batch = t.batch, .epochs = t.epochs, .seed = t.seed,
        .population = t.population, .schedule = t.schedule,
        .before_update = before_update, .after_step = after_step,
        .after_epoch = after_epoch, .context = &now);
    gp_error error = {""};
    gp_optimizer *o = gp_optimizer_new(net, t.optimizer, &error);
    gp_status s = GP_NO_MEMORY;

    if (o != NULL && t.begin != NULL)
        t.begin(net, t.seed, t.context);
    if (o != NULL)
        s = gp_train(net, o, &e->data, &how, &error);
    if (s != GP_OK && s != GP_FAILED)
        gp_experiment_fail(e, "%s", error.message);
    gp_optimizer_free(o);
    if (s == GP_FAILED)
        @<Mark the outcome as diverged@>@;
    return now.outcome;
}

@ @<Mark the outcome as diverged@>=
{
    now.outcome.diverged = true;
    now.outcome.loss = now.outcome.accuracy = NAN;
    now.outcome.validation_loss = NAN;
}

@ Between two steps, or after the last, an experiment may ask for the accuracy
on the validation set.

@<Functions that train for an experiment@>=
double gp_experiment_accuracy(gp_experiment *e, gp_network *net)
{
    gp_error error = {""};
    gp_evaluation v = {0};

    if (gp_evaluate(net, &e->data.validation, &v, NULL, &error) != GP_OK)
        gp_experiment_fail(e, "%s", error.message);
    return 100 * v.accuracy;
}

@ Some experiments are about data that is not standardized. The data set
remembers what it subtracted and what it divided by.

@<Functions that train for an experiment@>=
void gp_experiment_raw(gp_experiment *e, double scale)
{
    gp_samples *const part[] = {&e->data.train, &e->data.validation,
                                &e->data.test};

    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < part[k]->x.rows; i++) {
            gp_real *x = gp_row(&part[k]->x, i);

            for (size_t j = 0; j < e->data.features; j++)
                x[j] = (gp_real)scale * (x[j] * e->data.deviation.at[j] +
                                         e->data.mean.at[j]);
        }
    for (size_t j = 0; j < e->data.features; j++) {
        e->data.mean.at[j] = 0;
        e->data.deviation.at[j] = (gp_real)(1 / scale);
    }
}

@ Other experiments ask what becomes of weights of a given size, and draw all
kernels anew from one stream of random numbers. Two networks with the same
dense layers, and whatever lies between these, then start alike. The function
can be a trial's |begin|, with the address of the deviation as context.

@<Functions that train for an experiment@>=
void gp_begin_normal(gp_network *net, uint64_t seed, void *deviation)
{
    const gp_random root = gp_random_new(seed);
    gp_random r = gp_random_split(&root, 0x6b65726e);

    for (size_t i = 0; i < gp_network_layers(net); i++) {
        gp_layer *layer = gp_network_layer(net, i);

        if (layer->parameters > 0 &&
            strcmp(layer->parameter[0].name, "kernel") == 0)
            gp_random_fill_normal(&r, &layer->parameter[0].value, 0,
                                  *(const double *)deviation);
    }
}

@ A quantile is read off the sorted numbers.

@<Functions that train for an experiment@>=
static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}
@#
double gp_quantile(size_t n, double *x, double share)
{
    const size_t k = (size_t)(share * (double)n);

    qsort(x, n, sizeof *x, ascending);
    return x[k < n ? k : n - 1];
}

@ What do the units of a layer see? For each of them three percentiles of its
output are of interest, the 15th, the 50th and the 85th; for a normal
distribution the outer ones are about one deviation away from the middle. The
samples are the first 600 of the validation set. They pass in training mode, in
batches of 60.

@<Functions that train for an experiment@>=
void gp_unit_percentiles(gp_experiment *e, gp_network *net, size_t layer,
                         double (*p)[3])
{
    enum { SEEN = 600, BATCH = 60 };
    const size_t units = gp_network_layer(net, layer)->outputs;
    double *seen = malloc(units * SEEN * sizeof *seen);

    GP_REQUIRE(seen != NULL && e->data.validation.count >= SEEN,
               "percentiles need memory and %d samples", SEEN);
    for (size_t i = 0; i < SEEN; i += BATCH) {
        const gp_matrix x = gp_matrix_rows(&e->data.validation.x, i, BATCH);

        gp_network_forward(net, &x, true);
        @<Keep what the units gave for |BATCH| samples@>@;
    }
    for (size_t u = 0; u < units; u++)
        for (size_t k = 0; k < 3; k++)
            p[u][k] = gp_quantile(SEEN, seen + u * SEEN,
                                  0.15 + 0.35 * (double)k);
    free(seen);
}

@ A unit's numbers stand in a row.

@<Keep what the units gave for |BATCH| samples@>=
for (size_t r = 0; r < BATCH; r++)
    for (size_t u = 0; u < units; u++)
        seen[u * SEEN + i + r] =
            (double)gp_row(gp_network_output(net, layer), r)[u];

@ Some experiments measure time. The time of a pass is the least of many, since
whatever else the machine does can only make a pass slower. A backward pass
needs a forward pass before it.

@<Functions that train for an experiment@>=
static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
@#
static double fastest(gp_layer *layer, size_t rows, bool backward)
{
    gp_random r = gp_random_new(1);
    const gp_pass pass = {true, &r};
    gp_matrix m[4];
    double best = INFINITY;

    @<Make the matrices of a pass@>@;
    for (int i = 0; i < 300; i++) {
        const double start = now();

        if (backward)
            gp_layer_backward(layer, &m[0], &m[2], &m[3], &m[1]);
        else
            gp_layer_forward(layer, &m[0], &m[2], &pass);
        best = fmin(best, now() - start);
    }
    for (int k = 0; k < 4; k++)
        gp_matrix_free(&m[k]);
    return best;
}

@ In front of the layer stand its inputs and their gradient, behind it its
outputs and theirs.

@<Make the matrices of a pass@>=
for (int k = 0; k < 4; k++) {
    const gp_status s = gp_matrix_new(&m[k], rows, k < 2 ? layer->inputs
                                                   : layer->outputs, NULL);

    GP_REQUIRE(s == GP_OK, "no memory for %zu rows", rows);
    gp_random_fill_normal(&r, &m[k], 0, 1);
}
GP_REQUIRE(gp_layer_reserve(layer, rows, NULL) == GP_OK, "no memory");
gp_layer_forward(layer, &m[0], &m[2], &pass);

@ A network of one layer is the shortest way from a word to a layer.

@<Functions that train for an experiment@>=
double gp_word_seconds(const char *word, size_t inputs, size_t rows,
                       bool backward)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(inputs, 1, &error);
    double time;

    GP_REQUIRE(net != NULL && gp_network_parse(net, word, &error) == GP_OK,
               "%s", error.message);
    time = fastest(gp_network_layer(net, 0), rows, backward);
    gp_network_free(net);
    return time;
}

@ From step to step a single number is enough: how far the mean of a unit over
the batch moved, averaged over the units.

@<Functions that train for an experiment@>=
double gp_unit_shift(const gp_matrix *z, double *mean)
{
    double sum = 0;

    for (size_t j = 0; j < z->cols; j++) {
        double now = 0;

        for (size_t i = 0; i < z->rows; i++)
            now += (double)gp_row(z, i)[j] / (double)z->rows;
        sum += fabs(now - mean[j]) / (double)z->cols;
        mean[j] = now;
    }
    return sum;
}

@ Mean and squared distances are kept up to date with each number
\citep{welford1962}. The difference of two large sums would lose digits.

@<Functions that train for an experiment@>=
void gp_spread_add(gp_spread *s, double x)
{
    double distance = x - s->mean;

    if (!isfinite(x)) {
        s->lost++;
        return;
    }
    s->count++;
    s->mean += distance / (double)s->count;
    s->squares += distance * (x - s->mean);
    s->least = s->count == 1 ? x : fmin(s->least, x);
    s->most = s->count == 1 ? x : fmax(s->most, x);
}
@#
double gp_spread_deviation(const gp_spread *s)
{
    return s->count > 1 ? sqrt(s->squares / (double)(s->count - 1)) : 0;
}

@ The diagnosis of Section~\ref{sec:diagnose} reads the outputs and the gradients
that a network holds, so it wants a pass in both directions first. The samples are
not shuffled: two networks that are diagnosed have seen the same ones. No weight
changes, and the network can be trained afterwards.

@<Functions that train for an experiment@>=
void gp_experiment_diagnose(gp_experiment *e, gp_network *net,
                            gp_diagnosis diagnosis[])
{
    const gp_matrix x = gp_matrix_rows(&e->data.train.x, 0, e->plan.batch);

    if (gp_network_reserve(net, x.rows, NULL) != GP_OK)
        gp_experiment_fail(e, "no memory for a batch of %zu", x.rows);
    gp_network_gradients(net, &x, e->data.train.labels);
    gp_diagnose(gp_network_chain(net), e->plan.learning_rate, diagnosis);
}

@ A network of one layer knows which function its word stands for and which
arguments it has. The calculator of Section~\ref{sec:calculator} does the rest: it
predicts, and it measures as many random networks as the plan has seeds.

@<Functions that train for an experiment@>=
void gp_experiment_variance(gp_experiment *e, const char *activation,
                            gp_variance_stack s, gp_variance_row predicted[],
                            gp_variance_row measured[], double range[2])
{
    gp_error error = {""};
    gp_network *net = gp_network_new(1, 1, &error);

    if (net == NULL || gp_network_parse(net, activation, &error) != GP_OK)
        gp_experiment_fail(e, "%s", error.message);
    s.activation = gp_word_of(gp_network_layer(net, 0))->activation;
    s.arguments = gp_activation_of(gp_network_layer(net, 0));
    if (gp_variance_predict(&s, predicted, &error) != GP_OK ||
        gp_variance_average(&s, e->plan.seeds, e->plan.batch, e->plan.seed,
                            measured, range, &error) != GP_OK)
        gp_experiment_fail(e, "%s", error.message);
    gp_network_free(net);
}

@ A density is a count over the number of values and the width of a bin. The
last bin takes |high| itself; numbers outside are counted as values, but are
in no bin.

@<Functions that train for an experiment@>=
void gp_series_density(gp_table *series, const gp_matrix *m, double low,
                       double high, size_t bins)
{
    double *density = calloc(bins, sizeof *density);
    const double width = (high - low) / (double)bins;
    const double share = 1 / ((double)(m->rows * m->cols) * width);

    GP_REQUIRE(density != NULL, "no memory for %zu bins", bins);
    for (size_t i = 0; i < m->rows; i++)
        for (size_t j = 0; j < m->cols; j++)
            @<Count element $(i,j)$ in its bin@>@;
    for (size_t b = 0; b < bins; b++)
        gp_series_point(series, low + ((double)b + 0.5) * width, density[b]);
    gp_series_gap(series), gp_series_gap(series);
    free(density);
}

@ A number on the border of two bins belongs to the right one.

@<Count element $(i,j)$ in its bin@>=
{
    const double x = (double)gp_at(m, i, j);

    if (x >= low && x <= high)
        density[(size_t)fmin((x - low) / width, (double)bins - 1)] += share;
}

@ The mean of a window is shown at the window's middle. It overwrites a loss
that is no longer needed. Steps behind the last whole window are left out, because
a mean of fewer losses would scatter more than the others and look like news.

@<Functions that train for an experiment@>=
size_t gp_series_losses(gp_table *series, size_t steps, double *losses,
                        size_t window)
{
    const size_t windows = steps / window;

    for (size_t k = 0; k < windows; k++) {
        double mean = 0;

        for (size_t i = k * window; i < (k + 1) * window; i++)
            mean += losses[i] / (double)window;
        losses[k] = mean;
        gp_series_point(series, ((double)k + 0.5) * (double)window, mean);
    }
    gp_series_gap(series);
    return windows;
}

@ The commonest experiment of all: the same network from every seed, trained and
measured. Seeds are counted on from the plan's, so that the option
\texttt{--seed} moves them all.

@<Functions that train for an experiment@>=
gp_findings gp_experiment_repeat_with(gp_experiment *e,
                                      const char *specification,
                                      gp_trial trial)
{
    gp_findings f = {.rate = completed(e, trial).optimizer.learning_rate};

    for (size_t k = 0; k < e->plan.seeds; k++) {
        trial.seed = e->plan.seed + k;
        gp_network *net = gp_experiment_network(e, specification, trial.seed);
        @<Train |net| and add to the findings@>@;
        gp_network_free(net);
    }
    return f;
}

@ Where nothing but the accuracy is asked for, it is returned alone.

@<Functions that train for an experiment@>=
gp_spread gp_experiment_accuracies_with(gp_experiment *e,
                                        const char *specification,
                                        gp_trial trial)
{
    return gp_experiment_repeat_with(e, specification, trial).accuracy;
}

@ A network that diverged would answer any question with nonsense. It is not asked.

@<Train |net| and add to the findings@>=
const gp_outcome o = gp_experiment_train_with(e, net, trial);
gp_spread_add(&f.accuracy, o.accuracy);
gp_spread_add(&f.loss, o.loss);
for (size_t i = 0; i < 2 && trial.measure[i] != NULL; i++)
    gp_spread_add(&f.measured[i],
                  o.diverged ? NAN : trial.measure[i](e, net));

@ Networks that differ are compared fairly when each has its own best learning rate. The
validation images choose it; a rate at which a seed diverges is out. If all
are, the findings are those of nothing.

@<Functions that train for an experiment@>=
gp_findings gp_experiment_tune_with(gp_experiment *e,
                                    const char *specification,
                                    const double *rates, gp_trial trial)
{
    gp_findings best = {.rate = NAN};

    for (; *rates > 0; rates++) {
        trial.learning_rate = *rates;
        const gp_findings f = gp_experiment_repeat_with(e, specification,
                                                        trial);
        if (f.accuracy.lost == 0 &&
            (isnan(best.rate) || f.accuracy.mean > best.accuracy.mean))
            best = f;
    }
    return best;
}

@ There are two measures that several programs ask for. The error is the share of the images that the
trained network gets wrong, without the noise of a layer that is random in
training.

@<Functions that train for an experiment@>=
static double error_on(gp_experiment *e, gp_network *net,
                       const gp_samples *samples)
{
    gp_evaluation found;

    if (gp_evaluate(net, samples, &found, NULL, NULL) != GP_OK)
        gp_experiment_fail(e, "a network cannot be judged");
    return 100 * (1 - found.accuracy);
}

@ It is asked of the images that the network learned from, and of those that it never saw.

@<Functions that train for an experiment@>=
double gp_train_error(gp_experiment *e, gp_network *net)
{
    return error_on(e, net, &e->data.train);
}
double gp_test_error(gp_experiment *e, gp_network *net)
{
    return error_on(e, net, &e->data.test);
}

@ A whole set of samples goes through a network at once, since a count over all of
them is wanted, and a network reserves room for 500 only.

@<Functions that train for an experiment@>=
const gp_matrix *gp_experiment_forward(gp_experiment *e, gp_network *net,
                                       const gp_matrix *x, bool training)
{
    if (gp_network_reserve(net, x->rows, NULL) != GP_OK)
        gp_experiment_fail(e, "no memory for %zu samples", x->rows);
    return gp_network_forward(net, x, training);
}

@ A stack needs no data set: it is as wide at the bottom as |x|, and what is measured in it
are the outputs and the gradients of untrained layers.

@<Functions that train for an experiment@>=
gp_network *gp_experiment_stack(gp_experiment *e, const char *specification,
                                const gp_matrix *x, uint64_t seed)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(x->cols, seed, &error);

    if (net == NULL || gp_network_parse(net, specification, &error) != GP_OK)
        gp_experiment_fail(e, "%s", error.message);
    gp_experiment_forward(e, net, x, true);
    return net;
}

@ The activity of a unit is the share of samples for which its pre-activation is
positive. A unit without any is dead, if it is a rectifier, and the number of those is
what Chapter~\ref{ch:relu-family} counts.

@<Functions that train for an experiment@>=
size_t gp_unit_activity(const gp_matrix *z, double *active)
{
    size_t dead = 0;

    for (size_t j = 0; j < z->cols; j++) {
        size_t positive = 0;

        for (size_t i = 0; i < z->rows; i++)
            positive += gp_at(z, i, j) > 0;
        active[j] = (double)positive / (double)z->rows;
        dead += positive == 0;
    }
    return dead;
}

@ A spread over the numbers in a row serves for the parameters of a layer.

@<Functions that train for an experiment@>=
gp_spread gp_spread_over(size_t n, const gp_real *x)
{
    gp_spread s = {0};

    for (size_t i = 0; i < n; i++)
        gp_spread_add(&s, (double)x[i]);
    return s;
}

@ The slope of a function is what its backward kernel makes of an upstream gradient
of 1. The word is parsed as in any specification, with its arguments; so the curves in the
book show the function that a network computes.

@<Functions that train for an experiment@>=
gp_point gp_function_at(const char *word, double z)
{
    gp_network *net = gp_network_new(1, 1, NULL);
    const gp_real one = 1, x = (gp_real)z;
    gp_real y, dx;

    GP_REQUIRE(net != NULL && gp_network_parse(net, word, NULL) == GP_OK,
               "no function '%s'", word);
    const gp_layer *layer = gp_network_layer(net, 0);
    const gp_activation_type *function = gp_word_of(layer)->activation;
    GP_REQUIRE(function != NULL, "'%s' is no function", word);
    @<Let |function| map |x| to |y|, and its slope to |dx|@>@;
    gp_network_free(net);
    return @[(gp_point){(double)y, (double)dx}@];
}

@ @<Let |function| map |x| to |y|, and its slope to |dx|@>=
function->f(1, &x, &y, gp_activation_of(layer));
function->df(1, &x, &y, &one, &dx, gp_activation_of(layer));

@*1 The record.
\label{sec:record}
The record is a file of lines, each of them an object in JSON: first the
settings, then what was found, in the order in which it was declared. Numbers
are written twice, with 17 digits, so that nothing is lost, and as the text
that the book shows. Equal records are equal byte for byte.

A format comes from a program and not from outside, but a wrong one would be
undefined behaviour all the same. It must have one conversion, of a |double|.

@<Functions that record@>=
static void check_format(const char *format)
{
    const char *percent = strchr(format, '%');
    size_t flags = percent ? 1 + strspn(percent + 1, "+-# 0123456789.") : 0;

    GP_REQUIRE(percent && percent[flags] != '\0' &&
               strchr("efgEG", percent[flags]) &&
               !strchr(percent + flags, '%'),
               "'%s' is no format of a number", format);
}

@ What is not a number, or infinite, says so in its text and has nothing for its
value, for JSON has no NaN.

@<Functions that record@>=
static json_t *text_of(const char *format, double x)
{
    char text[64];

    snprintf(text, sizeof text, format, x);
    return json_string(isnan(x) ? "NaN" : text);
}
@#
static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

@ A value on its own, a number or a word.

@<Functions that record@>=
void gp_experiment_value(gp_experiment *e, const char *key,
                         const char *format, double x)
{
    check_format(format);
    keep(e, json_pack("{ss,so,so}", "value", key, "text", text_of(format, x),
                      "number", number(x)));
}
@#
void gp_experiment_word(gp_experiment *e, const char *key, const char *text)
{
    keep(e, json_pack("{ss,ss}", "value", key, "text", text));
}

@ A text with bars in it is a key, a title and a format. What is missing is
taken from the part before it, and a missing format is \texttt{\%.6g}.

@<Functions that record@>=
static json_t *described(const char *text)
{
    size_t n = strcspn(text, "|");
    const char *title = text[n] == '|' ? text + n + 1 : text;
    size_t m = strcspn(title, "|");
    const char *format = title[m] == '|' ? title + m + 1 : "%.6g";

    check_format(format);
    return m > 0 ? json_pack("[s%,s%,s]", text, n, title, m, format)
                 : json_pack("[s%,s%,s]", text, n, text, n, format);
}

@ Tables and series are alike but for the word that begins them.

@<Functions that record@>=
static gp_table *begin_table(gp_experiment *e, json_t *table,
                             const char *const *columns)
{
    json_t *list = json_object_get(table, "columns");

    keep(e, table);
    for (size_t k = 0; columns[k] != NULL; k++)
        if (json_array_append_new(list, described(columns[k])) != 0)
            gp_experiment_fail(e, "no memory for a table");
    return table;
}

@ @<Functions that record@>=
gp_table *gp_experiment_table_of(gp_experiment *e, const char *name,
                                 const char *title,
                                 const char *const *columns)
{
    return begin_table(e, json_pack("{ss,ss,s[],s[]}", "table", name, "title",
                                    title, "columns", "rows"), columns);
}
@#
gp_table *gp_experiment_series_of(gp_experiment *e, const char *name,
                                  const char *const *columns)
{
    return begin_table(e, json_pack("{ss,s[],s[]}", "series", name, "columns",
                                    "rows"), columns);
}

@ The format of a column, and a row in its place. A wrong count of numbers is
a mistake in the program.

@<Functions that record@>=
static const char *format_of(gp_table *t, size_t k)
{
    json_t *column = json_array_get(json_object_get(t, "columns"), k);

    GP_REQUIRE(column != NULL, "a row is longer than its table");
    return json_string_value(json_array_get(column, 2));
}
@#
static void end_row(gp_table *t, json_t *row, size_t n)
{
    GP_REQUIRE(n == json_array_size(json_object_get(t, "columns")),
               "a row of %zu in a table of %zu columns", n,
               json_array_size(json_object_get(t, "columns")));
    GP_REQUIRE(json_array_append_new(json_object_get(t, "rows"), row) == 0,
               "no memory for a row");
}

@ The label of a row has a key and a title, as a column has.

@<Functions that record@>=
static json_t *label_of(const char *label)
{
    size_t n = strcspn(label, "|");

    return json_pack("[s%,s]", label, n,
                     label[n] == '|' ? label + n + 1 : label);
}

@ A row of a table begins with its label. A row of a series is just its
numbers, as text.

@<Functions that record@>=
void gp_table_numbers(gp_table *t, const char *label, size_t n,
                      const double *x)
{
    json_t *row = json_array();
    size_t first = label != NULL;

    if (first)
        json_array_append_new(row, label_of(label));
    for (size_t k = 0; k < n; k++) {
        json_t *text = text_of(format_of(t, k + first), x[k]);

        json_array_append_new(row, !first ? text
            : json_pack("{so,so}", "text", text, "number", number(x[k])));
    }
    GP_REQUIRE(json_array_size(row) == n + first, "no memory for a row");
    end_row(t, row, n + first);
}

@ A spread is shown as its mean with the deviation behind it, and is kept as
all that it knows.

@<Functions that record@>=
static json_t *spread_of(const char *format, const gp_spread *s)
{
    json_t *mean = s->count ? text_of(format, s->mean) : json_string("-");
    json_t *deviation = text_of(format, gp_spread_deviation(s));
    const char *a = json_string_value(mean), *b = json_string_value(deviation);
    const char *lost = s->lost ? gp_text(", %zu lost", s->lost) : "";
    json_t *cell = json_pack(
        "{ss,so,so,so,so,sI,sI}", "text",
        s->count > 1 ? gp_text("%s (%s)%s", a, b, lost)
                     : gp_text("%s%s", a, lost),
        "number", number(s->count ? s->mean : NAN), "deviation",
        number(gp_spread_deviation(s)), "least", number(s->least), "most",
        number(s->most), "count", (json_int_t)s->count, "lost",
        (json_int_t)s->lost);

    json_decref(mean);
    json_decref(deviation);
    return cell;
}

@ @<Functions that record@>=
void gp_table_spreads(gp_table *t, const char *label, size_t n,
                      const gp_spread *s)
{
    json_t *row = json_array();

    json_array_append_new(row, label_of(label));
    for (size_t k = 0; k < n; k++)
        json_array_append_new(row, spread_of(format_of(t, k + 1), &s[k]));
    GP_REQUIRE(json_array_size(row) == n + 1, "no memory for a row");
    end_row(t, row, n + 1);
}
@#
void gp_series_gap(gp_table *t)
{
    GP_REQUIRE(json_array_append_new(json_object_get(t, "rows"),
                                     json_array()) == 0, "no memory");
}

@ @<Functions that record@>=
char *gp_format(char *to, size_t size, const char *format, ...)
{
    va_list rest;

    va_start(rest, format);
    vsnprintf(to, size, format, rest);
    va_end(rest);
    return to;
}

@ A claim that holds is reproduced. One that fails, with its direction right,
is reproduced in direction.

@<Functions that record@>=
static const char *const verdict_word[] = {
    "reproduced", "reproduced in direction", "did not reproduce",
    "cannot be tested here"};
@#
gp_reproduction gp_judge(bool holds, bool direction)
{
    return holds ? GP_REPRODUCED
                 : direction ? GP_IN_DIRECTION : GP_NOT_REPRODUCED;
}
@#
void gp_experiment_compare_with(gp_experiment *e, gp_comparison c)
{
    keep(e, json_pack("{ss,ss,ss,ss,ss,ss}", "compared", c.experiment,
                      "paper", c.paper, "ours", c.ours, "spread", c.spread,
                      "rule", c.rule, "verdict", verdict_word[c.verdict]));
}

@ The commonest claim of a paper is an order: with its method a figure is
larger than without. Whether the order comes out right is its direction; the
claim holds if the difference exceeds what the seeds alone do. A run that was
lost on the winner's side spoils the claim.

@<Functions that record@>=
void gp_experiment_ahead(gp_experiment *e, const char *experiment,
                         const char *paper, const gp_spread *more,
                         const gp_spread *less)
{
    const double a = gp_spread_deviation(more), b = gp_spread_deviation(less);
    const double lead = more->mean - less->mean;

    gp_experiment_compare_with(e, @[(gp_comparison){
        .experiment = experiment, .paper = paper,
        .ours = gp_text("%.4g against %.4g", more->mean, less->mean),
        .spread = gp_text("deviations %.2g and %.2g", a, b),
        .rule = "ahead by more than the larger deviation",
        .verdict = gp_judge(lead > fmax(a, b) && more->lost == 0,
                            lead > 0)}@]);
}

@ Other papers print a number, and the number is reproduced if ours comes within a
tolerance that was chosen beforehand. The |other| one is what the paper gives for
the case that it compares with. To be nearer to the right one of the two is what is
left of the claim if the number itself is missed.

@<Functions that record@>=
bool gp_experiment_near(gp_experiment *e, const char *experiment,
                        double paper, double other, double tolerance,
                        const gp_spread *ours)
{
    const double off = fabs(ours->mean - paper);

    gp_experiment_compare_with(e, @[(gp_comparison){
        .experiment = experiment, .paper = gp_text("%.3g", paper),
        .ours = gp_text("%.3f", ours->mean),
        .spread = gp_text("%.3f to %.3f", ours->least, ours->most),
        .rule = gp_text("within %.3g", tolerance),
        .verdict = gp_judge(off <= tolerance,
                            off < fabs(ours->mean - other))}@]);
    return off <= tolerance;
}

@*1 The record as text.
\label{sec:record-text}
What a run prints is its record, set for the eye. Nothing is printed before the
end, so tables may grow side by side while an experiment runs. Sentences are
broken at 78 columns; a byte that continues a character of UTF-8 takes no room.

@<Functions that print the record@>=
enum { LINE = 78 };
static int width(const char *text)
{
    int n = 0;

    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

@ Words are put into the line until the next one does not fit.

@<Functions that print the record@>=
static void say(const char *text, int *at)
{
    while (*text != '\0') {
        char word[256];
        size_t n = strcspn(text, " ");

        snprintf(word, sizeof word, "%.*s", (int)n, text);
        if (*at > 0 && *at + 1 + width(word) > LINE)
            *at = 0, printf("\n");
        printf("%s%s", *at > 0 ? " " : "", word);
        *at += width(word) + (*at > 0);
        text += n + strspn(text + n, " ");
    }
}

@ The settings stand below the sentence, so that a page shows how each of its
figures was made.

@<Functions that print the record@>=
static void print_settings(const json_t *item)
{
    const char *key;
    json_t *x;
    int at = 0;

    say(json_string_value(json_object_get(item, "setting")), &at);
    printf("\n");
    at = 0;
    json_object_foreach (json_object_get(item, "settings"), key, x)
        say(json_is_string(x)
                ? gp_text("%s %s;", key, json_string_value(x))
                : gp_text("%s %.6g;", key, json_number_value(x)), &at);
    printf("%s", at > 0 ? "\n" : "");
}

@ The text of a cell: of a column's title, of a row's label, of a number.

@<Functions that print the record@>=
static const char *cell_text(const json_t *cell)
{
    if (json_is_array(cell))
        return json_string_value(json_array_get(cell, 1));
    return json_string_value(json_object_get(cell, "text"));
}

@ A table is printed twice. The first pass measures how wide its columns are,
the second prints. Labels stand to the left, numbers to the right.

@<Functions that print the record@>=
static void print_row(const json_t *row, int *columns, bool measure)
{
    size_t k;
    json_t *cell;

    json_array_foreach ((json_t *)(uintptr_t)row, k, cell) {
        const char *text = cell_text(cell);
        const int room = columns[k] - width(text);

        if (measure)
            columns[k] = room < 0 ? width(text) : columns[k];
        else if (k == 0)
            printf("%s%*s", text, room, "");
        else
            printf("  %*s%s", room, "", text);
    }
    printf("%s", measure ? "" : "\n");
}

@ @<Functions that print the record@>=
static void print_table(const json_t *item)
{
    json_t *heads = json_object_get(item, "columns");
    json_t *rows = json_object_get(item, "rows"), *row;
    const char *title = json_string_value(json_object_get(item, "title"));
    int columns[32] = {0};
    size_t k;

    GP_REQUIRE(json_array_size(heads) <= 32, "more than 32 columns");
    print_row(heads, columns, true);
    json_array_foreach (rows, k, row)
        print_row(row, columns, true);
    printf("%s%s", title, *title ? "\n" : "");
    print_row(heads, columns, false);
    json_array_foreach (rows, k, row)
        print_row(row, columns, false);
}

@ A comparison takes a line for the experiment and some for the rest of its
row.

@<Functions that print the record@>=
static void print_comparison(const json_t *item)
{
    static const char *const part[] = {"paper", "ours", "spread", "rule"};
    int at = 0;

    say(json_string_value(json_object_get(item, "compared")), &at);
    printf("\n ");
    at = 1;
    for (size_t k = 0; k < 4; k++) {
        say(gp_text("%s:", part[k]), &at);
        say(json_string_value(json_object_get(item, part[k])), &at);
        say("|", &at);
    }
    say(json_string_value(json_object_get(item, "verdict")), &at);
    printf("\n");
}

@ Values that follow each other share their lines. Anything else begins after a
blank line.

@<Functions that print the record@>=
static void print_record(const gp_experiment *e)
{
    size_t k;
    json_t *item;
    int at = 0;

    json_array_foreach (e->record, k, item) {
        const json_t *value = json_object_get(item, "value");

        if (json_object_get(item, "series"))
            continue;
        if (k > 0 && (value == NULL || at == 0))
            printf("%s\n", at > 0 ? "\n" : "");
        @<Print one item of the record@>@;
    }
    printf("%s", at > 0 ? "\n" : "");
}

@ @<Print one item of the record@>=
if (value != NULL) {
    say(gp_text("%s = %s;", json_string_value(value),
                json_string_value(json_object_get(item, "text"))), &at);
    continue;
}
at = 0;
if (json_object_get(item, "setting"))
    print_settings(item);
else if (json_object_get(item, "table"))
    print_table(item);
else
    print_comparison(item);

@*1 The record as a file.
\label{sec:record-file}
A record that is half written would be read as a whole one. So the lines go to
a file beside the place where they belong, which then takes the place in one
step; |mkstemp| makes sure that the name is new. What is no file, a device or a
pipe, cannot be replaced and is written to as it is.

@<Functions that write the record@>=
static bool write_lines(const gp_experiment *e, FILE *to)
{
    size_t k;
    json_t *item;
    bool good = true;

    json_array_foreach (e->record, k, item)
        good = good && json_dumpf(item, to, JSON_COMPACT |
                                  JSON_REAL_PRECISION(17)) == 0 &&
               fputc('\n', to) != EOF;
    return (fclose(to) == 0) && good;
}

@ A new file of |mkstemp| is its owner's alone; the record gets the rights that
any new file has.

@<Functions that write the record@>=
static bool write_beside(const gp_experiment *e)
{
    char *name = malloc(strlen(e->file) + sizeof ".XXXXXX");
    const mode_t mask = umask(0);
    int file = name ? mkstemp(strcat(strcpy(name, e->file), ".XXXXXX")) : -1;
    FILE *to = file >= 0 ? fdopen(file, "w") : NULL;
    bool good = to != NULL && fchmod(file, 0666 & ~mask) == 0;

    umask(mask);
    good = to != NULL && write_lines(e, to) && good;
    good = good && rename(name, e->file) == 0;
    if (!good && file >= 0)
        unlink(name);
    free(name);
    return good;
}

@ @<Functions that write the record@>=
static void write_record(const gp_experiment *e)
{
    struct stat s;
    FILE *to;
    bool good;

    errno = 0;
    if (stat(e->file, &s) != 0 || S_ISREG(s.st_mode)) {
        good = write_beside(e);
    } else {
        to = fopen(e->file, "w");
        good = to != NULL && write_lines(e, to);
    }
    if (!good)
        gp_experiment_fail(e, "%s: the record cannot be written: %s",
                           e->file, strerror(errno));
}

@ The end of an experiment. What was printed may not have arrived, and that is
a failure too.

@<Functions that end an experiment@>=
int gp_experiment_end(gp_experiment *e)
{
    print_record(e);
    if (fflush(stdout) != 0 || ferror(stdout))
        gp_experiment_fail(e, "standard output: %s", strerror(errno));
    write_record(e);
    if (e->plan.data != NULL)
        gp_dataset_free(&e->data);
    json_decref(e->record);
    free(e->file);
    free(e->losses);
    free(e);
    return 0;
}

@* The program |lab|.
\label{sec:lab}
The reader's tool has one verb for each question: \texttt{train} a network,
\texttt{probe} it before training, \texttt{eval}uate it from a file,
\texttt{compare} several, \texttt{fold} the normalizations away, predict the
\texttt{variance} of a stack, \texttt{sample} an initializer, and
\texttt{bench} the machine.

Exit code 0 means done, 1 that it ran and failed, 2 that it was asked wrongly.
The difference between 1 and 2 is for scripts. One that tries a hundred
settings should go on after a training that diverged, and should stop at a
mistyped option, which would spoil the other ninety-nine as well. 130 means, as
in every program, that it was interrupted.

Each command has a file of its own, a room. In the order of this chapter they are
\begin{itemize}
\item \texttt{options}: the table of all options, reading the line, showing it;
\item \texttt{speak}: messages, JSON, the standard streams, interrupts;
\item \texttt{build}: data, networks and optimizers from options; \texttt{plot}:
pictures by gnuplot;
\item \texttt{train}, \texttt{probe}, \texttt{eval}, \texttt{compare},
\texttt{sample}, \texttt{variance}, \texttt{fold}, \texttt{bench}: a command each;
\item \texttt{main} and \texttt{help}: the table of commands, and what is printed from
it.
\end{itemize}
What they share is declared in one header.

@(tangled/lab/lab.h@>=
#pragma once
#include "gradient.h"
#include <jansson.h>
#include <math.h>
#include <stdio.h>

enum { NET_ROOM = 4096 }; /* letters of a specification */
enum { DONE, FAILED, ASKED_WRONGLY, HELP_ASKED, INTERRUPTED = 130 };
@<Options of |lab|@>@;
@<What speaks@>@;
@<What makes networks from options@>@;
@<The commands@>@;

@*1 Options.
\label{sec:lab-options}
All options of all commands are one structure. A list may be given several
times. A number that was not given is not a number (NaN), and a choice that was
not made is |-1|: zero is a value that somebody may have wished for, and
\texttt{-{}-momentum 0} must not be taken for silence.

@<Options of |lab|@>=
enum { MOST_IN_LIST = 64 };
typedef struct {
    size_t count;
    const char *at[MOST_IN_LIST];
} list;
typedef struct {
    list net, vary;
    const char *tune, *data, *schedule, *log, *save, *resume, *load, *plot,
        *init, *shape, *activation;
    int optimizer, mode, distribution, bn_statistics;
    double lr, momentum, weight_decay, clip_norm, clip_value, scale, batch,
        epochs, seed, seeds, threads, limit, depth, width, stop_after,
        probe_every;
    bool json, keep_best;
} options;

@ What the rooms ask of the options. |read_options| fills the structure from the
command line for the command with that letter; |vary_option| changes one option
of it, as if it had been on the line.

@<Options of |lab|@>=
int read_options(options *o, char letter, int argc, char **argv);
    /* |DONE|, |ASKED_WRONGLY| with a message, or |HELP_ASKED| */
int vary_option(options *o, char letter, const char *name, const char *text);
bool takes_option(char letter, const char *name);
bool option_is_given(const options *o, char letter, const char *name);
double or_else(double given, double otherwise);
size_t count_or_else(double given, size_t otherwise);
void list_options(FILE *file, char letter);
void describe_options(FILE *file); /* for the manual page */

@ The options are read by the C library's |getopt_long|, so that they behave as in
other programs: a value may follow behind a space or an equals sign, and two minus
signs alone end the options. What |getopt_long| does not know, which values are
right and what to say about wrong ones, is in this room.

@(tangled/lab/options.c@>=
#include "lab.h"
#include <float.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
@<The table of options@>@;
@<Functions that set an option@>@;
@<Functions that read the line@>@;
@<Functions that show the options@>@;

@ There is one table, and everything that knows options by name is made from it:
the parser, the help, the manual page, the suggestions. A row has the letters
of the commands that take the option: \texttt{t} for train, \texttt{p} for
probe, and so on. So \texttt{-{}-depth} is refused by |train|, which has no use
for it, and not passed over. An option that is quietly ignored does more harm
than one that is missing, since its user believes in a result that was computed
without it.

The kind says how the text behind the option is read, and the offset where it
goes. To add an option is to add a member and a row.

@<The table of options@>=
typedef enum { TEXT, LIST, NUMBER, COUNT, CHOICE, FLAG } option_kind;
typedef struct {
    const char *name, *commands;
    option_kind kind;
    size_t offset;
    const char *value; /* what stands behind it, or the words to choose from */
    double low, high;  /* of a number or a count */
    const char *help;
} option_row;

@ First come the options that say which networks are meant, which data they meet,
and how much of them. Where a list of values is expected, the text behind the
option says so in capitals, and the same capitals appear in the help and in the
complaint about a missing value.

@<The table of options@>=
static const option_row rows[] = {
    {"net", "tpcb", LIST, offsetof(options, net), "SPEC", 0, 0,
     "the network; compare and bench take several"},@/
    {"vary", "c", LIST, offsetof(options, vary), "OPTION=A,B,C", 0, 0,
     "compare these values of an option, or of {OPTION} in --net"},@/
    {"tune", "c", TEXT, offsetof(options, tune), "OPTION=A,B,C", 0, 0,
     "let the validation samples choose among these values"},@/
    {"data", "tpec", TEXT, offsetof(options, data), "NAME", 0, 0,
     "fashion-mnist, spirals or a folder with MNIST's files"},@/
    {"limit", "tpc", COUNT, offsetof(options, limit), "N", 1, 9e15,
     "at most so many training samples"},@/
    @<Rows for training@>@;
    @<Rows for files@>@;
    @<Rows for initializers@>@;
    @<Rows for all commands@>@;
};
enum { ROWS = sizeof rows / sizeof rows[0] };

@ The options of a training. The text of the help is a part of the row, and behind
its colon stands what holds where the option is not given. A user who reads the help
should not have to try out what the default is.

@<Rows for training@>=
{"batch", "tpc", COUNT, offsetof(options, batch), "N", 1, 9e15,
 "samples in a batch: 32; of a probe: 100"},@/
{"epochs", "tc", COUNT, offsetof(options, epochs), "N", 1, 9e15,
 "times through the training samples, in all: 1"},@/
{"lr", "tpc", NUMBER, offsetof(options, lr), "X", 0, INFINITY,
 "learning rate: 0.01, for adam 0.001"},@/
{"optimizer", "tc", CHOICE, offsetof(options, optimizer),
 "sgd|momentum|nesterov|adam", 0, 0, "the rule that moves the weights: sgd"},@/
{"momentum", "tc", NUMBER, offsetof(options, momentum), "X", 0, 1,
 "of momentum and nesterov: 0.9"},@/
{"schedule", "tc", TEXT, offsetof(options, schedule), "WORDS", 0, 0,
 "of the rate: constant, exponential:FACTOR, "
 "step:EPOCHS:FACTOR, 1cycle"},@/
{"weight-decay", "tc", NUMBER, offsetof(options, weight_decay), "X", 0,
 INFINITY, "added to each gradient, times the weight: 0"},@/

@ Clipping at zero would stop all training, so the least value of these two is the
smallest number above it; here zero is not a value but a mistake. The options that
follow decide when a training ends and what is looked at on the way.

@<Rows for training@>=
{"clip-norm", "tc", NUMBER, offsetof(options, clip_norm), "X", DBL_MIN,
 INFINITY, "longest gradient of all weights together: no limit"},@/
{"clip-value", "tc", NUMBER, offsetof(options, clip_value), "X", DBL_MIN,
 INFINITY, "largest entry of a gradient: no limit"},@/
{"bn-statistics", "tc", CHOICE, offsetof(options, bn_statistics),
 "running|population", 0, 0, "what batch normalization keeps: running"},@/
{"stop-after", "tc", COUNT, offsetof(options, stop_after), "N", 1, 9e15,
 "end after N epochs without a lower validation loss"},@/
{"keep-best", "tc", FLAG, offsetof(options, keep_best), "", 0, 0,
 "end with the epoch of the lowest validation loss"},@/
{"probe-every", "t", COUNT, offsetof(options, probe_every), "N", 1, 9e15,
 "diagnose the layers after every N steps"},@/
{"seed", "tpscv", COUNT, offsetof(options, seed), "N", 0, 9e15,
 "of weights, order and spirals: 1"},@/
{"seeds", "c", COUNT, offsetof(options, seeds), "N", 1, 1000,
 "runs of each network: 3"},@/

@ Files that are written or read. A name is taken as it stands: a minus sign does not
mean the standard output, and a tilde was replaced by the shell or is a letter.

@<Rows for files@>=
{"log", "t", TEXT, offsetof(options, log), "F.tsv", 0, 0,
 "a line for each epoch"},@/
{"save", "tf", TEXT, offsetof(options, save), "F", 0, 0,
 "the checkpoint to write, after each epoch"},@/
{"resume", "t", TEXT, offsetof(options, resume), "F", 0, 0,
 "the checkpoint to go on from"},@/
{"load", "epf", TEXT, offsetof(options, load), "F", 0, 0,
 "the checkpoint to read"},@/
{"plot", "pc", TEXT, offsetof(options, plot), "F.svg", 0, 0,
 "draw a picture, by gnuplot"},@/

@ These serve the initializers and the variance calculator. The bounds on depth
and width are those of a computation that ends within seconds; an accidental
zero too many is answered at once and not after a night.

@<Rows for initializers@>=
{"init", "sv", TEXT, offsetof(options, init), "NAME", 0, 0,
 "the initializer, or variance_scaling"},@/
{"shape", "s", TEXT, offsetof(options, shape), "INxOUT", 0, 0,
 "size of the matrix"},@/
{"scale", "sv", NUMBER, offsetof(options, scale), "X", 0, INFINITY,
 "of variance_scaling: 1"},@/
{"mode", "sv", CHOICE, offsetof(options, mode), "fan_in|fan_out|fan_avg",
 0, 0, "of variance_scaling: fan_in"},@/
{"distribution", "sv", CHOICE, offsetof(options, distribution),
 "truncated_normal|untruncated_normal|uniform", 0, 0,
 "of variance_scaling: truncated_normal"},@/
{"activation", "v", TEXT, offsetof(options, activation), "WORD[:ALPHA]", 0,
 0, "the activation: relu"},@/
{"depth", "v", COUNT, offsetof(options, depth), "N", 1, 10000,
 "layers: 10"},@/
{"width", "v", COUNT, offsetof(options, width), "N", 1, 10000,
 "units in each: 256"},@/

@ Threads change no bit of a result (Section~\ref{sec:team}), so all that help are
used. How many these are is decided from the work of each step.

@<Rows for all commands@>=
{"threads", "tpecsbv", COUNT, offsetof(options, threads), "N", 0, 1024,
 "at most so many threads; 0: all that help"},@/
{"json", "tpecbv", FLAG, offsetof(options, json), "", 0, 0,
 "print one object a line, for programs"},@/

@*1 Setting an option.
\label{sec:lab-set}
Before the line is read, every number is made ``not given'', which is NaN, and
every choice |-1|. The other members are empty when they are zero. The rows know
where the members are and of which kind, so a loop over the table does it, and a
new option cannot be forgotten here.

@<Functions that set an option@>=
static void clear_options(options *o)
{
    memset(o, 0, sizeof *o);
    for (size_t i = 0; i < ROWS; i++) {
        void *place = (char *)o + rows[i].offset;
        if (rows[i].kind == NUMBER || rows[i].kind == COUNT)
            *(double *)place = NAN;
        if (rows[i].kind == CHOICE)
            *(int *)place = -1;
    }
}

@ A room that wants a number says what holds if none was given. Two functions
read better at the place of use than a test for NaN, and they keep the defaults
next to the computation that needs them.

@<Functions that set an option@>=
double or_else(double given, double otherwise)
{
    return isnan(given) ? otherwise : given;
}
size_t count_or_else(double given, size_t otherwise)
{
    return isnan(given) ? otherwise : (size_t)given;
}

@ A flag may be given twice without harm, and a list is meant to be. With
everything else the user has probably forgotten the first, and is told.

@<Functions that set an option@>=
static bool is_given(const options *o, const option_row *r)
{
    const void *place = (const char *)o + r->offset;
    if (r->kind == NUMBER || r->kind == COUNT)
        return !isnan(*(const double *)place);
    if (r->kind == CHOICE)
        return *(const int *)place >= 0;
    return r->kind == TEXT && *(const char *const *)place != NULL;
}

@ A number must be one to its last letter: |strtod| says where it stopped, and
\texttt{0.1x} would otherwise be read as 0.1. It takes infinities and hexadecimal
numbers, too; the former are refused.
Counts are kept in a |double|, which holds every whole number up to
$2^{53}\approx9.007\cdot10^{15}$ exactly; hence the odd bound in the table.

@<Functions that set an option@>=
static int set_number(double *place, const option_row *r, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    bool whole = r->kind == COUNT;
    if (end != text && *end == '\0' && isfinite(value) && value >= r->low
        && value <= r->high && (!whole || value == floor(value))) {
        *place = value;
        return DONE;
    }
    @<Say which numbers the option takes@>@;
}

@ The bounds come from the table, too, so the message cannot say other bounds than
those that were tested. It has one of three forms. An upper bound that nobody
meets is not worth the words.

@<Say which numbers the option takes@>=
const char *kind = whole ? "a whole number" : "a number";
if (r->low == DBL_MIN)
    return usage("--%s: expected %s above 0, found '%s'", r->name, kind,
                 text);
if (r->high >= 9e15)
    return usage("--%s: expected %s of %g or more, found '%s'", r->name,
                 kind, r->low, text);
return usage("--%s: expected %s from %g to %g, found '%s'", r->name, kind,
             r->low, r->high, text);

@ The words to choose from stand in the table with bars between them, as the help
shows them. Here they are cut apart, in a copy. What is kept is the place of the
word in its row, which is the value of the enumeration that the library uses;
the order of the words in the table is therefore that of the enumeration.

@<Functions that set an option@>=
static int set_choice(int *place, const option_row *r, const char *text)
{
    enum { MOST = 8 };
    const char *word[MOST + 1] = {NULL};
    char copy[128];
    snprintf(copy, sizeof copy, "%s", r->value);
    char *at = copy;
    for (int i = 0; i < MOST && at != NULL; i++) {
        word[i] = at;
        at = strchr(at, '|');
        if (at != NULL)
            *at++ = '\0';
        if (strcmp(word[i], text) == 0) {
            *place = i;
            return DONE;
        }
    }
    return usage("--%s: expected %s, found '%s'%s", r->name, r->value, text,
                 suggestion(text, word, ""));
}

@ Now all kinds together. A flag has no text; all others need one, and an empty
text is a mistake: it comes from a shell variable that was never set, and would
otherwise name a file without a name. A list has room for 64 texts.

@<Functions that set an option@>=
static int set_option(options *o, const option_row *r, const char *text)
{
    void *place = (char *)o + r->offset;
    list *l = place;
    if (r->kind == FLAG)
        *(bool *)place = true;
    else if (*text == '\0')
        return usage("--%s: expected %s, found nothing", r->name, r->value);
    else if (r->kind == NUMBER || r->kind == COUNT)
        return set_number(place, r, text);
    else if (r->kind == CHOICE)
        return set_choice(place, r, text);
    else if (r->kind == TEXT)
        *(const char **)place = text;
    else if (l->count == MOST_IN_LIST)
        return usage("--%s: more than %d of them", r->name, MOST_IN_LIST);
    else
        l->at[l->count++] = text;
    return DONE;
}

@ A command finds only the rows that have its letter. To |train|, the option
\texttt{-{}-depth} is as unknown as a mistyped one. Two questions that other rooms
ask are answered from the same search: whether a command takes an option, and
whether the line has given it.

@<Functions that set an option@>=
static const option_row *find_row(char letter, const char *name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].name, name) == 0
            && strchr(rows[i].commands, letter) != NULL)
            return &rows[i];
    return NULL;
}
bool takes_option(char letter, const char *name)
{
    return find_row(letter, name) != NULL;
}
bool option_is_given(const options *o, char letter, const char *name)
{
    const option_row *r = find_row(letter, name);
    return r != NULL && is_given(o, r);
}

@ A mistyped option is answered with the nearest one that this command takes. An
option of another command is not suggested, for it would be refused as well.

@<Functions that set an option@>=
static int unknown_option(char letter, const char *name)
{
    const char *known[ROWS + 1];
    size_t n = 0;
    for (size_t i = 0; i < ROWS; i++)
        if (strchr(rows[i].commands, letter) != NULL)
            known[n++] = rows[i].name;
    known[n] = NULL;
    return usage("unknown option '--%s'%s", name,
                 suggestion(name, known, "--"));
}

@ |compare| changes options after the line has been read. It goes through the same
table, so that a value in \texttt{-{}-vary} is checked like one on the line, and
it replaces what the line said.

@<Functions that set an option@>=
int vary_option(options *o, char letter, const char *name, const char *text)
{
    const option_row *r = find_row(letter, name);
    if (r == NULL)
        return unknown_option(letter, name);
    if (r->kind == LIST)
        ((list *)((char *)o + r->offset))->count = 0;
    return set_option(o, r, text);
}

@*1 Reading the line.
\label{sec:lab-line}
|getopt_long| wants a table of its own, with a name and whether a value follows. It is
made from the rows of the command each time the line is read. All our options share
one sign, 1, since the row tells them apart; \texttt{-{}-help}, which every command
has, gets another one. An entry without a name ends the table.

@<Functions that read the line@>=
static void make_table(char letter, struct option table[ROWS + 2])
{
    size_t n = 0;
    for (size_t i = 0; i < ROWS; i++)
        if (strchr(rows[i].commands, letter) != NULL) {
            int argument = rows[i].kind == FLAG ? no_argument
                                                : required_argument;
            table[n++] = @[(struct option){rows[i].name, argument, NULL, 1}@];
        }
    table[n++] = @[(struct option){"help", no_argument, NULL, 'h'}@];
    table[n] = @[(struct option){0}@];
}

@ The library understands \texttt{-{}-option value} and
\texttt{-{}-option=value}, and also beginnings of an option's name. We do not:
\texttt{-{}-l} would mean one thing today and be ambiguous when an option is
added, in a script that nobody has touched. So the word on the line is compared
with the name that was found.

@<Functions that read the line@>=
static int misread(char letter, int sign, const char *word)
{
    char name[64];
    const bool option = strncmp(word, "--", 2) == 0;
    if (!option)
        return usage("expected an option, found '%s'", word);
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="),
             word + 2);
    const option_row *r = find_row(letter, name);
    if (r == NULL)
        return unknown_option(letter, name);
    if (sign == ':')
        return usage("--%s: expected %s, found the end of the line", name,
                     r->value);
    return usage("--%s: expected no value, found '%s'", name, word);
}

@ In the string of letters, the plus sign makes |getopt_long| stop at the first word
that is no option, the colon makes it tell a missing value from an unknown name, and
the \texttt{h} stands for \texttt{-h}. |opterr| puts its own messages off, and ours
take their place. |here| is the place of the word that is about to be read.

@<Functions that read the line@>=
int read_options(options *o, char letter, int argc, char **argv)
{
    struct option table[ROWS + 2];
    int sign, here = 1, index = 0;
    clear_options(o);
    make_table(letter, table);
    opterr = 0;
    while ((sign = getopt_long(argc, argv, "+:h", table, &index)) != -1) {
        const char *word = argv[here];
        here = optind;
        @<Take one option@>@;
    }
    if (optind < argc)
        return usage("expected an option, found '%s'", argv[optind]);
    return DONE;
}

@ The sign is 1 for an option of ours. It is taken if it stands on the line in full,
and for the first time. Whoever calls for help gets it at once, whatever else is on
the line, and however wrong that may be.

@<Take one option@>=
if (sign == 'h')
    return HELP_ASKED;
if (sign != 1 || strcspn(word + 2, "=") != strlen(table[index].name))
    return misread(letter, sign, word);
const option_row *r = find_row(letter, table[index].name);
if (is_given(o, r))
    return usage("--%s: given twice", r->name);
int code = set_option(o, r, optarg);
if (code != DONE)
    return code;

@ The help has a column for the option with its value, and one for the text. An
option with a long list of words gets a line of its own, so that one long row does
not push all texts to the right.

@<Functions that show the options@>=
void list_options(FILE *file, char letter)
{
    enum { COLUMN = 25 };
    char left[96];
    for (size_t i = 0; i < ROWS; i++) {
        if (strchr(rows[i].commands, letter) == NULL)
            continue;
        int n = snprintf(left, sizeof left, "--%s %s", rows[i].name,
                         rows[i].value);
        fprintf(file, "  %-*s", COLUMN, left);
        if (n > COLUMN)
            fprintf(file, "\n%*s", COLUMN + 2, "");
        fprintf(file, " %s\n", rows[i].help);
    }
}

@ The manual page has every option once, with the commands that take it in
parentheses. A paragraph with a hanging title is a \texttt{.TP} in the
language of manual pages, \texttt{fB} begins bold letters, \texttt{fI} italic
ones, and \texttt{fR} ends both.

@<Functions that show the options@>=
void describe_options(FILE *file)
{
    for (size_t i = 0; i < ROWS; i++) {
        fprintf(file, ".TP\n\\fB\\-\\-");
        put_roff(file, rows[i].name);
        fprintf(file, "\\fR \\fI");
        put_roff(file, rows[i].value);
        fprintf(file, "\\fR\n");
        put_roff(file, rows[i].help);
        fprintf(file, " (");
        for (const char *c = rows[i].commands; *c != '\0'; c++)
            fprintf(file, "%s%s", c > rows[i].commands ? ", " : "",
                    command_name(*c));
        fprintf(file, ")\n");
    }
}

@*1 Speaking.
\label{sec:lab-speak}
Tables and JSON go to the standard output, messages to the error output. A
message is one sentence with ``lab:'' in front. The functions that say one
return the exit code that belongs to it, so that a command can speak and leave
in one line.

@<What speaks@>=
int usage(const char *format, ...) GP_FORMAT(1, 2); /* |ASKED_WRONGLY| */
int failure(const options *o, const char *format, ...) GP_FORMAT(2, 3);
int report_error(const options *o, gp_status status, const gp_error *error);
const char *suggestion(const char *word, const char *const *known,
                       const char *sign); /* |sign| stands before each */
void say(json_t *object); /* takes it over */
json_t *number_or_null(double value);

@ The standard streams are prepared before anything else, and looked at after
everything else.

@<What speaks@>=
void reserve_streams(void);
int close_output(int code); /* the exit code of the program */
void catch_interrupts(void);
bool interrupted(void);

@ The room needs the system for its descriptors and signals. Bad usage is the only
failure that does not appear as JSON: it is found before anybody knows whether
JSON is wanted, and a program that calls |lab| wrongly must be mended, not told.

@(tangled/lab/speak.c@>=
#include "lab.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int usage(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "lab: ");
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return ASKED_WRONGLY;
}

@ A program that reads our JSON must learn of a failure there, in a whole
object, and not find an empty line or nothing.

@(tangled/lab/speak.c@>=
static void say_error(const options *o, const char *message)
{
    fprintf(stderr, "lab: %s\n", message);
    if (o->json)
        say(json_pack("{s:s, s:s}", "event", "error", "message", message));
}

@ |failure| is |usage| for what went wrong while the command ran. The message is
made in a buffer first, since it may have to be said in two places.

@(tangled/lab/speak.c@>=
int failure(const options *o, const char *format, ...)
{
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    say_error(o, message);
    return FAILED;
}

@ A status of the library says by itself whose fault it was.

@(tangled/lab/speak.c@>=
int report_error(const options *o, gp_status status, const gp_error *error)
{
    say_error(o, error->message);
    return status == GP_BAD_INPUT ? ASKED_WRONGLY : FAILED;
}

@ Where no known word is near, a suggestion would be a joke, and the library's search
returns |NULL|. The text of the suggestion is added to the message of whoever asked;
it stays where it is until the next suggestion is made.

@(tangled/lab/speak.c@>=
const char *suggestion(const char *word, const char *const *known,
                       const char *sign)
{
    static char text[96];
    const char *near = gp_nearest_word(word, known);
    text[0] = '\0';
    if (near != NULL)
        snprintf(text, sizeof text, "; the nearest is '%s%s'", sign,
                 near);
    return text;
}

@ One line of JSON, and then the pipe must see it at once. A line for each
event, and not one large document, lets a program at the other end begin before
the training has ended, and leaves whole lines behind when it is killed. An
object that could not be made is not printed as an empty line.

@(tangled/lab/speak.c@>=
void say(json_t *object)
{
    if (object == NULL)
        object = json_pack("{s:s, s:s}", "event", "error", "message",
                           "an object could not be made");
    json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER
                                   | JSON_REAL_PRECISION(9));
    putchar('\n');
    fflush(stdout);
    json_decref(object);
}

@ JSON knows neither infinity nor NaN; a diverged loss becomes |null|, which no
reader can mistake for a number.

@(tangled/lab/speak.c@>=
json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

@ A shell can start a program with its standard output closed. The next file
that is opened then gets the number 1, and what was meant for the output is
written into it: a log with JSON between its lines, or a ruined checkpoint. So
the three numbers are taken at the start. The output is opened for reading
only, so that writing to it fails and is noticed.

@(tangled/lab/speak.c@>=
void reserve_streams(void)
{
    for (int d = 0; d <= 2; d++)
        if (fcntl(d, F_GETFD) == -1 && errno == EBADF)
            if (open("/dev/null", d == 0 ? O_WRONLY : O_RDONLY) != d)
                exit(FAILED);
    setvbuf(stdout, NULL, _IOLBF, 0);
}

@ A full disk must not pass for success: a script would go on with half a table. The
lines are flushed one by one, so an error may have happened long ago and its reason
be forgotten, but the stream remembers that there was one. What the command itself
has found to be wrong weighs more, and keeps its exit code.

@(tangled/lab/speak.c@>=
int close_output(int code)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fprintf(stderr, "lab: the standard output could not be written%s%s\n",
            errno ? ": " : "", errno ? strerror(errno) : "");
    return code == DONE ? FAILED : code;
}

@ Control-C sends a signal, and a signal handler may do almost nothing: it can break
into any function, even into the one that allocates memory. So ours sets a variable,
and the training asks for it after each step. That is soon enough, since a step takes
milliseconds. |SA_RESETHAND| takes the handler away after the first signal; the second
one ends the program as always, for a user who cannot wait.

@(tangled/lab/speak.c@>=
static volatile sig_atomic_t stop;
static void note_interrupt(int signal)
{
    (void)signal;
    stop = 1;
}
void catch_interrupts(void)
{
    struct sigaction a = {@[.sa_handler@] = note_interrupt,
                          @[.sa_flags@] = (int)SA_RESETHAND};
    sigemptyset(&a.sa_mask);
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
}
bool interrupted(void)
{
    return stop != 0;
}

@*1 From options to networks.
\label{sec:lab-build}
Several commands need data, networks and optimizers. These are made in one place, with
one set of messages, so that a wrong network is refused in the same words whether it
was to be trained, probed or compared.

@<What makes networks from options@>=
uint64_t seed_of(const options *o);
gp_status open_data(const options *o, gp_dataset *data, gp_error *error);
gp_network *make_network(const options *o, const char *text,
                         const gp_dataset *data, int *code);
int optimizer_options(const options *o, gp_optimizer_options *how);
int train_options(const options *o, gp_train_options *how);
int check_plot(const options *o);

@ Seed 0 is as good as any other; a seed that was not given is 1. All randomness of a
command hangs on this one number, each use with a stream of its own.

@(tangled/lab/build.c@>=
#include "lab.h"
#include <string.h>

uint64_t seed_of(const options *o)
{
    return (uint64_t)or_else(o->seed, 1);
}

@ Where no data set is named, Fashion-MNIST is taken if it is installed, else the
spirals, and a line on the error output says which: the numbers of the one would look
strange to somebody who believes in the other. A limit takes samples off the training
set alone; all networks are tested on the same samples.

@(tangled/lab/build.c@>=
gp_status open_data(const options *o, gp_dataset *data, gp_error *error)
{
    const char *name = o->data ? o->data : gp_dataset_default();
    if (o->data == NULL)
        fprintf(stderr, "lab: no --data; taking %s\n", name);
    gp_status s = gp_dataset_open(data, name, seed_of(o), error);
    if (s == GP_OK)
        gp_dataset_limit(data, count_or_else(o->limit, data->train.count));
    return s;
}

@ A network has as many inputs as the data has features, and needs as many outputs as
the data has classes; the second is the user's business and is checked. The function
returns the network, or |NULL| with a message printed and the exit code in |*code|.
The message of the grammar, which knows nothing of options, gets the option's name in
front.

@(tangled/lab/build.c@>=
gp_network *make_network(const options *o, const char *text,
                         const gp_dataset *data, int *code)
{
    gp_error error = {""}, inner = {""};
    gp_network *net = gp_network_new(data->features, seed_of(o), &error);
    gp_status s = net ? gp_network_parse(net, text, &inner) : GP_NO_MEMORY;
    if (net != NULL && s != GP_OK)
        gp_fail(&error, s, "--net: %s", inner.message);
    if (s == GP_OK && gp_network_outputs(net) != data->classes)
        s = gp_fail(&error, GP_BAD_INPUT, "--net: the data has %zu classes: "
            "expected as many outputs, found %zu", data->classes,
            gp_network_outputs(net));
    if (s == GP_OK)
        return net;
    *code = report_error(o, s, &error);
    gp_network_free(net);
    return NULL;
}

@ What was not given is left out, and the optimizer knows its own defaults. What was
given must have a meaning. Plain descent has no momentum, and a user who sets one
believes to be training with it; to pass it over would be to agree. Adam's
$\varepsilon$ has the place that it has in Keras (Section~\ref{sec:optimizer}).

@(tangled/lab/build.c@>=
int optimizer_options(const options *o, gp_optimizer_options *how)
{
    int kind = o->optimizer < 0 ? GP_SGD : o->optimizer;
    if (!isnan(o->momentum) && kind != GP_MOMENTUM && kind != GP_NESTEROV)
        return usage("--momentum: expected --optimizer momentum or nesterov "
                     "beside it");
    *how = gp_optimizer_defaults((gp_optimizer_kind)kind);
    how->learning_rate = or_else(o->lr, GP_LEFT_OUT);
    how->momentum = or_else(o->momentum, GP_LEFT_OUT);
    how->weight_decay = or_else(o->weight_decay, GP_LEFT_OUT);
    how->clip_norm = or_else(o->clip_norm, GP_LEFT_OUT);
    how->clip_value = or_else(o->clip_value, GP_LEFT_OUT);
    how->adam_form = GP_ADAM_EPSILON_PLAIN;
    return DONE;
}

@ |train| and |compare| have most of a training's options in common. Those that
were not given keep the value that the library's own defaults have; so there is
no second place in which somebody could write down another default.

@(tangled/lab/build.c@>=
int train_options(const options *o, gp_train_options *how)
{
    gp_error error = {""};
    *how = gp_train_defaults();
    how->epochs = count_or_else(o->epochs, 1);
    how->batch = count_or_else(o->batch, how->batch);
    how->seed = seed_of(o);
    how->population = o->bn_statistics == 1;
    how->stop_after = count_or_else(o->stop_after, how->stop_after);
    how->keep_best = o->keep_best;
    if (o->schedule == NULL)
        return DONE;
    gp_status s = gp_schedule_parse(o->schedule, &how->schedule, &error);
    return s == GP_OK ? DONE : usage("--schedule: %s", error.message);
}

@*1 Pictures.
\label{sec:lab-plot}
Plots are drawn by gnuplot from a pipe. The picture is SVG, whatever its name
says; so a name that says something else is refused.

@<What makes networks from options@>=
FILE *begin_plot(const options *o); /* |NULL|, and a message printed */
int finish_plot(const options *o, FILE *pipe);

@ A comparison may take an hour, and only then is its picture drawn. So the name is
tried before the work begins: the file is opened for appending, which harms
nothing that is there, and taken away again if it is empty.

@(tangled/lab/plot.c@>=
#include "lab.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

int check_plot(const options *o)
{
    size_t length = o->plot ? strlen(o->plot) : 0;
    if (o->plot == NULL)
        return DONE;
    if (length < 5 || strcmp(o->plot + length - 4, ".svg") != 0)
        return usage("--plot: expected a name that ends in .svg, found '%s'",
                     o->plot);
    @<Try to open the picture's file@>@;
    return DONE;
}

@ To open a file for appending is the way to ask whether it can be written, and to
change nothing in it. If it was not there before, or was empty, it is taken away
again: a picture of no bytes would look like a failed drawing.

@<Try to open the picture's file@>=
FILE *file = fopen(o->plot, "a");
if (file == NULL)
    return failure(o, "%s: could not be drawn: %s", o->plot,
                   strerror(errno));
bool empty = fseek(file, 0, SEEK_END) == 0 && ftell(file) == 0;
fclose(file);
if (empty)
    remove(o->plot);

@ The file's name goes to gnuplot in single quotes, between which a quote is
written twice and nothing else is special; in double quotes gnuplot would run
what stands between backquotes. A gnuplot that ends early must not take us with
it by a signal.

@(tangled/lab/plot.c@>=
FILE *begin_plot(const options *o)
{
    signal(SIGPIPE, SIG_IGN);
    FILE *pipe = popen("gnuplot", "w");
    if (pipe == NULL) {
        failure(o, "%s: could not be drawn: %s", o->plot, strerror(errno));
        return NULL;
    }
    fprintf(pipe, "set terminal svg size 640,400 font 'sans-serif,12'\n"
            "set output '");
    for (const char *c = o->plot; *c != '\0'; c++)
        fprintf(pipe, *c == '\'' ? "''" : "%c", *c);
    fprintf(pipe, "'\nset border 3\nset tics nomirror\n");
    return pipe;
}

@ Whether gnuplot could draw is known when it has ended. |pclose| waits for that
and returns its exit code.

@(tangled/lab/plot.c@>=
int finish_plot(const options *o, FILE *pipe)
{
    return pclose(pipe) == 0 ? DONE
        : failure(o, "%s: gnuplot could not draw it", o->plot);
}

@* Training from the command line.
\label{sec:commands}
A training is a network, its optimizer, its data, and what the checkpoint is to know
of it: together, a session. It begins anew or goes on from a file. From there on both
are the same, and the functions that run a training do not ask which of the two it
was. They are in four groups: beginning, resuming, listening to what the trainer
reports, and running.

@(tangled/lab/train.c@>=
#include "lab.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    gp_network *net;
    gp_optimizer *optimizer;
    gp_checkpoint_metadata metadata;
    gp_dataset data;
} session;
@<Functions that begin a training@>@;
@<Functions that resume a training@>@;
@<Functions that listen to a training@>@;
@<Functions that run a training@>@;

@ The metadata are complete before the first step, and every checkpoint of this
training carries them. A name that does not fit is refused: cut off, it would
name other data, or none.

@<Functions that begin a training@>=
static gp_status describe(const options *o, session *t, gp_error *error)
{
    gp_checkpoint_metadata *m = &t->metadata;
    const char *name = o->data ? o->data : t->data.name;
    const char *schedule = o->schedule ? o->schedule : "constant";
    if (strlen(name) >= sizeof m->data
        || strlen(schedule) >= sizeof m->schedule)
        return gp_fail(error, GP_BAD_INPUT, "--data or --schedule: expected "
                       "at most %zu and %zu letters", sizeof m->data - 1,
                       sizeof m->schedule - 1);
    strcpy(m->data, name);
    strcpy(m->schedule, schedule);
    m->seed = seed_of(o);
    m->batch = count_or_else(o->batch, 32);
    m->epochs = count_or_else(o->epochs, 1);
    return gp_checkpoint_describe(m, &t->data, error);
}

@ A training from the beginning. The order matters: the options are checked before
the data are read, since reading takes half a second, and the network is made when
the data are there, since it depends on their width. The optimizer comes last, for it
must know all parameters. Whatever fails, |train_command| frees what was made so far.

@<Functions that begin a training@>=
static int start(const options *o, session *t)
{
    gp_error error = {""};
    gp_optimizer_options how;
    int code = optimizer_options(o, &how);
    if (code != DONE)
        return code;
    gp_status s = open_data(o, &t->data, &error);
    if (s == GP_OK)
        s = describe(o, t, &error);
    if (s != GP_OK)
        return report_error(o, s, &error);
    t->net = make_network(o, o->net.at[0], &t->data, &code);
    if (t->net == NULL)
        return code;
    t->optimizer = gp_optimizer_new(t->net, how, &error);
    return t->optimizer ? DONE : report_error(o, GP_BAD_INPUT, &error);
}

@*1 Going on.
\label{sec:lab-resume}
The command that was interrupted, with \texttt{-{}-resume} added, is the command
that goes on: its epochs count from the very first. So a resumed training is
told again how it was begun, and it would be a trap if a changed option had no
effect. The learning rate, the schedule and the size of a batch may be changed,
and the program says that they are. Everything else must be as it was: another
optimizer, other samples or another seed would be a different training under
the same name.

@<Functions that resume a training@>=
static int must_be(const char *option, double given, double was)
{
    if (isnan(given) || given == was)
        return DONE;
    if (isinf(was)) /* left out, or no limit */
        return usage("--%s: the checkpoint was trained without it, found %g",
                     option, given);
    return usage("--%s: the checkpoint was trained with %g, found %g; it "
                 "cannot be changed on the way", option, was, given);
}

@ A network can be written in several ways: with groups or without, with default
values or without. To compare the texts would refuse a network for its spelling.
So the network that \texttt{-{}-net} means is made, both are written anew by the
grammar's own function, which has one way to write a layer, and then the texts
are compared.

@<Functions that resume a training@>=
static int compare_network(const options *o, const session *t)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(gp_network_inputs(t->net), 1, &error);
    gp_status s = net ? gp_network_parse(net, o->net.at[0], &error)
                      : GP_NO_MEMORY;
    char *here = s == GP_OK
        ? gp_chain_specification(gp_network_chain(net), &error) : NULL;
    char *there = here
        ? gp_chain_specification(gp_network_chain(t->net), &error) : NULL;
    int code = DONE;
    if (there == NULL)
        code = usage("--net: %s", error.message);
    else if (strcmp(here, there) != 0)
        code = usage("--net: expected none, or the checkpoint's '%s', found "
                     "'%s'", there, o->net.at[0]);
    free(here);
    free(there);
    gp_network_free(net);
    return code;
}

@ The options of the optimizer and the seed follow. Whatever is not on the line is
not asked about. The functions return as soon as one option does not fit, so that
the user reads one complaint at a time.

@<Functions that resume a training@>=
static int compare_options(const options *o, const session *t)
{
    gp_optimizer_options was = gp_optimizer_settings(t->optimizer);
    if (o->net.count == 1 && compare_network(o, t) != DONE)
        return ASKED_WRONGLY;
    if (o->optimizer >= 0 && o->optimizer != (int)was.kind)
        return usage("--optimizer: the checkpoint was trained with %s; it "
                     "cannot be changed on the way",
                     gp_optimizer_word(was.kind));
    int code = must_be("momentum", o->momentum, was.momentum);
    if (code == DONE)
        code = must_be("weight-decay", o->weight_decay, was.weight_decay);
    if (code == DONE)
        code = must_be("clip-norm", o->clip_norm, was.clip_norm);
    if (code == DONE)
        code = must_be("clip-value", o->clip_value, was.clip_value);
    return code == DONE ? must_be("seed", o->seed,
                                  (double)t->metadata.seed) : code;
}

@ An optimizer keeps the rate that it was made with, for schedules are computed from it;
a rate that was set in between would last until the next step. So another rate means
another optimizer. It takes over what the old one remembers: the number of steps and
the matrices of its state, velocities or averages.

@<Functions that resume a training@>=
static gp_status change_rate(session *t, double rate, gp_error *error)
{
    gp_optimizer *old = t->optimizer;
    gp_optimizer_options how = gp_optimizer_settings(old);
    how.learning_rate = rate;
    t->optimizer = gp_optimizer_new(t->net, how, error);
    if (t->optimizer != NULL) {
        gp_optimizer_set_steps(t->optimizer, gp_optimizer_steps(old));
        for (size_t p = 0; p < gp_optimizer_parameters(old); p++)
            for (int k = 0; k < 2; k++)
                if (gp_optimizer_state(old, p, k) != NULL)
                    gp_matrix_copy(gp_optimizer_state(t->optimizer, p, k),
                                   gp_optimizer_state(old, p, k));
    }
    gp_optimizer_free(old);
    return t->optimizer ? GP_OK : GP_NO_MEMORY;
}

@ What may be changed is changed here, and holds from here on. Each change is said,
with the old value beside the new one: in the scrollback of a long training that
line is the only trace of why its curve has a kink.

@<Functions that resume a training@>=
static gp_status change_options(const options *o, session *t,
                                gp_error *error)
{
    gp_checkpoint_metadata *m = &t->metadata;
    double was = gp_optimizer_settings(t->optimizer).learning_rate;
    double rate = or_else(o->lr, was);
    size_t batch = count_or_else(o->batch, (size_t)m->batch);
    @<Change the batch and the schedule@>@;
    if (rate == was)
        return GP_OK;
    fprintf(stderr, "lab: --lr is %g from here on, it was %g\n", rate, was);
    return change_rate(t, rate, error);
}

@ These two are kept in the metadata, and the next checkpoint will have the new ones.
A schedule is a function of the epochs that are done, counted from the very first; a
new one is entered where it would be by now, and does not start from its beginning.

@<Change the batch and the schedule@>=
if (batch != m->batch)
    fprintf(stderr, "lab: --batch is %zu from here on, it was %zu\n",
            batch, (size_t)m->batch);
m->batch = batch;
if (o->schedule != NULL && strcmp(o->schedule, m->schedule) != 0) {
    fprintf(stderr, "lab: --schedule is %s from here on, it was %s\n",
            o->schedule, m->schedule);
    snprintf(m->schedule, sizeof m->schedule, "%s", o->schedule);
}

@ The checkpoint is read first, since it knows the data set and the seed. The options
are filled up from it, so that what follows need not ask whether the training is a
resumed one. The number of epochs that was asked for is in the file, too: without
\texttt{-{}-epochs} the training goes on to the end that it was to have. A checkpoint
without a number of samples in a batch came from another program, and gets the usual
one.

@<Functions that resume a training@>=
static int fill_options(options *o, session *t)
{
    gp_error error = {""};
    gp_checkpoint_metadata *m = &t->metadata;
    if (t->optimizer == NULL)
        return usage("%s: expected a checkpoint with an optimizer, found one "
                     "without", o->resume);
    if (m->batch == 0)
        m->batch = 32;
    int code = compare_options(o, t);
    if (code != DONE)
        return code;
    if (change_options(o, t, &error) != GP_OK)
        return report_error(o, GP_BAD_INPUT, &error);
    @<Take from the checkpoint what the line left out@>@;
    return DONE;
}

@ A training that had ended by its own rule is finished, unless more epochs are asked
for now than then.

@<Take from the checkpoint what the line left out@>=
if (o->data == NULL && m->data[0] != '\0')
    o->data = m->data;
o->seed = (double)m->seed;
o->batch = (double)m->batch;
o->schedule = m->schedule;
if (isnan(o->epochs) && m->epochs > 0)
    o->epochs = (double)m->epochs;
if (count_or_else(o->epochs, 1) > m->epochs)
    m->finished = 0;
m->epochs = count_or_else(o->epochs, 1);

@ The data must fit the network, and must be as many as before. Their number is a weak
proof that they are the same ones, but it catches the usual slip: a forgotten
\texttt{-{}-limit}.

@<Functions that resume a training@>=
static int compare_data(const options *o, const session *t)
{
    if (gp_network_inputs(t->net) != t->data.features
        || gp_network_outputs(t->net) != t->data.classes)
        return usage("%s: its network does not fit the data %s", o->resume,
                     t->data.name);
    if (t->metadata.samples != t->data.train.count)
        return usage("%s: it was trained on %zu samples, found %zu; give the "
                     "same --limit", o->resume, (size_t)t->metadata.samples,
                     t->data.train.count);
    return DONE;
}

@ Resuming goes in the order in which one thing needs another: the checkpoint, then
the options, then the data that the options name.

@<Functions that resume a training@>=
static int resume(options *o, session *t)
{
    gp_error error = {""};
    t->net = gp_checkpoint_load(o->resume, &t->metadata, &t->optimizer,
                                &error);
    if (t->net == NULL)
        return report_error(o, GP_BAD_INPUT, &error);
    int code = fill_options(o, t);
    if (code != DONE)
        return code;
    gp_status s = open_data(o, &t->data, &error);
    if (s != GP_OK)
        return report_error(o, s, &error);
    return compare_data(o, t);
}

@*1 What is heard of a training.
\label{sec:lab-listen}
Training prints a line for each epoch. The times go to the terminal's progress
line and to JSON only, so that the table is the same on every run, and two runs
can be compared with |diff|. The progress line itself goes to the error output,
and only where that is a terminal: a redirected table holds the table and
nothing else.

@<Functions that listen to a training@>=
typedef struct {
    const options *o;
    session *t;
    FILE *log;
    bool terminal;
    bool whole;   /* the epoch is complete */
    bool written; /* there is a checkpoint of this training */
    size_t epoch; /* the last complete one */
    int code;     /* |FAILED| after a failure that did not end the training */
} listener;

@ A failure while listening is told at once and not at the end, when it is too late to
make room on the disk. The training goes on, for the next attempt may succeed; but the
exit code will tell, too, even if it does, because somebody may have copied the old
file in the meantime.

@<Functions that listen to a training@>=
static void save(listener *l)
{
    gp_error error = {""};
    session *t = l->t;
    t->metadata.epoch = l->epoch;
    if (gp_checkpoint_save(l->o->save, t->net, t->optimizer, &t->metadata,
                           &error) == GP_OK)
        l->written = true;
    else
        l->code = failure(l->o, "%s", error.message);
}

@ After each step there are three things to do: to write the progress line now and
then, to probe the layers if it is time for that, and to ask whether somebody
wants us to stop. |whole| remembers whether this step was the last of its epoch.

@<Functions that listen to a training@>=
static bool hear_step(const gp_train_step *s, void *context)
{
    listener *l = context;
    size_t every = count_or_else(l->o->probe_every, 0);
    l->whole = s->step == s->steps;
    if (l->terminal && (s->step % 50 == 0 || l->whole))
        fprintf(stderr, "\repoch %zu  step %zu/%zu  loss %.4f ", s->epoch,
                s->step, s->steps, s->loss);
    if (every > 0 && s->done % every == 0) {
        int code = probe_step(l->o, s);
        l->code = code == DONE ? l->code : code;
    }
    return !interrupted();
}

@ An epoch is reported as an object to the program that reads JSON, or as a row of the
table to a person. The progress line on the terminal, if there is one, is wiped out
first with blanks, or its end would stick out behind a shorter row.

@<Functions that listen to a training@>=
static void show_epoch(const listener *l, const gp_epoch *e)
{
    if (l->terminal)
        fprintf(stderr, "\r%60s\r", "");
    if (l->o->json)
        say(json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:o}", "event",
            "epoch", "epoch", (json_int_t)e->epoch, "train_seconds",
            number_or_null(e->train_seconds), "samples_per_second",
            number_or_null(e->samples_per_second), "train_loss",
            number_or_null(e->train_loss), "val_loss",
            number_or_null(e->validation_loss), "val_accuracy",
            number_or_null(e->validation_accuracy)));
    else
        printf("%5zu  %10.4f  %10.4f  %11.2f%%\n", e->epoch, e->train_loss,
               e->validation_loss, 100 * e->validation_accuracy);
}

@ The log has nine digits, where the table has four: it is for plots and programs. It
is written line by line, so that an epoch that was printed is also in the file. If the
disk is full, that is said once, and the training goes on without its log.

@<Functions that listen to a training@>=
static void log_epoch(listener *l, const gp_epoch *e)
{
    if (fprintf(l->log, "%zu\t%.9g\t%.9g\t%.9g\t%.6f\n", e->epoch,
                e->train_loss, e->validation_loss, e->validation_accuracy,
                e->train_seconds) < 0 || ferror(l->log)) {
        l->code = failure(l->o, "%s: could not be written: %s", l->o->log,
                          strerror(errno));
        fclose(l->log);
        l->log = NULL;
    }
}

@ A checkpoint is written after every epoch, or after every epoch that is the
best so far. An epoch that was interrupted is none: resumed from its middle,
the training would show some samples twice, and would no longer be the one that
was never interrupted. So the file of the last whole epoch stays.

@<Functions that listen to a training@>=
static bool hear_epoch(const gp_epoch *e, void *context)
{
    listener *l = context;
    if (!l->whole)
        return false;
    l->epoch = e->epoch;
    show_epoch(l, e);
    if (l->log != NULL)
        log_epoch(l, e);
    if (l->o->save != NULL && (e->best || !l->o->keep_best))
        save(l);
    return !interrupted();
}

@*1 Running.
\label{sec:lab-train}
The test images are looked at once, when training is over. Whoever looks after
every epoch and keeps the best one has chosen by the test images, and what they
say about the chosen network is then too good. For choosing there are the
validation images.

@<Functions that run a training@>=
static int finish_training(const options *o, session *t, size_t epoch)
{
    gp_error error = {""};
    gp_evaluation e;
    gp_status s = gp_evaluate(t->net, &t->data.test, &e, NULL, &error);
    if (s != GP_OK)
        return report_error(o, s, &error);
    size_t all = gp_network_count(t->net, false);
    size_t trainable = gp_network_count(t->net, true);
    if (o->json)
        say(json_pack("{s:s, s:o, s:o, s:I, s:I, s:I}", "event", "end",
            "test_accuracy", number_or_null(e.accuracy), "test_loss",
            number_or_null(e.loss), "parameters", (json_int_t)all,
            "trainable_parameters", (json_int_t)trainable, "epochs",
            (json_int_t)epoch));
    else
        printf("test accuracy %.2f%%, test loss %.4f; %zu parameters, %zu of "
               "them trainable\n", 100 * e.accuracy, e.loss, all, trainable);
    return DONE;
}

@ An interrupted training says where its checkpoint stands, and how to go on. If there
is no checkpoint yet, not even one epoch is complete; then the weights as they are
are better than nothing, and are saved. A resumed training has a whole epoch in its
file already, and leaves it alone.

@<Functions that run a training@>=
static int leave(listener *l)
{
    if (l->o->save != NULL && !l->written && l->o->resume == NULL)
        save(l);
    if (l->o->json)
        say(json_pack("{s:s, s:I, s:b}", "event", "interrupted", "epoch",
                      (json_int_t)l->epoch, "saved", l->written));
    fprintf(stderr, "lab: interrupted after epoch %zu%s%s\n", l->epoch,
            l->written ? "; to go on, add --resume " : "",
            l->written ? l->o->save : "");
    return INTERRUPTED;
}

@ A training that stopped early, or kept its best epoch, leaves a checkpoint with fewer
epochs than were asked for. The same command with \texttt{-{}-resume} must not begin
again where its rule has ended it. So the end is noted in the file. The file is read
once more for that, since the optimizer that belongs to its weights is not the one
that trained the last epoch.

@<Functions that run a training@>=
static void note_end(listener *l)
{
    gp_error error = {""};
    gp_checkpoint_metadata m;
    gp_optimizer *optimizer = NULL;
    gp_network *net = gp_checkpoint_load(l->o->save, &m, &optimizer, &error);
    m.finished = 1;
    if (net == NULL || gp_checkpoint_save(l->o->save, net, optimizer, &m,
                                          &error) != GP_OK)
        l->code = failure(l->o, "%s", error.message);
    gp_optimizer_free(optimizer);
    gp_network_free(net);
    gp_checkpoint_metadata_free(&m);
}

@ A resumed training appends to its log, and a new one begins a new log, with the
names of the columns in the first line. The file is line-buffered: whoever watches
it with \texttt{tail -f}, or kills the program, has all epochs that are done.

@<Functions that run a training@>=
static int open_log(const options *o, listener *l)
{
    if (o->log == NULL)
        return DONE;
    l->log = fopen(o->log, l->epoch > 0 ? "a" : "w");
    if (l->log == NULL)
        return failure(o, "%s: could not be written: %s", o->log,
                       strerror(errno));
    setvbuf(l->log, NULL, _IOLBF, 0);
    if (l->epoch == 0)
        fprintf(l->log, "epoch\ttrain_loss\tval_loss\tval_accuracy\t"
                        "train_seconds\n");
    return DONE;
}

@ Now the parts are put together. A training whose epochs are all done trains nothing
more: a user who types the same command twice wants to know what came out, and a
script that is started again must not change its results. It says that it is finished
and prints the last line once more, from the network in the file.

@<Functions that run a training@>=
static int run_training(const options *o, session *t)
{
    gp_error error = {""};
    gp_train_options how;
    listener l = {@[.o@] = o, @[.t@] = t, @[.terminal@] = isatty(2) != 0,
                  @[.epoch@] = (size_t)t->metadata.epoch};
    int code = train_options(o, &how);
    if (code != DONE)
        return code;
    if (how.epochs <= l.epoch || t->metadata.finished) {
        fprintf(stderr, "lab: %s is finished: it has %zu epochs of %zu\n",
                o->resume, l.epoch, how.epochs);
        return finish_training(o, t, l.epoch);
    }
    @<Complete the options of a training@>@;
    @<Train, and close the log@>@;
}

@ The epochs that were done before are not run again. With |keep_best| a resumed
training must beat what the file holds, or its first epoch would count as the
best one for want of a rival; so the loaded network is evaluated once.

@<Complete the options of a training@>=
if (l.epoch > 0)
    fprintf(stderr, "lab: going on after epoch %zu, to epoch %zu\n",
            l.epoch, how.epochs);
how.first_epoch = l.epoch;
how.epochs -= l.epoch;
how.after_step = hear_step;
how.after_epoch = hear_epoch;
how.context = &l;
gp_evaluation best;
if (l.epoch > 0 && o->keep_best
    && gp_evaluate(t->net, &t->data.validation, &best, NULL, &error)
       == GP_OK)
    how.best_loss = best.loss;

@ The name of the checkpoint is tried before the first step, and so is the log. A
training that cannot keep what it learns need not begin.

@<Train, and close the log@>=
gp_status s = GP_OK;
if (o->save != NULL)
    s = gp_checkpoint_writable(o->save, &error);
if (s == GP_OK && open_log(o, &l) != DONE)
    return FAILED;
if (s == GP_OK && !o->json)
    printf("%5s  %10s  %10s  %12s\n", "epoch", "train loss", "val loss",
           "val accuracy");
if (s == GP_OK)
    s = gp_train(t->net, t->optimizer, &t->data, &how, &error);
@<Close the log, and say how the training ended@>@;

@ Whatever happened, the log is closed. Then the cases are told apart: a failure,
an interrupt, an early end, the end. A checkpoint or a log that could not be
written did not end the training, but it makes the exit code 1.

@<Close the log, and say how the training ended@>=
if (l.log != NULL && fclose(l.log) != 0)
    l.code = failure(o, "%s: could not be written: %s", o->log,
                     strerror(errno));
if (s != GP_OK)
    return report_error(o, s, &error);
if (interrupted())
    return leave(&l);
@<Say if the training stopped early@>@;
if (l.written && (o->keep_best || l.epoch < t->metadata.epochs))
    note_end(&l);
code = finish_training(o, t, l.epoch);
return code == DONE ? l.code : code;

@ The reader of the table should not have to count the rows.

@<Say if the training stopped early@>=
if (l.epoch < how.first_epoch + how.epochs)
    fprintf(stderr, "lab: no lower validation loss for %zu epochs; stopped "
            "after epoch %zu\n", how.stop_after, l.epoch);

@ The command itself checks what the line asks for, has the training begun or
resumed, and frees what the session held. The options are a copy, since resuming
fills them up from the checkpoint.

@<Functions that run a training@>=
int train_command(const options *given)
{
    options o = *given;
    session t = {NULL};
    gp_train_options how;
    if (o.net.count > 1 || (o.net.count == 0 && o.resume == NULL))
        return usage("train: expected one --net, or --resume, found %s",
                     o.net.count == 0 ? "neither" : "several");
    if (o.log != NULL && o.save != NULL && strcmp(o.log, o.save) == 0)
        return usage("--log and --save: expected two files, found '%s' for "
                     "both", o.log);
    if (train_options(&o, &how) != DONE)
        return ASKED_WRONGLY;
    catch_interrupts();
    int code = o.resume ? resume(&o, &t) : start(&o, &t);
    if (code == DONE)
        code = run_training(&o, &t);
    @<Free the session@>@;
    return code;
}

@ The optimizer goes first, since it points into the network.

@<Free the session@>=
gp_optimizer_free(t.optimizer);
gp_network_free(t.net);
gp_dataset_free(&t.data);
gp_checkpoint_metadata_free(&t.metadata);

@* Probing.
\label{sec:lab-probe}
A probe sends one batch forward and back through a network, and lets
Chapter~\ref{ch:gradient-problem} judge every layer. One batch is enough. What
vanishes or explodes does so by a factor in every layer, and over twenty layers
such a factor makes powers of ten, beside which the difference between one
batch and another does not matter.

@<What makes networks from options@>=
int probe_step(const options *o, const gp_train_step *step);

@ A diagnosis looks at the outputs and gradients that the last pass left in the
network, so it serves before a training and in the middle of one.

@(tangled/lab/probe.c@>=
#include "lab.h"
#include <stdlib.h>

@ A program gets every number of the diagnosis, one object for each layer, with the
histogram of the activations in twenty bins. In the middle of a training the object
also says where. Numbers that are not finite become |null|: a layer whose output has
overflowed is exactly what a probe is to find, and must not make invalid JSON.

@(tangled/lab/probe.c@>=
static void say_diagnosis(size_t l, const gp_diagnosis *d,
                          const gp_train_step *step)
{
    json_t *bins = json_array();
    for (int b = 0; b < GP_BINS; b++)
        json_array_append_new(bins,
            json_integer((json_int_t)d->output.histogram[b]));
    json_t *object = json_pack("{s:s, s:I, s:s, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:o, s:o, s:o, s:s, s:o}", "event", "layer", "index",
        (json_int_t)l + 1, "layer", d->layer, "mean",
        number_or_null(d->output.mean), "deviation",
        number_or_null(d->output.deviation), "minimum",
        number_or_null(d->output.minimum), "maximum",
        number_or_null(d->output.maximum), "saturated",
        number_or_null(d->saturated), "dead", number_or_null(d->dead),
        "gradient", number_or_null(d->gradient), "gradient_to_weight",
        number_or_null(d->gradient_to_weight), "update_to_weight",
        number_or_null(d->update_to_weight), "verdict",
        gp_verdict_word(d->verdict), "histogram", bins);
    @<Add to |object| where the training is@>@;
    say(object);
}

@ Keys may be added to an object without harm, since a reader that does not know them
passes them over. Keys that are there stay, for scripts depend on them.

@<Add to |object| where the training is@>=
if (step != NULL) {
    json_object_set_new(object, "epoch",
                        json_integer((json_int_t)step->epoch));
    json_object_set_new(object, "step",
                        json_integer((json_int_t)step->done));
}

@ The picture has the spread of the activations and the size of the gradient
against the layer, both on one logarithmic axis. Where a value is not finite
gnuplot leaves a gap.

@(tangled/lab/probe.c@>=
static int plot_diagnosis(const options *o, size_t n, const gp_diagnosis *d)
{
    FILE *pipe = begin_plot(o);
    if (pipe == NULL)
        return FAILED;
    fprintf(pipe, "set logscale y\nset format y '10^{%%L}'\n"
            "set xlabel 'layer'\nset xrange [0.5:%zu.5]\n$d << END\n", n);
    for (size_t l = 0; l < n; l++)
        fprintf(pipe, "%zu %g %g\n", l + 1, d[l].output.deviation,
                d[l].gradient);
    fprintf(pipe, "END\nplot $d using 1:2 with linespoints pt 7 ps 0.4 "
            "title 'deviation of the activations', $d using 1:3 with "
            "linespoints pt 7 ps 0.4 title 'size of the gradient'\n");
    return finish_plot(o, pipe);
}

@ The diagnosis is shown as a table or as JSON, and drawn as a picture besides if
one is wanted. The three use the same numbers, which are computed once.

@(tangled/lab/probe.c@>=
static int show(const options *o, gp_network *net, double rate,
                const gp_train_step *step)
{
    gp_error error = {""};
    size_t n = gp_network_layers(net);
    gp_diagnosis *d = calloc(n, sizeof *d);
    int code = d ? DONE
                 : report_error(o, gp_fail(&error, GP_NO_MEMORY, "no memory "
                                           "for %zu layers", n), &error);
    if (code == DONE)
        gp_diagnose(gp_network_chain(net), rate, d);
    for (size_t l = 0; o->json && code == DONE && l < n; l++)
        say_diagnosis(l, &d[l], step);
    if (!o->json && code == DONE)
        gp_diagnose_print(stdout, n, d);
    if (code == DONE && o->plot != NULL)
        code = plot_diagnosis(o, n, d);
    free(d);
    return code;
}

@ While a training runs, the table of a probe stands between two rows of the table of
epochs, under a line with the epoch and the step. The rate is the one that the step was
made with, schedule included, so the last columns are the true size of the update.

@(tangled/lab/probe.c@>=
int probe_step(const options *o, const gp_train_step *step)
{
    if (!o->json)
        printf("epoch %zu, step %zu\n", step->epoch, step->done);
    return show(o, step->net, gp_optimizer_rate(step->optimizer), step);
}

@ Some layers need more than one sample. Batch normalization subtracts the mean of
the batch, and of a single sample nothing is left. A layer's type knows how many
it needs, and the walk also visits the layers inside residual blocks.

@(tangled/lab/probe.c@>=
static int check_batch(const gp_network *net, size_t batch)
{
    gp_walk w = gp_chain_walk(gp_network_chain(net));
    while (gp_walk_layer(&w))
        if (w.layer->type->minimum_batch > batch)
            return usage("--batch: a layer %s needs %zu samples, found %zu",
                         w.layer->type->name, w.layer->type->minimum_batch,
                         batch);
    return DONE;
}

@ The first images of the training set will do; they are in no order. There must
be as many as were asked for. Taking fewer without a word would show a probe of
other data than the user believes.

@(tangled/lab/probe.c@>=
static int send_batch(const options *o, gp_network *net,
                      const gp_dataset *data)
{
    gp_error error = {""};
    size_t have = data->train.count;
    size_t batch = count_or_else(o->batch, have < 100 ? have : 100);
    if (batch > have)
        return usage("--batch: expected at most the %zu training samples, "
                     "found %zu", have, batch);
    if (check_batch(net, batch) != DONE)
        return ASKED_WRONGLY;
    gp_status s = gp_network_reserve(net, batch, &error);
    if (s != GP_OK)
        return report_error(o, s, &error);
    gp_matrix x = gp_matrix_rows(&data->train.x, 0, batch);
    gp_network_gradients(net, &x, data->train.labels);
    return DONE;
}

@ The network is made from its specification or read from a checkpoint. A probe
needs data, too, for the health of a network depends on what is put into it;
the checkpoint knows which.

@(tangled/lab/probe.c@>=
int probe_command(const options *given)
{
    options o = *given;
    gp_dataset data = {{0}};
    gp_checkpoint_metadata m = {0};
    gp_network *net = NULL;
    int code = check_plot(&o);
    if (o.net.count + (o.load != NULL) != 1)
        code = usage("probe: expected one --net or --load");
    @<Make or load the network, and probe it@>@;
    gp_network_free(net);
    gp_dataset_free(&data);
    gp_checkpoint_metadata_free(&m);
    return code;
}

@ Each step needs the ones before it to have succeeded, and none of them may keep
the last lines of the command from freeing what was made.

@<Make or load the network, and probe it@>=
if (code == DONE)
    code = load_network(&o, &net, &m);
if (code == DONE)
    code = load_data(&o, net, &data);
if (code == DONE && net == NULL)
    net = make_network(&o, o.net.at[0], &data, &code);
if (code == DONE)
    code = send_batch(&o, net, &data);
if (code == DONE)
    code = show(&o, net, or_else(o.lr, 0.01), NULL);

@* Evaluating.
\label{sec:lab-eval}
|eval| and |probe| read a network from a file, and then the data that it was
trained on, unless the line names others. The seed is the checkpoint's too: it
made the spirals.

@<What makes networks from options@>=
int load_network(options *o, gp_network **net, gp_checkpoint_metadata *m);
    /* nothing without |load| */
int load_data(const options *o, const gp_network *net, gp_dataset *data);

@ What the line left out comes from the checkpoint: the data set's name and the
seed. The options then point into the metadata, which must live as long as they
do; each command frees the metadata last.

@(tangled/lab/build.c@>=
int load_network(options *o, gp_network **net, gp_checkpoint_metadata *m)
{
    gp_error error = {""};
    if (o->load == NULL)
        return DONE;
    *net = gp_checkpoint_load(o->load, m, NULL, &error);
    if (*net == NULL)
        return report_error(o, GP_BAD_INPUT, &error);
    if (o->data == NULL && m->data[0] != '\0')
        o->data = m->data;
    if (isnan(o->seed))
        o->seed = (double)m->seed;
    return DONE;
}

@ A checkpoint knows the name of its data set, but the line may name another one, or
the data may have been replaced by others of that name. Then the widths do not fit in
most cases, and that is found here; fed into the network, they would stop the program.

@(tangled/lab/build.c@>=
int load_data(const options *o, const gp_network *net, gp_dataset *data)
{
    gp_error error = {""};
    gp_status s = open_data(o, data, &error);
    if (s != GP_OK)
        return report_error(o, s, &error);
    if (net != NULL && (gp_network_inputs(net) != data->features
                        || gp_network_outputs(net) != data->classes))
        return usage("%s: its network does not fit the data %s", o->load,
                     data->name);
    return DONE;
}

@ Evaluation prints the confusion matrix: a row for each true class, a column
for each answer. The accuracy says how many answers were wrong; the matrix says
which. On Fashion-MNIST the mistakes are not spread evenly: most of them lie
among T-shirts, shirts, pullovers and coats, where the images leave room for
doubt, and next to none between a boot and a bag.

@(tangled/lab/eval.c@>=
#include "lab.h"
#include <stdlib.h>

static void print_evaluation(const gp_evaluation *e, size_t classes,
                             const size_t *confusion)
{
    printf("test accuracy %.2f%%, test loss %.4f\n\ntrue \\ answer\n",
           100 * e->accuracy, e->loss);
    for (size_t i = 0; i < classes; i++) {
        printf("%5zu |", i);
        for (size_t j = 0; j < classes; j++)
            printf(" %5zu", confusion[i * classes + j]);
        putchar('\n');
    }
}

@ For programs the same matrix is an array of rows, with the true class as the
place in the outer array and the answer as the place in the inner one.

@(tangled/lab/eval.c@>=
static void say_evaluation(const gp_evaluation *e, size_t classes,
                           const size_t *confusion)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < classes; i++) {
        json_t *row = json_array();
        for (size_t j = 0; j < classes; j++)
            json_array_append_new(row,
                json_integer((json_int_t)confusion[i * classes + j]));
        json_array_append_new(rows, row);
    }
    say(json_pack("{s:s, s:o, s:o, s:o}", "event", "end", "test_accuracy",
                  number_or_null(e->accuracy), "test_loss",
                  number_or_null(e->loss), "confusion", rows));
}

@ A network whose weights are no numbers answers something, too: the first class, since
no comparison with NaN is true. On ten equal classes that looks like an accuracy of
ten per cent. |gp_evaluate| refuses to call it one, and the command fails. The matrix
has the size of the classes squared, so it is allocated and not an array.

@(tangled/lab/eval.c@>=
static int evaluate(const options *o, gp_network *net, const gp_dataset *data)
{
    gp_error error = {""};
    gp_evaluation e;
    size_t *confusion = calloc(data->classes * data->classes,
                               sizeof *confusion);
    gp_status s = confusion
        ? gp_evaluate(net, &data->test, &e, confusion, &error)
        : gp_fail(&error, GP_NO_MEMORY, "no memory");
    if (s == GP_OK && o->json)
        say_evaluation(&e, data->classes, confusion);
    else if (s == GP_OK)
        print_evaluation(&e, data->classes, confusion);
    free(confusion);
    return s == GP_OK ? DONE : report_error(o, s, &error);
}

@ The command is the shortest of all: a file is loaded, its data are opened, and the
network answers every sample of the test set. There is nothing random in it, so
two evaluations of one file print the same.

@(tangled/lab/eval.c@>=
int eval_command(const options *given)
{
    options o = *given;
    gp_dataset data = {{0}};
    gp_checkpoint_metadata m = {0};
    gp_network *net = NULL;
    if (o.load == NULL)
        return usage("eval: expected --load F");
    int code = load_network(&o, &net, &m);
    if (code == DONE)
        code = load_data(&o, net, &data);
    if (code == DONE)
        code = evaluate(&o, net, &data);
    gp_network_free(net);
    gp_dataset_free(&data);
    gp_checkpoint_metadata_free(&m);
    return code;
}

@* Comparing.
\label{sec:lab-compare}
A comparison trains every network with several seeds. A single run proves
little: the spread over the seeds says which differences are real. Every
network meets the same seeds, and so the same order of samples.

What is compared need not be the network. \texttt{-{}-vary lr=0.1,0.01} trains
with both rates, and whatever else |compare| takes as an option can be varied
like that. A name in braces in \texttt{-{}-net} can be varied as well, so that
one line compares depths, initializers or activations:

\begin{quote}\texttt{lab compare -{}-net
"\{depth\}*(dense:64:he\_normal relu) dense:10"
-{}-vary depth=2,10,30}\end{quote}

Several |vary| make a grid. A comparison is fair only if each setting has a
learning rate that suits it. With \texttt{-{}-tune lr=0.001,0.01,0.1} the
validation samples choose the rate of each row, and the row shows what the
chosen rate does on the test samples.

@(tangled/lab/compare.c@>=
#include "lab.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
@<Types of a comparison@>@;
@<Functions that read what is varied@>@;
@<Functions that run a comparison@>@;
@<Functions that show a comparison@>@;
@<Functions that compare@>@;

@ A variation is a name and its values, cut out of a copy of the text. The bounds are
far above what a comparison can run in a night.

@<Types of a comparison@>=
enum { MOST_VARIED = 8, MOST_VALUES = 64, MOST_ROWS = 1000 };
typedef struct {
    char *name; /* the copy begins here */
    size_t values;
    char *value[MOST_VALUES];
} variation;

@ The text is cut apart in place. The name ends at the first equals sign, and the
values are separated by commas, which no option needs inside a value. A value
that is empty is a slip of the finger and not a wish.

@<Functions that read what is varied@>=
static int read_variation(const char *text, variation *v)
{
    v->name = strdup(text);
    char *at = v->name ? strchr(v->name, '=') : NULL;
    if (at == NULL || at == v->name || at[1] == '\0')
        return usage("--vary or --tune: expected OPTION=A,B,C, found '%s'",
                     text);
    *at++ = '\0';
    for (v->values = 0; at != NULL; v->values++) {
        if (v->values == MOST_VALUES)
            return usage("--vary %s: more than %d values", v->name,
                         MOST_VALUES);
        v->value[v->values] = at;
        at = strchr(at, ',');
        if (at != NULL)
            *at++ = '\0';
        if (*v->value[v->values] == '\0')
            return usage("--vary %s: a value is missing", v->name);
    }
    return DONE;
}

@ A name is a placeholder if one of the networks has it in braces, else it is an option.
Placeholders come first, so that a name such as \texttt{depth} can be used although
some command has an option of that name. Braces mean nothing in the grammar of
networks, so no network is taken for a pattern by mistake.

@<Functions that read what is varied@>=
static const char *find_place(const char *net, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = net; (at = strchr(at, '{')) != NULL; at++)
        if (strncmp(at + 1, name, length) == 0 && at[1 + length] == '}')
            return at;
    return NULL;
}
static bool is_placeholder(const options *o, const char *name)
{
    for (size_t i = 0; i < o->net.count; i++)
        if (find_place(o->net.at[i], name) != NULL)
            return true;
    return false;
}

@ A value takes the place of its name, wherever and as often as that stands. The rest of
the text is put aside and written back behind the value. A value that contains its
own name in braces would be replaced for ever, and a specification that does not fit
into the room is longer than any that means something; both are refused.

@<Functions that read what is varied@>=
static int fill_place(char net[NET_ROOM], const char *name, const char *value)
{
    const char *at;
    while ((at = find_place(net, name)) != NULL) {
        char rest[NET_ROOM];
        size_t before = (size_t)(at - net);
        strcpy(rest, at + strlen(name) + 2);
        if (before + strlen(value) + strlen(rest) >= NET_ROOM
            || find_place(value, name) != NULL)
            return usage("--vary %s: the network becomes too long", name);
        sprintf(net + before, "%s%s", value, rest);
    }
    return DONE;
}

@ A row of the table is one setting: options in which everything varied has been
set, the text of the network, and what the row is called.

@<Types of a comparison@>=
typedef struct {
    options o;
    char net[NET_ROOM], label[NET_ROOM + 512];
    json_t *varied; /* names and values */
} row_setting;

@ One name of a setting gets its value, in three places: in the label, which the table
shows; in the object, which a program reads; and in the network or in an option. What
an option refuses is told before anything has been trained, since all settings are
made first.

@<Functions that read what is varied@>=
static int apply(row_setting *s, const options *o, const variation *v,
                 size_t i)
{
    size_t used = strlen(s->label);
    snprintf(s->label + used, sizeof s->label - used, "%s%s=%s",
             used > 0 ? " " : "", v->name, v->value[i]);
    if (json_object_set_new(s->varied, v->name, json_string(v->value[i])))
        return usage("--vary %s: expected values in UTF-8", v->name);
    if (is_placeholder(o, v->name))
        return fill_place(s->net, v->name, v->value[i]);
    if (strcmp(v->name, "net") != 0)
        return vary_option(&s->o, 'c', v->name, v->value[i]);
    if (strlen(v->value[i]) >= sizeof s->net)
        return usage("--vary net: a network is too long");
    strcpy(s->net, v->value[i]);
    return DONE;
}

@ Some options mean nothing when they are varied. The number of seeds belongs to
the comparison, not to a run, and threads change no result. An option that stands
on the line \emph{and} is varied is a contradiction, and is refused.

@<Functions that read what is varied@>=
static int check_name(const options *o, const char *name)
{
    static const char *const never[] = {"vary", "tune", "json", "plot",
                                        "seeds", "threads", "keep-best"};
    if (is_placeholder(o, name))
        return DONE;
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        if (strcmp(name, never[i]) == 0)
            return usage("--vary %s: this option cannot be varied", name);
    if (strcmp(name, "net") == 0 && o->net.count > 0)
        return usage("--vary net: expected no --net beside it");
    if (option_is_given(o, 'c', name))
        return usage("--vary %s: expected no --%s beside it", name, name);
    if (takes_option('c', name))
        return DONE;
    options unused = *o;
    return vary_option(&unused, 'c', name, "");
}

@ The comparison as a whole: what is varied and tuned, how many rows the table gets,
and the data with the options that they were opened with.

@<Types of a comparison@>=
typedef struct {
    const options *o;
    variation vary[MOST_VARIED], tune;
    size_t varied, nets, rows;
    gp_dataset data;
    options opened; /* the options with which |data| was opened */
    bool open;
    size_t done, runs; /* for the terminal */
} comparison;

@ A name may be varied or tuned once. The networks on the line must fit into the
room of a setting, or they would be cut off without a word.

@<Functions that read what is varied@>=
static int check_twice(const comparison *c, size_t before, const char *name)
{
    for (size_t k = 0; k < before; k++)
        if (strcmp(c->vary[k].name, name) == 0)
            return usage("--vary or --tune: %s is there twice", name);
    for (size_t i = 0; i < c->o->net.count; i++)
        if (strlen(c->o->net.at[i]) >= NET_ROOM)
            return usage("--net: expected less than %d letters", NET_ROOM);
    return DONE;
}

@ What is tuned is read in the same way, and there is one of it at most: two rates
that are tuned together would be a search, and that is another program.

@<Functions that read what is varied@>=
static int read_tuned(comparison *c)
{
    if (c->o->tune == NULL)
        return check_twice(c, 0, "");
    int code = read_variation(c->o->tune, &c->tune);
    if (code == DONE)
        code = check_name(c->o, c->tune.name);
    return code == DONE ? check_twice(c, c->varied, c->tune.name) : code;
}

@ Everything on the line is read, and the size of the grid is bounded before it
is multiplied out. The same name twice would make rows whose labels contradict
themselves.

@<Functions that read what is varied@>=
static int read_variations(comparison *c)
{
    const options *o = c->o;
    c->nets = c->rows = o->net.count > 0 ? o->net.count : 1;
    if (o->vary.count > MOST_VARIED)
        return usage("--vary: expected at most %d of them", MOST_VARIED);
    for (c->varied = 0; c->varied < o->vary.count;) {
        variation *v = &c->vary[c->varied++];
        int code = read_variation(o->vary.at[c->varied - 1], v);
        if (code == DONE)
            code = check_name(o, v->name);
        if (code == DONE)
            code = check_twice(c, c->varied - 1, v->name);
        if (code != DONE)
            return code;
        c->rows *= v->values;
        if (c->rows > MOST_ROWS)
            return usage("--vary: expected at most %d settings", MOST_ROWS);
    }
    return read_tuned(c);
}

@ A setting must make sense before the first training begins: the options of its
optimizer must belong together, and its schedule must be one. Whether the network fits
the data is seen when the data are there.

@<Functions that read what is varied@>=
static int check_setting(const row_setting *s)
{
    gp_optimizer_options how;
    gp_train_options train;
    int code = optimizer_options(&s->o, &how);
    return code == DONE ? train_options(&s->o, &train) : code;
}

@ Rows are numbered from 0. The number of a row is taken apart like a time of day
into hours, minutes and seconds: the remainder by the number of values of the last
name is its choice, the quotient goes on to the name before it. So the last name
varies fastest, and the networks, which get what is left, slowest.

@<Functions that read what is varied@>=
static int make_setting(const comparison *c, size_t row, size_t tuned,
                        row_setting *s)
{
    size_t choice[MOST_VARIED];
    for (size_t k = c->varied; k-- > 0; row /= c->vary[k].values)
        choice[k] = row % c->vary[k].values;
    s->o = *c->o;
    s->varied = json_object();
    s->label[0] = s->net[0] = '\0';
    if (c->o->net.count > 0)
        snprintf(s->net, sizeof s->net, "%s", c->o->net.at[row]);
    @<Give every varied name its value@>@;
    @<Complete the label of the setting@>@;
    return check_setting(s);
}

@ What is tuned comes last, so that its value stands at the end of the label.

@<Give every varied name its value@>=
for (size_t k = 0; k < c->varied; k++)
    if (apply(s, c->o, &c->vary[k], choice[k]) != DONE)
        return ASKED_WRONGLY;
if (c->o->tune != NULL && apply(s, c->o, &c->tune, tuned) != DONE)
    return ASKED_WRONGLY;

@ Where several networks stand on the line, or nothing is varied, the network
itself is the name.

@<Complete the label of the setting@>=
if (c->nets > 1 || s->label[0] == '\0') {
    size_t used = strlen(s->label);
    snprintf(s->label + used, sizeof s->label - used, "%s%s",
             used > 0 ? "  " : "", c->o->net.at[row]);
}

@*1 Running the settings.
\label{sec:lab-compare-run}
A run gives three numbers. A run that diverged has none; it is counted, and left
out of the means.

@<Types of a comparison@>=
typedef struct {
    double validation, test, loss; /* accuracies; the loss on the test set */
} run_outcome;
typedef struct {
    double mean, deviation, least, most, validation, loss;
    size_t runs, diverged;
    double accuracy[1000];
} summary;

@ Between two steps the run may be interrupted. The trainer asks this function after
each step, and ends when it says no.

@<Functions that run a comparison@>=
static bool go_on(const gp_train_step *step, void *context)
{
    (void)step, (void)context;
    return !interrupted();
}

@ A run makes a network, trains it, and evaluates it on both sets of samples. The
validation samples are for choosing and the test samples for telling; they are
kept apart even where nothing is tuned, so that both numbers are always there.

@<Functions that run a comparison@>=
static int one_run(const row_setting *s, const gp_dataset *data,
                   run_outcome *r)
{
    int code = DONE;
    gp_error error = {""};
    gp_optimizer_options how;
    gp_train_options train;
    gp_evaluation v, t;
    *r = @[(run_outcome){NAN, NAN, NAN}@];
    if (optimizer_options(&s->o, &how) || train_options(&s->o, &train))
        return ASKED_WRONGLY;
    train.after_step = go_on;
    gp_network *net = make_network(&s->o, s->net, data, &code);
    if (net == NULL)
        return code;
    @<Train |net| and evaluate it@>@;
    gp_optimizer_free(optimizer);
    gp_network_free(net);
    return status == GP_OK || status == GP_FAILED
               ? DONE : report_error(&s->o, status, &error);
}

@ A training that diverged is a result and no failure of the comparison. It has the
status |GP_FAILED|, and so has an evaluation whose answers are no numbers. Every other
status but |GP_OK| ends the comparison: another row would fail for the same reason.

@<Train |net| and evaluate it@>=
gp_optimizer *optimizer = gp_optimizer_new(net, how, &error);
gp_status status = optimizer
    ? gp_train(net, optimizer, data, &train, &error) : GP_BAD_INPUT;
if (status == GP_OK)
    status = gp_evaluate(net, &data->validation, &v, NULL, &error);
if (status == GP_OK)
    status = gp_evaluate(net, &data->test, &t, NULL, &error);
if (status == GP_OK)
    *r = @[(run_outcome){v.accuracy, t.accuracy, t.loss}@];

@ Two options are the same if both have one value, or neither was given. NaN is
not equal to itself, so the second case needs its own words.

@<Functions that run a comparison@>=
static bool same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

@ The data are read anew when one of three options differs from what it was when
they were read last. Reading the images takes half a second, which would add up
over a hundred rows.

@<Functions that run a comparison@>=
static int use_data(comparison *c, const options *o)
{
    gp_error error = {""};
    const options *w = &c->opened;
    bool same = c->open && same_number(w->limit, o->limit)
                && same_number(w->seed, o->seed)
                && (w->data == o->data || (w->data && o->data
                                           && !strcmp(w->data, o->data)));
    if (same)
        return DONE;
    if (c->open)
        gp_dataset_free(&c->data);
    gp_status s = open_data(o, &c->data, &error);
    c->open = s == GP_OK;
    c->opened = *o;
    return c->open ? DONE : report_error(o, s, &error);
}

@ The summary is updated run by run. The sum of squared distances from the mean is kept
in Welford's form: the distance from the old mean times the distance from the new one
is added, which loses no digits when the accuracies lie close together. In the end it
is divided by one less than the number of runs, as for a sample.

@<Functions that run a comparison@>=
static void add_run(summary *u, const run_outcome *r)
{
    if (!isfinite(r->test) || !isfinite(r->validation)) {
        u->diverged++;
        return;
    }
    u->accuracy[u->runs++] = r->test;
    double n = (double)u->runs, distance = r->test - u->mean;
    u->mean += distance / n;
    u->deviation += distance * (r->test - u->mean);
    u->validation += (r->validation - u->validation) / n;
    u->loss += (r->loss - u->loss) / n;
    u->least = fmin(u->least, r->test);
    u->most = fmax(u->most, r->test);
}

@ A setting is run with as many seeds as were asked for, counted from the first
one. The same seed means the same order of samples in every row, so that two rows
differ by their settings alone. In the end the running sum of squares becomes a
deviation.

@<Functions that run a comparison@>=
static int run_setting(comparison *c, row_setting *s, summary *u)
{
    size_t seeds = count_or_else(c->o->seeds, 3);
    uint64_t first = seed_of(&s->o);
    int code = use_data(c, &s->o);
    *u = @[(summary){@[.least@] = INFINITY, @[.most@] = -INFINITY}@];
    for (size_t k = 0; k < seeds && code == DONE; k++) {
        run_outcome r;
        @<Show how far the comparison is@>@;
        s->o.seed = (double)(first + k);
        code = one_run(s, &c->data, &r);
        if (code == DONE && interrupted())
            code = INTERRUPTED;
        if (code == DONE)
            add_run(u, &r);
    }
    u->deviation = u->runs > 1 ? sqrt(u->deviation / (double)(u->runs - 1))
                               : 0;
    return code;
}

@ Nothing is printed on the way but on a terminal, where a line counts the runs and is
written over by the next. The row of the table comes when all its seeds are done.

@<Show how far the comparison is@>=
c->done++;
if (isatty(2))
    fprintf(stderr, "\rrun %zu of %zu%20s\r", c->done, c->runs, "");

@*1 Showing the settings.
\label{sec:lab-compare-show}
A row has mean and deviation, then the range, how many runs there were and how many
diverged, and what the row is called. With two or three runs the range says more than
the deviation; with twenty it is the other way round.

@<Functions that show a comparison@>=
static void print_row(const char *label, const summary *u)
{
    if (u->runs > 0)
        printf("%6.2f%% +- %5.2f  %6.2f..%-6.2f %5zu %9zu  %s\n",
               100 * u->mean, 100 * u->deviation, 100 * u->least,
               100 * u->most, u->runs, u->diverged, label);
    else
        printf("%16s  %14s %5d %9zu  %s\n", "-", "-", 0, u->diverged, label);
}

@ A program gets every single accuracy, too, with which it can do its own
statistics. Where all runs diverged there is no mean: adding NaN to the zero that
stands there makes it |null|.

@<Functions that show a comparison@>=
static void say_row(const row_setting *s, const summary *u)
{
    const double none = u->runs > 0 ? 0 : NAN;
    json_t *all = json_array();
    for (size_t i = 0; i < u->runs; i++)
        json_array_append_new(all, json_real(u->accuracy[i]));
    say(json_pack("{s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:O}", "event", "network", "net", s->net, "runs",
        (json_int_t)u->runs, "diverged", (json_int_t)u->diverged,
        "mean_test_accuracy", number_or_null(u->mean + none), "deviation",
        number_or_null(u->deviation + none), "least",
        number_or_null(u->least), "most", number_or_null(u->most),
        "mean_validation_accuracy", number_or_null(u->validation + none),
        "mean_test_loss", number_or_null(u->loss + none), "test_accuracies",
        all, "varied", s->varied));
}

@ The picture has a point and a bar for each row. The bar goes from the least to the
most, since with three runs a deviation would suggest a precision that is not there.
Rows without a run that came to an end are left out.

@<Functions that show a comparison@>=
static int plot_rows(const comparison *c, const summary *u)
{
    FILE *pipe = begin_plot(c->o);
    if (pipe == NULL)
        return FAILED;
    fprintf(pipe, "set ylabel 'test accuracy (%%)'\nset xtics nomirror\n"
            "set xrange [0.5:%zu.5]\nset xlabel 'row of the table'\n"
            "set xtics 1\n$d << END\n", c->rows);
    for (size_t i = 0; i < c->rows; i++)
        if (u[i].runs > 0)
            fprintf(pipe, "%zu %g %g %g\n", i + 1, 100 * u[i].mean,
                    100 * u[i].least, 100 * u[i].most);
    fprintf(pipe, "END\nplot $d using 1:2:3:4 with yerrorbars pt 7 "
            "title 'mean, least and most'\n");
    return finish_plot(c->o, pipe);
}

@ Where several values are tuned, the row is that of the best one by the mean over the
validation samples. The test samples must not choose: the best of five accuracies on
them is the luckiest one, and the table would show luck. A value with which every run
diverged is worse than any other. Without tuning there is one value, and it is the
best.

@<Functions that compare@>=
static int best_of_row(comparison *c, size_t row, size_t *best, summary *u)
{
    summary here;
    row_setting s;
    for (size_t i = 0; i < (c->o->tune ? c->tune.values : 1); i++) {
        int code = make_setting(c, row, i, &s);
        if (code == DONE)
            code = run_setting(c, &s, &here);
        json_decref(s.varied);
        if (code != DONE)
            return code;
        if (i == 0 || (here.runs > 0 && (u->runs == 0
                       || here.validation > u->validation)))
            *best = i, *u = here;
    }
    return DONE;
}

@ A network is checked by making it. Its weights are drawn for nothing, which takes
a moment; a mistyped word that is found after an hour takes the hour.

@<Functions that compare@>=
static int check_network(comparison *c, const row_setting *s)
{
    int code = use_data(c, &s->o);
    if (code == DONE)
        gp_network_free(make_network(&s->o, s->net, &c->data, &code));
    return code;
}

@ All settings are made once before the first is run, with their networks, so that
a mistake in the last of them is found in the first second and not in the last.

@<Functions that compare@>=
static int check_all(comparison *c)
{
    row_setting s;
    int code = DONE;
    size_t values = c->o->tune ? c->tune.values : 1;
    for (size_t row = 0; row < c->rows && code == DONE; row++)
        for (size_t i = 0; i < values && code == DONE; i++) {
            code = make_setting(c, row, i, &s);
            if (code == DONE)
                code = check_network(c, &s);
            json_decref(s.varied);
        }
    c->runs = c->rows * values * count_or_else(c->o->seeds, 3);
    return code;
}

@ The table is printed row by row, each when its last run is done. A comparison
that is interrupted has printed all rows that are complete. The setting of the
chosen value is made once more, for its label.

@<Functions that compare@>=
static int compare_row(comparison *c, size_t row, summary *u)
{
    row_setting s;
    size_t best = 0;
    int code = best_of_row(c, row, &best, u);
    if (code != DONE)
        return code;
    code = make_setting(c, row, best, &s);
    if (c->o->json)
        say_row(&s, u);
    else
        print_row(s.label, u);
    json_decref(s.varied);
    return code;
}

@ The whole table. Its last column is named for what stands in it: the network where
nothing is varied, the setting where something is.

@<Functions that compare@>=
static int compare_all(comparison *c, summary *u)
{
    int code = check_all(c);
    const char *last = c->varied > 0 || c->o->tune ? "setting" : "network";
    if (code == DONE && !c->o->json)
        printf("%-16s  %-14s %5s %9s  %s\n", "test accuracy", "range",
               "runs", "diverged", last);
    for (size_t row = 0; row < c->rows && code == DONE; row++)
        code = compare_row(c, row, &u[row]);
    return code == DONE && c->o->plot ? plot_rows(c, u) : code;
}

@ There must be a network somewhere: on the line, or among what is varied. And if a
picture is wanted at the end, its name must be right at the beginning.

@<Functions that compare@>=
static int check_line(const options *o)
{
    bool net = o->net.count > 0;
    for (size_t i = 0; i < o->vary.count; i++)
        net |= strncmp(o->vary.at[i], "net=", 4) == 0;
    return net ? check_plot(o)
               : usage("compare: expected --net, once or more");
}

@ The command reads what is varied, runs it, and frees what it made. The
summaries of all rows are kept for the picture.

@<Functions that compare@>=
int compare_command(const options *o)
{
    comparison c = {@[.o@] = o};
    int code = check_line(o);
    if (code == DONE)
        code = read_variations(&c);
    catch_interrupts();
    summary *u = code == DONE ? calloc(c.rows, sizeof *u) : NULL;
    if (u != NULL)
        code = compare_all(&c, u);
    else if (code == DONE)
        code = failure(o, "no memory for %zu settings", c.rows);
    free(u);
    @<Free the comparison@>@;
    return code;
}

@ The values of a variation stand in the same piece of memory as its name, so freeing the
name frees them all.

@<Free the comparison@>=
for (size_t k = 0; k < c.varied; k++)
    free(c.vary[k].name);
free(c.tune.name);
if (c.open)
    gp_dataset_free(&c.data);

@* Initializers, variances and folding.
\label{sec:lab-sample}
Initializers go to the standard output as raw numbers, for other tools to
examine. The rows are written without their padding. A full disk or a closed
pipe must not pass for success.

@<What makes networks from options@>=
bool wants_scaling(const options *o);
gp_variance_scaling scaling_of(const options *o);

@ The parts of variance scaling belong together, and to no named initializer: he\_normal
with another mode would not be He's. Their defaults are those of Keras.

@(tangled/lab/build.c@>=
bool wants_scaling(const options *o)
{
    return !isnan(o->scale) || o->mode >= 0 || o->distribution >= 0;
}
gp_variance_scaling scaling_of(const options *o)
{
    return @[(gp_variance_scaling){or_else(o->scale, 1),
        (gp_mode)(o->mode < 0 ? 0 : o->mode),
        (gp_distribution)(o->distribution < 0 ? 0 : o->distribution)}@];
}

@ A matrix keeps its rows at aligned addresses, with padding behind them. The
padding is no part of the weights and is not written.

@(tangled/lab/sample.c@>=
#include "lab.h"
#include <errno.h>
#include <string.h>

static int write_rows(const options *o, const gp_matrix *w)
{
    for (size_t i = 0; i < w->rows; i++)
        if (fwrite(gp_row(w, i), sizeof(gp_real), w->cols, stdout)
            != w->cols)
            return failure(o, "standard output: %s", strerror(errno));
    return DONE;
}

@ The weights are those that the first layer of a network with this seed would get,
since the stream of random numbers is the same one. So what |sample| prints can be
held against the weights in a checkpoint.

@(tangled/lab/sample.c@>=
static int fill(const options *o, gp_matrix *w)
{
    gp_random root = gp_random_new(seed_of(o));
    gp_random r = gp_random_split(&root, 0);
    bool scaling = strcmp(o->init, "variance_scaling") == 0;
    if (!scaling && wants_scaling(o))
        return usage("--scale, --mode and --distribution: expected --init "
                     "variance_scaling beside them, found '%s'", o->init);
    if (scaling)
        gp_initialize_variance_scaling(w, scaling_of(o), &r);
    else if (!gp_initialize(w, o->init, &r))
        return usage("--init: unknown initializer '%s'%s", o->init,
                     suggestion(o->init, gp_initializer_names(), ""));
    return write_rows(o, w);
}

@ The shape has a bound, and the bound is tested by division again: the product of
two large numbers may wrap around and look small. |sscanf| would read a minus sign
and turn it into a number near $2^{64}$, so it is looked for.

@(tangled/lab/sample.c@>=
static int read_shape(const char *text, size_t *in, size_t *out)
{
    enum { MOST = 1000000000 };
    char rest;
    if (strchr(text, '-') != NULL
        || sscanf(text, "%zux%zu%c", in, out, &rest) != 2 || *in < 1
        || *out < 1 || *in > MOST || *out > MOST / *in)
        return usage("--shape: expected INxOUT with at most 1e9 weights, "
                     "found '%s'", text);
    return DONE;
}

@ The command makes the matrix, fills it, and writes it. Large numbers of bytes are not
lines, so the output gets a full buffer in place of the line buffer, which would be
emptied at every byte that happens to be a line's end.

@(tangled/lab/sample.c@>=
int sample_command(const options *o)
{
    gp_error error;
    gp_matrix w;
    size_t in, out;
    if (o->init == NULL || o->shape == NULL)
        return usage("sample: expected --init NAME and --shape INxOUT");
    if (read_shape(o->shape, &in, &out) != DONE)
        return ASKED_WRONGLY;
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    gp_status s = gp_matrix_new(&w, in, out, &error);
    if (s != GP_OK)
        return report_error(o, s, &error);
    int code = fill(o, &w);
    gp_matrix_free(&w);
    return code;
}

@*1 The variance calculator.
\label{sec:lab-variance}
For one stack of equal layers, the calculator of
Chapter~\ref{ch:initialization} shows what theory predicts, and what one
network has. It integrates a function of one number, so it takes the
activations that are one: no PReLU, no dropout. Which words these are, and
which numbers may stand behind them, the grammar knows: a network of this one
layer is made, and asked.

@(tangled/lab/variance.c@>=
#include "lab.h"
#include <stdlib.h>
#include <string.h>

static int find_activation(const options *o, gp_variance_stack *stack)
{
    const char *word = o->activation ? o->activation : "relu";
    gp_error error = {""};
    gp_network *net = gp_network_new(1, 1, &error);
    gp_status s = net ? gp_network_parse(net, word, &error) : GP_NO_MEMORY;
    gp_layer *layer = s == GP_OK ? gp_network_layer(net, 0) : NULL;
    @<Take the activation from |layer|@>@;
    gp_network_free(net);
    return code;
}

@ A layer's row in the registry says whether it is an activation by element, and the
layer itself knows the numbers that it was made with. A specification of several
layers, or none, is no activation.

@<Take the activation from |layer|@>=
int code = DONE;
if (s != GP_OK)
    code = usage("--activation: %s", error.message);
else if (gp_network_layers(net) != 1 || !gp_word_of(layer)->activation)
    code = usage("--activation: expected one that is a function of one "
                 "number, found '%s'", word);
else {
    stack->activation = gp_word_of(layer)->activation;
    stack->arguments = gp_activation_of(layer);
}

@ The second moments of theory and experiment stand side by side. A second moment
is variance plus squared mean; behind a rectifier, whose outputs have a mean, it is
the one of the two that decides about the next layer.

@(tangled/lab/variance.c@>=
static void print_row(const options *o, size_t l, const gp_variance_row *p,
                      const gp_variance_row *m)
{
    double forward[2] = {p->variance + p->mean * p->mean,
                         m->variance + m->mean * m->mean};
    if (o->json)
        say(json_pack("{s:s, s:I, s:o, s:o, s:o, s:o}", "event", "layer",
            "layer", (json_int_t)l, "forward_predicted",
            number_or_null(forward[0]), "forward_measured",
            number_or_null(forward[1]), "backward_predicted",
            number_or_null(p->gradient), "backward_measured",
            number_or_null(m->gradient)));
    else
        printf("%5zu %12.4g%12.4g %12.4g%12.4g\n", l, forward[0], forward[1],
               p->gradient, m->gradient);
}

@ The table begins with layer 0, the input, and its columns go in pairs: forward and
backward, each as predicted and as measured. The theory assumes that a unit sums many
inputs (Section~\ref{sec:calculator}); in narrow layers the columns of a pair differ.

@(tangled/lab/variance.c@>=
static void print_variance(const options *o, size_t depth,
                           const gp_variance_row *p, const gp_variance_row *m)
{
    if (!o->json)
        printf("%5s %24s %24s\n%5s %12s%12s %12s%12s\n", "", "E[x^2] forward",
               "E[dx^2] backward", "layer", "predicted", "measured",
               "predicted", "measured");
    for (size_t l = 0; l <= depth; l++)
        print_row(o, l, &p[l], &m[l]);
}

@ The prediction comes first, and then the measurement: one network with 256 random
inputs. Both fill an array of rows, the second one behind the first.

@(tangled/lab/variance.c@>=
static int calculate(const options *o, gp_variance_stack *stack,
                     size_t *width, gp_variance_row *row)
{
    gp_error error;
    size_t depth = stack->depth;
    gp_random r = gp_random_new(seed_of(o));
    for (size_t l = 0; l <= depth; l++)
        width[l] = count_or_else(o->width, 256);
    stack->width = width;
    gp_status s = gp_variance_predict(stack, row, &error);
    if (s == GP_OK)
        s = gp_variance_measure(stack, 256, &r, row + depth + 1, &error);
    if (s != GP_OK)
        return report_error(o, s, &error);
    print_variance(o, depth, row, row + depth + 1);
    return DONE;
}

@ The initializer is a named one, or variance scaling by its three parts, or He's where
nothing was said. So without any option the calculator shows ReLU after He, ten layers
deep: a table of ones, which is what He's initializer was derived for.

@(tangled/lab/variance.c@>=
static int choose_initializer(const options *o, gp_variance_stack *stack)
{
    bool named = o->init && strcmp(o->init, "variance_scaling") != 0;
    stack->scaling = scaling_of(o);
    if (named && wants_scaling(o))
        return usage("--scale, --mode and --distribution: expected --init "
                     "variance_scaling beside them, found '%s'", o->init);
    if (named)
        stack->initializer = o->init;
    else if (o->init == NULL && !wants_scaling(o))
        stack->initializer = "he_normal";
    return DONE;
}

@ The command allocates the widths of the layers, which are all the same here, and
the rows: those of the prediction and those of the measurement are one array.

@(tangled/lab/variance.c@>=
int variance_command(const options *o)
{
    gp_variance_stack stack = {@[.depth@] = count_or_else(o->depth, 10)};
    int code = find_activation(o, &stack);
    if (code == DONE)
        code = choose_initializer(o, &stack);
    if (code != DONE)
        return code;
    size_t *width = calloc(stack.depth + 1, sizeof *width);
    gp_variance_row *row = calloc(2 * (stack.depth + 1), sizeof *row);
    code = width && row ? calculate(o, &stack, width, row)
                        : failure(o, "no memory");
    free(width);
    free(row);
    return code;
}

@*1 Folding.
\label{sec:lab-fold}
Folding takes the normalizations out of a trained network: each one behind a
dense layer goes into that layer, each one in front of a dense layer into the
one behind it. The type of a layer says whether it can be folded, and refuses a
neighbour that cannot take it up; a normalization between two activations stays.

@(tangled/lab/fold.c@>=
#include "lab.h"
#include <stdlib.h>
#include <string.h>

static bool fold_layer(const gp_network *net, size_t l)
{
    gp_error unused;
    const gp_layer *here = gp_network_layer(net, l);
    if (here->type->fold == NULL)
        return false;
    if (l > 0 && here->type->fold(here, gp_network_layer(net, l - 1), false,
                                  &unused) == GP_OK)
        return true;
    return l + 1 < gp_network_layers(net)
           && here->type->fold(here, gp_network_layer(net, l + 1), true,
                               &unused) == GP_OK;
}

@ A dense layer without a bias has no place for the shift that a normalization leaves
behind. So in the copy that is folded every dense layer has a bias. It begins with
zeros, which change nothing. A layer is copied by way of its specification, which makes
it anew, and then its values, those of layers inside it included, are copied one
parameter after the other.

@(tangled/lab/fold.c@>=
static gp_status copy_layer(gp_network *from, size_t l, bool with_bias,
                            gp_network *to, gp_error *error)
{
    char *word = gp_layer_specification(gp_network_layer(from, l), error);
    char *bias = word ? strstr(word, ":nobias") : NULL;
    if (with_bias && bias != NULL)
        memmove(bias, bias + 7, strlen(bias + 7) + 1);
    gp_status s = word ? gp_network_parse(to, word, error) : GP_BAD_INPUT;
    free(word);
    if (s != GP_OK)
        return s;
    gp_layer *new = gp_network_layer(to, gp_network_layers(to) - 1);
    gp_walk a = gp_layer_walk(gp_network_layer(from, l));
    gp_walk b = gp_layer_walk(new);
    while (gp_walk_parameter(&a) && gp_walk_parameter(&b))
        gp_matrix_copy(&b.parameter->value, &a.parameter->value);
    return GP_OK;
}

@ Two copies are made: a wide one, in which every dense layer has a bias and the
folding is done, and a small one without the layers that have become
identities.

@(tangled/lab/fold.c@>=
static gp_status copy_network(gp_network *from, const bool *gone,
                              gp_network *to, gp_error *error)
{
    gp_status s = GP_OK;
    for (size_t l = 0; s == GP_OK && l < gp_network_layers(from); l++)
        if (gone == NULL || !gone[l])
            s = copy_layer(from, l, gone == NULL, to, error);
    return s;
}

@ Both copies have the seed of the original, although nothing is drawn from it any
more. A checkpoint records the seed, and a folded network is still that network.

@(tangled/lab/fold.c@>=
static int fold_network(const options *o, gp_network *net,
                        gp_checkpoint_metadata *metadata)
{
    gp_error error = {""};
    size_t n = gp_network_layers(net), folded = 0;
    bool *gone = calloc(n, sizeof *gone);
    gp_network *wide = gp_network_new(gp_network_inputs(net),
                                      gp_network_seed(net), &error);
    gp_network *small = gp_network_new(gp_network_inputs(net),
                                       gp_network_seed(net), &error);
    gp_status s = gone && wide && small
        ? copy_network(net, NULL, wide, &error)
        : gp_fail(&error, GP_NO_MEMORY, "no memory");
    @<Fold, shrink and save@>@;
    free(gone);
    gp_network_free(wide);
    gp_network_free(small);
    return s == GP_OK ? DONE : report_error(o, s, &error);
}

@ Each layer of the wide copy that can be folded is folded, and noted. The small copy
leaves out what was noted. Saving fails if nothing at all is left.

@<Fold, shrink and save@>=
for (size_t l = 0; s == GP_OK && l < n; l++)
    folded += gone[l] = fold_layer(wide, l);
if (s == GP_OK)
    s = copy_network(wide, gone, small, &error);
if (s == GP_OK)
    s = gp_checkpoint_save(o->save, small, NULL, metadata, &error);
if (s == GP_OK)
    printf("%zu batch normalizations folded; %zu layers are left of "
           "%zu\n", folded, gp_network_layers(small), n);

@ The folded network is saved without an optimizer, for it is not meant to be trained
on: the scale that normalization gave to the gradients is gone. The metadata go with
it, so |eval| finds the data.

@(tangled/lab/fold.c@>=
int fold_command(const options *given)
{
    options o = *given;
    gp_checkpoint_metadata m = {0};
    gp_network *net = NULL;
    if (o.load == NULL || o.save == NULL)
        return usage("fold: expected --load F and --save F");
    int code = load_network(&o, &net, &m);
    if (code == DONE)
        code = fold_network(&o, net, &m);
    gp_network_free(net);
    gp_checkpoint_metadata_free(&m);
    return code;
}

@* Measuring speed.
\label{sec:lab-bench}
How fast is a kernel, and how fast could it be? The first number alone says
little, so |bench| also measures the two limits of Section~\ref{sec:roofline}:
the multiplications and additions that the cores can do if they do nothing
else, and the bytes that a copy moves. Each kernel gets its share of the limit that
it meets first.

@(tangled/lab/bench.c@>=
#define _POSIX_C_SOURCE 200809L
#include "lab.h"
#include "experiment.h"
#include "team.h"
#include <omp.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

@ A kernel runs again and again, and each run is timed. The median is what one may
expect. The least is what the kernel can do, since whatever else the machine does can
only add to it. Their distance tells how quiet the machine was.

@(tangled/lab/bench.c@>=
enum { RUNS = 999 };
typedef struct {
    double least, median, most;
} timing;
static timing seconds_of(void (*work)(void *), void *context)
{
    static double run[RUNS];
    size_t n = 0;
    double end = now() + 0.15;
    work(context);
    while (n < 5 || (n < RUNS && now() < end)) {
        double began = now();
        work(context);
        run[n++] = now() - began;
    }
    return (timing){gp_quantile(n, run, 0), gp_quantile(n, run, 0.5),
                    gp_quantile(n, run, 0.9)};
}

@ The limit of arithmetic: twelve vectors to each of which a product is added, over
and over. They are independent, so that the next addition need not wait for
the last one. The result goes to a place that the compiler cannot see through, or
it would leave all of it out.

@(tangled/lab/bench.c@>=
#ifdef __AVX512F__
enum { REGISTER = 64 };
#else
enum { REGISTER = 32 };
#endif
enum { SUMS = 12, TURNS = 20000, WIDE = REGISTER / sizeof(gp_real) };
typedef gp_real lanes __attribute__((vector_size(REGISTER)));
static volatile gp_real sink;
static void only_multiply(void *context)
{
    const gp_real a = *(const gp_real *)context;
    lanes s[SUMS] = {{0}};
    for (int t = 0; t < TURNS; t++)
        for (int i = 0; i < SUMS; i++)
            @<Add a product to each number of |s[i]|@>@;
    for (int i = 0; i < SUMS; i++)
        sink = s[i][0];
}

@ As in the product itself (Section~\ref{sec:fast-product}), a processor without the
combined instruction does a multiplication and an addition.

@<Add a product to each number of |s[i]|@>=
for (int l = 0; l < WIDE; l++)
#ifdef __FMA__
    s[i][l] = __builtin_fmaf(a, s[i][l], a);
#else
    s[i][l] = a * s[i][l] + a;
#endif

@ Both limits are measured with as many threads as the kernels get. The copy goes from
one half of the same memory to the other, as large as the matrices of a kernel.

@(tangled/lab/bench.c@>=
enum { BENCH_ROWS = 128, BENCH_COLS = 512 };
enum { BENCH_SIZE = BENCH_ROWS * BENCH_COLS };
static struct {
    double flops, bytes; /* a second, of all threads */
} limit;
static void multiply_together(void *context)
{
    gp_team_run(1e9, only_multiply, context);
}
static void copy_part(void *context)
{
    gp_real *at = context;
    const gp_part p = gp_team_columns(BENCH_SIZE);
    memcpy(at + BENCH_SIZE + p.first, at + p.first, p.count * sizeof *at);
}
static void copy_together(void *context)
{
    gp_team_run(16. * BENCH_SIZE, copy_part, context);
}

@ The limits are measured again for each number of threads, and printed first, so that
the shares below can be understood and checked by whoever reads them.

@(tangled/lab/bench.c@>=
static void measure_limits(const options *o, int threads)
{
    static gp_real numbers[2 * BENCH_SIZE];
    gp_real half = (gp_real)0.5;
    double work = 2. * SUMS * WIDE * TURNS * threads;
    omp_set_num_threads(threads);
    limit.flops = work / seconds_of(multiply_together, &half).least;
    limit.bytes = 2. * BENCH_SIZE * sizeof(gp_real)
                  / seconds_of(copy_together, numbers).least;
    if (o->json)
        say(json_pack("{s:s, s:i, s:f, s:f}", "event", "limits", "threads",
            threads, "gflop_per_second", 1e-9 * limit.flops,
            "gb_per_second", 1e-9 * limit.bytes));
    else
        printf("limits with %d thread%s: %.1f GFLOP/s, a copy in the cache "
               "%.1f GB/s\n", threads, threads > 1 ? "s" : "",
               1e-9 * limit.flops, 1e-9 * limit.bytes);
}

@ What is timed must be a function of one argument, which is called again and again. So
all that a kernel needs is put together in a structure. One forward pass and one
backward pass are timed separately, as their ratio is of interest.

@(tangled/lab/bench.c@>=
typedef struct {
    gp_layer *layer;
    gp_matrix x, y, dy, dx;
    gp_random random;
} layer_bench;
static void forward_once(void *context)
{
    layer_bench *b = context;
    gp_pass pass = {true, &b->random};
    gp_layer_forward(b->layer, &b->x, &b->y, &pass);
}
static void backward_once(void *context)
{
    layer_bench *b = context;
    gp_layer_backward(b->layer, &b->x, &b->y, &b->dy, &b->dx);
}

@ Nanoseconds for each element compare a kernel with itself
on another day. Bytes moved in a second compare it with the memory: elementwise layers
read one array and write one forward, and read two and write one backward. Operations
in a second compare the products with the processor's limit.

@(tangled/lab/bench.c@>=
static void show_kernel(const options *o, const char *name, const char *way,
                        timing t, double bytes, double flops)
{
    double ns = 1e9 * t.median / BENCH_SIZE, gbs = 1e-9 * bytes / t.median;
    double gflops = 1e-9 * flops / t.median;
    double share = fmax(1e9 * gbs / limit.bytes, 1e9 * gflops / limit.flops);
    if (o->json)
        say(json_pack("{s:s, s:s, s:s, s:f, s:f, s:f, s:f, s:f, s:f}",
            "event", "kernel", "name", name, "pass", way,
            "ns_per_element", ns, "gb_per_second", gbs, "gflop_per_second",
            gflops, "share_of_limit", share, "least_microseconds",
            1e6 * t.least, "median_microseconds", 1e6 * t.median));
    else
        printf("%-14s %-9s %8.3f ns %8.1f GB/s %8.1f GFLOP/s %5.0f %%  "
               "(%.1f to %.1f us)\n", name, way, ns, gbs, gflops,
               100 * share, 1e6 * t.least, 1e6 * t.most);
}

@ The work of a kernel is always the same: 128 samples of 512 units. They fit
into the second-level cache, so the kernel is measured and not the memory. Layers of
such a size are also where training spends its time.

@(tangled/lab/bench.c@>=
static int bench_layer(const options *o, const char *word)
{
    gp_error error = {""};
    layer_bench b = {@[.random@] = gp_random_new(1)};
    gp_network *net = gp_network_new(BENCH_COLS, 1, &error);
    gp_matrix *all[] = {&b.x, &b.y, &b.dy, &b.dx};
    gp_status s = net ? gp_network_parse(net, word, &error) : GP_NO_MEMORY;
    if (s == GP_OK)
        s = gp_network_reserve(net, BENCH_ROWS, &error);
    @<Fill the four matrices of a layer@>@;
    if (s == GP_OK) {
        @<Time the layer both ways@>@;
    }
    for (int i = 0; i < 4; i++)
        gp_matrix_free(all[i]);
    gp_network_free(net);
    return s == GP_OK ? DONE : report_error(o, s, &error);
}

@ Inputs and gradients are normal numbers. With zeros some kernels would be faster
than they are in life: a branch that always goes the same way costs nothing.

@<Fill the four matrices of a layer@>=
for (int i = 0; s == GP_OK && i < 4; i++) {
    s = gp_matrix_new(all[i], BENCH_ROWS, BENCH_COLS, &error);
    if (s == GP_OK)
        gp_random_fill_normal(&b.random, all[i], 0, 1);
}

@ The word is parsed into a network of one layer, but timed by itself. A layer
with a matrix of weights multiplies; the operations of the others are not worth
counting.

@<Time the layer both ways@>=
double n = BENCH_SIZE;
b.layer = gp_network_layer(net, 0);
bool product = b.layer->parameters > 0
               && b.layer->parameter[0].value.rows > 1;
double flops = product ? 2 * n * BENCH_COLS : 0;
const char *name = b.layer->type->name;
show_kernel(o, name, "forward", seconds_of(forward_once, &b),
            2 * n * sizeof(gp_real), flops);
show_kernel(o, name, "backward", seconds_of(backward_once, &b),
            3 * n * sizeof(gp_real), 2 * flops);

@ The second kind of measurement is a training step of a whole network, in samples a
second. One step is the gradients and the update. The data are made up and stay the
same: gathering the samples of a batch belongs to training, and its speed depends on
the memory and not on the kernels.

@(tangled/lab/bench.c@>=
enum { BENCH_BATCH = 512 };
typedef struct {
    gp_network *net;
    gp_optimizer *optimizer;
    gp_matrix x;
    gp_label labels[BENCH_BATCH];
} step_bench;
static void step_once(void *context)
{
    step_bench *b = context;
    gp_error error;
    gp_network_gradients(b->net, &b->x, b->labels);
    gp_optimizer_step(b->optimizer, &error);
}

@ A matrix with more than one row is a matrix of weights. The first one comes without
the product that would give the gradient of the data, since nobody asks for it.

@(tangled/lab/bench.c@>=
static double product_flops(const gp_network *net)
{
    double sum = 0;
    gp_walk w = gp_chain_walk(gp_network_chain(net));
    while (gp_walk_parameter(&w)) {
        const gp_matrix *m = &w.parameter->value;
        if (m->rows > 1)
            sum += (sum > 0 ? 6. : 4.) * (double)m->rows * (double)m->cols;
    }
    return sum;
}

@ The networks are made for images of Fashion-MNIST's size, 784 numbers and ten
classes, but no image is read. A network of another width cannot be timed;
|make_network| says so. The learning rate is so small that the weights stay what
they are.

@(tangled/lab/bench.c@>=
static int bench_step(const options *o, const char *text, size_t batch)
{
    gp_error error = {""};
    int code = DONE;
    const gp_dataset shape = {@[.features@] = 784, @[.classes@] = 10};
    step_bench b = {@[.net@] = make_network(o, text, &shape, &code)};
    if (b.net == NULL)
        return code;
    b.optimizer = gp_optimizer_new(b.net, gp_sgd(@[.learning_rate@] = 1e-6),
                                   &error);
    gp_status s = b.optimizer ? gp_matrix_new(&b.x, batch, 784, &error)
                              : GP_BAD_INPUT;
    if (s == GP_OK)
        s = gp_network_reserve(b.net, batch, &error);
    if (s == GP_OK) {
        @<Time a training step@>@;
    }
    gp_matrix_free(&b.x);
    gp_optimizer_free(b.optimizer);
    gp_network_free(b.net);
    return s == GP_OK ? DONE : report_error(o, s, &error);
}

@ The inputs are random numbers and the labels go through the classes in turn.
The operations that count are those of the products: two for each weight and
sample forward, two for the gradient of the weight, and two for the gradient of
the input, which the first layer does not need.

@<Time a training step@>=
gp_random r = gp_random_new(1);
gp_random_fill_normal(&r, &b.x, 0, 1);
for (size_t i = 0; i < batch; i++)
    b.labels[i] = (gp_label)(i % 10);
timing t = seconds_of(step_once, &b);
double flops = (double)batch * product_flops(b.net) / t.median;
if (o->json)
    say(json_pack("{s:s, s:s, s:I, s:f, s:f, s:f, s:f}", "event", "step",
        "net", text, "batch", (json_int_t)batch, "microseconds",
        1e6 * t.median, "least_microseconds", 1e6 * t.least,
        "samples_per_second", (double)batch / t.median, "share_of_limit",
        flops / limit.flops));
else
    printf("%9.1f us %10.0f samples/s %6.1f GFLOP/s %3.0f %%  batch %3zu  "
           "%s\n", 1e6 * t.median, (double)batch / t.median, 1e-9 * flops,
           100 * flops / limit.flops, batch, text);

@ Every layer of the registry is timed, those that a reader has added as well.
An argument that must be given gets the middle of its range; a dense layer gets
as many units as the others have.

@(tangled/lab/bench.c@>=
static int bench_word(const options *o, const gp_word *w)
{
    char text[128];
    int n = snprintf(text, sizeof text, "%s", w->word);
    for (int k = 0; k < GP_MAX_ARGUMENTS && w->argument[k].name; k++) {
        const gp_argument *a = &w->argument[k];
        double value = a->kind == GP_UNITS ? BENCH_COLS
                                           : (a->low + a->high) / 2;
        if (isnan(a->otherwise))
            n += snprintf(text + n, sizeof text - (size_t)n, ":%g", value);
    }
    return w->composite ? DONE : bench_layer(o, text);
}

@ Without a network on the line the list is: every layer, then three networks, each with
three sizes of batch. The three stand for the book's kinds: a shallow rectifier network,
the same with batch normalization, and a deep stack of SELU. With networks on the line
only these are timed. A step leaves out what training has besides: batches are not gathered,
nothing is shuffled, and no validation follows. \texttt{make bench PEERS=1} times whole epochs,
ours and PyTorch's in turn.

@(tangled/lab/bench.c@>=
static int bench_all(const options *o)
{
    static const char *const nets[] = {
        "dense:300 relu dense:100 relu dense:10",
        "dense:300:nobias batchnorm relu dense:100:nobias batchnorm relu "
        "dense:10",
        "20*(dense:100:lecun_normal selu) dense:10"};
    int code = DONE;
    size_t n = o->net.count;
    for (size_t i = 0; n == 0 && code == DONE && gp_word_at(i) != NULL; i++)
        code = bench_word(o, gp_word_at(i));
    for (size_t i = 0; i < (n ? n : 3); i++)
        for (size_t batch = 32; batch <= BENCH_BATCH; batch *= 4)
            code = code ? code
                        : bench_step(o, n ? o->net.at[i] : nets[i], batch);
    return code;
}

@ One thread comes first, then all of them, so that one sees what a second core is
worth; or as many as \texttt{-{}-threads} says, and nothing else.

@(tangled/lab/bench.c@>=
int bench_command(const options *o)
{
    int all = omp_get_max_threads(), code = DONE;
    int threads = count_or_else(o->threads, 0) > 0 ? all : 1;
    for (; code == DONE && threads <= all;
         threads = threads < all ? all : all + 1) {
        measure_limits(o, threads);
        code = bench_all(o);
    }
    return code;
}

@* From the command line to a command.
\label{sec:lab-main}
The commands are a table, too. A row has the name, the letter by which the table of
options knows the command, the function, a line of help, and an example. Help and the
manual page are printed from it.

@<The commands@>=
typedef struct {
    const char *name;
    char letter;
    int (*run)(const options *);
    const char *help, *example;
} command;
extern const command commands[]; /* the last one has no name */
const char *command_name(char letter);
int help(FILE *file);
int help_on(const command *c);
int manual(void);
void put_roff(FILE *file, const char *text);

@ Every room has one door: a function that takes the options and returns the exit code.
A command that comes later needs a room, a row, and the letter in the options it takes.

@<The commands@>=
int train_command(const options *o);
int probe_command(const options *o);
int eval_command(const options *o);
int compare_command(const options *o);
int variance_command(const options *o);
int fold_command(const options *o);
int sample_command(const options *o);
int bench_command(const options *o);

@ The first half of the commands. An example says more than a list of options, so
each command has one; it is shown by the help and stands in the manual page.

@(tangled/lab/main.c@>=
#include "lab.h"
#include <cblas.h>
#include <omp.h>
#include <string.h>

const command commands[] = {
    {"train", 't', train_command, "train a network, or go on with one",
     "lab train --net 'dense:100:he_normal relu dense:10' --epochs 3 "
     "--save a.safetensors"},@/
    {"probe", 'p', probe_command,
     "judge every layer: vanishing, exploding, saturated, dying, healthy",
     "lab probe --net '20*(dense:100 sigmoid) dense:10'"},@/
    {"eval", 'e', eval_command, "evaluate a checkpoint on the test set",
     "lab eval --load a.safetensors"},@/
    {"compare", 'c', compare_command,
     "train several networks or settings, each with several seeds",
     "lab compare --net '{depth}*(dense:64 tanh) dense:10' --vary "
     "depth=2,10,30 --tune lr=0.001,0.01"},@/
    @<More rows of the table of commands@>@;
};

@ The other half of the commands, and the row without a name at which a loop
over the table ends.

@<More rows of the table of commands@>=
{"variance", 'v', variance_command,
 "predict and measure the variance along a stack of equal layers",
 "lab variance --activation tanh --init glorot_normal --depth 20"},@/
{"fold", 'f', fold_command, "take batch normalization out of a checkpoint",
 "lab fold --load a.safetensors --save b.safetensors"},@/
{"sample", 's', sample_command,
 "raw weights of an initializer on the standard output",
 "lab sample --init he_normal --shape 784x100 >weights"},@/
{"bench", 'b', bench_command, "time kernels and training steps",
 "lab bench --json"},@/
{NULL, '\0', NULL, NULL, NULL},@/

@ The table of options knows a command by its letter. The manual page wants its name
back.

@(tangled/lab/main.c@>=
const char *command_name(char letter)
{
    const command *c = commands;
    while (c->name != NULL && c->letter != letter)
        c++;
    return c->name ? c->name : "?";
}

@ The options are read, the number of threads is set, and the room's door is
opened. Without a number, OpenMP knows how many processors there are, or what
\texttt{OMP\_NUM\_THREADS} says. LAPACK, which draws orthogonal matrices, gets
one thread: it adds in another order with more of them. OpenBLAS may hand that
number on to OpenMP, so it is told first.

@(tangled/lab/main.c@>=
static int run_command(const command *c, int argc, char **argv)
{
    options o;
    int code = read_options(&o, c->letter, argc, argv);
    if (code == HELP_ASKED)
        return help_on(c);
    if (code != DONE)
        return code;
    int threads = (int)count_or_else(o.threads, 0);
    int usual = omp_get_max_threads();
    openblas_set_num_threads(1);
    omp_set_num_threads(threads > 0 ? threads : usual);
    return c->run(&o);
}

@ Commands are found by their name. A word that is no command gets a suggestion, if
one is near, and in any case the way to the list of all commands.

@(tangled/lab/main.c@>=
static const command *find_command(const char *name)
{
    const command *c = commands;
    while (c->name != NULL && strcmp(c->name, name) != 0)
        c++;
    return c->name ? c : NULL;
}
static int unknown_command(const char *name)
{
    enum { MOST = 32 };
    const char *known[MOST + 1] = {"help"};
    for (size_t i = 0; commands[i].name != NULL && i + 1 < MOST; i++)
        known[i + 1] = commands[i].name;
    return usage("unknown command '%s'%s; 'lab help' lists them", name,
                 suggestion(name, known, ""));
}

@ Help may be asked for before a command, behind it, or instead of it, and by three
names. Whoever asks for help gets it on the standard output and the exit code 0;
whoever gives no command gets the same text as a complaint.

@(tangled/lab/main.c@>=
static bool is_help(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0
           || strcmp(word, "-h") == 0;
}

@ Behind the word for help a command may follow, or \texttt{-{}-man}. Every other first
word must be a command, and what follows it are its options. The version is that of the
library, which was linked into the program.

@(tangled/lab/main.c@>=
static int choose_command(int argc, char **argv)
{
    if (argc < 2)
        return help(stderr);
    const char *first = argv[1], *second = argc > 2 ? argv[2] : NULL;
    bool asked = is_help(first);
    if (strcmp(first, "--version") == 0)
        return printf("lab %s\n", gp_version()) < 0 ? FAILED : DONE;
    if (asked && second == NULL)
        return help(stdout);
    if (asked && strcmp(second, "--man") == 0)
        return manual();
    const command *c = find_command(asked ? second : first);
    if (c == NULL)
        return unknown_command(asked ? second : first);
    return asked ? help_on(c) : run_command(c, argc - 1, argv + 1);
}

@ Whatever a command did, its output must have arrived. The streams are looked after
before anything else is done, and asked after everything else is over.

@(tangled/lab/main.c@>=
int main(int argc, char **argv)
{
    reserve_streams();
    return close_output(choose_command(argc, argv));
}

@*1 Help.
\label{sec:lab-help}
Two lists of words that nobody remembers end the general help: layers and
initializers, each with its arguments. A line is begun when the next word would
not fit on an ordinary terminal.

@(tangled/lab/help.c@>=
#include "lab.h"
#include <string.h>

static void print_word(FILE *file, int *column, const char *word,
                       const gp_argument *arguments, bool composite)
{
    char usage[160];
    gp_word_usage(word, arguments, composite, usage, sizeof usage);
    if (*column + (int)strlen(usage) > 76)
        *column = fprintf(file, "\n ") - 1;
    *column += fprintf(file, " %s", usage);
}

@ The registry (Chapter~\ref{ch:networks}) knows all layers and initializers with
their arguments, those of a reader included. What it lists is printed.

@(tangled/lab/help.c@>=
static void print_words(FILE *file)
{
    const gp_word *w;
    const gp_initializer *n;
    int column = fprintf(file, "Layers:");
    for (size_t i = 0; (w = gp_word_at(i)) != NULL; i++)
        print_word(file, &column, w->word, w->argument, w->composite);
    column = fprintf(file, "\nInitializers:") - 1;
    for (size_t i = 0; (n = gp_initializer_at(i)) != NULL; i++)
        print_word(file, &column, n->word, n->argument, false);
    fputc('\n', file);
}

@ The general help fits on one screen. It names the commands, and the way to the
options of each. On an ordinary terminal more than a screen is a text that is
scrolled past.

@(tangled/lab/help.c@>=
int help(FILE *file)
{
    fprintf(file, "usage: lab COMMAND [--option value ...]\n"
            "       lab help COMMAND, lab --version\n\n");
    for (const command *c = commands; c->name != NULL; c++)
        fprintf(file, "  lab %s: %s\n", c->name, c->help);
    fprintf(file, "\nA network is layers separated by spaces, for example\n"
            "  20*(dense:100:lecun_normal selu) dense:10\n");
    print_words(file);
    return file == stdout ? DONE : ASKED_WRONGLY;
}

@ The help on one command has its example first, then its options.

@(tangled/lab/help.c@>=
int help_on(const command *c)
{
    printf("lab %s: %s\n\nExample:\n  %s\n\nOptions:\n", c->name, c->help,
           c->example);
    list_options(stdout, c->letter);
    return DONE;
}

@ In the language of manual pages a minus sign without a backslash in front may become a
hyphen, which looks alike and cannot be copied into a command line. A backslash itself
is written with an \texttt{e} behind it.

@(tangled/lab/help.c@>=
void put_roff(FILE *file, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '-' || *text == '\\')
            fputc('\\', file);
        fputc(*text == '\\' ? 'e' : *text, file);
    }
}

@ A command is a paragraph with a hanging title. Between \texttt{.nf} and
\texttt{.fi} lines are not filled, so an example stays as it was written.

@(tangled/lab/help.c@>=
static void describe_commands(void)
{
    printf(".SH COMMANDS\n");
    for (const command *c = commands; c->name != NULL; c++) {
        printf(".TP\n\\fB%s\\fR\n", c->name);
        put_roff(stdout, c->help);
        printf(", as in\n.nf\n");
        put_roff(stdout, c->example);
        printf("\n.fi\n");
    }
}

@ \texttt{lab help -{}-man} prints the manual page. The page that is installed is made
by this command, so it cannot fall behind the program: an option that is in the table is
in the manual.

@(tangled/lab/help.c@>=
int manual(void)
{
    printf(".TH \"lab\" \"1\" \"\" \"gradient %s\" \"The Gradient Problem\"\n"
           ".SH NAME\nlab \\- build, probe, train and compare deep networks\n"
           ".SH SYNOPSIS\n\\fBlab\\fR \\fIcommand\\fR "
           "[\\fB\\-\\-option\\fR \\fIvalue\\fR ...]\n", gp_version());
    describe_commands();
    printf(".SH NETWORKS\n");
    put_roff(stdout, "Layers stand apart by spaces, arguments behind "
             "colons. N*( ... ) repeats a group. The last layer gives the "
             "logits of a softmax. As in ");
    printf("20*(dense:100:lecun_normal selu) dense:10.\n.nf\n");
    print_words(stdout);
    printf(".fi\n.SH OPTIONS\n");
    describe_options(stdout);
    @<Print the end of the manual page@>@;
    return DONE;
}

@ The end of the manual page is what no table knows: the exit codes, the files, and the
one variable of the environment that the program looks at.

@<Print the end of the manual page@>=
printf(".SH EXIT STATUS\n0: done. 1: it ran and failed, for example a "
       "training that diverged. 2: it was asked wrongly, or its input is "
       "wrong. 130: it was interrupted; a training has saved what it could."
       "\n.SH FILES\nCheckpoints are safetensors files. Logs are tables with "
       "tabs between the columns.\n.SH ENVIRONMENT\n\\fBGP_DATA\\fR: the "
       "folder of fashion\\-mnist.\n");

@ The umbrella header has all of the library. A program that includes it and links
the library needs nothing else; the programs of this book do so unless they
show which header a function is in.

@(tangled/lib/gradient.h@>=
#pragma once
#include "activation.h"
#include "batchnorm.h"
#include "chain.h"
#include "checkpoint.h"
#include "clip.h"
#include "dataset.h"
#include "dense.h"
#include "diagnose.h"
#include "dropout.h"
#include "elu.h"
#include "gradcheck.h"
#include "initialize.h"
#include "keras.h"
#include "layernorm.h"
#include "loss.h"
#include "network.h"
#include "optimizer.h"
#include "options.h"
#include "rectifier.h"
#include "registry.h"
#include "residual.h"
#include "sigmoid.h"
#include "smooth.h"
#include "specification.h"
#include "train.h"
#include "variance.h"
#include "walk.h"

@* Which network for which depth.
\label{sec:practitioner}
The book ends where a practitioner begins: with a depth in mind and a choice to
make. The last experiment runs eight recipes of the chapters before at depths
of 2, 10 and 30 hidden layers of 64 units. A fair comparison grants every recipe
its own learning rate. So each is trained with three rates; the validation
images choose one, by the mean over the seeds; and the table shows the accuracy
on the test images at that rate. One cell of the table is the command

\begin{quote}\texttt{lab compare -{}-net "30*(dense:64:he\_normal relu)
dense:10" -{}-optimizer momentum -{}-tune lr=0.001,0.005,0.025 -{}-limit 6000
-{}-epochs 3}\end{quote}

All of it must fit into a minute of computing, so a run sees 6,000 images three
times in batches of 32, 564 steps with momentum 0.9. The table tells how soon a
network trains, and whether; it does not tell how far it gets in a night.

@(tangled/experiments/practitioner.c@>=
#include "experiment.h"
@<Recipes of the closing table@>@;
@<Train a recipe at one rate@>@;
@<Choose the rate of a recipe@>@;
@#
int main(int argc, char **argv)
{
    gp_experiment *e = gp_experiment_begin(argc, argv,
        .name = "practitioner", .data = "fashion-mnist", .limit = 6000,
        .seeds = 3, .epochs = 3,
        .setting = "Eight recipes with 2, 10 and 30 hidden layers of 64 "
                   "units, momentum 0.9, each at the rate of three that the "
                   "validation images choose.");
    @<Fill the closing table@>@;
    return gp_experiment_end(e);
}

@ With so few steps batch normalization's running averages must forget
faster than Keras lets them; 0.9 takes the place of 0.99. The label of a
recipe is what the table shows, the key is how the text below quotes it.

@<Recipes of the closing table@>=
static const char *const recipes[][2] = {
    {"sigmoid|sigmoid, Glorot", "dense:64 sigmoid"},
    {"tanh|tanh, Glorot", "dense:64 tanh"},
    {"relu-glorot|ReLU, Glorot", "dense:64 relu"},
    {"relu|ReLU, He", "dense:64:he_normal relu"},
    {"leaky|leaky ReLU 0.2, He", "dense:64:he_normal leaky_relu:0.2"},
    {"elu|ELU, He", "dense:64:he_normal elu"},
    {"selu|SELU, LeCun", "dense:64:lecun_normal selu"},
    {"batchnorm|ReLU, He, batch normalization",
     "dense:64:he_normal:nobias batchnorm:0.9 relu"}};

@ A run that diverged counts as chance, ten per cent, both for the choice of
the rate and for the table. The test images are evaluated in every run but
speak in the table alone.

@<Train a recipe at one rate@>=
static void train(gp_experiment *e, const char *text, double rate,
                  gp_spread *validation, gp_spread *test)
{
    for (uint64_t k = 0; k < e->plan.seeds; k++) {
        gp_evaluation t = {0, 0.1};
        gp_network *net = gp_experiment_network(e, text, e->plan.seed + k);
        gp_outcome o = gp_experiment_train(e, net, .seed = e->plan.seed + k,
            .optimizer = gp_momentum(0), .learning_rate = rate);
        if (!o.diverged)
            gp_evaluate(net, &e->data.test, &t, NULL, NULL);
        gp_spread_add(validation, o.diverged ? 10 : o.accuracy);
        gp_spread_add(test, 100 * t.accuracy);
        gp_network_free(net);
    }
}

@ The choice looks at the validation images only. Three rates and three seeds make nine
networks for each entry of the table, and the test accuracy of three of them is
shown.

@<Choose the rate of a recipe@>=
static gp_spread tune(gp_experiment *e, const char *net)
{
    static const double rates[3] = {0.001, 0.005, 0.025};
    gp_spread validation[3] = {{0}}, test[3] = {{0}};
    int best = 0;
    for (int r = 0; r < 3; r++) {
        train(e, net, rates[r], &validation[r], &test[r]);
        if (validation[r].mean > validation[best].mean)
            best = r;
    }
    return test[best];
}

@ The grammar's repetition makes a recipe of any depth: the number in front of the
parentheses is all that changes from column to column. The label in front of the bar is
the key by which the text below quotes an entry.

@<Fill the closing table@>=
gp_table *t = gp_experiment_table(e, "", "test accuracy, per cent",
    "recipe", "at-2|2 layers|%.1f", "at-10|10 layers|%.1f",
    "at-30|30 layers|%.1f");
for (size_t i = 0; i < sizeof recipes / sizeof recipes[0]; i++) {
    static const int depths[3] = {2, 10, 30};
    gp_spread s[3];
    for (int d = 0; d < 3; d++)
        s[d] = tune(e, gp_text("%d*(%s) dense:10", depths[d],
                               recipes[i][1]));
    gp_table_row_of_spreads(t, recipes[i][0], s[0], s[1], s[2]);
}

@ \outtable{practitioner}{Accuracy on the test images, per cent: mean and, in
parentheses, standard deviation over three seeds, after 564 steps at the learning
rate that the validation images chose out of three. Read it by columns: the deeper the network, the more the recipe
decides.}

@ \emph{Two hidden layers: it hardly matters.} The eight recipes lie within a
few points of each other, with spreads over the seeds of about half a
point.\claim{at_depth_two_the_recipe_hardly_matters} Even sigmoid units learn
once their learning rate is large. Much that is written about
activations was measured here, where there is least to see.

\emph{Ten hidden layers: anything but sigmoid.} The sigmoid networks are at
\val{practitioner}{at-10-sigmoid} per cent, which is chance; the others train,
and lie about as close as before.\claim{at_depth_ten_only_sigmoid_fails}

@ \emph{Thirty hidden layers: the initializer decides.} ReLU after Glorot is at
chance, \val{practitioner}{at-30-relu-glorot} per cent; the same network after
He is at \val{practitioner}{at-30-relu}.\claim{at_depth_thirty_he_rescues_relu}
It is the experiment of Section~\ref{sec:depth} once more, in a table. SELU
leads with \val{practitioner}{at-30-selu} per cent. Tanh after Glorot follows
with \val{practitioner}{at-30-tanh}, inside the spread and before ReLU, its
leaky form and ELU. That may surprise a reader who took tanh for a thing of the
past, but Glorot's initializer was derived for just this
unit.\claim{at_depth_thirty_selu_and_tanh_lead_the_rectifiers}

@ One entry did not come out as Chapter~\ref{ch:batch-normalization} leads one to
expect: batch normalization is \emph{last} of those that train at depth 30,
with \val{practitioner}{at-30-batchnorm} per cent. The laboratory was built for
such moments. Before training, the sizes of the gradient from the first dense
layer to the last are:

\cell{lab-probe-batchnorm}

The gradient \emph{explodes}, by a factor of about 1.2 in each layer. He's
weights give a unit's input a mean square of 1 over the units. But after a
rectifier the share $1/\pi$ of it is a mean, the same for every sample; the
normalization subtracts it and divides by the deviation of the rest,
$\sqrt{1-1/\pi}$. Forward, that keeps every layer at variance 1. Backward, the
gradient is divided by the same number in every layer, and its mean square grows
by $\pi/(\pi-1)\approx 1.47$, the square of 1.21, as theory has it for wide
networks \citep{yang2019}.\claim{deep_batch_normalization_explodes_backward} The
cure is that of Chapter~\ref{ch:residual}: skip connections
\citep{he2016}, which make a deep network start as a shallow one.

@ \textbf{What to take.} For a stack of dense layers, and as far as these runs
reach:
\begin{itemize}
\item up to a handful of layers, ReLU with He's initializer; batch normalization
makes it a little better and much less sensitive to the rate
(Section~\ref{sec:bn-scale});
\item at ten layers and more, SELU with LeCun's, on standardized inputs and
without ordinary dropout (Chapter~\ref{ch:elu-selu}); tanh with Glorot's is close
behind;
\item sigmoid in no hidden layer;
\item batch normalization for depths of thirty only with skip connections
(Chapter~\ref{ch:residual});
\item and before all else \texttt{lab probe}. A table of verdicts costs a second, a
failed training a night.
\end{itemize}

@* Exercises.
The last exercise is about judging what training made.

@ \begin{exercise}{13-balanced-accuracy}{15}{2}
\textbf{Accuracy that cannot be bought.} If nine images of ten show shirts,
``shirt'' is right nine times of ten. Balanced accuracy is the mean over the
classes of the share of each that was recognized: a constant answer gets 1 over
the number of classes. Compute it from a confusion matrix as \texttt{lab eval}
prints it, a row for each true class and a column for each answer. A class of
which there is no sample does not count. Without any sample the answer is 0.
\end{exercise}
@(tangled/exercises/13-balanced-accuracy.c@>=
#include "exercise.h"
@#
double balanced_accuracy(size_t classes, const size_t *confusion)
{
    gp_not_started();
}

@* Index.
