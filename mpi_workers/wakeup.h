// Wake-ups: a process of this machine that has sent a message wakes the receiver with SIGUSR1, which the receiver reads
// from a signalfd, so that an idle rank sleeps in poll() instead of polling MPI.
#ifndef TC_MPI_WORKERS_WAKEUP_H
#define TC_MPI_WORKERS_WAKEUP_H

#include <stdbool.h>

// Blocks SIGUSR1 and SIGTERM in the calling thread and those it starts later. Returns the descriptor that becomes
// readable when one has come; -1 with errno on failure. Once per process, before it starts threads.
int tc_wakeup_open(void);
// Consumes the pending signals. True when one was SIGTERM. Harmless on -1.
bool tc_wakeup_clear(int wakeup);
// Wakes the process of a process descriptor (mpi_workers/process.h).
void tc_wakeup_send(int process);

#endif
