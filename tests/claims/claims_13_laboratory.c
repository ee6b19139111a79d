/* What chapter 7 says and the library can show at once. */
#include "gradient.h"
#include "support.h"
#include <unistd.h>

static gp_network *network_of(const char *text, size_t inputs)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(inputs, 1, &error);
    ck_assert_msg(net && gp_network_parse(net, text, &error) == GP_OK, "%s", error.message);
    return net;
}

/* One row of each class a batch; the mean square of the gradient grows by about pi / (pi - 1) a layer towards the input. */
START_TEST(claim_deep_batch_normalization_explodes_backward)
{
    enum { DEPTH = 12, BATCH = 64 };
    gp_error error = {""};
    gp_network *net = network_of("12*(dense:128:he_normal:nobias batchnorm relu) dense:10", 64);
    gp_matrix x;
    gp_label labels[BATCH];
    gp_random r = gp_random_new(5);
    ck_assert_int_eq(gp_matrix_new(&x, BATCH, 64, &error), GP_OK);
    gp_random_fill_normal(&r, &x, 0, 1);
    for (int i = 0; i < BATCH; i++)
        labels[i] = (gp_label)(i % 10);
    ck_assert_int_eq(gp_network_reserve(net, BATCH, &error), GP_OK);
    gp_network_gradients(net, &x, labels);
    double square[2] = {0, 0};
    for (int end = 0; end < 2; end++) { /* behind the first normalization but one, and behind the last */
        const gp_matrix *d = gp_network_output_gradient(net, end == 0 ? 3 : 3 * DEPTH - 3);
        for (size_t i = 0; i < d->rows; i++)
            for (size_t j = 0; j < d->cols; j++)
                square[end] += (double)gp_row(d, i)[j] * (double)gp_row(d, i)[j];
    }
    double growth = pow(square[0] / square[1], 1.0 / (DEPTH - 2));
    ck_assert_msg(growth > 1.25 && growth < 1.7, "the mean square grows by %g a layer", growth);
    gp_matrix_free(&x);
    gp_network_free(net);
}
END_TEST

/* A checkpoint whose metadata ask for the impossible: refused, in words, without a stop. */
static void expect_refused(const char *inputs, const char *specification, const char *words)
{
    char header[1024], name[] = "/tmp/gp-checkpoint-XXXXXX";
    int length = snprintf(header, sizeof header,
        "{\"__metadata__\":{\"format\":\"gradient-problem 1\",\"specification\":\"%s\",\"inputs\":\"%s\",\"network_seed\":\"1\","
        "\"random_position\":\"0\",\"seed\":\"1\",\"batch\":\"32\",\"samples\":\"1\",\"epoch\":\"1\"}}", specification, inputs);
    int file = mkstemp(name);
    ck_assert_int_ge(file, 0);
    FILE *f = fdopen(file, "wb");
    for (int i = 0; i < 8; i++)
        fputc((int)((uint64_t)length >> 8 * i & 255), f);
    fputs(header, f);
    fclose(f);
    gp_checkpoint_metadata notes;
    gp_error error = {""};
    gp_network *net = gp_checkpoint_load(name, &notes, NULL, &error);
    remove(name);
    ck_assert_msg(net == NULL && strstr(error.message, words), "\"%s\" does not hold \"%s\"", error.message, words);
}

START_TEST(a_checkpoint_may_ask_for_the_impossible)
{
    expect_refused("0", "dense:3", "inputs");
    expect_refused("-1", "dense:3", "inputs");
    expect_refused("1152921504606846976", "dense:16", "inputs");
    expect_refused("268435456", "dense:16", "parameters");
    expect_refused("3", "relq", "relu");
    expect_refused("3", "9999*(9999*(dense:1000))", "specification");
    expect_refused("3", "dense:3", "parameters");
    expect_refused("3", "prelu", "parameters");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("claims_7_laboratory");
    TCase *all = tcase_create("claims");
    tcase_add_test(all, claim_deep_batch_normalization_explodes_backward);
    tcase_add_test(all, a_checkpoint_may_ask_for_the_impossible);
    suite_add_tcase(suite, all);
    return gp_run_suite(suite);
}
