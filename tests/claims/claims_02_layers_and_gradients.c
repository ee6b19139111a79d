/* What chapter 1 says, where a test of its module does not say it already. */
#include "support.h"
#include "dense.h"
#include "loss.h"

static gp_matrix normal(size_t rows, size_t cols, uint64_t seed)
{
    gp_random r = gp_random_new(seed);
    gp_matrix m;
    ck_assert_int_eq(gp_matrix_new(&m, rows, cols, NULL), GP_OK);
    gp_random_fill_normal(&r, &m, 0, 1);
    return m;
}

static void assert_padding_is_zero(const gp_matrix *m)
{
    for (size_t i = 0; i < m->rows; i++)
        for (size_t j = m->cols; j < m->stride; j++)
            ck_assert(gp_row(m, i)[j] == 0);
}

START_TEST(claim_padding_stays_zero)
{
    const gp_pass pass = {true, NULL};
    const gp_label labels[4] = {0, 1, 2, 0};
    const gp_cross_entropy_options o = {.labels = labels};
    const uint32_t index[4] = {3, 2, 1, 0};
    gp_layer *layer = gp_dense_new(5, 3, true, NULL);
    gp_matrix x = normal(4, 5, 1), dx = normal(4, 5, 2);
    gp_matrix y = normal(4, 3, 3), dy = normal(4, 3, 4);
    gp_matrix_fill(&layer->parameter[1].value, 7);
    gp_matrix_gather(&dx, &x, 4, index);
    gp_matrix_copy(&x, &dx);
    gp_layer_forward(layer, &x, &y, &pass);
    gp_softmax_cross_entropy(&y, &o, NULL, &dy);
    gp_layer_backward(layer, &x, &y, &dy, &dx);
    gp_mean_squared_error(&y, &dy, &dy);
    gp_log_softmax(&y, &dy);
    gp_softmax(&y, &y);
    const gp_matrix *all[] = {&x, &dx, &y, &dy,
                              &layer->parameter[0].value,
                              &layer->parameter[0].gradient,
                              &layer->parameter[1].value,
                              &layer->parameter[1].gradient};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        assert_padding_is_zero(all[k]);
    gp_matrix_free(&x);
    gp_matrix_free(&dx);
    gp_matrix_free(&y);
    gp_matrix_free(&dy);
    gp_layer_free(layer);
}
END_TEST

/* Measured against the formula; five standard errors of 250000 samples. */
START_TEST(claim_truncated_normal_deviates_less)
{
    const double exact = 0.87962566103423978;
    gp_random r = gp_random_new(5);
    gp_matrix m;
    double sum = 0, worst = 0;
    gp_matrix_new(&m, 500, 500, NULL);
    gp_random_fill_truncated_normal(&r, &m, 1, 3);
    for (size_t i = 0; i < 500; i++)
        for (size_t j = 0; j < 500; j++) {
            const double z = ((double)gp_row(&m, i)[j] - 1) / 3;
            sum += z * z;
            worst = fmax(worst, fabs(z));
        }
    ck_assert_double_le(fabs(sqrt(sum / 250000) - exact), 0.005);
    ck_assert_double_le(worst, 2 + 1e-6);
    ck_assert_double_gt(worst, 1.999);
    const double cut = 0.022750131948179207;
    const double density = exp(-2.) / sqrt(2 * 3.14159265358979323846);
    gp_assert_near(sqrt(1 - 4 * density / (1 - 2 * cut)), exact, 1e-15);
    gp_matrix_free(&m);
}
END_TEST

START_TEST(claim_normals_end_at_the_32_bit_quantile)
{
    const double largest = gp_normal_quantile(1 - 0x1p-33);
    gp_assert_near(largest, -gp_normal_quantile(0x1p-33), 1e-7);
    gp_assert_near(largest, 6.338, 1e-4);
    /* beyond it, on one side or the other: once in 2^32 */
    gp_assert_near(erfc(largest / sqrt(2.)) * 0x1p32, 1, 1e-6);
}
END_TEST

START_TEST(claim_dense_by_hand)
{
    gp_real w[] = {1, 2, 3, 4, 5, 6}, b[] = {10, 20};
    gp_real features[] = {1, 0, -1, 2, 1, 0}, upstream[] = {1, -1, 2, 3};
    gp_real result[4], passed[6];
    const gp_matrix kernel = gp_matrix_view(w, 3, 2, 2);
    const gp_matrix bias = gp_matrix_view(b, 1, 2, 2);
    const gp_matrix x = gp_matrix_view(features, 2, 3, 3);
    const gp_matrix dy = gp_matrix_view(upstream, 2, 2, 2);
    gp_matrix y = gp_matrix_view(result, 2, 2, 2);
    gp_matrix dx = gp_matrix_view(passed, 2, 3, 3);
    const gp_pass pass = {true, NULL};
    gp_layer *layer = gp_dense_new(3, 2, true, NULL);
    const gp_matrix *dw = &layer->parameter[0].gradient;
    const gp_real want_y[] = {6, 16, 15, 28}, want_dw[] = {5, 5, 2, 3, -1, 1};
    const gp_real want_dx[] = {-1, -1, -1, 8, 18, 28};
    gp_matrix_copy(&layer->parameter[0].value, &kernel);
    gp_matrix_copy(&layer->parameter[1].value, &bias);
    gp_layer_forward(layer, &x, &y, &pass);
    gp_layer_backward(layer, &x, &y, &dy, &dx);
    for (size_t k = 0; k < 4; k++)
        ck_assert(result[k] == want_y[k]);
    for (size_t k = 0; k < 6; k++) {
        ck_assert(passed[k] == want_dx[k]);
        ck_assert(gp_row(dw, k / 2)[k % 2] == want_dw[k]);
    }
    gp_layer_free(layer);
}
END_TEST

START_TEST(claim_ignorance_costs_log_classes)
{
    const gp_label labels[3] = {0, 4, 9};
    const gp_cross_entropy_options o = {.labels = labels};
    gp_matrix z = normal(3, 10, 1);
    gp_matrix_fill(&z, (gp_real)2.5);
    gp_assert_near(gp_softmax_cross_entropy(&z, &o, NULL, NULL), log(10.),
                   1e-6);
    gp_matrix_free(&z);
}
END_TEST

START_TEST(claim_log_softmax_outlives_softmax)
{
    gp_real z[] = {0, -200}, p[2], l[2];
    gp_matrix logits = gp_matrix_view(z, 1, 2, 2);
    gp_matrix softmax = gp_matrix_view(p, 1, 2, 2);
    gp_matrix log_softmax = gp_matrix_view(l, 1, 2, 2);
    gp_softmax(&logits, &softmax);
    gp_log_softmax(&logits, &log_softmax);
    ck_assert(p[1] == 0);
    ck_assert(l[1] == -200);
}
END_TEST

/* Shifting all logits changes nothing, and overflows the formula as written. */
START_TEST(claim_naive_softmax_fails_where_the_stable_one_holds)
{
    const gp_real shift[] = {0, 87, 88, 1000, -106, -1000, (gp_real)-1e6};
    const double want[] = {0.09003057, 0.24472847, 0.66524096};
    for (size_t k = 0; k < sizeof shift / sizeof *shift; k++) {
        gp_real z[3], naive = 0;
        for (int j = 0; j < 3; j++) {
            z[j] = shift[k] + (gp_real)j;
            naive += exp(z[j]);
        }
        ck_assert_int_eq(isfinite(exp(z[2]) / naive) != 0, k == 0);
        gp_matrix x = gp_matrix_view(z, 1, 3, 3);
        gp_softmax(&x, &x);
        for (int j = 0; j < 3; j++)
            gp_assert_near(z[j], want[j], 1e-6);
    }
}
END_TEST

START_TEST(claim_logit_gradients_sum_to_zero)
{
    gp_label labels[50];
    const gp_cross_entropy_options o = {.labels = labels,
                                        .reduction = GP_REDUCE_SUM};
    gp_matrix z = normal(50, 7, 2), d = normal(50, 7, 3);
    for (size_t i = 0; i < 50; i++)
        labels[i] = (gp_label)(i % 7);
    gp_softmax_cross_entropy(&z, &o, NULL, &d);
    for (size_t i = 0; i < 50; i++) {
        double sum = 0;
        for (size_t j = 0; j < 7; j++) {
            const double g = (double)gp_row(&d, i)[j];
            ck_assert(g >= -1 && g <= 1);
            ck_assert((g < 0) == ((gp_label)j == labels[i]));
            sum += g;
        }
        ck_assert_double_le(fabs(sum), 1e-6);
    }
    gp_matrix_free(&z);
    gp_matrix_free(&d);
}
END_TEST

START_TEST(claim_two_dense_layers_are_one)
{
    const gp_pass pass = {false, NULL};
    gp_layer *first = gp_dense_new(4, 6, true, NULL);
    gp_layer *second = gp_dense_new(6, 3, true, NULL);
    gp_layer *one = gp_dense_new(4, 3, true, NULL);
    gp_random r = gp_random_new(4);
    gp_matrix x = normal(5, 4, 5), h = normal(5, 6, 6);
    gp_matrix y = normal(5, 3, 7), z = normal(5, 3, 8);
    for (size_t k = 0; k < 2; k++) {
        gp_random_fill_normal(&r, &first->parameter[k].value, 0, 1);
        gp_random_fill_normal(&r, &second->parameter[k].value, 0, 1);
    }
    gp_matrix_multiply(&one->parameter[0].value, 0, 1,
                       &first->parameter[0].value, false,
                       &second->parameter[0].value, false);
    gp_matrix_copy(&one->parameter[1].value, &second->parameter[1].value);
    gp_matrix_multiply(&one->parameter[1].value, 1, 1,
                       &first->parameter[1].value, false,
                       &second->parameter[0].value, false);
    gp_layer_forward(first, &x, &h, &pass);
    gp_layer_forward(second, &h, &y, &pass);
    gp_layer_forward(one, &x, &z, &pass);
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 3; j++)
            gp_assert_near(gp_row(&y, i)[j], gp_row(&z, i)[j], 1e-5);
    gp_layer_free(first);
    gp_layer_free(second);
    gp_layer_free(one);
    gp_matrix_free(&x);
    gp_matrix_free(&h);
    gp_matrix_free(&y);
    gp_matrix_free(&z);
}
END_TEST

/* The limits of a float, as section 1 has them. */
START_TEST(claim_exp_overflows_at_128_log_2)
{
    const float limit = (float)(128 * log(2.));
    ck_assert(128 * log(2.) < 89);
    ck_assert(isfinite(expf(nextafterf(limit, 0))));
    ck_assert(isinf(expf(nextafterf(limit, 100))));
}
END_TEST

START_TEST(claim_quartered_gradients_vanish_after_75_layers)
{
    volatile float gradient = 1, weight = 1;
    int layers = 0;
    while (gradient > 0) {
        gradient /= 4;
        layers++;
    }
    ck_assert_int_eq(layers, 75);
    weight -= 0x1p-26f;
    ck_assert(weight == 1);
    weight -= 0x1.8p-25f;
    ck_assert(weight < 1);
}
END_TEST

START_TEST(claim_strides_are_whole_lines)
{
    const size_t cols[] = {100, 784, 10}, stride[] = {112, 784, 16};
    for (size_t k = 0; k < 3; k++) {
        gp_matrix m;
        gp_matrix_new(&m, 1, cols[k], NULL);
        ck_assert_uint_eq(m.stride, stride[k]);
        gp_matrix_free(&m);
    }
}
END_TEST

START_TEST(claim_two_classes_make_a_logistic)
{
    for (int k = -30; k <= 30; k++) {
        gp_real z[2] = {(gp_real)0.7, (gp_real)(0.7 + k / 4.)};
        gp_matrix x = gp_matrix_view(z, 1, 2, 2);
        gp_softmax(&x, &x);
        gp_assert_near(z[1], 1 / (1 + exp(-k / 4.)), 1e-6);
    }
}
END_TEST

/* With smoothing the gradient is zero at the lead the text gives, and pulls back beyond it. */
START_TEST(claim_smoothing_wants_a_finite_lead)
{
    const gp_label label = 1;
    const gp_cross_entropy_options o = {.labels = &label,
                                        .label_smoothing = (gp_real)0.1};
    for (size_t classes = 2; classes <= 10; classes++) {
        gp_real z[10] = {0}, d[10];
        const gp_matrix x = gp_matrix_view(z, 1, classes, 10);
        gp_matrix dx = gp_matrix_view(d, 1, classes, 10);
        z[1] = (gp_real)log(1 + (double)classes * (1 - 0.1) / 0.1);
        gp_softmax_cross_entropy(&x, &o, NULL, &dx);
        for (size_t j = 0; j < classes; j++)
            ck_assert_double_le(fabs((double)d[j]), 1e-6);
        z[1] += 1;
        gp_softmax_cross_entropy(&x, &o, NULL, &dx);
        ck_assert(d[1] > 0);
    }
}
END_TEST

START_TEST(claim_descent_diverges_beyond_twice_the_inverse_curvature)
{
    const double curvature = 3;
    const double rate[] = {0.5, 1.5, 1.99, 2.01};
    for (size_t k = 0; k < 4; k++) {
        double w = 1, crossed = 0;
        for (int step = 0; step < 2000; step++) {
            const double next = w - rate[k] / curvature * (curvature * w);
            crossed += next * w < 0;
            w = next;
        }
        ck_assert_int_eq(crossed > 0, rate[k] > 1);
        ck_assert_int_eq(fabs(w) < 1e-6, rate[k] < 2);
        ck_assert_int_eq(fabs(w) > 1e6, rate[k] > 2);
    }
}
END_TEST

/* The experiment's points, judged by the best vertical line (the ring looks the same from all sides): right answers and loss. */
START_TEST(claim_a_line_could_cut_off_a_part_of_the_ring)
{
    enum { N = 20000 };
    static double x[N];
    gp_random r = gp_random_new(5);
    double best = 0, place = 0;
    for (int i = 0; i < N; i++) {
        const double a = gp_random_normal(&r), b = gp_random_normal(&r);
        x[i] = i % 2 ? 3 * a / sqrt(a * a + b * b) + gp_random_normal(&r) / 4 : a / 2;
    }
    for (double at = 0; at < 3; at += 0.05) {
        double right = 0;
        for (int i = 0; i < N; i++)
            right += (x[i] > at) == (i % 2);
        if (right > best)
            best = right, place = at;
    }
    ck_assert_double_ge(best / N, 0.65);
    ck_assert_double_le(best / N, 0.72);
    for (double steep = 0.03; steep < 30; steep *= 2) {
        double loss = 0;
        for (int i = 0; i < N; i++)
            loss += log1p(exp((i % 2 ? -steep : steep) * (x[i] - place)));
        ck_assert_double_gt(loss / N, log(2.));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("claims of chapter 2");
    TCase *tests = tcase_create("claims");
    tcase_add_test(tests, claim_padding_stays_zero);
    tcase_add_test(tests, claim_truncated_normal_deviates_less);
    tcase_add_test(tests, claim_normals_end_at_the_32_bit_quantile);
    tcase_add_test(tests, claim_dense_by_hand);
    tcase_add_test(tests, claim_ignorance_costs_log_classes);
    tcase_add_test(tests, claim_log_softmax_outlives_softmax);
    tcase_add_test(tests,
                   claim_naive_softmax_fails_where_the_stable_one_holds);
    tcase_add_test(tests, claim_logit_gradients_sum_to_zero);
    tcase_add_test(tests, claim_two_dense_layers_are_one);
    tcase_add_test(tests, claim_exp_overflows_at_128_log_2);
    tcase_add_test(tests, claim_quartered_gradients_vanish_after_75_layers);
    tcase_add_test(tests, claim_strides_are_whole_lines);
    tcase_add_test(tests, claim_two_classes_make_a_logistic);
    tcase_add_test(tests, claim_smoothing_wants_a_finite_lead);
    tcase_add_test(tests,
                   claim_descent_diverges_beyond_twice_the_inverse_curvature);
    tcase_add_test(tests, claim_a_line_could_cut_off_a_part_of_the_ring);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
