// An image pyramid for reading codes. A small picture is one region. A large one has levels, each half as large as the
// previous one and grey: the smallest level is one region and finds large codes early; the others are cut into
// overlapping regions, which several workers read in any order. A code at most TC_PYRAMID_OVERLAP wide in a level is
// complete in one of its regions; a wider one is found in a smaller level.
#ifndef TC_CORE_PYRAMID_H
#define TC_CORE_PYRAMID_H

#include "core/image.h"

enum {
    TC_PYRAMID_SINGLE_PIXELS = 4 << 20, // a picture of at most so many pixels is one region
    TC_PYRAMID_TOP_PIXELS = 3 << 20,    // at most so many pixels of the smallest level
    TC_PYRAMID_REGION_SIDE = 2048,      // pixels, of a region of the other levels
    TC_PYRAMID_OVERLAP = 512,           // pixels that neighbouring regions share
    TC_PYRAMID_MAX_LEVELS = 12,
    TC_CODES_NS_PER_PIXEL = 15, // cost of reading codes; measured: 8 in a photograph, 17 in one full of codes
};

// Where a region is. Level 0 is the picture itself; `rect` is in pixels of the level.
typedef struct tc_pyramid_region {
    int level;
    tc_rect rect;
} tc_pyramid_region;

// The number of regions of a picture, at least 1.
int tc_pyramid_region_count(tc_shape shape);
// Region `index`: the smallest level first, each level row by row.
tc_pyramid_region tc_pyramid_region_at(tc_shape shape, int index);
// Pixels of all regions together.
int64_t tc_pyramid_pixels(tc_shape shape);
// Width and height of a level, with one channel.
tc_shape tc_pyramid_level_shape(tc_shape shape, int level);

// The levels of one picture.
typedef struct tc_pyramid {
    tc_shape shape;
    tc_image levels[TC_PYRAMID_MAX_LEVELS]; // grey, transparent pixels on white; empty when there is one region
    tc_image borrowed;                      // the picture itself, used when there is one region
} tc_pyramid;

// Computes the levels. Borrows `picture` for the pyramid's life. The caller calls tc_pyramid_clear in any case.
tc_status tc_pyramid_init(tc_pyramid *pyramid, const tc_image *picture, tc_error *error);
void tc_pyramid_clear(tc_pyramid *pyramid);
// The pixels of a region, borrowed: grey, or the picture itself when there is one region.
tc_tile tc_pyramid_view(const tc_pyramid *pyramid, int index);

// Converts the corners of codes, found in a region and counted from its top left, to pixels of the picture. Corners of
// QR codes from a reduced level are located again in the full-size picture.
tc_status tc_pyramid_to_picture(const tc_pyramid *pyramid, int index, tc_blob *codes, tc_error *error);

#endif
