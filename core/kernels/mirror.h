// Mirrored rows of pixels.
#ifndef TC_CORE_KERNELS_MIRROR_H
#define TC_CORE_KERNELS_MIRROR_H

#include <stdint.h>

#include "core/kernels/level.h"

#define tc_row_mirror TC_AT_LEVEL(tc_row_mirror)

// Writes the `width` pixels of `from` in reverse order. `to` and `from` must not overlap.
void tc_row_mirror(uint8_t *to, const uint8_t *from, int width, int channels);

#endif
