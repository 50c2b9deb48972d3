// Pings: a worker computes a small tile, and rank 0 compares its pixels with its own.
#ifndef TC_MPI_WORKERS_SCHED_PING_H
#define TC_MPI_WORKERS_SCHED_PING_H

#include "mpi_workers/sched.h"

// Pings the worker with the fewest tasks; the pong with the gateway's `id` is reported later, or at once as failed when
// no worker is there.
void tc_sched_ping_send(tc_sched *sched, double id);
// A RESULT or FAILED with no other task: the end of a ping, if it names one.
void tc_sched_ping_handle(tc_sched *sched, const tc_message *message);
// Fails the pings of a lost worker.
void tc_sched_ping_lose(tc_sched *sched, int rank);
// Fails the pings that have taken too long.
void tc_sched_ping_expire(tc_sched *sched);
// Frees all pings without a report.
void tc_sched_ping_clear(tc_sched *sched);

#endif
