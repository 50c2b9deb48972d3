// The edge map of Canny's edge detector, as a whole-picture operation: hysteresis thresholding over tiles. A pixel of
// the map is one byte (TC_EDGE_...), followed by the last channels of the picture where the operation retains them
// (alpha, for `canny`).
//
// An operation that starts from edges uses these functions as its .radius, .scan, .merge and .apply. Its first two
// parameters are Canny's thresholds.
#ifndef TC_CORE_KERNELS_EDGE_MAP_H
#define TC_CORE_KERNELS_EDGE_MAP_H

#include "core/kernels/bits.h"
#include "core/kernels/level.h"
#include "core/op.h"

#define tc_edge_map_apply TC_AT_LEVEL(tc_edge_map_apply)
#define tc_edge_map_intermediate TC_AT_LEVEL(tc_edge_map_intermediate)
#define tc_edge_map_merge TC_AT_LEVEL(tc_edge_map_merge)
#define tc_edge_map_radius TC_AT_LEVEL(tc_edge_map_radius)
#define tc_edge_map_scan TC_AT_LEVEL(tc_edge_map_scan)
#define tc_edge_map_scan_of TC_AT_LEVEL(tc_edge_map_scan_of)
#define tc_edge_map_shape TC_AT_LEVEL(tc_edge_map_shape)

// The bytes of the edge map. An undecided pixel is an edge if it is connected to a strong one of another tile; only the
// intermediate picture has undecided pixels.
enum { TC_EDGE_NONE = 0, TC_EDGE_UNDECIDED = 128, TC_EDGE_STRONG = 255 };

// For .shape and .intermediate_shape of operations that work on the map alone: one channel.
tc_status tc_edge_map_shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error);
tc_shape tc_edge_map_intermediate(const tc_args *args, tc_shape in);
int tc_edge_map_radius(const tc_args *args);
// For .scan: the edges of `in` as the operation `canny` finds them.
tc_status tc_edge_map_scan(const tc_step *step, const tc_tile *in, const tc_tile *intermediate, tc_blob *partial,
                           tc_error *error);
// The same with the edges of `analysed`, a picture derived from `in` that covers the same rectangle (e.g. its grey).
tc_status tc_edge_map_scan_of(const tc_step *step, const tc_tile *in, const tc_tile *analysed,
                              const tc_tile *intermediate, tc_blob *partial, tc_error *error);
tc_status tc_edge_map_merge(const tc_step *step, const tc_partial *partials, int count, const tc_parallel *parallel,
                            tc_blob *merged, tc_error *error);
tc_status tc_edge_map_apply(const tc_step *step, const tc_blob *merged, const tc_tile *intermediate, const tc_tile *out,
                            tc_error *error);

#endif
