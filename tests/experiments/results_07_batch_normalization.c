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
/* From 16 on the two means lie within the deviation between the seeds. */
START_TEST(claim_large_weight_does_not_average)
{
    const double weight[] = {0.01, 0.1, 0.9};
    const char *const column[] = {"keras", "pytorch", "swapped"};
    char key[48];
    for (int k = 0; k < 3; k++) {
        snprintf(key, sizeof key, "%s-1000-deviation", column[k]);
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

static double rates(const char *column, const char *rate)
{
    char key[32];
    snprintf(key, sizeof key, "%s-%s", column, rate);
    return gp_output_value("bn-rates", key);
}

START_TEST(claim_normalization_learns_faster)
{
    ck_assert_double_gt(rates("bn", "0.1"), rates("plain", "0.1") + 5);
}
END_TEST

static const char *const tried[] = {"0.01", "0.03", "0.1", "0.3", "1", "3", "10"};

static double best(const char *column, size_t *at)
{
    *at = 0;
    for (size_t k = 1; k < 7; k++)
        if (rates(column, tried[k]) > rates(column, tried[*at]))
            *at = k;
    return rates(column, tried[*at]);
}

START_TEST(claim_the_lead_is_gone_at_the_best_rates)
{
    size_t plain, bn;
    ck_assert_double_lt(fabs(best("plain", &plain) - best("bn", &bn)), 1.5);
    ck_assert_str_eq(tried[plain], "1");
}
END_TEST

START_TEST(claim_normalization_widens_the_range_of_rates)
{
    for (int k = 0; k < 7; k++) {
        ck_assert_int_eq(rates("bn", tried[k]) > 80, k >= 1);
        ck_assert_int_eq(rates("plain", tried[k]) > 80, k >= 3 && k <= 5);
    }
}
END_TEST

START_TEST(claim_normalized_inputs_are_steadier_early)
{
    ck_assert_double_gt(percentiles("plain-early"), 2 * percentiles("bn-early"));
}
END_TEST

START_TEST(claim_later_both_move_little)
{
    ck_assert_double_lt(percentiles("plain-late"), percentiles("plain-early") / 3);
    ck_assert_double_lt(percentiles("plain-late"), 0.1);
    ck_assert_double_lt(percentiles("bn-late"), percentiles("plain-late"));
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
        fabs(gp_output_value("bn-placement", "accuracy-before") - 86.60), 1);
    ck_assert_double_le(
        fabs(gp_output_value("bn-placement", "accuracy-after") - 87.50), 1);
}
END_TEST

START_TEST(claim_after_is_ahead_of_before)
{
    ck_assert_double_gt(gp_output_value("bn-placement", "accuracy-after"),
                        gp_output_value("bn-placement", "accuracy-before"));
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
    const double first = gp_output_value("bn-first", "accuracy-first");
    ck_assert_double_lt(
        fabs(first - gp_output_value("bn-first", "accuracy-standardized")), 3);
    ck_assert_double_lt(gp_output_value("bn-first", "accuracy-raw"), 20);
    ck_assert_double_gt(first, gp_output_value("bn-first", "accuracy-unit"));
}
END_TEST

START_TEST(claim_pairs_are_worse_than_nothing)
{
    ck_assert_double_lt(batch("biased-2"), batch("plain-2") - 10);
    ck_assert_double_lt(batch("unbiased-2"), batch("plain-2") - 10);
    ck_assert_double_lt(fabs(batch("unbiased-2") - batch("biased-2")), 5);
}
END_TEST

START_TEST(claim_better_statistics_do_not_help_pairs)
{
    ck_assert_double_lt(fabs(batch("population-2") - batch("biased-2")), 5);
    ck_assert_double_lt(batch("population-2"), batch("plain-2") - 10);
}
END_TEST

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
    ck_assert_double_lt(gp_output_value("bn-fold", "difference"), 40); /* ten-millionths of the largest logit: rounding */
    ck_assert_double_eq(gp_output_value("bn-fold", "accuracy-folded"), gp_output_value("bn-fold", "accuracy-trained"));
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
    tcase_add_test(tests, claim_the_lead_is_gone_at_the_best_rates);
    tcase_add_test(tests, claim_normalization_widens_the_range_of_rates);
    tcase_add_test(tests, claim_normalized_inputs_are_steadier_early);
    tcase_add_test(tests, claim_later_both_move_little);
    tcase_add_test(tests, claim_normalization_widens_the_range_of_scales);
    tcase_add_test(tests, claim_tiny_weights_need_a_tiny_epsilon);
    tcase_add_test(tests, claim_geron_is_reproduced);
    tcase_add_test(tests, claim_after_is_ahead_of_before);
    tcase_add_test(tests, claim_geron_parameter_counts);
    tcase_add_test(tests, claim_first_layer_replaces_standardizing);
    tcase_add_test(tests, claim_pairs_are_worse_than_nothing);
    tcase_add_test(tests, claim_better_statistics_do_not_help_pairs);
    tcase_add_test(tests, claim_large_batches_do_no_harm);
    tcase_add_test(tests, claim_a_folded_network_answers_the_same);
    tcase_add_test(tests, claim_unstable_normalization_still_works);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
