// Plain average in time that does not depend on the size: column sums run down, window sums run along the row. The
// number of samples is odd, so no average lies half-way between two values.
#include <stdlib.h>
#include <string.h>

#include "core/kernels/rows.h"
#include "core/op.h"

enum { ARG_KSIZE };
// A strip is at least as wide as the greatest kernel, so that its margins stay few.
enum { MAX_KSIZE = 99, MAX_CHANNELS = 4, STRIP = 1024 };
// Up to this size window sums fit 16 bits: 15² × 255 = 57375.
enum { MAX_NARROW = 15 };

static const tc_param params[] = {
    {.name = "ksize",
     .title = "Kernel size",
     .kind = TC_PARAM_ODD,
     .initial = 5,
     .min = 1,
     .max = MAX_KSIZE,
     .unit = "px"},
    {.name = NULL},
};

static int radius(const tc_args *args) {
    return (int)args->value[ARG_KSIZE] / 2;
}

static void add_row(uint16_t *restrict sums, const uint8_t *restrict enters, int count) {
    for (int i = 0; i < count; i++) sums[i] = (uint16_t)(sums[i] + enters[i]);
}

static void exchange_row(uint16_t *restrict sums, const uint8_t *enters, const uint8_t *leaves, int count) {
    for (int i = 0; i < count; i++) sums[i] = (uint16_t)(sums[i] + enters[i] - leaves[i]);
}

// windows[i] = sums[i] + sums[i + step] + ... (`size` of them). The first `count` are right.
static void add_windows(uint32_t *windows, const uint16_t *sums, int count, int step, int size) {
    for (int c = 0; c < step; c++) {
        uint32_t sum = 0;
        for (int j = 0; j < size - 1; j++) sum += sums[c + j * step];
        for (int i = c; i < count; i += step) {
            sum += sums[i + (size - 1) * step];
            windows[i] = sum;
            sum -= sums[i];
        }
    }
}

// Rounded to nearest. A quotient is at least 1 / (2 × 99²) from the nearest half, and less than that wrong.
static void divide_row(uint8_t *restrict to, const uint32_t *restrict windows, int count, int size) {
    float scale = 1.0f / (float)(size * size);
    for (int i = 0; i < count; i++) to[i] = (uint8_t)(int32_t)((float)(int32_t)windows[i] * scale + 0.5f);
}

static void run_strip(const tc_tile *in, const tc_tile *out, int x, int width, int size) {
    uint16_t sums[(STRIP + MAX_KSIZE - 1) * MAX_CHANNELS];
    uint32_t windows[STRIP * MAX_CHANNELS];
    int channels = in->channels, half = size / 2, count = width * channels, wide = count + (size - 1) * channels;
    tc_rect rect = out->rect;
    memset(sums, 0, (size_t)wide * sizeof *sums);
    for (int y = rect.y - half; y < rect.y + half; y++) add_row(sums, tc_tile_at(in, x - half, y), wide);
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        if (y == rect.y)
            add_row(sums, tc_tile_at(in, x - half, y + half), wide);
        else
            exchange_row(sums, tc_tile_at(in, x - half, y + half), tc_tile_at(in, x - half, y - half - 1), wide);
        add_windows(windows, sums, count, channels, size);
        divide_row(tc_tile_at(out, x, y), windows, count, size);
        tc_row_copy_alpha(tc_tile_at(out, x, y), channels, tc_tile_at(in, x, y), channels, width);
    }
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    tc_rect rect = out->rect;
    for (int x = rect.x, width; x < rect.x + rect.width; x += width) {
        width = rect.x + rect.width - x < STRIP ? rect.x + rect.width - x : STRIP;
        run_strip(in, out, x, width, (int)step->args.value[ARG_KSIZE]);
    }
}

const tc_op TC_OP(box_blur) = {
    .name = "box_blur",
    .title = "Box blur",
    .summary = "Replaces each pixel by the plain average of the square around it.",
    .group = TC_GROUP_FILTER,
    .params = params,
    .need = TC_NEED_NEIGHBOURHOOD,
    .border = TC_BORDER_REFLECT101,
    .cost = 8,
    .radius = radius,
    .run = run,
};
