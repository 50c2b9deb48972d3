// Rotation about the centre. Multiples of 90° are exact; where they map pixels to pixels, nothing is interpolated.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "core/kernels/rotate90.h"
#include "core/kernels/warp.h"
#include "core/op.h"

enum { ARG_ANGLE, ARG_EXPAND };
enum { SAME_SIZE, EXPAND };

static const tc_param params[] = {
    TC_NUMBER(REAL, "angle", "Angle, counter-clockwise", 90, -360, 360, "°"),
    TC_CHOICE("expand", "Grow to fit the whole picture", SAME_SIZE, "no", "yes"),
    TC_PARAMS_END,
};

typedef struct direction {
    double cosine, sine;
} direction;

// Exact for multiples of 90, else to the last bits of a double, and unlike libm the same on every machine: the angle is
// reduced in degrees, which is exact, to at most 45, then comes the Taylor series.
static direction direction_of(double degrees) {
    const double radians_per_degree = 0.017453292519943295;
    double quarters = rint(degrees / 90), r = (degrees - 90 * quarters) * radians_per_degree, square = r * r;
    double cosine = 1, sine = 1;
    for (int n = 18; n > 0; n -= 2) {
        cosine = 1 - cosine * square / (n * (n - 1));
        sine = 1 - sine * square / (n * (n + 1));
    }
    sine *= r;
    TC_ASSERT(fabs(r) < 0.8); // an eighth of the circle
    switch ((int)quarters & 3) {
    case 0:
        return (direction){cosine, sine};
    case 1:
        return (direction){-sine, cosine};
    case 2:
        return (direction){-cosine, -sine};
    default:
        return (direction){sine, -cosine};
    }
}

// A side of the canvas that contains the rotated picture, less 1/1024 pixel, the resolution of the coordinates.
static int grown_side(double along, double across, direction d) {
    return (int)ceil(along * fabs(d.cosine) + across * fabs(d.sine) - 1.0 / 1024);
}

static tc_status shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error) {
    (void)error;
    *out = in;
    if ((int)args->value[ARG_EXPAND] == SAME_SIZE) return TC_OK;
    direction d = direction_of(args->value[ARG_ANGLE]);
    out->width = grown_side(in.width, in.height, d);
    out->height = grown_side(in.height, in.width, d);
    return TC_OK;
}

// Fills the affine map from output to input coordinates. Without `expand` the point (width / 2, height / 2) is fixed,
// as usual with OpenCV; with it the picture's centre becomes the canvas's. The order of operations is OpenCV's.
static void fill_inverse_map(const tc_step *step, double m[6]) {
    direction d = direction_of(step->args.value[ARG_ANGLE]);
    double a = d.cosine, b = d.sine;
    bool expand = (int)step->args.value[ARG_EXPAND] == EXPAND;
    double x = (step->in.width - expand) / 2.0, y = (step->in.height - expand) / 2.0;
    double forth[6] = {a, b, (1 - a) * x - b * y, -b, a, b * x + (1 - a) * y};
    forth[2] += (step->out.width - step->in.width) / 2.0;
    forth[5] += (step->out.height - step->in.height) / 2.0;
    TC_ASSERT(forth[0] * forth[4] - forth[1] * forth[3] > 0.5); // a rotation has the determinant 1
    double scale = 1 / (forth[0] * forth[4] - forth[1] * forth[3]);
    m[0] = forth[4] * scale;
    m[1] = forth[1] * -scale;
    m[3] = forth[3] * -scale;
    m[4] = forth[0] * scale;
    m[2] = -m[0] * forth[2] - m[1] * forth[5];
    m[5] = -m[3] * forth[2] - m[4] * forth[5];
}

typedef struct rotation {
    bool exact; // every output pixel is one of the input, or outside of it
    tc_rotate90 turn;
    double m[6];
    int columns[];
} rotation;

static bool is_integer(double x) {
    return x == rint(x);
}

static void *prepare(const tc_step *step) {
    rotation *r = calloc(1, sizeof *r + 2 * (size_t)step->out.width * sizeof *r->columns);
    if (!r) return NULL;
    fill_inverse_map(step, r->m);
    r->exact = true;
    for (int i = 0; i < 6; i++) r->exact &= is_integer(r->m[i]);
    if (r->exact)
        r->turn = (tc_rotate90){.xx = (int)r->m[0],
                                .xy = (int)r->m[1],
                                .x = (int)r->m[2],
                                .yx = (int)r->m[3],
                                .yy = (int)r->m[4],
                                .y = (int)r->m[5]};
    else
        tc_warp_columns(r->m, step->out.width, r->columns);
    return r;
}

static tc_warp warp_of(const tc_step *step) {
    const rotation *r = step->table;
    tc_warp warp = {.columns = r->columns, .in = step->in, .out = step->out};
    memcpy(warp.m, r->m, sizeof warp.m);
    return warp;
}

// The part of `out` that shows the picture: its source rectangle, clipped to the picture and mapped back.
static tc_rect visible_part(const tc_rotate90 *turn, tc_shape picture, tc_rect out) {
    tc_rect in = tc_rect_intersect(tc_rotate90_source(turn, out), tc_shape_rect(picture));
    // The inverse of a rotation is its transpose.
    tc_rotate90 back = {.xx = turn->xx, .xy = turn->yx, .yx = turn->xy, .yy = turn->yy};
    back.x = -(back.xx * turn->x + back.xy * turn->y);
    back.y = -(back.yx * turn->x + back.yy * turn->y);
    if (tc_rect_empty(in)) return (tc_rect){out.x, out.y, 0, 0};
    return tc_rotate90_source(&back, in);
}

static tc_rect source(const tc_step *step, tc_rect out) {
    const rotation *r = step->table;
    if (r->exact) {
        tc_rect part = visible_part(&r->turn, step->in, out);
        return tc_rect_empty(part) ? (tc_rect){0, 0, 1, 1} : tc_rotate90_source(&r->turn, part);
    }
    tc_warp warp = warp_of(step);
    return tc_warp_source(&warp, out);
}

// Zeroes the pixels outside `part`.
static void clear_around(const tc_tile *out, tc_rect part) {
    TC_ASSERT(tc_rect_contains(out->rect, part));
    size_t pixel = (size_t)out->channels, left = (size_t)(part.x - out->rect.x) * pixel;
    size_t right = left + (size_t)part.width * pixel, end = (size_t)out->rect.width * pixel;
    for (int y = out->rect.y; y < out->rect.y + out->rect.height; y++) {
        bool beside = y >= part.y && y < part.y + part.height;
        memset(tc_tile_row(out, y), 0, beside ? left : end);
        if (beside) memset(tc_tile_row(out, y) + right, 0, end - right);
    }
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    const rotation *r = step->table;
    if (r->exact) {
        tc_rect part = visible_part(&r->turn, step->in, out->rect);
        clear_around(out, part);
        if (tc_rect_empty(part)) return;
        tc_tile visible = tc_tile_view(out, part);
        tc_rotate90_tile(&r->turn, in, &visible);
    } else {
        tc_warp warp = warp_of(step);
        tc_warp_tile(&warp, in, out);
    }
}

const tc_op TC_OP(rotate) = {
    .name = "rotate",
    .title = "Rotate",
    .summary = "Rotates the picture counter-clockwise about its centre.",
    .group = TC_GROUP_GEOMETRY,
    .params = params,
    .need = TC_NEED_GEOMETRY,
    .cost = 1,
    .shape = shape,
    .source = source,
    .prepare = prepare,
    .run = run,
};
