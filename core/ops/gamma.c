// Gamma correction by a look-up table.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "core/kernels/map.h"
#include "core/op.h"

enum { ARG_VALUE };

static const tc_param params[] = {
    TC_NUMBER(REAL, "value", "Gamma", 1, 0.1, 8, ""),
    TC_PARAMS_END,
};

// x to the power of `exponent`, both at least 0, x at most 1: by squaring for the integer part, and by square roots for
// the binary digits of the fraction. Unlike pow, it uses only operations that IEEE 754 defines exactly, so that every
// machine gives the same bits.
static double power(double x, double exponent) {
    TC_ASSERT(x >= 0 && x <= 1 && exponent >= 0);
    double result = 1, whole = floor(exponent), fraction = exponent - whole, factor = x;
    for (int n = (int)whole; n > 0; n /= 2) {
        if (n % 2 == 1) result *= factor;
        factor *= factor;
    }
    factor = x;
    while (fraction > 0) {
        factor = sqrt(factor);
        fraction *= 2;
        if (fraction >= 1) {
            result *= factor;
            fraction -= 1;
        }
    }
    return result;
}

static void *prepare(const tc_step *step) {
    uint8_t *table = malloc(256);
    if (!table) return NULL;
    double exponent = 1 / step->args.value[ARG_VALUE];
    for (int v = 0; v < 256; v++) table[v] = (uint8_t)rint(255 * power(v / 255.0, exponent));
    return table;
}

static bool map(const tc_step *step, const tc_blob *merged, uint8_t to[256]) {
    (void)merged;
    memcpy(to, step->table, 256);
    return true;
}

const tc_op TC_OP(gamma) = {
    .name = "gamma",
    .title = "Gamma",
    .summary = "Lightens (above 1) or darkens (below 1) the middle tones; black and white stay.",
    .group = TC_GROUP_TONE,
    .params = params,
    .need = TC_NEED_POINT,
    .cost = 0.7,
    .prepare = prepare,
    TC_MAP_OPERATION(map),
};
