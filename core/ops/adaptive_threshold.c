// Adaptive threshold: white where a pixel's grey, plus c, is above the rounded mean of its neighbourhood. The rows of
// grey around the current one are in a ring buffer, for a block of columns at a time.
#include <math.h>
#include <stdlib.h>

#include "core/assert.h"
#include "core/kernels/exponential.h"
#include "core/kernels/grey.h"
#include "core/kernels/rows.h"
#include "core/kernels/vector.h"
#include "core/op.h"

enum { ARG_KSIZE, ARG_C, ARG_METHOD };
enum { MEAN, GAUSSIAN };
enum { MAX_KSIZE = 99, BLOCK = 512, SPAN = BLOCK + MAX_KSIZE - 1 };

static const tc_param params[] = {
    TC_NUMBER(ODD, "ksize", "Kernel size", 11, 3, MAX_KSIZE, "px"),
    TC_NUMBER(REAL, "c", "Below the mean by", 2, -64, 64, ""),
    TC_CHOICE("method", "Mean", MEAN, "mean", "gaussian"),
    TC_PARAMS_END,
};

static int radius(const tc_args *args) {
    return (int)args->value[ARG_KSIZE] / 2;
}

// The Gaussian's weights from its edge to its centre, in single precision as in OpenCV; their sum over the kernel is 1.
typedef struct gaussian {
    float weight[MAX_KSIZE / 2 + 1];
} gaussian;

static void *prepare(const tc_step *step) {
    gaussian *g = malloc(sizeof *g);
    if (!g) return NULL;
    int ksize = (int)step->args.value[ARG_KSIZE], half = ksize / 2;
    double sigma = ksize * 0.15 + 0.35, weight[MAX_KSIZE / 2 + 1], sum = 0;
    for (int i = 0; i <= half; i++) {
        weight[i] = half <= 4 ? tc_small_gaussians[half][i]
                              : tc_exp_negative(-0.5 / (sigma * sigma) * ((half - i) * (half - i)));
        sum += i < half ? 2 * weight[i] : weight[i];
    }
    for (int i = 0; i <= half; i++) g->weight[i] = (float)(weight[i] / sum);
    return g;
}

// The ring buffer: `ksize` rows of grey of a block of columns, with the neighbourhood on both sides.
typedef struct ring {
    uint8_t rows[MAX_KSIZE][SPAN];
    int ksize, width;
} ring;

static uint8_t *ring_row(ring *r, int y) {
    TC_ASSERT_SLOW(r->ksize >= 1 && r->ksize <= MAX_KSIZE && r->width <= SPAN);
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

static int32_t sum_columns(const uint16_t *columns, int count) {
    int32_t sum = 0;
    for (int i = 0; i < count; i++) sum += columns[i];
    return sum;
}

// sum[x] = the sum of ksize columns from x on. Both halves of the row at once, as two independent chains of additions.
static void sum_windows(int32_t sum[BLOCK + 1], const uint16_t *columns, int width, int ksize) {
    TC_ASSERT_SLOW(width > 0 && width <= BLOCK && ksize <= MAX_KSIZE);
    int32_t step[BLOCK + 1];
    int half = (width + 1) / 2;
    for (int x = 0; x < width; x++) step[x] = columns[x + ksize] - columns[x];
    step[width] = 0;
    int32_t left = sum_columns(columns, ksize), right = sum_columns(columns + half, ksize);
    for (int x = 0; x < half; x++) {
        sum[x] = left;
        sum[half + x] = right;
        left += step[x];
        right += step[half + x];
    }
}

// The rounded mean (sum + area / 2) / area is below grey + c exactly where sum + area / 2 < (grey + c) area.
static void compare_sums(uint8_t *to, const uint8_t *grey, const int32_t *sum, int width, int area, int c) {
    int32_t half = area / 2;
    for (int x = 0; x < width; x++) to[x] = sum[x] + half < (grey[x] + c) * area ? 255 : 0;
}

static void threshold_mean(const tc_tile *in, const tc_tile *out, tc_rect rect, ring *r, int c) {
    uint16_t columns[SPAN + 2] = {0}; // sum_windows reads two more and ignores them
    int32_t sum[BLOCK + 1];
    uint8_t white[BLOCK];
    int half = r->ksize / 2, left = rect.x - half;
    for (int y = rect.y - half; y < rect.y + half; y++) add_row(columns, ring_read(r, in, left, y), r->width);
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        add_row(columns, ring_read(r, in, left, y + half), r->width);
        sum_windows(sum, columns, rect.width, r->ksize);
        compare_sums(white, ring_row(r, y) + half, sum, rect.width, r->ksize * r->ksize, c);
        subtract_row(columns, ring_row(r, y - half), r->width);
        tc_row_set_grey(tc_tile_at(out, rect.x, y), white, rect.width, out->channels);
    }
}

#if TC_LANES
// The vector bodies hold the sums of TC_LANES pixels in registers over all weights. They need rows of at least TC_LANES
// pixels and return how many pixels they did.
static inline void widen(tc_vec words[2], tc_vec bytes) {
    words[0] = v_widen_u8_lo(bytes);
    words[1] = v_widen_u8_hi(bytes);
}

// sums += weight * words
static inline void add_weighted(tc_vecf sums[4], const tc_vec words[2], tc_vecf weight) {
    for (int k = 0; k < 2; k++) {
        sums[2 * k] = v_addf(sums[2 * k], v_mulf(weight, v_i32_f32(v_widen_u16_lo(words[k]))));
        sums[2 * k + 1] = v_addf(sums[2 * k + 1], v_mulf(weight, v_i32_f32(v_widen_u16_hi(words[k]))));
    }
}

static int weight_column_vectors(float *sums, ring *r, int y, const gaussian *g) {
    int half = r->ksize / 2;
    const uint8_t *rows[MAX_KSIZE];
    for (int j = 0; j < r->ksize; j++) rows[j] = ring_row(r, y - half + j);
    if (r->width < TC_LANES) return 0;
    for (int x = 0; x < r->width; x += TC_LANES) {
        int at = v_start(x, r->width);
        tc_vec words[2], below[2];
        tc_vecf sum[4] = {v_setf(0), v_setf(0), v_setf(0), v_setf(0)};
        widen(words, v_load(rows[half] + at));
        add_weighted(sum, words, v_setf(g->weight[half]));
        for (int j = half - 1; j >= 0; j--) {
            widen(words, v_load(rows[j] + at));
            widen(below, v_load(rows[r->ksize - 1 - j] + at));
            words[0] = v_add16(words[0], below[0]);
            words[1] = v_add16(words[1], below[1]);
            add_weighted(sum, words, v_setf(g->weight[j]));
        }
        for (int k = 0; k < 4; k++) v_storef(sums + at + k * TC_LANES / 4, sum[k]);
    }
    return r->width;
}

// 255 where grey + c > mean, in words.
static inline tc_vec above(tc_vec grey, tc_vec c, tc_vec low, tc_vec high) {
    return v_and(v_gt_i16(v_add16(grey, c), v_narrow_i32_i16(low, high)), v_set16(255));
}

static int compare_gaussian_vectors(uint8_t *to, const uint8_t *grey, const float *sums, int width, int ksize, int c,
                                    const gaussian *g) {
    int half = ksize / 2;
    if (width < TC_LANES) return 0;
    for (int x = 0; x < width; x += TC_LANES) {
        int at = v_start(x, width);
        tc_vec words[2], mean[4];
        tc_vecf sum[4];
        for (int k = 0; k < 4; k++)
            sum[k] = v_mulf(v_setf(g->weight[half]), v_loadf(sums + at + half + k * TC_LANES / 4));
        for (int j = half - 1; j >= 0; j--) {
            const float *left = sums + at + j, *right = sums + at + ksize - 1 - j;
            tc_vecf weight = v_setf(g->weight[j]);
            for (int k = 0; k < 4; k++, left += TC_LANES / 4, right += TC_LANES / 4)
                sum[k] = v_addf(sum[k], v_mulf(weight, v_addf(v_loadf(left), v_loadf(right))));
        }
        for (int k = 0; k < 4; k++) mean[k] = v_f32_i32(sum[k]);
        widen(words, v_load(grey + at));
        v_store(to + at, v_narrow_i16_u8(above(words[0], v_set16(c), mean[0], mean[1]),
                                         above(words[1], v_set16(c), mean[2], mean[3])));
    }
    return width;
}
#else
static int weight_column_vectors(float *sums, ring *r, int y, const gaussian *g) {
    (void)sums, (void)r, (void)y, (void)g;
    return 0;
}

static int compare_gaussian_vectors(uint8_t *to, const uint8_t *grey, const float *sums, int width, int ksize, int c,
                                    const gaussian *g) {
    (void)to, (void)grey, (void)sums, (void)width, (void)ksize, (void)c, (void)g;
    return 0;
}
#endif

// The weighted sums of the columns; all bodies add in the same order.
static void weight_columns(float *sums, ring *r, int y, const gaussian *g) {
    if (weight_column_vectors(sums, r, y, g) > 0) return;
    int half = r->ksize / 2;
    const uint8_t *centre = ring_row(r, y);
    for (int i = 0; i < r->width; i++) sums[i] = g->weight[half] * (float)centre[i];
    for (int j = half - 1; j >= 0; j--) {
        const uint8_t *upper = ring_row(r, y - (half - j)), *lower = ring_row(r, y + (half - j));
        float weight = g->weight[j];
        for (int i = 0; i < r->width; i++) sums[i] += weight * (float)(upper[i] + lower[i]);
    }
}

static void compare_gaussian(uint8_t *to, const uint8_t *grey, const float *sums, int width, int ksize, int c,
                             const gaussian *g) {
    if (compare_gaussian_vectors(to, grey, sums, width, ksize, c, g) > 0) return;
    // Adding and subtracting this rounds to an integer, half to even.
    const float rounder = 12582912.0f;
    float mean[BLOCK];
    int half = ksize / 2;
    for (int x = 0; x < width; x++) mean[x] = g->weight[half] * sums[x + half];
    for (int j = half - 1; j >= 0; j--) {
        const float *left = sums + j, *right = sums + ksize - 1 - j;
        float weight = g->weight[j];
        for (int x = 0; x < width; x++) mean[x] += weight * (left[x] + right[x]);
    }
    for (int x = 0; x < width; x++) to[x] = (float)(grey[x] + c) > mean[x] + rounder - rounder ? 255 : 0;
}

static void threshold_gaussian(const tc_tile *in, const tc_tile *out, tc_rect rect, ring *r, int c, const gaussian *g) {
    float sums[SPAN];
    uint8_t white[BLOCK];
    int half = r->ksize / 2, left = rect.x - half;
    for (int y = rect.y - half; y < rect.y + half; y++) ring_read(r, in, left, y);
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        ring_read(r, in, left, y + half);
        weight_columns(sums, r, y, g);
        compare_gaussian(white, ring_row(r, y) + half, sums, rect.width, r->ksize, c, g);
        tc_row_set_grey(tc_tile_at(out, rect.x, y), white, rect.width, out->channels);
    }
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    int ksize = (int)step->args.value[ARG_KSIZE], c = (int)ceil(step->args.value[ARG_C]),
        right = out->rect.x + out->rect.width;
    ring r;
    TC_ASSERT(ksize >= 3 && ksize <= MAX_KSIZE && out->channels == tc_grey_channels(in->channels));
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
    .cost = 2.2,
    .shape = tc_grey_shape,
    .radius = radius,
    .prepare = prepare,
    .run = run,
};
