// The vector layer (core/kernels/vector.h) in WebAssembly SIMD.
#ifndef TC_CORE_KERNELS_VECTOR_SIMD128_H
#define TC_CORE_KERNELS_VECTOR_SIMD128_H

#include <stddef.h>
#include <stdint.h>

#include <wasm_simd128.h>

#include <math.h>

#define TC_LANES 16
#define TC_LOOKUP_IS_CHEAP 0 // v_lookup takes a few instructions
#define TC_LOOKUP_IS_FAST 0  // v_lookup is faster than scalar look-ups

typedef v128_t tc_vec;
typedef v128_t tc_vecf;
_Static_assert(sizeof(tc_vec) == TC_LANES, "a vector holds TC_LANES bytes");

static inline tc_vec v_load(const void *p) {
    return wasm_v128_load(p);
}
static inline void v_store(void *p, tc_vec a) {
    wasm_v128_store(p, a);
}
// A streaming store to an address that is a multiple of TC_LANES. v_fence ends a series of them.
static inline void v_stream(void *p, tc_vec a) {
    TC_ASSERT_SLOW((uintptr_t)p % TC_LANES == 0);
    wasm_v128_store(p, a);
}
static inline void v_fence(void) {}
// Prefetches the cache line of `p`, which may point outside the picture.
static inline void v_prefetch(const void *p) {
    (void)p;
}
static inline tc_vec v_set8(int x) {
    return wasm_i8x16_splat((int8_t)x);
}
static inline tc_vec v_set16(int x) {
    return wasm_i16x8_splat((int16_t)x);
}
static inline tc_vec v_set32(int x) {
    return wasm_i32x4_splat(x);
}
static inline tc_vec v_add8(tc_vec a, tc_vec b) {
    return wasm_i8x16_add(a, b);
}
static inline tc_vec v_sub8(tc_vec a, tc_vec b) {
    return wasm_i8x16_sub(a, b);
}
static inline tc_vec v_adds_u8(tc_vec a, tc_vec b) {
    return wasm_u8x16_add_sat(a, b);
}
static inline tc_vec v_subs_u8(tc_vec a, tc_vec b) {
    return wasm_u8x16_sub_sat(a, b);
}
static inline tc_vec v_min_u8(tc_vec a, tc_vec b) {
    return wasm_u8x16_min(a, b);
}
static inline tc_vec v_max_u8(tc_vec a, tc_vec b) {
    return wasm_u8x16_max(a, b);
}
static inline tc_vec v_avg_u8(tc_vec a, tc_vec b) {
    return wasm_u8x16_avgr(a, b);
}
static inline tc_vec v_add16(tc_vec a, tc_vec b) {
    return wasm_i16x8_add(a, b);
}
static inline tc_vec v_sub16(tc_vec a, tc_vec b) {
    return wasm_i16x8_sub(a, b);
}
static inline tc_vec v_mullo16(tc_vec a, tc_vec b) {
    return wasm_i16x8_mul(a, b);
}
static inline tc_vec v_min_i16(tc_vec a, tc_vec b) {
    return wasm_i16x8_min(a, b);
}
static inline tc_vec v_max_i16(tc_vec a, tc_vec b) {
    return wasm_i16x8_max(a, b);
}
static inline tc_vec v_min_u16(tc_vec a, tc_vec b) {
    return wasm_u16x8_min(a, b);
}
static inline tc_vec v_max_u16(tc_vec a, tc_vec b) {
    return wasm_u16x8_max(a, b);
}
static inline tc_vec v_madd_i16(tc_vec a, tc_vec b) {
    return wasm_i32x4_dot_i16x8(a, b);
}
static inline tc_vec v_add32(tc_vec a, tc_vec b) {
    return wasm_i32x4_add(a, b);
}
static inline tc_vec v_sub32(tc_vec a, tc_vec b) {
    return wasm_i32x4_sub(a, b);
}
static inline tc_vec v_mullo32(tc_vec a, tc_vec b) {
    return wasm_i32x4_mul(a, b);
}
static inline tc_vec v_min_i32(tc_vec a, tc_vec b) {
    return wasm_i32x4_min(a, b);
}
static inline tc_vec v_max_i32(tc_vec a, tc_vec b) {
    return wasm_i32x4_max(a, b);
}
static inline tc_vec v_and(tc_vec a, tc_vec b) {
    return wasm_v128_and(a, b);
}
static inline tc_vec v_or(tc_vec a, tc_vec b) {
    return wasm_v128_or(a, b);
}
static inline tc_vec v_xor(tc_vec a, tc_vec b) {
    return wasm_v128_xor(a, b);
}
// b where a is 0.
static inline tc_vec v_andnot(tc_vec a, tc_vec b) {
    return wasm_v128_andnot(b, a);
}
// a where the mask's lanes are all ones, b where they are 0.
static inline tc_vec v_select(tc_vec mask, tc_vec a, tc_vec b) {
    return wasm_v128_bitselect(a, b, mask);
}
static inline tc_vec v_eq8(tc_vec a, tc_vec b) {
    return wasm_i8x16_eq(a, b);
}
static inline tc_vec v_gt_u8(tc_vec a, tc_vec b) {
    return wasm_u8x16_gt(a, b);
}
static inline tc_vec v_eq16(tc_vec a, tc_vec b) {
    return wasm_i16x8_eq(a, b);
}
static inline tc_vec v_gt_i16(tc_vec a, tc_vec b) {
    return wasm_i16x8_gt(a, b);
}
static inline tc_vec v_eq32(tc_vec a, tc_vec b) {
    return wasm_i32x4_eq(a, b);
}
static inline tc_vec v_gt_i32(tc_vec a, tc_vec b) {
    return wasm_i32x4_gt(a, b);
}
// The highest bit of each byte; that of the first byte is the lowest bit.
static inline uint64_t v_bits8(tc_vec a) {
    return wasm_i8x16_bitmask(a);
}
// The highest bit of each 16-bit lane; that of the first lane is the lowest bit.
static inline uint64_t v_bits16(tc_vec a) {
    return wasm_i16x8_bitmask(a);
}
// The inverse of v_bits8: a byte of all ones for each bit that is 1. Bits beyond TC_LANES are ignored.
static inline tc_vec v_from_bits8(uint64_t bits) {
    const tc_vec bit = wasm_i64x2_splat((int64_t)0x8040201008040201);
    tc_vec both = wasm_i16x8_splat((int16_t)bits);
    tc_vec spread = wasm_i8x16_swizzle(both, wasm_i8x16_const(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1));
    return wasm_i8x16_eq(wasm_v128_and(spread, bit), bit);
}
static inline tc_vec v_shl16(tc_vec a, int n) {
    return wasm_i16x8_shl(a, n);
}
static inline tc_vec v_shr_u16(tc_vec a, int n) {
    return wasm_u16x8_shr(a, n);
}
static inline tc_vec v_shr_i16(tc_vec a, int n) {
    return wasm_i16x8_shr(a, n);
}
static inline tc_vec v_shl32(tc_vec a, int n) {
    return wasm_i32x4_shl(a, n);
}
static inline tc_vec v_shr_u32(tc_vec a, int n) {
    return wasm_u32x4_shr(a, n);
}
static inline tc_vec v_shr_i32(tc_vec a, int n) {
    return wasm_i32x4_shr(a, n);
}
static inline tc_vec v_abs16(tc_vec a) {
    return wasm_i16x8_abs(a);
}
static inline tc_vec v_widen_u8_lo(tc_vec a) {
    return wasm_u16x8_extend_low_u8x16(a);
}
static inline tc_vec v_widen_u8_hi(tc_vec a) {
    return wasm_u16x8_extend_high_u8x16(a);
}
static inline tc_vec v_widen_u16_lo(tc_vec a) {
    return wasm_u32x4_extend_low_u16x8(a);
}
static inline tc_vec v_widen_u16_hi(tc_vec a) {
    return wasm_u32x4_extend_high_u16x8(a);
}
static inline tc_vec v_widen_i16_lo(tc_vec a) {
    return wasm_i32x4_extend_low_i16x8(a);
}
static inline tc_vec v_widen_i16_hi(tc_vec a) {
    return wasm_i32x4_extend_high_i16x8(a);
}
// Saturated to 0..255.
static inline tc_vec v_narrow_i16_u8(tc_vec a, tc_vec b) {
    return wasm_u8x16_narrow_i16x8(a, b);
}
// Saturated.
static inline tc_vec v_narrow_i32_i16(tc_vec a, tc_vec b) {
    return wasm_i16x8_narrow_i32x4(a, b);
}
// Saturated to 0..65535.
static inline tc_vec v_narrow_i32_u16(tc_vec a, tc_vec b) {
    return wasm_u16x8_narrow_i32x4(a, b);
}
// sum + v_madd_i16(a, b)
static inline tc_vec v_dot_i16(tc_vec sum, tc_vec a, tc_vec b) {
    return wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(a, b));
}
static inline tc_vec v_mulhi_u16(tc_vec a, tc_vec b) {
    tc_vec lo = wasm_u32x4_extmul_low_u16x8(a, b), hi = wasm_u32x4_extmul_high_u16x8(a, b);
    return wasm_i16x8_shuffle(lo, hi, 1, 3, 5, 7, 9, 11, 13, 15);
}
static inline tc_vec v_mulhi_i16(tc_vec a, tc_vec b) {
    tc_vec lo = wasm_i32x4_extmul_low_i16x8(a, b), hi = wasm_i32x4_extmul_high_i16x8(a, b);
    return wasm_i16x8_shuffle(lo, hi, 1, 3, 5, 7, 9, 11, 13, 15);
}
// a * b / 2^15, rounded to nearest, halves up. Not for a = b = -2^15.
static inline tc_vec v_mulround_i16(tc_vec a, tc_vec b) {
    return wasm_i16x8_q15mulr_sat(a, b);
}
static inline tc_vecf v_addf(tc_vecf a, tc_vecf b) {
    return wasm_f32x4_add(a, b);
}
static inline tc_vecf v_subf(tc_vecf a, tc_vecf b) {
    return wasm_f32x4_sub(a, b);
}
static inline tc_vecf v_mulf(tc_vecf a, tc_vecf b) {
    return wasm_f32x4_mul(a, b);
}
static inline tc_vecf v_divf(tc_vecf a, tc_vecf b) {
    return wasm_f32x4_div(a, b);
}
static inline tc_vecf v_minf(tc_vecf a, tc_vecf b) {
    return wasm_f32x4_pmin(b, a);
}
static inline tc_vecf v_maxf(tc_vecf a, tc_vecf b) {
    return wasm_f32x4_pmax(b, a);
}
static inline tc_vecf v_setf(float x) {
    return wasm_f32x4_splat(x);
}
static inline tc_vecf v_loadf(const float *p) {
    return wasm_v128_load(p);
}
static inline void v_storef(float *p, tc_vecf a) {
    wasm_v128_store(p, a);
}
static inline tc_vec v_as_bits(tc_vecf a) {
    return a;
}
static inline tc_vecf v_i32_f32(tc_vec a) {
    return wasm_f32x4_convert_i32x4(a);
}
// Rounded to nearest, halves to even. The values must fit.
static inline tc_vec v_f32_i32(tc_vecf a) {
    return wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_nearest(a));
}

// Selects bytes within each 16 bytes by index: 0 to 15, or 128 for 0.
static inline tc_vec v_shuffle(tc_vec a, tc_vec index) {
    return wasm_i8x16_swizzle(a, index);
}
// The same 16 bytes repeated.
static inline tc_vec v_repeat16(const uint8_t p[16]) {
    return v_load(p);
}
// Products of unsigned bytes of `a` and signed bytes of `b`; sums of neighbouring products, saturated.
static inline tc_vec v_madd_u8(tc_vec a, tc_vec b) {
    tc_vec even = wasm_i16x8_mul(wasm_v128_and(a, wasm_i16x8_splat(255)), wasm_i16x8_shr(wasm_i16x8_shl(b, 8), 8));
    return wasm_i16x8_add_sat(even, wasm_i16x8_mul(wasm_u16x8_shr(a, 8), wasm_i16x8_shr(b, 8)));
}
// TC_LANES / 8 pieces of 8 bytes, each at its offset from `p`.
static inline tc_vec v_gather64(const uint8_t *p, const int32_t *offset) {
    return wasm_v128_load64_lane(p + offset[1], wasm_v128_load64_zero(p + offset[0]), 1);
}
// Selects bytes by index in the whole vector; indices are below TC_LANES.
static inline tc_vec v_permute(tc_vec a, tc_vec index) {
    return wasm_i8x16_swizzle(a, index);
}
// Interleaves the elements of the first (_lo) or last (_hi) 8 bytes of `a` and `b` within each 16 bytes.
static inline tc_vec v_zip8_each_lo(tc_vec a, tc_vec b) {
    return wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
static inline tc_vec v_zip8_each_hi(tc_vec a, tc_vec b) {
    return wasm_i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
static inline tc_vec v_zip16_each_lo(tc_vec a, tc_vec b) {
    return wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
static inline tc_vec v_zip16_each_hi(tc_vec a, tc_vec b) {
    return wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}
static inline tc_vec v_zip32_each_lo(tc_vec a, tc_vec b) {
    return wasm_i32x4_shuffle(a, b, 0, 4, 1, 5);
}
static inline tc_vec v_zip32_each_hi(tc_vec a, tc_vec b) {
    return wasm_i32x4_shuffle(a, b, 2, 6, 3, 7);
}
// Interleaves the 16-byte pieces of `a` and `b`. This restores memory order after v_zip16_each_lo and v_zip16_each_hi,
// or v_zip8_each_lo and v_zip8_each_hi.
static inline tc_vec v_zip128_lo(tc_vec a, tc_vec b) {
    (void)b;
    return a;
}
static inline tc_vec v_zip128_hi(tc_vec a, tc_vec b) {
    (void)a;
    return b;
}
// In each 16 bytes: four elements of `a`, then four of `b`, saturated.
static inline tc_vec v_narrow_each_i32_i16(tc_vec a, tc_vec b) {
    return wasm_i16x8_narrow_i32x4(a, b);
}
// Eight of `a`, then eight of `b`, saturated.
static inline tc_vec v_narrow_each_i16_u8(tc_vec a, tc_vec b) {
    return wasm_u8x16_narrow_i16x8(a, b);
}
// Sums of neighbouring bytes.
static inline tc_vec v_sum_pairs_u8(tc_vec a) {
    return wasm_u16x8_extadd_pairwise_u8x16(a);
}
// TC_LANES / 16 pieces of 16 bytes, `step` bytes apart.
static inline tc_vec v_load_steps(const uint8_t *p, ptrdiff_t step) {
    (void)step;
    return v_load(p);
}
static inline void v_store_steps(uint8_t *p, ptrdiff_t step, tc_vec a) {
    (void)step;
    v_store(p, a);
}
// Rounded to nearest, halves to even. Requires 0 <= a < 2^23: adding 2^23 leaves the integer in the low bits.
static inline tc_vec v_f32_u23(tc_vecf a) {
    return wasm_v128_xor(wasm_f32x4_add(a, wasm_f32x4_splat(0x1p23f)), wasm_i32x4_splat(0x4B000000));
}

// A table of 256 bytes.
typedef struct tc_vec_table {
    tc_vec part[16];
} tc_vec_table;
static inline tc_vec_table v_table(const uint8_t map[256]) {
    tc_vec_table t;
    for (int i = 0; i < 16; i++) t.part[i] = v_load(map + 16 * i);
    return t;
}
// A swizzle gives 0 for an index beyond 15, so exactly one of the sixteen pieces contributes.
static inline tc_vec v_lookup(const tc_vec_table *t, tc_vec index) {
    tc_vec found = wasm_i8x16_swizzle(t->part[0], index);
    for (int i = 1; i < 16; i++)
        found = wasm_v128_or(found,
                             wasm_i8x16_swizzle(t->part[i], wasm_i8x16_sub(index, wasm_i8x16_splat((int8_t)(16 * i)))));
    return found;
}

// Splits TC_LANES pixels of 3 or 4 interleaved bytes into planes, and joins them again. Swizzles keep their
// indices in registers, whereas browsers rebuild those of a two-vector shuffle at each use.
static inline tc_vec v_plane_of_3(const tc_vec parts[3], int plane) {
    tc_vec found = wasm_i8x16_splat(0);
    for (int k = 0; k < 3; k++) {
        uint8_t index[16];
        for (int i = 0; i < 16; i++) index[i] = (uint8_t)((3 * i + plane) / 16 == k ? (3 * i + plane) % 16 : 128);
        found = wasm_v128_or(found, wasm_i8x16_swizzle(parts[k], v_load(index)));
    }
    return found;
}
static inline tc_vec v_part_of_3(const tc_vec planes[3], int part) {
    tc_vec found = wasm_i8x16_splat(0);
    for (int k = 0; k < 3; k++) {
        uint8_t index[16];
        for (int i = 0; i < 16; i++) index[i] = (uint8_t)((16 * part + i) % 3 == k ? (16 * part + i) / 3 : 128);
        found = wasm_v128_or(found, wasm_i8x16_swizzle(planes[k], v_load(index)));
    }
    return found;
}
static inline void v_load3(const uint8_t *p, tc_vec *r, tc_vec *g, tc_vec *b) {
    const tc_vec parts[3] = {v_load(p), v_load(p + 16), v_load(p + 32)};
    *r = v_plane_of_3(parts, 0);
    *g = v_plane_of_3(parts, 1);
    *b = v_plane_of_3(parts, 2);
}
static inline void v_store3(uint8_t *p, tc_vec r, tc_vec g, tc_vec b) {
    const tc_vec planes[3] = {r, g, b};
    for (int part = 0; part < 3; part++) v_store(p + 16 * part, v_part_of_3(planes, part));
}
static inline void v_load4(const uint8_t *p, tc_vec *r, tc_vec *g, tc_vec *b, tc_vec *a) {
    const tc_vec planes = wasm_i8x16_const(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    tc_vec x = wasm_i8x16_swizzle(v_load(p), planes), y = wasm_i8x16_swizzle(v_load(p + 16), planes),
           z = wasm_i8x16_swizzle(v_load(p + 32), planes), w = wasm_i8x16_swizzle(v_load(p + 48), planes);
    tc_vec rg = v_zip32_each_lo(x, y), rg2 = v_zip32_each_lo(z, w);
    tc_vec ba = v_zip32_each_hi(x, y), ba2 = v_zip32_each_hi(z, w);
    *r = wasm_i64x2_shuffle(rg, rg2, 0, 2);
    *g = wasm_i64x2_shuffle(rg, rg2, 1, 3);
    *b = wasm_i64x2_shuffle(ba, ba2, 0, 2);
    *a = wasm_i64x2_shuffle(ba, ba2, 1, 3);
}
static inline void v_store4(uint8_t *p, tc_vec r, tc_vec g, tc_vec b, tc_vec a) {
    tc_vec rg = wasm_i8x16_shuffle(r, g, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
           rg2 = wasm_i8x16_shuffle(r, g, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    tc_vec ba = wasm_i8x16_shuffle(b, a, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
           ba2 = wasm_i8x16_shuffle(b, a, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    v_store(p, wasm_i8x16_shuffle(rg, ba, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23));
    v_store(p + 16, wasm_i8x16_shuffle(rg, ba, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31));
    v_store(p + 32, wasm_i8x16_shuffle(rg2, ba2, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23));
    v_store(p + 48, wasm_i8x16_shuffle(rg2, ba2, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31));
}

#endif
