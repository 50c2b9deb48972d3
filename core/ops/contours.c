// Outer contours of Canny's edges, drawn on the picture. What OpenCV finds by following borders (findContours with
// RETR_EXTERNAL, drawn one pixel wide) are the edge pixels next to the outside: to background that hangs together, over
// the sides of its pixels, with what lies beyond the picture. So nothing is followed here:
//
//   1. the picture's edges, kept beside it (edged.h), in its grey;
//   2. the background that hangs together with the outside, over all tiles (components.h); edge pixels with such a
//      neighbour are drawn.
#include <stdlib.h>

#include "core/kernels/components.h"
#include "core/kernels/edged.h"
#include "core/kernels/rows.h"
#include "core/op.h"

static const tc_param params[] = {
    {.name = "low",
     .title = "Lower threshold of edges",
     .kind = TC_PARAM_REAL,
     .initial = 30,
     .min = 0,
     .max = 1000,
     .unit = ""},
    {.name = "high",
     .title = "Upper threshold of edges",
     .kind = TC_PARAM_REAL,
     .initial = 100,
     .min = 0,
     .max = 1000,
     .unit = ""},
    {.name = NULL},
};

// ---- Step 2: the outside, and drawing

typedef struct sets {
    tc_bits edge, ground, outer, marks;
    uint8_t *row; // of bytes
} sets;

static bool sets_init(sets *s, tc_rect rect) {
    *s = (sets){.row = malloc((size_t)rect.width)};
    return s->row && tc_bits_init(&s->edge, rect.width, rect.height) &&
           tc_bits_init(&s->ground, rect.width, rect.height) && tc_bits_init(&s->outer, rect.width, rect.height) &&
           tc_bits_init(&s->marks, rect.width, rect.height);
}

static void sets_clear(sets *s) {
    free(s->row);
    tc_bits_clear(&s->edge);
    tc_bits_clear(&s->ground);
    tc_bits_clear(&s->outer);
    tc_bits_clear(&s->marks);
}

static tc_status no_memory(tc_error *error) {
    return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the contours of a tile");
}

// A grey picture becomes a coloured one, as drawing is in green.
static tc_status drawn_shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error) {
    (void)args;
    (void)error;
    *out = (tc_shape){in.width, in.height, tc_has_alpha(in.channels - 1) ? 4 : 3};
    return TC_OK;
}

// The bits below the width of a row's word k.
static uint64_t inside(const tc_bits *bits, size_t k) {
    return k + 1 < bits->words || bits->width % 64 == 0 ? ~(uint64_t)0 : ((uint64_t)1 << (bits->width % 64)) - 1;
}

// Row y, counted in the tile, of the pixels at the picture's edges, which lie next to the outside.
static void mark_picture_edges(const tc_bits *marks, int y, tc_rect rect, tc_shape picture) {
    uint64_t *row = tc_bits_row(marks, y);
    if (rect.y + y == 0 || rect.y + y == picture.height - 1)
        for (size_t k = 0; k < marks->words; k++) row[k] = inside(marks, k);
    if (rect.x == 0) tc_bits_set(marks, 0, y);
    if (rect.x + rect.width == picture.width) tc_bits_set(marks, rect.width - 1, y);
}

// Finds the edges, the background, and of both what lies at the picture's edges.
static void read_map(sets *s, const tc_tile *map, tc_rect rect, tc_shape picture) {
    for (int y = 0; y < rect.height; y++) {
        uint64_t *edge = tc_bits_row(&s->edge, y), *ground = tc_bits_row(&s->ground, y);
        tc_edged_split_row(s->row, tc_tile_at(map, rect.x, rect.y + y), rect.width, map->channels);
        tc_bits_from_row(edge, s->row, rect.width, 7);
        mark_picture_edges(&s->marks, y, rect, picture);
        for (size_t k = 0; k < s->edge.words; k++) {
            ground[k] = ~edge[k] & inside(&s->edge, k);
            tc_bits_row(&s->outer, y)[k] = ground[k] & tc_bits_row(&s->marks, y)[k];
        }
    }
}

static tc_status outline_scan(const tc_step *step, const tc_tile *in, const tc_tile *mid, tc_blob *partial,
                              tc_error *error) {
    sets s;
    tc_status status = TC_OK;
    tc_tile_copy(mid, in);
    if (sets_init(&s, mid->rect)) {
        read_map(&s, in, mid->rect, step->in);
        status = tc_components_report(&s.ground, &s.outer, mid->rect, step->in, TC_REACH_4, partial, error);
    } else {
        status = no_memory(error);
    }
    sets_clear(&s);
    return status;
}

static tc_status outline_merge(const tc_step *step, const tc_partial *partials, int count, const tc_team *team,
                               tc_blob *merged, tc_error *error) {
    (void)step;
    return tc_components_merge(partials, count, TC_REACH_4, TC_TELLS_MARKS, team, merged, error);
}

// Copies the picture's own channels.
static void write_row(uint8_t *to, const uint8_t *from, int width, int channels) {
    if (channels >= 3) {
        tc_edged_take_row(to, from, width, channels);
        return;
    }
    for (int x = 0; x < width; x++, from += channels + 1) {
        for (int c = 0; c < 3; c++) *to++ = from[1];
        if (channels == 2) *to++ = from[2];
    }
}

// Draws the edge pixels of row y that lie next to the outside, and those marked because it lies in another tile.
static void draw_row(const sets *s, uint8_t *to, int y, int channels) {
    const uint64_t *outer = tc_bits_row(&s->outer, y), *edge = tc_bits_row(&s->edge, y),
                   *mark = tc_bits_row(&s->marks, y);
    size_t stride = s->outer.stride;
    for (size_t k = 0; k < s->edge.words; k++) {
        const uint64_t *here = outer + k;
        uint64_t beside = here[0] << 1 | here[-1] >> 63 | here[0] >> 1 | here[1] << 63;
        uint64_t bits = edge[k] & (beside | *(here - stride) | here[stride] | mark[k]);
        for (; bits; bits &= bits - 1) {
            uint8_t *pixel = to + (k * 64 + (size_t)__builtin_ctzll(bits)) * (size_t)channels;
            pixel[0] = pixel[2] = 0;
            pixel[1] = 255;
            if (channels == 4) pixel[3] = 255;
        }
    }
}

static tc_status draw(const tc_step *step, const tc_blob *merged, const tc_tile *mid, const tc_tile *out,
                      tc_error *error) {
    sets s;
    tc_rect rect = mid->rect;
    tc_status status = TC_OK;
    if (sets_init(&s, rect)) {
        read_map(&s, mid, rect, step->in);
        status = tc_components_settle(merged, rect, &s.ground, TC_REACH_4, &s.outer, &s.marks, error);
    } else {
        status = no_memory(error);
    }
    for (int y = 0; y < rect.height && status == TC_OK; y++) {
        uint8_t *to = tc_tile_row(out, rect.y + y);
        write_row(to, tc_tile_row(mid, rect.y + y), rect.width, mid->channels - 1);
        draw_row(&s, to, y, out->channels);
    }
    sets_clear(&s);
    return status;
}

static const tc_op outlines = {
    .name = "contours",
    .group = TC_GROUP_ANALYSIS,
    .need = TC_NEED_WHOLE,
    .grid_bound = true,
    .cost = 4,
    .shape = drawn_shape,
    .mid_view = 1,
    .scan = outline_scan,
    .merge = outline_merge,
    .apply = draw,
};

// ---- Step 1: edges

static tc_status scan(const tc_step *step, const tc_tile *in, const tc_tile *mid, tc_blob *partial, tc_error *error) {
    if (tc_colour_channels(in->channels) == 1) return tc_edged_scan(step, in, mid, partial, error);
    tc_rect rect = in->rect;
    tc_tile grey = {NULL, (size_t)rect.width, rect, 1, false};
    grey.data = malloc(grey.stride * (size_t)rect.height);
    if (!grey.data) return no_memory(error);
    for (int y = rect.y; y < rect.y + rect.height; y++)
        tc_row_luma(tc_tile_row(&grey, y), tc_tile_row(in, y), rect.width, in->channels);
    tc_status status = tc_edged_scan_of(step, in, &grey, mid, partial, error);
    free(grey.data);
    return status;
}

const tc_op TC_OP(contours) = {
    .name = "contours",
    .title = "Contours",
    .summary = "Draws the outer contours of edges on the picture, in green.",
    .group = TC_GROUP_ANALYSIS,
    .params = params,
    .need = TC_NEED_WHOLE,
    .border = TC_BORDER_REPLICATE,
    .grid_bound = true,
    .cost = 7,
    .then = &outlines,
    .shape = tc_edged_shape,
    .radius = tc_edged_radius,
    .mid = tc_edged_mid,
    .mid_view = 1,
    .scan = scan,
    .merge = tc_edged_merge,
    .apply = tc_edged_apply,
};
