#include "core/kernels/walk.h"

#include <stdlib.h>
#include <string.h>

#include "core/kernels/hough.h"
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

// The picture's edge pixels that are not used up, a bit each, and those that walks start from.
typedef struct field {
    tc_shape picture;
    uint64_t *bits;
    size_t pitch;    // words per row
    uint64_t *start; // place in the order × 256 + angle; sorted, the order
    size_t start_count;
} field;

static bool is_edge(const field *f, int x, int y) {
    return f->bits[(size_t)y * f->pitch + (size_t)x / 64] >> (x % 64) & 1;
}

// ---- The order

static const uint32_t A = 2654435761u, B = 2246822519u, INVERSE_A = 244002641u, INVERSE_B = 3066638151u;

static uint32_t place_of(uint32_t x, uint32_t y) {
    uint32_t v = (y << 16 | x) * A;
    v = (v ^ v >> 16) * B;
    return v ^ v >> 16;
}

static void pixel_at(uint32_t place, int *x, int *y) {
    uint32_t v = (place ^ place >> 16) * INVERSE_B;
    v = (v ^ v >> 16) * INVERSE_A;
    *x = (int)(v & 0xFFFF);
    *y = (int)(v >> 16);
}

// Sorts by place, which stands in the bits 8..39, 11 bits at a time. False on lack of memory.
static bool sort_starts(field *f) {
    enum { BITS = 11, BUCKETS = 1 << BITS };
    uint64_t *from = f->start, *to = malloc((f->start_count + 1) * sizeof *to);
    if (!to) return false;
    for (int shift = 8; shift < 40; shift += BITS) {
        size_t at[BUCKETS] = {0}, sum = 0;
        for (size_t i = 0; i < f->start_count; i++) at[from[i] >> shift & (BUCKETS - 1)]++;
        for (int b = 0; b < BUCKETS; b++) {
            size_t count = at[b];
            at[b] = sum;
            sum += count;
        }
        for (size_t i = 0; i < f->start_count; i++) to[at[from[i] >> shift & (BUCKETS - 1)]++] = from[i];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    f->start = from;
    free(to);
    return true;
}

// ---- From the partial results

// Takes the pixels of one tile; false when the partial result does not parse.
static bool take_partial(field *f, const tc_partial *partial) {
    tc_rect rect = partial->rect;
    size_t row = bitmap_row(rect.width), bitmap = row * (size_t)rect.height, size = partial->blob.size;
    if (size < bitmap) return false;
    const uint8_t *angle = partial->blob.data + bitmap, *end = partial->blob.data + size;
    for (int y = 0; y < rect.height; y++)
        for (size_t i = 0; i < row; i++)
            for (unsigned bits = partial->blob.data[(size_t)y * row + i]; bits != 0; bits &= bits - 1, angle++) {
                int x = (int)i * 8 + __builtin_ctz(bits), px = rect.x + x, py = rect.y + y;
                if (x >= rect.width || angle == end || (*angle >= TC_HOUGH_ANGLES && *angle != TC_HOUGH_NO_ANGLE))
                    return false;
                f->bits[(size_t)py * f->pitch + (size_t)px / 64] |= (uint64_t)1 << (px % 64);
                if (*angle != TC_HOUGH_NO_ANGLE)
                    f->start[f->start_count++] = (uint64_t)place_of((uint32_t)px, (uint32_t)py) << 8 | *angle;
            }
    return angle == end;
}

static tc_status field_init(field *f, const tc_partial *partials, int count, tc_shape picture) {
    size_t room = 1;
    *f = (field){.picture = picture, .pitch = ((size_t)picture.width + 63) / 64};
    for (int i = 0; i < count; i++) room += partials[i].blob.size; // more than one byte for each pixel
    if (room > SIZE_MAX / sizeof *f->start) return TC_ERR_MEMORY;
    f->bits = calloc(f->pitch * (size_t)picture.height, sizeof *f->bits);
    f->start = malloc(room * sizeof *f->start);
    if (!f->bits || !f->start) return TC_ERR_MEMORY;
    for (int i = 0; i < count; i++)
        if (partials[i].blob.size > 0 && !take_partial(f, &partials[i])) return TC_ERR_PROTOCOL;
    return sort_starts(f) ? TC_OK : TC_ERR_MEMORY;
}

static void field_clear(field *f) {
    free(f->bits);
    free(f->start);
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

static way way_from(int x, int y, int angle) {
    way w = {(int64_t)x * ONE + ONE / 2, (int64_t)y * ONE + ONE / 2, ONE, ONE};
    if (angle > 45 && angle < 135)
        w.dy = angle < 90 ? -tangents[90 - angle] : tangents[angle - 90];
    else
        w.dx = angle <= 45 ? -tangents[angle] : tangents[180 - angle];
    return w;
}

// Goes along the way and uses its edges up; the last of them goes to *end_x, *end_y.
static void go(field *f, way w, int max_gap, int *end_x, int *end_y) {
    int64_t x = w.x, y = w.y;
    const int64_t width = (int64_t)f->picture.width * ONE, height = (int64_t)f->picture.height * ONE;
    for (int gap = 0; (uint64_t)x < (uint64_t)width && (uint64_t)y < (uint64_t)height; x += w.dx, y += w.dy) {
        uint64_t *word = f->bits + (size_t)(y >> 16) * f->pitch + (size_t)(x >> 22),
                 bit = (uint64_t)1 << (x >> 16 & 63);
        if (*word & bit) {
            *word &= ~bit;
            *end_x = (int)(x >> 16);
            *end_y = (int)(y >> 16);
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
static bool find_segment(field *f, int x, int y, int angle, int min_length, int max_gap, tc_segment *segment) {
    way there = way_from(x, y, angle), back = {there.x - there.dx, there.y - there.dy, -there.dx, -there.dy};
    tc_segment s = {x, y, x, y};
    go(f, there, max_gap, &s.x1, &s.y1);
    go(f, back, max_gap, &s.x2, &s.y2);
    if (s.x1 > s.x2 || (s.x1 == s.x2 && s.y1 > s.y2)) s = (tc_segment){s.x2, s.y2, s.x1, s.y1};
    *segment = s;
    return s.x2 - s.x1 >= min_length || abs_int(s.y2 - s.y1) >= min_length;
}

enum { AHEAD = 24 }; // pixels whose bits are fetched before their turn, as they lie anywhere in the picture

static void fetch(const field *f, uint64_t start) {
    int x, y;
    pixel_at((uint32_t)(start >> 8), &x, &y);
    __builtin_prefetch(&f->bits[(size_t)y * f->pitch + (size_t)x / 64]);
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
                        tc_blob *merged, tc_error *error) {
    field f;
    int found = 0;
    tc_segment *segments = malloc(TC_MAX_SEGMENTS * sizeof *segments);
    tc_status status = field_init(&f, partials, count, picture);
    if (!segments) status = TC_ERR_MEMORY;
    for (size_t i = 0; status == TC_OK && i < f.start_count && found < TC_MAX_SEGMENTS; i++) {
        int x, y;
        if (i + AHEAD < f.start_count) fetch(&f, f.start[i + AHEAD]);
        pixel_at((uint32_t)(f.start[i] >> 8), &x, &y);
        if (is_edge(&f, x, y))
            found += find_segment(&f, x, y, (int)(f.start[i] & 255), min_length, max_gap, &segments[found]);
    }
    if (status == TC_ERR_PROTOCOL) tc_fail(error, status, "lines: the edges of a tile do not parse");
    if (status == TC_ERR_MEMORY) tc_fail(error, status, "not enough memory for the edges of the picture");
    if (status == TC_OK) {
        qsort(segments, (size_t)found, sizeof *segments, compare_segments);
        status = tc_segments_write(merged, segments, found, error);
    }
    field_clear(&f);
    free(segments);
    return status;
}
