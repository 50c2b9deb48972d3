// A small portable vector layer for loops that compilers do not vectorise: packing, saturation, table look-ups,
// interleaved colour. Each function has a body per level (core/isa.h): AVX2, AVX-512 with VBMI, WebAssembly SIMD. At
// the scalar level TC_LANES is 0 and only v_fence is defined. Kernels enclose their vector bodies in `#if TC_LANES` at
// file scope and always have a plain C body, which defines the result.
//
// A tc_vec holds TC_LANES bytes, TC_LANES / 2 16-bit or TC_LANES / 4 32-bit integers; a tc_vecf TC_LANES / 4 floats.
// The suffix names the type of the lanes: u8, i16, ..., or their width alone if the sign does not matter. Comparisons
// give lanes of all ones or zeros. Loads and stores take any alignment. Element order is memory order everywhere
// (`_lo` the first half of the elements, `_hi` the second).
#ifndef TC_CORE_KERNELS_VECTOR_H
#define TC_CORE_KERNELS_VECTOR_H

#include <stdint.h>

#include "core/assert.h"

#if defined(__AVX512VBMI__)
#include "core/kernels/vector_avx512.h"
#elif defined(__AVX2__)
#include "core/kernels/vector_avx2.h"
#elif defined(__wasm_simd128__)
#include "core/kernels/vector_simd128.h"
#else
#define TC_LANES 0
static inline void v_fence(void) {}
#endif

#if TC_LANES
// The number of pixels of three bytes from `to` to the next multiple of TC_LANES; 43 is the inverse of 3 modulo 128.
// Rows of RGB start at any address, and a store of 64 bytes across a cache line takes twice as long.
static inline int v_pixels_to_aligned(const uint8_t *to) {
    return (int)((0 - (uintptr_t)to) * 43 % TC_LANES);
}

// Where the vector at `i` of `count` >= TC_LANES elements begins: the last one overlaps the one before it.
static inline int v_start(int i, int count) {
    TC_ASSERT_SLOW(count >= TC_LANES && i >= 0 && i < count);
    return i < count - TC_LANES ? i : count - TC_LANES;
}
#endif

#endif
