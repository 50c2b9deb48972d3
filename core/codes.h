// Codes read from a picture, and the blob in which they travel between reader, run and drawing.
#ifndef TC_CODES_H
#define TC_CODES_H

#include "core/image.h"
#include "core/symbology.h"

enum {
    TC_MAX_CODE_TEXT = 16384,
    TC_MAX_CODE_BYTES = 49152, // 16 QR codes of the largest size joined into one have 47248
    TC_MAX_CODE_PASS_NAME = 63,
    TC_MAX_CODES = 512,
    TC_MAX_CODE_PARTS = 16,
    TC_MAX_CODE_COORDINATE = 1 << 18
};

typedef struct tc_code {
    int symbology;    // index in tc_symbologies
    const char *type; // its name, e.g. "QR-Code", "EAN-13"; not needed to write a code
    const char *text; // valid UTF-8, `text_size` bytes, NUL-terminated; may hold NUL bytes inside
    size_t text_size;
    const uint8_t *bytes; // the payload of a code that is no text (`text` then spells it in hexadecimal), else NULL
    size_t bytes_size;
    const char *
        pass_name; // the pass that read it, for people, e.g. "zxing" or "zbar, inverted"; NUL-terminated; "" if unknown
    int x[4], y[4]; // corners in pixels of the picture, clockwise from the code's own top left
    // Structured append: how many codes hold the message, 2 to TC_MAX_CODE_PARTS, or 0 for a code that stands alone;
    // which of them this is, from 0, or -1 for all of them joined; their parity byte, or -1 when it is not known.
    int parts, part, parity;
} tc_code;

/* The blob, little-endian:
 *   offset  size  field
 *   0       4     number of codes, at most TC_MAX_CODES
 *   per code:
 *   0       2     symbology, index in tc_symbologies
 *   2       2     size h of `how`, at most TC_MAX_CODE_PASS_NAME
 *   4       4     text size n, at most TC_MAX_CODE_TEXT
 *   8       4     size b of the payload that is no text, at most TC_MAX_CODE_BYTES; 0 for text
 *   12      32    x0 y0 x1 y1 x2 y2 x3 y3, signed, at most TC_MAX_CODE_COORDINATE away from 0
 *   44      1     parts of the message, 0 for a code that stands alone
 *   45      1     which part, ff for all of them joined
 *   46      2     parity byte of the message, ffff when it is not known
 *   48      h     how, ASCII without control characters
 *           1     0
 *           n     text, UTF-8
 *           1     0, so that both can be lent as C strings
 *           b     payload
 * An empty blob holds no codes.
 */
// Appends one code to a blob (an empty one gets its count first). Refuses what does not fit the layout; the blob is
// as before then.
tc_status tc_codes_write(tc_blob *blob, const tc_code *code, tc_error *error);
// Number of codes; -1 when the blob does not parse: each length, every text's UTF-8, and nothing left over are checked.
int tc_codes_count(const tc_blob *blob);
// Reads the code with this index; `code` borrows from the blob and the tables.
// False when there is none, or the blob does not parse so far.
bool tc_codes_read(const tc_blob *blob, int index, tc_code *code);

// Moves the corners of all codes: by (x, y), then from pixels that are `scale_x` × `scale_y` as large.
tc_status tc_codes_transform(tc_blob *codes, int x, int y, double scale_x, double scale_y, tc_error *error);
// Finds the corners of square codes again in a grey picture of whose pixels each is `scale_x` × `scale_y` of those that
// the corners count, and in which they may be wrong by `reach` pixels.
tc_status tc_codes_refine(tc_blob *codes, const tc_image *grey, double scale_x, double scale_y, double reach,
                          tc_error *error);
// True when both are one code, read twice: the same kind and text, and one's middle inside the other.
bool tc_codes_same(const tc_code *a, const tc_code *b);
// Appends to `all` the codes of `more` that it does not have yet, and these to `fresh` (may be NULL) too. Parts of a
// message (structured append) give way to all of them joined.
tc_status tc_codes_merge(tc_blob *all, const tc_blob *more, tc_blob *fresh, tc_error *error);
// Puts codes in the order in which they are read: lines from top to bottom, each from left to right.
tc_status tc_codes_sort(tc_blob *codes, tc_error *error);

#endif
