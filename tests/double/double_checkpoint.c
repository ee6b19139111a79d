/* Checkpoints of the library in double: their own type of number, every bit of it, and no float in its place. */
#define _GNU_SOURCE
#include "files.h"
#include "gradient.h"

static char folder[64], path[128];

static void begin(void)
{
    gp_new_folder(folder);
    snprintf(path, sizeof path, "%s/net", folder);
}

static void end(void)
{
    gp_remove_folder(folder);
}

START_TEST(every_bit_of_a_double_comes_back)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(3, 1, &error);
    ck_assert_int_eq(gp_network_parse(net, "dense:5:he_normal leaky_relu:0.1 batchnorm dense:2", &error), GP_OK);
    gp_optimizer *adam = gp_optimizer_new(net, gp_adam(0), &error), *back;
    gp_row(gp_optimizer_state(adam, 0, 1), 2)[4] = 1.0 / 3;
    ck_assert_msg(gp_checkpoint_save(path, net, adam, NULL, &error) == GP_OK, "%s", error.message);
    gp_network *again = gp_checkpoint_load(path, NULL, &back, &error);
    ck_assert_msg(again != NULL, "%s", error.message);
    size_t compared = 0;
    gp_walk x = gp_chain_walk(gp_network_chain(net)), y = gp_chain_walk(gp_network_chain(again));
    for (; gp_walk_parameter(&x) && gp_walk_parameter(&y); compared++)
        for (size_t i = 0; i < x.parameter->value.rows; i++)
            ck_assert_mem_eq(gp_row(&x.parameter->value, i), gp_row(&y.parameter->value, i), x.parameter->value.cols * sizeof(gp_real));
    ck_assert_uint_eq(compared, 8);
    ck_assert(gp_row(gp_optimizer_state(back, 0, 1), 2)[4] == 1.0 / 3);
    gp_optimizer_free(adam);
    gp_optimizer_free(back);
    gp_network_free(net);
    gp_network_free(again);
}
END_TEST

static void write_file(const char *type, const void *numbers, size_t size)
{
    char header[512];
    int length = snprintf(header, sizeof header,
        "{\"__metadata__\":{\"format\":\"gradient-problem 2\",\"specification\":\"dense:1:nobias\",\"inputs\":\"1\"},"
        "\"0.dense.kernel\":{\"dtype\":\"%s\",\"shape\":[1,1],\"data_offsets\":[0,%zu]}}", type, size);
    FILE *f = fopen(path, "wb");
    for (int i = 0; i < 8; i++)
        fputc(length >> 8 * i % 32 & (i < 4 ? 255 : 0), f);
    fputs(header, f);
    ck_assert_uint_eq(fwrite(numbers, 1, size, f), size);
    ck_assert_int_eq(fclose(f), 0);
}

START_TEST(numbers_are_eight_bytes_lowest_first)
{
    static const uint8_t one[8] = {0, 0, 0, 0, 0, 0, 0xf8, 0xbf};
    gp_error error = {""};
    write_file("F64", one, 8);
    gp_network *net = gp_checkpoint_load(path, NULL, NULL, &error);
    ck_assert_msg(net != NULL, "%s", error.message);
    ck_assert(gp_row(&gp_network_layer(net, 0)->parameter[0].value, 0)[0] == -1.5);
    gp_network_free(net);
}
END_TEST

START_TEST(a_file_of_floats_is_refused)
{
    static const uint8_t two[8] = {0, 0, 0, 0, 0, 0, 0xc0, 0xbf};
    gp_error error = {""};
    write_file("F32", two + 4, 4);
    ck_assert_ptr_null(gp_checkpoint_load(path, NULL, NULL, &error));
    ck_assert_ptr_nonnull(strstr(error.message, "expected"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("double_checkpoint");
    TCase *files = tcase_create("files");
    tcase_add_checked_fixture(files, begin, end);
    tcase_add_test(files, every_bit_of_a_double_comes_back);
    tcase_add_test(files, numbers_are_eight_bytes_lowest_first);
    tcase_add_test(files, a_file_of_floats_is_refused);
    suite_add_tcase(suite, files);
    return gp_run_suite(suite);
}
