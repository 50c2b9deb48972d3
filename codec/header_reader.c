// Reads the header of any supported format, and checks it against limits.
#include "codec/header_reader.h"

#include "core/assert.h"

const tc_codec_limits tc_codec_default_limits = {INT64_C(120000000), (size_t)256 << 20};

#define READABLE "JPEG, PNG, GIF, BMP, TGA, PSD, HDR, PPM/PGM"

tc_status tc_header_read(tc_header *header, const uint8_t *bytes, size_t size, tc_error *error) {
    TC_ASSERT(bytes || size == 0);
    *header = (tc_header){.orientation = 1};
    if (size == 0) return tc_fail(error, TC_ERR_FORMAT, "the file is empty");
    header->format = tc_format_detect(bytes, size);
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
    const char *name = tc_format_unsupported_name(bytes, size);
    if (name)
        return tc_fail(error, TC_ERR_FORMAT, "the file is %s, which Tilecast does not read (it reads " READABLE ")",
                       name);
    return tc_fail(error, TC_ERR_FORMAT, "the file is not a picture in a format that Tilecast reads (" READABLE ")");
}

tc_status tc_header_check(const tc_header *header, const tc_codec_limits *limits, tc_error *error) {
    int width = header->shape.width, height = header->shape.height;
    int64_t pixels = (int64_t)width * height;
    TC_ASSERT(header->format != TC_FORMAT_UNKNOWN && width >= 1 && height >= 1);
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
