/* Where the verdicts change: each limit from both sides, with gradients and outputs made by hand. */
#include "chain.h"
#include "dense.h"
#include "diagnose.h"
#include "rectifier.h"
#include "sigmoid.h"
#include "smooth.h"
#include "support.h"

enum { ROWS = 4, COLS = 8 };

static gp_chain *chain;
static gp_matrix *output[3], *delta[3]; /* the chain's own, to write into */
static gp_diagnosis found[3];

static gp_layer *elementwise(const gp_activation_type *type)
{
    gp_layer *layer = gp_activation_new(type, COLS, (gp_activation_arguments){1, 0}, NULL);
    ck_assert_ptr_nonnull(layer);
    return layer;
}

/* A chain whose outputs are -1 and 1 by turns (deviation 1, spread 1) and whose gradients are 1. */
static void build(size_t layers, gp_layer *const layer[])
{
    gp_error error = {""};
    gp_matrix x;
    chain = gp_chain_new(COLS, &error);
    ck_assert_ptr_nonnull(chain);
    for (size_t l = 0; l < layers; l++)
        ck_assert_int_eq(gp_chain_add(chain, layer[l], &error), GP_OK);
    ck_assert_int_eq(gp_chain_reserve(chain, ROWS, &error), GP_OK);
    ck_assert_int_eq(gp_matrix_new(&x, ROWS, COLS, &error), GP_OK);
    gp_matrix_copy(gp_chain_upstream(chain), gp_chain_forward(chain, &x, &(gp_pass){false, NULL}));
    ck_assert_int_eq(gp_chain_backward(chain, &x, NULL, &error), GP_OK);
    gp_matrix_free(&x);
    for (size_t l = 0; l < layers; l++) {
        output[l] = (gp_matrix *)(uintptr_t)gp_chain_output(chain, l);
        delta[l] = (gp_matrix *)(uintptr_t)gp_chain_output_gradient(chain, l);
        ck_assert_uint_eq(output[l]->rows, ROWS);
        ck_assert_uint_eq(delta[l]->rows, ROWS);
        for (size_t i = 0; i < ROWS; i++)
            for (size_t j = 0; j < COLS; j++)
                gp_row(output[l], i)[j] = (i + j) % 2 ? 1 : -1;
        gp_matrix_fill(delta[l], 1);
    }
}

static void begin(void)
{
    build(3, (gp_layer *[]){elementwise(&gp_relu), elementwise(&gp_relu), elementwise(&gp_relu)});
}

static void end(void)
{
    gp_chain_free(chain);
}

/* the layer in the middle is another */
static void replace(gp_layer *layer)
{
    end();
    build(3, (gp_layer *[]){elementwise(&gp_relu), layer, elementwise(&gp_relu)});
}

static void diagnose(void)
{
    gp_diagnose(chain, 0.5, found);
}

static gp_verdict verdict(size_t l)
{
    diagnose();
    return found[l].verdict;
}

static void scale(gp_matrix *m, double by)
{
    for (size_t i = 0; i < m->rows; i++)
        for (size_t j = 0; j < m->cols; j++)
            gp_row(m, i)[j] *= (gp_real)by;
}

START_TEST(everything_healthy)
{
    diagnose();
    for (size_t l = 0; l < 3; l++) {
        ck_assert_int_eq(found[l].verdict, GP_HEALTHY);
        gp_assert_near(found[l].gradient, 1, 1e-6);
        gp_assert_near(found[l].relative, 1, 1e-6);
        ck_assert(found[l].saturated == 0 && found[l].dead == 0);
    }
}
END_TEST

/* The gradient of the first layer is measured by that of the layer before the last. */
START_TEST(the_gradients_share)
{
    static const struct {
        double share;
        gp_verdict verdict;
    } cases[] = {{0.0099, GP_VANISHING}, {0.0101, GP_HEALTHY}, {0, GP_VANISHING}, {99, GP_HEALTHY}, {101, GP_EXPLODING}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gp_matrix_fill(delta[0], (gp_real)cases[i].share);
        gp_matrix_fill(delta[2], 500); /* the last one is nobody's measure */
        ck_assert_msg(verdict(0) == cases[i].verdict, "%g is %s", cases[i].share, gp_verdict_word(found[0].verdict));
        gp_assert_near(found[0].relative, cases[i].share, 1e-6);
        ck_assert_int_eq(found[2].verdict, GP_HEALTHY);
        gp_assert_near(found[2].relative, 1, 0);
    }
    gp_matrix_fill(delta[1], 0); /* no reference: the signal is gone */
    ck_assert_int_eq(verdict(0), GP_VANISHING);
    ck_assert(found[0].relative == 0);
}
END_TEST

START_TEST(one_layer_and_two)
{
    end();
    build(1, (gp_layer *[]){elementwise(&gp_relu)});
    gp_matrix_fill(delta[0], 1000);
    ck_assert_int_eq(verdict(0), GP_HEALTHY);
    end();
    build(2, (gp_layer *[]){elementwise(&gp_relu), elementwise(&gp_relu)});
    gp_matrix_fill(delta[1], 1000); /* of two layers the first is the measure */
    diagnose();
    ck_assert_int_eq(found[0].verdict, GP_HEALTHY);
    ck_assert_int_eq(found[1].verdict, GP_HEALTHY);
}
END_TEST

START_TEST(the_outputs_size)
{
    scale(output[1], 999);
    ck_assert_int_eq(verdict(1), GP_HEALTHY);
    scale(output[1], 1.01);
    ck_assert_int_eq(verdict(1), GP_EXPLODING);
    scale(output[1], 0.00105 / 1009);
    ck_assert_int_eq(verdict(1), GP_HEALTHY);
    scale(output[1], 0.9);
    ck_assert_int_eq(verdict(1), GP_VANISHING);
    gp_row(output[1], 2)[3] = (gp_real)NAN;
    ck_assert_int_eq(verdict(1), GP_EXPLODING);
}
END_TEST

START_TEST(a_gradient_that_is_not_finite_explodes)
{
    gp_row(delta[2], 1)[1] = (gp_real)INFINITY;
    ck_assert_int_eq(verdict(2), GP_EXPLODING);
    ck_assert_int_eq(verdict(0), GP_HEALTHY);
}
END_TEST

/* Flat is a slope under a tenth of the steepest: 1/4, 1, 1/6. */
START_TEST(flat_slopes)
{
    static const struct {
        const gp_activation_type *type;
        double steepest;
    } cases[] = {{&gp_sigmoid, 0.25}, {&gp_tanh, 1}, {&gp_hard_sigmoid, 1.0 / 6}};
    for (size_t k = 0; k < 3; k++) {
        replace(elementwise(cases[k].type));
        for (int side = 0; side < 2; side++) {
            gp_matrix_fill(delta[0], (gp_real)(cases[k].steepest * (side ? 0.0955 : 0.1045)));
            gp_row(delta[0], 1)[2] = 1; /* and one that is steep */
            diagnose();
            gp_assert_near(found[1].saturated, side ? 31 / 32.0 : 0, 1e-12);
            ck_assert_int_eq(found[1].verdict, side ? GP_SATURATED : GP_HEALTHY);
        }
    }
    /* half of the slopes is no saturation yet */
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < COLS; j++)
            gp_row(delta[0], i)[j] = i < 2 ? 0 : 1;
    diagnose();
    gp_assert_near(found[1].saturated, 0.5, 1e-12);
    ck_assert_int_eq(found[1].verdict, GP_HEALTHY);
    gp_row(delta[0], 2)[0] = 0;
    ck_assert_int_eq(verdict(1), GP_SATURATED);
}
END_TEST

/* A unit is dead if no sample that says something gets through it. */
START_TEST(dead_units)
{
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < COLS; j++)
            gp_row(delta[0], i)[j] = j < 4 ? 0 : 1;
    diagnose();
    gp_assert_near(found[1].dead, 0.5, 1e-12);
    ck_assert_int_eq(found[1].verdict, GP_HEALTHY);
    for (size_t i = 0; i < ROWS; i++)
        gp_row(delta[0], i)[4] = 0;
    ck_assert_int_eq(verdict(1), GP_DYING);
    gp_assert_near(found[1].dead, 5 / 8.0, 1e-12);
    gp_row(delta[0], 3)[4] = 1; /* one sample gets through */
    diagnose();
    gp_assert_near(found[1].dead, 0.5, 1e-12);
    for (size_t i = 0; i < ROWS; i++) /* nobody asks unit 0: it may live */
        gp_row(delta[1], i)[0] = 0;
    diagnose();
    gp_assert_near(found[1].dead, 3 / 8.0, 1e-12);
    ck_assert(found[0].dead == 0); /* the first layer has nothing below it */
}
END_TEST

START_TEST(kernels_have_ratios)
{
    gp_layer *dense = gp_dense_new(COLS, COLS, true, NULL);
    ck_assert_ptr_nonnull(dense);
    replace(dense);
    gp_matrix_fill(&dense->parameter[0].value, 2);
    gp_matrix_fill(&dense->parameter[0].gradient, (gp_real)0.5);
    diagnose();
    gp_assert_near(found[1].gradient_to_weight, 0.25, 1e-6);
    gp_assert_near(found[1].update_to_weight, 0.125, 1e-6);
    ck_assert(found[0].gradient_to_weight == 0 && found[0].update_to_weight == 0);
    gp_matrix_fill(&dense->parameter[0].value, 0);
    diagnose();
    ck_assert(found[1].gradient_to_weight == 0);
}
END_TEST

START_TEST(the_table_has_every_number)
{
    char text[1024] = "";
    FILE *file = fmemopen(text, sizeof text, "w");
    const gp_diagnosis rows[2] = {
        {.layer = "dense", .output = {.mean = -0.25, .deviation = 2, .spread = 0.5}, .gradient = 0.125, .gradient_to_weight = 0.03,
         .update_to_weight = 0.0003, .verdict = GP_HEALTHY},
        {.layer = "hard_sigmoid_and_more", .output = {.mean = 3, .deviation = 4, .spread = 5}, .gradient = 6, .saturated = 0.25, .dead = 0.75,
         .verdict = GP_DYING}};
    gp_diagnose_print(file, 2, rows);
    fclose(file);
    ck_assert_str_eq(text, "    layer          mean deviat.  spread flat   grad.  grad/w   upd/w verdict\n"
                           "  1 dense      -2.5e-01 2.0e+00 5.0e-01   0% 1.2e-01 3.0e-02 3.0e-04 healthy\n"
                           "  2 hard_sigmo  3.0e+00 4.0e+00 5.0e+00  75% 6.0e+00                 dying\n");
}
END_TEST

/* ---------------------------------------------------------------- singular values */

static void singular(size_t rows, size_t cols, const double *a, const double *wanted)
{
    gp_error error = {""};
    gp_matrix m;
    double values[COLS];
    const size_t least = rows < cols ? rows : cols;
    ck_assert_int_eq(gp_matrix_new(&m, rows, cols, &error), GP_OK);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            gp_row(&m, i)[j] = (gp_real)a[i * cols + j];
    ck_assert_msg(gp_singular_values(&m, values, &error) == GP_OK, "%s", error.message);
    for (size_t i = 0; i < least; i++)
        gp_assert_near(values[i], wanted[i], 1e-5);
    gp_matrix_free(&m);
}

/* tanh' is 1 - tanh^2; the pre-activations of the first sample are 0 and 1/2, those of the second do not count */
START_TEST(mean_singular_value_is_of_the_jacobian)
{
    gp_chain *chain = gp_chain_new(2, NULL);
    gp_layer *dense = gp_dense_new(2, 2, true, NULL);
    gp_real in[4] = {1, 1, 5, 5};
    const gp_matrix x = gp_matrix_view(in, 2, 2, 2);
    gp_matrix *w = &dense->parameter[0].value;
    gp_matrix_fill(w, 0);
    gp_row(w, 0)[0] = 2, gp_row(w, 1)[1] = -3;
    dense->parameter[1].value.at[0] = -2, dense->parameter[1].value.at[1] = (gp_real)3.5;
    ck_assert(gp_chain_add(chain, dense, NULL) == GP_OK);
    ck_assert(gp_chain_add(chain, gp_activation_new(&gp_tanh, 2, (gp_activation_arguments){0, 0}, NULL), NULL) == GP_OK);
    ck_assert(gp_chain_reserve(chain, 2, NULL) == GP_OK);
    gp_chain_forward(chain, &x, &(gp_pass){false, NULL});
    gp_assert_near(gp_mean_singular_value(chain, 0), (2 + 3 * (1 - pow(tanh(0.5), 2))) / 2, 1e-6);
    gp_assert_near(gp_at(w, 1, 1), -3, 0);
    gp_chain_free(chain);
}
END_TEST

START_TEST(singular_values_of_known_matrices)
{
    const double r = sqrt(0.5);
    singular(1, 1, (double[]){-3}, (double[]){3});
    singular(3, 3, (double[]){2, 0, 0, 0, -5, 0, 0, 0, 1}, (double[]){5, 2, 1});
    singular(2, 2, (double[]){r, -r, r, r}, (double[]){1, 1});
    singular(2, 2, (double[]){1, 1, 0, 1}, (double[]){(sqrt(5) + 1) / 2, (sqrt(5) - 1) / 2});
    singular(2, 3, (double[]){3, 0, 4, 0, 2, 0}, (double[]){5, 2});
    singular(3, 2, (double[]){3, 0, 0, 2, 4, 0}, (double[]){5, 2});
    singular(3, 3, (double[]){1, 2, 2, 2, 4, 4, 2, 4, 4}, (double[]){9, 0, 0}); /* rank 1 */
}
END_TEST

/* Their squares' sum is the sum of the squares of all elements, and they fall. */
START_TEST(singular_values_of_a_large_matrix)
{
    enum { HIGH = 70, WIDE = 45 };
    gp_error error = {""};
    gp_matrix m;
    gp_random random = gp_random_new(1);
    double values[WIDE], squares = 0, sum = 0;
    ck_assert_int_eq(gp_matrix_new(&m, HIGH, WIDE, &error), GP_OK);
    gp_random_fill_normal(&random, &m, 0, 1);
    for (size_t i = 0; i < HIGH; i++)
        for (size_t j = 0; j < WIDE; j++)
            squares += (double)gp_row(&m, i)[j] * (double)gp_row(&m, i)[j];
    ck_assert_int_eq(gp_singular_values(&m, values, &error), GP_OK);
    for (size_t i = 0; i < WIDE; i++) {
        sum += values[i] * values[i];
        ck_assert(values[i] > 0 && (i == 0 || values[i] <= values[i - 1]));
    }
    gp_assert_near(sum, squares, 1e-5);
    gp_matrix_free(&m);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("diagnose, limits");
    TCase *tests = tcase_create("limits");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, everything_healthy);
    tcase_add_test(tests, the_gradients_share);
    tcase_add_test(tests, one_layer_and_two);
    tcase_add_test(tests, the_outputs_size);
    tcase_add_test(tests, a_gradient_that_is_not_finite_explodes);
    tcase_add_test(tests, flat_slopes);
    tcase_add_test(tests, dead_units);
    tcase_add_test(tests, kernels_have_ratios);
    tcase_add_test(tests, the_table_has_every_number);
    suite_add_tcase(suite, tests);
    TCase *values = tcase_create("singular values");
    tcase_add_test(tests, mean_singular_value_is_of_the_jacobian);
    tcase_add_test(values, singular_values_of_known_matrices);
    tcase_add_test(values, singular_values_of_a_large_matrix);
    suite_add_tcase(suite, values);
    return gp_run_suite(suite);
}
