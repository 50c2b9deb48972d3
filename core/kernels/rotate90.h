// Rotation by multiples of 90°, and transposition.
#ifndef TC_CORE_KERNELS_ROTATE90_H
#define TC_CORE_KERNELS_ROTATE90_H

#include "core/assert.h"
#include "core/image.h"
#include "core/kernels/level.h"

#define tc_rotate90_tile TC_AT_LEVEL(tc_rotate90_tile)

// The map from output to input coordinates: input x = x + xx * output x + xy * output y, input y = y + yx * output x +
// yy * output y. Either xx and yy are ±1 and xy and yx are 0, or the reverse.
typedef struct tc_rotate90 {
    int x, y, xx, xy, yx, yy;
} tc_rotate90;

// The input rectangle that an output rectangle is made from.
static inline tc_rect tc_rotate90_source(const tc_rotate90 *rotation, tc_rect out) {
    TC_ASSERT_SLOW(rotation->xx * rotation->xx + rotation->xy * rotation->xy == 1);
    TC_ASSERT_SLOW(rotation->xx * rotation->xx == rotation->yy * rotation->yy);
    int x0 = rotation->x + rotation->xx * out.x + rotation->xy * out.y,
        y0 = rotation->y + rotation->yx * out.x + rotation->yy * out.y;
    int dx = rotation->xx * (out.width - 1) + rotation->xy * (out.height - 1);
    int dy = rotation->yx * (out.width - 1) + rotation->yy * (out.height - 1);
    return (tc_rect){dx < 0 ? x0 + dx : x0, dy < 0 ? y0 + dy : y0, (dx < 0 ? -dx : dx) + 1, (dy < 0 ? -dy : dy) + 1};
}

// Computes out->rect; `in` covers tc_rotate90_source(rotation, out->rect).
void tc_rotate90_tile(const tc_rotate90 *rotation, const tc_tile *in, const tc_tile *out);

#endif
