// Counts lost workers against the jobs that may have caused it, and requeues their tasks.
#include "mpi_workers/sched_recovery.h"

#include "mpi_workers/sched_ping.h"
#include "mpi_workers/sched_report.h"
#include "system/clock.h"

enum {
    MAX_LOSSES = 2, // workers that one job may cost
    BEGIN_MS = 200, // for a worker to report that it has begun a job
};

// Counts the loss against the job of the task in progress. Of several workers lost during different tasks of one job
// only the first counts: a picture that crashes workers does so in the same task again.
static bool count_loss(const tc_sched_slot *slot) {
    tc_sched_job *job = slot->job;
    bool first = job->suspect.kind == TC_MSG_NONE;
    if (!first && (job->suspect.kind != slot->kind || job->suspect.stage != slot->work.stage_index ||
                   job->suspect.tile != slot->work.tile))
        return false;
    job->suspect.kind = slot->kind;
    job->suspect.stage = slot->work.stage_index;
    job->suspect.tile = slot->work.tile;
    job->losses++;
    return true;
}

static void requeue(tc_sched_slot *slot) {
    tc_sched_job *job = slot->job;
    if (!job) return;
    TC_ASSERT(job->state != TC_SCHED_JOB_ENDED);
    switch (slot->kind) {
    case TC_MSG_START_JOB:
        tc_sched_job_restart(job);
        break;
    case TC_MSG_ENCODE:
        job->encode_assigned = false;
        break;
    default:
        tc_run_requeue(&job->run, &slot->work);
    }
}

// False for a worker that was assigned a job a moment ago and has sent nothing since: it was ending already, as when
// several are killed at once.
static bool has_begun(const tc_sched_worker *worker) {
    return worker->slots[0].kind != TC_MSG_START_JOB || worker->received_ms > worker->task_ms ||
           tc_clock_ms() - worker->task_ms > BEGIN_MS;
}

void tc_sched_lose_worker(tc_sched *sched, int rank) {
    tc_sched_worker *worker = tc_sched_workers_at(&sched->workers, rank);
    TC_ASSERT(worker->state != TC_SCHED_WORKER_LOST);
    tc_sched_job *job = worker->slot_count > 0 ? worker->slots[0].job : NULL;
    bool counted = job && !worker->is_unreachable && has_begun(worker) && count_loss(&worker->slots[0]);
    worker->state = TC_SCHED_WORKER_LOST;
    sched->degraded = true;
    tc_transport_abandon(sched->transport, rank);
    tc_sched_report_lost(sched->link, rank, counted ? job->request.job : 0);
    tc_sched_ping_lose(sched, rank);
    for (int i = 0; i < worker->slot_count; i++) requeue(&worker->slots[i]);
    worker->slot_count = 0;
    if (!counted || job->losses < MAX_LOSSES) return;
    tc_error error;
    tc_fail(&error, TC_ERR_CORRUPT, "this picture failed because %d workers of the server ended while processing it",
            job->losses);
    tc_sched_fail_job(sched, job, &error);
}
