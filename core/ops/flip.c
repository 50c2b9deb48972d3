#include <string.h>

#include "core/kernels/mirror.h"
#include "core/op.h"

enum { ARG_AXIS };
enum { HORIZONTAL, VERTICAL, BOTH };

static const tc_param params[] = {
    {.name = "axis",
     .title = "Direction",
     .kind = TC_PARAM_CHOICE,
     .initial = HORIZONTAL,
     .unit = "",
     .choices = {"horizontal", "vertical", "both"}},
    {.name = NULL},
};

static bool mirrors_x(const tc_step *step) {
    return (int)step->args.value[ARG_AXIS] != VERTICAL;
}

static bool mirrors_y(const tc_step *step) {
    return (int)step->args.value[ARG_AXIS] != HORIZONTAL;
}

static tc_rect source(const tc_step *step, tc_rect out) {
    if (mirrors_x(step)) out.x = step->in.width - out.x - out.width;
    if (mirrors_y(step)) out.y = step->in.height - out.y - out.height;
    return out;
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    tc_rect rect = out->rect, from = source(step, rect);
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        int from_y = mirrors_y(step) ? step->in.height - 1 - y : y;
        if (mirrors_x(step))
            tc_row_mirror(tc_tile_row(out, y), tc_tile_at(in, from.x, from_y), rect.width, in->channels);
        else
            memcpy(tc_tile_row(out, y), tc_tile_at(in, from.x, from_y), tc_row_bytes(rect.width, in->channels));
    }
}

const tc_op TC_OP(flip) = {
    .name = "flip",
    .title = "Flip",
    .summary = "Mirrors the picture left to right, top to bottom, or both.",
    .group = TC_GROUP_GEOMETRY,
    .params = params,
    .need = TC_NEED_GEOMETRY,
    .cost = 0.6,
    .source = source,
    .run = run,
};
