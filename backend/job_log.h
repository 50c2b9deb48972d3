// What the clients of a job are told about it: its name, the newest `picture` and `progress`, all codes and lines, and
// the end. Each client reads it at its own pace (backend/job_outbox.h), and one that comes later reads it from the
// beginning.
//
// Messages are stored as JSON texts without the member `job`, as each client has a number of its own for the job.
#ifndef TC_BACKEND_JOB_LOG_H
#define TC_BACKEND_JOB_LOG_H

#include <stdint.h>

#include "backend/job_files.h"
#include "control/json.h"
#include "control/request.h"

enum {
    TC_JOB_ID = 17,                   // bytes of a job's name, with the final 0
    TC_JOB_SECRET = TC_REQUEST_SECRET // bytes of the secret that gives access to it, with the final 0
};

typedef struct tc_job_log {
    tc_job_files *files; // borrowed; codes and lines are in one of them
    char id[TC_JOB_ID], secret[TC_JOB_SECRET];
    bool durable;             // the job outlives the connection of its client
    uint64_t credit;          // offset up to which the file may be uploaded
    int last_stage;           // tiles of earlier ones are previews
    char *picture, *progress; // NULL: none yet
    int pictures, progresses; // how many there have been; tells whether a client has been sent the newest
    bool ended;
    char *end;           // after everything else; NULL if there was no memory for it
    uint64_t found_size; // bytes of codes and lines in their file: each a 32-bit length, little-endian, and a text
} tc_job_log;

void tc_job_log_init(tc_job_log *log, tc_job_files *files);
void tc_job_log_clear(tc_job_log *log);
// Gives the job a random name, and the client's secret, or a random one if that is "".
void tc_job_log_set_name(tc_job_log *log, const char *secret);
bool tc_job_log_is_secret(const tc_job_log *log, const char *text);
// Replaces the `picture` or `progress` message. TC_ERR_MEMORY with a message when out of memory.
tc_status tc_job_log_set_picture(tc_job_log *log, const tc_json *message, tc_error *error);
tc_status tc_job_log_set_progress(tc_job_log *log, const tc_json *message, tc_error *error);
// Appends a `code` or `lines` message.
tc_status tc_job_log_push_found(tc_job_log *log, const char *text, tc_error *error);
// Sets the last message of the job, or replaces it.
void tc_job_log_set_end(tc_job_log *log, const tc_json *message);
// The last message; one that says so if there was no memory for it. The log must have ended.
const char *tc_job_log_end(const tc_job_log *log);
// The record of codes and lines at `position`: its text without the member `job`, on the heap, owned by the caller.
// Moves `position` to the next record. NULL on failure: TC_ERR_MEMORY, or TC_ERR_IO if the file cannot be read.
char *tc_job_log_read_found(const tc_job_log *log, uint64_t *position, tc_error *error);
// The position after the first `count` records of codes and lines, or after the last.
uint64_t tc_job_log_skip_found(const tc_job_log *log, int64_t count);
// Finds the codes and lines that an earlier process has stored, up to the first incomplete record.
void tc_job_log_restore_found(tc_job_log *log);
// A stored text with the member `job`, on the heap, owned by the caller. NULL when out of memory.
char *tc_job_log_address(const char *text, uint32_t number);

#endif
