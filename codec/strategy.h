// In which order what is tried to read codes: one table of passes, the same natively and in the page.
#ifndef TC_CODEC_STRATEGY_H
#define TC_CODEC_STRATEGY_H

#include "codec/transform.h"

typedef enum tc_pass_reader {
    TC_PASS_ZXING,
    TC_PASS_ZBAR,
    TC_PASS_PATTERNS, // square codes by their finder patterns (square.h), decoded by a library
    TC_PASS_STRIPES,  // bar codes in upright cuts (stripes.h), by both libraries
} tc_pass_reader;

// What a pass can find.
enum { TC_KIND_SQUARE = 1, TC_KIND_BARS = 2 };

typedef enum tc_pass_when {
    TC_WHEN_ALWAYS,
    TC_WHEN_UNSURE, // around what is there but not read, or not certain; where nothing at all has been found,
                    // everywhere
    TC_WHEN_SECOND, // around bar codes, too, that only one library has read; where nothing is certain, everywhere
} tc_pass_when;

typedef struct tc_pass {
    const char *how; // shown with the codes that it has read
    tc_pass_reader reader;
    tc_transform *transform; // of the picture, before it is read; NULL: none
    unsigned kinds;
    tc_pass_when when;
    bool parts; // also looks at the whole of what is a part of a larger picture
    int radius; // TC_PASS_PATTERNS: for telling dark from light
    int most;   // thousands of pixels, of the largest picture that it goes through as a whole
} tc_pass;

// A zeroed one ends the table; at most 64. The place in the table is the pass's number.
extern const tc_pass tc_passes[];

#endif
