// Receives and handles the scheduler's messages.
#include "mpi_workers/worker_poll.h"

#include "core/wire.h"
#include "mpi_workers/hello.h"
#include "mpi_workers/worker_job.h"
#include "mpi_workers/worker_tile.h"
#include "system/assert.h"
#include "system/clock.h"

#include <unistd.h>

enum { SCHEDULER_TIMEOUT_MS = 30000 }; // for a scheduler on another host to send something

static void set_grant(tc_worker *worker, tc_message *message) {
    size_t count = message->size / 4;
    if (count > TC_MAX_THREADS - 1) count = TC_MAX_THREADS - 1;
    worker->grant.count = (int)count;
    for (size_t i = 0; i < count; i++) worker->grant.ranks[i] = (int)tc_read_u32(message->payload + 4 * i);
}

// Cancels the job's queued tasks, and the one in progress, and forgets its plan.
static void end_job(tc_worker *worker, tc_message *message) {
    uint32_t serial = message->job;
    const tc_error cancelled = {TC_ERR_CANCELLED, "cancelled"};
    for (tc_message task; tc_message_queue_pop_job(&worker->tasks, serial, &task);) {
        tc_worker_send_failure(worker, task.job, task.task, &cancelled);
        tc_message_clear(&task);
    }
    if (worker->job == serial)
        worker->job_ended = true; // the task in progress may use the plan
    else
        tc_worker_job_remove(worker, serial);
}

static void queue_task(tc_worker *worker, tc_message *message) {
    uint32_t job = message->job, task = message->task;
    tc_error error;
    if (tc_message_queue_push(&worker->tasks, message, &error) != TC_OK)
        tc_worker_send_failure(worker, job, task, &error);
}

static void handle_quit(tc_worker *worker, tc_message *message) {
    (void)message;
    worker->quit = true;
}

static void handle_hello(tc_worker *worker, tc_message *message) {
    tc_hello scheduler;
    if (!worker->scheduler_watched && tc_hello_read(message, &scheduler) && tc_hello_is_local(&scheduler))
        worker->scheduler_watched =
            tc_transport_watch(worker->transport, 0, (pid_t)scheduler.pid, scheduler.start_time);
}

static void (*const handlers[TC_MSG_COUNT])(tc_worker *worker, tc_message *message) = {
    [TC_MSG_HELLO] = handle_hello,     [TC_MSG_START_JOB] = queue_task,
    [TC_MSG_TILE] = queue_task,        [TC_MSG_READ_CODES] = queue_task,
    [TC_MSG_ENCODE] = queue_task,      [TC_MSG_PING] = tc_worker_answer_ping,
    [TC_MSG_PLAN] = tc_worker_job_add, [TC_MSG_MERGED] = tc_worker_job_set_merged,
    [TC_MSG_GRANT_CORES] = set_grant,  [TC_MSG_END_JOB] = end_job,
    [TC_MSG_QUIT] = handle_quit,
};

bool tc_worker_poll(tc_worker *worker) {
    tc_message message;
    int from;
    while (!worker->quit && tc_transport_receive(worker->transport, &message, &from)) {
        TC_ASSERT(from == 0);
        worker->received_ms = tc_clock_ms();
        if (handlers[message.kind]) handlers[message.kind](worker, &message);
        tc_message_clear(&message);
    }
    int64_t now = tc_clock_ms();
    if (worker->transport->terminated) worker->quit = true;
    // Without a scheduler nobody needs the work, and MPI cannot be finalized.
    bool silent = !worker->scheduler_watched && now - worker->received_ms > SCHEDULER_TIMEOUT_MS;
    if (silent || tc_transport_is_lost(worker->transport, 0)) _exit(1);
    if (now - worker->sent_ms >= TC_WORKER_HEARTBEAT_MS) {
        tc_message heartbeat = {.kind = TC_MSG_HEARTBEAT};
        tc_worker_send(worker, &heartbeat);
    }
    tc_assert_set_job(worker->client_job); // in a pool in one process, the scheduler has set its own
    return worker->quit || worker->job_ended;
}

void tc_worker_clear(tc_worker *worker) {
    TC_ASSERT(worker->job == 0);
    for (tc_message task; tc_message_queue_pop(&worker->tasks, &task);) {
        tc_worker_send_failure(worker, task.job, task.task, &(tc_error){TC_ERR_CANCELLED, "cancelled"});
        tc_message_clear(&task);
    }
    while (worker->jobs) tc_worker_job_remove(worker, worker->jobs->serial);
}
