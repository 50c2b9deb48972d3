// The Hough transform's votes, in parts: each edge pixel votes, for each of 180 angles, for the line at that angle on
// which it lies. A tile counts its own pixels' votes, the merge adds them up, and then every tile finds each edge
// pixel's best angle. Edges are what is not 0 in a map of one channel.
//
// The line of angle t (in degrees, 0..179) and distance rho (in pixels) holds the pixels with
//   floor((x C(t) + y S(t) + 2^13) / 2^14) = rho,
// C and S the cosine and sine in 2^-14, rounded to nearest. All of it is in integers, so that machines agree.
#ifndef TC_CORE_KERNELS_HOUGH_H
#define TC_CORE_KERNELS_HOUGH_H

#include "core/kernels/level.h"
#include "core/op.h"

#define tc_hough_cosine TC_AT_LEVEL(tc_hough_cosine)
#define tc_hough_sine TC_AT_LEVEL(tc_hough_sine)
#define tc_hough_vote TC_AT_LEVEL(tc_hough_vote)
#define tc_hough_merge TC_AT_LEVEL(tc_hough_merge)
#define tc_hough_choose TC_AT_LEVEL(tc_hough_choose)

enum {
    TC_HOUGH_ANGLES = 180,
    TC_HOUGH_MAX_VOTES = 65535, // a line's votes are counted so far
    TC_HOUGH_NO_ANGLE = 255,    // what tc_hough_choose writes for an edge pixel on no line with enough votes
};

// C(t) and S(t).
int32_t tc_hough_cosine(int angle);
int32_t tc_hough_sine(int angle);

// Appends to `partial` the votes of the tile's edge pixels: nothing where there are none.
tc_status tc_hough_vote(const tc_tile *map, tc_blob *partial, tc_error *error);
// Adds the tiles' votes up. The tiles cover the picture.
tc_status tc_hough_merge(const tc_partial *partials, int count, tc_shape picture, const tc_team *team, tc_blob *merged,
                         tc_error *error);
// Replaces the tile's edge map: 0 where there is no edge, 1 + the angle at which the pixel's line has the most votes
// (the smallest of equals), TC_HOUGH_NO_ANGLE where these are fewer than `threshold`.
tc_status tc_hough_choose(const tc_blob *merged, const tc_tile *map, tc_shape picture, int threshold, tc_error *error);

#endif
