// Rows of pixels that were computed with four samples each, whatever their channels.
#ifndef TC_PACK_H
#define TC_PACK_H

#include <stdint.h>

#include "core/kernels/level.h"

#define tc_row_pack TC_AT_LEVEL(tc_row_pack)

// Keeps the first `channels` (1 to 4) of every four bytes. `from` may be read up to TC_LANES bytes further.
void tc_row_pack(uint8_t *to, const uint8_t *from, int width, int channels);

#endif
