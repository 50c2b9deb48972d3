// Prints the result of tc_launch_argv, one argument per line.
// launch_args PROGRAM CODEC SOCKET WORKERS(0: solo) MAX_PIXELS [HOSTFILE]
#include "mpi_workers/launch.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    if (argc < 6) return 2;
    int workers = atoi(argv[4]);
    tc_launch launch = {.program = argv[1],
                        .codec = argv[2],
                        .socket = argv[3],
                        .workers = workers,
                        .max_pixels = atoll(argv[5]),
                        .solo = workers == 0,
                        .hostfile = argc > 6 ? argv[6] : NULL};
    char **command = tc_launch_argv(&launch);
    for (char **arg = command; arg && *arg; arg++) puts(*arg);
    free(command);
    return command ? 0 : 1;
}
