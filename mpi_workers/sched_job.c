// Creates job records from the gateway's messages; plans, restarts, and progress.
#include "mpi_workers/sched_job.h"

#include "core/assert.h"
#include "mpi_workers/estimate.h"
#include "mpi_workers/tiling.h"
#include "system/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static tc_status copy_path(const tc_json *message, const char *name, char **path, tc_error *error) {
    const char *text = tc_json_string(message, name, NULL);
    if (!text || !*text) return tc_fail(error, TC_ERR_PROTOCOL, "%s is missing", name);
    *path = strdup(text);
    return *path ? TC_OK : tc_fail(error, TC_ERR_MEMORY, "not enough memory for a job");
}

static tc_status read_run(tc_sched_job *job, const tc_json *message, tc_error *error) {
    tc_status status = tc_request_from_json(message, &job->request, error);
    if (status == TC_OK) status = copy_path(message, "upload", &job->upload_path, error);
    if (status == TC_OK) status = copy_path(message, "tiles", &job->tiles_path, error);
    if (status == TC_OK) status = copy_path(message, "out", &job->result_path, error);
    job->losses = (int)tc_json_number(message, "losses", 0);
    job->want = (job->request.want_tiles ? TC_WANT_TILES : 0u) | (job->request.want_file ? TC_WANT_FILE : 0u) |
                (job->request.want_preview ? TC_WANT_PREVIEW : 0u);
    if (status == TC_OK && !tc_pipeline_print(&job->request.pipeline, job->pipeline, TC_MAX_PIPELINE_TEXT))
        status = tc_fail(error, TC_ERR_ARGUMENT, "the pipeline is too long");
    return status;
}

tc_sched_job *tc_sched_job_new(const tc_json *message, uint32_t serial, int ranks, tc_error *error) {
    TC_ASSERT(serial != 0);
    TC_ASSERT(ranks >= 2);
    tc_sched_job *job = calloc(1, sizeof *job);
    tc_status status = tc_fail(error, TC_ERR_MEMORY, "not enough memory for a job");
    if (job) {
        job->serial = serial;
        job->pipeline = calloc(1, TC_MAX_PIPELINE_TEXT);
        job->plan_sent = calloc((size_t)ranks, sizeof *job->plan_sent);
        job->merged_sent = calloc((size_t)ranks, sizeof *job->merged_sent);
        job->progress.began_ms = tc_clock_ms();
        job->progress.eta_ms = -1;
        if (job->pipeline && job->plan_sent && job->merged_sent) status = read_run(job, message, error);
    }
    if (status == TC_OK) return job;
    tc_sched_job_destroy(job);
    return NULL;
}

void tc_sched_job_restart(tc_sched_job *job) {
    if (job->run_active) tc_run_clear(&job->run);
    tc_plan_clear(&job->plan);
    job->run_active = job->planned = job->encode_assigned = false;
    job->tiles_sent = job->stage = 0;
    job->phase = TC_PROGRESS_DECODE;
    job->state = TC_SCHED_JOB_WAITING;
}

void tc_sched_job_destroy(tc_sched_job *job) {
    if (!job) return;
    tc_sched_job_restart(job);
    tc_tile_file_close(&job->tile_file);
    tc_blob_clear(&job->reported_codes);
    free(job->pipeline);
    free(job->upload_path);
    free(job->tiles_path);
    free(job->result_path);
    free(job->plan_sent);
    free(job->merged_sent);
    free(job);
}

tc_status tc_sched_job_plan(tc_sched_job *job, tc_shape source, int64_t max_pixels, tc_error *error) {
    TC_ASSERT(job->state == TC_SCHED_JOB_STARTED);
    if (job->planned && memcmp(&source, &job->plan.source, sizeof source) == 0) return TC_OK;
    if (job->planned) return tc_fail(error, TC_ERR_CORRUPT, "the picture does not match its file's header");
    job->planned = true;
    tc_status status = tc_plan_init(&job->plan, &job->request.pipeline, source, max_pixels, error);
    if (status != TC_OK) return status;
    job->tile_side = tc_tiling_side(&job->plan, job->request.tile);
    tc_sched_job_estimate(job, 1);
    return TC_OK;
}

void tc_sched_job_estimate(tc_sched_job *job, int workers) {
    TC_ASSERT(job->planned);
    TC_ASSERT(workers >= 1);
    tc_sched_progress *p = &job->progress;
    p->decode = tc_estimate_decode(job->format, job->plan.source);
    p->run = tc_estimate_run(&job->plan) / workers + tc_estimate_codes(&job->plan, workers);
    p->encode = job->request.want_file ? tc_estimate_encode(job->request.format, job->plan.result) : 0;
}

void tc_sched_job_set_progress(tc_sched_job *job, uint32_t phase, double done, double total) {
    const double largest = 0.999, shown_from = 0.02; // fractions: until the end; from which the ETA is known
    tc_sched_progress *p = &job->progress;
    TC_ASSERT(phase <= TC_PROGRESS_ENCODE);
    TC_ASSERT(done >= 0 && done <= total);
    double all = p->decode + p->run + p->encode, part = total > 0 ? done / total : 0;
    job->phase = phase;
    if (!job->planned || all <= 0) return;
    double at = phase == TC_PROGRESS_DECODE ? part * p->decode
                : phase == TC_PROGRESS_RUN  ? p->decode + part * p->run
                                            : p->decode + p->run + part * p->encode;
    double fraction = fmin(at / all, largest);
    if (!(fraction > p->fraction)) return;
    p->fraction = fraction;
    p->changed_ms = tc_clock_ms();
    if (fraction > shown_from) p->eta_ms = (int64_t)((double)(p->changed_ms - p->began_ms) * (1 - fraction) / fraction);
}

void tc_sched_job_step_names(const tc_sched_job *job, int stage, char *text, size_t size) {
    TC_ASSERT(stage >= 0 && stage < job->plan.stage_count);
    TC_ASSERT(size > 0);
    const tc_stage *s = &job->plan.stages[stage];
    size_t at = 0;
    text[0] = 0;
    for (int i = 0; i <= s->step_count && at < size; i++) {
        const tc_step *step = i < s->step_count ? &s->steps[i] : s->scan;
        if (step) at += (size_t)snprintf(text + at, size - at, "%s%s", at ? ", " : "", step->op->name);
    }
    if (at == 0 && s->apply) snprintf(text, size, "%s", s->apply->op->name);
}
