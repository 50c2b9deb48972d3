// The kernels (core/kernels/, core/ops/) are compiled once for each instruction set; TC_LEVEL is its name. Every
// external name that they define carries the level, by a line like `#define tc_row_grey TC_AT_LEVEL(tc_row_grey)` in
// its header. What is not a kernel sees the level that every machine of its kind has.
#ifndef TC_CORE_KERNELS_LEVEL_H
#define TC_CORE_KERNELS_LEVEL_H

#ifndef TC_LEVEL
#ifdef __wasm__
#define TC_LEVEL simd128
#else
#define TC_LEVEL scalar
#endif
#endif

#define TC_JOIN_EXPANDED(name, level) name##_##level
#define TC_JOIN(name, level) TC_JOIN_EXPANDED(name, level)
#define TC_AT_LEVEL(name) TC_JOIN(name, TC_LEVEL)

// The definition of an operation: `const tc_op TC_OP(flip) = {...}`.
#define TC_OP(name) TC_AT_LEVEL(tc_op_##name)

#endif
