/* What chapter 3 says of its experiments, checked on what the demonstrations wrote. */
#include "outputs.h"

static double purpose(const char *stack, const char *what)
{
    char key[64];
    snprintf(key, sizeof key, "%s-%s", what, stack);
    return gp_output_value("on-purpose", key);
}

/* the value of one of five layers, and the largest of them over the smallest */
static double layer(const char *program, const char *what, int l)
{
    char key[64];
    snprintf(key, sizeof key, "%s-%d", what, l);
    return gp_output_value(program, key);
}

static double layer_range(const char *program, const char *what)
{
    double least = INFINITY, most = 0;
    for (int l = 1; l <= 5; l++) {
        least = fmin(least, layer(program, what, l));
        most = fmax(most, layer(program, what, l));
    }
    return most / least;
}

/* the factor by which a layer of Glorot's networks multiplies */
static double glorot(const char *what, int from, int to)
{
    return pow(layer("glorot", what, to) / layer("glorot", what, from), 0.25);
}

START_TEST(claim_the_factor_of_a_layer_is_predicted)
{
    static const char *const stack[] = {"sigmoid", "small", "one", "wild", "linear"};
    for (int k = 0; k < 5; k++)
        ck_assert(fabs(purpose(stack[k], "measured") / purpose(stack[k], "predicted") - 1) < 0.03);
}
END_TEST

START_TEST(claim_logistic_stack_vanishes)
{
    ck_assert(purpose("sigmoid", "total") < 1e-11 && purpose("sigmoid", "measured") < 0.25);
    ck_assert(purpose("sigmoid", "measured") > 0.22 && purpose("sigmoid", "spread") < 1e-6);
}
END_TEST

START_TEST(claim_small_gain_vanishes_both_ways)
{
    ck_assert(fabs(purpose("small", "measured") * sqrt(3) - 1) < 0.02);
    ck_assert(purpose("small", "total") < 1e-4 && purpose("small", "spread") < 1e-4);
}
END_TEST

START_TEST(claim_large_gain_explodes_behind_a_bounded_signal)
{
    ck_assert(purpose("wild", "total") > 10);
    ck_assert(purpose("wild", "spread") > 0.8 && purpose("wild", "spread") < 1.2);
    ck_assert(purpose("wild", "flat") > 0.15);
}
END_TEST

START_TEST(claim_linear_stack_explodes_both_ways)
{
    ck_assert(fabs(purpose("linear", "measured") / 1.5 - 1) < 0.03);
    ck_assert(purpose("linear", "total") > 1000 && purpose("linear", "spread") > 1000);
}
END_TEST

START_TEST(claim_depth_stalls_logistic_networks)
{
    ck_assert(gp_output_value("stall", "end-sigmoid-1") < 0.6);
    ck_assert(gp_output_value("stall", "end-sigmoid-3") > 1.5 * gp_output_value("stall", "end-sigmoid-1"));
    ck_assert(fabs(gp_output_value("stall", "end-sigmoid-5") - log(10)) < 0.02);
}
END_TEST

START_TEST(claim_tanh_of_the_same_depth_trains)
{
    ck_assert(gp_output_value("stall", "end-tanh-5") < 0.5);
}
END_TEST

START_TEST(claim_updates_differ_by_orders_in_logistic_stacks)
{
    ck_assert(gp_output_value("stall", "logistic-5") > 50 * gp_output_value("stall", "logistic-1"));
    ck_assert(layer_range("stall", "tanh") < 2);
}
END_TEST

START_TEST(claim_a_hundredfold_rate_does_not_help)
{
    ck_assert(gp_output_value("stall", "end-fast") > 2.2);
}
END_TEST

START_TEST(claim_glorot_numbers_reproduced)
{
    ck_assert(gp_output_value("glorot", "reproduced") == 5);
}
END_TEST

START_TEST(claim_standard_activations_shrink_by_the_gain)
{
    ck_assert(fabs(glorot("standard-y", 1, 5) * sqrt(3) - 1) < 0.02);
    ck_assert(glorot("normalized-y", 1, 5) > 0.9);
}
END_TEST

START_TEST(claim_standard_gradients_shrink_by_the_gain)
{
    ck_assert(fabs(glorot("standard-back", 5, 1) * sqrt(3) - 1) < 0.02);
    ck_assert(glorot("normalized-back", 5, 1) > 0.9);
}
END_TEST

START_TEST(claim_weight_gradients_agree_between_layers)
{
    ck_assert(layer_range("glorot", "standard-weight") < 1.1);
}
END_TEST

START_TEST(claim_plain_descent_is_thrown_off_the_cliff)
{
    ck_assert(gp_output_value("cliff", "worst-plain") > 10);
    ck_assert(gp_output_value("cliff", "norm-plain") < 0.001);
    ck_assert(fabs(gp_output_value("cliff", "b-plain") + 2.2) > 2);
    ck_assert(fabs(gp_output_value("cliff", "loss-plain") - 0.09) < 0.001);
}
END_TEST

START_TEST(claim_clipped_descent_stays)
{
    ck_assert(gp_output_value("cliff", "worst-clipped") > 10);
    ck_assert(gp_output_value("cliff", "below-clipped") > 80);
}
END_TEST

START_TEST(claim_unclipped_stack_is_lost_in_a_few_steps)
{
    ck_assert(gp_output_value("clipping", "dead-at") <= 5);
    ck_assert(gp_output_value("clipping", "first-norm") > 100);
}
END_TEST

START_TEST(claim_clipped_stacks_train)
{
    ck_assert(gp_output_value("clipping", "end-norm") < 1.2);
    ck_assert(gp_output_value("clipping", "end-value") < 1);
    ck_assert(gp_output_value("clipping", "norm-share") > 50);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("results of chapter 3");
    TCase *t = tcase_create("results");
    suite_add_tcase(s, t);
    tcase_add_test(t, claim_the_factor_of_a_layer_is_predicted);
    tcase_add_test(t, claim_logistic_stack_vanishes);
    tcase_add_test(t, claim_small_gain_vanishes_both_ways);
    tcase_add_test(t, claim_large_gain_explodes_behind_a_bounded_signal);
    tcase_add_test(t, claim_linear_stack_explodes_both_ways);
    tcase_add_test(t, claim_depth_stalls_logistic_networks);
    tcase_add_test(t, claim_tanh_of_the_same_depth_trains);
    tcase_add_test(t, claim_updates_differ_by_orders_in_logistic_stacks);
    tcase_add_test(t, claim_a_hundredfold_rate_does_not_help);
    tcase_add_test(t, claim_glorot_numbers_reproduced);
    tcase_add_test(t, claim_standard_activations_shrink_by_the_gain);
    tcase_add_test(t, claim_standard_gradients_shrink_by_the_gain);
    tcase_add_test(t, claim_weight_gradients_agree_between_layers);
    tcase_add_test(t, claim_plain_descent_is_thrown_off_the_cliff);
    tcase_add_test(t, claim_clipped_descent_stays);
    tcase_add_test(t, claim_unclipped_stack_is_lost_in_a_few_steps);
    tcase_add_test(t, claim_clipped_stacks_train);
    return gp_run_suite(s);
}
