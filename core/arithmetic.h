// Integer minimum, maximum and clamping.
#ifndef TC_CORE_ARITHMETIC_H
#define TC_CORE_ARITHMETIC_H

#include "core/assert.h"

static inline int tc_min_int(int a, int b) {
    return a < b ? a : b;
}

static inline int tc_max_int(int a, int b) {
    return a > b ? a : b;
}

static inline int tc_clamp_int(int v, int low, int high) {
    TC_ASSERT_SLOW(low <= high);
    return v < low ? low : v > high ? high : v;
}

#endif
