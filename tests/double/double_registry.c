/* Every row of the registry, with its default arguments and with others, against differences in double: a word that is added to the
   table is checked with the rest. In inference, too, for layers that work differently there. */
#include "gradient.h"
#include "support.h"

enum { WIDTH = 5, BATCH = 7 };

/* The default, or where it must be given the middle of the range; with |other| a value between the default and the end. */
static double value_of(const gp_argument *a, bool other)
{
    if (a->kind == GP_FLAG)
        return other;
    if (a->kind == GP_UNITS)
        return 4;
    double usual = isnan(a->otherwise) ? (a->low + a->high) / 2 : a->otherwise;
    double end = fmin(a->high, 3);
    return other ? usual + (end - usual) / 3 : usual;
}

static void check(const gp_word *row, bool other, bool training)
{
    gp_error error = {""};
    gp_recipe recipe = {.inputs = WIDTH, .initializer = NULL};
    gp_random weights = gp_random_new(1), chance = gp_random_new(4), draws = gp_random_new(5);
    gp_pass pass = {training, &draws};
    gp_matrix x;
    for (size_t k = 0; k < GP_MAX_ARGUMENTS && row->argument[k].name; k++) {
        recipe.value[k] = value_of(&row->argument[k], other);
        if (row->argument[k].kind == GP_INITIALIZER)
            recipe.initializer = gp_initializer_find("he_normal");
    }
    if (row->composite) {
        gp_limits limits = gp_limits_usual();
        recipe.inside = gp_chain_new(WIDTH, NULL);
        ck_assert_int_eq(gp_specification_read(recipe.inside, "layernorm dense:4 tanh dense:5", &weights, &limits, NULL), GP_OK);
    }
    gp_layer *layer = gp_word_make(row, &recipe, &weights, &error);
    ck_assert_msg(layer != NULL, "%s: %s", row->word, error.message);
    ck_assert_int_eq(gp_matrix_new(&x, BATCH, WIDTH, NULL), GP_OK);
    gp_random_fill_normal(&chance, &x, 0, 1.5);
    gp_gradcheck_report r = gp_gradcheck_layer(layer, &x, &pass, &chance);
    ck_assert_msg(r.ok && r.worst <= 1e-6, "%s: %s; worst %g at %s[%zu, %zu]: %.12g, measured %.12g", row->word, r.message, r.worst, r.where,
                  r.row, r.col, r.analytic, r.numeric);
    ck_assert_uint_ge(r.checked + r.kinks + r.still, BATCH * WIDTH);
    gp_matrix_free(&x);
    gp_layer_free(layer);
}

START_TEST(every_row_has_the_gradient_of_its_function)
{
    size_t rows = 0;
    for (; gp_word_at(rows); rows++)
        for (int way = 0; way < 4; way++)
            check(gp_word_at(rows), way % 2, way / 2);
    ck_assert_uint_ge(rows, 23);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("registry in double");
    TCase *all = tcase_create("rows");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, every_row_has_the_gradient_of_its_function);
    suite_add_tcase(suite, all);
    return gp_run_suite(suite);
}
