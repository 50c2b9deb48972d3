// Edged pictures: Canny's edges, and beside them channels of the picture that they were found in. A pixel is the edge
// map's byte, followed by the last channels of the picture: its alpha for the operation `canny`, all of them for
// operations that go on from there.
//
// An operation that begins with the whole-picture step of making one uses these as its .radius, .scan, .merge and
// .apply, with .mid_view = 1, .border = TC_BORDER_REPLICATE and .grid_bound; its first two parameters are Canny's
// thresholds. With tc_edged_mid and tc_edged_shape it keeps all channels. What comes next is .then.
#ifndef TC_EDGED_H
#define TC_EDGED_H

#include "core/kernels/bits.h"
#include "core/kernels/level.h"
#include "core/op.h"

#define tc_edged_apply TC_AT_LEVEL(tc_edged_apply)
#define tc_edged_join_row TC_AT_LEVEL(tc_edged_join_row)
#define tc_edged_merge TC_AT_LEVEL(tc_edged_merge)
#define tc_edged_mid TC_AT_LEVEL(tc_edged_mid)
#define tc_edged_radius TC_AT_LEVEL(tc_edged_radius)
#define tc_edged_scan TC_AT_LEVEL(tc_edged_scan)
#define tc_edged_scan_of TC_AT_LEVEL(tc_edged_scan_of)
#define tc_edged_shape TC_AT_LEVEL(tc_edged_shape)
#define tc_edged_split_row TC_AT_LEVEL(tc_edged_split_row)
#define tc_edged_take_row TC_AT_LEVEL(tc_edged_take_row)

// The edge map's bytes. An open pixel is an edge if it hangs together, in another tile, with a strong one; only the
// intermediate picture has such.
enum { TC_EDGE_NONE = 0, TC_EDGE_OPEN = 128, TC_EDGE_STRONG = 255 };

tc_shape tc_edged_mid(const tc_args *args, tc_shape in);
tc_status tc_edged_shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error);
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

// A row of pixels: a byte, then the last `extra` of the channels of `from`.
void tc_edged_join_row(uint8_t *restrict to, const uint8_t *restrict bytes, const uint8_t *restrict from, int width,
                       int channels, int extra);
// The first channel.
void tc_edged_split_row(uint8_t *restrict bytes, const uint8_t *restrict from, int width, int channels);
// The other channels, `channels` of them from a row of channels + 1.
void tc_edged_take_row(uint8_t *restrict to, const uint8_t *restrict from, int width, int channels);

#endif
