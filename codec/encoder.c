
// Encoding, and alpha over white for JPEG.
#include "codec/encoder.h"

#include "codec/libraries.h"
#include "core/assert.h"

static inline uint8_t over_white(int value, int alpha) {
    return (uint8_t)((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

// JPEG has no alpha: composites the picture over white.
static tc_status flatten(const tc_image *image, tc_image *flat, tc_error *error) {
    TC_ASSERT(tc_has_alpha(image->shape.channels));
    int colours = tc_colour_channels(image->shape.channels);
    tc_status status = tc_image_init(flat, (tc_shape){image->shape.width, image->shape.height, colours}, error);
    if (status != TC_OK) return status;
    for (int y = 0; y < image->shape.height; y++) {
        const uint8_t *from = image->data + (size_t)y * image->stride;
        uint8_t *to = flat->data + (size_t)y * flat->stride;
        for (int x = 0; x < image->shape.width; x++, from += colours + 1, to += colours)
            for (int c = 0; c < colours; c++) to[c] = over_white(from[c], from[colours]);
    }
    return TC_OK;
}

static tc_status encode_flattened(const tc_image *image, int quality, tc_blob *file, tc_error *error) {
    tc_image flat;
    tc_status status = flatten(image, &flat, error);
    if (status != TC_OK) return status;
    status = tc_encode_jpeg(&flat, quality, file, error);
    tc_image_clear(&flat);
    return status;
}

tc_status tc_codec_encode(const tc_image *image, tc_format format, int quality, tc_blob *file, tc_error *error) {
    TC_ASSERT(image->shape.channels >= 1 && image->shape.channels <= 4);
    TC_ASSERT(image->data && image->shape.width >= 1 && image->shape.height >= 1);
    switch (format) {
    case TC_FORMAT_PNG:
        return tc_encode_png(image, file, error);
    case TC_FORMAT_JPEG:
        break;
    default:
        return tc_fail(error, TC_ERR_ARGUMENT, "format \"%s\" cannot be written; png and jpeg can",
                       tc_format_wire(format));
    }
    if (quality < 1 || quality > 100)
        return tc_fail(error, TC_ERR_ARGUMENT, "quality is %d; 1 to 100 is allowed", quality);
    return tc_has_alpha(image->shape.channels) ? encode_flattened(image, quality, file, error)
                                               : tc_encode_jpeg(image, quality, file, error);
}
