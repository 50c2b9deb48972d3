// Process descriptors, with the start time from /proc to tell a reused process number.
#include "mpi_workers/process.h"

#include "core/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

uint64_t tc_process_started_at(pid_t pid) {
    enum { START_TIME = 22 }; // the field's number, from 1
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = 0;
    // The program's name, field 2, is in parentheses and may contain spaces and parentheses itself.
    char *field = strrchr(text, ')');
    for (int i = 2; field && i < START_TIME; i++) field = strchr(field + 1, ' ');
    return field ? strtoull(field, NULL, 10) : 0;
}

int tc_process_open(pid_t pid, uint64_t start_time) {
    int process = (int)syscall(SYS_pidfd_open, pid, 0);
    if (process >= 0 && (start_time == 0 || tc_process_started_at(pid) != start_time)) {
        close(process);
        return -1;
    }
    return process;
}

void tc_process_signal(int process, int signal) {
    TC_ASSERT(process >= 0);
    TC_ASSERT(signal > 0);
    syscall(SYS_pidfd_send_signal, process, signal, NULL, 0);
}
