// The decoders and encoders behind codec.h. Which ones are linked is a choice of files: jpeg.c and png.c natively,
// stb_formats.c and stb_encode.c in the page's module; stb.c in both.
#ifndef TC_CODEC_LIBRARIES_H
#define TC_CODEC_LIBRARIES_H

#include "codec/header.h"

// How whole a decoded picture is.
typedef enum tc_damage {
    TC_DAMAGE_NONE,
    TC_DAMAGE_CUT,   // the file ends early: a part of the picture is missing
    TC_DAMAGE_WRONG, // the data hold errors: parts of the picture may be wrong
} tc_damage;

// Each decodes to header->shape (not yet upright) into the empty `image`, which the caller clears, also after a
// failure. `header` has been checked against the limits.
typedef tc_status tc_decoder(const tc_header *header, const uint8_t *bytes, size_t size, tc_image *image,
                             tc_damage *damage, tc_error *error);
tc_decoder tc_decode_jpeg, tc_decode_png;
// Decodes a JPEG reduced by 1, 2, 4 or 8, in grey, in less time than all of it takes; otherwise as a decoder.
tc_status tc_reduce_jpeg(const tc_header *header, const uint8_t *bytes, size_t size, int reduction, tc_image *image,
                         tc_error *error);
tc_decoder tc_decode_stb; // every format of tc_format

// What stb says the header of a GIF, BMP, TGA, PSD, HDR or PNM says. False when it would not decode the file.
bool tc_stb_info(const uint8_t *bytes, size_t size, tc_shape *shape);

// Each appends the encoded picture to `file`.
tc_status tc_encode_png(const tc_image *image, tc_blob *file, tc_error *error); // 1 to 4 channels
// 1 or 3 channels, rows tightly packed.
tc_status tc_encode_jpeg(const tc_image *image, int quality, tc_blob *file, tc_error *error);

#endif
