// Refines the corners of a printed square to subpixel accuracy by fitting lines to its four edges.
#ifndef TC_CORE_CORNERS_H
#define TC_CORE_CORNERS_H

#include "core/image.h"

// `x` and `y`: consecutive corners of a square in perspective, dark on light or light on dark, in pixels of the grey
// picture (pixel centres are integers). They may be off by `max_distance` pixels; within that distance there must be no
// other edge parallel to the square's. An edge need not be dark along its whole length. A corner whose edges are not
// visible is left unchanged.
void tc_corners_refine(const tc_image *grey, double max_distance, double x[4], double y[4]);

#endif
