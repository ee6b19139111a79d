#include "harness.h"

bool is_logistic_slope(double (*slope)(double z));

static double sigma(double z)
{
    return 1 / (1 + exp(-z));
}

static double by_output(double z)
{
    return sigma(z) * (1 - sigma(z));
}

static double both_sides(double z)
{
    return sigma(z) * sigma(-z);
}

static double by_cosh(double z)
{
    return 1 / (2 + 2 * cosh(z));
}

static double by_one_exponential(double z)
{
    double e = exp(-fabs(z));
    return e / ((1 + e) * (1 + e));
}

static double overflowing(double z)
{
    double e = exp(-z);
    return e / ((1 + e) * (1 + e));
}

static double tanh_slope(double z)
{
    return 1 - tanh(z) * tanh(z);
}

static double hard(double z)
{
    return fabs(z) < 2 ? 0.25 : 0;
}

static double negative(double z)
{
    return sigma(z) * (sigma(z) - 1);
}

static double below_zero_far_out(double z)
{
    return fabs(z) < 3 ? by_cosh(z) : -by_cosh(z);
}

static double shifted(double z)
{
    return by_cosh(z - 0.5);
}

static double half_height(double z)
{
    return by_cosh(z) / 2;
}

static double waves(double z)
{
    double s = sin(4 * atan(1) * z);
    return by_cosh(z) * (1 + 0.9 * s * s);
}

static double lopsided(double z)
{
    return z < 0 ? by_cosh(2 * z) : by_cosh(z);
}

START_TEST(correct_programs_are_accepted)
{
    expect_true(is_logistic_slope(by_cosh), "your test rejects a correct slope, 1 / (2 + 2 cosh z)");
    expect_true(is_logistic_slope(by_one_exponential), "your test rejects a correct slope, e / (1 + e)^2 with e = exp(-|z|)");
    expect_hint("The output rounds to 1 for large z, and this product to 0: to fall strictly is asked for up to 20 only, and evenness to within 1e-12 or so.");
    expect_true(is_logistic_slope(by_output), "your test rejects a correct slope, y (1 - y)");
    expect_true(is_logistic_slope(both_sides), "your test rejects a correct slope, sigma(z) sigma(-z)");
}
END_TEST

START_TEST(a_wrong_height_is_found)
{
    expect_true(!is_logistic_slope(tanh_slope), "your test accepts the slope of tanh, which is 1 at 0");
    expect_true(!is_logistic_slope(half_height), "your test accepts a slope which is 1/8 at 0");
}
END_TEST

START_TEST(a_wrong_shape_is_found)
{
    expect_true(!is_logistic_slope(hard), "your test accepts the hard sigmoid's slope, which is 1/4 from -2 to 2 and then 0");
    expect_true(!is_logistic_slope(shifted), "your test accepts a slope whose top is at 0.5");
    expect_true(!is_logistic_slope(lopsided), "your test accepts a slope that falls twice as fast on the left: it is not even");
    expect_hint("Right at all integers, and above 1/4 near 0.3. Choose points that lie closer, such as steps of 0.1.");
    expect_true(!is_logistic_slope(waves), "your test accepts a slope with waves between the integers");
}
END_TEST

START_TEST(a_wrong_sign_is_found)
{
    expect_true(!is_logistic_slope(negative), "your test accepts a negative slope, y (y - 1)");
    expect_true(!is_logistic_slope(below_zero_far_out), "your test accepts a slope that is negative for |z| > 3");
}
END_TEST

START_TEST(overflow_is_found)
{
    expect_hint("exp(800) is infinite, and the quotient NaN. Go out to -800; and write !(a <= b), not a > b, since every comparison with NaN is false.");
    expect_true(!is_logistic_slope(overflowing), "your test accepts exp(-z) / (1 + exp(-z))^2, which is NaN at -800");
}
END_TEST

EXERCISE_TESTS(correct_programs_are_accepted, a_wrong_height_is_found, a_wrong_shape_is_found, a_wrong_sign_is_found, overflow_is_found)
