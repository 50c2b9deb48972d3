// Recovery from the loss of workers.
#ifndef TC_MPI_WORKERS_SCHED_RECOVERY_H
#define TC_MPI_WORKERS_SCHED_RECOVERY_H

#include "mpi_workers/sched.h"

// Handles the loss of a worker: marks it as lost and requeues its tasks. Then fails its job if that has lost too many
// workers.
void tc_sched_lose_worker(tc_sched *sched, int rank);

#endif
