#include "codec/orient.h"

#include <string.h>

#include "codec/bytes.h"

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

// TIFF 6.0, section 2: header, then at the offset it names a count and 12-byte entries: tag, type, count, value.
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
    if (orientation < 5) return shape;
    return (tc_shape){shape.height, shape.width, shape.channels};
}

// Where the upright picture's pixels come from: pixel (x, y) stands at first + x * step_x + y * step_y.
typedef struct walk {
    const uint8_t *first;
    ptrdiff_t step_x, step_y;
} walk;

static walk walk_of(const tc_image *image, int orientation) {
    ptrdiff_t pixel = image->shape.channels, row = (ptrdiff_t)image->stride;
    const uint8_t *left_top = image->data;
    const uint8_t *left_bottom = left_top + row * (image->shape.height - 1);
    ptrdiff_t right = pixel * (image->shape.width - 1);
    switch (orientation) {
    case 2:
        return (walk){left_top + right, -pixel, row};
    case 3:
        return (walk){left_bottom + right, -pixel, -row};
    case 4:
        return (walk){left_bottom, pixel, -row};
    case 5:
        return (walk){left_top, row, pixel};
    case 6:
        return (walk){left_bottom, -row, pixel};
    case 7:
        return (walk){left_bottom + right, -row, -pixel};
    case 8:
        return (walk){left_top + right, row, -pixel};
    default:
        return (walk){left_top, pixel, row};
    }
}

// In blocks, so that both pictures stay in cache when rows become columns.
static inline void copy_blocks(const tc_image *dst, walk from, size_t channels) {
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
    if (orientation < 2 || orientation > 8) return TC_OK;
    tc_image upright;
    tc_status status = tc_image_init(&upright, tc_orient_shape(image->shape, orientation), error);
    if (status != TC_OK) return status;
    walk from = walk_of(image, orientation);
    switch (image->shape.channels) { // constant sizes make the copies single moves
    case 1:
        copy_blocks(&upright, from, 1);
        break;
    case 2:
        copy_blocks(&upright, from, 2);
        break;
    case 3:
        copy_blocks(&upright, from, 3);
        break;
    default:
        copy_blocks(&upright, from, 4);
        break;
    }
    tc_image_clear(image);
    *image = upright;
    return TC_OK;
}
