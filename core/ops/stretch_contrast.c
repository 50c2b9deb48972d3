#include <string.h>

#include "core/kernels/histogram.h"
#include "core/kernels/map.h"
#include "core/op.h"

// The running sum of the histogram, scaled so that the darkest value there is becomes 0 and the brightest 255; a
// picture of one shade stays as it is.
static void stretching_map(uint8_t map[256], const tc_histogram *histogram) {
    uint64_t total = tc_histogram_total(histogram), sum = 0;
    int first = 0;
    while (!histogram->count[first]) first++;
    uint64_t least = histogram->count[first];
    memset(map, 0, 256);
    if (least == total) {
        map[first] = (uint8_t)first;
        return;
    }
    for (int i = first + 1; i < 256; i++) {
        sum += histogram->count[i];
        map[i] = (uint8_t)(sum * 255 / (total - least));
    }
}

// The merged result is the map.
static tc_status merge(const tc_step *step, const tc_partial *partials, int count, const tc_parallel *parallel,
                       tc_blob *merged, tc_error *error) {
    (void)parallel;
    tc_histogram histogram;
    tc_status status = tc_histogram_merge(&histogram, step->op, partials, count, error);
    if (status != TC_OK) return status;
    uint8_t map[256];
    stretching_map(map, &histogram);
    status = tc_blob_append(merged, map, sizeof map);
    return status == TC_OK ? TC_OK : tc_fail(error, status, "stretch_contrast: not enough memory for the map");
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
