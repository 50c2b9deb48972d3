// The folder that holds uploads, tiles and results of jobs, and the limit of the bytes in it.
#ifndef TC_BACKEND_SPOOL_H
#define TC_BACKEND_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/status.h"

enum { TC_SPOOL_FOLDER = 96, TC_SPOOL_PATH = TC_SPOOL_FOLDER + 40 };

typedef struct tc_spool {
    char folder[TC_SPOOL_FOLDER]; // private; "" when there is none
    char memory[TC_SPOOL_FOLDER]; // one in memory, for what the pool's processes share; "" when there is none
    char jobs[TC_SPOOL_FOLDER];   // of the jobs' files: `folder`, or that of the store (tc_spool_use_store)
    int lock, memory_lock;        // held on the folders, so that the next gateway recognises abandoned ones
    uint64_t used, max;           // bytes
} tc_spool;

// Makes new private folders in `base` (NULL: $TMPDIR or /tmp; created if it does not exist) and in /dev/shm, and
// removes there the folders of gateways that were killed.
tc_status tc_spool_init(tc_spool *spool, const char *base, uint64_t max, tc_error *error);
// The files of jobs are in `folder` from now on, which outlives this process. TC_ERR_ARGUMENT if its path is too long.
tc_status tc_spool_use_store(tc_spool *spool, const char *folder, tc_error *error);
// Fails with a sentence if the file system of the folder, or the one in memory, has less room than so many bytes.
tc_status tc_spool_check_room(const tc_spool *spool, uint64_t folder_bytes, uint64_t memory_bytes, tc_error *error);
// Removes the folders with everything in them, but not that of the store. Harmless on a zeroed record.
void tc_spool_clear(tc_spool *spool);
// Removes everything in a folder, but not the folder.
void tc_folder_empty(const char *folder);

// Counts bytes that are about to be stored. False when they would exceed the maximum.
bool tc_spool_reserve(tc_spool *spool, uint64_t bytes);
// Counts bytes that are stored already, even when they exceed the maximum.
void tc_spool_add(tc_spool *spool, uint64_t bytes);
// Bytes that were counted are stored no longer.
void tc_spool_release(tc_spool *spool, uint64_t bytes);

// The path of a job's file. `attempt` distinguishes the files of several attempts at one job.
void tc_spool_path(const tc_spool *spool, uint32_t job, const char *kind, int attempt, char path[TC_SPOOL_PATH]);

#endif
