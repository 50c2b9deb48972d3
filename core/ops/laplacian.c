#include "core/kernels/grey.h"
#include "core/kernels/grey_filter.h"
#include "core/kernels/vector.h"

static int radius(const tc_args *args) {
    (void)args;
    return 1;
}

#if TC_LANES
static tc_vec bend(tc_vec above, tc_vec left, tc_vec here, tc_vec right, tc_vec below) {
    return v_abs16(v_sub16(v_add16(v_add16(above, below), v_add16(left, right)), v_shl16(here, 2)));
}

// Samples done; the last vector overlaps the one before it.
static int laplacian_vectors(uint8_t *to, const uint8_t *const rows[3], int count, int step) {
    if (count < TC_LANES) return 0;
    const tc_vec zero = v_set8(0);
    for (int x = 0; x < count; x += TC_LANES) {
        int i = x < count - TC_LANES ? x : count - TC_LANES;
        tc_vec above = v_load(rows[0] + i), below = v_load(rows[2] + i), here = v_load(rows[1] + i),
               left = v_load(rows[1] + i - step), right = v_load(rows[1] + i + step);
        tc_vec low = bend(v_zip8_each_lo(above, zero), v_zip8_each_lo(left, zero), v_zip8_each_lo(here, zero),
                          v_zip8_each_lo(right, zero), v_zip8_each_lo(below, zero));
        tc_vec high = bend(v_zip8_each_hi(above, zero), v_zip8_each_hi(left, zero), v_zip8_each_hi(here, zero),
                           v_zip8_each_hi(right, zero), v_zip8_each_hi(below, zero));
        v_store(to + i, v_narrow_each_i16_u8(low, high));
    }
    return count;
}
#else
static int laplacian_vectors(uint8_t *to, const uint8_t *const rows[3], int count, int step) {
    (void)to, (void)rows, (void)count, (void)step;
    return 0;
}
#endif

// The distance of four times the sample from the sum of its four neighbours.
static void laplacian_row(uint8_t *restrict to, const uint8_t *const rows[3], int count, int step) {
    const uint8_t *above = rows[0], *here = rows[1], *below = rows[2];
    for (int i = laplacian_vectors(to, rows, count, step); i < count; i++) {
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
    .summary = "Shows where brightness bends: fine lines and both sides of edges, light on black.",
    .group = TC_GROUP_EDGE,
    .need = TC_NEED_NEIGHBOURHOOD,
    .border = TC_BORDER_REFLECT101,
    .cost = 3,
    .shape = tc_grey_shape,
    .radius = radius,
    .run = run,
};
