/* Gemm, Softmax, LogSoftmax and the losses. */
#include "dense.h"
#include "loss.h"
#include "ops.h"

#include <string.h>

static const gp_pass inference = {.training = false};

/* torch's form: X W + b through the dense layer, with its gradients. `transB 1`: W is given as [out, in]. */
static void dense_case(vec_case *c)
{
    gp_error error = {""};
    const tensor *tx = need_input(c, "X"), *tw = need_input(c, "W"), *tb = case_input(c, "b"), *tdy = need_input(c, "dY");
    bool transposed = case_flag(c, "transB");
    case_rank(tx, 2, 2);
    case_rank(tdy, 2, 2);
    size_t batch = tx->dim[0], inputs = tx->dim[1], units = tdy->dim[1];
    case_shape(tw, 2, transposed ? units : inputs, transposed ? inputs : units);
    case_shape(tb, 1, units);
    case_shape(tdy, 2, batch, units);
    case_shape(case_output(c, "Y"), 2, batch, units);
    gp_layer *dense = case_layer(c, gp_dense_new(inputs, units, tb != NULL, &error), &error);
    gp_matrix x = case_matrix(tx, batch, inputs), dy = case_matrix(tdy, batch, units);
    gp_matrix y = case_zeros(c, batch, units), dx = case_zeros(c, batch, inputs);
    gp_matrix w = transposed ? case_axis_last(tw, 0) : case_matrix(tw, inputs, units);
    gp_matrix_copy(&dense->parameter[0].value, &w);
    if (tb) {
        gp_matrix b = case_matrix(tb, 1, units);
        gp_matrix_copy(&dense->parameter[1].value, &b);
    }
    insist(c, gp_layer_reserve(dense, batch, &error), &error);
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
}

/* C broadcast to rows x cols, as numpy does from the last axis. */
static void fill_broadcast(gp_matrix *y, const tensor *t)
{
    case_rank(t, 0, 2);
    size_t cols = t->dims > 0 ? t->dim[t->dims - 1] : 1, rows = t->dims > 1 ? t->dim[0] : 1;
    if ((cols != 1 && cols != y->cols) || (rows != 1 && rows != y->rows))
        case_stop(t->owner, t->line, "expected %s to fit [%zu, %zu], found [%zu, %zu]", t->name, y->rows, y->cols, rows, cols);
    const double *value = case_values(t);
    for (size_t i = 0; i < y->rows; i++)
        for (size_t j = 0; j < y->cols; j++)
            gp_row(y, i)[j] = (gp_real)value[(rows == 1 ? 0 : i) * cols + (cols == 1 ? 0 : j)];
}

/* ONNX's form: alpha A' B' + beta C, C broadcast to the result. */
static void gemm_case(vec_case *c)
{
    const tensor *ta = need_nth_input(c, 0), *tb = need_nth_input(c, 1), *tc = case_nth_input(c, 2);
    bool at = case_flag(c, "transA"), bt = case_flag(c, "transB");
    double alpha = case_number(c, "alpha", 1), beta = case_number(c, "beta", 1);
    case_rank(ta, 2, 2);
    case_rank(tb, 2, 2);
    size_t rows = ta->dim[at], inner = ta->dim[!at], cols = tb->dim[!bt];
    case_shape(tb, 2, bt ? cols : inner, bt ? inner : cols);
    case_shape(need_nth_output(c, 0), 2, rows, cols);
    gp_matrix a = case_matrix(ta, ta->dim[0], ta->dim[1]), b = case_matrix(tb, tb->dim[0], tb->dim[1]);
    gp_matrix y = case_zeros(c, rows, cols);
    if (tc)
        fill_broadcast(&y, tc);
    gp_matrix_multiply(&y, (gp_real)beta, (gp_real)alpha, &a, at, &b, bt);
    case_compare(c, case_nth_output(c, 0), &y);
}

static void softmax_case(vec_case *c, void (*softmax)(const gp_matrix *, gp_matrix *),
                         void (*backward)(const gp_matrix *, const gp_matrix *, gp_matrix *))
{
    const tensor *tx = need_nth_input(c, 0), *tdy = case_input(c, "dY");
    int axis = case_axis(tx, case_integer(c, "axis", -1, -MAX_DIMS, MAX_DIMS));
    case_same_shape(need_nth_output(c, 0), tx);
    gp_matrix x = case_axis_last(tx, axis), y = case_zeros(c, x.rows, x.cols);
    softmax(&x, &y);
    case_compare_axis_last(c, case_nth_output(c, 0), axis, &y);
    if (tdy) {
        case_same_shape(tdy, tx);
        case_same_shape(need_output(c, "dX"), tx);
        gp_matrix dy = case_axis_last(tdy, axis);
        backward(&y, &dy, &x);
        case_compare_axis_last(c, case_output(c, "dX"), axis, &x);
    }
}

typedef double loss_function(const gp_matrix *, const gp_cross_entropy_options *, gp_real *, gp_matrix *);

/* labels and losses of single samples have the shape of the logits without the axis of the classes */
static void without_classes(const tensor *t, const tensor *x)
{
    case_rank(t, x->dims - 1, x->dims - 1);
    for (int i = 0; i < t->dims; i++)
        if (t->dim[i] != x->dim[i ? i + 1 : 0])
            case_stop(t->owner, t->line, "expected dimension %d of %s to be %zu, found %zu", i + 1, t->name,
                      x->dim[i ? i + 1 : 0], t->dim[i]);
}

/* upstream gradient: one value in all, or one a sample */
static void times_dloss(gp_matrix *dx, const tensor *tdloss, bool each)
{
    case_count(tdloss, each ? dx->rows : 1);
    const double *dloss = case_values(tdloss);
    for (size_t i = 0; i < dx->rows; i++)
        for (size_t j = 0; j < dx->cols; j++)
            gp_row(dx, i)[j] *= (gp_real)dloss[each ? i : 0];
}

/* Both losses in both notations: torch's logits/labels/targets/weights/dloss, ONNX's positional x/y/w. */
static void loss_case(vec_case *c, loss_function *loss, bool softmax)
{
    static const char *const reductions[] = {"mean", "sum", "none", NULL};
    static const gp_reduction kinds[] = {GP_REDUCE_MEAN, GP_REDUCE_SUM, GP_REDUCE_NONE};
    bool torch = case_input(c, "logits") != NULL;
    const tensor *tx = torch ? case_input(c, "logits") : need_nth_input(c, 0);
    const tensor *ttargets = torch ? case_input(c, "targets") : NULL;
    const tensor *tlabels = !torch ? need_nth_input(c, 1) : ttargets ? NULL : need_input(c, "labels");
    const tensor *tweights = torch ? case_input(c, "weights") : case_nth_input(c, 2);
    const tensor *tdloss = torch ? case_input(c, "dloss") : NULL;
    tensor *want = need_nth_output(c, 0), *log_prob = torch || !softmax ? NULL : case_nth_output(c, 1);
    case_rank(tx, 2, MAX_DIMS);
    gp_matrix x = case_axis_last(tx, 1), dx = case_zeros(c, x.rows, x.cols), each = case_zeros(c, 1, x.rows);
    gp_matrix targets = {0}, weights = {0};
    bool ignore = case_has(c, "ignore_index");
    gp_label ignored = (gp_label)case_integer(c, "ignore_index", 0, INT32_MIN, INT32_MAX);
    if (ttargets) {
        case_same_shape(ttargets, tx);
        targets = case_axis_last(ttargets, 1);
    }
    if (tweights) {
        case_shape(tweights, 1, x.cols);
        weights = case_matrix(tweights, 1, x.cols);
    }
    if (tlabels)
        without_classes(tlabels, tx);
    double smoothing = softmax ? case_number(c, "label_smoothing", 0) : 0;
    if (!(smoothing >= 0 && smoothing <= 1))
        case_stop(c, 0, "expected a label_smoothing from 0 to 1, found %g", smoothing);
    gp_cross_entropy_options options = {
        .labels = tlabels ? case_labels(tlabels, x.cols, ignore, ignored) : NULL,
        .targets = ttargets ? &targets : NULL,
        .weights = tweights ? weights.at : NULL,
        .ignore = ignore,
        .ignore_index = ignored,
        .label_smoothing = (gp_real)smoothing,
        .reduction = kinds[case_choice(c, "reduction", reductions)],
    };
    bool none = options.reduction == GP_REDUCE_NONE;
    double value = loss(&x, &options, each.at, &dx);
    if (none) {
        without_classes(want, tx);
        case_compare(c, want, &each);
    } else {
        case_count(want, 1);
        case_compare_number(c, want, 0, value);
    }
    if (tdloss) {
        times_dloss(&dx, tdloss, none);
        case_same_shape(need_output(c, "dlogits"), tx);
        case_compare_axis_last(c, case_output(c, "dlogits"), 1, &dx);
    }
    if (log_prob) {
        case_same_shape(log_prob, tx);
        gp_log_softmax(&x, &dx);
        case_compare_axis_last(c, log_prob, 1, &dx);
    }
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
        loss_case(c, gp_softmax_cross_entropy, true);
    else if (strcmp(c->op, "NegativeLogLikelihoodLoss") == 0)
        loss_case(c, gp_nll, false);
    else
        return false;
    return true;
}
