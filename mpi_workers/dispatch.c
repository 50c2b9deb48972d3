#include "mpi_workers/dispatch.h"

#include "mpi_workers/bell.h"
#include "mpi_workers/report.h"
#include "mpi_workers/tiling.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_SHARED = 3, // jobs whose pictures are at rank 0 at once
    MAX_LOSSES = 2, // workers that one job may cost
    SHOW_BYTES = 16 << 20,
};
// Pictures that cost less are worked through by the worker that decoded them: sharing would take longer, or, when
// there are as many jobs as workers, gains nothing.
static const uint64_t idle_limit = 20 * 1000000ull, busy_limit = 3000 * 1000000ull;

void tc_dispatch_end(tc_dispatch *dispatch, tc_job *job) {
    for (int i = 1; i < dispatch->crew.size; i++) {
        tc_member *member = &dispatch->crew.members[i];
        bool knows = job->knows_plan[i];
        for (int s = 0; s < member->used; s++)
            if (member->slots[s].job == job) {
                member->slots[s].job = NULL;
                knows = true;
            }
        tc_message close = {.kind = TC_MSG_CLOSE, .job = job->serial};
        if (knows) tc_transport_send(dispatch->transport, i, &close);
    }
    job->phase = TC_JOB_ENDED;
}

void tc_dispatch_fail(tc_dispatch *dispatch, tc_job *job, const tc_error *error) {
    tc_report_failed(dispatch->link, job->request.job, error);
    tc_dispatch_end(dispatch, job);
}

static void finish(tc_dispatch *dispatch, tc_job *job) {
    tc_report_done(dispatch->link, job);
    tc_dispatch_end(dispatch, job);
}

// The result has been shown: it is encoded, or the job is done.
static void after_show(tc_dispatch *dispatch, tc_job *job) {
    job->phase = TC_JOB_ENCODE;
    if (job->want & TC_WANT_FILE) {
        tc_job_advance(job, TC_PHASE_ENCODE, 0, 1);
        tc_report_progress(dispatch->link, job, true);
    } else {
        finish(dispatch, job);
    }
}

static void after_run(tc_dispatch *dispatch, tc_job *job) {
    int last = job->plan.stage_count - 1;
    double done, total;
    tc_run_progress(&job->run, &done, &total);
    job->stage = job->run.stage_index;
    tc_job_advance(job, TC_PHASE_RUN, done, total);
    tc_report_progress(dispatch->link, job, false);
    if (!tc_run_result(&job->run)) return;
    job->phase = TC_JOB_SHOW;
    job->shown = 0;
    if (!tc_stage_is_empty(&job->plan.stages[last]) || !tc_tiling_shows(&job->plan, last, job->want))
        after_show(dispatch, job);
}

static tc_status show_tile(tc_dispatch *dispatch, tc_job *job, int stage, const tc_tile *tile, int rank,
                           tc_error *error) {
    tc_message packed = {.kind = TC_MSG_SHOW};
    int channels = tc_tiling_channels(&job->plan, stage);
    if (tc_message_pack(&packed, tile, channels, NULL, 0) != TC_OK)
        return tc_fail(error, TC_ERR_MEMORY, "not enough memory for a tile");
    tc_status status = tc_report_tile(dispatch->link, job, stage, tile->rect, channels, packed.payload, rank, error);
    tc_message_clear(&packed);
    return status;
}

bool tc_dispatch_show(tc_dispatch *dispatch) {
    size_t bytes = 0;
    tc_error error;
    for (tc_job *job = dispatch->jobs; job; job = job->next) {
        if (job->phase != TC_JOB_SHOW) continue;
        int last = job->plan.stage_count - 1;
        const tc_stage *stage = &job->plan.stages[last];
        tc_status status = TC_OK;
        for (; status == TC_OK && job->shown < tc_stage_tile_count(stage, job->side); job->shown++) {
            if (bytes > SHOW_BYTES) return true;
            tc_tile tile = tc_image_view(tc_run_result(&job->run), tc_stage_tile(stage, job->side, job->shown));
            bytes += tc_row_bytes(tile.rect.width, tile.channels) * (size_t)tile.rect.height;
            status = show_tile(dispatch, job, last, &tile, 0, &error);
        }
        if (status == TC_OK)
            after_show(dispatch, job);
        else
            tc_dispatch_fail(dispatch, job, &error);
    }
    return false;
}

// ---- Giving

// How expensive the job must be for its picture to be shared by all workers.
static uint64_t share_limit(const tc_dispatch *dispatch) {
    int jobs = 0, shared = 0, workers = tc_crew_count(&dispatch->crew, TC_MEMBER_UP);
    for (const tc_job *job = dispatch->jobs; job; job = job->next) {
        if (job->phase == TC_JOB_ENDED) continue;
        jobs++;
        shared += job->begun && job->may_share;
    }
    if (dispatch->way == TC_WAY_SHARED) return 0;
    if (dispatch->way == TC_WAY_WHOLE || workers == 1 || shared >= MAX_SHARED) return UINT64_MAX;
    return jobs < workers || jobs == 1 ? idle_limit : busy_limit;
}

static void give_open(tc_dispatch *dispatch, tc_job *job, int rank) {
    tc_message open = {.kind = TC_MSG_OPEN,
                       .job = job->serial,
                       .task = ++dispatch->serial,
                       .want = job->want,
                       .format = job->request.format,
                       .quality = job->request.quality,
                       .tile = job->request.tile,
                       .limit = share_limit(dispatch)};
    tc_error error;
    uint8_t *data;
    size_t size, tail = strlen(job->pipeline);
    tc_status status = tc_file_read(job->upload, dispatch->max_bytes, &data, &size, &error);
    if (status == TC_OK) {
        uint8_t *grown = realloc(data, size + tail + 1);
        if (grown) {
            memcpy(grown + size, job->pipeline, tail);
            open.payload = grown;
            open.size = size + tail;
            open.tail = tail;
        } else {
            free(data);
            status = tc_fail(&error, TC_ERR_MEMORY, "not enough memory for the file");
        }
    }
    if (status != TC_OK) {
        tc_dispatch_fail(dispatch, job, &error);
        return;
    }
    job->phase = TC_JOB_OPEN;
    job->begun = true;
    job->may_share = open.limit != UINT64_MAX;
    tc_member_add(&dispatch->crew.members[rank], TC_MSG_OPEN, open.task, job);
    tc_transport_send(dispatch->transport, rank, &open);
    tc_job_advance(job, TC_PHASE_DECODE, 0, 1);
    tc_report_progress(dispatch->link, job, true);
}

// Sends what the worker must know before a tile of this stage.
static void give_knowledge(tc_dispatch *dispatch, tc_job *job, const tc_task *task, int rank) {
    if (!job->knows_plan[rank]) {
        tc_message plan = {.kind = TC_MSG_PLAN,
                           .job = job->serial,
                           .in = tc_shape_rect(job->plan.source),
                           .channels = job->plan.source.channels};
        tc_message_alloc(&plan, 0, job->pipeline, strlen(job->pipeline));
        tc_transport_send(dispatch->transport, rank, &plan);
        job->knows_plan[rank] = true;
    }
    if (task->stage->apply && job->knows_stage[rank] != task->stage_index) {
        tc_message merged = {.kind = TC_MSG_MERGED, .job = job->serial, .stage = task->stage_index};
        if (tc_message_alloc(&merged, task->merged->size, NULL, 0) == TC_OK && task->merged->size)
            memcpy(merged.payload, task->merged->data, task->merged->size);
        tc_transport_send(dispatch->transport, rank, &merged);
        job->knows_stage[rank] = task->stage_index;
    }
}

// Hands out the run's next task. False when there is none that this worker can take now.
static bool give_work(tc_dispatch *dispatch, tc_job *job, int rank) {
    tc_member *member = &dispatch->crew.members[rank];
    tc_task task;
    if (!tc_member_takes(member, TC_MSG_TILE)) return false;
    tc_task_kind kind = tc_run_next(&job->run, &task);
    if (kind != TC_TASK_TILE && kind != TC_TASK_CODES) return false;
    bool tile = kind == TC_TASK_TILE;
    tc_message message = {.kind = tile ? TC_MSG_TILE : TC_MSG_CODES,
                          .job = job->serial,
                          .task = ++dispatch->serial,
                          .stage = task.stage_index,
                          .in = task.in.rect,
                          .out = tile ? task.out.rect : (tc_rect){0}};
    if (!tile) message.symbologies = tc_tiling_symbologies(task.step);
    if (tile) give_knowledge(dispatch, job, &task, rank);
    if (tc_message_pack(&message, &task.in, task.in.channels, NULL, 0) != TC_OK) {
        tc_dispatch_fail(dispatch, job, &(tc_error){TC_ERR_MEMORY, "not enough memory for a tile"});
        return false;
    }
    tc_member_add(member, message.kind, message.task, job)->work = task;
    job->stage = task.stage_index;
    tc_transport_send(dispatch->transport, rank, &message);
    return true;
}

static bool give_encode(tc_dispatch *dispatch, tc_job *job, int rank) {
    tc_member *member = &dispatch->crew.members[rank];
    if (job->encode_out || !tc_member_takes(member, TC_MSG_ENCODE)) return false;
    tc_tile result = tc_image_view(tc_run_result(&job->run), tc_shape_rect(job->plan.result));
    tc_message message = {.kind = TC_MSG_ENCODE,
                          .job = job->serial,
                          .task = ++dispatch->serial,
                          .format = job->request.format,
                          .quality = job->request.quality,
                          .in = result.rect};
    if (tc_message_pack(&message, &result, result.channels, NULL, 0) != TC_OK) {
        tc_dispatch_fail(dispatch, job, &(tc_error){TC_ERR_MEMORY, "not enough memory for the result"});
        return false;
    }
    job->encode_out = true;
    tc_member_add(member, TC_MSG_ENCODE, message.task, job);
    tc_transport_send(dispatch->transport, rank, &message);
    return true;
}

// Gives one task to the worker, the oldest job first. False when there is nothing for it.
static bool give_one(tc_dispatch *dispatch, int rank) {
    const tc_member *member = &dispatch->crew.members[rank];
    for (tc_job *job = dispatch->jobs; job; job = job->next) {
        if (job->phase == TC_JOB_RUN && give_work(dispatch, job, rank)) return true;
        if (job->phase == TC_JOB_ENCODE && give_encode(dispatch, job, rank)) return true;
        if (job->phase == TC_JOB_WAITING && tc_member_takes(member, TC_MSG_OPEN) &&
            (job->begun || !dispatch->crippled)) {
            give_open(dispatch, job, rank);
            return true;
        }
    }
    return false;
}

void tc_dispatch_fill(tc_dispatch *dispatch) {
    // Each worker gets a first task before any gets a second.
    for (int depth = 0; depth < TC_SLOTS; depth++)
        for (int rank = 1; rank < dispatch->crew.size; rank++)
            while (tc_member_takes(&dispatch->crew.members[rank], TC_MSG_TILE) &&
                   dispatch->crew.members[rank].used == depth && give_one(dispatch, rank)) {
            }
}

// ---- Taking

static void take_source(tc_dispatch *dispatch, tc_slot *slot, tc_message *message) {
    tc_job *job = slot->job;
    tc_error error;
    tc_shape shape = {message->in.width, message->in.height, message->channels};
    bool share = message->kind == TC_MSG_SOURCE;
    int workers = share ? tc_crew_count(&dispatch->crew, TC_MEMBER_UP) : 1;
    job->format = message->format;
    tc_message_text(message, job->warning, sizeof job->warning);
    tc_status status = tc_job_plan(job, shape, dispatch->max_pixels, workers, &error);
    if (status == TC_OK) {
        tc_report_picture(dispatch->link, job);
        tc_job_advance(job, TC_PHASE_DECODE, 1, 1);
        job->whole = !share;
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
        if (job->phase == TC_JOB_RUN) after_run(dispatch, job);
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
        status = show_tile(dispatch, job, work->stage_index, &pixels, rank, &error);
    if (status == TC_OK) status = tc_run_finish_tile(&job->run, work, &partial, &error);
    tc_blob_clear(&partial);
    if (status == TC_OK)
        after_run(dispatch, job);
    else
        tc_dispatch_fail(dispatch, job, &error);
}

static void take_found(tc_dispatch *dispatch, tc_job *job, const tc_task *work, tc_message *message) {
    tc_blob codes = {message->payload, message->size};
    tc_error error;
    tc_status status = TC_OK;
    if (codes.size > 0 && tc_codes_count(&codes) < 0)
        status = tc_fail(&error, TC_ERR_INTERNAL, "a worker gave codes that cannot be read");
    if (status == TC_OK) tc_report_codes(dispatch->link, job, &codes);
    if (status == TC_OK && work) {
        message->payload = NULL;
        status = tc_run_finish_codes(&job->run, work, &codes, &error);
        if (status == TC_OK) after_run(dispatch, job);
    }
    if (status != TC_OK) tc_dispatch_fail(dispatch, job, &error);
}

static void take_file(tc_dispatch *dispatch, tc_job *job, const tc_message *message) {
    tc_error error;
    tc_status status = TC_OK;
    job->bytes = message->size;
    if (job->want & TC_WANT_FILE) status = tc_file_write(job->out, message->payload, message->size, &error);
    if (status == TC_OK)
        finish(dispatch, job);
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
    if (message->kind == TC_MSG_PICTURE) {
        tc_slot slot = {.job = job};
        take_source(dispatch, &slot, message);
        return;
    }
    if (!job->planned || message->stage >= job->plan.stage_count) return;
    switch (message->kind) {
    case TC_MSG_STEP:
        job->stage = message->stage;
        tc_job_advance(job, message->phase, (double)message->done, (double)message->total);
        tc_report_progress(dispatch->link, job, false);
        break;
    case TC_MSG_FOUND:
        take_found(dispatch, job, NULL, message);
        break;
    case TC_MSG_SHOW:
        if (message->channels != tc_tiling_channels(&job->plan, message->stage)) break;
        if (tc_report_tile(dispatch->link, job, message->stage, message->out, message->channels, message->payload, rank,
                           &error) != TC_OK)
            tc_dispatch_fail(dispatch, job, &error);
        break;
    default:
        break;
    }
}

void tc_dispatch_take(tc_dispatch *dispatch, int rank, tc_message *message) {
    tc_member *member = &dispatch->crew.members[rank];
    tc_slot *found = message->task ? tc_member_find(member, message->task) : NULL;
    if (!found) {
        if (message->kind == TC_MSG_RESULT || message->kind == TC_MSG_FAILED)
            tc_ping_take(dispatch, message);
        else
            take_note(dispatch, rank, message);
        return;
    }
    if (message->kind == TC_MSG_SOURCE && message->codes_follow && found->job) {
        take_source(dispatch, found, message);
        return;
    }
    if (message->kind == TC_MSG_SOURCE && message->codes_follow) return; // the end is still to come
    tc_slot slot = *found;
    tc_member_remove(member, found);
    if (!slot.job) return;
    switch (message->kind) {
    case TC_MSG_SOURCE:
        take_source(dispatch, &slot, message);
        break;
    case TC_MSG_RESULT:
        take_result(dispatch, slot.job, &slot.work, message, rank);
        break;
    case TC_MSG_FOUND:
        take_found(dispatch, slot.job, &slot.work, message);
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

// ---- Losing

// Counts the loss against the job of the task that the worker was at. Of several workers lost at different tasks of
// one job only the first counts: a picture that kills does so at the same task again.
static bool blame(const tc_slot *slot) {
    tc_job *job = slot->job;
    bool first = job->culprit.kind == TC_MSG_NONE;
    if (!first && (job->culprit.kind != slot->kind || job->culprit.stage != slot->work.stage_index ||
                   job->culprit.tile != slot->work.tile))
        return false;
    job->culprit.kind = slot->kind;
    job->culprit.stage = slot->work.stage_index;
    job->culprit.tile = slot->work.tile;
    job->losses++;
    return true;
}

static void take_back(tc_slot *slot) {
    tc_job *job = slot->job;
    if (!job || job->phase == TC_JOB_ENDED) return;
    switch (slot->kind) {
    case TC_MSG_OPEN:
        tc_job_reset(job);
        break;
    case TC_MSG_ENCODE:
        job->encode_out = false;
        break;
    default:
        tc_run_return(&job->run, &slot->work);
    }
}

void tc_dispatch_lose(tc_dispatch *dispatch, int rank) {
    tc_member *member = &dispatch->crew.members[rank];
    tc_job *job = member->used > 0 ? member->slots[0].job : NULL;
    bool blamed = job && blame(&member->slots[0]);
    member->state = TC_MEMBER_LOST;
    dispatch->crippled = true;
    tc_transport_drop(dispatch->transport, rank);
    tc_report_lost(dispatch->link, rank, blamed ? job->request.job : 0);
    tc_ping_lose(dispatch, rank);
    for (int i = 0; i < member->used; i++) take_back(&member->slots[i]);
    member->used = 0;
    if (!blamed || job->losses < MAX_LOSSES) return;
    tc_error error;
    tc_fail(&error, TC_ERR_CORRUPT,
            "this picture was given up because %d workers of the server ended while they worked on it", job->losses);
    tc_dispatch_fail(dispatch, job, &error);
}
