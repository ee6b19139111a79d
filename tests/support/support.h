/* What every Check suite shares: the main of a suite, and comparisons that say what they compared. */
#ifndef GP_SUPPORT_H
#define GP_SUPPORT_H
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tgmath.h>

static inline int gp_run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* |got - want| <= tolerance * max(1, |want|), with both in the message; NaN fails. */
#define gp_assert_near(got, want, tolerance)                                  \
    do {                                                                      \
        double g_ = (double)(got), w_ = (double)(want);                       \
        double t_ = (double)(tolerance)*fmax(1, fabs(w_));                    \
        ck_assert_msg(fabs(g_ - w_) <= t_,                                    \
                      "%s is %.17g, expected %s = %.17g within %g", #got, g_, \
                      #want, w_, t_);                                         \
    } while (0)

#endif
