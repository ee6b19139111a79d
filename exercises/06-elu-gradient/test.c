#include "harness.h"

float elu_slope(float z, float alpha);

START_TEST(one_on_the_right)
{
    expect_near(elu_slope(2, 1.5f), 1, 1e-7, "the slope at 2");
}
END_TEST

START_TEST(alpha_e_to_the_z_on_the_left)
{
    expect_hint("The derivative of alpha (e^z - 1) keeps the factor alpha.");
    expect_near(elu_slope(-1, 1.5f), 1.5 * exp(-1), 1e-6, "the slope at -1 for alpha = 1.5");
    expect_near(elu_slope(-3, 0.5f), 0.5 * exp(-3), 1e-6, "the slope at -3 for alpha = 0.5");
}
END_TEST

START_TEST(small_but_never_zero)
{
    expect_hint("f + alpha subtracts two nearly equal numbers; a float has 24 bits.");
    for (float z = -16; z >= -60; z -= 4)
        expect_near((double)elu_slope(z, 1) / exp((double)z), 1, 1e-5, "the slope at %g over e^z", (double)z);
}
END_TEST

EXERCISE_TESTS(one_on_the_right, alpha_e_to_the_z_on_the_left, small_but_never_zero)
