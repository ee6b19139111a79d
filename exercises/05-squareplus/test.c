#include "harness.h"

double squareplus(double z, double b);
double squareplus_slope(double z, double b);

START_TEST(at_the_origin_half_the_root_of_b)
{
    expect_hint("At 0 only the root is left, and half of it.");
    expect_near(squareplus(0, 4), 1, 1e-12, "squareplus(0, 4)");
    expect_near(squareplus(0, 1), 0.5, 1e-12, "squareplus(0, 1)");
}
END_TEST

START_TEST(far_out_it_is_a_rectifier)
{
    expect_hint("Far to the right it is the identity, far to the left it is zero.");
    expect_near(squareplus(1e4, 4), 1e4, 1e-6, "squareplus(10000, 4)");
    expect_near(squareplus(-1e4, 4), 1e-4, 1e-6, "squareplus(-10000, 4)");
}
END_TEST

START_TEST(the_slope_is_the_derivative)
{
    for (double z = -3; z <= 3; z += 0.5) {
        double h = 1e-5, numeric = (squareplus(z + h, 2) - squareplus(z - h, 2)) / (2 * h);
        expect_hint("The derivative of sqrt(u) is u' / (2 sqrt(u)), and here u' is 2z.");
        expect_near(squareplus_slope(z, 2), numeric, 1e-7, "the slope of squareplus(%g, 2), by central differences", z);
    }
}
END_TEST

EXERCISE_TESTS(at_the_origin_half_the_root_of_b, far_out_it_is_a_rectifier, the_slope_is_the_derivative)
