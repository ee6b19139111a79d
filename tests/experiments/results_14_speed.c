/* What chapter 14 says of the kernels' intensities, which do not depend on the machine, read from what the experiment wrote. */
#include "outputs.h"

START_TEST(claim_intensity_grows_with_the_batch)
{
    const double one = gp_output_value("speed", "intensity-dense-1"), some = gp_output_value("speed", "intensity-dense-32");
    const double many = gp_output_value("speed", "intensity-dense-128"), relu = gp_output_value("speed", "intensity-relu");
    gp_assert_near(relu, 0.125, 1e-9);
    ck_assert_double_gt(one, relu);
    ck_assert_double_le(one, 0.5);
    ck_assert_double_gt(some, 20 * one);
    ck_assert_double_gt(many, 2 * some);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("results of chapter 14");
    TCase *tests = tcase_create("results");
    tcase_add_test(tests, claim_intensity_grows_with_the_batch);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
