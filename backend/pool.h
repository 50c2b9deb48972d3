// The pool of workers as the gateway sees it: started, watched, started again when it dies, and ended without leaving a
// process behind.
#ifndef TC_BACKEND_POOL_H
#define TC_BACKEND_POOL_H

#include "backend/hosts.h"
#include "backend/server.h"
#include "control/json.h"
#include "mpi_workers/launch.h"

enum { TC_POOL_HOST = 128 };

typedef enum tc_pool_state { TC_POOL_DOWN, TC_POOL_STARTING, TC_POOL_READY } tc_pool_state;

typedef struct tc_pool_rank {
    int rank, pid;
    char host[TC_POOL_HOST];
    bool lost;
} tc_pool_rank;

typedef struct tc_pool_info {
    tc_pool_state state;
    int pid;                   // of mpirun, or with `solo` of the pool itself; 0: none
    int restarts;              // since the first start
    int workers;               // that are alive
    const tc_pool_rank *ranks; // borrowed from the pool
    int rank_count;
    bool outdated;        // the hosts have changed: the pool gets no further jobs, see tc_pool_renew
    const tc_host *hosts; // borrowed; NULL without a hostfile
    int host_count;
    const char *error; // why no pool can be started, or only one on this machine; "" otherwise
} tc_pool_info;

typedef struct tc_pool_hooks {
    void *user;
    void (*changed)(void *user);           // the pool's info has changed
    void (*lost)(void *user, bool blamed); // the pool died with its jobs; blamed: a job may have been the cause
    // Every message but `hello`; the hook may modify it.
    void (*message)(void *user, const char *type, tc_json *message);
    void (*failed_to_start)(void *user, const char *reason); // several times in a row, and never before successfully
    void (*stopped)(void *user);                             // after tc_pool_stop: no process is left
} tc_pool_hooks;

typedef struct tc_pool tc_pool;

// Borrows the strings of `launch`, whose socket and list of hosts are set here, and `folder` (for the socket and the
// pool's own temporary files). `hostfile`: where the workers' hosts are listed; NULL: this machine only. On several
// hosts the pool has a worker for each slot, but at most launch->workers. NULL with a message on failure.
tc_pool *tc_pool_new(tc_server *server, const tc_launch *launch, const char *hostfile, const char *folder,
                     const tc_pool_hooks *hooks, tc_error *error);
void tc_pool_destroy(tc_pool *pool); // after `stopped`, or before tc_pool_start; harmless on NULL
void tc_pool_start(tc_pool *pool);
// Asks the pool to end, and kills it when it does not. Called again: kills it at once.
void tc_pool_stop(tc_pool *pool);
void tc_pool_child_ended(tc_pool *pool); // on SIGCHLD
// An outdated pool has no job: it ends, and one on the present hosts is started. Without effect on another pool.
void tc_pool_renew(tc_pool *pool);

// Sends a message; it is dropped when the pool is not ready. TC_ERR_MEMORY when out of memory,
// also if `message` could not be built completely.
tc_status tc_pool_send(tc_pool *pool, const tc_json *message, tc_error *error);
// Sends a message that consists of a type and one number.
tc_status tc_pool_send_number(tc_pool *pool, const char *type, const char *name, uint32_t number, tc_error *error);

tc_pool_info tc_pool_get_info(const tc_pool *pool);
const char *tc_pool_state_name(tc_pool_state state); // "down", "starting", "ready"

#endif
