// The hosts on which the pool may have workers. Each is probed regularly: it is alive while the pool's program can be
// started on it.
#ifndef TC_BACKEND_HOSTS_H
#define TC_BACKEND_HOSTS_H

#include <stdint.h>
#include <sys/types.h>

#include "backend/server.h"
#include "mpi_workers/host_list.h"

enum { TC_HOST_ERROR = 200 };

typedef enum tc_host_state { TC_HOST_UNKNOWN, TC_HOST_ALIVE, TC_HOST_DEAD } tc_host_state;

typedef struct tc_host {
    char name[TC_HOST_LIST_NAME];
    int slots;
    tc_host_state state;
    int64_t since_ms;          // tc_clock_ms() when it came into this state
    char error[TC_HOST_ERROR]; // DEAD: the reason; else ""
} tc_host;

typedef struct tc_hosts tc_hosts;

typedef struct tc_hosts_config {
    const char *file;    // Open MPI's hostfile; it is read again when it has changed
    const char *agent;   // starts a command on a host: AGENT HOST COMMAND…; it may contain options
    const char *program; // the pool's; it is started with --version
    const char *folder;  // for temporary files of the agent
    void *user;
    void (*changed)(void *user); // after a host's state or the file has changed, from the event loop
} tc_hosts_config;

// Borrows the strings. NULL with a message on failure, also when the file is wrong.
tc_hosts *tc_hosts_new(tc_server *server, const tc_hosts_config *config, tc_error *error);
void tc_hosts_destroy(tc_hosts *hosts); // harmless on NULL
// Probes all hosts now, and regularly from now on. A host that was alive is UNKNOWN until it has answered.
void tc_hosts_start(tc_hosts *hosts);
void tc_hosts_stop(tc_hosts *hosts); // kills the probes in progress; states are kept
// For every child that has ended. Those that are not probes are ignored.
void tc_hosts_child_ended(tc_hosts *hosts, pid_t pid, int status);

// True while a host is UNKNOWN.
bool tc_hosts_is_pending(const tc_hosts *hosts);
// Appends the hosts that are alive to the empty `list`, in the file's order, with `max_slots` slots in all at most. The
// first is this machine, also without slots.
tc_status tc_hosts_select(const tc_hosts *hosts, int max_slots, tc_host_list *list, tc_error *error);
// How often the file was read, or a dead host has answered again: a reason to try what has failed before.
int tc_hosts_generation(const tc_hosts *hosts);
// All hosts of the file, this machine first; borrowed until the next change.
const tc_host *tc_hosts_all(const tc_hosts *hosts, int *count);
const char *tc_host_state_name(tc_host_state state); // "unknown", "alive", "dead"

#endif
