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
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
