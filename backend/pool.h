// The pool as the gateway sees it: started, watched, restarted when it dies, ended without leaving a process.
#ifndef TC_POOL_H
#define TC_POOL_H

#include "backend/server.h"
#include "control/json.h"
#include "mpi_workers/launch.h"

enum { TC_POOL_HOST = 128, TC_POOL_MAX_RANKS = 4097 };

typedef enum tc_pool_state { TC_POOL_DOWN, TC_POOL_STARTING, TC_POOL_READY } tc_pool_state;

typedef struct tc_pool_rank {
    int rank, pid;
    char host[TC_POOL_HOST];
    bool lost;
} tc_pool_rank;

typedef struct tc_pool_view {
    tc_pool_state state;
    int pid;      // of mpirun, or of the pool itself with `solo`; 0 none
    int restarts; // since the first start
    int workers;  // that are alive
    const tc_pool_rank *ranks;
    int rank_count;
} tc_pool_view;

typedef struct tc_pool_hooks {
    void *app;
    void (*changed)(void *app);           // the view is another one
    void (*lost)(void *app, bool blamed); // the pool is gone with its jobs; blamed: a job may have been the cause
    void (*message)(void *app, const char *type, const tc_json *message); // all but `hello` and `rank`
    void (*hopeless)(void *app, const char *reason);                      // it never came up, several times in a row
    void (*stopped)(void *app);                                           // after tc_pool_stop: no process is left
} tc_pool_hooks;

typedef struct tc_pool tc_pool;

// Borrows the strings of `launch`, whose socket is filled in here, and `folder` (for the socket and the pool's own
// temporary files). NULL with a message on failure.
tc_pool *tc_pool_new(tc_server *server, const tc_launch *launch, const char *folder, const tc_pool_hooks *hooks,
                     tc_error *error);
void tc_pool_destroy(tc_pool *pool); // after `stopped`, or before tc_pool_start; harmless on NULL
void tc_pool_start(tc_pool *pool);
// Asks the pool to end, then makes it. Called a second time: at once.
void tc_pool_stop(tc_pool *pool);
void tc_pool_child_ended(tc_pool *pool); // on SIGCHLD
void tc_pool_send(tc_pool *pool, const tc_json *message);
tc_pool_view tc_pool_look(const tc_pool *pool);
const char *tc_pool_state_name(tc_pool_state state); // "down", "starting", "ready"

#endif
