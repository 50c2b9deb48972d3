// Results that are always in colour: RGB, or RGBA if the input has alpha.
#ifndef TC_CORE_KERNELS_COLOUR_H
#define TC_CORE_KERNELS_COLOUR_H

#include "core/kernels/level.h"
#include "core/op.h"

#define tc_colour_shape TC_AT_LEVEL(tc_colour_shape)
#define tc_colour_tile TC_AT_LEVEL(tc_colour_tile)

// For tc_op.shape.
tc_status tc_colour_shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error);
// Copies the pixels of out->rect; grey becomes RGB of equal samples. `out` has the channels of tc_colour_shape, or
// those of `in`.
void tc_colour_tile(const tc_tile *in, const tc_tile *out);

#endif
