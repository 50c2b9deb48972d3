#include "core/kernels/components.h"

#include <stdlib.h>
#include <string.h>

#include "core/wire.h"

/* A partial result, little-endian:
 *   offset  size  field
 *   0       16    number of runs on the top, bottom, left and right side, 4 bytes each; 0 for a side that is not shared
 *   per run, side by side, each in ascending order:
 *   0       2     its first pixel, counted along the side
 *   2       2     its last pixel
 *   4       4     component: 0 settled, else a number; new numbers come in ascending order from 1
 *
 * The merged result:
 *   0       4     number of tiles
 *   per tile, in the order of y, then x:
 *   0       8     x, y, width, height, 2 bytes each
 *   8       4     index of its first seed
 *   12      4     number of its seeds
 *   then all seeds and marks, 4 bytes each: y * width + x within the tile
 */
enum { SIDES_HEADER = 16, RUN = 8, MERGED_HEADER = 4, TILE_ENTRY = 16, SEED = 4 };

enum { TOP, BOTTOM, LEFT, RIGHT, SIDES };

// Pixels in a row, or along a side, that hang together.
typedef struct run {
    int first, last;
    uint32_t node; // in a union-find forest; 0 stands for all that is settled
} run;

typedef struct run_list {
    run *item;
    size_t count, room;
} run_list;

static run *list_push(run_list *list, run item) {
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 256;
        run *grown = realloc(list->item, room * sizeof *grown);
        if (!grown) return NULL;
        list->item = grown;
        list->room = room;
    }
    list->item[list->count] = item;
    return &list->item[list->count++];
}

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

// True where the run `next` of a neighbouring line touches `here`, or comes before it.
static inline bool starts_by(const run *next, const run *here, int reach) {
    return next->first <= here->last + reach;
}

// The numbering of a tile's components, row by row.
typedef struct labelling {
    const tc_bits *set, *settled;
    int reach;
    run *above, *here; // runs of two rows
    int above_count, here_count;
    uint32_t *parent, node_count;
    size_t node_room;
    run_list sides[SIDES];
} labelling;

// Finds the runs of a row of bits; nodes are left open.
static int find_runs(const uint64_t *word, size_t words, int width, run *runs) {
    int count = 0;
    uint64_t before = 0; // the bit before this word
    for (size_t k = 0; k < words; k++) {
        uint64_t bits = word[k], changes = bits ^ (bits << 1 | before);
        for (; changes; changes &= changes - 1) {
            int x = (int)k * 64 + __builtin_ctzll(changes);
            if (bits >> (x % 64) & 1)
                runs[count].first = x;
            else
                runs[count++].last = x - 1;
        }
        before = bits >> 63;
    }
    if (before) runs[count++].last = width - 1;
    return count;
}

static bool new_node(labelling *l, uint32_t *node) {
    if (l->node_count == l->node_room) {
        size_t room = l->node_room ? 2 * l->node_room : 1024;
        uint32_t *grown = realloc(l->parent, room * sizeof *grown);
        if (!grown) return false;
        l->parent = grown;
        l->node_room = room;
    }
    *node = l->node_count++;
    l->parent[*node] = *node;
    return true;
}

// True when one of the pixels first .. last of a row is set.
static bool any_bit(const uint64_t *word, int first, int last) {
    uint64_t low = ~(uint64_t)0 << (first % 64), high = ~(uint64_t)0 >> (63 - last % 64);
    int k = first / 64, end = last / 64;
    if (k == end) return word[k] & low & high;
    if (word[k] & low) return true;
    while (++k < end)
        if (word[k]) return true;
    return word[end] & high;
}

// Gives each run of the row the node of a run above that it touches, and unites the nodes of all that it touches.
static bool label_row(labelling *l, int y) {
    const uint64_t *settled = tc_bits_row(l->settled, y);
    const run *above = l->above, *end = above + l->above_count;
    for (int i = 0; i < l->here_count; i++) {
        run *here = &l->here[i];
        while (above < end && above->last + l->reach < here->first) above++;
        if (any_bit(settled, here->first, here->last))
            here->node = 0;
        else if (above < end && starts_by(above, here, l->reach))
            here->node = above->node;
        else if (!new_node(l, &here->node))
            return false;
        for (const run *next = above; next < end && starts_by(next, here, l->reach); next++)
            unite(l->parent, here->node, next->node);
    }
    return true;
}

static bool push_row(run_list *side, const run *runs, int count) {
    for (int i = 0; i < count; i++)
        if (!list_push(side, runs[i])) return false;
    return true;
}

// A pixel in a column joins the run that ends above it: they hang together.
static bool push_pixel(run_list *side, int y, uint32_t node) {
    run *last = side->count ? &side->item[side->count - 1] : NULL;
    if (last && last->last == y - 1) {
        last->last = y;
        return true;
    }
    return list_push(side, (run){y, y, node}) != NULL;
}

static bool keep_sides(labelling *l, int y, const bool shared[SIDES]) {
    int width = l->set->width;
    if (y == 0 && shared[TOP] && !push_row(&l->sides[TOP], l->here, l->here_count)) return false;
    if (y == l->set->height - 1 && shared[BOTTOM] && !push_row(&l->sides[BOTTOM], l->here, l->here_count)) return false;
    if (l->here_count == 0) return true;
    const run *first = l->here, *last = l->here + l->here_count - 1;
    if (shared[LEFT] && first->first == 0 && !push_pixel(&l->sides[LEFT], y, first->node)) return false;
    return !shared[RIGHT] || last->last < width - 1 || push_pixel(&l->sides[RIGHT], y, last->node);
}

static bool label_rows(labelling *l, const bool shared[SIDES]) {
    uint32_t zero;
    size_t room = (size_t)(l->set->width + 1) / 2;
    l->above = malloc(2 * room * sizeof *l->above);
    if (!l->above || !new_node(l, &zero)) return false;
    l->here = l->above + room;
    run *memory = l->above;
    bool done = true;
    for (int y = 0; y < l->set->height && done; y++) {
        l->here_count = find_runs(tc_bits_row(l->set, y), l->set->words, l->set->width, l->here);
        done = label_row(l, y) && keep_sides(l, y, shared);
        run *oldest = l->above;
        l->above = l->here;
        l->above_count = l->here_count;
        l->here = oldest;
    }
    l->above = memory;
    return done;
}

// Numbers the components in the order in which they are met along the sides.
static bool write_partial(labelling *l, tc_blob *partial) {
    size_t total = 0;
    for (int s = 0; s < SIDES; s++) total += l->sides[s].count;
    uint8_t *bytes = malloc(SIDES_HEADER + total * RUN), *to = bytes + SIDES_HEADER;
    uint32_t *number = calloc(l->node_count, sizeof *number), numbers = 0;
    bool done = bytes && number;
    for (int s = 0; s < SIDES && done; s++) {
        tc_put_u32(bytes + 4 * s, (uint32_t)l->sides[s].count);
        for (size_t i = 0; i < l->sides[s].count; i++, to += RUN) {
            const run *r = &l->sides[s].item[i];
            uint32_t root = find_root(l->parent, r->node);
            if (root && !number[root]) number[root] = ++numbers;
            tc_put_u16(to, (uint32_t)r->first);
            tc_put_u16(to + 2, (uint32_t)r->last);
            tc_put_u32(to + 4, number[root]);
        }
    }
    done = done && tc_blob_append(partial, bytes, SIDES_HEADER + total * RUN) == TC_OK;
    free(bytes);
    free(number);
    return done;
}

// Adds the shared sides' pixels of `from`.
static void take_sides(const tc_bits *to, const tc_bits *from, const bool shared[SIDES]) {
    int right = from->width - 1;
    for (int y = 0; y < from->height; y++) {
        uint64_t *row = tc_bits_row(to, y);
        const uint64_t *source = tc_bits_row(from, y);
        if ((y == 0 && shared[TOP]) || (y == from->height - 1 && shared[BOTTOM])) {
            for (size_t k = 0; k < from->words; k++) row[k] |= source[k];
            continue;
        }
        if (shared[LEFT]) row[0] |= source[0] & 1;
        if (shared[RIGHT]) row[right / 64] |= source[right / 64] & (uint64_t)1 << (right % 64);
    }
}

static void keep_rest(const tc_bits *to, const tc_bits *all, const tc_bits *without) {
    for (int y = 0; y < to->height; y++) {
        uint64_t *row = tc_bits_row(to, y);
        const uint64_t *a = tc_bits_row(all, y), *b = tc_bits_row(without, y);
        for (size_t k = 0; k < to->words; k++) row[k] = a[k] & ~b[k];
    }
}

static tc_status no_memory(tc_error *error) {
    return tc_fail(error, TC_ERR_MEMORY, "not enough memory for what hangs together in a tile");
}

typedef struct shared_sides {
    bool side[SIDES], any;
} shared_sides;

static shared_sides find_shared(tc_rect rect, tc_shape picture) {
    shared_sides s = {{rect.y > 0, rect.y + rect.height<picture.height, rect.x> 0, rect.x + rect.width < picture.width},
                      false};
    for (int i = 0; i < SIDES; i++) s.any |= s.side[i];
    return s;
}

tc_status tc_components_report(const tc_bits *field, const tc_bits *settled, tc_rect rect, tc_shape picture,
                               tc_reach reach, tc_blob *partial, tc_error *error) {
    const shared_sides shared = find_shared(rect, picture);
    if (!shared.any) {
        static const uint8_t nothing[SIDES_HEADER] = {0};
        return tc_blob_append(partial, nothing, sizeof nothing) == TC_OK ? TC_OK : no_memory(error);
    }
    labelling l = {.set = field, .settled = settled, .reach = reach == TC_REACH_8};
    bool done = label_rows(&l, shared.side) && write_partial(&l, partial);
    free(l.above);
    free(l.parent);
    for (int s = 0; s < SIDES; s++) free(l.sides[s].item);
    return done ? TC_OK : no_memory(error);
}

tc_status tc_components_scan(const tc_bits *field, const tc_bits *settled, const tc_bits *open, tc_rect rect,
                             tc_shape picture, tc_reach reach, tc_blob *partial, tc_error *error) {
    const shared_sides shared = find_shared(rect, picture);
    tc_bits rest = {0};
    bool done = tc_bits_flood(field, settled, reach);
    if (shared.any && done) {
        done = tc_bits_init(&rest, rect.width, rect.height);
        if (done) {
            keep_rest(&rest, field, settled);
            take_sides(open, &rest, shared.side);
            done = tc_bits_flood(&rest, open, reach);
        }
        if (done) {
            // What is settled matters on the sides only, where it never touches what is open.
            keep_rest(&rest, open, settled);
            take_sides(&rest, settled, shared.side);
        }
    }
    tc_status status =
        done ? tc_components_report(shared.any ? &rest : field, settled, rect, picture, reach, partial, error)
             : no_memory(error);
    tc_bits_clear(&rest);
    return status;
}

// The merge's state.
typedef struct joining {
    const tc_partial *partials;
    int count, columns;
    uint32_t *parent;
    uint32_t *base; // of each tile: its component c is node base + c
    run_list a, b;  // two lines of runs along a border between tiles
    tc_blob seeds;
} joining;

static int side_length(tc_rect rect, int side) {
    return side < LEFT ? rect.width : rect.height;
}

static const uint8_t *side_runs(const tc_blob *blob, int side, uint32_t *count) {
    const uint8_t *at = blob->data + SIDES_HEADER;
    for (int s = 0; s < side; s++) at += (size_t)tc_get_u32(blob->data + 4 * s) * RUN;
    *count = tc_get_u32(blob->data + 4 * side);
    return at;
}

// Checks one tile's partial result and finds its number of components; false when it does not parse.
static bool check_partial(const tc_partial *partial, uint32_t *components) {
    const tc_blob *blob = &partial->blob;
    uint64_t runs = 0;
    *components = 0;
    if (blob->size < SIDES_HEADER) return false;
    for (int s = 0; s < SIDES; s++) runs += tc_get_u32(blob->data + 4 * s);
    if ((blob->size - SIDES_HEADER) % RUN != 0 || (blob->size - SIDES_HEADER) / RUN != runs) return false;
    for (int s = 0; s < SIDES; s++) {
        uint32_t count;
        int64_t before = -1;
        const uint8_t *at = side_runs(blob, s, &count);
        for (uint32_t i = 0; i < count; i++, at += RUN) {
            int first = (int)tc_get_u16(at), last = (int)tc_get_u16(at + 2);
            uint32_t component = tc_get_u32(at + 4);
            if (first <= before || last < first || last >= side_length(partial->rect, s)) return false;
            if (component > *components + 1) return false;
            if (component > *components) *components = component;
            before = last;
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
static bool append_side(const joining *join, run_list *line, int tile, int side) {
    const tc_partial *partial = &join->partials[tile];
    uint32_t count;
    const uint8_t *at = side_runs(&partial->blob, side, &count);
    int offset = side < LEFT ? partial->rect.x : partial->rect.y;
    for (uint32_t i = 0; i < count; i++, at += RUN) {
        uint32_t component = tc_get_u32(at + 4), node = component ? join->base[tile] + component : 0;
        if (!list_push(line, (run){(int)tc_get_u16(at) + offset, (int)tc_get_u16(at + 2) + offset, node})) return false;
    }
    return true;
}

// Unites what touches over the border between lines a and b.
static void join_lines(joining *join, int reach) {
    const run *next = join->b.item, *end = next + join->b.count;
    for (const run *here = join->a.item; here < join->a.item + join->a.count; here++) {
        while (next < end && next->last + reach < here->first) next++;
        for (const run *b = next; b < end && starts_by(b, here, reach); b++) unite(join->parent, here->node, b->node);
    }
}

// A row of tiles' bottoms with the tops below, as one line, so that corners meet; then each tile with the next.
static bool join_tiles(joining *join, int reach) {
    for (int t = 0; t < join->count; t += join->columns) {
        for (int c = 0; c + 1 < join->columns; c++) {
            join->a.count = join->b.count = 0;
            if (!append_side(join, &join->a, t + c, RIGHT) || !append_side(join, &join->b, t + c + 1, LEFT))
                return false;
            join_lines(join, reach);
        }
        if (t + join->columns >= join->count) break;
        join->a.count = join->b.count = 0;
        for (int c = 0; c < join->columns; c++)
            if (!append_side(join, &join->a, t + c, BOTTOM) || !append_side(join, &join->b, t + join->columns + c, TOP))
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
    uint32_t x = (uint32_t)(side < LEFT ? along : side == LEFT ? 0 : rect.width - 1);
    uint32_t y = (uint32_t)(side >= LEFT ? along : side == TOP ? 0 : rect.height - 1);
    uint8_t bytes[SEED];
    tc_put_u32(bytes, y * (uint32_t)rect.width + x);
    return tc_blob_append(&join->seeds, bytes, SEED) == TC_OK;
}

// Lists the first pixel of each of the tile's components that counts.
static bool list_seeds(joining *join, int tile) {
    const tc_partial *partial = &join->partials[tile];
    uint32_t seen = 0; // a component's first run comes before the first of the next one
    for (int s = 0; s < SIDES; s++) {
        uint32_t count;
        const uint8_t *at = side_runs(&partial->blob, s, &count);
        for (uint32_t i = 0; i < count; i++, at += RUN) {
            uint32_t component = tc_get_u32(at + 4);
            if (component <= seen) continue;
            seen = component;
            if (find_root(join->parent, join->base[tile] + component) != 0) continue;
            if (!push_seed(join, partial->rect, s, (int)tc_get_u16(at))) return false;
        }
    }
    return true;
}

// Lists the pixels on the tile's side that are in no run, where the pixel across, of tile `other`, counts.
static bool list_marks(joining *join, int tile, int side, int other) {
    tc_rect rect = join->partials[tile].rect;
    int offset = side < LEFT ? rect.x : rect.y;
    join->a.count = join->b.count = 0;
    if (!append_side(join, &join->a, other, side ^ 1) || !append_side(join, &join->b, tile, side)) return false;
    const run *own = join->b.item, *end = own + join->b.count;
    for (const run *across = join->a.item; across < join->a.item + join->a.count; across++) {
        if (find_root(join->parent, across->node) != 0) continue;
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
    if (t >= join->columns && !list_marks(join, t, TOP, t - join->columns)) return false;
    if (t + join->columns < join->count && !list_marks(join, t, BOTTOM, t + join->columns)) return false;
    if (column > 0 && !list_marks(join, t, LEFT, t - 1)) return false;
    return column + 1 == join->columns || list_marks(join, t, RIGHT, t + 1);
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
