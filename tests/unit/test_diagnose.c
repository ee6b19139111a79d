/* Statistics of a layer, verdicts, the table. */
#include "dense.h"
#include "diagnose.h"
#include "rectifier.h"
#include "sigmoid.h"
#include "support.h"

static const gp_activation_arguments none = {0, 0};

static gp_matrix new_matrix(size_t rows, size_t cols)
{
    gp_matrix m;
    ck_assert_int_eq(gp_matrix_new(&m, rows, cols, NULL), GP_OK);
    return m;
}

START_TEST(statistics_of_known_values)
{
    gp_matrix m = new_matrix(2, 2);
    gp_row(&m, 0)[0] = 1, gp_row(&m, 0)[1] = 3, gp_row(&m, 1)[0] = 5, gp_row(&m, 1)[1] = 7;
    gp_statistics s = gp_describe(&m);
    gp_assert_near(s.mean, 4, 1e-12);
    gp_assert_near(s.deviation, sqrt(5.0), 1e-12);
    gp_assert_near(s.spread, 2, 1e-12); /* each unit moves by 2 about its mean */
    ck_assert(s.minimum == 1 && s.maximum == 7 && s.finite);
    ck_assert_uint_eq(s.histogram[0], 1);
    ck_assert_uint_eq(s.histogram[GP_BINS - 1], 1);
    gp_matrix_free(&m);
}
END_TEST

START_TEST(histogram_counts_every_value)
{
    gp_matrix m = new_matrix(50, 33);
    gp_random r = gp_random_new(2);
    gp_random_fill_normal(&r, &m, -3, 2);
    gp_statistics s = gp_describe(&m);
    size_t sum = 0;
    for (int b = 0; b < GP_BINS; b++)
        sum += s.histogram[b];
    ck_assert_uint_eq(sum, 50 * 33);
    ck_assert(fabs(s.mean + 3) < 0.2 && fabs(s.deviation - 2) < 0.2 && fabs(s.spread - 2) < 0.2);
    gp_matrix_free(&m);
}
END_TEST

START_TEST(equal_values_are_no_trouble)
{
    gp_matrix m = new_matrix(4, 3);
    gp_matrix_fill(&m, (gp_real)0.1);
    gp_statistics s = gp_describe(&m);
    ck_assert(s.deviation < 1e-15 && s.spread < 1e-15);
    ck_assert_uint_eq(s.histogram[0], 12);
    gp_matrix_free(&m);
}
END_TEST

START_TEST(units_that_differ_have_no_spread)
{
    gp_matrix m = new_matrix(6, 40);
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 40; j++)
            gp_row(&m, i)[j] = (gp_real)j;
    gp_statistics s = gp_describe(&m);
    ck_assert(s.deviation > 10 && s.spread < 1e-12);
    gp_matrix_free(&m);
}
END_TEST

START_TEST(one_sample_has_its_deviation_for_a_spread)
{
    gp_matrix m = new_matrix(1, 4);
    gp_row(&m, 0)[2] = 1;
    gp_statistics s = gp_describe(&m);
    ck_assert(s.spread == s.deviation && s.spread > 0.4);
    gp_matrix_free(&m);
}
END_TEST

START_TEST(infinite_values_are_reported)
{
    const gp_real bad[] = {INFINITY, -INFINITY, NAN};
    gp_matrix m = new_matrix(3, 3);
    gp_row(&m, 1)[1] = bad[_i];
    gp_statistics s = gp_describe(&m);
    ck_assert(!s.finite && isnan(s.deviation) && isnan(s.spread));
    gp_matrix_free(&m);
}
END_TEST

/* A chain of dense layers and one kind of activation, on normal inputs; the bias is the first layer's. */
enum { WIDTH = 40, BATCH = 64, DEPTH = 8, LAYERS = 2 * DEPTH + 1 };
static gp_diagnosis diagnosis[LAYERS];
static void run_chain(const gp_activation_type *type, double gain, double bias)
{
    gp_chain *chain = gp_chain_new(WIDTH, NULL);
    gp_matrix x = new_matrix(BATCH, WIDTH);
    gp_random r = gp_random_new(3);
    gp_pass pass = {true, NULL};
    gp_random_fill_normal(&r, &x, 0, 1);
    for (size_t l = 0; l < LAYERS; l++) {
        gp_layer *layer = l % 2 == 0 ? gp_dense_new(WIDTH, WIDTH, true, NULL) : gp_activation_new(type, WIDTH, none, NULL);
        ck_assert_ptr_nonnull(layer);
        if (l % 2 == 0) {
            gp_random_fill_normal(&r, &layer->parameter[0].value, 0, gain / sqrt(WIDTH));
            gp_matrix_fill(&layer->parameter[1].value, l == 0 ? (gp_real)bias : 0);
        }
        ck_assert(gp_chain_add(chain, layer, NULL) == GP_OK);
    }
    ck_assert(gp_chain_reserve(chain, BATCH, NULL) == GP_OK);
    gp_chain_forward(chain, &x, &pass);
    gp_random_fill_normal(&r, gp_chain_upstream(chain), 0, 1);
    ck_assert(gp_chain_backward(chain, &x, NULL, NULL) == GP_OK);
    gp_diagnose(chain, 0.5, diagnosis);
    gp_chain_free(chain);
    gp_matrix_free(&x);
}

static void expect(gp_verdict verdict, size_t first, size_t last)
{
    for (size_t l = first; l <= last; l++)
        ck_assert_msg(diagnosis[l].verdict == verdict, "layer %zu (%s) is %s, expected %s", l, diagnosis[l].layer,
                      gp_verdict_word(diagnosis[l].verdict), gp_verdict_word(verdict));
}

START_TEST(tanh_is_healthy)
{
    run_chain(&gp_tanh, 1.2, 0);
    expect(GP_HEALTHY, 0, LAYERS - 1);
}
END_TEST

START_TEST(logistic_chain_vanishes)
{
    run_chain(&gp_sigmoid, 1, 0);
    expect(GP_VANISHING, 0, 2 * DEPTH - 8);
    for (size_t l = 3; l < LAYERS - 1; l += 2)
        ck_assert_double_gt(diagnosis[l].gradient, 2.5 * diagnosis[l - 2].gradient);
}
END_TEST

START_TEST(signal_that_is_gone_is_vanishing)
{
    run_chain(&gp_sigmoid, 1, 0);
    ck_assert_double_gt(diagnosis[LAYERS - 2].output.deviation, 0.05);
    ck_assert_double_lt(diagnosis[LAYERS - 2].output.spread, 1e-3);
    expect(GP_VANISHING, LAYERS - 2, LAYERS - 2);
}
END_TEST

START_TEST(linear_chain_explodes)
{
    run_chain(&gp_identity, 3, 0);
    expect(GP_EXPLODING, 0, 2);
    expect(GP_EXPLODING, LAYERS - 2, LAYERS - 1);
}
END_TEST

START_TEST(large_weights_saturate)
{
    run_chain(&gp_tanh, 8, 0);
    for (size_t l = 1; l < LAYERS; l += 2)
        ck_assert_double_gt(diagnosis[l].saturated, 0.5);
    expect(GP_SATURATED, LAYERS - 2, LAYERS - 2);
}
END_TEST

START_TEST(far_bias_kills_rectifiers)
{
    run_chain(&gp_relu, 1.5, -5);
    ck_assert_double_gt(diagnosis[1].dead, 0.5);
    ck_assert_double_eq(diagnosis[1].saturated, 0);
    expect(GP_DYING, 1, 1);
}
END_TEST

START_TEST(overflow_is_exploding_not_a_crash)
{
    run_chain(&gp_identity, 1e9, 0);
    expect(GP_EXPLODING, 0, LAYERS - 1);
}
END_TEST

START_TEST(ratios_belong_to_dense_layers)
{
    run_chain(&gp_tanh, 1, 0);
    for (size_t l = 0; l < LAYERS; l++) {
        const gp_diagnosis *d = &diagnosis[l];
        ck_assert((d->gradient_to_weight > 0) == (l % 2 == 0));
        gp_assert_near(d->update_to_weight, 0.5 * d->gradient_to_weight, 1e-15);
    }
    ck_assert_double_eq(diagnosis[LAYERS - 2].relative, 1);
    ck_assert_double_eq(diagnosis[LAYERS - 1].relative, 1);
}
END_TEST

START_TEST(the_table_fits_a_terminal)
{
    run_chain(&gp_identity, _i == 0 ? 1 : 1e9, -0.3);
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    gp_diagnose_print(f, LAYERS, diagnosis);
    fclose(f);
    size_t lines = 0;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"), lines++)
        ck_assert_msg(strlen(line) <= 78, "%zu columns: %s", strlen(line), line);
    ck_assert_uint_eq(lines, LAYERS + 1);
    free(text);
}
END_TEST

START_TEST(nothing_to_diagnose)
{
    gp_chain *empty = gp_chain_new(3, NULL);
    gp_diagnose(empty, 1, NULL);
    gp_chain_free(empty);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("diagnose");
    TCase *t = tcase_create("diagnose");
    suite_add_tcase(s, t);
    tcase_add_test(t, statistics_of_known_values);
    tcase_add_test(t, histogram_counts_every_value);
    tcase_add_test(t, equal_values_are_no_trouble);
    tcase_add_test(t, units_that_differ_have_no_spread);
    tcase_add_test(t, one_sample_has_its_deviation_for_a_spread);
    tcase_add_loop_test(t, infinite_values_are_reported, 0, 3);
    tcase_add_test(t, tanh_is_healthy);
    tcase_add_test(t, logistic_chain_vanishes);
    tcase_add_test(t, signal_that_is_gone_is_vanishing);
    tcase_add_test(t, linear_chain_explodes);
    tcase_add_test(t, large_weights_saturate);
    tcase_add_test(t, far_bias_kills_rectifiers);
    tcase_add_test(t, overflow_is_exploding_not_a_crash);
    tcase_add_test(t, ratios_belong_to_dense_layers);
    tcase_add_loop_test(t, the_table_fits_a_terminal, 0, 2);
    tcase_add_test(t, nothing_to_diagnose);
    return gp_run_suite(s);
}
