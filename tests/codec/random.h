// Random numbers and pictures of noise from a seed.
#ifndef TC_TESTS_CODEC_RANDOM_H
#define TC_TESTS_CODEC_RANDOM_H

#include <stdlib.h>

#include "core/image.h"

static inline uint32_t random_next(uint64_t *state) { // PCG-like: a 64-bit LCG, its high half
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 32);
}

// Rows are padded, so that code that ignores the stride fails.
static inline tc_image random_image(int width, int height, int channels, uint64_t *state) {
    enum { PADDING = 5 };
    tc_image image = {.shape = {width, height, channels}, .stride = tc_row_bytes(width, channels) + PADDING};
    image.data = malloc(image.stride * (size_t)height);
    if (!image.data) abort();
    for (size_t i = 0; i < image.stride * (size_t)height; i++) image.data[i] = (uint8_t)random_next(state);
    return image;
}

#endif
