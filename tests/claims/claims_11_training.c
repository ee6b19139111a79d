/* What chapter 11 says and the library can show at once. What needs data of its own is in tests/unit/test_train.c. */
#include "gradient.h"
#include "support.h"

static gp_network *network_of(const char *text, size_t inputs)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(inputs, 1, &error);
    ck_assert_msg(net && gp_network_parse(net, text, &error) == GP_OK, "%s", error.message);
    return net;
}

/* Biases of minus infinity: ReLU shows zeros, and the loss is finite. */
START_TEST(claim_divergence_is_seen_behind_relu)
{
    gp_error error = {""};
    gp_dataset data;
    ck_assert_int_eq(gp_dataset_open(&data, "spirals", 1, &error), GP_OK);
    gp_network *net = network_of("dense:8 relu dense:8 relu dense:3", 2);
    gp_matrix_fill(&gp_network_layer(net, 0)->parameter[1].value, (gp_real)-INFINITY);
    gp_matrix x = gp_matrix_rows(&data.train.x, 0, 32);
    ck_assert_int_eq(gp_network_reserve(net, 32, &error), GP_OK);
    double loss = gp_network_gradients(net, &x, data.train.labels);
    gp_assert_near(loss, log(3), 1e-5); /* as if nothing were wrong */
    gp_optimizer *sgd = gp_optimizer_new(net, gp_sgd(.learning_rate = 1e-9), &error);
    gp_train_options how = gp_train_options_with(.epochs = 1, .seed = 1);
    ck_assert_int_eq(gp_train(net, sgd, &data, &how, &error), GP_FAILED);
    ck_assert_msg(strstr(error.message, "step 1") && strstr(error.message, "layer 1 (dense)"), "%s", error.message);
    gp_optimizer_free(sgd);
    gp_network_free(net);
    gp_dataset_free(&data);
}
END_TEST

/* Half a training with a schedule, resumed, is the whole one. */
START_TEST(a_schedule_goes_on_after_a_break)
{
    gp_error error = {""};
    gp_dataset data;
    ck_assert_int_eq(gp_dataset_open(&data, "spirals", 1, &error), GP_OK);
    gp_network *net[2];
    for (int broken = 0; broken < 2; broken++) {
        net[broken] = network_of("dense:8 tanh dense:3", 2);
        gp_optimizer *o = gp_optimizer_new(net[broken], gp_nesterov(), &error);
        gp_train_options how = gp_train_options_with(.epochs = broken ? 2 : 4, .seed = 3, .schedule = {GP_STEPWISE, 0.5, 2});
        ck_assert_int_eq(gp_train(net[broken], o, &data, &how, &error), GP_OK);
        how.first_epoch = 2;
        if (broken)
            ck_assert_int_eq(gp_train(net[broken], o, &data, &how, &error), GP_OK);
        gp_optimizer_free(o);
    }
    for (size_t p = 0; p < 2; p++) {
        gp_matrix *a = &gp_network_layer(net[0], 0)->parameter[p].value, *b = &gp_network_layer(net[1], 0)->parameter[p].value;
        ck_assert_mem_eq(a->at, b->at, a->rows * a->stride * sizeof(gp_real));
    }
    gp_network_free(net[0]);
    gp_network_free(net[1]);
    gp_dataset_free(&data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("claims_11_training");
    TCase *all = tcase_create("claims");
    tcase_add_test(all, claim_divergence_is_seen_behind_relu);
    tcase_add_test(all, a_schedule_goes_on_after_a_break);
    suite_add_tcase(suite, all);
    return gp_run_suite(suite);
}
