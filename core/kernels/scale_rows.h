// Row kernels of resizing, in OpenCV's arithmetic for 8 bits: weights of 11 fractional bits for linear interpolation;
// single precision, accumulated in reading order, for area averaging.
//
// Rows are processed in strips that are narrow enough for row buffers on the stack. A strip's `row` points at the first
// input pixel that the strip needs; `size` is the number of bytes from there that may be read.
#ifndef TC_CORE_KERNELS_SCALE_ROWS_H
#define TC_CORE_KERNELS_SCALE_ROWS_H

#include "core/image.h"
#include "core/kernels/level.h"

#define tc_nearest_init TC_AT_LEVEL(tc_nearest_init)
#define tc_nearest_row TC_AT_LEVEL(tc_nearest_row)
#define tc_row_halve TC_AT_LEVEL(tc_row_halve)
#define tc_row_add TC_AT_LEVEL(tc_row_add)
#define tc_row_add_blocks TC_AT_LEVEL(tc_row_add_blocks)
#define tc_linear_init TC_AT_LEVEL(tc_linear_init)
#define tc_linear_row TC_AT_LEVEL(tc_linear_row)
#define tc_linear_mix TC_AT_LEVEL(tc_linear_mix)
#define tc_area_rows TC_AT_LEVEL(tc_area_rows)
#define tc_area_add TC_AT_LEVEL(tc_area_add)
#define tc_area_finish TC_AT_LEVEL(tc_area_finish)

// The input samples that contribute to one output sample, on one axis.
typedef struct tc_taps {
    int first, last;          // inclusive
    float head, middle, tail; // area: the weights of the first, the middle and the last sample
    int near, far;            // linear: the weights of the first and the last sample; far is 0 if they are the same
} tc_taps;

enum {
    TC_STRIP = 2048,      // maximum output pixels per strip; long strips access memory more efficiently
    TC_AREA_STRIP = 1024, // the same for area averaging, whose lines need more memory
    TC_AREA_ROWS = 4,     // maximum input rows that are scaled together
    TC_SUM_ROWS = 257,    // the number of rows whose sum fits 16 bits
};

// Nearest neighbour: each output pixel is an input pixel.
typedef struct tc_nearest {
    int width, channels;
    int group; // output pixels per vector; 0: too few, pixels are copied singly
    size_t size;
    int32_t offset[TC_STRIP];               // of each pixel in the row, in bytes
    uint8_t index[(TC_STRIP / 3 + 1) * 64]; // byte permutations, one vector per group
} tc_nearest;

void tc_nearest_init(tc_nearest *strip, const tc_taps *columns, int width, int channels, size_t size);
void tc_nearest_row(uint8_t *to, const tc_nearest *strip, const uint8_t *row);

// Writes the means of 2 × 2 pixels, halves rounded up.
void tc_row_halve(uint8_t *to, const uint8_t *above, const uint8_t *below, int width, int channels);

// Adds `count` samples to `sums`, which hold the sums of fewer than TC_SUM_ROWS rows.
void tc_row_add(uint16_t *sums, const uint8_t *row, int count);
// Adds up blocks of `block` pixels of such sums, and adds them to the sums of the output pixels.
void tc_row_add_blocks(int *sums, const uint16_t *row, int block, int width, int channels);

// Linear interpolation is separable. This describes its horizontal pass, from an input row to a line with
// `samples` samples per output pixel: `channels`, or 4 at levels with vectors if not `windowed`.
typedef struct tc_linear {
    int width, channels, samples;
    bool windowed;                // the input of each group of TC_LANES / 2 samples fits one vector
    int32_t offset[TC_STRIP];     // of each pixel's left neighbour, in bytes
    uint64_t weight[TC_STRIP];    // near, far, near, far; 16 bits each
    int32_t window[TC_STRIP / 2]; // per group: the offset in the row of its input vector, in bytes
    uint8_t pair[TC_STRIP * 8];   // the indices of each sample's left and right neighbour in its window
    uint8_t high[TC_STRIP * 8], low[TC_STRIP * 8]; // their weights: 16 * high + low
} tc_linear;

typedef struct tc_linear_line {
    int16_t sample[TC_STRIP * 4];
} tc_linear_line;

void tc_linear_init(tc_linear *strip, const tc_taps *columns, int width, int channels, size_t size);
void tc_linear_row(tc_linear_line *line, const tc_linear *strip, const uint8_t *row, size_t size);
void tc_linear_mix(uint8_t *to, const tc_linear *strip, const tc_linear_line *near_line, const tc_linear_line *far_line,
                   const tc_taps *row);

// Area averaging: the horizontal pass. At levels with vectors a line has four samples per pixel.
typedef struct tc_area {
    const tc_taps *columns; // of the strip's output pixels
    int width, channels;
} tc_area;

typedef struct tc_area_line {
    float sample[TC_AREA_STRIP * 4];
} tc_area_line;

// Scales up to `rows` input rows, `stride` bytes apart. Returns how many were scaled: 1 to TC_AREA_ROWS.
int tc_area_rows(tc_area_line lines[TC_AREA_ROWS], const tc_area *strip, const uint8_t *row, size_t stride, size_t size,
                 int rows);
// sum = line * weight for the first line of an output row, sum += line * weight for the others.
void tc_area_add(tc_area_line *sum, const tc_area *strip, const tc_area_line *line, float weight, bool first);
void tc_area_finish(uint8_t *to, const tc_area *strip, const tc_area_line *sum);

#endif
