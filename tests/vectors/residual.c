/* LayerNormalization and RMSNormalization over any axis, with gradients where the case has them; whole residual networks. */
#include "layernorm.h"
#include "ops.h"

#include <string.h>

static gp_matrix zeros(size_t rows, size_t cols)
{
    gp_matrix m;
    gp_error error;
    insist(gp_matrix_new(&m, rows, cols, &error), &error);
    return m;
}

/* The axes before `axis` are the rows, it and those behind are the columns. */
static gp_matrix rows_before(const vec_case *c, const tensor *t)
{
    int axis = (int)case_number(c, "axis", -1);
    size_t rows = 1;
    axis = axis < 0 ? axis + t->dims : axis;
    for (int d = 0; d < axis && d < t->dims; d++)
        rows *= t->dim[d];
    return case_matrix(t, rows, rows == 0 ? 0 : t->count / rows);
}

static void normalization_case(vec_case *c, bool centered)
{
    const tensor *tscale = case_nth_input(c, 1), *tbias = centered ? case_nth_input(c, 2) : NULL;
    if (tbias && strcmp(tbias->name, "dY") == 0)
        tbias = NULL;
    gp_matrix x = rows_before(c, case_nth_input(c, 0)), y = zeros(x.rows, x.cols);
    gp_matrix gamma = case_matrix(tscale, 1, x.cols), beta = tbias ? case_matrix(tbias, 1, x.cols) : zeros(1, x.cols);
    gp_matrix mean = zeros(1, x.rows), inverse = zeros(1, x.rows), dgamma = zeros(1, x.cols), dbeta = zeros(1, x.cols);
    const gp_row_norm norm = {centered,  case_number(c, "epsilon", 1e-5), gamma.at, tbias ? beta.at : NULL, dgamma.at,
                              dbeta.at, mean.at, inverse.at};
    gp_row_norm_forward(&norm, &x, &y);
    case_compare(c, case_nth_output(c, 0), &y);
    if (case_input(c, "dY")) {
        gp_matrix dy = rows_before(c, need_input(c, "dY"));
        gp_row_norm_backward(&norm, &x, &dy, &y);
        case_compare(c, case_output(c, "dX"), &y);
        case_compare(c, case_output(c, "dscale"), &dgamma);
        case_compare(c, case_output(c, "dB"), &dbeta);
        gp_matrix_free(&dy);
    } else if (centered) {
        case_compare(c, case_nth_output(c, 1), &mean);
        case_compare(c, case_nth_output(c, 2), &inverse);
    }
    gp_matrix *all[] = {&x, &y, &gamma, &beta, &mean, &inverse, &dgamma, &dbeta};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        gp_matrix_free(all[i]);
}

bool run_residual_op(vec_case *c)
{
    if (strcmp(c->op, "LayerNormalization") == 0)
        normalization_case(c, true);
    else if (strcmp(c->op, "RMSNormalization") == 0)
        normalization_case(c, false);
    else
        return false;
    return true;
}
