#include "core/kernels/rows.h"
#include "core/op.h"

static int radius(const tc_args *args) {
    (void)args;
    return 1;
}

static inline uint8_t clamp_byte(int v) {
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

// Five times the sample less its four neighbours; `from` points into a row that has a pixel more on each side.
static void sharpen_row(uint8_t *to, const uint8_t *from, ptrdiff_t stride, int width, int channels) {
    int count = width * channels;
    for (int i = 0; i < count; i++)
        to[i] = clamp_byte(5 * from[i] - from[i - channels] - from[i + channels] - from[i - stride] - from[i + stride]);
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    (void)step;
    tc_rect rect = out->rect;
    int channels = in->channels;
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        const uint8_t *from = tc_tile_at(in, rect.x, y);
        sharpen_row(tc_tile_row(out, y), from, (ptrdiff_t)in->stride, rect.width, channels);
        tc_row_copy_alpha(tc_tile_row(out, y), channels, from, channels, rect.width);
    }
}

const tc_op TC_OP(sharpen) = {
    .name = "sharpen",
    .title = "Sharpen",
    .summary = "Makes edges crisper by raising each pixel's difference from its four neighbours.",
    .group = TC_GROUP_FILTER,
    .need = TC_NEED_NEIGHBOURHOOD,
    .border = TC_BORDER_REFLECT101,
    .cost = 5,
    .radius = radius,
    .run = run,
};
