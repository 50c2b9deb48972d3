// Grants the cores of idle workers to workers of the same host that process a picture alone, so that its pixels stay in
// one process. A worker that is assigned a task has its core back at once: the other worker stops using it between two
// tiles.
#ifndef TC_MPI_WORKERS_SCHED_CORES_H
#define TC_MPI_WORKERS_SCHED_CORES_H

#include "mpi_workers/sched.h"

// Updates all grants and sends those that have changed.
void tc_sched_grant_cores(tc_sched *sched);

#endif
