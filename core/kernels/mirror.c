// Mirrored rows of pixels, as plain C and by byte permutations.
#include "core/kernels/mirror.h"

#include <stddef.h>

#include "core/assert.h"
#include "core/kernels/channels.h"
#include "core/kernels/vector.h"

// `last` is the last pixel of the input row, which is read backwards.
static inline void mirror_pixels(uint8_t *restrict to, const uint8_t *restrict last, int width, int channels) {
    for (int x = 0; x < width; x++, to += channels, last -= channels)
        for (int c = 0; c < channels; c++) to[c] = last[c];
}

#if TC_LANES
// Returns the number of pixels done. Each vector holds a whole number of pixels; the bytes beyond them are overwritten
// by the next vector.
static int mirror_vectors(uint8_t *to, const uint8_t *from, int width, int channels) {
    int count = TC_LANES / channels, lead = TC_LANES - count * channels, x = 0;
    uint8_t order[TC_LANES] = {0};
    for (int i = 0; i < count; i++)
        for (int c = 0; c < channels; c++) order[i * channels + c] = (uint8_t)(lead + (count - 1 - i) * channels + c);
    tc_vec index = v_load(order);
    for (; (width - x) * channels >= TC_LANES; x += count)
        v_store(to + (ptrdiff_t)x * channels,
                v_permute(v_load(from + (ptrdiff_t)(width - x) * channels - TC_LANES), index));
    return x;
}
#else
static int mirror_vectors(uint8_t *to, const uint8_t *from, int width, int channels) {
    (void)to, (void)from, (void)width, (void)channels;
    return 0;
}
#endif

void tc_row_mirror(uint8_t *to, const uint8_t *from, int width, int channels) {
    TC_ASSERT_SLOW(width >= 0 && channels >= 1);
    int done = mirror_vectors(to, from, width, channels);
    to += (ptrdiff_t)done * channels;
    const uint8_t *last = from + (ptrdiff_t)(width - 1 - done) * channels;
    TC_WITH_CHANNELS(channels, mirror_pixels, to, last, width - done);
}
