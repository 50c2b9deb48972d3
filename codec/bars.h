// Where a bar code really stands: libraries give the line, or the few, along which they have read it.
#ifndef TC_CODEC_BARS_H
#define TC_CODEC_BARS_H

#include "codec/reader.h"

typedef enum tc_bars_ends {
    TC_BARS_SEEN,
    TC_BARS_UNSEEN, // the reading does not say where they are: its corners are as they were
    TC_BARS_WITHIN, // of a longer code, or beyond the picture
} tc_bars_ends;

// Puts the corners of a reading where the code's are: along the direction of its bars, and as far as they go. Its ends
// are within a code when they lack paper although its symbology has nothing else to end by: a line that leaves a
// slanted code through its side reads a part of it, and so do the lines beside it; and so it is when the picture's edge
// cuts a code. A reading keeps no lines if the picture beside them is another: bars are longer than that.
tc_bars_ends tc_bars_place(const tc_plane *plane, tc_reading *reading);

// Whether a code of this symbology begins and ends as it may go on in the middle, so that its ends must be seen.
bool tc_bars_is_open(int symbology);

#endif
