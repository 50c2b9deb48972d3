// Finder patterns: the square patterns in three corners of a QR code.
#ifndef TC_CODEC_FINDER_PATTERN_H
#define TC_CODEC_FINDER_PATTERN_H

#include <stdbool.h>

#include "codec/plane.h"

enum { TC_MAX_FINDER_PATTERNS = 128, TC_MAX_FINDER_TRIPLES = 24 };

typedef struct tc_finder_pattern {
    float x, y;    // centre, in pixels
    float module;  // width of a module along rows and columns, in pixels
    int crossings; // rows that crossed it
    bool inverted; // light on dark
} tc_finder_pattern;

// Finds patterns in a binary plane of 0 and 255, by their run lengths 1:1:3:1:1 along rows, columns and diagonals.
// Sorted by crossings relative to size, most first. Returns their number.
int tc_finder_patterns_find(const tc_plane *binary, tc_finder_pattern patterns[TC_MAX_FINDER_PATTERNS]);

// Three patterns that may belong to one code.
typedef struct tc_finder_triple {
    tc_finder_pattern corner[3]; // top left, top right, bottom left of the code itself
    float score;                 // deviation from three corners of a square; less is better
} tc_finder_triple;

// Groups patterns in triples, best first. Returns their number.
int tc_finder_patterns_group(const tc_finder_pattern *patterns, int count,
                             tc_finder_triple triples[TC_MAX_FINDER_TRIPLES]);

#endif
