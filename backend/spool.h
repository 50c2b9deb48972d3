// The folder in which uploads, tiles and results of jobs under way stand, and how much they take.
#ifndef TC_SPOOL_H
#define TC_SPOOL_H

#include "core/image.h"

enum { TC_SPOOL_FOLDER = 96, TC_SPOOL_PATH = TC_SPOOL_FOLDER + 40 };

typedef struct tc_spool {
    char folder[TC_SPOOL_FOLDER]; // private to us; "" when there is none
    char memory[TC_SPOOL_FOLDER]; // the same in memory, for what the pool's processes share; "" when there is none
    int lock, memory_lock;        // held on the folders, so that the next gateway knows them from what was left behind
    uint64_t used, max;           // bytes
} tc_spool;

// Makes fresh private folders in `base` (NULL: $TMPDIR or /tmp; made if it is not there) and in /dev/shm,
// and removes there what gateways that were killed have left.
tc_status tc_spool_init(tc_spool *spool, const char *base, uint64_t max, tc_error *error);
// Removes the folders with everything in them. Harmless on a zeroed record.
void tc_spool_clear(tc_spool *spool);
// Removes what stands in a folder, not the folder.
void tc_folder_empty(const char *folder);

// Counts bytes about to be stored; false when they would pass the maximum.
bool tc_spool_take(tc_spool *spool, uint64_t bytes);
void tc_spool_give(tc_spool *spool, uint64_t bytes);

// The path of a job's file. `try` tells the files of several attempts apart.
void tc_spool_path(const tc_spool *spool, uint32_t job, const char *kind, int try, char path[TC_SPOOL_PATH]);

#endif
