// The progress of a distributed job's run, and its tiles on their way to the client.
#ifndef TC_MPI_WORKERS_SCHED_RESULT_H
#define TC_MPI_WORKERS_SCHED_RESULT_H

#include "mpi_workers/sched.h"

// A task of the run is done: reports the progress, and when the result is complete has it sent and encoded.
void tc_sched_advance_job(tc_sched *sched, tc_sched_job *job);
// Sends a tile of a stage's picture, computed by `rank` (0: none), to the gateway.
tc_status tc_sched_send_tile(tc_sched *sched, tc_sched_job *job, int stage, const tc_tile *tile, int rank,
                             tc_error *error);
// Sends some more tiles of the jobs in state SENDING. True if there are more.
bool tc_sched_send_results(tc_sched *sched);

#endif
