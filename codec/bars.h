// Where a bar code really ends: libraries give the part that their scan lines have crossed.
#ifndef TC_BARS_H
#define TC_BARS_H

#include "codec/reader.h"

// Moves the corners of a reading outwards across its bars, as far as the picture looks the same along them.
void tc_bars_extend(const tc_plane *plane, tc_reading *reading);

#endif
