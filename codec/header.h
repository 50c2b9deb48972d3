// What a picture file's header says. It is parsed by our own bounded parsers, one per family of formats, before any
// library sees the bytes.
#ifndef TC_CODEC_HEADER_H
#define TC_CODEC_HEADER_H

#include "codec/format.h"
#include "core/image.h"

typedef struct tc_header {
    tc_format format;
    tc_shape shape;             // as stored, before orientation; channels as decoded
    int orientation;            // EXIF, 1..8
    bool truncated;             // JPEG and PNG: the file ends before its end marker; else false
    int scans;                  // JPEG: number of scans in the file
    size_t scan_end;            // JPEG: offset at which the entropy-coded data of the last scan end or are cut off
    bool progressive;           // JPEG
    int bit_depth, colour_type; // PNG, as in IHDR
    bool transparent;           // PNG: has tRNS
} tc_header;

// The parsers. Each is called for a file whose format has been detected, with `header` zeroed but for `format` and
// `orientation` 1, and fills in the fields of its format. Fails with TC_ERR_CORRUPT or TC_ERR_FORMAT.
tc_status tc_header_read_jpeg(tc_header *header, const uint8_t *bytes, size_t size, tc_error *error);
tc_status tc_header_read_png(tc_header *header, const uint8_t *bytes, size_t size, tc_error *error);
tc_status tc_header_read_other(tc_header *header, const uint8_t *bytes, size_t size, tc_error *error);

#endif
