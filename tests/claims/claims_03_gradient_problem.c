/* What chapter 2 says, as far as it computes at once. */
#include "dense.h"
#include "clip.h"
#include "diagnose.h"
#include "sigmoid.h"
#include "support.h"

static const gp_activation_arguments none = {0, 0};

static double value(const gp_activation_type *f, double z)
{
    gp_real x = (gp_real)z, y;
    f->f(1, &x, &y, none);
    return (double)y;
}

static double slope(const gp_activation_type *f, double z)
{
    gp_real x = (gp_real)z, y, one = 1, dx;
    f->f(1, &x, &y, none);
    f->df(1, &x, &y, &one, &dx, none);
    return (double)dx;
}

START_TEST(claim_tanh_is_a_stretched_logistic)
{
    for (double z = -20; z <= 20; z += 0.013) {
        ck_assert(fabs(value(&gp_tanh, z) - (2 * value(&gp_sigmoid, 2 * z) - 1)) < 3e-7);
        ck_assert(value(&gp_tanh, -z) == -value(&gp_tanh, z));
        ck_assert(fabs(slope(&gp_tanh, z) - 4 * slope(&gp_sigmoid, 2 * z)) < 1e-6);
    }
}
END_TEST

/* units in the last place of a float between got and the double want */
static double ulps(double got, double want)
{
    float w = (float)want;
    return fabs(got - want) / (double)(nextafterf(fabsf(w), INFINITY) - fabsf(w));
}

START_TEST(claim_logistic_and_tanh_are_accurate)
{
    enum { N = 40001 };
    static gp_real x[N], s[N], t[N];
    double worst = 0;
    for (int i = 0; i < N; i++)
        x[i] = (gp_real)((i - N / 2) * (80.0 / (N / 2)));
    gp_sigmoid.f(N, x, s, none);
    gp_tanh.f(N, x, t, none);
    for (int i = 0; i < N; i++) {
        worst = fmax(worst, ulps((double)s[i], 1 / (1 + (exp)(-(double)x[i]))));
        worst = fmax(worst, ulps((double)t[i], (tanh)((double)x[i])));
    }
    ck_assert_msg(worst <= 5, "%g units in the last place", worst);
}
END_TEST

START_TEST(claim_the_ends_are_exact)
{
    ck_assert(value(&gp_sigmoid, INFINITY) == 1 && value(&gp_sigmoid, -INFINITY) == 0);
    ck_assert(value(&gp_sigmoid, 3e38) == 1 && value(&gp_sigmoid, -3e38) == 0);
    ck_assert(value(&gp_sigmoid, -100) <= 1e-43);
    ck_assert(value(&gp_tanh, INFINITY) == 1 && value(&gp_tanh, -3e38) == -1);
    ck_assert(slope(&gp_sigmoid, -INFINITY) == 0 && slope(&gp_tanh, INFINITY) == 0);
}
END_TEST

START_TEST(claim_saturation_begins_where_the_formula_says)
{
    for (int i = 0; i < 2; i++) {
        double c = i == 0 ? 0.9 : 0.1, z = log((1 + sqrt(1 - c)) / (1 - sqrt(1 - c)));
        gp_assert_near(slope(&gp_sigmoid, z), c / 4, 1e-6);
        gp_assert_near(slope(&gp_tanh, z / 2), c, 2e-6);
    }
}
END_TEST

START_TEST(claim_steepest_slopes)
{
    ck_assert(slope(&gp_sigmoid, 0) == 0.25 && slope(&gp_tanh, 0) == 1);
    for (double z = -30; z <= 30; z += 0.01)
        ck_assert(slope(&gp_sigmoid, z) <= 0.25 && slope(&gp_tanh, z) <= 1);
}
END_TEST

START_TEST(claim_the_right_slope_is_zero_beyond_24_log_2)
{
    double border = 24 * log(2.0);
    for (double z = border + 0.001; z < 100; z += 0.1)
        ck_assert(slope(&gp_sigmoid, z) == 0 && value(&gp_sigmoid, z) == 1);
    ck_assert(slope(&gp_sigmoid, border - 0.01) > 0);
}
END_TEST

START_TEST(claim_the_left_slope_is_accurate)
{
    for (double z = -80; z < 0; z += 0.01) {
        double x = (double)(float)z, e = exp(x);
        ck_assert(fabs(slope(&gp_sigmoid, z) / (e / ((1 + e) * (1 + e))) - 1) < 1e-6);
    }
}
END_TEST

/* The gradient that a chain of single units with weight 1 passes. */
static double chain(const gp_activation_type *f, gp_real bias, gp_real x, int depth)
{
    gp_layer *dense = gp_dense_new(1, 1, true, NULL), *unit = gp_activation_new(f, 1, none, NULL);
    gp_real y[101] = {x}, z[101], delta = 1, inner;
    gp_pass pass = {false, NULL};
    dense->parameter[0].value.at[0] = 1;
    dense->parameter[1].value.at[0] = bias;
    gp_matrix d = gp_matrix_view(&delta, 1, 1, 1), dz = gp_matrix_view(&inner, 1, 1, 1);
    for (int l = 1; l <= depth; l++) {
        gp_matrix in = gp_matrix_view(&y[l - 1], 1, 1, 1), mid = gp_matrix_view(&z[l], 1, 1, 1),
                  out = gp_matrix_view(&y[l], 1, 1, 1);
        gp_layer_forward(dense, &in, &mid, &pass);
        gp_layer_forward(unit, &mid, &out, &pass);
    }
    for (int l = depth; l > 0; l--) {
        gp_matrix in = gp_matrix_view(&y[l - 1], 1, 1, 1), mid = gp_matrix_view(&z[l], 1, 1, 1),
                  out = gp_matrix_view(&y[l], 1, 1, 1);
        gp_layer_backward(unit, &mid, &out, &d, &dz);
        gp_layer_backward(dense, &in, &mid, &dz, &d);
    }
    gp_layer_free(dense);
    gp_layer_free(unit);
    return (double)delta;
}

START_TEST(claim_a_chain_passes_exactly_four_to_the_minus_depth)
{
    for (int depth = 1; depth <= 60; depth++)
        ck_assert(chain(&gp_sigmoid, (gp_real)-0.5, (gp_real)0.5, depth) == ldexp(1, -2 * depth));
    ck_assert(fabs(chain(&gp_sigmoid, (gp_real)-0.5, (gp_real)0.5, 5) - 9.8e-4) < 0.05e-4);
    ck_assert(fabs(chain(&gp_sigmoid, (gp_real)-0.5, (gp_real)0.5, 10) - 9.5e-7) < 0.05e-7);
}
END_TEST

START_TEST(claim_a_chain_off_center_passes_less)
{
    for (int depth = 1; depth <= 50; depth++)
        ck_assert(chain(&gp_sigmoid, 0, (gp_real)0.5, depth) < ldexp(1, -2 * depth));
}
END_TEST

START_TEST(claim_tanh_chain_decays_as_a_power)
{
    double ratio = chain(&gp_tanh, 0, 1, 100) / chain(&gp_tanh, 0, 1, 50);
    ck_assert_msg(fabs(ratio - pow(2, -1.5)) < 0.03, "%g", ratio);
    double x = 1;
    for (int l = 0; l < 100; l++)
        x = value(&gp_tanh, x);
    ck_assert(fabs(x / sqrt(1.5 / 100) - 1) < 0.05);
}
END_TEST

START_TEST(claim_the_window_is_never_half_the_range)
{
    double widest = 0;
    for (double w = 4; w < 1000; w *= 1.001) {
        double width = 4 / w * acosh(sqrt(w) / 2), inside = 2 * acosh(sqrt(w) / 2);
        widest = fmax(widest, width);
        ck_assert(w * slope(&gp_sigmoid, inside * 0.999) >= 1 - 1e-3);
        ck_assert(w * slope(&gp_sigmoid, inside + 0.01) < 1);
    }
    ck_assert(widest < 0.5 && widest > 0.44);
}
END_TEST

START_TEST(claim_a_small_spread_on_a_large_mean_is_found)
{
    gp_matrix m;
    ck_assert_int_eq(gp_matrix_new(&m, 64, 10, NULL), GP_OK);
    for (size_t i = 0; i < 64; i++)
        for (size_t j = 0; j < 10; j++)
            gp_row(&m, i)[j] = 4096 + (gp_real)(i % 2) / 2048;
    gp_statistics s = gp_describe(&m);
    gp_assert_near(s.deviation * 4096, 1, 1e-6);
    gp_assert_near(s.spread * 4096, 1, 1e-6);
    gp_matrix_free(&m);
}
END_TEST


/* the quarter-circle law says 0.609 */
START_TEST(claim_most_singular_values_are_below_one)
{
    enum { N = 400 };
    static double s[N];
    gp_matrix w;
    gp_random r = gp_random_new(2);
    size_t below = 0;
    ck_assert_int_eq(gp_matrix_new(&w, N, N, NULL), GP_OK);
    gp_random_fill_normal(&r, &w, 0, 1 / sqrt(N));
    ck_assert_int_eq(gp_singular_values(&w, s, NULL), GP_OK);
    for (int i = 0; i < N; i++) {
        below += s[i] < 1;
        ck_assert(i == 0 || s[i] <= s[i - 1]);
    }
    ck_assert(fabs((double)below / N - 0.609) < 0.01);
    gp_matrix_free(&w);
}
END_TEST

START_TEST(claim_mean_singular_value_is_eight_thirds_pi)
{
    enum { N = 300 };
    static double s[N];
    gp_matrix w;
    gp_random r = gp_random_new(1);
    double mean = 0, square = 0;
    ck_assert_int_eq(gp_matrix_new(&w, N, N, NULL), GP_OK);
    gp_random_fill_uniform(&r, &w, -1 / sqrt(N), 1 / sqrt(N));
    ck_assert_int_eq(gp_singular_values(&w, s, NULL), GP_OK);
    for (int i = 0; i < N; i++)
        mean += s[i] / N, square += s[i] * s[i] / N;
    ck_assert(fabs(mean - 8 / (12 * atan(1.0)) / sqrt(3.0)) < 0.01);
    ck_assert(fabs(sqrt(square) - 1 / sqrt(3.0)) < 0.01);
    gp_matrix_free(&w);
}
END_TEST

/* a layer with one weight matrix of two columns, and its gradient */
static gp_layer *with_gradient(gp_parameter **p, double a, double b)
{
    gp_layer *layer = gp_dense_new(1, 2, false, NULL);
    *p = &layer->parameter[0];
    (*p)->gradient.at[0] = (gp_real)a;
    (*p)->gradient.at[1] = (gp_real)b;
    return layer;
}

START_TEST(claim_clipping_by_norm_keeps_the_direction)
{
    gp_parameter *p;
    gp_layer *layer = with_gradient(&p, 100, 1);
    gp_clip_by_norm(1, &p, 1);
    gp_assert_near(p->gradient.at[0] / p->gradient.at[1], 100, 1e-5);
    gp_assert_near(gp_gradient_norm(1, &p), 1, 1e-6);
    gp_layer_free(layer);
}
END_TEST

START_TEST(claim_clipping_by_value_bends_the_direction)
{
    gp_parameter *p;
    gp_layer *layer = with_gradient(&p, 100, 1);
    gp_clip_by_value(1, &p, 1);
    ck_assert((double)p->gradient.at[0] == 1 && (double)p->gradient.at[1] == 1);
    gp_layer_free(layer);
}
END_TEST

START_TEST(claim_an_infinite_norm_is_reported_and_not_spread)
{
    gp_parameter *p;
    gp_layer *layer = with_gradient(&p, INFINITY, 1);
    ck_assert(isinf(gp_clip_by_norm(1, &p, 1)));
    ck_assert((double)p->gradient.at[1] == 1);
    p->gradient.at[0] = NAN;
    ck_assert(isnan(gp_clip_by_norm(1, &p, 1)));
    ck_assert((double)p->gradient.at[1] == 1);
    gp_layer_free(layer);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("claims of chapter 2");
    TCase *t = tcase_create("claims");
    suite_add_tcase(s, t);
    tcase_add_test(t, claim_tanh_is_a_stretched_logistic);
    tcase_add_test(t, claim_logistic_and_tanh_are_accurate);
    tcase_add_test(t, claim_the_ends_are_exact);
    tcase_add_test(t, claim_saturation_begins_where_the_formula_says);
    tcase_add_test(t, claim_steepest_slopes);
    tcase_add_test(t, claim_the_right_slope_is_zero_beyond_24_log_2);
    tcase_add_test(t, claim_the_left_slope_is_accurate);
    tcase_add_test(t, claim_a_chain_passes_exactly_four_to_the_minus_depth);
    tcase_add_test(t, claim_a_chain_off_center_passes_less);
    tcase_add_test(t, claim_tanh_chain_decays_as_a_power);
    tcase_add_test(t, claim_the_window_is_never_half_the_range);
    tcase_add_test(t, claim_a_small_spread_on_a_large_mean_is_found);
    tcase_add_test(t, claim_mean_singular_value_is_eight_thirds_pi);
    tcase_add_test(t, claim_most_singular_values_are_below_one);
    tcase_add_test(t, claim_clipping_by_norm_keeps_the_direction);
    tcase_add_test(t, claim_clipping_by_value_bends_the_direction);
    tcase_add_test(t, claim_an_infinite_norm_is_reported_and_not_spread);
    return gp_run_suite(s);
}
