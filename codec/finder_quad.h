// The outline of a finder pattern as a quadrilateral, located by scanning outwards from its centre.
#ifndef TC_CODEC_FINDER_QUAD_H
#define TC_CODEC_FINDER_QUAD_H

#include "codec/homography.h"
#include "codec/sampler.h"

typedef struct tc_finder_quad {
    tc_vector centre, corner[4]; // of the 7 × 7 modules, clockwise from the code's own top left
    double threshold;            // grey between dark and light
    bool located;                // all four sides were found; else the corners are extrapolated from centre, u and v
} tc_finder_quad;

// Locates the pattern around `centre`. `u` and `v`: about one module towards the code's right and bottom, in pixels.
void tc_finder_quad_locate(const tc_sampler *sampler, tc_vector centre, tc_vector u, tc_vector v, tc_finder_quad *quad);

// The width of a module along `step` as a multiple of its length, measured over the pattern's 7 modules, 0.6 to 1.6; 1
// if it cannot be measured.
double tc_finder_quad_width(const tc_sampler *sampler, tc_vector centre, tc_vector step);

// The homography from the pattern's own 7 × 7 modules to pixels. False if the corners are degenerate.
bool tc_finder_quad_homography(const tc_finder_quad *quad, tc_homography *homography);

#endif
