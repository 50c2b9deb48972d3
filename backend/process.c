#include "backend/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void tc_process_adopt_orphans(void) {
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

static void run_child(char *const argv[], const char *tmpdir, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0); // mpirun ends its ranks on SIGTERM, but cannot on SIGKILL
    if (getppid() != parent) _exit(1);         // too late: it is gone already
    setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    close_range(3, ~0U, 0);
    setenv("TMPDIR", tmpdir, 1);
    execvp(argv[0], argv);
    fprintf(stderr, "tilecastd: cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

pid_t tc_process_start(char *const argv[], const char *tmpdir, tc_error *error) {
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) run_child(argv, tmpdir, parent);
    if (pid > 0) return pid;
    tc_fail(error, TC_ERR_UNAVAILABLE, "cannot start %s: %s", argv[0], strerror(errno));
    return 0;
}

bool tc_process_reap(pid_t pid, int *status) {
    bool found = false;
    int code;
    for (pid_t ended; (ended = waitpid(-1, &code, WNOHANG)) > 0;) {
        if (ended != pid) continue;
        *status = code;
        found = true;
    }
    return found;
}

int tc_process_kill_all(void) {
    FILE *list = fopen("/proc/thread-self/children", "re");
    if (!list) return 0;
    int count = 0, pid;
    // Nobody else can have been given these numbers: a child keeps its own until we collect it.
    while (fscanf(list, "%d", &pid) == 1) {
        kill(pid, SIGKILL);
        count++;
    }
    fclose(list);
    return count;
}
