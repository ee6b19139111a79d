#include "aborts.h"
#include "allocations.h"
#include "loss.h"

static gp_matrix of(size_t rows, size_t cols, const gp_real *values)
{
    gp_matrix m;
    ck_assert_int_eq(gp_matrix_new(&m, rows, cols, NULL), GP_OK);
    for (size_t i = 0; values && i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            gp_row(&m, i)[j] = values[i * cols + j];
    return m;
}

START_TEST(softmax_of_known_logits)
{
    gp_matrix x = of(2, 3, (const gp_real[]){0, log((gp_real)2), log((gp_real)5),
                                          1000, 1000, 1000});
    gp_softmax(&x, &x);
    for (size_t j = 0; j < 3; j++) {
        gp_assert_near(gp_row(&x, 0)[j], (j == 0 ? 1 : j == 1 ? 2 : 5) / 8.,
                       1e-6);
        gp_assert_near(gp_row(&x, 1)[j], 1. / 3, 1e-6);
    }
    for (size_t j = 3; j < x.stride; j++)
        ck_assert(gp_row(&x, 0)[j] == 0);
    gp_matrix_free(&x);
}
END_TEST

/* The naive quotient of exponentials is inf/inf or 0/0 on these rows. */
START_TEST(extremes_stay_finite)
{
    const gp_real big = (gp_real)1e30;
    gp_matrix x = of(3, 2, (const gp_real[]){big, -big, -big, -big, 3e38f, 0});
    gp_matrix p = of(3, 2, NULL), l = of(3, 2, NULL);
    gp_softmax(&x, &p);
    gp_log_softmax(&x, &l);
    const double want[3][2] = {{1, 0}, {0.5, 0.5}, {1, 0}};
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 2; j++) {
            gp_assert_near(gp_row(&p, i)[j], want[i][j], 1e-6);
            ck_assert(isfinite(gp_row(&l, i)[j]));
        }
    ck_assert(gp_row(&l, 0)[1] == -2 * big);
    gp_matrix_free(&x);
    gp_matrix_free(&p);
    gp_matrix_free(&l);
}
END_TEST

START_TEST(minus_infinity_is_probability_zero)
{
    const gp_real inf = (gp_real)INFINITY;
    gp_matrix x = of(1, 3, (const gp_real[]){-inf, 0, 0}), p = of(1, 3, NULL);
    const gp_label label = 1;
    const gp_cross_entropy_options o = {.labels = &label};
    gp_softmax(&x, &p);
    ck_assert(p.at[0] == 0);
    gp_assert_near(gp_softmax_cross_entropy(&x, &o, NULL, &p), log(2.), 1e-6);
    ck_assert(p.at[0] == 0);
    gp_assert_near(p.at[1], -0.5, 1e-6);

    /* a target of 0 there costs nothing, alone or by the longer way */
    gp_matrix t = of(1, 3, (const gp_real[]){0, (gp_real)0.5, (gp_real)0.5});
    const gp_cross_entropy_options soft = {.targets = &t};
    gp_assert_near(gp_softmax_cross_entropy(&x, &soft, NULL, &p), log(2.),
                   1e-6);
    gp_log_softmax(&x, &x);
    ck_assert(x.at[0] == -inf);
    gp_assert_near(gp_nll(&x, &soft, NULL, &p), log(2.), 1e-6);
    ck_assert(p.at[0] == 0);
    gp_matrix_free(&t);
    gp_matrix_free(&x);
    gp_matrix_free(&p);
}
END_TEST

/* With all options on, against the definition written out in double. */
START_TEST(claim_two_ways_to_the_cross_entropy_agree)
{
    enum { ROWS = 5, CLASSES = 4 };
    const bool soft = _i & 1, weighted = _i & 2, ignoring = _i & 4;
    const bool smooth = _i & 8;
    const gp_reduction reduction = (gp_reduction)(_i / 16);
    const gp_label labels[ROWS] = {0, 3, 2, 2, 1};
    const gp_real weights[CLASSES] = {(gp_real)0.5, 2, 1, (gp_real)1.25};
    gp_matrix x = of(ROWS, CLASSES, NULL), t = of(ROWS, CLASSES, NULL);
    gp_matrix d = of(ROWS, CLASSES, NULL), l = of(ROWS, CLASSES, NULL);
    gp_matrix dl = of(ROWS, CLASSES, NULL), back = of(ROWS, CLASSES, NULL);
    gp_real each[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < CLASSES; j++) {
            gp_row(&x, i)[j] = (gp_real)((i * 5 + j * 7) % 9) / 2 - 2;
            gp_row(&t, i)[j] = (gp_real)((i + j) % 4) / 6;
        }
    const gp_cross_entropy_options o = {
        .labels = soft ? NULL : labels, .targets = soft ? &t : NULL,
        .weights = weighted ? weights : NULL, .ignore = ignoring,
        .ignore_index = 2, .label_smoothing = smooth ? (gp_real)0.25 : 0,
        .reduction = reduction};

    double sum = 0, divisor = 0, want[ROWS], gradient[ROWS][CLASSES];
    for (size_t i = 0; i < ROWS; i++) {
        const bool out = !soft && ignoring && labels[i] == 2;
        double s = 0, total = 0;
        want[i] = 0;
        for (size_t j = 0; j < CLASSES; j++)
            s += exp((double)gp_row(&x, i)[j]);
        for (int pass = 0; pass < 2; pass++)
            for (size_t j = 0; j < CLASSES; j++) {
                const double p = exp((double)gp_row(&x, i)[j]) / s;
                const double w = weighted ? (double)weights[j] : 1;
                double g = soft ? (double)gp_row(&t, i)[j]
                                : (double)(labels[i] == (gp_label)j);
                if (smooth)
                    g = 0.75 * g + 0.25 / CLASSES;
                if (pass == 0) {
                    want[i] -= out ? 0 : w * g * log(p);
                    total += w * g;
                } else
                    gradient[i][j] = out ? 0 : p * total - w * g;
            }
        sum += want[i];
        if (soft)
            divisor += 1;
        else if (!out)
            divisor += weighted ? (double)weights[labels[i]] : 1;
    }
    if (reduction != GP_REDUCE_MEAN)
        divisor = 1;

    gp_assert_near(gp_softmax_cross_entropy(&x, &o, each, &d), sum / divisor,
                   1e-6);
    gp_assert_near(gp_softmax_cross_entropy(&x, &o, NULL, NULL),
                   sum / divisor, 1e-6);
    for (size_t i = 0; i < ROWS; i++) {
        gp_assert_near(each[i], want[i], 1e-6);
        for (size_t j = 0; j < CLASSES; j++)
            gp_assert_near(gp_row(&d, i)[j], gradient[i][j] / divisor, 1e-6);
    }

    /* the same in two steps: log softmax, then negative log-likelihood */
    gp_log_softmax(&x, &l);
    gp_assert_near(gp_nll(&l, &o, each, &dl), sum / divisor, 1e-6);
    gp_log_softmax_backward(&l, &dl, &back);
    for (size_t i = 0; i < ROWS; i++) {
        gp_assert_near(each[i], want[i], 1e-6);
        for (size_t j = 0; j < CLASSES; j++)
            gp_assert_near(gp_row(&back, i)[j], gradient[i][j] / divisor,
                           1e-6);
    }
    gp_matrix_free(&x);
    gp_matrix_free(&t);
    gp_matrix_free(&d);
    gp_matrix_free(&l);
    gp_matrix_free(&dl);
    gp_matrix_free(&back);
}
END_TEST

START_TEST(softmax_backward_is_its_jacobian)
{
    gp_matrix x = of(1, 3, (const gp_real[]){1, 2, -1}), p = of(1, 3, NULL);
    gp_matrix g = of(1, 3, (const gp_real[]){3, -1, 2}), d = of(1, 3, NULL);
    gp_softmax(&x, &p);
    gp_softmax_backward(&p, &g, &d);
    for (size_t j = 0; j < 3; j++) {
        double want = 0;
        for (size_t k = 0; k < 3; k++)
            want += (double)g.at[k] * (double)p.at[k] *
                    ((j == k) - (double)p.at[j]);
        gp_assert_near(d.at[j], want, 1e-6);
    }
    gp_matrix_free(&x);
    gp_matrix_free(&p);
    gp_matrix_free(&g);
    gp_matrix_free(&d);
}
END_TEST

START_TEST(all_ignored_is_a_mean_of_nothing)
{
    gp_matrix x = of(2, 3, NULL), d = of(2, 3, NULL);
    const gp_label labels[] = {-1, -1};
    const gp_cross_entropy_options o = {
        .labels = labels, .ignore = true, .ignore_index = -1};
    gp_matrix_fill(&d, 5);
    ck_assert(isnan(gp_softmax_cross_entropy(&x, &o, NULL, &d)));
    ck_assert(d.at[0] == 0 && gp_row(&d, 1)[2] == 0);
    gp_matrix_free(&x);
    gp_matrix_free(&d);
}
END_TEST

START_TEST(squared_error_is_the_mean_over_elements)
{
    gp_matrix y = of(2, 2, (const gp_real[]){1, 2, 3, 4});
    gp_matrix t = of(2, 2, (const gp_real[]){1, 0, 0, 4}), d = of(2, 2, NULL);
    gp_assert_near(gp_mean_squared_error(&y, &t, &d), 13 / 4., 1e-6);
    gp_assert_near(gp_mean_squared_error(&y, &t, NULL), 13 / 4., 1e-6);
    gp_assert_near(gp_row(&d, 0)[1], 1, 1e-6);
    gp_assert_near(gp_row(&d, 1)[0], 1.5, 1e-6);
    ck_assert(gp_row(&d, 0)[0] == 0);
    gp_matrix_free(&y);
    gp_matrix_free(&t);
    gp_matrix_free(&d);
}
END_TEST

START_TEST(losses_allocate_nothing)
{
    gp_matrix x = of(8, 10, NULL), d = of(8, 10, NULL);
    const gp_label labels[8] = {0};
    const gp_cross_entropy_options o = {.labels = labels};
    const size_t before = gp_allocations;
    gp_softmax_cross_entropy(&x, &o, NULL, &d);
    gp_mean_squared_error(&x, &x, &d);
    ck_assert_uint_eq(gp_allocations, before);
    gp_matrix_free(&x);
    gp_matrix_free(&d);
}
END_TEST

static gp_matrix two_by_three, three_by_two;

static void label_beyond(void)
{
    const gp_label labels[] = {0, 3};
    const gp_cross_entropy_options o = {.labels = labels};
    gp_softmax_cross_entropy(&two_by_three, &o, NULL, NULL);
}

static void no_target(void)
{
    const gp_cross_entropy_options o = {0};
    gp_softmax_cross_entropy(&two_by_three, &o, NULL, NULL);
}

static void gradient_misfit(void)
{
    const gp_label labels[] = {0, 0};
    const gp_cross_entropy_options o = {.labels = labels};
    gp_nll(&two_by_three, &o, NULL, &three_by_two);
}

static void squares_misfit(void)
{
    gp_mean_squared_error(&two_by_three, &three_by_two, NULL);
}

START_TEST(mistakes_stop)
{
    two_by_three = of(2, 3, NULL);
    three_by_two = of(3, 2, NULL);
    gp_assert_aborts(label_beyond, "row 1 has label 3 of 3 classes");
    gp_assert_aborts(no_target, "labels or targets");
    gp_assert_aborts(gradient_misfit, "[2, 3] is given with one of [3, 2]");
    gp_assert_aborts(squares_misfit, "[2, 3] is given with one of [3, 2]");
    gp_matrix_free(&two_by_three);
    gp_matrix_free(&three_by_two);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loss");
    TCase *tests = tcase_create("loss");
    tcase_add_test(tests, softmax_of_known_logits);
    tcase_add_test(tests, extremes_stay_finite);
    tcase_add_test(tests, minus_infinity_is_probability_zero);
    tcase_add_loop_test(tests, claim_two_ways_to_the_cross_entropy_agree, 0,
                        48);
    tcase_add_test(tests, softmax_backward_is_its_jacobian);
    tcase_add_test(tests, all_ignored_is_a_mean_of_nothing);
    tcase_add_test(tests, squared_error_is_the_mean_over_elements);
    tcase_add_test(tests, losses_allocate_nothing);
    tcase_add_test(tests, mistakes_stop);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
