// What the parts of the gateway share: its record, clients and jobs.
//
//   client.c   messages in: submit, cancel, uploads
//   outbox.c   messages out: control messages, tiles, files, as fast as the client reads
//   jobs.c     a job's begin, upload and end
//   feed.c     jobs to the pool, and what it says of them
//   api.c      HTTP
//   gateway.c  start, signals, end
#ifndef TC_GATEWAY_H
#define TC_GATEWAY_H

#include "backend/options.h"
#include "backend/pool.h"
#include "backend/server.h"
#include "backend/spool.h"
#include "control/json.h"
#include "control/request.h"
#include "core/wire.h"

enum {
    TC_MAX_CLIENTS = 256,
    TC_MAX_JOBS = 10000,             // of all clients
    TC_MAX_ATTEMPTS = 3,             // a job under way when the pool dies so often fails
    TC_CHUNK = 256 << 10,            // bytes of an UPLOAD frame's payload
    TC_WINDOW = 4 << 20,             // bytes of an upload that may be on their way
    TC_PREVIEW_BACKLOG = 4 << 20,    // bytes waiting for a reader from which previews are left out
    TC_MAX_FOUND_BACKLOG = 16 << 20, // bytes of codes and lines waiting for a reader
    TC_MAX_JOB_PARTS = 4096,         // parts of lists of lines of one job that are passed on
    TC_MAX_SPANS = 1024,             // see tc_client
    TC_MAX_HEALTH = 64,              // health checks under way
    TC_HEALTH_MS = 5000,             // for a worker to compute a tile
};

typedef struct tc_gateway tc_gateway;
typedef struct tc_client tc_client;
typedef struct tc_job tc_job;

typedef enum tc_job_state {
    TC_JOB_UPLOADING,
    TC_JOB_WAITING, // uploaded; for a free place in the pool
    TC_JOB_RUNNING, // handed to the pool
    TC_JOB_OVER,    // as far as the pool goes; what is left is sent, then `end`
} tc_job_state;

// A file being sent: bytes before `end` are there.
typedef struct tc_reel {
    int fd; // -1: none
    uint64_t position, end;
} tc_reel;

struct tc_job {
    tc_gateway *gateway;
    tc_client *client;       // NULL: gone
    tc_job *previous, *next; // in the client's list
    tc_job *running_next;    // in the gateway's list
    uint32_t number;         // the gateway's own, by which the pool knows the job
    tc_job_state state;
    tc_request request;
    int upload; // descriptor while uploading
    uint64_t received, credit;
    int64_t uploaded_us; // when the last byte came
    int attempts, tries; // pools that died while it ran; times it was handed to a pool
    int losses;          // workers that it has cost
    bool cancelled;      // wished by the client; the pool has not answered yet
    uint64_t spooled;    // bytes counted in the spool
    double best;         // progress shown so far, 0..1
    int last_stage;
    tc_blob seen_codes;   // passed on: their places, and hashes in place of their texts (core/codes.h)
    uint64_t *seen_parts; // of lists of lines: hashes
    int seen_part_count;

    // What the client is to be told. A newer message takes an older one's place.
    bool tell_accepted, tell_credit;
    char *picture, *progress, *end;
    char **found; // codes, and parts of lists of lines
    int found_count, found_sent;
    tc_reel tiles, file;
};

// Numbers that a client has given to jobs, as spans; most count upwards and have one.
typedef struct tc_span {
    uint32_t first, last;
} tc_span;

struct tc_client {
    tc_gateway *gateway;
    tc_peer *peer;
    tc_client *previous, *next;
    tc_job *jobs, *last_job; // the first one is served next
    int job_count, waiting;
    tc_span *spans;
    int span_count;
    bool broken;      // an error has been told or is about to be
    int64_t heard_us; // when it last sent of a picture, or could not for want of credit

    struct {
        uint8_t header[TC_WIRE_HEADER];
        tc_frame frame;
        size_t header_size;
        uint64_t done; // payload bytes taken
        char *text;
        size_t text_size;
    } in;
    struct {
        tc_reel piece; // the rest of a message that has begun; its own descriptor
        bool tell_welcome, tell_pool;
        char *error;
        int error_code;
        size_t found_bytes;
    } out;
};

typedef struct tc_health {
    tc_exchange *exchange; // NULL: free
    uint32_t id;
    int64_t started_us;
} tc_health;

struct tc_gateway {
    tc_options options;
    tc_server *server;
    tc_pool *pool;
    tc_spool spool;
    tc_watch *signals;
    int signal_fd;
    tc_timer *announce; // of the pool's state to all clients
    tc_timer *idle;     // set while pictures are being uploaded
    tc_client *clients, *last_client;
    int client_count;
    tc_job *running;
    int running_count, suspects; // suspects: jobs waiting or running that saw a pool die twice
    int active, waiting;         // jobs that are not over; those that wait for the pool
    uint64_t done, failed;
    uint32_t next_number, next_health;
    tc_health health[TC_MAX_HEALTH];
    tc_timer *health_timer;
    int64_t started_us;
    uint64_t instance; // random, so that jobs' names differ from one run to the next
    char host[128];
    int port;
    bool announcing, idle_set, ready_told, stopping; // announcing: `announce` has been set; idle_set: `idle`
    int exit_code;
};

int64_t tc_now_us(void);

// ---- gateway.c
// Serves until a signal ends it. Returns the exit code.
int tc_gateway_run(const tc_options *options);
void tc_gateway_set_limits(const tc_gateway *gateway, tc_json *message);
void tc_gateway_announce(tc_gateway *gateway, bool at_once); // the pool's state or the number of jobs changed

// ---- client.c
void *tc_client_open(void *gateway, tc_peer *peer);
void tc_client_receive(void *client, const uint8_t *bytes, size_t size, bool binary, bool first, bool last);
void tc_client_close(void *client);
// Ends the uploads of clients that have sent nothing for too long: what they have sent would stay for ever.
void tc_client_check_idle(void *gateway);
// The client broke the protocol: one `error`, then the connection is closed.
void tc_client_break(tc_client *client, int code, const char *sentence);
tc_job *tc_client_find(const tc_client *client, uint32_t job); // by the client's number; NULL if none is under way
// Whether the number has been used; takes it if not. TC_ERR_LIMIT when they are too scattered to be kept.
tc_status tc_client_take_number(tc_client *client, uint32_t job, bool *used);
bool tc_client_knows(const tc_client *client, uint32_t job);

// ---- jobs.c
// A new job of `client`. The request has been checked.
void tc_job_submit(tc_client *client, const tc_request *request);
// Tells a client of the failure of a job that is none yet.
void tc_job_refuse(tc_client *client, uint32_t job, const tc_error *error);
void tc_job_upload(tc_job *job, const uint8_t *bytes, size_t size); // the next bytes of the file
void tc_job_cancel(tc_job *job);
void tc_job_abandon(tc_job *job); // its client is gone
void tc_job_destroy(tc_job *job); // all is said
void tc_job_fail(tc_job *job, const tc_error *error);

// ---- jobs.c, for feed.c
tc_json *tc_job_message(const char *type, uint32_t job); // the caller destroys it
void tc_job_set_text(char **text, const tc_json *message);
void tc_job_set_state(tc_job *job, tc_job_state state);
void tc_job_count(const tc_job *job, int by); // around a change of what the gateway's counts depend on
void tc_job_path(const tc_job *job, const char *kind, char path[TC_SPOOL_PATH]);
void tc_job_remove_file(const tc_job *job, const char *kind);
bool tc_job_take_spool(tc_job *job, uint64_t bytes);
tc_status tc_job_fail_full(tc_error *error);
void tc_job_drop_results(tc_job *job); // what one try has left behind
// The job is over with `message` for its client. Without `deliver`, what has not been sent is left out. A job whose
// client is gone is destroyed.
void tc_job_end(tc_job *job, const tc_json *message, bool deliver);
void tc_job_end_cancelled(tc_job *job);
void tc_job_tell_pool_cancel(const tc_job *job);

// ---- feed.c
void tc_jobs_feed(tc_gateway *gateway);              // hands waiting jobs to the pool
void tc_jobs_lost(tc_gateway *gateway, bool blamed); // the pool is gone; its jobs wait for the next one
void tc_jobs_message(tc_gateway *gateway, const char *type, const tc_json *message);

// ---- outbox.c
void tc_outbox_write(void *client); // sends one piece
void tc_outbox_clear(tc_client *client);
void tc_reel_clear(tc_reel *reel);

// ---- api.c
void tc_api_request(void *gateway, tc_exchange *exchange, const tc_http_request *request, tc_http_reply *reply);
void tc_api_upgrade(void *gateway, const tc_http_request *request, tc_http_reply *reply);
void tc_api_gone(void *gateway, tc_exchange *exchange);
void tc_api_pong(tc_gateway *gateway, const tc_json *message);
void tc_api_check_health(void *gateway); // ends the checks whose time is over

#endif
