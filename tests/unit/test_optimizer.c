#include "gradient.h"
#include "support.h"

/* One parameter, by hand. */
START_TEST(sgd_takes_one_step_downhill)
{
    gp_real x = 2, g = 3;
    gp_sgd_update(1, &x, &g, 0.1, 0);
    gp_assert_near(x, 1.7, 1e-6);
    gp_sgd_update(1, &x, &g, 0.1, 0.5); /* decay adds half of x */
    gp_assert_near(x, 1.7 - 0.1 * (3 + 0.85), 1e-6);
}
END_TEST

START_TEST(momentum_and_nesterov_by_hand)
{
    gp_real x = 0, v = 0, g = 1;
    gp_momentum_update(1, &x, &g, &v, 0.1, 0.5, 1, false, 0);
    gp_momentum_update(1, &x, &g, &v, 0.1, 0.5, 1, false, 0);
    gp_assert_near(v, 1.5, 1e-6);
    gp_assert_near(x, -0.25, 1e-6);
    x = v = 0;
    gp_momentum_update(1, &x, &g, &v, 0.1, 0.5, 1, true, 0);
    gp_momentum_update(1, &x, &g, &v, 0.1, 0.5, 1, true, 0);
    gp_assert_near(x, -0.1 * 1.5 - 0.1 * 1.75, 1e-6);
}
END_TEST

/* Adam's first step is the learning rate whatever the gradient's size: the corrected averages are g and g^2. */
START_TEST(adams_first_step_is_the_learning_rate)
{
    for (gp_real size = (gp_real)1e-3; size < (gp_real)1e4; size *= 10) {
        gp_real x = 0, m = 0, v = 0, g = size;
        gp_adam_update(1, &x, &g, &m, &v, 1, 0.01, 0.9, 0.999, 1e-8, GP_ADAM_EPSILON_CORRECTED, 0);
        gp_assert_near((double)x / -0.01, 1, 1e-3);
    }
}
END_TEST

START_TEST(the_two_forms_of_adam_differ_by_their_epsilon)
{
    gp_real x = 0, m = 0, v = 0, g = (gp_real)1e-3;
    gp_adam_update(1, &x, &g, &m, &v, 1, 0.01, 0.9, 0.999, 1e-3, GP_ADAM_EPSILON_CORRECTED, 0);
    gp_assert_near(x, -0.01 * 0.5, 1e-6); /* g / (|g| + epsilon) */
    x = m = v = 0;
    gp_adam_update(1, &x, &g, &m, &v, 1, 0.01, 0.9, 0.999, 1e-3, GP_ADAM_EPSILON_PLAIN, 0);
    gp_assert_near(x, -0.01 * 1e-3 / (1e-3 + 1e-3 / sqrt(0.001)), 1e-6);
}
END_TEST

static gp_network *net;
static gp_matrix x;
static const gp_label labels[4] = {0, 1, 2, 1};

static void begin(void)
{
    gp_error error;
    net = gp_network_new(3, 1, &error);
    gp_random r = gp_random_new(2);
    ck_assert_int_eq(gp_network_parse(net, "dense:5 batchnorm tanh dense:3", &error), GP_OK);
    ck_assert_int_eq(gp_network_reserve(net, 4, &error), GP_OK);
    ck_assert_int_eq(gp_matrix_new(&x, 4, 3, &error), GP_OK);
    gp_random_fill_normal(&r, &x, 0, 1);
    gp_network_gradients(net, &x, labels);
}

static void end(void)
{
    gp_network_free(net);
    gp_matrix_free(&x);
}

START_TEST(the_optimizer_moves_what_is_trained_and_nothing_else)
{
    gp_error error;
    gp_layer *norm = gp_network_layer(net, 1);
    gp_real mean = norm->parameter[2].value.at[0], bias = gp_network_layer(net, 3)->parameter[1].value.at[0];
    gp_optimizer *o = gp_optimizer_new(net, gp_sgd(.learning_rate = 0.5), &error);
    ck_assert_uint_eq(gp_optimizer_parameters(o), 6); /* two kernels, two biases, gamma, beta */
    double gradient = (double)gp_network_layer(net, 3)->parameter[1].gradient.at[0];
    ck_assert_int_eq(gp_optimizer_step(o, &error), GP_OK);
    ck_assert(norm->parameter[2].value.at[0] == mean);
    gp_assert_near(gp_network_layer(net, 3)->parameter[1].value.at[0], (double)bias - 0.5 * gradient, 1e-6);
    gp_optimizer_free(o);
}
END_TEST

START_TEST(the_padding_stays_zero)
{
    static const gp_optimizer_kind kinds[] = {GP_SGD, GP_MOMENTUM, GP_NESTEROV, GP_ADAM};
    gp_error error;
    for (int k = 0; k < 4; k++) {
        gp_optimizer *o = gp_optimizer_new(net, gp_optimizer_options_with(.kind = kinds[k], .weight_decay = 0.1), &error);
        for (int i = 0; i < 5; i++)
            ck_assert_int_eq(gp_optimizer_step(o, &error), GP_OK);
        for (size_t p = 0; p < gp_optimizer_parameters(o); p++) {
            gp_matrix *m = &gp_optimizer_parameter(o, p)->value;
            for (size_t i = 0; i < m->rows; i++)
                for (size_t j = m->cols; j < m->stride; j++)
                    ck_assert(gp_row(m, i)[j] == 0);
        }
        gp_optimizer_free(o);
    }
}
END_TEST

START_TEST(clipping_limits_the_step)
{
    gp_error error;
    gp_optimizer *o = gp_optimizer_new(net, gp_sgd(.learning_rate = 1, .clip_norm = 1e-3), &error);
    double before = (double)gp_network_layer(net, 3)->parameter[1].value.at[0];
    ck_assert_int_eq(gp_optimizer_step(o, &error), GP_OK);
    double moved = fabs((double)gp_network_layer(net, 3)->parameter[1].value.at[0] - before);
    ck_assert(moved > 0 && moved <= 1e-3);
    gp_optimizer_free(o);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("optimizer");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, sgd_takes_one_step_downhill);
    tcase_add_test(rules, momentum_and_nesterov_by_hand);
    tcase_add_test(rules, adams_first_step_is_the_learning_rate);
    tcase_add_test(rules, the_two_forms_of_adam_differ_by_their_epsilon);
    suite_add_tcase(suite, rules);
    TCase *networks = tcase_create("networks");
    tcase_add_checked_fixture(networks, begin, end);
    tcase_add_test(networks, the_optimizer_moves_what_is_trained_and_nothing_else);
    tcase_add_test(networks, the_padding_stays_zero);
    tcase_add_test(networks, clipping_limits_the_step);
    suite_add_tcase(suite, networks);
    return gp_run_suite(suite);
}
