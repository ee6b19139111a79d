/* What chapter 7 says of its experiments, read from what they wrote. */
#include "outputs.h"

static double inference(const char *key)
{
    return gp_output_value("bn-inference", key);
}

static double percentiles(const char *key)
{
    return gp_output_value("bn-percentiles", key);
}

static double batch(const char *key)
{
    return gp_output_value("bn-batch", key);
}

/* The theory: sqrt(w / (2 - w)) times the deviation of a batch mean, 1 / sqrt(32). */
START_TEST(claim_large_weight_does_not_average)
{
    const double weight[] = {0.01, 0.1, 0.9};
    char key[32];
    for (int k = 0; k < 3; k++) {
        snprintf(key, sizeof key, "deviation-%d", k);
        const double want = sqrt(weight[k] / (2 - weight[k]) / 32);
        ck_assert_double_le(
            fabs(gp_output_value("bn-running", key) - want),
            0.35 * want + 0.0005);
    }
}
END_TEST

START_TEST(claim_slow_averages_lag_at_first)
{
    ck_assert_double_lt(inference("slow-10"), inference("population-10") - 3);
}
END_TEST

START_TEST(claim_constant_statistics_agree_in_the_end)
{
    const double population = inference("population-1000");
    ck_assert_double_lt(fabs(inference("slow-1000") - population), 1);
    ck_assert_double_lt(fabs(inference("fast-1000") - population), 1);
}
END_TEST

START_TEST(claim_batch_statistics_are_noisy)
{
    const double batch_1000 = inference("batch-1000");
    ck_assert_double_lt(batch_1000, inference("population-1000"));
    ck_assert_double_lt(batch_1000, inference("slow-1000"));
    ck_assert_double_lt(batch_1000, inference("fast-1000"));
}
END_TEST

START_TEST(claim_normalization_learns_faster)
{
    ck_assert_double_gt(percentiles("early-with"),
                        percentiles("early-without") + 5);
}
END_TEST

START_TEST(claim_normalization_is_ahead_in_the_end)
{
    ck_assert_double_gt(percentiles("accuracy-with"),
                        percentiles("accuracy-without"));
}
END_TEST

START_TEST(claim_normalized_inputs_are_steadier_early)
{
    ck_assert_double_gt(percentiles("growth-early-without"),
                        3 * percentiles("growth-early-with"));
    ck_assert_double_gt(percentiles("shift-early-without"),
                        2 * percentiles("shift-early-with"));
}
END_TEST

START_TEST(claim_later_both_spread_alike)
{
    const double with = percentiles("growth-late-with");
    const double without = percentiles("growth-late-without");
    ck_assert_double_gt(with, 1.2);
    ck_assert_double_gt(without, 1.2);
    ck_assert_double_lt(fabs(with / without - 1), 0.25);
}
END_TEST

START_TEST(claim_normalization_widens_the_range_of_scales)
{
    const double plain = gp_output_value("bn-scale", "plain");
    const double bn = gp_output_value("bn-scale", "bn");
    ck_assert_double_le(plain, 6);
    ck_assert_double_ge(bn, 2 * plain);
    ck_assert_double_lt(bn, 20);
}
END_TEST

START_TEST(claim_tiny_weights_need_a_tiny_epsilon)
{
    ck_assert_double_eq(gp_output_value("bn-scale", "small"), 20);
}
END_TEST

START_TEST(claim_geron_is_reproduced)
{
    ck_assert_double_le(
        fabs(gp_output_value("bn-placement", "before") - 86.60), 1);
    ck_assert_double_le(
        fabs(gp_output_value("bn-placement", "after") - 87.50), 1);
}
END_TEST

START_TEST(claim_after_is_ahead_of_before)
{
    ck_assert_double_gt(gp_output_value("bn-placement", "after"),
                        gp_output_value("bn-placement", "before"));
}
END_TEST

START_TEST(claim_geron_parameter_counts)
{
    ck_assert_double_eq(gp_output_value("bn-placement", "parameters"),
                        271346);
    ck_assert_double_eq(gp_output_value("bn-placement", "untrained"), 2368);
}
END_TEST

START_TEST(claim_first_layer_replaces_standardizing)
{
    const double first = gp_output_value("bn-first", "first");
    ck_assert_double_lt(
        fabs(first - gp_output_value("bn-first", "standardized")), 3);
    ck_assert_double_lt(gp_output_value("bn-first", "raw"), 20);
    ck_assert_double_gt(first, gp_output_value("bn-first", "unit"));
}
END_TEST

START_TEST(claim_pairs_are_worse_than_nothing)
{
    ck_assert_double_lt(batch("biased-2"), batch("plain-2") - 10);
    ck_assert_double_lt(batch("unbiased-2"), batch("plain-2") - 10);
    ck_assert_double_lt(fabs(batch("unbiased-2") - batch("biased-2")), 5);
}
END_TEST

/* From 16 on the two means lie within the deviation between the seeds. */
START_TEST(claim_large_batches_do_no_harm)
{
    char plain[32], biased[32], of_plain[48], of_biased[48];
    for (int m = 16; m <= 128; m *= 2) {
        snprintf(plain, sizeof plain, "plain-%d", m);
        snprintf(biased, sizeof biased, "biased-%d", m);
        snprintf(of_plain, sizeof of_plain, "%s-deviation", plain);
        snprintf(of_biased, sizeof of_biased, "%s-deviation", biased);
        ck_assert_double_gt(batch(biased) + fmax(batch(of_plain), batch(of_biased)), batch(plain));
    }
}
END_TEST

START_TEST(claim_a_folded_network_answers_the_same)
{
    ck_assert_double_lt(gp_output_value("bn-fold", "share"), 2e-6);
}
END_TEST

START_TEST(claim_unstable_normalization_still_works)
{
    const double noise = gp_output_value("bn-noise", "accuracy-noise");
    ck_assert_double_gt(gp_output_value("bn-noise", "shift-noise"),
                        2 * gp_output_value("bn-noise", "shift-plain"));
    ck_assert_double_gt(noise,
                        gp_output_value("bn-noise", "accuracy-bn") - 1);
    ck_assert_double_gt(noise,
                        gp_output_value("bn-noise", "accuracy-plain") + 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("results of chapter 7");
    TCase *tests = tcase_create("results");
    tcase_add_test(tests, claim_large_weight_does_not_average);
    tcase_add_test(tests, claim_slow_averages_lag_at_first);
    tcase_add_test(tests, claim_constant_statistics_agree_in_the_end);
    tcase_add_test(tests, claim_batch_statistics_are_noisy);
    tcase_add_test(tests, claim_normalization_learns_faster);
    tcase_add_test(tests, claim_normalization_is_ahead_in_the_end);
    tcase_add_test(tests, claim_normalized_inputs_are_steadier_early);
    tcase_add_test(tests, claim_later_both_spread_alike);
    tcase_add_test(tests, claim_normalization_widens_the_range_of_scales);
    tcase_add_test(tests, claim_tiny_weights_need_a_tiny_epsilon);
    tcase_add_test(tests, claim_geron_is_reproduced);
    tcase_add_test(tests, claim_after_is_ahead_of_before);
    tcase_add_test(tests, claim_geron_parameter_counts);
    tcase_add_test(tests, claim_first_layer_replaces_standardizing);
    tcase_add_test(tests, claim_pairs_are_worse_than_nothing);
    tcase_add_test(tests, claim_large_batches_do_no_harm);
    tcase_add_test(tests, claim_a_folded_network_answers_the_same);
    tcase_add_test(tests, claim_unstable_normalization_still_works);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
