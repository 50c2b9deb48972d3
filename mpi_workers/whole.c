// One picture by one worker, from file to file: decoded, given away when it is worth computing on all workers, else
// worked through here, so that only compressed bytes and the tiles that somebody wants to see travel.
#include "core/codes.h"
#include "core/run.h"
#include "mpi_workers/bell.h"
#include "mpi_workers/outbox.h"
#include "mpi_workers/tiling.h"
#include "mpi_workers/worker.h"

#include <string.h>

enum {
    STEP_MS = 40,          // between two notes on the progress
    MAX_PENDING = 8 << 20, // bytes on their way before the next tile waits; the scheduler's caches should hold them
    LEAST_GAIN = 2000000,  // ns that a second core must save
};

typedef struct whole {
    tc_worker *worker;
    const tc_message *task;
    tc_plan plan;
    tc_run run;
    int side;
    int64_t told; // when the last note went out
    bool borrows; // lent cores are worth a thread each
    // Of all threads, under the crew's lock.
    tc_loan loan;
    tc_outbox outbox;
    int busy; // threads that are at a task
    tc_status status;
    tc_error error;
} whole;

static tc_status given_up(tc_error *error) {
    return tc_fail(error, TC_ERR_CANCELLED, "given up");
}

// The step, when the pipeline begins with reading codes and the picture is small enough for one worker to do it.
static const tc_step *first_codes_step(const tc_plan *plan) {
    const tc_stage *first = &plan->stages[0];
    bool codes = first->scan && first->scan->op->merge_by == TC_MERGE_CODES && tc_search_count(plan->source) == 1;
    return codes && tc_stage_is_empty(first) ? first->scan : NULL;
}

// Gives the picture to the scheduler. When the pipeline begins with read_codes the picture is here already, so its
// codes are read at once; the task then ends with them.
static void give_source(tc_worker *worker, const tc_message *task, tc_image *image, const tc_plan *plan,
                        tc_format format, const char *warning) {
    const tc_step *step = first_codes_step(plan);
    tc_message source = {
        .kind = TC_MSG_SOURCE, .job = task->job, .task = task->task, .format = format, .codes_follow = step != NULL};
    tc_error error = {TC_ERR_MEMORY, "not enough memory for the picture"};
    tc_tile picture = tc_image_view(image, tc_shape_rect(image->shape));
    tc_status status;
    if (step) {
        source.in = picture.rect;
        status = tc_message_pack(&source, &picture, picture.channels, warning, strlen(warning));
    } else {
        status = tc_message_take(&source, image, warning, strlen(warning));
    }
    if (status != TC_OK) {
        tc_worker_fail(worker, task, &error);
        return;
    }
    tc_worker_send(worker, &source);
    if (!step) return;
    const tc_codes_options options = {.symbologies = tc_tiling_symbologies(step)};
    tc_worker_read_codes(worker, task, &picture, &options);
}

static tc_status post_step(whole *w, uint32_t phase, tc_error *error) {
    double done = 0, total = 1;
    if (phase == TC_PHASE_RUN) tc_run_progress(&w->run, &done, &total);
    tc_message step = {.kind = TC_MSG_STEP,
                       .job = w->task->job,
                       .stage = w->run.stage_index,
                       .phase = phase,
                       .done = (uint64_t)done,
                       .total = (uint64_t)total};
    w->told = tc_now_ms();
    return tc_outbox_post(&w->outbox, &step, error);
}

// Sends what is ready, and waits when too much is on its way. Takes what has come.
static tc_status send_ready(whole *w, tc_outbox *ready, tc_error *error) {
    tc_worker *worker = w->worker;
    bool go_on = !tc_worker_look(worker);
    for (tc_message message; go_on && tc_outbox_take(ready, &message);) {
        tc_worker_send(worker, &message);
        while (go_on && tc_transport_pending(worker->transport) > MAX_PENDING) {
            tc_transport_wait(worker->transport, -1, false, 1);
            go_on = !tc_worker_look(worker);
        }
    }
    tc_outbox_clear(ready);
    return go_on ? TC_OK : given_up(error);
}

// The tile as a message for the client to see it; none, if it is not to be seen. `worker`: whose core has computed it.
static tc_status pack_tile(const whole *w, int stage, const tc_tile *tile, int worker, tc_message *message,
                           tc_error *error) {
    *message = (tc_message){0};
    if (!tc_tiling_shows(&w->plan, stage, w->task->want)) return TC_OK;
    *message = (tc_message){
        .kind = TC_MSG_SHOW, .job = w->task->job, .stage = stage, .out = tile->rect, .worker = (uint32_t)worker};
    if (tc_message_pack(message, tile, tc_tiling_channels(&w->plan, stage), NULL, 0) == TC_OK) return TC_OK;
    *message = (tc_message){0};
    return tc_fail(error, TC_ERR_MEMORY, "not enough memory for a tile");
}

// Tells the straight lines that the merge before has found, if it was of such.
static tc_status post_lines(whole *w, tc_error *error) {
    const tc_blob *segments = tc_run_take_segments(&w->run);
    if (!segments) return TC_OK;
    tc_message found = {.kind = TC_MSG_LINES, .job = w->task->job, .stage = w->run.stage_index};
    if (tc_message_alloc(&found, segments->size, NULL, 0) != TC_OK)
        return tc_fail(error, TC_ERR_MEMORY, "not enough memory for the list of lines");
    if (segments->size) memcpy(found.payload, segments->data, segments->size);
    return tc_outbox_post(&w->outbox, &found, error);
}

static tc_status do_tile(whole *w, tc_crew *crew, const tc_task *task, int thread, tc_error *error) {
    tc_blob partial = {0};
    tc_message seen;
    int worker = thread > 1 ? w->loan.lenders[thread - 2] : 0;
    tc_crew_unlock(crew);
    tc_status status = tc_stage_run(task->stage, task->merged, &task->in, &task->out, &partial, error);
    if (status == TC_OK) status = pack_tile(w, task->stage_index, &task->out, worker, &seen, error);
    tc_crew_lock(crew);
    if (status == TC_OK && seen.kind) status = tc_outbox_post(&w->outbox, &seen, error);
    w->run.team = &crew->team;
    if (status == TC_OK) status = tc_run_finish_tile(&w->run, task, &partial, error);
    if (status == TC_OK) status = post_lines(w, error);
    tc_blob_clear(&partial);
    return status;
}

// Where codes go that are being read.
typedef struct reading {
    whole *whole;
    const tc_task *task;
    tc_status status;
    tc_error *error;
} reading;

static void take_codes(void *user, const tc_blob *codes) {
    reading *r = user;
    tc_blob found = {0}, fresh = {0};
    if (r->status != TC_OK) return;
    if (tc_blob_append(&found, codes->data, codes->size) != TC_OK)
        r->status = tc_fail(r->error, TC_ERR_MEMORY, "not enough memory for codes");
    if (r->status == TC_OK) r->status = tc_run_found_codes(&r->whole->run, r->task, &found, &fresh, r->error);
    if (r->status == TC_OK) tc_worker_tell_codes(r->whole->worker, r->whole->task->job, 0, &fresh);
    tc_blob_clear(&found);
    tc_blob_clear(&fresh);
}

static void send_warning(whole *w, const char *text) {
    tc_message warning = {.kind = TC_MSG_WARNING, .job = w->task->job};
    if (text[0] && tc_message_alloc(&warning, 0, text, strlen(text)) == TC_OK) tc_worker_send(w->worker, &warning);
}

// The lock stays held: while codes are read there is nothing to do for other threads.
static tc_status do_codes(whole *w, const tc_task *task, tc_error *error) {
    const tc_codes_options options = {.symbologies = tc_tiling_symbologies(task->step), .is_part = task->part};
    reading r = {.whole = w, .task = task, .error = error};
    const tc_codes_listener listener = {.on_codes = take_codes, .user = &r};
    tc_blob codes = {0};
    char warning[256];
    tc_status status = tc_codec_client_read_codes(w->worker->codec, &task->in, &options, &listener, &codes, warning,
                                                  sizeof warning, error);
    tc_blob_clear(&codes);
    if (status == TC_OK) status = r.status;
    if (status == TC_OK) send_warning(w, warning);
    return status == TC_OK ? tc_run_finish_codes(&w->run, task, error) : status;
}

// What only the worker's own thread may do: MPI's part, and bringing in the threads that are lent.
static tc_status attend(whole *w, tc_crew *crew, tc_error *error) {
    tc_status status = TC_OK;
    if (tc_now_ms() - w->told >= STEP_MS) status = post_step(w, TC_PHASE_RUN, error);
    tc_outbox ready = w->outbox;
    w->outbox = (tc_outbox){0};
    tc_crew_unlock(crew);
    if (status == TC_OK) status = send_ready(w, &ready, error);
    tc_outbox_clear(&ready);
    tc_crew_lock(crew);
    w->loan = w->worker->loan;
    if (!w->borrows) w->loan.count = 0;
    tc_crew_grow(crew, 1 + w->loan.count);
    tc_crew_wake(crew);
    return status;
}

static void note_end(whole *w, tc_status status, const tc_error *error) {
    if (status == TC_OK || w->status != TC_OK) return;
    w->status = status;
    w->error = *error;
}

// Does what this thread can do next. Lent cores rest when they are taken back, or too far ahead of the sending; the
// codec process is the worker's own thread's.
static tc_turn do_next(whole *w, tc_crew *crew, int thread) {
    tc_task task;
    tc_error error;
    if (thread > 1 && (thread > 1 + w->loan.count || w->outbox.bytes > MAX_PENDING)) return TC_TURN_IDLE;
    if (tc_crew_help(crew)) return TC_TURN_BUSY;
    tc_task_kind kind = tc_run_next(&w->run, &task);
    if (kind == TC_TASK_DONE) return TC_TURN_OVER;
    if (kind == TC_TASK_WAIT && w->busy > 0) return TC_TURN_IDLE;
    if (kind == TC_TASK_CODES && thread > 1) {
        tc_run_return(&w->run, &task);
        return TC_TURN_IDLE;
    }
    w->busy++;
    tc_status status = kind == TC_TASK_TILE    ? do_tile(w, crew, &task, thread, &error)
                       : kind == TC_TASK_CODES ? do_codes(w, &task, &error)
                                               : tc_fail(&error, TC_ERR_INTERNAL, "the run has nothing to do");
    w->busy--;
    note_end(w, status, &error);
    return TC_TURN_BUSY;
}

static tc_turn serve(tc_crew *crew, void *context, int thread) {
    whole *w = context;
    tc_error error;
    if (thread == 1 && w->status == TC_OK) note_end(w, attend(w, crew, &error), &error);
    return w->status == TC_OK ? do_next(w, crew, thread) : TC_TURN_OVER;
}

static tc_status do_run(whole *w, tc_error *error) {
    tc_crew_run(1, serve, w);
    if (w->status == TC_OK) return send_ready(w, &w->outbox, error);
    tc_outbox_clear(&w->outbox);
    *error = w->error;
    return w->status;
}

// A last stage that computes nothing has shown no tiles yet.
static tc_status show_result(whole *w, tc_error *error) {
    int last = w->plan.stage_count - 1;
    const tc_stage *stage = &w->plan.stages[last];
    if (!tc_stage_is_empty(stage)) return TC_OK;
    for (int i = 0; i < tc_stage_tile_count(stage, w->side); i++) {
        tc_tile tile = tc_image_view(tc_run_result(&w->run), tc_stage_tile(stage, w->side, i));
        tc_message seen;
        tc_status status = pack_tile(w, last, &tile, 0, &seen, error);
        if (status == TC_OK && seen.kind) status = tc_outbox_post(&w->outbox, &seen, error);
        if (status == TC_OK) status = send_ready(w, &w->outbox, error);
        if (status != TC_OK) return status;
    }
    return TC_OK;
}

static tc_status do_whole(whole *w, tc_image *image, tc_blob *file, tc_error *error) {
    tc_status status = tc_run_init(&w->run, &w->plan, image, w->side, error);
    if (status == TC_OK) status = do_run(w, error);
    if (status == TC_OK) status = show_result(w, error);
    if (status == TC_OK && (w->task->want & TC_WANT_FILE)) {
        status = post_step(w, TC_PHASE_ENCODE, error);
        if (status == TC_OK) status = send_ready(w, &w->outbox, error);
    }
    if (status == TC_OK && (w->task->want & TC_WANT_FILE))
        status = tc_codec_client_encode(w->worker->codec, tc_run_result(&w->run), w->task->format, w->task->quality,
                                        file, error);
    tc_run_clear(&w->run);
    return status;
}

static tc_status work_through(whole *w, tc_image *image, tc_format format, const char *warning, tc_error *error) {
    tc_message picture = {.kind = TC_MSG_PICTURE,
                          .job = w->task->job,
                          .format = format,
                          .channels = image->shape.channels,
                          .in = tc_shape_rect(image->shape)};
    tc_message_alloc(&picture, 0, warning, strlen(warning));
    tc_worker_send(w->worker, &picture);
    w->side = tc_tiling_side(&w->plan, w->task->tile);
    w->borrows = tc_tiling_local_gain(&w->plan, 2) >= LEAST_GAIN;
    w->told = tc_now_ms();
    tc_blob file = {0};
    tc_status status = do_whole(w, image, &file, error);
    if (status == TC_OK) {
        tc_message answer = {
            .kind = TC_MSG_FILE, .job = w->task->job, .task = w->task->task, .payload = file.data, .size = file.size};
        tc_worker_send(w->worker, &answer);
    } else {
        tc_blob_clear(&file);
    }
    return status;
}

// A first look for codes, whose file is being opened.
typedef struct glance {
    tc_worker *worker;
    const tc_message *task;
    tc_probe probe;
    bool told; // of the header
} glance;

static void tell_glanced(void *user, const tc_blob *codes) {
    glance *g = user;
    tc_message header = {.kind = TC_MSG_HEADER,
                         .job = g->task->job,
                         .format = g->probe.format,
                         .channels = g->probe.shape.channels,
                         .in = tc_shape_rect(g->probe.shape)};
    if (!g->told) tc_worker_send(g->worker, &header);
    g->told = true;
    tc_worker_tell_codes(g->worker, g->task->job, 0, codes);
}

// When the pipeline begins with reading codes, those that can be seen at once are told before the picture is decoded.
static void take_glance(tc_worker *worker, const tc_message *task) {
    char text[TC_MAX_PIPELINE_TEXT];
    tc_pipeline pipeline;
    tc_error error;
    glance g = {.worker = worker, .task = task};
    const tc_codes_listener listener = {.on_codes = tell_glanced, .user = &g};
    tc_message_text(task, text, sizeof text);
    if (tc_pipeline_parse(&pipeline, text, &error) != TC_OK || pipeline.count == 0) return;
    const tc_step first = {.op = pipeline.steps[0].op, .args = pipeline.steps[0].args};
    if (first.op->merge_by != TC_MERGE_CODES) return;
    tc_codec_client_prescan(worker->codec, task->payload, tc_message_main(task), tc_tiling_symbologies(&first),
                            &listener, &g.probe);
}

// True when all workers together would be done sooner, with what moving the pixels takes, than this one with the cores
// that it has been lent.
static bool is_worth_sharing(const whole *w, const tc_message *task) {
    if (task->limit == 0 || task->limit == UINT64_MAX) return task->limit == 0;
    double gain = tc_tiling_gain(&w->plan, (int)task->total);
    return gain >= (double)task->limit && gain > tc_tiling_local_gain(&w->plan, 1 + w->worker->loan.count);
}

void tc_worker_open(tc_worker *worker, tc_message *task) {
    whole w = {.worker = worker, .task = task};
    tc_image image = {0};
    tc_probe probe = {0};
    char warning[256] = "";
    tc_error error = {TC_OK, ""};
    take_glance(worker, task);
    tc_status status = tc_codec_client_decode(worker->codec, task->payload, tc_message_main(task), &image, &probe,
                                              warning, sizeof warning, &error);
    if (status == TC_OK) status = tc_worker_plan(worker, task, image.shape, &w.plan, &error);
    tc_message_free_payload(task); // the file is no longer needed
    if (status == TC_OK && tc_worker_look(worker)) status = given_up(&error);
    bool share = status == TC_OK && is_worth_sharing(&w, task);
    if (share)
        give_source(worker, task, &image, &w.plan, probe.format, warning);
    else if (status == TC_OK)
        status = work_through(&w, &image, probe.format, warning, &error);
    if (status != TC_OK) tc_worker_fail(worker, task, &error);
    tc_image_clear(&image);
    tc_plan_clear(&w.plan);
}
