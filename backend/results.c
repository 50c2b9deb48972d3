// Puts reports of the pool into the log of the job that they are about.
#include "backend/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/assert.h"
#include "system/clock.h"

static const double max_tile_bytes = TC_WIRE_HEADER + (double)TC_WIRE_MAX_PAYLOAD;

static tc_status fail_memory(tc_error *error) {
    return tc_fail(error, TC_ERR_MEMORY, "the server is out of memory; try again later");
}

static tc_status on_picture(tc_gateway_job *job, tc_json *message, tc_error *error) {
    job->log.last_stage = tc_json_count(tc_json_member(message, "stages")) - 1;
    tc_json_set_number(message, "attempt", job->files.attempt);
    return tc_job_log_set_picture(&job->log, message, error);
}

// What a client sees never falls, although a pool that was started again begins anew.
static tc_status on_progress(tc_gateway_job *job, tc_json *message, tc_error *error) {
    double done = tc_json_number(message, "done", 0), total = tc_json_number(message, "total", 0);
    if (!(total > 0) || !(done >= 0 && done < total)) return TC_OK;
    TC_ASSERT(job->progress >= 0 && job->progress < 1);
    if (done / total < job->progress) {
        tc_json_set_number(message, "done", job->progress * total);
        tc_json_set_number(message, "eta_ms", -1);
    } else {
        job->progress = done / total;
    }
    return tc_job_log_set_progress(&job->log, message, error);
}

static tc_status on_code(tc_gateway_job *job, tc_json *message, tc_error *error) {
    bool is_new = false;
    char *text = tc_json_print(message);
    tc_status status = text ? tc_reported_add_code(&job->reported, message, &is_new, error) : fail_memory(error);
    if (!status && is_new) status = tc_job_log_push_found(&job->log, text, error);
    free(text);
    return status;
}

static tc_status on_lines(tc_gateway_job *job, tc_json *message, tc_error *error) {
    bool is_new = false;
    char *text = tc_json_print(message);
    tc_status status = text ? tc_reported_add_lines(&job->reported, text, &is_new, error) : fail_memory(error);
    if (!status && is_new) status = tc_job_log_push_found(&job->log, text, error);
    free(text);
    return status;
}

static tc_status on_tile(tc_gateway_job *job, tc_json *message, tc_error *error) {
    double offset = tc_json_number(message, "offset", -1), length = tc_json_number(message, "length", -1);
    if (offset != (double)job->files.tiles || !(length >= TC_WIRE_HEADER && length <= max_tile_bytes))
        return tc_fail(error, TC_ERR_INTERNAL, "the pool has sent tiles in a wrong order");
    return tc_gateway_job_add_tile(job, (uint64_t)length, error);
}

// Lost a worker at this job. The pool refuses a job that has cost too many.
static tc_status on_rank(tc_gateway_job *job, tc_json *message, tc_error *error) {
    (void)message, (void)error;
    job->lost_workers++;
    return TC_OK;
}

static void on_done(tc_gateway_job *job, tc_json *message) {
    tc_error error;
    if (job->request.want_file && tc_job_files_count_result(&job->files, &error)) {
        tc_gateway_job_set_failed(job, &error);
        return;
    }
    int64_t us = tc_clock_us() - job->uploaded_us;
    TC_ASSERT(us >= 0);
    tc_json_set_number(message, "ms", floor((double)us / 1000));
    tc_json_set_number(message, "bytes", (double)job->files.result);
    tc_gateway_job_set_done(job, message);
}

static void on_failed(tc_gateway_job *job, tc_json *message) {
    tc_error error;
    tc_status status = tc_status_find(tc_json_string(message, "status", ""));
    tc_fail(&error, status ? status : TC_ERR_INTERNAL, "%s",
            tc_json_string(message, "error", "the pool could not compute the picture"));
    tc_gateway_job_set_failed(job, &error);
}

static void on_cancelled(tc_gateway_job *job, tc_json *message) {
    (void)message;
    tc_gateway_job_set_stopped(job);
}

static const struct {
    const char *type;
    tc_status (*handle)(tc_gateway_job *job, tc_json *message, tc_error *error);
} reports[] = {{"picture", on_picture}, {"progress", on_progress}, {"code", on_code},
               {"lines", on_lines},     {"tile", on_tile},         {"rank", on_rank}};

static const struct {
    const char *type;
    void (*handle)(tc_gateway_job *job, tc_json *message);
} ends[] = {{"done", on_done}, {"failed", on_failed}, {"cancelled", on_cancelled}};

static void handle_report(tc_gateway_job *job, const char *type, tc_json *message) {
    TC_ASSERT(job->state == TC_GATEWAY_JOB_RUNNING);
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
        if (strcmp(reports[i].type, type) != 0) continue;
        tc_error error;
        if (reports[i].handle(job, message, &error)) tc_gateway_job_fail(job, &error);
        return;
    }
}

static bool handle_end(tc_gateway_job *job, const char *type, tc_json *message) {
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (strcmp(ends[i].type, type) != 0) continue;
        if (job->state == TC_GATEWAY_JOB_STOPPING)
            tc_gateway_job_set_stopped(job); // however it ended
        else
            ends[i].handle(job, message);
        return true;
    }
    return false;
}

void tc_results_handle(tc_gateway_jobs *jobs, const char *type, tc_json *message) {
    tc_gateway_job *job = tc_gateway_jobs_find_running(jobs, tc_json_number(message, "job", 0));
    if (!job) return;
    tc_json_remove(message, "job"); // each client has a number of its own
    if (handle_end(job, type, message) || job->state == TC_GATEWAY_JOB_STOPPING) return;
    handle_report(job, type, message);
    tc_gateway_job_notify(job);
}
