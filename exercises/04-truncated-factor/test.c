#include "harness.h"

double truncated_deviation(double c);

/* Simpson's rule on the definition. */
static double by_integration(double c)
{
    const int n = 4000;
    double mass = 0, square = 0;
    for (int i = 0; i <= n; i++) {
        double z = -c + 2 * c * i / n, w = (i == 0 || i == n ? 1 : i % 2 ? 4 : 2) * exp(-z * z / 2);
        mass += w;
        square += w * z * z;
    }
    return sqrt(square / mass);
}

START_TEST(the_cut_at_two)
{
    double got = truncated_deviation(2), want = by_integration(2);
    expect_hint(fabs(got - want * want) < 1e-6 ? "That is the variance: its root is asked for."
                : fabs(got * want - 1) < 1e-6 ? "That is the factor to divide by turned upside down: the deviation after the cut is less than 1." : NULL);
    expect_near(got, want, 1e-8, "truncated_deviation(2)");
}
END_TEST

START_TEST(other_cuts)
{
    double at[] = {0.5, 1, 1.5, 3, 4};
    expect_hint("The second moment is 1 - 2 c phi(c) / p, where p = 2 Phi(c) - 1 depends on c too.");
    for (int i = 0; i < 5; i++)
        expect_near(truncated_deviation(at[i]), by_integration(at[i]), 1e-8, "truncated_deviation(%g)", at[i]);
}
END_TEST

START_TEST(hardly_any_cut)
{
    expect_near(truncated_deviation(12), 1, 1e-12, "truncated_deviation(12)");
    expect_near(truncated_deviation(60), 1, 1e-12, "truncated_deviation(60)");
}
END_TEST

START_TEST(a_narrow_cut_leaves_a_uniform_distribution)
{
    expect_hint("Near 0 the density is nearly constant: the uniform distribution on [-c, c] has the deviation c/sqrt(3).");
    expect_near(truncated_deviation(0.01) * sqrt(3) / 0.01, 1, 1e-4, "truncated_deviation(0.01), in parts of 0.01/sqrt(3)");
}
END_TEST

EXERCISE_TESTS(the_cut_at_two, other_cuts, hardly_any_cut, a_narrow_cut_leaves_a_uniform_distribution)
