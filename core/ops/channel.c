#include "core/kernels/colour.h"
#include "core/kernels/rows.h"
#include "core/op.h"

enum { ARG_KEEP };

static const tc_param params[] = {
    {.name = "keep", .title = "Channel", .kind = TC_PARAM_CHOICE, .unit = "", .choices = {"red", "green", "blue"}},
    {.name = NULL},
};

// The kept channel is `kept`, which is 0 for grey whatever `keep` is.
static void keep_row(uint8_t *to, const uint8_t *from, int width, int channels, int keep) {
    int to_channels = tc_has_alpha(channels) ? 4 : 3, kept = channels < 3 ? 0 : keep;
    for (int x = 0; x < width; x++, to += to_channels, from += channels) {
        uint8_t value = from[kept], alpha = from[channels - 1];
        to[0] = to[1] = to[2] = 0;
        to[keep] = value;
        if (to_channels == 4) to[3] = alpha;
    }
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    tc_rect rect = out->rect;
    int keep = (int)step->args.value[ARG_KEEP];
    for (int y = rect.y; y < rect.y + rect.height; y++)
        keep_row(tc_tile_row(out, y), tc_tile_at(in, rect.x, y), rect.width, in->channels, keep);
}

const tc_op TC_OP(channel) = {
    .name = "channel",
    .title = "One channel",
    .summary = "Keeps the red, the green or the blue of every pixel and drops the two others.",
    .group = TC_GROUP_TONE,
    .params = params,
    .need = TC_NEED_POINT,
    .cost = 1.5,
    .shape = tc_colour_shape,
    .run = run,
};
