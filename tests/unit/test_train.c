/* The trainer against a plain loop written here: every weight, every loss, every rate; what it refuses; how it ends. */
#define _GNU_SOURCE
#include "allocations.h"
#include "gradient.h"
#include "samples.h"
#include "support.h"
#include <locale.h>

/* ---------------------------------------------------------------- help */

static gp_network *make(const char *text, size_t inputs)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(inputs, 1, &error);
    ck_assert_msg(net && gp_network_parse(net, text, &error) == GP_OK, "%s", error.message);
    return net;
}

static gp_optimizer *with(gp_network *net, gp_optimizer_options options)
{
    gp_error error = {""};
    gp_optimizer *o = gp_optimizer_new(net, options, &error);
    ck_assert_msg(o != NULL, "%s", error.message);
    return o;
}

/* Data that a program filled itself: the first number of training sample i is i / 100, so that a batch tells who is in it. */
static gp_dataset data;

static void fill(size_t train, size_t validation)
{
    data = (gp_dataset){.name = "of a test", .features = 3, .classes = 4};
    data.train = gp_made_up_samples(train, 3, 4, 11);
    data.validation = gp_made_up_samples(validation, 3, 4, 12);
    data.test = gp_made_up_samples(0, 3, 4, 13);
    for (size_t i = 0; i < train; i++)
        gp_row(&data.train.x, i)[0] = (gp_real)i / 100;
}

static void begin(void)
{
    fill(23, 9);
}

static void end(void)
{
    gp_dataset_free(&data);
}

static size_t member(const gp_matrix *x, size_t row)
{
    return (size_t)lround((double)gp_row(x, row)[0] * 100);
}

static void same_parameters(const gp_network *a, const gp_network *b, double tolerance)
{
    for (size_t l = 0; l < gp_network_layers(a); l++) {
        gp_walk u = gp_layer_walk(gp_network_layer(a, l)), v = gp_layer_walk(gp_network_layer(b, l));
        while (gp_walk_parameter(&u) && gp_walk_parameter(&v)) {
            const gp_matrix *x = &u.parameter->value, *y = &v.parameter->value;
            for (size_t i = 0; i < x->rows; i++)
                for (size_t j = 0; j < x->cols; j++)
                    ck_assert_msg(fabs((double)(gp_row(x, i)[j] - gp_row(y, i)[j])) <= tolerance, "layer %zu, %s: %g and %g", l,
                                  u.parameter->name, (double)gp_row(x, i)[j], (double)gp_row(y, i)[j]);
        }
    }
}

/* What a training told on its way. */
typedef struct {
    size_t steps, epochs, number[64], of[64]; /* each step's number in its epoch, and how many there are */
    double loss[64], rate[64];
    size_t rows[64], members[64][32];
    gp_label label[64][32];
    gp_epoch epoch[64];
    size_t stop_before, stop_step, stop_epoch; /* 0: never */
    size_t before;
    bool silent; /* gradients are wiped out */
    size_t allocations, worst; /* when a callback returned; until the next one was called */
} story;

static void count_allocations(story *t)
{
    if (t->before > 1 && gp_allocations - t->allocations > t->worst)
        t->worst = gp_allocations - t->allocations;
}

static bool tell_before(const gp_train_step *s, void *context)
{
    story *t = context;
    count_allocations(t);
    t->before++;
    if (t->silent)
        for (size_t p = 0; p < gp_optimizer_parameters(s->optimizer); p++)
            gp_matrix_fill(&gp_optimizer_parameter(s->optimizer, p)->gradient, 0);
    t->allocations = gp_allocations;
    return t->before != t->stop_before;
}

static bool tell_step(const gp_train_step *s, void *context)
{
    story *t = context;
    count_allocations(t);
    size_t k = t->steps++;
    ck_assert_uint_eq(s->done, t->steps);
    ck_assert(k < 64);
    t->number[k] = s->step, t->of[k] = s->steps, t->loss[k] = s->loss, t->rate[k] = gp_optimizer_rate(s->optimizer);
    t->rows[k] = s->x->rows;
    for (size_t i = 0; i < s->x->rows; i++)
        t->members[k][i] = member(s->x, i), t->label[k][i] = s->labels[i];
    t->allocations = gp_allocations;
    return t->steps != t->stop_step;
}

static bool tell_epoch(const gp_epoch *e, void *context)
{
    story *t = context;
    t->epoch[t->epochs++] = *e;
    return t->epochs != t->stop_epoch;
}

static gp_status run(gp_network *net, gp_optimizer *o, gp_train_options how, story *t, gp_error *error)
{
    how.before_update = tell_before, how.after_step = tell_step, how.after_epoch = tell_epoch;
    how.context = t;
    return gp_train(net, o, &data, &how, error);
}

static void run_well(gp_network *net, gp_optimizer *o, gp_train_options how, story *t)
{
    gp_error error = {""};
    gp_status s = run(net, o, how, t, &error);
    ck_assert_msg(s == GP_OK, "%s", error.message);
}

/* ---------------------------------------------------------------- against a plain loop */

static double softmax_loss(const gp_matrix *logits, size_t i, gp_label label, bool *right)
{
    double sum = 0, most = -INFINITY;
    size_t best = 0;
    for (size_t j = 0; j < logits->cols; j++) {
        double z = (double)gp_row(logits, i)[j];
        sum += exp(z);
        if (z > most)
            most = z, best = j;
    }
    *right = best == (size_t)label;
    return log(sum) - (double)gp_row(logits, i)[label];
}

static gp_evaluation plain_evaluation(gp_network *net, const gp_samples *s, size_t *confusion)
{
    gp_evaluation e = {0, 0};
    gp_error error;
    ck_assert_int_eq(gp_network_reserve(net, 1, &error), GP_OK);
    for (size_t i = 0; i < s->count; i++) {
        gp_matrix x = gp_matrix_rows(&s->x, i, 1);
        const gp_matrix *logits = gp_network_forward(net, &x, false);
        bool right;
        e.loss += softmax_loss(logits, 0, s->labels[i], &right) / (double)s->count;
        e.accuracy += right / (double)s->count;
        size_t best = 0;
        for (size_t j = 0; j < logits->cols; j++)
            if (gp_row(logits, 0)[j] > gp_row(logits, 0)[best])
                best = j;
        if (confusion)
            confusion[(size_t)s->labels[i] * logits->cols + best]++;
    }
    return e;
}

/* Three epochs of momentum with a falling rate and a last batch of three, by hand. */
START_TEST(a_training_is_the_plain_loop)
{
    enum { BATCH = 5, EPOCHS = 3, SEED = 7 };
    gp_network *net = make("dense:6 tanh dense:4", 3), *plain = make("dense:6 tanh dense:4", 3);
    gp_optimizer *o = with(net, gp_momentum(.learning_rate = 0.2, .momentum = 0.5, .weight_decay = 0.01));
    story t = {0};
    run_well(net, o, gp_train_options_with(.batch = BATCH, .epochs = EPOCHS, .seed = SEED, .schedule = {GP_EXPONENTIAL, 0.5, 1}), &t);

    gp_optimizer *bookkeeper = with(plain, gp_sgd()); /* only its list of parameters is used */
    size_t parameters = gp_optimizer_parameters(bookkeeper), steps = 0;
    static gp_matrix velocity[8];
    gp_matrix x;
    gp_error error;
    ck_assert_int_eq(gp_matrix_new(&x, BATCH, 3, &error), GP_OK);
    for (size_t p = 0; p < parameters; p++) {
        const gp_matrix *m = &gp_optimizer_parameter(bookkeeper, p)->value;
        ck_assert_int_eq(gp_matrix_new(&velocity[p], m->rows, m->cols, &error), GP_OK);
    }
    ck_assert_int_eq(gp_network_reserve(plain, BATCH, &error), GP_OK);
    gp_random root = gp_random_new(SEED);
    for (size_t e = 1; e <= EPOCHS; e++) {
        uint32_t order[23];
        double rate = 0.2 * pow(0.5, (double)(e - 1)), sum = 0;
        size_t first_step = steps;
        gp_random r = gp_random_split(&root, e);
        for (uint32_t i = 0; i < 23; i++)
            order[i] = i;
        gp_random_shuffle(&r, 23, order);
        for (size_t i = 0; i < 23; i += BATCH, steps++) {
            size_t rows = 23 - i < BATCH ? 23 - i : BATCH;
            gp_label labels[BATCH];
            gp_matrix batch = gp_matrix_rows(&x, 0, rows);
            for (size_t k = 0; k < rows; k++) {
                memcpy(gp_row(&batch, k), gp_row(&data.train.x, order[i + k]), 3 * sizeof(gp_real));
                labels[k] = data.train.labels[order[i + k]];
                ck_assert_uint_eq(t.members[steps][k], order[i + k]);
                ck_assert_int_eq(t.label[steps][k], labels[k]);
            }
            double loss = gp_network_gradients(plain, &batch, labels);
            sum += loss;
            gp_assert_near(t.loss[steps], loss, 1e-6);
            gp_assert_near(t.rate[steps], rate, 1e-12);
            ck_assert_uint_eq(t.rows[steps], rows);
            ck_assert_uint_eq(t.number[steps], steps - first_step + 1);
            ck_assert_uint_eq(t.of[steps], 5);
            for (size_t p = 0; p < parameters; p++) {
                gp_parameter *q = gp_optimizer_parameter(bookkeeper, p);
                for (size_t a = 0; a < q->value.rows; a++)
                    for (size_t b = 0; b < q->value.cols; b++) {
                        gp_real *v = &gp_row(&velocity[p], a)[b], *w = &gp_row(&q->value, a)[b];
                        *v = (gp_real)(0.5 * (double)*v + (double)gp_row(&q->gradient, a)[b] + 0.01 * (double)*w);
                        *w -= (gp_real)rate * *v;
                    }
            }
        }
        gp_evaluation v = plain_evaluation(plain, &data.validation, NULL);
        const gp_epoch *told = &t.epoch[e - 1];
        ck_assert_uint_eq(told->epoch, e);
        ck_assert_uint_eq(told->epochs, EPOCHS);
        gp_assert_near(told->train_loss, sum / 5, 1e-6);
        gp_assert_near(told->validation_loss, v.loss, 1e-5);
        gp_assert_near(told->validation_accuracy, v.accuracy, 1e-9);
        ck_assert(told->train_seconds > 0 && told->train_seconds < 5);
        gp_assert_near(told->samples_per_second * told->train_seconds, 23, 1e-6);
        ck_assert_int_eq(gp_network_reserve(plain, BATCH, &error), GP_OK);
    }
    ck_assert_uint_eq(t.steps, steps);
    ck_assert_uint_eq(t.before, steps);
    ck_assert_uint_eq(t.epochs, EPOCHS);
    same_parameters(net, plain, 1e-5);
    ck_assert(gp_optimizer_rate(o) == 0.2); /* the schedule is over */
    for (size_t p = 0; p < parameters; p++)
        gp_matrix_free(&velocity[p]);
    gp_matrix_free(&x);
    gp_optimizer_free(bookkeeper);
    gp_optimizer_free(o);
    gp_network_free(net);
    gp_network_free(plain);
}
END_TEST

/* Every sample once an epoch; another order each epoch and for another seed, the same for the same seed. */
START_TEST(an_epoch_visits_every_sample_once_in_an_order_of_its_own)
{
    static story t[3];
    for (int k = 0; k < 3; k++) {
        gp_network *net = make("dense:4", 3);
        gp_optimizer *o = with(net, gp_sgd());
        t[k] = (story){0};
        run_well(net, o, gp_train_options_with(.batch = 4, .epochs = 4, .seed = k == 2 ? 6 : 5), &t[k]);
        ck_assert_uint_eq(t[k].steps, 4 * 6);
        size_t order[4][24], same = 0;
        for (size_t e = 0; e < 4; e++) {
            bool seen[23] = {false};
            size_t n = 0;
            for (size_t s = 6 * e; s < 6 * e + 6; s++)
                for (size_t i = 0; i < t[k].rows[s]; i++) {
                    ck_assert(!seen[t[k].members[s][i]]);
                    seen[t[k].members[s][i]] = true;
                    order[e][n++] = t[k].members[s][i];
                }
            ck_assert_uint_eq(n, 23);
            for (size_t d = 0; d < e; d++)
                same += memcmp(order[d], order[e], 23 * sizeof(size_t)) == 0;
        }
        ck_assert_uint_eq(same, 0);
        gp_optimizer_free(o);
        gp_network_free(net);
    }
    ck_assert_mem_eq(t[0].members, t[1].members, sizeof t[0].members);
    ck_assert_mem_ne(t[0].members, t[2].members, sizeof t[0].members);
}
END_TEST

START_TEST(two_halves_of_a_training_are_the_whole)
{
    gp_network *whole = make("dense:5 dropout:0.3 tanh batchnorm dense:4", 3), *halves = make("dense:5 dropout:0.3 tanh batchnorm dense:4", 3);
    gp_optimizer *a = with(whole, gp_nesterov()), *b = with(halves, gp_nesterov());
    gp_train_options how = gp_train_options_with(.batch = 6, .epochs = 4, .seed = 3, .schedule = {GP_STEPWISE, 0.5, 3});
    story one = {0}, two = {0};
    run_well(whole, a, how, &one);
    how.epochs = 2;
    how.schedule.epochs = 3;
    run_well(halves, b, how, &two);
    how.first_epoch = 2;
    run_well(halves, b, how, &(story){0});
    ck_assert_uint_eq(one.epoch[3].epoch, 4);
    ck_assert_uint_eq(one.epoch[3].epochs, 4);
    same_parameters(whole, halves, 0);
    gp_optimizer_free(a);
    gp_optimizer_free(b);
    gp_network_free(whole);
    gp_network_free(halves);
}
END_TEST

/* ---------------------------------------------------------------- schedules and rates */

START_TEST(schedules_have_their_factors)
{
    gp_schedule s;
    ck_assert_int_eq(gp_schedule_parse("1cycle", &s, NULL), GP_OK);
    static const double cycle[][2] = {{0, 0.1}, {2.25, 0.55}, {4.5, 1}, {6.75, 0.55}, {9, 0.1}, {9.5, 0.0505}, {10, 0.001}};
    for (size_t k = 0; k < 7; k++)
        gp_assert_near(gp_schedule_factor(s, cycle[k][0], 10), cycle[k][1], 1e-12);
    ck_assert_int_eq(gp_schedule_parse("step:3:0.5", &s, NULL), GP_OK);
    static const double steps[][2] = {{0, 1}, {2.99, 1}, {3, 0.5}, {5.9, 0.5}, {6, 0.25}};
    for (size_t k = 0; k < 5; k++)
        gp_assert_near(gp_schedule_factor(s, steps[k][0], 10), steps[k][1], 1e-12);
    ck_assert_int_eq(gp_schedule_parse("exponential:0.9", &s, NULL), GP_OK);
    gp_assert_near(gp_schedule_factor(s, 0.99, 10), 1, 1e-12);
    gp_assert_near(gp_schedule_factor(s, 2.5, 10), 0.81, 1e-12);
    ck_assert_int_eq(gp_schedule_parse("constant", &s, NULL), GP_OK);
    ck_assert(gp_schedule_factor(s, 5, 10) == 1);
    ck_assert_int_eq(gp_schedule_parse("", &s, NULL), GP_OK);
    ck_assert(s.kind == GP_CONSTANT && s.factor == 1 && s.epochs == 1);
    ck_assert_int_eq(gp_schedule_parse("step:1:1", &s, NULL), GP_OK);
    ck_assert_int_eq(gp_schedule_parse("exponential:.5", &s, NULL), GP_OK);
    ck_assert_int_eq(gp_schedule_parse("exponential:1", &s, NULL), GP_OK);
    ck_assert_int_eq(gp_schedule_parse("step:999999999:1e-3", &s, NULL), GP_OK);
    ck_assert_uint_eq(s.epochs, 999999999);
    ck_assert(s.factor == 1e-3);
}
END_TEST

START_TEST(schedules_that_make_no_sense_are_refused_with_what_was_expected)
{
    static const char *const wrong[] = {"step:-1:0.5", "step:0:0.5", "step:3", "step:3:", "step:3:0", "step:3:-0.5", "step:3:1.5", "step:3:0.5x",
        "step:3:0.5:1", "step::0.5", "step: 3:0.5", "step:+3:0.5", "step:3.5:0.5", "step:3: 0.5", "step:3:nan", "step:3:inf", "step:x:0.5",
        "step:99999999999999999999:0.5", "step", "exponential", "exponential:", "exponential:0", "exponential:-1", "exponential:2",
        "exponential:0.5x", "exponential:nan", "exponential:0,5", "exponentially:0.5", "1cycle:3", "1cycles", "cycle", "Constant", " ", "cosine"};
    gp_schedule s;
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        gp_error error = {""};
        char quoted[64];
        snprintf(quoted, sizeof quoted, "found '%s'", wrong[k]);
        ck_assert_msg(gp_schedule_parse(wrong[k], &s, &error) == GP_BAD_INPUT, "'%s' was accepted", wrong[k]);
        ck_assert_msg(strstr(error.message, "exponential:FACTOR or step:EPOCHS:FACTOR") && strstr(error.message, "EPOCHS from 1 on")
                          && strstr(error.message, quoted), "%s", error.message);
    }
}
END_TEST

START_TEST(a_schedule_means_the_same_in_every_language)
{
    gp_schedule s;
    for (int k = 0; k < 2; k++) { /* what the C library keeps for itself is there after the first time */
        long held = gp_allocated;
        gp_schedule_parse("exponential:0.5", &s, NULL);
        long left = gp_allocated - held;
        ck_assert(k == 0 || left == 0);
    }
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL)
        return; /* test_lab says that none is installed */
    gp_status status = gp_schedule_parse("exponential:0.5", &s, NULL);
    ck_assert_str_eq(localeconv()->decimal_point, ","); /* it is the user's again */
    setlocale(LC_NUMERIC, "C");
    ck_assert_int_eq(status, GP_OK);
    ck_assert(s.factor == 0.5);
}
END_TEST

START_TEST(a_cycle_is_timed_by_steps)
{
    gp_network *net = make("dense:4", 3);
    gp_optimizer *o = with(net, gp_sgd(.learning_rate = 0.1));
    story t = {0};
    gp_schedule cycle = {GP_ONE_CYCLE, 1, 1};
    run_well(net, o, gp_train_options_with(.batch = 5, .epochs = 2, .first_epoch = 1, .schedule = cycle), &t);
    for (size_t k = 0; k < 10; k++)
        gp_assert_near(t.rate[k], 0.1 * gp_schedule_factor(cycle, 1 + (double)k / 5, 3), 1e-12);
    gp_optimizer_free(o);
    gp_network_free(net);
}
END_TEST

static double own_rate(double epoch, double epochs, double rate, void *context)
{
    ck_assert_ptr_nonnull(context);
    return rate * (1 - epoch / epochs);
}

static double bad_rate(double epoch, double epochs, double rate, void *context)
{
    (void)epochs, (void)rate, (void)context;
    return epoch < 1.4 ? 0 : -1;
}

static double endless_rate(double epoch, double epochs, double rate, void *context)
{
    (void)epochs, (void)rate, (void)context, (void)epoch;
    return HUGE_VAL;
}

static double no_rate(double epoch, double epochs, double rate, void *context)
{
    (void)epochs, (void)rate, (void)context, (void)epoch;
    return NAN;
}

START_TEST(a_function_of_one_s_own_sets_the_rate)
{
    gp_error error = {""};
    gp_network *net = make("dense:4", 3), *same = make("dense:4", 3);
    gp_optimizer *o = with(net, gp_sgd(.learning_rate = 0.1));
    story t = {0}, u = {0}, v = {0};
    run_well(net, o, gp_train_options_with(.batch = 5, .epochs = 2, .learning_rate = own_rate), &t);
    for (size_t k = 0; k < 10; k++)
        gp_assert_near(t.rate[k], 0.1 * (1 - (double)k / 10), 1e-12);
    ck_assert(gp_optimizer_rate(o) == 0.1);
    gp_optimizer_free(o);
    gp_network_free(net);
    net = make("dense:4", 3);
    o = with(net, gp_sgd());
    ck_assert_int_eq(run(net, o, gp_train_options_with(.batch = 5, .epochs = 2, .learning_rate = bad_rate), &u, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "epoch 2, step 3: expected a learning rate of at least 0, found -1"), "%s", error.message);
    same_parameters(net, same, 0); /* a rate of zero is allowed, and moves nothing */
    ck_assert(gp_optimizer_rate(o) == 0.01);
    ck_assert_int_eq(run(net, o, gp_train_options_with(.learning_rate = no_rate), &v, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "epoch 1, step 1") && strstr(error.message, "nan"), "%s", error.message);
    ck_assert_int_eq(run(net, o, gp_train_options_with(.learning_rate = endless_rate), &v, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "found inf") != NULL, "%s", error.message);
    gp_optimizer_free(o);
    gp_network_free(net);
    gp_network_free(same);
}
END_TEST

/* ---------------------------------------------------------------- the callbacks */

START_TEST(gradients_can_be_changed_before_the_update)
{
    gp_network *net = make("dense:4", 3), *same = make("dense:4", 3);
    gp_optimizer *o = with(net, gp_sgd());
    story t = {.silent = true};
    run_well(net, o, gp_train_options_with(.epochs = 2), &t);
    same_parameters(net, same, 0);
    ck_assert_uint_eq(t.steps, 2);
    gp_optimizer_free(o);
    gp_network_free(net);
    gp_network_free(same);
}
END_TEST

START_TEST(a_training_can_be_ended_before_an_update)
{
    gp_network *net = make("dense:4", 3), *other = make("dense:4", 3);
    gp_optimizer *o = with(net, gp_sgd()), *p = with(other, gp_sgd());
    story t = {.stop_before = 3}, u = {.stop_step = 2};
    run_well(net, o, gp_train_options_with(.batch = 5, .epochs = 9), &t);
    run_well(other, p, gp_train_options_with(.batch = 5, .epochs = 9), &u);
    ck_assert_uint_eq(t.before, 3);
    ck_assert_uint_eq(t.steps, 2);
    ck_assert_uint_eq(t.epochs, 1); /* evaluated as usual */
    ck_assert_uint_eq(gp_optimizer_steps(o), 2);
    same_parameters(net, other, 0); /* the third update did not happen */
    gp_optimizer_free(o);
    gp_optimizer_free(p);
    gp_network_free(net);
    gp_network_free(other);
}
END_TEST

START_TEST(a_training_can_be_ended_after_a_step)
{
    gp_network *net = make("dense:4", 3);
    gp_optimizer *o = with(net, gp_sgd());
    story t = {.stop_step = 7};
    run_well(net, o, gp_train_options_with(.batch = 5, .epochs = 9), &t);
    ck_assert_uint_eq(t.steps, 7);
    ck_assert_uint_eq(t.epochs, 2);
    gp_assert_near(t.epoch[1].train_loss, (t.loss[5] + t.loss[6]) / 2, 1e-9);
    gp_assert_near(t.epoch[1].samples_per_second * t.epoch[1].train_seconds, 10, 1e-6);
    gp_optimizer_free(o);
    gp_network_free(net);
}
END_TEST

START_TEST(a_training_can_be_ended_after_an_epoch)
{
    gp_network *net = make("dense:4", 3);
    gp_optimizer *o = with(net, gp_sgd());
    story t = {.stop_epoch = 2};
    run_well(net, o, gp_train_options_with(.batch = 5, .epochs = 9), &t);
    ck_assert_uint_eq(t.steps, 10);
    ck_assert_uint_eq(t.epochs, 2);
    ck_assert_uint_eq(t.epoch[0].epochs, 9);
    gp_optimizer_free(o);
    gp_network_free(net);
}
END_TEST

START_TEST(what_is_left_out_is_one_epoch_of_batches_of_32)
{
    gp_error error = {""};
    gp_network *net = make("dense:4", 3);
    gp_optimizer *o = with(net, gp_sgd());
    story t = {0}, u = {0}, v = {0};
    run_well(net, o, gp_train_defaults(), &t); /* 23 samples: all of them */
    ck_assert_uint_eq(t.steps, 1);
    ck_assert_uint_eq(t.rows[0], 23);
    gp_dataset_free(&data);
    fill(32, 9);
    run_well(net, o, gp_train_options_with(.seed = 1), &u);
    ck_assert_uint_eq(u.steps, 1);
    gp_dataset_free(&data);
    fill(70, 9);
    run_well(net, o, gp_train_options_with(.seed = 1), &v);
    ck_assert_uint_eq(v.steps, 3);
    ck_assert_uint_eq(v.rows[1], 32);
    ck_assert_uint_eq(v.rows[2], 6);
    ck_assert_int_eq(gp_train(net, o, &data, NULL, &error), GP_OK); /* no options: all left out */
    ck_assert_uint_eq(gp_optimizer_steps(o), 1 + 1 + 3 + 3);
    story w = {0};
    run_well(net, o, gp_train_options_with(.epochs = 0), &w); /* zero is a value */
    ck_assert_uint_eq(w.steps + w.epochs, 0);
    gp_optimizer_free(o);
    gp_network_free(net);
}
END_TEST

START_TEST(claim_training_allocates_nothing)
{
    gp_network *net = make("dense:16:he_normal:nobias batchnorm relu dense:16 prelu rrelu dense:16 selu alpha_dropout:0.1 dropout:0.2 dense:4", 3);
    gp_optimizer *adam = with(net, gp_adam(.clip_norm = 1, .clip_value = 1));
    story t = {0};
    run_well(net, adam, gp_train_options_with(.batch = 4, .epochs = 1), &t);
    ck_assert_uint_eq(t.steps, 6);
    ck_assert_uint_eq(t.worst, 0); /* from the second update on; the first one wakes the matrix library up */
    gp_optimizer_free(adam);
    gp_network_free(net);
}
END_TEST

/* ---------------------------------------------------------------- the best epoch */

typedef struct {
    double loss[40], kept; /* of each epoch; a weight after the best one */
    bool best[40];
    size_t epochs, last_best;
    gp_network *net;
} judge;

static bool judge_epoch(const gp_epoch *e, void *context)
{
    judge *j = context;
    j->loss[j->epochs] = e->validation_loss;
    j->best[j->epochs] = e->best;
    j->epochs++;
    if (e->best) {
        j->last_best = j->epochs;
        j->kept = (double)gp_network_layer(j->net, 0)->parameter[0].value.at[0];
    }
    return true;
}

/* The labels are drawn at random, so the validation loss soon rises: nothing can be learned that holds elsewhere. */
static gp_status judged(judge *j, gp_train_options how, gp_error *error)
{
    *j = (judge){.net = make("dense:30 batchnorm tanh dense:4", 3)};
    gp_optimizer *o = with(j->net, gp_adam(.learning_rate = 0.02));
    how.after_epoch = judge_epoch;
    how.context = j;
    gp_status s = gp_train(j->net, o, &data, &how, error);
    gp_optimizer_free(o);
    return s;
}

START_TEST(the_best_epoch_is_the_one_with_the_lowest_validation_loss_so_far)
{
    gp_error error = {""};
    judge j;
    ck_assert_int_eq(judged(&j, gp_train_options_with(.batch = 8, .epochs = 30), &error), GP_OK);
    ck_assert_uint_eq(j.epochs, 30);
    double lowest = INFINITY;
    for (size_t e = 0; e < 30; e++) {
        ck_assert(j.best[e] == (j.loss[e] < lowest));
        lowest = fmin(lowest, j.loss[e]);
    }
    ck_assert(j.last_best > 1 && j.last_best < 25);
    gp_evaluation now = plain_evaluation(j.net, &data.validation, NULL);
    gp_assert_near(now.loss, j.loss[29], 1e-5); /* the network is that of the last epoch */
    gp_network_free(j.net);
}
END_TEST

START_TEST(the_best_network_is_kept_if_wanted)
{
    gp_error error = {""};
    judge j;
    ck_assert_int_eq(judged(&j, gp_train_options_with(.batch = 8, .epochs = 30, .keep_best = true), &error), GP_OK);
    ck_assert_uint_eq(j.epochs, 30);
    ck_assert((double)gp_network_layer(j.net, 0)->parameter[0].value.at[0] == j.kept);
    gp_evaluation now = plain_evaluation(j.net, &data.validation, NULL); /* with the running statistics of that epoch */
    gp_assert_near(now.loss, j.loss[j.last_best - 1], 1e-5);
    gp_network_free(j.net);
}
END_TEST

START_TEST(a_training_stops_after_epochs_without_a_better_one)
{
    gp_error error = {""};
    judge free_running;
    ck_assert_int_eq(judged(&free_running, gp_train_options_with(.batch = 8, .epochs = 40), &error), GP_OK);
    for (size_t patience = 1; patience < 6; patience += 2) {
        size_t expected = 0, since = 0;
        for (; expected < 40 && since < patience; expected++)
            since = free_running.best[expected] ? 0 : since + 1;
        judge j;
        ck_assert_int_eq(judged(&j, gp_train_options_with(.batch = 8, .epochs = 40, .stop_after = patience), &error), GP_OK);
        ck_assert_uint_eq(j.epochs, expected);
        ck_assert_uint_lt(expected, 40);
        gp_network_free(j.net);
    }
    gp_network_free(free_running.net);
}
END_TEST

START_TEST(a_resumed_training_knows_the_lowest_loss_before_it)
{
    gp_error error = {""};
    judge j;
    ck_assert_int_eq(judged(&j, gp_train_options_with(.batch = 8, .epochs = 30, .best_loss = 0.1, .stop_after = 4, .keep_best = true), &error),
                     GP_OK);
    ck_assert_uint_eq(j.epochs, 4);
    ck_assert_uint_eq(j.last_best, 0);
    gp_evaluation now = plain_evaluation(j.net, &data.validation, NULL);
    gp_assert_near(now.loss, j.loss[3], 1e-5); /* nothing was kept, so nothing is brought back */
    gp_network_free(j.net);
}
END_TEST

/* ---------------------------------------------------------------- divergence */

static bool blow_up(const gp_train_step *s, void *context)
{
    const size_t *at = context;
    if (s->done == *at)
        gp_network_layer(s->net, 0)->parameter[0].value.at[1] = (gp_real)INFINITY;
    return true;
}

static void expect_diverged(const char *text, size_t at, const char *words)
{
    gp_error error = {""};
    gp_network *net = make(text, 3);
    gp_optimizer *o = with(net, gp_sgd());
    size_t epochs_told = 0;
    gp_train_options how = gp_train_options_with(.batch = 5, .epochs = 3, .after_step = blow_up, .context = &at);
    ck_assert_int_eq(gp_train(net, o, &data, &how, &error), GP_FAILED);
    ck_assert_msg(strstr(error.message, words), "'%s' expected in '%s'", words, error.message);
    ck_assert_uint_eq(epochs_told, 0);
    ck_assert(gp_optimizer_rate(o) == 0.01);
    gp_optimizer_free(o);
    gp_network_free(net);
}

START_TEST(divergence_is_told_with_step_and_layer)
{
    expect_diverged("dense:4 relu dense:4", 2, "diverged at epoch 1, step 3: loss nan; first not finite: layer 1 (dense)");
    expect_diverged("dense:4 relu dense:4", 6, "diverged at epoch 2, step 2: loss nan; first not finite: layer 1 (dense)");
}
END_TEST

START_TEST(claim_the_last_update_is_checked)
{
    expect_diverged("dense:4 relu dense:4", 5, "diverged at epoch 1, step 5, in its update: loss 1.");
    expect_diverged("dense:4 relu dense:4", 15, "diverged at epoch 3, step 5, in its update: loss 1.");
    expect_diverged("dense:4 relu dense:4", 15, "first not finite: layer 1 (dense)");
}
END_TEST

/* As it was found: one step, and the network is lost, while the loss was that of the step before. */
START_TEST(a_huge_rate_in_a_training_of_one_step_is_no_success)
{
    gp_error error = {""};
    gp_network *net = make("dense:4 relu dense:4", 3);
    gp_optimizer *o = with(net, gp_sgd(.learning_rate = 1e300));
    story t = {0};
    ck_assert_int_eq(run(net, o, gp_train_options_with(.batch = 23), &t, &error), GP_FAILED);
    ck_assert_uint_eq(t.epochs, 0); /* no epoch was reported, so no checkpoint was written */
    ck_assert_msg(strstr(error.message, "epoch 1, step 1, in its update"), "%s", error.message);
    gp_optimizer_free(o);
    gp_network_free(net);
}
END_TEST

/* Finite weights of which the outputs overflow. */
START_TEST(weights_that_overflow_on_the_validation_samples_are_a_divergence)
{
    gp_error error = {""};
    gp_network *net = make("dense:4 relu dense:4", 3);
    gp_optimizer *o = with(net, gp_sgd(.learning_rate = 1e37));
    story t = {0};
    ck_assert_int_eq(run(net, o, gp_train_options_with(.batch = 23), &t, &error), GP_FAILED);
    ck_assert_uint_eq(t.epochs, 0);
    ck_assert_msg(strstr(error.message, "diverged at epoch 1, step 1, in its update: the network's outputs for samples 1 to 9 are not finite"),
                  "%s", error.message);
    gp_optimizer_free(o);
    gp_network_free(net);
}
END_TEST

/* A rectifier turns minus infinity into zero, and the loss stays finite. */
START_TEST(divergence_is_seen_behind_a_rectifier_in_a_layer_that_is_not_the_first)
{
    gp_error error = {""};
    gp_network *net = make("dense:5 tanh dense:6 relu dense:4", 3);
    gp_matrix_fill(&gp_network_layer(net, 2)->parameter[1].value, (gp_real)-INFINITY);
    gp_optimizer *o = with(net, gp_sgd());
    story t = {0};
    ck_assert_int_eq(run(net, o, gp_train_options_with(.batch = 5), &t, &error), GP_FAILED);
    ck_assert_msg(strstr(error.message, "diverged at epoch 1, step 1: loss 1.") && strstr(error.message, "layer 3 (dense)"), "%s", error.message);
    ck_assert_uint_eq(t.before, 0);
    gp_optimizer_free(o);
    gp_network_free(net);
}
END_TEST

static bool ruin_after_best(const gp_epoch *e, void *context)
{
    judge *j = context;
    judge_epoch(e, context);
    if (j->epochs == 3)
        gp_network_layer(j->net, 0)->parameter[1].value.at[0] = (gp_real)NAN;
    return true;
}

START_TEST(a_training_that_diverges_still_leaves_its_best_network)
{
    gp_error error = {""};
    judge j = {.net = make("dense:6 tanh dense:4", 3)};
    gp_optimizer *o = with(j.net, gp_sgd(.learning_rate = 0.1));
    gp_train_options how = gp_train_options_with(.batch = 23, .epochs = 9, .keep_best = true, .after_epoch = ruin_after_best, .context = &j);
    ck_assert_int_eq(gp_train(j.net, o, &data, &how, &error), GP_FAILED);
    ck_assert_msg(strstr(error.message, "epoch 4, step 1") != NULL, "%s", error.message);
    gp_evaluation e;
    ck_assert_int_eq(gp_evaluate(j.net, &data.validation, &e, NULL, &error), GP_OK);
    gp_assert_near(e.loss, j.loss[j.last_best - 1], 1e-6);
    gp_optimizer_free(o);
    gp_network_free(j.net);
}
END_TEST

/* ---------------------------------------------------------------- what is refused */

static void refused(gp_network *net, gp_optimizer *o, gp_train_options how, const char *a, const char *b)
{
    gp_error error = {""};
    story t = {0};
    ck_assert_int_eq(run(net, o, how, &t, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, a) && strstr(error.message, b), "'%s' and '%s' expected in '%s'", a, b, error.message);
    ck_assert_uint_eq(t.before + t.steps + t.epochs, 0);
    ck_assert_int_eq(gp_train(net, o, &data, &how, NULL), GP_BAD_INPUT); /* nobody has to listen */
}

START_TEST(samples_that_do_not_fit_are_refused)
{
    gp_network *net = make("dense:4", 3), *wide = make("dense:4", 5), *narrow = make("dense:3", 3);
    gp_optimizer *o = with(net, gp_sgd()), *p = with(wide, gp_sgd()), *q = with(narrow, gp_sgd());
    gp_train_options how = gp_train_options_with(.epochs = 1);
    refused(wide, p, how, "training samples: expected samples of 5 features", "found 3");
    data.train.labels[22] = 4;
    refused(net, o, how, "training samples: sample 23: expected a label from 0 to below 4", "found 4");
    data.train.labels[22] = -1;
    refused(net, o, how, "training samples: sample 23", "found -1");
    data.train.labels[22] = 3;
    refused(narrow, q, how, "expected a label from 0 to below 3", "found 3");
    data.validation.labels[0] = 9;
    refused(net, o, how, "validation samples: sample 1: expected a label", "found 9");
    data.validation.labels[0] = 0;
    data.train.count = 24;
    refused(net, o, how, "training samples: expected 24 samples", "found a matrix of 23 rows");
    data.train.count = 0;
    refused(net, o, how, "training: expected samples", "found none");
    data.train.count = 23;
    gp_matrix_free(&data.validation.x);
    ck_assert_int_eq(gp_matrix_new(&data.validation.x, 9, 2, NULL), GP_OK);
    refused(net, o, how, "validation samples: expected samples of 3 features", "found 2");
    gp_optimizer_free(o);
    gp_optimizer_free(p);
    gp_optimizer_free(q);
    gp_network_free(net);
    gp_network_free(wide);
    gp_network_free(narrow);
}
END_TEST

START_TEST(batches_that_cannot_be_are_refused)
{
    gp_network *net = make("dense:4", 3);
    gp_optimizer *o = with(net, gp_sgd());
    refused(net, o, gp_train_options_with(.batch = 0), "expected a batch of 1 to 23 samples", "found 0");
    refused(net, o, gp_train_options_with(.batch = 24), "expected a batch of 1 to 23 samples", "found 24");
    story t = {0}, u = {0};
    run_well(net, o, gp_train_options_with(.batch = 23), &t);
    run_well(net, o, gp_train_options_with(.batch = 1), &u);
    ck_assert_uint_eq(t.steps, 1);
    ck_assert_uint_eq(u.steps, 23);
    gp_optimizer_free(o);
    gp_network_free(net);
}
END_TEST

START_TEST(options_that_make_no_sense_are_refused)
{
    gp_network *net = make("dense:4", 3);
    gp_optimizer *o = with(net, gp_sgd());
    refused(net, o, (gp_train_options){.batch = 5, .epochs = 1}, "stop_after: expected 1 epoch or more, found 0", "gp_train_options_with");
    refused(net, o, (gp_train_options){.epochs = 1, .stop_after = 5}, "expected a batch", "found 0");
    refused(net, o, gp_train_options_with(.schedule = {GP_STEPWISE, 0.5, 0}), "schedule: expected a factor", "found 0.5 and 0");
    refused(net, o, gp_train_options_with(.schedule = {GP_STEPWISE, 1.5, 2}), "schedule", "found 1.5 and 2");
    refused(net, o, gp_train_options_with(.schedule = {GP_EXPONENTIAL, 0, 1}), "schedule", "found 0 and 1");
    refused(net, o, gp_train_options_with(.schedule = {GP_EXPONENTIAL, -0.5, 1}), "schedule", "found -0.5 and 1");
    refused(net, o, gp_train_options_with(.schedule = {(gp_schedule_kind)7, 0.5, 1}), "schedule", "found 0.5 and 1");
    refused(net, o, gp_train_options_with(.schedule = {GP_ONE_CYCLE, 1, 1}, .learning_rate = own_rate),
            "expected a schedule or a learning-rate function", "found both");
    data.validation.count = 0;
    refused(net, o, gp_train_options_with(.stop_after = 3), "expected validation samples", "found none");
    refused(net, o, gp_train_options_with(.keep_best = true), "expected validation samples", "found none");
    story t = {0};
    run_well(net, o, gp_train_options_with(.epochs = 2), &t); /* else nobody needs them */
    ck_assert(isnan(t.epoch[1].validation_loss) && isnan(t.epoch[1].validation_accuracy) && !t.epoch[1].best);
    gp_optimizer_free(o);
    gp_network_free(net);
}
END_TEST

START_TEST(an_optimizer_of_another_network_or_another_time_is_refused)
{
    gp_error error = {""};
    gp_network *net = make("dense:4", 3), *other = make("dense:4", 3);
    gp_optimizer *o = with(net, gp_sgd()), *p = with(other, gp_sgd());
    static const char *const words = "expected an optimizer that was made for this network, after its last layer";
    refused(net, p, gp_train_defaults(), words, "");
    refused(net, NULL, gp_train_defaults(), words, "");
    ck_assert_int_eq(gp_network_parse(net, "tanh dense:4", &error), GP_OK);
    refused(net, o, gp_train_defaults(), words, "");
    gp_optimizer_free(o);
    gp_optimizer_free(p);
    gp_network_free(net);
    gp_network_free(other);
}
END_TEST

START_TEST(a_network_that_failed_while_it_was_built_says_why)
{
    gp_error error = {""};
    gp_evaluation e;
    gp_network *net = gp_network_new(3, 1, &error);
    refused(net, NULL, gp_train_defaults(), "expected a network with layers", "found none");
    ck_assert_int_eq(gp_evaluate(net, &data.train, &e, NULL, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "expected a network with layers"), "%s", error.message);
    ck_assert_int_eq(gp_population_statistics(net, &data, 5, &error), GP_BAD_INPUT);
    gp_dense(net, .units = 4, .activation = "no_such_word");
    refused(net, NULL, gp_train_defaults(), "no_such_word", "");
    ck_assert_int_eq(gp_evaluate(net, &data.train, &e, NULL, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "no_such_word"), "%s", error.message);
    gp_network_free(net);
}
END_TEST

/* Batch normalization, also inside another layer, cannot use a batch of one: at all, or as the rest of an epoch. */
static gp_network *with_inner_normalization(void)
{
    gp_error error;
    gp_network *net = make("dense:5", 3);
    gp_chain *branch = gp_chain_new(5, &error);
    ck_assert_int_eq(gp_chain_add(branch, gp_batchnorm_new(5, 0.9, 1e-3, &error), &error), GP_OK);
    gp_layer *residual = gp_residual_new(branch, 1, false, &error);
    ck_assert_int_eq(gp_network_add(net, residual, &error), GP_OK);
    ck_assert_int_eq(gp_network_parse(net, "dense:4", &error), GP_OK);
    return net;
}

START_TEST(a_layer_says_how_many_samples_it_needs)
{
    for (int inner = 0; inner < 2; inner++) {
        gp_network *net = inner ? with_inner_normalization() : make("dense:5 batchnorm dense:4", 3);
        gp_optimizer *o = with(net, gp_sgd());
        refused(net, o, gp_train_options_with(.batch = 1), "expected a batch of at least 2 samples, which batchnorm needs", "found 1");
        story t = {0}, u = {0};
        run_well(net, o, gp_train_options_with(.batch = 11, .epochs = 2), &t); /* 11, 11 and 1 */
        ck_assert_uint_eq(t.steps, 4);
        ck_assert_uint_eq(t.of[0], 2);
        ck_assert_uint_eq(t.rows[1], 11);
        gp_assert_near(t.epoch[0].train_loss, (t.loss[0] + t.loss[1]) / 2, 1e-9);
        run_well(net, o, gp_train_options_with(.batch = 7), &u); /* 7, 7, 7 and 2 */
        ck_assert_uint_eq(u.steps, 4);
        ck_assert_uint_eq(u.rows[3], 2);
        gp_optimizer_free(o);
        gp_network_free(net);
    }
    gp_network *net = make("dense:4", 3);
    gp_optimizer *o = with(net, gp_sgd());
    story t = {0};
    run_well(net, o, gp_train_options_with(.batch = 11), &t); /* without it the one sample is used */
    ck_assert_uint_eq(t.steps, 3);
    ck_assert_uint_eq(t.rows[2], 1);
    gp_optimizer_free(o);
    gp_network_free(net);
}
END_TEST

START_TEST(an_allocation_that_fails_is_told_before_the_first_step)
{
    size_t failures = 0;
    for (long n = -1; GP_COUNTS_ALLOCATIONS; n++) { /* -1: none fails, and the matrix library wakes up */
        gp_error error = {""};
        long held = gp_allocated;
        gp_network *net = make("dense:4 dropout:0.2 tanh dense:4", 3);
        gp_optimizer *o = with(net, gp_sgd());
        gp_train_options how = gp_train_options_with(.batch = 8, .keep_best = true);
        gp_fail_allocation((size_t)n + 1);
        gp_status s = gp_train(net, o, &data, &how, &error);
        bool all_done = !gp_allocation_failed;
        gp_fail_allocation(0);
        if (s != GP_OK) {
            ck_assert_int_eq(s, GP_NO_MEMORY);
            ck_assert_msg(strstr(error.message, "memory") != NULL, "%s", error.message);
            ck_assert_uint_eq(gp_optimizer_steps(o), 0);
            failures++;
        }
        gp_optimizer_free(o);
        gp_network_free(net);
        long left = gp_allocated - held;
        ck_assert_msg(n < 0 || left == 0, "allocation %ld: %ld left", n, left);
        if (n >= 0 && all_done)
            break;
    }
    ck_assert_msg(!GP_COUNTS_ALLOCATIONS || failures > 10, "%zu allocations failed", failures);
}
END_TEST

/* ---------------------------------------------------------------- evaluation */

START_TEST(an_evaluation_is_the_plain_sum_over_the_samples)
{
    static const size_t counts[] = {1, 499, 500, 501, 1003};
    gp_network *net = make("dense:6 dropout:0.5 batchnorm tanh dense:4", 3);
    for (size_t k = 0; k < 5; k++) {
        gp_error error = {""};
        gp_samples s = gp_made_up_samples(counts[k], 3, 4, k);
        gp_evaluation e;
        size_t confusion[16], plain[16] = {0};
        memset(confusion, 0xff, sizeof confusion); /* what was there before does not count */
        ck_assert_int_eq(gp_evaluate(net, &s, &e, confusion, &error), GP_OK);
        gp_evaluation p = plain_evaluation(net, &s, plain);
        gp_assert_near(e.loss, p.loss, 1e-5);
        gp_assert_near(e.accuracy, p.accuracy, 1e-12);
        ck_assert_mem_eq(confusion, plain, sizeof plain);
        ck_assert_int_eq(gp_evaluate(net, &s, &e, NULL, &error), GP_OK);
        gp_assert_near(e.loss, p.loss, 1e-5);
        free(s.labels);
        gp_matrix_free(&s.x);
    }
    gp_network_free(net);
}
END_TEST

/* A network of one dense layer that answers with the class it was told. */
START_TEST(accuracy_counts_right_answers_only)
{
    gp_error error = {""};
    gp_network *net = make("dense:4", 3);
    gp_evaluation e;
    size_t confusion[16];
    gp_matrix_fill(&gp_network_layer(net, 0)->parameter[0].value, 0);
    gp_row(&gp_network_layer(net, 0)->parameter[1].value, 0)[2] = 5;
    size_t twos = 0;
    for (size_t i = 0; i < 23; i++)
        twos += data.train.labels[i] == 2;
    ck_assert(twos > 0 && twos < 23);
    ck_assert_int_eq(gp_evaluate(net, &data.train, &e, confusion, &error), GP_OK);
    gp_assert_near(e.accuracy, (double)twos / 23, 1e-12);
    ck_assert_uint_eq(confusion[2 * 4 + 2], twos);
    ck_assert_uint_eq(confusion[0 * 4 + 2] + confusion[1 * 4 + 2] + confusion[3 * 4 + 2], 23 - twos);
    gp_network_free(net);
}
END_TEST

START_TEST(an_evaluation_refuses_what_does_not_fit)
{
    gp_error error = {""};
    gp_network *net = make("dense:4", 3), *wide = make("dense:4", 5);
    gp_evaluation e = {-1, -1};
    ck_assert_int_eq(gp_evaluate(wide, &data.train, &e, NULL, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "evaluation: expected samples of 5 features") && strstr(error.message, "found 3"), "%s", error.message);
    data.train.labels[3] = 4;
    ck_assert_int_eq(gp_evaluate(net, &data.train, &e, NULL, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "evaluation: sample 4: expected a label") != NULL, "%s", error.message);
    ck_assert_int_eq(gp_evaluate(net, &data.test, &e, NULL, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "expected samples, found none") != NULL, "%s", error.message);
    ck_assert(e.loss == -1 && e.accuracy == -1);
    gp_network_free(net);
    gp_network_free(wide);
}
END_TEST

START_TEST(an_evaluation_of_a_network_that_computes_no_numbers_is_a_failure)
{
    gp_error error = {""};
    gp_samples s = gp_made_up_samples(700, 3, 4, 1);
    gp_network *net = make("dense:4", 3);
    gp_evaluation e = {-1, -1};
    gp_row(&s.x, 600)[1] = (gp_real)NAN; /* in the second batch */
    ck_assert_int_eq(gp_evaluate(net, &s, &e, NULL, &error), GP_FAILED);
    ck_assert_msg(strstr(error.message, "outputs for samples 501 to 700 are not finite"), "%s", error.message);
    ck_assert(e.loss == -1);
    gp_network_layer(net, 0)->parameter[1].value.at[1] = (gp_real)-INFINITY; /* never the largest */
    ck_assert_int_eq(gp_evaluate(net, &s, &e, NULL, &error), GP_FAILED);
    ck_assert_msg(strstr(error.message, "outputs for samples 1 to 500 are not finite"), "%s", error.message);
    free(s.labels);
    gp_matrix_free(&s.x);
    gp_network_free(net);
}
END_TEST

/* ---------------------------------------------------------------- population statistics */

/* Of a batch normalization at the data itself: the mean over the whole batches of their means and unbiased variances. */
static void plain_population(size_t batch, double mean[3], double variance[3])
{
    size_t batches = data.train.count / batch;
    for (size_t j = 0; j < 3; j++) {
        mean[j] = variance[j] = 0;
        for (size_t b = 0; b < batches; b++) {
            double m = 0, v = 0;
            for (size_t i = b * batch; i < (b + 1) * batch; i++)
                m += (double)gp_row(&data.train.x, i)[j] / (double)batch;
            for (size_t i = b * batch; i < (b + 1) * batch; i++)
                v += pow((double)gp_row(&data.train.x, i)[j] - m, 2) / (double)(batch - 1);
            mean[j] += m / (double)batches;
            variance[j] += v / (double)batches;
        }
    }
}

START_TEST(population_statistics_are_the_means_over_whole_batches)
{
    static const size_t batches[] = {2, 5, 11, 12, 23};
    for (size_t k = 0; k < 5; k++) {
        gp_error error = {""};
        double mean[3], variance[3];
        gp_network *net = make("batchnorm dense:4", 3);
        gp_layer *norm = gp_network_layer(net, 0);
        gp_matrix x = gp_matrix_rows(&data.train.x, 0, 7);
        ck_assert_int_eq(gp_network_reserve(net, 7, &error), GP_OK);
        gp_network_forward(net, &x, true); /* what was gathered before does not count */
        ck_assert_int_eq(gp_population_statistics(net, &data, batches[k], &error), GP_OK);
        plain_population(batches[k], mean, variance);
        for (size_t j = 0; j < 3; j++) {
            gp_assert_near(gp_row(&norm->parameter[2].value, 0)[j], mean[j], 1e-5);
            gp_assert_near(gp_row(&norm->parameter[3].value, 0)[j], variance[j], 1e-5);
        }
        gp_real before = gp_row(&norm->parameter[2].value, 0)[0];
        gp_network_forward(net, &x, true); /* and back to running averages: 0.99 of the old one is left */
        double m = 0;
        for (size_t i = 0; i < 7; i++)
            m += (double)gp_row(&x, i)[0] / 7;
        gp_assert_near(gp_row(&norm->parameter[2].value, 0)[0], 0.99 * (double)before + 0.01 * m, 1e-6);
        gp_network_free(net);
    }
}
END_TEST

START_TEST(a_training_with_population_statistics_ends_with_them)
{
    gp_error error = {""};
    gp_network *net = make("dense:5 batchnorm tanh dense:4", 3);
    gp_optimizer *o = with(net, gp_sgd());
    story t = {0};
    run_well(net, o, gp_train_options_with(.batch = 5, .epochs = 2, .population = true), &t);
    gp_layer *norm = gp_network_layer(net, 1);
    gp_real mean[5], variance[5];
    memcpy(mean, gp_row(&norm->parameter[2].value, 0), sizeof mean);
    memcpy(variance, gp_row(&norm->parameter[3].value, 0), sizeof variance);
    gp_evaluation before = plain_evaluation(net, &data.validation, NULL);
    gp_assert_near(before.loss, t.epoch[1].validation_loss, 1e-5); /* the validation already uses them */
    ck_assert_int_eq(gp_population_statistics(net, &data, 5, &error), GP_OK);
    ck_assert_mem_eq(mean, gp_row(&norm->parameter[2].value, 0), sizeof mean);
    ck_assert_mem_eq(variance, gp_row(&norm->parameter[3].value, 0), sizeof variance);
    gp_optimizer_free(o);
    gp_network_free(net);
}
END_TEST

START_TEST(population_statistics_reach_layers_inside_layers)
{
    gp_error error = {""};
    gp_network *net = with_inner_normalization();
    gp_layer *norm = gp_chain_layer(gp_layer_inner(gp_network_layer(net, 1)), 0);
    ck_assert(gp_row(&norm->parameter[3].value, 0)[0] == 1); /* fresh */
    ck_assert_int_eq(gp_population_statistics(net, &data, 23, &error), GP_OK);
    double m = 0, v = 0;
    const gp_matrix *y = gp_network_output(net, 0);
    for (size_t i = 0; i < 23; i++)
        m += (double)gp_row(y, i)[0] / 23;
    for (size_t i = 0; i < 23; i++)
        v += pow((double)gp_row(y, i)[0] - m, 2) / 22;
    gp_assert_near(gp_row(&norm->parameter[2].value, 0)[0], m, 1e-5);
    gp_assert_near(gp_row(&norm->parameter[3].value, 0)[0], v, 1e-5);
    gp_network_free(net);
}
END_TEST

START_TEST(population_statistics_refuse_batches_that_cannot_be)
{
    gp_error error = {""};
    gp_network *net = make("batchnorm dense:4", 3), *wide = make("batchnorm dense:4", 5);
    static const struct {
        size_t batch;
        const char *words;
    } bad[] = {{0, "expected a batch of 1 to 23 samples"}, {24, "found 24"}, {1, "at least 2 samples, which batchnorm needs"}};
    for (int k = 0; k < 3; k++) {
        ck_assert_int_eq(gp_population_statistics(net, &data, bad[k].batch, &error), GP_BAD_INPUT);
        ck_assert_msg(strstr(error.message, bad[k].words) != NULL, "%s", error.message);
    }
    ck_assert_int_eq(gp_population_statistics(wide, &data, 5, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "expected samples of 5 features") != NULL, "%s", error.message);
    gp_network_free(net);
    gp_network_free(wide);
}
END_TEST

/* ---------------------------------------------------------------- and does it learn? */

START_TEST(spirals_are_learned)
{
    gp_error error = {""};
    gp_dataset spirals;
    gp_evaluation e;
    ck_assert_int_eq(gp_dataset_open(&spirals, "spirals", 1, &error), GP_OK);
    gp_network *net = make("dense:32:he_normal relu dense:32:he_normal relu dense:3", 2);
    gp_optimizer *o = with(net, gp_adam(.learning_rate = 0.01));
    gp_train_options how = gp_train_options_with(.epochs = 12, .seed = 1);
    ck_assert_int_eq(gp_train(net, o, &spirals, &how, &error), GP_OK);
    ck_assert_int_eq(gp_evaluate(net, &spirals.test, &e, NULL, &error), GP_OK);
    ck_assert_msg(e.accuracy > 0.9, "the spirals' accuracy is %g", e.accuracy);
    gp_optimizer_free(o);
    gp_network_free(net);
    gp_dataset_free(&spirals);
}
END_TEST

START_TEST(the_usual_seed_is_0_for_everybody)
{
    ck_assert_uint_eq(gp_train_defaults().seed, 0);
    ck_assert_uint_eq(gp_train_options_with(.epochs = 1).seed, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("train");
    TCase *loop = tcase_create("the loop");
    tcase_add_checked_fixture(loop, begin, end);
    tcase_add_test(loop, a_training_is_the_plain_loop);
    tcase_add_test(loop, the_usual_seed_is_0_for_everybody);
    tcase_add_test(loop, an_epoch_visits_every_sample_once_in_an_order_of_its_own);
    tcase_add_test(loop, two_halves_of_a_training_are_the_whole);
    tcase_add_test(loop, what_is_left_out_is_one_epoch_of_batches_of_32);
    tcase_add_test(loop, claim_training_allocates_nothing);
    tcase_add_test(loop, spirals_are_learned);
    suite_add_tcase(suite, loop);
    TCase *rates = tcase_create("rates");
    tcase_add_checked_fixture(rates, begin, end);
    tcase_add_test(rates, schedules_have_their_factors);
    tcase_add_test(rates, schedules_that_make_no_sense_are_refused_with_what_was_expected);
    tcase_add_test(rates, a_schedule_means_the_same_in_every_language);
    tcase_add_test(rates, a_cycle_is_timed_by_steps);
    tcase_add_test(rates, a_function_of_one_s_own_sets_the_rate);
    suite_add_tcase(suite, rates);
    TCase *calls = tcase_create("callbacks");
    tcase_add_checked_fixture(calls, begin, end);
    tcase_add_test(calls, gradients_can_be_changed_before_the_update);
    tcase_add_test(calls, a_training_can_be_ended_before_an_update);
    tcase_add_test(calls, a_training_can_be_ended_after_a_step);
    tcase_add_test(calls, a_training_can_be_ended_after_an_epoch);
    tcase_add_test(calls, the_best_epoch_is_the_one_with_the_lowest_validation_loss_so_far);
    tcase_add_test(calls, the_best_network_is_kept_if_wanted);
    tcase_add_test(calls, a_training_stops_after_epochs_without_a_better_one);
    tcase_add_test(calls, a_resumed_training_knows_the_lowest_loss_before_it);
    suite_add_tcase(suite, calls);
    TCase *failures = tcase_create("failures");
    tcase_add_checked_fixture(failures, begin, end);
    tcase_add_test(failures, divergence_is_told_with_step_and_layer);
    tcase_add_test(failures, claim_the_last_update_is_checked);
    tcase_add_test(failures, a_huge_rate_in_a_training_of_one_step_is_no_success);
    tcase_add_test(failures, weights_that_overflow_on_the_validation_samples_are_a_divergence);
    tcase_add_test(failures, divergence_is_seen_behind_a_rectifier_in_a_layer_that_is_not_the_first);
    tcase_add_test(failures, a_training_that_diverges_still_leaves_its_best_network);
    tcase_add_test(failures, samples_that_do_not_fit_are_refused);
    tcase_add_test(failures, batches_that_cannot_be_are_refused);
    tcase_add_test(failures, options_that_make_no_sense_are_refused);
    tcase_add_test(failures, an_optimizer_of_another_network_or_another_time_is_refused);
    tcase_add_test(failures, a_network_that_failed_while_it_was_built_says_why);
    tcase_add_test(failures, a_layer_says_how_many_samples_it_needs);
    tcase_add_test(failures, an_allocation_that_fails_is_told_before_the_first_step);
    suite_add_tcase(suite, failures);
    TCase *evaluation = tcase_create("evaluation");
    tcase_add_checked_fixture(evaluation, begin, end);
    tcase_add_test(evaluation, an_evaluation_is_the_plain_sum_over_the_samples);
    tcase_add_test(evaluation, accuracy_counts_right_answers_only);
    tcase_add_test(evaluation, an_evaluation_refuses_what_does_not_fit);
    tcase_add_test(evaluation, an_evaluation_of_a_network_that_computes_no_numbers_is_a_failure);
    tcase_add_test(evaluation, population_statistics_are_the_means_over_whole_batches);
    tcase_add_test(evaluation, a_training_with_population_statistics_ends_with_them);
    tcase_add_test(evaluation, population_statistics_reach_layers_inside_layers);
    tcase_add_test(evaluation, population_statistics_refuse_batches_that_cannot_be);
    suite_add_tcase(suite, evaluation);
    return gp_run_suite(suite);
}
