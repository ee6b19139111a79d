#include "harness.h"

double alpha_dropout_a(double q, double saturated);
double alpha_dropout_b(double q, double saturated);

/* Mean and variance of a X + b, X a unit of mean 0 and variance 1 that is replaced by s with probability 1 - q. */
static void after(double q, double s, double *mean, double *variance)
{
    double a = alpha_dropout_a(q, s), b = alpha_dropout_b(q, s), m = (1 - q) * s, second = q + (1 - q) * s * s;
    *mean = a * m + b;
    *variance = a * a * (second - m * m);
}

START_TEST(nothing_dropped_nothing_changed)
{
    expect_near(alpha_dropout_a(1, -1.758), 1, 1e-12, "a for q = 1");
    expect_near(alpha_dropout_b(1, -1.758), 0, 1e-12, "b for q = 1");
}
END_TEST

START_TEST(mean_and_variance_come_back)
{
    double mean, variance;
    for (double q = 0.5; q < 1; q += 0.1) {
        after(q, -1.7580993408473766, &mean, &variance);
        expect_hint("After dropping, the second moment is q + (1-q) s^2 and the mean (1-q) s.");
        expect_near(variance, 1, 1e-9, "the variance for q = %g", q);
        expect_hint("b undoes the mean a (1-q) s.");
        expect_near(mean, 0, 1e-9, "the mean for q = %g", q);
    }
}
END_TEST

EXERCISE_TESTS(nothing_dropped_nothing_changed, mean_and_variance_come_back)
