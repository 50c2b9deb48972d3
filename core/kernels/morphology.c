// Columns by van Herk's and Gil and Werman's method: the windows of a group of rows have a seam in common, and each is
// the extreme of the rows before the seam and of those behind it; both are running extremes. Rows by windows that grow
// threefold from pass to pass. Both on blocks that stay in the nearest cache.
#include "core/kernels/morphology.h"

#include <string.h>

#include "core/kernels/rows.h"

enum { ARG_KSIZE, ARG_ITERATIONS };
enum { MAX_KSIZE = 31, MAX_ITERATIONS = 10, MAX_CHANNELS = 4 };
enum {
    MAX_SIDE = MAX_ITERATIONS * (MAX_KSIZE - 1) + 1,
    BLOCK = 2048, // bytes of a row that are computed at a time
    MAX_ROW = BLOCK + (MAX_SIDE - 1) * MAX_CHANNELS,
    GROUP_BYTES = 1 << 16,
};

const tc_param tc_morphology_params[] = {
    {.name = "ksize",
     .title = "Kernel size",
     .kind = TC_PARAM_ODD,
     .initial = 5,
     .min = 3,
     .max = MAX_KSIZE,
     .unit = "px"},
    {.name = "iterations",
     .title = "Iterations",
     .kind = TC_PARAM_INT,
     .initial = 2,
     .min = 1,
     .max = MAX_ITERATIONS,
     .unit = ""},
    {.name = NULL},
};

int tc_morphology_radius(const tc_args *args) {
    return (int)args->value[ARG_ITERATIONS] * ((int)args->value[ARG_KSIZE] / 2);
}

// The functions below are inlined into one body for each of the two operations.
#define INLINE static inline __attribute__((always_inline))

INLINE uint8_t extreme(uint8_t a, uint8_t b, bool greatest) {
    if (greatest) return a > b ? a : b;
    return a < b ? a : b;
}

INLINE void join_rows(uint8_t *restrict to, const uint8_t *restrict a, const uint8_t *restrict b, int count,
                      bool greatest) {
    for (int i = 0; i < count; i++) to[i] = extreme(a[i], b[i], greatest);
}

// `to` becomes the extreme of itself and of four rows.
INLINE void fold_four(uint8_t *restrict to, const uint8_t *restrict from, size_t stride, int count, bool greatest) {
    const uint8_t *second = from + stride, *third = second + stride, *fourth = third + stride;
    for (int i = 0; i < count; i++) {
        uint8_t upper = extreme(from[i], second[i], greatest), lower = extreme(third[i], fourth[i], greatest);
        to[i] = extreme(to[i], extreme(upper, lower, greatest), greatest);
    }
}

INLINE void fold(uint8_t *restrict to, const uint8_t *restrict from, int count, bool greatest) {
    for (int i = 0; i < count; i++) to[i] = extreme(to[i], from[i], greatest);
}

// Takes one more row into the running extreme behind the seam, and that into the rows before it.
INLINE void fold_behind(uint8_t *restrict before, uint8_t *restrict behind, const uint8_t *restrict from, int count,
                        bool greatest) {
    for (int i = 0; i < count; i++) {
        behind[i] = extreme(behind[i], from[i], greatest);
        before[i] = extreme(before[i], behind[i], greatest);
    }
}

// Row j of `to`: the extremes of rows j .. j + side - 1 of `from`. rows <= side.
INLINE void column_extremes(uint8_t *to, size_t to_stride, const uint8_t *from, size_t stride, int rows, int side,
                            int count, bool greatest) {
    uint8_t behind[MAX_ROW];
    uint8_t *last = to + (size_t)(rows - 1) * to_stride;
    int row = rows;
    memcpy(last, from + (size_t)(rows - 1) * stride, (size_t)count);
    for (; row + 4 <= side; row += 4) fold_four(last, from + (size_t)row * stride, stride, count, greatest);
    for (; row < side; row++) fold(last, from + (size_t)row * stride, count, greatest);
    for (int j = rows - 2; j >= 0; j--)
        join_rows(to + (size_t)j * to_stride, to + (size_t)(j + 1) * to_stride, from + (size_t)j * stride, count,
                  greatest);
    if (rows > 1) memcpy(behind, from + (size_t)side * stride, (size_t)count);
    for (int j = 1; j < rows; j++)
        fold_behind(to + (size_t)j * to_stride, behind, from + (size_t)(side + j - 1) * stride, count, greatest);
}

INLINE void widen_window(uint8_t *restrict to, const uint8_t *restrict from, int near, int far, int count,
                         bool greatest) {
    const uint8_t *second = from + near, *third = from + far;
    for (int i = 0; i < count; i++) to[i] = extreme(extreme(from[i], second[i], greatest), third[i], greatest);
}

// to[i]: the extreme of `side` samples from row[i] on, one of each pixel; `to` has `count` of them. Spoils `row`.
INLINE void row_extremes(uint8_t *to, uint8_t *row, int count, int side, int channels, bool greatest) {
    uint8_t spare[MAX_ROW], *from = row, *other = spare;
    for (int window = 1; window < side;) {
        int next = 3 * window < side ? 3 * window : side;
        // The second of the three windows begins within the first or just behind it, the third likewise.
        int far = next - window, near = (far + 1) / 2;
        widen_window(next == side ? to : other, from, near * channels, far * channels, count + (side - next) * channels,
                     greatest);
        uint8_t *swapped = from;
        from = other;
        other = swapped;
        window = next;
    }
}

INLINE int least(int a, int b) {
    return a < b ? a : b;
}

INLINE void run(const tc_step *step, const tc_tile *in, const tc_tile *out, bool greatest) {
    uint8_t group[GROUP_BYTES];
    int radius = tc_morphology_radius(&step->args), side = 2 * radius + 1, channels = in->channels;
    int block = BLOCK / channels, row_bytes = (block + side - 1) * channels;
    tc_rect rect = out->rect;
    int most = least(GROUP_BYTES / row_bytes, side), right = rect.x + rect.width, bottom = rect.y + rect.height;
    for (int y = rect.y, rows; y < bottom; y += rows) {
        rows = least(most, bottom - y);
        for (int x = rect.x, width; x < right; x += width) {
            width = least(block, right - x);
            column_extremes(group, (size_t)row_bytes, tc_tile_at(in, x - radius, y - radius), in->stride, rows, side,
                            (width + side - 1) * channels, greatest);
            for (int j = 0; j < rows; j++)
                row_extremes(tc_tile_at(out, x, y + j), group + j * row_bytes, width * channels, side, channels,
                             greatest);
        }
        for (int j = y; j < y + rows; j++)
            tc_row_copy_alpha(tc_tile_row(out, j), channels, tc_tile_at(in, rect.x, j), channels, rect.width);
    }
}

void tc_dilate_run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    run(step, in, out, true);
}

void tc_erode_run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    run(step, in, out, false);
}
