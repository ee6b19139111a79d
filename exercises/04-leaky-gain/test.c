#include "harness.h"
#include "rectifier.h"
#include "variance.h"

double leaky_deviation(double alpha, size_t inputs);

START_TEST(without_a_leak_it_is_he)
{
    expect_hint("At alpha = 0 this is He's rule: variance 2/inputs, and a standard deviation is its root.");
    expect_near(leaky_deviation(0, 200), 0.1, 1e-12, "leaky_deviation(0, 200)");
    expect_near(leaky_deviation(0, 8), 0.5, 1e-12, "leaky_deviation(0, 8)");
}
END_TEST

START_TEST(a_straight_line_needs_no_factor)
{
    expect_hint("With alpha = 1 the activation is the identity: the variance is 1/inputs, whatever the sign of alpha.");
    expect_near(leaky_deviation(1, 100), 0.1, 1e-12, "leaky_deviation(1, 100)");
    expect_near(leaky_deviation(-1, 100), 0.1, 1e-12, "leaky_deviation(-1, 100), the absolute value as activation");
}
END_TEST

START_TEST(the_calculator_finds_the_mean_square_unchanged)
{
    double alphas[] = {0.01, 0.1, 0.25, 0.5};
    for (int i = 0; i < 4; i++) {
        gp_activation_arguments a = {(gp_real)alphas[i], 0};
        gp_normal_moments m = gp_activation_moments(&gp_leaky_relu, a, 1);
        double s = leaky_deviation(alphas[i], 300);
        expect_hint("On the negative side the output is alpha z: what does that add to the mean square?");
        expect_near(300 * s * s * m.square, 1, 1e-6, "the mean square of the next layer's pre-activations, for alpha = %g", alphas[i]);
    }
}
END_TEST

EXERCISE_TESTS(without_a_leak_it_is_he, a_straight_line_needs_no_factor, the_calculator_finds_the_mean_square_unchanged)
