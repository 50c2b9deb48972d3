// Advances distributed jobs from their run to sending and encoding.
#include "mpi_workers/sched_result.h"

#include "mpi_workers/sched_report.h"
#include "mpi_workers/tiling.h"

enum { SEND_BYTES = 16 << 20 }; // of results, before messages are received again

// The result has been sent: it is encoded next, or the job is done.
static void encode_or_finish(tc_sched *sched, tc_sched_job *job) {
    job->state = TC_SCHED_JOB_ENCODING;
    if (job->want & TC_WANT_FILE) {
        tc_sched_job_set_progress(job, TC_PROGRESS_ENCODE, 0, 1);
        tc_sched_report_progress(sched->link, job, true);
    } else {
        tc_sched_finish_job(sched, job);
    }
}

void tc_sched_advance_job(tc_sched *sched, tc_sched_job *job) {
    TC_ASSERT(job->state == TC_SCHED_JOB_DISTRIBUTED && job->run_active);
    int last = job->plan.stage_count - 1;
    double done, total;
    tc_run_progress(&job->run, &done, &total);
    job->stage = job->run.stage_index;
    tc_sched_job_set_progress(job, TC_PROGRESS_RUN, done, total);
    tc_sched_report_progress(sched->link, job, false);
    if (!tc_run_result(&job->run)) return;
    job->state = TC_SCHED_JOB_SENDING;
    job->tiles_sent = 0;
    // A last stage that computes tiles has sent them as they came.
    if (!tc_stage_is_empty(&job->plan.stages[last]) || !tc_tiling_is_sent(&job->plan, last, job->want))
        encode_or_finish(sched, job);
}

tc_status tc_sched_send_tile(tc_sched *sched, tc_sched_job *job, int stage, const tc_tile *tile, int rank,
                             tc_error *error) {
    TC_ASSERT(stage >= 0 && stage < job->plan.stage_count);
    tc_message packed = {.kind = TC_MSG_CLIENT_TILE};
    int channels = tc_tiling_sent_channels(&job->plan, stage);
    if (tc_message_pack(&packed, tile, channels, NULL, 0) != TC_OK)
        return tc_fail(error, TC_ERR_MEMORY, "not enough memory for a tile");
    tc_status status = tc_sched_report_tile(sched->link, job, stage, tile->rect, channels, packed.payload, rank, error);
    tc_message_clear(&packed);
    return status;
}

bool tc_sched_send_results(tc_sched *sched) {
    size_t bytes = 0;
    tc_error error;
    for (tc_sched_job *job = sched->jobs; job; job = job->next) {
        if (job->state != TC_SCHED_JOB_SENDING) continue;
        int last = job->plan.stage_count - 1;
        const tc_stage *stage = &job->plan.stages[last];
        tc_status status = TC_OK;
        for (; status == TC_OK && job->tiles_sent < tc_stage_tile_count(stage, job->tile_side); job->tiles_sent++) {
            if (bytes > SEND_BYTES) return true;
            tc_rect rect = tc_stage_tile(stage, job->tile_side, job->tiles_sent);
            tc_tile tile = tc_image_view(tc_run_result(&job->run), rect);
            bytes += tc_row_bytes(rect.width, tile.channels) * (size_t)rect.height;
            status = tc_sched_send_tile(sched, job, last, &tile, 0, &error);
        }
        if (status == TC_OK)
            encode_or_finish(sched, job);
        else
            tc_sched_fail_job(sched, job, &error);
    }
    return false;
}
