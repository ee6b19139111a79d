/* What chapter 8 says of its experiments. */
#include "outputs.h"

static double growth(const char *key)
{
    return gp_output_value("residual-growth", key);
}

/* 50 blocks: a factor of 2 each, to within 4 per cent a block (single networks scatter). */
START_TEST(claim_residual_stacks_double)
{
    gp_assert_near(growth("up-residual"), 2, 0.04);
    gp_assert_near(growth("down-residual"), 2, 0.04);
}
END_TEST

START_TEST(claim_scaled_stacks_follow_the_formula)
{
    ck_assert_double_lt(fabs(growth("signal-scaled") - pow(1 + 1. / 50, 50)), 0.4);
    ck_assert_double_lt(fabs(growth("gradient-scaled") - pow(1 + 1. / 50, 50)), 0.4);
}
END_TEST

START_TEST(claim_silent_branches_do_nothing)
{
    gp_assert_near(growth("signal-zero"), 1, 1e-4);
    gp_assert_near(growth("gradient-zero"), 1, 0.03);
}
END_TEST

START_TEST(claim_prenorm_counts_the_blocks)
{
    ck_assert_double_lt(fabs(growth("signal-pre") / 51 - 1), 0.15);
    ck_assert_double_lt(fabs(growth("gradient-pre") / 51 - 1), 0.35);
}
END_TEST

static double accuracy(const char *key)
{
    return gp_output_value("residual-depth", key);
}

START_TEST(claim_plain_stacks_stop_learning)
{
    ck_assert_double_lt(accuracy("plain-10"), accuracy("scaled-10") - 8);
    ck_assert_double_lt(accuracy("plain-50"), 20);
    ck_assert_double_lt(accuracy("plain-200"), 20);
}
END_TEST

START_TEST(claim_residual_stacks_do_not_notice_depth)
{
    ck_assert_double_lt(fabs(accuracy("scaled-200") - accuracy("scaled-2")), 4);
    ck_assert_double_lt(fabs(accuracy("pre-200") - accuracy("pre-2")), 5);
}
END_TEST

START_TEST(claim_postnorm_fails_at_depth)
{
    ck_assert_double_lt(fabs(accuracy("post-10") - accuracy("pre-10")), 4);
    ck_assert_double_lt(accuracy("post-50"), accuracy("pre-50") - 8);
    ck_assert_double_lt(accuracy("post-200"), 35);
}
END_TEST

static double likeness(const char *key)
{
    return gp_output_value("shattered", key);
}

START_TEST(claim_plain_gradients_shatter)
{
    ck_assert_double_gt(likeness("plain-8"), 0.75);
    ck_assert_double_lt(likeness("plain-128"), 0.65);
}
END_TEST

START_TEST(claim_batch_normalized_gradients_shatter_at_once)
{
    const char *key[] = {"batchnorm-8", "batchnorm-16", "batchnorm-32", "batchnorm-64", "batchnorm-128"};
    for (int k = 0; k < 5; k++)
        ck_assert_double_lt(fabs(likeness(key[k])), 0.15);
}
END_TEST

START_TEST(claim_residual_gradients_do_not_shatter)
{
    ck_assert_double_gt(likeness("scaled-128"), 0.8);
    ck_assert_double_gt(likeness("pre-128"), 0.75);
}
END_TEST

/* The test accuracies that the cell printed, line by line, below its heading. */
START_TEST(claim_the_transformer_block_needs_its_normalization)
{
    double got[5];
    char line[256];
    FILE *file = gp_output("transformer-block.txt");
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    for (int k = 0; k < 5; k++) {
        ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
        got[k] = strtod(line, NULL);
    }
    fclose(file);
    const double plain = got[0], residual = got[1], post = got[2], pre = got[3], rms = got[4];
    ck_assert_double_lt(fabs(residual - plain), 6);
    ck_assert_double_gt(pre, fmax(plain, residual) + 10);
    ck_assert_double_lt(fabs(rms - pre), 2.5);
    ck_assert_double_lt(fabs(pre - post), 6);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("experiments of chapter 8");
    TCase *tests = tcase_create("claims");
    tcase_add_test(tests, claim_residual_stacks_double);
    tcase_add_test(tests, claim_scaled_stacks_follow_the_formula);
    tcase_add_test(tests, claim_silent_branches_do_nothing);
    tcase_add_test(tests, claim_prenorm_counts_the_blocks);
    tcase_add_test(tests, claim_plain_stacks_stop_learning);
    tcase_add_test(tests, claim_residual_stacks_do_not_notice_depth);
    tcase_add_test(tests, claim_postnorm_fails_at_depth);
    tcase_add_test(tests, claim_plain_gradients_shatter);
    tcase_add_test(tests, claim_batch_normalized_gradients_shatter_at_once);
    tcase_add_test(tests, claim_residual_gradients_do_not_shatter);
    tcase_add_test(tests, claim_the_transformer_block_needs_its_normalization);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
