// Splits rows of interleaved samples into one plane per channel, and joins them again.
#ifndef TC_CORE_KERNELS_PLANES_H
#define TC_CORE_KERNELS_PLANES_H

#include <stddef.h>
#include <stdint.h>

#include "core/kernels/level.h"

#define tc_row_split TC_AT_LEVEL(tc_row_split)
#define tc_row_join TC_AT_LEVEL(tc_row_join)

// Writes channel c of the `width` pixels to planes + c * plane.
void tc_row_split(uint8_t *planes, size_t plane, const uint8_t *from, int width, int channels);
// The inverse of tc_row_split.
void tc_row_join(uint8_t *to, const uint8_t *planes, size_t plane, int width, int channels);

#endif
