// What reading and writing files have in common.
#ifndef TC_CLI_IO_H
#define TC_CLI_IO_H

enum { TC_IO_COPY_BYTES = 1 << 16 }; // of a buffer to copy a file with

// Opens a temporary file that has no name, in TMPDIR or /tmp. -1 and errno on failure.
int tc_io_open_unnamed(void);

#endif
