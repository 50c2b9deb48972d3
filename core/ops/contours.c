// Outer contours of Canny's edges, drawn on the picture. What OpenCV finds by following borders (findContours with
// RETR_EXTERNAL, drawn one pixel wide) are the edge pixels next to the outside: to background that hangs together, over
// the sides of its pixels, with what lies beyond the picture. So nothing is followed here:
//
//   1. the edges of the picture's grey (edged.h); the picture is retained until the end;
//   2. the background that hangs together with the outside, over all tiles (components.h); edge pixels with such a
//      neighbour are drawn.
#include <stdlib.h>
#include <string.h>

#include "core/kernels/components.h"
#include "core/kernels/edge_map.h"
#include "core/kernels/rows.h"
#include "core/op.h"
#include "core/wire.h"

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

// The map of edges: one channel.
static tc_shape map_intermediate(const tc_args *args, tc_shape in) {
    (void)args;
    return (tc_shape){in.width, in.height, 1};
}

static tc_status map_shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error) {
    (void)error;
    *out = map_intermediate(args, in);
    return TC_OK;
}

// ---- Step 2: the outside, and drawing

/* A partial result is what tc_components_report gives, then the tile's edges: for each row a bit per pixel, the first
 * one lowest, filled up to whole bytes. The merged result, little-endian:
 *   offset  size  field
 *   0       4     size n of what the components' merge has given
 *   4       n     that
 *   then for each tile, row-major, 4 bytes: where its edges begin, counted from those of the first tile
 *   then the edges of all tiles
 */
enum { MERGED_HEADER = 4, TILE_ENTRY = 4 };

typedef struct sets {
    tc_bits edge, ground, outer, marks;
} sets;

static bool sets_init(sets *s, tc_rect rect) {
    *s = (sets){.edge = {.word = NULL}};
    return tc_bits_init(&s->edge, rect.width, rect.height) && tc_bits_init(&s->ground, rect.width, rect.height) &&
           tc_bits_init(&s->outer, rect.width, rect.height) && tc_bits_init(&s->marks, rect.width, rect.height);
}

static void sets_clear(sets *s) {
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
    *out = (tc_shape){in.width, in.height, tc_has_alpha(in.channels) ? 4 : 3};
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

// Finds the background, and of it and the edges what lies at the picture's edges.
static void find_ground(sets *s, tc_rect rect, tc_shape picture) {
    for (int y = 0; y < rect.height; y++) {
        uint64_t *edge = tc_bits_row(&s->edge, y), *ground = tc_bits_row(&s->ground, y);
        mark_picture_edges(&s->marks, y, rect, picture);
        for (size_t k = 0; k < s->edge.words; k++) {
            edge[k] &= inside(&s->edge, k);
            ground[k] = ~edge[k] & inside(&s->edge, k);
            tc_bits_row(&s->outer, y)[k] = ground[k] & tc_bits_row(&s->marks, y)[k];
        }
    }
}

static size_t edges_row(tc_rect rect) {
    return ((size_t)rect.width + 7) / 8;
}

static size_t edges_size(tc_rect rect) {
    return edges_row(rect) * (size_t)rect.height;
}

// Rows of words to rows of bytes, and back: the first byte of a word in memory is the lowest (see bits.c).
static tc_status append_edges(const tc_bits *edge, tc_rect rect, tc_blob *partial) {
    size_t row = edges_row(rect), size = edges_size(rect);
    uint8_t *bytes = malloc(size);
    if (!bytes) return TC_ERR_MEMORY;
    for (int y = 0; y < rect.height; y++) memcpy(bytes + (size_t)y * row, tc_bits_row(edge, y), row);
    tc_status status = tc_blob_append(partial, bytes, size);
    free(bytes);
    return status;
}

static void read_edges(const tc_bits *edge, tc_rect rect, const uint8_t *from) {
    for (int y = 0; y < rect.height; y++, from += edges_row(rect)) memcpy(tc_bits_row(edge, y), from, edges_row(rect));
}

static tc_status outline_scan(const tc_step *step, const tc_tile *in, const tc_tile *intermediate, tc_blob *partial,
                              tc_error *error) {
    sets s;
    tc_rect rect = intermediate->rect;
    tc_status status = TC_OK;
    tc_tile_copy(intermediate, in);
    if (sets_init(&s, rect)) {
        for (int y = 0; y < rect.height; y++)
            tc_bits_from_row(tc_bits_row(&s.edge, y), tc_tile_at(in, rect.x, rect.y + y), rect.width, 7);
        find_ground(&s, rect, step->in);
        status = tc_components_report(&s.ground, &s.outer, rect, step->in, TC_CONNECTIVITY_4, partial, error);
        if (status == TC_OK && append_edges(&s.edge, rect, partial) != TC_OK) status = no_memory(error);
    } else {
        status = no_memory(error);
    }
    sets_clear(&s);
    return status;
}

typedef struct joining {
    const tc_partial *partials;
    uint8_t *entries, *edges; // in the merged result
} joining;

static void copy_edges(void *context, int tile) {
    const joining *join = context;
    const tc_partial *p = &join->partials[tile];
    size_t size = edges_size(p->rect);
    memcpy(join->edges + tc_read_u32(join->entries + (size_t)tile * TILE_ENTRY), p->blob.data + p->blob.size - size,
           size);
}

// Puts the edges of all tiles behind what the components' merge has given.
static tc_status join_edges(const tc_partial *partials, int count, const tc_parallel *parallel,
                            const tc_blob *components, tc_blob *merged) {
    size_t edges = 0, head = MERGED_HEADER + components->size + (size_t)count * TILE_ENTRY;
    for (int i = 0; i < count; i++) edges += edges_size(partials[i].rect);
    uint8_t *to = malloc(head + edges);
    if (!to) return TC_ERR_MEMORY;
    *merged = (tc_blob){to, head + edges};
    tc_write_u32(to, (uint32_t)components->size);
    memcpy(to + MERGED_HEADER, components->data, components->size);
    joining join = {partials, to + head - (size_t)count * TILE_ENTRY, to + head};
    edges = 0;
    for (int i = 0; i < count; i++) {
        tc_write_u32(join.entries + (size_t)i * TILE_ENTRY, (uint32_t)edges);
        edges += edges_size(partials[i].rect);
    }
    tc_parallel_for(parallel, count, copy_edges, &join);
    return TC_OK;
}

static tc_status outline_merge(const tc_step *step, const tc_partial *partials, int count, const tc_parallel *parallel,
                               tc_blob *merged, tc_error *error) {
    (void)step;
    tc_blob components = {0};
    tc_partial *sides = calloc((size_t)count, sizeof *sides); // the partial results without the edges
    if (!sides) return no_memory(error);
    for (int i = 0; i < count; i++) {
        size_t edges = edges_size(partials[i].rect), size = partials[i].blob.size;
        sides[i] = (tc_partial){partials[i].rect, {partials[i].blob.data, size < edges ? 0 : size - edges}};
    }
    tc_status status = tc_components_merge(sides, count, TC_CONNECTIVITY_4, TC_COMPONENTS_SEEDS_AND_MARKS, parallel,
                                           &components, error);
    if (status == TC_OK && join_edges(partials, count, parallel, &components, merged) != TC_OK)
        status = no_memory(error);
    tc_blob_clear(&components);
    free(sides);
    return status;
}

// Finds, in a merged result, what the components' merge has given and the edges of a tile; NULL when it does not parse.
static const uint8_t *find_edges(const tc_blob *merged, tc_rect rect, tc_blob *components) {
    if (!merged || merged->size < MERGED_HEADER) return NULL;
    size_t size = tc_read_u32(merged->data), rest = merged->size - MERGED_HEADER;
    if (size > rest) return NULL;
    *components = (tc_blob){merged->data + MERGED_HEADER, size};
    rest -= size;
    int count, tile = tc_components_find(components, rect, &count);
    if (tile < 0 || (size_t)count > rest / TILE_ENTRY) return NULL;
    const uint8_t *entries = components->data + size;
    rest -= (size_t)count * TILE_ENTRY;
    size_t first = tc_read_u32(entries + (size_t)tile * TILE_ENTRY), wanted = edges_size(rect);
    return first <= rest && wanted <= rest - first ? entries + (size_t)count * TILE_ENTRY + first : NULL;
}

static void write_row(uint8_t *to, const uint8_t *from, int width, int channels) {
    if (channels >= 3) {
        memcpy(to, from, tc_row_bytes(width, channels));
        return;
    }
    for (int x = 0; x < width; x++, from += channels) {
        for (int c = 0; c < 3; c++) *to++ = from[0];
        if (channels == 2) *to++ = from[1];
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

static tc_status draw(const tc_step *step, const tc_blob *merged, const tc_tile *in, const tc_tile *out,
                      tc_error *error) {
    sets s;
    tc_rect rect = out->rect;
    tc_blob components = {0};
    const uint8_t *edges = find_edges(merged, rect, &components);
    if (!edges) return tc_fail(error, TC_ERR_PROTOCOL, "contours: the edges of the picture do not parse");
    tc_status status = TC_OK;
    if (sets_init(&s, rect)) {
        read_edges(&s.edge, rect, edges);
        find_ground(&s, rect, step->in);
        status = tc_components_flood(&components, rect, &s.ground, TC_CONNECTIVITY_4, &s.outer, &s.marks, error);
    } else {
        status = no_memory(error);
    }
    for (int y = 0; y < rect.height && status == TC_OK; y++) {
        uint8_t *to = tc_tile_row(out, rect.y + y);
        write_row(to, tc_tile_at(in, rect.x, rect.y + y), rect.width, in->channels);
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
    .intermediate_shape = map_intermediate,
    .scan = outline_scan,
    .merge = outline_merge,
    .apply = draw,
};

// ---- Step 1: edges

static tc_status scan(const tc_step *step, const tc_tile *in, const tc_tile *intermediate, tc_blob *partial,
                      tc_error *error) {
    if (tc_colour_channels(in->channels) == 1) return tc_edge_map_scan(step, in, intermediate, partial, error);
    tc_rect rect = in->rect;
    tc_tile grey = {NULL, (size_t)rect.width, rect, 1, false};
    grey.data = malloc(grey.stride * (size_t)rect.height);
    if (!grey.data) return no_memory(error);
    for (int y = rect.y; y < rect.y + rect.height; y++)
        tc_row_luma(tc_tile_row(&grey, y), tc_tile_row(in, y), rect.width, in->channels);
    tc_status status = tc_edge_map_scan_of(step, in, &grey, intermediate, partial, error);
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
    .next_op = &outlines,
    .retains_input = true,
    .shape = map_shape,
    .radius = tc_edge_map_radius,
    .intermediate_shape = map_intermediate,
    .scan = scan,
    .merge = tc_edge_map_merge,
    .apply = tc_edge_map_apply,
};
