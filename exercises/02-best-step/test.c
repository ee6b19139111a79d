#include "harness.h"

double best_step(double epsilon);
double power_of_error(void);

enum { POINTS = 300 };

static double float_error(double h)
{
    double sum = 0;
    for (int i = 0; i < POINTS; i++) {
        double x = 0.5 + 0.6 * i / POINTS;
        float up = (float)(x + h), down = (float)(x - h);
        double step = (double)(up - down);
        sum += step == 0 ? 1 : fabs((double)(sinf(up) - sinf(down)) / step - cos((up + (double)down) / 2));
    }
    return sum / POINTS;
}

static double double_error(double h)
{
    double sum = 0;
    for (int i = 0; i < POINTS; i++) {
        double x = 0.5 + 0.6 * i / POINTS, up = x + h, down = x - h;
        sum += up == down ? 1 : fabs((sin(up) - sin(down)) / (up - down) - cos(x));
    }
    return sum / POINTS;
}

static double least(double (*error)(double), double *best)
{
    double min = 1;
    for (int k = 4; k < 200; k++) {
        double h = exp2(-k / 4.), e = error(h);
        if (e < min) {
            min = e;
            *best = h;
        }
    }
    return min;
}

static void expect_good(const char *type, double epsilon, double (*error)(double))
{
    double best = 0, min = least(error, &best), h = best_step(epsilon);
    expect_true(isfinite(h) && h > 0, "best_step(%g): expected a positive number, your code gives %g", epsilon, h);
    double e = error(h);
    expect_hint(h < best ? "Your step is too small: the rounding of the two values, divided by the step, is most of the error."
                         : "Your step is too large: the term in h^2 of the Taylor series is most of the error.");
    expect_true(e <= 4 * min, "in %s: expected an error of at most %.2g (four times the least one, which the step %.2g has), your step %.2g has %.2g",
                type, 4 * min, best, h, e);
}

START_TEST(double_precision)
{
    expect_good("double", exp2(-53), double_error);
}
END_TEST

START_TEST(single_precision)
{
    expect_good("float", exp2(-24), float_error);
}
END_TEST

START_TEST(the_power_of_the_error)
{
    double h, d = least(double_error, &h), f = least(float_error, &h), measured = log(d / f) / log(exp2(-53) / exp2(-24));
    expect_hint("At the best step h is about epsilon^(1/3), and both errors are about h^2. (In C, 2 / 3 is 0.)");
    expect_near(power_of_error(), measured, 0.06, "p, measured between float (least error %.1e) and double (%.1e)", f, d);
}
END_TEST

EXERCISE_TESTS(double_precision, single_precision, the_power_of_the_error)
