// Replies end a task and carry its result; reports tell about a task in progress.
#include "mpi_workers/sched_receive.h"

#include "core/codes.h"
#include "core/segments.h"
#include "mpi_workers/sched_ping.h"
#include "mpi_workers/sched_report.h"
#include "mpi_workers/sched_result.h"
#include "mpi_workers/tiling.h"
#include "system/assert.h"

static tc_status fail_invalid(tc_error *error, const char *what) {
    return tc_fail(error, TC_ERR_INTERNAL, "the worker sent %s (internal error)", what);
}

static void fail_if(tc_sched *sched, tc_sched_job *job, tc_status status, const tc_error *error) {
    if (status != TC_OK) tc_sched_fail_job(sched, job, error);
}

// The picture's shape is known: plans, and reports it once.
static tc_status handle_shape(tc_sched *sched, tc_sched_job *job, const tc_message *message, tc_error *error) {
    bool planned = job->planned;
    job->format = message->format;
    tc_shape shape = {message->in.width, message->in.height, message->channels};
    tc_status status = tc_sched_job_plan(job, shape, sched->max_pixels, error);
    if (status == TC_OK && !planned) tc_sched_report_picture(sched->link, job);
    return status;
}

// The picture is decoded. `cores`: how many share the tiles; `distributed`: among all workers.
static tc_status handle_decoded(tc_sched *sched, tc_sched_job *job, const tc_message *message, int cores,
                                bool distributed, tc_error *error) {
    tc_message_text(message, job->warning, sizeof job->warning);
    tc_status status = handle_shape(sched, job, message, error);
    if (status != TC_OK) return status;
    tc_sched_job_estimate(job, cores);
    tc_sched_job_set_progress(job, TC_PROGRESS_DECODE, 1, 1);
    job->may_be_distributed = distributed;
    job->phase = TC_PROGRESS_RUN;
    return TC_OK;
}

// The worker returns the picture, for all workers to compute its tiles. With `codes_follow` it reads the picture's
// codes now: the run's first task, which takes over the slot.
static void handle_source(tc_sched *sched, tc_sched_slot *slot, tc_message *message) {
    tc_sched_job *job = slot->job;
    tc_error error;
    int workers = tc_sched_workers_count(&sched->workers, TC_SCHED_WORKER_UP);
    if (message->codes_follow) slot->kind = TC_MSG_READ_CODES;
    tc_status status = handle_decoded(sched, job, message, workers, true, &error);
    if (status == TC_OK) {
        tc_image source = tc_message_detach_image(message);
        status = tc_run_init(&job->run, &job->plan, &source, job->tile_side, &error);
        job->run_active = status == TC_OK;
    }
    if (status == TC_OK && message->codes_follow && tc_run_next(&job->run, &slot->work) != TC_TASK_CODES)
        status = fail_invalid(&error, "a picture that has no codes to read");
    if (status == TC_OK) {
        job->state = TC_SCHED_JOB_DISTRIBUTED;
        tc_sched_advance_job(sched, job);
    } else {
        tc_sched_fail_job(sched, job, &error);
    }
}

static bool is_wanted_tile(const tc_task *work, const tc_message *message) {
    tc_rect wanted = work->out.rect, sent = message->out;
    return wanted.x == sent.x && wanted.y == sent.y && wanted.width == sent.width && wanted.height == sent.height &&
           work->out.channels == message->channels;
}

static void handle_result(tc_sched *sched, tc_sched_job *job, const tc_task *work, tc_message *message, int rank) {
    tc_error error;
    tc_status status = TC_OK;
    tc_tile pixels = tc_message_tile(message, message->out);
    tc_blob partial = {0};
    if (!is_wanted_tile(work, message)) status = fail_invalid(&error, "another tile");
    if (status == TC_OK && message->tail > 0 &&
        tc_blob_append(&partial, message->payload + tc_message_main_size(message), message->tail) != TC_OK)
        status = tc_fail(&error, TC_ERR_MEMORY, "not enough memory for a tile");
    if (status == TC_OK) tc_tile_copy(&work->out, &pixels);
    if (status == TC_OK && tc_tiling_is_sent(&job->plan, work->stage_index, job->want))
        status = tc_sched_send_tile(sched, job, work->stage_index, &pixels, rank, &error);
    if (status == TC_OK) status = tc_run_finish_tile(&job->run, work, &partial, &error);
    tc_blob_clear(&partial);
    const tc_blob *segments = status == TC_OK ? tc_run_pop_segments(&job->run) : NULL;
    if (segments) tc_sched_report_lines(sched->link, job, job->run.stage_index, segments);
    if (status == TC_OK)
        tc_sched_advance_job(sched, job);
    else
        tc_sched_fail_job(sched, job, &error);
}

// `work`: the task that found the codes; NULL when a worker that processes the picture alone reports new ones.
static void handle_codes(tc_sched *sched, tc_sched_job *job, const tc_task *work, const tc_message *message) {
    tc_blob codes = {message->payload, message->size}, found = {0}, fresh = {0};
    tc_error error;
    tc_status status = TC_OK;
    if (tc_codes_count(&codes) < 0) status = fail_invalid(&error, "invalid codes");
    if (status == TC_OK && work) status = tc_run_add_codes(&job->run, work, &codes, &found, &error);
    if (status == TC_OK) status = tc_codes_merge(&job->reported_codes, work ? &found : &codes, &fresh, &error);
    if (status == TC_OK) tc_sched_report_codes(sched->link, job, &fresh);
    fail_if(sched, job, status, &error);
    tc_blob_clear(&found);
    tc_blob_clear(&fresh);
}

// The first warning is kept.
static void handle_warning(tc_sched_job *job, const tc_message *message) {
    if (!job->warning[0]) tc_message_text(message, job->warning, sizeof job->warning);
}

static void handle_codes_done(tc_sched *sched, tc_sched_job *job, const tc_task *work, const tc_message *message) {
    tc_error error;
    handle_warning(job, message);
    if (tc_run_finish_codes(&job->run, work, &error) == TC_OK)
        tc_sched_advance_job(sched, job);
    else
        tc_sched_fail_job(sched, job, &error);
}

static void handle_file(tc_sched *sched, tc_sched_job *job, const tc_message *message) {
    tc_error error;
    tc_status status = job->planned ? TC_OK : fail_invalid(&error, "a result without a picture");
    job->result_bytes = message->size;
    if (status == TC_OK && (job->want & TC_WANT_FILE))
        status = tc_result_file_write(job->result_path, message->payload, message->size, &error);
    if (status == TC_OK)
        tc_sched_finish_job(sched, job);
    else
        tc_sched_fail_job(sched, job, &error);
}

static void handle_failed(tc_sched *sched, tc_sched_job *job, const tc_message *message) {
    tc_error error = {.status = (tc_status)message->status};
    if (message->status == TC_OK || message->status > TC_ERR_INTERNAL) error.status = TC_ERR_INTERNAL;
    tc_message_text(message, error.text, sizeof error.text);
    // A worker without memory cannot send the sentence.
    if (!error.text[0]) tc_fail(&error, error.status, "the worker does not have enough memory");
    tc_sched_fail_job(sched, job, &error);
}

static tc_status handle_progress(tc_sched *sched, tc_sched_job *job, const tc_message *message, tc_error *error) {
    if (message->phase > TC_PROGRESS_ENCODE || message->done > message->total)
        return fail_invalid(error, "invalid progress");
    bool new_phase = job->phase != message->phase;
    job->stage = message->stage;
    tc_sched_job_set_progress(job, message->phase, (double)message->done, (double)message->total);
    tc_sched_report_progress(sched->link, job, new_phase);
    return TC_OK;
}

static tc_status handle_lines(tc_sched *sched, tc_sched_job *job, const tc_message *message, tc_error *error) {
    const tc_blob segments = {message->payload, message->size};
    if (tc_segments_count(&segments) < 0) return fail_invalid(error, "invalid lines");
    tc_sched_report_lines(sched->link, job, message->stage, &segments);
    return TC_OK;
}

static tc_status handle_client_tile(tc_sched *sched, tc_sched_job *job, int rank, const tc_message *message,
                                    tc_error *error) {
    if (!tc_tiling_is_sent(&job->plan, message->stage, job->want) ||
        message->channels != tc_tiling_sent_channels(&job->plan, message->stage))
        return fail_invalid(error, "another tile");
    if (message->worker > 0 && message->worker < (uint32_t)sched->workers.size) rank = (int)message->worker;
    return tc_sched_report_tile(sched->link, job, message->stage, message->out, message->channels, message->payload,
                                rank, error);
}

// A report on a planned job that a worker processes alone.
static void handle_run_report(tc_sched *sched, tc_sched_job *job, int rank, const tc_message *message) {
    tc_error error;
    tc_status status = TC_OK;
    switch (message->kind) {
    case TC_MSG_PROGRESS:
        status = handle_progress(sched, job, message, &error);
        break;
    case TC_MSG_CODES:
        handle_codes(sched, job, NULL, message);
        break;
    case TC_MSG_LINES:
        status = handle_lines(sched, job, message, &error);
        break;
    case TC_MSG_WARNING:
        handle_warning(job, message);
        break;
    case TC_MSG_CLIENT_TILE:
        status = handle_client_tile(sched, job, rank, message, &error);
        break;
    default:
        status = fail_invalid(&error, "an invalid report");
    }
    fail_if(sched, job, status, &error);
}

// A message that names no task: a report on a job that a worker processes alone, or a job's failure.
static void handle_report(tc_sched *sched, int rank, const tc_message *message) {
    tc_sched_job *job = tc_sched_find_job(sched, message->job);
    tc_error error;
    if (!job) return; // it has ended meanwhile
    tc_assert_set_job(job->request.job);
    if (message->kind == TC_MSG_FAILED) {
        handle_failed(sched, job, message);
    } else if (job->state != TC_SCHED_JOB_STARTED) {
        return; // from before it was restarted
    } else if (message->kind == TC_MSG_HEADER) {
        fail_if(sched, job, handle_shape(sched, job, message, &error), &error);
    } else if (message->kind == TC_MSG_PICTURE) {
        int cores = 1 + tc_sched_workers_at(&sched->workers, rank)->cores_granted;
        fail_if(sched, job, handle_decoded(sched, job, message, cores, false, &error), &error);
    } else if (job->planned && message->stage < job->plan.stage_count) {
        handle_run_report(sched, job, rank, message);
    }
}

// True for a reply that can end a task of this kind.
static bool is_reply_to(tc_message_kind reply, tc_message_kind task) {
    switch (reply) {
    case TC_MSG_SOURCE:
        return task == TC_MSG_START_JOB;
    case TC_MSG_RESULT:
        return task == TC_MSG_TILE;
    case TC_MSG_CODES_DONE:
        return task == TC_MSG_READ_CODES;
    case TC_MSG_FILE:
        return task == TC_MSG_START_JOB || task == TC_MSG_ENCODE;
    default:
        return reply == TC_MSG_FAILED;
    }
}

// The end of a task. `slot`: a copy of the slot, which is free already.
static void handle_reply(tc_sched *sched, int rank, tc_sched_slot *slot, tc_message *message) {
    if (!is_reply_to(message->kind, slot->kind)) {
        tc_error error;
        fail_if(sched, slot->job, fail_invalid(&error, "an invalid reply"), &error);
        return;
    }
    switch (message->kind) {
    case TC_MSG_SOURCE:
        handle_source(sched, slot, message);
        break;
    case TC_MSG_RESULT:
        handle_result(sched, slot->job, &slot->work, message, rank);
        break;
    case TC_MSG_CODES_DONE:
        handle_codes_done(sched, slot->job, &slot->work, message);
        break;
    case TC_MSG_FILE:
        handle_file(sched, slot->job, message);
        break;
    default:
        handle_failed(sched, slot->job, message);
    }
}

// A message that names a task in one of the worker's slots.
static void handle_task_message(tc_sched *sched, int rank, tc_sched_slot *slot, tc_message *message) {
    if (slot->job) tc_assert_set_job(slot->job->request.job);
    if (message->kind == TC_MSG_CODES) {
        if (slot->job && slot->kind == TC_MSG_READ_CODES) handle_codes(sched, slot->job, &slot->work, message);
        return;
    }
    if (message->kind == TC_MSG_SOURCE && message->codes_follow && slot->kind == TC_MSG_START_JOB) {
        if (slot->job) handle_source(sched, slot, message);
        return;
    }
    tc_sched_slot ended = *slot;
    tc_sched_worker_remove(tc_sched_workers_at(&sched->workers, rank), slot);
    if (ended.job) handle_reply(sched, rank, &ended, message);
}

void tc_sched_handle_message(tc_sched *sched, int rank, tc_message *message) {
    tc_sched_worker *worker = tc_sched_workers_at(&sched->workers, rank);
    tc_sched_slot *slot = message->task ? tc_sched_worker_find(worker, message->task) : NULL;
    if (slot)
        handle_task_message(sched, rank, slot, message);
    else if (message->task && (message->kind == TC_MSG_RESULT || message->kind == TC_MSG_FAILED))
        tc_sched_ping_handle(sched, message);
    else if (!message->task)
        handle_report(sched, rank, message);
    tc_assert_set_job(0);
}
