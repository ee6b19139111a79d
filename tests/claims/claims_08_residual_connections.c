/* What chapter 8 says, where a test of its modules does not say it already. */
#include "dense.h"
#include "initialize.h"
#include "layernorm.h"
#include "rectifier.h"
#include "support.h"

enum { N = 64 };

static gp_matrix normal(size_t rows, size_t cols, double mean, double deviation, uint64_t seed)
{
    gp_random r = gp_random_new(seed);
    gp_matrix m;
    ck_assert_int_eq(gp_matrix_new(&m, rows, cols, NULL), GP_OK);
    gp_random_fill_normal(&r, &m, mean, deviation);
    return m;
}

/* One row normalized, and a gradient sent back: y, dx, and what the row was. */
typedef struct {
    gp_row_norm norm;
    gp_real gamma[N], mean, inverse;
    gp_matrix x, dy, y, dx;
} one_row;

static void one_row_new(one_row *r, bool centered, uint64_t seed)
{
    r->x = normal(1, N, 2, 3, seed);
    r->dy = normal(1, N, 0, 1, seed + 100);
    r->y = normal(1, N, 0, 1, 1);
    r->dx = normal(1, N, 0, 1, 1);
    for (size_t j = 0; j < N; j++)
        r->gamma[j] = 1;
    r->norm = (gp_row_norm){.centered = centered, .epsilon = 1e-12, .gamma = r->gamma, .mean = &r->mean, .inverse = &r->inverse};
}

static void run(one_row *r)
{
    gp_row_norm_forward(&r->norm, &r->x, &r->y);
    gp_row_norm_backward(&r->norm, &r->x, &r->dy, &r->dx);
}

static void one_row_free(one_row *r)
{
    gp_matrix_free(&r->x);
    gp_matrix_free(&r->dy);
    gp_matrix_free(&r->y);
    gp_matrix_free(&r->dx);
}

static double dot(const gp_matrix *a, const gp_matrix *b)
{
    double sum = 0;
    for (size_t j = 0; j < a->cols; j++)
        sum += (double)a->at[j] * (b ? (double)b->at[j] : 1);
    return sum;
}

/* A sample alone has the same output, bit for bit, as in a batch, and at inference as in training. */
START_TEST(claim_layer_normalization_ignores_the_batch)
{
    gp_layer *layer = gp_layernorm_new(N, 1e-5, NULL);
    gp_matrix x = normal(32, N, 1, 2, 1), y = normal(32, N, 0, 1, 2), alone = normal(1, N, 0, 1, 3);
    ck_assert_int_eq(gp_layer_reserve(layer, 32, NULL), GP_OK);
    gp_layer_forward(layer, &x, &y, &(gp_pass){true, NULL});
    for (size_t i = 0; i < 32; i++) {
        const gp_matrix row = gp_matrix_rows(&x, i, 1);
        gp_layer_forward(layer, &row, &alone, &(gp_pass){false, NULL});
        ck_assert_int_eq(memcmp(alone.at, gp_row(&y, i), N * sizeof(gp_real)), 0);
    }
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_matrix_free(&alone);
    gp_layer_free(layer);
}
END_TEST

START_TEST(claim_layer_normalization_ignores_scale_and_offset)
{
    one_row a, b;
    one_row_new(&a, true, 1);
    one_row_new(&b, true, 1);
    a.norm.epsilon = b.norm.epsilon = 1e-5;
    for (size_t j = 0; j < N; j++)
        b.x.at[j] = _i ? b.x.at[j] + 1000 : b.x.at[j] * 1000;
    run(&a);
    run(&b);
    for (size_t j = 0; j < N; j++)
        gp_assert_near(b.y.at[j], a.y.at[j], 1e-4);
    one_row_free(&a);
    one_row_free(&b);
}
END_TEST

/* Offset 300, spread 1: the variance to 1e-5 by two passes; E[x^2] - mean^2 errs by more than 1e-3. */
START_TEST(claim_a_row_with_an_offset_keeps_its_variance)
{
    one_row r;
    double exact = 0, worst = 0, mean = 0;
    gp_real sum = 0, square = 0;
    one_row_new(&r, true, 1);
    gp_matrix_free(&r.x);
    r.x = normal(1, N, 300, 1, 3);
    for (size_t j = 0; j < N; j++) {
        mean += (double)r.x.at[j] / N;
        sum += r.x.at[j];
        square += r.x.at[j] * r.x.at[j];
    }
    for (size_t j = 0; j < N; j++)
        exact += pow((double)r.x.at[j] - mean, 2) / N;
    run(&r);
    gp_assert_near(1 / pow((double)r.inverse, 2), exact, 1e-5);
    worst = fabs((double)(square / N - (sum / N) * (sum / N)) - exact) / exact;
    ck_assert_double_gt(worst, 1e-3);
    one_row_free(&r);
}
END_TEST

/* dx with gamma multiplied in at the end: right for gamma = 1, wrong by a tenth and more for other gammas. */
START_TEST(claim_gamma_belongs_inside_the_means)
{
    one_row r;
    double worst = 0;
    one_row_new(&r, true, 5);
    for (size_t j = 0; _i && j < N; j++)
        r.gamma[j] = (gp_real)(0.5 + (double)j / N);
    run(&r);
    double mean_dy = dot(&r.dy, NULL) / N, mean_dy_xhat = 0;
    for (size_t j = 0; j < N; j++)
        mean_dy_xhat += (double)(r.dy.at[j] * (r.x.at[j] - r.mean) * r.inverse) / N;
    for (size_t j = 0; j < N; j++) {
        const double xhat = (double)((r.x.at[j] - r.mean) * r.inverse);
        const double copied = (double)(r.gamma[j] * r.inverse) * ((double)r.dy.at[j] - mean_dy - xhat * mean_dy_xhat);
        worst = fmax(worst, fabs(copied - (double)r.dx.at[j]) / (double)r.inverse);
    }
    if (_i)
        ck_assert_double_gt(worst, 0.1);
    else
        ck_assert_double_lt(worst, 1e-5);
    one_row_free(&r);
}
END_TEST

/* Orthogonal to (1, ..., 1) and to xhat, never longer than s |dxhat|. */
START_TEST(claim_row_gradient_is_orthogonal)
{
    one_row r;
    one_row_new(&r, true, (uint64_t)_i);
    run(&r);
    const double length = sqrt(dot(&r.dx, &r.dx));
    gp_assert_near(dot(&r.dx, NULL) / length, 0, 1e-5);
    gp_assert_near(dot(&r.dx, &r.y) / length, 0, 1e-4);
    ck_assert_double_lt(length, (double)r.inverse * sqrt(dot(&r.dy, &r.dy)));
    one_row_free(&r);
}
END_TEST

START_TEST(claim_row_gradient_is_inversely_proportional)
{
    one_row a, b;
    one_row_new(&a, true, 2);
    one_row_new(&b, true, 2);
    for (size_t j = 0; j < N; j++)
        b.x.at[j] *= 8;
    run(&a);
    run(&b);
    for (size_t j = 0; j < N; j++)
        gp_assert_near(8 * b.dx.at[j], a.dx.at[j], 1e-6);
    one_row_free(&a);
    one_row_free(&b);
}
END_TEST

static gp_layer *dense(size_t width, const char *initializer, gp_random *r)
{
    gp_layer *layer = gp_dense_new(width, width, true, NULL);
    ck_assert(gp_initialize(&layer->parameter[0].value, initializer, r));
    return layer;
}

/* Path and branch have mean square 1, so the normalization behind their sum divides by sqrt(2). */
START_TEST(claim_postnorm_divides_the_path)
{
    enum { W = 400, ROWS = 20 };
    gp_random r = gp_random_new(3);
    gp_layer *first = dense(W, "he_normal", &r), *second = dense(W, "lecun_normal", &r);
    gp_layer *relu = gp_activation_new(&gp_relu, W, (gp_activation_arguments){0}, NULL);
    gp_matrix h = normal(ROWS, W, 0, 1, 1), a = normal(ROWS, W, 0, 1, 2), f = normal(ROWS, W, 0, 1, 3);
    gp_real gamma[W], mean[ROWS], inverse[ROWS];
    const gp_pass pass = {true, NULL};
    double sum = 0;
    for (size_t j = 0; j < W; j++)
        gamma[j] = 1;
    gp_layer_forward(first, &h, &a, &pass);
    gp_layer_forward(relu, &a, &f, &pass);
    gp_layer_forward(second, &f, &a, &pass);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < W; j++)
            gp_row(&a, i)[j] += gp_row(&h, i)[j];
    const gp_row_norm norm = {.centered = true, .epsilon = 1e-5, .gamma = gamma, .mean = mean, .inverse = inverse};
    gp_row_norm_forward(&norm, &a, &f);
    for (size_t i = 0; i < ROWS; i++)
        sum += (double)inverse[i] / ROWS;
    gp_assert_near(sum, sqrt(0.5), 0.03);
    gp_layer_free(first);
    gp_layer_free(second);
    gp_layer_free(relu);
    gp_matrix_free(&h);
    gp_matrix_free(&a);
    gp_matrix_free(&f);
}
END_TEST

/* One gradient, sent back through rectifiers and He's weights at two inputs that have nothing to do with each other. */
START_TEST(claim_correlation_halves_in_a_plain_layer)
{
    enum { W = 300, NETWORKS = 20 };
    gp_random r = gp_random_new(4);
    const gp_pass pass = {true, NULL};
    gp_layer *relu = gp_activation_new(&gp_relu, W, (gp_activation_arguments){0}, NULL);
    gp_matrix x = normal(2, W, 0, 1, 1), z = normal(2, W, 0, 1, 2), y = normal(2, W, 0, 1, 3), dy = normal(2, W, 0, 1, 4);
    double sum = 0;
    for (int k = 0; k < NETWORKS; k++) {
        gp_layer *layer = dense(W, "he_normal", &r);
        gp_random_fill_normal(&r, &x, 0, 1);
        gp_random_fill_normal(&r, &dy, 0, 1);
        memcpy(gp_row(&dy, 1), gp_row(&dy, 0), W * sizeof(gp_real));
        gp_layer_forward(layer, &x, &z, &pass);
        gp_layer_forward(relu, &z, &y, &pass);
        gp_layer_backward(relu, &z, &y, &dy, &y);
        gp_layer_backward(layer, &x, &z, &y, &x);
        const gp_matrix a = gp_matrix_rows(&x, 0, 1), b = gp_matrix_rows(&x, 1, 1);
        sum += dot(&a, &b) / sqrt(dot(&a, &a) * dot(&b, &b)) / NETWORKS;
        gp_layer_free(layer);
    }
    gp_assert_near(sum, 0.5, 0.05);
    gp_layer_free(relu);
    gp_matrix *all[] = {&x, &z, &y, &dy};
    for (size_t i = 0; i < 4; i++)
        gp_matrix_free(all[i]);
}
END_TEST

START_TEST(claim_doubling_leaves_the_range_of_a_float)
{
    int blocks = 0, squares = 0;
    for (double h = 1; isfinite((float)h); h *= sqrt(2) * (1 + 1e-12))
        blocks++;
    for (float square = 1; isfinite(square); square *= 2)
        squares++;
    ck_assert_int_eq(blocks, 256);
    ck_assert_int_eq(squares, 128);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("claims of chapter 8");
    TCase *tests = tcase_create("claims");
    tcase_add_test(tests, claim_layer_normalization_ignores_the_batch);
    tcase_add_loop_test(tests, claim_layer_normalization_ignores_scale_and_offset, 0, 2);
    tcase_add_test(tests, claim_a_row_with_an_offset_keeps_its_variance);
    tcase_add_loop_test(tests, claim_gamma_belongs_inside_the_means, 0, 2);
    tcase_add_loop_test(tests, claim_row_gradient_is_orthogonal, 0, 5);
    tcase_add_test(tests, claim_row_gradient_is_inversely_proportional);
    tcase_add_test(tests, claim_postnorm_divides_the_path);
    tcase_add_test(tests, claim_correlation_halves_in_a_plain_layer);
    tcase_add_test(tests, claim_doubling_leaves_the_range_of_a_float);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
