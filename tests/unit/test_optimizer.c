/* The optimizers against plain implementations in double, whole trajectories; their options; what belongs to one network. */
#define _GNU_SOURCE
#include "allocations.h"
#include "gradient.h"
#include "support.h"
#include <float.h>

/* ---------------------------------------------------------------- plain rules, one number at a time */

enum { N = 7, STEPS = 40 };
typedef struct {
    double x[N], first[N], second[N];
    uint64_t t;
} plain;

/* Gradients that change sign and size, with zeros among them. */
static double gradient_of(int step, int i)
{
    return i == 3 && step % 4 == 0 ? 0 : (i + 1) * sin(1.7 * step + i) + 0.3 * (i - 2);
}

static void plain_step(plain *p, gp_optimizer_options o, double rate, double dampening, const double *g)
{
    p->t++;
    for (int i = 0; i < N; i++) {
        double slope = g[i] + o.weight_decay * p->x[i];
        if (o.kind == GP_SGD)
            p->x[i] -= rate * slope;
        if (o.kind == GP_MOMENTUM || o.kind == GP_NESTEROV) {
            p->first[i] = o.momentum * p->first[i] + dampening * slope;
            p->x[i] -= rate * (o.kind == GP_NESTEROV ? slope + o.momentum * p->first[i] : p->first[i]);
        }
        if (o.kind == GP_ADAM) {
            p->first[i] = o.beta1 * p->first[i] + (1 - o.beta1) * slope;
            p->second[i] = o.beta2 * p->second[i] + (1 - o.beta2) * slope * slope;
            double m = p->first[i] / (1 - pow(o.beta1, (double)p->t)), share = 1 - pow(o.beta2, (double)p->t);
            if (o.adam_form == GP_ADAM_EPSILON_CORRECTED)
                p->x[i] -= rate * m / (sqrt(p->second[i] / share) + o.epsilon);
            else
                p->x[i] -= rate * sqrt(share) * m / (sqrt(p->second[i]) + o.epsilon);
        }
    }
}

static const gp_optimizer_options rules[] = {
    {.kind = GP_SGD, .learning_rate = 0.05},
    {.kind = GP_SGD, .learning_rate = 0.05, .weight_decay = 0.3},
    {.kind = GP_MOMENTUM, .learning_rate = 0.02, .momentum = 0.9},
    {.kind = GP_MOMENTUM, .learning_rate = 0.02, .momentum = 0.5, .weight_decay = 0.2},
    {.kind = GP_MOMENTUM, .learning_rate = 0.02, .momentum = 0},
    {.kind = GP_NESTEROV, .learning_rate = 0.02, .momentum = 0.9},
    {.kind = GP_NESTEROV, .learning_rate = 0.02, .momentum = 0.7, .weight_decay = 0.1},
    {.kind = GP_ADAM, .learning_rate = 0.1, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-7},
    {.kind = GP_ADAM, .learning_rate = 0.1, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 0.05, .weight_decay = 0.1},
    {.kind = GP_ADAM, .learning_rate = 0.1, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 0.05, .adam_form = GP_ADAM_EPSILON_PLAIN},
    {.kind = GP_ADAM, .learning_rate = 0.1, .beta1 = 0, .beta2 = 0, .epsilon = 0.01},
};
enum { RULES = sizeof rules / sizeof *rules };

START_TEST(every_rule_follows_its_formula_for_many_steps)
{
    const gp_optimizer_options o = rules[_i];
    gp_real x[N], g[N], first[N] = {0}, second[N] = {0};
    plain p = {.t = 0};
    for (int i = 0; i < N; i++)
        p.x[i] = i - 3, x[i] = (gp_real)(i - 3);
    for (int step = 1; step <= STEPS; step++) {
        double slopes[N];
        for (int i = 0; i < N; i++)
            slopes[i] = gradient_of(step, i), g[i] = (gp_real)slopes[i];
        plain_step(&p, o, o.learning_rate, 1, slopes);
        if (o.kind == GP_SGD)
            gp_sgd_update(N, x, g, o.learning_rate, o.weight_decay);
        else if (o.kind == GP_ADAM)
            gp_adam_update(N, x, g, first, second, (uint64_t)step, o.learning_rate, o.beta1, o.beta2, o.epsilon, o.adam_form, o.weight_decay);
        else
            gp_momentum_update(N, x, g, first, o.learning_rate, o.momentum, 1, o.kind == GP_NESTEROV, o.weight_decay);
        for (int i = 0; i < N; i++) {
            gp_assert_near(x[i], p.x[i], 1e-4);
            gp_assert_near(first[i], p.first[i], 1e-4);
            gp_assert_near(second[i], p.second[i], 1e-4);
        }
    }
}
END_TEST

START_TEST(dampening_weighs_the_gradient)
{
    gp_real x = 2, v = (gp_real)0.5, g = 3;
    gp_momentum_update(1, &x, &g, &v, 0.1, 0.9, 0.25, false, 0);
    gp_assert_near(v, 0.9 * 0.5 + 0.25 * 3, 1e-6);
    gp_assert_near(x, 2 - 0.1 * 1.2, 1e-6);
}
END_TEST

START_TEST(adam_at_step_zero_does_not_correct)
{
    gp_real x = 1, m = (gp_real)0.5, v = 4, g = 2;
    gp_adam_update(1, &x, &g, &m, &v, 0, 0.1, 0.9, 0.99, 0.5, GP_ADAM_EPSILON_CORRECTED, 0);
    gp_assert_near(m, 0.65, 1e-6);
    gp_assert_near(v, 4, 1e-6);
    gp_assert_near(x, 1 - 0.1 * 0.65 / 2.5, 1e-6);
}
END_TEST

/* Adam's first step is the learning rate whatever the gradient's size: the corrected averages are g and g^2. */
START_TEST(adams_first_step_is_the_learning_rate)
{
    for (gp_real size = (gp_real)1e-3; size < (gp_real)1e4; size *= 10) {
        gp_real x = 0, m = 0, v = 0, g = size;
        gp_adam_update(1, &x, &g, &m, &v, 1, 0.01, 0.9, 0.999, 1e-8, GP_ADAM_EPSILON_CORRECTED, 0);
        gp_assert_near((double)x / -0.01, 1, 1e-3);
    }
}
END_TEST

START_TEST(adagrad_follows_its_formula_for_many_steps)
{
    gp_real x[N], g[N], h[N] = {0};
    double px[N], ph[N] = {0};
    for (int i = 0; i < N; i++)
        px[i] = i - 3, x[i] = (gp_real)(i - 3);
    for (int step = 1; step <= STEPS; step++) {
        for (int i = 0; i < N; i++) {
            double slope = gradient_of(step, i) + 0.2 * px[i];
            g[i] = (gp_real)gradient_of(step, i);
            ph[i] += slope * slope;
            px[i] -= 0.3 * slope / (sqrt(ph[i]) + 0.01);
        }
        gp_adagrad_update(N, x, g, h, 0.3, 0.01, 0.2);
        for (int i = 0; i < N; i++) {
            gp_assert_near(x[i], px[i], 1e-4);
            gp_assert_near(h[i], ph[i], 1e-4);
        }
    }
}
END_TEST

/* ---------------------------------------------------------------- options */

static gp_network *make(const char *text)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(3, 1, &error);
    ck_assert_msg(net && gp_network_parse(net, text, &error) == GP_OK && gp_network_reserve(net, 4, &error) == GP_OK, "%s", error.message);
    return net;
}

static gp_optimizer_options settings_of(gp_optimizer_options given)
{
    gp_error error = {""};
    gp_network *net = make("dense:2");
    gp_optimizer *o = gp_optimizer_new(net, given, &error);
    ck_assert_msg(o != NULL, "%s", error.message);
    gp_optimizer_options found = gp_optimizer_settings(o);
    ck_assert(gp_optimizer_rate(o) == found.learning_rate);
    gp_optimizer_free(o);
    gp_network_free(net);
    return found;
}

START_TEST(what_is_left_out_has_its_default)
{
    gp_optimizer_options o = settings_of(gp_sgd());
    ck_assert_int_eq(o.kind, GP_SGD);
    ck_assert(o.learning_rate == 0.01 && o.weight_decay == 0 && isinf(o.clip_norm) && isinf(o.clip_value));
    ck_assert(o.momentum == GP_LEFT_OUT && o.beta1 == GP_LEFT_OUT && o.beta2 == GP_LEFT_OUT && o.epsilon == GP_LEFT_OUT);
    o = settings_of(gp_momentum());
    ck_assert_int_eq(o.kind, GP_MOMENTUM);
    ck_assert(o.learning_rate == 0.01 && o.momentum == 0.9 && o.beta1 == GP_LEFT_OUT);
    o = settings_of(gp_nesterov());
    ck_assert_int_eq(o.kind, GP_NESTEROV);
    ck_assert(o.learning_rate == 0.01 && o.momentum == 0.9);
    o = settings_of(gp_adam());
    ck_assert_int_eq(o.kind, GP_ADAM);
    ck_assert(o.learning_rate == 0.001 && o.beta1 == 0.9 && o.beta2 == 0.999 && o.epsilon == 1e-7 && o.momentum == GP_LEFT_OUT);
    ck_assert(o.weight_decay == 0 && isinf(o.clip_norm) && isinf(o.clip_value));
    for (int k = GP_SGD; k <= GP_ADAM; k++) {
        gp_optimizer_options left_out = gp_optimizer_defaults((gp_optimizer_kind)k);
        ck_assert_int_eq(left_out.kind, k);
        ck_assert(left_out.learning_rate == GP_LEFT_OUT && left_out.clip_norm == GP_LEFT_OUT && left_out.epsilon == GP_LEFT_OUT);
    }
}
END_TEST

START_TEST(zero_is_a_value)
{
    ck_assert(settings_of(gp_momentum(.momentum = 0)).momentum == 0);
    ck_assert(settings_of(gp_nesterov(.momentum = 0)).momentum == 0);
    ck_assert(settings_of(gp_sgd(.learning_rate = 0)).learning_rate == 0);
    ck_assert(settings_of(gp_adam(.learning_rate = 0)).learning_rate == 0);
    gp_optimizer_options o = settings_of(gp_adam(.beta1 = 0, .beta2 = 0, .weight_decay = 0));
    ck_assert(o.beta1 == 0 && o.beta2 == 0 && o.weight_decay == 0);
    ck_assert(settings_of(gp_sgd(.momentum = 0)).momentum == GP_LEFT_OUT); /* plain descent has none, and that is what 0 says */
}
END_TEST

/* What settings tell makes the same optimizer again: a checkpoint does that. */
START_TEST(settings_are_complete)
{
    gp_optimizer_options given[] = {gp_sgd(.clip_norm = 3), gp_momentum(.momentum = 0), gp_nesterov(.weight_decay = 0.1),
                                    gp_adam(.beta1 = 0.5, .clip_value = 2)};
    for (int k = 0; k < 4; k++) {
        gp_optimizer_options once = settings_of(given[k]), twice = settings_of(once);
        ck_assert(once.kind == twice.kind && once.learning_rate == twice.learning_rate && once.momentum == twice.momentum
                  && once.beta1 == twice.beta1 && once.beta2 == twice.beta2 && once.epsilon == twice.epsilon
                  && once.weight_decay == twice.weight_decay && once.clip_norm == twice.clip_norm && once.clip_value == twice.clip_value
                  && once.adam_form == twice.adam_form);
    }
}
END_TEST

static const struct {
    gp_optimizer_options o;
    const char *words[3];
} nonsense[] = {
#define OPTIONS(k, ...) {.kind = k, .learning_rate = 0.1, .momentum = GP_LEFT_OUT, .beta1 = GP_LEFT_OUT, .beta2 = GP_LEFT_OUT, \
                         .epsilon = GP_LEFT_OUT, .weight_decay = 0, .clip_norm = GP_LEFT_OUT, __VA_ARGS__}
    {OPTIONS(GP_SGD, .clip_value = -1), {"sgd: clip_value: expected a number above 0", "found -1", ""}},
    {OPTIONS(GP_SGD, .clip_value = 0), {"sgd: clip_value: expected a number above 0", "found 0", "gp_optimizer_options_with"}},
    {OPTIONS(GP_SGD, .clip_value = NAN), {"clip_value", "expected a number above 0", "nan"}},
    {{GP_SGD, 0.1, 0, 0, 0, 0, 0, 0, 0, 0}, {"clip_norm", "gp_optimizer_options_with gives what is left out its default", "found 0"}},
    {{GP_ADAM, 0, 0, 0, 0, 0, 0, 0, 0, 0}, {"adam: epsilon: expected a number above 0", "gp_optimizer_options_with", "found 0"}},
};

static void refused(gp_optimizer_options o, const char *a, const char *b)
{
    gp_error error = {""};
    gp_network *net = make("dense:2");
    gp_optimizer *made = gp_optimizer_new(net, o, &error);
    ck_assert_msg(made == NULL, "options were accepted; expected '%s'", a);
    ck_assert_msg(strstr(error.message, a) && strstr(error.message, b), "'%s' and '%s' expected in '%s'", a, b, error.message);
    ck_assert_ptr_null(gp_optimizer_new(net, o, NULL)); /* nobody has to listen */
    gp_network_free(net);
}

START_TEST(options_that_make_no_sense_are_refused)
{
    for (size_t k = 0; k < sizeof nonsense / sizeof *nonsense; k++)
        for (int w = 1; w < 3; w++)
            refused(nonsense[k].o, nonsense[k].words[0], nonsense[k].words[w]);
    refused(gp_sgd(.momentum = 0.5), "sgd: momentum: expected none, since sgd has no such option", "found 0.5");
    refused(gp_adam(.momentum = 0.5), "adam: momentum: expected none", "found 0.5");
    refused(gp_sgd(.beta1 = 0.9), "sgd: beta1: expected none", "found 0.9");
    refused(gp_momentum(.beta2 = 0.9), "momentum: beta2: expected none", "found 0.9");
    refused(gp_nesterov(.epsilon = 1e-8), "nesterov: epsilon: expected none", "found 1e-08");
    refused(gp_sgd(.learning_rate = -0.01), "sgd: learning_rate: expected a number of at least 0", "found -0.01");
    refused(gp_sgd(.learning_rate = NAN), "learning_rate: expected a number of at least 0", "nan");
    refused(gp_sgd(.learning_rate = HUGE_VAL), "learning_rate: expected a number of at least 0", "inf");
    refused(gp_momentum(.momentum = 1), "momentum: momentum: expected a number of at least 0 and below 1", "found 1");
    refused(gp_momentum(.momentum = -0.1), "expected a number of at least 0 and below 1", "found -0.1");
    refused(gp_adam(.beta1 = 1), "adam: beta1: expected a number of at least 0 and below 1", "found 1");
    refused(gp_adam(.beta2 = 1), "adam: beta2: expected a number of at least 0 and below 1", "found 1");
    refused(gp_adam(.beta2 = -0.5), "adam: beta2", "found -0.5");
    refused(gp_adam(.epsilon = 0), "adam: epsilon: expected a number above 0", "found 0");
    refused(gp_adam(.epsilon = -1), "adam: epsilon: expected a number above 0", "found -1");
    refused(gp_sgd(.weight_decay = -1), "sgd: weight_decay: expected a number of at least 0", "found -1");
    refused(gp_sgd(.clip_norm = -2), "sgd: clip_norm: expected a number above 0", "found -2");
    gp_optimizer_options o = gp_sgd();
    o.kind = (gp_optimizer_kind)4;
    refused(o, "expected a kind from 0 to 3", "found 4");
}
END_TEST

START_TEST(kinds_have_words)
{
    ck_assert_str_eq(gp_optimizer_word(GP_SGD), "sgd");
    ck_assert_str_eq(gp_optimizer_word(GP_MOMENTUM), "momentum");
    ck_assert_str_eq(gp_optimizer_word(GP_NESTEROV), "nesterov");
    ck_assert_str_eq(gp_optimizer_word(GP_ADAM), "adam");
}
END_TEST

/* ---------------------------------------------------------------- on a network */

static gp_network *net;
static gp_matrix x;
static const gp_label labels[4] = {0, 1, 2, 1};

static void begin(void)
{
    gp_error error;
    gp_random r = gp_random_new(2);
    net = make("dense:5 batchnorm tanh");
    gp_chain *branch = gp_chain_new(5, &error); /* a layer with layers inside: y = x + tanh(xW + b) */
    ck_assert_int_eq(gp_chain_add(branch, gp_dense_new(5, 5, true, &error), &error), GP_OK);
    ck_assert_int_eq(gp_chain_add(branch, gp_activation_new(&gp_tanh, 5, (gp_activation_arguments){0}, &error), &error), GP_OK);
    gp_random_fill_normal(&r, &gp_chain_layer(branch, 0)->parameter[0].value, 0, 0.4);
    ck_assert_int_eq(gp_network_add(net, gp_residual_new(branch, 1, false, &error), &error), GP_OK);
    ck_assert_int_eq(gp_network_parse(net, "dense:3", &error), GP_OK);
    ck_assert_int_eq(gp_network_reserve(net, 4, &error), GP_OK);
    ck_assert_int_eq(gp_matrix_new(&x, 4, 3, &error), GP_OK);
    gp_random_fill_normal(&r, &x, 0, 1);
    gp_network_gradients(net, &x, labels);
}

static void end(void)
{
    gp_network_free(net);
    gp_matrix_free(&x);
}

/* Whole networks against the plain rule: every trained number, through the optimizer's own bookkeeping, with and without clipping. */
static double clipped(double g, double limit)
{
    return g > limit ? limit : g < -limit ? -limit : g;
}

static void follow(gp_optimizer_options given, double clip_value, double clip_norm)
{
    enum { MOST = 16 };
    static plain state[MOST][64]; /* a plain rule for each number; only its first component is used */
    gp_error error = {""};
    gp_optimizer *o = gp_optimizer_new(net, given, &error);
    ck_assert_msg(o != NULL, "%s", error.message);
    gp_optimizer_options how = gp_optimizer_settings(o);
    memset(state, 0, sizeof state);
    size_t parameters = gp_optimizer_parameters(o);
    ck_assert_uint_eq(parameters, 8); /* three kernels, three biases, gamma, beta */
    for (int step = 0; step < 12; step++) {
        gp_network_gradients(net, &x, labels);
        double squares = 0, factor = 1, rate = 0.01 * (1 + step % 3);
        for (size_t p = 0; p < parameters; p++) {
            const gp_parameter *q = gp_optimizer_parameter(o, p);
            for (size_t i = 0; i < q->value.rows; i++)
                for (size_t j = 0; j < q->value.cols; j++)
                    squares += pow(clipped((double)gp_row(&q->gradient, i)[j], clip_value), 2);
        }
        if (sqrt(squares) > clip_norm)
            factor = clip_norm / sqrt(squares);
        double expected[MOST][64];
        for (size_t p = 0; p < parameters; p++) {
            const gp_parameter *q = gp_optimizer_parameter(o, p);
            for (size_t i = 0; i < q->value.rows; i++)
                for (size_t j = 0; j < q->value.cols; j++) {
                    size_t k = i * q->value.cols + j;
                    double g[N] = {factor * clipped((double)gp_row(&q->gradient, i)[j], clip_value)};
                    state[p][k].x[0] = (double)gp_row(&q->value, i)[j];
                    plain_step(&state[p][k], how, rate, 1, g);
                    expected[p][k] = state[p][k].x[0];
                }
        }
        gp_optimizer_set_rate(o, rate);
        ck_assert(gp_optimizer_rate(o) == rate);
        ck_assert_int_eq(gp_optimizer_step(o, &error), GP_OK);
        ck_assert_uint_eq(gp_optimizer_steps(o), (uint64_t)step + 1);
        for (size_t p = 0; p < parameters; p++) {
            const gp_matrix *m = &gp_optimizer_parameter(o, p)->value;
            for (size_t i = 0; i < m->rows; i++) {
                for (size_t j = 0; j < m->cols; j++)
                    gp_assert_near(gp_row(m, i)[j], expected[p][i * m->cols + j], 2e-6);
                for (size_t j = m->cols; j < m->stride; j++)
                    ck_assert(gp_row(m, i)[j] == 0); /* the padding */
            }
        }
    }
    ck_assert(gp_optimizer_settings(o).learning_rate == how.learning_rate); /* settings keep theirs */
    gp_optimizer_free(o);
}

START_TEST(a_network_follows_the_plain_rule)
{
    switch (_i) {
    case 0: follow(gp_sgd(.weight_decay = 0.1), INFINITY, INFINITY); break;
    case 1: follow(gp_momentum(.momentum = 0.8), INFINITY, INFINITY); break;
    case 2: follow(gp_nesterov(.weight_decay = 0.05), INFINITY, INFINITY); break;
    case 3: follow(gp_adam(.epsilon = 1e-3), INFINITY, INFINITY); break;
    case 4: follow(gp_adam(.epsilon = 1e-3, .adam_form = GP_ADAM_EPSILON_PLAIN), INFINITY, INFINITY); break;
    case 5: follow(gp_sgd(.clip_value = 0.02), 0.02, INFINITY); break;
    case 6: follow(gp_sgd(.clip_norm = 0.1), INFINITY, 0.1); break;
    case 7: follow(gp_momentum(.clip_value = 0.05, .clip_norm = 0.1), 0.05, 0.1); break;
    case 8: follow(gp_momentum(.momentum = 0), INFINITY, INFINITY); break;
    }
}
END_TEST

START_TEST(what_is_not_trained_stays)
{
    gp_error error;
    gp_layer *norm = gp_network_layer(net, 1);
    gp_real mean = norm->parameter[2].value.at[0], variance = norm->parameter[3].value.at[0];
    gp_optimizer *o = gp_optimizer_new(net, gp_sgd(.learning_rate = 0.5, .weight_decay = 0.1), &error);
    ck_assert_int_eq(gp_optimizer_step(o, &error), GP_OK);
    ck_assert(norm->parameter[2].value.at[0] == mean && norm->parameter[3].value.at[0] == variance);
    gp_optimizer_free(o);
}
END_TEST

START_TEST(a_rate_of_zero_moves_nothing)
{
    gp_error error;
    gp_optimizer *o = gp_optimizer_new(net, gp_sgd(.learning_rate = 0), &error);
    gp_real before = gp_network_layer(net, 0)->parameter[0].value.at[0];
    ck_assert_int_eq(gp_optimizer_step(o, &error), GP_OK);
    ck_assert(gp_network_layer(net, 0)->parameter[0].value.at[0] == before);
    gp_optimizer_free(o);
}
END_TEST

START_TEST(states_belong_to_kinds_and_start_at_zero)
{
    static const int states[] = {0, 1, 1, 2};
    gp_error error;
    for (int k = GP_SGD; k <= GP_ADAM; k++) {
        gp_optimizer *o = gp_optimizer_new(net, gp_optimizer_defaults((gp_optimizer_kind)k), &error);
        for (size_t p = 0; p < gp_optimizer_parameters(o); p++)
            for (int s = 0; s < 3; s++) {
                const gp_matrix *m = gp_optimizer_state(o, p, s);
                ck_assert((m != NULL) == (s < states[k]));
                if (m != NULL) {
                    ck_assert_uint_eq(m->rows, gp_optimizer_parameter(o, p)->value.rows);
                    ck_assert_uint_eq(m->cols, gp_optimizer_parameter(o, p)->value.cols);
                    ck_assert(m->at[0] == 0);
                }
            }
        ck_assert_uint_eq(gp_optimizer_steps(o), 0);
        gp_optimizer_set_steps(o, 41);
        ck_assert_int_eq(gp_optimizer_step(o, &error), GP_OK);
        ck_assert_uint_eq(gp_optimizer_steps(o), 42);
        gp_optimizer_free(o);
    }
}
END_TEST

START_TEST(an_optimizer_older_than_the_last_layer_is_an_error_and_moves_nothing)
{
    gp_error error = {""};
    gp_optimizer *o = gp_optimizer_new(net, gp_sgd(.learning_rate = 1), &error);
    gp_network *other = make("dense:2");
    ck_assert(gp_optimizer_fits(o, net));
    ck_assert(!gp_optimizer_fits(o, other) && !gp_optimizer_fits(NULL, net));
    ck_assert_int_eq(gp_network_parse(net, "tanh dense:3", &error), GP_OK);
    ck_assert(!gp_optimizer_fits(o, net));
    ck_assert_int_eq(gp_network_reserve(net, 4, &error), GP_OK);
    gp_network_gradients(net, &x, labels);
    gp_real before = gp_network_layer(net, 0)->parameter[0].value.at[0];
    ck_assert_int_eq(gp_optimizer_step(o, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "made when the network had 5 layers, and now it has 7"), "%s", error.message);
    ck_assert_int_eq(gp_optimizer_step(o, NULL), GP_BAD_INPUT);
    ck_assert(gp_network_layer(net, 0)->parameter[0].value.at[0] == before);
    ck_assert_uint_eq(gp_optimizer_steps(o), 0);
    gp_optimizer_free(o);
    gp_network_free(other);
}
END_TEST

START_TEST(a_network_without_layers_or_with_an_error_has_no_optimizer)
{
    gp_error error = {""};
    gp_network *empty = gp_network_new(3, 1, &error);
    ck_assert_ptr_null(gp_optimizer_new(empty, gp_sgd(), &error));
    ck_assert_msg(strstr(error.message, "found one without layers"), "%s", error.message);
    gp_dense(empty, .units = 4);
    gp_dense(empty, .units = 4, .activation = "no_such_word");
    ck_assert_ptr_nonnull(gp_network_error(empty));
    ck_assert_ptr_null(gp_optimizer_new(empty, gp_sgd(), &error));
    ck_assert_msg(strstr(error.message, "no_such_word"), "%s", error.message);
    gp_network_free(empty);
}
END_TEST

START_TEST(an_allocation_that_fails_leaves_no_optimizer)
{
    long failures = 0;
    for (long n = 0; GP_COUNTS_ALLOCATIONS; n++) {
        gp_error error = {""};
        long held = gp_allocated;
        gp_fail_allocation((size_t)n + 1);
        gp_optimizer *o = gp_optimizer_new(net, gp_adam(), &error);
        bool all_done = !gp_allocation_failed;
        gp_fail_allocation(0);
        if (o == NULL) {
            ck_assert_msg(strstr(error.message, "memory") != NULL, "%s", error.message);
            failures++;
        }
        gp_optimizer_free(o);
        long left = gp_allocated - held;
        ck_assert_msg(left == 0, "allocation %ld: %ld left", n, left);
        if (all_done)
            break;
    }
    ck_assert_msg(!GP_COUNTS_ALLOCATIONS || failures == 3 + 16, "%ld allocations failed", failures); /* two states of eight parameters */
    gp_optimizer_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("optimizer");
    TCase *formulas = tcase_create("rules");
    tcase_add_loop_test(formulas, every_rule_follows_its_formula_for_many_steps, 0, RULES);
    tcase_add_test(formulas, dampening_weighs_the_gradient);
    tcase_add_test(formulas, adam_at_step_zero_does_not_correct);
    tcase_add_test(formulas, adams_first_step_is_the_learning_rate);
    tcase_add_test(formulas, adagrad_follows_its_formula_for_many_steps);
    suite_add_tcase(suite, formulas);
    TCase *options = tcase_create("options");
    tcase_add_test(options, what_is_left_out_has_its_default);
    tcase_add_test(options, zero_is_a_value);
    tcase_add_test(options, settings_are_complete);
    tcase_add_test(options, options_that_make_no_sense_are_refused);
    tcase_add_test(options, kinds_have_words);
    suite_add_tcase(suite, options);
    TCase *networks = tcase_create("networks");
    tcase_add_checked_fixture(networks, begin, end);
    tcase_add_loop_test(networks, a_network_follows_the_plain_rule, 0, 9);
    tcase_add_test(networks, what_is_not_trained_stays);
    tcase_add_test(networks, a_rate_of_zero_moves_nothing);
    tcase_add_test(networks, states_belong_to_kinds_and_start_at_zero);
    tcase_add_test(networks, an_optimizer_older_than_the_last_layer_is_an_error_and_moves_nothing);
    tcase_add_test(networks, a_network_without_layers_or_with_an_error_has_no_optimizer);
    tcase_add_test(networks, an_allocation_that_fails_leaves_no_optimizer);
    suite_add_tcase(suite, networks);
    return gp_run_suite(suite);
}
