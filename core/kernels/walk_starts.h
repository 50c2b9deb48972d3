// The input of walks (walk.h), assembled from the tiles' partial results: a bitmap of the picture's edge pixels, and
// the starts, which are the pixels that have an angle, in the order of their ranks.
#ifndef TC_CORE_KERNELS_WALK_STARTS_H
#define TC_CORE_KERNELS_WALK_STARTS_H

#include "core/kernels/level.h"
#include "core/op.h"

#define tc_walk_field_init TC_AT_LEVEL(tc_walk_field_init)
#define tc_walk_starts_init TC_AT_LEVEL(tc_walk_starts_init)

// The bitmap of edge pixels: pixel (x, y) is bit x % 64 of word[y * pitch + x / 64].
typedef struct tc_walk_field {
    tc_shape picture;
    uint64_t *word;
    size_t pitch; // words per row
} tc_walk_field;

// A start has a rank of 32 bits. The highest TC_WALK_BUCKET_BITS are the number of its bucket; its item is the
// remaining bits, shifted left by TC_WALK_ITEM_BITS, plus the angle.
enum { TC_WALK_BUCKET_BITS = 11, TC_WALK_BUCKETS = 1 << TC_WALK_BUCKET_BITS, TC_WALK_ITEM_BITS = 8 };

typedef struct tc_walk_starts {
    uint32_t *memory, *item;
    uint32_t first[TC_WALK_BUCKETS + 1]; // the index of each bucket's first item; the last entry is the number of items
} tc_walk_starts;

// The pixel that has this rank: the inverse of the order defined in walk.h.
static inline void tc_walk_pixel(uint32_t rank, uint32_t *x, uint32_t *y) {
    uint32_t v = (rank ^ rank >> 16) * 3066638151u;
    v = (v ^ v >> 16) * 244002641u; // the inverses of the factors in walk.h
    *x = v & 0xFFFF;
    *y = v >> 16;
}

// An empty bitmap. False when out of memory. The caller frees `word`.
bool tc_walk_field_init(tc_walk_field *field, tc_shape picture);
// Adds the edge pixels of all tiles to the bitmap and sorts their starts by rank. TC_ERR_PROTOCOL: a partial result
// does not parse. The caller frees `memory`, also after a failure.
tc_status tc_walk_starts_init(tc_walk_starts *starts, const tc_partial *partials, int count,
                              const tc_parallel *parallel, tc_walk_field *field);

#endif
