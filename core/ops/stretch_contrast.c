// Stretches the histogram over the samples of all colours together.
#include "core/kernels/histogram.h"
#include "core/kernels/map.h"
#include "core/op.h"

static uint8_t scale(uint64_t sum, uint64_t total) {
    return (uint8_t)(sum * 255 / total);
}

static tc_status merge(const tc_step *step, const tc_partial *partials, int count, const tc_parallel *parallel,
                       tc_blob *merged, tc_error *error) {
    (void)parallel;
    return tc_histogram_merge_map(step->op, partials, count, scale, merged, error);
}

const tc_op TC_OP(stretch_contrast) = {
    .name = "stretch_contrast",
    .title = "Stretch contrast",
    .summary = "Spreads the values of all colours evenly from black to white, in the same way for each.",
    .group = TC_GROUP_TONE,
    .need = TC_NEED_WHOLE,
    .cost = 2,
    .scan = tc_histogram_scan_colours,
    .merge = merge,
    .apply = tc_histogram_no_map,
    .map = tc_histogram_map,
    .map_tile = tc_map_tile,
};
