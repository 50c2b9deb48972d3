// QR codes found by ourselves, for libraries to decode: the patterns at their corners are looked for, their modules
// sampled through a mesh and drawn cleanly. This reads codes that are bent, far from square, poorly lit or very large.
#ifndef TC_CODEC_SQUARE_H
#define TC_CODEC_SQUARE_H

#include "codec/reader.h"

enum { TC_MAX_UNREAD = 16 };

typedef struct tc_quad {
    double x[4], y[4]; // corners, one after the other
} tc_quad;

// Whether a place lies in a four-cornered figure without dents.
bool tc_quad_holds(const tc_quad *quad, double x, double y);

// Places where a code stands for sure that could not be decoded.
typedef struct tc_unread {
    tc_quad items[TC_MAX_UNREAD];
    int count;
} tc_unread;

// What is read already, so that it is left alone.
typedef struct tc_known {
    const tc_quad *items;
    int count;
} tc_known;

// Looks through a plane, whose pixels are told dark from light by the mean of what is at most `radius` away. Appends
// what `decode` (a reader that knows TC_READ_CLEAN) makes of the codes, and what it cannot read to `unread`. `qr`: bit
// mask of the symbology.
tc_status tc_square_read(const tc_plane *plane, int radius, const tc_known *known, tc_reader *decode, uint32_t qr,
                         tc_readings *readings, tc_unread *unread);

// Moves the corners of a QR code that a library has read to where its own patterns have them, when they are found
// nearby: a library that samples a code roughly can read it all the same. TC_ERR_MEMORY or TC_OK.
tc_status tc_square_place(const tc_plane *plane, double x[4], double y[4]);

#endif
