// Packs pixels of four samples, as plain C and by byte permutations.
#include "core/kernels/pack.h"

#include <string.h>

#include "core/assert.h"
#include "core/kernels/vector.h"

#if TC_LANES
// The source index of each byte of a vector of packed pixels. Those beyond the pixels do not matter.
#define ORDER_OF(i, channels) ((4 * ((i) / (channels)) + (i) % (channels)) % TC_LANES)
#define ORDER_4(i, channels)                                                                                           \
    ORDER_OF(i, channels), ORDER_OF(i + 1, channels), ORDER_OF(i + 2, channels), ORDER_OF(i + 3, channels)
#define ORDER_16(i, channels)                                                                                          \
    ORDER_4(i, channels), ORDER_4(i + 4, channels), ORDER_4(i + 8, channels), ORDER_4(i + 12, channels)
#define ORDER_64(channels) ORDER_16(0, channels), ORDER_16(16, channels), ORDER_16(32, channels), ORDER_16(48, channels)
static const uint8_t orders[3][64] = {{ORDER_64(1)}, {ORDER_64(2)}, {ORDER_64(3)}};

// Whole vectors are written; each overwrites the unused bytes of the one before.
static void pack_pixels(uint8_t *to, size_t size, const uint8_t *from, int width, int channels) {
    uint8_t rest[TC_LANES];
    tc_vec index = v_load(orders[channels - 1]);
    int x = 0;
    for (; x < width && (size_t)(x * channels) + TC_LANES <= size; x += TC_LANES / 4)
        v_store(to + x * channels, v_permute(v_load(from + 4 * x), index));
    for (; x < width; x += TC_LANES / 4) {
        int left = width - x < TC_LANES / 4 ? width - x : TC_LANES / 4;
        v_store(rest, v_permute(v_load(from + 4 * x), index));
        memcpy(to + x * channels, rest, (size_t)(left * channels));
    }
}
#else
static void pack_pixels(uint8_t *to, size_t size, const uint8_t *from, int width, int channels) {
    (void)size;
    for (int x = 0; x < width; x++)
        for (int c = 0; c < channels; c++) to[x * channels + c] = from[4 * x + c];
}
#endif

void tc_row_pack(uint8_t *to, size_t size, const uint8_t *from, int width, int channels) {
    TC_ASSERT_SLOW(channels >= 1 && channels <= 4 && size >= (size_t)width * (size_t)channels);
    if (channels == 4)
        memcpy(to, from, 4 * (size_t)width);
    else
        pack_pixels(to, size, from, width, channels);
}
