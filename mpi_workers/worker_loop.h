// The main loop of a worker rank.
#ifndef TC_MPI_WORKERS_WORKER_LOOP_H
#define TC_MPI_WORKERS_WORKER_LOOP_H

#include "mpi_workers/worker.h"

// Does tasks until the scheduler sends QUIT. `codec`: path of tilecast-codec. Returns the exit status; a sentence is on
// stderr when it is not 0.
int tc_worker_run(tc_transport *transport, const char *codec, tc_codec_limits limits);

#endif
