// Gaussian blur with the binomial kernels of 3 and 5 samples, as plain C and in vectors.
#include "core/kernels/binomial.h"

#include "core/assert.h"
#include "core/kernels/vector.h"

static void add_columns3(uint16_t *restrict sums, const uint8_t *at, ptrdiff_t stride, int count) {
    const uint8_t *above = at - stride, *below = at + stride;
    for (int i = 0; i < count; i++) sums[i] = (uint16_t)(above[i] + below[i] + 2 * at[i]);
}

static void add_row3(uint8_t *restrict to, const uint16_t *restrict sums, int count, int step) {
    const uint16_t *here = sums + step, *right = here + step;
    for (int i = 0; i < count; i++) to[i] = (uint8_t)((uint16_t)(sums[i] + right[i] + 2 * here[i] + 8) >> 4);
}

static void add_columns5(uint16_t *restrict sums, const uint8_t *at, ptrdiff_t stride, int count) {
    const uint8_t *a = at - 2 * stride, *b = at - stride, *c = at + stride, *d = at + 2 * stride;
    for (int i = 0; i < count; i++) sums[i] = (uint16_t)(a[i] + d[i] + 4 * (b[i] + at[i] + c[i]) + 2 * at[i]);
}

static void add_row5(uint8_t *restrict to, const uint16_t *restrict sums, int count, int step) {
    const uint16_t *b = sums + step, *at = b + step, *c = at + step, *d = c + step;
    for (int i = 0; i < count; i++)
        to[i] = (uint8_t)((uint16_t)(sums[i] + d[i] + 4 * (b[i] + at[i] + c[i]) + 2 * at[i] + 128) >> 8);
}

#if TC_LANES
static void store_sums(uint16_t *to, tc_vec low, tc_vec high) {
    v_store(to, v_zip128_lo(low, high));
    v_store(to + TC_LANES / 2, v_zip128_hi(low, high));
}

static tc_vec binomial3(tc_vec a, tc_vec b, tc_vec c) {
    return v_add16(v_add16(a, c), v_add16(b, b));
}

static tc_vec binomial5(tc_vec a, tc_vec b, tc_vec c, tc_vec d, tc_vec e) {
    return v_add16(v_add16(v_add16(a, e), v_add16(c, c)), v_shl16(v_add16(v_add16(b, d), c), 2));
}

static void columns3(uint16_t *to, const uint8_t *p, ptrdiff_t stride) {
    const tc_vec zero = v_set8(0);
    tc_vec a = v_load(p - stride), b = v_load(p), c = v_load(p + stride);
    store_sums(to, binomial3(v_zip8_each_lo(a, zero), v_zip8_each_lo(b, zero), v_zip8_each_lo(c, zero)),
               binomial3(v_zip8_each_hi(a, zero), v_zip8_each_hi(b, zero), v_zip8_each_hi(c, zero)));
}

static void columns5(uint16_t *to, const uint8_t *p, ptrdiff_t stride) {
    const tc_vec zero = v_set8(0);
    tc_vec a = v_load(p - 2 * stride), b = v_load(p - stride), c = v_load(p), d = v_load(p + stride),
           e = v_load(p + 2 * stride);
    store_sums(to,
               binomial5(v_zip8_each_lo(a, zero), v_zip8_each_lo(b, zero), v_zip8_each_lo(c, zero),
                         v_zip8_each_lo(d, zero), v_zip8_each_lo(e, zero)),
               binomial5(v_zip8_each_hi(a, zero), v_zip8_each_hi(b, zero), v_zip8_each_hi(c, zero),
                         v_zip8_each_hi(d, zero), v_zip8_each_hi(e, zero)));
}

static tc_vec row3(const uint16_t *p, int step) {
    tc_vec sum = binomial3(v_load(p), v_load(p + step), v_load(p + 2 * step));
    return v_shr_u16(v_add16(sum, v_set16(8)), 4);
}

static tc_vec row5(const uint16_t *p, int step) {
    tc_vec sum =
        binomial5(v_load(p), v_load(p + step), v_load(p + 2 * step), v_load(p + 3 * step), v_load(p + 4 * step));
    return v_shr_u16(v_add16(sum, v_set16(128)), 8);
}

static bool row3_vectors(uint8_t *to, const uint8_t *from, ptrdiff_t stride, int count, int step, uint16_t *sums) {
    int wide = count + 2 * step;
    if (count < TC_LANES) return false;
    for (int i = 0; i < wide; i += TC_LANES) {
        int at = v_start(i, wide);
        columns3(sums + at, from - step + at, stride);
    }
    for (int i = 0; i < count; i += TC_LANES) {
        int at = v_start(i, count);
        v_store(to + at, v_narrow_i16_u8(row3(sums + at, step), row3(sums + at + TC_LANES / 2, step)));
    }
    return true;
}

static bool row5_vectors(uint8_t *to, const uint8_t *from, ptrdiff_t stride, int count, int step, uint16_t *sums) {
    int wide = count + 4 * step;
    if (count < TC_LANES) return false;
    for (int i = 0; i < wide; i += TC_LANES) {
        int at = v_start(i, wide);
        columns5(sums + at, from - 2 * step + at, stride);
    }
    for (int i = 0; i < count; i += TC_LANES) {
        int at = v_start(i, count);
        v_store(to + at, v_narrow_i16_u8(row5(sums + at, step), row5(sums + at + TC_LANES / 2, step)));
    }
    return true;
}
#else
static bool row3_vectors(uint8_t *to, const uint8_t *from, ptrdiff_t stride, int count, int step, uint16_t *sums) {
    (void)to, (void)from, (void)stride, (void)count, (void)step, (void)sums;
    return false;
}
static bool row5_vectors(uint8_t *to, const uint8_t *from, ptrdiff_t stride, int count, int step, uint16_t *sums) {
    (void)to, (void)from, (void)stride, (void)count, (void)step, (void)sums;
    return false;
}
#endif

void tc_binomial3_row(uint8_t *to, const uint8_t *from, ptrdiff_t stride, int count, int step, uint16_t *sums) {
    TC_ASSERT_SLOW(count >= 0 && step >= 1);
    if (row3_vectors(to, from, stride, count, step, sums)) return;
    add_columns3(sums, from - step, stride, count + 2 * step);
    add_row3(to, sums, count, step);
}

void tc_binomial5_row(uint8_t *to, const uint8_t *from, ptrdiff_t stride, int count, int step, uint16_t *sums) {
    TC_ASSERT_SLOW(count >= 0 && step >= 1);
    if (row5_vectors(to, from, stride, count, step, sums)) return;
    add_columns5(sums, from - 2 * step, stride, count + 4 * step);
    add_row5(to, sums, count, step);
}
