// Finds the corners of a printed square more exactly than they were read: lines are laid along its four edges.
#ifndef TC_CORNERS_H
#define TC_CORNERS_H

#include "core/image.h"

// `x` and `y`: corners of a square in perspective, one after the other, dark on light or light on dark, in pixels of
// the grey picture (a pixel's middle is a whole number). They may be wrong by `reach` pixels; nothing else may have an
// edge along the square's, nearer than that. An edge need not be dark in all its length. One that cannot be seen stays
// where it is.
void tc_corners_refine(const tc_image *grey, double reach, double x[4], double y[4]);

#endif
