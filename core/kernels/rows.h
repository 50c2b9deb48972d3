// Kernels on rows of pixels that several operations share. `from` and `to` may be the same row where both have as many
// channels, else they must not overlap. Colour means every channel but alpha.
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

// Channels of the grey picture that stands for one of `channels`: 1, or 2 with alpha.
static inline int tc_grey_channels(int channels) {
    return tc_has_alpha(channels) ? 2 : 1;
}

// Writes grey, and alpha where there is one: tc_grey_channels(channels) bytes a pixel. Grey is OpenCV's:
// (9798 R + 19235 G + 3735 B) / 2^15, rounded to nearest.
void tc_row_grey(uint8_t *to, const uint8_t *from, int width, int channels);
// The same grey alone, one byte a pixel; `to` must not overlap `from`.
void tc_row_luma(uint8_t *to, const uint8_t *from, int width, int channels);
// Writes `grey`, one byte a pixel, as the first of one or two channels; alpha stays. No overlap.
void tc_row_set_grey(uint8_t *to, const uint8_t *grey, int width, int channels);
// Copies the last channel of `from_channels` into the last of `to_channels`, if `to` has alpha.
void tc_row_copy_alpha(uint8_t *to, int to_channels, const uint8_t *from, int from_channels, int width);

// Fills `out` with as many rows, `stride` bytes apart.
void tc_rows_copy(const tc_tile *out, const uint8_t *from, ptrdiff_t stride);

// A histogram in parts, whose sums are the counts: neighbours, which are often equal, are counted in different parts,
// so that no count waits for the one before it to be stored.
enum { TC_COUNT_PARTS = 8 };
typedef struct tc_row_counts {
    uint32_t part[TC_COUNT_PARTS][256];
} tc_row_counts;
// Adds the samples of all colours.
void tc_row_count(tc_row_counts *counts, const uint8_t *from, int width, int channels);
// tc_row_grey, and adds the grey.
void tc_row_count_grey(tc_row_counts *counts, uint8_t *to, const uint8_t *from, int width, int channels);

#endif
