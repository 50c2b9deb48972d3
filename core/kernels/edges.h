// Thinned gradient maxima, the first half of Canny's edge detector.
#ifndef TC_EDGES_H
#define TC_EDGES_H

#include "core/image.h"
#include "core/kernels/level.h"

#define tc_edges_classify TC_AT_LEVEL(tc_edges_classify)

enum { TC_EDGE_NONE = 0, TC_EDGE_WEAK = 128, TC_EDGE_STRONG = 255 }; // values in a class map
enum { TC_EDGES_RADIUS = 2 };

// Writes the class of each pixel of map->rect into the map's first channel: strong above `high`, weak above `low`,
// none elsewhere and off the ridge of the gradient. The gradient is |dx| + |dy| of the 3×3 Sobel filter; of a colour
// picture, that of the channel where it is greatest. `in` covers map->rect grown by TC_EDGES_RADIUS, replicated beyond
// the picture's edges; magnitudes beyond the edges of `picture` count as 0.
tc_status tc_edges_classify(const tc_tile *in, const tc_tile *map, tc_shape picture, int low, int high,
                            tc_error *error);

#endif
