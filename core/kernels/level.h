// Names for each instruction set. The kernels (core/kernels/, core/ops/) are compiled once per instruction set, whose
// name is TC_LEVEL. Every external name that they define carries it, by a line like
// `#define tc_row_grey TC_AT_LEVEL(tc_row_grey)` in its header. All other code uses the baseline level.
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
