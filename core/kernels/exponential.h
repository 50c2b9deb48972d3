// The exponential function with the same bits on every machine.
#ifndef TC_CORE_KERNELS_EXPONENTIAL_H
#define TC_CORE_KERNELS_EXPONENTIAL_H

#include "core/kernels/level.h"

#define tc_exp_negative TC_AT_LEVEL(tc_exp_negative)

// e^x for x <= 0, to within a few units in the last place. It uses only operations that IEEE 754 defines exactly, since
// the results of libm's exp differ between machines.
double tc_exp_negative(double x);

#endif
