// One job of the gateway, as rank 0 keeps it.
#ifndef TC_JOB_H
#define TC_JOB_H

#include "control/json.h"
#include "control/request.h"
#include "core/run.h"
#include "mpi_workers/message.h"
#include "mpi_workers/tilefile.h"

typedef enum tc_job_phase {
    TC_JOB_WAITING,
    TC_JOB_OPEN,   // at a worker that decodes it, and works it through if it keeps it
    TC_JOB_RUN,    // its tiles are handed out to all workers
    TC_JOB_SHOW,   // the result's tiles go to the client: only when the last stage had nothing to compute
    TC_JOB_ENCODE, // the result waits for a worker that encodes it, or is there
    TC_JOB_ENDED,  // to be destroyed
} tc_job_phase;

// How far a job is. Parts are weighed by their estimated time in ns.
typedef struct tc_progress {
    double decode, run, encode;
    double fraction;        // 0..1, never falls
    int64_t began, changed; // in ms
    int64_t told;           // when it was last reported
    double told_fraction;
    int64_t eta; // at `changed`; -1 unknown
} tc_progress;

typedef struct tc_job {
    struct tc_job *next;
    uint32_t serial; // the pool's own, in messages to workers; never used twice
    tc_request request;
    uint32_t want;              // bits as in message.h
    char *pipeline;             // text form
    char *upload, *tiles, *out; // paths
    tc_job_phase phase;
    bool begun;      // a worker has had it
    bool may_share;  // its picture may come to rank 0
    bool encode_out; // ENCODE: it is at a worker
    int losses;      // workers that it has cost
    struct {
        tc_message_kind kind;
        int stage, tile;
    } culprit;        // the task at which this pool lost one
    tc_format format; // of the upload
    char warning[256];
    uint64_t bytes; // of the result file
    tc_plan plan;   // once the picture is known
    bool planned;
    tc_blob told;  // codes; a job that is begun again does not tell them again
    int side;      // of its tiles
    int stage;     // that is worked on
    uint32_t step; // TC_PHASE_...
    tc_run run;
    bool running;     // `run` is in use
    int shown;        // SHOW: tiles done
    bool *knows_plan; // of each rank
    int *knows_stage; // the last stage whose merged result it has
    tc_tilefile file;
    tc_progress progress;
} tc_job;

// Reads a `run` message. NULL, with the message, on failure; the caller destroys the job.
tc_job *tc_job_new(const tc_json *message, uint32_t serial, int ranks, tc_error *error);
void tc_job_destroy(tc_job *job);
// Plans for a picture; it may be planned for already, by its header.
tc_status tc_job_plan(tc_job *job, tc_shape source, int64_t max_pixels, tc_error *error);
// Weighs the parts; `workers`: how many will share the tiles.
void tc_job_weigh(tc_job *job, int workers);
// Back to the start, after the loss of the worker that had it.
void tc_job_reset(tc_job *job);
// Notes how far the current phase (TC_PHASE_...) is.
void tc_job_advance(tc_job *job, uint32_t phase, double done, double total);
// What is being computed, for people: "decode", "gaussian_blur, canny", "encode".
void tc_job_step_name(const tc_job *job, int stage, char *text, size_t size);

#endif
