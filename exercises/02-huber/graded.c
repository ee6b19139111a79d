#include "harness.h"

double huber(size_t n, const double *y, const double *target, double delta, double *dy);

START_TEST(other_deltas_and_far_errors)
{
    double deltas[] = {0.01, 0.5, 20}, errors[] = {1e6, -1e6, 0.005, -0.3, 15};
    for (int d = 0; d < 3; d++)
        for (int i = 0; i < 5; i++) {
            double e = errors[i], delta = deltas[d], slope, t = 4, y = 4 + e;
            double a = fabs(e), want = a <= delta ? e * e / 2 : delta * (a - delta / 2);
            expect_near(huber(1, &y, &t, delta, &slope), want, 1e-9, "huber of error %g, delta %g", e, delta);
            expect_near(slope, a <= delta ? e : e > 0 ? delta : -delta, 1e-8, "the slope at error %g, delta %g", e, delta);
        }
}
END_TEST

EXERCISE_TESTS(other_deltas_and_far_errors)
