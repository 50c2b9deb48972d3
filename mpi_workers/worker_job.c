// A list of jobs.
#include "mpi_workers/worker_job.h"

#include <stdlib.h>

tc_worker_job *tc_worker_job_find(const tc_worker *worker, uint32_t serial) {
    tc_worker_job *job = worker->jobs;
    while (job && job->serial != serial) job = job->next;
    return job;
}

void tc_worker_job_add(tc_worker *worker, tc_message *message) {
    TC_ASSERT(message->kind == TC_MSG_PLAN);
    TC_ASSERT(!tc_worker_job_find(worker, message->job));
    tc_worker_job *job = calloc(1, sizeof *job);
    tc_error error = {TC_ERR_MEMORY, "not enough memory for a plan"};
    tc_shape source = {message->in.width, message->in.height, message->channels};
    if (!job || tc_worker_plan(worker, message, source, &job->plan, &error) != TC_OK) {
        tc_worker_send_failure(worker, message->job, 0, &error);
        if (job) tc_plan_clear(&job->plan);
        free(job);
        return;
    }
    job->serial = message->job;
    job->next = worker->jobs;
    worker->jobs = job;
}

void tc_worker_job_set_merged(tc_worker *worker, tc_message *message) {
    TC_ASSERT(message->kind == TC_MSG_MERGED);
    tc_worker_job *job = tc_worker_job_find(worker, message->job);
    if (!job) return;
    tc_blob_clear(&job->merged);
    job->merged = (tc_blob){message->payload, message->size};
    job->merged_stage = message->stage;
    message->payload = NULL;
}

void tc_worker_job_remove(tc_worker *worker, uint32_t serial) {
    for (tc_worker_job **link = &worker->jobs; *link; link = &(*link)->next) {
        tc_worker_job *job = *link;
        if (job->serial != serial) continue;
        *link = job->next;
        tc_plan_clear(&job->plan);
        tc_blob_clear(&job->merged);
        free(job);
        return;
    }
}
