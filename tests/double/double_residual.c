#include "batchnorm.h"
#include "dense.h"
#include "gradcheck.h"
#include "layernorm.h"
#include "rectifier.h"
#include "smooth.h"
#include "residual.h"
#include "sigmoid.h"
#include "support.h"
#include "walk.h"

static gp_random r;

static void add(gp_chain *chain, gp_layer *layer)
{
    for (size_t k = 0; k < layer->parameters; k++)
        gp_random_fill_uniform(&r, &layer->parameter[k].value, -0.8, 0.8);
    ck_assert_int_eq(gp_chain_add(chain, layer, NULL), GP_OK);
}

static void add_dense(gp_chain *chain, size_t units)
{
    add(chain, gp_dense_new(gp_chain_outputs(chain), units, true, NULL));
}

static void add_activation(gp_chain *chain, const gp_activation_type *type)
{
    add(chain, gp_activation_new(type, gp_chain_outputs(chain), (gp_activation_arguments){0}, NULL));
}

/* Branches: dense; dense tanh dense; layernorm dense gelu dense; rmsnorm dense; batchnorm dense tanh; a residual inside. */
static gp_layer *new_layer(int kind, double scale, bool trained)
{
    gp_chain *branch = gp_chain_new(5, NULL);
    if (kind == 2)
        add(branch, gp_layernorm_new(5, 1e-2, NULL));
    if (kind == 3)
        add(branch, gp_rmsnorm_new(5, 1e-2, NULL));
    if (kind == 4)
        add(branch, gp_batchnorm_new(5, 0.9, 1e-2, NULL));
    if (kind == 5)
        add(branch, new_layer(1, 0.6, true));
    add_dense(branch, kind == 0 || kind == 3 ? 5 : 8);
    if (kind == 1 || kind >= 4)
        add_activation(branch, &gp_tanh);
    if (kind == 2)
        add_activation(branch, &gp_gelu);
    if (gp_chain_outputs(branch) != 5)
        add_dense(branch, 5);
    gp_layer *layer = gp_residual_new(branch, scale, trained, NULL);
    ck_assert_ptr_nonnull(layer);
    return layer;
}

/* Every entry of dx, and of the gradients of all parameters, those inside included. */
START_TEST(gradients_are_right)
{
    const double scale[] = {1, 0.3, -2, 0};
    const gp_pass pass = {true, NULL};
    gp_matrix x;
    r = gp_random_new((uint64_t)_i);
    gp_layer *layer = new_layer(_i / 8, scale[_i / 2 % 4], _i % 2);
    gp_matrix_new(&x, 4, 5, NULL);
    gp_random_fill_normal(&r, &x, 0.5, 1);
    gp_gradcheck_report report = gp_gradcheck_layer(layer, &x, &pass, &r);
    ck_assert_msg(report.worst <= 1e-7, "%s[%zu, %zu] is %g, numerically %g (%g)", report.where, report.row, report.col,
                  report.analytic, report.numeric, report.worst);
    ck_assert_uint_eq(report.checked, 20 + gp_walk_count(gp_layer_walk(layer), true));
    gp_matrix_free(&x);
    gp_layer_free(layer);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("residual in double");
    TCase *tests = tcase_create("gradients");
    tcase_add_loop_test(tests, gradients_are_right, 0, 6 * 8);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
