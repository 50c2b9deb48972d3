// Messages over MPI.
#ifndef TC_MPI_WORKERS_TRANSPORT_MPI_H
#define TC_MPI_WORKERS_TRANSPORT_MPI_H

#include "mpi_workers/transport.h"

// Starts MPI, before the process has threads. NULL, with a sentence on stderr, on failure.
tc_transport *tc_transport_mpi_new(int *argc, char ***argv);

#endif
