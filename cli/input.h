// The files of pictures that the command line reads.
#ifndef TC_CLI_INPUT_H
#define TC_CLI_INPUT_H

#include "core/image.h"

// A regular file, or a copy of the bytes of a pipe.
typedef struct tc_input {
    int fd; // -1: not open
    uint64_t size;
} tc_input;

// Opens `file`; "-" is standard input. Refuses more than `max_bytes`, and folders. On failure nothing is open. The
// caller ends it with tc_input_close.
tc_status tc_input_open(tc_input *input, const char *file, uint64_t max_bytes, tc_error *error);
// Reads exactly `size` bytes from `offset` on.
tc_status tc_input_read(const tc_input *input, uint64_t offset, void *bytes, size_t size, tc_error *error);
void tc_input_close(tc_input *input); // harmless if it is not open
// Opens, reads and closes a file; `bytes` is the caller's to clear, also after a failure.
tc_status tc_input_load(const char *file, uint64_t max_bytes, tc_blob *bytes, tc_error *error);

#endif
