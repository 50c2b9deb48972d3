// Erosion, with a square structuring element.
#include "core/kernels/morphology.h"

const tc_op TC_OP(erode) = {
    .name = "erode",
    .title = "Erode",
    .summary = "Grows dark areas: each sample becomes the minimum of the square around it.",
    .group = TC_GROUP_FILTER,
    .params = tc_morphology_params,
    .need = TC_NEED_NEIGHBOURHOOD,
    .border = TC_BORDER_MAX,
    .cost = 0.7,
    .radius = tc_morphology_radius,
    .run = tc_erode_run,
};
