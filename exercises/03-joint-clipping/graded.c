#include "harness.h"

double clip_jointly(size_t arrays, const size_t *length, double **g, double limit);

START_TEST(empty_arrays_and_many)
{
    enum { N = 50 };
    double values[N], *g[N];
    size_t length[N];
    for (int k = 0; k < N; k++) {
        values[k] = k % 2 ? -2 : 2;
        g[k] = &values[k];
        length[k] = k == 7 ? 0 : 1;
    }
    expect_near(clip_jointly(N, length, g, 7), 14, 1e-12, "the norm of 49 arrays with 2 or -2, and one without numbers");
    expect_near(values[0], 1, 1e-12, "the first number, 2, of norm 14 clipped to 7");
    expect_near(values[49], -1, 1e-12, "the last number, -2, of norm 14 clipped to 7");
    expect_near(values[7], -2, 1e-12, "a number behind the end of an array of length 0");
    expect_near(clip_jointly(0, length, g, 7), 0, 1e-12, "the norm of no array");
}
END_TEST

EXERCISE_TESTS(empty_arrays_and_many)
