// Processes of this machine by process descriptor (pidfd), which cannot refer to another process that got the same
// number later, and which becomes readable when the process ends.
#ifndef TC_MPI_WORKERS_PROCESS_H
#define TC_MPI_WORKERS_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

// When the process started, in clock ticks since boot (field 22 of /proc/PID/stat); 0 if there is no such process.
uint64_t tc_process_started_at(pid_t pid);
// A descriptor of the process with this number and start time; -1 when it has ended or the kernel has no pidfd_open.
// The caller closes it.
int tc_process_open(pid_t pid, uint64_t start_time);
// Sends a signal. Ignored when the process has ended.
void tc_process_signal(int process, int signal);

#endif
