// Median filter by bisection. The median of k × k samples is at least v if more than half of the samples are. For one v
// this is tested for a whole block of pixels: counts of samples >= v, running down the columns, summed along the rows,
// in bytes for every k. The medians of a block are found by bisecting the range of its samples, descending only into
// halves that contain a median. Neighbouring medians are similar, so there are few.
#include <stdbool.h>
#include <string.h>

#include "core/assert.h"
#include "core/kernels/median.h"
#include "core/kernels/planes.h"
#include "core/kernels/vector.h"

enum {
    MAX_KSIZE = 31,
    MAX_CHANNELS = 4,
    LARGEST_BYTE = 15, // the largest ksize whose square has at most 255 samples
    ROW = 128,         // the bytes of a row of the block, including the columns around it
    ROWS = 32,
    TAIL = 128, // the bytes that sums along the last row may read beyond it
    MAX_INPUT = (ROWS + MAX_KSIZE - 1) * ROW,
};

// How the sum of ksize columns is composed: `parts` parts of first * second columns each, plus `extra` columns (-1, 0
// or 1). The sum of a part fits a byte.
typedef struct split {
    uint8_t first, second, parts;
    int8_t extra;
} split;

static const split splits[] = {
    {1, 2, 3, 1},  // 7
    {1, 3, 3, 0},  // 9
    {1, 4, 3, -1}, // 11
    {1, 4, 3, 1},  // 13
    {1, 5, 3, 0},  // 15
    {2, 3, 3, -1}, // 17
    {2, 3, 3, 1},  // 19
    {1, 7, 3, 0},  // 21
    {2, 4, 3, -1}, // 23
    {2, 4, 3, 1},  // 25
    {3, 3, 3, 0},  // 27
    {1, 7, 4, 1},  // 29
    {2, 4, 4, -1}, // 31
};

// The majority: more than half of the samples; half of that, rounded up, if it does not fit a byte.
static int enough(int ksize) {
    int majority = (ksize * ksize + 1) / 2;
    return ksize <= LARGEST_BYTE ? majority : (majority + 1) / 2;
}

typedef struct block {
    int ksize, rows;
    split split;
    const uint8_t *plane;               // (rows + ksize - 1) rows of ROW bytes
    uint8_t columns[ROWS * ROW + TAIL]; // counts of the ksize samples of a column
    uint8_t sums[ROWS * ROW + TAIL];
    uint8_t spare[ROWS * ROW + TAIL];
    uint8_t medians[ROWS * ROW]; // lower bounds of the medians, exact at the end
} block;

// The functions below are inlined where their small arguments are constant.
#define INLINE static inline __attribute__((always_inline))

// Whether medians that had the lower bound `low` before a test are still there, and whether some were raised.
typedef struct found {
    bool low, level;
} found;

#if TC_LANES
// Rows consist of whole vectors.

// 1 for samples at or above a level; `below` is the level minus 1.
static inline tc_vec reaching(const uint8_t *samples, tc_vec below) {
    return v_min_u8(v_subs_u8(v_load(samples), below), v_set8(1));
}

static void count_columns(block *b, uint8_t level) {
    const tc_vec below = v_set8(level - 1);
    for (int x = 0; x < ROW; x += TC_LANES) {
        const uint8_t *leaving = b->plane + x, *coming = leaving;
        uint8_t *counts = b->columns + x;
        tc_vec count = v_set8(0);
        for (int y = 0; y < b->ksize; y++, coming += ROW) count = v_add8(count, reaching(coming, below));
        v_store(counts, count);
        for (int y = 1; y < b->rows; y++, coming += ROW, leaving += ROW) {
            counts += ROW;
            count = v_sub8(v_add8(count, reaching(coming, below)), reaching(leaving, below));
            v_store(counts, count);
        }
    }
}

INLINE void sum_shifted(uint8_t *to, const uint8_t *from, int shift, int terms, int count) {
    for (int i = 0; i < count; i += TC_LANES) {
        tc_vec sum = v_load(from + i);
        for (int t = 1; t < terms; t++) sum = v_add8(sum, v_load(from + i + t * shift));
        v_store(to + i, sum);
    }
}

// The vector form of reaches_mean below.
static inline tc_vec mean_less_both(tc_vec a, tc_vec b, tc_vec c, tc_vec d) {
    tc_vec both = v_and(v_and(v_xor(a, b), v_xor(c, d)), v_set8(1));
    return v_sub8(v_adds_u8(v_avg_u8(a, b), v_avg_u8(c, d)), both);
}

INLINE found raise_medians(block *b, uint8_t low, uint8_t level, int parts, int extra, bool large) {
    const uint8_t *sums = b->sums, *columns = b->columns + (extra < 0 ? b->ksize : b->ksize - 1);
    const int part = b->split.first * b->split.second, count = b->rows * ROW;
    const tc_vec short_of = v_set8(enough(b->ksize) - 1), raised = v_set8(level), lowest = v_set8(low);
    tc_vec changed = v_set8(0), above_low = v_set8(255);
    for (int i = 0; i < count; i += TC_LANES) {
        tc_vec first = v_load(sums + i), second = v_load(sums + i + part), sum;
        tc_vec last = v_load(sums + i + (parts - 1) * part);
        if (extra > 0) last = v_add8(last, v_load(columns + i));
        if (extra < 0) last = v_sub8(last, v_load(columns + i));
        if (large)
            sum = mean_less_both(first, second, parts == 4 ? v_load(sums + i + 2 * part) : v_set8(0), last);
        else
            sum = v_add8(v_add8(first, second), last);
        tc_vec before = v_load(b->medians + i);
        tc_vec median = v_max_u8(before, v_and(v_gt_u8(sum, short_of), raised));
        v_store(b->medians + i, median);
        changed = v_or(changed, v_xor(before, median));
        above_low = v_min_u8(above_low, v_xor(median, lowest));
    }
    return (found){v_bits8(v_eq8(above_low, v_set8(0))) != 0, v_bits8(v_gt_u8(changed, v_set8(0))) != 0};
}
#else
static void count_columns(block *b, uint8_t level) {
    const uint8_t *plane = b->plane;
    uint8_t *counts = b->columns;
    memset(counts, 0, (size_t)ROW);
    for (int y = 0; y < b->ksize; y++, plane += ROW)
        for (int x = 0; x < ROW; x++) counts[x] = (uint8_t)(counts[x] + (plane[x] >= level));
    for (int y = 1; y < b->rows; y++, plane += ROW) {
        const uint8_t *restrict before = counts, *restrict leaving = plane - b->ksize * ROW;
        uint8_t *restrict after = counts + ROW;
        for (int x = 0; x < ROW; x++) after[x] = (uint8_t)(before[x] + (plane[x] >= level) - (leaving[x] >= level));
        counts = after;
    }
}

INLINE void sum_shifted(uint8_t *restrict to, const uint8_t *restrict from, int shift, int terms, int count) {
    for (int i = 0; i < count; i++) {
        uint8_t sum = from[i];
        for (int t = 1; t < terms; t++) sum = (uint8_t)(sum + from[i + t * shift]);
        to[i] = sum;
    }
}

// Whether a + b + c + d >= 2 half - 1, in byte arithmetic, by adding the means of two pairs. Means are rounded up, so
// their sum exceeds (a + b + c + d) / 2 by 0, 1/2, or by 1 if both were rounded; the last case is corrected by `both`.
INLINE bool reaches_mean(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint8_t half) {
    uint8_t one = (uint8_t)((a + b + 1) >> 1), other = (uint8_t)((c + d + 1) >> 1);
    uint8_t both = (uint8_t)((a ^ b) & (c ^ d) & 1), room = (uint8_t)(255 - one);
    // The sum saturates, which is safe since `half` is less than 255.
    uint8_t sum = (uint8_t)(one + (other < room ? other : room));
    return (uint8_t)(sum - both) >= half;
}

// Raises the lower bounds of the medians whose squares have a majority of samples at or above `level`.
INLINE found raise_medians(block *b, uint8_t low, uint8_t level, int parts, int extra, bool large) {
    const uint8_t *restrict sums = b->sums, *restrict columns = b->columns + (extra < 0 ? b->ksize : b->ksize - 1);
    uint8_t *restrict medians = b->medians;
    const int part = b->split.first * b->split.second, count = b->rows * ROW;
    const uint8_t majority = (uint8_t)enough(b->ksize);
    uint8_t changed = 0, some_low = 0;
    for (int i = 0; i < count; i++) {
        uint8_t last = sums[i + (parts - 1) * part], more = extra ? columns[i] : 0;
        last = (uint8_t)(extra < 0 ? last - more : last + more);
        bool reached;
        if (!large)
            reached = (uint8_t)(sums[i] + sums[i + part] + last) >= majority;
        else
            reached = reaches_mean(sums[i], sums[i + part], parts == 4 ? sums[i + 2 * part] : 0, last, majority);
        uint8_t before = medians[i], raised = reached ? level : 0, median = before > raised ? before : raised;
        medians[i] = median;
        changed |= before ^ median;
        some_low |= median == low;
    }
    return (found){some_low, changed};
}
#endif

static void sum_terms(uint8_t *to, const uint8_t *from, int shift, int terms, int count) {
    switch (terms) {
    case 2:
        return sum_shifted(to, from, shift, 2, count);
    case 3:
        return sum_shifted(to, from, shift, 3, count);
    case 4:
        return sum_shifted(to, from, shift, 4, count);
    case 5:
        return sum_shifted(to, from, shift, 5, count);
    default:
        TC_ASSERT(terms == 7);
        return sum_shifted(to, from, shift, 7, count);
    }
}

static found try_level(block *b, uint8_t low, uint8_t level) {
    count_columns(b, level);
    const split s = b->split;
    const int count = b->rows * ROW;
    if (s.first > 1) {
        sum_terms(b->spare, b->columns, 1, s.second, count);
        sum_terms(b->sums, b->spare, s.second, s.first, count);
    } else {
        sum_terms(b->sums, b->columns, 1, s.second, count);
    }
    if (b->ksize <= LARGEST_BYTE) {
        if (s.extra < 0) return raise_medians(b, low, level, 3, -1, false);
        if (s.extra > 0) return raise_medians(b, low, level, 3, 1, false);
        return raise_medians(b, low, level, 3, 0, false);
    }
    if (s.parts == 4) {
        if (s.extra < 0) return raise_medians(b, low, level, 4, -1, true);
        return raise_medians(b, low, level, 4, 1, true);
    }
    if (s.extra < 0) return raise_medians(b, low, level, 3, -1, true);
    if (s.extra > 0) return raise_medians(b, low, level, 3, 1, true);
    return raise_medians(b, low, level, 3, 0, true);
}

// Finds the medians with the lower bound `low`, which lie below `end`. There is at least one.
static void search(block *b, int low, int end) {
    TC_ASSERT_SLOW(low >= 0 && low < end && end <= 256);
    if (end - low == 1) return;
    int middle = (low + end) / 2;
    found some = try_level(b, (uint8_t)low, (uint8_t)middle);
    if (some.level) search(b, middle, end);
    if (some.low) search(b, low, middle);
}

static void find_medians(block *b) {
    TC_ASSERT_SLOW(b->rows >= 1 && b->rows <= ROWS);
    const int size = (b->rows + b->ksize - 1) * ROW;
    uint8_t low = 255, high = 0;
    for (int i = 0; i < size; i++) {
        low = b->plane[i] < low ? b->plane[i] : low;
        high = b->plane[i] > high ? b->plane[i] : high;
    }
    memset(b->medians, low, (size_t)b->rows * ROW);
    search(b, low, high + 1);
}

// Reads `rect` grown by ksize / 2 into one plane per channel. Rows are padded with copies of their last sample, which
// adds no levels to the bisection.
static void read_planes(uint8_t *planes, const tc_tile *in, tc_rect rect, int ksize) {
    TC_ASSERT_SLOW(rect.width + ksize - 1 <= ROW && rect.height <= ROWS);
    int width = rect.width + ksize - 1, height = rect.height + ksize - 1;
    for (int y = 0; y < height; y++, planes += ROW) {
        tc_row_split(planes, MAX_INPUT, tc_tile_at(in, rect.x - ksize / 2, rect.y - ksize / 2 + y), width,
                     in->channels);
        for (int c = 0; c < in->channels; c++)
            memset(planes + c * MAX_INPUT + width, planes[c * MAX_INPUT + width - 1], (size_t)(ROW - width));
    }
}

static int least(int a, int b) {
    return a < b ? a : b;
}

void tc_median_count(const tc_tile *in, const tc_tile *out, int ksize) {
    TC_ASSERT(ksize >= 7 && ksize <= MAX_KSIZE && ksize % 2 == 1);
    TC_ASSERT(in->channels >= 1 && in->channels <= MAX_CHANNELS && in->channels == out->channels);
    TC_ASSERT(tc_rect_contains(in->rect, tc_rect_grow(out->rect, ksize / 2)));
    uint8_t planes[MAX_CHANNELS * MAX_INPUT], medians[MAX_CHANNELS * ROWS * ROW];
    block b = {.ksize = ksize, .split = splits[(ksize - 7) / 2]};
    tc_rect all = out->rect, rect = all;
    int right = all.x + all.width, bottom = all.y + all.height;
    for (rect.y = all.y; rect.y < bottom; rect.y += rect.height) {
        rect.height = b.rows = least(ROWS, bottom - rect.y);
        for (rect.x = all.x; rect.x < right; rect.x += rect.width) {
            rect.width = least(ROW - (ksize - 1), right - rect.x);
            read_planes(planes, in, rect, ksize);
            for (int c = 0; c < in->channels; c++) {
                b.plane = planes + c * MAX_INPUT;
                find_medians(&b);
                memcpy(medians + c * ROWS * ROW, b.medians, sizeof b.medians);
            }
            for (int y = 0; y < rect.height; y++)
                tc_row_join(tc_tile_at(out, rect.x, rect.y + y), medians + y * ROW, ROWS * ROW, rect.width,
                            in->channels);
        }
    }
}
