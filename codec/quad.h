// Quadrilaterals: where a code lies in a picture.
#ifndef TC_CODEC_QUAD_H
#define TC_CODEC_QUAD_H

#include <stdbool.h>

#include "codec/vector.h"

typedef struct tc_quad {
    double x[4], y[4]; // corners in order, clockwise from the code's own top left where that is known
} tc_quad;

typedef struct tc_quad_list {
    const tc_quad *items;
    int count;
} tc_quad_list;

typedef struct tc_bounds {
    double left, top, right, bottom;
} tc_bounds;

// Whether a point lies inside a convex quadrilateral.
bool tc_quad_contains(const tc_quad *quad, tc_vector point);

// The mean of the corners.
tc_vector tc_quad_centre(const tc_quad *quad);

// Whether the centre of either quadrilateral lies inside the other or on its border.
bool tc_quad_overlaps(const tc_quad *a, const tc_quad *b);

// The bounding box.
tc_bounds tc_quad_bounds(const tc_quad *quad);

#endif
