// Codes read from a picture, and the blob in which they travel between reader, run and drawing.
#ifndef TC_CORE_CODES_H
#define TC_CORE_CODES_H

#include "core/image.h"
#include "core/symbology.h"

enum {
    TC_MAX_CODE_TEXT = 16384,
    TC_MAX_CODE_BYTES = 49152, // the largest QR codes joined in a series of 16 have 47248
    TC_MAX_CODE_PASS_NAME = 63,
    TC_MAX_CODES = 512,
    TC_MAX_CODE_PARTS = 16,
    TC_MAX_CODE_COORDINATE = 1 << 18
};

typedef struct tc_code {
    int symbology;    // a tc_symbology_id
    const char *type; // its name in results, e.g. "QR-Code"; tc_codes_write ignores it
    const char *text; // valid UTF-8 of `text_size` bytes, NUL-terminated; may contain NUL bytes
    size_t text_size;
    const uint8_t *bytes; // a binary payload (`text` is then its hexadecimal form), or NULL
    size_t bytes_size;
    const char *pass_name; // of the pass that read it, for people, e.g. "zbar, inverted"; NUL-terminated; "": unknown
    int x[4], y[4];        // corners in pixels of the picture, clockwise from the code's own top left
    // Structured append, a message in a series of codes. `parts`: codes in the series, 2 to TC_MAX_CODE_PARTS; 0: not
    // in a series. `part`: number in the series from 0, or -1: the joined message. `parity`: its parity byte, or -1:
    // unknown.
    int parts, part, parity;
} tc_code;

/* The blob, little-endian:
 *   offset  size  field
 *   0       4     number of codes, at most TC_MAX_CODES
 *   per code:
 *   0       2     symbology, a tc_symbology_id
 *   2       2     size h of the pass's name, at most TC_MAX_CODE_PASS_NAME
 *   4       4     text size n, at most TC_MAX_CODE_TEXT
 *   8       4     size b of the binary payload, at most TC_MAX_CODE_BYTES; 0 for text
 *   12      32    x0 y0 x1 y1 x2 y2 x3 y3, signed, at most TC_MAX_CODE_COORDINATE away from 0
 *   44      1     parts of the series, 0 for a code that is not in one
 *   45      1     number in the series, ff for the joined message
 *   46      2     parity byte of the series, ffff when unknown
 *   48      h     the pass's name, ASCII without control characters
 *           1     0
 *           n     text, UTF-8
 *           1     0, so that both are C strings
 *           b     payload
 * An empty blob holds no codes.
 */
// Appends one code to a blob; the first one also writes the count. Refuses a code that does not fit the layout or is
// one too many, and leaves the blob as it was.
tc_status tc_codes_write(tc_blob *blob, const tc_code *code, tc_error *error);
// Number of codes; -1 when the blob does not parse. Checks every length, every text's UTF-8, and the total size.
int tc_codes_count(const tc_blob *blob);
// Reads the code with this index; `code` borrows from the blob. False when there is none or the blob does not parse up
// to it.
bool tc_codes_read(const tc_blob *blob, int index, tc_code *code);

// Transforms the corners of all codes: adds (x, y), then multiplies by the scales.
tc_status tc_codes_transform(tc_blob *codes, int x, int y, double scale_x, double scale_y, tc_error *error);
// Refines the corners of QR codes in a grey picture (core/corners.h). A pixel of `grey` is scale_x × scale_y pixels of
// the corners' coordinates. The corners may be off by `max_distance` pixels of `grey`.
tc_status tc_codes_refine(tc_blob *codes, const tc_image *grey, double scale_x, double scale_y, double max_distance,
                          tc_error *error);
// True when both are one code, read twice: equal symbology and text, and the centre of one inside the other.
bool tc_codes_same(const tc_code *a, const tc_code *b);
// Appends the codes of `more` that are new to `all`, and these to `fresh` (may be NULL) too. A joined message replaces
// its parts.
tc_status tc_codes_merge(tc_blob *all, const tc_blob *more, tc_blob *fresh, tc_error *error);
// Sorts codes in reading order: lines from top to bottom, each from left to right.
tc_status tc_codes_sort(tc_blob *codes, tc_error *error);

#endif
