// Line segments by walks from edge pixels: the list of a tile's pixels, and the speculative parallel walks of the
// merge.
#include "core/kernels/walk.h"

#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "core/kernels/hough.h"
#include "core/kernels/walk_starts.h"
#include "core/segments.h"

/* A partial result: for each row of the tile a bitmap, padded to whole bytes, whose bits are set for edge pixels, the
 * first pixel in the lowest bit; then for each edge pixel, in the same order, a byte: its angle, or TC_HOUGH_NO_ANGLE.
 */

static size_t bitmap_row(int width) {
    return ((size_t)width + 7) / 8;
}

// Writes the bitmap of a row and the angles of its edge pixels. Returns the number of edge pixels.
static size_t list_row(uint8_t *bits, uint8_t *angles, const uint8_t *p, int width) {
    size_t count = 0;
    for (int x = 0; x < width; bits++) {
        unsigned set = 0;
        uint64_t eight = 1;
        if (x + 8 <= width) memcpy(&eight, p + x, sizeof eight);
        int end = x + 8 < width ? x + 8 : width;
        // Branch-free: every pixel is written, but the index advances only for edges.
        for (int i = 0; eight != 0 && x + i < end; i++) {
            uint8_t v = p[x + i];
            unsigned edge = v != 0;
            set |= edge << i;
            angles[count] = v == TC_HOUGH_NO_ANGLE ? TC_HOUGH_NO_ANGLE : (uint8_t)(v - 1);
            count += edge;
        }
        *bits = (uint8_t)set;
        x = end;
    }
    return count;
}

tc_status tc_walk_list(const tc_tile *map, tc_blob *partial, tc_error *error) {
    TC_ASSERT(map->channels == 1 && partial->size == 0);
    tc_rect rect = map->rect;
    size_t row = bitmap_row(rect.width), bitmap = row * (size_t)rect.height, count = 0;
    uint8_t *bytes = malloc(bitmap + (size_t)rect.width * (size_t)rect.height + 1);
    if (!bytes) return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the edges of a tile");
    for (int y = 0; y < rect.height; y++)
        count +=
            list_row(bytes + (size_t)y * row, bytes + bitmap + count, map->data + (size_t)y * map->stride, rect.width);
    tc_status status = count > 0 ? tc_blob_append(partial, bytes, bitmap + count) : TC_OK;
    free(bytes);
    return status == TC_OK ? TC_OK : tc_fail(error, status, "not enough memory for the edges of a tile");
}

// ---- The walks

// tan t in 2^-16, t = 0..45°.
static const int32_t tangents[46] = {0,     1144,  2289,  3435,  4583,  5734,  6888,  8047,  9210,  10380, 11556, 12739,
                                     13930, 15130, 16340, 17560, 18792, 20036, 21294, 22566, 23853, 25157, 26478, 27818,
                                     29179, 30560, 31964, 33392, 34846, 36327, 37837, 39378, 40951, 42560, 44205, 45889,
                                     47615, 49385, 51202, 53070, 54991, 56970, 59009, 61113, 63287, 65536};

// A ray from (x, y) along an angle. Coordinates have 16 fractional bits.
typedef struct ray {
    int64_t x, y;
    int32_t dx, dy;
} ray;

enum { ONE = 1 << 16 };

static ray ray_from(uint32_t x, uint32_t y, int angle) {
    TC_ASSERT_SLOW(angle >= 0 && angle < TC_HOUGH_ANGLES);
    ray w = {(int64_t)x * ONE + ONE / 2, (int64_t)y * ONE + ONE / 2, ONE, ONE};
    if (angle > 45 && angle < 135)
        w.dy = angle < 90 ? -tangents[90 - angle] : tangents[angle - 90];
    else
        w.dx = angle <= 45 ? -tangents[angle] : tangents[180 - angle];
    return w;
}

// Pixels of the picture, 2^16 y + x each.
typedef struct pixels {
    uint32_t *item;
    size_t count, room;
} pixels;

static bool reserve(pixels *list, size_t more) {
    if (list->room - list->count >= more) return true;
    size_t room = 2 * list->count + more;
    uint32_t *grown = realloc(list->item, room * sizeof *grown);
    if (!grown) return false;
    *list = (pixels){grown, list->count, room};
    return true;
}

static void shrink(pixels *list) {
    uint32_t *shrunk = list->count > 0 ? realloc(list->item, list->count * sizeof *shrunk) : NULL;
    if (shrunk) *list = (pixels){shrunk, list->count, list->count};
}

// The largest number of edge pixels on a walk.
static size_t longest_walk(const tc_walk_field *f) {
    int side = f->picture.width > f->picture.height ? f->picture.width : f->picture.height;
    return 2 * (size_t)side;
}

// One thread removes edges while others read them, so words are read and written atomically.
static inline bool is_edge(const tc_walk_field *f, uint32_t x, uint32_t y) {
    TC_ASSERT_SLOW(x < (uint32_t)f->picture.width && y < (uint32_t)f->picture.height);
    return __atomic_load_n(f->word + y * f->pitch + x / 64, __ATOMIC_RELAXED) >> x % 64 & 1;
}

static inline void remove_edge(const tc_walk_field *f, uint32_t x, uint32_t y) {
    TC_ASSERT_SLOW(is_edge(f, x, y));
    uint64_t *word = f->word + y * f->pitch + x / 64, bit = (uint64_t)1 << x % 64;
    __atomic_store_n(word, __atomic_load_n(word, __ATOMIC_RELAXED) & ~bit, __ATOMIC_RELAXED);
}

// Follows the ray and appends its edge pixels to the list, which has room for them.
static void follow(const tc_walk_field *f, ray w, int max_gap, pixels *edges) {
    TC_ASSERT_SLOW(edges->room >= edges->count);
    int64_t x = w.x, y = w.y;
    const int64_t width = (int64_t)f->picture.width * ONE, height = (int64_t)f->picture.height * ONE;
    uint32_t *to = edges->item + edges->count;
    for (int gap = 0; (uint64_t)x < (uint64_t)width && (uint64_t)y < (uint64_t)height; x += w.dx, y += w.dy) {
        uint32_t column = (uint32_t)(x >> 16), row = (uint32_t)(y >> 16);
        if (is_edge(f, column, row)) {
            *to++ = row << 16 | column;
            gap = 0;
        } else if (++gap > max_gap) {
            break;
        }
    }
    edges->count = (size_t)(to - edges->item);
}

// A walk: the number of its edge pixels, of which the first is its start, and its ends.
typedef struct walk {
    size_t edge_count;
    int angle;
    tc_segment segment;
} walk;

// Walks from an edge pixel in both directions and appends the edge pixels to the list, which has room for them.
static walk walk_from(const tc_walk_field *f, uint32_t x, uint32_t y, int angle, int max_gap, pixels *edges) {
    ray there = ray_from(x, y, angle), back = {there.x - there.dx, there.y - there.dy, -there.dx, -there.dy};
    size_t first = edges->count;
    uint32_t a = y << 16 | x, b = a;
    follow(f, there, max_gap, edges);
    if (edges->count > first) a = edges->item[edges->count - 1];
    size_t middle = edges->count;
    follow(f, back, max_gap, edges);
    if (edges->count > middle) b = edges->item[edges->count - 1];
    int ax = (int)(a & 0xFFFF), ay = (int)(a >> 16), bx = (int)(b & 0xFFFF), by = (int)(b >> 16);
    bool swap = ax > bx || (ax == bx && ay > by);
    return (walk){edges->count - first, angle, swap ? (tc_segment){bx, by, ax, ay} : (tc_segment){ax, ay, bx, by}};
}

/* Walks depend on the walks before them, which removed edges. Threads walk speculatively: each processes a bucket of
 * starts on the edges that are present and records the edges that it met. The buckets are then committed in order.
 * Since edges are only ever removed, a walk is right if all edges that it met are still present. A walk whose start was
 * removed is dropped; the few others are repeated.
 */
typedef struct bucket {
    pixels edges; // of all its walks, in order
    int walk_count;
    walk walks[];
} bucket;

typedef struct walking {
    const tc_walk_field *field;
    const tc_walk_starts *starts;
    int min_length, max_gap;
    tc_segment *segments;
    int found;
    bucket *buckets[TC_WALK_BUCKETS]; // walked, not committed yet
    int committed;                    // the number of buckets that have been committed
    bool committing;                  // a thread is committing
    pixels retry;                     // the edge pixels of a walk that is repeated
} walking;

static bool is_full(const walking *w) {
    return __atomic_load_n(&w->found, __ATOMIC_RELAXED) == TC_MAX_SEGMENTS;
}

static void bucket_free(bucket *b) {
    free(b->edges.item);
    free(b);
}

enum { AHEAD = 24 }; // how many starts ahead to prefetch, as their words are scattered over the picture

// Walks from the bucket's starts whose edges have not been removed. NULL when out of memory.
static bucket *walk_bucket(const walking *w, int index) {
    TC_ASSERT(w->starts->first[index] <= w->starts->first[index + 1]);
    const tc_walk_field *f = w->field;
    const uint32_t high = (uint32_t)index << (32 - TC_WALK_BUCKET_BITS);
    const uint32_t end = w->starts->first[index + 1], first = is_full(w) ? end : w->starts->first[index];
    bucket *b = malloc(sizeof *b + (end - first) * sizeof *b->walks);
    if (!b) return NULL;
    *b = (bucket){.walk_count = 0};
    for (uint32_t i = first; i < end; i++) {
        uint32_t item = w->starts->item[i], x, y;
        if (i + AHEAD < end) {
            tc_walk_pixel(high | w->starts->item[i + AHEAD] >> TC_WALK_ITEM_BITS, &x, &y);
            __builtin_prefetch(f->word + y * f->pitch + x / 64);
        }
        tc_walk_pixel(high | item >> TC_WALK_ITEM_BITS, &x, &y);
        if (!is_edge(f, x, y)) continue;
        if (!reserve(&b->edges, longest_walk(f))) {
            bucket_free(b);
            return NULL;
        }
        size_t at = b->edges.count;
        walk one = walk_from(f, x, y, (int)(item & 255), w->max_gap, &b->edges);
        if (one.edge_count > 0 && b->edges.item[at] == (y << 16 | x))
            b->walks[b->walk_count++] = one;
        else
            b->edges.count = at; // another thread removed the start meanwhile
    }
    shrink(&b->edges);
    return b;
}

static bool are_present(const tc_walk_field *f, const uint32_t *edges, size_t count) {
    bool left = true;
    for (size_t i = 0; i < count; i++) left &= is_edge(f, edges[i] & 0xFFFF, edges[i] >> 16);
    return left;
}

static void add_segment(walking *w, const tc_segment *s) {
    TC_ASSERT(w->found < TC_MAX_SEGMENTS);
    if (s->x2 - s->x1 < w->min_length && abs(s->y2 - s->y1) < w->min_length) return;
    w->segments[w->found] = *s;
    __atomic_store_n(&w->found, w->found + 1, __ATOMIC_RELAXED);
}

static void commit_walk(walking *w, walk one, const uint32_t *edges) {
    TC_ASSERT_SLOW(one.edge_count > 0);
    const tc_walk_field *f = w->field;
    uint32_t x = edges[0] & 0xFFFF, y = edges[0] >> 16;
    if (!is_edge(f, x, y)) return;
    if (!are_present(f, edges, one.edge_count)) {
        w->retry.count = 0;
        one = walk_from(f, x, y, one.angle, w->max_gap, &w->retry);
        edges = w->retry.item;
    }
    for (size_t i = 0; i < one.edge_count; i++) remove_edge(f, edges[i] & 0xFFFF, edges[i] >> 16);
    add_segment(w, &one.segment);
}

// Commits the next buckets in order, unless another thread is doing so.
static void commit_buckets(walking *w) {
    if (__atomic_test_and_set(&w->committing, __ATOMIC_ACQUIRE)) return;
    bucket *b;
    while (w->committed < TC_WALK_BUCKETS &&
           (b = __atomic_load_n(&w->buckets[w->committed], __ATOMIC_ACQUIRE)) != NULL) {
        const uint32_t *edges = b->edges.item;
        for (int i = 0; i < b->walk_count && !is_full(w); edges += b->walks[i++].edge_count)
            commit_walk(w, b->walks[i], edges);
        bucket_free(b);
        w->buckets[w->committed++] = NULL;
    }
    __atomic_clear(&w->committing, __ATOMIC_RELEASE);
}

static void process_bucket(void *context, int index) {
    walking *w = context;
    TC_ASSERT(index >= 0 && index < TC_WALK_BUCKETS);
    bucket *b = walk_bucket(w, index);
    __atomic_store_n(&w->buckets[index], b, __ATOMIC_RELEASE);
    commit_buckets(w);
}

// Walks from all starts, in parallel. False when out of memory.
static bool walk_all(walking *w, const tc_parallel *parallel) {
    TC_ASSERT(w->committed == 0 && w->found == 0);
    if (!reserve(&w->retry, longest_walk(w->field))) return false;
    tc_parallel_for(parallel, TC_WALK_BUCKETS, process_bucket, w);
    commit_buckets(w);
    for (int i = w->committed; i < TC_WALK_BUCKETS; i++)
        if (w->buckets[i]) bucket_free(w->buckets[i]);
    free(w->retry.item);
    return w->committed == TC_WALK_BUCKETS;
}

static int64_t square_length(const tc_segment *s) {
    int64_t dx = s->x2 - s->x1, dy = s->y2 - s->y1;
    return dx * dx + dy * dy;
}

static int compare_segments(const void *a, const void *b) {
    const tc_segment *s = a, *t = b;
    int64_t s_length = square_length(s), t_length = square_length(t);
    if (s_length != t_length) return s_length > t_length ? -1 : 1;
    if (s->y1 != t->y1) return s->y1 - t->y1;
    if (s->x1 != t->x1) return s->x1 - t->x1;
    return s->y2 != t->y2 ? s->y2 - t->y2 : s->x2 - t->x2;
}

tc_status tc_walk_merge(const tc_partial *partials, int count, tc_shape picture, int min_length, int max_gap,
                        const tc_parallel *parallel, tc_blob *merged, tc_error *error) {
    TC_ASSERT(count >= 0 && min_length >= 0 && max_gap >= 0 && merged->size == 0);
    tc_walk_field field = {.word = NULL};
    tc_walk_starts *starts = calloc(1, sizeof *starts);
    tc_segment *segments = malloc(TC_MAX_SEGMENTS * sizeof *segments);
    tc_status status = starts && segments && tc_walk_field_init(&field, picture)
                           ? tc_walk_starts_init(starts, partials, count, parallel, &field)
                           : TC_ERR_MEMORY;
    walking w = {.field = &field, .starts = starts, .min_length = min_length, .max_gap = max_gap, .segments = segments};
    if (status == TC_OK && !walk_all(&w, parallel)) status = TC_ERR_MEMORY;
    if (status == TC_ERR_PROTOCOL) tc_fail(error, status, "lines: the edges of a tile do not parse");
    if (status == TC_ERR_MEMORY) tc_fail(error, status, "not enough memory for the edges of the picture");
    if (status == TC_OK) {
        qsort(segments, (size_t)w.found, sizeof *segments, compare_segments);
        status = tc_segments_write(merged, segments, w.found, error);
    }
    free(field.word);
    if (starts) free(starts->memory);
    free(starts);
    free(segments);
    return status;
}
