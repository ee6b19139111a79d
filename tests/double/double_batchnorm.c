#include "batchnorm.h"
#include "dense.h"
#include "gradcheck.h"
#include "support.h"

static gp_layer *random_layer(size_t width, double epsilon, gp_random *r)
{
    gp_layer *layer = gp_batchnorm_new(width, 0.9, epsilon, NULL);
    for (size_t k = 0; k < layer->parameters; k++)
        gp_random_fill_uniform(r, &layer->parameter[k].value, 0.5, 2);
    return layer;
}

static void check(gp_layer *layer, gp_matrix *x, bool training, gp_random *r)
{
    const gp_pass pass = {training, NULL};
    gp_gradcheck_report report = gp_gradcheck_layer(layer, x, &pass, r);
    ck_assert_msg(report.worst <= 1e-7, "%s[%zu, %zu] is %g, numerically %g",
                  report.where, report.row, report.col, report.analytic,
                  report.numeric);
    ck_assert_uint_eq(report.checked, x->rows * x->cols + 2 * x->cols);
    ck_assert_uint_eq(report.kinks, 0);
}

static const struct {
    size_t rows, cols;
    double mean, deviation, epsilon;
} shape[] = {{2, 3, 0, 1, 1e-3},    {5, 1, 1, 2, 1e-5},
             {9, 7, -3, 0.5, 1e-3}, {16, 70, 0, 3, 1e-5},
             {33, 2, 20, 1, 1e-3},  {4, 130, 0, 0.05, 1e-2}};
enum { SHAPES = sizeof shape / sizeof *shape };

/* Every entry of dX, dgamma and dbeta, through the batch statistics and with given ones. */
START_TEST(gradients_are_right)
{
    gp_random r = gp_random_new((uint64_t)_i);
    gp_layer *layer =
        random_layer(shape[_i / 2].cols, shape[_i / 2].epsilon, &r);
    gp_matrix x;
    gp_matrix_new(&x, shape[_i / 2].rows, shape[_i / 2].cols, NULL);
    gp_random_fill_normal(&r, &x, shape[_i / 2].mean,
                          shape[_i / 2].deviation);
    check(layer, &x, _i % 2, &r);
    gp_matrix_free(&x);
    gp_layer_free(layer);
}
END_TEST

/* With a column that never changes the input has no say: the gradient is gamma/sqrt(epsilon) times what is left of g. */
START_TEST(a_constant_column_has_a_finite_gradient)
{
    gp_random r = gp_random_new(9);
    gp_layer *layer = random_layer(2, 0.5, &r);
    gp_matrix x;
    gp_matrix_new(&x, 6, 2, NULL);
    gp_random_fill_normal(&r, &x, 0, 1);
    for (size_t i = 0; i < 6; i++)
        gp_row(&x, i)[1] = 4;
    check(layer, &x, true, &r);
    gp_matrix_free(&x);
    gp_layer_free(layer);
}
END_TEST

typedef struct {
    gp_layer *dense, *norm;
    gp_matrix *x, z, y, weight;
} stack;

static double weighted_sum(void *context)
{
    stack *s = context;
    const gp_pass pass = {true, NULL};
    double sum = 0;
    gp_layer_forward(s->dense, s->x, &s->z, &pass);
    gp_layer_forward(s->norm, &s->z, &s->y, &pass);
    for (size_t i = 0; i < s->y.rows; i++)
        for (size_t j = 0; j < s->y.cols; j++)
            sum += gp_row(&s->y, i)[j] * gp_row(&s->weight, i)[j];
    return sum;
}

/* dense -> batchnorm as one function of the input and of the kernel. */
START_TEST(a_stack_has_the_right_gradients)
{
    gp_random r = gp_random_new(3);
    gp_matrix x, dz, dx;
    stack s;
    s.dense = gp_dense_new(4, 3, true, NULL);
    s.norm = random_layer(3, 1e-3, &r);
    s.x = &x;
    gp_matrix_new(&x, 8, 4, NULL);
    gp_matrix_new(&dx, 8, 4, NULL);
    gp_matrix_new(&s.z, 8, 3, NULL);
    gp_matrix_new(&dz, 8, 3, NULL);
    gp_matrix_new(&s.y, 8, 3, NULL);
    gp_matrix_new(&s.weight, 8, 3, NULL);
    gp_random_fill_normal(&r, &x, 0, 1);
    gp_random_fill_normal(&r, &s.weight, 0, 1);
    gp_random_fill_normal(&r, &s.dense->parameter[0].value, 0, 1);
    weighted_sum(&s);
    gp_layer_backward(s.norm, &s.z, &s.y, &s.weight, &dz);
    gp_layer_backward(s.dense, &x, &s.z, &dz, &dx);
    gp_gradcheck_report report =
        gp_gradcheck_function(weighted_sum, &s, &x, &dx);
    ck_assert_double_le(report.worst, 1e-7);
    report = gp_gradcheck_function(weighted_sum, &s,
                                   &s.dense->parameter[0].value,
                                   &s.dense->parameter[0].gradient);
    ck_assert_double_le(report.worst, 1e-7);
    report = gp_gradcheck_function(weighted_sum, &s,
                                   &s.norm->parameter[0].value,
                                   &s.norm->parameter[0].gradient);
    ck_assert_double_le(report.worst, 1e-7);
    gp_matrix *all[] = {&x, &dx, &s.z, &dz, &s.y, &s.weight};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        gp_matrix_free(all[i]);
    gp_layer_free(s.dense);
    gp_layer_free(s.norm);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("batchnorm in double");
    TCase *tests = tcase_create("gradients");
    tcase_add_loop_test(tests, gradients_are_right, 0, 2 * SHAPES);
    tcase_add_test(tests, a_constant_column_has_a_finite_gradient);
    tcase_add_test(tests, a_stack_has_the_right_gradients);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
