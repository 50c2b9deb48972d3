// Pictures of the page.
#include "wasm/picture.h"

#include <stdlib.h>

#include "codec/encoder.h"
#include "core/assert.h"
#include "wasm/export.h"
#include "wasm/fault.h"
#include "wasm/memory.h"

static tc_page_picture *new_picture(void) {
    tc_page_picture *picture = calloc(1, sizeof *picture);
    if (!picture) tc_page_fail_memory("the picture");
    return picture;
}

static void copy_shape(int32_t to[3], tc_shape shape) {
    to[0] = shape.width;
    to[1] = shape.height;
    to[2] = shape.channels;
}

int TC_EXPORT(tc_page_probe)(const uint8_t *bytes, size_t size, int32_t shape[3]) {
    tc_probe probe;
    if (tc_codec_probe(bytes, size, &tc_codec_default_limits, &probe, tc_page_fault()) != TC_OK) return 0;
    copy_shape(shape, probe.shape);
    return 1;
}

tc_page_picture *TC_EXPORT(tc_page_picture_decode)(const uint8_t *bytes, size_t size) {
    tc_page_picture *picture = new_picture();
    if (!picture) return NULL;
    if (tc_codec_decode(bytes, size, &tc_codec_default_limits, &picture->image, &picture->probe, picture->warning,
                        sizeof picture->warning, tc_page_fault()) != TC_OK) {
        tc_page_picture_destroy(picture);
        return NULL;
    }
    return picture;
}

tc_page_picture *TC_EXPORT(tc_page_picture_new)(int width, int height, int channels) {
    tc_page_picture *picture = new_picture();
    if (!picture) return NULL;
    if ((int64_t)width * height > tc_codec_default_limits.max_pixels) {
        tc_fail(tc_page_fault(), TC_ERR_LIMIT, "the picture has %d×%d pixels; at most %d million are allowed", width,
                height, (int)(tc_codec_default_limits.max_pixels / 1000000));
    } else if (tc_image_init(&picture->image, (tc_shape){width, height, channels}, tc_page_fault()) == TC_OK) {
        return picture;
    }
    tc_page_picture_destroy(picture);
    return NULL;
}

void TC_EXPORT(tc_page_picture_destroy)(tc_page_picture *picture) {
    if (picture) tc_image_clear(&picture->image);
    free(picture);
}

void TC_EXPORT(tc_page_picture_shape)(const tc_page_picture *picture, int32_t shape[3]) {
    copy_shape(shape, picture->image.shape);
}

uint8_t *TC_EXPORT(tc_page_picture_pixels)(const tc_page_picture *picture) {
    return picture->image.data;
}

const char *TC_EXPORT(tc_page_picture_format)(const tc_page_picture *picture) {
    return picture->probe.format == TC_FORMAT_UNKNOWN ? "" : tc_format_wire(picture->probe.format);
}

const char *TC_EXPORT(tc_page_picture_warning)(const tc_page_picture *picture) {
    return picture->warning;
}

tc_blob *TC_EXPORT(tc_page_picture_encode)(const tc_page_picture *picture, const char *format, int quality) {
    tc_blob *file = calloc(1, sizeof *file);
    if (!file) {
        tc_page_fail_memory("the picture");
        return NULL;
    }
    if (tc_codec_encode(&picture->image, tc_format_find(format), quality, file, tc_page_fault()) == TC_OK) return file;
    tc_page_blob_destroy(file);
    return NULL;
}
