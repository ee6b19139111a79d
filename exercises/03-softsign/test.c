#include "harness.h"

double softsign(double z);
double softsign_slope(double z);

START_TEST(values_on_both_sides)
{
    double at[] = {0, 1, 3, 0.25}, want[] = {0, 0.5, 0.75, 0.2};
    for (int i = 0; i < 4; i++)
        expect_near(softsign(at[i]), want[i], 1e-12, "softsign(%g)", at[i]);
    expect_hint("Below 0 the denominator grows too: it has the absolute value of z.");
    for (int i = 0; i < 4; i++)
        expect_near(softsign(-at[i]), -want[i], 1e-12, "softsign(%g)", -at[i]);
}
END_TEST

START_TEST(the_slope_is_the_derivative)
{
    double at[] = {0.5, 1, 2, 7, -0.5, -1, -3}, h = 1e-5;
    for (int i = 0; i < 7; i++) {
        double z = at[i], got = softsign_slope(z), want = 1 / ((1 + fabs(z)) * (1 + fabs(z)));
        expect_hint(fabs(got - sqrt(want)) < 1e-9 ? "By the rule of quotients the denominator is squared."
                    : fabs(got + want) < 1e-9 || (z < 0 && got < 0) ? "Softsign rises everywhere: its slope is positive below 0 too."
                    : fabs(got - 1 / (1 + z * z)) < 1e-9 ? "(1 + |z|) squared is not 1 + z squared." : NULL);
        expect_near(got, (softsign(z + h) - softsign(z - h)) / (2 * h), 1e-8, "softsign_slope(%g), against a difference of your softsign", z);
    }
}
END_TEST

START_TEST(the_slope_at_zero_is_one)
{
    expect_near(softsign_slope(0), 1, 1e-12, "softsign_slope(0)");
}
END_TEST

START_TEST(far_out)
{
    expect_near(softsign(1e300), 1, 1e-12, "softsign(1e300)");
    expect_near(softsign(-1e300), -1, 1e-12, "softsign(-1e300)");
    expect_near(softsign_slope(10) * 121, 1, 1e-12, "121 times softsign_slope(10)");
    expect_near(softsign_slope(-1e300), 0, 1e-12, "softsign_slope(-1e300)");
}
END_TEST

EXERCISE_TESTS(values_on_both_sides, the_slope_is_the_derivative, the_slope_at_zero_is_one, far_out)
