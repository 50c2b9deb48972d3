#include "mpi_workers/tilefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static tc_status fail_file(tc_error *error, const char *what) {
    return tc_fail(error, TC_ERR_IO, "the server cannot %s: %s", what, strerror(errno));
}

static bool write_all(int fd, const uint8_t *data, size_t size) {
    while (size > 0) {
        ssize_t written = write(fd, data, size);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        data += written;
        size -= (size_t)written;
    }
    return true;
}

tc_status tc_tilefile_append(tc_tilefile *file, const char *path, const tc_frame *tile, const uint8_t *pixels,
                             uint64_t *offset, uint64_t *length, tc_error *error) {
    uint8_t header[TC_WIRE_HEADER];
    if (file->fd <= 0) {
        file->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        off_t end = file->fd < 0 ? -1 : lseek(file->fd, 0, SEEK_END);
        if (end < 0) return fail_file(error, "open its file for tiles");
        file->offset = (uint64_t)end;
    }
    tc_frame_write(header, tile);
    if (!write_all(file->fd, header, sizeof header) || !write_all(file->fd, pixels, tile->length))
        return fail_file(error, "write tiles");
    *offset = file->offset;
    *length = sizeof header + (uint64_t)tile->length;
    file->offset += *length;
    return TC_OK;
}

void tc_tilefile_close(tc_tilefile *file) {
    if (file->fd > 0) close(file->fd);
    *file = (tc_tilefile){0};
}

tc_status tc_file_read(const char *path, size_t max_size, uint8_t **data, size_t *size, tc_error *error) {
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    tc_status status = TC_OK;
    *data = NULL;
    *size = 0;
    if (fd < 0 || fstat(fd, &about) != 0)
        status = fail_file(error, "read the uploaded file");
    else if ((uint64_t)about.st_size > max_size)
        status = tc_fail(error, TC_ERR_LIMIT, "the file has %lld bytes; at most %zu are allowed",
                         (long long)about.st_size, max_size);
    else if (!(*data = malloc((size_t)about.st_size + 1)))
        status = tc_fail(error, TC_ERR_MEMORY, "not enough memory for the file");
    while (status == TC_OK && *size < (size_t)about.st_size) {
        ssize_t got = read(fd, *data + *size, (size_t)about.st_size - *size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) status = fail_file(error, "read the uploaded file");
        if (got <= 0) break;
        *size += (size_t)got;
    }
    if (fd >= 0) close(fd);
    if (status != TC_OK) {
        free(*data);
        *data = NULL;
    }
    return status;
}

tc_status tc_file_write(const char *path, const uint8_t *data, size_t size, tc_error *error) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write_all(fd, data, size);
    tc_status status = good ? TC_OK : fail_file(error, "write the result file");
    if (fd >= 0 && close(fd) != 0 && status == TC_OK) status = fail_file(error, "write the result file");
    return status;
}
