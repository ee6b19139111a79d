/* Elementwise activations, PRelu and RRelu. */
#include "elu.h"
#include "layer.h"
#include "ops.h"
#include "rectifier.h"
#include "smooth.h"
#include "sigmoid.h"

#include <string.h>

static const gp_pass training = {.training = true};

static const struct {
    const char *op;
    const gp_activation_type *type;
    bool has_alpha;
    double alpha; /* ONNX's default */
} table[] = {
    {"Sigmoid", &gp_sigmoid, false, 0},   {"Tanh", &gp_tanh, false, 0}, {"Relu", &gp_relu, false, 0},
    {"LeakyRelu", &gp_leaky_relu, true, 0.01}, {"Elu", &gp_elu, true, 1},    {"Celu", &gp_celu, true, 1},
    {"Mish", &gp_mish, false, 0},         {"Softplus", &gp_softplus, false, 0},
};

static const double selu_alpha = 1.6732632423543772848, selu_scale = 1.0507009873554804934;

/* Swish of another alpha, x sigmoid(alpha x), is Swish of alpha x, divided by alpha. */
bool activation_named(const vec_case *c, const char *name, bool torch, activation *a)
{
    static const char *const approximations[] = {"none", "tanh", NULL};
    *a = (activation){.outside = 1, .inside = 1};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(name, table[i].op) == 0) {
            a->type = table[i].type;
            if (table[i].has_alpha)
                a->arguments.alpha = (gp_real)case_number(c, "alpha", table[i].alpha);
        }
    if (strcmp(name, "Celu") == 0 && !(a->arguments.alpha > 0))
        case_stop(c, 0, "expected an alpha above 0 for Celu, found %g", (double)a->arguments.alpha);
    if (strcmp(name, "Gelu") == 0)
        a->type = case_choice(c, "approximate", approximations) ? &gp_gelu_tanh : &gp_gelu;
    if (strcmp(name, "HardSigmoid") == 0) {
        /* torch's has the slope 1/6 */
        a->type = &gp_hard_sigmoid;
        a->arguments.alpha = (gp_real)case_number(c, "alpha", torch ? 1.0 / 6 : 0.2);
        a->arguments.beta = (gp_real)case_number(c, "beta", 0.5);
    }
    if (strcmp(name, "Swish") == 0) {
        a->type = &gp_swish;
        a->inside = case_number(c, "alpha", 1);
        if (a->inside == 0)
            case_stop(c, 0, "expected an alpha other than 0 for Swish, found 0");
        a->outside = 1 / a->inside;
    }
    if (strcmp(name, "Selu") == 0) {
        const double gamma = case_number(c, "gamma", selu_scale);
        a->arguments.alpha = (gp_real)case_number(c, "alpha", selu_alpha);
        a->arguments.beta = (gp_real)gamma;
        a->type = &gp_selu;
        if (gamma == 0) { /* the library's own constants, where the scale is 0 */
            a->type = &gp_elu;
            a->outside = 0;
        }
    }
    return a->type != NULL;
}

static void scale(gp_matrix *m, double by)
{
    for (size_t i = 0; by != 1 && i < m->rows; i++)
        for (size_t j = 0; j < m->cols; j++)
            gp_row(m, i)[j] *= (gp_real)by;
}

/* Forward, and backward where the case gives dY; the axis is the channels'. */
static void layer_case(vec_case *c, gp_layer *layer, const tensor *tx, int axis, const activation *a)
{
    gp_error error = {""};
    const tensor *tdy = case_input(c, "dY");
    gp_matrix x = case_axis_last(tx, axis), y = case_zeros(c, x.rows, x.cols), dx = case_zeros(c, x.rows, x.cols);
    case_same_shape(need_nth_output(c, 0), tx);
    scale(&x, a->inside);
    insist(c, gp_layer_reserve(layer, x.rows, &error), &error);
    gp_layer_forward(layer, &x, &y, &training);
    gp_matrix result = case_zeros(c, x.rows, x.cols);
    gp_matrix_copy(&result, &y);
    scale(&result, a->outside);
    case_compare_axis_last(c, case_nth_output(c, 0), axis, &result);
    if (tdy) {
        case_same_shape(tdy, tx);
        case_same_shape(need_output(c, "dX"), tx);
        gp_matrix dy = case_axis_last(tdy, axis);
        scale(&dy, a->outside);
        gp_layer_backward(layer, &x, &y, &dy, &dx);
        scale(&dx, a->inside);
        case_compare_axis_last(c, case_output(c, "dX"), axis, &dx);
    }
}

static const activation plain = {.outside = 1, .inside = 1};

/* A scalar has no axis: it is run as a row of one. */
static tensor with_axis(const tensor *t)
{
    tensor copy = *t;
    copy.dims = 1;
    copy.dim[0] = 1;
    return copy;
}

static void elementwise_case(vec_case *c, const activation *a)
{
    gp_error error = {""};
    tensor *tx = need_nth_input(c, 0);
    for (size_t i = 0; i < c->tensors; i++) /* X, dY, Y, dX are all of one shape, here with a dimension */
        if (tx->dims == 0 && c->tensor[i].dims == 0 && &c->tensor[i] != tx)
            c->tensor[i] = with_axis(&c->tensor[i]);
    if (tx->dims == 0)
        *tx = with_axis(tx);
    int axis = tx->dims - 1;
    gp_layer *layer = case_layer(c, gp_activation_new(a->type, tx->dim[axis], a->arguments, &error), &error);
    layer_case(c, layer, tx, axis, a);
}

/* torch: one slope a channel (`axis`, 1), or one in all. */
static void torch_prelu_case(vec_case *c)
{
    gp_error error = {""};
    const tensor *tx = need_input(c, "X"), *tslope = need_input(c, "slope");
    int axis = case_axis(tx, case_integer(c, "axis", tx->dims > 1 ? 1 : 0, -MAX_DIMS, MAX_DIMS));
    size_t channels = tx->dim[axis];
    bool shared = tslope->count == 1;
    case_rank(tslope, shared ? 0 : 1, 1);
    if (!shared)
        case_count(tslope, channels);
    gp_matrix slope = case_matrix(tslope, 1, tslope->count);
    gp_layer *layer = case_layer(c, gp_prelu_new(channels, shared, 0, &error), &error);
    gp_matrix_copy(&layer->parameter[0].value, &slope);
    layer_case(c, layer, tx, axis, &plain);
    if (case_input(c, "dY"))
        case_compare(c, case_output(c, "dslope"), &layer->parameter[0].gradient);
}

/* The place in a slope that is broadcast to X of the value at `index` of X. */
static size_t broadcast_place(const tensor *tx, const tensor *tslope, size_t index)
{
    size_t place = 0, step = 1;
    for (int i = 1; i <= tx->dims; i++) {
        size_t dim = tx->dim[tx->dims - i], at = index % dim;
        index /= dim;
        if (i <= tslope->dims) {
            size_t width = tslope->dim[tslope->dims - i];
            place += width == 1 ? 0 : at * step;
            step *= width;
        }
    }
    return place;
}

/* ONNX broadcasts the slope to X from the last axis: a slope for the last axis is a PRelu with its channels; for any other shape
   every element is a channel of its own. */
static void onnx_prelu_case(vec_case *c)
{
    gp_error error = {""};
    const tensor *tx = need_nth_input(c, 0), *tslope = need_nth_input(c, 1);
    if (tslope->dims > tx->dims)
        case_stop(c, tslope->line, "expected a slope of at most %d dimensions, found %d", tx->dims, tslope->dims);
    for (int i = 1; i <= tslope->dims; i++)
        if (tslope->dim[tslope->dims - i] != 1 && tslope->dim[tslope->dims - i] != tx->dim[tx->dims - i])
            case_stop(c, tslope->line, "expected a slope that fits %s, found a dimension %zu", tx->name,
                      tslope->dim[tslope->dims - i]);
    bool channels = tx->dims > 0 && (tslope->count == 1 || (tslope->dim[tslope->dims - 1] == tslope->count));
    if (channels) {
        gp_matrix slope = case_matrix(tslope, 1, tslope->count);
        int axis = tx->dims - 1;
        gp_layer *layer = case_layer(c, gp_prelu_new(tx->dim[axis], tslope->count == 1, 0, &error), &error);
        gp_matrix_copy(&layer->parameter[0].value, &slope);
        layer_case(c, layer, tx, axis, &plain);
        return;
    }
    const double *value = case_values(tslope);
    gp_matrix x = case_matrix(tx, 1, tx->count), y = case_zeros(c, 1, tx->count);
    gp_layer *layer = case_layer(c, gp_prelu_new(tx->count, false, 0, &error), &error);
    for (size_t i = 0; i < tx->count; i++)
        layer->parameter[0].value.at[i] = (gp_real)value[broadcast_place(tx, tslope, i)];
    insist(c, gp_layer_reserve(layer, 1, &error), &error);
    gp_layer_forward(layer, &x, &y, &training);
    case_same_shape(need_nth_output(c, 0), tx);
    case_compare(c, case_nth_output(c, 0), &y);
}

/* training 0: the mean slope, through the layer in inference. training 1: the slopes are given, one an element, which makes of
   RRelu a PRelu with as many channels; the two layers share their kernels. A slope drawn lies between lower and upper; where
   X >= 0 none is drawn. */
static void rrelu_case(vec_case *c)
{
    gp_error error = {""};
    const tensor *tx = need_input(c, "X"), *tdy = case_input(c, "dY"), *tslope = NULL;
    double lower = case_number(c, "lower", 1.0 / 8), upper = case_number(c, "upper", 1.0 / 3);
    bool drawn = case_flag(c, "training");
    size_t n = tx->count;
    gp_layer *layer;
    gp_matrix x = case_matrix(tx, 1, n), y = case_zeros(c, 1, n), dx = case_zeros(c, 1, n);
    if (drawn) {
        tslope = need_input(c, "slope");
        case_same_shape(tslope, tx);
        gp_matrix slope = case_matrix(tslope, 1, n);
        const double *value = case_values(tslope), *at = case_values(tx);
        for (size_t i = 0; i < n; i++)
            if (at[i] < 0 && !(value[i] >= lower && value[i] <= upper))
                case_stop(c, tslope->line, "expected slopes from %g to %g where X is negative, found %g", lower, upper, value[i]);
        layer = case_layer(c, gp_prelu_new(n, false, 0, &error), &error);
        gp_matrix_copy(&layer->parameter[0].value, &slope);
    } else {
        layer = case_layer(c, gp_rrelu_new(n, (gp_real)lower, (gp_real)upper, &error), &error);
    }
    insist(c, gp_layer_reserve(layer, 1, &error), &error);
    gp_layer_forward(layer, &x, &y, &(gp_pass){.training = drawn});
    case_same_shape(need_output(c, "Y"), tx);
    case_compare(c, case_output(c, "Y"), &y);
    if (tdy) {
        case_same_shape(tdy, tx);
        case_same_shape(need_output(c, "dX"), tx);
        gp_matrix dy = case_matrix(tdy, 1, n);
        gp_layer_backward(layer, &x, &y, &dy, &dx);
        case_compare(c, case_output(c, "dX"), &dx);
    }
}

bool run_activation_op(vec_case *c)
{
    activation a;
    if (strcmp(c->op, "PRelu") == 0)
        case_input(c, "dY") || case_has(c, "axis") ? torch_prelu_case(c) : onnx_prelu_case(c);
    else if (strcmp(c->op, "RRelu") == 0)
        rrelu_case(c);
    else if (activation_named(c, c->op, case_input(c, "dY") != NULL, &a))
        elementwise_case(c, &a);
    else
        return false;
    return true;
}
