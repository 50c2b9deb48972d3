// Pictures of the page: decoded from a file, or made from pixels.
#ifndef TC_WASM_PICTURE_H
#define TC_WASM_PICTURE_H

#include "codec/decoder.h"

typedef struct tc_page_picture {
    tc_image image;
    tc_probe probe;
    char warning[320];
} tc_page_picture;

// Reads a file's header: 1 and `shape` {width, height, channels}, or 0 and a fault.
int tc_page_probe(const uint8_t *bytes, size_t size, int32_t shape[3]);
// Each returns a picture, or NULL and a fault. The page ends it with tc_page_picture_destroy.
tc_page_picture *tc_page_picture_decode(const uint8_t *bytes, size_t size);
tc_page_picture *tc_page_picture_new(int width, int height, int channels); // zeroed
void tc_page_picture_destroy(tc_page_picture *picture);                    // harmless on NULL
void tc_page_picture_shape(const tc_page_picture *picture, int32_t shape[3]);
uint8_t *tc_page_picture_pixels(const tc_page_picture *picture);    // rows tightly packed
const char *tc_page_picture_format(const tc_page_picture *picture); // "" if it was not decoded from a file
const char *tc_page_picture_warning(const tc_page_picture *picture);
// The encoded picture, or NULL and a fault. The page ends it with tc_page_blob_destroy.
tc_blob *tc_page_picture_encode(const tc_page_picture *picture, const char *format, int quality);

#endif
