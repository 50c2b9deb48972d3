// Adaptive threshold: white where a pixel's grey, plus c, is above the mean of its surroundings. Rounding the mean is
// part of the definition. The rows of grey around the current one are kept in a ring, a block of columns at a time.
#include <math.h>
#include <stdlib.h>

#include "core/kernels/exponential.h"
#include "core/kernels/grey.h"
#include "core/kernels/rows.h"
#include "core/op.h"

enum { ARG_KSIZE, ARG_C, ARG_METHOD };
enum { MEAN, GAUSSIAN };
enum { MAX_KSIZE = 99, BLOCK = 512, SPAN = BLOCK + MAX_KSIZE - 1 };

static const tc_param params[] = {
    {.name = "ksize",
     .title = "Kernel size",
     .kind = TC_PARAM_ODD,
     .initial = 11,
     .min = 3,
     .max = MAX_KSIZE,
     .unit = "px"},
    {.name = "c", .title = "Below the mean by", .kind = TC_PARAM_REAL, .initial = 2, .min = -64, .max = 64, .unit = ""},
    {.name = "method",
     .title = "Mean",
     .kind = TC_PARAM_CHOICE,
     .initial = MEAN,
     .unit = "",
     .choices = {"mean", "gaussian"}},
    {.name = NULL},
};

static int radius(const tc_args *args) {
    return (int)args->value[ARG_KSIZE] / 2;
}

// The bell's weights from its edge to its centre, in single precision as OpenCV uses them; together they are 1.
typedef struct bell {
    float weight[MAX_KSIZE / 2 + 1];
} bell;

// OpenCV's kernels of 3, 5, 7 and 9, in 256ths.
static const uint8_t small_bells[5][5] = {{0}, {64, 128}, {16, 64, 96}, {8, 28, 56, 72}, {4, 13, 30, 51, 60}};

static void *prepare(const tc_step *step) {
    bell *b = malloc(sizeof *b);
    if (!b) return NULL;
    int ksize = (int)step->args.value[ARG_KSIZE], half = ksize / 2;
    double sigma = ksize * 0.15 + 0.35, weight[MAX_KSIZE / 2 + 1], sum = 0;
    for (int i = 0; i <= half; i++) {
        weight[i] =
            half <= 4 ? small_bells[half][i] : tc_exp_negative(-0.5 / (sigma * sigma) * ((half - i) * (half - i)));
        sum += i < half ? 2 * weight[i] : weight[i];
    }
    for (int i = 0; i <= half; i++) b->weight[i] = (float)(weight[i] / sum);
    return b;
}

// The grey of rows of a block of columns, with the surroundings on both sides.
typedef struct ring {
    uint8_t rows[MAX_KSIZE][SPAN];
    int ksize, width;
} ring;

static uint8_t *ring_row(ring *r, int y) {
    return r->rows[(y % r->ksize + r->ksize) % r->ksize];
}

static uint8_t *ring_read(ring *r, const tc_tile *in, int x, int y) {
    uint8_t *row = ring_row(r, y);
    tc_row_luma(row, tc_tile_at(in, x, y), r->width, in->channels);
    return row;
}

static void add_row(uint16_t *sums, const uint8_t *row, int count) {
    for (int i = 0; i < count; i++) sums[i] = (uint16_t)(sums[i] + row[i]);
}

static void subtract_row(uint16_t *sums, const uint8_t *row, int count) {
    for (int i = 0; i < count; i++) sums[i] = (uint16_t)(sums[i] - row[i]);
}

// The rounded mean (sum + area / 2) / area is below grey + c exactly where sum + area / 2 < (grey + c) area.
static void compare_sums(uint8_t *to, const uint8_t *grey, const uint16_t *sums, int width, int ksize, int c) {
    int32_t sum[BLOCK], area = ksize * ksize, half = area / 2, running = 0;
    for (int i = 0; i < ksize; i++) running += sums[i];
    for (int x = 0; x < width; x++) {
        sum[x] = running;
        running += sums[x + ksize] - sums[x];
    }
    for (int x = 0; x < width; x++) to[x] = sum[x] + half < (grey[x] + c) * area ? 255 : 0;
}

static void threshold_mean(const tc_tile *in, const tc_tile *out, tc_rect rect, ring *r, int c) {
    uint16_t sums[SPAN + 1] = {0}; // compare_sums looks at one more, for nothing
    uint8_t white[BLOCK];
    int half = r->ksize / 2, left = rect.x - half;
    for (int y = rect.y - half; y < rect.y + half; y++) add_row(sums, ring_read(r, in, left, y), r->width);
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        add_row(sums, ring_read(r, in, left, y + half), r->width);
        compare_sums(white, ring_row(r, y) + half, sums, rect.width, r->ksize, c);
        subtract_row(sums, ring_row(r, y - half), r->width);
        tc_row_put_grey(tc_tile_at(out, rect.x, y), white, rect.width, out->channels);
    }
}

static void weigh_columns(float *sums, ring *r, int y, const bell *b) {
    int half = r->ksize / 2;
    const uint8_t *centre = ring_row(r, y);
    for (int i = 0; i < r->width; i++) sums[i] = b->weight[half] * (float)centre[i];
    for (int j = half - 1; j >= 0; j--) {
        const uint8_t *above = ring_row(r, y - (half - j)), *below = ring_row(r, y + (half - j));
        float weight = b->weight[j];
        for (int i = 0; i < r->width; i++) sums[i] += weight * (float)(above[i] + below[i]);
    }
}

static void compare_bell(uint8_t *to, const uint8_t *grey, const float *sums, int width, int ksize, int c,
                         const bell *b) {
    // Adding and subtracting this rounds to an integer, halves to even.
    const float rounder = 12582912.0f;
    float mean[BLOCK];
    int half = ksize / 2;
    for (int x = 0; x < width; x++) mean[x] = b->weight[half] * sums[x + half];
    for (int j = half - 1; j >= 0; j--) {
        const float *left = sums + j, *right = sums + ksize - 1 - j;
        float weight = b->weight[j];
        for (int x = 0; x < width; x++) mean[x] += weight * (left[x] + right[x]);
    }
    for (int x = 0; x < width; x++) to[x] = (float)(grey[x] + c) > mean[x] + rounder - rounder ? 255 : 0;
}

static void threshold_gaussian(const tc_tile *in, const tc_tile *out, tc_rect rect, ring *r, int c, const bell *b) {
    float sums[SPAN];
    uint8_t white[BLOCK];
    int half = r->ksize / 2, left = rect.x - half;
    for (int y = rect.y - half; y < rect.y + half; y++) ring_read(r, in, left, y);
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        ring_read(r, in, left, y + half);
        weigh_columns(sums, r, y, b);
        compare_bell(white, ring_row(r, y) + half, sums, rect.width, r->ksize, c, b);
        tc_row_put_grey(tc_tile_at(out, rect.x, y), white, rect.width, out->channels);
    }
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    int ksize = (int)step->args.value[ARG_KSIZE], c = (int)ceil(step->args.value[ARG_C]),
        right = out->rect.x + out->rect.width;
    ring r;
    r.ksize = ksize;
    for (int x = out->rect.x, width; x < right; x += width) {
        width = right - x < BLOCK ? right - x : BLOCK;
        tc_rect rect = {x, out->rect.y, width, out->rect.height};
        r.width = width + ksize - 1;
        if ((int)step->args.value[ARG_METHOD] == MEAN)
            threshold_mean(in, out, rect, &r, c);
        else
            threshold_gaussian(in, out, rect, &r, c, step->table);
    }
    for (int y = out->rect.y; y < out->rect.y + out->rect.height; y++)
        tc_row_copy_alpha(tc_tile_row(out, y), out->channels, tc_tile_at(in, out->rect.x, y), in->channels,
                          out->rect.width);
}

const tc_op TC_OP(adaptive_threshold) = {
    .name = "adaptive_threshold",
    .title = "Adaptive threshold",
    .summary = "Makes pixels brighter than their surroundings white and the others black, which suits uneven light.",
    .group = TC_GROUP_TONE,
    .params = params,
    .need = TC_NEED_NEIGHBOURHOOD,
    .border = TC_BORDER_REPLICATE,
    .cost = 6,
    .shape = tc_grey_shape,
    .radius = radius,
    .prepare = prepare,
    .run = run,
};
