/* Every activation of the library, with its slope, against its formula written down in double: on a grid, with other arguments than
   the usual ones, in every length, and not one number further. */
#include "gradient.h"
#include "support.h"

static const double root_half = 0.70710678118654752440, pi = 3.14159265358979323846;

typedef double function(double x, gp_activation_arguments a);

static double sigmoid(double x, gp_activation_arguments a)
{
    (void)a;
    return 1 / (1 + exp(-x));
}

static double sigmoid_slope(double x, gp_activation_arguments a)
{
    double s = sigmoid(x, a);
    return s * (1 - s);
}

static double tanh_of(double x, gp_activation_arguments a)
{
    (void)a;
    return tanh(x);
}

static double tanh_slope(double x, gp_activation_arguments a)
{
    (void)a;
    return 1 - tanh(x) * tanh(x);
}

static double identity(double x, gp_activation_arguments a)
{
    (void)a;
    return x;
}

static double identity_slope(double x, gp_activation_arguments a)
{
    (void)x, (void)a;
    return 1;
}

static double relu(double x, gp_activation_arguments a)
{
    (void)a;
    return x > 0 ? x : 0;
}

static double relu_slope(double x, gp_activation_arguments a)
{
    (void)a;
    return x > 0;
}

static double leaky(double x, gp_activation_arguments a)
{
    return x > 0 ? x : (double)a.alpha * x;
}

static double leaky_slope(double x, gp_activation_arguments a)
{
    return x > 0 ? 1 : (double)a.alpha;
}

static double elu(double x, gp_activation_arguments a)
{
    return x > 0 ? x : (double)a.alpha * expm1(x);
}

static double elu_slope(double x, gp_activation_arguments a)
{
    return x > 0 ? 1 : (double)a.alpha * exp(x);
}

static double celu(double x, gp_activation_arguments a)
{
    return x > 0 ? x : (double)a.alpha * expm1(x / (double)a.alpha);
}

static double celu_slope(double x, gp_activation_arguments a)
{
    return x > 0 ? 1 : exp(x / (double)a.alpha);
}

static double selu(double x, gp_activation_arguments a)
{
    return (double)a.beta * (x > 0 ? x : (double)a.alpha * expm1(x));
}

static double selu_slope(double x, gp_activation_arguments a)
{
    return (double)a.beta * (x > 0 ? 1 : (double)a.alpha * exp(x));
}

static double gelu(double x, gp_activation_arguments a)
{
    (void)a;
    return x * erfc(-x * root_half) / 2;
}

static double gelu_slope(double x, gp_activation_arguments a)
{
    (void)a;
    return erfc(-x * root_half) / 2 + x * exp(-x * x / 2) / sqrt(2 * pi);
}

static double gelu_tanh(double x, gp_activation_arguments a)
{
    (void)a;
    return x * sigmoid(2 * sqrt(2 / pi) * (x + 0.044715 * x * x * x), a);
}

static double gelu_tanh_slope(double x, gp_activation_arguments a)
{
    double s = sigmoid(2 * sqrt(2 / pi) * (x + 0.044715 * x * x * x), a);
    return s + x * s * (1 - s) * 2 * sqrt(2 / pi) * (1 + 3 * 0.044715 * x * x);
}

static double swish(double x, gp_activation_arguments a)
{
    return x * sigmoid(x, a);
}

static double swish_slope(double x, gp_activation_arguments a)
{
    double s = sigmoid(x, a);
    return s + x * s * (1 - s);
}

static double softplus(double x, gp_activation_arguments a)
{
    (void)a;
    return fmax(x, 0) + log1p(exp(-fabs(x)));
}

static double mish(double x, gp_activation_arguments a)
{
    return x * tanh(softplus(x, a));
}

static double mish_slope(double x, gp_activation_arguments a)
{
    double t = tanh(softplus(x, a));
    return t + x * (1 - t * t) * sigmoid(x, a);
}

static double hard_sigmoid(double x, gp_activation_arguments a)
{
    return fmin(1, fmax(0, (double)a.alpha * x + (double)a.beta));
}

static double hard_sigmoid_slope(double x, gp_activation_arguments a)
{
    double line = (double)a.alpha * x + (double)a.beta;
    return line > 0 && line < 1 ? (double)a.alpha : 0;
}

static const struct {
    const gp_activation_type *type;
    function *f, *df;
    gp_activation_arguments arguments;
} rows[] = {
    {&gp_sigmoid, sigmoid, sigmoid_slope, {0, 0}},
    {&gp_tanh, tanh_of, tanh_slope, {0, 0}},
    {&gp_identity, identity, identity_slope, {0, 0}},
    {&gp_relu, relu, relu_slope, {0, 0}},
    {&gp_leaky_relu, leaky, leaky_slope, {(gp_real)0.25, 0}},
    {&gp_leaky_relu, leaky, leaky_slope, {0, 0}},
    {&gp_elu, elu, elu_slope, {1, 0}},
    {&gp_elu, elu, elu_slope, {(gp_real)0.375, 0}},
    {&gp_celu, celu, celu_slope, {1, 0}},
    {&gp_celu, celu, celu_slope, {(gp_real)0.5, 0}},
    {&gp_celu, celu, celu_slope, {2, 0}},
    {&gp_selu, selu, selu_slope, {(gp_real)1.6732632423543772848, (gp_real)1.0507009873554804934}},
    {&gp_selu, selu, selu_slope, {2, (gp_real)0.5}},
    {&gp_gelu, gelu, gelu_slope, {0, 0}},
    {&gp_gelu_tanh, gelu_tanh, gelu_tanh_slope, {0, 0}},
    {&gp_swish, swish, swish_slope, {0, 0}},
    {&gp_mish, mish, mish_slope, {0, 0}},
    {&gp_softplus, softplus, sigmoid, {0, 0}},
    {&gp_hard_sigmoid, hard_sigmoid, hard_sigmoid_slope, {(gp_real)0.25, (gp_real)0.5}},
    {&gp_hard_sigmoid, hard_sigmoid, hard_sigmoid_slope, {(gp_real)0.125, (gp_real)0.25}},
};

enum { GRID = 401, LONGEST = 40 };

/* -20 … 20, a tenth apart but never on a corner of HardSigmoid; 0 stands apart below */
static gp_real grid(int i)
{
    return (gp_real)(i - GRID / 2) / 10 + (gp_real)(1 / 64.0);
}

START_TEST(values_and_slopes_are_the_formulas)
{
    gp_real x[GRID], y[GRID], dy[GRID], dx[GRID];
    for (int i = 0; i < GRID; i++) {
        x[i] = grid(i);
        dy[i] = (gp_real)(1 + i % 3) / 2;
    }
    rows[_i].type->f(GRID, x, y, rows[_i].arguments);
    rows[_i].type->df(GRID, x, y, dy, dx, rows[_i].arguments);
    for (int i = 0; i < GRID; i++) {
        double want = rows[_i].f((double)x[i], rows[_i].arguments), slope = (double)dy[i] * rows[_i].df((double)x[i], rows[_i].arguments);
        ck_assert_msg(fabs((double)y[i] - want) <= 2e-6 * fmax(1e-3, fabs(want)), "%s(%g) is %.9g, expected %.9g", rows[_i].type->layer.name,
                      (double)x[i], (double)y[i], want);
        ck_assert_msg(fabs((double)dx[i] - slope) <= 4e-6 * fmax(5e-2, fabs(slope)), "%s'(%g) is %.9g, expected %.9g",
                      rows[_i].type->layer.name, (double)x[i], (double)dx[i], slope);
    }
}
END_TEST

/* Far out everything is at its limit, and not nan. */
START_TEST(far_out_is_the_limit)
{
    const gp_real x[4] = {(gp_real)-1e30, (gp_real)-2000, 2000, (gp_real)1e30}, dy[4] = {1, 1, 1, 1};
    gp_real y[4], dx[4];
    rows[_i].type->f(4, x, y, rows[_i].arguments);
    rows[_i].type->df(4, x, y, dy, dx, rows[_i].arguments);
    for (int i = 0; i < 4; i++) {
        double near = i < 2 ? -1000 : 1000, slope = rows[_i].df(near, rows[_i].arguments);
        ck_assert_msg(isfinite(y[i]), "%s(%g) is %g", rows[_i].type->layer.name, (double)x[i], (double)y[i]);
        ck_assert_msg(fabs((double)dx[i] - slope) <= 1e-6, "%s'(%g) is %g, expected %g", rows[_i].type->layer.name, (double)x[i],
                      (double)dx[i], slope);
    }
}
END_TEST

START_TEST(no_number_beyond_the_last_is_written)
{
    gp_real x[LONGEST + 4], y[LONGEST + 4], dy[LONGEST + 4], dx[LONGEST + 4], whole[LONGEST + 4], slopes[LONGEST + 4];
    for (int i = 0; i < LONGEST + 4; i++) {
        x[i] = grid(170 + i);
        dy[i] = 1;
    }
    rows[_i].type->f(LONGEST + 4, x, whole, rows[_i].arguments);
    rows[_i].type->df(LONGEST + 4, x, whole, dy, slopes, rows[_i].arguments);
    for (size_t n = 0; n <= LONGEST; n++) {
        for (int i = 0; i < LONGEST + 4; i++)
            y[i] = dx[i] = 77;
        rows[_i].type->f(n, x, y, rows[_i].arguments);
        rows[_i].type->df(n, x, whole, dy, dx, rows[_i].arguments);
        for (size_t i = 0; i < LONGEST + 4; i++) {
            gp_assert_near(y[i], i < n ? whole[i] : 77, i < n ? 1e-6 : 0);
            gp_assert_near(dx[i], i < n ? slopes[i] : 77, i < n ? 1e-6 : 0);
        }
    }
}
END_TEST

START_TEST(every_activation_of_the_registry_has_its_formula_here)
{
    for (size_t i = 0; gp_word_at(i); i++) {
        const gp_word *w = gp_word_at(i);
        bool here = w->activation == NULL;
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
            here = here || rows[k].type == w->activation;
        ck_assert_msg(here, "'%s' is in the registry (chapter 12) and not among the rows of tests/unit/test_activations.c: write its formula "
                      "and its slope, in double, there", w->word);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("activations");
    TCase *tests = tcase_create("activations");
    const int n = (int)(sizeof rows / sizeof *rows);
    tcase_add_loop_test(tests, values_and_slopes_are_the_formulas, 0, n);
    tcase_add_test(tests, every_activation_of_the_registry_has_its_formula_here);
    tcase_add_loop_test(tests, far_out_is_the_limit, 0, n);
    tcase_add_loop_test(tests, no_number_beyond_the_last_is_written, 0, n);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
