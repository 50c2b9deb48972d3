// The table of formats, and the magic numbers by which files are recognised.
#include "codec/format.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "codec/bytes.h"
#include "core/assert.h"

static const struct {
    const char *name, *wire;
} formats[] = {
    [TC_FORMAT_UNKNOWN] = {"unknown", "unknown"},
    [TC_FORMAT_JPEG] = {"JPEG", "jpeg"},
    [TC_FORMAT_PNG] = {"PNG", "png"},
    [TC_FORMAT_GIF] = {"GIF", "gif"},
    [TC_FORMAT_BMP] = {"BMP", "bmp"},
    [TC_FORMAT_TGA] = {"TGA", "tga"},
    [TC_FORMAT_PSD] = {"PSD", "psd"},
    [TC_FORMAT_HDR] = {"HDR", "hdr"},
    [TC_FORMAT_PNM] = {"PPM/PGM", "pnm"},
};
enum { FORMAT_COUNT = sizeof formats / sizeof *formats };
_Static_assert(FORMAT_COUNT == TC_FORMAT_PNM + 1, "every format has names");

static tc_format valid(tc_format format) {
    return (unsigned)format < FORMAT_COUNT ? format : TC_FORMAT_UNKNOWN;
}

const char *tc_format_name(tc_format format) {
    return formats[valid(format)].name;
}

const char *tc_format_wire(tc_format format) {
    return formats[valid(format)].wire;
}

tc_format tc_format_find(const char *wire) {
    TC_ASSERT(wire);
    if (strcasecmp(wire, "jpg") == 0) return TC_FORMAT_JPEG;
    for (int i = TC_FORMAT_UNKNOWN + 1; i < FORMAT_COUNT; i++)
        if (strcasecmp(formats[i].wire, wire) == 0) return (tc_format)i;
    return TC_FORMAT_UNKNOWN;
}

static bool has_magic(const uint8_t *bytes, size_t size, size_t offset, const char *magic) {
    size_t length = strlen(magic);
    return size >= offset + length && memcmp(bytes + offset, magic, length) == 0;
}

static bool is_bmp(const uint8_t *bytes, size_t size) {
    if (size < 18 || memcmp(bytes, "BM", 2) != 0) return false;
    uint32_t info = tc_le32(bytes + 14); // "BM" alone also begins texts
    return info >= 12 && info <= 124;
}

// TGA has no magic number: every field of the header must make sense.
static bool is_tga(const uint8_t *bytes, size_t size) {
    enum { HEADER = 18, MAPPED = 1, COLOUR = 2, GREY = 3, RUN_LENGTH = 8 };
    static const uint8_t no_map[5] = {0};
    if (size < HEADER || bytes[1] > 1) return false;
    bool mapped = bytes[1] == 1;
    int kind = bytes[2] & ~RUN_LENGTH, map_depth = bytes[7], depth = bytes[16], alpha_bits = bytes[17] & 15;
    if (tc_le16(bytes + 12) == 0 || tc_le16(bytes + 14) == 0 || (bytes[17] & 0xc0) != 0) return false;
    if (mapped)
        return kind == MAPPED && depth == 8 && tc_le16(bytes + 5) > 0 && alpha_bits <= 8 &&
               (map_depth == 15 || map_depth == 16 || map_depth == 24 || map_depth == 32);
    if (memcmp(bytes + 3, no_map, sizeof no_map) != 0) return false;
    switch (depth) {
    case 8:
        return kind == GREY && (alpha_bits == 0 || alpha_bits == 8);
    case 15:
        return kind == COLOUR && alpha_bits <= 1;
    case 16:
        return (kind == COLOUR && alpha_bits <= 1) || (kind == GREY && (alpha_bits == 0 || alpha_bits == 8));
    case 24:
        return kind == COLOUR && (alpha_bits == 0 || alpha_bits == 8);
    case 32:
        return kind == COLOUR && (alpha_bits == 0 || alpha_bits == 8);
    default:
        return false;
    }
}

tc_format tc_format_detect(const uint8_t *bytes, size_t size) {
    TC_ASSERT(bytes || size == 0);
    if (has_magic(bytes, size, 0, "\xff\xd8\xff")) return TC_FORMAT_JPEG;
    if (has_magic(bytes, size, 0, "\x89PNG\r\n\x1a\n")) return TC_FORMAT_PNG;
    if (has_magic(bytes, size, 0, "GIF87a") || has_magic(bytes, size, 0, "GIF89a")) return TC_FORMAT_GIF;
    if (is_bmp(bytes, size)) return TC_FORMAT_BMP;
    if (has_magic(bytes, size, 0, "8BPS")) return TC_FORMAT_PSD;
    if (has_magic(bytes, size, 0, "#?RADIANCE\n") || has_magic(bytes, size, 0, "#?RGBE\n")) return TC_FORMAT_HDR;
    if (size >= 3 && bytes[0] == 'P' && (bytes[1] == '5' || bytes[1] == '6') && strchr(" \t\r\n\v\f#", bytes[2]) &&
        bytes[2] != 0)
        return TC_FORMAT_PNM;
    if (is_tga(bytes, size)) return TC_FORMAT_TGA;
    return TC_FORMAT_UNKNOWN;
}

// Common formats that are not supported, so that the error can name them.
static const struct {
    size_t offset;
    const char *magic, *name;
} unsupported[] = {
    {8, "WEBP", "a WebP picture"},        {4, "ftypavif", "an AVIF picture"},
    {4, "ftypavis", "an AVIF picture"},   {4, "ftypheic", "a HEIC picture"},
    {4, "ftypheix", "a HEIC picture"},    {4, "ftypmif1", "a HEIF picture"},
    {4, "ftypmsf1", "a HEIF picture"},    {0, "II*", "a TIFF picture"},
    {0, "MM", "a TIFF picture"}, // verified below
    {0, "\xff\x0a", "a JPEG XL picture"}, {4, "JXL ", "a JPEG XL picture"},
    {4, "jP  ", "a JPEG 2000 picture"},   {0, "%PDF", "a PDF document"},
    {0, "<svg", "an SVG drawing"},        {0, "<?xml", "an XML or SVG file"},
    {0, "PK\x03\x04", "a ZIP archive"},
};

const char *tc_format_unsupported_name(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < sizeof unsupported / sizeof *unsupported; i++) {
        if (!has_magic(bytes, size, unsupported[i].offset, unsupported[i].magic)) continue;
        if (strcmp(unsupported[i].magic, "MM") == 0 && (size < 4 || tc_be16(bytes + 2) != 42)) continue;
        return unsupported[i].name;
    }
    // Of the family P1 to P7, only P5 and P6 are supported.
    if (size >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7' && (bytes[2] == '\n' || bytes[2] == ' '))
        return "a PNM picture in text, bitmap or PAM form";
    return NULL;
}
