// Histograms of tiles, and their sum.
#include "core/kernels/histogram.h"

#include <string.h>

#include "core/assert.h"
#include "core/kernels/rows.h"
#include "core/wire.h"

enum { PARTIAL_SIZE = 256 * 8 };

// Counts in 32 bits, added to `sum` before they can overflow.
typedef struct counter {
    tc_row_counts counts;
    uint64_t pending; // the number of samples in `counts`
    tc_histogram sum;
} counter;

static void flush(counter *c) {
    for (int i = 0; i < 256; i++)
        for (int p = 0; p < TC_COUNT_PARTS; p++) c->sum.count[i] += c->counts.part[p][i];
    memset(&c->counts, 0, sizeof c->counts);
    c->pending = 0;
}

// Accounts for a row of counted samples.
static void counted(counter *c, int width, int channels) {
    TC_ASSERT_SLOW(width > 0 && c->pending <= UINT32_MAX / 2);
    c->pending += (uint64_t)width * (uint64_t)tc_colour_channels(channels);
    if (c->pending > UINT32_MAX / 2) flush(c);
}

static tc_status append_partial(const tc_step *step, counter *c, tc_blob *partial, tc_error *error) {
    TC_ASSERT(partial->size == 0);
    flush(c);
    uint8_t bytes[PARTIAL_SIZE];
    for (int i = 0; i < 256; i++) tc_write_u64(bytes + 8 * i, c->sum.count[i]);
    tc_status status = tc_blob_append(partial, bytes, sizeof bytes);
    if (status != TC_OK) return tc_fail(error, status, "%s: not enough memory for a histogram", step->op->name);
    return TC_OK;
}

tc_status tc_histogram_scan(const tc_step *step, const tc_tile *in, const tc_tile *intermediate, tc_blob *partial,
                            tc_error *error) {
    TC_ASSERT(tc_rect_contains(in->rect, intermediate->rect) &&
              intermediate->channels == tc_grey_channels(in->channels));
    counter c = {.pending = 0};
    tc_rect rect = intermediate->rect;
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        uint8_t *to = tc_tile_row(intermediate, y);
        tc_row_count_grey(&c.counts, to, tc_tile_at(in, rect.x, y), rect.width, in->channels);
        counted(&c, rect.width, intermediate->channels);
    }
    return append_partial(step, &c, partial, error);
}

tc_status tc_histogram_scan_colours(const tc_step *step, const tc_tile *in, const tc_tile *intermediate,
                                    tc_blob *partial, tc_error *error) {
    TC_ASSERT(tc_rect_contains(in->rect, intermediate->rect) && intermediate->channels == in->channels);
    counter c = {.pending = 0};
    tc_rect rect = intermediate->rect;
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        uint8_t *to = tc_tile_row(intermediate, y);
        memcpy(to, tc_tile_at(in, rect.x, y), tc_row_bytes(rect.width, intermediate->channels));
        tc_row_count(&c.counts, to, rect.width, intermediate->channels);
        counted(&c, rect.width, intermediate->channels);
    }
    return append_partial(step, &c, partial, error);
}

tc_status tc_histogram_merge(tc_histogram *histogram, const tc_op *op, const tc_partial *partials, int count,
                             tc_error *error) {
    TC_ASSERT(count >= 0);
    *histogram = (tc_histogram){{0}};
    for (int p = 0; p < count; p++) {
        const tc_blob *blob = &partials[p].blob;
        if (blob->size != PARTIAL_SIZE)
            return tc_fail(error, TC_ERR_PROTOCOL, "%s: a tile's histogram has %zu bytes instead of %d", op->name,
                           blob->size, PARTIAL_SIZE);
        for (int i = 0; i < 256; i++) histogram->count[i] += tc_read_u64(blob->data + 8 * i);
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

static void fill_map(uint8_t map[256], const tc_histogram *histogram, tc_histogram_scale *scale) {
    uint64_t total = tc_histogram_total(histogram), sum = 0;
    int first = 0;
    while (first < 255 && !histogram->count[first]) first++;
    uint64_t darkest = histogram->count[first];
    memset(map, 0, 256);
    if (darkest == total) {
        map[first] = (uint8_t)first;
        return;
    }
    for (int i = first + 1; i < 256; i++) {
        sum += histogram->count[i];
        map[i] = scale(sum, total - darkest);
    }
}

tc_status tc_histogram_merge_map(const tc_op *op, const tc_partial *partials, int count, tc_histogram_scale *scale,
                                 tc_blob *merged, tc_error *error) {
    TC_ASSERT(merged->size == 0);
    tc_histogram histogram;
    tc_status status = tc_histogram_merge(&histogram, op, partials, count, error);
    if (status != TC_OK) return status;
    uint8_t map[256];
    fill_map(map, &histogram, scale);
    status = tc_blob_append(merged, map, sizeof map);
    return status == TC_OK ? TC_OK : tc_fail(error, status, "%s: not enough memory for the map", op->name);
}

bool tc_histogram_map(const tc_step *step, const tc_blob *merged, uint8_t to[256]) {
    (void)step;
    if (!merged || merged->size != 256) return false;
    memcpy(to, merged->data, 256);
    return true;
}

tc_status tc_histogram_no_map(const tc_step *step, const tc_blob *merged, const tc_tile *in, const tc_tile *out,
                              tc_error *error) {
    (void)merged, (void)in, (void)out;
    return tc_fail(error, TC_ERR_PROTOCOL, "%s: the merged result is not a lookup table of 256 values", step->op->name);
}
