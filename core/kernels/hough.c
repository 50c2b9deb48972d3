// Counting, merging and evaluating the votes of the Hough transform.
#include "core/kernels/hough.h"

#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "core/wire.h"

/* A partial result, little-endian; nothing for a tile without edges. For each angle 0..179:
 *   offset  size  field
 *   0       4     the first distance with votes, counted from the smallest that the tile has at this angle
 *   4       4     number of distances n, at least 1
 *   8       1     bytes of a count, w: 1, 2 or 4
 *   9       w n   votes
 *
 * The merged result: for each angle the votes of all distances that the picture has at this angle, 2 bytes each;
 * nothing for a picture without edges.
 */
enum { ROW_HEADER = 9, MERGED_COUNT = 2 };
enum { SCALE_BITS = 14, HALF = 1 << (SCALE_BITS - 1) };
enum {
    LANES = 4
}; // votes are counted in this many interleaved histograms, as neighbouring pixels often vote for the same line

// sin t in 2^-14, t = 0..90°.
static const int16_t sines[91] = {
    0,     286,   572,   857,   1143,  1428,  1713,  1997,  2280,  2563,  2845,  3126,  3406,  3686,  3964,  4240,
    4516,  4790,  5063,  5334,  5604,  5872,  6138,  6402,  6664,  6924,  7182,  7438,  7692,  7943,  8192,  8438,
    8682,  8923,  9162,  9397,  9630,  9860,  10087, 10311, 10531, 10749, 10963, 11174, 11381, 11585, 11786, 11982,
    12176, 12365, 12551, 12733, 12911, 13085, 13255, 13421, 13583, 13741, 13894, 14044, 14189, 14330, 14466, 14598,
    14726, 14849, 14968, 15082, 15191, 15296, 15396, 15491, 15582, 15668, 15749, 15826, 15897, 15964, 16026, 16083,
    16135, 16182, 16225, 16262, 16294, 16322, 16344, 16362, 16374, 16382, 16384};

int32_t tc_hough_sine(int angle) {
    TC_ASSERT_SLOW(angle >= 0 && angle < TC_HOUGH_ANGLES);
    return angle <= 90 ? sines[angle] : sines[180 - angle];
}

int32_t tc_hough_cosine(int angle) {
    TC_ASSERT_SLOW(angle >= 0 && angle < TC_HOUGH_ANGLES);
    return angle <= 90 ? sines[90 - angle] : -sines[angle - 90];
}

// The range of distances of a rectangle's pixels at one angle.
typedef struct span {
    int32_t first, count;
} span;

static int32_t distance(int32_t x, int32_t y, int32_t c, int32_t s) {
    return (x * c + y * s + HALF) >> SCALE_BITS;
}

static span span_of(tc_rect rect, int angle) {
    int32_t c = tc_hough_cosine(angle), s = tc_hough_sine(angle);
    int32_t left = rect.x, right = rect.x + rect.width - 1, bottom = rect.y + rect.height - 1;
    int32_t first = distance(c < 0 ? right : left, rect.y, c, s);
    return (span){first, distance(c < 0 ? left : right, bottom, c, s) - first + 1};
}

// The edge pixels of a tile, in coordinates within the tile.
typedef struct pixels {
    int32_t *x, *y;
    size_t count;
} pixels;

static size_t count_edges(const tc_tile *map) {
    size_t count = 0;
    for (int y = 0; y < map->rect.height; y++) {
        const uint8_t *p = map->data + (size_t)y * map->stride;
        int found = 0;
        for (int x = 0; x < map->rect.width; x++) found += p[x] != 0;
        count += (size_t)found;
    }
    return count;
}

static bool has_edge(const uint8_t *p) {
    uint64_t eight;
    memcpy(&eight, p, sizeof eight);
    return eight != 0;
}

// Appends the edge pixels of a row at index `at` and returns the next index.
static size_t list_row(pixels *list, size_t at, const uint8_t *p, int width, int y) {
    TC_ASSERT_SLOW(width > 0 && y >= 0);
    for (int x = 0; x < width;) {
        if (x + 8 <= width && !has_edge(p + x)) {
            x += 8;
            continue;
        }
        // Branch-free: every pixel is written, but the index advances only for edges.
        for (int end = x + 8 < width ? x + 8 : width; x < end; x++) {
            list->x[at] = x;
            list->y[at] = y;
            at += p[x] != 0;
        }
    }
    return at;
}

// Lists the tile's edge pixels. False when out of memory. The caller frees `x`, the block of both arrays.
static bool list_edges(const tc_tile *map, pixels *list) {
    size_t count = count_edges(map), room = count + 1, at = 0;
    *list = (pixels){.count = count};
    if (count == 0) return true;
    if (room > SIZE_MAX / 2 / sizeof *list->x || !(list->x = malloc(2 * room * sizeof *list->x))) return false;
    list->y = list->x + room;
    for (int y = 0; y < map->rect.height; y++)
        at = list_row(list, at, map->data + (size_t)y * map->stride, map->rect.width, y);
    return true;
}

// The distance, before scaling, of the tile's first pixel relative to the first distance of the range.
static int32_t base_of(tc_rect rect, int angle, span s) {
    return rect.x * tc_hough_cosine(angle) + rect.y * tc_hough_sine(angle) + HALF - s.first * (1 << SCALE_BITS);
}

static void count_votes(const pixels *list, int32_t base, int32_t c, int32_t s, uint32_t *restrict rows, size_t pitch) {
    enum { BLOCK = 256 };
    uint32_t at[BLOCK];
    for (size_t i = 0; i < list->count; i += BLOCK) {
        const int32_t *restrict x = list->x + i, *restrict y = list->y + i;
        int n = list->count - i < BLOCK ? (int)(list->count - i) : BLOCK;
        for (int k = 0; k < n; k++) at[k] = (uint32_t)((base + x[k] * c + y[k] * s) >> SCALE_BITS);
        int k = 0;
        for (; k + LANES <= n; k += LANES) {
            rows[at[k]]++;
            rows[pitch + at[k + 1]]++;
            rows[2 * pitch + at[k + 2]]++;
            rows[3 * pitch + at[k + 3]]++;
        }
        for (; k < n; k++) rows[at[k]]++;
    }
}

static inline uint32_t read_u16(const uint8_t *p) {
    return p[0] | (uint32_t)p[1] << 8;
}

static void write_counts(uint8_t *restrict to, const uint32_t *restrict row, uint32_t count, int bytes) {
    TC_ASSERT_SLOW(bytes == 1 || bytes == 2 || bytes == 4);
    if (bytes == 1)
        for (uint32_t i = 0; i < count; i++) to[i] = (uint8_t)row[i];
    else if (bytes == 2)
        for (uint32_t i = 0; i < count; i++) tc_write_u16(to + 2 * (size_t)i, row[i]);
    else
        for (uint32_t i = 0; i < count; i++) tc_write_u32(to + 4 * (size_t)i, row[i]);
}

// Adds the interleaved histograms up in the first one and writes the row; returns its size in bytes. The row has votes.
static size_t write_row(uint8_t *to, uint32_t *restrict rows, size_t pitch, int32_t length) {
    TC_ASSERT_SLOW(length > 0 && (size_t)length <= pitch);
    uint32_t most = 0;
    for (int32_t i = 0; i < length; i++) {
        uint32_t sum = rows[i] + rows[pitch + (size_t)i] + rows[2 * pitch + (size_t)i] + rows[3 * pitch + (size_t)i];
        rows[i] = sum;
        most = sum > most ? sum : most;
    }
    int32_t first = 0, last = length - 1;
    while (rows[first] == 0) first++;
    while (rows[last] == 0) last--;
    uint32_t count = (uint32_t)(last - first + 1);
    int bytes = most < 256 ? 1 : most < 65536 ? 2 : 4;
    tc_write_u32(to, (uint32_t)first);
    tc_write_u32(to + 4, count);
    to[8] = (uint8_t)bytes;
    write_counts(to + ROW_HEADER, rows + first, count, bytes);
    return ROW_HEADER + (size_t)count * (size_t)bytes;
}

// An upper bound of the distances at any angle: the diagonal is shorter than the sum of the sides.
static size_t longest_row(tc_rect rect) {
    return (size_t)rect.width + (size_t)rect.height;
}

tc_status tc_hough_vote(const tc_tile *map, tc_blob *partial, tc_error *error) {
    TC_ASSERT(map->channels == 1 && partial->size == 0);
    tc_rect rect = map->rect;
    size_t pitch = longest_row(rect);
    pixels list;
    if (!list_edges(map, &list)) return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the edges of a tile");
    if (list.count == 0) return TC_OK;
    uint32_t *rows = malloc(LANES * pitch * sizeof *rows);
    uint8_t *bytes = malloc(ROW_HEADER + 4 * pitch);
    tc_status status = rows && bytes ? TC_OK : TC_ERR_MEMORY;
    for (int t = 0; t < TC_HOUGH_ANGLES && status == TC_OK; t++) {
        span s = span_of(rect, t);
        for (int lane = 0; lane < LANES; lane++) memset(rows + (size_t)lane * pitch, 0, (size_t)s.count * sizeof *rows);
        count_votes(&list, base_of(rect, t, s), tc_hough_cosine(t), tc_hough_sine(t), rows, pitch);
        status = tc_blob_append(partial, bytes, write_row(bytes, rows, pitch, s.count));
    }
    free(list.x);
    free(rows);
    free(bytes);
    return status == TC_OK ? TC_OK : tc_fail(error, status, "not enough memory for the votes of a tile");
}

static void add_counts(uint32_t *restrict row, const uint8_t *restrict from, uint32_t count, int bytes) {
    TC_ASSERT_SLOW(bytes == 1 || bytes == 2 || bytes == 4);
    if (bytes == 1)
        for (uint32_t i = 0; i < count; i++) row[i] += from[i];
    else if (bytes == 2)
        for (uint32_t i = 0; i < count; i++) row[i] += read_u16(from + 2 * (size_t)i);
    else
        for (uint32_t i = 0; i < count; i++) row[i] += tc_read_u32(from + 4 * (size_t)i);
}

// Adds a tile's row to `row`, the tile's range of the picture's row. Returns the size of the tile's row in bytes, 0 if
// it does not parse.
static size_t add_row(uint32_t *row, int32_t length, const uint8_t *from, size_t room) {
    TC_ASSERT_SLOW(length > 0);
    if (room < ROW_HEADER) return 0;
    uint32_t first = tc_read_u32(from), count = tc_read_u32(from + 4), all = (uint32_t)length;
    int bytes = from[8];
    if ((bytes != 1 && bytes != 2 && bytes != 4) || count < 1 || first >= all || count > all - first) return 0;
    size_t size = (size_t)count * (size_t)bytes;
    if (size > room - ROW_HEADER) return 0;
    add_counts(row + first, from + ROW_HEADER, count, bytes);
    return ROW_HEADER + size;
}

static size_t count_cells(tc_shape picture) {
    size_t count = 0;
    for (int t = 0; t < TC_HOUGH_ANGLES; t++) count += (size_t)span_of(tc_shape_rect(picture), t).count;
    return count;
}

// The merge runs in parallel over groups of angles.
enum { ANGLES_AT_ONCE = 6, MERGE_PARTS = TC_HOUGH_ANGLES / ANGLES_AT_ONCE };

typedef struct merging {
    const tc_partial *partials;
    int count;
    tc_shape picture;
    uint8_t *to[TC_HOUGH_ANGLES]; // the row of each angle in the merged result
    tc_status status[MERGE_PARTS];
} merging;

// The size in bytes of the row at `from`; 0 if it is truncated.
static size_t row_size(const uint8_t *from, size_t room) {
    if (room < ROW_HEADER) return 0;
    size_t size = (size_t)tc_read_u32(from + 4) * from[8];
    return size <= room - ROW_HEADER ? ROW_HEADER + size : 0;
}

// Finds the offset of an angle's row in each partial result that is not empty. False if one does not parse.
static bool find_rows(const merging *m, int angle, size_t *at) {
    TC_ASSERT_SLOW(angle >= 0 && angle < TC_HOUGH_ANGLES);
    for (int i = 0; i < m->count; i++) {
        const tc_blob *blob = &m->partials[i].blob;
        at[i] = 0;
        for (int t = 0; t < angle && blob->size > 0; t++) {
            size_t size = row_size(blob->data + at[i], blob->size - at[i]);
            if (size == 0) return false;
            at[i] += size;
        }
    }
    return true;
}

// Adds up the votes of an angle and moves the offsets to the rows of the next one.
static bool add_angle(const merging *m, int angle, size_t *at, uint32_t *row) {
    span all = span_of(tc_shape_rect(m->picture), angle);
    memset(row, 0, (size_t)all.count * sizeof *row);
    for (int i = 0; i < m->count; i++) {
        const tc_blob *blob = &m->partials[i].blob;
        if (blob->size == 0) continue;
        span s = span_of(m->partials[i].rect, angle);
        size_t size = add_row(row + (s.first - all.first), s.count, blob->data + at[i], blob->size - at[i]);
        if (size == 0) return false;
        at[i] += size;
        if (angle == TC_HOUGH_ANGLES - 1 && at[i] != blob->size) return false;
    }
    return true;
}

static void pack_votes(uint8_t *restrict to, const uint32_t *restrict votes, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        uint32_t v = votes[i] < TC_HOUGH_MAX_VOTES ? votes[i] : TC_HOUGH_MAX_VOTES;
        to[i * MERGED_COUNT] = (uint8_t)v;
        to[i * MERGED_COUNT + 1] = (uint8_t)(v >> 8);
    }
}

static void merge_angles(void *context, int part) {
    merging *m = context;
    TC_ASSERT(part >= 0 && part < MERGE_PARTS);
    const int first = part * ANGLES_AT_ONCE;
    size_t *at = malloc((size_t)m->count * sizeof *at);
    uint32_t *row = malloc(longest_row(tc_shape_rect(m->picture)) * sizeof *row);
    tc_status status = !at || !row ? TC_ERR_MEMORY : find_rows(m, first, at) ? TC_OK : TC_ERR_PROTOCOL;
    for (int t = first; t < first + ANGLES_AT_ONCE && status == TC_OK; t++) {
        if (add_angle(m, t, at, row))
            pack_votes(m->to[t], row, span_of(tc_shape_rect(m->picture), t).count);
        else
            status = TC_ERR_PROTOCOL;
    }
    free(at);
    free(row);
    m->status[part] = status;
}

tc_status tc_hough_merge(const tc_partial *partials, int count, tc_shape picture, const tc_parallel *parallel,
                         tc_blob *merged, tc_error *error) {
    TC_ASSERT(count >= 0 && merged->size == 0);
    merging m = {.partials = partials, .count = count, .picture = picture};
    bool any = false;
    for (int i = 0; i < count; i++) any |= partials[i].blob.size > 0;
    if (!any) return TC_OK;
    size_t size = count_cells(picture) * MERGED_COUNT;
    uint8_t *to = malloc(size);
    tc_status status = to ? TC_OK : TC_ERR_MEMORY;
    if (to) {
        m.to[0] = to;
        for (int t = 1; t < TC_HOUGH_ANGLES; t++)
            m.to[t] = m.to[t - 1] + (size_t)span_of(tc_shape_rect(picture), t - 1).count * MERGED_COUNT;
        tc_parallel_for(parallel, MERGE_PARTS, merge_angles, &m);
        for (int i = 0; i < MERGE_PARTS && status == TC_OK; i++) status = m.status[i];
    }
    if (status == TC_OK) {
        *merged = (tc_blob){to, size};
        return TC_OK;
    }
    free(to);
    if (status == TC_ERR_PROTOCOL) return tc_fail(error, status, "lines: the votes of a tile do not parse");
    return tc_fail(error, status, "not enough memory for the votes of the picture");
}

// Converts votes to sort keys, votes << 8 | (255 - angle): the greatest key has the most votes and, of equals, the
// smallest angle. Returns the maximum number of votes.
static uint32_t read_keys(uint32_t *restrict keys, const uint8_t *restrict from, int32_t count, int angle) {
    TC_ASSERT_SLOW(angle >= 0 && angle < TC_HOUGH_ANGLES && count > 0);
    uint32_t most = 0;
    for (int32_t i = 0; i < count; i++) {
        uint32_t votes = read_u16(from + (size_t)i * MERGED_COUNT);
        most = votes > most ? votes : most;
        keys[i] = votes << 8 | (uint32_t)(TC_HOUGH_NO_ANGLE - angle);
    }
    return most;
}

static void update_best(uint32_t *restrict best, const pixels *list, int32_t base, int32_t c, int32_t s,
                        const uint32_t *restrict keys) {
    const int32_t *restrict x = list->x, *restrict y = list->y;
    for (size_t i = 0; i < list->count; i++) {
        uint32_t key = keys[(base + x[i] * c + y[i] * s) >> SCALE_BITS];
        best[i] = key > best[i] ? key : best[i];
    }
}

static void find_best(const tc_blob *merged, const tc_tile *map, tc_shape picture, uint32_t threshold,
                      const pixels *list, uint32_t *best, uint32_t *keys) {
    const uint8_t *row = merged->data;
    for (int t = 0; t < TC_HOUGH_ANGLES; t++) {
        span all = span_of(tc_shape_rect(picture), t), s = span_of(map->rect, t);
        const uint8_t *from = row + (size_t)(s.first - all.first) * MERGED_COUNT;
        if (read_keys(keys, from, s.count, t) >= threshold)
            update_best(best, list, base_of(map->rect, t, s), tc_hough_cosine(t), tc_hough_sine(t), keys);
        row += (size_t)all.count * MERGED_COUNT;
    }
}

static void write_angles(const tc_tile *map, const pixels *list, const uint32_t *best, uint32_t threshold) {
    for (size_t i = 0; i < list->count; i++) {
        uint8_t *p = map->data + (size_t)list->y[i] * map->stride + list->x[i];
        bool enough = best[i] >> 8 >= threshold;
        *p = enough ? (uint8_t)(TC_HOUGH_NO_ANGLE - (best[i] & 255) + 1) : TC_HOUGH_NO_ANGLE;
    }
}

tc_status tc_hough_choose(const tc_blob *merged, const tc_tile *map, tc_shape picture, int threshold, tc_error *error) {
    TC_ASSERT(map->channels == 1 && tc_rect_contains(tc_shape_rect(picture), map->rect));
    pixels list;
    if (!list_edges(map, &list)) return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the edges of a tile");
    if (list.count == 0) return TC_OK;
    tc_status status = TC_OK;
    uint32_t *best = calloc(list.count, sizeof *best), *keys = malloc(longest_row(map->rect) * sizeof *keys);
    if (!merged || merged->size != count_cells(picture) * MERGED_COUNT)
        status = tc_fail(error, TC_ERR_PROTOCOL, "lines: the votes of the picture do not parse");
    else if (!best || !keys)
        status = tc_fail(error, TC_ERR_MEMORY, "not enough memory for the edges of a tile");
    if (status == TC_OK) {
        find_best(merged, map, picture, (uint32_t)threshold, &list, best, keys);
        write_angles(map, &list, best, (uint32_t)threshold);
    }
    free(list.x);
    free(best);
    free(keys);
    return status;
}
