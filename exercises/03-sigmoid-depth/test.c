/* real: float */
#include "harness.h"
#include "sigmoid.h"

double gradient_left(int layers);
int silent_depth(void);
int zero_depth(void);

static float left(int layers)
{
    gp_activation_arguments none = {0, 0};
    gp_real z = 0, y, gradient = 1, below;
    for (int l = 0; l < layers; l++) {
        gp_sigmoid.f(1, &z, &y, none);
        gp_sigmoid.df(1, &z, &y, &gradient, &below, none);
        gradient = below;
    }
    return gradient;
}

START_TEST(what_is_left)
{
    int at[] = {0, 1, 2, 10};
    expect_hint("The slope of the logistic function at 0 is 1/4, and the slopes multiply.");
    for (int i = 0; i < 4; i++)
        expect_near(gradient_left(at[i]) / (double)left(at[i]), 1, 1e-6, "gradient_left(%d), in parts of what the library's layers leave (%g)", at[i],
                    (double)left(at[i]));
}
END_TEST

START_TEST(the_depth_that_learns_nothing)
{
    int got = silent_depth();
    volatile float w = 1, after = w - left(got > 0 && got < 1000 ? got : 0), above = w - left(got > 1 && got < 1000 ? got - 1 : 0);
    expect_hint("The float just below 1 is 1 - 2^-24. A difference of half that spacing or less disappears.");
    expect_true(got > 0 && got < 1000 && after == 1, "silent_depth() is %d: expected a depth at which 1 - g is 1 in float, but there it is 1 - %g", got,
                (double)(1 - after));
    expect_true(above != 1, "silent_depth() is %d: expected the smallest such depth, but at %d layers 1 - g is 1 as well", got, got - 1);
}
END_TEST

START_TEST(the_depth_at_which_nothing_is_left)
{
    int got = zero_depth();
    expect_hint("The smallest positive float is 2^-149, a denormal number; the smallest normal one is 2^-126. Half of the smallest is rounded to zero.");
    expect_true(got > 0 && got < 1000 && left(got) == 0, "zero_depth() is %d: expected a depth at which the gradient is 0, but there it is %g", got,
                (double)left(got > 0 && got < 1000 ? got : 0));
    expect_true(left(got - 1) != 0, "zero_depth() is %d: expected the smallest such depth, but at %d layers the gradient is 0 as well", got, got - 1);
}
END_TEST

EXERCISE_TESTS(what_is_left, the_depth_that_learns_nothing, the_depth_at_which_nothing_is_left)
