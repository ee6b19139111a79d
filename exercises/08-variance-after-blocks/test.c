#include "harness.h"

double plain_after(size_t blocks, double s, double a, double q);
double plain_scale(size_t blocks, double a, double g);
double normalized_after(size_t blocks, double s, double a, double q);
double normalized_scale(size_t blocks, double a, double q, double g);

/* Relative to what is wanted, large or small. */
#define expect_close(got, want, ...) expect_near((got) / (want), 1, 1e-12, __VA_ARGS__)

START_TEST(one_block_by_hand)
{
    expect_hint("Mean squares of uncorrelated summands add, and a factor s outside is s * s inside a mean square.");
    expect_close(plain_after(1, 1, 1, 1), 2, "the mean square after one block with s = 1, a = 1, q = 1");
    expect_close(plain_after(1, 0.5, 4, 3), 6, "the mean square after one block with s = 0.5, a = 4, q = 3");
    expect_close(normalized_after(1, 0.5, 4, 3), 4, "the mean square after one normalized block with s = 0.5, a = 4, q = 3");
}
END_TEST

START_TEST(many_blocks)
{
    expect_close(plain_after(50, 1, 1, 1), 1125899906842624., "the mean square after 50 blocks with s = 1, a = 1, q = 1");
    expect_close(plain_after(0, 1, 1, 0.3), 0.3, "the mean square after no block, q = 0.3");
    expect_close(plain_after(3, 0.5, 0.4, 2), 2 * 1.1 * 1.1 * 1.1, "the mean square after 3 blocks with s = 0.5, a = 0.4, q = 2");
    expect_hint("A normalized branch adds the same amount in every block.");
    expect_close(normalized_after(50, 1, 1, 1), 51, "the mean square after 50 normalized blocks with s = 1, a = 1, q = 1");
    expect_close(normalized_after(7, 3, 0.5, 2), 33.5, "the mean square after 7 normalized blocks with s = 3, a = 0.5, q = 2");
}
END_TEST

START_TEST(the_scale_that_makes_it)
{
    const double a[] = {1, 0.4, 2.5}, g[] = {2, 1.01, 40}, q[] = {1, 0.2, 9};
    for (size_t blocks = 1; blocks <= 1000; blocks *= 10)
        for (int k = 0; k < 3; k++) {
            double s = plain_scale(blocks, a[k], g[k]);
            expect_hint("Solve for s what plain_after computes; g to the power 1/L is one block's share.");
            expect_near(plain_after(blocks, s, a[k], q[k]) / (g[k] * q[k]), 1, 1e-9,
                        "plain_after(plain_scale) in units of g q, %zu blocks, a = %g, g = %g", blocks, a[k], g[k]);
            expect_close(s * s * a[k], pow(g[k], 1. / (double)blocks) - 1, "a s^2 for %zu blocks, a = %g, g = %g", blocks, a[k], g[k]);
            s = normalized_scale(blocks, a[k], q[k], g[k]);
            expect_hint("The blocks together add (g - 1) q.");
            expect_close(s * s * a[k] * (double)blocks, (g[k] - 1) * q[k], "a s^2 L of normalized blocks, %zu of them, a = %g, q = %g, g = %g",
                         blocks, a[k], q[k], g[k]);
        }
}
END_TEST

EXERCISE_TESTS(one_block_by_hand, many_blocks, the_scale_that_makes_it)
