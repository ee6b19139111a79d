/* The bounded activations and the identity: values and slopes against double precision, at every size of argument. */
#include "sigmoid.h"
#include "support.h"
#include <float.h>

static const gp_activation_arguments none = {0, 0};

static double logistic(double z)
{
    double e = exp(-fabs(z));
    return z < 0 ? e / (1 + e) : 1 / (1 + e);
}

/* arguments of all sizes and both signs, as many as fill vectors and a rest */
enum { MOST = 100000 };
static gp_real x[MOST], y[MOST], dy[MOST], dx[MOST];
static size_t arguments(void)
{
    size_t n = 0;
    for (double z = 1e-45; z < 3e38 && n + 2 < MOST; z *= n < 200 ? 1.7 : 1.03)
        x[n] = (gp_real)z, x[n + 1] = (gp_real)-z, n += 2;
    for (double z = -120; z <= 120 && n + 1 < MOST; z += 0.0171)
        x[n++] = (gp_real)z;
    ck_assert_uint_gt(n, 10000);
    return n;
}

START_TEST(sigmoid_value)
{
    size_t n = arguments();
    gp_sigmoid.f(n, x, y, none);
    for (size_t i = 0; i < n; i++) {
        double want = logistic((double)x[i]);
        ck_assert_msg(fabs((double)y[i] - want) <= 1e-37 + 6e-7 * want,
                      "sigmoid(%g) is %.9g, expected %.9g", (double)x[i], (double)y[i], want);
    }
}
END_TEST

START_TEST(tanh_value)
{
    size_t n = arguments();
    gp_tanh.f(n, x, y, none);
    for (size_t i = 0; i < n; i++) {
        double want = (tanh)((double)x[i]);
        ck_assert_msg(fabs((double)y[i] - want) <= 1e-44 + 4e-7 * fabs(want),
                      "tanh(%g) is %.9g, expected %.9g", (double)x[i], (double)y[i], want);
    }
}
END_TEST

START_TEST(special_values)
{
    gp_real in[] = {INFINITY, -INFINITY, 0, -(gp_real)0.0, FLT_MAX, -FLT_MAX, (gp_real)1e-45, -(gp_real)1e-45, NAN};
    gp_real s[9], t[9];
    gp_sigmoid.f(9, in, s, none);
    gp_tanh.f(9, in, t, none);
    const double sigmoid[] = {1, 0, 0.5, 0.5, 1, 0, 0.5, 0.5};
    const double tangent[] = {1, -1, 0, -0.0, 1, -1, 1e-45, -1e-45};
    for (int i = 0; i < 8; i++) {
        ck_assert_msg((double)s[i] == sigmoid[i], "sigmoid(%g) is %g", (double)in[i], (double)s[i]);
        ck_assert_msg(t[i] == (gp_real)tangent[i] && !signbit(t[i]) == !signbit(tangent[i]), "tanh(%g) is %g",
                      (double)in[i], (double)t[i]);
    }
    ck_assert(isnan(s[8]) && isnan(t[8]));
}
END_TEST

START_TEST(slopes)
{
    size_t n = arguments();
    for (size_t i = 0; i < n; i++)
        dy[i] = (gp_real)(i % 5) - 2;
    gp_sigmoid.f(n, x, y, none);
    gp_sigmoid.df(n, x, y, dy, dx, none);
    for (size_t i = 0; i < n; i++) {
        double s = logistic((double)x[i]);
        ck_assert(fabs((double)dx[i] - (double)dy[i] * s * logistic(-(double)x[i])) <= 3e-7);
    }
    gp_tanh.f(n, x, y, none);
    gp_tanh.df(n, x, y, dy, dx, none);
    for (size_t i = 0; i < n; i++) {
        double t = (tanh)((double)x[i]);
        ck_assert(fabs((double)dx[i] - (double)dy[i] * (1 - t * t)) <= 1e-6);
    }
}
END_TEST

START_TEST(a_value_does_not_depend_on_its_place)
{
    size_t n = arguments();
    gp_sigmoid.f(n, x, y, none);
    for (size_t i = 0; i < n; i += 977) {
        gp_real alone;
        gp_sigmoid.f(1, &x[i], &alone, none);
        ck_assert(fabs((double)(alone - y[i])) <= 1.2e-7);
    }
}
END_TEST

START_TEST(identity_passes_both_ways)
{
    gp_matrix a, b, c;
    gp_pass pass = {true, NULL};
    gp_random r = gp_random_new(1);
    gp_layer *layer = gp_activation_new(&gp_identity, 19, none, NULL);
    ck_assert_ptr_nonnull(layer);
    gp_matrix_new(&a, 5, 19, NULL), gp_matrix_new(&b, 5, 19, NULL), gp_matrix_new(&c, 5, 19, NULL);
    gp_random_fill_normal(&r, &a, 0, 1);
    gp_layer_forward(layer, &a, &b, &pass);
    gp_layer_backward(layer, &a, &b, &a, &c);
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 19; j++)
            ck_assert(gp_row(&a, i)[j] == gp_row(&b, i)[j] && gp_row(&a, i)[j] == gp_row(&c, i)[j]);
    gp_matrix_free(&a), gp_matrix_free(&b), gp_matrix_free(&c);
    gp_layer_free(layer);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("sigmoid");
    TCase *t = tcase_create("values");
    suite_add_tcase(s, t);
    tcase_add_test(t, sigmoid_value);
    tcase_add_test(t, tanh_value);
    tcase_add_test(t, special_values);
    tcase_add_test(t, slopes);
    tcase_add_test(t, a_value_does_not_depend_on_its_place);
    tcase_add_test(t, identity_passes_both_ways);
    return gp_run_suite(s);
}
