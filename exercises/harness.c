#include "harness.h"

#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

enum { NOT_STARTED = 77 };
#define LEFT_EARLY "the program left (by exit, say) before the test came to its end"

static const char *hint;

GP_NORETURN void gp_not_started(void)
{
    fflush(NULL);
    _exit(NOT_STARTED);
}

void expect_hint(const char *sentence)
{
    hint = sentence;
}

static void give_up(int line, const char *what, const char *difference)
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
    give_up(line, what, difference);
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
    give_up(line, what, "");
}

/* Check takes a child that leaves by exit(0) for one that passed. So a test counts as passed when it also came to its end, which
   it notes in memory that it shares with its parent. */
static const TTest *const *test_list;
static volatile char *finished;

static void run_to_the_end(int i)
{
    test_list[i]->fn(0);
    finished[i] = 1;
}

/* P passed, N not started, F a failed expectation, E a crash, an early exit or a time-out. */
static char verdict(TestResult *result, int i)
{
    if (tr_rtype(result) == CK_PASS)
        return finished[i] ? 'P' : 'E';
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
        fprintf(file, "%c\t%s\t", verdict(results[i], i), tr_tcname(results[i]));
        const char *message = tr_rtype(results[i]) != CK_PASS ? tr_msg(results[i]) : finished[i] ? "" : LEFT_EARLY;
        for (const char *c = message; *c; c++)
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
    TTest *wrapped = calloc((size_t)count, sizeof *wrapped);
    finished = mmap(NULL, (size_t)count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!wrapped || finished == MAP_FAILED)
        return EXIT_FAILURE;
    test_list = tests;
    for (int i = 0; i < count; i++) {
        TCase *one = tcase_create(tests[i]->name);
        tcase_set_timeout(one, 5);
        wrapped[i] = (TTest){tests[i]->name, run_to_the_end, tests[i]->file, tests[i]->line};
        tcase_add_loop_test(one, &wrapped[i], i, i + 1);
        suite_add_tcase(suite, one);
    }
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_FORK);
    srunner_run_all(runner, argc > 2 ? CK_SILENT : CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    TestResult **results = srunner_results(runner);
    bool written = argc <= 2 || write_report(argv[1], argv[2], srunner_ntests_run(runner), results);
    for (int i = 0; i < count; i++)
        failed += tr_rtype(results[i]) == CK_PASS && !finished[i];
    free(results);
    srunner_free(runner);
    free(wrapped);
    return failed == 0 && written ? EXIT_SUCCESS : EXIT_FAILURE;
}
