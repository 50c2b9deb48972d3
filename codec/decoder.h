// Decoding of picture files, bounded by limits that are checked against the header first. In native programs that face
// the network these functions run only inside the codec process (codec/process.c); the command line and the page's
// module call them directly.
#ifndef TC_CODEC_DECODER_H
#define TC_CODEC_DECODER_H

#include "codec/header_reader.h"

// What a file's header says.
typedef struct tc_probe {
    tc_format format;
    tc_shape shape;  // as tc_codec_decode returns it: after orientation, with the decoded number of channels
    int orientation; // EXIF, 1..8; 1 if the file has none
} tc_probe;

// Reads only the header. Fails if the format is not supported, the header is damaged or a limit is exceeded. `*probe`
// is always set (orientation 1 and zeros on failure).
tc_status tc_codec_probe(const uint8_t *bytes, size_t size, const tc_codec_limits *limits, tc_probe *probe,
                         tc_error *error);

// Decodes a file to 8-bit pixels with its EXIF orientation applied: grey, grey+alpha, RGB or RGBA. 16 bits and HDR are
// reduced to 8, CMYK is converted to RGB, a palette to RGB(A); of an animation only the first frame is decoded.
// A file that is cut off or damaged may still succeed: `warning` (may be NULL, else `warning_size` bytes) then receives
// a sentence, else "". On success the caller owns `image` (tc_image_clear); on failure it is empty.
tc_status tc_codec_decode(const uint8_t *bytes, size_t size, const tc_codec_limits *limits, tc_image *image,
                          tc_probe *probe, char *warning, size_t warning_size, tc_error *error);

#endif
