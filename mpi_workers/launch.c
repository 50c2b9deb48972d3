// Builds the command line of mpirun, or of tilecast-pool alone.
#include "mpi_workers/launch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/assert.h"

enum { MAX_ARGS = 96, NUMBER = 24 };

// The vector and the numbers printed for it, in one heap block.
typedef struct launch_block {
    char *argv[MAX_ARGS];
    char ranks[NUMBER], max_pixels[NUMBER], max_bytes[NUMBER];
} launch_block;

static void append(char **argv, int *count, const char *const *args) {
    // execvp takes non-const strings for historical reasons only; they are not written to.
    for (; *args; args++) argv[(*count)++] = (char *)*args;
    TC_ASSERT(*count < MAX_ARGS); // the terminating NULL
}

static void append_program(launch_block *block, int *count, const tc_launch *launch) {
    append(block->argv, count,
           (const char *[]){launch->program, "--socket", launch->socket, "--codec", launch->codec, "--max-pixels",
                            block->max_pixels, NULL});
    if (launch->max_bytes > 0) append(block->argv, count, (const char *[]){"--max-bytes", block->max_bytes, NULL});
}

// What differs between the releases of Open MPI: the name of the shared memory transport, the options for the
// launch agent, which would not be used under Slurm otherwise, and the options that, on a single machine, keep mpirun
// off ssh and off other interfaces than loopback (the default of release 5).
typedef struct mpirun_options {
    const char *memory, *memory_and_network;
    const char *launch_agent[6];   // NULL-terminated
    const char *single_machine[8]; // NULL-terminated
} mpirun_options;

static const mpirun_options release_4 = {"self,vader",
                                         "self,vader,tcp",
                                         {"--mca", "plm", "rsh", "--mca", "plm_rsh_agent"},
                                         {"--mca", "plm", "isolated", "--mca", "oob_tcp_if_include", "lo"}};
static const mpirun_options release_5 = {
    "self,sm", "self,sm,tcp", {"--prtemca", "plm", "ssh", "--prtemca", "plm_ssh_agent"}, {NULL}};

// `--enable-recovery`: the loss of one rank does not end the others. No binding: a worker's codec process must not
// share the worker's core while another is free. On one machine the shared memory transport suffices.
static void append_mpirun(char **argv, int *count, const tc_launch *launch) {
    const mpirun_options *mpi = TC_OPEN_MPI_RELEASE >= 5 ? &release_5 : &release_4;
    append(argv, count,
           (const char *[]){"mpirun", "--enable-recovery", "--oversubscribe", "--bind-to", "none", "--stdin", "none",
                            "--mca", "pml", "ob1", "--mca", "btl_base_warn_component_unused", "0", NULL});
    append(argv, count, (const char *[]){"--mca", "btl", launch->hosts ? mpi->memory_and_network : mpi->memory, NULL});
    if (!launch->hosts) append(argv, count, mpi->single_machine);
    // Slot by slot: rank 0 gets the list's first, which is on this machine.
    if (launch->hosts) append(argv, count, (const char *[]){"--hostfile", launch->hosts, "--map-by", "slot", NULL});
    if (launch->hosts && launch->launch_agent) {
        append(argv, count, mpi->launch_agent);
        append(argv, count, (const char *[]){launch->launch_agent, NULL});
    }
    if (geteuid() == 0) append(argv, count, (const char *[]){"--allow-run-as-root", NULL});
}

// mpirun's session folder has 8.2 MB for any number of ranks. A little more, for the first uploads.
uint64_t tc_launch_temporary_bytes(const tc_launch *launch) {
    return launch->solo ? 0 : UINT64_C(16) << 20;
}

// A rank refuses to start if there is no room for its file of 4 MB, of which it uses 0.2 MB (measured with 2 and with 8
// workers). With several hosts only rank 0 is known to be on this machine.
uint64_t tc_launch_memory_bytes(const tc_launch *launch) {
    TC_ASSERT(launch->workers >= 1 || launch->solo);
    const uint64_t ranks = launch->hosts ? 1 : (uint64_t)launch->workers + 1;
    return launch->solo ? 0 : (UINT64_C(4) << 20) + (UINT64_C(256) << 10) * ranks;
}

char **tc_launch_argv(const tc_launch *launch) {
    TC_ASSERT(launch->workers >= 1 || launch->solo);
    TC_ASSERT(launch->program && launch->codec && launch->socket);
    launch_block *block = calloc(1, sizeof *block);
    if (!block) return NULL;
    char **argv = block->argv;
    int count = 0;
    snprintf(block->ranks, NUMBER, "%d", launch->workers + 1);
    snprintf(block->max_pixels, NUMBER, "%lld", (long long)launch->max_pixels);
    snprintf(block->max_bytes, NUMBER, "%lld", (long long)launch->max_bytes);
    if (!launch->solo) append_mpirun(argv, &count, launch);
    if (!launch->solo) append(argv, &count, (const char *[]){"-np", block->ranks, NULL});
    append_program(block, &count, launch);
    if (!launch->solo && launch->memory) append(argv, &count, (const char *[]){"--memory", launch->memory, NULL});
    if (launch->solo) append(argv, &count, (const char *[]){"--solo", NULL});
    return argv;
}
