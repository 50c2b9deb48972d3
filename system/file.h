// Writing to files.
#ifndef TC_SYSTEM_FILE_H
#define TC_SYSTEM_FILE_H

#include <stdbool.h>
#include <stddef.h>

// Writes all bytes to `fd`. False and errno on failure.
bool tc_write_all(int fd, const void *bytes, size_t size);

#endif
