// The exponential function with the same bits on every machine.
#include "core/kernels/exponential.h"

#include <math.h>

#include "core/assert.h"

// Range reduction x = n ln 2 + r, then the Taylor series of e^r.
double tc_exp_negative(double x) {
    TC_ASSERT_SLOW(x <= 0);
    if (x < -700) return 0;
    const double ln2_high = 0x1.62e42fee00000p-1, ln2_low = 0x1.a39ef35793c76p-33;
    double n = floor(x / 0.69314718055994531 + 0.5);
    double r = (x - n * ln2_high) - n * ln2_low, sum = 1;
    for (int i = 16; i > 0; i--) sum = 1 + sum * r / i;
    return ldexp(sum, (int)n);
}
