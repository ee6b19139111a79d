#include "harness.h"

double rrelu(double z, double lower, double upper, double r, bool training);

START_TEST(positive_inputs_pass)
{
    expect_near(rrelu(2, 0.125, 1.0 / 3, 0.9, true), 2, 1e-12, "z = 2 in training");
    expect_near(rrelu(2, 0.125, 1.0 / 3, 0.9, false), 2, 1e-12, "z = 2 at test time");
}
END_TEST

START_TEST(training_draws)
{
    expect_near(rrelu(-2, 0.2, 0.4, 0.25, true), -0.5, 1e-12, "z = -2, slopes from 0.2 to 0.4, r = 0.25, in training");
    expect_near(rrelu(-2, 0.2, 0.4, 0.75, true), -0.7, 1e-12, "z = -2, slopes from 0.2 to 0.4, r = 0.75, in training");
}
END_TEST

START_TEST(testing_does_not)
{
    expect_hint("At test time the slope is the mean of U(lower, upper), whatever r is.");
    expect_near(rrelu(-2, 0.2, 0.4, 0.1, false), -0.6, 1e-12, "z = -2, slopes from 0.2 to 0.4, r = 0.1, at test time");
    expect_near(rrelu(-2, 0.1, 0.9, 0.9, false), -1, 1e-12, "z = -2, slopes from 0.1 to 0.9, r = 0.9, at test time");
}
END_TEST

EXERCISE_TESTS(positive_inputs_pass, training_draws, testing_does_not)
