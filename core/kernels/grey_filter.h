// 3×3 filters on the grey of a picture, such as Sobel and Laplacian.
#ifndef TC_CORE_KERNELS_GREY_FILTER_H
#define TC_CORE_KERNELS_GREY_FILTER_H

#include "core/image.h"
#include "core/kernels/level.h"

#define tc_grey_filter_tile TC_AT_LEVEL(tc_grey_filter_tile)

// Computes `count` bytes of a row from the rows above, at and below it. Horizontal neighbours are `step` bytes apart,
// and each row may be read `step` bytes before its start and beyond its end.
typedef void tc_grey_filter_row(uint8_t *to, const uint8_t *const rows[3], int count, int step);

// Applies `filter` to the grey of `in` for out->rect; `in` covers it grown by one pixel. `out` has
// tc_grey_channels(in->channels) channels; alpha is copied.
void tc_grey_filter_tile(const tc_tile *in, const tc_tile *out, tc_grey_filter_row *filter);

#endif
