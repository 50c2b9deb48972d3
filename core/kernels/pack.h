// Rows of pixels that were computed with four samples each, whatever their channels.
#ifndef TC_CORE_KERNELS_PACK_H
#define TC_CORE_KERNELS_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "core/kernels/level.h"

#define tc_row_pack TC_AT_LEVEL(tc_row_pack)

// Keeps the first `channels` (1 to 4) of every four bytes. Up to `size` bytes of `to` may be written, at least the
// pixels; `from` may be read up to TC_LANES bytes further.
void tc_row_pack(uint8_t *to, size_t size, const uint8_t *from, int width, int channels);

#endif
