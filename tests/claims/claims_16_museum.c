/* Each exhibit of the museum has a check; it passes the book's function and turns the shipped one away. */
#include "support.h"
#include "activation.h"
#include "museum.h"
#include "initialize.h"

/* 1: 100000 weights, in != out, have the variance that was asked for, to 2 per cent. */
static bool has_the_variance(void (*fill)(gp_matrix *, double, gp_random *))
{
    gp_random r = gp_random_new(1);
    gp_matrix w;
    double square = 0;
    ck_assert_int_eq(gp_matrix_new(&w, 400, 250, NULL), GP_OK);
    fill(&w, 0.01, &r);
    for (size_t i = 0; i < 400; i++)
        for (size_t j = 0; j < 250; j++)
            square += pow((double)gp_row(&w, i)[j], 2) / 1e5;
    gp_matrix_free(&w);
    return fabs(square / 0.01 - 1) < 0.02;
}

static void fill_right(gp_matrix *w, double variance, gp_random *r)
{
    const gp_variance_scaling s = {variance * (double)w->rows, GP_FAN_IN,
                                   GP_TRUNCATED_NORMAL};
    gp_initialize_variance_scaling(w, s, r);
}

START_TEST(claim_museum_narrow_normal)
{
    ck_assert(has_the_variance(fill_right));
    ck_assert(!has_the_variance(museum_truncated));
}
END_TEST

/* 2: at Keras' momentum 0.99 a batch has a share of one per cent. */
static bool averages(void (*update)(size_t, gp_real *, const gp_real *, double))
{
    gp_real running[1] = {0};
    const gp_real batch[1] = {1};
    update(1, running, batch, 0.99);
    return fabs((double)running[0] - 0.01) < 1e-6;
}

static void update_right(size_t n, gp_real *running, const gp_real *batch,
                         double momentum)
{
    gp_batchnorm_running(n, running, batch, 1 - momentum, 1);
}

static void update_layer(size_t n, gp_real *running, const gp_real *batch,
                         double momentum)
{
    const gp_pass pass = {true, NULL};
    gp_layer *layer = gp_batchnorm_new(n, momentum, 1e-3, NULL);
    gp_matrix x, y;
    gp_matrix_new(&x, 2, n, NULL);
    gp_matrix_new(&y, 2, n, NULL);
    gp_matrix_fill(&x, batch[0]);
    gp_layer_forward(layer, &x, &y, &pass);
    running[0] = layer->parameter[2].value.at[0];
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_layer_free(layer);
}

START_TEST(claim_museum_momentum)
{
    ck_assert(averages(update_right));
    ck_assert(averages(update_layer));
    ck_assert(!averages(museum_running));
}
END_TEST

/* 3: 500 batches of two samples with variance 1, averaged over 64 columns. */
static bool is_unbiased(void (*update)(size_t, gp_real *, const gp_real *, double,
                                       size_t))
{
    enum { N = 64 };
    gp_real ones[N], zeros[N] = {0}, mean[N], variance[N], inverse[N];
    gp_real running[N] = {0};
    gp_random r = gp_random_new(4);
    gp_matrix x, y;
    double sum = 0;
    gp_matrix_new(&x, 2, N, NULL);
    gp_matrix_new(&y, 2, N, NULL);
    for (size_t j = 0; j < N; j++)
        ones[j] = 1;
    for (int k = 1; k <= 500; k++) {
        gp_random_fill_normal(&r, &x, 0, 1);
        gp_batchnorm_train(&x, ones, zeros, 1e-3, &y, mean, variance,
                           inverse);
        update(N, running, variance, 1. / k, 2);
    }
    for (size_t j = 0; j < N; j++)
        sum += (double)running[j] / N;
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    return fabs(sum - 1) < 0.05;
}

static void variance_right(size_t n, gp_real *running, const gp_real *batch,
                           double update, size_t m)
{
    gp_batchnorm_running(n, running, batch, update,
                         (double)m / (double)(m - 1));
}

START_TEST(claim_museum_biased_variance)
{
    ck_assert(is_unbiased(variance_right));
    ck_assert(!is_unbiased(museum_variance));
}
END_TEST

/* 4: the mean of ten losses does not depend on how they are cut into pieces. */
static bool cuts_alike(double (*loss)(size_t, const double *, const double *))
{
    const double once[1] = {13}, all[1] = {10};
    const double sum[2] = {3, 10}, count[2] = {1, 9};
    return fabs(loss(1, once, all) - loss(2, sum, count)) < 1e-12 &&
           fabs(loss(1, once, all) - 1.3) < 1e-12;
}

/* The library's own loss: a batch written down twice has the same gradient for each sample, halved. */
static bool batch_size_drops_out(gp_reduction reduction)
{
    gp_label labels[8] = {0, 1, 2, 0, 0, 1, 2, 0};
    gp_random r = gp_random_new(5);
    gp_matrix x, d;
    gp_cross_entropy_options o = {.labels = labels};
    gp_matrix_new(&x, 8, 3, NULL);
    gp_matrix_new(&d, 8, 3, NULL);
    gp_random_fill_normal(&r, &x, 0, 1);
    for (size_t i = 0; i < 4; i++)
        memcpy(gp_row(&x, i + 4), gp_row(&x, i), 3 * sizeof(gp_real));
    gp_matrix half = gp_matrix_rows(&x, 0, 4), dh = gp_matrix_rows(&d, 0, 4);
    o.reduction = reduction;
    const double one = gp_softmax_cross_entropy(&half, &o, NULL, &dh);
    const double two = gp_softmax_cross_entropy(&x, &o, NULL, &d);
    gp_matrix_free(&x);
    gp_matrix_free(&d);
    return fabs(one - two) < 1e-6;
}

START_TEST(claim_museum_sum_and_mean)
{
    ck_assert(cuts_alike(museum_mean));
    ck_assert(!cuts_alike(museum_pieces));
    ck_assert(!cuts_alike(museum_sum));
    ck_assert(batch_size_drops_out(GP_REDUCE_MEAN));
    ck_assert(!batch_size_drops_out(GP_REDUCE_SUM));
}
END_TEST

typedef void slope(size_t, const gp_real *, const gp_real *, const gp_real *, gp_real *,
                   gp_activation_arguments);

static double elu_slope_at(double z, slope *df)
{
    const gp_activation_arguments a = {1, 0};
    const gp_real x = (gp_real)z, one = 1;
    gp_real y, dx;
    gp_elu.f(1, &x, &y, a);
    df(1, &x, &y, &one, &dx, a);
    return (double)dx;
}

/* 5: the slope at -20 is exp(-20), to 1e-5 of it. */
static bool slope_survives(slope *df)
{
    return fabs(elu_slope_at(-20, df) / exp(-20.) - 1) < 1e-5;
}

START_TEST(claim_museum_elu_gradient)
{
    ck_assert(slope_survives(gp_elu.df));
    ck_assert(!slope_survives(museum_elu_slope));
    ck_assert_double_eq(elu_slope_at(-20, museum_elu_slope), 0);
    ck_assert_double_gt(elu_slope_at(-15, museum_elu_slope), 0);
}
END_TEST

/* 6: the variance of a column does not change, to a hundredth, when 1000 is added to it. */
static bool bears_an_offset(gp_real (*variance)(size_t, const gp_real *))
{
    gp_real x[200], shifted[200];
    gp_random r = gp_random_new(2);
    for (size_t i = 0; i < 200; i++) {
        shifted[i] = (gp_real)(1000 + 0.01 * gp_random_normal(&r));
        x[i] = shifted[i] - 1000;
    }
    return fabs((double)(variance(200, shifted) / variance(200, x)) - 1) <
           0.01;
}

static gp_real variance_of_module(size_t n, const gp_real *x)
{
    const gp_real one[1] = {1}, zero[1] = {0};
    gp_real y[200], mean[1], variance[1], inverse[1];
    gp_matrix from = gp_matrix_view((gp_real *)(uintptr_t)x, n, 1, 1);
    gp_matrix to = gp_matrix_view(y, n, 1, 1);
    gp_batchnorm_train(&from, one, zero, 1e-3, &to, mean, variance, inverse);
    return variance[0];
}

START_TEST(claim_museum_negative_variance)
{
    ck_assert(bears_an_offset(variance_of_module));
    ck_assert(!bears_an_offset(museum_one_pass));
}
END_TEST

/* 7: the slope at 100 is 1. */
static bool bears_large_inputs(slope *df)
{
    return fabs(elu_slope_at(100, df) - 1) < 1e-6;
}

START_TEST(claim_museum_zero_times_infinity)
{
    ck_assert(bears_large_inputs(gp_elu.df));
    ck_assert(bears_large_inputs(museum_elu_slope));
    ck_assert(!bears_large_inputs(museum_mask_slope));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("claims of the museum");
    TCase *tests = tcase_create("exhibits");
    tcase_add_test(tests, claim_museum_narrow_normal);
    tcase_add_test(tests, claim_museum_momentum);
    tcase_add_test(tests, claim_museum_biased_variance);
    tcase_add_test(tests, claim_museum_sum_and_mean);
    tcase_add_test(tests, claim_museum_elu_gradient);
    tcase_add_test(tests, claim_museum_negative_variance);
    tcase_add_test(tests, claim_museum_zero_times_infinity);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
