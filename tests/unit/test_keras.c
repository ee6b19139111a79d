/* Keras' calls: zero is a value, what makes no sense is an error, and every call is recorded so that it can be read back. */
#include "gradient.h"
#include "support.h"

static gp_network *net;

static void begin(void)
{
    net = gp_network_new(6, 1, NULL);
}

static void end(void)
{
    gp_network_free(net);
}

static void expect_words(const char *words)
{
    ck_assert_msg(gp_network_error(net) == NULL, "%s", gp_network_error(net) ? gp_network_error(net)->message : "");
    ck_assert_str_eq(gp_network_specification(net), words);
    char *written = gp_chain_specification(gp_network_chain(net), NULL);
    gp_network *again = gp_network_new(6, 1, NULL);
    gp_error error = {""};
    ck_assert_msg(gp_network_parse(again, gp_network_specification(net), &error) == GP_OK, "%s", error.message);
    char *back = gp_chain_specification(gp_network_chain(again), NULL);
    ck_assert_str_eq(back, written);
    free(written);
    free(back);
    gp_network_free(again);
}

START_TEST(zero_is_a_value)
{
    double value[GP_MAX_ARGUMENTS];
    gp_add_rrelu(net, .lower = 0);
    gp_add_leaky_relu(net, .alpha = 0);
    gp_add_elu(net, .alpha = 0);
    gp_add_prelu(net, .alpha = 0);
    gp_add_batchnorm(net, .momentum = 0);
    gp_add_dropout(net, .rate = 0);
    gp_add_alpha_dropout(net, .rate = 0);
    gp_add(net, "hard_sigmoid", .beta = 0);
    expect_words("rrelu:0:0.33333333 leaky_relu:0 elu:0 prelu:0 batchnorm:0:0.001 dropout:0 alpha_dropout:0 hard_sigmoid:0.16666667:0");
    for (size_t i = 0; i < gp_network_layers(net); i++) {
        const gp_layer *layer = gp_network_layer(net, i);
        ck_assert_int_eq(gp_word_arguments(gp_word_of(layer), layer, value, NULL), GP_OK);
        ck_assert(value[i == 7] == 0);
    }
}
END_TEST

START_TEST(what_is_left_out_has_its_default)
{
    gp_add(net, "rrelu");
    gp_add(net, "leaky_relu");
    gp_add(net, "batchnorm");
    gp_add(net, "batchnorm", .epsilon = 1e-5);
    gp_add(net, "selu");
    gp_add(net, "selu", .scale = 1);
    gp_add(net, "prelu", .shared = true);
    gp_add(net, "relu");
    gp_dense(net, .units = 3);
    expect_words("rrelu:0.125:0.33333333 leaky_relu:0.01 batchnorm:0.99:0.001 batchnorm:0.99:1e-5 selu:1.6732632:1.050701 selu:1.6732632:1 "
                 "prelu:0.25:shared relu dense:3");
}
END_TEST

START_TEST(each_call_of_keras_has_a_twin)
{
    const double scale = 2;
    gp_dense(net, .units = 5, .activation = "relu", .kernel_initializer = "he_normal");
    gp_dense(net, .units = 4, .activation = "leaky_relu:0.2", .use_bias = false);
    gp_dense(net, .units = 4, .variance_scaling = &(gp_variance_scaling){scale, GP_FAN_AVG, GP_UNIFORM});
    gp_dense(net, .units = 3, .kernel_initializer = "orthogonal:1.5", .use_bias = false, .activation = "prelu");
    gp_dense(net, .kernel_initializer = NULL, .activation = NULL, .variance_scaling = NULL, .units = 2);
    expect_words("dense:5:he_normal relu dense:4:nobias leaky_relu:0.2 dense:4:variance_scaling:2:fan_avg:uniform "
                 "dense:3:orthogonal:1.5:nobias prelu dense:2");
    ck_assert_uint_eq(gp_network_layer(net, 2)->parameters, 1);
    ck_assert_uint_eq(gp_network_layer(net, 0)->parameters, 2);
    double most = 0;
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++)
            most = fmax(most, fabs((double)gp_at(&gp_network_layer(net, 4)->parameter[0].value, i, j)));
    ck_assert(most <= sqrt(6 / 4.) && most > 0.7 * sqrt(6 / 4.));
}
END_TEST

static void expect_refused(gp_status status, const char *a, const char *b)
{
    ck_assert_int_eq(status, GP_BAD_INPUT);
    const gp_error *e = gp_network_error(net);
    ck_assert_ptr_nonnull(e);
    ck_assert_msg(strstr(e->message, a) && strstr(e->message, b), "\"%s\" does not hold \"%s\" and \"%s\"", e->message, a, b);
    ck_assert_uint_eq(gp_network_layers(net), 0); /* nothing of it was added */
    ck_assert_str_eq(gp_network_specification(net), "");
    end();
    begin();
}

START_TEST(options_that_make_no_sense_together_are_errors)
{
    const gp_variance_scaling he = {2, GP_FAN_IN, GP_UNIFORM}, odd = {2, (gp_mode)7, GP_UNIFORM}, negative = {-1, GP_FAN_IN, GP_UNIFORM};
    expect_refused(gp_add(net, "relu", .rate = .5), "relu", "RATE");
    expect_refused(gp_add(net, "relu", .alpha = 0), "relu", "ALPHA");
    expect_refused(gp_add(net, "batchnorm", .alpha = 1), "batchnorm", "ALPHA");
    expect_refused(gp_add(net, "leaky_relu", .shared = true), "leaky_relu", "shared");
    expect_refused(gp_add(net, "dropout"), "dropout", "RATE");
    expect_refused(gp_add(net, "dropout", .rate = 1.5), "RATE", "1.5");
    expect_refused(gp_add(net, "dropout", .rate = -0.1), "RATE", "-0.1");
    expect_refused(gp_add(net, "elu", .alpha = NAN), "elu", "ALPHA");
    expect_refused(gp_add(net, "elu", .alpha = INFINITY), "elu", "ALPHA");
    expect_refused(gp_add(net, "rrelu", .lower = 0.5, .upper = 0.2), "rrelu", "0.5");
    expect_refused(gp_add(net, "rellu"), "rellu", "relu");
    expect_refused(gp_add(net, "residual", .scale = 1), "residual", "parentheses");
    expect_refused(gp_add(net, "dense"), "dense", "UNITS");
    expect_refused(gp_add(net, NULL), "expected a layer", "nothing");
    expect_refused(gp_dense(net, .units = 0), "UNITS", "from 1 to");
    expect_refused(gp_dense(net, .units = (size_t)-3), "UNITS", "from 1 to");
    expect_refused(gp_dense(net, .activation = "relu"), "UNITS", "from 1 to");
    expect_refused(gp_dense(net, .units = 3, .kernel_initializer = "he_normal", .variance_scaling = &he), "two initializers", "he_normal");
    expect_refused(gp_dense(net, .units = 3, .variance_scaling = &odd), "MODE", "fan_avg");
    expect_refused(gp_dense(net, .units = 3, .variance_scaling = &negative), "SCALE", "-1");
    expect_refused(gp_dense(net, .units = 3, .kernel_initializer = "he_norml"), "he_norml", "he_normal");
    expect_refused(gp_dense(net, .units = 3, .kernel_initializer = "he_normal relu"), "he_normal relu", "initializer");
    expect_refused(gp_dense(net, .units = 3, .kernel_initializer = ""), "initializer", "''");
    expect_refused(gp_dense(net, .units = 3, .activation = "rellu"), "rellu", "relu");
    expect_refused(gp_dense(net, .units = 3, .activation = "dense"), "dense", "no activation");
    expect_refused(gp_dense(net, .units = 3, .activation = "dropout:0.5"), "dropout", "no activation");
    expect_refused(gp_dense(net, .units = 3, .activation = "relu dense:5"), "relu dense:5", "");
    expect_refused(gp_dense(net, .units = 3, .activation = ""), "activation", "''");
    expect_refused(gp_dense(net, .units = 3, .activation = "leaky_relu:-1"), "ALPHA", "-1");
}
END_TEST

START_TEST(the_first_error_stays)
{
    gp_error error;
    ck_assert_int_eq(gp_dense(net, .units = 10), GP_OK);
    ck_assert_int_eq(gp_add(net, "rellu"), GP_BAD_INPUT);
    ck_assert_int_eq(gp_add(net, "dropout", .rate = 7), GP_BAD_INPUT);
    ck_assert_int_eq(gp_dense(net, .units = 10), GP_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(gp_network_error(net)->message, "rellu"));
    ck_assert_int_eq(gp_network_reserve(net, 4, &error), GP_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "rellu"));
    ck_assert_uint_eq(gp_network_layers(net), 1);
}
END_TEST

/* As in C++, where no initializer overrides another. */
START_TEST(options_can_be_filled_field_by_field)
{
    gp_add_options o = gp_add_defaults();
    o.word = "batchnorm";
    o.momentum = 0;
    ck_assert_int_eq(gp_add_with(net, o), GP_OK);
    gp_dense_options d = gp_dense_defaults();
    ck_assert(d.use_bias);
    d.units = 3;
    ck_assert_int_eq(gp_dense_with(net, d), GP_OK);
    expect_words("batchnorm:0:0.001 dense:3");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("keras");
    TCase *all = tcase_create("keras");
    tcase_add_checked_fixture(all, begin, end);
    tcase_add_test(all, zero_is_a_value);
    tcase_add_test(all, what_is_left_out_has_its_default);
    tcase_add_test(all, each_call_of_keras_has_a_twin);
    tcase_add_test(all, options_that_make_no_sense_together_are_errors);
    tcase_add_test(all, the_first_error_stays);
    tcase_add_test(all, options_can_be_filled_field_by_field);
    suite_add_tcase(suite, all);
    return gp_run_suite(suite);
}
