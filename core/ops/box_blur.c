// Box blur: column sums are updated down the picture, and sums of windows along the row are made of them. The number of
// samples is odd, so no average lies half-way between two integers.
#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "core/kernels/rows.h"
#include "core/kernels/vector.h"
#include "core/op.h"

enum { ARG_KSIZE };
enum { MAX_KSIZE = 99, MAX_CHANNELS = 4, STRIP = 2048, MAX_SUMS = STRIP + (MAX_KSIZE - 1) * MAX_CHANNELS };
// Up to this size the sum of a window fits 16 bits: 15² × 255 = 57375.
enum { MAX_NARROW = 15 };

static const tc_param params[] = {
    TC_NUMBER(ODD, "ksize", "Kernel size", 5, 1, MAX_KSIZE, "px"),
    TC_PARAMS_END,
};

static int radius(const tc_args *args) {
    return (int)args->value[ARG_KSIZE] / 2;
}

// How to sum and divide windows along a row.
typedef struct window {
    int size, step; // samples along the row, and the distance from one to the next
    uint16_t half;  // of the number of samples in the square
    // Up to MAX_NARROW: quotient = sum * factor >> (16 + shift), for all possible sums
    uint16_t factor;
    int shift;
} window;

// Finds a 16-bit factor that divides sums of up to `greatest` exactly: its excess over 2^(16 + shift) / divisor, times
// the sum, must stay below 2^(16 + shift). There is one for each size.
static void find_factor(window *w) {
    uint32_t divisor = (uint32_t)(w->size * w->size), greatest = 255 * divisor + w->half;
    for (w->shift = 0; w->shift < 8; w->shift++) {
        uint32_t one = 1u << (16 + w->shift), factor = (one + divisor - 1) / divisor;
        w->factor = (uint16_t)factor;
        if (factor <= UINT16_MAX && (uint64_t)(factor * divisor - one) * greatest < one) return;
    }
}

static window window_init(int size, int step) {
    TC_ASSERT(size >= 1 && size <= MAX_KSIZE && size % 2 == 1);
    TC_ASSERT(step >= 1 && step <= MAX_CHANNELS);
    window w = {.size = size, .step = step, .half = (uint16_t)(size * size / 2)};
    if (size <= MAX_NARROW) find_factor(&w);
    return w;
}

static void add_row(uint16_t *restrict sums, const uint8_t *restrict enters, int count) {
    for (int i = 0; i < count; i++) sums[i] = (uint16_t)(sums[i] + enters[i]);
}

static void exchange_row(uint16_t *restrict sums, const uint8_t *enters, const uint8_t *leaves, int count) {
    for (int i = 0; i < count; i++) sums[i] = (uint16_t)(sums[i] + enters[i] - leaves[i]);
}

// Doubles the size of window sums by adding to each the sum `width` elements further on. With `more`, also adds one
// sample, so that the new size is 2 * size + 1.
static void double_windows(uint16_t *restrict to, const uint16_t *windows, const uint16_t *more, int count, int width) {
    const uint16_t *next = windows + width;
    if (more)
        for (int i = 0; i < count; i++) to[i] = (uint16_t)(windows[i] + next[i] + more[i]);
    else
        for (int i = 0; i < count; i++) to[i] = (uint16_t)(windows[i] + next[i]);
}

#if TC_LANES
// Returns how many samples it did.
static int average_vectors(uint8_t *to, const uint16_t *windows, const uint16_t *next, const uint16_t *more, int count,
                           const window *w) {
    tc_vec half = v_set16(w->half), factor = v_set16(w->factor), mean[2];
    int i = 0;
    for (; i + TC_LANES <= count; i += TC_LANES) {
        for (int k = 0; k < 2; k++) {
            int at = i + k * TC_LANES / 2;
            tc_vec sum = v_add16(v_add16(v_load(windows + at), v_load(next + at)), v_add16(v_load(more + at), half));
            mean[k] = v_shr_u16(v_mulhi_u16(sum, factor), w->shift);
        }
        v_store(to + i, v_narrow_i16_u8(mean[0], mean[1]));
    }
    return i;
}
#endif

// The last doubling, to an odd size, and the division.
static void average_narrow(uint8_t *restrict to, const uint16_t *windows, const uint16_t *more, int count, int width,
                           const window *w) {
    const uint16_t *next = windows + width;
    uint16_t half = w->half, factor = w->factor;
    int shift = w->shift, i = 0;
#if TC_LANES
    i = average_vectors(to, windows, next, more, count, w);
#endif
    for (; i < count; i++) {
        uint16_t sum = (uint16_t)(windows[i] + next[i] + more[i] + half);
        to[i] = (uint8_t)((uint16_t)((uint32_t)sum * factor >> 16) >> shift);
    }
}

// Builds windows by the binary digits of their size, from the highest: each digit doubles the window, a 1 adds a
// sample.
static void narrow_row(uint8_t *to, const uint16_t *sums, int count, const window *w) {
    uint16_t buffers[2][MAX_SUMS];
    const uint16_t *windows = sums;
    int wide = count + (w->size - 1) * w->step, size = 1, place = 3;
    while (w->size >> place <= 1) place--;
    for (int which = 0; place > 0; place--, which ^= 1) {
        int width = size * w->step;
        bool odd = w->size >> place & 1;
        size = 2 * size + odd;
        double_windows(buffers[which], windows, odd ? sums + 2 * width : NULL, wide - (size - 1) * w->step, width);
        windows = buffers[which];
    }
    average_narrow(to, windows, sums + 2 * size * w->step, count, size * w->step, w);
}

// The channels of a pixel, and some of the next one if there are fewer than four.
typedef int16_t words __attribute__((vector_size(16)));
typedef int32_t four_sums __attribute__((vector_size(16)));

static inline words load_words(const uint16_t *p) {
    words v;
    memcpy(&v, p, sizeof v);
    return v;
}

// Sign-extends the first four by a shuffle and a shift: GCC 12 compiles a plain conversion to two.
static inline four_sums widen(words v) {
    return (four_sums)__builtin_shufflevector(v, v, 0, 0, 1, 1, 2, 2, 3, 3) >> 16;
}

// A sliding window: from pixel to pixel, one sum enters and one leaves. Column sums are below 2^15. Reads up to seven
// numbers beyond the last one, writes up to three.
static void add_windows(int32_t *windows, const uint16_t *sums, int count, const window *w) {
    four_sums sum = {0};
    for (int j = 0; j < w->size; j++) sum += widen(load_words(sums + j * w->step));
    memcpy(windows, &sum, sizeof sum);
    const uint16_t *enters = sums + w->size * w->step, *leaves = sums;
    for (int i = w->step; i < count; i += w->step, enters += w->step, leaves += w->step) {
        sum += widen(load_words(enters) - load_words(leaves));
        memcpy(windows + i, &sum, sizeof sum);
    }
}

// A quotient is at least 1 / (2 × 99²) away from the nearest half, more than the rounding error.
static void average_wide(uint8_t *restrict to, const int32_t *restrict windows, int count, const window *w) {
    float scale = 1.0f / (float)(w->size * w->size);
    for (int i = 0; i < count; i++) to[i] = (uint8_t)(int32_t)((float)windows[i] * scale + 0.5f);
}

static void wide_row(uint8_t *to, const uint16_t *sums, int count, const window *w) {
    int32_t windows[STRIP + 3];
    add_windows(windows, sums, count, w);
    average_wide(to, windows, count, w);
}

static void run_strip(const tc_tile *in, const tc_tile *out, int x, int width, const window *w) {
    uint16_t sums[MAX_SUMS + 7] = {0};
    TC_ASSERT(width > 0 && width * w->step <= STRIP);
    int half = w->size / 2, count = width * w->step, wide = count + (w->size - 1) * w->step;
    tc_rect rect = out->rect;
    for (int y = rect.y - half; y < rect.y + half; y++) add_row(sums, tc_tile_at(in, x - half, y), wide);
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        const uint8_t *enters = tc_tile_at(in, x - half, y + half);
        uint8_t *to = tc_tile_at(out, x, y);
        if (y == rect.y)
            add_row(sums, enters, wide);
        else
            exchange_row(sums, enters, tc_tile_at(in, x - half, y - half - 1), wide);
        (w->size <= MAX_NARROW ? narrow_row : wide_row)(to, sums, count, w);
        tc_row_copy_alpha(to, w->step, tc_tile_at(in, x, y), w->step, width);
    }
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    window w = window_init((int)step->args.value[ARG_KSIZE], in->channels);
    if (w.size == 1) {
        tc_tile_copy(out, in);
        return;
    }
    int right = out->rect.x + out->rect.width, most = STRIP / w.step;
    for (int x = out->rect.x, width; x < right; x += width) {
        width = right - x < most ? right - x : most;
        run_strip(in, out, x, width, &w);
    }
}

const tc_op TC_OP(box_blur) = {
    .name = "box_blur",
    .title = "Box blur",
    .summary = "Replaces each pixel by the plain average of the square around it.",
    .group = TC_GROUP_FILTER,
    .params = params,
    .need = TC_NEED_NEIGHBOURHOOD,
    .border = TC_BORDER_REFLECT101,
    .cost = 5,
    .radius = radius,
    .run = run,
};
