/* What an experiment's trials and measurements compute, by hand: in one process, with the data of a small folder or the spirals. */
#include "aborts.h"
#include "allocations.h"
#include "experiment.h"
#include "files.h"
#include "keras.h"

static char folder[64];

static void begin(void)
{
    gp_new_folder(folder);
    ck_assert_int_eq(chdir(folder), 0);
    gp_write_dataset(folder, "");
    ck_assert_ptr_nonnull(freopen("out", "w", stdout)); /* the tables */
}

static void end(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    gp_remove_folder(folder);
}

static gp_experiment *start(const char *data)
{
    static char *argv[] = {"x", NULL};
    return gp_experiment_begin(1, argv, .name = "x", .setting = "A test.", .data = data, .seeds = 1, .seed = 3, .learning_rate = 0.125);
}

static void finish(gp_experiment *e)
{
    ck_assert_int_eq(gp_experiment_end(e), 0);
}

START_TEST(raw_data_is_raw_in_all_three_parts)
{
    gp_experiment *e = start(folder);
    gp_experiment_raw(e, 0.25);
    const struct {
        const gp_samples *samples;
        size_t first;
    } parts[] = {{&e->data.validation, 0}, {&e->data.train, 5}, {&e->data.test, 0}};
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < parts[k].samples->count; i++)
            for (size_t j = 0; j < 6; j++)
                gp_assert_near(gp_row(&parts[k].samples->x, i)[j], 0.25 * (double)((7 * (i + parts[k].first) + 13 * j) % 251), 1e-4);
    for (size_t j = 0; j < 6; j++) {
        ck_assert(e->data.mean.at[j] == 0);
        ck_assert(e->data.deviation.at[j] == 4);
    }
    finish(e);
}
END_TEST

START_TEST(quantiles_are_read_off_the_sorted_numbers)
{
    double x[10] = {7, 1, 9, 3, 5, 2, 8, 0, 6, 4};
    gp_assert_near(gp_quantile(10, x, 0.15), 1, 0);
    gp_assert_near(gp_quantile(10, x, 0.5), 5, 0);
    gp_assert_near(gp_quantile(10, x, 0.85), 8, 0);
    gp_assert_near(gp_quantile(10, x, 0), 0, 0);
    gp_assert_near(gp_quantile(10, x, 1), 9, 0);
    double one = 4;
    gp_assert_near(gp_quantile(1, &one, 0.99), 4, 0);
}
END_TEST

/* The first layer gives its two inputs, so the percentiles are those of the samples, which are standardized. */
START_TEST(percentiles_belong_to_their_units)
{
    gp_experiment *e = start("spirals");
    gp_network *net = gp_experiment_network(e, "identity dense:3", 1);
    double p[2][3], x[2][600];
    gp_unit_percentiles(e, net, 0, p);
    for (size_t i = 0; i < 600; i++)
        for (size_t j = 0; j < 2; j++)
            x[j][i] = (double)gp_row(&e->data.validation.x, i)[j];
    for (size_t j = 0; j < 2; j++) {
        gp_assert_near(p[j][0], gp_quantile(600, x[j], 0.15), 1e-6);
        gp_assert_near(p[j][1], gp_quantile(600, x[j], 0.5), 1e-6);
        gp_assert_near(p[j][2], gp_quantile(600, x[j], 0.85), 1e-6);
        ck_assert(p[j][0] < p[j][1] && p[j][1] < p[j][2]);
    }
    gp_network_free(net);
    finish(e);
}
END_TEST

START_TEST(kernels_are_drawn_anew_and_nothing_else)
{
    gp_experiment *e = start("spirals");
    gp_network *a = gp_experiment_network(e, "dense:200 batchnorm relu dense:200", 1), *b = gp_experiment_network(e, "dense:200 dense:200", 2);
    double deviation = 0.5;
    gp_begin_normal(a, 7, &deviation);
    gp_begin_normal(b, 7, &deviation);
    const gp_matrix *first = &gp_network_layer(a, 0)->parameter[0].value, *last = &gp_network_layer(a, 3)->parameter[0].value;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < 200; i++)
        for (size_t j = 0; j < 200; j++) {
            sum += (double)gp_row(last, i)[j];
            squares += (double)gp_row(last, i)[j] * (double)gp_row(last, i)[j];
        }
    gp_assert_near(sum / 40000, 0, 0.02);
    gp_assert_near(sqrt(squares / 40000), 0.5, 0.01);
    ck_assert_mem_eq(gp_row(first, 1), gp_row(&gp_network_layer(b, 0)->parameter[0].value, 1), 200 * sizeof(gp_real));
    ck_assert_mem_eq(gp_row(last, 199), gp_row(&gp_network_layer(b, 1)->parameter[0].value, 199), 200 * sizeof(gp_real));
    ck_assert(gp_network_layer(a, 1)->parameter[0].value.at[0] == 1); /* gamma */
    ck_assert(gp_network_layer(a, 0)->parameter[1].value.at[0] == 0); /* bias */
    gp_begin_normal(b, 8, &deviation);
    ck_assert_mem_ne(gp_row(first, 1), gp_row(&gp_network_layer(b, 0)->parameter[0].value, 1), 200 * sizeof(gp_real));
    gp_network_free(a);
    gp_network_free(b);
    finish(e);
}
END_TEST

START_TEST(the_diagnosis_is_of_the_first_batch)
{
    static char *argv[] = {"x", NULL};
    gp_experiment *e = gp_experiment_begin(1, argv, .name = "x", .setting = "A test.", .data = "spirals", .seeds = 1, .batch = 7, .learning_rate = 0.5);
    gp_network *net = gp_experiment_network(e, "dense:4 tanh dense:3", 1);
    const gp_matrix x = gp_matrix_rows(&e->data.train.x, 0, 7);
    gp_diagnosis ours[3], theirs[3];
    gp_experiment_diagnose(e, net, ours);
    ck_assert_uint_eq(gp_network_output(net, 1)->rows, 7);
    gp_network_gradients(net, &x, e->data.train.labels);
    gp_diagnose(gp_network_chain(net), 0.5, theirs);
    for (size_t l = 0; l < 3; l++) {
        ck_assert_double_eq(ours[l].gradient, theirs[l].gradient);
        ck_assert_double_eq(ours[l].output.spread, theirs[l].output.spread);
        ck_assert_double_eq(ours[l].update_to_weight, theirs[l].update_to_weight);
    }
    gp_network_free(net);
    finish(e);
}
END_TEST

/* a linear layer of slope 1/2 and weights of variance 1/fan multiplies the mean square by 1/4, in both directions */
START_TEST(variances_are_of_the_word_with_its_arguments)
{
    static char *argv[] = {"x", NULL};
    gp_experiment *e = gp_experiment_begin(1, argv, .name = "x", .setting = "A test.", .seeds = 10, .batch = 30);
    const size_t width[3] = {60, 60, 60};
    gp_variance_row predicted[3], measured[3], same[3];
    double range[2];
    gp_experiment_variance(e, "leaky_relu:0", (gp_variance_stack){.initializer = "lecun_normal", .depth = 2, .units = 60}, predicted, measured, range);
    gp_assert_near(predicted[2].preactivation, 0.5, 1e-6);
    gp_assert_near(predicted[0].gradient, 0.25, 1e-6);
    gp_assert_near(measured[2].preactivation, 0.5, 0.1);
    gp_assert_near(measured[0].gradient, 0.25, 0.1);
    ck_assert(range[0] > 1 && range[1] > 1);
    gp_experiment_variance(e, "leaky_relu:0", (gp_variance_stack){.initializer = "lecun_normal", .depth = 2, .width = width}, predicted, same, range);
    ck_assert_double_eq(same[0].gradient, measured[0].gradient);
    gp_experiment_variance(e, "leaky_relu:1", (gp_variance_stack){.initializer = "lecun_normal", .depth = 2, .units = 60}, predicted, measured, range);
    gp_assert_near(predicted[2].preactivation, 1, 1e-6); /* the identity */
    finish(e);
}
END_TEST

/* what was written into a series, as text: "x,y x,y " */
static const char *points(const char *file)
{
    static char text[4096];
    FILE *f = fopen(file, "r");
    ck_assert_ptr_nonnull(f);
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    return strstr(text, "series");
}

START_TEST(a_density_counts_what_is_between_its_ends)
{
    gp_experiment *e = start(NULL);
    gp_real x[8] = {0, (gp_real)0.5, (gp_real)0.75, 1, 2, (gp_real)-0.25, (gp_real)2.25, 1};
    const gp_matrix m = gp_matrix_view(x, 2, 4, 4);
    gp_series_density(gp_experiment_series(e, "", "x|x|%g", "y|y|%g"), &m, 0, 2, 2);
    finish(e);
    const char *text = points("x.json");
    ck_assert_ptr_nonnull(strstr(text, "[[\"0.5\",\"0.375\"],[\"1.5\",\"0.375\"],[],[]]")); /* 3 of 8 in each */
}
END_TEST

START_TEST(losses_are_averaged_over_whole_windows)
{
    gp_experiment *e = start(NULL);
    double losses[7] = {1, 3, 5, 7, 2, 2, 100};
    ck_assert_uint_eq(gp_series_losses(gp_experiment_series(e, "", "x|x|%g", "y|y|%g"), 7, losses, 2), 3);
    ck_assert_double_eq(losses[0], 2);
    ck_assert_double_eq(losses[1], 6);
    ck_assert_double_eq(losses[2], 2);
    finish(e);
    ck_assert_ptr_nonnull(strstr(points("x.json"), "[[\"1\",\"2\"],[\"3\",\"6\"],[\"5\",\"2\"],[]]"));
}
END_TEST

static double first_bias(gp_experiment *e, gp_network *net)
{
    (void)e;
    return (double)gp_network_layer(net, 0)->parameter[1].value.at[0];
}

START_TEST(repeated_trainings_are_those_of_the_seeds)
{
    static char *argv[] = {"x", "--seeds", "2", NULL};
    gp_experiment *e = gp_experiment_begin(3, argv, .name = "x", .setting = "A test.", .data = "spirals", .seeds = 1, .seed = 3, .batch = 50, .epochs = 1, .learning_rate = 0.125);
    const gp_findings f = gp_experiment_repeat(e, "dense:3", .measure = {first_bias, gp_test_error});
    gp_spread loss = {0}, accuracy = {0}, bias = {0}, wrong = {0};
    for (uint64_t seed = 3; seed < 5; seed++) {
        gp_network *net = gp_experiment_network(e, "dense:3", seed);
        const gp_outcome o = gp_experiment_train(e, net, .seed = seed);
        gp_evaluation found;
        ck_assert_int_eq(gp_evaluate(net, &e->data.test, &found, NULL, NULL), GP_OK);
        gp_spread_add(&loss, o.loss), gp_spread_add(&accuracy, o.accuracy);
        gp_spread_add(&bias, first_bias(e, net)), gp_spread_add(&wrong, 100 * (1 - found.accuracy));
        ck_assert_double_eq(gp_test_error(e, net), 100 * (1 - found.accuracy));
        ck_assert_int_eq(gp_evaluate(net, &e->data.train, &found, NULL, NULL), GP_OK);
        ck_assert_double_eq(gp_train_error(e, net), 100 * (1 - found.accuracy));
        gp_network_free(net);
    }
    ck_assert_double_eq(f.rate, 0.125);
    ck_assert_double_eq(f.loss.mean, loss.mean);
    ck_assert_double_eq(f.accuracy.most, accuracy.most);
    ck_assert_double_eq(f.measured[0].least, bias.least);
    ck_assert_double_eq(f.measured[1].mean, wrong.mean);
    ck_assert_double_eq(gp_experiment_accuracies(e, "dense:3", 0).mean, accuracy.mean);
    finish(e);
}
END_TEST

START_TEST(what_diverges_is_lost_and_not_measured)
{
    gp_experiment *e = start("spirals");
    const gp_findings f = gp_experiment_repeat(e, "dense:300 relu dense:300 relu dense:3", .batch = 50, .epochs = 1, .learning_rate = 1e20, .measure = {first_bias});
    ck_assert_uint_eq(f.loss.lost, 1);
    ck_assert_uint_eq(f.measured[0].lost, 1);
    ck_assert_uint_eq(f.measured[0].count, 0);
    ck_assert_uint_eq(f.measured[1].lost, 0);
    finish(e);
}
END_TEST

START_TEST(the_best_rate_survives_and_is_most_often_right)
{
    gp_experiment *e = start("spirals");
    const char *net = "dense:20 tanh dense:3";
    const double rates[] = {1e-9, 0.5, 1e-8, 0}, hopeless[] = {1e20, 0};
    const gp_findings best = gp_experiment_tune(e, net, rates, .batch = 50, .epochs = 5);
    ck_assert_double_eq(best.rate, 0.5);
    ck_assert_double_eq(best.accuracy.mean, gp_experiment_accuracies(e, net, .batch = 50, .epochs = 5, .learning_rate = 0.5).mean);
    ck_assert(isnan(gp_experiment_tune(e, "dense:300 relu dense:300 relu dense:3", hopeless, .batch = 50, .epochs = 1).rate));
    finish(e);
}
END_TEST

START_TEST(samples_go_through_a_stack)
{
    gp_experiment *e = start(NULL);
    gp_real in[6] = {1, 2, 3, -4, -5, -6};
    const gp_matrix x = gp_matrix_view(in, 2, 3, 3);
    gp_network *net = gp_experiment_stack(e, "identity relu", &x, 1);
    ck_assert(gp_at(gp_network_output(net, 1), 0, 2) == 3 && gp_at(gp_network_output(net, 1), 1, 0) == 0);
    static gp_real many[3 * 700];
    many[3 * 699] = 5;
    const gp_matrix more = gp_matrix_view(many, 700, 3, 3);
    ck_assert(gp_at(gp_experiment_forward(e, net, &more, false), 699, 0) == 5);
    gp_network_free(net);
    finish(e);
}
END_TEST

START_TEST(activity_is_the_share_above_zero)
{
    gp_real in[10] = {1, -1, 0, 2, -1, 3, -2, 0, -4, -5};
    const gp_matrix z = gp_matrix_view(in, 2, 5, 5);
    double active[5];
    ck_assert_uint_eq(gp_unit_activity(&z, active), 3);
    ck_assert(active[0] == 1 && active[1] == 0 && active[2] == 0 && active[3] == 0.5);
    const gp_spread s = gp_spread_over(3, in);
    ck_assert(s.count == 3 && s.mean == 0 && s.least == -1 && s.most == 1);
}
END_TEST

START_TEST(functions_have_a_value_and_a_slope)
{
    ck_assert(gp_function_at("relu", 3).value == 3 && gp_function_at("relu", -3).slope == 0);
    gp_assert_near(gp_function_at("leaky_relu:0.3", -1).slope, 0.3, 1e-6);
    gp_assert_near(gp_function_at("leaky_relu:0.3", -1).value, -0.3, 1e-6);
    gp_assert_near(gp_function_at("sigmoid", 0).slope, 0.25, 1e-6);
}
END_TEST

START_TEST(near_is_within_the_tolerance)
{
    gp_experiment *e = start(NULL);
    gp_spread s = {0};
    gp_spread_add(&s, 0.25);
    gp_spread_add(&s, 0.75);
    ck_assert(gp_experiment_near(e, "A", 0.625, 2, 0.125, &s));
    ck_assert(!gp_experiment_near(e, "B", 0.625, 2, 0.12, &s));
    ck_assert(!gp_experiment_near(e, "C", 0.625, 0.5, 0.12, &s));
    finish(e);
    static char text[4096];
    FILE *f = fopen("x.json", "r");
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    const char *b = strstr(text, "\"B\""), *c = strstr(text, "\"C\"");
    ck_assert(strstr(text, "\"reproduced\"") < b && strstr(b, "reproduced in direction") < c);
    ck_assert_ptr_nonnull(strstr(c, "did not reproduce"));
    ck_assert_ptr_nonnull(strstr(c, "0.250 to 0.750"));
}
END_TEST

typedef struct {
    size_t updates, steps, epochs, rows;
    double rate[64];
    size_t last_epochs;
} diary;

static bool before(const gp_train_step *s, void *context)
{
    diary *d = context;
    d->rows = s->x->rows > d->rows ? s->x->rows : d->rows;
    d->rate[d->updates++ % 64] = gp_optimizer_rate(s->optimizer);
    return true;
}

static bool after(const gp_train_step *s, void *context)
{
    (void)s;
    ((diary *)context)->steps++;
    return true;
}

static bool epoch(const gp_epoch *e, void *context)
{
    ((diary *)context)->epochs++;
    ((diary *)context)->last_epochs = e->epochs;
    return true;
}

/* 55 training samples of 6 pixels; a batch of 10 makes 6 steps an epoch */
START_TEST(a_trial_passes_everything_on)
{
    gp_experiment *e = start(folder);
    gp_network *net = gp_experiment_network(e, "dense:3", 1);
    diary d = {0};
    gp_outcome o = gp_experiment_train(e, net, .seed = 1, .batch = 10, .epochs = 2, .before_update = before, .after_step = after,
                                       .after_epoch = epoch, .context = &d);
    ck_assert_uint_eq(d.updates, 12);
    ck_assert_uint_eq(d.steps, 12);
    ck_assert_uint_eq(d.epochs, 2);
    ck_assert_uint_eq(d.rows, 10);
    ck_assert_double_eq(d.rate[11], 0.125); /* the plan's */
    ck_assert_uint_eq(o.steps, 12);
    d = (diary){0};
    o = gp_experiment_train(e, net, .seed = 1, .steps = 3, .learning_rate = 0.0625, .before_update = before, .context = &d,
                            .optimizer = gp_momentum(.momentum = 0.5));
    ck_assert_uint_eq(o.steps, 3);
    ck_assert_uint_eq(d.rows, 32); /* if nobody says it */
    ck_assert_double_eq(d.rate[0], 0.0625);
    d = (diary){0};
    gp_experiment_train(e, net, .seed = 1, .batch = 10, .epochs = 2, .before_update = before, .context = &d,
                        .schedule = (gp_schedule){GP_EXPONENTIAL, 0.5, 1});
    ck_assert_double_eq(d.rate[0], 0.125);
    ck_assert_double_eq(d.rate[11], 0.0625);
    o = gp_experiment_train(e, net, .seed = 1, .batch = 55, .steps = 3);
    ck_assert(o.losses[0] > o.losses[1] && o.losses[1] > o.losses[2] && o.losses[2] > 0 && isnan(o.losses[3]));
    o = gp_experiment_train(e, net, .seed = 1, .batch = 10, .epochs = 2); /* the short batch counts as a step */
    ck_assert(o.losses[11] > 0);
    gp_network_free(net);
    finish(e);
}
END_TEST

START_TEST(a_trial_frees_what_it_makes)
{
    gp_experiment *e = start(folder);
    gp_network *net = gp_experiment_network(e, "dense:3", 1);
    gp_experiment_train(e, net, .seed = 1, .epochs = 1);
    const long before_it = gp_allocated;
    gp_experiment_train(e, net, .seed = 1, .epochs = 1, .optimizer = gp_momentum());
    gp_experiment_train(e, net, .seed = 1, .epochs = 1, .learning_rate = 1e300);
    gp_experiment_accuracies(e, "dense:3", .epochs = 1);
    ck_assert_int_eq(gp_allocated, before_it);
    gp_network_free(net);
    finish(e);
}
END_TEST

START_TEST(population_statistics_are_passed_on)
{
    gp_experiment *e = start(folder);
    for (int population = 0; population < 2; population++) {
        gp_network *net = gp_experiment_network(e, "batchnorm:0.5 dense:3", 1);
        gp_experiment_train(e, net, .seed = 1, .batch = 11, .epochs = 1, .population = population);
        const double mean = (double)gp_network_layer(net, 0)->parameter[2].value.at[0];
        ck_assert_msg((fabs(mean) < 1e-4) == population, "the mean is %g", mean); /* the data is standardized: 0 */
        gp_network_free(net);
    }
    finish(e);
}
END_TEST

START_TEST(a_spread_is_of_all_seeds)
{
    static char *argv[] = {"x", NULL};
    gp_experiment *e = gp_experiment_begin(1, argv, .name = "x", .setting = "A test.", .data = "spirals", .limit = 60, .seeds = 3, .seed = 5,
                                           .epochs = 1, .learning_rate = 0.1);
    const gp_spread s = gp_experiment_accuracies(e, "dense:4 tanh dense:3", 0);
    gp_spread one = {0};
    ck_assert_uint_eq(s.count, 3);
    for (uint64_t k = 0; k < 3; k++) {
        gp_network *net = gp_experiment_network(e, "dense:4 tanh dense:3", 5 + k);
        gp_spread_add(&one, gp_experiment_train(e, net, .seed = 5 + k).accuracy);
        gp_network_free(net);
    }
    gp_assert_near(s.mean, one.mean, 1e-9);
    gp_assert_near(s.least, one.least, 1e-9);
    gp_assert_near(s.most, one.most, 1e-9);
    finish(e);
}
END_TEST

/* ---------------------------------------------------------------- what fails ends the program with 1 and a message */

static void fails(void (*mistake)(void), const char *expected)
{
    char said[1024] = "";
    int status;
    ck_assert_ptr_nonnull(freopen("err", "w+", stderr));
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        mistake();
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    FILE *file = fopen("err", "r");
    ck_assert_ptr_nonnull(file);
    said[fread(said, 1, sizeof said - 1, file)] = 0;
    fclose(file);
#ifdef GP_UNDER_VALGRIND /* which tells by its own status that a program that gave up freed nothing */
    const bool expected_status = WIFEXITED(status) && (WEXITSTATUS(status) == 1 || WEXITSTATUS(status) == 9);
#else
    const bool expected_status = WIFEXITED(status) && WEXITSTATUS(status) == 1;
#endif
    ck_assert_msg(expected_status, "status %d: %s", status, said);
    ck_assert_msg(strstr(said, expected) != NULL, "\"%s\" does not hold \"%s\"", said, expected);
}

static void mistyped(void)
{
    gp_experiment_network(start("spirals"), "dense:8 rellu dense:3", 1);
}

static void too_large_a_batch(void)
{
    gp_experiment *e = start(folder);
    gp_experiment_train(e, gp_experiment_network(e, "dense:3", 1), .batch = 56, .epochs = 1);
}

static void no_such_momentum(void)
{
    gp_experiment *e = start(folder);
    gp_experiment_train(e, gp_experiment_network(e, "dense:3", 1), .epochs = 1, .optimizer = gp_momentum(.momentum = 2));
}

static void too_few_outputs(void)
{
    gp_experiment *e = start(folder);
    gp_experiment_accuracy(e, gp_experiment_network(e, "dense:2", 1));
}

START_TEST(a_mistake_ends_the_program_with_its_message)
{
    fails(mistyped, "rellu");
    fails(too_large_a_batch, "1 to 55 samples");
    fails(no_such_momentum, "momentum");
    fails(too_few_outputs, "expected a label from 0 to below 2");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("experiment, trials");
    TCase *tests = tcase_create("trials");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, raw_data_is_raw_in_all_three_parts);
    tcase_add_test(tests, quantiles_are_read_off_the_sorted_numbers);
    tcase_add_test(tests, percentiles_belong_to_their_units);
    tcase_add_test(tests, kernels_are_drawn_anew_and_nothing_else);
    tcase_add_test(tests, the_diagnosis_is_of_the_first_batch);
    tcase_add_test(tests, variances_are_of_the_word_with_its_arguments);
    tcase_add_test(tests, a_density_counts_what_is_between_its_ends);
    tcase_add_test(tests, losses_are_averaged_over_whole_windows);
    tcase_add_test(tests, repeated_trainings_are_those_of_the_seeds);
    tcase_add_test(tests, what_diverges_is_lost_and_not_measured);
    tcase_add_test(tests, the_best_rate_survives_and_is_most_often_right);
    tcase_add_test(tests, samples_go_through_a_stack);
    tcase_add_test(tests, activity_is_the_share_above_zero);
    tcase_add_test(tests, functions_have_a_value_and_a_slope);
    tcase_add_test(tests, near_is_within_the_tolerance);
    tcase_add_test(tests, a_trial_passes_everything_on);
    tcase_add_test(tests, a_trial_frees_what_it_makes);
    tcase_add_test(tests, population_statistics_are_passed_on);
    tcase_add_test(tests, a_spread_is_of_all_seeds);
    tcase_add_test(tests, a_mistake_ends_the_program_with_its_message);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
