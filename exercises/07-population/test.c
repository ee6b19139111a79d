#include "harness.h"

void population(size_t batches, size_t m, const double *mean, const double *variance, double *population_mean, double *population_variance);

START_TEST(the_mean_of_the_means)
{
    const double mean[] = {1, 2, 6}, variance[] = {1, 1, 1};
    double m, v;
    population(3, 10, mean, variance, &m, &v);
    expect_near(m, 3, 1e-12, "the population mean of batch means 1, 2, 6");
}
END_TEST

START_TEST(the_factor)
{
    const double mean[] = {0, 0, 0}, variance[] = {1, 2, 3};
    double m, v;
    population(3, 2, mean, variance, &m, &v);
    expect_hint("For m = 2 the biased variance is half of the unbiased one.");
    expect_near(v, 4, 1e-12, "the population variance of batch variances 1, 2, 3 with batches of 2");
    population(3, 5, mean, variance, &m, &v);
    expect_near(v, 2.5, 1e-12, "the same with batches of 5");
}
END_TEST

START_TEST(many_samples_of_a_known_law)
{
    /* batches of 4 from a fair coin with sides -1 and 1: the population variance is 1 */
    double mean[16], variance[16], m, v;
    for (int k = 0; k < 16; k++) { /* all 16 outcomes of four throws, each once */
        double sum = 0;
        for (int i = 0; i < 4; i++)
            sum += (k >> i & 1) ? 1 : -1;
        mean[k] = sum / 4;
        variance[k] = 1 - mean[k] * mean[k];
    }
    population(16, 4, mean, variance, &m, &v);
    expect_hint("Each batch measures its spread about its own mean, which is too small on average by (m-1)/m.");
    expect_near(v, 1, 1e-12, "the variance of a fair coin from all batches of four");
    expect_near(m, 0, 1e-12, "its mean");
}
END_TEST

EXERCISE_TESTS(the_mean_of_the_means, the_factor, many_samples_of_a_known_law)
