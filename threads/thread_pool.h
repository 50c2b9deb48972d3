// A thread pool whose threads share one lock and poll for work: the command line, its bench, and the pool's workers on
// the cores that they borrow. The caller defines the work; threads/run_driver.h drives a run with it.
#ifndef TC_THREADS_THREAD_POOL_H
#define TC_THREADS_THREAD_POOL_H

#include "threads/loops.h"

enum { TC_MAX_THREADS = 256 };

typedef enum tc_poll_result {
    TC_POLL_WORKED, // something was done; other threads may find new work
    TC_POLL_IDLE,   // no work until another thread's poll returns
    TC_POLL_DONE,   // no more work for any thread
} tc_poll_result;

typedef struct tc_thread_pool tc_thread_pool;

// Looks for work and does it; `thread` is 1 for the thread that called tc_thread_pool_run, 2 and more for the others.
// Called with the lock held, returns with it held, releases it while it works.
typedef tc_poll_result tc_thread_pool_poll(tc_thread_pool *pool, void *context, int thread);

struct tc_thread_pool {
    tc_thread_pool_poll *poll;
    void *context;
    tc_monitor monitor;
    tc_loops loops;
    bool done;
    int started, numbered; // threads besides the caller's: started, and those that have their number
    pthread_t others[TC_MAX_THREADS - 1];
};

// Ended by tc_thread_pool_clear.
void tc_thread_pool_init(tc_thread_pool *pool, tc_thread_pool_poll *poll, void *context);
void tc_thread_pool_clear(tc_thread_pool *pool);
// Polls with `threads` threads, of which the caller's is one, until a poll returns TC_POLL_DONE, and joins the others.
// If no others can be started, the caller's does all of the work. Once for each tc_thread_pool_init.
void tc_thread_pool_run(tc_thread_pool *pool, int threads);

void tc_thread_pool_lock(tc_thread_pool *pool);
void tc_thread_pool_unlock(tc_thread_pool *pool);
// With the lock: starts threads until there are `threads`, or as many as can be started.
void tc_thread_pool_grow(tc_thread_pool *pool, int threads);
// With the lock: idle threads poll again.
void tc_thread_pool_notify(tc_thread_pool *pool);

// The cores that this process may use, from 1 to TC_MAX_THREADS.
int tc_thread_pool_cores(void);

#endif
