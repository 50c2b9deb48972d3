// Median filters of 3 × 3 and 5 × 5 by sorting networks, for whole rows. The columns are sorted first, which is shared
// by all squares that contain them. Sorting the rows keeps the columns sorted; then every sample that has more than
// half of the square above it, or below it, in this partial order cannot be the median.
#include <string.h>

#include "core/assert.h"
#include "core/kernels/blocks.h"
#include "core/kernels/median.h"
#include "core/kernels/vector.h"

enum { BLOCK = 4096, MAX_ROW = BLOCK + TC_MAX_VECTOR_BYTES };

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

typedef uint8_t sorted_rows[5][MAX_ROW];

// The median of three sorted columns.
static inline uint8_t median_of3(const uint8_t a[3], const uint8_t b[3], const uint8_t c[3]) {
    uint8_t low = greatest(greatest(a[0], b[0]), c[0]), high = least(least(a[2], b[2]), c[2]);
    uint8_t v0 = a[1], v1 = b[1], v2 = c[1];
    sort3(&v0, &v1, &v2);
    sort3(&low, &v1, &high);
    return v1;
}

// Inserts a sample into two sorted ones.
static inline void insert(uint8_t to[3], uint8_t low, uint8_t high, uint8_t sample) {
    to[0] = least(low, sample);
    to[1] = greatest(low, least(high, sample));
    to[2] = greatest(high, sample);
}

// Two output rows at a time, which share two of their four input rows. Sorting the columns anew for each square is
// faster than storing them.
static void median_rows3(uint8_t *restrict to, uint8_t *restrict below, const uint8_t *restrict from, size_t stride,
                         int count, int step) {
    const uint8_t *second = from + stride, *third = second + stride, *fourth = third + stride;
    for (int i = 0; i < count; i++) {
        uint8_t upper[3][3], lower[3][3];
        for (int c = 0; c < 3; c++) {
            const int j = i + c * step;
            uint8_t low = least(second[j], third[j]), high = greatest(second[j], third[j]);
            insert(upper[c], low, high, from[j]);
            insert(lower[c], low, high, fourth[j]);
        }
        to[i] = median_of3(upper[0], upper[1], upper[2]);
        below[i] = median_of3(lower[0], lower[1], lower[2]);
    }
}

static void median_row3(uint8_t *restrict to, const uint8_t *restrict from, size_t stride, int count, int step) {
    const uint8_t *second = from + stride, *third = second + stride;
    for (int i = 0; i < count; i++) {
        uint8_t column[3][3];
        for (int c = 0; c < 3; c++) {
            const int j = i + c * step;
            insert(column[c], least(second[j], third[j]), greatest(second[j], third[j]), from[j]);
        }
        to[i] = median_of3(column[0], column[1], column[2]);
    }
}

#define INLINE static inline __attribute__((always_inline))

#if TC_LANES > 16
INLINE tc_vec middle(tc_vec a, tc_vec b, tc_vec c) {
    return v_max_u8(v_min_u8(a, b), v_min_u8(v_max_u8(a, b), c));
}

// median_row3 for TC_LANES samples.
INLINE tc_vec median_vector3(const uint8_t *from, size_t stride, int step) {
    tc_vec low[3], mid[3], high[3];
    for (int c = 0; c < 3; c++, from += step) {
        tc_vec a = v_load_once(from), b = v_load_once(from + stride), sample = v_load_once(from + 2 * stride);
        tc_vec less = v_min_u8(a, b), more = v_max_u8(a, b);
        low[c] = v_min_u8(less, sample);
        mid[c] = v_max_u8(less, v_min_u8(more, sample));
        high[c] = v_max_u8(more, sample);
    }
    return middle(v_max_u8(v_max_u8(low[0], low[1]), low[2]), middle(mid[0], mid[1], mid[2]),
                  v_min_u8(v_min_u8(high[0], high[1]), high[2]));
}

// One row at a time, between the first and the last vector with aligned streaming stores if the output is streamed.
// That gains more than sharing input rows between two output rows.
static bool median_vectors3(const tc_tile *in, const tc_tile *out) {
    tc_rect rect = out->rect;
    int step = in->channels, count = rect.width * step, last = count - TC_LANES;
    bool streamed = out->streamed && !tc_has_alpha(out->channels); // alpha is written afterwards
    if (last < 0) return false;
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        uint8_t *to = tc_tile_row(out, y);
        const uint8_t *from = tc_tile_at(in, rect.x - 1, y - 1);
        int i = TC_LANES - (int)((uintptr_t)to % TC_LANES);
        v_store(to, median_vector3(from, in->stride, step));
        if (streamed)
            for (; i < last; i += TC_LANES) v_stream(to + i, median_vector3(from + i, in->stride, step));
        else
            for (; i < last; i += TC_LANES) v_store(to + i, median_vector3(from + i, in->stride, step));
        v_store(to + last, median_vector3(from + last, in->stride, step));
    }
    if (streamed) v_fence();
    return true;
}
#else
static bool median_vectors3(const tc_tile *in, const tc_tile *out) {
    (void)in, (void)out;
    return false;
}
#endif

static void sort_columns5(sorted_rows sorted, const uint8_t *restrict from, size_t stride, int count) {
    TC_ASSERT_SLOW(count <= MAX_ROW);
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

// Of 25 samples sorted in both directions only the antidiagonal, the maximum of the four just below it and the minimum
// of the four just above it can be the median.
static void median_row5(uint8_t *restrict to, sorted_rows sorted, int count, int step) {
    TC_ASSERT_SLOW(count + 4 * step <= MAX_ROW);
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

static void median3(const tc_tile *in, const tc_tile *out) {
    if (median_vectors3(in, out)) return;
    tc_rect rect = out->rect;
    int step = in->channels, count = rect.width * step, bottom = rect.y + rect.height, y = rect.y;
    for (; y + 2 <= bottom; y += 2)
        median_rows3(tc_tile_row(out, y), tc_tile_row(out, y + 1), tc_tile_at(in, rect.x - 1, y - 1), in->stride, count,
                     step);
    if (y < bottom) median_row3(tc_tile_row(out, y), tc_tile_at(in, rect.x - 1, y - 1), in->stride, count, step);
}

static void median5(const tc_tile *in, const tc_tile *out) {
    sorted_rows sorted;
    tc_rect rect = out->rect;
    int channels = in->channels,
        block = tc_block_size(rect.width, BLOCK / channels / TC_MAX_VECTOR_BYTES * TC_MAX_VECTOR_BYTES);
    int right = rect.x + rect.width;
    for (int x = rect.x, width; x < right; x += width) {
        width = tc_block_next(&x, rect.x, right, block);
        int columns = tc_round_to_vectors((width + 4) * channels, (right + 4 - x) * channels);
        for (int y = rect.y; y < rect.y + rect.height; y++) {
            sort_columns5(sorted, tc_tile_at(in, x - 2, y - 2), in->stride, columns);
            median_row5(tc_tile_at(out, x, y), sorted, width * channels, channels);
        }
    }
}

void tc_median_network(const tc_tile *in, const tc_tile *out, int ksize) {
    TC_ASSERT(ksize == 3 || ksize == 5);
    TC_ASSERT(in->channels == out->channels && tc_rect_contains(in->rect, tc_rect_grow(out->rect, ksize / 2)));
    if (ksize == 3)
        median3(in, out);
    else
        median5(in, out);
}
