#include "case.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *path;
    FILE *file;
    char *line;
    size_t capacity, number;
    bool again; /* the line in hand has not been used yet */
} reader;

static bool next_line(reader *r)
{
    if (r->again) {
        r->again = false;
        return true;
    }
    while (getline(&r->line, &r->capacity, r->file) >= 0) {
        r->number++;
        r->line[strcspn(r->line, "\r\n")] = '\0';
        if (r->line[0] != '#' && r->line[0] != '\0')
            return true;
    }
    return false;
}

static gp_status bad(const reader *r, gp_error *error, const char *expected)
{
    return gp_fail(error, GP_BAD_INPUT, "%s:%zu: expected %s, found '%.60s'", r->path,
                   r->number, expected, r->line ? r->line : "");
}

static bool is_keyword(const char *line)
{
    static const char *const words[] = {"vec ", "name ", "op ", "tol ", "attr ", "default ", "input ", "output ", "end"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(line, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

static gp_status read_values(reader *r, tensor *t, gp_error *error)
{
    size_t have = 0;
    while (have < t->count) {
        if (!next_line(r))
            return gp_fail(error, GP_BAD_INPUT, "%s:%zu: expected %zu values of %s, found the end of the file after %zu",
                           r->path, r->number, t->count, t->name, have);
        /* -inf, inf and nan look like words but start no keyword line */
        if (is_keyword(r->line))
            return gp_fail(error, GP_BAD_INPUT, "%s:%zu: expected %zu values of %s, found %zu", r->path, r->number, t->count,
                           t->name, have);
        char *at = r->line;
        while (*at) {
            char *end;
            if (have == t->count)
                return gp_fail(error, GP_BAD_INPUT, "%s:%zu: expected %zu values of %s, found more", r->path, r->number,
                               t->count, t->name);
            errno = 0;
            if (t->integer) {
                t->integers[have] = strtoll(at, &end, 10);
                t->at[have] = (double)t->integers[have];
            } else {
                t->at[have] = strtod(at, &end);
            }
            if (end == at || (*end && *end != ' ') || (t->integer && errno))
                return bad(r, error, t->integer ? "integers" : "numbers");
            have++;
            at = end + strspn(end, " ");
        }
    }
    return GP_OK;
}

static gp_status read_tensor(reader *r, vec_case *c, bool output, gp_error *error)
{
    tensor *grown = realloc(c->tensor, (c->tensors + 1) * sizeof *grown);
    if (!grown)
        return gp_fail(error, GP_NO_MEMORY, "%s: no memory for another tensor", r->path);
    c->tensor = grown;
    tensor *t = &c->tensor[c->tensors++];
    memset(t, 0, sizeof *t);
    t->output = output;
    char type[8];
    int used = 0;
    if (sscanf(r->line, "%*s %63s %7s%n", t->name, type, &used) != 2)
        return bad(r, error, "a tensor's name and type");
    if (strcmp(type, "f32") != 0 && strcmp(type, "f64") != 0 && strcmp(type, "i64") != 0)
        return bad(r, error, "the type f32, f64 or i64");
    t->integer = strcmp(type, "i64") == 0;
    t->count = 1;
    for (char *at = r->line + used, *end; *at; at = end) {
        unsigned long long d = strtoull(at, &end, 10);
        if (end == at || t->dims == MAX_DIMS || (d && t->count > SIZE_MAX / 64 / d))
            return bad(r, error, "at most eight dimensions of sensible size");
        t->dim[t->dims++] = (size_t)d;
        t->count *= (size_t)d;
    }
    t->at = calloc(t->count ? t->count : 1, sizeof *t->at);
    t->integers = t->integer ? calloc(t->count ? t->count : 1, sizeof *t->integers) : NULL;
    if (!t->at || (t->integer && !t->integers))
        return gp_fail(error, GP_NO_MEMORY, "%s:%zu: no memory for %zu values of %s", r->path, r->number, t->count, t->name);
    return read_values(r, t, error);
}

static gp_status read_lines(reader *r, vec_case *c, gp_error *error)
{
    if (!next_line(r) || strcmp(r->line, "vec 1") != 0)
        return bad(r, error, "'vec 1' as the first line");
    while (next_line(r)) {
        const char *line = r->line;
        if (strcmp(line, "end") == 0)
            return c->op[0] ? GP_OK : bad(r, error, "an 'op' line before the end");
        if (strncmp(line, "name ", 5) == 0) {
            snprintf(c->name, sizeof c->name, "%.127s", line + 5);
        } else if (strncmp(line, "op ", 3) == 0) {
            snprintf(c->op, sizeof c->op, "%.63s", line + 3);
        } else if (strncmp(line, "tol ", 4) == 0) {
            if (sscanf(line, "tol %lf %lf", &c->rtol, &c->atol) != 2)
                return bad(r, error, "two tolerances");
        } else if (strncmp(line, "attr ", 5) == 0 || strncmp(line, "default ", 8) == 0) {
            attribute *grown = realloc(c->attribute, (c->attributes + 1) * sizeof *grown);
            if (!grown)
                return gp_fail(error, GP_NO_MEMORY, "%s: no memory for an attribute", r->path);
            c->attribute = grown;
            attribute *a = &c->attribute[c->attributes++];
            if (sscanf(line, "%*s %63s %63s", a->key, a->value) != 2)
                return bad(r, error, "a key and a value");
        } else if (strncmp(line, "input ", 6) == 0 || strncmp(line, "output ", 7) == 0) {
            gp_status status = read_tensor(r, c, line[0] == 'o', error);
            if (status)
                return status;
        } else {
            return bad(r, error, "one of name, op, tol, attr, default, input, output, end");
        }
    }
    return gp_fail(error, GP_BAD_INPUT, "%s:%zu: expected 'end', found the end of the file", r->path, r->number);
}

gp_status case_read(vec_case *c, const char *path, gp_error *error)
{
    memset(c, 0, sizeof *c);
    snprintf(c->path, sizeof c->path, "%.511s", path);
    reader r = {.path = path, .file = fopen(path, "r")};
    if (!r.file)
        return gp_fail(error, GP_BAD_INPUT, "%s: %s", path, strerror(errno));
    gp_status status = read_lines(&r, c, error);
    fclose(r.file);
    free(r.line);
    return status;
}

void case_free(vec_case *c)
{
    for (size_t i = 0; i < c->tensors; i++) {
        free(c->tensor[i].at);
        free(c->tensor[i].integers);
    }
    free(c->tensor);
    free(c->attribute);
}

const char *case_word(const vec_case *c, const char *key, const char *fallback)
{
    for (size_t i = 0; i < c->attributes; i++)
        if (strcmp(c->attribute[i].key, key) == 0)
            return c->attribute[i].value;
    return fallback;
}

bool case_has(const vec_case *c, const char *key)
{
    return case_word(c, key, NULL) != NULL;
}

double case_number(const vec_case *c, const char *key, double fallback)
{
    const char *word = case_word(c, key, NULL);
    /* a decimal attribute stands for the nearest float */
    return word ? (double)strtof(word, NULL) : fallback;
}

static tensor *find(const vec_case *c, bool output, const char *name)
{
    for (size_t i = 0; i < c->tensors; i++)
        if (c->tensor[i].output == output && strcmp(c->tensor[i].name, name) == 0)
            return &c->tensor[i];
    return NULL;
}

static tensor *nth(const vec_case *c, bool output, size_t n)
{
    for (size_t i = 0; i < c->tensors; i++)
        if (c->tensor[i].output == output && n-- == 0)
            return &c->tensor[i];
    return NULL;
}

const tensor *case_input(const vec_case *c, const char *name)
{
    return find(c, false, name);
}

const tensor *case_nth_input(const vec_case *c, size_t n)
{
    return nth(c, false, n);
}

tensor *case_output(const vec_case *c, const char *name)
{
    return find(c, true, name);
}

tensor *case_nth_output(const vec_case *c, size_t n)
{
    return nth(c, true, n);
}

void case_fail(vec_case *c, const char *tensor_name, const char *format, ...)
{
    va_list arguments;
    printf("%s: %s: %s: ", c->name[0] ? c->name : c->path, c->op, tensor_name);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    c->failures++;
}

static bool close_enough(const vec_case *c, double got, double want)
{
    if (isnan(want))
        return isnan(got);
    if (isinf((double)(float)want))
        return sizeof(gp_real) == sizeof(float) ? (double)(float)got == (double)(float)want
                                             : got == want || fabs(got - want) <= c->atol + c->rtol * fabs(want);
    return fabs(got - want) <= c->atol + c->rtol * fabs(want);
}

void case_compare_number(vec_case *c, tensor *want, size_t index, double got)
{
    if (!want)
        return;
    if (index >= want->count) {
        case_fail(c, want->name, "index %zu: no such value (%zu in all)", index, want->count);
        return;
    }
    if (index + 1 == want->count)
        want->compared = true;
    if (!close_enough(c, got, want->at[index]))
        case_fail(c, want->name, "index %zu: got %.9g, want %.9g", index, got, want->at[index]);
}

void case_compare_at(vec_case *c, tensor *want, size_t first, const gp_matrix *got)
{
    if (!want)
        return;
    size_t before = c->failures;
    for (size_t i = 0; i < got->rows; i++)
        for (size_t j = 0; j < got->cols && c->failures == before; j++)
            case_compare_number(c, want, first + i * got->cols + j, (double)gp_row(got, i)[j]);
    want->compared = want->compared || first + got->rows * got->cols == want->count;
}

void case_compare(vec_case *c, tensor *want, const gp_matrix *got)
{
    if (want && want->count != got->rows * got->cols)
        case_fail(c, want->name, "got %zu values, want %zu", got->rows * got->cols, want->count);
    else
        case_compare_at(c, want, 0, got);
}

static gp_matrix new_matrix(size_t rows, size_t cols)
{
    gp_matrix m;
    gp_error error;
    if (gp_matrix_new(&m, rows, cols, &error)) {
        fprintf(stderr, "vectors: %s\n", error.message);
        exit(2);
    }
    return m;
}

gp_matrix case_matrix(const tensor *t, size_t rows, size_t cols)
{
    GP_REQUIRE(rows * cols == t->count, "%s: %zu values do not make a %zux%zu matrix", t->name, t->count, rows, cols);
    gp_matrix m = new_matrix(rows, cols);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            gp_row(&m, i)[j] = (gp_real)t->at[i * cols + j];
    return m;
}

static size_t product(const tensor *t, int from, int to)
{
    size_t p = 1;
    for (int i = from; i < to; i++)
        p *= t->dim[i];
    return p;
}

gp_matrix case_axis_last(const tensor *t, int axis)
{
    axis = axis < 0 ? axis + t->dims : axis;
    size_t outer = product(t, 0, axis), width = t->dim[axis], inner = product(t, axis + 1, t->dims);
    gp_matrix m = new_matrix(outer * inner, width);
    for (size_t o = 0; o < outer; o++)
        for (size_t k = 0; k < width; k++)
            for (size_t i = 0; i < inner; i++)
                gp_row(&m, o * inner + i)[k] = (gp_real)t->at[(o * width + k) * inner + i];
    return m;
}

void case_compare_axis_last(vec_case *c, tensor *want, int axis, const gp_matrix *got)
{
    if (!want)
        return;
    axis = axis < 0 ? axis + want->dims : axis;
    size_t outer = product(want, 0, axis), width = want->dim[axis], inner = product(want, axis + 1, want->dims);
    if (got->rows != outer * inner || got->cols != width) {
        case_fail(c, want->name, "got %zux%zu, want %zux%zu", got->rows, got->cols, outer * inner, width);
        return;
    }
    size_t before = c->failures;
    for (size_t o = 0; o < outer; o++)
        for (size_t k = 0; k < width; k++)
            for (size_t i = 0; i < inner && c->failures == before; i++)
                case_compare_number(c, want, (o * width + k) * inner + i, (double)gp_row(got, o * inner + i)[k]);
    want->compared = true;
}
