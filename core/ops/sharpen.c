// Sharpening: five times a sample less its four neighbours.
#include "core/assert.h"
#include "core/kernels/rows.h"
#include "core/kernels/vector.h"
#include "core/op.h"

static int radius(const tc_args *args) {
    (void)args;
    return 1;
}

// `from` may be read a pixel before its start and beyond its end, and a row above and below.
static void sharpen_plain(uint8_t *restrict to, const uint8_t *from, ptrdiff_t stride, int count, int step) {
    const uint8_t *above = from - stride, *below = from + stride;
    for (int i = 0; i < count; i++) {
        int16_t v = (int16_t)(5 * from[i] - from[i - step] - from[i + step] - above[i] - below[i]);
        v = v < 0 ? 0 : v;
        to[i] = (uint8_t)(v > 255 ? 255 : v);
    }
}

#if TC_LANES
static tc_vec sharpen_words(tc_vec at, tc_vec left, tc_vec right, tc_vec above, tc_vec below) {
    tc_vec around = v_add16(v_add16(left, right), v_add16(above, below));
    return v_sub16(v_add16(at, v_shl16(at, 2)), around);
}

static tc_vec sharpen_bytes(const uint8_t *from, ptrdiff_t stride, int step) {
    const tc_vec zero = v_set8(0);
    tc_vec at = v_load(from), left = v_load(from - step), right = v_load(from + step);
    tc_vec above = v_load(from - stride), below = v_load(from + stride);
    return v_narrow_each_i16_u8(
        sharpen_words(v_zip8_each_lo(at, zero), v_zip8_each_lo(left, zero), v_zip8_each_lo(right, zero),
                      v_zip8_each_lo(above, zero), v_zip8_each_lo(below, zero)),
        sharpen_words(v_zip8_each_hi(at, zero), v_zip8_each_hi(left, zero), v_zip8_each_hi(right, zero),
                      v_zip8_each_hi(above, zero), v_zip8_each_hi(below, zero)));
}

static void sharpen_row(uint8_t *to, const uint8_t *from, ptrdiff_t stride, int count, int step) {
    if (count < TC_LANES) {
        sharpen_plain(to, from, stride, count, step);
        return;
    }
    for (int i = 0; i < count; i += TC_LANES) {
        int at = v_start(i, count);
        v_store(to + at, sharpen_bytes(from + at, stride, step));
    }
}
#else
static void sharpen_row(uint8_t *to, const uint8_t *from, ptrdiff_t stride, int count, int step) {
    sharpen_plain(to, from, stride, count, step);
}
#endif

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    (void)step;
    tc_rect rect = out->rect;
    int channels = in->channels;
    TC_ASSERT(out->channels == channels && tc_rect_contains(in->rect, tc_rect_grow(rect, 1)));
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        const uint8_t *from = tc_tile_at(in, rect.x, y);
        sharpen_row(tc_tile_row(out, y), from, (ptrdiff_t)in->stride, rect.width * channels, channels);
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
