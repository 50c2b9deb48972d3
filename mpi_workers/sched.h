// The state of rank 0, and how jobs end.
#ifndef TC_MPI_WORKERS_SCHED_H
#define TC_MPI_WORKERS_SCHED_H

#include "mpi_workers/sched_job.h"
#include "mpi_workers/sched_link.h"
#include "mpi_workers/sched_worker.h"

enum { TC_SCHED_MAX_PINGS = 8 };

// How jobs use the workers. Tests force one with the environment variable TILECAST_POOL_MODE.
typedef enum tc_sched_mode {
    TC_SCHED_BY_LOAD,
    TC_SCHED_DISTRIBUTED, // "distributed": the tiles of every picture are computed by all workers
    TC_SCHED_WHOLE,       // "whole": each picture is processed by one worker
} tc_sched_mode;

// A ping that has been sent to a worker.
typedef struct tc_sched_ping {
    uint32_t task; // 0: unused
    double id;     // the gateway's
    int rank;
    int64_t began_us;
    tc_message expected; // the correct pixels
} tc_sched_ping;

typedef struct tc_sched {
    tc_transport *transport; // borrowed
    tc_sched_link *link;
    tc_sched_workers workers;
    tc_sched_job *jobs; // oldest first
    tc_sched_ping pings[TC_SCHED_MAX_PINGS];
    uint32_t serial; // the last one given to a job or task
    int64_t max_pixels;
    size_t max_bytes; // of an upload
    tc_sched_mode mode;
    bool degraded; // a worker was lost: no further job is begun
} tc_sched;

// A serial number for a job or task, never 0.
uint32_t tc_sched_next_serial(tc_sched *sched);
// The job with this serial number that has not ended; NULL if there is none.
tc_sched_job *tc_sched_find_job(const tc_sched *sched, uint32_t serial);
// Reports a job, whose client has received everything, as done, and ends it. One whose reports were lost fails instead.
void tc_sched_finish_job(tc_sched *sched, tc_sched_job *job);
// Reports a job as failed with a sentence for its client, and ends it.
void tc_sched_fail_job(tc_sched *sched, tc_sched_job *job, const tc_error *error);
// Reports a job as cancelled, and ends it.
void tc_sched_cancel_job(tc_sched *sched, tc_sched_job *job);
// Fails the jobs whose reports were lost for lack of memory.
void tc_sched_fail_unreported_jobs(tc_sched *sched);
// Destroys the jobs that have ended; with `all` the others too.
void tc_sched_destroy_jobs(tc_sched *sched, bool all);

#endif
