// Bitmaps: conversion from and to rows of bytes, and flood fill by words.
#include "core/kernels/bits.h"
#include "core/assert.h"

#include <stdlib.h>
#include <string.h>

#include "core/kernels/vector.h"

bool tc_bits_init(tc_bits *bits, int width, int height) {
    TC_ASSERT(width >= 0 && height >= 0);
    size_t words = ((size_t)width + 63) / 64, stride = words + 1;
    uint64_t *memory = calloc((size_t)(height + 2) * stride + 1, sizeof *memory);
    *bits = (tc_bits){memory ? memory + stride + 1 : NULL, width, height, words, stride};
    return memory != NULL;
}

void tc_bits_clear(tc_bits *bits) {
    if (bits->word) free(bits->word - bits->stride - 1);
    *bits = (tc_bits){0};
}

// The flood fill works on words. A word that gained pixels fills its runs and spills into the words around it. One
// sweep visits all words in order; a word that gains pixels after it was swept goes onto a stack.
typedef struct flood {
    const uint64_t *field;
    uint64_t *filled;
    size_t swept; // the sweep has not visited the words after this one
    uint32_t *stack;
    uint8_t *queued; // of each word: whether it is on the stack
    size_t count;
} flood;

static inline void push(flood *f, size_t at) {
    if (at > f->swept || f->queued[at]) return;
    f->queued[at] = 1;
    f->stack[f->count++] = (uint32_t)at;
}

static inline void spill(flood *f, size_t at, uint64_t bits) {
    bits &= f->field[at] & ~f->filled[at];
    if (!bits) return;
    f->filled[at] |= bits;
    push(f, at);
}

// `bits` and the runs of `field` that contain one of them. Bits outside the field must not be next to it.
static inline uint64_t fill_runs(uint64_t bits, uint64_t field) {
    TC_ASSERT_SLOW(bits != 0);
    TC_ASSERT_SLOW((((bits & ~field) << 1 | (bits & ~field) >> 1) & field) == 0);
    if (field == ~(uint64_t)0) return field;
    // Upwards: the carry of an addition propagates from each bit to the end of its run.
    bits |= field & ~(field + bits);
    if (bits == field) return bits;
    // Downwards: the distance doubles in each step; `open` marks runs that are at least `step` long.
    uint64_t open = field;
    for (int step = 1; step < 64; step *= 2) {
        bits |= open & bits >> step;
        open &= open >> step;
    }
    return bits;
}

static void visit(flood *f, size_t at, size_t stride, tc_connectivity connectivity) {
    TC_ASSERT_SLOW(f->filled[at] != 0);
    const uint64_t high = (uint64_t)1 << 63;
    uint64_t bits = fill_runs(f->filled[at], f->field[at]), wide = bits;
    f->filled[at] = bits;
    if (connectivity == TC_CONNECTIVITY_8) wide |= bits << 1 | bits >> 1;
    spill(f, at - stride, wide);
    spill(f, at + stride, wide);
    if (bits & 1) {
        spill(f, at - 1, high);
        if (connectivity == TC_CONNECTIVITY_8) {
            spill(f, at - stride - 1, high);
            spill(f, at + stride - 1, high);
        }
    }
    if (bits & high) {
        spill(f, at + 1, 1);
        if (connectivity == TC_CONNECTIVITY_8) {
            spill(f, at - stride + 1, 1);
            spill(f, at + stride + 1, 1);
        }
    }
}

bool tc_bits_flood(const tc_bits *field, const tc_bits *filled, tc_connectivity connectivity) {
    TC_ASSERT_SLOW(field->stride == filled->stride && field->words == filled->words);
    TC_ASSERT_SLOW(connectivity == TC_CONNECTIVITY_4 || connectivity == TC_CONNECTIVITY_8);
    TC_ASSERT(field->width == filled->width && field->height == filled->height);
    // Indices start at the margin's first word, so that every word has neighbours on all sides.
    size_t stride = field->stride, margin = stride + 1, size = (size_t)(field->height + 2) * stride + 1;
    flood f = {.field = field->word - margin, .filled = filled->word - margin};
    f.stack = malloc(size * (sizeof *f.stack + sizeof *f.queued));
    if (!f.stack) return false;
    f.queued = (uint8_t *)(f.stack + size);
    memset(f.queued, 0, size);
    for (f.swept = margin; f.swept < size - margin; f.swept++)
        if (f.filled[f.swept]) visit(&f, f.swept, stride, connectivity);
    while (f.count > 0) {
        size_t at = f.stack[--f.count];
        f.queued[at] = 0;
        visit(&f, at, stride, connectivity);
    }
    free(f.stack);
    return true;
}

// Plain C; also the tail that the vector bodies leave, from pixel `x` (a multiple of 8) on.
static void to_row_from(uint8_t *to, const uint64_t *const *sets, const uint8_t *values, int count, int width, int x) {
    TC_ASSERT_SLOW(x % 8 == 0);
    for (; x < width; x++) {
        int byte = 0;
        for (int i = 0; i < count; i++) byte |= -(int)(sets[i][x / 64] >> (x % 64) & 1) & values[i];
        to[x] = (uint8_t)byte;
    }
}

static void from_row_from(uint64_t *to, const uint8_t *from, int width, int bit, int x) {
    TC_ASSERT_SLOW(x % 8 == 0 && bit >= 0 && bit < 8);
    for (; x < width; x++) {
        if (x % 64 == 0) to[x / 64] = 0;
        to[x / 64] |= (uint64_t)(from[x] >> bit & 1) << (x % 64);
    }
}

#if TC_LANES
void tc_bits_to_row(uint8_t *to, const uint64_t *const *sets, const uint8_t *values, int count, int width) {
    int x = 0;
    for (; x + TC_LANES <= width; x += TC_LANES) {
        tc_vec bytes = v_set8(0);
        for (int i = 0; i < count; i++)
            bytes = v_or(bytes, v_and(v_from_bits8(sets[i][x / 64] >> (x % 64)), v_set8(values[i])));
        v_store(to + x, bytes);
    }
    to_row_from(to, sets, values, count, width, x);
}

void tc_bits_from_row(uint64_t *to, const uint8_t *from, int width, int bit) {
    int x = 0;
    for (; x + TC_LANES <= width; x += TC_LANES) {
        uint64_t bits = v_bits8(v_shl16(v_load(from + x), 7 - bit)) << (x % 64);
        to[x / 64] = x % 64 ? to[x / 64] | bits : bits;
    }
    from_row_from(to, from, width, bit, x);
}
#else
// Eight pixels at a time: a multiplication spreads eight bits to eight bytes, or gathers them. Little-endian machines
// only, which all supported processors are.
static const uint64_t EACH = 0x0101010101010101, DIAGONAL = 0x8040201008040201, GATHER = 0x0102040810204080;

void tc_bits_to_row(uint8_t *to, const uint64_t *const *sets, const uint8_t *values, int count, int width) {
    int x = 0;
    for (; x + 8 <= width; x += 8) {
        uint64_t bytes = 0;
        for (int i = 0; i < count; i++) {
            uint64_t bits = (sets[i][x / 64] >> (x % 64) & 255) * EACH & DIAGONAL;
            bytes |= ((bits + 0x7F * EACH) >> 7 & EACH) * values[i];
        }
        memcpy(to + x, &bytes, sizeof bytes);
    }
    to_row_from(to, sets, values, count, width, x);
}

void tc_bits_from_row(uint64_t *to, const uint8_t *from, int width, int bit) {
    int x = 0;
    for (; x + 8 <= width; x += 8) {
        uint64_t bytes;
        memcpy(&bytes, from + x, sizeof bytes);
        uint64_t bits = ((bytes >> bit & EACH) * GATHER >> 56) << (x % 64);
        to[x / 64] = x % 64 ? to[x / 64] | bits : bits;
    }
    from_row_from(to, from, width, bit, x);
}
#endif
