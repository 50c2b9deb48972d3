// Histogram equalisation of the grey, in single precision as OpenCV computes it.
#include <math.h>

#include "core/kernels/grey.h"
#include "core/kernels/histogram.h"
#include "core/kernels/map.h"
#include "core/op.h"

static uint8_t scale(uint64_t sum, uint64_t total) {
    return (uint8_t)rintf(fminf((float)sum * (255.0f / (float)total), 255.0f));
}

static tc_status merge(const tc_step *step, const tc_partial *partials, int count, const tc_parallel *parallel,
                       tc_blob *merged, tc_error *error) {
    (void)parallel;
    return tc_histogram_merge_map(step->op, partials, count, scale, merged, error);
}

const tc_op TC_OP(equalize) = {
    .name = "equalize",
    .title = "Equalize",
    .summary = "Equalises the histogram of the grey, which brings out detail in pictures of low contrast.",
    .group = TC_GROUP_TONE,
    .need = TC_NEED_WHOLE,
    .cost = 1.2,
    .shape = tc_grey_shape,
    .intermediate_shape = tc_grey_intermediate,
    .scan = tc_histogram_scan,
    .merge = merge,
    .apply = tc_histogram_no_map,
    .map = tc_histogram_map,
    .map_tile = tc_map_tile,
};
