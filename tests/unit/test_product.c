/* The product against the three loops, bit by bit: sizes around the edges of a tile, both directions, and nothing beyond the edge. */
#include "private/product.h"
#include "matrix.h"
#include "support.h"
#include "team.h"

#ifdef __FMA__
#define STEP(a, b, c) fma(a, b, c)
#else
#define STEP(a, b, c) ((a) * (b) + (c))
#endif

#ifdef GP_UNDER_VALGRIND
enum { SPARSE = 6 };
#else
enum { SPARSE = 1 };
#endif
static uint32_t state = 1;

static gp_real number(void)
{
    state = state * 1664525u + 1013904223u;
    return (gp_real)((double)(state >> 8) / (1 << 23) - 1);
}

static gp_matrix matrix(size_t rows, size_t cols)
{
    gp_matrix m;
    ck_assert_int_eq(gp_matrix_new(&m, rows, cols, NULL), GP_OK);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            gp_row(&m, i)[j] = number();
    return m;
}

static gp_real plain(gp_real beta, gp_real alpha, const gp_matrix *a, bool ta, const gp_matrix *b, bool tb, gp_real c, size_t i, size_t j)
{
    const size_t inner = ta ? a->rows : a->cols;
    gp_real sum = beta == 0 ? 0 : beta * c;
    for (size_t k = 0; k < inner; k++)
        sum = STEP(ta ? gp_at(a, k, i) : gp_at(a, i, k), alpha * (tb ? gp_at(b, j, k) : gp_at(b, k, j)), sum);
    return sum;
}

static void agree(size_t rows, size_t cols, size_t inner, int way, gp_real beta, gp_real alpha)
{
    const bool ta = way & 1, tb = way & 2;
    gp_matrix a = ta ? matrix(inner, rows) : matrix(rows, inner), b = tb ? matrix(cols, inner) : matrix(inner, cols);
    gp_matrix c = matrix(rows, cols), old = matrix(rows, cols);
    gp_matrix_copy(&old, &c);
    if (beta == 0)
        gp_matrix_fill(&c, (gp_real)NAN);
    gp_matrix_multiply(&c, beta, alpha, &a, ta, &b, tb);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++) {
            const gp_real want = plain(beta, alpha, &a, ta, &b, tb, gp_at(&old, i, j), i, j), got = gp_at(&c, i, j);
            ck_assert_msg(memcmp(&want, &got, sizeof want) == 0, "%zux%zux%zu way %d (%zu, %zu): %.17g, expected %.17g", rows, cols,
                          inner, way, i, j, (double)got, (double)want);
        }
    for (size_t i = 0; i < rows; i++)
        for (size_t j = cols; j < c.stride; j++)
            ck_assert(gp_row(&c, i)[j] == 0);
    gp_matrix_free(&a), gp_matrix_free(&b), gp_matrix_free(&c), gp_matrix_free(&old);
}

START_TEST(claim_product_is_the_plain_loop)
{
    for (size_t rows = 1; rows <= 14; rows += SPARSE)
        for (size_t cols = 1; cols <= 35; cols += rows % 3 + 1)
            for (size_t inner = 1; inner <= 20; inner += 3)
                agree(rows, cols, inner, _i, 0, 1);
}
END_TEST

START_TEST(long_sums_go_piece_by_piece_in_the_same_order)
{
    const size_t inner[] = {199, 200, 201, 399, 400, 401, 784};
    for (size_t k = 0; k < sizeof inner / sizeof *inner; k++) {
        agree(7, 33, inner[k], _i, 0, 1);
        agree(70, 17, inner[k], _i, 1, 1);
    }
}
END_TEST

START_TEST(both_factors_count)
{
    const gp_real factor[] = {0, 1, -1, (gp_real)0.5, 3};
    for (size_t b = 0; b < 5; b++)
        for (size_t a = 0; a < 5; a++)
            agree(9, 20, 13, _i, factor[b], factor[a]);
}
END_TEST

START_TEST(a_distance_of_a_power_of_two_is_no_special_case)
{
    gp_real *store = calloc(8 * 1024, sizeof *store);
    gp_matrix b = gp_matrix_view(store, 8, 20, 1024), a = matrix(5, 8), c = matrix(5, 20), old = matrix(5, 20);
    for (size_t i = 0; i < 8 * 1024; i++)
        store[i] = number();
    gp_matrix_copy(&old, &c);
    gp_matrix_multiply(&c, 1, 1, &a, false, &b, false);
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 20; j++)
            ck_assert(gp_at(&c, i, j) == plain(1, 1, &a, false, &b, false, gp_at(&old, i, j), i, j));
    gp_matrix_free(&a), gp_matrix_free(&c), gp_matrix_free(&old);
    free(store);
}
END_TEST

START_TEST(an_empty_sum_is_beta_times_the_old)
{
    gp_matrix c = matrix(3, 5), old = matrix(3, 5);
    gp_operand none = {c.at, 1, 1};
    gp_matrix_copy(&old, &c);
    gp_product(3, 5, 0, 1, none, none, 2, c.at, c.stride);
    for (size_t j = 0; j < 5; j++)
        ck_assert(gp_at(&c, 2, j) == 2 * gp_at(&old, 2, j));
    gp_matrix_free(&c), gp_matrix_free(&old);
}
END_TEST

START_TEST(infinities_and_nan_go_where_they_belong)
{
    gp_matrix a = matrix(4, 6), b = matrix(6, 19), c = matrix(4, 19);
    gp_row(&a, 2)[3] = (gp_real)INFINITY;
    gp_row(&b, 1)[18] = (gp_real)NAN;
    gp_matrix_multiply(&c, 0, 1, &a, false, &b, false);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 19; j++)
            ck_assert_int_eq(isfinite(gp_at(&c, i, j)) != 0, i != 2 && j != 18);
    gp_matrix_free(&a), gp_matrix_free(&b), gp_matrix_free(&c);
}
END_TEST

START_TEST(a_part_of_a_product_leaves_the_rest_alone)
{
    gp_matrix a = matrix(9, 6), b = matrix(6, 40), all = matrix(9, 40), part = matrix(9, 40);
    const gp_block block = {{2, 5}, {7, 21}};
    gp_matrix_multiply(&all, 0, 1, &a, false, &b, false);
    gp_matrix_fill(&part, 7);
    gp_matrix_multiply_part(&part, block, 0, 1, &a, false, &b, false);
    for (size_t i = 0; i < 9; i++)
        for (size_t j = 0; j < 40; j++)
            ck_assert(gp_at(&part, i, j) == (i >= 2 && i < 7 && j >= 7 && j < 28 ? gp_at(&all, i, j) : 7));
    gp_matrix_free(&a), gp_matrix_free(&b), gp_matrix_free(&all), gp_matrix_free(&part);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("product");
    TCase *t = tcase_create("product");
    tcase_set_timeout(t, 300);
    tcase_add_loop_test(t, claim_product_is_the_plain_loop, 0, 4);
    tcase_add_loop_test(t, long_sums_go_piece_by_piece_in_the_same_order, 0, 4);
    tcase_add_loop_test(t, both_factors_count, 0, 4);
    tcase_add_test(t, a_distance_of_a_power_of_two_is_no_special_case);
    tcase_add_test(t, an_empty_sum_is_beta_times_the_old);
    tcase_add_test(t, infinities_and_nan_go_where_they_belong);
    tcase_add_test(t, a_part_of_a_product_leaves_the_rest_alone);
    suite_add_tcase(s, t);
    return gp_run_suite(s);
}
