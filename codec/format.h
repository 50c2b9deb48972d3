// The picture formats: their names, and their detection by the first bytes of a file.
#ifndef TC_CODEC_FORMAT_H
#define TC_CODEC_FORMAT_H

#include <stddef.h>
#include <stdint.h>

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

enum { TC_FORMAT_DETECT_BYTES = 32 };

// Detects the format from the first TC_FORMAT_DETECT_BYTES bytes of a file, or from the whole file if it is shorter.
// Returns TC_FORMAT_UNKNOWN for anything that is not a supported picture.
tc_format tc_format_detect(const uint8_t *bytes, size_t size);

// Both return a static string, "unknown" for a value outside the enumeration.
const char *tc_format_name(tc_format format); // for people: "JPEG"
const char *tc_format_wire(tc_format format); // in messages and options: "jpeg"

// The format with this wire name, case-insensitive ("jpg" is accepted too); TC_FORMAT_UNKNOWN if there is none.
tc_format tc_format_find(const char *wire);

// What an unsupported file seems to be, with its article ("a TIFF picture"); NULL if that is not known either.
const char *tc_format_unsupported_name(const uint8_t *bytes, size_t size);

#endif
