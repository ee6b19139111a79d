/* The registry: every row is made with random arguments, written, read and written again. A row that is added is tried with the rest. */
#include "comma.h"
#include "gradient.h"
#include "support.h"
#include <unistd.h>

enum { INPUTS = 6, ROWS = 3, TRIES = 60 };

static size_t row_count(void)
{
    size_t n = 0;
    while (gp_word_at(n))
        n++;
    return n;
}

static uint32_t below(gp_random *r, size_t n)
{
    return (uint32_t)gp_random_below(r, n);
}

/* A number in the range: the default, an end, or any other. */
static double some_value(const gp_argument *a, gp_random *r)
{
    uint32_t way = below(r, 6);
    if (a->kind == GP_FLAG)
        return way % 2;
    if (a->kind == GP_CHOICE)
        return below(r, (size_t)a->high + 1);
    if (a->kind == GP_UNITS)
        return 1 + below(r, 9);
    if (way == 0 && !isnan(a->otherwise))
        return a->otherwise;
    if (way < 3)
        return way == 1 ? a->low : a->high;
    double u = gp_random_uniform(r), v = a->low + (a->high - a->low) * (way == 3 ? u * 1e-3 : u);
    return v > a->high ? a->high : v;
}

static void some_arguments(const gp_argument *all, double *value, gp_random *r)
{
    for (size_t k = 0; k < GP_MAX_ARGUMENTS && all[k].name; k++)
        value[k] = some_value(&all[k], r);
}

static gp_chain *chain_of(size_t inputs, const char *text)
{
    gp_error error = {""};
    gp_random r = gp_random_new(3);
    gp_limits limits = gp_limits_usual();
    gp_chain *chain = gp_chain_new(inputs, NULL);
    ck_assert_msg(gp_specification_read(chain, text, &r, &limits, &error) == GP_OK, "%s: %s", text, error.message);
    return chain;
}

static gp_layer *some_layer(const gp_word *row, gp_random *r)
{
    gp_recipe recipe = {.inputs = INPUTS};
    gp_error error = {""};
    some_arguments(row->argument, recipe.value, r);
    if (strcmp(row->word, "rrelu") == 0 && recipe.value[0] > recipe.value[1])
        recipe.value[0] = recipe.value[1];
    for (size_t k = 0; k < GP_MAX_ARGUMENTS && row->argument[k].name; k++)
        if (row->argument[k].kind == GP_INITIALIZER) {
            size_t n = 0;
            while (gp_initializer_at(n))
                n++;
            recipe.initializer = gp_initializer_at(below(r, n));
            some_arguments(recipe.initializer->argument, recipe.drawn, r);
        }
    if (row->composite)
        recipe.inside = chain_of(INPUTS, "dense:3:he_normal leaky_relu:0.3 dense:6:nobias");
    gp_layer *layer = gp_word_make(row, &recipe, r, &error);
    ck_assert_msg(layer != NULL, "%s: %s", row->word, error.message);
    ck_assert_ptr_eq(gp_word_of(layer), row);
    return layer;
}

static void compute(gp_layer *layer, gp_matrix *y)
{
    const gp_pass pass = {false, NULL};
    gp_matrix x;
    gp_random r = gp_random_new(8);
    gp_matrix_new(&x, ROWS, INPUTS, NULL);
    gp_matrix_new(y, ROWS, layer->outputs, NULL);
    gp_random_fill_normal(&r, &x, 0, 2);
    ck_assert_int_eq(gp_layer_reserve(layer, ROWS, NULL), GP_OK);
    gp_layer_forward(layer, &x, y, &pass);
    gp_matrix_free(&x);
}

/* |a| is a layer, |chain| holds what its words made: equal arguments, equal words, equal outputs with equal parameters. */
static void expect_same(gp_layer *a, const gp_chain *chain, const char *words)
{
    double of_a[GP_MAX_ARGUMENTS], of_b[GP_MAX_ARGUMENTS];
    gp_matrix ya, yb;
    ck_assert_uint_eq(gp_chain_length(chain), 1);
    gp_layer *b = gp_chain_layer(chain, 0);
    const gp_word *row = gp_word_of(a);
    ck_assert_ptr_eq(gp_word_of(b), row);
    ck_assert_int_eq(gp_word_arguments(row, a, of_a, NULL), GP_OK);
    ck_assert_int_eq(gp_word_arguments(row, b, of_b, NULL), GP_OK);
    for (size_t k = 0; k < GP_MAX_ARGUMENTS; k++)
        ck_assert_msg(of_a[k] == of_b[k], "%s: argument %zu is %.17g, read back %.17g", words, k, of_a[k], of_b[k]);
    ck_assert_str_eq(a->initializer, b->initializer);
    char *again = gp_chain_specification(chain, NULL);
    ck_assert_str_eq(again, words);
    free(again);
    gp_walk w = gp_layer_walk(a), v = gp_layer_walk(b);
    while (gp_walk_parameter(&w)) {
        ck_assert(gp_walk_parameter(&v));
        gp_matrix_copy(&v.parameter->value, &w.parameter->value);
    }
    ck_assert(!gp_walk_parameter(&v));
    compute(a, &ya);
    compute(b, &yb);
    for (size_t i = 0; i < ROWS; i++)
        ck_assert_msg(memcmp(gp_row(&ya, i), gp_row(&yb, i), ya.cols * sizeof(gp_real)) == 0, "%s: other outputs", words);
    gp_matrix_free(&ya);
    gp_matrix_free(&yb);
}

static void round_trips(void)
{
    for (size_t i = 0; gp_word_at(i); i++) {
        const gp_word *row = gp_word_at(i);
        gp_random r = gp_random_new(i);
        for (int k = 0; k < TRIES; k++) {
            gp_error error = {""};
            gp_layer *layer = some_layer(row, &r);
            char *words = gp_layer_specification(layer, &error);
            ck_assert_msg(words != NULL, "%s: %s", row->word, error.message);
            ck_assert_ptr_null(strchr(words, ','));
            gp_chain *chain = chain_of(INPUTS, words);
            expect_same(layer, chain, words);
            free(words);
            gp_chain_free(chain);
            gp_layer_free(layer);
        }
    }
}

START_TEST(claim_every_word_is_written_and_read_back)
{
    ck_assert_uint_ge(row_count(), 20);
    round_trips();
}
END_TEST

START_TEST(claim_numbers_have_a_point_in_every_locale)
{
    if (!gp_set_comma_locale())
        puts("SKIP a locale with decimal commas: none is installed, and localedef makes none");
    round_trips();
    gp_chain *chain = chain_of(4, "leaky_relu:0.2 batchnorm:0.9:1e-5");
    char *words = gp_chain_specification(chain, NULL);
    ck_assert_str_eq(words, "leaky_relu:0.2 batchnorm:0.9:1e-5");
    free(words);
    gp_chain_free(chain);
    setlocale(LC_ALL, "C");
}
END_TEST

START_TEST(decimals_are_read_to_the_last_letter)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0.2", 0.2}, {"1e-5", 1e-5}, {"-3", -3}, {".5", 0.5}, {"5.", 5}, {"+1", 1}, {"1E2", 100}, {"0", 0}, {"-0.25e+1", -2.5}};
    static const char *const bad[] = {"", ".", "abc", "1,5", "0x1p3", "nan", "inf", " 1", "1 ", "1e", "1e999", "1.2.3", "--1", "+-1", "1e1e1", "-",
                                      "0.00000000000000000000000000000000000000001"};
    double value;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(gp_decimal_read(good[i].text, &value) && value == good[i].value, "%s", good[i].text);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!gp_decimal_read(bad[i], &value), "'%s' was taken for a number", bad[i]);
}
END_TEST

START_TEST(decimals_are_written_in_the_shortest_way)
{
    static const struct {
        double value;
        bool single;
        const char *text;
    } all[] = {{0.2, false, "0.2"},        {(double)0.2f, true, "0.2"},  {(double)0.2f, false, "0.20000000298023224"},
               {1e-5, false, "1e-5"},      {100, false, "100"},          {1048576, true, "1048576"},
               {-0.0, false, "0"},         {1.0 / 3, false, "0.3333333333333333"}, {(double)(1 / 3.f), true, "0.33333334"},
               {1e300, false, "1e300"},    {-2.5, false, "-2.5"},        {0.001, false, "0.001"},
               {123456789012345678., false, "123456789012345680"}};
    char text[GP_DECIMAL];
    for (size_t i = 0; i + 1 < sizeof all / sizeof *all; i++) {
        gp_decimal_write(text, all[i].value, all[i].single);
        ck_assert_str_eq(text, all[i].text);
    }
    gp_random r = gp_random_new(2);
    for (int i = 0; i < 20000; i++) {
        double value = gp_random_normal(&r) * exp(20 * gp_random_normal(&r)), back;
        gp_decimal_write(text, value, false);
        ck_assert_msg(gp_decimal_read(text, &back) && back == value, "%.17g became %s", value, text);
        gp_decimal_write(text, value, true);
        ck_assert_msg(gp_decimal_read(text, &back) && (float)back == (float)value, "%.9g became %s", value, text);
    }
}
END_TEST

START_TEST(rows_are_well_formed)
{
    for (size_t i = 0; gp_word_at(i); i++) {
        const gp_word *row = gp_word_at(i);
        ck_assert_ptr_eq(gp_word_find(row->word), row);
        ck_assert_msg((row->activation == NULL) != (row->make == NULL), "%s", row->word);
        bool may_end = false;
        for (size_t k = 0; k < GP_MAX_ARGUMENTS && row->argument[k].name; k++) {
            const gp_argument *a = &row->argument[k];
            if (a->kind == GP_INITIALIZER)
                ck_assert_ptr_nonnull(gp_initializer_at((size_t)a->otherwise));
            else if (isnan(a->otherwise))
                ck_assert_msg(!may_end, "%s: %s must be given, what stands before it need not", row->word, a->name);
            else
                ck_assert_msg(gp_argument_check(a, row->word, a->otherwise, NULL) == GP_OK, "%s: default of %s", row->word, a->name);
            may_end = may_end || !isnan(a->otherwise);
            ck_assert_msg(a->low <= a->high, "%s: range of %s", row->word, a->name);
        }
    }
}
END_TEST

START_TEST(usage_shows_what_may_be_left_out)
{
    static const char *const usages[] = {"dense:UNITS[:INITIALIZER][:nobias]", "leaky_relu[:ALPHA]", "rrelu[:LOWER[:UPPER]]", "relu",
                                         "dropout:RATE", "batchnorm[:MOMENTUM[:EPSILON]][:unbiased]", "residual[:SCALE][:trained]( ... )",
                                         "prelu[:ALPHA][:shared]"};
    for (size_t i = 0; i < sizeof usages / sizeof *usages; i++) {
        char word[32], usage[160];
        snprintf(word, sizeof word, "%.*s", (int)strcspn(usages[i], ":[("), usages[i]);
        const gp_word *row = gp_word_find(word);
        gp_word_usage(row->word, row->argument, row->composite, usage, sizeof usage);
        ck_assert_str_eq(usage, usages[i]);
    }
}
END_TEST

static void expect_bad(const char *text, const char *a, const char *b, const char *c)
{
    gp_error error = {""};
    gp_random r = gp_random_new(3);
    gp_limits limits = gp_limits_usual();
    gp_chain *chain = gp_chain_new(INPUTS, NULL);
    ck_assert_msg(gp_specification_read(chain, text, &r, &limits, &error) == GP_BAD_INPUT, "'%s' was accepted", text);
    ck_assert_msg(strstr(error.message, a) && strstr(error.message, b) && strstr(error.message, c),
                  "'%s': \"%s\" does not hold \"%s\", \"%s\" and \"%s\"", text, error.message, a, b, c);
    gp_chain_free(chain);
}

/* Every number of every row: above its range, below it, and no number at all. */
START_TEST(an_argument_out_of_range_is_named_with_its_range)
{
    for (size_t i = 0; gp_word_at(i); i++) {
        const gp_word *row = gp_word_at(i);
        char before[128], text[200], value[GP_DECIMAL], low[GP_DECIMAL], high[GP_DECIMAL];
        snprintf(before, sizeof before, "%s", row->word);
        for (size_t k = 0; k < GP_MAX_ARGUMENTS && row->argument[k].name; k++) {
            const gp_argument *a = &row->argument[k];
            if (a->kind != GP_NUMBER && a->kind != GP_PRECISE && a->kind != GP_UNITS)
                continue;
            gp_decimal_write(low, a->low, false);
            gp_decimal_write(high, a->high, false);
            for (int way = 0; way < 3; way++) {
                gp_decimal_write(value, way ? a->high + 1 : a->low - 1, false);
                snprintf(text, sizeof text, "%s:%s", before, way < 2 ? value : "abc");
                expect_bad(text, a->name, low, high);
                expect_bad(text, row->word, "position", way < 2 ? value : "abc");
            }
            gp_argument_write(a, isnan(a->otherwise) ? a->low : a->otherwise, value);
            snprintf(before + strlen(before), sizeof before - strlen(before), ":%s", value);
        }
    }
}
END_TEST

START_TEST(initializers_have_arguments_too)
{
    gp_chain *chain = chain_of(4, "dense:7:variance_scaling:2:fan_avg:uniform:nobias dense:3:constant:0.5 dense:2:orthogonal");
    char *words = gp_chain_specification(chain, NULL);
    ck_assert_str_eq(words, "dense:7:variance_scaling:2:fan_avg:uniform:nobias dense:3:constant:0.5 dense:2:orthogonal:1");
    free(words);
    for (size_t i = 0; i < 7; i++)
        ck_assert(gp_at(&gp_chain_layer(chain, 1)->parameter[0].value, i, 2) == (gp_real)0.5);
    double most = 0;
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 7; j++)
            most = fmax(most, fabs((double)gp_at(&gp_chain_layer(chain, 0)->parameter[0].value, i, j)));
    ck_assert(most <= sqrt(6 / 5.5) && most > 0.8 * sqrt(6 / 5.5));
    gp_chain_free(chain);
    expect_bad("dense:3:constant", "constant", "VALUE", "position");
    expect_bad("dense:3:variance_scaling:2:fan:uniform", "MODE", "fan_avg", "'fan'");
    expect_bad("dense:3:variance_scaling:-2:fan_in:uniform", "SCALE", "-2", "position");
    expect_bad("dense:3:variance_scaling:2:nobias", "MODE", "position", "");
    expect_bad("dense:3:he_normal:2", "nobias", "':2'", "position");
    expect_bad("dense:3:he_norml", "'he_norml'", "'he_normal'", "position 9");
}
END_TEST

START_TEST(only_near_words_are_suggested)
{
    static const char *const list[] = {"train", "relu", "help", NULL};
    ck_assert_str_eq(gp_nearest_word("trian", list), "train");
    ck_assert_str_eq(gp_nearest_word("rellu", list), "relu");
    ck_assert_ptr_null(gp_nearest_word("--version", list));
    ck_assert_ptr_null(gp_nearest_word("", list));
    ck_assert_ptr_null(gp_nearest_word("x", list));
    ck_assert_ptr_null(gp_nearest_word("anything_else_entirely_that_is_long", list));
    ck_assert_str_eq(gp_nearest_layer("batchnrm"), "batchnorm");
    ck_assert_ptr_null(gp_nearest_layer("transformer"));
    ck_assert_str_eq(gp_nearest_initializer("xhe_normal"), "he_normal");
    expect_bad("transformer", "unknown layer 'transformer'", "position 1", "");
}
END_TEST

/* ---------------------------------------------------------------- a layer of one's own */

static void cube(size_t n, const gp_real *x, gp_real *y, gp_activation_arguments a)
{
    for (size_t i = 0; i < n; i++)
        y[i] = a.alpha * x[i] * x[i] * x[i];
}
static void cube_slope(size_t n, const gp_real *x, const gp_real *y, const gp_real *dy, gp_real *dx, gp_activation_arguments a)
{
    (void)y;
    for (size_t i = 0; i < n; i++)
        dx[i] = 3 * a.alpha * x[i] * x[i] * dy[i];
}
static const gp_activation_type cube_type = {GP_ACTIVATION("cube"), cube, cube_slope};
static const gp_word cube_row = {"cube", &cube_type, NULL, 0, false, {{"FACTOR", GP_NUMBER, 1, 0, 10, NULL}}};
static const gp_activation_type false_relu = {GP_ACTIVATION("relu"), cube, cube_slope};

static gp_layer *make_wrong(const gp_recipe *r, gp_error *error)
{
    return gp_dense_new(r->inputs, 2, true, error);
}

START_TEST(a_layer_of_ones_own_is_a_word_like_any_other)
{
    gp_error error = {""};
    char path[] = "/tmp/gp-registry-XXXXXX";
    close(mkstemp(path));
    gp_network *net = gp_network_new(INPUTS, 1, NULL);
    ck_assert_int_eq(gp_network_parse(net, "dense:4 cube:2 dense:2", &error), GP_BAD_INPUT);
    ck_assert_int_eq(gp_network_add(net, gp_activation_new(&cube_type, INPUTS, (gp_activation_arguments){2, 0}, NULL), &error), GP_OK);
    ck_assert_int_eq(gp_checkpoint_save(path, net, NULL, NULL, &error), GP_BAD_INPUT); /* not registered: could not be read back */
    ck_assert_ptr_nonnull(strstr(error.message, "cube"));
    ck_assert_msg(gp_layer_register(&cube_row, &error) == GP_OK, "%s", error.message);
    ck_assert_int_eq(gp_layer_register(&cube_row, &error), GP_OK); /* again: no mistake */
    ck_assert_int_eq(gp_network_parse(net, "dense:4 cube:3 dense:2", &error), GP_OK);
    ck_assert_int_eq(gp_checkpoint_save(path, net, NULL, NULL, &error), GP_OK);
    gp_network *back = gp_checkpoint_load(path, NULL, NULL, &error);
    ck_assert_msg(back != NULL, "%s", error.message);
    ck_assert_ptr_eq(gp_network_layer(back, 2)->type, &cube_type.layer);
    ck_assert(gp_activation_of(gp_network_layer(back, 2)).alpha == 3);
    ck_assert_str_eq(gp_nearest_layer("cubee"), "cube");
    round_trips();
    remove(path);
    gp_network_free(net);
    gp_network_free(back);
}
END_TEST

START_TEST(a_row_must_make_sense)
{
    static const gp_word bad[] = {{.word = "relu", .activation = &cube_type}, {.word = "softmax", .activation = &cube_type},
                                  {.word = "2x", .activation = &cube_type},   {.word = "a b", .activation = &cube_type},
                                  {.word = "", .activation = &cube_type},     {.word = NULL, .activation = &cube_type},
                                  {.word = "both", .activation = &cube_type, .make = make_wrong}, {.word = "neither"}};
    gp_error error = {""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        error.message[0] = '\0';
        ck_assert_int_eq(gp_layer_register(&bad[i], &error), GP_BAD_INPUT);
        ck_assert_uint_gt(strlen(error.message), 0);
    }
    static const gp_word other = {.word = "other", .make = make_wrong};
    ck_assert_int_eq(gp_layer_register(&other, &error), GP_OK);
    expect_bad("other", "makes a layer 'dense'", "other", "position");
    gp_layer *fake = gp_activation_new(&false_relu, 3, (gp_activation_arguments){1, 0}, NULL);
    ck_assert_ptr_null(gp_word_of(fake)); /* not our relu */
    ck_assert_int_eq(gp_layer_writable(fake, &error), GP_BAD_INPUT);
    gp_layer_free(fake);
}
END_TEST

START_TEST(the_table_ends)
{
    static gp_word rows[100];
    static char names[100][8];
    gp_error error = {""};
    size_t fit = 0;
    for (size_t i = 0; i < 100; i++) {
        snprintf(names[i], sizeof names[i], "w%zu", i);
        rows[i] = (gp_word){.word = names[i], .make = make_wrong};
        fit += gp_layer_register(&rows[i], &error) == GP_OK;
    }
    ck_assert_uint_eq(fit, 64);
    ck_assert_ptr_nonnull(strstr(error.message, "64"));
    ck_assert_ptr_eq(gp_word_find("w63"), &rows[63]);
    ck_assert_ptr_null(gp_word_find("w64"));
}
END_TEST

/* Layers that a program made without asking the table. */
START_TEST(what_could_not_be_read_back_is_not_written)
{
    gp_error error = {""};
    static const struct {
        const gp_activation_type *type;
        double alpha, beta;
        const char *words;
    } made[] = {{&gp_leaky_relu, 5, 0, "leaky_relu:5"},      {&gp_hard_sigmoid, 0.2, 0.5, "hard_sigmoid:0.2:0.5"},
                {&gp_leaky_relu, 1000, 0, NULL},             {&gp_leaky_relu, NAN, 0, NULL},
                {&gp_selu, 0, 0, "selu:1.6732632:1.050701"}, {&gp_elu, -1, 0, NULL}};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        gp_network *net = gp_network_new(3, 1, NULL);
        gp_layer *layer = gp_activation_new(made[i].type, 3, (gp_activation_arguments){(gp_real)made[i].alpha, (gp_real)made[i].beta}, NULL);
        char *words = gp_layer_specification(layer, &error);
        ck_assert_msg(made[i].words ? words && strcmp(words, made[i].words) == 0 : !words, "%s", words ? words : error.message);
        ck_assert_int_eq(gp_network_add(net, layer, &error), GP_OK);
        if (made[i].words)
            ck_assert_str_eq(gp_network_specification(net), made[i].words);
        else
            ck_assert_msg(strstr(error.message, "ALPHA from 0 to 100"), "%s", error.message);
        free(words);
        gp_network_free(net);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("registry");
    TCase *all = tcase_create("registry");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, claim_every_word_is_written_and_read_back);
    tcase_add_test(all, claim_numbers_have_a_point_in_every_locale);
    tcase_add_test(all, decimals_are_read_to_the_last_letter);
    tcase_add_test(all, decimals_are_written_in_the_shortest_way);
    tcase_add_test(all, rows_are_well_formed);
    tcase_add_test(all, usage_shows_what_may_be_left_out);
    tcase_add_test(all, an_argument_out_of_range_is_named_with_its_range);
    tcase_add_test(all, initializers_have_arguments_too);
    tcase_add_test(all, only_near_words_are_suggested);
    tcase_add_test(all, a_layer_of_ones_own_is_a_word_like_any_other);
    tcase_add_test(all, a_row_must_make_sense);
    tcase_add_test(all, the_table_ends);
    tcase_add_test(all, what_could_not_be_read_back_is_not_written);
    suite_add_tcase(suite, all);
    return gp_run_suite(suite);
}
