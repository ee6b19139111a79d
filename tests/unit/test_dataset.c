#define _GNU_SOURCE
#include "dataset.h"
#include "allocations.h"
#include "files.h"
#include "random.h"
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>

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

static void begin_plain(void)
{
    gp_new_folder(folder);
    gp_write_dataset(folder, "");
}

static bool all_zero(const gp_dataset *data)
{
    const unsigned char *byte = (const unsigned char *)data;
    for (size_t i = 0; i < sizeof *data; i++)
        if (byte[i] != 0)
            return false;
    return true;
}

/* Opening must fail as bad input, with every one of the words in the message, and leave nothing. */
static void expect_bad(const char *name, const char *const words[])
{
    gp_dataset data;
    gp_error error = {""};
    ck_assert_int_eq(gp_dataset_open(&data, name, 1, &error), GP_BAD_INPUT);
    ck_assert(all_zero(&data));
    for (int i = 0; words[i]; i++)
        ck_assert_msg(strstr(error.message, words[i]) != NULL, "\"%s\" does not hold \"%s\"", error.message, words[i]);
}

#define expect(name, ...) expect_bad(name, (const char *const[]){__VA_ARGS__, NULL})

static void open_well(gp_dataset *data, const char *name)
{
    gp_error error = {""};
    ck_assert_msg(gp_dataset_open(data, name, 1, &error) == GP_OK, "%s", error.message);
}

/* What gp_idx_images writes: pixel k of image i. */
static double raw(size_t i, size_t k)
{
    return (double)((7 * i + 13 * k) % 251);
}

/* Every number of the set against mean and deviation computed here; its first image is number `first` of the file. */
static void same_as_raw(const gp_dataset *data, const gp_samples *s, size_t first, const double mean[6], const double deviation[6])
{
    ck_assert_uint_eq(s->x.cols, 6);
    ck_assert_uint_eq(s->x.rows, s->count);
    for (size_t i = 0; i < s->count; i++) {
        ck_assert_int_eq(s->labels[i], (int)((first + i) % 3));
        for (size_t k = 0; k < 6; k++)
            gp_assert_near(gp_row(&s->x, i)[k], (raw(first + i, k) - mean[k]) / deviation[k], 1e-5);
    }
    ck_assert_uint_eq(data->features, 6);
}

START_TEST(a_folder_is_read_and_standardized_by_its_training_set)
{
    gp_dataset data;
    open_well(&data, folder);
    double mean[6] = {0}, deviation[6] = {0};
    for (size_t k = 0; k < 6; k++) {
        for (size_t i = 5; i < 60; i++) /* the first twelfth is held back for validation */
            mean[k] += raw(i, k) / 55;
        for (size_t i = 5; i < 60; i++)
            deviation[k] += (raw(i, k) - mean[k]) * (raw(i, k) - mean[k]) / 55;
        deviation[k] = sqrt(deviation[k]);
        gp_assert_near(data.mean.at[k], mean[k], 1e-6);
        gp_assert_near(data.deviation.at[k], deviation[k], 1e-6);
    }
    ck_assert_str_eq(data.name, folder);
    ck_assert_uint_eq(data.classes, 3);
    ck_assert_ptr_null(data.class_names);
    ck_assert_uint_eq(data.train.count, 55);
    ck_assert_uint_eq(data.validation.count, 5);
    ck_assert_uint_eq(data.test.count, 12);
    same_as_raw(&data, &data.validation, 0, mean, deviation);
    same_as_raw(&data, &data.train, 5, mean, deviation);
    same_as_raw(&data, &data.test, 0, mean, deviation);
    gp_dataset_free(&data);
    ck_assert(all_zero(&data));
    gp_dataset_free(&data); /* a second time does nothing */
}
END_TEST

/* Rewrites one of the plain files; `change` gets the bytes. */
static void rewrite(const char *name, void (*change)(uint8_t *bytes, size_t *size))
{
    static uint8_t bytes[4096];
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    change(bytes, &size);
    gp_write(folder, name, bytes, size);
}

static void constant_pixel(uint8_t *bytes, size_t *size)
{
    for (size_t at = 16 + 2; at < *size; at += 6)
        bytes[at] = 77;
}

START_TEST(a_pixel_that_never_changes_is_shifted_to_zero_and_not_divided)
{
    gp_dataset data;
    rewrite("train-images-idx3-ubyte", constant_pixel);
    open_well(&data, folder);
    ck_assert(data.mean.at[2] == 77);
    ck_assert(data.deviation.at[2] == 1);
    for (size_t i = 0; i < data.train.count; i++)
        ck_assert(gp_row(&data.train.x, i)[2] == 0);
    for (size_t i = 0; i < data.test.count; i++) /* the test images' pixel does change */
        gp_assert_near(gp_row(&data.test.x, i)[2], raw(i, 2) - 77, 1e-6);
    gp_dataset_free(&data);
}
END_TEST

static void turned(uint8_t *bytes, size_t *size)
{
    (void)size;
    gp_put32(bytes + 8, 3);
    gp_put32(bytes + 12, 2);
}

static void flat(uint8_t *bytes, size_t *size)
{
    (void)size;
    gp_put32(bytes + 8, 6);
    gp_put32(bytes + 12, 1);
}

START_TEST(test_images_with_other_sides_are_refused_though_they_have_as_many_pixels)
{
    rewrite("t10k-images-idx3-ubyte", turned);
    expect(folder, folder, "expected test images of 2 x 3 pixels", "found 3 x 2");
    rewrite("t10k-images-idx3-ubyte", flat);
    expect(folder, "found 6 x 1");
}
END_TEST

static void write_set(const char *prefix, uint32_t count, uint8_t classes)
{
    uint8_t bytes[4096];
    char name[64];
    snprintf(name, sizeof name, "%s-images-idx3-ubyte", prefix);
    gp_write(folder, name, bytes, gp_idx_images(bytes, count));
    snprintf(name, sizeof name, "%s-labels-idx1-ubyte", prefix);
    size_t size = gp_idx_labels(bytes, count);
    for (size_t i = 8; i < size; i++)
        bytes[i] = (uint8_t)(bytes[i] % classes);
    gp_write(folder, name, bytes, size);
}

START_TEST(twelve_training_images_are_enough_and_eleven_are_not)
{
    gp_dataset data;
    write_set("train", 12, 3);
    open_well(&data, folder);
    ck_assert_uint_eq(data.train.count, 11);
    ck_assert_uint_eq(data.validation.count, 1);
    gp_dataset_free(&data);
    write_set("train", 11, 3);
    expect(folder, "expected 12 training images of 2 classes at least", "found 11 of 3");
}
END_TEST

START_TEST(one_class_is_not_enough)
{
    gp_dataset data;
    write_set("train", 60, 1);
    write_set("t10k", 12, 1);
    expect(folder, "2 classes at least", "found 60 of 1");
    write_set("train", 60, 2);
    open_well(&data, folder);
    ck_assert_uint_eq(data.classes, 2);
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

/* Only the answer of this call counts, not an error that somebody had before. */
START_TEST(an_old_error_is_not_this_one)
{
    gp_dataset data;
    char plain[64];
    gp_new_folder(plain);
    gp_write_dataset(plain, "");
    errno = ENOENT;
    open_well(&data, plain);
    gp_dataset_free(&data);
    gp_remove_folder(plain);
}
END_TEST

START_TEST(what_is_not_there)
{
    char path[128];
    expect("no-such-data-set", "no-such-data-set", "expected fashion-mnist, spirals or a folder", "found no such data set");
    snprintf(path, sizeof path, "%s/train-images-idx3-ubyte.gz", folder);
    expect(path, "expected fashion-mnist, spirals or a folder", "found a file");
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

/* Each of the four bytes of a magic counts. */
START_TEST(every_byte_of_the_magic_is_compared)
{
    uint8_t bytes[1024];
    for (int at = 0; at < 4; at++) {
        size_t size = gp_idx_images(bytes, 60);
        bytes[at] ^= 0x10;
        gp_write(folder, "train-images-idx3-ubyte", bytes, size);
        char found[32];
        snprintf(found, sizeof found, "found %02x %02x %02x %02x", bytes[0], bytes[1], bytes[2], bytes[3]);
        expect(folder, "train-images-idx3-ubyte: byte 0", "expected magic 00 00 08 03", found);
    }
    gp_write(folder, "train-images-idx3-ubyte", bytes, gp_idx_labels(bytes, 60)); /* labels in the place of images */
    expect(folder, "expected magic 00 00 08 03", "found 00 00 08 01");
    gp_write_dataset(folder, "");
    gp_write(folder, "t10k-labels-idx1-ubyte", bytes, gp_idx_images(bytes, 12));
    expect(folder, "t10k-labels-idx1-ubyte: byte 0", "expected magic 00 00 08 01", "found 00 00 08 03");
}
END_TEST

/* The limits themselves are allowed: then the file is too short, and nothing was allocated for what it promised. */
START_TEST(limits_are_sharp)
{
    static const struct {
        uint32_t size[3];
        const char *place, *expected, *found;
    } cases[] = {
        {{1 << 24, 1, 1}, "byte 16", "bytes of pixels", "360, then the end"},
        {{(1 << 24) + 1, 1, 1}, "byte 4", "a count of images from 1 to 16777216", "found 16777217"},
        {{0, 2, 3}, "byte 4", "a count of images from 1 to", "found 0"},
        {{1, 4096, 1}, "byte 16", "4096 bytes of pixels", "360, then the end"},
        {{1, 4097, 1}, "byte 8", "a count of rows from 1 to 4096", "found 4097"},
        {{1, 0, 1}, "byte 8", "a count of rows", "found 0"},
        {{1, 1, 4096}, "byte 16", "4096 bytes of pixels", "360, then the end"},
        {{1, 1, 4097}, "byte 12", "a count of columns from 1 to 4096", "found 4097"},
        {{1, 1, 0}, "byte 12", "a count of columns", "found 0"},
        {{64, 4096, 4096}, "byte 16", "bytes of pixels", "360, then the end"},
        {{65, 4096, 4096}, "byte 4", "at most 1073741824 pixels in all", "found more"},
    };
    uint8_t bytes[1024];
    size_t size = gp_idx_images(bytes, 60);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        for (int i = 0; i < 3; i++)
            gp_put32(bytes + 4 + 4 * i, cases[k].size[i]);
        gp_write(folder, "train-images-idx3-ubyte", bytes, size);
        expect(folder, "train-images-idx3-ubyte", cases[k].place, cases[k].expected, cases[k].found);
    }
}
END_TEST

START_TEST(a_byte_too_many_is_refused)
{
    uint8_t bytes[1024];
    size_t size = gp_idx_images(bytes, 60);
    bytes[size] = 1;
    gp_write(folder, "train-images-idx3-ubyte", bytes, size + 1);
    expect(folder, "train-images-idx3-ubyte: byte 376", "the end of the file", "more bytes than the header promised");
    gp_write_dataset(folder, "");
    size = gp_idx_labels(bytes, 12);
    bytes[size] = 1;
    gp_write(folder, "t10k-labels-idx1-ubyte", bytes, size + 1);
    expect(folder, "t10k-labels-idx1-ubyte: byte 20", "more bytes than the header promised");
}
END_TEST

START_TEST(labels_of_another_number_are_refused)
{
    uint8_t bytes[1024];
    gp_write(folder, "train-labels-idx1-ubyte", bytes, gp_idx_labels(bytes, 61));
    expect(folder, "train-labels-idx1-ubyte: byte 4", "expected 60 labels as there are images", "found 61");
    gp_write(folder, "train-labels-idx1-ubyte", bytes, gp_idx_labels(bytes, 59));
    expect(folder, "found 59");
}
END_TEST

START_TEST(a_test_label_beyond_the_training_set_s_classes_is_refused_with_its_place)
{
    uint8_t bytes[1024];
    size_t size = gp_idx_labels(bytes, 12);
    bytes[8 + 3] = 3;
    gp_write(folder, "t10k-labels-idx1-ubyte", bytes, size);
    expect(folder, "t10k-labels-idx1-ubyte: byte 11", "expected a label below 3", "found 3");
}
END_TEST

START_TEST(an_empty_file_and_a_folder_in_its_place)
{
    char path[128];
    gp_write(folder, "t10k-images-idx3-ubyte", "", 0);
    expect(folder, "t10k-images-idx3-ubyte: byte 0", "an IDX header", "an empty file");
    snprintf(path, sizeof path, "%s/t10k-images-idx3-ubyte", folder);
    remove(path);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    expect(folder, "t10k-images-idx3-ubyte: byte 0", "expected a file", "found a folder");
    rmdir(path);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    expect(folder, "expected a file", "found something else");
    remove(path);
    ck_assert_int_eq(symlink(path, path), 0); /* a link to itself */
    expect(folder, "t10k-images-idx3-ubyte: ", strerror(ELOOP));
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_is_told_in_the_system_s_words)
{
    struct rlimit usual, none;
    gp_dataset data;
    gp_error error = {""};
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &usual), 0);
    none = usual;
    none.rlim_cur = 0; /* no more files, until the limit is the usual one again */
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    gp_status s = gp_dataset_open(&data, folder, 1, &error);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &usual), 0);
    ck_assert_int_eq(s, GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "train-images-idx3-ubyte: cannot be opened: ") && strstr(error.message, strerror(EMFILE)), "%s",
                  error.message);
}
END_TEST

/* The plain file is taken where both are there; a name that ends in .gz must be compressed. */
START_TEST(a_compressed_file_counts_only_where_the_plain_one_is_missing)
{
    gp_dataset data;
    char path[128];
    gp_write(folder, "train-images-idx3-ubyte.gz", "no images", 9);
    open_well(&data, folder);
    gp_dataset_free(&data);
    uint8_t bytes[1024];
    size_t size = gp_idx_images(bytes, 60);
    snprintf(path, sizeof path, "%s/train-images-idx3-ubyte", folder);
    remove(path);
    strcat(path, ".gz");
    FILE *file = fopen(path, "wb");
    fwrite(bytes, 1, size, file); /* right, but not compressed */
    fclose(file);
    expect(folder, "train-images-idx3-ubyte.gz: byte 0", "expected gzip data (1f 8b)", "found something else");
}
END_TEST

/* More pixels than the first chunk of a mebibyte, and than twice as many. */
START_TEST(a_large_file_is_read_to_its_last_byte)
{
    enum { COUNT = 3000, SIDE = 28 };
    static uint8_t images[16 + COUNT * SIDE * SIDE], labels[8 + COUNT];
    gp_dataset data;
    size_t pixels = COUNT * SIDE * SIDE;
    gp_put32(images, 0x803), gp_put32(images + 4, COUNT), gp_put32(images + 8, SIDE), gp_put32(images + 12, SIDE);
    for (size_t i = 0; i < pixels; i++)
        images[16 + i] = (uint8_t)(i * 2654435761u >> 24);
    gp_put32(labels, 0x801), gp_put32(labels + 4, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        labels[8 + i] = (uint8_t)(i % 7);
    static const char *const prefix[] = {"train", "t10k"};
    for (int k = 0; k < 2; k++) {
        char name[64];
        snprintf(name, sizeof name, "%s-images-idx3-ubyte", prefix[k]);
        gp_write(folder, name, images, sizeof images);
        snprintf(name, sizeof name, "%s-labels-idx1-ubyte", prefix[k]);
        gp_write(folder, name, labels, sizeof labels);
    }
    open_well(&data, folder);
    ck_assert_uint_eq(data.train.count, 2750);
    ck_assert_uint_eq(data.classes, 7);
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < SIDE * SIDE; j++) {
            double x = (double)gp_row(&data.test.x, i)[j] * (double)data.deviation.at[j] + (double)data.mean.at[j];
            wrong += fabs(x - images[16 + i * SIDE * SIDE + j]) < 1e-3 ? 0u : 1u;
        }
    ck_assert_uint_eq(wrong, 0);
    gp_dataset_free(&data);
}
END_TEST

START_TEST(a_long_path_is_not_cut_off)
{
    gp_dataset data;
    char deep[2048], command[4400];
    size_t length = (size_t)snprintf(deep, sizeof deep, "%s", folder);
    for (int k = 0; k < 6; k++)
        length += (size_t)snprintf(deep + length, sizeof deep - length, "/%0100d", k);
    snprintf(command, sizeof command, "mkdir -p %s && cp %s/*ubyte %s", deep, folder, deep);
    ck_assert_int_eq(system(command), 0);
    open_well(&data, deep);
    ck_assert_str_eq(data.name, deep);
    gp_dataset_free(&data);
}
END_TEST

START_TEST(a_path_that_does_not_fit_is_an_error_and_not_another_path)
{
    char name[5000];
    memset(name, '/', sizeof name);
    memcpy(name, folder, strlen(folder));
    name[4096] = '\0';
    expect(name, folder, "expected a name of less than 4096 characters", "found 4096");
    name[4095] = '\0'; /* the system itself allows no more */
    expect(name, folder, "expected");
    name[4080] = '\0'; /* the folder can be named, its files cannot */
    expect(name, folder, "expected a path of less than 4096 characters", "found one of 4104");
}
END_TEST

/* Every allocation of opening a compressed folder fails once. Nobody is told that a good file is bad. */
static void fail_everywhere(const char *name)
{
    gp_dataset data;
    long failures = 0;
    gp_dataset_default(); /* what the C library keeps for itself is there */
    for (long n = 0; GP_COUNTS_ALLOCATIONS; n++) {
        gp_error error = {""};
        long held = gp_allocated;
        gp_fail_allocation((size_t)n + 1);
        gp_status s = gp_dataset_open(&data, name, 1, &error);
        bool all_done = !gp_allocation_failed;
        gp_fail_allocation(0);
        if (s != GP_OK) {
            ck_assert_msg(s == GP_NO_MEMORY && strstr(error.message, "memory"), "allocation %ld: %s", n, error.message);
            ck_assert_ptr_null(strstr(error.message, "expected"));
            ck_assert(all_zero(&data));
            failures++;
        }
        gp_dataset_free(&data);
        long left = gp_allocated - held;
        ck_assert_msg(left == 0, "allocation %ld: %ld left", n, left);
        if (all_done)
            break;
    }
    ck_assert_msg(!GP_COUNTS_ALLOCATIONS || failures > 8, "%ld allocations failed", failures);
}

START_TEST(an_allocation_that_fails_is_told_as_that)
{
    fail_everywhere(folder);
    fail_everywhere("spirals");
}
END_TEST

START_TEST(the_checksum_of_a_compressed_file_is_compared)
{
    uint8_t bytes[4096];
    char path[128];
    snprintf(path, sizeof path, "%s/t10k-labels-idx1-ubyte.gz", folder);
    FILE *file = fopen(path, "rb");
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    for (size_t k = 1; k <= 8; k++) { /* the checksum and the length stand at the end */
        bytes[size - k] ^= 1;
        file = fopen(path, "wb");
        fwrite(bytes, 1, size, file);
        fclose(file);
        bytes[size - k] ^= 1;
        expect(folder, "t10k-labels-idx1-ubyte.gz: byte ", "expected ", k <= 4 ? "incorrect length check" : "incorrect data check");
    }
}
END_TEST

START_TEST(the_environment_names_the_folder_of_fashion_mnist)
{
    gp_dataset data;
    setenv("GP_DATA", folder, 1);
    ck_assert_str_eq(gp_dataset_default(), "fashion-mnist");
    open_well(&data, "fashion-mnist");
    ck_assert_str_eq(data.name, "fashion-mnist");
    ck_assert_uint_eq(data.features, 6);
    ck_assert_ptr_null(data.class_names); /* three classes are not those of the clothes */
    gp_dataset_free(&data);
    setenv("GP_DATA", "/no/such/folder", 1);
    ck_assert_str_eq(gp_dataset_default(), "spirals");
    expect("fashion-mnist", "/no/such/folder", "dataset-fashion-mnist", "GP_DATA", "spirals");
    setenv("GP_DATA", "", 1); /* counts as none */
    struct stat s;
    bool installed = stat("/usr/share/datasets/fashion-mnist", &s) == 0;
    ck_assert_str_eq(gp_dataset_default(), installed ? "fashion-mnist" : "spirals");
    unsetenv("GP_DATA");
    ck_assert_str_eq(gp_dataset_default(), installed ? "fashion-mnist" : "spirals");
}
END_TEST

static void ten_classes(uint8_t *bytes, size_t *size)
{
    for (size_t i = 8; i < *size; i++)
        bytes[i] = (uint8_t)(i % 10);
}

START_TEST(the_ten_classes_of_fashion_mnist_have_names)
{
    gp_dataset data;
    rewrite("train-labels-idx1-ubyte", ten_classes);
    setenv("GP_DATA", folder, 1);
    open_well(&data, "fashion-mnist");
    ck_assert_str_eq(data.class_names[0], "T-shirt/top");
    ck_assert_str_eq(data.class_names[9], "Ankle boot");
    gp_dataset_free(&data);
    fail_everywhere("fashion-mnist");
    unsetenv("GP_DATA");
}
END_TEST

/* Raw coordinates, from standardized ones. */
static double raw_of(const gp_dataset *data, const gp_samples *s, size_t i, size_t j)
{
    return (double)gp_row(&s->x, i)[j] * (double)data->deviation.at[j] + (double)data->mean.at[j];
}

START_TEST(spirals_follow_their_formula)
{
    gp_dataset data;
    gp_error error;
    ck_assert_int_eq(gp_dataset_open(&data, "spirals", 5, &error), GP_OK);
    const gp_samples *sets[] = {&data.train, &data.validation, &data.test};
    static const size_t counts[] = {3000, 750, 750};
    gp_random root = gp_random_new(5);
    ck_assert_uint_eq(data.features, 2);
    ck_assert_uint_eq(data.classes, 3);
    for (int k = 0; k < 3; k++) {
        gp_random r = gp_random_split(&root, (uint64_t)k + 1);
        ck_assert_uint_eq(sets[k]->count, counts[k]);
        for (size_t i = 0; i < sets[k]->count; i++) {
            double radius = gp_random_uniform(&r), noise = gp_random_normal(&r);
            double angle = 2 * acos(-1) * (double)(i % 3) / 3 + 4 * radius + 0.2 * noise;
            ck_assert_int_eq(sets[k]->labels[i], (int)(i % 3));
            gp_assert_near(raw_of(&data, sets[k], i, 0), radius * sin(angle), 1e-5);
            gp_assert_near(raw_of(&data, sets[k], i, 1), radius * cos(angle), 1e-5);
        }
    }
    for (size_t j = 0; j < 2; j++) { /* the measure is the training set's */
        double sum = 0, squares = 0;
        for (size_t i = 0; i < 3000; i++) {
            double x = (double)gp_row(&data.train.x, i)[j];
            sum += x / 3000, squares += x * x / 3000;
        }
        gp_assert_near(sum, 0, 1e-5);
        gp_assert_near(squares, 1, 1e-5);
    }
    gp_dataset_free(&data);
}
END_TEST

START_TEST(a_limit_cuts_the_training_set_and_nothing_else)
{
    gp_dataset data;
    open_well(&data, folder);
    gp_real first = gp_row(&data.train.x, 0)[0], mean = data.mean.at[0];
    gp_dataset_limit(&data, 0);
    ck_assert_uint_eq(data.train.count, 55);
    gp_dataset_limit(&data, 56);
    ck_assert_uint_eq(data.train.count, 55);
    gp_dataset_limit(&data, 55);
    ck_assert_uint_eq(data.train.count, 55);
    gp_dataset_limit(&data, 10);
    ck_assert_uint_eq(data.train.count, 10);
    ck_assert_uint_eq(data.train.x.rows, 10);
    ck_assert_uint_eq(data.validation.count, 5);
    ck_assert_uint_eq(data.test.count, 12);
    ck_assert(gp_row(&data.train.x, 0)[0] == first && data.mean.at[0] == mean);
    gp_dataset_free(&data);
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
    TCase *files = tcase_create("compressed files");
    tcase_add_checked_fixture(files, begin, end);
    tcase_add_test(files, a_folder_is_read_and_standardized_by_its_training_set);
    tcase_add_test(files, plain_files_are_read_as_well);
    tcase_add_test(files, an_old_error_is_not_this_one);
    tcase_add_test(files, what_is_not_there);
    tcase_add_test(files, a_wrong_magic);
    tcase_add_test(files, counts_that_lie);
    tcase_add_test(files, absurd_sizes);
    tcase_add_test(files, truncated_anywhere);
    tcase_add_test(files, a_broken_compressed_file);
    tcase_add_test(files, a_label_out_of_range);
    tcase_add_test(files, the_checksum_of_a_compressed_file_is_compared);
    tcase_add_test(files, an_allocation_that_fails_is_told_as_that);
    suite_add_tcase(suite, files);
    TCase *plain = tcase_create("plain files");
    tcase_add_checked_fixture(plain, begin_plain, end);
    tcase_add_test(plain, a_folder_is_read_and_standardized_by_its_training_set);
    tcase_add_test(plain, a_pixel_that_never_changes_is_shifted_to_zero_and_not_divided);
    tcase_add_test(plain, test_images_with_other_sides_are_refused_though_they_have_as_many_pixels);
    tcase_add_test(plain, twelve_training_images_are_enough_and_eleven_are_not);
    tcase_add_test(plain, one_class_is_not_enough);
    tcase_add_test(plain, every_byte_of_the_magic_is_compared);
    tcase_add_test(plain, limits_are_sharp);
    tcase_add_test(plain, a_byte_too_many_is_refused);
    tcase_add_test(plain, labels_of_another_number_are_refused);
    tcase_add_test(plain, a_test_label_beyond_the_training_set_s_classes_is_refused_with_its_place);
    tcase_add_test(plain, an_empty_file_and_a_folder_in_its_place);
    tcase_add_test(plain, a_file_that_cannot_be_opened_is_told_in_the_system_s_words);
    tcase_add_test(plain, a_compressed_file_counts_only_where_the_plain_one_is_missing);
    tcase_add_test(plain, a_large_file_is_read_to_its_last_byte);
    tcase_add_test(plain, a_long_path_is_not_cut_off);
    tcase_add_test(plain, a_path_that_does_not_fit_is_an_error_and_not_another_path);
    tcase_add_test(plain, the_environment_names_the_folder_of_fashion_mnist);
    tcase_add_test(plain, the_ten_classes_of_fashion_mnist_have_names);
    tcase_add_test(plain, a_limit_cuts_the_training_set_and_nothing_else);
    suite_add_tcase(suite, plain);
    TCase *made = tcase_create("made");
    tcase_add_test(made, spirals_are_the_same_for_a_seed);
    tcase_add_test(made, spirals_follow_their_formula);
    suite_add_tcase(suite, made);
    return gp_run_suite(suite);
}
