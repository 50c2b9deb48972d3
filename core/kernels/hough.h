// The voting of the Hough transform for lines, over tiles. For each of 180 angles an edge pixel votes for the line at
// that angle through it. Each tile counts the votes of its pixels, the merge adds them up, and each tile then finds the
// angle with the most votes for each of its edge pixels. Edge pixels are those that are not 0 in a map of one channel.
//
// The line of angle t (in degrees, 0..179) and distance rho (in pixels) consists of the pixels with
//   floor((x C(t) + y S(t) + 2^13) / 2^14) = rho,
// C and S being the cosine and sine in units of 2^-14, rounded to nearest. Integer arithmetic gives the same lines on
// every machine.
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
    TC_HOUGH_MAX_VOTES = 65535, // votes of a line saturate here
    TC_HOUGH_NO_ANGLE = 255,    // written by tc_hough_choose for an edge pixel that is on no line with enough votes
};

// C(t) and S(t) of an angle in degrees, 0..179, in units of 2^-14.
int32_t tc_hough_cosine(int angle);
int32_t tc_hough_sine(int angle);

// Writes the votes of the tile's edge pixels to the empty `partial`; nothing if the tile has no edge pixels. Fails with
// TC_ERR_MEMORY.
tc_status tc_hough_vote(const tc_tile *map, tc_blob *partial, tc_error *error);
// Adds up the votes of tiles that cover the picture. TC_ERR_PROTOCOL: a partial result does not parse.
tc_status tc_hough_merge(const tc_partial *partials, int count, tc_shape picture, const tc_parallel *parallel,
                         tc_blob *merged, tc_error *error);
// Replaces the pixels of the tile's edge map: 0 stays; an edge pixel becomes 1 + the angle of the line with the most
// votes (the smallest angle of equals), or TC_HOUGH_NO_ANGLE if that line has fewer than `threshold` votes.
tc_status tc_hough_choose(const tc_blob *merged, const tc_tile *map, tc_shape picture, int threshold, tc_error *error);

#endif
