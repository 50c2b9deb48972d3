// Packs rows of pixels that were computed with four samples each into pixels of 1 to 4 channels.
#ifndef TC_CORE_KERNELS_PACK_H
#define TC_CORE_KERNELS_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "core/kernels/level.h"

#define tc_row_pack TC_AT_LEVEL(tc_row_pack)

// Writes the first `channels` (1 to 4) of every four bytes. Writes at most `size` bytes to `to`, which has room for the
// pixels at least, and may read up to TC_LANES bytes beyond the pixels of `from`.
void tc_row_pack(uint8_t *to, size_t size, const uint8_t *from, int width, int channels);

#endif
