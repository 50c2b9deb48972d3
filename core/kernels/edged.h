// Maps of Canny's edges. A pixel is the edge map's byte, followed by the last channels of the picture where these are
// kept: its alpha, for the operation `canny`.
//
// An operation that begins with the whole-picture step of making one uses these as its .radius, .scan, .merge and
// .apply, with .border = TC_BORDER_REPLICATE and .grid_bound; its first two parameters are Canny's thresholds. What
// comes next is .then.
#ifndef TC_EDGED_H
#define TC_EDGED_H

#include "core/kernels/bits.h"
#include "core/kernels/level.h"
#include "core/op.h"

#define tc_edged_apply TC_AT_LEVEL(tc_edged_apply)
#define tc_edged_merge TC_AT_LEVEL(tc_edged_merge)
#define tc_edged_radius TC_AT_LEVEL(tc_edged_radius)
#define tc_edged_scan TC_AT_LEVEL(tc_edged_scan)
#define tc_edged_scan_of TC_AT_LEVEL(tc_edged_scan_of)

// The edge map's bytes. An open pixel is an edge if it hangs together, in another tile, with a strong one; only the
// intermediate picture has such.
enum { TC_EDGE_NONE = 0, TC_EDGE_OPEN = 128, TC_EDGE_STRONG = 255 };

int tc_edged_radius(const tc_args *args);
// For .scan: edges of the picture as the operation `canny` finds them.
tc_status tc_edged_scan(const tc_step *step, const tc_tile *in, const tc_tile *mid, tc_blob *partial, tc_error *error);
// The same with edges of `seen`, which covers what `in` covers (its grey, for one).
tc_status tc_edged_scan_of(const tc_step *step, const tc_tile *in, const tc_tile *seen, const tc_tile *mid,
                           tc_blob *partial, tc_error *error);
tc_status tc_edged_merge(const tc_step *step, const tc_partial *partials, int count, const tc_team *team,
                         tc_blob *merged, tc_error *error);
tc_status tc_edged_apply(const tc_step *step, const tc_blob *merged, const tc_tile *mid, const tc_tile *out,
                         tc_error *error);

#endif
