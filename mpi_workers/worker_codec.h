// READ_CODES and ENCODE: tasks that the worker's codec process does.
#ifndef TC_MPI_WORKERS_WORKER_CODEC_H
#define TC_MPI_WORKERS_WORKER_CODEC_H

#include "mpi_workers/worker.h"

// Reads the codes in `picture`, sends each at once, and ends the task, which is READ_CODES or a START_JOB whose picture
// has been returned.
void tc_worker_read_codes(tc_worker *worker, const tc_message *task, const tc_tile *picture,
                          const tc_codes_options *options);
// The same for the picture in a READ_CODES task.
void tc_worker_read_task_codes(tc_worker *worker, tc_message *task);
// Encodes the picture in an ENCODE task, and sends the file or a failure.
void tc_worker_encode(tc_worker *worker, tc_message *task);

#endif
