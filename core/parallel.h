// Parallel-for as an interface: the driver of a run may supply threads. The core has none of its own.
#ifndef TC_CORE_PARALLEL_H
#define TC_CORE_PARALLEL_H

#include "core/assert.h"

typedef void tc_parallel_body(void *context, int index);

typedef struct tc_parallel {
    // Calls body(context, i) once for each i from 0 to count - 1, several at the same time. Returns when all have
    // ended.
    void (*run)(void *user, int count, tc_parallel_body *body, void *context);
    void *user;
} tc_parallel;

// `parallel` may be NULL: the calls are made one after another.
static inline void tc_parallel_for(const tc_parallel *parallel, int count, tc_parallel_body *body, void *context) {
    TC_ASSERT(count >= 0 && body);
    if (parallel)
        parallel->run(parallel->user, count, body, context);
    else
        for (int i = 0; i < count; i++) body(context, i);
}

#endif
