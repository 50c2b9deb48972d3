#include "core/kernels/histogram.h"

#include "core/kernels/rows.h"
#include "core/wire.h"

enum { PARTIAL_SIZE = 256 * 4 };

tc_status tc_histogram_scan(const tc_step *step, const tc_tile *in, const tc_tile *mid, tc_blob *partial,
                            tc_error *error) {
    uint32_t count[256] = {0};
    tc_rect rect = mid->rect;
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        uint8_t *to = tc_tile_row(mid, y);
        tc_row_grey(to, tc_tile_at(in, rect.x, y), rect.width, in->channels);
        tc_row_count(count, to, rect.width, mid->channels);
    }
    uint8_t bytes[PARTIAL_SIZE];
    for (int i = 0; i < 256; i++) tc_put_u32(bytes + 4 * i, count[i]);
    tc_status status = tc_blob_append(partial, bytes, sizeof bytes);
    if (status != TC_OK) return tc_fail(error, status, "%s: not enough memory for a histogram", step->op->name);
    return TC_OK;
}

tc_status tc_histogram_merge(tc_histogram *histogram, const tc_op *op, const tc_partial *partials, int count,
                             tc_error *error) {
    *histogram = (tc_histogram){{0}};
    for (int p = 0; p < count; p++) {
        const tc_blob *blob = &partials[p].blob;
        if (blob->size != PARTIAL_SIZE)
            return tc_fail(error, TC_ERR_PROTOCOL, "%s: a tile's histogram has %zu bytes instead of %d", op->name,
                           blob->size, PARTIAL_SIZE);
        for (int i = 0; i < 256; i++) histogram->count[i] += tc_get_u32(blob->data + 4 * i);
    }
    if (tc_histogram_total(histogram) == 0)
        return tc_fail(error, TC_ERR_PROTOCOL, "%s: the histogram of the picture is empty", op->name);
    return TC_OK;
}

uint64_t tc_histogram_total(const tc_histogram *histogram) {
    uint64_t total = 0;
    for (int i = 0; i < 256; i++) total += histogram->count[i];
    return total;
}
