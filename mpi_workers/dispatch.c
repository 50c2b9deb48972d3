#include "mpi_workers/dispatch.h"

#include "mpi_workers/bell.h"
#include "mpi_workers/report.h"
#include "mpi_workers/tiling.h"

enum {
    MAX_LOSSES = 2, // workers that one job may cost
    SHOW_BYTES = 16 << 20,
    TAKE_MS = 200, // until a worker has told that it is at a picture
};
void tc_dispatch_end(tc_dispatch *dispatch, tc_job *job) {
    for (int i = 1; i < dispatch->roster.size; i++) {
        tc_member *member = &dispatch->roster.members[i];
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

void tc_dispatch_finish(tc_dispatch *dispatch, tc_job *job) {
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
        tc_dispatch_finish(dispatch, job);
    }
}

void tc_dispatch_advance(tc_dispatch *dispatch, tc_job *job) {
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

tc_status tc_dispatch_show_tile(tc_dispatch *dispatch, tc_job *job, int stage, const tc_tile *tile, int rank,
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
            status = tc_dispatch_show_tile(dispatch, job, last, &tile, 0, &error);
        }
        if (status == TC_OK)
            after_show(dispatch, job);
        else
            tc_dispatch_fail(dispatch, job, &error);
    }
    return false;
}

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

// False for a worker that has not been heard since it was given a picture, a moment ago: it was ending already, as when
// several are killed at once.
static bool has_begun(const tc_member *member) {
    return member->slots[0].kind != TC_MSG_OPEN || member->heard > member->since ||
           tc_now_ms() - member->since > TAKE_MS;
}

void tc_dispatch_lose(tc_dispatch *dispatch, int rank) {
    tc_member *member = &dispatch->roster.members[rank];
    tc_job *job = member->used > 0 ? member->slots[0].job : NULL;
    bool blamed = job && has_begun(member) && blame(&member->slots[0]);
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
