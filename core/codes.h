// Codes read from a picture, and the blob in which they travel between reader, run and drawing.
#ifndef TC_CODES_H
#define TC_CODES_H

#include "core/image.h"

enum { TC_MAX_CODE_TEXT = 8192, TC_MAX_CODES = 512, TC_MAX_CODE_COORDINATE = 1 << 18 };

typedef struct tc_code {
    const char *type; // e.g. "QR-Code", "EAN-13", as in the table of tc_symbologies
    const char *text; // valid UTF-8, `text_size` bytes, NUL-terminated; may hold NUL bytes inside
    size_t text_size;
    int x[4], y[4]; // corners in pixels of the picture, clockwise from the code's own top left
} tc_code;

// Names a reader knows. `wire` is the value of read_codes' `symbologies`, `type` is what results show.
typedef struct tc_symbology {
    const char *wire, *type;
} tc_symbology;
extern const tc_symbology tc_symbologies[]; // in the order of the bits of `symbologies`; NULL wire ends

/* The blob, little-endian:
 *   offset  size  field
 *   0       4     number of codes, at most TC_MAX_CODES
 *   per code:
 *   0       2     symbology, index in tc_symbologies
 *   2       2     0
 *   4       4     text size n, at most TC_MAX_CODE_TEXT
 *   8       32    x0 y0 x1 y1 x2 y2 x3 y3, signed, at most TC_MAX_CODE_COORDINATE away from 0
 *   40      n     text, UTF-8
 *   40 + n  1     0, so that the text can be lent as a C string
 * An empty blob holds no codes.
 */
// Appends one code to a blob (an empty one gets its count first). Refuses what does not fit the layout; the blob is
// as before then.
tc_status tc_codes_write(tc_blob *blob, int symbology, const char *text, size_t text_size, const int x[4],
                         const int y[4], tc_error *error);
// Number of codes; -1 when the blob does not parse: each length, every text's UTF-8, and nothing left over are checked.
int tc_codes_count(const tc_blob *blob);
// Reads the code with this index; `code` borrows from the blob and the tables.
// False when there is none, or the blob does not parse so far.
bool tc_codes_read(const tc_blob *blob, int index, tc_code *code);

#endif
