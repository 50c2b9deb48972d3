// The scan of connected components: labels a tile's components row by row and reports their runs along shared sides.
#include "core/kernels/components.h"

#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "core/kernels/side_runs.h"
#include "core/wire.h"

// The state of labelling a tile's components, row by row (two-pass connected-component labelling with union-find).
typedef struct labelling {
    const tc_bits *set, *confirmed;
    int diagonal;              // 1: pixels that share a corner are connected
    tc_side_run *above, *here; // runs of two rows
    int above_count, here_count;
    uint32_t *parent, node_count;
    size_t node_room;
    tc_side_run_list sides[TC_SIDES];
} labelling;

// Finds the runs of a row of bits and returns their number. Their nodes are not set.
static int find_runs(const uint64_t *word, size_t words, int width, tc_side_run *runs) {
    TC_ASSERT_SLOW(words == ((size_t)width + 63) / 64);
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
    TC_ASSERT_SLOW(first >= 0 && first <= last);
    uint64_t low = ~(uint64_t)0 << (first % 64), high = ~(uint64_t)0 >> (63 - last % 64);
    int k = first / 64, end = last / 64;
    if (k == end) return word[k] & low & high;
    if (word[k] & low) return true;
    while (++k < end)
        if (word[k]) return true;
    return word[end] & high;
}

// Gives each run of the row the node of a run above that it touches, and unites the nodes of all runs that it touches.
static bool label_row(labelling *l, int y) {
    TC_ASSERT_SLOW(y >= 0 && y < l->set->height);
    const uint64_t *confirmed = tc_bits_row(l->confirmed, y);
    const tc_side_run *above = l->above, *end = above + l->above_count;
    for (int i = 0; i < l->here_count; i++) {
        tc_side_run *here = &l->here[i];
        while (above < end && above->last + l->diagonal < here->first) above++;
        if (any_bit(confirmed, here->first, here->last))
            here->node = 0;
        else if (above < end && tc_side_run_touches(above, here, l->diagonal))
            here->node = above->node;
        else if (!new_node(l, &here->node))
            return false;
        for (const tc_side_run *next = above; next < end && tc_side_run_touches(next, here, l->diagonal); next++)
            tc_union_find_unite(l->parent, here->node, next->node);
    }
    return true;
}

static bool push_row(tc_side_run_list *side, const tc_side_run *runs, int count) {
    if (count == 0) return true;
    if (!tc_side_run_list_reserve(side, (size_t)count)) return false;
    memcpy(side->item + side->count, runs, (size_t)count * sizeof *runs);
    side->count += (size_t)count;
    return true;
}

// Appends a pixel of a column. It extends the run that ends directly above it, as the two pixels are connected.
static bool push_pixel(tc_side_run_list *side, int y, uint32_t node) {
    TC_ASSERT_SLOW(!side->count || side->item[side->count - 1].last < y);
    tc_side_run *last = side->count ? &side->item[side->count - 1] : NULL;
    if (last && last->last == y - 1) {
        last->last = y;
        return true;
    }
    return tc_side_run_list_push(side, (tc_side_run){y, y, node});
}

static bool record_sides(labelling *l, int y, const bool shared[TC_SIDES]) {
    int width = l->set->width;
    if (y == 0 && shared[TC_SIDE_TOP] && !push_row(&l->sides[TC_SIDE_TOP], l->here, l->here_count)) return false;
    if (y == l->set->height - 1 && shared[TC_SIDE_BOTTOM] &&
        !push_row(&l->sides[TC_SIDE_BOTTOM], l->here, l->here_count))
        return false;
    if (l->here_count == 0) return true;
    const tc_side_run *first = l->here, *last = l->here + l->here_count - 1;
    if (shared[TC_SIDE_LEFT] && first->first == 0 && !push_pixel(&l->sides[TC_SIDE_LEFT], y, first->node)) return false;
    return !shared[TC_SIDE_RIGHT] || last->last < width - 1 || push_pixel(&l->sides[TC_SIDE_RIGHT], y, last->node);
}

static bool label_rows(labelling *l, const bool shared[TC_SIDES]) {
    uint32_t zero;
    size_t room = (size_t)(l->set->width + 1) / 2;
    l->above = malloc(2 * room * sizeof *l->above);
    if (!l->above || !new_node(l, &zero)) return false;
    l->here = l->above + room;
    tc_side_run *memory = l->above;
    bool done = true;
    for (int y = 0; y < l->set->height && done; y++) {
        l->here_count = find_runs(tc_bits_row(l->set, y), l->set->words, l->set->width, l->here);
        done = label_row(l, y) && record_sides(l, y, shared);
        tc_side_run *oldest = l->above;
        l->above = l->here;
        l->above_count = l->here_count;
        l->here = oldest;
    }
    l->above = memory;
    return done;
}

// Writes the partial result, with the components numbered in the order of their first runs along the sides.
static bool write_partial(labelling *l, tc_blob *partial) {
    TC_ASSERT(l->node_count >= 1);
    size_t total = 0;
    for (int s = 0; s < TC_SIDES; s++) total += l->sides[s].count;
    uint8_t *bytes = malloc(TC_SIDES_HEADER + total * TC_SIDE_RUN_BYTES), *to = bytes + TC_SIDES_HEADER;
    uint32_t *number = calloc(l->node_count, sizeof *number), numbers = 0;
    bool done = bytes && number;
    for (int s = 0; s < TC_SIDES && done; s++) {
        tc_write_u32(bytes + 4 * s, (uint32_t)l->sides[s].count);
        for (size_t i = 0; i < l->sides[s].count; i++, to += TC_SIDE_RUN_BYTES) {
            const tc_side_run *r = &l->sides[s].item[i];
            uint32_t root = tc_union_find_root(l->parent, r->node);
            if (root && !number[root]) number[root] = ++numbers;
            tc_write_u16(to, (uint32_t)r->first);
            tc_write_u16(to + 2, (uint32_t)r->last);
            tc_write_u32(to + 4, number[root]);
        }
    }
    done = done && tc_blob_append(partial, bytes, TC_SIDES_HEADER + total * TC_SIDE_RUN_BYTES) == TC_OK;
    free(bytes);
    free(number);
    return done;
}

// Adds those pixels of `from` that lie on a shared side.
static void add_sides(const tc_bits *to, const tc_bits *from, const bool shared[TC_SIDES]) {
    TC_ASSERT_SLOW(to->width == from->width && to->height == from->height);
    int right = from->width - 1;
    for (int y = 0; y < from->height; y++) {
        uint64_t *row = tc_bits_row(to, y);
        const uint64_t *source = tc_bits_row(from, y);
        if ((y == 0 && shared[TC_SIDE_TOP]) || (y == from->height - 1 && shared[TC_SIDE_BOTTOM])) {
            for (size_t k = 0; k < from->words; k++) row[k] |= source[k];
            continue;
        }
        if (shared[TC_SIDE_LEFT]) row[0] |= source[0] & 1;
        if (shared[TC_SIDE_RIGHT]) row[right / 64] |= source[right / 64] & (uint64_t)1 << (right % 64);
    }
}

static void subtract(const tc_bits *to, const tc_bits *all, const tc_bits *without) {
    TC_ASSERT_SLOW(all->words == to->words && without->words == to->words);
    for (int y = 0; y < to->height; y++) {
        uint64_t *row = tc_bits_row(to, y);
        const uint64_t *a = tc_bits_row(all, y), *b = tc_bits_row(without, y);
        for (size_t k = 0; k < to->words; k++) row[k] = a[k] & ~b[k];
    }
}

static tc_status no_memory(tc_error *error) {
    return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the connected components of a tile");
}

typedef struct shared_sides {
    bool side[TC_SIDES], any;
} shared_sides;

static shared_sides find_shared(tc_rect rect, tc_shape picture) {
    const int right = rect.x + rect.width, bottom = rect.y + rect.height;
    shared_sides s = {{rect.y > 0, bottom != picture.height, rect.x > 0, right != picture.width}, false};
    for (int i = 0; i < TC_SIDES; i++) s.any |= s.side[i];
    return s;
}

tc_status tc_components_report(const tc_bits *field, const tc_bits *confirmed, tc_rect rect, tc_shape picture,
                               tc_connectivity connectivity, tc_blob *partial, tc_error *error) {
    TC_ASSERT(field->width == rect.width && field->height == rect.height);
    TC_ASSERT(tc_rect_contains(tc_shape_rect(picture), rect));
    const shared_sides shared = find_shared(rect, picture);
    if (!shared.any) {
        static const uint8_t nothing[TC_SIDES_HEADER] = {0};
        return tc_blob_append(partial, nothing, sizeof nothing) == TC_OK ? TC_OK : no_memory(error);
    }
    labelling l = {.set = field, .confirmed = confirmed, .diagonal = connectivity == TC_CONNECTIVITY_8};
    bool done = label_rows(&l, shared.side) && write_partial(&l, partial);
    free(l.above);
    free(l.parent);
    for (int s = 0; s < TC_SIDES; s++) free(l.sides[s].item);
    return done ? TC_OK : no_memory(error);
}

tc_status tc_components_scan(const tc_bits *field, const tc_bits *confirmed, const tc_bits *undecided, tc_rect rect,
                             tc_shape picture, tc_connectivity connectivity, tc_blob *partial, tc_error *error) {
    TC_ASSERT(field->width == rect.width && field->height == rect.height);
    TC_ASSERT(confirmed->width == rect.width && confirmed->height == rect.height);
    TC_ASSERT(undecided->width == rect.width && undecided->height == rect.height);
    TC_ASSERT(tc_rect_contains(tc_shape_rect(picture), rect));
    const shared_sides shared = find_shared(rect, picture);
    tc_bits remaining = {0};
    bool done = tc_bits_flood(field, confirmed, connectivity);
    if (shared.any && done) {
        done = tc_bits_init(&remaining, rect.width, rect.height);
        if (done) {
            subtract(&remaining, field, confirmed);
            add_sides(undecided, &remaining, shared.side);
            done = tc_bits_flood(&remaining, undecided, connectivity);
        }
        if (done) {
            // Only the confirmed pixels on the sides matter to other tiles. They never touch undecided pixels.
            subtract(&remaining, undecided, confirmed);
            add_sides(&remaining, confirmed, shared.side);
        }
    }
    tc_status status = done ? tc_components_report(shared.any ? &remaining : field, confirmed, rect, picture,
                                                   connectivity, partial, error)
                            : no_memory(error);
    tc_bits_clear(&remaining);
    return status;
}
