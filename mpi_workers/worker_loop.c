// Starts a worker, runs its tasks one after the other, and ends it.
#include "mpi_workers/worker_loop.h"

#include "mpi_workers/hello.h"
#include "mpi_workers/worker_codec.h"
#include "mpi_workers/worker_job.h"
#include "mpi_workers/worker_poll.h"
#include "mpi_workers/worker_start.h"
#include "mpi_workers/worker_tile.h"
#include "system/assert.h"
#include "system/clock.h"

#include <malloc.h>
#include <stdio.h>

enum { TRIM_MS = 5000 }; // without a task, before memory is returned to the system

static void (*const tasks[TC_MSG_COUNT])(tc_worker *worker, tc_message *task) = {
    [TC_MSG_START_JOB] = tc_worker_start_job,
    [TC_MSG_TILE] = tc_worker_compute_tile,
    [TC_MSG_READ_CODES] = tc_worker_read_task_codes,
    [TC_MSG_ENCODE] = tc_worker_encode,
};

static void run_task(tc_worker *worker, tc_message *task) {
    TC_ASSERT(worker->job == 0 && task->job != 0 && task->task != 0);
    TC_ASSERT(tasks[task->kind]);
    worker->job = task->job;
    worker->client_job = task->client_job;
    worker->job_ended = false;
    tc_assert_set_job(task->client_job);
    tasks[task->kind](worker, task);
    if (worker->job_ended) tc_worker_job_remove(worker, worker->job);
    worker->job = worker->client_job = 0;
    worker->job_ended = false;
    worker->task_ms = tc_clock_ms();
    worker->memory_trimmed = false;
    tc_assert_set_job(0);
}

// Returns the memory that is retained for the next picture to the system when none comes.
static void trim_memory(tc_worker *worker) {
    if (worker->memory_trimmed || tc_clock_ms() - worker->task_ms < TRIM_MS) return;
    malloc_trim(0);
    tc_codec_client_trim(worker->codec);
    worker->memory_trimmed = true;
}

static void run_tasks(tc_worker *worker) {
    while (!tc_worker_poll(worker)) {
        tc_message task;
        if (tc_message_queue_pop(&worker->tasks, &task)) {
            run_task(worker, &task);
            tc_message_clear(&task);
        } else {
            trim_memory(worker);
            tc_transport_wait(worker->transport, -1, false, TC_WORKER_HEARTBEAT_MS);
        }
    }
}

static bool poll_during_request(void *worker) {
    return tc_worker_poll(worker);
}

int tc_worker_run(tc_transport *transport, const char *codec, tc_codec_limits limits) {
    TC_ASSERT(transport->rank > 0);
    tc_worker worker = {.transport = transport, .limits = limits, .received_ms = tc_clock_ms()};
    worker.codec = tc_codec_client_new(codec, limits);
    if (!worker.codec) {
        fprintf(stderr, "tilecast-pool: rank %d: not enough memory to start\n", transport->rank);
        return 1;
    }
    tc_codec_client_on_wait(worker.codec, poll_during_request, &worker);
    tc_message hello = tc_hello_message();
    tc_worker_send(&worker, &hello);
    run_tasks(&worker);
    tc_worker_clear(&worker);
    tc_codec_client_destroy(worker.codec);
    tc_message bye = {.kind = TC_MSG_BYE};
    tc_worker_send(&worker, &bye);
    return 0;
}
