/* Gradient checks of whole networks in double: every parameter against a central difference of the loss. */
#include "gradient.h"
#include "support.h"

typedef struct {
    gp_network *net;
    gp_matrix x;
    gp_label labels[8];
} problem;

/* The loss as a training pass sees it: batch statistics, but no dropout in these networks. */
static double loss(void *context)
{
    problem *p = context;
    gp_label labels[8];
    for (int i = 0; i < 8; i++)
        labels[i] = p->labels[i];
    gp_cross_entropy_options options = {.labels = labels};
    return gp_softmax_cross_entropy(gp_network_forward(p->net, &p->x, true), &options, NULL, NULL);
}

static void check(const char *text)
{
    gp_error error = {""};
    problem p = {.net = gp_network_new(5, 3, &error), .labels = {0, 2, 1, 0, 2, 1, 1, 0}};
    ck_assert_msg(gp_network_parse(p.net, text, &error) == GP_OK, "%s", error.message);
    ck_assert_int_eq(gp_network_reserve(p.net, 8, &error), GP_OK);
    ck_assert_int_eq(gp_matrix_new(&p.x, 8, 5, &error), GP_OK);
    gp_random r = gp_random_new(7);
    gp_random_fill_normal(&r, &p.x, 0, 1);
    gp_network_gradients(p.net, &p.x, p.labels);
    size_t checked = 0, kinks = 0;
    for (size_t l = 0; l < gp_network_layers(p.net); l++) {
        gp_layer *layer = gp_network_layer(p.net, l);
        for (size_t k = 0; k < layer->parameters; k++) {
            gp_parameter *parameter = &layer->parameter[k];
            if (!parameter->gradient.at)
                continue;
            gp_gradcheck_report report = gp_gradcheck_function(loss, &p, &parameter->value, &parameter->gradient);
            checked += report.checked;
            kinks += report.kinks;
            /* a bias before a batch normalization has gradient 0, both ways within rounding */
            bool both_zero = fabs(report.analytic) < 1e-10 && fabs(report.numeric) < 1e-8;
            ck_assert_msg(report.worst <= 1e-7 || both_zero, "%s: layer %zu %s [%zu, %zu]: analytic %.12g, numeric %.12g", text, l,
                          parameter->name, report.row, report.col, report.analytic, report.numeric);
        }
    }
    ck_assert_uint_gt(checked, 50);
    ck_assert_uint_lt(kinks, checked / 10);
    gp_matrix_free(&p.x);
    gp_network_free(p.net);
}

START_TEST(sigmoid_and_tanh)
{
    check("dense:6 sigmoid dense:5 tanh dense:3");
}
END_TEST

START_TEST(batch_normalization_before_and_after)
{
    check("batchnorm dense:6:he_normal batchnorm elu dense:5 tanh batchnorm dense:3");
}
END_TEST

START_TEST(batch_normalization_and_prelu)
{
    check("dense:6:he_normal:nobias batchnorm prelu dense:6 prelu dense:3");
}
END_TEST

START_TEST(selu_stack)
{
    check("4*(dense:6:lecun_normal selu) dense:3");
}
END_TEST

START_TEST(the_wider_family)
{
    check("dense:6 gelu dense:6 swish dense:6 mish dense:6 softplus dense:6 leaky_relu:0.2 dense:6 celu dense:3");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network in double");
    TCase *all = tcase_create("all");
    tcase_add_test(all, sigmoid_and_tanh);
    tcase_add_test(all, batch_normalization_before_and_after);
    tcase_add_test(all, batch_normalization_and_prelu);
    tcase_add_test(all, selu_stack);
    tcase_add_test(all, the_wider_family);
    suite_add_tcase(suite, all);
    return gp_run_suite(suite);
}
