// The shape of operations whose result is always in colour: RGB, or RGBA if the input has alpha.
#ifndef TC_CORE_KERNELS_COLOUR_H
#define TC_CORE_KERNELS_COLOUR_H

#include "core/kernels/level.h"
#include "core/op.h"

#define tc_colour_shape TC_AT_LEVEL(tc_colour_shape)

// For tc_op.shape.
tc_status tc_colour_shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error);

#endif
