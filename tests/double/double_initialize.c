/* Orthogonal matrices in double precision: LAPACK's other half, and a bound that float cannot reach. */
#include "initialize.h"
#include "support.h"

START_TEST(orthogonal_in_double)
{
    static const size_t shape[][2] = {{60, 60}, {90, 31}, {31, 90}};
    for (size_t s = 0; s < 3; s++) {
        gp_matrix w, g;
        bool tall = shape[s][0] >= shape[s][1];
        size_t k = tall ? shape[s][1] : shape[s][0];
        ck_assert_int_eq(gp_matrix_new(&w, shape[s][0], shape[s][1], NULL),
                         GP_OK);
        ck_assert_int_eq(gp_matrix_new(&g, k, k, NULL), GP_OK);
        gp_random r = gp_random_new(s);
        ck_assert(gp_initialize(&w, "orthogonal", &r));
        gp_matrix_multiply(&g, 0, 1, &w, tall, &w, !tall);
        for (size_t i = 0; i < k; i++)
            for (size_t j = 0; j < k; j++)
                ck_assert(fabs(gp_row(&g, i)[j] - (i == j)) < 1e-14);
        gp_matrix_free(&w), gp_matrix_free(&g);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("initialize, double");
    TCase *t = tcase_create("orthogonal");
    tcase_add_test(t, orthogonal_in_double);
    suite_add_tcase(suite, t);
    return gp_run_suite(suite);
}
