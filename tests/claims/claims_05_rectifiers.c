/* What chapter 4 says, as far as it computes at once. */
#include "dense.h"
#include "network.h"
#include "optimizer.h"
#include "elu.h"
#include "rectifier.h"
#include "smooth.h"
#include "sigmoid.h"
#include "support.h"

static const gp_activation_arguments none = {0, 0};

static double slope(const gp_activation_type *type, gp_real z, gp_activation_arguments a)
{
    const gp_real one = 1;
    gp_real y, dx;
    type->f(1, &z, &y, a);
    type->df(1, &z, &y, &one, &dx, a);
    return (double)dx;
}

static double value(const gp_activation_type *type, gp_real z, gp_activation_arguments a)
{
    gp_real y;
    type->f(1, &z, &y, a);
    return (double)y;
}

START_TEST(claim_relu_does_not_saturate)
{
    for (gp_real z = (gp_real)0.001; z < 1e30f; z *= 10)
        ck_assert(slope(&gp_relu, z, none) == 1);
    ck_assert(slope(&gp_sigmoid, 10, none) < 5e-5);
    ck_assert(pow(slope(&gp_sigmoid, 2, none), 20) < 1e-19);
}
END_TEST

START_TEST(claim_relu_halves_and_shifts)
{
    gp_matrix x;
    gp_random chance = gp_random_new(3);
    double sum = 0;
    size_t zeros = 0;
    ck_assert(!gp_matrix_new(&x, 100, 1000, NULL));
    gp_random_fill_normal(&chance, &x, 0, 1);
    for (size_t i = 0; i < 100; i++)
        for (size_t j = 0; j < 1000; j++) {
            const double y = value(&gp_relu, gp_row(&x, i)[j], none);
            sum += y;
            zeros += y == 0;
        }
    gp_assert_near((double)zeros / 1e5, 0.5, 0.01);
    gp_assert_near(sum / 1e5, 1 / sqrt(2 * 3.14159265358979), 0.01);
    gp_matrix_free(&x);
}
END_TEST

/* A unit of two inputs with the given weights and bias, on samples of the unit square. */
static void unit_gradients(gp_real w1, gp_real w2, gp_real b, const gp_activation_type *type,
                           gp_activation_arguments a, double *active, double *gradient,
                           int steps)
{
    gp_matrix x, z, y, dy, dz;
    gp_random chance = gp_random_new(8);
    gp_pass pass = {true, NULL};
    gp_layer *dense = gp_dense_new(2, 1, true, NULL), *act = gp_activation_new(type, 1, a, NULL);
    ck_assert(!gp_matrix_new(&x, 200, 2, NULL) && !gp_matrix_new(&z, 200, 1, NULL));
    ck_assert(!gp_matrix_new(&y, 200, 1, NULL) && !gp_matrix_new(&dy, 200, 1, NULL));
    ck_assert(!gp_matrix_new(&dz, 200, 1, NULL));
    gp_random_fill_uniform(&chance, &x, 0, 1);
    gp_row(&dense->parameter[0].value, 0)[0] = w1;
    gp_row(&dense->parameter[0].value, 1)[0] = w2;
    dense->parameter[1].value.at[0] = b;
    for (int s = 0; s <= steps; s++) {
        gp_layer_forward(dense, &x, &z, &pass);
        gp_layer_forward(act, &z, &y, &pass);
        *active = 0;
        for (size_t i = 0; i < 200; i++) {
            *active += z.at[i * z.stride] > 0;
            dy.at[i * dy.stride] = y.at[i * y.stride] - 1; /* the target is 1 */
        }
        gp_layer_backward(act, &z, &y, &dy, &dz);
        gp_layer_backward(dense, &x, &z, &dz, NULL);
        *gradient = 0;
        for (size_t p = 0; p < 2; p++) {
            gp_parameter *q = &dense->parameter[p];
            for (size_t i = 0; i < q->value.rows; i++) {
                *gradient += fabs((double)gp_row(&q->gradient, i)[0]);
                gp_row(&q->value, i)[0] -= gp_row(&q->gradient, i)[0] / 200;
            }
        }
    }
    gp_layer_free(dense), gp_layer_free(act);
    gp_matrix_free(&x), gp_matrix_free(&z), gp_matrix_free(&y);
    gp_matrix_free(&dy), gp_matrix_free(&dz);
}

START_TEST(claim_a_dead_unit_has_no_gradient)
{
    double active, gradient;
    unit_gradients(1, 1, -10, &gp_relu, none, &active, &gradient, 1000);
    ck_assert(active == 0 && gradient == 0);
    /* one tenth of a gradient is enough to come back */
    unit_gradients(1, 1, -10, &gp_leaky_relu, (gp_activation_arguments){(gp_real)0.1, 0}, &active,
                   &gradient, 1000);
    ck_assert_msg(active > 0, "the leaky unit did not wake");
}
END_TEST

START_TEST(claim_a_negative_sum_is_not_death)
{
    double active, gradient;
    unit_gradients(1, -3, 0, &gp_relu, none, &active, &gradient, 0);
    ck_assert(active > 0 && gradient > 0);
    unit_gradients(1, 1, -10, &gp_relu, none, &active, &gradient, 0);
    ck_assert(active == 0 && gradient == 0);
}
END_TEST

START_TEST(claim_a_dead_layer_stops_the_loss)
{
    gp_error error;
    gp_matrix x;
    gp_label labels[40];
    gp_random chance = gp_random_new(2);
    gp_network *net = gp_network_new(30, 1, &error);
    ck_assert(!gp_network_parse(net, "2*(dense:20:he_normal relu) dense:10", &error));
    ck_assert(!gp_network_reserve(net, 40, &error) && !gp_matrix_new(&x, 40, 30, &error));
    gp_random_fill_normal(&chance, &x, 0, 1);
    for (size_t i = 0; i < 40; i++)
        labels[i] = (gp_label)(i % 10);
    gp_matrix_fill(&gp_network_layer(net, 2)->parameter[1].value, -1000);
    const double loss = gp_network_gradients(net, &x, labels);
    gp_assert_near(loss, log(10), 1e-6);
    for (size_t l = 0; l <= 2; l += 2)
        for (size_t p = 0; p < 2; p++) {
            const gp_matrix *g = &gp_network_layer(net, l)->parameter[p].gradient;
            for (size_t i = 0; i < g->rows; i++)
                for (size_t j = 0; j < g->cols; j++)
                    ck_assert(gp_row(g, i)[j] == 0);
        }
    gp_matrix_free(&x);
    gp_network_free(net);
}
END_TEST

START_TEST(claim_rrelu_tests_with_the_mean)
{
    gp_real x = -1, y;
    gp_matrix X = gp_matrix_view(&x, 1, 1, 1), Y = gp_matrix_view(&y, 1, 1, 1);
    gp_pass test = {false, NULL};
    gp_layer *layer = gp_rrelu_new(1, (gp_real)0.125, 1 / (gp_real)3, NULL);
    gp_layer_forward(layer, &X, &Y, &test);
    gp_assert_near(-y, 11. / 48, 1e-7);
    ck_assert(fabs(-(double)y - 1 / 5.5) > 0.04);
    gp_layer_free(layer);
}
END_TEST

START_TEST(claim_gelu_forms_agree)
{
    double worst = 0;
    for (int k = -8000; k <= 8000; k++)
        worst = fmax(worst, fabs(value(&gp_gelu, (gp_real)k / 1000, none) -
                                 value(&gp_gelu_tanh, (gp_real)k / 1000, none)));
    ck_assert_msg(worst < 5e-4 && worst > 1e-4, "they differ by %g", worst);
}
END_TEST

START_TEST(claim_celu_is_smooth_for_every_alpha)
{
    static const gp_real alpha[] = {(gp_real)0.3, 1, 2};
    for (int k = 0; k < 3; k++) {
        const gp_activation_arguments a = {alpha[k], 0};
        gp_assert_near(slope(&gp_celu, (gp_real)-1e-6, a), slope(&gp_celu, (gp_real)1e-6, a), 1e-5);
    }
}
END_TEST

START_TEST(claim_the_dips_are_where_the_book_says)
{
    static const struct {
        const gp_activation_type *type;
        double at, least;
    } dip[] = {{&gp_gelu, -0.7518, -0.16997}, {&gp_swish, -1.2785, -0.27846}, {&gp_mish, -1.1924, -0.30884}};
    for (int k = 0; k < 3; k++) {
        gp_assert_near(value(dip[k].type, (gp_real)dip[k].at, none), dip[k].least, 2e-5);
        gp_assert_near(slope(dip[k].type, (gp_real)dip[k].at, none), 0, 2e-4);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("claims of chapter 4");
    TCase *t = tcase_create("claims");
    tcase_add_test(t, claim_relu_does_not_saturate);
    tcase_add_test(t, claim_relu_halves_and_shifts);
    tcase_add_test(t, claim_a_dead_unit_has_no_gradient);
    tcase_add_test(t, claim_a_negative_sum_is_not_death);
    tcase_add_test(t, claim_a_dead_layer_stops_the_loss);
    tcase_add_test(t, claim_rrelu_tests_with_the_mean);
    tcase_add_test(t, claim_gelu_forms_agree);
    tcase_add_test(t, claim_celu_is_smooth_for_every_alpha);
    tcase_add_test(t, claim_the_dips_are_where_the_book_says);
    suite_add_tcase(suite, t);
    return gp_run_suite(suite);
}
