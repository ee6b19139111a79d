#include "harness.h"

double huber(size_t n, const double *y, const double *target, double delta, double *dy);

static double one(double e, double delta, double *slope)
{
    double y = e, t = 0;
    return huber(1, &y, &t, delta, slope);
}

START_TEST(small_errors_are_squared)
{
    double slope, at[] = {0, 0.25, -0.5, 0.75};
    for (int i = 0; i < 4; i++)
        expect_near(one(at[i], 1, &slope), at[i] * at[i] / 2, 1e-12, "the loss of one error of %g with delta = 1", at[i]);
}
END_TEST

START_TEST(large_errors_count_linearly)
{
    double slope;
    expect_hint("Both branches must meet at |e| = delta: the linear one is delta (|e| - delta / 2).");
    expect_near(one(3, 1, &slope), 2.5, 1e-12, "the loss of one error of 3 with delta = 1");
    expect_near(one(3, 2, &slope), 4, 1e-12, "the loss of one error of 3 with delta = 2");
    expect_hint("A large error may be negative too.");
    expect_near(one(-3, 1, &slope), 2.5, 1e-12, "the loss of one error of -3 with delta = 1");
}
END_TEST

START_TEST(the_loss_is_the_mean)
{
    double y[] = {1, 2, 3, 9}, t[] = {1, 1, 1, 1}, dy[4];
    expect_near(huber(4, y, t, 1, dy), (0 + 0.5 + 1.5 + 7.5) / 4, 1e-12, "the loss of the errors 0, 1, 2, 8 with delta = 1");
}
END_TEST

START_TEST(the_gradient_is_that_of_the_mean)
{
    double y[] = {0.3, -0.2, 5, -7, 1}, t[] = {0, 0, 1, 1, 1}, dy[5], unused[5];
    const double delta = 1.5, h = 1e-6;
    huber(5, y, t, delta, dy);
    for (int i = 0; i < 5; i++) {
        double at = y[i];
        y[i] = at + h;
        double up = huber(5, y, t, delta, unused);
        y[i] = at - h;
        double down = huber(5, y, t, delta, unused), want = (up - down) / (2 * h);
        y[i] = at;
        expect_hint(want != 0 && fabs(dy[i] + want) < 1e-6 ? "The size is right and the sign is not: the error is y minus target."
                    : fabs(dy[i] - 5 * want) < 1e-6 ? "The gradient of a mean over n has a factor 1/n."
                    : fabs(y[i] - t[i]) > delta ? "In the linear part the slope is delta, with the sign of the error, over n." : NULL);
        expect_near(dy[i], want, 1e-7, "dy for y = %g, target %g, delta = %g, n = 5 (against a numeric derivative)", y[i], t[i], delta);
    }
}
END_TEST

EXERCISE_TESTS(small_errors_are_squared, large_errors_count_linearly, the_loss_is_the_mean, the_gradient_is_that_of_the_mean)
