/* BatchNormalization in both notations, and the running statistics over several batches. */
#include "batchnorm.h"
#include "ops.h"

#include <string.h>

static gp_matrix zeros(size_t n)
{
    gp_matrix m;
    gp_error error;
    insist(gp_matrix_new(&m, 1, n, &error), &error);
    return m;
}

static void compare_running(vec_case *c, const tensor *before, const gp_matrix *batch, double update, double correction,
                            tensor *want)
{
    gp_matrix running = case_matrix(before, 1, before->count);
    gp_batchnorm_running(before->count, running.at, batch->at, update, correction);
    case_compare(c, want, &running);
    gp_matrix_free(&running);
}

static void normalization_case(vec_case *c)
{
    bool torch = case_input(c, "dY") != NULL;
    bool training = case_number(c, torch ? "training" : "training_mode", 0) != 0;
    double epsilon = case_number(c, "epsilon", 1e-5);
    double update = torch ? case_number(c, "update", 0.1) : 1 - case_number(c, "momentum", 0.9);
    const tensor *tx = case_nth_input(c, 0), *tmean = case_nth_input(c, 3), *tvar = case_nth_input(c, 4);
    gp_matrix x = case_axis_last(tx, 1), y;
    size_t n = x.cols;
    gp_error error;
    gp_matrix gamma = case_matrix(case_nth_input(c, 1), 1, n), beta = case_matrix(case_nth_input(c, 2), 1, n);
    gp_matrix mean = zeros(n), variance = zeros(n), inverse = zeros(n), dgamma = zeros(n), dbeta = zeros(n);
    insist(gp_matrix_new(&y, x.rows, n, &error), &error);
    if (training) {
        gp_batchnorm_train(&x, gamma.at, beta.at, epsilon, &y, mean.at, variance.at, inverse.at);
    } else {
        for (size_t j = 0; j < n; j++) {
            mean.at[j] = (gp_real)tmean->at[j];
            variance.at[j] = (gp_real)tvar->at[j];
        }
        gp_batchnorm_infer(&x, gamma.at, beta.at, mean.at, variance.at, epsilon, &y);
    }
    case_compare_axis_last(c, case_nth_output(c, 0), 1, &y);
    if (torch) {
        gp_matrix dy = case_axis_last(need_input(c, "dY"), 1);
        if (training)
            gp_batchnorm_train_backward(&x, &dy, gamma.at, mean.at, inverse.at, &y, dgamma.at, dbeta.at);
        else
            gp_batchnorm_infer_backward(&x, &dy, gamma.at, mean.at, variance.at, epsilon, &y, dgamma.at, dbeta.at);
        case_compare_axis_last(c, case_output(c, "dX"), 1, &y);
        case_compare(c, case_output(c, "dscale"), &dgamma);
        case_compare(c, case_output(c, "dB"), &dbeta);
        gp_matrix_free(&dy);
    }
    if (training) {
        double unbiased = (double)x.rows / ((double)x.rows - 1);
        case_compare(c, case_output(c, "batch_mean"), &mean);
        case_compare(c, case_output(c, "batch_var"), &variance);
        compare_running(c, tmean, &mean, update, 1, torch ? case_output(c, "running_mean") : case_nth_output(c, 1));
        compare_running(c, tvar, &variance, update, 1, torch ? case_output(c, "running_var_biased") : case_nth_output(c, 2));
        compare_running(c, tvar, &variance, update, unbiased, case_output(c, "running_var_unbiased"));
    }
    gp_matrix *all[] = {&x, &y, &gamma, &beta, &mean, &variance, &inverse, &dgamma, &dbeta};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        gp_matrix_free(all[i]);
}

/* X[s] is the batch of step s; row s of every output is the running value after it. */
static void running_case(vec_case *c)
{
    const tensor *tx = need_input(c, "X"), *tmean = case_input(c, "mean"), *tvar = case_input(c, "var");
    size_t steps = tx->dim[0], n = tx->dim[2], batch = tx->count / steps / n;
    double update = case_number(c, "update", 0.1), epsilon = case_number(c, "epsilon", 1e-5);
    gp_error error;
    gp_matrix ones = zeros(n), shift = zeros(n), mean = zeros(n), variance = zeros(n), inverse = zeros(n), y;
    gp_matrix running_mean = zeros(n), biased = zeros(n), unbiased = zeros(n), x = case_matrix(tx, steps * batch, n);
    insist(gp_matrix_new(&y, batch, n, &error), &error);
    for (size_t j = 0; j < n; j++) {
        ones.at[j] = 1;
        running_mean.at[j] = tmean ? (gp_real)tmean->at[j] : 0;
        biased.at[j] = unbiased.at[j] = tvar ? (gp_real)tvar->at[j] : 1;
    }
    for (size_t s = 0; s < steps; s++) {
        gp_matrix rows = gp_matrix_rows(&x, s * batch, batch);
        gp_batchnorm_train(&rows, ones.at, shift.at, epsilon, &y, mean.at, variance.at, inverse.at);
        gp_batchnorm_running(n, running_mean.at, mean.at, update, 1);
        gp_batchnorm_running(n, biased.at, variance.at, update, 1);
        gp_batchnorm_running(n, unbiased.at, variance.at, update, (double)batch / ((double)batch - 1));
        case_compare_at(c, case_output(c, "running_mean"), s * n, &running_mean);
        case_compare_at(c, case_output(c, "running_var_biased"), s * n, &biased);
        case_compare_at(c, case_output(c, "running_var_unbiased"), s * n, &unbiased);
    }
    gp_matrix *all[] = {&ones, &shift, &mean, &variance, &inverse, &y, &running_mean, &biased, &unbiased, &x};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        gp_matrix_free(all[i]);
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
