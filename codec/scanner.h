// The code scanner: reads QR codes and bar codes in a picture, pass by pass (codec/pass_table.h), until nothing is left
// to try. docs/codes.md describes the method.
#ifndef TC_CODEC_SCANNER_H
#define TC_CODEC_SCANNER_H

#include "core/codes.h"
#include "core/image.h"

typedef struct tc_codes_options {
    uint32_t symbologies; // bit mask by index in tc_symbologies
    uint64_t skip_passes; // passes to leave out, bit mask by number, e.g. one that has crashed on this picture
    bool is_part;         // the picture is a crop of a larger one, or that one reduced: other calls cover the remainder
} tc_codes_options;

// Callbacks during a scan, on the calling thread; each may be NULL.
typedef struct tc_codes_listener {
    void (*on_pass)(void *user, int pass);              // before a pass begins
    void (*on_codes)(void *user, const tc_blob *codes); // new codes (core/codes.h), each reported once
    bool (*should_stop)(void *user);                    // between passes; true ends the scan with what it has
    void *user;
} tc_codes_listener;

// Reads the codes in a picture of 1 to 4 channels into the empty blob `codes` (core/codes.h), each once, in reading
// order. Corners are in pixels from the picture's top left. `listener` may be NULL. The caller clears `codes`, also
// after a failure. Fails only for lack of memory or of room in the blob: an unreadable code is not an error.
tc_status tc_codec_read_codes(const tc_tile *picture, const tc_codes_options *options,
                              const tc_codes_listener *listener, tc_blob *codes, tc_error *error);

#endif
