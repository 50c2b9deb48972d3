// From edge pixels with an angle (hough.h) to line segments: from each start a walk follows the angle in both
// directions, as in OpenCV's HoughLinesP. Walks cross tile borders. The scan therefore only
// lists each tile's edge pixels, and the merge performs the walks, in parallel, with the result of the sequential
// definition below.
#ifndef TC_CORE_KERNELS_WALK_H
#define TC_CORE_KERNELS_WALK_H

#include "core/kernels/level.h"
#include "core/op.h"

#define tc_walk_list TC_AT_LEVEL(tc_walk_list)
#define tc_walk_merge TC_AT_LEVEL(tc_walk_merge)

// Writes the tile's edge pixels and their angles, from the map that tc_hough_choose wrote, to the empty `partial`;
// nothing if the tile has no edge pixels.
tc_status tc_walk_list(const tc_tile *map, tc_blob *partial, tc_error *error);
// Writes the segments (core/segments.h) to the empty `merged`, the longest first, equals in the order of y1, x1, y2,
// x2. TC_ERR_PROTOCOL: a partial result does not parse.
//
// Definition: the pixels that have an angle are visited in a pseudo-random order, by ascending rank v ^ v / 2^16 with
// v = (u ^ u / 2^16) B and u = (2^16 y + x) A, modulo 2^32, A = 2654435761, B = 2246822519. A pixel whose edge has been
// removed is skipped. Else a walk starts there. It advances by one pixel along the major axis (x for
// 45° < angle < 135°, else y); the other coordinate has 16 fractional bits, starts at the pixel's centre, and changes
// by the tangent. Each of its two directions ends at the picture's border or after more than max_gap consecutive pixels
// without an edge; its end is the last edge pixel. The edge pixels on the walk are removed. If the two ends are at
// least min_length apart in x or y, they are the ends of a segment. The search stops after TC_MAX_SEGMENTS segments.
tc_status tc_walk_merge(const tc_partial *partials, int count, tc_shape picture, int min_length, int max_gap,
                        const tc_parallel *parallel, tc_blob *merged, tc_error *error);

#endif
