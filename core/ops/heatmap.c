// A heat map: the grey, through a colour map.
#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "core/colour_maps.h"
#include "core/kernels/colour.h"
#include "core/kernels/luma.h"
#include "core/kernels/rows.h"
#include "core/op.h"

enum { ARG_MAP };
enum { BLOCK = 512 };

static const tc_param params[] = {
    TC_CHOICE("map", "Colours", 0, "jet", "viridis", "turbo", "inferno", "hot"), // in the order of tc_colour_map_name
    TC_PARAMS_END,
};

// The colours in planes, and packed as the first and as the second of two pixels, whose other bytes are 0.
typedef struct colours {
    tc_colour_map planes;
    uint8_t packed[2][256][8];
} colours;

static void *prepare(const tc_step *step) {
    colours *table = calloc(1, sizeof *table);
    if (!table) return NULL;
    tc_colour_map_init(&table->planes, (tc_colour_map_name)step->args.value[ARG_MAP]);
    for (int i = 0; i < 256; i++)
        for (int second = 0; second < 2; second++) {
            uint8_t *pixel = table->packed[second][i] + 3 * second;
            pixel[0] = table->planes.red[i];
            pixel[1] = table->planes.green[i];
            pixel[2] = table->planes.blue[i];
        }
    return table;
}

#if TC_LANES && TC_LOOKUP_IS_CHEAP
// The whole vectors of a row of RGB; returns how many pixels they were. `to` may be `from`.
static int heat_vectors(uint8_t *to, const uint8_t *from, int width, int channels, const colours *table) {
    if (channels != 3 || width < TC_LANES) return 0;
    int x = 0;
    tc_vec_table red = v_table(table->planes.red), green = v_table(table->planes.green),
                 blue = v_table(table->planes.blue);
    for (; x + TC_LANES <= width; x += TC_LANES) {
        tc_vec grey = tc_luma_rgb(from + 3 * x);
        v_store3(to + 3 * x, v_lookup(&red, grey), v_lookup(&green, grey), v_lookup(&blue, grey));
    }
    return x;
}
#else
static int heat_vectors(uint8_t *to, const uint8_t *from, int width, int channels, const colours *table) {
    (void)to, (void)from, (void)width, (void)channels, (void)table;
    return 0;
}
#endif

// Two pixels of RGB are written at once, with two more bytes, which the next pixels overwrite.
static void colour_row(uint8_t *to, const uint8_t *grey, int width, int channels, const colours *table) {
    TC_ASSERT_SLOW(width > 0 && width <= BLOCK && channels >= 3);
    int x = 0;
    for (; channels == 3 && x + 3 <= width; x += 2) {
        uint64_t first, second;
        memcpy(&first, table->packed[0][grey[x]], 8);
        memcpy(&second, table->packed[1][grey[x + 1]], 8);
        first |= second;
        memcpy(to + 3 * x, &first, 8);
    }
    for (; x < width; x++) memcpy(to + channels * x, table->packed[0][grey[x]], 3);
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    TC_ASSERT(out->channels == (tc_has_alpha(in->channels) ? 4 : 3));
    uint8_t grey[BLOCK];
    tc_rect rect = out->rect;
    for (int y = rect.y; y < rect.y + rect.height; y++) {
        int x = heat_vectors(tc_tile_row(out, y), tc_tile_at(in, rect.x, y), rect.width, in->channels, step->table);
        for (int width; x < rect.width; x += width) {
            width = rect.width - x < BLOCK ? rect.width - x : BLOCK;
            uint8_t *to = tc_tile_at(out, rect.x + x, y);
            const uint8_t *from = tc_tile_at(in, rect.x + x, y);
            tc_row_luma(grey, from, width, in->channels);
            colour_row(to, grey, width, out->channels, step->table);
            tc_row_copy_alpha(to, out->channels, from, in->channels, width);
        }
    }
}

const tc_op TC_OP(heatmap) = {
    .name = "heatmap",
    .title = "Heat map",
    .summary = "Shows brightness as a colour, from cold to hot.",
    .group = TC_GROUP_TONE,
    .params = params,
    .need = TC_NEED_POINT,
    .cost = 1,
    .shape = tc_colour_shape,
    .prepare = prepare,
    .run = run,
};
