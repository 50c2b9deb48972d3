// Assigns tasks to workers.
#ifndef TC_MPI_WORKERS_SCHED_ASSIGN_H
#define TC_MPI_WORKERS_SCHED_ASSIGN_H

#include "mpi_workers/sched.h"

// Assigns waiting tasks, those of the oldest job first, to the workers that accept them.
void tc_sched_assign_tasks(tc_sched *sched);

#endif
