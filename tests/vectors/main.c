/* make vectors DIR=folder: runs every .vec file below the folder through the library. */
#include "case.h"
#include "ops.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
    size_t passed, failed, skipped;
} totals;

static void run_file(const char *path, totals *sum)
{
    vec_case c;
    gp_error error = {""};
    if (case_read(&c, path, &error)) {
        printf("%s\n", error.message);
        sum->failed++;
    } else if (!run_op(&c)) {
        printf("%s: %s: unknown op, skipped\n", c.name, c.op);
        sum->skipped++;
    } else {
        for (size_t i = 0; i < c.tensors; i++)
            if (c.tensor[i].output && !c.tensor[i].compared && c.tensor[i].count > 0 && c.failures == 0)
                case_fail(&c, c.tensor[i].name, "the library's side computed no such output");
        c.failures ? sum->failed++ : sum->passed++;
    }
    case_free(&c);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool run_folder(const char *folder, totals *sum)
{
    struct dirent **entry;
    int n = scandir(folder, &entry, NULL, by_name);
    if (n < 0) {
        perror(folder);
        return false;
    }
    for (int i = 0; i < n; i++) {
        const char *name = entry[i]->d_name;
        size_t length = strlen(name);
        char *path = malloc(strlen(folder) + length + 2);
        if (!path)
            abort();
        sprintf(path, "%s/%s", folder, name);
        struct stat info;
        if (name[0] != '.' && stat(path, &info) == 0) {
            if (S_ISDIR(info.st_mode))
                run_folder(path, sum);
            else if (length > 4 && strcmp(name + length - 4, ".vec") == 0)
                run_file(path, sum);
        }
        free(path);
        free(entry[i]);
    }
    free(entry);
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: vectors FOLDER\n");
        return 2;
    }
    totals sum = {0};
    if (!run_folder(argv[1], &sum))
        return 2;
    if (sum.passed + sum.failed + sum.skipped == 0) {
        fprintf(stderr, "%s: expected .vec files, found none\n", argv[1]);
        return 2;
    }
    printf("%zu passed, %zu failed, %zu skipped\n", sum.passed, sum.failed, sum.skipped);
    return sum.failed ? 1 : 0;
}
