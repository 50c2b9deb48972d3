#include "mpi_workers/scheduler.h"

#include "mpi_workers/bell.h"
#include "mpi_workers/dispatch.h"
#include "mpi_workers/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    IDLE_MS = 100,         // between two looks at the workers when nothing happens
    FAREWELL_MS = 2000,    // for the workers to hear QUIT
    MESSAGES_AT_ONCE = 64, // before the gateway is heard again
};

struct tc_scheduler {
    tc_dispatch dispatch;
    bool greeted;  // the gateway has got `hello`
    bool quitting; // the workers have been sent QUIT
    bool over;
    int status;
    int farewells; // workers that have heard QUIT
    int64_t quit_since;
};

static tc_way way_from_environment(void) {
    const char *way = getenv("TILECAST_POOL_WAY");
    if (way && strcmp(way, "shared") == 0) return TC_WAY_SHARED;
    if (way && strcmp(way, "whole") == 0) return TC_WAY_WHOLE;
    return TC_WAY_BY_LOAD;
}

tc_scheduler *tc_scheduler_new(tc_transport *transport, const char *socket, int64_t max_pixels, size_t max_bytes) {
    tc_scheduler *scheduler = calloc(1, sizeof *scheduler);
    if (!scheduler) return NULL;
    scheduler->dispatch = (tc_dispatch){
        .transport = transport, .max_pixels = max_pixels, .max_bytes = max_bytes, .way = way_from_environment()};
    scheduler->dispatch.link = tc_link_new(socket);
    if (!scheduler->dispatch.link || !tc_roster_init(&scheduler->dispatch.roster, transport->size)) {
        tc_scheduler_destroy(scheduler);
        return NULL;
    }
    return scheduler;
}

static void sweep(tc_dispatch *dispatch, bool all) {
    for (tc_job **link = &dispatch->jobs; *link;) {
        tc_job *job = *link;
        if (!all && job->phase != TC_JOB_ENDED) {
            link = &job->next;
            continue;
        }
        *link = job->next;
        tc_job_destroy(job);
    }
}

void tc_scheduler_destroy(tc_scheduler *scheduler) {
    if (!scheduler) return;
    sweep(&scheduler->dispatch, true);
    for (int i = 0; i < TC_MAX_PINGS; i++) tc_message_clear(&scheduler->dispatch.pings[i].expected);
    tc_link_destroy(scheduler->dispatch.link);
    tc_roster_clear(&scheduler->dispatch.roster);
    free(scheduler);
}

// ---- The gateway

static void add_job(tc_dispatch *dispatch, const tc_json *message) {
    tc_error error;
    tc_job *job = tc_job_new(message, ++dispatch->serial, dispatch->roster.size, &error);
    if (!job) {
        tc_report_failed(dispatch->link, (uint32_t)tc_json_number(message, "job", 0), &error);
        return;
    }
    job->progress.began = tc_now_ms();
    tc_job **end = &dispatch->jobs;
    while (*end) end = &(*end)->next;
    *end = job;
}

static void cancel_job(tc_dispatch *dispatch, uint32_t number) {
    for (tc_job *job = dispatch->jobs; job; job = job->next)
        if (job->request.job == number && job->phase != TC_JOB_ENDED) {
            tc_report_cancelled(dispatch->link, number);
            tc_dispatch_end(dispatch, job);
        }
}

// Tells all workers to end. Status 0 waits for them; else they are not worth waiting for.
static void quit(tc_scheduler *scheduler, int status) {
    tc_dispatch *dispatch = &scheduler->dispatch;
    if (scheduler->quitting) return;
    scheduler->quitting = true;
    scheduler->status = status;
    scheduler->quit_since = tc_now_ms();
    for (int i = 1; i < dispatch->roster.size; i++) {
        tc_message message = {.kind = TC_MSG_QUIT};
        tc_transport_send(dispatch->transport, i, &message);
    }
}

static void take_from_gateway(tc_scheduler *scheduler, const tc_json *message) {
    tc_dispatch *dispatch = &scheduler->dispatch;
    const char *type = tc_json_string(message, "type", "");
    if (strcmp(type, "run") == 0)
        add_job(dispatch, message);
    else if (strcmp(type, "cancel") == 0)
        cancel_job(dispatch, (uint32_t)tc_json_number(message, "job", 0));
    else if (strcmp(type, "ping") == 0)
        tc_ping_send(dispatch, tc_json_number(message, "id", 0));
    else if (strcmp(type, "quit") == 0)
        quit(scheduler, 0);
}

static void name_rank(tc_json *ranks, int number, int pid, const char *host) {
    tc_json *rank = tc_json_add_object(ranks);
    tc_json_set_number(rank, "rank", number);
    tc_json_set_number(rank, "pid", pid);
    tc_json_set_string(rank, "host", host);
}

static void say_hello(tc_scheduler *scheduler) {
    tc_roster *roster = &scheduler->dispatch.roster;
    if (scheduler->greeted || tc_roster_count(roster, TC_MEMBER_AWAITED) > 0) return;
    tc_json *message = tc_json_new_object();
    tc_json_set_string(message, "type", "hello");
    tc_json *ranks = tc_json_set_array(message, "ranks");
    char here[128] = "";
    gethostname(here, sizeof here - 1);
    name_rank(ranks, 0, (int)getpid(), here);
    for (int i = 1; i < roster->size; i++)
        if (roster->members[i].state == TC_MEMBER_UP)
            name_rank(ranks, i, roster->members[i].pid, roster->members[i].host);
    tc_link_send(scheduler->dispatch.link, message);
    scheduler->greeted = true;
}

// ---- The workers

// A worker has started: the two get to know each other's process.
static void greet(tc_scheduler *scheduler, int rank, const tc_message *message) {
    tc_dispatch *dispatch = &scheduler->dispatch;
    tc_member *member = &dispatch->roster.members[rank];
    char text[256], here[128] = "";
    unsigned long long start;
    tc_message_text(message, text, sizeof text);
    gethostname(here, sizeof here);
    if (sscanf(text, "%d %llu %127s", &member->pid, &start, member->host) != 3) return;
    if (strcmp(member->host, here) == 0)
        member->local = tc_transport_watch(dispatch->transport, rank, member->pid, start);
    member->state = TC_MEMBER_UP;
    tc_message hello = {.kind = TC_MSG_HELLO};
    int length =
        snprintf(text, sizeof text, "%d %llu %s", (int)getpid(), (unsigned long long)tc_process_start(getpid()), here);
    tc_message_alloc(&hello, 0, text, (size_t)length);
    tc_transport_send(dispatch->transport, rank, &hello);
    say_hello(scheduler);
}

static bool take_from_workers(tc_scheduler *scheduler) {
    tc_dispatch *dispatch = &scheduler->dispatch;
    tc_message message;
    int rank, count = 0;
    while (count < MESSAGES_AT_ONCE && tc_transport_receive(dispatch->transport, &message, &rank)) {
        count++;
        dispatch->roster.members[rank].heard = tc_now_ms();
        switch (message.kind) {
        case TC_MSG_BEAT:
            break;
        case TC_MSG_HELLO:
            greet(scheduler, rank, &message);
            break;
        case TC_MSG_BYE:
            scheduler->farewells++;
            break;
        default:
            if (!scheduler->quitting) tc_dispatch_take(dispatch, rank, &message);
        }
        tc_message_clear(&message);
    }
    return count > 0;
}

static bool is_idle(const tc_dispatch *dispatch) {
    for (const tc_job *job = dispatch->jobs; job; job = job->next)
        if (job->begun && job->phase != TC_JOB_ENDED) return false;
    return true;
}

static void watch_workers(tc_scheduler *scheduler) {
    tc_dispatch *dispatch = &scheduler->dispatch;
    for (int rank; (rank = tc_roster_find_lost(&dispatch->roster, dispatch->transport)) > 0;)
        tc_dispatch_lose(dispatch, rank);
    tc_ping_lose(dispatch, 0);
    tc_roster_beat(&dispatch->roster, dispatch->transport);
    bool nobody = tc_roster_count(&dispatch->roster, TC_MEMBER_LOST) == dispatch->roster.size - 1;
    if (dispatch->crippled && (nobody || is_idle(dispatch))) quit(scheduler, TC_POOL_AGAIN);
}

// Waits for the workers' farewells; what they still send is dropped.
static void say_farewell(tc_scheduler *scheduler) {
    tc_dispatch *dispatch = &scheduler->dispatch;
    int left = tc_roster_count(&dispatch->roster, TC_MEMBER_UP) - scheduler->farewells;
    bool late = tc_now_ms() - scheduler->quit_since > FAREWELL_MS;
    if (left > 0 && !late && scheduler->status == 0) return;
    for (int i = 1; i < dispatch->roster.size; i++)
        if (left > 0 && dispatch->roster.members[i].state != TC_MEMBER_LOST) tc_transport_drop(dispatch->transport, i);
    scheduler->over = true;
}

void tc_scheduler_step(tc_scheduler *scheduler, bool may_wait) {
    tc_dispatch *dispatch = &scheduler->dispatch;
    if (scheduler->over) return;
    bool busy = take_from_workers(scheduler);
    for (tc_json *message; (message = tc_link_receive(dispatch->link));) {
        take_from_gateway(scheduler, message);
        tc_json_destroy(message);
        busy = true;
    }
    if (tc_link_is_closed(dispatch->link) || dispatch->transport->terminated) quit(scheduler, 0);
    if (!scheduler->quitting) {
        watch_workers(scheduler);
        busy |= tc_dispatch_show(dispatch);
        tc_dispatch_fill(dispatch);
        tc_dispatch_lend(dispatch);
        sweep(dispatch, false);
    }
    bool unsent = tc_link_flush(dispatch->link);
    if (scheduler->quitting) say_farewell(scheduler);
    if (may_wait && !busy && !scheduler->over)
        tc_transport_wait(dispatch->transport, tc_link_fd(dispatch->link), unsent, IDLE_MS);
}

bool tc_scheduler_is_over(const tc_scheduler *scheduler) {
    return scheduler->over;
}

int tc_scheduler_status(const tc_scheduler *scheduler) {
    return scheduler->status;
}
