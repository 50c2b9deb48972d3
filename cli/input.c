// Reading of picture files. A pipe is copied to a temporary file first, since pictures are read at any offset.
#include "cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/io.h"
#include "core/assert.h"
#include "system/errno_text.h"
#include "system/file.h"

static tc_status fail_errno(const char *what, tc_error *error) {
    return tc_fail(error, TC_ERR_IO, "%s: %s", what, tc_errno_text(errno));
}

static tc_status fail_size(uint64_t max_bytes, tc_error *error) {
    return tc_fail(error, TC_ERR_LIMIT, "the file is larger than %llu bytes (%.4g MiB), the most that is allowed",
                   (unsigned long long)max_bytes, (double)max_bytes / (1 << 20));
}

static tc_status copy_pipe(tc_input *input, int from, uint64_t max_bytes, tc_error *error) {
    input->fd = tc_io_open_unnamed();
    if (input->fd < 0) return fail_errno("cannot make a temporary file", error);
    char buffer[TC_IO_COPY_BYTES];
    tc_status status = TC_OK;
    while (status == TC_OK) {
        ssize_t n = read(from, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR) continue;
        if (n == 0) return TC_OK;
        if (n < 0)
            status = fail_errno("cannot be read", error);
        else if ((input->size += (uint64_t)n) > max_bytes)
            status = fail_size(max_bytes, error);
        else if (!tc_write_all(input->fd, buffer, (size_t)n))
            status = fail_errno("cannot write a temporary file", error);
    }
    tc_input_close(input);
    return status;
}

tc_status tc_input_open(tc_input *input, const char *file, uint64_t max_bytes, tc_error *error) {
    *input = (tc_input){.fd = -1};
    bool is_stdin = strcmp(file, "-") == 0;
    int fd = is_stdin ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC);
    struct stat info;
    if (fd < 0) return fail_errno("cannot be opened", error);
    tc_status status = TC_OK;
    if (fstat(fd, &info) != 0) {
        status = fail_errno("cannot be read", error);
    } else if (S_ISDIR(info.st_mode)) {
        status = tc_fail(error, TC_ERR_IO, "is a folder, not a picture");
    } else if (!S_ISREG(info.st_mode) || (is_stdin && lseek(fd, 0, SEEK_CUR) != 0)) {
        status = copy_pipe(input, fd, max_bytes, error);
    } else if ((uint64_t)info.st_size > max_bytes) {
        status = fail_size(max_bytes, error);
    } else {
        *input = (tc_input){fd, (uint64_t)info.st_size};
        return TC_OK;
    }
    close(fd);
    return status;
}

tc_status tc_input_read(const tc_input *input, uint64_t offset, void *bytes, size_t size, tc_error *error) {
    TC_ASSERT(input->fd >= 0 && offset <= input->size && size <= input->size - offset);
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

tc_status tc_input_load(const char *file, uint64_t max_bytes, tc_blob *bytes, tc_error *error) {
    tc_input input;
    *bytes = (tc_blob){0};
    tc_status status = tc_input_open(&input, file, max_bytes, error);
    if (status) return status;
    bytes->size = (size_t)input.size;
    bytes->data = malloc(bytes->size + 1);
    status = bytes->data ? tc_input_read(&input, 0, bytes->data, bytes->size, error)
                         : tc_fail(error, TC_ERR_MEMORY, "not enough memory for the file");
    tc_input_close(&input);
    return status;
}
