/* Gradient checks of chapter 2's layers in double precision: relative error at most 1e-7. */
#include "gradcheck.h"
#include "sigmoid.h"
#include "support.h"

static const gp_activation_type *const every[] = {&gp_sigmoid, &gp_tanh, &gp_identity};

START_TEST(gradient)
{
    gp_matrix x;
    gp_random chance = gp_random_new((uint64_t)_i + 1);
    gp_pass pass = {true, NULL};
    const gp_activation_arguments none = {0, 0};
    gp_layer *layer = gp_activation_new(every[_i], 23, none, NULL);
    ck_assert_ptr_nonnull(layer);
    ck_assert_int_eq(gp_matrix_new(&x, 7, 23, NULL), GP_OK);
    gp_random_fill_normal(&chance, &x, 0, 1.5);
    gp_gradcheck_report r = gp_gradcheck_layer(layer, &x, &pass, &chance);
    ck_assert_msg(r.worst <= 1e-7, "%s: %s[%zu,%zu] is %.17g, measured %.17g (error %g)", layer->type->name, r.where,
                  r.row, r.col, r.analytic, r.numeric, r.worst);
    ck_assert_uint_eq(r.kinks, 0);
    ck_assert_uint_eq(r.checked, 7 * 23);
    gp_matrix_free(&x);
    gp_layer_free(layer);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("sigmoid, double");
    TCase *t = tcase_create("gradients");
    suite_add_tcase(s, t);
    tcase_add_loop_test(t, gradient, 0, 3);
    return gp_run_suite(s);
}
