#ifndef GP_VECTORS_OPS_H
#define GP_VECTORS_OPS_H
#include "case.h"

/* Runs the case's operator through the library and compares every output; false: the operator is unknown here. */
bool run_op(vec_case *c);

/* Ends the program with the message of an error that only a broken case file or no memory can cause. */
void insist(gp_status status, const gp_error *error);
const tensor *need_input(const vec_case *c, const char *name);

/* one file each: ops of chapter 2, activations, batch normalization, optimizers, whole networks, layer normalization and
   residual networks */
bool run_groundwork_op(vec_case *c);
bool run_activation_op(vec_case *c);
bool run_normalization_op(vec_case *c);
bool run_optimizer_op(vec_case *c);
bool run_network_op(vec_case *c);
bool run_residual_op(vec_case *c);

#endif
