// Bilateral filter: each sample becomes the mean of its neighbourhood, weighted by distance and by difference of
// colour: e^(-distance² / 2 sigma_space²) e^(-difference² / 2 sigma_color²), where the difference is the sum of the
// absolute differences of the channels. All arithmetic is in single precision, in the same order at every level and
// without libm, so that all machines round alike.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arithmetic.h"
#include "core/assert.h"
#include "core/kernels/planes.h"
#include "core/kernels/rows.h"
#include "core/kernels/vector.h"
#include "core/op.h"

// Inlined where the number of colours is constant.
#define INLINE static inline __attribute__((always_inline))

enum { ARG_D, ARG_SIGMA_COLOR, ARG_SIGMA_SPACE };
enum {
    MAX_D = 25,
    MAX_COLOURS = 3,
    MAX_CHANNELS = 4,
    BLOCK = 128, // pixels of a row that are computed at a time
    ROWS = 32,
    PLANE_ROW = BLOCK + MAX_D - 1,
    PLANE = (ROWS + MAX_D - 1) * PLANE_ROW,
};

static const tc_param params[] = {
    TC_NUMBER(INT, "d", "Diameter", 9, 3, MAX_D, "px"),
    TC_NUMBER(REAL, "sigma_color", "Sigma of colour", 75, 1, 200, ""),
    TC_NUMBER(REAL, "sigma_space", "Sigma of space", 75, 1, 200, "px"),
    TC_PARAMS_END,
};

static int radius(const tc_args *args) {
    return (int)args->value[ARG_D] / 2;
}

// One pixel of the neighbourhood, by its offset in a plane from the centre.
typedef struct tap {
    int offset;
    float exponent; // of its weight by distance, base 2
} tap;

typedef struct kernel {
    float color_exponent; // of the weight by colour for a difference of 1, base 2
    int count;
    tap taps[MAX_D * MAX_D];
} kernel;

static void *prepare(const tc_step *step) {
    kernel *k = malloc(sizeof *k);
    if (!k) return NULL;
    const double log2_e = 1.4426950408889634;
    double color = step->args.value[ARG_SIGMA_COLOR], space = step->args.value[ARG_SIGMA_SPACE];
    int r = radius(&step->args);
    memset(k, 0, sizeof *k);
    k->color_exponent = (float)(-0.5 * log2_e / (color * color));
    for (int y = -r; y <= r; y++)
        for (int x = -r; x <= r; x++) {
            if (x * x + y * y > r * r) continue;
            TC_ASSERT(k->count < MAX_D * MAX_D);
            k->taps[k->count++] = (tap){y * PLANE_ROW + x, (float)(-0.5 * log2_e / (space * space) * (x * x + y * y))};
        }
    return k;
}

// Adding this to a float of at most 2^22 and subtracting it rounds to an integer, half to even; in between, the lowest
// bits are the integer.
static const float rounder = 12582912.0f; // 1.5 * 2^23

static inline uint32_t float_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

// Coefficients of 2^f for |f| <= 1/2, to within 10^-4; 2^0 is exactly 1. Weights are clamped to 2^-100, which is
// negligible.
static const float exp2_1 = 0.69328293f, exp2_2 = 0.24221097f, exp2_3 = 0.05500893f, exp2_min = -100.0f;

// The sums over a row of neighbourhoods: of the weights, and of the weighted samples of each colour.
typedef struct sums {
    float weights[BLOCK], samples[MAX_COLOURS][BLOCK];
} sums;

// With vectors of four floats the plain version is faster: it needs fewer registers for constants and sums.
#if TC_LANES > 16
enum { FLOATS = TC_LANES / 4 };

static inline tc_vecf vector_distance(tc_vecf a, tc_vecf b) {
    return (tc_vecf)v_and((tc_vec)v_subf(a, b), v_set32(INT32_MAX));
}

static inline tc_vecf vector_exp2_negative(tc_vecf x) {
    x = v_maxf(x, v_setf(exp2_min));
    tc_vecf shifted = v_addf(x, v_setf(rounder)), f = v_subf(x, v_subf(shifted, v_setf(rounder)));
    tc_vecf power = v_addf(v_setf(exp2_2), v_mulf(f, v_setf(exp2_3)));
    power = v_addf(v_setf(exp2_1), v_mulf(f, power));
    power = v_addf(v_setf(1.0f), v_mulf(f, power));
    return (tc_vecf)v_add32((tc_vec)power, v_shl32((tc_vec)shifted, 23));
}

// `samples` points at the first pixel in the first plane; the planes of the colours are PLANE floats apart. The last
// vector may go beyond `count`.
INLINE void sum_row(sums *to, const float *samples, int count, int colours, const kernel *k) {
    for (int x = 0; x < count; x += FLOATS) {
        const float *here = samples + x;
        tc_vecf middle[MAX_COLOURS], sum[MAX_COLOURS], total = v_setf(0);
        for (int c = 0; c < colours; c++) {
            middle[c] = v_loadf(here + c * PLANE);
            sum[c] = v_setf(0);
        }
        for (int i = 0; i < k->count; i++) {
            const float *from = here + k->taps[i].offset;
            tc_vecf sample[MAX_COLOURS], difference;
            for (int c = 0; c < colours; c++) {
                sample[c] = v_loadf(from + c * PLANE);
                tc_vecf part = vector_distance(sample[c], middle[c]);
                difference = c > 0 ? v_addf(difference, part) : part;
            }
            tc_vecf square = v_mulf(v_mulf(difference, difference), v_setf(k->color_exponent));
            tc_vecf weight = vector_exp2_negative(v_addf(square, v_setf(k->taps[i].exponent)));
            total = v_addf(total, weight);
            for (int c = 0; c < colours; c++) sum[c] = v_addf(sum[c], v_mulf(weight, sample[c]));
        }
        v_storef(to->weights + x, total);
        for (int c = 0; c < colours; c++) v_storef(to->samples[c] + x, sum[c]);
    }
}
#else
static inline float float_of_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

// For x <= 0. Of floats that are not positive the smaller has the greater bits.
static inline float exp2_negative(float x) {
    uint32_t bits = float_bits(x), most = float_bits(exp2_min);
    x = float_of_bits(bits < most ? bits : most);
    float shifted = x + rounder, f = x - (shifted - rounder);
    float power = 1.0f + f * (exp2_1 + f * (exp2_2 + f * exp2_3));
    return float_of_bits(float_bits(power) + (float_bits(shifted) << 23));
}

// Adds one pixel of the neighbourhoods, at `from`; the planes of the colours are PLANE floats apart.
static void add_tap(float *restrict weights, float *restrict sum0, float *restrict sum1, float *restrict sum2,
                    const float *restrict from, const float *restrict middle, int count, float color_exponent,
                    float exponent) {
    const float *from1 = from + PLANE, *from2 = from1 + PLANE, *middle1 = middle + PLANE, *middle2 = middle1 + PLANE;
    for (int x = 0; x < count; x++) {
        float difference = fabsf(from[x] - middle[x]) + fabsf(from1[x] - middle1[x]) + fabsf(from2[x] - middle2[x]);
        float weight = exp2_negative(difference * difference * color_exponent + exponent);
        weights[x] += weight;
        sum0[x] += weight * from[x];
        sum1[x] += weight * from1[x];
        sum2[x] += weight * from2[x];
    }
}

static void add_grey_tap(float *restrict weights, float *restrict sum, const float *restrict from,
                         const float *restrict middle, int count, float color_exponent, float exponent) {
    for (int x = 0; x < count; x++) {
        float difference = fabsf(from[x] - middle[x]);
        float weight = exp2_negative(difference * difference * color_exponent + exponent);
        weights[x] += weight;
        sum[x] += weight * from[x];
    }
}

// `samples` points at the first pixel in a plane.
static void sum_row(sums *to, const float *samples, int count, int colours, const kernel *k) {
    memset(to, 0, sizeof *to);
    for (const tap *t = k->taps; t < k->taps + k->count; t++) {
        const float *from = samples + t->offset;
        if (colours == 3)
            add_tap(to->weights, to->samples[0], to->samples[1], to->samples[2], from, samples, count,
                    k->color_exponent, t->exponent);
        else
            add_grey_tap(to->weights, to->samples[0], from, samples, count, k->color_exponent, t->exponent);
    }
}
#endif

static void filter_row(uint8_t *to, const float *samples, int count, int colours, const kernel *k) {
    sums s;
    if (colours == 3)
        sum_row(&s, samples, count, 3, k);
    else
        sum_row(&s, samples, count, 1, k);
    for (int c = 0; c < colours; c++)
        for (int x = 0; x < count; x++)
            to[c * BLOCK + x] = (uint8_t)float_bits(s.samples[c][x] / s.weights[x] + rounder);
}

// The colours of `rect` grown by `r`, in planes. Rows of a plane are set to their end.
static void read_planes(float *planes, const tc_tile *in, tc_rect rect, int r) {
    uint8_t split[MAX_CHANNELS * PLANE_ROW] = {0};
    int width = rect.width + 2 * r;
    for (int y = 0; y < rect.height + 2 * r; y++) {
        tc_row_split(split, PLANE_ROW, tc_tile_at(in, rect.x - r, rect.y - r + y), width, in->channels);
        for (int c = 0; c < tc_colour_channels(in->channels); c++)
            for (int x = 0; x < PLANE_ROW; x++) planes[c * PLANE + y * PLANE_ROW + x] = split[c * PLANE_ROW + x];
    }
}

static void filter_block(const kernel *k, const tc_tile *in, const tc_tile *out, tc_rect rect, int r) {
    TC_ASSERT(rect.width <= BLOCK && rect.height <= ROWS && r <= MAX_D / 2);
    float planes[MAX_COLOURS * PLANE];
    uint8_t row[MAX_CHANNELS * BLOCK] = {0};
    int channels = in->channels;
    read_planes(planes, in, rect, r);
    for (int y = 0; y < rect.height; y++) {
        const float *samples = planes + (y + r) * PLANE_ROW + r;
        filter_row(row, samples, rect.width, tc_colour_channels(channels), k);
        uint8_t *to = tc_tile_at(out, rect.x, rect.y + y);
        tc_row_join(to, row, BLOCK, rect.width, channels);
        tc_row_copy_alpha(to, channels, tc_tile_at(in, rect.x, rect.y + y), channels, rect.width);
    }
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    tc_rect all = out->rect, rect = all;
    int right = all.x + all.width, bottom = all.y + all.height;
    for (rect.y = all.y; rect.y < bottom; rect.y += rect.height) {
        rect.height = tc_min_int(ROWS, bottom - rect.y);
        for (rect.x = all.x; rect.x < right; rect.x += rect.width) {
            rect.width = tc_min_int(BLOCK, right - rect.x);
            filter_block(step->table, in, out, rect, radius(&step->args));
        }
    }
}

const tc_op TC_OP(bilateral) = {
    .name = "bilateral",
    .title = "Bilateral filter",
    .summary =
        "Smooths areas and preserves edges: averages each pixel's neighbourhood, weighted by similarity of colour.",
    .group = TC_GROUP_FILTER,
    .params = params,
    .need = TC_NEED_NEIGHBOURHOOD,
    .border = TC_BORDER_REFLECT101,
    .cost = 60,
    .radius = radius,
    .prepare = prepare,
    .run = run,
};
