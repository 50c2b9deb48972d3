// Drawing on tiles of 3 or 4 channels. Every pixel is computed from coordinates of the whole picture, in integers, so a
// drawing has no seams between tiles. Drawn pixels are opaque.
#ifndef TC_CORE_DRAW_H
#define TC_CORE_DRAW_H

#include "core/image.h"

// Coordinates may lie outside the picture, up to this far from 0.
enum { TC_DRAW_MAX_COORDINATE = 1 << 20 };

typedef struct tc_point {
    int x, y;
} tc_point;

// A straight line two pixels wide: the pixels whose centre is less than a pixel away from the line from `a` to `b`,
// which are the top left corners of their pixels.
void tc_draw_line(const tc_tile *tile, tc_point a, tc_point b, const uint8_t rgb[3]);

// A straight line one pixel wide, both ends included: along the longer axis, the pixel nearest to the line in each row
// or column. Where two are equally near, the lower one (of points in order of x). Same pixels as OpenCV's line().
void tc_draw_thin_line(const tc_tile *tile, tc_point a, tc_point b, const uint8_t rgb[3]);

// A line of text, black on a white box with its top left corner at `at`. The box is moved left and up, and the text is
// cut, to fit into `picture`. `text` is UTF-8 of `size` bytes; characters other than printable ASCII become small
// boxes.
void tc_draw_label(const tc_tile *tile, tc_shape picture, tc_point at, const char *text, size_t size);

#endif
