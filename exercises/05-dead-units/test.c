#include "harness.h"

size_t dead_units(size_t samples, size_t units, const double *z);

START_TEST(one_of_three)
{
    /* unit 0 lives on one sample, unit 1 never, unit 2 always */
    const double z[] = {-1, -1, 1, -5, -2, 1, 0.5, -3, 2, -4, -1, 1};
    expect_hint("Unit 0 is negative for three samples of four, and in sum: but sample 2 keeps it alive.");
    expect_true(dead_units(4, 3, z) == 1, "of three units one is dead (unit 1, negative for all four samples): your code counts %zu", dead_units(4, 3, z));
}
END_TEST

START_TEST(zero_passes_no_gradient)
{
    const double z[] = {0, 1, -1, -1};
    expect_hint("At exactly 0 the rectifier's slope is 0.");
    expect_true(dead_units(2, 2, z) == 1, "unit 0 has preactivations 0 and -1, unit 1 has 1 and -1: one is dead, your code counts %zu", dead_units(2, 2, z));
}
END_TEST

START_TEST(all_and_none)
{
    double z[60];
    for (int i = 0; i < 60; i++)
        z[i] = -1;
    expect_true(dead_units(10, 6, z) == 6, "six units that are -1 for ten samples are all dead: your code counts %zu", dead_units(10, 6, z));
    for (int j = 0; j < 6; j++)
        z[9 * 6 + j] = 1;
    expect_true(dead_units(10, 6, z) == 0, "the last sample wakes all six: your code counts %zu", dead_units(10, 6, z));
}
END_TEST

EXERCISE_TESTS(one_of_three, zero_passes_no_gradient, all_and_none)
