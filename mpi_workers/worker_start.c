// Decodes a picture and decides who computes its tiles.
#include "mpi_workers/worker_start.h"

#include "core/pyramid.h"
#include "mpi_workers/estimate.h"
#include "mpi_workers/tiling.h"
#include "mpi_workers/worker_codec.h"
#include "mpi_workers/worker_local.h"
#include "mpi_workers/worker_poll.h"

#include <string.h>

// The first step, when it reads codes and the picture is small enough for one worker to do so.
static const tc_step *first_codes_step(const tc_plan *plan) {
    const tc_stage *first = &plan->stages[0];
    bool codes =
        first->scan && first->scan->op->merge_method == TC_MERGE_CODES && tc_pyramid_region_count(plan->source) == 1;
    return codes && tc_stage_is_empty(first) ? first->scan : NULL;
}

// Returns the picture to the scheduler. When the pipeline begins with read_codes, the picture is here already, so its
// codes are read at once; the task then ends with them.
static tc_status return_picture(tc_worker *worker, const tc_message *task, tc_image *image, const tc_plan *plan,
                                tc_format format, const char *warning, tc_error *error) {
    const tc_step *step = first_codes_step(plan);
    tc_message source = {
        .kind = TC_MSG_SOURCE, .job = task->job, .task = task->task, .format = format, .codes_follow = step != NULL};
    tc_tile picture = tc_image_view(image, tc_shape_rect(image->shape));
    tc_status status;
    if (step) {
        source.in = picture.rect;
        status = tc_message_pack(&source, &picture, picture.channels, warning, strlen(warning));
    } else {
        status = tc_message_attach_image(&source, image, warning, strlen(warning));
    }
    if (status != TC_OK) return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the picture");
    tc_worker_send(worker, &source);
    if (!step) return TC_OK;
    const tc_codes_options options = {.symbologies = tc_step_symbologies(step)};
    tc_worker_read_codes(worker, task, &picture, &options);
    return TC_OK;
}

// The receiver of codes that are read before the picture is decoded.
typedef struct prescan_sender {
    tc_worker *worker;
    const tc_message *task;
    tc_probe probe;
    bool header_sent;
} prescan_sender;

static void send_prescan_codes(void *user, const tc_blob *codes) {
    prescan_sender *sender = user;
    tc_message header = {.kind = TC_MSG_HEADER,
                         .job = sender->task->job,
                         .format = sender->probe.format,
                         .channels = sender->probe.shape.channels,
                         .in = tc_shape_rect(sender->probe.shape)};
    if (!sender->header_sent) tc_worker_send(sender->worker, &header);
    sender->header_sent = true;
    tc_error error; // what cannot be sent now is read again in the decoded picture
    tc_worker_send_codes(sender->worker, sender->task->job, 0, codes, &error);
}

// When the pipeline begins with reading codes, sends those that can be read before the picture is decoded.
static void prescan(tc_worker *worker, const tc_message *task) {
    char text[TC_MAX_PIPELINE_TEXT];
    tc_pipeline pipeline;
    tc_error error;
    prescan_sender sender = {.worker = worker, .task = task};
    const tc_codes_listener listener = {.on_codes = send_prescan_codes, .user = &sender};
    tc_message_text(task, text, sizeof text);
    if (tc_pipeline_parse(&pipeline, text, &error) != TC_OK || pipeline.count == 0) return;
    const tc_step first = {.op = pipeline.steps[0].op, .args = pipeline.steps[0].args};
    if (first.op->merge_method != TC_MERGE_CODES) return;
    tc_codec_client_prescan(worker->codec, task->payload, tc_message_main_size(task), tc_step_symbologies(&first),
                            &listener, &sender.probe);
}

// True when all workers together, with the time for moving the pixels, would be faster than this one with the cores it
// has been granted.
static bool should_distribute(const tc_worker *worker, const tc_plan *plan, const tc_message *task) {
    if (task->min_gain == 0 || task->min_gain == UINT64_MAX) return task->min_gain == 0;
    double gain = tc_estimate_distributed_gain(plan, (int)task->worker_count);
    return gain >= (double)task->min_gain && gain > tc_estimate_local_gain(plan, 1 + worker->grant.count);
}

void tc_worker_start_job(tc_worker *worker, tc_message *task) {
    TC_ASSERT(task->kind == TC_MSG_START_JOB);
    tc_plan plan = {0};
    tc_image image = {0};
    tc_probe probe = {0};
    char warning[256] = "";
    tc_error error = {TC_OK, ""};
    prescan(worker, task);
    tc_status status = tc_codec_client_decode(worker->codec, task->payload, tc_message_main_size(task), &image, &probe,
                                              warning, sizeof warning, &error);
    if (status == TC_OK) status = tc_worker_plan(worker, task, image.shape, &plan, &error);
    tc_message_free_payload(task);
    if (status == TC_OK && tc_worker_poll(worker)) status = tc_fail(&error, TC_ERR_CANCELLED, "cancelled");
    if (status == TC_OK && should_distribute(worker, &plan, task))
        status = return_picture(worker, task, &image, &plan, probe.format, warning, &error);
    else if (status == TC_OK)
        status = tc_worker_process_picture(worker, task, &plan, &image, probe.format, warning, &error);
    if (status != TC_OK) tc_worker_send_failure(worker, task->job, task->task, &error);
    tc_image_clear(&image);
    tc_plan_clear(&plan);
}
