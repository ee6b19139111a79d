#include "harness.h"

void my_softmax(size_t n, const double *x, double *y);

static void expect_softmax(double a, double b, double c, const double want[3])
{
    double x[3] = {a, b, c}, y[3];
    my_softmax(3, x, y);
    for (int i = 0; i < 3; i++)
        expect_near(y[i], want[i], 1e-12, "output %d of the softmax of (%g, %g, %g)", i, a, b, c);
}

START_TEST(small_inputs_still_work)
{
    double s = 1 + exp(1.) + exp(2.), want[] = {1 / s, exp(1.) / s, exp(2.) / s};
    expect_softmax(0, 1, 2, want);
}
END_TEST

START_TEST(large_inputs_do_not_overflow)
{
    double s = 1 + exp(1.) + exp(2.), want[] = {1 / s, exp(1.) / s, exp(2.) / s};
    expect_hint("exp overflows above 709.8. What can you add to all x without changing the result?");
    expect_softmax(1000, 1001, 1002, want);
}
END_TEST

START_TEST(very_negative_inputs_do_not_divide_by_zero)
{
    double s = 1 + exp(1.) + exp(2.), want[] = {1 / s, exp(1.) / s, exp(2.) / s};
    expect_hint("When every exp underflows to 0, the sum is 0. At least one exponent must be 0, also if all x are negative.");
    expect_softmax(-1002, -1001, -1000, want);
}
END_TEST

START_TEST(inputs_far_apart_are_one_and_zero)
{
    expect_hint("Whatever you subtract, no exponent may be positive and large: there is only one number that ensures it.");
    expect_softmax(0, 2000, 0, (double[]){0, 1, 0});
    expect_softmax(-2000, 2000, 0, (double[]){0, 1, 0});
    expect_softmax(1e300, -1e300, 1e300, (double[]){0.5, 0, 0.5});
}
END_TEST

EXERCISE_TESTS(small_inputs_still_work, large_inputs_do_not_overflow, very_negative_inputs_do_not_divide_by_zero, inputs_far_apart_are_one_and_zero)
