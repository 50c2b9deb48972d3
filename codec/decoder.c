// Decoding: header, limits, the decoder of the format, orientation.
#include <stdio.h>
#include <string.h>

#include "codec/decoder.h"
#include "codec/libraries.h"
#include "codec/orient.h"
#include "core/assert.h"

// Reads the header and checks it and the file size against the limits.
static tc_status read_checked(tc_header *header, const uint8_t *bytes, size_t size, const tc_codec_limits *limits,
                              tc_error *error) {
    TC_ASSERT((bytes || size == 0) && limits->max_pixels >= 0);
    if (size > limits->max_bytes)
        return tc_fail(error, TC_ERR_LIMIT, "file has %.4g MB; at most %.4g MB are allowed", (double)size / 1e6,
                       (double)limits->max_bytes / 1e6);
    tc_status status = tc_header_read(header, bytes, size, error);
    return status == TC_OK ? tc_header_check(header, limits, error) : status;
}

static tc_probe probe_of(const tc_header *header) {
    return (tc_probe){header->format, tc_orient_shape(header->shape, header->orientation), header->orientation};
}

tc_status tc_codec_probe(const uint8_t *bytes, size_t size, const tc_codec_limits *limits, tc_probe *probe,
                         tc_error *error) {
    tc_header header;
    *probe = (tc_probe){.orientation = 1};
    tc_status status = read_checked(&header, bytes, size, limits, error);
    if (status == TC_OK) *probe = probe_of(&header);
    return status;
}

static const char *damage_sentence(tc_damage damage) {
    switch (damage) {
    case TC_DAMAGE_TRUNCATED:
        return "the file is cut off, so the picture is incomplete";
    case TC_DAMAGE_CORRUPT:
        return "the file is damaged, so parts of the picture may be wrong";
    case TC_DAMAGE_NONE:
        break;
    }
    return "";
}

static tc_decoder *decoder_of(tc_format format) {
    switch (format) {
    case TC_FORMAT_JPEG:
        return tc_decode_jpeg;
    case TC_FORMAT_PNG:
        return tc_decode_png;
    default:
        return tc_decode_stb;
    }
}

tc_status tc_codec_decode(const uint8_t *bytes, size_t size, const tc_codec_limits *limits, tc_image *image,
                          tc_probe *probe, char *warning, size_t warning_size, tc_error *error) {
    tc_header header;
    tc_damage damage = TC_DAMAGE_NONE;
    *image = (tc_image){0};
    *probe = (tc_probe){.orientation = 1};
    if (warning && warning_size > 0) warning[0] = 0;
    tc_status status = read_checked(&header, bytes, size, limits, error);
    if (status != TC_OK) return status;
    *probe = probe_of(&header);
    status = decoder_of(header.format)(&header, bytes, size, image, &damage, error);
    TC_ASSERT(status != TC_OK || memcmp(&image->shape, &header.shape, sizeof header.shape) == 0);
    if (status == TC_OK) status = tc_orient_image(image, header.orientation, error);
    if (status != TC_OK) {
        tc_image_clear(image);
        return status;
    }
    if (warning && warning_size > 0) snprintf(warning, warning_size, "%s", damage_sentence(damage));
    return TC_OK;
}
