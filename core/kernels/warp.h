// Affine transforms with bilinear interpolation, in the fixed-point arithmetic of OpenCV's warpAffine: the
// contributions of column and row to the input coordinates are each rounded to 1/1024 pixel and their sum to 1/32
// pixel; all else is exact. Pixels outside the input picture are 0 in every channel.
#ifndef TC_CORE_KERNELS_WARP_H
#define TC_CORE_KERNELS_WARP_H

#include "core/image.h"
#include "core/kernels/level.h"

#define tc_warp_columns TC_AT_LEVEL(tc_warp_columns)
#define tc_warp_source TC_AT_LEVEL(tc_warp_source)
#define tc_warp_tile TC_AT_LEVEL(tc_warp_tile)

typedef struct tc_warp {
    double m[6];        // input x = m[0] x + m[1] y + m[2], input y = m[3] x + m[4] y + m[5]
    const int *columns; // the contribution of each output column to x, then to y, in 1/1024 pixel
    tc_shape in, out;   // the pictures, of up to 4 channels
} tc_warp;

// Fills `columns`, 2 * width numbers, for tc_warp.columns.
void tc_warp_columns(const double m[6], int width, int *columns);
// The rectangle of the input picture, at least one pixel, that tc_warp_tile reads for the output rectangle `out`.
tc_rect tc_warp_source(const tc_warp *warp, tc_rect out);
// Computes out->rect; `in` covers its tc_warp_source.
void tc_warp_tile(const tc_warp *warp, const tc_tile *in, const tc_tile *out);

#endif
