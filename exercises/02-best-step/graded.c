#include "harness.h"

double best_step(double epsilon);

START_TEST(extended_precision_too)
{
    double h = best_step(0x1p-64);
    expect_true(h > 1e-7 && h < 1.6e-6, "best_step(2^-64), for the extended type of x86: expected about 5e-7, your code gives %g", h);
}
END_TEST

EXERCISE_TESTS(extended_precision_too)
