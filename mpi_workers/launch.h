// The command line that starts the pool. Used by the gateway and the tests.
#ifndef TC_MPI_WORKERS_LAUNCH_H
#define TC_MPI_WORKERS_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/status.h"

typedef struct tc_launch {
    const char *program;  // path of tilecast-pool
    const char *codec;    // path of tilecast-codec
    const char *socket;   // Unix socket that rank 0 connects to
    const char *hostfile; // mpirun's hostfile with the workers' hosts; NULL: this machine only
    const char *hosts;    // path of the file that tc_launch_write_hosts makes of it; NULL without a hostfile
    int workers;          // worker ranks, at least 1
    int64_t max_pixels;   // of a picture
    int64_t max_bytes;    // of its file; 0: the codec's default
    const char *memory;   // folder on a memory file system for MPI's shared memory on this machine, which a killed
                          // mpirun leaves behind. Ranks on other hosts use MPI's default. NULL: all do
    bool solo;            // scheduler and one worker in one process, without mpirun and MPI
} tc_launch;

// Writes mpirun's list of hosts (mpi_workers/host_list.h) to launch->hosts. To be called before every start, as the
// hostfile may have changed. Does nothing without a hostfile.
tc_status tc_launch_write_hosts(const tc_launch *launch, tc_error *error);

// What a pool with these options needs on this machine to start, in bytes: for temporary files, and for MPI's shared
// memory.
uint64_t tc_launch_temporary_bytes(const tc_launch *launch);
uint64_t tc_launch_memory_bytes(const tc_launch *launch);

// The command as a NULL-terminated argument vector for execvp, in one heap block that the caller frees with free(). It
// borrows the strings of `launch`. NULL when out of memory.
char **tc_launch_argv(const tc_launch *launch);

#endif
