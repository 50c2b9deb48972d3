// What all parts of a worker use.
#include "mpi_workers/worker.h"

#include "system/clock.h"

#include <string.h>

void tc_worker_send(tc_worker *worker, tc_message *message) {
    tc_transport_send(worker->transport, 0, message);
    worker->sent_ms = tc_clock_ms();
}

void tc_worker_send_failure(tc_worker *worker, uint32_t job, uint32_t task, const tc_error *error) {
    TC_ASSERT(error->status != TC_OK);
    tc_message reply = {.kind = TC_MSG_FAILED, .job = job, .task = task, .status = error->status};
    tc_message_alloc(&reply, 0, error->text, strlen(error->text)); // the scheduler has a sentence for an empty tail
    tc_worker_send(worker, &reply);
}

tc_status tc_worker_send_codes(tc_worker *worker, uint32_t job, uint32_t task, const tc_blob *codes, tc_error *error) {
    tc_message message = {.kind = TC_MSG_CODES, .job = job, .task = task};
    TC_ASSERT(job != 0);
    if (codes->size == 0) return TC_OK;
    tc_status status = tc_message_copy(&message, codes->data, codes->size, error);
    if (status == TC_OK) tc_worker_send(worker, &message);
    return status;
}

tc_status tc_worker_plan(const tc_worker *worker, const tc_message *message, tc_shape source, tc_plan *plan,
                         tc_error *error) {
    char text[TC_MAX_PIPELINE_TEXT];
    tc_pipeline pipeline;
    *plan = (tc_plan){0};
    tc_message_text(message, text, sizeof text);
    tc_status status = tc_pipeline_parse(&pipeline, text, error);
    if (status == TC_OK) status = tc_plan_init(plan, &pipeline, source, worker->limits.max_pixels, error);
    return status;
}
