/* What chapter 4 says of its experiments, checked on what the demonstrations wrote. */
#include "outputs.h"

START_TEST(claim_predictions_hold_for_shallow_stacks)
{
    ck_assert(gp_output_value("variance", "shallow-worst") < 1.5);
}
END_TEST

START_TEST(claim_both_train_at_22)
{
    const double total = 1500;
    ck_assert(gp_output_value("depth", "left-he-22") + gp_output_value("depth", "left-he-22-deviation")
              < gp_output_value("depth", "left-glorot-22"));
    ck_assert(gp_output_value("depth", "left-glorot-22") < total / 2);
    ck_assert(gp_output_value("depth", "late-he-22") < 1);
    ck_assert(gp_output_value("depth", "late-glorot-22") < 1.5);
}
END_TEST

START_TEST(claim_glorot_stalls_at_30)
{
    ck_assert(gp_output_value("depth", "left-he-30-most") < 300);
    ck_assert(fabs(gp_output_value("depth", "early-glorot-30-least") - log(10.0)) < 0.02);
    ck_assert(fabs(gp_output_value("depth", "early-glorot-30-most") - log(10.0)) < 0.02);
    ck_assert(gp_output_value("depth", "left-glorot-30-least") > gp_output_value("depth", "left-glorot-22"));
}
END_TEST

START_TEST(claim_some_wake_up)
{
    ck_assert(gp_output_value("depth", "left-glorot-30-count") >= 1);
    ck_assert(gp_output_value("depth", "left-he-30-most") < 1500);
}
END_TEST

START_TEST(claim_notebook_r_does_not_train)
{
    ck_assert(fabs(gp_output_value("root-three-training", "loss-notebook-20") - log(10.0)) < 0.01);
    ck_assert(gp_output_value("root-three-training", "accuracy-notebook-20") < 20);
    ck_assert(gp_output_value("root-three-training", "loss-right-20") < 1);
}
END_TEST

START_TEST(claim_shallow_networks_forgive)
{
    double wrong = gp_output_value("root-three-training", "loss-notebook-4");
    double right = gp_output_value("root-three-training", "loss-right-4");
    ck_assert(wrong < right + 0.1);
}
END_TEST

START_TEST(claim_logistic_balance_needs_fifty_times_he)
{
    ck_assert(fabs(gp_output_value("balance", "variance") - 103) < 4);
    ck_assert(fabs(gp_output_value("balance", "he") - 51) < 3);
}
END_TEST

START_TEST(claim_most_units_are_flat_at_the_balance)
{
    ck_assert(gp_output_value("balance", "flat") > 50);
}
END_TEST

START_TEST(claim_zeros_learn_nothing)
{
    ck_assert(gp_output_value("symmetry", "different-zeros") == 1);
    ck_assert(fabs(gp_output_value("symmetry", "loss-zeros") - log(10.0)) < 0.02);
}
END_TEST

START_TEST(claim_equal_weights_stay_equal)
{
    ck_assert(gp_output_value("symmetry", "different-ones") == 1);
    ck_assert(gp_output_value("symmetry", "loss-ones") < 2.2);
    ck_assert(gp_output_value("symmetry", "different-glorot_uniform")
              == gp_output_value("symmetry", "units"));
    ck_assert(gp_output_value("symmetry", "loss-glorot_uniform")
              < gp_output_value("symmetry", "loss-ones") - 0.2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("results of chapter 4");
    TCase *t = tcase_create("results");
    tcase_add_test(t, claim_predictions_hold_for_shallow_stacks);
    tcase_add_test(t, claim_both_train_at_22);
    tcase_add_test(t, claim_glorot_stalls_at_30);
    tcase_add_test(t, claim_some_wake_up);
    tcase_add_test(t, claim_notebook_r_does_not_train);
    tcase_add_test(t, claim_shallow_networks_forgive);
    tcase_add_test(t, claim_logistic_balance_needs_fifty_times_he);
    tcase_add_test(t, claim_most_units_are_flat_at_the_balance);
    tcase_add_test(t, claim_zeros_learn_nothing);
    tcase_add_test(t, claim_equal_weights_stay_equal);
    suite_add_tcase(suite, t);
    return gp_run_suite(suite);
}
