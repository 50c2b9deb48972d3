// The merge of connected components: unites the components of neighbouring tiles and writes seeds for each tile.
#include "core/assert.h"
#include "core/kernels/components.h"

#include <stdlib.h>

#include "core/kernels/side_runs.h"
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

enum { MOST_GROUPS = 32 };

// Some rows of tiles. Groups are processed in parallel; the borders between them are joined afterwards.
typedef struct group {
    int first, end;        // of the tiles
    tc_side_run_list a, b; // the runs on the two sides of a border between tiles
    tc_blob seeds;
    tc_status status;
} group;

// The merge's state.
typedef struct joining {
    const tc_partial *partials;
    int count, columns, diagonal; // diagonal: 1 with 8-connectivity
    tc_components_output output;
    uint32_t *parent;
    uint32_t *base;   // of each tile: component c of the tile is node base + c
    uint8_t *entries; // of the merged result; seeds are counted within each group at first
    int group_count;
    group groups[MOST_GROUPS];
} joining;

static int side_length(tc_rect rect, int side) {
    return side < TC_SIDE_LEFT ? rect.width : rect.height;
}

static const uint8_t *side_runs(const tc_blob *blob, int side, uint32_t *count) {
    const uint8_t *at = blob->data + TC_SIDES_HEADER;
    for (int s = 0; s < side; s++) at += (size_t)tc_read_u32(blob->data + 4 * s) * TC_SIDE_RUN_BYTES;
    *count = tc_read_u32(blob->data + 4 * side);
    return at;
}

// A run of a partial result; its node is its component. Written out byte by byte since it is hot.
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
    for (int s = 0; s < TC_SIDES; s++) runs += tc_read_u32(blob->data + 4 * s);
    if ((blob->size - TC_SIDES_HEADER) % TC_SIDE_RUN_BYTES != 0 ||
        (blob->size - TC_SIDES_HEADER) / TC_SIDE_RUN_BYTES != runs)
        return false;
    for (int s = 0; s < TC_SIDES; s++) {
        uint32_t count;
        int before = -1, length = side_length(partial->rect, s);
        const uint8_t *at = side_runs(blob, s, &count);
        for (uint32_t i = 0; i < count; i++, at += TC_SIDE_RUN_BYTES) {
            const tc_side_run r = read_run(at);
            if (r.first <= before || r.last < r.first || r.last >= length) return false;
            if (r.node > *components + 1) return false;
            if (r.node > *components) *components = r.node;
            before = r.last;
        }
    }
    return true;
}

// Counts the grid's columns; false if the tiles do not form a grid.
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

// Appends the runs on a side of a tile, in picture coordinates and with the nodes of all tiles.
static bool append_side(const joining *join, tc_side_run_list *line, int tile, int side) {
    TC_ASSERT_SLOW(tile >= 0 && tile < join->count && side >= 0 && side < TC_SIDES);
    const tc_partial *partial = &join->partials[tile];
    uint32_t count, base = join->base[tile];
    const uint8_t *at = side_runs(&partial->blob, side, &count);
    int offset = side < TC_SIDE_LEFT ? partial->rect.x : partial->rect.y;
    if (count == 0) return true;
    if (!tc_side_run_list_reserve(line, count)) return false;
    for (tc_side_run *to = line->item + line->count, *end = to + count; to < end; to++, at += TC_SIDE_RUN_BYTES) {
        const tc_side_run r = read_run(at);
        *to = (tc_side_run){r.first + offset, r.last + offset, r.node ? base + r.node : 0};
    }
    line->count += count;
    return true;
}

// Unites the runs that touch across the border between lines a and b.
static void join_lines(const joining *join, const group *g) {
    const int diagonal = join->diagonal;
    if (g->a.count == 0 || g->b.count == 0) return; // the array of an empty line may be NULL
    const tc_side_run *next = g->b.item, *end = next + g->b.count;
    for (const tc_side_run *here = g->a.item; here < g->a.item + g->a.count; here++) {
        while (next < end && next->last + diagonal < here->first) next++;
        for (const tc_side_run *b = next; b < end && tc_side_run_touches(b, here, diagonal); b++)
            tc_union_find_unite(join->parent, here->node, b->node);
    }
}

// Joins each tile of a row with its right neighbour; `t` is the first tile of the row.
static bool join_row(const joining *join, group *g, int t) {
    TC_ASSERT_SLOW(t >= 0 && t % join->columns == 0);
    for (int c = 0; c + 1 < join->columns; c++) {
        g->a.count = g->b.count = 0;
        if (!append_side(join, &g->a, t + c, TC_SIDE_RIGHT) || !append_side(join, &g->b, t + c + 1, TC_SIDE_LEFT))
            return false;
        join_lines(join, g);
    }
    return true;
}

// Joins a row of tiles with the row below as two long lines, so that pixels that touch at corners of tiles meet.
static bool join_below(const joining *join, group *g, int t) {
    g->a.count = g->b.count = 0;
    for (int c = 0; c < join->columns; c++)
        if (!append_side(join, &g->a, t + c, TC_SIDE_BOTTOM) ||
            !append_side(join, &g->b, t + join->columns + c, TC_SIDE_TOP))
            return false;
    join_lines(join, g);
    return true;
}

static void join_group(void *context, int index) {
    joining *join = context;
    group *g = &join->groups[index];
    TC_ASSERT(index >= 0 && index < join->group_count);
    bool done = true;
    for (int t = g->first; t < g->end && done; t += join->columns) {
        done = join_row(join, g, t);
        if (t + join->columns < g->end) done = done && join_below(join, g, t);
    }
    if (!done) g->status = TC_ERR_MEMORY;
}

// Checks the partial results of a group's tiles and counts their components.
static void check_group(void *context, int index) {
    joining *join = context;
    group *g = &join->groups[index];
    TC_ASSERT(index >= 0 && index < join->group_count);
    for (int t = g->first; t < g->end; t++)
        if (!check_partial(&join->partials[t], &join->base[t])) g->status = TC_ERR_PROTOCOL;
}

static tc_status groups_status(const joining *join) {
    for (int g = 0; g < join->group_count; g++)
        if (join->groups[g].status != TC_OK) return join->groups[g].status;
    return TC_OK;
}

static void cut_groups(joining *join) {
    TC_ASSERT(join->count > 0 && join->columns > 0 && join->count % join->columns == 0);
    int rows = join->count / join->columns;
    join->group_count = rows < MOST_GROUPS ? rows : MOST_GROUPS;
    for (int g = 0; g < join->group_count; g++) {
        join->groups[g].first = (int)((int64_t)rows * g / join->group_count) * join->columns;
        join->groups[g].end = (int)((int64_t)rows * (g + 1) / join->group_count) * join->columns;
    }
}

// Assigns each tile its range of nodes.
static tc_status number_nodes(joining *join) {
    uint64_t nodes = 0;
    for (int t = 0; t < join->count; t++) {
        uint32_t components = join->base[t];
        join->base[t] = (uint32_t)nodes;
        nodes += components;
    }
    if (nodes >= UINT32_MAX) return TC_ERR_MEMORY;
    join->parent = malloc(((size_t)nodes + 1) * sizeof *join->parent);
    if (!join->parent) return TC_ERR_MEMORY;
    for (uint32_t n = 0; n <= nodes; n++) join->parent[n] = n;
    return TC_OK;
}

// Unites the components that touch: within the groups in parallel, then across the borders between groups.
static tc_status join_tiles(joining *join, const tc_parallel *parallel, tc_error *error) {
    if (!check_grid(join)) return tc_fail(error, TC_ERR_PROTOCOL, "the partial results' tiles form no grid");
    join->base = malloc((size_t)join->count * sizeof *join->base);
    if (!join->base) return TC_ERR_MEMORY;
    cut_groups(join);
    tc_parallel_for(parallel, join->group_count, check_group, join);
    tc_status status = groups_status(join);
    if (status != TC_OK) return tc_fail(error, status, "the partial result of a tile does not parse");
    status = number_nodes(join);
    if (status != TC_OK) return status;
    tc_parallel_for(parallel, join->group_count, join_group, join);
    status = groups_status(join);
    for (int g = 0; g + 1 < join->group_count && status == TC_OK; g++)
        if (!join_below(join, &join->groups[g], join->groups[g].end - join->columns)) status = TC_ERR_MEMORY;
    return status;
}

// ---- Seeds and marks

// Several threads search at the same time, so the search does not compress paths.
static bool is_confirmed(const joining *join, uint32_t node) {
    while (join->parent[node] != node) node = join->parent[node];
    return node == 0;
}

static bool push_seed(group *g, tc_rect rect, int side, int along) {
    TC_ASSERT_SLOW(along >= 0 && along < side_length(rect, side));
    uint32_t x = (uint32_t)(side < TC_SIDE_LEFT ? along : side == TC_SIDE_LEFT ? 0 : rect.width - 1);
    uint32_t y = (uint32_t)(side >= TC_SIDE_LEFT ? along : side == TC_SIDE_TOP ? 0 : rect.height - 1);
    uint8_t bytes[SEED];
    tc_write_u32(bytes, y * (uint32_t)rect.width + x);
    return tc_blob_append(&g->seeds, bytes, SEED) == TC_OK;
}

// Lists the first pixel of each component of the tile that is connected to a confirmed pixel.
static bool list_seeds(const joining *join, group *g, int tile) {
    const tc_partial *partial = &join->partials[tile];
    uint32_t last_component = 0; // a component's first run comes before the first of the next one
    for (int s = 0; s < TC_SIDES; s++) {
        uint32_t count;
        const uint8_t *at = side_runs(&partial->blob, s, &count);
        for (uint32_t i = 0; i < count; i++, at += TC_SIDE_RUN_BYTES) {
            const tc_side_run r = read_run(at);
            if (r.node <= last_component) continue;
            last_component = r.node;
            if (!is_confirmed(join, join->base[tile] + r.node)) continue;
            if (!push_seed(g, partial->rect, s, r.first)) return false;
        }
    }
    return true;
}

// Lists the pixels on a side of the tile that are in no run and lie across from a confirmed pixel of tile `other`.
static bool list_marks(const joining *join, group *g, int tile, int side, int other) {
    TC_ASSERT_SLOW((side ^ 1) < TC_SIDES && other >= 0 && other < join->count);
    tc_rect rect = join->partials[tile].rect;
    int offset = side < TC_SIDE_LEFT ? rect.x : rect.y;
    g->a.count = g->b.count = 0;
    if (!append_side(join, &g->a, other, side ^ 1) || !append_side(join, &g->b, tile, side)) return false;
    const tc_side_run *own = g->b.item, *end = own + g->b.count;
    for (const tc_side_run *across = g->a.item; across < g->a.item + g->a.count; across++) {
        if (!is_confirmed(join, across->node)) continue;
        for (int at = across->first; at <= across->last; at++) {
            while (own < end && own->last < at) own++;
            if (own < end && own->first <= at)
                at = own->last;
            else if (!push_seed(g, rect, side, at - offset))
                return false;
        }
    }
    return true;
}

static bool list_all_marks(const joining *join, group *g, int t) {
    int column = t % join->columns;
    if (t >= join->columns && !list_marks(join, g, t, TC_SIDE_TOP, t - join->columns)) return false;
    if (t + join->columns < join->count && !list_marks(join, g, t, TC_SIDE_BOTTOM, t + join->columns)) return false;
    if (column > 0 && !list_marks(join, g, t, TC_SIDE_LEFT, t - 1)) return false;
    return column + 1 == join->columns || list_marks(join, g, t, TC_SIDE_RIGHT, t + 1);
}

static void write_group(void *context, int index) {
    joining *join = context;
    group *g = &join->groups[index];
    TC_ASSERT(index >= 0 && index < join->group_count);
    bool done = true;
    for (int t = g->first; t < g->end && done; t++) {
        tc_rect rect = join->partials[t].rect;
        uint8_t *to = join->entries + (size_t)t * TILE_ENTRY;
        size_t first = g->seeds.size / SEED;
        done = list_seeds(join, g, t) && (join->output == TC_COMPONENTS_SEEDS || list_all_marks(join, g, t));
        tc_write_u16(to, (uint32_t)rect.x);
        tc_write_u16(to + 2, (uint32_t)rect.y);
        tc_write_u16(to + 4, (uint32_t)rect.width);
        tc_write_u16(to + 6, (uint32_t)rect.height);
        tc_write_u32(to + 8, (uint32_t)first);
        tc_write_u32(to + 12, (uint32_t)(g->seeds.size / SEED - first));
    }
    if (!done) g->status = TC_ERR_MEMORY;
}

// Appends the seeds of all groups and makes the entries' indices refer to the common list.
static tc_status write_seeds(const joining *join, tc_blob *merged) {
    TC_ASSERT(merged->size == 0);
    uint32_t before = 0;
    for (int i = 0; i < join->group_count; i++) {
        const group *g = &join->groups[i];
        for (int t = g->first; t < g->end; t++) {
            uint8_t *first = join->entries + (size_t)t * TILE_ENTRY + 8;
            tc_write_u32(first, tc_read_u32(first) + before);
        }
        before += (uint32_t)(g->seeds.size / SEED);
    }
    uint8_t count[MERGED_HEADER];
    tc_write_u32(count, (uint32_t)join->count);
    tc_status status = tc_blob_append(merged, count, sizeof count);
    if (status == TC_OK) status = tc_blob_append(merged, join->entries, (size_t)join->count * TILE_ENTRY);
    for (int g = 0; g < join->group_count && status == TC_OK; g++)
        status = tc_blob_append(merged, join->groups[g].seeds.data, join->groups[g].seeds.size);
    return status;
}

static tc_status write_merged(joining *join, const tc_parallel *parallel, tc_blob *merged) {
    join->entries = malloc((size_t)join->count * TILE_ENTRY);
    if (!join->entries) return TC_ERR_MEMORY;
    tc_parallel_for(parallel, join->group_count, write_group, join);
    tc_status status = groups_status(join);
    return status == TC_OK ? write_seeds(join, merged) : status;
}

tc_status tc_components_merge(const tc_partial *partials, int count, tc_connectivity connectivity,
                              tc_components_output output, const tc_parallel *parallel, tc_blob *merged,
                              tc_error *error) {
    TC_ASSERT(count >= 0 && merged->size == 0);
    joining join = {
        .partials = partials, .count = count, .diagonal = connectivity == TC_CONNECTIVITY_8, .output = output};
    tc_status status = join_tiles(&join, parallel, error);
    if (status == TC_OK) status = write_merged(&join, parallel, merged);
    free(join.base);
    free(join.parent);
    free(join.entries);
    for (int g = 0; g < join.group_count; g++) {
        free(join.groups[g].a.item);
        free(join.groups[g].b.item);
        tc_blob_clear(&join.groups[g].seeds);
    }
    if (status == TC_ERR_MEMORY)
        tc_fail(error, status, "not enough memory to join the connected components of the tiles");
    return status;
}

// Finds the tile's entry in a merged result; NULL if there is none or the sizes do not fit.
static const uint8_t *find_tile(const tc_blob *merged, tc_rect rect) {
    if (!merged || merged->size < MERGED_HEADER) return NULL;
    uint32_t count = tc_read_u32(merged->data);
    if (count > (merged->size - MERGED_HEADER) / TILE_ENTRY) return NULL;
    uint32_t low = 0, high = count, wanted = (uint32_t)rect.y << 16 | (uint32_t)rect.x;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const uint8_t *entry = merged->data + MERGED_HEADER + (size_t)middle * TILE_ENTRY;
        uint32_t position = tc_read_u16(entry + 2) << 16 | tc_read_u16(entry);
        if (position == wanted) {
            size_t seeds = (merged->size - MERGED_HEADER - (size_t)count * TILE_ENTRY) / SEED;
            uint32_t first = tc_read_u32(entry + 8), length = tc_read_u32(entry + 12);
            bool fits = tc_read_u16(entry + 4) == (uint32_t)rect.width &&
                        tc_read_u16(entry + 6) == (uint32_t)rect.height && first <= seeds && length <= seeds - first;
            return fits ? entry : NULL;
        }
        if (position < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

int tc_components_find(const tc_blob *merged, tc_rect rect, int *count) {
    const uint8_t *entry = find_tile(merged, rect);
    if (!entry) return -1;
    *count = (int)tc_read_u32(merged->data);
    return (int)((size_t)(entry - merged->data - MERGED_HEADER) / TILE_ENTRY);
}

tc_status tc_components_flood(const tc_blob *merged, tc_rect rect, const tc_bits *undecided,
                              tc_connectivity connectivity, const tc_bits *confirmed, const tc_bits *marks,
                              tc_error *error) {
    const uint8_t *entry = find_tile(merged, rect);
    if (!entry) return tc_fail(error, TC_ERR_PROTOCOL, "the merged result does not fit the tile");
    TC_ASSERT(undecided->width == rect.width && undecided->height == rect.height);
    TC_ASSERT(confirmed->width == rect.width && confirmed->height == rect.height);
    uint64_t area = (uint64_t)rect.width * (uint64_t)rect.height;
    uint32_t first = tc_read_u32(entry + 8), count = tc_read_u32(entry + 12);
    size_t tiles = tc_read_u32(merged->data);
    const uint8_t *seed = merged->data + MERGED_HEADER + tiles * TILE_ENTRY + (size_t)first * SEED;
    for (uint32_t i = 0; i < count; i++, seed += SEED) {
        uint32_t index = tc_read_u32(seed);
        int x = (int)(index % (uint32_t)rect.width), y = (int)(index / (uint32_t)rect.width);
        const tc_bits *to = index >= area ? NULL : tc_bits_get(undecided, x, y) ? confirmed : marks;
        if (!to) return tc_fail(error, TC_ERR_PROTOCOL, "the merged result names a pixel that is not undecided");
        tc_bits_set(to, x, y);
    }
    if (!tc_bits_flood(undecided, confirmed, connectivity))
        return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the connected components of a tile");
    return TC_OK;
}
