#include "harness.h"

double shared_slope_gradient(size_t n, const double *z, const double *dy);

/* A loss over four preactivations: sum of c y^2 / 2, so dy = c y. */
static const double z[] = {1.5, -2, -0.5, 3}, c[] = {1, 0.5, -2, 1};

static double loss(double a)
{
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        double y = z[i] > 0 ? z[i] : a * z[i];
        sum += c[i] * y * y / 2;
    }
    return sum;
}

START_TEST(by_hand)
{
    const double one[] = {-2}, dy[] = {3};
    expect_near(shared_slope_gradient(1, one, dy), -6, 1e-12, "z = -2, dy = 3");
    const double positive[] = {2};
    expect_hint("Where z is positive, y does not depend on the slope.");
    expect_near(shared_slope_gradient(1, positive, dy), 0, 1e-12, "z = 2, dy = 3");
}
END_TEST

START_TEST(against_differences_of_a_loss)
{
    double a = 0.25, dy[4], h = 1e-5;
    for (int i = 0; i < 4; i++)
        dy[i] = c[i] * (z[i] > 0 ? z[i] : a * z[i]);
    expect_hint("The gradients of all uses of a parameter are added up; the mean is in dy already.");
    expect_near(shared_slope_gradient(4, z, dy), (loss(a + h) - loss(a - h)) / (2 * h), 1e-8, "four values, against a central difference");
}
END_TEST

EXERCISE_TESTS(by_hand, against_differences_of_a_loss)
