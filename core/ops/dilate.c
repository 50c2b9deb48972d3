// Dilation, with a square structuring element.
#include "core/kernels/morphology.h"

const tc_op TC_OP(dilate) = {
    .name = "dilate",
    .title = "Dilate",
    .summary = "Grows bright areas: each sample becomes the maximum of the square around it.",
    .group = TC_GROUP_FILTER,
    .params = tc_morphology_params,
    .need = TC_NEED_NEIGHBOURHOOD,
    .border = TC_BORDER_ZERO,
    .cost = 0.7,
    .radius = tc_morphology_radius,
    .run = tc_dilate_run,
};
