// Where in a picture codes are looked for. A small picture is one region. A large one is a pyramid of grey levels, each
// half as large as the one before; the smallest is one region and finds what is large, soon; the others are cut into
// overlapping regions, which several workers read at once and in any order. A code that is at most TC_PYRAMID_OVERLAP
// wide in a level stands whole in one of that level's regions; what is wider is found in a smaller level.
#ifndef TC_PYRAMID_H
#define TC_PYRAMID_H

#include "core/image.h"

enum {
    TC_PYRAMID_SINGLE_PIXELS = 4 << 20, // pixels of a picture that is one region
    TC_PYRAMID_TOP_PIXELS = 3 << 20,    // pixels of another level that is one
    TC_PYRAMID_REGION_SIDE = 2048,      // pixels, of a region of another level
    TC_PYRAMID_OVERLAP = 512,           // pixels that neighbouring regions share
    TC_PYRAMID_MAX_LEVELS = 12,
    TC_CODES_NS_PER_PIXEL =
        15, // for a pixel in which codes are looked for: measured 8 in a photograph, 17 in one full of codes
};

// A region's place: level 0 is the picture itself. `rect` is in pixels of the level.
typedef struct tc_pyramid_region {
    int level;
    tc_rect rect;
} tc_pyramid_region;

// The number of regions of a picture, at least 1, and their places: the smallest level first, each level row by row.
int tc_pyramid_region_count(tc_shape shape);
tc_pyramid_region tc_pyramid_region_at(tc_shape shape, int index);
// Pixels of all regions together.
int64_t tc_pyramid_pixels(tc_shape shape);
// Width and height of a level, with one channel.
tc_shape tc_pyramid_level_shape(tc_shape shape, int level);

// The levels of one picture.
typedef struct tc_pyramid {
    tc_shape shape;
    tc_image levels[TC_PYRAMID_MAX_LEVELS]; // grey, transparent pixels on white; none when there is one region
    tc_image borrowed;                      // the picture, then
} tc_pyramid;

// Borrows `picture` for as long as the search is used. The caller ends it with tc_pyramid_clear, also after a failure.
tc_status tc_pyramid_init(tc_pyramid *search, const tc_image *picture, tc_error *error);
void tc_pyramid_clear(tc_pyramid *search);
// The pixels of a region, borrowed: of the picture as it is when it is the only one, else grey.
tc_tile tc_pyramid_view(const tc_pyramid *search, int index);

// Brings the corners of codes found in a region, counted from its top left, into the picture. Those of square codes
// that were seen in a smaller level are found again in the picture's own pixels.
tc_status tc_pyramid_to_picture(const tc_pyramid *search, int index, tc_blob *codes, tc_error *error);

#endif
