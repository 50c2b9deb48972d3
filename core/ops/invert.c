#include "core/op.h"

static void invert_row(uint8_t *to, const uint8_t *from, int width, int channels) {
    if (!tc_has_alpha(channels)) {
        size_t size = tc_row_bytes(width, channels);
        for (size_t i = 0; i < size; i++) to[i] = (uint8_t)~from[i];
        return;
    }
    for (int x = 0; x < width; x++, to += channels, from += channels) {
        for (int c = 0; c < channels - 1; c++) to[c] = (uint8_t)~from[c];
        to[channels - 1] = from[channels - 1];
    }
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    (void)step;
    tc_rect rect = out->rect;
    for (int y = rect.y; y < rect.y + rect.height; y++)
        invert_row(tc_tile_row(out, y), tc_tile_at(in, rect.x, y), rect.width, in->channels);
}

const tc_op tc_op_invert = {
    .name = "invert",
    .title = "Invert",
    .summary = "Turns every colour into its opposite, as in a negative.",
    .group = TC_GROUP_TONE,
    .need = TC_NEED_POINT,
    .cost = 2,
    .run = run,
};
