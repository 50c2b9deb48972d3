// Where a bar code really stands: libraries give the line, or the few, along which they have read it.
#ifndef TC_BARS_H
#define TC_BARS_H

#include "codec/reader.h"

// Puts the corners of a reading where the code's are: along the direction of its bars, and as far as they go. False
// when it has no paper at both ends although its symbology has nothing else to end by: a line that leaves a slanted
// code through its side reads a part of it, and so do the lines beside it.
bool tc_bars_place(const tc_plane *plane, tc_reading *reading);

#endif
