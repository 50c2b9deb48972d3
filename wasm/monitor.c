// The monitor of instances that share one memory, of WebAssembly's atomic instructions. The mutex is the third of
// U. Drepper, "Futexes are tricky" (2011).
#include "threads/monitor.h"

#include "core/assert.h"

enum { FREE, HELD, WANTED }; // WANTED: held, and other threads may sleep until it is free

void tc_monitor_init(tc_monitor *monitor) {
    *monitor = (tc_monitor){.mutex = FREE};
}

void tc_monitor_clear(tc_monitor *monitor) {
    TC_ASSERT(monitor->mutex == FREE && monitor->waiting == 0);
}

static void wait_while(int32_t *word, int32_t value) {
    __builtin_wasm_memory_atomic_wait32(word, value, -1);
}

// V8's baseline compiler (11.3) loses the registers of a function that sleeps. So this is a function that uses nothing
// after the instruction, and it is called by a pointer that keeps compiler and linker from inlining it.
static void (*const volatile sleep_while)(int32_t *word, int32_t value) = wait_while;

void tc_monitor_lock(tc_monitor *monitor) {
    int32_t was = FREE;
    if (!__atomic_compare_exchange_n(&monitor->mutex, &was, HELD, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        while (__atomic_exchange_n(&monitor->mutex, WANTED, __ATOMIC_SEQ_CST) != FREE)
            sleep_while(&monitor->mutex, WANTED);
    TC_ASSERT(!monitor->locked);
    monitor->locked = true;
}

void tc_monitor_unlock(tc_monitor *monitor) {
    TC_ASSERT(monitor->locked);
    monitor->locked = false;
    if (__atomic_exchange_n(&monitor->mutex, FREE, __ATOMIC_SEQ_CST) == WANTED)
        __builtin_wasm_memory_atomic_notify(&monitor->mutex, 1);
}

void tc_monitor_wait(tc_monitor *monitor) {
    TC_ASSERT(monitor->locked);
    int32_t changes = monitor->changes;
    monitor->waiting++;
    tc_monitor_unlock(monitor);
    sleep_while(&monitor->changes, changes);
    tc_monitor_lock(monitor);
    monitor->waiting--;
}

void tc_monitor_notify(tc_monitor *monitor) {
    TC_ASSERT(monitor->locked);
    if (monitor->waiting == 0) return;
    __atomic_add_fetch(&monitor->changes, 1, __ATOMIC_SEQ_CST);
    __builtin_wasm_memory_atomic_notify(&monitor->changes, UINT32_MAX);
}
