// Reads a file piece by piece with pread.
#include "backend/file_cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/assert.h"

void tc_file_cursor_clear(tc_file_cursor *cursor) {
    if (cursor->fd >= 0) close(cursor->fd);
    *cursor = (tc_file_cursor){.fd = -1};
}

uint64_t tc_file_cursor_remaining(const tc_file_cursor *cursor) {
    TC_ASSERT(cursor->position <= cursor->end);
    return cursor->fd >= 0 ? cursor->end - cursor->position : 0;
}

bool tc_file_cursor_peek(const tc_file_cursor *cursor, uint8_t *bytes, size_t size) {
    TC_ASSERT(size <= tc_file_cursor_remaining(cursor));
    uint64_t offset = cursor->position;
    while (size > 0) {
        ssize_t n = pread(cursor->fd, bytes, size, (off_t)offset);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes += n, size -= (size_t)n, offset += (uint64_t)n;
    }
    return true;
}

void tc_file_cursor_skip(tc_file_cursor *cursor, uint64_t size) {
    TC_ASSERT(size <= tc_file_cursor_remaining(cursor));
    cursor->position += size;
}

bool tc_file_cursor_split(tc_file_cursor *cursor, uint64_t size, tc_file_cursor *part) {
    TC_ASSERT(size <= tc_file_cursor_remaining(cursor) && part->fd < 0);
    int fd = fcntl(cursor->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) return false;
    *part = (tc_file_cursor){.fd = fd, .position = cursor->position, .end = cursor->position + size};
    cursor->position += size;
    return true;
}
