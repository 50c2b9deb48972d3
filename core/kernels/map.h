// Operations that map every colour sample through one lookup table of 256 bytes. Alpha is copied.
#ifndef TC_CORE_KERNELS_MAP_H
#define TC_CORE_KERNELS_MAP_H

#include "core/kernels/level.h"
#include "core/op.h"

#define tc_map_run TC_AT_LEVEL(tc_map_run)
#define tc_map_tile TC_AT_LEVEL(tc_map_tile)

// For tc_op.map_tile. `in` and `out` may be the same pixels.
void tc_map_tile(const tc_tile *in, const tc_tile *out, const uint8_t map[256]);
// For tc_op.run of an operation that is defined by its lookup table alone.
void tc_map_run(const tc_step *step, const tc_tile *in, const tc_tile *out);
// The fields of tc_op that define such an operation; `fill` is its .map.
#define TC_MAP_OPERATION(fill) .map = (fill), .map_tile = tc_map_tile, .run = tc_map_run

#endif
