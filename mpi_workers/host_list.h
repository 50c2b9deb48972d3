// The list of hosts that mpirun gets: this machine for rank 0, then the hosts of the workers.
#ifndef TC_MPI_WORKERS_HOST_LIST_H
#define TC_MPI_WORKERS_HOST_LIST_H

#include "core/status.h"

// Reads `hostfile`, in Open MPI's format: a host on each line, with `slots=N` (default 1) after it; `max_slots` is
// ignored, and # begins a comment. Writes the list to the file `to`: this machine first, with one slot more than the
// hostfile gives it, since rank 0 has no slot there. Open MPI refuses a host that stands twice with its slots, so lines
// of the same host are added up.
tc_status tc_host_list_write(const char *hostfile, const char *to, tc_error *error);

#endif
