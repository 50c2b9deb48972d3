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

// Bits of the map's bytes between scan and apply. In a preview of it only edges are seen.
enum { BIT_OUTER = 0, BIT_OPEN = 1, BIT_EDGE = 7 };

typedef struct sets {
    tc_bits edge, outer, open, found;
    uint8_t *row; // of bytes
} sets;

static bool sets_init(sets *s, tc_rect rect) {
    *s = (sets){.row = malloc((size_t)rect.width)};
    return s->row && tc_bits_init(&s->edge, rect.width, rect.height) &&
           tc_bits_init(&s->outer, rect.width, rect.height) && tc_bits_init(&s->open, rect.width, rect.height) &&
           tc_bits_init(&s->found, rect.width, rect.height);
}

static void sets_clear(sets *s) {
    free(s->row);
    tc_bits_clear(&s->edge);
    tc_bits_clear(&s->outer);
    tc_bits_clear(&s->open);
    tc_bits_clear(&s->found);
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

// Finds the background, and of it what lies at the picture's edges.
static void find_background(sets *s, const tc_tile *in, tc_rect rect, tc_shape picture) {
    int last = rect.width - 1;
    bool left = rect.x == 0, right = rect.x + rect.width == picture.width;
    for (int y = 0; y < rect.height; y++) {
        uint64_t *ground = tc_bits_row(&s->found, y), *outer = tc_bits_row(&s->outer, y);
        tc_edged_split_row(s->row, tc_tile_at(in, rect.x, rect.y + y), rect.width, in->channels);
        tc_bits_from_row(tc_bits_row(&s->edge, y), s->row, rect.width, BIT_EDGE);
        bool whole = rect.y + y == 0 || rect.y + y == picture.height - 1;
        for (size_t k = 0; k < s->edge.words; k++) {
            ground[k] = ~tc_bits_row(&s->edge, y)[k] & inside(&s->edge, k);
            if (whole) outer[k] = ground[k];
        }
        if (left) outer[0] |= ground[0] & 1;
        if (right) outer[last / 64] |= ground[last / 64] & (uint64_t)1 << (last % 64);
    }
}

static void write_map(const sets *s, const tc_tile *in, const tc_tile *mid) {
    static const uint8_t values[] = {1 << BIT_EDGE | 0x7C, 1 << BIT_OPEN, 1 << BIT_OUTER};
    tc_rect rect = mid->rect;
    for (int y = 0; y < rect.height; y++) {
        const uint64_t *const rows[] = {tc_bits_row(&s->edge, y), tc_bits_row(&s->open, y), tc_bits_row(&s->outer, y)};
        tc_bits_to_row(s->row, rows, values, 3, rect.width);
        tc_edged_replace_row(tc_tile_row(mid, rect.y + y), s->row, tc_tile_at(in, rect.x, rect.y + y), rect.width,
                             mid->channels);
    }
}

static tc_status outline_scan(const tc_step *step, const tc_tile *in, const tc_tile *mid, tc_blob *partial,
                              tc_error *error) {
    sets s;
    tc_status status = TC_OK;
    if (sets_init(&s, mid->rect)) {
        find_background(&s, in, mid->rect, step->in);
        status = tc_components_scan(&s.found, &s.outer, &s.open, mid->rect, step->in, TC_REACH_4, partial, error);
        if (status == TC_OK) write_map(&s, in, mid);
    } else {
        status = no_memory(error);
    }
    sets_clear(&s);
    return status;
}

static tc_status outline_merge(const tc_step *step, const tc_partial *partials, int count, tc_blob *merged,
                               tc_error *error) {
    (void)step;
    return tc_components_merge(partials, count, TC_REACH_4, TC_TELLS_MARKS, merged, error);
}

static void read_map(sets *s, const tc_tile *mid) {
    for (int y = 0; y < mid->rect.height; y++) {
        tc_edged_split_row(s->row, tc_tile_row(mid, mid->rect.y + y), mid->rect.width, mid->channels);
        tc_bits_from_row(tc_bits_row(&s->edge, y), s->row, mid->rect.width, BIT_EDGE);
        tc_bits_from_row(tc_bits_row(&s->open, y), s->row, mid->rect.width, BIT_OPEN);
        tc_bits_from_row(tc_bits_row(&s->outer, y), s->row, mid->rect.width, BIT_OUTER);
    }
}

static void add_bits(const tc_bits *to, const tc_bits *more) {
    for (int y = 0; y < to->height; y++)
        for (size_t k = 0; k < to->words; k++) tc_bits_row(to, y)[k] |= tc_bits_row(more, y)[k];
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
static void draw_row(const sets *s, const tc_bits *marks, uint8_t *to, int y, int channels) {
    const uint64_t *outer = tc_bits_row(&s->outer, y), *edge = tc_bits_row(&s->edge, y), *mark = tc_bits_row(marks, y);
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

// Pixels at the picture's edges lie next to the outside.
static void mark_picture_edges(const tc_bits *marks, tc_rect rect, tc_shape picture) {
    for (int y = 0; y < rect.height; y++) {
        if (rect.y + y == 0 || rect.y + y == picture.height - 1)
            for (int x = 0; x < rect.width; x++) tc_bits_set(marks, x, y);
        if (rect.x == 0) tc_bits_set(marks, 0, y);
        if (rect.x + rect.width == picture.width) tc_bits_set(marks, rect.width - 1, y);
    }
}

static tc_status draw(const tc_step *step, const tc_blob *merged, const tc_tile *mid, const tc_tile *out,
                      tc_error *error) {
    sets s;
    tc_bits marks = {0};
    tc_rect rect = mid->rect;
    tc_status status = TC_OK;
    if (sets_init(&s, rect) && tc_bits_init(&marks, rect.width, rect.height)) {
        read_map(&s, mid);
        status = tc_components_settle(merged, rect, &s.open, TC_REACH_4, &s.found, &marks, error);
    } else {
        status = no_memory(error);
    }
    if (status == TC_OK) {
        add_bits(&s.outer, &s.found);
        mark_picture_edges(&marks, rect, step->in);
        for (int y = 0; y < rect.height; y++) {
            uint8_t *to = tc_tile_row(out, rect.y + y);
            write_row(to, tc_tile_row(mid, rect.y + y), rect.width, mid->channels - 1);
            draw_row(&s, &marks, to, y, out->channels);
        }
    }
    sets_clear(&s);
    tc_bits_clear(&marks);
    return status;
}

static const tc_op outlines = {
    .name = "contours",
    .group = TC_GROUP_ANALYSIS,
    .need = TC_NEED_WHOLE,
    .grid_bound = true,
    .cost = 10,
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
    tc_tile grey = {NULL, (size_t)rect.width, rect, 1};
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
    .cost = 30,
    .then = &outlines,
    .shape = tc_edged_shape,
    .radius = tc_edged_radius,
    .mid = tc_edged_mid,
    .mid_view = 1,
    .scan = scan,
    .merge = tc_edged_merge,
    .apply = tc_edged_apply,
};
