// One rectangle of the picture.
#include "core/assert.h"
#include "core/kernels/rows.h"
#include "core/op.h"

enum { ARG_X, ARG_Y, ARG_WIDTH, ARG_HEIGHT };

static const tc_param params[] = {
    TC_NUMBER(INT, "x", "Left", 0, 0, TC_MAX_SIDE, "px"),
    TC_NUMBER(INT, "y", "Top", 0, 0, TC_MAX_SIDE, "px"),
    TC_NUMBER(INT, "width", "Width (0: to the edge)", 0, 0, TC_MAX_SIDE, "px"),
    TC_NUMBER(INT, "height", "Height (0: to the edge)", 0, 0, TC_MAX_SIDE, "px"),
    TC_PARAMS_END,
};

static tc_rect crop_rect(const tc_args *args, tc_shape in) {
    tc_rect rect = {(int)args->value[ARG_X], (int)args->value[ARG_Y], (int)args->value[ARG_WIDTH],
                    (int)args->value[ARG_HEIGHT]};
    if (rect.width == 0) rect.width = TC_MAX_SIDE;
    if (rect.height == 0) rect.height = TC_MAX_SIDE;
    return tc_rect_intersect(rect, tc_shape_rect(in));
}

static tc_status shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error) {
    tc_rect rect = crop_rect(args, in);
    if (tc_rect_empty(rect))
        return tc_fail(error, TC_ERR_ARGUMENT,
                       "crop: x=%d y=%d lies outside the picture of %d×%d pixels; x must be below %d and y below %d",
                       (int)args->value[ARG_X], (int)args->value[ARG_Y], in.width, in.height, in.width, in.height);
    *out = (tc_shape){rect.width, rect.height, in.channels};
    return TC_OK;
}

static tc_rect source(const tc_step *step, tc_rect out) {
    out.x += (int)step->args.value[ARG_X];
    out.y += (int)step->args.value[ARG_Y];
    TC_ASSERT(tc_rect_contains(tc_shape_rect(step->in), out));
    return out;
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    tc_rect from = source(step, out->rect);
    tc_rows_copy(out, tc_tile_at(in, from.x, from.y), (ptrdiff_t)in->stride);
}

const tc_op TC_OP(crop) = {
    .name = "crop",
    .title = "Crop",
    .summary = "Keeps one rectangle of the picture.",
    .group = TC_GROUP_GEOMETRY,
    .params = params,
    .need = TC_NEED_GEOMETRY,
    .cost = 0.2,
    .shape = shape,
    .source = source,
    .run = run,
};
