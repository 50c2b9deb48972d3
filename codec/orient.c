// Reads the EXIF orientation (TIFF 6.0) and applies it.
#include "codec/orient.h"

#include <string.h>

#include "codec/bytes.h"
#include "core/assert.h"

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, TYPE_LONG = 4 };

typedef struct exif {
    const uint8_t *bytes;
    size_t size;
    bool big_endian;
} exif;

static uint32_t read_16(const exif *e, size_t at) {
    return e->big_endian ? tc_be16(e->bytes + at) : tc_le16(e->bytes + at);
}
static uint32_t read_32(const exif *e, size_t at) {
    return e->big_endian ? tc_be32(e->bytes + at) : tc_le32(e->bytes + at);
}

// TIFF 6.0, section 2: a header with the offset of a directory: a count, and entries of 12 bytes: tag, type, count,
// value.
int tc_exif_orientation(const uint8_t *bytes, size_t size) {
    if (size < 8) return 1;
    exif e = {bytes, size, memcmp(bytes, "MM", 2) == 0};
    if ((!e.big_endian && memcmp(bytes, "II", 2) != 0) || read_16(&e, 2) != 42) return 1;
    size_t at = read_32(&e, 4);
    if (at > size - 2) return 1;
    size_t count = read_16(&e, at);
    at += 2;
    for (; count > 0 && size - at >= 12; count--, at += 12) {
        if (read_16(&e, at) != TAG_ORIENTATION) continue;
        uint32_t type = read_16(&e, at + 2);
        uint32_t value = type == TYPE_SHORT ? read_16(&e, at + 8) : type == TYPE_LONG ? read_32(&e, at + 8) : 0;
        return value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

tc_shape tc_orient_shape(tc_shape shape, int orientation) {
    TC_ASSERT(orientation >= 1 && orientation <= 8);
    if (orientation < 5) return shape;
    return (tc_shape){shape.height, shape.width, shape.channels};
}

// Source addresses of the oriented picture: pixel (x, y) is at first + x * step_x + y * step_y.
typedef struct source {
    const uint8_t *first;
    ptrdiff_t step_x, step_y;
} source;

static source source_of(const tc_image *image, int orientation) {
    ptrdiff_t pixel = image->shape.channels, row = (ptrdiff_t)image->stride;
    const uint8_t *left_top = image->data;
    const uint8_t *left_bottom = left_top + row * (image->shape.height - 1);
    ptrdiff_t right = pixel * (image->shape.width - 1);
    switch (orientation) {
    case 2:
        return (source){left_top + right, -pixel, row};
    case 3:
        return (source){left_bottom + right, -pixel, -row};
    case 4:
        return (source){left_bottom, pixel, -row};
    case 5:
        return (source){left_top, row, pixel};
    case 6:
        return (source){left_bottom, -row, pixel};
    case 7:
        return (source){left_bottom + right, -row, -pixel};
    case 8:
        return (source){left_top + right, row, -pixel};
    default:
        return (source){left_top, pixel, row};
    }
}

// In blocks, so that both pictures stay in cache when rows become columns. `channels` is a constant after inlining.
static inline void copy_blocks(const tc_image *dst, source from, size_t channels) {
    enum { BLOCK = 32 };
    int width = dst->shape.width, height = dst->shape.height;
    for (int by = 0; by < height; by += BLOCK)
        for (int bx = 0; bx < width; bx += BLOCK)
            for (int y = by; y < height && y < by + BLOCK; y++) {
                uint8_t *to = dst->data + (size_t)y * dst->stride + (size_t)bx * channels;
                const uint8_t *pixel = from.first + bx * from.step_x + y * from.step_y;
                for (int x = bx; x < width && x < bx + BLOCK; x++, to += channels, pixel += from.step_x)
                    memcpy(to, pixel, channels);
            }
}

tc_status tc_orient_image(tc_image *image, int orientation, tc_error *error) {
    TC_ASSERT(orientation >= 1 && orientation <= 8);
    if (orientation == 1) return TC_OK;
    TC_ASSERT(image->data && image->shape.channels >= 1 && image->shape.channels <= 4);
    tc_image oriented;
    tc_status status = tc_image_init(&oriented, tc_orient_shape(image->shape, orientation), error);
    if (status != TC_OK) return status;
    source from = source_of(image, orientation);
    switch (image->shape.channels) {
    case 1:
        copy_blocks(&oriented, from, 1);
        break;
    case 2:
        copy_blocks(&oriented, from, 2);
        break;
    case 3:
        copy_blocks(&oriented, from, 3);
        break;
    default:
        copy_blocks(&oriented, from, 4);
        break;
    }
    tc_image_clear(image);
    *image = oriented;
    return TC_OK;
}
