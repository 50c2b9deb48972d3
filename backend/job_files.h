// The files of one job in the spool: its upload, its codes and lines, and of the current attempt the tile file and the
// result. Their bytes are counted in the spool.
#ifndef TC_BACKEND_JOB_FILES_H
#define TC_BACKEND_JOB_FILES_H

#include <stddef.h>

#include "backend/file_cursor.h"
#include "backend/spool.h"

typedef struct tc_job_files {
    tc_spool *spool;   // borrowed
    uint32_t job;      // names the files
    int attempt;       // the current one, from 1; 0 before the first
    int upload;        // descriptor while the upload is being written; -1
    uint64_t uploaded; // bytes of the upload
    uint64_t tiles;    // bytes of the tile file of the current attempt
    uint64_t result;   // bytes of the result of the current attempt
    uint64_t codes;    // bytes of the file of codes and lines
} tc_job_files;

typedef enum tc_job_file {
    TC_JOB_FILE_UPLOAD,
    TC_JOB_FILE_FOUND, // codes and lines
    TC_JOB_FILE_TILES,
    TC_JOB_FILE_RESULT
} tc_job_file;

void tc_job_files_init(tc_job_files *files, tc_spool *spool, uint32_t job);
void tc_job_files_clear(tc_job_files *files); // removes all files
// The path of a file of the current attempt.
void tc_job_files_path(const tc_job_files *files, tc_job_file file, char path[TC_SPOOL_PATH]);

tc_status tc_job_files_create_upload(tc_job_files *files, tc_error *error);
// Writes the next bytes of the upload. TC_ERR_LIMIT when the spool is full.
tc_status tc_job_files_append_upload(tc_job_files *files, const uint8_t *bytes, size_t size, tc_error *error);
void tc_job_files_close_upload(tc_job_files *files); // harmless when it is closed
// Opens an upload of an earlier process, to go on with it, and counts its bytes.
tc_status tc_job_files_reopen_upload(tc_job_files *files, tc_error *error);

// Begins the next attempt with an empty tile file.
tc_status tc_job_files_begin_attempt(tc_job_files *files, tc_error *error);
// Counts bytes of a tile that the pool has appended to the tile file.
tc_status tc_job_files_reserve_tile(tc_job_files *files, uint64_t size, tc_error *error);
// Counts the bytes of the result that the pool has written.
tc_status tc_job_files_count_result(tc_job_files *files, tc_error *error);
// Opens the tile file or the result of the current attempt. `cursor` must have no file.
tc_status tc_job_files_open(const tc_job_files *files, tc_job_file file, tc_file_cursor *cursor, tc_error *error);
// Appends `length` and `text` to the file of codes and lines.
tc_status tc_job_files_append_found(tc_job_files *files, const uint8_t *length, size_t length_size, const uint8_t *text,
                                    size_t text_size, tc_error *error);
// Reads from the file of codes and lines. False if it cannot be read.
bool tc_job_files_read_found(const tc_job_files *files, uint64_t position, void *bytes, size_t size);
// Counts the tile file and, with `result`, the result of an earlier process.
tc_status tc_job_files_recount(tc_job_files *files, bool result, tc_error *error);
void tc_job_files_recount_found(tc_job_files *files); // the same for codes and lines; 0 bytes without a file
// Drops the incomplete end of the file of codes and lines.
void tc_job_files_cut_found(tc_job_files *files, uint64_t size);
// Releases what the record holds and leaves the files to a later process.
void tc_job_files_leave(tc_job_files *files);
// Removes the names of tile file and result: what is open can still be read, and its bytes stay counted.
void tc_job_files_unlink_results(const tc_job_files *files);
// Removes tile file and result of the current attempt. Their cursors must be closed.
void tc_job_files_remove_results(tc_job_files *files);
void tc_job_files_remove_upload(tc_job_files *files);

// Fills the error for a spool without room. Returns TC_ERR_LIMIT.
tc_status tc_job_files_fail_full(tc_error *error);

#endif
