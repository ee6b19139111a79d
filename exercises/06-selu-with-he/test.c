#include "harness.h"
#include "elu.h"

double variance_after_fifty(void);

START_TEST(the_answer_is_what_the_map_does)
{
    gp_moments m = {0, 1};
    for (int l = 0; l < 50; l++)
        m = gp_selu_moments((gp_moments){0, 2 * (m.variance + m.mean * m.mean)}, GP_SELU_ALPHA, GP_SELU_SCALE);
    double answer = variance_after_fifty();
    expect_hint("Iterate: z has mean 0 and variance 2 (variance + mean^2); gp_selu_moments gives the next mean and variance.");
    expect_true(fabs(answer - m.variance) <= 0.1 * m.variance, "your prediction is %g, and that is not within ten per cent of what fifty layers do", answer);
}
END_TEST

EXERCISE_TESTS(the_answer_is_what_the_map_does)
