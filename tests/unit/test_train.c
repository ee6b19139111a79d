#define _GNU_SOURCE
#include "allocations.h"
#include "files.h"
#include "gradient.h"

static gp_network *make(const char *text, size_t inputs, size_t batch)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(inputs, 1, &error);
    ck_assert_msg(gp_network_parse(net, text, &error) == GP_OK, "%s", error.message);
    ck_assert_int_eq(gp_network_reserve(net, batch, &error), GP_OK);
    return net;
}

static const char *const everything = "dense:16:he_normal:nobias batchnorm relu dense:16 prelu rrelu dense:16 selu alpha_dropout:0.1 "
                                      "dropout:0.2 dense:3";

START_TEST(claim_training_allocates_nothing)
{
    gp_error error;
    gp_network *net = make(everything, 2, 32);
    gp_optimizer *adam = gp_optimizer_new(net, gp_adam(.clip_norm = 1), &error);
    gp_matrix x;
    gp_label labels[32] = {1, 2};
    ck_assert_int_eq(gp_matrix_new(&x, 32, 2, &error), GP_OK);
    gp_random r = gp_random_new(1);
    gp_random_fill_normal(&r, &x, 0, 1);
    gp_network_gradients(net, &x, labels); /* the matrix library warms up */
    size_t before = gp_allocations;
    for (int i = 0; i < 10; i++) {
        gp_network_gradients(net, &x, labels);
        gp_optimizer_step(adam, NULL);
    }
    ck_assert_uint_eq(gp_allocations - before, 0);
    gp_optimizer_free(adam);
    gp_network_free(net);
    gp_matrix_free(&x);
}
END_TEST

static double train(gp_network *net, gp_optimizer_options how, size_t epochs, gp_error *error, gp_status *status)
{
    gp_dataset data;
    gp_evaluation e = {0};
    ck_assert_int_eq(gp_dataset_open(&data, "spirals", 1, error), GP_OK);
    gp_optimizer *optimizer = gp_optimizer_new(net, how, error);
    gp_train_options options = gp_train_options_with(.epochs = epochs, .seed = 1);
    *status = gp_train(net, optimizer, &data, &options, error);
    if (*status == GP_OK)
        ck_assert_int_eq(gp_evaluate(net, &data.test, &e, NULL, error), GP_OK);
    gp_optimizer_free(optimizer);
    gp_dataset_free(&data);
    return e.accuracy;
}

typedef struct {
    size_t calls, last;
    bool gradients;
} watcher;

static bool end_after_fifteen(const gp_train_step *s, void *context)
{
    watcher *w = context;
    const gp_parameter *kernel = &gp_network_layer(s->net, 0)->parameter[0];
    ck_assert_uint_eq(s->done, ++w->calls);
    ck_assert_uint_eq(s->done, (s->epoch - 1) * s->steps + s->step);
    ck_assert(s->loss > 0);
    w->gradients = w->gradients || kernel->gradient.at[0] != 0;
    return s->done < 15;
}

static bool count_epochs(const gp_epoch *e, void *context)
{
    ((watcher *)context)->last = e->epoch;
    ck_assert(e->validation_accuracy > 0);
    return true;
}

START_TEST(a_step_can_be_watched_and_can_end_the_training)
{
    gp_error error;
    gp_dataset data;
    watcher w = {0};
    ck_assert_int_eq(gp_dataset_open(&data, "spirals", 1, &error), GP_OK);
    gp_dataset_limit(&data, 100);
    gp_network *net = make("dense:8 tanh dense:3", 2, 10);
    gp_optimizer *sgd = gp_optimizer_new(net, gp_sgd(.learning_rate = 0.1), &error);
    gp_train_options options = gp_train_options_with(.epochs = 9, .batch = 10, .seed = 1, .after_step = end_after_fifteen, .after_epoch = count_epochs, .context = &w);
    ck_assert_int_eq(gp_train(net, sgd, &data, &options, &error), GP_OK);
    ck_assert_uint_eq(w.calls, 15);
    ck_assert_uint_eq(w.last, 2);
    ck_assert(w.gradients);
    gp_optimizer_free(sgd);
    gp_network_free(net);
    gp_dataset_free(&data);
}
END_TEST

START_TEST(spirals_are_learned)
{
    gp_error error;
    gp_status status;
    gp_network *net = make("dense:32:he_normal relu dense:32:he_normal relu dense:3", 2, 32);
    double accuracy = train(net, gp_adam(.learning_rate = 0.01), 12, &error, &status);
    ck_assert_int_eq(status, GP_OK);
    ck_assert_msg(accuracy > 0.9, "the spirals' accuracy is %g", accuracy);
    gp_network_free(net);
}
END_TEST

START_TEST(divergence_names_step_and_layer)
{
    gp_error error;
    gp_status status;
    gp_network *net = make("dense:32 relu dense:3", 2, 32);
    train(net, gp_sgd(.learning_rate = 1e20), 1, &error, &status);
    ck_assert_int_eq(status, GP_FAILED);
    ck_assert_msg(strstr(error.message, "step") && strstr(error.message, "layer"), "%s", error.message);
    gp_network_free(net);
}
END_TEST

START_TEST(a_batch_of_one_is_refused_with_a_reason)
{
    gp_error error = {""};
    gp_dataset data;
    gp_network *net = make("dense:4 batchnorm dense:3", 2, 32);
    ck_assert_int_eq(gp_dataset_open(&data, "spirals", 1, &error), GP_OK);
    gp_optimizer *sgd = gp_optimizer_new(net, gp_sgd(), &error);
    gp_train_options options = gp_train_options_with(.batch = 1);
    ck_assert_int_eq(gp_train(net, sgd, &data, &options, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "batch"), "%s", error.message);
    gp_optimizer_free(sgd);
    gp_network_free(net);
    gp_dataset_free(&data);
}
END_TEST

/* With all of the training set as one batch, the population's mean is that batch's mean. */
START_TEST(population_statistics_are_those_of_the_whole_set)
{
    gp_error error;
    gp_dataset data;
    ck_assert_int_eq(gp_dataset_open(&data, "spirals", 1, &error), GP_OK);
    gp_network *net = make("batchnorm dense:3", 2, 32);
    ck_assert_int_eq(gp_population_statistics(net, &data, 50, &error), GP_OK);
    gp_layer *norm = gp_network_layer(net, 0);
    for (size_t j = 0; j < 2; j++) { /* the data is standardized: mean 0, and variance 1 */
        gp_assert_near(gp_row(&norm->parameter[2].value, 0)[j], 0, 1e-4);
        gp_assert_near(gp_row(&norm->parameter[3].value, 0)[j], 1, 1e-2);
    }
    gp_network_free(net);
    gp_dataset_free(&data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("train");
    TCase *steps = tcase_create("train");
    tcase_add_test(steps, a_step_can_be_watched_and_can_end_the_training);
    tcase_add_test(steps, claim_training_allocates_nothing);
    tcase_add_test(steps, spirals_are_learned);
    tcase_add_test(steps, divergence_names_step_and_layer);
    tcase_add_test(steps, a_batch_of_one_is_refused_with_a_reason);
    tcase_add_test(steps, population_statistics_are_those_of_the_whole_set);
    suite_add_tcase(suite, steps);
    return gp_run_suite(suite);
}
