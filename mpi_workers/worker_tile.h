// TILE and PING: computes a tile from the pixels in the message.
#ifndef TC_MPI_WORKERS_WORKER_TILE_H
#define TC_MPI_WORKERS_WORKER_TILE_H

#include "mpi_workers/worker.h"

// Computes the tile of a TILE task and sends it, or a failure.
void tc_worker_compute_tile(tc_worker *worker, tc_message *task);
// Runs the pipeline of a PING on its picture and sends the result, or a failure.
void tc_worker_answer_ping(tc_worker *worker, tc_message *task);

#endif
