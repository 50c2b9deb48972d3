// A run on the threads of one worker. The worker's own thread (number 1) sends all messages; the others queue theirs.
#include "mpi_workers/worker_local.h"

#include "mpi_workers/estimate.h"
#include "mpi_workers/tiling.h"
#include "mpi_workers/worker_poll.h"
#include "system/clock.h"
#include "threads/run_driver.h"

#include <string.h>

enum {
    PROGRESS_MS = 40,     // between two reports
    MAX_UNSENT = 8 << 20, // bytes sent or queued before the next tile waits; the scheduler's caches should hold them
    MIN_GRANT_GAIN = 2000000, // ns that a second core must save to be worth a thread
};

typedef struct local_run {
    tc_worker *worker;
    const tc_message *task;
    const tc_plan *plan;
    tc_run run;
    int tile_side;
    int64_t progress_ms;     // when progress was last reported
    bool uses_granted_cores; // they are worth a thread each
    tc_thread_pool threads;
    int ranks[TC_MAX_THREADS]; // by thread: whose core it has; each is used by its thread only
    // Shared by all threads, under the thread pool's lock.
    tc_run_driver driver;
    tc_core_grant grant;
    tc_message_queue send_queue;
} local_run;

static tc_status queue_progress(local_run *r, uint32_t phase, tc_error *error) {
    double done = 0, total = 1;
    if (phase == TC_PROGRESS_RUN) tc_run_progress(&r->run, &done, &total);
    tc_message progress = {.kind = TC_MSG_PROGRESS,
                           .job = r->task->job,
                           .stage = r->run.stage_index,
                           .phase = phase,
                           .done = (uint64_t)done,
                           .total = (uint64_t)total};
    r->progress_ms = tc_clock_ms();
    return tc_message_queue_push(&r->send_queue, &progress, error);
}

// Sends all messages of the queue, and waits while too much is unsent. Handles the messages that arrive meanwhile.
static tc_status send_all(local_run *r, tc_message_queue *queue, tc_error *error) {
    tc_worker *worker = r->worker;
    bool cancelled = tc_worker_poll(worker);
    for (tc_message message; !cancelled && tc_message_queue_pop(queue, &message);) {
        tc_worker_send(worker, &message);
        while (!cancelled && tc_transport_unsent(worker->transport) > MAX_UNSENT) {
            tc_transport_wait(worker->transport, -1, false, 1);
            cancelled = tc_worker_poll(worker);
        }
    }
    tc_message_queue_clear(queue);
    return cancelled ? tc_fail(error, TC_ERR_CANCELLED, "cancelled") : TC_OK;
}

// Packs the tile for the client; `message` stays empty if the client does not receive it. `rank`: whose core computed
// it.
static tc_status pack_tile(const local_run *r, int stage, const tc_tile *tile, int rank, tc_message *message,
                           tc_error *error) {
    *message = (tc_message){0};
    if (!tc_tiling_is_sent(r->plan, stage, r->task->want)) return TC_OK;
    *message = (tc_message){
        .kind = TC_MSG_CLIENT_TILE, .job = r->task->job, .stage = stage, .out = tile->rect, .worker = (uint32_t)rank};
    if (tc_message_pack(message, tile, tc_tiling_sent_channels(r->plan, stage), NULL, 0) == TC_OK) return TC_OK;
    *message = (tc_message){0};
    return tc_fail(error, TC_ERR_MEMORY, "not enough memory for a tile");
}

static tc_status on_tile_computed(void *user, const tc_task *task, int thread, tc_error *error) {
    local_run *r = user;
    tc_message sent = {0};
    tc_status status = pack_tile(r, task->stage_index, &task->out, r->ranks[thread - 1], &sent, error);
    if (status != TC_OK || !sent.kind) return status;
    tc_thread_pool_lock(&r->threads);
    status = tc_message_queue_push(&r->send_queue, &sent, error);
    tc_thread_pool_unlock(&r->threads);
    return status;
}

// Queues straight lines.
static tc_status on_segments(void *user, const tc_blob *segments, tc_error *error) {
    local_run *r = user;
    tc_message lines = {.kind = TC_MSG_LINES, .job = r->task->job, .stage = r->run.stage_index};
    tc_status status = tc_message_copy(&lines, segments->data, segments->size, error);
    return status == TC_OK ? tc_message_queue_push(&r->send_queue, &lines, error) : status;
}

static tc_status on_codes(void *user, const tc_blob *codes, tc_error *error) {
    local_run *r = user;
    return tc_worker_send_codes(r->worker, r->task->job, 0, codes, error);
}

static tc_status send_warning(local_run *r, const char *text, tc_error *error) {
    tc_message warning = {.kind = TC_MSG_WARNING, .job = r->task->job};
    if (!text[0]) return TC_OK;
    if (tc_message_alloc(&warning, 0, text, strlen(text)) != TC_OK)
        return tc_fail(error, TC_ERR_MEMORY, "not enough memory for a warning");
    tc_worker_send(r->worker, &warning);
    return TC_OK;
}

// Only on the worker's own thread, whose codec process it is.
static tc_status on_read_codes(void *user, const tc_task *task, tc_codes_sink *sink, tc_error *error) {
    local_run *r = user;
    const tc_codes_options options = {.symbologies = tc_step_symbologies(task->step), .is_part = task->is_part};
    const tc_codes_listener listener = {.on_codes = tc_codes_sink_add, .user = sink};
    tc_blob codes = {0};
    char warning[256];
    tc_status status = tc_codec_client_read_codes(r->worker->codec, &task->in, &options, &listener, &codes, warning,
                                                  sizeof warning, error);
    tc_blob_clear(&codes);
    return status == TC_OK ? send_warning(r, warning, error) : status;
}

static const tc_run_handler run_handler = {
    .tile_computed = on_tile_computed,
    .segments_found = on_segments,
    .read_codes = on_read_codes,
    .codes_found = on_codes,
};

// What only the worker's own thread may do: exchange messages, and start threads for granted cores.
static tc_status exchange_messages(local_run *r, tc_error *error) {
    tc_thread_pool *pool = &r->threads;
    tc_status status = TC_OK;
    if (tc_clock_ms() - r->progress_ms >= PROGRESS_MS) status = queue_progress(r, TC_PROGRESS_RUN, error);
    tc_message_queue queue = r->send_queue;
    r->send_queue = (tc_message_queue){0};
    tc_thread_pool_unlock(pool);
    if (status == TC_OK) status = send_all(r, &queue, error);
    tc_message_queue_clear(&queue);
    tc_thread_pool_lock(pool);
    r->grant = r->worker->grant;
    if (!r->uses_granted_cores) r->grant.count = 0;
    TC_ASSERT(r->grant.count >= 0 && r->grant.count < TC_MAX_THREADS);
    tc_thread_pool_grow(pool, 1 + r->grant.count);
    tc_thread_pool_notify(pool);
    return status;
}

// True for a thread that must not begin a task: its core's grant has ended, or too much is queued for sending.
static bool must_pause(const local_run *r, int thread) {
    return thread > 1 && (thread > 1 + r->grant.count || r->send_queue.bytes > MAX_UNSENT);
}

static tc_poll_result poll_run(tc_thread_pool *pool, void *context, int thread) {
    (void)pool;
    local_run *r = context;
    tc_error error;
    if (thread == 1 && !r->driver.error.status && exchange_messages(r, &error) != TC_OK)
        tc_run_driver_fail(&r->driver, &error);
    if (must_pause(r, thread)) return TC_POLL_IDLE;
    r->ranks[thread - 1] = thread > 1 ? r->grant.ranks[thread - 2] : 0;
    return tc_run_driver_poll(&r->driver, thread, thread == 1);
}

static tc_status compute_all(local_run *r, tc_error *error) {
    tc_thread_pool_init(&r->threads, poll_run, r);
    tc_run_driver_init(&r->driver, &r->run, &r->threads, &run_handler, r, r->task->client_job);
    tc_thread_pool_run(&r->threads, 1);
    tc_thread_pool_clear(&r->threads);
    if (!r->driver.error.status) return send_all(r, &r->send_queue, error);
    *error = r->driver.error;
    return error->status;
}

// Sends the tiles of a last stage that computes nothing, which have not been sent yet.
static tc_status send_result(local_run *r, tc_error *error) {
    int last = r->plan->stage_count - 1;
    const tc_stage *stage = &r->plan->stages[last];
    if (!tc_stage_is_empty(stage)) return TC_OK;
    for (int i = 0; i < tc_stage_tile_count(stage, r->tile_side); i++) {
        tc_tile tile = tc_image_view(tc_run_result(&r->run), tc_stage_tile(stage, r->tile_side, i));
        tc_message sent;
        tc_status status = pack_tile(r, last, &tile, 0, &sent, error);
        if (status == TC_OK && sent.kind) status = tc_message_queue_push(&r->send_queue, &sent, error);
        if (status == TC_OK) status = send_all(r, &r->send_queue, error);
        if (status != TC_OK) return status;
    }
    return TC_OK;
}

static tc_status encode(local_run *r, tc_blob *file, tc_error *error) {
    if (!(r->task->want & TC_WANT_FILE)) return TC_OK;
    tc_status status = queue_progress(r, TC_PROGRESS_ENCODE, error);
    if (status == TC_OK) status = send_all(r, &r->send_queue, error);
    if (status != TC_OK) return status;
    return tc_codec_client_encode(r->worker->codec, tc_run_result(&r->run), r->task->format, r->task->quality, file,
                                  error);
}

static tc_status send_shape(const local_run *r, const tc_image *image, tc_format format, const char *warning,
                            tc_error *error) {
    tc_message picture = {.kind = TC_MSG_PICTURE,
                          .job = r->task->job,
                          .format = format,
                          .channels = image->shape.channels,
                          .in = tc_shape_rect(image->shape)};
    if (tc_message_alloc(&picture, 0, warning, strlen(warning)) != TC_OK)
        return tc_fail(error, TC_ERR_MEMORY, "not enough memory for a warning");
    tc_worker_send(r->worker, &picture);
    return TC_OK;
}

tc_status tc_worker_process_picture(tc_worker *worker, const tc_message *task, const tc_plan *plan, tc_image *image,
                                    tc_format format, const char *warning, tc_error *error) {
    local_run r = {.worker = worker,
                   .task = task,
                   .plan = plan,
                   .tile_side = tc_tiling_side(plan, task->tile_side),
                   .uses_granted_cores = tc_estimate_local_gain(plan, 2) >= MIN_GRANT_GAIN,
                   .progress_ms = tc_clock_ms()};
    tc_message reply = {.kind = TC_MSG_FILE, .job = task->job, .task = task->task};
    tc_blob file = {0};
    TC_ASSERT(task->task != 0 && memcmp(&image->shape, &plan->source, sizeof image->shape) == 0);
    tc_status status = send_shape(&r, image, format, warning, error);
    if (status != TC_OK) return status;
    status = tc_run_init(&r.run, plan, image, r.tile_side, error);
    if (status == TC_OK) status = compute_all(&r, error);
    if (status == TC_OK) status = send_result(&r, error);
    if (status == TC_OK) status = encode(&r, &file, error);
    tc_message_queue_clear(&r.send_queue);
    tc_run_clear(&r.run);
    if (status != TC_OK) {
        tc_blob_clear(&file);
        return status;
    }
    reply.payload = file.data;
    reply.size = file.size;
    tc_worker_send(worker, &reply);
    return TC_OK;
}
