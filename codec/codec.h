// Bytes to pixels and back. In the native programs that face the network these functions run only inside the codec
// process (codec/process.c); the command line and the page's module call them directly, but the command line reads
// codes there too (cli/codecs.h): the libraries for it run nowhere else natively.
//
// Everything is bounded before it is decoded: pixels, inflated bytes and progressive scans, by `tc_codec_limits`.
#ifndef TC_CODEC_H
#define TC_CODEC_H

#include "core/codes.h"
#include "core/image.h"

typedef enum tc_format {
    TC_FORMAT_UNKNOWN,
    TC_FORMAT_JPEG,
    TC_FORMAT_PNG,
    TC_FORMAT_GIF,
    TC_FORMAT_BMP,
    TC_FORMAT_TGA,
    TC_FORMAT_PSD,
    TC_FORMAT_HDR,
    TC_FORMAT_PNM,
} tc_format;

typedef struct tc_codec_limits {
    int64_t max_pixels; // width × height of the picture
    size_t max_bytes;   // of the file
} tc_codec_limits;
// 120 megapixels, 256 MiB.
extern const tc_codec_limits tc_codec_default_limits;

enum { TC_RECOGNISE_BYTES = 32 };
// The format of a file by its first TC_RECOGNISE_BYTES bytes, or all if it has fewer; TC_FORMAT_UNKNOWN for what is no
// picture.
tc_format tc_codec_recognise(const uint8_t *bytes, size_t size);

// What the header says.
typedef struct tc_probe {
    tc_format format;
    tc_shape shape;  // as decoded: upright, channels as tc_codec_decode gives them
    int orientation; // EXIF, 1..8; 1 when the file says nothing
} tc_probe;

const char *tc_format_name(tc_format format); // "JPEG"; for people
const char *tc_format_wire(tc_format format); // "jpeg"; in messages and options
tc_format tc_format_find(const char *wire);   // by wire name ("jpg" too); TC_FORMAT_UNKNOWN if none

// Reads only the header. One sentence of error says what the bytes are not, or which limit they break.
tc_status tc_codec_probe(const uint8_t *bytes, size_t size, const tc_codec_limits *limits, tc_probe *probe,
                         tc_error *error);

// Decodes to upright 8-bit pixels: grey, grey+alpha, RGB or RGBA; 16 bits and HDR are reduced, CMYK becomes RGB, a
// palette becomes RGB(A), an animation gives its first frame. `warning` (may be NULL, `warning_size` bytes) receives
// a sentence when the picture is usable but incomplete (a cut JPEG), else "". The caller frees `image`.
tc_status tc_codec_decode(const uint8_t *bytes, size_t size, const tc_codec_limits *limits, tc_image *image,
                          tc_probe *probe, char *warning, size_t warning_size, tc_error *error);

// Encodes as PNG (lossless) or JPEG (`quality` 1..100, 4:2:0 below 90 else 4:4:4; alpha is laid over white).
// Appends to `file`, which the caller frees.
tc_status tc_codec_encode(const tc_image *image, tc_format format, int quality, tc_blob *file, tc_error *error);

typedef struct tc_codes_options {
    uint32_t symbologies; // bit mask by index in tc_symbologies
    uint64_t skip;        // passes left out, bit mask by number, e.g. one that has crashed on this picture
    bool part;            // the picture is a part of a larger one, or that one reduced: others look at the rest of it
} tc_codes_options;

// What happens meanwhile; each function may be NULL.
typedef struct tc_codes_listener {
    void (*pass)(void *user, int pass);              // this pass begins
    void (*found)(void *user, const tc_blob *codes); // just read, and not told before
    bool (*stop)(void *user);                        // asked between passes; true: what is found must do
    void *user;
} tc_codes_listener;

// Reads the codes in a picture of any channels into the empty blob `codes` (core/codes.h), in reading order, each once.
// Corners count from the picture's top left. `listener` may be NULL.
tc_status tc_codec_read_codes(const tc_tile *picture, const tc_codes_options *options,
                              const tc_codes_listener *listener, tc_blob *codes, tc_error *error);

// Looks for codes before a picture is decoded, where that takes much less time than decoding: in a large JPEG, reduced,
// with the first pass only. `probe` receives what the header says before `listener->found` is told codes, whose corners
// are in pixels of the picture. Only in native programs.
tc_status tc_codec_glance(const uint8_t *bytes, size_t size, const tc_codec_limits *limits, uint32_t symbologies,
                          const tc_codes_listener *listener, tc_probe *probe, tc_error *error);

#endif
