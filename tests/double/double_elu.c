/* Gradient checks of chapter 5's layers in double precision, and SELU's constants against their closed form. */
#include "dropout.h"
#include "elu.h"
#include "gradcheck.h"
#include "support.h"

static void check(gp_layer *layer, bool training)
{
    gp_matrix x;
    gp_random chance = gp_random_new(6), drops = gp_random_new(7);
    gp_pass pass = {training, &drops};
    ck_assert_ptr_nonnull(layer);
    ck_assert_int_eq(gp_matrix_new(&x, 7, layer->inputs, NULL), GP_OK);
    gp_random_fill_normal(&chance, &x, 0, 2);
    gp_gradcheck_report r = gp_gradcheck_layer(layer, &x, &pass, &chance);
    ck_assert_msg(r.worst <= 1e-7,
                  "%s: %s[%zu,%zu] is %.17g, measured %.17g (error %g)",
                  layer->type->name, r.where, r.row, r.col, r.analytic,
                  r.numeric, r.worst);
    ck_assert_uint_le(r.kinks, 2);
    gp_matrix_free(&x);
    gp_layer_free(layer);
}

START_TEST(elu)
{
    static const gp_activation_arguments a[] = {{1, 0}, {0.3, 0}, {2, 0}};
    check(gp_activation_new(&gp_elu, 23, a[_i], NULL), true);
}
END_TEST

START_TEST(selu)
{
    check(gp_activation_new(&gp_selu, 23, (gp_activation_arguments){0, 0},
                            NULL), true);
}
END_TEST

START_TEST(dropout)
{
    check(gp_dropout_new(23, 0.3, NULL), _i);
}
END_TEST

START_TEST(alpha_dropout)
{
    check(gp_alpha_dropout_new(23, 0.3, NULL), _i);
}
END_TEST

/* Klambauer et al. 2017, equation 14. */
START_TEST(constants)
{
    const double e1 = erfc(sqrt(0.5)) * exp(0.5);
    const double e2 = erfc(sqrt(2.0)) * exp(2.0);
    const double pi = 3.14159265358979323846;
    const double alpha = -sqrt(2 / pi) / (e1 - 1);
    const double scale = (1 - e1) * sqrt(2 * pi) /
                         sqrt(2 * e2 + pi * e1 * e1 - 2 * (2 + pi) * e1 + pi + 2);
    double a, l;
    ck_assert_int_eq(gp_selu_solve((gp_moments){0, 1}, &a, &l), GP_OK);
    gp_assert_near(a, alpha, 1e-15);
    gp_assert_near(l, scale, 1e-15);
    gp_assert_near(a, GP_SELU_ALPHA, 1e-15);
    gp_assert_near(l, GP_SELU_SCALE, 1e-15);
}
END_TEST

/* The moments against Simpson's rule on 20,000 intervals. */
START_TEST(moments)
{
    static const gp_moments at[] = {{0, 1},    {0.3, 0.7}, {-2, 4},
                                    {1.8, 18}, {5, 0.1},   {-3, 0.5}};
    const gp_moments z = at[_i];
    const double s = sqrt(z.variance);
    double one = 0, two = 0;
    const int n = 10000;
    for (int side = 0; side < 2; side++) { /* below 0 and above */
        double from = side ? 0 : fmin(0, z.mean - 12 * s);
        double to = side ? fmax(0, z.mean + 12 * s) : 0, h = (to - from) / n;
        for (int i = 0; i <= n; i++) {
            double x = from + i * h, t = (x - z.mean) / s;
            double f = GP_SELU_SCALE * (x > 0 ? x : GP_SELU_ALPHA * expm1(x));
            double w = (i == 0 || i == n ? 1 : i % 2 ? 4 : 2) * h / 3 *
                       exp(-t * t / 2) / (s * sqrt(2 * 3.14159265358979323846));
            one += w * f;
            two += w * f * f;
        }
    }
    gp_moments y = gp_selu_moments(z, GP_SELU_ALPHA, GP_SELU_SCALE);
    gp_assert_near(y.mean, one, 1e-10);
    gp_assert_near(y.variance, two - one * one, 1e-9);
}
END_TEST

/* Far out the closed form must neither overflow nor lose its way: SELU is then scale times a rectifier. */
START_TEST(moments_far_out)
{
    gp_moments y = gp_selu_moments((gp_moments){0, 1e8}, GP_SELU_ALPHA,
                                   GP_SELU_SCALE);
    double square = y.variance + y.mean * y.mean;
    gp_assert_near(square / 1e8 / (GP_SELU_SCALE * GP_SELU_SCALE / 2), 1, 1e-6);
    y = gp_selu_moments((gp_moments){-60, 1}, GP_SELU_ALPHA, GP_SELU_SCALE);
    gp_assert_near(y.mean, -GP_SELU_ALPHA * GP_SELU_SCALE, 1e-14);
}
END_TEST

START_TEST(another_fixed_point)
{
    double a, l;
    ck_assert_int_eq(gp_selu_solve((gp_moments){0, 2.5}, &a, &l), GP_OK);
    gp_moments y = gp_selu_moments((gp_moments){0, 2.5}, a, l);
    gp_assert_near(y.mean, 0, 1e-13);
    gp_assert_near(y.variance, 2.5, 1e-13);
    ck_assert_int_eq(gp_selu_solve((gp_moments){0, -1}, &a, &l), GP_FAILED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("elu, in double");
    TCase *t = tcase_create("gradients and constants");
    tcase_add_loop_test(t, elu, 0, 3);
    tcase_add_test(t, selu);
    tcase_add_loop_test(t, dropout, 0, 2);
    tcase_add_loop_test(t, alpha_dropout, 0, 2);
    tcase_add_test(t, constants);
    tcase_add_loop_test(t, moments, 0, 6);
    tcase_add_test(t, moments_far_out);
    tcase_add_test(t, another_fixed_point);
    suite_add_tcase(suite, t);
    return gp_run_suite(suite);
}
