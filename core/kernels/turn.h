// Pictures turned by right angles.
#ifndef TC_TURN_H
#define TC_TURN_H

#include "core/image.h"
#include "core/kernels/level.h"

#define tc_turn_tile TC_AT_LEVEL(tc_turn_tile)

// Where an output pixel comes from: input x = x + xx * output x + xy * output y, input y = y + yx * output x + yy *
// output y. Either xx and yy are ±1 and the two others 0, or the other way round.
typedef struct tc_turn {
    int x, y, xx, xy, yx, yy;
} tc_turn;

// The input rectangle for an output rectangle.
static inline tc_rect tc_turn_source(const tc_turn *turn, tc_rect out) {
    int x0 = turn->x + turn->xx * out.x + turn->xy * out.y, y0 = turn->y + turn->yx * out.x + turn->yy * out.y;
    int dx = turn->xx * (out.width - 1) + turn->xy * (out.height - 1);
    int dy = turn->yx * (out.width - 1) + turn->yy * (out.height - 1);
    return (tc_rect){dx < 0 ? x0 + dx : x0, dy < 0 ? y0 + dy : y0, (dx < 0 ? -dx : dx) + 1, (dy < 0 ? -dy : dy) + 1};
}

// Computes out->rect; `in` covers tc_turn_source of it.
void tc_turn_tile(const tc_turn *turn, const tc_tile *in, const tc_tile *out);

#endif
