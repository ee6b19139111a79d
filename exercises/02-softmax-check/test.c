#include "harness.h"

bool is_softmax(void (*softmax)(size_t n, const double *x, double *y));

static double largest(size_t n, const double *x)
{
    double m = x[0];
    for (size_t i = 1; i < n; i++)
        m = fmax(m, x[i]);
    return m;
}

static void right(size_t n, const double *x, double *y)
{
    double m = largest(n, x), sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += y[i] = exp(x[i] - m);
    for (size_t i = 0; i < n; i++)
        y[i] /= sum;
}

static void through_logarithms(size_t n, const double *x, double *y)
{
    double m = largest(n, x), sum = 0;
    for (size_t i = n; i-- > 0;)
        sum += exp(x[i] - m);
    for (size_t i = 0; i < n; i++)
        y[i] = exp(x[i] - m - log(sum));
}

static void each_by_itself(size_t n, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += exp(x[j] - x[i]);
        y[i] = 1 / sum;
    }
}

static void naive(size_t n, const double *x, double *y)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += y[i] = exp(x[i]);
    for (size_t i = 0; i < n; i++)
        y[i] /= sum;
}

static void shifted_up_only(size_t n, const double *x, double *y)
{
    double m = fmax(0, largest(n, x)), sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += y[i] = exp(x[i] - m);
    for (size_t i = 0; i < n; i++)
        y[i] /= sum;
}

static void base_two(size_t n, const double *x, double *y)
{
    double m = largest(n, x), sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += y[i] = exp2(x[i] - m);
    for (size_t i = 0; i < n; i++)
        y[i] /= sum;
}

static void softmin(size_t n, const double *x, double *y)
{
    double sum = 0, m = x[0];
    for (size_t i = 1; i < n; i++)
        m = fmin(m, x[i]);
    for (size_t i = 0; i < n; i++)
        sum += y[i] = exp(m - x[i]);
    for (size_t i = 0; i < n; i++)
        y[i] /= sum;
}

static void not_divided(size_t n, const double *x, double *y)
{
    double m = largest(n, x);
    for (size_t i = 0; i < n; i++)
        y[i] = exp(x[i] - m);
}

static void all_alike(size_t n, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = 1. / (double)n + 0 * x[i];
}

static void clamped(size_t n, const double *x, double *y)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += y[i] = exp(fmax(-700, fmin(700, x[i])));
    for (size_t i = 0; i < n; i++)
        y[i] /= sum;
}

START_TEST(correct_programs_are_accepted)
{
    expect_true(is_softmax(right), "your test rejects a correct softmax (largest input subtracted)");
    expect_hint("Two correct programs differ by rounding: compare to within 1e-9 or so, not with ==.");
    expect_true(is_softmax(through_logarithms), "your test rejects a correct softmax, exp(x - log(sum of exp))");
    expect_true(is_softmax(each_by_itself), "your test rejects a correct softmax, 1 / sum of exp(x_j - x_i)");
}
END_TEST

START_TEST(wrong_values_are_found)
{
    expect_hint("The outputs must sum to 1.");
    expect_true(!is_softmax(not_divided), "your test accepts exp(x - max), which is not divided by its sum");
    expect_hint("Outputs may sum to 1, and not change under a shift, and be wrong all the same: compare the ratio of two of them.");
    expect_true(!is_softmax(all_alike), "your test accepts a program that returns 1/n for every output");
    expect_true(!is_softmax(base_two), "your test accepts powers of 2 in place of powers of e");
    expect_true(!is_softmax(softmin), "your test accepts a softmax of -x");
}
END_TEST

START_TEST(overflow_and_underflow_are_found)
{
    expect_hint("exp(1000) is infinite, and infinity / infinity is NaN. Note that every comparison with NaN is false: write !(a <= b), not a > b.");
    expect_true(!is_softmax(naive), "your test accepts exp(x) / sum of exp(x), which gives NaN for large inputs");
    expect_hint("Shift the inputs in both directions. When every exp underflows to 0, the sum is 0.");
    expect_true(!is_softmax(shifted_up_only), "your test accepts a softmax that gives NaN if all inputs are near -1000");
    expect_hint(NULL);
    expect_true(!is_softmax(clamped), "your test accepts a softmax that cuts its inputs off at -700 and 700");
}
END_TEST

EXERCISE_TESTS(correct_programs_are_accepted, wrong_values_are_found, overflow_and_underflow_are_found)
