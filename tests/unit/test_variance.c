/* The variance calculator: its integrals against closed forms, its recurrence against stacks that can be done by hand. */
#include "elu.h"
#include "rectifier.h"
#include "support.h"
#include "variance.h"

static const gp_activation_arguments none = {0, 0};

START_TEST(moments_of_rectifiers)
{
    for (double q = 1e-12; q < 1e13; q *= 1e4) {
        gp_normal_moments m = gp_activation_moments(&gp_relu, none, q);
        ck_assert(fabs(m.mean / sqrt(q / (2 * acos(-1.0))) - 1) < 1e-6);
        ck_assert(fabs(m.square / (q / 2) - 1) < 1e-6);
        ck_assert(fabs(m.slope / 0.5 - 1) < 1e-6);
        gp_activation_arguments a = {(gp_real)0.25, 0};
        m = gp_activation_moments(&gp_leaky_relu, a, q);
        ck_assert(fabs(m.mean / (0.75 * sqrt(q / (2 * acos(-1.0)))) - 1)
                  < 1e-6);
        ck_assert(fabs(m.square / (q / 2 * (1 + 0.0625)) - 1) < 1e-6);
        ck_assert(fabs(m.slope / (0.5 * (1 + 0.0625)) - 1) < 1e-6);
    }
}
END_TEST

/* E[exp(k sqrt(q) t); t < 0] = exp(k k q / 2) Phi(-k sqrt(q)) gives the moments of ELU */
START_TEST(moments_of_elu)
{
    gp_activation_arguments a = {1, 0};
    for (double q = 0.25; q <= 4; q *= 2) {
        double s = sqrt(q);
        double e1 = exp(q / 2) * 0.5 * erfc(s / sqrt(2.0));
        double e2 = exp(2 * q) * 0.5 * erfc(2 * s / sqrt(2.0));
        gp_normal_moments m = gp_activation_moments(&gp_elu, a, q);
        gp_assert_near(m.mean, s / sqrt(2 * acos(-1.0)) + e1 - 0.5, 1e-6);
        gp_assert_near(m.square, q / 2 + e2 - 2 * e1 + 0.5, 1e-6);
        gp_assert_near(m.slope, 0.5 + e2, 1e-6);
    }
}
END_TEST

/* The fixed point of SELU is (0, 1). */
START_TEST(moments_of_selu)
{
    gp_normal_moments m = gp_activation_moments(&gp_selu, none, 1);
    gp_assert_near(m.mean, 0, 1e-6);
    gp_assert_near(m.square, 1, 1e-6);
}
END_TEST

enum { DEPTH = 6 };
static const size_t widths[DEPTH + 1] = {50, 80, 30, 200, 10, 60, 40};

static gp_variance_stack stack(const gp_activation_type *type,
                               const char *initializer)
{
    gp_variance_stack s = {type, {0, 0}, initializer, {1, 0, 0}, DEPTH,
                           widths};
    return s;
}

START_TEST(prediction_by_hand)
{
    gp_variance_row row[DEPTH + 1];
    gp_variance_stack s = stack(&gp_relu, "he_normal");
    ck_assert_int_eq(gp_variance_predict(&s, row, NULL), GP_OK);
    ck_assert(isnan(row[0].preactivation) && isnan(row[0].slope));
    gp_assert_near(row[0].variance, 1, 0);
    for (int l = 1; l <= DEPTH; l++) {
        gp_assert_near(row[l].preactivation, 2, 1e-5);
        gp_assert_near(row[l].slope, 0.5, 1e-6);
        gp_assert_near(row[l].variance + row[l].mean * row[l].mean, 1, 1e-5);
        gp_assert_near(row[l - 1].gradient / row[l].gradient,
                       (double)widths[l] / (double)widths[l - 1], 1e-5);
    }
    gp_assert_near(row[DEPTH].gradient, 1, 0);
    s.initializer = NULL;
    s.scaling = (gp_variance_scaling){2, GP_FAN_OUT, GP_UNIFORM};
    ck_assert_int_eq(gp_variance_predict(&s, row, NULL), GP_OK);
    gp_assert_near(row[0].gradient, 1, 1e-5);
}
END_TEST

START_TEST(measurement_follows_prediction)
{
    const char *const names[] = {"he_normal", "he_uniform", "lecun_normal",
                                 "glorot_uniform", "orthogonal"};
    for (int n = 0; n < 5; n++) {
        gp_variance_stack s = stack(n < 3 ? &gp_relu : &gp_elu, names[n]);
        size_t wide[4] = {300, 400, 250, 300};
        s.arguments.alpha = 1;
        s.depth = 3, s.width = wide;
        gp_variance_row p[4], m[4];
        gp_random r = gp_random_new(3);
        ck_assert_int_eq(gp_variance_predict(&s, p, NULL), GP_OK);
        ck_assert_int_eq(gp_variance_measure(&s, 40, &r, m, NULL), GP_OK);
        for (int l = 0; l <= 3; l++) {
            double tolerance = 0.3;
            if (l > 0)
                ck_assert_msg(fabs(m[l].preactivation / p[l].preactivation
                                   - 1) < tolerance, "%s, layer %d: %g, %g",
                              names[n], l, m[l].preactivation,
                              p[l].preactivation);
            ck_assert(fabs(m[l].variance / p[l].variance - 1) < tolerance);
            ck_assert(fabs(m[l].mean - p[l].mean) < tolerance);
            ck_assert(fabs(m[l].gradient / p[l].gradient - 1) < tolerance);
        }
    }
}
END_TEST

START_TEST(layers_on_top_change_nothing_below)
{
    gp_variance_stack s = stack(&gp_relu, "he_normal");
    gp_variance_row a[DEPTH + 1], b[DEPTH + 1];
    gp_random r = gp_random_new(3);
    ck_assert_int_eq(gp_variance_measure(&s, 5, &r, a, NULL), GP_OK);
    s.depth = 3;
    ck_assert_int_eq(gp_variance_measure(&s, 5, &r, b, NULL), GP_OK);
    for (int l = 1; l <= 3; l++)
        ck_assert(a[l].preactivation == b[l].preactivation);
}
END_TEST

START_TEST(unknown_initializer)
{
    gp_variance_stack s = stack(&gp_relu, "xavier");
    gp_variance_row row[DEPTH + 1];
    gp_random r = gp_random_new(1);
    gp_error error;
    ck_assert_int_eq(gp_variance_predict(&s, row, &error), GP_BAD_INPUT);
    ck_assert(strstr(error.message, "xavier"));
    error.message[0] = 0;
    ck_assert_int_eq(gp_variance_measure(&s, 3, &r, row, &error),
                     GP_BAD_INPUT);
    ck_assert(strstr(error.message, "xavier"));
}
END_TEST

START_TEST(depth_zero_is_the_input)
{
    gp_variance_stack s = stack(&gp_relu, "he_normal");
    gp_variance_row row[1];
    gp_random r = gp_random_new(1);
    s.depth = 0;
    ck_assert_int_eq(gp_variance_predict(&s, row, NULL), GP_OK);
    gp_assert_near(row[0].gradient, 1, 0);
    ck_assert_int_eq(gp_variance_measure(&s, 100, &r, row, NULL), GP_OK);
    gp_assert_near(row[0].variance, 1, 0.1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("variance");
    TCase *t = tcase_create("variance");
    tcase_add_test(t, moments_of_rectifiers);
    tcase_add_test(t, moments_of_elu);
    tcase_add_test(t, moments_of_selu);
    tcase_add_test(t, prediction_by_hand);
    tcase_add_test(t, measurement_follows_prediction);
    tcase_add_test(t, layers_on_top_change_nothing_below);
    tcase_add_test(t, unknown_initializer);
    tcase_add_test(t, depth_zero_is_the_input);
    suite_add_tcase(suite, t);
    return gp_run_suite(suite);
}
