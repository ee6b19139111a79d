#include "aborts.h"
#include "allocations.h"
#include "batchnorm.h"
#include "dense.h"
#include "layernorm.h"
#include "residual.h"
#include "sigmoid.h"
#include "walk.h"

static const gp_pass training = {true, NULL};

static gp_matrix filled(size_t rows, size_t cols, uint64_t seed)
{
    gp_random r = gp_random_new(seed);
    gp_matrix m;
    ck_assert_int_eq(gp_matrix_new(&m, rows, cols, NULL), GP_OK);
    gp_random_fill_normal(&r, &m, 0, 1);
    return m;
}

static bool same(const gp_matrix *a, const gp_matrix *b)
{
    for (size_t i = 0; i < a->rows; i++)
        if (memcmp(gp_row(a, i), gp_row(b, i), a->cols * sizeof(gp_real)) != 0)
            return false;
    return true;
}

static void add_dense(gp_chain *chain, size_t units, uint64_t seed)
{
    gp_layer *layer = gp_dense_new(gp_chain_outputs(chain), units, true, NULL);
    gp_random r = gp_random_new(seed);
    for (size_t k = 0; k < 2; k++)
        gp_random_fill_normal(&r, &layer->parameter[k].value, 0, 0.5);
    ck_assert_int_eq(gp_chain_add(chain, layer, NULL), GP_OK);
}

static gp_chain *new_branch(size_t width, size_t hidden)
{
    gp_chain *chain = gp_chain_new(width, NULL);
    gp_chain_add(chain, gp_layernorm_new(width, 1e-3, NULL), NULL);
    add_dense(chain, hidden, 1);
    gp_chain_add(chain, gp_activation_new(&gp_tanh, hidden, (gp_activation_arguments){0}, NULL), NULL);
    add_dense(chain, width, 2);
    return chain;
}

/* One dense layer of a single unit: f(x) = 3 x + 1. */
static gp_layer *affine(double scale, bool trained)
{
    gp_chain *branch = gp_chain_new(1, NULL);
    gp_layer *dense = gp_dense_new(1, 1, true, NULL);
    dense->parameter[0].value.at[0] = 3;
    dense->parameter[1].value.at[0] = 1;
    gp_chain_add(branch, dense, NULL);
    gp_layer *layer = gp_residual_new(branch, scale, trained, NULL);
    ck_assert_ptr_nonnull(layer);
    ck_assert_int_eq(gp_layer_reserve(layer, 4, NULL), GP_OK);
    return layer;
}

/* x = 2, dy = 5, scale 0.5: y = 2 + 0.5 * 7, dx = 5 + 0.5 * 3 * 5, dW = 0.5 * 5 * 2, db = 0.5 * 5, dscale = 5 * 7. */
START_TEST(both_passes_by_hand)
{
    gp_layer *layer = affine(0.5, _i);
    gp_matrix x = filled(1, 1, 1), y = filled(1, 1, 2), dy = filled(1, 1, 3), dx = filled(1, 1, 4);
    x.at[0] = 2;
    dy.at[0] = 5;
    gp_layer_forward(layer, &x, &y, &training);
    gp_layer_backward(layer, &x, &y, &dy, &dx);
    gp_assert_near(y.at[0], 5.5, 1e-6);
    gp_assert_near(dx.at[0], 12.5, 1e-6);
    const gp_layer *dense = gp_chain_layer(gp_layer_inner(layer), 0);
    gp_assert_near(dense->parameter[0].gradient.at[0], 5, 1e-6);
    gp_assert_near(dense->parameter[1].gradient.at[0], 2.5, 1e-6);
    ck_assert_uint_eq(layer->parameters, _i ? 1 : 0);
    if (_i) {
        ck_assert_str_eq(layer->parameter[0].name, "scale");
        gp_assert_near(layer->parameter[0].gradient.at[0], 35, 1e-5);
    }
    gp_assert_near(gp_residual_scale(layer), 0.5, 0);
    gp_matrix *all[] = {&x, &y, &dy, &dx};
    for (size_t i = 0; i < 4; i++)
        gp_matrix_free(all[i]);
    gp_layer_free(layer);
}
END_TEST

/* A silent branch: y is x bit for bit, dx is dy; a trained scale has a gradient all the same, and the branch has none. */
START_TEST(a_scale_of_zero_is_the_identity)
{
    gp_layer *layer = gp_residual_new(new_branch(7, 5), 0, true, NULL);
    gp_matrix x = filled(4, 7, 1), y = filled(4, 7, 2), dy = filled(4, 7, 3), dx = filled(4, 7, 4);
    gp_layer_reserve(layer, 4, NULL);
    gp_layer_forward(layer, &x, &y, &training);
    gp_layer_backward(layer, &x, &y, &dy, &dx);
    ck_assert(same(&x, &y));
    ck_assert(same(&dy, &dx));
    ck_assert(layer->parameter[0].gradient.at[0] != 0);
    const gp_layer *dense = gp_chain_layer(gp_layer_inner(layer), 1);
    for (size_t j = 0; j < 5; j++)
        ck_assert(dense->parameter[0].gradient.at[j] == 0);
    gp_matrix *all[] = {&x, &y, &dy, &dx};
    for (size_t i = 0; i < 4; i++)
        gp_matrix_free(all[i]);
    gp_layer_free(layer);
}
END_TEST

START_TEST(branches_that_do_not_fit_are_refused)
{
    const char *message[] = {"expected layers in the branch, found none", "the branch has 3 inputs and 4 outputs",
                             "the scale is nan", "the scale is inf"};
    const double scale[] = {1, 1, NAN, INFINITY};
    gp_error error;
    gp_chain *branch = gp_chain_new(3, NULL);
    if (_i > 0)
        add_dense(branch, _i == 1 ? 4 : 3, 1);
    ck_assert_ptr_null(gp_residual_new(branch, scale[_i], false, &error));
    ck_assert_msg(strstr(error.message, message[_i]) != NULL, "%s", error.message);
}
END_TEST

/* Optimizers, counts and checkpoints walk: a trained scale, then the branch's parameters. */
START_TEST(a_walk_finds_the_parameters_inside)
{
    const char *want[] = {"scale", "gamma", "beta", "kernel", "bias", "kernel", "bias"};
    gp_layer *layer = gp_residual_new(new_branch(4, 3), 1, true, NULL);
    gp_walk w = gp_layer_walk(layer);
    for (size_t k = 0; k < 7; k++) {
        ck_assert(gp_walk_parameter(&w));
        ck_assert_str_eq(w.parameter->name, want[k]);
    }
    ck_assert(!gp_walk_parameter(&w));
    ck_assert_uint_eq(gp_walk_count(gp_layer_walk(layer), true), 1 + 8 + 15 + 16);
    ck_assert(gp_residual_is(layer));
    gp_layer_free(layer);
}
END_TEST

/* residual(residual(f)) with f = 3 x + 1: y = x + (x + 3 x + 1). */
START_TEST(residuals_nest)
{
    gp_chain *outer = gp_chain_new(1, NULL);
    gp_chain_add(outer, affine(1, false), NULL);
    gp_layer *layer = gp_residual_new(outer, 1, false, NULL);
    gp_matrix x = filled(1, 1, 1), y = filled(1, 1, 2), dy = filled(1, 1, 3), dx = filled(1, 1, 4);
    x.at[0] = 2;
    dy.at[0] = 1;
    ck_assert_int_eq(gp_layer_reserve(layer, 1, NULL), GP_OK);
    gp_layer_forward(layer, &x, &y, &training);
    gp_layer_backward(layer, &x, &y, &dy, &dx);
    gp_assert_near(y.at[0], 11, 1e-6);
    gp_assert_near(dx.at[0], 5, 1e-6);
    gp_matrix *all[] = {&x, &y, &dy, &dx};
    for (size_t i = 0; i < 4; i++)
        gp_matrix_free(all[i]);
    gp_layer_free(layer);
}
END_TEST

static double kernel_gradient(const gp_layer *layer)
{
    return (double)gp_chain_layer(gp_layer_inner(layer), 1)->parameter[0].gradient.at[0];
}

/* The first layer of a network: nobody wants dx, the branch is trained all the same. */
START_TEST(dx_may_be_null)
{
    gp_layer *layer = gp_residual_new(new_branch(6, 3), 0.7, false, NULL);
    gp_matrix x = filled(5, 6, 1), y = filled(5, 6, 2), dy = filled(5, 6, 3), dx = filled(5, 6, 4);
    gp_layer_reserve(layer, 9, NULL);
    gp_layer_forward(layer, &x, &y, &training);
    gp_layer_backward(layer, &x, &y, &dy, &dx);
    const double with = kernel_gradient(layer);
    gp_layer_forward(layer, &x, &y, &training);
    gp_layer_backward(layer, &x, &y, &dy, NULL);
    ck_assert_double_eq(kernel_gradient(layer), with);
    ck_assert_double_ne(with, 0);
    gp_matrix *all[] = {&x, &y, &dy, &dx};
    for (size_t i = 0; i < 4; i++)
        gp_matrix_free(all[i]);
    gp_layer_free(layer);
}
END_TEST

/* forward, reserve, backward: in a chain an error, never a read of freed memory; after another forward pass all is well. */
START_TEST(reserving_between_the_passes_is_an_error)
{
    gp_error error;
    gp_chain *net = gp_chain_new(6, NULL);
    gp_chain_add(net, gp_residual_new(new_branch(6, 3), 1, false, NULL), NULL);
    gp_matrix x = filled(5, 6, 1), dx = filled(5, 6, 2);
    ck_assert_int_eq(gp_chain_reserve(net, 5, NULL), GP_OK);
    gp_chain_forward(net, &x, &training);
    ck_assert_int_eq(gp_chain_reserve(net, 50, NULL), GP_OK);
    ck_assert_int_eq(gp_chain_backward(net, &x, &dx, &error), GP_BAD_INPUT);
    gp_chain_forward(net, &x, &training);
    gp_matrix_copy(gp_chain_upstream(net), &x);
    ck_assert_int_eq(gp_chain_backward(net, &x, &dx, &error), GP_OK);
    gp_matrix_free(&x);
    gp_matrix_free(&dx);
    gp_chain_free(net);
}
END_TEST

static void backward_by_hand(void)
{
    gp_layer *layer = affine(1, false);
    gp_matrix x = filled(2, 1, 1), y = filled(2, 1, 2);
    gp_layer_forward(layer, &x, &y, &training);
    gp_layer_reserve(layer, 100, NULL);
    gp_layer_backward(layer, &x, &y, &y, &x);
}

START_TEST(a_backward_pass_without_a_forward_pass_stops)
{
    gp_assert_aborts(backward_by_hand, "without a forward pass before it");
}
END_TEST

static void scale_of_dense(void)
{
    gp_residual_scale(gp_dense_new(2, 2, true, NULL));
}

START_TEST(only_residual_layers_have_a_scale)
{
    gp_assert_aborts(scale_of_dense, "dense is no residual layer");
}
END_TEST

START_TEST(a_step_allocates_nothing)
{
    gp_layer *layer = gp_residual_new(new_branch(40, 30), 0.7, true, NULL);
    gp_matrix x = filled(8, 40, 1), y = filled(8, 40, 2), dx = filled(8, 40, 3);
    gp_layer_reserve(layer, 8, NULL);
    gp_layer_forward(layer, &x, &y, &training);
    const size_t before = gp_allocations;
    gp_layer_forward(layer, &x, &y, &training);
    gp_layer_backward(layer, &x, &y, &y, &dx);
    ck_assert_uint_eq((size_t)gp_allocations, before);
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_matrix_free(&dx);
    gp_layer_free(layer);
}
END_TEST

#if GP_COUNTS_ALLOCATIONS
/* Every allocation of the constructor fails once: NULL with a reason, and the branch that was handed over is freed. */
START_TEST(no_memory_is_an_error_and_the_branch_is_freed)
{
    size_t number = 0;
    gp_error error;
    gp_chain_free(new_branch(6, 3)); /* what is made once and stays is made now */
    do {
        const long before = gp_allocated;
        gp_chain *branch = new_branch(6, 3);
        gp_fail_allocation(++number);
        gp_layer *layer = gp_residual_new(branch, 1, true, &error);
        gp_fail_allocation(0);
        if (layer)
            break;
        ck_assert(error.message[0] != 0);
        ck_assert_msg((long)gp_allocated == before, "allocation %zu: %ld more left", number, (long)gp_allocated - before);
    } while (number < 100);
    ck_assert_uint_gt(number, 3); /* the layer, its list of parameters, value and gradient */
    ck_assert_uint_lt(number, 100);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("residual");
    TCase *tests = tcase_create("residual");
    tcase_add_loop_test(tests, both_passes_by_hand, 0, 2);
    tcase_add_test(tests, a_scale_of_zero_is_the_identity);
    tcase_add_loop_test(tests, branches_that_do_not_fit_are_refused, 0, 4);
    tcase_add_test(tests, a_walk_finds_the_parameters_inside);
    tcase_add_test(tests, residuals_nest);
    tcase_add_test(tests, dx_may_be_null);
    tcase_add_test(tests, reserving_between_the_passes_is_an_error);
    tcase_add_test(tests, a_backward_pass_without_a_forward_pass_stops);
    tcase_add_test(tests, only_residual_layers_have_a_scale);
    tcase_add_test(tests, a_step_allocates_nothing);
#if GP_COUNTS_ALLOCATIONS
    tcase_add_test(tests, no_memory_is_an_error_and_the_branch_is_freed);
#endif
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
