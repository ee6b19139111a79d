/* The checker is itself checked: right gradients pass, wrong ones do not, and kinks are passed over. */
#include "support.h"
#include "activation.h"
#include "dense.h"
#include "gradcheck.h"

static void smooth(size_t n, const gp_real *x, gp_real *y,
                   gp_activation_arguments a)
{
    (void)a;
    for (size_t j = 0; j < n; j++)
        y[j] = sin(x[j]) + x[j] * x[j];
}

/* the derivative, with a relative mistake of size alpha at x > 1 */
static void slope(size_t n, const gp_real *x, const gp_real *y, const gp_real *dy,
                  gp_real *dx, gp_activation_arguments a)
{
    (void)y;
    for (size_t j = 0; j < n; j++)
        dx[j] = dy[j] * (cos(x[j]) + 2 * x[j]) * (x[j] > 1 ? 1 + a.alpha : 1);
}

/* the derivative of somebody who took the upstream gradient as positive */
static void unsigned_slope(size_t n, const gp_real *x, const gp_real *y,
                           const gp_real *dy, gp_real *dx,
                           gp_activation_arguments a)
{
    (void)y;
    (void)a;
    for (size_t j = 0; j < n; j++)
        dx[j] = fabs(dy[j]) * (cos(x[j]) + 2 * x[j]);
}

static void rectifier(size_t n, const gp_real *x, gp_real *y,
                      gp_activation_arguments a)
{
    for (size_t j = 0; j < n; j++)
        y[j] = x[j] > 0 ? x[j] : a.alpha * x[j];
}

static void rectifier_slope(size_t n, const gp_real *x, const gp_real *y,
                            const gp_real *dy, gp_real *dx,
                            gp_activation_arguments a)
{
    (void)y;
    for (size_t j = 0; j < n; j++)
        dx[j] = dy[j] * (x[j] > 0 ? 1 : a.alpha);
}

static const gp_activation_type curve = {
    GP_ACTIVATION("curve"),
    smooth, slope};
static const gp_activation_type unsigned_curve = {
    GP_ACTIVATION("curve"),
    smooth, unsigned_slope};
static const gp_activation_type bent = {
    GP_ACTIVATION("bent"),
    rectifier, rectifier_slope};

static gp_gradcheck_report check(const gp_activation_type *type, gp_real alpha,
                                 double shift)
{
    const gp_pass pass = {true, NULL};
    gp_random r = gp_random_new(9);
    gp_layer *layer =
        gp_activation_new(type, 8, (gp_activation_arguments){alpha, 0}, NULL);
    gp_matrix x;
    gp_matrix_new(&x, 5, 8, NULL);
    gp_random_fill_normal(&r, &x, 0, 2);
    gp_row(&x, 2)[3] = shift;
    gp_gradcheck_report report = gp_gradcheck_layer(layer, &x, &pass, &r);
    gp_layer_free(layer);
    gp_matrix_free(&x);
    return report;
}

/* A dense layer whose kernel gradient forgets the last sample. */
static void backward_forgetful(gp_layer *layer, const gp_matrix *x,
                               const gp_matrix *y, const gp_matrix *dy,
                               gp_matrix *dx)
{
    gp_matrix some_x = gp_matrix_rows(x, 0, x->rows - 1);
    gp_matrix some_dy = gp_matrix_rows(dy, 0, dy->rows - 1);
    (void)y;
    gp_matrix_multiply(&layer->parameter[0].gradient, 0, 1, &some_x, true,
                       &some_dy, false);
    gp_matrix_multiply(dx, 0, 1, dy, false, &layer->parameter[0].value, true);
}

static gp_gradcheck_report check_forgetful(void)
{
    const gp_pass pass = {true, NULL};
    gp_random r = gp_random_new(9);
    gp_layer *layer = gp_dense_new(3, 2, false, NULL);
    gp_layer_type wrong = *layer->type;
    gp_matrix x;
    wrong.backward = backward_forgetful;
    layer->type = &wrong;
    gp_matrix_new(&x, 4, 3, NULL);
    gp_random_fill_normal(&r, &x, 0, 1);
    gp_random_fill_normal(&r, &layer->parameter[0].value, 0, 1);
    gp_gradcheck_report report = gp_gradcheck_layer(layer, &x, &pass, &r);
    gp_matrix_free(&x);
    gp_layer_free(layer);
    return report;
}

START_TEST(a_right_gradient_passes)
{
    gp_gradcheck_report report = check(&curve, 0, 0.3);
    ck_assert_double_le(report.worst, 1e-9);
    ck_assert_uint_eq(report.checked, 40);
    ck_assert_uint_eq(report.kinks, 0);
    ck_assert_msg(report.ok && report.faint == 0, "%s", report.message);
    gp_assert_near(report.tolerance, 1e-7, 0);
}
END_TEST

START_TEST(claim_planted_mistakes_are_found)
{
    const gp_real alpha[] = {-2, 1e-6, -1e-6, 1, (gp_real)NAN};
    for (size_t k = 0; k < sizeof alpha / sizeof *alpha; k++) {
        gp_gradcheck_report report = check(&curve, alpha[k], 0.3);
        ck_assert_double_gt(report.worst, 0.9e-6);
        ck_assert_uint_eq(report.checked, 40);
        ck_assert(!report.ok && report.message[0]);
    }
    ck_assert_double_gt(check(&unsigned_curve, 0, 0.3).worst, 1);
    ck_assert_double_gt(check_forgetful().worst, 0.01);
    ck_assert_str_eq(check_forgetful().where, "kernel");
}
END_TEST

START_TEST(a_factor_is_found)
{
    gp_gradcheck_report report = check(&curve, 1e-6, 0.3);
    ck_assert_double_gt(report.worst, 0.9e-6);
    ck_assert_double_lt(report.worst, 1.1e-6);
    ck_assert_str_eq(report.where, "input");
    ck_assert_uint_eq(report.checked, 40);
}
END_TEST

START_TEST(a_sign_slip_is_found)
{
    gp_gradcheck_report report = check(&curve, -2, 0.3);
    gp_assert_near(report.worst, 2, 1e-6);
    gp_assert_near(report.analytic, -report.numeric, 1e-6);
}
END_TEST

START_TEST(a_gradient_that_is_nan_is_found)
{
    gp_gradcheck_report report = check(&curve, (gp_real)NAN, 0.3);
    ck_assert(!(report.worst <= 1e-7));
    ck_assert(isnan(report.analytic));
}
END_TEST

/* A kink at, near and away from the sample: it is passed over, alone. */
START_TEST(claim_kinks_are_passed_over_and_nothing_else)
{
    const double at[] = {0,    1e-12, -1e-9, 1e-6,   3.3e-5, 6.67e-5, -5e-5,
                         9e-5, 1e-4,  -1e-4, 1.5e-4, 2.4e-4, 2.5e-4,  -1e-3};
    for (size_t k = 0; k < sizeof at / sizeof at[0]; k++)
        for (int slope = 0; slope < 3; slope++) {
            const gp_real alpha[] = {0, 0.01, 0.9};
            gp_gradcheck_report report = check(&bent, alpha[slope], at[k]);
            ck_assert_msg(report.worst <= 1e-7,
                          "kink at %g with slope %g passes by %g", at[k],
                          alpha[slope], report.worst);
            ck_assert_uint_eq(report.kinks, fabs(at[k]) < 0x1p-12);
            ck_assert_uint_eq(report.kinks + report.checked, 40);
        }
}
END_TEST

START_TEST(the_check_leaves_things_as_they_were)
{
    const gp_pass pass = {true, NULL};
    gp_random r = gp_random_new(10);
    gp_layer *layer = gp_dense_new(3, 2, true, NULL);
    gp_matrix x, copy, kernel;
    gp_matrix_new(&x, 4, 3, NULL);
    gp_matrix_new(&copy, 4, 3, NULL);
    gp_matrix_new(&kernel, 3, 2, NULL);
    gp_random_fill_normal(&r, &x, 0, 1);
    gp_random_fill_normal(&r, &layer->parameter[0].value, 0, 1);
    gp_matrix_copy(&copy, &x);
    gp_matrix_copy(&kernel, &layer->parameter[0].value);
    gp_gradcheck_layer(layer, &x, &pass, &r);
    ck_assert_mem_eq(x.at, copy.at, 4 * x.stride * sizeof(gp_real));
    ck_assert_mem_eq(kernel.at, layer->parameter[0].value.at,
                     3 * kernel.stride * sizeof(gp_real));
    gp_matrix_free(&x);
    gp_matrix_free(&copy);
    gp_matrix_free(&kernel);
    gp_layer_free(layer);
}
END_TEST

/* A layer that draws: every forward pass must see the same draws. */
static void noise_forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y,
                          const gp_pass *pass)
{
    (void)layer;
    for (size_t j = 0; j < x->cols; j++)
        y->at[j] = x->at[j] * gp_random_uniform(pass->random);
}

static void noise_backward(gp_layer *layer, const gp_matrix *x,
                           const gp_matrix *y, const gp_matrix *dy,
                           gp_matrix *dx)
{
    (void)layer;
    for (size_t j = 0; j < x->cols; j++)
        dx->at[j] = dy->at[j] * y->at[j] / x->at[j];
}

START_TEST(layers_that_draw_are_checked_on_the_same_draws)
{
    const gp_layer_type noise = {"noise", noise_forward, noise_backward, NULL,
                                 NULL};
    gp_random own = gp_random_new(1), r = gp_random_new(2), before = own;
    const gp_pass pass = {true, &own};
    gp_layer *layer = gp_layer_new(&noise, sizeof *layer, 6, 6, NULL);
    gp_matrix x;
    gp_matrix_new(&x, 1, 6, NULL);
    gp_random_fill_uniform(&r, &x, 1, 2);
    ck_assert_double_le(gp_gradcheck_layer(layer, &x, &pass, &r).worst, 1e-9);
    ck_assert_mem_eq(&own, &before, sizeof own);
    gp_matrix_free(&x);
    gp_layer_free(layer);
}
END_TEST

static double cube(void *context)
{
    const gp_matrix *x = context;
    return x->at[0] * x->at[0] * x->at[0] + 5 * x->at[1];
}

START_TEST(functions_are_checked)
{
    gp_matrix x, dx;
    gp_matrix_new(&x, 1, 2, NULL);
    gp_matrix_new(&dx, 1, 2, NULL);
    x.at[0] = 2;
    dx.at[0] = 12;
    dx.at[1] = 5;
    ck_assert_double_le(gp_gradcheck_function(cube, &x, &x, &dx).worst, 1e-9);
    dx.at[1] = 5.001;
    gp_gradcheck_report report = gp_gradcheck_function(cube, &x, &x, &dx);
    gp_assert_near(report.worst, 0.001 / 5.001, 1e-9);
    ck_assert_uint_eq(report.col, 1);
    gp_matrix_free(&x);
    gp_matrix_free(&dx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gradient checker");
    TCase *tests = tcase_create("gradient checker");
    tcase_add_test(tests, a_right_gradient_passes);
    tcase_add_test(tests, claim_planted_mistakes_are_found);
    tcase_add_test(tests, a_factor_is_found);
    tcase_add_test(tests, a_sign_slip_is_found);
    tcase_add_test(tests, a_gradient_that_is_nan_is_found);
    tcase_add_test(tests, claim_kinks_are_passed_over_and_nothing_else);
    tcase_add_test(tests, the_check_leaves_things_as_they_were);
    tcase_add_test(tests, layers_that_draw_are_checked_on_the_same_draws);
    tcase_add_test(tests, functions_are_checked);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
