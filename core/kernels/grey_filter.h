// 3×3 filters on the grey of a picture, such as Sobel and Laplacian.
#ifndef TC_CORE_KERNELS_GREY_FILTER_H
#define TC_CORE_KERNELS_GREY_FILTER_H

#include "core/kernels/level.h"
#include "core/kernels/vector.h"
#include "core/op.h"

#define tc_grey_filter_radius TC_AT_LEVEL(tc_grey_filter_radius)
#define tc_grey_filter_tile TC_AT_LEVEL(tc_grey_filter_tile)

// Computes `count` bytes of a row from the rows above, at and below it. Horizontal neighbours are `step` bytes apart,
// and each row may be read `step` bytes before its start and beyond its end.
typedef void tc_grey_filter_row(uint8_t *to, const uint8_t *const rows[3], int count, int step);

#if TC_LANES
// Computes `count` samples by `filter`, which returns TC_LANES of them from position `i` on, and returns `count`; 0 if
// there are fewer than TC_LANES. The filter must be always inlined: a call per vector costs half the speed.
static inline __attribute__((always_inline)) int
tc_grey_filter_vectors(uint8_t *to, const uint8_t *const rows[3], int count, int step,
                       tc_vec (*filter)(const uint8_t *const rows[3], int i, int step)) {
    if (count < TC_LANES) return 0;
    for (int x = 0; x < count; x += TC_LANES) {
        int i = v_start(x, count);
        v_store(to + i, filter(rows, i, step));
    }
    return count;
}
#else
#define tc_grey_filter_vectors(to, rows, count, step, filter) 0
#endif

// For tc_op.radius.
int tc_grey_filter_radius(const tc_args *args);
// Applies `filter` to the grey of `in` for out->rect; `in` covers it grown by one pixel. `out` has
// tc_grey_channels(in->channels) channels; alpha is copied.
void tc_grey_filter_tile(const tc_tile *in, const tc_tile *out, tc_grey_filter_row *filter);

#endif
