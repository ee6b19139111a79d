#include "harness.h"
#include "random.h"

void glorot(gp_matrix *w, bool normal, gp_random *random);

static void expect_variance(size_t rows, size_t cols, bool normal)
{
    gp_matrix w;
    gp_random r = gp_random_new(7);
    gp_matrix_new(&w, rows, cols, NULL);
    glorot(&w, normal, &r);
    double sum = 0, square = 0, n = (double)(rows * cols);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++) {
            sum += (double)gp_row(&w, i)[j];
            square += (double)gp_row(&w, i)[j] * (double)gp_row(&w, i)[j];
        }
    gp_matrix_free(&w);
    double want = 2 / (double)(rows + cols), variance = square / n - sum / n * sum / n;
    const char *kind = normal ? "normal" : "uniform";
    expect_true(fabs(sum / n) < 0.1 * sqrt(want), "the %s weights of a [%zu, %zu] kernel: expected a mean near 0, yours is %.3g",
                kind, rows, cols, sum / n);
    expect_true(fabs(variance / want - 1) < 0.05, "the %s weights of a [%zu, %zu] kernel: expected a variance near %.4g, yours is %.4g, %.2f times as much",
                kind, rows, cols, want, variance, variance / want);
}

START_TEST(uniform_weights_have_the_rule_s_variance)
{
    expect_hint("The variance of a uniform distribution between -r and r is r^2/3.");
    expect_variance(200, 200, false);
    expect_hint("n_avg is the mean of inputs and units.");
    expect_variance(300, 100, false);
}
END_TEST

START_TEST(normal_weights_were_right_and_stay_so)
{
    expect_hint("For the normal distribution the number is the standard deviation, and was right.");
    expect_variance(200, 200, true);
    expect_variance(100, 300, true);
}
END_TEST

EXERCISE_TESTS(uniform_weights_have_the_rule_s_variance, normal_weights_were_right_and_stay_so)
