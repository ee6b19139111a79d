#include "harness.h"

typedef void (*row_backward)(size_t n, const double *x, const double *gamma, const double *dy, double *dx);
bool is_backward(row_backward backward);

static const double epsilon = 1e-6;

typedef struct {
    double mean, s, sum, dot;
} row;

static row of(size_t n, const double *x, const double *gamma, const double *dy)
{
    row r = {0};
    double variance = 0;
    for (size_t j = 0; j < n; j++)
        r.mean += x[j] / (double)n;
    for (size_t j = 0; j < n; j++)
        variance += (x[j] - r.mean) * (x[j] - r.mean) / (double)n;
    r.s = 1 / sqrt(variance + epsilon);
    for (size_t j = 0; j < n; j++) {
        const double g = dy[j] * (gamma ? gamma[j] : 1);
        r.sum += g / (double)n;
        r.dot += g * (x[j] - r.mean) * r.s / (double)n;
    }
    return r;
}

static void right(size_t n, const double *x, const double *gamma, const double *dy, double *dx)
{
    const row r = of(n, x, gamma, dy);
    for (size_t j = 0; j < n; j++)
        dx[j] = r.s * (dy[j] * gamma[j] - r.sum - (x[j] - r.mean) * r.s * r.dot);
}

/* by the Jacobian, term by term */
static void by_the_jacobian(size_t n, const double *x, const double *gamma, const double *dy, double *dx)
{
    const row r = of(n, x, gamma, dy);
    for (size_t k = n; k-- > 0;) {
        dx[k] = 0;
        for (size_t j = 0; j < n; j++)
            dx[k] += dy[j] * gamma[j] * r.s *
                     ((j == k) - 1. / (double)n - (x[j] - r.mean) * r.s * (x[k] - r.mean) * r.s / (double)n);
    }
}

static void gamma_outside(size_t n, const double *x, const double *gamma, const double *dy, double *dx)
{
    const row r = of(n, x, NULL, dy);
    for (size_t j = 0; j < n; j++)
        dx[j] = gamma[j] * r.s * (dy[j] - r.sum - (x[j] - r.mean) * r.s * r.dot);
}

static void gamma_forgotten(size_t n, const double *x, const double *gamma, const double *dy, double *dx)
{
    const row r = of(n, x, NULL, dy);
    (void)gamma;
    for (size_t j = 0; j < n; j++)
        dx[j] = r.s * (dy[j] - r.sum - (x[j] - r.mean) * r.s * r.dot);
}

static void rms(size_t n, const double *x, const double *gamma, const double *dy, double *dx)
{
    const row r = of(n, x, gamma, dy);
    for (size_t j = 0; j < n; j++)
        dx[j] = r.s * (dy[j] * gamma[j] - (x[j] - r.mean) * r.s * r.dot);
}

static void constants(size_t n, const double *x, const double *gamma, const double *dy, double *dx)
{
    const row r = of(n, x, gamma, dy);
    for (size_t j = 0; j < n; j++)
        dx[j] = r.s * dy[j] * gamma[j];
}

static void uncentred(size_t n, const double *x, const double *gamma, const double *dy, double *dx)
{
    const row r = of(n, x, gamma, dy);
    double dot = 0;
    for (size_t j = 0; j < n; j++)
        dot += dy[j] * gamma[j] * x[j] * r.s / (double)n;
    for (size_t j = 0; j < n; j++)
        dx[j] = r.s * (dy[j] * gamma[j] - r.sum - x[j] * r.s * dot);
}

static void for_four(size_t n, const double *x, const double *gamma, const double *dy, double *dx)
{
    const row r = of(n, x, gamma, dy);
    for (size_t j = 0; j < n; j++)
        dx[j] = r.s * (dy[j] * gamma[j] - r.sum * (double)n / 4 - (x[j] - r.mean) * r.s * r.dot * (double)n / 4);
}

static void last_forgotten(size_t n, const double *x, const double *gamma, const double *dy, double *dx)
{
    right(n, x, gamma, dy, dx);
    if (n > 4)
        dx[n - 1] = 0;
}

static void epsilon_outside(size_t n, const double *x, const double *gamma, const double *dy, double *dx)
{
    double mean = 0, variance = 0;
    right(n, x, gamma, dy, dx);
    for (size_t j = 0; j < n; j++)
        mean += x[j] / (double)n;
    for (size_t j = 0; j < n; j++)
        variance += (x[j] - mean) * (x[j] - mean) / (double)n;
    for (size_t j = 0; j < n; j++)
        dx[j] *= sqrt(variance + epsilon) / (sqrt(variance) + epsilon);
}

START_TEST(correct_programs_are_accepted)
{
    expect_true(is_backward(right), "your test rejects a correct backward pass");
    expect_hint("Two correct programs differ by rounding, and a difference quotient by more: compare to within 1e-6 of the gradient's size or so.");
    expect_true(is_backward(by_the_jacobian), "your test rejects a correct backward pass, which multiplies by the Jacobian");
}
END_TEST

START_TEST(missing_terms_are_found)
{
    expect_true(!is_backward(constants), "your test accepts a backward pass that takes mean and variance for constants");
    expect_true(!is_backward(rms), "your test accepts the backward pass of a normalization that subtracts no mean");
    expect_hint("Take a row whose mean is not 0.");
    expect_true(!is_backward(uncentred), "your test accepts a backward pass that projects off x in place of x minus its mean");
}
END_TEST

START_TEST(gamma_is_looked_at)
{
    expect_hint("Gammas that are all 1, or all alike, hide where gamma stands.");
    expect_true(!is_backward(gamma_forgotten), "your test accepts a backward pass without gamma");
    expect_true(!is_backward(gamma_outside), "your test accepts a backward pass that multiplies by gamma at the end");
}
END_TEST

START_TEST(sizes_and_places_are_varied)
{
    expect_hint("Try more than one length of row, and look at every entry.");
    expect_true(!is_backward(for_four), "your test accepts a backward pass that is right for rows of 4 only");
    expect_true(!is_backward(last_forgotten), "your test accepts a backward pass that leaves the last entry of a longer row at 0");
    expect_hint("Epsilon matters where the row hardly varies: with a deviation of 1e-3 it doubles the variance.");
    expect_true(!is_backward(epsilon_outside), "your test accepts an epsilon that is added to the deviation, not to the variance");
}
END_TEST

EXERCISE_TESTS(correct_programs_are_accepted, missing_terms_are_found, gamma_is_looked_at, sizes_and_places_are_varied)
