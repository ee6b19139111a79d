/* Small files in a temporary folder: data sets that are right, and ones that are not. */
#ifndef GP_FILES_H
#define GP_FILES_H
#include "support.h"
#include <stdint.h>
#include <unistd.h>
#include <zlib.h>

static inline void gp_new_folder(char folder[64])
{
    strcpy(folder, "/tmp/gp-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static inline void gp_remove_folder(const char *folder)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static inline void gp_write(const char *folder, const char *name, const void *bytes, size_t size)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    size_t length = strlen(path);
    if (length > 3 && strcmp(path + length - 3, ".gz") == 0) {
        gzFile file = gzopen(path, "wb");
        ck_assert_ptr_nonnull(file);
        ck_assert_int_eq(gzwrite(file, bytes, (unsigned)size), (int)size);
        ck_assert_int_eq(gzclose(file), Z_OK);
    } else {
        FILE *file = fopen(path, "wb");
        ck_assert_ptr_nonnull(file);
        ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
        ck_assert_int_eq(fclose(file), 0);
    }
}

static inline void gp_put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* IDX images: n of 2 x 3 pixels, pixel k of image i is (7 i + 13 k) mod 251; labels: i mod 3. Returns the size. */
static inline size_t gp_idx_images(uint8_t *to, uint32_t n)
{
    gp_put32(to, 0x803);
    gp_put32(to + 4, n);
    gp_put32(to + 8, 2);
    gp_put32(to + 12, 3);
    for (uint32_t i = 0; i < 6 * n; i++)
        to[16 + i] = (uint8_t)((7 * (i / 6) + 13 * (i % 6)) % 251);
    return 16 + 6 * (size_t)n;
}

static inline size_t gp_idx_labels(uint8_t *to, uint32_t n)
{
    gp_put32(to, 0x801);
    gp_put32(to + 4, n);
    for (uint32_t i = 0; i < n; i++)
        to[8 + i] = (uint8_t)(i % 3);
    return 8 + (size_t)n;
}

/* A data set of 60 training and 12 test images, gzipped or plain. */
static inline void gp_write_dataset(const char *folder, const char *ending)
{
    static const struct {
        const char *prefix;
        uint32_t count;
    } sets[] = {{"train", 60}, {"t10k", 12}};
    uint8_t bytes[4096];
    char name[64];
    for (int k = 0; k < 2; k++) {
        snprintf(name, sizeof name, "%s-images-idx3-ubyte%s", sets[k].prefix, ending);
        gp_write(folder, name, bytes, gp_idx_images(bytes, sets[k].count));
        snprintf(name, sizeof name, "%s-labels-idx1-ubyte%s", sets[k].prefix, ending);
        gp_write(folder, name, bytes, gp_idx_labels(bytes, sets[k].count));
    }
}

#endif
