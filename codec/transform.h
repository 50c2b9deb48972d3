// Other pictures of the same thing, in which a reader may find what it does not find in the picture itself.
#ifndef TC_CODEC_TRANSFORM_H
#define TC_CODEC_TRANSFORM_H

#include "codec/reader.h"

// Where a place in a transformed picture lies in the one it was made of: (xx x + xy y + x0, yx x + yy y + y0).
typedef struct tc_affine {
    double xx, xy, x0, yx, yy, y0;
} tc_affine;
extern const tc_affine tc_affine_none;

// Makes `to`, whose pixels the caller frees with tc_plane_free. TC_ERR_MEMORY, or TC_ERR_ARGUMENT when too little would
// be left of the picture; there is nothing to free then.
typedef tc_status tc_transform(const tc_plane *from, tc_plane *to, tc_affine *back);
tc_transform tc_plane_halve, tc_plane_quarter; // means of 2 × 2 and 4 × 4 pixels
tc_transform tc_plane_double;                  // bilinear
tc_transform tc_plane_invert;
tc_transform tc_plane_blur;    // binomial, 7 × 7
tc_transform tc_plane_turn_45; // by 45 degrees, bilinear, on white

void tc_plane_free(tc_plane *plane);

// 0 where a pixel is darker than the mean of the pixels at most `radius` away in both directions, less `bias`; else
// 255. The caller frees the pixels of `to`.
tc_status tc_plane_threshold(const tc_plane *from, int radius, int bias, tc_plane *to);

#endif
