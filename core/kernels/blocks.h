// How kernels cut rows into blocks that stay in cache, so that their loops do whole vectors at every level: compilers
// leave what is over to plain loops of single bytes, which take longer than the whole vectors.
#ifndef TC_BLOCKS_H
#define TC_BLOCKS_H

enum { TC_WHOLE = 64 }; // bytes of the longest vector

// `count` rounded up to whole vectors, if there is room for that many.
static inline int tc_whole_if(int count, int room) {
    int whole = (count + TC_WHOLE - 1) / TC_WHOLE * TC_WHOLE;
    return whole <= room ? whole : count;
}

// The blocks that `count` is cut into: all of one size, a multiple of TC_WHOLE, and at most `most`, which is one too.
static inline int tc_block_size(int count, int most) {
    int blocks = (count + most - 1) / most, size = (count + blocks - 1) / blocks;
    return (size + TC_WHOLE - 1) / TC_WHOLE * TC_WHOLE;
}

// Cuts first .. end - 1 into blocks of `size`: the width of the one at *at, which moves back where the last would be
// shorter than the others. What two blocks have in common is computed twice.
static inline int tc_block_at(int *at, int first, int end, int size) {
    if (end - *at >= size) return size;
    if (end - first < size) return end - first;
    *at = end - size;
    return size;
}

#endif
