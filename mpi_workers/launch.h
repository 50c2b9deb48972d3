// How the pool is started: the one place that knows mpirun's command line. Used by the gateway and the tests.
#ifndef TC_LAUNCH_H
#define TC_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>

typedef struct tc_launch {
    const char *program;  // path of tilecast-pool
    const char *codec;    // path of tilecast-codec
    const char *socket;   // Unix socket that rank 0 connects to
    const char *hostfile; // mpirun's hostfile; NULL: this machine only
    int workers;          // worker ranks, at least 1
    int64_t max_pixels;   // of a picture
    int64_t max_bytes;    // of its file; 0: the codec's default
    const char *memory;   // folder in memory for what ranks of this machine share and a killed mpirun leaves behind;
                          // NULL: mpirun's own choice. Not used with a hostfile: other hosts do not have it
    bool solo;            // scheduler and one worker in one process, without mpirun and MPI: the tests' stand-in
} tc_launch;

// The command as an argument vector for execvp, NULL-terminated, one heap block that the caller frees with free().
// NULL on lack of memory.
char **tc_launch_argv(const tc_launch *launch);

#endif
