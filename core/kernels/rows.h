// Kernels on rows of pixels that several operations share. `from` and `to` may be the same row if both have the same
// number of channels, else they must not overlap. Colour means every channel but alpha.
#ifndef TC_CORE_KERNELS_ROWS_H
#define TC_CORE_KERNELS_ROWS_H

#include <stddef.h>

#include "core/kernels/level.h"
#include "core/op.h"

#define tc_row_copy_alpha TC_AT_LEVEL(tc_row_copy_alpha)
#define tc_row_count TC_AT_LEVEL(tc_row_count)
#define tc_row_count_grey TC_AT_LEVEL(tc_row_count_grey)
#define tc_row_grey TC_AT_LEVEL(tc_row_grey)
#define tc_row_luma TC_AT_LEVEL(tc_row_luma)
#define tc_row_set_grey TC_AT_LEVEL(tc_row_set_grey)
#define tc_rows_copy TC_AT_LEVEL(tc_rows_copy)

// The channels of the grey of a picture with `channels` channels: 1, or 2 with alpha.
static inline int tc_grey_channels(int channels) {
    return tc_has_alpha(channels) ? 2 : 1;
}

// Writes the grey (core/kernels/luma.h), and alpha if there is one: tc_grey_channels(channels) bytes per pixel.
void tc_row_grey(uint8_t *to, const uint8_t *from, int width, int channels);
// Writes the grey alone, one byte per pixel. `to` must not overlap `from`.
void tc_row_luma(uint8_t *to, const uint8_t *from, int width, int channels);
// Writes `grey`, one byte per pixel, as the first of one or two channels. Alpha in `to` stays. No overlap.
void tc_row_set_grey(uint8_t *to, const uint8_t *grey, int width, int channels);
// Copies the last channel of `from` to the last channel of `to`, if `to` has alpha.
void tc_row_copy_alpha(uint8_t *to, int to_channels, const uint8_t *from, int from_channels, int width);

// Copies rows, which are `stride` bytes apart, to all of `out`.
void tc_rows_copy(const tc_tile *out, const uint8_t *from, ptrdiff_t stride);

// A histogram as several partial ones, whose sum is the histogram. Neighbouring samples are often equal; counting them
// in different parts avoids waiting for the store of the previous count.
enum { TC_COUNT_PARTS = 8 };
typedef struct tc_row_counts {
    uint32_t part[TC_COUNT_PARTS][256];
} tc_row_counts;
// Counts the samples of all colours.
void tc_row_count(tc_row_counts *counts, const uint8_t *from, int width, int channels);
// tc_row_grey that also counts the grey.
void tc_row_count_grey(tc_row_counts *counts, uint8_t *to, const uint8_t *from, int width, int channels);

#endif
