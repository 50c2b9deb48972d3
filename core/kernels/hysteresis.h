// Hysteresis over tiles: of a class map (core/edges.h) the weak pixels stay that hang together, over eight neighbours,
// with a strong one. What a tile can tell alone is settled in its scan; the components that reach a neighbouring tile
// are united in the merge.
#ifndef TC_HYSTERESIS_H
#define TC_HYSTERESIS_H

#include "core/kernels/level.h"
#include "core/op.h"

#define tc_hysteresis_apply TC_AT_LEVEL(tc_hysteresis_apply)
#define tc_hysteresis_merge TC_AT_LEVEL(tc_hysteresis_merge)
#define tc_hysteresis_scan TC_AT_LEVEL(tc_hysteresis_scan)

// Settles what the tile can settle: afterwards a pixel is strong, none, or weak as part of a component that touches
// another tile of `picture`. Appends to `partial` the pixels on sides shared with other tiles.
tc_status tc_hysteresis_scan(const tc_tile *map, tc_shape picture, tc_blob *partial, tc_error *error);
// Unites the tiles' components. The tiles must cover the picture without overlap, in row-major order.
tc_status tc_hysteresis_merge(const tc_partial *partials, int count, tc_blob *merged, tc_error *error);
// Settles the weak pixels of `map`, whose rectangle must be one that was scanned: strong or none.
tc_status tc_hysteresis_apply(const tc_blob *merged, const tc_tile *map, tc_error *error);

#endif
