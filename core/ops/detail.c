// A blur, then a sharpening filter with eight neighbours, as one operation: the sharpening filter would read the
// blurred picture reflected at the edges, and blurring the reflected picture gives the same, as the kernel is
// symmetric.
#include "core/assert.h"
#include "core/kernels/binomial.h"
#include "core/kernels/rows.h"
#include "core/op.h"

enum { RADIUS = 3, STRIP = 1024, MAX_CHANNELS = 4 };

static int radius(const tc_args *args) {
    (void)args;
    return RADIUS;
}

static void add_columns(uint16_t *restrict sums, const uint8_t *const rows[3], int count) {
    const uint8_t *above = rows[0], *here = rows[1], *below = rows[2];
    for (int i = 0; i < count; i++) sums[i] = (uint16_t)(above[i] + here[i] + below[i]);
}

// Nine times the sample less its eight neighbours; `sums` are column sums of three rows, which include the sample.
static void enhance(uint8_t *restrict to, const uint8_t *restrict here, const uint16_t *restrict sums, int count,
                    int step) {
    const uint16_t *middle = sums + step, *right = middle + step;
    for (int i = 0; i < count; i++) {
        int16_t v = (int16_t)(10 * here[i] - sums[i] - middle[i] - right[i]);
        v = v < 0 ? 0 : v;
        to[i] = (uint8_t)(v > 255 ? 255 : v);
    }
}

// The blurred rows are a pixel wider than the strip on both sides; three of them are in a ring buffer.
static void run_strip(const tc_tile *in, const tc_tile *out, int x, int width) {
    TC_ASSERT(width > 0 && width <= STRIP && in->channels <= MAX_CHANNELS);
    uint16_t sums[(STRIP + 2 * RADIUS) * MAX_CHANNELS];
    uint8_t blurred[3][(STRIP + 2) * MAX_CHANNELS];
    int channels = in->channels, count = width * channels, first = out->rect.y;
    for (int y = first - 1; y <= first + out->rect.height; y++) {
        tc_binomial5_row(blurred[(y + 3) % 3], tc_tile_at(in, x - 1, y), (ptrdiff_t)in->stride, count + 2 * channels,
                         channels, sums);
        if (y <= first) continue;
        const uint8_t *rows[3] = {blurred[(y + 1) % 3], blurred[(y + 2) % 3], blurred[y % 3]};
        uint8_t *to = tc_tile_at(out, x, y - 1);
        add_columns(sums, rows, count + 2 * channels);
        enhance(to, rows[1] + channels, sums, count, channels);
        tc_row_copy_alpha(to, channels, tc_tile_at(in, x, y - 1), channels, width);
    }
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    (void)step;
    tc_rect rect = out->rect;
    for (int x = rect.x, width; x < rect.x + rect.width; x += width) {
        width = rect.x + rect.width - x < STRIP ? rect.x + rect.width - x : STRIP;
        run_strip(in, out, x, width);
    }
}

const tc_op TC_OP(detail) = {
    .name = "detail",
    .title = "Enhance detail",
    .summary = "Smooths away noise, then raises each pixel's difference from its eight neighbours.",
    .group = TC_GROUP_FILTER,
    .need = TC_NEED_NEIGHBOURHOOD,
    .border = TC_BORDER_REFLECT101,
    .cost = 8,
    .radius = radius,
    .run = run,
};
