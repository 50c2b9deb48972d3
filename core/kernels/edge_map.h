// Maps of Canny's edges. A pixel is the edge map's byte, followed by the last channels of the picture where these are
// kept: its alpha, for the operation `canny`.
//
// An operation that begins with the whole-picture step of making one uses these as its .radius, .scan, .merge and
// .apply, with .border = TC_BORDER_REPLICATE and .grid_bound; its first two parameters are Canny's thresholds. What
// comes next is .then.
#ifndef TC_CORE_KERNELS_EDGE_MAP_H
#define TC_CORE_KERNELS_EDGE_MAP_H

#include "core/kernels/bits.h"
#include "core/kernels/level.h"
#include "core/op.h"

#define tc_edge_map_apply TC_AT_LEVEL(tc_edge_map_apply)
#define tc_edge_map_merge TC_AT_LEVEL(tc_edge_map_merge)
#define tc_edge_map_radius TC_AT_LEVEL(tc_edge_map_radius)
#define tc_edge_map_scan TC_AT_LEVEL(tc_edge_map_scan)
#define tc_edge_map_scan_of TC_AT_LEVEL(tc_edge_map_scan_of)

// The edge map's bytes. An undecided pixel is an edge if it hangs together, in another tile, with a strong one; only
// the intermediate picture has such.
enum { TC_EDGE_NONE = 0, TC_EDGE_UNDECIDED = 128, TC_EDGE_STRONG = 255 };

int tc_edge_map_radius(const tc_args *args);
// For .scan: edges of the picture as the operation `canny` finds them.
tc_status tc_edge_map_scan(const tc_step *step, const tc_tile *in, const tc_tile *mid, tc_blob *partial,
                           tc_error *error);
// The same with edges of `analysed`, which covers what `in` covers (its grey, for one).
tc_status tc_edge_map_scan_of(const tc_step *step, const tc_tile *in, const tc_tile *analysed, const tc_tile *mid,
                              tc_blob *partial, tc_error *error);
tc_status tc_edge_map_merge(const tc_step *step, const tc_partial *partials, int count, const tc_team *team,
                            tc_blob *merged, tc_error *error);
tc_status tc_edge_map_apply(const tc_step *step, const tc_blob *merged, const tc_tile *mid, const tc_tile *out,
                            tc_error *error);

#endif
