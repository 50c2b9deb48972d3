// Handles the workers' replies and reports.
#ifndef TC_MPI_WORKERS_SCHED_RECEIVE_H
#define TC_MPI_WORKERS_SCHED_RECEIVE_H

#include "mpi_workers/sched.h"

// Handles a reply to a task, or a report on one, from a worker. An invalid one fails its job. May take ownership of the
// payload.
void tc_sched_handle_message(tc_sched *sched, int rank, tc_message *message);

#endif
