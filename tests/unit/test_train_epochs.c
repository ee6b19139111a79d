/* What an epoch does, seen from a step's callback, and what evaluation counts: on samples made by hand. */
#include "gradient.h"
#include "support.h"

static gp_network *make(const char *text, size_t inputs)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(inputs, 1, &error);
    ck_assert_msg(gp_network_parse(net, text, &error) == GP_OK, "%s", error.message);
    return net;
}

static void samples(gp_samples *s, size_t count, size_t features)
{
    gp_error error;
    s->count = count;
    s->labels = calloc(count + 1, sizeof *s->labels);
    ck_assert_ptr_nonnull(s->labels);
    ck_assert_int_eq(gp_matrix_new(&s->x, count, features, &error), GP_OK);
}

/* sample i: features i and 1, label i mod 2 */
static gp_dataset numbered(size_t train, size_t validation)
{
    gp_dataset d = {.features = 2, .classes = 2};
    samples(&d.train, train, 2);
    samples(&d.validation, validation, 2);
    for (size_t i = 0; i < train; i++) {
        gp_row(&d.train.x, i)[0] = (gp_real)i;
        gp_row(&d.train.x, i)[1] = 1;
        d.train.labels[i] = (gp_label)(i % 2);
    }
    for (size_t i = 0; i < validation; i++)
        d.validation.labels[i] = 1;
    return d;
}

/* a network that passes its inputs on: the identity as kernel */
static gp_network *identity(size_t width)
{
    char text[32];
    snprintf(text, sizeof text, "dense:%zu", width);
    gp_network *net = make(text, width);
    gp_matrix *kernel = &gp_network_layer(net, 0)->parameter[0].value;
    for (size_t i = 0; i < width; i++)
        for (size_t j = 0; j < width; j++)
            gp_row(kernel, i)[j] = i == j;
    return net;
}

/* ---------------------------------------------------------------- evaluation */

START_TEST(accuracy_loss_and_confusion_are_counted)
{
    static const gp_real x[5][3] = {{2, 1, 0}, {0, 3, 1}, {0, 0, 5}, {1, 0, 0}, {0, 1, 0}};
    static const gp_label labels[5] = {0, 1, 2, 2, 0}; /* three of five are right */
    static const size_t wanted[9] = {1, 1, 0, 0, 1, 0, 1, 0, 1};
    gp_error error = {""};
    gp_evaluation e = {0, 0};
    gp_samples s;
    size_t confusion[9];
    double loss = 0;
    samples(&s, 5, 3);
    for (size_t i = 0; i < 5; i++) {
        double sum = 0;
        for (size_t j = 0; j < 3; j++) {
            gp_row(&s.x, i)[j] = x[i][j];
            sum += exp((double)x[i][j]);
        }
        s.labels[i] = labels[i];
        loss += log(sum) - (double)x[i][labels[i]];
    }
    gp_network *net = identity(3);
    ck_assert_msg(gp_evaluate(net, &s, &e, confusion, &error) == GP_OK, "%s", error.message);
    gp_assert_near(e.accuracy, 0.6, 1e-12);
    gp_assert_near(e.loss, loss / 5, 1e-6);
    ck_assert_mem_eq(confusion, wanted, sizeof wanted);
    gp_network_free(net);
    gp_matrix_free(&s.x);
    free(s.labels);
}
END_TEST

/* More samples than are evaluated at once, and a rest. */
START_TEST(every_sample_is_evaluated_once)
{
    static const size_t counts[] = {1, 2, 499, 500, 501, 1203};
    gp_network *net = identity(2);
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        gp_error error = {""};
        gp_evaluation e;
        gp_samples s;
        size_t n = counts[k], right = 0, confusion[4];
        double loss = 0;
        samples(&s, n, 2);
        for (size_t i = 0; i < n; i++) {
            gp_row(&s.x, i)[i % 3 == 0] = 1 + (gp_real)(i % 7) / 4; /* every third is class 1 */
            s.labels[i] = (gp_label)(i % 5 == 0);
            right += (i % 3 == 0) == (i % 5 == 0);
            double z = 1 + (double)(i % 7) / 4;
            loss += log(1 + exp(z)) - ((i % 3 == 0) == (i % 5 == 0) ? z : 0);
        }
        ck_assert_int_eq(gp_evaluate(net, &s, &e, confusion, &error), GP_OK);
        gp_assert_near(e.accuracy, (double)right / (double)n, 1e-12);
        gp_assert_near(e.loss, loss / (double)n, 1e-5);
        ck_assert_uint_eq(confusion[0] + confusion[3], right);
        ck_assert_uint_eq(confusion[0] + confusion[1] + confusion[2] + confusion[3], n);
        gp_matrix_free(&s.x);
        free(s.labels);
    }
    gp_network_free(net);
}
END_TEST

START_TEST(what_cannot_be_evaluated_is_an_error)
{
    gp_error error = {""};
    gp_evaluation e;
    gp_samples s;
    gp_network *net = identity(2), *empty = gp_network_new(2, 1, &error);
    samples(&s, 4, 3);
    ck_assert_int_eq(gp_evaluate(net, &s, &e, NULL, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "expected samples of 2 features") != NULL, "%s", error.message);
    gp_matrix_free(&s.x);
    free(s.labels);
    samples(&s, 4, 2);
    ck_assert_int_eq(gp_evaluate(empty, &s, &e, NULL, &error), GP_BAD_INPUT);
    s.labels[2] = 2;
    ck_assert_int_eq(gp_evaluate(net, &s, &e, NULL, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "sample 3: expected a label from 0 to below 2") != NULL, "%s", error.message);
    s.labels[2] = -1;
    ck_assert_int_eq(gp_evaluate(net, &s, &e, NULL, &error), GP_BAD_INPUT);
    s.labels[2] = 1;
    s.count = 5;
    ck_assert_int_eq(gp_evaluate(net, &s, &e, NULL, &error), GP_BAD_INPUT);
    s.count = 0;
    ck_assert_int_eq(gp_evaluate(net, &s, &e, NULL, &error), GP_BAD_INPUT);
    s.count = 4;
    ck_assert_int_eq(gp_evaluate(net, &s, &e, NULL, &error), GP_OK);
    gp_row(&s.x, 3)[1] = (gp_real)NAN;
    ck_assert_int_eq(gp_evaluate(net, &s, &e, NULL, &error), GP_FAILED);
    ck_assert_msg(strstr(error.message, "not finite") != NULL, "%s", error.message);
    gp_matrix_free(&s.x);
    free(s.labels);
    gp_network_free(net);
    gp_network_free(empty);
}
END_TEST

/* ---------------------------------------------------------------- epochs */

enum { MOST = 64, EPOCHS = 3 };

typedef struct {
    size_t rows[EPOCHS][MOST], steps[EPOCHS], seen[EPOCHS]; /* by epoch: the batches' sizes, how many, samples */
    int order[EPOCHS][MOST];
    double loss[EPOCHS], reported[EPOCHS], rates[EPOCHS * MOST];
    size_t calls, epochs, stop_at;
} diary;

static bool write_down(const gp_train_step *s, void *context)
{
    diary *d = context;
    size_t e = s->epoch - 1;
    ck_assert_uint_lt(e, EPOCHS);
    ck_assert_uint_eq(s->step, ++d->steps[e]);
    d->rows[e][s->step - 1] = s->x->rows;
    d->loss[e] += s->loss;
    for (size_t i = 0; i < s->x->rows; i++) {
        int number = (int)gp_row(s->x, i)[0];
        ck_assert_int_eq(s->labels[i], number % 2); /* a sample has its own label */
        ck_assert_uint_lt(d->seen[e], MOST);
        d->order[e][d->seen[e]++] = number;
    }
    d->rates[d->calls++] = gp_optimizer_rate(s->optimizer);
    return d->stop_at == 0 || d->calls < d->stop_at;
}

static bool report(const gp_epoch *e, void *context)
{
    diary *d = context;
    ck_assert_uint_eq(e->epoch, ++d->epochs);
    ck_assert_uint_eq(e->epochs, EPOCHS);
    d->reported[e->epoch - 1] = e->train_loss;
    return true;
}

static diary run(const gp_dataset *data, const char *text, size_t batch, uint64_t seed, gp_optimizer_options how)
{
    gp_error error = {""};
    diary d = {.calls = 0};
    gp_network *net = make(text, 2);
    gp_optimizer *o = gp_optimizer_new(net, how, &error);
    gp_train_options options =
        gp_train_options_with(.batch = batch, .epochs = EPOCHS, .seed = seed, .after_step = write_down, .after_epoch = report, .context = &d);
    ck_assert_msg(gp_train(net, o, data, &options, &error) == GP_OK, "%s", error.message);
    gp_optimizer_free(o);
    gp_network_free(net);
    return d;
}

static void every_sample_once(const diary *d, size_t epoch, size_t n)
{
    bool seen[MOST] = {false};
    ck_assert_uint_eq(d->seen[epoch], n);
    for (size_t i = 0; i < n; i++) {
        ck_assert(!seen[d->order[epoch][i]]);
        seen[d->order[epoch][i]] = true;
    }
}

START_TEST(every_epoch_has_an_order_of_its_own)
{
    gp_dataset data = numbered(50, 0);
    const gp_optimizer_options still = gp_sgd(.learning_rate = 0);
    const diary a = run(&data, "dense:2", 8, 3, still), b = run(&data, "dense:2", 8, 3, still), c = run(&data, "dense:2", 8, 4, still);
    int sorted[MOST];
    for (int i = 0; i < MOST; i++)
        sorted[i] = i;
    for (size_t e = 0; e < EPOCHS; e++) {
        every_sample_once(&a, e, 50);
        ck_assert_uint_eq(a.steps[e], 7);
        for (size_t s = 0; s < 7; s++)
            ck_assert_uint_eq(a.rows[e][s], s < 6 ? 8 : 2);
        ck_assert_mem_eq(a.order[e], b.order[e], sizeof a.order[e]);
        ck_assert_mem_ne(a.order[e], c.order[e], sizeof a.order[e]);
        ck_assert_mem_ne(a.order[e], sorted, 50 * sizeof *sorted);
        ck_assert_mem_ne(a.order[e], a.order[(e + 1) % EPOCHS], sizeof a.order[e]);
        gp_assert_near(a.reported[e], a.loss[e] / 7, 1e-12);
    }
    gp_dataset_free(&data);
}
END_TEST

/* A last batch of one is left out where a layer needs two, and only there. */
START_TEST(a_last_batch_that_is_too_small_is_left_out)
{
    gp_dataset data = numbered(33, 0);
    const gp_optimizer_options how = gp_sgd(.learning_rate = 1e-3);
    const diary plain = run(&data, "dense:2", 16, 1, how), norm = run(&data, "batchnorm dense:2", 16, 1, how);
    const diary two = run(&data, "batchnorm dense:2", 31, 1, how), whole = run(&data, "batchnorm dense:2", 11, 1, how);
    ck_assert_uint_eq(plain.steps[0], 3);
    ck_assert_uint_eq(plain.rows[0][2], 1);
    ck_assert_uint_eq(norm.steps[0], 2);
    ck_assert_uint_eq(norm.seen[0], 32);
    ck_assert_uint_eq(two.steps[0], 2);
    ck_assert_uint_eq(two.rows[0][1], 2);
    ck_assert_uint_eq(whole.steps[0], 3);
    every_sample_once(&whole, 0, 33);
    gp_dataset_free(&data);
}
END_TEST

START_TEST(a_batch_that_cannot_be_is_refused)
{
    gp_error error = {""};
    gp_dataset data = numbered(20, 0), none = numbered(0, 0);
    gp_network *net = make("dense:2", 2), *norm = make("batchnorm dense:2", 2);
    gp_optimizer *o = gp_optimizer_new(net, gp_sgd(), &error), *p = gp_optimizer_new(norm, gp_sgd(), &error);
    gp_train_options options = gp_train_options_with(.batch = 21);
    ck_assert_int_eq(gp_train(net, o, &data, &options, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "1 to 20 samples") && strstr(error.message, "found 21"), "%s", error.message);
    options.batch = 0;
    ck_assert_int_eq(gp_train(net, o, &data, &options, &error), GP_BAD_INPUT);
    options.batch = 1;
    ck_assert_int_eq(gp_train(net, o, &data, &options, &error), GP_OK);
    ck_assert_int_eq(gp_train(norm, p, &data, &options, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "at least 2 samples, which batchnorm needs") != NULL, "%s", error.message);
    options.batch = 20;
    ck_assert_int_eq(gp_train(norm, p, &data, &options, &error), GP_OK);
    ck_assert_int_eq(gp_train(net, p, &data, &options, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "an optimizer that was made for this network") != NULL, "%s", error.message);
    ck_assert_int_eq(gp_train(net, o, &none, NULL, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "expected samples, found none") != NULL, "%s", error.message);
    gp_optimizer_free(o);
    gp_optimizer_free(p);
    gp_network_free(net);
    gp_network_free(norm);
    gp_dataset_free(&data);
    gp_dataset_free(&none);
}
END_TEST

START_TEST(a_step_can_end_the_epoch)
{
    gp_error error = {""};
    gp_dataset data = numbered(50, 0);
    diary d = {.stop_at = 9};
    gp_network *net = make("dense:2", 2);
    gp_optimizer *o = gp_optimizer_new(net, gp_sgd(.learning_rate = 0), &error);
    gp_train_options options =
        gp_train_options_with(.batch = 10, .epochs = EPOCHS, .after_step = write_down, .after_epoch = report, .context = &d);
    ck_assert_int_eq(gp_train(net, o, &data, &options, &error), GP_OK);
    ck_assert_uint_eq(d.calls, 9);
    ck_assert_uint_eq(d.epochs, 2);
    ck_assert_uint_eq(d.steps[1], 4);
    gp_assert_near(d.reported[1], d.loss[1] / 4, 1e-12);
    gp_optimizer_free(o);
    gp_network_free(net);
    gp_dataset_free(&data);
}
END_TEST

/* Without `population` the running mean is the moving average of the batches' means, of which two epochs of 20 steps have changed a
   third; with it, it is the training set's mean. */
START_TEST(running_statistics_are_the_populations_only_if_asked)
{
    gp_error error = {""};
    gp_dataset data = numbered(40, 0);
    for (int population = 0; population < 2; population++) {
        gp_network *net = make("batchnorm:0.99 dense:2", 2);
        gp_optimizer *o = gp_optimizer_new(net, gp_sgd(.learning_rate = 1e-4), &error);
        gp_train_options options = gp_train_options_with(.batch = 2, .epochs = 2, .population = population);
        ck_assert_msg(gp_train(net, o, &data, &options, &error) == GP_OK, "%s", error.message);
        const double mean = (double)gp_network_layer(net, 0)->parameter[2].value.at[0]; /* of the numbers 0 to 39 */
        if (population)
            gp_assert_near(mean, 19.5, 1e-4);
        else
            ck_assert_msg(mean > 19.5 * 0.25 && mean < 19.5 * 0.4, "the running mean is %g", mean);
        gp_optimizer_free(o);
        gp_network_free(net);
    }
    gp_dataset_free(&data);
}
END_TEST

/* ---------------------------------------------------------------- schedules */

static double factor(const char *words, double epoch, double epochs)
{
    gp_error error = {""};
    gp_schedule s;
    ck_assert_msg(gp_schedule_parse(words, &s, &error) == GP_OK, "%s", error.message);
    return gp_schedule_factor(s, epoch, epochs);
}

START_TEST(schedules_by_hand)
{
    gp_assert_near(factor("constant", 7, 9), 1, 0);
    gp_assert_near(factor("", 7, 9), 1, 0);
    gp_assert_near(factor("exponential:0.5", 0.9, 9), 1, 1e-15);
    gp_assert_near(factor("exponential:0.5", 3, 9), 0.125, 1e-15);
    gp_assert_near(factor("step:3:0.1", 2.9, 9), 1, 1e-15);
    gp_assert_near(factor("step:3:0.1", 3, 9), 0.1, 1e-15);
    gp_assert_near(factor("step:3:0.1", 8.5, 9), 0.01, 1e-15);
    gp_assert_near(factor("1cycle", 0, 100), 0.1, 1e-12);
    gp_assert_near(factor("1cycle", 22.5, 100), 0.55, 1e-12);
    gp_assert_near(factor("1cycle", 45, 100), 1, 1e-12);
    gp_assert_near(factor("1cycle", 67.5, 100), 0.55, 1e-12);
    gp_assert_near(factor("1cycle", 90, 100), 0.1, 1e-12);
    gp_assert_near(factor("1cycle", 95, 100), 0.0505, 1e-12);
}
END_TEST

START_TEST(schedules_that_make_no_sense_are_refused)
{
    static const char *const bad[] = {"2cycle",  "exponential",     "exponential:",    "exponential:0",   "exponential:1.5", "exponential:x",
                                      "exponential:-1", "step:3",   "step:0:0.5",      "step:-1:0.5",     "step:3:0",        "step:3:1.5",
                                      "step:x:0.5",     "step:3:0.5x", "step:12345678901:0.5", "constant ", "1cycle:2"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        gp_error error = {""};
        gp_schedule s;
        ck_assert_msg(gp_schedule_parse(bad[i], &s, &error) == GP_BAD_INPUT, "accepted: %s", bad[i]);
        ck_assert_msg(strstr(error.message, bad[i]) != NULL, "\"%s\" does not name %s", error.message, bad[i]);
    }
}
END_TEST

static double halves(double epoch, double epochs, double rate, void *context)
{
    diary *d = context;
    ck_assert_double_eq(epochs, EPOCHS);
    gp_assert_near(epoch, (double)d->calls / 5, 1e-12); /* five steps an epoch */
    return rate / (1 + epoch);
}

START_TEST(the_rate_follows_schedule_or_function)
{
    gp_error error = {""};
    gp_dataset data = numbered(50, 0);
    for (int f = 0; f < 2; f++) {
        diary d = {.calls = 0};
        gp_network *net = make("dense:2", 2);
        gp_optimizer *o = gp_optimizer_new(net, gp_sgd(.learning_rate = 1e-6), &error);
        gp_train_options options = gp_train_options_with(.batch = 10, .epochs = EPOCHS, .after_step = write_down, .context = &d);
        if (f)
            options.learning_rate = halves;
        else
            options.schedule = (gp_schedule){GP_EXPONENTIAL, 0.5, 1};
        ck_assert_msg(gp_train(net, o, &data, &options, &error) == GP_OK, "%s", error.message);
        ck_assert_uint_eq(d.calls, 15);
        for (size_t i = 0; i < 15; i++)
            gp_assert_near(d.rates[i] * 1e6, f ? 1 / (1 + (double)i / 5) : pow(0.5, (double)(i / 5)), 1e-9);
        ck_assert_double_eq(gp_optimizer_rate(o), 1e-6); /* as it was before */
        gp_optimizer_free(o);
        gp_network_free(net);
    }
    gp_dataset_free(&data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("train, epochs");
    TCase *evaluation = tcase_create("evaluation");
    tcase_add_test(evaluation, accuracy_loss_and_confusion_are_counted);
    tcase_add_test(evaluation, every_sample_is_evaluated_once);
    tcase_add_test(evaluation, what_cannot_be_evaluated_is_an_error);
    suite_add_tcase(suite, evaluation);
    TCase *epochs = tcase_create("epochs");
    tcase_add_test(epochs, every_epoch_has_an_order_of_its_own);
    tcase_add_test(epochs, a_last_batch_that_is_too_small_is_left_out);
    tcase_add_test(epochs, a_batch_that_cannot_be_is_refused);
    tcase_add_test(epochs, a_step_can_end_the_epoch);
    tcase_add_test(epochs, running_statistics_are_the_populations_only_if_asked);
    suite_add_tcase(suite, epochs);
    TCase *schedules = tcase_create("schedules");
    tcase_add_test(schedules, schedules_by_hand);
    tcase_add_test(schedules, schedules_that_make_no_sense_are_refused);
    tcase_add_test(schedules, the_rate_follows_schedule_or_function);
    suite_add_tcase(suite, schedules);
    return gp_run_suite(suite);
}
