// Places that look like bar codes, by the direction in which the picture changes, and upright cuts of them: libraries
// look along rows and columns only.
#ifndef TC_CODEC_STRIPES_H
#define TC_CODEC_STRIPES_H

#include "codec/projection.h"
#include "codec/transform.h"

enum { TC_MAX_STRIPES = 8 };

typedef struct tc_stripes {
    tc_point middle, across; // in pixels; of length 1: at a right angle to the bars, to the right or down
    double length, height;   // along `across`, and along the bars
    double weight;           // those that are more likely have more
} tc_stripes;

// Finds the likeliest places, best first. *count is at most TC_MAX_STRIPES.
tc_status tc_stripes_find(const tc_plane *plane, tc_stripes found[TC_MAX_STRIPES], int *count);

// Whether dark and light alternate there as often as in the shortest bar codes. The stripes are in the plane's pixels.
bool tc_stripes_alternate(const tc_plane *plane, const tc_stripes *stripes);

// The place with a margin, a part of its height when that is large, turned so that `across` points to the right,
// enlarged when it is small. `back` leads from the cut to `from`. The caller frees the pixels of `to` with
// tc_plane_free.
tc_status tc_stripes_cut(const tc_plane *from, const tc_stripes *stripes, tc_plane *to, tc_affine *back);

#endif
