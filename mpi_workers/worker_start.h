// Handles START_JOB tasks: decodes a picture, then sends its pixels to the scheduler or runs the whole job here.
#ifndef TC_MPI_WORKERS_WORKER_START_H
#define TC_MPI_WORKERS_WORKER_START_H

#include "mpi_workers/worker.h"

// Executes a START_JOB task and sends its replies. Frees the task's payload once the file is decoded.
void tc_worker_start_job(tc_worker *worker, tc_message *task);

#endif
