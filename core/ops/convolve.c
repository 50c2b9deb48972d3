// Correlation with a square kernel given by the user. Integer weights give exact sums. Other weights become fixed point
// if that is nearly exact; else the sums are floats, in the kernel's order.
#include <math.h>
#include <stdlib.h>

#include "core/assert.h"
#include "core/kernels/rows.h"
#include "core/kernels/vector.h"
#include "core/op.h"

enum { ARG_KERNEL, ARG_OFFSET };
enum { MAX_TAPS = TC_MAX_LIST, STRIP = 4096 };

// Emboss, lit from the top left.
static const double emboss[] = {-2, -1, 0, -1, 1, 1, 0, 1, 2};

static const tc_param params[] = {
    {.name = "kernel",
     .title = "Kernel, row by row",
     .kind = TC_PARAM_LIST,
     .initial = 9,
     .min = -1000,
     .max = 1000,
     .unit = "",
     .counts = {9, 25, 49},
     .initial_list = emboss},
    TC_NUMBER(INT, "offset", "Offset", 0, -255, 255, ""),
    TC_PARAMS_END,
};

// The type of the sums: 16 bits for small integer weights, 32-bit fixed point, or floats.
typedef enum sums_kind { SUMS_16, SUMS_32, SUMS_FLOAT } sums_kind;

// The non-zero weights and their offsets from the pixel. If their number is odd, a 0 follows.
typedef struct kernel {
    int taps;
    int8_t dx[MAX_TAPS + 1], dy[MAX_TAPS + 1];
    sums_kind kind;
    int16_t fixed[MAX_TAPS + 1]; // not for SUMS_FLOAT
    int shift;                   // SUMS_32: fractional bits
    int32_t start;               // the initial sum: the offset, and a half for rounding
    float real[MAX_TAPS + 1], real_start;
} kernel;

static int side_of(const tc_args *args) {
    return (int)sqrt(args->value[ARG_KERNEL]);
}

static int radius(const tc_args *args) {
    return side_of(args) / 2;
}

// True when the weights are integers and no sum overflows 16 bits.
static bool fix_16(kernel *k, const double weight[], int offset) {
    double total = 0;
    for (int i = 0; i < k->taps; i++) {
        if (weight[i] != rint(weight[i])) return false;
        total += fabs(weight[i]);
    }
    if (total > INT8_MAX || total * 255 + abs(offset) > INT16_MAX) return false;
    for (int i = 0; i < k->taps; i++) k->fixed[i] = (int16_t)weight[i];
    k->start = offset;
    return true;
}

// Uses as many fractional bits as 16-bit weights and 32-bit sums allow. True when all sums are exact to less than a
// quarter.
static bool fix_32(kernel *k, const double weight[], int offset) {
    double greatest = 0, total = 0, deviation = 0;
    for (int i = 0; i < k->taps; i++) {
        greatest = fmax(greatest, fabs(weight[i]));
        total += fabs(weight[i]);
    }
    while (ldexp(greatest, k->shift + 1) < INT16_MAX && ldexp(total * 255 + 256, k->shift + 1) < INT32_MAX) k->shift++;
    for (int i = 0; i < k->taps; i++) {
        double fixed = rint(ldexp(weight[i], k->shift));
        deviation += 255 * fabs(weight[i] - ldexp(fixed, -k->shift));
        k->fixed[i] = (int16_t)fixed;
    }
    k->start = (int32_t)ldexp(offset + 0.5, k->shift);
    return deviation < 0.25;
}

static void *prepare(const tc_step *step) {
    kernel *k = calloc(1, sizeof *k);
    if (!k) return NULL;
    int side = side_of(&step->args), offset = (int)step->args.value[ARG_OFFSET];
    double weight[MAX_TAPS];
    TC_ASSERT(side * side == (int)step->args.value[ARG_KERNEL] && side * side <= MAX_TAPS);
    for (int i = 0; i < side * side; i++) {
        if (step->args.list[i] == 0) continue;
        k->dx[k->taps] = (int8_t)(i % side - side / 2);
        k->dy[k->taps] = (int8_t)(i / side - side / 2);
        k->real[k->taps] = (float)step->args.list[i];
        weight[k->taps++] = step->args.list[i];
    }
    k->real_start = (float)offset + 0.5f;
    k->kind = fix_16(k, weight, offset) ? SUMS_16 : fix_32(k, weight, offset) ? SUMS_32 : SUMS_FLOAT;
    return k;
}

// Not inlined: GCC 12 would unroll and jam the loop over the weights, and then not vectorise it.
__attribute__((noinline)) static void add_16(int16_t *restrict sums, const uint8_t *restrict from, int count,
                                             int16_t weight) {
    for (int i = 0; i < count; i++) sums[i] = (int16_t)(sums[i] + weight * from[i]);
}
__attribute__((noinline)) static void add_32(int32_t *restrict sums, const uint8_t *restrict from, int count,
                                             int16_t weight) {
    for (int i = 0; i < count; i++) sums[i] += weight * (int16_t)from[i];
}
__attribute__((noinline)) static void add_float(float *restrict sums, const uint8_t *restrict from, int count,
                                                float weight) {
    for (int i = 0; i < count; i++) sums[i] += weight * (float)from[i];
}

// Below, at[j] points at the samples for weight j of a row.

static void row_16(uint8_t *restrict to, const uint8_t *const at[], int count, const kernel *k) {
    int16_t sums[STRIP];
    for (int i = 0; i < count; i++) sums[i] = (int16_t)k->start;
    for (int j = 0; j < k->taps; j++) add_16(sums, at[j], count, k->fixed[j]);
    for (int i = 0; i < count; i++) {
        int16_t v = sums[i] < 0 ? 0 : sums[i];
        to[i] = (uint8_t)(v > 255 ? 255 : v);
    }
}

static void row_32(uint8_t *restrict to, const uint8_t *const at[], int count, const kernel *k) {
    int32_t sums[STRIP];
    for (int i = 0; i < count; i++) sums[i] = k->start;
    for (int j = 0; j < k->taps; j++) add_32(sums, at[j], count, k->fixed[j]);
    for (int i = 0; i < count; i++) {
        int32_t v = sums[i] >> k->shift;
        v = v < 0 ? 0 : v;
        to[i] = (uint8_t)(v > 255 ? 255 : v);
    }
}

static void row_float(uint8_t *restrict to, const uint8_t *const at[], int count, const kernel *k) {
    float sums[STRIP];
    for (int i = 0; i < count; i++) sums[i] = k->real_start;
    for (int j = 0; j < k->taps; j++) add_float(sums, at[j], count, k->real[j]);
    for (int i = 0; i < count; i++) {
        float v = sums[i] < 0 ? 0 : sums[i];
        to[i] = (uint8_t)(int32_t)(v > 255 ? 255 : v);
    }
}

#if TC_LANES
// Two adjacent weights.
static tc_vec two_words(const int16_t *weight) {
    return v_set32((int32_t)((uint32_t)(weight[0] & 65535) | (uint32_t)weight[1] << 16));
}

#if TC_LANES == 16
// This level has no multiplication of bytes.
static tc_vec vector_16(const uint8_t *const at[], int i, const kernel *k) {
    tc_vec low = v_set16(k->start), high = low;
    for (int j = 0; j < k->taps; j++) {
        tc_vec a = v_load(at[j] + i), weight = v_set16(k->fixed[j]);
        low = v_add16(low, v_mullo16(v_widen_u8_lo(a), weight));
        high = v_add16(high, v_mullo16(v_widen_u8_hi(a), weight));
    }
    return v_narrow_i16_u8(low, high);
}
#else
static tc_vec two_bytes(const int16_t *weight) {
    return v_set16((weight[0] & 255) | (weight[1] & 255) << 8);
}

static tc_vec vector_16(const uint8_t *const at[], int i, const kernel *k) {
    tc_vec low = v_set16(k->start), high = low;
    for (int j = 0; j < k->taps; j += 2) {
        tc_vec a = v_load(at[j] + i), b = v_load(at[j + 1] + i), weights = two_bytes(k->fixed + j);
        low = v_add16(low, v_madd_u8(v_zip8_each_lo(a, b), weights));
        high = v_add16(high, v_madd_u8(v_zip8_each_hi(a, b), weights));
    }
    return v_narrow_each_i16_u8(low, high);
}
#endif

static tc_vec vector_32(const uint8_t *const at[], int i, const kernel *k) {
    const tc_vec zero = v_set8(0);
    tc_vec p = v_set32(k->start), q = p, r = p, s = p;
    for (int j = 0; j < k->taps; j += 2) {
        tc_vec a = v_load(at[j] + i), b = v_load(at[j + 1] + i), weights = two_words(k->fixed + j);
        tc_vec low = v_zip8_each_lo(a, b), high = v_zip8_each_hi(a, b);
        p = v_dot_i16(p, v_zip8_each_lo(low, zero), weights);
        q = v_dot_i16(q, v_zip8_each_hi(low, zero), weights);
        r = v_dot_i16(r, v_zip8_each_lo(high, zero), weights);
        s = v_dot_i16(s, v_zip8_each_hi(high, zero), weights);
    }
    p = v_narrow_each_i32_i16(v_shr_i32(p, k->shift), v_shr_i32(q, k->shift));
    r = v_narrow_each_i32_i16(v_shr_i32(r, k->shift), v_shr_i32(s, k->shift));
    return v_narrow_each_i16_u8(p, r);
}

// False when there are too few samples for a vector.
static bool row_vectors(uint8_t *to, const uint8_t *const at[], int count, const kernel *k) {
    if (count < TC_LANES || k->kind == SUMS_FLOAT) return false;
    for (int i = 0; i < count; i += TC_LANES) {
        int place = v_start(i, count);
        v_store(to + place, (k->kind == SUMS_16 ? vector_16 : vector_32)(at, place, k));
    }
    return true;
}
#else
static bool row_vectors(uint8_t *to, const uint8_t *const at[], int count, const kernel *k) {
    (void)to, (void)at, (void)count, (void)k;
    return false;
}
#endif

static void convolve_row(uint8_t *to, const uint8_t *const at[], int count, const kernel *k) {
    TC_ASSERT_SLOW(count > 0 && count <= STRIP && k->taps <= MAX_TAPS);
    static void (*const rows[])(uint8_t *restrict, const uint8_t *const[], int, const kernel *) = {row_16, row_32,
                                                                                                   row_float};
    if (!row_vectors(to, at, count, k)) rows[k->kind](to, at, count, k);
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    const kernel *k = step->table;
    const uint8_t *at[MAX_TAPS + 1];
    int channels = in->channels, right = out->rect.x + out->rect.width, most = STRIP / channels;
    for (int x = out->rect.x, width; x < right; x += width) {
        width = right - x < most ? right - x : most;
        for (int y = out->rect.y; y < out->rect.y + out->rect.height; y++) {
            uint8_t *to = tc_tile_at(out, x, y);
            // One more than there are taps: they are read in pairs.
            for (int j = 0; j <= k->taps; j++) at[j] = tc_tile_at(in, x + k->dx[j], y + k->dy[j]);
            convolve_row(to, at, width * channels, k);
            tc_row_copy_alpha(to, channels, tc_tile_at(in, x, y), channels, width);
        }
    }
}

const tc_op TC_OP(convolve) = {
    .name = "convolve",
    .title = "Convolve",
    .summary = "Replaces each pixel by the weighted sum of its neighbourhood, with a kernel of your own.",
    .group = TC_GROUP_FILTER,
    .params = params,
    .need = TC_NEED_NEIGHBOURHOOD,
    .border = TC_BORDER_REFLECT101,
    .cost = 12,
    .radius = radius,
    .prepare = prepare,
    .run = run,
};
