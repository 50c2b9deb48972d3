// The jobs that outlive the gateway: a row for each durable job in an SQLite database, beside the folder's job files.
// It is touched when a job changes its state, never for a tile.
#ifndef TC_BACKEND_STORE_H
#define TC_BACKEND_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/status.h"

typedef enum tc_stored_state { TC_STORED_UPLOADING, TC_STORED_UPLOADED, TC_STORED_ENDED } tc_stored_state;

typedef struct tc_stored_job {
    uint32_t number;         // names its files
    const char *id, *secret; // set by tc_store_insert, unchanged later
    const char *request;     // the `submit` message; as above
    tc_stored_state state;
    int attempt;         // the current one; 0: none yet
    bool done;           // ENDED with a result
    const char *picture; // the `picture` message, without the member `job`; NULL: none
    const char *end;     // ENDED: the last message, without the member `job`
} tc_stored_job;

typedef struct tc_store tc_store;

// Opens the database in `folder`, which is made if it does not exist. Only one process can have it open: waits for two
// seconds for the end of another one. NULL with a message on failure.
tc_store *tc_store_open(const char *folder, tc_error *error);
void tc_store_close(tc_store *store); // harmless on NULL
// Adds a job. When this has returned, the job survives the death of this process.
tc_status tc_store_insert(tc_store *store, const tc_stored_job *job, tc_error *error);
// Stores a job's state, attempt, `done`, picture and end.
tc_status tc_store_update(tc_store *store, const tc_stored_job *job, tc_error *error);
tc_status tc_store_delete(tc_store *store, uint32_t number, tc_error *error);
// Calls `visit` for each job, in the order of numbers; the strings are valid during the call. Then it may be deleted.
tc_status tc_store_visit(tc_store *store, void (*visit)(void *user, const tc_stored_job *job), void *user,
                         tc_error *error);
// The highest number that any job has ever had; 0 if there was none.
uint32_t tc_store_last_number(tc_store *store);

#endif
