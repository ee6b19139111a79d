#include "harness.h"

void group_norm(size_t n, size_t k, const double *x, const double *gamma, double epsilon, double *y);
void group_norm_backward(size_t n, size_t k, const double *x, const double *gamma, double epsilon, const double *dy, double *dx,
                         double *dgamma);

enum { N = 12 };
static const double x[N] = {1, -2, 0.5, 3, 0.25, 2, -1, 0.75, 4, -3, 1.5, 0.125};
static const double gamma_of[N] = {1, 0.5, 2, -1, 1.5, 0.25, 3, 1, -0.5, 2, 0.75, 1.25};
static const double c[N] = {0.3, -1, 2, 0.5, 1.1, -0.7, 0.9, 1.3, -2, 0.4, 0.6, -0.2};
static const double ones[N] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

static double loss(size_t k, const double *at, const double *gamma)
{
    double y[N], sum = 0;
    group_norm(N, k, at, gamma, 1e-3, y);
    for (int i = 0; i < N; i++)
        sum += c[i] * y[i];
    return sum;
}

START_TEST(groups_of_two_become_plus_and_minus_one)
{
    const double row[] = {3, 7, 90, 80}, scale[] = {1, 2, 3, 4}, want[] = {-1, 2, 3, -4};
    double y[4];
    group_norm(4, 2, row, scale, 0, y);
    expect_hint("A group is a run of neighbours: 3 and 7, then 90 and 80. The biased variance of 3 and 7 is 4.");
    for (int j = 0; j < 4; j++)
        expect_near(y[j], want[j], 1e-12, "y[%d] of the row 3 7 90 80 in two groups, gamma 1 2 3 4", j);
}
END_TEST

START_TEST(every_group_has_mean_zero_and_variance_one)
{
    for (size_t k = 1; k <= 4; k++) {
        double y[N];
        group_norm(N, k, x, ones, 0, y);
        for (size_t first = 0; first < N; first += N / k) {
            double mean = 0, square = 0;
            for (size_t j = first; j < first + N / k; j++) {
                mean += y[j] / (double)(N / k);
                square += y[j] * y[j] / (double)(N / k);
            }
            expect_near(mean, 0, 1e-12, "the mean of the group from %zu on, %zu groups", first, k);
            expect_near(square, 1, 1e-12, "the variance of the group from %zu on, %zu groups", first, k);
        }
    }
}
END_TEST

START_TEST(an_offset_costs_no_digits)
{
    double far[N], y[N], z[N];
    for (int j = 0; j < N; j++)
        far[j] = x[j] + 1e7;
    group_norm(N, 2, x, gamma_of, 1e-3, y);
    group_norm(N, 2, far, gamma_of, 1e-3, z);
    expect_hint("E[x^2] - mean^2 loses the variance to an offset: subtract the mean first.");
    for (int j = 0; j < N; j++)
        expect_near(z[j], y[j], 1e-7, "y[%d] of a row moved by 1e7", j);
}
END_TEST

START_TEST(the_backward_pass_is_the_derivative)
{
    for (size_t k = 1; k <= 6; k++) {
        if (k == 5)
            continue;
        double dx[N], dgamma[N];
        group_norm_backward(N, k, x, gamma_of, 1e-3, c, dx, dgamma);
        for (int i = 0; i < N; i++) {
            double up[N], down[N], h = 1e-5;
            memcpy(up, x, sizeof x);
            memcpy(down, x, sizeof x);
            up[i] += h;
            down[i] -= h;
            expect_hint("x[i] acts directly, through its group's mean, and through its group's variance; gamma stands inside the means.");
            expect_near(dx[i], (loss(k, up, gamma_of) - loss(k, down, gamma_of)) / (2 * h), 1e-7, "dx[%d], %zu groups", i, k);
            memcpy(up, gamma_of, sizeof up);
            memcpy(down, gamma_of, sizeof down);
            up[i] += h;
            down[i] -= h;
            expect_hint(NULL);
            expect_near(dgamma[i], (loss(k, x, up) - loss(k, x, down)) / (2 * h), 1e-7, "dgamma[%d], %zu groups", i, k);
        }
    }
}
END_TEST

START_TEST(a_group_of_one_lets_nothing_through)
{
    double y[N], dx[N], dgamma[N];
    group_norm(N, N, x, gamma_of, 1e-3, y);
    group_norm_backward(N, N, x, gamma_of, 1e-3, c, dx, dgamma);
    for (int j = 0; j < N; j++) {
        expect_near(y[j], 0, 1e-12, "y[%d] of groups of one", j);
        expect_near(dx[j], 0, 1e-12, "dx[%d] of groups of one", j);
    }
}
END_TEST

EXERCISE_TESTS(groups_of_two_become_plus_and_minus_one, every_group_has_mean_zero_and_variance_one, an_offset_costs_no_digits,
               the_backward_pass_is_the_derivative, a_group_of_one_lets_nothing_through)
