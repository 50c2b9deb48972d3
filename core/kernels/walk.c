#include "core/kernels/walk.h"

#include <stdlib.h>
#include <string.h>

#include "core/draw.h"
#include "core/kernels/hough.h"
#include "core/kernels/walk_starts.h"
#include "core/segments.h"

/* A partial result: for each row of the tile a bit per pixel, set where there is an edge, the first pixel lowest,
 * filled up to whole bytes; then for each edge pixel, in this order, a byte: its angle, or TC_HOUGH_NO_ANGLE.
 */

static size_t bitmap_row(int width) {
    return ((size_t)width + 7) / 8;
}

// Writes the bits of one row and the angles of its pixels; gives the number of these.
static size_t list_row(uint8_t *bits, uint8_t *angles, const uint8_t *p, int width) {
    size_t count = 0;
    for (int x = 0; x < width; bits++) {
        unsigned set = 0;
        uint64_t eight = 1;
        if (x + 8 <= width) memcpy(&eight, p + x, sizeof eight);
        int end = x + 8 < width ? x + 8 : width;
        // Written for every pixel and kept for edges: no branch that nobody can foretell.
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

// A way from (x, y), in 2^-16, along the line of an angle.
typedef struct way {
    int64_t x, y;
    int32_t dx, dy;
} way;

enum { ONE = 1 << 16 };

static way way_from(uint32_t x, uint32_t y, int angle) {
    way w = {(int64_t)x * ONE + ONE / 2, (int64_t)y * ONE + ONE / 2, ONE, ONE};
    if (angle > 45 && angle < 135)
        w.dy = angle < 90 ? -tangents[90 - angle] : tangents[angle - 90];
    else
        w.dx = angle <= 45 ? -tangents[angle] : tangents[180 - angle];
    return w;
}

// Goes along the way and uses its edges up; the last of them, if there is one, goes to *end.
static void go(const tc_walk_field *f, way w, int max_gap, tc_point *end) {
    int64_t x = w.x, y = w.y;
    const int64_t width = (int64_t)f->picture.width * ONE, height = (int64_t)f->picture.height * ONE;
    for (int gap = 0; (uint64_t)x < (uint64_t)width && (uint64_t)y < (uint64_t)height; x += w.dx, y += w.dy) {
        uint64_t *word = f->word + (size_t)(y >> 16) * f->pitch + (size_t)(x >> 22),
                 bit = (uint64_t)1 << (x >> 16 & 63);
        if (*word & bit) {
            *word &= ~bit;
            *end = (tc_point){(int)(x >> 16), (int)(y >> 16)};
            gap = 0;
        } else if (++gap > max_gap) {
            break;
        }
    }
}

static int abs_int(int v) {
    return v < 0 ? -v : v;
}

// Finds the segment through an edge pixel; false when it is too short.
static bool find_segment(const tc_walk_field *f, uint32_t x, uint32_t y, int angle, int min_length, int max_gap,
                         tc_segment *segment) {
    way there = way_from(x, y, angle), back = {there.x - there.dx, there.y - there.dy, -there.dx, -there.dy};
    tc_point a = {(int)x, (int)y}, b = a;
    go(f, there, max_gap, &a);
    go(f, back, max_gap, &b);
    *segment =
        a.x > b.x || (a.x == b.x && a.y > b.y) ? (tc_segment){b.x, b.y, a.x, a.y} : (tc_segment){a.x, a.y, b.x, b.y};
    return segment->x2 - segment->x1 >= min_length || abs_int(segment->y2 - segment->y1) >= min_length;
}

enum { AHEAD = 24 }; // starts whose bits are fetched before their turn, as they lie anywhere in the picture

// Walks from all starts in their order; the number of segments found.
static int walk_all(const tc_walk_field *f, const tc_walk_starts *starts, int min_length, int max_gap,
                    tc_segment *segments) {
    int found = 0;
    for (uint32_t b = 0; b < TC_WALK_BUCKETS; b++) {
        const uint32_t high = b << (32 - TC_WALK_BUCKET_BITS), end = starts->first[b + 1];
        for (uint32_t i = starts->first[b]; i < end && found < TC_MAX_SEGMENTS; i++) {
            uint32_t item = starts->item[i], x, y;
            if (i + AHEAD < end) {
                tc_walk_pixel(high | starts->item[i + AHEAD] >> TC_WALK_ITEM_BITS, &x, &y);
                __builtin_prefetch(f->word + y * f->pitch + x / 64);
            }
            tc_walk_pixel(high | item >> TC_WALK_ITEM_BITS, &x, &y);
            if (f->word[y * f->pitch + x / 64] >> x % 64 & 1)
                found += find_segment(f, x, y, (int)(item & 255), min_length, max_gap, &segments[found]);
        }
    }
    return found;
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
                        const tc_team *team, tc_blob *merged, tc_error *error) {
    tc_walk_field field = {.word = NULL};
    tc_walk_starts *starts = calloc(1, sizeof *starts);
    tc_segment *segments = malloc(TC_MAX_SEGMENTS * sizeof *segments);
    tc_status status = starts && segments && tc_walk_field_init(&field, picture)
                           ? tc_walk_starts_init(starts, partials, count, team, &field)
                           : TC_ERR_MEMORY;
    if (status == TC_ERR_PROTOCOL) tc_fail(error, status, "lines: the edges of a tile do not parse");
    if (status == TC_ERR_MEMORY) tc_fail(error, status, "not enough memory for the edges of the picture");
    if (status == TC_OK) {
        int found = walk_all(&field, starts, min_length, max_gap, segments);
        qsort(segments, (size_t)found, sizeof *segments, compare_segments);
        status = tc_segments_write(merged, segments, found, error);
    }
    free(field.word);
    if (starts) free(starts->memory);
    free(starts);
    free(segments);
    return status;
}
