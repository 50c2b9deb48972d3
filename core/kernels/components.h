// Connected components of a picture that is processed tile by tile: which pixels of a set are connected to confirmed
// ones. The scan of a tile decides what the tile alone can decide, and reports the components that touch a side shared
// with another tile, as runs of pixels along that side. The merge unites the components of all tiles by union-find and
// gives each tile seeds, from which its apply floods the components that turned out to be confirmed.
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

// For a tile's scan. `confirmed`, a subset of `field`, grows to all pixels of `field` that are connected to it. The
// other pixels that are connected to a side shared with another tile of `picture` are added to the empty set
// `undecided`: only the merge can decide them. Writes the tile's partial result to the empty `partial`. Fails with
// TC_ERR_MEMORY.
tc_status tc_components_scan(const tc_bits *field, const tc_bits *confirmed, const tc_bits *undecided, tc_rect rect,
                             tc_shape picture, tc_connectivity connectivity, tc_blob *partial, tc_error *error);

// The same without the flood fill, for an operation whose apply decides everything: all pixels of `field` outside its
// subset `confirmed` are undecided. Writes only `partial`.
tc_status tc_components_report(const tc_bits *field, const tc_bits *confirmed, tc_rect rect, tc_shape picture,
                               tc_connectivity connectivity, tc_blob *partial, tc_error *error);

// What the merge lists for each tile.
typedef enum tc_components_output {
    TC_COMPONENTS_SEEDS,           // one pixel of each undecided component that is connected to a confirmed pixel
    TC_COMPONENTS_SEEDS_AND_MARKS, // also pixels outside the field, across a shared side from such a component
} tc_components_output;

// Unites the tiles' components and writes seeds for each tile to the empty `merged`. The tiles must form a grid that
// covers the picture, in row-major order. TC_ERR_PROTOCOL: they do not, or a partial result does not parse.
tc_status tc_components_merge(const tc_partial *partials, int count, tc_connectivity connectivity,
                              tc_components_output output, const tc_parallel *parallel, tc_blob *merged,
                              tc_error *error);

// The index of the tile `rect` among the *count tiles of the merged result; -1 if it does not parse or has no such
// tile.
int tc_components_find(const tc_blob *merged, tc_rect rect, int *count);

// For a tile's apply. Adds the tile's seeds to `confirmed` and grows it to all connected pixels of `undecided`. Adds
// the marks to `marks` (NULL if the merge wrote none). `rect` must be a tile that was scanned. TC_ERR_PROTOCOL:
// `merged` does not parse or does not fit the tile.
tc_status tc_components_flood(const tc_blob *merged, tc_rect rect, const tc_bits *undecided,
                              tc_connectivity connectivity, const tc_bits *confirmed, const tc_bits *marks,
                              tc_error *error);

#endif
