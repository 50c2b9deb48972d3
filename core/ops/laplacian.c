// The Laplacian of the grey: the absolute difference of four times a pixel and the sum of its four neighbours.
#include "core/kernels/grey.h"
#include "core/kernels/grey_filter.h"
#include "core/kernels/vector.h"

#if TC_LANES
static tc_vec laplacian_words(tc_vec above, tc_vec left, tc_vec here, tc_vec right, tc_vec below) {
    return v_abs16(v_sub16(v_add16(v_add16(above, below), v_add16(left, right)), v_shl16(here, 2)));
}

static inline __attribute__((always_inline)) tc_vec laplacian_vector(const uint8_t *const rows[3], int i, int step) {
    const tc_vec zero = v_set8(0);
    tc_vec above = v_load(rows[0] + i), below = v_load(rows[2] + i), here = v_load(rows[1] + i),
           left = v_load(rows[1] + i - step), right = v_load(rows[1] + i + step);
    return v_narrow_each_i16_u8(
        laplacian_words(v_zip8_each_lo(above, zero), v_zip8_each_lo(left, zero), v_zip8_each_lo(here, zero),
                        v_zip8_each_lo(right, zero), v_zip8_each_lo(below, zero)),
        laplacian_words(v_zip8_each_hi(above, zero), v_zip8_each_hi(left, zero), v_zip8_each_hi(here, zero),
                        v_zip8_each_hi(right, zero), v_zip8_each_hi(below, zero)));
}
#endif

static void laplacian_row(uint8_t *restrict to, const uint8_t *const rows[3], int count, int step) {
    const uint8_t *above = rows[0], *here = rows[1], *below = rows[2];
    for (int i = tc_grey_filter_vectors(to, rows, count, step, laplacian_vector); i < count; i++) {
        int16_t v = (int16_t)(above[i] + below[i] + here[i - step] + here[i + step] - 4 * here[i]);
        v = (int16_t)(v < 0 ? -v : v);
        to[i] = (uint8_t)(v > 255 ? 255 : v);
    }
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    (void)step;
    tc_grey_filter_tile(in, out, laplacian_row);
}

const tc_op TC_OP(laplacian) = {
    .name = "laplacian",
    .title = "Edges (Laplacian)",
    .summary = "Shows the second derivative of brightness: fine lines and both sides of edges, light on black.",
    .group = TC_GROUP_EDGE,
    .need = TC_NEED_NEIGHBOURHOOD,
    .border = TC_BORDER_REFLECT101,
    .cost = 3,
    .shape = tc_grey_shape,
    .radius = tc_grey_filter_radius,
    .run = run,
};
