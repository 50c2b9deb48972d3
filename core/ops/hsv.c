// Hue, saturation and value in OpenCV's fixed point: divisions are multiplications by reciprocals in 4096ths.
#include <math.h>
#include <stdlib.h>

#include "core/assert.h"
#include "core/kernels/colour.h"
#include "core/kernels/vector.h"
#include "core/op.h"

enum { BITS = 12, HALF = 1 << (BITS - 1), HUES = 180, SMALL = 4, AHEAD = 4096 };

// The reciprocals: 255 / value for the saturation, and HUES / 6 / chroma for the hue; 0 for 0.
typedef struct reciprocals {
    int32_t saturation[256], hue[256];
    // The same in bytes, for vectors of 16 bits: the integer part, and the fraction in 2^15ths. The hue's is divided by
    // 8 if the chroma is at least SMALL, else by 32, which is exact.
    uint8_t whole[256], part_low[256], part_high[256], hue_low[256], hue_high[256];
} reciprocals;

static void *prepare(const tc_step *step) {
    (void)step;
    reciprocals *table = calloc(1, sizeof *table);
    if (!table) return NULL;
    for (int i = 1; i < 256; i++) {
        table->saturation[i] = (int32_t)rint((255 << BITS) / (double)i);
        table->hue[i] = (int32_t)rint((HUES << BITS) / (6.0 * i));
        int part = (table->saturation[i] & ((1 << BITS) - 1)) << (15 - BITS), hue = table->hue[i] / (i < SMALL ? 4 : 1);
        table->whole[i] = (uint8_t)(table->saturation[i] >> BITS);
        table->part_low[i] = (uint8_t)part;
        table->part_high[i] = (uint8_t)(part >> 8);
        table->hue_low[i] = (uint8_t)hue;
        table->hue_high[i] = (uint8_t)(hue >> 8);
    }
    return table;
}

// Writes value, saturation and hue as red, green and blue.
static void hsv_pixel(uint8_t *to, int r, int g, int b, const reciprocals *table) {
    int value = r > g ? r : g, least = r < g ? r : g;
    if (b > value) value = b;
    if (b < least) least = b;
    int chroma = value - least;
    TC_ASSERT_SLOW(chroma >= 0 && chroma <= value);
    int along = value == r ? g - b : value == g ? b - r + 2 * chroma : r - g + 4 * chroma;
    int hue = (along * table->hue[chroma] + HALF) >> BITS;
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)((chroma * table->saturation[value] + HALF) >> BITS);
    to[2] = (uint8_t)(hue < 0 ? hue + HUES : hue);
}

#if TC_LANES
// Planes of bytes, TC_LANES pixels each. The hue is a sixth of the circle times `plus` - `minus` + `turns` / 8
// * chroma.
typedef struct planes {
    tc_vec value, chroma, plus, minus, turns;
} planes;

static inline planes split(tc_vec r, tc_vec g, tc_vec b) {
    planes p;
    p.value = v_max_u8(v_max_u8(r, g), b);
    p.chroma = v_sub8(p.value, v_min_u8(v_min_u8(r, g), b));
    tc_vec red = v_eq8(p.value, r), green = v_eq8(p.value, g);
    p.plus = v_select(red, g, v_select(green, b, r));
    p.minus = v_select(red, b, v_select(green, r, g));
    p.turns = v_andnot(red, v_select(green, v_set8(16), v_set8(32)));
    return p;
}
#endif

#if TC_LANES && TC_LOOKUP_IS_CHEAP
typedef struct tables {
    tc_vec_table whole, part_low, part_high, hue_low, hue_high;
} tables;

static tables make_tables(const reciprocals *table) {
    return (tables){v_table(table->whole), v_table(table->part_low), v_table(table->part_high), v_table(table->hue_low),
                    v_table(table->hue_high)};
}

// Words in, words out. `steps`: plus and minus in turn; `turns`: 8 times 2 twice.
static inline tc_vec hue_words(tc_vec chroma, tc_vec steps, tc_vec turns, tc_vec factor) {
    const tc_vec signs = v_set16(0xF808); // bytes 8 and -8
    tc_vec along = v_add16(v_madd_u8(steps, signs), v_mullo16(chroma, turns));
    tc_vec small = v_gt_i16(v_set16(SMALL), chroma);
    tc_vec hue = v_mulround_i16(v_select(small, v_shl16(along, 2), along), factor);
    return v_min_u16(hue, v_add16(hue, v_set16(HUES))); // a negative hue is large as unsigned
}

static inline void convert(planes p, const tables *t, tc_vec *saturation, tc_vec *hue) {
    const tc_vec none = v_set8(0);
    tc_vec chroma_lo = v_zip8_each_lo(p.chroma, none), chroma_hi = v_zip8_each_hi(p.chroma, none);
    tc_vec whole = v_lookup(&t->whole, p.value);
    tc_vec low = v_lookup(&t->part_low, p.value), high = v_lookup(&t->part_high, p.value);
    tc_vec first = v_add16(v_mullo16(chroma_lo, v_zip8_each_lo(whole, none)),
                           v_mulround_i16(chroma_lo, v_zip8_each_lo(low, high)));
    tc_vec second = v_add16(v_mullo16(chroma_hi, v_zip8_each_hi(whole, none)),
                            v_mulround_i16(chroma_hi, v_zip8_each_hi(low, high)));
    *saturation = v_narrow_each_i16_u8(first, second);
    low = v_lookup(&t->hue_low, p.chroma);
    high = v_lookup(&t->hue_high, p.chroma);
    first =
        hue_words(chroma_lo, v_zip8_each_lo(p.plus, p.minus), v_zip8_each_lo(p.turns, none), v_zip8_each_lo(low, high));
    second =
        hue_words(chroma_hi, v_zip8_each_hi(p.plus, p.minus), v_zip8_each_hi(p.turns, none), v_zip8_each_hi(low, high));
    *hue = v_narrow_each_i16_u8(first, second);
}
#elif TC_LANES
// The reciprocals are computed: in single precision the quotients of all 255 divisors round to the same integers as the
// exact ones.
typedef struct tables {
    tc_vecf saturation, hue;
} tables;

static tables make_tables(const reciprocals *table) {
    (void)table;
    return (tables){v_setf(255 << BITS), v_setf((HUES << BITS) / 6)};
}

// TC_LANES / 4 products of `factor` and the rounded quotients, in 32 bits.
static inline tc_vec scaled(tc_vec factor, tc_vecf dividend, tc_vec divisor) {
    tc_vec reciprocal = v_f32_u23(v_divf(dividend, v_i32_f32(v_max_i32(divisor, v_set32(1)))));
    return v_shr_i32(v_add32(v_mullo32(factor, reciprocal), v_set32(HALF)), BITS);
}

static inline tc_vec saturation_words(tc_vec chroma, tc_vec value, const tables *t) {
    return v_narrow_i32_i16(scaled(v_widen_u16_lo(chroma), t->saturation, v_widen_u16_lo(value)),
                            scaled(v_widen_u16_hi(chroma), t->saturation, v_widen_u16_hi(value)));
}

static inline tc_vec hue_words(tc_vec chroma, tc_vec plus, tc_vec minus, tc_vec turns, const tables *t) {
    tc_vec along = v_add16(v_sub16(plus, minus), v_shr_u16(v_mullo16(turns, chroma), 3));
    tc_vec hue = v_narrow_i32_i16(scaled(v_widen_i16_lo(along), t->hue, v_widen_u16_lo(chroma)),
                                  scaled(v_widen_i16_hi(along), t->hue, v_widen_u16_hi(chroma)));
    return v_add16(hue, v_and(v_shr_i16(hue, 15), v_set16(HUES)));
}

static inline void convert(planes p, const tables *t, tc_vec *saturation, tc_vec *hue) {
    tc_vec chroma_low = v_widen_u8_lo(p.chroma), chroma_high = v_widen_u8_hi(p.chroma);
    *saturation = v_narrow_i16_u8(saturation_words(chroma_low, v_widen_u8_lo(p.value), t),
                                  saturation_words(chroma_high, v_widen_u8_hi(p.value), t));
    *hue = v_narrow_i16_u8(
        hue_words(chroma_low, v_widen_u8_lo(p.plus), v_widen_u8_lo(p.minus), v_widen_u8_lo(p.turns), t),
        hue_words(chroma_high, v_widen_u8_hi(p.plus), v_widen_u8_hi(p.minus), v_widen_u8_hi(p.turns), t));
}
#endif

#if TC_LANES
// TC_LANES pixels, with prefetching: the arithmetic of a few of these fills the reorder buffer, so that loads do not
// run ahead by themselves.
static inline void hsv_rgb(const uint8_t *from, const tables *t, tc_vec to[3]) {
    for (int i = 0; i < 3 * TC_LANES; i += 64) v_prefetch(from + AHEAD + i);
    tc_vec r, g, b;
    v_load3(from, &r, &g, &b);
    planes p = split(r, g, b);
    to[0] = p.value;
    convert(p, t, &to[1], &to[2]);
}

// A row of RGB of at least TC_LANES pixels. The vectors in the middle are stored to whole cache lines. The first and
// the last vector overlap them and are computed before, as `to` may be `from`.
static void hsv_row3(uint8_t *to, const uint8_t *from, int width, const tables *t) {
    tc_vec first[3], next[3], final[3];
    const int last = width - TC_LANES;
    hsv_rgb(from, t, first);
    hsv_rgb(from + 3 * last, t, final);
    for (int x = v_pixels_to_aligned(to); x < last; x += TC_LANES) {
        hsv_rgb(from + 3 * x, t, next);
        v_store3(to + 3 * x, next[0], next[1], next[2]);
    }
    v_store3(to, first[0], first[1], first[2]);
    v_store3(to + 3 * last, final[0], final[1], final[2]);
}

// The whole vectors of a row of RGBA; returns how many pixels they were.
static int hsv_row4(uint8_t *to, const uint8_t *from, int width, const tables *t) {
    tc_vec r, g, b, a, saturation, hue;
    int x = 0;
    for (; x + TC_LANES <= width; x += TC_LANES) {
        v_load4(from + 4 * x, &r, &g, &b, &a);
        planes p = split(r, g, b);
        convert(p, t, &saturation, &hue);
        v_store4(to + 4 * x, p.value, saturation, hue, a);
    }
    return x;
}

// Returns how many pixels it did.
static int hsv_vectors(uint8_t *to, const uint8_t *from, int width, int channels, const reciprocals *table) {
    if (channels < 3 || width < TC_LANES) return 0;
    tables t = make_tables(table);
    if (channels == 4) return hsv_row4(to, from, width, &t);
    hsv_row3(to, from, width, &t);
    return width;
}
#else
static int hsv_vectors(uint8_t *to, const uint8_t *from, int width, int channels, const reciprocals *table) {
    (void)to, (void)from, (void)width, (void)channels, (void)table;
    return 0;
}
#endif

static void hsv_row(uint8_t *to, const uint8_t *from, int width, int channels, const reciprocals *table) {
    int to_channels = tc_has_alpha(channels) ? 4 : 3, x = hsv_vectors(to, from, width, channels, table);
    to += to_channels * x;
    from += channels * x;
    for (; x < width; x++, to += to_channels, from += channels) {
        uint8_t alpha = from[channels - 1];
        if (channels < 3) { // grey has neither saturation nor hue
            to[0] = from[0];
            to[1] = to[2] = 0;
        } else {
            hsv_pixel(to, from[0], from[1], from[2], table);
        }
        if (to_channels == 4) to[3] = alpha;
    }
}

static void run(const tc_step *step, const tc_tile *in, const tc_tile *out) {
    TC_ASSERT(out->channels == (tc_has_alpha(in->channels) ? 4 : 3));
    tc_rect rect = out->rect;
    for (int y = rect.y; y < rect.y + rect.height; y++)
        hsv_row(tc_tile_row(out, y), tc_tile_at(in, rect.x, y), rect.width, in->channels, step->table);
}

const tc_op TC_OP(hsv) = {
    .name = "hsv",
    .title = "HSV planes",
    .summary = "Shows the value as red, the saturation as green and the hue as blue.",
    .group = TC_GROUP_TONE,
    .need = TC_NEED_POINT,
    .cost = 2.2,
    .shape = tc_colour_shape,
    .prepare = prepare,
    .run = run,
};
