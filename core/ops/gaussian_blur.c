// Gaussian blur in fixed point. The kernel is quantised to 256ths with the sum 256, so a column sum of 8-bit samples
// fits 16 bits and the sum over both axes is exact: only the last step rounds, and the order of the axes is free.
// Columns go first: that needs one row of sums at a time, for tiles of any height.
#include <math.h>
#include <stdlib.h>

#include "core/assert.h"
#include "core/kernels/binomial.h"
#include "core/kernels/exponential.h"
#include "core/kernels/rows.h"
#include "core/kernels/vector.h"
#include "core/op.h"

enum { ARG_KSIZE, ARG_SIGMA };
// The rows of a strip that a kernel reads stay in the first-level cache: many rows, or a few.
enum { MAX_KSIZE = 99, MAX_CHANNELS = 4, STRIP = 1024, WIDE_STRIP = 4096 };
// Sums of a strip's row, with the kernel's radius on both sides, padded to whole vectors.
enum { MAX_SUMS = STRIP + (MAX_KSIZE + 1) * MAX_CHANNELS + TC_LANES };
// Subtracted from column sums, so that they fit signed 16-bit numbers.
enum { BIAS = 32768 };

static const tc_param params[] = {
    TC_NUMBER(ODD, "ksize", "Kernel size", 5, 1, MAX_KSIZE, "px"),
    TC_NUMBER(REAL, "sigma", "Sigma (0: from the size)", 0, 0, 50, "px"),
    TC_PARAMS_END,
};

typedef struct kernel {
    int size; // without the zeros at both ends
    uint16_t weight[MAX_KSIZE];
    bool binomial; // core/kernels/binomial.h implements it
    bool narrow;   // weights fit signed bytes, and two neighbouring ones times 255 a signed 16-bit number
    // For vectors, weights in pairs, the last with a zero: signed bytes and 16-bit numbers.
    int16_t bytes[MAX_KSIZE / 2 + 1];
    int32_t words[MAX_KSIZE / 2 + 1];
} kernel;

// Weights of one half and the centre; their sum over the whole kernel is 1.
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

static void quantise(uint16_t weight[MAX_KSIZE], int size, double sigma) {
    TC_ASSERT(size >= 1 && size <= MAX_KSIZE && size % 2 == 1);
    int half = size / 2, total = 0;
    double real[MAX_KSIZE / 2 + 1], carried = 0;
    bool fixed = sigma <= 0 && half >= 1 && half <= 4;
    if (!fixed) sample_gauss(real, size, sigma);
    for (int i = 0; i < half; i++) {
        // Rounded half to even, the error carried into the next weight.
        double wanted = fixed ? tc_small_gaussians[half][i] : real[i] * 256 + carried;
        int rounded = (int)rint(wanted);
        carried = wanted - rounded;
        weight[i] = weight[size - 1 - i] = (uint16_t)rounded;
        total += 2 * rounded;
    }
    weight[half] = (uint16_t)(256 - total);
}

static void *prepare(const tc_step *step) {
    kernel *k = calloc(1, sizeof *k);
    if (!k) return NULL;
    uint16_t weight[MAX_KSIZE];
    int size = (int)step->args.value[ARG_KSIZE], zeros = 0;
    quantise(weight, size, step->args.value[ARG_SIGMA]);
    while (weight[zeros] == 0) zeros++;
    k->size = size - 2 * zeros;
    k->narrow = true;
    for (int i = 0; i < k->size; i++) k->weight[i] = weight[zeros + i];
    for (int i = 0; i < k->size; i++) {
        int next = i + 1 < k->size ? k->weight[i + 1] : 0;
        if (k->weight[i] > INT8_MAX || (k->weight[i] + next) * UINT8_MAX > INT16_MAX) k->narrow = false;
        if (i % 2 != 0) continue;
        k->bytes[i / 2] = (int16_t)(k->weight[i] | next << 8);
        k->words[i / 2] = k->weight[i] | next << 16;
    }
    k->binomial = (k->size == 3 && k->weight[0] == 64) || (k->size == 5 && k->weight[0] == 16 && k->weight[1] == 64);
    return k;
}

static int radius(const tc_args *args) {
    return (int)args->value[ARG_KSIZE] / 2;
}

// Not inlined: GCC 12 would unroll and jam the loop over the weights, and then not vectorise it.
__attribute__((noinline)) static void add_samples(int16_t *restrict sums, const uint8_t *restrict from, int count,
                                                  int16_t weight) {
    for (int i = 0; i < count; i++) sums[i] = (int16_t)(sums[i] + weight * from[i]);
}
__attribute__((noinline)) static void add_sums(int32_t *restrict total, const int16_t *restrict sums, int count,
                                               int16_t weight) {
    for (int i = 0; i < count; i++) total[i] += weight * sums[i];
}

// sums[i] = sum over the kernel of the samples at and below from[i], less BIAS.
static void add_columns(int16_t *restrict sums, const uint8_t *restrict from, size_t stride, int count,
                        const kernel *k) {
    for (int i = 0; i < count; i++) sums[i] = -BIAS;
    for (int j = 0; j < k->size; j++) add_samples(sums, from + (size_t)j * stride, count, (int16_t)k->weight[j]);
}

static void add_row(uint8_t *restrict to, const int16_t *restrict sums, int count, int step, const kernel *k) {
    int32_t total[STRIP];
    for (int i = 0; i < count; i++) total[i] = BIAS * 256 + (1 << 15);
    for (int j = 0; j < k->size; j++) add_sums(total, sums + j * step, count, (int16_t)k->weight[j]);
    for (int i = 0; i < count; i++) to[i] = (uint8_t)(total[i] >> 16);
}

#if TC_LANES == 16
// The same in vectors; false when there are too few samples. Rows of equal weight are added first, as this level has no
// multiplication of bytes.
static bool add_columns_vectors(int16_t *sums, const uint8_t *from, size_t stride, int count, const kernel *k) {
    if (count < TC_LANES) return false;
    const int half = k->size / 2;
    for (int i = 0; i < count; i += TC_LANES) {
        int at = v_start(i, count);
        const uint8_t *above = from + at, *below = above + (size_t)(k->size - 1) * stride;
        tc_vec low = v_set16(-BIAS), high = low;
        for (int j = 0; j <= half; j++, above += stride, below -= stride) {
            tc_vec a = v_load(above), b = j < half ? v_load(below) : v_set8(0), weight = v_set16(k->weight[j]);
            low = v_add16(low, v_mullo16(v_sum_pairs_u8(v_zip8_each_lo(a, b)), weight));
            high = v_add16(high, v_mullo16(v_sum_pairs_u8(v_zip8_each_hi(a, b)), weight));
        }
        v_store(sums + at, low);
        v_store(sums + at + TC_LANES / 2, high);
    }
    return true;
}
#elif TC_LANES
// The same in vectors; false when there are too few samples, or weights that do not fit.
static bool add_columns_vectors(int16_t *sums, const uint8_t *from, size_t stride, int count, const kernel *k) {
    if (count < TC_LANES || !k->narrow) return false;
    for (int i = 0; i < count; i += TC_LANES) {
        int at = v_start(i, count);
        const uint8_t *p = from + at;
        tc_vec low = v_set16(-BIAS), high = low;
        for (int j = 0; j < k->size; j += 2, p += 2 * stride) {
            tc_vec a = v_load(p), b = j + 1 < k->size ? v_load(p + stride) : a, weights = v_set16(k->bytes[j / 2]);
            low = v_add16(low, v_madd_u8(v_zip8_each_lo(a, b), weights));
            high = v_add16(high, v_madd_u8(v_zip8_each_hi(a, b), weights));
        }
        v_store(sums + at, v_zip128_lo(low, high));
        v_store(sums + at + TC_LANES / 2, v_zip128_hi(low, high));
    }
    return true;
}
#endif

#if TC_LANES
// pairs[i] = sums[i] and sums[i + step].
static void pair(int32_t *pairs, const int16_t *sums, int count, int step) {
    for (int i = 0; i < count; i += TC_LANES / 2) {
        tc_vec a = v_load(sums + i), b = v_load(sums + i + step);
        tc_vec low = v_zip16_each_lo(a, b), high = v_zip16_each_hi(a, b);
        v_store(pairs + i, v_zip128_lo(low, high));
        v_store(pairs + i + TC_LANES / 4, v_zip128_hi(low, high));
    }
}

static bool add_row_vectors(uint8_t *to, const int16_t *sums, int count, int step, const kernel *k) {
    enum { PART = TC_LANES / 4 };
    int32_t pairs[MAX_SUMS + TC_LANES];
    if (count < TC_LANES) return false;
    pair(pairs, sums, count + (k->size - 1) * step, step);
    for (int i = 0; i < count; i += TC_LANES) {
        int at = v_start(i, count);
        const int32_t *p = pairs + at;
        tc_vec a = v_set32(BIAS * 256 + (1 << 15)), b = a, c = a, d = a;
        for (int j = 0; j < k->size; j += 2, p += 2 * step) {
            tc_vec weights = v_set32(k->words[j / 2]);
            a = v_dot_i16(a, v_load(p), weights);
            b = v_dot_i16(b, v_load(p + PART), weights);
            c = v_dot_i16(c, v_load(p + 2 * PART), weights);
            d = v_dot_i16(d, v_load(p + 3 * PART), weights);
        }
        a = v_narrow_i32_i16(v_shr_i32(a, 16), v_shr_i32(b, 16));
        c = v_narrow_i32_i16(v_shr_i32(c, 16), v_shr_i32(d, 16));
        v_store(to + at, v_narrow_i16_u8(a, c));
    }
    return true;
}
#else
static bool add_columns_vectors(int16_t *sums, const uint8_t *from, size_t stride, int count, const kernel *k) {
    (void)sums, (void)from, (void)stride, (void)count, (void)k;
    return false;
}
static bool add_row_vectors(uint8_t *to, const int16_t *sums, int count, int step, const kernel *k) {
    (void)to, (void)sums, (void)count, (void)step, (void)k;
    return false;
}
#endif

// `from` points at the first pixel of the strip's row.
static void blur_row(uint8_t *to, const uint8_t *from, size_t stride, int count, int step, const kernel *k) {
    TC_ASSERT_SLOW(count > 0 && count <= STRIP && k->size <= MAX_KSIZE);
    int16_t sums[MAX_SUMS] = {0};
    int half = k->size / 2, wide = count + (k->size - 1) * step;
    from -= (size_t)half * stride + (size_t)(half * step);
    if (!add_columns_vectors(sums, from, stride, wide, k)) add_columns(sums, from, stride, wide, k);
    if (!add_row_vectors(to, sums, count, step, k)) add_row(to, sums, count, step, k);
}

static void binomial_row(uint8_t *to, const uint8_t *from, size_t stride, int count, int step, const kernel *k) {
    uint16_t sums[WIDE_STRIP + 4 * MAX_CHANNELS];
    (k->size == 3 ? tc_binomial3_row : tc_binomial5_row)(to, from, (ptrdiff_t)stride, count, step, sums);
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    const kernel *k = step->table;
    if (k->size == 1) {
        tc_tile_copy(out, in);
        return;
    }
    TC_ASSERT(in->channels <= MAX_CHANNELS && out->channels == in->channels);
    int channels = in->channels, right = out->rect.x + out->rect.width;
    int most = (k->binomial ? WIDE_STRIP : STRIP) / channels;
    for (int x = out->rect.x, width; x < right; x += width) {
        width = right - x < most ? right - x : most;
        for (int y = out->rect.y; y < out->rect.y + out->rect.height; y++) {
            const uint8_t *from = tc_tile_at(in, x, y);
            uint8_t *to = tc_tile_at(out, x, y);
            (k->binomial ? binomial_row : blur_row)(to, from, in->stride, width * channels, channels, k);
            tc_row_copy_alpha(to, channels, from, channels, width);
        }
    }
}

const tc_op TC_OP(gaussian_blur) = {
    .name = "gaussian_blur",
    .title = "Gaussian blur",
    .summary = "Blurs the picture with a Gaussian average of each pixel's neighbourhood.",
    .group = TC_GROUP_FILTER,
    .params = params,
    .need = TC_NEED_NEIGHBOURHOOD,
    .border = TC_BORDER_REFLECT101,
    .cost = 8,
    .radius = radius,
    .prepare = prepare,
    .run = run,
};
