/* The optimizer over several steps, against the formulas written down once more in double: counting, clipping, decay, states. */
#include "aborts.h"
#include "gradient.h"
#include "support.h"

enum { STEPS = 5, VALUES = 4 };

static gp_network *net;

static void begin(void)
{
    gp_error error = {""};
    net = gp_network_new(1, 1, &error);
    ck_assert_msg(gp_network_parse(net, "dense:2", &error) == GP_OK, "%s", error.message);
}

static void end(void)
{
    gp_network_free(net);
}

static gp_optimizer *make(gp_optimizer_options how)
{
    gp_error error = {""};
    gp_optimizer *o = gp_optimizer_new(net, how, &error);
    ck_assert_msg(o != NULL, "%s", error.message);
    ck_assert_uint_eq(gp_optimizer_parameters(o), 2);
    return o;
}

/* the four numbers: the kernel's two, the bias' two */
static gp_real *value(int i)
{
    return gp_row(&gp_network_layer(net, 0)->parameter[i / 2].value, 0) + i % 2;
}

static gp_real *gradient(int i)
{
    return gp_row(&gp_network_layer(net, 0)->parameter[i / 2].gradient, 0) + i % 2;
}

static double slope(int step, int i)
{
    static const double g[STEPS][VALUES] = {
        {3, -4, 0.25, 0}, {-1, 2, 0.5, 0.125}, {0.5, 0.5, -6, 1}, {2, -0.25, 0.75, -3}, {-0.125, 1, 4, 0.5}};
    return g[step][i];
}

typedef struct {
    double x[VALUES], first[VALUES], second[VALUES];
} reference;

/* One step by the book. */
static void step_by_hand(reference *r, const gp_optimizer_options *o, int t)
{
    double g[VALUES], norm = 0;
    for (int i = 0; i < VALUES; i++) {
        g[i] = fmax(-o->clip_value, fmin(o->clip_value, slope(t - 1, i)));
        norm += g[i] * g[i];
    }
    norm = sqrt(norm);
    for (int i = 0; i < VALUES; i++) {
        g[i] *= norm > o->clip_norm ? o->clip_norm / norm : 1;
        g[i] += o->weight_decay * r->x[i];
        if (o->kind == GP_SGD) {
            r->x[i] -= o->learning_rate * g[i];
        } else if (o->kind == GP_ADAM) {
            r->first[i] = o->beta1 * r->first[i] + (1 - o->beta1) * g[i];
            r->second[i] = o->beta2 * r->second[i] + (1 - o->beta2) * g[i] * g[i];
            double m = r->first[i] / (1 - pow(o->beta1, t)), v = r->second[i] / (1 - pow(o->beta2, t));
            r->x[i] -= o->learning_rate * m / (sqrt(v) + o->epsilon);
        } else {
            r->first[i] = o->momentum * r->first[i] + g[i];
            r->x[i] -= o->learning_rate * (o->kind == GP_NESTEROV ? g[i] + o->momentum * r->first[i] : r->first[i]);
        }
    }
}

static void follow(gp_optimizer_options how)
{
    gp_error error = {""};
    reference r = {{0}};
    gp_optimizer *o = make(how);
    const gp_optimizer_options all = gp_optimizer_settings(o); /* with the defaults */
    const int states = how.kind == GP_SGD ? 0 : how.kind == GP_ADAM ? 2 : 1;
    for (int i = 0; i < VALUES; i++)
        r.x[i] = (double)(*value(i) = (gp_real)(i + 1) / 2);
    for (int t = 1; t <= STEPS; t++) {
        for (int i = 0; i < VALUES; i++)
            *gradient(i) = (gp_real)slope(t - 1, i);
        ck_assert_int_eq(gp_optimizer_step(o, &error), GP_OK);
        ck_assert_uint_eq(gp_optimizer_steps(o), (uint64_t)t);
        step_by_hand(&r, &all, t);
        for (int i = 0; i < VALUES; i++)
            gp_assert_near(*value(i), r.x[i], how.kind == GP_ADAM ? 1e-5 : 2e-6); /* 1 - 0.999 in float */
    }
    for (int i = 0; i < VALUES; i++) {
        if (states > 0)
            gp_assert_near(gp_row(gp_optimizer_state(o, (size_t)i / 2, 0), 0)[i % 2], r.first[i], 2e-6);
        if (states > 1)
            gp_assert_near(gp_row(gp_optimizer_state(o, (size_t)i / 2, 1), 0)[i % 2], r.second[i], 2e-6);
    }
    ck_assert_ptr_null(gp_optimizer_state(o, 0, states));
    gp_optimizer_free(o);
}

START_TEST(sgd_follows_the_formula)
{
    follow(gp_sgd(.learning_rate = 0.125));
    follow(gp_sgd(.learning_rate = 0.125, .weight_decay = 0.5));
}
END_TEST

START_TEST(momentum_follows_the_formula)
{
    follow(gp_momentum(.learning_rate = 0.125, .momentum = 0.75));
    follow(gp_momentum(.learning_rate = 0.125, .momentum = 0));
    follow(gp_momentum(.weight_decay = 0.25));
    follow(gp_nesterov(.learning_rate = 0.125, .momentum = 0.75, .weight_decay = 0.25));
}
END_TEST

START_TEST(adam_counts_its_steps)
{
    follow(gp_adam(.learning_rate = 0.125, .adam_form = GP_ADAM_EPSILON_CORRECTED));
    follow(gp_adam(.learning_rate = 0.125, .beta1 = 0.5, .beta2 = 0.75, .epsilon = 0.01, .weight_decay = 0.25,
                   .adam_form = GP_ADAM_EPSILON_CORRECTED));
}
END_TEST

START_TEST(clipping_by_value_and_by_norm_is_exact)
{
    follow(gp_sgd(.learning_rate = 0.125, .clip_value = 1));
    follow(gp_sgd(.learning_rate = 0.125, .clip_norm = 2));
    follow(gp_momentum(.learning_rate = 0.125, .clip_value = 0.5, .clip_norm = 0.75));
    follow(gp_adam(.learning_rate = 0.125, .clip_value = 0.5));
}
END_TEST

START_TEST(nothing_is_clipped_by_itself)
{
    gp_error error = {""};
    gp_optimizer *o = make(gp_sgd(.learning_rate = 1));
    for (int i = 0; i < VALUES; i++) {
        *value(i) = 0;
        *gradient(i) = (gp_real)1e6;
    }
    ck_assert_int_eq(gp_optimizer_step(o, &error), GP_OK);
    for (int i = 0; i < VALUES; i++)
        ck_assert(*value(i) == (gp_real)-1e6);
    gp_optimizer_free(o);
}
END_TEST

START_TEST(the_rate_of_the_next_step_can_be_set)
{
    gp_error error = {""};
    gp_optimizer *o = make(gp_sgd(.learning_rate = 1));
    ck_assert_double_eq(gp_optimizer_rate(o), 1);
    gp_optimizer_set_rate(o, 0.25);
    ck_assert_double_eq(gp_optimizer_rate(o), 0.25);
    ck_assert_double_eq(gp_optimizer_settings(o).learning_rate, 1);
    for (int i = 0; i < VALUES; i++) {
        *value(i) = 0;
        *gradient(i) = 2;
    }
    ck_assert_int_eq(gp_optimizer_step(o, &error), GP_OK);
    for (int i = 0; i < VALUES; i++)
        ck_assert(*value(i) == (gp_real)-0.5);
    gp_optimizer_free(o);
}
END_TEST

/* The corrections of step 1001 are nearly none: they follow the number that was set. */
START_TEST(the_count_of_steps_can_be_set)
{
    gp_error error = {""};
    gp_optimizer *o = make(gp_adam(.learning_rate = 1, .beta1 = 0.5, .beta2 = 0.5, .epsilon = 1e-9));
    gp_optimizer_set_steps(o, 1000);
    ck_assert_uint_eq(gp_optimizer_steps(o), 1000);
    *value(0) = 0;
    *gradient(0) = 1;
    ck_assert_int_eq(gp_optimizer_step(o, &error), GP_OK);
    ck_assert_uint_eq(gp_optimizer_steps(o), 1001);
    gp_assert_near(*value(0), -0.5 / sqrt(0.5), 1e-6); /* at step 1 it would be -1 */
    gp_optimizer_free(o);
}
END_TEST

START_TEST(adagrad_by_hand)
{
    gp_real x[2] = {1, -2}, g[2] = {0.5, 2}, h[2] = {0, 1};
    double y[2] = {1, -2}, k[2] = {0, 1};
    for (int t = 0; t < 3; t++) {
        gp_adagrad_update(2, x, g, h, 0.25, 0.125, 0.5);
        for (int i = 0; i < 2; i++) {
            double s = (double)g[i] + 0.5 * y[i];
            k[i] += s * s;
            y[i] -= 0.25 * s / (sqrt(k[i]) + 0.125);
            gp_assert_near(x[i], y[i], 1e-6);
            gp_assert_near(h[i], k[i], 1e-6);
        }
    }
}
END_TEST

START_TEST(dampening_weighs_the_new_gradient)
{
    gp_real x = 0, v = 2, g = 1;
    gp_momentum_update(1, &x, &g, &v, 0.5, 0.5, 0.25, false, 0);
    gp_assert_near(v, 1.25, 1e-7);
    gp_assert_near(x, -0.625, 1e-7);
}
END_TEST

/* Rules on n numbers leave the ones behind them alone. */
START_TEST(an_update_ends_where_it_should)
{
    gp_real x[20], g[20], m[20], v[20];
    for (size_t n = 0; n < 19; n++) {
        for (int rule = 0; rule < 4; rule++) {
            for (int i = 0; i < 20; i++)
                x[i] = g[i] = m[i] = v[i] = 1;
            if (rule == 0)
                gp_sgd_update(n, x, g, 0.1, 0);
            else if (rule == 1)
                gp_momentum_update(n, x, g, m, 0.1, 0.9, 1, false, 0);
            else if (rule == 2)
                gp_adam_update(n, x, g, m, v, 3, 0.1, 0.9, 0.9, 0.1, GP_ADAM_EPSILON_PLAIN, 0);
            else
                gp_adagrad_update(n, x, g, v, 0.1, 0.1, 0);
            for (size_t i = 0; i < 20; i++) {
                ck_assert_msg((x[i] == 1) == (i >= n), "rule %d, %zu numbers: x[%zu] is %g", rule, n, i, (double)x[i]);
                ck_assert(i < n || (m[i] == 1 && v[i] == 1));
            }
        }
    }
}
END_TEST

static void refused(gp_optimizer_options how, const char *expected)
{
    gp_error error = {""};
    gp_optimizer *o = gp_optimizer_new(net, how, &error);
    ck_assert_msg(o == NULL, "accepted, though %s", expected);
    ck_assert_msg(strstr(error.message, expected) != NULL, "\"%s\" does not hold \"%s\"", error.message, expected);
}

START_TEST(options_out_of_range_are_refused)
{
    refused(gp_sgd(.learning_rate = -0.1), "sgd: learning_rate: expected a number of at least 0, found -0.1");
    refused(gp_sgd(.learning_rate = HUGE_VAL), "learning_rate");
    refused(gp_sgd(.learning_rate = NAN), "learning_rate");
    refused(gp_sgd(.momentum = 0.5), "sgd: momentum: expected none");
    refused(gp_momentum(.momentum = 1), "momentum: momentum: expected a number of at least 0 and below 1, found 1");
    refused(gp_momentum(.momentum = -0.5), "momentum");
    refused(gp_momentum(.beta1 = 0.5), "beta1: expected none");
    refused(gp_nesterov(.momentum = 1.5), "nesterov: momentum");
    refused(gp_adam(.beta1 = 1), "beta1");
    refused(gp_adam(.beta1 = -1), "beta1");
    refused(gp_adam(.beta2 = 1), "beta2");
    refused(gp_adam(.epsilon = 0), "epsilon: expected a number above 0");
    refused(gp_adam(.momentum = 0.5), "momentum: expected none");
    refused(gp_sgd(.weight_decay = -1), "weight_decay");
    refused(gp_sgd(.clip_norm = 0), "clip_norm: expected a number above 0");
    refused(gp_sgd(.clip_value = -1), "clip_value: expected a number above 0");
    refused((gp_optimizer_options){.kind = (gp_optimizer_kind)7}, "expected a kind");
}
END_TEST

START_TEST(defaults_are_the_documented_ones)
{
    gp_optimizer_options o;
    gp_optimizer *made = make(gp_sgd());
    o = gp_optimizer_settings(made);
    ck_assert(o.kind == GP_SGD && o.learning_rate == 0.01 && o.weight_decay == 0 && o.clip_norm == HUGE_VAL && o.clip_value == HUGE_VAL);
    gp_optimizer_free(made);
    made = make(gp_nesterov());
    o = gp_optimizer_settings(made);
    ck_assert(o.kind == GP_NESTEROV && o.learning_rate == 0.01 && o.momentum == 0.9);
    gp_optimizer_free(made);
    made = make(gp_adam());
    o = gp_optimizer_settings(made);
    ck_assert(o.kind == GP_ADAM && o.learning_rate == 1e-3 && o.beta1 == 0.9 && o.beta2 == 0.999 && o.epsilon == 1e-7);
    gp_optimizer_free(made);
    ck_assert_str_eq(gp_optimizer_word(GP_SGD), "sgd");
    ck_assert_str_eq(gp_optimizer_word(GP_MOMENTUM), "momentum");
    ck_assert_str_eq(gp_optimizer_word(GP_NESTEROV), "nesterov");
    ck_assert_str_eq(gp_optimizer_word(GP_ADAM), "adam");
}
END_TEST

START_TEST(an_optimizer_belongs_to_its_network)
{
    gp_error error = {""};
    gp_network *other = gp_network_new(1, 1, &error);
    gp_optimizer *o = make(gp_sgd());
    ck_assert(gp_optimizer_fits(o, net));
    ck_assert(!gp_optimizer_fits(o, other));
    ck_assert(!gp_optimizer_fits(NULL, net));
    ck_assert_ptr_null(gp_optimizer_new(other, gp_sgd(), &error));
    ck_assert_msg(strstr(error.message, "without layers") != NULL, "%s", error.message);
    ck_assert_int_eq(gp_network_parse(net, "relu", &error), GP_OK);
    ck_assert(!gp_optimizer_fits(o, net));
    ck_assert_int_eq(gp_optimizer_step(o, &error), GP_BAD_INPUT);
    ck_assert_msg(strstr(error.message, "1 layers, and now it has 2") != NULL, "%s", error.message);
    ck_assert_uint_eq(gp_optimizer_steps(o), 0);
    gp_optimizer_free(o);
    gp_optimizer_free(NULL);
    gp_network_free(other);
}
END_TEST

static void ask_beyond_the_last_parameter(void)
{
    gp_error error;
    gp_optimizer_parameter(gp_optimizer_new(net, gp_sgd(), &error), 2);
}

static void ask_for_the_state_of_no_parameter(void)
{
    gp_error error;
    gp_optimizer_state(gp_optimizer_new(net, gp_sgd(), &error), 2, 0);
}

static void ask_for_the_word_of_no_kind(void)
{
    gp_optimizer_word((gp_optimizer_kind)4);
}

START_TEST(a_parameter_that_is_not_there_is_a_mistake)
{
    gp_assert_aborts(ask_beyond_the_last_parameter, "parameter 2 of 2");
    gp_assert_aborts(ask_for_the_state_of_no_parameter, "parameter 2 of 2");
    gp_assert_aborts(ask_for_the_word_of_no_kind, "optimizer kind 4");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("optimizer, steps");
    TCase *steps = tcase_create("steps");
    tcase_add_checked_fixture(steps, begin, end);
    tcase_add_test(steps, sgd_follows_the_formula);
    tcase_add_test(steps, momentum_follows_the_formula);
    tcase_add_test(steps, adam_counts_its_steps);
    tcase_add_test(steps, clipping_by_value_and_by_norm_is_exact);
    tcase_add_test(steps, nothing_is_clipped_by_itself);
    tcase_add_test(steps, the_rate_of_the_next_step_can_be_set);
    tcase_add_test(steps, the_count_of_steps_can_be_set);
    tcase_add_test(steps, adagrad_by_hand);
    tcase_add_test(steps, dampening_weighs_the_new_gradient);
    tcase_add_test(steps, an_update_ends_where_it_should);
    tcase_add_test(steps, options_out_of_range_are_refused);
    tcase_add_test(steps, defaults_are_the_documented_ones);
    tcase_add_test(steps, an_optimizer_belongs_to_its_network);
    tcase_add_test(steps, a_parameter_that_is_not_there_is_a_mistake);
    suite_add_tcase(suite, steps);
    return gp_run_suite(suite);
}
