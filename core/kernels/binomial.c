#include "core/kernels/binomial.h"

static void add_columns3(uint16_t *restrict sums, const uint8_t *at, ptrdiff_t stride, int count) {
    const uint8_t *above = at - stride, *below = at + stride;
    for (int i = 0; i < count; i++) sums[i] = (uint16_t)(above[i] + below[i] + 2 * at[i]);
}

static void add_row3(uint8_t *restrict to, const uint16_t *restrict sums, int count, int step) {
    const uint16_t *here = sums + step, *right = here + step;
    for (int i = 0; i < count; i++) to[i] = (uint8_t)((uint16_t)(sums[i] + right[i] + 2 * here[i] + 8) >> 4);
}

void tc_binomial3_row(uint8_t *to, const uint8_t *from, ptrdiff_t stride, int count, int step, uint16_t *sums) {
    add_columns3(sums, from - step, stride, count + 2 * step);
    add_row3(to, sums, count, step);
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

void tc_binomial5_row(uint8_t *to, const uint8_t *from, ptrdiff_t stride, int count, int step, uint16_t *sums) {
    add_columns5(sums, from - 2 * step, stride, count + 4 * step);
    add_row5(to, sums, count, step);
}
