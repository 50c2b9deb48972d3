// The Sobel filter of the grey: |dx| + |dy|.
#include "core/kernels/grey.h"
#include "core/kernels/grey_filter.h"
#include "core/kernels/vector.h"

#if TC_LANES
// The low or high half of every 16 bytes; `around` has the samples of the 3×3 square, row by row, without the centre.
static tc_vec gradient_words(const tc_vec around[9], bool high) {
    const tc_vec zero = v_set8(0);
    tc_vec s[9];
    for (int k = 0; k < 9; k++) s[k] = high ? v_zip8_each_hi(around[k], zero) : v_zip8_each_lo(around[k], zero);
    tc_vec falling = v_sub16(s[2], s[6]), rising = v_sub16(s[8], s[0]);
    tc_vec across = v_sub16(s[5], s[3]), down = v_sub16(s[7], s[1]);
    tc_vec dx = v_add16(v_add16(falling, rising), v_add16(across, across));
    tc_vec dy = v_add16(v_sub16(rising, falling), v_add16(down, down));
    return v_add16(v_abs16(dx), v_abs16(dy));
}

static inline __attribute__((always_inline)) tc_vec sobel_vector(const uint8_t *const rows[3], int i, int step) {
    tc_vec around[9];
    for (int k = 0; k < 9; k++) around[k] = v_load(rows[k / 3] + i + (k % 3 - 1) * step);
    return v_narrow_each_i16_u8(gradient_words(around, false), gradient_words(around, true));
}
#endif

static void sobel_row(uint8_t *restrict to, const uint8_t *const rows[3], int count, int step) {
    const uint8_t *above = rows[0], *here = rows[1], *below = rows[2];
    for (int i = tc_grey_filter_vectors(to, rows, count, step, sobel_vector); i < count; i++) {
        int16_t falling = (int16_t)(above[i + step] - below[i - step]);
        int16_t rising = (int16_t)(below[i + step] - above[i - step]);
        int16_t dx = (int16_t)(falling + rising + 2 * (here[i + step] - here[i - step]));
        int16_t dy = (int16_t)(rising - falling + 2 * (below[i] - above[i]));
        int16_t sum = (int16_t)((dx < 0 ? -dx : dx) + (dy < 0 ? -dy : dy));
        to[i] = (uint8_t)(sum > 255 ? 255 : sum);
    }
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    (void)step;
    tc_grey_filter_tile(in, out, sobel_row);
}

const tc_op TC_OP(sobel) = {
    .name = "sobel",
    .title = "Edges (Sobel)",
    .summary = "Shows the gradient of brightness at each pixel, light on black.",
    .group = TC_GROUP_EDGE,
    .need = TC_NEED_NEIGHBOURHOOD,
    .border = TC_BORDER_REFLECT101,
    .cost = 3,
    .shape = tc_grey_shape,
    .radius = tc_grey_filter_radius,
    .run = run,
};
