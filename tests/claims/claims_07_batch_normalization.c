/* What chapter 6 says, where a test of its module does not say it already. */
#include "support.h"
#include "batchnorm.h"
#include "dense.h"
#include "rectifier.h"

static gp_matrix normal(size_t rows, size_t cols, double mean,
                        double deviation, uint64_t seed)
{
    gp_random r = gp_random_new(seed);
    gp_matrix m;
    ck_assert_int_eq(gp_matrix_new(&m, rows, cols, NULL), GP_OK);
    gp_random_fill_normal(&r, &m, mean, deviation);
    return m;
}

static const gp_pass training = {true, NULL}, inference = {false, NULL};

static double exact_variance(const gp_matrix *x, size_t j)
{
    const double m = (double)x->rows;
    double mean = 0, sum = 0;
    for (size_t i = 0; i < x->rows; i++)
        mean += (double)gp_row(x, i)[j] / m;
    for (size_t i = 0; i < x->rows; i++)
        sum += pow((double)gp_row(x, i)[j] - mean, 2);
    return sum / m;
}

/* Mean 180, deviation 3: one pass in float errs by more than 1e-4 of the variance, the module by less than 1e-6. */
START_TEST(claim_one_pass_variance_loses_digits)
{
    gp_matrix x = normal(64, 16, 180, 3, 1), y = normal(64, 16, 0, 1, 2);
    gp_real ones[16], zeros[16] = {0}, mean[16], variance[16], inverse[16];
    double worst_one = 0, worst_two = 0;
    for (size_t j = 0; j < 16; j++)
        ones[j] = 1;
    gp_batchnorm_train(&x, ones, zeros, 1e-3, &y, mean, variance, inverse);
    for (size_t j = 0; j < 16; j++) {
        const double exact = exact_variance(&x, j);
        gp_real sum = 0, square = 0;
        for (size_t i = 0; i < x.rows; i++) {
            sum += gp_row(&x, i)[j];
            square += gp_row(&x, i)[j] * gp_row(&x, i)[j];
        }
        const gp_real one = square / 64 - (sum / 64) * (sum / 64);
        worst_one = fmax(worst_one, fabs((double)one / exact - 1));
        worst_two = fmax(worst_two, fabs((double)variance[j] / exact - 1));
    }
    ck_assert_double_gt(worst_one, 1e-4);
    ck_assert_double_lt(worst_two, 1e-6);
    gp_matrix_free(&x);
    gp_matrix_free(&y);
}
END_TEST

START_TEST(claim_gradient_has_no_constant_part)
{
    gp_layer *layer = gp_batchnorm_new(10, 0.9, 1e-9, NULL);
    gp_matrix x = normal(40, 10, 1, 2, 1), y = normal(40, 10, 0, 1, 2);
    gp_matrix dy = normal(40, 10, 0.5, 1, 3), dx = normal(40, 10, 0, 1, 4);
    gp_layer_forward(layer, &x, &y, &training);
    gp_layer_backward(layer, &x, &y, &dy, &dx);
    for (size_t j = 0; j < 10; j++) {
        double sum = 0, along = 0, size = 0;
        for (size_t i = 0; i < 40; i++) {
            sum += (double)gp_row(&dx, i)[j];
            along += (double)gp_row(&dx, i)[j] * (double)gp_row(&y, i)[j];
            size += fabs((double)gp_row(&dx, i)[j]);
        }
        ck_assert_double_lt(fabs(sum), 1e-5 * size);
        ck_assert_double_lt(fabs(along), 1e-5 * size);
    }
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_matrix_free(&dx);
    gp_matrix_free(&dy);
    gp_layer_free(layer);
}
END_TEST

/* A trained pair of layers against the folded one: a few units in the last place of the largest output. */
START_TEST(claim_folding_changes_rounding_only)
{
    gp_layer *dense = gp_dense_new(100, 50, true, NULL);
    gp_layer *norm = gp_batchnorm_new(50, 0.5, 1e-3, NULL);
    gp_random r = gp_random_new(1);
    gp_matrix x = normal(60, 100, 0, 1, 2), z = normal(60, 50, 0, 1, 3);
    gp_matrix y = normal(60, 50, 0, 1, 3);
    double worst = 0, size = 0;
    gp_random_fill_normal(&r, &dense->parameter[0].value, 0, 0.1);
    gp_random_fill_normal(&r, &dense->parameter[1].value, 0, 0.1);
    for (int k = 0; k < 5; k++) {
        gp_layer_forward(dense, &x, &z, &training);
        gp_layer_forward(norm, &z, &y, &training);
    }
    gp_layer_forward(norm, &z, &y, &inference);
    ck_assert_int_eq(gp_batchnorm_fold(dense, norm, NULL), GP_OK);
    gp_layer_forward(dense, &x, &z, &inference);
    for (size_t i = 0; i < 60; i++)
        for (size_t j = 0; j < 50; j++) {
            const double a = (double)gp_row(&y, i)[j];
            size = fmax(size, fabs(a));
            worst = fmax(worst, fabs(a - (double)gp_row(&z, i)[j]));
        }
    ck_assert_double_lt(worst, 1e-6 * size);
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_matrix_free(&z);
    gp_layer_free(dense);
    gp_layer_free(norm);
}
END_TEST

/* dense -> batchnorm, or dense -> relu -> batchnorm: the largest gradient of the bias, relative to that of the kernel. */
static double bias_share(bool relu_between)
{
    const gp_activation_arguments none = {0, 0};
    gp_layer *dense = gp_dense_new(30, 20, true, NULL);
    gp_layer *relu = gp_activation_new(&gp_relu, 20, none, NULL);
    gp_layer *norm = gp_batchnorm_new(20, 0.9, 1e-3, NULL);
    gp_random r = gp_random_new(1);
    gp_matrix x = normal(32, 30, 0, 1, 2), z = normal(32, 20, 0, 1, 3);
    gp_matrix a = normal(32, 20, 0, 1, 4), y = normal(32, 20, 0, 1, 4);
    gp_matrix dy = normal(32, 20, 0, 1, 5), dz = normal(32, 20, 0, 1, 6);
    gp_matrix da = normal(32, 20, 0, 1, 7);
    double bias = 0, kernel = 0;
    gp_random_fill_normal(&r, &dense->parameter[0].value, 0, 0.2);
    gp_layer_forward(dense, &x, &z, &training);
    gp_layer_forward(relu, &z, &a, &training);
    gp_layer_forward(norm, relu_between ? &a : &z, &y, &training);
    gp_layer_backward(norm, relu_between ? &a : &z, &y, &dy, &da);
    gp_layer_backward(relu, &z, &a, &da, &dz);
    gp_layer_backward(dense, &x, &z, relu_between ? &dz : &da, NULL);
    for (size_t j = 0; j < 20; j++) {
        bias = fmax(bias, fabs((double)dense->parameter[1].gradient.at[j]));
        for (size_t i = 0; i < 30; i++)
            kernel = fmax(kernel,
                          fabs((double)gp_row(&dense->parameter[0].gradient,
                                              i)[j]));
    }
    gp_matrix *all[] = {&x, &z, &a, &y, &dy, &dz, &da};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        gp_matrix_free(all[k]);
    gp_layer_free(dense);
    gp_layer_free(relu);
    gp_layer_free(norm);
    return bias / kernel;
}

START_TEST(claim_bias_before_normalization_has_no_gradient)
{
    ck_assert_double_lt(bias_share(false), 1e-6);
    ck_assert_double_gt(bias_share(true), 1e-3);
}
END_TEST

/* Kernel times 8: the same output, an eighth of the gradient. */
START_TEST(claim_weight_scale_divides_the_gradient)
{
    gp_layer *dense = gp_dense_new(30, 20, false, NULL);
    gp_layer *norm = gp_batchnorm_new(20, 0.9, 1e-12, NULL);
    gp_matrix w = normal(30, 20, 0, 0.2, 1), first = normal(30, 20, 0, 1, 1);
    gp_matrix x = normal(32, 30, 0, 1, 2), z = normal(32, 20, 0, 1, 3);
    gp_matrix y[2] = {normal(32, 20, 0, 1, 4), normal(32, 20, 0, 1, 4)};
    gp_matrix dy = normal(32, 20, 0, 1, 5), dz = normal(32, 20, 0, 1, 6);
    for (int k = 0; k < 2; k++) {
        for (size_t i = 0; i < 30; i++)
            for (size_t j = 0; j < 20; j++)
                gp_row(&dense->parameter[0].value, i)[j] =
                    (gp_real)(k ? 8 : 1) * gp_row(&w, i)[j];
        gp_layer_forward(dense, &x, &z, &training);
        gp_layer_forward(norm, &z, &y[k], &training);
        gp_layer_backward(norm, &z, &y[k], &dy, &dz);
        gp_layer_backward(dense, &x, &z, &dz, NULL);
        if (k == 0)
            gp_matrix_copy(&first, &dense->parameter[0].gradient);
    }
    for (size_t i = 0; i < 30; i++)
        for (size_t j = 0; j < 20; j++) {
            gp_assert_near(gp_row(&y[0], i)[j], gp_row(&y[1], i)[j], 1e-5);
            gp_assert_near(8 * gp_row(&dense->parameter[0].gradient, i)[j],
                           gp_row(&first, i)[j], 1e-4);
        }
    gp_matrix *all[] = {&w, &first, &x, &z, &y[0], &y[1], &dy, &dz};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        gp_matrix_free(all[k]);
    gp_layer_free(dense);
    gp_layer_free(norm);
}
END_TEST

/* The same row in two batches comes out differently in training, and alike at inference. */
START_TEST(claim_first_layer_normalization_depends_on_the_batch)
{
    gp_layer *norm = gp_batchnorm_new(6, 0.9, 1e-3, NULL);
    gp_matrix a = normal(32, 6, 100, 50, 1), b = normal(32, 6, 100, 50, 2);
    gp_matrix y = normal(32, 6, 0, 1, 3), z = normal(32, 6, 0, 1, 3);
    memcpy(gp_row(&b, 0), gp_row(&a, 0), 6 * sizeof(gp_real));
    for (int k = 0; k < 2; k++) {
        const gp_pass *pass = k == 0 ? &training : &inference;
        double apart = 0;
        gp_layer_forward(norm, &a, &y, pass);
        gp_layer_forward(norm, &b, &z, pass);
        for (size_t j = 0; j < 6; j++)
            apart = fmax(apart, fabs((double)(y.at[j] - z.at[j])));
        if (k == 0)
            ck_assert(apart > 0.01 && apart < 1);
        else
            ck_assert_double_eq(apart, 0);
    }
    gp_matrix_free(&a);
    gp_matrix_free(&b);
    gp_matrix_free(&y);
    gp_matrix_free(&z);
    gp_layer_free(norm);
}
END_TEST

START_TEST(claim_a_pair_keeps_only_the_order)
{
    gp_layer *norm = gp_batchnorm_new(50, 0.9, 1e-12, NULL);
    gp_matrix x = normal(2, 50, 3, 7, 1), y = normal(2, 50, 0, 1, 3);
    gp_layer_forward(norm, &x, &y, &training);
    for (size_t j = 0; j < 50; j++) {
        const bool up = gp_row(&x, 0)[j] > gp_row(&x, 1)[j];
        gp_assert_near(gp_row(&y, 0)[j], up ? 1 : -1, 1e-4);
        gp_assert_near(gp_row(&y, 1)[j], up ? -1 : 1, 1e-4);
    }
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_layer_free(norm);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("claims of chapter 6");
    TCase *tests = tcase_create("claims");
    tcase_add_test(tests, claim_one_pass_variance_loses_digits);
    tcase_add_test(tests, claim_gradient_has_no_constant_part);
    tcase_add_test(tests, claim_folding_changes_rounding_only);
    tcase_add_test(tests, claim_bias_before_normalization_has_no_gradient);
    tcase_add_test(tests, claim_weight_scale_divides_the_gradient);
    tcase_add_test(tests,
                   claim_first_layer_normalization_depends_on_the_batch);
    tcase_add_test(tests, claim_a_pair_keeps_only_the_order);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
