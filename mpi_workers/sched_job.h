// Rank 0's record of a job of the gateway.
#ifndef TC_MPI_WORKERS_SCHED_JOB_H
#define TC_MPI_WORKERS_SCHED_JOB_H

#include "control/json.h"
#include "control/request.h"
#include "core/run.h"
#include "mpi_workers/message.h"
#include "mpi_workers/sched_files.h"

typedef enum tc_sched_job_state {
    TC_SCHED_JOB_WAITING,
    TC_SCHED_JOB_STARTED,     // a worker decodes it and, unless it returns the picture, processes it alone
    TC_SCHED_JOB_DISTRIBUTED, // all workers compute its tiles
    TC_SCHED_JOB_SENDING,     // the result's tiles are sent; only when the last stage has nothing to compute
    TC_SCHED_JOB_ENCODING,    // a worker encodes the result, or is to do so
    TC_SCHED_JOB_ENDED,       // to be destroyed
} tc_sched_job_state;

// The progress of a job. Its phases are weighted by their estimated time.
typedef struct tc_sched_progress {
    double decode, run, encode; // estimated ns
    double fraction;            // 0..1, never falls
    int64_t began_ms, changed_ms;
    int64_t reported_ms;
    double reported_fraction;
    int64_t eta_ms; // remaining time, at changed_ms; -1: unknown
} tc_sched_progress;

typedef struct tc_sched_job {
    struct tc_sched_job *next;
    uint32_t serial; // in messages to workers; never used twice
    tc_request request;
    uint32_t want;                                // bits as in message.h
    char *pipeline;                               // text form
    char *upload_path, *tiles_path, *result_path; // of the files shared with the gateway
    tc_sched_job_state state;
    bool begun;              // it has been sent to a worker
    bool may_be_distributed; // rank 0 holds its picture, or may receive it
    bool encode_assigned;    // ENCODING: it is at a worker
    int losses;              // workers lost while they processed it, in earlier pools too
    struct {
        tc_message_kind kind; // NONE: no worker was lost in this pool
        int stage, tile;
    } suspect;        // the task during which the first worker was lost
    tc_format format; // of the upload
    char warning[256];
    uint64_t result_bytes; // of the result file
    tc_plan plan;          // once the picture's shape is known
    bool planned;
    bool report_lost;       // for lack of memory: the job is to fail
    tc_blob reported_codes; // not reported again when the job restarts
    int tile_side;
    int stage;      // in progress
    uint32_t phase; // TC_PROGRESS_...
    tc_run run;
    bool run_active;  // `run` is initialized
    int tiles_sent;   // SENDING
    bool *plan_sent;  // to each rank
    int *merged_sent; // to each rank: the last stage whose merged result it has received
    tc_tile_file tile_file;
    tc_sched_progress progress;
} tc_sched_job;

// Reads a `run` message for a pool of `ranks` ranks. NULL, with the message, on failure. The caller destroys the job.
tc_sched_job *tc_sched_job_new(const tc_json *message, uint32_t serial, int ranks, tc_error *error);
void tc_sched_job_destroy(tc_sched_job *job); // harmless on NULL
// Plans for a picture of this shape, if that has not been done for its header; the two must agree.
tc_status tc_sched_job_plan(tc_sched_job *job, tc_shape source, int64_t max_pixels, tc_error *error);
// Estimates the phases of a planned job, when `workers` share the tiles.
void tc_sched_job_estimate(tc_sched_job *job, int workers);
// Returns a job to WAITING, after the loss of the worker that processed it.
void tc_sched_job_restart(tc_sched_job *job);
// Enters a phase (TC_PROGRESS_...), `done` of `total` units of which are done.
void tc_sched_job_set_progress(tc_sched_job *job, uint32_t phase, double done, double total);
// The names of the steps that a stage computes, e.g. "gaussian_blur, canny", truncated to `size` bytes.
void tc_sched_job_step_names(const tc_sched_job *job, int stage, char *text, size_t size);

#endif
