/* A conformance case: one .vec file, its attributes and tensors, and the comparison of results. */
#ifndef GP_VECTORS_CASE_H
#define GP_VECTORS_CASE_H
#include "matrix.h"

enum { MAX_DIMS = 8 };

typedef struct {
    char name[64];
    bool output, integer, compared;
    int dims;
    size_t dim[MAX_DIMS], count;
    double *at;       /* floating-point values, or the integers as double */
    int64_t *integers; /* NULL unless integer */
} tensor;

typedef struct {
    char key[64], value[64];
} attribute;

typedef struct {
    char path[512], name[128], op[64];
    double rtol, atol;
    size_t attributes, tensors, failures;
    attribute *attribute;
    tensor *tensor;
} vec_case;

/* Reads a file; bad input gives a message with the line, what was expected and what was found. */
gp_status case_read(vec_case *c, const char *path, gp_error *error);
void case_free(vec_case *c);

/* Attributes: the file's own, else its default, else the fallback. */
const char *case_word(const vec_case *c, const char *key, const char *fallback);
double case_number(const vec_case *c, const char *key, double fallback);
bool case_has(const vec_case *c, const char *key);

const tensor *case_input(const vec_case *c, const char *name); /* NULL: absent */
const tensor *case_nth_input(const vec_case *c, size_t n);
tensor *case_output(const vec_case *c, const char *name);
tensor *case_nth_output(const vec_case *c, size_t n);

/* Compares a result with the output's wanted values; a mismatch is printed (the first of each tensor) and counted. `got` is a
   matrix of the tensor's count, row by row. A NULL tensor is an output that the case does not ask for. */
void case_compare(vec_case *c, tensor *want, const gp_matrix *got);
void case_compare_at(vec_case *c, tensor *want, size_t first, const gp_matrix *got); /* from value `first` on; whole when last */
void case_compare_number(vec_case *c, tensor *want, size_t index, double got);
void case_fail(vec_case *c, const char *tensor_name, const char *format, ...);

/* A tensor's values as a rows x cols matrix (rows * cols == count). */
gp_matrix case_matrix(const tensor *t, size_t rows, size_t cols);

/* A tensor [outer, axis, inner] as a matrix with the axis along the columns, [outer * inner, axis]; and back. */
gp_matrix case_axis_last(const tensor *t, int axis);
void case_compare_axis_last(vec_case *c, tensor *want, int axis, const gp_matrix *got);

#endif
