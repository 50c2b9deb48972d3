// The grey histogram of a whole picture, gathered tile by tile: scan and merge of the operations that need one.
#ifndef TC_HISTOGRAM_H
#define TC_HISTOGRAM_H

#include "core/kernels/level.h"
#include "core/op.h"

#define tc_histogram_merge TC_AT_LEVEL(tc_histogram_merge)
#define tc_histogram_scan TC_AT_LEVEL(tc_histogram_scan)
#define tc_histogram_total TC_AT_LEVEL(tc_histogram_total)

typedef struct tc_histogram {
    uint64_t count[256];
} tc_histogram;

// A scan (see tc_op): the intermediate picture is grey, with alpha if there is one; the partial result is the tile's
// histogram of the grey, 256 little-endian 32-bit counts.
tc_status tc_histogram_scan(const tc_step *step, const tc_tile *in, const tc_tile *mid, tc_blob *partial,
                            tc_error *error);
// Adds up what tc_histogram_scan gave. Refuses partial results that are none, and an empty picture.
tc_status tc_histogram_merge(tc_histogram *histogram, const tc_op *op, const tc_partial *partials, int count,
                             tc_error *error);
uint64_t tc_histogram_total(const tc_histogram *histogram);

#endif
