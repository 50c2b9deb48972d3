// Writing of results under temporary names, which a signal handler removes when the program is ended.
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/io.h"
#include "core/assert.h"
#include "system/errno_text.h"
#include "system/file.h"

// The paths of temporary files, for the signal handler.
enum { MAX_TEMPORARIES = 64 };
static _Atomic(char *) temporaries[MAX_TEMPORARIES];
static atomic_int critical; // threads in a critical section
static atomic_bool ending;  // a signal was received

// In a critical section a thread makes, renames or removes a temporary file and changes the list of paths. The signal
// handler never interrupts one: it waits until all threads have left theirs, and none can enter another.
static void enter(sigset_t *saved_mask) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, saved_mask);
    atomic_fetch_add(&critical, 1);
    if (!atomic_load(&ending)) return;
    atomic_fetch_sub(&critical, 1);
    pthread_sigmask(SIG_SETMASK, saved_mask, NULL);
    for (;;) pause(); // the handler ends the program
}

static void leave(const sigset_t *saved_mask) {
    int code = errno;
    TC_ASSERT(atomic_load(&critical) > 0);
    atomic_fetch_sub(&critical, 1);
    pthread_sigmask(SIG_SETMASK, saved_mask, NULL);
    errno = code;
}

static void on_signal(int number) {
    atomic_store(&ending, true);
    while (atomic_load(&critical) > 0) poll(NULL, 0, 1);
    for (int i = 0; i < MAX_TEMPORARIES; i++) {
        const char *path = atomic_load(&temporaries[i]);
        if (path) unlink(path);
    }
    signal(number, SIG_DFL);
    raise(number);
}

void tc_output_catch_signals(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaddset(&action.sa_mask, numbers[i]);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction before;
        bool ignored = sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler == SIG_IGN; // as nohup has it
        if (!ignored) sigaction(numbers[i], &action, NULL);
    }
}

// Replaces an entry of the list, NULL for an unused one. A path for which the list is too short is not removed by the
// signal handler.
static void replace(char *old, char *path) {
    for (int i = 0; i < MAX_TEMPORARIES; i++) {
        char *expected = old;
        if (atomic_compare_exchange_strong(&temporaries[i], &expected, path)) return;
    }
}

static void remove_path(tc_output *output) {
    replace(output->temporary, NULL);
    free(output->temporary);
    output->temporary = NULL;
}

// Makes the file output->temporary.
static bool create(tc_output *output) {
    sigset_t mask;
    enter(&mask);
    replace(NULL, output->temporary);
    output->fd = open(output->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    int code = errno;
    if (output->fd < 0) remove_path(output);
    errno = code;
    leave(&mask);
    return output->fd >= 0;
}

// Makes a hidden temporary file in the folder of the result.
static tc_status make_temporary(tc_output *output, tc_error *error) {
    static atomic_uint counter;
    const char *slash = strrchr(output->path, '/');
    int folder = slash ? (int)(slash - output->path) + 1 : 0;
    do {
        unsigned number = atomic_fetch_add(&counter, 1);
        int length = asprintf(&output->temporary, "%.*s.tilecast-%d-%u", folder, output->path, (int)getpid(), number);
        if (length < 0) {
            output->temporary = NULL;
            return tc_fail(error, TC_ERR_MEMORY, "out of memory");
        }
        if (create(output)) return TC_OK;
    } while (errno == EEXIST);
    return tc_fail(error, TC_ERR_IO, "the result %.200s cannot be written: %s", output->path, tc_errno_text(errno));
}

tc_status tc_output_open(tc_output *output, const char *path, tc_error *error) {
    TC_ASSERT(*path);
    *output = (tc_output){.fd = -1};
    bool is_stdout = strcmp(path, "-") == 0;
    struct stat info;
    bool exists = !is_stdout && stat(path, &info) == 0;
    if (exists && S_ISDIR(info.st_mode))
        return tc_fail(error, TC_ERR_IO, "the result %.200s cannot be written: there is a folder of that name", path);
    if (!is_stdout) {
        output->path = exists ? realpath(path, NULL) : strdup(path);
        if (!output->path) return tc_fail(error, TC_ERR_IO, "the result cannot be written: %s", tc_errno_text(errno));
    }
    tc_status status = TC_OK;
    if (is_stdout || (exists && !S_ISREG(info.st_mode))) {
        output->fd = tc_io_open_unnamed();
        if (output->fd < 0)
            status = tc_fail(error, TC_ERR_IO, "cannot make a temporary file: %s", tc_errno_text(errno));
    } else {
        status = make_temporary(output, error);
    }
    if (status) tc_output_discard(output);
    return status;
}

static tc_status fail_write(const tc_output *output, tc_error *error) {
    return tc_fail(error, TC_ERR_IO, "the result %.200s cannot be written: %s",
                   output->path ? output->path : "to standard output", tc_errno_text(errno));
}

tc_status tc_output_write(tc_output *output, const void *bytes, size_t size, tc_error *error) {
    TC_ASSERT(output->fd >= 0);
    if (!tc_write_all(output->fd, bytes, size)) return fail_write(output, error);
    output->size += size;
    return TC_OK;
}

tc_status tc_output_restart(tc_output *output, tc_error *error) {
    TC_ASSERT(output->fd >= 0);
    if (ftruncate(output->fd, 0) != 0 || lseek(output->fd, 0, SEEK_SET) != 0) return fail_write(output, error);
    output->size = 0;
    return TC_OK;
}

// Copies the bytes to standard output, a device or a pipe.
static bool copy_out(const tc_output *output) {
    int to = output->path ? open(output->path, O_WRONLY | O_CLOEXEC) : dup(STDOUT_FILENO);
    bool good = to >= 0 && lseek(output->fd, 0, SEEK_SET) == 0;
    char buffer[TC_IO_COPY_BYTES];
    ssize_t n = 0;
    while (good && (n = read(output->fd, buffer, sizeof buffer)) > 0) good = tc_write_all(to, buffer, (size_t)n);
    good = good && n == 0;
    int code = errno;
    if (to >= 0) close(to);
    errno = code;
    return good;
}

// Renames the temporary file.
static bool rename_out(tc_output *output) {
    int closed = close(output->fd);
    output->fd = -1;
    if (closed != 0) return false;
    sigset_t mask;
    enter(&mask);
    bool good = rename(output->temporary, output->path) == 0;
    if (good) remove_path(output);
    leave(&mask);
    return good;
}

tc_status tc_output_commit(tc_output *output, tc_error *error) {
    TC_ASSERT(output->fd >= 0);
    bool good = output->temporary ? rename_out(output) : copy_out(output);
    tc_status status = good ? TC_OK : fail_write(output, error);
    tc_output_discard(output);
    return status;
}

void tc_output_discard(tc_output *output) {
    if (output->fd >= 0) close(output->fd);
    if (output->temporary) {
        sigset_t mask;
        enter(&mask);
        unlink(output->temporary);
        remove_path(output);
        leave(&mask);
    }
    free(output->path);
    *output = (tc_output){.fd = -1};
}
