// Dilation and erosion. Vertically by the algorithm of van Herk (1992) and Gil and Werman (1993): a group of windows
// shares a boundary row, and each window is the extreme of a running extreme above and one below the boundary.
// Horizontally by windows that grow threefold per pass. Blocks fit the second-level cache and mostly span whole rows.
#include "core/kernels/morphology.h"

#include <string.h>

#include "core/assert.h"
#include "core/kernels/blocks.h"
#include "core/kernels/rows.h"
#include "core/kernels/vector.h"

enum { ARG_KSIZE, ARG_ITERATIONS };
enum { MAX_KSIZE = 31, MAX_ITERATIONS = 10, MAX_CHANNELS = 4 };
enum {
    MAX_SIDE = MAX_ITERATIONS * (MAX_KSIZE - 1) + 1,
    BLOCK = 12288, // the bytes of a row that are computed at a time
    MAX_ROW = BLOCK + (MAX_SIDE - 1) * MAX_CHANNELS + TC_MAX_VECTOR_BYTES,
    GROUP_BYTES = 1 << 17,
};

const tc_param tc_morphology_params[] = {
    TC_NUMBER(ODD, "ksize", "Kernel size", 5, 3, MAX_KSIZE, "px"),
    TC_NUMBER(INT, "iterations", "Iterations", 2, 1, MAX_ITERATIONS, ""),
    TC_PARAMS_END,
};

int tc_morphology_radius(const tc_args *args) {
    TC_ASSERT_SLOW(args->value[0] >= 1 && args->value[1] >= 1);
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

// to[i] becomes the extreme of itself and the samples of four rows.
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

// Adds a row to the running extreme below the boundary, and combines it with the window's part above.
INLINE void fold_behind(uint8_t *restrict before, uint8_t *restrict behind, const uint8_t *restrict from, int count,
                        bool greatest) {
    for (int i = 0; i < count; i++) {
        behind[i] = extreme(behind[i], from[i], greatest);
        before[i] = extreme(before[i], behind[i], greatest);
    }
}

// A buffer of rows.
typedef struct group {
    uint8_t *rows;
    int count, row_bytes;
} group;

// Writes to row j of `to` the extremes of rows j .. j + side - 1 of `from`. Requires to.count <= side.
INLINE void column_extremes(group to, const uint8_t *from, size_t stride, int side, int count, bool greatest) {
    TC_ASSERT_SLOW(to.count >= 1 && to.count <= side && count <= MAX_ROW);
    uint8_t behind[MAX_ROW];
    uint8_t *last = to.rows + (to.count - 1) * to.row_bytes;
    int row = to.count;
    memcpy(last, from + (size_t)(row - 1) * stride, (size_t)count);
    for (; row + 4 <= side; row += 4) fold_four(last, from + (size_t)row * stride, stride, count, greatest);
    for (; row < side; row++) fold(last, from + (size_t)row * stride, count, greatest);
    uint8_t *before = last;
    for (int j = to.count - 2; j >= 0; j--, before -= to.row_bytes)
        join_rows(before - to.row_bytes, before, from + (size_t)j * stride, count, greatest);
    if (to.count > 1) memcpy(behind, from + (size_t)side * stride, (size_t)count);
    for (int j = 1; j < to.count; j++) {
        before += to.row_bytes;
        fold_behind(before, behind, from + (size_t)(side + j - 1) * stride, count, greatest);
    }
}

INLINE void widen_window(uint8_t *restrict to, const uint8_t *restrict from, int near, int far, int count,
                         bool greatest) {
    const uint8_t *second = from + near, *third = from + far;
    for (int i = 0; i < count; i++) to[i] = extreme(extreme(from[i], second[i], greatest), third[i], greatest);
}

#if TC_LANES
INLINE tc_vec extremes(tc_vec a, tc_vec b, tc_vec c, bool greatest) {
    return greatest ? v_max_u8(v_max_u8(a, b), c) : v_min_u8(v_min_u8(a, b), c);
}

INLINE tc_vec window_vector(const uint8_t *from, int near, int far, bool greatest) {
    return extremes(v_load(from), v_load(from + near), v_load(from + far), greatest);
}

// widen_window for at least TC_LANES bytes, with aligned streaming stores between the first and the last vector.
INLINE void stream_window(uint8_t *to, const uint8_t *from, int near, int far, int count, bool greatest) {
    int last = count - TC_LANES;
    v_store(to, window_vector(from, near, far, greatest));
    for (int i = TC_LANES - (int)((uintptr_t)to % TC_LANES); i < last; i += TC_LANES)
        v_stream(to + i, window_vector(from + i, near, far, greatest));
    v_store(to + last, window_vector(from + last, near, far, greatest));
}

// Whether streaming stores suit: the result is large and no alpha is written to it afterwards.
static bool streams(const tc_tile *out) {
    return out->streamed && !tc_has_alpha(out->channels) && tc_row_bytes(out->rect.width, out->channels) >= TC_LANES;
}

INLINE tc_vec square3_vector(const uint8_t *from, size_t stride, int step, bool greatest) {
    tc_vec column[3];
    for (int c = 0; c < 3; c++, from += step)
        column[c] = extremes(v_load(from), v_load(from + stride), v_load(from + 2 * stride), greatest);
    return extremes(column[0], column[1], column[2], greatest);
}

// The special case of side 3: both passes in registers, directly from `in`.
INLINE void stream_squares3(const tc_tile *in, const tc_tile *out, bool greatest) {
    tc_rect rect = out->rect;
    int step = in->channels, last = rect.width * step - TC_LANES;
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        uint8_t *to = tc_tile_row(out, y);
        const uint8_t *from = tc_tile_at(in, rect.x - 1, y - 1);
        v_store(to, square3_vector(from, in->stride, step, greatest));
        for (int i = TC_LANES - (int)((uintptr_t)to % TC_LANES); i < last; i += TC_LANES)
            v_stream(to + i, square3_vector(from + i, in->stride, step, greatest));
        v_store(to + last, square3_vector(from + last, in->stride, step, greatest));
    }
}
#else
static bool streams(const tc_tile *out) {
    (void)out;
    return false;
}

INLINE void stream_window(uint8_t *to, const uint8_t *from, int near, int far, int count, bool greatest) {
    (void)to, (void)from, (void)near, (void)far, (void)count, (void)greatest;
}

INLINE void stream_squares3(const tc_tile *in, const tc_tile *out, bool greatest) {
    (void)in, (void)out, (void)greatest;
}
#endif

// Writes `count` bytes to each row of `to`: each is the extreme of `side` samples of that row of `from`, `channels`
// bytes apart. Overwrites `from` and `spare`. Each pass covers all rows: a pass that read what the previous pass had
// just written, at other alignments, would stall on store forwarding.
INLINE void row_extremes(uint8_t *to, size_t stride, group from, group spare, int count, int side, int channels,
                         bool greatest, bool streamed) {
    TC_ASSERT_SLOW(side >= 1 && from.count <= spare.count + from.count);
    for (int window = 1; window < side;) {
        int next = 3 * window < side ? 3 * window : side;
        // The three windows overlap or adjoin, so that they cover `next` samples without a gap.
        int far = next - window, near = (far + 1) / 2;
        int wanted = count + (side - next) * channels;
        for (int j = 0; j < from.count; j++) {
            uint8_t *row = from.rows + j * from.row_bytes;
            if (next == side && streamed)
                stream_window(to + (size_t)j * stride, row, near * channels, far * channels, count, greatest);
            else if (next == side)
                widen_window(to + (size_t)j * stride, row, near * channels, far * channels, count, greatest);
            else
                widen_window(spare.rows + j * spare.row_bytes, row, near * channels, far * channels,
                             tc_round_to_vectors(wanted, spare.row_bytes), greatest);
        }
        group swapped = from;
        from = spare;
        spare = swapped;
        window = next;
    }
}

INLINE int least(int a, int b) {
    return a < b ? a : b;
}

INLINE void run(const tc_step *step, const tc_tile *in, const tc_tile *out, bool greatest) {
    TC_ASSERT(in->channels == out->channels && in->channels >= 1 && in->channels <= 4);
    TC_ASSERT(tc_rect_contains(in->rect, out->rect));
    uint8_t rows_memory[GROUP_BYTES], spare_memory[GROUP_BYTES];
    bool streamed = streams(out);
    int radius = tc_morphology_radius(&step->args), side = 2 * radius + 1, channels = in->channels;
    if (side == 3 && streamed) {
        stream_squares3(in, out, greatest);
        v_fence();
        return;
    }
    int block = tc_block_size(out->rect.width, BLOCK / channels / TC_MAX_VECTOR_BYTES * TC_MAX_VECTOR_BYTES);
    int row_bytes = (block + side - 1) * channels + TC_MAX_VECTOR_BYTES;
    tc_rect rect = out->rect;
    int most = least(GROUP_BYTES / row_bytes, side), right = rect.x + rect.width, bottom = rect.y + rect.height;
    for (int y = rect.y, rows; y < bottom; y += rows) {
        rows = least(most, bottom - y);
        for (int x = rect.x, width; x < right; x += width) {
            width = tc_block_next(&x, rect.x, right, block);
            int columns =
                tc_round_to_vectors((width + side - 1) * channels, (right + radius - (x - radius)) * channels);
            group from = {rows_memory, rows, row_bytes}, spare = {spare_memory, rows, row_bytes};
            column_extremes(from, tc_tile_at(in, x - radius, y - radius), in->stride, side, columns, greatest);
            row_extremes(tc_tile_at(out, x, y), out->stride, from, spare, width * channels, side, channels, greatest,
                         streamed);
        }
        for (int j = y; j < y + rows; j++)
            tc_row_copy_alpha(tc_tile_row(out, j), channels, tc_tile_at(in, rect.x, j), channels, rect.width);
    }
    if (streamed) v_fence();
}

void tc_dilate_run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    run(step, in, out, true);
}

void tc_erode_run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    run(step, in, out, false);
}
