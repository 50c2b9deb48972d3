// Bells: how processes on one machine wake each other and notice each other's end, so that nobody has to poll.
//
// A bell is the signal SIGUSR1, blocked and read through a descriptor; it is rung through a process descriptor, which
// cannot hit another process that got the same number later, and which tells the process's end.
#ifndef TC_BELL_H
#define TC_BELL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// Blocks the bell and SIGTERM in the calling thread and those it starts later. Returns the descriptor that becomes
// readable when one has come, -1 on failure. Once per process, before it starts threads.
int tc_bell_open(void);
// Takes what has come. True when it was SIGTERM.
bool tc_bell_clear(int bell);

// The time at which a process of this machine started, in clock ticks since boot; 0 if there is none.
uint64_t tc_process_start(pid_t pid);
// A descriptor of the process with this number and start time; -1 when it is gone or the system cannot.
int tc_process_open(pid_t pid, uint64_t start);
void tc_process_ring(int process);
void tc_process_kill(int process);

int64_t tc_now_ms(void); // monotonic

#endif
