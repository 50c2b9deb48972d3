// Assembles the bitmap of edge pixels and sorts the starts of walks: a parallel bucket sort, then a radix sort per
// bucket.
#include "core/kernels/walk_starts.h"

#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "core/kernels/hough.h"

static const uint32_t A = 2654435761u, B = 2246822519u;

static inline uint32_t rank_of(uint32_t x, uint32_t y) {
    uint32_t v = (y << 16 | x) * A;
    v = (v ^ v >> 16) * B;
    return v ^ v >> 16;
}

enum { BUCKET_SHIFT = 32 - TC_WALK_BUCKET_BITS, MOST_GROUPS = 32, SORTED_AT_ONCE = 64 };

// Some tiles. No two groups have pixels in the same row of the picture, so they write different words of the bitmap.
typedef struct group {
    int first, end;
    bool parses;
    uint32_t at[TC_WALK_BUCKETS]; // for each bucket: first the number of its starts, then the index of its next start
} group;

typedef struct ordering {
    const tc_partial *partials;
    tc_walk_field *field;
    tc_walk_starts *starts;
    uint32_t *spare; // scratch memory of the same length as the starts
    group *groups;
    int group_count;
} ordering;

bool tc_walk_field_init(tc_walk_field *field, tc_shape picture) {
    TC_ASSERT(picture.width > 0 && picture.height > 0);
    *field = (tc_walk_field){.picture = picture, .pitch = ((size_t)picture.width + 63) / 64};
    field->word = calloc((size_t)picture.height * field->pitch, sizeof *field->word);
    return field->word != NULL;
}

// ---- One tile

static size_t bitmap_row(tc_rect rect) {
    return ((size_t)rect.width + 7) / 8;
}

// Up to 64 bits of a row's bitmap, from byte `i` on. The first pixel is the lowest bit.
static inline uint64_t read_bits(const uint8_t *row, size_t bytes, size_t i) {
    TC_ASSERT_SLOW(i < bytes);
    uint64_t bits = 0;
    if (bytes - i >= 8)
        for (int k = 0; k < 8; k++) bits |= (uint64_t)row[i + (size_t)k] << (8 * k);
    else
        for (size_t k = 0; k < bytes - i; k++) bits |= (uint64_t)row[i + k] << (8 * k);
    return bits;
}

// Adds 64 bits at pixel (x, y). Bits that are set lie inside the picture.
static inline void add_bits(const tc_walk_field *field, size_t x, size_t y, uint64_t bits) {
    TC_ASSERT_SLOW(x < (size_t)field->picture.width && y < (size_t)field->picture.height);
    uint64_t *word = field->word + y * field->pitch + x / 64, carry = x % 64 ? bits >> (64 - x % 64) : 0;
    *word |= bits << (x % 64);
    if (carry) word[1] |= carry;
}

// Adds the tile's edge pixels to the bitmap. False if the number of angles differs or an angle is out of range.
static bool read_edges(const tc_walk_field *field, const tc_partial *partial) {
    tc_rect rect = partial->rect;
    size_t row = bitmap_row(rect), bitmap = row * (size_t)rect.height, size = partial->blob.size, edges = 0;
    if (size < bitmap) return false;
    const uint8_t *bits = partial->blob.data, *angle = bits + bitmap;
    for (int y = 0; y < rect.height; y++, bits += row) {
        if (bits[row - 1] >> ((unsigned)(rect.width - 1) % 8) > 1) return false; // pixels beyond the tile
        for (size_t i = 0; i < row; i += 8) {
            uint64_t set = read_bits(bits, row, i);
            edges += (size_t)__builtin_popcountll(set);
            add_bits(field, (size_t)rect.x + 8 * i, (size_t)rect.y + (size_t)y, set);
        }
    }
    if (edges != size - bitmap) return false;
    int wrong = 0;
    for (size_t i = 0; i < edges; i++) wrong += angle[i] >= TC_HOUGH_ANGLES && angle[i] != TC_HOUGH_NO_ANGLE;
    return wrong == 0;
}

// Counts the tile's starts per bucket; with `items`, also writes them there.
static inline void list_starts(const tc_partial *partial, uint32_t *at, uint32_t *items) {
    tc_rect rect = partial->rect;
    size_t row = bitmap_row(rect);
    const uint8_t *bits = partial->blob.data, *angle = bits + row * (size_t)rect.height;
    for (int y = 0; y < rect.height; y++, bits += row)
        for (size_t i = 0; i < row; i += 8)
            for (uint64_t set = read_bits(bits, row, i); set != 0; set &= set - 1) {
                uint32_t x = (uint32_t)rect.x + (uint32_t)(8 * i) + (uint32_t)__builtin_ctzll(set);
                uint32_t rank = rank_of(x, (uint32_t)(rect.y + y)), turn = *angle++;
                if (turn == TC_HOUGH_NO_ANGLE) continue;
                uint32_t to = at[rank >> BUCKET_SHIFT]++;
                if (items) items[to] = rank << TC_WALK_BUCKET_BITS >> (TC_WALK_BUCKET_BITS - TC_WALK_ITEM_BITS) | turn;
            }
}

// ---- All tiles

static void count_group(void *context, int index) {
    const ordering *o = context;
    group *g = &o->groups[index];
    TC_ASSERT(index >= 0 && index < o->group_count);
    g->parses = true;
    for (int i = g->first; i < g->end && g->parses; i++) {
        if (o->partials[i].blob.size == 0) continue;
        g->parses = read_edges(o->field, &o->partials[i]);
        if (g->parses) list_starts(&o->partials[i], g->at, NULL);
    }
}

static void list_group(void *context, int index) {
    const ordering *o = context;
    group *g = &o->groups[index];
    TC_ASSERT(index >= 0 && index < o->group_count);
    for (int i = g->first; i < g->end; i++)
        if (o->partials[i].blob.size > 0) list_starts(&o->partials[i], g->at, o->spare);
}

static void sort_few(uint32_t *restrict to, const uint32_t *restrict from, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at > 0 && to[at - 1] > from[i]; at--) to[at] = to[at - 1];
        to[at] = from[i];
    }
}

static void sort_pass(uint32_t *restrict to, const uint32_t *restrict from, size_t count, int shift, int bits) {
    TC_ASSERT_SLOW(bits >= 1 && bits <= 7);
    uint32_t at[128] = {0}, sum = 0, mask = (1u << bits) - 1;
    for (size_t i = 0; i < count; i++) at[from[i] >> shift & mask]++;
    for (uint32_t b = 0; b <= mask; b++) {
        uint32_t here = at[b];
        at[b] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++) to[at[from[i] >> shift & mask]++] = from[i];
}

static void sort_buckets(void *context, int index) {
    TC_ASSERT(index >= 0 && index < TC_WALK_BUCKETS / SORTED_AT_ONCE);
    enum { FEW = 24, DIGIT = 7 };
    const ordering *o = context;
    const uint32_t *first = o->starts->first + index * SORTED_AT_ONCE;
    for (int b = 0; b < SORTED_AT_ONCE; b++) {
        uint32_t *from = o->spare + first[b], *to = o->starts->item + first[b];
        size_t count = first[b + 1] - first[b];
        if (count <= FEW) {
            sort_few(to, from, count);
            continue;
        }
        sort_pass(to, from, count, TC_WALK_ITEM_BITS, DIGIT);
        sort_pass(from, to, count, TC_WALK_ITEM_BITS + DIGIT, DIGIT);
        sort_pass(to, from, count, TC_WALK_ITEM_BITS + 2 * DIGIT, DIGIT);
    }
}

// Divides the tiles into groups of about the same size.
static void cut_groups(ordering *o, int count, size_t total) {
    size_t bytes = 0;
    for (int i = 0; i < count; i++) {
        bool new_row = i == 0 || o->partials[i].rect.y != o->partials[i - 1].rect.y;
        if (i == 0 || (new_row && bytes * MOST_GROUPS > total * (size_t)o->group_count))
            o->groups[o->group_count++].first = i;
        o->groups[o->group_count - 1].end = i + 1;
        bytes += o->partials[i].blob.size;
    }
}

// Turns the counts of each group into its first index in each bucket. Returns the number of all starts.
static uint32_t number_buckets(ordering *o) {
    uint32_t sum = 0;
    for (int b = 0; b < TC_WALK_BUCKETS; b++) {
        o->starts->first[b] = sum;
        for (int g = 0; g < o->group_count; g++) {
            uint32_t here = o->groups[g].at[b];
            o->groups[g].at[b] = sum;
            sum += here;
        }
    }
    o->starts->first[TC_WALK_BUCKETS] = sum;
    return sum;
}

static tc_status order_starts(ordering *o, const tc_parallel *parallel) {
    tc_parallel_for(parallel, o->group_count, count_group, o);
    for (int g = 0; g < o->group_count; g++)
        if (!o->groups[g].parses) return TC_ERR_PROTOCOL;
    size_t total = number_buckets(o);
    o->starts->memory = malloc((2 * total + 1) * sizeof *o->starts->memory);
    if (!o->starts->memory) return TC_ERR_MEMORY;
    o->starts->item = o->starts->memory;
    o->spare = o->starts->memory + total;
    tc_parallel_for(parallel, o->group_count, list_group, o);
    tc_parallel_for(parallel, TC_WALK_BUCKETS / SORTED_AT_ONCE, sort_buckets, o);
    return TC_OK;
}

tc_status tc_walk_starts_init(tc_walk_starts *starts, const tc_partial *partials, int count,
                              const tc_parallel *parallel, tc_walk_field *field) {
    size_t bytes = 0;
    *starts = (tc_walk_starts){.memory = NULL};
    for (int i = 0; i < count; i++) bytes += partials[i].blob.size; // at least one byte for each edge pixel
    if (bytes >= UINT32_MAX || bytes >= SIZE_MAX / 2 / sizeof *starts->memory) return TC_ERR_MEMORY;
    ordering o = {.partials = partials, .field = field, .starts = starts};
    o.groups = calloc(MOST_GROUPS + 1, sizeof *o.groups);
    if (!o.groups) return TC_ERR_MEMORY;
    cut_groups(&o, count, bytes);
    tc_status status = order_starts(&o, parallel);
    free(o.groups);
    return status;
}
