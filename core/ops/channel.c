// One colour channel; the other two become 0.
#include "core/assert.h"
#include "core/kernels/colour.h"
#include "core/kernels/vector.h"
#include "core/op.h"

enum { ARG_KEEP };

static const tc_param params[] = {
    TC_CHOICE("keep", "Channel", 0, "red", "green", "blue"),
    TC_PARAMS_END,
};

// PERIOD bytes are whole pixels of 3 and of 4 channels, and whole vectors of any level.
enum { PERIOD = 192, SHIFTS = 4 };

// The mask of one channel and alpha. It is SHIFTS bytes longer than a period, so that it can start at any byte of the
// first pixel.
static void fill_mask(uint8_t mask[PERIOD + SHIFTS], int channels, int keep) {
    for (int i = 0; i < PERIOD + SHIFTS; i++) mask[i] = i % channels == keep || i % channels == 3 ? 255 : 0;
}

static void mask_row(uint8_t *to, const uint8_t *from, size_t size, const uint8_t mask[PERIOD]) {
    size_t i = 0;
    for (; i + PERIOD <= size; i += PERIOD)
        for (int k = 0; k < PERIOD; k++) to[i + k] = from[i + k] & mask[k];
    for (int k = 0; i + k < size; k++) to[i + k] = from[i + k] & mask[k];
}

#if TC_LANES
static void mask_streamed(uint8_t *to, const uint8_t *from, size_t size, const uint8_t *mask, int channels) {
    size_t head = (0 - (uintptr_t)to) % TC_LANES, i = head;
    if (head > size) head = i = size;
    mask_row(to, from, head, mask);
    mask += head % (size_t)channels;
    const tc_vec part[3] = {v_load(mask), v_load(mask + TC_LANES), v_load(mask + 2 * TC_LANES)};
    for (; i + 3 * TC_LANES <= size; i += 3 * TC_LANES)
        for (int k = 0; k < 3; k++) v_stream(to + i + k * TC_LANES, v_and(v_load(from + i + k * TC_LANES), part[k]));
    mask_row(to + i, from + i, size - i, mask);
}
#else
static void mask_streamed(uint8_t *to, const uint8_t *from, size_t size, const uint8_t *mask, int channels) {
    (void)channels;
    mask_row(to, from, size, mask);
}
#endif

// A grey sample is used as red, green and blue.
static void grey_row(uint8_t *to, const uint8_t *from, int width, int channels, int keep) {
    int to_channels = channels + 2;
    for (int x = 0; x < width; x++, to += to_channels, from += channels) {
        to[0] = to[1] = to[2] = 0;
        to[keep] = from[0];
        if (to_channels == 4) to[3] = from[1];
    }
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    tc_rect rect = out->rect;
    uint8_t mask[PERIOD + SHIFTS];
    int keep = (int)step->args.value[ARG_KEEP], channels = in->channels;
    TC_ASSERT(keep >= 0 && keep < 3 && out->channels >= 3);
    fill_mask(mask, out->channels, keep);
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        uint8_t *to = tc_tile_row(out, y);
        const uint8_t *from = tc_tile_at(in, rect.x, y);
        if (channels < 3)
            grey_row(to, from, rect.width, channels, keep);
        else if (out->streamed)
            mask_streamed(to, from, tc_row_bytes(rect.width, channels), mask, channels);
        else
            mask_row(to, from, tc_row_bytes(rect.width, channels), mask);
    }
    if (out->streamed) v_fence();
}

const tc_op TC_OP(channel) = {
    .name = "channel",
    .title = "One channel",
    .summary = "Keeps the red, green or blue of every pixel and sets the other two to 0.",
    .group = TC_GROUP_TONE,
    .params = params,
    .need = TC_NEED_POINT,
    .cost = 0.2,
    .shape = tc_colour_shape,
    .run = run,
};
