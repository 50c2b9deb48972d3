// What one job still has to send to its client, and in which order: control messages, tiles, the result file, the end.
// Pixels and files stay in the spool until the connection can send them; of other messages only the newest of each kind
// is stored, and all codes and lines.
#ifndef TC_BACKEND_JOB_OUTBOX_H
#define TC_BACKEND_JOB_OUTBOX_H

#include "backend/file_cursor.h"
#include "control/json.h"
#include "core/wire.h"

enum {
    TC_JOB_ID = 17,                                   // bytes of a job's name, with the final 0
    TC_PREVIEW_BACKLOG = 4 << 20,                     // unsent bytes of tiles above which previews are skipped
    TC_MAX_SKIPPED_PREVIEWS = 256,                    // in one call
    TC_MAX_FILE_FRAME = (128 << 10) - TC_WIRE_HEADER, // payload bytes of a FILE frame
};

typedef struct tc_job_outbox tc_job_outbox;
struct tc_job_outbox {
    tc_job_outbox *previous, *next; // in the list of its session, which owns these
    void *job;                      // for the hooks of its session
    uint32_t number;                // the client's number of the job
    char id[TC_JOB_ID];
    bool send_accepted, send_credit;
    uint64_t credit;                // offset up to which the client may upload
    int last_stage;                 // tiles of earlier ones are previews
    char *picture, *progress, *end; // JSON texts on the heap; NULL: none
    bool ended;                     // `end` follows after everything else; NULL if there was no memory for it
    char **found;                   // codes, and parts of lists of lines; all are sent
    int found_count, found_sent;
    size_t found_bytes; // of those that have not been sent
    tc_file_cursor tiles, file;
};

// `id` is the job's name on the server.
void tc_job_outbox_init(tc_job_outbox *outbox, void *job, uint32_t number, const char id[TC_JOB_ID]);
void tc_job_outbox_clear(tc_job_outbox *outbox);

// Replaces the unsent `picture` or `progress` message. TC_ERR_MEMORY with a message when out of memory.
tc_status tc_job_outbox_set_picture(tc_job_outbox *outbox, const tc_json *message, tc_error *error);
tc_status tc_job_outbox_set_progress(tc_job_outbox *outbox, const tc_json *message, tc_error *error);
// Adds a `code` or `lines` message as a text on the heap. Takes ownership of `text`, also on failure.
tc_status tc_job_outbox_push_found(tc_job_outbox *outbox, char *text, tc_error *error);
// Sets the last message of the job. Without `deliver`, progress, tiles and file that have not been sent are dropped.
void tc_job_outbox_set_end(tc_job_outbox *outbox, const tc_json *message, bool deliver);
// Drops tiles and file that have not been sent.
void tc_job_outbox_drop_results(tc_job_outbox *outbox);

// Removes the next control message. False when there is none. `*text` is on the heap, owned by the caller; NULL on lack
// of memory.
bool tc_job_outbox_pop_control(tc_job_outbox *outbox, char **text);

typedef enum tc_outbox_next {
    TC_OUTBOX_NOTHING,
    TC_OUTBOX_FRAME,      // `header` is complete; `*payload` is at its first byte
    TC_OUTBOX_SKIPPED,    // previews were skipped; there may be more
    TC_OUTBOX_UNREADABLE, // the file could not be read, or it is damaged
    TC_OUTBOX_END,        // everything before `end` has been sent
} tc_outbox_next;

// Finds the next binary frame. `*size` is the number of payload bytes.
tc_outbox_next tc_job_outbox_next_frame(tc_job_outbox *outbox, uint8_t header[TC_WIRE_HEADER], tc_file_cursor **payload,
                                        size_t *size);

#endif
