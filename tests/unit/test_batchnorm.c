#include "aborts.h"
#include "allocations.h"
#include "batchnorm.h"
#include "dense.h"
#include <omp.h>

enum { GAMMA, BETA, MEAN, VARIANCE };

static gp_real *values(gp_layer *layer, size_t k)
{
    return layer->parameter[k].value.at;
}

static gp_matrix filled(size_t rows, size_t cols, double mean,
                        double deviation, uint64_t seed)
{
    gp_random r = gp_random_new(seed);
    gp_matrix m;
    ck_assert_int_eq(gp_matrix_new(&m, rows, cols, NULL), GP_OK);
    gp_random_fill_normal(&r, &m, mean, deviation);
    return m;
}

static gp_layer *random_layer(size_t width, uint64_t seed)
{
    gp_layer *layer = gp_batchnorm_new(width, 0.9, 1e-3, NULL);
    gp_random r = gp_random_new(seed);
    for (size_t k = 0; k < 4; k++)
        gp_random_fill_uniform(&r, &layer->parameter[k].value, 0.5, 2);
    return layer;
}

static const gp_pass training = {true, NULL}, inference = {false, NULL};

START_TEST(a_new_layer_has_keras_parameters)
{
    gp_layer *layer = gp_batchnorm_new(3, 0.99, 1e-3, NULL);
    const char *name[] = {"gamma", "beta", "moving_mean", "moving_variance"};
    ck_assert_uint_eq(layer->parameters, 4);
    for (size_t k = 0; k < 4; k++) {
        ck_assert_str_eq(layer->parameter[k].name, name[k]);
        ck_assert_int_eq(layer->parameter[k].gradient.at != NULL, k < 2);
        for (size_t j = 0; j < 3; j++)
            gp_assert_near(values(layer, k)[j], k == 0 || k == 3, 0);
    }
    ck_assert_uint_eq(gp_layer_count(layer, false), 12);
    ck_assert_uint_eq(gp_layer_count(layer, true), 6);
    ck_assert(gp_batchnorm_is(layer));
    gp_layer_free(layer);
}
END_TEST

/* Column 0 is 1, 2, 3, 6 (mean 3, variance 3.5); column 1 is constant. */
START_TEST(a_batch_is_normalized_by_hand)
{
    const gp_real column[4] = {1, 2, 3, 6};
    const gp_real gamma[2] = {2, 5}, beta[2] = {10, -1};
    gp_real mean[2], variance[2], inverse[2];
    gp_matrix x = filled(4, 2, 0, 1, 1), y = filled(4, 2, 0, 1, 2);
    for (size_t i = 0; i < 4; i++) {
        gp_row(&x, i)[0] = column[i];
        gp_row(&x, i)[1] = 7;
    }
    gp_batchnorm_train(&x, gamma, beta, 0.5, &y, mean, variance, inverse);
    gp_assert_near(mean[0], 3, 0);
    gp_assert_near(variance[0], 3.5, 0);
    gp_assert_near(inverse[0], 0.5, 0);
    gp_assert_near(mean[1], 7, 0);
    gp_assert_near(variance[1], 0, 0);
    for (size_t i = 0; i < 4; i++) {
        gp_assert_near(gp_row(&y, i)[0], 10 + (column[i] - 3), 1e-6);
        gp_assert_near(gp_row(&y, i)[1], -1, 0);
    }
    gp_batchnorm_infer(&x, gamma, beta, mean, variance, 0.5, &y);
    gp_assert_near(gp_row(&y, 3)[0], 13, 1e-6);
    gp_matrix_free(&x);
    gp_matrix_free(&y);
}
END_TEST

/* More columns than a strip, odd widths: every column has mean beta and deviation gamma. */
START_TEST(every_column_is_normalized)
{
    const size_t width[] = {1, 127, 128, 129, 300};
    const size_t n = width[_i];
    gp_layer *layer = gp_batchnorm_new(n, 0.9, 1e-9, NULL);
    gp_matrix x = filled(50, n, 3, 2, 3), y = filled(50, n, 0, 1, 4);
    for (size_t j = 0; j < n; j++) {
        values(layer, GAMMA)[j] = 1 + (gp_real)j;
        values(layer, BETA)[j] = -(gp_real)j;
    }
    gp_layer_forward(layer, &x, &y, &training);
    for (size_t j = 0; j < n; j++) {
        double sum = 0, square = 0, g = 1 + (double)j;
        for (size_t i = 0; i < 50; i++)
            sum += (double)gp_row(&y, i)[j];
        for (size_t i = 0; i < 50; i++)
            square += pow((double)gp_row(&y, i)[j] - sum / 50, 2);
        gp_assert_near(sum / 50 / g, -(double)j / g, 1e-5);
        gp_assert_near(sqrt(square / 50) / g, 1, 1e-5);
    }
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_layer_free(layer);
}
END_TEST

START_TEST(running_statistics_follow_either_convention)
{
    gp_layer *layer = gp_batchnorm_new(1, 0.9, 1e-3, NULL);
    gp_matrix x = filled(4, 1, 0, 1, 1), y = filled(4, 1, 0, 1, 1);
    const gp_real column[4] = {1, 2, 3, 6};
    for (size_t i = 0; i < 4; i++)
        gp_row(&x, i)[0] = column[i];
    gp_batchnorm_set_unbiased(layer, _i);
    gp_layer_forward(layer, &x, &y, &training);
    gp_layer_forward(layer, &x, &y, &inference);
    const double v = _i ? 14.0 / 3 : 14.0 / 4;
    gp_assert_near(values(layer, MEAN)[0], 0.1 * 3, 1e-6);
    gp_assert_near(values(layer, VARIANCE)[0], 0.9 + 0.1 * v, 1e-6);
    gp_assert_near(gp_row(&y, 0)[0], 0.7 / sqrt(0.9 + 0.1 * v + 1e-3), 1e-6);
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_layer_free(layer);
}
END_TEST

/* Batches of 8, 8 and 4: means and unbiased variances weighted by their rows. */
START_TEST(population_statistics_average_the_batches)
{
    const size_t first[] = {0, 8, 16, 20};
    gp_layer *layer = random_layer(3, 1);
    gp_matrix x = filled(20, 3, 5, 2, 6), y = filled(20, 3, 0, 1, 7);
    double mean[3] = {0}, variance[3] = {0};
    gp_batchnorm_population_begin(layer);
    for (size_t k = 0; k < 3; k++) {
        const size_t m = first[k + 1] - first[k];
        gp_matrix b = gp_matrix_rows(&x, first[k], m);
        gp_matrix out = gp_matrix_rows(&y, 0, m);
        gp_layer_forward(layer, &b, &out, &training);
        for (size_t j = 0; j < 3; j++) {
            double sum = 0, square = 0;
            for (size_t i = 0; i < m; i++)
                sum += (double)gp_row(&b, i)[j];
            for (size_t i = 0; i < m; i++)
                square += pow((double)gp_row(&b, i)[j] - sum / (double)m, 2);
            mean[j] += sum / 20;
            variance[j] += (double)m / 20 * square / (double)(m - 1);
        }
    }
    gp_batchnorm_population_end(layer);
    for (size_t j = 0; j < 3; j++) {
        gp_assert_near(values(layer, MEAN)[j], mean[j], 1e-6);
        gp_assert_near(values(layer, VARIANCE)[j], variance[j], 1e-6);
    }
    gp_layer_forward(layer, &x, &y, &training);
    ck_assert_msg(fabs((double)values(layer, MEAN)[0] - mean[0]) < 0.1,
                  "after the end the momentum is back");
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_layer_free(layer);
}
END_TEST

START_TEST(inference_leaves_the_state_alone)
{
    gp_layer *layer = random_layer(5, 1);
    gp_matrix x = filled(6, 5, 1, 2, 6), y = filled(6, 5, 0, 1, 7);
    gp_real before[10];
    memcpy(before, values(layer, MEAN), 5 * sizeof(gp_real));
    memcpy(before + 5, values(layer, VARIANCE), 5 * sizeof(gp_real));
    gp_layer_forward(layer, &x, &y, &inference);
    gp_matrix one = gp_matrix_rows(&x, 2, 1), z = filled(1, 5, 0, 1, 8);
    gp_layer_forward(layer, &one, &z, &inference);
    for (size_t j = 0; j < 5; j++)
        gp_assert_near(z.at[j], gp_row(&y, 2)[j], 0);
    ck_assert_mem_eq(before, values(layer, MEAN), 5 * sizeof(gp_real));
    ck_assert_mem_eq(before + 5, values(layer, VARIANCE), 5 * sizeof(gp_real));
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_matrix_free(&z);
    gp_layer_free(layer);
}
END_TEST

static void train_on_one(void)
{
    gp_layer *layer = random_layer(2, 1);
    gp_matrix x = filled(1, 2, 0, 1, 1), y = filled(1, 2, 0, 1, 1);
    gp_layer_forward(layer, &x, &y, &training);
}

START_TEST(a_batch_of_one_is_refused_with_the_reason)
{
    gp_layer *layer = random_layer(2, 1), *dense = gp_dense_new(2, 2, 1, NULL);
    gp_error error;
    gp_assert_aborts(train_on_one, "minus its own mean is 0");
    ck_assert_int_eq(gp_batchnorm_check_batch(layer, 2, &error), GP_OK);
    ck_assert_int_eq(gp_batchnorm_check_batch(dense, 1, &error), GP_OK);
    ck_assert_int_eq(gp_batchnorm_check_batch(layer, 1, &error),
                     GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "2 samples or more") != NULL, "%s",
                  error.message);
    gp_layer_free(layer);
    gp_layer_free(dense);
}
END_TEST

START_TEST(bad_options_are_reported)
{
    const double momentum[] = {-0.1, 1.1, NAN, 0.9, 0.9, 0.9};
    const double epsilon[] = {1e-3, 1e-3, 1e-3, 0, NAN, INFINITY};
    gp_error error;
    ck_assert_ptr_null(gp_batchnorm_new(2, momentum[_i], epsilon[_i], &error));
    ck_assert_msg(strstr(error.message, _i < 3 ? "momentum" : "epsilon") !=
                      NULL,
                  "%s", error.message);
    ck_assert_ptr_null(gp_batchnorm_new(SIZE_MAX / 8, 0.9, 1e-3, &error));
}
END_TEST

static void different_shapes(void)
{
    gp_matrix x = filled(3, 2, 0, 1, 1), y = filled(3, 4, 0, 1, 1);
    gp_real a[4] = {0};
    gp_batchnorm_infer(&x, a, a, a, a, 1e-3, &y);
}

START_TEST(shapes_are_checked)
{
    gp_assert_aborts(different_shapes, "[3, 2], the other [3, 4]");
}
END_TEST

/* dense -> batchnorm, and batchnorm -> dense, against one folded layer. */
START_TEST(folding_keeps_the_function)
{
    const bool before = _i;
    gp_layer *dense = gp_dense_new(30, 20, true, NULL);
    gp_layer *norm = random_layer(before ? 30 : 20, 5);
    gp_random r = gp_random_new(8);
    gp_error error;
    gp_matrix x = filled(9, 30, 0.5, 2, 6), z = filled(9, 30, 0, 1, 7);
    gp_matrix y = filled(9, 20, 0, 1, 7), w = filled(9, 20, 0, 1, 7);
    gp_random_fill_normal(&r, &dense->parameter[0].value, 0, 0.2);
    gp_random_fill_normal(&r, &dense->parameter[1].value, 0, 1);
    if (before) {
        gp_layer_forward(norm, &x, &z, &inference);
        gp_layer_forward(dense, &z, &y, &inference);
        ck_assert_int_eq(gp_batchnorm_fold_before(norm, dense, &error),
                         GP_OK);
    } else {
        gp_layer_forward(dense, &x, &w, &inference);
        gp_layer_forward(norm, &w, &y, &inference);
        ck_assert_int_eq(gp_batchnorm_fold(dense, norm, &error), GP_OK);
    }
    gp_layer_forward(dense, &x, &w, &inference);
    for (size_t i = 0; i < 9; i++)
        for (size_t j = 0; j < 20; j++)
            gp_assert_near(gp_row(&w, i)[j], gp_row(&y, i)[j], 1e-5);
    gp_matrix *all[] = {&x, &y, &z, &w};
    for (size_t i = 0; i < 4; i++)
        gp_matrix_free(all[i]);
    gp_layer_free(dense);
    gp_layer_free(norm);
}
END_TEST

START_TEST(folding_what_does_not_fit_is_reported)
{
    gp_layer *dense = gp_dense_new(3, 4, true, NULL);
    gp_layer *bare = gp_dense_new(3, 4, false, NULL);
    gp_layer *norm = random_layer(4, 5), *other = random_layer(7, 5);
    gp_error error;
    ck_assert_int_eq(gp_batchnorm_fold(bare, norm, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "bias") != NULL, "%s", error.message);
    ck_assert_int_eq(gp_batchnorm_fold(dense, other, &error), GP_BAD_INPUT);
    ck_assert_int_eq(gp_batchnorm_fold_before(norm, dense, &error),
                     GP_BAD_INPUT);
    ck_assert_int_eq(gp_batchnorm_fold(dense, bare, &error), GP_BAD_INPUT);
    ck_assert_int_eq(gp_batchnorm_fold(norm, norm, &error), GP_BAD_INPUT);
    ck_assert_int_eq(gp_batchnorm_fold(dense, norm, &error), GP_OK);
    gp_layer_free(dense);
    gp_layer_free(bare);
    gp_layer_free(norm);
    gp_layer_free(other);
}
END_TEST

/* The same bits with one thread and with four, forward and backward; no allocation in a step. */
START_TEST(threads_change_nothing)
{
    gp_layer *layer = random_layer(300, 2);
    gp_matrix x = filled(200, 300, 1, 3, 3), g = filled(200, 300, 0, 1, 4);
    gp_matrix y = filled(200, 300, 0, 1, 5), d = filled(200, 300, 0, 1, 6);
    gp_matrix y1 = filled(200, 300, 0, 1, 5), d1 = filled(200, 300, 0, 1, 6);
    omp_set_num_threads(1);
    gp_layer_forward(layer, &x, &y, &training);
    const size_t before = gp_allocations;
    gp_layer_forward(layer, &x, &y, &training);
    gp_layer_backward(layer, &x, &y, &g, &d);
    gp_layer_forward(layer, &x, &y, &inference);
    gp_layer_backward(layer, &x, &y, &g, &d1);
    ck_assert_uint_eq(gp_allocations, before);
    gp_layer_forward(layer, &x, &y, &training);
    omp_set_num_threads(4);
    gp_layer_forward(layer, &x, &y1, &training);
    gp_layer_backward(layer, &x, &y1, &g, &d1);
    for (size_t i = 0; i < 200; i++) {
        ck_assert_mem_eq(gp_row(&y, i), gp_row(&y1, i), 300 * sizeof(gp_real));
        ck_assert_mem_eq(gp_row(&d, i), gp_row(&d1, i), 300 * sizeof(gp_real));
    }
    gp_layer_backward(layer, &x, &y1, &g, NULL);
    gp_matrix *all[] = {&x, &y, &g, &d, &y1, &d1};
    for (size_t i = 0; i < 6; i++)
        gp_matrix_free(all[i]);
    gp_layer_free(layer);
}
END_TEST

START_TEST(nan_stays_visible)
{
    gp_layer *layer = random_layer(2, 2);
    gp_matrix x = filled(4, 2, 1, 3, 3), y = filled(4, 2, 0, 1, 5);
    gp_row(&x, 2)[1] = (gp_real)NAN;
    gp_layer_forward(layer, &x, &y, &training);
    ck_assert(!isnan(gp_row(&y, 0)[0]) && isnan(gp_row(&y, 0)[1]));
    ck_assert(isnan(values(layer, VARIANCE)[1]));
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_layer_free(layer);
}
END_TEST

START_TEST(other_layers_are_left_alone)
{
    gp_layer *dense = gp_dense_new(3, 3, true, NULL);
    ck_assert(!gp_batchnorm_is(dense));
    gp_batchnorm_set_unbiased(dense, true);
    gp_batchnorm_population_begin(dense);
    gp_batchnorm_population_end(dense);
    gp_layer_free(dense);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("batchnorm");
    TCase *tests = tcase_create("batchnorm");
    tcase_add_test(tests, a_new_layer_has_keras_parameters);
    tcase_add_test(tests, a_batch_is_normalized_by_hand);
    tcase_add_loop_test(tests, every_column_is_normalized, 0, 5);
    tcase_add_loop_test(tests, running_statistics_follow_either_convention, 0,
                        2);
    tcase_add_test(tests, population_statistics_average_the_batches);
    tcase_add_test(tests, inference_leaves_the_state_alone);
    tcase_add_test(tests, a_batch_of_one_is_refused_with_the_reason);
    tcase_add_loop_test(tests, bad_options_are_reported, 0, 6);
    tcase_add_test(tests, shapes_are_checked);
    tcase_add_loop_test(tests, folding_keeps_the_function, 0, 2);
    tcase_add_test(tests, folding_what_does_not_fit_is_reported);
    tcase_add_test(tests, threads_change_nothing);
    tcase_add_test(tests, nan_stays_visible);
    tcase_add_test(tests, other_layers_are_left_alone);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
