// Instruction sets. Each has an operation table of its own; all give the same results.
//
//   scalar   plain C, for any processor (the compiler may use the architecture's baseline, such as SSE2)
//   avx2     x86-64-v3: AVX2, BMI2, FMA (Haswell, Zen)
//   avx512   x86-64-v4 and AVX-512 VBMI, VBMI2, VNNI (Ice Lake, Zen 4)
//   simd128  WebAssembly SIMD, the only level of the page's modules
#ifndef TC_CORE_ISA_H
#define TC_CORE_ISA_H

#include "core/op.h"

typedef enum tc_isa { TC_ISA_SCALAR, TC_ISA_AVX2, TC_ISA_AVX512, TC_ISA_SIMD128, TC_ISA_COUNT } tc_isa;

const char *tc_isa_name(tc_isa isa);
// True when this program contains the level and this processor has it.
bool tc_isa_supported(tc_isa isa);
// The factor from tc_op.cost, which is scalar, to the cost at this level: the median over the operations of the times
// that bench/kernels measures.
double tc_isa_cost_factor(tc_isa isa);
// The best supported level, or the one named by the environment variable TILECAST_ISA if it is supported.
tc_isa tc_isa_current(void);
// Refuses a TILECAST_ISA that names no level, or an unsupported one. Programs call it at their start.
tc_status tc_isa_check(tc_error *error);
// The level's operation table, sorted by name, NULL-terminated; NULL when the level is not supported.
const tc_op *const *tc_isa_ops(tc_isa isa);

#endif
