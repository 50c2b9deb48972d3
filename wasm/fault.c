// The record is thread-local. Without shared memory the compiler makes it an ordinary variable. With shared memory each
// instance has to allocate its thread-local storage, since no thread library does it.
#include "wasm/fault.h"

#include <stdlib.h>

#include "wasm/export.h"

static _Thread_local tc_error fault;

#ifdef __wasm_atomics__
void __wasm_init_tls(void *storage); // by the linker

tc_error *tc_page_fault(void) {
    static tc_error shared; // for lack of memory
    if (__builtin_wasm_tls_base()) return &fault;
    void *storage = malloc(__builtin_wasm_tls_size());
    if (!storage) return &shared;
    __wasm_init_tls(storage); // freed with the memory
    return &fault;
}
#else
tc_error *tc_page_fault(void) {
    return &fault;
}
#endif

void tc_page_fail_memory(const char *what) {
    tc_fail(tc_page_fault(), TC_ERR_MEMORY, "not enough memory in this browser for %s", what);
}

int TC_EXPORT(tc_page_status)(void) {
    return (int)tc_page_fault()->status;
}

const char *TC_EXPORT(tc_page_error)(void) {
    return tc_page_fault()->text;
}
