// Messages between the scheduler (rank 0) and the workers (ranks 1..N): a fixed header and a payload.
//
// A payload is a main part, pixels or bytes, followed by a tail, a text or further bytes. The main part comes first so
// that a received payload can become a picture or a blob without a copy.
#ifndef TC_MESSAGE_H
#define TC_MESSAGE_H

#include "codec/format.h"
#include "core/image.h"

enum { TC_MESSAGE_HEADER = 96 };

typedef enum tc_message_kind {
    TC_MSG_NONE,
    // Both ways.
    TC_MSG_HELLO, // tail: "pid start-time host" of the sender
    TC_MSG_BEAT,  // nothing new, but alive
    // Scheduler to worker. OPEN, TILE, CODES, ENCODE and PING are tasks: each gets one answer that ends it.
    TC_MSG_OPEN,   // decode the file; give the picture back if that saves `limit`, else work it through here
    TC_MSG_PLAN,   // the job's source shape and pipeline, before its first tile
    TC_MSG_MERGED, // what `stage` begins with, before its first tile
    TC_MSG_TILE,   // compute one tile
    TC_MSG_CODES,  // read the codes of a picture
    TC_MSG_ENCODE, // encode a picture
    TC_MSG_PING,   // run the pipeline on one small picture, whatever else is under way
    TC_MSG_LEND,   // the ranks whose cores the worker may use besides its own; ends what was lent before
    TC_MSG_CLOSE,  // the job is over: give up what is under way for it and forget it
    TC_MSG_QUIT,
    // Worker to scheduler. Each of these ends the task that it names, ...
    TC_MSG_SOURCE,   // OPEN: the decoded picture; the job goes on over all workers
    TC_MSG_RESULT,   // TILE, PING: the tile's pixels, and its partial result as the tail
    TC_MSG_SEARCHED, // CODES: all codes have been told; a warning as the tail
    TC_MSG_FILE,     // ENCODE, OPEN: the encoded file; empty if none was wanted
    TC_MSG_FAILED,   // any: the status, and a sentence as the tail
    // ... and these tell about one under way: CODES, which they name; or, with task 0, OPEN worked through by its
    // worker.
    TC_MSG_FOUND,   // codes that have just been read: CODES: where they stand in `in`; OPEN: in the picture
    TC_MSG_HEADER,  // the picture's shape, before it is decoded
    TC_MSG_PICTURE, // the decoded picture's shape; a warning as the tail
    TC_MSG_SHOW,    // pixels of a tile to be sent to the client
    TC_MSG_STEP,    // how far it is
    TC_MSG_LINES,   // the straight lines that a step has found (core/segments.h)
    TC_MSG_WARNING, // about the picture, as the tail
    TC_MSG_BYE,     // the worker has heard QUIT
    TC_MSG_COUNT
} tc_message_kind;

enum { TC_WANT_TILES = 1, TC_WANT_FILE = 2, TC_WANT_PREVIEW = 4 }; // bits of `want`
enum { TC_PHASE_DECODE, TC_PHASE_RUN, TC_PHASE_ENCODE };           // values of `phase`

typedef struct tc_message {
    tc_message_kind kind;
    uint32_t job, task; // the scheduler's own serial numbers; 0 none
    int stage;
    int channels;    // of the pixels
    tc_rect in, out; // TILE: pixels sent and wanted; else see the table in message.c
    union {
        uint32_t want;         // OPEN
        uint32_t symbologies;  // CODES
        uint32_t phase;        // STEP
        uint32_t status;       // FAILED
        uint32_t codes_follow; // SOURCE: the worker goes on to read the codes of the picture
        uint32_t worker;       // SHOW: the rank whose core has computed it; 0: the sender's
        uint32_t option;
    };
    tc_format format; // OPEN, ENCODE: of the result; SOURCE, PICTURE: of the file
    int quality;      // OPEN, ENCODE
    int tile;         // OPEN: the tile side, -1 for the default; CODES: 1 for a part of a picture
    union {
        uint64_t limit; // OPEN: ns that sharing the picture must save; 0: share it, UINT64_MAX: do not
        uint64_t done;  // STEP
    };
    uint64_t total; // STEP; OPEN: how many workers would share the picture
    // The payload, on the heap.
    uint8_t *payload;
    size_t size; // of main part and tail
    size_t tail; // of the tail
} tc_message;

static inline size_t tc_message_main(const tc_message *message) {
    return message->size - message->tail;
}
// Frees the payload; the rest stays, or is zeroed too.
void tc_message_free_payload(tc_message *message);
void tc_message_clear(tc_message *message);

void tc_message_write(uint8_t header[TC_MESSAGE_HEADER], const tc_message *message);
// Reads and checks a header: every field in range, the main part as long as its pixels. Leaves `payload` NULL.
tc_status tc_message_read(tc_message *message, const uint8_t header[TC_MESSAGE_HEADER], tc_error *error);

// Makes the payload: `main_size` uninitialised bytes and the tail. TC_ERR_MEMORY leaves it empty.
tc_status tc_message_alloc(tc_message *message, size_t main_size, const void *tail, size_t tail_size);
// Packs the first `channels` channels of the tile's pixels as the main part.
tc_status tc_message_pack(tc_message *message, const tc_tile *tile, int channels, const void *tail, size_t tail_size);
// Takes over the picture's pixels as the main part (zeroes it, also on failure).
tc_status tc_message_take(tc_message *message, tc_image *image, const void *tail, size_t tail_size);
// The main part as a picture of in's size, taken out of the message.
tc_image tc_message_give(tc_message *message);
// The pixels of the main part, which cover `rect`, borrowed.
tc_tile tc_message_tile(const tc_message *message, tc_rect rect);
// The tail as a text, cut to fit.
void tc_message_text(const tc_message *message, char *text, size_t size);

#endif
