#include "harness.h"

void fold(size_t inputs, size_t units, double *w, double *b, const double *gamma, const double *beta, const double *mean, const double *variance, double epsilon);

enum { IN = 3, OUT = 2 };
static const double w0[IN * OUT] = {1, -2, 0.5, 3, -1, 0.25}, b0[OUT] = {0.5, -1}, gamma_[OUT] = {2, 0.5}, beta_[OUT] = {0.1, -0.3}, mean_[OUT] = {1, -2},
                    variance_[OUT] = {4, 0.25};

static void dense(const double *w, const double *b, const double *x, double *z)
{
    for (int j = 0; j < OUT; j++) {
        z[j] = b[j];
        for (int i = 0; i < IN; i++)
            z[j] += x[i] * w[i * OUT + j];
    }
}

static void compare(double epsilon, const double *x)
{
    double w[IN * OUT], b[OUT], z[OUT], y[OUT];
    memcpy(w, w0, sizeof w);
    memcpy(b, b0, sizeof b);
    dense(w, b, x, z);
    fold(IN, OUT, w, b, gamma_, beta_, mean_, variance_, epsilon);
    dense(w, b, x, y);
    for (int j = 0; j < OUT; j++)
        expect_near(y[j], gamma_[j] * (z[j] - mean_[j]) / sqrt(variance_[j] + epsilon) + beta_[j], 1e-12, "unit %d for the input (%g, %g, %g), epsilon %g", j,
                    x[0], x[1], x[2], epsilon);
}

START_TEST(the_bias_alone)
{
    const double x[IN] = {0, 0, 0};
    expect_hint("For x = 0 only the bias counts: (b - mean) s + beta.");
    compare(0, x);
}
END_TEST

START_TEST(any_input)
{
    const double x[IN] = {1, -1, 2};
    expect_hint("Each column of W belongs to one unit and is scaled by that unit's gamma / sqrt(variance + epsilon).");
    compare(0, x);
}
END_TEST

START_TEST(epsilon_counts)
{
    const double x[IN] = {0.5, 2, -1};
    expect_hint("Epsilon stands inside the root.");
    compare(0.5, x);
}
END_TEST

EXERCISE_TESTS(the_bias_alone, any_input, epsilon_counts)
