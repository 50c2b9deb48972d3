// The shape of colour results, and the conversion of grey.
#include "core/kernels/colour.h"

#include "core/assert.h"

tc_status tc_colour_shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error) {
    TC_ASSERT(in.channels >= 1 && in.channels <= 4);
    (void)args;
    (void)error;
    *out = (tc_shape){in.width, in.height, tc_has_alpha(in.channels) ? 4 : 3};
    return TC_OK;
}

static void grey_to_rgb(uint8_t *to, const uint8_t *from, int width, int channels) {
    bool alpha = tc_has_alpha(channels);
    for (int x = 0; x < width; x++, from += channels) {
        for (int c = 0; c < 3; c++) *to++ = from[0];
        if (alpha) *to++ = from[1];
    }
}

void tc_colour_tile(const tc_tile *in, const tc_tile *out) {
    tc_rect rect = out->rect;
    TC_ASSERT(tc_rect_contains(in->rect, rect));
    if (in->channels == out->channels) {
        tc_tile_copy(out, in);
        return;
    }
    TC_ASSERT(in->channels <= 2 && out->channels == in->channels + 2);
    for (int y = rect.y; y < rect.y + rect.height; y++)
        grey_to_rgb(tc_tile_row(out, y), tc_tile_at(in, rect.x, y), rect.width, in->channels);
}
