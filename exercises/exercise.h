/* What an exercise's section in a chapter includes. */
#ifndef GP_EXERCISE_H
#define GP_EXERCISE_H
#include "real.h"
#include <tgmath.h>
#undef I

/* Stands in every stub: the test then reports the exercise as not started. Delete the call when you begin. */
GP_NORETURN void gp_not_started(void);

#endif
