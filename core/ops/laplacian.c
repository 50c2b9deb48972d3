#include "core/kernels/grey.h"
#include "core/kernels/grey_filter.h"

static int radius(const tc_args *args) {
    (void)args;
    return 1;
}

// The distance of four times the sample from the sum of its four neighbours.
static void laplacian_row(uint8_t *restrict to, const uint8_t *const rows[3], int count, int step) {
    const uint8_t *above = rows[0], *here = rows[1], *below = rows[2];
    for (int i = 0; i < count; i++) {
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
