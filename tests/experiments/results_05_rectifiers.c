/* What chapter 5 says of its experiments, read from what they wrote. */
#include "outputs.h"

static double dying(const char *key)
{
    return gp_output_value("dying", key);
}

static double waking(const char *key)
{
    return gp_output_value("waking", key);
}

START_TEST(claim_large_rates_kill)
{
    static const char *const rate[] = {"0.05", "0.1", "0.2", "0.3"};
    ck_assert_double_lt(dying("relu-dead-0.05"), 1);
    ck_assert_double_gt(dying("relu-accuracy-0.05"), 80);
    ck_assert_double_gt(dying("relu-dead-0.4"), dying("relu-dead-0.05") + 10);
    ck_assert_double_gt(dying("relu-dead-0.3"), dying("relu-dead-0.05"));
    ck_assert_double_gt(dying("leaky-diverged-0.4"), 0);
    ck_assert_double_gt(waking("dead-of-all"), 40);
    for (int k = 0; k < 4; k++) {
        char key[40];
        snprintf(key, sizeof key, "leaky-dead-%s", rate[k]);
        ck_assert_double_lt(dying(key), 2);
    }
}
END_TEST

START_TEST(claim_leaky_units_wake)
{
    ck_assert_double_gt(waking("still-dead"), 0.7 * waking("dead-of-all"));
    ck_assert_double_lt(waking("still-dead-leaky"), 0.25 * waking("dead-of-all"));
}
END_TEST

START_TEST(claim_slopes_are_learned)
{
    for (int layer = 1; layer <= 3; layer++) {
        char key[20];
        snprintf(key, sizeof key, "slope-%d", layer);
        const double slope = gp_output_value("prelu", key);
        ck_assert(slope > 0.15 && slope < 0.25 && fabs(slope - 0.25) > 0.005);
    }
}
END_TEST

/* No difference between learned and fixed slopes that the spread over the seeds would not explain. */
START_TEST(claim_prelu_does_not_overfit_here)
{
    static const int sizes[] = {250, 1000, 5000};
    for (int k = 0; k < 3; k++) {
        char a[40], b[40], c[40], d[40];
        snprintf(a, sizeof a, "error-%d-prelu", sizes[k]);
        snprintf(b, sizeof b, "error-%d-leaky", sizes[k]);
        snprintf(c, sizeof c, "error-%d-prelu-deviation", sizes[k]);
        snprintf(d, sizeof d, "error-%d-leaky-deviation", sizes[k]);
        ck_assert_double_lt(
            gp_output_value("prelu", a) - gp_output_value("prelu", b),
            gp_output_value("prelu", c) + gp_output_value("prelu", d));
    }
    ck_assert_double_lt(gp_output_value("prelu", "loss-250-prelu"), 0.01);
    ck_assert_double_lt(gp_output_value("prelu", "loss-250-leaky"), 0.01);
}
END_TEST

START_TEST(claim_the_rectifier_matters_less_than_the_seed)
{
    static const char *const key[] = {"relu", "leaky", "very-leaky", "prelu", "rrelu"};
    double low = 100, high = 0, spread = 0;
    for (int k = 0; k < 5; k++) {
        char name[40];
        snprintf(name, sizeof name, "test-%s", key[k]);
        const double error = gp_output_value("xu", name);
        low = fmin(low, error);
        high = fmax(high, error);
        snprintf(name, sizeof name, "test-%s-deviation", key[k]);
        spread = fmax(spread, gp_output_value("xu", name));
        snprintf(name, sizeof name, "train-%s", key[k]);
        ck_assert_double_lt(gp_output_value("xu", name), 3);
    }
    ck_assert_double_lt(high - low, 2 * spread);
    ck_assert(low > 14 && high < 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("results of chapter 5");
    TCase *t = tcase_create("results");
    tcase_add_test(t, claim_large_rates_kill);
    tcase_add_test(t, claim_leaky_units_wake);
    tcase_add_test(t, claim_slopes_are_learned);
    tcase_add_test(t, claim_prelu_does_not_overfit_here);
    tcase_add_test(t, claim_the_rectifier_matters_less_than_the_seed);
    suite_add_tcase(suite, t);
    return gp_run_suite(suite);
}
