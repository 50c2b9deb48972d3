// Brightness and contrast: a linear function of every colour sample, saturated.
#include <math.h>

#include "core/kernels/map.h"
#include "core/op.h"

enum { ARG_CONTRAST, ARG_BRIGHTNESS };

static const tc_param params[] = {
    TC_NUMBER(REAL, "contrast", "Contrast", 1.5, 0, 8, "×"),
    TC_NUMBER(REAL, "brightness", "Brightness", 40, -255, 255, ""),
    TC_PARAMS_END,
};

// OpenCV uses single precision with a fused multiply-add. The product of a byte and a float is exact in double
// precision, so one rounding to float gives the same bits on any machine.
static bool map(const tc_step *step, const tc_blob *merged, uint8_t to[256]) {
    (void)merged;
    double contrast = (float)step->args.value[ARG_CONTRAST], brightness = (float)step->args.value[ARG_BRIGHTNESS];
    for (int v = 0; v < 256; v++) {
        float sum = (float)(v * contrast + brightness);
        to[v] = (uint8_t)rintf(fminf(fmaxf(sum, 0.0f), 255.0f));
    }
    return true;
}

const tc_op TC_OP(brightness_contrast) = {
    .name = "brightness_contrast",
    .title = "Brightness and contrast",
    .summary = "Multiplies every colour by the contrast and adds the brightness.",
    .group = TC_GROUP_TONE,
    .params = params,
    .need = TC_NEED_POINT,
    .cost = 0.7,
    TC_MAP_OPERATION(map),
};
