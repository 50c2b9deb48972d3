#include <stdlib.h>

#include "core/colour_maps.h"
#include "core/kernels/colour.h"
#include "core/kernels/rows.h"
#include "core/op.h"

enum { ARG_MAP };
enum { BLOCK = 512 };

static const tc_param params[] = {
    {.name = "map",
     .title = "Colours",
     .kind = TC_PARAM_CHOICE,
     .unit = "",
     .choices = {"jet", "viridis", "turbo", "inferno", "hot"}}, // in the order of tc_colour_map_name
    {.name = NULL},
};

static void *prepare(const tc_step *step) {
    tc_colour_map *map = malloc(sizeof *map);
    if (map) tc_colour_map_init(map, (tc_colour_map_name)step->args.value[ARG_MAP]);
    return map;
}

static void colour_row(uint8_t *to, const uint8_t *grey, int width, int channels, const tc_colour_map *map) {
    for (int x = 0; x < width; x++, to += channels) {
        to[0] = map->red[grey[x]];
        to[1] = map->green[grey[x]];
        to[2] = map->blue[grey[x]];
    }
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    uint8_t grey[BLOCK];
    tc_rect rect = out->rect;
    for (int y = rect.y; y < rect.y + rect.height; y++)
        for (int x = rect.x, width; x < rect.x + rect.width; x += width) {
            width = rect.x + rect.width - x < BLOCK ? rect.x + rect.width - x : BLOCK;
            uint8_t *to = tc_tile_at(out, x, y);
            const uint8_t *from = tc_tile_at(in, x, y);
            tc_row_luma(grey, from, width, in->channels);
            tc_row_copy_alpha(to, out->channels, from, in->channels, width);
            colour_row(to, grey, width, out->channels, step->table);
        }
}

const tc_op TC_OP(heatmap) = {
    .name = "heatmap",
    .title = "Heat map",
    .summary = "Shows brightness as a colour, from cold to hot.",
    .group = TC_GROUP_TONE,
    .params = params,
    .need = TC_NEED_POINT,
    .cost = 4,
    .shape = tc_colour_shape,
    .prepare = prepare,
    .run = run,
};
