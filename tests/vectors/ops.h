#ifndef GP_VECTORS_OPS_H
#define GP_VECTORS_OPS_H
#include "case.h"
#include "activation.h"

/* Runs the case's operator through the library and compares every output; false: the operator is unknown here. */
bool run_op(vec_case *c);

/* one file each: products and losses, activations, batch normalization, optimizers, whole networks, layer normalization and
   residual networks */
bool run_groundwork_op(vec_case *c);
bool run_activation_op(vec_case *c);
bool run_normalization_op(vec_case *c);
bool run_optimizer_op(vec_case *c);
bool run_network_op(vec_case *c);
bool run_residual_op(vec_case *c);

/* An elementwise activation by ONNX's name, with the attributes it has in this case: kind of the type, its arguments, and what
   its result is multiplied by and its argument before (Swish's alpha). False: no such activation. */
typedef struct {
    const gp_activation_type *type;
    gp_activation_arguments arguments;
    double outside, inside;
} activation;
bool activation_named(const vec_case *c, const char *name, bool torch, activation *a);

#endif
