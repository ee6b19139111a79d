#include "harness.h"

bool is_redundant(double (*loss)(const double *bias), size_t n);

enum { BATCH = 4, UNITS = 3 };
static const double z[BATCH][UNITS] = {{1, -2, 0.5}, {0.25, 1, 3}, {-1, 0, 2}, {2, 0.75, -1.5}};

/* The sum of tanh of the normalized z + bias; `normalized` units only, the others as they are. */
static double sum_of(const double *bias, int normalized)
{
    double sum = 0;
    for (int j = 0; j < UNITS; j++) {
        double mean = 0, variance = 0;
        for (int i = 0; i < BATCH; i++)
            mean += (z[i][j] + bias[j]) / BATCH;
        for (int i = 0; i < BATCH; i++)
            variance += (z[i][j] + bias[j] - mean) * (z[i][j] + bias[j] - mean) / BATCH;
        for (int i = 0; i < BATCH; i++)
            sum += (i + 1) * tanh(j < normalized ? (z[i][j] + bias[j] - mean) / sqrt(variance + 1e-3) : z[i][j] + bias[j]);
    }
    return sum;
}

static double all_normalized(const double *bias) { return sum_of(bias, UNITS); }
static double none_normalized(const double *bias) { return sum_of(bias, 0); }
static double last_not_normalized(const double *bias) { return sum_of(bias, UNITS - 1); }
static double even(const double *bias) { return cos(bias[0]) + bias[1] * bias[1]; }

START_TEST(it_is_with_batch_normalization)
{
    expect_hint("The mean takes the bias out to the last bits only; allow for rounding.");
    expect_true(is_redundant(all_normalized, UNITS), "every unit is normalized, so the biases are redundant: your check says they are not");
}
END_TEST

START_TEST(it_is_not_without)
{
    expect_true(!is_redundant(none_normalized, UNITS), "no unit is normalized, so the biases count: your check says they are redundant");
}
END_TEST

START_TEST(one_unit_without_is_enough)
{
    expect_hint("Every bias must be tried.");
    expect_true(!is_redundant(last_not_normalized, UNITS), "the last unit is not normalized: your check says that its bias is redundant");
}
END_TEST

START_TEST(flat_at_zero_is_not_redundant)
{
    expect_hint("cos(b) has slope 0 at b = 0. Try larger steps.");
    expect_true(!is_redundant(even, 2), "cos(b1) + b2^2 depends on its biases: your check says that they are redundant");
}
END_TEST

EXERCISE_TESTS(it_is_with_batch_normalization, it_is_not_without, one_unit_without_is_enough, flat_at_zero_is_not_redundant)
