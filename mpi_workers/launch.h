// The command line that starts the pool. Used by the gateway and the tests.
#ifndef TC_MPI_WORKERS_LAUNCH_H
#define TC_MPI_WORKERS_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>

typedef struct tc_launch {
    const char *program;      // path of tilecast-pool
    const char *codec;        // path of tilecast-codec
    const char *socket;       // Unix socket that rank 0 connects to
    const char *hosts;        // mpirun's hostfile, as tc_host_list_write makes it; NULL: this machine only
    const char *launch_agent; // starts a command on another host: AGENT HOST COMMAND…; NULL: mpirun's default
    int workers;              // worker ranks, at least 1
    int64_t max_pixels;       // of a picture
    int64_t max_bytes;        // of its file; 0: the codec's default
    const char *memory;       // folder on a memory file system for MPI's shared memory on this machine, which a killed
                              // mpirun leaves behind. Ranks on other hosts use MPI's default. NULL: all do
    bool solo;                // scheduler and one worker in one process, without mpirun and MPI
} tc_launch;

// What a pool with these options needs on this machine to start, in bytes: for temporary files, and for MPI's shared
// memory.
uint64_t tc_launch_temporary_bytes(const tc_launch *launch);
uint64_t tc_launch_memory_bytes(const tc_launch *launch);

// The command as a NULL-terminated argument vector for execvp, in one heap block that the caller frees with free(). It
// borrows the strings of `launch`. NULL when out of memory.
char **tc_launch_argv(const tc_launch *launch);

#endif
