// Runs of pixels along the sides of tiles: the partial result of connected components (components.h), and union-find.
#ifndef TC_CORE_KERNELS_SIDE_RUNS_H
#define TC_CORE_KERNELS_SIDE_RUNS_H

#include "core/assert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* A partial result, little-endian:
 *   offset  size  field
 *   0       16    number of runs on the top, bottom, left and right side, 4 bytes each; 0 for a side that is not shared
 *   per run, side by side, each in ascending order:
 *   0       2     first pixel, an index along the side
 *   2       2     last pixel
 *   4       4     component: 0 for confirmed pixels, else numbered from 1 in the order of first occurrence
 */
enum { TC_SIDES_HEADER = 16, TC_SIDE_RUN_BYTES = 8 };

enum { TC_SIDE_TOP, TC_SIDE_BOTTOM, TC_SIDE_LEFT, TC_SIDE_RIGHT, TC_SIDES };

// A run: consecutive pixels of a row or along a side that are in the set.
typedef struct tc_side_run {
    int first, last;
    uint32_t node; // in the union-find forest; 0 stands for all confirmed pixels
} tc_side_run;

typedef struct tc_side_run_list {
    tc_side_run *item;
    size_t count, room;
} tc_side_run_list;

// Makes room for `more` items. False when out of memory.
static inline bool tc_side_run_list_reserve(tc_side_run_list *list, size_t more) {
    TC_ASSERT_SLOW(list->count <= list->room);
    if (list->room - list->count >= more) return true;
    size_t room = list->room ? list->room : 256;
    while (room < list->count + more) room *= 2;
    tc_side_run *grown = realloc(list->item, room * sizeof *grown);
    if (!grown) return false;
    list->item = grown;
    list->room = room;
    return true;
}

static inline bool tc_side_run_list_push(tc_side_run_list *list, tc_side_run item) {
    if (!tc_side_run_list_reserve(list, 1)) return false;
    list->item[list->count++] = item;
    return true;
}

static inline uint32_t tc_union_find_root(uint32_t *parent, uint32_t node) {
    while (parent[node] != node) {
        parent[node] = parent[parent[node]];
        node = parent[node];
    }
    return node;
}

static inline void tc_union_find_unite(uint32_t *parent, uint32_t a, uint32_t b) {
    TC_ASSERT_SLOW(parent[0] == 0);
    a = tc_union_find_root(parent, a);
    b = tc_union_find_root(parent, b);
    // The smaller number becomes the root, so node 0 is always a root. It is never written, so threads may share it.
    if (a < b)
        parent[b] = a;
    else if (b < a)
        parent[a] = b;
}

// Whether the run `next` of a neighbouring line begins before `here` ends, with corners counting as `diagonal` pixels.
static inline bool tc_side_run_touches(const tc_side_run *next, const tc_side_run *here, int diagonal) {
    TC_ASSERT_SLOW(next->first <= next->last && here->first <= here->last);
    return next->first <= here->last + diagonal;
}

#endif
