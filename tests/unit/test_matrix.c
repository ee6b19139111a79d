#include "aborts.h"
#include "matrix.h"

static gp_matrix numbers(size_t rows, size_t cols)
{
    gp_matrix m;
    ck_assert_int_eq(gp_matrix_new(&m, rows, cols, NULL), GP_OK);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            gp_row(&m, i)[j] = (gp_real)((i * 7 + j * 3) % 11) - 5;
    return m;
}

START_TEST(new_is_aligned_zero_and_padded)
{
    const size_t line = 64 / sizeof(gp_real);
    for (size_t cols = 1; cols <= 2 * line + 1; cols++) {
        gp_matrix m;
        ck_assert_int_eq(gp_matrix_new(&m, 3, cols, NULL), GP_OK);
        ck_assert_uint_eq(m.stride, (cols + line - 1) / line * line);
        ck_assert_uint_eq((uintptr_t)m.at % 64, 0);
        ck_assert_uint_eq((uintptr_t)gp_row(&m, 1) % 64, 0);
        for (size_t k = 0; k < 3 * m.stride; k++)
            ck_assert(m.at[k] == 0);
        gp_matrix_free(&m);
        ck_assert_ptr_null(m.at);
    }
}
END_TEST

START_TEST(an_empty_matrix_is_a_matrix)
{
    gp_matrix m;
    ck_assert_int_eq(gp_matrix_new(&m, 0, 0, NULL), GP_OK);
    gp_matrix_fill(&m, 1);
    gp_matrix_free(&m);
    ck_assert_int_eq(gp_matrix_new(&m, 0, 5, NULL), GP_OK);
    gp_matrix_free(&m);
    ck_assert_int_eq(gp_matrix_new(&m, 5, 0, NULL), GP_OK);
    gp_matrix_free(&m);
}
END_TEST

START_TEST(absurd_sizes_are_reported)
{
    const size_t half = (size_t)1 << 32;
    const size_t sizes[][2] = {{SIZE_MAX, 1}, {1, SIZE_MAX}, {half, half},
                               {SIZE_MAX / 64, 2}, {half, half / 4},
                               {3, PTRDIFF_MAX / 8}, {SIZE_MAX, SIZE_MAX}};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        gp_matrix m;
        gp_error error = {""};
        char want[64];
        ck_assert_int_eq(gp_matrix_new(&m, sizes[k][0], sizes[k][1], &error),
                         GP_NO_MEMORY);
        snprintf(want, sizeof want, "%zu rows", sizes[k][0]);
        ck_assert_ptr_nonnull(strstr(error.message, want));
        ck_assert_ptr_null(m.at);
        gp_matrix_free(&m);
    }
}
END_TEST

START_TEST(fill_and_copy_leave_the_padding)
{
    gp_matrix a = numbers(3, 5), b;
    gp_matrix_new(&b, 3, 5, NULL);
    gp_matrix_fill(&b, 7);
    for (size_t j = 5; j < b.stride; j++)
        ck_assert(gp_row(&b, 1)[j] == 0);
    gp_matrix_copy(&b, &a);
    ck_assert_mem_eq(a.at, b.at, 3 * a.stride * sizeof(gp_real));
    gp_matrix_free(&a);
    gp_matrix_free(&b);
}
END_TEST

START_TEST(rows_are_a_view)
{
    gp_matrix a = numbers(6, 4), v = gp_matrix_rows(&a, 2, 3);
    ck_assert_uint_eq(v.rows, 3);
    ck_assert_ptr_eq(v.at, gp_row(&a, 2));
    gp_row(&v, 0)[1] = 99;
    ck_assert(gp_row(&a, 2)[1] == 99);
    v = gp_matrix_rows(&a, 6, 0);
    ck_assert_uint_eq(v.rows, 0);
    gp_matrix_free(&a);
}
END_TEST

START_TEST(gather_takes_rows_by_index)
{
    gp_matrix a = numbers(5, 3), b = numbers(4, 3);
    const uint32_t index[] = {4, 0, 4};
    gp_matrix_gather(&b, &a, 3, index);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++)
            ck_assert(gp_row(&b, i)[j] == gp_row(&a, index[i])[j]);
    ck_assert(gp_row(&b, 3)[0] == (gp_real)((3 * 7) % 11) - 5);
    gp_matrix_free(&a);
    gp_matrix_free(&b);
}
END_TEST

/* op(A) op(B) for all four transpositions, against the three loops. */
START_TEST(multiply_agrees_with_three_loops)
{
    const bool ta = _i & 1, tb = _i & 2;
    gp_matrix a = ta ? numbers(5, 3) : numbers(3, 5);
    gp_matrix b = tb ? numbers(4, 5) : numbers(5, 4);
    gp_matrix c = numbers(3, 4);
    gp_matrix old = numbers(3, 4);

    gp_matrix_multiply(&c, 2, (gp_real)0.5, &a, ta, &b, tb);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 4; j++) {
            gp_real sum = 0;
            for (size_t k = 0; k < 5; k++)
                sum += (ta ? gp_row(&a, k)[i] : gp_row(&a, i)[k]) *
                       (tb ? gp_row(&b, j)[k] : gp_row(&b, k)[j]);
            gp_assert_near(gp_row(&c, i)[j],
                           2 * gp_row(&old, i)[j] + sum / 2, 1e-6);
        }
    for (size_t j = 4; j < c.stride; j++)
        ck_assert(gp_row(&c, 2)[j] == 0);
    gp_matrix_free(&a);
    gp_matrix_free(&b);
    gp_matrix_free(&c);
    gp_matrix_free(&old);
}
END_TEST

START_TEST(beta_zero_ignores_what_was_there)
{
    gp_matrix a = numbers(2, 2), b = numbers(2, 2), c = numbers(2, 2);
    gp_matrix_fill(&c, (gp_real)NAN);
    gp_matrix_multiply(&c, 0, 1, &a, false, &b, false);
    for (size_t i = 0; i < 4; i++)
        ck_assert(!isnan(gp_row(&c, i / 2)[i % 2]));
    gp_matrix_free(&a);
    gp_matrix_free(&b);
    gp_matrix_free(&c);
}
END_TEST

static gp_matrix two_by_three, four_by_five;

static void product_of_misfits(void)
{
    gp_matrix_multiply(&two_by_three, 0, 1, &two_by_three, false,
                       &four_by_five, true);
}

static void copy_of_misfits(void)
{
    gp_matrix_copy(&two_by_three, &four_by_five);
}

static void rows_beyond_the_end(void)
{
    gp_matrix_rows(&two_by_three, 1, SIZE_MAX);
}

static void one_row_too_many(void)
{
    gp_matrix_rows(&two_by_three, 1, 2);
}

static void gather_beyond_the_end(void)
{
    const uint32_t index[] = {2};
    gp_matrix_gather(&two_by_three, &two_by_three, 1, index);
}

static void view_without_room(void)
{
    gp_matrix_view(two_by_three.at, 1, 3, 2);
}

START_TEST(claim_misfit_names_both_shapes)
{
    two_by_three = numbers(2, 3);
    four_by_five = numbers(4, 5);
    gp_assert_aborts(product_of_misfits, "[2, 3] and [4, 5] transposed");
    gp_assert_aborts(product_of_misfits, "gp_matrix_multiply");
    gp_assert_aborts(copy_of_misfits, "[4, 5] is to be copied to [2, 3]");
    gp_assert_aborts(rows_beyond_the_end, "a matrix [2, 3]");
    gp_assert_aborts(one_row_too_many, "2 rows from row 1");
    gp_assert_aborts(gather_beyond_the_end, "row 2 of [2, 3]");
    gp_assert_aborts(view_without_room, "stride of 2");
    gp_matrix_free(&two_by_three);
    gp_matrix_free(&four_by_five);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("matrix");
    TCase *tests = tcase_create("matrix");
    tcase_add_test(tests, new_is_aligned_zero_and_padded);
    tcase_add_test(tests, an_empty_matrix_is_a_matrix);
    tcase_add_test(tests, absurd_sizes_are_reported);
    tcase_add_test(tests, fill_and_copy_leave_the_padding);
    tcase_add_test(tests, rows_are_a_view);
    tcase_add_test(tests, gather_takes_rows_by_index);
    tcase_add_loop_test(tests, multiply_agrees_with_three_loops, 0, 4);
    tcase_add_test(tests, beta_zero_ignores_what_was_there);
    tcase_add_test(tests, claim_misfit_names_both_shapes);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
