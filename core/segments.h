// Straight segments found in a picture, and the blob in which they travel between run, drawing and clients.
#ifndef TC_CORE_SEGMENTS_H
#define TC_CORE_SEGMENTS_H

#include "core/assert.h"
#include "core/image.h"

enum { TC_MAX_SEGMENTS = 65536 };

// From the left end to the right one (of an upright segment: from top to bottom), in pixels of the picture; both ends
// belong to it.
typedef struct tc_segment {
    int x1, y1, x2, y2;
} tc_segment;

/* The blob, little-endian:
 *   offset  size  field
 *   0       4     number of segments, at most TC_MAX_SEGMENTS
 *   per segment:
 *   0       2     x1
 *   2       2     y1
 *   4       2     x2, at least x1
 *   6       2     y2, at least y1 where x2 = x1
 * An empty blob holds no segments.
 */
// Writes the segments in this order into the empty blob. At most TC_MAX_SEGMENTS; coordinates 0..TC_MAX_SIDE - 1, left
// end first.
tc_status tc_segments_write(tc_blob *blob, const tc_segment *segments, int count, tc_error *error);
// Number of segments; -1 when the blob does not parse. Checks the size, every coordinate, and the order of the ends.
int tc_segments_count(const tc_blob *blob);
// Reads the segment with this index from a blob that parses; 0 <= index < tc_segments_count.
static inline tc_segment tc_segments_get(const tc_blob *blob, int index) {
    TC_ASSERT_SLOW(index >= 0 && 4 + ((size_t)index + 1) * 8 <= blob->size);
    const uint8_t *p = blob->data + 4 + (size_t)index * 8;
    return (tc_segment){p[0] | p[1] << 8, p[2] | p[3] << 8, p[4] | p[5] << 8, p[6] | p[7] << 8};
}

#endif
