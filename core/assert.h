// Assertions: statements about the program itself, never about its input. Input is checked where it enters and refused
// with a tc_error.
//
//   TC_ASSERT(condition)       checked in every build: shapes, indices, states, ownership
//   TC_ASSERT_SLOW(condition)  checked only without NDEBUG (sanitizers, fuzzing): loops, inner functions of kernels
//
// A failed assertion ends the process at once. For a worker or a codec process that costs one retry, which is better
// than a wrong pixel. Natively it prints file, line, condition and job (system/assert.c); in WebAssembly it traps, and
// the page starts a new instance.
#ifndef TC_CORE_ASSERT_H
#define TC_CORE_ASSERT_H

#ifdef __wasm__
#define TC_ASSERT(condition) ((condition) ? (void)0 : __builtin_trap())
#else
#define TC_ASSERT(condition) ((condition) ? (void)0 : tc_assert_fail(__FILE__, __LINE__, #condition))
#endif

// Not evaluated with NDEBUG, but compiled, so that it cannot rot.
#ifdef NDEBUG
#define TC_ASSERT_SLOW(condition) ((void)sizeof((condition) ? 1 : 0))
#else
#define TC_ASSERT_SLOW(condition) TC_ASSERT(condition)
#endif

// Reports the failed assertion and aborts. Each program links one definition.
_Noreturn void tc_assert_fail(const char *file, int line, const char *condition);

#endif
