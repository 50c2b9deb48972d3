#include "mpi_workers/job.h"

#include "mpi_workers/bell.h"
#include "mpi_workers/tiling.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Measured ns per pixel, or per byte of pixels, of a photograph in the codec process.
static double decode_cost(tc_format format, tc_shape shape) {
    return (format == TC_FORMAT_JPEG ? 12.0 : 30.0) * shape.width * shape.height;
}
static double encode_cost(tc_format format, tc_shape shape) {
    return (format == TC_FORMAT_JPEG ? 3.0 : 45.0) * shape.width * shape.height * shape.channels;
}

static tc_status copy_path(const tc_json *message, const char *name, char **path, tc_error *error) {
    const char *text = tc_json_string(message, name, NULL);
    if (!text || !*text) return tc_fail(error, TC_ERR_PROTOCOL, "%s is missing", name);
    *path = strdup(text);
    return *path ? TC_OK : tc_fail(error, TC_ERR_MEMORY, "not enough memory for a job");
}

static tc_status read_run(tc_job *job, const tc_json *message, tc_error *error) {
    tc_status status = tc_request_from_json(message, &job->request, error);
    if (status == TC_OK) status = copy_path(message, "upload", &job->upload, error);
    if (status == TC_OK) status = copy_path(message, "tiles", &job->tiles, error);
    if (status == TC_OK) status = copy_path(message, "out", &job->out, error);
    job->losses = (int)tc_json_number(message, "losses", 0);
    job->want = (job->request.want_tiles ? TC_WANT_TILES : 0u) | (job->request.want_file ? TC_WANT_FILE : 0u) |
                (job->request.want_preview ? TC_WANT_PREVIEW : 0u);
    if (status == TC_OK && !tc_pipeline_print(&job->request.pipeline, job->pipeline, TC_MAX_PIPELINE_TEXT))
        status = tc_fail(error, TC_ERR_ARGUMENT, "the pipeline is too long");
    return status;
}

tc_job *tc_job_new(const tc_json *message, uint32_t serial, int ranks, tc_error *error) {
    tc_job *job = calloc(1, sizeof *job);
    tc_status status = tc_fail(error, TC_ERR_MEMORY, "not enough memory for a job");
    if (job) {
        job->serial = serial;
        job->pipeline = calloc(1, TC_MAX_PIPELINE_TEXT);
        job->knows_plan = calloc((size_t)ranks, sizeof *job->knows_plan);
        job->knows_stage = calloc((size_t)ranks, sizeof *job->knows_stage);
        job->progress.eta = -1;
        if (job->pipeline && job->knows_plan && job->knows_stage) status = read_run(job, message, error);
    }
    if (status == TC_OK) return job;
    tc_job_destroy(job);
    return NULL;
}

void tc_job_reset(tc_job *job) {
    if (job->running) tc_run_clear(&job->run);
    tc_plan_clear(&job->plan);
    job->running = job->planned = job->encode_out = false;
    job->shown = job->stage = 0;
    job->step = TC_PHASE_DECODE;
    job->phase = TC_JOB_WAITING;
}

void tc_job_destroy(tc_job *job) {
    if (!job) return;
    tc_job_reset(job);
    tc_tilefile_close(&job->file);
    tc_blob_clear(&job->told);
    free(job->pipeline);
    free(job->upload);
    free(job->tiles);
    free(job->out);
    free(job->knows_plan);
    free(job->knows_stage);
    free(job);
}

tc_status tc_job_plan(tc_job *job, tc_shape source, int64_t max_pixels, tc_error *error) {
    if (job->planned && memcmp(&source, &job->plan.source, sizeof source) == 0) return TC_OK;
    if (job->planned) return tc_fail(error, TC_ERR_CORRUPT, "the picture is not what its header says");
    job->planned = true;
    tc_status status = tc_plan_init(&job->plan, &job->request.pipeline, source, max_pixels, error);
    if (status != TC_OK) return status;
    job->side = tc_tiling_side(&job->plan, job->request.tile);
    tc_job_weigh(job, 1);
    return TC_OK;
}

void tc_job_weigh(tc_job *job, int workers) {
    job->progress.decode = decode_cost(job->format, job->plan.source);
    job->progress.run = tc_tiling_cost(&job->plan) / workers + tc_tiling_codes_cost(&job->plan, workers);
    job->progress.encode = job->request.want_file ? encode_cost(job->request.format, job->plan.result) : 0;
}

void tc_job_advance(tc_job *job, uint32_t phase, double done, double total) {
    enum { NOT_DONE_PERMYRIAD = 9990 };
    tc_progress *p = &job->progress;
    double all = p->decode + p->run + p->encode, part = total > 0 ? done / total : 0;
    job->step = phase;
    if (!job->planned || all <= 0) return;
    double at = phase == TC_PHASE_DECODE ? part * p->decode
                : phase == TC_PHASE_RUN  ? p->decode + part * p->run
                                         : p->decode + p->run + part * p->encode;
    double fraction = fmin(at / all, NOT_DONE_PERMYRIAD / 1e4);
    if (!(fraction > p->fraction)) return;
    p->fraction = fraction;
    p->changed = tc_now_ms();
    if (fraction > 0.02) p->eta = (int64_t)((double)(p->changed - p->began) * (1 - fraction) / fraction);
}

void tc_job_step_name(const tc_job *job, int stage, char *text, size_t size) {
    const tc_stage *s = &job->plan.stages[stage];
    size_t at = 0;
    text[0] = 0;
    for (int i = 0; i <= s->step_count && at < size; i++) {
        const tc_step *step = i < s->step_count ? &s->steps[i] : s->scan;
        if (step) at += (size_t)snprintf(text + at, size - at, "%s%s", at ? ", " : "", step->op->name);
    }
    if (at == 0 && s->apply) snprintf(text, size, "%s", s->apply->op->name);
}
