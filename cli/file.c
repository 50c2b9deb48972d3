// Files in and out: inputs with a size limit, results written under a temporary name and renamed.
#include "cli/file.h"

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

#include "system/errno_text.h"

enum { COPY_BYTES = 1 << 16 };

static tc_status fail_errno(const char *what, tc_error *error) {
    return tc_fail(error, TC_ERR_IO, "%s: %s", what, tc_errno_text(errno));
}

// Writes all bytes to `fd`.
static bool write_all(int fd, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes += n;
        size -= (size_t)n;
    }
    return true;
}

// An open file without a name.
static int open_nameless(void) {
    const char *folder = getenv("TMPDIR");
    char name[4096];
    int length = snprintf(name, sizeof name, "%s/tilecast-XXXXXX", folder && *folder ? folder : "/tmp");
    if (length < 0 || (size_t)length >= sizeof name) return -1;
    int fd = mkstemp(name);
    if (fd >= 0) unlink(name);
    return fd;
}

static tc_status fail_size(uint64_t max_bytes, tc_error *error) {
    return tc_fail(error, TC_ERR_LIMIT, "the file is larger than %llu bytes (%.4g MiB), the most that is allowed",
                   (unsigned long long)max_bytes, (double)max_bytes / (1 << 20));
}

// Copies what a pipe gives to a nameless file.
static tc_status spool(tc_input *input, int from, uint64_t max_bytes, tc_error *error) {
    input->fd = open_nameless();
    if (input->fd < 0) return fail_errno("cannot make a temporary file", error);
    char buffer[COPY_BYTES];
    tc_status status = TC_OK;
    while (status == TC_OK) {
        ssize_t n = read(from, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR) continue;
        if (n == 0) return TC_OK;
        if (n < 0)
            status = fail_errno("cannot be read", error);
        else if ((input->size += (uint64_t)n) > max_bytes)
            status = fail_size(max_bytes, error);
        else if (!write_all(input->fd, buffer, (size_t)n))
            status = fail_errno("cannot write a temporary file", error);
    }
    tc_input_close(input);
    return status;
}

tc_status tc_input_open(tc_input *input, const char *file, uint64_t max_bytes, tc_error *error) {
    *input = (tc_input){.fd = -1};
    bool standard = strcmp(file, "-") == 0;
    int fd = standard ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC);
    struct stat info;
    if (fd < 0) return fail_errno("cannot be opened", error);
    tc_status status = TC_OK;
    if (fstat(fd, &info) != 0)
        status = fail_errno("cannot be read", error);
    else if (S_ISDIR(info.st_mode))
        status = tc_fail(error, TC_ERR_IO, "is a folder, not a picture");
    else if (!S_ISREG(info.st_mode) || (standard && lseek(fd, 0, SEEK_CUR) != 0)) {
        status = spool(input, fd, max_bytes, error);
    } else if ((uint64_t)info.st_size > max_bytes)
        status = fail_size(max_bytes, error);
    else {
        *input = (tc_input){fd, (uint64_t)info.st_size};
        return TC_OK;
    }
    close(fd);
    return status;
}

tc_status tc_input_read(const tc_input *input, uint64_t offset, void *bytes, size_t size, tc_error *error) {
    char *to = bytes;
    while (size > 0) {
        ssize_t n = pread(input->fd, to, size, (off_t)offset);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_errno("cannot be read", error);
        if (n == 0) return tc_fail(error, TC_ERR_IO, "became shorter while it was read");
        to += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return TC_OK;
}

void tc_input_close(tc_input *input) {
    if (input->fd >= 0) close(input->fd);
    *input = (tc_input){.fd = -1};
}

// The temporary files that exist now, for the signal handler.
enum { MAX_TEMPORARIES = 64 };
static _Atomic(char *) temporaries[MAX_TEMPORARIES];
static atomic_int busy;    // threads between enter and leave
static atomic_bool ending; // a signal has come

// Between enter and leave a thread makes, renames or removes a temporary file, together with its name on the list. The
// signal handler waits for those that are at it, never interrupts one, and lets no other begin.
static void enter(sigset_t *before) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, before);
    atomic_fetch_add(&busy, 1);
    if (!atomic_load(&ending)) return;
    atomic_fetch_sub(&busy, 1);
    pthread_sigmask(SIG_SETMASK, before, NULL);
    for (;;) pause(); // the handler ends the program
}

static void leave(const sigset_t *before) {
    int fault = errno;
    atomic_fetch_sub(&busy, 1);
    pthread_sigmask(SIG_SETMASK, before, NULL);
    errno = fault;
}

static void on_signal(int number) {
    atomic_store(&ending, true);
    while (atomic_load(&busy) > 0) poll(NULL, 0, 1);
    for (int i = 0; i < MAX_TEMPORARIES; i++) {
        const char *name = atomic_load(&temporaries[i]);
        if (name) unlink(name);
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

// Puts `name` where `old` stands in the list.
static void replace(char *old, char *name) {
    for (int i = 0; i < MAX_TEMPORARIES; i++) {
        char *expected = old;
        if (atomic_compare_exchange_strong(&temporaries[i], &expected, name)) return;
    }
}

// Takes the name off the list and forgets it.
static void forget(tc_output *output) {
    replace(output->temporary, NULL);
    free(output->temporary);
    output->temporary = NULL;
}

// Makes the file that the record names, and puts it on the list.
static bool create(tc_output *output) {
    sigset_t before;
    enter(&before);
    replace(NULL, output->temporary);
    output->fd = open(output->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    int fault = errno;
    if (output->fd < 0) forget(output);
    errno = fault;
    leave(&before);
    return output->fd >= 0;
}

// Makes the temporary file beside the path, hidden.
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
    *output = (tc_output){.fd = -1};
    bool standard = strcmp(path, "-") == 0;
    struct stat info;
    bool exists = !standard && stat(path, &info) == 0;
    if (exists && S_ISDIR(info.st_mode))
        return tc_fail(error, TC_ERR_IO, "the result %.200s cannot be written: there is a folder of that name", path);
    if (!standard) {
        output->path = exists ? realpath(path, NULL) : strdup(path);
        if (!output->path) return fail_errno("the result cannot be written", error);
    }
    tc_status status = TC_OK;
    if (standard || (exists && !S_ISREG(info.st_mode))) {
        output->fd = open_nameless();
        if (output->fd < 0) status = fail_errno("cannot make a temporary file", error);
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
    if (!write_all(output->fd, bytes, size)) return fail_write(output, error);
    output->size += size;
    return TC_OK;
}

tc_status tc_output_restart(tc_output *output, tc_error *error) {
    if (ftruncate(output->fd, 0) != 0 || lseek(output->fd, 0, SEEK_SET) != 0) return fail_write(output, error);
    output->size = 0;
    return TC_OK;
}

// Copies the bytes to standard output, a device or a pipe.
static bool copy_out(const tc_output *output) {
    int to = output->path ? open(output->path, O_WRONLY | O_CLOEXEC) : dup(STDOUT_FILENO);
    bool good = to >= 0 && lseek(output->fd, 0, SEEK_SET) == 0;
    char buffer[COPY_BYTES];
    ssize_t n = 0;
    while (good && (n = read(output->fd, buffer, sizeof buffer)) > 0) good = write_all(to, buffer, (size_t)n);
    good = good && n == 0;
    int fault = errno;
    if (to >= 0) close(to);
    errno = fault;
    return good;
}

// Gives the temporary file its name.
static bool move_out(tc_output *output) {
    int closed = close(output->fd);
    output->fd = -1;
    if (closed != 0) return false;
    sigset_t before;
    enter(&before);
    bool good = rename(output->temporary, output->path) == 0;
    if (good) forget(output);
    leave(&before);
    return good;
}

tc_status tc_output_commit(tc_output *output, tc_error *error) {
    bool good = output->temporary ? move_out(output) : copy_out(output);
    tc_status status = good ? TC_OK : fail_write(output, error);
    tc_output_discard(output);
    return status;
}

void tc_output_discard(tc_output *output) {
    if (output->fd >= 0) close(output->fd);
    if (output->temporary) {
        sigset_t before;
        enter(&before);
        unlink(output->temporary);
        forget(output);
        leave(&before);
    }
    free(output->path);
    *output = (tc_output){.fd = -1};
}
