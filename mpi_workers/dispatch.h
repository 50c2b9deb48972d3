// The state of rank 0, and the hand-out of work: which worker gets what, and what becomes of the answers.
#ifndef TC_DISPATCH_H
#define TC_DISPATCH_H

#include "mpi_workers/link.h"
#include "mpi_workers/roster.h"

enum { TC_MAX_PINGS = 8 };

// Who decides how a job uses the workers. Tests force one way with the environment variable TILECAST_POOL_WAY.
typedef enum tc_way { TC_WAY_BY_LOAD, TC_WAY_SHARED, TC_WAY_WHOLE } tc_way;

typedef struct tc_ping {
    uint32_t task; // 0: unused
    double id;
    int rank;
    int64_t began_us;
    tc_message expected; // the pixels
} tc_ping;

typedef struct tc_dispatch {
    tc_transport *transport;
    tc_link *link;
    tc_roster roster;
    tc_job *jobs; // oldest first
    tc_ping pings[TC_MAX_PINGS];
    uint32_t serial; // the last one used, of jobs and tasks
    int64_t max_pixels;
    size_t max_bytes;
    tc_way way;
    bool crippled; // a worker was lost: begin no further jobs
} tc_dispatch;

// In give.c. Gives waiting work to workers that can take it.
void tc_dispatch_fill(tc_dispatch *dispatch);
// In lend.c. Lends the cores of idle workers, or takes them back.
void tc_dispatch_lend(tc_dispatch *dispatch);
// In take.c. An answer or a note of a worker.
void tc_dispatch_take(tc_dispatch *dispatch, int rank, tc_message *message);
// A worker is lost: hands what it had to others, or fails the job that has cost too many.
void tc_dispatch_lose(tc_dispatch *dispatch, int rank);

// Part of the run is done: tells how far it is, and goes on with the result when it is there.
void tc_dispatch_advance(tc_dispatch *dispatch, tc_job *job);
// Gives a tile of a stage's picture, computed by `rank`, to the gateway.
tc_status tc_dispatch_show_tile(tc_dispatch *dispatch, tc_job *job, int stage, const tc_tile *tile, int rank,
                                tc_error *error);
// Shows some more of the results that are there without having been computed. True if there is more.
bool tc_dispatch_show(tc_dispatch *dispatch);

// Ends a job, whose client has got everything.
void tc_dispatch_finish(tc_dispatch *dispatch, tc_job *job);
// Ends a job with a sentence for its client.
void tc_dispatch_fail(tc_dispatch *dispatch, tc_job *job, const tc_error *error);
// Ends a job without a report; its workers are told to forget it.
void tc_dispatch_end(tc_dispatch *dispatch, tc_job *job);

// In ping.c. Runs a real tile on a worker and checks its pixels.
void tc_ping_send(tc_dispatch *dispatch, double id);
void tc_ping_take(tc_dispatch *dispatch, const tc_message *message); // a RESULT or FAILED
void tc_ping_lose(tc_dispatch *dispatch, int rank);                  // 0: those that are overdue

#endif
