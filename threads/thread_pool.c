// The thread pool: pthreads that poll under one lock.
#include "threads/thread_pool.h"

#include <sched.h>

#include "core/assert.h"

int tc_thread_pool_cores(void) {
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < TC_MAX_THREADS ? count : TC_MAX_THREADS;
}

void tc_thread_pool_init(tc_thread_pool *pool, tc_thread_pool_poll *poll, void *context) {
    TC_ASSERT(poll);
    pool->poll = poll;
    pool->context = context;
    pool->done = false;
    pool->started = pool->numbered = 0;
    tc_monitor_init(&pool->monitor);
    tc_loops_init(&pool->loops, &pool->monitor);
}

void tc_thread_pool_clear(tc_thread_pool *pool) {
    TC_ASSERT(!pool->loops.first);
    tc_monitor_clear(&pool->monitor);
}

void tc_thread_pool_lock(tc_thread_pool *pool) {
    tc_monitor_lock(&pool->monitor);
}

void tc_thread_pool_unlock(tc_thread_pool *pool) {
    tc_monitor_unlock(&pool->monitor);
}

void tc_thread_pool_notify(tc_thread_pool *pool) {
    tc_monitor_notify(&pool->monitor);
}

// Idle threads join loops of others before they poll.
static void poll_until_done(tc_thread_pool *pool, int thread) {
    while (!pool->done) {
        tc_poll_result result = pool->poll(pool, pool->context, thread);
        TC_ASSERT(pool->monitor.locked);
        if (result == TC_POLL_DONE) pool->done = true;
        if (result == TC_POLL_IDLE && !pool->done)
            tc_monitor_wait(&pool->monitor);
        else
            tc_monitor_notify(&pool->monitor);
    }
}

static void *work(void *argument) {
    tc_thread_pool *pool = argument;
    tc_thread_pool_lock(pool);
    poll_until_done(pool, 2 + pool->numbered++);
    tc_thread_pool_unlock(pool);
    return NULL;
}

void tc_thread_pool_grow(tc_thread_pool *pool, int threads) {
    TC_ASSERT(pool->monitor.locked);
    if (threads > TC_MAX_THREADS) threads = TC_MAX_THREADS;
    while (pool->started < threads - 1 && pthread_create(&pool->others[pool->started], NULL, work, pool) == 0)
        pool->started++;
}

void tc_thread_pool_run(tc_thread_pool *pool, int threads) {
    TC_ASSERT(threads >= 1 && pool->started == 0 && !pool->done);
    tc_thread_pool_lock(pool);
    tc_thread_pool_grow(pool, threads);
    poll_until_done(pool, 1);
    tc_thread_pool_unlock(pool);
    for (int i = 0; i < pool->started; i++) pthread_join(pool->others[i], NULL);
}
