#include "ops.h"

#include <stdio.h>
#include <stdlib.h>

void insist(gp_status status, const gp_error *error)
{
    if (status) {
        fprintf(stderr, "vectors: %s\n", error->message);
        exit(2);
    }
}

const tensor *need_input(const vec_case *c, const char *name)
{
    const tensor *t = case_input(c, name);
    if (!t) {
        fprintf(stderr, "%s: expected an input %s, found none\n", c->path, name);
        exit(2);
    }
    return t;
}

bool run_op(vec_case *c)
{
    return run_groundwork_op(c) || run_activation_op(c) || run_normalization_op(c) || run_optimizer_op(c) ||
           run_network_op(c) || run_residual_op(c);
}
