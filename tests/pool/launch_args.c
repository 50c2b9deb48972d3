// Prints the result of tc_launch_argv, one argument per line. The list of hosts is written to SOCKET.hosts.
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
    char hosts[4096];
    tc_error error;
    snprintf(hosts, sizeof hosts, "%s.hosts", argv[3]);
    launch.hosts = hosts;
    if (tc_launch_write_hosts(&launch, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    char **command = tc_launch_argv(&launch);
    for (char **arg = command; arg && *arg; arg++) puts(*arg);
    free(command);
    return command ? 0 : 1;
}
