/* What chapter 3 says of its experiments, checked on what the demonstrations wrote. */
#include "outputs.h"

START_TEST(claim_predictions_hold_for_shallow_stacks)
{
    ck_assert(gp_output_value("variance", "shallow-worst") < 1.5);
}
END_TEST

START_TEST(claim_both_train_at_22)
{
    double steps = gp_output_value("depth", "steps");
    ck_assert(gp_output_value("depth", "he-22-left-most") < gp_output_value("depth", "glorot-22-left-least"));
    ck_assert(gp_output_value("depth", "glorot-22-left-most") < steps);
    ck_assert(gp_output_value("depth", "he-22-late-most") < 1);
    ck_assert(gp_output_value("depth", "glorot-22-late-most") < 1.5);
}
END_TEST

START_TEST(claim_glorot_stalls_at_30)
{
    double early = gp_output_value("depth", "early");
    ck_assert(gp_output_value("depth", "he-30-left-most") < early);
    ck_assert(fabs(gp_output_value("depth", "glorot-30-early-least") - log(10.0)) < 0.02);
    ck_assert(fabs(gp_output_value("depth", "glorot-30-early-most") - log(10.0)) < 0.02);
    ck_assert(gp_output_value("depth", "glorot-30-left-least")
              > gp_output_value("depth", "glorot-22-left-most"));
}
END_TEST

START_TEST(claim_some_wake_up)
{
    ck_assert(gp_output_value("depth", "woken") >= 1);
    ck_assert(gp_output_value("depth", "he-30-left-most")
              < gp_output_value("depth", "steps"));
}
END_TEST

START_TEST(claim_notebook_r_does_not_train)
{
    double least = gp_output_value("root-three-training", "notebook-20-least");
    double most = gp_output_value("root-three-training", "notebook-20-most");
    ck_assert(fabs(least - log(10.0)) < 0.01 && fabs(most - log(10.0)) < 0.01);
    ck_assert(gp_output_value("root-three-training", "right-20-most") < 1);
}
END_TEST

START_TEST(claim_shallow_networks_forgive)
{
    double wrong = gp_output_value("root-three-training", "notebook-4-most");
    double right = gp_output_value("root-three-training", "right-4-most");
    ck_assert(wrong < right + 0.1);
}
END_TEST

START_TEST(claim_zeros_learn_nothing)
{
    ck_assert(gp_output_value("symmetry", "zeros-different") == 1);
    ck_assert(fabs(gp_output_value("symmetry", "zeros-loss") - log(10.0)) < 0.02);
}
END_TEST

START_TEST(claim_equal_weights_stay_equal)
{
    ck_assert(gp_output_value("symmetry", "ones-different") == 1);
    ck_assert(gp_output_value("symmetry", "ones-loss") < 2.2);
    ck_assert(gp_output_value("symmetry", "glorot_uniform-different")
              == gp_output_value("symmetry", "units"));
    ck_assert(gp_output_value("symmetry", "glorot_uniform-loss")
              < gp_output_value("symmetry", "ones-loss") - 0.2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("results of chapter 3");
    TCase *t = tcase_create("results");
    tcase_add_test(t, claim_predictions_hold_for_shallow_stacks);
    tcase_add_test(t, claim_both_train_at_22);
    tcase_add_test(t, claim_glorot_stalls_at_30);
    tcase_add_test(t, claim_some_wake_up);
    tcase_add_test(t, claim_notebook_r_does_not_train);
    tcase_add_test(t, claim_shallow_networks_forgive);
    tcase_add_test(t, claim_zeros_learn_nothing);
    tcase_add_test(t, claim_equal_weights_stay_equal);
    suite_add_tcase(suite, t);
    return gp_run_suite(suite);
}
