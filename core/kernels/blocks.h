// Cutting rows into blocks that stay in cache and consist of whole vectors. Compilers process the tail of a loop byte
// by byte, which can take longer than all of its vectors.
#ifndef TC_CORE_KERNELS_BLOCKS_H
#define TC_CORE_KERNELS_BLOCKS_H

#include "core/assert.h"

enum { TC_MAX_VECTOR_BYTES = 64 }; // the longest vector of all levels

// `count` bytes rounded up to whole vectors if the buffer of `room` bytes holds them, else `count`.
static inline int tc_round_to_vectors(int count, int room) {
    TC_ASSERT_SLOW(count >= 0 && count <= room);
    int whole = (count + TC_MAX_VECTOR_BYTES - 1) / TC_MAX_VECTOR_BYTES * TC_MAX_VECTOR_BYTES;
    return whole <= room ? whole : count;
}

// The size of the equal blocks that `count` is cut into: a multiple of TC_MAX_VECTOR_BYTES, at most `most` (also such a
// multiple).
static inline int tc_block_size(int count, int most) {
    TC_ASSERT_SLOW(count > 0 && most > 0 && most % TC_MAX_VECTOR_BYTES == 0);
    int blocks = (count + most - 1) / most, size = (count + blocks - 1) / blocks;
    return (size + TC_MAX_VECTOR_BYTES - 1) / TC_MAX_VECTOR_BYTES * TC_MAX_VECTOR_BYTES;
}

// Cuts first .. end - 1 into blocks of `size`. Returns the width of the block at *at. The last block moves back rather
// than being shorter, so that its overlap with the one before is computed twice.
static inline int tc_block_next(int *at, int first, int end, int size) {
    TC_ASSERT_SLOW(first <= *at && *at < end && size > 0);
    if (end - *at >= size) return size;
    if (end - first < size) return end - first;
    *at = end - size;
    return size;
}

#endif
