#include "aborts.h"
#include "allocations.h"
#include "dense.h"

static const gp_pass training = {true, NULL};

static gp_matrix of(size_t rows, size_t cols, const gp_real *values)
{
    gp_matrix m;
    ck_assert_int_eq(gp_matrix_new(&m, rows, cols, NULL), GP_OK);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            gp_row(&m, i)[j] = values[i * cols + j];
    return m;
}

static void assert_equal(const gp_matrix *m, const gp_real *values)
{
    for (size_t i = 0; i < m->rows; i++)
        for (size_t j = 0; j < m->cols; j++)
            gp_assert_near(gp_row(m, i)[j], values[i * m->cols + j], 1e-6);
}

START_TEST(a_new_layer_is_zero)
{
    gp_layer *layer = gp_dense_new(3, 2, true, NULL);
    ck_assert_str_eq(layer->type->name, "dense");
    ck_assert_str_eq(layer->parameter[0].name, "kernel");
    ck_assert_str_eq(layer->parameter[1].name, "bias");
    ck_assert_uint_eq(gp_layer_count(layer, true), 8);
    ck_assert(gp_row(&layer->parameter[0].value, 2)[1] == 0);
    gp_layer_free(layer);
    layer = gp_dense_new(3, 2, false, NULL);
    ck_assert_uint_eq(gp_layer_count(layer, true), 6);
    gp_layer_free(layer);
}
END_TEST

/* Two samples, three inputs, two units, by hand. */
START_TEST(the_layer_agrees_with_a_pencil)
{
    const bool bias = _i;
    gp_layer *layer = gp_dense_new(3, 2, bias, NULL);
    gp_matrix w = of(3, 2, (const gp_real[]){1, 2, 3, 4, 5, 6});
    gp_matrix x = of(2, 3, (const gp_real[]){1, 0, -1, 2, 1, 0});
    gp_matrix dy = of(2, 2, (const gp_real[]){1, -1, 2, 3});
    gp_matrix y, dx;
    gp_matrix_new(&y, 2, 2, NULL);
    gp_matrix_new(&dx, 2, 3, NULL);
    gp_matrix_fill(&y, (gp_real)NAN);
    gp_matrix_fill(&dx, (gp_real)NAN);
    gp_matrix_copy(&layer->parameter[0].value, &w);
    gp_matrix_fill(&layer->parameter[0].gradient, 77);
    if (bias)
        gp_matrix_fill(&layer->parameter[1].value, 10);
    gp_layer_forward(layer, &x, &y, &training);
    if (bias)
        assert_equal(&y, (const gp_real[]){6, 6, 15, 18});
    else
        assert_equal(&y, (const gp_real[]){-4, -4, 5, 8});
    gp_layer_backward(layer, &x, &y, &dy, &dx);
    assert_equal(&layer->parameter[0].gradient,
                 (const gp_real[]){5, 5, 2, 3, -1, 1});
    assert_equal(&dx, (const gp_real[]){-1, -1, -1, 8, 18, 28});
    if (bias)
        assert_equal(&layer->parameter[1].gradient, (const gp_real[]){3, 2});
    gp_layer_backward(layer, &x, &y, &dy, NULL);
    assert_equal(&layer->parameter[0].gradient,
                 (const gp_real[]){5, 5, 2, 3, -1, 1});
    gp_matrix_free(&w);
    gp_matrix_free(&x);
    gp_matrix_free(&dy);
    gp_matrix_free(&y);
    gp_matrix_free(&dx);
    gp_layer_free(layer);
}
END_TEST

START_TEST(no_memory_is_reported)
{
    gp_error error;
    ck_assert_ptr_null(gp_dense_new(SIZE_MAX / 8, 100, true, &error));
    ck_assert_ptr_nonnull(strstr(error.message, "exceeds memory"));
}
END_TEST

START_TEST(claim_a_step_allocates_nothing)
{
    gp_layer *layer = gp_dense_new(64, 48, true, NULL);
    gp_matrix x, y, dx;
    gp_matrix_new(&x, 32, 64, NULL);
    gp_matrix_new(&dx, 32, 64, NULL);
    gp_matrix_new(&y, 32, 48, NULL);
    gp_layer_forward(layer, &x, &y, &training); /* BLAS warms up */
    const size_t before = gp_allocations;
    gp_layer_forward(layer, &x, &y, &training);
    gp_layer_backward(layer, &x, &y, &y, &dx);
    ck_assert_uint_eq(gp_allocations, before);
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_matrix_free(&dx);
    gp_layer_free(layer);
}
END_TEST

static void wrong_width(void)
{
    gp_layer *layer = gp_dense_new(3, 2, true, NULL);
    gp_matrix x, y;
    gp_matrix_new(&x, 7, 4, NULL);
    gp_matrix_new(&y, 7, 2, NULL);
    gp_layer_forward(layer, &x, &y, &training);
}

START_TEST(a_wrong_width_stops)
{
    gp_assert_aborts(wrong_width, "dense of shape 3 to 2");
    gp_assert_aborts(wrong_width, "[7, 4] to [7, 2]");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dense");
    TCase *tests = tcase_create("dense");
    tcase_add_test(tests, a_new_layer_is_zero);
    tcase_add_loop_test(tests, the_layer_agrees_with_a_pencil, 0, 2);
    tcase_add_test(tests, no_memory_is_reported);
    tcase_add_test(tests, claim_a_step_allocates_nothing);
    tcase_add_test(tests, a_wrong_width_stops);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
