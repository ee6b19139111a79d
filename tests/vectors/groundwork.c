/* Gemm, Softmax, LogSoftmax and the losses. */
#include "dense.h"
#include "loss.h"
#include "ops.h"

#include <stdlib.h>
#include <string.h>

static const gp_pass inference = {.training = false};

/* torch's form: X W + b through the dense layer, with its gradients. `transB 1`: W is given as [out, in]. */
static void dense_case(vec_case *c)
{
    gp_error error;
    const tensor *tx = need_input(c, "X"), *tw = need_input(c, "W"), *tb = case_input(c, "b"), *tdy = need_input(c, "dY");
    bool transposed = case_number(c, "transB", 0) != 0;
    size_t batch = tx->dim[0], inputs = tx->dim[1], units = tdy->dim[1];
    gp_layer *dense = gp_dense_new(inputs, units, tb != NULL, &error);
    insist(dense ? GP_OK : GP_NO_MEMORY, &error);
    gp_matrix x = case_matrix(tx, batch, inputs), dy = case_matrix(tdy, batch, units), y, dx;
    gp_matrix w = transposed ? case_axis_last(tw, 0) : case_matrix(tw, inputs, units);
    insist(gp_matrix_new(&y, batch, units, &error), &error);
    insist(gp_matrix_new(&dx, batch, inputs, &error), &error);
    gp_matrix_copy(&dense->parameter[0].value, &w);
    if (tb) {
        gp_matrix b = case_matrix(tb, 1, units);
        gp_matrix_copy(&dense->parameter[1].value, &b);
        gp_matrix_free(&b);
    }
    insist(gp_layer_reserve(dense, batch, &error), &error);
    gp_layer_forward(dense, &x, &y, &inference);
    case_compare(c, case_output(c, "Y"), &y);
    gp_layer_backward(dense, &x, &y, &dy, &dx);
    case_compare(c, case_output(c, "dX"), &dx);
    if (transposed)
        case_compare_axis_last(c, case_output(c, "dW"), 0, &dense->parameter[0].gradient);
    else
        case_compare(c, case_output(c, "dW"), &dense->parameter[0].gradient);
    if (tb)
        case_compare(c, case_output(c, "db"), &dense->parameter[1].gradient);
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_matrix_free(&dx);
    gp_matrix_free(&dy);
    gp_matrix_free(&w);
    gp_layer_free(dense);
}

/* ONNX's form: alpha A' B' + beta C, C broadcast to the result. */
static void gemm_case(vec_case *c)
{
    const tensor *ta = case_nth_input(c, 0), *tb = case_nth_input(c, 1), *tc = case_nth_input(c, 2);
    bool at = case_number(c, "transA", 0) != 0, bt = case_number(c, "transB", 0) != 0;
    gp_matrix a = case_matrix(ta, ta->dim[0], ta->dim[1]), b = case_matrix(tb, tb->dim[0], tb->dim[1]), y;
    gp_error error;
    size_t rows = at ? a.cols : a.rows, cols = bt ? b.rows : b.cols;
    insist(gp_matrix_new(&y, rows, cols, &error), &error);
    if (tc) {
        size_t c_cols = tc->dims > 0 ? tc->dim[tc->dims - 1] : 1, c_rows = tc->count / c_cols;
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < cols; j++)
                gp_row(&y, i)[j] = (gp_real)tc->at[(c_rows == 1 ? 0 : i) * c_cols + (c_cols == 1 ? 0 : j)];
    }
    gp_matrix_multiply(&y, (gp_real)case_number(c, "beta", 1), (gp_real)case_number(c, "alpha", 1), &a, at, &b, bt);
    case_compare(c, case_nth_output(c, 0), &y);
    gp_matrix_free(&a);
    gp_matrix_free(&b);
    gp_matrix_free(&y);
}

static void softmax_case(vec_case *c, void (*softmax)(const gp_matrix *, gp_matrix *),
                         void (*backward)(const gp_matrix *, const gp_matrix *, gp_matrix *))
{
    gp_error error;
    const tensor *tx = case_nth_input(c, 0), *tdy = case_input(c, "dY");
    int axis = (int)case_number(c, "axis", -1);
    gp_matrix x = case_axis_last(tx, axis), y;
    insist(gp_matrix_new(&y, x.rows, x.cols, &error), &error);
    softmax(&x, &y);
    case_compare_axis_last(c, case_nth_output(c, 0), axis, &y);
    if (tdy) {
        gp_matrix dy = case_axis_last(tdy, axis);
        backward(&y, &dy, &x);
        case_compare_axis_last(c, case_output(c, "dX"), axis, &x);
        gp_matrix_free(&dy);
    }
    gp_matrix_free(&x);
    gp_matrix_free(&y);
}

static gp_reduction reduction_of(const vec_case *c)
{
    const char *word = case_word(c, "reduction", "mean");
    return strcmp(word, "sum") == 0 ? GP_REDUCE_SUM : strcmp(word, "none") == 0 ? GP_REDUCE_NONE : GP_REDUCE_MEAN;
}

/* Both losses in both notations: torch's logits/labels/targets/weights/dloss, ONNX's positional x/y/w. */
static void loss_case(vec_case *c, double (*loss)(const gp_matrix *, const gp_cross_entropy_options *, gp_real *, gp_matrix *))
{
    gp_error error;
    bool torch = case_input(c, "logits") != NULL;
    const tensor *tx = case_nth_input(c, 0), *tlabels = torch ? case_input(c, "labels") : case_nth_input(c, 1);
    const tensor *tweights = torch ? case_input(c, "weights") : case_nth_input(c, 2);
    const tensor *ttargets = case_input(c, "targets"), *tdloss = case_input(c, "dloss");
    gp_matrix x = case_axis_last(tx, 1), dx, targets = {0}, weights = {0};
    if (ttargets)
        targets = case_axis_last(ttargets, 1);
    if (tweights)
        weights = case_matrix(tweights, 1, tweights->count);
    insist(gp_matrix_new(&dx, x.rows, x.cols, &error), &error);
    gp_real *each = calloc(x.rows, sizeof *each);
    gp_cross_entropy_options options = {
        .labels = tlabels ? tlabels->integers : NULL,
        .targets = ttargets ? &targets : NULL,
        .weights = tweights ? weights.at : NULL,
        .ignore = case_has(c, "ignore_index"),
        .ignore_index = (int64_t)case_number(c, "ignore_index", 0),
        .label_smoothing = (gp_real)case_number(c, "label_smoothing", 0),
        .reduction = reduction_of(c),
    };
    double value = loss(&x, &options, each, &dx);
    tensor *want = case_nth_output(c, 0);
    if (options.reduction == GP_REDUCE_NONE) {
        gp_matrix e = gp_matrix_view(each, 1, x.rows, x.rows);
        case_compare(c, want, &e);
    } else {
        case_compare_number(c, want, 0, value);
    }
    if (tdloss) {
        for (size_t i = 0; i < dx.rows; i++)
            for (size_t j = 0; j < dx.cols; j++)
                gp_row(&dx, i)[j] *= (gp_real)tdloss->at[tdloss->count == 1 ? 0 : i];
        case_compare_axis_last(c, case_output(c, "dlogits"), 1, &dx);
    }
    tensor *log_prob = case_nth_output(c, 1);
    if (!torch && log_prob) {
        gp_log_softmax(&x, &dx);
        case_compare_axis_last(c, log_prob, 1, &dx);
    }
    free(each);
    gp_matrix_free(&x);
    gp_matrix_free(&dx);
    gp_matrix_free(&targets);
    gp_matrix_free(&weights);
}

bool run_groundwork_op(vec_case *c)
{
    if (strcmp(c->op, "Gemm") == 0)
        case_input(c, "dY") ? dense_case(c) : gemm_case(c);
    else if (strcmp(c->op, "Softmax") == 0)
        softmax_case(c, gp_softmax, gp_softmax_backward);
    else if (strcmp(c->op, "LogSoftmax") == 0)
        softmax_case(c, gp_log_softmax, gp_log_softmax_backward);
    else if (strcmp(c->op, "SoftmaxCrossEntropyLoss") == 0)
        loss_case(c, gp_softmax_cross_entropy);
    else if (strcmp(c->op, "NegativeLogLikelihoodLoss") == 0)
        loss_case(c, gp_nll);
    else
        return false;
    return true;
}
