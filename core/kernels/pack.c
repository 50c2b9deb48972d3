#include "core/kernels/pack.h"

#include <string.h>

#include "core/kernels/vector.h"

#if TC_LANES
// Vectors are written whole, the next one over what the pixels of the one before leave.
static void pack_pixels(uint8_t *to, const uint8_t *from, int width, int channels) {
    uint8_t order[TC_LANES], rest[TC_LANES];
    for (int i = 0; i < TC_LANES; i++) order[i] = (uint8_t)(i / channels * 4 + i % channels) % TC_LANES;
    tc_vec index = v_load(order);
    int x = 0;
    for (; (width - x) * channels >= TC_LANES; x += TC_LANES / 4)
        v_store(to + x * channels, v_permute(v_load(from + 4 * x), index));
    for (; x < width; x += TC_LANES / 4) {
        int left = width - x < TC_LANES / 4 ? width - x : TC_LANES / 4;
        v_store(rest, v_permute(v_load(from + 4 * x), index));
        memcpy(to + x * channels, rest, (size_t)(left * channels));
    }
}
#else
static void pack_pixels(uint8_t *to, const uint8_t *from, int width, int channels) {
    for (int x = 0; x < width; x++)
        for (int c = 0; c < channels; c++) to[x * channels + c] = from[4 * x + c];
}
#endif

void tc_row_pack(uint8_t *to, const uint8_t *from, int width, int channels) {
    if (channels == 4)
        memcpy(to, from, 4 * (size_t)width);
    else
        pack_pixels(to, from, width, channels);
}
