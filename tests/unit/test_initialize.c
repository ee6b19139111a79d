/* Initializers, tested statistically against exact distribution functions. Fixed seeds: a test either always passes or never. */
#include "initialize.h"
#include "support.h"
#include <omp.h>

enum { IN = 300, OUT = 340, COUNT = IN * OUT }; /* in != out, 102,000 samples */

static const struct {
    const char *name;
    gp_variance_scaling scaling;
} cases[] = {
    {"glorot_uniform", {1, GP_FAN_AVG, GP_UNIFORM}},
    {"glorot_normal", {1, GP_FAN_AVG, GP_TRUNCATED_NORMAL}},
    {"he_uniform", {2, GP_FAN_IN, GP_UNIFORM}},
    {"he_normal", {2, GP_FAN_IN, GP_TRUNCATED_NORMAL}},
    {"lecun_uniform", {1, GP_FAN_IN, GP_UNIFORM}},
    {"lecun_normal", {1, GP_FAN_IN, GP_TRUNCATED_NORMAL}},
    {NULL, {2, GP_FAN_AVG, GP_UNIFORM}},
    {NULL, {0.7, GP_FAN_OUT, GP_UNTRUNCATED_NORMAL}},
    {NULL, {3, GP_FAN_OUT, GP_TRUNCATED_NORMAL}},
};
enum { CASES = sizeof cases / sizeof *cases };

static double wanted_deviation(int c)
{
    /* written out again here, from the papers and not from the module */
    static const double fan[] = {320, 320, 300, 300, 300, 300, 320, 340, 340};
    return sqrt(cases[c].scaling.scale / fan[c]);
}

static gp_matrix new_matrix(size_t rows, size_t cols)
{
    gp_matrix m;
    ck_assert_int_eq(gp_matrix_new(&m, rows, cols, NULL), GP_OK);
    return m;
}

static gp_matrix draw(int c, uint64_t seed)
{
    gp_matrix w = new_matrix(IN, OUT);
    gp_random r = gp_random_new(seed);
    if (cases[c].name)
        ck_assert(gp_initialize(&w, cases[c].name, &r));
    else
        gp_initialize_variance_scaling(&w, cases[c].scaling, &r);
    return w;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static double *sorted(const gp_matrix *w)
{
    double *x = malloc(w->rows * w->cols * sizeof *x);
    for (size_t i = 0; i < w->rows; i++)
        for (size_t j = 0; j < w->cols; j++)
            x[i * w->cols + j] = (double)gp_row(w, i)[j];
    qsort(x, w->rows * w->cols, sizeof *x, ascending);
    return x;
}

static double normal_cdf(double z) { return 0.5 * erfc(-z / sqrt(2.0)); }

/* deviation of the normal distribution before the cut: its own formula, not the module's constant */
static double parent(double deviation)
{
    double p = 2 * normal_cdf(2) - 1;
    double density = exp(-2.0) / sqrt(2 * acos(-1.0));
    return deviation / sqrt(1 - 4 * density / p);
}

static double cdf(int c, double w)
{
    double s = wanted_deviation(c), z;
    switch (cases[c].scaling.distribution) {
    case GP_UNIFORM:
        z = 0.5 + w / (2 * sqrt(3.0) * s);
        return z < 0 ? 0 : z > 1 ? 1 : z;
    case GP_UNTRUNCATED_NORMAL: return normal_cdf(w / s);
    default:
        z = (normal_cdf(w / parent(s)) - normal_cdf(-2))
            / (normal_cdf(2) - normal_cdf(-2));
        return z < 0 ? 0 : z > 1 ? 1 : z;
    }
}

static double kolmogorov_p(double d, double n)
{
    double lambda = (sqrt(n) + 0.12 + 0.11 / sqrt(n)) * d, p = 0;
    for (int k = 1; k < 100; k++)
        p += (k % 2 ? 2 : -2) * exp(-2 * k * k * lambda * lambda);
    return lambda < 0.2 ? 1 : p;
}

static double distance(const double *x, size_t n, int c)
{
    double worst = 0;
    for (size_t i = 0; i < n; i++) {
        double f = cdf(c, x[i]);
        worst = fmax(worst, fmax(f - (double)i / (double)n,
                                 (double)(i + 1) / (double)n - f));
    }
    return worst;
}

START_TEST(kolmogorov_smirnov)
{
    gp_matrix w = draw(_i, 1);
    double *x = sorted(&w);
    double p = kolmogorov_p(distance(x, COUNT, _i), COUNT);
    ck_assert_msg(p > 1e-4, "case %d: p = %g", _i, p);
    free(x);
    gp_matrix_free(&w);
}
END_TEST

START_TEST(deviation_within_a_percent)
{
    gp_matrix w = draw(_i, 3);
    double sum = 0, square = 0, s = wanted_deviation(_i);
    for (size_t i = 0; i < IN; i++)
        for (size_t j = 0; j < OUT; j++) {
            double x = (double)gp_row(&w, i)[j];
            sum += x;
            square += x * x;
        }
    double mean = sum / COUNT, deviation = sqrt(square / COUNT - mean * mean);
    ck_assert_msg(fabs(deviation / s - 1) < 0.01, "case %d: %g, want %g", _i,
                  deviation, s);
    ck_assert_msg(fabs(mean) < 5 * s / sqrt(COUNT), "case %d: mean %g", _i,
                  mean);
    gp_matrix_free(&w);
}
END_TEST

/* No sample outside the bound, the extremes close to it, and no pile of samples on it. */
START_TEST(exact_bounds_without_mass)
{
    double s = wanted_deviation(_i), bound;
    if (cases[_i].scaling.distribution == GP_UNTRUNCATED_NORMAL)
        return;
    bound = cases[_i].scaling.distribution == GP_UNIFORM ? sqrt(3.0) * s
                                                         : 2 * parent(s);
    gp_matrix w = draw(_i, 4);
    double low = 0, high = 0, edge = 1e-3 * bound;
    double expected = COUNT * cdf(_i, -bound + edge);
    int near[2] = {0, 0}, same[2] = {0, 0};
    for (int i = 0; i < COUNT; i++) {
        double y = (double)gp_row(&w, (size_t)i / OUT)[i % OUT];
        same[0] = y < low ? 1 : same[0] + (y == low);
        same[1] = y > high ? 1 : same[1] + (y == high);
        low = fmin(low, y), high = fmax(high, y);
        near[0] += y < edge - bound, near[1] += y > bound - edge;
    }
    ck_assert_msg(low >= -bound * (1 + 1e-6), "%g < -%g", low, bound);
    ck_assert_msg(high <= bound * (1 + 1e-6), "%g > %g", high, bound);
    ck_assert(low < -0.999 * bound && high > 0.999 * bound);
    for (int side = 0; side < 2; side++) {
        ck_assert_msg(fabs(near[side] - expected) < 6 * sqrt(expected),
                      "case %d: %d near the bound, expected %g", _i,
                      near[side], expected);
        ck_assert_int_le(same[side], 2);
    }
    gp_matrix_free(&w);
}
END_TEST

static double correlation(const gp_matrix *a, const gp_matrix *b)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < a->rows; i++)
        for (size_t j = 0; j < a->cols; j++) {
            double x = (double)gp_row(a, i)[j], y = (double)gp_row(b, i)[j];
            ab += x * y, aa += x * x, bb += y * y;
        }
    return ab / sqrt(aa * bb);
}

START_TEST(streams_are_uncorrelated)
{
    gp_matrix a = draw(_i, 7), b = draw(_i, 8);
    gp_matrix c = draw(_i, 7ull << 32);
    double limit = 5 / sqrt(COUNT);
    ck_assert(fabs(correlation(&a, &b)) < limit);
    ck_assert(fabs(correlation(&a, &c)) < limit);
    gp_random parent_ = gp_random_new(7);
    gp_random first = gp_random_split(&parent_, 0),
              second = gp_random_split(&parent_, 1);
    gp_initialize_variance_scaling(&b, cases[_i].scaling, &first);
    gp_initialize_variance_scaling(&c, cases[_i].scaling, &second);
    ck_assert(fabs(correlation(&b, &c)) < limit);
    ck_assert(fabs(correlation(&a, &b)) < limit);
    gp_initialize_variance_scaling(&c, cases[_i].scaling, &first);
    ck_assert_msg(fabs(correlation(&b, &c)) < limit,
                  "the generator did not move on");
    gp_matrix_free(&a), gp_matrix_free(&b), gp_matrix_free(&c);
}
END_TEST

static size_t bytes(const gp_matrix *m)
{
    return m->rows * m->stride * sizeof(gp_real);
}

START_TEST(threads_change_nothing)
{
    gp_matrix one = new_matrix(213, 301), many = new_matrix(213, 301);
    for (const char *const *n = gp_initializer_names(); *n; n++)
        for (int threads = 2; threads <= 5; threads += 3) {
            gp_random r = gp_random_new(11), s = gp_random_new(11);
            omp_set_num_threads(1);
            ck_assert(gp_initialize(&one, *n, &r));
            omp_set_num_threads(threads);
            ck_assert(gp_initialize(&many, *n, &s));
            ck_assert_int_eq(omp_get_max_threads(), threads);
            ck_assert_msg(memcmp(one.at, many.at, bytes(&one)) == 0,
                          "%s differs with %d threads", *n, threads);
            ck_assert(r.position == s.position);
        }
    gp_matrix_free(&one), gp_matrix_free(&many);
}
END_TEST

START_TEST(padding_stays_zero)
{
    gp_matrix w = new_matrix(37, 21);
    for (const char *const *n = gp_initializer_names(); *n; n++) {
        gp_random r = gp_random_new(5);
        ck_assert(gp_initialize(&w, *n, &r));
        for (size_t i = 0; i < w.rows; i++)
            for (size_t j = w.cols; j < w.stride; j++)
                ck_assert(gp_row(&w, i)[j] == 0);
    }
    gp_matrix_free(&w);
}
END_TEST

/* largest |element| of W'W - gain^2 I (or W W', whichever is smaller) */
static double from_orthogonal(const gp_matrix *w, double gain)
{
    bool tall = w->rows >= w->cols;
    size_t k = tall ? w->cols : w->rows;
    gp_matrix g = new_matrix(k, k);
    gp_matrix_multiply(&g, 0, 1, w, tall, w, !tall);
    double worst = 0;
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++)
            worst = fmax(worst, fabs((double)gp_row(&g, i)[j]
                                     - (i == j) * gain * gain));
    gp_matrix_free(&g);
    return worst;
}

START_TEST(orthogonal_matrices)
{
    static const size_t shape[][2] = {{100, 100}, {250, 70}, {70, 250},
                                      {1, 9},     {9, 1},    {1, 1}};
    for (size_t i = 0; i < sizeof shape / sizeof *shape; i++)
        for (double gain = 1; gain < 2; gain += 0.5) {
            gp_matrix w = new_matrix(shape[i][0], shape[i][1]);
            gp_random r = gp_random_new(i);
            ck_assert_int_eq(gp_initialize_orthogonal(&w, gain, &r, NULL),
                             GP_OK);
            ck_assert_msg(from_orthogonal(&w, gain) < 4e-6, "%zu x %zu: %g",
                          shape[i][0], shape[i][1],
                          from_orthogonal(&w, gain));
            gp_matrix_free(&w);
        }
}
END_TEST

/* Uniform over the orthogonal group: every element has mean 0 and mean square 1/n, the determinant either sign, and
   E[trace^2] = 1. */
START_TEST(orthogonal_is_uniform)
{
    enum { N = 3, DRAWS = 10000 };
    gp_matrix w = new_matrix(N, N);
    gp_random r = gp_random_new(1);
    double mean[N][N] = {{0}}, square[N][N] = {{0}}, trace = 0, positive = 0;
    for (int d = 0; d < DRAWS; d++) {
        ck_assert(gp_initialize(&w, "orthogonal", &r));
        double t = 0, a[N][N];
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++) {
                a[i][j] = (double)gp_row(&w, i)[j];
                mean[i][j] += a[i][j] / DRAWS;
                square[i][j] += a[i][j] * a[i][j] / DRAWS;
                t += i == j ? a[i][j] : 0;
            }
        trace += t * t / DRAWS;
        positive += a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1])
                        - a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0])
                        + a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0])
                    > 0;
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            ck_assert(fabs(mean[i][j]) < 5 * sqrt(1.0 / N / DRAWS));
            ck_assert(fabs(square[i][j] - 1.0 / N) < 5 * 0.3 / sqrt(DRAWS));
        }
    ck_assert_msg(fabs(trace - 1) < 5 * 1.5 / sqrt(DRAWS), "%g", trace);
    ck_assert(fabs(positive / DRAWS - 0.5) < 5 * 0.5 / sqrt(DRAWS));
    gp_matrix_free(&w);
}
END_TEST

START_TEST(zeros_and_ones)
{
    gp_matrix w = new_matrix(5, 7);
    gp_random r = gp_random_new(1);
    for (int v = 1; v >= 0; v--) {
        ck_assert(gp_initialize(&w, v ? "ones" : "zeros", &r));
        for (size_t i = 0; i < 5; i++)
            for (size_t j = 0; j < 7; j++)
                ck_assert(gp_row(&w, i)[j] == v);
    }
    gp_matrix_free(&w);
}
END_TEST

START_TEST(unknown_names)
{
    static const char *const bad[] = {"",      "he",          "he_norma",
                                      "he_normal ", "He_normal", "orthogonall",
                                      "xavier"};
    gp_matrix w = new_matrix(3, 4);
    gp_matrix_fill(&w, 7);
    gp_random r = gp_random_new(1);
    gp_variance_scaling s;
    double v;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert(!gp_initialize(&w, bad[i], &r));
        ck_assert(!gp_initializer_scaling(bad[i], &s));
        ck_assert(!gp_initializer_variance(bad[i], 3, 4, &v));
        ck_assert(gp_row(&w, 2)[3] == 7 && r.position == 0);
    }
    ck_assert(!gp_initializer_scaling("orthogonal", &s));
    gp_matrix_free(&w);
}
END_TEST

START_TEST(names_and_their_variances)
{
    int count = 0;
    for (const char *const *n = gp_initializer_names(); *n; n++, count++) {
        gp_matrix w = new_matrix(IN, OUT);
        gp_random r = gp_random_new(2);
        double v, square = 0;
        ck_assert(gp_initialize(&w, *n, &r));
        ck_assert(gp_initializer_variance(*n, IN, OUT, &v));
        for (size_t i = 0; i < IN; i++)
            for (size_t j = 0; j < OUT; j++)
                square += pow((double)gp_row(&w, i)[j], 2) / COUNT;
        ck_assert_msg(fabs(square - v) <= 0.02 * v, "%s: %g, want %g", *n,
                      square, v);
        gp_matrix_free(&w);
    }
    ck_assert_int_eq(count, 9);
}
END_TEST

START_TEST(a_scale_must_be_positive)
{
    gp_matrix w = new_matrix(3, 4);
    gp_random r = gp_random_new(1);
    gp_variance_scaling s = {0, GP_FAN_IN, GP_UNIFORM};
    gp_initialize_variance_scaling(&w, s, &r); /* aborts */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("initialize");
    TCase *t = tcase_create("distributions");
    tcase_add_loop_test(t, kolmogorov_smirnov, 0, CASES);
    tcase_add_loop_test(t, deviation_within_a_percent, 0, CASES);
    tcase_add_loop_test(t, exact_bounds_without_mass, 0, CASES);
    tcase_add_loop_test(t, streams_are_uncorrelated, 0, CASES);
    tcase_add_test(t, threads_change_nothing);
    tcase_add_test(t, padding_stays_zero);
    suite_add_tcase(suite, t);
    t = tcase_create("matrices and names");
    tcase_add_test(t, orthogonal_matrices);
    tcase_add_test(t, orthogonal_is_uniform);
    tcase_add_test(t, zeros_and_ones);
    tcase_add_test(t, unknown_names);
    tcase_add_test(t, names_and_their_variances);
    tcase_add_test_raise_signal(t, a_scale_must_be_positive, 6);
    suite_add_tcase(suite, t);
    return gp_run_suite(suite);
}
