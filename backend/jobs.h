// The jobs of all clients and their states:
//
//   submit ──▶ UPLOADING ──▶ QUEUED ──▶ RUNNING ──▶ ENDED ──▶ destroyed, see below
//                  │            │  ◀───────┤ requeue  ▲
//                  │            │          ▼          │
//                  │            │       STOPPING ─────┤  cancelled, failed or abandoned; the pool has not confirmed it
//                  └────────────┴─────────────────────┘  cancelled or failed
//
// A job has any number of watchers: connections that are told about it. One that is not durable is cancelled when its
// connection closes, and destroyed when its client has been sent everything. A durable job goes on without a watcher,
// clients attach to it by its name and secret, and it is destroyed when a client releases it or it has expired.
//
// The pool is not called from here: dispatcher.c hands queued jobs to it, and cancels those that are STOPPING.
#ifndef TC_BACKEND_JOBS_H
#define TC_BACKEND_JOBS_H

#include "backend/job_files.h"
#include "backend/job_queue.h"
#include "backend/reported.h"
#include "backend/session.h"
#include "backend/store.h"
#include "control/request.h"

enum {
    TC_MAX_GATEWAY_JOBS = 10000,     // of all clients, with stored results
    TC_MAX_POOL_DEATHS = 3,          // a job that was running when the pool died so often fails
    TC_UPLOAD_WINDOW = 4 << 20,      // bytes of an upload that may be in transit
    TC_MAX_UPLOAD_CHUNK = 256 << 10, // payload bytes of an UPLOAD frame
};

typedef struct tc_gateway_job tc_gateway_job;

typedef enum tc_gateway_job_state {
    TC_GATEWAY_JOB_UPLOADING,
    TC_GATEWAY_JOB_QUEUED,   // uploaded; waits for a place in the pool
    TC_GATEWAY_JOB_RUNNING,  // handed to the pool
    TC_GATEWAY_JOB_STOPPING, // the pool is to stop it
    TC_GATEWAY_JOB_ENDED,    // what has not been sent is sent
} tc_gateway_job_state;

typedef struct tc_gateway_job_counts {
    int active;            // jobs that have not ended
    int queued, running;   // running: or stopping
    int suspects;          // queued or running; one more death of the pool fails them
    uint64_t done, failed; // since the start
} tc_gateway_job_counts;

typedef struct tc_gateway_job_limits {
    uint64_t file_bytes;
    int jobs_per_client;
    int keep_s; // seconds for which a durable job without a watcher is stored after its last event
} tc_gateway_job_limits;

typedef struct tc_gateway_jobs {
    tc_spool *spool;
    tc_store *store; // NULL: durable jobs do not outlive this process
    tc_gateway_job_limits limits;
    void *user;
    void (*changed)(void *user); // a job has another state
    tc_job_queue queue;
    tc_queue_owner detached; // of durable jobs whose client has gone
    tc_gateway_job *first;   // of all jobs, the newest first
    int total;               // of all jobs, at most TC_MAX_GATEWAY_JOBS and those that were refused
    tc_gateway_job *running; // and stopping
    tc_gateway_job_counts counts;
    uint32_t last_number;
} tc_gateway_jobs;

// A connection that is told about a job.
typedef struct tc_job_watcher {
    tc_job_outbox outbox; // first: a session's hooks get this
    tc_session *session;
    struct tc_job_watcher *next; // of the same job
} tc_job_watcher;

struct tc_gateway_job {
    tc_gateway_jobs *jobs;
    tc_gateway_job *previous, *next; // in the list of all jobs
    tc_gateway_job *next_running;
    tc_job_watcher *watchers;
    const tc_session *uploader; // the connection from which the upload comes; NULL: none now
    tc_gateway_job_state state;
    uint32_t number; // the gateway's own, by which the pool identifies the job
    tc_queue_entry queue;
    tc_request request;
    tc_job_files files;
    tc_job_log log;
    tc_reported reported;
    int64_t uploaded_us; // when the last byte came
    int64_t active_us;   // when it last changed its state, or lost a watcher
    int pool_deaths;     // while it ran
    int lost_workers;    // while they worked on it
    bool done;           // ENDED with a result
    bool stored;         // has a row in the store
    bool cancel_sent;    // to the pool, while STOPPING
    tc_error failure;    // STOPPING: what the client is sent when the pool has stopped; status TC_OK: `cancelled`
    double progress;     // sent so far, 0 to 1
};

// How a client resumes a durable job.
typedef struct tc_job_resume {
    const char *id; // "" if the client has not received it
    const char *secret;
    uint32_t number;      // the client's number of the job from now on
    bool upload;          // the client goes on with the upload
    int64_t found;        // `code` and `lines` messages that it has received
    uint64_t file_offset; // bytes of the result file that it has
    int attempt;          // of the last tile that it has, see `picture`; 0: no tile
    int stage, x, y;      // that tile's stage and corner
} tc_job_resume;

// Borrows `spool` and `store`.
void tc_gateway_jobs_init(tc_gateway_jobs *jobs, tc_spool *spool, tc_store *store, const tc_gateway_job_limits *limits,
                          void (*changed)(void *user), void *user);
// Destroys all jobs, but leaves those that are stored to a later process. They must have no watchers, and none may be
// in the pool.
void tc_gateway_jobs_clear(tc_gateway_jobs *jobs);
// A new job of the client with this session, whose request has been checked. It is refused when it exceeds a limit.
void tc_gateway_jobs_submit(tc_gateway_jobs *jobs, tc_session *session, tc_queue_owner *owner,
                            const tc_request *request);
// Makes the session a watcher of a durable job, or sends it a failure: TC_ERR_GONE if there is no such job.
void tc_gateway_jobs_attach(tc_gateway_jobs *jobs, tc_session *session, tc_queue_owner *owner,
                            const tc_job_resume *resume);
// Destroys a durable job that has ended, and cancels and destroys another one. `id` may be "". Without effect if there
// is none.
void tc_gateway_jobs_release(tc_gateway_jobs *jobs, const char *id, const char *secret);
// For job_recovery.c: a job of an earlier process, at first in the state ENDED. NULL when out of memory.
tc_gateway_job *tc_gateway_jobs_restore(tc_gateway_jobs *jobs, uint32_t number, const tc_request *request,
                                        const char *id, const char *secret);
// Sets the state of a restored job: UPLOADING or QUEUED.
void tc_gateway_job_restore(tc_gateway_job *job, tc_gateway_job_state state);
// The jobs of an owner that will be removed belong to nobody from now on.
void tc_gateway_jobs_disown(tc_gateway_jobs *jobs, tc_queue_owner *owner);
// Destroys the durable jobs without a watcher that have expired. True if there are others that will expire.
bool tc_gateway_jobs_expire(tc_gateway_jobs *jobs);
// Sends a client the failure of a job that was not created.
void tc_gateway_jobs_refuse(tc_gateway_jobs *jobs, tc_session *session, uint32_t number, const tc_error *error);
// By the gateway's number; NULL if no such job is running or stopping.
tc_gateway_job *tc_gateway_jobs_find_running(const tc_gateway_jobs *jobs, double number);

// The next bytes of the upload. The job must be UPLOADING, and the bytes within its credit.
void tc_gateway_job_upload(tc_gateway_job *job, const uint8_t *bytes, size_t size);
// For results.c: the pool has appended a tile of this size to the tile file.
tc_status tc_gateway_job_add_tile(tc_gateway_job *job, uint64_t size, tc_error *error);
// For the client. Without effect on a job that is STOPPING or has ENDED.
void tc_gateway_job_cancel(tc_gateway_job *job);
void tc_gateway_job_fail(tc_gateway_job *job, const tc_error *error);
// The connection of a watcher has closed. A job that is not durable is abandoned.
void tc_gateway_job_leave(tc_job_watcher *watcher);
// Everything has been sent to a watcher of a job that has ended.
void tc_gateway_job_delivered(tc_job_watcher *watcher);
void tc_gateway_job_notify(const tc_gateway_job *job); // there is something to send to its watchers

// For the dispatcher: what happened in the pool.
// Begins the next attempt at a QUEUED job, which is then handed to the pool.
tc_status tc_gateway_job_begin_attempt(tc_gateway_job *job, tc_error *error);
void tc_gateway_job_set_running(tc_gateway_job *job); // it was handed to the pool
// The pool has died with the job. `blamed`: a job may have been the cause.
void tc_gateway_job_requeue(tc_gateway_job *job, bool blamed);
// `message` is for the clients. The result, if one is wanted, has been counted (tc_job_files_count_result).
void tc_gateway_job_set_done(tc_gateway_job *job, const tc_json *message);
// The pool does not work on the job (any more): ends it with the error.
void tc_gateway_job_set_failed(tc_gateway_job *job, const tc_error *error);
void tc_gateway_job_set_stopped(tc_gateway_job *job); // a RUNNING or STOPPING job

#endif
