/* What chapter 11 says of its experiments, read from what they wrote. */
#include "outputs.h"

START_TEST(claim_a_hidden_layer_solves_the_spirals)
{
    double small = gp_output_value("spirals", "right-small"), deep = gp_output_value("spirals", "right-deep");
    ck_assert_double_lt(gp_output_value("spirals", "right-linear"), 60);
    ck_assert_double_gt(small, 97);
    ck_assert_double_gt(deep, 97);
    ck_assert_double_lt(fabs(small - deep), 1);
}
END_TEST

START_TEST(claim_momentum_takes_the_root_of_the_trouble)
{
    ck_assert_double_lt(fabs(gp_output_value("valley", "steps-plain") - gp_output_value("valley", "theory-plain")), 2);
    const char *const others[] = {"momentum", "nesterov"};
    for (int k = 0; k < 2; k++) {
        char key[32];
        snprintf(key, sizeof key, "theory-%s", others[k]);
        double theory = gp_output_value("valley", key);
        snprintf(key, sizeof key, "steps-%s", others[k]);
        double steps = gp_output_value("valley", key);
        ck_assert_msg(steps >= theory && steps < 1.6 * theory, "%s: %g steps, theory %g", others[k], steps, theory);
    }
}
END_TEST

START_TEST(claim_momentum_multiplies_the_rate)
{
    double tenth = gp_output_value("optimizers", "tenth-momentum"), whole = gp_output_value("optimizers", "usual-sgd");
    ck_assert_double_lt(fabs(tenth - whole), 1.5);
    ck_assert_double_gt(gp_output_value("optimizers", "ten-sgd"), 75);
    ck_assert_double_lt(gp_output_value("optimizers", "ten-momentum"), 15);
    ck_assert_double_lt(gp_output_value("optimizers", "ten-nesterov"), 15);
}
END_TEST

START_TEST(claim_adam_bears_a_rate_ten_times_too_large)
{
    double usual = gp_output_value("optimizers", "usual-adam"), large = gp_output_value("optimizers", "ten-adam");
    ck_assert_double_gt(large, 60);
    ck_assert_double_lt(large, usual - 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("results_11_training");
    TCase *all = tcase_create("experiments");
    tcase_add_test(all, claim_a_hidden_layer_solves_the_spirals);
    tcase_add_test(all, claim_momentum_takes_the_root_of_the_trouble);
    tcase_add_test(all, claim_momentum_multiplies_the_rate);
    tcase_add_test(all, claim_adam_bears_a_rate_ten_times_too_large);
    suite_add_tcase(suite, all);
    return gp_run_suite(suite);
}
