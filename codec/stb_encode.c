// Encodes PNG and JPEG by stb_image_write, where libjpeg-turbo and libspng are not linked. The only file that includes
// stb_image_write.h.
#include <limits.h>
#include <stdlib.h>

#include "codec/libraries.h"
#include "core/assert.h"

#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_IMPLEMENTATION
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#include "stb/stb_image_write.h"
#pragma GCC diagnostic pop

// stb computes sizes as int.
static tc_status check_size(const tc_image *image, tc_error *error) {
    TC_ASSERT(image->shape.height >= 1 && image->shape.channels >= 1 && image->shape.channels <= 4);
    if (image->stride <= (size_t)(INT_MAX / 2) / (size_t)image->shape.height) return TC_OK;
    return tc_fail(error, TC_ERR_LIMIT, "picture is %d×%d, which is too large to be written here", image->shape.width,
                   image->shape.height);
}

tc_status tc_encode_png(const tc_image *image, tc_blob *file, tc_error *error) {
    tc_status status = check_size(image, error);
    int size;
    if (status != TC_OK) return status;
    unsigned char *encoded = stbi_write_png_to_mem(image->data, (int)image->stride, image->shape.width,
                                                   image->shape.height, image->shape.channels, &size);
    if (!encoded || tc_blob_append(file, encoded, (size_t)size) != TC_OK)
        status = tc_fail(error, TC_ERR_MEMORY, "not enough memory for the PNG file");
    free(encoded);
    return status;
}

// Buffers output, as stb writes a few bytes at a time.
typedef struct sink {
    tc_blob *file;
    size_t used;
    tc_status status;
    uint8_t bytes[4096];
} sink;

static void sink_flush(sink *s) {
    if (s->status == TC_OK) s->status = tc_blob_append(s->file, s->bytes, s->used);
    s->used = 0;
}

static void sink_write(void *user, void *data, int size) {
    sink *s = user;
    TC_ASSERT_SLOW(size >= 0 && s->used <= sizeof s->bytes);
    for (int i = 0; i < size; i++) {
        if (s->used == sizeof s->bytes) sink_flush(s);
        s->bytes[s->used++] = ((const uint8_t *)data)[i];
    }
}

static tc_status encode_packed_jpeg(const tc_image *image, int quality, tc_blob *file, tc_error *error) {
    sink s = {.file = file, .status = TC_OK};
    // stb subsamples the chroma up to 90, Tilecast below 90.
    int written = stbi_write_jpg_to_func(sink_write, &s, image->shape.width, image->shape.height, image->shape.channels,
                                         image->data, quality == 90 ? 91 : quality);
    sink_flush(&s);
    if (!written || s.status != TC_OK) return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the JPEG file");
    return TC_OK;
}

tc_status tc_encode_jpeg(const tc_image *image, int quality, tc_blob *file, tc_error *error) {
    tc_status status = check_size(image, error);
    if (status != TC_OK) return status;
    if (image->stride == tc_row_bytes(image->shape.width, image->shape.channels))
        return encode_packed_jpeg(image, quality, file, error);
    tc_image packed;
    status = tc_image_init(&packed, image->shape, error);
    if (status != TC_OK) return status;
    tc_tile to = tc_image_view(&packed, tc_shape_rect(packed.shape));
    tc_tile from = tc_image_view(image, tc_shape_rect(image->shape));
    tc_tile_copy(&to, &from);
    status = encode_packed_jpeg(&packed, quality, file, error);
    tc_image_clear(&packed);
    return status;
}
