/* Dropout and alpha dropout: what they drop, what they keep, what they leave alone. */
#include "dropout.h"
#include "elu.h"
#include "support.h"

#define ROWS 500
#define COLS 400
static gp_matrix x, y, dy, dx;
static gp_random chance;

static void setup(void)
{
    chance = gp_random_new(11);
    ck_assert(!gp_matrix_new(&x, ROWS, COLS, NULL) && !gp_matrix_new(&y, ROWS, COLS, NULL));
    ck_assert(!gp_matrix_new(&dy, ROWS, COLS, NULL) && !gp_matrix_new(&dx, ROWS, COLS, NULL));
    gp_random_fill_normal(&chance, &x, 0, 1);
    gp_matrix_fill(&dy, 1);
}

static void teardown(void)
{
    gp_matrix_free(&x), gp_matrix_free(&y);
    gp_matrix_free(&dy), gp_matrix_free(&dx);
}

static gp_moments moments(const gp_matrix *m)
{
    double sum = 0, square = 0;
    const double n = (double)m->rows * (double)m->cols;
    for (size_t i = 0; i < m->rows; i++)
        for (size_t j = 0; j < m->cols; j++) {
            sum += (double)gp_row(m, i)[j];
            square += (double)gp_row(m, i)[j] * (double)gp_row(m, i)[j];
        }
    return (gp_moments){sum / n, square / n - sum / n * (sum / n)};
}

START_TEST(dropout_drops_its_share)
{
    gp_layer *layer = gp_dropout_new(COLS, 0.3f, NULL);
    gp_pass pass = {true, &chance};
    size_t dropped = 0, wrong = 0;
    ck_assert_int_eq(gp_layer_reserve(layer, ROWS, NULL), GP_OK);
    gp_layer_forward(layer, &x, &y, &pass);
    gp_layer_backward(layer, &x, &y, &dy, &dx);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < COLS; j++) {
            float a = gp_row(&x, i)[j], b = gp_row(&y, i)[j], g = gp_row(&dx, i)[j];
            dropped += b == 0;
            wrong += !(b == 0 ? g == 0 : g == 1 / 0.7f && fabsf(b - a / 0.7f) <= 1e-6f * fabsf(b));
        }
    ck_assert_uint_eq(wrong, 0);
    gp_assert_near((double)dropped / (ROWS * COLS), 0.3, 0.005);
    gp_layer_free(layer);
}
END_TEST

/* Standard normal in, mean 0 and variance 1 out; plain dropout raises the variance to 1 / (1 - rate). */
START_TEST(alpha_dropout_keeps_the_moments)
{
    static const float rate[] = {0.05f, 0.1f, 0.5f};
    gp_layer *alpha = gp_alpha_dropout_new(COLS, rate[_i], NULL);
    gp_layer *plain = gp_dropout_new(COLS, rate[_i], NULL);
    gp_pass pass = {true, &chance};
    ck_assert(!gp_layer_reserve(alpha, ROWS, NULL) && !gp_layer_reserve(plain, ROWS, NULL));
    gp_layer_forward(alpha, &x, &y, &pass);
    gp_moments m = moments(&y);
    gp_assert_near(m.mean, 0, 0.02);
    gp_assert_near(m.variance, 1, 0.02);
    gp_layer_forward(plain, &x, &y, &pass);
    gp_assert_near(moments(&y).variance, 1 / (1 - (double)rate[_i]), 0.03);
    gp_layer_free(alpha);
    gp_layer_free(plain);
}
END_TEST

START_TEST(alpha_dropout_by_the_paper)
{
    const double low = -GP_SELU_ALPHA * GP_SELU_SCALE, q = 0.8;
    const double a = 1 / sqrt(q + low * low * q * (1 - q)), b = -a * (1 - q) * low;
    double worst = 0;
    gp_layer *layer = gp_alpha_dropout_new(COLS, 0.2f, NULL);
    gp_pass pass = {true, &chance};
    ck_assert_int_eq(gp_layer_reserve(layer, ROWS, NULL), GP_OK);
    gp_layer_forward(layer, &x, &y, &pass);
    gp_layer_backward(layer, &x, &y, &dy, &dx);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < COLS; j++) {
            const bool kept = gp_row(&dx, i)[j] != 0;
            const double want = a * (kept ? (double)gp_row(&x, i)[j] : low) + b;
            worst = fmax(worst, fabs((double)gp_row(&y, i)[j] - want));
            worst = fmax(worst, fabs((double)gp_row(&dx, i)[j] - (kept ? a : 0)));
        }
    gp_assert_near(worst, 0, 1e-6);
    gp_layer_free(layer);
}
END_TEST

START_TEST(inference_changes_nothing)
{
    gp_layer *layer = _i ? gp_alpha_dropout_new(COLS, 0.5f, NULL) : gp_dropout_new(COLS, 0.5f, NULL);
    gp_pass pass = {false, NULL};
    gp_layer_forward(layer, &x, &y, &pass);
    gp_layer_backward(layer, &x, &y, &dy, &dx);
    for (size_t i = 0; i < ROWS; i++) {
        ck_assert_mem_eq(gp_row(&x, i), gp_row(&y, i), COLS * sizeof(float));
        ck_assert_mem_eq(gp_row(&dy, i), gp_row(&dx, i), COLS * sizeof(float));
    }
    gp_layer_free(layer);
}
END_TEST

START_TEST(rate_zero_changes_nothing)
{
    gp_layer *layer = _i ? gp_alpha_dropout_new(COLS, 0, NULL) : gp_dropout_new(COLS, 0, NULL);
    gp_pass pass = {true, &chance};
    ck_assert_int_eq(gp_layer_reserve(layer, ROWS, NULL), GP_OK);
    gp_layer_forward(layer, &x, &y, &pass);
    for (size_t i = 0; i < ROWS; i++)
        ck_assert_mem_eq(gp_row(&x, i), gp_row(&y, i), COLS * sizeof(float));
    gp_layer_free(layer);
}
END_TEST

START_TEST(bad_rates_are_refused)
{
    gp_error error;
    ck_assert_ptr_null(gp_dropout_new(3, 1, &error));
    ck_assert_ptr_nonnull(strstr(error.message, "rate"));
    ck_assert_ptr_null(gp_dropout_new(3, -0.1f, &error));
    ck_assert_ptr_null(gp_alpha_dropout_new(3, NAN, &error));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dropout");
    TCase *t = tcase_create("layers");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, dropout_drops_its_share);
    tcase_add_loop_test(t, alpha_dropout_keeps_the_moments, 0, 3);
    tcase_add_test(t, alpha_dropout_by_the_paper);
    tcase_add_loop_test(t, inference_changes_nothing, 0, 2);
    tcase_add_loop_test(t, rate_zero_changes_nothing, 0, 2);
    tcase_add_test(t, bad_rates_are_refused);
    suite_add_tcase(suite, t);
    return gp_run_suite(suite);
}
