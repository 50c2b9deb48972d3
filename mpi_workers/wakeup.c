// Wake-ups by SIGUSR1, received through a signalfd and sent through a process descriptor.
#include "mpi_workers/wakeup.h"

#include "mpi_workers/process.h"

#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

int tc_wakeup_open(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGTERM);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) return -1;
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

bool tc_wakeup_clear(int wakeup) {
    struct signalfd_siginfo info;
    bool terminated = false;
    while (wakeup >= 0 && read(wakeup, &info, sizeof info) == (ssize_t)sizeof info)
        if (info.ssi_signo == SIGTERM) terminated = true;
    return terminated;
}

void tc_wakeup_send(int process) {
    tc_process_signal(process, SIGUSR1);
}
