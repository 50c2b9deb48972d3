// The grey of an RGB colour as OpenCV computes it: (9798 R + 19235 G + 3735 B) / 2^15, rounded to nearest.
#ifndef TC_CORE_KERNELS_LUMA_H
#define TC_CORE_KERNELS_LUMA_H

#include <stdint.h>

#include "core/kernels/vector.h"

static inline uint8_t tc_luma(const uint8_t *rgb) {
    int sum = rgb[0] * 9798 + rgb[1] * 19235 + rgb[2] * 3735;
    return (uint8_t)((sum + (1 << 14)) >> 15);
}

#if TC_LANES
// In 16-bit arithmetic. The weights are 256 (38, 75, 15) + 35 (2, 1, -3). Since floor(floor(x / a) / b) = floor(x /
// ab), the result is (high + (low + 2^14) / 2^8) / 2^7. 64 is 2^14 / 2^8.
static inline tc_vec tc_luma_words(tc_vec r, tc_vec g, tc_vec b) {
    tc_vec high = v_add16(v_add16(v_mullo16(r, v_set16(38)), v_mullo16(g, v_set16(75))), v_mullo16(b, v_set16(15)));
    tc_vec from_blue = v_sub16(r, b), low = v_add16(v_add16(from_blue, from_blue), v_sub16(g, b));
    low = v_shr_i16(v_mullo16(low, v_set16(35)), 8);
    return v_shr_u16(v_add16(v_add16(high, v_set16(64)), low), 7);
}

static inline tc_vec tc_luma_planes(tc_vec r, tc_vec g, tc_vec b) {
    tc_vec even = v_set16(255);
    tc_vec evens = tc_luma_words(v_and(r, even), v_and(g, even), v_and(b, even));
    tc_vec odds = tc_luma_words(v_shr_u16(r, 8), v_shr_u16(g, 8), v_shr_u16(b, 8));
    return v_or(evens, v_shl16(odds, 8));
}

// Twice the grey, rounded down, of four pixels in each 16 bytes of `rgb`, from byte `first` on.
static inline tc_vec tc_luma_four(tc_vec rgb, int first) {
    uint8_t red_green[16], blue[16];
    for (int i = 0; i < 16; i++) {
        int at = first + i / 4 * 3;
        red_green[i] = (uint8_t)(i % 2 ? 128 : at + i % 4 / 2);
        blue[i] = (uint8_t)(i % 4 ? 128 : at + 2);
    }
    tc_vec sum = v_madd_i16(v_shuffle(rgb, v_repeat16(red_green)), v_set32(19235 << 16 | 9798));
    return v_shr_u32(v_dot_i16(sum, v_shuffle(rgb, v_repeat16(blue)), v_set32(3735)), 14);
}

// The grey of TC_LANES pixels of three bytes. Shuffling them into pairs for multiply-add is faster than splitting them
// into planes.
static inline tc_vec tc_luma_rgb(const uint8_t *p) {
    enum { STEP = 48 };
    tc_vec half = v_set16(1);
    tc_vec a = tc_luma_four(v_load_steps(p, STEP), 0), b = tc_luma_four(v_load_steps(p + 12, STEP), 0);
    tc_vec c = tc_luma_four(v_load_steps(p + 24, STEP), 0), d = tc_luma_four(v_load_steps(p + 32, STEP), 4);
    tc_vec low = v_narrow_each_i32_i16(a, b), high = v_narrow_each_i32_i16(c, d);
    return v_narrow_each_i16_u8(v_shr_u16(v_add16(low, half), 1), v_shr_u16(v_add16(high, half), 1));
}
#endif

#endif
