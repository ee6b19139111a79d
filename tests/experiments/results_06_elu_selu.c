/* What chapter 6 says of its experiments, read from what they wrote. */
#include "outputs.h"

static double limit(const char *key)
{
    return gp_output_value("selu-limits", key);
}

static double at(const char *key)
{
    return gp_output_value("selu-conditions", key);
}

START_TEST(claim_elu_costs_more_than_relu)
{
    ck_assert_double_gt(gp_output_value("cost", "elu-over-relu"), 1);
    ck_assert_double_gt(gp_output_value("cost", "share-elu"), gp_output_value("cost", "share-relu"));
    ck_assert_double_lt(gp_output_value("cost", "share-elu"), 25);
}
END_TEST

START_TEST(claim_elu_is_closer_to_zero)
{
    double row[4];
    FILE *tsv = gp_output("elu-median.tsv");
    while (gp_output_row(tsv, row, 4) == 4)
        ck_assert(row[3] > 0 && row[3] < row[1] && row[3] < row[2]);
    fclose(tsv);
}
END_TEST

START_TEST(claim_elu_learns_faster_here)
{
    const double elu = gp_output_value("elu-median", "elu-loss");
    ck_assert_double_lt(elu, gp_output_value("elu-median", "relu-loss"));
    ck_assert_double_lt(elu, gp_output_value("elu-median", "leaky-loss"));
}
END_TEST

START_TEST(claim_selu_keeps_mean_and_variance)
{
    ck_assert_double_lt(fabs(at("mean-kept")), 0.1);
    ck_assert_double_lt(fabs(at("variance-kept") - 1), 0.2);
}
END_TEST

START_TEST(claim_wrong_inputs_heal)
{
    ck_assert_double_lt(fabs(at("variance-shifted") - 1), 0.2);
    ck_assert_double_lt(fabs(at("variance-wide") - 1), 0.2);
}
END_TEST

START_TEST(he_weights_grew)
{
    ck_assert_double_gt(at("variance-he"), 1e3);
}
END_TEST

START_TEST(claim_centred_he_weights_find_the_fixed_point)
{
    ck_assert_double_lt(fabs(at("mean-centred") - 1.78), 0.4);
    ck_assert_double_lt(fabs(at("variance-centred") - 18.46), 4);
    gp_assert_near(gp_output_value("selu-solve", "he-variance"), 18.46, 0.001);
}
END_TEST

START_TEST(claim_notebook_weights_vanish)
{
    ck_assert_double_lt(at("variance-notebook"), 1e-10);
}
END_TEST

START_TEST(claim_alpha_dropout_holds_where_dropout_does_not)
{
    ck_assert_double_gt(at("variance-dropout"), 1.3);
    ck_assert_double_lt(fabs(at("variance-alpha") - 1), 0.2);
}
END_TEST

START_TEST(claim_skip_connections_explode)
{
    ck_assert_double_gt(at("variance-skip"), 1e20);
}
END_TEST

START_TEST(claim_narrow_layers_scatter)
{
    ck_assert_double_gt(limit("greatest-4") / limit("least-4"), 10);
    ck_assert_double_lt(limit("greatest-256") / limit("least-256"), 1.5);
}
END_TEST

START_TEST(claim_a_thousand_layers_keep_their_variance)
{
    ck_assert_double_lt(fabs(limit("variance") - 1), 0.2);
    ck_assert_double_gt(limit("lowest"), 0.8);
    ck_assert_double_lt(limit("highest"), 1.3);
}
END_TEST

START_TEST(claim_snn_against_batch_normalization)
{
    ck_assert_double_ge(gp_output_value("snn", "wins"), 2);
    ck_assert_double_lt(gp_output_value("snn", "selu-32"), gp_output_value("snn", "norm-32"));
}
END_TEST

START_TEST(claim_hundred_layers_of_selu_learn)
{
    ck_assert_double_gt(gp_output_value("hundred", "accuracy-selu"), 75);
    ck_assert_double_gt(gp_output_value("hundred", "lead"), 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("results of chapter 6");
    TCase *t = tcase_create("results");
    tcase_add_test(t, claim_elu_costs_more_than_relu);
    tcase_add_test(t, claim_elu_is_closer_to_zero);
    tcase_add_test(t, claim_elu_learns_faster_here);
    tcase_add_test(t, claim_selu_keeps_mean_and_variance);
    tcase_add_test(t, claim_wrong_inputs_heal);
    tcase_add_test(t, he_weights_grew);
    tcase_add_test(t, claim_centred_he_weights_find_the_fixed_point);
    tcase_add_test(t, claim_notebook_weights_vanish);
    tcase_add_test(t, claim_alpha_dropout_holds_where_dropout_does_not);
    tcase_add_test(t, claim_skip_connections_explode);
    tcase_add_test(t, claim_narrow_layers_scatter);
    tcase_add_test(t, claim_a_thousand_layers_keep_their_variance);
    tcase_add_test(t, claim_snn_against_batch_normalization);
    tcase_add_test(t, claim_hundred_layers_of_selu_learn);
    suite_add_tcase(suite, t);
    return gp_run_suite(suite);
}
