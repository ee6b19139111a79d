/* Each entry of the errata has a check; it passes the book's function and turns the notebook's version away. */
#include "support.h"
#include "activation.h"
#include "dataset.h"
#include "dense.h"
#include "errata.h"
#include "loss.h"
#include "network.h"
#include <time.h>

static gp_matrix zeros(size_t rows, size_t cols)
{
    gp_matrix m;
    ck_assert_int_eq(gp_matrix_new(&m, rows, cols, NULL), GP_OK);
    return m;
}

/* 1: the variance is 1 / fan_avg, to two per cent. */
static bool has_glorot_variance(void (*fill)(gp_matrix *, gp_random *))
{
    gp_random r = gp_random_new(3);
    gp_matrix w = zeros(300, 100);
    double square = 0;
    fill(&w, &r);
    for (size_t i = 0; i < 300; i++)
        for (size_t j = 0; j < 100; j++)
            square += pow((double)gp_row(&w, i)[j], 2) / 3e4;
    gp_matrix_free(&w);
    return fabs(square * 200 - 1) < 0.02;
}

static void book_glorot(gp_matrix *w, gp_random *r)
{
    ck_assert(gp_initialize(w, "glorot_uniform", r));
}

START_TEST(claim_errata_radius)
{
    ck_assert(has_glorot_variance(book_glorot));
    ck_assert(!has_glorot_variance(errata_glorot));
}
END_TEST

/* 2: no sample of 100 sends a gradient to the weights. */
static bool is_dead(const gp_matrix *w, gp_real bias)
{
    const gp_activation_arguments none = {0, 0};
    const gp_pass pass = {true, NULL};
    gp_layer *dense = gp_dense_new(2, 1, true, NULL);
    gp_layer *relu = gp_activation_new(&gp_relu, 1, none, NULL);
    gp_random r = gp_random_new(4);
    gp_matrix x = zeros(100, 2), z = zeros(100, 1), y = zeros(100, 1);
    gp_matrix dy = zeros(100, 1), dz = zeros(100, 1);
    gp_random_fill_normal(&r, &x, 0, 1);
    gp_matrix_copy(&dense->parameter[0].value, w);
    dense->parameter[1].value.at[0] = bias;
    gp_matrix_fill(&dy, 1);
    gp_layer_forward(dense, &x, &z, &pass);
    gp_layer_forward(relu, &z, &y, &pass);
    gp_layer_backward(relu, &z, &y, &dy, &dz);
    gp_layer_backward(dense, &x, &z, &dz, NULL);
    const bool dead = dense->parameter[1].gradient.at[0] == 0 &&
                      gp_row(&dense->parameter[0].gradient, 0)[0] == 0;
    gp_matrix *all[] = {&x, &z, &y, &dy, &dz};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        gp_matrix_free(all[k]);
    gp_layer_free(dense);
    gp_layer_free(relu);
    return dead;
}

START_TEST(claim_errata_dying)
{
    gp_matrix alive = zeros(2, 1), dead = zeros(2, 1);
    gp_row(&alive, 0)[0] = 1;
    gp_row(&alive, 1)[0] = -3;
    gp_row(&dead, 0)[0] = 1;
    gp_row(&dead, 1)[0] = 1;
    ck_assert(!is_dead(&alive, 0));
    ck_assert(is_dead(&dead, -10));
    ck_assert(errata_dead(&alive));
    ck_assert(!errata_dead(&dead));
    gp_matrix_free(&alive);
    gp_matrix_free(&dead);
}
END_TEST

static gp_real book_elu_slope(gp_real z, gp_real alpha)
{
    const gp_activation_arguments a = {alpha, 0};
    const gp_real one = 1;
    gp_real y, dx;
    gp_elu.f(1, &z, &y, a);
    gp_elu.df(1, &z, &y, &one, &dx, a);
    return dx;
}

/* 3: positive from -1 to -80. */
static bool is_never_zero(gp_real (*slope)(gp_real, gp_real))
{
    for (int z = -1; z >= -80; z--)
        if (!(slope((gp_real)z, 1) > 0))
            return false;
    return true;
}

START_TEST(claim_errata_elu_gradient)
{
    ck_assert(is_never_zero(book_elu_slope));
    ck_assert(!is_never_zero(errata_elu_slope));
    ck_assert(errata_elu_slope((gp_real)-17.3, 1) > 0);
    ck_assert(errata_elu_slope((gp_real)-17.4, 1) == 0);
    ck_assert(book_elu_slope(-103, 1) > 0);
    ck_assert(book_elu_slope(-105, 1) == 0);
}
END_TEST

/* 4: the least of 50 times, in CPU time, for 4096 numbers. */
static double kernel_time(const gp_activation_type *type)
{
    enum { N = 4096, CALLS = 20 };
    static gp_real x[N], y[N];
    const gp_activation_arguments a = {1, 0};
    double best = INFINITY;
    for (size_t i = 0; i < N; i++)
        x[i] = (gp_real)((double)(i % 64) / 16 - 2);
    for (int k = 0; k < 50; k++) {
        struct timespec from, to;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        for (int c = 0; c < CALLS; c++)
            type->f(N, x, y, a);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        best = fmin(best, (double)(to.tv_sec - from.tv_sec) * 1e9 +
                              (double)(to.tv_nsec - from.tv_nsec));
    }
    return best;
}

/* The mean loss of steps 251 to 300 on the spirals, plain gradient descent, the same rate for both. */
static double late_loss(const char *specification, uint64_t seed)
{
    gp_error error = {""};
    gp_dataset data;
    gp_matrix x;
    gp_label labels[32];
    double loss = 0;
    gp_random r = gp_random_new(seed);
    ck_assert_msg(gp_dataset_open(&data, "spirals", 1, &error) == GP_OK,
                  "%s", error.message);
    gp_network *net = gp_network_new(data.features, seed, &error);
    ck_assert_msg(gp_network_parse(net, specification, &error) == GP_OK,
                  "%s", error.message);
    ck_assert_int_eq(gp_network_reserve(net, 32, &error), GP_OK);
    x = zeros(32, data.features);
    for (int s = 1; s <= 300; s++) {
        uint32_t index[32];
        for (size_t i = 0; i < 32; i++) {
            index[i] = (uint32_t)gp_random_below(&r, data.train.count);
            labels[i] = data.train.labels[index[i]];
        }
        gp_matrix_gather(&x, &data.train.x, 32, index);
        const double l = gp_network_gradients(net, &x, labels);
        loss += s > 250 ? l / 50 : 0;
        for (size_t i = 0; i < gp_network_layers(net); i++) {
            gp_layer *layer = gp_network_layer(net, i);
            for (size_t k = 0; k < layer->parameters; k++) {
                gp_parameter *p = &layer->parameter[k];
                for (size_t a = 0; a < p->value.rows; a++)
                    for (size_t b = 0; b < p->value.cols; b++)
                        gp_row(&p->value, a)[b] -=
                            (gp_real)0.1 * gp_row(&p->gradient, a)[b];
            }
        }
    }
    gp_matrix_free(&x);
    gp_network_free(net);
    gp_dataset_free(&data);
    return loss;
}

START_TEST(claim_errata_elu_costs_time_not_learning)
{
    double elu = 0, relu = 0;
    ck_assert_double_gt(kernel_time(&gp_elu), kernel_time(&gp_relu));
    for (uint64_t seed = 1; seed <= 3; seed++) {
        elu += late_loss("3*(dense:30:he_normal elu) dense:3", seed) / 3;
        relu += late_loss("3*(dense:30:he_normal relu) dense:3", seed) / 3;
    }
    ck_assert_double_le(elu, relu);
}
END_TEST

/* 5: 200 batches whose mean drifts from 0 to 2; the claimed mean against what Keras would hold. */
static double drift(int k)
{
    return 0.01 * k;
}

static double keras_mean(size_t batches, const double mean[])
{
    double running = 0;
    for (size_t k = 0; k < batches; k++)
        running = 0.99 * running + 0.01 * mean[k];
    return running;
}

static double layer_mean(size_t batches, const double mean[])
{
    const gp_pass pass = {true, NULL};
    gp_layer *layer = gp_batchnorm_new(1, 0.99, 1e-3, NULL);
    gp_matrix x = zeros(2, 1), y = zeros(2, 1);
    for (size_t k = 0; k < batches; k++) {
        gp_row(&x, 0)[0] = (gp_real)(mean[k] - 1);
        gp_row(&x, 1)[0] = (gp_real)(mean[k] + 1);
        gp_layer_forward(layer, &x, &y, &pass);
    }
    const double result = (double)layer->parameter[2].value.at[0];
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_layer_free(layer);
    return result;
}

static bool is_what_keras_uses(double (*result)(size_t, const double *))
{
    double mean[200];
    for (int k = 0; k < 200; k++)
        mean[k] = drift(k);
    return fabs(result(200, mean) - keras_mean(200, mean)) < 1e-4;
}

START_TEST(claim_errata_inference)
{
    ck_assert(is_what_keras_uses(layer_mean));
    ck_assert(!is_what_keras_uses(errata_moving_mean));
}
END_TEST

static gp_real book_mean(int m, const gp_real x[])
{
    const gp_real one[1] = {1}, zero[1] = {0};
    gp_real mean[1], variance[1], inverse[1];
    gp_matrix column = zeros((size_t)m, 1), y = zeros((size_t)m, 1);
    for (int i = 1; i <= m; i++)
        gp_row(&column, (size_t)i - 1)[0] = x[i];
    gp_batchnorm_train(&column, one, zero, 1e-3, &y, mean, variance, inverse);
    gp_matrix_free(&column);
    gp_matrix_free(&y);
    return mean[0];
}

/* 6 */
static bool is_the_mean(gp_real (*mean)(int, const gp_real *))
{
    const gp_real x[] = {0, 1, 2, 3, 6};
    return mean(4, x) == 3;
}

START_TEST(claim_errata_limits)
{
    ck_assert(is_the_mean(book_mean));
    ck_assert(!is_the_mean(errata_mean));
}
END_TEST

/* 7: no jump of the slope at 0. */
static bool is_smooth(double alpha)
{
    return fabs((double)book_elu_slope((gp_real)1e-4, (gp_real)alpha) -
                (double)book_elu_slope((gp_real)-1e-4, (gp_real)alpha)) < 1e-3;
}

START_TEST(claim_errata_smooth)
{
    ck_assert(is_smooth(1));
    ck_assert(!is_smooth(0.5));
    ck_assert(!is_smooth(2));
    ck_assert(!is_smooth(GP_SELU_ALPHA));
}
END_TEST

static gp_real book_leaky(gp_real z, gp_real alpha)
{
    const gp_activation_arguments a = {alpha, 0};
    gp_real y;
    gp_leaky_relu.f(1, &z, &y, a);
    return y;
}

/* 8: z on the right of 0, alpha z on the left. */
static bool is_leaky(gp_real (*f)(gp_real, gp_real), double alpha)
{
    const gp_real a = (gp_real)alpha;
    return f(2, a) == 2 && f(-2, a) == -2 * a;
}

START_TEST(claim_errata_maximum)
{
    ck_assert(is_leaky(book_leaky, 0.2));
    ck_assert(is_leaky(errata_leaky, 0.2));
    ck_assert(is_leaky(book_leaky, 1.5));
    ck_assert(!is_leaky(errata_leaky, 1.5));
}
END_TEST

/* 9: how far a fresh layer's output is from (x - 100) / 50, on average, in batches of `batch`. */
static double off_standard(size_t batch, bool training)
{
    enum { ROWS = 2048 };
    const gp_pass train = {true, NULL}, use = {training, NULL};
    gp_layer *layer = gp_batchnorm_new(4, 0.99, 1e-3, NULL);
    gp_random r = gp_random_new(6);
    gp_matrix x = zeros(ROWS, 4), y = zeros(ROWS, 4);
    double sum = 0;
    gp_random_fill_normal(&r, &x, 100, 50);
    gp_batchnorm_population_begin(layer);
    for (size_t i = 0; i < ROWS; i += batch) {
        const gp_matrix in = gp_matrix_rows(&x, i, batch);
        gp_matrix out = gp_matrix_rows(&y, i, batch);
        gp_layer_forward(layer, &in, &out, &train);
    }
    gp_batchnorm_population_end(layer);
    if (!training)
        gp_layer_forward(layer, &x, &y, &use);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < 4; j++)
            sum += fabs((double)gp_row(&y, i)[j] -
                        ((double)gp_row(&x, i)[j] - 100) / 50);
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_layer_free(layer);
    return sum / (ROWS * 4);
}

START_TEST(claim_errata_first_layer)
{
    const double small = off_standard(8, true), large = off_standard(128, true);
    ck_assert_double_gt(small, 0.1);
    ck_assert_double_gt(large, 0.01);
    ck_assert_double_lt(large, small / 2);
    ck_assert_double_lt(off_standard(32, false), 0.03);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("claims of the errata");
    TCase *tests = tcase_create("entries");
    tcase_add_test(tests, claim_errata_radius);
    tcase_add_test(tests, claim_errata_dying);
    tcase_add_test(tests, claim_errata_elu_gradient);
    tcase_add_test(tests, claim_errata_elu_costs_time_not_learning);
    tcase_add_test(tests, claim_errata_inference);
    tcase_add_test(tests, claim_errata_limits);
    tcase_add_test(tests, claim_errata_smooth);
    tcase_add_test(tests, claim_errata_maximum);
    tcase_add_test(tests, claim_errata_first_layer);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
