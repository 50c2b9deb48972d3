// Canny's edges in two stages: the scan classifies gradients and settles what a tile can settle, the merge unites weak
// edges over tile borders, apply settles the rest.
#include "core/kernels/edge_map.h"
#include "core/kernels/grey.h"
#include "core/op.h"

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

const tc_op TC_OP(canny) = {
    .name = "canny",
    .title = "Edges (Canny)",
    .summary = "Draws thin white lines along edges: strong ones, and weak ones that hang together with a strong one.",
    .group = TC_GROUP_EDGE,
    .params = params,
    .need = TC_NEED_WHOLE,
    .border = TC_BORDER_REPLICATE,
    .grid_bound = true,
    .cost = 4,
    .shape = tc_grey_shape,
    .radius = tc_edge_map_radius,
    .intermediate_shape = tc_grey_intermediate,
    .scan = tc_edge_map_scan,
    .merge = tc_edge_map_merge,
    .apply = tc_edge_map_apply,
};
