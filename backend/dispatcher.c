// Decides how many jobs the pool gets at once, and builds its `run` and `cancel` messages.
#include "backend/dispatcher.h"

#include "core/assert.h"

static tc_status send_run(tc_gateway_job *job, tc_pool *pool, tc_error *error) {
    static const struct {
        const char *name;
        tc_job_file file;
    } paths[] = {{"upload", TC_JOB_FILE_UPLOAD}, {"tiles", TC_JOB_FILE_TILES}, {"out", TC_JOB_FILE_RESULT}};
    tc_json *message = tc_request_to_json(&job->request);
    tc_json_set_string(message, "type", "run");
    tc_json_set_number(message, "job", job->number);
    tc_json_set_number(message, "losses", job->lost_workers);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char path[TC_SPOOL_PATH];
        tc_job_files_path(&job->files, paths[i].file, path);
        tc_json_set_string(message, paths[i].name, path);
    }
    tc_status status = tc_pool_send(pool, message, error);
    tc_json_destroy(message);
    return status;
}

static void run_job(tc_gateway_job *job, tc_pool *pool) {
    tc_error error;
    tc_status status = tc_gateway_job_begin_attempt(job, &error);
    if (!status) status = send_run(job, pool, &error);
    if (status)
        tc_gateway_job_set_failed(job, &error);
    else
        tc_gateway_job_set_running(job);
}

// How many jobs the pool may have. With twice as many as workers, and a few more, it always has one to begin, and a
// client that comes late need not wait for all the jobs of an earlier one. A suspect runs alone, so that no other job
// is blamed for the next death of the pool.
static int max_running(const tc_gateway_jobs *jobs, int workers) {
    TC_ASSERT(workers >= 0);
    return jobs->counts.suspects > 0 ? 1 : 2 * workers + 2;
}

static tc_status send_cancels(tc_gateway_jobs *jobs, tc_pool *pool) {
    tc_status status = TC_OK;
    for (tc_gateway_job *job = jobs->running; job && !status; job = job->next_running) {
        if (job->state != TC_GATEWAY_JOB_STOPPING || job->cancel_sent) continue;
        status = tc_pool_send_number(pool, "cancel", "job", job->number, NULL);
        job->cancel_sent = status == TC_OK;
    }
    return status;
}

tc_status tc_dispatcher_run(tc_gateway_jobs *jobs, tc_pool *pool) {
    tc_status status = send_cancels(jobs, pool);
    tc_pool_info info = tc_pool_get_info(pool);
    if (info.outdated && jobs->counts.running == 0) tc_pool_renew(pool);
    if (status || jobs->counts.queued == 0 || info.state != TC_POOL_READY || info.outdated) return status;
    while (jobs->counts.queued > 0 && jobs->counts.running < max_running(jobs, info.workers)) {
        tc_queue_entry *entry = tc_job_queue_next(&jobs->queue, jobs->counts.suspects > 0);
        if (!entry) break; // a suspect is running
        run_job(entry->job, pool);
    }
    return TC_OK;
}

void tc_dispatcher_handle_loss(tc_gateway_jobs *jobs, bool blamed) {
    while (jobs->running) tc_gateway_job_requeue(jobs->running, blamed);
    TC_ASSERT(jobs->counts.running == 0);
}
