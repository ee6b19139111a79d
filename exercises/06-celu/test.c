#include "harness.h"

double celu(double z, double alpha);
double celu_slope(double z, double alpha);

START_TEST(the_slope_is_continuous)
{
    for (double alpha = 0.25; alpha <= 4; alpha *= 2) {
        expect_hint("The inner derivative 1/alpha cancels the factor alpha in front.");
        expect_near(celu_slope(-1e-12, alpha), 1, 1e-9, "the slope just left of 0 for alpha = %g", alpha);
    }
}
END_TEST

START_TEST(the_slope_is_the_derivative)
{
    for (double z = -3.25; z < 3; z += 0.5) {
        double h = 1e-5;
        expect_near(celu_slope(z, 2), (celu(z + h, 2) - celu(z - h, 2)) / (2 * h), 1e-8, "the slope at %g for alpha = 2", z);
    }
}
END_TEST

START_TEST(the_left_end)
{
    expect_near(celu(-100, 2), -2, 1e-9, "celu(-100, 2)");
    expect_near(celu(-1, 0.5), 0.5 * (exp(-2) - 1), 1e-12, "celu(-1, 0.5)");
}
END_TEST

START_TEST(tiny_inputs_keep_their_digits)
{
    expect_hint("exp(u) - 1 loses the digits of a small u; the library has a function that does not.");
    expect_near(celu(-1e-13, 3) / -1e-13, 1, 1e-9, "celu(-1e-13, 3) over its input");
}
END_TEST

EXERCISE_TESTS(the_slope_is_continuous, the_slope_is_the_derivative, the_left_end, tiny_inputs_keep_their_digits)
