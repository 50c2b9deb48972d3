#include "core/kernels/turn.h"

#include <string.h>

// Rows and columns of a block: the rows it is read from stay in the first-level cache.
enum { BLOCK = 16 };

// Output pixel (x, y) is at from + x * right + y * down.
static inline void turn_block(uint8_t *to, size_t stride, const uint8_t *from, ptrdiff_t right, ptrdiff_t down,
                              int width, int height, int channels) {
    for (int y = 0; y < height; y++, to += stride, from += down)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < channels; c++) to[x * channels + c] = from[x * right + c];
}

static void turn_pixels(uint8_t *to, size_t stride, const uint8_t *from, ptrdiff_t right, ptrdiff_t down, int width,
                        int height, int channels) {
    switch (channels) {
    case 1:
        turn_block(to, stride, from, right, down, width, height, 1);
        break;
    case 2:
        turn_block(to, stride, from, right, down, width, height, 2);
        break;
    case 3:
        turn_block(to, stride, from, right, down, width, height, 3);
        break;
    default:
        turn_block(to, stride, from, right, down, width, height, 4);
        break;
    }
}

void tc_turn_tile(const tc_turn *turn, const tc_tile *in, const tc_tile *out) {
    tc_rect rect = out->rect;
    ptrdiff_t pixel = in->channels, stride = (ptrdiff_t)in->stride;
    ptrdiff_t right = turn->xx * pixel + turn->yx * stride, down = turn->xy * pixel + turn->yy * stride;
    const uint8_t *from = tc_tile_at(in, turn->x + turn->xx * rect.x + turn->xy * rect.y,
                                     turn->y + turn->yx * rect.x + turn->yy * rect.y);
    for (int y = 0; y < rect.height; y += BLOCK)
        for (int x = 0; x < rect.width; x += BLOCK) {
            int width = rect.width - x < BLOCK ? rect.width - x : BLOCK;
            int height = rect.height - y < BLOCK ? rect.height - y : BLOCK;
            turn_pixels(tc_tile_at(out, rect.x + x, rect.y + y), out->stride, from + x * right + y * down, right, down,
                        width, height, in->channels);
        }
}
