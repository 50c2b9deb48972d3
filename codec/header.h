// What a picture file's header says, read by our own bounded parsers before any library sees the bytes.
#ifndef TC_HEADER_H
#define TC_HEADER_H

#include "codec/codec.h"

enum { TC_MAX_JPEG_SCANS = 100 };

typedef struct tc_header {
    tc_format format;
    tc_shape shape;             // as stored, before orientation; channels as decoded
    int orientation;            // EXIF, 1..8
    bool cut;                   // the file ends before its format says it does (JPEG and PNG; else false)
    int scans;                  // JPEG: scans in the file
    size_t scan_end;            // JPEG: where the data of the last scan end or are cut off
    bool progressive;           // JPEG
    int bit_depth, colour_type; // PNG, as in IHDR
    bool transparent;           // PNG: has tRNS
} tc_header;

// Tells the format by content and reads the header. Does not check limits.
tc_status tc_header_read(tc_header *header, const uint8_t *bytes, size_t size, tc_error *error);
// Refuses a picture that breaks `limits`.
tc_status tc_header_check(const tc_header *header, const tc_codec_limits *limits, tc_error *error);

// One reader per family; `header` is zeroed but for format and orientation 1.
tc_status tc_header_read_jpeg(tc_header *header, const uint8_t *bytes, size_t size, tc_error *error);
tc_status tc_header_read_png(tc_header *header, const uint8_t *bytes, size_t size, tc_error *error);
tc_status tc_header_read_other(tc_header *header, const uint8_t *bytes, size_t size, tc_error *error);
// Whether the bytes begin with a TGA header that makes sense in every field; TGA has no magic number.
bool tc_header_is_tga(const uint8_t *bytes, size_t size);

// The error of a PNG whose header->cut is set.
tc_status tc_fail_cut_png(size_t size, tc_error *error);
// A copy of a PNG that is not cut, of only those chunks that make its pixels: no decoder needs to see texts, profiles
// and unknown things. The caller frees it. NULL on lack of memory.
uint8_t *tc_png_essence(const uint8_t *bytes, size_t size, size_t *kept);

// Numbers in file formats; the caller has checked that the bytes are there.
static inline uint32_t tc_be16(const uint8_t *p) {
    return (uint32_t)p[0] << 8 | p[1];
}
static inline uint32_t tc_be32(const uint8_t *p) {
    return tc_be16(p) << 16 | tc_be16(p + 2);
}
static inline uint32_t tc_le16(const uint8_t *p) {
    return (uint32_t)p[1] << 8 | p[0];
}
static inline uint32_t tc_le32(const uint8_t *p) {
    return tc_le16(p + 2) << 16 | tc_le16(p);
}

#endif
