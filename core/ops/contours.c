// Outer contours of Canny's edges, drawn on the picture. OpenCV follows borders (findContours with RETR_EXTERNAL, drawn
// one pixel wide); the same pixels are the edge pixels next to the outside, the background that is 4-connected to the
// area beyond the picture. So no border is followed:
//
//   1. the edge map of the picture's grey (edge_map.h); the input is retained;
//   2. a flood fill of the background from the outside, over all tiles (components.h); edge pixels with a neighbour in
//      it are drawn on the retained input.
#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "core/kernels/colour.h"
#include "core/kernels/components.h"
#include "core/kernels/edge_map.h"
#include "core/kernels/rows.h"
#include "core/op.h"
#include "core/wire.h"

static const tc_param params[] = {
    TC_NUMBER(REAL, "low", "Lower threshold of edges", 30, 0, 1000, ""),
    TC_NUMBER(REAL, "high", "Upper threshold of edges", 100, 0, 1000, ""),
    TC_PARAMS_END,
};

// ---- Step 2: flood fill and drawing

/* A partial result is that of tc_components_report, then the tile's edges: a bit per pixel, the first one lowest, each
 * row filled up to whole bytes. The merged result, little-endian:
 *   offset  size  field
 *   0       4     size n of the merged result of tc_components_merge
 *   4       n     that
 *   then for each tile, row by row, 4 bytes: the offset of its edges in the edges of all tiles
 *   then the edges of all tiles
 */
enum { MERGED_HEADER = 4, TILE_ENTRY = 4 };

typedef struct sets {
    tc_bits edge, background, outer, marks;
} sets;

static bool sets_init(sets *s, tc_rect rect) {
    *s = (sets){.edge = {.word = NULL}};
    return tc_bits_init(&s->edge, rect.width, rect.height) && tc_bits_init(&s->background, rect.width, rect.height) &&
           tc_bits_init(&s->outer, rect.width, rect.height) && tc_bits_init(&s->marks, rect.width, rect.height);
}

static void sets_clear(sets *s) {
    tc_bits_clear(&s->edge);
    tc_bits_clear(&s->background);
    tc_bits_clear(&s->outer);
    tc_bits_clear(&s->marks);
}

static tc_status no_memory(tc_error *error) {
    return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the contours of a tile");
}

// The bits of a row's word k that are pixels.
static uint64_t inside(const tc_bits *bits, size_t k) {
    TC_ASSERT_SLOW(k < bits->words);
    return k + 1 < bits->words || bits->width % 64 == 0 ? ~(uint64_t)0 : ((uint64_t)1 << (bits->width % 64)) - 1;
}

// Marks the pixels at the picture's edges, which are next to the outside. `y` counts in the tile.
static void mark_picture_edges(const tc_bits *marks, int y, tc_rect rect, tc_shape picture) {
    uint64_t *row = tc_bits_row(marks, y);
    if (rect.y + y == 0 || rect.y + y == picture.height - 1)
        for (size_t k = 0; k < marks->words; k++) row[k] = inside(marks, k);
    if (rect.x == 0) tc_bits_set(marks, 0, y);
    if (rect.x + rect.width == picture.width) tc_bits_set(marks, rect.width - 1, y);
}

// Computes the background, its pixels at the picture's edges (`outer`), and all pixels there (`marks`).
static void find_background(sets *s, tc_rect rect, tc_shape picture) {
    for (int y = 0; y < rect.height; y++) {
        uint64_t *edge = tc_bits_row(&s->edge, y), *background = tc_bits_row(&s->background, y);
        mark_picture_edges(&s->marks, y, rect, picture);
        for (size_t k = 0; k < s->edge.words; k++) {
            edge[k] &= inside(&s->edge, k);
            background[k] = ~edge[k] & inside(&s->edge, k);
            tc_bits_row(&s->outer, y)[k] = background[k] & tc_bits_row(&s->marks, y)[k];
        }
    }
}

static size_t edges_row_bytes(tc_rect rect) {
    return ((size_t)rect.width + 7) / 8;
}

static size_t edges_bytes(tc_rect rect) {
    return edges_row_bytes(rect) * (size_t)rect.height;
}

// Rows of words become rows of bytes: the first byte of a word in memory is the lowest (see bits.c).
static tc_status append_edges(const tc_bits *edge, tc_rect rect, tc_blob *partial) {
    size_t row = edges_row_bytes(rect), size = edges_bytes(rect);
    uint8_t *bytes = malloc(size);
    if (!bytes) return TC_ERR_MEMORY;
    for (int y = 0; y < rect.height; y++) memcpy(bytes + (size_t)y * row, tc_bits_row(edge, y), row);
    tc_status status = tc_blob_append(partial, bytes, size);
    free(bytes);
    return status;
}

static void read_edges(const tc_bits *edge, tc_rect rect, const uint8_t *from) {
    for (int y = 0; y < rect.height; y++, from += edges_row_bytes(rect))
        memcpy(tc_bits_row(edge, y), from, edges_row_bytes(rect));
}

static tc_status fill_scan(const tc_step *step, const tc_tile *in, const tc_tile *intermediate, tc_blob *partial,
                           tc_error *error) {
    sets s;
    tc_rect rect = intermediate->rect;
    tc_status status = TC_OK;
    tc_tile_copy(intermediate, in);
    if (sets_init(&s, rect)) {
        for (int y = 0; y < rect.height; y++)
            tc_bits_from_row(tc_bits_row(&s.edge, y), tc_tile_at(in, rect.x, rect.y + y), rect.width, 7);
        find_background(&s, rect, step->in);
        status = tc_components_report(&s.background, &s.outer, rect, step->in, TC_CONNECTIVITY_4, partial, error);
        if (status == TC_OK && append_edges(&s.edge, rect, partial) != TC_OK) status = no_memory(error);
    } else {
        status = no_memory(error);
    }
    sets_clear(&s);
    return status;
}

typedef struct edge_lists {
    const tc_partial *partials;
    uint8_t *entries, *edges; // in the merged result
} edge_lists;

static void copy_edges(void *context, int tile) {
    const edge_lists *lists = context;
    const tc_partial *p = &lists->partials[tile];
    TC_ASSERT(p->blob.size >= edges_bytes(p->rect));
    size_t size = edges_bytes(p->rect);
    memcpy(lists->edges + tc_read_u32(lists->entries + (size_t)tile * TILE_ENTRY), p->blob.data + p->blob.size - size,
           size);
}

// Writes the merged result from `components` and the edges of all tiles.
static tc_status append_all_edges(const tc_partial *partials, int count, const tc_parallel *parallel,
                                  const tc_blob *components, tc_blob *merged) {
    size_t edges = 0, head = MERGED_HEADER + components->size + (size_t)count * TILE_ENTRY;
    for (int i = 0; i < count; i++) edges += edges_bytes(partials[i].rect);
    uint8_t *to = malloc(head + edges);
    if (!to) return TC_ERR_MEMORY;
    *merged = (tc_blob){to, head + edges};
    tc_write_u32(to, (uint32_t)components->size);
    memcpy(to + MERGED_HEADER, components->data, components->size);
    edge_lists lists = {partials, to + head - (size_t)count * TILE_ENTRY, to + head};
    edges = 0;
    for (int i = 0; i < count; i++) {
        tc_write_u32(lists.entries + (size_t)i * TILE_ENTRY, (uint32_t)edges);
        edges += edges_bytes(partials[i].rect);
    }
    tc_parallel_for(parallel, count, copy_edges, &lists);
    return TC_OK;
}

static tc_status fill_merge(const tc_step *step, const tc_partial *partials, int count, const tc_parallel *parallel,
                            tc_blob *merged, tc_error *error) {
    (void)step;
    tc_blob components = {0};
    tc_partial *components_only = calloc((size_t)count, sizeof *components_only);
    if (!components_only) return no_memory(error);
    for (int i = 0; i < count; i++) {
        size_t edges = edges_bytes(partials[i].rect), size = partials[i].blob.size;
        components_only[i] = (tc_partial){partials[i].rect, {partials[i].blob.data, size < edges ? 0 : size - edges}};
    }
    tc_status status = tc_components_merge(components_only, count, TC_CONNECTIVITY_4, TC_COMPONENTS_SEEDS_AND_MARKS,
                                           parallel, &components, error);
    if (status == TC_OK && append_all_edges(partials, count, parallel, &components, merged) != TC_OK)
        status = no_memory(error);
    tc_blob_clear(&components);
    free(components_only);
    return status;
}

// Finds the components' merged result and the edges of the tile `rect`; NULL when `merged` does not parse.
static const uint8_t *find_edges(const tc_blob *merged, tc_rect rect, tc_blob *components) {
    if (!merged || merged->size < MERGED_HEADER) return NULL;
    size_t size = tc_read_u32(merged->data), remaining = merged->size - MERGED_HEADER;
    if (size > remaining) return NULL;
    *components = (tc_blob){merged->data + MERGED_HEADER, size};
    remaining -= size;
    int count, tile = tc_components_find(components, rect, &count);
    if (tile < 0 || (size_t)count > remaining / TILE_ENTRY) return NULL;
    const uint8_t *entries = components->data + size;
    remaining -= (size_t)count * TILE_ENTRY;
    size_t first = tc_read_u32(entries + (size_t)tile * TILE_ENTRY), wanted = edges_bytes(rect);
    return first <= remaining && wanted <= remaining - first ? entries + (size_t)count * TILE_ENTRY + first : NULL;
}

// Draws the edge pixels of row y with a 4-neighbour in `outer`, and those whose neighbour in another tile is (`marks`).
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
    TC_ASSERT(out->channels == 3 || out->channels == 4);
    sets s;
    tc_rect rect = out->rect;
    tc_blob components = {0};
    const uint8_t *edges = find_edges(merged, rect, &components);
    if (!edges) return tc_fail(error, TC_ERR_PROTOCOL, "contours: the edges of the picture do not parse");
    tc_status status = TC_OK;
    if (sets_init(&s, rect)) {
        read_edges(&s.edge, rect, edges);
        find_background(&s, rect, step->in);
        status = tc_components_flood(&components, rect, &s.background, TC_CONNECTIVITY_4, &s.outer, &s.marks, error);
    } else {
        status = no_memory(error);
    }
    for (int y = 0; y < rect.height && status == TC_OK; y++) {
        tc_tile row = tc_tile_view(out, (tc_rect){rect.x, rect.y + y, rect.width, 1});
        tc_colour_tile(in, &row);
        draw_row(&s, row.data, y, out->channels);
    }
    sets_clear(&s);
    return status;
}

static const tc_op fill = {
    .name = "contours",
    .group = TC_GROUP_ANALYSIS,
    .need = TC_NEED_WHOLE,
    .grid_bound = true,
    .cost = 4,
    .shape = tc_colour_shape,
    .intermediate_shape = tc_edge_map_intermediate,
    .scan = fill_scan,
    .merge = fill_merge,
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
    .next_op = &fill,
    .retains_input = true,
    .shape = tc_edge_map_shape,
    .radius = tc_edge_map_radius,
    .intermediate_shape = tc_edge_map_intermediate,
    .scan = scan,
    .merge = tc_edge_map_merge,
    .apply = tc_edge_map_apply,
};
