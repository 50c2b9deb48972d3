// Creates jobs, changes their states and ends them. What the client is sent is left in the job's outbox.
#include "backend/jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "system/clock.h"

void tc_gateway_jobs_init(tc_gateway_jobs *jobs, tc_spool *spool, tc_store *store, const tc_gateway_job_limits *limits,
                          void (*changed)(void *user), void *user) {
    *jobs = (tc_gateway_jobs){.spool = spool, .store = store, .limits = *limits, .changed = changed, .user = user};
    tc_job_queue_add_owner(&jobs->queue, &jobs->detached);
}

tc_gateway_job *tc_gateway_jobs_find_running(const tc_gateway_jobs *jobs, double number) {
    tc_gateway_job *job = jobs->running;
    while (job && job->number != number) job = job->next_running;
    return job;
}

void tc_gateway_job_notify(const tc_gateway_job *job) {
    for (tc_job_watcher *watcher = job->watchers; watcher; watcher = watcher->next) tc_session_notify(watcher->session);
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
    job->active_us = tc_clock_us();
    jobs->changed(jobs->user);
}

// ---- Store

static tc_status insert(tc_gateway_job *job, tc_error *error) {
    tc_json *message = tc_request_to_json(&job->request);
    char *request = tc_json_print(message);
    tc_json_destroy(message);
    if (!request) return tc_fail(error, TC_ERR_MEMORY, "the server is out of memory; try again later");
    const tc_stored_job stored = {
        .number = job->number, .id = job->log.id, .secret = job->log.secret, .request = request};
    tc_status status = tc_store_insert(job->jobs->store, &stored, error);
    job->stored = status == TC_OK;
    free(request);
    return status;
}

// A state that cannot be stored is computed again after a restart.
static void update(const tc_gateway_job *job) {
    if (!job->stored) return;
    bool ended = job->state == TC_GATEWAY_JOB_ENDED;
    const tc_stored_job stored = {.number = job->number,
                                  .state = ended                                    ? TC_STORED_ENDED
                                           : job->state == TC_GATEWAY_JOB_UPLOADING ? TC_STORED_UPLOADING
                                                                                    : TC_STORED_UPLOADED,
                                  .attempt = job->files.attempt,
                                  .done = job->done,
                                  .picture = ended ? job->log.picture : NULL,
                                  .end = ended ? job->log.end : NULL};
    tc_error error;
    if (tc_store_update(job->jobs->store, &stored, &error)) fprintf(stderr, "tilecastd: %s\n", error.text);
}

static void remove_row(const tc_gateway_job *job) {
    tc_error error;
    if (job->stored && tc_store_delete(job->jobs->store, job->number, &error))
        fprintf(stderr, "tilecastd: %s\n", error.text);
}

// ---- Watchers

// NULL when out of memory.
static tc_job_watcher *add_watcher(tc_gateway_job *job, tc_session *session, uint32_t number) {
    tc_job_watcher *watcher = calloc(1, sizeof *watcher);
    if (!watcher) return NULL;
    tc_job_outbox_init(&watcher->outbox, job, number, &job->log);
    watcher->session = session;
    watcher->next = job->watchers;
    job->watchers = watcher;
    tc_session_add(session, &watcher->outbox);
    return watcher;
}

static void remove_watcher(tc_job_watcher *watcher) {
    tc_gateway_job *job = watcher->outbox.job;
    tc_job_watcher **link = &job->watchers;
    while (*link && *link != watcher) link = &(*link)->next;
    TC_ASSERT(*link == watcher);
    *link = watcher->next;
    if (job->uploader == watcher->session) job->uploader = NULL;
    tc_session_remove(watcher->session, &watcher->outbox);
    tc_job_outbox_clear(&watcher->outbox);
    free(watcher);
}

static void drop_results(const tc_gateway_job *job) {
    for (tc_job_watcher *watcher = job->watchers; watcher; watcher = watcher->next)
        tc_job_outbox_drop_results(&watcher->outbox);
}

// ---- End

static void release_memory(tc_gateway_job *job) {
    tc_gateway_jobs *jobs = job->jobs;
    TC_ASSERT(!is_in_pool(job));
    if (job->state != TC_GATEWAY_JOB_ENDED) set_state(job, TC_GATEWAY_JOB_ENDED);
    while (job->watchers) remove_watcher(job->watchers);
    *(job->previous ? &job->previous->next : &jobs->first) = job->next;
    if (job->next) job->next->previous = job->previous;
    jobs->total--;
    tc_job_log_clear(&job->log);
    tc_reported_clear(&job->reported);
    free(job);
}

static void destroy(tc_gateway_job *job) {
    remove_row(job);
    tc_job_files_clear(&job->files);
    release_memory(job);
}

static void destroy_unless_needed(tc_gateway_job *job) {
    if (job->state == TC_GATEWAY_JOB_ENDED && !job->watchers && !job->log.durable) destroy(job);
}

// Ends the job with `message` for its clients. Without `deliver`, results are dropped.
static void end(tc_gateway_job *job, const tc_json *message, bool deliver) {
    if (job->state != TC_GATEWAY_JOB_ENDED) set_state(job, TC_GATEWAY_JOB_ENDED);
    job->done = deliver;
    tc_job_log_set_end(&job->log, message);
    update(job); // before files are removed that a job which has not ended would need
    tc_job_files_remove_upload(&job->files);
    if (!deliver) {
        drop_results(job);
        tc_job_files_remove_results(&job->files);
    }
    tc_gateway_job_notify(job);
    destroy_unless_needed(job);
}

static void end_cancelled(tc_gateway_job *job) {
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "cancelled");
    end(job, message, false);
    tc_json_destroy(message);
}

void tc_gateway_job_set_failed(tc_gateway_job *job, const tc_error *error) {
    TC_ASSERT(error->status != TC_OK);
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "failed");
    tc_json_set_string(message, "status", tc_status_name(error->status));
    tc_json_set_string(message, "error", error->text);
    job->jobs->counts.failed++;
    end(job, message, false);
    tc_json_destroy(message);
}

// Each watcher gets a position in the result before the names of its files are removed.
static tc_status open_result(tc_gateway_job *job, tc_job_watcher *watcher, tc_error *error) {
    tc_file_cursor *file = &watcher->outbox.file;
    if (!job->request.want_file) return TC_OK;
    tc_status status = tc_job_files_open(&job->files, TC_JOB_FILE_RESULT, file, error);
    uint64_t start = watcher->outbox.file_start;
    if (!status && start <= file->end) file->position = start;
    return status;
}

void tc_gateway_job_set_done(tc_gateway_job *job, const tc_json *message) {
    TC_ASSERT(job->state == TC_GATEWAY_JOB_RUNNING);
    tc_error error;
    for (tc_job_watcher *watcher = job->watchers; watcher; watcher = watcher->next) {
        if (!open_result(job, watcher, &error)) continue;
        tc_gateway_job_set_failed(job, &error);
        return;
    }
    if (!job->log.durable) tc_job_files_unlink_results(&job->files);
    job->jobs->counts.done++;
    end(job, message, true);
}

void tc_gateway_job_delivered(tc_job_watcher *watcher) {
    tc_gateway_job *job = watcher->outbox.job;
    TC_ASSERT(job->state == TC_GATEWAY_JOB_ENDED);
    remove_watcher(watcher);
    destroy_unless_needed(job);
}

// ---- Stop

static void stop(tc_gateway_job *job) {
    TC_ASSERT(job->state == TC_GATEWAY_JOB_RUNNING);
    job->cancel_sent = false;
    drop_results(job);
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

void tc_gateway_job_leave(tc_job_watcher *watcher) {
    tc_gateway_job *job = watcher->outbox.job;
    remove_watcher(watcher);
    job->active_us = tc_clock_us();
    if (job->log.durable || job->watchers) return;
    if (!is_in_pool(job))
        destroy(job);
    else if (job->state == TC_GATEWAY_JOB_RUNNING)
        stop(job);
}

// ---- In the pool

tc_status tc_gateway_job_begin_attempt(tc_gateway_job *job, tc_error *error) {
    TC_ASSERT(job->state == TC_GATEWAY_JOB_QUEUED && job->files.uploaded == job->request.size);
    tc_status status = tc_job_files_begin_attempt(&job->files, error);
    update(job); // a process of an earlier attempt may still write to that one's files
    for (tc_job_watcher *watcher = job->watchers; watcher && !status; watcher = watcher->next)
        status = tc_job_files_open(&job->files, TC_JOB_FILE_TILES, &watcher->outbox.tiles, error);
    return status;
}

void tc_gateway_job_set_running(tc_gateway_job *job) {
    TC_ASSERT(job->state == TC_GATEWAY_JOB_QUEUED && job->files.attempt > 0);
    set_state(job, TC_GATEWAY_JOB_RUNNING);
}

tc_status tc_gateway_job_add_tile(tc_gateway_job *job, uint64_t size, tc_error *error) {
    TC_ASSERT(job->state == TC_GATEWAY_JOB_RUNNING);
    tc_status status = tc_job_files_reserve_tile(&job->files, size, error);
    if (status) return status;
    for (tc_job_watcher *watcher = job->watchers; watcher; watcher = watcher->next)
        watcher->outbox.tiles.end = job->files.tiles;
    return TC_OK;
}

static void set_suspect(tc_gateway_job *job, bool suspect) {
    count(job, -1);
    job->queue.suspect = suspect;
    count(job, 1);
}

void tc_gateway_job_requeue(tc_gateway_job *job, bool blamed) {
    TC_ASSERT(is_in_pool(job));
    drop_results(job);
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
static tc_gateway_job *new_job(tc_gateway_jobs *jobs, uint32_t number) {
    tc_gateway_job *job = calloc(1, sizeof *job);
    if (!job) return NULL;
    job->jobs = jobs;
    job->number = number;
    job->state = TC_GATEWAY_JOB_ENDED;
    job->active_us = tc_clock_us();
    tc_job_files_init(&job->files, jobs->spool, number);
    tc_job_log_init(&job->log, &job->files);
    job->next = jobs->first;
    if (job->next) job->next->previous = job;
    jobs->first = job;
    jobs->total++;
    return job;
}

// With a watcher. NULL when out of memory.
static tc_gateway_job *new_watched_job(tc_gateway_jobs *jobs, uint32_t number, tc_session *session,
                                       uint32_t client_number) {
    tc_gateway_job *job = new_job(jobs, number);
    if (!job || add_watcher(job, session, client_number)) return job;
    destroy(job);
    return NULL;
}

// A refused job ends as soon as it is created, so that its `failed` is sent in order with the messages of other jobs.
void tc_gateway_jobs_refuse(tc_gateway_jobs *jobs, tc_session *session, uint32_t number, const tc_error *error) {
    if (session->outbox_count >= 2 * jobs->limits.jobs_per_client) {
        tc_session_fail(session, TC_CLOSE_POLICY, "too many jobs whose end the client has not read");
        return;
    }
    tc_gateway_job *job = new_watched_job(jobs, 0, session, number);
    if (job)
        tc_gateway_job_set_failed(job, error);
    else
        tc_session_fail(session, TC_CLOSE_SERVER_FAULT, "the server is out of memory; try again later");
}

static tc_status check_count(const tc_gateway_jobs *jobs, const tc_session *session, tc_error *error) {
    if (session->outbox_count < jobs->limits.jobs_per_client) return TC_OK;
    return tc_fail(error, TC_ERR_LIMIT,
                   "%d jobs are under way on this connection, and no more are accepted until one ends",
                   session->outbox_count);
}

// By the secret, and by the id if that is not "".
static tc_gateway_job *find_durable(const tc_gateway_jobs *jobs, const char *id, const char *secret) {
    for (tc_gateway_job *job = jobs->first; job; job = job->next)
        if (job->log.durable && (!id[0] || strcmp(job->log.id, id) == 0) && tc_job_log_is_secret(&job->log, secret))
            return job;
    return NULL;
}

// Destroys the oldest result that nobody is attached to. False if there is none.
static bool evict(tc_gateway_jobs *jobs) {
    tc_gateway_job *oldest = NULL;
    for (tc_gateway_job *job = jobs->first; job; job = job->next)
        if (job->state == TC_GATEWAY_JOB_ENDED && !job->watchers) oldest = job;
    if (oldest) destroy(oldest);
    return oldest != NULL;
}

static tc_status check_limits(tc_gateway_jobs *jobs, const tc_session *session, const tc_request *request,
                              tc_error *error) {
    const tc_gateway_job_limits *limits = &jobs->limits;
    if (request->size == 0) return tc_fail(error, TC_ERR_FORMAT, "the file is empty");
    if (request->size > limits->file_bytes)
        return tc_fail(error, TC_ERR_LIMIT, "the file has %llu bytes; this server accepts at most %llu (%.4g MiB)",
                       (unsigned long long)request->size, (unsigned long long)limits->file_bytes,
                       (double)limits->file_bytes / (1 << 20));
    tc_status status = check_count(jobs, session, error);
    if (status) return status;
    if (request->secret[0] && find_durable(jobs, "", request->secret))
        return tc_fail(error, TC_ERR_ARGUMENT, "the secret belongs to another job; each job needs one of its own");
    while ((jobs->total >= TC_MAX_GATEWAY_JOBS || jobs->spool->used + request->size > jobs->spool->max / 4 * 3) &&
           evict(jobs))
        continue;
    if (jobs->total >= TC_MAX_GATEWAY_JOBS)
        return tc_fail(error, TC_ERR_LIMIT, "%d jobs are under way on this server; try again later", jobs->total);
    if (jobs->spool->used + request->size > jobs->spool->max) return tc_job_files_fail_full(error);
    return TC_OK;
}

void tc_gateway_jobs_submit(tc_gateway_jobs *jobs, tc_session *session, tc_queue_owner *owner,
                            const tc_request *request) {
    tc_error error;
    tc_gateway_job *job = NULL;
    tc_status status = check_limits(jobs, session, request, &error);
    if (!status) {
        job = new_watched_job(jobs, ++jobs->last_number, session, request->job);
        if (!job) status = tc_fail(&error, TC_ERR_MEMORY, "the server is out of memory; try again later");
    }
    if (status) {
        tc_gateway_jobs_refuse(jobs, session, request->job, &error);
        return;
    }
    job->request = *request;
    job->queue = (tc_queue_entry){.job = job, .owner = owner, .number = job->number};
    job->uploader = session;
    job->log.durable = request->durable;
    tc_job_log_set_name(&job->log, request->secret);
    set_state(job, TC_GATEWAY_JOB_UPLOADING);
    status = tc_job_files_create_upload(&job->files, &error);
    if (!status && request->durable && jobs->store) status = insert(job, &error);
    if (status) {
        job->log.durable = false;
        tc_gateway_job_set_failed(job, &error);
        return;
    }
    job->log.credit = request->size < TC_UPLOAD_WINDOW ? request->size : TC_UPLOAD_WINDOW;
    job->watchers->outbox.send_accepted = job->watchers->outbox.send_credit = true;
    tc_gateway_job_notify(job);
}

// ---- Upload

static void extend_credit(tc_gateway_job *job) {
    uint64_t received = job->files.uploaded, size = job->request.size;
    if (job->log.credit == size || job->log.credit - received > TC_UPLOAD_WINDOW / 2) return;
    uint64_t credit = received + TC_UPLOAD_WINDOW;
    job->log.credit = credit < size ? credit : size;
    for (tc_job_watcher *watcher = job->watchers; watcher; watcher = watcher->next)
        watcher->outbox.send_credit = watcher->session == job->uploader;
    tc_gateway_job_notify(job);
}

void tc_gateway_job_upload(tc_gateway_job *job, const uint8_t *bytes, size_t size) {
    TC_ASSERT(job->state == TC_GATEWAY_JOB_UPLOADING);
    TC_ASSERT(size <= job->log.credit - job->files.uploaded && job->log.credit <= job->request.size);
    tc_error error;
    if (tc_job_files_append_upload(&job->files, bytes, size, &error)) {
        tc_gateway_job_set_failed(job, &error);
    } else if (job->files.uploaded < job->request.size) {
        extend_credit(job);
    } else {
        tc_job_files_close_upload(&job->files);
        for (tc_job_watcher *watcher = job->watchers; watcher; watcher = watcher->next)
            watcher->outbox.send_credit = false;
        job->uploaded_us = tc_clock_us();
        set_state(job, TC_GATEWAY_JOB_QUEUED);
        update(job);
    }
}

// ---- Durable jobs

static void set_owner(tc_gateway_job *job, tc_queue_owner *owner) {
    bool queued = job->queue.queued;
    if (queued) tc_job_queue_remove(&job->jobs->queue, &job->queue);
    job->queue.owner = owner;
    if (queued) tc_job_queue_push(&job->jobs->queue, &job->queue);
}

static void resume_upload(tc_gateway_job *job, tc_job_watcher *watcher) {
    uint64_t credit = job->files.uploaded + TC_UPLOAD_WINDOW;
    job->uploader = watcher->session; // an older connection may not have been found dead yet
    job->log.credit = credit < job->request.size ? credit : job->request.size;
    watcher->outbox.send_credit = true;
}

static tc_status resume_results(tc_gateway_job *job, tc_job_watcher *watcher, const tc_job_resume *resume,
                                tc_error *error) {
    tc_status status = TC_OK;
    bool has_tiles = job->state == TC_GATEWAY_JOB_RUNNING || job->done;
    if (has_tiles && job->request.want_tiles)
        status = tc_job_files_open(&job->files, TC_JOB_FILE_TILES, &watcher->outbox.tiles, error);
    if (!status && has_tiles && resume->attempt == job->files.attempt)
        tc_job_outbox_skip_tiles(&watcher->outbox, resume->stage, resume->x, resume->y);
    if (!status && job->done) status = open_result(job, watcher, error);
    return status;
}

void tc_gateway_jobs_attach(tc_gateway_jobs *jobs, tc_session *session, tc_queue_owner *owner,
                            const tc_job_resume *resume) {
    tc_error error;
    tc_status status = check_count(jobs, session, &error);
    tc_gateway_job *job = find_durable(jobs, resume->id, resume->secret);
    if (!status && !job)
        status = tc_fail(&error, TC_ERR_GONE, "the server does not store this job: it has expired, or was released");
    tc_job_watcher *watcher = status ? NULL : add_watcher(job, session, resume->number);
    if (!status && !watcher) status = tc_fail(&error, TC_ERR_MEMORY, "the server is out of memory; try again later");
    if (status) {
        tc_gateway_jobs_refuse(jobs, session, resume->number, &error);
        return;
    }
    set_owner(job, owner);
    watcher->outbox.send_attached = true;
    watcher->outbox.found_position = tc_job_log_skip_found(&job->log, resume->found);
    watcher->outbox.file_start = resume->file_offset;
    if (resume->upload && job->state == TC_GATEWAY_JOB_UPLOADING) resume_upload(job, watcher);
    if (resume_results(job, watcher, resume, &error)) tc_gateway_job_fail(job, &error);
    tc_session_notify(session);
}

void tc_gateway_jobs_release(tc_gateway_jobs *jobs, const char *id, const char *secret) {
    tc_gateway_job *job = find_durable(jobs, id, secret);
    if (!job) return;
    job->log.durable = false;
    if (job->state == TC_GATEWAY_JOB_ENDED)
        destroy_unless_needed(job);
    else
        tc_gateway_job_cancel(job);
}

void tc_gateway_jobs_disown(tc_gateway_jobs *jobs, tc_queue_owner *owner) {
    for (tc_gateway_job *job = jobs->first; job; job = job->next)
        if (job->queue.owner == owner) set_owner(job, &jobs->detached);
}

bool tc_gateway_jobs_expire(tc_gateway_jobs *jobs) {
    int64_t oldest = tc_clock_us() - (int64_t)jobs->limits.keep_s * 1000000;
    bool more = false;
    for (tc_gateway_job *job = jobs->first, *next; job; job = next) {
        next = job->next;
        bool idle = job->state == TC_GATEWAY_JOB_ENDED || job->state == TC_GATEWAY_JOB_UPLOADING;
        if (!job->log.durable || job->watchers) continue;
        if (idle && job->active_us <= oldest)
            destroy(job);
        else
            more = true;
    }
    return more;
}

tc_gateway_job *tc_gateway_jobs_restore(tc_gateway_jobs *jobs, uint32_t number, const tc_request *request,
                                        const char *id, const char *secret) {
    tc_gateway_job *job = new_job(jobs, number);
    if (!job) return NULL;
    job->request = *request;
    job->queue = (tc_queue_entry){.job = job, .owner = &jobs->detached, .number = number};
    job->stored = job->log.durable = true;
    snprintf(job->log.id, sizeof job->log.id, "%s", id);
    snprintf(job->log.secret, sizeof job->log.secret, "%s", secret);
    return job;
}

void tc_gateway_job_restore(tc_gateway_job *job, tc_gateway_job_state state) {
    TC_ASSERT(job->stored && job->state == TC_GATEWAY_JOB_ENDED);
    TC_ASSERT(state == TC_GATEWAY_JOB_UPLOADING || state == TC_GATEWAY_JOB_QUEUED);
    job->log.credit = job->files.uploaded;
    job->uploaded_us = tc_clock_us();
    if (state == TC_GATEWAY_JOB_QUEUED) tc_job_files_close_upload(&job->files);
    set_state(job, state);
}

void tc_gateway_jobs_clear(tc_gateway_jobs *jobs) {
    while (jobs->first) {
        tc_gateway_job *job = jobs->first;
        TC_ASSERT(!job->watchers);
        if (!job->stored) {
            destroy(job);
            continue;
        }
        tc_job_files_leave(&job->files);
        release_memory(job);
    }
}
