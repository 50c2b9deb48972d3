// Row kernels of resizing: nearest neighbour, halving, linear interpolation and area averaging.
#include "core/kernels/scale_rows.h"

#include <math.h>
#include <string.h>

#include "core/assert.h"
#include "core/kernels/channels.h"
#include "core/kernels/pack.h"
#include "core/kernels/vector.h"

enum { WEIGHT_DROP = 4, MIX_DROP = 16 };

// The samples per pixel in a line of area averaging.
static inline int area_samples(int channels) {
    return TC_LANES ? 4 : channels;
}

static inline void pick_pixels(uint8_t *to, const uint8_t *row, const int32_t *offsets, int width, int channels) {
    for (int x = 0; x < width; x++) memcpy(to + x * channels, row + offsets[x], (size_t)channels);
}

// Copies four bytes at once; the next pixel overwrites the fourth.
static void pick_threes(uint8_t *to, const uint8_t *row, size_t size, const int32_t *offsets, int width) {
    int x = 0, fit = width - 1;
    while (fit > 0 && (size_t)offsets[fit - 1] + 4 > size) fit--;
    for (; x < fit; x++) memcpy(to + 3 * x, row + offsets[x], 4);
    pick_pixels(to + 3 * x, row, offsets + x, width - x, 3);
}

#if TC_LANES
enum { LEAST_GROUP = TC_LANES == 16 ? 3 : 4 }; // smaller groups are slower than single pixels

// The input bytes that a group of output pixels spans. The last group may be shorter than the others.
static int group_bytes(const tc_nearest *strip, int first, int group) {
    int last = first + group < strip->width ? first + group - 1 : strip->width - 1;
    return strip->offset[last] - strip->offset[first] + strip->channels;
}

static bool groups_fit(const tc_nearest *strip, int group) {
    for (int x = 0; x < strip->width; x += group)
        if (group_bytes(strip, x, group) > TC_LANES) return false;
    return true;
}

static void find_groups(tc_nearest *strip) {
    const int width = strip->width, channels = strip->channels;
    // Start with the group size for the mean distance of columns; shrink it if some groups span too much.
    int group = (TC_LANES - channels) * width / (strip->offset[width - 1] + channels) + 1;
    if (group > TC_LANES / channels) group = TC_LANES / channels;
    while (group >= LEAST_GROUP && !groups_fit(strip, group)) group--;
    if (group < LEAST_GROUP) return;
    strip->group = group;
    uint8_t *index = strip->index;
    for (int x = 0; x + group <= width; x += group, index += TC_LANES)
        for (int i = 0; i < TC_LANES; i++) {
            int pixel = i / channels < group ? i / channels : group - 1;
            index[i] = (uint8_t)(strip->offset[x + pixel] - strip->offset[x] + i % channels);
        }
}

// Returns the number of pixels done. Stops when less than a vector is left to read or to write.
static int pick_groups(uint8_t *to, const tc_nearest *strip, const uint8_t *row) {
    const int group = strip->group, channels = strip->channels;
    int x = 0;
    const uint8_t *index = strip->index;
    for (; (strip->width - x) * channels >= TC_LANES; x += group, index += TC_LANES) {
        if ((size_t)strip->offset[x] + TC_LANES > strip->size) break;
        v_store(to + (ptrdiff_t)x * channels, v_permute(v_load(row + strip->offset[x]), v_load(index)));
    }
    return x;
}
#endif

void tc_nearest_init(tc_nearest *strip, const tc_taps *columns, int width, int channels, size_t size) {
    TC_ASSERT(width > 0 && width <= TC_STRIP && channels >= 1);
    strip->width = width;
    strip->channels = channels;
    strip->size = size;
    strip->group = 0;
    for (int x = 0; x < width; x++) strip->offset[x] = (columns[x].first - columns->first) * channels;
#if TC_LANES
    find_groups(strip);
#endif
}

void tc_nearest_row(uint8_t *to, const tc_nearest *strip, const uint8_t *row) {
    TC_ASSERT_SLOW(strip->width > 0 && strip->width <= TC_STRIP);
    int x = 0;
#if TC_LANES
    if (strip->group) x = pick_groups(to, strip, row);
#endif
    const int32_t *offsets = strip->offset + x;
    int width = strip->width - x, channels = strip->channels;
    to += (ptrdiff_t)x * channels;
    switch (channels) {
    case 1:
        pick_pixels(to, row, offsets, width, 1);
        break;
    case 2:
        pick_pixels(to, row, offsets, width, 2);
        break;
    case 3:
        pick_threes(to, row, strip->size, offsets, width);
        break;
    default:
        pick_pixels(to, row, offsets, width, 4);
        break;
    }
}

static inline void halve_pixels(uint8_t *restrict to, const uint8_t *restrict above, const uint8_t *restrict below,
                                int width, int channels) {
    for (int x = 0; x < width; x++)
        for (int c = 0; c < channels; c++) {
            int a = 2 * x * channels + c, b = a + channels;
            to[x * channels + c] = (uint8_t)((above[a] + above[b] + below[a] + below[b] + 2) >> 2);
        }
}

static inline void add_blocks(int *restrict sums, const uint16_t *restrict row, int block, int width, int channels) {
    for (int x = 0; x < width; x++, sums += channels)
        for (int i = 0; i < block; i++, row += channels)
            for (int c = 0; c < channels; c++) sums[c] += row[c];
}

void tc_row_add(uint16_t *restrict sums, const uint8_t *restrict row, int count) {
    TC_ASSERT_SLOW(count >= 0);
    for (int i = 0; i < count; i++) sums[i] = (uint16_t)(sums[i] + row[i]);
}

void tc_row_add_blocks(int *sums, const uint16_t *row, int block, int width, int channels) {
    TC_ASSERT_SLOW(block > 0 && width > 0 && channels >= 1);
    TC_WITH_CHANNELS(channels, add_blocks, sums, row, block, width);
}

static inline void linear_pixels(int16_t *to, const tc_linear *strip, const uint8_t *row, int first, int channels) {
    for (int x = first; x < strip->width; x++) {
        const uint8_t *left = row + strip->offset[x];
        int near = (int)(strip->weight[x] & 0xFFFF), far = (int)(strip->weight[x] >> 16 & 0xFFFF);
        const uint8_t *right = far ? left + channels : left;
        for (int c = 0; c < channels; c++)
            to[x * strip->samples + c] = (int16_t)((left[c] * near + right[c] * far) >> WEIGHT_DROP);
    }
}

static inline void area_pixels(float *to, const tc_area *strip, const uint8_t *row, int first, int channels) {
    for (int x = first; x < strip->width; x++) {
        const tc_taps *s = &strip->columns[x];
        const uint8_t *from = row + (ptrdiff_t)(s->first - strip->columns[0].first) * channels;
        float *sum = to + x * area_samples(channels);
        for (int c = channels; c < area_samples(channels); c++) sum[c] = 0;
        for (int c = 0; c < channels; c++) sum[c] = from[c] * s->head;
        for (int i = s->first + 1; i <= s->last; i++) {
            float weight = i < s->last ? s->middle : s->tail;
            from += channels;
            for (int c = 0; c < channels; c++) sum[c] += from[c] * weight;
        }
    }
}

static void area_tail(float *to, const tc_area *strip, const uint8_t *row, int first) {
    TC_WITH_CHANNELS(strip->channels, area_pixels, to, strip, row, first);
}

static void linear_tail(int16_t *to, const tc_linear *strip, const uint8_t *row, int first) {
    TC_WITH_CHANNELS(strip->channels, linear_pixels, to, strip, row, first);
}

#if TC_LANES == 32
// Halves three channels: each 16 bytes hold four input pixels, which become two, as shuffles cannot cross 16 bytes.
// Returns the number of pixels done.
static int halve_rgb(uint8_t *to, const uint8_t *above, const uint8_t *below, int width) {
    enum { STEP = 48, COUNT = 16, SPILLED = 3, NONE = 128 };
    static const uint8_t pairs[16] = {0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11, NONE, NONE, NONE, NONE};
    // Each 24 bytes of the result come from three shuffles: twelve, four and eight bytes.
    static const uint8_t first[16] = {0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, NONE, NONE, NONE, NONE};
    static const uint8_t next[16] = {NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
                                     NONE, NONE, NONE, NONE, 0,    1,    2,    3};
    static const uint8_t last[16] = {4, 5, 8, 9, 10, 11, 12, 13, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE};
    tc_vec order = v_repeat16(pairs), sum[4];
    int x = 0;
    for (; x + COUNT + SPILLED <= width; x += COUNT, above += 2 * STEP, below += 2 * STEP, to += STEP) {
        for (int i = 0; i < 4; i++) {
            sum[i] = v_add16(v_sum_pairs_u8(v_shuffle(v_load_steps(above + 12 * i, STEP), order)),
                             v_sum_pairs_u8(v_shuffle(v_load_steps(below + 12 * i, STEP), order)));
            sum[i] = v_shr_u16(v_add16(sum[i], v_set16(2)), 2);
        }
        tc_vec left = v_narrow_each_i16_u8(sum[0], sum[1]), right = v_narrow_each_i16_u8(sum[2], sum[3]);
        v_store_halves(to + 16, to + 40, v_shuffle(right, v_repeat16(last))); // writes eight bytes beyond each
        v_store_halves(to, to + 24, v_or(v_shuffle(left, v_repeat16(first)), v_shuffle(right, v_repeat16(next))));
    }
    return x;
}
#elif TC_LANES
static int halve_rgb(uint8_t *to, const uint8_t *above, const uint8_t *below, int width) {
    (void)to, (void)above, (void)below, (void)width;
    return 0;
}
#endif

#if TC_LANES
// Returns the number of pixels done. Each vector is shuffled into pairs of samples to add. With three channels it holds
// one pixel less than would fit.
static int halve_vectors(uint8_t *to, const uint8_t *above, const uint8_t *below, int width, int channels) {
    if (channels == 3 && TC_LANES == 32) return halve_rgb(to, above, below, width);
    int count = TC_LANES / (2 * channels), half = count * channels, x = 0;
    uint8_t pairs[TC_LANES], joined[TC_LANES];
    for (int i = 0; i < TC_LANES; i++) {
        int pixel = i / 2 / channels, c = i / 2 % channels;
        pairs[i] = (uint8_t)((2 * pixel + i % 2) * channels + c) % TC_LANES;
        joined[i] = (uint8_t)(i < half ? i : TC_LANES / 2 + i - half) % TC_LANES;
    }
    tc_vec order = v_load(pairs), join = v_load(joined), sum[2];
    for (; (width - x) * channels >= TC_LANES; x += 2 * count) {
        for (int i = 0; i < 2; i++) {
            ptrdiff_t at = (ptrdiff_t)(x + i * count) * 2 * channels;
            sum[i] = v_add16(v_sum_pairs_u8(v_permute(v_load(above + at), order)),
                             v_sum_pairs_u8(v_permute(v_load(below + at), order)));
            sum[i] = v_shr_u16(v_add16(sum[i], v_set16(2)), 2);
        }
        tc_vec means = v_narrow_i16_u8(sum[0], sum[1]);
        v_store(to + (ptrdiff_t)x * channels, channels == 3 ? v_permute(means, join) : means);
    }
    return x;
}

// Finds for each TC_LANES / 2 samples the vector of the row that they come from. False if some span more than a vector.
static bool find_windows(tc_linear *strip, const tc_taps *columns, size_t size) {
    const int group = TC_LANES / 2, count = strip->width * strip->channels;
    if (size < TC_LANES) return false;
    for (int i = 0; i < (count + group - 1) / group * group; i++) {
        int at = i < count ? i : count - 1, x = at / strip->channels, left = strip->offset[x] + at % strip->channels;
        int32_t *window = &strip->window[i / group];
        if (i % group == 0) *window = strip->offset[x] < (int)size - TC_LANES ? strip->offset[x] : (int)size - TC_LANES;
        int right = columns[x].far ? left + strip->channels : left;
        if (right - *window >= TC_LANES) return false;
        const int weights[2] = {columns[x].near, columns[x].far};
        strip->pair[2 * i] = (uint8_t)(left - *window);
        strip->pair[2 * i + 1] = (uint8_t)(right - *window);
        for (int k = 0; k < 2; k++) {
            int high = weights[k] >> 4 < 127 ? weights[k] >> 4 : 127; // signed bytes
            strip->high[2 * i + k] = (uint8_t)high;
            strip->low[2 * i + k] = (uint8_t)(weights[k] - 16 * high);
        }
    }
    return true;
}

// The weights are split into high and low parts: (16 (left high0 + right high1) + left low0 + right low1) / 16.
static void linear_windows(int16_t *to, const tc_linear *strip, const uint8_t *row) {
    for (int i = 0, g = 0; i < strip->width * strip->channels; i += TC_LANES / 2, g++) {
        tc_vec pairs = v_permute(v_load(row + strip->window[g]), v_load(strip->pair + 2 * i));
        tc_vec high = v_madd_u8(pairs, v_load(strip->high + 2 * i)), low = v_madd_u8(pairs, v_load(strip->low + 2 * i));
        v_store(to + i, v_add16(high, v_shr_u16(low, WEIGHT_DROP)));
    }
}

// TC_LANES / 8 pixels at a time from pieces of 8 bytes. Returns the number of pixels done.
static int linear_pieces(int16_t *to, const tc_linear *strip, const uint8_t *row, size_t size) {
    // Interleave left and right neighbours as 16-bit samples, for the first and the second piece in each 16 bytes.
    uint8_t first[16], second[16];
    for (int i = 0; i < 16; i++) {
        int c = i / 4 < strip->channels ? i / 4 : 0;
        first[i] = (uint8_t)(i % 2 ? 128 : i % 4 ? strip->channels + c : c);
        second[i] = (uint8_t)(i % 2 ? 128 : first[i] + 8);
    }
    tc_vec order0 = v_repeat16(first), order1 = v_repeat16(second);
    const int count = TC_LANES / 8;
    int x = 0;
    for (; x + count <= strip->width && (size_t)strip->offset[x + count - 1] + 8 <= size; x += count) {
        tc_vec pieces = v_gather64(row, strip->offset + x), weights = v_load(strip->weight + x);
        tc_vec a = v_madd_i16(v_shuffle(pieces, order0), v_zip32_each_lo(weights, weights));
        tc_vec b = v_madd_i16(v_shuffle(pieces, order1), v_zip32_each_hi(weights, weights));
        v_store(to + 4 * x, v_narrow_each_i32_i16(v_shr_i32(a, WEIGHT_DROP), v_shr_i32(b, WEIGHT_DROP)));
    }
    return x;
}

static int linear_vectors(int16_t *to, const tc_linear *strip, const uint8_t *row, size_t size) {
    if (!strip->windowed) return linear_pieces(to, strip, row, size);
    linear_windows(to, strip, row);
    return strip->width;
}

static inline tc_vec mix_vector(const int16_t *near_line, const int16_t *far_line, tc_vec near, tc_vec far) {
    tc_vec sum = v_add16(v_mulhi_i16(v_load(near_line), near), v_mulhi_i16(v_load(far_line), far));
    return v_shr_i16(v_add16(sum, v_set16(2)), 2);
}

static void mix_lines(uint8_t *to, const tc_linear *strip, const int16_t *near_line, const int16_t *far_line,
                      const tc_taps *row) {
    uint8_t mixed[TC_STRIP * 4];
    tc_vec near = v_set16(row->near), far = v_set16(row->far);
    int count = strip->width * strip->samples;
    bool packed = strip->samples == strip->channels;
    for (int i = 0; i < count; i += TC_LANES) {
        const int16_t *a = near_line + i, *b = far_line + i;
        tc_vec samples =
            v_narrow_i16_u8(mix_vector(a, b, near, far), mix_vector(a + TC_LANES / 2, b + TC_LANES / 2, near, far));
        bool whole = packed && i + TC_LANES <= count;
        v_store(whole ? to + i : mixed + i, samples);
        if (packed && !whole) memcpy(to + i, mixed + i, (size_t)(count - i));
    }
    if (!packed) tc_row_pack(to, tc_row_bytes(strip->width, strip->channels), mixed, strip->width, strip->channels);
}

// Scales TC_LANES / 16 rows at once, one in each 16 bytes of a vector. Returns the number of pixels done.
static inline int area_vectors(tc_area_line *lines, const tc_area *strip, const uint8_t *row, ptrdiff_t stride,
                               size_t size, int channels) {
    int pixels_per_piece = 16 / channels, x = 0;
    tc_vec order[16];
    for (int i = 0; i < pixels_per_piece; i++) {
        uint8_t bytes[16];
        for (int k = 0; k < 16; k++) bytes[k] = (uint8_t)(k % 4 || k / 4 >= channels ? 128 : i * channels + k / 4);
        order[i] = v_repeat16(bytes);
    }
    for (; x < strip->width; x++) {
        const tc_taps *s = &strip->columns[x];
        size_t at = (size_t)(s->first - strip->columns[0].first) * (size_t)channels;
        int taps = s->last - s->first + 1;
        if (at + (size_t)((taps - 1) / pixels_per_piece * pixels_per_piece * channels) + 16 > size) break;
        tc_vec piece = v_load_steps(row + at, stride);
        tc_vecf sum = v_mulf(v_i32_f32(v_shuffle(piece, order[0])), v_setf(s->head));
        tc_vecf middle = v_setf(s->middle);
        for (int i = 1, k = 1; i < taps; i++, k++) {
            if (k == pixels_per_piece) {
                k = 0;
                at += (size_t)(pixels_per_piece * channels);
                piece = v_load_steps(row + at, stride);
            }
            tc_vecf weight = i < taps - 1 ? middle : v_setf(s->tail);
            sum = v_addf(sum, v_mulf(v_i32_f32(v_shuffle(piece, order[k])), weight));
        }
        v_store_steps((uint8_t *)(lines->sample + 4 * x), sizeof *lines, v_as_bits(sum));
    }
    return x;
}

static int area_most(tc_area_line *lines, const tc_area *strip, const uint8_t *row, ptrdiff_t stride, size_t size) {
    return TC_WITH_CHANNELS(strip->channels, area_vectors, lines, strip, row, stride, size);
}

int tc_area_rows(tc_area_line lines[TC_AREA_ROWS], const tc_area *strip, const uint8_t *row, size_t stride, size_t size,
                 int rows) {
    TC_ASSERT_SLOW(rows >= 1 && strip->width > 0 && strip->width <= TC_AREA_STRIP);
    int count = TC_LANES / 16, done = 0;
    if (rows >= count)
        done = area_most(lines, strip, row, (ptrdiff_t)stride, size);
    else
        count = rows;
    for (int i = 0; i < count; i++) area_tail(lines[i].sample, strip, row + (size_t)i * stride, done);
    return count;
}

static inline tc_vec sum_vector(const float *sample) {
    return v_f32_i32(v_minf(v_loadf(sample), v_setf(255)));
}

void tc_area_finish(uint8_t *to, const tc_area *strip, const tc_area_line *sum) {
    TC_ASSERT_SLOW(strip->width > 0 && strip->width <= TC_AREA_STRIP);
    uint8_t whole[TC_AREA_STRIP * 4];
    for (int i = 0; i < 4 * strip->width; i += TC_LANES) {
        const float *from = sum->sample + i;
        tc_vec low = v_narrow_i32_i16(sum_vector(from), sum_vector(from + TC_LANES / 4));
        from += TC_LANES / 2;
        v_store(whole + i, v_narrow_i16_u8(low, v_narrow_i32_i16(sum_vector(from), sum_vector(from + TC_LANES / 4))));
    }
    tc_row_pack(to, tc_row_bytes(strip->width, strip->channels), whole, strip->width, strip->channels);
}
#else
static bool find_windows(tc_linear *strip, const tc_taps *columns, size_t size) {
    (void)strip, (void)columns, (void)size;
    return false;
}

static int halve_vectors(uint8_t *to, const uint8_t *above, const uint8_t *below, int width, int channels) {
    (void)to, (void)above, (void)below, (void)width, (void)channels;
    return 0;
}

static int linear_vectors(int16_t *to, const tc_linear *strip, const uint8_t *row, size_t size) {
    (void)to, (void)strip, (void)row, (void)size;
    return 0;
}

static inline void mix_pixels(uint8_t *to, const int16_t *near_line, const int16_t *far_line, const tc_taps *row,
                              int count) {
    int16_t near = (int16_t)row->near, far = (int16_t)row->far;
    for (int i = 0; i < count; i++)
        to[i] = (uint8_t)(((near * near_line[i] >> MIX_DROP) + (far * far_line[i] >> MIX_DROP) + 2) >> 2);
}

static void mix_lines(uint8_t *to, const tc_linear *strip, const int16_t *near_line, const int16_t *far_line,
                      const tc_taps *row) {
    mix_pixels(to, near_line, far_line, row, strip->width * strip->channels);
}

int tc_area_rows(tc_area_line lines[TC_AREA_ROWS], const tc_area *strip, const uint8_t *row, size_t stride, size_t size,
                 int rows) {
    TC_ASSERT_SLOW(rows >= 1 && strip->width > 0 && strip->width <= TC_AREA_STRIP);
    (void)stride, (void)size, (void)rows;
    area_tail(lines->sample, strip, row, 0);
    return 1;
}

void tc_area_finish(uint8_t *to, const tc_area *strip, const tc_area_line *sum) {
    TC_ASSERT_SLOW(strip->width > 0 && strip->width <= TC_AREA_STRIP);
    int count = strip->width * strip->channels;
    for (int i = 0; i < count; i++) to[i] = (uint8_t)rintf(fminf(sum->sample[i], 255.0f));
}
#endif

void tc_row_halve(uint8_t *to, const uint8_t *above, const uint8_t *below, int width, int channels) {
    TC_ASSERT_SLOW(width > 0 && channels >= 1);
    int done = halve_vectors(to, above, below, width, channels);
    ptrdiff_t at = (ptrdiff_t)done * channels;
    to += at;
    above += 2 * at;
    below += 2 * at;
    TC_WITH_CHANNELS(channels, halve_pixels, to, above, below, width - done);
}

void tc_linear_init(tc_linear *strip, const tc_taps *columns, int width, int channels, size_t size) {
    TC_ASSERT(width > 0 && width <= TC_STRIP && channels >= 1 && channels <= 4);
    strip->width = width;
    strip->channels = channels;
    for (int x = 0; x < width; x++) {
        uint64_t pair = (uint32_t)columns[x].near | (uint32_t)columns[x].far << 16;
        strip->offset[x] = (columns[x].first - columns[0].first) * channels;
        strip->weight[x] = pair | pair << 32;
    }
    strip->windowed = find_windows(strip, columns, size);
    strip->samples = strip->windowed || !TC_LANES ? channels : 4;
}

void tc_linear_row(tc_linear_line *line, const tc_linear *strip, const uint8_t *row, size_t size) {
    TC_ASSERT_SLOW(strip->width > 0 && strip->width <= TC_STRIP);
    linear_tail(line->sample, strip, row, linear_vectors(line->sample, strip, row, size));
}

void tc_linear_mix(uint8_t *to, const tc_linear *strip, const tc_linear_line *near_line, const tc_linear_line *far_line,
                   const tc_taps *row) {
    TC_ASSERT_SLOW(row->first <= row->last);
    mix_lines(to, strip, near_line->sample, far_line->sample, row);
}

void tc_area_add(tc_area_line *sum, const tc_area *strip, const tc_area_line *line, float weight, bool first) {
    TC_ASSERT_SLOW(strip->width > 0 && strip->width <= TC_AREA_STRIP);
    int count = strip->width * area_samples(strip->channels);
    if (first)
        for (int i = 0; i < count; i++) sum->sample[i] = line->sample[i] * weight;
    else
        for (int i = 0; i < count; i++) sum->sample[i] += line->sample[i] * weight;
}
