// Child processes, none of which is left behind: the children of a child become ours when it ends.
#ifndef TC_BACKEND_CHILD_H
#define TC_BACKEND_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/status.h"

// Once, before any child is started.
void tc_child_adopt_orphans(void);
// Starts a program in a process group of its own, with `tmpdir` for its temporary files and the descriptor `output` for
// its output and errors. It gets SIGTERM when we end. 0 with a message on failure. A program that cannot be executed
// exits with code 127.
pid_t tc_child_start(char *const argv[], const char *tmpdir, int output, tc_error *error);
// Reaps a child that has ended, and gives its wait status. 0 if there is none.
pid_t tc_child_reap(int *status);
// Sends SIGKILL to every child. Returns how many there are; -1 when they cannot be listed now.
int tc_child_kill_all(void);

#endif
