// The interface of the libraries that read codes: zbar (zbar.c) and zxing-cpp (zxing.cpp natively; in the page
// zxing-wasm by wasm/zxing.c). A library reads the plane it is given; pass_table.h decides which planes, evidence.h
// what is accepted.
#ifndef TC_CODEC_READER_H
#define TC_CODEC_READER_H

#include "codec/plane.h"
#include "core/codes.h"

// Options of a reader; bits.
enum {
    TC_READ_TRY_HARDER = 1, // more scan lines, more rotations
    TC_READ_INVERTED = 2,   // light on dark as well
    TC_READ_PURE = 4,       // the plane is a rendered, upright QR code with a quiet zone and nothing else
};

// Scan lines that must agree on a bar code before zxing-cpp returns it. Natively it is asked for one code at a time and
// then looks for no more, so that more lines are not more evidence: they may all cross the same part of a code.
enum { TC_ZXING_LINES = 3 };

// One code as a library has read it. Its error correction or check digit has passed.
typedef struct tc_reading {
    int symbology;        // index in tc_symbologies
    const uint8_t *bytes; // payload before any character set; UTF-8 if the library had to decode it (text.h)
    size_t size;
    int eci;                 // character set, an ECI assignment number (charset.h); TC_ECI_NONE if the code names none
    int part, parts, parity; // structured append: number from 0, number of parts (0: not part of a series), parity byte
                             // (-1: unknown)
    int lines;               // scan lines that agreed on a bar code; 0: unknown
    double x[4], y[4];       // corners in pixels of the plane, clockwise from the code's own top left
} tc_reading;

typedef struct tc_readings {
    tc_reading *items; // each owns its bytes
    int count;
} tc_readings;

// Appends a copy of a reading and its bytes. On TC_ERR_MEMORY the list is unchanged.
tc_status tc_readings_add(tc_readings *readings, const tc_reading *reading);
// Replaces the bytes of a reading in a list by a copy of `bytes`. On TC_ERR_MEMORY it is unchanged.
tc_status tc_readings_set_bytes(tc_reading *reading, const uint8_t *bytes, size_t size);
void tc_readings_clear(tc_readings *readings);

// Reads the symbologies in the mask and appends what it reads. Returns TC_OK even if the library fails: it has read
// nothing then. TC_ERR_MEMORY otherwise; `readings` may have grown.
typedef tc_status tc_reader(const tc_plane *plane, uint32_t symbologies, unsigned options, tc_readings *readings);
tc_reader tc_zbar_read, tc_zxing_read;

#endif
