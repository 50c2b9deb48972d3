// Which worker gets which task, and the messages that carry the tasks.
#include "mpi_workers/sched_assign.h"

#include "mpi_workers/sched_report.h"
#include "mpi_workers/tiling.h"

#include <string.h>

enum { MAX_DISTRIBUTED = 3 }; // jobs whose pictures are at rank 0 at the same time
// Distributing a picture must save so many ns: little when workers are idle; much when there are as many jobs as
// workers, because then it does not raise the throughput, but only bounds the time of a single job.
static const uint64_t idle_min_gain = 10 * 1000000ull, busy_min_gain = 2000 * 1000000ull;

// What distributing the next job's picture must save.
static uint64_t min_gain(const tc_sched *sched) {
    int jobs = 0, distributed = 0, workers = tc_sched_workers_count(&sched->workers, TC_SCHED_WORKER_UP);
    for (const tc_sched_job *job = sched->jobs; job; job = job->next) {
        if (job->state == TC_SCHED_JOB_ENDED) continue;
        jobs++;
        distributed += job->begun && job->may_be_distributed;
    }
    if (sched->mode == TC_SCHED_DISTRIBUTED) return 0;
    if (sched->mode == TC_SCHED_WHOLE || workers == 1 || distributed >= MAX_DISTRIBUTED) return UINT64_MAX;
    return jobs < workers || jobs == 1 ? idle_min_gain : busy_min_gain;
}

// A message with a new task of the job.
static tc_message task_message(tc_sched *sched, const tc_sched_job *job, tc_message_kind kind) {
    return (tc_message){
        .kind = kind, .job = job->serial, .task = tc_sched_next_serial(sched), .client_job = job->request.job};
}

static void assign_start(tc_sched *sched, tc_sched_job *job, int rank) {
    tc_message start = task_message(sched, job, TC_MSG_START_JOB);
    TC_ASSERT(job->state == TC_SCHED_JOB_WAITING);
    start.want = job->want;
    start.format = job->request.format;
    start.quality = job->request.quality;
    start.tile_side = job->request.tile;
    start.min_gain = min_gain(sched);
    start.worker_count = (uint64_t)tc_sched_workers_count(&sched->workers, TC_SCHED_WORKER_UP);
    tc_error error;
    size_t size;
    start.tail = strlen(job->pipeline);
    if (tc_upload_file_read(job->upload_path, sched->max_bytes, start.tail, &start.payload, &size, &error) != TC_OK) {
        tc_sched_fail_job(sched, job, &error);
        return;
    }
    memcpy(start.payload + size, job->pipeline, start.tail);
    start.size = size + start.tail;
    job->state = TC_SCHED_JOB_STARTED;
    job->begun = true;
    job->may_be_distributed = start.min_gain != UINT64_MAX;
    tc_sched_worker_assign(tc_sched_workers_at(&sched->workers, rank), TC_MSG_START_JOB, start.task, job);
    tc_transport_send(sched->transport, rank, &start);
    tc_sched_job_set_progress(job, TC_PROGRESS_DECODE, 0, 1);
    tc_sched_report_progress(sched->link, job, true);
}

// Sends the plan and the merged result that the worker needs before a tile of this stage.
static tc_status send_prerequisites(tc_sched *sched, tc_sched_job *job, const tc_task *task, int rank,
                                    tc_error *error) {
    if (!job->plan_sent[rank]) {
        tc_message plan = {.kind = TC_MSG_PLAN,
                           .job = job->serial,
                           .in = tc_shape_rect(job->plan.source),
                           .channels = job->plan.source.channels};
        if (tc_message_alloc(&plan, 0, job->pipeline, strlen(job->pipeline)) != TC_OK)
            return tc_fail(error, TC_ERR_MEMORY, "not enough memory for a plan");
        tc_transport_send(sched->transport, rank, &plan);
        job->plan_sent[rank] = true;
    }
    if (task->stage->apply && job->merged_sent[rank] != task->stage_index) {
        tc_message merged = {.kind = TC_MSG_MERGED, .job = job->serial, .stage = task->stage_index};
        tc_status status = tc_message_copy(&merged, task->merged->data, task->merged->size, error);
        if (status != TC_OK) return status;
        tc_transport_send(sched->transport, rank, &merged);
        job->merged_sent[rank] = task->stage_index;
    }
    return TC_OK;
}

// Assigns the next task of the job's run. False when the run has none or the job has failed.
static bool assign_run_task(tc_sched *sched, tc_sched_job *job, int rank) {
    tc_sched_worker *worker = tc_sched_workers_at(&sched->workers, rank);
    tc_task task;
    tc_error error;
    if (!tc_sched_worker_accepts(worker, TC_MSG_TILE)) return false;
    tc_task_kind kind = tc_run_next(&job->run, &task);
    if (kind != TC_TASK_TILE && kind != TC_TASK_CODES) return false;
    bool is_tile = kind == TC_TASK_TILE;
    tc_message message = task_message(sched, job, is_tile ? TC_MSG_TILE : TC_MSG_READ_CODES);
    message.stage = task.stage_index;
    message.in = task.in.rect;
    if (is_tile) {
        message.out = task.out.rect;
    } else {
        message.symbologies = tc_step_symbologies(task.step);
        message.is_part = task.is_part;
    }
    tc_status status = is_tile ? send_prerequisites(sched, job, &task, rank, &error) : TC_OK;
    if (status == TC_OK && tc_message_pack(&message, &task.in, task.in.channels, NULL, 0) != TC_OK)
        status = tc_fail(&error, TC_ERR_MEMORY, "not enough memory for a tile");
    if (status != TC_OK) {
        tc_sched_fail_job(sched, job, &error);
        return false;
    }
    tc_sched_worker_assign(worker, message.kind, message.task, job)->work = task;
    job->stage = task.stage_index;
    tc_transport_send(sched->transport, rank, &message);
    return true;
}

static bool assign_encode(tc_sched *sched, tc_sched_job *job, int rank) {
    tc_sched_worker *worker = tc_sched_workers_at(&sched->workers, rank);
    if (job->encode_assigned || !tc_sched_worker_accepts(worker, TC_MSG_ENCODE)) return false;
    tc_tile result = tc_image_view(tc_run_result(&job->run), tc_shape_rect(job->plan.result));
    tc_message message = task_message(sched, job, TC_MSG_ENCODE);
    message.format = job->request.format;
    message.quality = job->request.quality;
    message.in = result.rect;
    if (tc_message_pack(&message, &result, result.channels, NULL, 0) != TC_OK) {
        tc_sched_fail_job(sched, job, &(tc_error){TC_ERR_MEMORY, "not enough memory for the result"});
        return false;
    }
    job->encode_assigned = true;
    tc_sched_worker_assign(worker, TC_MSG_ENCODE, message.task, job);
    tc_transport_send(sched->transport, rank, &message);
    return true;
}

// Assigns one task to the worker. False when there is none for it.
static bool assign_one(tc_sched *sched, int rank) {
    const tc_sched_worker *worker = tc_sched_workers_at(&sched->workers, rank);
    for (tc_sched_job *job = sched->jobs; job; job = job->next) {
        if (job->state == TC_SCHED_JOB_DISTRIBUTED && assign_run_task(sched, job, rank)) return true;
        if (job->state == TC_SCHED_JOB_ENCODING && assign_encode(sched, job, rank)) return true;
        if (job->state == TC_SCHED_JOB_WAITING && tc_sched_worker_accepts(worker, TC_MSG_START_JOB) &&
            (job->begun || !sched->degraded)) {
            assign_start(sched, job, rank);
            return true;
        }
    }
    return false;
}

void tc_sched_assign_tasks(tc_sched *sched) {
    // Each worker gets a first task before any gets a second.
    for (int depth = 0; depth < TC_SCHED_SLOTS; depth++)
        for (int rank = 1; rank < sched->workers.size; rank++) {
            const tc_sched_worker *worker = tc_sched_workers_at(&sched->workers, rank);
            while (tc_sched_worker_accepts(worker, TC_MSG_TILE) && worker->slot_count == depth &&
                   assign_one(sched, rank)) {
            }
        }
}
