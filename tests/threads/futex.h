// Stands in for WebAssembly's wait and notify instructions, so that the C of tilecast_shared.wasm runs natively, where
// ThreadSanitizer can check it.
#ifndef TC_TESTS_THREADS_FUTEX_H
#define TC_TESTS_THREADS_FUTEX_H

#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int futex_wait(int32_t *word, int32_t value, int64_t timeout_ns) {
    (void)timeout_ns; // always -1, for ever
    return (int)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static inline uint32_t futex_notify(int32_t *word, uint32_t count) {
    int most = count > INT32_MAX ? INT32_MAX : (int)count;
    return (uint32_t)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, most, NULL, NULL, 0);
}

#define __builtin_wasm_memory_atomic_wait32 futex_wait
#define __builtin_wasm_memory_atomic_notify futex_notify

#endif
