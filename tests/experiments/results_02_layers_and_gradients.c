/* What chapter 2 says of its experiments, read from what they wrote. */
#include "outputs.h"

/* The error of a method: an envelope over its steps, so that luck in one does not count. Also the step where it is least. */
static double least(int column, double *at)
{
    double row[5], window[8] = {1, 1, 1, 1, 1, 1, 1, 1}, best = 1;
    FILE *tsv = gp_output("gradcheck.tsv");
    for (size_t n = 0; gp_output_row(tsv, row, 5) == 5; n++) {
        double worst = 0;
        if (!(row[column] > 0))
            continue;
        window[n % 8] = row[column];
        for (size_t k = 0; k < 8; k++)
            worst = fmax(worst, window[k]);
        if (worst < best) {
            best = worst;
            *at = row[0];
        }
    }
    fclose(tsv);
    return best;
}

START_TEST(claim_float_differences_stay_coarse)
{
    double at;
    ck_assert_double_gt(least(1, &at), 1e-6);
    ck_assert_double_lt(least(3, &at), 1e-10);
}
END_TEST

START_TEST(claim_extrapolation_beats_the_central_difference)
{
    double central, extrapolated;
    const double e = least(3, &central), x = least(4, &extrapolated);
    ck_assert_double_lt(x, e / 3);
    ck_assert_double_gt(extrapolated, 10 * central);
}
END_TEST

/* Within three standard errors of the best rule's share on 2000 samples. */
START_TEST(claim_clouds_are_learned_as_well_as_possible)
{
    const double best = 0.5 * erfc(-sqrt(0.5));
    const double error = sqrt(best * (1 - best) / 2000);
    ck_assert_double_le(
        fabs(gp_output_value("descent", "clouds") / 100 - best), 3 * error);
    ck_assert_double_le(fabs(gp_output_value("descent", "clouds-loss") -
                             gp_output_value("descent", "least-loss")),
                        3 * 0.5 / sqrt(2000.));
}
END_TEST

/* A weight learned from 2000 samples has a standard error of about 0.1. */
START_TEST(claim_cloud_weights_are_the_log_odds)
{
    ck_assert_double_le(fabs(gp_output_value("descent", "clouds-weight-0") - 2), 0.3);
    ck_assert_double_le(fabs(gp_output_value("descent", "clouds-weight-1")), 0.3);
}
END_TEST

START_TEST(claim_rings_are_not_learned)
{
    const double share = gp_output_value("descent", "ring") / 100;
    ck_assert_double_le(fabs(share - 0.5), 3 * 0.5 / sqrt(2000.));
    gp_assert_near(gp_output_value("descent", "ring-loss"), log(2.), 0.01);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("results of chapter 2");
    TCase *tests = tcase_create("results");
    tcase_add_test(tests, claim_float_differences_stay_coarse);
    tcase_add_test(tests, claim_extrapolation_beats_the_central_difference);
    tcase_add_test(tests, claim_clouds_are_learned_as_well_as_possible);
    tcase_add_test(tests, claim_cloud_weights_are_the_log_odds);
    tcase_add_test(tests, claim_rings_are_not_learned);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
