// The vector layer (core/kernels/vector.h) in AVX-512 with VBMI.
#ifndef TC_CORE_KERNELS_VECTOR_AVX512_H
#define TC_CORE_KERNELS_VECTOR_AVX512_H

#include <stddef.h>
#include <stdint.h>

#include <immintrin.h>

#define TC_LANES 64
#define TC_LOOKUP_IS_CHEAP 1 // v_lookup takes a few instructions
#define TC_LOOKUP_IS_FAST 1  // v_lookup is faster than scalar look-ups

typedef __m512i tc_vec;
typedef __m512 tc_vecf;
_Static_assert(sizeof(tc_vec) == TC_LANES, "a vector holds TC_LANES bytes");

static inline tc_vec v_load(const void *p) {
    return _mm512_loadu_si512(p);
}
// For a vector that is used more than once. Compilers load it again for each use as a memory operand, which is slow if
// it crosses a cache line. WebAssembly has no memory operands.
static inline tc_vec v_load_once(const void *p) {
    tc_vec a = v_load(p);
    __asm__("" : "+v"(a));
    return a;
}
static inline void v_store(void *p, tc_vec a) {
    _mm512_storeu_si512(p, a);
}
// A streaming store to an address that is a multiple of TC_LANES. v_fence ends a series of them.
static inline void v_stream(void *p, tc_vec a) {
    TC_ASSERT_SLOW((uintptr_t)p % TC_LANES == 0);
    _mm512_stream_si512(p, a);
}
static inline void v_fence(void) {
    _mm_sfence();
}
// Prefetches the cache line of `p`, which may point outside the picture.
static inline void v_prefetch(const void *p) {
    _mm_prefetch(p, _MM_HINT_T0);
}
static inline tc_vec v_set8(int x) {
    return _mm512_set1_epi8((char)x);
}
static inline tc_vec v_set16(int x) {
    return _mm512_set1_epi16((short)x);
}
static inline tc_vec v_set32(int x) {
    return _mm512_set1_epi32(x);
}
static inline tc_vec v_add8(tc_vec a, tc_vec b) {
    return _mm512_add_epi8(a, b);
}
static inline tc_vec v_sub8(tc_vec a, tc_vec b) {
    return _mm512_sub_epi8(a, b);
}
static inline tc_vec v_adds_u8(tc_vec a, tc_vec b) {
    return _mm512_adds_epu8(a, b);
}
static inline tc_vec v_subs_u8(tc_vec a, tc_vec b) {
    return _mm512_subs_epu8(a, b);
}
static inline tc_vec v_min_u8(tc_vec a, tc_vec b) {
    return _mm512_min_epu8(a, b);
}
static inline tc_vec v_max_u8(tc_vec a, tc_vec b) {
    return _mm512_max_epu8(a, b);
}
static inline tc_vec v_avg_u8(tc_vec a, tc_vec b) {
    return _mm512_avg_epu8(a, b);
}
static inline tc_vec v_add16(tc_vec a, tc_vec b) {
    return _mm512_add_epi16(a, b);
}
static inline tc_vec v_sub16(tc_vec a, tc_vec b) {
    return _mm512_sub_epi16(a, b);
}
// Hides a constant factor from the compiler, which would replace it by a chain of shifts and additions.
static inline tc_vec v_mullo16(tc_vec a, tc_vec b) {
    __asm__("" : "+v"(b));
    return _mm512_mullo_epi16(a, b);
}
static inline tc_vec v_min_i16(tc_vec a, tc_vec b) {
    return _mm512_min_epi16(a, b);
}
static inline tc_vec v_max_i16(tc_vec a, tc_vec b) {
    return _mm512_max_epi16(a, b);
}
static inline tc_vec v_min_u16(tc_vec a, tc_vec b) {
    return _mm512_min_epu16(a, b);
}
static inline tc_vec v_max_u16(tc_vec a, tc_vec b) {
    return _mm512_max_epu16(a, b);
}
static inline tc_vec v_madd_i16(tc_vec a, tc_vec b) {
    return _mm512_madd_epi16(a, b);
}
static inline tc_vec v_add32(tc_vec a, tc_vec b) {
    return _mm512_add_epi32(a, b);
}
static inline tc_vec v_sub32(tc_vec a, tc_vec b) {
    return _mm512_sub_epi32(a, b);
}
static inline tc_vec v_mullo32(tc_vec a, tc_vec b) {
    return _mm512_mullo_epi32(a, b);
}
static inline tc_vec v_min_i32(tc_vec a, tc_vec b) {
    return _mm512_min_epi32(a, b);
}
static inline tc_vec v_max_i32(tc_vec a, tc_vec b) {
    return _mm512_max_epi32(a, b);
}
static inline tc_vec v_and(tc_vec a, tc_vec b) {
    return _mm512_and_si512(a, b);
}
static inline tc_vec v_or(tc_vec a, tc_vec b) {
    return _mm512_or_si512(a, b);
}
static inline tc_vec v_xor(tc_vec a, tc_vec b) {
    return _mm512_xor_si512(a, b);
}
// b where a is 0.
static inline tc_vec v_andnot(tc_vec a, tc_vec b) {
    return _mm512_andnot_si512(a, b);
}
// a where the mask's lanes are all ones, b where they are 0.
static inline tc_vec v_select(tc_vec mask, tc_vec a, tc_vec b) {
    return _mm512_ternarylogic_epi64(mask, a, b, 0xCA);
}
static inline tc_vec v_eq8(tc_vec a, tc_vec b) {
    return _mm512_movm_epi8(_mm512_cmpeq_epi8_mask(a, b));
}
static inline tc_vec v_gt_u8(tc_vec a, tc_vec b) {
    return _mm512_movm_epi8(_mm512_cmpgt_epu8_mask(a, b));
}
static inline tc_vec v_eq16(tc_vec a, tc_vec b) {
    return _mm512_movm_epi16(_mm512_cmpeq_epi16_mask(a, b));
}
static inline tc_vec v_gt_i16(tc_vec a, tc_vec b) {
    return _mm512_movm_epi16(_mm512_cmpgt_epi16_mask(a, b));
}
static inline tc_vec v_eq32(tc_vec a, tc_vec b) {
    return _mm512_movm_epi32(_mm512_cmpeq_epi32_mask(a, b));
}
static inline tc_vec v_gt_i32(tc_vec a, tc_vec b) {
    return _mm512_movm_epi32(_mm512_cmpgt_epi32_mask(a, b));
}
// The highest bit of each byte; that of the first byte is the lowest bit.
static inline uint64_t v_bits8(tc_vec a) {
    return _mm512_movepi8_mask(a);
}
// The highest bit of each 16-bit lane; that of the first lane is the lowest bit.
static inline uint64_t v_bits16(tc_vec a) {
    return _mm512_movepi16_mask(a);
}
// The inverse of v_bits8: a byte of all ones for each bit that is 1. Bits beyond TC_LANES are ignored.
static inline tc_vec v_from_bits8(uint64_t bits) {
    return _mm512_movm_epi8(bits);
}
// Compilers turn these into shifts by an immediate.
static inline tc_vec v_shl16(tc_vec a, int n) {
    return (tc_vec)((__v32hu)a << n);
}
static inline tc_vec v_shr_u16(tc_vec a, int n) {
    return (tc_vec)((__v32hu)a >> n);
}
static inline tc_vec v_shr_i16(tc_vec a, int n) {
    return (tc_vec)((__v32hi)a >> n);
}
static inline tc_vec v_shl32(tc_vec a, int n) {
    return (tc_vec)((__v16su)a << n);
}
static inline tc_vec v_shr_u32(tc_vec a, int n) {
    return (tc_vec)((__v16su)a >> n);
}
static inline tc_vec v_shr_i32(tc_vec a, int n) {
    return (tc_vec)((__v16si)a >> n);
}
static inline tc_vec v_abs16(tc_vec a) {
    return _mm512_abs_epi16(a);
}
static inline tc_vec v_widen_u8_lo(tc_vec a) {
    return _mm512_cvtepu8_epi16(_mm512_castsi512_si256(a));
}
static inline tc_vec v_widen_u8_hi(tc_vec a) {
    return _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(a, 1));
}
static inline tc_vec v_widen_u16_lo(tc_vec a) {
    return _mm512_cvtepu16_epi32(_mm512_castsi512_si256(a));
}
static inline tc_vec v_widen_u16_hi(tc_vec a) {
    return _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(a, 1));
}
static inline tc_vec v_widen_i16_lo(tc_vec a) {
    return _mm512_cvtepi16_epi32(_mm512_castsi512_si256(a));
}
static inline tc_vec v_widen_i16_hi(tc_vec a) {
    return _mm512_cvtepi16_epi32(_mm512_extracti64x4_epi64(a, 1));
}
// Saturated to 0..255.
static inline tc_vec v_narrow_i16_u8(tc_vec a, tc_vec b) {
    return _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), _mm512_packus_epi16(a, b));
}
// Saturated.
static inline tc_vec v_narrow_i32_i16(tc_vec a, tc_vec b) {
    return _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), _mm512_packs_epi32(a, b));
}
// Saturated to 0..65535.
static inline tc_vec v_narrow_i32_u16(tc_vec a, tc_vec b) {
    return _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), _mm512_packus_epi32(a, b));
}
// sum + v_madd_i16(a, b)
static inline tc_vec v_dot_i16(tc_vec sum, tc_vec a, tc_vec b) {
    return _mm512_dpwssd_epi32(sum, a, b);
}
static inline tc_vec v_mulhi_u16(tc_vec a, tc_vec b) {
    return _mm512_mulhi_epu16(a, b);
}
static inline tc_vec v_mulhi_i16(tc_vec a, tc_vec b) {
    return _mm512_mulhi_epi16(a, b);
}
// a * b / 2^15, rounded to nearest, halves up. Not for a = b = -2^15.
static inline tc_vec v_mulround_i16(tc_vec a, tc_vec b) {
    return _mm512_mulhrs_epi16(a, b);
}
static inline tc_vecf v_addf(tc_vecf a, tc_vecf b) {
    return _mm512_add_ps(a, b);
}
static inline tc_vecf v_subf(tc_vecf a, tc_vecf b) {
    return _mm512_sub_ps(a, b);
}
static inline tc_vecf v_mulf(tc_vecf a, tc_vecf b) {
    return _mm512_mul_ps(a, b);
}
static inline tc_vecf v_divf(tc_vecf a, tc_vecf b) {
    return _mm512_div_ps(a, b);
}
static inline tc_vecf v_minf(tc_vecf a, tc_vecf b) {
    return _mm512_min_ps(a, b);
}
static inline tc_vecf v_maxf(tc_vecf a, tc_vecf b) {
    return _mm512_max_ps(a, b);
}
static inline tc_vecf v_setf(float x) {
    return _mm512_set1_ps(x);
}
static inline tc_vecf v_loadf(const float *p) {
    return _mm512_loadu_ps(p);
}
static inline void v_storef(float *p, tc_vecf a) {
    _mm512_storeu_ps(p, a);
}
static inline tc_vec v_as_bits(tc_vecf a) {
    return _mm512_castps_si512(a);
}
static inline tc_vecf v_i32_f32(tc_vec a) {
    return _mm512_cvtepi32_ps(a);
}
// Rounded to nearest, halves to even. The values must fit.
static inline tc_vec v_f32_i32(tc_vecf a) {
    return _mm512_cvtps_epi32(a);
}

// Selects bytes within each 16 bytes by index: 0 to 15, or 128 for 0.
static inline tc_vec v_shuffle(tc_vec a, tc_vec index) {
    return _mm512_shuffle_epi8(a, index);
}
// The same 16 bytes repeated.
static inline tc_vec v_repeat16(const uint8_t p[16]) {
    return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)p));
}
// Products of unsigned bytes of `a` and signed bytes of `b`; sums of neighbouring products, saturated.
static inline tc_vec v_madd_u8(tc_vec a, tc_vec b) {
    return _mm512_maddubs_epi16(a, b);
}
static inline __m128i v_pair64(const uint8_t *low, const uint8_t *high) {
    return _mm_unpacklo_epi64(_mm_loadu_si64(low), _mm_loadu_si64(high));
}
// TC_LANES / 8 pieces of 8 bytes, each at its offset from `p`. Plain loads are faster than the gather instruction.
static inline tc_vec v_gather64(const uint8_t *p, const int32_t *offset) {
    __m512i a = _mm512_castsi128_si512(v_pair64(p + offset[0], p + offset[1]));
    a = _mm512_inserti32x4(a, v_pair64(p + offset[2], p + offset[3]), 1);
    a = _mm512_inserti32x4(a, v_pair64(p + offset[4], p + offset[5]), 2);
    return _mm512_inserti32x4(a, v_pair64(p + offset[6], p + offset[7]), 3);
}
// Selects bytes by index in the whole vector; indices are below TC_LANES.
static inline tc_vec v_permute(tc_vec a, tc_vec index) {
    return _mm512_permutexvar_epi8(index, a);
}
// Interleaves the elements of the first (_lo) or last (_hi) 8 bytes of `a` and `b` within each 16 bytes.
static inline tc_vec v_zip8_each_lo(tc_vec a, tc_vec b) {
    return _mm512_unpacklo_epi8(a, b);
}
static inline tc_vec v_zip8_each_hi(tc_vec a, tc_vec b) {
    return _mm512_unpackhi_epi8(a, b);
}
static inline tc_vec v_zip16_each_lo(tc_vec a, tc_vec b) {
    return _mm512_unpacklo_epi16(a, b);
}
static inline tc_vec v_zip16_each_hi(tc_vec a, tc_vec b) {
    return _mm512_unpackhi_epi16(a, b);
}
static inline tc_vec v_zip32_each_lo(tc_vec a, tc_vec b) {
    return _mm512_unpacklo_epi32(a, b);
}
static inline tc_vec v_zip32_each_hi(tc_vec a, tc_vec b) {
    return _mm512_unpackhi_epi32(a, b);
}
// Interleaves the 16-byte pieces of `a` and `b`. This restores memory order after v_zip16_each_lo and v_zip16_each_hi,
// or v_zip8_each_lo and v_zip8_each_hi.
static inline tc_vec v_zip128_lo(tc_vec a, tc_vec b) {
    return _mm512_permutex2var_epi64(a, _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), b);
}
static inline tc_vec v_zip128_hi(tc_vec a, tc_vec b) {
    return _mm512_permutex2var_epi64(a, _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15), b);
}
// In each 16 bytes: four elements of `a`, then four of `b`, saturated.
static inline tc_vec v_narrow_each_i32_i16(tc_vec a, tc_vec b) {
    return _mm512_packs_epi32(a, b);
}
// Eight of `a`, then eight of `b`, saturated.
static inline tc_vec v_narrow_each_i16_u8(tc_vec a, tc_vec b) {
    return _mm512_packus_epi16(a, b);
}
// Sums of neighbouring bytes.
static inline tc_vec v_sum_pairs_u8(tc_vec a) {
    return _mm512_maddubs_epi16(a, _mm512_set1_epi8(1));
}
// TC_LANES / 16 pieces of 16 bytes, `step` bytes apart.
static inline tc_vec v_load_steps(const uint8_t *p, ptrdiff_t step) {
    tc_vec a = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(const void *)p));
    a = _mm512_inserti32x4(a, _mm_loadu_si128((const __m128i *)(const void *)(p + step)), 1);
    a = _mm512_inserti32x4(a, _mm_loadu_si128((const __m128i *)(const void *)(p + 2 * step)), 2);
    return _mm512_inserti32x4(a, _mm_loadu_si128((const __m128i *)(const void *)(p + 3 * step)), 3);
}
static inline void v_store_steps(uint8_t *p, ptrdiff_t step, tc_vec a) {
    _mm_storeu_si128((__m128i *)(void *)p, _mm512_castsi512_si128(a));
    _mm_storeu_si128((__m128i *)(void *)(p + step), _mm512_extracti32x4_epi32(a, 1));
    _mm_storeu_si128((__m128i *)(void *)(p + 2 * step), _mm512_extracti32x4_epi32(a, 2));
    _mm_storeu_si128((__m128i *)(void *)(p + 3 * step), _mm512_extracti32x4_epi32(a, 3));
}
// Rounded to nearest, halves to even. Requires 0 <= a < 2^23.
static inline tc_vec v_f32_u23(tc_vecf a) {
    return _mm512_cvtps_epi32(a);
}

// A table of 256 bytes.
typedef struct tc_vec_table {
    tc_vec part[4];
} tc_vec_table;
static inline tc_vec_table v_table(const uint8_t map[256]) {
    return (tc_vec_table){{v_load(map), v_load(map + 64), v_load(map + 128), v_load(map + 192)}};
}
static inline tc_vec v_lookup(const tc_vec_table *t, tc_vec index) {
    tc_vec low = _mm512_permutex2var_epi8(t->part[0], index, t->part[1]);
    tc_vec high = _mm512_permutex2var_epi8(t->part[2], index, t->part[3]);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), low, high);
}

// Splits TC_LANES pixels of 3 or 4 interleaved bytes into planes, and joins them again.
static inline void v_load3(const uint8_t *p, tc_vec *r, tc_vec *g, tc_vec *b) {
    static const uint8_t r_xy[64] = {0,  3,  6,   9,   12,  15,  18,  21,  24,  27,  30,  33, 36, 39, 42, 45,
                                     48, 51, 54,  57,  60,  63,  66,  69,  72,  75,  78,  81, 84, 87, 90, 93,
                                     96, 99, 102, 105, 108, 111, 114, 117, 120, 123, 126, 0,  0,  0,  0,  0,
                                     0,  0,  0,   0,   0,   0,   0,   0,   0,   0,   0,   0,  0,  0,  0,  0};
    static const uint8_t r_z[64] = {0,  1,  2,  3,  4,  5,  6,  7,   8,   9,   10,  11,  12,  13,  14,  15,
                                    16, 17, 18, 19, 20, 21, 22, 23,  24,  25,  26,  27,  28,  29,  30,  31,
                                    32, 33, 34, 35, 36, 37, 38, 39,  40,  41,  42,  65,  68,  71,  74,  77,
                                    80, 83, 86, 89, 92, 95, 98, 101, 104, 107, 110, 113, 116, 119, 122, 125};
    static const uint8_t g_xy[64] = {1,  4,   7,   10,  13,  16,  19,  22,  25,  28,  31,  34, 37, 40, 43, 46,
                                     49, 52,  55,  58,  61,  64,  67,  70,  73,  76,  79,  82, 85, 88, 91, 94,
                                     97, 100, 103, 106, 109, 112, 115, 118, 121, 124, 127, 0,  0,  0,  0,  0,
                                     0,  0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,  0,  0,  0,  0};
    static const uint8_t g_z[64] = {0,  1,  2,  3,  4,  5,  6,  7,   8,   9,   10,  11,  12,  13,  14,  15,
                                    16, 17, 18, 19, 20, 21, 22, 23,  24,  25,  26,  27,  28,  29,  30,  31,
                                    32, 33, 34, 35, 36, 37, 38, 39,  40,  41,  42,  66,  69,  72,  75,  78,
                                    81, 84, 87, 90, 93, 96, 99, 102, 105, 108, 111, 114, 117, 120, 123, 126};
    static const uint8_t b_xy[64] = {2,  5,   8,   11,  14,  17,  20,  23,  26,  29,  32, 35, 38, 41, 44, 47,
                                     50, 53,  56,  59,  62,  65,  68,  71,  74,  77,  80, 83, 86, 89, 92, 95,
                                     98, 101, 104, 107, 110, 113, 116, 119, 122, 125, 0,  0,  0,  0,  0,  0,
                                     0,  0,   0,   0,   0,   0,   0,   0,   0,   0,   0,  0,  0,  0,  0,  0};
    static const uint8_t b_z[64] = {0,  1,  2,  3,  4,  5,  6,   7,   8,   9,   10,  11,  12,  13,  14,  15,
                                    16, 17, 18, 19, 20, 21, 22,  23,  24,  25,  26,  27,  28,  29,  30,  31,
                                    32, 33, 34, 35, 36, 37, 38,  39,  40,  41,  64,  67,  70,  73,  76,  79,
                                    82, 85, 88, 91, 94, 97, 100, 103, 106, 109, 112, 115, 118, 121, 124, 127};
    tc_vec x = v_load(p), y = v_load(p + 64), z = v_load(p + 128);
    *r = _mm512_permutex2var_epi8(_mm512_permutex2var_epi8(x, v_load(r_xy), y), v_load(r_z), z);
    *g = _mm512_permutex2var_epi8(_mm512_permutex2var_epi8(x, v_load(g_xy), y), v_load(g_z), z);
    *b = _mm512_permutex2var_epi8(_mm512_permutex2var_epi8(x, v_load(b_xy), y), v_load(b_z), z);
}
static inline void v_store3(uint8_t *p, tc_vec r, tc_vec g, tc_vec b) {
    static const uint8_t rg0[64] = {0,  64, 0,  1,  65, 0,  2,  66, 0,  3,  67, 0,  4,  68, 0,  5,
                                    69, 0,  6,  70, 0,  7,  71, 0,  8,  72, 0,  9,  73, 0,  10, 74,
                                    0,  11, 75, 0,  12, 76, 0,  13, 77, 0,  14, 78, 0,  15, 79, 0,
                                    16, 80, 0,  17, 81, 0,  18, 82, 0,  19, 83, 0,  20, 84, 0,  21};
    static const uint8_t b0[64] = {0,  1,  64, 3,  4,  65, 6,  7,  66, 9,  10, 67, 12, 13, 68, 15,
                                   16, 69, 18, 19, 70, 21, 22, 71, 24, 25, 72, 27, 28, 73, 30, 31,
                                   74, 33, 34, 75, 36, 37, 76, 39, 40, 77, 42, 43, 78, 45, 46, 79,
                                   48, 49, 80, 51, 52, 81, 54, 55, 82, 57, 58, 83, 60, 61, 84, 63};
    static const uint8_t rg1[64] = {85,  0,  22, 86,  0,  23, 87,  0,  24, 88,  0,  25, 89,  0,   26, 90,
                                    0,   27, 91, 0,   28, 92, 0,   29, 93, 0,   30, 94, 0,   31,  95, 0,
                                    32,  96, 0,  33,  97, 0,  34,  98, 0,  35,  99, 0,  36,  100, 0,  37,
                                    101, 0,  38, 102, 0,  39, 103, 0,  40, 104, 0,  41, 105, 0,   42, 106};
    static const uint8_t b1[64] = {0,  85,  2,  3,  86,  5,  6,  87,  8,  9,  88,  11, 12, 89,  14,  15,
                                   90, 17,  18, 91, 20,  21, 92, 23,  24, 93, 26,  27, 94, 29,  30,  95,
                                   32, 33,  96, 35, 36,  97, 38, 39,  98, 41, 42,  99, 44, 45,  100, 47,
                                   48, 101, 50, 51, 102, 53, 54, 103, 56, 57, 104, 59, 60, 105, 62,  63};
    static const uint8_t rg2[64] = {0,   43,  107, 0,   44,  108, 0,   45,  109, 0,   46,  110, 0,   47,  111, 0,
                                    48,  112, 0,   49,  113, 0,   50,  114, 0,   51,  115, 0,   52,  116, 0,   53,
                                    117, 0,   54,  118, 0,   55,  119, 0,   56,  120, 0,   57,  121, 0,   58,  122,
                                    0,   59,  123, 0,   60,  124, 0,   61,  125, 0,   62,  126, 0,   63,  127, 0};
    static const uint8_t b2[64] = {106, 1,   2,   107, 4,   5,   108, 7,   8,   109, 10,  11,  110, 13,  14,  111,
                                   16,  17,  112, 19,  20,  113, 22,  23,  114, 25,  26,  115, 28,  29,  116, 31,
                                   32,  117, 34,  35,  118, 37,  38,  119, 40,  41,  120, 43,  44,  121, 46,  47,
                                   122, 49,  50,  123, 52,  53,  124, 55,  56,  125, 58,  59,  126, 61,  62,  127};
    v_store(p + 0, _mm512_permutex2var_epi8(_mm512_permutex2var_epi8(r, v_load(rg0), g), v_load(b0), b));
    v_store(p + 64, _mm512_permutex2var_epi8(_mm512_permutex2var_epi8(r, v_load(rg1), g), v_load(b1), b));
    v_store(p + 128, _mm512_permutex2var_epi8(_mm512_permutex2var_epi8(r, v_load(rg2), g), v_load(b2), b));
}
static inline void v_load4(const uint8_t *p, tc_vec *r, tc_vec *g, tc_vec *b, tc_vec *a) {
    static const uint8_t rg[64] = {0,  4,  8,  12, 16, 20, 24, 28, 32, 36,  40,  44,  48,  52,  56,  60,
                                   64, 68, 72, 76, 80, 84, 88, 92, 96, 100, 104, 108, 112, 116, 120, 124,
                                   1,  5,  9,  13, 17, 21, 25, 29, 33, 37,  41,  45,  49,  53,  57,  61,
                                   65, 69, 73, 77, 81, 85, 89, 93, 97, 101, 105, 109, 113, 117, 121, 125};
    static const uint8_t ba[64] = {2,  6,  10, 14, 18, 22, 26, 30, 34, 38,  42,  46,  50,  54,  58,  62,
                                   66, 70, 74, 78, 82, 86, 90, 94, 98, 102, 106, 110, 114, 118, 122, 126,
                                   3,  7,  11, 15, 19, 23, 27, 31, 35, 39,  43,  47,  51,  55,  59,  63,
                                   67, 71, 75, 79, 83, 87, 91, 95, 99, 103, 107, 111, 115, 119, 123, 127};
    tc_vec x = v_load(p), y = v_load(p + 64), z = v_load(p + 128), w = v_load(p + 192);
    tc_vec rg_xy = _mm512_permutex2var_epi8(x, v_load(rg), y), rg_zw = _mm512_permutex2var_epi8(z, v_load(rg), w);
    tc_vec ba_xy = _mm512_permutex2var_epi8(x, v_load(ba), y), ba_zw = _mm512_permutex2var_epi8(z, v_load(ba), w);
    *r = _mm512_shuffle_i64x2(rg_xy, rg_zw, 0x44);
    *g = _mm512_shuffle_i64x2(rg_xy, rg_zw, 0xEE);
    *b = _mm512_shuffle_i64x2(ba_xy, ba_zw, 0x44);
    *a = _mm512_shuffle_i64x2(ba_xy, ba_zw, 0xEE);
}
static inline void v_store4(uint8_t *p, tc_vec r, tc_vec g, tc_vec b, tc_vec a) {
    static const uint8_t low[64] = {0,  64, 1,  65, 2,  66, 3,  67, 4,  68, 5,  69, 6,  70, 7,  71,
                                    8,  72, 9,  73, 10, 74, 11, 75, 12, 76, 13, 77, 14, 78, 15, 79,
                                    16, 80, 17, 81, 18, 82, 19, 83, 20, 84, 21, 85, 22, 86, 23, 87,
                                    24, 88, 25, 89, 26, 90, 27, 91, 28, 92, 29, 93, 30, 94, 31, 95};
    static const uint8_t high[64] = {32, 96,  33, 97,  34, 98,  35, 99,  36, 100, 37, 101, 38, 102, 39, 103,
                                     40, 104, 41, 105, 42, 106, 43, 107, 44, 108, 45, 109, 46, 110, 47, 111,
                                     48, 112, 49, 113, 50, 114, 51, 115, 52, 116, 53, 117, 54, 118, 55, 119,
                                     56, 120, 57, 121, 58, 122, 59, 123, 60, 124, 61, 125, 62, 126, 63, 127};
    static const uint8_t pair_low[64] = {0,  1,  64, 65, 2,  3,  66, 67, 4,  5,  68, 69, 6,  7,  70, 71,
                                         8,  9,  72, 73, 10, 11, 74, 75, 12, 13, 76, 77, 14, 15, 78, 79,
                                         16, 17, 80, 81, 18, 19, 82, 83, 20, 21, 84, 85, 22, 23, 86, 87,
                                         24, 25, 88, 89, 26, 27, 90, 91, 28, 29, 92, 93, 30, 31, 94, 95};
    static const uint8_t pair_high[64] = {32, 33, 96,  97,  34, 35, 98,  99,  36, 37, 100, 101, 38, 39, 102, 103,
                                          40, 41, 104, 105, 42, 43, 106, 107, 44, 45, 108, 109, 46, 47, 110, 111,
                                          48, 49, 112, 113, 50, 51, 114, 115, 52, 53, 116, 117, 54, 55, 118, 119,
                                          56, 57, 120, 121, 58, 59, 122, 123, 60, 61, 124, 125, 62, 63, 126, 127};
    tc_vec rg_lo = _mm512_permutex2var_epi8(r, v_load(low), g), rg_hi = _mm512_permutex2var_epi8(r, v_load(high), g);
    tc_vec ba_lo = _mm512_permutex2var_epi8(b, v_load(low), a), ba_hi = _mm512_permutex2var_epi8(b, v_load(high), a);
    v_store(p, _mm512_permutex2var_epi8(rg_lo, v_load(pair_low), ba_lo));
    v_store(p + 64, _mm512_permutex2var_epi8(rg_lo, v_load(pair_high), ba_lo));
    v_store(p + 128, _mm512_permutex2var_epi8(rg_hi, v_load(pair_low), ba_hi));
    v_store(p + 192, _mm512_permutex2var_epi8(rg_hi, v_load(pair_high), ba_hi));
}

#endif
