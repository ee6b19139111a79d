#include "support.h"
#include "dense.h"
#include "gradcheck.h"

/* Every entry of dX, dW and db, for several shapes, to 1e-7. */
START_TEST(claim_dense_passes_the_check)
{
    const size_t shape[][3] = {{1, 1, 1}, {3, 5, 4}, {7, 2, 9}, {2, 17, 3}};
    const size_t *s = shape[_i / 2];
    const bool bias = _i % 2;
    const gp_pass pass = {true, NULL};
    gp_random r = gp_random_new((uint64_t)_i);
    gp_layer *layer = gp_dense_new(s[1], s[2], bias, NULL);
    gp_matrix x;
    gp_matrix_new(&x, s[0], s[1], NULL);
    gp_random_fill_normal(&r, &x, 0, 1);
    for (size_t k = 0; k < layer->parameters; k++)
        gp_random_fill_normal(&r, &layer->parameter[k].value, 0, 1);
    gp_gradcheck_report report = gp_gradcheck_layer(layer, &x, &pass, &r);
    ck_assert_msg(report.worst <= 1e-7, "%s[%zu, %zu] off by %g",
                  report.where, report.row, report.col, report.worst);
    ck_assert_uint_eq(report.checked,
                      s[0] * s[1] + s[1] * s[2] + bias * s[2]);
    ck_assert_uint_eq(report.kinks, 0);
    gp_matrix_free(&x);
    gp_layer_free(layer);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dense in double");
    TCase *tests = tcase_create("gradients");
    tcase_add_loop_test(tests, claim_dense_passes_the_check, 0, 8);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
