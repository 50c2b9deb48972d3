// The files of results that the command line writes: each is complete or does not exist.
#ifndef TC_CLI_OUTPUT_H
#define TC_CLI_OUTPUT_H

#include "core/image.h"

// A result that is being written under a temporary name.
typedef struct tc_output {
    int fd;          // -1: not open
    uint64_t size;   // bytes written so far
    char *path;      // the result's; NULL: standard output
    char *temporary; // path of the temporary file; NULL: it has no name, and its bytes are copied to the result at the
                     // end
} tc_output;

// `path` "-" is standard output. A symbolic link to a file is followed; a device or pipe is written to, never replaced.
// The caller ends it with tc_output_commit or tc_output_discard, also after a failure.
tc_status tc_output_open(tc_output *output, const char *path, tc_error *error);
tc_status tc_output_write(tc_output *output, const void *bytes, size_t size, tc_error *error);
// Drops the bytes written so far.
tc_status tc_output_restart(tc_output *output, tc_error *error);
// Renames or copies the result to its path. On failure it is discarded.
tc_status tc_output_commit(tc_output *output, tc_error *error);
void tc_output_discard(tc_output *output); // harmless if it is not open, and after a commit

// From now on SIGINT, SIGTERM and SIGHUP, unless they are ignored, remove the temporary files before they end the
// program. Once, before threads start.
void tc_output_catch_signals(void);

#endif
