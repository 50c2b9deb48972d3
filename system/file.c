// Writing to files, which the system may do in parts.
#include "system/file.h"

#include <errno.h>
#include <unistd.h>

#include "core/assert.h"

bool tc_write_all(int fd, const void *bytes, size_t size) {
    TC_ASSERT(bytes || size == 0);
    const char *from = bytes;
    while (size > 0) {
        ssize_t n = write(fd, from, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        from += n;
        size -= (size_t)n;
    }
    return true;
}
