// Thinned gradient maxima, the first half of Canny's edge detector.
#ifndef TC_CORE_KERNELS_NONMAX_H
#define TC_CORE_KERNELS_NONMAX_H

#include "core/kernels/bits.h"
#include "core/kernels/level.h"

#define tc_nonmax_suppress TC_AT_LEVEL(tc_nonmax_suppress)

enum { TC_NONMAX_RADIUS = 2 };

// Finds the pixels of `rect` on the ridge of the gradient where it is above `low` (at least 0), and of these the ones
// where it is above `high`, the strong ones; both sets are empty before. The gradient is |dx| + |dy| of the 3×3 Sobel
// filter; of a colour picture, that of the channel where it is greatest. `in` covers `rect` grown by TC_NONMAX_RADIUS,
// replicated beyond the picture's edges; magnitudes beyond the edges of `picture` count as 0.
tc_status tc_nonmax_suppress(const tc_tile *in, tc_rect rect, tc_shape picture, int low, int high,
                             const tc_bits *ridges, const tc_bits *strong, tc_error *error);

#endif
