#include "gradient.h"
#include "support.h"

static gp_network *parse(size_t inputs, const char *text)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(inputs, 1, &error);
    ck_assert_msg(gp_network_parse(net, text, &error) == GP_OK, "%s: %s", text, error.message);
    return net;
}

static void expect_bad(const char *text, const char *a, const char *b)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(4, 1, &error);
    ck_assert_int_eq(gp_network_parse(net, "dense:4", &error), GP_OK);
    ck_assert_msg(gp_network_parse(net, text, &error) == GP_BAD_INPUT, "'%s' was accepted", text);
    ck_assert_msg(strstr(error.message, a) && strstr(error.message, b), "'%s': \"%s\" does not hold \"%s\" and \"%s\"", text,
                  error.message, a, b);
    ck_assert_uint_eq(gp_network_layers(net), 1); /* left as it was */
    gp_network_free(net);
}

START_TEST(the_grammar_repeats_and_nests)
{
    gp_network *net = parse(5, "2*(dense:7:he_normal 3*(tanh)) dense:3:nobias");
    ck_assert_uint_eq(gp_network_layers(net), 2 * 4 + 1);
    ck_assert_uint_eq(gp_network_outputs(net), 3);
    ck_assert_uint_eq(gp_network_count(net, true), 5 * 7 + 7 + 7 * 7 + 7 + 7 * 3);
    gp_network_free(net);
}
END_TEST

START_TEST(every_word_makes_its_layer)
{
    const char *text = "dense:6:glorot_uniform:nobias batchnorm:0.9:1e-5 sigmoid tanh relu leaky_relu:0.2 prelu rrelu:0.1:0.3 "
                       "elu:0.5 selu gelu swish mish softplus hard_sigmoid celu dropout:0.5 alpha_dropout:0.1 dense:2";
    gp_network *net = parse(4, text);
    ck_assert_uint_eq(gp_network_layers(net), 19);
    ck_assert_str_eq(gp_network_specification(net), text);
    char *words = gp_layer_specification(gp_network_layer(net, 5), NULL);
    ck_assert_str_eq(words, "leaky_relu:0.2");
    free(words);
    gp_error error;
    gp_matrix x;
    ck_assert_int_eq(gp_network_reserve(net, 8, &error), GP_OK);
    ck_assert_int_eq(gp_matrix_new(&x, 8, 4, &error), GP_OK);
    gp_random r = gp_random_new(3);
    gp_random_fill_normal(&r, &x, 0, 1);
    gp_label labels[8] = {0, 1, 0, 1, 1, 1, 0, 0};
    ck_assert(isfinite(gp_network_gradients(net, &x, labels)));
    gp_matrix_free(&x);
    gp_network_free(net);
}
END_TEST

START_TEST(errors_name_the_word_the_position_and_the_nearest)
{
    expect_bad("rellu", "position 1", "'relu'");
    expect_bad("relu  dnse:10", "position 7", "'dense'");
    expect_bad("batchnrm", "batchnrm", "batchnorm");
    expect_bad("softmax", "softmax", "logits");
    expect_bad("dense", "dense:UNITS", "position 1");
    expect_bad("dense:0", "position", "expected");
    expect_bad("dense:-3", "position", "expected");
    expect_bad("dense:1e99", "position", "expected");
    expect_bad("dense:3.5", "position", "whole");
    expect_bad("dense:3:he_norml", "he_norml", "he_normal");
    expect_bad("dense:3:he_normal:bias", "nobias", "position");
    expect_bad("dropout", "dropout:RATE", "position");
    expect_bad("dropout:1.5", "position", "expected");
    expect_bad("elu:x", "position", "expected");
    expect_bad("relu:1", "expected relu", "position");
    expect_bad("3*(relu", "position 1", "')'");
    expect_bad("relu )", "position 6", "')'");
    expect_bad("0*(relu)", "position 1", "repetitions");
    expect_bad("3*()", "position", "expected a layer");
    expect_bad("", "expected a layer", "nothing");
    expect_bad("9999*(9999*(relu))", "at most 9999 layers", "position");
    expect_bad("3*relu", "N*(", "position");
    expect_bad("rrelu:0.5:0.1", "position", "0.5");
}
END_TEST

START_TEST(random_text_never_crashes_the_parser)
{
    static const char letters[] = "dense:1023 relu*()batchnormtanh.e-:";
    gp_random r = gp_random_new(11);
    for (int k = 0; k < 3000; k++) {
        char text[64];
        size_t n = gp_random_below(&r, sizeof text - 1);
        for (size_t i = 0; i < n; i++)
            text[i] = letters[gp_random_below(&r, sizeof letters - 1)];
        text[n] = '\0';
        gp_error error = {""};
        gp_network *net = gp_network_new(3, 1, &error);
        if (gp_network_parse(net, text, &error) != GP_OK)
            ck_assert_uint_gt(strlen(error.message), 0);
        gp_network_free(net);
    }
}
END_TEST

START_TEST(a_layer_keeps_its_weights_whatever_else_is_in_the_stack)
{
    gp_network *a = parse(4, "dense:5 relu dense:3"), *b = parse(4, "dense:5 tanh dense:3"), *c = parse(4, "dense:5");
    ck_assert_mem_eq(gp_network_layer(a, 0)->parameter[0].value.at, gp_network_layer(c, 0)->parameter[0].value.at, 5 * sizeof(gp_real));
    ck_assert_mem_eq(gp_network_layer(a, 2)->parameter[0].value.at, gp_network_layer(b, 2)->parameter[0].value.at, 3 * sizeof(gp_real));
    gp_network_free(a);
    gp_network_free(b);
    gp_network_free(c);
}
END_TEST

/* 1203 samples, so in three batches: the probabilities are the softmax of the logits, the class is the largest. */
START_TEST(predictions_are_the_softmax_of_the_logits)
{
    enum { SAMPLES = 1203 };
    gp_network *net = parse(4, "dense:6:he_normal dropout:0.5 batchnorm tanh dense:3");
    gp_matrix x, p, expected;
    gp_error error = {""};
    gp_label *classes = malloc(SAMPLES * sizeof *classes);
    gp_random r = gp_random_new(5);
    gp_matrix_new(&x, SAMPLES, 4, NULL);
    gp_matrix_new(&p, SAMPLES, 3, NULL);
    gp_matrix_new(&expected, SAMPLES, 3, NULL);
    gp_random_fill_normal(&r, &x, 0, 2);
    ck_assert_int_eq(gp_predict(net, &x, &p, classes, &error), GP_OK);
    ck_assert_int_eq(gp_network_reserve(net, SAMPLES, NULL), GP_OK);
    gp_softmax(gp_network_forward(net, &x, false), &expected);
    size_t seen[3] = {0};
    for (size_t i = 0; i < SAMPLES; i++) {
        for (size_t j = 0; j < 3; j++) {
            gp_assert_near(gp_at(&p, i, j), gp_at(&expected, i, j), 1e-5);
            ck_assert(gp_at(&p, i, (size_t)classes[i]) >= gp_at(&p, i, j));
        }
        seen[classes[i]]++;
    }
    ck_assert(seen[0] > 0 && seen[1] > 0 && seen[2] > 0);
    gp_label first = classes[0];
    classes[0] = -1;
    ck_assert_int_eq(gp_predict(net, &x, NULL, classes, &error), GP_OK);
    ck_assert_int_eq(classes[0], first);
    gp_matrix narrow = gp_matrix_rows(&p, 0, 7), few = gp_matrix_rows(&x, 0, 7), none = gp_matrix_rows(&x, 0, 0);
    ck_assert_int_eq(gp_predict(net, &few, &narrow, NULL, &error), GP_OK);
    ck_assert_int_eq(gp_predict(net, &none, NULL, classes, &error), GP_OK);
    ck_assert_int_eq(gp_predict(net, &narrow, NULL, classes, &error), GP_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "samples of 4 numbers, found 3"));
    ck_assert_int_eq(gp_predict(net, &few, &p, NULL, &error), GP_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "7 x 3"));
    ck_assert_int_eq(gp_predict(net, &few, &few, NULL, &error), GP_BAD_INPUT);
    gp_network *empty = gp_network_new(4, 1, NULL);
    ck_assert_int_eq(gp_predict(empty, &few, NULL, classes, &error), GP_BAD_INPUT);
    gp_network_free(empty);
    gp_network_free(net);
    gp_matrix_free(&x);
    gp_matrix_free(&p);
    gp_matrix_free(&expected);
    free(classes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network");
    TCase *all = tcase_create("all");
    tcase_add_test(all, the_grammar_repeats_and_nests);
    tcase_add_test(all, every_word_makes_its_layer);
    tcase_add_test(all, errors_name_the_word_the_position_and_the_nearest);
    tcase_add_test(all, random_text_never_crashes_the_parser);
    tcase_add_test(all, a_layer_keeps_its_weights_whatever_else_is_in_the_stack);
    tcase_add_test(all, predictions_are_the_softmax_of_the_logits);
    suite_add_tcase(suite, all);
    return gp_run_suite(suite);
}
