#include "case.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What a file may ask for. A value takes two characters at least, so the file's size bounds the values before any memory does. */
enum { MAX_FILE = 1 << 26, MAX_VALUES = 1 << 22, MAX_LINES = 1 << 12 };

_Noreturn void case_stop(const vec_case *c, size_t line, const char *format, ...)
{
    va_list arguments;
    printf("%s:%zu: ", c->path, line ? line : c->last_line);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    longjmp(((vec_case *)(uintptr_t)c)->stopped, 1);
}

static void *grown(const vec_case *c, void *array, size_t count, size_t size)
{
    if (count & (count - 1)) /* room for the next power of two */
        return array;
    void *more = realloc(array, (count ? 2 * count : 1) * size);
    if (!more)
        case_stop(c, 0, "no memory");
    return more;
}

static void *room(const vec_case *c, size_t count, size_t size)
{
    void *p = calloc(count, size);
    if (!p)
        case_stop(c, 0, "no memory for %zu values", count);
    return p;
}

/* ---------------------------------------------------------------- reading */

typedef struct {
    vec_case *c;
    char *at, *end;  /* what is left of the text */
    char *line;      /* the line in hand, its words parted by NUL */
    char *word[16];  /* a keyword and what follows it */
    size_t words, number;
} reader;

static void show(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%s", text);
    for (char *p = to; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127)
            *p = '?';
}

_Noreturn static void expected(const reader *r, const char *what, const char *found)
{
    char shown[61];
    show(shown, sizeof shown, found);
    case_stop(r->c, r->number, "expected %s, found '%s'", what, shown);
}

/* The next line that is neither empty nor a comment; NULL at the end of the file. */
static char *next_line(reader *r)
{
    while (r->at < r->end) {
        char *line = r->at, *stop = memchr(line, '\n', (size_t)(r->end - line));
        r->number++;
        r->c->last_line = r->number;
        r->at = stop ? stop + 1 : r->end;
        stop = stop ? stop : r->end;
        if (memchr(line, '\0', (size_t)(stop - line)))
            expected(r, "text", "a byte 0");
        *stop = '\0';
        if (stop > line && stop[-1] == '\r')
            *--stop = '\0';
        if (*line && *line != '#')
            return r->line = line;
    }
    return r->line = NULL;
}

static void split(reader *r)
{
    static const size_t most = sizeof r->word / sizeof *r->word;
    char *at = r->line;
    for (r->words = 0; at; r->words++) {
        if (r->words == most)
            expected(r, "a line of at most 16 words", at);
        char *space = strchr(at, ' ');
        if (space)
            *space = '\0';
        if (*at == '\0')
            expected(r, "words parted by single spaces", "two spaces, or one at the line's start or end");
        r->word[r->words] = at;
        at = space ? space + 1 : NULL;
    }
}

static bool is_keyword(const char *line)
{
    static const char *const words[] = {"vec", "name", "op", "tol", "attr", "default", "input", "output", "end"};
    size_t length = strcspn(line, " ");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == length && strncmp(line, words[i], length) == 0)
            return true;
    return false;
}

/* A floating-point number: whole, no overflow, and for f32 exactly a float. */
static double real_value(const reader *r, const char *word, bool single)
{
    char *end;
    if (strcmp(word, "inf") == 0)
        return (double)INFINITY;
    if (strcmp(word, "-inf") == 0)
        return -(double)INFINITY;
    if (strcmp(word, "nan") == 0)
        return (double)NAN;
    if (*word == '\0' || word[strspn(word, "0123456789abcdefABCDEFxXpP+-.")])
        expected(r, "a number", word);
    double value = strtod(word, &end);
    if (end == word || *end || isinf(value))
        expected(r, "a number", word);
    /* a decimal number stands for the nearest float; a hexadecimal one must be it */
    if (single && strpbrk(word, "xX") && (double)(float)value != value)
        expected(r, "a float, which f32 promises", word);
    return single ? (double)(float)value : value;
}

static int64_t integer_value(const reader *r, const char *word)
{
    char *end;
    errno = 0;
    long long value = strtoll(word, &end, 10);
    if (end == word || *end || errno || (*word != '-' && (*word < '0' || *word > '9')))
        expected(r, "an integer", word);
    return (int64_t)value;
}

static void read_values(reader *r, tensor *t, bool single)
{
    for (size_t have = 0; have < t->count;) {
        size_t line = r->number;
        if (!next_line(r))
            case_stop(r->c, line, "expected %zu values of %s, found the end of the file after %zu", t->count, t->name, have);
        /* inf, -inf and nan look like words but are no keywords */
        if (is_keyword(r->line))
            case_stop(r->c, r->number, "expected %zu values of %s, found '%s' after %zu", t->count, t->name, r->line, have);
        split(r);
        for (size_t w = 0; w < r->words; w++, have++) {
            if (have == t->count)
                case_stop(r->c, r->number, "expected %zu values of %s, found more", t->count, t->name);
            if (t->integer)
                t->integer[have] = integer_value(r, r->word[w]);
            else
                t->value[have] = real_value(r, r->word[w], single);
        }
    }
}

static void copy_name(const reader *r, char *to, size_t size, const char *word, const char *what)
{
    if (strlen(word) >= size)
        expected(r, what, word);
    strcpy(to, word);
}

static void read_tensor(reader *r, bool output)
{
    vec_case *c = r->c;
    if (r->words < 3)
        expected(r, "a name, a type and dimensions", r->words > 1 ? r->word[r->words - 1] : "the end of the line");
    const char *type = r->word[2];
    if (strcmp(type, "f32") != 0 && strcmp(type, "f64") != 0 && strcmp(type, "i64") != 0)
        expected(r, "the type f32, f64 or i64", type);
    for (size_t i = 0; i < c->tensors; i++)
        if (c->tensor[i].output == output && strcmp(c->tensor[i].name, r->word[1]) == 0)
            expected(r, output ? "an output of another name" : "an input of another name", r->word[1]);
    c->tensor = grown(c, c->tensor, c->tensors, sizeof *c->tensor);
    tensor *t = &c->tensor[c->tensors++];
    *t = (tensor){.owner = c, .line = r->number, .output = output, .count = 1};
    copy_name(r, t->name, sizeof t->name, r->word[1], "a name of at most 63 characters");
    const size_t left = (size_t)(r->end - r->at);
    for (size_t w = 3; w < r->words; w++) {
        int64_t d = integer_value(r, r->word[w]);
        if (t->dims == MAX_DIMS)
            expected(r, "at most eight dimensions", r->word[w]);
        if (d < 1 || d > MAX_VALUES || t->count * (size_t)d > MAX_VALUES)
            expected(r, "dimensions of at least 1 and at most 4194304 values", r->word[w]);
        t->dim[t->dims++] = (size_t)d;
        t->count *= (size_t)d;
    }
    if (t->count > left / 2 + 1)
        case_stop(c, r->number, "expected %zu values of %s, found only %zu more characters", t->count, t->name, left);
    if (type[0] == 'i')
        t->integer = room(c, t->count, sizeof *t->integer);
    else
        t->value = room(c, t->count, sizeof *t->value);
    if (output)
        t->compared = room(c, t->count, sizeof *t->compared);
    read_values(r, t, strcmp(type, "f32") == 0);
}

static void read_attribute(reader *r, bool fallback)
{
    vec_case *c = r->c;
    if (r->words != 3)
        expected(r, "a key and a value", r->words > 3 ? r->word[3] : "the end of the line");
    for (size_t i = 0; i < c->attributes; i++)
        if (strcmp(c->attribute[i].key, r->word[1]) == 0)
            expected(r, "an attribute that has no value yet", r->word[1]);
    c->attribute = grown(c, c->attribute, c->attributes, sizeof *c->attribute);
    attribute *a = &c->attribute[c->attributes++];
    *a = (attribute){.line = r->number, .fallback = fallback};
    copy_name(r, a->key, sizeof a->key, r->word[1], "a key of at most 63 characters");
    copy_name(r, a->value, sizeof a->value, r->word[2], "a value of at most 63 characters");
}

static void read_tolerance(reader *r)
{
    vec_case *c = r->c;
    if (r->words != 3)
        expected(r, "a relative and an absolute tolerance", r->words > 3 ? r->word[3] : "the end of the line");
    c->rtol = real_value(r, r->word[1], false);
    c->atol = real_value(r, r->word[2], false);
    if (!(c->rtol >= 0 && c->rtol <= 1))
        expected(r, "a relative tolerance from 0 to 1", r->word[1]);
    if (!(c->atol >= 0 && c->atol <= DBL_MAX))
        expected(r, "an absolute tolerance, finite and not negative", r->word[2]);
}

static void read_word(reader *r, char *to, size_t size)
{
    if (r->words != 2)
        expected(r, "one word", r->words > 2 ? r->word[2] : "the end of the line");
    if (*to)
        expected(r, "this line only once", r->word[0]);
    copy_name(r, to, size, r->word[1], "a shorter word");
}

static void read_lines(reader *r)
{
    vec_case *c = r->c;
    bool tolerance = false;
    if (!next_line(r) || strcmp(r->line, "vec 1") != 0)
        expected(r, "'vec 1' as the first line", r->line ? r->line : "the end of the file");
    while (next_line(r)) {
        char first[61];
        show(first, sizeof first, r->line);
        split(r);
        const char *keyword = r->word[0];
        if (c->attributes + c->tensors > MAX_LINES)
            expected(r, "at most 4096 attributes and tensors", first);
        if (strcmp(keyword, "name") == 0)
            read_word(r, c->name, sizeof c->name);
        else if (strcmp(keyword, "op") == 0)
            read_word(r, c->op, sizeof c->op);
        else if (strcmp(keyword, "tol") == 0 && !tolerance)
            read_tolerance(r), tolerance = true;
        else if (strcmp(keyword, "attr") == 0 || strcmp(keyword, "default") == 0)
            read_attribute(r, keyword[0] == 'd');
        else if (strcmp(keyword, "input") == 0 || strcmp(keyword, "output") == 0)
            read_tensor(r, keyword[0] == 'o');
        else if (strcmp(keyword, "end") == 0 && r->words == 1)
            break;
        else
            expected(r, "name, op, tol (each once), attr, default, input, output or end", first);
    }
    if (!r->line)
        case_stop(c, 0, "expected 'end', found the end of the file");
    const size_t end = r->number;
    if (!c->name[0] || !c->op[0] || !tolerance)
        case_stop(c, end, "expected a line '%s' before the end, found none", !c->name[0] ? "name" : !c->op[0] ? "op" : "tol");
    if (case_outputs(c) == 0)
        case_stop(c, end, "expected an output before the end, found none");
    if (next_line(r))
        expected(r, "nothing behind 'end'", r->line);
    c->last_line = end;
}

static void release_text(void *text)
{
    free(text);
}

static void case_read(vec_case *c)
{
    struct stat info;
    gp_error error = {""};
    if (stat(c->path, &info))
        case_stop(c, 0, "%s", strerror(errno));
    if (!S_ISREG(info.st_mode) || info.st_size > MAX_FILE)
        case_stop(c, 0, "expected a file of at most %d bytes, found %s", MAX_FILE, S_ISREG(info.st_mode) ? "more" : "no file");
    char *text = case_own(c, malloc((size_t)info.st_size + 1), release_text, &error);
    FILE *file = fopen(c->path, "rb");
    if (!file)
        case_stop(c, 0, "%s", strerror(errno));
    size_t length = fread(text, 1, (size_t)info.st_size, file);
    fclose(file);
    reader r = {.c = c, .at = text, .end = text + length};
    read_lines(&r);
}

static void case_free(vec_case *c)
{
    while (c->things > 0) {
        owned *o = &c->thing[--c->things];
        o->release(o->thing);
    }
    for (size_t i = 0; i < c->tensors; i++) {
        free(c->tensor[i].value);
        free(c->tensor[i].integer);
        free(c->tensor[i].compared);
    }
    free(c->tensor);
    free(c->attribute);
    free(c->thing);
}

/* What the operator's code left alone, it has ignored. */
static void all_used(vec_case *c)
{
    for (size_t i = 0; i < c->attributes; i++) {
        const attribute *a = &c->attribute[i];
        if (!a->used)
            case_stop(c, a->line, "expected an attribute that %s uses here, found '%s %s'", c->op, a->key, a->value);
    }
    for (size_t i = 0; i < c->tensors; i++) {
        const tensor *t = &c->tensor[i];
        size_t compared = 0;
        if (!t->output && !t->used)
            case_stop(c, t->line, "expected an input that %s uses here, found '%s'", c->op, t->name);
        for (size_t k = 0; t->output && k < t->count; k++)
            compared += t->compared[k];
        if (t->output && compared < t->count)
            case_stop(c, t->line, "expected an output that %s computes here, found '%s' (%zu of %zu values compared)", c->op,
                      t->name, compared, t->count);
    }
}

bool case_run(const char *path, bool (*op)(vec_case *), bool *known)
{
    vec_case *c = calloc(1, sizeof *c);
    volatile bool passed = false;
    *known = true;
    if (!c) {
        printf("%s: no memory\n", path);
        return false;
    }
    c->path = path;
    if (setjmp(c->stopped) == 0) {
        case_read(c);
        *known = op(c);
        if (!*known)
            printf("%s: %s: unknown op, skipped\n", c->name, c->op);
        else if (c->failures == 0)
            all_used(c);
        passed = *known && c->failures == 0;
    }
    case_free(c);
    free(c);
    return passed;
}

/* ---------------------------------------------------------------- attributes */

static attribute *find_attribute(const vec_case *c, const char *key)
{
    for (size_t i = 0; i < c->attributes; i++)
        if (strcmp(c->attribute[i].key, key) == 0)
            return &c->attribute[i];
    return NULL;
}

static attribute *use_attribute(const vec_case *c, const char *key)
{
    attribute *a = find_attribute(c, key);
    if (a)
        a->used = true;
    return a;
}

bool case_has(const vec_case *c, const char *key)
{
    return find_attribute(c, key) != NULL;
}

const char *case_word(const vec_case *c, const char *key, const char *fallback)
{
    const attribute *a = use_attribute(c, key);
    return a ? a->value : fallback;
}

static double number_of(const vec_case *c, const attribute *a)
{
    char *end;
    /* a decimal attribute stands for the nearest float */
    double value = (double)strtof(a->value, &end);
    if (end == a->value || *end || !isfinite(value))
        case_stop(c, a->line, "expected a number for %s, found '%s'", a->key, a->value);
    return value;
}

double case_number(const vec_case *c, const char *key, double fallback)
{
    const attribute *a = use_attribute(c, key);
    return a ? number_of(c, a) : fallback;
}

double case_needed_number(const vec_case *c, const char *key)
{
    const attribute *a = use_attribute(c, key);
    if (!a)
        case_stop(c, 0, "expected an attribute %s, found none", key);
    return number_of(c, a);
}

int64_t case_integer(const vec_case *c, const char *key, int64_t fallback, int64_t least, int64_t most)
{
    const attribute *a = use_attribute(c, key);
    char *end;
    if (!a)
        return fallback;
    errno = 0;
    long long value = strtoll(a->value, &end, 10);
    if (end == a->value || *end || errno || value < least || value > most)
        case_stop(c, a->line, "expected a whole number from %" PRId64 " to %" PRId64 " for %s, found '%s'", least, most, key, a->value);
    return (int64_t)value;
}

bool case_flag(const vec_case *c, const char *key)
{
    return case_integer(c, key, 0, 0, 1) == 1;
}

int case_choice(const vec_case *c, const char *key, const char *const *words)
{
    const attribute *a = use_attribute(c, key);
    int i = 0;
    if (!a)
        return 0;
    while (words[i] && strcmp(words[i], a->value) != 0)
        i++;
    if (!words[i]) {
        char list[512] = "";
        for (int k = 0; words[k]; k++)
            snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", k ? ", " : "", words[k]);
        case_stop(c, a->line, "expected for %s one of %s, found '%s'", key, list, a->value);
    }
    return i;
}

/* ---------------------------------------------------------------- tensors */

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

tensor *case_input(const vec_case *c, const char *name)
{
    return find(c, false, name);
}

tensor *case_nth_input(const vec_case *c, size_t n)
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

tensor *need_input(const vec_case *c, const char *name)
{
    tensor *t = case_input(c, name);
    if (!t)
        case_stop(c, 0, "expected an input %s, found none", name);
    return t;
}

tensor *need_output(const vec_case *c, const char *name)
{
    tensor *t = case_output(c, name);
    if (!t)
        case_stop(c, 0, "expected an output %s, found none", name);
    return t;
}

size_t case_inputs(const vec_case *c)
{
    return c->tensors - case_outputs(c);
}

size_t case_outputs(const vec_case *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->tensors; i++)
        n += c->tensor[i].output;
    return n;
}

tensor *need_nth_input(const vec_case *c, size_t n)
{
    tensor *t = case_nth_input(c, n);
    if (!t)
        case_stop(c, 0, "expected at least %zu inputs, found %zu", n + 1, case_inputs(c));
    return t;
}

tensor *need_nth_output(const vec_case *c, size_t n)
{
    tensor *t = case_nth_output(c, n);
    if (!t)
        case_stop(c, 0, "expected at least %zu outputs, found %zu", n + 1, case_outputs(c));
    return t;
}

static void shape_text(char *to, size_t size, int dims, const size_t *dim)
{
    snprintf(to, size, "[");
    for (int i = 0; i < dims; i++)
        snprintf(to + strlen(to), size - strlen(to), "%s%zu", i ? ", " : "", dim[i]);
    snprintf(to + strlen(to), size - strlen(to), "]");
}

static void check_shape(const tensor *t, int dims, const size_t *dim)
{
    if (t && (t->dims != dims || memcmp(t->dim, dim, (size_t)dims * sizeof *dim) != 0)) {
        char want[192], got[192];
        shape_text(want, sizeof want, dims, dim);
        shape_text(got, sizeof got, t->dims, t->dim);
        case_stop(t->owner, t->line, "expected %s to be %s, found %s", t->name, want, got);
    }
}

void case_shape(const tensor *t, int dims, ...)
{
    size_t dim[MAX_DIMS];
    va_list arguments;
    va_start(arguments, dims);
    for (int i = 0; i < dims; i++)
        dim[i] = va_arg(arguments, size_t);
    va_end(arguments);
    check_shape(t, dims, dim);
}

void case_same_shape(const tensor *t, const tensor *as)
{
    check_shape(t, as->dims, as->dim);
}

void case_count(const tensor *t, size_t count)
{
    if (t && t->count != count)
        case_stop(t->owner, t->line, "expected %zu values of %s, found %zu", count, t->name, t->count);
}

void case_rank(const tensor *t, int least, int most)
{
    if (t->dims < least || t->dims > most)
        case_stop(t->owner, t->line, "expected %s to have %d to %d dimensions, found %d", t->name, least, most, t->dims);
}

int case_axis(const tensor *t, int64_t axis)
{
    if (axis < -t->dims || axis >= t->dims)
        case_stop(t->owner, t->line, "expected %s to have an axis %" PRId64 ", found %d dimensions", t->name, axis, t->dims);
    return (int)(axis < 0 ? axis + t->dims : axis);
}

const double *case_values(const tensor *t)
{
    if (!t->value)
        case_stop(t->owner, t->line, "expected floating-point values for %s, found integers", t->name);
    ((tensor *)(uintptr_t)t)->used = true;
    return t->value;
}

double case_scalar(const tensor *t)
{
    case_count(t, 1);
    return case_values(t)[0];
}

const int64_t *case_integers(const tensor *t)
{
    if (!t->integer)
        case_stop(t->owner, t->line, "expected integers for %s, found floating-point values", t->name);
    ((tensor *)(uintptr_t)t)->used = true;
    return t->integer;
}

const gp_label *case_labels(const tensor *t, size_t classes, bool ignore, gp_label ignored)
{
    const int64_t *label = case_integers(t);
    const gp_error none = {""};
    gp_label *labels = case_own(t->owner, calloc(t->count + 1, sizeof *labels), free, &none);
    for (size_t i = 0; i < t->count; i++)
        if (!(ignore && label[i] == ignored) && (label[i] < 0 || (uint64_t)label[i] >= classes))
            case_stop(t->owner, t->line, "expected %s from 0 to %zu, found %" PRId64, t->name, classes - 1, label[i]);
        else
            labels[i] = (gp_label)label[i];
    return labels;
}

/* ---------------------------------------------------------------- matrices and other things of the case's own */

void *case_own(const vec_case *constant, void *thing, void (*release)(void *), const gp_error *error)
{
    vec_case *c = (vec_case *)(uintptr_t)constant;
    if (!thing)
        case_stop(c, 0, "%s", error->message[0] ? error->message : "no memory");
    c->thing = grown(c, c->thing, c->things, sizeof *c->thing);
    c->thing[c->things++] = (owned){release, thing};
    return thing;
}

static void leave(void *thing)
{
    (void)thing;
}

void case_disown(const vec_case *c, const void *thing)
{
    for (size_t i = 0; i < c->things; i++)
        if (c->thing[i].thing == thing)
            c->thing[i].release = leave;
}

void insist(const vec_case *c, gp_status status, const gp_error *error)
{
    if (status)
        case_stop(c, 0, "%s", error->message);
}

static void release_layer(void *layer)
{
    gp_layer_free(layer);
}

gp_layer *case_layer(const vec_case *c, gp_layer *layer, const gp_error *error)
{
    return case_own(c, layer, release_layer, error);
}

static void release_matrix(void *m)
{
    gp_matrix_free(m);
    free(m);
}

gp_matrix case_zeros(const vec_case *c, size_t rows, size_t cols)
{
    gp_error error = {""};
    gp_matrix *m = case_own(c, calloc(1, sizeof *m), release_matrix, &error);
    insist(c, gp_matrix_new(m, rows, cols, &error), &error);
    return *m;
}

gp_matrix case_matrix(const tensor *t, size_t rows, size_t cols)
{
    if (rows * cols != t->count)
        case_stop(t->owner, t->line, "expected %zux%zu values of %s, found %zu", rows, cols, t->name, t->count);
    const double *value = case_values(t);
    gp_matrix m = case_zeros(t->owner, rows, cols);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            gp_row(&m, i)[j] = (gp_real)value[i * cols + j];
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
    axis = case_axis(t, axis);
    const double *value = case_values(t);
    size_t outer = product(t, 0, axis), width = t->dim[axis], inner = product(t, axis + 1, t->dims);
    gp_matrix m = case_zeros(t->owner, outer * inner, width);
    for (size_t o = 0; o < outer; o++)
        for (size_t k = 0; k < width; k++)
            for (size_t i = 0; i < inner; i++)
                gp_row(&m, o * inner + i)[k] = (gp_real)value[(o * width + k) * inner + i];
    return m;
}

/* ---------------------------------------------------------------- comparison */

static void mismatch(vec_case *c, const tensor *t, size_t index, double got, double want)
{
    printf("%s: %s: %s: index %zu: got %.9g, want %.9g\n", c->name, c->op, t->name, index, got, want);
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
    if (index >= want->count)
        case_stop(c, want->line, "expected more than %zu values of %s, found %zu", index, want->name, want->count);
    want->compared[index] = true;
    double wanted = want->integer ? (double)want->integer[index] : want->value[index];
    if (!close_enough(c, got, wanted))
        mismatch(c, want, index, got, wanted);
}

void case_compare_at(vec_case *c, tensor *want, size_t first, const gp_matrix *got)
{
    if (!want)
        return;
    size_t before = c->failures;
    for (size_t i = 0; i < got->rows; i++)
        for (size_t j = 0; j < got->cols && c->failures == before; j++)
            case_compare_number(c, want, first + i * got->cols + j, (double)gp_row(got, i)[j]);
}

void case_compare(vec_case *c, tensor *want, const gp_matrix *got)
{
    case_count(want, got->rows * got->cols);
    case_compare_at(c, want, 0, got);
}

void case_compare_axis_last(vec_case *c, tensor *want, int axis, const gp_matrix *got)
{
    if (!want)
        return;
    axis = case_axis(want, axis);
    size_t outer = product(want, 0, axis), width = want->dim[axis], inner = product(want, axis + 1, want->dims);
    if (got->rows != outer * inner || got->cols != width)
        case_stop(c, want->line, "expected %s to hold %zu rows of %zu, found %zu of %zu", want->name, got->rows, got->cols,
                  outer * inner, width);
    size_t before = c->failures;
    for (size_t o = 0; o < outer; o++)
        for (size_t k = 0; k < width; k++)
            for (size_t i = 0; i < inner && c->failures == before; i++)
                case_compare_number(c, want, (o * width + k) * inner + i, (double)gp_row(got, o * inner + i)[k]);
}
