#include "harness.h"

double clip_jointly(size_t arrays, const size_t *length, double **g, double limit);

START_TEST(short_gradients_stay)
{
    double a[] = {0.3, 0}, b[] = {-0.4}, *g[] = {a, b};
    size_t length[] = {2, 1};
    expect_near(clip_jointly(2, length, g, 1), 0.5, 1e-12, "the norm returned for (0.3, 0), (-0.4) with limit 1");
    expect_hint("Scale only what is longer than the limit.");
    expect_near(a[0], 0.3, 1e-12, "a number of a gradient of norm 0.5 after clipping to 1");
}
END_TEST

START_TEST(long_gradients_get_the_limit_as_norm)
{
    double a[] = {3, 0}, b[] = {-4}, *g[] = {a, b};
    size_t length[] = {2, 1};
    double norm = clip_jointly(2, length, g, 1);
    expect_hint(norm == 25 ? "The norm is the root of the sum of the squares." : norm == 1 ? "The norm before clipping is asked for." : NULL);
    expect_near(norm, 5, 1e-12, "the norm returned for (3, 0), (-4) with limit 1");
    double after = sqrt(a[0] * a[0] + a[1] * a[1] + b[0] * b[0]);
    expect_hint(fabs(after - sqrt(2)) < 1e-9 ? "Each array was clipped by itself: one factor for all is wanted." : "All numbers are multiplied by limit / norm.");
    expect_near(after, 1, 1e-12, "the joint norm of (3, 0), (-4) after clipping to 1");
}
END_TEST

START_TEST(the_direction_stays)
{
    double a[] = {0.2, -0.1}, b[] = {100, 0, 20}, *g[] = {a, b};
    size_t length[] = {2, 3};
    clip_jointly(2, length, g, 2);
    expect_hint("One array is short and the other long. Both get the same factor, else the step has another direction.");
    expect_near(a[0] / b[0], 0.002, 1e-9, "the quotient of two numbers that were 0.2 and 100, in different arrays");
    expect_near(a[1] / a[0], -0.5, 1e-9, "the quotient of two numbers that were -0.1 and 0.2, in one array");
    expect_near(b[2] / b[0], 0.2, 1e-9, "the quotient of two numbers that were 20 and 100, in one array");
}
END_TEST

START_TEST(a_gradient_of_zeros)
{
    double a[] = {0, 0}, *g[] = {a};
    size_t length[] = {2};
    expect_near(clip_jointly(1, length, g, 1), 0, 1e-12, "the norm returned for (0, 0)");
    expect_near(a[0], 0, 1e-12, "a number of the gradient (0, 0) after clipping");
}
END_TEST

EXERCISE_TESTS(short_gradients_stay, long_gradients_get_the_limit_as_norm, the_direction_stays, a_gradient_of_zeros)
