// Bitmaps: a set of a tile's pixels, one bit each, and flood fill in such a set.
#ifndef TC_CORE_KERNELS_BITS_H
#define TC_CORE_KERNELS_BITS_H

#include "core/assert.h"
#include "core/image.h"
#include "core/kernels/level.h"

#define tc_bits_clear TC_AT_LEVEL(tc_bits_clear)
#define tc_bits_flood TC_AT_LEVEL(tc_bits_flood)
#define tc_bits_from_row TC_AT_LEVEL(tc_bits_from_row)
#define tc_bits_init TC_AT_LEVEL(tc_bits_init)
#define tc_bits_to_row TC_AT_LEVEL(tc_bits_to_row)

// Pixel (x, y) is bit x % 64 of word[y * stride + x / 64]. A margin of zeros surrounds the bitmap: a row above and
// below, and one word between two rows. Bits beyond the width are 0.
typedef struct tc_bits {
    uint64_t *word;
    int width, height;
    size_t words;  // of a row
    size_t stride; // words from one row to the next
} tc_bits;

// An empty set of width × height pixels. False when out of memory. The caller frees it with tc_bits_clear, also after a
// failure.
bool tc_bits_init(tc_bits *bits, int width, int height);
void tc_bits_clear(tc_bits *bits);

static inline uint64_t *tc_bits_row(const tc_bits *bits, int y) {
    TC_ASSERT_SLOW(y >= 0 && y < bits->height);
    return bits->word + (size_t)y * bits->stride;
}
static inline bool tc_bits_get(const tc_bits *bits, int x, int y) {
    TC_ASSERT_SLOW(x >= 0 && x < bits->width);
    return tc_bits_row(bits, y)[x / 64] >> (x % 64) & 1;
}
static inline void tc_bits_set(const tc_bits *bits, int x, int y) {
    TC_ASSERT_SLOW(x >= 0 && x < bits->width);
    tc_bits_row(bits, y)[x / 64] |= (uint64_t)1 << (x % 64);
}

// Which neighbours of a pixel are connected to it: those that share a side, or also those that share a corner.
typedef enum tc_connectivity { TC_CONNECTIVITY_4, TC_CONNECTIVITY_8 } tc_connectivity;

// Flood fill: grows `filled` to all pixels of `field`, of the same size, that are connected to one of both sets. Pixels
// that are only in `filled` must have no neighbour in `field`. False when out of memory.
bool tc_bits_flood(const tc_bits *field, const tc_bits *filled, tc_connectivity connectivity);

// Writes a row of `width` bytes. A pixel's byte is the bitwise or of values[i] over the `count` sets that contain it;
// sets[i] is the row of set i.
void tc_bits_to_row(uint8_t *to, const uint64_t *const *sets, const uint8_t *values, int count, int width);
// Extracts bit `bit` (0 to 7) of each of `width` bytes. The bits beyond the width become 0.
void tc_bits_from_row(uint64_t *to, const uint8_t *from, int width, int bit);

#endif
