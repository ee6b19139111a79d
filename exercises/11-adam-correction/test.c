#include "harness.h"
#include "optimizer.h"

void my_adam(size_t n, double *x, const double *g, double *m, double *v, int t, double rate, double beta1, double beta2, double epsilon);

START_TEST(the_first_step_has_the_length_of_the_rate)
{
    double gradients[] = {1, -1, 1000, 0.001};
    for (int i = 0; i < 4; i++) {
        double x = 0, m = 0, v = 0, want = gradients[i] > 0 ? -0.01 : 0.01;
        my_adam(1, &x, &gradients[i], &m, &v, 1, 0.01, 0.9, 0.999, 1e-12);
        expect_hint(fabs(x / want - 0.1 / sqrt(0.001)) < 0.01 ? "That is 0.1 / sqrt(0.001) times too long: neither average is corrected."
                    : fabs(x / want - 0.1) < 0.01 ? "The average of the gradients is 0.1 g after one step: divide it by 1 - beta1^t."
                    : fabs(x / want - 1 / sqrt(0.001)) < 0.1 ? "The average of the squares is 0.001 g^2 after one step: divide it by 1 - beta2^t." : NULL);
        expect_near(x / 0.01, want / 0.01, 1e-6, "the first step over the rate, with g = %g, beta1 = 0.9, beta2 = 0.999", gradients[i]);
    }
}
END_TEST

START_TEST(a_constant_gradient_gives_constant_steps)
{
    double x = 0, g = 3, m = 0, v = 0;
    expect_hint("The corrections are 1 - beta^t with the power of the step t. And m and v themselves must stay uncorrected, or the next step corrects again.");
    for (int t = 1; t <= 5; t++) {
        my_adam(1, &x, &g, &m, &v, t, 1, 0.9, 0.999, 1e-12);
        expect_near(x, -t, 1e-6, "x after %d steps of rate 1 with a constant gradient of 3", t);
    }
}
END_TEST

START_TEST(as_the_library_has_it)
{
    enum { STEPS = 30 };
    double x[STEPS + 1][2] = {{1, 1}}, m[2] = {0}, v[2] = {0}, off[2] = {0};
    gp_real want[2][STEPS + 1][2], wm[2][2] = {{0}}, wv[2][2] = {{0}};
    for (int t = 1; t <= STEPS; t++) {
        double g[] = {sin(t), 0.01 * cos(3 * t)};
        gp_real h[] = {(gp_real)g[0], (gp_real)g[1]};
        x[t][0] = x[t - 1][0], x[t][1] = x[t - 1][1];
        my_adam(2, x[t], g, m, v, t, 0.02, 0.8, 0.99, 0.01);
        for (int form = 0; form < 2; form++) { /* epsilon beside the corrected root, or beside the uncorrected one: both are Adam */
            for (int i = 0; i < 2; i++)
                want[form][t][i] = t > 1 ? want[form][t - 1][i] : 1;
            gp_adam_update(2, want[form][t], h, wm[form], wv[form], (uint64_t)t, 0.02, 0.8, 0.99, 0.01, (gp_adam_form)form, 0);
            for (int i = 0; i < 2; i++)
                off[form] = fmax(off[form], fabs(x[t][i] - (double)want[form][t][i]));
        }
    }
    int nearest = off[1] < off[0]; /* NaN: the first form, which it will not equal */
    expect_hint("epsilon is added to a root, not under it.");
    for (int t = 1; t <= STEPS; t++)
        for (int i = 0; i < 2; i++)
            expect_near(x[t][i], (double)want[nearest][t][i], 1e-9,
                        "x[%d] after %d steps with rate 0.02, beta1 0.8, beta2 0.99, epsilon 0.01, against gp_adam_update in the form that is nearer", i, t);
}
END_TEST

EXERCISE_TESTS(the_first_step_has_the_length_of_the_rate, a_constant_gradient_gives_constant_steps, as_the_library_has_it)
