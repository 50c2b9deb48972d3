// Pictures, rectangles of pictures, and byte blobs.
//
// Pixels are 8-bit and interleaved, top row first. Channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA (alpha not
// premultiplied). Pictures between two stages may have further channels (core/op.h).
#ifndef TC_CORE_IMAGE_H
#define TC_CORE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

enum {
    TC_MAX_SIDE = 65535, // pixels, either side of any picture
    TC_MAX_CHANNELS = 8, // of a picture between two stages; picture files have at most 4
};

typedef struct tc_shape {
    int width, height, channels;
} tc_shape;

typedef struct tc_rect {
    int x, y, width, height;
} tc_rect;

// A whole picture. Row y starts at data + y * stride.
typedef struct tc_image {
    uint8_t *data;
    size_t stride; // bytes from one row to the next
    tc_shape shape;
} tc_image;

// The pixels of one rectangle of a picture, borrowed; `data` points at the pixel (rect.x, rect.y).
typedef struct tc_tile {
    uint8_t *data;
    size_t stride;
    tc_rect rect;
    int channels;
    bool streamed; // the picture is larger than the caches: kernels write it with non-temporal stores
} tc_tile;

// Bytes on the heap.
typedef struct tc_blob {
    uint8_t *data;
    size_t size;
} tc_blob;

static inline bool tc_has_alpha(int channels) {
    return channels == 2 || channels == 4;
}
static inline int tc_colour_channels(int channels) {
    return channels - (tc_has_alpha(channels) ? 1 : 0);
}
static inline size_t tc_row_bytes(int width, int channels) {
    return (size_t)width * (size_t)channels;
}

// Bytes of tightly packed pixels. False when they do not fit size_t (32-bit WebAssembly). With sides up to TC_MAX_SIDE
// the product cannot overflow 64 bits.
bool tc_packed_size(int width, int height, int channels, size_t *size);

// Allocates a zeroed picture with tightly packed rows, so that pixels nobody wrote never show old heap contents.
// Refuses sides outside 1..TC_MAX_SIDE. The caller frees it with tc_image_clear.
tc_status tc_image_init(tc_image *image, tc_shape shape, tc_error *error);
// The same without zeroing, for a picture whose every pixel is written before it is read. (In WebAssembly zeroing takes
// as long as a simple operation.)
tc_status tc_image_init_uninitialized(tc_image *image, tc_shape shape, tc_error *error);
// Frees the pixels and zeroes the record. Harmless on a zeroed record.
void tc_image_clear(tc_image *image);

static inline tc_rect tc_shape_rect(tc_shape shape) {
    return (tc_rect){0, 0, shape.width, shape.height};
}
static inline bool tc_shape_equal(tc_shape a, tc_shape b) {
    return a.width == b.width && a.height == b.height && a.channels == b.channels;
}

// The rectangle `rect` of `image`, borrowed. `rect` must lie inside the picture.
tc_tile tc_image_view(const tc_image *image, tc_rect rect);
// The rectangle `rect` of `tile`, borrowed. `rect` must lie inside tile->rect.
tc_tile tc_tile_view(const tc_tile *tile, tc_rect rect);

static inline uint8_t *tc_tile_row(const tc_tile *tile, int y) {
    return tile->data + (size_t)(y - tile->rect.y) * tile->stride;
}
// Address of pixel (x, y), in coordinates of the whole picture.
static inline uint8_t *tc_tile_at(const tc_tile *tile, int x, int y) {
    return tc_tile_row(tile, y) + (size_t)(x - tile->rect.x) * (size_t)tile->channels;
}
// Copies the pixels of dst->rect, which must lie inside src->rect, with equal channels.
void tc_tile_copy(const tc_tile *dst, const tc_tile *src);

tc_rect tc_rect_intersect(tc_rect a, tc_rect b); // width 0 or height 0 when they are disjoint
bool tc_rect_contains(tc_rect outer, tc_rect inner);
tc_rect tc_rect_grow(tc_rect rect, int radius);
static inline bool tc_rect_empty(tc_rect rect) {
    return rect.width <= 0 || rect.height <= 0;
}

// Appends bytes. Fails with TC_ERR_MEMORY and leaves the blob as it was.
tc_status tc_blob_append(tc_blob *blob, const void *data, size_t size);
// Frees the bytes and zeroes the record.
void tc_blob_clear(tc_blob *blob);

#endif
