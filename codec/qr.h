// Our own QR code detector: it locates codes by their finder patterns, samples the modules and renders them for a
// library to decode. It finds codes that are bent, far from square, poorly lit or very large, which the libraries miss.
#ifndef TC_CODEC_QR_H
#define TC_CODEC_QR_H

#include "codec/quad.h"
#include "codec/reader.h"

enum { TC_MAX_UNDECODED = 16 };

// Where there is a code that could not be decoded.
typedef struct tc_undecoded {
    tc_quad items[TC_MAX_UNDECODED];
    int count;
} tc_undecoded;

// Detects codes in a plane, which is binarised with the local mean of a window of `radius` pixels. Places in `known`
// are left out. Appends what `decode`, a reader that supports TC_READ_PURE, makes of the codes to `readings`, and codes
// that it cannot decode to `undecoded`. `qr`: bit mask of the symbology. Fails only with TC_ERR_MEMORY.
tc_status tc_qr_detect(const tc_plane *plane, int radius, const tc_quad_list *known, tc_reader *decode, uint32_t qr,
                       tc_readings *readings, tc_undecoded *undecoded);

// Moves the corners of a QR code that a library has read to where its finder and alignment patterns are, if they are
// found nearby; else leaves them. Libraries locate corners only roughly. Fails only with TC_ERR_MEMORY.
tc_status tc_qr_refine_corners(const tc_plane *plane, double x[4], double y[4]);

#endif
