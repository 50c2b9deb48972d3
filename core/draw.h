// Drawing on pictures. Each pixel is decided from coordinates of the whole picture, in integers, so a drawing has no
// seams between tiles. Tiles have 3 or 4 channels; what is drawn is opaque.
#ifndef TC_DRAW_H
#define TC_DRAW_H

#include "core/image.h"

// Coordinates may lie outside the picture, up to this far from 0.
enum { TC_DRAW_MAX_COORDINATE = 1 << 20 };

typedef struct tc_point {
    int x, y;
} tc_point;

// A straight line two pixels wide: the pixels whose centre is less than a pixel away from the line between the two
// points, which stand for the top left corners of their pixels.
void tc_draw_line(const tc_tile *tile, tc_point a, tc_point b, const uint8_t rgb[3]);

// A straight line one pixel wide, both ends included: along the longer axis one pixel in each row or column, the one
// nearest to the line; where two are equally near, the one before (for points in order of x). As OpenCV's line().
void tc_draw_thin_line(const tc_tile *tile, tc_point a, tc_point b, const uint8_t rgb[3]);

// A line of text, black on a white box whose top left corner is at `at`; the box moves left and up, and the text is
// cut, until it fits into `picture`. Printable ASCII; any other character is shown as a small box.
void tc_draw_label(const tc_tile *tile, tc_shape picture, tc_point at, const char *text, size_t size);

#endif
