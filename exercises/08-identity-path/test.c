#include "harness.h"

double post_norm_share(size_t blocks, double alpha, double b);
double alpha_for_share(size_t blocks, double b, double p);
double pre_norm_share(size_t blocks, double b);

#define expect_close(got, want, ...) expect_near((got) / (want), 1, 1e-9, __VA_ARGS__)

START_TEST(one_block)
{
    expect_hint("The sum has mean square alpha^2 + b. The path is multiplied by alpha, then divided with everything else.");
    expect_close(post_norm_share(1, 1, 1), sqrt(0.5), "the share of one post-norm block with alpha = 1, b = 1");
    expect_close(post_norm_share(1, 2, 5), 2. / 3, "the share of one post-norm block with alpha = 2, b = 5");
    expect_close(post_norm_share(1, 1, 0), 1, "the share of one post-norm block with a silent branch");
}
END_TEST

START_TEST(many_blocks)
{
    expect_close(post_norm_share(20, 1, 1), 1. / 1024, "the share of 20 post-norm blocks with alpha = 1, b = 1");
    expect_close(post_norm_share(100, 1, 1), pow(2, -50), "the share of 100 post-norm blocks with alpha = 1, b = 1");
    expect_close(post_norm_share(10, 3, 0.5), pow(9 / 9.5, 5), "the share of 10 post-norm blocks with alpha = 3, b = 0.5");
    expect_hint("In a pre-norm block nothing is done to the path.");
    expect_near(pre_norm_share(100, 1), 1, 0, "the share of 100 pre-norm blocks with b = 1");
    expect_near(pre_norm_share(3, 7), 1, 0, "the share of 3 pre-norm blocks with b = 7");
}
END_TEST

START_TEST(the_alpha_that_keeps_a_share)
{
    const double b[] = {1, 0.3, 6}, p[] = {0.5, 0.9, 0.01};
    for (size_t blocks = 1; blocks <= 1000; blocks *= 10)
        for (int k = 0; k < 3; k++) {
            double alpha = alpha_for_share(blocks, b[k], p[k]);
            expect_hint("Solve p = (1 + b / alpha^2)^(-L/2) for alpha.");
            expect_near(pow(1 + b[k] / (alpha * alpha), -(double)blocks / 2), p[k], 1e-9 * p[k],
                        "the share with your alpha = %g, %zu blocks, b = %g", alpha, blocks, b[k]);
        }
}
END_TEST

EXERCISE_TESTS(one_block, many_blocks, the_alpha_that_keeps_a_share)
