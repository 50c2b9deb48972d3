// From edge pixels with an angle (hough.h) to straight segments: a walk along the angle in both directions, as in
// OpenCV's HoughLinesP. It goes over the whole picture, one pixel after the other, so tiles only list their pixels.
#ifndef TC_CORE_KERNELS_WALK_H
#define TC_CORE_KERNELS_WALK_H

#include "core/kernels/level.h"
#include "core/op.h"

#define tc_walk_list TC_AT_LEVEL(tc_walk_list)
#define tc_walk_merge TC_AT_LEVEL(tc_walk_merge)

// Appends to `partial` the tile's edge pixels with their angles, out of the map that tc_hough_choose has written:
// nothing where there are none.
tc_status tc_walk_list(const tc_tile *map, tc_blob *partial, tc_error *error);
// Writes the segments (core/segments.h), the longest first, of equals in the order of y1, x1, y2, x2.
//
// The pixels that have an angle are taken in a pseudo-random order, that of the numbers (v ^ v / 2^16) with
// v = (u ^ u / 2^16) B and u = (2^16 y + x) A, modulo 2^32, A = 2654435761, B = 2246822519. From each whose edge is not
// used up yet a walk goes in steps of one pixel along the major axis (x for 45° < angle < 135°, else y); the other
// coordinate is kept in 2^-16, begins half a pixel on, and changes by the tangent. A way ends at the picture's side or
// after more than max_gap pixels in a row without an edge; its end is the last edge pixel. The edges on both ways are
// used up, and where the ends are min_length or more apart in x or y they are those of a segment. After
// TC_MAX_SEGMENTS segments the search ends.
tc_status tc_walk_merge(const tc_partial *partials, int count, tc_shape picture, int min_length, int max_gap,
                        const tc_team *team, tc_blob *merged, tc_error *error);

#endif
