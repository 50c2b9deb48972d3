// Canny's edge detector: the edge map, with the picture's alpha.
#include "core/kernels/edge_map.h"
#include "core/kernels/grey.h"
#include "core/op.h"

static const tc_param params[] = {
    TC_NUMBER(REAL, "low", "Lower threshold", 100, 0, 1000, ""),
    TC_NUMBER(REAL, "high", "Upper threshold", 200, 0, 1000, ""),
    TC_PARAMS_END,
};

const tc_op TC_OP(canny) = {
    .name = "canny",
    .title = "Edges (Canny)",
    .summary = "Draws thin white lines along edges: strong ones, and weak ones connected to a strong one.",
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
