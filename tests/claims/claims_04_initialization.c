/* What chapter 3 says, as far as it computes at once. */
#include "elu.h"
#include "keras.h"
#include "rectifier.h"
#include "sigmoid.h"
#include "support.h"
#include "variance.h"
#include <omp.h>

static const gp_activation_arguments none = {0, 0};

static gp_matrix new_matrix(size_t rows, size_t cols)
{
    gp_matrix m;
    ck_assert_int_eq(gp_matrix_new(&m, rows, cols, NULL), GP_OK);
    return m;
}

static double mean_square(const gp_matrix *w)
{
    double sum = 0;
    for (size_t i = 0; i < w->rows; i++)
        for (size_t j = 0; j < w->cols; j++)
            sum += pow((double)gp_row(w, i)[j], 2);
    return sum / (double)(w->rows * w->cols);
}

/* predicted rows of a stack of equal width */
enum { MOST = 50 };
static void predict(const gp_activation_type *type, double alpha,
                    const char *initializer, double scale, size_t depth,
                    gp_variance_row *row)
{
    size_t width[MOST + 1];
    for (size_t l = 0; l <= depth; l++)
        width[l] = 128;
    gp_variance_stack s = {type, {(gp_real)alpha, 0}, initializer,
                           {scale, GP_FAN_AVG, GP_UNIFORM}, depth, width};
    ck_assert_int_eq(gp_variance_predict(&s, row, NULL), GP_OK);
}

START_TEST(claim_fan_in_backward_telescopes)
{
    static const size_t width[] = {30, 200, 70, 70, 500, 20, 90};
    gp_variance_stack s = {&gp_identity, {0, 0}, "lecun_normal", {1, 0, 0}, 6,
                           width};
    gp_variance_row row[7];
    for (s.depth = 1; s.depth <= 6; s.depth++) {
        ck_assert_int_eq(gp_variance_predict(&s, row, NULL), GP_OK);
        gp_assert_near(row[0].gradient, (double)width[s.depth] / 30, 1e-9);
        gp_assert_near(row[s.depth].preactivation, 1, 1e-6);
    }
}
END_TEST

START_TEST(claim_leaky_gain_joins_he_and_lecun)
{
    for (double a = 0; a <= 1; a += 0.125) {
        gp_activation_arguments slope = {(gp_real)a, 0};
        gp_normal_moments m = gp_activation_moments(&gp_leaky_relu, slope, 1);
        gp_assert_near(m.square, (1 + a * a) / 2, 1e-6);
        gp_assert_near(m.slope, (1 + a * a) / 2, 1e-6);
    }
}
END_TEST

START_TEST(claim_relu_keeps_half_the_square)
{
    gp_normal_moments m = gp_activation_moments(&gp_relu, none, 1);
    gp_assert_near(m.square, 0.5, 1e-6);
    gp_assert_near(m.slope, 0.5, 1e-6);
    gp_assert_near(m.square - m.mean * m.mean, 0.5 - 0.5 / acos(-1.0), 1e-6);
}
END_TEST

START_TEST(claim_weights_do_not_depend_on_threads)
{
    gp_matrix a = new_matrix(100, 150), b = new_matrix(100, 150);
    for (const char *const *n = gp_initializer_names(); *n; n++) {
        gp_random r = gp_random_new(1), s = gp_random_new(1);
        omp_set_num_threads(1);
        ck_assert(gp_initialize(&a, *n, &r));
        omp_set_num_threads(4);
        ck_assert(gp_initialize(&b, *n, &s));
        ck_assert(memcmp(a.at, b.at, a.rows * a.stride * sizeof(gp_real)) == 0);
    }
    gp_matrix_free(&a), gp_matrix_free(&b);
}
END_TEST

START_TEST(claim_unknown_initializers_are_rejected)
{
    gp_matrix w = new_matrix(2, 2);
    gp_matrix_fill(&w, 3);
    gp_random r = gp_random_new(1);
    gp_variance_scaling s;
    double v;
    ck_assert(!gp_initialize(&w, "xavier_uniform", &r));
    ck_assert(!gp_initializer_scaling("xavier_uniform", &s));
    ck_assert(!gp_initializer_variance("xavier_uniform", 2, 2, &v));
    ck_assert(gp_row(&w, 1)[1] == 3 && r.position == 0);
    gp_matrix_free(&w);
}
END_TEST

/* sqrt of 1 - 2 c phi(c) / (2 Phi(c) - 1) at c = 2 */
static double truncated_deviation(void)
{
    double p = erf(sqrt(2.0)), density = exp(-2.0) / sqrt(2 * acos(-1.0));
    return sqrt(1 - 4 * density / p);
}

START_TEST(claim_truncated_deviation_is_the_root)
{
    ck_assert(fabs(truncated_deviation() - 0.87962566103423978) < 1e-15);
    gp_matrix w = new_matrix(400, 500);
    gp_random r = gp_random_new(1);
    ck_assert(gp_initialize(&w, "lecun_normal", &r));
    ck_assert(fabs(mean_square(&w) * 400 - 1) < 0.01);
    gp_matrix_free(&w);
}
END_TEST

START_TEST(claim_missing_truncation_loses_variance)
{
    gp_matrix w = new_matrix(400, 500);
    gp_random r = gp_random_new(1);
    gp_random_fill_truncated_normal(&r, &w, 0, sqrt(2.0 / 400));
    double left = mean_square(&w) * 400 / 2;
    ck_assert(fabs(left - 0.7737) < 0.01);
    ck_assert(fabs(left - pow(truncated_deviation(), 2)) < 0.005);
    gp_matrix_free(&w);
}
END_TEST

/* LAPACK's own Q, without the correction */
#define LAPACK(name) s##name##_
extern void LAPACK(geqrf)(const int *, const int *, gp_real *,
                                    const int *, gp_real *, gp_real *, const int *,
                                    int *);
extern void LAPACK(orgqr)(const int *, const int *, const int *,
                                    gp_real *, const int *, const gp_real *, gp_real *,
                                    const int *, int *);

START_TEST(claim_orthogonal_signs_need_correction)
{
    enum { DRAWS = 500 };
    int n = 6, work_size = 64 * 6, info, lda, corrected = 0;
    gp_real tau[6], work[64 * 6];
    gp_matrix w = new_matrix(6, 6);
    gp_random r = gp_random_new(1);
    lda = (int)w.stride;
    for (int i = 0; i < DRAWS; i++) {
        gp_random_fill_normal(&r, &w, 0, 1);
        LAPACK(geqrf)(&n, &n, w.at, &lda, tau, work, &work_size,
                                &info);
        LAPACK(orgqr)(&n, &n, &n, w.at, &lda, tau, work, &work_size,
                                &info);
        ck_assert(w.at[0] < 0);
        ck_assert(gp_initialize(&w, "orthogonal", &r));
        corrected += w.at[0] < 0;
    }
    ck_assert(abs(corrected - DRAWS / 2) < 5 * sqrt(DRAWS) / 2);
    gp_matrix_free(&w);
}
END_TEST

static void linear(const char *name, int depth, gp_matrix *x, gp_matrix *y)
{
    gp_random r = gp_random_new(5);
    gp_matrix w = new_matrix(x->cols, x->cols);
    gp_random_fill_normal(&r, x, 0, 1);
    gp_matrix_copy(y, x);
    for (int l = 0; l < depth; l++) {
        gp_matrix z = new_matrix(x->rows, x->cols);
        ck_assert(gp_initialize(&w, name, &r));
        gp_matrix_multiply(&z, 0, 1, y, false, &w, false);
        gp_matrix_copy(y, &z);
        gp_matrix_free(&z);
    }
    gp_matrix_free(&w);
}

static double product(const gp_matrix *x, size_t i, size_t j)
{
    double sum = 0;
    for (size_t k = 0; k < x->cols; k++)
        sum += (double)gp_row(x, i)[k] * (double)gp_row(x, j)[k];
    return sum;
}

static double cosine(const gp_matrix *x)
{
    double sum = 0;
    for (size_t i = 0; i < x->rows; i++)
        for (size_t j = 0; j < i; j++)
            sum += fabs(product(x, i, j))
                   / sqrt(product(x, i, i) * product(x, j, j));
    return sum / (double)(x->rows * (x->rows - 1) / 2);
}

START_TEST(claim_normal_weights_align_vectors)
{
    gp_matrix x = new_matrix(40, 100), y = new_matrix(40, 100);
    linear("lecun_normal", 100, &x, &y);
    ck_assert(cosine(&x) < 0.1);
    ck_assert_msg(cosine(&y) > 0.5, "%g", cosine(&y));
    gp_matrix_free(&x), gp_matrix_free(&y);
}
END_TEST

START_TEST(claim_orthogonal_weights_keep_lengths)
{
    gp_matrix x = new_matrix(20, 100), y = new_matrix(20, 100);
    linear("orthogonal", 60, &x, &y);
    for (size_t i = 0; i < 20; i++)
        for (size_t j = 0; j <= i; j++)
            ck_assert(fabs(product(&x, i, j) - product(&y, i, j))
                      < 1e-3 * sqrt(product(&x, i, i) * product(&x, j, j)));
    gp_matrix_free(&x), gp_matrix_free(&y);
}
END_TEST

/* nodes and weights of Gauss and Hermite for the density of the normal distribution, by Newton's method */
enum { ORDER = 32 };
static void hermite(double x[ORDER], double w[ORDER])
{
    for (int k = 0; k < ORDER; k++) {
        /* start from a scan: the k-th change of sign of the polynomial */
        double step = 0.01, t = -11, before = 0, value = 0, slope = 0;
        int found = -1;
        while (found < k) {
            double p0 = 1, p1 = t;
            for (int n = 1; n < ORDER; n++) {
                double p2 = (t * p1 - sqrt(n) * p0) / sqrt(n + 1.0);
                p0 = p1, p1 = p2;
            }
            found += before * p1 < 0;
            before = p1;
            t += step;
        }
        t -= 1.5 * step;
        for (int i = 0; i < 20; i++) {
            double p0 = 1, p1 = t;
            for (int n = 1; n < ORDER; n++) {
                double p2 = (t * p1 - sqrt(n) * p0) / sqrt(n + 1.0);
                p0 = p1, p1 = p2;
            }
            value = p1, slope = sqrt(ORDER) * p0;
            t -= value / slope;
        }
        x[k] = t;
        w[k] = 1 / (slope * slope);
    }
}

START_TEST(claim_small_cells_beat_gauss_hermite_on_kinks)
{
    double x[ORDER], w[ORDER], sum = 0, square = 0, mean = 0;
    hermite(x, w);
    for (int k = 0; k < ORDER; k++) {
        sum += w[k];
        square += w[k] * x[k] * x[k];
        mean += w[k] * fmax(0, x[k]);
    }
    gp_assert_near(sum, 1, 1e-10);
    gp_assert_near(square, 1, 1e-10);
    double exact = 1 / sqrt(2 * acos(-1.0));
    double ours = gp_activation_moments(&gp_relu, none, 1).mean;
    ck_assert_msg(fabs(mean - exact) > 1e-3, "Gauss-Hermite: %g", mean);
    ck_assert_msg(fabs(ours - exact) < 1e-8, "ours: %g", ours - exact);
}
END_TEST

/* FAILS with the notebook's r = sqrt(1/fan_avg): the bound of glorot_uniform is sqrt(3/fan_avg), its variance 1/fan_avg. */
START_TEST(claim_notebook_r_has_a_third_of_the_variance)
{
    gp_matrix w = new_matrix(300, 500);
    gp_random r = gp_random_new(1);
    double fan = (300 + 500) / 2.0, most = 0;
    ck_assert(gp_initialize(&w, "glorot_uniform", &r));
    for (size_t i = 0; i < w.rows; i++)
        for (size_t j = 0; j < w.cols; j++)
            most = fmax(most, fabs((double)gp_row(&w, i)[j]));
    ck_assert(fabs(most / sqrt(3 / fan) - 1) < 1e-3);
    ck_assert(fabs(mean_square(&w) * fan - 1) < 0.01);
    gp_random_fill_uniform(&r, &w, -sqrt(1 / fan), sqrt(1 / fan));
    ck_assert(fabs(mean_square(&w) * fan * 3 - 1) < 0.01);
    gp_matrix_free(&w);
}
END_TEST

START_TEST(claim_notebook_r_vanishes)
{
    gp_variance_row wrong[21], right[21];
    predict(&gp_tanh, 0, NULL, 1.0 / 3, 20, wrong);
    predict(&gp_tanh, 0, NULL, 1, 20, right);
    ck_assert(wrong[0].gradient < 3e-10);
    ck_assert(right[0].gradient > 0.03);
    double factor = wrong[19].gradient / wrong[18].gradient;
    ck_assert(fabs(factor - 3) < 0.01);
}
END_TEST

START_TEST(claim_sigmoid_slope_is_below_a_sixteenth)
{
    gp_variance_row row[MOST + 1];
    static const char *const names[] = {"glorot_uniform", "he_normal",
                                        "lecun_normal"};
    for (int i = 0; i < 3; i++) {
        predict(&gp_sigmoid, 0, names[i], 1, 10, row);
        for (int l = 1; l <= 10; l++)
            ck_assert(row[l].slope <= 1 / 16.0);
        ck_assert(row[0].gradient < 1e-9);
        /* forwards nothing seems wrong: the signal has settled, and is mostly its mean */
        ck_assert(fabs(row[10].preactivation / row[9].preactivation - 1)
                  < 1e-3);
        ck_assert(fabs(row[10].mean - 0.5) < 1e-6);
        ck_assert(row[10].variance < 0.05);
    }
}
END_TEST

START_TEST(claim_tanh_with_he_grows_backwards)
{
    gp_variance_row row[MOST + 1];
    predict(&gp_tanh, 0, "he_normal", 1, MOST, row);
    ck_assert(fabs(row[MOST].preactivation / row[MOST - 1].preactivation - 1)
              < 1e-4);
    ck_assert(row[MOST - 2].gradient / row[MOST - 1].gradient > 1.05);
    ck_assert(row[0].gradient > 10);
}
END_TEST

START_TEST(claim_leaky_with_he_grows)
{
    gp_variance_row row[MOST + 1];
    predict(&gp_leaky_relu, 0.3, "he_normal", 1, MOST, row);
    gp_assert_near(log(row[0].gradient), MOST * log(1.09), 1e-4);
    predict(&gp_relu, 0, "glorot_uniform", 1, MOST, row);
    gp_assert_near(log2(row[0].gradient), -MOST, 1e-4);
    predict(&gp_relu, 0, "he_normal", 1, MOST, row);
    gp_assert_near(log2(row[0].gradient), 0, 1e-4);
    gp_assert_near(row[MOST].preactivation, 2, 1e-4);
}
END_TEST

START_TEST(claim_selu_gradient_grows_slowly)
{
    gp_variance_row row[MOST + 1];
    predict(&gp_selu, 0, "lecun_normal", 1, MOST, row);
    gp_assert_near(row[MOST].preactivation, 1, 1e-4);
    double growth = row[MOST - 2].gradient / row[MOST - 1].gradient;
    ck_assert(growth > 1.05 && growth < 1.09);
}
END_TEST

START_TEST(claim_fan_avg_decays_in_bottlenecks)
{
    size_t width[21];
    gp_variance_row row[21];
    for (int l = 0; l <= 20; l++)
        width[l] = l % 2 ? 32 : 256;
    for (int mode = GP_FAN_IN; mode <= GP_FAN_AVG; mode++) {
        gp_variance_stack s = {&gp_identity, {0, 0}, NULL,
                               {1, (gp_mode)mode, GP_UNIFORM}, 20, width};
        ck_assert_int_eq(gp_variance_predict(&s, row, NULL), GP_OK);
        double rho = 8, pair = 4 * rho / ((rho + 1) * (rho + 1));
        double want = mode == GP_FAN_AVG ? pow(pair, 10) : 1;
        ck_assert(fabs(row[0].gradient / want - 1) < 1e-5);
        ck_assert(fabs(row[20].preactivation / want - 1) < 1e-5);
    }
}
END_TEST

/* the notebook's two Keras calls, as their C twins make them */
START_TEST(claim_keras_twins_draw_what_keras_draws)
{
    gp_network *net = gp_network_new(5000, 1, NULL);
    gp_variance_scaling init = {2, GP_FAN_AVG, GP_UNIFORM};
    ck_assert(net != NULL);
    ck_assert_int_eq(gp_dense(net, .units = 10, .activation = "relu",
                              .kernel_initializer = "he_normal"), GP_OK);
    ck_assert_int_eq(gp_dense(net, .units = 4000, .activation = "sigmoid",
                              .variance_scaling = &init), GP_OK);
    ck_assert_int_eq((int)gp_network_layers(net), 4);
    static const char *const names[] = {"dense", "relu", "dense", "sigmoid"};
    static const double fan[] = {5000, 0, 2005, 0};
    static const double bound[] = {2 * 1.0 / 0.87962566103423978, 0, 1.7320508};
    for (size_t l = 0; l < 4; l++) {
        gp_layer *layer = gp_network_layer(net, l);
        ck_assert_str_eq(layer->type->name, names[l]);
        if (l % 2)
            continue;
        const gp_matrix *w = &layer->parameter[0].value;
        double most = 0, deviation = sqrt(2 / fan[l]);
        for (size_t i = 0; i < w->rows; i++)
            for (size_t j = 0; j < w->cols; j++)
                most = fmax(most, fabs((double)gp_row(w, i)[j]));
        ck_assert(fabs(mean_square(w) / (deviation * deviation) - 1) < 0.02);
        ck_assert(most <= bound[l] * deviation * (1 + 1e-6));
        ck_assert(most > 0.995 * bound[l] * deviation);
    }
    gp_network_free(net);
}
END_TEST

/* rms of a weight's gradient: signal below times gradient above, relative to He's */
START_TEST(claim_weight_gradients_share_the_loss)
{
    gp_variance_row glorot[31], he[31];
    predict(&gp_relu, 0, "glorot_uniform", 1, 30, glorot);
    predict(&gp_relu, 0, "he_normal", 1, 30, he);
    for (int l = 1; l <= 30; l++) {
        const gp_variance_row *g = &glorot[l], *h = &he[l];
        double x = g[-1].variance + g[-1].mean * g[-1].mean;
        double y = h[-1].variance + h[-1].mean * h[-1].mean;
        double ratio = sqrt(x * g->slope * g->gradient
                            / (y * h->slope * h->gradient));
        ck_assert(fabs(log2(ratio) + 14.5) < 1e-3);
    }
}
END_TEST

/* ln |y_L|^2 - ln |x|^2 over many networks: variance about 5 L / n */
START_TEST(claim_relu_length_takes_a_random_walk)
{
    enum { NETWORKS = 400, N = 64, L = 10 };
    double sum = 0, square = 0, want = 5.0 * L / N;
    gp_random r = gp_random_new(1);
    gp_matrix w = new_matrix(N, N), x = new_matrix(1, N), z = new_matrix(1, N);
    for (int k = 0; k < NETWORKS; k++) {
        gp_random_fill_normal(&r, &x, 0, 1);
        double before = log(mean_square(&x));
        for (int l = 0; l < L; l++) {
            gp_random_fill_normal(&r, &w, 0, sqrt(2.0 / N));
            gp_matrix_multiply(&z, 0, 1, &x, false, &w, false);
            gp_relu.f(N, z.at, x.at, none);
        }
        double gain = log(mean_square(&x)) - before;
        sum += gain, square += gain * gain;
    }
    double mean = sum / NETWORKS, variance = square / NETWORKS - mean * mean;
    ck_assert_msg(fabs(variance / want - 1) < 0.25, "%g, want %g", variance,
                  want);
    gp_matrix_free(&w), gp_matrix_free(&x), gp_matrix_free(&z);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("claims of chapter 3");
    TCase *t = tcase_create("claims");
    tcase_add_test(t, claim_fan_in_backward_telescopes);
    tcase_add_test(t, claim_leaky_gain_joins_he_and_lecun);
    tcase_add_test(t, claim_relu_keeps_half_the_square);
    tcase_add_test(t, claim_weights_do_not_depend_on_threads);
    tcase_add_test(t, claim_unknown_initializers_are_rejected);
    tcase_add_test(t, claim_truncated_deviation_is_the_root);
    tcase_add_test(t, claim_missing_truncation_loses_variance);
    tcase_add_test(t, claim_orthogonal_signs_need_correction);
    tcase_add_test(t, claim_normal_weights_align_vectors);
    tcase_add_test(t, claim_orthogonal_weights_keep_lengths);
    tcase_add_test(t, claim_small_cells_beat_gauss_hermite_on_kinks);
    tcase_add_test(t, claim_notebook_r_has_a_third_of_the_variance);
    tcase_add_test(t, claim_notebook_r_vanishes);
    tcase_add_test(t, claim_sigmoid_slope_is_below_a_sixteenth);
    tcase_add_test(t, claim_tanh_with_he_grows_backwards);
    tcase_add_test(t, claim_leaky_with_he_grows);
    tcase_add_test(t, claim_selu_gradient_grows_slowly);
    tcase_add_test(t, claim_fan_avg_decays_in_bottlenecks);
    tcase_add_test(t, claim_keras_twins_draw_what_keras_draws);
    tcase_add_test(t, claim_weight_gradients_share_the_loss);
    tcase_add_test(t, claim_relu_length_takes_a_random_walk);
    suite_add_tcase(suite, t);
    return gp_run_suite(suite);
}
