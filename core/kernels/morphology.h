// Dilation and erosion with a square structuring element. n iterations with a square of side k equal one with a square
// of side n (k - 1) + 1, since pixels outside the picture do not count.
#ifndef TC_CORE_KERNELS_MORPHOLOGY_H
#define TC_CORE_KERNELS_MORPHOLOGY_H

#include "core/kernels/level.h"
#include "core/op.h"

#define tc_morphology_params TC_AT_LEVEL(tc_morphology_params)
#define tc_morphology_radius TC_AT_LEVEL(tc_morphology_radius)
#define tc_dilate_run TC_AT_LEVEL(tc_dilate_run)
#define tc_erode_run TC_AT_LEVEL(tc_erode_run)

// The parameters of both operations: ksize and iterations.
extern const tc_param tc_morphology_params[];
int tc_morphology_radius(const tc_args *args);
// For tc_op.run: the maximum and the minimum of the square around each sample. Alpha is copied.
void tc_dilate_run(const tc_step *step, const tc_tile *in, const tc_tile *out);
void tc_erode_run(const tc_step *step, const tc_tile *in, const tc_tile *out);

#endif
