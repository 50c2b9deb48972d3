#include "core/kernels/rows.h"

#include <string.h>

#include "core/wire.h"

enum { GREY_BITS = 15, GREY_RED = 9798, GREY_GREEN = 19235, GREY_BLUE = 3735 };

static inline uint8_t grey_of(const uint8_t *rgb) {
    int sum = rgb[0] * GREY_RED + rgb[1] * GREY_GREEN + rgb[2] * GREY_BLUE;
    return (uint8_t)((sum + (1 << (GREY_BITS - 1))) >> GREY_BITS);
}

void tc_row_grey(uint8_t *to, const uint8_t *from, int width, int channels) {
    if (channels == 3) {
        for (int x = 0; x < width; x++) to[x] = grey_of(from + 3 * x);
    } else if (channels == 4) {
        for (int x = 0; x < width; x++) {
            to[2 * x] = grey_of(from + 4 * x);
            to[2 * x + 1] = from[4 * x + 3];
        }
    } else if (to != from) {
        memcpy(to, from, tc_row_bytes(width, channels));
    }
}

void tc_row_luma(uint8_t *to, const uint8_t *from, int width, int channels) {
    if (channels == 1) {
        memcpy(to, from, (size_t)width);
    } else if (channels == 2) {
        for (int x = 0; x < width; x++) to[x] = from[2 * x];
    } else {
        for (int x = 0; x < width; x++) to[x] = grey_of(from + channels * x);
    }
}

void tc_row_put_grey(uint8_t *to, const uint8_t *grey, int width, int channels) {
    if (channels == 1)
        memcpy(to, grey, (size_t)width);
    else
        for (int x = 0; x < width; x++) to[2 * x] = grey[x];
}

void tc_row_map(uint8_t *to, const uint8_t *from, int width, int channels, const uint8_t map[256]) {
    if (!tc_has_alpha(channels)) {
        size_t size = tc_row_bytes(width, channels);
        for (size_t i = 0; i < size; i++) to[i] = map[from[i]];
        return;
    }
    for (int x = 0; x < width; x++, to += channels, from += channels) {
        for (int c = 0; c < channels - 1; c++) to[c] = map[from[c]];
        to[channels - 1] = from[channels - 1];
    }
}

void tc_row_copy_alpha(uint8_t *to, int to_channels, const uint8_t *from, int from_channels, int width) {
    if (!tc_has_alpha(to_channels)) return;
    to += to_channels - 1;
    from += from_channels - 1;
    for (int x = 0; x < width; x++) to[x * to_channels] = from[x * from_channels];
}

void tc_row_count(tc_row_counts *counts, const uint8_t *from, int width, int channels) {
    if (tc_has_alpha(channels)) {
        for (int x = 0; x < width; x++, from += channels)
            for (int c = 0; c < channels - 1; c++) counts->part[(x + c) % TC_COUNT_PARTS][from[c]]++;
        return;
    }
    size_t size = tc_row_bytes(width, channels), i = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t eight = tc_get_u64(from + i);
        for (int k = 0; k < 8; k++) counts->part[k % TC_COUNT_PARTS][eight >> 8 * k & 255]++;
    }
    for (; i < size; i++) counts->part[0][from[i]]++;
}

void tc_map_tile(const tc_tile *in, const tc_tile *out, const uint8_t map[256]) {
    tc_rect rect = out->rect;
    for (int y = rect.y; y < rect.y + rect.height; y++)
        tc_row_map(tc_tile_row(out, y), tc_tile_at(in, rect.x, y), rect.width, in->channels, map);
}

void tc_map_run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    uint8_t map[256];
    step->op->map(step, NULL, map);
    tc_map_tile(in, out, map);
}
