// The outline of a finder pattern, found by looking from its middle outwards.
#ifndef TC_CODEC_OUTLINE_H
#define TC_CODEC_OUTLINE_H

#include "codec/projection.h"
#include "codec/reader.h"

// What grey a picture has between its pixels.
typedef struct tc_sight {
    const tc_plane *plane;
    bool light; // codes are light on dark: see the picture inverted
} tc_sight;

// Bilinear; beyond the picture's edge the edge's.
double tc_sight_at(const tc_sight *sight, tc_point at);

typedef struct tc_outline {
    tc_point middle, corner[4]; // of 7 × 7 modules, clockwise from top left as the code reads
    double threshold;           // grey between dark and light here
    bool good;                  // all four sides were found; else it is a guess from middle, u and v
} tc_outline;

// `u` and `v`: about one module to the code's right, and downwards.
void tc_outline_find(const tc_sight *sight, tc_point middle, tc_point u, tc_point v, tc_outline *outline);

// Modules, in units of the length of `step`, that the pattern is wide along `step`, over 7; 1 when that is not seen.
double tc_outline_width(const tc_sight *sight, tc_point middle, tc_point step);

// The map from the pattern's own 7 × 7 modules to pixels. False when its corners make none.
bool tc_outline_project(const tc_outline *outline, tc_projection *projection);

#endif
