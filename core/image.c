// Memory of pictures, views of them, and rectangle arithmetic.
#include "core/image.h"

#include <stdlib.h>
#include <string.h>

#include "core/arithmetic.h"
#include "core/assert.h"

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

bool tc_packed_size(int width, int height, int channels, size_t *size) {
    TC_ASSERT(width >= 0 && height >= 0 && channels >= 0);
    uint64_t bytes = (uint64_t)width * (uint64_t)height * (uint64_t)channels;
    if (bytes > SIZE_MAX / 2) return false;
    *size = (size_t)bytes;
    return true;
}

// The kernel maps a fresh picture's pages one by one when they are first written (page faults), which takes longer than
// a simple operation. Huge pages take one fault for 512 pages.
#ifdef __linux__
enum { HUGE_PAGE = 2 << 20 };

static void prefer_huge_pages(void *data, size_t size) {
    if (!data || size < 2 * HUGE_PAGE) return;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = ((uintptr_t)data + page - 1) / page * page;
    madvise((void *)start, ((uintptr_t)data + size - start) / page * page, MADV_HUGEPAGE); // advice: may fail
}
#else
static void prefer_huge_pages(void *data, size_t size) {
    (void)data, (void)size;
}
#endif

static tc_status init(tc_image *image, tc_shape shape, bool zeroed, tc_error *error) {
    *image = (tc_image){0};
    size_t size;
    if (shape.width < 1 || shape.height < 1 || shape.width > TC_MAX_SIDE || shape.height > TC_MAX_SIDE)
        return tc_fail(error, TC_ERR_LIMIT,
                       "a picture of %d×%d pixels is not possible; each side must be 1 to %d pixels", shape.width,
                       shape.height, TC_MAX_SIDE);
    TC_ASSERT(shape.channels >= 1 && shape.channels <= TC_MAX_CHANNELS);
    if (tc_packed_size(shape.width, shape.height, shape.channels, &size))
        image->data = zeroed ? calloc(size, 1) : malloc(size);
    if (!image->data)
        return tc_fail(error, TC_ERR_MEMORY, "not enough memory for a picture of %d×%d pixels", shape.width,
                       shape.height);
    prefer_huge_pages(image->data, size);
    image->stride = tc_row_bytes(shape.width, shape.channels);
    image->shape = shape;
    return TC_OK;
}

tc_status tc_image_init(tc_image *image, tc_shape shape, tc_error *error) {
    return init(image, shape, true, error);
}

tc_status tc_image_init_uninitialized(tc_image *image, tc_shape shape, tc_error *error) {
    return init(image, shape, false, error);
}

void tc_image_clear(tc_image *image) {
    free(image->data);
    *image = (tc_image){0};
}

// Half of a typical last-level cache: the first pixels of a larger picture are evicted before the last are written.
// WebAssembly has no non-temporal stores, and its memory.copy is faster than vectors.
#ifdef __wasm__
static const size_t STREAMED_BYTES = SIZE_MAX;
#else
static const size_t STREAMED_BYTES = 16 << 20;
#endif

tc_tile tc_image_view(const tc_image *image, tc_rect rect) {
    TC_ASSERT(tc_rect_contains(tc_shape_rect(image->shape), rect));
    TC_ASSERT(image->stride >= tc_row_bytes(image->shape.width, image->shape.channels));
    uint8_t *data = image->data + (size_t)rect.y * image->stride + (size_t)rect.x * (size_t)image->shape.channels;
    bool streamed = image->stride * (size_t)image->shape.height >= STREAMED_BYTES;
    return (tc_tile){data, image->stride, rect, image->shape.channels, streamed};
}

tc_tile tc_tile_view(const tc_tile *tile, tc_rect rect) {
    TC_ASSERT(tc_rect_contains(tile->rect, rect));
    return (tc_tile){tc_tile_at(tile, rect.x, rect.y), tile->stride, rect, tile->channels, tile->streamed};
}

void tc_tile_copy(const tc_tile *dst, const tc_tile *src) {
    TC_ASSERT(dst->channels == src->channels && tc_rect_contains(src->rect, dst->rect));
    for (int y = dst->rect.y; y < dst->rect.y + dst->rect.height; y++)
        memcpy(tc_tile_row(dst, y), tc_tile_at(src, dst->rect.x, y), tc_row_bytes(dst->rect.width, dst->channels));
}

tc_rect tc_rect_intersect(tc_rect a, tc_rect b) {
    int x0 = tc_max_int(a.x, b.x), y0 = tc_max_int(a.y, b.y);
    int x1 = tc_min_int(a.x + a.width, b.x + b.width), y1 = tc_min_int(a.y + a.height, b.y + b.height);
    return (tc_rect){x0, y0, tc_max_int(0, x1 - x0), tc_max_int(0, y1 - y0)};
}

bool tc_rect_contains(tc_rect outer, tc_rect inner) {
    return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.width <= outer.x + outer.width &&
           inner.y + inner.height <= outer.y + outer.height;
}

tc_rect tc_rect_grow(tc_rect rect, int radius) {
    TC_ASSERT(radius >= 0);
    return (tc_rect){rect.x - radius, rect.y - radius, rect.width + 2 * radius, rect.height + 2 * radius};
}

tc_status tc_blob_append(tc_blob *blob, const void *data, size_t size) {
    if (size == 0) return TC_OK;
    TC_ASSERT(data != NULL && (blob->data != NULL || blob->size == 0));
    if (size > SIZE_MAX / 4 - blob->size) return TC_ERR_MEMORY;
    // Capacities are powers of two: most calls of realloc do nothing, so many small appends take linear time.
    size_t capacity = 64, needed = blob->size + size;
    while (capacity < needed) capacity *= 2;
    uint8_t *grown = realloc(blob->data, capacity);
    if (!grown) return TC_ERR_MEMORY;
    blob->data = grown;
    memcpy(blob->data + blob->size, data, size);
    blob->size = needed;
    return TC_OK;
}

void tc_blob_clear(tc_blob *blob) {
    free(blob->data);
    *blob = (tc_blob){0};
}
