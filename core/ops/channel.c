#include "core/kernels/colour.h"
#include "core/op.h"

enum { ARG_KEEP };

static const tc_param params[] = {
    {.name = "keep", .title = "Channel", .kind = TC_PARAM_CHOICE, .unit = "", .choices = {"red", "green", "blue"}},
    {.name = NULL},
};

enum { PERIOD = 192 }; // bytes: whole pixels of 3 and of 4 channels, whole vectors of any level

// The mask that keeps one channel, and alpha.
static void fill_mask(uint8_t mask[PERIOD], int channels, int keep) {
    for (int i = 0; i < PERIOD; i++) mask[i] = i % channels == keep || i % channels == 3 ? 255 : 0;
}

static void mask_row(uint8_t *to, const uint8_t *from, size_t size, const uint8_t mask[PERIOD]) {
    size_t i = 0;
    for (; i + PERIOD <= size; i += PERIOD)
        for (int k = 0; k < PERIOD; k++) to[i + k] = from[i + k] & mask[k];
    for (int k = 0; i + k < size; k++) to[i + k] = from[i + k] & mask[k];
}

// Grey is each of its colours.
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
    uint8_t mask[PERIOD];
    int keep = (int)step->args.value[ARG_KEEP], channels = in->channels;
    fill_mask(mask, out->channels, keep);
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        uint8_t *to = tc_tile_row(out, y);
        const uint8_t *from = tc_tile_at(in, rect.x, y);
        if (channels < 3)
            grey_row(to, from, rect.width, channels, keep);
        else
            mask_row(to, from, tc_row_bytes(rect.width, channels), mask);
    }
}

const tc_op TC_OP(channel) = {
    .name = "channel",
    .title = "One channel",
    .summary = "Keeps the red, the green or the blue of every pixel and drops the two others.",
    .group = TC_GROUP_TONE,
    .params = params,
    .need = TC_NEED_POINT,
    .cost = 0.2,
    .shape = tc_colour_shape,
    .run = run,
};
