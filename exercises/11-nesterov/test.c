#include "harness.h"
#include "optimizer.h"

void nesterov(size_t n, double *x, const double *g, double *v, double rate, double momentum);

START_TEST(without_momentum_it_is_gradient_descent)
{
    double x[] = {1, 2}, g[] = {0.5, -1}, v[] = {0, 0};
    nesterov(2, x, g, v, 0.1, 0);
    expect_near(x[0], 0.95, 1e-12, "x after one step from x = 1 with g = 0.5, rate 0.1, momentum 0");
    expect_near(x[1], 2.1, 1e-12, "x after one step from x = 2 with g = -1, rate 0.1, momentum 0");
}
END_TEST

START_TEST(the_first_step_looks_ahead)
{
    double x = 0, g = 1, v = 0;
    nesterov(1, &x, &g, &v, 1, 0.9);
    expect_hint(x == -1 ? "That is plain momentum, x - rate * v. Nesterov's step is g + momentum * v with the new v." : NULL);
    expect_near(x, -1.9, 1e-12, "x after the first step from 0 with g = 1, rate 1, momentum 0.9");
    expect_near(v, 1, 1e-12, "the velocity after the first step");
}
END_TEST

START_TEST(the_second_step_uses_the_velocity_of_the_first)
{
    double x = 0, g = 1, v = 0;
    nesterov(1, &x, &g, &v, 1, 0.9);
    nesterov(1, &x, &g, &v, 1, 0.9);
    expect_hint("v is 1 after the first step and 1.9 after the second: it must be stored.");
    expect_near(x, -1.9 - 2.71, 1e-12, "x after two steps from 0 with g = 1, rate 1, momentum 0.9");
}
END_TEST

START_TEST(ten_steps_down_a_valley_as_in_the_library)
{
    double x[] = {5, -3, 1}, v[3] = {0}, curve[] = {1, 10, 0.1};
    gp_real want[] = {5, -3, 1}, velocity[3] = {0};
    for (int t = 1; t <= 10; t++) {
        double g[3];
        gp_real h[3];
        for (int i = 0; i < 3; i++) {
            g[i] = curve[i] * x[i];
            h[i] = (gp_real)curve[i] * want[i];
        }
        nesterov(3, x, g, v, 0.05, 0.8);
        gp_momentum_update(3, want, h, velocity, 0.05, 0.8, 1, true, 0);
        for (int i = 0; i < 3; i++)
            expect_near(x[i], (double)want[i], 1e-10, "x[%d] after %d steps with rate 0.05 and momentum 0.8, against gp_momentum_update", i, t);
    }
}
END_TEST

EXERCISE_TESTS(without_momentum_it_is_gradient_descent, the_first_step_looks_ahead, the_second_step_uses_the_velocity_of_the_first, ten_steps_down_a_valley_as_in_the_library)
