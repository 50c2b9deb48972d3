#include "core/kernels/hysteresis.h"

#include <stdlib.h>

#include "core/kernels/edges.h"
#include "core/wire.h"

/* A partial result, little-endian, per pixel on a shared side that is an edge, each pixel once:
 *   offset  size  field
 *   0       4     y * width + x within the tile
 *   4       4     component: 0 strong, else a number from 1 without gaps
 *
 * The merged result:
 *   0       4     number of tiles
 *   per tile, in the order of y, then x:
 *   0       8     x, y, width, height, 2 bytes each
 *   8       4     index of its first seed
 *   12      4     number of its seeds
 *   then all seeds, 4 bytes each: y * width + x within the tile, a weak pixel that is connected to a strong one
 */
enum { PARTIAL_ENTRY = 8, MERGED_HEADER = 4, TILE_ENTRY = 16, SEED = 4 };

enum { LABELLED = 64 }; // in the map during a scan: weak, and part of a component that reaches another tile

// Pixels still to be visited by a flood, as y * width + x.
typedef struct stack {
    uint32_t *item;
    size_t count, room;
} stack;

static bool stack_push(stack *s, uint32_t item) {
    if (s->count == s->room) {
        size_t room = s->room ? 2 * s->room : 1024;
        uint32_t *grown = realloc(s->item, room * sizeof *grown);
        if (!grown) return false;
        s->item = grown;
        s->room = room;
    }
    s->item[s->count++] = item;
    return true;
}

static inline uint8_t *map_at(const tc_tile *map, int x, int y) {
    return map->data + (size_t)y * map->stride + (size_t)x * (size_t)map->channels;
}

static inline uint32_t index_in(const tc_tile *map, int x, int y) {
    return (uint32_t)y * (uint32_t)map->rect.width + (uint32_t)x;
}

static bool visit_neighbours(const tc_tile *map, stack *s, int x, int y, uint8_t value) {
    int x0 = x > 0 ? x - 1 : 0, x1 = x + 1 < map->rect.width ? x + 1 : x;
    int y0 = y > 0 ? y - 1 : 0, y1 = y + 1 < map->rect.height ? y + 1 : y;
    for (int ny = y0; ny <= y1; ny++)
        for (int nx = x0; nx <= x1; nx++) {
            uint8_t *p = map_at(map, nx, ny);
            if (*p != TC_EDGE_WEAK) continue;
            *p = value;
            if (!stack_push(s, index_in(map, nx, ny))) return false;
        }
    return true;
}

typedef struct tile_scan {
    const tc_tile *map;
    bool shared_left, shared_top, shared_right, shared_bottom; // sides with another tile beyond
    stack todo;
    tc_blob *partial;
} tile_scan;

static bool on_shared_side(const tile_scan *scan, int x, int y) {
    tc_rect rect = scan->map->rect;
    return (x == 0 && scan->shared_left) || (y == 0 && scan->shared_top) ||
           (x == rect.width - 1 && scan->shared_right) || (y == rect.height - 1 && scan->shared_bottom);
}

static bool report(tile_scan *scan, int x, int y, uint32_t component) {
    uint8_t entry[PARTIAL_ENTRY];
    tc_put_u32(entry, index_in(scan->map, x, y));
    tc_put_u32(entry + 4, component);
    return tc_blob_append(scan->partial, entry, sizeof entry) == TC_OK;
}

// Gives `value` to every weak pixel connected with the ones on the stack; with a component, reports those on shared
// sides.
static bool flood(tile_scan *scan, uint8_t value, uint32_t component) {
    uint32_t width = (uint32_t)scan->map->rect.width;
    while (scan->todo.count > 0) {
        uint32_t index = scan->todo.item[--scan->todo.count];
        int x = (int)(index % width), y = (int)(index / width);
        if (component && on_shared_side(scan, x, y) && !report(scan, x, y, component)) return false;
        if (!visit_neighbours(scan->map, &scan->todo, x, y, value)) return false;
    }
    return true;
}

static bool flood_strong(tile_scan *scan) {
    tc_rect rect = scan->map->rect;
    for (int y = 0; y < rect.height; y++)
        for (int x = 0; x < rect.width; x++)
            if (*map_at(scan->map, x, y) == TC_EDGE_STRONG &&
                !(visit_neighbours(scan->map, &scan->todo, x, y, TC_EDGE_STRONG) && flood(scan, TC_EDGE_STRONG, 0)))
                return false;
    return true;
}

// Reports the pixel, and with a weak one its whole component.
static bool report_side_pixel(tile_scan *scan, int x, int y, uint32_t *components) {
    uint8_t *p = map_at(scan->map, x, y);
    if (*p == TC_EDGE_STRONG) return report(scan, x, y, 0);
    if (*p != TC_EDGE_WEAK) return true;
    *p = LABELLED;
    return stack_push(&scan->todo, index_in(scan->map, x, y)) && flood(scan, LABELLED, ++*components);
}

static bool report_sides(tile_scan *scan) {
    tc_rect rect = scan->map->rect;
    uint32_t components = 0;
    for (int y = 0; y < rect.height; y++) {
        bool whole_row = (y == 0 && scan->shared_top) || (y == rect.height - 1 && scan->shared_bottom);
        int step = whole_row || rect.width == 1 ? 1 : rect.width - 1;
        for (int x = 0; x < rect.width; x += step)
            if (on_shared_side(scan, x, y) && !report_side_pixel(scan, x, y, &components)) return false;
    }
    return true;
}

// Rewrites the map's values.
static void recode(const tc_tile *map, uint8_t from, uint8_t to, uint8_t weak) {
    for (int y = 0; y < map->rect.height; y++) {
        uint8_t *p = map_at(map, 0, y);
        for (int x = 0; x < map->rect.width; x++, p += map->channels)
            *p = *p == TC_EDGE_WEAK ? weak : *p == from ? to : *p;
    }
}

tc_status tc_hysteresis_scan(const tc_tile *map, tc_shape picture, tc_blob *partial, tc_error *error) {
    tc_rect rect = map->rect;
    tile_scan scan = {.map = map,
                      .shared_left = rect.x > 0,
                      .shared_top = rect.y > 0,
                      .shared_right = rect.x + rect.width < picture.width,
                      .shared_bottom = rect.y + rect.height < picture.height,
                      .partial = partial};
    bool done = flood_strong(&scan) && report_sides(&scan);
    free(scan.todo.item);
    if (!done) return tc_fail(error, TC_ERR_MEMORY, "not enough memory to follow the edges of a tile");
    recode(map, LABELLED, TC_EDGE_WEAK, TC_EDGE_NONE);
    return TC_OK;
}

// A pixel on a shared side, by its place in the picture and its component in the union-find forest.
typedef struct side_pixel {
    uint64_t key; // y * PITCH + x: neighbours differ by 1 and by PITCH - 1 .. PITCH + 1
    uint32_t node;
} side_pixel;
static const uint64_t PITCH = TC_MAX_SIDE + 2;

typedef struct joining {
    side_pixel *pixels;
    size_t pixel_count;
    uint32_t *parent; // node 0 stands for all strong pixels
    uint32_t *base;   // of each tile: its component c is node base + c
} joining;

static uint32_t find_root(uint32_t *parent, uint32_t node) {
    while (parent[node] != node) {
        parent[node] = parent[parent[node]];
        node = parent[node];
    }
    return node;
}

static void unite(uint32_t *parent, uint32_t a, uint32_t b) {
    a = find_root(parent, a);
    b = find_root(parent, b);
    // The smaller number wins, so that node 0 is always a root.
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

static uint32_t node_of(const joining *join, int tile, uint32_t component) {
    return component ? join->base[tile] + component : 0;
}

// Checks one tile's partial result and finds its number of components; false when it does not parse.
static bool check_partial(const tc_partial *partial, uint32_t *components) {
    const tc_blob *blob = &partial->blob;
    uint64_t area = (uint64_t)partial->rect.width * (uint64_t)partial->rect.height;
    size_t entries = blob->size / PARTIAL_ENTRY;
    *components = 0;
    if (blob->size % PARTIAL_ENTRY != 0 || entries > area) return false;
    for (size_t i = 0; i < entries; i++) {
        const uint8_t *entry = blob->data + i * PARTIAL_ENTRY;
        uint32_t component = tc_get_u32(entry + 4);
        if (tc_get_u32(entry) >= area || component > entries) return false;
        if (component > *components) *components = component;
    }
    return true;
}

static int compare_pixels(const void *a, const void *b) {
    uint64_t x = ((const side_pixel *)a)->key, y = ((const side_pixel *)b)->key;
    return (x > y) - (x < y);
}

static void collect_pixels(joining *join, const tc_partial *partials, int count) {
    for (int t = 0; t < count; t++) {
        tc_rect rect = partials[t].rect;
        uint32_t width = (uint32_t)rect.width;
        for (size_t at = 0; at < partials[t].blob.size; at += PARTIAL_ENTRY) {
            const uint8_t *entry = partials[t].blob.data + at;
            uint32_t index = tc_get_u32(entry);
            uint64_t x = (uint64_t)rect.x + index % width, y = (uint64_t)rect.y + index / width;
            join->pixels[join->pixel_count++] = (side_pixel){y * PITCH + x, node_of(join, t, tc_get_u32(entry + 4))};
        }
    }
    qsort(join->pixels, join->pixel_count, sizeof *join->pixels, compare_pixels);
}

// Unites each pixel with its neighbours to the right and in the row below.
static void unite_neighbours(joining *join) {
    const side_pixel *p = join->pixels;
    size_t below = 0;
    for (size_t i = 0; i < join->pixel_count; i++) {
        if (i + 1 < join->pixel_count && p[i + 1].key == p[i].key + 1) unite(join->parent, p[i].node, p[i + 1].node);
        while (below < join->pixel_count && p[below].key < p[i].key + PITCH - 1) below++;
        for (size_t j = below; j < join->pixel_count && p[j].key <= p[i].key + PITCH + 1; j++)
            unite(join->parent, p[i].node, p[j].node);
    }
}

// Sizes everything and gives each tile its node numbers.
static tc_status joining_init(joining *join, const tc_partial *partials, int count, tc_error *error) {
    join->base = malloc(((size_t)count + 1) * sizeof *join->base);
    if (!join->base) return TC_ERR_MEMORY;
    uint64_t nodes = 0, pixels = 0;
    for (int t = 0; t < count; t++) {
        uint32_t components;
        if (!check_partial(&partials[t], &components))
            return tc_fail(error, TC_ERR_PROTOCOL, "canny: the partial result of a tile does not parse");
        join->base[t] = (uint32_t)nodes;
        nodes += components;
        pixels += partials[t].blob.size / PARTIAL_ENTRY;
    }
    if (pixels >= UINT32_MAX || pixels >= SIZE_MAX / sizeof *join->pixels) return TC_ERR_MEMORY;
    join->parent = malloc(((size_t)nodes + 1) * sizeof *join->parent);
    join->pixels = malloc(((size_t)pixels + 1) * sizeof *join->pixels);
    if (!join->parent || !join->pixels) return TC_ERR_MEMORY;
    for (uint32_t n = 0; n <= nodes; n++) join->parent[n] = n;
    return TC_OK;
}

static void joining_clear(joining *join) {
    free(join->base);
    free(join->parent);
    free(join->pixels);
}

// Lists the tile's seeds: the first pixel of each weak component that is connected to a strong pixel.
static tc_status append_seeds(joining *join, const tc_partial *partial, int tile, tc_blob *seeds) {
    uint32_t seen = 0; // a component's first entry comes before the first of the next one
    for (size_t at = 0; at < partial->blob.size; at += PARTIAL_ENTRY) {
        const uint8_t *entry = partial->blob.data + at;
        uint32_t component = tc_get_u32(entry + 4);
        if (component <= seen) continue;
        seen = component;
        if (find_root(join->parent, node_of(join, tile, component)) != 0) continue;
        tc_status status = tc_blob_append(seeds, entry, SEED);
        if (status != TC_OK) return status;
    }
    return TC_OK;
}

static tc_status write_merged(joining *join, const tc_partial *partials, int count, tc_blob *merged, tc_blob *seeds) {
    uint8_t bytes[TILE_ENTRY];
    tc_put_u32(bytes, (uint32_t)count);
    tc_status status = tc_blob_append(merged, bytes, MERGED_HEADER);
    for (int t = 0; t < count && status == TC_OK; t++) {
        tc_rect rect = partials[t].rect;
        size_t first = seeds->size / SEED;
        status = append_seeds(join, &partials[t], t, seeds);
        if (status != TC_OK) break;
        tc_put_u16(bytes, (uint32_t)rect.x);
        tc_put_u16(bytes + 2, (uint32_t)rect.y);
        tc_put_u16(bytes + 4, (uint32_t)rect.width);
        tc_put_u16(bytes + 6, (uint32_t)rect.height);
        tc_put_u32(bytes + 8, (uint32_t)first);
        tc_put_u32(bytes + 12, (uint32_t)(seeds->size / SEED - first));
        status = tc_blob_append(merged, bytes, TILE_ENTRY);
    }
    if (status == TC_OK && seeds->size > 0) status = tc_blob_append(merged, seeds->data, seeds->size);
    return status;
}

tc_status tc_hysteresis_merge(const tc_partial *partials, int count, tc_blob *merged, tc_error *error) {
    joining join = {0};
    tc_blob seeds = {0};
    tc_status status = joining_init(&join, partials, count, error);
    if (status == TC_OK) {
        collect_pixels(&join, partials, count);
        unite_neighbours(&join);
        status = write_merged(&join, partials, count, merged, &seeds);
    }
    tc_blob_clear(&seeds);
    joining_clear(&join);
    if (status == TC_ERR_MEMORY) tc_fail(error, status, "not enough memory to join the edges of the tiles");
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

// Pushes the tile's seeds. TC_ERR_PROTOCOL when one lies outside the tile.
static tc_status push_seeds(tile_scan *scan, const tc_blob *merged, const uint8_t *entry) {
    tc_rect rect = scan->map->rect;
    uint64_t area = (uint64_t)rect.width * (uint64_t)rect.height;
    size_t tiles = tc_get_u32(merged->data);
    const uint8_t *seeds = merged->data + MERGED_HEADER + tiles * TILE_ENTRY;
    uint32_t first = tc_get_u32(entry + 8), count = tc_get_u32(entry + 12);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = tc_get_u32(seeds + (size_t)(first + i) * SEED);
        if (index >= area) return TC_ERR_PROTOCOL;
        int x = (int)(index % (uint32_t)rect.width), y = (int)(index / (uint32_t)rect.width);
        *map_at(scan->map, x, y) = TC_EDGE_STRONG;
        if (!stack_push(&scan->todo, index)) return TC_ERR_MEMORY;
    }
    return TC_OK;
}

tc_status tc_hysteresis_apply(const tc_blob *merged, const tc_tile *map, tc_error *error) {
    const uint8_t *entry = find_tile(merged, map->rect);
    if (!entry) return tc_fail(error, TC_ERR_PROTOCOL, "canny: the merged result does not fit the tile");
    tile_scan scan = {.map = map};
    tc_status status = push_seeds(&scan, merged, entry);
    if (status == TC_OK && !flood(&scan, TC_EDGE_STRONG, 0)) status = TC_ERR_MEMORY;
    free(scan.todo.item);
    if (status == TC_ERR_MEMORY) return tc_fail(error, status, "not enough memory to follow the edges of a tile");
    if (status != TC_OK) return tc_fail(error, status, "canny: the merged result names a pixel outside its tile");
    recode(map, TC_EDGE_WEAK, TC_EDGE_NONE, TC_EDGE_NONE);
    return TC_OK;
}
