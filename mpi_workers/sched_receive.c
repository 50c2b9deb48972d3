// Replies end a task and carry its result; reports tell about a task in progress. Each handler fails the job by
// returning an error.
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

// ---- The picture

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

// Codes that were read in a picture: `codes` has those that the job may not have reported yet.
static tc_status report_new_codes(tc_sched *sched, tc_sched_job *job, const tc_blob *codes, tc_error *error) {
    tc_blob fresh = {0};
    tc_status status = tc_codes_merge(&job->reported_codes, codes, &fresh, error);
    if (status == TC_OK) tc_sched_report_codes(sched->link, job, &fresh);
    tc_blob_clear(&fresh);
    return status;
}

// The first warning is kept.
static void keep_warning(tc_sched_job *job, const tc_message *message) {
    if (!job->warning[0]) tc_message_text(message, job->warning, sizeof job->warning);
}

// ---- Replies, and what a task sends before its end. `slot`: the task's, or a copy when the task has ended.

typedef tc_status reply_handler(tc_sched *sched, int rank, tc_sched_slot *slot, tc_message *message, tc_error *error);

// START_JOB: the worker returns the picture, for all workers to compute its tiles. With `codes_follow` it reads the
// picture's codes now: the run's first task, which takes over the slot.
static tc_status handle_source(tc_sched *sched, int rank, tc_sched_slot *slot, tc_message *message, tc_error *error) {
    (void)rank;
    tc_sched_job *job = slot->job;
    int workers = tc_sched_workers_count(&sched->workers, TC_SCHED_WORKER_UP);
    if (message->codes_follow) slot->kind = TC_MSG_READ_CODES;
    tc_status status = handle_decoded(sched, job, message, workers, true, error);
    if (status != TC_OK) return status;
    tc_image source = tc_message_detach_image(message);
    status = tc_run_init(&job->run, &job->plan, &source, job->tile_side, error);
    if (status != TC_OK) return status;
    job->run_active = true;
    if (message->codes_follow && tc_run_next(&job->run, &slot->work) != TC_TASK_CODES)
        return fail_invalid(error, "a picture that has no codes to read");
    job->state = TC_SCHED_JOB_DISTRIBUTED;
    tc_sched_advance_job(sched, job);
    return TC_OK;
}

static bool is_wanted_tile(const tc_task *work, const tc_message *message) {
    tc_rect wanted = work->out.rect, sent = message->out;
    return wanted.x == sent.x && wanted.y == sent.y && wanted.width == sent.width && wanted.height == sent.height &&
           work->out.channels == message->channels;
}

// TILE.
static tc_status handle_result(tc_sched *sched, int rank, tc_sched_slot *slot, tc_message *message, tc_error *error) {
    tc_sched_job *job = slot->job;
    const tc_task *work = &slot->work;
    tc_status status = TC_OK;
    tc_tile pixels = tc_message_tile(message, message->out);
    tc_blob partial = {0};
    if (!is_wanted_tile(work, message)) return fail_invalid(error, "another tile");
    tc_tile_copy(&work->out, &pixels);
    if (tc_tiling_is_sent(&job->plan, work->stage_index, job->want))
        status = tc_sched_send_tile(sched, job, work->stage_index, &pixels, rank, error);
    if (status == TC_OK && message->tail > 0 &&
        tc_blob_append(&partial, message->payload + tc_message_main_size(message), message->tail) != TC_OK)
        status = tc_fail(error, TC_ERR_MEMORY, "not enough memory for a tile");
    if (status == TC_OK) status = tc_run_finish_tile(&job->run, work, &partial, error);
    tc_blob_clear(&partial);
    if (status != TC_OK) return status;
    const tc_blob *segments = tc_run_pop_segments(&job->run);
    if (segments) tc_sched_report_lines(sched->link, job, job->run.stage_index, segments);
    tc_sched_advance_job(sched, job);
    return TC_OK;
}

// READ_CODES: codes that have just been read.
static tc_status handle_codes(tc_sched *sched, int rank, tc_sched_slot *slot, tc_message *message, tc_error *error) {
    (void)rank;
    tc_blob codes = {message->payload, message->size}, found = {0};
    if (tc_codes_count(&codes) < 0) return fail_invalid(error, "invalid codes");
    tc_status status = tc_run_add_codes(&slot->job->run, &slot->work, &codes, &found, error);
    if (status == TC_OK) status = report_new_codes(sched, slot->job, &found, error);
    tc_blob_clear(&found);
    return status;
}

// READ_CODES.
static tc_status handle_codes_done(tc_sched *sched, int rank, tc_sched_slot *slot, tc_message *message,
                                   tc_error *error) {
    (void)rank;
    keep_warning(slot->job, message);
    tc_status status = tc_run_finish_codes(&slot->job->run, &slot->work, error);
    if (status == TC_OK) tc_sched_advance_job(sched, slot->job);
    return status;
}

// START_JOB, ENCODE.
static tc_status handle_file(tc_sched *sched, int rank, tc_sched_slot *slot, tc_message *message, tc_error *error) {
    (void)rank;
    tc_sched_job *job = slot->job;
    if (!job->planned) return fail_invalid(error, "a result without a picture");
    job->result_bytes = message->size;
    tc_status status = TC_OK;
    if (job->want & TC_WANT_FILE)
        status = tc_result_file_write(job->result_path, message->payload, message->size, error);
    if (status == TC_OK) tc_sched_finish_job(sched, job);
    return status;
}

static tc_status read_failure(const tc_message *message, tc_error *error) {
    bool valid = message->status != TC_OK && message->status <= TC_ERR_INTERNAL;
    // A worker without memory cannot send the sentence.
    tc_fail(error, valid ? (tc_status)message->status : TC_ERR_INTERNAL, "the worker does not have enough memory");
    if (message->tail > 0) tc_message_text(message, error->text, sizeof error->text);
    return error->status;
}

// Any task.
static tc_status handle_failed(tc_sched *sched, int rank, tc_sched_slot *slot, tc_message *message, tc_error *error) {
    (void)sched, (void)rank, (void)slot;
    return read_failure(message, error);
}

// Which replies end which kinds of task; a task has at most two.
static const struct {
    reply_handler *handle;
    tc_message_kind tasks[2];
} replies[TC_MSG_COUNT] = {
    [TC_MSG_SOURCE] = {handle_source, {TC_MSG_START_JOB}},
    [TC_MSG_RESULT] = {handle_result, {TC_MSG_TILE}},
    [TC_MSG_CODES_DONE] = {handle_codes_done, {TC_MSG_READ_CODES}},
    [TC_MSG_FILE] = {handle_file, {TC_MSG_START_JOB, TC_MSG_ENCODE}},
};

static reply_handler *find_reply_handler(tc_message_kind reply, tc_message_kind task) {
    if (reply == TC_MSG_FAILED) return handle_failed;
    bool fits = replies[reply].tasks[0] == task || replies[reply].tasks[1] == task;
    return fits ? replies[reply].handle : NULL;
}

// A message that names a task in one of the worker's slots.
static void handle_task_message(tc_sched *sched, int rank, tc_sched_slot *slot, tc_message *message) {
    tc_error error;
    tc_status status = TC_OK;
    tc_sched_slot ended = *slot;
    tc_sched_job *job = slot->job;
    bool codes = message->kind == TC_MSG_CODES && slot->kind == TC_MSG_READ_CODES;
    bool codes_follow = message->kind == TC_MSG_SOURCE && slot->kind == TC_MSG_START_JOB && message->codes_follow != 0;
    reply_handler *handler = codes ? handle_codes : find_reply_handler(message->kind, slot->kind);
    if (!codes && !codes_follow) {
        tc_sched_worker_remove(tc_sched_workers_at(&sched->workers, rank), slot);
        slot = &ended;
    }
    if (!job) return; // it has ended meanwhile
    tc_assert_set_job(job->request.job);
    status = handler ? handler(sched, rank, slot, message, &error) : fail_invalid(&error, "an invalid reply");
    if (status != TC_OK) tc_sched_fail_job(sched, job, &error);
}

// ---- Reports about a job that a worker processes alone

typedef tc_status report_handler(tc_sched *sched, int rank, tc_sched_job *job, tc_message *message, tc_error *error);

static tc_status handle_header(tc_sched *sched, int rank, tc_sched_job *job, tc_message *message, tc_error *error) {
    (void)rank;
    return handle_shape(sched, job, message, error);
}

static tc_status handle_picture(tc_sched *sched, int rank, tc_sched_job *job, tc_message *message, tc_error *error) {
    int cores = 1 + tc_sched_workers_at(&sched->workers, rank)->cores_granted;
    return handle_decoded(sched, job, message, cores, false, error);
}

static tc_status handle_progress(tc_sched *sched, int rank, tc_sched_job *job, tc_message *message, tc_error *error) {
    (void)rank;
    if (message->phase > TC_PROGRESS_ENCODE || message->done > message->total)
        return fail_invalid(error, "invalid progress");
    bool new_phase = job->phase != message->phase;
    job->stage = message->stage;
    tc_sched_job_set_progress(job, message->phase, (double)message->done, (double)message->total);
    tc_sched_report_progress(sched->link, job, new_phase);
    return TC_OK;
}

static tc_status handle_local_codes(tc_sched *sched, int rank, tc_sched_job *job, tc_message *message,
                                    tc_error *error) {
    (void)rank;
    const tc_blob codes = {message->payload, message->size};
    if (tc_codes_count(&codes) < 0) return fail_invalid(error, "invalid codes");
    return report_new_codes(sched, job, &codes, error);
}

static tc_status handle_lines(tc_sched *sched, int rank, tc_sched_job *job, tc_message *message, tc_error *error) {
    (void)rank;
    const tc_blob segments = {message->payload, message->size};
    if (tc_segments_count(&segments) < 0) return fail_invalid(error, "invalid lines");
    tc_sched_report_lines(sched->link, job, message->stage, &segments);
    return TC_OK;
}

static tc_status handle_client_tile(tc_sched *sched, int rank, tc_sched_job *job, tc_message *message,
                                    tc_error *error) {
    if (!tc_tiling_is_sent(&job->plan, message->stage, job->want) ||
        message->channels != tc_tiling_sent_channels(&job->plan, message->stage))
        return fail_invalid(error, "another tile");
    if (message->worker > 0 && message->worker < (uint32_t)sched->workers.size) rank = (int)message->worker;
    return tc_sched_report_tile(sched->link, job, message->stage, message->out, message->channels, message->payload,
                                rank, error);
}

static tc_status handle_warning(tc_sched *sched, int rank, tc_sched_job *job, tc_message *message, tc_error *error) {
    (void)sched, (void)rank, (void)error;
    keep_warning(job, message);
    return TC_OK;
}

static tc_status handle_job_failed(tc_sched *sched, int rank, tc_sched_job *job, tc_message *message, tc_error *error) {
    (void)sched, (void)rank, (void)job;
    return read_failure(message, error);
}

static const struct {
    report_handler *handle;
    bool needs_plan; // only after HEADER or PICTURE
} reports[TC_MSG_COUNT] = {
    [TC_MSG_HEADER] = {handle_header, false},    [TC_MSG_PICTURE] = {handle_picture, false},
    [TC_MSG_PROGRESS] = {handle_progress, true}, [TC_MSG_CODES] = {handle_local_codes, true},
    [TC_MSG_LINES] = {handle_lines, true},       [TC_MSG_CLIENT_TILE] = {handle_client_tile, true},
    [TC_MSG_WARNING] = {handle_warning, true},   [TC_MSG_FAILED] = {handle_job_failed, false},
};

// A message that names no task.
static void handle_report(tc_sched *sched, int rank, tc_message *message) {
    tc_sched_job *job = tc_sched_find_job(sched, message->job);
    tc_error error;
    if (!job) return; // it has ended meanwhile
    // Only a failure may come at any time. Others may be from before the job was restarted.
    if (job->state != TC_SCHED_JOB_STARTED && message->kind != TC_MSG_FAILED) return;
    tc_assert_set_job(job->request.job);
    bool valid = reports[message->kind].handle &&
                 (!reports[message->kind].needs_plan || (job->planned && message->stage < job->plan.stage_count));
    tc_status status = valid ? reports[message->kind].handle(sched, rank, job, message, &error)
                             : fail_invalid(&error, "an invalid report");
    if (status != TC_OK) tc_sched_fail_job(sched, job, &error);
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
