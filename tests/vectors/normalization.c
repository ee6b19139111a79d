/* BatchNormalization in both notations, and the running statistics over several batches. */
#include "batchnorm.h"
#include "ops.h"

#include <string.h>

static gp_matrix row_of(const tensor *t, size_t n)
{
    case_shape(t, 1, n);
    return case_matrix(t, 1, n);
}

static void compare_running(vec_case *c, const tensor *before, const gp_matrix *batch, double update, double correction,
                            tensor *want)
{
    gp_matrix running = row_of(before, batch->cols);
    case_shape(want, 1, batch->cols);
    gp_batchnorm_running(before->count, running.at, batch->at, update, correction);
    case_compare(c, want, &running);
}

/* n/(n-1); of a batch of one there is no unbiased variance */
static double correction_of(const vec_case *c, size_t n, const tensor *want)
{
    if (want && n < 2)
        case_stop(c, want->line, "expected a batch of at least two for %s, found %zu", want->name, n);
    return n < 2 ? 1 : (double)n / ((double)n - 1);
}

static double share(const vec_case *c, const char *key, double fallback)
{
    double value = case_number(c, key, fallback);
    if (!(value >= 0 && value <= 1))
        case_stop(c, 0, "expected a %s from 0 to 1, found %g", key, value);
    return value;
}

static double epsilon_of(const vec_case *c)
{
    double value = case_number(c, "epsilon", 1e-5);
    if (!(value >= 0))
        case_stop(c, 0, "expected an epsilon of at least 0, found %g", value);
    return value;
}

static void normalization_case(vec_case *c)
{
    bool torch = case_input(c, "dY") != NULL;
    bool training = case_flag(c, torch ? "training" : "training_mode");
    double epsilon = epsilon_of(c);
    double update = torch ? share(c, "update", 0.1) : 1 - share(c, "momentum", 0.9);
    const tensor *tx = need_nth_input(c, 0), *tmean = case_nth_input(c, 3), *tvar = case_nth_input(c, 4);
    if (torch) {
        tx = need_input(c, "X");
        tmean = case_input(c, "mean");
        tvar = case_input(c, "var");
    }
    if (!training || !torch) {
        tmean = torch ? need_input(c, "mean") : need_nth_input(c, 3);
        tvar = torch ? need_input(c, "var") : need_nth_input(c, 4);
    }
    case_rank(tx, 2, MAX_DIMS);
    gp_matrix x = case_axis_last(tx, 1), y = case_zeros(c, x.rows, x.cols);
    const size_t n = x.cols;
    gp_matrix gamma = row_of(torch ? need_input(c, "scale") : need_nth_input(c, 1), n);
    gp_matrix beta = row_of(torch ? need_input(c, "B") : need_nth_input(c, 2), n);
    gp_matrix mean = case_zeros(c, 1, n), variance = case_zeros(c, 1, n), inverse = case_zeros(c, 1, n);
    case_same_shape(need_nth_output(c, 0), tx);
    if (training) {
        gp_batchnorm_train(&x, gamma.at, beta.at, epsilon, &y, mean.at, variance.at, inverse.at);
    } else {
        mean = row_of(tmean, n);
        variance = row_of(tvar, n);
        gp_batchnorm_infer(&x, gamma.at, beta.at, mean.at, variance.at, epsilon, &y);
    }
    case_compare_axis_last(c, torch ? need_output(c, "Y") : case_nth_output(c, 0), 1, &y);
    if (torch) {
        gp_matrix dgamma = case_zeros(c, 1, n), dbeta = case_zeros(c, 1, n);
        case_same_shape(case_input(c, "dY"), tx);
        case_same_shape(need_output(c, "dX"), tx);
        gp_matrix dy = case_axis_last(case_input(c, "dY"), 1);
        if (training)
            gp_batchnorm_train_backward(&x, &dy, gamma.at, mean.at, inverse.at, &y, dgamma.at, dbeta.at);
        else
            gp_batchnorm_infer_backward(&x, &dy, gamma.at, mean.at, variance.at, epsilon, &y, dgamma.at, dbeta.at);
        case_compare_axis_last(c, case_output(c, "dX"), 1, &y);
        case_compare(c, case_output(c, "dscale"), &dgamma);
        case_compare(c, case_output(c, "dB"), &dbeta);
    }
    if (training) {
        tensor *unbiased = torch ? case_output(c, "running_var_unbiased") : NULL;
        if (torch) {
            case_compare(c, case_output(c, "batch_mean"), &mean);
            case_compare(c, case_output(c, "batch_var"), &variance);
        }
        if (tmean)
            compare_running(c, tmean, &mean, update, 1, torch ? case_output(c, "running_mean") : case_nth_output(c, 1));
        if (tvar)
            compare_running(c, tvar, &variance, update, 1, torch ? case_output(c, "running_var_biased") : case_nth_output(c, 2));
        if (tvar)
            compare_running(c, tvar, &variance, update, correction_of(c, x.rows, unbiased), unbiased);
    }
}

static void fill_row(gp_matrix *row, gp_real value)
{
    for (size_t j = 0; j < row->cols; j++)
        row->at[j] = value;
}

/* X[s] is the batch of step s; row s of every output is the running value after it. */
static void running_case(vec_case *c)
{
    static const char *const names[] = {"running_mean", "running_var_biased", "running_var_unbiased"};
    const tensor *tx = need_input(c, "X"), *tmean = case_input(c, "mean"), *tvar = case_input(c, "var");
    tensor *want[3];
    case_rank(tx, 3, 3);
    size_t steps = tx->dim[0], batch = tx->dim[1], n = tx->dim[2];
    double update = share(c, "update", 0.1), epsilon = epsilon_of(c);
    for (int i = 0; i < 3; i++) {
        want[i] = case_output(c, names[i]);
        case_shape(want[i], 2, steps, n);
    }
    gp_matrix ones = case_zeros(c, 1, n), shift = case_zeros(c, 1, n), y = case_zeros(c, batch, n);
    gp_matrix mean = case_zeros(c, 1, n), variance = case_zeros(c, 1, n), inverse = case_zeros(c, 1, n);
    gp_matrix running_mean = tmean ? row_of(tmean, n) : case_zeros(c, 1, n);
    gp_matrix biased = tvar ? row_of(tvar, n) : case_zeros(c, 1, n), unbiased = tvar ? row_of(tvar, n) : case_zeros(c, 1, n);
    gp_matrix x = case_matrix(tx, steps * batch, n);
    fill_row(&ones, 1);
    if (!tvar) {
        fill_row(&biased, 1);
        fill_row(&unbiased, 1);
    }
    for (size_t s = 0; s < steps; s++) {
        gp_matrix rows = gp_matrix_rows(&x, s * batch, batch);
        gp_batchnorm_train(&rows, ones.at, shift.at, epsilon, &y, mean.at, variance.at, inverse.at);
        gp_batchnorm_running(n, running_mean.at, mean.at, update, 1);
        gp_batchnorm_running(n, biased.at, variance.at, update, 1);
        gp_batchnorm_running(n, unbiased.at, variance.at, update, correction_of(c, batch, want[2]));
        case_compare_at(c, want[0], s * n, &running_mean);
        case_compare_at(c, want[1], s * n, &biased);
        case_compare_at(c, want[2], s * n, &unbiased);
    }
}

bool run_normalization_op(vec_case *c)
{
    if (strcmp(c->op, "BatchNormalization") == 0)
        normalization_case(c);
    else if (strcmp(c->op, "BatchNormalizationRunning") == 0)
        running_case(c);
    else
        return false;
    return true;
}
