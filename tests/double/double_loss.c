#include "support.h"
#include "gradcheck.h"
#include "loss.h"

typedef struct {
    gp_matrix x, t, dx, upstream, y;
    gp_cross_entropy_options o;
    int kind;
} problem;

static const gp_label labels[6] = {0, 3, 2, 2, 1, 4};
static const gp_real weights[5] = {0.5, 2, 1, 1.25, 0.1};

static double weigh(const problem *p)
{
    double sum = 0;
    for (size_t i = 0; i < p->y.rows; i++)
        for (size_t j = 0; j < p->y.cols; j++)
            sum += gp_row(&p->upstream, i)[j] * gp_row(&p->y, i)[j];
    return sum;
}

enum { CROSS_ENTROPY, NLL, SQUARES, SOFTMAX, LOG_SOFTMAX, KINDS };

static double value(void *context)
{
    problem *p = context;
    switch (p->kind) {
    case CROSS_ENTROPY:
        return gp_softmax_cross_entropy(&p->x, &p->o, NULL, NULL);
    case NLL:
        return gp_nll(&p->x, &p->o, NULL, NULL);
    case SQUARES:
        return gp_mean_squared_error(&p->x, &p->t, NULL);
    case SOFTMAX:
        gp_softmax(&p->x, &p->y);
        return weigh(p);
    default:
        gp_log_softmax(&p->x, &p->y);
        return weigh(p);
    }
}

static void gradient(problem *p)
{
    value(p);
    switch (p->kind) {
    case CROSS_ENTROPY:
        gp_softmax_cross_entropy(&p->x, &p->o, NULL, &p->dx);
        break;
    case NLL:
        gp_nll(&p->x, &p->o, NULL, &p->dx);
        break;
    case SQUARES:
        gp_mean_squared_error(&p->x, &p->t, &p->dx);
        break;
    case SOFTMAX:
        gp_softmax_backward(&p->y, &p->upstream, &p->dx);
        break;
    default:
        gp_log_softmax_backward(&p->y, &p->upstream, &p->dx);
    }
}

static void check(int kind, int options)
{
    problem p = {.kind = kind};
    gp_random r = gp_random_new((uint64_t)options);
    gp_matrix *all[] = {&p.x, &p.t, &p.dx, &p.upstream, &p.y};
    for (size_t k = 0; k < 5; k++)
        gp_matrix_new(all[k], 6, 5, NULL);
    gp_random_fill_normal(&r, &p.x, 0, 2);
    gp_random_fill_uniform(&r, &p.t, 0, 1);
    gp_random_fill_normal(&r, &p.upstream, 0, 1);
    p.o.labels = options & 1 ? NULL : labels;
    p.o.targets = options & 1 ? &p.t : NULL;
    p.o.weights = options & 2 ? weights : NULL;
    p.o.ignore = options & 4;
    p.o.ignore_index = 2;
    p.o.label_smoothing = options & 8 ? 0.1 : 0;
    p.o.reduction = options & 16 ? GP_REDUCE_SUM : GP_REDUCE_MEAN;
    gradient(&p);
    gp_gradcheck_report report =
        gp_gradcheck_function(value, &p, &p.x, &p.dx);
    ck_assert_msg(report.worst <= 1e-7, "kind %d, options %d: [%zu, %zu] "
                  "is %.12g, numerically %.12g", kind, options, report.row,
                  report.col, report.analytic, report.numeric);
    ck_assert_uint_eq(report.checked, 30);
    for (size_t k = 0; k < 5; k++)
        gp_matrix_free(all[k]);
}

START_TEST(claim_losses_pass_the_check)
{
    check(CROSS_ENTROPY, _i);
}
END_TEST

START_TEST(nll_with_every_option)
{
    check(NLL, _i);
}
END_TEST

START_TEST(the_others)
{
    check(_i, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("losses in double");
    TCase *tests = tcase_create("gradients");
    tcase_add_loop_test(tests, claim_losses_pass_the_check, 0, 32);
    tcase_add_loop_test(tests, nll_with_every_option, 0, 32);
    tcase_add_loop_test(tests, the_others, SQUARES, KINDS);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
