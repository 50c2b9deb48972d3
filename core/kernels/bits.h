// One bit for each pixel of a tile: sets of pixels, and what hangs together in them.
#ifndef TC_BITS_H
#define TC_BITS_H

#include "core/image.h"
#include "core/kernels/level.h"

#define tc_bits_clear TC_AT_LEVEL(tc_bits_clear)
#define tc_bits_flood TC_AT_LEVEL(tc_bits_flood)
#define tc_bits_from_row TC_AT_LEVEL(tc_bits_from_row)
#define tc_bits_init TC_AT_LEVEL(tc_bits_init)
#define tc_bits_to_row TC_AT_LEVEL(tc_bits_to_row)

// Pixel (x, y) is bit x % 64 of word[y * stride + x / 64]. There are margins of zeros: a row above and below, a word on
// each side (one between two rows, for both). Bits beyond the width are 0.
typedef struct tc_bits {
    uint64_t *word;
    int width, height;
    size_t words;  // of a row
    size_t stride; // words from one row to the next
} tc_bits;

// An empty set. False on lack of memory. The caller ends it with tc_bits_clear, also after a failure.
bool tc_bits_init(tc_bits *bits, int width, int height);
void tc_bits_clear(tc_bits *bits);

static inline uint64_t *tc_bits_row(const tc_bits *bits, int y) {
    return bits->word + (size_t)y * bits->stride;
}
static inline bool tc_bits_get(const tc_bits *bits, int x, int y) {
    return tc_bits_row(bits, y)[x / 64] >> (x % 64) & 1;
}
static inline void tc_bits_set(const tc_bits *bits, int x, int y) {
    tc_bits_row(bits, y)[x / 64] |= (uint64_t)1 << (x % 64);
}

// How pixels hang together: over their sides, or over sides and corners.
typedef enum tc_reach { TC_REACH_4, TC_REACH_8 } tc_reach;

// Grows `filled`, a subset of `field`, to all pixels of the field that hang together with one of its pixels. False on
// lack of memory.
bool tc_bits_flood(const tc_bits *field, const tc_bits *filled, tc_reach reach);

// Writes a row of bytes: the values of the sets that a pixel is in, or-ed. Values of sets that share pixels may
// overlap.
void tc_bits_to_row(uint8_t *to, const uint64_t *const *sets, const uint8_t *values, int count, int width);
// Takes bit `bit` of each byte of a row; bits beyond the width become 0.
void tc_bits_from_row(uint64_t *to, const uint8_t *from, int width, int bit);

#endif
