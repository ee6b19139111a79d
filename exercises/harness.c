#include "harness.h"

#include <stdarg.h>
#include <unistd.h>

enum { NOT_STARTED = 77 };

static const char *hint;

_Noreturn void gp_not_started(void)
{
    fflush(NULL);
    _exit(NOT_STARTED);
}

void expect_hint(const char *sentence)
{
    hint = sentence;
}

static void fail(int line, const char *what, const char *difference)
{
    _ck_assert_failed("test.c", line, "expectation", "%s%s%s%s", what, difference, hint ? "\n" : "", hint ? hint : "");
}

static void describe(char *what, size_t size, const char *format, va_list arguments)
{
    vsnprintf(what, size, format, arguments);
}

void exercise_near(int line, double got, double want, double tolerance, const char *format, ...)
{
    char what[512], difference[256];
    va_list arguments;
    if (fabs(got - want) <= tolerance * fmax(1, fabs(want)) || (isinf(want) && got == want)) {
        mark_point();
        return;
    }
    va_start(arguments, format);
    describe(what, sizeof what, format, arguments);
    va_end(arguments);
    snprintf(difference, sizeof difference, ": expected %.10g, your code gives %.10g", want, got);
    fail(line, what, difference);
}

void exercise_true(int line, bool condition, const char *format, ...)
{
    char what[512];
    va_list arguments;
    if (condition) {
        mark_point();
        return;
    }
    va_start(arguments, format);
    describe(what, sizeof what, format, arguments);
    va_end(arguments);
    fail(line, what, "");
}

/* P passed, N not started, F a failed expectation, E a crash, an early exit or a time-out. */
static char verdict(const TestResult *result)
{
    if (tr_rtype(result) == CK_PASS)
        return 'P';
    char not_started[64];
    snprintf(not_started, sizeof not_started, "Early exit with return value %d", NOT_STARTED);
    if (strstr(tr_msg(result), not_started))
        return 'N';
    return tr_rtype(result) == CK_FAILURE && !strstr(tr_msg(result), "Early exit") ? 'F' : 'E';
}

/* With a file and a word as arguments: writes the word, a line a test, and `end` there, whatever the tests printed. */
static bool write_report(const char *path, const char *word, int count, TestResult *const *results)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return false;
    fprintf(file, "%s\n", word);
    for (int i = 0; i < count; i++) {
        fprintf(file, "%c\t%s\t", verdict(results[i]), tr_tcname(results[i]));
        for (const char *c = tr_rtype(results[i]) == CK_PASS ? "" : tr_msg(results[i]); *c; c++)
            if (*c == '\n' || *c == '\\')
                fprintf(file, "\\%c", *c == '\n' ? 'n' : '\\');
            else
                putc(*c, file);
        putc('\n', file);
    }
    fprintf(file, "end\n");
    return fclose(file) == 0;
}

int exercise_main(int argc, char **argv, int count, const TTest *const *tests)
{
    Suite *suite = suite_create("exercise");
    for (int i = 0; i < count; i++) {
        TCase *one = tcase_create(tests[i]->name);
        tcase_set_timeout(one, 5);
        tcase_add_test(one, tests[i]);
        suite_add_tcase(suite, one);
    }
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_FORK);
    srunner_run_all(runner, argc > 2 ? CK_SILENT : CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    TestResult **results = srunner_results(runner);
    bool written = argc <= 2 || write_report(argv[1], argv[2], srunner_ntests_run(runner), results);
    free(results);
    srunner_free(runner);
    return failed == 0 && written ? EXIT_SUCCESS : EXIT_FAILURE;
}
