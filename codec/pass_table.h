// The table of passes: which reader looks at which transform of the picture, and when. It is the same natively and in
// the page.
#ifndef TC_CODEC_PASS_TABLE_H
#define TC_CODEC_PASS_TABLE_H

#include <stdbool.h>

#include "codec/plane.h"

typedef enum tc_pass_method {
    TC_PASS_ZXING,
    TC_PASS_ZBAR,
    TC_PASS_FINDER_PATTERNS, // QR codes located by their finder patterns (qr.h) and decoded by a library
    TC_PASS_BAR_REGIONS,     // bar codes in rectified regions (bar_region.h), read by both libraries
} tc_pass_method;

// Kinds of symbologies that a pass can find; bits.
enum { TC_PASS_MATRIX = 1, TC_PASS_LINEAR = 2 };

// Where a pass runs. Areas of interest lie around codes that were located but not decoded, or read without sufficient
// evidence.
typedef enum tc_pass_condition {
    TC_PASS_ALWAYS,    // the whole picture
    TC_PASS_UNCERTAIN, // areas of interest; the whole picture if nothing has been found at all
    TC_PASS_CONFIRM,   // areas of interest and bar codes that one library has read; the whole picture if no code has
                       // been accepted
} tc_pass_condition;

typedef struct tc_pass {
    const char *name; // shown in results
    tc_pass_method method;
    tc_transform *transform; // of the picture before it is read; NULL: none
    unsigned kinds;          // TC_PASS_MATRIX, TC_PASS_LINEAR
    tc_pass_condition condition;
    bool on_parts;  // also runs on the whole of a picture that is part of a larger one
    int radius;     // TC_PASS_FINDER_PATTERNS: of the window of the local threshold, in pixels
    int max_pixels; // in thousands: a larger picture is not searched as a whole
} tc_pass;

enum { TC_MAX_PASSES = 64 }; // bits of a mask of passes

// Ends with a zeroed entry. The index in the table is the pass's number.
extern const tc_pass tc_passes[];

#endif
