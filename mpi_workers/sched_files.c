// Reads uploads, appends to tile files and writes result files, with blocking I/O.
#include "mpi_workers/sched_files.h"

#include "core/assert.h"
#include "system/errno_text.h"
#include "system/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static tc_status fail_file(tc_error *error, const char *what) {
    return tc_fail(error, TC_ERR_IO, "the server cannot %s: %s", what, tc_errno_text(errno));
}

tc_status tc_tile_file_append(tc_tile_file *file, const char *path, const tc_frame *tile, const uint8_t *pixels,
                              uint64_t *offset, uint64_t *length, tc_error *error) {
    uint8_t header[TC_WIRE_HEADER];
    TC_ASSERT(tile->type == TC_FRAME_TILE);
    TC_ASSERT(tile->length == tc_row_bytes(tile->rect.width, tile->channels) * (size_t)tile->rect.height);
    if (!file->open) {
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        off_t end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
        tc_status status = end < 0 ? fail_file(error, "open the tile file") : TC_OK;
        if (status != TC_OK && fd >= 0) close(fd);
        if (status != TC_OK) return status;
        *file = (tc_tile_file){.open = true, .fd = fd, .offset = (uint64_t)end};
    }
    tc_frame_write(header, tile);
    if (!tc_write_all(file->fd, header, sizeof header) || !tc_write_all(file->fd, pixels, tile->length)) {
        tc_status status = fail_file(error, "write tiles");
        (void)lseek(file->fd, (off_t)file->offset, SEEK_SET); // the next record replaces the incomplete one
        return status;
    }
    *offset = file->offset;
    *length = sizeof header + (uint64_t)tile->length;
    file->offset += *length;
    return TC_OK;
}

void tc_tile_file_close(tc_tile_file *file) {
    if (file->open) close(file->fd);
    *file = (tc_tile_file){0};
}

// Reads up to `limit` bytes; fewer when the file has become shorter.
static bool read_all(int fd, uint8_t *data, size_t limit, size_t *size) {
    while (*size < limit) {
        ssize_t got = read(fd, data + *size, limit - *size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return false;
        if (got == 0) break;
        *size += (size_t)got;
    }
    return true;
}

tc_status tc_upload_file_read(const char *path, size_t max_size, size_t extra, uint8_t **data, size_t *size,
                              tc_error *error) {
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
    else if (!(*data = malloc((size_t)about.st_size + extra + 1)))
        status = tc_fail(error, TC_ERR_MEMORY, "not enough memory for the file");
    else if (!read_all(fd, *data, (size_t)about.st_size, size))
        status = fail_file(error, "read the uploaded file");
    if (fd >= 0) close(fd);
    if (status != TC_OK) {
        free(*data);
        *data = NULL;
    }
    return status;
}

tc_status tc_result_file_write(const char *path, const uint8_t *data, size_t size, tc_error *error) {
    TC_ASSERT(data || size == 0);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool good = fd >= 0 && tc_write_all(fd, data, size);
    tc_status status = good ? TC_OK : fail_file(error, "write the result file");
    if (fd >= 0 && close(fd) != 0 && status == TC_OK) status = fail_file(error, "write the result file");
    return status;
}
