// Median filter: a sorting network for small windows, sliding histograms for large ones.
#include "core/assert.h"
#include "core/kernels/median.h"
#include "core/kernels/rows.h"
#include "core/op.h"

enum { ARG_KSIZE };
enum { LARGEST_NETWORK = 5 };

static const tc_param params[] = {
    TC_NUMBER(ODD, "ksize", "Kernel size", 5, 3, 31, "px"),
    TC_PARAMS_END,
};

static int radius(const tc_args *args) {
    return (int)args->value[ARG_KSIZE] / 2;
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    int ksize = (int)step->args.value[ARG_KSIZE], channels = in->channels;
    TC_ASSERT(out->channels == channels && tc_rect_contains(in->rect, tc_rect_grow(out->rect, ksize / 2)));
    if (ksize <= LARGEST_NETWORK)
        tc_median_network(in, out, ksize);
    else
        tc_median_count(in, out, ksize);
    tc_rect rect = out->rect;
    for (int y = rect.y; y < rect.y + rect.height; y++)
        tc_row_copy_alpha(tc_tile_row(out, y), channels, tc_tile_at(in, rect.x, y), channels, rect.width);
}

const tc_op TC_OP(median_blur) = {
    .name = "median_blur",
    .title = "Median blur",
    .summary = "Removes specks and keeps edges: each sample becomes the median of the square around it.",
    .group = TC_GROUP_FILTER,
    .params = params,
    .need = TC_NEED_NEIGHBOURHOOD,
    .border = TC_BORDER_REPLICATE,
    .cost = 2.5,
    .radius = radius,
    .run = run,
};
