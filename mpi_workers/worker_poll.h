// The messages of the scheduler to a worker, received while it waits and during long tasks.
#ifndef TC_MPI_WORKERS_WORKER_POLL_H
#define TC_MPI_WORKERS_WORKER_POLL_H

#include "mpi_workers/worker.h"

enum { TC_WORKER_HEARTBEAT_MS = 200 }; // between two heartbeats to the scheduler

// Handles all messages that have arrived, queues tasks, and sends a heartbeat when it is due. To be called at least
// every few 100 ms. True when the task in progress is to be cancelled. Ends the process when the scheduler is lost.
bool tc_worker_poll(tc_worker *worker);
// Cancels all queued tasks and forgets all jobs.
void tc_worker_clear(tc_worker *worker);

#endif
