// The distributed jobs whose tiles a worker computes: their plans and merged results.
#ifndef TC_MPI_WORKERS_WORKER_JOB_H
#define TC_MPI_WORKERS_WORKER_JOB_H

#include "mpi_workers/worker.h"

typedef struct tc_worker_job {
    struct tc_worker_job *next;
    uint32_t serial;
    tc_plan plan;
    tc_blob merged; // what stage `merged_stage` begins with
    int merged_stage;
} tc_worker_job;

// The job with this serial number; NULL if its plan has not been received.
tc_worker_job *tc_worker_job_find(const tc_worker *worker, uint32_t serial);
// Handles PLAN. A job that cannot be planned fails.
void tc_worker_job_add(tc_worker *worker, tc_message *message);
// Handles MERGED; takes ownership of the payload. Ignored for a job that has ended.
void tc_worker_job_set_merged(tc_worker *worker, tc_message *message);
// Frees the job, if it is there.
void tc_worker_job_remove(tc_worker *worker, uint32_t serial);

#endif
