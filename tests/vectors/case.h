/* A conformance case: one .vec file, its attributes and tensors, and the comparison of results.

   Nothing that a file says is believed: a size is held against what the file can hold before memory is asked for, every access to
   an attribute or a tensor checks that it is there and has the shape, and an attribute, an input or an expected value that the
   operator's code did not use is an error. An error stops the case, not the program: it is printed as PATH:LINE: expected X, found
   Y, and the case counts as failed. What a case owns (matrices, layers) is freed with it, so an operator's code frees nothing. */
#ifndef GP_VECTORS_CASE_H
#define GP_VECTORS_CASE_H
#include "layer.h"
#include "matrix.h"

#include <setjmp.h>
#include <stdio.h>

enum { MAX_DIMS = 8, NAME_SIZE = 64 };

typedef struct vec_case vec_case;

typedef struct {
    char name[NAME_SIZE];
    vec_case *owner;
    size_t line;
    bool output, used;
    int dims;
    size_t dim[MAX_DIMS], count;
    double *value;    /* floating-point values; NULL for i64 */
    int64_t *integer; /* NULL unless i64 */
    bool *compared;   /* outputs: which values were */
} tensor;

typedef struct {
    char key[NAME_SIZE], value[NAME_SIZE];
    size_t line;
    bool used, fallback; /* fallback: a `default` line */
} attribute;

typedef struct {
    void (*release)(void *);
    void *thing;
} owned;

struct vec_case {
    const char *path;
    char name[128], op[NAME_SIZE];
    double rtol, atol;
    size_t attributes, tensors, things, failures, last_line;
    attribute *attribute;
    tensor *tensor;
    owned *thing;
    jmp_buf stopped;
};

/* Reads the file and runs `op` on it; true: the case passed. `op` returns false for an operator it does not know, which sets
   *known. Everything that goes wrong is printed. */
bool case_run(const char *path, bool (*op)(vec_case *), bool *known);

/* PATH:LINE: and the message; the case is over. Line 0: the last line. */
_Noreturn void case_stop(const vec_case *c, size_t line, const char *format, ...);

/* Attributes: the file's own or its default; an attribute that stands nowhere has the fallback, except where one is needed. */
bool case_has(const vec_case *c, const char *key); /* does not count as use */
const char *case_word(const vec_case *c, const char *key, const char *fallback);
double case_number(const vec_case *c, const char *key, double fallback);
double case_needed_number(const vec_case *c, const char *key);
int64_t case_integer(const vec_case *c, const char *key, int64_t fallback, int64_t least, int64_t most);
bool case_flag(const vec_case *c, const char *key);
/* the word's place among the words up to NULL; another word is an error; without the attribute 0 */
int case_choice(const vec_case *c, const char *key, const char *const *words);

/* Tensors. `need`: its absence is an error; else NULL. Looking one up does not count as use, reading its values does. */
tensor *case_input(const vec_case *c, const char *name);
tensor *case_nth_input(const vec_case *c, size_t n);
tensor *case_output(const vec_case *c, const char *name);
tensor *case_nth_output(const vec_case *c, size_t n);
tensor *need_input(const vec_case *c, const char *name);
tensor *need_nth_input(const vec_case *c, size_t n);
tensor *need_output(const vec_case *c, const char *name);
tensor *need_nth_output(const vec_case *c, size_t n);
size_t case_inputs(const vec_case *c);
size_t case_outputs(const vec_case *c);

/* The shape is a condition: case_shape(t, 2, rows, cols). A NULL tensor has every shape. */
void case_shape(const tensor *t, int dims, ...);
void case_count(const tensor *t, size_t count);
void case_rank(const tensor *t, int least, int most);
void case_same_shape(const tensor *t, const tensor *as);
int case_axis(const tensor *t, int64_t axis); /* -1 is the last; one that is not there is an error */

/* The values, which are used by this. */
const double *case_values(const tensor *t);
double case_scalar(const tensor *t);
const int64_t *case_integers(const tensor *t);
/* class indices: each in 0..classes-1, or (`ignore`) the ignored one */
const gp_label *case_labels(const tensor *t, size_t classes, bool ignore, gp_label ignored);

/* Matrices of the case's own: zeros, a tensor's values as rows x cols (their product must be the count), a tensor [outer, axis,
   inner] with the axis along the columns, [outer * inner, axis]. */
gp_matrix case_zeros(const vec_case *c, size_t rows, size_t cols);
gp_matrix case_matrix(const tensor *t, size_t rows, size_t cols);
gp_matrix case_axis_last(const tensor *t, int axis);

/* The case frees it at its end; a NULL thing is the error that made it so. */
void *case_own(const vec_case *c, void *thing, void (*release)(void *), const gp_error *error);
void case_disown(const vec_case *c, const void *thing); /* somebody else frees it */
gp_layer *case_layer(const vec_case *c, gp_layer *layer, const gp_error *error);
void insist(const vec_case *c, gp_status status, const gp_error *error);

/* Compares a result with the output's wanted values; a mismatch is printed (the first of each tensor) and counted. `got` is a
   matrix of the tensor's count, row by row. A NULL tensor is an output that the case does not ask for. */
void case_compare(vec_case *c, tensor *want, const gp_matrix *got);
void case_compare_at(vec_case *c, tensor *want, size_t first, const gp_matrix *got); /* from value `first` on */
void case_compare_number(vec_case *c, tensor *want, size_t index, double got);
void case_compare_axis_last(vec_case *c, tensor *want, int axis, const gp_matrix *got);

#endif
