// Components over tiles: which pixels of a set hang together with certain ones, over a whole picture that is seen tile
// by tile. What a tile can tell alone is settled in its scan; components that reach another tile are reported, by their
// runs along the sides, and united in the merge; what a tile learns from that are seeds.
#ifndef TC_COMPONENTS_H
#define TC_COMPONENTS_H

#include "core/kernels/bits.h"
#include "core/kernels/level.h"
#include "core/op.h"

#define tc_components_find TC_AT_LEVEL(tc_components_find)
#define tc_components_merge TC_AT_LEVEL(tc_components_merge)
#define tc_components_report TC_AT_LEVEL(tc_components_report)
#define tc_components_scan TC_AT_LEVEL(tc_components_scan)
#define tc_components_settle TC_AT_LEVEL(tc_components_settle)

// `settled` holds pixels of `field` that are known to count; it grows to all that hang together with them. Of the
// others those that hang together with a pixel on a side shared with another tile of `picture` are put into the empty
// `open`: the merge will tell. Appends what the merge needs to `partial`.
tc_status tc_components_scan(const tc_bits *field, const tc_bits *settled, const tc_bits *open, tc_rect rect,
                             tc_shape picture, tc_reach reach, tc_blob *partial, tc_error *error);

// Only appends to `partial`, for a caller who lets the apply find everything: every pixel of `field` then counts as
// open but those of its subset `settled`.
tc_status tc_components_report(const tc_bits *field, const tc_bits *settled, tc_rect rect, tc_shape picture,
                               tc_reach reach, tc_blob *partial, tc_error *error);

// What the merge tells a tile.
typedef enum tc_tells {
    TC_TELLS_SEEDS, // a pixel of each open component that counts
    TC_TELLS_MARKS, // also its pixels outside the field whose neighbour over a shared side counts
} tc_tells;

// Unites the tiles' components. The tiles must form a grid that covers the picture, in row-major order.
tc_status tc_components_merge(const tc_partial *partials, int count, tc_reach reach, tc_tells tells,
                              const tc_team *team, tc_blob *merged, tc_error *error);

// The tile's index in the order in which the tiles were merged, and how many there are; -1 when the merged result does
// not parse or has no such tile.
int tc_components_find(const tc_blob *merged, tc_rect rect, int *count);

// Adds the pixels of `open` that count to `settled`, and all that hang together with what it held; puts the marks into
// `marks` (NULL: there can be none). `rect` must be one that was scanned.
tc_status tc_components_settle(const tc_blob *merged, tc_rect rect, const tc_bits *open, tc_reach reach,
                               const tc_bits *settled, const tc_bits *marks, tc_error *error);

#endif
