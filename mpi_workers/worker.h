// A worker rank: computes tiles of other ranks' pictures, works whole pictures through, and owns a codec process.
#ifndef TC_WORKER_H
#define TC_WORKER_H

#include "codec/client.h"
#include "core/plan.h"
#include "crew/crew.h"
#include "mpi_workers/transport.h"

// The cores of idle workers that this one may use besides its own.
typedef struct tc_loan {
    int count;
    int lenders[TC_MAX_THREADS - 1]; // ranks
} tc_loan;

typedef struct tc_worker {
    tc_transport *transport;
    tc_codec_client *codec;
    tc_codec_limits limits;
    struct tc_worker_job *jobs;                // whose plans the worker knows
    struct tc_worker_task *tasks, **tasks_end; // that wait
    uint32_t job;                              // whose task is under way, 0 none
    bool closed;                               // that job has been closed
    bool quit;
    tc_loan loan;
    bool local;          // the scheduler's process is watched
    int64_t sent, heard; // when something last went to and came from the scheduler
    int64_t worked;      // when the last task ended
    bool rests;          // memory has been given back since
} tc_worker;

// Does a worker's part until the pool ends. Returns the exit status.
int tc_worker_run(tc_transport *transport, const char *codec, tc_codec_limits limits);

// Between tiles and while waiting: takes what has come, sends a heartbeat when it is due. True when the work under way
// is to be given up.
bool tc_worker_look(tc_worker *worker);
// Sends to the scheduler; takes over the payload.
void tc_worker_send(tc_worker *worker, tc_message *message);
// Ends a task with a failure.
void tc_worker_fail(tc_worker *worker, const tc_message *task, const tc_error *error);
// Tells codes that have just been read; `serial`: of their task, 0 for a picture that is worked through here.
void tc_worker_tell_codes(tc_worker *worker, uint32_t job, uint32_t serial, const tc_blob *codes);
// Reads the codes of the picture that a task asks for, tells each at once, and ends the task.
void tc_worker_read_codes(tc_worker *worker, const tc_message *task, const tc_tile *picture,
                          const tc_codes_options *options);
// Parses the pipeline in the message's tail and plans it for a source picture; the caller clears `plan`, also after
// a failure.
tc_status tc_worker_plan(tc_worker *worker, const tc_message *message, tc_shape source, tc_plan *plan, tc_error *error);

// An OPEN task, in whole.c: decodes; gives the picture to the scheduler, or works it through here.
void tc_worker_open(tc_worker *worker, tc_message *task);

#endif
