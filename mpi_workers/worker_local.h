// Processes a picture in one worker, so that only compressed bytes and the tiles its client wants are sent.
#ifndef TC_MPI_WORKERS_WORKER_LOCAL_H
#define TC_MPI_WORKERS_WORKER_LOCAL_H

#include "mpi_workers/worker.h"

// Computes all tiles of the plan on this worker's core and those it has been granted, encodes the result and sends the
// file, which ends the START_JOB task. Reports its progress, tiles, codes and lines meanwhile. May take ownership of
// the pixels; the caller clears `image` in any case. `format`, `warning`: of the decoded file. On failure no reply has
// been sent.
tc_status tc_worker_process_picture(tc_worker *worker, const tc_message *task, const tc_plan *plan, tc_image *image,
                                    tc_format format, const char *warning, tc_error *error);

#endif
