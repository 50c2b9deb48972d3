#include "codec/header.h"

#include <string.h>

#define READABLE "JPEG, PNG, GIF, BMP, TGA, PSD, HDR, PPM/PGM"

// Formats that people hand in and that are not read, so that the sentence can name them.
static const struct {
    size_t offset;
    const char *magic, *name;
} foreign[] = {
    {8, "WEBP", "a WebP picture"},        {4, "ftypavif", "an AVIF picture"},
    {4, "ftypavis", "an AVIF picture"},   {4, "ftypheic", "a HEIC picture"},
    {4, "ftypheix", "a HEIC picture"},    {4, "ftypmif1", "a HEIF picture"},
    {4, "ftypmsf1", "a HEIF picture"},    {0, "II*", "a TIFF picture"},
    {0, "MM", "a TIFF picture"}, // checked further below
    {0, "\xff\x0a", "a JPEG XL picture"}, {4, "JXL ", "a JPEG XL picture"},
    {4, "jP  ", "a JPEG 2000 picture"},   {0, "%PDF", "a PDF document"},
    {0, "<svg", "an SVG drawing"},        {0, "<?xml", "an XML or SVG file"},
    {0, "PK\x03\x04", "a ZIP archive"},
};

static bool has_magic(const uint8_t *bytes, size_t size, size_t offset, const char *magic) {
    size_t length = strlen(magic);
    return size >= offset + length && memcmp(bytes + offset, magic, length) == 0;
}

static const char *foreign_name(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        if (!has_magic(bytes, size, foreign[i].offset, foreign[i].magic)) continue;
        if (strcmp(foreign[i].magic, "MM") == 0 && (size < 4 || tc_be16(bytes + 2) != 42)) continue;
        return foreign[i].name;
    }
    // P1 to P7 are one family, of which P5 and P6 are read.
    if (size >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7' && (bytes[2] == '\n' || bytes[2] == ' '))
        return "a PNM picture in text, bitmap or PAM form";
    return NULL;
}

static bool is_bmp(const uint8_t *bytes, size_t size) {
    if (size < 18 || memcmp(bytes, "BM", 2) != 0) return false;
    uint32_t info = tc_le32(bytes + 14); // "BM" alone begins many a text
    return info >= 12 && info <= 124;
}

tc_format tc_codec_recognise(const uint8_t *bytes, size_t size) {
    if (has_magic(bytes, size, 0, "\xff\xd8\xff")) return TC_FORMAT_JPEG;
    if (has_magic(bytes, size, 0, "\x89PNG\r\n\x1a\n")) return TC_FORMAT_PNG;
    if (has_magic(bytes, size, 0, "GIF87a") || has_magic(bytes, size, 0, "GIF89a")) return TC_FORMAT_GIF;
    if (is_bmp(bytes, size)) return TC_FORMAT_BMP;
    if (has_magic(bytes, size, 0, "8BPS")) return TC_FORMAT_PSD;
    if (has_magic(bytes, size, 0, "#?RADIANCE\n") || has_magic(bytes, size, 0, "#?RGBE\n")) return TC_FORMAT_HDR;
    if (size >= 3 && bytes[0] == 'P' && (bytes[1] == '5' || bytes[1] == '6') && strchr(" \t\r\n\v\f#", bytes[2]) &&
        bytes[2] != 0)
        return TC_FORMAT_PNM;
    if (tc_header_is_tga(bytes, size)) return TC_FORMAT_TGA;
    return TC_FORMAT_UNKNOWN;
}

tc_status tc_header_read(tc_header *header, const uint8_t *bytes, size_t size, tc_error *error) {
    *header = (tc_header){.orientation = 1};
    if (size == 0) return tc_fail(error, TC_ERR_FORMAT, "the file is empty");
    header->format = tc_codec_recognise(bytes, size);
    switch (header->format) {
    case TC_FORMAT_UNKNOWN:
        break;
    case TC_FORMAT_JPEG:
        return tc_header_read_jpeg(header, bytes, size, error);
    case TC_FORMAT_PNG:
        return tc_header_read_png(header, bytes, size, error);
    default:
        return tc_header_read_other(header, bytes, size, error);
    }
    const char *name = foreign_name(bytes, size);
    if (name)
        return tc_fail(error, TC_ERR_FORMAT, "the file is %s, which Tilecast does not read (it reads " READABLE ")",
                       name);
    return tc_fail(error, TC_ERR_FORMAT, "the file is not a picture in a format that Tilecast reads (" READABLE ")");
}

tc_status tc_header_check(const tc_header *header, const tc_codec_limits *limits, tc_error *error) {
    int width = header->shape.width, height = header->shape.height;
    int64_t pixels = (int64_t)width * height;
    if (pixels > limits->max_pixels) {
        double megapixels = (double)pixels / 1e6;
        return tc_fail(error, TC_ERR_LIMIT, "picture is %d×%d = %.*g megapixels; at most %.6g megapixels are allowed",
                       width, height, megapixels < 1e6 ? 6 : 15, megapixels, (double)limits->max_pixels / 1e6);
    }
    if (width > TC_MAX_SIDE || height > TC_MAX_SIDE)
        return tc_fail(error, TC_ERR_LIMIT, "picture is %d×%d; at most %d pixels on each side are allowed", width,
                       height, TC_MAX_SIDE);
    if (header->scans > TC_MAX_JPEG_SCANS)
        return tc_fail(error, TC_ERR_LIMIT, "JPEG picture has %d progressive scans; at most %d are allowed",
                       header->scans, TC_MAX_JPEG_SCANS);
    return TC_OK;
}
