/* Chapter 5's activations in float: edges, and the gradient that must not become zero. */
#include "elu.h"
#include "support.h"
#include <float.h>

static const gp_activation_arguments one = {1, 0};

START_TEST(values)
{
    float x[] = {-INFINITY, -100, -1, -1e-8f, 0, 1, 1e30f, INFINITY}, y[8];
    gp_elu.f(8, x, y, (gp_activation_arguments){0.5f, 0});
    ck_assert(y[0] == -0.5f && y[1] == -0.5f && y[4] == 0 && y[5] == 1);
    ck_assert(y[6] == 1e30f && y[7] == INFINITY);
    gp_assert_near(y[2], 0.5 * expm1(-1), 1e-7);
    ck_assert_msg(fabsf(y[3] / -0.5e-8f - 1) < 1e-6f, "elu(-1e-8) is %g", y[3]);
    gp_selu.f(8, x, y, one);
    gp_assert_near(y[0], -1.7580993408473766, 1e-7);
    gp_assert_near(y[5], 1.0507009873554805, 1e-7);
}
END_TEST

START_TEST(nan_is_not_hidden)
{
    float x[19], y[19];
    for (int i = 0; i < 19; i++)
        x[i] = NAN;
    gp_elu.f(19, x, y, one);
    for (int i = 0; i < 19; i++)
        ck_assert(isnan(y[i]));
    gp_selu.f(19, x, y, one);
    for (int i = 0; i < 19; i++)
        ck_assert(isnan(y[i]));
}
END_TEST

/* alpha exp(z) is positive down to where float ends, and right to a few units in the last place. */
START_TEST(gradient_reaches_far)
{
    float x[870], y[870], dy[870], dx[870];
    for (int i = 0; i < 870; i++) {
        x[i] = -(float)i / 10;
        dy[i] = 1;
    }
    gp_elu.f(870, x, y, one);
    gp_elu.df(870, x, y, dy, dx, one);
    for (int i = 0; i < 870; i++)
        ck_assert_msg(fabs(dx[i] / exp((double)x[i]) - 1) < 1e-6,
                      "elu'(%g) is %g, not %g", x[i], dx[i], exp((double)x[i]));
}
END_TEST

START_TEST(kink_takes_the_left_side)
{
    const float x[] = {0, -0.0f}, dy[] = {1, 1};
    float y[2] = {0}, dx[2];
    gp_elu.df(2, x, y, dy, dx, (gp_activation_arguments){0.25f, 0});
    ck_assert(dx[0] == 0.25f && dx[1] == 0.25f);
    gp_selu.df(2, x, y, dy, dx, one);
    gp_assert_near(dx[0], 1.7580993408473766, 1e-7);
    gp_assert_near(dx[1], 1.7580993408473766, 1e-7);
}
END_TEST

START_TEST(vector_and_scalar_agree)
{
    float x[301], y[301], alone;
    for (int i = 0; i < 301; i++)
        x[i] = (float)(i - 150) / 10;
    gp_elu.f(301, x, y, one);
    for (int i = 0; i < 301; i++) {
        gp_elu.f(1, x + i, &alone, one);
        ck_assert(fabsf(y[i] - alone) <= 5e-7f * fabsf(alone));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("elu");
    TCase *t = tcase_create("kernels");
    tcase_add_test(t, values);
    tcase_add_test(t, nan_is_not_hidden);
    tcase_add_test(t, gradient_reaches_far);
    tcase_add_test(t, kink_takes_the_left_side);
    tcase_add_test(t, vector_and_scalar_agree);
    suite_add_tcase(suite, t);
    return gp_run_suite(suite);
}
