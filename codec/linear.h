// Locates the corners of bar codes. Reader libraries return only the scan lines along which they have read a code.
#ifndef TC_CODEC_LINEAR_H
#define TC_CODEC_LINEAR_H

#include "codec/reader.h"

typedef enum tc_linear_extent {
    TC_LINEAR_COMPLETE, // the corners are those of the code
    TC_LINEAR_UNKNOWN,  // the reading does not say where the code ends: its corners are unchanged
    TC_LINEAR_PARTIAL,  // the ends are inside a longer code or outside the picture: a partial read
} tc_linear_extent;

// Moves the corners of a reading to those of the code. The scan line is rotated until it is perpendicular to the bars.
// The corners are then moved along the bars, up and down, for as long as the rows equal the scan line. A symbology
// without distinct start and stop patterns needs quiet zones at both ends: a scan line that leaves a slanted code
// through its side reads only a part of it, and so does one that the picture's border cuts. `reading->lines` becomes 0
// if the rows next to the scan line differ from it: those are no bars.
tc_linear_extent tc_linear_locate(const tc_plane *plane, tc_reading *reading);

// Whether part of a code of this symbology can be read as a shorter code, so that its ends must be verified.
bool tc_linear_allows_partial_reads(int symbology);

#endif
