// The histogram of a whole picture as a whole-picture operation: scan and merge, and the apply of operations that
// derive a lookup table from the histogram.
#ifndef TC_CORE_KERNELS_HISTOGRAM_H
#define TC_CORE_KERNELS_HISTOGRAM_H

#include "core/kernels/level.h"
#include "core/op.h"

#define tc_histogram_map TC_AT_LEVEL(tc_histogram_map)
#define tc_histogram_merge TC_AT_LEVEL(tc_histogram_merge)
#define tc_histogram_merge_map TC_AT_LEVEL(tc_histogram_merge_map)
#define tc_histogram_no_map TC_AT_LEVEL(tc_histogram_no_map)
#define tc_histogram_scan TC_AT_LEVEL(tc_histogram_scan)
#define tc_histogram_scan_colours TC_AT_LEVEL(tc_histogram_scan_colours)
#define tc_histogram_total TC_AT_LEVEL(tc_histogram_total)

typedef struct tc_histogram {
    uint64_t count[256];
} tc_histogram;

// A scan (see tc_op): the intermediate picture is grey, with alpha if there is one; the partial result is the tile's
// histogram of the grey, 256 little-endian 64-bit counts.
tc_status tc_histogram_scan(const tc_step *step, const tc_tile *in, const tc_tile *intermediate, tc_blob *partial,
                            tc_error *error);
// The same with the picture itself as the intermediate picture, and one histogram over the samples of all colours.
tc_status tc_histogram_scan_colours(const tc_step *step, const tc_tile *in, const tc_tile *intermediate,
                                    tc_blob *partial, tc_error *error);
// Adds up the tiles' histograms. TC_ERR_PROTOCOL: a partial result has the wrong size, or all counts are 0.
tc_status tc_histogram_merge(tc_histogram *histogram, const tc_op *op, const tc_partial *partials, int count,
                             tc_error *error);
uint64_t tc_histogram_total(const tc_histogram *histogram);

// Maps a cumulative count `sum` to 0..255. Counts leave out the samples of the darkest value; `total`, at least 1, is
// the count of all others.
typedef uint8_t tc_histogram_scale(uint64_t sum, uint64_t total);
// For tc_op.merge of operations that stretch the histogram. The merged result is the lookup table, 256 bytes: the
// scaled cumulative histogram, so that the darkest value becomes 0. A picture of a single value is unchanged.
tc_status tc_histogram_merge_map(const tc_op *op, const tc_partial *partials, int count, tc_histogram_scale *scale,
                                 tc_blob *merged, tc_error *error);
// For tc_op.map of operations whose merged result is the lookup table, 256 bytes.
bool tc_histogram_map(const tc_step *step, const tc_blob *merged, uint8_t to[256]);
// For tc_op.apply of the same operations. It is called only if the merged result is no lookup table, and fails.
tc_status tc_histogram_no_map(const tc_step *step, const tc_blob *merged, const tc_tile *in, const tc_tile *out,
                              tc_error *error);

#endif
