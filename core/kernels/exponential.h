// What kernel weights are made of: the exponential function with the same bits on every machine, and the weights of
// small Gaussian kernels.
#ifndef TC_CORE_KERNELS_EXPONENTIAL_H
#define TC_CORE_KERNELS_EXPONENTIAL_H

#include <stdint.h>

#include "core/kernels/level.h"

#define tc_exp_negative TC_AT_LEVEL(tc_exp_negative)

// e^x for x <= 0, to within a few units in the last place. It uses only operations that IEEE 754 defines exactly, since
// the results of libm's exp differ between machines.
double tc_exp_negative(double x);

// OpenCV's Gaussian kernels of size 3, 5, 7 and 9 for sigma 0, by half their size: the weights from the edge to the
// centre, in 256ths.
static const uint8_t tc_small_gaussians[5][5] = {{0}, {64, 128}, {16, 64, 96}, {8, 28, 56, 72}, {4, 13, 30, 51, 60}};

#endif
