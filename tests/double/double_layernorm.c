#include "gradcheck.h"
#include "layernorm.h"
#include "support.h"

static const struct {
    size_t rows, cols;
    double mean, deviation, epsilon;
} shape[] = {{1, 2, 0, 1, 1e-3},    {1, 5, 1, 2, 1e-5},    {5, 3, -1, 1, 1e-2},    {9, 7, -3, 0.5, 1e-3},
             {3, 70, 0, 3, 1e-5},   {4, 130, 0, 0.05, 1e-2}, {6, 11, 50, 3, 1e-5}, {2, 257, 20, 1, 1e-3}};
enum { SHAPES = sizeof shape / sizeof *shape };

static gp_layer *random_layer(bool centered, size_t width, double epsilon, gp_random *r)
{
    gp_layer *layer = centered ? gp_layernorm_new(width, epsilon, NULL) : gp_rmsnorm_new(width, epsilon, NULL);
    for (size_t k = 0; k < layer->parameters; k++)
        gp_random_fill_uniform(r, &layer->parameter[k].value, 0.5, 2);
    return layer;
}

static void check(gp_layer *layer, gp_matrix *x, gp_random *r)
{
    const gp_pass pass = {true, NULL};
    gp_gradcheck_report report = gp_gradcheck_layer(layer, x, &pass, r);
    ck_assert_msg(report.worst <= 1e-7, "%s[%zu, %zu] is %g, numerically %g (%g)", report.where, report.row, report.col,
                  report.analytic, report.numeric, report.worst);
    ck_assert_uint_eq(report.checked, x->rows * x->cols + layer->parameters * x->cols);
    ck_assert_uint_eq(report.kinks, 0);
}

/* Every entry of dX, dgamma and dbeta; even numbers are RMS normalization, odd ones layer normalization. */
START_TEST(gradients_are_right)
{
    gp_random r = gp_random_new((uint64_t)_i);
    gp_layer *layer = random_layer(_i % 2, shape[_i / 2].cols, shape[_i / 2].epsilon, &r);
    gp_matrix x;
    gp_matrix_new(&x, shape[_i / 2].rows, shape[_i / 2].cols, NULL);
    gp_random_fill_normal(&r, &x, shape[_i / 2].mean, shape[_i / 2].deviation);
    check(layer, &x, &r);
    gp_matrix_free(&x);
    gp_layer_free(layer);
}
END_TEST

/* A constant row and a row of zeros: epsilon alone makes the scale. */
START_TEST(gradients_of_constant_rows_are_right)
{
    gp_random r = gp_random_new(9);
    gp_layer *layer = random_layer(_i, 4, 0.5, &r);
    gp_matrix x;
    gp_matrix_new(&x, 3, 4, NULL);
    gp_random_fill_normal(&r, &x, 0, 1);
    for (size_t j = 0; j < 4; j++) {
        gp_row(&x, 1)[j] = 4;
        gp_row(&x, 2)[j] = 0;
    }
    check(layer, &x, &r);
    gp_matrix_free(&x);
    gp_layer_free(layer);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("layernorm in double");
    TCase *tests = tcase_create("gradients");
    tcase_add_loop_test(tests, gradients_are_right, 0, 2 * SHAPES);
    tcase_add_loop_test(tests, gradients_of_constant_rows_are_right, 0, 2);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
