/* What chapter 5 says, as far as it computes at once. */
#include "dropout.h"
#include "elu.h"
#include "support.h"

static float slope(const gp_activation_type *type, float z, float alpha)
{
    const gp_activation_arguments a = {alpha, 0};
    const float one = 1;
    float y, dx;
    type->f(1, &z, &y, a);
    type->df(1, &z, &y, &one, &dx, a);
    return dx;
}

START_TEST(claim_elu_is_smooth_for_alpha_one_only)
{
    gp_assert_near(slope(&gp_elu, -1e-6f, 1), slope(&gp_elu, 1e-6f, 1), 1e-5);
    gp_assert_near(slope(&gp_elu, -1e-6f, 0.5f), 0.5, 1e-5);
    gp_assert_near(slope(&gp_elu, -1e-6f, 2), 2, 1e-5);
    gp_assert_near(slope(&gp_elu, 1e-6f, 2), 1, 1e-5);
}
END_TEST

static float sum(float z)
{
    float y;
    gp_elu.f(1, &z, &y, (gp_activation_arguments){1, 0});
    return y + 1;
}

START_TEST(claim_elu_gradient_as_a_sum_is_zero)
{
    ck_assert(sum(-17.32f) > 0);
    ck_assert(sum(-17.34f) == 0 && sum(-20) == 0 && sum(-80) == 0);
    gp_assert_near(-25 * log(2), -17.3287, 1e-4);
}
END_TEST

START_TEST(claim_elu_gradient_by_exp_is_not)
{
    for (float z = -17.34f; z > -87; z -= 1.5f) {
        ck_assert(slope(&gp_elu, z, 1) > 0);
        ck_assert(fabs(slope(&gp_elu, z, 1) / exp((double)z) - 1) < 1e-5);
    }
}
END_TEST

START_TEST(claim_selu_constants_solve_the_equations)
{
    double a, l;
    ck_assert_int_eq(gp_selu_solve((gp_moments){0, 1}, &a, &l), GP_OK);
    gp_assert_near(a, 1.6732632423543772848, 1e-15);
    gp_assert_near(l, 1.0507009873554804934, 1e-15);
    gp_moments y = gp_selu_moments((gp_moments){0, 1}, a, l);
    gp_assert_near(y.mean, 0, 1e-15);
    gp_assert_near(y.variance, 1, 1e-15);
}
END_TEST

static gp_moments map(double variance)
{
    return gp_selu_moments((gp_moments){0, variance}, GP_SELU_ALPHA, GP_SELU_SCALE);
}

START_TEST(claim_selu_fixed_point_attracts)
{
    const double h = 1e-5;
    gp_moments up = map(1 + h), down = map(1 - h);
    gp_assert_near(hypot(up.mean - down.mean, up.variance - down.variance) / (2 * h), 0.7877, 5e-5);
    static const double start[] = {0.01, 0.1, 4, 100};
    for (int k = 0; k < 4; k++) {
        double v = start[k];
        for (int layer = 0; layer < 60; layer++)
            v = map(v).variance;
        gp_assert_near(v, 1, 1e-3);
    }
}
END_TEST

/* The map with sums of weights equal to zero has the fixed point; with random sums the mean square grows by lambda squared. */
START_TEST(claim_he_weights_grow_without_end)
{
    gp_moments he = {0, 1};
    for (int layer = 0; layer < 1000; layer++)
        he = map(2 * he.variance);
    gp_assert_near(he.mean, 1.78, 0.005);
    gp_assert_near(he.variance, 18.46, 0.0005);
    double square = 1;
    for (int layer = 0; layer < 200; layer++) {
        he = map(2 * square);
        const double next = he.variance + he.mean * he.mean;
        if (layer == 199)
            gp_assert_near(next / square, GP_SELU_SCALE * GP_SELU_SCALE, 1e-3);
        square = next;
    }
    ck_assert(square > 1e6);
}
END_TEST

START_TEST(claim_alpha_dropout_keeps_the_moments)
{
    gp_matrix x, y;
    gp_random chance = gp_random_new(21);
    gp_pass pass = {true, &chance};
    gp_layer *drop[2] = {gp_alpha_dropout_new(200, 0.2f, NULL), gp_dropout_new(200, 0.2f, NULL)};
    const double variance[2] = {1, 1 / 0.8};
    ck_assert(!gp_matrix_new(&x, 300, 200, NULL) && !gp_matrix_new(&y, 300, 200, NULL));
    gp_random_fill_normal(&chance, &x, 0, 1);
    for (int k = 0; k < 2; k++) {
        double one = 0, two = 0;
        ck_assert(!gp_layer_reserve(drop[k], 300, NULL));
        gp_layer_forward(drop[k], &x, &y, &pass);
        for (size_t i = 0; i < 300; i++)
            for (size_t j = 0; j < 200; j++) {
                one += (double)gp_row(&y, i)[j] / 60000;
                two += pow((double)gp_row(&y, i)[j], 2) / 60000;
            }
        gp_assert_near(one, 0, 0.02);
        gp_assert_near(two - one * one, variance[k], 0.03);
        gp_layer_free(drop[k]);
    }
    gp_matrix_free(&x), gp_matrix_free(&y);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("claims of chapter 5");
    TCase *t = tcase_create("claims");
    tcase_add_test(t, claim_elu_is_smooth_for_alpha_one_only);
    tcase_add_test(t, claim_elu_gradient_as_a_sum_is_zero);
    tcase_add_test(t, claim_elu_gradient_by_exp_is_not);
    tcase_add_test(t, claim_selu_constants_solve_the_equations);
    tcase_add_test(t, claim_selu_fixed_point_attracts);
    tcase_add_test(t, claim_he_weights_grow_without_end);
    tcase_add_test(t, claim_alpha_dropout_keeps_the_moments);
    suite_add_tcase(suite, t);
    return gp_run_suite(suite);
}
