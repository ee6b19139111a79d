/* The norm of all gradients, and clipping by it and by value. */
#include "clip.h"
#include "dense.h"
#include "support.h"

/* Two parameters with gradients and one that is state. */
static gp_layer *three_parameters(gp_parameter *p[3])
{
    gp_layer *layer = gp_dense_new(3, 2, true, NULL);
    ck_assert_ptr_nonnull(layer);
    ck_assert_int_eq(gp_layer_parameter(layer, "state", 1, 2, false, NULL), GP_OK);
    for (int k = 0; k < 3; k++)
        p[k] = &layer->parameter[k];
    gp_matrix_fill(&p[2]->value, 1000);
    for (size_t i = 0; i < 3; i++)
        gp_row(&p[0]->gradient, i)[0] = 2, gp_row(&p[0]->gradient, i)[1] = -2;
    gp_row(&p[1]->gradient, 0)[0] = 5;
    return layer;
}

START_TEST(norm_is_over_all_parameters)
{
    gp_parameter *p[3];
    gp_layer *layer = three_parameters(p);
    gp_assert_near(gp_gradient_norm(3, p), 7, 1e-12);
    gp_assert_near(gp_clip_by_norm(3, p, 3.5), 7, 1e-12);
    gp_assert_near(gp_gradient_norm(3, p), 3.5, 1e-6);
    gp_assert_near(gp_row(&p[1]->gradient, 0)[0], 2.5, 1e-6);
    gp_assert_near(gp_row(&p[0]->gradient, 2)[1], -1, 1e-6);
    ck_assert((double)p[2]->value.at[0] == 1000);
    gp_layer_free(layer);
}
END_TEST

START_TEST(short_gradients_are_left_alone)
{
    gp_parameter *p[3];
    gp_layer *layer = three_parameters(p);
    gp_assert_near(gp_clip_by_norm(3, p, 7.5), 7, 1e-12);
    gp_assert_near(gp_gradient_norm(3, p), 7, 1e-12);
    gp_clip_by_value(3, p, 6);
    gp_assert_near(gp_gradient_norm(3, p), 7, 1e-12);
    gp_matrix_fill(&p[0]->gradient, 0), gp_matrix_fill(&p[1]->gradient, 0);
    gp_assert_near(gp_clip_by_norm(3, p, 1), 0, 0);
    ck_assert((double)gp_row(&p[1]->gradient, 0)[0] == 0);
    gp_layer_free(layer);
}
END_TEST

START_TEST(huge_gradients_are_clipped)
{
    gp_parameter *p[3];
    gp_layer *layer = three_parameters(p);
    gp_matrix_fill(&p[0]->gradient, (gp_real)1e30);
    ck_assert(gp_clip_by_norm(3, p, 1) > 2e30);
    gp_assert_near(gp_gradient_norm(3, p), 1, 1e-5);
    gp_layer_free(layer);
}
END_TEST

START_TEST(values_are_limited)
{
    gp_parameter *p[3];
    gp_layer *layer = three_parameters(p);
    gp_row(&p[0]->gradient, 0)[0] = INFINITY;
    gp_row(&p[0]->gradient, 1)[0] = NAN;
    gp_clip_by_value(3, p, 1.5);
    ck_assert((double)gp_row(&p[0]->gradient, 0)[0] == 1.5);
    ck_assert(isnan(gp_row(&p[0]->gradient, 1)[0]));
    ck_assert((double)gp_row(&p[0]->gradient, 2)[1] == -1.5);
    ck_assert((double)gp_row(&p[1]->gradient, 0)[0] == 1.5);
    ck_assert((double)gp_row(&p[1]->gradient, 0)[1] == 0);
    gp_layer_free(layer);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("clip");
    TCase *t = tcase_create("clip");
    suite_add_tcase(s, t);
    tcase_add_test(t, norm_is_over_all_parameters);
    tcase_add_test(t, short_gradients_are_left_alone);
    tcase_add_test(t, huge_gradients_are_clipped);
    tcase_add_test(t, values_are_limited);
    return gp_run_suite(s);
}
