// Median filters over squares of ksize × ksize samples, each channel on its own, alpha too. `in` covers out->rect grown
// by ksize / 2.
#ifndef TC_CORE_KERNELS_MEDIAN_H
#define TC_CORE_KERNELS_MEDIAN_H

#include "core/image.h"
#include "core/kernels/level.h"

#define tc_median_network TC_AT_LEVEL(tc_median_network)
#define tc_median_count TC_AT_LEVEL(tc_median_count)

// By a sorting network. ksize is 3 or 5.
void tc_median_network(const tc_tile *in, const tc_tile *out, int ksize);
// By bisection over grey levels, counting the samples at or above a level. ksize is 7, 9, ..., 31.
void tc_median_count(const tc_tile *in, const tc_tile *out, int ksize);

#endif
