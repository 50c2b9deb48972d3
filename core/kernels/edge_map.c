// Canny's edge map over tiles: gradients and non-maximum suppression in the scan, hysteresis by connected components.
#include "core/kernels/edge_map.h"

#include <math.h>
#include <stdlib.h>

#include "core/assert.h"
#include "core/kernels/components.h"
#include "core/kernels/nonmax.h"
#include "core/kernels/vector.h"

tc_shape tc_edge_map_intermediate(const tc_args *args, tc_shape in) {
    (void)args;
    return (tc_shape){in.width, in.height, 1};
}

tc_status tc_edge_map_shape(const tc_args *args, tc_shape in, tc_shape *out, tc_error *error) {
    (void)error;
    *out = tc_edge_map_intermediate(args, in);
    return TC_OK;
}

int tc_edge_map_radius(const tc_args *args) {
    (void)args;
    return TC_NONMAX_RADIUS;
}

// The tail of a row, from pixel `x` on.
static void join_tail(uint8_t *restrict to, const uint8_t *restrict bytes, const uint8_t *restrict from, int x,
                      int width, int channels, int extra) {
    TC_ASSERT_SLOW(x >= 0 && extra >= 0 && extra < channels);
    to += x * (extra + 1);
    from += (x + 1) * channels - extra;
    for (; x < width; x++, to += extra + 1, from += channels) {
        to[0] = bytes[x];
        for (int c = 0; c < extra; c++) to[c + 1] = from[c];
    }
}

static void split_tail(uint8_t *restrict bytes, const uint8_t *restrict from, int x, int width, int channels) {
    TC_ASSERT_SLOW(x >= 0 && channels >= 1);
    for (; x < width; x++) bytes[x] = from[x * channels];
}

// join_row writes pixels of one byte of `bytes` followed by the last `extra` channels of `from`; split_row extracts the
// first byte of each pixel.
#if TC_LANES
static void join_row(uint8_t *restrict to, const uint8_t *restrict bytes, const uint8_t *restrict from, int width,
                     int channels, int extra) {
    int x = 0;
    if (channels == 1 && extra == 1)
        for (; x + TC_LANES <= width; x += TC_LANES) {
            tc_vec first = v_load(bytes + x), second = v_load(from + x);
            v_store(to + 2 * x, v_or(v_widen_u8_lo(first), v_shl16(v_widen_u8_lo(second), 8)));
            v_store(to + 2 * x + TC_LANES, v_or(v_widen_u8_hi(first), v_shl16(v_widen_u8_hi(second), 8)));
        }
    join_tail(to, bytes, from, x, width, channels, extra);
}

static void split_row(uint8_t *restrict bytes, const uint8_t *restrict from, int width, int channels) {
    int x = 0;
    if (channels == 2)
        for (; x + TC_LANES <= width; x += TC_LANES) {
            tc_vec first = v_and(v_load(from + 2 * x), v_set16(255));
            tc_vec second = v_and(v_load(from + 2 * x + TC_LANES), v_set16(255));
            v_store(bytes + x, v_narrow_i16_u8(first, second));
        }
    split_tail(bytes, from, x, width, channels);
}
#else
static void join_row(uint8_t *restrict to, const uint8_t *restrict bytes, const uint8_t *restrict from, int width,
                     int channels, int extra) {
    join_tail(to, bytes, from, 0, width, channels, extra);
}

static void split_row(uint8_t *restrict bytes, const uint8_t *restrict from, int width, int channels) {
    split_tail(bytes, from, 0, width, channels);
}
#endif

// The bitmaps that a scan or an apply works with, and a row of bytes.
typedef struct sets {
    tc_bits ridges, strong, undecided;
    uint8_t *row;
} sets;

static bool sets_init(sets *s, tc_rect rect) {
    TC_ASSERT(rect.width > 0 && rect.height > 0);
    *s = (sets){.row = malloc((size_t)rect.width)};
    return s->row && tc_bits_init(&s->ridges, rect.width, rect.height) &&
           tc_bits_init(&s->strong, rect.width, rect.height) && tc_bits_init(&s->undecided, rect.width, rect.height);
}

static void sets_clear(sets *s) {
    free(s->row);
    tc_bits_clear(&s->ridges);
    tc_bits_clear(&s->strong);
    tc_bits_clear(&s->undecided);
}

static void write_intermediate(const sets *s, const tc_tile *in, const tc_tile *intermediate) {
    static const uint8_t values[] = {TC_EDGE_STRONG, TC_EDGE_UNDECIDED};
    tc_rect rect = intermediate->rect;
    for (int y = 0; y < rect.height; y++) {
        const uint64_t *const rows[] = {tc_bits_row(&s->strong, y), tc_bits_row(&s->undecided, y)};
        uint8_t *to = tc_tile_row(intermediate, rect.y + y);
        tc_bits_to_row(intermediate->channels == 1 ? to : s->row, rows, values, 2, rect.width);
        if (intermediate->channels == 1) continue;
        const uint8_t *from = tc_tile_at(in, rect.x, rect.y + y);
        join_row(to, s->row, from, rect.width, in->channels, intermediate->channels - 1);
    }
}

tc_status tc_edge_map_scan_of(const tc_step *step, const tc_tile *in, const tc_tile *analysed,
                              const tc_tile *intermediate, tc_blob *partial, tc_error *error) {
    TC_ASSERT(tc_rect_contains(analysed->rect, tc_rect_grow(intermediate->rect, TC_NONMAX_RADIUS)));
    TC_ASSERT(tc_rect_contains(in->rect, intermediate->rect) && intermediate->channels >= 1);
    double a = step->args.value[0], b = step->args.value[1];
    int low = (int)floor(fmin(a, b)), high = (int)floor(fmax(a, b));
    sets s;
    tc_status status =
        sets_init(&s, intermediate->rect)
            ? tc_nonmax_suppress(analysed, intermediate->rect, step->in, low, high, &s.ridges, &s.strong, error)
            : tc_fail(error, TC_ERR_MEMORY, "not enough memory for the edges of a tile");
    if (status == TC_OK)
        status = tc_components_scan(&s.ridges, &s.strong, &s.undecided, intermediate->rect, step->in, TC_CONNECTIVITY_8,
                                    partial, error);
    if (status == TC_OK) write_intermediate(&s, in, intermediate);
    sets_clear(&s);
    return status;
}

tc_status tc_edge_map_scan(const tc_step *step, const tc_tile *in, const tc_tile *intermediate, tc_blob *partial,
                           tc_error *error) {
    return tc_edge_map_scan_of(step, in, in, intermediate, partial, error);
}

tc_status tc_edge_map_merge(const tc_step *step, const tc_partial *partials, int count, const tc_parallel *parallel,
                            tc_blob *merged, tc_error *error) {
    (void)step;
    return tc_components_merge(partials, count, TC_CONNECTIVITY_8, TC_COMPONENTS_SEEDS, parallel, merged, error);
}

static void find_undecided(const sets *s, const tc_tile *intermediate) {
    TC_ASSERT_SLOW(s->undecided.width == intermediate->rect.width);
    for (int y = 0; y < intermediate->rect.height; y++) {
        const uint8_t *row = tc_tile_row(intermediate, intermediate->rect.y + y);
        uint64_t *undecided = tc_bits_row(&s->undecided, y), *strong = tc_bits_row(&s->strong, y);
        if (intermediate->channels > 1) {
            split_row(s->row, row, intermediate->rect.width, intermediate->channels);
            row = s->row;
        }
        tc_bits_from_row(undecided, row, intermediate->rect.width, 7);
        tc_bits_from_row(strong, row, intermediate->rect.width, 0);
        for (size_t k = 0; k < s->undecided.words; k++) undecided[k] &= ~strong[k];
    }
}

// Writes the undecided pixels, now decided. They are few, so this visits them bit by bit.
static void write_undecided(const tc_bits *undecided, const tc_bits *confirmed, const tc_tile *out) {
    for (int y = 0; y < out->rect.height; y++) {
        uint8_t *row = tc_tile_row(out, out->rect.y + y);
        const uint64_t *word = tc_bits_row(undecided, y);
        for (size_t k = 0; k < undecided->words; k++)
            for (uint64_t bits = word[k]; bits; bits &= bits - 1) {
                int x = (int)k * 64 + __builtin_ctzll(bits);
                row[x * out->channels] = tc_bits_get(confirmed, x, y) ? TC_EDGE_STRONG : TC_EDGE_NONE;
            }
    }
}

tc_status tc_edge_map_apply(const tc_step *step, const tc_blob *merged, const tc_tile *intermediate, const tc_tile *out,
                            tc_error *error) {
    TC_ASSERT(tc_rect_contains(intermediate->rect, out->rect) && intermediate->channels == out->channels);
    (void)step;
    sets s;
    tc_status status = TC_ERR_MEMORY;
    if (sets_init(&s, intermediate->rect)) {
        tc_tile_copy(out, intermediate);
        find_undecided(&s, intermediate);
        status =
            tc_components_flood(merged, intermediate->rect, &s.undecided, TC_CONNECTIVITY_8, &s.ridges, NULL, error);
        if (status == TC_OK) write_undecided(&s.undecided, &s.ridges, out);
    } else {
        tc_fail(error, status, "not enough memory for the edges of a tile");
    }
    sets_clear(&s);
    return status;
}
