/* Sgd, Momentum, Adam, Adagrad: ONNX's single steps, and torch's runs over given gradients or on a quadratic. */
#include "ops.h"
#include "optimizer.h"

#include <stdio.h>
#include <string.h>

enum { FORMS = 2 };

/* Follows x over all steps of a torch case; `form` is Adam's. Returns x, state in first and second. */
static void run_steps(vec_case *c, gp_adam_form form, tensor *steps, gp_matrix *first, gp_matrix *second)
{
    gp_error error;
    const tensor *tx = need_input(c, "X"), *tg = case_input(c, "G"), *ta = case_input(c, "A"), *tb = case_input(c, "b");
    size_t n = tx->count, count = steps->dim[0];
    double lr = case_number(c, "lr", 0), decay = case_number(c, "weight_decay", 0);
    gp_matrix x = case_matrix(tx, 1, n), g;
    insist(gp_matrix_new(&g, 1, n, &error), &error);
    for (size_t s = 0; s < count; s++) {
        if (tg) {
            for (size_t i = 0; i < n; i++)
                g.at[i] = (gp_real)tg->at[s * n + i];
        } else {
            double loss = 0;
            for (size_t i = 0; i < n; i++) {
                double ax = 0;
                for (size_t j = 0; j < n; j++)
                    ax += ta->at[i * n + j] * (double)x.at[j];
                loss += (ax / 2 - tb->at[i]) * (double)x.at[i];
                g.at[i] = (gp_real)(ax - tb->at[i]);
            }
            case_compare_number(c, case_output(c, "loss"), s, loss);
        }
        if (strcmp(c->op, "Sgd") == 0)
            gp_sgd_update(n, x.at, g.at, lr, decay);
        else if (strcmp(c->op, "Momentum") == 0)
            gp_momentum_update(n, x.at, g.at, first->at, lr, case_number(c, "momentum", 0), 1,
                               case_number(c, "nesterov", 0) != 0, decay);
        else
            gp_adam_update(n, x.at, g.at, first->at, second->at, s + 1, lr, case_number(c, "beta1", 0.9),
                           case_number(c, "beta2", 0.999), case_number(c, "epsilon", 1e-8), form, decay);
        case_compare_at(c, steps, s * n, &x);
    }
    gp_matrix_free(&x);
    gp_matrix_free(&g);
}

static void torch_case(vec_case *c)
{
    static const char *const names[FORMS] = {"X_steps", "X_steps_keras"};
    gp_error error;
    size_t n = need_input(c, "X")->count;
    for (int f = 0; f < FORMS; f++) {
        tensor *steps = case_output(c, names[f]);
        gp_matrix first, second;
        if (!steps)
            continue;
        insist(gp_matrix_new(&first, 1, n, &error), &error);
        insist(gp_matrix_new(&second, 1, n, &error), &error);
        run_steps(c, f == 0 ? GP_ADAM_EPSILON_CORRECTED : GP_ADAM_EPSILON_PLAIN, steps, &first, &second);
        case_compare(c, case_output(c, "buffer"), &first);
        case_compare(c, case_output(c, "m"), &first);
        case_compare(c, case_output(c, "v"), &second);
        gp_matrix_free(&first);
        gp_matrix_free(&second);
    }
}

/* One variable of an ONNX case: inputs R, T, then all X, all G, all H (Adam: all V, all H); outputs likewise, X first. */
static void onnx_variable(vec_case *c, size_t k, size_t variables, double lr, int64_t t)
{
    const tensor *tx = case_nth_input(c, 2 + k), *tg = case_nth_input(c, 2 + variables + k);
    const tensor *th = case_nth_input(c, 2 + 2 * variables + k), *th2 = case_nth_input(c, 2 + 3 * variables + k);
    size_t n = tx->count;
    gp_matrix x = case_matrix(tx, 1, n), g = case_matrix(tg, 1, n), h = case_matrix(th, 1, n), h2 = {0};
    double decay = case_number(c, "norm_coefficient", 0);
    if (strcmp(c->op, "Momentum") == 0) {
        bool nesterov = strcmp(case_word(c, "mode", "standard"), "nesterov") == 0;
        double beta = t > 0 ? case_number(c, "beta", 1) : 1;
        gp_momentum_update(n, x.at, g.at, h.at, lr, case_number(c, "alpha", 0), beta, nesterov, decay);
    } else if (strcmp(c->op, "Adagrad") == 0) {
        double rate = lr / (1 + (double)t * case_number(c, "decay_factor", 0));
        gp_adagrad_update(n, x.at, g.at, h.at, rate, case_number(c, "epsilon", 1e-6), decay);
    } else {
        h2 = case_matrix(th2, 1, n);
        gp_adam_update(n, x.at, g.at, h.at, h2.at, (uint64_t)t, lr, case_number(c, "alpha", 0.9),
                       case_number(c, "beta", 0.999), case_number(c, "epsilon", 1e-6), GP_ADAM_EPSILON_PLAIN, decay);
        double after = case_number(c, "norm_coefficient_post", 0);
        for (size_t i = 0; i < n; i++)
            x.at[i] *= (gp_real)(1 - after);
        case_compare(c, case_nth_output(c, 2 * variables + k), &h2);
    }
    case_compare(c, case_nth_output(c, k), &x);
    case_compare(c, case_nth_output(c, variables + k), &h);
    gp_matrix_free(&x);
    gp_matrix_free(&g);
    gp_matrix_free(&h);
    gp_matrix_free(&h2);
}

static void onnx_case(vec_case *c)
{
    double lr = need_input(c, "R")->at[0];
    int64_t t = (int64_t)need_input(c, "T")->at[0];
    size_t inputs = 0;
    while (case_nth_input(c, inputs))
        inputs++;
    size_t variables = (inputs - 2) / (strcmp(c->op, "Adam") == 0 ? 4 : 3);
    for (size_t k = 0; k < variables; k++)
        onnx_variable(c, k, variables, lr, t);
}

bool run_optimizer_op(vec_case *c)
{
    static const char *const ops[] = {"Sgd", "Momentum", "Adam", "Adagrad"};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (strcmp(c->op, ops[i]) == 0) {
            case_input(c, "R") ? onnx_case(c) : torch_case(c);
            return true;
        }
    return false;
}
