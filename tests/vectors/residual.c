/* LayerNormalization and RMSNormalization over any axis, with gradients where the case has them; whole residual networks. */
#include "layernorm.h"
#include "ops.h"

#include <string.h>

/* The axes before `axis` are the rows, it and those behind are the columns. */
static size_t rows_before(const tensor *t, int axis)
{
    size_t rows = 1;
    for (int d = 0; d < axis; d++)
        rows *= t->dim[d];
    return rows;
}

/* scale and bias have the dimensions from the axis on */
static gp_matrix parameter_of(const tensor *t, const tensor *tx, int axis, size_t cols)
{
    if (t->dims != tx->dims - axis || memcmp(t->dim, tx->dim + axis, (size_t)t->dims * sizeof *t->dim) != 0)
        case_stop(t->owner, t->line, "expected %s to have the dimensions of %s from %d on", t->name, tx->name, axis);
    return case_matrix(t, 1, cols);
}

/* ONNX's further outputs have the rank of X, with ones from the axis on */
static void compare_statistic(vec_case *c, tensor *want, const tensor *tx, int axis, const gp_matrix *got)
{
    for (int d = 0; want && d < tx->dims; d++)
        if (want->dims != tx->dims || want->dim[d] != (d < axis ? tx->dim[d] : 1))
            case_stop(c, want->line, "expected %s to have the dimensions of %s up to %d, then ones", want->name, tx->name, axis);
    case_compare(c, want, got);
}

static void normalization_case(vec_case *c, bool centered)
{
    const tensor *tdy = case_input(c, "dY"), *tx = tdy ? need_input(c, "X") : need_nth_input(c, 0);
    const tensor *tscale = tdy ? need_input(c, "scale") : need_nth_input(c, 1);
    const tensor *tbias = !centered ? NULL : tdy ? case_input(c, "B") : case_nth_input(c, 2);
    const int axis = case_axis(tx, case_integer(c, "axis", -1, -MAX_DIMS, MAX_DIMS));
    const size_t rows = rows_before(tx, axis), cols = tx->count / rows;
    const double epsilon = case_number(c, "epsilon", 1e-5);
    case_integer(c, "stash_type", 1, 1, 1); /* computed in float32, as here */
    case_same_shape(need_nth_output(c, 0), tx);
    gp_matrix x = case_matrix(tx, rows, cols), y = case_zeros(c, rows, cols), gamma = parameter_of(tscale, tx, axis, cols);
    gp_matrix beta = tbias ? parameter_of(tbias, tx, axis, cols) : case_zeros(c, 1, cols);
    gp_matrix mean = case_zeros(c, 1, rows), inverse = case_zeros(c, 1, rows);
    gp_matrix dgamma = case_zeros(c, 1, cols), dbeta = case_zeros(c, 1, cols);
    const gp_row_norm norm = {centered, epsilon, gamma.at, tbias ? beta.at : NULL, dgamma.at, dbeta.at, mean.at, inverse.at};
    gp_row_norm_forward(&norm, &x, &y);
    case_compare(c, case_nth_output(c, 0), &y);
    if (tdy) {
        case_same_shape(tdy, tx);
        case_same_shape(need_output(c, "dX"), tx);
        gp_matrix dy = case_matrix(tdy, rows, cols);
        gp_row_norm_backward(&norm, &x, &dy, &y);
        case_compare(c, case_output(c, "dX"), &y);
        case_compare(c, case_output(c, "dscale"), &dgamma);
        if (tbias)
            case_compare(c, case_output(c, "dB"), &dbeta);
    } else if (centered) {
        compare_statistic(c, case_nth_output(c, 1), tx, axis, &mean);
        compare_statistic(c, case_nth_output(c, 2), tx, axis, &inverse);
    }
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
