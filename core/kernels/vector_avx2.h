// The vector layer (core/kernels/vector.h) in AVX2.
#ifndef TC_CORE_KERNELS_VECTOR_AVX2_H
#define TC_CORE_KERNELS_VECTOR_AVX2_H

#include <stddef.h>
#include <stdint.h>

#include <immintrin.h>

#define TC_LANES 32
#define TC_LOOKUP_IS_CHEAP 0 // v_lookup takes a few instructions
#define TC_LOOKUP_IS_FAST 1  // v_lookup is faster than scalar look-ups

typedef __m256i tc_vec;
typedef __m256 tc_vecf;
_Static_assert(sizeof(tc_vec) == TC_LANES, "a vector holds TC_LANES bytes");

static inline tc_vec v_load(const void *p) {
    return _mm256_loadu_si256(p);
}
// For a vector that is used more than once. Compilers load it again for each use as a memory operand, which is slow if
// it crosses a cache line. WebAssembly has no memory operands.
static inline tc_vec v_load_once(const void *p) {
    tc_vec a = v_load(p);
    __asm__("" : "+v"(a));
    return a;
}
static inline void v_store(void *p, tc_vec a) {
    _mm256_storeu_si256(p, a);
}
// A streaming store to an address that is a multiple of TC_LANES. v_fence ends a series of them.
static inline void v_stream(void *p, tc_vec a) {
    TC_ASSERT_SLOW((uintptr_t)p % TC_LANES == 0);
    _mm256_stream_si256(p, a);
}
static inline void v_fence(void) {
    _mm_sfence();
}
// Prefetches the cache line of `p`, which may point outside the picture.
static inline void v_prefetch(const void *p) {
    _mm_prefetch(p, _MM_HINT_T0);
}
static inline tc_vec v_set8(int x) {
    return _mm256_set1_epi8((char)x);
}
static inline tc_vec v_set16(int x) {
    return _mm256_set1_epi16((short)x);
}
static inline tc_vec v_set32(int x) {
    return _mm256_set1_epi32(x);
}
static inline tc_vec v_add8(tc_vec a, tc_vec b) {
    return _mm256_add_epi8(a, b);
}
static inline tc_vec v_sub8(tc_vec a, tc_vec b) {
    return _mm256_sub_epi8(a, b);
}
static inline tc_vec v_adds_u8(tc_vec a, tc_vec b) {
    return _mm256_adds_epu8(a, b);
}
static inline tc_vec v_subs_u8(tc_vec a, tc_vec b) {
    return _mm256_subs_epu8(a, b);
}
static inline tc_vec v_min_u8(tc_vec a, tc_vec b) {
    return _mm256_min_epu8(a, b);
}
static inline tc_vec v_max_u8(tc_vec a, tc_vec b) {
    return _mm256_max_epu8(a, b);
}
static inline tc_vec v_avg_u8(tc_vec a, tc_vec b) {
    return _mm256_avg_epu8(a, b);
}
static inline tc_vec v_add16(tc_vec a, tc_vec b) {
    return _mm256_add_epi16(a, b);
}
static inline tc_vec v_sub16(tc_vec a, tc_vec b) {
    return _mm256_sub_epi16(a, b);
}
// Hides a constant factor from the compiler, which would replace it by a chain of shifts and additions.
static inline tc_vec v_mullo16(tc_vec a, tc_vec b) {
    __asm__("" : "+x"(b));
    return _mm256_mullo_epi16(a, b);
}
static inline tc_vec v_min_i16(tc_vec a, tc_vec b) {
    return _mm256_min_epi16(a, b);
}
static inline tc_vec v_max_i16(tc_vec a, tc_vec b) {
    return _mm256_max_epi16(a, b);
}
static inline tc_vec v_min_u16(tc_vec a, tc_vec b) {
    return _mm256_min_epu16(a, b);
}
static inline tc_vec v_max_u16(tc_vec a, tc_vec b) {
    return _mm256_max_epu16(a, b);
}
static inline tc_vec v_madd_i16(tc_vec a, tc_vec b) {
    return _mm256_madd_epi16(a, b);
}
static inline tc_vec v_add32(tc_vec a, tc_vec b) {
    return _mm256_add_epi32(a, b);
}
static inline tc_vec v_sub32(tc_vec a, tc_vec b) {
    return _mm256_sub_epi32(a, b);
}
static inline tc_vec v_mullo32(tc_vec a, tc_vec b) {
    return _mm256_mullo_epi32(a, b);
}
static inline tc_vec v_min_i32(tc_vec a, tc_vec b) {
    return _mm256_min_epi32(a, b);
}
static inline tc_vec v_max_i32(tc_vec a, tc_vec b) {
    return _mm256_max_epi32(a, b);
}
static inline tc_vec v_and(tc_vec a, tc_vec b) {
    return _mm256_and_si256(a, b);
}
static inline tc_vec v_or(tc_vec a, tc_vec b) {
    return _mm256_or_si256(a, b);
}
static inline tc_vec v_xor(tc_vec a, tc_vec b) {
    return _mm256_xor_si256(a, b);
}
// b where a is 0.
static inline tc_vec v_andnot(tc_vec a, tc_vec b) {
    return _mm256_andnot_si256(a, b);
}
// a where the mask's lanes are all ones, b where they are 0.
static inline tc_vec v_select(tc_vec mask, tc_vec a, tc_vec b) {
    return _mm256_blendv_epi8(b, a, mask);
}
static inline tc_vec v_eq8(tc_vec a, tc_vec b) {
    return _mm256_cmpeq_epi8(a, b);
}
static inline tc_vec v_gt_u8(tc_vec a, tc_vec b) {
    return _mm256_xor_si256(_mm256_cmpeq_epi8(_mm256_max_epu8(a, b), b), _mm256_set1_epi8(-1));
}
static inline tc_vec v_eq16(tc_vec a, tc_vec b) {
    return _mm256_cmpeq_epi16(a, b);
}
static inline tc_vec v_gt_i16(tc_vec a, tc_vec b) {
    return _mm256_cmpgt_epi16(a, b);
}
static inline tc_vec v_eq32(tc_vec a, tc_vec b) {
    return _mm256_cmpeq_epi32(a, b);
}
static inline tc_vec v_gt_i32(tc_vec a, tc_vec b) {
    return _mm256_cmpgt_epi32(a, b);
}
// The highest bit of each byte; that of the first byte is the lowest bit.
static inline uint64_t v_bits8(tc_vec a) {
    return (uint32_t)_mm256_movemask_epi8(a);
}
// The highest bit of each 16-bit lane; that of the first lane is the lowest bit.
static inline uint64_t v_bits16(tc_vec a) {
    tc_vec bytes = _mm256_packs_epi16(a, _mm256_setzero_si256());
    return (uint32_t)_mm256_movemask_epi8(_mm256_permute4x64_epi64(bytes, 0xD8));
}
// The inverse of v_bits8: a byte of all ones for each bit that is 1. Bits beyond TC_LANES are ignored.
static inline tc_vec v_from_bits8(uint64_t bits) {
    const tc_vec part = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3,
                                         3, 3, 3, 3, 3, 3);
    const tc_vec bit = _mm256_set1_epi64x((long long)0x8040201008040201);
    tc_vec spread = _mm256_shuffle_epi8(_mm256_set1_epi32((int)(uint32_t)bits), part);
    return _mm256_cmpeq_epi8(_mm256_and_si256(spread, bit), bit);
}
// Compilers turn these into shifts by an immediate.
static inline tc_vec v_shl16(tc_vec a, int n) {
    return (tc_vec)((__v16hu)a << n);
}
static inline tc_vec v_shr_u16(tc_vec a, int n) {
    return (tc_vec)((__v16hu)a >> n);
}
static inline tc_vec v_shr_i16(tc_vec a, int n) {
    return (tc_vec)((__v16hi)a >> n);
}
static inline tc_vec v_shl32(tc_vec a, int n) {
    return (tc_vec)((__v8su)a << n);
}
static inline tc_vec v_shr_u32(tc_vec a, int n) {
    return (tc_vec)((__v8su)a >> n);
}
static inline tc_vec v_shr_i32(tc_vec a, int n) {
    return (tc_vec)((__v8si)a >> n);
}
static inline tc_vec v_abs16(tc_vec a) {
    return _mm256_abs_epi16(a);
}
static inline tc_vec v_widen_u8_lo(tc_vec a) {
    return _mm256_cvtepu8_epi16(_mm256_castsi256_si128(a));
}
static inline tc_vec v_widen_u8_hi(tc_vec a) {
    return _mm256_cvtepu8_epi16(_mm256_extracti128_si256(a, 1));
}
static inline tc_vec v_widen_u16_lo(tc_vec a) {
    return _mm256_cvtepu16_epi32(_mm256_castsi256_si128(a));
}
static inline tc_vec v_widen_u16_hi(tc_vec a) {
    return _mm256_cvtepu16_epi32(_mm256_extracti128_si256(a, 1));
}
static inline tc_vec v_widen_i16_lo(tc_vec a) {
    return _mm256_cvtepi16_epi32(_mm256_castsi256_si128(a));
}
static inline tc_vec v_widen_i16_hi(tc_vec a) {
    return _mm256_cvtepi16_epi32(_mm256_extracti128_si256(a, 1));
}
// Saturated to 0..255.
static inline tc_vec v_narrow_i16_u8(tc_vec a, tc_vec b) {
    return _mm256_permute4x64_epi64(_mm256_packus_epi16(a, b), 0xD8);
}
// Saturated.
static inline tc_vec v_narrow_i32_i16(tc_vec a, tc_vec b) {
    return _mm256_permute4x64_epi64(_mm256_packs_epi32(a, b), 0xD8);
}
// Saturated to 0..65535.
static inline tc_vec v_narrow_i32_u16(tc_vec a, tc_vec b) {
    return _mm256_permute4x64_epi64(_mm256_packus_epi32(a, b), 0xD8);
}
// sum + v_madd_i16(a, b)
static inline tc_vec v_dot_i16(tc_vec sum, tc_vec a, tc_vec b) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
}
static inline tc_vec v_mulhi_u16(tc_vec a, tc_vec b) {
    return _mm256_mulhi_epu16(a, b);
}
static inline tc_vec v_mulhi_i16(tc_vec a, tc_vec b) {
    return _mm256_mulhi_epi16(a, b);
}
// a * b / 2^15, rounded to nearest, halves up. Not for a = b = -2^15.
static inline tc_vec v_mulround_i16(tc_vec a, tc_vec b) {
    return _mm256_mulhrs_epi16(a, b);
}
static inline tc_vecf v_addf(tc_vecf a, tc_vecf b) {
    return _mm256_add_ps(a, b);
}
static inline tc_vecf v_subf(tc_vecf a, tc_vecf b) {
    return _mm256_sub_ps(a, b);
}
static inline tc_vecf v_mulf(tc_vecf a, tc_vecf b) {
    return _mm256_mul_ps(a, b);
}
static inline tc_vecf v_divf(tc_vecf a, tc_vecf b) {
    return _mm256_div_ps(a, b);
}
static inline tc_vecf v_minf(tc_vecf a, tc_vecf b) {
    return _mm256_min_ps(a, b);
}
static inline tc_vecf v_maxf(tc_vecf a, tc_vecf b) {
    return _mm256_max_ps(a, b);
}
static inline tc_vecf v_setf(float x) {
    return _mm256_set1_ps(x);
}
static inline tc_vecf v_loadf(const float *p) {
    return _mm256_loadu_ps(p);
}
static inline void v_storef(float *p, tc_vecf a) {
    _mm256_storeu_ps(p, a);
}
static inline tc_vec v_as_bits(tc_vecf a) {
    return _mm256_castps_si256(a);
}
static inline tc_vecf v_i32_f32(tc_vec a) {
    return _mm256_cvtepi32_ps(a);
}
// Rounded to nearest, halves to even. The values must fit.
static inline tc_vec v_f32_i32(tc_vecf a) {
    return _mm256_cvtps_epi32(a);
}

// Selects bytes within each 16 bytes by index: 0 to 15, or 128 for 0.
static inline tc_vec v_shuffle(tc_vec a, tc_vec index) {
    return _mm256_shuffle_epi8(a, index);
}
// The same 16 bytes repeated.
static inline tc_vec v_repeat16(const uint8_t p[16]) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p));
}
// Products of unsigned bytes of `a` and signed bytes of `b`; sums of neighbouring products, saturated.
static inline tc_vec v_madd_u8(tc_vec a, tc_vec b) {
    return _mm256_maddubs_epi16(a, b);
}
static inline __m128i v_pair64(const uint8_t *low, const uint8_t *high) {
    return _mm_unpacklo_epi64(_mm_loadu_si64(low), _mm_loadu_si64(high));
}
// TC_LANES / 8 pieces of 8 bytes, each at its offset from `p`. Plain loads are faster than the gather instruction.
static inline tc_vec v_gather64(const uint8_t *p, const int32_t *offset) {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(v_pair64(p + offset[0], p + offset[1])),
                                   v_pair64(p + offset[2], p + offset[3]), 1);
}
// Selects bytes by index in the whole vector; indices are below TC_LANES.
static inline tc_vec v_permute(tc_vec a, tc_vec index) {
    tc_vec low = _mm256_shuffle_epi8(_mm256_permute2x128_si256(a, a, 0x00), index);
    tc_vec high = _mm256_shuffle_epi8(_mm256_permute2x128_si256(a, a, 0x11), index);
    return _mm256_blendv_epi8(low, high, _mm256_slli_epi16(index, 3));
}
// Interleaves the elements of the first (_lo) or last (_hi) 8 bytes of `a` and `b` within each 16 bytes.
static inline tc_vec v_zip8_each_lo(tc_vec a, tc_vec b) {
    return _mm256_unpacklo_epi8(a, b);
}
static inline tc_vec v_zip8_each_hi(tc_vec a, tc_vec b) {
    return _mm256_unpackhi_epi8(a, b);
}
static inline tc_vec v_zip16_each_lo(tc_vec a, tc_vec b) {
    return _mm256_unpacklo_epi16(a, b);
}
static inline tc_vec v_zip16_each_hi(tc_vec a, tc_vec b) {
    return _mm256_unpackhi_epi16(a, b);
}
static inline tc_vec v_zip32_each_lo(tc_vec a, tc_vec b) {
    return _mm256_unpacklo_epi32(a, b);
}
static inline tc_vec v_zip32_each_hi(tc_vec a, tc_vec b) {
    return _mm256_unpackhi_epi32(a, b);
}
// Interleaves the 16-byte pieces of `a` and `b`. This restores memory order after v_zip16_each_lo and v_zip16_each_hi,
// or v_zip8_each_lo and v_zip8_each_hi.
static inline tc_vec v_zip128_lo(tc_vec a, tc_vec b) {
    return _mm256_permute2x128_si256(a, b, 0x20);
}
static inline tc_vec v_zip128_hi(tc_vec a, tc_vec b) {
    return _mm256_permute2x128_si256(a, b, 0x31);
}
// In each 16 bytes: four elements of `a`, then four of `b`, saturated.
static inline tc_vec v_narrow_each_i32_i16(tc_vec a, tc_vec b) {
    return _mm256_packs_epi32(a, b);
}
// Eight of `a`, then eight of `b`, saturated.
static inline tc_vec v_narrow_each_i16_u8(tc_vec a, tc_vec b) {
    return _mm256_packus_epi16(a, b);
}
// Sums of neighbouring bytes.
static inline tc_vec v_sum_pairs_u8(tc_vec a) {
    return _mm256_maddubs_epi16(a, _mm256_set1_epi8(1));
}
// TC_LANES / 16 pieces of 16 bytes, `step` bytes apart.
static inline tc_vec v_load_steps(const uint8_t *p, ptrdiff_t step) {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p)),
                                   _mm_loadu_si128((const __m128i *)(const void *)(p + step)), 1);
}
static inline void v_store_steps(uint8_t *p, ptrdiff_t step, tc_vec a) {
    _mm_storeu_si128((__m128i *)(void *)p, _mm256_castsi256_si128(a));
    _mm_storeu_si128((__m128i *)(void *)(p + step), _mm256_extracti128_si256(a, 1));
}
// Rounded to nearest, halves to even. Requires 0 <= a < 2^23.
static inline tc_vec v_f32_u23(tc_vecf a) {
    return _mm256_cvtps_epi32(a);
}

// A lookup table of 256 bytes as 16 pieces of 16 bytes. Each is stored as its difference (xor) from the piece before;
// pieces without a difference are omitted.
typedef struct tc_vec_table {
    int low_count, count; // pieces in the table's first half, and in all
    tc_vec part[16], start[16];
} tc_vec_table;
static inline tc_vec_table v_table(const uint8_t map[256]) {
    tc_vec_table t;
    t.count = t.low_count = 0;
    __m128i before = _mm_setzero_si128();
    for (int i = 0; i < 16; i++) {
        __m128i here = _mm_loadu_si128((const __m128i *)(const void *)(map + 16 * i));
        if (i == 8) before = _mm_setzero_si128();
        __m128i change = _mm_xor_si128(here, before);
        before = here;
        if (_mm_testz_si128(change, change)) continue;
        t.part[t.count] = _mm256_broadcastsi128_si256(change);
        t.start[t.count++] = _mm256_set1_epi8((char)(16 * (i % 8)));
        if (i < 8) t.low_count = t.count;
    }
    return t;
}
// A shuffle gives 0 for a negative index and else uses its low four bits, so this xors the differences up to the piece
// of the index. Indices of the other half are negative and stay negative, as the subtraction saturates.
static inline tc_vec v_lookup(const tc_vec_table *t, tc_vec index) {
    tc_vec found = _mm256_setzero_si256();
    for (int i = 0; i < t->low_count; i++)
        found = _mm256_xor_si256(found, _mm256_shuffle_epi8(t->part[i], _mm256_subs_epi8(index, t->start[i])));
    index = _mm256_xor_si256(index, _mm256_set1_epi8(-128));
    for (int i = t->low_count; i < t->count; i++)
        found = _mm256_xor_si256(found, _mm256_shuffle_epi8(t->part[i], _mm256_subs_epi8(index, t->start[i])));
    return found;
}

// Two halves of 16 bytes from different addresses.
static inline tc_vec v_load_halves(const uint8_t *low, const uint8_t *high) {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)low)),
                                   _mm_loadu_si128((const __m128i *)(const void *)high), 1);
}
static inline void v_store_halves(uint8_t *low, uint8_t *high, tc_vec a) {
    _mm_storeu_si128((__m128i *)(void *)low, _mm256_castsi256_si128(a));
    _mm_storeu_si128((__m128i *)(void *)high, _mm256_extracti128_si256(a, 1));
}
static inline tc_vec v_pick3(tc_vec x, tc_vec from_x, tc_vec y, tc_vec from_y, tc_vec z, tc_vec from_z) {
    return _mm256_or_si256(_mm256_or_si256(_mm256_shuffle_epi8(x, from_x), _mm256_shuffle_epi8(y, from_y)),
                           _mm256_shuffle_epi8(z, from_z));
}

// Splits TC_LANES pixels of 3 or 4 interleaved bytes into planes, and joins them again.
static inline void v_load3(const uint8_t *p, tc_vec *r, tc_vec *g, tc_vec *b) {
    tc_vec x = v_load_halves(p, p + 48), y = v_load_halves(p + 16, p + 64), z = v_load_halves(p + 32, p + 80);
    *r = v_pick3(
        x, _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 3, 6, 9, 12, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)), y,
        _mm256_broadcastsi128_si256(_mm_setr_epi8(-1, -1, -1, -1, -1, -1, 2, 5, 8, 11, 14, -1, -1, -1, -1, -1)), z,
        _mm256_broadcastsi128_si256(_mm_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1, 4, 7, 10, 13)));
    *g = v_pick3(
        x, _mm256_broadcastsi128_si256(_mm_setr_epi8(1, 4, 7, 10, 13, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)), y,
        _mm256_broadcastsi128_si256(_mm_setr_epi8(-1, -1, -1, -1, -1, 0, 3, 6, 9, 12, 15, -1, -1, -1, -1, -1)), z,
        _mm256_broadcastsi128_si256(_mm_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 2, 5, 8, 11, 14)));
    *b = v_pick3(
        x, _mm256_broadcastsi128_si256(_mm_setr_epi8(2, 5, 8, 11, 14, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)), y,
        _mm256_broadcastsi128_si256(_mm_setr_epi8(-1, -1, -1, -1, -1, 1, 4, 7, 10, 13, -1, -1, -1, -1, -1, -1)), z,
        _mm256_broadcastsi128_si256(_mm_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 3, 6, 9, 12, 15)));
}
static inline void v_store3(uint8_t *p, tc_vec r, tc_vec g, tc_vec b) {
    v_store_halves(
        p + 0, p + 48,
        v_pick3(
            r, _mm256_broadcastsi128_si256(_mm_setr_epi8(0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1, 5)), g,
            _mm256_broadcastsi128_si256(_mm_setr_epi8(-1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1)), b,
            _mm256_broadcastsi128_si256(_mm_setr_epi8(-1, -1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1))));
    v_store_halves(
        p + 16, p + 64,
        v_pick3(
            r, _mm256_broadcastsi128_si256(_mm_setr_epi8(-1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10, -1)),
            g, _mm256_broadcastsi128_si256(_mm_setr_epi8(5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10)), b,
            _mm256_broadcastsi128_si256(_mm_setr_epi8(-1, 5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1))));
    v_store_halves(
        p + 32, p + 80,
        v_pick3(
            r,
            _mm256_broadcastsi128_si256(_mm_setr_epi8(-1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1, -1)),
            g,
            _mm256_broadcastsi128_si256(_mm_setr_epi8(-1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1)),
            b,
            _mm256_broadcastsi128_si256(
                _mm_setr_epi8(10, -1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15))));
}
static inline void v_load4(const uint8_t *p, tc_vec *r, tc_vec *g, tc_vec *b, tc_vec *a) {
    const tc_vec order =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    // Each 16 bytes hold four samples of every plane. Loading halves 64 bytes apart leaves the planes in order.
    tc_vec x = _mm256_shuffle_epi8(v_load_halves(p, p + 64), order);
    tc_vec y = _mm256_shuffle_epi8(v_load_halves(p + 16, p + 80), order);
    tc_vec z = _mm256_shuffle_epi8(v_load_halves(p + 32, p + 96), order);
    tc_vec w = _mm256_shuffle_epi8(v_load_halves(p + 48, p + 112), order);
    tc_vec rg_xy = _mm256_unpacklo_epi32(x, y), rg_zw = _mm256_unpacklo_epi32(z, w);
    tc_vec ba_xy = _mm256_unpackhi_epi32(x, y), ba_zw = _mm256_unpackhi_epi32(z, w);
    *r = _mm256_unpacklo_epi64(rg_xy, rg_zw);
    *g = _mm256_unpackhi_epi64(rg_xy, rg_zw);
    *b = _mm256_unpacklo_epi64(ba_xy, ba_zw);
    *a = _mm256_unpackhi_epi64(ba_xy, ba_zw);
}
static inline void v_store4(uint8_t *p, tc_vec r, tc_vec g, tc_vec b, tc_vec a) {
    tc_vec rg_lo = _mm256_unpacklo_epi8(r, g), rg_hi = _mm256_unpackhi_epi8(r, g);
    tc_vec ba_lo = _mm256_unpacklo_epi8(b, a), ba_hi = _mm256_unpackhi_epi8(b, a);
    v_store_halves(p, p + 64, _mm256_unpacklo_epi16(rg_lo, ba_lo));
    v_store_halves(p + 16, p + 80, _mm256_unpackhi_epi16(rg_lo, ba_lo));
    v_store_halves(p + 32, p + 96, _mm256_unpacklo_epi16(rg_hi, ba_hi));
    v_store_halves(p + 48, p + 112, _mm256_unpackhi_epi16(rg_hi, ba_hi));
}

#endif
