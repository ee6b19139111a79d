#include "ops.h"

bool run_op(vec_case *c)
{
    return run_groundwork_op(c) || run_activation_op(c) || run_normalization_op(c) || run_optimizer_op(c) ||
           run_network_op(c) || run_residual_op(c);
}
