// The state of a worker rank, and its messages to the scheduler.
#ifndef TC_MPI_WORKERS_WORKER_H
#define TC_MPI_WORKERS_WORKER_H

#include "codec/client.h"
#include "core/plan.h"
#include "mpi_workers/message_queue.h"
#include "mpi_workers/transport.h"
#include "threads/thread_pool.h"

// The idle workers whose cores this one may use besides its own.
typedef struct tc_core_grant {
    int count;
    int ranks[TC_MAX_THREADS - 1];
} tc_core_grant;

typedef struct tc_worker {
    tc_transport *transport; // borrowed
    tc_codec_client *codec;
    tc_codec_limits limits;
    struct tc_worker_job *jobs; // distributed jobs whose plans have been received (worker_job.h)
    tc_message_queue tasks;     // waiting
    uint32_t job;               // of the task in progress, 0: none
    uint32_t client_job;        // the gateway's number of that job
    bool job_ended;             // that job has ended: cancel the task
    bool quit;
    tc_core_grant grant;
    bool scheduler_watched;       // the scheduler's process is on this host
    int64_t sent_ms, received_ms; // when a message last went to and came from the scheduler
    int64_t task_ms;              // when the last task ended
    bool memory_trimmed;          // since then
} tc_worker;

// Sends to the scheduler; takes ownership of the payload.
void tc_worker_send(tc_worker *worker, tc_message *message);
// Ends a task with a failure; `task` 0 fails the whole job.
void tc_worker_send_failure(tc_worker *worker, uint32_t job, uint32_t task, const tc_error *error);
// Sends codes that have just been read, if there are any. `task`: the READ_CODES task; 0: of a job processed here.
tc_status tc_worker_send_codes(tc_worker *worker, uint32_t job, uint32_t task, const tc_blob *codes, tc_error *error);
// Parses the pipeline in the message's tail and plans it for a source picture. The caller clears `plan`, also after a
// failure.
tc_status tc_worker_plan(const tc_worker *worker, const tc_message *message, tc_shape source, tc_plan *plan,
                         tc_error *error);

#endif
