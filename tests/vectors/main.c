/* make vectors DIR=folder: runs every .vec file below the folder through the library. */
#include "ops.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    size_t passed, failed, skipped;
} totals;

enum { DEEPEST = 32 };

static void run_file(const char *path, totals *sum)
{
    bool known;
    bool passed = case_run(path, run_op, &known);
    size_t *count = passed ? &sum->passed : known ? &sum->failed : &sum->skipped;
    ++*count;
    fflush(stdout);
}

static bool is_vec(const char *name)
{
    const size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".vec") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* A folder that cannot be read, and a file that is none, count as failed: their cases were not run. Links to folders are not
   followed, since they may lead back. */
static void run_path(const char *path, int depth, totals *sum);

static void run_folder(const char *folder, int depth, totals *sum)
{
    struct dirent **entry;
    int n = depth < DEEPEST ? scandir(folder, &entry, NULL, by_name) : (errno = ELOOP, -1);
    if (n < 0) {
        printf("%s: %s\n", folder, strerror(errno));
        sum->failed++;
        return;
    }
    for (int i = 0; i < n; i++) {
        const char *name = entry[i]->d_name;
        char *path = malloc(strlen(folder) + strlen(name) + 2);
        if (!path)
            abort();
        sprintf(path, "%s/%s", folder, name);
        if (name[0] != '.')
            run_path(path, depth + 1, sum);
        free(path);
        free(entry[i]);
    }
    free(entry);
}

static void run_path(const char *path, int depth, totals *sum)
{
    struct stat info;
    if ((depth > 0 ? lstat : stat)(path, &info) == 0 && S_ISDIR(info.st_mode))
        run_folder(path, depth, sum);
    else if (is_vec(path) || depth == 0)
        run_file(path, sum);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: vectors FOLDER\n");
        return 2;
    }
    totals sum = {0};
    if (access(argv[1], R_OK)) {
        perror(argv[1]);
        return 2;
    }
    run_path(argv[1], 0, &sum);
    if (sum.passed + sum.failed + sum.skipped == 0) {
        fprintf(stderr, "%s: expected .vec files, found none\n", argv[1]);
        return 2;
    }
    printf("%zu passed, %zu failed, %zu skipped\n", sum.passed, sum.failed, sum.skipped);
    return sum.failed ? 1 : 0;
}
