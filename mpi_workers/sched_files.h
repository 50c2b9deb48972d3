// The files through which rank 0 and the gateway exchange a job's data: uploads, tile files, result files.
#ifndef TC_MPI_WORKERS_SCHED_FILES_H
#define TC_MPI_WORKERS_SCHED_FILES_H

#include "core/wire.h"

// An open tile file. A zeroed struct is a closed file.
typedef struct tc_tile_file {
    bool open;
    int fd;
    uint64_t offset; // of the file's end
} tc_tile_file;

// Appends a TILE record: the header and `tile->length` bytes of packed pixels. Opens the file the first time.
// `offset` and `length` receive where the record is in the file.
tc_status tc_tile_file_append(tc_tile_file *file, const char *path, const tc_frame *tile, const uint8_t *pixels,
                              uint64_t *offset, uint64_t *length, tc_error *error);
void tc_tile_file_close(tc_tile_file *file); // harmless on a zeroed one

// Reads the whole file into the first `size` bytes of *data, which the caller frees; NULL on failure. `extra` more
// bytes are allocated, for data that the caller appends. TC_ERR_LIMIT for a file of more than max_size bytes.
tc_status tc_upload_file_read(const char *path, size_t max_size, size_t extra, uint8_t **data, size_t *size,
                              tc_error *error);
// Creates the file, or replaces its content.
tc_status tc_result_file_write(const char *path, const uint8_t *data, size_t size, tc_error *error);

#endif
