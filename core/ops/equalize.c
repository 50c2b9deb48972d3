#include <math.h>
#include <string.h>

#include "core/kernels/grey.h"
#include "core/kernels/histogram.h"
#include "core/kernels/map.h"
#include "core/op.h"

// The running sum of the histogram, scaled so that the darkest value there is becomes 0 and the brightest 255; a
// picture of one shade stays as it is. Single precision, as OpenCV computes it.
static void equalizing_map(uint8_t map[256], const tc_histogram *histogram) {
    uint64_t total = tc_histogram_total(histogram), sum = 0;
    int first = 0;
    while (!histogram->count[first]) first++;
    memset(map, 0, 256);
    if (histogram->count[first] == total) {
        map[first] = (uint8_t)first;
        return;
    }
    float scale = 255.0f / (float)(total - histogram->count[first]);
    for (int i = first + 1; i < 256; i++) {
        sum += histogram->count[i];
        map[i] = (uint8_t)rintf(fminf((float)sum * scale, 255.0f));
    }
}

// The merged result is the map, 256 bytes.
static tc_status merge(const tc_step *step, const tc_partial *partials, int count, const tc_parallel *parallel,
                       tc_blob *merged, tc_error *error) {
    (void)parallel;
    tc_histogram histogram;
    tc_status status = tc_histogram_merge(&histogram, step->op, partials, count, error);
    if (status != TC_OK) return status;
    uint8_t map[256];
    equalizing_map(map, &histogram);
    status = tc_blob_append(merged, map, sizeof map);
    return status == TC_OK ? TC_OK : tc_fail(error, status, "equalize: not enough memory for the map");
}

const tc_op TC_OP(equalize) = {
    .name = "equalize",
    .title = "Equalize",
    .summary = "Spreads the shades of grey evenly, which brings out detail in flat pictures.",
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
