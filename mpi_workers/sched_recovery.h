// Recovery from the loss of workers.
#ifndef TC_MPI_WORKERS_SCHED_RECOVERY_H
#define TC_MPI_WORKERS_SCHED_RECOVERY_H

#include "mpi_workers/sched.h"

// A worker is lost: abandons it, makes its tasks available to others, or fails a job that has cost too many workers.
void tc_sched_lose_worker(tc_sched *sched, int rank);

#endif
