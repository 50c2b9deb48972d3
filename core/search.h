// Where in a picture codes are looked for. A small picture is one region. A large one is a pyramid of grey levels, each
// half as large as the one before; the smallest is one region and finds what is large, soon; the others are cut into
// overlapping regions, which several workers read at once and in any order. A code that is at most TC_SEARCH_OVERLAP
// wide in a level stands whole in one of that level's regions; what is wider is found in a smaller level.
#ifndef TC_SEARCH_H
#define TC_SEARCH_H

#include "core/image.h"

enum {
    TC_SEARCH_ALONE = 4 << 20, // pixels of a picture that is one region
    TC_SEARCH_WHOLE = 3 << 20, // pixels of another level that is one
    TC_SEARCH_SIDE = 2048,     // pixels, of a region of another level
    TC_SEARCH_OVERLAP = 512,   // pixels that neighbouring regions share
    TC_SEARCH_LEVELS = 12,
    TC_SEARCH_NS = 15, // for a pixel in which codes are looked for: measured 8 in a photograph, 17 in one full of codes
};

// A region's place: level 0 is the picture itself. `rect` is in pixels of the level.
typedef struct tc_search_region {
    int level;
    tc_rect rect;
} tc_search_region;

// The number of regions of a picture, at least 1, and their places: the smallest level first, each level row by row.
int tc_search_count(tc_shape shape);
tc_search_region tc_search_place(tc_shape shape, int index);
// Pixels of all regions together.
int64_t tc_search_pixels(tc_shape shape);
// Width and height of a level, with one channel.
tc_shape tc_search_level(tc_shape shape, int level);

// The levels of one picture.
typedef struct tc_search {
    tc_shape shape;
    tc_image levels[TC_SEARCH_LEVELS]; // grey, transparent pixels on white; none when there is one region
    tc_image borrowed;                 // the picture, then
} tc_search;

// Borrows `picture` for as long as the search is used. The caller ends it with tc_search_clear, also after a failure.
tc_status tc_search_init(tc_search *search, const tc_image *picture, tc_error *error);
void tc_search_clear(tc_search *search);
// The pixels of a region, borrowed: of the picture as it is when it is the only one, else grey.
tc_tile tc_search_view(const tc_search *search, int index);

// Brings the corners of codes found in a region, counted from its top left, into the picture. Those of square codes
// that were seen in a smaller level are found again in the picture's own pixels.
tc_status tc_search_to_picture(const tc_search *search, int index, tc_blob *codes, tc_error *error);

#endif
