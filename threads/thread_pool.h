// Threads that share one lock and take turns at what there is to do. The command line's runs and its bench are both
// driven by it, so that what the bench measures is what a run does; and so are the pool's workers, on borrowed cores.
#ifndef TC_THREADS_THREAD_POOL_H
#define TC_THREADS_THREAD_POOL_H

#include <pthread.h>

#include "core/run.h"

enum { TC_MAX_THREADS = 256 };

typedef enum tc_poll_result {
    TC_POLL_WORKED, // something was done; the others may find something new
    TC_POLL_IDLE,   // nothing to do until another thread's turn ends
    TC_POLL_DONE,   // nothing will be to do again for any thread
} tc_poll_result;

typedef struct tc_thread_pool tc_thread_pool;
typedef struct tc_share tc_share;

// One turn of a thread; `worker` is its number: 1 for the caller of tc_thread_pool_run, the others from 2. Called with
// the lock held, returns with it held, and gives it up (tc_thread_pool_unlock, tc_thread_pool_lock) while it works.
typedef tc_poll_result tc_thread_pool_poll(tc_thread_pool *pool, void *context, int worker);

struct tc_thread_pool {
    tc_thread_pool_poll *serve;
    void *context;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool over;
    int waiting;
    tc_share *shares;      // what tc_thread_pool_help does parts of
    tc_parallel parallel;  // for a run's merges: called in a turn, gives up the lock while parts are done
    int started, numbered; // of the others
    pthread_t others[TC_MAX_THREADS - 1];
};

// Serves until all is over, with `threads` threads; the caller's is one of them. If others cannot be started, those
// that could do everything.
void tc_thread_pool_run(int threads, tc_thread_pool_poll *serve, void *context);

// In a turn: starts further threads until there are so many, or as many as can be started.
void tc_thread_pool_grow(tc_thread_pool *pool, int threads);
// In a turn: does a part of what another thread has to do, if there is one. False: there is none.
bool tc_thread_pool_help(tc_thread_pool *pool);
// In a turn: those that had nothing to do may find something now, before the turn ends.
void tc_thread_pool_notify(tc_thread_pool *pool);

// The cores that this process may use, at most TC_MAX_THREADS.
int tc_thread_pool_cores(void);

void tc_thread_pool_lock(tc_thread_pool *pool);
void tc_thread_pool_unlock(tc_thread_pool *pool);

// Computes the tile that tc_run_next handed out, with the lock given up, and finishes it, with the pool's help.
tc_status tc_thread_pool_tile(tc_thread_pool *pool, tc_run *run, const tc_task *task, tc_error *error);

#endif
