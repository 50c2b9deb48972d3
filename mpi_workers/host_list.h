// Lists of hosts: a hostfile that the user has written, and the one that mpirun gets.
#ifndef TC_MPI_WORKERS_HOST_LIST_H
#define TC_MPI_WORKERS_HOST_LIST_H

#include <stdbool.h>

#include "core/status.h"

enum { TC_HOST_LIST_NAME = 256 }; // bytes with the NUL

typedef struct tc_listed_host {
    char name[TC_HOST_LIST_NAME]; // may begin with USER@
    int slots;                    // workers that it may have
} tc_listed_host;

// The first host is this machine, also if it has no slots. Zeroed: an empty list.
typedef struct tc_host_list {
    int count, capacity;
    tc_listed_host *hosts;
} tc_host_list;

// Reads `hostfile`, in Open MPI's format: a host on each line, with `slots=N` (default 1) after it; `max_slots` is
// ignored, and # begins a comment. Lines of the same host are added up, as are those of this machine, whatever name
// they use. `list` must be empty; it is empty after a failure.
tc_status tc_host_list_read(tc_host_list *list, const char *hostfile, tc_error *error);
// Appends a host.
tc_status tc_host_list_push(tc_host_list *list, const char *name, int slots, tc_error *error);
// Writes the list for mpirun to the file `to`: this machine with one slot more than the list gives it, for rank 0. Each
// host stands there once, since Open MPI refuses a host that stands twice with its slots.
tc_status tc_host_list_write(const tc_host_list *list, const char *to, tc_error *error);
int tc_host_list_slots(const tc_host_list *list); // of all hosts
bool tc_host_list_equals(const tc_host_list *a, const tc_host_list *b);
void tc_host_list_clear(tc_host_list *list);

#endif
