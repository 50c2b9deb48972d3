// Hue, saturation and value in OpenCV's fixed point: divisions are products with 4096ths of reciprocals.
#include <math.h>
#include <stdlib.h>

#include "core/kernels/colour.h"
#include "core/kernels/vector.h"
#include "core/op.h"

enum { BITS = 12, HALF = 1 << (BITS - 1), HUES = 180 };

// The reciprocals: 255 / value for the saturation, and a sixth of the hues / chroma; 0 for 0.
typedef struct reciprocals {
    int32_t saturation[256], hue[256];
    // The same for 16 bits, in bytes. The value and the chroma are scaled by a power of two to 128 .. 255, so that the
    // quotient of 255 lies between 1 and 2; what it has above 1 are 16 bits. All these are exact, and the product's
    // rounding too. hue[1], which has 17 bits, is halved.
    uint8_t scale[256], saturation_low[256], saturation_high[256], hue_low[256], hue_high[256];
} reciprocals;

static void *prepare(const tc_step *step) {
    (void)step;
    reciprocals *table = calloc(1, sizeof *table);
    if (!table) return NULL;
    for (int i = 1; i < 256; i++) {
        table->saturation[i] = (int32_t)rint((255 << BITS) / (double)i);
        table->hue[i] = (int32_t)rint((HUES << BITS) / (6.0 * i));
        int scale = 1;
        while (i * scale < 128) scale *= 2;
        int above = table->saturation[i] * 16 / scale - 65536, hue = i == 1 ? table->hue[i] / 2 : table->hue[i];
        table->scale[i] = (uint8_t)scale;
        table->saturation_low[i] = (uint8_t)above;
        table->saturation_high[i] = (uint8_t)(above >> 8);
        table->hue_low[i] = (uint8_t)hue;
        table->hue_high[i] = (uint8_t)(hue >> 8);
    }
    return table;
}

// Writes value, saturation and hue in the places of red, green and blue.
static void hsv_pixel(uint8_t *to, int r, int g, int b, const reciprocals *table) {
    int value = r > g ? r : g, least = r < g ? r : g;
    if (b > value) value = b;
    if (b < least) least = b;
    int chroma = value - least;
    int along = value == r ? g - b : value == g ? b - r + 2 * chroma : r - g + 4 * chroma;
    int hue = (along * table->hue[chroma] + HALF) >> BITS;
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)((chroma * table->saturation[value] + HALF) >> BITS);
    to[2] = (uint8_t)(hue < 0 ? hue + HUES : hue);
}

#if TC_LANES
// Planes of bytes, TC_LANES pixels each. The hue is a sixth of the circle times `plus` - `minus` + `twice` * 2 chroma.
typedef struct planes {
    tc_vec value, chroma, plus, minus, twice;
} planes;

static inline planes split(tc_vec r, tc_vec g, tc_vec b) {
    planes p;
    p.value = v_max_u8(v_max_u8(r, g), b);
    p.chroma = v_sub8(p.value, v_min_u8(v_min_u8(r, g), b));
    tc_vec red = v_eq8(p.value, r), green = v_eq8(p.value, g);
    p.plus = v_select(red, g, v_select(green, b, r));
    p.minus = v_select(red, b, v_select(green, r, g));
    p.twice = v_andnot(red, v_select(green, v_set8(1), v_set8(2)));
    return p;
}
#endif

#if TC_LANES && TC_LOOKUP_IS_CHEAP
typedef struct tables {
    tc_vec_table scale, saturation_low, saturation_high, hue_low, hue_high;
} tables;

static tables make_tables(const reciprocals *table) {
    return (tables){v_table(table->scale), v_table(table->saturation_low), v_table(table->saturation_high),
                    v_table(table->hue_low), v_table(table->hue_high)};
}

// Words in, words out: chroma * (1 + above / 2^16), rounded.
static inline tc_vec saturation_words(tc_vec chroma, tc_vec scale, tc_vec above) {
    chroma = v_mullo16(chroma, scale);
    tc_vec high = v_mulhi_u16(chroma, above), low = v_mullo16(chroma, above);
    return v_add16(v_add16(chroma, high), v_shr_u16(low, 15));
}

static inline tc_vec hue_words(tc_vec chroma, tc_vec plus, tc_vec minus, tc_vec twice, tc_vec factor) {
    tc_vec along = v_add16(v_sub16(plus, minus), v_mullo16(twice, v_add16(chroma, chroma)));
    along = v_add16(along, v_and(along, v_eq16(chroma, v_set16(1))));
    // A negative factor counts as 2^16 more in the high half of the unsigned product.
    tc_vec high = v_sub16(v_mulhi_u16(along, factor), v_and(v_shr_i16(along, 15), factor));
    tc_vec low = v_mullo16(along, factor);
    tc_vec hue = v_add16(v_shl16(high, 16 - BITS), v_shr_u16(v_add16(v_shr_u16(low, BITS - 1), v_set16(1)), 1));
    return v_add16(hue, v_and(v_shr_i16(hue, 15), v_set16(HUES)));
}

static inline void convert(planes p, const tables *t, tc_vec *saturation, tc_vec *hue) {
    tc_vec even = v_set16(255);
    tc_vec scale = v_lookup(&t->scale, p.value);
    tc_vec low = v_lookup(&t->saturation_low, p.value), high = v_lookup(&t->saturation_high, p.value);
    tc_vec evens = saturation_words(v_and(p.chroma, even), v_and(scale, even), v_select(even, low, v_shl16(high, 8)));
    tc_vec odds =
        saturation_words(v_shr_u16(p.chroma, 8), v_shr_u16(scale, 8), v_select(even, v_shr_u16(low, 8), high));
    *saturation = v_or(evens, v_shl16(odds, 8));
    low = v_lookup(&t->hue_low, p.chroma);
    high = v_lookup(&t->hue_high, p.chroma);
    evens = hue_words(v_and(p.chroma, even), v_and(p.plus, even), v_and(p.minus, even), v_and(p.twice, even),
                      v_select(even, low, v_shl16(high, 8)));
    odds = hue_words(v_shr_u16(p.chroma, 8), v_shr_u16(p.plus, 8), v_shr_u16(p.minus, 8), v_shr_u16(p.twice, 8),
                     v_select(even, v_shr_u16(low, 8), high));
    *hue = v_or(evens, v_shl16(odds, 8));
}
#elif TC_LANES
// The reciprocals are computed: the quotients of the few divisors, rounded to single precision, round to the same
// integers as the exact ones.
typedef struct tables {
    tc_vecf saturation, hue;
} tables;

static tables make_tables(const reciprocals *table) {
    (void)table;
    return (tables){v_setf(255 << BITS), v_setf((HUES << BITS) / 6)};
}

// TC_LANES / 4 products with rounded quotients, in 32 bits.
static inline tc_vec scaled(tc_vec factor, tc_vecf dividend, tc_vec divisor) {
    tc_vec reciprocal = v_f32_u23(v_divf(dividend, v_i32_f32(v_max_i32(divisor, v_set32(1)))));
    return v_shr_i32(v_add32(v_mullo32(factor, reciprocal), v_set32(HALF)), BITS);
}

static inline tc_vec saturation_words(tc_vec chroma, tc_vec value, const tables *t) {
    return v_narrow_i32_i16(scaled(v_widen_u16_lo(chroma), t->saturation, v_widen_u16_lo(value)),
                            scaled(v_widen_u16_hi(chroma), t->saturation, v_widen_u16_hi(value)));
}

static inline tc_vec hue_words(tc_vec chroma, tc_vec plus, tc_vec minus, tc_vec twice, const tables *t) {
    tc_vec along = v_add16(v_sub16(plus, minus), v_mullo16(twice, v_add16(chroma, chroma)));
    tc_vec hue = v_narrow_i32_i16(scaled(v_widen_i16_lo(along), t->hue, v_widen_u16_lo(chroma)),
                                  scaled(v_widen_i16_hi(along), t->hue, v_widen_u16_hi(chroma)));
    return v_add16(hue, v_and(v_shr_i16(hue, 15), v_set16(HUES)));
}

static inline void convert(planes p, const tables *t, tc_vec *saturation, tc_vec *hue) {
    tc_vec chroma_low = v_widen_u8_lo(p.chroma), chroma_high = v_widen_u8_hi(p.chroma);
    *saturation = v_narrow_i16_u8(saturation_words(chroma_low, v_widen_u8_lo(p.value), t),
                                  saturation_words(chroma_high, v_widen_u8_hi(p.value), t));
    *hue = v_narrow_i16_u8(
        hue_words(chroma_low, v_widen_u8_lo(p.plus), v_widen_u8_lo(p.minus), v_widen_u8_lo(p.twice), t),
        hue_words(chroma_high, v_widen_u8_hi(p.plus), v_widen_u8_hi(p.minus), v_widen_u8_hi(p.twice), t));
}
#endif

#if TC_LANES
// Whole rows of RGB or RGBA, at least TC_LANES pixels wide, from the first to the last full vector; returns how many
// pixels that were.
static int hsv_vectors(uint8_t *to, const uint8_t *from, int width, int channels, const reciprocals *table) {
    if (channels < 3 || width < TC_LANES) return 0;
    tables t = make_tables(table);
    tc_vec r, g, b, a = v_set8(0), saturation, hue;
    int x = 0;
    for (; x + TC_LANES <= width; x += TC_LANES) {
        if (channels == 3)
            v_load3(from + 3 * x, &r, &g, &b);
        else
            v_load4(from + 4 * x, &r, &g, &b, &a);
        planes p = split(r, g, b);
        convert(p, &t, &saturation, &hue);
        if (channels == 3)
            v_store3(to + 3 * x, p.value, saturation, hue);
        else
            v_store4(to + 4 * x, p.value, saturation, hue, a);
    }
    return x;
}
#else
static int hsv_vectors(uint8_t *to, const uint8_t *from, int width, int channels, const reciprocals *table) {
    (void)to;
    (void)from;
    (void)width;
    (void)channels;
    (void)table;
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
