// Starts, reaps and kills child processes.
#include "backend/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/assert.h"
#include "system/errno_text.h"

void tc_child_adopt_orphans(void) {
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

static void run_child(char *const argv[], const char *tmpdir, int output, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0); // mpirun ends its ranks on SIGTERM, but cannot on SIGKILL
    if (getppid() != parent) _exit(1);         // the parent ended before the line above
    setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    dup2(output, STDERR_FILENO);
    dup2(output, STDOUT_FILENO);
    close_range(3, ~0U, 0);
    // The child of a fork has one thread. NOLINTNEXTLINE(concurrency-mt-unsafe)
    if (setenv("TMPDIR", tmpdir, 1) == 0) execvp(argv[0], argv);
    fprintf(stderr, "tilecastd: cannot run %s: %s\n", argv[0], tc_errno_text(errno));
    _exit(127);
}

pid_t tc_child_start(char *const argv[], const char *tmpdir, int output, tc_error *error) {
    TC_ASSERT(argv[0] && tmpdir[0] && output >= 0);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) run_child(argv, tmpdir, output, parent);
    if (pid > 0) return pid;
    tc_fail(error, TC_ERR_UNAVAILABLE, "cannot start %s: %s", argv[0], tc_errno_text(errno));
    return 0;
}

pid_t tc_child_reap(int *status) {
    pid_t pid = waitpid(-1, status, WNOHANG);
    return pid > 0 ? pid : 0;
}

// Read without stdio, which allocates: this must work when there is no memory.
int tc_child_kill_all(void) {
    int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? 0 : -1; // a kernel without this file
    char text[4096];
    int killed = 0;
    pid_t pid = 0; // the number that is being read
    for (ssize_t n; (n = read(fd, text, sizeof text)) > 0;) {
        for (ssize_t i = 0; i < n; i++) {
            bool digit = text[i] >= '0' && text[i] <= '9';
            if (digit) pid = pid * 10 + (text[i] - '0');
            if (digit || pid == 0) continue;
            // No other process can have this number: a child keeps its own until it is reaped.
            kill(pid, SIGKILL);
            killed++;
            pid = 0;
        }
    }
    close(fd);
    TC_ASSERT(pid == 0); // the kernel writes a space after each number
    return killed;
}
