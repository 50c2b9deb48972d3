// What one client of a job still has to be sent, and in which order: control messages, tiles, the result file, the end.
// The messages are in the job's log, pixels and files in the spool, until the connection can send them; of `picture`
// and `progress` only the newest is sent.
#ifndef TC_BACKEND_JOB_OUTBOX_H
#define TC_BACKEND_JOB_OUTBOX_H

#include <stddef.h>

#include "backend/file_cursor.h"
#include "backend/job_log.h"
#include "core/wire.h"

enum {
    TC_PREVIEW_BACKLOG = 4 << 20,                     // unsent bytes of tiles above which previews are skipped
    TC_MAX_SKIPPED_PREVIEWS = 256,                    // in one call
    TC_MAX_FILE_FRAME = (128 << 10) - TC_WIRE_HEADER, // payload bytes of a FILE frame
};

typedef struct tc_job_outbox tc_job_outbox;
struct tc_job_outbox {
    tc_job_outbox *previous, *next; // in the list of its session
    void *job;                      // for the hooks of its session
    uint32_t number;                // the client's number of the job
    const tc_job_log *log;          // of the job
    bool send_accepted, send_attached, send_credit;
    int pictures, progresses; // numbers of the newest that were sent
    uint64_t found_position;  // codes and lines before it were sent
    bool unreadable;          // the file of codes and lines cannot be read
    uint64_t file_start;      // bytes of the result file that the client has already
    tc_file_cursor tiles, file;
    bool end_sent;
};

void tc_job_outbox_init(tc_job_outbox *outbox, void *job, uint32_t number, const tc_job_log *log);
void tc_job_outbox_clear(tc_job_outbox *outbox);
// Drops tiles and file that have not been sent.
void tc_job_outbox_drop_results(tc_job_outbox *outbox);

// Removes the next control message. False when there is none. `*text` is on the heap, owned by the caller; NULL when
// out of memory.
bool tc_job_outbox_pop_control(tc_job_outbox *outbox, char **text);

typedef enum tc_outbox_next {
    TC_OUTBOX_NOTHING,
    TC_OUTBOX_FRAME,      // `header` is complete; `*payload` is at its first byte
    TC_OUTBOX_SKIPPED,    // previews were skipped; there may be more
    TC_OUTBOX_UNREADABLE, // a file could not be read, or it is damaged
    TC_OUTBOX_END,        // everything before the log's `end` has been sent
} tc_outbox_next;

// Finds the next binary frame. `*size` is the number of payload bytes.
tc_outbox_next tc_job_outbox_next_frame(tc_job_outbox *outbox, uint8_t header[TC_WIRE_HEADER], tc_file_cursor **payload,
                                        size_t *size);

// Moves behind the tile with this stage and corner, if it is in the file: the client has it and all before it.
void tc_job_outbox_skip_tiles(tc_job_outbox *outbox, int stage, int x, int y);

#endif
