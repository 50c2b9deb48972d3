// Creates jobs, changes their states and ends them. What the client is sent is left in the job's outbox.
#include "backend/jobs.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/assert.h"
#include "system/clock.h"

void tc_gateway_jobs_init(tc_gateway_jobs *jobs, tc_spool *spool, const tc_gateway_job_limits *limits,
                          void (*changed)(void *user), void *user) {
    *jobs = (tc_gateway_jobs){.spool = spool, .limits = *limits, .changed = changed, .user = user};
}

tc_gateway_job *tc_gateway_jobs_find_running(const tc_gateway_jobs *jobs, double number) {
    tc_gateway_job *job = jobs->running;
    while (job && job->number != number) job = job->next_running;
    return job;
}

static void notify(const tc_gateway_job *job) {
    if (job->session) tc_session_notify(job->session);
}

// ---- States

static bool is_in_pool(const tc_gateway_job *job) {
    return job->state == TC_GATEWAY_JOB_RUNNING || job->state == TC_GATEWAY_JOB_STOPPING;
}

static void count(const tc_gateway_job *job, int by) {
    tc_gateway_job_counts *counts = &job->jobs->counts;
    bool queued = job->state == TC_GATEWAY_JOB_QUEUED;
    if (job->state != TC_GATEWAY_JOB_ENDED) counts->active += by;
    if (is_in_pool(job)) counts->running += by;
    if (queued) counts->queued += by;
    if (job->queue.suspect && (queued || is_in_pool(job))) counts->suspects += by;
    TC_ASSERT(counts->active >= 0 && counts->running >= 0 && counts->queued >= 0 && counts->suspects >= 0);
}

static void remove_running(tc_gateway_job *job) {
    tc_gateway_job **link = &job->jobs->running;
    while (*link && *link != job) link = &(*link)->next_running;
    TC_ASSERT(*link == job);
    *link = job->next_running;
}

static void set_state(tc_gateway_job *job, tc_gateway_job_state state) {
    tc_gateway_jobs *jobs = job->jobs;
    bool was_in_pool = is_in_pool(job);
    if (job->state == TC_GATEWAY_JOB_QUEUED) tc_job_queue_remove(&jobs->queue, &job->queue);
    count(job, -1);
    job->state = state;
    count(job, 1);
    if (was_in_pool && !is_in_pool(job)) remove_running(job);
    if (!was_in_pool && is_in_pool(job)) {
        job->next_running = jobs->running;
        jobs->running = job;
    }
    if (state == TC_GATEWAY_JOB_QUEUED) tc_job_queue_push(&jobs->queue, &job->queue);
    TC_ASSERT(jobs->counts.queued == jobs->queue.count);
    jobs->changed(jobs->user);
}

// ---- End

void tc_gateway_job_destroy(tc_gateway_job *job) {
    TC_ASSERT(!is_in_pool(job));
    if (job->state != TC_GATEWAY_JOB_ENDED) set_state(job, TC_GATEWAY_JOB_ENDED);
    if (job->session) tc_session_remove(job->session, &job->outbox);
    tc_job_outbox_clear(&job->outbox);
    tc_job_files_clear(&job->files);
    tc_reported_clear(&job->reported);
    free(job);
}

// Ends the job with `message` for its client. Without `deliver`, results that have not been sent are dropped. A job
// whose client has gone is destroyed.
static void end(tc_gateway_job *job, const tc_json *message, bool deliver) {
    if (job->state != TC_GATEWAY_JOB_ENDED) set_state(job, TC_GATEWAY_JOB_ENDED);
    if (!job->session) {
        tc_gateway_job_destroy(job);
        return;
    }
    tc_job_files_remove_upload(&job->files);
    tc_job_outbox_set_end(&job->outbox, message, deliver);
    if (!deliver) tc_job_files_remove_results(&job->files);
    notify(job);
}

static tc_json *new_message(const tc_gateway_job *job, const char *type) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", type);
    tc_json_set_number(message, "job", job->outbox.number);
    return message;
}

static void end_cancelled(tc_gateway_job *job) {
    tc_json *message = new_message(job, "cancelled");
    end(job, message, false);
    tc_json_destroy(message);
}

void tc_gateway_job_set_failed(tc_gateway_job *job, const tc_error *error) {
    TC_ASSERT(error->status != TC_OK);
    tc_json *message = new_message(job, "failed");
    tc_json_set_string(message, "status", tc_status_name(error->status));
    tc_json_set_string(message, "error", error->text);
    job->jobs->counts.failed++;
    end(job, message, false);
    tc_json_destroy(message);
}

void tc_gateway_job_set_done(tc_gateway_job *job, const tc_json *message) {
    TC_ASSERT(job->state == TC_GATEWAY_JOB_RUNNING);
    tc_job_files_unlink_results(&job->files);
    job->jobs->counts.done++;
    end(job, message, true);
}

// ---- Stop

static void stop(tc_gateway_job *job) {
    TC_ASSERT(job->state == TC_GATEWAY_JOB_RUNNING);
    job->cancel_sent = false;
    tc_job_outbox_drop_results(&job->outbox);
    set_state(job, TC_GATEWAY_JOB_STOPPING);
}

void tc_gateway_job_set_stopped(tc_gateway_job *job) {
    TC_ASSERT(is_in_pool(job));
    if (job->failure.status)
        tc_gateway_job_set_failed(job, &job->failure);
    else
        end_cancelled(job);
}

void tc_gateway_job_cancel(tc_gateway_job *job) {
    if (job->state == TC_GATEWAY_JOB_RUNNING)
        stop(job);
    else if (job->state == TC_GATEWAY_JOB_UPLOADING || job->state == TC_GATEWAY_JOB_QUEUED)
        end_cancelled(job);
}

void tc_gateway_job_fail(tc_gateway_job *job, const tc_error *error) {
    if (job->state == TC_GATEWAY_JOB_RUNNING) {
        job->failure = *error;
        stop(job);
    } else if (job->state != TC_GATEWAY_JOB_STOPPING) {
        tc_gateway_job_set_failed(job, error);
    }
}

void tc_gateway_job_abandon(tc_gateway_job *job) {
    TC_ASSERT(job->session);
    if (!is_in_pool(job)) {
        tc_gateway_job_destroy(job);
        return;
    }
    tc_session_remove(job->session, &job->outbox);
    job->session = NULL;
    if (job->state == TC_GATEWAY_JOB_RUNNING) stop(job);
}

// ---- In the pool

void tc_gateway_job_set_running(tc_gateway_job *job) {
    TC_ASSERT(job->state == TC_GATEWAY_JOB_QUEUED && job->session);
    set_state(job, TC_GATEWAY_JOB_RUNNING);
}

static void set_suspect(tc_gateway_job *job, bool suspect) {
    count(job, -1);
    job->queue.suspect = suspect;
    count(job, 1);
}

void tc_gateway_job_requeue(tc_gateway_job *job, bool blamed) {
    TC_ASSERT(is_in_pool(job));
    tc_job_outbox_drop_results(&job->outbox);
    tc_job_files_remove_results(&job->files);
    job->pool_deaths += blamed;
    if (job->state == TC_GATEWAY_JOB_STOPPING) {
        tc_gateway_job_set_stopped(job);
    } else if (job->pool_deaths >= TC_MAX_POOL_DEATHS) {
        tc_error error;
        tc_fail(&error, TC_ERR_INTERNAL,
                "the pool of workers died %d times while it computed this picture; it is not tried again",
                job->pool_deaths);
        tc_gateway_job_set_failed(job, &error);
    } else {
        set_suspect(job, job->pool_deaths == TC_MAX_POOL_DEATHS - 1);
        set_state(job, TC_GATEWAY_JOB_QUEUED);
    }
}

// ---- Begin

// A new job, which does not count as active yet. NULL when out of memory.
static tc_gateway_job *new_job(tc_gateway_jobs *jobs, tc_session *session, uint32_t number, uint32_t client_number) {
    tc_gateway_job *job = calloc(1, sizeof *job);
    if (!job) return NULL;
    job->jobs = jobs;
    job->session = session;
    job->number = number;
    job->state = TC_GATEWAY_JOB_ENDED;
    char id[TC_JOB_ID];
    snprintf(id, sizeof id, "%016llx",
             (unsigned long long)(jobs->limits.instance ^ (uint64_t)number * 0x9e3779b97f4a7c15u));
    tc_job_files_init(&job->files, jobs->spool, number);
    tc_job_outbox_init(&job->outbox, job, client_number, id);
    tc_session_add(session, &job->outbox);
    return job;
}

// A refused job ends as soon as it is created, so that its `failed` is sent in order with the messages of other jobs.
void tc_gateway_jobs_refuse(tc_gateway_jobs *jobs, tc_session *session, uint32_t number, const tc_error *error) {
    if (session->outbox_count >= 2 * jobs->limits.jobs_per_client) {
        tc_session_fail(session, TC_CLOSE_POLICY, "too many jobs whose end the client has not read");
        return;
    }
    tc_gateway_job *job = new_job(jobs, session, 0, number);
    if (job)
        tc_gateway_job_set_failed(job, error);
    else
        tc_session_fail(session, TC_CLOSE_SERVER_FAULT, "the server is out of memory; try again later");
}

static tc_status check_limits(const tc_gateway_jobs *jobs, const tc_session *session, const tc_request *request,
                              tc_error *error) {
    const tc_gateway_job_limits *limits = &jobs->limits;
    if (request->size == 0) return tc_fail(error, TC_ERR_FORMAT, "the file is empty");
    if (request->size > limits->file_bytes)
        return tc_fail(error, TC_ERR_LIMIT, "the file has %llu bytes; this server accepts at most %llu (%.4g MiB)",
                       (unsigned long long)request->size, (unsigned long long)limits->file_bytes,
                       (double)limits->file_bytes / (1 << 20));
    if (session->outbox_count >= limits->jobs_per_client)
        return tc_fail(error, TC_ERR_LIMIT,
                       "%d jobs are under way on this connection, and no more are accepted until one ends",
                       session->outbox_count);
    if (jobs->counts.active >= TC_MAX_GATEWAY_JOBS)
        return tc_fail(error, TC_ERR_LIMIT, "%d jobs are under way on this server; try again later",
                       jobs->counts.active);
    if (jobs->spool->used + request->size > jobs->spool->max) return tc_job_files_fail_full(error);
    return TC_OK;
}

void tc_gateway_jobs_submit(tc_gateway_jobs *jobs, tc_session *session, tc_queue_owner *owner,
                            const tc_request *request) {
    tc_error error;
    tc_gateway_job *job = NULL;
    tc_status status = check_limits(jobs, session, request, &error);
    if (!status) {
        job = new_job(jobs, session, ++jobs->last_number, request->job);
        if (!job) status = tc_fail(&error, TC_ERR_MEMORY, "the server is out of memory; try again later");
    }
    if (status) {
        tc_gateway_jobs_refuse(jobs, session, request->job, &error);
        return;
    }
    job->request = *request;
    job->queue = (tc_queue_entry){.job = job, .owner = owner, .number = job->number};
    set_state(job, TC_GATEWAY_JOB_UPLOADING);
    if (tc_job_files_create_upload(&job->files, &error)) {
        tc_gateway_job_set_failed(job, &error);
        return;
    }
    job->outbox.credit = request->size < TC_UPLOAD_WINDOW ? request->size : TC_UPLOAD_WINDOW;
    job->outbox.send_accepted = job->outbox.send_credit = true;
    notify(job);
}

// ---- Upload

static void extend_credit(tc_gateway_job *job) {
    uint64_t received = job->files.uploaded, size = job->request.size;
    if (job->outbox.credit == size || job->outbox.credit - received > TC_UPLOAD_WINDOW / 2) return;
    uint64_t credit = received + TC_UPLOAD_WINDOW;
    job->outbox.credit = credit < size ? credit : size;
    job->outbox.send_credit = true;
    notify(job);
}

void tc_gateway_job_upload(tc_gateway_job *job, const uint8_t *bytes, size_t size) {
    TC_ASSERT(job->state == TC_GATEWAY_JOB_UPLOADING);
    TC_ASSERT(size <= job->outbox.credit - job->files.uploaded && job->outbox.credit <= job->request.size);
    tc_error error;
    if (tc_job_files_append_upload(&job->files, bytes, size, &error)) {
        tc_gateway_job_set_failed(job, &error);
    } else if (job->files.uploaded < job->request.size) {
        extend_credit(job);
    } else {
        tc_job_files_close_upload(&job->files);
        job->outbox.send_credit = false;
        job->uploaded_us = tc_clock_us();
        set_state(job, TC_GATEWAY_JOB_QUEUED);
    }
}
