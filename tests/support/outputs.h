/* Reading what the demonstrations wrote into build/outputs (suites run from the top folder). */
#ifndef GP_OUTPUTS_H
#define GP_OUTPUTS_H
#include "support.h"

static inline FILE *gp_output(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "build/outputs/%s", name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s is missing: make outputs", path);
    return file;
}

/* The number behind KEY in build/outputs/NAME.val; text around it, such as $ and a percent sign, is passed over. */
static inline double gp_output_value(const char *name, const char *key)
{
    char file[256], line[1024];
    const size_t length = strlen(key);
    double value = NAN;
    snprintf(file, sizeof file, "%s.val", name);
    FILE *val = gp_output(file);
    while (isnan(value) && fgets(line, sizeof line, val)) {
        if (strncmp(line, key, length) == 0 && line[length] == '\t') {
            const char *number = line + length + 1;
            number += strcspn(number, "+-.0123456789");
            value = strtod(number, NULL);
        }
    }
    fclose(val);
    ck_assert_msg(!isnan(value), "%s has no number %s", file, key);
    return value;
}

/* The next row of numbers of a table, the header passed over; returns how many were there, 0 at the end. */
static inline size_t gp_output_row(FILE *tsv, double *row, size_t most)
{
    char line[4096];
    while (fgets(line, sizeof line, tsv)) {
        char *at = line, *end;
        size_t n = 0;
        while (n < most) {
            row[n] = strtod(at, &end);
            if (end == at)
                break;
            at = end;
            n++;
        }
        if (n > 0)
            return n;
    }
    return 0;
}

#endif
