// Reads and checks the header of a picture file in any supported format.
#ifndef TC_CODEC_HEADER_READER_H
#define TC_CODEC_HEADER_READER_H

#include "codec/header.h"

typedef struct tc_codec_limits {
    int64_t max_pixels; // width × height of the picture
    size_t max_bytes;   // of the file
} tc_codec_limits;
extern const tc_codec_limits tc_codec_default_limits; // 120 megapixels, 256 MiB

enum { TC_MAX_JPEG_SCANS = 100 };

// Detects the format and reads the header into `*header`. Does not check limits. Fails with TC_ERR_FORMAT if the file
// is not a supported picture, and with TC_ERR_CORRUPT if its header is damaged.
tc_status tc_header_read(tc_header *header, const uint8_t *bytes, size_t size, tc_error *error);
// Fails with TC_ERR_LIMIT if the picture has more pixels than `limits` allows, a side over TC_MAX_SIDE, or more than
// TC_MAX_JPEG_SCANS scans, each of which costs a decoder time for every pixel.
tc_status tc_header_check(const tc_header *header, const tc_codec_limits *limits, tc_error *error);

#endif
