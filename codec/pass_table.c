// The table of passes.
#include "codec/pass_table.h"

enum {
    BOTH = TC_PASS_MATRIX | TC_PASS_LINEAR,
    ANY_SIZE = 1 << 20,
};

// Ordered by the measured gain of a pass for its time (docs/codes.md): the first two read nine of ten pictures, in a
// few milliseconds per megapixel.
const tc_pass tc_passes[] = {
    {"zxing", TC_PASS_ZXING, NULL, BOTH, TC_PASS_ALWAYS, true, 0, ANY_SIZE},
    {"patterns", TC_PASS_FINDER_PATTERNS, NULL, TC_PASS_MATRIX, TC_PASS_ALWAYS, true, 20, ANY_SIZE},
    {"patterns, 1/2", TC_PASS_FINDER_PATTERNS, tc_plane_halve, TC_PASS_MATRIX, TC_PASS_ALWAYS, false, 20, ANY_SIZE},
    {"patterns, 1/4", TC_PASS_FINDER_PATTERNS, tc_plane_quarter, TC_PASS_MATRIX, TC_PASS_ALWAYS, false, 20, ANY_SIZE},
    {"stripes, 1/2", TC_PASS_BAR_REGIONS, tc_plane_halve, TC_PASS_LINEAR, TC_PASS_ALWAYS, true, 0, ANY_SIZE},
    {"zbar", TC_PASS_ZBAR, NULL, BOTH, TC_PASS_CONFIRM, false, 0, ANY_SIZE},
    {"stripes", TC_PASS_BAR_REGIONS, NULL, TC_PASS_LINEAR, TC_PASS_UNCERTAIN, false, 0, ANY_SIZE},
    {"stripes, 1/4", TC_PASS_BAR_REGIONS, tc_plane_quarter, TC_PASS_LINEAR, TC_PASS_UNCERTAIN, false, 0, ANY_SIZE},
    {"patterns, fine", TC_PASS_FINDER_PATTERNS, NULL, TC_PASS_MATRIX, TC_PASS_UNCERTAIN, false, 8, ANY_SIZE},
    {"patterns, 2x", TC_PASS_FINDER_PATTERNS, tc_plane_double, TC_PASS_MATRIX, TC_PASS_UNCERTAIN, false, 20, 500},
    {"zxing, inverted", TC_PASS_ZXING, tc_plane_invert, TC_PASS_MATRIX, TC_PASS_UNCERTAIN, false, 0, ANY_SIZE},
    {"zxing, 45 degrees", TC_PASS_ZXING, tc_plane_rotate_45, TC_PASS_MATRIX, TC_PASS_UNCERTAIN, false, 0, 1500},
    {"zbar, blurred", TC_PASS_ZBAR, tc_plane_blur, TC_PASS_MATRIX, TC_PASS_UNCERTAIN, false, 0, 1500},
    {0},
};
_Static_assert(sizeof tc_passes / sizeof *tc_passes <= TC_MAX_PASSES + 1, "masks of passes have a bit for each");
