// Hue, saturation and value in OpenCV's fixed point: divisions are products with 4096ths of reciprocals.
#include <math.h>
#include <stdlib.h>

#include "core/kernels/colour.h"
#include "core/op.h"

enum { BITS = 12, HALF = 1 << (BITS - 1), HUES = 180 };

// The reciprocals: 255 / v for the saturation, and a sixth of the hues / chroma.
typedef struct reciprocals {
    int32_t saturation[256], hue[256];
} reciprocals;

static void *prepare(const tc_step *step) {
    (void)step;
    reciprocals *table = malloc(sizeof *table);
    if (!table) return NULL;
    table->saturation[0] = table->hue[0] = 0;
    for (int i = 1; i < 256; i++) {
        table->saturation[i] = (int32_t)rint((255 << BITS) / (double)i);
        table->hue[i] = (int32_t)rint((HUES << BITS) / (6.0 * i));
    }
    return table;
}

// Writes value, saturation and hue in the places of red, green and blue.
static void hsv_pixel(uint8_t *to, int r, int g, int b, const reciprocals *table) {
    int value = r > g ? r : g, least = r < g ? r : g;
    if (b > value) value = b;
    if (b < least) least = b;
    int chroma = value - least;
    int along = value == r ? g - b : value == g ? b - r + 2 * chroma : r - g + 4 * chroma;
    int hue = (along * table->hue[chroma] + HALF) >> BITS;
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)((chroma * table->saturation[value] + HALF) >> BITS);
    to[2] = (uint8_t)(hue < 0 ? hue + HUES : hue);
}

static void hsv_row(uint8_t *to, const uint8_t *from, int width, int channels, const reciprocals *table) {
    int to_channels = tc_has_alpha(channels) ? 4 : 3;
    for (int x = 0; x < width; x++, to += to_channels, from += channels) {
        uint8_t alpha = from[channels - 1];
        if (channels < 3) { // grey has neither saturation nor hue
            to[0] = from[0];
            to[1] = to[2] = 0;
        } else {
            hsv_pixel(to, from[0], from[1], from[2], table);
        }
        if (to_channels == 4) to[3] = alpha;
    }
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    tc_rect rect = out->rect;
    for (int y = rect.y; y < rect.y + rect.height; y++)
        hsv_row(tc_tile_row(out, y), tc_tile_at(in, rect.x, y), rect.width, in->channels, step->table);
}

const tc_op TC_OP(hsv) = {
    .name = "hsv",
    .title = "HSV planes",
    .summary = "Shows the value as red, the saturation as green and the hue as blue.",
    .group = TC_GROUP_TONE,
    .need = TC_NEED_POINT,
    .cost = 5,
    .shape = tc_colour_shape,
    .prepare = prepare,
    .run = run,
};
