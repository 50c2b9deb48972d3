// Threads that share one lock and take turns at what there is to do. The command line's runs and its bench are both
// driven by it, so that what the bench measures is what a run does.
#ifndef TC_CREW_H
#define TC_CREW_H

#include <pthread.h>

#include "core/run.h"

enum { TC_MAX_THREADS = 256 };

typedef enum tc_turn {
    TC_TURN_BUSY, // something was done; the others may find something new
    TC_TURN_IDLE, // nothing to do until another thread's turn ends
    TC_TURN_OVER, // nothing will be to do again
} tc_turn;

typedef struct tc_crew tc_crew;

// One turn of a thread; `worker` is its number, from 1. Called with the lock held, returns with it held, and gives it
// up (tc_crew_unlock, tc_crew_lock) while it works.
typedef tc_turn tc_crew_serve(tc_crew *crew, void *context, int worker);

struct tc_crew {
    tc_crew_serve *serve;
    void *context;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int started, waiting;
};

// Serves until all is over, with `threads` threads; the caller's is one of them. If others cannot be started, those
// that could do everything.
void tc_crew_run(int threads, tc_crew_serve *serve, void *context);

// The cores that this process may use, at most TC_MAX_THREADS.
int tc_crew_cores(void);

void tc_crew_lock(tc_crew *crew);
void tc_crew_unlock(tc_crew *crew);

// Computes the tile that tc_run_next handed out, with the lock given up, and finishes it.
tc_status tc_crew_tile(tc_crew *crew, tc_run *run, const tc_task *task, tc_error *error);

#endif
