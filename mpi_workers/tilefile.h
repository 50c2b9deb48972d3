// Files that rank 0 writes for the gateway: the tile file of a job, and result files; and uploads that it reads.
#ifndef TC_TILEFILE_H
#define TC_TILEFILE_H

#include "core/wire.h"

typedef struct tc_tilefile {
    int fd; // 0: not open
    uint64_t offset;
} tc_tilefile;

// Appends a TILE record: header and packed pixels. The file is opened when that has not happened yet.
// `offset` and `length` receive where the record stands.
tc_status tc_tilefile_append(tc_tilefile *file, const char *path, const tc_frame *tile, const uint8_t *pixels,
                             uint64_t *offset, uint64_t *length, tc_error *error);
void tc_tilefile_close(tc_tilefile *file);

// The whole file, in the first `size` bytes of *data; the caller frees it. TC_ERR_LIMIT beyond max_size.
tc_status tc_file_read(const char *path, size_t max_size, uint8_t **data, size_t *size, tc_error *error);
tc_status tc_file_write(const char *path, const uint8_t *data, size_t size, tc_error *error);

#endif
