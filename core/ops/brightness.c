// Brightness: adds the same amount to every colour sample, saturated.
#include "core/kernels/map.h"
#include "core/op.h"

enum { ARG_AMOUNT };

static const tc_param params[] = {
    TC_NUMBER(INT, "amount", "Amount", 60, -255, 255, ""),
    TC_PARAMS_END,
};

static bool map(const tc_step *step, const tc_blob *merged, uint8_t to[256]) {
    (void)merged;
    int amount = (int)step->args.value[ARG_AMOUNT];
    for (int v = 0; v < 256; v++) {
        int sum = v + amount;
        to[v] = (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
    }
    return true;
}

const tc_op TC_OP(brightness) = {
    .name = "brightness",
    .title = "Brightness",
    .summary = "Makes every colour lighter or darker by the same amount.",
    .group = TC_GROUP_TONE,
    .params = params,
    .need = TC_NEED_POINT,
    .cost = 0.7,
    TC_MAP_OPERATION(map),
};
