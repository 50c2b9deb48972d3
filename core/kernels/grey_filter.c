// Drives a 3×3 filter over the grey of a tile, in strips.
#include "core/kernels/grey_filter.h"

#include "core/assert.h"
#include "core/kernels/rows.h"

// The width of a strip: its three rows of grey stay in the first-level cache.
enum { STRIP = 2048 };

int tc_grey_filter_radius(const tc_args *args) {
    (void)args;
    return 1;
}

static void filter_strip(const tc_tile *in, const tc_tile *out, int x, int width, tc_grey_filter_row *filter) {
    TC_ASSERT_SLOW(width > 0 && width <= STRIP);
    uint8_t grey[3][(STRIP + 2) * 2];
    int step = out->channels, first = out->rect.y;
    bool ready = in->channels == step;
    for (int y = first - 1; y <= first + out->rect.height; y++) {
        if (!ready) tc_row_grey(grey[(y + 3) % 3], tc_tile_at(in, x - 1, y), width + 2, in->channels);
        if (y <= first) continue;
        const uint8_t *rows[3];
        for (int i = 0; i < 3; i++) rows[i] = (ready ? tc_tile_at(in, x - 1, y - 2 + i) : grey[(y + 1 + i) % 3]) + step;
        uint8_t *to = tc_tile_at(out, x, y - 1);
        filter(to, rows, width * step, step);
        tc_row_copy_alpha(to, step, rows[1], step, width);
    }
}

void tc_grey_filter_tile(const tc_tile *in, const tc_tile *out, tc_grey_filter_row *filter) {
    TC_ASSERT(out->channels == tc_grey_channels(in->channels));
    TC_ASSERT(tc_rect_contains(in->rect, tc_rect_grow(out->rect, 1)));
    tc_rect rect = out->rect;
    for (int x = rect.x, width; x < rect.x + rect.width; x += width) {
        width = rect.x + rect.width - x < STRIP ? rect.x + rect.width - x : STRIP;
        filter_strip(in, out, x, width, filter);
    }
}
