// Rank 0's loop: the gateway's messages, the workers' messages, lost workers, and the end of the pool.
#include "mpi_workers/scheduler.h"

#include "mpi_workers/sched_assign.h"
#include "mpi_workers/sched_cores.h"
#include "mpi_workers/sched_ping.h"
#include "mpi_workers/sched_receive.h"
#include "mpi_workers/sched_recovery.h"
#include "mpi_workers/sched_report.h"
#include "mpi_workers/sched_result.h"
#include "system/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    IDLE_MS = 100,         // between two checks of the workers when nothing happens
    QUIT_MS = 2000,        // for the workers to confirm QUIT
    MESSAGES_AT_ONCE = 64, // from workers, before the gateway's messages are received
};

struct tc_scheduler {
    tc_sched sched;
    bool hello_sent; // to the gateway
    bool quitting;   // the workers have been sent QUIT
    bool ended;
    int status;
    int quit_confirmed; // by how many workers
    int64_t quit_ms;    // when QUIT was sent
};

static tc_sched_mode mode_from_environment(void) {
    const char *mode = getenv("TILECAST_POOL_MODE");
    if (mode && strcmp(mode, "distributed") == 0) return TC_SCHED_DISTRIBUTED;
    if (mode && strcmp(mode, "whole") == 0) return TC_SCHED_WHOLE;
    return TC_SCHED_BY_LOAD;
}

tc_scheduler *tc_scheduler_new(tc_transport *transport, const char *socket, int64_t max_pixels, size_t max_bytes) {
    TC_ASSERT(transport->rank == 0 && transport->size >= 2);
    TC_ASSERT(max_pixels > 0 && max_bytes > 0);
    tc_scheduler *scheduler = calloc(1, sizeof *scheduler);
    if (!scheduler || !tc_sched_workers_init(&scheduler->sched.workers, transport->size)) {
        fprintf(stderr, "tilecast-pool: not enough memory to start\n");
        free(scheduler);
        return NULL;
    }
    tc_sched *sched = &scheduler->sched;
    sched->transport = transport;
    sched->max_pixels = max_pixels;
    sched->max_bytes = max_bytes;
    sched->mode = mode_from_environment();
    sched->link = tc_sched_link_new(socket);
    if (sched->link) return scheduler;
    tc_scheduler_destroy(scheduler);
    return NULL;
}

void tc_scheduler_destroy(tc_scheduler *scheduler) {
    if (!scheduler) return;
    tc_sched_destroy_jobs(&scheduler->sched, true);
    tc_sched_ping_clear(&scheduler->sched);
    tc_sched_link_destroy(scheduler->sched.link);
    tc_sched_workers_clear(&scheduler->sched.workers);
    free(scheduler);
}

// ---- The gateway

static void add_job(tc_sched *sched, const tc_json *message) {
    tc_error error;
    tc_sched_job *job = tc_sched_job_new(message, tc_sched_next_serial(sched), sched->workers.size, &error);
    if (!job) {
        tc_sched_report_failed(sched->link, (uint32_t)tc_json_number(message, "job", 0), &error);
        return;
    }
    tc_sched_job **end = &sched->jobs;
    while (*end) end = &(*end)->next;
    *end = job;
}

static void cancel_job(tc_sched *sched, uint32_t number) {
    for (tc_sched_job *job = sched->jobs; job; job = job->next)
        if (job->request.job == number && job->state != TC_SCHED_JOB_ENDED) tc_sched_cancel_job(sched, job);
}

// Tells all workers to end. Status 0 waits for their confirmation; after a loss that would take too long.
static void quit(tc_scheduler *scheduler, int status) {
    tc_sched *sched = &scheduler->sched;
    if (scheduler->quitting) return;
    scheduler->quitting = true;
    scheduler->status = status;
    scheduler->quit_ms = tc_clock_ms();
    for (int i = 1; i < sched->workers.size; i++) {
        tc_message message = {.kind = TC_MSG_QUIT};
        tc_transport_send(sched->transport, i, &message);
    }
}

static void handle_gateway_message(tc_scheduler *scheduler, const tc_json *message) {
    tc_sched *sched = &scheduler->sched;
    const char *type = tc_json_string(message, "type", "");
    if (strcmp(type, "run") == 0)
        add_job(sched, message);
    else if (strcmp(type, "cancel") == 0)
        cancel_job(sched, (uint32_t)tc_json_number(message, "job", 0));
    else if (strcmp(type, "ping") == 0)
        tc_sched_ping_send(sched, tc_json_number(message, "id", 0));
    else if (strcmp(type, "alive") == 0)
        tc_sched_report_alive(sched->link);
    else if (strcmp(type, "lose") == 0)
        tc_sched_workers_set_unreachable(&sched->workers, tc_json_member(message, "ranks"));
    else if (strcmp(type, "quit") == 0)
        quit(scheduler, 0);
}

static bool receive_from_gateway(tc_scheduler *scheduler) {
    bool any = false;
    for (tc_json *message; (message = tc_sched_link_receive(scheduler->sched.link));) {
        handle_gateway_message(scheduler, message);
        tc_json_destroy(message);
        any = true;
    }
    return any;
}

static void send_hello(tc_scheduler *scheduler) {
    const tc_sched_workers *workers = &scheduler->sched.workers;
    if (scheduler->hello_sent || tc_sched_workers_count(workers, TC_SCHED_WORKER_STARTING) > 0) return;
    tc_sched_report_hello(scheduler->sched.link, workers);
    scheduler->hello_sent = true;
}

// ---- The workers

// A worker has started: rank 0 watches its process, and tells it its own.
static void handle_hello(tc_scheduler *scheduler, int rank, const tc_message *message) {
    tc_sched *sched = &scheduler->sched;
    tc_sched_worker *worker = tc_sched_workers_at(&sched->workers, rank);
    if (worker->state != TC_SCHED_WORKER_STARTING) return;
    tc_message hello = tc_hello_message();
    if (!tc_hello_read(message, &worker->process) || hello.tail == 0) {
        fprintf(stderr, "tilecast-pool: rank %d cannot start: not enough memory\n", rank);
        tc_message_clear(&hello);
        tc_sched_lose_worker(sched, rank);
        return;
    }
    if (tc_hello_is_local(&worker->process))
        worker->is_watched =
            tc_transport_watch(sched->transport, rank, (pid_t)worker->process.pid, worker->process.start_time);
    worker->state = TC_SCHED_WORKER_UP;
    tc_transport_send(sched->transport, rank, &hello);
    send_hello(scheduler);
}

static bool receive_from_workers(tc_scheduler *scheduler) {
    tc_sched *sched = &scheduler->sched;
    tc_message message;
    int rank, count = 0;
    while (count < MESSAGES_AT_ONCE && tc_transport_receive(sched->transport, &message, &rank)) {
        count++;
        tc_sched_workers_at(&sched->workers, rank)->received_ms = tc_clock_ms();
        switch (message.kind) {
        case TC_MSG_HEARTBEAT:
            break;
        case TC_MSG_HELLO:
            handle_hello(scheduler, rank, &message);
            break;
        case TC_MSG_BYE:
            scheduler->quit_confirmed++;
            break;
        default:
            if (!scheduler->quitting) tc_sched_handle_message(sched, rank, &message);
        }
        tc_message_clear(&message);
    }
    return count > 0;
}

static bool has_begun_jobs(const tc_sched *sched) {
    for (const tc_sched_job *job = sched->jobs; job; job = job->next)
        if (job->begun && job->state != TC_SCHED_JOB_ENDED) return true;
    return false;
}

static void watch_workers(tc_scheduler *scheduler) {
    tc_sched *sched = &scheduler->sched;
    for (int rank; (rank = tc_sched_workers_find_lost(&sched->workers, sched->transport)) > 0;)
        tc_sched_lose_worker(sched, rank);
    tc_sched_ping_expire(sched);
    tc_sched_workers_send_heartbeats(&sched->workers, sched->transport);
    bool all_lost = tc_sched_workers_count(&sched->workers, TC_SCHED_WORKER_LOST) == sched->workers.size - 1;
    if (sched->degraded && (all_lost || !has_begun_jobs(sched))) quit(scheduler, TC_POOL_RESTART);
}

// Ends when all workers have confirmed QUIT, or are too late. What they still send is discarded.
static void finish_quit(tc_scheduler *scheduler) {
    tc_sched *sched = &scheduler->sched;
    int left = tc_sched_workers_count(&sched->workers, TC_SCHED_WORKER_UP) - scheduler->quit_confirmed;
    bool late = tc_clock_ms() - scheduler->quit_ms > QUIT_MS;
    if (left > 0 && !late && scheduler->status == 0) return;
    for (int i = 1; i < sched->workers.size; i++)
        if (left > 0 && sched->workers.ranks[i].state != TC_SCHED_WORKER_LOST)
            tc_transport_abandon(sched->transport, i);
    scheduler->ended = true;
}

void tc_scheduler_step(tc_scheduler *scheduler, bool may_wait) {
    tc_sched *sched = &scheduler->sched;
    if (scheduler->ended) return;
    bool busy = receive_from_workers(scheduler);
    busy |= receive_from_gateway(scheduler);
    if (tc_sched_link_is_closed(sched->link) || sched->transport->terminated) quit(scheduler, 0);
    if (!scheduler->quitting) {
        watch_workers(scheduler);
        busy |= tc_sched_send_results(sched);
        tc_sched_assign_tasks(sched);
        tc_sched_grant_cores(sched);
        tc_sched_fail_unreported_jobs(sched);
        tc_sched_destroy_jobs(sched, false);
    }
    bool unsent = tc_sched_link_flush(sched->link);
    if (scheduler->quitting) finish_quit(scheduler);
    if (may_wait && !busy && !scheduler->ended)
        tc_transport_wait(sched->transport, tc_sched_link_fd(sched->link), unsent, IDLE_MS);
}

bool tc_scheduler_has_ended(const tc_scheduler *scheduler) {
    return scheduler->ended;
}

int tc_scheduler_status(const tc_scheduler *scheduler) {
    return scheduler->status;
}
