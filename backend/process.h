// Child processes, without leaving any behind: whatever a child started becomes our child when its parent is gone.
#ifndef TC_PROCESS_H
#define TC_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/status.h"

// To be called once, before any child is started.
void tc_process_adopt_orphans(void);
// Starts a program in a process group of its own; it is ended when we are. Its temporary files go to `tmpdir`, its
// output to our stderr. 0 with a message on failure. A program that cannot be executed exits with code 127.
pid_t tc_process_start(char *const argv[], const char *tmpdir, tc_error *error);
// Collects children that have ended; `*status` is set when `pid` is among them (returns true).
bool tc_process_reap(pid_t pid, int *status);
// Sends SIGKILL to every child. Returns how many there are.
int tc_process_kill_all(void);

#endif
