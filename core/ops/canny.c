// Canny's edges in two stages: the scan classifies gradients and settles what a tile can settle, the merge unites weak
// edges over tile borders, apply settles the rest.
#include <math.h>

#include "core/kernels/edges.h"
#include "core/kernels/grey.h"
#include "core/kernels/hysteresis.h"
#include "core/kernels/rows.h"
#include "core/op.h"

enum { ARG_LOW, ARG_HIGH };

static const tc_param params[] = {
    {.name = "low",
     .title = "Lower threshold",
     .kind = TC_PARAM_REAL,
     .initial = 100,
     .min = 0,
     .max = 1000,
     .unit = ""},
    {.name = "high",
     .title = "Upper threshold",
     .kind = TC_PARAM_REAL,
     .initial = 200,
     .min = 0,
     .max = 1000,
     .unit = ""},
    {.name = NULL},
};

static int radius(const tc_args *args) {
    (void)args;
    return TC_EDGES_RADIUS;
}

static tc_status scan(const tc_step *step, const tc_tile *in, const tc_tile *map, tc_blob *partial, tc_error *error) {
    double a = step->args.value[ARG_LOW], b = step->args.value[ARG_HIGH];
    int low = (int)floor(fmin(a, b)), high = (int)floor(fmax(a, b));
    tc_status status = tc_edges_classify(in, map, step->in, low, high, error);
    if (status != TC_OK) return status;
    tc_rect rect = map->rect;
    for (int y = rect.y; y < rect.y + rect.height; y++)
        tc_row_copy_alpha(tc_tile_row(map, y), map->channels, tc_tile_at(in, rect.x, y), in->channels, rect.width);
    return tc_hysteresis_scan(map, step->in, partial, error);
}

static tc_status merge(const tc_step *step, const tc_partial *partials, int count, tc_blob *merged, tc_error *error) {
    (void)step;
    return tc_hysteresis_merge(partials, count, merged, error);
}

static tc_status apply(const tc_step *step, const tc_blob *merged, const tc_tile *map, const tc_tile *out,
                       tc_error *error) {
    (void)step;
    tc_tile_copy(out, map);
    return tc_hysteresis_apply(merged, out, error);
}

const tc_op TC_OP(canny) = {
    .name = "canny",
    .title = "Edges (Canny)",
    .summary = "Draws thin white lines along edges: strong ones, and weak ones that hang together with a strong one.",
    .group = TC_GROUP_EDGE,
    .params = params,
    .need = TC_NEED_WHOLE,
    .border = TC_BORDER_REPLICATE,
    .grid_bound = true,
    .cost = 30,
    .shape = tc_grey_shape,
    .radius = radius,
    .mid = tc_grey_mid,
    .scan = scan,
    .merge = merge,
    .apply = apply,
};
