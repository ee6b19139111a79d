/* Whole small networks over ten steps: dense layers, an activation, batch normalization before or after it, an optimizer. */
#include "batchnorm.h"
#include "dense.h"
#include "elu.h"
#include "loss.h"
#include "network.h"
#include "ops.h"
#include "optimizer.h"
#include "rectifier.h"
#include "sigmoid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    const gp_activation_type *type;
    double alpha;
} activations[] = {
    {"Sigmoid", &gp_sigmoid, 0}, {"Tanh", &gp_tanh, 0},         {"Relu", &gp_relu, 0}, {"LeakyRelu", &gp_leaky_relu, 0.01},
    {"Elu", &gp_elu, 1},         {"Selu", &gp_selu, 0},         {"Celu", &gp_celu, 1}, {"Swish", &gp_swish, 1},
    {"Mish", &gp_mish, 0},       {"Softplus", &gp_softplus, 0}, {"Gelu", &gp_gelu, 0},
};

static gp_layer *activation_layer(const vec_case *c, size_t width, const tensor *slope, gp_error *error)
{
    const char *name = case_word(c, "activation", "Relu");
    if (strcmp(name, "PRelu") == 0)
        return gp_prelu_new(width, slope && slope->count == 1, 0, error);
    if (strcmp(name, "Gelu") == 0 && strcmp(case_word(c, "approximate", "none"), "tanh") == 0)
        return gp_activation_new(&gp_gelu_tanh, width, (gp_activation_arguments){0}, error);
    if (strcmp(name, "HardSigmoid") == 0)
        return gp_activation_new(&gp_hard_sigmoid, width, (gp_activation_arguments){(gp_real)case_number(c, "alpha", 1.0 / 6), (gp_real)0.5},
                                 error);
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++)
        if (strcmp(name, activations[i].name) == 0)
            return gp_activation_new(activations[i].type, width,
                                     (gp_activation_arguments){(gp_real)case_number(c, "alpha", activations[i].alpha), 0}, error);
    fprintf(stderr, "%s: unknown activation %s\n", c->path, name);
    exit(2);
}

/* Tensors of layer k, such as W2: the parameter of the network that bears this name in the case. */
typedef struct {
    char name[32];
    gp_parameter *parameter;
} binding;

enum { MAX_BINDINGS = 128 };

typedef struct {
    gp_network *net;
    binding bound[MAX_BINDINGS];
    size_t bindings;
} model;

static void bind(model *m, const vec_case *c, const char *stem, size_t k, gp_parameter *p)
{
    GP_REQUIRE(m->bindings < MAX_BINDINGS, "%s: more than %d parameters", c->path, MAX_BINDINGS);
    binding *b = &m->bound[m->bindings++];
    snprintf(b->name, sizeof b->name, "%.24s%zu", stem, k % 1000);
    b->parameter = p;
    const tensor *t = case_input(c, b->name);
    if (t) {
        gp_matrix value = case_matrix(t, p->value.rows, p->value.cols);
        gp_matrix_copy(&p->value, &value);
        gp_matrix_free(&value);
    }
}

static void add(model *m, gp_layer *layer, gp_error *error)
{
    insist(layer ? GP_OK : GP_NO_MEMORY, error);
    insist(gp_network_add(m->net, layer, error), error);
}

static void build(model *m, const vec_case *c, bool unbiased)
{
    gp_error error;
    const char *batchnorm = case_word(c, "batchnorm", "none");
    size_t layers = (size_t)case_number(c, "layers", 1), inputs = need_input(c, "X")->dim[1];
    m->net = gp_network_new(inputs, 1, &error);
    m->bindings = 0;
    insist(m->net ? GP_OK : GP_NO_MEMORY, &error);
    for (size_t k = 1; k <= layers; k++) {
        char name[16];
        snprintf(name, sizeof name, "W%zu", k % 1000);
        size_t units = need_input(c, name)->dim[1];
        gp_layer *dense = gp_dense_new(inputs, units, true, &error);
        add(m, dense, &error);
        bind(m, c, "W", k, &dense->parameter[0]);
        bind(m, c, "b", k, &dense->parameter[1]);
        inputs = units;
        for (int half = 0; k < layers && half < 2; half++) {
            if (half == (strcmp(batchnorm, "before") == 0)) {
                snprintf(name, sizeof name, "slope%zu", k % 1000);
                gp_layer *activation = activation_layer(c, units, case_input(c, name), &error);
                add(m, activation, &error);
                if (strcmp(case_word(c, "activation", ""), "PRelu") == 0)
                    bind(m, c, "slope", k, &activation->parameter[0]);
            } else if (strcmp(batchnorm, "none") != 0) {
                gp_layer *norm = gp_batchnorm_new(units, 1 - case_number(c, "update", 0.1), case_number(c, "epsilon_bn", 1e-3), &error);
                add(m, norm, &error);
                gp_batchnorm_set_unbiased(norm, unbiased);
                bind(m, c, "scale", k, &norm->parameter[0]);
                bind(m, c, "B", k, &norm->parameter[1]);
                bind(m, c, "running_mean", k, &norm->parameter[2]);
                bind(m, c, unbiased ? "running_var_unbiased" : "running_var_biased", k, &norm->parameter[3]);
            }
        }
    }
}

static gp_optimizer_options optimizer_of(const vec_case *c)
{
    const char *name = case_word(c, "optimizer", "Sgd");
    bool nesterov = case_number(c, "nesterov", 0) != 0;
    return (gp_optimizer_options){
        .kind = strcmp(name, "Adam") == 0 ? GP_ADAM : strcmp(name, "Sgd") == 0 ? GP_SGD : nesterov ? GP_NESTEROV : GP_MOMENTUM,
        .learning_rate = case_number(c, "lr", 0.01),
        .momentum = case_number(c, "momentum", 0),
        .beta1 = case_number(c, "beta1", 0.9),
        .beta2 = case_number(c, "beta2", 0.999),
        .epsilon = case_number(c, "epsilon", 1e-8),
        .weight_decay = case_number(c, "weight_decay", 0),
        .adam_form = GP_ADAM_EPSILON_CORRECTED,
    };
}

static void compare_named(vec_case *c, const char *prefix, const char *name, const char *suffix, const gp_matrix *got)
{
    char full[64];
    snprintf(full, sizeof full, "%s%s%s", prefix, name, suffix);
    case_compare(c, case_output(c, full), got);
}

static void compare_parameters(vec_case *c, const model *m, const char *suffix)
{
    for (size_t i = 0; i < m->bindings; i++)
        compare_named(c, "", m->bound[i].name, suffix, &m->bound[i].parameter->value);
}

/* The running variance has two conventions, so a case with batch normalization is run twice. */
static void network_case(vec_case *c, bool unbiased)
{
    gp_error error;
    model m;
    build(&m, c, unbiased);
    const tensor *tx = need_input(c, "X"), *tlabels = need_input(c, "labels");
    size_t batch = tx->dim[0], steps = (size_t)case_number(c, "steps", 10);
    gp_matrix x = case_matrix(tx, batch, tx->dim[1]), dlogits;
    insist(gp_network_reserve(m.net, batch, &error), &error);
    gp_optimizer *optimizer = gp_optimizer_new(m.net, optimizer_of(c), &error);
    insist(optimizer ? GP_OK : GP_NO_MEMORY, &error);
    const gp_matrix *logits = gp_network_forward(m.net, &x, false);
    insist(gp_matrix_new(&dlogits, batch, logits->cols, &error), &error);
    gp_cross_entropy_options options = {.labels = tlabels->integers};
    for (size_t s = 0; s < steps; s++) {
        logits = gp_network_forward(m.net, &x, true);
        case_compare_number(c, case_output(c, "loss"), s, gp_softmax_cross_entropy(logits, &options, NULL, &dlogits));
        gp_network_backward(m.net, &dlogits);
        if (s == 0) {
            case_compare(c, case_output(c, "logits"), logits);
            for (size_t i = 0; i < m.bindings; i++)
                if (m.bound[i].parameter->gradient.at)
                    compare_named(c, "d", m.bound[i].name, "", &m.bound[i].parameter->gradient);
        }
        gp_optimizer_step(optimizer);
        if (s == 0)
            compare_parameters(c, &m, "_after1");
    }
    compare_parameters(c, &m, "_after10");
    logits = gp_network_forward(m.net, &x, false);
    case_compare(c, case_output(c, "logits_after10"), logits);
    case_compare(c, case_output(c, unbiased ? "logits_infer_unbiased_after10" : "logits_infer_biased_after10"), logits);
    gp_optimizer_free(optimizer);
    gp_network_free(m.net);
    gp_matrix_free(&x);
    gp_matrix_free(&dlogits);
}

bool run_network_op(vec_case *c)
{
    if (strcmp(c->op, "Network") != 0)
        return false;
    network_case(c, false);
    if (strcmp(case_word(c, "batchnorm", "none"), "none") != 0)
        network_case(c, true);
    return true;
}
