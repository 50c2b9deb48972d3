// Requests to the codec process and their replies to the scheduler.
#include "mpi_workers/worker_codec.h"

#include <string.h>

// The receiver of codes while they are read.
typedef struct code_sender {
    tc_worker *worker;
    const tc_message *task;
    tc_status status;
    tc_error error;
} code_sender;

static void send_codes(void *user, const tc_blob *codes) {
    code_sender *s = user;
    if (s->status == TC_OK) s->status = tc_worker_send_codes(s->worker, s->task->job, s->task->task, codes, &s->error);
}

void tc_worker_read_codes(tc_worker *worker, const tc_message *task, const tc_tile *picture,
                          const tc_codes_options *options) {
    TC_ASSERT(task->task != 0);
    tc_message reply = {.kind = TC_MSG_CODES_DONE, .job = task->job, .task = task->task};
    code_sender sender = {.worker = worker, .task = task};
    const tc_codes_listener listener = {.on_codes = send_codes, .user = &sender};
    tc_blob codes = {0};
    tc_error error;
    char warning[256];
    tc_status status =
        tc_codec_client_read_codes(worker->codec, picture, options, &listener, &codes, warning, sizeof warning, &error);
    tc_blob_clear(&codes);
    if (status == TC_OK && sender.status != TC_OK) {
        status = sender.status;
        error = sender.error;
    }
    if (status == TC_OK && tc_message_alloc(&reply, 0, warning, strlen(warning)) != TC_OK)
        status = tc_fail(&error, TC_ERR_MEMORY, "not enough memory for codes");
    if (status == TC_OK)
        tc_worker_send(worker, &reply);
    else
        tc_worker_send_failure(worker, task->job, task->task, &error);
}

void tc_worker_read_task_codes(tc_worker *worker, tc_message *task) {
    TC_ASSERT(task->kind == TC_MSG_READ_CODES);
    const tc_codes_options options = {.symbologies = task->symbologies, .is_part = task->is_part == 1};
    tc_tile picture = tc_message_tile(task, task->in);
    tc_worker_read_codes(worker, task, &picture, &options);
}

void tc_worker_encode(tc_worker *worker, tc_message *task) {
    TC_ASSERT(task->kind == TC_MSG_ENCODE);
    tc_message reply = {.kind = TC_MSG_FILE, .job = task->job, .task = task->task};
    tc_tile tile = tc_message_tile(task, task->in);
    tc_image picture = {tile.data, tile.stride, {task->in.width, task->in.height, task->channels}};
    tc_blob file = {0};
    tc_error error;
    if (tc_codec_client_encode(worker->codec, &picture, task->format, task->quality, &file, &error) != TC_OK) {
        tc_blob_clear(&file);
        tc_worker_send_failure(worker, task->job, task->task, &error);
        return;
    }
    reply.payload = file.data;
    reply.size = file.size;
    tc_worker_send(worker, &reply);
}
