/* Elementwise activations, PRelu and RRelu. */
#include "elu.h"
#include "layer.h"
#include "ops.h"
#include "rectifier.h"
#include "sigmoid.h"

#include <string.h>

static const gp_pass training = {.training = true};

static const struct {
    const char *op;
    const gp_activation_type *type;
    double alpha, beta; /* ONNX's defaults */
} table[] = {
    {"Sigmoid", &gp_sigmoid, 0, 0},     {"Tanh", &gp_tanh, 0, 0},
    {"Relu", &gp_relu, 0, 0},           {"LeakyRelu", &gp_leaky_relu, 0.01, 0},
    {"Elu", &gp_elu, 1, 0},             {"Selu", &gp_selu, 0, 0},
    {"Celu", &gp_celu, 1, 0},           {"Swish", &gp_swish, 1, 0},
    {"Mish", &gp_mish, 0, 0},           {"Softplus", &gp_softplus, 0, 0},
    {"Gelu", &gp_gelu, 0, 0},
};

/* Forward, and backward where the case gives dY; every elementwise case has one row. */
static void layer_case(vec_case *c, gp_layer *layer, gp_matrix *x, const gp_matrix *dy, int axis)
{
    gp_error error;
    gp_matrix y, dx;
    insist(gp_matrix_new(&y, x->rows, x->cols, &error), &error);
    insist(gp_matrix_new(&dx, x->rows, x->cols, &error), &error);
    insist(gp_layer_reserve(layer, x->rows, &error), &error);
    gp_layer_forward(layer, x, &y, &training);
    case_compare_axis_last(c, case_nth_output(c, 0), axis, &y);
    if (dy) {
        gp_layer_backward(layer, x, &y, dy, &dx);
        case_compare_axis_last(c, case_output(c, "dX"), axis, &dx);
    }
    gp_matrix_free(&y);
    gp_matrix_free(&dx);
}

static void elementwise_case(vec_case *c, const gp_activation_type *type, gp_activation_arguments arguments)
{
    gp_error error;
    const tensor *tx = case_nth_input(c, 0), *tdy = case_input(c, "dY");
    int axis = tx->dims - 1;
    gp_matrix x = case_axis_last(tx, axis), dy = {0};
    if (tdy)
        dy = case_axis_last(tdy, axis);
    gp_layer *layer = gp_activation_new(type, x.cols, arguments, &error);
    insist(layer ? GP_OK : GP_NO_MEMORY, &error);
    layer_case(c, layer, &x, tdy ? &dy : NULL, axis);
    gp_layer_free(layer);
    gp_matrix_free(&x);
    gp_matrix_free(&dy);
}

/* torch: one slope a channel (axis 1), or one in all; ONNX broadcasts the slope from the last axis. */
static void prelu_case(vec_case *c)
{
    gp_error error;
    const tensor *tx = case_nth_input(c, 0), *tslope = case_nth_input(c, 1), *tdy = case_input(c, "dY");
    size_t last = tx->dim[tx->dims - 1];
    if (!tdy && tslope->count != 1 && tslope->count != last) {
        /* a slope of higher rank: flatten X so that the slope's elements are the channels */
        gp_matrix x = case_matrix(tx, tx->count / tslope->count, tslope->count), y;
        gp_matrix slope = case_matrix(tslope, 1, tslope->count);
        gp_layer *layer = gp_prelu_new(tslope->count, false, 0, &error);
        insist(layer ? GP_OK : GP_NO_MEMORY, &error);
        insist(gp_matrix_new(&y, x.rows, x.cols, &error), &error);
        gp_matrix_copy(&layer->parameter[0].value, &slope);
        gp_layer_forward(layer, &x, &y, &training);
        case_compare(c, case_nth_output(c, 0), &y);
        gp_layer_free(layer);
        gp_matrix_free(&x);
        gp_matrix_free(&y);
        gp_matrix_free(&slope);
        return;
    }
    int axis = tdy ? (int)case_number(c, "axis", 1) : tx->dims - 1;
    if (axis >= tx->dims)
        axis = tx->dims - 1;
    gp_matrix x = case_axis_last(tx, axis), dy = {0}, slope = case_matrix(tslope, 1, tslope->count);
    if (tdy)
        dy = case_axis_last(tdy, axis);
    gp_layer *layer = gp_prelu_new(x.cols, tslope->count == 1, 0, &error);
    insist(layer ? GP_OK : GP_NO_MEMORY, &error);
    gp_matrix_copy(&layer->parameter[0].value, &slope);
    layer_case(c, layer, &x, tdy ? &dy : NULL, axis);
    if (tdy)
        case_compare(c, case_output(c, "dslope"), &layer->parameter[0].gradient);
    gp_layer_free(layer);
    gp_matrix_free(&x);
    gp_matrix_free(&dy);
    gp_matrix_free(&slope);
}

/* training 0: the mean slope, through the layer in inference. training 1: the slopes are given, one an element, which makes of
   RRelu a PRelu with as many channels; the two layers share their kernels. */
static void rrelu_case(vec_case *c)
{
    gp_error error;
    const tensor *tx = need_input(c, "X"), *tdy = need_input(c, "dY"), *tslope = case_input(c, "slope");
    double lower = case_number(c, "lower", 1.0 / 8), upper = case_number(c, "upper", 1.0 / 3);
    size_t n = tx->count;
    gp_matrix x = case_matrix(tx, 1, n), dy = case_matrix(tdy, 1, n), y, dx;
    insist(gp_matrix_new(&y, 1, n, &error), &error);
    insist(gp_matrix_new(&dx, 1, n, &error), &error);
    gp_layer *layer = tslope ? gp_prelu_new(n, false, 0, &error) : gp_rrelu_new(n, (gp_real)lower, (gp_real)upper, &error);
    insist(layer ? GP_OK : GP_NO_MEMORY, &error);
    if (tslope) {
        gp_matrix slope = case_matrix(tslope, 1, n);
        gp_matrix_copy(&layer->parameter[0].value, &slope);
        gp_matrix_free(&slope);
    }
    insist(gp_layer_reserve(layer, 1, &error), &error);
    gp_layer_forward(layer, &x, &y, &(gp_pass){.training = tslope != NULL});
    gp_layer_backward(layer, &x, &y, &dy, &dx);
    gp_layer_free(layer);
    case_compare(c, case_output(c, "Y"), &y);
    case_compare(c, case_output(c, "dX"), &dx);
    gp_matrix_free(&x);
    gp_matrix_free(&y);
    gp_matrix_free(&dx);
    gp_matrix_free(&dy);
}

bool run_activation_op(vec_case *c)
{
    if (strcmp(c->op, "PRelu") == 0)
        prelu_case(c);
    else if (strcmp(c->op, "RRelu") == 0)
        rrelu_case(c);
    else if (strcmp(c->op, "Gelu") == 0 && strcmp(case_word(c, "approximate", "none"), "tanh") == 0)
        elementwise_case(c, &gp_gelu_tanh, (gp_activation_arguments){0});
    else if (strcmp(c->op, "HardSigmoid") == 0) {
        /* ONNX's form has alpha and beta; torch's is the one with slope 1/6 */
        bool torch = case_input(c, "dY") && !case_has(c, "alpha");
        gp_activation_arguments a = {(gp_real)case_number(c, "alpha", torch ? 1.0 / 6 : 0.2), (gp_real)case_number(c, "beta", 0.5)};
        elementwise_case(c, &gp_hard_sigmoid, a);
    } else {
        for (size_t i = 0; i < sizeof table / sizeof *table; i++)
            if (strcmp(c->op, table[i].op) == 0) {
                gp_activation_arguments a = {(gp_real)case_number(c, "alpha", table[i].alpha),
                                             (gp_real)case_number(c, "beta", table[i].beta)};
                elementwise_case(c, table[i].type, a);
                return true;
            }
        return false;
    }
    return true;
}
