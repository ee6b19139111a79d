/* Whole small networks over some steps: dense layers, an activation, batch normalization before or after it, an optimizer. */
#include "batchnorm.h"
#include "dense.h"
#include "elu.h"
#include "loss.h"
#include "network.h"
#include "ops.h"
#include "optimizer.h"
#include "rectifier.h"

#include <stdlib.h>
#include <string.h>

/* Tensors of layer k, such as W2: the parameter of the network that bears this name in the case. */
typedef struct {
    char name[48];
    gp_parameter *parameter;
} binding;

typedef enum { NORM_NONE, NORM_BEFORE, NORM_AFTER } norm_place;
enum { MAX_BINDINGS = 512 };

typedef struct {
    vec_case *c;
    gp_network *net;
    norm_place norm;
    bool unbiased, prelu;
    activation activation;
    size_t layers, bindings;
    binding bound[MAX_BINDINGS];
} model;

static void release_network(void *net)
{
    gp_network_free(net);
}

static void release_optimizer(void *optimizer)
{
    gp_optimizer_free(optimizer);
}

/* Takes the value from the case: from its input if there is one, else it stays what the layer made. */
static void bind(model *m, const char *stem, size_t k, gp_parameter *p, bool needed)
{
    if (m->bindings == MAX_BINDINGS)
        case_stop(m->c, 0, "expected at most %d parameters, found more", MAX_BINDINGS);
    binding *b = &m->bound[m->bindings++];
    snprintf(b->name, sizeof b->name, "%.24s%zu", stem, k % 1000);
    b->parameter = p;
    const tensor *t = needed ? need_input(m->c, b->name) : NULL;
    if (!t)
        return;
    if (t->dims == 2)
        case_shape(t, 2, p->value.rows, p->value.cols);
    else
        case_shape(t, 1, p->value.cols);
    gp_matrix value = case_matrix(t, p->value.rows, p->value.cols);
    gp_matrix_copy(&p->value, &value);
}

static void add(model *m, gp_layer *layer, gp_error *error)
{
    if (!layer)
        case_stop(m->c, 0, "%s", error->message[0] ? error->message : "no memory");
    gp_status status = gp_network_add(m->net, layer, error);
    if (status)
        gp_layer_free(layer);
    insist(m->c, status, error);
}

static const tensor *numbered(const vec_case *c, const char *stem, size_t k)
{
    char name[48];
    snprintf(name, sizeof name, "%.24s%zu", stem, k % 1000);
    return need_input(c, name);
}

static void add_norm(model *m, size_t k, size_t units)
{
    gp_error error = {""};
    gp_layer *norm = gp_batchnorm_new(units, 1 - case_number(m->c, "update", 0.1), case_number(m->c, "epsilon_bn", 1e-3), &error);
    add(m, norm, &error);
    gp_batchnorm_set_unbiased(norm, m->unbiased);
    bind(m, "scale", k, &norm->parameter[0], true);
    bind(m, "B", k, &norm->parameter[1], true);
    bind(m, "running_mean", k, &norm->parameter[2], false);
    bind(m, m->unbiased ? "running_var_unbiased" : "running_var_biased", k, &norm->parameter[3], false);
}

static void add_activation(model *m, size_t k, size_t units)
{
    gp_error error = {""};
    if (m->prelu) {
        gp_layer *prelu = gp_prelu_new(units, numbered(m->c, "slope", k)->count == 1, 0, &error);
        add(m, prelu, &error);
        bind(m, "slope", k, &prelu->parameter[0], true);
    } else {
        add(m, gp_activation_new(m->activation.type, units, m->activation.arguments, &error), &error);
    }
}

/* Swish of another alpha is no layer of the library, so a network cannot have it. */
static void choose_activation(model *m)
{
    vec_case *c = m->c;
    const char *name = case_word(c, "activation", NULL);
    if (!name)
        case_stop(c, 0, "expected an attribute activation, found none");
    m->prelu = strcmp(name, "PRelu") == 0;
    if (!m->prelu && !activation_named(c, name, true, &m->activation))
        case_stop(c, 0, "expected a known activation, found '%s'", name);
    if (!m->prelu && (m->activation.outside != 1 || m->activation.inside != 1))
        case_stop(c, 0, "expected %s with the usual alpha in a network", name);
}

static void build(model *m)
{
    static const char *const places[] = {"none", "before", "after", NULL};
    vec_case *c = m->c;
    gp_error error = {""};
    const tensor *tx = need_input(c, "X");
    m->norm = (norm_place)case_choice(c, "batchnorm", places);
    m->layers = (size_t)case_integer(c, "layers", 1, 1, 100);
    case_rank(tx, 2, 2);
    if (m->layers > 1)
        choose_activation(m);
    size_t inputs = tx->dim[1];
    m->net = case_own(c, gp_network_new(inputs, 1, &error), release_network, &error);
    for (size_t k = 1; k <= m->layers; k++) {
        const tensor *tw = numbered(c, "W", k);
        case_rank(tw, 2, 2);
        case_shape(tw, 2, inputs, tw->dim[1]);
        size_t units = tw->dim[1];
        gp_layer *dense = gp_dense_new(inputs, units, true, &error);
        add(m, dense, &error);
        bind(m, "W", k, &dense->parameter[0], true);
        bind(m, "b", k, &dense->parameter[1], true);
        inputs = units;
        if (k == m->layers)
            break;
        if (m->norm == NORM_BEFORE)
            add_norm(m, k, units);
        add_activation(m, k, units);
        if (m->norm == NORM_AFTER)
            add_norm(m, k, units);
    }
}

static gp_optimizer_options optimizer_of(const vec_case *c)
{
    static const char *const names[] = {"Sgd", "Momentum", "Adam", NULL};
    static const gp_optimizer_kind kinds[] = {GP_SGD, GP_MOMENTUM, GP_ADAM};
    gp_optimizer_options o = gp_optimizer_defaults(kinds[case_choice(c, "optimizer", names)]);
    o.learning_rate = case_needed_number(c, "lr");
    o.weight_decay = case_number(c, "weight_decay", 0);
    o.adam_form = GP_ADAM_EPSILON_CORRECTED;
    if (o.kind == GP_MOMENTUM) {
        o.momentum = case_needed_number(c, "momentum");
        if (case_flag(c, "nesterov"))
            o.kind = GP_NESTEROV;
    } else if (o.kind == GP_ADAM) {
        o.beta1 = case_number(c, "beta1", 0.9);
        o.beta2 = case_number(c, "beta2", 0.999);
        o.epsilon = case_number(c, "epsilon", 1e-8);
    }
    return o;
}

static void compare_named(vec_case *c, const char *prefix, const char *name, const char *suffix, const gp_matrix *got)
{
    char full[128];
    snprintf(full, sizeof full, "%s%s%s", prefix, name, suffix);
    case_compare(c, case_output(c, full), got);
}

/* NAME_after3 is the parameter after step 3. */
static void compare_after(model *m, size_t steps)
{
    char suffix[32];
    snprintf(suffix, sizeof suffix, "_after%zu", steps);
    for (size_t i = 0; i < m->bindings; i++)
        compare_named(m->c, "", m->bound[i].name, suffix, &m->bound[i].parameter->value);
}

static void compare_gradients(model *m)
{
    for (size_t i = 0; i < m->bindings; i++)
        if (m->bound[i].parameter->gradient.at)
            compare_named(m->c, "d", m->bound[i].name, "", &m->bound[i].parameter->gradient);
}

/* The logits at the end: of the network that has no batch normalization, else with the running statistics. */
static void compare_end(model *m, const gp_matrix *x, size_t steps)
{
    char suffix[32];
    snprintf(suffix, sizeof suffix, "_after%zu", steps);
    const char *name = m->norm == NORM_NONE || m->layers == 1 ? "logits"
                       : m->unbiased                          ? "logits_infer_unbiased"
                                                              : "logits_infer_biased";
    compare_named(m->c, "", name, suffix, gp_network_forward(m->net, x, false));
}

/* The losses are compared, so the file holds one for every step and bounds them. */
static void train(model *m)
{
    vec_case *c = m->c;
    gp_error error = {""};
    const tensor *tx = need_input(c, "X"), *tlabels = need_input(c, "labels");
    tensor *loss = need_output(c, "loss"), *first = case_output(c, "logits");
    const size_t batch = tx->dim[0], steps = (size_t)case_integer(c, "steps", 10, 1, 100000);
    case_shape(loss, 1, steps);
    case_shape(tlabels, 1, batch);
    gp_matrix x = case_matrix(tx, batch, tx->dim[1]);
    insist(c, gp_network_reserve(m->net, batch, &error), &error);
    gp_optimizer *optimizer = case_own(c, gp_optimizer_new(m->net, optimizer_of(c), &error), release_optimizer, &error);
    const size_t classes = gp_network_forward(m->net, &x, false)->cols;
    gp_matrix dlogits = case_zeros(c, batch, classes);
    case_shape(first, 2, batch, classes);
    gp_cross_entropy_options options = {.labels = case_labels(tlabels, classes, false, 0)};
    for (size_t s = 1; s <= steps; s++) {
        const gp_matrix *logits = gp_network_forward(m->net, &x, true);
        case_compare_number(c, loss, s - 1, gp_softmax_cross_entropy(logits, &options, NULL, &dlogits));
        if (s == 1)
            case_compare(c, first, logits);
        insist(c, gp_network_backward(m->net, &x, &dlogits, &error), &error);
        if (s == 1)
            compare_gradients(m);
        gp_optimizer_step(optimizer, NULL);
        compare_after(m, s);
    }
    compare_end(m, &x, steps);
}

static void release_model(void *m)
{
    free(m);
}

static void network_case(vec_case *c, bool unbiased)
{
    gp_error error = {""};
    model *m = case_own(c, calloc(1, sizeof *m), release_model, &error);
    m->c = c;
    m->unbiased = unbiased;
    build(m);
    train(m);
}

/* The running variance has two conventions, so a case with batch normalization is run twice. */
bool run_network_op(vec_case *c)
{
    if (strcmp(c->op, "Network") != 0)
        return false;
    network_case(c, false);
    if (strcmp(case_word(c, "batchnorm", "none"), "none") != 0)
        network_case(c, true);
    return true;
}
