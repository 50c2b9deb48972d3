#include "codec/strategy.h"

enum {
    BOTH = TC_KIND_SQUARE | TC_KIND_BARS,
    ANY_SIZE = 1 << 20,
};

// The order is by what a pass has been measured to add for its time (docs/codes.md): the first two read nine of ten
// pictures, in a few milliseconds for a megapixel.
const tc_pass tc_passes[] = {
    {"zxing", TC_PASS_ZXING, NULL, BOTH, TC_WHEN_ALWAYS, true, 0, ANY_SIZE},
    {"patterns", TC_PASS_PATTERNS, NULL, TC_KIND_SQUARE, TC_WHEN_ALWAYS, true, 20, ANY_SIZE},
    {"patterns, 1/2", TC_PASS_PATTERNS, tc_plane_halve, TC_KIND_SQUARE, TC_WHEN_ALWAYS, false, 20, ANY_SIZE},
    {"patterns, 1/4", TC_PASS_PATTERNS, tc_plane_quarter, TC_KIND_SQUARE, TC_WHEN_ALWAYS, false, 20, ANY_SIZE},
    {"stripes, 1/2", TC_PASS_STRIPES, tc_plane_halve, TC_KIND_BARS, TC_WHEN_ALWAYS, true, 0, ANY_SIZE},
    {"zbar", TC_PASS_ZBAR, NULL, BOTH, TC_WHEN_SECOND, false, 0, ANY_SIZE},
    {"stripes", TC_PASS_STRIPES, NULL, TC_KIND_BARS, TC_WHEN_UNSURE, false, 0, ANY_SIZE},
    {"stripes, 1/4", TC_PASS_STRIPES, tc_plane_quarter, TC_KIND_BARS, TC_WHEN_UNSURE, false, 0, ANY_SIZE},
    {"patterns, fine", TC_PASS_PATTERNS, NULL, TC_KIND_SQUARE, TC_WHEN_UNSURE, false, 8, ANY_SIZE},
    {"patterns, 2x", TC_PASS_PATTERNS, tc_plane_double, TC_KIND_SQUARE, TC_WHEN_UNSURE, false, 20, 500},
    {"zxing, inverted", TC_PASS_ZXING, tc_plane_invert, TC_KIND_SQUARE, TC_WHEN_UNSURE, false, 0, ANY_SIZE},
    {"zxing, 45 degrees", TC_PASS_ZXING, tc_plane_turn_45, TC_KIND_SQUARE, TC_WHEN_UNSURE, false, 0, 1500},
    {"zbar, blurred", TC_PASS_ZBAR, tc_plane_blur, TC_KIND_SQUARE, TC_WHEN_UNSURE, false, 0, 1500},
    {0},
};
