// The vector layer of one level (this file is compiled for each) against plain C, on random and extreme bytes.
#include <stdlib.h>

#include "core/isa.h"
#include "core/kernels/vector.h"
#include "tests/check.h"

enum { ROUNDS = 200, N = TC_LANES, BYTES = 4 * N };

static uint8_t a[BYTES], b[BYTES], c[BYTES], got[BYTES], want[BYTES];

static void fill(uint8_t *to) {
    static const uint8_t extreme[] = {0, 1, 127, 128, 254, 255};
    int kind = rand() % 3;
    for (int i = 0; i < BYTES; i++)
        to[i] = (uint8_t)(kind == 0 ? extreme[rand() % 6] : kind == 1 ? rand() % 3 : rand());
}

// Compares a two-operand function with an expression in x and y, for lanes of one type.
#define CHECK_LANES(function, type, expression)                                                                        \
    do {                                                                                                               \
        const type *xs = (const type *)(const void *)a, *ys = (const type *)(const void *)b;                           \
        type *out = (type *)(void *)want;                                                                              \
        for (int i = 0; i < N / (int)sizeof(type); i++) {                                                              \
            const type x = xs[i], y = ys[i];                                                                           \
            (void)y;                                                                                                   \
            out[i] = (type)(expression);                                                                               \
        }                                                                                                              \
        v_store(got, function);                                                                                        \
        CHECK(memcmp(got, want, N) == 0);                                                                              \
    } while (0)

static int64_t clamp(int64_t v, int64_t low, int64_t high) {
    return v < low ? low : v > high ? high : v;
}

static void test_bytes(tc_vec x8, tc_vec y8) {
    CHECK_LANES(v_add8(x8, y8), uint8_t, x + y);
    CHECK_LANES(v_sub8(x8, y8), uint8_t, x - y);
    CHECK_LANES(v_adds_u8(x8, y8), uint8_t, clamp(x + y, 0, 255));
    CHECK_LANES(v_subs_u8(x8, y8), uint8_t, clamp(x - y, 0, 255));
    CHECK_LANES(v_min_u8(x8, y8), uint8_t, x < y ? x : y);
    CHECK_LANES(v_max_u8(x8, y8), uint8_t, x > y ? x : y);
    CHECK_LANES(v_avg_u8(x8, y8), uint8_t, (x + y + 1) / 2);
    CHECK_LANES(v_and(x8, y8), uint8_t, (x & y));
    CHECK_LANES(v_or(x8, y8), uint8_t, x | y);
    CHECK_LANES(v_xor(x8, y8), uint8_t, x ^ y);
    CHECK_LANES(v_andnot(x8, y8), uint8_t, (~x & y));
    CHECK_LANES(v_eq8(x8, y8), uint8_t, x == y ? 255 : 0);
    CHECK_LANES(v_gt_u8(x8, y8), uint8_t, x > y ? 255 : 0);
    CHECK_LANES(v_select(v_gt_u8(x8, y8), v_set8(7), x8), uint8_t, x > y ? 7 : x);
    uint64_t bits = 0;
    for (int i = 0; i < N; i++) bits |= (uint64_t)(a[i] >> 7) << i;
    CHECK(v_bits8(x8) == bits);
    CHECK_LANES(v_from_bits8(v_bits8(x8)), uint8_t, x & 128 ? 255 : 0);
    bits = 0;
    for (int i = 1; i < N; i += 2) bits |= (uint64_t)(a[i] >> 7) << (i / 2);
    CHECK(v_bits16(x8) == bits);
}

static void test_words(tc_vec x16, tc_vec y16) {
    CHECK_LANES(v_add16(x16, y16), uint16_t, x + y);
    CHECK_LANES(v_sub16(x16, y16), uint16_t, x - y);
    CHECK_LANES(v_mullo16(x16, y16), uint16_t, ((uint32_t)x * y));
    CHECK_LANES(v_mulhi_u16(x16, y16), uint16_t, ((uint32_t)x * y) >> 16);
    CHECK_LANES(v_mulhi_i16(x16, y16), int16_t, (x * y) >> 16);
    CHECK_LANES(v_mulround_i16(x16, y16), int16_t, (x * y + (1 << 14)) >> 15);
    CHECK_LANES(v_min_i16(x16, y16), int16_t, x < y ? x : y);
    CHECK_LANES(v_max_i16(x16, y16), int16_t, x > y ? x : y);
    CHECK_LANES(v_min_u16(x16, y16), uint16_t, x < y ? x : y);
    CHECK_LANES(v_max_u16(x16, y16), uint16_t, x > y ? x : y);
    CHECK_LANES(v_eq16(x16, y16), uint16_t, x == y ? 65535 : 0);
    CHECK_LANES(v_gt_i16(x16, y16), int16_t, x > y ? -1 : 0);
    CHECK_LANES(v_abs16(x16), uint16_t, abs((int16_t)x));
    CHECK_LANES(v_shl16(x16, 3), uint16_t, x << 3);
    CHECK_LANES(v_shr_u16(x16, 5), uint16_t, x >> 5);
    CHECK_LANES(v_shr_i16(x16, 5), int16_t, x >> 5);
}

static void test_integers(tc_vec x32, tc_vec y32) {
    CHECK_LANES(v_add32(x32, y32), uint32_t, x + y);
    CHECK_LANES(v_sub32(x32, y32), uint32_t, x - y);
    CHECK_LANES(v_mullo32(x32, y32), uint32_t, (x * y));
    CHECK_LANES(v_min_i32(x32, y32), int32_t, x < y ? x : y);
    CHECK_LANES(v_max_i32(x32, y32), int32_t, x > y ? x : y);
    CHECK_LANES(v_eq32(x32, y32), int32_t, x == y ? -1 : 0);
    CHECK_LANES(v_gt_i32(x32, y32), int32_t, x > y ? -1 : 0);
    CHECK_LANES(v_shl32(x32, 7), uint32_t, x << 7);
    CHECK_LANES(v_shr_u32(x32, 9), uint32_t, x >> 9);
    CHECK_LANES(v_shr_i32(x32, 9), int32_t, x >> 9);
    const int16_t *p = (const int16_t *)(const void *)a, *q = (const int16_t *)(const void *)b;
    int32_t sums[N / 4];
    for (int i = 0; i < N / 4; i++)
        sums[i] = (int32_t)((uint32_t)(p[2 * i] * q[2 * i]) + (uint32_t)(p[2 * i + 1] * q[2 * i + 1]));
    v_store(got, v_madd_i16(x32, y32));
    CHECK(memcmp(got, sums, N) == 0);
    for (int i = 0; i < N / 4; i++) sums[i] = (int32_t)((uint32_t)sums[i] + 12345);
    v_store(got, v_dot_i16(v_set32(12345), x32, y32));
    CHECK(memcmp(got, sums, N) == 0);
}

// Within every 16 bytes: elements of `size` bytes of a and b from byte `from` of the 16, alternating.
static bool zips(tc_vec zipped, int from, int size) {
    for (int i = 0; i < N; i += 2 * size) {
        const int at = i / 16 * 16 + from + i % 16 / 2;
        memcpy(want + i, a + at, (size_t)size);
        memcpy(want + i + size, b + at, (size_t)size);
    }
    v_store(got, zipped);
    return memcmp(got, want, N) == 0;
}

static void test_order(tc_vec x, tc_vec y) {
    uint8_t index[N];
    CHECK(zips(v_zip8_each_lo(x, y), 0, 1) && zips(v_zip8_each_hi(x, y), 8, 1));
    CHECK(zips(v_zip16_each_lo(x, y), 0, 2) && zips(v_zip16_each_hi(x, y), 8, 2));
    CHECK(zips(v_zip32_each_lo(x, y), 0, 4) && zips(v_zip32_each_hi(x, y), 8, 4));
    for (int i = 0; i < N; i++) {
        index[i] = (uint8_t)(rand() % N);
        want[i] = a[index[i]];
    }
    v_store(got, v_permute(x, v_load(index)));
    CHECK(memcmp(got, want, N) == 0);
    for (int i = 0; i < N / 16; i++) memcpy(want + 16 * i, c + 33 * i, 16);
    v_store(got, v_load_steps(c, 33));
    v_store_steps(got + 3 * N - 16, -16, v_load(c));
    for (int i = 0; i < N / 16; i++) memcpy(want + 3 * N - 16 - 16 * i, c + 16 * i, 16);
    CHECK(memcmp(got, want, N) == 0 && memcmp(got + 2 * N, want + 2 * N, N) == 0);
    int16_t narrowed[N / 2];
    for (int i = 0; i < N / 2; i++) {
        int32_t from;
        memcpy(&from, (i % 8 < 4 ? a : b) + i / 8 * 16 + i % 4 * 4, 4);
        narrowed[i] = (int16_t)clamp(from, -32768, 32767);
    }
    v_store(got, v_narrow_each_i32_i16(x, y));
    CHECK(memcmp(got, narrowed, N) == 0);
    for (int i = 0; i < N / 2; i++) narrowed[i] = (int16_t)(a[2 * i] + a[2 * i + 1]);
    v_store(got, v_sum_pairs_u8(x));
    CHECK(memcmp(got, narrowed, N) == 0);
}

static void test_pieces(void) {
    uint8_t index[N];
    int32_t offset[N / 8];
    int16_t sums[N / 2];
    for (int i = 0; i < N; i++) {
        index[i] = b[i] > 200 ? 128 : b[i] & 15;
        want[i] = index[i] == 128 ? 0 : a[i / 16 * 16 + index[i]];
        want[N + i] = a[i % 16];
    }
    v_store(got, v_shuffle(v_load(a), v_load(index)));
    v_store(got + N, v_repeat16(a));
    CHECK(memcmp(got, want, 2 * N) == 0);
    for (int i = 0; i < N / 8; i++) {
        offset[i] = rand() % (BYTES - 7) - N;
        memcpy(want + 8 * i, a + N + offset[i], 8);
    }
    v_store(got, v_gather64(a + N, offset));
    CHECK(memcmp(got, want, N) == 0);
    for (int i = 0; i < N / 2; i++)
        sums[i] = (int16_t)clamp(a[2 * i] * (int8_t)b[2 * i] + a[2 * i + 1] * (int8_t)b[2 * i + 1], -32768, 32767);
    v_store(got, v_madd_u8(v_load(a), v_load(b)));
    CHECK(memcmp(got, sums, N) == 0);
}

// Compares a conversion of all lanes of `a` with an expression in x.
#define CHECK_WIDEN(low, high, from, to)                                                                               \
    do {                                                                                                               \
        const from *xs = (const from *)(const void *)a;                                                                \
        to *out = (to *)(void *)want;                                                                                  \
        for (int i = 0; i < N / (int)sizeof(from); i++) out[i] = (to)xs[i];                                            \
        v_store(got, low(v_load(a)));                                                                                  \
        v_store(got + N, high(v_load(a)));                                                                             \
        CHECK(memcmp(got, want, 2 * N) == 0);                                                                          \
    } while (0)

#define CHECK_NARROW(function, from, to, least, most)                                                                  \
    do {                                                                                                               \
        const from *xs = (const from *)(const void *)a;                                                                \
        to *out = (to *)(void *)want;                                                                                  \
        for (int i = 0; i < N / (int)sizeof(to); i++) out[i] = (to)clamp(xs[i], least, most);                          \
        v_store(got, function(v_load(a), v_load(a + N)));                                                              \
        CHECK(memcmp(got, want, N) == 0);                                                                              \
    } while (0)

static void test_conversions(void) {
    CHECK_WIDEN(v_widen_u8_lo, v_widen_u8_hi, uint8_t, uint16_t);
    CHECK_WIDEN(v_widen_u16_lo, v_widen_u16_hi, uint16_t, uint32_t);
    CHECK_WIDEN(v_widen_i16_lo, v_widen_i16_hi, int16_t, int32_t);
    CHECK_NARROW(v_narrow_i16_u8, int16_t, uint8_t, 0, 255);
    CHECK_NARROW(v_narrow_i32_i16, int32_t, int16_t, -32768, 32767);
    CHECK_NARROW(v_narrow_i32_u16, int32_t, uint16_t, 0, 65535);
}

static void test_zips(tc_vec x, tc_vec y) {
    uint16_t *words = (uint16_t *)(void *)want;
    const uint16_t *p = (const uint16_t *)(const void *)a, *q = (const uint16_t *)(const void *)b;
    for (int i = 0; i < N / 2; i++) {
        int at = i / 8 * 16 + i % 8;
        want[2 * i] = a[at];
        want[2 * i + 1] = b[at];
        want[N + 2 * i] = a[at + 8];
        want[N + 2 * i + 1] = b[at + 8];
    }
    v_store(got, v_zip8_each_lo(x, y));
    v_store(got + N, v_zip8_each_hi(x, y));
    CHECK(memcmp(got, want, 2 * N) == 0);
    v_store(got, v_narrow_each_i16_u8(v_zip8_each_lo(x, v_set8(0)), v_zip8_each_hi(x, v_set8(0))));
    CHECK(memcmp(got, a, N) == 0);
    for (int i = 0; i < N / 4; i++) {
        int at = i / 4 * 8 + i % 4;
        words[2 * i] = p[at];
        words[2 * i + 1] = q[at];
        words[N / 2 + 2 * i] = p[at + 4];
        words[N / 2 + 2 * i + 1] = q[at + 4];
    }
    v_store(got, v_zip16_each_lo(x, y));
    v_store(got + N, v_zip16_each_hi(x, y));
    CHECK(memcmp(got, want, 2 * N) == 0);
    for (int i = 0; i < 2 * N; i++) want[i] = (i / 16 % 2 ? b : a)[i / 32 * 16 + i % 16];
    v_store(got, v_zip128_lo(x, y));
    v_store(got + N, v_zip128_hi(x, y));
    CHECK(memcmp(got, want, 2 * N) == 0);
    tc_vec sign = v_shr_i16(x, 15);
    v_store(got, v_narrow_each_i32_i16(v_zip16_each_lo(x, sign), v_zip16_each_hi(x, sign)));
    CHECK(memcmp(got, a, N) == 0);
    const int16_t *packed = (const int16_t *)(const void *)got;
    v_store(got, v_narrow_each_i32_i16(x, y));
    for (int i = 0; i < N / 2; i++) {
        int32_t from;
        memcpy(&from, (i % 8 < 4 ? a : b) + i / 8 * 16 + i % 4 * 4, sizeof from);
        CHECK(packed[i] == clamp(from, -32768, 32767));
    }
    v_store(got, v_narrow_each_i16_u8(x, y));
    for (int i = 0; i < N; i++) CHECK(got[i] == clamp((int16_t)(i % 16 < 8 ? p : q)[i / 16 * 8 + i % 8], 0, 255));
}

static void test_floats(void) {
    float x[N / 4], y[N / 4], z[N / 4];
    int32_t whole[N / 4];
    for (int i = 0; i < N / 4; i++) {
        x[i] = (float)(rand() % 2001 - 1000) / 2;
        y[i] = (float)(rand() % 999 + 1) / 4;
    }
    for (int i = 0; i < N / 4; i++) z[i] = x[i] * y[i] + x[i] - y[i];
    v_storef((float *)(void *)got, v_subf(v_addf(v_mulf(v_loadf(x), v_loadf(y)), v_loadf(x)), v_loadf(y)));
    CHECK(memcmp(got, z, N) == 0);
    for (int i = 0; i < N / 4; i++) z[i] = (x[i] < y[i] ? x[i] : y[i]) / (x[i] > 3 ? x[i] : 3);
    v_storef((float *)(void *)got, v_divf(v_minf(v_loadf(x), v_loadf(y)), v_maxf(v_loadf(x), v_setf(3))));
    CHECK(memcmp(got, z, N) == 0);
    for (int i = 0; i < N / 4; i++) { // halves to even
        int32_t twice = (int32_t)(2 * x[i]);
        whole[i] = twice % 2 == 0 ? twice / 2 : (twice - 1) / 2 % 2 == 0 ? (twice - 1) / 2 : (twice + 1) / 2;
    }
    v_store(got, v_f32_i32(v_loadf(x)));
    CHECK(memcmp(got, whole, N) == 0);
    for (int i = 0; i < N / 4; i++) {
        z[i] = i ? (float)(rand() % (1 << 22)) + 0.5f * (float)(rand() % 2) : 0x1p23f - 1;
        whole[i] = (int32_t)z[i];
        if (z[i] > (float)whole[i]) whole[i] += whole[i] % 2;
    }
    v_store(got, v_f32_u23(v_loadf(z)));
    CHECK(memcmp(got, whole, N) == 0);
    for (int i = 0; i < N / 4; i++) z[i] = (float)whole[i];
    v_storef((float *)(void *)got, v_i32_f32(v_load(whole)));
    CHECK(memcmp(got, z, N) == 0);
}

static void test_planes(void) {
    tc_vec plane[4];
    v_load3(a, &plane[0], &plane[1], &plane[2]);
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < N; i++) want[i] = a[3 * i + k];
        v_store(got, plane[k]);
        CHECK(memcmp(got, want, N) == 0);
    }
    v_store3(got, plane[0], plane[1], plane[2]);
    CHECK(memcmp(got, a, 3 * N) == 0);
    v_load4(a, &plane[0], &plane[1], &plane[2], &plane[3]);
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < N; i++) want[i] = a[4 * i + k];
        v_store(got, plane[k]);
        CHECK(memcmp(got, want, N) == 0);
    }
    v_store4(got, plane[0], plane[1], plane[2], plane[3]);
    CHECK(memcmp(got, a, 4 * N) == 0);
}

static void test_table(void) {
    uint8_t map[256];
    for (int i = 0; i < 256; i++) map[i] = (uint8_t)rand();
    tc_vec_table table = v_table(map);
    for (int i = 0; i < N; i++) want[i] = map[a[i]];
    v_store(got, v_lookup(&table, v_load(a)));
    CHECK(memcmp(got, want, N) == 0);
    for (int i = 0; i < N; i++) c[i] = (uint8_t)(256 / N * i); // every sixteenth, at least, of the table
    for (int i = 0; i < N; i++) want[i] = map[c[i]];
    v_store(got, v_lookup(&table, v_load(c)));
    CHECK(memcmp(got, want, N) == 0);
}

// Not inlined: main must not use the level's instructions before it has checked that the processor has them, and a
// sanitizer's prologue would.
static __attribute__((noinline)) void test_all(void) {
    fill(a);
    fill(b);
    fill(c);
    tc_vec x = v_load(a), y = v_load(b);
    test_bytes(x, y);
    test_words(x, y);
    test_integers(x, y);
    test_conversions();
    test_order(x, y);
    test_pieces();
    test_zips(x, y);
    test_floats();
    test_planes();
    test_table();
}

int main(void) {
    tc_isa isa = N == 64 ? TC_ISA_AVX512 : TC_ISA_AVX2;
    if (!tc_isa_supported(isa)) {
        printf("this processor has no %s\n", tc_isa_name(isa));
        return 77;
    }
    srand(20250131);
    for (int round = 0; round < ROUNDS; round++) test_all();
    return check_result();
}
