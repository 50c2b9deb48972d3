#include "mpi_workers/launch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_ARGS = 96, NUMBER = 24 };

// The vector and the numbers printed for it, in one heap block.
typedef struct launch_block {
    char *argv[MAX_ARGS];
    char workers[NUMBER], max_pixels[NUMBER], max_bytes[NUMBER];
} launch_block;

static void append(char **argv, int *count, const char *const *args) {
    // execvp's vector is not const for historical reasons only; nobody writes to the strings.
    for (; *args; args++) argv[(*count)++] = (char *)*args;
}

static void append_program(launch_block *block, int *count, const tc_launch *launch) {
    append(block->argv, count,
           (const char *[]){launch->program, "--socket", launch->socket, "--codec", launch->codec, "--max-pixels",
                            block->max_pixels, NULL});
    if (launch->max_bytes > 0) append(block->argv, count, (const char *[]){"--max-bytes", block->max_bytes, NULL});
}

// What differs between the releases of Open MPI: the name of the shared memory transport, and what keeps mpirun
// quiet, away from ssh and on the loopback interface when there is this machine only (release 5 needs no telling).
typedef struct dialect {
    const char *memory, *memory_and_network, *folder;
    const char *always[2], *alone[7]; // NULL-terminated
} dialect;
static const dialect release_4 = {"self,vader",
                                  "self,vader,tcp",
                                  "btl_vader_backing_directory",
                                  {"--quiet"},
                                  {"--mca", "plm", "isolated", "--mca", "oob_tcp_if_include", "lo"}};
static const dialect release_5 = {"self,sm", "self,sm,tcp", "btl_sm_backing_directory", {NULL}, {NULL}};

// `--enable-recovery`: the loss of one rank leaves the others alone. No binding: a worker's codec process must not
// share its core while another is free. Shared memory alone suffices on one machine.
static void append_mpirun(char **argv, int *count, const tc_launch *launch) {
    const dialect *mpi = TC_OPEN_MPI_RELEASE >= 5 ? &release_5 : &release_4;
    append(argv, count,
           (const char *[]){"mpirun", "--enable-recovery", "--oversubscribe", "--bind-to", "none", "--stdin", "none",
                            "--mca", "pml", "ob1", "--mca", "btl_base_warn_component_unused", "0", NULL});
    append(argv, count, mpi->always);
    append(argv, count,
           (const char *[]){"--mca", "btl", launch->hostfile ? mpi->memory_and_network : mpi->memory, NULL});
    if (!launch->hostfile) append(argv, count, mpi->alone);
    if (!launch->hostfile && launch->memory)
        append(argv, count, (const char *[]){"--mca", mpi->folder, launch->memory, NULL});
    if (geteuid() == 0) append(argv, count, (const char *[]){"--allow-run-as-root", NULL});
}

char **tc_launch_argv(const tc_launch *launch) {
    launch_block *block = calloc(1, sizeof *block);
    if (!block) return NULL;
    char **argv = block->argv;
    int count = 0;
    bool apart = launch->hostfile && !launch->solo; // rank 0 here, the workers where the hostfile says
    snprintf(block->workers, NUMBER, "%d", apart ? launch->workers : launch->workers + 1);
    snprintf(block->max_pixels, NUMBER, "%lld", (long long)launch->max_pixels);
    snprintf(block->max_bytes, NUMBER, "%lld", (long long)launch->max_bytes);
    if (!launch->solo) append_mpirun(argv, &count, launch);
    if (apart) {
        append(argv, &count, (const char *[]){"-np", "1", "--host", "localhost", NULL});
        append_program(block, &count, launch);
        append(argv, &count, (const char *[]){":", "-np", block->workers, "--hostfile", launch->hostfile, NULL});
    } else if (!launch->solo) {
        append(argv, &count, (const char *[]){"-np", block->workers, NULL});
    }
    append_program(block, &count, launch);
    if (launch->solo) append(argv, &count, (const char *[]){"--solo", NULL});
    return argv;
}
