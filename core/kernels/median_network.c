// Medians of 9 and 25 by networks of minima and maxima, in whole rows. The columns of a row of squares are sorted
// first, once for all the squares that they belong to. Sorting the rows of columns that are sorted leaves the columns
// sorted, so every sample that then has more than half of the square on its one side, or on its other, is out.
#include <string.h>

#include "core/kernels/median.h"
#include "core/kernels/rows.h"

enum { BLOCK = 1024, MAX_KSIZE = 5, MAX_CHANNELS = 4, MAX_ROW = BLOCK + (MAX_KSIZE - 1) * MAX_CHANNELS };

static inline uint8_t least(uint8_t a, uint8_t b) {
    return a < b ? a : b;
}

static inline uint8_t greatest(uint8_t a, uint8_t b) {
    return a > b ? a : b;
}

static inline void sort2(uint8_t *a, uint8_t *b) {
    uint8_t low = least(*a, *b), high = greatest(*a, *b);
    *a = low;
    *b = high;
}

static inline void sort3(uint8_t *a, uint8_t *b, uint8_t *c) {
    sort2(a, b);
    sort2(b, c);
    sort2(a, b);
}

static inline void sort5(uint8_t v[5]) {
    sort2(&v[0], &v[1]);
    sort2(&v[3], &v[4]);
    sort2(&v[2], &v[4]);
    sort2(&v[2], &v[3]);
    sort2(&v[1], &v[4]);
    sort2(&v[0], &v[3]);
    sort2(&v[0], &v[2]);
    sort2(&v[1], &v[3]);
    sort2(&v[1], &v[2]);
}

static inline uint8_t median7(uint8_t v[7]) {
    sort2(&v[0], &v[5]);
    sort2(&v[0], &v[3]);
    sort2(&v[1], &v[6]);
    sort2(&v[2], &v[4]);
    sort2(&v[0], &v[1]);
    sort2(&v[3], &v[5]);
    sort2(&v[2], &v[6]);
    sort2(&v[2], &v[3]);
    sort2(&v[3], &v[6]);
    sort2(&v[4], &v[5]);
    sort2(&v[1], &v[4]);
    sort2(&v[1], &v[3]);
    return least(v[3], v[4]);
}

typedef uint8_t sorted_rows[MAX_KSIZE][MAX_ROW];

static void sort_columns3(sorted_rows sorted, const uint8_t *restrict from, size_t stride, int count) {
    uint8_t *restrict low = sorted[0], *restrict middle = sorted[1], *restrict high = sorted[2];
    for (int i = 0; i < count; i++) {
        uint8_t a = from[i], b = from[stride + (size_t)i], c = from[2 * stride + (size_t)i];
        sort3(&a, &b, &c);
        low[i] = a;
        middle[i] = b;
        high[i] = c;
    }
}

static void median_row3(uint8_t *restrict to, sorted_rows sorted, int count, int step) {
    const uint8_t *restrict low = sorted[0], *restrict middle = sorted[1], *restrict high = sorted[2];
    for (int i = 0; i < count; i++) {
        uint8_t a = greatest(greatest(low[i], low[i + step]), low[i + 2 * step]);
        uint8_t c = least(least(high[i], high[i + step]), high[i + 2 * step]);
        uint8_t v0 = middle[i], v1 = middle[i + step], v2 = middle[i + 2 * step];
        sort3(&v0, &v1, &v2);
        sort3(&a, &v1, &c);
        to[i] = v1;
    }
}

static void sort_columns5(sorted_rows sorted, const uint8_t *restrict from, size_t stride, int count) {
    const uint8_t *b = from + stride, *c = b + stride, *d = c + stride, *e = d + stride;
    uint8_t *restrict r0 = sorted[0], *restrict r1 = sorted[1], *restrict r2 = sorted[2], *restrict r3 = sorted[3],
                      *restrict r4 = sorted[4];
    for (int i = 0; i < count; i++) {
        uint8_t v[5] = {from[i], b[i], c[i], d[i], e[i]};
        sort5(v);
        r0[i] = v[0];
        r1[i] = v[1];
        r2[i] = v[2];
        r3[i] = v[3];
        r4[i] = v[4];
    }
}

// Of the 25 sorted both ways only the diagonal, the greatest of the four just below it, and the least of the four just
// above it can be the median.
static void median_row5(uint8_t *restrict to, sorted_rows sorted, int count, int step) {
    const uint8_t *restrict r0 = sorted[0], *restrict r1 = sorted[1], *restrict r2 = sorted[2],
                            *restrict r3 = sorted[3], *restrict r4 = sorted[4];
    for (int i = 0; i < count; i++) {
        const int j = i + step, k = j + step, l = k + step, m = l + step;
        uint8_t a[5] = {r0[i], r0[j], r0[k], r0[l], r0[m]}, b[5] = {r1[i], r1[j], r1[k], r1[l], r1[m]};
        uint8_t c[5] = {r2[i], r2[j], r2[k], r2[l], r2[m]}, d[5] = {r3[i], r3[j], r3[k], r3[l], r3[m]};
        uint8_t e[5] = {r4[i], r4[j], r4[k], r4[l], r4[m]};
        sort5(a);
        sort5(b);
        sort5(c);
        sort5(d);
        sort5(e);
        uint8_t below = greatest(greatest(a[3], b[2]), greatest(c[1], d[0]));
        uint8_t above = least(least(b[4], c[3]), least(d[2], e[1]));
        uint8_t left[7] = {a[4], b[3], c[2], d[1], e[0], below, above};
        to[i] = median7(left);
    }
}

void tc_median_network(const tc_tile *in, const tc_tile *out, int ksize) {
    sorted_rows sorted;
    int channels = in->channels, block = BLOCK / channels, half = ksize / 2;
    tc_rect rect = out->rect;
    for (int x = rect.x, width; x < rect.x + rect.width; x += width) {
        width = rect.x + rect.width - x < block ? rect.x + rect.width - x : block;
        int columns = (width + ksize - 1) * channels;
        for (int y = rect.y; y < rect.y + rect.height; y++) {
            const uint8_t *from = tc_tile_at(in, x - half, y - half);
            if (ksize == 3) {
                sort_columns3(sorted, from, in->stride, columns);
                median_row3(tc_tile_at(out, x, y), sorted, width * channels, channels);
            } else {
                sort_columns5(sorted, from, in->stride, columns);
                median_row5(tc_tile_at(out, x, y), sorted, width * channels, channels);
            }
        }
    }
}
