/* Checked runtime errors: run a function in a child, expect it to abort, and look at its message. */
#ifndef GP_ABORTS_H
#define GP_ABORTS_H
#include "support.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static inline void gp_assert_aborts(void (*mistake)(void), const char *expected)
{
    char message[2048];
    size_t length = 0;
    ssize_t got;
    int ends[2], status;

    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        mistake();
        _exit(0);
    }
    close(ends[1]);
    while (length < sizeof message - 1 &&
           (got = read(ends[0], message + length,
                       sizeof message - 1 - length)) > 0)
        length += (size_t)got;
    message[length] = 0;
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT,
                  "the mistake did not stop the program; it said \"%s\"",
                  message);
    ck_assert_msg(strstr(message, expected) != NULL,
                  "\"%s\" does not hold \"%s\"", message, expected);
}

#endif
