#include "harness.h"
#include "dense.h"
#include "elu.h"

double output_variance(const gp_matrix *y);
int lsuv(gp_layer *layer, const gp_matrix *x, gp_matrix *y, double tolerance, int limit);

enum { SAMPLES = 200, INPUTS = 30, UNITS = 40 };

/* A layer of weights and an ELU, without bias. */
static void forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y, const gp_pass *pass)
{
    gp_matrix_multiply(y, 0, 1, x, false, &layer->parameter[0].value, false);
    for (size_t i = 0; i < y->rows; i++)
        gp_elu.f(y->cols, gp_row(y, i), gp_row(y, i), (gp_activation_arguments){1, 0});
}

static void release(gp_layer *layer)
{
}

static const gp_layer_type dense_elu = {"dense_elu", forward, NULL, NULL, release};

static gp_matrix x, y;

static gp_layer *prepare(bool bent, double deviation)
{
    gp_random r = gp_random_new(3);
    gp_matrix_new(&x, SAMPLES, INPUTS, NULL);
    gp_matrix_new(&y, SAMPLES, UNITS, NULL);
    gp_random_fill_normal(&r, &x, 0.5, 2);
    gp_layer *layer;
    if (bent) {
        layer = gp_layer_new(&dense_elu, sizeof *layer, INPUTS, UNITS, NULL);
        gp_layer_parameter(layer, "kernel", INPUTS, UNITS, true, NULL);
    } else
        layer = gp_dense_new(INPUTS, UNITS, false, NULL);
    gp_random_fill_normal(&r, &layer->parameter[0].value, 0, deviation);
    return layer;
}

/* The test's own measurement. */
static double variance_now(gp_layer *layer)
{
    gp_pass pass = {false, NULL};
    double sum = 0, squares = 0, n = SAMPLES * UNITS;
    gp_layer_forward(layer, &x, &y, &pass);
    for (size_t i = 0; i < SAMPLES; i++)
        for (size_t j = 0; j < UNITS; j++) {
            double v = (double)gp_row(&y, i)[j];
            sum += v;
            squares += v * v;
        }
    return squares / n - sum / n * sum / n;
}

START_TEST(the_variance_of_a_matrix)
{
    gp_real values[] = {1, 2, 9, 3, 6, 9};
    gp_matrix m = gp_matrix_view(values, 2, 2, 3);
    expect_hint("Take the mean off first; divide by the number of entries; use gp_row, since rows may lie further apart than they are long.");
    expect_near(output_variance(&m), 3.5, 1e-12, "output_variance of the rows (1, 2) and (3, 6)");
}
END_TEST

START_TEST(a_linear_layer_needs_one_division)
{
    gp_layer *layer = prepare(false, 5);
    double before = variance_now(layer);
    int times = lsuv(layer, &x, &y, 1e-6, 10);
    expect_hint("Variance scales with the square of the weights: divide them by the standard deviation.");
    expect_near(variance_now(layer), 1, 1e-5, "a dense layer whose outputs had variance %g: their variance after lsuv (which returned %d)", before, times);
    expect_near(times, 1, 0, "how often a linear layer was scaled");
    expect_near(lsuv(layer, &x, &y, 1e-5, 10), 0, 0, "how often it was scaled when it was right already");
}
END_TEST

START_TEST(a_layer_that_bends_needs_several)
{
    gp_layer *layer = prepare(true, 0.02);
    double before = variance_now(layer);
    int times = lsuv(layer, &x, &y, 0.001, 50);
    expect_hint("An ELU treats large and small values differently: measure again after each division. Is output_variance a mean square?");
    expect_near(variance_now(layer), 1, 0.0011, "dense and ELU, whose outputs had variance %g: their variance after lsuv (which returned %d)", before, times);
    expect_true(times > 1, "how often it was scaled: expected more than once, your code returns %d", times);
}
END_TEST

START_TEST(it_says_when_it_fails)
{
    gp_layer *layer = prepare(true, 0.001);
    expect_hint("After `limit` scalings without success the answer is -1.");
    expect_near(lsuv(layer, &x, &y, 1e-9, 1), -1, 0, "lsuv with a limit of one scaling, which is too few");
    gp_matrix_fill(&layer->parameter[0].value, 0);
    expect_hint("Weights of zero stay zero, or become NaN: look at the variance before dividing.");
    expect_near(lsuv(layer, &x, &y, 0.01, 10), -1, 0, "lsuv of a layer whose weights are all zero");
    expect_near(layer->parameter[0].value.at[0], 0, 0, "a weight that was zero, after lsuv");
}
END_TEST

EXERCISE_TESTS(the_variance_of_a_matrix, a_linear_layer_needs_one_division, a_layer_that_bends_needs_several, it_says_when_it_fails)
