// What becomes of the workers' answers and notes.
#include "core/codes.h"
#include "core/segments.h"
#include "mpi_workers/dispatch.h"
#include "mpi_workers/report.h"
#include "mpi_workers/tiling.h"

// The picture's shape is known: plans, and tells it once.
static tc_status learn_shape(tc_dispatch *dispatch, tc_job *job, const tc_message *message, tc_error *error) {
    bool planned = job->planned;
    job->format = message->format;
    tc_shape shape = {message->in.width, message->in.height, message->channels};
    tc_status status = tc_job_plan(job, shape, dispatch->max_pixels, error);
    if (status == TC_OK && !planned) tc_report_picture(dispatch->link, job);
    return status;
}

static void take_header(tc_dispatch *dispatch, tc_job *job, const tc_message *message) {
    tc_error error;
    if (learn_shape(dispatch, job, message, &error) != TC_OK) tc_dispatch_fail(dispatch, job, &error);
}

// `cores`: how many will share the tiles if the worker keeps the picture.
static void take_source(tc_dispatch *dispatch, tc_slot *slot, tc_message *message, int cores) {
    tc_job *job = slot->job;
    tc_error error;
    bool share = message->kind == TC_MSG_SOURCE;
    tc_message_text(message, job->warning, sizeof job->warning);
    tc_status status = learn_shape(dispatch, job, message, &error);
    if (status == TC_OK) {
        tc_job_weigh(job, share ? tc_roster_count(&dispatch->roster, TC_MEMBER_UP) : cores);
        tc_job_advance(job, TC_PHASE_DECODE, 1, 1);
        job->may_share = share;
        job->step = TC_PHASE_RUN;
    }
    if (status == TC_OK && share) {
        tc_image source = tc_message_give(message);
        status = tc_run_init(&job->run, &job->plan, &source, job->side, &error);
        job->running = status == TC_OK;
    }
    if (status != TC_OK) {
        tc_dispatch_fail(dispatch, job, &error);
    } else if (share) {
        job->phase = TC_JOB_RUN;
        if (message->codes_follow) {
            // The worker has the picture and reads its codes now; that is this run's first task.
            slot->kind = TC_MSG_CODES;
            if (tc_run_next(&job->run, &slot->work) != TC_TASK_CODES)
                tc_dispatch_fail(dispatch, job, &(tc_error){TC_ERR_INTERNAL, "scheduler and worker plan differently"});
        }
        if (job->phase == TC_JOB_RUN) tc_dispatch_advance(dispatch, job);
    }
}

static bool fits(const tc_task *work, const tc_message *message) {
    tc_rect wanted = work->out.rect, given = message->out;
    return wanted.x == given.x && wanted.y == given.y && wanted.width == given.width && wanted.height == given.height &&
           work->out.channels == message->channels;
}

static void take_result(tc_dispatch *dispatch, tc_job *job, const tc_task *work, tc_message *message, int rank) {
    tc_error error;
    tc_status status = TC_OK;
    tc_tile pixels = tc_message_tile(message, message->out);
    tc_blob partial = {0};
    if (!fits(work, message))
        status = tc_fail(&error, TC_ERR_INTERNAL, "a worker gave another tile than was asked for");
    if (status == TC_OK && message->tail > 0 &&
        tc_blob_append(&partial, message->payload + tc_message_main(message), message->tail) != TC_OK)
        status = tc_fail(&error, TC_ERR_MEMORY, "not enough memory for a tile");
    if (status == TC_OK) tc_tile_copy(&work->out, &pixels);
    if (status == TC_OK && tc_tiling_shows(&job->plan, work->stage_index, job->want))
        status = tc_dispatch_show_tile(dispatch, job, work->stage_index, &pixels, rank, &error);
    if (status == TC_OK) status = tc_run_finish_tile(&job->run, work, &partial, &error);
    tc_blob_clear(&partial);
    const tc_blob *segments = status == TC_OK ? tc_run_take_segments(&job->run) : NULL;
    if (segments) tc_report_lines(dispatch->link, job, job->run.stage_index, segments);
    if (status == TC_OK)
        tc_dispatch_advance(dispatch, job);
    else
        tc_dispatch_fail(dispatch, job, &error);
}

// `work`: the task that found them, or NULL when a worker that has the picture tells what is new.
static void take_found(tc_dispatch *dispatch, tc_job *job, const tc_task *work, tc_message *message) {
    tc_blob codes = {message->payload, message->size}, found = {0}, fresh = {0};
    tc_error error;
    tc_status status = TC_OK;
    if (tc_codes_count(&codes) < 0)
        status = tc_fail(&error, TC_ERR_INTERNAL, "a worker gave codes that cannot be read");
    if (status == TC_OK && work) status = tc_run_found_codes(&job->run, work, &codes, &found, &error);
    if (status == TC_OK) status = tc_codes_merge(&job->told, work ? &found : &codes, &fresh, &error);
    if (status == TC_OK)
        tc_report_codes(dispatch->link, job, &fresh);
    else
        tc_dispatch_fail(dispatch, job, &error);
    tc_blob_clear(&found);
    tc_blob_clear(&fresh);
}

// The first one counts.
static void take_warning(tc_job *job, const tc_message *message) {
    if (!job->warning[0]) tc_message_text(message, job->warning, sizeof job->warning);
}

static void take_searched(tc_dispatch *dispatch, tc_job *job, const tc_task *work, const tc_message *message) {
    tc_error error;
    take_warning(job, message);
    if (tc_run_finish_codes(&job->run, work, &error) == TC_OK)
        tc_dispatch_advance(dispatch, job);
    else
        tc_dispatch_fail(dispatch, job, &error);
}

static void take_lines(tc_dispatch *dispatch, tc_job *job, const tc_message *message) {
    const tc_blob segments = {message->payload, message->size};
    tc_error error;
    if (tc_segments_count(&segments) >= 0) {
        tc_report_lines(dispatch->link, job, message->stage, &segments);
    } else {
        tc_fail(&error, TC_ERR_INTERNAL, "a worker gave lines that cannot be read");
        tc_dispatch_fail(dispatch, job, &error);
    }
}

static void take_file(tc_dispatch *dispatch, tc_job *job, const tc_message *message) {
    tc_error error;
    tc_status status = TC_OK;
    job->bytes = message->size;
    if (job->want & TC_WANT_FILE) status = tc_file_write(job->out, message->payload, message->size, &error);
    if (status == TC_OK)
        tc_dispatch_finish(dispatch, job);
    else
        tc_dispatch_fail(dispatch, job, &error);
}

static void take_failed(tc_dispatch *dispatch, tc_job *job, const tc_message *message) {
    tc_error error = {.status = (tc_status)message->status};
    tc_message_text(message, error.text, sizeof error.text);
    tc_dispatch_fail(dispatch, job, &error);
}

// Notes about a job that its worker works through.
static void take_note(tc_dispatch *dispatch, int rank, tc_message *message) {
    tc_job *job = dispatch->jobs;
    while (job && (job->serial != message->job || job->phase != TC_JOB_OPEN)) job = job->next;
    if (!job) return; // it has ended here
    tc_error error;
    bool new_phase;
    if (message->kind == TC_MSG_PICTURE) {
        tc_slot slot = {.job = job};
        take_source(dispatch, &slot, message, 1 + dispatch->roster.members[rank].borrowed);
        return;
    }
    if (message->kind == TC_MSG_HEADER) {
        take_header(dispatch, job, message);
        return;
    }
    if (!job->planned || message->stage >= job->plan.stage_count) return;
    switch (message->kind) {
    case TC_MSG_STEP:
        new_phase = job->step != message->phase;
        job->stage = message->stage;
        tc_job_advance(job, message->phase, (double)message->done, (double)message->total);
        tc_report_progress(dispatch->link, job, new_phase);
        break;
    case TC_MSG_FOUND:
        take_found(dispatch, job, NULL, message);
        break;
    case TC_MSG_LINES:
        take_lines(dispatch, job, message);
        break;
    case TC_MSG_WARNING:
        take_warning(job, message);
        break;
    case TC_MSG_SHOW:
        if (message->channels != tc_tiling_channels(&job->plan, message->stage)) break;
        if (message->worker > 0 && message->worker < (uint32_t)dispatch->roster.size) rank = (int)message->worker;
        if (tc_report_tile(dispatch->link, job, message->stage, message->out, message->channels, message->payload, rank,
                           &error) != TC_OK)
            tc_dispatch_fail(dispatch, job, &error);
        break;
    default:
        break;
    }
}

// What a task gives before its end.
static void take_beginning(tc_dispatch *dispatch, tc_slot *slot, tc_message *message) {
    if (!slot->job) return;
    if (message->kind == TC_MSG_SOURCE)
        take_source(dispatch, slot, message, 1);
    else if (slot->kind == TC_MSG_CODES)
        take_found(dispatch, slot->job, &slot->work, message);
}

void tc_dispatch_take(tc_dispatch *dispatch, int rank, tc_message *message) {
    tc_member *member = &dispatch->roster.members[rank];
    tc_slot *found = message->task ? tc_member_find(member, message->task) : NULL;
    if (!found) {
        if (message->kind == TC_MSG_RESULT || message->kind == TC_MSG_FAILED)
            tc_ping_take(dispatch, message);
        else
            take_note(dispatch, rank, message);
        return;
    }
    if (message->kind == TC_MSG_FOUND || (message->kind == TC_MSG_SOURCE && message->codes_follow)) {
        take_beginning(dispatch, found, message);
        return;
    }
    tc_slot slot = *found;
    tc_member_remove(member, found);
    if (!slot.job) return;
    switch (message->kind) {
    case TC_MSG_SOURCE:
        take_source(dispatch, &slot, message, 1);
        break;
    case TC_MSG_RESULT:
        take_result(dispatch, slot.job, &slot.work, message, rank);
        break;
    case TC_MSG_SEARCHED:
        take_searched(dispatch, slot.job, &slot.work, message);
        break;
    case TC_MSG_FILE:
        take_file(dispatch, slot.job, message);
        break;
    case TC_MSG_FAILED:
        take_failed(dispatch, slot.job, message);
        break;
    default:
        tc_dispatch_fail(dispatch, slot.job, &(tc_error){TC_ERR_INTERNAL, "a worker gave an answer that is none"});
    }
}
