/* The grammar: limits for text from outside, layers inside layers, and a network that a failed parse leaves as it was. */
#include "gradient.h"
#include "support.h"

static gp_status parse(gp_network *net, const char *text, gp_error *error)
{
    error->message[0] = '\0';
    return gp_network_parse(net, text, error);
}

static gp_network *network(size_t inputs, const char *text)
{
    gp_error error;
    gp_network *net = gp_network_new(inputs, 1, NULL);
    ck_assert_msg(parse(net, text, &error) == GP_OK, "%s: %s", text, error.message);
    return net;
}

static void expect_bad(const char *text, const char *a, const char *b)
{
    gp_error error;
    gp_network *net = network(4, "dense:4");
    ck_assert_msg(parse(net, text, &error) == GP_BAD_INPUT, "'%s' was accepted", text);
    ck_assert_msg(strstr(error.message, a) && strstr(error.message, b), "'%s': \"%s\" does not hold \"%s\" and \"%s\"", text,
                  error.message, a, b);
    ck_assert_uint_eq(gp_network_layers(net), 1);
    ck_assert_str_eq(gp_network_specification(net), "dense:4");
    gp_network_free(net);
}

START_TEST(layers_may_have_layers_inside)
{
    gp_network *net = network(5, "dense:4 2*(residual:0.5(layernorm dense:8:he_normal relu dense:4)) residual(2*(tanh dense:4)) dense:3");
    ck_assert_uint_eq(gp_network_layers(net), 5);
    size_t inner = 8 + (4 * 8 + 8) + (8 * 4 + 4), last = 2 * (4 * 4 + 4);
    ck_assert_uint_eq(gp_network_count(net, true), 5 * 4 + 4 + 2 * inner + last + 4 * 3 + 3);
    char *words = gp_layer_specification(gp_network_layer(net, 1), NULL);
    ck_assert_str_eq(words, "residual:0.5(layernorm:1e-5 dense:8:he_normal relu dense:4:glorot_uniform)");
    free(words);
    words = gp_layer_specification(gp_network_layer(net, 3), NULL);
    ck_assert_str_eq(words, "residual:1(tanh dense:4:glorot_uniform tanh dense:4:glorot_uniform)");
    free(words);
    gp_network_free(net);
}
END_TEST

/* The weights inside do not depend on what stands around the layer, only on its place. */
START_TEST(weights_inside_belong_to_the_place)
{
    gp_network *a = network(4, "tanh residual(dense:4)"), *b = network(4, "relu residual:0.1(dense:4 tanh) dense:9"),
               *c = network(4, "residual(dense:4) residual(dense:4)");
    gp_matrix *w[4];
    gp_network *nets[] = {a, b, c, c};
    for (int i = 0; i < 4; i++) {
        gp_layer *outer = gp_network_layer(nets[i], i == 3 ? 0 : 1);
        w[i] = &gp_chain_layer(gp_layer_inner(outer), 0)->parameter[0].value;
    }
    for (size_t i = 0; i < 4; i++) {
        ck_assert_mem_eq(gp_row(w[0], i), gp_row(w[1], i), 4 * sizeof(gp_real));
        ck_assert_mem_eq(gp_row(w[0], i), gp_row(w[2], i), 4 * sizeof(gp_real));
    }
    ck_assert(gp_row(w[0], 0)[0] != gp_row(w[3], 0)[0]);
    gp_network_free(a);
    gp_network_free(b);
    gp_network_free(c);
}
END_TEST

START_TEST(nesting_errors_say_where)
{
    expect_bad("residual", "parentheses", "position 1");
    expect_bad("relu residual(", "expected a layer, found nothing", "position 15");
    expect_bad("residual()", "expected a layer, found ')'", "position 10");
    expect_bad("residual(relu", "without its ')'", "position 1");
    expect_bad("relu(relu)", "'relu' has no layers inside", "position 5");
    expect_bad("residual(dense:5)", "residual", "position 1"); /* width 5 cannot be added to 4 */
    expect_bad("residual:0.5:traind(relu)", "trained", "position 14");
    expect_bad("residual(rellu)", "'relu'", "position 10");
    expect_bad("residual(relu))", "without its group", "position 15");
    expect_bad("dense:3:he_normal:glorot_normal", "expected dense:UNITS", "position 19");
}
END_TEST

START_TEST(nesting_has_a_limit)
{
    char text[1024] = "";
    for (int i = 0; i < 17; i++)
        strcat(text, "residual(");
    strcat(text, "relu");
    for (int i = 0; i < 17; i++)
        strcat(text, ")");
    expect_bad(text, "16 deep", "position");
    *text = '\0';
    for (int i = 0; i < 17; i++)
        strcat(text, "1*(");
    strcat(text, "relu");
    for (int i = 0; i < 17; i++)
        strcat(text, ")");
    expect_bad(text, "16 deep", "position");
    *text = '\0';
    for (int i = 0; i < 15; i++)
        strcat(text, "residual(");
    strcat(text, "relu");
    for (int i = 0; i < 15; i++)
        strcat(text, ")");
    gp_network *net = network(3, text);
    ck_assert_uint_eq(gp_network_layers(net), 1);
    gp_network_free(net);
}
END_TEST

/* Every layer counts: those without a kernel, those inside others, and all outputs. */
START_TEST(limits_count_every_layer)
{
    static const char *const large[] = {"20*(batchnorm)", "batchnorm", "prelu", "20*(layernorm)", "rmsnorm rmsnorm", "dense:3",
                                        "residual(dense:4)", "residual(batchnorm)", "3*(residual:1:trained(2*(rmsnorm)))", "dense:2:nobias dense:3:nobias"};
    gp_error error;
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        gp_network *net = gp_network_new(large[i][0] == 'd' ? 4 : 6, 1, NULL);
        gp_network_limit(net, large[i][0] == 'p' ? 5 : 10);
        ck_assert_msg(parse(net, large[i], &error) == GP_BAD_INPUT, "%s: %zu parameters", large[i], gp_network_count(net, false));
        ck_assert_msg(strstr(error.message, "at most") && strstr(error.message, "parameters"), "%s: %s", large[i], error.message);
        ck_assert_uint_eq(gp_network_count(net, false), 0);
        gp_network_free(net);
    }
    gp_network *net = gp_network_new(4, 1, NULL);
    gp_network_limit(net, 10);
    ck_assert_int_eq(parse(net, "dense:2", &error), GP_OK); /* 10 of 10 */
    ck_assert_int_eq(parse(net, "relu", &error), GP_OK);
    ck_assert_int_eq(parse(net, "prelu", &error), GP_BAD_INPUT);
    gp_network_limit(net, 12);
    ck_assert_int_eq(parse(net, "prelu", &error), GP_OK);
    gp_network_free(net);
}
END_TEST

/* A short text that asks for much is refused at once, and before any memory of that size is asked for. */
START_TEST(little_text_cannot_ask_for_much)
{
    static const struct {
        size_t inputs;
        const char *text, *words;
    } greedy[] = {{4, "9999*(9999*(relu))", "10000 layers"}, {1 << 28, "relu", "outputs"},          {1 << 20, "1000*(relu)", "outputs"},
                  {1 << 28, "batchnorm", "parameters"},       {1 << 28, "dense:1048576", "parameters"}, {1 << 20, "dense:1048576", "parameters"},
                  {4, "9999*(residual(9*(relu)))", "10000 layers"}, {SIZE_MAX / 2, "dense:3", "parameters"},
                  {SIZE_MAX, "layernorm", "parameters"}};
    gp_error error;
    for (size_t i = 0; i < sizeof greedy / sizeof *greedy; i++) {
        gp_network *net = gp_network_new(greedy[i].inputs, 1, NULL);
        ck_assert_msg(parse(net, greedy[i].text, &error) == GP_BAD_INPUT, "%s", greedy[i].text);
        ck_assert_msg(strstr(error.message, greedy[i].words) != NULL, "%s: %s", greedy[i].text, error.message);
        gp_network_free(net);
    }
    size_t n = (1 << 20) + 2;
    char *text = malloc(n);
    memset(text, ' ', n);
    memcpy(text, "relu", 4);
    text[n - 1] = '\0';
    gp_network *net = gp_network_new(4, 1, NULL);
    ck_assert_int_eq(parse(net, text, &error), GP_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "letters"));
    text[n - 2] = '\0';
    ck_assert_int_eq(parse(net, text, &error), GP_OK);
    gp_network_free(net);
    free(text);
}
END_TEST

/* Layers, words, weights, and the way back from the last forward pass. */
START_TEST(a_failed_parse_leaves_the_network_as_it_was)
{
    static const char *const bad[] = {"relu rellu", "3*(dense:4 dense:0)", "residual(relu dense:4", "dense:2 dense:1e9", "9999*(9999*(relu))", ""};
    gp_network *net = network(4, "dense:4 tanh dense:3");
    gp_matrix x, dlogits;
    gp_error error;
    gp_random r = gp_random_new(2);
    gp_matrix_new(&x, 5, 4, NULL);
    gp_matrix_new(&dlogits, 5, 3, NULL);
    gp_random_fill_normal(&r, &x, 0, 1);
    gp_random_fill_normal(&r, &dlogits, 0, 1);
    ck_assert_int_eq(gp_network_reserve(net, 5, NULL), GP_OK);
    gp_network_forward(net, &x, true);
    ck_assert_int_eq(gp_network_backward(net, &x, &dlogits, NULL), GP_OK);
    gp_real before = gp_at(&gp_network_layer(net, 0)->parameter[0].gradient, 2, 1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        gp_network_forward(net, &x, true);
        ck_assert_int_eq(parse(net, bad[i], &error), GP_BAD_INPUT);
        ck_assert_uint_gt(strlen(error.message), 0);
        ck_assert_str_eq(gp_network_specification(net), "dense:4 tanh dense:3");
        ck_assert_uint_eq(gp_network_layers(net), 3);
        gp_matrix_fill(&gp_network_layer(net, 0)->parameter[0].gradient, 0);
        ck_assert_int_eq(gp_network_backward(net, &x, &dlogits, NULL), GP_OK);
        ck_assert(gp_at(&gp_network_layer(net, 0)->parameter[0].gradient, 2, 1) == before);
    }
    ck_assert_int_eq(gp_network_backward(net, &x, &x, &error), GP_BAD_INPUT); /* of another shape */
    ck_assert_ptr_nonnull(strstr(error.message, "5 x 3"));
    ck_assert_int_eq(gp_network_reserve(net, 50, NULL), GP_OK);
    ck_assert_int_eq(gp_network_backward(net, &x, &dlogits, &error), GP_BAD_INPUT);
    ck_assert_int_eq(parse(net, "relu", &error), GP_OK);
    ck_assert_int_eq(gp_network_backward(net, &x, &dlogits, &error), GP_BAD_INPUT);
    gp_matrix_free(&x);
    gp_matrix_free(&dlogits);
    gp_network_free(net);
}
END_TEST

/* What was added by pieces is one text, and reads back as the same network. */
START_TEST(the_specification_is_what_was_added)
{
    gp_network *net = network(4, "2*(dense:4 tanh)");
    gp_error error;
    ck_assert_int_eq(parse(net, "leaky_relu:0.20", &error), GP_OK);
    ck_assert_int_eq(gp_network_add(net, gp_dropout_new(4, (gp_real)0.3, NULL), &error), GP_OK);
    ck_assert_int_eq(gp_network_add(net, gp_dense_new(4, 2, false, NULL), &error), GP_OK);
    ck_assert_int_eq(gp_network_add(net, gp_dense_new(4, 2, false, NULL), &error), GP_BAD_INPUT);
    ck_assert_str_eq(gp_network_specification(net), "2*(dense:4 tanh) leaky_relu:0.20 dropout:0.3 dense:2:nobias");
    gp_network *again = network(4, gp_network_specification(net));
    char *a = gp_chain_specification(gp_network_chain(net), NULL), *b = gp_chain_specification(gp_network_chain(again), NULL);
    ck_assert_str_eq(a, "dense:4:glorot_uniform tanh dense:4:glorot_uniform tanh leaky_relu:0.2 dropout:0.3 dense:2:nobias");
    ck_assert_str_eq(b, "dense:4:glorot_uniform tanh dense:4:glorot_uniform tanh leaky_relu:0.2 dropout:0.3 dense:2:glorot_uniform:nobias");
    free(a);
    free(b);
    gp_network_free(net);
    gp_network_free(again);
}
END_TEST

START_TEST(random_text_with_nesting_never_crashes)
{
    static const char *const pieces[] = {"residual", ":0.5", "(", ")", " ", "2*(", "dense:3", "relu", ":trained", "batchnorm", "x", ":", "*", "1e9", "0*("};
    gp_random r = gp_random_new(12);
    for (int k = 0; k < 20000; k++) {
        char text[256] = "";
        for (uint64_t n = gp_random_below(&r, 14); n > 0; n--)
            strcat(text, pieces[gp_random_below(&r, sizeof pieces / sizeof *pieces)]);
        gp_error error = {""};
        gp_network *net = gp_network_new(3, 1, NULL);
        if (gp_network_parse(net, text, &error) == GP_OK) {
            char *words = gp_chain_specification(gp_network_chain(net), &error);
            ck_assert_msg(words != NULL, "%s: %s", text, error.message);
            free(words);
        } else
            ck_assert_msg(strncmp(error.message, "position ", 9) == 0, "%s: %s", text, error.message);
        gp_network_free(net);
    }
}
END_TEST

START_TEST(a_summary_is_a_table)
{
    gp_network *net = network(5, "dense:4 batchnorm residual:0.5(dense:6:nobias relu dense:4) dense:3");
    char *text;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    gp_network_summary(net, file);
    fclose(file);
    static const char *const rows[] = {"layer", "(input)", "dense:4:glorot_uniform", "batchnorm:0.99:0.001", "residual",
                                       "  dense:6:glorot_uniform:nobias", "  relu", "  dense:4:glorot_uniform", "dense:3:glorot_uniform", "107 parameters"};
    static const int numbers[][2] = {{0, 0}, {5, -1}, {4, 24}, {4, 16}, {4, 0}, {6, 24}, {6, 0}, {4, 28}, {3, 15}};
    char *line = strtok(text, "\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++, line = strtok(NULL, "\n")) {
        ck_assert_ptr_nonnull(line);
        ck_assert_msg(strncmp(line, rows[i], strlen(rows[i])) == 0, "row %zu is \"%s\"", i, line);
        int outputs, count = -1;
        if (i > 0 && i < 9) {
            ck_assert_int_ge(sscanf(line + 44, "%d %d", &outputs, &count), 1);
            ck_assert_int_eq(outputs, numbers[i][0]);
            ck_assert_int_eq(count, numbers[i][1]);
        }
    }
    ck_assert_ptr_null(line);
    ck_assert_uint_eq(gp_network_count(net, false), 107);
    free(text);
    gp_network_free(net);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("specification");
    TCase *all = tcase_create("specification");
    tcase_set_timeout(all, 30);
    tcase_add_test(all, layers_may_have_layers_inside);
    tcase_add_test(all, weights_inside_belong_to_the_place);
    tcase_add_test(all, nesting_errors_say_where);
    tcase_add_test(all, nesting_has_a_limit);
    tcase_add_test(all, limits_count_every_layer);
    tcase_add_test(all, little_text_cannot_ask_for_much);
    tcase_add_test(all, a_failed_parse_leaves_the_network_as_it_was);
    tcase_add_test(all, the_specification_is_what_was_added);
    tcase_add_test(all, random_text_with_nesting_never_crashes);
    tcase_add_test(all, a_summary_is_a_table);
    suite_add_tcase(suite, all);
    return gp_run_suite(suite);
}
