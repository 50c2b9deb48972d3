// Mirroring along one axis or both.
#include "core/assert.h"
#include "core/kernels/mirror.h"
#include "core/kernels/rows.h"
#include "core/op.h"

enum { ARG_AXIS };
enum { HORIZONTAL, VERTICAL, BOTH };

static const tc_param params[] = {
    TC_CHOICE("axis", "Direction", HORIZONTAL, "horizontal", "vertical", "both"),
    TC_PARAMS_END,
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
    TC_ASSERT(tc_rect_contains(tc_shape_rect(step->in), out));
    return out;
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    tc_rect from = source(step, out->rect);
    ptrdiff_t stride = (ptrdiff_t)in->stride;
    if (mirrors_y(step)) {
        from.y += from.height - 1;
        stride = -stride;
    }
    const uint8_t *row = tc_tile_at(in, from.x, from.y);
    if (mirrors_x(step))
        for (int y = out->rect.y; y < out->rect.y + out->rect.height; y++, row += stride)
            tc_row_mirror(tc_tile_row(out, y), row, out->rect.width, in->channels);
    else
        tc_rows_copy(out, row, stride);
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
