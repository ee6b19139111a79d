#include "harness.h"
#include "elu.h"

double selu_alpha(double nu);
double selu_lambda(double nu);

START_TEST(variance_one_gives_selu)
{
    expect_near(selu_alpha(1), GP_SELU_ALPHA, 1e-9, "alpha for variance 1");
    expect_near(selu_lambda(1), GP_SELU_SCALE, 1e-9, "lambda for variance 1");
}
END_TEST

START_TEST(other_variances_are_fixed_points)
{
    for (double nu = 0.25; nu <= 2; nu += 0.25) {
        gp_moments out = gp_selu_moments((gp_moments){0, nu}, selu_alpha(nu), selu_lambda(nu));
        expect_hint("The condition on the mean: lambda sqrt(nu / 2 pi) + lambda alpha (below(1) - 1/2) = 0.");
        expect_near(out.mean, 0, 1e-9, "the mean behind the unit for inputs of variance %g", nu);
        expect_hint("The second moment is lambda^2 (nu/2 + alpha^2 (below(2) - 2 below(1) + 1/2)), and must be nu.");
        expect_near(out.variance, nu, 1e-9, "the variance behind the unit for inputs of variance %g", nu);
    }
}
END_TEST

EXERCISE_TESTS(variance_one_gives_selu, other_variances_are_fixed_points)
