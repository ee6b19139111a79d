/* Chapter 4's module: edges of the kernels in float, and the layers that keep something. */
#include "aborts.h"
#include "elu.h"
#include "rectifier.h"
#include "smooth.h"
#include "support.h"
#include <float.h>

static const struct {
    const gp_activation_type *type;
    gp_activation_arguments a;
    float low, high; /* limits at minus and plus infinity; high 0: infinity */
    float slope_low, slope_high;
} every[] = {
    {&gp_relu, {0, 0}, 0, INFINITY, 0, 1},
    {&gp_leaky_relu, {0.25f, 0}, -INFINITY, INFINITY, 0.25f, 1},
    {&gp_gelu, {0, 0}, 0, INFINITY, 0, 1},
    {&gp_gelu_tanh, {0, 0}, 0, INFINITY, 0, 1},
    {&gp_swish, {0, 0}, 0, INFINITY, 0, 1},
    {&gp_mish, {0, 0}, 0, INFINITY, 0, 1},
    {&gp_softplus, {0, 0}, 0, INFINITY, 0, 1},
    {&gp_hard_sigmoid, {1 / 6.0f, 0.5f}, 0, 1, 0, 0},
    {&gp_celu, {1.5f, 0}, -1.5f, INFINITY, 0, 1},
};
#define KINDS ((int)(sizeof every / sizeof *every))

START_TEST(limits)
{
    /* long enough for the vector loop, with a remainder */
    float x[37], y[37], dy[37], dx[37];
    for (int i = 0; i < 37; i++) {
        x[i] = i % 2 ? INFINITY : -INFINITY;
        dy[i] = 3;
    }
    every[_i].type->f(37, x, y, every[_i].a);
    every[_i].type->df(37, x, y, dy, dx, every[_i].a);
    for (int i = 0; i < 37; i++) {
        float value = i % 2 ? every[_i].high : every[_i].low;
        float slope = i % 2 ? every[_i].slope_high : every[_i].slope_low;
        ck_assert_msg(y[i] == value, "%s(%g) is %g, expected %g",
                      every[_i].type->layer.name, x[i], y[i], value);
        ck_assert_msg(dx[i] == 3 * slope, "%s'(%g) is %g, expected %g",
                      every[_i].type->layer.name, x[i], dx[i] / 3, slope);
    }
}
END_TEST

START_TEST(extremes_are_finite)
{
    static const float at[] = {FLT_MAX, 1e30f, 1000, 89, 30, FLT_MIN, 1e-45f};
    float x[28], y[28], dy[28], dx[28];
    for (int i = 0; i < 28; i++) {
        x[i] = i % 2 ? at[i / 2 % 7] : -at[i / 2 % 7];
        dy[i] = 1;
    }
    every[_i].type->f(28, x, y, every[_i].a);
    every[_i].type->df(28, x, y, dy, dx, every[_i].a);
    for (int i = 0; i < 28; i++)
        ck_assert_msg(isfinite(y[i]) && isfinite(dx[i]),
                      "%s at %g is %g, slope %g", every[_i].type->layer.name,
                      x[i], y[i], dx[i]);
}
END_TEST

START_TEST(nan_is_not_hidden)
{
    float x[21], y[21];
    for (int i = 0; i < 21; i++)
        x[i] = NAN;
    every[_i].type->f(21, x, y, every[_i].a);
    for (int i = 0; i < 21; i++)
        ck_assert_msg(isnan(y[i]), "%s(nan) is %g",
                      every[_i].type->layer.name, y[i]);
}
END_TEST

/* The vector loop and its scalar remainder may differ in the last places, and in no more. */
START_TEST(vector_and_scalar_agree)
{
    float x[301], y[301], one, dy[301], dx[301], done;
    for (int i = 0; i < 301; i++) {
        x[i] = (float)(i - 150) / 10;
        dy[i] = 1;
    }
    every[_i].type->f(301, x, y, every[_i].a);
    every[_i].type->df(301, x, y, dy, dx, every[_i].a);
    for (int i = 0; i < 301; i++) {
        every[_i].type->f(1, x + i, &one, every[_i].a);
        every[_i].type->df(1, x + i, &one, dy + i, &done, every[_i].a);
        ck_assert_msg(fabsf(y[i] - one) <= 3e-6f * fabsf(one) + 1e-12f,
                      "%s(%g): %g in a vector, %g alone",
                      every[_i].type->layer.name, x[i], y[i], one);
        ck_assert_msg(fabsf(dx[i] - done) <= 2e-6f,
                      "%s'(%g): %g in a vector, %g alone",
                      every[_i].type->layer.name, x[i], dx[i], done);
    }
}
END_TEST

/* Small outputs are right relatively, not only absolutely: no 1 + erf, no 1 + tanh, no log(1 + exp). */
START_TEST(left_tail_is_accurate)
{
    static const struct {
        const gp_activation_type *type;
        double x, y;
    } at[] = {
        {&gp_gelu, -6, -5.9195258670424e-09},
        {&gp_swish, -30, -2.8072868906517872e-12},
        {&gp_mish, -30, -2.8072868906517872e-12},
        {&gp_softplus, -30, 9.357622968839808e-14},
        {&gp_celu, -1e-7, -9.9999995e-8},
    };
    for (size_t k = 0; k < sizeof at / sizeof *at; k++) {
        float x = (float)at[k].x, y;
        at[k].type->f(1, &x, &y, (gp_activation_arguments){1, 0});
        ck_assert_msg(fabs(y / at[k].y - 1) < 2e-5, "%s(%g) is %g, not %g",
                      at[k].type->layer.name, x, y, at[k].y);
    }
}
END_TEST

START_TEST(kinks)
{
    const float x[] = {0, -0.0f}, dy[] = {5, 7};
    float y[2] = {0}, dx[2];
    gp_relu.df(2, x, y, dy, dx, (gp_activation_arguments){0, 0});
    ck_assert(dx[0] == 0 && dx[1] == 0);
    gp_leaky_relu.df(2, x, y, dy, dx, (gp_activation_arguments){0.5f, 0});
    ck_assert(dx[0] == 2.5f && dx[1] == 3.5f);
    const float corner[] = {-3, 3};
    gp_hard_sigmoid.df(2, corner, y, dy, dx,
                       (gp_activation_arguments){1 / 6.0f, 0.5f});
    ck_assert(dx[0] == 0 && dx[1] == 0);
}
END_TEST

/* An infinite gradient behind an inactive unit stays behind it. */
START_TEST(a_stopped_gradient_is_zero)
{
    const float x[] = {-1, -2}, dy[] = {INFINITY, NAN};
    float y[2] = {0}, dx[2];
    gp_relu.df(2, x, y, dy, dx, (gp_activation_arguments){0, 0});
    ck_assert(dx[0] == 0 && dx[1] == 0);
}
END_TEST

START_TEST(prelu_gradients)
{
    /* two units, three samples, by hand from the formula in the chapter */
    float x[] = {1, -2, -3, 4, -1, -1}, dy[] = {10, 1, 2, 5, 3, 4}, y[6], dx[6];
    gp_matrix X = gp_matrix_view(x, 3, 2, 2), Y = gp_matrix_view(y, 3, 2, 2);
    gp_matrix DY = gp_matrix_view(dy, 3, 2, 2), DX = gp_matrix_view(dx, 3, 2, 2);
    gp_pass pass = {true, NULL};
    gp_layer *each = gp_prelu_new(2, false, 0.5f, NULL);
    gp_layer *shared = gp_prelu_new(2, true, 0.5f, NULL);
    each->parameter[0].value.at[1] = 0.25f;
    for (int twice = 0; twice < 2; twice++) { /* gradients are overwritten */
        gp_layer_forward(each, &X, &Y, &pass);
        gp_layer_backward(each, &X, &Y, &DY, &DX);
    }
    ck_assert(y[1] == -0.5f && y[2] == -1.5f && y[3] == 4);
    ck_assert(dx[1] == 0.25f && dx[2] == 1 && dx[3] == 5);
    ck_assert(each->parameter[0].gradient.at[0] == 2 * -3 + 3 * -1);
    ck_assert(each->parameter[0].gradient.at[1] == 1 * -2 + 4 * -1);
    gp_layer_backward(shared, &X, &Y, &DY, NULL);
    ck_assert(shared->parameter[0].gradient.at[0] == -15);
    ck_assert_uint_eq(gp_layer_count(each, true), 2);
    ck_assert_uint_eq(gp_layer_count(shared, true), 1);
    ck_assert_str_eq(each->parameter[0].name, "slope");
    gp_layer_free(each);
    gp_layer_free(shared);
}
END_TEST

START_TEST(rrelu_draws_and_rests)
{
    gp_matrix x, y, again, dx;
    gp_random chance = gp_random_new(1), copy = chance;
    gp_pass train = {true, &chance}, repeat = {true, &copy};
    gp_pass test = {false, NULL};
    gp_layer *layer = gp_rrelu_new(50, 0.125f, 1 / 3.0f, NULL);
    ck_assert(!gp_matrix_new(&x, 40, 50, NULL) && !gp_matrix_new(&y, 40, 50, NULL));
    ck_assert(!gp_matrix_new(&again, 40, 50, NULL) && !gp_matrix_new(&dx, 40, 50, NULL));
    gp_matrix_fill(&x, -1);
    ck_assert_int_eq(gp_layer_reserve(layer, 40, NULL), GP_OK);
    gp_layer_forward(layer, &x, &y, &train);
    double sum = 0, low = 1, high = 0;
    for (size_t i = 0; i < 40; i++)
        for (size_t j = 0; j < 50; j++) {
            double slope = -(double)gp_row(&y, i)[j];
            sum += slope;
            low = fmin(low, slope);
            high = fmax(high, slope);
        }
    gp_assert_near(sum / 2000, 11. / 48, 0.005);
    ck_assert(low >= 0.125 && low < 0.127 && high <= 1 / 3.0f && high > 0.331);
    /* backward uses the slopes that forward drew */
    gp_matrix_fill(&again, 1);
    gp_layer_backward(layer, &x, &y, &again, &dx);
    for (size_t i = 0; i < 40; i++)
        for (size_t j = 0; j < 50; j++)
            ck_assert(gp_row(&dx, i)[j] == -gp_row(&y, i)[j]);
    /* the same generator, the same slopes */
    gp_layer_forward(layer, &x, &again, &repeat);
    for (size_t i = 0; i < 40; i++)
        ck_assert_mem_eq(gp_row(&y, i), gp_row(&again, i), 50 * sizeof(float));
    /* a test pass takes the mean, and needs no generator */
    gp_layer_forward(layer, &x, &y, &test);
    gp_assert_near(-gp_row(&y, 39)[49], 11. / 48, 1e-7);
    gp_matrix_fill(&again, 1);
    gp_layer_backward(layer, &x, &y, &again, &dx);
    gp_assert_near(gp_row(&dx, 39)[49], 11. / 48, 1e-7);
    gp_matrix_free(&x), gp_matrix_free(&y);
    gp_matrix_free(&again), gp_matrix_free(&dx);
    gp_layer_free(layer);
}
END_TEST

START_TEST(bad_intervals_are_refused)
{
    gp_error error;
    ck_assert_ptr_null(gp_rrelu_new(5, 0.5f, 0.25f, &error));
    ck_assert_ptr_nonnull(strstr(error.message, "0.5"));
    ck_assert_ptr_null(gp_rrelu_new(5, NAN, 0.25f, &error));
    ck_assert_ptr_null(gp_rrelu_new(5, 0, INFINITY, &error));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("relu");
    TCase *t = tcase_create("kernels");
    tcase_add_loop_test(t, limits, 0, KINDS);
    tcase_add_loop_test(t, extremes_are_finite, 0, KINDS);
    tcase_add_loop_test(t, nan_is_not_hidden, 0, KINDS);
    tcase_add_loop_test(t, vector_and_scalar_agree, 0, KINDS);
    tcase_add_test(t, left_tail_is_accurate);
    tcase_add_test(t, kinks);
    tcase_add_test(t, a_stopped_gradient_is_zero);
    suite_add_tcase(suite, t);
    t = tcase_create("layers");
    tcase_add_test(t, prelu_gradients);
    tcase_add_test(t, rrelu_draws_and_rests);
    tcase_add_test(t, bad_intervals_are_refused);
    suite_add_tcase(suite, t);
    return gp_run_suite(suite);
}
