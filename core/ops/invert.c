// The negative of every colour sample.
#include "core/kernels/map.h"
#include "core/op.h"

static bool map(const tc_step *step, const tc_blob *merged, uint8_t to[256]) {
    (void)step;
    (void)merged;
    for (int v = 0; v < 256; v++) to[v] = (uint8_t)~v;
    return true;
}

const tc_op TC_OP(invert) = {
    .name = "invert",
    .title = "Invert",
    .summary = "Inverts every colour, as in a negative.",
    .group = TC_GROUP_TONE,
    .need = TC_NEED_POINT,
    .cost = 0.7,
    TC_MAP_OPERATION(map),
};
