@i common.w

@** The laboratory.
\label{ch:laboratory}
The modules of this book meet in one program, |lab|, which trains, probes and
compares networks from the command line. This chapter builds it, and ends with
the table that the whole book was written for: which activation, initializer
and normalization for which depth.

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
#include "train.h"
GP_BEGIN_DECLS@;
typedef struct {
    const char *name; /* of the program; the record is NAME.json */
    const char *setting; /* a sentence: what is varied, what is held */
    const char *data; /* a data set, opened at once; |NULL|: none */
    size_t limit; /* training samples at most; 0: all */
    size_t seeds; /* networks for each setting */
    size_t seed; /* of the first of them: 1 */
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
    bool (*after_step)(const gp_train_step *, void *context);
    void (*after_epoch)(const gp_epoch *, void *context);
    void *context;
} gp_trial;

@ What came out of a training. Accuracies are in per cent. Where the training
diverged there is no accuracy and no loss: both are NaN.

@(tangled/lib/experiment.h@>=
typedef struct {
    bool diverged;
    size_t steps;
    double loss; /* mean over the last epoch's steps */
    double accuracy, validation_loss; /* on the validation set */
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
gp_spread gp_experiment_accuracies_with(gp_experiment *e,
                                        const char *specification,
                                        gp_trial trial);
#define gp_experiment_accuracies(e, specification, ...) \
    gp_experiment_accuracies_with((e), (specification), \
        GP_OPTIONS(gp_trial, GP_TRIAL_LEFT_OUT, __VA_ARGS__))

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
GP_END_DECLS@;

@ The module in its parts.

@(tangled/lib/experiment.c@>=
#define _POSIX_C_SOURCE 200809L
#include "experiment.h"
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
 "N  threads of a product"},
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
was computed without it. Seeds need a plan with seeds, a limit needs data, the
others a number to replace.

@<Functions that read an experiment's options@>=
static bool has_meaning(gp_experiment *e, size_t i)
{
    const char *name = option_table[i].name;

    if (strcmp(name, "seed") == 0)
        return e->plan.seeds > 0;
    if (strcmp(name, "limit") == 0 || option_table[i].kind == DATA)
        return e->plan.data != NULL;
    return option_table[i].kind != COUNT || *place(e, i) > 0;
}

@ A count is a whole number of 1 or more, written in digits; a seed may be 0.

@<Functions that read an experiment's options@>=
static void set_count(gp_experiment *e, size_t i, const char *text)
{
    const char *name = option_table[i].name;
    const size_t least = strcmp(name, "seed") == 0 ? 0 : 1;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, NULL, 10);
    if (*text == '\0' || text[strspn(text, "0123456789")] != '\0' ||
        errno != 0 || value < least || value > 1000000000)
        usage(e, "--%s: expected a whole number from %zu to 1000000000, "
              "found '%s'", name, least, text);
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
    e->plan.seed = plan.seed > 0 ? plan.seed : 1;
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

@ A product that is divided among threads is rounded in another order, so the
number of threads is a setting like others.

@<Open the data and set the threads@>=
omp_set_num_threads((int)e->plan.threads);
openblas_set_num_threads((int)e->plan.threads);
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
    const size_t n[] = {p->data ? e->data.train.count : 0, p->seeds,
                        p->seeds ? p->seed : 0, p->epochs, p->steps,
                        p->batch};
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
A network for the experiment's data, from a specification.

@<Functions that train for an experiment@>=
gp_network *gp_experiment_network(gp_experiment *e, const char *specification,
                                  uint64_t seed)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(e->data.features, seed, &error);

    if (net == NULL ||
        gp_network_parse(net, specification, &error) != GP_OK)
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
    if (t->trial->after_step != NULL)
        go_on = t->trial->after_step(s, t->trial->context) && go_on;
    return go_on;
}

@ The report of each epoch overwrites the one before; the last one stays.

@<Functions that train for an experiment@>=
static bool after_epoch(const gp_epoch *epoch, void *context)
{
    training *t = context;

    t->outcome.loss = epoch->train_loss;
    t->outcome.accuracy = 100 * epoch->validation_accuracy;
    t->outcome.validation_loss = epoch->validation_loss;
    if (t->trial->after_epoch != NULL)
        t->trial->after_epoch(epoch, t->trial->context);
    return true;
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

@ The one trainer is called here and nowhere else in the experiments. A
training that diverges is a result; any other failure ends the program.

@<Functions that train for an experiment@>=
gp_outcome gp_experiment_train_with(gp_experiment *e, gp_network *net,
                                    gp_trial trial)
{
    const gp_trial t = completed(e, trial);
    training now = {&t, {0}};
    gp_train_options how = gp_train_options_with(
        .batch = t.batch, .epochs = t.epochs, .seed = t.seed,
        .population = t.population, .schedule = t.schedule,
        .after_step = after_step, .after_epoch = after_epoch,
        .context = &now);
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

@ The commonest experiment of all: the same network from every seed, and its
accuracy in the end.

@<Functions that train for an experiment@>=
gp_spread gp_experiment_accuracies_with(gp_experiment *e,
                                        const char *specification,
                                        gp_trial trial)
{
    gp_spread s = {0};

    for (size_t k = 0; k < e->plan.seeds; k++) {
        gp_network *net;

        trial.seed = e->plan.seed + k;
        net = gp_experiment_network(e, specification, trial.seed);
        gp_spread_add(&s, gp_experiment_train_with(e, net, trial).accuracy);
        gp_network_free(net);
    }
    return s;
}

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

@ What is not a number has a dash for its text and nothing for its value, for
JSON has no NaN.

@<Functions that record@>=
static json_t *text_of(const char *format, double x)
{
    char text[64] = "-";

    if (isfinite(x))
        snprintf(text, sizeof text, format, x);
    return json_string(text);
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
    json_t *mean = text_of(format, s->count ? s->mean : NAN);
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
    free(e);
    return 0;
}

@* The program |lab|.
\label{sec:lab}
The reader's tool has one verb a question: \texttt{train} a network,
\texttt{probe} it before training, \texttt{eval}uate it from a file,
\texttt{compare} several, \texttt{fold} the normalizations away, predict the
\texttt{variance} of a stack, \texttt{sample} an initializer, and
\texttt{bench} the machine. Exit code 0 means done, 1 that it ran and failed,
2 that it was asked wrongly. The difference between 1 and 2 is for scripts: one
that tries a hundred settings should go on after a training that diverged, and
should stop at a mistyped option, which would spoil the other ninety-nine as
well.

@(tangled/lab/lab.c@>=
#define _POSIX_C_SOURCE 200809L
#include <jansson.h> /* before ours, since it has a parameter |gp_real| */
#include "gradient.h"
#include <cblas.h>
#include <errno.h>
#include <omp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tgmath.h>
#include <time.h>
#include <unistd.h>
@<Options of |lab|@>@;
@<Functions that read options@>@;
@<Functions that speak@>@;
@<Functions that make networks from options@>@;
@<Commands of |lab|@>@;
@<The table of commands@>@;
@<The main program of |lab|@>@;

@ All options of all commands are one structure, filled from one table. A row
has the letters of the commands that take the option: \texttt{t} for train,
\texttt{p} for probe, and so on. So \texttt{-{}-depth} is refused by |train|,
which has no use for it, and not passed over. An option that is quietly ignored
does more harm than one that is missing, since its user believes in a result
that was computed without it.

@<Options of |lab|@>=
enum { MOST_NETS = 16 };
typedef struct {
    const char *net[MOST_NETS];
    size_t nets;
    const char *data, *optimizer, *schedule, *log, *save, *resume, *load,
        *plot, *init, *shape, *mode, *distribution, *bn_statistics,
        *activation;
    double lr, momentum, weight_decay, clip_norm, clip_value, scale, batch,
        epochs, seed, seeds, threads, limit, depth, width;
    bool json;
} options;

@ A kind of option says how its text is read. Networks may be given more than
once. The offset is the option's place in the structure, so that one loop can
fill all of them. To add an option is to add a member and a row; reading it,
listing it in the help and suggesting it to somebody who mistyped it follow by
themselves.

@<Options of |lab|@>=
typedef enum { TEXT, NET, NUMBER, COUNT, FLAG } option_kind;
static const struct {
    const char *name, *commands;
    option_kind kind;
    size_t offset;
    const char *help;
} option_table[] = {
    {"net", "tpcb", NET, 0, "SPEC: the network"},
    {"data", "tpec", TEXT, offsetof(options, data),
     "NAME: fashion-mnist, spirals or a folder"},
    {"batch", "tpc", COUNT, offsetof(options, batch), "N: 32"},
    {"epochs", "tc", COUNT, offsetof(options, epochs), "N: in all, 1"},
    {"lr", "tpc", NUMBER, offsetof(options, lr),
     "X: 0.01, Adam 0.001"},
    {"optimizer", "tc", TEXT, offsetof(options, optimizer),
     "sgd|momentum|nesterov|adam"},
    @<More rows of the option table@>@;
};
enum { OPTIONS = sizeof option_table / sizeof option_table[0] };

@ The help text of an option is a part of its row; there is no second list that
could fall behind.

@<More rows of the option table@>=
{"schedule", "t", TEXT, offsetof(options, schedule),
 "constant|exponential:FACTOR|step:EPOCHS:FACTOR|1cycle"},
{"momentum", "tc", NUMBER, offsetof(options, momentum), "X: 0.9"},
{"weight-decay", "tc", NUMBER, offsetof(options, weight_decay), "X: 0"},
{"clip-norm", "tc", NUMBER, offsetof(options, clip_norm), "X: off"},
{"clip-value", "tc", NUMBER, offsetof(options, clip_value), "X: off"},
{"seed", "tpscv", COUNT, offsetof(options, seed), "N: 1"},
{"seeds", "c", COUNT, offsetof(options, seeds), "N: runs a network, 3"},
{"threads", "tpecsbv", COUNT, offsetof(options, threads), "N: 1"},
{"limit", "tpc", COUNT, offsetof(options, limit),
 "N: at most so many training samples"},
{"log", "t", TEXT, offsetof(options, log), "F.tsv: a line an epoch"},
{"save", "tf", TEXT, offsetof(options, save), "F: checkpoint to write"},
{"resume", "t", TEXT, offsetof(options, resume),
 "F: checkpoint to go on from"},
{"load", "ef", TEXT, offsetof(options, load), "F: checkpoint to read"},

@ The last rows serve the initializers and the variance calculator.

@<More rows of the option table@>=
{"plot", "pc", TEXT, offsetof(options, plot), "F.svg: a picture"},
{"bn-statistics", "t", TEXT, offsetof(options, bn_statistics),
 "population|running"},
{"init", "sv", TEXT, offsetof(options, init), "NAME: initializer"},
{"shape", "s", TEXT, offsetof(options, shape), "INxOUT"},
{"scale", "sv", NUMBER, offsetof(options, scale), "X: 1"},
{"mode", "sv", TEXT, offsetof(options, mode), "fan_in|fan_out|fan_avg"},
{"distribution", "sv", TEXT, offsetof(options, distribution),
 "truncated_normal|untruncated_normal|uniform"},
{"activation", "v", TEXT, offsetof(options, activation), "WORD[:ALPHA]"},
{"depth", "v", COUNT, offsetof(options, depth), "N: 10"},
{"width", "v", COUNT, offsetof(options, width), "N: 256"},
{"json", "tpecbv", FLAG, offsetof(options, json), "one object a line"},

@ Bad usage ends the program with 2 and one sentence.

@<Functions that read options@>=
static int usage(const char *format, const char *a, const char *b)
{
    fprintf(stderr, "lab: ");
    fprintf(stderr, format, a, b);
    fputc('\n', stderr);
    return 2;
}
static int report_error(gp_status status, const gp_error *error)
{
    fprintf(stderr, "lab: %s\n", error->message);
    return status == GP_FAILED || status == GP_NO_MEMORY ? 1 : 2;
}

@ A mistyped option is answered with the nearest that the command takes.

@<Functions that read options@>=
static int unknown_option(const char *name, char letter)
{
    const char *known[OPTIONS + 1];
    size_t n = 0;
    for (size_t i = 0; i < OPTIONS; i++)
        if (strchr(option_table[i].commands, letter) != NULL)
            known[n++] = option_table[i].name;
    known[n] = NULL;
    return usage("unknown option '--%s'; the nearest that this command takes "
                 "is '--%s'", name, gp_nearest_word(name, known));
}

@ |strtod| takes infinities and hexadecimal numbers; the former are refused. A
count is a whole number of 1 or more, but a seed may be 0. Counts are kept in a
|double|, which holds every whole number up to $2^{53}\approx9.007\cdot10^{15}$ exactly;
hence the odd bound.

@<Functions that read options@>=
static int set_number(void *place, const char *name, const char *text,
                      bool whole)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value) || value < 0)
        return usage("--%s: expected a number of 0 or more, found '%s'",
                     name, text);
    if (whole && (value != floor(value) || value > 9e15 || value < 1)
        && !(strcmp(name, "seed") == 0 && value == 0))
        return usage("--%s: expected a whole number of 1 or more, found "
                     "'%s'", name, text);
    *(double *)place = value;
    return 0;
}

@ The value goes to its place in the structure, wherever that is.

@<Functions that read options@>=
static int set_option(options *o, size_t i, const char *text)
{
    void *place = (char *)o + option_table[i].offset;
    if (option_table[i].kind == NET && o->nets == MOST_NETS)
        return usage("more than 16 networks, from '%s' on%s", text, "");
    if (option_table[i].kind == NET)
        o->net[o->nets++] = text;
    else if (option_table[i].kind == TEXT)
        *(const char **)place = text;
    else
        return set_number(place, option_table[i].name, text,
                          option_table[i].kind == COUNT);
    return 0;
}

@ Both \texttt{--option value} and \texttt{--option=value} are understood.

@<Functions that read options@>=
static int read_options(options *o, char letter, int argc, char **argv)
{
    for (int k = 0; k < argc; k++) {
        if (strncmp(argv[k], "--", 2) != 0)
            return usage("expected an option, found '%s'%s", argv[k], "");
        char name[32];
        const char *equals = strchr(argv[k], '=');
        snprintf(name, sizeof name, "%.*s",
                 equals ? (int)(equals - argv[k] - 2) : 31, argv[k] + 2);
        size_t i = 0;
        while (i < OPTIONS && (strcmp(option_table[i].name, name) != 0
               || strchr(option_table[i].commands, letter) == NULL))
            i++;
        if (i == OPTIONS)
            return unknown_option(name, letter);
        @<Give option |i| its value@>@;
    }
    return 0;
}

@ A flag has no value. Any other option that ends the line is answered with what
it expected.

@<Give option |i| its value@>=
if (option_table[i].kind == FLAG) {
    o->json = true;
    continue;
}
if (equals == NULL && k + 1 == argc)
    return usage("--%s: expected %s, found the end of the line", name,
                 option_table[i].help);
int status = set_option(o, i, equals ? equals + 1 : argv[++k]);
if (status != 0)
    return status;

@ Words among several are looked up in a list.

@<Functions that read options@>=
static int choose(const char *option, const char *word,
                  const char *const words[], int *choice)
{
    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], word) == 0) {
            *choice = i;
            return 0;
        }
    char text[160];
    snprintf(text, sizeof text, "--%s: unknown word '%%s'; the nearest is "
             "'%%s'", option);
    return usage(text, word, gp_nearest_word(word, words));
}

@ One line of JSON, and then the pipe must see it at once. A line for each event,
and not one large document, lets a program at the other end begin before the
training has ended, and leaves whole lines behind when it is killed. JSON knows
neither infinity nor NaN; a diverged loss becomes |null|, which no reader can
mistake for a number.

@<Functions that speak@>=
static void say(json_t *object)
{
    json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER
                                   | JSON_REAL_PRECISION(9));
    putchar('\n');
    fflush(stdout);
    json_decref(object);
}
static json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

@ Seed 0 is as good as any other, so a seed that was not given is negative.

@<Functions that make networks from options@>=
static uint64_t seed_of(const options *o)
{
    return o->seed >= 0 ? (uint64_t)o->seed : 1;
}

@ Where no data set is named, Fashion-MNIST is taken if it is installed, else
the spirals, and a line says which.

@<Functions that make networks from options@>=
static gp_status open_data(const options *o, gp_dataset *data,
                           gp_error *error)
{
    const char *name = o->data ? o->data : gp_dataset_default();
    if (o->data == NULL)
        fprintf(stderr, "lab: no --data; taking %s\n", name);
    gp_status s = gp_dataset_open(data, name,
                                  seed_of(o), error);
    if (s == GP_OK && o->limit > 0)
        gp_dataset_limit(data, (size_t)o->limit);
    return s;
}

@ A function that returns the network, or |NULL| with a message printed and the
exit code in |*code|.

@<Functions that make networks from options@>=
static gp_network *make_network(const char *text, size_t inputs,
                                size_t classes, uint64_t seed, int *code)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(inputs, seed, &error);
    gp_status s = net ? gp_network_parse(net, text, &error) : GP_NO_MEMORY;
    if (s == GP_OK && gp_network_outputs(net) != classes)
        s = gp_fail(&error, GP_BAD_INPUT, "--net: the data has %zu classes: "
            "expected as many outputs, found %zu", classes,
            gp_network_outputs(net));
    if (s == GP_OK)
        return net;
    *code = report_error(s, &error);
    gp_network_free(net);
    return NULL;
}

@ What was not given is passed on as left out; the optimizer knows its own
defaults.

@<Functions that make networks from options@>=
static int optimizer_options(const options *o, gp_optimizer_options *how)
{
    static const char *const words[] = {"sgd", "momentum", "nesterov",
                                        "adam", NULL};
    int kind = GP_SGD;
    int code = o->optimizer
                   ? choose("optimizer", o->optimizer, words, &kind) : 0;
    *how = gp_optimizer_defaults((gp_optimizer_kind)kind);
    how->learning_rate = o->lr;
    how->momentum = o->momentum;
    how->weight_decay = o->weight_decay;
    how->clip_norm = o->clip_norm;
    how->clip_value = o->clip_value;
    how->adam_form = GP_ADAM_EPSILON_PLAIN;
    return code;
}

@* The commands.
\label{sec:commands}
Training prints a line an epoch. The times go to the terminal's progress line
and to JSON only, so that the table is the same on every run, and two runs can
be compared with |diff|. The progress line itself goes to the error output, and
only where that is a terminal: a redirected table holds the table and nothing
else.

@<Commands of |lab|@>=
typedef struct {
    const options *o;
    FILE *log;
    bool terminal;
    gp_network *net;
    gp_optimizer *optimizer;
    gp_checkpoint_metadata *notes;
    gp_status saved; /* of the last checkpoint */
    gp_error error;
} listener;
static bool show_progress(const gp_train_step *s, void *context)
{
    const listener *l = context;
    if (l->terminal && (s->step % 50 == 0 || s->step == s->steps))
        fprintf(stderr, "\repoch %zu  step %zu/%zu  loss %.4f ", s->epoch,
                s->step, s->steps, s->loss);
    return true;
}

@ An epoch is reported up to three times: on the terminal, to the program that
reads JSON, and to the log.

@<Commands of |lab|@>=
static bool show_epoch(const gp_epoch *e, void *context)
{
    listener *l = context;
    if (l->terminal)
        fprintf(stderr, "\r%60s\r", "");
    if (l->o->json)
        say(json_pack("{s:s, s:I, s:f, s:f, s:f, s:f, s:f}", "event", "epoch",
            "epoch", (json_int_t)e->epoch, "train_seconds", e->train_seconds,
            "samples_per_second", e->samples_per_second, "train_loss",
            e->train_loss, "val_loss", e->validation_loss, "val_accuracy",
            e->validation_accuracy));
    else
        printf("%5zu  %10.4f  %10.4f  %11.2f%%\n", e->epoch, e->train_loss,
               e->validation_loss, 100 * e->validation_accuracy);
    if (l->log != NULL)
        fprintf(l->log, "%zu\t%.9g\t%.9g\t%.9g\t%.6f\n", e->epoch,
                e->train_loss, e->validation_loss, e->validation_accuracy,
                e->train_seconds);
    @<Save what the epoch has made@>@;
    return true;
}

@ A checkpoint is written after every epoch, so that whatever ends a long
training takes one epoch with it at most.

@<Save what the epoch has made@>=
l->notes->epoch = e->epoch;
if (l->o->save != NULL && l->saved == GP_OK)
    l->saved = gp_checkpoint_save(l->o->save, l->net, l->optimizer, l->notes,
                                  &l->error);

@ The test images are looked at once, when training is over. Whoever looks after
every epoch and keeps the best one has chosen by the test images, and what they
say about the chosen network is then too good. For choosing there are the
validation images.

@<Commands of |lab|@>=
static int finish_training(const options *o, gp_network *net,
                           const gp_dataset *data)
{
    gp_error error;
    gp_evaluation e;
    gp_status s = gp_evaluate(net, &data->test, &e, NULL, &error);
    if (s != GP_OK)
        return report_error(s, &error);
    size_t all = gp_network_count(net, false);
    size_t trainable = gp_network_count(net, true);
    if (o->json)
        say(json_pack("{s:s, s:f, s:f, s:I, s:I}", "event", "end",
            "test_accuracy", e.accuracy, "test_loss", e.loss, "parameters",
            (json_int_t)all, "trainable_parameters",
            (json_int_t)trainable));
    else
        printf("test accuracy %.2f%%, test loss %.4f; %zu parameters, %zu of "
               "them trainable\n", 100 * e.accuracy, e.loss, all, trainable);
    return 0;
}

@ The epochs of the command line count from the very first, so that the command
that was interrupted, with \texttt{-{}-resume} added, is the command that goes on. Where
they are done already, the reader means as many again.

@<Commands of |lab|@>=
static size_t epochs_to_run(const options *o,
                            const gp_checkpoint_metadata *notes)
{
    size_t asked = o->epochs > 0 ? (size_t)o->epochs : 1;
    size_t done = (size_t)notes->epoch;
    size_t run = asked > done ? asked - done : asked;
    if (done > 0)
        fprintf(stderr, "lab: going on after epoch %zu, to epoch %zu\n",
                done, done + run);
    return run;
}

@ Between the options and |gp_train|.

@<Commands of |lab|@>=
static int run_training(const options *o, gp_network *net,
                        gp_optimizer *optimizer, const gp_dataset *data,
                        gp_checkpoint_metadata *notes)
{
    gp_error error;
    listener l = {@[.o@] = o, @[.terminal@] = isatty(2) != 0, @[.net@] = net,
                  @[.optimizer@] = optimizer, @[.notes@] = notes};
    @<Say how to train@>@;
    @<Open the log@>@;
    if (!o->json)
        printf("%5s  %10s  %10s  %12s\n", "epoch", "train loss", "val loss",
               "val accuracy");
    gp_status s = gp_train(net, optimizer, data, &how, &error);
    if (l.log != NULL && fclose(l.log) != 0 && s == GP_OK)
        s = gp_fail(&error, GP_FAILED, "%s: %s", o->log, strerror(errno));
    if (l.saved != GP_OK)
        return report_error(l.saved, &l.error);
    return s == GP_OK ? finish_training(o, net, data)
                      : report_error(s, &error);
}

@ What a resumed training inherits comes from the notes, the rest from the line.

@<Say how to train@>=
gp_train_options how = gp_train_options_with(
    @[.batch@] = (size_t)notes->batch, @[.epochs@] = epochs_to_run(o, notes),
    @[.first_epoch@] = (size_t)notes->epoch, @[.seed@] = notes->seed,
    @[.population@] = o->bn_statistics
                      && strcmp(o->bn_statistics, "population") == 0,
    @[.after_step@] = show_progress, @[.after_epoch@] = show_epoch,
    @[.context@] = &l);
if (gp_schedule_parse(notes->schedule, &how.schedule, &error) != GP_OK)
    return usage("--%s%s", error.message, "");

@ A resumed training appends to its log.

@<Open the log@>=
if (o->log != NULL) {
    l.log = fopen(o->log, notes->epoch > 0 ? "a" : "w");
    if (l.log == NULL)
        return usage("%s: could not be opened: %s", o->log, strerror(errno));
    if (notes->epoch == 0)
        fprintf(l.log, "epoch\ttrain_loss\tval_loss\tval_accuracy\t"
                       "train_seconds\n");
}

@ A resumed training takes network, optimizer, schedule, seed, batch size and
data set from the file; the command line says how many epochs, and may name
the data's new place. A \texttt{-{}-net} may stand there still, if it is the same.

@<Commands of |lab|@>=
typedef struct {
    gp_network *net;
    gp_optimizer *optimizer;
    gp_checkpoint_metadata notes;
    gp_dataset data;
} session;

@ The checkpoint is read first, since it knows the data set. What does not fit
together is told in a sentence: a network without an optimizer, another
\texttt{-{}-net}, other data, other samples.

@<Commands of |lab|@>=
static int resume(options *o, session *t)
{
    gp_error error = {""};
    t->net = gp_checkpoint_load(o->resume, &t->notes, &t->optimizer, &error);
    if (t->net == NULL)
        return report_error(GP_BAD_INPUT, &error);
    if (t->optimizer == NULL)
        return usage("%s: expected a checkpoint with an optimizer, found one "
                     "without%s", o->resume, "");
    @<Compare |net| with the checkpoint's network@>@;
    if (o->data == NULL && t->notes.data[0] != '\0')
        o->data = t->notes.data;
    o->seed = (double)t->notes.seed;
    gp_status s = open_data(o, &t->data, &error);
    if (s != GP_OK)
        return report_error(s, &error);
    @<Compare the data with the checkpoint's@>@;
    return 0;
}

@ Going on with fewer samples would be a different training under the same name.

@<Compare the data with the checkpoint's@>=
if (gp_network_inputs(t->net) != t->data.features
    || gp_network_outputs(t->net) != t->data.classes)
    return usage("%s: its network does not fit the data %s", o->resume,
                 t->data.name);
if (t->notes.samples != t->data.train.count)
    return usage("%s: it was trained on another number of samples than "
                 "%s has here; give the same --limit", o->resume,
                 t->data.name);

@ The comparison is of the texts, so that even a change that means the same is
noticed.

@<Compare |net| with the checkpoint's network@>=
if (o->nets == 1
    && strcmp(o->net[0], gp_network_specification(t->net)) != 0)
    return usage("--net: expected none, or the checkpoint's '%s', found "
                 "'%s'", gp_network_specification(t->net), o->net[0]);

@ A training from the beginning. The order matters: the options are checked
before the data are read, since reading takes half a second.

@<Commands of |lab|@>=
static int start(options *o, session *t)
{
    gp_error error = {""};
    gp_optimizer_options how;
    int code = optimizer_options(o, &how);
    if (code != 0)
        return code;
    gp_status s = open_data(o, &t->data, &error);
    if (s != GP_OK)
        return report_error(s, &error);
    @<Note for the checkpoint how the training began@>@;
    t->net = make_network(o->net[0], t->data.features, t->data.classes,
                          t->notes.seed, &code);
    if (t->net == NULL)
        return code;
    t->optimizer = gp_optimizer_new(t->net, how, &error);
    return t->optimizer ? 0 : report_error(GP_BAD_INPUT, &error);
}

@ The notes are complete before the first step, and every checkpoint of this
training carries them.

@<Note for the checkpoint how the training began@>=
t->notes.seed = seed_of(o);
t->notes.batch = o->batch > 0 ? (uint64_t)o->batch
    : t->data.train.count < 32 ? t->data.train.count : 32;
t->notes.samples = t->data.train.count;
snprintf(t->notes.schedule, sizeof t->notes.schedule, "%s",
         o->schedule ? o->schedule : "constant");
snprintf(t->notes.data, sizeof t->notes.data, "%s",
         o->data ? o->data : t->data.name);

@ The command itself checks what the line asks for, and frees what the session
held.

@<Commands of |lab|@>=
static int train_command(const options *given)
{
    static const char *const statistics[] = {"running", "population", NULL};
    options o = *given;
    session t = {NULL};
    int choice;
    if (o.nets > 1 || (o.nets == 0 && o.resume == NULL))
        return usage("train: expected one --net or --resume, found %s%s",
                     o.nets == 0 ? "neither" : "more", "");
    if (o.bn_statistics && choose("bn-statistics", o.bn_statistics,
                                  statistics, &choice) != 0)
        return 2;
    int code = o.resume ? resume(&o, &t) : start(&o, &t);
    if (code == 0)
        code = run_training(&o, t.net, t.optimizer, &t.data, &t.notes);
    gp_optimizer_free(t.optimizer);
    gp_network_free(t.net);
    gp_dataset_free(&t.data);
    return code;
}

@ A probe sends one batch forward and back through a network that has not been
trained, and lets Chapter~\ref{ch:gradient-problem} judge every layer. One
batch is enough. What vanishes or explodes does so by a factor in every layer,
and over twenty layers such a factor makes powers of ten, beside which the
difference between one batch and another does not matter.

@<Commands of |lab|@>=
static gp_status diagnose_network(gp_network *net, const gp_dataset *data,
                                  size_t batch, double learning_rate,
                                  gp_diagnosis *d, gp_error *error)
{
    size_t n = gp_network_layers(net);
    batch = batch < data->train.count ? batch : data->train.count;
    gp_status s = gp_network_reserve(net, batch, error);
    gp_layer **layer = calloc(n, sizeof *layer);
    const gp_matrix **output = calloc(n, sizeof *output);
    const gp_matrix **delta = calloc(n, sizeof *delta);
    if (s == GP_OK && (layer == NULL || output == NULL || delta == NULL))
        s = gp_fail(error, GP_NO_MEMORY, "no memory for %zu layers", n);
    if (s == GP_OK) {
        @<Send one batch through the network and diagnose it@>@;
    }
    free(layer);
    free(output);
    free(delta);
    return s;
}

@ The first images of the training set will do; they are in no order.

@<Send one batch through the network and diagnose it@>=
gp_matrix x = gp_matrix_rows(&data->train.x, 0, batch);
gp_network_gradients(net, &x, data->train.labels);
for (size_t l = 0; l < n; l++) {
    layer[l] = gp_network_layer(net, l);
    output[l] = gp_network_output(net, l);
    delta[l] = gp_network_output_gradient(net, l);
}
gp_diagnose(n, layer, output, delta, learning_rate, d);

@ A program gets every number of the diagnosis, with the histogram.

@<Commands of |lab|@>=
static void say_diagnosis(size_t l, const gp_diagnosis *d)
{
    json_t *bins = json_array();
    for (int b = 0; b < GP_BINS; b++)
        json_array_append_new(bins,
            json_integer((json_int_t)d->output.histogram[b]));
    say(json_pack("{s:s, s:I, s:s, s:o, s:o, s:o, s:o, s:f, s:f, s:o, s:o, "
        "s:o, s:s, s:o}", "event", "layer", "index", (json_int_t)l + 1,
        "layer", d->layer, "mean", number_or_null(d->output.mean),
        "deviation", number_or_null(d->output.deviation), "minimum",
        number_or_null(d->output.minimum), "maximum",
        number_or_null(d->output.maximum), "saturated", d->saturated, "dead",
        d->dead, "gradient", number_or_null(d->gradient),
        "gradient_to_weight", number_or_null(d->gradient_to_weight),
        "update_to_weight", number_or_null(d->update_to_weight), "verdict",
        gp_verdict_word(d->verdict), "histogram", bins));
}

@ The plot is drawn by gnuplot from a pipe: the spread of the activations and
the size of the gradient against the layer, both on one logarithmic axis. The
file's name goes to gnuplot in single quotes, between which a quote is written
twice and nothing else is special; in double quotes gnuplot would run what
stands between backquotes.

@<Commands of |lab|@>=
static int finish_plot(FILE *pipe, const char *path)
{
    if (pclose(pipe) == 0)
        return 0;
    return usage("%s: gnuplot could not draw it%s", path, "") - 1;
}

@ The file is opened and closed once before gnuplot starts, so that a wrong name
is our error and not gnuplot's; and a gnuplot that ends early must not take us
with it by a signal.

@<Commands of |lab|@>=
static FILE *begin_plot(const char *path)
{
    FILE *file = fopen(path, "w"), *pipe;
    if (file == NULL)
        return NULL;
    fclose(file);
    signal(SIGPIPE, SIG_IGN);
    pipe = popen("gnuplot", "w");
    if (pipe == NULL)
        return NULL;
    fprintf(pipe, "set terminal svg size 640,400 font 'sans-serif,12'\n"
            "set output '");
    for (const char *c = path; *c != '\0'; c++)
        fprintf(pipe, *c == '\'' ? "''" : "%c", *c);
    fprintf(pipe, "'\nset border 3\nset tics nomirror\n");
    return pipe;
}

@ Where a value is not finite gnuplot leaves a gap.

@<Commands of |lab|@>=
static int plot_diagnosis(const char *path, size_t n, const gp_diagnosis *d)
{
    FILE *pipe = begin_plot(path);
    if (pipe == NULL)
        return usage("%s: could not be drawn: %s", path,
                     strerror(errno)) - 1;
    fprintf(pipe, "set logscale y\nset format y '10^{%%L}'\n"
            "set xlabel 'layer'\nset xrange [0.5:%zu.5]\n$d << END\n", n);
    for (size_t l = 0; l < n; l++)
        fprintf(pipe, "%zu %g %g\n", l + 1, d[l].output.deviation,
                d[l].gradient);
    fprintf(pipe, "END\nplot $d using 1:2 with linespoints pt 7 ps 0.4 "
            "title 'deviation of the activations', $d using 1:3 with "
            "linespoints pt 7 ps 0.4 title 'size of the gradient'\n");
    return finish_plot(pipe, path);
}

@ A table, JSON, or a picture besides.

@<Commands of |lab|@>=
static int show_probe(const options *o, gp_network *net,
                      const gp_dataset *data)
{
    gp_error error;
    int code = 0;
    size_t n = gp_network_layers(net);
    gp_diagnosis *d = calloc(n, sizeof *d);
    gp_status s = d ? diagnose_network(net, data,
                          o->batch > 0 ? (size_t)o->batch : 100,
                          o->lr > 0 ? o->lr : 0.01, d, &error)
                    : gp_fail(&error, GP_NO_MEMORY, "no memory");
    if (s != GP_OK)
        code = report_error(s, &error);
    for (size_t l = 0; o->json && s == GP_OK && l < n; l++)
        say_diagnosis(l, &d[l]);
    if (!o->json && s == GP_OK)
        gp_diagnose_print(stdout, n, d);
    if (s == GP_OK && o->plot != NULL)
        code = plot_diagnosis(o->plot, n, d);
    free(d);
    return code;
}

@ A probe needs data, for the health of a network depends on what is put into
it.

@<Commands of |lab|@>=
static int probe_command(const options *o)
{
    gp_dataset data;
    gp_error error;
    int code = 0;
    if (o->nets != 1)
        return usage("probe: expected one --net, found %s%s",
                     o->nets == 0 ? "none" : "more", "");
    gp_status s = open_data(o, &data, &error);
    if (s != GP_OK)
        return report_error(s, &error);
    gp_network *net = make_network(o->net[0], data.features, data.classes,
        seed_of(o), &code);
    if (net != NULL)
        code = show_probe(o, net, &data);
    gp_network_free(net);
    gp_dataset_free(&data);
    return code;
}

@ Evaluation prints the confusion matrix: a row for each true class, a column
for each answer. The accuracy says how many answers were wrong; the matrix says
which. On Fashion-MNIST the mistakes are not spread evenly: most of them lie
among T-shirts, shirts, pullovers and coats, where the images leave room for doubt, and
next to none between a boot and a bag.

@<Commands of |lab|@>=
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

@ The same matrix as JSON, an array of rows.

@<Commands of |lab|@>=
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
    say(json_pack("{s:s, s:f, s:f, s:o}", "event", "end", "test_accuracy",
                  e->accuracy, "test_loss", e->loss, "confusion", rows));
}

@ A checkpoint knows the name of its data set, but the data may have been
replaced by others of that name.

@<Commands of |lab|@>=
static int evaluate_file(const options *o, gp_network *net,
                         const gp_dataset *data)
{
    gp_error error;
    gp_evaluation e;
    if (gp_network_inputs(net) != data->features
        || gp_network_outputs(net) != data->classes)
        return usage("%s: its network does not fit the data %s", o->load,
                     data->name);
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
    return s == GP_OK ? 0 : report_error(s, &error);
}

@ The data set is the one that the network was trained on unless the line says
otherwise. The seed is the checkpoint's too: it made the spirals.

@<Commands of |lab|@>=
static int eval_command(const options *o)
{
    gp_dataset data;
    gp_error error;
    gp_checkpoint_metadata notes;
    options with_data = *o;
    if (o->load == NULL)
        return usage("eval: expected --load F%s%s", "", "");
    gp_network *net = gp_checkpoint_load(o->load, &notes, NULL, &error);
    if (net == NULL)
        return report_error(GP_BAD_INPUT, &error);
    if (o->data == NULL && notes.data[0] != '\0')
        with_data.data = notes.data;
    with_data.seed = (double)notes.seed;
    gp_status s = open_data(&with_data, &data, &error);
    int code = s == GP_OK ? evaluate_file(o, net, &data)
                          : report_error(s, &error);
    if (s == GP_OK)
        gp_dataset_free(&data);
    gp_network_free(net);
    return code;
}

@ Initializers go to standard output as raw numbers, for other tools to
examine. The rows are written without their padding.

@<Commands of |lab|@>=
static int scaling_options(const options *o, gp_variance_scaling *s)
{
    static const char *const modes[] = {"fan_in", "fan_out", "fan_avg",
                                        NULL};
    static const char *const distributions[] = {
        "truncated_normal", "untruncated_normal", "uniform", NULL};
    int mode = 0, distribution = 0;
    if ((o->mode && choose("mode", o->mode, modes, &mode) != 0)
        || (o->distribution && choose("distribution", o->distribution,
                                      distributions, &distribution) != 0))
        return 2;
    *s = @[(gp_variance_scaling){o->scale > 0 ? o->scale : 1,
        (gp_mode)mode, (gp_distribution)distribution}@];
    return 0;
}

@ A full disk or a closed pipe must not pass for success.

@<Commands of |lab|@>=
static int write_rows(const gp_matrix *w)
{
    for (size_t i = 0; i < w->rows; i++)
        if (fwrite(gp_row(w, i), sizeof(gp_real), w->cols, stdout) != w->cols)
            return usage("standard output: %s%s", strerror(errno), "") - 1;
    return fflush(stdout) == 0 ? 0 : 1;
}

@ The weights are those that the first layer of a network with this seed would
get.

@<Commands of |lab|@>=
static int fill(const options *o, gp_matrix *w)
{
    gp_random root = gp_random_new(seed_of(o));
    gp_random r = gp_random_split(&root, 0);
    gp_variance_scaling s;
    if (strcmp(o->init, "variance_scaling") == 0) {
        if (scaling_options(o, &s) != 0)
            return 2;
        gp_initialize_variance_scaling(w, s, &r);
    } else if (!gp_initialize(w, o->init, &r)) {
        return usage("--init: unknown initializer '%s'; the nearest is '%s'",
            o->init, gp_nearest_word(o->init, gp_initializer_names()));
    }
    return write_rows(w);
}

@ The shape has a bound, by division again.

@<Commands of |lab|@>=
static int sample_command(const options *o)
{
    gp_error error;
    gp_matrix w;
    unsigned long long in, out;
    char rest;
    if (o->init == NULL || o->shape == NULL)
        return usage("sample: expected --init NAME and --shape INxOUT%s%s",
                     "", "");
    if (sscanf(o->shape, "%llux%llu%c", &in, &out, &rest) != 2 || in < 1
        || out < 1 || in > 1000000000 || out > 1000000000 / in)
        return usage("--shape: expected INxOUT with at most 1e9 weights, "
                     "found '%s'%s", o->shape, "");
    gp_status s = gp_matrix_new(&w, (size_t)in, (size_t)out, &error);
    if (s != GP_OK)
        return report_error(s, &error);
    int code = fill(o, &w);
    gp_matrix_free(&w);
    return code;
}

@ The variance calculator of Chapter~\ref{ch:initialization} for one stack of
equal layers: what theory predicts, and what one network has.

@<Commands of |lab|@>=
static int find_activation(const char *text, gp_variance_stack *stack)
{
    @<Activations that the calculator takes@>@;
    const char *words[sizeof table / sizeof table[0] + 1] = {NULL};
    char name[32];
    const char *colon = strchr(text, ':');
    snprintf(name, sizeof name, "%.*s", colon ? (int)(colon - text) : 31,
             text);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        words[i] = table[i].word;
        if (strcmp(name, table[i].word) != 0)
            continue;
        stack->activation = table[i].type;
        stack->arguments.alpha =
            (gp_real)(colon ? strtod(colon + 1, NULL) : table[i].alpha);
        return 0;
    }
    return usage("--activation: unknown word '%s'; the nearest is '%s'",
                 name, gp_nearest_word(name, words));
}

@ The calculator integrates a function of one number, so it takes the
activations that are one: no PReLU, no dropout.

@<Activations that the calculator takes@>=
static const struct {
    const char *word;
    const gp_activation_type *type;
    double alpha;
} table[] = {{"relu", &gp_relu, 0}, {"sigmoid", &gp_sigmoid, 0},
    {"tanh", &gp_tanh, 0}, {"leaky_relu", &gp_leaky_relu, 0.01},
    {"elu", &gp_elu, 1}, {"selu", &gp_selu, 0}, {"gelu", &gp_gelu, 0},
    {"swish", &gp_swish, 1}, {"mish", &gp_mish, 0},
    {"softplus", &gp_softplus, 0}, {"celu", &gp_celu, 1},
    {"identity", &gp_identity, 0}};

@ The second moments of theory and experiment stand side by side.

@<Commands of |lab|@>=
static void print_variance(const options *o, size_t depth,
                           const gp_variance_row *p, const gp_variance_row *m)
{
    if (!o->json)
        printf("%5s %24s %24s\n%5s %12s%12s %12s%12s\n", "", "E[x^2] forward",
               "E[dx^2] backward", "layer", "predicted", "measured",
               "predicted", "measured");
    for (size_t l = 0; l <= depth; l++) {
        double fp = p[l].variance + p[l].mean * p[l].mean;
        double fm = m[l].variance + m[l].mean * m[l].mean;
        if (o->json)
            say(json_pack("{s:s, s:I, s:o, s:o, s:o, s:o}", "event", "layer",
                "layer", (json_int_t)l, "forward_predicted",
                number_or_null(fp), "forward_measured", number_or_null(fm),
                "backward_predicted", number_or_null(p[l].gradient),
                "backward_measured", number_or_null(m[l].gradient)));
        else
            printf("%5zu %12.4g%12.4g %12.4g%12.4g\n", l, fp, fm,
                   p[l].gradient, m[l].gradient);
    }
}

@ Prediction first, then one network with 256 random inputs.

@<Commands of |lab|@>=
static int calculate(const options *o, gp_variance_stack *stack,
                     size_t *width, gp_variance_row *row)
{
    gp_error error;
    size_t depth = stack->depth;
    gp_random r = gp_random_new(seed_of(o));
    for (size_t l = 0; l <= depth; l++)
        width[l] = o->width > 0 ? (size_t)o->width : 256;
    stack->width = width;
    gp_status s = gp_variance_predict(stack, row, &error);
    if (s == GP_OK)
        s = gp_variance_measure(stack, 256, &r, row + depth + 1, &error);
    if (s != GP_OK)
        return report_error(s, &error);
    print_variance(o, depth, row, row + depth + 1);
    return 0;
}

@ Without any option the calculator shows ReLU after He, ten layers deep: a
table of ones.

@<Commands of |lab|@>=
static int variance_command(const options *o)
{
    gp_variance_stack stack = {@[.depth@] = o->depth > 0 ? (size_t)o->depth
                                                        : 10};
    if (stack.depth > 10000 || o->width > 10000)
        return usage("variance: expected --depth and --width of at most "
                     "10000%s%s", "", "");
    if (find_activation(o->activation ? o->activation : "relu", &stack) != 0)
        return 2;
    if (o->init && strcmp(o->init, "variance_scaling") != 0)
        stack.initializer = o->init;
    else if (o->init == NULL && o->scale == 0 && o->mode == NULL)
        stack.initializer = "he_normal";
    if (scaling_options(o, &stack.scaling) != 0)
        return 2;
    size_t *width = calloc(stack.depth + 1, sizeof *width);
    gp_variance_row *row = calloc(2 * (stack.depth + 1), sizeof *row);
    int code = width && row ? calculate(o, &stack, width, row) : 1;
    free(width);
    free(row);
    return code;
}

@ Folding takes the normalizations out of a trained network: each one behind a
dense layer goes into that layer, each one in front of a dense layer into the
one behind it.

@<Commands of |lab|@>=
static size_t skip_of(gp_network *net, size_t l, gp_error *error,
                      gp_status *s)
{
    gp_layer *here = gp_network_layer(net, l);
    gp_layer *before = l > 0 ? gp_network_layer(net, l - 1) : NULL;
    gp_layer *after = l + 1 < gp_network_layers(net)
                          ? gp_network_layer(net, l + 1) : NULL;
    bool down = before && strcmp(before->type->name, "dense") == 0;
    bool up = after && strcmp(after->type->name, "dense") == 0;
    if (!gp_batchnorm_is(here) || (!down && !up))
        return 0;
    *s = down ? gp_batchnorm_fold(before, here, error)
              : gp_batchnorm_fold_before(here, after, error);
    return *s == GP_OK;
}

@ A dense layer without a bias has no place for the shift, so the folded
network gives every dense layer one. The words of the new network are those of
the old without \texttt{batchnorm} and \texttt{nobias}.

@<Commands of |lab|@>=
static gp_status copy_with_biases(gp_network *from, gp_network *to,
                                  gp_error *error)
{
    gp_status s = GP_OK;
    for (size_t l = 0; s == GP_OK && l < gp_network_layers(from); l++) {
        gp_layer *old = gp_network_layer(from, l);
        char word[128];
        @<Write the word of layer |old| without \texttt{nobias}@>@;
        s = gp_network_parse(to, word, error);
        gp_layer *new = s == GP_OK ? gp_network_layer(to, l) : NULL;
        for (size_t p = 0; s == GP_OK && p < old->parameters; p++)
            gp_matrix_copy(&new->parameter[p].value,
                           &old->parameter[p].value);
    }
    return s;
}

@ The specification that the network recorded is one word a layer where groups
are written out; the grammar's functions give the word of a layer back.

@<Write the word of layer |old| without \texttt{nobias}@>=
const char *recorded = gp_network_word(from, l);
if (strcmp(old->type->name, "dense") == 0)
    snprintf(word, sizeof word, "dense:%zu", old->outputs);
else
    snprintf(word, sizeof word, "%.127s", recorded);

@ The second copy leaves the folded layers out.

@<Commands of |lab|@>=
static gp_status copy_without_folded(gp_network *from, const bool *gone,
                                     gp_network *to, gp_error *error)
{
    gp_status s = GP_OK;
    for (size_t l = 0, k = 0; s == GP_OK && l < gp_network_layers(from); l++) {
        gp_layer *old = gp_network_layer(from, l);
        if (gone[l])
            continue;
        s = gp_network_parse(to, gp_network_word(from, l), error);
        gp_layer *new = s == GP_OK ? gp_network_layer(to, k++) : NULL;
        for (size_t p = 0; s == GP_OK && p < old->parameters; p++)
            gp_matrix_copy(&new->parameter[p].value,
                           &old->parameter[p].value);
    }
    return s;
}

@ Two copies are made: a wide one, in which every dense layer has a bias and the
folding is done, and a small one without the layers that have become
identities.

@<Commands of |lab|@>=
static int fold_network(const options *o, gp_network *net,
                        gp_checkpoint_metadata *notes)
{
    gp_error error = {""};
    size_t n = gp_network_layers(net), folded = 0;
    bool *gone = calloc(n, sizeof *gone);
    gp_network *wide = gp_network_new(gp_network_inputs(net),
                                      gp_network_seed(net), &error);
    gp_network *small = gp_network_new(gp_network_inputs(net),
                                       gp_network_seed(net), &error);
    gp_status s = gone && wide && small ? copy_with_biases(net, wide, &error)
                                        : GP_NO_MEMORY;
    @<Fold, shrink and save@>@;
    free(gone);
    gp_network_free(wide);
    gp_network_free(small);
    return s == GP_OK ? 0 : report_error(s, &error);
}

@ A normalization between two activations has no dense layer beside it and
stays.

@<Fold, shrink and save@>=
for (size_t l = 0; s == GP_OK && l < n; l++)
    folded += gone[l] = skip_of(wide, l, &error, &s) != 0;
if (s == GP_OK)
    s = copy_without_folded(wide, gone, small, &error);
if (s == GP_OK)
    s = gp_checkpoint_save(o->save, small, NULL, notes, &error);
if (s == GP_OK)
    printf("%zu batch normalizations folded; %zu layers are left of "
           "%zu\n", folded, gp_network_layers(small), n);

@ The folded network is saved without an optimizer, for it is not meant to be
trained on.

@<Commands of |lab|@>=
static int fold_command(const options *o)
{
    gp_error error;
    gp_checkpoint_metadata notes;
    if (o->load == NULL || o->save == NULL)
        return usage("fold: expected --load F and --save F%s%s", "", "");
    gp_network *net = gp_checkpoint_load(o->load, &notes, NULL, &error);
    if (net == NULL)
        return report_error(GP_BAD_INPUT, &error);
    int code = fold_network(o, net, &notes);
    gp_network_free(net);
    return code;
}

@ A comparison trains every network with several seeds. A single run proves
little: the spread over the seeds says which differences are real.

@<Commands of |lab|@>=
static int one_run(const options *o, const gp_dataset *data,
                   const char *net_text, uint64_t seed, double *accuracy)
{
    int code = 0;
    gp_error error = {""};
    gp_optimizer_options how;
    gp_evaluation e = {0};
    gp_train_options train = gp_train_options_with(
        @[.epochs@] = o->epochs > 0 ? (size_t)o->epochs : 1,
        @[.seed@] = seed);
    if (o->batch > 0)
        train.batch = (size_t)o->batch;
    if (optimizer_options(o, &how) != 0)
        return 2;
    @<Train one network and evaluate it@>@;
    *accuracy = s == GP_OK ? e.accuracy : NAN;
    gp_optimizer_free(optimizer);
    gp_network_free(net);
    return s == GP_OK || s == GP_FAILED ? 0 : report_error(s, &error);
}

@ Nothing is printed on the way; the row of the table comes when all its seeds
are done.

@<Train one network and evaluate it@>=
gp_network *net = make_network(net_text, data->features, data->classes,
                               seed, &code);
if (net == NULL)
    return code;
gp_optimizer *optimizer = gp_optimizer_new(net, how, &error);
gp_status s = optimizer ? gp_train(net, optimizer, data, &train, &error)
                        : GP_BAD_INPUT;
if (s == GP_OK)
    s = gp_evaluate(net, &data->test, &e, NULL, &error);

@ A run that diverged has no accuracy; it is counted, and left out of the mean.

@<Commands of |lab|@>=
typedef struct {
    double mean, deviation, least, most;
    size_t runs, diverged;
} comparison;

@ The deviation is that of a sample, with one less than the number of runs in
the denominator.

@<Commands of |lab|@>=
static comparison summarize(const double *accuracy, size_t runs)
{
    comparison c = {0, 0, INFINITY, -INFINITY, 0, 0};
    for (size_t i = 0; i < runs; i++)
        if (isfinite(accuracy[i])) {
            c.runs++;
            c.mean += accuracy[i];
            c.least = fmin(c.least, accuracy[i]);
            c.most = fmax(c.most, accuracy[i]);
        }
    c.diverged = runs - c.runs;
    c.mean /= (double)c.runs;
    for (size_t i = 0; i < runs; i++)
        if (isfinite(accuracy[i]) && c.runs > 1)
            c.deviation += (accuracy[i] - c.mean) * (accuracy[i] - c.mean)
                           / (double)(c.runs - 1);
    c.deviation = sqrt(c.deviation);
    return c;
}

@ Mean and deviation, then the range, how many runs there were and how many
diverged.

@<Commands of |lab|@>=
static void show_comparison(const options *o, const char *net,
                            const comparison *c)
{
    if (o->json)
        say(json_pack("{s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:o}", "event",
            "network", "net", net, "runs", (json_int_t)c->runs, "diverged",
            (json_int_t)c->diverged, "mean_test_accuracy",
            number_or_null(c->mean), "deviation",
            number_or_null(c->deviation), "least", number_or_null(c->least),
            "most", number_or_null(c->most)));
    else if (c->runs > 0)
        printf("%6.2f%% +- %5.2f  %6.2f..%-6.2f %5zu %9zu  %s\n",
               100 * c->mean, 100 * c->deviation, 100 * c->least,
               100 * c->most, c->runs, c->diverged, net);
    else
        printf("%16s  %14s %5d %9zu  %s\n", "-", "-", 0, c->diverged, net);
    fflush(stdout);
}

@ A point and a bar for each network.

@<Commands of |lab|@>=
static int plot_comparison(const options *o, const comparison *c)
{
    FILE *pipe = begin_plot(o->plot);
    if (pipe == NULL)
        return usage("%s: could not be drawn: %s", o->plot,
                     strerror(errno)) - 1;
    fprintf(pipe, "set ylabel 'test accuracy (%%)'\nset xtics nomirror\n"
            "set xrange [0.5:%zu.5]\nset xlabel 'network, in the order of "
            "the table'\nset xtics 1\n$d << END\n", o->nets);
    for (size_t i = 0; i < o->nets; i++)
        if (c[i].runs > 0)
            fprintf(pipe, "%zu %g %g %g\n", i + 1, 100 * c[i].mean,
                    100 * c[i].least, 100 * c[i].most);
    fprintf(pipe, "END\nplot $d using 1:2:3:4 with yerrorbars pt 7 "
            "title 'mean, least and most'\n");
    return finish_plot(pipe, o->plot);
}

@ Every network meets the same seeds, and so the same order of samples.

@<Commands of |lab|@>=
static int compare_all(const options *o, const gp_dataset *data)
{
    size_t seeds = o->seeds > 0 ? (size_t)o->seeds : 3;
    comparison result[MOST_NETS];
    double accuracy[1000];
    if (seeds > 1000)
        return usage("--seeds: expected at most 1000%s%s", "", "");
    if (!o->json)
        printf("%-16s  %-14s %5s %9s  %s\n", "test accuracy", "range",
               "runs", "diverged", "network");
    for (size_t i = 0; i < o->nets; i++) {
        for (size_t k = 0; k < seeds; k++) {
            uint64_t seed = seed_of(o) + k;
            int code = one_run(o, data, o->net[i], seed, &accuracy[k]);
            if (code != 0)
                return code;
        }
        result[i] = summarize(accuracy, seeds);
        show_comparison(o, o->net[i], &result[i]);
    }
    return o->plot ? plot_comparison(o, result) : 0;
}

@ The data set is read once for all networks.

@<Commands of |lab|@>=
static int compare_command(const options *o)
{
    gp_dataset data;
    gp_error error;
    if (o->nets == 0)
        return usage("compare: expected --net, once or more%s%s", "", "");
    gp_status s = open_data(o, &data, &error);
    if (s != GP_OK)
        return report_error(s, &error);
    int code = compare_all(o, &data);
    gp_dataset_free(&data);
    return code;
}

@* Measuring speed.
\label{sec:lab-bench}
A kernel's time is the least of several rounds: whatever else the machine does
can only add to it. Elementwise kernels are measured in nanoseconds an element
and in bytes moved; the matrix product in floating-point operations.

@<Commands of |lab|@>=
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
static double least_seconds(void (*work)(void *), void *context)
{
    double least = INFINITY, end = now() + 0.25;
    while (now() < end) {
        double began = now();
        work(context);
        least = fmin(least, now() - began);
    }
    return least;
}

@ What a kernel needs to run again and again.

@<Commands of |lab|@>=
typedef struct {
    gp_layer *layer;
    gp_matrix x, y, dy, dx;
    gp_random random;
} layer_bench;

@ One forward pass, one backward pass: what is timed.

@<Commands of |lab|@>=
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

@ Elementwise layers read one array and write one, or read three and write one.

@<Commands of |lab|@>=
static void show_kernel(const options *o, const char *name, const char *way,
                        double seconds, double elements, double bytes,
                        double operations)
{
    double ns = 1e9 * seconds / elements, gbs = 1e-9 * bytes / seconds;
    double gflops = 1e-9 * operations / seconds;
    if (o->json)
        say(json_pack("{s:s, s:s, s:s, s:f, s:f, s:f}", "event", "kernel",
            "name", name, "pass", way, "ns_per_element", ns, "gb_per_second",
            gbs, "gflop_per_second", gflops));
    else
        printf("%-14s %-9s %8.3f ns/element %8.2f GB/s %8.2f GFLOP/s\n",
               name, way, ns, gbs, gflops);
}

@ The work of a kernel is always the same: 128 samples of 512 units.

@<Commands of |lab|@>=
enum { BENCH_ROWS = 128, BENCH_COLS = 512 };

@ A layer of |BENCH_COLS| units on |BENCH_ROWS| samples, which fit into the
second-level cache: the kernel is measured and not the memory.

@<Commands of |lab|@>=
static int bench_layer(const options *o, const char *word)
{
    gp_error error;
    bool dense = strncmp(word, "dense", 5) == 0;
    double n = (double)BENCH_ROWS * BENCH_COLS;
    double flops = dense ? 2 * n * BENCH_COLS : 0;
    layer_bench b = {@[.random@] = gp_random_new(1)};
    gp_network *net = gp_network_new(BENCH_COLS, 1, &error);
    gp_matrix *all[] = {&b.x, &b.y, &b.dy, &b.dx};
    gp_status s = net ? gp_network_parse(net, word, &error) : GP_NO_MEMORY;
    if (s == GP_OK)
        s = gp_network_reserve(net, BENCH_ROWS, &error);
    for (int i = 0; s == GP_OK && i < 4; i++) {
        s = gp_matrix_new(all[i], BENCH_ROWS, BENCH_COLS, &error);
        if (s == GP_OK)
            gp_random_fill_normal(&b.random, all[i], 0, 1);
    }
    if (s == GP_OK) {
        @<Time the layer both ways@>@;
    }
    for (int i = 0; i < 4; i++)
        gp_matrix_free(all[i]);
    gp_network_free(net);
    return s == GP_OK ? 0 : report_error(s, &error);
}

@ The word is parsed into a network of one layer, but timed by itself.

@<Time the layer both ways@>=
b.layer = gp_network_layer(net, 0);
const char *name = b.layer->type->name;
show_kernel(o, name, "forward", least_seconds(forward_once, &b), n,
            2 * n * sizeof(gp_real), flops);
show_kernel(o, name, "backward", least_seconds(backward_once, &b), n,
            4 * n * sizeof(gp_real), 2 * flops);

@ A training step of whole networks, on made-up data, in samples a second.

@<Commands of |lab|@>=
typedef struct {
    gp_network *net;
    gp_optimizer *optimizer;
    gp_matrix x;
    gp_label labels[128];
} step_bench;

@ One step is the gradients and the update. Data are not gathered here; that
belongs to training.

@<Commands of |lab|@>=
static void step_once(void *context)
{
    step_bench *b = context;
    gp_network_gradients(b->net, &b->x, b->labels);
    gp_optimizer_step(b->optimizer, NULL);
}

@ A network of the wrong width cannot be timed; |make_network| says so.

@<Commands of |lab|@>=
static int bench_step(const options *o, const char *text, size_t batch)
{
    gp_error error;
    int code = 0;
    step_bench b = {@[.net@] = make_network(text, 784, 10, 1, &code)};
    if (b.net == NULL)
        return code;
    gp_random r = gp_random_new(1);
    gp_optimizer_options how = gp_sgd(@[.learning_rate@] = 1e-6);
    b.optimizer = gp_optimizer_new(b.net, how, &error);
    gp_status s = gp_matrix_new(&b.x, batch, 784, &error);
    if (s == GP_OK && b.optimizer != NULL)
        s = gp_network_reserve(b.net, batch, &error);
    if (s == GP_OK && b.optimizer != NULL) {
        @<Time a training step@>@;
    }
    gp_matrix_free(&b.x);
    gp_optimizer_free(b.optimizer);
    gp_network_free(b.net);
    return s == GP_OK ? 0 : report_error(s, &error);
}

@ The best of several runs counts. Whatever disturbs a measurement makes it
longer, never shorter.

@<Time a training step@>=
gp_random_fill_normal(&r, &b.x, 0, 1);
for (size_t i = 0; i < batch; i++)
    b.labels[i] = (gp_label)(i % 10);
double seconds = least_seconds(step_once, &b);
if (o->json)
    say(json_pack("{s:s, s:s, s:I, s:f, s:f}", "event", "step", "net", text,
        "batch", (json_int_t)batch, "microseconds", 1e6 * seconds,
        "samples_per_second", (double)batch / seconds));
else
    printf("%9.1f us %10.0f samples/s  batch %3zu  %s\n", 1e6 * seconds,
           (double)batch / seconds, batch, text);

@ Without a network the list is: every kernel, then three networks, each with
two sizes of batch.

@<Commands of |lab|@>=
static int bench_command(const options *o)
{
    static const char *const words[] = {"dense:512", "sigmoid", "tanh",
        "relu", "leaky_relu", "prelu", "rrelu", "elu", "selu", "gelu",
        "swish", "mish", "softplus", "batchnorm", "dropout:0.5"};
    static const char *const nets[] = {
        "dense:300 relu dense:100 relu dense:10",
        "dense:300:nobias batchnorm relu dense:100:nobias batchnorm relu "
        "dense:10",
        "20*(dense:100:lecun_normal selu) dense:10"};
    int code = 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0] && !o->nets; i++)
        code = code ? code : bench_layer(o, words[i]);
    for (size_t i = 0; i < (o->nets ? o->nets : 3); i++) {
        const char *text = o->nets ? o->net[i] : nets[i];
        code = code ? code : bench_step(o, text, 32);
        code = code ? code : bench_step(o, text, 128);
    }
    return code;
}

@* From the command line to a command.
\label{sec:lab-main}
The commands are a table, and help is printed from it.

@<The table of commands@>=
static const struct {
    const char *name;
    char letter;
    int (*run)(const options *);
    const char *help;
} commands[] = {
    {"train", 't', train_command, "train a network"},
    {"probe", 'p', probe_command,
     "diagnose every layer of an untrained network"},
    {"eval", 'e', eval_command, "evaluate a checkpoint on the test set"},
    {"compare", 'c', compare_command,
     "train several networks with several seeds"},
    {"variance", 'v', variance_command,
     "predict and measure the variance along a stack"},
    {"fold", 'f', fold_command,
     "take batch normalization out of a checkpoint"},
    {"sample", 's', sample_command,
     "raw weights of an initializer on standard output"},
    {"bench", 'b', bench_command, "time kernels and training steps"},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

@ Help is printed from the tables that the program runs on.

@<The main program of |lab|@>=
static int help_on(FILE *file, size_t c)
{
    fprintf(file, "\nlab %s: %s\n", commands[c].name, commands[c].help);
    for (size_t i = 0; i < OPTIONS; i++)
        if (strchr(option_table[i].commands, commands[c].letter))
            fprintf(file, "  --%-14s %s\n", option_table[i].name,
                    option_table[i].help);
    return 0;
}

@ All commands, and the two lists of words that nobody remembers.

@<The main program of |lab|@>=
static int help(FILE *file)
{
    fprintf(file, "usage: lab COMMAND [--option value ...]\n");
    for (size_t c = 0; c < COMMANDS; c++)
        help_on(file, c);
    fprintf(file, "\nA network is layers separated by spaces, for example\n"
            "  20*(dense:100:lecun_normal selu) dense:10\nLayers:");
    for (const char *const *w = gp_network_words(); *w != NULL; w++)
        fprintf(file, " %s", *w);
    fprintf(file, "\nInitializers:");
    for (const char *const *w = gp_initializer_names(); *w != NULL; w++)
        fprintf(file, " %s", *w);
    fputc('\n', file);
    return file == stdout ? 0 : 2;
}

@ One thread is the default: on networks this small a second one costs more in
waiting than it saves, and the same bits come out whatever the machine.

@<The main program of |lab|@>=
static int run_command(size_t c, int argc, char **argv)
{
    options o = {@[.seed@] = -1, @[.lr@] = GP_LEFT_OUT,
        @[.momentum@] = GP_LEFT_OUT, @[.weight_decay@] = GP_LEFT_OUT,
        @[.clip_norm@] = GP_LEFT_OUT, @[.clip_value@] = GP_LEFT_OUT};
    int code = read_options(&o, commands[c].letter, argc, argv);
    if (code != 0)
        return code;
    if (o.threads > 1024)
        return usage("--threads: expected at most 1024%s%s", "", "");
    omp_set_num_threads(o.threads > 0 ? (int)o.threads : 1);
    openblas_set_num_threads(o.threads > 0 ? (int)o.threads : 1);
    return commands[c].run(&o);
}

@ Help may be asked for before a command, behind it, or instead of it.

@<The main program of |lab|@>=
int main(int argc, char **argv)
{
    const char *words[COMMANDS + 2] = {[COMMANDS] = "help"};
    if (argc < 2)
        return help(stderr);
    bool asked = strcmp(argv[1], "help") == 0
                 || strcmp(argv[1], "--help") == 0;
    if (asked && argc == 2)
        return help(stdout);
    argv += asked;
    argc -= asked;
    asked = asked || (argc > 2 && strcmp(argv[2], "--help") == 0);
    for (size_t c = 0; c < COMMANDS; c++) {
        words[c] = commands[c].name;
        if (strcmp(argv[1], words[c]) == 0)
            return asked ? help_on(stdout, c)
                         : run_command(c, argc - 2, argv + 2);
    }
    return usage("unknown command '%s'; the nearest is '%s'", argv[1],
                 gp_nearest_word(argv[1], words));
}

@ The umbrella header has all of the library.

@(tangled/lib/gradient.h@>=
#pragma once
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
#include "layernorm.h"
#include "loss.h"
#include "network.h"
#include "optimizer.h"
#include "options.h"
#include "rectifier.h"
#include "residual.h"
#include "sigmoid.h"
#include "smooth.h"
#include "train.h"
#include "variance.h"

@* A first session.
\label{sec:session}
The program is complete; this and the following sections use it. Chapter
\ref{ch:gradient-problem} showed what twenty sigmoid layers do to a gradient.
The question can now be put without writing a line of C, and before a single
step of training:

\cell{lab-probe}

Only the last layer is well. The remedy of Chapter~\ref{ch:elu-selu} needs three
words of the specification, and the verdicts change:

\cell{lab-probe-selu}

@ Training is one more line. With two hidden layers even sigmoid units learn,
slowly. The learning rate is Keras' default for plain gradient descent, 0.01,
and a row is an epoch, 55,000 images.

\cell{lab-train}

The losses fall and the accuracy climbs at every epoch; nothing is wrong but
the pace.

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

@* Which network for which depth.
\label{sec:practitioner}
The book ends where a practitioner begins: with a depth in mind and a choice to
make. The last demonstration runs eight recipes of the chapters before at
depths of 2, 10 and 30 hidden layers of 64 units. A fair comparison grants
every recipe its own learning rate. So each is trained with three rates; the
validation images choose one, by the mean over three seeds; and the table
shows the accuracy on the test images at that rate.

@(tangled/experiments/practitioner.c@>=
#include "gradient.h"
#include <stdio.h>
#include <stdlib.h>
#include <tgmath.h>
@<Stop if a call failed@>@;
@<Create a file@>@;
enum { RECIPES = 8, DEPTHS = 3, RATES = 3, SEEDS = 3 };
@<Recipes of the closing table@>@;
@<Run one recipe@>@;
@<Choose the rate of a recipe@>@;
@<Main program of the closing table@>@;

@ All of it must fit into a minute of computing, so a run sees 6,000 images
three times in batches of 32, 564 steps with momentum 0.9. The table tells how
soon a network trains, and whether; it does not tell how far it gets in a
night. With so few steps batch normalization's running averages must forget
faster than Keras lets them; 0.9 takes the place of 0.99.

@<Recipes of the closing table@>=
static const struct {
    const char *title, *key, *hidden;
} recipe[RECIPES] = {
    {"sigmoid, Glorot", "sigmoid", "dense:64 sigmoid"},
    {"tanh, Glorot", "tanh", "dense:64 tanh"},
    {"ReLU, Glorot", "relu-glorot", "dense:64 relu"},
    {"ReLU, He", "relu", "dense:64:he_normal relu"},
    {"leaky ReLU 0.2, He", "leaky", "dense:64:he_normal leaky_relu:0.2"},
    {"ELU, He", "elu", "dense:64:he_normal elu"},
    {"SELU, LeCun", "selu", "dense:64:lecun_normal selu"},
    {"ReLU, He, batch normalization", "batchnorm",
     "dense:64:he_normal:nobias batchnorm:0.9 relu"}};
static const size_t depth[DEPTHS] = {2, 10, 30};
static const double rate[RATES] = {0.001, 0.005, 0.025};

@ A run that diverged counts as chance, ten per cent, both for the choice of
the rate and for the table.

@<Run one recipe@>=
typedef struct {
    double validation, test;
} result;

@ The caller gives the recipe, the depth, the rate and the seed; everything else
is the same for all.

@<Run one recipe@>=
static result run(const gp_dataset *data, const char *hidden, size_t layers,
                  double learning_rate, uint64_t seed)
{
    gp_error error = {""};
    char text[160];
    gp_evaluation v = {0, 0.1}, t = {0, 0.1};
    @<Make network and optimizer of a recipe@>@;
    gp_train_options how = gp_train_options_with(@[.epochs@] = 3,
                                                 @[.seed@] = seed);
    if (gp_train(net, o, data, &how, &error) == GP_OK) {
        gp_evaluate(net, &data->validation, &v, NULL, &error);
        gp_evaluate(net, &data->test, &t, NULL, &error);
    }
    gp_optimizer_free(o);
    gp_network_free(net);
    return @[(result){100 * v.accuracy, 100 * t.accuracy}@];
}

@ The grammar's repetition makes a recipe of any depth.

@<Make network and optimizer of a recipe@>=
snprintf(text, sizeof text, "%zu*(%s) dense:10", layers, hidden);
gp_network *net = gp_network_new(data->features, seed, &error);
need(net && gp_network_parse(net, text, &error) == GP_OK, &error);
gp_optimizer_options options = gp_momentum(@[.learning_rate@] = learning_rate);
gp_optimizer *o = gp_optimizer_new(net, options, &error);
need(o != NULL, &error);

@ An entry of the table has the rate that was chosen for it.

@<Choose the rate of a recipe@>=
typedef struct {
    double validation, mean, deviation, rate;
} entry;

@ Three rates, three seeds each. The choice looks at the validation images only;
the test images are evaluated in every run but speak in the table alone.

@<Choose the rate of a recipe@>=
static entry best(const gp_dataset *data, const char *hidden, size_t layers)
{
    entry chosen = {-1, 0, 0, 0};
    for (int r = 0; r < RATES; r++) {
        entry e = {0, 0, 0, rate[r]};
        double test[SEEDS];
        @<Summarize the seeds at rate |r|@>@;
        if (e.validation > chosen.validation)
            chosen = e;
    }
    return chosen;
}

@ Mean and deviation of the sample, as in Section~\ref{sec:commands}.

@<Summarize the seeds at rate |r|@>=
for (int s = 0; s < SEEDS; s++) {
    result one = run(data, hidden, layers, rate[r], (uint64_t)s + 1);
    e.validation += one.validation / SEEDS;
    e.mean += (test[s] = one.test) / SEEDS;
}
for (int s = 0; s < SEEDS; s++)
    e.deviation += (test[s] - e.mean) * (test[s] - e.mean)
                   / (SEEDS - 1);
e.deviation = sqrt(e.deviation);

@ The table goes to the terminal, to the page, and as numbers to the tests.

@<Main program of the closing table@>=
int main(void)
{
    gp_dataset data;
    gp_error error = {""};
    FILE *val = create("practitioner.val"), *tsv = create("practitioner.tsv");
    need(gp_dataset_open(&data, gp_dataset_default(), 1, &error) == GP_OK,
         &error);
    gp_dataset_limit(&data, 6000);
    fprintf(tsv, "recipe\tdepth 2\tdepth 10\tdepth 30\n");
    for (int i = 0; i < RECIPES; i++) {
        printf("%-30s", recipe[i].title);
        fprintf(tsv, "%s", recipe[i].title);
        @<Fill the row of recipe |i|@>@;
        printf("\n");
        fprintf(tsv, "\n");
    }
    gp_dataset_free(&data);
    fclose(tsv);
    return fclose(val);
}

@ Three depths make a row.

@<Fill the row of recipe |i|@>=
for (int d = 0; d < DEPTHS; d++) {
    entry e = best(&data, recipe[i].hidden, depth[d]);
    @<Report recipe |i| at depth |d|@>@;
}

@ A cell of the table, three times over.

@<Report recipe |i| at depth |d|@>=
printf("%6.1f +-%4.1f", e.mean, e.deviation);
fprintf(tsv, "\t$%.1f\\pm%.1f$", e.mean, e.deviation);
fprintf(val, "%s-%zu\t%.1f\n", recipe[i].key, depth[d], e.mean);
fprintf(val, "%s-%zu-spread\t%.1f\n", recipe[i].key, depth[d], e.deviation);
fprintf(val, "%s-%zu-rate\t%g\n", recipe[i].key, depth[d], e.rate);

@ \outtable{practitioner}{Accuracy on the test images, per cent, mean and
standard deviation over three seeds, after 564 steps at the learning rate that
the validation images chose out of three.}

@ \emph{Two hidden layers: it hardly matters.} The eight recipes lie within a
few points of each other, with spreads over the seeds of about half a
point.\claim{at_depth_two_the_recipe_hardly_matters} Even sigmoid units learn
once their learning rate is large. Much that is written about
activations was measured here, where there is least to see.

\emph{Ten hidden layers: anything but sigmoid.} The sigmoid networks are at
\val{practitioner}{sigmoid-10} per cent, which is chance; the others train, and
lie about as close as before.\claim{at_depth_ten_only_sigmoid_fails}

@ \emph{Thirty hidden layers: the initializer decides.} ReLU after Glorot is at
chance, \val{practitioner}{relu-glorot-30} per cent; the same network after He
is at \val{practitioner}{relu-30}.\claim{at_depth_thirty_he_rescues_relu} It
is Section~\ref{sec:depth}'s experiment once more, in a table.
SELU leads with \val{practitioner}{selu-30} per cent. That tanh after Glorot
follows with \val{practitioner}{tanh-30}, inside the spread and before ReLU, its leaky form and ELU, may
surprise a reader who took tanh for a thing of the past. The initializer was
derived for just this
unit.\claim{at_depth_thirty_selu_and_tanh_lead_the_rectifiers}

@ One entry did not come out as Chapter~\ref{ch:batch-normalization} leads one to
expect: batch normalization is \emph{last} of those that train at depth 30,
with \val{practitioner}{batchnorm-30} per cent. The laboratory was built for
such moments. Before training, the sizes of the gradient from the first dense
layer to the last are:

\cell{lab-probe-batchnorm}

The gradient \emph{explodes}, by a factor of about 1.2 a layer. He's weights
give a unit's input a mean square of 1 over the units. But after a rectifier
the share $1/\pi$ of it is a mean, the same for every sample; the
normalization subtracts it and divides by the deviation of the rest,
$\sqrt{1-1/\pi}$. Forward, that keeps every layer at variance 1. Backward, the
gradient is divided by the same number in every layer, and its mean square grows
by $\pi/(\pi-1)\approx 1.47$, the square of 1.21, as theory has it for wide
networks \citep{yang2019}.\claim{deep_batch_normalization_explodes_backward} The cure is
not in this book: skip connections \citep{he2016}, which make a deep network
start as a shallow one.

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
\item batch normalization for depths of thirty only with skip connections;
\item and before all else \texttt{lab probe}. A table of verdicts costs a second, a
failed training a night.
\end{itemize}

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
