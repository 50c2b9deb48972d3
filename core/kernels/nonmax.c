// Sobel gradients and non-maximum suppression, row by row in strips that stay in the first-level cache.
#include "core/kernels/nonmax.h"

#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "core/kernels/vector.h"

// A tile is processed in strips of this width, so that their rows stay in the first-level cache.
enum { STRIP = 512, SAMPLES = STRIP + 4, GRADIENTS = STRIP + 2 };

// A row of one channel after the horizontal pass of the separable Sobel filters.
typedef struct half_row {
    int16_t difference[GRADIENTS]; // right - left
    int16_t sum[GRADIENTS];        // left + 2 centre + right
} half_row;

// A row of gradients, for the strip's columns and one more on each side (index 0 is the column left of the strip).
typedef struct gradient_row {
    int16_t dx[GRADIENTS], dy[GRADIENTS], magnitude[GRADIENTS];
} gradient_row;

typedef struct strip {
    uint8_t plane[3][SAMPLES];
    half_row half[3][3]; // by row % 3, then channel
    gradient_row gradient[3];
} strip;

static inline int16_t abs_16(int16_t v) {
    return v < 0 ? (int16_t)-v : v;
}

static void split_tail(uint8_t plane[3][SAMPLES], const uint8_t *from, int channels, int x, int count) {
    TC_ASSERT_SLOW(channels >= 3 && count <= SAMPLES);
    for (; x < count; x++)
        for (int c = 0; c < 3; c++) plane[c][x] = from[x * channels + c];
}

#if TC_LANES
static void split_row(uint8_t plane[3][SAMPLES], const uint8_t *from, int channels, int count) {
    int x = 0;
    tc_vec r, g, b, alpha;
    if (channels == 3)
        for (; x + TC_LANES <= count; x += TC_LANES) {
            v_load3(from + 3 * x, &r, &g, &b);
            v_store(plane[0] + x, r);
            v_store(plane[1] + x, g);
            v_store(plane[2] + x, b);
        }
    else
        for (; x + TC_LANES <= count; x += TC_LANES) {
            v_load4(from + 4 * x, &r, &g, &b, &alpha);
            v_store(plane[0] + x, r);
            v_store(plane[1] + x, g);
            v_store(plane[2] + x, b);
        }
    split_tail(plane, from, channels, x, count);
}
#else
static void split_row(uint8_t plane[3][SAMPLES], const uint8_t *from, int channels, int count) {
    split_tail(plane, from, channels, 0, count);
}
#endif

static void sobel_half_tail(half_row *restrict half, const uint8_t *restrict from, int i, int count) {
    for (; i < count; i++) {
        half->difference[i] = (int16_t)(from[i + 2] - from[i]);
        half->sum[i] = (int16_t)(from[i] + 2 * from[i + 1] + from[i + 2]);
    }
}

#if TC_LANES
static inline void halve_lanes(half_row *half, int i, tc_vec left, tc_vec centre, tc_vec right) {
    v_store(half->difference + i, v_sub16(right, left));
    v_store(half->sum + i, v_add16(v_add16(left, right), v_shl16(centre, 1)));
}

static void sobel_half_row(half_row *half, const uint8_t *from, int count) {
    int i = 0;
    for (; i + TC_LANES <= count; i += TC_LANES) {
        tc_vec left = v_load(from + i), centre = v_load(from + i + 1), right = v_load(from + i + 2);
        halve_lanes(half, i, v_widen_u8_lo(left), v_widen_u8_lo(centre), v_widen_u8_lo(right));
        halve_lanes(half, i + TC_LANES / 2, v_widen_u8_hi(left), v_widen_u8_hi(centre), v_widen_u8_hi(right));
    }
    sobel_half_tail(half, from, i, count);
}
#else
static void sobel_half_row(half_row *half, const uint8_t *from, int count) {
    sobel_half_tail(half, from, 0, count);
}
#endif

// Applies the horizontal pass to row y of the picture, from two columns left of the strip on.
static void filter_row(strip *s, const tc_tile *in, int x, int y, int width) {
    TC_ASSERT_SLOW(width > 0 && width <= STRIP);
    half_row *half = s->half[(y + 3) % 3];
    const uint8_t *from = tc_tile_at(in, x - 2, y);
    int count = width + 2;
    if (tc_colour_channels(in->channels) == 3) {
        split_row(s->plane, from, in->channels, count + 2);
        for (int c = 0; c < 3; c++) sobel_half_row(&half[c], s->plane[c], count);
    } else if (in->channels == 1) {
        sobel_half_row(&half[0], from, count);
    } else {
        for (int i = 0; i < count + 2; i++) s->plane[0][i] = from[i * in->channels];
        sobel_half_row(&half[0], s->plane[0], count);
    }
}

static void gradients_of_grey(gradient_row *restrict to, const half_row *restrict above, const half_row *restrict here,
                              const half_row *restrict below, int count) {
    for (int i = 0; i < count; i++) {
        int16_t dx = (int16_t)(above->difference[i] + 2 * here->difference[i] + below->difference[i]);
        int16_t dy = (int16_t)(below->sum[i] - above->sum[i]);
        to->dx[i] = dx;
        to->dy[i] = dy;
        to->magnitude[i] = (int16_t)(abs_16(dx) + abs_16(dy));
    }
}

static void gradients_of_next_tail(gradient_row *restrict to, const half_row *restrict above,
                                   const half_row *restrict here, const half_row *restrict below, int i, int count) {
    for (; i < count; i++) {
        int16_t dx = (int16_t)(above->difference[i] + 2 * here->difference[i] + below->difference[i]);
        int16_t dy = (int16_t)(below->sum[i] - above->sum[i]);
        int16_t magnitude = (int16_t)(abs_16(dx) + abs_16(dy)), best = to->magnitude[i];
        to->dx[i] = magnitude > best ? dx : to->dx[i];
        to->dy[i] = magnitude > best ? dy : to->dy[i];
        to->magnitude[i] = magnitude > best ? magnitude : best;
    }
}

// Replaces gradients by those of another channel where that channel's are greater.
#if TC_LANES
static void gradients_of_next(gradient_row *to, const half_row *above, const half_row *here, const half_row *below,
                              int count) {
    enum { STEP = TC_LANES / 2 };
    int i = 0;
    for (; i + STEP <= count; i += STEP) {
        tc_vec outer = v_add16(v_load(above->difference + i), v_load(below->difference + i));
        tc_vec dx = v_add16(outer, v_shl16(v_load(here->difference + i), 1));
        tc_vec dy = v_sub16(v_load(below->sum + i), v_load(above->sum + i));
        tc_vec magnitude = v_add16(v_abs16(dx), v_abs16(dy)), best = v_load(to->magnitude + i);
        tc_vec greater = v_gt_i16(magnitude, best);
        v_store(to->dx + i, v_select(greater, dx, v_load(to->dx + i)));
        v_store(to->dy + i, v_select(greater, dy, v_load(to->dy + i)));
        v_store(to->magnitude + i, v_max_i16(magnitude, best));
    }
    gradients_of_next_tail(to, above, here, below, i, count);
}
#else
static void gradients_of_next(gradient_row *to, const half_row *above, const half_row *here, const half_row *below,
                              int count) {
    gradients_of_next_tail(to, above, here, below, 0, count);
}
#endif

// Gradients of row y. If several channels have equal magnitudes, blue wins over green over red: OpenCV's order is BGR.
static void compute_row(strip *s, int channels, tc_rect rect, int y, tc_shape picture) {
    TC_ASSERT_SLOW(rect.width <= STRIP && (channels == 1 || channels == 3));
    gradient_row *to = &s->gradient[(y + 3) % 3];
    int count = rect.width + 2;
    if (y < 0 || y >= picture.height) {
        memset(to->magnitude, 0, (size_t)count * sizeof *to->magnitude);
        return;
    }
    const half_row *above = s->half[(y + 2) % 3], *here = s->half[y % 3], *below = s->half[(y + 1) % 3];
    if (channels == 1) {
        gradients_of_grey(to, above, here, below, count);
    } else {
        gradients_of_grey(to, above + 2, here + 2, below + 2, count);
        gradients_of_next(to, above + 1, here + 1, below + 1, count);
        gradients_of_next(to, above, here, below, count);
    }
    if (rect.x == 0) to->magnitude[0] = 0;
    if (rect.x + rect.width == picture.width) to->magnitude[count - 1] = 0;
}

// tan 22.5° in 2^-15
enum { TAN_22_5 = 13573 };

// Whether pixel i of rows[1] is a maximum along its gradient. The gradient's direction is quantised to four by
// comparing its slope with tan 22.5° and tan 67.5° = tan 22.5° + 2. Of two equal neighbours the first in reading order
// is the maximum. The magnitude must be above 0.
static inline bool is_maximum(const gradient_row *const rows[3], int i) {
    const int16_t *above = rows[0]->magnitude + i, *here = rows[1]->magnitude + i, *below = rows[2]->magnitude + i;
    int dx = rows[1]->dx[i], dy = rows[1]->dy[i], m = *here;
    // |dx| tan 22.5°, rounded down. It is an integer only for dx = 0, so the comparison with |dy| is exact.
    int x = abs_16((int16_t)dx), y = abs_16((int16_t)dy), level = x * TAN_22_5 >> 15;
    if (y <= level) return m > here[-1] && m >= here[1];
    if (y - 2 * x > level) return m > *above && m >= *below;
    int slant = (dx ^ dy) < 0 ? -1 : 1;
    return m > above[-slant] && m > below[slant];
}

typedef struct thresholds {
    int low, high;
} thresholds;

// The tail of a row, from pixel `x` of the strip on.
static void classify_tail(uint64_t *ridges, uint64_t *strong, const gradient_row *const rows[3], int x, int width,
                          thresholds limits) {
    TC_ASSERT_SLOW(limits.low >= 0 && limits.low <= limits.high);
    for (; x < width; x++) {
        int m = rows[1]->magnitude[x + 1];
        if (m <= limits.low || !is_maximum(rows, x + 1)) continue;
        ridges[x / 64] |= (uint64_t)1 << (x % 64);
        if (m > limits.high) strong[x / 64] |= (uint64_t)1 << (x % 64);
    }
}

#if TC_LANES
// is_maximum for a vector of pixels from index i on: lanes of all ones where true.
static inline tc_vec maximum_lanes(const gradient_row *const rows[3], int i, tc_vec m) {
    const int16_t *above = rows[0]->magnitude + i, *here = rows[1]->magnitude + i, *below = rows[2]->magnitude + i;
    tc_vec dx = v_load(rows[1]->dx + i), dy = v_load(rows[1]->dy + i);
    tc_vec x2 = v_shl16(v_abs16(dx), 1), y = v_abs16(dy), level = v_mulhi_i16(x2, v_set16(TAN_22_5));
    tc_vec steep = v_gt_i16(v_sub16(y, x2), level), slanting = v_gt_i16(y, level);
    tc_vec falls = v_gt_i16(v_set16(0), v_xor(dx, dy));
    // m > first and m >= second; in integers the latter is m > second - 1.
    const tc_vec one = v_set16(1);
    tc_vec first = v_select(falls, v_load(above + 1), v_load(above - 1));
    tc_vec second = v_select(falls, v_load(below - 1), v_load(below + 1));
    first = v_select(steep, v_load(above), first);
    second = v_select(steep, v_sub16(v_load(below), one), second);
    first = v_select(slanting, first, v_load(here - 1));
    second = v_select(slanting, second, v_sub16(v_load(here + 1), one));
    return v_gt_i16(m, v_max_i16(first, second));
}

static void classify_row(uint64_t *ridges, uint64_t *strong, const gradient_row *const rows[3], int width,
                         thresholds limits) {
    enum { STEP = TC_LANES / 2 };
    const tc_vec low = v_set16(limits.low), high = v_set16(limits.high);
    int x = 0;
    for (; x + STEP <= width; x += STEP) {
        tc_vec m = v_load(rows[1]->magnitude + x + 1), above = v_gt_i16(m, low);
        if (!v_bits16(above)) continue;
        tc_vec ridge = v_and(above, maximum_lanes(rows, x + 1, m));
        ridges[x / 64] |= v_bits16(ridge) << (x % 64);
        strong[x / 64] |= v_bits16(v_and(ridge, v_gt_i16(m, high))) << (x % 64);
    }
    classify_tail(ridges, strong, rows, x, width, limits);
}
#else
static void classify_row(uint64_t *ridges, uint64_t *strong, const gradient_row *const rows[3], int width,
                         thresholds limits) {
    classify_tail(ridges, strong, rows, 0, width, limits);
}
#endif

static void classify_strip(strip *s, const tc_tile *in, tc_rect rect, tc_shape picture, thresholds limits,
                           const tc_bits *ridges, const tc_bits *strong, size_t word) {
    TC_ASSERT(rect.width > 0 && rect.width <= STRIP);
    int colours = tc_colour_channels(in->channels);
    // The three passes lag by one row each: the horizontal pass of row y, gradients of y - 1, suppression of y - 2.
    for (int y = rect.y - 2; y < rect.y + rect.height + 2; y++) {
        filter_row(s, in, rect.x, y, rect.width);
        if (y < rect.y) continue;
        compute_row(s, colours, rect, y - 1, picture);
        if (y < rect.y + 2) continue;
        const gradient_row *rows[3] = {&s->gradient[y % 3], &s->gradient[(y + 1) % 3], &s->gradient[(y + 2) % 3]};
        int row = y - 2 - rect.y;
        classify_row(tc_bits_row(ridges, row) + word, tc_bits_row(strong, row) + word, rows, rect.width, limits);
    }
}

tc_status tc_nonmax_suppress(const tc_tile *in, tc_rect rect, tc_shape picture, int low, int high,
                             const tc_bits *ridges, const tc_bits *strong, tc_error *error) {
    TC_ASSERT(low >= 0 && low <= high);
    TC_ASSERT(tc_rect_contains(in->rect, tc_rect_grow(rect, TC_NONMAX_RADIUS)));
    TC_ASSERT(ridges->width == rect.width && ridges->height == rect.height);
    TC_ASSERT(strong->width == rect.width && strong->height == rect.height);
    strip *s = malloc(sizeof *s);
    if (!s) return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the gradients of a tile");
    for (int x = 0; x < rect.width; x += STRIP) {
        tc_rect part = {rect.x + x, rect.y, rect.width - x < STRIP ? rect.width - x : STRIP, rect.height};
        classify_strip(s, in, part, picture, (thresholds){low, high}, ridges, strong, (size_t)x / 64);
    }
    free(s);
    return TC_OK;
}
