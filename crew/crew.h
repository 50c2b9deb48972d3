// Threads that share one lock and take turns at what there is to do. The command line's runs and its bench are both
// driven by it, so that what the bench measures is what a run does; and so are the pool's workers, on borrowed cores.
#ifndef TC_CREW_H
#define TC_CREW_H

#include <pthread.h>

#include "core/run.h"

enum { TC_MAX_THREADS = 256 };

typedef enum tc_turn {
    TC_TURN_BUSY, // something was done; the others may find something new
    TC_TURN_IDLE, // nothing to do until another thread's turn ends
    TC_TURN_OVER, // nothing will be to do again for any thread
} tc_turn;

typedef struct tc_crew tc_crew;
typedef struct tc_share tc_share;

// One turn of a thread; `worker` is its number: 1 for the caller of tc_crew_run, the others from 2. Called with the
// lock held, returns with it held, and gives it up (tc_crew_unlock, tc_crew_lock) while it works.
typedef tc_turn tc_crew_serve(tc_crew *crew, void *context, int worker);

struct tc_crew {
    tc_crew_serve *serve;
    void *context;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool over;
    int waiting;
    tc_share *shares;      // what tc_crew_help does parts of
    tc_team team;          // for a run's merges: called in a turn, gives up the lock while parts are done
    int started, numbered; // of the others
    pthread_t others[TC_MAX_THREADS - 1];
};

// Serves until all is over, with `threads` threads; the caller's is one of them. If others cannot be started, those
// that could do everything.
void tc_crew_run(int threads, tc_crew_serve *serve, void *context);

// In a turn: starts further threads until there are so many, or as many as can be started.
void tc_crew_grow(tc_crew *crew, int threads);
// In a turn: does a part of what another thread has to do, if there is one. False: there is none.
bool tc_crew_help(tc_crew *crew);
// In a turn: those that had nothing to do may find something now, before the turn ends.
void tc_crew_wake(tc_crew *crew);

// The cores that this process may use, at most TC_MAX_THREADS.
int tc_crew_cores(void);

void tc_crew_lock(tc_crew *crew);
void tc_crew_unlock(tc_crew *crew);

// Computes the tile that tc_run_next handed out, with the lock given up, and finishes it, with the crew's help.
tc_status tc_crew_tile(tc_crew *crew, tc_run *run, const tc_task *task, tc_error *error);

#endif
