// Detects what the processor supports and chooses the operation table.
#include "core/isa.h"

#include <stdlib.h>
#include <string.h>

#include "core/assert.h"

#if defined(__x86_64__)

extern const tc_op *const tc_ops_scalar[], *const tc_ops_avx2[], *const tc_ops_avx512[];
static const tc_op *const *const tables[TC_ISA_COUNT] = {tc_ops_scalar, tc_ops_avx2, tc_ops_avx512};

static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
           __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vnni");
}

static bool processor_has(tc_isa isa) {
    return isa == TC_ISA_SCALAR || (has_avx2() && (isa == TC_ISA_AVX2 || has_avx512()));
}

#else

#ifdef __wasm__
extern const tc_op *const tc_ops_simd128[];
static const tc_op *const *const tables[TC_ISA_COUNT] = {[TC_ISA_SIMD128] = tc_ops_simd128};
#else
extern const tc_op *const tc_ops_scalar[];
static const tc_op *const *const tables[TC_ISA_COUNT] = {tc_ops_scalar};
#endif

static bool processor_has(tc_isa isa) {
    (void)isa;
    return true;
}

#endif

const char *tc_isa_name(tc_isa isa) {
    static const char *const names[TC_ISA_COUNT] = {"scalar", "avx2", "avx512", "simd128"};
    TC_ASSERT((unsigned)isa < TC_ISA_COUNT);
    return names[isa];
}

double tc_isa_cost_factor(tc_isa isa) {
    static const double factors[TC_ISA_COUNT] = {1, 0.4, 0.3, 0.5};
    TC_ASSERT((unsigned)isa < TC_ISA_COUNT);
    return factors[isa];
}

bool tc_isa_supported(tc_isa isa) {
    TC_ASSERT((unsigned)isa < TC_ISA_COUNT);
    return tables[isa] && processor_has(isa);
}

const tc_op *const *tc_isa_ops(tc_isa isa) {
    return tc_isa_supported(isa) ? tables[isa] : NULL;
}

static tc_isa best_isa(void) {
    int best = TC_ISA_COUNT - 1;
    while (best > 0 && !tc_isa_supported((tc_isa)best)) best--;
    TC_ASSERT(tables[best] != NULL);
    return (tc_isa)best;
}

// The level named, or TC_ISA_COUNT.
static tc_isa find_isa(const char *name) {
    int isa = 0;
    while (isa < TC_ISA_COUNT && strcmp(tc_isa_name((tc_isa)isa), name) != 0) isa++;
    return (tc_isa)isa;
}

tc_isa tc_isa_current(void) {
    const char *wanted = getenv("TILECAST_ISA");
    tc_isa isa = wanted ? find_isa(wanted) : TC_ISA_COUNT;
    return isa < TC_ISA_COUNT && tc_isa_supported(isa) ? isa : best_isa();
}

tc_status tc_isa_check(tc_error *error) {
    const char *wanted = getenv("TILECAST_ISA");
    tc_isa isa = wanted ? find_isa(wanted) : TC_ISA_COUNT;
    if (!wanted || (isa < TC_ISA_COUNT && tc_isa_supported(isa))) return TC_OK;
    char names[64] = "";
    for (int i = 0; i < TC_ISA_COUNT; i++) {
        if (!tc_isa_supported((tc_isa)i)) continue;
        if (*names) strcat(names, ", ");
        strcat(names, tc_isa_name((tc_isa)i));
    }
    return tc_fail(error, TC_ERR_ARGUMENT, "TILECAST_ISA=%.40s is not allowed; on this machine it may be %s", wanted,
                   names);
}
