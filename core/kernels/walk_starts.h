// What walks (walk.h) work on, out of the tiles' partial results: the picture's edge pixels, and those that have an
// angle, in the order in which walks start from them.
#ifndef TC_CORE_KERNELS_WALK_STARTS_H
#define TC_CORE_KERNELS_WALK_STARTS_H

#include "core/kernels/level.h"
#include "core/op.h"

#define tc_walk_field_init TC_AT_LEVEL(tc_walk_field_init)
#define tc_walk_starts_init TC_AT_LEVEL(tc_walk_starts_init)

// A bit for each pixel: pixel (x, y) is bit x % 64 of word[y * pitch + x / 64].
typedef struct tc_walk_field {
    tc_shape picture;
    uint64_t *word;
    size_t pitch; // words per row
} tc_walk_field;

// A start's rank in the order is a number of 32 bits. The highest of them tell its bucket, the others stand, above the
// angle, in the item.
enum { TC_WALK_BUCKET_BITS = 11, TC_WALK_BUCKETS = 1 << TC_WALK_BUCKET_BITS, TC_WALK_ITEM_BITS = 8 };

typedef struct tc_walk_starts {
    uint32_t *memory, *item;
    uint32_t first[TC_WALK_BUCKETS + 1]; // the bucket's first item; the next bucket's one ends it
} tc_walk_starts;

// Where the start is that has this rank.
static inline void tc_walk_pixel(uint32_t rank, uint32_t *x, uint32_t *y) {
    uint32_t v = (rank ^ rank >> 16) * 3066638151u;
    v = (v ^ v >> 16) * 244002641u; // the inverses of the factors in walk.h
    *x = v & 0xFFFF;
    *y = v >> 16;
}

// An empty field; false on lack of memory. The caller frees `word`.
bool tc_walk_field_init(tc_walk_field *field, tc_shape picture);
// Puts the edges of all tiles into the field and their starts into order. TC_ERR_PROTOCOL: a partial result does not
// parse. The caller frees `memory`, also after a failure.
tc_status tc_walk_starts_init(tc_walk_starts *starts, const tc_partial *partials, int count, const tc_team *team,
                              tc_walk_field *field);

#endif
