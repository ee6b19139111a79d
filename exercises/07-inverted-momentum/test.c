#include "harness.h"

double running_mean(double old, double batch, double momentum);

START_TEST(one_step)
{
    expect_hint("With momentum 0.99 one batch moves the running mean by a hundredth of the way.");
    expect_near(running_mean(0, 1, 0.99), 0.01, 1e-12, "running_mean(0, 1, 0.99)");
    expect_near(running_mean(5, 5, 0.9), 5, 1e-12, "running_mean(5, 5, 0.9)");
}
END_TEST

START_TEST(momentum_one_and_zero)
{
    expect_near(running_mean(3, 7, 1), 3, 1e-12, "running_mean(3, 7, 1), which forgets nothing");
    expect_near(running_mean(3, 7, 0), 7, 1e-12, "running_mean(3, 7, 0), which remembers nothing");
}
END_TEST

EXERCISE_TESTS(one_step, momentum_one_and_zero)
