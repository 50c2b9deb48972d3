#include "core/kernels/grey.h"
#include "core/kernels/grey_filter.h"

static int radius(const tc_args *args) {
    (void)args;
    return 1;
}

// |dx| + |dy| of the 3×3 Sobel filter.
static void sobel_row(uint8_t *restrict to, const uint8_t *const rows[3], int count, int step) {
    const uint8_t *above = rows[0], *here = rows[1], *below = rows[2];
    for (int i = 0; i < count; i++) {
        int16_t falling = (int16_t)(above[i + step] - below[i - step]);
        int16_t rising = (int16_t)(below[i + step] - above[i - step]);
        int16_t dx = (int16_t)(falling + rising + 2 * (here[i + step] - here[i - step]));
        int16_t dy = (int16_t)(rising - falling + 2 * (below[i] - above[i]));
        int16_t sum = (int16_t)((dx < 0 ? -dx : dx) + (dy < 0 ? -dy : dy));
        to[i] = (uint8_t)(sum > 255 ? 255 : sum);
    }
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    (void)step;
    tc_grey_filter_tile(in, out, sobel_row);
}

const tc_op TC_OP(sobel) = {
    .name = "sobel",
    .title = "Edges (Sobel)",
    .summary = "Shows how steeply brightness changes at each pixel, light on black.",
    .group = TC_GROUP_EDGE,
    .need = TC_NEED_NEIGHBOURHOOD,
    .border = TC_BORDER_REFLECT101,
    .cost = 3,
    .shape = tc_grey_shape,
    .radius = radius,
    .run = run,
};
