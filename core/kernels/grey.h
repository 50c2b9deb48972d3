// The shapes of operations whose result, or intermediate picture, is grey: one channel, and alpha where there is one.
#ifndef TC_CORE_KERNELS_GREY_H
#define TC_CORE_KERNELS_GREY_H

#include "core/kernels/level.h"
#include "core/op.h"

#define tc_grey_intermediate TC_AT_LEVEL(tc_grey_intermediate)
#define tc_grey_shape TC_AT_LEVEL(tc_grey_shape)

// For tc_op.shape.
tc_status tc_grey_shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error);
// For tc_op.intermediate_shape.
tc_shape tc_grey_intermediate(const tc_args *args, tc_shape in);

#endif
