// The jobs of all clients and their states:
//
//   submit ──▶ UPLOADING ──▶ QUEUED ──▶ RUNNING ──▶ ENDED ──▶ destroyed, when the client has been sent everything
//                  │            │  ◀───────┤ requeue  ▲
//                  │            │          ▼          │
//                  │            │       STOPPING ─────┤  cancelled, failed or abandoned; the pool has not confirmed it
//                  └────────────┴─────────────────────┘  cancelled or failed
//
// The pool is not called from here: dispatcher.c hands queued jobs to it, and cancels those that are STOPPING.
#ifndef TC_BACKEND_JOBS_H
#define TC_BACKEND_JOBS_H

#include "backend/job_files.h"
#include "backend/job_queue.h"
#include "backend/reported.h"
#include "backend/session.h"
#include "control/request.h"

enum {
    TC_MAX_GATEWAY_JOBS = 10000,     // of all clients
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
    uint64_t instance; // random, so that jobs have other names after a restart of the gateway
} tc_gateway_job_limits;

typedef struct tc_gateway_jobs {
    tc_spool *spool;
    tc_gateway_job_limits limits;
    void *user;
    void (*changed)(void *user); // a job has another state
    tc_job_queue queue;
    tc_gateway_job *running; // and stopping
    tc_gateway_job_counts counts;
    uint32_t last_number;
} tc_gateway_jobs;

struct tc_gateway_job {
    tc_gateway_jobs *jobs;
    tc_session *session; // NULL: the client has gone
    tc_gateway_job *next_running;
    tc_gateway_job_state state;
    uint32_t number; // the gateway's own, by which the pool identifies the job
    tc_queue_entry queue;
    tc_request request;
    tc_job_files files;
    tc_job_outbox outbox;
    tc_reported reported;
    int64_t uploaded_us; // when the last byte came
    int pool_deaths;     // while it ran
    int lost_workers;    // while they worked on it
    bool cancel_sent;    // to the pool, while STOPPING
    tc_error failure;    // STOPPING: what the client is sent when the pool has stopped; status TC_OK: `cancelled`
    double progress;     // sent so far, 0 to 1
};

// Borrows `spool`.
void tc_gateway_jobs_init(tc_gateway_jobs *jobs, tc_spool *spool, const tc_gateway_job_limits *limits,
                          void (*changed)(void *user), void *user);
// A new job of the client with this session, whose request has been checked. It is refused when it exceeds a limit.
void tc_gateway_jobs_submit(tc_gateway_jobs *jobs, tc_session *session, tc_queue_owner *owner,
                            const tc_request *request);
// Sends a client the failure of a job that was not created.
void tc_gateway_jobs_refuse(tc_gateway_jobs *jobs, tc_session *session, uint32_t number, const tc_error *error);
// By the gateway's number; NULL if no such job is running or stopping.
tc_gateway_job *tc_gateway_jobs_find_running(const tc_gateway_jobs *jobs, double number);

// The next bytes of the upload. The job must be UPLOADING, and the bytes within its credit.
void tc_gateway_job_upload(tc_gateway_job *job, const uint8_t *bytes, size_t size);
// For the client. Without effect on a job that is STOPPING or has ENDED.
void tc_gateway_job_cancel(tc_gateway_job *job);
void tc_gateway_job_fail(tc_gateway_job *job, const tc_error *error);
void tc_gateway_job_abandon(tc_gateway_job *job); // its client has gone
void tc_gateway_job_destroy(tc_gateway_job *job); // it must not be in the pool

// For the dispatcher: what happened in the pool.
void tc_gateway_job_set_running(tc_gateway_job *job); // a QUEUED job was handed to the pool
// The pool has died with the job. `blamed`: a job may have been the cause.
void tc_gateway_job_requeue(tc_gateway_job *job, bool blamed);
void tc_gateway_job_set_done(tc_gateway_job *job, const tc_json *message); // `message` is for the client
// The pool does not work on the job (any more): ends it with the error.
void tc_gateway_job_set_failed(tc_gateway_job *job, const tc_error *error);
void tc_gateway_job_set_stopped(tc_gateway_job *job); // a RUNNING or STOPPING job

#endif
