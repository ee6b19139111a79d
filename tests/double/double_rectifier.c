/* Gradient checks of chapter 4's layers in double precision: relative error at most 1e-7 away from kinks. */
#include "gradcheck.h"
#include "elu.h"
#include "rectifier.h"
#include "smooth.h"
#include "support.h"

static void check(gp_layer *layer, bool training, size_t kinks)
{
    gp_matrix x;
    gp_random chance = gp_random_new(4), slopes = gp_random_new(5);
    gp_pass pass = {training, &slopes};
    ck_assert_ptr_nonnull(layer);
    ck_assert_int_eq(gp_matrix_new(&x, 7, layer->inputs, NULL), GP_OK);
    gp_random_fill_normal(&chance, &x, 0, 2);
    gp_gradcheck_report r = gp_gradcheck_layer(layer, &x, &pass, &chance);
    ck_assert_msg(r.worst <= 1e-7,
                  "%s: %s[%zu,%zu] is %.17g, measured %.17g (error %g)",
                  layer->type->name, r.where, r.row, r.col, r.analytic,
                  r.numeric, r.worst);
    ck_assert_uint_le(r.kinks, kinks);
    ck_assert_uint_ge(r.checked, 7 * layer->inputs - kinks);
    gp_matrix_free(&x);
    gp_layer_free(layer);
}

static const struct {
    const gp_activation_type *type;
    gp_activation_arguments a;
} every[] = {{&gp_relu, {0, 0}},       {&gp_leaky_relu, {0.2, 0}},
             {&gp_gelu, {0, 0}},       {&gp_gelu_tanh, {0, 0}},
             {&gp_swish, {0, 0}},      {&gp_mish, {0, 0}},
             {&gp_softplus, {0, 0}},   {&gp_hard_sigmoid, {1. / 6, 0.5}},
             {&gp_celu, {1, 0}},       {&gp_celu, {0.4, 0}}};

START_TEST(activation)
{
    check(gp_activation_new(every[_i].type, 23, every[_i].a, NULL), true, 2);
}
END_TEST

START_TEST(prelu_shared)
{
    check(gp_prelu_new(23, true, 0.25, NULL), true, 2);
}
END_TEST

START_TEST(prelu_each)
{
    check(gp_prelu_new(23, false, 0.25, NULL), true, 2);
}
END_TEST

START_TEST(prelu_one_unit)
{
    check(gp_prelu_new(1, false, 0.25, NULL), true, 1);
}
END_TEST

START_TEST(rrelu)
{
    check(gp_rrelu_new(23, 0.125, 1. / 3, NULL), _i, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("relu, gradients in double");
    TCase *t = tcase_create("gradients");
    tcase_add_loop_test(t, activation, 0, sizeof every / sizeof *every);
    tcase_add_test(t, prelu_shared);
    tcase_add_test(t, prelu_each);
    tcase_add_test(t, prelu_one_unit);
    tcase_add_loop_test(t, rrelu, 0, 2);
    suite_add_tcase(suite, t);
    return gp_run_suite(suite);
}
