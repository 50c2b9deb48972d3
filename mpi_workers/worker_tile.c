// Computes single tiles.
#include "mpi_workers/worker_tile.h"

#include "mpi_workers/worker_job.h"

#include <stdlib.h>
#include <string.h>

// Why a tile cannot be computed from what the message holds; NULL when it can.
static const char *find_fault(const tc_worker_job *job, const tc_message *task) {
    if (!job || task->stage >= job->plan.stage_count) return "a tile of an unknown job or stage";
    const tc_stage *stage = &job->plan.stages[task->stage];
    if (tc_rect_empty(task->out) || !tc_rect_contains(tc_shape_rect(stage->out), task->out))
        return "a tile outside its picture";
    if (task->channels != stage->in.channels || !tc_rect_contains(tc_shape_rect(stage->in), task->in) ||
        !tc_rect_contains(task->in, tc_stage_source(stage, task->out)))
        return "a tile without the pixels it needs";
    if (stage->apply && job->merged_stage != task->stage) return "a tile without its stage's merged result";
    return NULL;
}

// Appends the partial result to the message, as its tail.
static tc_status append_tail(tc_message *message, const tc_blob *partial, tc_error *error) {
    TC_ASSERT(message->tail == 0);
    if (partial->size == 0) return TC_OK;
    uint8_t *grown = realloc(message->payload, message->size + partial->size);
    if (!grown) return tc_fail(error, TC_ERR_MEMORY, "not enough memory for a tile");
    memcpy(grown + message->size, partial->data, partial->size);
    message->payload = grown;
    message->size += partial->size;
    message->tail = partial->size;
    return TC_OK;
}

// Computes `rect` of a stage from the task's pixels, and sends it.
static void compute(tc_worker *worker, const tc_message *task, const tc_stage *stage, const tc_blob *merged,
                    tc_rect rect) {
    tc_message reply = {.kind = TC_MSG_RESULT,
                        .job = task->job,
                        .task = task->task,
                        .stage = task->stage,
                        .channels = stage->out.channels,
                        .out = rect};
    TC_ASSERT(tc_rect_contains(tc_shape_rect(stage->out), rect));
    tc_blob partial = {0};
    tc_error error = {TC_ERR_MEMORY, "not enough memory for a tile"};
    size_t size = tc_row_bytes(rect.width, reply.channels) * (size_t)rect.height;
    tc_status status = tc_message_alloc(&reply, size, NULL, 0);
    if (status == TC_OK) {
        tc_tile in = tc_message_tile(task, task->in), out = tc_message_tile(&reply, rect);
        status = tc_stage_run(stage, merged, &in, &out, &partial, &error);
    }
    if (status == TC_OK) status = append_tail(&reply, &partial, &error);
    tc_blob_clear(&partial);
    if (status == TC_OK) {
        tc_worker_send(worker, &reply);
    } else {
        tc_message_clear(&reply);
        tc_worker_send_failure(worker, task->job, task->task, &error);
    }
}

void tc_worker_compute_tile(tc_worker *worker, tc_message *task) {
    TC_ASSERT(task->kind == TC_MSG_TILE && task->task != 0);
    tc_worker_job *job = tc_worker_job_find(worker, task->job);
    const char *fault = find_fault(job, task);
    if (fault) {
        tc_error error;
        tc_fail(&error, TC_ERR_INTERNAL, "the worker received %s (internal error)", fault);
        tc_worker_send_failure(worker, task->job, task->task, &error);
        return;
    }
    const tc_stage *stage = &job->plan.stages[task->stage];
    compute(worker, task, stage, stage->apply ? &job->merged : NULL, task->out);
}

void tc_worker_answer_ping(tc_worker *worker, tc_message *task) {
    TC_ASSERT(task->kind == TC_MSG_PING);
    tc_plan plan;
    tc_error error;
    tc_shape source = {task->in.width, task->in.height, task->channels};
    tc_status status = tc_worker_plan(worker, task, source, &plan, &error);
    if (status == TC_OK && (plan.stage_count != 1 || plan.stages[0].scan))
        status = tc_fail(&error, TC_ERR_ARGUMENT, "the pipeline of a ping must be one stage");
    if (status == TC_OK)
        compute(worker, task, &plan.stages[0], NULL, tc_shape_rect(plan.result));
    else
        tc_worker_send_failure(worker, task->job, task->task, &error);
    tc_plan_clear(&plan);
}
