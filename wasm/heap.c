// malloc for several instances in one memory. The C library is compiled for one thread; its allocator is the only part
// that several use. The linker redirects all calls here (--wrap).
#include <stddef.h>

#include "threads/monitor.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

static tc_monitor monitor; // zeroed, it is ready

void *__wrap_malloc(size_t size) {
    tc_monitor_lock(&monitor);
    void *memory = __real_malloc(size);
    tc_monitor_unlock(&monitor);
    return memory;
}

void *__wrap_calloc(size_t count, size_t size) {
    tc_monitor_lock(&monitor);
    void *memory = __real_calloc(count, size);
    tc_monitor_unlock(&monitor);
    return memory;
}

void *__wrap_realloc(void *memory, size_t size) {
    tc_monitor_lock(&monitor);
    memory = __real_realloc(memory, size);
    tc_monitor_unlock(&monitor);
    return memory;
}

void __wrap_free(void *memory) {
    tc_monitor_lock(&monitor);
    __real_free(memory);
    tc_monitor_unlock(&monitor);
}
