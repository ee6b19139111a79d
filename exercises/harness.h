/* The frame of an exercise's test: Check, with expectations that say in words what was expected, what came, and for which input. */
#ifndef GP_HARNESS_H
#define GP_HARNESS_H
#include "exercise.h"
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fails unless |got - want| <= tolerance * max(1, |want|). `what` names the quantity with its input, printf-like:
   expect_near(swish(z), want, 1e-12, "swish(%g)", z); a hint for this very mistake may follow with expect_hint. */
#define expect_near(got, want, tolerance, ...) exercise_near(__LINE__, (double)(got), (double)(want), (double)(tolerance), __VA_ARGS__)
#define expect_true(condition, ...) exercise_true(__LINE__, (condition), __VA_ARGS__)

void exercise_near(int line, double got, double want, double tolerance, const char *format, ...);
void exercise_true(int line, bool condition, const char *format, ...);

/* A sentence that is printed under the message of the next failure in this test; NULL takes it back. */
void expect_hint(const char *sentence);

int exercise_main(int argc, char **argv, int count, const TTest *const *tests);

/* Closes a test file: names its tests, in the order in which a student should meet them. */
#define EXERCISE_TESTS(...)                                                          \
    int main(int argc, char **argv)                                                  \
    {                                                                                \
        const TTest *const tests[] = {__VA_ARGS__};                                  \
        return exercise_main(argc, argv, (int)(sizeof tests / sizeof *tests), tests); \
    }

#endif
