// Components over tiles: which pixels of a set hang together with certain ones, over a whole picture that is seen tile
// by tile. What a tile can tell alone is confirmed in its scan; components that connectivity another tile are reported,
// by their runs along the sides, and united in the merge; what a tile learns from that are seeds.
#ifndef TC_CORE_KERNELS_COMPONENTS_H
#define TC_CORE_KERNELS_COMPONENTS_H

#include "core/kernels/bits.h"
#include "core/kernels/level.h"
#include "core/op.h"

#define tc_components_find TC_AT_LEVEL(tc_components_find)
#define tc_components_merge TC_AT_LEVEL(tc_components_merge)
#define tc_components_report TC_AT_LEVEL(tc_components_report)
#define tc_components_scan TC_AT_LEVEL(tc_components_scan)
#define tc_components_flood TC_AT_LEVEL(tc_components_flood)

// `confirmed` holds pixels of `field` that are known to count; it grows to all that hang together with them. Of the
// others those that hang together with a pixel on a side shared with another tile of `picture` are put into the empty
// `undecided`: the merge will tell. Appends what the merge needs to `partial`.
tc_status tc_components_scan(const tc_bits *field, const tc_bits *confirmed, const tc_bits *undecided, tc_rect rect,
                             tc_shape picture, tc_connectivity connectivity, tc_blob *partial, tc_error *error);

// Only appends to `partial`, for a caller who lets the apply find everything: every pixel of `field` then counts as
// undecided but those of its subset `confirmed`.
tc_status tc_components_report(const tc_bits *field, const tc_bits *confirmed, tc_rect rect, tc_shape picture,
                               tc_connectivity connectivity, tc_blob *partial, tc_error *error);

// What the merge output a tile.
typedef enum tc_components_output {
    TC_COMPONENTS_SEEDS,           // a pixel of each undecided component that counts
    TC_COMPONENTS_SEEDS_AND_MARKS, // also its pixels outside the field whose neighbour over a shared side counts
} tc_components_output;

// Unites the tiles' components. The tiles must form a grid that covers the picture, in row-major order.
tc_status tc_components_merge(const tc_partial *partials, int count, tc_connectivity connectivity,
                              tc_components_output output, const tc_team *team, tc_blob *merged, tc_error *error);

// The tile's index in the order in which the tiles were merged, and how many there are; -1 when the merged result does
// not parse or has no such tile.
int tc_components_find(const tc_blob *merged, tc_rect rect, int *count);

// Adds the pixels of `undecided` that count to `confirmed`, and all that hang together with what it held; puts the
// marks into `marks` (NULL: there can be none). `rect` must be one that was scanned.
tc_status tc_components_flood(const tc_blob *merged, tc_rect rect, const tc_bits *undecided,
                              tc_connectivity connectivity, const tc_bits *confirmed, const tc_bits *marks,
                              tc_error *error);

#endif
