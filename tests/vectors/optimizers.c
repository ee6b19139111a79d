/* Sgd, Momentum, Adam, Adagrad: ONNX's single steps, and torch's runs over given gradients or on a quadratic. */
#include "ops.h"
#include "optimizer.h"

#include <string.h>

/* What a torch case runs with. */
typedef struct {
    size_t n, steps;
    double lr, decay, momentum, beta1, beta2, epsilon;
    bool nesterov;
    const double *g, *a, *b; /* gradients [steps, n], or those of x'Ax/2 - b'x */
} run;

static bool is(const vec_case *c, const char *op)
{
    return strcmp(c->op, op) == 0;
}

static run run_of(const vec_case *c, const tensor *steps)
{
    static const char *const problems[] = {"none", "quadratic", NULL};
    const tensor *tx = need_input(c, "X");
    run r = {.n = tx->count, .steps = steps->count / tx->count};
    case_rank(steps, 2, MAX_DIMS);
    if (steps->dims != tx->dims + 1 || steps->dim[0] != r.steps || memcmp(steps->dim + 1, tx->dim, (size_t)tx->dims * sizeof *tx->dim))
        case_stop(c, steps->line, "expected %s to have for every step the shape of X", steps->name);
    r.lr = case_needed_number(c, "lr");
    r.decay = case_number(c, "weight_decay", 0);
    if (is(c, "Momentum")) {
        r.momentum = case_needed_number(c, "momentum");
        r.nesterov = case_flag(c, "nesterov");
    } else if (is(c, "Adam")) {
        r.beta1 = case_number(c, "beta1", 0.9);
        r.beta2 = case_number(c, "beta2", 0.999);
        r.epsilon = case_number(c, "epsilon", 1e-8);
    }
    if (case_choice(c, "problem", problems)) {
        case_rank(tx, 1, 1);
        case_shape(need_input(c, "A"), 2, r.n, r.n);
        case_shape(need_input(c, "b"), 1, r.n);
        r.a = case_values(need_input(c, "A"));
        r.b = case_values(need_input(c, "b"));
    } else {
        case_same_shape(need_input(c, "G"), steps);
        r.g = case_values(need_input(c, "G"));
    }
    return r;
}

/* the gradient Ax - b, and the loss */
static double quadratic(const run *r, const gp_matrix *x, gp_matrix *g)
{
    double loss = 0;
    for (size_t i = 0; i < r->n; i++) {
        double ax = 0;
        for (size_t j = 0; j < r->n; j++)
            ax += r->a[i * r->n + j] * (double)x->at[j];
        loss += (ax / 2 - r->b[i]) * (double)x->at[i];
        g->at[i] = (gp_real)(ax - r->b[i]);
    }
    return loss;
}

/* Follows x over all steps; `loss` may be NULL. */
static void run_steps(vec_case *c, gp_adam_form form, tensor *steps, tensor *loss, gp_matrix *first, gp_matrix *second)
{
    const run r = run_of(c, steps);
    case_shape(loss, 1, r.steps);
    gp_matrix x = case_matrix(need_input(c, "X"), 1, r.n), g = case_zeros(c, 1, r.n);
    for (size_t s = 0; s < r.steps; s++) {
        for (size_t i = 0; r.g && i < r.n; i++)
            g.at[i] = (gp_real)r.g[s * r.n + i];
        if (r.a)
            case_compare_number(c, loss, s, quadratic(&r, &x, &g));
        if (is(c, "Sgd"))
            gp_sgd_update(r.n, x.at, g.at, r.lr, r.decay);
        else if (is(c, "Momentum"))
            gp_momentum_update(r.n, x.at, g.at, first->at, r.lr, r.momentum, 1, r.nesterov, r.decay);
        else
            gp_adam_update(r.n, x.at, g.at, first->at, second->at, s + 1, r.lr, r.beta1, r.beta2, r.epsilon, form, r.decay);
        case_compare_at(c, steps, s * r.n, &x);
    }
}

/* Loss and state belong to the first form of the steps that the case has. */
static void torch_case(vec_case *c)
{
    static const char *const names[] = {"X_steps", "X_steps_keras"};
    static const gp_adam_form forms[] = {GP_ADAM_EPSILON_CORRECTED, GP_ADAM_EPSILON_PLAIN};
    tensor *loss = case_output(c, "loss"), *buffer = is(c, "Momentum") ? case_output(c, "buffer") : NULL;
    tensor *m = is(c, "Adam") ? case_output(c, "m") : NULL, *v = is(c, "Adam") ? case_output(c, "v") : NULL;
    if (!case_output(c, names[1]) || !is(c, "Adam"))
        need_output(c, names[0]);
    for (int f = 0; f < 1 + is(c, "Adam"); f++) {
        tensor *steps = case_output(c, names[f]);
        if (!steps)
            continue;
        size_t n = need_input(c, "X")->count;
        gp_matrix first = case_zeros(c, 1, n), second = case_zeros(c, 1, n);
        run_steps(c, forms[f], steps, loss, &first, &second);
        case_compare(c, buffer, &first);
        case_compare(c, m, &first);
        case_compare(c, v, &second);
        loss = m = v = NULL;
    }
}

/* The attributes of an ONNX step. */
typedef struct {
    double rate, alpha, beta, epsilon, decay, after;
    uint64_t t;
    bool nesterov;
} step;

static step step_of(const vec_case *c)
{
    static const char *const modes[] = {"standard", "nesterov", NULL};
    const tensor *tt = need_input(c, "T");
    case_count(tt, 1);
    int64_t t = case_integers(tt)[0];
    if (t < 0)
        case_stop(c, tt->line, "expected a T of at least 0, found %lld", (long long)t);
    step s = {.rate = case_scalar(need_input(c, "R")), .t = (uint64_t)t, .decay = case_number(c, "norm_coefficient", 0)};
    if (is(c, "Momentum")) {
        s.alpha = case_needed_number(c, "alpha");
        s.beta = case_needed_number(c, "beta");
        s.nesterov = case_choice(c, "mode", modes) == 1;
        if (t == 0)
            s.beta = 1;
    } else if (is(c, "Adagrad")) {
        s.rate /= 1 + (double)t * case_number(c, "decay_factor", 0);
        s.epsilon = case_number(c, "epsilon", 1e-6);
    } else {
        s.alpha = case_number(c, "alpha", 0.9);
        s.beta = case_number(c, "beta", 0.999);
        s.epsilon = case_number(c, "epsilon", 1e-6);
        s.after = case_number(c, "norm_coefficient_post", 0);
    }
    return s;
}

/* One of the variables: all X come first, then all G, all H (Adam: all V, all H); outputs likewise. */
static void onnx_variable(vec_case *c, const step *s, size_t k, size_t variables, size_t states)
{
    const tensor *tx = need_nth_input(c, 2 + k), *tg = need_nth_input(c, 2 + variables + k);
    const size_t n = tx->count;
    gp_matrix state[2];
    case_same_shape(tg, tx);
    for (size_t i = 0; i <= states; i++) {
        const tensor *th = need_nth_input(c, 2 + (1 + i) * variables + k);
        case_same_shape(th, tx);
        case_same_shape(need_nth_output(c, i * variables + k), tx);
        if (i > 0)
            state[i - 1] = case_matrix(th, 1, n);
    }
    gp_matrix x = case_matrix(tx, 1, n), g = case_matrix(tg, 1, n);
    if (is(c, "Momentum"))
        gp_momentum_update(n, x.at, g.at, state[0].at, s->rate, s->alpha, s->beta, s->nesterov, s->decay);
    else if (is(c, "Adagrad"))
        gp_adagrad_update(n, x.at, g.at, state[0].at, s->rate, s->epsilon, s->decay);
    else
        gp_adam_update(n, x.at, g.at, state[0].at, state[1].at, s->t, s->rate, s->alpha, s->beta, s->epsilon,
                       GP_ADAM_EPSILON_PLAIN, s->decay);
    for (size_t i = 0; i < n; i++)
        x.at[i] *= (gp_real)(1 - s->after);
    case_compare(c, case_nth_output(c, k), &x);
    for (size_t i = 0; i < states; i++)
        case_compare(c, case_nth_output(c, (1 + i) * variables + k), &state[i]);
}

static void onnx_case(vec_case *c)
{
    const step s = step_of(c);
    const size_t states = is(c, "Adam") ? 2 : 1, each = 2 + states, inputs = case_inputs(c);
    if (case_nth_input(c, 0) != case_input(c, "R") || case_nth_input(c, 1) != case_input(c, "T") || inputs == 2 ||
        (inputs - 2) % each != 0)
        case_stop(c, 0, "expected the inputs R, T and %zu for each variable, found %zu inputs", each, inputs);
    for (size_t k = 0; k < (inputs - 2) / each; k++)
        onnx_variable(c, &s, k, (inputs - 2) / each, states);
}

bool run_optimizer_op(vec_case *c)
{
    bool onnx = case_input(c, "R") != NULL;
    if (!is(c, "Sgd") && !is(c, "Momentum") && !is(c, "Adam") && !is(c, "Adagrad"))
        return false;
    if (onnx && is(c, "Sgd"))
        case_stop(c, case_input(c, "R")->line, "expected an optimizer with inputs R and T, found Sgd");
    if (!onnx && is(c, "Adagrad"))
        need_input(c, "R");
    onnx ? onnx_case(c) : torch_case(c);
    return true;
}
