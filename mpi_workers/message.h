// Messages between the scheduler (rank 0) and the workers (ranks 1..N): a fixed header and a payload.
//
// A payload is a main part (pixels or bytes) followed by a tail (text or bytes). The main part comes first so that a
// received payload becomes a picture or a blob without a copy.
#ifndef TC_MPI_WORKERS_MESSAGE_H
#define TC_MPI_WORKERS_MESSAGE_H

#include "codec/format.h"
#include "core/image.h"

enum { TC_MESSAGE_HEADER = 96 }; // bytes

typedef enum tc_message_kind {
    TC_MSG_NONE,
    // Both directions.
    TC_MSG_HELLO,     // tail: the sender's process (mpi_workers/hello.h)
    TC_MSG_HEARTBEAT, // empty
    // Scheduler to worker. START_JOB, TILE, READ_CODES, ENCODE and PING are tasks: each gets one reply that ends it.
    TC_MSG_START_JOB,   // decode the file; return the picture if distributing it saves `min_gain`, else process it here
    TC_MSG_PLAN,        // the job's source shape; tail: its pipeline. Precedes the job's first tile
    TC_MSG_MERGED,      // the merged result that `stage` begins with. Precedes the stage's first tile
    TC_MSG_TILE,        // compute one tile
    TC_MSG_READ_CODES,  // read the codes in a picture
    TC_MSG_ENCODE,      // encode a picture
    TC_MSG_PING,        // run the pipeline in the tail on a small picture, ahead of queued tasks
    TC_MSG_GRANT_CORES, // the ranks whose cores the worker may use besides its own; replaces the previous grant
    TC_MSG_END_JOB,     // the job has ended: cancel its task and forget it
    TC_MSG_QUIT,
    // Worker to scheduler: replies, which end the task they name, ...
    TC_MSG_SOURCE,     // START_JOB: the decoded picture; all workers will compute its tiles. Tail: a warning
    TC_MSG_RESULT,     // TILE, PING: the tile's pixels. Tail: its partial result
    TC_MSG_CODES_DONE, // READ_CODES: all codes have been sent. Tail: a warning
    TC_MSG_FILE,       // ENCODE, START_JOB: the encoded file; empty if none was wanted
    TC_MSG_FAILED,     // any: the status. Tail: a sentence. With task 0: the whole job fails
    // ... and reports on a task in progress: on READ_CODES, which they name, or with task 0 on START_JOB.
    TC_MSG_CODES,       // codes just read. Corners: READ_CODES: relative to `in`; START_JOB: in the picture
    TC_MSG_HEADER,      // the picture's shape, before it is decoded
    TC_MSG_PICTURE,     // the decoded picture's shape. Tail: a warning
    TC_MSG_CLIENT_TILE, // pixels of a tile to be sent to the client
    TC_MSG_PROGRESS,
    TC_MSG_LINES,   // straight lines that a step has found (core/segments.h)
    TC_MSG_WARNING, // tail: a sentence about the picture
    TC_MSG_BYE,     // confirms QUIT
    TC_MSG_COUNT
} tc_message_kind;

enum { TC_WANT_TILES = 1, TC_WANT_FILE = 2, TC_WANT_PREVIEW = 4 }; // bits of `want`
enum { TC_PROGRESS_DECODE, TC_PROGRESS_RUN, TC_PROGRESS_ENCODE };  // values of `phase`

typedef struct tc_message {
    tc_message_kind kind;
    uint32_t job, task;  // serial numbers given by the scheduler; 0: none
    uint32_t client_job; // tasks: the gateway's number of the job, for assertion reports
    int stage;
    int channels;    // of the pixels
    tc_rect in, out; // TILE: pixels sent and wanted; otherwise see the table in message.c
    union {
        uint32_t want;         // START_JOB
        uint32_t symbologies;  // READ_CODES
        uint32_t phase;        // PROGRESS
        uint32_t status;       // FAILED
        uint32_t codes_follow; // SOURCE: the worker goes on to read the codes of the picture
        uint32_t worker;       // CLIENT_TILE: the rank whose core computed it; 0: the sender's
        uint32_t option;       // any of these
    };
    tc_format format; // START_JOB, ENCODE: of the result; SOURCE, HEADER, PICTURE: of the upload
    int quality;      // START_JOB, ENCODE
    union {
        int tile_side; // START_JOB: -1: the default
        int is_part;   // READ_CODES: 1: the picture is a part of a larger one, or reduced
    };
    union {
        uint64_t min_gain; // START_JOB: ns that distributing the picture must save; 0: always, UINT64_MAX: never
        uint64_t done;     // PROGRESS
    };
    union {
        uint64_t total;        // PROGRESS
        uint64_t worker_count; // START_JOB: how many workers would share the picture
    };
    // The payload, on the heap.
    uint8_t *payload;
    size_t size; // bytes of main part and tail
    size_t tail; // bytes of the tail
} tc_message;

static inline size_t tc_message_main_size(const tc_message *message) {
    return message->size - message->tail;
}
// Frees the payload and keeps the other fields.
void tc_message_free_payload(tc_message *message);
// Frees the payload and zeroes the message. Harmless on a zeroed one.
void tc_message_clear(tc_message *message);

// Writes the header. Every field must be valid as tc_message_read checks it.
void tc_message_write(uint8_t header[TC_MESSAGE_HEADER], const tc_message *message);
// Reads and checks a header: every field in range, the main part as large as its pixels. Leaves `payload` NULL.
// TC_ERR_PROTOCOL for an invalid one.
tc_status tc_message_read(tc_message *message, const uint8_t header[TC_MESSAGE_HEADER], tc_error *error);

// Allocates the payload of a message that has none: `main_size` uninitialized bytes and a copy of the tail.
// TC_ERR_MEMORY leaves it without payload.
tc_status tc_message_alloc(tc_message *message, size_t main_size, const void *tail, size_t tail_size);
// Makes `main` (NULL with size 0) the main part of a message without payload, as a copy.
tc_status tc_message_copy(tc_message *message, const void *main, size_t main_size, tc_error *error);
// Makes the first `channels` channels of the tile's pixels the main part, tightly packed. TC_ERR_MEMORY.
tc_status tc_message_pack(tc_message *message, const tc_tile *tile, int channels, const void *tail, size_t tail_size);
// Moves the picture's pixels into the message as the main part, with `in` and `channels`; zeroes `image`, also on
// failure. TC_ERR_MEMORY.
tc_status tc_message_attach_image(tc_message *message, tc_image *image, const void *tail, size_t tail_size);
// Moves the main part out of the message, as a picture of the size of `in`. The caller clears it.
tc_image tc_message_detach_image(tc_message *message);
// The pixels of the main part, which cover `rect`, borrowed.
tc_tile tc_message_tile(const tc_message *message, tc_rect rect);
// The tail as a NUL-terminated text, truncated to `size` bytes.
void tc_message_text(const tc_message *message, char *text, size_t size);

#endif
