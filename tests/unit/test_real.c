#include "aborts.h"
#include "real.h"
#include "private/vectormath.h"

START_TEST(real_is_what_the_build_says)
{
    ck_assert_uint_eq(sizeof(gp_real), sizeof(float));
    gp_real x = 1;
    ck_assert_uint_eq(sizeof(exp(x)), sizeof(gp_real));
}
END_TEST

START_TEST(fail_fills_the_message)
{
    gp_error error;
    gp_status status =
        gp_fail(&error, GP_BAD_INPUT, "row %d of %s", 7, "a file");
    ck_assert_int_eq(status, GP_BAD_INPUT);
    ck_assert_str_eq(error.message, "row 7 of a file");
}
END_TEST

START_TEST(fail_without_an_error_only_returns)
{
    ck_assert_int_eq(gp_fail(NULL, GP_FAILED, "%d", 1), GP_FAILED);
}
END_TEST

START_TEST(fail_cuts_a_long_message)
{
    gp_error error;
    char word[4096];
    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = 0;
    gp_fail(&error, GP_FAILED, "%s", word);
    ck_assert_uint_eq(strlen(error.message), sizeof error.message - 1);
}
END_TEST

START_TEST(require_passes_what_holds)
{
    int evaluated = 0;
    GP_REQUIRE(++evaluated == 1, "evaluated %d times", evaluated);
    ck_assert_int_eq(evaluated, 1);
}
END_TEST

static void broken_promise(void)
{
    GP_REQUIRE(2 + 2 == 5, "two and two is %d", 2 + 2);
}

START_TEST(require_stops_with_place_and_message)
{
    gp_assert_aborts(broken_promise, "test_real.c:");
    gp_assert_aborts(broken_promise, "two and two is 4");
}
END_TEST

START_TEST(require_raises_sigabrt)
{
    broken_promise();
}
END_TEST

/* A vectorized loop over exp differs from the scalar one by rounding only. */
START_TEST(claim_vector_exp_is_accurate)
{
    enum { N = 1000 };
    gp_real x[N], y[N];
    for (int i = 0; i < N; i++)
        x[i] = (gp_real)(i - 870) / 10;
    GP_SIMD
    for (int i = 0; i < N; i++)
        y[i] = exp(x[i]);
    for (int i = 0; i < N; i++) {
        double want = exp((double)x[i]);
        ck_assert_msg(fabs((double)y[i] - want) <= 4 * 6e-8 * want,
                      "exp(%g) is %g", (double)x[i], (double)y[i]);
    }
}
END_TEST

START_TEST(simd_exp_keeps_the_edges)
{
    gp_real x[32], y[32];
    for (int i = 0; i < 32; i++)
        x[i] = i % 4 == 0   ? -(gp_real)INFINITY
               : i % 4 == 1 ? (gp_real)INFINITY
               : i % 4 == 2 ? (gp_real)NAN
                            : (gp_real)-1e30;
    GP_SIMD
    for (int i = 0; i < 32; i++)
        y[i] = exp(x[i]);
    for (int i = 0; i < 32; i += 4) {
        ck_assert(y[i] == 0);
        ck_assert(isinf(y[i + 1]) && y[i + 1] > 0);
        ck_assert(isnan(y[i + 2]));
        ck_assert(y[i + 3] == 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("real");
    TCase *tests = tcase_create("real");
    tcase_add_test(tests, real_is_what_the_build_says);
    tcase_add_test(tests, fail_fills_the_message);
    tcase_add_test(tests, fail_without_an_error_only_returns);
    tcase_add_test(tests, fail_cuts_a_long_message);
    tcase_add_test(tests, require_passes_what_holds);
    tcase_add_test(tests, require_stops_with_place_and_message);
    tcase_add_test_raise_signal(tests, require_raises_sigabrt, SIGABRT);
    tcase_add_test(tests, claim_vector_exp_is_accurate);
    tcase_add_test(tests, simd_exp_keeps_the_edges);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
