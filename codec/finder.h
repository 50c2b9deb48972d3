// The square patterns in three corners of a QR code: where something stands that could be a code.
#ifndef TC_CODEC_FINDER_H
#define TC_CODEC_FINDER_H

#include "codec/reader.h"

enum { TC_MAX_FINDERS = 128, TC_MAX_TRIPLES = 24 };

typedef struct tc_finder {
    float x, y;   // its middle, in pixels
    float module; // width of a module as rows and columns cross it, in pixels
    int hits;     // rows that crossed it
    bool light;   // light on dark
} tc_finder;

// Finds patterns in a plane of 0 and 255, those first that most rows cross for their size. Returns their number.
int tc_finders_find(const tc_plane *binary, tc_finder finders[TC_MAX_FINDERS]);

// Three finders that could belong to one code.
typedef struct tc_triple {
    tc_finder corner[3]; // top left, top right, bottom left of the code itself
    float score;         // how far they are from a square's corners; less is better
} tc_triple;

// The likeliest triples, best first. Returns their number.
int tc_finders_group(const tc_finder *finders, int count, tc_triple triples[TC_MAX_TRIPLES]);

#endif
