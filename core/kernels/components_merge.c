#include "core/kernels/components.h"

#include <stdlib.h>

#include "core/kernels/runs.h"
#include "core/wire.h"

/* The merged result, little-endian:
 *   offset  size  field
 *   0       4     number of tiles
 *   per tile, in the order of y, then x:
 *   0       8     x, y, width, height, 2 bytes each
 *   8       4     index of its first seed
 *   12      4     number of its seeds
 *   then all seeds and marks, 4 bytes each: y * width + x within the tile
 */
enum { MERGED_HEADER = 4, TILE_ENTRY = 16, SEED = 4 };

// The merge's state.
typedef struct joining {
    const tc_partial *partials;
    int count, columns;
    uint32_t *parent;
    uint32_t *base;   // of each tile: its component c is node base + c
    tc_run_list a, b; // two lines of runs along a border between tiles
    tc_blob seeds;
} joining;

static int side_length(tc_rect rect, int side) {
    return side < TC_SIDE_LEFT ? rect.width : rect.height;
}

static const uint8_t *side_runs(const tc_blob *blob, int side, uint32_t *count) {
    const uint8_t *at = blob->data + TC_SIDES_HEADER;
    for (int s = 0; s < side; s++) at += (size_t)tc_get_u32(blob->data + 4 * s) * TC_RUN_BYTES;
    *count = tc_get_u32(blob->data + 4 * side);
    return at;
}

// A run of a partial result, with its component for a node. Written out, as these are read several times over.
static inline tc_side_run read_run(const uint8_t *at) {
    return (tc_side_run){at[0] | at[1] << 8, at[2] | at[3] << 8,
                         at[4] | (uint32_t)at[5] << 8 | (uint32_t)at[6] << 16 | (uint32_t)at[7] << 24};
}

// Checks one tile's partial result and finds its number of components; false when it does not parse.
static bool check_partial(const tc_partial *partial, uint32_t *components) {
    const tc_blob *blob = &partial->blob;
    uint64_t runs = 0;
    *components = 0;
    if (blob->size < TC_SIDES_HEADER) return false;
    for (int s = 0; s < TC_SIDES; s++) runs += tc_get_u32(blob->data + 4 * s);
    if ((blob->size - TC_SIDES_HEADER) % TC_RUN_BYTES != 0 || (blob->size - TC_SIDES_HEADER) / TC_RUN_BYTES != runs)
        return false;
    for (int s = 0; s < TC_SIDES; s++) {
        uint32_t count;
        int before = -1, length = side_length(partial->rect, s);
        const uint8_t *at = side_runs(blob, s, &count);
        for (uint32_t i = 0; i < count; i++, at += TC_RUN_BYTES) {
            const tc_side_run r = read_run(at);
            if (r.first <= before || r.last < r.first || r.last >= length) return false;
            if (r.node > *components + 1) return false;
            if (r.node > *components) *components = r.node;
            before = r.last;
        }
    }
    return true;
}

// Counts the grid's columns; false when the tiles form none.
static bool check_grid(joining *join) {
    const tc_partial *p = join->partials;
    if (join->count == 0) return false;
    while (join->columns < join->count && p[join->columns].rect.y == p[0].rect.y) join->columns++;
    for (int t = 0; t < join->count; t++) {
        int column = t % join->columns;
        tc_rect rect = p[t].rect, top = p[column].rect, left = p[t - column].rect;
        if (rect.x != top.x || rect.width != top.width || rect.y != left.y || rect.height != left.height) return false;
        if (column > 0 && p[t - 1].rect.x + p[t - 1].rect.width != rect.x) return false;
        if (t >= join->columns && p[t - join->columns].rect.y + p[t - join->columns].rect.height != rect.y)
            return false;
    }
    return join->count % join->columns == 0;
}

// Appends the runs of a tile's side to a line.
static bool append_side(const joining *join, tc_run_list *line, int tile, int side) {
    const tc_partial *partial = &join->partials[tile];
    uint32_t count, base = join->base[tile];
    const uint8_t *at = side_runs(&partial->blob, side, &count);
    int offset = side < TC_SIDE_LEFT ? partial->rect.x : partial->rect.y;
    if (count == 0) return true;
    if (!tc_run_list_reserve(line, count)) return false;
    for (tc_side_run *to = line->item + line->count, *end = to + count; to < end; to++, at += TC_RUN_BYTES) {
        const tc_side_run r = read_run(at);
        *to = (tc_side_run){r.first + offset, r.last + offset, r.node ? base + r.node : 0};
    }
    line->count += count;
    return true;
}

// Unites what touches over the border between lines a and b.
static void join_lines(joining *join, int reach) {
    if (join->a.count == 0 || join->b.count == 0) return; // there may be no memory behind an empty one
    const tc_side_run *next = join->b.item, *end = next + join->b.count;
    for (const tc_side_run *here = join->a.item; here < join->a.item + join->a.count; here++) {
        while (next < end && next->last + reach < here->first) next++;
        for (const tc_side_run *b = next; b < end && tc_run_starts_by(b, here, reach); b++)
            tc_roots_unite(join->parent, here->node, b->node);
    }
}

// A row of tiles' bottoms with the tops below, as one line, so that corners meet; then each tile with the next.
static bool join_tiles(joining *join, int reach) {
    for (int t = 0; t < join->count; t += join->columns) {
        for (int c = 0; c + 1 < join->columns; c++) {
            join->a.count = join->b.count = 0;
            if (!append_side(join, &join->a, t + c, TC_SIDE_RIGHT) ||
                !append_side(join, &join->b, t + c + 1, TC_SIDE_LEFT))
                return false;
            join_lines(join, reach);
        }
        if (t + join->columns >= join->count) break;
        join->a.count = join->b.count = 0;
        for (int c = 0; c < join->columns; c++)
            if (!append_side(join, &join->a, t + c, TC_SIDE_BOTTOM) ||
                !append_side(join, &join->b, t + join->columns + c, TC_SIDE_TOP))
                return false;
        join_lines(join, reach);
    }
    return true;
}

// Sizes everything and gives each tile its node numbers.
static tc_status joining_init(joining *join, tc_error *error) {
    join->base = malloc(((size_t)join->count + 1) * sizeof *join->base);
    if (!join->base) return TC_ERR_MEMORY;
    uint64_t nodes = 0;
    if (!check_grid(join)) return tc_fail(error, TC_ERR_PROTOCOL, "the partial results' tiles form no grid");
    for (int t = 0; t < join->count; t++) {
        uint32_t components;
        if (!check_partial(&join->partials[t], &components))
            return tc_fail(error, TC_ERR_PROTOCOL, "the partial result of a tile does not parse");
        join->base[t] = (uint32_t)nodes;
        nodes += components;
    }
    if (nodes >= UINT32_MAX) return TC_ERR_MEMORY;
    join->parent = malloc(((size_t)nodes + 1) * sizeof *join->parent);
    if (!join->parent) return TC_ERR_MEMORY;
    for (uint32_t n = 0; n <= nodes; n++) join->parent[n] = n;
    return TC_OK;
}

static bool push_seed(joining *join, tc_rect rect, int side, int along) {
    uint32_t x = (uint32_t)(side < TC_SIDE_LEFT ? along : side == TC_SIDE_LEFT ? 0 : rect.width - 1);
    uint32_t y = (uint32_t)(side >= TC_SIDE_LEFT ? along : side == TC_SIDE_TOP ? 0 : rect.height - 1);
    uint8_t bytes[SEED];
    tc_put_u32(bytes, y * (uint32_t)rect.width + x);
    return tc_blob_append(&join->seeds, bytes, SEED) == TC_OK;
}

// Lists the first pixel of each of the tile's components that counts.
static bool list_seeds(joining *join, int tile) {
    const tc_partial *partial = &join->partials[tile];
    uint32_t seen = 0; // a component's first run comes before the first of the next one
    for (int s = 0; s < TC_SIDES; s++) {
        uint32_t count;
        const uint8_t *at = side_runs(&partial->blob, s, &count);
        for (uint32_t i = 0; i < count; i++, at += TC_RUN_BYTES) {
            const tc_side_run r = read_run(at);
            if (r.node <= seen) continue;
            seen = r.node;
            if (tc_root_find(join->parent, join->base[tile] + r.node) != 0) continue;
            if (!push_seed(join, partial->rect, s, r.first)) return false;
        }
    }
    return true;
}

// Lists the pixels on the tile's side that are in no run, where the pixel across, of tile `other`, counts.
static bool list_marks(joining *join, int tile, int side, int other) {
    tc_rect rect = join->partials[tile].rect;
    int offset = side < TC_SIDE_LEFT ? rect.x : rect.y;
    join->a.count = join->b.count = 0;
    if (!append_side(join, &join->a, other, side ^ 1) || !append_side(join, &join->b, tile, side)) return false;
    const tc_side_run *own = join->b.item, *end = own + join->b.count;
    for (const tc_side_run *across = join->a.item; across < join->a.item + join->a.count; across++) {
        if (tc_root_find(join->parent, across->node) != 0) continue;
        for (int at = across->first; at <= across->last; at++) {
            while (own < end && own->last < at) own++;
            if (own < end && own->first <= at)
                at = own->last;
            else if (!push_seed(join, rect, side, at - offset))
                return false;
        }
    }
    return true;
}

static bool list_all_marks(joining *join, int t) {
    int column = t % join->columns;
    if (t >= join->columns && !list_marks(join, t, TC_SIDE_TOP, t - join->columns)) return false;
    if (t + join->columns < join->count && !list_marks(join, t, TC_SIDE_BOTTOM, t + join->columns)) return false;
    if (column > 0 && !list_marks(join, t, TC_SIDE_LEFT, t - 1)) return false;
    return column + 1 == join->columns || list_marks(join, t, TC_SIDE_RIGHT, t + 1);
}

static bool write_merged(joining *join, tc_tells tells, tc_blob *merged) {
    size_t head = MERGED_HEADER + (size_t)join->count * TILE_ENTRY;
    uint8_t *bytes = malloc(head), *to = bytes ? bytes + MERGED_HEADER : NULL;
    bool done = bytes != NULL;
    if (done) tc_put_u32(bytes, (uint32_t)join->count);
    for (int t = 0; t < join->count && done; t++, to += TILE_ENTRY) {
        tc_rect rect = join->partials[t].rect;
        size_t first = join->seeds.size / SEED;
        done = list_seeds(join, t) && (tells == TC_TELLS_SEEDS || list_all_marks(join, t));
        tc_put_u16(to, (uint32_t)rect.x);
        tc_put_u16(to + 2, (uint32_t)rect.y);
        tc_put_u16(to + 4, (uint32_t)rect.width);
        tc_put_u16(to + 6, (uint32_t)rect.height);
        tc_put_u32(to + 8, (uint32_t)first);
        tc_put_u32(to + 12, (uint32_t)(join->seeds.size / SEED - first));
    }
    done = done && tc_blob_append(merged, bytes, head) == TC_OK &&
           (join->seeds.size == 0 || tc_blob_append(merged, join->seeds.data, join->seeds.size) == TC_OK);
    free(bytes);
    return done;
}

tc_status tc_components_merge(const tc_partial *partials, int count, tc_reach reach, tc_tells tells, tc_blob *merged,
                              tc_error *error) {
    joining join = {.partials = partials, .count = count};
    tc_status status = joining_init(&join, error);
    if (status == TC_OK && !(join_tiles(&join, reach == TC_REACH_8) && write_merged(&join, tells, merged)))
        status = TC_ERR_MEMORY;
    free(join.base);
    free(join.parent);
    free(join.a.item);
    free(join.b.item);
    tc_blob_clear(&join.seeds);
    if (status == TC_ERR_MEMORY) tc_fail(error, status, "not enough memory to join what hangs together over tiles");
    return status;
}

// Finds the tile's entry in a merged result; NULL when there is none or the sizes do not add up.
static const uint8_t *find_tile(const tc_blob *merged, tc_rect rect) {
    if (!merged || merged->size < MERGED_HEADER) return NULL;
    uint32_t count = tc_get_u32(merged->data);
    if (count > (merged->size - MERGED_HEADER) / TILE_ENTRY) return NULL;
    uint32_t low = 0, high = count, wanted = (uint32_t)rect.y << 16 | (uint32_t)rect.x;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const uint8_t *entry = merged->data + MERGED_HEADER + (size_t)middle * TILE_ENTRY;
        uint32_t place = tc_get_u16(entry + 2) << 16 | tc_get_u16(entry);
        if (place == wanted) {
            size_t seeds = (merged->size - MERGED_HEADER - (size_t)count * TILE_ENTRY) / SEED;
            uint32_t first = tc_get_u32(entry + 8), length = tc_get_u32(entry + 12);
            bool fits = tc_get_u16(entry + 4) == (uint32_t)rect.width &&
                        tc_get_u16(entry + 6) == (uint32_t)rect.height && first <= seeds && length <= seeds - first;
            return fits ? entry : NULL;
        }
        if (place < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

tc_status tc_components_settle(const tc_blob *merged, tc_rect rect, const tc_bits *open, tc_reach reach,
                               const tc_bits *settled, const tc_bits *marks, tc_error *error) {
    const uint8_t *entry = find_tile(merged, rect);
    if (!entry) return tc_fail(error, TC_ERR_PROTOCOL, "the merged result does not fit the tile");
    uint64_t area = (uint64_t)rect.width * (uint64_t)rect.height;
    uint32_t first = tc_get_u32(entry + 8), count = tc_get_u32(entry + 12);
    size_t tiles = tc_get_u32(merged->data);
    const uint8_t *seed = merged->data + MERGED_HEADER + tiles * TILE_ENTRY + (size_t)first * SEED;
    for (uint32_t i = 0; i < count; i++, seed += SEED) {
        uint32_t index = tc_get_u32(seed);
        int x = (int)(index % (uint32_t)rect.width), y = (int)(index / (uint32_t)rect.width);
        const tc_bits *to = index >= area ? NULL : tc_bits_get(open, x, y) ? settled : marks;
        if (!to) return tc_fail(error, TC_ERR_PROTOCOL, "the merged result names a pixel that is not open");
        tc_bits_set(to, x, y);
    }
    if (!tc_bits_flood(open, settled, reach))
        return tc_fail(error, TC_ERR_MEMORY, "not enough memory for what hangs together in a tile");
    return TC_OK;
}
