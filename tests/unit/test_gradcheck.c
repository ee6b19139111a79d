/* The gradient checker in single precision, as a user of the installed float library has it: a right gradient is ok, a wrong one is
   not, rounding is no kink, and a check that could not see says so. tests/double has the sharper half. */
#include "batchnorm.h"
#include "dense.h"
#include "elu.h"
#include "gradcheck.h"
#include "loss.h"
#include "rectifier.h"
#include "sigmoid.h"
#include "smooth.h"
#include "support.h"

enum { ROWS = 5, COLS = 6 };
static const gp_pass training = {true, NULL};

static gp_matrix normal(size_t rows, size_t cols, double deviation, uint64_t seed)
{
    gp_random r = gp_random_new(seed);
    gp_matrix m;
    ck_assert_int_eq(gp_matrix_new(&m, rows, cols, NULL), GP_OK);
    gp_random_fill_normal(&r, &m, 0, deviation);
    return m;
}

static gp_gradcheck_report check(gp_layer *layer, double deviation, uint64_t seed)
{
    gp_random r = gp_random_new(seed + 100);
    gp_matrix x = normal(ROWS, layer->inputs, deviation, seed);
    for (size_t k = 0; k < layer->parameters; k++)
        if (strcmp(layer->parameter[k].name, "kernel") == 0)
            gp_random_fill_normal(&r, &layer->parameter[k].value, 0, 0.5);
    gp_gradcheck_report report = gp_gradcheck_layer(layer, &x, &training, &r);
    gp_matrix_free(&x);
    gp_layer_free(layer);
    return report;
}

static gp_layer *right(int k)
{
    static const gp_activation_arguments one = {1, 0}, none = {0, 0}, leak = {0.1f, 0};
    switch (k) {
    case 0: return gp_dense_new(COLS, 4, true, NULL);
    case 1: return gp_activation_new(&gp_tanh, COLS, none, NULL);
    case 2: return gp_activation_new(&gp_sigmoid, COLS, none, NULL);
    case 3: return gp_activation_new(&gp_relu, COLS, none, NULL);
    case 4: return gp_activation_new(&gp_leaky_relu, COLS, leak, NULL);
    case 5: return gp_activation_new(&gp_gelu, COLS, none, NULL);
    case 6: return gp_activation_new(&gp_elu, COLS, one, NULL);
    case 7: return gp_activation_new(&gp_mish, COLS, none, NULL);
    case 8: return gp_batchnorm_new(COLS, 0.9, 1e-3, NULL);
    default: return gp_dense_new(200, 20, true, NULL);
    }
}

START_TEST(right_gradients_are_ok)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        gp_gradcheck_report r = check(right(_i), 1, seed);
        ck_assert_msg(r.ok, "layer %d, seed %d: %s", _i, (int)seed, r.message);
        ck_assert_str_eq(r.message, "");
        ck_assert_double_le(r.worst, r.tolerance);
        ck_assert_msg(r.kinks <= (_i == 3 || _i == 4 ? 2 : 0), "layer %d, seed %d: rounding is taken for %zu kinks", _i, (int)seed, r.kinks);
    }
}
END_TEST

/* The derivative of tanh, times alpha; beta picks the element that is wrong, or all with -1. */
static void slope(size_t n, const gp_real *x, const gp_real *y, const gp_real *dy, gp_real *dx, gp_activation_arguments a)
{
    (void)x;
    for (size_t i = 0; i < n; i++)
        dx[i] = dy[i] * (1 - y[i] * y[i]) * (a.beta < 0 || (size_t)a.beta == i ? a.alpha : 1);
}

static gp_gradcheck_report check_wrong(gp_real factor, gp_real which, double deviation)
{
    gp_activation_type wrong = gp_tanh;
    wrong.df = slope;
    return check(gp_activation_new(&wrong, COLS, (gp_activation_arguments){factor, which}, NULL), deviation, 3);
}

START_TEST(a_factor_of_two_everywhere_is_found_everywhere)
{
    static const double deviation[] = {1, 0.1, 1e-3};
    gp_gradcheck_report r = check_wrong(2, -1, deviation[_i]);
    ck_assert_uint_eq(r.checked, ROWS * COLS);
    ck_assert_uint_eq(r.kinks, 0);
    ck_assert(!r.ok);
    gp_assert_near(r.worst, 0.5, 0.05);
    gp_assert_near(r.analytic / r.numeric, 2, 0.1);
    ck_assert_msg(strstr(r.message, "input[") == r.message, "the message is \"%s\"", r.message);
}
END_TEST

START_TEST(one_wrong_column_is_found)
{
    static const gp_real factor[] = {0.5f, -1, 0, 1.1f, (gp_real)NAN, (gp_real)INFINITY};
    gp_gradcheck_report r = check_wrong(factor[_i], 4, 0.5);
    ck_assert(!r.ok);
    ck_assert_uint_eq(r.col, 4);
    ck_assert(!(r.worst <= r.tolerance));
}
END_TEST

/* A scaled loss: gradients far below 1 are found wrong as well. */
typedef struct {
    gp_matrix x, dx;
    gp_label labels[ROWS];
    double scale;
} task;

static double scaled_loss(void *context)
{
    task *t = context;
    const gp_cross_entropy_options o = {.labels = t->labels};
    return t->scale * gp_softmax_cross_entropy(&t->x, &o, NULL, NULL);
}

static gp_gradcheck_report check_loss(double scale, gp_real factor)
{
    task t = {.x = normal(ROWS, COLS, 1, 7), .dx = normal(ROWS, COLS, 1, 8), .labels = {0, 1, 2, 3, 5}, .scale = scale};
    const gp_cross_entropy_options o = {.labels = t.labels};
    gp_softmax_cross_entropy(&t.x, &o, NULL, &t.dx);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < COLS; j++)
            gp_row(&t.dx, i)[j] *= (gp_real)scale * factor;
    gp_gradcheck_report r = gp_gradcheck_function(scaled_loss, &t, &t.x, &t.dx);
    gp_matrix_free(&t.x);
    gp_matrix_free(&t.dx);
    return r;
}

START_TEST(the_scale_of_a_loss_does_not_matter)
{
    static const double scale[] = {1, 1e-3, 1e-6, 1e4};
    gp_gradcheck_report good = check_loss(scale[_i], 1), twice = check_loss(scale[_i], 2), half = check_loss(scale[_i], 0.5f);
    ck_assert_msg(good.ok, "%s (worst %g, faint %zu)", good.message, good.worst, good.faint);
    ck_assert_uint_eq(good.kinks, 0);
    ck_assert(!twice.ok && twice.worst > 0.3);
    ck_assert(!half.ok && half.worst > 0.3);
}
END_TEST

/* All at the corner: nothing can be compared, and that is no success. */
START_TEST(a_check_that_sees_only_corners_is_not_ok)
{
    gp_layer *layer = gp_activation_new(&gp_relu, COLS, (gp_activation_arguments){0, 0}, NULL);
    gp_random r = gp_random_new(1);
    gp_matrix x = normal(ROWS, COLS, 1e-4, 1);
    gp_gradcheck_report report = gp_gradcheck_layer(layer, &x, &training, &r);
    ck_assert_uint_eq(report.kinks, ROWS * COLS);
    ck_assert(!report.ok);
    ck_assert_msg(strstr(report.message, "only 0 of 30") != NULL && strstr(report.message, "30 are at corners") != NULL,
                  "the message is \"%s\"", report.message);
    gp_matrix_free(&x);
    gp_layer_free(layer);
}
END_TEST

/* Of two units one is at its corner: half is enough, less is not. */
static double with_corners(void *context)
{
    const gp_matrix *x = context;
    gp_real sum = 2 * x->at[0] + x->at[1];
    for (size_t j = 2; j < x->cols; j++)
        sum += x->at[j] > 0 ? x->at[j] : 0;
    return (double)sum;
}

START_TEST(half_of_the_derivatives_is_enough)
{
    for (size_t cols = 4; cols < 6; cols++) { /* two or three corners beside two straight lines */
        gp_matrix x = normal(1, cols, 0, 1), dx = normal(1, cols, 0, 1);
        for (size_t j = 0; j < cols; j++)
            dx.at[j] = j == 0 ? 2 : j == 1 ? 1 : 0;
        gp_gradcheck_report report = gp_gradcheck_function(with_corners, &x, &x, &dx);
        ck_assert_uint_eq(report.kinks, cols - 2);
        ck_assert_uint_eq(report.checked, 2);
        ck_assert_msg(report.ok == (cols == 4), "%zu numbers: %s", cols, report.message);
        gp_matrix_free(&x);
        gp_matrix_free(&dx);
    }
}
END_TEST

/* A small slope on a large value: a float's differences are all rounding. */
static double far_away(void *context)
{
    const gp_matrix *x = context;
    gp_real sum = 10000;
    for (size_t j = 0; j < x->cols; j++)
        sum += x->at[j] * (gp_real)1e-3;
    return (double)sum;
}

START_TEST(a_check_that_sees_only_rounding_is_not_ok)
{
    static const gp_real claimed[] = {(gp_real)1e-3, (gp_real)2e-3, 0};
    gp_matrix x = normal(1, COLS, 1, 1), dx = normal(1, COLS, 1, 1);
    gp_matrix_fill(&dx, claimed[_i]);
    gp_gradcheck_report report = gp_gradcheck_function(far_away, &x, &x, &dx);
    ck_assert(!report.ok);
    ck_assert_msg(strstr(report.message, "compile for double") != NULL, "the message is \"%s\"", report.message);
    gp_matrix_free(&x);
    gp_matrix_free(&dx);
}
END_TEST

/* Half of the numbers do not matter: that is a gradient, too. A function that never moves shows nothing. */
static double half(void *context)
{
    const gp_matrix *x = context;
    return (double)(x->at[0] * x->at[0] + x->at[1] + x->at[2]);
}

static double constant(void *context)
{
    (void)context;
    return 3;
}

START_TEST(zeros_count_if_something_moves)
{
    gp_matrix x = normal(1, COLS, 1, 1), dx = normal(1, COLS, 1, 1);
    gp_matrix_fill(&dx, 0);
    gp_gradcheck_report still = gp_gradcheck_function(constant, NULL, &x, &dx);
    ck_assert(!still.ok && still.still == COLS);
    ck_assert_msg(strstr(still.message, "only 0 of 6") != NULL && strstr(still.message, "6 are 0") != NULL, "the message is \"%s\"",
                  still.message);
    dx.at[0] = 2 * x.at[0];
    dx.at[1] = dx.at[2] = 1;
    gp_gradcheck_report good = gp_gradcheck_function(half, &x, &x, &dx);
    ck_assert_msg(good.ok, "%s", good.message);
    ck_assert_uint_eq(good.still, 3);
    gp_matrix empty = gp_matrix_rows(&x, 0, 0);
    ck_assert(!gp_gradcheck_function(constant, NULL, &empty, &empty).ok);
    gp_matrix_free(&x);
    gp_matrix_free(&dx);
}
END_TEST

/* A view ends before the numbers do: those beside it are not moved. */
typedef struct {
    gp_real at[2][3];
    bool moved;
} viewed;

static double beside_a_view(void *context)
{
    viewed *v = context;
    v->moved = v->moved || v->at[0][2] != 5 || v->at[1][2] != 5;
    return (double)(v->at[0][0] + v->at[0][1] + v->at[1][0] + v->at[1][1]);
}

START_TEST(numbers_beside_a_view_are_not_moved)
{
    viewed v = {{{1, 2, 5}, {3, 4, 5}}, false};
    gp_real ones[4] = {1, 1, 1, 1};
    gp_matrix x = gp_matrix_view(&v.at[0][0], 2, 2, 3), dx = gp_matrix_view(ones, 2, 2, 2);
    gp_gradcheck_report report = gp_gradcheck_function(beside_a_view, &v, &x, &dx);
    ck_assert_msg(report.ok, "%s", report.message);
    ck_assert_uint_eq(report.checked, 4);
    ck_assert(!v.moved);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("gradcheck in float");
    TCase *t = tcase_create("gradcheck");
    tcase_set_timeout(t, 300);
    suite_add_tcase(s, t);
    tcase_add_loop_test(t, right_gradients_are_ok, 0, 10);
    tcase_add_loop_test(t, a_factor_of_two_everywhere_is_found_everywhere, 0, 3);
    tcase_add_loop_test(t, one_wrong_column_is_found, 0, 6);
    tcase_add_loop_test(t, the_scale_of_a_loss_does_not_matter, 0, 4);
    tcase_add_test(t, a_check_that_sees_only_corners_is_not_ok);
    tcase_add_test(t, half_of_the_derivatives_is_enough);
    tcase_add_loop_test(t, a_check_that_sees_only_rounding_is_not_ok, 0, 3);
    tcase_add_test(t, zeros_count_if_something_moves);
    tcase_add_test(t, numbers_beside_a_view_are_not_moved);
    return gp_run_suite(s);
}
