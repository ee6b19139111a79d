#include "dataset.h"
#include "files.h"

static char folder[64];

static void begin(void)
{
    gp_new_folder(folder);
    gp_write_dataset(folder, ".gz");
}

static void end(void)
{
    gp_remove_folder(folder);
}

/* Opening must fail as bad input, with every one of the words in the message. */
static void expect_bad(const char *name, const char *const words[])
{
    gp_dataset data;
    gp_error error = {""};
    ck_assert_int_eq(gp_dataset_open(&data, name, 1, &error), GP_BAD_INPUT);
    for (int i = 0; words[i]; i++)
        ck_assert_msg(strstr(error.message, words[i]) != NULL, "\"%s\" does not hold \"%s\"", error.message, words[i]);
}

#define expect(name, ...) expect_bad(name, (const char *const[]){__VA_ARGS__, NULL})

START_TEST(a_folder_is_read_and_standardized)
{
    gp_dataset data;
    gp_error error;
    ck_assert_msg(gp_dataset_open(&data, folder, 1, &error) == GP_OK, "%s", error.message);
    ck_assert_uint_eq(data.features, 6);
    ck_assert_uint_eq(data.classes, 3);
    ck_assert_uint_eq(data.train.count + data.validation.count, 60);
    ck_assert_uint_eq(data.validation.count, 5);
    ck_assert_uint_eq(data.test.count, 12);
    for (size_t j = 0; j < 6; j++) {
        double sum = 0, squares = 0, n = (double)data.train.count;
        for (size_t i = 0; i < data.train.count; i++) {
            double x = (double)gp_row(&data.train.x, i)[j];
            sum += x;
            squares += x * x;
        }
        gp_assert_near(sum / n, 0, 1e-5);
        gp_assert_near(squares / n, 1, 1e-5);
    }
    /* the first test image has the first training image's pixels, measured by the training set */
    double raw = 13, mean = (double)data.mean.at[1], deviation = (double)data.deviation.at[1];
    gp_assert_near(gp_row(&data.test.x, 0)[1], (raw - mean) / deviation, 1e-5);
    gp_assert_near(gp_row(&data.validation.x, 0)[1], (raw - mean) / deviation, 1e-5);
    ck_assert_int_eq(data.train.labels[0], 5 % 3);
    gp_dataset_free(&data);
}
END_TEST

START_TEST(plain_files_are_read_as_well)
{
    char plain[64];
    gp_dataset a, b;
    gp_error error;
    gp_new_folder(plain);
    gp_write_dataset(plain, "");
    ck_assert_int_eq(gp_dataset_open(&a, folder, 1, &error), GP_OK);
    ck_assert_int_eq(gp_dataset_open(&b, plain, 1, &error), GP_OK);
    for (size_t i = 0; i < a.train.count; i++)
        ck_assert_mem_eq(gp_row(&a.train.x, i), gp_row(&b.train.x, i), 6 * sizeof(gp_real));
    gp_dataset_free(&a);
    gp_dataset_free(&b);
    gp_remove_folder(plain);
}
END_TEST

START_TEST(what_is_not_there)
{
    char path[128];
    expect("no-such-data-set", "no-such-data-set", "expected");
    snprintf(path, sizeof path, "%s/train-images-idx3-ubyte.gz", folder);
    expect(path, "folder", "file");
    remove(path);
    expect(folder, "train-images-idx3-ubyte", "found neither");
}
END_TEST

START_TEST(a_wrong_magic)
{
    uint8_t bytes[1024];
    size_t size = gp_idx_images(bytes, 60);
    gp_put32(bytes, 0x802);
    gp_write(folder, "train-images-idx3-ubyte.gz", bytes, size);
    expect(folder, "train-images-idx3-ubyte", "byte 0", "expected", "found");
}
END_TEST

START_TEST(counts_that_lie)
{
    uint8_t bytes[1024];
    size_t size = gp_idx_images(bytes, 60);
    gp_put32(bytes + 4, 61); /* more than there are */
    gp_write(folder, "train-images-idx3-ubyte.gz", bytes, size);
    expect(folder, "train-images-idx3-ubyte", "byte", "expected", "found");
    gp_put32(bytes + 4, 59); /* fewer than there are */
    gp_write(folder, "train-images-idx3-ubyte.gz", bytes, size);
    expect(folder, "train-images-idx3-ubyte", "byte", "expected", "found");
    size = gp_idx_labels(bytes, 59); /* labels that do not match the images */
    gp_write_dataset(folder, ".gz");
    gp_write(folder, "train-labels-idx1-ubyte.gz", bytes, size);
    expect(folder, "train-labels-idx1-ubyte", "expected", "found");
}
END_TEST

START_TEST(absurd_sizes)
{
    static const uint32_t sizes[][3] = {{0xffffffff, 2, 3}, {60, 0xffffffff, 3}, {60, 2, 0xffffffff},
                                        {0x1000000, 4096, 4096}, {0, 2, 3}, {60, 0, 3}};
    uint8_t bytes[1024];
    size_t size = gp_idx_images(bytes, 60);
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        for (int i = 0; i < 3; i++)
            gp_put32(bytes + 4 + 4 * i, sizes[k][i]);
        gp_write(folder, "train-images-idx3-ubyte.gz", bytes, size);
        expect(folder, "train-images-idx3-ubyte", "byte", "expected", "found");
    }
}
END_TEST

/* Cut off after every number of bytes, plain: each must be refused. */
START_TEST(truncated_anywhere)
{
    uint8_t bytes[1024];
    char path[128];
    size_t size = gp_idx_images(bytes, 60);
    snprintf(path, sizeof path, "%s/train-images-idx3-ubyte.gz", folder);
    remove(path);
    for (size_t cut = 0; cut < size; cut += cut < 20 ? 1 : 37) {
        gp_write(folder, "train-images-idx3-ubyte", bytes, cut);
        expect(folder, "train-images-idx3-ubyte", "expected", "found");
    }
}
END_TEST

START_TEST(a_broken_compressed_file)
{
    uint8_t bytes[4096];
    char path[128];
    snprintf(path, sizeof path, "%s/train-images-idx3-ubyte.gz", folder);
    FILE *file = fopen(path, "rb");
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    ck_assert_uint_gt(size, 40);
    for (size_t cut = 1; cut < size; cut += 5) {
        file = fopen(path, "wb");
        fwrite(bytes, 1, cut, file);
        fclose(file);
        expect(folder, "train-images-idx3-ubyte.gz");
    }
    for (size_t k = 18; k < size; k += 3) { /* a flipped byte is caught by the checksum at the latest */
        bytes[k] ^= 0x55;
        file = fopen(path, "wb");
        fwrite(bytes, 1, size, file);
        fclose(file);
        bytes[k] ^= 0x55;
        gp_dataset data;
        gp_error error;
        if (gp_dataset_open(&data, folder, 1, &error) == GP_OK)
            gp_dataset_free(&data); /* only where the byte means nothing */
    }
    file = fopen(path, "wb");
    fputs("this is no compressed file", file);
    fclose(file);
    expect(folder, "train-images-idx3-ubyte.gz");
}
END_TEST

START_TEST(a_label_out_of_range)
{
    uint8_t bytes[1024];
    size_t size = gp_idx_labels(bytes, 12);
    bytes[11] = 9; /* the training set has three classes */
    gp_write(folder, "t10k-labels-idx1-ubyte.gz", bytes, size);
    expect(folder, "t10k-labels-idx1-ubyte", "byte 11", "expected", "found");
}
END_TEST

START_TEST(spirals_are_the_same_for_a_seed)
{
    gp_dataset a, b, c;
    gp_error error;
    ck_assert_int_eq(gp_dataset_open(&a, "spirals", 5, &error), GP_OK);
    ck_assert_int_eq(gp_dataset_open(&b, "spirals", 5, &error), GP_OK);
    ck_assert_int_eq(gp_dataset_open(&c, "spirals", 6, &error), GP_OK);
    ck_assert_mem_eq(gp_row(&a.train.x, 7), gp_row(&b.train.x, 7), 2 * sizeof(gp_real));
    ck_assert_mem_ne(gp_row(&a.train.x, 7), gp_row(&c.train.x, 7), 2 * sizeof(gp_real));
    ck_assert_uint_eq(a.features, 2);
    gp_dataset_limit(&a, 10);
    ck_assert_uint_eq(a.train.count, 10);
    gp_dataset_free(&a);
    gp_dataset_free(&b);
    gp_dataset_free(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dataset");
    TCase *files = tcase_create("files");
    tcase_add_checked_fixture(files, begin, end);
    tcase_add_test(files, a_folder_is_read_and_standardized);
    tcase_add_test(files, plain_files_are_read_as_well);
    tcase_add_test(files, what_is_not_there);
    tcase_add_test(files, a_wrong_magic);
    tcase_add_test(files, counts_that_lie);
    tcase_add_test(files, absurd_sizes);
    tcase_add_test(files, truncated_anywhere);
    tcase_add_test(files, a_broken_compressed_file);
    tcase_add_test(files, a_label_out_of_range);
    suite_add_tcase(suite, files);
    TCase *made = tcase_create("made");
    tcase_add_test(made, spirals_are_the_same_for_a_seed);
    suite_add_tcase(suite, made);
    return gp_run_suite(suite);
}
