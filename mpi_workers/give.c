// Handing out: which worker gets which task.
#include "mpi_workers/dispatch.h"
#include "mpi_workers/report.h"
#include "mpi_workers/tiling.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_SHARED = 3 }; // jobs whose pictures are at rank 0 at once
// Sharing a picture must save so many ns: a little when workers are idle; a lot when there are as many jobs as workers,
// because then it does not raise the number of jobs done, but keeps one from taking very long.
static const uint64_t idle_limit = 10 * 1000000ull, busy_limit = 2000 * 1000000ull;

// What sharing the next job's picture must save.
static uint64_t share_limit(const tc_dispatch *dispatch) {
    int jobs = 0, shared = 0, workers = tc_roster_count(&dispatch->roster, TC_MEMBER_UP);
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
                       .limit = share_limit(dispatch),
                       .total = (uint64_t)tc_roster_count(&dispatch->roster, TC_MEMBER_UP)};
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
    tc_member_add(&dispatch->roster.members[rank], TC_MSG_OPEN, open.task, job);
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
    tc_member *member = &dispatch->roster.members[rank];
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
    if (!tile) {
        message.symbologies = tc_tiling_symbologies(task.step);
        message.tile = task.part;
    }
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
    tc_member *member = &dispatch->roster.members[rank];
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
    const tc_member *member = &dispatch->roster.members[rank];
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
        for (int rank = 1; rank < dispatch->roster.size; rank++)
            while (tc_member_takes(&dispatch->roster.members[rank], TC_MSG_TILE) &&
                   dispatch->roster.members[rank].used == depth && give_one(dispatch, rank)) {
            }
}
