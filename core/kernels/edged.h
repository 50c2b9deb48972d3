// Edged pictures: a picture with its Canny edges, for operations that go on from there. Channel 0 is the edge map
// (TC_EDGE_STRONG or TC_EDGE_NONE), the picture's own channels follow.
//
// An operation that begins with the whole-picture step of making one uses these as its .mid, .shape, .radius, .merge
// and .apply, with .mid_view = 1, .border = TC_BORDER_REPLICATE and .grid_bound; its first two parameters are Canny's
// thresholds. What comes next is .then.
#ifndef TC_EDGED_H
#define TC_EDGED_H

#include "core/kernels/level.h"
#include "core/op.h"

#define tc_edged_apply TC_AT_LEVEL(tc_edged_apply)
#define tc_edged_merge TC_AT_LEVEL(tc_edged_merge)
#define tc_edged_mid TC_AT_LEVEL(tc_edged_mid)
#define tc_edged_radius TC_AT_LEVEL(tc_edged_radius)
#define tc_edged_scan TC_AT_LEVEL(tc_edged_scan)
#define tc_edged_scan_of TC_AT_LEVEL(tc_edged_scan_of)
#define tc_edged_shape TC_AT_LEVEL(tc_edged_shape)

tc_shape tc_edged_mid(const tc_args *args, tc_shape in);
tc_status tc_edged_shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error);
int tc_edged_radius(const tc_args *args);
// For .scan: edges of the picture as the operation `canny` finds them.
tc_status tc_edged_scan(const tc_step *step, const tc_tile *in, const tc_tile *mid, tc_blob *partial, tc_error *error);
// The same with edges of `seen`, which covers what `in` covers (its grey, for one).
tc_status tc_edged_scan_of(const tc_step *step, const tc_tile *in, const tc_tile *seen, const tc_tile *mid,
                           tc_blob *partial, tc_error *error);
tc_status tc_edged_merge(const tc_step *step, const tc_partial *partials, int count, tc_blob *merged, tc_error *error);
tc_status tc_edged_apply(const tc_step *step, const tc_blob *merged, const tc_tile *mid, const tc_tile *out,
                         tc_error *error);

// The picture's own pixels out of an edged one, `channels` of them from a row of channels + 1.
static inline void tc_edged_take_row(uint8_t *restrict to, const uint8_t *restrict from, int width, int channels) {
    for (int x = 0; x < width; x++, to += channels, from += channels + 1)
        for (int c = 0; c < channels; c++) to[c] = from[c + 1];
}

#endif
