// Files of the command line: pictures that are read, results that are complete or not there.
#ifndef TC_CLI_FILE_H
#define TC_CLI_FILE_H

#include "core/image.h"

// The bytes of a picture at rest: a file, or a copy of what a pipe gave.
typedef struct tc_input {
    int fd;
    uint64_t size;
} tc_input;

// Opens `file`; "-" is standard input. Refuses more than `max_bytes`, and what is no file of bytes. The caller ends
// it with tc_input_close. On failure nothing is open.
tc_status tc_input_open(tc_input *input, const char *file, uint64_t max_bytes, tc_error *error);
// Reads exactly `size` bytes from `offset`.
tc_status tc_input_read(const tc_input *input, uint64_t offset, void *bytes, size_t size, tc_error *error);
void tc_input_close(tc_input *input);

// A result that is being written under a temporary name.
typedef struct tc_output {
    int fd;
    uint64_t size;   // bytes written so far
    char *path;      // where it will be; NULL: standard output
    char *temporary; // the name it has until then; NULL: none, the bytes are copied to `path` in the end
} tc_output;

// `path` "-" is standard output. A link is followed; a device or pipe is written to, never replaced. The caller ends
// it with tc_output_commit or tc_output_discard, which are harmless after a failure too.
tc_status tc_output_open(tc_output *output, const char *path, tc_error *error);
tc_status tc_output_write(tc_output *output, const void *bytes, size_t size, tc_error *error);
// Forgets what has been written.
tc_status tc_output_restart(tc_output *output, tc_error *error);
// Puts the result in its place; on failure it is discarded.
tc_status tc_output_commit(tc_output *output, tc_error *error);
// Harmless on a record with `fd` -1 and after a commit.
void tc_output_discard(tc_output *output);

// From now on a signal that ends the program removes the temporary files first.
void tc_output_catch_signals(void);

#endif
