#include "mpi_workers/launch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_ARGS = 96, NUMBER = 24 };

// The vector and the numbers printed for it, in one heap block.
typedef struct launch_block {
    char *argv[MAX_ARGS];
    char workers[NUMBER], max_pixels[NUMBER];
} launch_block;

static void append(char **argv, int *count, const char *const *args) {
    // execvp's vector is not const for historical reasons only; nobody writes to the strings.
    for (; *args; args++) argv[(*count)++] = (char *)*args;
}

static void append_program(char **argv, int *count, const tc_launch *launch, const char *max_pixels) {
    append(argv, count,
           (const char *[]){launch->program, "--socket", launch->socket, "--codec", launch->codec, "--max-pixels",
                            max_pixels, NULL});
}

// `--enable-recovery`: the loss of one rank leaves the others alone. No binding: a worker's codec process must not
// share its core while another is free. Shared memory alone suffices on one machine; then neither ssh nor a network
// is needed, and mpirun listens on the loopback interface only.
static void append_mpirun(char **argv, int *count, const tc_launch *launch) {
    append(argv, count,
           (const char *[]){"mpirun", "--enable-recovery", "--oversubscribe", "--bind-to", "none", "--quiet", "--stdin",
                            "none", "--mca", "pml", "ob1", "--mca", "btl_base_warn_component_unused", "0", NULL});
    if (launch->hostfile)
        append(argv, count, (const char *[]){"--mca", "btl", "self,vader,tcp", NULL});
    else
        append(argv, count,
               (const char *[]){"--mca", "btl", "self,vader", "--mca", "plm", "isolated", "--mca", "oob_tcp_if_include",
                                "lo", NULL});
    if (!launch->hostfile && launch->memory)
        append(argv, count, (const char *[]){"--mca", "btl_vader_backing_directory", launch->memory, NULL});
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
    if (!launch->solo) append_mpirun(argv, &count, launch);
    if (apart) {
        append(argv, &count, (const char *[]){"-np", "1", "--host", "localhost", NULL});
        append_program(argv, &count, launch, block->max_pixels);
        append(argv, &count, (const char *[]){":", "-np", block->workers, "--hostfile", launch->hostfile, NULL});
    } else if (!launch->solo) {
        append(argv, &count, (const char *[]){"-np", block->workers, NULL});
    }
    append_program(argv, &count, launch, block->max_pixels);
    if (launch->solo) append(argv, &count, (const char *[]){"--solo", NULL});
    return argv;
}
