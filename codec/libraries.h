// The decoders and encoders behind codec/decoder.h and codec/encoder.h. The file that is linked chooses the library:
// jpeg.c and png.c natively, stb_formats.c and stb_encode.c in the page's module; stb.c in both.
#ifndef TC_CODEC_LIBRARIES_H
#define TC_CODEC_LIBRARIES_H

#include "codec/header.h"

// How complete a decoded picture is.
typedef enum tc_damage {
    TC_DAMAGE_NONE,
    TC_DAMAGE_TRUNCATED, // the file ends early: part of the picture is missing
    TC_DAMAGE_CORRUPT,   // the data contain errors: parts of the picture may be wrong
} tc_damage;

// Each decodes to header->shape, before orientation, into the empty `image`, which the caller clears, also after a
// failure. `header` has been checked against the limits.
typedef tc_status tc_decoder(const tc_header *header, const uint8_t *bytes, size_t size, tc_image *image,
                             tc_damage *damage, tc_error *error);
tc_decoder tc_decode_jpeg, tc_decode_png;
tc_decoder tc_decode_stb; // every format of tc_format

// Decodes a JPEG in grey, reduced by 1, 2, 4 or 8, which takes less time than decoding all of it. `image` as above.
// Fails with TC_ERR_FORMAT for CMYK. Native only.
tc_status tc_reduce_jpeg(const tc_header *header, const uint8_t *bytes, size_t size, int reduction, tc_image *image,
                         tc_error *error);

// Reads the header of a GIF, BMP, TGA, PSD, HDR or PNM by stb. False if stb would not decode the file.
bool tc_stb_info(const uint8_t *bytes, size_t size, tc_shape *shape);

// Each appends the encoded picture to `file`, which the caller clears, also after a failure.
tc_status tc_encode_png(const tc_image *image, tc_blob *file, tc_error *error); // 1 to 4 channels
// 1 or 3 channels; `quality` 1..100.
tc_status tc_encode_jpeg(const tc_image *image, int quality, tc_blob *file, tc_error *error);

#endif
