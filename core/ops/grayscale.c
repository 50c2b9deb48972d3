// Conversion to grey.
#include "core/assert.h"
#include "core/kernels/grey.h"
#include "core/kernels/rows.h"
#include "core/op.h"

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    (void)step;
    tc_rect rect = out->rect;
    TC_ASSERT(out->channels == tc_grey_channels(in->channels));
    for (int y = rect.y; y < rect.y + rect.height; y++)
        tc_row_grey(tc_tile_row(out, y), tc_tile_at(in, rect.x, y), rect.width, in->channels);
}

const tc_op TC_OP(grayscale) = {
    .name = "grayscale",
    .title = "Grayscale",
    .summary = "Converts colours to grey by their perceived brightness.",
    .group = TC_GROUP_TONE,
    .need = TC_NEED_POINT,
    .cost = 0.7,
    .shape = tc_grey_shape,
    .run = run,
};
