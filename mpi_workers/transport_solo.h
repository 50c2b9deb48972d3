// Both ranks of a pool in one process and one thread, without MPI.
#ifndef TC_MPI_WORKERS_TRANSPORT_SOLO_H
#define TC_MPI_WORKERS_TRANSPORT_SOLO_H

#include "mpi_workers/transport.h"

// Creates both ends: rank 0 the scheduler's, rank 1 the worker's. Both are ended with tc_transport_destroy. False on
// lack of memory or descriptors.
bool tc_transport_solo_new(tc_transport *ranks[2]);
// The worker (rank 1) owns the thread. Whenever it receives or waits, `scheduler` is called with `user` to run rank 0
// until it has nothing to do; it may sleep only when `may_wait`.
void tc_transport_solo_set_scheduler(tc_transport *worker, void (*scheduler)(void *user, bool may_wait), void *user);

#endif
