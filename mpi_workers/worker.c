#include "mpi_workers/worker.h"

#include "core/wire.h"
#include "mpi_workers/bell.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BEAT_MS = 200,             // between two signs of life
    REST_MS = 5000,            // without a task, before memory is given back
    SCHEDULER_LOST_MS = 30000, // a scheduler on another host that says nothing for so long is lost
};

// A job whose tiles this worker computes.
typedef struct tc_worker_job {
    struct tc_worker_job *next;
    uint32_t serial;
    tc_plan plan;
    tc_blob merged; // what stage `merged_stage` begins with
    int merged_stage;
} tc_worker_job;

typedef struct tc_worker_task {
    struct tc_worker_task *next;
    tc_message message;
} tc_worker_task;

static tc_worker_job *find_job(tc_worker *worker, uint32_t serial) {
    tc_worker_job *job = worker->jobs;
    while (job && job->serial != serial) job = job->next;
    return job;
}

static void forget_job(tc_worker *worker, uint32_t serial) {
    for (tc_worker_job **link = &worker->jobs; *link; link = &(*link)->next) {
        tc_worker_job *job = *link;
        if (job->serial != serial) continue;
        *link = job->next;
        tc_plan_clear(&job->plan);
        tc_blob_clear(&job->merged);
        free(job);
        return;
    }
}

void tc_worker_send(tc_worker *worker, tc_message *message) {
    tc_transport_send(worker->transport, 0, message);
    worker->sent = tc_now_ms();
}

void tc_worker_fail(tc_worker *worker, const tc_message *task, const tc_error *error) {
    tc_message answer = {.kind = TC_MSG_FAILED, .job = task->job, .task = task->task, .status = error->status};
    tc_message_alloc(&answer, 0, error->text, strlen(error->text));
    tc_worker_send(worker, &answer);
}

static void cancel_task(tc_worker *worker, const tc_message *task) {
    tc_worker_fail(worker, task, &(tc_error){TC_ERR_CANCELLED, "given up"});
}

tc_status tc_worker_plan(tc_worker *worker, const tc_message *message, tc_shape source, tc_plan *plan,
                         tc_error *error) {
    char text[TC_MAX_PIPELINE_TEXT];
    tc_pipeline pipeline;
    *plan = (tc_plan){0};
    tc_message_text(message, text, sizeof text);
    tc_status status = tc_pipeline_parse(&pipeline, text, error);
    if (status == TC_OK) status = tc_plan_init(plan, &pipeline, source, worker->limits.max_pixels, error);
    return status;
}

static void learn_plan(tc_worker *worker, const tc_message *message) {
    tc_worker_job *job = calloc(1, sizeof *job);
    tc_error error;
    if (!job) return; // its tiles will be answered with a failure
    tc_shape source = {message->in.width, message->in.height, message->channels};
    if (tc_worker_plan(worker, message, source, &job->plan, &error) != TC_OK) {
        tc_plan_clear(&job->plan);
        free(job);
        return;
    }
    job->serial = message->job;
    job->next = worker->jobs;
    worker->jobs = job;
}

static void learn_merged(tc_worker *worker, tc_message *message) {
    tc_worker_job *job = find_job(worker, message->job);
    if (!job) return;
    tc_blob_clear(&job->merged);
    job->merged = (tc_blob){message->payload, message->size};
    job->merged_stage = message->stage;
    message->payload = NULL;
}

// Why a tile cannot be computed from what the message holds; NULL when it can.
static const char *tile_fault(const tc_worker_job *job, const tc_message *task) {
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

// Computes `out` of a stage from the task's pixels, and answers.
static void answer_tile(tc_worker *worker, const tc_message *task, const tc_stage *stage, const tc_blob *merged,
                        tc_rect rect) {
    tc_message answer = {.kind = TC_MSG_RESULT,
                         .job = task->job,
                         .task = task->task,
                         .stage = task->stage,
                         .channels = stage->out.channels,
                         .out = rect};
    tc_blob partial = {0};
    tc_error error = {TC_ERR_MEMORY, "not enough memory for a tile"};
    tc_status status =
        tc_message_alloc(&answer, tc_row_bytes(rect.width, answer.channels) * (size_t)rect.height, NULL, 0);
    if (status == TC_OK) {
        tc_tile in = tc_message_tile(task, task->in), out = tc_message_tile(&answer, rect);
        status = tc_stage_run(stage, merged, &in, &out, &partial, &error);
    }
    if (status == TC_OK && partial.size > 0) {
        uint8_t *grown = realloc(answer.payload, answer.size + partial.size);
        if (grown) {
            memcpy(grown + answer.size, partial.data, partial.size);
            answer.payload = grown;
            answer.size += partial.size;
            answer.tail = partial.size;
        } else {
            status = tc_fail(&error, TC_ERR_MEMORY, "not enough memory for a tile");
        }
    }
    tc_blob_clear(&partial);
    if (status == TC_OK) {
        tc_worker_send(worker, &answer);
    } else {
        tc_message_clear(&answer);
        tc_worker_fail(worker, task, &error);
    }
}

static void compute_tile(tc_worker *worker, tc_message *task) {
    tc_worker_job *job = find_job(worker, task->job);
    const char *fault = tile_fault(job, task);
    if (fault) {
        tc_error error;
        tc_fail(&error, TC_ERR_INTERNAL, "the worker was given %s", fault);
        tc_worker_fail(worker, task, &error);
        return;
    }
    const tc_stage *stage = &job->plan.stages[task->stage];
    answer_tile(worker, task, stage, stage->apply ? &job->merged : NULL, task->out);
}

static void take_loan(tc_worker *worker, const tc_message *message) {
    size_t count = message->size / 4;
    if (count > TC_MAX_THREADS - 1) count = TC_MAX_THREADS - 1;
    worker->loan.count = (int)count;
    for (size_t i = 0; i < count; i++) worker->loan.lenders[i] = (int)tc_get_u32(message->payload + 4 * i);
}

static void answer_ping(tc_worker *worker, const tc_message *task) {
    tc_plan plan;
    tc_error error;
    tc_shape source = {task->in.width, task->in.height, task->channels};
    tc_status status = tc_worker_plan(worker, task, source, &plan, &error);
    if (status == TC_OK && plan.stage_count != 1)
        status = tc_fail(&error, TC_ERR_ARGUMENT, "a ping's pipeline must be one stage");
    if (status == TC_OK)
        answer_tile(worker, task, &plan.stages[0], NULL, tc_shape_rect(plan.result));
    else
        tc_worker_fail(worker, task, &error);
    tc_plan_clear(&plan);
}

void tc_worker_tell_codes(tc_worker *worker, uint32_t job, uint32_t serial, const tc_blob *codes) {
    tc_message found = {.kind = TC_MSG_FOUND, .job = job, .task = serial};
    if (codes->size == 0 || tc_message_alloc(&found, codes->size, NULL, 0) != TC_OK) return;
    memcpy(found.payload, codes->data, codes->size);
    tc_worker_send(worker, &found);
}

typedef struct telling {
    tc_worker *worker;
    const tc_message *task;
} telling;

static void tell_codes(void *user, const tc_blob *codes) {
    const telling *t = user;
    tc_worker_tell_codes(t->worker, t->task->job, t->task->task, codes);
}

void tc_worker_read_codes(tc_worker *worker, const tc_message *task, const tc_tile *picture,
                          const tc_codes_options *options) {
    tc_message answer = {.kind = TC_MSG_SEARCHED, .job = task->job, .task = task->task};
    telling told = {worker, task};
    const tc_codes_listener listener = {.on_codes = tell_codes, .user = &told};
    tc_blob codes = {0};
    tc_error error;
    char warning[256];
    tc_status status =
        tc_codec_client_read_codes(worker->codec, picture, options, &listener, &codes, warning, sizeof warning, &error);
    tc_blob_clear(&codes);
    if (status == TC_OK && tc_message_alloc(&answer, 0, warning, strlen(warning)) != TC_OK)
        status = tc_fail(&error, TC_ERR_MEMORY, "not enough memory");
    if (status == TC_OK)
        tc_worker_send(worker, &answer);
    else
        tc_worker_fail(worker, task, &error);
}

static void read_codes(tc_worker *worker, const tc_message *task) {
    const tc_codes_options options = {.symbologies = task->symbologies, .is_part = task->tile == 1};
    tc_tile picture = tc_message_tile(task, task->in);
    tc_worker_read_codes(worker, task, &picture, &options);
}

static void encode(tc_worker *worker, tc_message *task) {
    tc_message answer = {.kind = TC_MSG_FILE, .job = task->job, .task = task->task};
    tc_tile tile = tc_message_tile(task, task->in);
    tc_image picture = {tile.data, tile.stride, {task->in.width, task->in.height, task->channels}};
    tc_blob file = {0};
    tc_error error;
    if (tc_codec_client_encode(worker->codec, &picture, task->format, task->quality, &file, &error) != TC_OK) {
        tc_blob_clear(&file);
        tc_worker_fail(worker, task, &error);
        return;
    }
    answer.payload = file.data;
    answer.size = file.size;
    tc_worker_send(worker, &answer);
}

// Drops the job's waiting tasks, tells the one under way, and forgets the plan.
static void close_job(tc_worker *worker, uint32_t serial) {
    for (tc_worker_task **link = &worker->tasks; *link;) {
        tc_worker_task *task = *link;
        if (task->message.job != serial) {
            link = &task->next;
            continue;
        }
        *link = task->next;
        if (!task->next) worker->tasks_end = link;
        cancel_task(worker, &task->message);
        tc_message_clear(&task->message);
        free(task);
    }
    if (worker->job == serial)
        worker->closed = true; // the task under way may be using the plan
    else
        forget_job(worker, serial);
}

static void queue_task(tc_worker *worker, tc_message *message) {
    tc_worker_task *task = calloc(1, sizeof *task);
    if (!task) {
        tc_worker_fail(worker, message, &(tc_error){TC_ERR_MEMORY, "not enough memory"});
        return;
    }
    task->message = *message;
    *message = (tc_message){0};
    *worker->tasks_end = task;
    worker->tasks_end = &task->next;
}

static void greet(tc_worker *worker, const tc_message *message) {
    char text[256], host[128], here[128];
    int pid;
    unsigned long long start;
    tc_message_text(message, text, sizeof text);
    gethostname(here, sizeof here);
    if (sscanf(text, "%d %llu %127s", &pid, &start, host) == 3 && strcmp(host, here) == 0)
        worker->local = tc_transport_watch(worker->transport, 0, pid, start);
}

static void take_message(tc_worker *worker, tc_message *message) {
    switch (message->kind) {
    case TC_MSG_OPEN:
    case TC_MSG_TILE:
    case TC_MSG_CODES:
    case TC_MSG_ENCODE:
        queue_task(worker, message);
        break;
    case TC_MSG_PING:
        answer_ping(worker, message);
        break;
    case TC_MSG_PLAN:
        learn_plan(worker, message);
        break;
    case TC_MSG_MERGED:
        learn_merged(worker, message);
        break;
    case TC_MSG_LEND:
        take_loan(worker, message);
        break;
    case TC_MSG_CLOSE:
        close_job(worker, message->job);
        break;
    case TC_MSG_QUIT:
        worker->quit = true;
        break;
    case TC_MSG_HELLO:
        greet(worker, message);
        break;
    default:
        break;
    }
    tc_message_clear(message);
}

bool tc_worker_look(tc_worker *worker) {
    tc_message message;
    int from;
    while (!worker->quit && tc_transport_receive(worker->transport, &message, &from)) {
        worker->heard = tc_now_ms();
        take_message(worker, &message);
    }
    int64_t now = tc_now_ms();
    if (worker->transport->terminated) worker->quit = true;
    // Without a scheduler there is nobody to tell, and MPI could not be ended in order.
    if (tc_transport_gone(worker->transport, 0) || (!worker->local && now - worker->heard > SCHEDULER_LOST_MS))
        _exit(1);
    if (now - worker->sent >= BEAT_MS) {
        tc_message beat = {.kind = TC_MSG_BEAT};
        tc_worker_send(worker, &beat);
    }
    return worker->quit || worker->closed;
}

static bool look_on_wait(void *worker) {
    return tc_worker_look(worker);
}

static void do_task(tc_worker *worker, tc_message *task) {
    worker->job = task->job;
    worker->closed = false;
    switch (task->kind) {
    case TC_MSG_OPEN:
        tc_worker_open(worker, task);
        break;
    case TC_MSG_TILE:
        compute_tile(worker, task);
        break;
    case TC_MSG_CODES:
        read_codes(worker, task);
        break;
    case TC_MSG_ENCODE:
        encode(worker, task);
        break;
    default:
        break;
    }
    if (worker->closed) forget_job(worker, worker->job);
    worker->job = 0;
    worker->closed = false;
}

static void say_hello(tc_worker *worker) {
    char text[256], host[128];
    gethostname(host, sizeof host);
    int length =
        snprintf(text, sizeof text, "%d %llu %s", (int)getpid(), (unsigned long long)tc_process_start(getpid()), host);
    tc_message hello = {.kind = TC_MSG_HELLO};
    tc_message_alloc(&hello, 0, text, (size_t)length);
    tc_worker_send(worker, &hello);
}

// Gives back the memory that is kept for further pictures when none comes.
static void rest(tc_worker *worker) {
    if (worker->rests || tc_now_ms() - worker->worked < REST_MS) return;
    malloc_trim(0);
    tc_codec_client_trim(worker->codec);
    worker->rests = true;
}

static void work(tc_worker *worker) {
    while (!tc_worker_look(worker)) {
        tc_worker_task *task = worker->tasks;
        if (!task) {
            rest(worker);
            tc_transport_wait(worker->transport, -1, false, BEAT_MS);
            continue;
        }
        worker->tasks = task->next;
        if (!worker->tasks) worker->tasks_end = &worker->tasks;
        do_task(worker, &task->message);
        tc_message_clear(&task->message);
        free(task);
        worker->worked = tc_now_ms();
        worker->rests = false;
    }
}

int tc_worker_run(tc_transport *transport, const char *codec, tc_codec_limits limits) {
    tc_worker worker = {.transport = transport, .limits = limits, .heard = tc_now_ms()};
    worker.tasks_end = &worker.tasks;
    worker.codec = tc_codec_client_new(codec, limits);
    if (!worker.codec) return 1;
    tc_codec_client_on_wait(worker.codec, look_on_wait, &worker);
    say_hello(&worker);
    work(&worker);
    while (worker.tasks) close_job(&worker, worker.tasks->message.job);
    while (worker.jobs) forget_job(&worker, worker.jobs->serial);
    tc_codec_client_destroy(worker.codec);
    tc_message bye = {.kind = TC_MSG_BYE};
    tc_worker_send(&worker, &bye);
    return 0;
}
