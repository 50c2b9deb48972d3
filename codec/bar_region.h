// Regions that look like bar codes, located by the direction of their gradients, and upright views of them: libraries
// scan along rows and columns only.
#ifndef TC_CODEC_BAR_REGION_H
#define TC_CODEC_BAR_REGION_H

#include <stdbool.h>

#include "codec/plane.h"
#include "codec/vector.h"

enum { TC_MAX_BAR_REGIONS = 8 };

typedef struct tc_bar_region {
    tc_vector centre;      // in pixels
    tc_vector across;      // unit vector perpendicular to the bars, to the right or down
    double length, height; // along `across` and along the bars, in pixels
    double energy;         // sum of squared gradients
} tc_bar_region;

// Finds the regions with the most energy, largest first. *count is at most TC_MAX_BAR_REGIONS. Fails only with
// TC_ERR_MEMORY.
tc_status tc_bar_regions_find(const tc_plane *plane, tc_bar_region regions[TC_MAX_BAR_REGIONS], int *count);

// Whether dark and light alternate in the region, which is in pixels of the plane, as often as in the shortest bar
// codes.
bool tc_bar_region_has_bars(const tc_plane *plane, const tc_bar_region *region);

// Samples the region with a margin into the new plane `to` so that `across` points to the right; a small one is
// enlarged, of a tall one only the middle is taken. `to_from` maps `to` to `from`. The caller ends `to` with
// tc_plane_clear. Fails only with TC_ERR_MEMORY.
tc_status tc_bar_region_rectify(const tc_plane *from, const tc_bar_region *region, tc_plane *to, tc_affine *to_from);

#endif
