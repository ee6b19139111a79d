/* Samples that a test makes up: normal features, and labels drawn from the classes. */
#ifndef GP_SAMPLES_H
#define GP_SAMPLES_H
#include "dataset.h"
#include "random.h"
#include "support.h"

static inline gp_samples gp_made_up_samples(size_t count, size_t features, int classes, uint64_t seed)
{
    gp_samples s = {.count = count, .labels = malloc((count + 1) * sizeof *s.labels)};
    gp_random r = gp_random_new(seed);
    ck_assert_int_eq(gp_matrix_new(&s.x, count, features, NULL), GP_OK);
    gp_random_fill_normal(&r, &s.x, 0, 1);
    for (size_t i = 0; i < count; i++)
        s.labels[i] = (gp_label)(gp_random_below(&r, (uint64_t)classes));
    return s;
}

#endif
