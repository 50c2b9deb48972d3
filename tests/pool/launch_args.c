// Prints the result of tc_launch_argv, one argument per line. mpirun's list of hosts is written to SOCKET.hosts.
// launch_args PROGRAM CODEC SOCKET WORKERS(0: solo) MAX_PIXELS [HOSTFILE]
#include "mpi_workers/host_list.h"
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
                        .solo = workers == 0};
    char to[4096];
    tc_error error;
    tc_host_list list = {0};
    snprintf(to, sizeof to, "%s.hosts", argv[3]);
    if (argc > 6) {
        if (tc_host_list_read(&list, argv[6], &error) || tc_host_list_write(&list, to, &error)) {
            fprintf(stderr, "%s\n", error.text);
            return 1;
        }
        launch.hosts = to;
    }
    char **command = tc_launch_argv(&launch);
    for (char **arg = command; arg && *arg; arg++) puts(*arg);
    free(command);
    tc_host_list_clear(&list);
    return command ? 0 : 1;
}
