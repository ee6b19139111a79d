#include "harness.h"

double swish(double z, double beta);
double swish_by_z(double z, double beta);
double swish_by_beta(double z, double beta);

static const double betas[] = {0.3, 1, 2.5};

START_TEST(values)
{
    expect_near(swish(0, 1), 0, 1e-12, "swish(0, 1)");
    expect_hint("The logistic function has a minus sign in its exponent.");
    expect_near(swish(2, 0), 1, 1e-12, "swish(2, 0), half a line");
    expect_near(swish(5, 20), 5, 1e-9, "swish(5, 20), nearly a rectifier");
    expect_near(swish(-5, 20), 0, 1e-9, "swish(-5, 20), nearly a rectifier");
}
END_TEST

START_TEST(the_derivative_by_z)
{
    for (int k = 0; k < 3; k++)
        for (double z = -3; z <= 3; z += 0.75) {
            double h = 1e-5, b = betas[k], numeric = (swish(z + h, b) - swish(z - h, b)) / (2 * h);
            expect_hint("z stands in two places: product rule, and the inner derivative beta.");
            expect_near(swish_by_z(z, b), numeric, 1e-7, "the derivative by z at z = %g, beta = %g", z, b);
        }
}
END_TEST

START_TEST(the_derivative_by_beta)
{
    for (int k = 0; k < 3; k++)
        for (double z = -3; z <= 3; z += 0.75) {
            double h = 1e-5, b = betas[k], numeric = (swish(z, b + h) - swish(z, b - h)) / (2 * h);
            expect_hint("One z stands in front of sigma, the other comes out of its argument.");
            expect_near(swish_by_beta(z, b), numeric, 1e-7, "the derivative by beta at z = %g, beta = %g", z, b);
        }
}
END_TEST

EXERCISE_TESTS(values, the_derivative_by_z, the_derivative_by_beta)
