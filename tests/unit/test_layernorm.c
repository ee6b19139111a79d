#include "aborts.h"
#include "allocations.h"
#include "layernorm.h"
#include <omp.h>

enum { GAMMA, BETA };

static const gp_pass training = {true, NULL}, inference = {false, NULL};

static gp_real *values(gp_layer *layer, size_t k)
{
    return layer->parameter[k].value.at;
}

static gp_matrix filled(size_t rows, size_t cols, double mean, double deviation, uint64_t seed)
{
    gp_random r = gp_random_new(seed);
    gp_matrix m;
    ck_assert_int_eq(gp_matrix_new(&m, rows, cols, NULL), GP_OK);
    gp_random_fill_normal(&r, &m, mean, deviation);
    return m;
}

static gp_layer *new_layer(bool centered, size_t width, double epsilon)
{
    return centered ? gp_layernorm_new(width, epsilon, NULL) : gp_rmsnorm_new(width, epsilon, NULL);
}

static gp_layer *random_layer(bool centered, size_t width, size_t batch, uint64_t seed)
{
    gp_layer *layer = new_layer(centered, width, 1e-3);
    gp_random r = gp_random_new(seed);
    for (size_t k = 0; k < layer->parameters; k++)
        gp_random_fill_uniform(&r, &layer->parameter[k].value, 0.5, 2);
    ck_assert_int_eq(gp_layer_reserve(layer, batch, NULL), GP_OK);
    return layer;
}

static bool same(const gp_matrix *a, const gp_matrix *b)
{
    for (size_t i = 0; i < a->rows; i++)
        if (memcmp(gp_row(a, i), gp_row(b, i), a->cols * sizeof(gp_real)) != 0)
            return false;
    return true;
}

START_TEST(a_new_layer_has_the_names_of_batch_normalization)
{
    const char *name[] = {"gamma", "beta"};
    gp_layer *layer = new_layer(_i, 3, 1e-5);
    ck_assert_str_eq(layer->type->name, _i ? "layernorm" : "rmsnorm");
    ck_assert_uint_eq(layer->parameters, _i ? 2 : 1);
    for (size_t k = 0; k < layer->parameters; k++) {
        ck_assert_str_eq(layer->parameter[k].name, name[k]);
        ck_assert_ptr_nonnull(layer->parameter[k].gradient.at);
        for (size_t j = 0; j < 3; j++)
            gp_assert_near(values(layer, k)[j], k == GAMMA, 0);
    }
    ck_assert_uint_eq(gp_layer_count(layer, true), _i ? 6 : 3);
    gp_assert_near(gp_layernorm_epsilon(layer), 1e-5, 0);
    gp_layer_free(layer);
}
END_TEST

/* 1, 2, 3, 6: mean 3, variance 3.5, mean square 12.5. */
START_TEST(a_row_is_normalized_by_hand)
{
    const gp_real row[4] = {1, 2, 3, 6}, gamma[4] = {2, 2, 1, 1}, beta[4] = {0, 10, 0, -1};
    gp_real mean[1], inverse[1];
    gp_matrix x = filled(1, 4, 0, 1, 1), y = filled(1, 4, 0, 1, 2);
    memcpy(x.at, row, sizeof row);
    gp_row_norm norm = {.centered = true, .epsilon = 0.5, .gamma = gamma, .beta = beta, .mean = mean, .inverse = inverse};
    gp_row_norm_forward(&norm, &x, &y);
    const double layer[4] = {-2, 9, 0, 0.5};
    gp_assert_near(mean[0], 3, 0);
    gp_assert_near(inverse[0], 0.5, 0);
    for (size_t j = 0; j < 4; j++)
        gp_assert_near(y.at[j], layer[j], 1e-6);
    norm.centered = false, norm.beta = NULL, norm.epsilon = 3.5;
    gp_row_norm_forward(&norm, &x, &y);
    const double rms[4] = {0.5, 1, 0.75, 1.5};
    gp_assert_near(mean[0], 0, 0);
    gp_assert_near(inverse[0], 0.25, 0);
    for (size_t j = 0; j < 4; j++)
        gp_assert_near(y.at[j], rms[j], 1e-6);
    gp_matrix_free(&x);
    gp_matrix_free(&y);
}
END_TEST

/* Odd widths, more columns than a strip: every row has mean 0 (layer) and mean square 1. */
START_TEST(every_row_is_normalized)
{
    const size_t width[] = {2, 7, 127, 128, 129, 300};
    const size_t n = width[_i / 2];
    gp_layer *layer = new_layer(_i % 2, n, 1e-9);
    ck_assert_int_eq(gp_layer_reserve(layer, 20, NULL), GP_OK);
    gp_matrix x = filled(20, n, 3, 2, 3), y = filled(20, n, 0, 1, 4);
    gp_layer_forward(layer, &x, &y, &training);
    for (size_t i = 0; i < 20; i++) {
        double sum = 0, square = 0;
        for (size_t j = 0; j < n; j++) {
            sum += (double)gp_row(&y, i)[j];
            square += pow((double)gp_row(&y, i)[j], 2);
        }
        if (_i % 2)
            gp_assert_near(sum / (double)n, 0, 2e-5);
        gp_assert_near(square / (double)n, 1, 2e-5);
    }
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_layer_free(layer);
}
END_TEST

/* Each row by itself: alone, in company, in training and at inference, the same bits. */
START_TEST(a_row_does_not_depend_on_the_others)
{
    gp_layer *layer = random_layer(_i, 37, 9, 1);
    gp_matrix x = filled(9, 37, 1, 2, 2), y = filled(9, 37, 0, 1, 3), alone = filled(9, 37, 0, 1, 4);
    gp_layer_forward(layer, &x, &y, &training);
    for (size_t i = 0; i < 9; i++) {
        const gp_matrix one = gp_matrix_rows(&x, i, 1);
        gp_matrix out = gp_matrix_rows(&alone, i, 1);
        gp_layer_forward(layer, &one, &out, &inference);
    }
    ck_assert(same(&y, &alone));
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_matrix_free(&alone);
    gp_layer_free(layer);
}
END_TEST

/* A row of the same number: xhat is 0, so the output is beta (layer) or nearly gamma (RMS), and the gradient is finite. */
START_TEST(a_constant_row_is_finite)
{
    gp_layer *layer = random_layer(_i, 5, 2, 1);
    gp_matrix x = filled(2, 5, 0, 1, 2), y = filled(2, 5, 0, 1, 3), dx = filled(2, 5, 0, 1, 4);
    for (size_t j = 0; j < 5; j++) {
        gp_row(&x, 0)[j] = 7;
        gp_row(&x, 1)[j] = 0;
    }
    gp_layer_forward(layer, &x, &y, &training);
    for (size_t j = 0; j < 5; j++) {
        const double gamma = (double)values(layer, GAMMA)[j], beta = _i ? (double)values(layer, BETA)[j] : 0;
        gp_assert_near(gp_row(&y, 0)[j], _i ? beta : gamma * 7 / sqrt(49.001), 1e-6);
        gp_assert_near(gp_row(&y, 1)[j], beta, 1e-6);
    }
    gp_layer_backward(layer, &x, &y, &y, &dx);
    for (size_t j = 0; j < 10; j++)
        ck_assert(isfinite(gp_row(&dx, j / 5)[j % 5]));
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_matrix_free(&dx);
    gp_layer_free(layer);
}
END_TEST

/* A network that diverges must not look healthy. */
START_TEST(nan_and_infinity_come_through)
{
    const gp_real bad[] = {NAN, INFINITY};
    gp_layer *layer = random_layer(_i % 2, 4, 1, 1);
    gp_matrix x = filled(1, 4, 0, 1, 2), y = filled(1, 4, 0, 1, 3);
    x.at[2] = bad[_i / 2];
    gp_layer_forward(layer, &x, &y, &training);
    ck_assert(isnan(y.at[2]));
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_layer_free(layer);
}
END_TEST

/* forward, reserve for more, backward: the statistics of the forward pass are still there. */
START_TEST(reserving_between_the_passes_is_safe)
{
    gp_layer *layer = random_layer(_i, 11, 3, 1);
    gp_matrix x = filled(3, 11, 1, 2, 2), y = filled(3, 11, 0, 1, 3), dy = filled(3, 11, 0, 1, 4);
    gp_matrix dx = filled(3, 11, 0, 1, 5), again = filled(3, 11, 0, 1, 6);
    gp_layer_forward(layer, &x, &y, &training);
    gp_layer_backward(layer, &x, &y, &dy, &dx);
    ck_assert_int_eq(gp_layer_reserve(layer, 1000, NULL), GP_OK);
    ck_assert_int_eq(gp_layer_reserve(layer, 2, NULL), GP_OK);
    gp_layer_backward(layer, &x, &y, &dy, &again);
    ck_assert(same(&dx, &again));
    gp_matrix *all[] = {&x, &y, &dy, &dx, &again};
    for (size_t i = 0; i < 5; i++)
        gp_matrix_free(all[i]);
    gp_layer_free(layer);
}
END_TEST

static void three_rows(void)
{
    gp_layer *layer = random_layer(true, 3, 2, 1);
    gp_matrix x = filled(3, 3, 0, 1, 2), y = filled(3, 3, 0, 1, 3);
    gp_layer_forward(layer, &x, &y, &training);
}

START_TEST(more_rows_than_reserved_abort)
{
    gp_assert_aborts(three_rows, "layernorm: reserved for 2 rows, given 3");
}
END_TEST

/* dx may be dy, and nobody has to want it; the parameters' gradients do not change by that. */
START_TEST(dx_may_be_dy_or_null)
{
    gp_layer *layer = random_layer(_i, 150, 6, 1);
    gp_matrix x = filled(6, 150, 1, 2, 2), y = filled(6, 150, 0, 1, 3), dy = filled(6, 150, 0, 1, 4);
    gp_matrix dx = filled(6, 150, 0, 1, 5), dgamma = filled(1, 150, 0, 1, 6);
    gp_layer_forward(layer, &x, &y, &training);
    gp_layer_backward(layer, &x, &y, &dy, &dx);
    gp_matrix_copy(&dgamma, &layer->parameter[GAMMA].gradient);
    gp_layer_backward(layer, &x, &y, &dy, NULL);
    ck_assert(same(&dgamma, &layer->parameter[GAMMA].gradient));
    gp_layer_backward(layer, &x, &y, &dy, &dy);
    ck_assert(same(&dx, &dy));
    ck_assert(same(&dgamma, &layer->parameter[GAMMA].gradient));
    gp_matrix *all[] = {&x, &y, &dy, &dx, &dgamma};
    for (size_t i = 0; i < 5; i++)
        gp_matrix_free(all[i]);
    gp_layer_free(layer);
}
END_TEST

#if GP_COUNTS_ALLOCATIONS
START_TEST(no_memory_is_an_error_and_leaves_nothing)
{
    size_t number = 0;
    gp_error error;
    gp_layer *layer = NULL;
    while (!layer && number < 100) {
        const long before = gp_allocated;
        gp_fail_allocation(++number);
        layer = _i ? gp_layernorm_new(5, 1e-3, &error) : gp_rmsnorm_new(5, 1e-3, &error);
        gp_fail_allocation(0);
        if (!layer) {
            ck_assert(error.message[0] != 0);
            ck_assert_int_eq((long)gp_allocated, before);
        }
    }
    ck_assert_ptr_nonnull(layer);
    ck_assert_uint_gt(number, 3);
    gp_layer_free(layer);
}
END_TEST

/* A larger reservation that fails leaves the old one, with the statistics of the last forward pass. */
START_TEST(a_failed_reservation_keeps_the_old_one)
{
    gp_layer *layer = random_layer(_i, 11, 3, 1);
    gp_matrix x = filled(3, 11, 1, 2, 2), y = filled(3, 11, 0, 1, 3), dx = filled(3, 11, 0, 1, 5), again = filled(3, 11, 0, 1, 6);
    gp_error error;
    gp_layer_forward(layer, &x, &y, &training);
    gp_layer_backward(layer, &x, &y, &y, &dx);
    gp_fail_allocation(1);
    ck_assert_int_eq(gp_layer_reserve(layer, 1000, &error), GP_NO_MEMORY);
    gp_fail_allocation(0);
    gp_layer_backward(layer, &x, &y, &y, &again);
    ck_assert(same(&dx, &again));
    gp_matrix *all[] = {&x, &y, &dx, &again};
    for (size_t i = 0; i < 4; i++)
        gp_matrix_free(all[i]);
    gp_layer_free(layer);
}
END_TEST
#endif

START_TEST(threads_do_not_change_a_bit)
{
    gp_layer *layer = random_layer(_i, 300, 200, 1);
    gp_matrix x = filled(200, 300, 1, 2, 2), dy = filled(200, 300, 0, 1, 4), y[2], dx[2], dgamma[2];
    for (int k = 0; k < 2; k++) {
        omp_set_num_threads(1 + 3 * k);
        y[k] = filled(200, 300, 0, 1, 3);
        dx[k] = filled(200, 300, 0, 1, 5);
        dgamma[k] = filled(1, 300, 0, 1, 6);
        gp_layer_forward(layer, &x, &y[k], &training);
        gp_layer_backward(layer, &x, &y[k], &dy, &dx[k]);
        gp_matrix_copy(&dgamma[k], &layer->parameter[GAMMA].gradient);
    }
    ck_assert(same(&y[0], &y[1]) && same(&dx[0], &dx[1]) && same(&dgamma[0], &dgamma[1]));
    for (int k = 0; k < 2; k++) {
        gp_matrix_free(&y[k]);
        gp_matrix_free(&dx[k]);
        gp_matrix_free(&dgamma[k]);
    }
    gp_matrix_free(&x);
    gp_matrix_free(&dy);
    gp_layer_free(layer);
}
END_TEST

START_TEST(a_step_allocates_nothing)
{
    gp_layer *layer = random_layer(_i, 130, 8, 1);
    gp_matrix x = filled(8, 130, 1, 2, 2), y = filled(8, 130, 0, 1, 3), dx = filled(8, 130, 0, 1, 4);
    const size_t before = (size_t)gp_allocations;
    gp_layer_forward(layer, &x, &y, &training);
    gp_layer_backward(layer, &x, &y, &y, &dx);
    ck_assert_uint_eq((size_t)gp_allocations, before);
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_matrix_free(&dx);
    gp_layer_free(layer);
}
END_TEST

START_TEST(bad_epsilons_are_refused)
{
    const double bad[] = {0, -1e-5, NAN, INFINITY};
    gp_error error;
    ck_assert_ptr_null(gp_layernorm_new(3, bad[_i], &error));
    ck_assert_ptr_nonnull(strstr(error.message, "layernorm: epsilon is"));
    ck_assert_ptr_null(gp_rmsnorm_new(3, bad[_i], &error));
    ck_assert_ptr_nonnull(strstr(error.message, "rmsnorm: epsilon is"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("layernorm");
    TCase *tests = tcase_create("rows");
    tcase_add_loop_test(tests, a_new_layer_has_the_names_of_batch_normalization, 0, 2);
    tcase_add_test(tests, a_row_is_normalized_by_hand);
    tcase_add_loop_test(tests, every_row_is_normalized, 0, 12);
    tcase_add_loop_test(tests, a_row_does_not_depend_on_the_others, 0, 2);
    tcase_add_loop_test(tests, a_constant_row_is_finite, 0, 2);
    tcase_add_loop_test(tests, nan_and_infinity_come_through, 0, 4);
    tcase_add_loop_test(tests, reserving_between_the_passes_is_safe, 0, 2);
    tcase_add_test(tests, more_rows_than_reserved_abort);
    tcase_add_loop_test(tests, dx_may_be_dy_or_null, 0, 2);
#if GP_COUNTS_ALLOCATIONS
    tcase_add_loop_test(tests, no_memory_is_an_error_and_leaves_nothing, 0, 2);
    tcase_add_loop_test(tests, a_failed_reservation_keeps_the_old_one, 0, 2);
#endif
    tcase_add_loop_test(tests, threads_do_not_change_a_bit, 0, 2);
    tcase_add_loop_test(tests, a_step_allocates_nothing, 0, 2);
    tcase_add_loop_test(tests, bad_epsilons_are_refused, 0, 4);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
