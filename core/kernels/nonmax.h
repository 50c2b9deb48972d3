// Gradients and non-maximum suppression, the first half of Canny's edge detector (Canny, 1986; in OpenCV's arithmetic).
#ifndef TC_CORE_KERNELS_NONMAX_H
#define TC_CORE_KERNELS_NONMAX_H

#include "core/kernels/bits.h"
#include "core/kernels/level.h"

#define tc_nonmax_suppress TC_AT_LEVEL(tc_nonmax_suppress)

enum { TC_NONMAX_RADIUS = 2 };

// Adds to the empty set `ridges` the pixels of `rect` whose gradient is a maximum across the edge and above `low` (at
// least 0), and to the empty set `strong` those of them above `high`. The gradient is |dx| + |dy| of the 3×3 Sobel
// filter; in a colour picture, that of the channel where it is greatest. `in` covers `rect` grown by TC_NONMAX_RADIUS,
// replicated beyond the picture's edges; magnitudes outside `picture` count as 0. Fails with TC_ERR_MEMORY.
tc_status tc_nonmax_suppress(const tc_tile *in, tc_rect rect, tc_shape picture, int low, int high,
                             const tc_bits *ridges, const tc_bits *strong, tc_error *error);

#endif
