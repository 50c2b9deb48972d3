// The libraries that read codes, behind one interface: zbar (zbar.c), and zxing-cpp (zxing.cpp natively; in the page
// zxing-wasm, which wasm/zxing.c reaches through an import). They only find what stands in the pixels they are given;
// what they are given, in which order, and what of it is believed is decided elsewhere (strategy.h).
#ifndef TC_CODEC_READER_H
#define TC_CODEC_READER_H

#include "core/codes.h"

// Grey pixels.
typedef struct tc_plane {
    const uint8_t *data;
    int width, height;
    size_t stride;
} tc_plane;

// How hard a reader looks; bits.
enum {
    TC_READ_HARDER = 1,   // more scan lines, more rotations
    TC_READ_INVERTED = 2, // light on dark as well
    TC_READ_CLEAN = 4,    // the picture is one upright QR code, drawn dark on light with sharp edges and a margin
};

// Scan lines that must agree on a bar code before zxing-cpp returns it. It is asked for one code at a time and then
// looks for no more lines, so more of them count for no more: they may all cross the same part of a code.
enum { TC_ZXING_LINES = 3 };

// One code as a library has read it, its error check or check digit passed.
typedef struct tc_reading {
    int symbology;        // index in tc_symbologies
    const uint8_t *bytes; // as encoded, before any character set
    size_t size;
    int eci; // the character set that the code names, as an ECI assignment number; -1 for none. Those of a code with
             // several are read by the library, which then gives UTF-8
    int part, parts,
        parity;        // structured append: number from 0, how many (0: not a part of something), and its parity byte
    int lines;         // scan lines that agreed on a bar code; 0: not known
    double x[4], y[4]; // corners in pixels of the plane, clockwise from the code's own top left
} tc_reading;

typedef struct tc_readings {
    tc_reading *items; // each with its own bytes
    int count;
} tc_readings;

// Copies a reading and its bytes to the end of the list.
tc_status tc_readings_add(tc_readings *readings, const tc_reading *reading);
// Replaces the bytes of a reading in a list by a copy of `bytes`. On TC_ERR_MEMORY it is unchanged.
tc_status tc_readings_set_bytes(tc_reading *reading, const uint8_t *bytes, size_t size);
void tc_readings_clear(tc_readings *readings);

// Each appends what it reads. A library's own failure is no error: it has read nothing then. TC_ERR_MEMORY otherwise.
typedef tc_status tc_reader(const tc_plane *plane, uint32_t symbologies, unsigned effort, tc_readings *readings);
tc_reader tc_zbar_read, tc_zxing_read;

#endif
