// Splitting and joining interleaved samples, as plain C and in vectors.
#include "core/kernels/planes.h"

#include <string.h>

#include "core/assert.h"
#include "core/kernels/vector.h"

#if TC_LANES
// Both return the number of pixels done.
static int split_vectors(uint8_t *planes, size_t plane, const uint8_t *from, int width, int channels) {
    tc_vec part[4];
    int x = 0;
    if (channels == 3)
        for (; x + TC_LANES <= width; x += TC_LANES) {
            v_load3(from + 3 * x, &part[0], &part[1], &part[2]);
            for (int c = 0; c < 3; c++) v_store(planes + (size_t)c * plane + x, part[c]);
        }
    if (channels == 4)
        for (; x + TC_LANES <= width; x += TC_LANES) {
            v_load4(from + 4 * x, &part[0], &part[1], &part[2], &part[3]);
            for (int c = 0; c < 4; c++) v_store(planes + (size_t)c * plane + x, part[c]);
        }
    return x;
}

static int join_vectors(uint8_t *to, const uint8_t *planes, size_t plane, int width, int channels) {
    int x = 0;
    if (channels == 3)
        for (; x + TC_LANES <= width; x += TC_LANES)
            v_store3(to + 3 * x, v_load(planes + x), v_load(planes + plane + x), v_load(planes + 2 * plane + x));
    if (channels == 4)
        for (; x + TC_LANES <= width; x += TC_LANES)
            v_store4(to + 4 * x, v_load(planes + x), v_load(planes + plane + x), v_load(planes + 2 * plane + x),
                     v_load(planes + 3 * plane + x));
    return x;
}
#else
static int split_vectors(uint8_t *planes, size_t plane, const uint8_t *from, int width, int channels) {
    (void)planes, (void)plane, (void)from, (void)width, (void)channels;
    return 0;
}

static int join_vectors(uint8_t *to, const uint8_t *planes, size_t plane, int width, int channels) {
    (void)to, (void)planes, (void)plane, (void)width, (void)channels;
    return 0;
}
#endif

void tc_row_split(uint8_t *planes, size_t plane, const uint8_t *from, int width, int channels) {
    TC_ASSERT_SLOW(width >= 0 && channels >= 1 && plane >= (size_t)width);
    if (channels == 1) {
        memcpy(planes, from, (size_t)width);
        return;
    }
    int done = split_vectors(planes, plane, from, width, channels);
    for (int c = 0; c < channels; c++)
        for (int x = done; x < width; x++) planes[(size_t)c * plane + (size_t)x] = from[x * channels + c];
}

void tc_row_join(uint8_t *to, const uint8_t *planes, size_t plane, int width, int channels) {
    TC_ASSERT_SLOW(width >= 0 && channels >= 1 && plane >= (size_t)width);
    if (channels == 1) {
        memcpy(to, planes, (size_t)width);
        return;
    }
    int done = join_vectors(to, planes, plane, width, channels);
    for (int c = 0; c < channels; c++)
        for (int x = done; x < width; x++) to[x * channels + c] = planes[(size_t)c * plane + (size_t)x];
}
