/* What the appendix on speed says that does not depend on the machine. */
#include "support.h"

static double intensity(double m)
{
    const double n = 784, k = 300;
    return 2 * m * n * k / (4 * (m * n + n * k + m * k));
}

START_TEST(claim_intensity_grows_with_the_batch)
{
    ck_assert_double_lt(intensity(1), 0.5);
    ck_assert_double_gt(intensity(32), 10);
    ck_assert_double_gt(intensity(128), 2 * intensity(32));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("claims on speed");
    TCase *tests = tcase_create("claims");
    tcase_add_test(tests, claim_intensity_grows_with_the_batch);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
