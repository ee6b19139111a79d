#include "harness.h"

void layer_norm(size_t n, const double *x, double epsilon, double *y);
void layer_norm_backward(size_t n, const double *x, const double *dy, double epsilon, double *dx);

enum { N = 5 };
static const double x[N] = {1, -2, 0.5, 3, 0.25}, c[N] = {0.3, -1, 2, 0.5, 1.1};

/* The loss sum of c y, whose gradient by y is c. */
static double loss(const double *at)
{
    double y[N], sum = 0;
    layer_norm(N, at, 1e-3, y);
    for (int i = 0; i < N; i++)
        sum += c[i] * y[i];
    return sum;
}

START_TEST(two_values_become_plus_and_minus_one)
{
    const double two[] = {3, 7};
    double y[2];
    layer_norm(2, two, 0, y);
    expect_hint("The biased variance divides by n, not by n - 1: of 3 and 7 it is 4.");
    expect_near(y[0], -1, 1e-12, "the first of layer_norm(3, 7)");
    expect_near(y[1], 1, 1e-12, "the second of layer_norm(3, 7)");
}
END_TEST

START_TEST(mean_zero_variance_one)
{
    double y[N], mean = 0, square = 0;
    layer_norm(N, x, 0, y);
    for (int i = 0; i < N; i++) {
        mean += y[i] / N;
        square += y[i] * y[i] / N;
    }
    expect_near(mean, 0, 1e-12, "the mean of the normalized row");
    expect_near(square, 1, 1e-12, "the variance of the normalized row");
}
END_TEST

START_TEST(the_backward_pass_is_the_derivative)
{
    double dx[N];
    layer_norm_backward(N, x, c, 1e-3, dx);
    for (int i = 0; i < N; i++) {
        double up[N], down[N], h = 1e-5;
        memcpy(up, x, sizeof x);
        memcpy(down, x, sizeof x);
        up[i] += h;
        down[i] -= h;
        expect_hint("x[i] acts in three ways: directly, through the mean, and through the variance.");
        expect_near(dx[i], (loss(up) - loss(down)) / (2 * h), 1e-7, "dx[%d], against a central difference", i);
    }
}
END_TEST

START_TEST(a_shift_of_the_input_changes_nothing)
{
    double dx[N], sum = 0;
    layer_norm_backward(N, x, c, 1e-3, dx);
    for (int i = 0; i < N; i++)
        sum += dx[i];
    expect_near(sum, 0, 1e-12, "the sum of dx, since adding a constant to x leaves y alone");
}
END_TEST

EXERCISE_TESTS(two_values_become_plus_and_minus_one, mean_zero_variance_one, the_backward_pass_is_the_derivative, a_shift_of_the_input_changes_nothing)
