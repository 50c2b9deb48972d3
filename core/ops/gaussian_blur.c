// Gaussian blur in fixed point. The kernel is quantised to 256ths that sum to 256, so a column sum of 8-bit samples
// fits 16 bits and the sum over both axes is exact: only the last step rounds, and the order of the passes is free.
// Columns go first: that needs one row of sums at a time, whatever the tile's height.
#include <math.h>
#include <stdlib.h>

#include "core/kernels/exponential.h"
#include "core/kernels/rows.h"
#include "core/op.h"

enum { ARG_KSIZE, ARG_SIGMA };
enum { MAX_KSIZE = 99, MAX_CHANNELS = 4, BLOCK = 256 };

static const tc_param params[] = {
    {.name = "ksize",
     .title = "Kernel size",
     .kind = TC_PARAM_ODD,
     .initial = 5,
     .min = 1,
     .max = MAX_KSIZE,
     .unit = "px"},
    {.name = "sigma", .title = "Sigma (0: from the size)", .kind = TC_PARAM_REAL, .min = 0, .max = 50, .unit = "px"},
    {.name = NULL},
};

typedef struct kernel {
    int size;
    uint16_t weight[MAX_KSIZE];
} kernel;

// Weights of one half and the centre, summing to 1 over the whole kernel.
static void sample_gauss(double weight[MAX_KSIZE / 2 + 1], int size, double sigma) {
    int half = size / 2;
    if (sigma <= 0) sigma = size * 0.15 + 0.35;
    // Below this width the neighbours' weights vanish; the bound keeps the division finite.
    sigma = fmax(sigma, 0.01);
    double scale = -0.5 / (sigma * sigma), sum = 0;
    for (int i = 0; i < half; i++) {
        int distance = half - i;
        weight[i] = tc_exp_negative(scale * (distance * distance));
        sum += weight[i];
    }
    sum = 2 * sum + 1;
    for (int i = 0; i < half; i++) weight[i] /= sum;
    weight[half] = 1 / sum;
}

// OpenCV's kernels for sigma 0, in 256ths.
static const uint8_t small_kernels[5][5] = {{0}, {64, 128}, {16, 64, 96}, {8, 28, 56, 72}, {4, 13, 30, 51, 60}};

static void *prepare(const tc_step *step) {
    kernel *k = malloc(sizeof *k);
    if (!k) return NULL;
    *k = (kernel){.size = (int)step->args.value[ARG_KSIZE]};
    int half = k->size / 2, total = 0;
    double sigma = step->args.value[ARG_SIGMA], weight[MAX_KSIZE / 2 + 1], carried = 0;
    bool fixed = sigma <= 0 && half >= 1 && half <= 4;
    if (!fixed) sample_gauss(weight, k->size, sigma);
    for (int i = 0; i < half; i++) {
        // Rounded half to even, the error carried into the next weight.
        double wanted = fixed ? small_kernels[half][i] : weight[i] * 256 + carried;
        int rounded = (int)rint(wanted);
        carried = wanted - rounded;
        k->weight[i] = k->weight[k->size - 1 - i] = (uint16_t)rounded;
        total += 2 * rounded;
    }
    k->weight[half] = (uint16_t)(256 - total);
    return k;
}

static int radius(const tc_args *args) {
    return (int)args->value[ARG_KSIZE] / 2;
}

// sums[i] = sum over the kernel of the samples at and below from[i].
static void sum_columns(uint16_t *sums, const uint8_t *from, size_t stride, int count, const kernel *k) {
    for (int i = 0; i < count; i++) sums[i] = (uint16_t)(k->weight[0] * from[i]);
    for (int j = 1; j < k->size; j++) {
        const uint8_t *row = from + (size_t)j * stride;
        uint16_t weight = k->weight[j];
        for (int i = 0; i < count; i++) sums[i] = (uint16_t)(sums[i] + weight * row[i]);
    }
}

static void sum_row(uint8_t *to, const uint16_t *sums, int count, int channels, const kernel *k) {
    uint32_t total[BLOCK * MAX_CHANNELS];
    for (int i = 0; i < count; i++) total[i] = 1u << 15;
    for (int j = 0; j < k->size; j++) {
        const uint16_t *shifted = sums + j * channels;
        uint32_t weight = k->weight[j];
        for (int i = 0; i < count; i++) total[i] += weight * shifted[i];
    }
    for (int i = 0; i < count; i++) to[i] = (uint8_t)(total[i] >> 16);
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    const kernel *k = step->table;
    uint16_t sums[(BLOCK + MAX_KSIZE - 1) * MAX_CHANNELS];
    int channels = in->channels, half = k->size / 2;
    tc_rect rect = out->rect;
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        for (int x = rect.x, width; x < rect.x + rect.width; x += width) {
            width = rect.x + rect.width - x < BLOCK ? rect.x + rect.width - x : BLOCK;
            sum_columns(sums, tc_tile_at(in, x - half, y - half), in->stride, (width + k->size - 1) * channels, k);
            sum_row(tc_tile_at(out, x, y), sums, width * channels, channels, k);
        }
        tc_row_copy_alpha(tc_tile_row(out, y), channels, tc_tile_at(in, rect.x, y), channels, rect.width);
    }
}

const tc_op TC_OP(gaussian_blur) = {
    .name = "gaussian_blur",
    .title = "Gaussian blur",
    .summary = "Softens the picture with a bell-shaped average of each pixel's surroundings.",
    .group = TC_GROUP_FILTER,
    .params = params,
    .need = TC_NEED_NEIGHBOURHOOD,
    .border = TC_BORDER_REFLECT101,
    .cost = 8,
    .radius = radius,
    .prepare = prepare,
    .run = run,
};
