#include "aborts.h"
#include "activation.h"
#include "allocations.h"
#include "layer.h"

static void twice(size_t n, const gp_real *x, gp_real *y, gp_activation_arguments a)
{
    for (size_t j = 0; j < n; j++)
        y[j] = a.alpha * x[j] + a.beta;
}

static void twice_slope(size_t n, const gp_real *x, const gp_real *y,
                        const gp_real *dy, gp_real *dx, gp_activation_arguments a)
{
    (void)x;
    (void)y;
    for (size_t j = 0; j < n; j++)
        dx[j] = a.alpha * dy[j];
}

static const gp_activation_type line = {
    GP_ACTIVATION("line"),
    twice,
    twice_slope};

static int freed;

static void note_free(gp_layer *layer)
{
    (void)layer;
    freed++;
}

static gp_status reserve(gp_layer *layer, size_t batch, gp_error *error)
{
    (void)layer;
    return batch > 100 ? gp_fail(error, GP_NO_MEMORY, "too many") : GP_OK;
}

static const gp_layer_type bare = {"bare", NULL, NULL, reserve, note_free};

START_TEST(parameters_are_appended_and_counted)
{
    gp_layer *layer = gp_layer_new(&bare, sizeof *layer, 3, 4, NULL);
    ck_assert_int_eq(
        gp_layer_parameter(layer, "kernel", 3, 4, true, NULL), GP_OK);
    ck_assert_int_eq(
        gp_layer_parameter(layer, "state", 1, 5, false, NULL), GP_OK);
    ck_assert_uint_eq(layer->parameters, 2);
    ck_assert_str_eq(layer->parameter[0].name, "kernel");
    ck_assert_ptr_null(layer->parameter[1].gradient.at);
    ck_assert_uint_eq(gp_layer_count(layer, false), 17);
    ck_assert_uint_eq(gp_layer_count(layer, true), 12);
    freed = 0;
    gp_layer_free(layer);
    ck_assert_int_eq(freed, 1);
    gp_layer_free(NULL);
}
END_TEST

START_TEST(a_parameter_without_memory_is_reported)
{
    gp_layer *layer = gp_layer_new(&bare, sizeof *layer, 3, 4, NULL);
    gp_error error;
    ck_assert_int_eq(gp_layer_parameter(layer, "kernel", SIZE_MAX / 2, 4,
                                        true, &error),
                     GP_NO_MEMORY);
    ck_assert_uint_eq(layer->parameters, 0);
    gp_layer_free(layer);
}
END_TEST

START_TEST(a_layer_may_have_many_parameters)
{
    gp_layer *layer = gp_layer_new(&bare, sizeof *layer, 3, 4, NULL);
    for (size_t k = 0; k < 50; k++)
        ck_assert_int_eq(gp_layer_parameter(layer, "more", 1, k + 1, k % 2, NULL), GP_OK);
    ck_assert_uint_eq(layer->parameters, 50);
    for (size_t k = 0; k < 50; k++) {
        ck_assert_uint_eq(layer->parameter[k].value.cols, k + 1);
        ck_assert_int_eq(layer->parameter[k].gradient.at != NULL, k % 2);
    }
    gp_layer_free(layer);
}
END_TEST

START_TEST(reserve_is_passed_on)
{
    gp_layer *layer = gp_layer_new(&bare, sizeof *layer, 3, 4, NULL);
    gp_error error;
    ck_assert_int_eq(gp_layer_reserve(layer, 100, &error), GP_OK);
    ck_assert_int_eq(gp_layer_reserve(layer, 101, &error), GP_NO_MEMORY);
    gp_layer_free(layer);
    layer = gp_activation_new(&line, 3, (gp_activation_arguments){1, 0}, NULL);
    ck_assert_int_eq(gp_layer_reserve(layer, 1000, &error), GP_OK);
    gp_layer_free(layer);
}
END_TEST

START_TEST(activations_run_row_by_row)
{
    const gp_pass pass = {true, NULL};
    gp_layer *layer =
        gp_activation_new(&line, 5, (gp_activation_arguments){3, 1}, NULL);
    gp_matrix x, y, dx;
    gp_matrix_new(&x, 300, 5, NULL);
    gp_matrix_new(&y, 300, 5, NULL);
    gp_matrix_new(&dx, 300, 5, NULL);
    for (size_t i = 0; i < 300; i++)
        for (size_t j = 0; j < 5; j++)
            gp_row(&x, i)[j] = (gp_real)(5 * i + j);
    gp_layer_forward(layer, &x, &y, &pass); /* OpenMP warms up */
    const size_t before = gp_allocations;
    gp_layer_forward(layer, &x, &y, &pass);
    gp_layer_backward(layer, &x, &y, &x, &dx);
    gp_layer_backward(layer, &x, &y, &x, NULL);
    ck_assert_uint_eq(gp_allocations, before);
    for (size_t i = 0; i < 300; i++) {
        for (size_t j = 0; j < 5; j++) {
            ck_assert(gp_row(&y, i)[j] == 3 * gp_row(&x, i)[j] + 1);
            ck_assert(gp_row(&dx, i)[j] == 3 * gp_row(&x, i)[j]);
        }
        ck_assert(gp_row(&y, i)[5] == 0 && gp_row(&dx, i)[5] == 0);
    }
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_matrix_free(&dx);
    gp_layer_free(layer);
}
END_TEST

static const gp_pass inference;
static gp_matrix three, four;
static gp_layer *layer_of_three;

static void forward_misfit(void)
{
    gp_layer_forward(layer_of_three, &four, &three, &inference);
}

static void forward_of_fewer(void)
{
    gp_matrix one = gp_matrix_rows(&three, 0, 1);
    gp_layer_forward(layer_of_three, &three, &one, &inference);
}

static void backward_misfit(void)
{
    gp_layer_backward(layer_of_three, &three, &three, &four, NULL);
}

static void backward_misfit_dx(void)
{
    gp_layer_backward(layer_of_three, &three, &three, &three, &four);
}

START_TEST(misfits_stop_with_both_shapes)
{
    gp_matrix_new(&three, 2, 3, NULL);
    gp_matrix_new(&four, 2, 4, NULL);
    layer_of_three =
        gp_activation_new(&line, 3, (gp_activation_arguments){1, 0}, NULL);
    gp_assert_aborts(forward_misfit, "cannot map [2, 4] to [2, 3]");
    gp_assert_aborts(forward_misfit, "layer line of shape 3 to 3");
    gp_assert_aborts(forward_of_fewer, "cannot map [2, 3] to [1, 3]");
    gp_assert_aborts(backward_misfit, "dy is [2, 4], y is [2, 3]");
    gp_assert_aborts(backward_misfit_dx, "dx is [2, 4], x is [2, 3]");
    gp_matrix_free(&three);
    gp_matrix_free(&four);
    gp_layer_free(layer_of_three);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("layer");
    TCase *tests = tcase_create("layer");
    tcase_add_test(tests, parameters_are_appended_and_counted);
    tcase_add_test(tests, a_parameter_without_memory_is_reported);
    tcase_add_test(tests, a_layer_may_have_many_parameters);
    tcase_add_test(tests, reserve_is_passed_on);
    tcase_add_test(tests, activations_run_row_by_row);
    tcase_add_test(tests, misfits_stop_with_both_shapes);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
