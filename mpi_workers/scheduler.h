// Rank 0: accepts the gateway's jobs, assigns their tasks to the workers, assembles the results, watches the workers.
#ifndef TC_MPI_WORKERS_SCHEDULER_H
#define TC_MPI_WORKERS_SCHEDULER_H

#include "mpi_workers/transport.h"

enum { TC_POOL_RESTART = 75 }; // exit status: workers were lost, start the pool again

typedef struct tc_scheduler tc_scheduler;

// Connects to the gateway's socket. `max_bytes` limits uploads, `max_pixels` pictures. Borrows the transport. NULL,
// with a sentence on stderr, on failure.
tc_scheduler *tc_scheduler_new(tc_transport *transport, const char *socket, int64_t max_pixels, size_t max_bytes);
void tc_scheduler_destroy(tc_scheduler *scheduler); // harmless on NULL
// Handles all messages that have arrived, and assigns tasks. Sleeps a while when there was nothing and it may.
void tc_scheduler_step(tc_scheduler *scheduler, bool may_wait);
// True when the pool is to end and every worker left has confirmed it or is too late.
bool tc_scheduler_has_ended(const tc_scheduler *scheduler);
// The exit status of rank 0: 0 or TC_POOL_RESTART.
int tc_scheduler_status(const tc_scheduler *scheduler);

#endif
