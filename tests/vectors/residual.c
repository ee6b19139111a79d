/* LayerNormalization and RMSNormalization over any axis, with gradients where the case has them; whole residual networks. */
#include "dense.h"
#include "layernorm.h"
#include "ops.h"
#include "optimizer.h"
#include "rectifier.h"
#include "residual.h"

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

/* A whole network, and what its parameters are called in the case: W0 b0, then scalek Bk Wk bk Vk ck of each block, W b. */
enum { MAX_BLOCKS = 100 };
typedef struct {
    vec_case *c;
    gp_chain *net;
    size_t bindings;
    struct {
        char name[32];
        gp_parameter *parameter;
    } bound[2 + 6 * MAX_BLOCKS + 2];
} model;

static void release_chain(void *chain)
{
    gp_chain_free(chain);
}

static const tensor *stem_numbered(const vec_case *c, const char *stem, size_t k, char *name, size_t size)
{
    snprintf(name, size, k > MAX_BLOCKS ? "%s" : "%s%zu", stem, k % 1000); /* the last layer's names have no number */
    return need_input(c, name);
}

static void bind(model *m, const char *stem, size_t k, gp_parameter *p)
{
    char *name = m->bound[m->bindings].name;
    const tensor *t = stem_numbered(m->c, stem, k, name, sizeof m->bound->name);
    case_count(t, p->value.rows * p->value.cols);
    gp_matrix value = case_matrix(t, p->value.rows, p->value.cols);
    gp_matrix_copy(&p->value, &value);
    m->bound[m->bindings++].parameter = p;
}

static void add(model *m, gp_chain *chain, gp_layer *layer, gp_error *error)
{
    if (!layer)
        case_stop(m->c, 0, "%s", error->message);
    insist(m->c, gp_chain_add(chain, layer, error), error);
}

static void add_dense(model *m, gp_chain *chain, const char *w, const char *b, size_t k)
{
    char name[32];
    gp_error error = {"no memory"};
    const tensor *t = stem_numbered(m->c, w, k, name, sizeof name);
    case_rank(t, 2, 2);
    case_shape(t, 2, gp_chain_outputs(chain), t->dim[1]);
    gp_layer *dense = gp_dense_new(gp_chain_outputs(chain), t->dim[1], true, &error);
    add(m, chain, dense, &error);
    bind(m, w, k, &dense->parameter[0]);
    bind(m, b, k, &dense->parameter[1]);
}

static void add_block(model *m, size_t k, bool norm, double epsilon, double scale)
{
    gp_error error = {"no memory"};
    const size_t width = gp_chain_outputs(m->net);
    gp_chain *branch = case_own(m->c, gp_chain_new(width, &error), release_chain, &error);
    if (norm) {
        gp_layer *layer = gp_layernorm_new(width, epsilon, &error);
        add(m, branch, layer, &error);
        bind(m, "scale", k, &layer->parameter[0]);
        bind(m, "B", k, &layer->parameter[1]);
    }
    add_dense(m, branch, "W", "b", k);
    add(m, branch, gp_activation_new(&gp_relu, gp_chain_outputs(branch), (gp_activation_arguments){0}, &error), &error);
    add_dense(m, branch, "V", "c", k);
    case_disown(m->c, branch); /* it belongs to the layer from here on */
    add(m, m->net, gp_residual_new(branch, scale, false, &error), &error);
}

static void build(model *m)
{
    vec_case *c = m->c;
    gp_error error = {"no memory"};
    const tensor *tx = need_input(c, "X");
    const bool norm = case_flag(c, "norm");
    const double epsilon = case_number(c, "epsilon", 1e-5), scale = case_number(c, "branch_scale", 1);
    const size_t blocks = (size_t)case_integer(c, "blocks", 0, 0, MAX_BLOCKS);
    case_rank(tx, 2, 2);
    m->net = case_own(c, gp_chain_new(tx->dim[1], &error), release_chain, &error);
    add_dense(m, m->net, "W", "b", 0);
    for (size_t k = 1; k <= blocks; k++)
        add_block(m, k, norm, epsilon, scale);
    add_dense(m, m->net, "W", "b", MAX_BLOCKS + 1);
}

static void compare_named(model *m, const char *prefix, size_t i, const char *suffix, const gp_matrix *got)
{
    char name[64];
    snprintf(name, sizeof name, "%s%s%s", prefix, m->bound[i].name, suffix);
    case_compare(m->c, case_output(m->c, name), got);
}

/* The steps walk through all parameters, as an optimizer does: one that the walk misses would stay what it was. */
static void step(model *m, double rate)
{
    for (gp_walk w = gp_chain_walk(m->net); gp_walk_parameter(&w);)
        for (size_t i = 0; i < w.parameter->value.rows; i++)
            gp_sgd_update(w.parameter->value.cols, gp_row(&w.parameter->value, i), gp_row(&w.parameter->gradient, i), rate, 0);
}

static void network_case(vec_case *c)
{
    gp_error error;
    const gp_pass training = {true, NULL};
    const tensor *tx = need_input(c, "X");
    model m = {.c = c};
    build(&m);
    const size_t steps = (size_t)case_integer(c, "steps", 10, 1, 100000), batch = tx->dim[0];
    const gp_label *labels = case_labels(need_input(c, "labels"), gp_chain_outputs(m.net), false, 0);
    const double rate = case_needed_number(c, "lr");
    char suffix[32];
    case_shape(need_input(c, "labels"), 1, batch);
    case_shape(need_output(c, "loss"), 1, steps);
    gp_matrix x = case_matrix(tx, batch, tx->dim[1]);
    insist(c, gp_chain_reserve(m.net, batch, &error), &error);
    for (size_t s = 0; s < steps; s++) {
        case_compare_number(c, need_output(c, "loss"), s, gp_chain_gradients(m.net, &x, labels, &training));
        if (s == 0) {
            case_compare(c, case_output(c, "logits"), gp_chain_output(m.net, gp_chain_length(m.net) - 1));
            for (size_t i = 0; i < m.bindings; i++)
                compare_named(&m, "d", i, "", &m.bound[i].parameter->gradient);
        }
        step(&m, rate);
        snprintf(suffix, sizeof suffix, "_after%zu", s + 1);
        for (size_t i = 0; i < m.bindings; i++)
            compare_named(&m, "", i, suffix, &m.bound[i].parameter->value);
    }
    char logits[48];
    snprintf(logits, sizeof logits, "logits%s", suffix);
    case_compare(c, case_output(c, logits), gp_chain_forward(m.net, &x, &(gp_pass){false, NULL}));
}

bool run_residual_op(vec_case *c)
{
    if (strcmp(c->op, "LayerNormalization") == 0)
        normalization_case(c, true);
    else if (strcmp(c->op, "RMSNormalization") == 0)
        normalization_case(c, false);
    else if (strcmp(c->op, "ResidualNetwork") == 0)
        network_case(c);
    else
        return false;
    return true;
}
