#include "aborts.h"
#include "allocations.h"
#include "chain.h"
#include "dense.h"
#include "loss.h"
#include "sigmoid.h"
#include "walk.h"

/* A composite layer: what its chain computes. */
typedef struct {
    gp_layer layer;
    gp_chain *chain;
} box;

static gp_chain *box_inner(gp_layer *layer)
{
    return ((box *)layer)->chain;
}

static gp_status box_reserve(gp_layer *layer, size_t batch, gp_error *error)
{
    return gp_chain_reserve(box_inner(layer), batch, error);
}

static void box_forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y, const gp_pass *pass)
{
    gp_matrix_copy(y, gp_chain_forward(box_inner(layer), x, pass));
}

static void box_backward(gp_layer *layer, const gp_matrix *x, const gp_matrix *y, const gp_matrix *dy, gp_matrix *dx)
{
    (void)y;
    gp_matrix_copy(gp_chain_upstream(box_inner(layer)), dy);
    gp_chain_backward(box_inner(layer), x, dx, NULL);
}

static void box_free(gp_layer *layer)
{
    gp_chain_free(box_inner(layer));
}

static const gp_layer_type box_type = {"box", box_forward, box_backward, box_reserve, box_free, .inner = box_inner};

static gp_layer *box_new(gp_chain *inside)
{
    gp_layer *layer = gp_layer_new(&box_type, sizeof(box), gp_chain_inputs(inside), gp_chain_outputs(inside), NULL);
    ((box *)layer)->chain = inside;
    return layer;
}

static void add_dense(gp_chain *chain, size_t units)
{
    gp_layer *layer = gp_dense_new(gp_chain_outputs(chain), units, true, NULL);
    gp_random r = gp_random_new(5 + gp_chain_length(chain));
    gp_random_fill_normal(&r, &layer->parameter[0].value, 0, 0.5);
    ck_assert_int_eq(gp_chain_add(chain, layer, NULL), GP_OK);
}

static void add_tanh(gp_chain *chain)
{
    gp_layer *layer = gp_activation_new(&gp_tanh, gp_chain_outputs(chain), (gp_activation_arguments){0}, NULL);
    ck_assert_int_eq(gp_chain_add(chain, layer, NULL), GP_OK);
}

/* dense 3-4, tanh, dense 4-2 */
static gp_chain *small_chain(void)
{
    gp_chain *chain = gp_chain_new(3, NULL);
    add_dense(chain, 4);
    add_tanh(chain);
    add_dense(chain, 2);
    return chain;
}

static const gp_pass training = {true, NULL};

static gp_matrix some_input(size_t rows)
{
    gp_matrix x;
    gp_random r = gp_random_new(9);
    ck_assert_int_eq(gp_matrix_new(&x, rows, 3, NULL), GP_OK);
    gp_random_fill_normal(&r, &x, 0, 1);
    return x;
}

START_TEST(layers_run_in_a_row)
{
    gp_chain *chain = small_chain();
    gp_matrix x = some_input(5), h[3];
    ck_assert_int_eq(gp_chain_reserve(chain, 8, NULL), GP_OK);
    const gp_matrix *y = gp_chain_forward(chain, &x, &training);
    const gp_matrix *from = &x;
    for (size_t l = 0; l < 3; l++) {
        gp_layer *layer = gp_chain_layer(chain, l);
        gp_matrix_new(&h[l], 5, layer->outputs, NULL);
        gp_layer_forward(layer, from, &h[l], &training);
        from = &h[l];
        for (size_t i = 0; i < 5; i++)
            ck_assert_mem_eq(gp_row(gp_chain_output(chain, l), i), gp_row(&h[l], i), layer->outputs * sizeof(gp_real));
    }
    ck_assert_ptr_eq(y, gp_chain_output(chain, 2));
    ck_assert_uint_eq(y->rows, 5);
    for (size_t l = 0; l < 3; l++)
        gp_matrix_free(&h[l]);
    gp_matrix_free(&x);
    gp_chain_free(chain);
}
END_TEST

/* Every gradient, the input's too, against a central difference of the loss. */
START_TEST(gradients_agree_with_differences)
{
    gp_chain *chain = small_chain();
    gp_matrix x = some_input(6), dx = some_input(6);
    const gp_label labels[] = {0, 1, 1, 0, 1, 0};
    const gp_cross_entropy_options o = {.labels = labels};
    ck_assert_int_eq(gp_chain_reserve(chain, 6, NULL), GP_OK);
    const double loss = gp_chain_gradients(chain, &x, labels, &training);
    ck_assert(gp_softmax_cross_entropy(gp_chain_output(chain, 2), &o, NULL, gp_chain_upstream(chain)) == loss);
    ck_assert_int_eq(gp_chain_backward(chain, &x, &dx, NULL), GP_OK);
    for (int k = 0; k < 3; k++) {
        gp_real *at = k == 0 ? gp_row(&x, 2) + 1 : gp_row(&gp_chain_layer(chain, k == 1 ? 0 : 2)->parameter[0].value, 1) + 1;
        double got = (double)(k == 0 ? gp_row(&dx, 2)[1] : gp_row(&gp_chain_layer(chain, k == 1 ? 0 : 2)->parameter[0].gradient, 1)[1]);
        const gp_real old = *at, step = (gp_real)0.01;
        double sides[2];
        for (int s = 0; s < 2; s++) {
            *at = old + (s ? step : -step);
            sides[s] = gp_softmax_cross_entropy(gp_chain_forward(chain, &x, &training), &o, NULL, NULL);
        }
        *at = old;
        gp_assert_near(got, (sides[1] - sides[0]) / (2 * (double)step), 2e-4);
    }
    gp_matrix_free(&x);
    gp_matrix_free(&dx);
    gp_chain_free(chain);
}
END_TEST

static void expect_no_way_back(gp_chain *chain, const gp_matrix *x)
{
    gp_error error = {""};
    ck_assert_ptr_null(gp_chain_upstream(chain));
    ck_assert_int_eq(gp_chain_backward(chain, x, NULL, &error), GP_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "forward pass"));
}

/* Whatever takes the room away also takes the way back; a view of it is empty. */
START_TEST(claim_no_view_outlives_its_room)
{
    gp_chain *chain = small_chain();
    gp_matrix x = some_input(6);
    gp_error error = {""};
    const gp_matrix *first = gp_chain_output(chain, 0);
    expect_no_way_back(chain, &x);
    ck_assert_int_eq(gp_chain_reserve(chain, 6, NULL), GP_OK);
    expect_no_way_back(chain, &x);

    gp_chain_forward(chain, &x, &training);
    ck_assert_uint_eq(first->rows, 6);
    ck_assert_int_eq(gp_chain_reserve(chain, 4, NULL), GP_OK); /* room enough: nothing is lost */
    gp_matrix_fill(gp_chain_upstream(chain), 1);
    ck_assert_int_eq(gp_chain_backward(chain, &x, NULL, NULL), GP_OK);
    ck_assert_int_eq(gp_chain_backward(chain, &x, NULL, NULL), GP_OK);

    ck_assert_int_eq(gp_chain_reserve(chain, 60, NULL), GP_OK);
    expect_no_way_back(chain, &x);
    ck_assert(first->rows == 0 && first->at == NULL);

    gp_chain_forward(chain, &x, &training);
    ck_assert_int_eq(gp_chain_add(chain, gp_dense_new(7, 2, true, NULL), &error), GP_BAD_INPUT); /* does not fit */
    ck_assert_ptr_nonnull(strstr(error.message, "expected 2 inputs, found 7"));
    ck_assert_uint_eq(gp_chain_length(chain), 3);
    ck_assert_int_eq(gp_chain_backward(chain, &x, NULL, NULL), GP_OK);

    ck_assert_int_eq(gp_chain_reserve(chain, SIZE_MAX / 64, &error), GP_NO_MEMORY);
    expect_no_way_back(chain, &x);
    ck_assert_ptr_null(first->at);

    ck_assert_int_eq(gp_chain_reserve(chain, 6, NULL), GP_OK);
    gp_chain_forward(chain, &x, &training);
    for (int i = 0; i < 40; i++)
        add_tanh(chain);
    expect_no_way_back(chain, &x);
    ck_assert(first == gp_chain_output(chain, 0) && first->at == NULL);

    gp_matrix three = gp_matrix_rows(&x, 0, 3);
    ck_assert_int_eq(gp_chain_reserve(chain, 6, NULL), GP_OK);
    gp_chain_forward(chain, &x, &training);
    ck_assert_int_eq(gp_chain_backward(chain, &three, NULL, &error), GP_BAD_INPUT);
    gp_matrix_free(&x);
    gp_chain_free(chain);
}
END_TEST

START_TEST(a_step_allocates_nothing)
{
    gp_chain *chain = small_chain();
    gp_matrix x = some_input(6);
    const gp_label labels[] = {0, 1, 1, 0, 1, 0};
    gp_chain_reserve(chain, 6, NULL);
    gp_chain_gradients(chain, &x, labels, &training);
    const size_t before = gp_allocations;
    gp_chain_gradients(chain, &x, labels, &training);
    gp_chain_reserve(chain, 6, NULL);
    ck_assert_uint_eq(gp_allocations, before);
    gp_matrix_free(&x);
    gp_chain_free(chain);
}
END_TEST

START_TEST(claim_a_walk_visits_layers_inside_layers)
{
    gp_chain *deep = gp_chain_new(4, NULL), *inside = gp_chain_new(4, NULL), *chain = gp_chain_new(3, NULL);
    add_tanh(deep);
    add_dense(deep, 5);
    add_dense(inside, 4);
    ck_assert_int_eq(gp_chain_add(inside, box_new(deep), NULL), GP_OK);
    add_tanh(inside);
    add_dense(chain, 4);
    ck_assert_int_eq(gp_chain_add(chain, box_new(inside), NULL), GP_OK);
    add_dense(chain, 2);
    static const char *const names[] = {"0.dense.kernel", "0.dense.bias", "1.box.0.dense.kernel", "1.box.0.dense.bias",
                                        "1.box.1.box.1.dense.kernel", "1.box.1.box.1.dense.bias", "2.dense.kernel", "2.dense.bias"};
    char name[64];
    size_t n = 0, layers = 0;
    for (gp_walk w = gp_chain_walk(chain); gp_walk_parameter(&w); n++) {
        gp_walk_name(&w, name, sizeof name);
        ck_assert_uint_lt(n, 8);
        ck_assert_str_eq(name, names[n]);
        ck_assert_ptr_eq(w.parameter, &w.layer->parameter[n % 2]);
    }
    ck_assert_uint_eq(n, 8);
    for (gp_walk w = gp_chain_walk(chain); gp_walk_layer(&w);)
        layers++;
    ck_assert_uint_eq(layers, 8);
    ck_assert_uint_eq(gp_chain_count(chain, true), 3 * 4 + 4 + 4 * 4 + 4 + 4 * 5 + 5 + 5 * 2 + 2);
    ck_assert_uint_eq(gp_walk_count(gp_layer_walk(gp_chain_layer(chain, 1)), true), 4 * 4 + 4 + 4 * 5 + 5);
    gp_walk w = gp_layer_walk(gp_chain_layer(chain, 2));
    ck_assert(gp_walk_parameter(&w) && w.layer == gp_chain_layer(chain, 2));
    gp_walk_name(&w, name, 5);
    ck_assert_str_eq(name, "kern");

    gp_matrix x = some_input(4);
    const gp_label labels[] = {0, 1, 1, 0};
    gp_chain_reserve(chain, 4, NULL);
    ck_assert(isfinite(gp_chain_gradients(chain, &x, labels, &training)));
    for (w = gp_chain_walk(chain); gp_walk_parameter(&w);)
        ck_assert_msg(gp_row(&w.parameter->gradient, 0)[0] != 0, "%s has no gradient", w.parameter->name);
    gp_matrix_free(&x);
    gp_chain_free(chain);
}
END_TEST

/* A step to the next layer begins with its first parameter, wherever the walk was in the one before. */
START_TEST(a_walk_may_take_layers_and_parameters_by_turns)
{
    gp_chain *chain = small_chain();
    gp_walk w = gp_chain_walk(chain);
    ck_assert_ptr_null(w.parameter);
    ck_assert(gp_walk_parameter(&w));
    ck_assert_str_eq(w.parameter->name, "kernel");
    ck_assert(gp_walk_layer(&w)); /* the bias is passed over */
    ck_assert_ptr_eq(w.layer, gp_chain_layer(chain, 1));
    ck_assert_ptr_null(w.parameter);
    ck_assert(gp_walk_parameter(&w));
    ck_assert_ptr_eq(w.layer, gp_chain_layer(chain, 2));
    ck_assert_str_eq(w.parameter->name, "kernel");
    ck_assert(gp_walk_parameter(&w));
    ck_assert_str_eq(w.parameter->name, "bias");
    ck_assert(!gp_walk_parameter(&w));
    gp_chain_free(chain);
}
END_TEST

START_TEST(layers_nest_to_a_limit)
{
    gp_chain *chain = gp_chain_new(3, NULL);
    gp_error error = {""};
    add_dense(chain, 3);
    for (int depth = 1; depth < GP_MAX_NESTING; depth++) {
        gp_chain *outer = gp_chain_new(3, NULL);
        ck_assert_int_eq(gp_chain_add(outer, box_new(chain), NULL), GP_OK);
        chain = outer;
    }
    ck_assert_uint_eq(gp_chain_count(chain, false), 12);
    gp_chain *outer = gp_chain_new(3, NULL);
    ck_assert_int_eq(gp_chain_add(outer, box_new(chain), &error), GP_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "16 deep"));
    gp_chain_free(outer);
}
END_TEST

START_TEST(chains_are_moved_whole_or_not_at_all)
{
    gp_chain *chain = small_chain(), *more = gp_chain_new(2, NULL), *other = gp_chain_new(9, NULL);
    gp_error error = {""};
    gp_matrix x = some_input(4);
    add_tanh(more);
    add_dense(more, 6);
    add_dense(other, 6);
    gp_chain_reserve(chain, 4, NULL);
    gp_chain_forward(chain, &x, &training);
    ck_assert_int_eq(gp_chain_append(chain, other, &error), GP_BAD_INPUT);
    ck_assert_uint_eq(gp_chain_length(other), 1);
    ck_assert_int_eq(gp_chain_backward(chain, &x, NULL, NULL), GP_OK); /* as it was */
    ck_assert_int_eq(gp_chain_append(chain, more, &error), GP_OK);
    ck_assert_uint_eq(gp_chain_length(chain), 5);
    ck_assert_uint_eq(gp_chain_length(more), 0);
    ck_assert_uint_eq(gp_chain_outputs(chain), 6);
    expect_no_way_back(chain, &x);
    gp_chain_free(more);
    gp_chain_free(other);
    gp_chain_free(chain);
    gp_matrix_free(&x);
}
END_TEST

/* With a visit to all layers for each new one this would take a minute, and the suite's time limit ends it. */
START_TEST(a_layer_is_added_in_constant_time)
{
    gp_chain *chain = gp_chain_new(1, NULL);
    for (int i = 0; i < 50000; i++)
        add_tanh(chain);
    ck_assert_uint_eq(gp_chain_length(chain), 50000);
    gp_chain_free(chain);
}
END_TEST

static void look_beyond_the_end(void)
{
    gp_chain_layer(small_chain(), 3);
}
static void run_nothing(void)
{
    gp_matrix x = some_input(1);
    gp_chain_forward(gp_chain_new(3, NULL), &x, &training);
}
static void run_without_room(void)
{
    gp_matrix x = some_input(2);
    gp_chain *chain = small_chain();
    gp_chain_reserve(chain, 1, NULL);
    gp_chain_forward(chain, &x, &training);
}

START_TEST(mistakes_of_the_caller_stop_with_numbers)
{
    gp_assert_aborts(look_beyond_the_end, "layer 3 of a chain of 3");
    gp_assert_aborts(run_nothing, "without layers");
    gp_assert_aborts(run_without_room, "reserved for 1 rows");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chain");
    TCase *tests = tcase_create("chain");
    tcase_add_test(tests, layers_run_in_a_row);
    tcase_add_test(tests, gradients_agree_with_differences);
    tcase_add_test(tests, claim_no_view_outlives_its_room);
    tcase_add_test(tests, a_step_allocates_nothing);
    tcase_add_test(tests, claim_a_walk_visits_layers_inside_layers);
    tcase_add_test(tests, a_walk_may_take_layers_and_parameters_by_turns);
    tcase_add_test(tests, layers_nest_to_a_limit);
    tcase_add_test(tests, a_layer_is_added_in_constant_time);
    tcase_add_test(tests, chains_are_moved_whole_or_not_at_all);
    tcase_add_test(tests, mistakes_of_the_caller_stop_with_numbers);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
