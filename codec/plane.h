// Grey pictures, and the transforms of them in which a reader may find what it misses in the original.
#ifndef TC_CODEC_PLANE_H
#define TC_CODEC_PLANE_H

#include "core/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct tc_plane {
    const uint8_t *data; // borrowed, or owned if a function here made the plane
    int width, height;   // at least 1
    size_t stride;       // bytes from row to row
} tc_plane;

// Maps a point of a transformed plane to the one it was made of: (xx x + xy y + x0, yx x + yy y + y0).
typedef struct tc_affine {
    double xx, xy, x0, yx, yy, y0;
} tc_affine;
extern const tc_affine tc_affine_identity;

// Makes `to`, which the caller ends with tc_plane_clear, and the map from `to` back to `from`. On failure there is
// nothing to clear: TC_ERR_MEMORY, or TC_ERR_ARGUMENT if a side of the result would have fewer than 16 pixels.
typedef tc_status tc_transform(const tc_plane *from, tc_plane *to, tc_affine *to_from);
tc_transform tc_plane_halve,
    tc_plane_quarter;         // means of 2 × 2 and 4 × 4 pixels; a remainder at the right or below is cut
tc_transform tc_plane_double; // bilinear
tc_transform tc_plane_invert;
tc_transform tc_plane_blur;      // binomial kernel, 7 × 7
tc_transform tc_plane_rotate_45; // by 45 degrees, bilinear, on a white square

// Frees the pixels of a plane made here.
void tc_plane_clear(tc_plane *plane);

// Local mean threshold: 0 where a pixel is darker than the mean of the window of `radius` pixels around it, less
// `bias`; else 255. The window is cut at the borders. `to` as above.
tc_status tc_plane_threshold(const tc_plane *from, int radius, int bias, tc_plane *to);

#endif
